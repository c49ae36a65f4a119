"""What a sponsor reads of eight kinds of pilots, each judged week by week: a sentence without a bare percentage."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.utils import translation

from initiatives.pilot_weeks import PilotWeek, judge_in_turn
from initiatives.sentences import sentence
from initiatives.verdicts import Plan, Status, Verdict
from metrics.catalogue import Kind
from metrics.periods import Weekly

START = date(2026, 3, 2)
WOBBLE = (1.0, 1.02, 0.98, 1.01, 0.99, 1.0, 1.015, 0.985, 1.01, 0.99, 1.0, 1.02)
PLAN = Plan(
    kind=Kind.COUNT,
    lower_is_better=False,
    goal=0.2,
    smallest_effect=0.05,
    starts_on=START,
    due_on=START + timedelta(weeks=12),
    lag_weeks=1,
    ramp_weeks=2,
)


def course(effects: list[float], *, level: float = 700.0, den: float | None = None) -> Weekly:
    """Twelve ordinary weeks, then one for each effect."""
    shares = [1.0] * 12 + [1 + effect for effect in effects]
    nums = [round(level * share * WOBBLE[n % 12]) for n, share in enumerate(shares)]
    dens = None if den is None else [den] * len(nums)
    return Weekly(
        list(range(-12, len(effects))), [float(num) for num in nums], dens, [7] * len(nums), [7.0] * len(nums)
    )


def judged(weeks: Weekly, plan: Plan = PLAN, **newest: object) -> Verdict:
    """After its last week, all weeks in their turn."""
    last = max(weeks.weeks) + 1
    cases = [PilotWeek(plan, "balanced", k, weeks.until(k)) for k in range(1, last + 1)]
    cases[-1] = replace(cases[-1], **newest)  # type: ignore[arg-type]  # by name
    return judge_in_turn([cases])[0][-1][1]


def read(said: Verdict) -> str:
    return sentence(said.words, kpi="Leads")


LATE = [0.0] * 6 + [0.1, 0.2, 0.24, 0.25]
FADE = [0.1, 0.25, 0.28, 0.2, 0.1, 0.03, 0.0, 0.0, 0.0, 0.0]
SHARE = replace(PLAN, kind=Kind.RATIO)
LOWER = replace(PLAN, kind=Kind.DAYS, lower_is_better=True)
CASES = {
    "late bloomer": judged(course(LATE)),
    "dead": judged(course([0.0] * 8)),
    "fade": judged(course(FADE)),
    "harmful": judged(course([-0.05, -0.15, -0.2, -0.2, -0.2, -0.2])),
    "under three a day": judged(course([0.0] * 10, level=14.0)),
    "ratio": judged(course([0.05, 0.15, 0.2, 0.22, 0.2, 0.21], level=300.0, den=9000.0), SHARE),
    "lower is better": judged(course([-0.05, -0.15, -0.2, -0.22, -0.2, -0.21], level=50.0), LOWER),
    "silent": judged(course([0.1, 0.2]), is_stale=True, stale_since=START + timedelta(weeks=2)),
}


@pytest.mark.parametrize(
    ("case", "statuses", "says"),
    [
        ("late bloomer", {Status.ON_TRACK, Status.BEHIND}, "The chance that Leads is at +20% by Mon 25 May 2026 is"),
        ("dead", {Status.STALLED}, "After 8 weeks the likeliest story is that it has no effect"),
        ("fade", {Status.STALLED}, "After 10 weeks the likeliest story is that its effect fades"),
        ("harmful", {Status.REGRESSING}, "Probably lower than without the pilot: Leads −"),
        ("under three a day", {Status.UNLIKELY}, "The chance that Leads is at +20% by Mon 25 May 2026 is 1 in"),
        ("ratio", {Status.ON_TRACK, Status.BEHIND}, "The chance that Leads is at +20% by Mon 25 May 2026 is"),
        ("lower is better", {Status.ON_TRACK, Status.BEHIND}, "The chance that Leads is at −20% by Mon 25 May 2026 is"),
        ("silent", {Status.DATA_STALE}, "No new Leads since Mon 16 Mar 2026; nobody can judge this."),
    ],
)
def test_each_kind_of_pilot_has_its_sentence(case: str, statuses: set[Status], says: str) -> None:
    said = CASES[case]

    assert said.status in statuses
    assert read(said).startswith(says)


@pytest.mark.parametrize(
    ("case", "says"),
    [
        ("late bloomer", "De kans dat Leads op ma 25 mei 2026 op +20% staat, is "),
        ("dead", "Na 8 weken is de waarschijnlijkste verklaring dat het geen effect heeft ("),
        ("fade", "Na 10 weken is de waarschijnlijkste verklaring dat het effect wegebt ("),
        ("harmful", "Waarschijnlijk lager dan zonder de pilot: Leads −"),
        ("silent", "Geen nieuwe Leads sinds ma 16 mrt 2026; niemand kan hierover oordelen."),
    ],
)
def test_a_dutch_sponsor_reads_it_in_dutch(case: str, says: str) -> None:
    with translation.override("nl"):
        assert read(CASES[case]).startswith(says)


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("case", sorted(CASES))
def test_no_measured_change_stands_without_its_range(case: str, language: str) -> None:
    with translation.override(language):
        text = read(CASES[case])

    agreed = re.sub(r"(at|expect|agreed was|op|verwachten we|afgesproken was) [+−][\d.,]+%", "", text)
    assert not re.sub(r"[+−][\d.,]+% \([+−\d.,%]+ (to|tot) [+−\d.,%]+\)", "", agreed).count("%"), text
