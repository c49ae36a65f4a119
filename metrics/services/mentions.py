"""Acts on the worklist of mentions. Each keeps the rate of mentions turned into links true, in the same transaction."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop as _

from metrics import merge
from metrics.catalogue import Grain
from metrics.merge import FINAL, PROVISIONAL, Value
from metrics.models import Batch, Kpi, Mention, Outcome, Source
from metrics.outreach import rates
from metrics.tabular.addresses import Found
from ownership import policy
from ownership.models import Event, Unit, User
from ownership.refusals import Incomplete, NotNow

RATE = "mention_to_link_rate"


@transaction.atomic
def name_brand(
    *, unit: Unit, brand: str, site: str, by: User, at: datetime, reason: str, expected_version: int
) -> Source:
    """Say which name to look for, and which site is the own one."""
    policy.require_writer(by.role)
    source = _held(unit)
    source.change(expected_version=expected_version, config={"brand": brand, "site": site})
    Event.objects.record("mentions.brand_named", about=source, by=by, at=at, reason=reason, after={"site": site})
    return source


@transaction.atomic
def bring(
    *, unit: Unit, found: Sequence[Found], kind: str, by: User, at: datetime, today: date, reason: str
) -> dict[str, int]:
    """Put pages on the worklist: those that are new, not the unit's own, and not linking to it already.

    `kind` of the batch is how they came. Returns how many were `new`, `known`, `own` and `linked` already.
    """
    policy.require_writer(by.role)
    if not found:
        raise Incomplete(_("There is no page in it."), field="rows", code="empty")
    if any(page.found_on and page.found_on > today for page in found):
        raise Incomplete(_("A mention cannot be found in the future."), field="found_on", code="future")
    source = _held(unit)
    own = source.config.get("site", "")
    theirs = [page for page in found if not _is_of(page.site, own)]
    bare = [page for page in theirs if not any(_is_of(site, own) for site in page.links_to)]
    known = set(Mention.objects.filter(unit=unit, url__in=[page.url for page in bare]).values_list("url", flat=True))
    fresh = {page.url: page for page in bare if page.url not in known}
    Mention.objects.bulk_create(
        Mention(
            unit=unit,
            url=page.url,
            site=page.site,
            title=page.title,
            found_on=page.found_on or today,
            brought_by=by,
            brought_at=at,
        )
        for page in fresh.values()
    )
    counts = {"new": len(fresh), "known": len(bare) - len(fresh)}
    counts |= {"own": len(found) - len(theirs), "linked": len(theirs) - len(bare)}
    stored = _measure(source, kind, by=by, at=at, today=today, reason=reason)
    Event.objects.record("mentions.brought", about=source, by=by, at=at, reason=reason, after=counts | stored)
    return counts


@transaction.atomic
def contact(
    *, mention: Mention, on: date, by: User, at: datetime, today: date, reason: str, expected_version: int
) -> Mention:
    """Note the day on which somebody wrote to the site."""
    policy.require_writer(by.role)
    if mention.outcome != Outcome.OPEN:
        raise NotNow(_("This mention is settled. Open it again first."))
    _require_day(mention, on, today)
    mention.change(expected_version=expected_version, contacted_on=on)
    Event.objects.record("mention.contacted", about=mention, by=by, at=at, reason=reason, after={"on": on.isoformat()})
    return mention


@transaction.atomic
def settle(
    *,
    mention: Mention,
    outcome: Outcome,
    on: date,
    by: User,
    at: datetime,
    today: date,
    reason: str,
    expected_version: int,
) -> Mention:
    """Note what became of it, or open it again. The rate follows."""
    policy.require_writer(by.role)
    _require_day(mention, on, today)
    source, before = _held(mention.unit), mention.outcome
    settled_on = None if outcome == Outcome.OPEN else on
    mention.change(expected_version=expected_version, outcome=outcome, settled_on=settled_on)
    stored = _measure(source, "manual", by=by, at=at, today=today, reason=reason)
    after = {"outcome": outcome.value, "on": on.isoformat()} | stored
    Event.objects.record(
        "mention.settled", about=mention, by=by, at=at, reason=reason, before={"outcome": before}, after=after
    )
    return mention


def _held(unit: Unit) -> Source:
    """The worklist's own source, held until the end: two acts at once must not each count without the other."""
    return Source.objects.select_for_update().get(pk=Source.objects.standing("mentions", unit).pk)


def _is_of(site: str, own: str) -> bool:
    return bool(own) and (site == own or site.endswith(f".{own}"))


def _require_day(mention: Mention, on: date, today: date) -> None:
    if not mention.found_on <= on <= today:
        said = _("Give a day between %(found)s, when it was found, and today.")
        raise Incomplete(said, field="on", code="wrong_day", found=mention.found_on.isoformat())


def _measure(source: Source, kind: str, *, by: User, at: datetime, today: date, reason: str) -> dict[str, Any]:
    """Store the rates of the unit's KPIs of this type where they changed, and say with which batch."""
    kpis = Kpi.objects.filter(unit=source.unit_id, type=RATE)
    tallies = Mention.objects.tallies(source.unit)
    found = [(kpi, rate) for kpi in kpis for rate in rates(tallies, grain=Grain(kpi.grain), today=today)]
    merge.stage(
        Value(line, kpi.pk, rate.starts_on, rate.linked, rate.found, FINAL if rate.is_final else PROVISIONAL)
        for line, (kpi, rate) in enumerate(found, start=1)
    )
    compared = merge.compare(source)
    if not compared.inserted + compared.revised:
        return {}
    kpis.claim_for(source)
    batch: Batch = merge.merge(kind=kind, source=source, by=by, at=at, reason=reason)
    return batch.counts()
