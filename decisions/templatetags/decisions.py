"""Tags about rules, decisions and gates, for the pages of every app."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from decisions import cell_words, gate_words, rule_words, step_words, words
from decisions.choice_forms import REASONS
from decisions.forms import FlagForm
from decisions.learning import BAD, GOOD
from decisions.models import Breaker, Domain, GateDecision, OutcomeReview, Recommendation
from decisions.models.cases import read_case
from decisions.models.hindsight import Changed
from decisions.models.log import Log
from decisions.models.panels import panels
from decisions.models.portfolio import read_rows
from decisions.models.reviews import RESULTS
from decisions.models.trials import Tried
from decisions.rules import Authority, Cell, Fact, Row, Value
from initiatives.flags import RULES, Asked, FlagKind, Reply
from initiatives.lifecycle import Gate
from initiatives.models import Flag, Initiative
from initiatives.sentences import question
from initiatives.words import REPLY, Look
from metrics.catalogue import Kind
from ownership import clock
from ownership import words as figures
from ownership.models import Organisation
from ownership.templatetags.interface import icon

register = template.Library()
register.filter("conditions", words.conditions)
register.filter("fact_name", cell_words.fact_name)
register.filter("cell", cell_words.cell)
register.filter("finding", rule_words.finding)
register.filter("example", rule_words.case)
register.simple_tag(rule_words.differences, name="differences")
register.filter("criterion", gate_words.sentence)
register.filter("question", question)

ICONS = {
    Authority.BLOCK: "x",
    Authority.TWO_PERSON: "people",
    Authority.EXPERIMENT: "flask",
    Authority.HUMAN_DECIDES: "person",
    Authority.HUMAN_CONFIRMS: "person",
    Authority.AI_SAMPLED: "spark",
    Authority.AI_NOTIFY: "spark",
    Authority.AI_WINS: "spark",
}
TONES = {
    "needs_facts": "warn",
    "waiting": "warn",
    "testing": "info",
    "granted": "good",
    "applied": "good",
    "blocked": "bad",
}
PICTURES = {
    "testing": "flask",
    "needs_facts": "alert",
    "waiting": "clock",
    "blocked": "x",
    "rejected": "x",
    "reverted": "undo",
}
NEWEST = 5  # entries of the log beside an initiative


@register.simple_tag
def authority(level: str | Authority) -> SafeString:
    """A level of authority with its picture: who has the say."""
    level = Authority.of(level) if isinstance(level, str) else level
    return format_html('<span class="who">{}{}</span>', icon(ICONS[level]), words.AUTHORITIES[level])


@register.filter
def meaning(level: str | Authority) -> str:
    """What a level of authority means, in a sentence."""
    return str(words.MEANINGS[Authority.of(level) if isinstance(level, str) else level])


@register.filter
def duties(row: Row) -> str:
    """What comes with the authority of a row."""
    decider = [row.then.decider] if row.then.decider else []
    seconds = [row.then.second] if row.then.second else []
    return ", ".join(decider + seconds + words.duties(row.then))


@register.filter
def bad_outcomes(share: dict[str, Any]) -> str:
    """Bad ones among those settled, with the 95 % interval; never a bare percentage."""
    return rule_words.bad_outcomes(share)


@register.filter
def reach(level: str | Authority) -> str:
    """The tone of a level in an answer: the AI has its way, nobody has, or a person has."""
    level = Authority.of(level) if isinstance(level, str) else level
    return "good" if level.is_ai else "bad" if level is Authority.BLOCK else "info"


@register.simple_tag
def decides(tried: Tried | str, layer: str, code: str) -> bool:
    """Whether a row decides the case that was tried, if one was."""
    return isinstance(tried, Tried) and tried.decides(layer, code)


@register.filter
def pair_words(report: dict[str, Any]) -> str:
    """What the bad outcomes of the newly and the already automatic say together."""
    return rule_words.pair(report)


@register.filter
def pair_tone(report: dict[str, Any]) -> str:
    """A warning where the newly automatic are shown to be worse, or nothing is known of them."""
    newly, already = report["newly_automatic"], report["already_automatic"]
    if newly["of"] and newly["low"] > already["high"]:
        return "bad"
    return "warn" if report["loosened"] else "none"


@register.filter
def time_left(seconds: float) -> str:
    """How long something that runs will still take."""
    return rule_words.time_left(seconds)


@register.filter
def cells(row: Row, columns: list[str]) -> list[Cell | None]:
    """The row's conditions in the order of the columns; None is "any"."""
    found = {cell.fact.name: cell for cell in row.when}
    return [found.get(name) for name in columns]


@register.filter
def at(columns: list[str], index: int) -> str:
    return columns[index]


@register.simple_tag
def fact_value(fact: Fact, known: Value) -> str:
    """A known value as a reader writes it."""
    return capfirst(cell_words.value(fact, known))


@register.filter
def source(of: str) -> str:
    """Whose word a fact is."""
    return str(words.SOURCES[of])


@register.filter
def reason(code: str) -> str:
    return str(REASONS.get(code, code))


@register.filter
def sure(row: Recommendation) -> str:
    """How sure the tool says it is. A claim, not a measurement, so it has no interval."""
    return cell_words.share(row.confidence or 0)


@register.filter
def expected(row: Recommendation) -> str:
    """The change that the tool claims; nobody has measured it."""
    return figures.change(row.expected_effect or 0)


@register.filter
def claimed(effect: float) -> str:
    """A change as its tool reports it; nobody has measured it."""
    return figures.change(effect)


@register.filter
def result_name(result: str) -> str:
    return str(dict(RESULTS)[result])


@register.filter
def result_tone(review: OutcomeReview) -> str:
    return {GOOD: "good", BAD: "bad"}.get(review.result, "none")


@register.filter
def state_words(row: Recommendation) -> str:
    return str(words.STATES_OF_ADVICE[row.state])


@register.filter
def state_tone(row: Recommendation) -> str:
    return TONES.get(row.state, "none")


@register.filter
def state_icon(row: Recommendation) -> str:
    return PICTURES.get(row.state, "")


@register.filter
def act(action: str) -> str:
    """What happened to a recommendation, from its event."""
    return str(words.ACTS.get(action.partition(".")[2], action))


@register.inclusion_tag("decisions/_when_does_ai_win.html")
def when_does_ai_win(initiative: Initiative) -> dict[str, Any]:
    """The rules in force for an initiative, in words."""
    return {"initiative": initiative, "panels": panels(initiative, at=clock.now())}


@register.inclusion_tag("decisions/_breaker.html", takes_context=True)
def open_breaker(context: dict[str, Any], initiative: Initiative | None, domain: Domain | None) -> dict[str, Any]:
    """That AI tools apply nothing unseen there, since when, and who ends it; nothing where no breaker is open."""
    visible = Breaker.objects.visible_to(context["me"]).filter(initiative=initiative, domain=domain)
    return {"breaker": visible.open().for_page().first()}


@register.inclusion_tag("decisions/_decision_log.html")
def decision_log(initiative: Initiative) -> dict[str, Any]:
    """The newest decisions about an initiative."""
    log = Log(initiative.decisions.all(), initiative.gate_decisions.all())
    return {"initiative": initiative, "entries": log[:NEWEST], "count": len(log)}


@register.filter
def changed_figure(one: Changed) -> str:
    """A figure that a decision rested on and that was corrected afterwards, in a sentence."""
    is_share = one.kpi.definition.kind is Kind.RATIO
    return words.changed_figure(one.kpi.name, one.then, one.now, is_share=is_share, since=one.since)


@register.filter
def gate_name(gate: str) -> str:
    return str(step_words.GATE[Gate(gate)])


@register.filter
def gate_yes(gate: str) -> str:
    """The word on the button that says yes."""
    return str(step_words.ANSWER[Gate(gate)])


@register.filter
def second(proposal: dict[str, Any]) -> str:
    """Why somebody else must sign it, too."""
    return str(step_words.SECOND[proposal["why"]])


@register.simple_tag(takes_context=True)
def signs(context: dict[str, Any], asked: GateDecision) -> bool:
    """Whether the reader is asked for the second signature, not for the first."""
    return asked.proposal is not None and asked.proposal["by"] != context["request"].user.pk


@register.filter
def advice(choice: str) -> str:
    """What the verdicts speak for."""
    return str(step_words.ADVICE[choice])


@register.filter
def choice_look(choice: str) -> Look:
    return step_words.CHOICE[choice]


@register.filter
def reply_name(reply: str) -> str:
    return str(REPLY[Reply(reply)])


@register.filter
def asked_name(asked: Asked) -> str:
    return str(step_words.ASKED[asked])


@register.inclusion_tag("decisions/_gate_list.html", takes_context=True)
def gate_list(context: dict[str, Any], initiative: Initiative) -> dict[str, Any]:
    """Every request at a gate and its answer, the newest first."""
    asked = GateDecision.objects.visible_to(context["me"]).filter(initiative=initiative)
    requests = asked.select_related("initiative", "requested_by", "decided_by").order_by("-pk")
    return {"requests": requests, "initiative": initiative}


@register.inclusion_tag("decisions/_before.html")
def before_gate(initiative: Initiative, gate: str) -> dict[str, Any]:
    """What a gate asks, and how much of it is there: the same list as the API's refusal."""
    results = read_case(initiative).results(Gate(gate))
    met = sum(result["met"] is True for result in results)
    return {"criteria": [gate_words.said(result) for result in results], "met": met, "total": len(results)}


@register.inclusion_tag("decisions/_next_step.html", takes_context=True)
def next_step(context: dict[str, Any], initiative: Initiative) -> dict[str, Any]:
    """What must happen next, who does it, by when."""
    row = read_rows([initiative.pk], at=clock.now(), with_values=False)[0]
    step = row.next_step
    return {
        "row": row,
        "initiative": initiative,
        "health": step_words.HEALTH[row.health],
        "todo": step_words.TODO[step.todo],
        "who": step_words.who(step),
        "person": row.acts_next,
        "by": step.by,
    }


@register.inclusion_tag("decisions/_open_flag.html", takes_context=True)
def open_flag(context: dict[str, Any], initiative: Initiative) -> dict[str, Any]:
    """The flag that asks the reader, with the form for the answer, else the loudest; the other open ones as lines."""
    me, today = context["me"], Organisation.the().day(clock.now())
    visible = Flag.objects.visible_to(me).filter(initiative=initiative)
    mine = set(visible.asking(me, on=today).values_list("pk", flat=True))
    flags = sorted(visible.open().for_page(), key=lambda flag: flag.pk not in mine)
    shown: dict[str, Any] = {
        "initiative": initiative,
        "flag": flags[0] if flags else None,
        "others": flags[1:],
        "today": today,
    }
    if flags and flags[0].pk in mine:
        replies = RULES[FlagKind(flags[0].kind)].replies
        shown["form"] = FlagForm(initial={"version": flags[0].version}, replies=replies, auto_id="flag-%s")
    return shown
