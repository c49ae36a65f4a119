"""A tool sends values: all or none, once however often it repeats itself."""

from datetime import date, timedelta
from typing import Any

import pytest

from metrics.models import Batch, Kpi, Snapshot, SnapshotRevision
from ownership.models import Event, Token
from ownership.policy import Scope
from tests.cast import MONDAY, Caller, Cast
from tests.metrics.builders import a_kpi

URL = "/api/v1/snapshots/"
BULK = f"{URL}bulk/"
LIMIT = 50_000


@pytest.fixture
def leads(cast: Cast) -> Kpi:
    return a_kpi(cast.marketing)


def push(caller: Caller, cast: Cast, rows: Any, *, key: str = "key-0001", query: str = "") -> Any:
    body = {"unit": cast.marketing.pk, "rows": rows, "reason": "Nightly"}
    return caller.send("POST", f"{BULK}?{query}", body, **{"Idempotency-Key": key})


def push_csv(caller: Caller, cast: Cast, text: str | bytes, *, key: str = "key-0001", query: str = "") -> Any:
    url = f"{BULK}?unit={cast.marketing.pk}&reason=Nightly&{query}"
    return caller.client.generic("POST", url, text, content_type="text/csv", headers={"Idempotency-Key": key})


def row(kpi: Kpi, **changes: Any) -> dict[str, Any]:
    return {"kpi": kpi.pk, "period_start": "2026-01-05", "num": 5} | changes


def days(kpi: Kpi, count: int) -> list[dict[str, Any]]:
    first = date(1970, 1, 1)
    return [row(kpi, period_start=f"{first + timedelta(days=day)}", num=day % 97) for day in range(count)]


def nums() -> list[float]:
    return list(Snapshot.objects.order_by("pk").values_list("num", flat=True))


def test_values_are_stored_with_one_event(cast: Cast, leads: Kpi) -> None:
    answer = push(Caller(cast.tom), cast, [row(leads), row(leads, period_start="2026-01-06", num=6.5)])

    assert (answer.status_code, answer.json()["inserted"]) == (201, 2)
    assert (answer.json()["rejected"], answer.json()["results"]) == (0, [])
    assert nums() == [5.0, 6.5]
    event = Event.objects.get().data
    assert (event["action"], event["after"]["inserted"]) == ("values.pushed", 2)
    leads.refresh_from_db()
    assert leads.source_of_record is not None
    assert leads.source_of_record.kind == "push"


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_20_000_rows_go_in_at_once_with_few_queries(cast: Cast, kind: str, django_assert_max_num_queries: Any) -> None:
    kpis = [a_kpi(cast.marketing, name=f"Leads {n}") for n in range(2)]
    rows = [one for kpi in kpis for one in days(kpi, 10_000)]
    text = "kpi,period_start,num\n" + "\n".join(f"{one['kpi']},{one['period_start']},{one['num']}" for one in rows)
    caller = Caller(cast.tom)

    with django_assert_max_num_queries(40):
        answer = push(caller, cast, rows) if kind == "json" else push_csv(caller, cast, text)

    assert answer.status_code == 201, answer.content[:500]
    assert (answer.json()["inserted"], Snapshot.objects.count(), Event.objects.count()) == (20_000, 20_000, 1)
    assert sum(nums()) == sum(one["num"] for one in rows)


def test_more_rows_than_the_limit_are_refused_before_any_is_read(cast: Cast, leads: Kpi) -> None:
    caller = Caller(cast.tom)
    many = {"unit": cast.marketing.pk, "reason": "Nightly", "rows": [1] * (LIMIT * 20 + 1)}

    for body in (many, many | {"rows": [row(leads)] * (LIMIT + 1)}):
        answer = caller.send("POST", BULK, body, **{"Idempotency-Key": "key-0001"})
        assert (answer.status_code, "50,000" in answer.json()["detail"]) == (400, True)
    assert "50,000" in push_csv(caller, cast, "kpi,period_start,num\n" + "5\n" * (LIMIT + 1)).json()["detail"]
    assert "25 MB" in push(caller, cast, ["x" * 25_000_000]).json()["detail"]
    assert not Batch.objects.exists()


def test_a_repeated_request_gets_the_first_answer_and_no_second_effect(cast: Cast, leads: Kpi) -> None:
    first = push(Caller(cast.tom), cast, [row(leads)])

    again = push(Caller(cast.tom), cast, [row(leads)])

    assert (again.status_code, again.json(), again["Idempotency-Replayed"]) == (201, first.json(), "true")
    assert (Batch.objects.count(), Event.objects.count()) == (1, 1)


def test_a_key_belongs_to_one_body_and_one_address(cast: Cast, leads: Kpi) -> None:
    caller = Caller(cast.tom)
    push(caller, cast, [row(leads)])

    other = push(caller, cast, [row(leads, num=6)])
    elsewhere = push(caller, cast, [row(leads)], query="mode=partial")
    somebody = push(Caller(cast.daan), cast, [row(leads, num=7)])

    assert (other.status_code, other.json()["field"]) == (422, "Idempotency-Key")
    assert (elsewhere.status_code, elsewhere.json()["field"]) == (422, "Idempotency-Key")
    assert somebody.status_code == 201
    assert nums() == [7.0]


def test_a_refused_request_leaves_its_key_free(cast: Cast, leads: Kpi) -> None:
    caller = Caller(cast.tom)

    assert push(caller, cast, [row(leads, num="5")]).status_code == 422
    assert push(caller, cast, [row(leads)]).status_code == 201


def test_the_same_values_under_another_key_write_no_row(cast: Cast, leads: Kpi) -> None:
    first = push(Caller(cast.tom), cast, days(leads, 50)).json()

    again = push(Caller(cast.tom), cast, days(leads, 50), key="key-0002").json()

    assert (again["inserted"], again["revised"], again["unchanged"]) == (0, 0, 50)
    assert set(Snapshot.objects.values_list("batch_id", "revision")) == {(first["id"], 1)}
    assert not SnapshotRevision.objects.exists()


def test_a_revised_value_is_told_and_the_old_one_kept(cast: Cast, leads: Kpi) -> None:
    push(Caller(cast.tom), cast, days(leads, 3))

    answer = push(
        Caller(cast.tom), cast, [*days(leads, 1), row(leads, period_start="1970-01-02", num=9)], key="key-0002"
    )

    assert answer.json()["results"] == [
        {"line": 2, "result": "revised", "kpi": leads.pk, "period_start": "1970-01-02", "revision": 2}
    ]
    assert SnapshotRevision.objects.get().num == 1.0


def test_every_row_is_told_of_when_asked(cast: Cast, leads: Kpi) -> None:
    push(Caller(cast.tom), cast, days(leads, 2))
    rows = [row(leads, num="5"), *days(leads, 1), row(leads, period_start="1970-01-02", num=9), row(leads)]

    answer = push(Caller(cast.tom), cast, rows, key="key-0002", query="mode=partial&results=all")

    told = [(one["line"], one["result"]) for one in answer.json()["results"]]
    assert told == [(1, "rejected"), (2, "unchanged"), (3, "revised"), (4, "inserted")]


def test_partial_stores_what_is_right_and_names_the_rest(cast: Cast, leads: Kpi) -> None:
    hidden = a_kpi(cast.logistics)
    rows = [row(leads), row(leads, num=6), row(hidden), row(leads, period_start="2999-01-01"), {"kpi": 1}, 5]

    answer = push(Caller(cast.tom), cast, rows, query="mode=partial")

    assert (answer.status_code, answer.json()["inserted"], answer.json()["rejected"]) == (201, 1, 5)
    assert [(one["line"], one["field"], one["code"]) for one in answer.json()["results"]] == [
        (2, "period_start", "period_twice"),
        (3, "kpi", "unknown_kpi"),
        (4, "period_start", "future"),
        (5, "row", "invalid"),
        (6, "row", "invalid"),
    ]
    assert nums() == [5.0]
    assert Event.objects.get().data["after"]["rejected"] == 5
    hidden.refresh_from_db()
    assert hidden.source_of_record is None


def test_partial_with_nothing_right_is_refused(cast: Cast, leads: Kpi) -> None:
    answer = push(Caller(cast.tom), cast, [row(leads, num=None)], query="mode=partial")

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_rows")
    assert not Batch.objects.exists()


def test_all_wrong_rows_are_named_however_many(cast: Cast, leads: Kpi) -> None:
    answer = push(Caller(cast.tom), cast, [row(leads)] * 3_000)

    assert [item["line"] for item in answer.json()["items"]] == list(range(2, 3_001))


def test_without_a_key_nothing_is_taken_in_bulk(cast: Cast, leads: Kpi) -> None:
    answer = Caller(cast.tom).post(BULK, unit=cast.marketing.pk, rows=[row(leads)], reason="Nightly")

    assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"kpi": "5"}, "kpi", "invalid"),
        ({"kpi": True}, "kpi", "invalid"),
        ({"kpi": 0}, "kpi", "invalid"),
        ({"kpi": 2**70}, "kpi", "invalid"),
        ({"num": "5"}, "num", "invalid"),
        ({"num": True}, "num", "invalid"),
        ({"num": None}, "num", "invalid"),
        ({"num": 1e16}, "num", "number_too_large"),
        ({"num": 10**400}, "num", "invalid"),
        ({"den": "1"}, "den", "invalid"),
        ({"den": 10}, "den", "denominator_unwanted"),
        ({"quality": 7}, "quality", "invalid"),
        ({"quality": True}, "quality", "invalid"),
        ({"period_start": "05-01-2026"}, "period_start", "invalid"),
        ({"period_start": "2026-02-30"}, "period_start", "invalid"),
        ({"period_start": 20260105}, "period_start", "invalid"),
        ({"period_start": "2999-01-05"}, "period_start", "future"),
        ({"kpi": 999_999}, "kpi", "unknown_kpi"),
        ({"colour": "red"}, "row", "invalid"),
    ],
)
def test_one_bad_row_refuses_all_and_is_named(
    cast: Cast, leads: Kpi, changes: dict[str, Any], field: str, code: str
) -> None:
    answer = push(Caller(cast.tom), cast, [row(leads), row(leads, period_start="2026-01-06") | changes])

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_rows")
    (item,) = answer.json()["items"]
    assert (item["line"], item["field"], item["code"]) == (2, field, code)
    assert item["why"]
    assert not Snapshot.objects.exists()


@pytest.mark.parametrize("rows", [[], "all", [5], [None], [[]], {}])
def test_rows_of_another_shape_are_refused(cast: Cast, leads: Kpi, rows: Any) -> None:
    assert push(Caller(cast.tom), cast, rows).status_code in (400, 422)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            b'{"unit": 1, "reason": "x", "rows": [{"kpi": 1, "period_start": "2026-01-05", "num": 1}], "unit": 1}',
            "twice",
        ),
        (
            b'{"unit": 1, "reason": "x", "rows": [], "rows": [{"kpi": 1, "period_start": "2026-01-05", "num": 1}]}',
            "twice",
        ),
        (b'{"unit": 1, "reason": "\xff", "rows": [{"kpi": 1, "period_start": "2026-01-05", "num": 1}]}', "JSON"),
        (b'{"unit": 1, "reason": "\\ud800", "rows": [{"kpi": 1, "period_start": "2026-01-05", "num": 1}]}', "JSON"),
        (b'{"unit": 1, "reason": "\\u0000", "rows": [{"kpi": 1, "period_start": "2026-01-05", "num": 1}]}', "control"),
        (b'{"unit": 1, "reason": "x", "rows": [{"kpi": 1, "period_start": "2026-01-05", "num": NaN}]}', "JSON"),
        (b'{"rows": ' + b"[" * 100_000, "JSON"),
        (b"", "JSON"),
        (b"[]", "rows"),
    ],
)
def test_a_body_that_is_not_strict_json_is_refused(cast: Cast, body: bytes, said: str) -> None:
    answer = Caller(cast.tom).send("POST", BULK, body, **{"Idempotency-Key": "key-0001"})

    assert (answer.status_code, said in answer.json()["detail"]) == (400, True), answer.json()


def test_a_key_that_stands_twice_in_a_row_is_wrong_in_that_row(cast: Cast, leads: Kpi) -> None:
    good = f'{{"kpi": {leads.pk}, "period_start": "2026-01-05", "num": 5}}'
    twice = f'{{"kpi": {leads.pk}, "period_start": "2026-01-06", "num": 5, "n\\u0075m": 6}}'
    body = f'{{"unit": {cast.marketing.pk}, "reason": "a: b", "rows": [{good}, {twice}]}}'.encode()

    answer = Caller(cast.tom).send("POST", BULK, body, **{"Idempotency-Key": "key-0001"})

    assert [(item["line"], item["field"]) for item in answer.json()["items"]] == [(2, "row")]


def test_a_kpi_of_another_unit_is_unknown(cast: Cast, leads: Kpi) -> None:
    hidden = a_kpi(cast.logistics)

    answer = push(Caller(cast.tom), cast, [row(hidden)])

    assert answer.json()["items"][0]["code"] == "unknown_kpi"


def test_a_csv_names_its_columns_in_any_order_and_may_leave_cells_empty(cast: Cast) -> None:
    rate = a_kpi(cast.marketing, key="organic_cvr")
    text = f"\ufeffnum,den,kpi,period_start,quality\r\n3,60,{rate.pk},2026-01-05,\r\n0,0,{rate.pk},2026-01-06,3\r\n"

    answer = push_csv(Caller(cast.tom), cast, text)

    assert (answer.status_code, answer.json()["inserted"]) == (201, 2), answer.json()
    assert list(Snapshot.objects.order_by("pk").values_list("num", "den", "quality")) == [(3.0, 60.0, 1), (0.0, 0.0, 3)]


def test_wrong_cells_of_a_csv_are_named_by_row_and_field(cast: Cast, leads: Kpi) -> None:
    cells = [
        "x,2026-01-05,5",
        "{},5-1-2026,5",
        '{},2026-01-05,"5,5"',
        "{},2026-01-05",
        "{},2026-01-06,nan",
        "{},2026-01-05,5",
    ]
    text = "kpi,period_start,num\n" + "\n".join(cells).format(*[leads.pk] * 5)

    answer = push_csv(Caller(cast.tom), cast, text, query="mode=partial")

    told = [(one["line"], one["field"]) for one in answer.json()["results"]]
    assert told == [(1, "kpi"), (2, "period_start"), (3, "num"), (4, "row"), (5, "num")]
    assert nums() == [5.0]


@pytest.mark.parametrize(
    "text",
    [
        "kpi,num\n5,5\n",
        "kpi;period_start;num\n5;2026-01-05;5\n",
        "kpi,period_start,num,colour\n5,2026-01-05,5,red\n",
        "kpi,period_start,num,num\n5,2026-01-05,5,5\n",
        "kpi,period_start,num\n",
        'kpi,period_start,num\n5,2026-01-05,"5',
        b"kpi,period_start,num\n5,2026-01-05,5\xff",
        "kpi,period_start,num\n" + "5" * 200_000,
    ],
)
def test_a_csv_that_is_no_table_of_values_is_refused(cast: Cast, text: str | bytes) -> None:
    answer = push_csv(Caller(cast.tom), cast, text)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "rows"), answer.json()


@pytest.mark.parametrize("query", ["mode=half", "results=none", "colour=red"])
def test_an_unknown_way_to_take_a_bulk_is_refused(cast: Cast, leads: Kpi, query: str) -> None:
    assert push(Caller(cast.tom), cast, [row(leads)], query=query).status_code == 400
    assert (
        push_csv(Caller(cast.tom), cast, f"kpi,period_start,num\n{leads.pk},2026-01-05,5", query=query).status_code
        == 400
    )


def test_one_value_is_stored_then_known_then_revised(cast: Cast, leads: Kpi) -> None:
    caller = Caller(cast.tom)

    answers = [caller.post(URL, unit=cast.marketing.pk, reason="Shop", **row(leads, num=num)) for num in (5, 5, 6)]

    assert [(one.status_code, one.json()["num"], one.json()["revision"]) for one in answers] == [
        (201, 5.0, 1),
        (200, 5.0, 1),
        (200, 6.0, 2),
    ]
    assert Event.objects.count() == 3


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"num": "5"}, 400, "num"),
        ({"num": True}, 400, "num"),
        ({"colour": "red"}, 400, "colour"),
        ({"kpi": 999_999}, 422, "kpi"),
        ({"den": 5}, 422, "den"),
        ({"unit": 999_999}, 400, "unit"),
    ],
)
def test_one_value_that_cannot_be_is_refused(
    cast: Cast, leads: Kpi, changes: dict[str, Any], status: int, field: str
) -> None:
    answer = Caller(cast.tom).post(URL, **(row(leads, unit=cast.marketing.pk, reason="x") | changes))

    said = answer.json().get("errors") or answer.json()["items"]
    assert (answer.status_code, said[0]["field"]) == (status, field)
    assert not Snapshot.objects.exists()


def test_a_service_token_may_send_metrics_and_a_reading_one_may_not(cast: Cast, leads: Kpi) -> None:
    def token(*scopes: Scope) -> Caller:
        made = Token.objects.issue(
            user=cast.tom, name="bi", scopes=list(scopes), at=MONDAY, expires_at=MONDAY.replace(year=2027)
        )
        return Caller(token=made[1])

    assert push(token(Scope.METRICS_WRITE), cast, [row(leads)]).status_code == 201
    assert push(token(Scope.WRITE), cast, [row(leads)], key="key-0002").status_code == 201
    assert push(token(Scope.READ), cast, [row(leads)], key="key-0003").status_code == 403
    assert token(Scope.READ).post(URL, unit=cast.marketing.pk, reason="x", **row(leads)).status_code == 403


def test_an_auditor_and_another_unit_send_nothing(cast: Cast, leads: Kpi) -> None:
    assert push(Caller(cast.ruth), cast, [row(leads)]).status_code == 403
    assert push(Caller(cast.lena), cast, [row(leads)], key="key-0002").status_code == 400
    assert not Snapshot.objects.exists()
