"""What the sources of Google share: a token for a credential, and what their refusals mean.

The credential is the JSON that Google's console gives out, of a service account or an authorised user. google-auth
reads the clock by itself: Google refuses assertions that are not signed now, whatever day it is elsewhere in the house.
"""

import json
from collections.abc import Mapping
from typing import Any

from google.auth import exceptions
from google.auth.transport import Request, Response
from google.oauth2 import credentials, service_account

from metrics.sources.connector import MB, Answer, AuthFailed, BadConfig, Outside, RateLimited, Transient, Trouble
from ownership.refusals import gettext_noop as _

SECRET = _("The JSON key of a service account, as Google's console gives it out.")
QUOTA = frozenset({"quotaExceeded", "rateLimitExceeded", "userRateLimitExceeded", "RESOURCE_EXHAUSTED"})
LOAD_PAUSE = 15 * 60  # seconds that Google asks for when a load quota is used up


class _Answer(Response):
    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    @property
    def status(self) -> int:
        return self._answer.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._answer.headers

    @property
    def data(self) -> bytes:
        return self._answer.body


class _Transport(Request):
    """google-auth asks for tokens through the guarded client, like everybody here."""

    def __init__(self, outside: Outside) -> None:
        self.outside = outside

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: int | None = None,
        **_kwargs: Any,
    ) -> _Answer:
        data = body.encode() if isinstance(body, str) else body
        return _Answer(self.outside.call(method, url, headers=headers, data=data))


def token(secret: str, scope: str, outside: Outside) -> str:
    """An access token for the credential. AuthFailed: the key is no key, or Google does not take it."""
    try:
        info = json.loads(secret)
        kind = credentials.Credentials if info.get("type") == "authorized_user" else service_account.Credentials
        read = getattr(kind, f"from_{'authorized_user' if kind is credentials.Credentials else 'service_account'}_info")
        held = read(info, scopes=[scope])
    except (ValueError, AttributeError, KeyError) as wrong:
        raise AuthFailed(_("The credential is not the JSON key of a service account.")) from wrong
    try:
        held.refresh(_Transport(outside))
    except exceptions.RefreshError as wrong:
        raise AuthFailed(_("Google does not accept this credential. Give the source a new key.")) from wrong
    except exceptions.GoogleAuthError as wrong:
        raise Transient(_("Google gave no token just now.")) from wrong
    return str(held.token)


def ask(method: str, url: str, *, bearer: str, body: Any = None, outside: Outside, is_repeatable: bool = True) -> Any:
    """The JSON that one call gives."""
    answer = outside.call(
        method,
        url,
        headers={"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"},
        data=json.dumps(body).encode() if body is not None else None,
        is_repeatable=is_repeatable,
        largest=30 * MB,
    )
    try:
        said = json.loads(answer.body)
        error, rows = said.get("error", {}), said.get("rows", [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ValueError("rows")
    except (ValueError, AttributeError, RecursionError) as wrong:
        if answer.status >= 500:
            raise _trouble(answer, {}) from wrong
        raise BadConfig(_("Google answered something that is not the JSON of its interface.")) from wrong
    if answer.status != 200:
        raise _trouble(answer, error if isinstance(error, dict) else {})
    return said


def _trouble(answer: Answer, error: Mapping[str, Any]) -> Trouble:
    """Google tells a used-up quota (403 or 429) from a door that is closed (401, 403) by the reason in the body."""
    status, said = answer.status, str(error.get("message", ""))[:200]
    reasons = {str(error.get("status"))} | {
        one.get("reason") for one in error.get("errors", []) if isinstance(one, dict)
    }
    if status == 429 or reasons & QUOTA:
        return RateLimited(_("Google asks us to come back later."), seconds=answer.retry_after or LOAD_PAUSE)
    if status in (401, 403):
        return AuthFailed(_("Google does not let this account see the property: %(said)s"), said=said)
    if status >= 500:
        return Transient(_("Google has trouble of its own (%(status)s)."), seconds=LOAD_PAUSE, status=status)
    if status == 404:
        return BadConfig(_("Google does not know this property (any more): %(said)s"), said=said)
    return BadConfig(_("Google refuses the question (%(status)s): %(said)s"), status=status, said=said)
