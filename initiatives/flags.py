"""What somebody must now answer: the kinds of flag, who is asked, by when, and which of them the facts raise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from initiatives.lifecycle import PAUSABLE, RUNNING, State
from initiatives.readiness import Factor
from initiatives.verdicts import Badge, Status, Words


class FlagKind(StrEnum):
    """Signs that an initiative goes wrong, by number so that reports stay comparable."""

    SILENT = "S1"
    NO_RETURN = "S2"
    CANNOT_TELL = "S3"
    PAYBACK = "S4"
    BURN = "S5"
    TIME_BOX = "S6"
    LEADERSHIP = "S7"
    UNUSED = "S8"
    ADOPTION = "S9"
    GUARDRAIL = "S10"
    DATA_QUALITY = "S11"
    DECAY = "S12"
    RECORD = "S13"
    ASSUMPTION = "S14"


class Severity(StrEnum):
    """How loud. An alarm is told at once, a warning with the weekly digest."""

    WARNING = "warn"
    ALARM = "bad"


class Asked(StrEnum):
    """A seat or role that a flag asks."""

    OWNER = "owner"
    SPONSOR = "sponsor"
    STEWARD = "steward"
    CHANGE_LEAD = "change_lead"
    LEAD = "lead"


class Reply(StrEnum):
    """What may be answered. The first three each need a sentence and a date."""

    RECOVER = "recover"
    CHANGE_GOAL = "change_goal"
    PROPOSE_STOP = "propose_stop"
    DONE = "done"
    LATER = "later"


DECIDING = (Reply.RECOVER, Reply.CHANGE_GOAL, Reply.PROPOSE_STOP)
REPORTING = (Reply.DONE, Reply.LATER)
PLAN_LIMIT_DAYS = 28  # a plan to recover names a check date no further away
ACKNOWLEDGE_LIMIT_DAYS = 14  # so long an acknowledgement holds; then the flag reopens
REVIEW_DAYS = 5
SPONSOR_SILENCE_DAYS = 30
DOUBTFUL = 0.10  # P(ROI > 0) below this in two verdicts running
MOST_SPENT, LEAST_EARNED = 0.6, 0.2  # of the budget, and of the benefit that was planned by now
ADOPTED_FROM_WEEK, ADOPTED = 12, 0.4  # from then on so many of the people concerned should work the new way
DECAY_DAYS = 365  # an export test or a notice date older than this says nothing about today


@dataclass(frozen=True, slots=True)
class Rule:
    """How a kind is handled. `ladder` lists whom it asks, and whom after each silent `due_days`."""

    factor: Factor
    ladder: tuple[frozenset[Asked], ...]
    due_days: int
    replies: tuple[Reply, ...]

    def asked(self, rung: int) -> frozenset[Asked]:
        """Who is asked after `rung` silences; the last rung stays."""
        return self.ladder[min(rung, len(self.ladder) - 1)]

    def asked_from(self, rung: int) -> frozenset[Asked]:
        """These, and all who stand above them."""
        return frozenset().union(*self.ladder[min(rung, len(self.ladder) - 1) :])


def _ladder(*rungs: str) -> tuple[frozenset[Asked], ...]:
    return tuple(frozenset(map(Asked, rung.split("+"))) for rung in rungs)


RULES: Mapping[FlagKind, Rule] = MappingProxyType(
    {
        FlagKind.SILENT: Rule(Factor.DATA, _ladder("steward", "owner", "sponsor"), 7, REPORTING),
        FlagKind.NO_RETURN: Rule(Factor.EXPECTATIONS, _ladder("owner+sponsor", "lead"), 7, DECIDING),
        FlagKind.CANNOT_TELL: Rule(Factor.EXPECTATIONS, _ladder("sponsor", "lead"), 10, DECIDING),
        FlagKind.PAYBACK: Rule(Factor.EXPECTATIONS, _ladder("sponsor", "lead"), 10, DECIDING),
        FlagKind.BURN: Rule(Factor.EXPECTATIONS, _ladder("sponsor+lead"), 5, DECIDING),
        FlagKind.TIME_BOX: Rule(Factor.EXPECTATIONS, _ladder("sponsor", "lead"), 5, REPORTING),
        FlagKind.LEADERSHIP: Rule(Factor.PEOPLE, _ladder("lead"), 5, REPORTING),
        FlagKind.UNUSED: Rule(Factor.PROBLEM, _ladder("owner", "sponsor"), 7, REPORTING),
        FlagKind.ADOPTION: Rule(Factor.PEOPLE, _ladder("change_lead", "owner"), 14, REPORTING),
        FlagKind.GUARDRAIL: Rule(Factor.EXPECTATIONS, _ladder("owner+sponsor", "lead"), 1, REPORTING),
        FlagKind.DATA_QUALITY: Rule(Factor.DATA, _ladder("steward", "owner"), 7, REPORTING),
        FlagKind.DECAY: Rule(Factor.VENDOR, _ladder("owner", "sponsor"), 14, REPORTING),
        FlagKind.RECORD: Rule(Factor.VENDOR, _ladder("owner", "sponsor"), 14, REPORTING),
        FlagKind.ASSUMPTION: Rule(Factor.EXPECTATIONS, _ladder("owner", "sponsor"), 7, REPORTING),
    }
)
# By those who keep the recommendations, not by the daily judge.
FOUND_ELSEWHERE = frozenset({FlagKind.UNUSED, FlagKind.RECORD})
REGRESSING_DUE_DAYS = 2


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one live initiative on one day. None: not known, which raises nothing by itself.

    `target` names the primary target (its key). `detectable` is the smallest effect that its `pilot_weeks` can show;
    like the agreed `goal` a share of the baseline. `undecided` counts the newest reviews in a row of which the
    interval holds both zero and the goal. `chances` are P(ROI > 0), newest first; `payback` and `horizon` are months.
    `vacant_days` maps an empty seat to the days it has been empty. `kills` are the conditions to stop that came true.
    Of money `spent` stands against the `budget`, `earned` to date against what was `planned` by then. `adoption` is the
    share of people who work the new way, in the last four weeks and in the four before; None before week 12. `broken`
    maps guardrails, `doubts` targets with values in doubt, `lost` assumptions that no longer stand, to what is said of
    them; `outdated` the codes of answers that were true on a day to the days since.
    """

    state: State
    target: str = ""
    verdict: Status | None = None
    verdict_words: Words | None = None
    badges: tuple[Badge, ...] = ()
    is_resolution_signed: bool = False
    goal: float | None = None
    detectable: float | None = None
    pilot_weeks: int | None = None
    undecided: int = 0
    chances: tuple[float, ...] = ()
    payback: float | None = None
    is_payback_known: bool = False
    horizon: int | None = None
    days_in_review: int | None = None
    vacant_days: Mapping[str, int] = field(default_factory=dict)
    days_since_sponsor_act: int | None = None
    kills: tuple[Words, ...] = ()
    spent: float = 0.0
    budget: float | None = None
    currency: str = "EUR"
    earned: float | None = None
    planned: float | None = None
    adoption: tuple[float, float] | None = None
    broken: Mapping[str, Words] = field(default_factory=dict)
    doubts: Mapping[str, Words] = field(default_factory=dict)
    outdated: Mapping[str, int] = field(default_factory=dict)
    lost: Mapping[str, Words] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """A flag that should be open: one per kind and subject. `evidence` are the plain values it rests on."""

    kind: FlagKind
    subject: str
    severity: Severity
    words: Words
    due_days: int

    @property
    def factor(self) -> Factor:
        return RULES[self.kind].factor

    @property
    def key(self) -> tuple[FlagKind, str]:
        return self.kind, self.subject


def findings(facts: Facts) -> list[Finding]:
    """All flags that the facts call for, in order of their numbers."""
    found: list[Finding] = []
    if facts.state in RUNNING:
        found += _silent(facts) + _no_return(facts) + _cannot_tell(facts) + _payback(facts) + _burn(facts)
    if facts.state is State.REVIEW and (facts.days_in_review or 0) > REVIEW_DAYS:
        found.append(_finding(FlagKind.TIME_BOX, "review", "review-open", {"days": facts.days_in_review}))
    if facts.state in PAUSABLE:
        found += _leadership(facts) + _lost(facts)
    if facts.state in RUNNING:
        found += _adoption(facts) + _broken(facts) + _doubts(facts) + _decay(facts)
    return found


def is_doubtful(chances: Sequence[float]) -> bool:
    """Whether P(ROI > 0), newest first, was next to nothing twice in a row."""
    return len(chances) >= 2 and max(chances[:2]) < DOUBTFUL


def changes(
    is_open: set[tuple[FlagKind, str]], found: list[Finding]
) -> tuple[list[Finding], set[tuple[FlagKind, str]]]:
    """Which findings to open, and which open flags have lost their ground."""
    return [finding for finding in found if finding.key not in is_open], is_open - {finding.key for finding in found}


def _finding(
    kind: FlagKind,
    subject: str,
    code: str,
    evidence: Mapping[str, float | int | str | None],
    *,
    severity: Severity = Severity.WARNING,
) -> Finding:
    due_days = (
        REGRESSING_DUE_DAYS if kind is FlagKind.NO_RETURN and severity is Severity.ALARM else RULES[kind].due_days
    )
    return Finding(kind, subject, severity, Words(code, dict(evidence)), due_days)


def _evidence(facts: Facts) -> dict[str, float | int | str | None]:
    return dict(facts.verdict_words.parameters) if facts.verdict_words else {}


def _silent(facts: Facts) -> list[Finding]:
    if facts.verdict is not Status.DATA_STALE:
        return []
    code = facts.verdict_words.code if facts.verdict_words else "data-none"
    return [_finding(FlagKind.SILENT, facts.target, code, _evidence(facts))]


def _no_return(facts: Facts) -> list[Finding]:
    if facts.verdict not in (Status.UNLIKELY, Status.STALLED, Status.REGRESSING):
        return [
            _finding(FlagKind.NO_RETURN, facts.target, kill.code, kill.parameters, severity=Severity.ALARM)
            for kill in facts.kills[:1]
        ]
    severity = Severity.ALARM if facts.verdict is Status.REGRESSING or facts.kills else Severity.WARNING
    code = facts.verdict_words.code if facts.verdict_words else facts.verdict.value
    return [_finding(FlagKind.NO_RETURN, facts.target, code, _evidence(facts), severity=severity)]


def _cannot_tell(facts: Facts) -> list[Finding]:
    if facts.undecided >= 2:
        code, evidence = "undecided", _evidence(facts) | {"reviews": facts.undecided}
    elif Badge.LOW_RESOLUTION in facts.badges and not facts.is_resolution_signed:
        code = Badge.LOW_RESOLUTION.value
        evidence = {"goal": facts.goal, "smallest": facts.detectable, "weeks": facts.pilot_weeks, "unit": "%"}
    else:
        return []
    return [_finding(FlagKind.CANNOT_TELL, facts.target, code, evidence)]


def _payback(facts: Facts) -> list[Finding]:
    if is_doubtful(facts.chances):
        return [_finding(FlagKind.PAYBACK, "roi", "roi-negative", {"chance": facts.chances[0]})]
    if not facts.is_payback_known or facts.horizon is None:
        return []
    if facts.payback is None or facts.payback > facts.horizon:
        code = "payback-never" if facts.payback is None else "payback-late"
        evidence = {"payback": facts.payback, "horizon": facts.horizon}
        return [_finding(FlagKind.PAYBACK, "roi", code, evidence)]
    return []


def _burn(facts: Facts) -> list[Finding]:
    if not facts.budget or not facts.planned or facts.earned is None:
        return []
    if facts.spent < MOST_SPENT * facts.budget or facts.earned >= LEAST_EARNED * facts.planned:
        return []
    evidence: dict[str, float | int | str | None] = {"spent": facts.spent, "budget": facts.budget}
    evidence |= {"realised": facts.earned, "planned": facts.planned, "currency": facts.currency}
    return [_finding(FlagKind.BURN, "budget", "burn", evidence)]


def _adoption(facts: Facts) -> list[Finding]:
    if facts.adoption is None:
        return []
    now, before = facts.adoption
    if now >= ADOPTED or now > before:
        return []
    evidence = {"users": now * 100, "earlier": before * 100, "wanted": ADOPTED * 100}
    return [_finding(FlagKind.ADOPTION, "adoption", "adoption-low", evidence)]


def _broken(facts: Facts) -> list[Finding]:
    return [
        _finding(FlagKind.GUARDRAIL, guardrail, said.code, said.parameters, severity=Severity.ALARM)
        for guardrail, said in sorted(facts.broken.items())
    ]


def _doubts(facts: Facts) -> list[Finding]:
    return [
        _finding(FlagKind.DATA_QUALITY, target, said.code, said.parameters)
        for target, said in sorted(facts.doubts.items())
    ]


def _lost(facts: Facts) -> list[Finding]:
    return [
        _finding(FlagKind.ASSUMPTION, assumption, said.code, said.parameters)
        for assumption, said in sorted(facts.lost.items())
    ]


def _decay(facts: Facts) -> list[Finding]:
    return [
        _finding(FlagKind.DECAY, question, "answer-outdated", {"question": question, "days": days})
        for question, days in sorted(facts.outdated.items())
        if days > DECAY_DAYS
    ]


def _leadership(facts: Facts) -> list[Finding]:
    found = [
        _finding(FlagKind.LEADERSHIP, seat, "seat-vacant", {"seat": seat, "days": days})
        for seat, days in sorted(facts.vacant_days.items())
    ]
    silence = facts.days_since_sponsor_act
    if "sponsor" not in facts.vacant_days and silence is not None and silence >= SPONSOR_SILENCE_DAYS:
        found.append(_finding(FlagKind.LEADERSHIP, "heartbeat", "sponsor-silent", {"days": silence}))
    return found
