"""All that waits for me, and what I decided."""

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from decisions.models import Breaker, Evaluation, GateDecision, OutcomeReview, Recommendation, RuleSetVersion
from decisions.models.cards import read_cards
from decisions.models.checks import read_sent
from decisions.views.gates import form_of
from initiatives.lifecycle import State
from initiatives.models import Flag, Initiative
from ownership import clock
from ownership.models import Appointment, Organisation
from ownership.pages import person

PAGE = 50  # rows
SHOWN = 20  # cards or rows of one kind; the rest waits its turn
MINUTES = 2  # that a decision takes, roughly


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """One card, one decision, the most urgent first; then seats, flags, breakers, rules, advice and outcomes."""
    me, at = person(request), clock.now()
    today = Organisation.the().day(at)
    requests = GateDecision.objects.visible_to(me).waiting_for(me)[:SHOWN]
    cards = read_cards(requests.select_related("requested_by", "initiative"), at=at)
    flags = Flag.objects.visible_to(me).asking(me, on=today)[:SHOWN]
    alike = Evaluation.objects.visible_to(me).to_confirm(me).in_company()
    together = alike.first_of_each()
    alone = Recommendation.objects.visible_to(me).waiting_for(me).exclude(pk__in=alike.values("recommendation"))
    advice = alone[:SHOWN]
    outcomes = OutcomeReview.objects.visible_to(me).waiting_for(me, on=today)[:SHOWN]
    breakers = Breaker.objects.visible_to(me).waiting_for(me)[:SHOWN]
    sent = RuleSetVersion.objects.visible_to(me).waiting_for(me)
    sent = sent.select_related("rule_set__domain__decider", "rule_set__initiative", "author")[:SHOWN]
    offers = list(Appointment.objects.visible_to(me).offered_to(me))
    mine = Q(sponsor__holder=me) | Q(owner__holder=me)
    coming = Initiative.objects.visible_to(me).filter(mine, state=State.PILOT)
    asked = len(cards) + len(flags) + len(advice) + len(outcomes) + len(breakers) + len(sent) + len(offers)
    decisions = asked + alike.count()
    context = {
        "cards": [(card, form_of(card)) for card in cards],
        "offers": offers,
        "flags": flags,
        "together": together,
        "advice": advice,
        "outcomes": outcomes,
        "breakers": breakers,
        "sent": [read_sent(version, on=today) for version in sent],
        "coming": coming.order_by("pilot_ends_on", "pk")[:5],
        "waiting": decisions,
        "minutes": decisions * MINUTES,
        "today": today,
    }
    return render(request, "decisions/inbox.html", context)


@require_safe
def decided(request: HttpRequest) -> HttpResponse:
    """What I decided at gates, newest first."""
    me = person(request)
    mine = GateDecision.objects.visible_to(me).filter(decided_by=me).select_related("initiative")
    page = Paginator(mine.order_by("-decided_at", "-pk"), PAGE).get_page(request.GET.get("page"))
    return render(request, "decisions/decided.html", {"page": page})
