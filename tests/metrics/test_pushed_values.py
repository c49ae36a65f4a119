"""A tool sends values: all or none, once however often it repeats itself."""

from typing import Any

import pytest

from metrics.models import Batch, Kpi, Snapshot
from ownership.models import Event, Token
from ownership.policy import Scope
from tests.cast import MONDAY, Caller, Cast
from tests.metrics.builders import a_kpi, a_source, daily, store

URL = "/api/v1/snapshots/"


@pytest.fixture
def leads(cast: Cast) -> Kpi:
    return a_kpi(cast.marketing)


def push(caller: Caller, cast: Cast, rows: Any, *, key: str = "key-0001") -> Any:
    body = {"unit": cast.marketing.pk, "rows": rows, "reason": "Nightly"}
    return caller.send("POST", URL, body, **{"Idempotency-Key": key})


def row(kpi: Kpi, **changes: Any) -> dict[str, Any]:
    return {"kpi": kpi.pk, "period_start": "2026-01-05", "num": 5} | changes


def test_values_are_stored_with_one_event(cast: Cast, leads: Kpi) -> None:
    answer = push(Caller(cast.tom), cast, [row(leads), row(leads, period_start="2026-01-06", num=6.5)])

    assert (answer.status_code, answer.json()["inserted"]) == (201, 2)
    assert list(Snapshot.objects.order_by("pk").values_list("num", flat=True)) == [5.0, 6.5]
    assert Event.objects.get().data["action"] == "values.pushed"
    leads.refresh_from_db()
    assert leads.source_of_record is not None
    assert leads.source_of_record.kind == "push"


def test_a_repeated_request_gets_the_first_answer_and_no_second_effect(cast: Cast, leads: Kpi) -> None:
    first = push(Caller(cast.tom), cast, [row(leads)])

    again = push(Caller(cast.tom), cast, [row(leads)])
    other = push(Caller(cast.tom), cast, [row(leads, num=6)])

    assert (again.status_code, again.json()) == (201, first.json())
    assert other.status_code == 422
    assert Batch.objects.count() == 1


def test_without_a_key_nothing_is_taken(cast: Cast, leads: Kpi) -> None:
    answer = Caller(cast.tom).post(URL, unit=cast.marketing.pk, rows=[row(leads)], reason="Nightly")

    assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kpi": "5"}, "invalid"),
        ({"kpi": True}, "invalid"),
        ({"kpi": 0}, "invalid"),
        ({"kpi": 2**70}, "invalid"),
        ({"num": "5"}, "invalid"),
        ({"num": True}, "invalid"),
        ({"num": None}, "invalid"),
        ({"num": 1e16}, "number_too_large"),
        ({"num": 10**400}, "invalid"),
        ({"den": "1"}, "invalid"),
        ({"den": 10}, "denominator_unwanted"),
        ({"quality": 7}, "invalid"),
        ({"quality": True}, "invalid"),
        ({"period_start": "05-01-2026"}, "invalid"),
        ({"period_start": "2026-02-30"}, "invalid"),
        ({"period_start": 20260105}, "invalid"),
        ({"period_start": "2999-01-05"}, "future"),
        ({"kpi": 999_999}, "unknown_kpi"),
        ({"colour": "red"}, "invalid"),
    ],
)
def test_one_bad_row_refuses_all_and_is_named(cast: Cast, leads: Kpi, changes: dict[str, Any], code: str) -> None:
    answer = push(Caller(cast.tom), cast, [row(leads), row(leads, period_start="2026-01-06") | changes])

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_rows")
    (item,) = answer.json()["items"]
    assert (item["line"], item["code"]) == (2, code)
    assert item["why"]
    assert not Snapshot.objects.exists()


@pytest.mark.parametrize("rows", [[], "all", [5], [None], [[]], {}])
def test_rows_of_another_shape_are_refused(cast: Cast, leads: Kpi, rows: Any) -> None:
    assert push(Caller(cast.tom), cast, rows).status_code in (400, 422)


def test_a_kpi_of_another_unit_is_unknown(cast: Cast, leads: Kpi) -> None:
    hidden = a_kpi(cast.logistics)

    answer = push(Caller(cast.tom), cast, [row(hidden)])

    assert answer.json()["items"][0]["code"] == "unknown_kpi"


def test_a_service_token_may_send_metrics_and_a_reading_one_may_not(cast: Cast, leads: Kpi) -> None:
    def token(*scopes: Scope) -> Caller:
        made = Token.objects.issue(
            user=cast.tom, name="bi", scopes=list(scopes), at=MONDAY, expires_at=MONDAY.replace(year=2027)
        )
        return Caller(token=made[1])

    assert push(token(Scope.METRICS_WRITE), cast, [row(leads)]).status_code == 201
    assert push(token(Scope.READ), cast, [row(leads)], key="key-0002").status_code == 403


def test_values_are_read_by_key_page_by_page(cast: Cast, leads: Kpi) -> None:
    source = a_source(cast.marketing)
    store(source, daily(leads, range(7)))
    hidden = a_kpi(cast.logistics)
    store(source, daily(hidden, [99]))
    caller = Caller(cast.tom)

    found, url = [], f"{URL}?limit=3"
    while url:
        page = caller.get(url).json()
        found += [value["num"] for value in page["results"]]
        url = page["next"]

    assert found == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]


def test_values_are_filtered_by_kpi_and_days(cast: Cast, leads: Kpi) -> None:
    source = a_source(cast.marketing)
    store(source, daily(leads, range(7)))

    page = Caller(cast.tom).get(URL, kpi=leads.pk, since="2026-01-03", until="2026-01-05").json()

    assert [value["num"] for value in page["results"]] == [2.0, 3.0]
    assert page["next"] is None


def test_one_value_has_an_address(cast: Cast, leads: Kpi) -> None:
    source = a_source(cast.marketing)
    store(source, daily(leads, [4]))

    assert Caller(cast.tom).get(f"{URL}{leads.pk}.{source.pk}.2026-01-01/").json()["value"] == 4.0
    assert Caller(cast.tom).get(f"{URL}{leads.pk}.{source.pk}.2026-01-02/").status_code == 404
    assert Caller(cast.lena).get(f"{URL}{leads.pk}.{source.pk}.2026-01-01/").status_code == 404
    assert Caller(cast.tom).get(f"{URL}{leads.pk}.{source.pk}.2026-99-99/").status_code == 404


@pytest.mark.parametrize("query", [{"cursor": "x"}, {"cursor": "1.2"}, {"limit": 0}, {"limit": 2000}, {"colour": 1}])
def test_a_broken_question_is_refused(cast: Cast, query: dict[str, Any]) -> None:
    assert Caller(cast.tom).get(URL, **query).status_code == 400
