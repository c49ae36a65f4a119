"""pandas with a personal token, as docs/api.md shows it: the same figures as on the pages of the demo organisation."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pandas as pd
import pytest
from django.core.management import call_command
from pytest_django.live_server_helper import LiveServer

from config.environment import ROOT
from initiatives.lifecycle import LIVE
from initiatives.models import Verdict
from metrics.models import Snapshot
from ownership.models import User
from tests.cast import Caller
from tests.conftest import Demo

Table = Callable[[str], pd.DataFrame]


@pytest.fixture
def table(demo: Demo) -> Iterator[Table]:
    """All rows of one kind that Noor's token reads over HTTP, by the lines in docs/api.md."""
    (code,) = re.findall(r"```python\n(.*?)\n\n\nvalues = ", ROOT.joinpath("docs/api.md").read_text(), re.DOTALL)
    told: dict[str, Any] = {}
    exec(code, told)  # noqa: S102  our own documentation
    token = StringIO()
    call_command("token", "noor@sofa.example", "--scope", "read", stdout=token)
    server = LiveServer("127.0.0.1")
    yield lambda kind: told["table"](f"{server.url}/api/v1/{kind}/", token.getvalue().strip())
    server.stop()


def shown(path: str) -> str:
    """A page as Noor reads it."""
    page: str = Caller(User.objects.get(email="noor@sofa.example")).get(path).content.decode()
    return page


def whole(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def test_the_money_adds_up_to_the_portfolio(table: Table) -> None:
    verdicts, initiatives, targets = table("verdicts"), table("initiatives"), table("targets")

    main = targets[(targets.role == "primary") & targets.superseded_at.isna()]
    newest = verdicts[verdicts.id.isin(main.verdict)].merge(initiatives, left_on="initiative", right_on="id")
    live = newest[newest.state.isin([state.value for state in LIVE])]
    realised, projected = (
        sum(money[part]["benefit"] for money in rows.money if part in money)
        for part, rows in (("realised", newest), ("projected", live))
    )

    said = re.search(
        r"Realised benefit</dt><dd>(.*?)<small>(.*?) projected.*?approved budget</dt><dd>(.*?)<",
        shown("/portfolio/"),
        re.DOTALL,
    )
    assert said
    assert [whole(text) for text in said.groups()] == [
        round(realised),
        round(projected),
        round(initiatives.spent.sum()),
    ]
    assert len(verdicts) == verdicts.id.nunique() == Verdict.objects.count() > 100


def test_every_week_of_every_kpi_is_what_its_page_shows(table: Table) -> None:
    values, targets, kpis, verdicts = table("snapshots"), table("targets"), table("kpis"), table("verdicts")
    assert len(values) == Snapshot.objects.count() > 5000
    assert not values.duplicated(["kpi", "source", "period_start"]).any()

    of_record = kpis.set_index("id").source_of_record
    values = values[(values.source == values.kpi.map(of_record)) & values.den.isna()]
    days = values.assign(on=pd.to_datetime(values.period_start)).set_index("on").sort_index()
    averaged = set(kpis[kpis.type == "cycle_time_publish"].id)  # days do not add up
    compared = 0
    for ref in {f"INI-{number}" for number in targets.initiative}:
        page = shown(f"/initiatives/{ref}/metrics/")
        for target in targets[targets.initiative == int(ref[4:])].itertuples():
            part = page.partition(f'aria-labelledby="h-{target.ref}"')[2].partition("</section>")[0]
            of_kpi = days[days.kpi == target.kpi].num
            for text, cell in re.findall(r'row">\w+ (\d+ \w+ \d{4})</th><td class="num">([^<]+)', part):
                first = datetime.strptime(text, "%d %b %Y")  # noqa: DTZ007  a day
                week = of_kpi[first : first + timedelta(days=6)]
                if len(week) == 7:
                    sought = pytest.approx(week.mean(), rel=0.006) if target.kpi in averaged else round(week.sum())
                    said = float(cell) if target.kpi in averaged else whole(cell)
                    assert said == sought, (ref, target.ref, text)
                    compared += 1
            if judged := re.search(r"How it was judged: (\w+) week", part):
                assert {"one": 1}.get(judged[1]) or int(judged[1]) == verdicts[
                    verdicts.target == target.id
                ].week.nunique()
    assert compared > 200
