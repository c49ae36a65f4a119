"""Rows as boxes: which two can apply at once, and which covers another. Exact: a row is only "all of its cells"."""

from typing import Any

from decisions.rules.faults import Fault
from decisions.rules.table import Cell, Row, Table


def overlaps(table: Table) -> list[tuple[str, str]]:
    """The pairs of rows for which some case fits both."""
    rows = table.rows
    return [
        (first.code, second.code)
        for index, first in enumerate(rows)
        for second in rows[index + 1 :]
        if _meet(first, second)
    ]


def loosened(candidate: Table, base: Table) -> list[Fault]:
    """What a new floor would allow that the old one does not: rows that are gone, narrower, or less strict.

    Row by row, by code: a floor that is as strict in another way must say so in the old rows' codes.
    """
    rows = {row.code: row for row in candidate.rows}
    found = []
    for old in base.rows:
        new = rows.get(old.code)
        if new is None:
            found.append(Fault("floor_row_gone", "code", old.code))
        elif not _covers(new, old):
            found.append(Fault("floor_row_narrower", "when", old.code))
        elif new.then.authority > old.then.authority:
            found.append(Fault("floor_row_looser", "then.authority", old.code, {"authority": old.then.authority.key}))
    return found


def _meet(first: Row, second: Row) -> bool:
    others = {cell.fact.name: cell for cell in second.when}
    return all(_share(cell, others[cell.fact.name]) for cell in first.when if cell.fact.name in others)


def _share(first: Cell, second: Cell) -> bool:
    """Whether some value fits both cells of one fact."""
    if first.members is not None and second.members is not None:
        return bool(first.members & second.members)
    return _reaches(first, second) and _reaches(second, first)


def _reaches(lower: Cell, upper: Cell) -> bool:
    """Whether the interval of one begins before that of the other ends."""
    low, low_included, high, high_included = *_low(lower), *_high(upper)
    return low is None or high is None or low < high or (low == high and low_included and high_included)


def _low(cell: Cell) -> tuple[Any, bool]:
    """The lower end. Over 5 is 6 or more where values are whole."""
    if cell.fact.integer and cell.low is not None and not cell.low_included:
        return cell.low + 1, True
    return cell.low, cell.low_included


def _high(cell: Cell) -> tuple[Any, bool]:
    if cell.fact.integer and cell.high is not None and not cell.high_included:
        return cell.high - 1, True
    return cell.high, cell.high_included


def _covers(outer: Row, inner: Row) -> bool:
    """Whether every case that fits the inner row fits the outer one."""
    cells = {cell.fact.name: cell for cell in inner.when}
    return all(cell.fact.name in cells and _holds(cell, cells[cell.fact.name]) for cell in outer.when)


def _holds(outer: Cell, inner: Cell) -> bool:
    if outer.members is not None and inner.members is not None:
        return inner.members <= outer.members
    low, low_included, inner_low, inner_low_included = *_low(outer), *_low(inner)
    high, high_included, inner_high, inner_high_included = *_high(outer), *_high(inner)
    below = low is None or (
        inner_low is not None and (low < inner_low or (low == inner_low and low_included >= inner_low_included))
    )
    above = high is None or (
        inner_high is not None and (high > inner_high or (high == inner_high and high_included >= inner_high_included))
    )
    return bool(below and above)
