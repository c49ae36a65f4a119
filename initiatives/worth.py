"""Is it worth it? One sentence for a glance, from what was judged, earned and spent; no promise sold as a result."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from initiatives.lifecycle import RUNNING, State
from initiatives.verdicts import Status, Words

DOUBTFUL = 0.10  # P(ROI > 0): below it hope is no longer a plan


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one initiative. `money` is what its newest verdict stored (`initiatives/outlook.py`)."""

    state: State
    has_target: bool = False
    has_baseline: bool = False
    verdict: Status | None = None
    money: Mapping[str, Any] | None = None
    budget: float | None = None
    spent: float = 0.0
    currency: str = "EUR"


@dataclass(frozen=True, slots=True)
class Worth:
    """The answer and its tone: good, warn, bad, or none while nobody can tell."""

    tone: str
    words: Words


def worth(facts: Facts) -> Worth:
    """The first answer that fits."""
    if facts.state is State.STOPPED:
        return _stopped(facts)
    if facts.state in (State.REJECTED, State.WITHDRAWN):
        return _none(f"worth-{facts.state}")
    if missing := _missing(facts):
        return _none(missing)
    if facts.verdict is Status.DATA_STALE:
        return Worth("warn", Words("worth-stale"))
    if facts.verdict is Status.INSUFFICIENT:
        return _none("worth-early")
    return _in_money(facts) if facts.money else _in_kind(facts)


def _none(code: str) -> Worth:
    return Worth("none", Words(code))


def _missing(facts: Facts) -> str:
    """What has to come first, as the code of its sentence."""
    state_began = facts.state in RUNNING or facts.state is State.PAUSED
    steps = (
        (facts.has_target, "worth-no-target"),
        (facts.has_baseline, "worth-no-baseline"),
        (state_began, "worth-not-begun"),
        (facts.verdict is not None, "worth-not-judged"),
    )
    return next((code for is_done, code in steps if not is_done), "")


def _stopped(facts: Facts) -> Worth:
    """Money that is not spent on what does not work is a result."""
    released = max((facts.budget or 0.0) - facts.spent, 0.0)
    if not released:
        return _none("worth-stopped")
    return Worth("good", Words("worth-released", {"released": released, "currency": facts.currency}))


def _in_money(facts: Facts) -> Worth:
    money = facts.money or {}
    realised, chance = money["realised"], money["chance"]
    benefit, cost = realised["benefit"], realised["cost"]
    if benefit <= 0:
        return Worth("bad", _words("worth-no", facts, spent=cost))
    if cost <= 0:
        return Worth("good" if realised["p10"] > 0 else "warn", _words("worth-free", facts, realised=benefit))
    returned = {"each": benefit / cost, "unit_of_money": 1}
    if benefit < cost:
        return Worth("bad" if chance < DOUBTFUL else "warn", _words("worth-not-yet", facts, **returned))
    is_sure = realised["p10"] >= cost
    return Worth("good" if is_sure else "warn", _words("worth-yes" if is_sure else "worth-probably", facts, **returned))


def _in_kind(facts: Facts) -> Worth:
    """No value of a unit was agreed, so the KPI has to speak for itself."""
    if facts.verdict in (Status.REACHED, Status.ON_TRACK):
        return Worth("good", Words("worth-works"))
    return Worth("warn" if facts.verdict is Status.BEHIND else "bad", Words("worth-works-not"))


def _words(code: str, facts: Facts, **figures: float) -> Words:
    return Words(code, {**figures, "currency": facts.currency})
