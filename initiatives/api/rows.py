"""How rows are written out: flat, with ids and references, so that a BI tool can join them."""

from typing import Any

from rest_framework import serializers

from initiatives.models import (
    Assumption,
    Baseline,
    CostEntry,
    Flag,
    Goal,
    Initiative,
    KillCriterion,
    PageSet,
    ReadinessAnswer,
    Scenario,
    ScenarioSet,
    Target,
    Verdict,
)
from initiatives.sentences import retold


class GoalSerializer(serializers.ModelSerializer[Goal]):
    ref = serializers.CharField(read_only=True)

    class Meta:
        model = Goal
        fields = ["id", "ref", "statement", "horizon_on", "unit", "owner", "kpi", "version"]


class InitiativeSerializer(serializers.ModelSerializer[Initiative]):
    """An initiative and how it stands. `problem_cost` is a week's, in `currency`; `spent` is all that was booked."""

    ref = serializers.CharField(read_only=True)
    sponsor_holder = serializers.IntegerField(source="sponsor.holder_id", read_only=True, allow_null=True)
    owner_holder = serializers.IntegerField(source="owner.holder_id", read_only=True, allow_null=True)
    problem_cost = serializers.FloatField(read_only=True, allow_null=True)
    verdict_status = serializers.CharField(read_only=True)
    flag_count = serializers.IntegerField(read_only=True)
    spent = serializers.DecimalField(max_digits=14, decimal_places=2, read_only=True)

    class Meta:
        model = Initiative
        fields = [
            "id",
            "ref",
            "title",
            "unit",
            "goal",
            "state",
            "state_since",
            "paused_from",
            "track",
            "sponsor",
            "sponsor_holder",
            "owner",
            "owner_holder",
            "change_lead",
            "process",
            "hours_per_week",
            "hourly_rate",
            "errors_per_week",
            "error_share",
            "cost_per_error",
            "problem_cost",
            "scope",
            "data_classes",
            "timebox_weeks",
            "pilot_starts_on",
            "pilot_ends_on",
            "budget",
            "spent",
            "currency",
            "horizon_months",
            "alarm_policy",
            "verdict_status",
            "flag_count",
            "created_at",
            "created_by",
            "version",
        ]


class PageSetSerializer(serializers.ModelSerializer[PageSet]):
    ref = serializers.CharField(read_only=True)

    class Meta:
        model = PageSet
        fields = ["id", "ref", "initiative", "name", "patterns", "page_class", "is_control", "version"]


class TargetSerializer(serializers.ModelSerializer[Target]):
    """Effects are shares of the baseline: 0.12 is twelve percent in the wanted direction."""

    ref = serializers.CharField(read_only=True)

    class Meta:
        model = Target
        fields = [
            "id",
            "ref",
            "initiative",
            "kpi",
            "metric_class",
            "chain",
            "role",
            "goal",
            "due_on",
            "smallest_effect",
            "margin",
            "lag_weeks",
            "ramp_weeks",
            "page_set",
            "control",
            "value_low",
            "value_likely",
            "value_high",
            "attribution",
            "cashable",
            "status",
            "verdict",
            "superseded_at",
            "version",
        ]


class BaselineSerializer(serializers.ModelSerializer[Baseline]):
    """`inputs` are the periods as they stood: [index before the end, numerator, denominator, known days]."""

    class Meta:
        model = Baseline
        fields = [
            "id",
            "target",
            "number",
            "starts_on",
            "ends_on",
            "method",
            "inputs",
            "value",
            "sd",
            "n",
            "coverage",
            "detectable_effect",
            "computed_at",
            "locked_by",
            "locked_at",
            "sha256",
        ]


class KillCriterionSerializer(serializers.ModelSerializer[KillCriterion]):
    ref = serializers.CharField(read_only=True)

    class Meta:
        model = KillCriterion
        fields = [
            "id",
            "ref",
            "initiative",
            "text",
            "target",
            "threshold",
            "by_on",
            "agreed_by",
            "agreed_at",
            "withdrawn_at",
            "version",
        ]


class AnswerSerializer(serializers.ModelSerializer[ReadinessAnswer]):
    """`score`: 0 nothing, 1 a claim, 2 with a figure or evidence, 3 verified by somebody else."""

    class Meta:
        model = ReadinessAnswer
        fields = [
            "question",
            "text",
            "number",
            "evidence",
            "not_applicable_reason",
            "score",
            "answered_by",
            "answered_at",
            "verified_by",
            "version",
        ]


class QuestionSerializer(serializers.Serializer[Any]):
    """One of the thirty questions. `gate` is where it must be answered, with at least `minimum` as its score."""

    question = serializers.CharField(source="asked.code")
    factor = serializers.CharField(source="asked.factor.value")
    gate = serializers.CharField(source="asked.gate.value", allow_null=True, default=None)
    minimum = serializers.IntegerField(source="asked.minimum")
    text = serializers.CharField()
    answer = AnswerSerializer(allow_null=True)


class CostSerializer(serializers.ModelSerializer[CostEntry]):
    ref = serializers.CharField(read_only=True)

    class Meta:
        model = CostEntry
        fields = [
            "id",
            "ref",
            "initiative",
            "category",
            "on",
            "hours",
            "rate",
            "amount",
            "note",
            "reverses",
            "booked_by",
            "booked_at",
        ]


class VerdictSerializer(serializers.ModelSerializer[Verdict]):
    """`said` is the sentence of `words`; `effect`, `low` and `high` are changes of the KPI itself, 80 % range."""

    ref = serializers.CharField(read_only=True)
    initiative = serializers.IntegerField(source="target.initiative_id", read_only=True)
    kpi = serializers.IntegerField(source="target.kpi_id", read_only=True)
    said = serializers.SerializerMethodField()

    class Meta:
        model = Verdict
        fields = [
            "id",
            "ref",
            "initiative",
            "target",
            "kpi",
            "week",
            "revision",
            "status",
            "effect",
            "low",
            "high",
            "units",
            "units_sd",
            "p_dead",
            "p_neg",
            "p_reach",
            "expected",
            "detectable",
            "tells_from",
            "stories",
            "badges",
            "words",
            "said",
            "money",
            "stops",
            "inputs",
            "inputs_sha256",
            "code_version",
            "judged_at",
        ]

    def get_said(self, verdict: Verdict) -> str:
        return retold(verdict.words)


class FlagSerializer(serializers.ModelSerializer[Flag]):
    """`said` and `evidence` are sentences; `factor` is the way of failing that it is a sign of."""

    ref = serializers.CharField(read_only=True)
    said = serializers.SerializerMethodField()
    evidence = serializers.SerializerMethodField()

    class Meta:
        model = Flag
        fields = [
            "id",
            "ref",
            "initiative",
            "kind",
            "subject",
            "severity",
            "factor",
            "said",
            "words",
            "evidence",
            "addressee",
            "rung",
            "opened_at",
            "due_on",
            "acknowledged_until",
            "closed_at",
            "version",
        ]

    def get_said(self, flag: Flag) -> str:
        return retold(flag.words)

    def get_evidence(self, flag: Flag) -> list[str]:
        return [retold(words) for words in flag.evidence]


class ScenarioSerializer(serializers.ModelSerializer[Scenario]):
    """Money over the horizon, projected, in the initiative's currency."""

    class Meta:
        model = Scenario
        fields = ["name", "probability", "benefit", "cost"]


class ScenarioSetSerializer(serializers.ModelSerializer[ScenarioSet]):
    """`expected` and `sd` are money, `p_loss` is the chance that it costs more than it brings."""

    ref = serializers.CharField(read_only=True)
    scenarios = ScenarioSerializer(many=True)
    expected = serializers.FloatField(source="prospect.expected", read_only=True)
    sd = serializers.FloatField(source="prospect.sd", read_only=True)
    p_loss = serializers.FloatField(source="prospect.p_loss", read_only=True)

    class Meta:
        model = ScenarioSet
        fields = [
            "id",
            "ref",
            "initiative",
            "number",
            "scenarios",
            "expected",
            "sd",
            "p_loss",
            "reason",
            "agreed_by",
            "agreed_at",
            "superseded_at",
        ]


class AssumptionSerializer(serializers.ModelSerializer[Assumption]):
    """`side` says whether the KPI must stay above (`floor`) or below (`ceiling`) its `threshold`."""

    ref = serializers.CharField(read_only=True)

    class Meta:
        model = Assumption
        fields = [
            "id",
            "ref",
            "initiative",
            "text",
            "owner",
            "kpi",
            "side",
            "threshold",
            "valid_until",
            "stated_by",
            "stated_at",
            "broken_at",
            "broken_because",
            "withdrawn_at",
            "version",
        ]
