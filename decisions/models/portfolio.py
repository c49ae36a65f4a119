"""What a row of the portfolio shows; a fixed number of queries for any number of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from decisions.health import Health, Signs, Step, Todo, health, next_step
from decisions.models.cases import Case, read_cases
from decisions.models.gates import GateDecision
from decisions.models.lately import Lately, read_lately
from initiatives.lifecycle import Gate, State
from initiatives.models import Flag, Initiative
from ownership.models import Organisation, User
from ownership.policy import SeatKind

PERIODS = 16  # of the small drawing


@dataclass(frozen=True)
class Row:
    """One initiative as a glance should see it."""

    case: Case
    signs: Signs
    request: GateDecision | None
    flag: Flag | None  # the most urgent of those that nobody has answered
    lately: Lately | None

    @property
    def initiative(self) -> Initiative:
        return self.case.initiative

    @property
    def health(self) -> Health:
        return health(self.signs)

    @property
    def next_step(self) -> Step:
        return next_step(self.signs)

    @property
    def acts_next(self) -> User | None:
        """Whoever takes the next step, where that is one person. A flag may ask any seat."""
        step = self.next_step
        if step.todo is Todo.ANSWER_FLAG:
            return self.flag.addressee.holder if self.flag and self.flag.addressee else None
        return self.case.holder(step.who) if isinstance(step.who, SeatKind) else None


def read_rows(ids: Sequence[int], *, at: datetime, with_values: bool = True) -> list[Row]:
    """In the order given; without the values of the small drawing where nothing is drawn."""
    today = Organisation.the().day(at)
    cases = read_cases(ids)
    requests = {request.initiative_id: request for request in GateDecision.objects.filter(initiative__in=ids).open()}
    outdated = GateDecision.objects.outdated(list(cases.values()))
    flags = _unanswered(ids, today)
    mains = [case.main for case in cases.values() if case.main and with_values]
    lately = read_lately(mains, periods=PERIODS, on=today)
    return [
        Row(
            case=cases[pk],
            signs=_signs(cases[pk], requests.get(pk), flags.get(pk), is_outdated=pk in outdated),
            request=requests.get(pk),
            flag=flags.get(pk),
            lately=lately.get(main.pk) if (main := cases[pk].main) else None,
        )
        for pk in ids
    ]


def _unanswered(ids: Sequence[int], today: date) -> dict[int, Flag]:
    """By initiative: the flag that is due first."""
    quiet = Q(acknowledged_until__gte=today)
    flags = Flag.objects.filter(initiative__in=ids).open().exclude(quiet).select_related("addressee__holder")
    return {flag.initiative_id: flag for flag in flags.order_by("-due_on", "-pk")}


def _signs(case: Case, request: GateDecision | None, flag: Flag | None, *, is_outdated: bool) -> Signs:
    row = case.initiative
    empty = [seat for seat in (row.sponsor, row.owner) if seat and seat.holder_id is None]
    return Signs(
        state=State(row.state),
        since=case.local_day(row.state_since),
        pilot_ends_on=row.pilot_ends_on,
        gate=Gate(request.gate) if request else None,
        gate_due_on=request.due_on if request else None,
        is_edited=request is not None and request.is_edited(request.opened(case)),
        is_proposed=request is not None and request.proposal is not None,
        is_outdated=is_outdated,
        vacant=SeatKind(empty[0].kind) if empty else None,
        flag_due_on=flag.due_on if flag else None,
        flag_seat=SeatKind(flag.addressee.kind) if flag and flag.addressee else None,
    )
