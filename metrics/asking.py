"""What the way out says when it fails, in the words of sources."""

from collections.abc import Iterator
from contextlib import contextmanager

from metrics.sources import AuthFailed, BadConfig, Transient
from ownership import outbound
from ownership.models.secrets import Unreadable
from ownership.refusals import gettext_noop as _


@contextmanager
def in_words() -> Iterator[None]:
    """Around whatever asks a source: every failure becomes `Trouble`."""
    try:
        yield
    except outbound.Unreachable as error:
        raise Transient(_("It gave no proper answer: %(why)s"), why=str(error)) from error
    except outbound.Refused as error:
        raise BadConfig(_("It cannot be asked: %(why)s"), why=str(error)) from error
    except outbound.Failed as error:
        if error.state[:2] in ("28", "3D"):
            raise AuthFailed(_("The database does not let us in: check address, role and password.")) from error
        raise BadConfig(_("The database refuses the statement: %(why)s"), why=error.said) from error
    except Unreadable as error:
        raise AuthFailed(_("The stored secret cannot be read any more. Give the source a new one.")) from error
