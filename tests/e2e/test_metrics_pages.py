"""The pages of figures in a browser: sound in every width, and a block pasted from a spreadsheet."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from metrics.models import Kpi, Series, Snapshot
from tests.cast import Caller, Cast, assemble
from tests.e2e.conftest import Enter
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
    return cast


@pytest.mark.parametrize("width", [320, 1440])
def test_the_pages_of_figures_are_sound(enter: Enter, company: Cast, width: int) -> None:
    found = {}
    for who, paths in {
        "tom": ["/metrics/", "/metrics/kpis/new/", "/imports/", "/imports/IMP-1/"],
        "eva": ["/data/", "/data/new/", "/data/SRC-1/"],
    }.items():
        visit = enter(getattr(company, who), width=width)
        for path in paths:
            status = visit.open(path)
            if faults := visit.faults():
                found[path] = [status, *faults]

    assert found == {}


def test_a_block_from_a_spreadsheet_is_pasted_and_stored(enter: Enter, company: Cast) -> None:
    hours = Kpi.objects.get(type="hours_saved")
    visit = enter(company.tom)
    visit.open("/metrics/?grain=week")
    first = visit.page.locator(f'input[name^="n{hours.pk}-"]').first

    first.focus()
    visit.page.evaluate("""() => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", "12,5\\n13\\n14");
      const paste = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
      document.activeElement.dispatchEvent(paste);
    }""")
    visit.page.get_by_role("button", name="Store the changes").click()
    visit.page.get_by_text("3 values stored.").wait_for()

    stored = Snapshot.objects.filter(kpi=hours).order_by("period_start")
    assert list(stored.values_list("num", flat=True)) == [12.5, 13, 14]
