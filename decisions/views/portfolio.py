"""All initiatives at a glance: a sentence, figures, a picture, where they are weak, and the list."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from decisions import prospects, step_words
from decisions.health import Health
from decisions.models.portfolio import Row, read_rows
from decisions.models.summary import Summary, read_summary, unserved, with_money
from initiatives.lifecycle import LIVE, State
from initiatives.models import Initiative, Verdict
from initiatives.readiness import Factor, exposure, share
from initiatives.verdicts import Status
from initiatives.words import EXPOSURE, STATE, STATUS, Look
from ownership import charts, clock, words
from ownership.models import Organisation
from ownership.pages import person

PAGE = 20  # rows
WEAKEST = 6  # rows of the table of factors
DRAWN = 40  # bubbles
STAGES = [State.SUBMITTED, State.BASELINING, State.PILOT, State.REVIEW, State.SCALING, State.PAUSED, State.STOPPED]


@dataclass(frozen=True)
class Line:
    """A row of the list: the initiative with its figures, and what is read from it."""

    initiative: Any  # annotated by `with_money`
    row: Row

    @property
    def look(self) -> Look:
        """Of its verdict; before the first one and after the end, of its health."""
        status, health = self.initiative.verdict_status, self.row.health
        return STATUS[Status(status)] if status and health is not Health.ENDED else step_words.HEALTH[health]

    @property
    def verdict(self) -> Verdict | None:
        """On its main KPI."""
        return self.row.case.main.verdict if self.row.case.main else None

    @property
    def has_begun(self) -> bool:
        """Before its pilot there is nothing to measure."""
        return self.initiative.pilot_starts_on is not None

    @property
    def ended_unmeasured(self) -> bool:
        """It ended before its effect could be told, and nobody will ever know it."""
        return self.row.health is Health.ENDED and (self.verdict is None or self.verdict.effect is None)

    @property
    def stage(self) -> str:
        return str(STATE[State(self.initiative.state)])

    @property
    def todo(self) -> str:
        return str(step_words.TODO[self.row.next_step.todo])

    @property
    def who(self) -> str:
        return step_words.who(self.row.next_step)

    @property
    def normal(self) -> tuple[float, float] | None:
        """The range of most periods before the pilot: two in three lie within a spread of the mean."""
        baseline = self.row.case.baseline
        return (baseline.value - baseline.sd, baseline.value + baseline.sd) if baseline else None

    @property
    def effect_tone(self) -> str:
        """A change is coloured once its whole range lies on one side of nothing."""
        low, high = self.initiative.effect_low, self.initiative.effect_high
        if low is None or high is None or low <= 0 <= high:
            return "none"
        main = self.row.case.main
        is_better = (low > 0) != (main is not None and main.kpi.definition.lower_is_better)
        return "good" if is_better else "bad"


@require_safe
def portfolio(request: HttpRequest) -> HttpResponse:
    me, at = person(request), clock.now()
    organisation = Organisation.the()
    visible = Initiative.objects.visible_to(me)
    counts = Counter(visible.values_list("state", flat=True))
    state = request.GET.get("state", "")
    chosen = visible.filter(state=state) if state in counts else visible
    listed = (
        with_money(chosen).select_related("goal", "unit", "sponsor__holder", "owner__holder").order_by("title", "pk")
    )
    page = Paginator(listed, PAGE).get_page(request.GET.get("page"))
    rows = read_rows([initiative.pk for initiative in page], at=at)
    lines = [Line(initiative, row) for initiative, row in zip(page, rows, strict=True)]
    summary = read_summary(visible, on=organisation.day(at))
    context = {
        "said": sentences(summary),
        "summary": summary,
        "map": _map(with_money(visible), organisation.currency),
        "factors": [step_words.FACTOR[factor] for factor in Factor],
        "weak": list(_weak(lines)),
        "stages": [(stage.value, STATE[stage], counts[stage]) for stage in STAGES if counts[stage]],
        "state": state if state in counts else "",
        "page": page,
        "lines": lines,
        "unserved": unserved(me)[:PAGE],
        "currency": organisation.currency,
    }
    return render(request, "decisions/portfolio.html", context)


def sentences(summary: Summary) -> tuple[str, str]:
    """The answer before the figures: what has come of it, and what needs somebody."""
    if not summary.total:
        return _("Nothing is tried yet."), _(
            "The first initiative begins with three questions, before any tool is named."
        )
    first = ngettext(
        "%(reached)s of %(total)s initiative has reached its target.",
        "%(reached)s of %(total)s initiatives have reached their target.",
        summary.total,
    ) % {"reached": summary.reached, "total": summary.total}
    waiting = ngettext("%(n)s waits for a decision", "%(n)s wait for a decision", summary.waiting) % {
        "n": summary.waiting
    }
    failing = ngettext(
        "%(n)s is stalling, losing ground or missed its target.",
        "%(n)s are stalling, losing ground or missed their target.",
        summary.failing,
    ) % {"n": summary.failing}
    return first, f"{waiting % {'n': summary.waiting}}; {failing}"


def _map(initiatives: Any, currency: str) -> charts.Bubbles | None:
    """Expected benefit against strength of evidence, of those for which a verdict says something about money."""
    live = initiatives.filter(state__in=[state.value for state in LIVE], projected__isnull=False)
    points = [
        charts.Bubble(
            name=row.title,
            ref=row.ref,
            evidence=prospects.evidence(row.verdict_status, row.effect, row.effect_low, row.effect_high),
            benefit=row.projected,
            spent=float(row.spent),
            tone=STATUS[Status(row.verdict_status)].tone,
        )
        for row in live.order_by("-spent", "pk")[:DRAWN]
    ]
    if not points:
        return None
    name = _("Expected benefit, and how sure we are")
    desc = _("Each bubble is an initiative; its area is what was spent.")
    return charts.bubbles(points, words.for_charts(currency), uid="portfolio-map", name=name, desc=desc)


def _weak(lines: Iterable[Line]) -> Iterable[dict[str, Any]]:
    """The initiatives of this page that looked least at how such things fail."""
    alive = [line for line in lines if line.initiative.state in LIVE]
    scored = [(line, {factor: share(factor, line.row.case.facts.scores) for factor in Factor}) for line in alive]
    scored.sort(key=lambda pair: sum(part or 0 for part in pair[1].values()))
    for line, parts in scored[:WEAKEST]:
        cells = [_cell(factor, part) for factor, part in parts.items()]
        url = reverse("initiative", args=[line.initiative.ref])
        is_fine = all(cell["tone"] == "good" for cell in cells)
        yield {"name": line.initiative.title, "url": url, "cells": cells, "is_fine": is_fine}


def _cell(factor: Factor, part: float | None) -> dict[str, Any]:
    look = EXPOSURE[exposure(part)]
    return {"factor": step_words.FACTOR[factor], "tone": look.tone, "word": look.label}
