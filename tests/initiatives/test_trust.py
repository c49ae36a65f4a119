"""Were we right? The page and the API show what was said of ended pilots; a lead learns from them."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from initiatives.models import Parameters, Publication, Target, Verdict
from initiatives.services import drafting
from initiatives.stories import PARAMETERS
from ownership.models import Event, Organisation
from tests.cast import MONDAY, Caller, Cast
from tests.initiatives.build import a_pilot
from tests.initiatives.test_judging import main_of
from tests.markup import read, text

URL = "/api/v1/verdicts/"
SURE = [0.0] * 7 + [1.0] + [0.0] * 3  # that nothing happened
pytestmark = pytest.mark.usefixtures("monday")


@pytest.fixture
def target(cast: Cast) -> Target:
    return main_of(a_pilot(cast))


def ended(target: Target, chances: list[tuple[float, str]]) -> None:
    """Pilots of six weeks with the chance stated after three and, lower, after five, and how they ended."""
    parameters = Parameters.objects.stored(PARAMETERS, at=MONDAY)
    given: dict[str, Any] = {"target": target, "parameters": parameters, "p_dead": 0.1, "p_neg": 0.1, "stories": SURE}
    given |= {"inputs_sha256": "0" * 64, "code_version": 2, "judged_at": MONDAY, "words": {}}
    Verdict.objects.bulk_create(
        Verdict(week=week, revision=n + 1, status=status, p_reach=chance, inputs=_plan(n), **given)
        for n, (stated, outcome) in enumerate(chances)
        for week, status, chance in ((3, "behind", stated), (5, "behind", stated / 2), (6, outcome, 0.5))
    )


def _plan(n: int) -> dict[str, Any]:
    return {"plan": {"starts_on": (date(2020, 1, 6) + timedelta(weeks=n)).isoformat()}}


def page(cast: Cast, query: str = "", who: str = "noor") -> str:
    answer = Caller(getattr(cast, who)).get(f"/trust/{query}")
    assert answer.status_code == 200
    assert read(answer.content.decode()).faults == []
    return text(answer)


def test_before_a_pilot_has_ended_it_says_what_will_stand_here(cast: Cast) -> None:
    said = page(cast)

    assert "No pilot has ended yet." in said
    assert "0 of the 30 ended pilots that it takes to learn from" in said
    assert "Of 100 pilots that work 12 are called red at some time; of 100 dead ones 63 are found." in said
    assert (
        "10 pilots were imagined, and nothing was done. 5 were called red, rightly; 1 was said to be on track" in said
    )


def test_it_shows_what_was_said_beside_what_came_true(cast: Cast, target: Target) -> None:
    ended(target, [(0.74, "reached")] * 8 + [(0.72, "missed")] * 3 + [(0.2, "missed")])

    said, later = page(cast), page(cast, "?at=three-quarters")

    assert "12 pilots have ended." in said
    assert "70 to 80 73 8 of 11 43 to 90" in said
    assert "20 to 30 20 0 of 1 too few to say" in said
    assert "30 to 40 37 8 of 11" in later


def test_the_api_says_the_same_and_can_be_asked_by_kpi(cast: Cast, target: Target) -> None:
    ended(target, [(0.74, "reached")] * 8 + [(0.72, "missed")] * 3)

    found = Caller(cast.noor).get(f"{URL}calibration/").json()
    other = Caller(cast.noor).get(f"{URL}calibration/?kpi_type=organic_revenue").json()
    wrong = Caller(cast.noor).get(f"{URL}calibration/?at=dawn")

    band = found["bands"][7]
    assert (found["pilots"], found["kpi_types"]) == (11, ["organic_leads"])
    assert (band["count"], band["hits"], band["is_enough"]) == (11, 8, True)
    assert other["pilots"] == 0
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "at")


def test_pilots_of_others_are_not_counted(cast: Cast, target: Target) -> None:
    ended(target, [(0.74, "reached")] * 3)

    assert Caller(cast.lena).get(f"{URL}calibration/").json()["pilots"] == 0
    assert "No pilot has ended yet." in page(cast, who="lena")


def test_a_lead_learns_from_thirty_pilots_and_verdicts_use_it_from_then_on(cast: Cast, target: Target) -> None:
    ended(target, [(0.5, "missed")] * 30)

    published = Caller(cast.noor).form("/trust/", act="learn", version="1", reason="Half of ours do nothing")

    assert published.status_code == 303
    row = Publication.objects.get()
    in_force = Parameters.objects.current(at=MONDAY).pure()
    assert (row.pilots, row.pseudo_count, row.by, row.base) == (30, 30, cast.noor, PARAMETERS.sha256)
    assert in_force.learned[7] == pytest.approx((PARAMETERS.priors[7] / sum(PARAMETERS.priors) + 1) / 2)
    assert in_force.priors == PARAMETERS.priors
    event = Event.objects.get(data__action="priors.published")
    assert (event.actor, event.data["after"]["pilots"]) == (cast.noor, 30)
    assert "Half of ours do nothing" in page(cast)


def test_what_was_shipped_can_be_put_back(cast: Cast, target: Target) -> None:
    ended(target, [(0.5, "missed")] * 30)
    Caller(cast.noor).post(f"{URL}priors/", learned=True, reason="Ours")

    back = Caller(cast.noor).post(f"{URL}priors/", learned=False, reason="It was too gloomy")

    assert back.status_code == 201
    assert Parameters.objects.current(at=MONDAY).sha256 == PARAMETERS.sha256
    assert Publication.objects.count() == 2


@pytest.mark.parametrize(
    ("who", "pilots", "learned", "status", "code"),
    [
        ("tom", 30, True, 403, "role"),
        ("eva", 30, True, 403, "role"),
        ("noor", 29, True, 409, "too_few_pilots"),
        ("noor", 30, False, 409, "in_force"),
    ],
)
def test_nobody_learns_too_soon(
    cast: Cast, target: Target, who: str, pilots: int, *, learned: bool, status: int, code: str
) -> None:
    ended(target, [(0.5, "missed")] * pilots)

    refused = Caller(getattr(cast, who)).post(f"{URL}priors/", learned=learned, reason="Why not")

    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert not Publication.objects.exists()


def test_they_learn_once_a_quarter(cast: Cast, target: Target) -> None:
    ended(target, [(0.5, "missed")] * 30)
    Caller(cast.noor).post(f"{URL}priors/", learned=True, reason="Ours")

    again = Caller(cast.noor).post(f"{URL}priors/", learned=True, reason="Ours")

    assert (again.status_code, again.json()["code"]) == (409, "too_soon")


def test_a_published_version_never_changes(cast: Cast, target: Target) -> None:
    ended(target, [(0.5, "missed")] * 30)
    Caller(cast.noor).post(f"{URL}priors/", learned=True, reason="Ours")

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE initiatives_publication SET pilots = 3000")


def test_a_lead_sets_the_price_of_a_false_alarm_for_what_is_drafted_from_now_on(cast: Cast, target: Target) -> None:
    kept = Caller(cast.noor).form("/trust/", act="strict", version="1", reason="We lose heart too easily")
    stale = Caller(cast.noor).form("/trust/", act="eager", version="1", reason="Or not")
    others = Caller(cast.tom).form("/trust/", act="eager", version="2", reason="Or not")

    drafted = drafting.draft(title="Another", unit=cast.marketing, by=cast.tom, at=MONDAY)
    assert (kept.status_code, stale.status_code, others.status_code) == (303, 412, 403)
    assert Organisation.the().alarm_policy == "strict"
    assert (drafted.alarm_policy, target.initiative.alarm_policy) == ("strict", "balanced")
    assert Event.objects.get(data__action="organisation.alarm_policy").data["before"] == {"alarm_policy": "balanced"}


def test_many_ended_pilots_take_as_many_queries_as_one(
    cast: Cast, target: Target, django_assert_max_num_queries: Any
) -> None:
    ended(target, [(0.5, "missed")] * 40)
    caller = Caller(cast.noor)
    caller.get("/trust/")

    with django_assert_max_num_queries(20):
        caller.get("/trust/")
