"""The act behind each step of the lifecycle: one call, the same from page and API."""

from collections.abc import Callable
from datetime import datetime

from decisions.models.crossroads import Crossroads
from decisions.moves import Act, Move
from decisions.services import gates, lifecycle
from initiatives.lifecycle import Gate
from ownership.models import User

ANSWERS: dict[Act, Callable[..., object]] = {
    Act.APPROVE: gates.approve,
    Act.ITERATE: gates.iterate,
    Act.REJECT: gates.reject,
    Act.RETURN: gates.send_back,
}
STEPS: dict[Act, Callable[..., object]] = {
    Act.SUBMIT: gates.submit,
    Act.WITHDRAW: lifecycle.withdraw,
    Act.RETURN: lifecycle.reopen,
    Act.PAUSE: lifecycle.pause,
    Act.RESUME: lifecycle.resume,
}


def answer(crossroads: Crossroads, move: Move, *, seen_sha256: str, by: User, at: datetime, reason: str) -> None:
    """Answer the request that waits at the gate. Refused when none does."""
    if crossroads.request is None:
        refusal = crossroads.refusal(move)
        raise refusal if refusal else ValueError(f"{move} answers nothing.")
    ANSWERS[move.act](request=crossroads.request, by=by, at=at, reason=reason, seen_sha256=seen_sha256)


def take(
    crossroads: Crossroads, move: Move, *, by: User, at: datetime, reason: str, expected_version: int, lesson: str = ""
) -> None:
    """Take a step that answers no request."""
    initiative = crossroads.case.initiative
    if move.act in (Act.REQUEST, Act.REVIEW):
        gate = move.gate or Gate.G3
        gates.request_gate(
            initiative=initiative, gate=gate, by=by, at=at, reason=reason, expected_version=expected_version
        )
    elif move.act is Act.STOP:
        lifecycle.stop(
            initiative=initiative, by=by, at=at, reason=reason, lesson=lesson, expected_version=expected_version
        )
    else:
        STEPS[move.act](initiative=initiative, by=by, at=at, reason=reason, expected_version=expected_version)
