"""One initiative from idea to lesson by API alone, each person with a token of their own, on real figures."""

from datetime import datetime, timedelta
from io import StringIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from tests.cast import Caller, Cast
from tests.conftest import Calendar
from tests.journeys.company import FIRST, FRIDAY, LAST, in_order, ring


def token(person: str, *scopes: str, days: int = 1) -> Caller:
    """Somebody with the token that `manage.py token` printed for them."""
    printed = StringIO()
    options = [option for scope in scopes for option in ("--scope", scope)]
    call_command("token", f"{person}@mandate.example", *options, "--days", str(days), stdout=printed)
    return Caller(token=printed.getvalue().strip())


def made(answer: Any, status: int = 201) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    body: dict[str, Any] = answer.json()
    return body


def rows_of(answer: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = made(answer, 200)["results"]
    return found


class Company:
    """Everybody's tokens, renewed whenever they have run out, and the acts that several journeys share."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.made_at: dict[str, datetime] = {}
        self.callers: dict[str, Caller] = {}

    def __getattr__(self, name: str) -> Caller:
        if name not in self.made_at or self.calendar.now - self.made_at[name] > timedelta(hours=20):
            self.made_at[name] = self.calendar.now
            self.callers[name] = token(name, "read", "write", "decide")
        return self.callers[name]

    def appoint(self, seat: int, person: int, proposer: str, taker: str) -> None:
        offer = made(
            getattr(self, proposer).post(f"/api/v1/seats/{seat}/propose/", person=person, reason="You know it")
        )
        made(getattr(self, taker).post(f"/api/v1/appointments/{offer['id']}/accept/", reason="Yes"), 200)


def rows(answer: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer.json()
    return found


def transition(caller: Caller, ref: str, to: str, **body: str) -> Any:
    """Look at the next steps, then take one with what was seen."""
    moves = made(caller.get(f"/api/v1/initiatives/{ref}/transitions/"), 200)["moves"]
    move = next(move for move in moves if move["to"] == to)
    return caller.post(f"/api/v1/initiatives/{ref}/transitions/", seen=move["if_match"], to=to, **body)


def test_from_idea_to_lesson(cast: Cast, calendar: Calendar, export: bytes, shop: str) -> None:
    calendar.go_to(FRIDAY)
    company = Company(calendar)

    # Who vouches for the figures
    unit = cast.marketing.pk
    seat: dict[str, Any] = {"kind": "steward", "title": "Figures", "unit": unit, "reason": "Needed"}
    steward = made(company.noor.post("/api/v1/seats/", **seat))["id"]
    company.appoint(steward, cast.daan.pk, "noor", "daan")
    common: dict[str, Any] = {"unit": unit, "grain": "day", "steward": steward, "reason": "From Search Console"}
    clicks, impressions = (
        made(company.daan.post("/api/v1/kpis/", type=key, name=name, **common))["id"]
        for key, name in (("money_page_clicks", "Clicks"), ("nonbrand_impressions", "Impressions"))
    )
    articles = made(company.daan.post("/api/v1/kpis/", type="articles_generated", name="Articles", **common))["id"]

    # The same figures will come by themselves from tomorrow on
    asked = {"url": shop, "date": "day", "since": FRIDAY.date().isoformat()}
    series = [{"kpi": clicks, "query": {"num": "clicks"}}, {"kpi": impressions, "query": {"num": "impressions"}}]
    about: dict[str, Any] = {"kind": "http", "name": "Search Console", "unit": unit, "config": asked, "series": series}
    source = made(company.eva.post("/api/v1/sources/", **about, reason="A key for reading"))["id"]
    for kpi in (clicks, impressions):
        seen = made(company.daan.get(f"/api/v1/kpis/{kpi}/"), 200)["version"]
        chosen = {"source": source, "reason": "Closest to the truth"}
        made(company.daan.post(f"/api/v1/kpis/{kpi}/choose_source/", seen=seen, **chosen), 200)

    # The export of what came before goes in as it is
    upload = company.daan.client.post(
        "/api/v1/imports/", {"file": SimpleUploadedFile("Dates.csv", export), "source": source, "reason": "History"}
    )
    entry = made(upload)
    mapping = entry["mapping"]
    for measure in mapping["measures"]:
        wanted = {"Clicks": str(clicks), "Impressions": str(impressions)}
        measure["kpi"] = "" if measure["den"] else wanted.get(measure["num"], "")
    address = f"/api/v1/imports/{entry['ref']}/"
    read = made(company.daan.post(f"{address}read/", seen=entry["version"], mapping=mapping, reason="Proposed"), 200)
    assert read["dry_run"]["errors"] == []
    stored = made(company.daan.post(f"{address}store/", seen=read["version"], reason="Looks right"), 200)
    assert stored["state"] == "stored"
    values = rows_of(company.daan.get("/api/v1/snapshots/", kpi=clicks, limit=1000))
    assert len(values) == (LAST - FIRST).days + 1

    # Tom has an idea, and hears all that is missing
    goal = made(company.tom.post("/api/v1/goals/", statement="More sales from search", horizon_on="2024-12-31"))["id"]
    draft = made(company.tom.post("/api/v1/initiatives/", title="AI-refreshed product pages", goal=goal))
    ini, ref = f"/api/v1/initiatives/{draft['ref']}/", draft["ref"]
    refused = transition(company.tom, ref, "submitted", reason="Let us go")
    assert refused.status_code == 422
    missing = {item["code"] for item in refused.json()["items"]}
    assert missing == {"G0.questions", "G0.problem", "G0.outcome", "G0.sponsor"}

    # A main KPI that counts work is refused with results to choose from
    vanity = company.tom.post(f"{ini}targets/", kpi=articles, role="primary", goal=0.5, due_on="2023-07-07")
    assert vanity.status_code == 422
    assert vanity.json()["items"]

    # He completes them
    problem: dict[str, Any] = {
        "process": "Editors rewrite product pages by hand",
        "hours_per_week": 22,
        "hourly_rate": 65,
    }
    seen = draft["version"]
    draft = made(company.tom.patch(ini, seen=seen, budget=18000, timebox_weeks=6, reason="Costed", **problem), 200)
    pages: dict[str, Any] = {"name": "Products", "patterns": "/p/*", "page_class": "money"}
    treated = made(company.tom.post(f"{ini}page-sets/", **pages))["id"]
    made(company.tom.post(f"{ini}page-sets/", **pages | {"name": "Untreated", "is_control": True}))
    money: dict[str, Any] = {"value_low": 1, "value_likely": 2, "value_high": 3}
    plan: dict[str, Any] = {
        "goal": 0.3,
        "smallest_effect": 0.1,
        "due_on": "2023-07-07",
        "lag_weeks": 1,
        "ramp_weeks": 1,
    }
    main = made(company.tom.post(f"{ini}targets/", kpi=clicks, role="primary", page_set=treated, **plan, **money))["id"]
    made(company.tom.post(f"{ini}targets/", kpi=impressions, role="guardrail", margin=0.05))
    stop: dict[str, Any] = {
        "text": "fewer than 200 clicks a week",
        "target": main,
        "threshold": 200,
        "by_on": "2023-06-20",
    }
    made(company.tom.post(f"{ini}kill-criteria/", **stop))
    for question in rows(company.tom.get(f"{ini}readiness/")):
        answer = {"text": "We looked into it", "evidence": "Minutes of 9 May"}
        made(company.tom.put(f"{ini}readiness/{question['question']}/", **answer), 200)
    company.appoint(draft["sponsor"], cast.marieke.pk, "tom", "marieke")
    submitted = transition(company.tom, ref, "submitted", reason="Ready for you")
    assert made(submitted, 200)["state"] == "submitted"

    # Nobody with a hand in it approves it, and no admin; its sponsor does
    request = made(company.marieke.get("/api/v1/gates/", initiative=draft["id"], open="true"), 200)["results"][0]
    gate = f"/api/v1/gates/{request['ref']}/"
    sha256 = made(company.marieke.get(gate), 200)["sha256"]
    for person, code in (("tom", "requester"), ("eva", "no_gate_authority")):
        answer = getattr(company, person).post(f"{gate}approve/", seen=sha256, reason="Fine by me")
        assert (answer.status_code, answer.json()["code"]) == (403, code)
    stale = company.marieke.post(f"{gate}approve/", seen="0" * 64, reason="Fine by me")
    assert stale.status_code == 412
    made(company.marieke.post(f"{gate}approve/", seen=sha256, reason="Clear baseline, small scope"), 200)

    # Daan locks the baseline and confirms the pilot
    baseline = made(company.daan.post(f"{ini}baselines/", target=main))
    made(company.daan.post(f"/api/v1/baselines/{baseline['id']}/lock/", reason="Twelve full weeks"), 200)
    made(transition(company.tom, ref, "pilot", reason="We are ready to start"), 200)
    started = made(transition(company.daan, ref, "pilot", reason="The figures are sound"), 200)
    assert started["state"] == "pilot"

    # The figures come by themselves; every week the judge looks at them
    for _week in range(5):
        calendar.forward(days=7)
        ring()
    values = rows_of(company.daan.get("/api/v1/snapshots/", kpi=clicks, limit=1000))
    assert len(values) == (calendar.now.date() - FIRST).days
    verdicts = rows_of(company.tom.get(f"{ini}verdicts/", limit=1000))
    of_main = [verdict for verdict in verdicts if verdict["target"] == main]
    assert [verdict["status"] for verdict in of_main][-1] in ("stalled", "unlikely")

    # The flag says why in words; its owner answers
    flag = next(flag for flag in rows_of(company.tom.get(f"{ini}flags/")) if flag["kind"] == "S2")
    assert "the likeliest story is" in flag["said"] or flag["said"].startswith("The chance that")
    assert len(flag["evidence"]) >= 2
    answer = {"reply": "recover", "until": "2023-07-07", "reason": "Two editors full-time from Monday"}
    made(company.tom.post(f"/api/v1/flags/{flag['ref']}/answer/", seen=flag["version"], **answer))

    # Titles: Sanne decides where the rules do not let the AI
    seat = {"kind": "decider", "title": "SEO lead", "unit": unit, "reason": "For titles"}
    decider = made(company.noor.post("/api/v1/seats/", **seat))["id"]
    company.appoint(decider, cast.sanne.pk, "noor", "sanne")
    made(company.noor.post("/api/v1/domains/", key="title_rewrite", decider=decider, reason="Titles first"))
    advice: dict[str, Any] = {
        "domain": "title_rewrite",
        "initiative": draft["id"],
        "source": "titlewright",
        "key": "t-1",
        "subject": "/p/covers",
        "proposal": {"title": "Put the material first", "before": "Sofa covers", "after": "Linen sofa covers"},
        "confidence": 0.97,
    }
    drafter = token("tom", "read", "recommendations.write")
    advised = made(drafter.post("/api/v1/recommendations/", **advice))
    assert (advised["authority"], advised["may_apply"], advised["decider"]) == ("human_decides", False, "SEO lead")
    assert made(drafter.post("/api/v1/recommendations/", **advice), 200)["id"] == advised["id"]
    choice = {
        "chosen": "reject",
        "reason": "Ours start with the product",
        "reason_code": "brand",
        "trade_off": "Clicks",
    }
    decide = f"/api/v1/recommendations/{advised['ref']}/decide/"
    assert drafter.post(decide, seen=advised["version"], **choice).status_code == 403
    made(company.sanne.post(decide, seen=advised["version"], **choice), 200)

    # The sponsor stops it, and the lesson stays
    stopped = transition(
        company.marieke, ref, "stopped", reason="No return", lesson="Rewriting is not what buyers miss"
    )
    assert made(stopped, 200)["state"] == "stopped"

    # Decision log, API and ledger tell one story
    decision = rows_of(company.marieke.get("/api/v1/decisions/", initiative=draft["id"]))[0]
    assert (decision["chosen"], decision["followed_ai"], decision["reason_code"]) == ("reject", False, "brand")
    events = rows_of(company.noor.get("/api/v1/events/", stream=f"initiative:{draft['id']}", limit=1000))
    story = [event["data"]["action"] for event in events]
    told = [
        "initiative.drafted",
        "target.set",
        "kill_criterion.added",
        "initiative.submitted",
        "gate.approved",
        "baseline.locked",
        "gate.requested",
        "gate.approved",
        "flag.raised",
        "flag.answered",
        "recommendation.received",
        "recommendation.decided",
        "initiative.stopped",
    ]
    assert in_order(told, story), story
    said = StringIO()
    call_command("verify_ledger", stdout=said)
    assert " 0 faults." in said.getvalue()
