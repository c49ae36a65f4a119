"""Acts on people, seats and tokens. Each is one transaction with one event in the ledger."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext_noop as _

from ownership import policy
from ownership.models import Appointment, Event, Organisation, Seat, Token, Unit, User
from ownership.policy import Rank, Role, Scope, SeatKind
from ownership.refusals import Incomplete, NotNow, NotYours


@transaction.atomic
def set_alarm_policy(*, to: str, by: User, at: datetime, reason: str, expected_version: int) -> Organisation:
    """How sure one must be before a pilot is called red. It holds for initiatives that are drafted from then on: those
    that run keep what their sponsors approved."""
    policy.require_role(by.role, Role.LEAD)
    _require_reason(reason)
    organisation = Organisation.the()
    moved = {"before": {"alarm_policy": organisation.alarm_policy}, "after": {"alarm_policy": to}}
    organisation.change(expected_version=expected_version, alarm_policy=to)
    Event.objects.record("organisation.alarm_policy", about=organisation, by=by, at=at, reason=reason, **moved)
    return organisation


@transaction.atomic
def set_up(*, by: User, at: datetime, reason: str, expected_version: int, **settings: Any) -> Organisation:
    """Change how this organisation works with Mandate, by the names of its fields. A name is text: the ledger only
    says that it changed. The price of a false alarm is set by a lead, above."""
    policy.require_role(by.role, Role.ADMIN)
    _require_reason(reason)
    if settings.get("zone", "UTC") not in available_timezones():
        raise Incomplete(_("No such time zone. Give one like Europe/Amsterdam."), field="zone")
    organisation = Organisation.the()
    before = {name: getattr(organisation, name) for name in settings if name != "name"}
    after = {name: value for name, value in settings.items() if name != "name"}
    organisation.change(expected_version=expected_version, **settings)
    Event.objects.record(
        "organisation.changed", about=organisation, by=by, at=at, reason=reason, before=before, after=after
    )
    return organisation


@transaction.atomic
def name_organisation(*, name: str, by: User | None, at: datetime, reason: str) -> Organisation:
    """Give this installation the name of who uses it. `by=None` is whoever installs it."""
    if by:
        policy.require_role(by.role, Role.ADMIN)
    organisation = Organisation.the()
    organisation.change(expected_version=organisation.version, name=name)
    Event.objects.record("organisation.named", about=organisation, by=by, at=at, reason=reason)
    return organisation


@transaction.atomic
def add_unit(*, name: str, parent: Unit | None, by: User | None, at: datetime, reason: str) -> Unit:
    """A part of the organisation. `by=None` is whoever installs it. Names are text, which the ledger does not tell."""
    if by:
        policy.require_role(by.role, Role.ADMIN)
    unit = Unit.objects.create(name=name, parent=parent)
    unit.refresh_from_db()  # a trigger wrote its path
    after = {"parent": parent.pk if parent else None}
    Event.objects.record("unit.added", about=unit, by=by, at=at, reason=reason, after=after)
    return unit


@transaction.atomic
def rename_unit(*, unit: Unit, name: str, by: User, at: datetime, reason: str, expected_version: int) -> Unit:
    """Its place and its people stay."""
    policy.require_role(by.role, Role.ADMIN)
    _require_reason(reason)
    unit.change(expected_version=expected_version, name=name)
    Event.objects.record("unit.renamed", about=unit, by=by, at=at, reason=reason)
    return unit


@transaction.atomic
def add_person(
    *,
    email: str,
    name: str,
    title: str,
    unit: Unit,
    role: Role,
    rank: Rank,
    by: User | None,
    at: datetime,
    reason: str,
    password: str | None = None,
) -> User:
    """Somebody joins. Without a password they cannot log in yet. `by=None` is whoever installs Mandate."""
    if by:
        policy.require_role(by.role, Role.ADMIN)
    if User.objects.filter(email=email.strip().lower()).exists():
        raise Incomplete(_("Somebody has this e-mail address already."), field="email")
    person = User.objects.create_user(email, password, name=name, title=title, unit=unit, role=role, rank=rank)
    after = {"unit": unit.pk, "role": role, "rank": rank}
    Event.objects.record("person.added", about=person, by=by, at=at, reason=reason, after=after)
    return person


@transaction.atomic
def create_seat(*, kind: SeatKind, title: str, unit: Unit, by: User, at: datetime, reason: str) -> Seat:
    """A seat that is not tied to one initiative: a data steward, a decider, a tool owner. It starts empty."""
    policy.require_role(by.role, Role.LEAD, Role.ADMIN)
    if kind in {SeatKind.SPONSOR, SeatKind.OWNER}:
        raise Incomplete(_("Sponsor and owner seats come with their initiative."), field="kind")
    seat = Seat.objects.create(kind=kind, title=title, unit=unit, vacant_since=at)
    Event.objects.record("seat.created", about=seat, by=by, at=at, reason=reason, after={"kind": kind, "title": title})
    return seat


@transaction.atomic
def propose_appointment(*, seat: Seat, person: User, by: User, at: datetime, reason: str) -> Appointment:
    """Ask somebody to take a seat. It counts from the moment they accept; until then its holder answers for it."""
    kind = SeatKind(seat.kind)
    if not policy.may_propose(role=by.role, is_owner_of_it=seat.is_beside_owner(by), kind=kind):
        raise NotYours(
            _("A portfolio lead proposes this; an owner names sponsor and deciders."), code="not_lead_or_owner"
        )
    if person == by and kind in policy.JUDGING_SEATS:
        raise NotYours(_("Nobody puts themselves in a seat that judges the work of others."), code="self")
    _require_fit(seat, person)
    if Appointment.objects.filter(seat=seat, person=person, closed_at=None).exists():
        raise NotNow(_("%(name)s was already asked, or holds this seat."), name=person.name)
    appointment = Appointment.objects.create(seat=seat, person=person, proposed_by=by, proposed_at=at)
    Event.objects.record("appointment.proposed", about=seat, by=by, at=at, reason=reason, after={"person": person.pk})
    return appointment


@transaction.atomic
def accept_appointment(*, appointment: Appointment, by: User, at: datetime, reason: str = "") -> Appointment:
    """Take the seat. Whoever held it is relieved in the same moment."""
    if appointment.person != by:
        raise NotYours(_("Only the person who was asked can accept."), code="not_asked")
    seat = Seat.objects.select_for_update().get(pk=appointment.seat_id)
    appointment.refresh_from_db()
    if appointment.closed_at or appointment.accepted_at:
        raise NotNow(_("This was already answered."))
    _require_fit(seat, by)
    before = seat.holder_id
    for held in Appointment.objects.filter(seat=seat, closed_at=None, accepted_at__isnull=False):
        held.end(at=at, cause="handed over")
    appointment.accept(at=at)
    seat.change(expected_version=seat.version, holder=by, vacant_since=None)
    Event.objects.record(
        "appointment.accepted",
        about=seat,
        by=by,
        at=at,
        reason=reason,
        before={"holder": before},
        after={"holder": by.pk},
    )
    return appointment


@transaction.atomic
def decline_appointment(*, appointment: Appointment, by: User, at: datetime, reason: str) -> Appointment:
    """Say no to a seat, with the reason."""
    if appointment.person != by:
        raise NotYours(_("Only the person who was asked can decline."), code="not_asked")
    appointment.refresh_from_db()
    if appointment.closed_at or appointment.accepted_at:
        raise NotNow(_("This was already answered."))
    appointment.end(at=at, cause="declined")
    Event.objects.record(
        "appointment.declined", about=appointment.seat, by=by, at=at, reason=reason, before={"person": by.pk}
    )
    return appointment


@transaction.atomic
def vacate_seat(*, seat: Seat, by: User, at: datetime, reason: str, expected_version: int) -> Seat:
    """Give a seat up: its holder, or a lead for somebody who cannot."""
    if seat.holder_id is None:
        raise NotNow(_("This seat is already empty."))
    if by.pk != seat.holder_id and by.role != Role.LEAD:
        raise NotYours(_("Only its holder or a portfolio lead can empty a seat."), code="not_holder_or_lead")
    before = seat.holder_id
    seat.change(expected_version=expected_version, holder=None, vacant_since=at)
    for held in Appointment.objects.filter(seat=seat, closed_at=None, accepted_at__isnull=False):
        held.end(at=at, cause="vacated")
    Event.objects.record("seat.vacated", about=seat, by=by, at=at, reason=reason, before={"holder": before})
    return seat


@transaction.atomic
def deactivate_person(*, person: User, by: User, at: datetime, reason: str) -> User:
    """Somebody leaves: no log-in, no token, and every seat they held is empty and says so."""
    policy.require_role(by.role, Role.ADMIN)
    if not person.is_active:
        raise NotNow(_("%(name)s has already left."), name=person.name)
    seats = list(Seat.objects.select_for_update().filter(holder=person).order_by("pk"))
    for seat in seats:
        seat.change(expected_version=seat.version, holder=None, vacant_since=at)
    for appointment in Appointment.objects.filter(person=person, closed_at=None):
        appointment.end(at=at, cause="left")
    Token.objects.filter(user=person, revoked_at=None).update(revoked_at=at)
    User.objects.filter(pk=person.pk).update(is_active=False)
    person.refresh_from_db()
    vacated = {"seats": [seat.pk for seat in seats]}
    Event.objects.record("person.deactivated", about=person, by=by, at=at, reason=reason, before=vacated)
    return person


@transaction.atomic
def issue_token(
    *, user: User, name: str, scopes: list[Scope], days: int, by: User, at: datetime, is_service: bool = False
) -> tuple[Token, str]:
    """A token for the API and its text, shown once. For oneself; an admin makes those of services."""
    if is_service:
        policy.require_role(by.role, Role.ADMIN)
        if extra := sorted(set(scopes) - policy.SERVICE_SCOPES):
            raise Incomplete(_("A service token cannot have: %(extra)s."), field="scopes", extra=", ".join(extra))
    elif by != user:
        raise NotYours(_("People make their own tokens."), code="not_self")
    if not scopes:
        raise Incomplete(_("Choose at least one scope."), field="scopes")
    if not 1 <= days <= 365:
        raise Incomplete(_("A token lives from 1 to 365 days."), field="days")
    if Scope.DECIDE in scopes and days > 1:
        raise Incomplete(_("A token that decides lives one day at most."), field="days")
    expires_at = at + timedelta(days=days)
    token, text = Token.objects.issue(
        user=user, name=name, scopes=list(scopes), at=at, expires_at=expires_at, is_service=is_service
    )
    after = {"user": user.pk, "scopes": token.scopes, "expires_at": expires_at, "is_service": is_service}
    Event.objects.record("token.issued", about=token, by=by, at=at, after=after)
    return token, text


@transaction.atomic
def revoke_token(*, token: Token, by: User, at: datetime, reason: str = "") -> Token:
    """The token is worthless from now on."""
    if by != token.user:
        policy.require_role(by.role, Role.ADMIN)
    if not Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at):
        raise NotNow(_("This token was already revoked."))
    token.refresh_from_db()
    Event.objects.record("token.revoked", about=token, by=by, at=at, reason=reason)
    return token


def _require_fit(seat: Seat, person: User) -> None:
    """Active, high enough for a sponsor, and not already in the seat that must be held by somebody else."""
    if not person.is_active:
        raise Incomplete(_("%(name)s has left the organisation."), field="person", name=person.name)
    least = Organisation.the().sponsor_rank
    if seat.kind == SeatKind.SPONSOR and not policy.ranks_at_least(person.rank, least):
        said = _("A sponsor must be a %(least)s or above; %(name)s is not.")
        raise Incomplete(said, field="person", code="rank", least=least, name=person.name)
    if seat.apart and Seat.objects.filter(apart=seat.apart, holder=person).exclude(pk=seat.pk).exists():
        said = _("%(name)s already holds the seat beside it; sponsor and owner must be two people.")
        raise Incomplete(said, field="person", code="apart", name=person.name)


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise Incomplete(_("Say why. The reason is kept."), field="reason")
