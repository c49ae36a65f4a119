"""What the record teaches, as arithmetic: shares with intervals, signals only outside them, no verdict too early."""

from dataclasses import replace
from datetime import date

import pytest

from decisions import learning
from decisions.learning import Taken, rate, reliability, standing


def taken(n: int = 1, *, right: int = 0, followed: bool | None = True, confidence: float | None = 0.85) -> list[Taken]:
    """So many, of which the first ones turned out right."""
    return [
        Taken(
            "title_rewrite",
            "drafter",
            "d-3",
            "table:T2",
            14,
            followed,
            deciders=(7,),
            confidence=confidence,
            result="good" if number < right else "bad",
        )
        for number in range(n)
    ]


@pytest.mark.parametrize(
    ("hits", "of", "says"),
    [
        (0, 72, ""),
        (0, 73, "rubber_stamp"),
        (1, 20, ""),
        (4, 30, ""),
        (10, 30, ""),
        (1, 1, ""),
        (13, 30, "distrust"),
        (0, 0, ""),
    ],
)
def test_a_signal_needs_the_whole_interval_outside_the_usual(hits: int, of: int, says: str) -> None:
    """Seventy-three decisions without an overruling are the fewest that say "under five percent"."""
    assert learning.signal(rate(hits, of)) == says


def test_overruling_is_counted_by_any_key_and_what_no_person_decided_is_not() -> None:
    cases = taken(3) + taken(2, followed=False) + taken(9, followed=None)

    by_decider = learning.overrides(cases, lambda one: one.deciders)
    by_rule = learning.overrides(cases, lambda one: [one.rule])

    assert (by_decider[7].rate[:2], by_rule["table:T2"].rate[:2]) == ((2, 5), (2, 5))


def test_regret_tells_followed_from_overruled_and_good_from_bad() -> None:
    cases = taken(5, right=4) + taken(2, right=1, followed=None) + taken(3, right=1, followed=False)

    assert learning.regret(cases) == {(True, "good"): 5, (True, "bad"): 2, (False, "good"): 1, (False, "bad"): 2}


def test_choices_are_counted_by_month_and_what_a_rule_let_pass_is_in_none() -> None:
    first, second = date(2026, 3, 1), date(2026, 5, 1)
    chosen = [(first, "accept"), (first, "modify"), (second, "accept"), (first, "accept"), (second, "reject")]
    cases = [replace(one, month=month, chosen=way) for one, (month, way) in zip(taken(5), chosen, strict=True)]

    found = learning.by_month(cases + taken(2, followed=None))

    assert list(found.items()) == [(second, {"accept": 1, "reject": 1}), (first, {"accept": 2, "modify": 1})]


def test_how_it_was_decided_is_told_apart_from_how_it_ended() -> None:
    cases = [replace(one, process=5) for one in taken(4, right=3)] + [
        replace(one, process=2) for one in taken(3, right=1)
    ]
    edge = [replace(one, process=3) for one in taken(right=1)]
    open_ones = [Taken("d", "t", "m", "r", 1, followed=True, result=end, process=5) for end in ("unclear", "")]

    found = learning.by_process(cases + edge + open_ones)

    assert found == {(True, "good"): 4, (True, "bad"): 1, (False, "good"): 1, (False, "bad"): 2}


def test_an_ai_that_is_less_often_right_than_it_is_sure_is_overconfident() -> None:
    found = reliability(taken(50, right=26))
    few = reliability(taken(5, right=3))
    honest = reliability(taken(50, right=43))
    modest = reliability(taken(50, right=49, confidence=0.55))

    assert (found.verdict, few.verdict, honest.verdict, modest.verdict) == ("overconfident", "", "", "underconfident")
    assert found.brier == pytest.approx((26 * 0.15**2 + 24 * 0.85**2) / 50)
    assert [one.right.of for one in found.bins] == [0] * 8 + [50, 0]
    assert found.bins[8].stated == pytest.approx(0.85)
    assert found.bins[8].right.hits == 26


def test_what_was_overruled_or_is_unclear_says_nothing_of_confidence() -> None:
    unclear = [Taken("d", "t", "m", "r", 1, followed=True, confidence=0.9, result=result) for result in ("unclear", "")]
    certain = [Taken("d", "t", "m", "r", 1, followed=True, confidence=1.0, result="good")]

    assert reliability(taken(3, followed=False) + unclear).brier is None
    assert reliability(certain).bins[9].right.of == 1


@pytest.mark.parametrize(
    ("good", "of", "code", "low"),
    [
        (0, 0, "none", 0),
        (8, 10, "short", 0.49),
        (16, 20, "short", 0.58),
        (20, 25, "earned", 0.61),
        (3, 20, "failing", 0.05),
    ],
)
def test_a_record_speaks_by_its_lower_bound(good: int, of: int, code: str, low: float) -> None:
    """The figures of the design: 8/10 → 0.49, 16/20 → 0.58, 20/25 → 0.61, 80/100 → 0.71."""
    found = standing(rate(good, of), asked=0.6)

    assert (found.code, round(found.record.low, 2)) == (code, low)


def test_it_says_how_many_good_ones_are_missing() -> None:
    assert standing(rate(0, 0)).good_needed == 6
    assert standing(rate(16, 20)).good_needed == 2
    assert standing(rate(20, 25)).good_needed == 0
    assert standing(rate(0, 100)).good_needed is None


@pytest.mark.parametrize(
    ("low", "high", "lower_is_better", "says"),
    [
        (0.01, 0.2, False, "good"),
        (-0.2, -0.01, False, "bad"),
        (-0.1, 0.1, False, "unclear"),
        (-0.2, -0.01, True, "good"),
        (None, None, False, ""),
    ],
)
def test_an_effect_proposes_only_what_its_whole_interval_says(
    low: float | None, high: float | None, *, lower_is_better: bool, says: str
) -> None:
    assert learning.proposed(low, high, lower_is_better=lower_is_better) == says
