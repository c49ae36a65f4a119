"""What callers may say, field by field. Anything else is an error."""

from rest_framework import serializers

from initiatives.models import CostEntry, PageSet
from initiatives.vanity import Role
from ownership.rest import ReasonSerializer, StrictSerializer

LARGEST_ID = 2**63 - 1


def row_id(*, required: bool = True, allow_null: bool = False) -> serializers.IntegerField:
    """The number of a row; whether the caller may see it is the view's to find out."""
    return serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=required, allow_null=allow_null)


def optional_reason() -> serializers.CharField:
    return serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)


def money(*, least: int = 0) -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=13, decimal_places=2, min_value=least, required=False, allow_null=True, coerce_to_string=False
    )


def figure(least: float, most: float) -> serializers.FloatField:
    return serializers.FloatField(min_value=least, max_value=most, required=False, allow_null=True)


def free_text() -> serializers.CharField:
    return serializers.CharField(max_length=10_000, required=False, allow_blank=True)


class GoalInput(StrictSerializer):
    statement = serializers.CharField(max_length=200)
    horizon_on = serializers.DateField()
    unit = row_id(required=False)
    kpi = row_id(required=False, allow_null=True)
    reason = optional_reason()


class EditInput(StrictSerializer):
    """Governed fields; only those given are changed."""

    title = serializers.CharField(max_length=120, required=False)
    goal = row_id(required=False, allow_null=True)
    change_lead = row_id(required=False, allow_null=True)
    track = serializers.ChoiceField(["standard", "light"], required=False)
    process = free_text()
    hours_per_week = figure(0, 100_000)
    hourly_rate = money()
    errors_per_week = figure(0, 10_000_000)
    error_share = figure(0, 1)
    cost_per_error = money()
    scope = free_text()
    data_classes = free_text()
    timebox_weeks = serializers.IntegerField(min_value=1, max_value=52, required=False)
    budget = money()
    horizon_months = serializers.IntegerField(min_value=1, max_value=60, required=False)
    alarm_policy = serializers.ChoiceField(["strict", "balanced", "eager"], required=False)
    reason = optional_reason()


class DraftInput(EditInput):
    title = serializers.CharField(max_length=120)
    unit = row_id(required=False)


class PageSetInput(StrictSerializer):
    name = serializers.CharField(max_length=120)
    patterns = serializers.CharField(max_length=10_000)
    page_class = serializers.ChoiceField([key for key, _label in PageSet._meta.get_field("page_class").choices or ()])
    is_control = serializers.BooleanField(default=False)
    reason = optional_reason()


class PromiseInput(StrictSerializer):
    """Effects are shares of the baseline: 0.12 is twelve percent in the wanted direction. Values are money a unit."""

    kpi = row_id(required=False)
    goal = figure(1e-6, 100)
    due_on = serializers.DateField(required=False, allow_null=True)
    smallest_effect = figure(1e-6, 100)
    margin = figure(0, 1)
    lag_weeks = serializers.IntegerField(min_value=0, max_value=52, required=False, allow_null=True)
    ramp_weeks = serializers.IntegerField(min_value=0, max_value=52, required=False, allow_null=True)
    page_set = row_id(required=False, allow_null=True)
    control = row_id(required=False, allow_null=True)
    value_low = money()
    value_likely = money()
    value_high = money()
    attribution = serializers.FloatField(min_value=0, max_value=1, required=False)
    cashable = serializers.FloatField(min_value=0, max_value=1, required=False)
    reason = optional_reason()


class TargetInput(PromiseInput):
    kpi = row_id()
    role = serializers.ChoiceField([role.value for role in Role])


class KillCriterionInput(StrictSerializer):
    text = serializers.CharField(max_length=200)
    by_on = serializers.DateField()
    target = row_id(required=False, allow_null=True)
    threshold = figure(-1e15, 1e15)
    reason = optional_reason()


class AnswerInput(StrictSerializer):
    text = free_text()
    number = figure(-1e15, 1e15)
    evidence = free_text()
    not_applicable_reason = free_text()


class VerifyInput(StrictSerializer):
    reason = optional_reason()


class CostInput(StrictSerializer):
    """Hours with their rate, or an amount."""

    category = serializers.ChoiceField([key for key, _label in CostEntry._meta.get_field("category").choices or ()])
    on = serializers.DateField()
    hours = serializers.DecimalField(
        max_digits=8, decimal_places=2, min_value=0, required=False, allow_null=True, coerce_to_string=False
    )
    rate = money()
    amount = money()
    note = serializers.CharField(max_length=200, required=False, allow_blank=True)
    reason = optional_reason()


class BaselineInput(StrictSerializer):
    target = row_id()
    periods = serializers.IntegerField(min_value=3, max_value=104, required=False)
    ends_on = serializers.DateField(required=False, allow_null=True)
    reason = optional_reason()


class LockInput(ReasonSerializer):
    """A steward says what they looked at."""


class ScenarioInput(StrictSerializer):
    """Money over the horizon, in the initiative's currency."""

    name = serializers.CharField(max_length=80)
    probability = serializers.FloatField(min_value=1e-6, max_value=1)
    benefit = serializers.DecimalField(max_digits=13, decimal_places=2, min_value=0, coerce_to_string=False)
    cost = serializers.DecimalField(max_digits=13, decimal_places=2, min_value=0, coerce_to_string=False)


class ScenariosInput(StrictSerializer):
    """At least three whose chances add up to 1. `replaces` is the number of the set that holds now, 0 if none does."""

    scenarios = serializers.ListField(child=ScenarioInput(), min_length=1, max_length=20)
    replaces = serializers.IntegerField(min_value=0, max_value=1_000_000, default=0)
    reason = optional_reason()


class AssumptionInput(StrictSerializer):
    """`owner` is the seat that watches it. With a KPI (one that the initiative watches) its figure tells."""

    text = serializers.CharField(max_length=200)
    owner = row_id()
    valid_until = serializers.DateField()
    kpi = row_id(required=False, allow_null=True)
    side = serializers.ChoiceField(["floor", "ceiling"], default="floor")
    threshold = figure(-1e15, 1e15)
    reason = optional_reason()
