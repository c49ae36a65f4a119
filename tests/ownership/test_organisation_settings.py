"""What an admin changes about the organisation is an event in the ledger, with its reason."""

from typing import Any

import pytest

from ownership.models import Event, Organisation
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
        ({"seen": "7"}, "Somebody changed these settings meanwhile."),
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
