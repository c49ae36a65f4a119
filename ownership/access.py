"""Who asks, and what their token lets them ask. Deny by default."""

import base64
import binascii
from collections.abc import Sequence

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from ownership import clock, origin, policy, presence
from ownership.models import Token, User


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer mdt_…`, `Token mdt_…`, or Basic with the token as password and any user name."""

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        kind, _space, given = request.headers.get("Authorization", "").partition(" ")
        if not kind:
            return None
        token = Token.objects.find(self._text(kind.lower(), given.strip()), at=clock.now())
        if token is None:
            raise AuthenticationFailed(_("This token is unknown, expired or revoked. Make a new one."))
        origin.arrived(f"token:{token.pk}")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Basic realm="Mandate"'

    @staticmethod
    def _text(kind: str, given: str) -> str:
        if kind in {"bearer", "token"}:
            return given
        if kind == "basic":
            try:
                return base64.b64decode(given, validate=True).decode().partition(":")[2]
            except (binascii.Error, UnicodeDecodeError):
                return ""
        return ""


class TokenThrottle(SimpleRateThrottle):
    """So many requests per token in any minute (MANDATE_API_RATE); who has logged in is not counted."""

    scope = "token"

    def get_cache_key(self, request: Request, view: object) -> str | None:
        return f"throttle-{request.auth.pk}" if isinstance(request.auth, Token) else None


class ScopePermission(BasePermission):
    """Logged in or with a token whose scopes cover the call. A view names what an action needs in `scopes`."""

    def has_permission(self, request: Request, view: object) -> bool:
        if not isinstance(request.user, User):
            return False
        default = policy.Scope.READ if request.method in {"GET", "HEAD", "OPTIONS"} else policy.Scope.WRITE
        self.message = lacks(request, getattr(view, "scopes", {}).get(getattr(view, "action", None), default))
        return not self.message


def lacks(request: Request, scope: str) -> str:
    """What this caller has yet to show before they may do what wants this scope; "": nothing."""
    if not isinstance(request.auth, Token):
        if scope != policy.Scope.DECIDE or presence.is_fresh(request._request, at=clock.now()):
            return ""
        return _("Deciding wants a log-in younger than 15 minutes. Log in again, or send a token that may decide.")
    if scope in request.auth.scopes or _is_covered(scope, request.auth.scopes):
        return ""
    return _("This token lacks the scope “%(scope)s”.") % {"scope": scope}


def _is_covered(needed: str, scopes: Sequence[str]) -> bool:
    """`write` covers the narrower writes; nothing but itself covers `decide`."""
    narrow = {policy.Scope.METRICS_WRITE, policy.Scope.RECOMMENDATIONS_WRITE}
    return needed in narrow and policy.Scope.WRITE in scopes
