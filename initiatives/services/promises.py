"""Acts on what an initiative promises: pages, targets, and what makes it stop."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_noop as _

from initiatives import vanity
from initiatives.models import Baseline, Initiative, KillCriterion, PageSet, Target
from initiatives.vanity import Claim, NotAnOutcome, Role
from metrics.catalogue import Chain, Grain, MetricClass
from metrics.models import Kpi
from ownership.models import Event, Organisation, User
from ownership.refusals import Incomplete, NotNow

ALTERNATIVES = 3  # results to choose from instead of an output metric; more is no help


class Promise(TypedDict, total=False):
    """What a target may say; the fields of `Target`."""

    goal: float | None
    due_on: date | None
    smallest_effect: float | None
    margin: float | None
    lag_weeks: int | None
    ramp_weeks: int | None
    page_set: PageSet | None
    control: Kpi | None
    value_low: Decimal | None
    value_likely: Decimal | None
    value_high: Decimal | None
    attribution: float
    cashable: float


@transaction.atomic
def add_page_set(
    *,
    initiative: Initiative,
    name: str,
    patterns: str,
    page_class: str,
    by: User,
    at: datetime,
    reason: str = "",
    is_control: bool = False,
) -> PageSet:
    """Pages that are treated, or an untreated group to compare with."""
    initiative.open_to(by, reason=reason)
    if initiative.page_sets.filter(name=name).exists():
        raise Incomplete(_("There is a page set “%(name)s” already."), code="name_taken", field="name", name=name)
    pages = initiative.page_sets.create(name=name, patterns=patterns, page_class=page_class, is_control=is_control)
    after = {"class": page_class, "is_control": is_control, "patterns": len(patterns.splitlines())}
    Event.objects.record("page_set.added", about=pages, by=by, at=at, reason=reason, after=after)
    return pages


@transaction.atomic
def set_target(
    *,
    initiative: Initiative,
    kpi: Kpi,
    role: str,
    by: User,
    at: datetime,
    reason: str = "",
    **promise: Unpack[Promise],
) -> Target:
    """Promise something about a KPI. An output metric as main KPI is refused with three results to choose from."""
    initiative.open_to(by, reason=reason)
    if role == Role.PRIMARY and initiative.targets.current().filter(role=role).exists():
        raise NotNow(_("There is a main KPI already. Replace its target instead."), code="has_main_kpi")
    target = Target(initiative=initiative, kpi=kpi, role=role, **promise)
    return _set(target, by=by, at=at, reason=reason)


@transaction.atomic
def replace_target(
    *,
    target: Target,
    by: User,
    at: datetime,
    reason: str,
    expected_version: int,
    kpi: Kpi | None = None,
    **promise: Unpack[Promise],
) -> Target:
    """Promise something else from now on. The old target stays for ever, and its baseline holds while the KPI does."""
    target.initiative.open_to(by, reason=reason)
    if target.superseded_at is not None:
        raise NotNow(_("This target was replaced before. Change the one that holds now."), code="superseded")
    target.change(expected_version=expected_version, superseded_at=at)
    kept = {name: getattr(target, name) for name in Promise.__annotations__}
    new = Target(initiative=target.initiative, role=target.role, kpi=kpi or target.kpi, **kept | dict(promise))
    said = _set(new, by=by, at=at, reason=reason, replaces=target)
    Baseline.objects.carry_over(target, said)
    return said


def _set(target: Target, *, by: User, at: datetime, reason: str, replaces: Target | None = None) -> Target:
    target.metric_class, target.chain = target.kpi.metric_class, target.kpi.chain
    _require_honest(target, by=by, at=at)
    _require_complete(target, on=Organisation.the().day(at))
    target.save(force_insert=True)
    Event.objects.record(
        "target.set",
        about=target,
        by=by,
        at=at,
        reason=reason,
        before=replaces.figures() if replaces else None,
        after=target.figures(),
    )
    return target


def _require_honest(target: Target, *, by: User, at: datetime) -> None:
    refusal = vanity.objection(
        Claim(
            name=target.kpi.name,
            role=Role(target.role),
            metric_class=MetricClass(target.metric_class),
            chain=Chain(target.chain),
            has_pages=target.page_set is not None,
            has_value=target.value_likely is not None,
            margin=target.margin,
        )
    )
    if isinstance(refusal, NotAnOutcome) and refusal.code != "unscoped":
        refusal.items = _results_instead(by=by, at=at)
    if refusal is not None:
        raise refusal
    if target.value_likely is not None:
        _require_unclaimed(target)


def _results_instead(*, by: User, at: datetime) -> list[dict[str, Any]]:
    return Kpi.objects.visible_to(by).results_by_readiness(on=Organisation.the().day(at), limit=ALTERNATIVES)


def _require_unclaimed(target: Target) -> None:
    """One valued target per chain of the initiative, and no more than the whole of a KPI over all that live."""
    initiative = target.initiative
    beside = initiative.targets.current().filter(chain=target.chain, value_likely__isnull=False)
    if beside.exists():
        said = _("Another target of this initiative has a value in the same chain; leads and their revenue count once.")
        raise Incomplete(said, code="chain_valued_twice", field="value_likely")
    live = Target.objects.current().claiming(target.kpi).exclude(initiative=initiative)
    taken = live.aggregate(total=Sum("attribution"))["total"] or 0.0
    if target.attribution > 1 - taken + 1e-9:
        said = _("Other initiatives claim part of “%(name)s”; at most %(left)s is left of the whole.")
        left = round(max(0.0, 1 - taken), 4)
        raise Incomplete(said, code="claimed", field="attribution", name=target.kpi.name, left=left)


def _require_complete(target: Target, *, on: date) -> None:
    if target.page_set is not None and target.page_set.initiative_id != target.initiative_id:
        raise Incomplete(_("Choose a page set of this initiative."), code="foreign_pages", field="page_set")
    if target.due_on is not None and target.due_on <= on:
        raise Incomplete(_("The target is due in the future."), code="past", field="due_on")
    if target.control is not None and target.control == target.kpi:
        raise Incomplete(_("A KPI cannot be compared with itself."), code="own_control", field="control")
    if target.control is not None and target.control.judged is Grain.MONTH:
        said = _("Choose a KPI that comes by the day or the week to compare with.")
        raise Incomplete(said, code="monthly_control", field="control")
    worth = [target.value_low, target.value_likely, target.value_high]
    if None in worth and worth != [None] * 3:
        raise Incomplete(_("Give a low, a likely and a high value, or none."), code="value_range", field="value_likely")
    if None not in worth and worth != sorted(worth, key=lambda value: value or 0):
        raise Incomplete(_("The values run from low over likely to high."), code="value_order", field="value_likely")
    if target.goal is not None and target.smallest_effect is not None and target.smallest_effect > target.goal:
        said = _("The smallest effect worth its money cannot be larger than the goal.")
        raise Incomplete(said, code="smallest_above_goal", field="smallest_effect")


@transaction.atomic
def add_kill_criterion(
    *,
    initiative: Initiative,
    text: str,
    by_on: date,
    by: User,
    at: datetime,
    reason: str = "",
    target: Target | None = None,
    threshold: float | None = None,
) -> KillCriterion:
    """Agree beforehand on what makes us stop, in words or as a figure that the KPI must reach by a day."""
    initiative.open_to(by, reason=reason)
    if by_on <= Organisation.the().day(at):
        raise Incomplete(_("A stop condition lies ahead: choose a later date."), code="past", field="by_on")
    if target is not None and target.initiative_id != initiative.pk:
        raise Incomplete(_("Choose a target of this initiative."), code="foreign_target", field="target")
    if (target is None) != (threshold is None):
        raise Incomplete(_("A figure needs its target, and a target its figure."), code="threshold", field="threshold")
    criterion = initiative.kill_criteria.create(
        text=text, by_on=by_on, target=target, threshold=threshold, agreed_by=by, agreed_at=at
    )
    after = {"target": target and target.pk, "threshold": threshold, "by_on": by_on}
    Event.objects.record("kill_criterion.added", about=criterion, by=by, at=at, reason=reason, after=after)
    return criterion


@transaction.atomic
def withdraw_kill_criterion(
    *, criterion: KillCriterion, by: User, at: datetime, reason: str, expected_version: int
) -> KillCriterion:
    """No longer a reason to stop. It stays on record with why it was given up."""
    criterion.initiative.open_to(by, reason=reason)
    if criterion.withdrawn_at is not None:
        raise NotNow(_("This stop condition was withdrawn before."), code="withdrawn")
    criterion.change(expected_version=expected_version, withdrawn_at=at)
    before = {"threshold": criterion.threshold, "by_on": criterion.by_on}
    Event.objects.record("kill_criterion.withdrawn", about=criterion, by=by, at=at, reason=reason, before=before)
    return criterion
