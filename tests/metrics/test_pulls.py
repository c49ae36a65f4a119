"""Celery asks a source on loopback: every value once, late ones as revisions, trouble with its reason."""

import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection

from metrics.models import Batch, Kpi, Pull, Snapshot, SnapshotRevision, Source
from metrics.services import pulls
from metrics.tasks import pull_due
from ownership import outbound
from ownership.models import Event, LeaseLost
from tests.cast import MONDAY, Caller, Cast
from tests.metrics.builders import a_kpi

REASON = "Leads come from the shop"


class Shop:
    """A shop that knows its leads by day and answers with CSV."""

    def __init__(self) -> None:
        self.leads: dict[date, float] = {}
        self.status = 200
        self.headers: dict[str, str] = {}
        self.asked: list[tuple[date, date]] = []

    def answer(self, path: str) -> bytes:
        query = parse_qs(urlsplit(path).query)
        start, end = (date.fromisoformat(query[name][0]) for name in ("from", "to"))
        self.asked.append((start, end))
        rows = [f"{day},{num}" for day, num in sorted(self.leads.items()) if start <= day <= end]
        return "\n".join(["date,leads", *rows]).encode()


@pytest.fixture
def shop() -> Iterator[tuple[Shop, str]]:
    known = Shop()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = known.answer(self.path)
            self.send_response(known.status)
            for name, value in known.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield known, f"http://127.0.0.1:{server.server_port}/?from={{start}}&to={{end}}"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def a_monday(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, MONDAY)
    monkeypatch.setattr("ownership.outbound.web.PAUSES", (0, 0))  # it repeats as usual, without sitting still


def at(monkeypatch: pytest.MonkeyPatch, instant: datetime) -> None:
    monkeypatch.setattr("ownership.clock.now", lambda: instant)


def add(caller: Caller, kpi: Kpi, url: str, **changes: Any) -> Any:
    body: dict[str, Any] = {
        "kind": "http",
        "name": "Shop",
        "unit": kpi.unit_id,
        "config": {"url": url, "since": "2026-02-01"},
        "series": [{"kpi": kpi.pk, "query": {"num": "leads"}}],
        "reason": REASON,
    }
    return caller.post("/api/v1/sources/", **body | changes)


@pytest.fixture
def leads(cast: Cast) -> Kpi:
    return a_kpi(cast.marketing)


@pytest.fixture
def source(cast: Cast, shop: tuple[Shop, str], leads: Kpi) -> Source:
    known, url = shop
    known.leads = {date(2026, 2, 1) + timedelta(days=n): 10.0 + n for n in range(29)}  # until Sunday, 1 March
    return Source.objects.get(pk=add(Caller(cast.eva), leads, url).json()["id"])


def nums() -> list[float]:
    return list(Snapshot.objects.order_by("period_start").values_list("num", flat=True))


def test_an_admin_adds_a_source_and_nobody_else(cast: Cast, leads: Kpi) -> None:
    url = "https://shop.example/?from={start}"
    answers = [add(Caller(person), leads, url).status_code for person in (cast.tom, cast.noor, cast.ruth, cast.eva)]

    assert answers == [403, 403, 403, 201]
    leads.refresh_from_db()
    assert leads.source_of_record == Source.objects.get()
    assert Event.objects.get().data["action"] == "source.added"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"config": {"url": "ftp://x"}}, 422),
        ({"config": {"url": "https://x.example", "colour": 1}}, 422),
        ({"series": []}, 422),
        ({"series": [{"kpi": 999_999, "query": {"num": "x"}}]}, 400),
        ({"kind": "fax"}, 400),
        ({"secret_ref": "hunter2"}, 400),
    ],
)
def test_a_source_that_cannot_work_is_refused(cast: Cast, leads: Kpi, changes: dict[str, Any], status: int) -> None:
    assert add(Caller(cast.eva), leads, "https://shop.example/", **changes).status_code == status
    assert not Source.objects.exists()


def test_a_ring_brings_every_day_once(source: Source, shop: tuple[Shop, str]) -> None:
    pull_due()
    pull_due()

    source.refresh_from_db()
    assert nums() == [10.0 + n for n in range(29)]
    assert shop[0].asked == [(date(2026, 2, 1), date(2026, 3, 1))]
    assert (source.health, source.watermark) == ("up", date(2026, 2, 27))
    assert Batch.objects.get().kind == "pull"
    actions = [event.data["action"] for event in Event.objects.order_by("pk")]
    assert actions == ["source.added", "values.pulled"]
    assert Event.objects.order_by("pk").last().data["via"] == "job"  # type: ignore[union-attr]  # asserted above


def test_late_figures_are_revisions_and_nothing_else_is_touched(
    source: Source, shop: tuple[Shop, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pull_due()
    shop[0].leads[date(2026, 2, 28)] = 99.0
    shop[0].leads[date(2026, 3, 2)] = 40.0
    at(monkeypatch, MONDAY + timedelta(days=1))

    pull_due()

    assert shop[0].asked[-1] == (date(2026, 2, 27), date(2026, 3, 2))
    assert nums() == [*(10.0 + n for n in range(27)), 99.0, 38.0, 40.0]
    assert SnapshotRevision.objects.get().num == 37.0


def test_days_without_a_beat_are_caught_up(
    source: Source, shop: tuple[Shop, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pull_due()
    at(monkeypatch, MONDAY + timedelta(days=20))

    pull_due()

    assert shop[0].asked[-1] == (date(2026, 2, 27), date(2026, 3, 21))


def test_a_source_that_falls_silent_is_late_and_then_down(
    source: Source, shop: tuple[Shop, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    healths = []
    for days in (0, 2, 5):
        at(monkeypatch, MONDAY + timedelta(days=days))
        pull_due()
        source.refresh_from_db()
        healths.append(source.health)

    assert healths == ["up", "grace", "down"]
    flips = [event.data["after"] for event in Event.objects.order_by("pk") if event.data["action"] == "source.health"]
    assert flips == [{"health": "grace"}, {"health": "down"}]


def test_trouble_is_retried_later_and_stores_nothing(source: Source, shop: tuple[Shop, str]) -> None:
    shop[0].status = 503

    pull_due()

    row = Pull.objects.get()
    assert (row.failures, row.leased_until) == (1, None)
    assert "503" in row.last_error
    assert row.due_at is not None
    assert timedelta(seconds=40) < row.due_at - MONDAY < timedelta(seconds=80)
    assert not Snapshot.objects.exists()
    shop[0].status = 200
    Pull.objects.update(due_at=MONDAY)
    pull_due()
    assert len(nums()) == 29


def test_a_refused_credential_puts_the_source_down_with_the_reason(source: Source, shop: tuple[Shop, str]) -> None:
    shop[0].status = 401

    pull_due()

    source.refresh_from_db()
    assert source.health == "down"
    assert "401" in source.note


def test_after_eight_failures_it_is_given_up(source: Source, shop: tuple[Shop, str]) -> None:
    shop[0].status = 503
    for _ in range(9):
        pull_due()
        Pull.objects.filter(due_at__isnull=False).update(due_at=MONDAY)

    row = Pull.objects.get()
    assert (row.failures, row.due_at, row.dead_at) == (8, None, MONDAY)
    source.refresh_from_db()
    assert source.health == "down"


def test_a_value_that_cannot_be_refuses_the_window(source: Source, shop: tuple[Shop, str], leads: Kpi) -> None:
    Kpi.objects.filter(pk=leads.pk).update(type="organic_cvr")

    pull_due()

    source.refresh_from_db()
    assert "needs a numerator and a denominator" in source.note
    assert not Snapshot.objects.exists()


def test_whoever_lost_the_lease_stores_nothing(source: Source) -> None:
    pulls.plan(at=MONDAY, zone="Europe/Amsterdam")
    (row,) = Pull.objects.claim(at=MONDAY)
    Pull.objects.update(lease_token=None)

    with pytest.raises(LeaseLost):
        pulls.pull(row=row, at=MONDAY, zone="Europe/Amsterdam")

    assert not Batch.objects.exists()


def test_a_paused_source_is_left_alone_until_it_is_resumed(cast: Cast, source: Source, shop: tuple[Shop, str]) -> None:
    eva, url = Caller(cast.eva), f"/api/v1/sources/{source.pk}/"

    pulls.plan(at=MONDAY, zone="Europe/Amsterdam")
    paused = eva.post(f"{url}pause/", seen=1, reason="They move house")
    pull_due()
    asked_while_paused = list(shop[0].asked)
    again = eva.post(f"{url}pause/", seen=2, reason="They move house")
    stale = eva.post(f"{url}resume/", seen=1, reason="Back")
    others = Caller(cast.tom).post(f"{url}resume/", seen=2, reason="Back")
    resumed = eva.post(f"{url}resume/", seen=2, reason="Back")
    pull_due()

    statuses = [answer.status_code for answer in (paused, again, stale, others, resumed)]
    assert statuses == [200, 409, 412, 403, 200]
    assert (asked_while_paused, len(nums())) == ([], 29)


def test_when_nothing_may_leave_the_house_nothing_does(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    def off(**_: object) -> None:
        raise outbound.Refused("MANDATE_OUTBOUND is off: nothing leaves this installation.")

    monkeypatch.setattr(outbound, "client", off)

    pull_due()

    assert "MANDATE_OUTBOUND" in Pull.objects.get().last_error


def test_another_unit_sees_neither_source_nor_pull(cast: Cast, source: Source) -> None:
    pull_due()

    lena = Caller(cast.lena)
    assert lena.get(f"/api/v1/sources/{source.pk}/").status_code == 404
    assert lena.get("/api/v1/pulls/").json()["results"] == []
    assert len(Caller(cast.tom).get("/api/v1/pulls/").json()["results"]) == 1


def test_a_source_that_asks_for_time_gets_it_for_all_its_windows(source: Source, shop: tuple[Shop, str]) -> None:
    Source.objects.filter(pk=source.pk).update(config=source.config | {"since": "2025-12-01"})
    shop[0].status, shop[0].headers = 429, {"Retry-After": "600"}

    pull_due()

    later = MONDAY + timedelta(minutes=10)
    assert len(shop[0].asked) == 1
    assert set(Pull.objects.values_list("due_at", "failures", "attempts")) == {(later, 0, 0)}
    assert Pull.objects.count() == 3


def test_one_credential_is_used_by_one_worker_at_a_time(source: Source, shop: tuple[Shop, str]) -> None:
    elsewhere = connection.copy()
    with elsewhere.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"pull {source.pk}"])

    pull_due()
    meanwhile = (len(shop[0].asked), *Pull.objects.values_list("due_at", "attempts").get())
    elsewhere.close()
    Pull.objects.update(due_at=MONDAY)
    pull_due()

    assert meanwhile == (0, MONDAY + timedelta(seconds=20), 0)
    assert len(nums()) == 29
