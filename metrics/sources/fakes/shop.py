"""A shop of one's own that answers with CSV or JSON, by page if asked to."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs

from metrics.sources.fakes import world
from metrics.sources.fakes.serving import Fake, Reply, Request

TOKEN = "shop-made-up-token"  # noqa: S105  made up


class Shop(Fake):
    """Its columns are named in `columns`; `/orders.csv` and `/orders.json` take from, to and page."""

    columns = ("date", "orders", "visits")
    token = TOKEN
    page_size = 20

    def answer(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return Reply({"error": "no"}, 401)
        asked = parse_qs(request.query)
        first, last = (date.fromisoformat(asked[name][0]) for name in ("from", "to"))
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        rows: list[list[Any]] = [[day.isoformat(), *self._figures(day)] for day in days if not world.is_empty(day)]
        if request.path.startswith("/orders.csv"):
            lines = [",".join(self.columns), *(",".join(map(str, row)) for row in rows)]
            return Reply("\n".join(lines).encode(), type="text/csv")
        start = (int(asked.get("page", ["1"])[0]) - 1) * self.page_size
        page = rows[start : start + self.page_size]
        return Reply({"data": [dict(zip(self.columns, row, strict=True)) for row in page]})

    def _figures(self, day: date) -> tuple[int, int]:
        visits = world.visits(day, self.today())
        return visits // 20, visits
