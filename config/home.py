"""Pages that belong to no floor because they show every floor: where to begin, what is where, search."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from decisions.models import Decision, Recommendation
from decisions.models.waiting import count_waiting
from initiatives.models import Initiative
from metrics.models import Import, Kpi, Mention, Source
from ownership import clock
from ownership.models import Organisation, Seat, Unit, User
from ownership.pages import person
from ownership.policy import Role, SeatKind, ranks_at_least

DOORS = {Role.LEAD: "portfolio", Role.AUDITOR: "audit", Role.ADMIN: "settings", Role.MEMBER: "log_metrics"}
WAITED_FOR = frozenset({SeatKind.SPONSOR, SeatKind.OWNER, SeatKind.STEWARD, SeatKind.DECIDER})
HITS = 20  # per kind of thing
REF = re.compile(r"(?P<prefix>[A-Z]{1,3})-?(?P<number>\d{1,18})")


def door(role: str, seats: Collection[str], *, is_fresh: bool, is_waiting: bool) -> str:
    """The name of the page on which somebody's day begins: where others wait, else where their seat or role works."""
    if is_fresh and role != Role.AUDITOR:
        return "start"
    if is_waiting:
        return "inbox"
    if WAITED_FOR.intersection(seats) and role in {Role.MEMBER, Role.ADMIN}:
        return "inbox"
    return DOORS[Role(role)]


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Straight to where this person's day begins."""
    me = person(request)
    kinds = [seat.kind for seat in me.seats.all()]
    is_waiting = count_waiting(me, on=timezone.localtime(clock.now()).date()) > 0
    return redirect(door(me.role, kinds, is_fresh=not Initiative.objects.exists(), is_waiting=is_waiting))


@require_safe
def menu(request: HttpRequest) -> HttpResponse:
    """All pages, for a screen without room for the rail."""
    return render(request, "menu.html")


@dataclass(frozen=True)
class Step:
    """One of the four things a fresh installation needs."""

    title: str
    why: str
    act: str
    page: str  # the name of its address
    is_done: bool

    @property
    def url(self) -> str:
        return reverse(self.page)


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """What a fresh installation needs, in order; the first thing missing is marked."""
    me = person(request)
    steps = list(_steps(me))
    now = next((n for n, step in enumerate(steps) if not step.is_done), len(steps))
    states = ["done" if step.is_done else "now" if n == now else "later" for n, step in enumerate(steps)]
    context = {"steps": list(zip(steps, states, strict=True)), "done": states.count("done")}
    return render(request, "start.html", context)


def _steps(me: User) -> Iterator[Step]:
    organisation = Organisation.the()
    people = User.objects.visible_to(me).filter(is_active=True)
    able = [who for who in people if ranks_at_least(who.rank, organisation.sponsor_rank)]
    yield Step(
        title=_("Organisation"),
        why=_("Its name, time zone and currency, and a unit to work in."),
        act=_("Look"),
        page="settings",
        is_done=Unit.objects.visible_to(me).exists(),
    )
    yield Step(
        title=_("Who answers for what"),
        why=_("At least one sponsor who can approve money and one owner who does the work. They cannot be the same."),
        act=_("People"),
        page="people",
        is_done=len(people) > 1 and bool(able),
    )
    yield Step(
        title=_("A number you trust"),
        why=_("Eight weeks of one business result: leads, sales, revenue. By file, from a source, or by hand."),
        act=_("Log metrics"),
        page="log_metrics",
        is_done=Kpi.objects.visible_to(me).filter(snapshots__isnull=False).exists(),
    )
    yield Step(
        title=_("The first initiative"),
        why=_("Which goal, how measured, who answers. No tool is named before these are answered."),
        act=_("Three questions"),
        page="initiative_new",
        is_done=Initiative.objects.visible_to(me).exists(),
    )


@dataclass(frozen=True)
class Kind:
    """One kind of thing that search can find."""

    name: str
    page: str  # the name of its address, which takes the ref
    visible: QuerySet[Any]
    text: str  # the field that says what it is

    def numbered(self, ref: str) -> Any:
        """What INI-14 is, if it is of this kind and may be seen."""
        found = REF.fullmatch(ref.upper())
        if found is None or found["prefix"] != self.visible.model.prefix:
            return None
        return self.visible.filter(pk=int(found["number"])).first()

    def named(self, words: str) -> list[Any]:
        return list(self.visible.filter(**{f"{self.text}__icontains": words}).order_by(self.text, "pk")[:HITS])


def _kinds(me: User) -> list[Kind]:
    return [
        Kind(_("Initiatives"), "initiative", Initiative.objects.visible_to(me), "title"),
        Kind(_("AI recommendations"), "recommendation", Recommendation.objects.visible_to(me), "subject"),
        Kind(_("Decisions"), "decision", Decision.objects.visible_to(me), "question"),
        Kind(_("People"), "person", User.objects.visible_to(me), "name"),
        Kind(_("Seats"), "seat", Seat.objects.visible_to(me), "title"),
        Kind(_("Sources"), "source", Source.objects.visible_to(me), "name"),
        Kind(_("Imports"), "import", Import.objects.visible_to(me), "file_name"),
        Kind(_("Mentions"), "mention", Mention.objects.visible_to(me), "title"),
    ]


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """A number jumps to what it names; words find all that one may see."""
    asked = request.GET.get("q", "").replace("\0", "").strip()[:100]
    kinds = _kinds(person(request))
    for kind in kinds:
        if row := kind.numbered(asked):
            return redirect(kind.page, row.ref)
    groups = [(kind, kind.named(asked)) for kind in kinds] if asked else []
    return render(request, "search.html", {"asked": asked, "groups": [group for group in groups if group[1]]})
