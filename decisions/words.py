"""Rules, answers and faults in the reader's language. Judgement carries codes and values; only edges call this."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

from django.utils.text import capfirst
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from decisions.cell_words import cell, fact_name, number, share, value
from decisions.fault_words import FAULTS
from decisions.rules import Authority, Cell, Facts, FactType, Fault, Layer, Row, RowTrace, Then, Value
from metrics.catalogue import CATALOGUE
from ownership import words as figures

AUTHORITIES: Final = {
    Authority.BLOCK: _("Forbidden"),
    Authority.TWO_PERSON: _("Two people agree"),
    Authority.EXPERIMENT: _("Test first"),
    Authority.HUMAN_DECIDES: _("Person decides"),
    Authority.HUMAN_CONFIRMS: _("Person confirms"),
    Authority.AI_SAMPLED: _("AI wins, sampled"),
    Authority.AI_NOTIFY: _("AI wins, reported"),
    Authority.AI_WINS: _("AI wins"),
}

MEANINGS: Final = {
    Authority.BLOCK: _("Nobody may apply it, and nobody can override this."),
    Authority.TWO_PERSON: _("Two different people must accept; one refusal rejects it."),
    Authority.EXPERIMENT: _("A test on a few pages decides, not an opinion."),
    Authority.HUMAN_DECIDES: _("The AI advises and a person decides; nothing is preselected."),
    Authority.HUMAN_CONFIRMS: _("The proposal is applied once a person confirms it."),
    Authority.AI_SAMPLED: _("Applied at once, but for a drawn share that waits for a person."),
    Authority.AI_NOTIFY: _("Applied at once; the decider is told and may undo it."),
    Authority.AI_WINS: _("Applied at once and logged."),
}

# Where "fact is value" would not read as a sentence: if true, if false, if unknown.
STATES: Final = {
    "guardrail_breached": (
        _("a guardrail is broken"),
        _("no guardrail is broken"),
        _("whether a guardrail is broken is not known"),
    ),
    "in_freeze_window": (_("in a freeze window"), _("no freeze window"), _("whether there is a freeze is not known")),
    "role_vacant": (_("a seat is empty"), _("every seat is filled"), _("whether a seat is empty is not known")),
    "on_hold": (
        _("the initiative is on hold"),
        _("the initiative is not on hold"),
        _("whether it is on hold is not known"),
    ),
    "strategic": (_("a strategic matter"), _("not a strategic matter"), _("whether it is strategic is not known")),
}

STATES_OF_ADVICE: Final = {
    "needs_facts": _("Facts are missing"),
    "waiting": _("Waits for a person"),
    "testing": _("Being tested"),
    "granted": _("Granted"),
    "applied": _("Applied"),
    "blocked": _("Forbidden"),
    "rejected": _("Decided against"),
    "expired": _("Expired"),
    "reverted": _("Undone"),
}

ACTS: Final = STATES_OF_ADVICE | {
    "received": _("Received and judged by the rules"),
    "facts_supplied": _("Facts supplied, judged again"),
    "chosen_first": _("The decider said what they would do, before seeing the proposal"),
    "agreed_first": _("The first of two agreed"),
    "decided": _("Decided"),
    "test_ended": _("The test is over: a person decides"),
    "escalated": _("Nobody decided in time: the next in line is asked"),
    "timed_out": _("Nobody decided in time: decided against, as the rules want"),
    "held": _("Nobody in line decided: it waits, and a flag says so"),
    "applied_ungranted": _("Applied without a grant"),
    "outcome_reported": _("The tool said how it turned out"),
    "recalled": _("Taken back before it was applied: the breaker is open"),
    "tripped": _("The breaker opened"),
    "rearmed": _("The sponsor armed it again"),
}

SOURCES: Final = {
    "tool": _("Claimed by the tool"),
    "person": _("Given by a person"),
    "kpi": _("Measured"),
    "mandate": _("Kept by Mandate"),
}

CAPS: Final = {
    "changes_per_day": _("at most %(most)s changes a day"),
    "changes_per_week": _("at most %(most)s changes a week"),
    "pages_per_day": _("at most %(most)s pages a day"),
    "pages_per_week": _("at most %(most)s pages a week"),
    "revenue_share": _("pages with at most %(most)s of revenue"),
}


def fault(found: Fault) -> str:
    """What is wrong and what to do about it, in one sentence."""
    params = {key: ", ".join(map(str, v)) if isinstance(v, list) else v for key, v in found.params.items()}
    if "authority" in params:
        params["authority"] = AUTHORITIES[Authority.of(params["authority"])]
    if "source" in params:
        params["source"] = SOURCES[params["source"]]
    return FAULTS[found.code] % params


def faults(found: Iterable[Fault]) -> list[dict[str, str]]:
    """Faults as a machine and a reader get them."""
    return [{"row": one.row, "field": one.field, "code": one.code, "detail": fault(one)} for one in found]


def condition(part: Cell) -> str:
    """A condition that names its fact: “long tail”, “AI confidence 80% or more”, “a guardrail is broken”."""
    name = part.fact.name
    if part.fact.type is FactType.BOOLEAN:
        wanted = True in (part.members or ())
        if name in STATES:
            return str(STATES[name][0 if wanted else 1])
        return fact_name(name) if wanted else _("no %(fact)s") % {"fact": _lower(fact_name(name))}
    if part.fact.type is FactType.ENUM:
        return cell(part)
    return f"{fact_name(name)} {cell(part)}"


def conditions(row: Row) -> str:
    """The left-hand side of a row in one line."""
    return capfirst(", ".join(condition(part) for part in row.when)) or str(_("Always"))


def duties(then: Then) -> list[str]:
    """What comes with a row's authority, each in a few words."""
    said: list[str] = []
    if then.canary_share is not None:
        said.append(
            _("%(share)s of pages for %(days)s days") % {"share": share(then.canary_share), "days": then.canary_days}
        )
    if then.guardrails:
        said.append(_("guarded: %(kpis)s") % {"kpis": ", ".join(map(kpi, then.guardrails))})
    if then.sample is not None:
        said.append(_("1 in %(n)s waits for a person") % {"n": number(round(1 / then.sample))})
    if then.evidence:
        said.append(_("with %(evidence)s") % {"evidence": ", ".join(name.replace("_", " ") for name in then.evidence)})
    said += [_cap(name, most) for name, most in then.caps.items()]
    if then.sla_days:
        said.append(ngettext("within %(n)s day", "within %(n)s days", then.sla_days) % {"n": then.sla_days})
    if then.revert_days:
        said.append(
            ngettext("can be undone for %(n)s day", "can be undone for %(n)s days", then.revert_days)
            % {"n": then.revert_days}
        )
    return said


def kpi(key: str) -> str:
    """The catalogue has both languages' names."""
    known = CATALOGUE.get(key)
    if known is None:
        return key
    return known.dutch if (get_language() or "").startswith("nl") else known.english


def _cap(name: str, most: float) -> str:
    return CAPS[name] % {"most": share(most) if name == "revenue_share" else number(most)}


# --- the trace ---


class Step(NamedTuple):
    """How one row was read: a heading, and what was decisive about it."""

    layer: Layer
    code: str
    hit: str
    heading: str
    detail: str

    def __str__(self) -> str:
        return f"{self.heading}: {self.detail}." if self.detail else f"{self.heading}."


class Decided(NamedTuple):
    """Which row decided, and what."""

    layer: Layer
    code: str
    authority: Authority


def trace(rows: Sequence[tuple[RowTrace, Row]], facts: Facts, decided: Decided | None) -> list[Step]:
    """Every row in words, in the order read; the default too, if it decided. Nothing decided means missing facts."""
    said = [_step(mark, row, facts, decided) for mark, row in rows]
    if decided and decided.layer is Layer.DEFAULT:
        heading = str(_("No rule is known to fit, so the default counts"))
        said.append(Step(Layer.DEFAULT, decided.code, "T", heading, _lower(str(AUTHORITIES[decided.authority]))))
    return said


def told(steps: Sequence[Step]) -> list[Step]:
    """The same for a reader: the floor first, its rows that did not apply in one line, and the default last."""
    floor = [step for step in steps if step.layer is Layer.FLOOR]
    silent = [step for step in floor if step.hit == "F"]
    heading = _("Floor %(rows)s did not apply") % {"rows": ", ".join(step.code for step in silent)}
    gathered = [Step(Layer.FLOOR, "", "F", heading, "; ".join(step.detail for step in silent))] if silent else []
    loud = [step._replace(heading=_("Floor %(step)s") % {"step": step.heading}) for step in floor if step.hit != "F"]
    return gathered + loud + [step for step in steps if step.layer is not Layer.FLOOR]


def _step(mark: RowTrace, row: Row, facts: Facts, decided: Decided | None) -> Step:
    wrong = tuple(facts[part.fact.name] for part, hit in zip(row.when, mark.cells, strict=True) if hit == "F")
    decides = None if decided is None else (mark.layer, mark.code) == (decided.layer, decided.code)
    return _said(get_language(), mark, row.when, wrong, decides=decides)


@lru_cache(maxsize=4096)  # a thousand answers in one request mostly say the same
def _said(
    _language: str | None, mark: RowTrace, when: tuple[Cell, ...], wrong: tuple[Value, ...], *, decides: bool | None
) -> Step:
    """`wrong`: the known values of the cells that are false. `decides`: None if nothing did."""
    parts, values = list(zip(when, mark.cells, strict=True)), iter(wrong)
    why: Sequence[object]
    if mark.hit == "-":
        heading = _("%(row)s was not read")
        why = [_("facts are missing") if decides is None else _("a row before it applied")]
    elif mark.hit == "F":
        heading, why = _("%(row)s did not apply"), [_false(part, next(values)) for part, hit in parts if hit == "F"]
    elif mark.hit == "?":
        heading = _("%(row)s may apply, so it decides") if decides else _("%(row)s did not decide")
        why = [_unknown(part) for part, hit in parts if hit == "?"] or [_("it has expired or only runs in shadow")]
    else:
        heading = _("%(row)s decides") if decides else _("%(row)s applies, and something stricter decides")
        why = [condition(part) for part in when]
    return Step(mark.layer, mark.code, mark.hit, str(heading % {"row": mark.code}), "; ".join(map(str, why)))


def _unknown(part: Cell) -> str:
    name = part.fact.name
    if name in STATES:
        return str(STATES[name][2])
    if part.fact.type is FactType.BOOLEAN:
        return _("%(fact)s: not known") % {"fact": _lower(fact_name(name))}
    if name == "track_record_lb":
        return _("no track record yet (needs %(cell)s)") % {"cell": cell(part)}
    return _("%(fact)s: not known (needs %(cell)s)") % {"fact": _lower(fact_name(name)), "cell": cell(part)}


def _false(part: Cell, known: Value) -> str:
    name = part.fact.name
    if part.fact.type is FactType.BOOLEAN:
        if name in STATES:
            return str(STATES[name][0 if known else 1])
        params = {"fact": _lower(fact_name(name)), "value": value(part.fact, known)}
        return _("%(fact)s: %(value)s") % params
    params = {"fact": _lower(fact_name(name)), "value": value(part.fact, known), "cell": cell(part)}
    if name == "page_class":
        return _("the page is %(value)s, not %(cell)s") % params
    if part.fact.type is FactType.ENUM:
        return _("%(fact)s is %(value)s, not %(cell)s") % params
    return _("%(fact)s: %(value)s (needs %(cell)s)") % params


def _lower(text: str) -> str:
    """The text inside a sentence: small first letter, unless it starts with an abbreviation such as AI."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def changed_figure(kpi: str, then: float | None, now: float | None, *, is_share: bool, since: datetime) -> str:
    """A figure that a decision rested on and that was corrected afterwards."""
    before, after = (figures.number(value * 100 if is_share and value is not None else value) for value in (then, now))
    said = {"kpi": kpi, "before": before, "after": after, "day": figures.day(since, year=True)}
    if is_share:
        return (
            str(_("The figure of %(kpi)s changed from %(before)s to %(after)s in 100 since, last on %(day)s.")) % said
        )
    return str(_("The figure of %(kpi)s changed from %(before)s to %(after)s since, last on %(day)s.")) % said
