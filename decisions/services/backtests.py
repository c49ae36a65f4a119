"""Asking what a draft would have done."""

from datetime import datetime

from django.db import transaction

from decisions.models import BackTest, RuleSetVersion
from ownership import policy
from ownership.models import Event, User
from ownership.refusals import NotNow
from ownership.refusals import gettext_noop as _


@transaction.atomic
def ask_backtest(*, version: RuleSetVersion, by: User, at: datetime, reason: str) -> BackTest:
    """Put a draft to everything recorded in its scope. A worker does it; one that waits already is the answer."""
    policy.require_writer(by.role)
    if version.state not in ("draft", "in_review") or version.rule_set.layer == "floor":
        raise NotNow(_("Only drafts of rules for an initiative are put to what is recorded."))
    RuleSetVersion.objects.select_for_update(of=["self"]).get(pk=version.pk)
    waiting = BackTest.objects.of(version).running().first()
    if waiting:
        return waiting
    row = BackTest.objects.create(draft=version, sha256=version.sha256, asked_by=by, asked_at=at, due_at=at)
    Event.objects.record("rules.backtest_asked", about=version, by=by, at=at, reason=reason, after={"backtest": row.pk})
    return row


@transaction.atomic
def stop_backtest(*, backtest: BackTest, by: User, at: datetime, reason: str = "") -> BackTest:
    """Do not wait for the rest; what was read so far proves nothing and is dropped. Stopping twice stops once."""
    policy.require_writer(by.role)
    if backtest.stop(at=at):
        after = {"backtest": backtest.pk, "done": backtest.done}
        Event.objects.record("rules.backtest_stopped", about=backtest.draft, by=by, at=at, reason=reason, after=after)
    elif backtest.stop_asked_at is None:
        raise NotNow(_("It is over: there is nothing to stop."))
    return backtest
