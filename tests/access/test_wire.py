"""What comes over the wire and cannot be meant is refused by name, before anything is written."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from metrics.models import Import, Snapshot
from ownership.models import Event, Seat
from tests.cast import MONDAY, Caller, Cast
from tests.metrics.builders import a_kpi

GOOD = '{"kind": "decider", "title": "Titles", "unit": 1, "reason": "We need one"}'

UNREADABLE = {
    "not JSON": b"{",
    "not UTF-8": b'{"title": "\xff"}',
    "NaN": b'{"title": NaN}',
    "infinity": b'{"title": -Infinity}',
    "a number beyond a double": b'{"title": 1e999}',
    "a NUL": b'{"title": "a\\u0000b"}',
    "a lone surrogate": b'{"title": "\\ud800"}',
    "text that runs backwards": b'{"title": "\\u202egnp"}',
    "a zero-width space": b'{"title": "a\\u200bb"}',
    "a NUL in a key": b'{"a\\u0000": 1}',
    "the same key twice": b'{"title": "a", "title": "b"}',
    "nested too deep": b'{"title": ' + b"[" * 50 + b"]" * 50 + b"}",
    "nested beyond any stack": b"[" * 200_000 + b"]" * 200_000,
    "a very long number": b'{"unit": ' + b"9" * 5000 + b"}",
    "over 1 MB": b'{"title": "' + b"a" * 1_100_000 + b'"}',
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_an_unreadable_body_is_a_400_with_a_remedy(cast: Cast, body: bytes) -> None:
    answer = Caller(cast.noor).send("POST", "/api/v1/seats/", body)

    problem = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert problem["detail"]
    assert "pointer" in problem
    assert problem["request_id"] == answer["X-Request-ID"]
    assert not Seat.objects.exists()


WRONG = {
    "a list": (b"[]", "body"),
    "null": (b"null", "body"),
    "a field without a name": (b'{"": 1}', '""'),
    "nothing": (b"{}", "kind"),
    "an unknown field": (GOOD.replace('"reason"', '"holder": 3, "reason"').encode(), "holder"),
    "an unknown kind": (GOOD.replace("decider", "king").encode(), "kind"),
    "an object for text": (GOOD.replace('"Titles"', "{}").encode(), "title"),
    "text for a number": (GOOD.replace("1,", '"one",').encode(), "unit"),
    "a fraction for a number": (GOOD.replace("1,", "1.5,").encode(), "unit"),
    "an id beyond 64 bits": (GOOD.replace("1,", f"{2**64},").encode(), "unit"),
    "a unit that is not there": (GOOD.replace("1,", "987654,").encode(), "unit"),
    "no reason": (GOOD.replace("We need one", " ").encode(), "reason"),
    "too long a title": (GOOD.replace("Titles", "T" * 121).encode(), "title"),
}


@pytest.mark.parametrize(("body", "field"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_field_is_named(cast: Cast, body: bytes, field: str) -> None:
    answer = Caller(cast.noor).send("POST", "/api/v1/seats/", body)

    assert answer.status_code == 400
    assert field in str(answer.json())
    assert not Seat.objects.exists()
    assert not Event.objects.exists()


def test_what_cannot_be_read_is_pointed_at(cast: Cast) -> None:
    answer = Caller(cast.noor).send("POST", "/api/v1/seats/", b'{"a": [{"b": 1}, {"b": NaN}]}')

    assert (answer.status_code, answer.json()["pointer"]) == (400, "/a/1/b")


FILES = {
    "nothing": (b"", 400),
    "binary": (b"\0\1\2", 422),
    "one column": (b"hello\nworld\n", 422),
    "a quote that never ends": (b'a,b\n"x', 422),
    "a row of another width": (b"day,n\n2026-01-01,1,2\n", 201),
    "10 MB in one cell": (b'day,n\n2026-01-01,"' + b"9" * 10_000_000 + b'"\n', 422),
    "over 25 MB": (b"day,n\n" + b"2026-01-01,1\n" * 2_100_000, 413),
}


@pytest.mark.parametrize(("data", "status"), FILES.values(), ids=FILES.keys())
def test_a_malformed_file_is_refused_in_words(cast: Cast, data: bytes, status: int) -> None:
    file = SimpleUploadedFile("n.csv", data, content_type="text/csv")
    sent = {"file": file, "unit": cast.marketing.pk, "reason": "History"}

    answer = Caller(cast.tom).client.post("/api/v1/imports/", sent)

    assert answer.status_code == status, answer.content[:500]
    assert status == 201 or answer.json()["detail"]
    assert Import.objects.exists() == (status == 201)


BODIES = {
    "10 MB in a field": ({"reason": "a" * 10_000_000}, 400, "reason"),
    "no rows": ({"rows": []}, 400, "rows"),
    "an object for rows": ({"rows": {"kpi": 1}}, 400, "rows"),
    "a unit that is not there": ({"unit": 987654}, 400, "unit"),
}
ROWS = {
    "10 MB in a row": ({"kpi": "9" * 10_000_000}, 422, "kpi"),
    "a KPI that is not there": ({"kpi": 987654}, 422, "kpi"),
    "a day in the future": ({"period_start": "2999-01-01"}, 422, "period_start"),
    "a day that never was": ({"period_start": "2026-02-30"}, 422, "period_start"),
    "text for a value": ({"num": "1"}, 422, "num"),
    "true for a value": ({"num": True}, 422, "num"),
    "an unknown field of a row": ({"x": 1}, 422, "row"),
}
WHOLE = [(wrong, {}, *said) for wrong, *said in BODIES.values()] + [
    ({}, wrong, *said) for wrong, *said in ROWS.values()
]


@pytest.mark.parametrize(("wrong", "row", "status", "field"), WHOLE, ids=[*BODIES, *ROWS])
def test_values_that_cannot_be_meant_are_refused_whole(
    cast: Cast, wrong: dict[str, Any], row: dict[str, Any], status: int, field: str
) -> None:
    good = {"kpi": a_kpi(cast.marketing).pk, "period_start": "2026-01-01", "num": 1}
    bad = good | {"period_start": "2026-01-02"} | row
    body = {"unit": cast.marketing.pk, "reason": "Nightly", "rows": [good, bad]} | wrong

    answer = Caller(cast.tom).send("POST", "/api/v1/snapshots/bulk/", body, **{"Idempotency-Key": "key-0001"})

    assert (answer.status_code, field in str(answer.json())) == (status, True), answer.content[:500]
    assert not Snapshot.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=1001",
        "limit=x",
        "limit=-1",
        "limit=1e3",
        "limit=²",
        "cursor=broken",
        "x=1",
        "kind=king",
    ],
)
def test_a_wrong_query_is_a_400_and_never_ignored(cast: Cast, query: str) -> None:
    answer = Caller(cast.noor).get(f"/api/v1/seats/?{query}")

    assert answer.status_code == 400
    assert query.split("=")[0] in str(answer.json())


@pytest.mark.parametrize("ref", ["999", "S-999", "INI-1", "S-", "0x1", "9" * 18, "9" * 30, "-1", "1%00", "S-1/../2"])
def test_an_address_that_names_nothing_is_a_404_in_json(cast: Cast, ref: str) -> None:
    answer = Caller(cast.noor).get(f"/api/v1/seats/{ref}/")

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("version", ["", "x", '"1.5"', '"-1"', '"99999999999"', "*"])
def test_a_change_needs_a_version_that_was_read(cast: Cast, version: str) -> None:
    seat = Seat.objects.create(kind="decider", title="Titles", unit=cast.marketing, vacant_since=MONDAY)

    answer = Caller(cast.noor).send(
        "POST", f"/api/v1/seats/{seat.pk}/vacate/", {"reason": "Left"}, **({"If-Match": version} if version else {})
    )

    assert answer.status_code in {409, 422, 428}
    seat.refresh_from_db()
    assert seat.version == 1


def test_pages_follow_each_other_without_gap_or_repetition(cast: Cast) -> None:
    for number in range(7):
        Seat.objects.create(kind="decider", title=f"Seat {number}", unit=cast.marketing, vacant_since=MONDAY)
    caller, url, titles = Caller(cast.noor), "/api/v1/seats/?limit=3", []

    while url:
        page = caller.get(url).json()
        titles += [row["title"] for row in page["results"]]
        url = page["next"]

    assert titles == [f"Seat {number}" for number in range(7)]


def test_a_repeated_request_has_one_effect_and_the_same_answer(cast: Cast) -> None:
    caller, body = Caller(cast.noor), GOOD.replace("1,", f"{cast.marketing.pk},").encode()
    key = {"Idempotency-Key": "one-two-three"}

    first, second = (caller.send("POST", "/api/v1/seats/", body, **key) for _time in range(2))
    other = caller.send("POST", "/api/v1/seats/", body.replace(b"Titles", b"Links"), **key)

    assert (first.status_code, second.status_code, other.status_code) == (201, 201, 422)
    assert first.json() == second.json()
    assert Seat.objects.count() == 1


def test_a_refused_request_does_not_use_up_its_key(cast: Cast) -> None:
    caller, key = Caller(cast.noor), {"Idempotency-Key": "one-two-three"}

    caller.send("POST", "/api/v1/seats/", GOOD.replace("decider", "king").encode(), **key)
    again = caller.send("POST", "/api/v1/seats/", GOOD.replace("1,", f"{cast.marketing.pk},").encode(), **key)

    assert again.status_code == 201
