"""Secrets that people paste in: encrypted, never shown again, and readable only with this installation's keys."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import models, transaction

from ownership.models.people import User

PURPOSE = b"mandate: secrets at rest"  # other uses of the same keys derive others
SHORTEST_HINTED = 12  # characters; of less, four would say too much


class Unreadable(Exception):
    """It was encrypted under a key that this installation does not have (any more)."""


def _box() -> MultiFernet:
    """The newest key encrypts, every key of the list decrypts."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    derived = [HKDF(SHA256(), 32, salt=None, info=PURPOSE).derive(key.encode()) for key in keys]
    return MultiFernet([Fernet(urlsafe_b64encode(key)) for key in derived])


class SecretQuerySet(models.QuerySet["Secret"]):
    """Questions about, and changes of, many secrets."""

    def seal(self, text: str, *, by: User | None, at: datetime) -> Secret:
        """A new secret. The text itself is stored nowhere."""
        hint = re.sub(r"\W", "", text)[-4:] if len(text) >= SHORTEST_HINTED else ""
        return self.create(sealed=_box().encrypt(text.encode()).decode(), last_four=hint, by=by, at=at)

    @transaction.atomic
    def rotate(self) -> int:
        """Encrypt all anew under the newest key; then the older ones may go. Unreadable names nothing secret."""
        rows = list(self.select_for_update().order_by("pk"))
        for row in rows:
            row.sealed = _box().encrypt(row.reveal().encode()).decode()
        self.bulk_update(rows, ["sealed"], batch_size=500)
        return len(rows)


class Secret(models.Model):
    """One secret at rest. What may be shown of it: its last four characters, who set it and when."""

    sealed = models.TextField(editable=False)
    last_four = models.CharField(max_length=4, blank=True, editable=False)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    at = models.DateTimeField(editable=False)

    objects = SecretQuerySet.as_manager()

    def __str__(self) -> str:
        return f"…{self.last_four}"

    def reveal(self) -> str:
        """The text, for the call that needs it. Unreadable: its key is gone."""
        try:
            return _box().decrypt(self.sealed).decode()
        except InvalidToken:
            raise Unreadable(f"Secret {self.pk} was encrypted under a key that MANDATE_SECRET_KEYS lacks.") from None
