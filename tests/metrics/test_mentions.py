"""The worklist of mentions: brought, contacted, settled, and the rate that follows from it."""

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection

from metrics.catalogue import Grain
from metrics.merge import FINAL, PROVISIONAL
from metrics.models import Batch, Kpi, Mention, Snapshot, Source
from metrics.outreach import Rate, query, rates
from metrics.tabular.addresses import listed, pasted
from ownership.models import Event
from tests.cast import MONDAY, Caller, Cast
from tests.metrics.builders import a_kpi

URL = "/api/v1/mentions/"
TODAY = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def a_monday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ownership.clock.now", lambda: MONDAY)


@pytest.fixture
def rate(cast: Cast) -> Kpi:
    return a_kpi(cast.marketing, key="mention_to_link_rate", grain="month")


def page(number: int, found_on: str = "2026-01-15") -> dict[str, str]:
    return {"url": f"https://blog{number}.example/sofas", "title": f"Sofas {number}", "found_on": found_on}


def bring(caller: Caller, cast: Cast, *rows: dict[str, str]) -> Any:
    return caller.post(URL, unit=cast.marketing.pk, rows=list(rows), reason="Searched for the brand")


def settle(caller: Caller, mention: Mention, outcome: str, on: str = "2026-02-20") -> Any:
    given = {"outcome": outcome, "on": on, "reason": "They answered"}
    return caller.post(f"{URL}{mention.pk}/settle/", seen=mention.version, **given)


def stored() -> list[tuple[date, float, float | None, int, int]]:
    found = Snapshot.objects.order_by("period_start")
    return list(found.values_list("period_start", "num", "den", "quality", "revision"))


def test_a_rate_is_of_what_was_found_in_the_period_and_final_once_nothing_is_open() -> None:
    tallies = [(date(2026, 1, 5), "linked", 2), (date(2026, 1, 30), "silent", 1), (date(2026, 2, 3), "open", 1)]

    assert rates(tallies, grain=Grain.MONTH, today=TODAY) == [
        Rate(date(2026, 1, 1), 2, 3, is_final=True),
        Rate(date(2026, 2, 1), 0, 1, is_final=False),
    ]
    assert [one.is_final for one in rates([(TODAY, "linked", 1)], grain=Grain.WEEK, today=TODAY)] == [False]


def test_the_query_asks_for_the_name_away_from_home() -> None:
    assert query('Sofa "&" Co', "sofa.example") == '"Sofa & Co" -site:sofa.example'


def test_pasted_lines_show_themselves_what_they_hold() -> None:
    found, errors = pasted("https://a.example/x#top\tGood sofas\t13-2-2026\n\n2026-02-14\thttps://b.example\nno page\n")

    assert [(one.url, one.site, one.title, one.found_on) for one in found] == [
        ("https://a.example/x", "a.example", "Good sofas", date(2026, 2, 13)),
        ("https://b.example", "b.example", "", date(2026, 2, 14)),
    ]
    assert [(error.line, error.code) for error in errors] == [(4, "no_address")]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("javascript:alert(1)", "no_address"),
        ("https://", "no_address"),
        ("https://[::1", "no_address"),
        ("https://a.example/" + "x" * 2_000, "no_address"),
        ("https://a.example\t01-02-2026", "ambiguous_date"),
        ("https://a.example\t31-02-2026", "no_such_day"),
    ],
)
def test_a_line_that_cannot_be_meant_is_an_error(line: str, code: str) -> None:
    found, errors = pasted(line)

    assert (found, [error.code for error in errors]) == ([], [code])


def test_an_export_of_a_tool_is_read_with_the_pages_it_links_to() -> None:
    data = (
        b"#,Title,Page URL,First seen,Target URL\n"
        b"1,Good sofas,https://a.example/x,2026-02-13,https://www.sofa.example/\n2,More,https://b.example/y,2026-02-14,\n"
    )

    found, errors = listed(data)

    assert [(one.title, sorted(one.links_to)) for one in found] == [("Good sofas", ["sofa.example"]), ("More", [])]
    assert errors == []


def test_mentions_are_brought_once_and_own_pages_never(cast: Cast) -> None:
    tom = Caller(cast.tom)
    Source.objects.standing("mentions", cast.marketing)
    Source.objects.filter(kind="mentions").update(config={"brand": "Sofa & Co", "site": "sofa.example"})

    first = bring(tom, cast, page(1), page(2), page(3) | {"url": "https://www.sofa.example/about"})
    again = bring(tom, cast, page(1))

    assert (first.status_code, first.json()) == (201, {"new": 2, "known": 0, "own": 1, "linked": 0})
    assert again.json() == {"new": 0, "known": 1, "own": 0, "linked": 0}
    assert Mention.objects.count() == 2
    assert [event.data["action"] for event in Event.objects.order_by("pk")] == ["mentions.brought"] * 2


def test_the_rate_follows_each_outcome_with_a_batch_that_says_who_and_why(cast: Cast, rate: Kpi) -> None:
    tom = Caller(cast.tom)
    bring(tom, cast, page(1), page(2), page(3, "2026-02-10"))
    one, two, _three = Mention.objects.order_by("pk")

    settle(tom, one, "linked")
    settle(tom, two, "declined")

    assert stored() == [(date(2026, 1, 1), 1.0, 2.0, FINAL, 3), (date(2026, 2, 1), 0.0, 1.0, PROVISIONAL, 1)]
    rate.refresh_from_db()
    assert rate.source_of_record is not None
    assert rate.source_of_record.kind == "mentions"
    batch = Batch.objects.get(pk=Snapshot.objects.get(period_start=date(2026, 1, 1)).batch_id)
    assert (batch.kind, batch.by, batch.reason) == ("manual", cast.tom, "They answered")
    event = Event.objects.order_by("-pk").first()
    assert event is not None
    assert (event.data["action"], event.data["after"]["batch"]) == ("mention.settled", batch.pk)


def test_an_outcome_that_is_taken_back_lowers_the_rate_and_the_old_one_is_kept(cast: Cast, rate: Kpi) -> None:
    tom = Caller(cast.tom)
    bring(tom, cast, page(1))
    settle(tom, Mention.objects.get(), "linked")

    reopened = settle(tom, Mention.objects.get(), "open")

    assert (reopened.status_code, reopened.json()["settled_on"]) == (200, None)
    assert stored() == [(date(2026, 1, 1), 0.0, 1.0, PROVISIONAL, 3)]


def test_a_contact_is_noted_and_stores_no_value(cast: Cast, rate: Kpi) -> None:
    tom = Caller(cast.tom)
    bring(tom, cast, page(1))
    mention, before = Mention.objects.get(), Batch.objects.count()

    noted = tom.post(f"{URL}{mention.pk}/contact/", seen=1, on="2026-02-01", reason="Wrote to the editor")

    assert (noted.status_code, noted.json()["contacted_on"]) == (200, "2026-02-01")
    assert Batch.objects.count() == before


@pytest.mark.parametrize("on", ["2026-01-14", "2026-03-03"])
def test_nothing_happens_before_it_was_found_or_in_the_future(cast: Cast, on: str) -> None:
    tom = Caller(cast.tom)
    bring(tom, cast, page(1))

    answers = [
        settle(tom, Mention.objects.get(), "linked", on),
        tom.post(f"{URL}{Mention.objects.get().pk}/contact/", seen=1, on=on, reason="x"),
        bring(tom, cast, page(2, "2026-03-03")),
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert Mention.objects.get().version == 1


def test_a_settled_mention_is_not_contacted_and_a_stale_one_not_settled(cast: Cast) -> None:
    tom = Caller(cast.tom)
    bring(tom, cast, page(1))
    mention = Mention.objects.get()
    settle(tom, mention, "unfit")

    stale = settle(tom, mention, "linked")
    late = tom.post(f"{URL}{mention.pk}/contact/", seen=2, on="2026-02-21", reason="x")

    assert (stale.status_code, late.status_code) == (412, 409)


def test_another_unit_sees_no_mention_and_readers_bring_none(cast: Cast) -> None:
    bring(Caller(cast.tom), cast, page(1))
    mention = Mention.objects.get()

    assert Caller(cast.lena).get(f"{URL}{mention.pk}/").status_code == 404
    assert Caller(cast.lena).get(f"/mentions/{mention.ref}/").status_code == 404
    assert bring(Caller(cast.lena), cast, page(2)).status_code == 400
    assert bring(Caller(cast.ruth), cast, page(2)).status_code == 403


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ("outcome = 'linked'", "mention_is_settled_or_open"),
        ("outcome = 'maybe', settled_on = '2026-02-01'", "mention_outcome_is_known"),
        ("url = 'javascript:alert(1)'", "mention_is_a_page_of_the_web"),
        ("contacted_on = '2025-01-01'", "mention_is_contacted_after_it_was_found"),
        ("outcome = 'linked', settled_on = '2025-01-01'", "mention_is_settled_after_it_was_found"),
    ],
)
def test_the_database_itself_refuses_what_no_mention_can_be(cast: Cast, change: str, name: str) -> None:
    bring(Caller(cast.tom), cast, page(1))

    with pytest.raises(IntegrityError, match=name), connection.cursor() as cursor:
        cursor.execute(f"UPDATE metrics_mention SET {change}")  # noqa: S608  a row of the table above


def test_the_worklist_is_worked_through_on_its_pages(cast: Cast, rate: Kpi) -> None:
    tom = Caller(cast.tom)
    empty = tom.get("/mentions/")
    brand = {"version": 1, "brand": "Sofa & Co", "site": "sofa.example", "reason": "Our name"}
    named = tom.form("/mentions/brand/", **brand)
    lines = "https://a.example/x\tGood sofas\t2026-01-20\nhttps://b.example/y\n"

    brought = tom.client.post("/mentions/", {"pasted": lines, "reason": "First search"})
    there = f"/mentions/{Mention.objects.get(site='a.example').ref}/"
    contacted = tom.form(f"{there}contact/", version=1, on="2026-02-01", reason="Wrote to the editor")
    settled = tom.form(f"{there}settle/", version=2, on="2026-02-20", outcome="linked", reason="It is there")
    listed_ = tom.get("/mentions/")

    assert "None yet. Search for the brand" in empty.content.decode()
    assert [answer.status_code for answer in (named, brought, contacted, settled)] == [303] * 4
    assert "&quot;Sofa &amp; Co&quot; -site:sofa.example" in listed_.content.decode()
    assert "1 of 2" in listed_.content.decode()
    assert "2 mentions are new." in listed_.content.decode()
    assert "Links to us now" in tom.get(there).content.decode()
    assert stored()[0][:3] == (date(2026, 1, 1), 1.0, 1.0)


def test_a_file_is_brought_on_the_page_and_what_is_wrong_in_it_named(cast: Cast) -> None:
    tom = Caller(cast.tom)

    def send(data: bytes) -> Any:
        return tom.client.post("/mentions/", {"file": SimpleUploadedFile("m.csv", data), "reason": "Export"})

    good = send(b"Page URL,Title\nhttps://a.example/x,Good\nhttps://b.example/y,Better\n")
    wrong = send(b"Page URL,Title\nnone,Good\n")
    neither = tom.client.post("/mentions/", {"reason": "Nothing"})

    assert [good.status_code, wrong.status_code, neither.status_code] == [303, 422, 422]
    assert "There is no address of a page in this row" in wrong.content.decode()
    assert Mention.objects.count() == 2


def test_the_list_leaves_as_a_file_that_runs_nothing_and_comes_back_as_it_was(cast: Cast) -> None:
    tom = Caller(cast.tom)
    bring(tom, cast, page(1) | {"title": "=HYPERLINK(1)"})

    file = tom.get("/mentions/export.csv").content
    found, _errors = listed(file)

    assert "https://blog1.example/sofas,'=HYPERLINK(1),2026-01-15,,open," in file.decode("utf-8-sig")
    assert [(one.title, one.found_on) for one in found] == [("=HYPERLINK(1)", date(2026, 1, 15))]
