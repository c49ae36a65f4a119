"""One initiative from idea to lesson by API alone, each person with a token of their own, on real figures."""

import csv
import math
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from random import Random
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from config.environment import ROOT
from tests.cast import Caller, Cast
from tests.conftest import Calendar

REAL = ROOT.parent / "shared/data/search_console_dates.csv"
FIRST, LAST = date(2023, 2, 12), date(2023, 5, 11)  # the days that the real export holds
FRIDAY = datetime(2023, 5, 12, 9, 0, tzinfo=UTC)


def twin() -> bytes:
    """An export of the same shape, for where the real one is absent: newest day first, CTR as a percentage."""
    random, text = Random(14), StringIO()
    rows = csv.writer(text)
    rows.writerow(["Date", "Clicks", "Impressions", "CTR", "Position"])
    for back in range((LAST - FIRST).days + 1):
        impressions = round(1400 * math.exp(random.gauss(0, 0.08)))
        clicks = round(impressions * 0.029 * math.exp(random.gauss(0, 0.1)))
        position = f"{28 + random.gauss(0, 1):.2f}"
        rows.writerow([LAST - timedelta(days=back), clicks, impressions, f"{clicks / impressions:.2%}", position])
    return text.getvalue().encode()


@pytest.fixture(params=["real", "twin"])
def export(request: pytest.FixtureRequest) -> bytes:
    if request.param == "twin":
        return twin()
    if not REAL.exists():
        pytest.skip("the real series are not beside this checkout")
    return REAL.read_bytes()


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


def test_from_idea_to_lesson(cast: Cast, calendar: Calendar, export: bytes) -> None:
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

    # The export goes in as it is
    upload = company.daan.client.post(
        "/api/v1/imports/", {"file": SimpleUploadedFile("Dates.csv", export), "unit": unit, "reason": "History"}
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
