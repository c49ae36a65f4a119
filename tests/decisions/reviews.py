"""Outcomes in bulk, where a test is about what follows from them."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from decisions.models import Decision, Evaluation, OutcomeReview, Recommendation
from decisions.services import intake
from tests.cast import Cast
from tests.decisions.desk import NOW, Desk

TODAY = NOW.date()


def look_back(
    desk: Desk, results: Sequence[str], *, on: date = TODAY, domain: str = "title_rewrite", **more: Any
) -> list[OutcomeReview]:
    """Advice that rules let pass, one a day before `on`, newest first, and how it turned out; "" is not settled."""
    why = more.pop("why", "drawn")
    process = more.pop("process", 4)
    fields: dict[str, Any] = {"source": "titlewright", "model": "", "confidence": 0.85} | more
    first, _is_new = intake.recommend(
        domain=desk.domains[domain], initiative=desk.initiative, source="seed", key=f"{domain}-{len(results)}-{on}",
        subject="/guide/0", proposal={"title": "0"}, facts={}, by=desk.cast.eva, at=NOW,
    )  # fmt: skip
    start = Recommendation.objects.count()
    rows = Recommendation.objects.bulk_create(
        Recommendation(
            domain=first.domain,
            initiative=first.initiative,
            key=f"s-{start + number}",
            body_sha256="0" * 64,
            subject=f"/guide/{number}",
            state="applied",
            authority="ai_sampled",
            granted_at=NOW,
            applied_at=NOW,
            received_at=NOW,
            received_by=desk.cast.eva,
            decider=first.decider,
            **fields,
        )
        for number in range(len(results))
    )
    return OutcomeReview.objects.bulk_create(
        OutcomeReview(
            recommendation=row,
            why=why,
            agreed_on=on - timedelta(days=number),
            rung=1,
            reviewer=desk.initiative.sponsor,
            **settled(desk.cast, result, process),
        )
        for number, (row, result) in enumerate(zip(rows, results, strict=True))
    )


def settled(cast: Cast, result: str, process: int = 4) -> dict[str, Any]:
    if not result:
        return {}
    return {"result": result, "process": process, "note": "Seen", "reviewed_by": cast.marieke, "reviewed_at": NOW}


def decide(desk: Desk, reviews: Sequence[OutcomeReview], *, by: int, chosen: str = "accept", **more: Any) -> None:
    """As if a person had decided these at the level at which a person confirms."""
    evaluation = Evaluation.objects.order_by("pk")[0]
    at = more.pop("decided_at", NOW)
    refused = {} if chosen == "accept" else {"reason_code": "brand", "rationale": "No"}
    made = Decision.objects.bulk_create(
        Decision(
            initiative=desk.initiative,
            recommendation_id=review.recommendation_id,
            evaluation=evaluation,
            question="?",
            chosen=chosen,
            authority="human_confirms",
            deciders=[by],
            followed_ai=chosen == "accept",
            review_on=NOW.date(),
            decided_at=at,
            **refused | more,
        )
        for review in reviews
    )
    for review, decision in zip(reviews, made, strict=True):
        if not review.result:
            OutcomeReview.objects.filter(pk=review.pk).update(decision=decision)
