"""One sentence says whether it is worth it; a promise is never sold as a result."""

from dataclasses import replace
from typing import Any

import pytest

from initiatives.lifecycle import State
from initiatives.sentences import sentence
from initiatives.verdicts import Status
from initiatives.worth import Facts, worth

PILOT = Facts(state=State.PILOT, has_target=True, has_baseline=True, verdict=Status.ON_TRACK, budget=36_000, spent=1000)


def money(benefit: float, p10: float, *, cost: float = 1000, chance: float = 0.5) -> dict[str, Any]:
    return {"realised": {"cost": cost, "benefit": benefit, "p10": p10}, "chance": chance}


@pytest.mark.parametrize(
    ("facts", "tone", "said"),
    [
        (replace(PILOT, money=money(1500, 1100)), "good", "Yes: €1.50 realised for each €1 spent"),
        (replace(PILOT, money=money(1500, 900)), "warn", "Probably: €1.50 realised for each €1 spent"),
        (replace(PILOT, money=money(700, 300)), "warn", "Not yet: €0.70 realised for each €1 spent"),
        (replace(PILOT, money=money(700, 300, chance=0.05)), "bad", "Not yet: €0.70 realised for each €1 spent"),
        (replace(PILOT, money=money(-20, -90)), "bad", "No: nothing realised for the €1,000 spent"),
        (replace(PILOT, money=money(700, 300, cost=0)), "good", "So far yes: €700 realised, nothing spent"),
        (PILOT, "good", "It works; what that is worth in money was not agreed"),
        (replace(PILOT, verdict=Status.STALLED), "bad", "Not so far; what it is worth in money was not agreed"),
        (replace(PILOT, verdict=Status.INSUFFICIENT), "none", "Too early to tell"),
        (replace(PILOT, verdict=Status.DATA_STALE), "warn", "Nobody can tell: there are no recent data"),
        (replace(PILOT, verdict=None), "none", "Not known yet: the first week is not judged"),
        (replace(PILOT, state=State.BASELINING), "none", "Not known yet: the pilot has not begun"),
        (replace(PILOT, has_baseline=False), "none", "Not known yet: no baseline is locked"),
        (replace(PILOT, has_target=False), "none", "Not known yet: no main KPI is agreed"),
        (replace(PILOT, state=State.STOPPED), "good", "Stopped in time: €35,000 of its budget is free again"),
        (replace(PILOT, state=State.STOPPED, spent=40_000), "none", "Stopped: it leaves a lesson"),
        (replace(PILOT, state=State.REJECTED), "none", "Declined before it began"),
        (replace(PILOT, state=State.WITHDRAWN), "none", "Withdrawn before it began"),
    ],
)
def test_the_first_answer_that_fits_is_given(facts: Facts, tone: str, said: str) -> None:
    answer = worth(facts)

    assert (answer.tone, sentence(answer.words)) == (tone, said)


def test_a_stale_verdict_hides_what_was_earned_before() -> None:
    facts = replace(PILOT, verdict=Status.DATA_STALE, money=money(1500, 1100))

    assert worth(facts).tone == "warn"
