"""What an admin changes about the organisation and its units is an event in the ledger, with its reason."""

from typing import Any

import pytest

from ownership.models import Event, Organisation, Unit
from tests.cast import Caller, Cast

URL = "/admin/ownership/organisation/1/change/"


def filled(cast: Cast, **change: Any) -> Any:
    """The form as the browser sends it back, with changes."""
    form = Caller(cast.eva).get(URL).context["adminform"].form
    sent = {field.name: field.value() for field in form if field.value() is not None}
    return Caller(cast.eva).form(URL, **sent | {"reason": "The board asked for it"} | change)


def test_a_change_is_one_event_with_before_after_and_reason(cast: Cast) -> None:
    answer = filled(cast, blind_share="0.25")

    event = Event.objects.get(data__action="organisation.changed")
    assert answer.status_code == 302
    assert Organisation.the().blind_share == 0.25
    assert (event.data["before"], event.data["after"]) == ({"blind_share": "0.0"}, {"blind_share": "0.25"})
    assert (event.actor, event.text and event.text.text) == (cast.eva, "The board asked for it")


def test_a_name_is_changed_and_not_told(cast: Cast) -> None:
    filled(cast, name="Sofa & Bed")

    event = Event.objects.get(data__action="organisation.changed")
    assert (Organisation.the().name, event.data["before"], event.data["after"]) == ("Sofa & Bed", {}, {})


def test_saving_without_a_change_records_nothing(cast: Cast) -> None:
    assert filled(cast).status_code == 302
    assert not Event.objects.filter(data__action="organisation.changed").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reason": ""}, "This field is required."),
        ({"blind_share": "2"}, "Ensure this value is less than or equal to 1."),
        ({"zone": "Europe/Amsterdm"}, "Select a valid choice."),
        ({"currency": "euro"}, "Enter a valid value."),
        ({"seen": "7"}, "Somebody changed this meanwhile."),
    ],
)
def test_what_cannot_be_kept_changes_nothing_and_says_why(cast: Cast, change: dict[str, str], said: str) -> None:
    answer = filled(cast, **{"blind_share": "0.5", **change})

    assert (answer.status_code, said in answer.content.decode()) == (200, True)
    assert Organisation.the().blind_share == 0
    assert not Event.objects.filter(data__action="organisation.changed").exists()


def test_the_price_of_a_false_alarm_and_a_second_organisation_are_not_for_this_page(cast: Cast) -> None:
    filled(cast, alarm_policy="eager")

    assert Organisation.the().alarm_policy == "balanced"
    assert Caller(cast.eva).get("/admin/ownership/organisation/add/").status_code == 403
    assert Caller(cast.eva).get("/admin/ownership/organisation/1/delete/").status_code == 403


UNITS = "/admin/ownership/unit/"


def test_a_new_unit_is_an_event_with_its_reason(cast: Cast) -> None:
    parent = Unit.objects.earliest("pk")
    Caller(cast.eva).form(f"{UNITS}add/", name="Chairs", parent=parent.pk, reason="A new line of business")

    event, unit = Event.objects.filter(data__action="unit.added").latest("pk"), Unit.objects.get(name="Chairs")
    assert (event.data["after"], unit.path) == ({"parent": parent.pk}, f"{parent.path}{unit.pk}/")
    assert (event.actor, event.text and event.text.text) == (cast.eva, "A new line of business")


def test_a_unit_is_renamed_by_an_event_and_stays_where_it_is(cast: Cast) -> None:
    unit = Unit.objects.exclude(parent=None).earliest("pk")
    url, parent = f"{UNITS}{unit.pk}/change/", unit.parent
    answer = Caller(cast.eva).form(url, name="Chairs", parent="", seen=unit.version, reason="That is what it makes")

    event = Event.objects.get(data__action="unit.renamed")
    unit.refresh_from_db()
    assert (answer.status_code, unit.name, unit.parent) == (302, "Chairs", parent)
    assert (event.actor, event.text and event.text.text) == (cast.eva, "That is what it makes")

    late = Caller(cast.eva).form(url, name="Tables", seen=unit.version - 1, reason="Or that")
    assert "Somebody changed this meanwhile." in late.content.decode()
    assert Caller(cast.eva).get(f"{UNITS}{unit.pk}/delete/").status_code == 403
