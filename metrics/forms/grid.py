"""The grid in which values are logged by hand: closed periods down, KPIs across."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django import forms
from django.utils.formats import get_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from metrics.catalogue import CATALOGUE, Grain, Kind, MetricClass
from metrics.models import Kpi, Snapshot
from metrics.periods import Observation, last_closed, period_end, roll_up
from metrics.services.values import Cell
from metrics.tabular import cells
from metrics.tabular.cells import BadCell
from metrics.words import ROW_ERROR
from ownership import words as figures
from ownership.models import Unit

PERIODS = 8


@dataclass(frozen=True)
class Column:
    """One KPI. `is_open`: values are typed here; else `source` fills it."""

    kpi: Kpi
    is_open: bool
    is_ratio: bool
    source: str


@dataclass
class Box:
    """One place of the grid: an input, or the value that a source gave. `num` and `den` are texts as typed or shown."""

    column: Column
    period_start: date
    num: str = ""
    den: str = ""
    revision: int = 0
    shown: str = ""
    errors: list[str] = field(default_factory=list)
    known: tuple[str, str] = ("", "")  # num and den before anything was typed

    @property
    def name(self) -> str:
        return f"{self.column.kpi.pk}-{self.period_start}"


@dataclass(frozen=True)
class Line:
    """One period with its boxes, in the order of the columns."""

    label: str
    boxes: list[Box]


@dataclass(frozen=True)
class Table:
    """Columns and lines; output metrics have a table of their own."""

    columns: list[Column]
    lines: list[Line]


class GridForm(forms.Form):
    """Reads and writes one unit's grid of one grain. Values keep the marks that the reader's language uses."""

    reason = forms.CharField(
        label=gettext_lazy("Reason, needed for a correction"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, unit: Unit, grain: Grain, kpis: Sequence[Kpi], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.grain = grain
        self.periods = last_closed(today, grain, count=PERIODS)
        self.columns = [self._column(kpi, unit) for kpi in kpis if kpi.grain == grain or self._is_summed(kpi)]
        self.boxes = self._boxes(unit)

    def _is_summed(self, kpi: Kpi) -> bool:
        """A grid of weeks also shows what sources give by the day."""
        return self.grain is Grain.WEEK and kpi.grain == Grain.DAY and kpi.is_automatic()

    def _column(self, kpi: Kpi, unit: Unit) -> Column:
        source = kpi.source_of_record
        is_open = source is None or (source.kind == "manual" and source.unit_id == unit.pk)
        return Column(kpi, is_open, CATALOGUE[kpi.type].kind is Kind.RATIO, source.name if source else "")

    def _boxes(self, unit: Unit) -> dict[tuple[int, date], Box]:
        since, until = self.periods[0], period_end(self.periods[-1], self.grain)
        known: dict[int, list[Snapshot]] = defaultdict(list)
        kpis = [column.kpi for column in self.columns]
        for row in Snapshot.objects.of_record().for_grid(kpis, since=since, until=until):
            known[row.kpi_id].append(row)
        found = {(column.kpi.pk, start): Box(column, start) for column in self.columns for start in self.periods}
        for column in self.columns:
            for box in self._filled(column, known[column.kpi.pk]):
                found[column.kpi.pk, box.period_start] = box
        if self.is_bound:
            for box in found.values():
                box.num = str(self.data.get(f"n{box.name}", box.num)).strip()
                box.den = str(self.data.get(f"d{box.name}", box.den)).strip()
                box.revision = _whole(self.data.get(f"r{box.name}"), box.revision)
        return found

    def _filled(self, column: Column, rows: list[Snapshot]) -> list[Box]:
        kpi = column.kpi
        if kpi.grain != self.grain:
            values = [Observation(row.period_start, row.num, row.den) for row in rows]
            start, end = self.periods[0], period_end(self.periods[-1], self.grain)
            kind = CATALOGUE[kpi.type].kind
            weeks = roll_up(values, kind=kind, stored=Grain.DAY, judged=self.grain, from_day=start, until=end)
            return [
                Box(column, self.periods[week.index], shown=_said(week.num, week.den))
                for week in weeks
                if 0 <= week.index < len(self.periods)
            ]
        return [
            Box(
                column,
                row.period_start,
                num=_text(row.num),
                den=_text(row.den),
                revision=row.revision,
                shown=_said(row.num, row.den),
                known=(_text(row.num), _text(row.den)),
            )
            for row in rows
        ]

    def tables(self) -> tuple[Table, Table]:
        """Results and activity, apart: output never stands between outcomes."""
        output = [column for column in self.columns if column.kpi.metric_class == MetricClass.OUTPUT]
        results = [column for column in self.columns if column not in output]
        return self._table(results), self._table(output)

    def _table(self, columns: list[Column]) -> Table:
        lines = [
            Line(self._label(start), [self.boxes[column.kpi.pk, start] for column in columns]) for start in self.periods
        ]
        return Table(columns, lines)

    def _label(self, start: date) -> str:
        if self.grain is Grain.WEEK:
            return figures.isoweek(start)
        return figures.day(start) if self.grain is Grain.DAY else figures.month(start)

    def clean(self) -> dict[str, Any]:
        """What changed, as `cells`."""
        found = []
        for column in self.columns:
            for start in self.periods if column.is_open else ():
                box = self.boxes[column.kpi.pk, start]
                if (box.num, box.den) != box.known and (cell := self._cell(box)):
                    found.append(cell)
        wrong = [(box, error) for box in self.boxes.values() for error in box.errors]
        for box, error in wrong:
            where = {"kpi": box.column.kpi.name, "period": self._label(box.period_start), "error": error}
            self.add_error(None, _("%(kpi)s, %(period)s: %(error)s") % where)
        if not found and not wrong:
            self.add_error(None, _("Nothing was changed."))
        return {**self.cleaned_data, "cells": found}

    def _cell(self, box: Box) -> Cell | None:
        if not box.num and not box.den:
            box.errors.append(_("A known value stays; type the right one over it."))
            return None
        num = self._number(box, box.num)
        den = self._number(box, box.den) if box.column.is_ratio else None
        if num is None or (box.column.is_ratio and den is None):
            return None
        return Cell(box.column.kpi, box.period_start, num, den, box.revision)

    def _number(self, box: Box, text: str) -> float | None:
        try:
            return cells.number(text, decimal="")
        except BadCell as bad:
            box.errors.append(str(SAID.get(bad.code) or ROW_ERROR[bad.code]))
            return None


SAID = {
    "ambiguous_number": gettext_lazy("This can be read two ways. Write it without a mark between the thousands."),
}


def _whole(text: Any, otherwise: int) -> int:
    given = str(text or "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else otherwise


def _text(value: float | None) -> str:
    """The value as one would type it: no grouping, the language's decimal mark, nothing lost."""
    if value is None:
        return ""
    plain = repr(int(value)) if value == int(value) else repr(value)
    return plain.replace(".", get_format("DECIMAL_SEPARATOR"))


def _said(num: float, den: float | None) -> str:
    if den is None:
        return figures.number(num)
    return figures.number(num / den) if den else _("none yet")
