"""The grid in which values are logged by hand: closed periods down, KPIs across."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django import forms
from django.utils.formats import get_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from metrics.catalogue import CATALOGUE, Grain, Kind, MetricClass
from metrics.models import Batch, Kpi, Snapshot
from metrics.periods import Observation, last_closed, period_end, roll_up
from metrics.quality import likely_meant, usual_range
from metrics.services.values import Cell
from metrics.tabular import cells
from metrics.tabular.cells import BadCell
from metrics.words import DECIMAL_MARKS, ROW_ERROR
from ownership import words as figures
from ownership.models import Unit

PERIODS = 12
LOOKED_BACK = 26  # periods before those, for what is usual


@dataclass(eq=False)
class Column:
    """One KPI. `is_open`: values are typed here, and `usual` is the range of the known ones; else `source` fills it."""

    kpi: Kpi
    is_open: bool
    is_ratio: bool
    source: str
    earlier: list[float] = field(default_factory=list)  # values before the periods of the grid
    usual: tuple[float, float] | None = None

    def said_range(self) -> str:
        return f"{figures.number(self.usual[0])} – {figures.number(self.usual[1])}" if self.usual else ""

    def low(self) -> str:
        """For the script: as JavaScript reads a number, in every language. Ratios are left to the server."""
        return repr(self.usual[0]) if self.usual and not self.is_ratio else ""

    def high(self) -> str:
        return repr(self.usual[1]) if self.usual and not self.is_ratio else ""


@dataclass
class Box:
    """One place of the grid: an input, or the value that a source gave. `num` and `den` are texts as typed or shown."""

    column: Column
    period_start: date
    period: str = ""
    num: str = ""
    den: str = ""
    revision: int = 0  # the one that the page showed; 0: none
    shown: str = ""
    errors: list[str] = field(default_factory=list)
    known: tuple[str, str] = ("", "")  # num and den before anything was typed
    value: float | None = None  # what is stored
    batch: Batch | None = None  # what brought it
    is_odd: bool = False  # outside of what is usual
    seen_odd: str = ""  # what the page has asked about already

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

    def has_usual(self) -> bool:
        return any(column.usual for column in self.columns)


class GridForm(forms.Form):
    """Reads and writes one unit's grid of one grain. Values keep the marks that the reader's language uses."""

    reason = forms.CharField(
        label=gettext_lazy("Reason or note, needed for a correction or an unusual value"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    decimal = forms.ChoiceField(
        label=gettext_lazy("Which mark separates the decimals?"),
        choices=[choice for choice in DECIMAL_MARKS if choice[0]],
        required=False,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, unit: Unit, grain: Grain, kpis: Sequence[Kpi], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.grain = grain
        self.mark = get_format("DECIMAL_SEPARATOR")
        self.asks_decimal = "decimal" in self.data
        self.periods = last_closed(today, grain, count=PERIODS)
        columns = [self._column(kpi, unit) for kpi in kpis if kpi.grain == grain or self._is_summed(kpi)]
        self.columns = sorted(columns, key=lambda column: not column.is_open)
        self.boxes = self._boxes()

    def _is_summed(self, kpi: Kpi) -> bool:
        """A grid of weeks also shows what sources give by the day."""
        return self.grain is Grain.WEEK and kpi.grain == Grain.DAY and kpi.is_automatic()

    def _column(self, kpi: Kpi, unit: Unit) -> Column:
        source = kpi.source_of_record
        is_open = source is None or (source.kind == "manual" and source.unit_id == unit.pk)
        return Column(kpi, is_open, CATALOGUE[kpi.type].kind is Kind.RATIO, source.name if source else "")

    def _boxes(self) -> dict[tuple[int, date], Box]:
        known = self._known()
        found = {(column.kpi.pk, start): Box(column, start) for column in self.columns for start in self.periods}
        for column in self.columns:
            for box in self._filled(column, known[column.kpi.pk]):
                found[column.kpi.pk, box.period_start] = box
            column.usual = usual_range(self._values(column, found.values()))
        for box in found.values():
            box.period = self._label(box.period_start)
            box.is_odd = _is_odd(box.value, box.column.usual)
            if self.is_bound:
                box.num = str(self.data.get(f"n{box.name}", box.num)).strip()
                box.den = str(self.data.get(f"d{box.name}", box.den)).strip()
                box.revision = _whole(self.data.get(f"r{box.name}"))
                box.seen_odd = str(self.data.get(f"k{box.name}", ""))
        return found

    def _known(self) -> dict[int, list[Snapshot]]:
        """The values of the periods, by KPI; columns that are typed also learn the values of earlier ones."""
        open_ = [column for column in self.columns if column.is_open]
        since, until = self.periods[0], period_end(self.periods[-1], self.grain)
        long_ago = last_closed(since, self.grain, count=LOOKED_BACK)[0]
        before = Snapshot.objects.of_record().for_grid([c.kpi for c in open_], since=long_ago, until=since)
        earlier: dict[int, list[float]] = defaultdict(list)
        for kpi, value in before.exclude(value=None).values_list("kpi_id", "value"):
            earlier[kpi].append(value)
        for column in open_:
            column.earlier = earlier[column.kpi.pk]
        known: dict[int, list[Snapshot]] = defaultdict(list)
        for row in Snapshot.objects.of_record().for_grid([c.kpi for c in self.columns], since=since, until=until):
            known[row.kpi_id].append(row)
        return known

    @staticmethod
    def _values(column: Column, boxes: Iterable[Box]) -> list[float]:
        """All that is known of the column, if it is one that people type."""
        here = [box.value for box in boxes if box.column is column and box.value is not None]
        return column.earlier + here if column.is_open else []

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
                value=row.value,
                batch=row.batch,
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

    def last(self) -> Batch | None:
        """What was stored last, of all that is shown."""
        batches = [box.batch for box in self.boxes.values() if box.batch and box.column.is_open]
        return max(batches, key=lambda batch: batch.at, default=None)

    def kept(self) -> list[Box]:
        """Values that are unusual and were kept all the same."""
        return [box for box in self.boxes.values() if box.is_odd and box.batch and not box.errors]

    def clean(self) -> dict[str, Any]:
        """What changed, as `cells`."""
        changed = [box for box in self.boxes.values() if box.column.is_open and (box.num, box.den) != box.known]
        mark = self._agreed_mark(changed)
        found = [(box, cell) for box in changed if (cell := self._cell(box, mark))]
        for column in {box.column.kpi.pk: box.column for box in changed}.values():
            self._question([(box, cell) for box, cell in found if box.column is column], column)
        wrong = [(box, error) for box in self.boxes.values() for error in box.errors]
        for box, error in wrong:
            where = {"kpi": box.column.kpi.name, "period": box.period, "error": error}
            self.add_error(None, _("%(kpi)s, %(period)s: %(error)s") % where)
        if not found and not wrong:
            self.add_error(None, _("Nothing was changed."))
        return {**self.cleaned_data, "cells": [cell for _box, cell in found]}

    def _agreed_mark(self, changed: Sequence[Box]) -> str:
        """The decimal mark for figures that could be read two ways: as answered, else the language's own if the other
        figures show it. A lone "1.234" is asked about."""
        if answered := self.cleaned_data.get("decimal"):
            return str(answered)
        shown = {cells.shown_mark(text) for box in changed for text in (box.num, box.den)} - {None, ""}
        return self.mark if shown == {self.mark} else ""

    def _cell(self, box: Box, mark: str) -> Cell | None:
        if not box.num and not box.den:
            box.errors.append(_("A known value stays; type the right one over it."))
            return None
        num = self._number(box, box.num, mark)
        den = self._number(box, box.den, mark) if box.column.is_ratio else None
        if num is None or (box.column.is_ratio and den is None):
            return None
        return Cell(box.column.kpi, box.period_start, num, den, box.revision)

    def _number(self, box: Box, text: str, mark: str) -> float | None:
        try:
            return cells.number(text, decimal=mark if cells.shown_mark(text) == "" else "")
        except BadCell as bad:
            self.asks_decimal |= bad.code == "ambiguous_number"
            box.errors.append(str(SAID.get(bad.code) or ROW_ERROR[bad.code]))
            return None

    def _question(self, typed: Sequence[tuple[Box, Cell]], column: Column) -> None:
        """Ask about what is unusual, once; with a note it is kept. New values tell what is usual as old ones do."""
        values = {box.name: _value(cell) for box, cell in typed}
        others = [box for box in self.boxes.values() if box.name not in values]
        usual = usual_range(self._values(column, others) + [value for value in values.values() if value is not None])
        for box, _cell in typed:
            value = values[box.name]
            box.is_odd = _is_odd(value, usual)
            text = f"{box.num}/{box.den}"
            if value is None or usual is None or not box.is_odd:
                continue
            if box.seen_odd != text or not self.cleaned_data.get("reason"):
                box.errors.append(_unusual(value, usual, column))
            box.seen_odd = text


SAID = {"ambiguous_number": gettext_lazy("This can be read two ways. Say below which mark separates the decimals.")}


def _value(cell: Cell) -> float | None:
    if cell.den is None:
        return cell.num
    return cell.num / cell.den if cell.den else None


def _is_odd(value: float | None, usual: tuple[float, float] | None) -> bool:
    return value is not None and usual is not None and not usual[0] <= value <= usual[1]


def _unusual(value: float, usual: tuple[float, float], column: Column) -> str:
    """The doubt in words, with what may have been meant."""
    said = {"value": figures.number(value), "low": figures.number(usual[0]), "high": figures.number(usual[1])}
    text = _("%(value)s is unusual: %(low)s to %(high)s would be usual.") % said
    meant = None if column.is_ratio else likely_meant(value, usual)
    if meant is not None:
        text += " " + _("Did you mean %(meant)s?") % {"meant": figures.number(meant)}
    return text + " " + _("You can keep it if you add a note.")


def _whole(text: Any) -> int:
    given = str(text or "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0


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
