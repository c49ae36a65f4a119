"""The five ways in which Mandate says no. Plain Python: the words are translated where they are shown.

A concrete refusal subclasses one of these beside the function that raises it and gives it a stable `slug`, which ends
up in the problem's `type`. Anything else that goes wrong is a bug.
"""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar


def gettext_noop(message: str) -> str:
    """Mark a message for translation in a module that may not import Django."""
    return message


class Refusal(Exception):
    """An act that was understood and not performed; nothing was written.

    `detail` is an English message id whose %(name)s places are filled from `params`. `code` names the reason within the
    kind, `field` the input to change, `items` all that is missing (each a plain dict that a machine can read).
    """

    status: ClassVar[int]
    slug: ClassVar[str]
    title: ClassVar[str]

    def __init__(
        self, detail: str, *, code: str = "", field: str = "", items: Sequence[dict[str, Any]] = (), **params: Any
    ) -> None:
        super().__init__(detail % params if params else detail)
        self.detail = detail
        self.code = code or self.slug
        self.field = field
        self.items = list(items)
        self.params = params

    def words(self, translated: Callable[[str], str]) -> str:
        """The detail in the reader's language, and in it the names of seats and states."""
        named = {name: translated(self.params[name]) for name in ("seat", "state", "to") if name in self.params}
        return translated(self.detail) % (self.params | named) if self.params else translated(self.detail)


class NotYours(Refusal):
    """Somebody else may do this."""

    status, slug, title = 403, "not-yours", gettext_noop("This is for somebody else to do")


class NotNow(Refusal):
    """The thing is in a state in which this cannot be done."""

    status, slug, title = 409, "not-now", gettext_noop("This cannot be done now")


class Stale(Refusal):
    """Somebody wrote since the version that was shown."""

    status, slug, title = 412, "stale", gettext_noop("This has changed since you opened it")


class Incomplete(Refusal):
    """Understood, and something is missing or wrong in it."""

    status, slug, title = 422, "incomplete", gettext_noop("Something is missing")


class VersionMissing(Refusal):
    """A change must say which version it is about."""

    status, slug, title = 428, "version-missing", gettext_noop("Say which version you are changing")
