"""A year of advice by one AI tool that is as sure in one domain as in the other, and stops being right in one of them.

Seeded, through the same acts as in real life: it posts in batches, people decide, it applies, and on the agreed days
somebody looks at what came of it. What is true of a page is drawn beforehand; nobody in the year knows it.
"""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random
from typing import Any, Final

from decisions.choices import ACCEPT, REJECT, Choice
from decisions.models import OutcomeReview, Recommendation
from decisions.services import intake, recommendations, reviews
from decisions.services import rules as rule_services
from tests.decisions.desk import NOW, Desk, hold, prove

MONTH: Final = timedelta(days=30)
SIZES: Final = (10, 6, *(16,) * 10)  # titles a month, beside eight links
FALLS_IN: Final = 4  # the month in which its titles stop being what people search for
RIGHT: Final = 0.95
RIGHT_AFTERWARDS: Final = 0.25
DISAGREE: Final = 0.08  # of what people decide, they decide so often against it
SAMPLED: Final = {"authority": "ai_sampled", "because": "A sure tool and a good record.", "sample": 0.5, "revert": 14}
ASKS: Final = {"page_class": {"in": ["long_tail"]}, "ai_confidence": {"gte": 0.8}}
TABLES: Final[dict[str, tuple[str, list[dict[str, Any]]]]] = {
    "title_rewrite": (
        "restrictive",
        [{"code": "T3", "when": ASKS | {"track_record_lb": {"gte": 0.6}}, "then": SAMPLED}],
    ),
    "internal_links": (
        "first",
        [
            {
                "code": "I2",
                "when": {"links_changed": {"lte": 50}, "track_record_lb": {"gte": 0.6}},
                "then": {"authority": "ai_notify", "because": "Easily undone.", "revert": 30},
            }
        ],
    ),
}
TOOL: Final[dict[str, Any]] = {"source": "drafter", "model": "d-3"}


@dataclass
class Year:
    """What the year left behind: the month of each recommendation, and the truth about it."""

    desk: Desk
    random: Random
    is_right: dict[int, bool] = field(default_factory=dict)
    months: dict[int, int] = field(default_factory=dict)

    def live(self) -> None:
        for month in range(len(SIZES)):
            at = NOW + month * MONTH
            self._look_back(at)
            if month % 6 == 0:
                for domain, (hit_policy, table) in TABLES.items():
                    self.publish(domain, table, hit_policy, at)
            posted = self._post(month, at)
            self._decide(posted, at + timedelta(days=1))
            self._apply(posted, at + timedelta(days=2))
        self._look_back(NOW + len(SIZES) * MONTH)

    def rows(self, domain: str, months: range) -> list[Recommendation]:
        rows = Recommendation.objects.filter(domain__key=domain).order_by("pk")
        return [row for row in rows if self.months[row.pk] in months]

    def _post(self, month: int, at: datetime) -> list[Recommendation]:
        right = RIGHT if month < FALLS_IN else RIGHT_AFTERWARDS
        titles = [self._advice("title_rewrite", f"/guide/{month}-{n}", {}) for n in range(SIZES[month])]
        links = [
            self._advice("internal_links", f"/links/{month}-{n}", {"links_changed": 9, "touches_nav": False})
            for n in range(8)
        ]
        rows = []
        for advice, chance in [(titles, right), (links, RIGHT)]:
            for row, _is_new in intake.recommend_all(advice=advice, by=self.desk.cast.eva, at=at):  # type: ignore[misc]  # none is refused
                self.is_right[row.pk], self.months[row.pk] = self.random.random() < chance, month
                rows.append(row)
        return rows

    def _advice(self, domain: str, subject: str, facts: dict[str, Any]) -> intake.Advice:
        sure = round(self.random.uniform(0.82, 0.97), 2)
        return intake.Advice(
            self.desk.domains[domain], self.desk.initiative, key=subject, subject=subject,
            proposal={"title": subject, "after": "Better"}, facts=facts, confidence=sure, **TOOL,
        )  # fmt: skip

    def _decide(self, rows: list[Recommendation], at: datetime) -> None:
        for row in rows:
            if row.state == "waiting" and row.decider and row.decider.holder:
                chosen = REJECT if self.random.random() < DISAGREE else ACCEPT
                code = "brand" if chosen == REJECT else ""
                choice = Choice(chosen, "As I see it", code, trade_off="Little", probability=0.8, minutes=6)
                recommendations.decide(
                    recommendation=row, choice=choice, by=row.decider.holder, at=at, expected_version=row.version
                )

    def _apply(self, rows: list[Recommendation], at: datetime) -> None:
        for row in rows:
            if row.state == "granted":
                refusal = recommendations.report_applied(
                    recommendation=row, by=self.desk.cast.eva, at=at, expected_version=row.version
                )
                assert refusal is None

    def _look_back(self, at: datetime) -> None:
        """Each on its day."""
        due = OutcomeReview.objects.filter(result="", agreed_on__lte=at.date()).select_related("recommendation")
        for review in due.order_by("agreed_on", "pk"):
            is_followed = review.decision is None or review.decision.followed_ai
            reviewer = review.reviewer.holder if review.reviewer else None
            reviews.settle_review(
                review=review,
                result="good" if self.is_right[review.recommendation_id] is is_followed else "bad",
                process=4,
                by=reviewer or self.desk.cast.noor,
                at=datetime.combine(review.agreed_on, time(12), tzinfo=at.tzinfo),
                reason="Position and clicks since",
                expected_version=review.version,
            )

    def publish(self, domain: str, table: list[dict[str, Any]], hit_policy: str, at: datetime) -> None:
        """Tom writes, Marieke puts in force, for half a year."""
        tom, marieke = self.desk.cast.tom, self.desk.cast.marieke
        stamp: dict[str, Any] = {"at": at, "reason": "For the next half year"}
        where: dict[str, Any] = {"domain": self.desk.domains[domain], "initiative": self.desk.initiative}
        version = rule_services.draft_rules(layer="table", **where, by=tom, **stamp)
        text: dict[str, Any] = {
            "hit_policy": hit_policy,
            "table": table,
            "review_by": (at + 6 * MONTH).date(),
            "is_shadow": False,
        }
        rule_services.edit_rules(version=version, **text, by=tom, expected_version=1, **stamp)
        rule_services.submit_rules(version=version, by=tom, expected_version=2, **stamp)
        if at == NOW:
            prove(version)
        rule_services.publish_rules(
            version=version, by=marieke, expected_version=3, seen_sha256=version.sha256, **stamp
        )


def simulate(desk: Desk, *, seed: int = 1) -> Year:
    """Half of what a rule lets pass in titles is drawn, for a person before and for a review after."""
    technical = hold(desk.cast, "decider", "Technical SEO", desk.cast.joris)
    desk.domains["internal_links"] = rule_services.open_domain(
        key="internal_links", decider=technical, by=desk.cast.noor, at=NOW, reason="We begin"
    )
    year = Year(desk, Random(seed))
    year.live()
    return year
