"""What is wrong with a row or a file, in a sentence that says what to do. Judgements carry the codes."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

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
    "period_twice": _("The file has this KPI and period twice."),
    "too_many_columns": _("The file has more than 100 columns."),
    "too_many_errors": _("There are more than 10,000 errors: correct the mapping first."),
    "too_many_rows": _("The file has more than 100,000 rows. Split it."),
    "wrong_encoding": _("The file is not written in this encoding."),
    "wrong_number_of_cells": _("The row has more or fewer cells than the heading."),
}
