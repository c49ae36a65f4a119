"""Acts on breakers: the clock opens them where a guardrail breaks, and only a sponsor closes them."""

from datetime import datetime

from django.db import transaction

from decisions.models import Breaker, Domain, Setting
from decisions.models.breakers import Cause, broken_guardrails, guardrail_flags
from initiatives.models import Initiative
from ownership.models import Act, Event, User
from ownership.refusals import Incomplete, NotNow, NotYours
from ownership.refusals import gettext_noop as _


@transaction.atomic
def trip_broken(*, initiative: Initiative, by: User | None, at: datetime) -> list[Breaker]:
    """The clock (`by=None`) finds a broken guardrail: open the breaker of every domain in which AI tools advise here
    and of which the rules count it.

    One event for each breaker, and one for each grant that is taken back.
    """
    if not guardrail_flags(initiative).exists():
        return []
    initiative.hold()
    opened = []
    for domain in Domain.objects.filter(recommendations__initiative=initiative).order_by("pk").distinct():
        setting = Setting(domain, initiative, at)
        flag = broken_guardrails(setting).first()
        if flag and (found := Breaker.objects.trip(setting, Cause.GUARDRAIL, flag=flag)):
            breaker, recalled = found
            after = {"domain": domain.key, "flag": flag.pk, "recalled": len(recalled)}
            Event.objects.record("breaker.tripped", about=breaker, by=by, at=at, after=after)
            acts = [Act("recommendation.recalled", row, after={"breaker": breaker.pk}) for row in recalled]
            Event.objects.record_each(acts, by=by, at=at)
            opened.append(breaker)
    return opened


@transaction.atomic
def rearm(*, breaker: Breaker, by: User, at: datetime, reason: str, expected_version: int) -> Breaker:
    """The sponsor lets the rules count again, once no guardrail is broken any more. What was taken back stays so."""
    breaker.initiative.hold()
    if not breaker.is_for(by):
        raise NotYours(_("Only the sponsor of %(ref)s arms it again."), code="not_sponsor", ref=breaker.initiative.ref)
    if not breaker.is_open:
        raise NotNow(_("%(ref)s is armed."), ref=breaker.ref)
    if not reason.strip():
        raise Incomplete(_("Say why it may count again."), field="reason")
    setting = Setting(breaker.domain, breaker.initiative, at)
    if setting.is_harmed or breaker.unsettled(setting).exists():
        said = _("A guardrail is still broken, or its flag is open. Settle that first, then arm the breaker again.")
        raise NotNow(said, code="guardrail_broken")
    breaker.change(expected_version=expected_version, rearmed_at=at, rearmed_by=by, reason=reason)
    Event.objects.record("breaker.rearmed", about=breaker, by=by, at=at, reason=reason)
    return breaker
