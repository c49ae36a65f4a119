"""Pages about figures, as people use them."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from config.environment import ROOT
from metrics.models import Import, Kpi, Snapshot
from ownership.models import Event
from ownership.policy import SeatKind
from tests.cast import MONDAY, Caller, Cast
from tests.markup import text
from tests.metrics.builders import a_kpi, a_seat, a_source, daily, store
from tests.metrics.test_tabular import real

WEEK = date(2026, 2, 23)  # the last that is over on Monday, 2 March


@pytest.fixture(autouse=True)
def a_monday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ownership.clock.now", lambda: MONDAY)


@pytest.fixture
def hours(cast: Cast) -> Kpi:
    return a_kpi(cast.marketing, key="hours_saved", grain="week")


def log(caller: Caller, kpi: Kpi, num: str, *, den: str = "", revision: int = 0, **fields: Any) -> Any:
    name = f"{kpi.pk}-{WEEK}"
    boxes = {f"n{name}": num, f"d{name}": den, f"r{name}": revision}
    return caller.client.post(f"/metrics/?unit={kpi.unit_id}&grain={kpi.grain}", {"reason": "", **boxes, **fields})


def test_a_value_that_is_typed_is_stored(cast: Cast, hours: Kpi) -> None:
    tom = Caller(cast.tom)

    answer = log(tom, hours, "12,5")

    assert answer.status_code == 303
    assert Snapshot.objects.get().num == 12.5
    assert Event.objects.get().data["action"] == "values.logged"
    page = tom.get("/metrics/")
    assert "1 value stored." in text(page)
    assert f'name="n{hours.pk}-{WEEK}" value="12.5"' in page.content.decode()


def test_what_can_be_read_two_ways_is_asked_about_and_stays_typed(cast: Cast, hours: Kpi) -> None:
    answer = log(Caller(cast.tom), hours, "1.234")

    assert answer.status_code == 422
    assert "can be read two ways" in text(answer)
    assert 'value="1.234"' in answer.content.decode()
    assert not Snapshot.objects.exists()


def block(caller: Caller, column: dict[date, str], kpi: Kpi, *, language: str = "nl", **fields: Any) -> Any:
    """A whole column typed at once, in the reader's language."""
    caller.client.cookies["django_language"] = language
    boxes = {f"n{kpi.pk}-{start}": typed for start, typed in column.items()}
    return caller.client.post(f"/metrics/?unit={kpi.unit_id}&grain={kpi.grain}", {"reason": "", **boxes, **fields})


def weeks(*typed: str) -> dict[date, str]:
    """The newest weeks that are over, oldest first, with what is typed there."""
    return {WEEK - timedelta(weeks=len(typed) - 1 - at): text for at, text in enumerate(typed)}


def test_among_figures_in_ones_own_language_a_thousand_is_clear(cast: Cast, hours: Kpi) -> None:
    answer = block(Caller(cast.tom), weeks("1.234,5", "1.234", "1.240"), hours)

    assert answer.status_code == 303
    assert list(Snapshot.objects.order_by("period_start").values_list("num", flat=True)) == [1234.5, 1234, 1240]


def test_a_lone_thousand_is_asked_about_and_the_answer_counts(cast: Cast, hours: Kpi) -> None:
    tom = Caller(cast.tom)

    asked = block(tom, weeks("1.234", "12"), hours)
    foreign = block(tom, weeks("1,234.5", "1,234"), hours)
    answered = block(tom, weeks("1.234", "12"), hours, decimal=",")

    assert [asked.status_code, foreign.status_code, answered.status_code] == [422, 422, 303]
    assert 'name="decimal" value=","' in asked.content.decode()
    assert " checked" not in asked.content.decode()  # asked, never guessed
    assert list(Snapshot.objects.order_by("period_start").values_list("num", flat=True)) == [1234, 12]


REVENUE = ("18400", "18950", "18120", "18300", "17900", "18700", "18210", "18400")


def test_an_unusual_value_is_marked_with_what_was_meant_and_kept_with_a_note(cast: Cast, hours: Kpi) -> None:
    tom = Caller(cast.tom)
    block(tom, weeks(*REVENUE, "18000"), hours)
    typed = weeks("81420")
    name = f"{hours.pk}-{WEEK}"

    marked = block(tom, typed, hours, language="en", reason="Big order", **{f"r{name}": "1"})
    page = marked.content.decode()
    kept = block(tom, typed, hours, language="en", reason="Big order", **{f"r{name}": "1", f"k{name}": "81420/"})
    after = tom.get("/metrics/?grain=week")

    assert [marked.status_code, kept.status_code] == [422, 303]
    assert "Did you mean 18,420?" in text(marked)
    assert f'name="k{name}" value="81420/"' in page
    assert 'aria-invalid="true"' in page
    assert Snapshot.objects.get(period_start=WEEK).num == 81420
    assert "is unusual and was kept. Big order" in text(after)


def test_an_unusual_value_without_a_note_is_not_kept(cast: Cast, hours: Kpi) -> None:
    tom = Caller(cast.tom)
    typed = weeks(*REVENUE, "81420")

    first = block(tom, typed, hours)
    silent = block(tom, typed, hours, **{f"k{hours.pk}-{WEEK}": "81420/"})

    assert [first.status_code, silent.status_code] == [422, 422]
    assert not Snapshot.objects.exists()


def test_columns_by_hand_come_first(cast: Cast) -> None:
    store(source := a_source(cast.marketing), daily(a_kpi(cast.marketing, source, name="A feed"), [1.0], first=WEEK))
    a_kpi(cast.marketing, key="hours_saved", grain="week", name="Z by hand")

    page = text(Caller(cast.tom).get("/metrics/?grain=week"))

    assert page.index("Z by hand") < page.index("A feed")


def test_a_correction_needs_a_reason(cast: Cast, hours: Kpi) -> None:
    tom = Caller(cast.tom)
    log(tom, hours, "12")

    silent = log(tom, hours, "13", revision=1)
    said = log(tom, hours, "13", revision=1, reason="Counted again")

    assert (silent.status_code, said.status_code) == (422, 303)
    assert "A correction needs a reason" in text(silent)
    assert Snapshot.objects.get().num == 13


def test_only_who_wrote_a_value_or_its_steward_corrects_it(cast: Cast, hours: Kpi) -> None:
    Kpi.objects.filter(pk=hours.pk).update(steward=a_seat(cast, SeatKind.STEWARD, cast.daan))
    log(Caller(cast.tom), hours, "12")

    statuses = [
        log(Caller(person), hours, num, revision=revision, reason="Time sheet").status_code
        for person, num, revision in ((cast.aisha, "13", 1), (cast.daan, "14", 1), (cast.tom, "15", 2))
    ]

    assert statuses == [403, 303, 403]
    assert Snapshot.objects.get().num == 14


def test_a_value_that_changed_meanwhile_is_shown_not_overwritten(cast: Cast, hours: Kpi) -> None:
    log(Caller(cast.tom), hours, "12")

    late = log(Caller(cast.aisha), hours, "14", revision=0, reason="Mine")

    assert late.status_code == 412
    assert "It is now 12" in text(late)
    assert 'value="14"' in late.content.decode()


def test_a_known_value_cannot_be_emptied_and_an_unchanged_form_stores_nothing(cast: Cast, hours: Kpi) -> None:
    log(Caller(cast.tom), hours, "12")

    emptied = log(Caller(cast.tom), hours, "", revision=1)
    same = log(Caller(cast.tom), hours, "12", revision=1)

    assert (emptied.status_code, same.status_code) == (422, 422)
    assert Snapshot.objects.get().revision == 1


def test_a_ratio_is_typed_as_two_numbers(cast: Cast) -> None:
    rate = a_kpi(cast.marketing, key="adoption_rate", grain="week")

    alone = log(Caller(cast.tom), rate, "7")
    both = log(Caller(cast.tom), rate, "7", den="12")
    above = log(Caller(cast.tom), rate, "13", den="12", revision=1, reason="Typing error")

    assert (alone.status_code, both.status_code, above.status_code) == (422, 303, 422)
    assert Snapshot.objects.get().value == 7 / 12


def test_a_column_with_a_source_fills_itself(cast: Cast) -> None:
    source = a_source(cast.marketing)
    leads = a_kpi(cast.marketing, source)
    store(source, daily(leads, [10.0] * 7, first=WEEK))

    page = Caller(cast.tom).get("/metrics/?grain=week")
    forced = log(Caller(cast.tom), leads, "5")

    assert "Shop, automatic" in text(page)
    assert '<td class="num">70</td>' in page.content.decode()
    assert forced.status_code == 422


def test_output_stands_apart(cast: Cast) -> None:
    a_kpi(cast.marketing, key="articles_generated", grain="week")

    page = text(Caller(cast.tom).get("/metrics/"))

    assert "Does not count as a result" in page


def test_an_empty_unit_says_what_to_do(cast: Cast) -> None:
    assert "No KPI here yet." in text(Caller(cast.lena).get("/metrics/"))
    assert Caller(cast.lena).get(f"/metrics/?unit={cast.marketing.pk}").status_code == 404


def test_a_kpi_is_defined_on_a_page_that_refuses_output_in_place(cast: Cast) -> None:
    tom = Caller(cast.tom)
    given = {"type": "organic_leads", "unit": cast.marketing.pk, "grain": "week", "reason": "We need it"}

    refused = tom.form("/metrics/kpis/new/", name="Articles generated", **given)
    defined = tom.form("/metrics/kpis/new/", name="Leads", **given)

    assert (refused.status_code, defined.status_code) == (422, 303)
    assert "counts what was produced" in text(refused)
    assert Kpi.objects.get().name == "Leads"


def upload(caller: Caller, cast: Cast, data: bytes, name: str = "Dates.csv") -> Any:
    file = SimpleUploadedFile(name, data, content_type="text/csv")
    return caller.client.post("/imports/", {"file": file, "unit": cast.marketing.pk, "reason": "History"})


CONSOLE = b"Date,Clicks,Impressions,CTR,Position\n2026-02-28,33,1300,2.54%,27.05\n2026-02-27,32,1318,2.43%,27.63\n"


def test_a_search_console_file_is_stored_in_three_steps(cast: Cast) -> None:
    shared = ROOT.parent / "shared" / "data" / "search_console_dates.csv"
    data = shared.read_bytes() if shared.exists() else CONSOLE
    clicks, position = a_kpi(cast.marketing, key="money_page_clicks"), a_kpi(cast.marketing, key="avg_position")
    tom = Caller(cast.tom)

    uploaded = upload(tom, cast, data)
    page = tom.get(uploaded["Location"])
    form = page.context["read"]
    offered = {field.label: name for name, field in form.fields.items()}
    given = {name: form.initial.get(name, "") or "" for name in form.fields}
    given |= {offered["Clicks"]: clicks.ref, offered["Position, weighed by Impressions"]: position.ref}
    given |= {"adds_up": "", "reason": "As exported"}
    read = tom.client.post(f"{uploaded['Location']}read/", {key: value for key, value in given.items() if value != ""})
    row = Import.objects.get()
    stored = tom.form(f"{uploaded['Location']}store/", version=row.version, reason="Agreed")

    assert "holds percentages, which cannot be added up" in text(page)
    assert [uploaded.status_code, read.status_code, stored.status_code] == [303, 303, 303]
    lines = len(data.strip().splitlines()) - 1
    assert Snapshot.objects.filter(kpi=clicks).count() == Snapshot.objects.filter(kpi=position).count() == lines
    assert "Stored." in text(tom.get(uploaded["Location"]))


@pytest.mark.parametrize(
    ("name", "heading", "covers"),
    [
        ("brand_mentions_goog_5min.csv", "value", "Thu 26 Feb 2015 Wed 22 Apr 2015 56 0 none"),
        ("wikipedia_views_r_daily.csv", "views", "Tue 1 Jan 2008 Thu 31 Dec 2015 2,863 59"),
    ],
)
def test_a_real_series_is_stored_on_the_page_and_its_gaps_stay_gaps(
    cast: Cast, name: str, heading: str, covers: str
) -> None:
    kpi, tom = a_kpi(cast.marketing, key="brand_mentions"), Caller(cast.tom)
    there = upload(tom, cast, real(name), name)["Location"]
    form = tom.get(there).context["read"]
    given = {name: value for name in form.fields if (value := form.get_initial_for_field(form.fields[name], name))}
    place = next(name for name, field in form.fields.items() if field.label == heading)

    tom.client.post(f"{there}read/", given | {place: kpi.ref, "reason": "As published"})
    tried = text(tom.get(there))
    tom.form(f"{there}store/", version=2, reason="Agreed")
    page = tom.get(there)

    assert covers in tried
    assert covers in text(page)
    assert 'class="spark"' in page.content.decode()
    assert not Snapshot.objects.filter(num=0).exists()


def test_errors_are_shown_with_what_to_do_and_can_be_downloaded(cast: Cast) -> None:
    clicks = a_kpi(cast.marketing, key="money_page_clicks")
    tom = Caller(cast.tom)
    there = upload(tom, cast, b"Date,Clicks,Note\n2026-02-28,33,ok\n2026-02-30,5,=1+1\n2026-02-27,x,-5\n")["Location"]
    form = tom.get(there).context["read"]
    place = next(name for name, field in form.fields.items() if field.label == "Clicks")

    tom.form(
        f"{there}read/",
        version=1,
        encoding="utf-8-sig",
        delimiter=",",
        date="Date",
        reason="As exported",
        **{place: clicks.ref},
    )
    page = tom.get(there)
    refused = tom.form(f"{there}store/", version=2, reason="Agreed")
    file = tom.get(f"{there}errors.csv").content
    rows = file.decode("utf-8-sig").splitlines()

    assert "2 rows need you." in text(page)
    assert "There is no such day" in text(page)
    assert refused.status_code == 422
    assert rows[0] == "Date,Clicks,Note,error"
    assert rows[1] == "2026-02-28,33,ok,"
    assert rows[2].startswith("2026-02-30,5,'=1+1,\"Date: There is no such day")
    assert rows[3].startswith("2026-02-27,x,-5,Clicks: This is not a number")


def test_the_error_file_is_readable_even_where_the_mapping_was_not(cast: Cast) -> None:
    clicks, tom = a_kpi(cast.marketing, key="money_page_clicks"), Caller(cast.tom)
    there = upload(tom, cast, b"Date,Clicks\n2026-02-28,33\n")["Location"]
    given = {"encoding": "utf-16", "delimiter": ",", "date": "Date", "m0": clicks.ref, "reason": "Wrong"}

    read = tom.form(f"{there}read/", version=1, **given)
    file = tom.get(f"{there}errors.csv")

    assert (read.status_code, file.status_code) == (303, 200)
    assert file.content.decode("utf-8-sig").splitlines()[1].startswith("2026-02-28,33")


def test_the_error_file_comes_back_corrected_with_its_formulas_undone(cast: Cast) -> None:
    a_kpi(cast.marketing, key="money_page_clicks")
    tom = Caller(cast.tom)
    first = upload(tom, cast, b"Date,Clicks,Note\n2026-02-28,x,=1+1\n")["Location"]
    file = tom.get(f"{first}errors.csv").content

    again = upload(tom, cast, file.replace(b",x,", b",33,"))["Location"]
    twice = tom.get(f"{again}errors.csv").content.decode("utf-8-sig").splitlines()

    assert tom.get(again).context["proposal"].sample[0][:3] == ("2026-02-28", "33", "=1+1")
    assert twice[0] == "Date,Clicks,Note,error"


def test_a_file_that_is_no_table_is_refused_on_the_page(cast: Cast) -> None:
    answer = upload(Caller(cast.tom), cast, b"\x00\x01")

    assert answer.status_code == 422
    assert "binary data" in text(answer)
