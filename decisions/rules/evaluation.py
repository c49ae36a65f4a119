"""One answer from many rules, in three-valued logic: an unknown fact can only tighten.

Removing a fact turns true and false cells into unknown ones, never the reverse. Reading then never stops earlier and
the default never leaves, so the live rows only grow: the strictest cannot get looser and no duty is dropped.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import inf
from typing import Any, Final, NamedTuple, TypeAlias

from decisions.rules.authority import Authority
from decisions.rules.facts import Facts
from decisions.rules.schema import Schema
from decisions.rules.table import HitPolicy, Layer, Row, Table
from decisions.rules.then import Then, Timeout
from ownership import canonical

ENGINE: Final = 1  # changed meaning gets a new number, and the old engine stays
# A hit of a row or cell. Plain numbers, because this is the inner loop; the order is that in which equals decide.
TRUE, UNKNOWN, FALSE = 0, 1, 2
MARKS: Final = "T?F"
NOT_READ: Final = "-"


@dataclass(frozen=True, slots=True)
class Edition:
    """A published table with what decides whether its AI rows count on a given day."""

    table: Table
    review_by: date | None = None  # its last good day
    is_shadow: bool = False


@dataclass(frozen=True, slots=True)
class Default:
    """What a domain answers where no rule is known to fit."""

    authority: Authority
    decider: str
    sla_days: int
    on_timeout: Timeout = Timeout.ESCALATE


class NeedsFacts(NamedTuple):
    """Nothing is answered before these are known."""

    missing: tuple[str, ...]


class Duties(NamedTuple):
    """What every row that may apply demands together: the most of each. Shares, days, and caps by name."""

    sample: float | None = None
    revert_days: int | None = None
    canary_share: float | None = None
    canary_days: int | None = None
    caps: Mapping[str, float] = {}
    guardrails: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()

    def beyond(self, other: "Duties") -> list[str]:
        """The duties, by name, of which the other asks less."""
        names = [
            name
            for name in ("sample", "revert_days", "canary_days")
            if (getattr(self, name) or 0) > (getattr(other, name) or 0)
        ]
        if self.canary_share is not None and self.canary_share < (other.canary_share or inf):
            names.append("canary_share")
        names += [f"caps.{name}" for name, most in self.caps.items() if most < other.caps.get(name, inf)]
        names += [f"guardrails.{name}" for name in self.guardrails if name not in other.guardrails]
        return names + [f"evidence.{name}" for name in self.evidence if name not in other.evidence]


class Answer(NamedTuple):
    """Who decides, which row says so, and the duties. `hit` is T or ?: a row that may apply decides too."""

    authority: Authority
    layer: Layer
    code: str
    hit: str
    because: str
    decider: str
    second: str
    sla_days: int
    on_timeout: Timeout
    duties: Duties


class RowTrace(NamedTuple):
    """How one row was read, in marks: T true, F false, ? unknown, - not read. `cells` has one per cell of the row."""

    layer: Layer
    code: str
    hit: str
    cells: str


class Line(NamedTuple):
    """A row as a program reads it: whether reading stops at it once it is true, and whether it counts as unknown."""

    layer: Layer
    row: Row
    stops: bool
    is_asleep: bool


class _Line:
    """A row made ready: tests instead of cells, and its rank among the live rows."""

    __slots__ = ("cells", "code", "has_duties", "layer", "row", "strictness", "then", "told", "unread", "when_true")

    def __init__(self, layer: Layer, row: Row, *, is_asleep: bool) -> None:
        self.layer = layer
        self.row = row
        self.code = row.code
        self.cells = tuple((cell.fact.name, cell.test()) for cell in row.when)
        self.then = then = row.then
        self.when_true = UNKNOWN if is_asleep else TRUE
        self.strictness = 2 * then.authority  # doubled: true decides before unknown at the same authority
        self.has_duties = own_duties(then) != Duties()
        self.unread = RowTrace(layer, row.code, NOT_READ, NOT_READ * len(row.when))
        self.told: dict[str, tuple[int, RowTrace]] = {}

    def traced(self, facts: Facts) -> tuple[int, RowTrace]:
        """Its hit, with every cell looked at."""
        marks = ""  # rows have few cells, so adding letters beats joining a list, and the same marks come again
        for name, test in self.cells:
            value = facts.get(name)
            marks += "?" if value is None else "T" if test(value) else "F"
        return self.told.get(marks) or self._tell(marks)

    def _tell(self, marks: str) -> tuple[int, RowTrace]:
        hit = FALSE if "F" in marks else UNKNOWN if "?" in marks else self.when_true
        self.told[marks] = hit, RowTrace(self.layer, self.code, MARKS[hit], marks)
        return self.told[marks]


_Hits: TypeAlias = list[int]  # of rows in the order of their table; what was not read counts as false


class Program:
    """The tables of all layers made ready for one day. Evaluating it is pure."""

    def __init__(
        self,
        *,
        schema: Schema,
        floor: Edition,
        table: Edition | None,
        exceptions: Sequence[Edition] = (),
        default: Default,
        on: date,
    ) -> None:
        self._required = tuple(fact.name for fact in schema.values() if fact.required)
        self._exceptions = [line for edition in exceptions for line in _lines(Layer.EXCEPTION, edition, on)]
        self._table = _lines(Layer.TABLE, table, on) if table else []
        self._floor = _lines(Layer.FLOOR, floor, on)
        self._lines = (*self._exceptions, *self._table, *self._floor)
        self._stops_at_first = bool(table and table.table.policy is HitPolicy.FIRST)
        self.default = default
        self._otherwise = _Line(Layer.DEFAULT, Row("DEFAULT", (), Then(default.authority, "")), is_asleep=False)
        self._in_order = (*self._exceptions, *self._table, self._otherwise, *self._floor)  # in which equals decide
        self._settled: dict[bytes, Answer] = {}  # by the hits of all rows, which are few even among many facts
        self._source = {
            "engine": ENGINE,
            "required": sorted(self._required),
            "default": [default.authority.key, default.decider, default.sla_days, default.on_timeout],
            "exceptions": [edition.table.source for edition in exceptions],
            "table": table.table.source if table else None,
            "floor": floor.table.source,
            "asleep": [f"{line.layer}:{line.code}" for line in self._lines if line.when_true == UNKNOWN],
        }

    def sha256(self) -> str:
        """The fingerprint of all layers, default, engine and rows asleep: with equal facts, equal answers."""
        return canonical.sha256(self._source)

    def lines(self) -> list[Line]:
        """The rows with what decides how they are read, in order."""
        stops = {Layer.EXCEPTION: True, Layer.TABLE: self._stops_at_first}
        return [
            Line(line.layer, line.row, stops.get(line.layer, False), line.when_true == UNKNOWN) for line in self._lines
        ]

    def rows(self) -> dict[tuple[Layer, str], Row]:
        """Every row by layer and code, in the order in which they are read."""
        return {(line.layer, line.code): line.row for line in self._lines}

    def evaluate(self, facts: Facts) -> Answer | NeedsFacts:
        """The answer for the known facts."""
        if missing := self._missing(facts):
            return NeedsFacts(missing)
        return self.answer(facts)

    def answer(self, facts: Facts) -> Answer:
        """The same where no fact is insisted on."""
        hits = _walk(self._exceptions, facts, stops=True)
        hits += [FALSE] * len(self._table) if TRUE in hits else _walk(self._table, facts, stops=self._stops_at_first)
        hits.append(FALSE if TRUE in hits else TRUE)
        hits += _walk(self._floor, facts, stops=False)
        return self._settle(bytes(hits))

    def explain(self, facts: Facts) -> tuple[Answer | NeedsFacts, tuple[RowTrace, ...]]:
        """The same answer, and how every row and cell was read: none, where facts are needed first."""
        if missing := self._missing(facts):
            return NeedsFacts(missing), tuple([line.unread for line in self._lines])
        told: list[RowTrace] = []
        hits = _tell(self._exceptions, facts, told, stops=True)
        if TRUE in hits:
            hits += [FALSE] * len(self._table)
            told += [line.unread for line in self._table]
        else:
            hits += _tell(self._table, facts, told, stops=self._stops_at_first)
        hits.append(FALSE if TRUE in hits else TRUE)
        hits += _tell(self._floor, facts, told, stops=False)
        return self._settle(bytes(hits)), tuple(told)

    def _missing(self, facts: Facts) -> tuple[str, ...]:
        return tuple([name for name in self._required if name not in facts])

    def _settle(self, hits: bytes) -> Answer:
        """Steps 4 to 6: the strictest of the live rows, the row that decides, and the duties of all."""
        if hits in self._settled:
            return self._settled[hits]
        decisive, best = self._otherwise, 1000
        demanding = []
        for line, hit in zip(self._in_order, hits, strict=True):
            if hit != FALSE:
                if line.strictness + hit < best:
                    decisive, best = line, line.strictness + hit
                if line.has_duties:
                    demanding.append(line.then)
        then, default = decisive.then, self.default
        self._settled[hits] = Answer(
            then.authority,
            decisive.layer,
            decisive.code,
            MARKS[best - decisive.strictness],
            then.because,
            then.decider or default.decider,
            then.second,
            then.sla_days or default.sla_days,
            then.on_timeout or default.on_timeout,
            _duties(demanding),
        )
        return self._settled[hits]


def _walk(lines: Sequence[_Line], facts: Facts, *, stops: bool) -> _Hits:
    """Read the rows in order, until the first true one if it `stops`."""
    hits = [FALSE] * len(lines)
    for place, line in enumerate(lines):
        hit = line.when_true
        for name, test in line.cells:
            value = facts.get(name)
            if value is None:
                hit = UNKNOWN
            elif not test(value):
                break
        else:
            hits[place] = hit
            if stops and hit == TRUE:
                break
    return hits


def _tell(lines: Sequence[_Line], facts: Facts, told: list[RowTrace], *, stops: bool) -> _Hits:
    """The same, and how each row was read. Written out a second time, because this is the inner loop."""
    hits = []
    for line in lines:
        if stops and TRUE in hits:
            hit, trace = FALSE, line.unread
        else:
            hit, trace = line.traced(facts)
        hits.append(hit)
        told.append(trace)
    return hits


def _lines(layer: Layer, edition: Edition, on: date) -> list[_Line]:
    return [_Line(layer, row, is_asleep=_is_asleep(layer, row, edition, on)) for row in edition.table.rows]


def _is_asleep(layer: Layer, row: Row, edition: Edition, on: date) -> bool:
    """Expired and shadow AI rows count as unknown instead of true, while strict rows still fire.

    An exception may loosen the table, and only for its time: expired, none of its rows stops the reading.
    """
    last_days = [day for day in (row.then.review_by, edition.review_by) if day]
    is_expired = any(day < on for day in last_days)
    if layer is Layer.EXCEPTION:
        return is_expired or (edition.is_shadow and row.then.authority.is_ai)
    return row.then.authority.is_ai and (is_expired or edition.is_shadow)


def _duties(thens: Sequence[Then]) -> Duties:
    """The duties of several rows together. A canary too takes the most careful of each."""
    if len(thens) < 2:
        return own_duties(thens[0]) if thens else _NONE
    caps: dict[str, float] = {}
    for then in thens:
        for name, most in then.caps.items():
            caps[name] = min(most, caps.get(name, most))
    return Duties(
        max((t.sample for t in thens if t.sample is not None), default=None),
        max((t.revert_days for t in thens if t.revert_days is not None), default=None),
        min((t.canary_share for t in thens if t.canary_share is not None), default=None),
        max((t.canary_days for t in thens if t.canary_days is not None), default=None),
        caps,
        tuple(dict.fromkeys(name for then in thens for name in then.guardrails)),
        tuple(dict.fromkeys(name for then in thens for name in then.evidence)),
    )


_NONE: Final = Duties()


def own_duties(then: Then) -> Duties:
    """What one row asks."""
    return Duties(
        then.sample, then.revert_days, then.canary_share, then.canary_days, then.caps, then.guardrails, then.evidence
    )


def facts_sha256(facts: Facts) -> str:
    """The fingerprint of the known facts in normal form."""
    return canonical.sha256(dict(facts))


def is_drawn(*, key: bytes, domain: str, target: str, proposal: Any, share: float) -> bool:
    """Whether this proposal belongs to the drawn share that a person looks at.

    A keyed hash of what is proposed, so that posting it again cannot draw again, and no tool can predict the draw.
    """
    text = canonical.render([domain, target, proposal]).encode()
    drawn = int.from_bytes(hmac.digest(key, text, "sha256")[:8], "big")
    return drawn < share * 2**64
