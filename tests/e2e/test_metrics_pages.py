"""The pages of figures in a browser: sound in every width, and a block pasted from a spreadsheet."""

import os
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from metrics.models import Kpi, Series, Snapshot
from tests.cast import Caller, Cast, assemble
from tests.e2e.conftest import Enter, Visit
from tests.metrics.builders import a_kpi, a_source, daily, store

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

DOUBTFUL = b"Datum;Leads\n01-02-2026;1.234\n31-02-2026;x\n"


@pytest.fixture
def company(transactional_db: None) -> Cast:
    """Marketing with a source, a ratio, hours by hand, an output metric, and a file that needs people."""
    cast = assemble()
    source = a_source(cast.marketing, name="CRM of the group")
    leads = a_kpi(cast.marketing, source)
    Series.objects.create(source=source, kpi=leads, query={"num": "leads"})
    store(source, daily(leads, [40.0] * 400, first=date(2026, 1, 1)))
    for key in ("hours_saved", "adoption_rate", "articles_generated"):
        a_kpi(cast.marketing, key=key, grain="week")
    tom, file = Caller(cast.tom), SimpleUploadedFile("leads-2026.csv", DOUBTFUL)
    there = tom.client.post("/imports/", {"file": file, "unit": cast.marketing.pk, "reason": "History"})["Location"]
    fields = {"encoding": "utf-8-sig", "delimiter": ";", "date": "Datum", "m0": leads.ref, "reason": "As exported"}
    tom.client.post(f"{there}read/", fields | {"version": 1})
    gaps = SimpleUploadedFile("gaps.csv", b"Date,Leads\n2026-02-01,12\n2026-02-02,15\n2026-02-05,11\n2026-02-06,14\n")
    there = tom.client.post("/imports/", {"file": gaps, "unit": cast.marketing.pk, "reason": "Gaps"})["Location"]
    tom.client.post(f"{there}read/", fields | {"version": 1, "delimiter": ",", "date": "Date"})
    tom.form(f"{there}store/", version=2, reason="Agreed")
    tom.form("/mentions/brand/", version=1, brand="Sofa & Co", site="sofa.example", reason="Our name")
    lines = f"https://home.example/{'long-' * 30}\t{'Sofas that last ' * 9}\t2026-01-15\nhttps://blog.example/x\n"
    tom.client.post("/mentions/", {"pasted": lines, "reason": "First search"})
    return cast


def test_the_pages_of_figures_are_sound(enter: Enter, company: Cast) -> None:
    found: dict[str, list[str]] = {}
    for who, paths in {
        "tom": [
            "/metrics/",
            "/metrics/kpis/new/",
            "/imports/",
            "/imports/IMP-1/",
            "/imports/IMP-2/",
            "/mentions/",
            "/mentions/M-1/",
        ],
        "eva": ["/data/", "/data/new/", "/data/new/searchconsole/", "/data/SRC-1/"],
    }.items():
        visit = enter(getattr(company, who))
        for path in paths:
            found[path] = visit.inspect(path)
            pictured(visit, path.strip("/").replace("/", "-"))

    assert {path: faults for path, faults in found.items() if faults} == {}


NAMES = ["Editor hours", "Error costs", "Leads by hand", "Orders", "Quotes", "Visits"]
TWELVE_BY_SIX = [
    [f"{1200 + at},5", f"€ 1.{210 + at},50", f"{40 + at % 5}", f"1.{100 + at}", f"{7 + at % 3}", f"12.3{at:02}"]
    for at in range(12)
]
MEANT = [[1200.5 + at, 1210.5 + at, 40 + at % 5, 1100 + at, 7 + at % 3, 12300 + at] for at in range(12)]
PASTE = """(text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  const paste = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
  document.activeElement.dispatchEvent(paste);
}"""


@pytest.fixture
def six(company: Cast) -> list[Kpi]:
    """Six columns that logistics fills by hand, in the order of the grid."""
    return [a_kpi(company.logistics, key="hours_saved", grain="week", name=name) for name in NAMES]


def stored(kpis: list[Kpi]) -> list[list[float]]:
    columns = [Snapshot.objects.filter(kpi=kpi).order_by("period_start").values_list("num", flat=True) for kpi in kpis]
    return [list(row) for row in zip(*columns, strict=True)]


def pictured(visit: Visit, name: str) -> None:
    """A picture to look at, where PICTURES names a folder."""
    if folder := os.environ.get("PICTURES"):
        visit.page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_a_dutch_block_of_twelve_weeks_by_six_is_pasted_and_stored(enter: Enter, company: Cast, six: list[Kpi]) -> None:
    visit = enter(company.lena, language="nl")
    visit.open("/metrics/?grain=week")
    visit.page.locator(f'input[name^="n{six[0].pk}-"]').first.focus()

    visit.page.evaluate(PASTE, "\r\n".join("\t".join(row) for row in TWELVE_BY_SIX) + "\r\n")
    said = visit.page.locator("[data-status]").inner_text()
    pictured(visit, "grid-pasted")
    visit.page.get_by_role("button", name="De wijzigingen opslaan").click()
    visit.page.get_by_text("72 waarden opgeslagen.").wait_for()
    pictured(visit, "grid-stored")

    assert said == "72 cellen geplakt, nog niet opgeslagen."
    assert stored(six) == MEANT
    assert visit.faults() == []


def test_without_scripts_the_same_block_is_typed_into_an_ordinary_form(
    enter: Enter, company: Cast, six: list[Kpi]
) -> None:
    visit = enter(company.lena, language="nl", scripts=False)
    visit.open("/metrics/?grain=week")

    for column, kpi in enumerate(six):
        for row, box in enumerate(visit.page.locator(f'input[name^="n{kpi.pk}-"]').all()):
            box.fill(TWELVE_BY_SIX[row][column])
    visit.page.get_by_role("button", name="De wijzigingen opslaan").click()
    visit.page.get_by_text("72 waarden opgeslagen.").wait_for()
    pictured(visit, "grid-without-scripts")

    assert stored(six) == MEANT


def test_an_odd_value_is_marked_while_typing_asked_about_and_kept_with_a_note(
    enter: Enter, company: Cast, six: list[Kpi]
) -> None:
    visit = enter(company.lena)
    visit.open("/metrics/?grain=week")
    boxes = visit.page.locator(f'input[name^="n{six[0].pk}-"]')
    send = visit.page.get_by_role("button", name="Store the changes")
    boxes.first.focus()
    visit.page.evaluate(PASTE, "\n".join(["18400", "18950", "18120", "18300", "17900", "18700", "18210", "18500"]))
    send.click()
    visit.page.get_by_text("8 values stored.").wait_for()

    boxes.nth(8).fill("81420")
    marked = visit.page.locator("input[data-odd]").count()
    send.click()
    visit.page.get_by_text("Did you mean 18,420?").wait_for()
    pictured(visit, "grid-odd")
    faults = visit.faults()
    visit.page.get_by_label("Reason or note").fill("One order for a hotel")
    send.click()
    visit.page.get_by_text("1 value stored.").wait_for()
    pictured(visit, "grid-kept")

    assert marked == 1
    assert [fault for fault in faults if "422" not in fault] == []
    assert visit.page.get_by_text("is unusual and was kept. One order for a hotel").is_visible()


def test_arrows_and_enter_move_between_cells(enter: Enter, company: Cast, six: list[Kpi]) -> None:
    visit = enter(company.lena)
    visit.open("/metrics/?grain=week")
    boxes = visit.page.locator(f'input[name^="n{six[0].pk}-"]')
    boxes.first.focus()

    for key in ("ArrowRight", "ArrowDown", "Enter", "ArrowUp", "ArrowLeft"):
        visit.page.keyboard.press(key)

    assert visit.page.evaluate("document.activeElement.name") == boxes.nth(1).get_attribute("name")
