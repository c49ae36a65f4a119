"""What the rules said at one moment, kept so that it can be asked again years later and must answer the same."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Window
from django.db.models.functions import RowNumber

from decisions import rules, standard, words
from decisions.models.facts import Setting, Situation, known_to_mandate
from decisions.models.recommendations import Recommendation
from decisions.models.rules import AUTHORITIES, Domain, RuleSetVersion
from ownership.models import AppendOnly, User

# What makes advice of a kind: one row of the same rules said who decides about it.
KIND: Final = ("recommendation__initiative", "recommendation__domain", "rules_sha256", "decisive")
SAME: Final = [F(name) for name in KIND]


class EvaluationQuerySet(models.QuerySet["Evaluation"]):
    """Making and finding evaluations."""

    def judge(self, now: Situation) -> Evaluation:
        """Ask the rules in force, with all that is known now, and keep what they said."""
        made = Evaluation.ask(now, InForce.in_setting(now.setting))
        made.save(force_insert=True)
        return made

    def newest_of(self, recommendations: Collection[Recommendation]) -> dict[int, Evaluation]:
        """By recommendation."""
        found = self.filter(recommendation__in=recommendations).with_rules()
        return {
            row.recommendation_id: row for row in found.order_by("recommendation", "-pk").distinct("recommendation")
        }

    def visible_to(self, user: User) -> EvaluationQuerySet:
        """Those of visible recommendations."""
        return self.filter(recommendation__in=Recommendation.objects.visible_to(user))

    def to_confirm(self, user: User) -> EvaluationQuerySet:
        """The newest ones of advice that waits for no more than this person's yes, the most urgent first.

        What was drawn for a closer look, or is over a cap, is looked at alone.
        """
        asked = Recommendation.objects.waiting_for(user).filter(state="waiting", held_by="", is_blind=False)
        confirming = asked.filter(authority=rules.Authority.HUMAN_CONFIRMS.key).order_by().values("pk")
        newer = Evaluation.objects.filter(recommendation=OuterRef("recommendation"), pk__gt=OuterRef("pk"))
        newest = self.filter(~Exists(newer), recommendation__in=confirming)
        return newest.order_by("recommendation__due_on", "recommendation")

    def alike(self, one: Evaluation) -> EvaluationQuerySet:
        """Those of its kind."""
        return self.filter(**dict(zip(KIND, one.kind, strict=True)))

    def in_company(self) -> EvaluationQuerySet:
        """Those that are not the only one of their kind; `alike` says how many there are."""
        return self.annotate(alike=Window(Count("pk"), partition_by=SAME)).filter(alike__gt=1)

    def first_of_each(self) -> EvaluationQuerySet:
        """The most urgent one of each kind."""
        place = Window(RowNumber(), partition_by=SAME, order_by=["recommendation__due_on", "recommendation"])
        rows = self.annotate(place=place).filter(place=1)
        return rows.select_related("recommendation__domain", "recommendation__initiative")

    def with_rules(self) -> EvaluationQuerySet:
        """With the versions that its program is made of."""
        return self.select_related("floor__rule_set", "table__rule_set", "exceptions__rule_set")


class Evaluation(AppendOnly):
    """What the rules said about a recommendation at one moment, replayable from what it holds.

    `frame` is what the domain contributed (its facts, its default) and the local day; `floor` null is the floor of the
    start, whose number is in the frame. Money among the facts is in cents.
    """

    recommendation = models.ForeignKey(Recommendation, on_delete=models.PROTECT, related_name="evaluations")
    floor = models.ForeignKey(RuleSetVersion, on_delete=models.PROTECT, null=True, related_name="+")
    table = models.ForeignKey(RuleSetVersion, on_delete=models.PROTECT, null=True, related_name="+")
    exceptions = models.ForeignKey(RuleSetVersion, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    frame = models.JSONField(default=dict)
    facts = models.JSONField()  # normalised values with source and age; absent is unknown
    facts_sha256 = models.CharField(max_length=64)
    rules_sha256 = models.CharField(max_length=64)
    engine = models.PositiveSmallIntegerField()
    authority = models.CharField(max_length=14, choices=AUTHORITIES, null=True)  # noqa: DJ001  null: facts missing
    decisive = models.CharField(max_length=20)  # layer:code
    is_drawn = models.BooleanField(default=False)  # belongs to the share of ai_sampled that a person looks at
    trace = models.JSONField()  # hits per row and cell
    duties = models.JSONField(default=dict)

    objects = EvaluationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.recommendation} by {self.decisive}"

    @classmethod
    def ask(cls, now: Situation, rule: InForce) -> Evaluation:
        """What the rules say of all that is known now; nothing is kept."""
        claimed = rules.load_readings(now.recommendation.facts, rule.schema)
        return cls.weigh(now, claimed | known_to_mandate(now), rule)

    @classmethod
    def weigh(cls, now: Situation, readings: rules.Readings, rule: InForce) -> Evaluation:
        """What the rules say of these facts; nothing is kept."""
        recommendation = now.recommendation
        made = cls(
            recommendation=recommendation,
            **rule.versions,
            at=now.at,
            frame=rule.frame,
            facts=rules.dump_readings(readings),
            engine=rules.ENGINE,
        )
        made.schema, made.program = rule.schema, rule.program
        known = rules.known(readings, rule.schema, at=now.at)
        answer, trace = rule.program.explain(known)
        made.facts_sha256, made.rules_sha256 = rules.facts_sha256(known), rule.sha256
        made.trace = [list(row) for row in trace]
        if isinstance(answer, rules.Answer):
            made.authority, made.decisive = answer.authority.key, f"{answer.layer}:{answer.code}"
            made.is_drawn = answer.authority is rules.Authority.AI_SAMPLED and recommendation.is_drawn(
                b"mandate.draw", answer.duties.sample or 0
            )
            made.duties = _plain(answer)
        else:
            made.duties = {"missing": list(answer.missing)}
        return made

    @cached_property
    def schema(self) -> rules.Schema:
        return rules.read_schema(self.frame["facts"])

    @property
    def kind(self) -> tuple[int, int, str, str]:
        """Equal for two whose advice one row of the same rules decided."""
        about = self.recommendation
        return about.initiative_id, about.domain_id, self.rules_sha256, self.decisive

    def readings(self) -> rules.Readings:
        """All that was on the table, each with its age and whose word it was."""
        return rules.load_readings(self.facts, self.schema)

    def known(self) -> rules.Facts:
        """What the rules looked at."""
        return rules.known(self.readings(), self.schema, at=self.at)

    @cached_property
    def program(self) -> rules.Program:
        """The rules as they stood."""
        default = self.frame["default"]
        floor_schema = rules.read_schema(self.frame["floor_facts"])
        built_in = standard.FLOORS[self.frame["floor"]]
        return rules.Program(
            schema=self.schema,
            floor=self.floor.edition(floor_schema)
            if self.floor
            else rules.Edition(rules.read_table(built_in, floor_schema)),
            table=self.table.edition(self.schema) if self.table else None,
            exceptions=[self.exceptions.edition(self.schema)] if self.exceptions else [],
            default=rules.Default(rules.Authority.of(default["authority"]), default["decider"], default["sla_days"]),
            on=date.fromisoformat(self.frame["on"]),
        )

    def replay(self) -> bool:
        """Whether the stored rules and facts still give the stored answer, hashes included."""
        program, known = self.program, self.known()
        answer, trace = program.explain(known)
        authority = answer.authority.key if isinstance(answer, rules.Answer) else None
        hashes = (program.sha256(), rules.facts_sha256(known))
        return (authority, [list(row) for row in trace], *hashes) == (
            self.authority,
            self.trace,
            self.rules_sha256,
            self.facts_sha256,
        )

    def steps(self) -> list[words.Step]:
        """The trace in words, in the reader's language."""
        rows = self.program.rows()
        marks = [rules.RowTrace(rules.Layer(layer), code, hit, cells) for layer, code, hit, cells in self.trace]
        return words.trace([(mark, rows[mark.layer, mark.code]) for mark in marks], self.known(), self.decided())

    def decided(self) -> words.Decided | None:
        if self.authority is None:
            return None
        layer, _colon, code = self.decisive.partition(":")
        return words.Decided(rules.Layer(layer), code, rules.Authority.of(self.authority))


@dataclass(frozen=True)
class InForce:
    """The rules that count in a setting, made ready: one serves any number of evaluations there."""

    versions: dict[str, RuleSetVersion | None]  # as an evaluation names them
    frame: dict[str, Any]
    schema: rules.Schema
    program: rules.Program
    sha256: str

    @classmethod
    def in_setting(cls, setting: Setting) -> InForce:
        found = setting.in_force
        versions = {"floor": found.get("floor"), "table": found.get("table"), "exceptions": found.get("exception")}
        frame = _frame(setting.domain, found.get("floor"), setting.today)
        program = Evaluation(**versions, frame=frame).program
        return cls(versions, frame, setting.schema, program, program.sha256())


def _frame(domain: Domain, floor: RuleSetVersion | None, today: date) -> dict[str, Any]:
    rows = floor.table if floor else standard.FLOOR["rows"]
    named = {name for row in rows for name in row["when"]}
    default = domain.default()
    return {
        "on": today.isoformat(),
        "facts": domain.fact_schema + standard.common([domain.key]),
        "floor": standard.FLOOR_NUMBER,
        "floor_facts": [fact for fact in Domain.objects.floor_facts() if fact["name"] in named],
        "default": {
            "authority": default.authority.key,
            "decider": default.decider,
            "sla_days": default.sla_days,
        },
    }


def _plain(answer: rules.Answer) -> dict[str, Any]:
    """The answer but for its authority and row, as JSON."""
    return {
        "hit": answer.hit,
        "because": answer.because,
        "decider": answer.decider,
        "second": answer.second,
        "sla_days": answer.sla_days,
        "on_timeout": answer.on_timeout.value,
        **answer.duties._asdict(),
    }
