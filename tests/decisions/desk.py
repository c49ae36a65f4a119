"""INI-14 in its pilot, with a guardrail that holds, four domains and the people who decide in them."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from decisions.models import BackTest, Domain, Recommendation, RuleSetVersion
from decisions.models.backtests import plain
from decisions.rules import backtest
from decisions.services import rules as rule_services
from initiatives.lifecycle import Gate
from initiatives.models import Initiative, PageSet, Target
from ownership.models import Seat, User
from ownership.policy import Scope
from ownership.services import issue_token
from tests.cast import MONDAY, Caller, Cast
from tests.decisions.conftest import a_draft, a_seat, approve, ask, fill, submit

NOW = MONDAY + timedelta(days=7)
DECIDERS = {
    "title_rewrite": ("SEO lead", "tom"),
    "content_draft": ("Editor", "aisha"),
    "link_outreach": ("Outreach lead", "sanne"),
    "bulk_meta": ("SEO lead", "tom"),
}
TITLE: dict[str, Any] = {
    "domain": "title_rewrite",
    "source": "titlewright",
    "key": "t-1",
    "subject": "/p/covers",
    "proposal": {"title": "New title", "before": "Sofa covers", "after": "Linen sofa covers"},
    "confidence": 0.86,
}
OUTREACH: dict[str, Any] = {
    "domain": "link_outreach",
    "source": "linkfinder",
    "key": "l-1",
    "subject": "interior-blog.example",
    "proposal": {"title": "Write to the interior blog"},
    "facts": {"paid_link": False, "link_exchange": False, "toxic_score": 10, "topical_relevance": 0.8},
}


@dataclass
class Desk:
    """Everything a recommendation needs. `tool` is the token of a service that posts."""

    cast: Cast
    initiative: Initiative
    domains: dict[str, Domain]
    tool: Caller

    def post(self, body: dict[str, Any], **more: Any) -> Any:
        return self.tool.post("/api/v1/recommendations/", **{"initiative": self.initiative.pk, **body, **more})

    def posted(self, body: dict[str, Any], **more: Any) -> Recommendation:
        answer = self.post(body, **more)
        assert answer.status_code in (200, 201), answer.content
        return Recommendation.objects.get(pk=answer.json()["id"])

    def decide(self, row: Recommendation, *, by: Caller, **choice: Any) -> Any:
        url = f"/api/v1/recommendations/{row.ref}/decide/"
        return by.post(url, seen=choice.pop("seen", row.version), **choice)

    def publish(self, domain: str, **change: Any) -> RuleSetVersion:
        """The rules that the domain starts with, drafted by Tom and put in force by Marieke."""
        stamp: dict[str, Any] = {"at": NOW, "reason": "As agreed"}
        version = rule_services.draft_rules(
            layer="table", domain=self.domains[domain], initiative=self.initiative, by=self.cast.tom, **stamp
        )
        text = {"hit_policy": version.hit_policy, "table": version.table, "review_by": date(2026, 6, 1)}
        fields = {**text, "is_shadow": False, **change}
        rule_services.edit_rules(version=version, by=self.cast.tom, expected_version=1, **fields, **stamp)
        rule_services.submit_rules(version=version, by=self.cast.tom, expected_version=2, **stamp)
        prove(version)
        return rule_services.publish_rules(
            version=version, by=self.cast.marieke, expected_version=3, seen_sha256=version.sha256, **stamp
        )


def prove(version: RuleSetVersion, cases: int = 50) -> BackTest:
    """A back-test that found nothing, of so many cases."""
    report = plain(backtest.Report(cases=cases))
    stamp = {"asked_by": version.author, "asked_at": NOW, "finished_at": NOW}
    return BackTest.objects.create(draft=version, sha256=version.sha256, report=report, **stamp)


def hold(cast: Cast, kind: str, title: str, holder: User | None) -> Seat:
    seat = a_seat(cast, kind, holder)
    Seat.objects.filter(pk=seat.pk).update(title=title)
    seat.refresh_from_db()
    return seat


def set_up(cast: Cast) -> Desk:
    seats = {title: hold(cast, "decider", title, getattr(cast, who)) for title, who in DECIDERS.values()}
    hold(cast, "decider", "Page owner", cast.aisha)
    hold(cast, "decider", "Subject expert", cast.daan)
    hold(cast, "decider", "Relation owner", cast.sanne)
    domains = {
        key: rule_services.open_domain(key=key, decider=seats[title], by=cast.noor, at=NOW, reason="We begin")
        for key, (title, _who) in DECIDERS.items()
    }
    _token, text = issue_token(
        user=cast.eva,
        name="drafter",
        scopes=[Scope.READ, Scope.RECOMMENDATIONS_WRITE],
        days=365,
        by=cast.eva,
        at=NOW,
        is_service=True,
    )
    return Desk(cast, make_pilot(cast), domains, Caller(token=text))


def make_pilot(cast: Cast) -> Initiative:
    """Marieke is sponsor, Tom owner; money pages below /p/, long tail below /guide/, and a guardrail that holds."""
    draft = a_draft(cast)
    Initiative.objects.filter(pk=draft.pk).update(hourly_rate=60)
    for page_class, patterns in (("long_tail", "/guide/*"), ("ymyl", "/health/*")):
        PageSet.objects.create(initiative=draft, name=page_class, patterns=patterns, page_class=page_class)
    committed = approve(submit(fill(draft, cast), cast), cast.marieke).initiative
    pilot = approve(ask(committed, Gate.G2, cast.tom), cast.daan).initiative
    judge_guardrail(pilot, "on-track")
    return pilot


def judge_guardrail(initiative: Initiative, status: str) -> None:
    Target.objects.filter(initiative=initiative, role="guardrail").update(status=status)
