"""A file is uploaded, read as a trial, and stored whole or not at all, once."""

from datetime import date
from hashlib import sha256
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from metrics.merge import FINAL, PARTIAL, SAMPLED
from metrics.models import Batch, Import, Kpi, Snapshot
from ownership.models import Event
from tests.cast import Caller, Cast
from tests.metrics.builders import a_kpi, a_source
from tests.metrics.test_exports import ROWS, workbook
from tests.metrics.test_tabular import real

URL = "/api/v1/imports/"
FILE = b"Datum;Kliks\n13-1-2026;1.234\n14-1-2026;5\n"


@pytest.fixture
def clicks(cast: Cast) -> Kpi:
    return a_kpi(cast.marketing, key="money_page_clicks")


def upload(caller: Caller, data: bytes = FILE, **fields: Any) -> Any:
    file = SimpleUploadedFile("kliks.csv", data, content_type="text/csv")
    return caller.client.post(URL, {"file": file, "reason": "History", **fields})


def mapping(kpi: Kpi, **changes: Any) -> dict[str, Any]:
    measures = [{"kpi": kpi.ref, "num": "Kliks"}]
    return {"delimiter": ";", "decimal": ",", "order": "dmy", "date": "Datum", "measures": measures} | changes


def read(caller: Caller, row: dict[str, Any], agreed: dict[str, Any]) -> Any:
    return caller.post(f"{URL}{row['id']}/read/", seen=row["version"], mapping=agreed, reason="Looks right")


def store(caller: Caller, row: dict[str, Any]) -> Any:
    return caller.post(f"{URL}{row['id']}/store/", seen=row["version"], reason="Agreed")


def test_a_file_becomes_values_in_three_steps(cast: Cast, clicks: Kpi) -> None:
    tom = Caller(cast.tom)

    uploaded = upload(tom, unit=cast.marketing.pk)
    tried = read(tom, uploaded.json(), mapping(clicks))
    before = Snapshot.objects.count()
    stored = store(tom, tried.json())

    assert [uploaded.status_code, tried.status_code, stored.status_code] == [201, 200, 200]
    assert uploaded.json()["mapping"]["decimal"] == ""  # nothing shows it: the person says
    assert {name: tried.json()["dry_run"][name] for name in ("rows", "inserted", "revised", "unchanged", "bad")} == {
        "rows": 2,
        "inserted": 2,
        "revised": 0,
        "unchanged": 0,
        "bad": 0,
    }
    assert before == 0
    assert list(Snapshot.objects.order_by("pk").values_list("num", flat=True)) == [1234.0, 5.0]
    assert stored.json()["state"] == "stored"
    actions = [event.data["action"] for event in Event.objects.order_by("pk")]
    assert actions == ["import.uploaded", "import.read", "import.stored"]


def test_the_same_file_and_mapping_again_is_the_earlier_import(cast: Cast, clicks: Kpi) -> None:
    tom = Caller(cast.tom)
    first = store(tom, read(tom, upload(tom, unit=cast.marketing.pk).json(), mapping(clicks)).json()).json()

    again = store(tom, read(tom, upload(tom, unit=cast.marketing.pk).json(), mapping(clicks)).json())
    twice = store(tom, first)

    assert again.json()["id"] == twice.json()["id"] == first["id"]
    assert Batch.objects.count() == 1


def test_a_changed_file_writes_only_what_changed(cast: Cast, clicks: Kpi) -> None:
    tom = Caller(cast.tom)
    store(tom, read(tom, upload(tom, unit=cast.marketing.pk).json(), mapping(clicks)).json())
    changed = FILE.replace(b";5\n", b";6\n") + b"15-1-2026;7\n"

    tried = read(tom, upload(tom, changed, unit=cast.marketing.pk).json(), mapping(clicks)).json()
    store(tom, tried)

    assert [tried["dry_run"][name] for name in ("inserted", "revised", "unchanged")] == [1, 1, 1]
    (revision,) = tried["dry_run"]["revisions"]
    assert (revision["line"], revision["old"], revision["new"]) == (3, [5.0, None], [6.0, None])
    assert list(Snapshot.objects.order_by("pk").values_list("num", "revision")) == [(1234.0, 1), (6.0, 2), (7.0, 1)]


def test_the_next_file_of_a_source_is_read_as_the_last_one_was(cast: Cast, clicks: Kpi) -> None:
    tom = Caller(cast.tom)
    store(tom, read(tom, upload(tom, unit=cast.marketing.pk).json(), mapping(clicks)).json())

    following = upload(tom, FILE + b"15-1-2026;7\n", unit=cast.marketing.pk).json()

    assert following["mapping"]["measures"] == [
        {"kpi": clicks.ref, "num": "Kliks", "den": "", "is_mean": False, "counted": ""}
    ]
    assert following["mapping"]["decimal"] == ","


def test_parts_add_up_to_the_periods_of_the_kpi_and_a_period_with_days_missing_is_partial(cast: Cast) -> None:
    weekly = a_kpi(cast.marketing, key="organic_leads", grain="week")
    days = "".join(f"{day}-1-2026;1\n" for day in range(5, 15))
    tom = Caller(cast.tom)

    row = upload(tom, f"Datum;Kliks\n{days}".encode(), unit=cast.marketing.pk).json()
    store(tom, read(tom, row, mapping(weekly, adds_up=True)).json())

    stored = Snapshot.objects.order_by("pk").values_list("period_start", "num", "quality")
    assert list(stored) == [(date(2026, 1, 5), 7.0, FINAL), (date(2026, 1, 12), 3.0, PARTIAL)]


def test_prompt_runs_are_stored_as_hits_of_runs_of_a_sample(cast: Cast) -> None:
    seen = a_kpi(cast.marketing, key="ai_visibility_rate", grain="week")
    runs = b"run_at,prompt,mentioned\n2026-01-05T09:00,a,yes\n2026-01-07T09:00,b,no\n2026-01-11T09:00,c,yes\n"
    tom = Caller(cast.tom)

    row = upload(tom, runs, unit=cast.marketing.pk).json()
    measures = [measure | {"kpi": seen.ref} for measure in row["mapping"]["measures"]]
    tried = store(tom, read(tom, row, row["mapping"] | {"measures": measures}).json()).json()

    stored = Snapshot.objects.get()
    assert (stored.period_start, stored.num, stored.den, stored.quality) == (date(2026, 1, 5), 2.0, 3.0, SAMPLED)
    assert tried["dry_run"]["coverage"][0]["few_runs"] == 1  # fewer than 150


def test_a_workbook_is_taken_by_its_sheet_of_days_and_remembered_by_its_own_hash(cast: Cast, clicks: Kpi) -> None:
    tom, book = Caller(cast.tom), workbook(("Days", ROWS))

    row = upload(tom, book, unit=cast.marketing.pk).json()
    tried = read(tom, row, row["mapping"] | {"measures": [{"kpi": clicks.ref, "num": "Leads"}]}).json()
    store(tom, tried)
    again = upload(tom, book, unit=cast.marketing.pk).json()

    assert (row["file_name"], row["file_sha256"]) == ("kliks.csv: Days", sha256(book).hexdigest())
    assert list(Snapshot.objects.order_by("pk").values_list("num", flat=True)) == [12.0, 7.0]
    assert again["mapping"]["measures"][0]["kpi"] == clicks.ref


def test_one_bad_row_stores_nothing_and_says_where(cast: Cast, clicks: Kpi) -> None:
    tom = Caller(cast.tom)
    bad = FILE + b"31-2-2026;8\n16-1-2026;x\n1-1-2999;4\n"

    tried = read(tom, upload(tom, bad, unit=cast.marketing.pk).json(), mapping(clicks)).json()
    refused = store(tom, tried)

    errors = [(error["line"], error["column"], error["code"]) for error in tried["dry_run"]["errors"]]
    assert errors == [(4, "Datum", "no_such_day"), (5, "Kliks", "not_a_number"), (6, "Datum", "future")]
    assert (refused.status_code, refused.json()["code"]) == (422, "bad_rows")
    assert all(item["why"] for item in refused.json()["items"])
    assert not Snapshot.objects.exists()


def test_a_kpi_that_one_cannot_see_is_unknown(cast: Cast, clicks: Kpi) -> None:
    hidden = a_kpi(cast.logistics)
    tom = Caller(cast.tom)

    tried = read(tom, upload(tom, unit=cast.marketing.pk).json(), mapping(hidden)).json()

    assert {error["code"] for error in tried["dry_run"]["errors"]} == {"unknown_kpi"}


def test_a_ratio_needs_its_two_columns(cast: Cast) -> None:
    rate = a_kpi(cast.marketing, key="organic_cvr")
    tom = Caller(cast.tom)

    tried = read(tom, upload(tom, unit=cast.marketing.pk).json(), mapping(rate)).json()

    assert [(error["column"], error["code"]) for error in tried["dry_run"]["errors"]] == [
        ("Kliks", "denominator_missing"),
        ("Kliks", "denominator_missing"),
    ]


def test_a_file_can_fill_the_history_of_a_source(cast: Cast, clicks: Kpi) -> None:
    source = a_source(cast.marketing)
    tom = Caller(cast.tom)

    store(tom, read(tom, upload(tom, source=source.pk).json(), mapping(clicks)).json())

    assert set(Snapshot.objects.values_list("source", flat=True)) == {source.pk}


def test_nothing_is_stored_before_it_was_read(cast: Cast, clicks: Kpi) -> None:
    tom = Caller(cast.tom)

    refused = store(tom, upload(tom, unit=cast.marketing.pk).json())

    assert refused.status_code == 409


def test_a_stale_version_and_a_missing_one_are_refused(cast: Cast, clicks: Kpi) -> None:
    tom = Caller(cast.tom)
    row = upload(tom, unit=cast.marketing.pk).json()
    read(tom, row, mapping(clicks))

    stale = read(tom, row, mapping(clicks))
    unsaid = tom.post(f"{URL}{row['id']}/read/", mapping=mapping(clicks), reason="x")

    assert (stale.status_code, unsaid.status_code) == (412, 428)


@pytest.mark.parametrize(
    ("data", "code"), [(b"", None), (b"\0\1\2", "not_text"), (b"hello", "one_column"), (b'a,b\n"x', "broken_table")]
)
def test_a_file_that_is_no_table_is_refused(cast: Cast, data: bytes, code: str | None) -> None:
    answer = upload(Caller(cast.tom), data, unit=cast.marketing.pk)

    assert answer.status_code == (422 if code else 400)
    assert code is None or answer.json()["code"] == code
    assert not Import.objects.exists()


@pytest.mark.parametrize("agreed", [{"delimiter": "x"}, {"measures": "all"}, {"colour": "red"}, {"measures": [5]}])
def test_a_mapping_of_another_shape_is_refused(cast: Cast, agreed: dict[str, Any]) -> None:
    tom = Caller(cast.tom)

    answer = read(tom, upload(tom, unit=cast.marketing.pk).json(), agreed)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "mapping")


def test_another_unit_sees_no_import(cast: Cast) -> None:
    row = upload(Caller(cast.tom), unit=cast.marketing.pk).json()

    assert Caller(cast.lena).get(f"{URL}{row['id']}/").status_code == 404
    assert upload(Caller(cast.lena), unit=cast.marketing.pk).status_code == 400
    assert upload(Caller(cast.ruth), unit=cast.marketing.pk).status_code == 403


def test_uploading_twice_with_one_key_is_one_import(cast: Cast) -> None:
    tom = Caller(cast.tom)

    answers = [
        tom.client.post(
            URL,
            {"file": SimpleUploadedFile("k.csv", FILE), "reason": "x", "unit": cast.marketing.pk},
            headers={"Idempotency-Key": "upload-01"},
        )
        for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert Import.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "lines", "days", "missing"),
    [("brand_mentions_goog_5min.csv", 15_842, 56, 0), ("wikipedia_views_r_daily.csv", 2_863, 2_863, 59)],
)
def test_real_series_are_stored_through_the_api_with_their_gaps(
    cast: Cast, name: str, lines: int, days: int, missing: int
) -> None:
    kpi, tom, data = a_kpi(cast.marketing, key="brand_mentions"), Caller(cast.tom), real(name)

    row = upload(tom, data, unit=cast.marketing.pk).json()
    (measure,) = row["mapping"]["measures"]
    tried = read(tom, row, row["mapping"] | {"measures": [measure | {"kpi": kpi.ref}]}).json()
    stored = store(tom, tried).json()

    (covered,) = stored["dry_run"]["coverage"]
    assert data.count(b"\n") - 1 == lines
    assert (stored["dry_run"]["bad"], covered["known"], covered["missing"]) == (0, days, missing)
    assert Snapshot.objects.filter(kpi=kpi).count() == days
    assert sum(int(line.rpartition(b",")[2]) for line in data.split()[1:] if b"," in line) == sum(
        Snapshot.objects.values_list("num", flat=True)
    )
    gaps = [(date.fromisoformat(first), date.fromisoformat(until)) for first, until in covered["gaps"]]
    assert not any(Snapshot.objects.filter(period_start__gte=a, period_start__lt=b).exists() for a, b in gaps)
