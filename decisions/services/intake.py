"""Advice comes in, one piece or a thousand, and is answered at once: who decides, until when, and why."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from django.db import IntegrityError, transaction
from django.db.models import Q

from decisions import rules, words
from decisions.models import Domain, Evaluation, InForce, Recommendation, Setting, Situation
from decisions.rules import FactSource
from initiatives.lifecycle import ENDED
from initiatives.models import Initiative
from ownership import canonical, policy
from ownership.models import Act, Event, Token, User, copy_in
from ownership.refusals import Incomplete, NotNow, Refusal
from ownership.refusals import gettext_noop as _


class FactsWrong(Incomplete):
    """Posted facts that cannot be used; `items` has every fault with its field."""

    slug, title = "facts-wrong", _("Some facts cannot be used")

    def __init__(self, faults: list[rules.Fault]) -> None:
        said = _("%(count)s facts need attention.")
        super().__init__(said, field="facts", items=words.faults(faults), count=len(faults))


class KeyReused(Incomplete):
    """A tool sent something else under a key that it had used."""

    slug, title = "key-reused", _("This key belongs to another recommendation")


@dataclass(frozen=True)
class Advice:
    """What an AI tool posts. `facts` are its own claims by the names of the domain's schema."""

    domain: Domain
    initiative: Initiative
    source: str
    key: str
    subject: str
    proposal: Mapping[str, Any]
    facts: Mapping[str, Any]
    model: str = ""
    confidence: float | None = None
    expected_effect: float | None = None

    @property
    def sha256(self) -> str:
        said = [self.model, self.subject, self.proposal, self.facts, self.confidence, self.expected_effect]
        return canonical.sha256([self.domain.key, self.initiative.pk, *said])


Answer: TypeAlias = tuple[Recommendation, bool] | Refusal  # with whether it is new


def recommend(*, by: User, at: datetime, token: Token | None = None, **advice: Any) -> tuple[Recommendation, bool]:
    """Take in one piece of `Advice`: the recommendation, and whether it is new. Raises what refuses it."""
    (answer,) = recommend_all(advice=[Advice(**advice)], by=by, at=at, token=token)
    if isinstance(answer, Refusal):
        raise answer
    return answer


def recommend_all(*, advice: Sequence[Advice], by: User, at: datetime, token: Token | None = None) -> list[Answer]:
    """Take in what an AI tool advises; an answer to each, in their order. What is refused spoils no other.

    Sent again, the same key and body change nothing. How many queries it takes depends on the domains and initiatives
    that are named, not on how much advice there is.
    """
    policy.require_writer(by.role)
    try:
        return _take_in(advice, by, at, token)
    except IntegrityError:  # another thread was quicker with one of the keys
        return _take_in(advice, by, at, token)


@transaction.atomic
def _take_in(advice: Sequence[Advice], by: User, at: datetime, token: Token | None) -> list[Answer]:
    known = _known(advice)
    ids = [row.pk for row in known.values()]
    seen = set(Recommendation.objects.visible_to(by).filter(pk__in=ids).values_list("pk", flat=True))
    intake = _Intake([one for one in advice if (one.source, one.key) not in known], by, at, token)
    answers: list[Answer] = []
    for one in advice:
        try:
            row = known.get((one.source, one.key))
            if is_new := row is None:
                row = known[one.source, one.key] = intake.weigh(one)
            elif row.body_sha256 != one.sha256 or (row.pk and row.pk not in seen):
                # A key is worth nothing to those who may not see what it stands for.
                raise KeyReused(
                    _("Something else was posted under this key. Give each recommendation its own."), field="key"
                )
            answers.append((row, is_new))
        except Refusal as refusal:
            answers.append(refusal)
    intake.keep()
    return answers


def _known(advice: Sequence[Advice]) -> dict[tuple[str, str], Recommendation]:
    """What came in before under the same keys."""
    keys = defaultdict(list)
    for one in advice:
        keys[one.source].append(one.key)
    sent = Q(*(Q(source=source, key__in=found) for source, found in keys.items()), _connector=Q.OR)
    rows = list(Recommendation.objects.for_log().filter(sent)) if keys else []
    newest = Evaluation.objects.newest_of(rows)
    for row in rows:
        row.newest = newest[row.pk]
    return {(row.source, row.key): row for row in rows}


class _Intake:
    """New advice on its way in. Holds its initiatives, so that what is granted can be counted."""

    def __init__(self, advice: Sequence[Advice], by: User, at: datetime, token: Token | None) -> None:
        self.by, self.at, self.token = by, at, token
        ids = {one.initiative.pk for one in advice}
        rows = Initiative.objects.filter(pk__in=ids).select_related("unit", "owner", "sponsor").order_by("pk")
        held = {row.pk: row for row in rows.select_for_update(no_key=True, of=("self",))}
        granted: dict[int, dict[int, tuple[int, int]]] = defaultdict(dict)
        subjects = defaultdict(set)
        for one in advice:
            subjects[one.domain, one.initiative.pk].add(one.subject)
        self.settings = {
            (domain.pk, pk): Setting(domain, held[pk], at, found, granted[pk])
            for (domain, pk), found in subjects.items()
        }
        self.in_force: dict[Setting, InForce] = {}
        self.made: list[tuple[Recommendation, Evaluation]] = []

    def weigh(self, one: Advice) -> Recommendation:
        """What the rules make of it; nothing is kept yet."""
        setting = self.settings[one.domain.pk, one.initiative.pk]
        if setting.initiative.state in ENDED:
            raise NotNow(_("%(ref)s has ended; it takes no more advice."), ref=setting.initiative.ref)
        claimed = dict(one.facts)
        if one.confidence is not None and "ai_confidence" in setting.schema:
            claimed = {"ai_confidence": one.confidence, **claimed}
        readings = read_facts(claimed, setting.schema, {FactSource.TOOL}, setting.at)
        stated = readings.get("pages")
        row = Recommendation(
            domain=setting.domain,
            initiative=setting.initiative,
            source=one.source,
            model=one.model,
            key=one.key,
            body_sha256=one.sha256,
            subject=one.subject,
            pages=stated.value if stated and isinstance(stated.value, int) else 1,
            proposal=one.proposal,
            facts=rules.dump_readings(readings),
            confidence=one.confidence,
            expected_effect=one.expected_effect,
            received_at=self.at,
            received_by=self.by,
            token=self.token,
        )
        now = Situation(row, setting)
        if setting not in self.in_force:
            self.in_force[setting] = InForce.in_setting(setting)
        evaluation = Evaluation.ask(now, self.in_force[setting])
        for name, value in row.course(evaluation, now).items():
            setattr(row, name, value)
        if row.granted_at:
            setting.count(row)
        self.made.append((row, evaluation))
        return row

    def keep(self) -> None:
        """One event for each: whoever asks about one later need not know that it came with others."""
        copy_in([row for row, _evaluation in self.made])
        for row, evaluation in self.made:
            evaluation.recommendation, row.newest = row, evaluation
        copy_in([evaluation for _row, evaluation in self.made])
        acts = [
            Act(
                "recommendation.received",
                row,
                after={"state": row.state, "authority": row.authority, "evaluation": evaluation.pk},
            )
            for row, evaluation in self.made
        ]
        Event.objects.record_each(acts, by=self.by, at=self.at)


def read_facts(
    facts: Mapping[str, Any], schema: rules.Schema, sources: set[FactSource], at: datetime
) -> dict[str, rules.Reading]:
    """Posted facts in normal form. Raises FactsWrong with every fault."""
    try:
        return rules.read_posted(facts, schema, sources=sources, at=at)
    except rules.Wrong as wrong:
        raise FactsWrong(wrong.faults) from wrong
