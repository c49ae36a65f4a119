"""Workbooks and archives: counted and looked through before anything reads them. Bytes in, one table as CSV out.

Called in a process of its own (`python -m metrics.tabular`), because what is left to fear ends that process: a workbook
of 4.6 kB with two cells, A1 and XFD1048576, makes its reader ask for 512 GiB.
"""

import csv
import io
import re
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from python_calamine import CalamineError, CalamineWorkbook

from metrics.tabular.proposing import propose
from metrics.tabular.reading import Unreadable

MAX_PACKED = 10 * 1024 * 1024
MAX_UNPACKED = 50 * 1024 * 1024
MAX_MEMBERS = 1_000
CHUNK = 65_536
DIRECTORY_ENTRY = b"PK\x01\x02"
TABLES = (".csv", ".tsv", ".txt")
DECORATION = ("xl/media/", "xl/theme/", "xl/drawings/", "xl/charts/", "docProps/")  # lengths in it look like far cells

# A cell beyond 100 columns (CV) or 100,000 rows and their headings, or a row beyond those.
_BEYOND = re.compile(
    rb"\br=[\"'](?:(?:[A-Z]{3}|[D-Z][A-Z]|C[W-Z])[0-9]|[A-Z]{0,3}(?:[0-9]{7}|[2-9][0-9]{5}|1(?!0000[01][\"'])[0-9]{5}))"
)
_OVERLAP = 40  # bytes: longer than any match


def table(data: bytes) -> tuple[str, bytes]:
    """The name and the CSV of the one table in it that names days. Unreadable says what is wrong."""
    try:
        if len(data) > MAX_PACKED:
            raise Unreadable("container_too_large")
        if data.count(DIRECTORY_ENTRY) > MAX_MEMBERS:
            raise Unreadable("too_many_members")
        found = list(_tables(data))
    except (BadZipFile, CalamineError, zlib.error, EOFError, IndexError, RuntimeError, ValueError, OSError) as error:
        raise Unreadable("broken_container") from error
    known = [(name, text) for name, text in found if propose(text).error is None]
    dated = (one for one in known if propose(one[1]).mapping.date)
    best = next(dated, known[0] if len(known) == 1 else None)
    if best is None:
        raise Unreadable("no_table_of_days")
    return best


def _tables(data: bytes) -> Iterator[tuple[str, bytes]]:
    with ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
    if not any(member.filename == "[Content_Types].xml" for member in members):
        yield from _files(data, members)
        return
    _look_through(data, members)
    with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
        for name in workbook.sheet_names:
            rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
            out = io.StringIO(newline="")
            csv.writer(out).writerows([_written(cell) for cell in row] for row in rows)
            yield name, out.getvalue().encode()


def _files(data: bytes, members: list[ZipInfo]) -> Iterator[tuple[str, bytes]]:
    kept: dict[str, list[bytes]] = {}
    for member, chunk in _unpacked(data, members):
        kept.setdefault(member.filename, []).append(chunk)
    for name, chunks in kept.items():
        if name.lower().endswith(TABLES) and "__MACOSX" not in name:
            yield name, b"".join(chunks)


def _look_through(data: bytes, members: list[ZipInfo]) -> None:
    """Refuse what a workbook has no use for: entities, other alphabets that would hide them, and cells far out."""
    before, tail = "", b""
    for member, chunk in _unpacked(data, members):
        is_first = member.filename != before
        text = chunk if is_first else tail + chunk
        before, tail = member.filename, text[-_OVERLAP:]
        if member.filename.startswith(DECORATION):
            continue
        if b"<!DOCTYPE" in text or (is_first and text.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00<", b"<\x00"))):
            raise Unreadable("broken_container")
        if _BEYOND.search(text):
            raise Unreadable("cells_far_out")


def _unpacked(data: bytes, members: list[ZipInfo]) -> Iterator[tuple[ZipInfo, bytes]]:
    """Every member's bytes in small pieces, until together they are too many."""
    total = 0
    for member in members:
        for chunk in _inflated(data, member):
            total += len(chunk)
            if total > MAX_UNPACKED:
                raise Unreadable("unpacks_too_large")
            yield member, chunk


def _inflated(data: bytes, member: ZipInfo) -> Iterator[bytes]:
    """What the member really holds, in small pieces. The directory may lie about its size, so nobody asks it."""
    at = member.header_offset
    start = (
        at + 30 + int.from_bytes(data[at + 26 : at + 28], "little") + int.from_bytes(data[at + 28 : at + 30], "little")
    )
    if member.flag_bits & 1 or member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise Unreadable("broken_container")
    if member.compress_type == ZIP_STORED:
        end = start + member.compress_size
        yield from (data[place : min(place + CHUNK, end)] for place in range(start, end, CHUNK))
        return
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    while not inflate.eof:
        packed = inflate.unconsumed_tail
        if not packed:
            packed = data[start : start + CHUNK]
            start += CHUNK
        if not packed:
            raise Unreadable("broken_container")
        yield inflate.decompress(packed, CHUNK)


def _written(cell: Any) -> str:
    """A cell as text that means one thing. Formulas have become their last values."""
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        text = format(Decimal(repr(cell)), "f").removesuffix(".0")
        return f"{text}0" if re.fullmatch(r"-?[0-9]{1,3}\.[0-9]{3}", text) else text  # 1.234 could be a thousand
    return str(cell).replace("\r", " ").replace("\n", " ")
