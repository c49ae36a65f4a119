"""Acts on files that people bring: uploaded, read as a trial, then stored whole or not at all."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop as _

from metrics import merge, tabular
from metrics.catalogue import Grain
from metrics.merge import FINAL, PARTIAL, SAMPLED, Comparison, Value
from metrics.models import Import, Kpi, Source
from metrics.periods import gaps, period_end, period_start, periods_in
from metrics.tabular import Mapping, Row, RowError, Unreadable
from metrics.unpacking import is_container, unpack
from metrics.words import ROW_ERROR
from ownership import canonical, policy
from ownership.models import Event, Unit, User
from ownership.refusals import Incomplete, NotNow

LISTED = 100  # errors that a refusal lists
KEPT_ERRORS = 1_000  # that the dry run keeps; the error file names all
KEPT_REVISIONS = 200
KEPT_GAPS = 20  # of each KPI
ENOUGH_RUNS = 150  # of prompts in a period; of fewer a share says little


def upload(*, into: Source | Unit, file_name: str, data: bytes, by: User, at: datetime, reason: str) -> Import:
    """Take a file in and propose how to read it; the mapping of the source's last import, if it still fits.

    `into` is the source whose history the file fills, or the unit that it is for. Of a workbook or an archive the one
    table of days is kept.
    """
    policy.require_writer(by.role)
    name, table = _table(file_name, data)
    proposal = tabular.propose(table)
    if proposal.error is not None:
        raise _refused(proposal.error)
    with transaction.atomic():
        source = into if isinstance(into, Source) else Source.objects.standing("import", into)
        row = Import.objects.create(
            source=source,
            file_name=name[:200],
            file=table,
            file_sha256=sha256(data).hexdigest(),
            mapping=(Import.objects.remembered(source, proposal) or proposal.mapping).plain(),
            uploaded_by=by,
            uploaded_at=at,
        )
        after = {"file_sha256": row.file_sha256, "source": source.pk}
        Event.objects.record("import.uploaded", about=row, by=by, at=at, reason=reason, after=after)
    return row


def _table(file_name: str, data: bytes) -> tuple[str, bytes]:
    if not is_container(data):
        return file_name, data
    try:
        name, table = unpack(data)
    except Unreadable as broken:
        raise _refused(broken.error) from broken
    return f"{file_name}: {name}", table


def _refused(error: RowError) -> Incomplete:
    return Incomplete(str(ROW_ERROR[error.code]), field="file", code=error.code, items=[_item(error)])


@transaction.atomic
def read(
    *, row: Import, mapping: Mapping, by: User, at: datetime, today: date, reason: str, expected_version: int
) -> Import:
    """Read the file with this mapping as a trial: what is new, revised, the same and wrong. Stores no value."""
    policy.require_writer(by.role)
    if row.state == "stored":
        raise NotNow(_("This file was stored already."))
    found, errors = _staged(row, mapping, by, today)
    result = _result(found, errors, merge.compare(row.source)) | {"coverage": _coverage(found)}
    row.change(
        expected_version=expected_version,
        state="read",
        mapping=mapping.plain(),
        mapping_sha256=canonical.sha256(mapping.plain()),
        dry_run=result,
    )
    after = {name: result[name] for name in ("rows", "inserted", "revised", "unchanged", "bad")}
    Event.objects.record("import.read", about=row, by=by, at=at, reason=reason, after=after)
    return row


@transaction.atomic
def store(*, row: Import, by: User, at: datetime, today: date, reason: str, expected_version: int) -> Import:
    """Store every value of the file under its mapping, or none. A file that was stored before gives that import."""
    policy.require_writer(by.role)
    if row.state == "uploaded":
        raise NotNow(_("Read the file first: choose what its columns mean."))
    earlier = Import.objects.stored_like(row).first()
    if earlier is not None:
        return earlier
    _found, errors = _staged(row, Mapping.of(row.mapping), by, today)
    if errors:
        items = [_item(error) for error in errors[:LISTED]]
        raise Incomplete(_("Nothing was stored: some rows are not right."), code="bad_rows", field="rows", items=items)
    if not _found:
        raise Incomplete(_("The file has no values under this mapping."), code="empty", field="mapping")
    Kpi.objects.filter(pk__in={value.kpi_id for value in _found}).claim_for(row.source)
    batch = merge.merge(kind="import", source=row.source, by=by, at=at, reason=reason)
    row.change(expected_version=expected_version, state="stored", batch=batch)
    Event.objects.record("import.stored", about=row, by=by, at=at, reason=reason, after=batch.counts())
    return row


def errors(*, row: Import, mapping: Mapping, by: User, today: date) -> list[RowError]:
    """Everything that is wrong in the file, for the error file. Reads only, so it is no governed act."""
    with transaction.atomic():
        return _staged(row, mapping, by, today)[1]


def _staged(row: Import, mapping: Mapping, by: User, today: date) -> tuple[list[Value], list[RowError]]:
    """The values of the file, staged for comparing and merging, and what is wrong with it."""
    reading = tabular.read(bytes(row.file), mapping, today=today)
    visible = Kpi.objects.visible_to(by)
    names = {found.kpi for found in reading.rows}
    ids = visible.named(names)
    unknown = [
        RowError(found.line, mapping.kpi, "unknown_kpi", found.kpi) for found in reading.rows if found.kpi not in ids
    ]
    grains = dict(visible.filter(pk__in=ids.values()).values_list("pk", "grain"))
    values = list(_values(reading.rows, ids, grains, mapping))
    merge.stage(values)
    columns = {ids.get(measure.kpi): measure.num for measure in mapping.measures}
    wrong = [
        RowError(fault.line, columns.get(fault.kpi_id, mapping.num), fault.code)
        for fault in merge.faults(visible=set(ids.values()), today=today)
    ]
    return values, sorted([*reading.errors, *unknown, *wrong], key=lambda error: error.line)


def _values(rows: Iterable[Row], ids: dict[str, int], grains: dict[int, str], mapping: Mapping) -> Iterable[Value]:
    """Rows as values of their KPIs. Parts add up to the KPI's own periods; one with days missing is marked so."""
    whole: dict[tuple[int, date], list[Row]] = {}
    for row in rows:
        if row.kpi not in ids:
            continue
        kpi, starts_on = ids[row.kpi], row.starts_on
        if mapping.sums(row.counted):
            starts_on = period_start(starts_on, Grain(grains[kpi]))
            whole.setdefault((kpi, starts_on), []).append(row)
        else:
            yield Value(row.line, kpi, starts_on, row.num, row.den)
    for (kpi, starts_on), parts in whole.items():
        den = sum(row.den for row in parts if row.den is not None) if parts[0].den is not None else None
        days = (period_end(starts_on, Grain(grains[kpi])) - starts_on).days
        quality = SAMPLED if parts[0].counted == "yes" else FINAL
        if not parts[0].counted and len(parts) < days:
            quality = PARTIAL
        yield Value(min(row.line for row in parts), kpi, starts_on, sum(row.num for row in parts), den, quality)


def _coverage(values: Iterable[Value]) -> list[dict[str, Any]]:
    """Of each KPI the first and the last period in the file, how many it knows, how many of those rest on few runs of
    prompts, and the first gaps between them."""
    known: dict[int, list[date]] = defaultdict(list)
    few: Counter[int] = Counter()
    for value in values:
        known[value.kpi_id].append(value.period_start)
        few[value.kpi_id] += value.quality == SAMPLED and (value.den or 0) < ENOUGH_RUNS
    grains = dict(Kpi.objects.filter(pk__in=known).values_list("pk", "grain"))
    found = []
    for kpi, starts in sorted(known.items()):
        grain = Grain(grains[kpi])
        missing = gaps(starts, grain)
        about: dict[str, Any] = {
            "kpi": kpi,
            "first": min(starts).isoformat(),
            "last": max(starts).isoformat(),
            "known": len(starts),
        }
        about["few_runs"] = few[kpi]
        about["missing"] = sum(periods_in(*gap, grain) for gap in missing)
        about["gaps"] = [[first.isoformat(), until.isoformat()] for first, until in missing[:KEPT_GAPS]]
        found.append(about)
    return found


def _item(error: RowError) -> dict[str, Any]:
    return asdict(error) | {"why": ROW_ERROR[error.code]}


def _result(values: Sequence[Value], errors: Sequence[RowError], compared: Comparison) -> dict[str, Any]:
    """What the dry run found, as JSON."""
    return {
        "rows": len(values),
        "inserted": compared.inserted,
        "revised": compared.revised,
        "unchanged": compared.unchanged,
        "bad": len(errors),
        "errors": [asdict(error) for error in errors[:KEPT_ERRORS]],
        "revisions": [
            {
                "line": revision.line,
                "kpi": revision.kpi_id,
                "period_start": revision.period_start.isoformat(),
                "old": [revision.old_num, revision.old_den],
                "new": [revision.num, revision.den],
            }
            for revision in compared.revisions[:KEPT_REVISIONS]
        ],
    }
