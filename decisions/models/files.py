"""Rule tables as files: DMN for other engines, XLSX and CSV for people. A file shows in its first bytes what it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from decisions.models.rules import RuleSetVersion
from decisions.rules import Fault, Wrong, dmn, sheet
from ownership.refusals import gettext_noop as _


class Kind(NamedTuple):
    """A format in which rules leave the house."""

    suffix: str
    media_type: str
    write: Callable[[RuleSetVersion], bytes]


def _dmn(version: RuleSetVersion) -> bytes:
    domain = version.rule_set.domain
    return dmn.write(
        version.read(),
        version.rule_set.schema(),
        name=version.rule_set.name,
        default=domain.default().authority if domain else None,
        facets={
            "number": str(version.number),
            "state": version.state,
            "sha256": version.sha256,
            "review_by": version.review_by.isoformat() if version.review_by else "",
        },
    )


def _lines(version: RuleSetVersion) -> sheet.Lines:
    return sheet.write(version.read(), version.rule_set.schema())


KINDS: Final = {
    "dmn": Kind("dmn", "application/xml", _dmn),
    "xlsx": Kind(
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        lambda version: sheet.to_xlsx(_lines(version)),
    ),
    "csv": Kind("csv", "text/csv; charset=utf-8", lambda version: sheet.to_csv(_lines(version))),
}


def file_name(version: RuleSetVersion, kind: Kind) -> str:
    """`RV-12-page-titles.dmn`: plain characters only."""
    name = re.sub(r"[^a-z0-9]+", "-", version.rule_set.name.lower()).strip("-")
    return f"{version.ref}-{name}.{kind.suffix}"


def read_file(data: bytes, version: RuleSetVersion) -> dict[str, Any]:
    """The table that a file holds, as JSON for this version's scope. Raises `Wrong`: all or nothing."""
    if len(data) > sheet.MOST_BYTES:
        raise Wrong([Fault("too_large", "file", params={"most": sheet.MOST_BYTES})])
    schema = version.rule_set.schema()
    if data.startswith(b"PK"):
        return sheet.read(sheet.from_xlsx(data), schema)
    if data.lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").startswith(b"<"):
        domain = version.rule_set.domain
        default = domain.default().authority if domain else None
        return dmn.read(data, schema, default=default, because=_("Taken over from a file."))
    return sheet.read(sheet.from_csv(data), schema)
