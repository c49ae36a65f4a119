"""What a table does with all cases: those that no row fits, rows that meet or contradict each other, rows without use,
and what a new version would loosen. Exact, on complete cases; each finding carries one as an example.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, islice
from typing import Final, NamedTuple

from decisions.rules.authority import Authority
from decisions.rules.boxes import MOST, Grid, NotProved, covers
from decisions.rules.evaluation import Duties, Line, Program, own_duties
from decisions.rules.facts import Value
from decisions.rules.faults import Fault
from decisions.rules.table import HitPolicy, Table

MOST_EXAMPLES: Final = 5
MOST_PAIRS: Final = 2  # of loosening: one proves it, and the rest of a wide table can take seconds


@dataclass(frozen=True)
class Finding:
    """One thing to know about a table, with a case in which it shows: the facts that matter.

    `code` is gap, overlap (two rows fit), conflict (and differ in authority), unreachable, loosens, tightens,
    guards_less (a broken guardrail that opened the breaker no longer would), or not_proved.
    """

    code: str
    rows: tuple[str, ...] = ()
    case: Mapping[str, Value] = field(default_factory=dict)
    was: Authority | None = None
    becomes: Authority | None = None


def findings(table: Table, *, stops: bool = False) -> list[Finding]:
    """All there is to say of one table. `stops`: reading ends at the first row that fits, whatever the policy says."""
    grid = Grid(table.rows)
    boxes = [grid.box(row) for row in table.rows]
    stops = stops or table.policy is HitPolicy.FIRST
    return [*_unreachable(table, grid, boxes, stops=stops), *_meetings(table, grid, boxes), *_gaps(grid, boxes)]


def gaps(grid: Grid, boxes: Sequence[int]) -> Iterator[int]:
    """The cases that no box holds, as boxes that share none."""
    return grid.outside(grid.full, boxes)


def _gaps(grid: Grid, boxes: Sequence[int]) -> Iterator[Finding]:
    try:
        for box in islice(gaps(grid, boxes), MOST_EXAMPLES):
            yield Finding("gap", case=_example(grid, box))
    except NotProved:
        yield Finding("not_proved")


def _meetings(table: Table, grid: Grid, boxes: Sequence[int]) -> Iterator[Finding]:
    for (one, first), (other, second) in combinations(zip(table.rows, boxes, strict=True), 2):
        if grid.meet(first, second):
            code = "overlap" if one.then.authority is other.then.authority else "conflict"
            yield Finding(code, (one.code, other.code), _example(grid, first & second))


def _unreachable(table: Table, grid: Grid, boxes: Sequence[int], *, stops: bool) -> Iterator[Finding]:
    """Rows without use: in each of its cases a row that outranks it decides, and such rows ask all of its duties.

    Where reading stops at the first row that fits, the rows before it outrank it; else those that are stricter too.
    """
    ranks = [(0 if stops else row.then.authority, place) for place, row in enumerate(table.rows)]
    for row, box, rank in zip(table.rows, boxes, ranks, strict=True):
        before = [at for at, other in enumerate(ranks) if other < rank]
        duties = own_duties(row.then)
        asked = [duties.beyond(own_duties(table.rows[at].then)) for at in before]
        needs = [before] + [
            [at for at, more in zip(before, asked, strict=True) if duty not in more]
            for duty in (() if stops else duties.beyond(Duties()))
        ]
        try:
            if all(next(grid.outside(box, [boxes[at] for at in need]), None) is None for need in needs):
                yield Finding("unreachable", (row.code,))
        except NotProved:
            yield Finding("not_proved", (row.code,))


def _example(grid: Grid, box: int) -> dict[str, Value]:
    """A case of the box, without the facts that do not matter in it."""
    narrowed = grid.narrowed(box)
    return {name: value for name, value in grid.case(box).items() if name in narrowed}


def floor_faults(candidate: Table, base: Table) -> list[Fault]:
    """What a new floor would allow that the base does not: rows that are gone, narrower, or less strict.

    Row by row, by code: a floor that is as strict in another way must say so in the old rows' codes.
    """
    rows = {row.code: row for row in candidate.rows}
    grid = Grid([*candidate.rows, *base.rows])
    found = []
    for old in base.rows:
        new = rows.get(old.code)
        if new is None:
            found.append(Fault("floor_row_gone", "code", old.code))
        elif not covers(grid.box(new), grid.box(old)):
            found.append(Fault("floor_row_narrower", "when", old.code))
        elif new.then.authority > old.then.authority:
            found.append(Fault("floor_row_looser", "then.authority", old.code, {"authority": old.then.authority.key}))
    return found


# --- what a new version would loosen ---


def loosening(old: Program, new: Program) -> list[Finding]:
    """Where the new rules give the AI more than the old: a higher level, or the same with fewer duties.

    Examples for some pairs of deciding rows; none means that no case is loosened. Both programs have the same default,
    and facts that they require are taken to be known.
    """
    grid = Grid(line.row for line in (*old.lines(), *new.lines()))
    changed = _changed(old, new)
    boxes = [grid.box(line.row) for line in changed]
    found: dict[tuple[str, str], Finding] = {}
    try:
        parts = [part for at, box in enumerate(boxes) for part in grid.outside(box, boxes[:at])]
        owed = old.lines() if any(line.stops for line in (*old.lines(), *new.lines())) else changed
        for part in _suspects(grid, parts, _Side(old, grid, owed), _Side(new, grid, new.lines())):
            case = grid.case(part)
            was, becomes = old.answer(case), new.answer(case)
            more = becomes.authority > was.authority
            if more or (becomes.authority == was.authority and was.duties.beyond(becomes.duties)):
                pair = (was.code, becomes.code)
                found[pair] = Finding("loosens", pair, _example(grid, part), was.authority, becomes.authority)
                if len(found) == MOST_PAIRS:
                    break
    except NotProved:
        return [*found.values(), Finding("not_proved")]
    return list(found.values())


def tightening(old: Program, new: Program) -> list[Finding]:
    """Where the new rules give the AI less than the old: what going back would loosen, told the other way round."""
    return [
        replace(found, code="tightens", rows=found.rows[::-1], was=found.becomes, becomes=found.was)
        if found.code == "loosens"
        else found
        for found in loosening(new, old)
    ]


def _changed(old: Program, new: Program) -> list[Line]:
    """The rows outside which both programs read the same: those that only one has, or all where the order differs."""
    before, after = old.lines(), new.lines()
    kept, still = [line for line in before if line in after], [line for line in after if line in before]
    if kept != still:
        return [*before, *after]
    return [line for line in before if line not in after] + [line for line in after if line not in before]


class _Lane(NamedTuple):
    """A row on a grid. `is_owed`: it has duties that must be compared with those of the other side."""

    box: int
    line: Line
    is_owed: bool

    @property
    def level(self) -> Authority:
        return self.line.row.then.authority


class _Span(NamedTuple):
    """Between which levels a program answers in a box, and by which rows to cut it to know more."""

    least: int
    most: int
    cuts: list[_Lane]
    is_owed: bool


class _Side:
    """A program on a grid."""

    def __init__(self, program: Program, grid: Grid, owed: Sequence[Line]) -> None:
        self.lanes = [
            _Lane(grid.box(line.row), line, own_duties(line.row.then) != Duties() and line in owed)
            for line in program.lines()
        ]
        self._default = program.default.authority

    def span(self, part: int, lanes: Sequence[_Lane], *, with_duties: bool = True) -> _Span:
        """`lanes` are those that meet the part, in order. Without duties, cuts need not tell who owes what."""
        read, most, is_settled, is_sure = [], int(max(Authority)), False, True
        for lane in lanes:
            read.append(lane)
            fits = covers(lane.box, part)
            if fits and is_sure:  # else an earlier row may end the reading
                most = min(most, lane.level)
            is_settled = is_settled or (fits and not lane.line.is_asleep)
            if lane.line.stops and not lane.line.is_asleep:
                is_sure = False
                if fits:
                    break
        levels = [*(lane.level for lane in read), *([] if is_settled else [self._default])]
        most = min(most, max(levels))
        all_matter = not is_settled or not is_sure
        matters = (lane for lane in read if all_matter or lane.level < most or (with_duties and lane.is_owed))
        cuts = [lane for lane in matters if not covers(lane.box, part)]
        return _Span(min(levels), most, cuts, any(lane.is_owed for lane in read))


def _suspects(grid: Grid, parts: Iterable[int], old: _Side, new: _Side) -> Iterator[int]:
    """Parts in which a witness tells for all cases whether they loosen, but for those that surely do not."""
    open_parts, made = [(part, old.lanes, new.lanes) for part in parts], 0
    while open_parts:
        part, before, after = open_parts.pop()
        before = [lane for lane in before if grid.meet(part, lane.box)]
        after = [lane for lane in after if grid.meet(part, lane.box)]
        was = old.span(part, before)
        becomes = new.span(part, after, with_duties=was.is_owed)
        if becomes.most < was.least or (becomes.most == was.least and not was.is_owed):
            continue
        if cuts := [*was.cuts, *becomes.cuts]:
            cut = min(cuts, key=lambda lane: lane.level).box
            pieces = [*grid.minus(part, cut), part & cut]
            open_parts += [(piece, before, after) for piece in pieces]
            if (made := made + len(pieces)) > MOST:
                raise NotProved
        else:
            yield part
