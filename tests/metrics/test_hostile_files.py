"""Files that were made to do harm: refused before they fill the memory, by the door, the child or the reader."""

import io
import json
import struct
import subprocess
import sys
import tracemalloc
import zlib
from collections.abc import Callable
from random import Random
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from config.environment import ROOT
from metrics.models import Import
from metrics.tabular import propose
from metrics.tabular.reading import MAX_BYTES, Unreadable
from metrics.unpacking import unpack
from tests.cast import Caller, Cast

MB = 1024 * 1024
TYPES = ("[Content_Types].xml", b"<Types/>")
SHEET = "xl/worksheets/sheet1.xml"


def packed(*files: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


def bomb(size: int, padding: int = 0) -> bytes:
    """A workbook whose sheet unpacks to this many bytes; its directory says it holds ten."""
    chunks, sheet = zlib.compressobj(9, zlib.DEFLATED, -15), io.BytesIO()
    for _ in range(size // MB):
        sheet.write(chunks.compress(b" " * MB))
    sheet.write(chunks.flush())
    body, name = sheet.getvalue(), SHEET.encode()
    data = packed(TYPES, ("xl/media/photo.png", Random(7).randbytes(padding)))
    entries, directory = data[: data.index(b"PK\x01\x02")], data[data.index(b"PK\x01\x02") : -22]
    sizes = struct.pack("<III", 0, len(body), 10)
    local = b"PK\x03\x04" + struct.pack("<HHHHH", 20, 0, 8, 0, 0) + sizes + struct.pack("<HH", len(name), 0) + name
    central = b"PK\x01\x02" + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 0) + sizes
    central += struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, len(entries)) + name
    start = len(entries) + len(local) + len(body)
    end = struct.pack("<HHHHIIH", 0, 0, 3, 3, len(directory) + len(central), start, 0)
    return entries + local + body + directory + central + b"PK\x05\x06" + end


# A small process of its own starts the child, so that what is measured is the child's and not the tests' memory.
MEASURED = """
import json, os, resource, subprocess, sys
ended = subprocess.run([sys.executable, "-m", "metrics.tabular"], stdin=sys.stdin, capture_output=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
head = ended.stdout.partition(b"\\n")[0].decode()
print(json.dumps([head, used.ru_maxrss // 1024, used.ru_utime + used.ru_stime, ended.returncode]))
"""


def measured(data: bytes) -> tuple[dict[str, str], int, float]:
    """What the child says, the most memory it held (MB), and its seconds of processor time."""
    command = [sys.executable, "-c", MEASURED]
    ended = subprocess.run(command, input=data, capture_output=True, check=True, cwd=ROOT, env={})
    head, memory, seconds, _code = json.loads(ended.stdout)
    return json.loads(head or "{}"), memory, seconds


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "unpacks to 200 MB": (lambda: bomb(200 * MB, padding=300_000), "unpacks_too_large"),
    "10,000 entries": (lambda: packed(*[(f"{at}.csv", b"a,b\n") for at in range(10_000)]), "too_many_members"),
    "one cell far out": (lambda: packed(TYPES, (SHEET, b'<c r="A1"/><c r="XFD1048576"/>')), "cells_far_out"),
    "entities": (lambda: packed(TYPES, (SHEET, b"<!DOCTYPE lolz [<!ENTITY a 'b'>]><x/>")), "broken_container"),
    "in another alphabet": (lambda: packed(TYPES, (SHEET, "<!DOCTYPE x>".encode("utf-16"))), "broken_container"),
    "no workbook at all": (lambda: packed(TYPES, (SHEET, b"<x/>")), "broken_container"),
    "only its first bytes": (lambda: b"PK\x03\x04" + b"x" * 100, "broken_container"),
    "11 MB": (lambda: b"PK\x03\x04" + bytes(11 * MB), "container_too_large"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_or_archive_ends_in_the_child_with_a_reason(name: str) -> None:
    make, code = HOSTILE[name]

    said, memory, seconds = measured(make())

    assert said == {"code": code}
    assert memory <= 200
    assert seconds <= 5  # a fraction of it; other work on the machine shall not fail this test


def test_a_child_that_dies_is_a_file_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metrics.unpacking.HOUSE", ROOT / "docs")  # there is no reader there

    with pytest.raises(Unreadable, match="broken_container"):
        unpack(packed(("a.csv", b"Date,x\n2026-01-01,1\n")))


class Endless(io.RawIOBase):
    """A body of a gigabyte that nobody keeps: it counts what is asked of it."""

    def __init__(self, head: bytes) -> None:
        self.head, self.given = io.BytesIO(head), 0

    def read(self, size: int = -1) -> bytes:
        data = self.head.read(size) or b"x" * min(max(size, 0), MB)
        self.given += len(data)
        return data


@pytest.mark.parametrize("path", ["/imports/", "/api/v1/imports/"])
def test_a_line_of_a_gigabyte_is_refused_before_it_is_read(cast: Cast, path: str) -> None:
    body = Endless(
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="big.csv"\r\nContent-Type: text/csv\r\n\r\n'
    )
    length = {"CONTENT_LENGTH": str(10**9), "CONTENT_TYPE": "multipart/form-data; boundary=b", "wsgi.input": body}
    client: Any = Client(enforce_csrf_checks=True)
    client.force_login(cast.tom, backend="django.contrib.auth.backends.ModelBackend")
    client.get("/imports/")  # with its cookie the check looks into the body, first of all

    answer = client.generic("POST", path, b"", **length)

    assert answer.status_code == 413
    assert body.given <= MB
    assert not Import.objects.exists()


def test_a_file_that_is_one_line_is_refused_while_it_is_read() -> None:
    data = b"date,leads\n" + b"x" * (MAX_BYTES - 100)
    tracemalloc.start()

    error = propose(data).error
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert error is not None
    assert error.code == "line_too_long"
    assert most <= 50 * MB


def test_a_formula_in_a_cell_is_refused_as_a_figure_and_harmless_on_the_way_out(cast: Cast) -> None:
    tom = Caller(cast.tom)
    file = SimpleUploadedFile("a.csv", b"Date,Leads\n2026-01-05,=1+1\n2026-01-06,@SUM(A1)\n")
    row = tom.client.post("/api/v1/imports/", {"file": file, "reason": "x", "unit": cast.marketing.pk}).json()

    rows = tom.get(f"/imports/{row['ref']}/errors.csv").content.decode("utf-8-sig").splitlines()

    assert rows[1:] == ["2026-01-05,'=1+1,", "2026-01-06,'@SUM(A1),"]


@pytest.mark.parametrize("name", ["unpacks to 200 MB", "10,000 entries"])
def test_a_bomb_is_refused_with_its_reason_on_the_page_and_by_the_api(cast: Cast, name: str) -> None:
    make, code = HOSTILE[name]
    tom, data = Caller(cast.tom), make()

    page = tom.client.post(
        "/imports/", {"file": SimpleUploadedFile("a.xlsx", data), "unit": cast.marketing.pk, "reason": "x"}
    )
    answer = tom.client.post(
        "/api/v1/imports/", {"file": SimpleUploadedFile("a.xlsx", data), "unit": cast.marketing.pk, "reason": "x"}
    )

    assert (page.status_code, answer.status_code, answer.json()["code"]) == (422, 422, code)
    assert not Import.objects.exists()
