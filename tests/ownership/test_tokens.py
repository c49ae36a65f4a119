"""Tokens are shown once, live for a while, and never do more than their scopes and their user."""

import base64
import os
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.db.models import F
from pytest_django import Settings

from config import environment
from ownership.access import TokenThrottle
from ownership.models import Token
from tests.cast import MONDAY, Caller, Cast


def make(*options: str) -> str:
    """What `manage.py token` prints."""
    printed = StringIO()
    call_command("token", *options, stdout=printed)
    return printed.getvalue().strip()


def test_the_command_prints_a_token_that_reads(cast: Cast) -> None:
    text = make("tom@mandate.example", "--scope", "read")

    answer = Caller(token=text).get("/api/v1/people/me/")

    assert (answer.status_code, answer.json()["name"]) == (200, "Tom Bakker")
    assert text not in str(list(Token.objects.values()))


@pytest.mark.parametrize("kind", ["Bearer", "Token", "Basic"])
def test_a_bi_tool_may_send_it_in_three_ways(cast: Cast, kind: str) -> None:
    text = make("ruth@mandate.example", "--scope", "read")
    sent = base64.b64encode(f"anything:{text}".encode()).decode() if kind == "Basic" else text
    caller = Caller()

    answer = caller.client.get("/api/v1/seats/", headers={"Authorization": f"{kind} {sent}"})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "text",
    ["", "mdt_", "mdt_ab_cd", "nonsense", "mdt_00000000_" + "x" * 43 + "00000000", "é" * 30, "mdt_" + "a" * 10_000],
)
def test_a_wrong_token_is_told_so(cast: Cast, text: str) -> None:
    answer = Caller().client.get("/api/v1/seats/", headers={"Authorization": f"Bearer {text}"})

    assert answer.status_code == 401
    assert answer.json()["type"] == "/problems/authentication-failed"
    assert answer["WWW-Authenticate"].startswith("Basic")


def test_without_anything_the_api_asks_who_you_are(cast: Cast) -> None:
    answer = Caller().get("/api/v1/seats/")

    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")


def test_a_reading_token_cannot_write(cast: Cast) -> None:
    text = make("noor@mandate.example", "--scope", "read")

    answer = Caller(token=text).post("/api/v1/seats/", kind="decider", title="Titles", unit=1, reason="We need one")

    assert answer.status_code == 403
    assert "“write”" in answer.json()["detail"]


def test_it_ends_with_its_days_its_user_or_its_revocation(cast: Cast) -> None:
    expired, revoked, left = (make(f"{name}@mandate.example") for name in ("tom", "aisha", "sanne"))
    Token.objects.filter(user=cast.tom).update(expires_at=F("created_at"))
    Token.objects.filter(user=cast.aisha).update(revoked_at=F("created_at"))
    type(cast.sanne).objects.filter(pk=cast.sanne.pk).update(is_active=False)

    answers = [Caller(token=text).get("/api/v1/seats/").status_code for text in (expired, revoked, left)]

    assert answers == [401, 401, 401]


def test_a_token_that_decides_lives_one_day(cast: Cast) -> None:
    with pytest.raises(CommandError, match="one day at most"):
        make("marieke@mandate.example", "--scope", "decide", "--days", "2")


def test_the_database_knows_that_too(cast: Cast) -> None:
    make("marieke@mandate.example", "--scope", "decide", "--days", "1")

    with pytest.raises(IntegrityError, match="token_that_decides_lives_a_day_at_most"):
        Token.objects.update(expires_at=F("created_at") + timedelta(days=2))


def test_nobody_unknown_gets_one(cast: Cast) -> None:
    with pytest.raises(CommandError, match="Nobody active"):
        make("nobody@mandate.example")


def test_a_token_that_asks_too_often_is_told_when_to_come_back(
    cast: Cast, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": tmp_path}}
    monkeypatch.setitem(TokenThrottle.THROTTLE_RATES, "token", "3/min")
    tool, other = (Caller(token=make("tom@mandate.example", "--scope", "read")) for _which in range(2))

    with time_machine.travel(MONDAY + timedelta(days=1), tick=False) as clock:
        told = [tool.get("/api/v1/people/me/") for _time in range(4)]
        others = [other.get("/api/v1/people/me/"), Caller(cast.tom).get("/api/v1/people/me/")]
        clock.shift(60)
        again = tool.get("/api/v1/people/me/")

    assert [answer.status_code for answer in told] == [200, 200, 200, 429]
    assert (told[3].json()["type"], told[3]["Retry-After"]) == ("/problems/throttled", "60")
    assert "60 seconds" in told[3].json()["detail"]
    assert [answer.status_code for answer in [*others, again]] == [200, 200, 200]


@pytest.mark.parametrize("rate", ["0", "-1", "many", "600/min", "²"])
def test_a_rate_that_means_nothing_stops_the_start(rate: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="MANDATE_API_RATE is wrong: give"):
        environment.read(os.environ | {"MANDATE_API_RATE": rate})
