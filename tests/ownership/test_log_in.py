"""The door: open to those who know their password, shut to those who try too often."""

import pytest
from django.test import Client

from ownership.models import User
from tests.cast import Cast

PASSWORD = "correct horse battery staple"


@pytest.fixture
def tom(cast: Cast) -> User:
    cast.tom.set_password(PASSWORD)
    cast.tom.save()
    return cast.tom


def knock(client: Client, password: str, email: str = "tom@mandate.example") -> int:
    return client.post("/login/", {"username": email, "password": password}).status_code


def test_the_right_password_opens(tom: User, client: Client) -> None:
    assert knock(client, PASSWORD, email="Tom@Mandate.example") == 302
    assert client.session["_auth_user_id"] == str(tom.pk)


def test_a_wrong_password_says_what_to_check_and_keeps_the_address(tom: User, client: Client) -> None:
    answer = client.post("/login/", {"username": "tom@mandate.example", "password": "wrong"})

    assert answer.status_code == 200
    assert b"do not belong together" in answer.content
    assert b"tom@mandate.example" in answer.content


def test_somebody_who_left_fails_like_a_wrong_password(tom: User, client: Client) -> None:
    User.objects.filter(pk=tom.pk).update(is_active=False)

    answer = client.post("/login/", {"username": "tom@mandate.example", "password": PASSWORD})

    assert b"do not belong together" in answer.content


def test_five_failures_shut_it_for_a_while(tom: User, client: Client) -> None:
    spellings = ["tom@mandate.example", "TOM@mandate.example", "Tom@Mandate.Example"]
    answers = [knock(client, "wrong", email=spellings[attempt % 3]) for attempt in range(5)]

    shut = client.post("/login/", {"username": "tom@mandate.example", "password": PASSWORD})

    assert answers[:4] == [200] * 4
    assert (shut.status_code, shut["Retry-After"]) == (429, "300")


@pytest.mark.parametrize("address", ["/", "/admin/", "/portfolio/"])
def test_a_page_asks_for_the_log_in_first(tom: User, client: Client, address: str) -> None:
    answer = client.get(address)

    assert answer.status_code in {302, 404}
    assert answer.status_code == 404 or "/login/" in answer["Location"]


def test_logging_out_ends_the_session(tom: User, client: Client) -> None:
    knock(client, PASSWORD)

    client.post("/logout/")

    assert "_auth_user_id" not in client.session
