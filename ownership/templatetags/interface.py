"""Tags of the interface, for the templates of every app: icons, people, status, and the printers of figures."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ownership import charts, words
from ownership.models import User

register = template.Library()
register.filter("number", words.number)
register.filter("rate", words.rate)
register.simple_tag(words.effect, name="effect")
register.simple_tag(words.share, name="share")
register.simple_tag(words.chance, name="chance")
register.simple_tag(words.money, name="money")
register.simple_tag(words.day, name="day")
register.simple_tag(words.isoweek, name="isoweek")
register.simple_tag(charts.meter, name="meter")
register.simple_tag(charts.sparkline, name="sparkline")

ICONS = {"good": "check", "warn": "alert", "bad": "alert", "info": "flag", "none": "clock"}
LEVELS = {"success": "good", "warning": "warn", "error": "bad"}


@register.simple_tag
def icon(name: str) -> SafeString:
    """A picture from the sprite that base.html carries; always beside words, so hidden from readers."""
    return format_html('<svg class="i" aria-hidden="true"><use href="#i-{}"/></svg>', name)


@register.simple_tag
def avatar(person: User | None, tone: str = "") -> SafeString:
    """Initials in a circle; the name stands beside it. Nobody: an empty seat."""
    if person is None:
        return format_html('<span class="avatar" data-tone="bad" aria-hidden="true">{}</span>', icon("seat"))
    tones = format_html(' data-tone="{}"', tone) if tone else ""
    return format_html('<span class="avatar" aria-hidden="true"{}>{}</span>', tones, person.initials)


@register.simple_tag
def badge(said: str, tone: str = "", picture: str = "") -> SafeString:
    """A status: its words, with an icon and a tone, so that colour never stands alone."""
    drawn = icon(picture or ICONS[tone]) if tone or picture else ""
    tones = format_html(' data-tone="{}"', tone) if tone else ""
    return format_html('<span class="badge"{}>{}{}</span>', tones, drawn, said)


@register.simple_tag
def effect_cell(likely: float | None, low: float | None, high: float | None, tone: str = "none") -> SafeString:
    """A change above its 80 % interval, for a column that says so in its head."""
    if likely is None or low is None or high is None:
        return format_html("<small>{}</small>", words.effect(likely, low, high))
    figures = tone, words.change(likely), words.interval(low, high)
    return format_html('<span class="delta" data-tone="{}">{}</span><br><small>{}</small>', *figures)


@register.simple_block_tag
def note(content: str, tone: str = "info", picture: str = "") -> SafeString:
    """A remark in a tone: {% note "warn" %}<strong>Weakest point: data.</strong> …{% endnote %}."""
    drawn = icon(picture or ICONS[tone])
    role = format_html(' role="{}"', "status") if tone == "good" else ""
    return format_html('<div class="note" data-tone="{}"{}>{}<span>{}</span></div>', tone, role, drawn, content)


@register.filter
def tone(level: str) -> str:
    """The tone of a message's level."""
    return LEVELS.get(level, "info")
