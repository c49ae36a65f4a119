"""Every constant of the story filter, in one immutable version with a hash.

A stored verdict names the hash of the version that it was made with. Another version is another object; nobody edits
one. Where the numbers come from stands in docs/verdicts.md.
"""

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Final

from ownership import canonical

Shape = tuple[str, float, float]  # ramp with alpha, beta; late with alpha; fade with alpha


@dataclass(frozen=True, slots=True)
class Story:
    """One way in which a pilot can go.

    `shape` and its two numbers give the course over time, from 0 to 1 (see `shapes`); `mean` and `sd` say how large the
    effect is, where 1 is the goal.
    """

    name: str
    prior: float
    shape: str
    alpha: float
    beta: float
    mean: float
    sd: float


STORIES: Final = (
    Story("works", 0.10, "ramp", 0.4, 0.4, 1.5, 0.7),
    Story("works", 0.14, "ramp", 1.0, 1.0, 1.5, 0.7),
    Story("works", 0.08, "ramp", 1.5, 1.2, 1.5, 0.7),
    Story("works", 0.06, "ramp", 2.0, 1.3, 1.5, 0.7),
    Story("late", 0.075, "late", 3.0, 0.0, 1.5, 0.7),
    Story("small", 0.08, "ramp", 0.5, 0.7, 0.5, 0.2),
    Story("small", 0.08, "ramp", 1.2, 1.2, 0.5, 0.2),
    Story("none", 0.25, "ramp", 0.5, 0.5, 0.0, 0.10),
    Story("fade", 0.03, "fade", 0.2, 0.0, 1.2, 0.45),
    Story("fade", 0.03, "fade", 0.4, 0.0, 1.2, 0.45),
    Story("hurts", 0.07, "ramp", 0.3, 1.0, -0.8, 0.6),
)


@dataclass(frozen=True)
class Parameters:
    """A version of the constants. Priors and noise weights are proportions; each add up to whatever they do.

    Rates of drift are standard deviations per week on the scale of the KPI (0.05: about five percent).
    """

    stories: tuple[Story, ...] = STORIES
    noise_scales: tuple[float, ...] = (0.7, 1.1, 2.2)  # the noise may be this many times what it looks like
    noise_weights: tuple[float, ...] = (0.25, 0.45, 0.30)
    noise_prior: float = 0.08
    noise_prior_weeks: float = 3.0
    noise_floor: float = 0.008
    drift_share: float = 0.35  # of the noise variance, per week
    drift_floor: float = 0.018
    shock: float = 0.05  # a known core update
    shock_with_control: float = 0.5
    revert: float = 0.9  # what is left after a week of a passing departure of the level
    passing: float = 0.6  # share of the drift that passes; the rest stays
    widen: float = 1.3  # of stated intervals of effects and units; the forecast needs none
    patience: float = 0.25  # how much surer red must be at the start than at the deadline
    sure_enough: float = 0.95  # for red in any week
    dead_below: float = 0.30  # of the goal, over the last four planned weeks
    harm_below: float = -0.15
    control_prior: float = 0.75  # how far the KPI is expected to move with its control
    control_weight: float = 0.2
    control_most: float = 1.3
    least_days: int = 3  # of a week that counts as known
    expected_zero: float = 8.0  # a zero week where this many were expected is a finding, not a measurement
    least_baseline: int = 3  # weeks
    least_pilot: int = 2
    unlikely_enter: float = 0.10
    unlikely_leave: float = 0.25
    side_band: float = 0.05  # around one half, in which behind and on-track do not change
    low_resolution_z: float = 1.28  # a one-sided tenth
    learned: tuple[float, ...] = ()  # priors of the stories from ended pilots: for what is forecast, never for alarms

    @classmethod
    def of(cls, values: dict[str, Any]) -> "Parameters":
        """A stored version, from its plain values."""
        lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
        return cls(**values | lists | {"stories": tuple(Story(**story) for story in values["stories"])})

    @cached_property
    def sha256(self) -> str:
        """Names this version."""
        values = asdict(self)
        return canonical.sha256(values if self.learned else {k: v for k, v in values.items() if k != "learned"})

    @property
    def priors(self) -> tuple[float, ...]:
        """Of the stories, as alarms use them."""
        return tuple(story.prior for story in self.stories)


PARAMETERS: Final = Parameters()
POLICIES: Final = {"strict": (0.70, 0.50), "balanced": (0.58, 0.38), "eager": (0.50, 0.30)}  # enter and leave red
