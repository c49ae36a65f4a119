"""Several pieces of advice at once, where one row of the rules left them all to the same person to confirm."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from decisions.choices import ACCEPT, Choice
from decisions.models import Decision, Evaluation, Recommendation
from decisions.services.recommendations import decide
from ownership.models import User
from ownership.refusals import Incomplete, NotYours, Refusal
from ownership.refusals import gettext_noop as _

AT_ONCE: Final = 50  # nobody reads more than that before saying yes


def confirm_together(
    *, seen: Mapping[Recommendation, int], by: User, at: datetime, reason: str
) -> dict[Recommendation, Decision | Refusal | None]:
    """Follow the AI on each, for one reason; `seen` says in which version each was on the screen.

    Each is decided as it would be alone, in a transaction of its own: what changed meanwhile is refused and spoils no
    other. Refuses them all, before anything is written, unless they are of one kind and for this person.
    """
    if not 0 < len(seen) <= AT_ONCE:
        raise Incomplete(_("Tick at least one, and at most %(most)s."), field="items", most=AT_ONCE)
    if not reason.strip():
        raise Incomplete(_("Say why. It is kept with each of them."), field="reason")
    _require_one_kind([row for row, version in seen.items() if (row.version, row.state) == (version, "waiting")], by)
    choice = Choice(ACCEPT, rationale=reason)
    return {row: _answer(row, version, choice, by, at) for row, version in seen.items()}


def _require_one_kind(unmoved: list[Recommendation], by: User) -> None:
    if not all(row.is_for(by) for row in unmoved):
        raise NotYours(_("Some of these are for somebody else to decide."), code="not_decider")
    found = Evaluation.objects.to_confirm(by).filter(recommendation__in=unmoved).select_related("recommendation")
    if len(found) != len(unmoved) or len({evaluation.kind for evaluation in found}) > 1:
        said = _("Only what one row of the rules left to you to confirm is confirmed together.")
        raise Incomplete(said, code="mixed", field="items")


def _answer(row: Recommendation, version: int, choice: Choice, by: User, at: datetime) -> Decision | Refusal | None:
    """Sent twice, the second time finds what the first one decided."""
    try:
        return decide(recommendation=row, choice=choice, by=by, at=at, expected_version=version)
    except Refusal as refusal:
        mine = row.decisions.filter(chosen=ACCEPT, deciders=[by.pk], rationale=choice.rationale)
        return mine.order_by("-pk").first() or refusal
