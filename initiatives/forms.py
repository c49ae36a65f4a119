"""Forms about initiatives. Shares are typed in percent and kept as fractions; figures are read in the user's locale."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from initiatives.models import CostEntry, Goal, Initiative, PageSet, Target
from initiatives.services.baselines import PERIODS
from initiatives.vanity import Role
from metrics.models import Kpi
from ownership import policy
from ownership.forms import DayInput, why
from ownership.models import Organisation, Seat, Unit, User

COLUMNS = ("name", "probability", "benefit", "cost")  # of a scenario
PLAIN = forms.TextInput(attrs={"inputmode": "decimal"})


class PercentField(forms.FloatField):
    """A fraction that people type and read in percent."""

    def __init__(self, **kwargs: Any) -> None:
        given: dict[str, Any] = {"localize": True, "widget": PLAIN, "required": False} | kwargs
        super().__init__(**given)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, float):
            return value
        percent = round(value * 100, 6)
        return int(percent) if percent.is_integer() else percent

    def clean(self, value: Any) -> float | None:
        percent = super().clean(value)
        return None if percent is None else float(Decimal(str(percent)) / 100)  # 5.6 / 100 is less than 0.056

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


def figure(label: Any, *, least: float = 0, most: float | None = None, **kwargs: Any) -> forms.FloatField:
    return forms.FloatField(
        label=label, min_value=least, max_value=most, localize=True, widget=PLAIN, required=False, **kwargs
    )


def money(label: Any, **kwargs: Any) -> forms.DecimalField:
    given: dict[str, Any] = {"required": False, "min_value": 0, "max_digits": 13, "decimal_places": 2} | kwargs
    return forms.DecimalField(label=label, localize=True, widget=PLAIN, **given)


def sentences(label: Any, *, rows: int = 3, required: bool = False, **kwargs: Any) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=10_000, widget=area, required=required, **kwargs)


class PlanForm(forms.Form):
    """Writing in somebody's plan. Beyond the draft others rely on it, so a change says why."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, required=False)

    def __init__(self, *args: Any, me: User, initiative: Initiative | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.me, self.initiative = me, initiative
        if initiative is not None and initiative.state != "draft":
            self.fields["reason"] = why()

    def choose(self, field: str, rows: QuerySet[Any]) -> None:
        self.fields[field].queryset = rows  # type: ignore[attr-defined]  # a field of choices has one

    def said(self) -> dict[str, Any]:
        """The answers, without what the stamp carries."""
        return {name: value for name, value in self.cleaned_data.items() if name not in {"version", "reason"}}


class NewGoalForm(forms.Form):
    """A business goal: what initiatives are for."""

    statement = forms.CharField(label=_("The goal, in one sentence"), max_length=200)
    horizon_on = forms.DateField(label=_("By when"), widget=DayInput)
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none())

    def __init__(self, *args: Any, me: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = Unit.objects.visible_to(me).order_by("path")
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]  # the field of this form has one
        self.initial.setdefault("unit", me.unit_id)


class GoalForm(PlanForm):
    """The first question: which business goal does it serve?"""

    title = forms.CharField(label=_("What do we try, in a few words"), max_length=120)
    goal = forms.ModelChoiceField(
        label=_("Business goal"), queryset=Goal.objects.none(), widget=forms.RadioSelect, empty_label=None
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choose("goal", Goal.objects.visible_to(self.me).order_by("horizon_on", "pk"))


class PromiseForm(PlanForm):
    """What a target promises. Which of the fields count depends on its role."""

    goal = PercentField(label=_("Target, in percent better than the baseline"), min_value=0.0001, max_value=10_000)
    smallest_effect = PercentField(
        label=_("Smallest change still worth the money, in percent"), min_value=0.0001, max_value=10_000
    )
    due_on = forms.DateField(
        label=_("Due on"), required=False, widget=DayInput, help_text=_("Empty: when the pilot ends.")
    )
    lag_weeks = forms.IntegerField(label=_("Weeks before anything can show"), min_value=0, max_value=52, required=False)
    ramp_weeks = forms.IntegerField(
        label=_("Weeks from the first to the full effect"), min_value=0, max_value=52, required=False
    )
    margin = PercentField(label=_("Tolerated fall, in percent"), min_value=0, max_value=100)
    page_set = forms.ModelChoiceField(label=_("Pages"), queryset=PageSet.objects.none(), required=False)
    control = forms.ModelChoiceField(
        label=_("The same KPI of untreated pages"),
        queryset=Kpi.objects.none(),
        required=False,
        help_text=_(
            "Nothing tells failure from a bad season as surely. Without it a slump of the market looks like ours."
        ),
    )
    value_low = money(_("Value of one unit: low"))
    value_likely = money(_("likely"))
    value_high = money(_("high"))
    attribution = PercentField(
        label=_("Share of the change that is ours, in percent"), required=True, initial=1.0, min_value=0, max_value=100
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choose("control", Kpi.objects.visible_to(self.me).order_by("name", "pk"))
        if self.initiative is not None:
            self.choose("page_set", self.initiative.page_sets.order_by("name", "pk"))
        if "page_set" in self.fields and not self.initiative:
            del self.fields["page_set"]


class MeasureForm(PromiseForm):
    """The second question: how do we measure it? The main KPI and what it promises."""

    kpi = forms.ModelChoiceField(
        label=_("Main KPI"),
        queryset=Kpi.objects.none(),
        help_text=_("The number the sponsor will judge. A result, such as leads, revenue or hours saved."),
    )
    instead = forms.ModelChoiceField(queryset=Kpi.objects.none(), required=False)  # offered beside a refused choice
    field_order = ["kpi", "goal", "smallest_effect"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["margin"]
        for field in ("kpi", "instead"):
            self.choose(field, Kpi.objects.visible_to(self.me).order_by("name", "pk"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if instead := given.pop("instead", None):
            given["kpi"] = instead
        return given


class TargetForm(PromiseForm):
    """A KPI beside the main one: also watched, a guardrail, or activity that does not count as a result."""

    role = forms.ChoiceField(
        label=_("Role"),
        choices=[
            (Role.GUARDRAIL.value, _("Must not fall")),
            (Role.SECONDARY.value, _("Also watched")),
            (Role.ACTIVITY.value, _("Activity, does not count as a result")),
        ],
        widget=forms.RadioSelect,
    )
    kpi = forms.ModelChoiceField(label=_("KPI"), queryset=Kpi.objects.none())
    field_order = ["role", "kpi", "margin"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choose("kpi", Kpi.objects.visible_to(self.me).order_by("name", "pk"))


class ReplaceForm(PromiseForm):
    """What a target promises from now on."""

    def __init__(self, *args: Any, target: Target, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if target.role != Role.GUARDRAIL:
            del self.fields["margin"]


class SponsorForm(forms.Form):
    """The third question: who answers for the money? Somebody who can spend it."""

    person = forms.ModelChoiceField(label=_("Sponsor"), queryset=User.objects.none())
    reason = forms.CharField(
        label=_("Why this person"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}), required=False
    )

    def __init__(self, *args: Any, me: User, initiative: Initiative, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        least = policy.RANKS.index(policy.Rank(Organisation.the().sponsor_rank))
        able = User.objects.visible_to(me).filter(is_active=True, rank__in=policy.RANKS[least:])
        able = able.exclude(seats=initiative.owner) if initiative.owner else able
        self.fields["person"].queryset = able.order_by("name", "pk")  # type: ignore[attr-defined]  # as above


class ProblemForm(PlanForm):
    """What hurts, and what it costs every week."""

    process = sentences(_("Which step of which process hurts, and whom?"), required=True)
    hours_per_week = figure(_("Hours a week it takes"), most=100_000)
    hourly_rate = money(_("Cost of an hour"))
    errors_per_week = figure(_("Pieces of work a week"), most=10_000_000)
    error_share = PercentField(label=_("Share that goes wrong, in percent"), min_value=0, max_value=100)
    cost_per_error = money(_("Cost of one that goes wrong"))


class ScopeForm(PlanForm):
    """How much is touched, for how long and for how much."""

    scope = sentences(_("What is touched, and what is not?"), required=True)
    data_classes = sentences(
        _("Personal or confidential data"), rows=2, help_text=_("Empty: none is used, by people or by the AI.")
    )
    timebox_weeks = forms.IntegerField(label=_("Weeks the pilot takes"), min_value=1, max_value=52)
    budget = money(_("Budget"))
    horizon_months = forms.IntegerField(label=_("Months in which it must pay back"), min_value=1, max_value=60)
    track = forms.ChoiceField(
        label=_("Track"),
        choices=[
            ("standard", _("Standard")),
            ("light", _("Light: at most €2,500, four weeks and no personal data")),
        ],
        widget=forms.RadioSelect,
    )


class AnswerForm(forms.Form):
    """One of the thirty questions."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, required=False)
    text = sentences(_("Answer"), rows=2)
    number = forms.FloatField(label=_("Figure"), localize=True, widget=PLAIN, required=False)
    evidence = sentences(_("Evidence: where can others see that?"), rows=1)
    not_applicable_reason = sentences(_("Or: why the question does not apply"), rows=1)


class PageSetForm(PlanForm):
    """Pages by pattern."""

    name = forms.CharField(label=_("Name"), max_length=120)
    patterns = sentences(_("Address patterns, one a line"), required=True, help_text=_("Such as /sofas/*"))
    page_class = forms.ChoiceField(
        label=_("Class"), choices=PageSet._meta.get_field("page_class").choices or (), widget=forms.RadioSelect
    )
    is_control = forms.BooleanField(
        label=_("These pages are left alone, for comparison"),
        required=False,
        help_text=_("An untreated group is the strongest proof there is."),
    )


class KillForm(PlanForm):
    """What makes us stop, agreed beforehand."""

    text = forms.CharField(label=_("We stop if…"), max_length=200)
    by_on = forms.DateField(label=_("By"), widget=DayInput)
    target = forms.ModelChoiceField(label=_("KPI"), queryset=Target.objects.none(), required=False)
    threshold = figure(_("Below, a week"), least=-1e15, most=1e15)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.initiative is not None:
            current = self.initiative.targets.filter(superseded_at=None).exclude(role=Role.ACTIVITY)
            self.choose("target", current.select_related("kpi").order_by("pk"))


class CostForm(forms.Form):
    """What was spent: hours at a rate, or an amount."""

    category = forms.ChoiceField(label=_("Category"), choices=CostEntry._meta.get_field("category").choices or ())
    on = forms.DateField(label=_("Day"), widget=DayInput)
    hours = money(_("Hours"), max_digits=8)
    rate = money(_("at"))
    amount = money(_("or an amount"))
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class BaselineForm(forms.Form):
    """Which periods before the pilot to freeze."""

    periods = forms.IntegerField(label=_("How many weeks or months"), min_value=3, max_value=104, initial=PERIODS)
    ends_on = forms.DateField(
        label=_("Up to"), required=False, widget=DayInput, help_text=_("Empty: as far as values are final.")
    )


class ScenariosForm(PlanForm):
    """A few futures, one a row; rows without a name are left out."""

    ROWS = 6
    HEADS = (_("Name"), _("Chance in 100"), _("Benefit"), _("Cost"))

    replaces = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for n in range(self.ROWS):
            fields = (
                forms.CharField(max_length=80, required=False),
                PercentField(min_value=0.1, max_value=100),
                money(""),
                money(""),
            )
            for name, head, field in zip(COLUMNS, self.HEADS, fields, strict=True):
                field.label = gettext("%(label)s, row %(n)s") % {"label": head, "n": n + 1}
                self.fields[f"{name}_{n}"] = field

    def rows(self) -> list[list[tuple[forms.BoundField, Any]]]:
        """The fields as the page sets them out, each with the head of its column."""
        columns = list(zip(COLUMNS, self.HEADS, strict=True))
        return [[(self[f"{name}_{n}"], head) for name, head in columns] for n in range(self.ROWS)]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        for n in range(self.ROWS):
            for field in (f"{name}_{n}" for name in COLUMNS[1:]):
                if given.get(f"name_{n}") and field not in self.errors and given.get(field) is None:
                    self.add_error(field, gettext("Fill this in, or leave the name empty."))
        return given

    def scenarios(self) -> list[dict[str, Any]]:
        given = self.cleaned_data
        named = [n for n in range(self.ROWS) if given[f"name_{n}"]]
        return [{name: given[f"{name}_{n}"] for name in COLUMNS} for n in named]


class AssumptionForm(PlanForm):
    """What the scenarios rest on."""

    text = forms.CharField(label=_("The scenarios hold as long as…"), max_length=200)
    owner = forms.ModelChoiceField(label=_("Who watches it"), queryset=Seat.objects.none())
    valid_until = forms.DateField(label=_("Believed until"), widget=DayInput)
    kpi = forms.ModelChoiceField(
        label=_("KPI that tells"),
        queryset=Kpi.objects.none(),
        required=False,
        empty_label=_("None: a person says so"),
        help_text=_("One that this initiative watches. It is compared by its last four weeks."),
    )
    side = forms.ChoiceField(
        label=_("It must be"), choices=[("floor", _("At least")), ("ceiling", _("At most"))], initial="floor"
    )
    threshold = figure(_("this figure, a week"), least=-1e15, most=1e15)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choose("owner", Seat.objects.visible_to(self.me).exclude(holder=None).order_by("title", "pk"))
        if self.initiative is not None:
            watched = self.initiative.targets.current().exclude(role=Role.ACTIVITY).values("kpi")
            self.choose("kpi", Kpi.objects.visible_to(self.me).filter(pk__in=watched).order_by("name", "pk"))
