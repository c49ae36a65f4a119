"""When does AI input win? Pure judgement on plain values: no Django, no clock, no I/O.

Read in this order: `authority` (the answers, strictest first), `schema` and `facts` (what a rule may ask about),
`table` and `then` (rules as data), `evaluation` (one answer from many rules). An answer can be replayed years later
from the stored tables and facts.
"""

from decisions.rules.authority import Authority
from decisions.rules.evaluation import (
    ENGINE,
    Answer,
    Default,
    Duties,
    Edition,
    NeedsFacts,
    Program,
    RowTrace,
    facts_sha256,
    is_drawn,
)
from decisions.rules.facts import (
    Facts,
    Reading,
    Readings,
    Value,
    dump_readings,
    known,
    load_readings,
    read_posted,
)
from decisions.rules.faults import Fault, Wrong
from decisions.rules.schema import Fact, FactSource, FactType, Schema, read_schema
from decisions.rules.table import Cell, HitPolicy, Layer, Row, Table, read_cell, read_table
from decisions.rules.then import Then, Timeout

__all__ = [
    "ENGINE",
    "Answer",
    "Authority",
    "Cell",
    "Default",
    "Duties",
    "Edition",
    "Fact",
    "FactSource",
    "FactType",
    "Facts",
    "Fault",
    "HitPolicy",
    "Layer",
    "NeedsFacts",
    "Program",
    "Reading",
    "Readings",
    "Row",
    "RowTrace",
    "Schema",
    "Table",
    "Then",
    "Timeout",
    "Value",
    "Wrong",
    "dump_readings",
    "facts_sha256",
    "is_drawn",
    "known",
    "load_readings",
    "read_cell",
    "read_posted",
    "read_schema",
    "read_table",
]
