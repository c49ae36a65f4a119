"""Sixteen months and then every day: the same rows as one pull at the end, however often workers die in between.

What breaks on the other side gives a state and a sentence, and takes nothing that is known.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from metrics import merge
from metrics.models import Pull, Snapshot, SnapshotRevision, Source, Spending
from metrics.services import pulls
from metrics.sources import CONNECTORS
from metrics.sources.fakes.dataforseo import LOGIN, DataForSeo
from metrics.sources.fakes.google import Google, service_account
from metrics.sources.fakes.plausible import KEY, Plausible
from metrics.sources.fakes.serving import Fake, Reply, serving
from metrics.sources.fakes.shop import TOKEN, Shop
from ownership import outbound
from ownership.models import Event, Secret
from tests.cast import MONDAY, Cast
from tests.metrics.builders import a_kpi
from tests.metrics.conftest import Warehouse
from tests.metrics.test_sql_source import QUERY
from tests.metrics.vendors import Calendar, private_key

ZONE = "Europe/Amsterdam"
START, DAYS = date(2026, 3, 2), 12
SINCE = START - timedelta(days=474)  # sixteen months before the end
SHOP = "/orders.json?from={start}&to={end}&page={page}"
KINDS = sorted(CONNECTORS)
WITH_HISTORY = [kind for kind in KINDS if kind != "dataforseo"]  # which only knows how things stand now


@dataclass
class Vendor:
    """The other side of one kind of source."""

    kind: str
    fake: Any
    config: dict[str, Any]
    secret: str
    query: dict[str, Any]
    go_to: Callable[[date], None]


@pytest.fixture
def vendor(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    """Asked without waiting between two calls."""

    def impatient(*, pace: float = 0, heartbeat: Callable[[], None] = lambda: None) -> outbound.Client:
        return outbound.Client(["127.0.0.0/8"], heartbeat=heartbeat, wait=lambda _seconds: None)

    monkeypatch.setattr(outbound, "client", impatient)
    kind = request.param
    if kind == "sql":
        warehouse: Warehouse = request.getfixturevalue("warehouse")
        config = {"query": QUERY, "since": SINCE.isoformat(), "overlap_days": 5}
        yield Vendor(kind, warehouse, config, warehouse.dsn, {"num": "orders", "den": "visits"}, warehouse.go_to)
        return
    calendar = Calendar()
    fakes: dict[str, type[Fake]] = {"http": Shop, "plausible": Plausible, "dataforseo": DataForSeo}
    fake = fakes.get(kind, Google)(calendar)
    with serving(fake) as url:
        since = {"since": SINCE.isoformat()}
        paged = {"url": url + SHOP, "format": "json", "rows": "data", "paging": "page", "auth": "bearer"}
        configs: dict[str, dict[str, Any]] = {
            "searchconsole": {"property": "sc-domain:sofa.example", "endpoint": url} | since,
            "ga4": {"property": "123456", "zone": ZONE, "endpoint": url} | since,
            "plausible": {"site": "sofa.example", "zone": ZONE, "endpoint": url} | since,
            "http": paged | {"overlap_days": 5} | since,
            "dataforseo": {"target": "sofa.example", "every": "day", "endpoint": url},
        }
        secrets = {"http": TOKEN, "plausible": KEY, "dataforseo": LOGIN}
        query = {"http": {"num": "orders", "den": "visits"}, "ga4": {"metric": "keyEvents", "per": "sessions"}}

        def go_to(day: date) -> None:
            calendar.day = day

        secret = secrets.get(kind) or service_account(url, private_key())
        yield Vendor(kind, fake, configs[kind], secret, query.get(kind, {}), go_to)


def a_source(cast: Cast, vendor: Vendor, name: str) -> Source:
    secret = Secret.objects.seal(vendor.secret, by=cast.eva, at=MONDAY)
    source = Source.objects.create(
        kind=vendor.kind, name=name, unit=cast.marketing, config=vendor.config, secret=secret
    )
    is_ratio = "den" in vendor.query or "per" in vendor.query
    kpi = a_kpi(cast.marketing, source, key="organic_cvr" if is_ratio else "organic_leads", name=name)
    source.series.create(kpi=kpi, query=vendor.query)
    return source


def noon(day: date) -> datetime:
    """When it is the same day in Amsterdam and in California."""
    return datetime(day.year, day.month, day.day, 20, tzinfo=UTC)


def work(vendor: Vendor, day: date) -> None:
    """All that is due on the day."""
    vendor.go_to(day)
    pulls.plan(at=noon(day), zone=ZONE)
    while rows := Pull.objects.claim(at=noon(day)):
        for row in rows:
            pulls.pull(row=row, at=noon(day), zone=ZONE)


def days(number: int = DAYS) -> list[date]:
    return [START + timedelta(days=n) for n in range(number)]


def stored(source: Source) -> list[tuple[Any, ...]]:
    rows = Snapshot.objects.filter(source=source).order_by("period_start")
    return list(rows.values_list("period_start", "num", "den", "quality"))


@pytest.mark.parametrize("vendor", WITH_HISTORY, indirect=True)
def test_history_and_then_every_day_ends_as_one_pull_at_the_end(vendor: Vendor, cast: Cast) -> None:
    daily = a_source(cast, vendor, "Daily")
    for day in days():
        work(vendor, day)
    at_once = a_source(cast, vendor, "At once")

    work(vendor, days()[-1])

    assert len(stored(daily)) > 450
    assert stored(daily) == stored(at_once)
    assert stored(daily)[0][0] == SINCE + timedelta(days=SINCE.toordinal() % 23 == 0)
    assert SnapshotRevision.objects.filter(source_id=daily.pk).count() >= DAYS - 2
    assert not SnapshotRevision.objects.filter(source_id=at_once.pk).exists()
    daily.refresh_from_db()
    assert daily.health == "up"
    assert daily.pulls.backfill() == {"windows": 15, "answered": 15, "given_up": 0}


class Killed(BaseException):
    """The worker is gone: nothing that it would still have done happens."""


class Reaper:
    """Kills at random points of a pull: before and after each call, each write and each report."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
        self.random, self.kills, self.in_a_row, self.left = Random(seed), 0, 0, 10**9
        for owner, names in (
            (outbound.Client, ["call", "select"]),
            (merge, ["stage", "faults", "merge"]),
            (Pull, ["settle", "renew"]),
            (Source, ["credential", "advance", "confirm", "judge"]),
            (Spending.objects, ["reserve", "correct"]),
            (Event.objects, ["record"]),
        ):
            for name in names:
                monkeypatch.setattr(owner, name, self.around(getattr(owner, name)))
        real = pulls.pull

        def survived(**about: Any) -> None:
            real(**about)
            self.in_a_row = 0
            self.sharpen()

        monkeypatch.setattr(pulls, "pull", survived)

    def around(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def deadly(*args: Any, **kwargs: Any) -> Any:
            self.step()
            answer = real(*args, **kwargs)
            self.step()
            return answer

        return deadly

    def step(self) -> None:
        self.left -= 1
        if self.left <= 0:
            self.kills, self.in_a_row = self.kills + 1, self.in_a_row + 1
            self.sharpen()
            raise Killed

    def sharpen(self) -> None:
        """A pull has 20 to 40 points. After two deaths a third would bury it, so the next worker gets through."""
        self.left = self.random.randint(1, 20) if self.in_a_row < 2 else 10**9


@pytest.mark.parametrize("vendor", KINDS, indirect=True)
def test_killed_anywhere_and_started_again_it_ends_the_same(
    vendor: Vendor, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = days(32 if vendor.kind == "dataforseo" else 16)
    for day in schedule:
        calm = Source.objects.filter(name="Calm").first() or a_source(cast, vendor, "Calm")
        work(vendor, day)
    Source.objects.filter(pk=calm.pk).update(paused_at=MONDAY, health="paused")
    killed = a_source(cast, vendor, "Killed")

    reaper = Reaper(monkeypatch, seed=len(vendor.kind))
    reaper.sharpen()
    for day in schedule:
        while True:
            try:
                work(vendor, day)
                break
            except Killed:  # nobody wants to wait until the lease runs out
                Pull.objects.filter(leased_until__isnull=False).update(leased_until=MONDAY)
    reaper.left = 10**9

    assert stored(killed) == stored(calm)
    assert Pull.objects.filter(source=killed, settled_at=None).count() == 0
    revisions = [SnapshotRevision.objects.filter(source_id=one.pk).count() for one in (calm, killed)]
    assert revisions[0] == revisions[1]
    assert reaper.kills >= 50


def deny(vendor: Vendor) -> None:
    vendor.fake.is_revoked = True
    vendor.fake.key = vendor.fake.login = vendor.fake.token = "another:one"


def forget(vendor: Vendor) -> None:
    vendor.fake.properties = set()
    vendor.fake.site = vendor.fake.target = "other.example"
    if vendor.kind == "http":
        vendor.fake.answer = lambda _request: Reply({"error": "gone"}, 404)


def rename(vendor: Vendor) -> None:
    vendor.fake.metrics = vendor.fake.fields = set()
    vendor.fake.columns = ("date", "sales", "visits")
    vendor.fake.renamed = True


TROUBLES = [
    ("searchconsole", deny, "does not accept this credential"),
    ("searchconsole", forget, "does not let this account see the property"),
    ("searchconsole", rename, "answers without clicks"),
    ("ga4", deny, "does not accept this credential"),
    ("ga4", forget, "does not let this account see the property"),
    ("ga4", rename, "keyEvents is not a valid metric"),
    ("plausible", deny, "does not let this key see the site"),
    ("plausible", forget, "does not let this key see the site"),
    ("plausible", rename, "Invalid metric"),
    ("http", deny, "does not accept our credentials"),
    ("http", forget, "answers 404"),
    ("http", rename, "orders"),
    ("dataforseo", deny, "does not let us in"),
    ("dataforseo", forget, "Invalid Field"),
    ("dataforseo", rename, "answers without"),
]


@pytest.mark.parametrize(("vendor", "trouble", "said"), TROUBLES, indirect=["vendor"])
def test_what_breaks_there_is_said_here_and_caught_up_afterwards(
    vendor: Vendor, trouble: Callable[[Vendor], None], said: str, cast: Cast
) -> None:
    source = a_source(cast, vendor, "Shop")
    work(vendor, START)
    before, healthy = stored(source), dict(vars(vendor.fake))

    trouble(vendor)
    work(vendor, START + timedelta(days=1))
    source.refresh_from_db()
    state, note, during = source.health, source.note, stored(source)
    vendor.fake.__dict__.clear()
    vendor.fake.__dict__.update(healthy)
    Pull.objects.ask_again(at=noon(START + timedelta(days=2)))
    work(vendor, START + timedelta(days=2))

    source.refresh_from_db()
    assert (state, source.health) == ("down", "up")
    assert said in note
    assert during == before
    assert [row[0] for row in stored(source)][: len(before)] == [row[0] for row in before]
    flips = Event.objects.filter(data__action="source.health").values_list("data__after__health", flat=True)
    assert "down" in flips
    if vendor.kind in WITH_HISTORY:
        at_once = a_source(cast, vendor, "At once")
        work(vendor, START + timedelta(days=2))
        assert stored(source) == stored(at_once)


def test_a_warehouse_that_changes_is_said_and_caught_up(
    request: pytest.FixtureRequest, warehouse: Warehouse, cast: Cast
) -> None:
    config = {"query": QUERY, "since": SINCE.isoformat(), "overlap_days": 5}
    vendor = Vendor("sql", warehouse, config, warehouse.dsn, {"num": "orders", "den": "visits"}, warehouse.go_to)
    source = a_source(cast, vendor, "Warehouse")
    work(vendor, START)
    before = stored(source)
    notes: list[tuple[str, str]] = []
    for there, back in (
        ("ALTER TABLE sales RENAME TO gone", "ALTER TABLE gone RENAME TO sales"),
        ("ALTER TABLE sales RENAME orders TO count", "ALTER TABLE sales RENAME count TO orders"),
        ("REVOKE SELECT ON sales FROM mandate_app", "GRANT SELECT ON sales TO mandate_app"),
    ):
        day = START + timedelta(days=1 + len(notes))
        vendor.go_to(day)
        warehouse.databases.execute(there, dbname=warehouse.name)
        vendor.go_to = lambda _day: None
        Pull.objects.ask_again(at=noon(day))
        work(vendor, day)
        source.refresh_from_db()
        notes.append((source.health, source.note))
        warehouse.databases.execute(back, dbname=warehouse.name)
        vendor.go_to = warehouse.go_to
    during = stored(source)
    last = START + timedelta(days=5)
    Pull.objects.ask_again(at=noon(last))
    work(vendor, last)

    source.refresh_from_db()
    assert [health for health, _note in notes] == ["down"] * 3
    assert ["sales" in notes[0][1], "orders" in notes[1][1], "permission denied" in notes[2][1]] == [True] * 3
    assert (during, source.health) == (before, "up")
    assert len(stored(source)) > len(before)


def test_a_full_budget_pauses_the_source_until_it_renews(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = DataForSeo(calendar := Calendar())
    with serving(fake) as url:
        config = {"target": "sofa.example", "every": "day", "endpoint": url}

        def go_to(day: date) -> None:
            calendar.day = day

        vendor = Vendor("dataforseo", fake, config, LOGIN, {}, go_to)
        source = a_source(cast, vendor, "Links")
        Source.objects.filter(pk=source.pk).update(day_budget="0.05", month_budget="0.06")
        states = []
        for day in (*days(3), date(2026, 4, 1)):
            work(vendor, day)
            source.refresh_from_db()
            states.append((source.health, len(stored(source))))

    # a call costs $0.02 and $0.03 are set aside for it, so the third of the month does not fit
    assert states == [("up", 1), ("up", 2), ("paused", 2), ("up", 3)]
    assert Spending.objects.get(span="month", starts_on=date(2026, 3, 1)).dollars == pytest.approx(0.04006)
    assert fake.spent == pytest.approx(3 * 0.02003)
