"""The vanity guard: what a KPI may be in a target. Output may be counted; it never proves, earns or decides anything.

The database holds the same rules as constraints; this says them beforehand, in words that help.
"""

from dataclasses import dataclass
from enum import StrEnum

from metrics.catalogue import OUTCOME_CLASSES, Chain, MetricClass
from ownership.refusals import Incomplete
from ownership.refusals import gettext_noop as _


class Role(StrEnum):
    """What a KPI does in an initiative."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    GUARDRAIL = "guardrail"
    ACTIVITY = "activity"


class NotAnOutcome(Incomplete):
    """A main KPI must measure a result. `items` propose three that do, the best fed first."""

    slug = "not-an-outcome"
    title = _("This does not measure a result")


@dataclass(frozen=True, slots=True)
class Claim:
    """A target as far as the guard looks at it. `name` is the KPI's."""

    name: str
    role: Role
    metric_class: MetricClass
    chain: Chain
    has_pages: bool = False
    has_value: bool = False
    margin: float | None = None


def objection(claim: Claim) -> Incomplete | None:
    """Why this cannot be, or None."""
    if claim.role is Role.PRIMARY:
        return _not_main(claim)
    if claim.metric_class is MetricClass.OUTPUT and claim.role is not Role.ACTIVITY:
        said = _("“%(name)s” counts work, not results. It can be logged as activity.")
        return Incomplete(said, code="output", field="role", name=claim.name)
    if claim.role is Role.ACTIVITY and claim.metric_class is not MetricClass.OUTPUT:
        said = _("“%(name)s” measures more than activity. Give it another role.")
        return Incomplete(said, code="not_output", field="role", name=claim.name)
    if claim.role is Role.GUARDRAIL and claim.margin is None:
        return Incomplete(_("A guardrail needs the fall that is still tolerated."), code="no_margin", field="margin")
    return _not_valued(claim)


def _not_main(claim: Claim) -> Incomplete | None:
    if claim.metric_class is MetricClass.OUTPUT:
        said = _(
            "“%(name)s” counts work, not results. It can rise every week while leads fall, and the team controls it "
            "fully. It can be logged as activity; it cannot be the main KPI, carry a benefit or decide a gate."
        )
        return NotAnOutcome(said, code="output", field="kpi", name=claim.name)
    if claim.metric_class not in OUTCOME_CLASSES:
        said = _("“%(name)s” is a sign on the way to a result. Watch it beside a main KPI that is the result itself.")
        return NotAnOutcome(said, code="not_outcome", field="kpi", name=claim.name)
    if claim.metric_class is MetricClass.SCOPED and not (claim.has_pages and claim.has_value):
        said = _("“%(name)s” counts as a result only for named pages and with the value of one unit.")
        return NotAnOutcome(
            said, code="unscoped", field="value_likely" if claim.has_pages else "page_set", name=claim.name
        )
    return _not_valued(claim)


def _not_valued(claim: Claim) -> Incomplete | None:
    if claim.has_value and (claim.metric_class not in OUTCOME_CLASSES or claim.chain is Chain.NONE):
        said = _("“%(name)s” earns or saves nothing by itself, so it has no value in money.")
        return Incomplete(said, code="no_value_chain", field="value_likely", name=claim.name)
    return None
