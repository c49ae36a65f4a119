"""Tokens for the API, and the keys that make a repeated request harmless."""

from __future__ import annotations

import hmac
import secrets
import zlib
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ownership import policy
from ownership.models.people import User

LONGEST = timedelta(days=365)
LONGEST_DECIDE = timedelta(hours=24)


class TokenQuerySet(models.QuerySet["Token"]):
    """Finding and making tokens."""

    def visible_to(self, user: User) -> TokenQuerySet:
        """One's own, the newest first: a token is as personal as a password."""
        return self.filter(user=user).order_by("-created_at", "-pk")

    def issue(
        self, *, user: User, name: str, scopes: list[str], at: datetime, expires_at: datetime, is_service: bool = False
    ) -> tuple[Token, str]:
        """A new token and its secret text, which is shown once and stored nowhere."""
        prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
        text = f"mdt_{prefix}_{secret}"
        text += f"{zlib.crc32(text.encode()):08x}"
        row = self.create(
            user=user,
            name=name,
            prefix=prefix,
            digest=_digest(text, settings.SECRET_KEY),
            scopes=sorted(scopes),
            is_service=is_service,
            created_at=at,
            expires_at=expires_at,
        )
        return row, text

    def find(self, text: str, *, at: datetime) -> Token | None:
        """The live token that this text is, else None. Typing errors are found by the checksum, without a query."""
        body, check = text[:-8], text[-8:]
        if not text.startswith("mdt_") or text.count("_") < 2 or f"{zlib.crc32(body.encode()):08x}" != check:
            return None
        live = self.filter(prefix=text.split("_")[1], revoked_at=None, expires_at__gt=at, user__is_active=True)
        for row in live.select_related("user__unit"):
            for key in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]:
                if hmac.compare_digest(bytes(row.digest), _digest(text, key)):
                    return row
        return None


class Token(models.Model):
    """A key to the API: as its user and never more, within its scopes, until it expires."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.BinaryField()
    scopes = ArrayField(models.CharField(max_length=32))
    is_service = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    stream: ClassVar[str] = "organisation"
    stream_unit_id: ClassVar[None] = None

    objects = TokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="token_lives_a_year_at_most", condition=Q(expires_at__lte=F("created_at") + LONGEST)
            ),
            models.CheckConstraint(
                name="token_that_decides_lives_a_day_at_most",
                condition=~Q(scopes__contains=["decide"]) | Q(expires_at__lte=F("created_at") + LONGEST_DECIDE),
            ),
            models.CheckConstraint(
                name="token_of_a_service_never_decides",
                condition=Q(is_service=False) | Q(scopes__contained_by=sorted(policy.SERVICE_SCOPES)),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class IdempotencyKey(models.Model):
    """The answer to a request that may arrive twice. Written in the same transaction as the effect."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=200)
    body_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    response = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint("user", "key", name="idempotency_key_is_used_once")]

    def __str__(self) -> str:
        return self.key


def _digest(text: str, key: str) -> bytes:
    return hmac.digest(f"mandate.token.{key}".encode(), text.encode(), "sha256")
