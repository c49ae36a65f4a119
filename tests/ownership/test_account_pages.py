"""One's own account, the organisation, and the ledger as a page and as a file."""

import csv
import re

from ownership import services
from ownership.models import Event, Token
from ownership.policy import Scope, SeatKind
from tests.cast import MONDAY, Caller, Cast


def test_a_token_is_shown_once_and_works(cast: Cast) -> None:
    tom = Caller(cast.tom)

    answer = tom.form("/account/", name="Notebook", scopes=["read"], days=30)

    (secret,) = re.findall(r"mdt_[\w-]{40,}", answer.content.decode())
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
    assert secret not in tom.get("/account/").content.decode()
    assert Caller(token=secret).get("/api/v1/units/").status_code == 200


def test_a_token_that_decides_for_a_month_is_refused_on_its_form(cast: Cast) -> None:
    answer = Caller(cast.tom).form("/account/", name="Robot", scopes=["decide"], days=30)

    assert answer.status_code == 422
    assert "one day at most" in answer.content.decode()
    assert not Token.objects.exists()


def test_a_token_is_revoked_by_its_owner_only(cast: Cast) -> None:
    token, _secret = services.issue_token(
        user=cast.tom, name="Notebook", scopes=[Scope.READ], days=30, by=cast.tom, at=MONDAY
    )

    other, own = (Caller(who).form(f"/account/tokens/{token.pk}/revoke/") for who in (cast.aisha, cast.tom))

    token.refresh_from_db()
    assert (other.status_code, own.status_code) == (404, 303)
    assert token.revoked_at is not None


def test_language_and_colours_stay_with_the_browser(cast: Cast) -> None:
    tom = Caller(cast.tom)

    saved = tom.form("/account/appearance/", language="nl", theme="dark")
    page = tom.get("/account/").content.decode()

    assert saved.status_code == 303
    assert '<html lang="nl" data-theme="dark">' in page
    assert "Tokens voor de API" in page


def test_a_language_that_is_not_spoken_changes_nothing(cast: Cast) -> None:
    answer = Caller(cast.tom).form("/account/appearance/", language="xx", theme="dark")

    assert not answer.cookies


def test_ruth_finds_an_event_by_actor_subject_kind_and_day(cast: Cast) -> None:
    seats = [
        services.create_seat(
            kind=SeatKind.STEWARD, title=title, unit=cast.marketing, by=by, at=MONDAY, reason=f"Why {title}."
        )
        for title, by in (("One", cast.noor), ("Two", cast.eva))
    ]
    ruth = Caller(cast.ruth)

    def found(**query: object) -> list[str]:
        return sorted(re.findall(r"Why (\w+)\.", ruth.get("/audit/", **query).content.decode()))

    assert found() == ["One", "Two"]
    assert found(actor=cast.noor.pk) == ["One"]
    assert found(subject=seats[1].ref.lower()) == ["Two"]
    assert found(action="seat") == ["One", "Two"]
    assert found(action="gate") == []
    assert found(on="2026-03-02") == ["One", "Two"]
    assert found(on="2026-03-03") == []
    assert found(subject="nonsense") == []


def test_the_ledger_as_a_file_holds_the_same_and_runs_no_formula(cast: Cast) -> None:
    services.create_seat(
        kind=SeatKind.STEWARD, title="One", unit=cast.marketing, by=cast.noor, at=MONDAY, reason="=1+1"
    )

    answer = Caller(cast.ruth).get("/audit/ledger.csv")

    rows = list(csv.DictReader(b"".join(answer.streaming_content).decode().splitlines()))
    assert [(row["action"], row["actor"], row["reason"]) for row in rows] == [
        ("seat.created", "Noor Hendriks", "'=1+1")
    ]
    assert rows[0]["hash"] == bytes(Event.objects.get().hash).hex()


def test_a_member_sees_the_ledger_of_the_own_unit_only(cast: Cast) -> None:
    services.create_seat(
        kind=SeatKind.STEWARD, title="One", unit=cast.marketing, by=cast.noor, at=MONDAY, reason="Why One."
    )

    tom, lena = (Caller(who).get("/audit/").content.decode() for who in (cast.tom, cast.lena))

    assert "Why One." not in lena
    assert tom.count("Why One.") == Event.objects.visible_to(cast.tom).count()


def test_instants_are_shown_in_the_zone_of_the_organisation(cast: Cast) -> None:
    services.create_seat(
        kind=SeatKind.STEWARD, title="One", unit=cast.marketing, by=cast.noor, at=MONDAY, reason="Why One."
    )

    page = Caller(cast.ruth).get("/audit/").content.decode()

    assert "Mon 2 Mar 2026, 10:00" in page  # 09:00 in UTC


def test_the_settings_page_names_the_organisation_and_its_people(cast: Cast) -> None:
    page = Caller(cast.eva).get("/settings/").content.decode()

    assert "Sofa &amp; Co" in page
    assert "marieke@mandate.example" in page
