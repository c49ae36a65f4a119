"""Tags about initiatives, for the templates of every floor: states, verdicts, and what was said in codes."""

from django import template
from django.utils.safestring import SafeString

from initiatives import words
from initiatives.flags import FlagKind
from initiatives.lifecycle import State
from initiatives.readiness import Factor, exposure
from initiatives.verdicts import Status
from ownership.templatetags.interface import badge

register = template.Library()
register.filter("retold", words.retold)


@register.simple_tag
def status(of: str) -> SafeString:
    """The badge of a verdict; before the first one it is too early."""
    look = words.STATUS[Status(of) if of else Status.INSUFFICIENT]
    return badge(str(look.label), look.tone, look.icon)


@register.filter
def state(of: str) -> str:
    """Where an initiative stands, in words."""
    return str(words.STATE[State(of)])


@register.filter
def flag_kind(of: str) -> str:
    """What a flag is about, in words."""
    return str(words.FLAG[FlagKind(of)])


@register.filter
def factor(of: str) -> str:
    """A way of failing, in words."""
    return words.factor_name(Factor(of))


@register.simple_tag
def exposed(share: float | None) -> SafeString:
    """How exposed an initiative is to a way of failing, by how much of it was looked at."""
    look = words.EXPOSURE[exposure(share)]
    return badge(str(look.label), look.tone, look.icon)
