"""Lists of pages that name a brand: pasted, or as a tool exports them. Address, day and title show themselves."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import urldefrag

from metrics.tabular import cells
from metrics.tabular.cells import BadCell
from metrics.tabular.proposing import propose
from metrics.tabular.reading import RowError, Unreadable, lines, site

LONGEST = 2_000  # bytes of an address: an index holds no more
MOST = 10_000  # rows of a list
TITLE = 300  # characters that are kept


@dataclass(frozen=True, slots=True)
class Found:
    """A page on which the brand is named. `found_on`: the first day in its row; None: nobody says. `links_to` are the
    sites of the other addresses in its row, which it links to."""

    line: int
    url: str
    site: str
    title: str = ""
    found_on: date | None = None
    links_to: frozenset[str] = frozenset()


def is_page(address: str) -> bool:
    """Whether it is the address of a page on the web."""
    is_of_the_web = address.startswith(("http://", "https://")) and bool(site(address))
    return is_of_the_web and address.isprintable() and " " not in address and len(address.encode()) <= LONGEST


def pasted(text: str) -> tuple[list[Found], list[RowError]]:
    """A page per line, its title and its day beside it, separated by tabs."""
    return _all((line, row.split("\t")) for line, row in enumerate(text.splitlines(), start=1) if row.strip())


def listed(data: bytes) -> tuple[list[Found], list[RowError]]:
    """The pages of a CSV file: of each row the first address, the first day and the first words."""
    mapping = propose(data).mapping
    try:
        return _all(_body(lines(data, mapping.encoding, mapping.delimiter)))
    except Unreadable as broken:
        return [], [broken.error]


def _body(rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    next(rows, None)  # the headings
    yield from rows


def _all(rows: Iterable[tuple[int, list[str]]]) -> tuple[list[Found], list[RowError]]:
    found: dict[str, Found] = {}
    errors = []
    for line, row in rows:
        if len(found) >= MOST:
            errors.append(RowError(line, "", "too_many_pages"))
            break
        try:
            page = _page(line, [cell.strip() for cell in row])
            found.setdefault(page.url, page)
        except BadCell as bad:
            errors.append(RowError(line, "", bad.code, row[0][:80]))
    return list(found.values()), errors


def _page(line: int, row: list[str]) -> Found:
    addresses = [cell for cell in row if is_page(cell)]
    if not addresses:
        raise BadCell("no_address")
    others = [cell for cell in row if cell and cell not in addresses]
    days = [cell for cell in others if cells.looks_like_day(cell)]
    words = [cell for cell in others if cell not in days and any(mark.isalpha() for mark in cell)]
    return Found(
        line,
        urldefrag(addresses[0]).url,
        site(addresses[0]),
        words[0][:TITLE] if words else "",
        cells.day(days[0], order="") if days else None,
        frozenset(site(address) for address in addresses[1:]),
    )
