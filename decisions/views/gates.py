"""Pages at a gate: the full case with its answer, and every step that leads on from where an initiative stands."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from decisions import gate_words, step_words, steps
from decisions.forms import DecideForm, StepForm
from decisions.models import GateDecision
from decisions.models.cards import Card, read_cards
from decisions.models.crossroads import Crossroads
from decisions.models.hindsight import changed_figures
from decisions.moves import Act, Move, require_decider, require_second
from decisions.services import gates
from initiatives.lifecycle import State
from initiatives.models import Initiative
from ownership import clock
from ownership.models import User
from ownership.pages import ActView, person, seen
from ownership.refusals import NotNow, Refusal, Stale

ASIDE = frozenset({Act.PAUSE, Act.RETURN, Act.STOP, Act.WITHDRAW})  # possible, and never the obvious next thing
ANSWERS = {
    "approve": gates.approve,
    "return": gates.send_back,
    "reject": gates.reject,
    "iterate": gates.iterate,
    "countersign": gates.countersign,
    "refuse": gates.refuse_second,
}


def form_of(card: Card, data: Any = None) -> DecideForm:
    """The form of one card; several may stand on one page."""
    initial = {"sha256": card.dossier.sha256}
    return DecideForm(data, gate=card.gate, initial=initial, auto_id=f"gate-{card.request.pk}-%s")


def why_not(card: Card, user: User) -> Refusal | None:
    """Why this person cannot answer the request; None: they can."""
    try:
        standing, proposal = card.request.standing(user, card.case), card.request.proposal
        if proposal and proposal["by"] != user.pk:
            require_second(standing, first=proposal["by"])
        else:
            require_decider(card.gate, standing)
    except Refusal as refusal:
        return refusal
    return None


class GatePage(ActView[DecideForm]):
    """The newest request at a gate with the full case, and the answer to it. The inbox sends its forms here too."""

    template_name = "decisions/gate.html"
    form_class = DecideForm
    card: Card

    def find(self) -> GateDecision:
        me = person(self.request)
        initiative = seen(Initiative.objects.visible_to(me), self.kwargs["ref"])
        asked = GateDecision.objects.visible_to(me).filter(initiative=initiative, gate=self.kwargs["gate"])
        newest = asked.select_related("requested_by", "decided_by").order_by("-pk").first()
        if newest is None:
            raise Http404
        self.card = read_cards([newest], at=clock.now())[0]
        return newest

    def decides(self, form: DecideForm) -> bool:
        return True

    def get_form(self, form_class: Any = None) -> DecideForm:
        return form_of(self.card, self.request.POST or None)

    def act(self, form: DecideForm) -> str:
        given = form.cleaned_data
        answered = ANSWERS[given["choice"]](request=self.row, seen_sha256=given["sha256"], **self.stamp(form))
        if answered.is_open:
            said = _("Signed; it waits for a portfolio lead.") if answered.proposal else _("Not signed; it is back.")
        else:
            look = step_words.CHOICE[str(answered.choice)]
            said = _("%(answer)s: %(title)s.") % {"answer": look.label, "title": answered.initiative}
        messages.success(self.request, said)
        return reverse("inbox")

    def refused(self, form: DecideForm, refusal: Refusal) -> HttpResponse:
        """A case that moved is shown anew with the newest hash; what was typed stays."""
        if isinstance(refusal, Stale):
            self.row = self.find()
            kept = self.request.POST.copy()
            kept["sha256"] = self.card.dossier.sha256
            form.data = kept
        return super().refused(form, refusal)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        me, card = person(self.request), self.card
        past = GateDecision.objects.visible_to(me).filter(initiative=card.case.initiative).exclude(pk=self.row.pk)
        return super().get_context_data(**kwargs) | {
            "card": card,
            "initiative": card.case.initiative,
            "criteria": [gate_words.said(result) for result in card.criteria],
            "why_not": why_not(card, me),
            "changed": changed_figures([self.row], []).get(("gate", self.row.pk), []),
            "earlier": past.select_related("requested_by", "decided_by").order_by("-pk"),
        }


class StepsPage(ActView[StepForm]):
    """Where an initiative can go from here: each step with what its gate asks, and a form for those that are mine."""

    template_name = "decisions/steps.html"
    form_class = StepForm
    crossroads: Crossroads

    def find(self) -> Initiative:
        me = person(self.request)
        self.crossroads = Crossroads.of(seen(Initiative.objects.visible_to(me), self.kwargs["ref"]), me)
        return self.crossroads.case.initiative

    def decides(self, form: StepForm) -> bool:
        return bool(form.cleaned_data["to"] == State.STOPPED)

    def act(self, form: StepForm) -> str:
        given = form.cleaned_data
        move = next((move for move in self.crossroads.moves if move.to_state == given["to"]), None)
        if move is None or move.answers:
            raise NotNow(_("There is no such step from here. It is offered when its turn has come."))
        stamp = self.stamp(form) | {"expected_version": given["version"]}
        steps.take(self.crossroads, move, lesson=given["lesson"], **stamp)
        self.row.refresh_from_db(fields=["state"])
        waits = move.act is Act.STOP and self.row.state != State.STOPPED
        done = _("Signed; it waits for a portfolio lead.") if waits else _("Done: %(act)s.")
        messages.success(self.request, done % {"act": step_words.act(move)})
        return reverse("steps", args=[self.row.ref])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        me = person(self.request)
        asked = GateDecision.objects.visible_to(me).filter(initiative=self.row).order_by("-pk")
        return super().get_context_data(**kwargs) | {
            "initiative": self.row,
            "moves": [self._told(move, kwargs.get("form")) for move in self.crossroads.moves],
            "requests": asked.select_related("requested_by", "decided_by"),
            "request_open": self.crossroads.request,
        }

    def _told(self, move: Move, sent: Any) -> dict[str, Any]:
        gate = move.asks or move.gate
        form = sent if isinstance(sent, StepForm) and sent.data.get("to") == move.to_state else None
        fresh = StepForm(initial={"to": move.to_state, "version": self.row.version}, auto_id=f"{move.to_state}-%s")
        refusal = self.crossroads.refusal(move)
        return {
            "move": move,
            "act": step_words.act(move),
            "leads_to": step_words.leads_to(move),
            "seat": step_words.SEAT[move.seat],
            "gate": step_words.GATE[gate] if gate else "",
            "criteria": [gate_words.said(result) for result in self.crossroads.case.results(gate)] if gate else [],
            "refusal": refusal,
            "refused": refusal.words(_) if refusal else "",
            "leads_on": move.act not in ASIDE,
            "form": form or fresh,
            "needs_lesson": move.act is Act.STOP,
        }
