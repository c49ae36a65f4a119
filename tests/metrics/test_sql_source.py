"""A warehouse on loopback is asked by one SELECT, and by nothing else."""

from datetime import date
from typing import Any

import pytest

from metrics.sources import BadConfig, sql
from ownership.outbound import Client, Failed, Refused, Unreachable
from tests.metrics.conftest import Warehouse
from tests.metrics.vendors import ask, client, values

QUERY = "SELECT day AS date, orders, visits FROM sales WHERE day BETWEEN %(start)s AND %(end)s"


def ask_it(warehouse: Warehouse, query: str = QUERY, **columns: Any) -> Any:
    return values(ask("sql", {"query": query}, warehouse.dsn, {"num": "orders"} | columns))


def test_the_days_of_the_window_are_read(warehouse: Warehouse) -> None:
    orders = ask_it(warehouse)
    share = ask_it(warehouse, den="visits")

    assert len(orders) == 28
    assert share[date(2026, 2, 2)][:2] == (
        orders[date(2026, 2, 2)][0],
        pytest.approx(orders[date(2026, 2, 2)][0] * 20, abs=20),
    )


@pytest.mark.parametrize(
    ("query", "error", "match"),
    [
        ("SELECT day AS date FROM sales", BadConfig, "no column orders"),
        ("SELECT orders FROM sales", BadConfig, "date does not hold a day"),
        ("SELECT %(start)s::date AS date, 'many' AS orders", BadConfig, "number"),
        ("SELECT day AS date, orders FROM sales CROSS JOIN generate_series(1, 2)", BadConfig, "twice"),
        ("SELECT date '2999-01-01' AS date, 1 AS orders", BadConfig, "not come yet"),
        ("SELECT 1 AS date, 1 AS orders FROM generate_series(1, 100001)", BadConfig, "100000"),
        ("SELECT * FROM nowhere", Failed, "nowhere"),
        ("SELECT 1; DROP TABLE sales", Failed, "."),
        ("DELETE FROM sales", Failed, "."),
        ("WITH gone AS (DELETE FROM sales RETURNING 1) SELECT * FROM gone", Failed, "."),
        ("SELECT setval('counter', 5)", Failed, "read-only"),
        ("COPY sales TO PROGRAM 'true'", Failed, "."),
    ],
)
def test_another_answer_or_more_than_a_select_is_refused(
    query: str, error: type[Exception], match: str, warehouse: Warehouse
) -> None:
    with pytest.raises(error, match=match):
        ask_it(warehouse, query)

    assert len(ask_it(warehouse)) == 28


def test_a_statement_that_takes_too_long_may_work_later(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ownership.outbound.database.SAFELY", "-c statement_timeout=50ms")

    with pytest.raises(Unreachable):
        ask_it(warehouse, "SELECT pg_sleep(5)")


@pytest.mark.parametrize(
    "dsn",
    [
        "",
        "hunter2",
        "postgresql:///mandate",
        "postgresql://%2Fvar%2Frun/mandate",
        "host=/tmp dbname=x",
        "host=127.0.0.1,127.0.0.2 dbname=x",
        "host=shop.example hostaddr=127.0.0.1",
        "host=127.0.0.1 service=x",
        "host=127.0.0.1 passfile=/etc/passwd",
        "host=127.0.0.1 sslkey=/etc/passwd",
        "host=127.0.0.1 options='-c statement_timeout=0'",
        "postgresql://169.254.169.254/x",
        "postgresql://1.1.1.1/x",
        "host=127.0.0.1 port=x",
    ],
)
def test_no_other_host_or_option_is_taken(dsn: str) -> None:
    with pytest.raises(Refused):
        client().select(dsn, "SELECT 1", {}, most=1)


def test_a_host_that_nobody_listed_is_not_asked(warehouse: Warehouse) -> None:
    with pytest.raises(Refused):
        Client().select(warehouse.dsn, "SELECT 1", {}, most=1)


def test_a_role_that_is_not_let_in_is_told_from_nobody_there(warehouse: Warehouse) -> None:
    stranger = warehouse.dsn.replace("//mandate_app@", "//stranger@")
    nobody = "postgresql://x@127.0.0.1:1/x"

    with pytest.raises(Failed) as refused:
        client().select(stranger, "SELECT 1", {}, most=1)
    with pytest.raises(Unreachable):
        client().select(nobody, "SELECT 1", {}, most=1)

    assert refused.value.state.startswith("28")


def test_it_is_tried_out(warehouse: Warehouse) -> None:
    sql.check(sql.Config(query=QUERY), warehouse.dsn, client())
