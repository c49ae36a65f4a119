"""The five ways in which AI-SEO initiatives fail, asked as thirty questions before they can.

Scores are computed from what stands in an answer, never typed. A factor's share tells how well the organisation has
looked at that way of failing, not how likely it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from initiatives.lifecycle import Gate
from ownership.refusals import gettext_noop as _


class Factor(StrEnum):
    """Why AI-SEO initiatives fail. Every flag names one of these."""

    EXPECTATIONS = "F1"
    PROBLEM = "F2"
    DATA = "F3"
    PEOPLE = "F4"
    VENDOR = "F5"


FACTOR_NAMES: Mapping[Factor, str] = MappingProxyType(
    {
        Factor.EXPECTATIONS: _("Unrealistic expectations"),
        Factor.PROBLEM: _("No concrete problem"),
        Factor.DATA: _("Bad data"),
        Factor.PEOPLE: _("People ignored"),
        Factor.VENDOR: _("Wrong vendor, lock-in"),
    }
)

EMPTY, CLAIM, SHOWN, VERIFIED = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Question:
    """`gate` is where the answer is a hard criterion, with at least `minimum` as its score."""

    code: str
    text: str
    gate: Gate | None = None
    minimum: int = EMPTY

    @property
    def factor(self) -> Factor:
        return Factor(self.code[:2])


_ASKED = (
    Question("F1.1", _("What will be measurably different after the pilot, and what will not?"), Gate.G0, CLAIM),
    Question("F1.2", _("What effect do you expect, and what is the smallest effect worth its money?"), Gate.G1, CLAIM),
    Question("F1.3", _("Which comparable case got there, and with what data?")),
    Question("F1.4", _("Which work stays manual, and how many hours is that?")),
    Question("F1.5", _("What did the demo not show on our own pages?")),
    Question("F1.6", _("Which evidence will make us stop?"), Gate.G1, CLAIM),
    Question("F2.1", _("Which step of which process hurts, and whom?")),
    Question("F2.2", _("How many hours a week does it take?")),
    Question("F2.3", _("What does an error or a delay cost, and how often does it happen?")),
    Question("F2.4", _("Which business goal moves, and who answers for it?"), Gate.G0, CLAIM),
    Question("F2.5", _("Why is a remedy without AI not enough?")),
    Question("F2.6", _("What happens if we do nothing for a year?")),
    Question("F3.1", _("Which source feeds each KPI, and who can read it today?"), Gate.G1, CLAIM),
    Question("F3.2", _("Is there enough history at this grain?"), Gate.G2, CLAIM),
    Question("F3.3", _("Which gaps, tracking changes and consent losses are known?")),
    Question("F3.4", _("Do two sources agree within 10%?")),
    Question("F3.5", _("Is what the AI reads complete, current and allowed?")),
    Question("F3.6", _("Which personal or confidential data is used, and on what legal basis?"), Gate.G1, SHOWN),
    Question("F4.1", _("Who does this work now, and were they asked before the tool was chosen?"), Gate.G1, SHOWN),
    Question("F4.2", _("What changes in their job, and do they know?"), Gate.G2, CLAIM),
    Question("F4.3", _("Which training do they get, how many hours, by when?"), Gate.G2, CLAIM),
    Question("F4.4", _("How can they object, and who answers within 14 days?")),
    Question("F4.5", _("Who loses something, and what happens then?")),
    Question("F4.6", _("How do we share the first success?")),
    Question("F5.1", _("Which capability do we need that no present tool has?")),
    Question("F5.2", _("When did we last export everything in an open format?"), Gate.G3, CLAIM),
    Question("F5.3", _("What are the notice period, the price clause and the cost at triple use?"), Gate.G3, CLAIM),
    Question("F5.4", _("Who else could deliver within three months?")),
    Question("F5.5", _("Was a pilot agreed before any annual contract?")),
    Question("F5.6", _("Where is our data processed, and is it used for training?")),
)

OF_A_DAY = ("F5.2", "F5.3")  # the export was tested, and the contract read, once
QUESTIONS: Mapping[str, Question] = MappingProxyType({question.code: question for question in _ASKED})


def score(*, text: str, number: float | None, evidence: str, answered_by: int | None, verified_by: int | None) -> int:
    """0 nothing said, 1 a claim, 2 with a number or evidence, 3 confirmed by somebody else; people are ids."""
    if not text.strip():
        return EMPTY
    if verified_by is not None and verified_by != answered_by:
        return VERIFIED
    return SHOWN if number is not None or evidence.strip() else CLAIM


def share(factor: Factor, scores: Mapping[str, int | None]) -> float | None:
    """How much of a factor is answered: Σ scores / (3 x applicable questions), 0 to 1.

    `scores` maps codes to scores; a question that does not apply is mapped to None, one that is absent counts 0. None
    when no question of the factor applies.
    """
    given = [scores.get(code, EMPTY) for code, question in QUESTIONS.items() if question.factor is factor]
    applicable = [value for value in given if value is not None]
    return sum(applicable) / (VERIFIED * len(applicable)) if applicable else None


class Exposure(StrEnum):
    """How likely it is that this way of failing takes everybody by surprise."""

    LOW = "low"
    WATCH = "watch"
    HIGH = "high"
    UNKNOWN = "unknown"  # no question applies


def exposure(share: float | None) -> Exposure:
    """By how much of a factor is answered. The gates want half of it; claims alone make a third."""
    if share is None:
        return Exposure.UNKNOWN
    return Exposure.HIGH if share < 0.5 else Exposure.WATCH if share < 0.75 else Exposure.LOW


def hard_unmet(gate: Gate, scores: Mapping[str, int | None]) -> list[str]:
    """Codes of the questions that the gate insists on and whose answer is too thin.

    "Does not apply" is no answer here: what a gate insists on can be answered with one sentence, but not waved away.
    """
    return [q.code for q in QUESTIONS.values() if q.gate is gate and (scores.get(q.code) or EMPTY) < q.minimum]


def weekly_cost(
    *, hours: float, rate: float, pieces: float = 0.0, error_share: float = 0.0, cost_per_error: float = 0.0
) -> float:
    """What the problem costs a week, in the currency of `rate`, to the cent.

    `hours` at `rate` an hour, and of `pieces` of work the share that goes wrong, at `cost_per_error` each.
    """
    return round(hours * rate + pieces * error_share * cost_per_error, 2)
