"""One initiative from idea to lesson by API alone, each person with a token of their own, on real figures."""

import csv
import io
import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
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
    steward = made(company.noor.post("/api/v1/seats/", kind="steward", title="Figures", unit=unit, reason="Needed"))[
        "id"
    ]
    company.appoint(steward, cast.daan.pk, "noor", "daan")
    clicks, impressions = (
        made(
            company.daan.post(
                "/api/v1/kpis/", type=key, name=name, unit=unit, grain="day", steward=steward, reason="Search Console"
            )
        )["id"]
        for key, name in (("money_page_clicks", "Clicks"), ("nonbrand_impressions", "Impressions"))
    )

    # The export goes in as it is
    upload = company.daan.client.post(
        "/api/v1/imports/", {"file": SimpleUploadedFile("Dates.csv", export), "unit": unit, "reason": "History"}
    )
    entry = made(upload)
    mapping = entry["mapping"]
    print(mapping)
    for measure in mapping["measures"]:
        measure["kpi"] = {"Clicks": str(clicks), "Impressions": str(impressions)}.get(measure["num"], "")
    read = made(
        company.daan.post(
            f"/api/v1/imports/{entry['ref']}/read/", seen=entry["version"], mapping=mapping, reason="As proposed"
        ),
        200,
    )
    assert read["dry_run"]["errors"] == []
    stored = made(
        company.daan.post(f"/api/v1/imports/{entry['ref']}/store/", seen=read["version"], reason="Looks right"), 200
    )
    assert stored["state"] == "stored"
    days = (LAST - FIRST).days + 1
    assert len(rows_of(company.daan.get("/api/v1/snapshots/", kpi=clicks, limit=1000))) == days
    assert Path
    assert io
    assert Callable
