"""All that the judge reads about many initiatives, in a number of queries that does not depend on how many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import TypeVar

from django.db.models import Model
from django.db.models.expressions import RawSQL

from initiatives.models.evidence import CostEntry, KillCriterion, ReadinessAnswer
from initiatives.models.flags import Answer
from initiatives.models.initiative import Initiative
from initiatives.models.scenarios import Assumption
from initiatives.models.targets import Baseline, Target
from initiatives.models.verdicts import Verdict
from initiatives.models.watched import Watched
from metrics.catalogue import Grain
from metrics.models import Annotation, AnnotationKind, Kpi
from metrics.periods import Weekly, Window, closed, last_periods
from metrics.rollup import Rolled, roll_up
from metrics.weekly import Span, weekly_sums
from ownership.models import Appointment, Event, Organisation, Unit, any_of

BASELINE_PERIODS = 8  # weeks or months before the pilot, for a guardrail or side target whose baseline nobody locked

# To load the rest would take as long as to judge; the count of queries tells when a name is missing here.
_READ = ("state", "state_since", "unit_id", "pilot_starts_on", "pilot_ends_on", "timebox_weeks", "horizon_months",
         "alarm_policy", "budget", "currency")  # fmt: skip
_OF_A_SEAT = ("holder_id", "vacant_since")
_OF_A_BASELINE = ("target_id", "starts_on", "inputs", "detectable_effect")

M = TypeVar("M", bound=Model)


def read_watched(ids: Collection[int], *, at: datetime) -> dict[int, Watched]:
    """By id of the initiative; the number of queries does not depend on how many there are."""
    organisation = Organisation.the()
    on, these = organisation.day(at), any_of(ids)
    rows = list(
        Initiative.objects.filter(pk__in=these)
        .select_related("sponsor", "owner", "change_lead")
        .only(*_READ, *(f"{seat}__{name}" for seat in ("sponsor", "owner", "change_lead") for name in _OF_A_SEAT))
        .order_by("pk")
    )
    judged = Target.objects.current().filter(initiative__in=these).exclude(role="activity")
    targets = list(
        judged.select_related("kpi__steward", "control").defer("kpi__scope", "control__scope").order_by("pk")
    )
    _join(targets, rows)
    these_targets = any_of(target.pk for target in targets)
    locked = {
        row.target_id: row for row in Baseline.objects.locked().filter(target__in=these_targets).only(*_OF_A_BASELINE)
    }
    spans = _spans(targets, locked, on)
    weekly, controls = _weekly(spans)
    shocks = _shocks(spans)
    pilot, before = _rolled([target for target in targets if target.pk not in weekly], locked, on)
    earlier_of = Verdict.objects.said_of(targets)
    final = Verdict.objects.final_intervals(these_targets)
    acted = _sponsor_acts(rows)
    signed, confirmed = _answers(these, organisation)
    answered = _grouped(ReadinessAnswer.objects.growing_old().filter(initiative__in=these).order_by("pk"))

    kills = KillCriterion.objects.standing().filter(initiative__in=these)
    targets_of, costs_of = _grouped(targets), _grouped(CostEntry.objects.filter(initiative__in=these).order_by("pk"))
    kills_of = _grouped(kills.select_related("agreed_by").order_by("by_on", "pk"))
    assumed = Assumption.objects.standing().filter(initiative__in=these).select_related("owner", "kpi")
    assumptions_of = _grouped(assumed.order_by("pk"))
    return {
        row.pk: Watched(
            initiative=row,
            targets=sorted(targets_of[row.pk], key=lambda target: target.role != "primary"),
            locked=locked,
            weekly=weekly,
            controls=controls,
            shocks=shocks,
            pilot=pilot,
            before=before,
            earlier=earlier_of,
            final=final,
            costs=costs_of[row.pk],
            kill_criteria=kills_of[row.pk],
            assumptions=assumptions_of[row.pk],
            is_resolution_signed=row.pk in signed,
            confirmed_on=confirmed,
            answered_on={answer.question: organisation.day(answer.answered_at) for answer in answered[row.pk]},
            sponsor_acted_at=acted.get(row.pk),
            organisation=organisation,
        )
        for row in rows
    }


def _join(targets: list[Target], rows: list[Initiative]) -> None:
    """Give targets their initiatives, and KPIs their units, of which few are shared by many."""
    by_initiative = {row.pk: row for row in rows}
    units = Unit.objects.in_bulk({target.kpi.unit_id for target in targets})
    for target in targets:
        target.initiative = by_initiative[target.initiative_id]
        target.kpi.unit = units[target.kpi.unit_id]


def _answers(these: RawSQL, organisation: Organisation) -> tuple[set[int], dict[str, date]]:
    """Initiatives of which somebody signed that their test is coarse; and by subject of a flag about doubtful values
    the day on which somebody last said that they are right."""
    rows = Answer.objects.filter(flag__initiative__in=these, flag__kind__in=["S3", "S11"]).order_by("pk")
    signed: set[int] = set()
    confirmed: dict[str, date] = {}
    for kind, initiative, subject, reply, at in rows.values_list(
        "flag__kind", "flag__initiative", "flag__subject", "reply", "at"
    ):
        if kind == "S3":
            signed.add(initiative)
        elif reply == "done":
            confirmed[subject] = organisation.day(at)
    return signed, confirmed


def _spans(targets: list[Target], locked: dict[int, Baseline], on: date) -> list[tuple[Target, Span]]:
    """The weeks of all targets that the story filter judges. Beside the main KPI the weeks before the pilot will do as
    a baseline."""
    return [
        (target, _span(target, locked.get(target.pk), on))
        for target in targets
        if target.initiative.pilot_starts_on is not None
        and not target.is_under_ceiling
        and target.kpi.judged is Grain.WEEK
        and (target.pk in locked or target.role != "primary")
    ]


def _weekly(
    spans: list[tuple[Target, Span]],
) -> tuple[dict[int, tuple[Weekly, date | None]], dict[int, Weekly]]:
    """What was measured in them, and in what they are compared with, in one query."""
    compared = [(target, _control(target.control, span)) for target, span in spans if target.control]
    answers = iter(weekly_sums([span for _, span in [*spans, *compared]]))
    weekly = {target.pk: next(answers) for target, _ in spans}
    return weekly, {target.pk: next(answers)[0] for target, _ in compared}


def _shocks(spans: list[tuple[Target, Span]]) -> dict[int, list[int]]:
    """By target, the weeks that a known core update reached into, those of the baseline too."""
    updates = Annotation.objects.filter(kind=AnnotationKind.CORE_UPDATE).touching([target.kpi for target, _ in spans])
    found: dict[int, list[int]] = {}
    for target, span in spans:
        days = [
            ((one.starts_on - span.starts_on).days, (one.last_on - span.starts_on).days)
            for one in updates[target.kpi_id]
        ]
        weeks = {week for first, last in days for week in range(first // 7, last // 7 + 1)}
        found[target.pk] = sorted(week for week in weeks if -span.before <= week < span.weeks)
    return found


def _control(kpi: Kpi, span: Span) -> Span:
    """The same weeks of the untreated series."""
    return replace(span, kpi=kpi.pk, kind=kpi.definition.kind, stored=Grain(kpi.grain))


def _span(target: Target, baseline: Baseline | None, on: date) -> Span:
    """Whole weeks from the baseline on, up to those that are closed and due from their source."""
    window = _window(target, target.initiative.pilot_starts_on, target.known_by(on))
    before = max(BASELINE_PERIODS, (window.first - baseline.starts_on).days // 7) if baseline else BASELINE_PERIODS
    weeks = closed(window.from_day, window.until, stored=window.stored, judged=window.judged)
    return Span(window.kpi, window.kind, window.stored, window.first, before, weeks, on)


def _rolled(
    targets: list[Target], locked: dict[int, Baseline], on: date
) -> tuple[dict[int, Rolled], dict[int, Rolled]]:
    """Periods of all pilots, and of those before where nothing was locked, in one query."""
    running = [target for target in targets if target.initiative.pilot_starts_on is not None]
    bare = {target.pk for target in running if target.pk not in locked and target.role != "primary"}
    pilots = {target.pk: _window(target, target.initiative.pilot_starts_on, on) for target in running}
    before = {pk: _before(window) for pk, window in pilots.items() if pk in bare}
    answers = iter(roll_up([*pilots.values(), *before.values()]))
    return {pk: next(answers) for pk in pilots}, {pk: next(answers) for pk in before}


def _before(pilot: Window) -> Window:
    """The periods before a pilot, whole months where it is judged by the month."""
    starts_on = pilot.from_day - timedelta(weeks=BASELINE_PERIODS)
    if pilot.judged is Grain.MONTH:
        starts_on, _ = last_periods(pilot.from_day, BASELINE_PERIODS, Grain.MONTH)
    return replace(pilot, from_day=starts_on, until=pilot.from_day)


def _window(target: Target, from_day: date | None, until: date | None) -> Window:
    if from_day is None or until is None:
        raise ValueError(f"{target.initiative.ref} has no pilot to look at.")
    kpi = target.kpi
    return Window(kpi.pk, kpi.definition.kind, Grain(kpi.grain), kpi.judged, from_day, until)


def _sponsor_acts(rows: list[Initiative]) -> dict[int, datetime]:
    """When each sponsor last acted on the initiative, by the ledger; taking the seat is an act."""
    sponsors = {row.pk: row.sponsor for row in rows if row.sponsor and row.sponsor.holder_id}
    seats = any_of(seat.pk for seat in sponsors.values())
    accepted = Appointment.objects.filter(seat__in=seats, closed_at=None, accepted_at__isnull=False)
    taken = dict(accepted.values_list("seat_id", "accepted_at"))
    last = Event.objects.last_acts_in([row.stream for row in rows])
    found: dict[int, datetime] = {}
    for row in rows:
        if (seat := sponsors.get(row.pk)) and seat.holder_id:
            acts = [taken.get(seat.pk), last.get((row.stream, seat.holder_id))]
            if known := [act for act in acts if act is not None]:
                found[row.pk] = max(known)
    return found


def _grouped(rows: Iterable[M], key: str = "initiative_id") -> dict[int, list[M]]:
    value_of, groups = attrgetter(key), defaultdict(list)
    for row in rows:
        groups[value_of(row)].append(row)
    return groups
