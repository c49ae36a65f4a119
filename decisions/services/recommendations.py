"""Acts on recommendations: people decide, tools report. Grants lock the initiative: counting is exact."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F

from decisions import rules
from decisions.choices import ACCEPT, Choice
from decisions.learning import BAD
from decisions.models import Breaker, Decision, Evaluation, FirstChoice, OutcomeReview, Recommendation, Situation
from decisions.models.breakers import Cause
from decisions.rules import Authority, FactSource
from decisions.services.intake import read_facts
from initiatives.flags import RULES, FlagKind, Severity
from initiatives.models import CostEntry, Flag, Initiative
from ownership import policy
from ownership.models import Act, Event, Token, User
from ownership.refusals import Incomplete, NotNow, NotYours
from ownership.refusals import gettext_noop as _

REVIEW_DAYS = 28


@transaction.atomic
def supply_facts(
    *,
    recommendation: Recommendation,
    facts: Mapping[str, Any],
    by: User,
    at: datetime,
    reason: str,
    expected_version: int,
    token: Token | None = None,
) -> Recommendation:
    """Add facts while the advice waits, and ask the rules again. A tool claims its own; a person gives a person's.

    What waits for people because a breaker, a test or the first of two yeses left it to them stays with them.
    """
    policy.require_writer(by.role)
    _hold(recommendation.initiative)
    if recommendation.state not in ("needs_facts", "waiting"):
        raise NotNow(_("%(ref)s is %(state)s: facts change nothing now."), **_where(recommendation))
    sources = {FactSource.TOOL} if token and token.is_service else {FactSource.PERSON}
    if by == recommendation.received_by:
        sources.add(FactSource.TOOL)
    readings = read_facts(facts, recommendation.domain.schema(), sources, at)
    if not readings:
        raise Incomplete(_("Give at least one fact."), field="facts")
    now = recommendation.situation(at)
    if recommendation.state == "needs_facts" and recommendation.due_on and now.today > recommendation.due_on:
        raise NotNow(_("The time for supplying facts is over. Post it again under a new key."), code="expired")
    added = recommendation.facts | rules.dump_readings(readings)
    recommendation.change(expected_version=expected_version, facts=added)
    evaluation = Evaluation.objects.judge(now)
    recommendation.change(expected_version=recommendation.version, **recommendation.reconsider(evaluation, now))
    recommendation.flags().update(closed_at=at, version=F("version") + 1)
    _record("facts_supplied", recommendation, evaluation, by, at, reason, facts=sorted(readings))
    return recommendation


@transaction.atomic
def choose_first(
    *, recommendation: Recommendation, text: str, by: User, at: datetime, expected_version: int
) -> FirstChoice:
    """Write down what one would make of it, before seeing the proposal: once, and for good. "" leaves it as it is."""
    _hold(recommendation.initiative)
    _require_decider(recommendation, by)
    _require_open(recommendation, recommendation.situation(at))
    if not recommendation.is_hidden_from(by):
        raise NotNow(_("You see the proposal already."), code="seen")
    recommendation.change(expected_version=expected_version)
    first = FirstChoice.objects.create(recommendation=recommendation, by=by, text=text.strip(), at=at)
    after = {"first_choice": first.pk}
    Event.objects.record("recommendation.chosen_first", about=recommendation, by=by, at=at, reason=text, after=after)
    return first


@transaction.atomic
def decide(
    *, recommendation: Recommendation, choice: Choice, by: User, at: datetime, expected_version: int
) -> Decision | None:
    """Accept, modify or reject. Of two people the first one's yes waits for the second: then there is no decision yet.

    A yes asks the rules again with what is known now; that may only tighten.
    """
    _hold(recommendation.initiative)
    _require_decider(recommendation, by)
    now = recommendation.situation(at)
    _require_open(recommendation, now)
    if recommendation.is_hidden_from(by):
        said_first = _("Say first what you would do. You see the proposal after that.")
        raise NotNow(said_first, code="choose_first")
    evaluation = Evaluation.objects.judge(now) if choice.is_yes else recommendation.evaluation()
    level = _binding(recommendation, evaluation) if choice.is_yes else Authority.of(str(recommendation.authority))
    if choice.is_yes and recommendation.is_untested and not evaluation.duties["canary_days"]:
        no_test = _(
            "No rule that applies now says on how many pages and how long to test it. Reject it, and have it posted "
            "again under a new key."
        )
        raise NotNow(no_test, code="no_test")
    choice.require_complete(level, recommendation.domain.reason_codes)
    yes: dict[str, Any] = {"by": by.pk, "rationale": choice.rationale, "trade_off": choice.trade_off}
    if choice.is_yes and level is Authority.TWO_PERSON and recommendation.first_yes is None:
        recommendation.change(expected_version=expected_version, first_yes=yes)
        _record("agreed_first", recommendation, evaluation, by, at, choice.rationale)
        return None
    said = _together(recommendation, level, yes) if choice.is_yes else [yes]
    if choice.is_yes:
        recommendation.grant(now, expected_version=expected_version)
    else:
        recommendation.change(expected_version=expected_version, state="rejected", due_on=None)
    deciders = [one["by"] for one in said]
    decision = Decision.objects.create(
        initiative=recommendation.initiative,
        recommendation=recommendation,
        evaluation=evaluation,
        question=str(recommendation),
        options=[recommendation.proposal],
        chosen=choice.chosen,
        modification=choice.modification,
        authority=level.key,
        deciders=deciders,
        followed_ai=choice.chosen == ACCEPT,
        was_changed=_was_changed(recommendation, choice, deciders),
        reason_code=choice.reason_code,
        rationale="\n".join(one["rationale"] for one in said),
        trade_off="\n".join(one["trade_off"] for one in said),
        probability=choice.probability,
        review_on=_review_on(now),
        minutes=choice.minutes,
        decided_at=at,
    )
    recommendation.flags().update(closed_at=at, version=F("version") + 1)
    if not choice.is_yes:
        OutcomeReview.objects.schedule(now, on=decision.review_on, decision=decision)
    _book_minutes(decision, by, now)
    after = {"decision": decision.pk, "chosen": choice.chosen}
    _record("decided", recommendation, evaluation, by, at, choice.rationale, **after)
    return decision


@transaction.atomic
def lapse(*, recommendation: Recommendation, by: User | None, at: datetime, expected_version: int) -> str:
    """The clock (`by=None`) finds that a last day has passed; answers with what came of it, "" if nothing.

    Where everybody in line was silent, it waits on with a flag.
    """
    _hold(recommendation.initiative)
    now = recommendation.situation(at)
    act = recommendation.lapse(now, expected_version=expected_version)
    if act:
        more: dict[str, Any] = {"flag": _raise_flag(recommendation, now).pk} if act == "held" else {}
        more |= {"decider": recommendation.decider_id, "asks_lead": recommendation.asks_lead}
        _record(act, recommendation, recommendation.evaluation(), by, at, due_on=recommendation.due_on, **more)
    return act


@transaction.atomic
def report_applied(
    *, recommendation: Recommendation, by: User, at: datetime, expected_version: int, reason: str = ""
) -> NotNow | None:
    """The tool did it. Without a grant that is recorded and opens the breaker; the refusal is for the edge to raise
    after commit."""
    _hold(recommendation.initiative)
    _require_reporter(recommendation, by)
    now = recommendation.situation(at)
    if recommendation.state == "applied":
        raise NotNow(_("%(ref)s was reported as applied before."), code="applied", ref=recommendation.ref)
    if not recommendation.may_apply(on=now.today):
        return _ungranted(recommendation, now, by, reason)
    revert_days = recommendation.evaluation().duties["revert_days"]
    state = "applied" if recommendation.state == "granted" else recommendation.state
    revert_until = now.today + timedelta(days=revert_days) if revert_days else None
    recommendation.change(expected_version=expected_version, state=state, applied_at=at, revert_until=revert_until)
    if state == "applied":
        decision = recommendation.decisions.order_by("-pk").first()
        OutcomeReview.objects.schedule(now, on=decision.review_on if decision else _review_on(now), decision=decision)
    Event.objects.record("recommendation.applied", about=recommendation, by=by, at=at, reason=reason)
    return None


@transaction.atomic
def report_reverted(
    *, recommendation: Recommendation, by: User, at: datetime, reason: str, expected_version: int
) -> Recommendation:
    """What was applied is undone, within its window where it has one."""
    _require_reporter(recommendation, by)
    if recommendation.state != "applied":
        raise NotNow(_("%(ref)s is %(state)s: there is nothing to undo."), **_where(recommendation))
    now = recommendation.situation(at)
    if recommendation.revert_until and now.today > recommendation.revert_until:
        raise NotNow(_("It could be undone until %(day)s."), code="window_closed", day=str(recommendation.revert_until))
    recommendation.change(expected_version=expected_version, state="reverted")
    OutcomeReview.objects.bring_forward(now)
    Event.objects.record("recommendation.reverted", about=recommendation, by=by, at=at, reason=reason)
    return recommendation


@transaction.atomic
def report_outcome(
    *,
    recommendation: Recommendation,
    result: str,
    by: User,
    at: datetime,
    reason: str,
    expected_version: int,
    effect: float | None = None,
) -> Recommendation:
    """How it turned out, as its tool says: a claim that the reviewer sees. That it went wrong is looked at today."""
    _require_reporter(recommendation, by)
    if recommendation.state not in ("applied", "reverted"):
        raise NotNow(_("%(ref)s is %(state)s: without being applied it has no outcome."), **_where(recommendation))
    now = recommendation.situation(at)
    claim = {"result": result, "effect": effect, "note": reason, "on": now.today.isoformat()}
    recommendation.change(expected_version=expected_version, reported=claim)
    if result == BAD:
        OutcomeReview.objects.bring_forward(now)
    after = {"result": result, "effect": effect}
    Event.objects.record(
        "recommendation.outcome_reported", about=recommendation, by=by, at=at, reason=reason, after=after
    )
    return recommendation


def _hold(initiative: Initiative) -> None:
    """One at a time: what was granted today is counted while nobody else can grant."""
    Initiative.objects.select_for_update(no_key=True).get(pk=initiative.pk)


def _ungranted(recommendation: Recommendation, now: Situation, by: User, reason: str) -> NotNow:
    """Nothing allowed this: whatever else was granted in the domain waits for people."""
    breaker, recalled = Breaker.objects.trip(now.setting, Cause.UNGRANTED, recommendation=recommendation) or (None, [])
    after = {"breaker": breaker.pk if breaker else None, "recalled": len(recalled)}
    Event.objects.record(
        "recommendation.applied_ungranted", about=recommendation, by=by, at=now.at, reason=reason, after=after
    )
    acts = [Act("recommendation.recalled", row, after=after) for row in recalled]
    Event.objects.record_each(acts, by=by, at=now.at)
    said = _("%(ref)s is %(state)s: nothing allowed this. It has been recorded, and the breaker is open.")
    return NotNow(said, code="not_granted", **_where(recommendation))


def _raise_flag(recommendation: Recommendation, now: Situation) -> Flag:
    """It asks the owner; one is open at a time."""
    rule = RULES[FlagKind.UNUSED]
    fields = {
        "severity": Severity.WARNING,
        "factor": rule.factor,
        "words": {"code": "advice-held", "parameters": {"ref": recommendation.ref, "subject": recommendation.subject}},
        "addressee": recommendation.initiative.owner,
        "opened_at": now.at,
        "due_on": now.today + timedelta(days=rule.due_days),
    }
    key = {"kind": FlagKind.UNUSED, "subject": recommendation.flag_subject, "closed_at": None}
    return Flag.objects.get_or_create(initiative=recommendation.initiative, **key, defaults=fields)[0]


def _require_decider(recommendation: Recommendation, by: User) -> None:
    """Those in the deciding seats; where all of them are empty, a portfolio lead."""
    if not recommendation.is_for(by):
        seats = [seat.title for seat in (recommendation.decider, recommendation.second) if seat]
        seats += ["lead"] if recommendation.asks_lead or not seats else []
        raise NotYours(_("This is for: %(seats)s."), code="not_decider", seats=", ".join(seats))


def _require_open(recommendation: Recommendation, now: Situation) -> None:
    if recommendation.is_decidable(on=now.today):
        return
    if recommendation.state == "testing":
        raise NotNow(_("The test decides, not an opinion: it runs until %(day)s."), day=str(recommendation.due_on))
    raise NotNow(_("%(ref)s is %(state)s: there is nothing to decide."), **_where(recommendation))


def _require_reporter(recommendation: Recommendation, by: User) -> None:
    """Whoever posted it, and those who answer for it."""
    seats = [recommendation.decider, recommendation.second, recommendation.initiative.owner]
    if by.pk not in {recommendation.received_by_id, *(seat.holder_id for seat in seats if seat)}:
        raise NotYours(_("The tool reports this, or somebody who answers for it."), code="not_reporter")


def _binding(recommendation: Recommendation, fresh: Evaluation) -> Authority:
    """The stricter of what was asked and what the rules say now; NotNow where a yes alone is no longer enough."""
    if fresh.authority is None:
        raise NotNow(_("Some facts have become too old. Supply them again."), code="facts")
    asked, now = Authority.of(str(recommendation.authority)), Authority.of(fresh.authority)
    if now < asked and now < Authority.HUMAN_DECIDES:
        raise NotNow(_("The rules are stricter now: %(authority)s."), code="tightened", authority=now.key)
    return min(asked, now)


def _together(recommendation: Recommendation, level: Authority, yes: dict[str, Any]) -> list[dict[str, Any]]:
    """Those who said yes, each with their words: two different people where two are needed."""
    first = recommendation.first_yes
    if level is not Authority.TWO_PERSON or first is None:
        return [yes]
    if first["by"] == yes["by"]:
        raise NotNow(_("You have agreed already; now it is for the other person."), code="same_person")
    return [first, yes]


def _was_changed(recommendation: Recommendation, choice: Choice, deciders: list[int]) -> bool | None:
    """Whether any of them said beforehand that they would do something else; None: none of them was asked to."""
    proposed = str(recommendation.proposal.get("after", ""))
    firsts = recommendation.first_choices.filter(by__in=deciders)
    changed = [choice.differs(first.text, proposed=proposed) for first in firsts]
    return any(changed) if changed else None


def _review_on(now: Situation) -> date:
    """When the outcome can be told: four weeks, and those before anything can show in the main KPI."""
    primary = now.setting.initiative.targets.filter(role="primary", superseded_at=None).first()
    lag = timedelta(weeks=primary.lag_weeks or 0) if primary else timedelta()
    return now.today + timedelta(days=REVIEW_DAYS) + lag


def _book_minutes(decision: Decision, by: User, now: Situation) -> None:
    """Reviewing AI output is work that the initiative pays for."""
    rate = decision.initiative.hourly_rate
    if decision.minutes and rate is not None:
        hours = round(Decimal(decision.minutes) / 60, 2)
        CostEntry.objects.create(
            initiative=decision.initiative,
            category="review",
            on=now.today,
            hours=hours,
            rate=rate,
            amount=round(hours * rate, 2),
            booked_by=by,
            booked_at=now.at,
        )


def _where(recommendation: Recommendation) -> dict[str, Any]:
    return {"ref": recommendation.ref, "state": recommendation.state}


def _record(
    act: str,
    recommendation: Recommendation,
    evaluation: Evaluation,
    by: User | None,
    at: datetime,
    reason: str = "",
    **more: Any,
) -> None:
    """The act's one event: where the advice now stands, and which evaluation says why."""
    after = {"state": recommendation.state, "authority": recommendation.authority, "evaluation": evaluation.pk, **more}
    Event.objects.record(f"recommendation.{act}", about=recommendation, by=by, at=at, reason=reason, after=after)
