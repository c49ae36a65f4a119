"""Two versions of a table side by side, row by row. Pure."""

from typing import NamedTuple

from decisions.rules.table import Row, Table


class Compared(NamedTuple):
    """Rows by code: only in the later one, only in the earlier one, in both but not alike (as they were, as they are).

    `is_reordered`: the rows that both have stand in another order, which matters where the first that fits decides.
    """

    added: list[Row]
    removed: list[Row]
    changed: list[tuple[Row, Row]]
    is_reordered: bool


def compare(before: Table, after: Table) -> Compared:
    """What the later table makes of the earlier one."""
    old, new = ({row.code: row for row in table.rows} for table in (before, after))
    return Compared(
        added=[row for code, row in new.items() if code not in old],
        removed=[row for code, row in old.items() if code not in new],
        changed=[(old[code], row) for code, row in new.items() if code in old and old[code] != row],
        is_reordered=[code for code in old if code in new] != [code for code in new if code in old],
    )
