"""Rows as boxes, so that questions about all cases have exact answers: a row is only "all of its cells".

Cells compare a fact with their bounds and nothing else. So the values between two neighbouring bounds are one *part*,
for which any one of them, its *witness*, answers, and the cases of some tables are a finite grid.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Final

from decisions.rules.facts import Value
from decisions.rules.schema import Fact, FactType
from decisions.rules.table import Cell, Row

MOST: Final = 50_000  # boxes; beyond them a question stays open


class NotProved(Exception):
    """Too many boxes: neither yes nor no was shown."""


class Grid:
    """The cases of some rows. A box is one integer: per column a field with a bit for each part, and a spare bit above.

    Two boxes meet where every field of `a & b` has a bit. Adding ones to all fields carries into the spare bit of
    exactly those, which tells it for all columns at once.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        cells = [cell for row in rows for cell in row.when]
        facts = {cell.fact.name: cell.fact for cell in cells}
        self._witnesses = {
            name: _witnesses(fact, [cell for cell in cells if cell.fact.name == name]) for name, fact in facts.items()
        }
        self._shift: dict[str, int] = {}
        self._fields: list[int] = []
        self._spare = at = 0
        for name, witnesses in self._witnesses.items():
            self._shift[name] = at
            self._fields.append(((1 << len(witnesses)) - 1) << at)
            at += len(witnesses) + 1
            self._spare |= 1 << (at - 1)
        self.full = sum(self._fields)

    def box(self, row: Row) -> int:
        """The cases that fit a row: 0 in a column where none does."""
        box = self.full
        for cell in row.when:
            test, at = cell.test(), self._shift[cell.fact.name]
            for place, witness in enumerate(self._witnesses[cell.fact.name]):
                if not test(witness):
                    box &= ~(1 << (at + place))
        return box

    def meet(self, first: int, second: int) -> bool:
        """Whether some case fits both."""
        return ((first & second) + self.full) & self._spare == self._spare

    def minus(self, box: int, other: int) -> Iterator[int]:
        """The cases of a box that the other lacks, as boxes that share none."""
        for field in self._fields:
            if outside := box & ~other & field:
                yield box & ~field | outside
                box &= ~outside

    def outside(self, box: int, others: Sequence[int]) -> Iterator[int]:
        """The cases of a box that fit none of the others, as boxes that share none. Raises `NotProved` on the way."""
        others = [other for other in others if self.meet(box, other)]
        open_boxes, made = [(box, 0)] if self.meet(box, box) else [], 0
        while open_boxes:
            part, at = open_boxes.pop()
            while at < len(others) and not self.meet(part, others[at]):
                at += 1
            if at == len(others):
                yield part
                continue
            pieces = [(piece, at + 1) for piece in self.minus(part, others[at])]
            open_boxes += pieces
            if (made := made + len(pieces)) > MOST:
                raise NotProved

    def case(self, box: int) -> dict[str, Value]:
        """One case of a box: the first witness in every column."""
        return {
            name: next(w for place, w in enumerate(witnesses) if box >> (self._shift[name] + place) & 1)
            for name, witnesses in self._witnesses.items()
        }

    def narrowed(self, box: int) -> set[str]:
        """The columns in which a box does not hold every value."""
        return {name for name, field in zip(self._shift, self._fields, strict=True) if box & field != field}


def covers(outer: int, inner: int) -> bool:
    """Whether every case of the inner box is one of the outer."""
    return not inner & ~outer


def _witnesses(fact: Fact, cells: Sequence[Cell]) -> list[Value]:
    """One value of every part into which the cells cut a fact, in order."""
    if fact.type is FactType.BOOLEAN:
        return [False, True]
    if fact.type is FactType.ENUM:
        return list(fact.values)
    bounds = sorted({end for cell in cells for end in (cell.low, cell.high) if end is not None})
    if fact.type is FactType.DATE:
        days = _whole([day.toordinal() for day in bounds], date.min.toordinal(), date.max.toordinal())
        return [date.fromordinal(day) for day in days]
    scale = 100 if fact.type is FactType.MONEY else 1  # money compares in cents
    if fact.integer or fact.type is FactType.MONEY:
        return [*_whole(bounds, math.ceil(fact.minimum * scale), math.floor(fact.maximum * scale))]
    return list(_real(bounds, fact.minimum, fact.maximum))


def _whole(bounds: Iterable[int], low: int, high: int) -> list[int]:
    """The bounds with their neighbours: a whole number in every part where there is one, and in some two."""
    return sorted({near for bound in bounds for near in (bound - 1, bound, bound + 1) if low <= near <= high})


def _real(bounds: Sequence[float], low: float, high: float) -> Iterator[float]:
    ends = [max(low, bounds[0] - 1), *bounds, min(high, bounds[-1] + 1)]
    if ends[0] < bounds[0]:
        yield ends[0]
    for place, bound in enumerate(bounds):
        yield bound
        if place + 1 < len(bounds) and bound < (middle := (bound + bounds[place + 1]) / 2) < bounds[place + 1]:
            yield middle
    if ends[-1] > bounds[-1]:
        yield ends[-1]
