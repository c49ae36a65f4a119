"""What a flag rests on: two to four facts, the most telling first, as codes with plain values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from initiatives.flags import FlagKind
from initiatives.verdicts import Words

MOST = 4


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known around a flag; None leaves a fact out. `lately` are the last three known weeks, oldest first."""

    kpi: str = ""
    lately: Sequence[float] = ()
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    goal: float | None = None
    known_until: date | None = None
    week: int | None = None
    weeks: int | None = None
    spent: float | None = None
    budget: float | None = None
    currency: str = "EUR"
    kill: str = ""
    kill_by: date | None = None
    kill_met: Words | None = None  # a condition to stop that has come true
    since: date | None = None  # in review, vacant or silent since


def exhibits(kind: FlagKind, scene: Scene) -> list[Words]:
    """The facts of one kind of flag, at most four."""
    known = (fact for maker in _MAKERS[kind] if (fact := maker(scene)) is not None)
    return [fact for _, fact in zip(range(MOST), known, strict=False)]


def _measured(scene: Scene) -> Words | None:
    if scene.effect is None or scene.low is None or scene.high is None:
        return None
    ends = {"low": scene.low, "high": scene.high}
    return Words("fact-measured", {"kpi": scene.kpi, "effect": scene.effect, "goal": scene.goal, **ends})


def _lately(scene: Scene) -> Words | None:
    if len(scene.lately) < 3:
        return None
    first, second, third = scene.lately[-3:]
    return Words("fact-lately", {"kpi": scene.kpi, "first": first, "second": second, "third": third})


def _last_value(scene: Scene) -> Words:
    if scene.known_until is None:
        return Words("fact-no-value", {"kpi": scene.kpi})
    return Words("fact-last-value", {"kpi": scene.kpi, "since": scene.known_until.isoformat()})


def _progress(scene: Scene) -> Words | None:
    if scene.week is None or scene.weeks is None:
        return None
    return Words("fact-progress", {"week": min(scene.week, scene.weeks), "weeks": scene.weeks})


def _spent(scene: Scene) -> Words | None:
    if scene.spent is None:
        return None
    code = "fact-spent" if scene.budget is not None else "fact-spent-only"
    return Words(code, {"spent": scene.spent, "budget": scene.budget, "currency": scene.currency})


def _kill_met(scene: Scene) -> Words | None:
    return scene.kill_met


def _kill(scene: Scene) -> Words | None:
    if scene.kill_met or not scene.kill or scene.kill_by is None:
        return None
    return Words("fact-kill", {"text": scene.kill, "by_on": scene.kill_by.isoformat()})


def _since(scene: Scene) -> Words | None:
    return Words("fact-since", {"since": scene.since.isoformat()}) if scene.since else None


def _unanswered(scene: Scene) -> Words:
    return Words("fact-unanswered")


_MAKERS: Mapping[FlagKind, tuple[Callable[[Scene], Words | None], ...]] = MappingProxyType(
    {
        FlagKind.SILENT: (_last_value, _progress, _spent),
        FlagKind.NO_RETURN: (_kill_met, _measured, _lately, _progress, _spent, _kill),
        FlagKind.CANNOT_TELL: (_measured, _lately, _progress, _spent),
        FlagKind.PAYBACK: (_spent, _measured, _progress),
        FlagKind.TIME_BOX: (_since, _measured, _spent),
        FlagKind.LEADERSHIP: (_since, _unanswered, _spent),
        FlagKind.UNUSED: (),
        FlagKind.BURN: (_progress, _measured, _kill),
        FlagKind.ADOPTION: (_progress, _measured, _spent),
        FlagKind.GUARDRAIL: (_measured, _progress, _spent),
        FlagKind.DATA_QUALITY: (_lately, _progress),
        FlagKind.DECAY: (_progress, _spent),
        FlagKind.RECORD: (),
        FlagKind.ASSUMPTION: (_measured, _progress, _spent),
    }
)
