"""Who may do what, as pure functions on plain values. Deny by default; a superuser gains nothing here."""

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from ownership.refusals import NotYours
from ownership.refusals import gettext_noop as _


class Role(StrEnum):
    """What an organisation gives a person. What an initiative gives them is a seat."""

    MEMBER = "member"
    LEAD = "lead"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Rank(StrEnum):
    """How far up someone stands; a sponsor needs a certain one."""

    STAFF = "staff"
    MANAGER = "manager"
    DIRECTOR = "director"
    BOARD = "board"


class SeatKind(StrEnum):
    """What people answer for. No fact about a person: a seat outlives its holders."""

    SPONSOR = "sponsor"
    OWNER = "owner"
    STEWARD = "steward"
    DECIDER = "decider"
    CHANGE_LEAD = "change_lead"
    TOOL_OWNER = "tool_owner"


class Scope(StrEnum):
    """What a token may be used for, never more than its user may."""

    READ = "read"
    WRITE = "write"
    DECIDE = "decide"
    METRICS_WRITE = "metrics.write"
    RECOMMENDATIONS_WRITE = "recommendations.write"


RANKS: Final = list(Rank)
# Seats in which somebody judges another's work: nobody puts themselves there.
JUDGING_SEATS: Final = frozenset({SeatKind.SPONSOR, SeatKind.STEWARD, SeatKind.DECIDER})
SERVICE_SCOPES: Final = frozenset({Scope.READ, Scope.METRICS_WRITE, Scope.RECOMMENDATIONS_WRITE})


def ranks_at_least(rank: str, least: str) -> bool:
    return RANKS.index(Rank(rank)) >= RANKS.index(Rank(least))


def may_read_everything(role: str) -> bool:
    return role == Role.AUDITOR


def require_role(role: str, *allowed: Role) -> None:
    if role not in allowed:
        raise NotYours(
            _("Your role does not include this. It is for: %(roles)s."), code="role", roles=", ".join(allowed)
        )


def require_writer(role: str) -> None:
    """Auditors read; that is why they can be given everything."""
    if role == Role.AUDITOR:
        raise NotYours(_("An auditor reads everything and changes nothing."), code="auditor")


def require_holder(by_id: int, holder_id: int | None, *, seat: SeatKind) -> None:
    if by_id != holder_id:
        raise NotYours(_("Only the %(seat)s can do this."), code=f"not_{seat}", seat=seat)


def require_unrelated(by_id: int, *, requester: int | None, owners: Collection[int], editors: Collection[int]) -> None:
    """Four eyes: nobody approves what they asked for, answer for, or wrote."""
    if by_id == requester:
        raise NotYours(_("You asked for this, so somebody else must decide it."), code="requester")
    if by_id in owners:
        raise NotYours(_("You own or owned this initiative, so you cannot approve it."), code="owner")
    if by_id in editors:
        raise NotYours(_("You edited what is to be approved, so you cannot approve it."), code="editor")


def may_propose(*, role: str, is_owner_of_it: bool, kind: str) -> bool:
    """Leads propose appointments; an owner names the sponsor and deciders of the own initiative, who must accept."""
    return role == Role.LEAD or (is_owner_of_it and kind != SeatKind.OWNER)
