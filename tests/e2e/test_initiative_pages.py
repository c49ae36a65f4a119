"""The pages of an initiative in a browser, running and still a draft, with names and gaps that strain them."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from initiatives import tasks
from initiatives.models import Initiative
from initiatives.services import evidence, promises
from tests.cast import MONDAY, Cast, assemble
from tests.e2e.conftest import Enter
from tests.initiatives import build
from tests.initiatives.build import TODAY, deliver, weeks

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

LONG = "Refreshed descriptions of all products that were added to the assortment since the merger"


@pytest.fixture
def cast(transactional_db: None) -> Iterator[Cast]:
    """In the fifth week of the pilot."""
    with time_machine.travel(MONDAY, tick=False):
        yield assemble()


@pytest.fixture
def initiatives(cast: Cast) -> list[Initiative]:
    """A pilot with a missing week, a guardrail, costs and a long name; one that fails; a draft."""
    good, bad = build.a_pilot(cast, title=LONG), build.a_pilot(cast, title="Titles")
    guard = build.a_kpi(cast, "g_money_cvr", "Conversion on money pages")
    deliver(guard, TODAY - timedelta(weeks=8), weeks([147.0] * 12), den=1000)
    promises.set_target(
        initiative=good, kpi=guard, role="guardrail", margin=0.03, by=cast.tom, at=MONDAY, reason="Harm"
    )
    promises.add_kill_criterion(
        initiative=good, text=LONG, by_on=TODAY + timedelta(weeks=6), by=cast.tom, at=MONDAY, reason="Agreed"
    )
    evidence.book_cost(
        initiative=good, category="one_off", on=TODAY, amount=Decimal(7480), by=cast.tom, at=MONDAY, note="Set-up"
    )
    for week, (up, down) in enumerate([(455, 350), (470, 340), (None, 345), (475, 335)]):
        for initiative, level in ((good, up), (bad, down)):
            if level:
                kpi = initiative.targets.get(role="primary").kpi
                deliver(kpi, TODAY + timedelta(weeks=week), weeks([level]), at=MONDAY + timedelta(weeks=week + 1))
    with time_machine.travel(MONDAY + timedelta(weeks=4, days=1), tick=False):
        tasks.watch_due()
    return [good, bad, build.a_draft(cast, "Named in AI answers")]


def test_every_page_is_sound(enter: Enter, cast: Cast, initiatives: list[Initiative]) -> None:
    paths = [f"/initiatives/{row.ref}/{part}" for row in initiatives for part in ("", "metrics/", "money/")]

    with time_machine.travel(MONDAY + timedelta(weeks=4, days=1), tick=False):
        visit = enter(cast.tom)
        found = {path: visit.inspect(path) for path in paths}

    assert {path: faults for path, faults in found.items() if faults} == {}


def test_the_four_answers_stand_before_the_first_scroll(
    enter: Enter, cast: Cast, initiatives: list[Initiative]
) -> None:
    with time_machine.travel(MONDAY + timedelta(weeks=4, days=1), tick=False):
        visit = enter(cast.marieke, width=390, scripts=False)
        visit.open(f"/initiatives/{initiatives[1].ref}/")

    for words in ("What", "Who", "Worth it?"):
        box = visit.page.get_by_role("heading", name=words, exact=True).bounding_box()
        assert box
        assert box["y"] + box["height"] < 844, words
