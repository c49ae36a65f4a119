"""What both journeys share: the figures, the shop that gives them, and the ring of the bell."""

import csv
import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from random import Random
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from config.celery import app, doorbells
from config.environment import ROOT

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


def usual_day(export: bytes) -> int:
    """Clicks on a usual day of the last eight weeks."""
    rows = list(csv.DictReader(StringIO(export.decode("utf-8-sig"))))[:56]
    return round(sum(int(row["Clicks"]) for row in rows) / len(rows))


@pytest.fixture(params=["real", "twin"])
def export(request: pytest.FixtureRequest) -> bytes:
    """The search console's figures of the last quarter."""
    if request.param == "twin":
        return twin()
    if not REAL.exists():
        pytest.skip("the real series are not beside this checkout")
    return REAL.read_bytes()


class Shop(BaseHTTPRequestHandler):
    """What the company's own warehouse would answer: figures at `level`, so that the pilot shows no return."""

    level = 40

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        day, last = date.fromisoformat(asked["from"][0]), date.fromisoformat(asked["to"][0])
        lines = ["day,clicks,impressions"]
        while day <= last:
            lines.append(f"{day},{self.level - 1 + day.day % 3},{1400 + day.day}")
            day += timedelta(days=1)
        self.send_response(200)
        self.send_header("Content-Type", "text/csv")
        self.end_headers()
        self.wfile.write("\n".join(lines).encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def shop(export: bytes) -> Iterator[str]:
    """The address of the shop, which goes on as it was."""
    Shop.level = usual_day(export)
    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/figures?from={{start}}&to={{end}}"
        server.shutdown()


def ring() -> None:
    """What a tick of beat comes to: every doorbell rung, every worker awake."""
    app.loader.import_default_modules()
    for name, _queue in doorbells():
        app.tasks[name]()


def in_order(wanted: list[str], found: list[str]) -> bool:
    """Whether the wanted ones come in this order among the found."""
    rest = iter(found)
    return all(step in rest for step in wanted)
