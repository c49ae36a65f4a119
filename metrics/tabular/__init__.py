"""Tables that people bring: what a file seems to say, and what it says once its mapping is agreed. Plain Python."""

from metrics.tabular.mapping import Mapping, Measure
from metrics.tabular.proposing import Proposal, Question, propose
from metrics.tabular.reading import MAX_BYTES, MAX_ROWS, Reading, Row, RowError, Unreadable, lines, read

__all__ = [
    "MAX_BYTES",
    "MAX_ROWS",
    "Mapping",
    "Measure",
    "Proposal",
    "Question",
    "Reading",
    "Row",
    "RowError",
    "Unreadable",
    "lines",
    "propose",
    "read",
]
