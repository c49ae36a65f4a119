"""Exports that are recognised by their headings, so that nobody has to say what they hold.

Vendors rename columns; what is listed is what an export must have, in lower case: of Ahrefs the backlinks and the
referring domains, of Moz Link Explorer the inbound links and the linking domains, and a list of prompt runs.
"""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Preset:
    """An export: all of `has` and one of `any_of` are among its headings. `dates` name the day, the best first;
    `things` the columns whose entries are counted, with how."""

    name: str
    has: frozenset[str]
    any_of: frozenset[str] = frozenset()
    dates: tuple[str, ...] = ()
    things: tuple[tuple[str, str], ...] = ()


SEEN = ("first seen", "date first seen", "first_seen", "discovered", "date discovered", "first indexed")

PRESETS = (
    Preset(
        "ahrefs",
        frozenset({"referring page url"}),
        dates=SEEN,
        things=(("referring page url", "sites"), ("referring page url", "things")),
    ),
    Preset("ahrefs", frozenset({"domain", "dofollow ref. domains"}), dates=SEEN, things=(("domain", "sites"),)),
    Preset(
        "moz",
        frozenset({"url", "spam score"}),
        frozenset({"linking domains to page", "anchor text", "pa"}),
        dates=SEEN,
        things=(("url", "sites"), ("url", "things")),
    ),
    Preset("moz", frozenset({"root domain"}), dates=SEEN, things=(("root domain", "sites"),)),
    Preset(
        "prompts",
        frozenset({"run_at", "prompt"}),
        frozenset({"mentioned", "cited", "correct"}),
        dates=("run_at",),
        things=(("mentioned", "yes"), ("cited", "yes"), ("correct", "yes")),
    ),
)


def recognise(headings: Collection[str]) -> Preset | None:
    """The export that has these headings, in any case and order."""
    known = {heading.casefold() for heading in headings}
    return next((one for one in PRESETS if one.has <= known and (not one.any_of or one.any_of & known)), None)
