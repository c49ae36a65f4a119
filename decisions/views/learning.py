"""May this AI decide more? What the record says, with its figures."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from decisions import learning, learning_words
from decisions.choices import MODIFY, REJECT
from decisions.learning import BAD, GOOD, UNCLEAR, Taken
from decisions.models.decisions import CHOICES
from decisions.models.learned import Learned, Scope, read_learned
from initiatives.models import Initiative
from ownership import charts, clock, words
from ownership.models import Organisation
from ownership.pages import person, seen

ENDS = (GOOD, BAD, UNCLEAR, "")
ENOUGH = 10  # cases in a tenth; below, a share says next to nothing
MONTHS = 12  # of the table by month, the newest first
MOST = 20  # rows of a table of overrulings, the most decisions first


class LearningFilter(forms.Form):
    """What to look at."""

    is_filter = True

    domain = forms.ChoiceField(label=gettext_lazy("Kind of decision"), required=False)
    tool = forms.ChoiceField(label=gettext_lazy("Tool"), required=False)

    def __init__(self, *args: Any, learned: Learned, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = {"domain": list(learned.domains.items()), "tool": [(tool, tool) for tool in learned.tools]}
        for name, choices in found.items():
            field: Any = self.fields[name]
            field.choices = [("", _("All")), *choices]


@require_safe
def learned(request: HttpRequest) -> HttpResponse:
    """Track records, confidence against outcome, overrulings, regret, and choices that the AI changed."""
    me, organisation = person(request), Organisation.the()
    initiative = None
    if request.GET.get("initiative"):
        initiative = seen(Initiative.objects.visible_to(me), request.GET["initiative"])
    scope = Scope(request.GET.get("domain", ""), request.GET.get("tool", ""), initiative)
    found = read_learned(me, scope, on=clock.today(organisation.zone), zone=organisation.tz)
    ended, decided = learning.regret(found.taken), learning.by_process(found.taken)
    context = {
        "found": found,
        "initiative": initiative,
        "form": LearningFilter(data=request.GET, learned=found),
        "answer": learning_words.may_decide_more(found.lines),
        "lines": [_line(line, found) for line in found.lines],
        "sure": list(_sure(found)),
        "people": learning.brier(learning.people(found.taken)),
        "overridden": [
            (_("By rule"), _overrides(found.taken, lambda one: [_rule(one, found)])),
            (
                _("By kind of decision"),
                _overrides(found.taken, lambda one: [found.domains.get(one.domain, one.domain)]),
            ),
            (_("By decider"), _overrides(found.taken, lambda one: [str(found.people[pk]) for pk in one.deciders])),
        ],
        "months": list(_months(found.taken)),
        "changed": learning_words.changed(learning.changed(found.taken)),
        "regret": learning_words.regret(ended),
        "process": learning_words.by_process(decided),
        "decided": _decided(decided),
        "ended": [(name, [ended[followed, end] for end in ENDS]) for followed, name in _ways()],
    }
    return render(request, "decisions/learning.html", context)


def _ways() -> list[tuple[bool, str]]:
    return [(True, _("Followed")), (False, _("Overruled"))]


def _decided(cases: Counter[tuple[bool, str]]) -> list[tuple[str, list[tuple[int, str]]]]:
    """A row each for well and badly decided ones: how many ended right and wrong, and what that teaches."""
    if not cases:
        return []
    return [
        (name, [(cases[is_sound, end], str(learning_words.TEACHES[is_sound, end])) for end in (GOOD, BAD)])
        for is_sound, name in ((True, _("Decided well, 3 to 5")), (False, _("Decided badly, 1 or 2")))
    ]


def _rule(one: Taken, found: Learned) -> str:
    layer, _colon, code = one.rule.partition(":")
    named = _("the default") if layer == "default" else code
    return f"INI-{one.initiative}, {found.domains.get(one.domain, one.domain)}: {named}"


def _line(line: Any, found: Learned) -> dict[str, Any]:
    return {
        "whose": line.whose,
        "domain": found.domains.get(line.whose.domain, line.whose.domain),
        "initiative": found.initiatives.get(line.whose.initiative),
        "rules": line.rules,
        "look": learning_words.ANSWER[line.standing.code],
        "rate": learning_words.rate(line.standing.record),
        "why": learning_words.answer(line.standing),
    }


def _overrides(taken: Iterable[Taken], keys: Callable[[Taken], Iterable[str]]) -> list[dict[str, Any]]:
    found = learning.overrides(taken, keys)
    return [
        {"name": name, "rate": learning_words.rate(one.rate), "look": learning_words.SIGNAL[one.signal]}
        for name, one in list(found.items())[:MOST]
    ]


def _months(taken: Iterable[Taken]) -> Iterator[dict[str, Any]]:
    for month, chosen in islice(learning.by_month(taken).items(), MONTHS):
        overruled = learning.rate(chosen[MODIFY] + chosen[REJECT], chosen.total())
        counts = [(name, chosen[choice]) for choice, name in CHOICES]
        yield {"name": words.month(month), "chosen": counts, "rate": learning_words.rate(overruled)}


def _sure(found: Learned) -> Iterator[dict[str, Any]]:
    """Per tool and model: the drawing, and how it fares in each kind of decision."""
    names = Counter((one.tool, one.model) for one in found.taken if one.confidence is not None)
    for number, (tool, model) in enumerate(sorted(names), start=1):
        mine = [one for one in found.taken if (one.tool, one.model) == (tool, model)]
        whole = learning.reliability(mine)
        kinds = {one.domain: None for one in mine}
        name = f"{tool} {model}".strip()
        yield {
            "name": name,
            "look": learning_words.SURE[whole.verdict],
            "says": learning_words.sure(whole),
            "chart": _chart(whole, f"sure-{number}", name) if whole.right.of else None,
            "kinds": [
                {
                    "domain": found.domains.get(domain, domain),
                    "look": learning_words.SURE[part.verdict],
                    "says": learning_words.sure(part),
                }
                for domain in kinds
                if (part := learning.reliability(one for one in mine if one.domain == domain)).right.of
            ],
        }


def _chart(found: learning.Reliability, uid: str, name: str) -> charts.Chart:
    tenths = [
        charts.Tenth(
            name=_("%(low)s to %(high)s") % {"low": round(100 * one.low), "high": round(100 * one.high)},
            stated=one.stated,
            hits=one.right.hits,
            count=one.right.of,
            at_least=one.right.low,
            at_most=one.right.high,
            is_enough=one.right.of >= ENOUGH,
        )
        for one in found.bins
        if one.stated is not None
    ]
    title = _("%(tool)s: how sure it was, and how often right") % {"tool": name}
    desc = _("On the line it is as right as it is sure; below it is surer than right. Bars show the 95% range.")
    return charts.calibration(tenths, uid=uid, name=title, desc=desc, words=words.for_calibration())
