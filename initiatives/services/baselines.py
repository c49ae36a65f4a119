"""Acts on baselines: compute one from the values of record, and lock it."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_noop as _

from initiatives.models import Baseline, Target
from initiatives.verdicts import LEAST_BASELINE
from metrics.periods import last_periods
from ownership import policy
from ownership.models import Event, Organisation, User
from ownership.policy import SeatKind
from ownership.refusals import Incomplete, NotNow, NotYours

PERIODS = 8  # weeks or months; with four only effects above +24 % show at 15 % weekly noise


@transaction.atomic
def compute_baseline(
    *,
    target: Target,
    by: User,
    at: datetime,
    reason: str = "",
    periods: int = PERIODS,
    ends_on: date | None = None,
) -> Baseline:
    """Freeze the periods before `ends_on`, by default the last that are closed and due from the source.

    Whoever answers for the initiative or its data computes as often as they like; only a locked one counts.
    """
    initiative = target.initiative
    initiative.hold()
    if not initiative.is_answered_by(by):
        raise NotYours(_("Those who hold a seat in this initiative compute its baseline."), code="no_seat")
    initiative.require_alive()
    _require_open(target)
    until = target.known_by(Organisation.the().day(at))
    starts_on, ends_on = last_periods(min(ends_on or until, until), periods, target.kpi.judged)
    baseline = target.measured(starts_on=starts_on, ends_on=ends_on)
    if baseline.n < LEAST_BASELINE:
        said = _("Only %(known)s of these %(periods)s periods are known; it takes at least %(least)s.")
        raise Incomplete(said, code="too_few", field="periods", known=baseline.n, periods=periods, least=LEAST_BASELINE)
    baseline.number = target.baselines.count() + 1
    baseline.computed_at = at
    baseline.sha256 = baseline.digest()
    baseline.save(force_insert=True)
    after = {"baseline": baseline.pk, "sha256": baseline.sha256, "n": baseline.n, "value": baseline.value}
    Event.objects.record("baseline.computed", about=target, by=by, at=at, reason=reason, after=after)
    return baseline


@transaction.atomic
def lock_baseline(*, baseline: Baseline, by: User, at: datetime, reason: str) -> Baseline:
    """The steward of the KPI vouches for these numbers. From now on not a byte of them changes."""
    target = baseline.target
    target.initiative.hold()
    steward = target.kpi.steward
    policy.require_holder(by.pk, steward.holder_id if steward else None, seat=SeatKind.STEWARD)
    target.initiative.require_alive()
    _require_open(target)
    now = target.measured(starts_on=baseline.starts_on, ends_on=baseline.ends_on)
    if now.inputs != baseline.inputs:
        raise NotNow(_("Values in this window have changed since. Compute the baseline again."), code="values_moved")
    baseline.lock(by=by, at=at)
    after = {"baseline": baseline.pk, "sha256": baseline.sha256}
    Event.objects.record("baseline.locked", about=target, by=by, at=at, reason=reason, after=after)
    return baseline


def _require_open(target: Target) -> None:
    if target.superseded_at is not None:
        raise NotNow(_("This target was replaced. Its baseline stays as it was."), code="superseded")
    if target.baselines.filter(locked_at__isnull=False).exists():
        raise NotNow(_("The baseline of this target is locked."), code="locked")
