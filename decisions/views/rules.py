"""Pages about decision rules: what is in force, what is being written, who puts it in force."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, TypeVar

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from decisions import standard, words
from decisions.models import BackTest, RuleSet, RuleSetVersion
from decisions.models.checks import Check, check, compare
from decisions.models.files import KINDS, file_name
from decisions.models.trials import FloorTrial, Trial, Tried
from decisions.rule_forms import NewRulesForm, OtherVersionForm, PublishForm, RulesFileForm, RulesForm, TryForm
from decisions.rules import sheet
from decisions.services import rules as services
from decisions.services.backtests import ask_backtest, stop_backtest
from ownership import clock, policy
from ownership.models import Organisation, User
from ownership.pages import ActView, ReasonForm, person, seen

F = TypeVar("F", bound=forms.Form)


@require_safe
def rule_sets(request: HttpRequest) -> HttpResponse:
    """Every rule set one may see, with its version in force and the one being worked on."""
    sets = RuleSet.objects.visible_to(person(request)).for_list()
    return render(request, "decisions/rules.html", {"rule_sets": sets, "floor_rows": len(standard.FLOOR["rows"])})


def versions(request: HttpRequest) -> QuerySet[RuleSetVersion]:
    return RuleSetVersion.objects.visible_to(person(request)).select_related(
        "rule_set__domain__decider", "rule_set__initiative__sponsor__holder", "author", "publisher"
    )


def forms_for(version: RuleSetVersion, me: User) -> dict[str, forms.Form]:
    """What this person may try on a version, each with its empty form. The service has the last word."""
    stamp = {"version": version.version}
    is_author, is_publisher = me == version.author, _publishes(version, me)
    offered = {
        "submit": version.state == "draft" and is_author,
        "return": version.state == "in_review" and (is_author or is_publisher),
        "publish": version.state == "in_review" and is_publisher and not is_author,
        "retire": version.state == "published" and is_publisher,
    }
    found: dict[str, forms.Form] = {
        slot: ReasonForm(initial=stamp, auto_id=f"{slot}_%s") for slot, is_offered in offered.items() if is_offered
    }
    if version.state in ("draft", "in_review") and version.rule_set.layer != "floor":
        found["backtest"] = ReasonForm(initial=stamp, auto_id="backtest_%s")
    if offered["submit"]:
        found["file"] = RulesFileForm(initial=stamp, auto_id="file_%s")
    if "publish" in found:
        found["publish"] = PublishForm(initial=stamp | {"sha256": version.sha256}, auto_id="publish_%s")
    return found


def _publishes(version: RuleSetVersion, me: User) -> bool:
    initiative = version.rule_set.initiative
    if initiative is None:
        return me.role == policy.Role.LEAD
    return initiative.sponsor is not None and initiative.sponsor.holder_id == me.pk


def trial_of(version: RuleSetVersion, asked: QueryDict | None) -> dict[str, Any]:
    """The form in which a case is tried and, once it was sent, the answer."""
    domain, initiative, at = version.rule_set.domain, version.rule_set.initiative, clock.now()
    trial: Trial | FloorTrial = FloorTrial(version, at)
    if domain and initiative:
        trial = Trial(domain, initiative, at, candidate=version)
    is_sent = asked is not None and any(name.startswith("try-") for name in asked)
    form = TryForm(
        asked if is_sent else None,
        prefix="try",
        schema=trial.schema,
        asked=trial.looked_at,
        known=trial.known(),
        at=trial.at,
    )
    if not form.is_valid():
        return {"try": form}
    readings = form.cleaned_data["readings"]
    now = None if version.state == "published" else trial.ask_in_force(readings)
    return {"try": form, "tried": Tried(trial.ask(readings), now, is_floor=isinstance(trial, FloorTrial))}


def page_of(version: RuleSetVersion, me: User, asked: QueryDict | None = None) -> dict[str, Any]:
    """The table in words, the floor above it, what may be done, and the answer to a case that is tried."""
    now, schema = clock.now(), version.rule_set.schema()
    table, found = version.read(schema), check(version, on=clock.today(Organisation.the().zone))
    used = {cell.fact.name for row in table.rows for cell in row.when}
    return {
        "version": version,
        "table": table,
        "columns": [name for name in schema if name in used],
        "floor": [] if version.rule_set.layer == "floor" else RuleSetVersion.objects.visible_to(me).floor_rows(),
        "default": version.rule_set.domain.default() if version.rule_set.domain else None,
        "check": found,
        "schema": schema,
        **progress_of(BackTest.objects.visible_to(me).of(version).first(), now),
        "others": version.rule_set.versions.visible_to(me).exclude(pk=version.pk).order_by("-number"),
        "acts": forms_for(version, me),
        "is_author": me == version.author,
        **({"hurdles": hurdles_of(version, me, found, now)} if version.state in ("draft", "in_review") else {}),
        **trial_of(version, asked),
    }


def progress_of(backtest: BackTest | None, at: datetime) -> dict[str, Any]:
    """The newest back-test and, while it runs, how long it will still take."""
    return {
        "backtest": backtest,
        "left": backtest.seconds_left(at) if backtest else None,
        "is_fresh": bool(backtest and backtest.finished_at and backtest.finished_at >= at - services.FRESH),
    }


def hurdles_of(version: RuleSetVersion, me: User, found: Check, at: datetime) -> dict[str, Any]:
    """What stands between a draft and its publication, met or not."""
    rule_set = version.rule_set
    titles = {row["then"].get(part) for row in version.table for part in ("decider", "second")} - {None}
    seats = [seat for title in sorted(titles) if (seat := rule_set.seat(title))]
    return {
        "faults": words.faults(services.publish_faults(version, at)),
        "loosens": bool(found.loosened) and not services.is_the_standard_start(version),
        "proof": BackTest.objects.visible_to(me).of(version).proving(since=at - services.FRESH).first(),
        "empty_seats": [seat.title for seat in seats if seat.holder_id is None],
        "sponsor": rule_set.initiative.sponsor.holder if rule_set.initiative and rule_set.initiative.sponsor else None,
    }


class RulesPage(TemplateView):
    """One version, in words. A case to try comes in the query, so that the answer has an address."""

    template_name = "decisions/rule_version.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        version = seen(versions(request), self.kwargs["ref"])
        page = page_of(version, person(request), request.GET)
        is_wrong = "try" in page and page["try"].errors
        return self.render_to_response(self.get_context_data(**page), status=422 if is_wrong else 200)


@require_safe
def compared(request: HttpRequest, ref: str) -> HttpResponse:
    """A version beside another of its set: the one in force, unless the query names another by its number."""
    version = seen(versions(request), ref)
    others = version.rule_set.versions.visible_to(person(request)).exclude(pk=version.pk).order_by("-number")
    usual = others.filter(state="published").first() or others.filter(number__lt=version.number).first()
    form = OtherVersionForm(request.GET or None, others=others, initial={"other": usual and usual.number})
    other = form.cleaned_data["other"] if form.is_valid() else None if form.is_bound else usual or others.first()
    context: dict[str, Any] = {"version": version, "other": other, "form": form if others else None}
    if other:
        before, after = sorted((other, version), key=lambda each: each.number)
        on = clock.today(Organisation.the().zone)
        context |= {"before": before, "after": after, "found": compare(before, after, on=on)}
        context["schema"] = version.rule_set.schema()
    return render(request, "decisions/rule_diff.html", context, status=422 if form.errors else 200)


class RulesAct(ActView[F]):
    """One of the forms on that page."""

    template_name = "decisions/rule_version.html"
    slot: ClassVar[str]

    def find(self) -> RuleSetVersion:
        return seen(versions(self.request), self.kwargs["ref"])

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"auto_id": f"{self.slot}_%s"}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs) | page_of(self.row, person(self.request))
        context["acts"][self.slot] = context["form"]
        return context

    def here(self) -> str:
        return reverse("rule_version", args=[self.row.ref])


class Submit(RulesAct[ReasonForm]):
    form_class = ReasonForm
    slot = "submit"

    def act(self, form: ReasonForm) -> str:
        services.submit_rules(version=self.row, **self.stamp(form))
        return self.here()


class SendBack(RulesAct[ReasonForm]):
    form_class = ReasonForm
    slot = "return"

    def act(self, form: ReasonForm) -> str:
        services.return_rules(version=self.row, **self.stamp(form))
        return self.here()


class Publish(RulesAct[PublishForm]):
    form_class = PublishForm
    slot = "publish"

    def decides(self, form: PublishForm) -> bool:
        return True

    def act(self, form: PublishForm) -> str:
        services.publish_rules(version=self.row, seen_sha256=form.cleaned_data["sha256"], **self.stamp(form))
        return self.here()


class Retire(RulesAct[ReasonForm]):
    form_class = ReasonForm
    slot = "retire"

    def decides(self, form: ReasonForm) -> bool:
        return True

    def act(self, form: ReasonForm) -> str:
        services.retire_rules(version=self.row, **self.stamp(form))
        return self.here()


@require_safe
def backtest(request: HttpRequest, ref: str) -> HttpResponse:
    """One back-test. Scripts ask for the part alone, every two seconds until it is over."""
    row = seen(backtests(request), ref)
    acts = forms_for(row.draft, person(request))
    context = {"version": row.draft, "acts": acts, **progress_of(row, clock.now())}
    return render(request, f"decisions/{'_backtest' if request.htmx else 'backtest'}.html", context)  # type: ignore[attr-defined]  # its middleware adds it


def backtests(request: HttpRequest) -> QuerySet[BackTest]:
    return BackTest.objects.visible_to(person(request)).select_related(
        "draft__rule_set__initiative__sponsor", "asked_by"
    )


class StopBackTest(ActView[forms.Form]):
    """Do not wait for the rest."""

    template_name = "decisions/backtest.html"
    form_class = forms.Form

    def find(self) -> BackTest:
        return seen(backtests(self.request), self.kwargs["ref"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"version": self.row.draft, **progress_of(self.row, clock.now())}

    def act(self, form: forms.Form) -> str:
        stop_backtest(backtest=self.row, **self.stamp(form))
        return reverse("rule_version", args=[self.row.draft.ref]) + "#backtest"


class AskBackTest(RulesAct[ReasonForm]):
    """Put the draft to everything recorded."""

    form_class = ReasonForm
    slot = "backtest"

    def act(self, form: ReasonForm) -> str:
        stamp = self.stamp(form)
        del stamp["expected_version"]  # nothing is changed: it tries the text as it stands
        ask_backtest(version=self.row, **stamp)
        return self.here() + "#backtest"


class TakeFile(RulesAct[RulesFileForm]):
    """Rows that come as a file."""

    form_class = RulesFileForm
    slot = "file"

    def act(self, form: RulesFileForm) -> str:
        data = form.cleaned_data["file"].read(sheet.MOST_BYTES + 1)
        services.take_file(version=self.row, data=data, **self.stamp(form))
        return self.here()


@require_safe
def saved(request: HttpRequest, ref: str, kind: str) -> HttpResponse:
    """A version as a file."""
    version = seen(versions(request), ref)
    answer = HttpResponse(KINDS[kind].write(version), content_type=KINDS[kind].media_type)
    answer["Content-Disposition"] = f'attachment; filename="{file_name(version, KINDS[kind])}"'
    return answer


class NewRules(ActView[NewRulesForm]):
    """Begin a draft."""

    template_name = "decisions/rules_new.html"
    form_class = NewRulesForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"me": person(self.request)}

    def act(self, form: NewRulesForm) -> str:
        asked = {key: form.cleaned_data[key] for key in ("layer", "initiative", "domain")}
        return reverse("rule_edit", args=[services.draft_rules(**asked, **self.stamp(form)).ref])


class EditRules(ActView[RulesForm]):
    """The editor of a draft: a card for each rule."""

    template_name = "decisions/rule_edit.html"
    form_class = RulesForm

    def find(self) -> RuleSetVersion:
        return seen(versions(self.request), self.kwargs["ref"])

    def get_initial(self) -> dict[str, Any]:
        kept = ("hit_policy", "review_by", "is_shadow")
        return super().get_initial() | {name: getattr(self.row, name) for name in kept}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"draft": self.row}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"version": self.row}

    def act(self, form: RulesForm) -> str:
        text = {name: form.cleaned_data[name] for name in ("hit_policy", "review_by", "is_shadow")}
        services.edit_rules(version=self.row, table=form.table(), **text, **self.stamp(form))
        return reverse("rule_version", args=[self.row.ref])
