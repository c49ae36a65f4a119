"""What happens to a recommendation after the drafter posted it."""

from decisions.management.demo.advice import Advice
from decisions.management.demo.agenda import Ago, Story
from decisions.management.demo.house import House
from decisions.models import OutcomeReview
from decisions.services import intake, reviews
from decisions.services import recommendations as acts

TOOL = "drafter"
MODEL = "drafter-3"


def advised(house: House, number: int, advice: Advice) -> Story:
    """Posted, completed by whoever knows, decided by whoever may, applied by the tool, and looked at on its day."""
    minute = number % 50
    at = yield Ago(advice.days, 8, minute)
    token = house.tokens[TOOL]
    row, _is_new = intake.recommend(
        domain=house.domains[advice.domain],
        initiative=house.initiative(advice.initiative),
        source=TOOL,
        key=f"demo-{number}",
        subject=advice.subject,
        proposal={"title": advice.title, "before": advice.before, "after": advice.after},
        facts=advice.facts,
        by=token.user,
        at=at,
        model=MODEL,
        confidence=advice.confidence,
        expected_effect=round((advice.confidence - 0.7) / 2, 3),
        token=token,
    )
    if advice.found and row.state == "needs_facts":
        at = yield Ago(advice.days, 14, minute)
        row = acts.supply_facts(
            recommendation=row,
            facts=advice.found,
            by=house.person(advice.finder),
            at=at,
            reason="Looked up",
            expected_version=row.version,
        )
    for said in advice.said:
        at = yield Ago(said.days, 11, minute)
        row.refresh_from_db()
        by = house.person(said.who)
        if row.is_hidden_from(by):  # of most people's pages nobody but the AI had thought
            own = str(said.choice.modification.get("after", ""))
            acts.choose_first(recommendation=row, text=own, by=by, at=at, expected_version=row.version)
        acts.decide(recommendation=row, choice=said.choice, by=by, at=at, expected_version=row.version)
    if advice.applied is not None:
        at = yield Ago(advice.applied, 15, minute)
        row.refresh_from_db()
        refusal = acts.report_applied(recommendation=row, by=token.user, at=at, expected_version=row.version)
        if refusal:
            raise refusal
    if advice.reverted is not None:
        at = yield Ago(advice.reverted, 16, minute)
        row.refresh_from_db()
        acts.report_reverted(
            recommendation=row,
            by=house.person(advice.finder or "joris"),
            at=at,
            reason=advice.undone_because,
            expected_version=row.version,
        )
    if advice.ended:
        review = OutcomeReview.objects.get(recommendation=row)
        due = [days for days in range(90) if house.calendar.day(days) >= review.agreed_on]
        at = yield Ago(due[-1], 17, minute)
        result, process, note = advice.ended
        reviewer = review.reviewer.holder if review.reviewer else None
        reviews.settle_review(
            review=review,
            result=result,
            process=process,
            by=reviewer or house.person("noor"),
            at=at,
            reason=note,
            expected_version=review.version,
        )
