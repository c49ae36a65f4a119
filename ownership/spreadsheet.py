"""What leaves for a spreadsheet must not run there, and comes back as it was."""

import re

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001  a spreadsheet runs these too
_NUMBER = re.compile(r"[+-]?[0-9.,]*[0-9][0-9.,]*%?")


def guarded(text: str) -> str:
    """Text that a spreadsheet shows and does not run: an apostrophe in front. Numbers stay as they are."""
    return f"'{text}" if _runs(text) else text


def unguarded(text: str) -> str:
    """What `guarded` was given."""
    return text[1:] if text.startswith("'") and _runs(text) else text


def _runs(text: str) -> bool:
    """Whether it begins as a formula does, apostrophes aside: those in front of one must survive the way back too."""
    bare = text.lstrip("'")
    return bare.startswith(FORMULA) and not _NUMBER.fullmatch(bare)
