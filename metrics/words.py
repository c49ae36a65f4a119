"""What is wrong with a row or a file, in a sentence that says what to do. Judgements carry the codes."""

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from metrics.findings import Fault, Finding
from ownership import words

DECIMAL_MARKS: list[tuple[str, str | Promise]] = [
    ("", _("no figure has one")),
    (",", _("comma: 1.234,5")),
    (".", _("point: 1,234.5")),
]

PRESET: Mapping[str, str | Promise] = {
    "searchconsole": _("an export of Search Console"),
    "ahrefs": _("an export of Ahrefs"),
    "moz": _("an export of Moz Link Explorer"),
    "prompts": _("a list of prompt runs"),
}

ROW_ERROR: Mapping[str, str | Promise] = {
    "ambiguous_date": _("This date can be read two ways. Say in the mapping whether the day or the month comes first."),
    "ambiguous_number": _("This number can be read two ways. Say in the mapping which mark separates decimals."),
    "broken_container": _("The workbook or archive cannot be read. Save it anew, or as CSV."),
    "cells_far_out": _("The workbook has cells beyond 100,000 rows or 100 columns. Remove them, or save as CSV."),
    "container_too_large": _("The workbook or archive is larger than 10 MB. Split it, or save as CSV."),
    "no_table_of_days": _("No sheet or file in it has a column of days."),
    "too_many_members": _("The archive holds more than 1,000 files."),
    "unpacks_too_large": _("The workbook or archive unpacks to more than 50 MB. Split it."),
    "bad_denominator": _("A denominator is zero or a positive number."),
    "bare_percentage": _("A percentage alone cannot be added up. Give the two numbers it was made of."),
    "denominator_missing": _("This KPI is a ratio: it needs a numerator and a denominator."),
    "denominator_unwanted": _("This KPI is a plain sum and takes no denominator."),
    "not_a_period": _("The period does not begin on this day: weeks begin on Monday, months on the first."),
    "share_above_one": _("A share lies between none and all: the numerator is negative or above the denominator."),
    "unknown_kpi": _("There is no such KPI, or none that you may see."),
    "broken_table": _("The table breaks off here: a quotation mark is missing, or a cell is too long."),
    "empty_file": _("The file is empty."),
    "file_too_large": _("The file is larger than 25 MB. Split it."),
    "formula": _("This is a formula. Save the values instead."),
    "future": _("This period has not come yet."),
    "heading_twice": _("Two columns have the same heading. Rename one."),
    "no_address": _("There is no address of a page in this row, such as https://blog.example/sofas."),
    "too_many_pages": _("These are more than 10,000 pages. Bring them in parts."),
    "no_kpi": _("The row does not say which KPI it is about."),
    "no_such_column": _("The mapping names a column that the file does not have."),
    "no_such_day": _("There is no such day, or it lies before 1990."),
    "not_a_date": _("This is not a date that can be read, such as 2026-03-09 or 9-3-2026."),
    "not_a_number": _("This is not a number that can be read."),
    "line_too_long": _("This line is longer than a million characters. It is not a row of a table."),
    "not_yes_or_no": _("Yes or no is wanted here, or nothing where it was not noted."),
    "not_text": _("The file holds binary data. Save it as CSV."),
    "nothing_mapped": _("Choose the date column and at least one column with values."),
    "number_too_large": _("This number is too large to be a measurement."),
    "one_column": _("Only one column was found. Is the file a CSV with a heading?"),
    "period_twice": _("This KPI and period stand in an earlier row too. Keep one of them."),
    "too_many_columns": _("The file has more than 100 columns."),
    "too_many_errors": _("There are more than 10,000 errors: correct the mapping first."),
    "too_many_rows": _("The file has more than 100,000 rows. Split it."),
    "wrong_encoding": _("The file is not written in this encoding."),
    "wrong_number_of_cells": _("The row has more or fewer cells than the heading."),
}


class FaultWords(NamedTuple):
    """What a fault is called, how grave it looks, why it matters and what to do."""

    label: str | Promise
    tone: str
    icon: str
    why: str | Promise
    todo: str | Promise


FAULT: Mapping[Fault, FaultWords] = {
    Fault.LATE: FaultWords(
        _("Late"),
        "bad",
        "clock",
        _("Verdicts on it wait, and a pilot that is judged on it counts as having no recent data."),
        _("See why its source does not answer, bring the file, or log the values."),
    ),
    Fault.UNIT_JUMP: FaultWords(
        _("Other unit"),
        "bad",
        "alert",
        _("Cents for euros, or a lost decimal mark: every sum and every effect that holds these values is wrong."),
        _("Mend the unit at the source, then send these periods again."),
    ),
    Fault.SOURCES_DIFFER: FaultWords(
        _("Sources differ"),
        "warn",
        "swap",
        _("They cannot both be right, and who believes the other one will not believe the verdict."),
        _("Find out which counts what. If the other one is right, make it the source of record."),
    ),
    Fault.FROZEN: FaultWords(
        _("Stands still"),
        "warn",
        "pause",
        _("A meter that stands still hides what happens: a pilot looks as if it did nothing."),
        _("Check the measurement. Take the values back if they are not real."),
    ),
    Fault.OUTLIER: FaultWords(
        _("Unusual value"),
        "warn",
        "alert",
        _("One value far out bends a baseline or an effect."),
        _("Correct it if it is a slip. If it is real, annotate what happened."),
    ),
    Fault.MISSING: FaultWords(
        _("Missing"),
        "warn",
        "data",
        _("What is missing is never counted as zero, but it makes a baseline thinner and a verdict less sure."),
        _("Bring the missing periods. If nothing was measured then, annotate why."),
    ),
    Fault.SAMPLED: FaultWords(
        _("Sampled"),
        "none",
        "spark",
        _("These are estimates from a part of what happened: small changes in them mean nothing."),
        _("Ask the source for shorter spans or fewer dimensions."),
    ),
    Fault.THRESHOLDED: FaultWords(
        _("Held back in part"),
        "none",
        "lock",
        _("The vendor leaves out rare rows, so that the sum is smaller than the truth."),
        _("Compare it only with itself, never with another source."),
    ),
    Fault.PARTIAL: FaultWords(
        _("Incomplete"),
        "none",
        "data",
        _("Days are missing within these periods."),
        _("Send them again once they are whole."),
    ),
    Fault.PROVISIONAL: FaultWords(
        _("May still change"),
        "none",
        "clock",
        _("The source revises its newest values. Verdicts count the final ones."),
        _("Nothing: they are asked again by themselves."),
    ),
}


def what(finding: Finding, *, grain: str, source: str = "", other: str = "") -> str:
    """What is wrong, in a sentence. `source` is the one of record, `other` the one that says something else."""
    given = {
        "n": words.number(finding.count),
        "since": words.day(finding.since, year=True),
        "value": words.number(finding.value),
        "low": words.number(finding.low),
        "high": words.number(finding.high),
        "periods": _periods(grain, finding.count),
        "source": source,
        "other": other,
        "theirs": words.number(finding.other),
    }
    if finding.fault is Fault.UNIT_JUMP:
        factor = finding.factor or 1.0
        given["times"] = words.number(round(factor if factor > 1 else 1 / factor))
        return str(_TOO_LARGE if factor > 1 else _TOO_SMALL) % given
    return str(_WHAT[finding.fault]) % given


def _periods(grain: str, count: int) -> str:
    said = {
        "day": ngettext("%(n)s day", "%(n)s days", count),
        "week": ngettext("%(n)s week", "%(n)s weeks", count),
        "month": ngettext("%(n)s month", "%(n)s months", count),
    }[grain]
    return said % {"n": words.number(count)}


_TOO_LARGE = _("%(periods)s about %(times)s times too large, the last %(value)s. Usual is %(low)s to %(high)s.")
_TOO_SMALL = _("%(periods)s about %(times)s times too small, the last %(value)s. Usual is %(low)s to %(high)s.")
_WHAT: Mapping[Fault, str | Promise] = {
    Fault.LATE: _("The next value should have been there before %(since)s."),
    Fault.SOURCES_DIFFER: _("Over the last four weeks or months %(source)s says %(value)s, %(other)s %(theirs)s."),
    Fault.FROZEN: _("The same value, %(value)s, for %(periods)s in a row. Usually it moves."),
    Fault.OUTLIER: _("%(periods)s far out, the last %(value)s. Usual around it is %(low)s to %(high)s."),
    Fault.MISSING: _("%(periods)s missing between values that are known."),
    Fault.SAMPLED: _("%(periods)s estimated from a sample."),
    Fault.THRESHOLDED: _("%(periods)s without rows that the vendor held back."),
    Fault.PARTIAL: _("%(periods)s of which days are missing."),
    Fault.PROVISIONAL: _("%(periods)s that the source may still revise."),
}

MISFIT: Mapping[str, str | Promise] = {
    "row": _("A row has kpi, period_start and num, if you like den and quality, each once, and nothing else."),
    "kpi": _("The id of a KPI is a whole number."),
    "period_start": _("A day is written like 2026-01-31."),
    "num": _("This is a number."),
    "den": _("This is a number, or left out."),
    "quality": _("This is a whole number from 1 (final) to 6 (withdrawn), or left out."),
}

UNUSABLE: Mapping[str, str | Promise] = {
    "key_twice": _("A key stands twice in one object. Keep one of them."),
    "no_values": _("Send at least one row."),
    "not_heading": _(
        "The first line names the columns: kpi, period_start and num, if you like den and quality, once each."
    ),
    "not_json": _("This is not JSON in UTF-8, or it is nested too deep."),
    "not_rows": _("Send an object with a list of objects under “rows”."),
    "too_many_values": _("Send at most 50,000 rows at once."),
    "broken_table": _("The table breaks off: a quotation mark is missing, or a cell is too long."),
    "wrong_encoding": _("The table is not written in UTF-8."),
}
