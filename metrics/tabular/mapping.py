"""How a file is to be read. Agreed once, remembered with the source, hashed with the file."""

from collections.abc import Mapping as Plain
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

ENCODINGS = ("utf-8-sig", "utf-16", "cp1252")
DELIMITERS = (",", ";", "\t", "|")
DECIMALS = ("", ".", ",")
ORDERS = ("", "dmy", "mdy")
COUNTED = ("", "yes", "things", "sites")


@dataclass(frozen=True, slots=True)
class Measure:
    """One KPI of a file with a column per KPI: its numerator and, for ratios and means, its denominator.

    `is_mean`: the column holds an average that the denominator weighs, as Search Console's Position over Impressions;
    what is stored is their product. `counted`, where the column holds no figures: "yes", the share of rows that say
    so, as runs of prompts; "things" it names, each once, on the first of its days; "sites" of its addresses. An empty
    `kpi` is a measure that nobody has asked for.
    """

    kpi: str
    num: str
    den: str = ""
    is_mean: bool = False
    counted: str = ""


@dataclass(frozen=True, slots=True)
class Mapping:
    """Which columns hold what, and how figures and days are written. Columns are named by their headings.

    Long layout: `kpi`, `num` and `den` name columns and every row says which KPI it is about. Else `measures` lists
    them. Empty `decimal` or `order`: nobody has said, so what could be read two ways is an error. `on` is the day of
    all rows, in ISO 8601, where no column says one. `adds_up`: several rows of one KPI and period are parts of it.
    """

    encoding: str = "utf-8-sig"
    delimiter: str = ","
    decimal: str = ""
    order: str = ""
    date: str = ""
    kpi: str = ""
    num: str = ""
    den: str = ""
    measures: tuple[Measure, ...] = ()
    adds_up: bool = False
    on: str = ""

    @property
    def is_long(self) -> bool:
        return bool(self.kpi)

    def sums(self, counted: str) -> bool:
        """Whether several rows of one period are its parts."""
        return self.adds_up or bool(counted)

    def columns(self) -> set[str]:
        """The headings that the file must have."""
        wanted = {name for measure in self.measures if measure.kpi for name in (measure.num, measure.den)}
        return (wanted | {self.date, self.kpi, self.num, self.den}) - {""}

    def plain(self) -> dict[str, Any]:
        """As JSON, to store and to hash."""
        return asdict(self) | {"measures": [asdict(measure) for measure in self.measures]}

    @classmethod
    def of(cls, plain: Plain[str, Any]) -> "Mapping":
        """The inverse of `plain`. ValueError names what is unknown or of the wrong type."""
        unknown = set(plain) - set(cls.__slots__)
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(map(str, unknown)))}")
        measures = plain.get("measures", ())
        if not isinstance(measures, list | tuple):
            raise ValueError("measures: a list is wanted")
        mapping = cls(**{**plain, "measures": tuple(_measure(row) for row in measures)})
        mapping._check()
        return mapping

    def _check(self) -> None:
        for name, allowed in _ALLOWED.items():
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name}: one of {', '.join(map(repr, allowed))} is wanted")
        for name in ("date", "kpi", "num", "den"):
            if not isinstance(getattr(self, name), str):
                raise ValueError(f"{name}: the heading of a column is wanted")
        if not isinstance(self.on, str) or (self.on and not _is_day(self.on)):
            raise ValueError("on: a day like 2026-01-31 is wanted")
        if not isinstance(self.adds_up, bool):
            raise ValueError("adds_up: true or false is wanted")


_ALLOWED = {"encoding": ENCODINGS, "delimiter": DELIMITERS, "decimal": DECIMALS, "order": ORDERS}


def _measure(row: Any) -> Measure:
    if isinstance(row, Measure):
        return row
    if not isinstance(row, dict) or set(row) - set(Measure.__slots__) or not {"kpi", "num"} <= set(row):
        raise ValueError("measures: each has kpi and num, and may have den, is_mean and counted")
    measure = Measure(**row)
    if not all(isinstance(text, str) for text in (measure.kpi, measure.num, measure.den)):
        raise ValueError("measures: kpi, num and den are texts")
    if measure.is_mean and not measure.den:
        raise ValueError("measures: a mean needs the column that weighs it")
    if measure.counted not in COUNTED or (measure.counted and measure.den):
        raise ValueError("measures: counted is yes, things or sites, and then there is no den")
    return measure


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False
