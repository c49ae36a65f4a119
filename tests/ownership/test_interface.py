"""The printers of figures and the tags of people and status, in English and in Dutch."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from ownership import words
from ownership.models import User

MINUS = "\N{MINUS SIGN}"
NBSP = "\N{NO-BREAK SPACE}"


def shown(source: str, **context: object) -> str:
    return Template("{% load interface %}" + source).render(Context(context))


def test_a_change_carries_its_interval() -> None:
    assert shown("{% effect 0.13 0.05 0.21 %}") == "+13% (80% range +5% to +21%)"
    assert shown("{% effect -0.042 -0.094 0.004 %}") == f"{MINUS}4% (80% range {MINUS}9% to +0.4%)"
    assert shown('{% effect 0.021 0.004 0.04 "points" %}') == "+2 points (80% range +0.4 points to +4 points)"
    assert shown('{% effect 52 20 87 "a week" %}') == "+52 a week (80% range +20 to +87)"


def test_a_change_without_an_interval_is_not_said() -> None:
    assert shown("{% effect 0.13 None None %}") == "too early to tell"
    assert "13" not in shown("{% effect_cell 0.13 None 0.2 %}")


def test_nothing_is_ever_minus_zero() -> None:
    assert words.change(-0.0001) == "0%"
    assert words.money(-0.001) == "€0"


def test_a_share_is_counts_and_a_chance_is_one_in_so_many() -> None:
    assert shown("{% share 47 54 %}") == "47 of 54"
    assert shown("{% share 0 0 %}") == "none yet"
    assert [words.chance(p) for p in (0.0, 0.07, 0.25, 0.3, 0.72, 0.97, 1.0)] == [
        "less than 1 in 1,000",
        "1 in 14",
        "1 in 4",
        "3 in 10",
        "7 in 10",
        "97 in 100",
        "99 in 100",
    ]
    assert words.chance(None) == "too early to tell"


@pytest.mark.parametrize(
    ("language", "amount", "said"),
    [
        ("en", 18000, "€18,000"),
        ("en", -4000, f"{MINUS}{words.WORD_JOINER}€4,000"),
        ("en", Decimal("0.70"), "€0.70"),
        ("en", Decimal("1337.50"), "€1,338"),
        ("nl", 18000, f"€{NBSP}18.000"),
        ("nl", -4000, f"{MINUS}{words.WORD_JOINER}€{NBSP}4.000"),
        ("nl", Decimal("0.70"), f"€{NBSP}0,70"),
    ],
)
def test_money_is_said_as_the_reader_writes_it(language: str, amount: Decimal, said: str) -> None:
    with translation.override(language):
        assert words.money(amount) == said


def test_money_says_realised_or_projected_and_keeps_cents_where_asked() -> None:
    assert shown('{% money 61400 status="realised" %}') == "€61,400 realised"
    assert shown('{% money 128000 status="projected" %}') == "€128,000 projected"
    assert words.money(Decimal("1337.50"), cents=True) == "€1,337.50"
    assert words.money(5000, "CHF") == f"CHF{NBSP}5,000"


@pytest.mark.parametrize(
    ("language", "value", "said"),
    [
        ("en", 1140, "1,140"),
        ("en", 12.34, "12.3"),
        ("en", 0.0345, "0.0345"),
        ("en", 0.2001, "0.2"),
        ("en", 70_000, "70,000"),
        ("en", 0, "0"),
        ("nl", 1140, "1.140"),
        ("nl", 12.34, "12,3"),
    ],
)
def test_a_measured_value_has_three_digits_that_count(language: str, value: float, said: str) -> None:
    with translation.override(language):
        assert shown("{{ value|number }}", value=value) == said


def test_what_is_not_known_says_so() -> None:
    assert shown("{{ value|number }} {% money None %} {% day None %}", value=None) == "not known not known not known"


def test_days_and_weeks_are_said_in_the_readers_language() -> None:
    friday = date(2026, 12, 18)

    assert (
        shown("{% day on %}, {% day on year=True %}, {% isoweek on %}", on=friday)
        == "Fri 18 Dec, Fri 18 Dec 2026, week 51"
    )
    with translation.override("nl"):
        assert words.day(friday) == "vr 18 dec"
    assert words.isoweek(date(2027, 1, 1), year=True) == "week 53 of 2026"


def test_an_instant_is_shown_in_the_active_zone() -> None:
    late = datetime(2026, 12, 17, 23, 30, tzinfo=UTC)

    with timezone.override("Europe/Amsterdam"):
        assert words.day(late, time=True) == "Fri 18 Dec, 00:30"


def test_a_person_is_initials_beside_the_name_and_an_empty_seat_is_a_seat() -> None:
    assert ">MV<" in shown("{% avatar person %}", person=User(name="Marieke de Vries"))
    assert ">&lt;B<" in shown("{% avatar person %}", person=User(name="<script Bakker"))
    assert "#i-seat" in shown("{% avatar None %}")


def test_a_status_is_a_word_with_an_icon_and_a_tone() -> None:
    said = shown('{% badge "Unlikely" "bad" "down" %}')

    assert 'data-tone="bad"' in said
    assert "#i-down" in said
    assert "Unlikely" in said
    assert "&lt;i&gt;" in shown("{% badge words 'good' %}", words="<i>")


def test_a_note_wraps_its_words_and_escapes_what_it_is_given() -> None:
    said = shown('{% note "warn" %}<strong>Weakest point:</strong> {{ point }}{% endnote %}', point="<data>")

    assert "<strong>Weakest point:</strong> &lt;data&gt;" in said
    assert 'data-tone="warn"' in said
    assert 'role="status"' in shown('{% note "good" %}Saved.{% endnote %}')
