"""The texts of the product and the Dutch catalogue that must hold them all. Babel does it; gettext is not needed.

`make messages` brings the catalogue up to date: new texts come in without their Dutch, unused ones go.
"""

import ast
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "locale/nl/LC_MESSAGES/django.po"
MO = PO.with_suffix(".mo")
ROOMS = ("config", "decisions", "initiatives", "metrics", "ownership", "templates")
GETTEXT = ("_", "words", "gettext", "gettext_lazy", "gettext_noop")  # `_` and `words` are what modules import them as
NGETTEXT = ("ngettext", "ngettext_lazy")

Text = str | tuple[str, ...]  # one, or singular and plural


def texts() -> Iterator[tuple[Text, str]]:
    """Every text, and the file in which it stands."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield from ((text, str(path.relative_to(ROOT))) for text in of_module(path.read_text()))
        for path in sorted((ROOT / room).rglob("*.html")):
            yield from ((text, str(path.relative_to(ROOT))) for text in of_template(path.read_text()))


def of_module(source: str) -> Iterator[Text]:
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            said = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            if said and call.func.id in GETTEXT:
                yield said[0]
            elif said and call.func.id in NGETTEXT:
                yield said[0], said[1]


def of_template(source: str) -> Iterator[Text]:
    """Django makes calls of gettext among Xs of it, which read as Python once nothing is indented."""
    lines = "\n".join(line.strip() for line in templatize(source).splitlines())
    for _line, text, _comments, _context in extract("python", BytesIO(lines.encode()), DEFAULT_KEYWORDS):
        yield text


def kept() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file, "nl")


def messages(catalog: Catalog) -> list[Message]:
    """Without the header."""
    return [message for message in catalog if message.id]


def forms(text: Text | list[str] | None) -> tuple[str, ...]:
    """One text, or one for each plural form."""
    return tuple(text) if isinstance(text, tuple | list) else (text or "",)


def lacking(catalog: Catalog) -> list[tuple[str, ...]]:
    """What has no Dutch yet, or Dutch that nobody has confirmed."""
    return [forms(message.id) for message in messages(catalog) if message.fuzzy or not all(forms(message.string))]


def update() -> Catalog:
    """Write both files anew."""
    used, catalog = Catalog(), kept()
    for text, _path in texts():
        used.add(text)
    catalog.update(used, no_fuzzy_matching=True, update_creation_date=False)
    with PO.open("wb") as po, MO.open("wb") as mo:
        write_po(po, catalog, width=120, no_location=True, sort_output=True, ignore_obsolete=True)
        write_mo(mo, catalog)
    return catalog


if __name__ == "__main__":
    missing = lacking(update())
    sys.stdout.write("".join(f"{text[0]}\n" for text in missing) + f"{len(missing)} texts lack their Dutch.\n")
