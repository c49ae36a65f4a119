"""Secrets at rest: encrypted under keys of their own, rotated without a gap, never shown again."""

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from ownership.models import Secret
from ownership.models.secrets import Unreadable
from tests.cast import MONDAY, Cast

TEXT = "sk-live-0123456789-wxyz"  # made up
OLD, NEW = "only-for-tests-old-0123456789-0123456789", "only-for-tests-new-0123456789-0123456789"


def test_what_is_stored_is_neither_the_secret_nor_a_part_of_it(cast: Cast) -> None:
    secret = Secret.objects.seal(TEXT, by=cast.eva, at=MONDAY)

    with connection.cursor() as cursor:
        cursor.execute("SELECT ownership_secret::text FROM ownership_secret")
        stored = cursor.fetchone()[0]
    assert TEXT[:12] not in stored
    assert (secret.last_four, secret.by, secret.reveal()) == ("wxyz", cast.eva, TEXT)


def test_of_a_short_secret_nothing_is_shown(cast: Cast) -> None:
    assert Secret.objects.seal("hunter2", by=cast.eva, at=MONDAY).last_four == ""


def test_rotating_lets_the_old_key_go(cast: Cast, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD, []
    secret = Secret.objects.seal(TEXT, by=cast.eva, at=MONDAY)

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD]
    readable_meanwhile = secret.reveal()
    call_command("rotate_secrets")
    settings.SECRET_KEY_FALLBACKS = []

    secret.refresh_from_db()
    assert (readable_meanwhile, secret.reveal()) == (TEXT, TEXT)
    assert "1 secrets" in capsys.readouterr().out


def test_a_key_that_is_gone_is_named_by_the_command_and_nothing_is_changed(cast: Cast, settings: Settings) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD, []
    lost = Secret.objects.seal(TEXT, by=cast.eva, at=datetime(2026, 1, 1, tzinfo=UTC))
    settings.SECRET_KEY = NEW
    kept = Secret.objects.seal(TEXT, by=cast.eva, at=MONDAY)

    with pytest.raises(CommandError, match="MANDATE_SECRET_KEYS"):
        call_command("rotate_secrets")

    with pytest.raises(Unreadable):
        lost.reveal()
    assert kept.reveal() == TEXT
