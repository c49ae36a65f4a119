"""Did a guardrail hold? The same filter with other stories: all holds, or the KPI fell at once in some week.

A fall stays, where demand and ranks wander and come back: that is how the two are told apart. The week in which it
happened is open; the first four, in which a pilot does what it does, are each four times as likely as a later one.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from initiatives.stories import recursion
from initiatives.stories.judging import CHUNK, Batch, Scene, change_of, look, planned_weeks, weeks_known
from initiatives.stories.parameters import PARAMETERS, Parameters, Story
from initiatives.stories.posterior import Posterior, posterior
from initiatives.stories.scales import Bools, Floats, Ints

LIKELY = 0.5  # that it is beyond its margin, after each of the two newest known weeks
_MOMENTS, _FIRST = 26, 4  # weeks in which it may have fallen: the first four, then the newest 22
_UNHARMED = 0.42
_NEVER = 1e6  # weeks
_ENDLESS = 10**6
_SHARE = (1 - _UNHARMED) / (4 * _FIRST + _MOMENTS - _FIRST)
STORIES: Final = (
    Story("unharmed", _UNHARMED, "at once", _NEVER, 0.0, 0.0, 1.0),
    *(
        Story("fell", _SHARE * (4 if week < _FIRST else 1), "at once", float(week), float(week >= _FIRST), 1.5, 1.0)
        for week in range(_MOMENTS)
    ),
)
GUARD: Final = replace(
    PARAMETERS, stories=STORIES, drift_share=0.5, drift_floor=0.03, passing=0.3, shock=0.1
)  # what wanders so far in a week proves no fall; chosen in docs/verdicts.md


@dataclass(frozen=True, slots=True)
class Held:
    """What is said of N guardrails; arrays [N]. `chance` is that the KPI is beyond its margin now, after its newest
    known week, `effect` its present change (-0.1: ten percent lower; an amount where the baseline is zero) and `low`
    and `high` the 80 % interval. Where `is_told` is False there is too little data, and they mean nothing."""

    chance: Floats
    is_broken: Bools
    effect: Floats
    low: Floats
    high: Floats
    weeks_known: Ints
    is_told: Bools


def judge(batch: Batch, margin: Floats, parameters: Parameters = GUARD) -> Held:
    """Judge guardrails on their first k pilot weeks. `margin` [N] is the tolerated change the wrong way, as a share of
    the baseline. Plan, policy and counters of the batch are not looked at; its order and size change nothing."""
    rows = len(batch.k)
    turned = replace(
        batch,
        k=np.clip(batch.k, 0, batch.weeks.num.shape[1] - batch.first),
        sign=-batch.sign,
        goal=np.maximum(0.15, 3 * margin),
        length=np.full(rows, _ENDLESS),
    )
    order = np.argsort(turned.k, kind="stable")  # of like age side by side, so that no pass is longer than it must be
    told = [_judge(turned.rows(some), margin[some], parameters) for some in np.split(order, range(CHUNK, rows, CHUNK))]
    back = np.argsort(order, kind="stable")
    return Held(*(np.concatenate([getattr(part, name) for part in told])[back] for name in Held.__slots__))


def _judge(batch: Batch, margin: Floats, parameters: Parameters) -> Held:
    scene, said, course, until = _after(batch, parameters)
    known, is_told = weeks_known(batch, scene, parameters)
    week = np.arange(1, len(scene.is_past) + 1)[:, None]
    before = np.where(scene.known[batch.first :] & (week < until), week, 0).max(axis=0, initial=0)
    limit = scene.ruler.step(margin) / said.step
    newest = 1 - said.chance_below(limit, course)
    is_broken = is_told & (newest >= LIKELY)
    if (rows := np.flatnonzero(is_broken)).size:
        _, earlier, its_course, _ = _after(replace(batch, k=before).rows(rows), parameters)
        is_broken[rows] = 1 - earlier.chance_below(limit[rows], its_course) >= LIKELY
    low, effect, high = change_of(said, course, scene.ruler, parameters)
    return Held(newest, is_broken, effect, low, high, known, is_told)


def _after(batch: Batch, parameters: Parameters) -> tuple[Scene, Posterior, Floats, Ints]:
    """What k weeks say: the stories, how far each had come in the newest known week [S, N], and the k up to that."""
    batch = replace(batch, lag=np.maximum(batch.k - _MOMENTS, 0.0), ramp=np.zeros(len(batch.k)))
    scene = look(batch, parameters)
    week = np.arange(1, len(scene.is_past) + 1)[:, None]
    until = np.where(scene.known[batch.first :], week, 0).max(axis=0, initial=0)
    course = recursion.shapes(parameters.stories, until[None, :] - 1.0, *planned_weeks(batch))[0]
    return scene, posterior(scene.filtered, scene.ruler.step(batch.goal), parameters), course, until
