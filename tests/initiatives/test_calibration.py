"""Stated chances against what came of them, and priors learnt from pilots that have ended."""

from dataclasses import replace

import numpy as np
import pytest

from initiatives.calibration import Statement, bands, reestimated
from initiatives.stories import PARAMETERS, Counter, Parameters, judge
from tests.initiatives.random_batches import random_batch, with_memory

SHIPPED = np.array(PARAMETERS.priors)
LEARNED = replace(PARAMETERS, learned=tuple([0.02] * 7 + [0.8] + [0.02] * 3))


def said(chance: float, *, came_true: bool) -> Statement:
    return Statement("organic_leads", chance, came_true)


def test_seven_of_ten_that_were_said_at_seventy_is_right() -> None:
    band = bands([said(0.7, came_true=n < 7) for n in range(10)])[7]

    assert (band.low, band.high, band.count, band.hits, band.is_enough) == (0.7, 0.8, 10, 7, True)
    assert band.stated == pytest.approx(0.7)
    assert band.at_least == pytest.approx(0.397, abs=0.001)
    assert band.at_most == pytest.approx(0.892, abs=0.001)
    assert not band.is_off


def test_what_never_came_true_is_off_only_once_enough_was_said() -> None:
    nine, ten = (bands([said(0.75, came_true=False)] * count)[7] for count in (9, 10))

    assert (nine.is_enough, nine.is_off, ten.is_enough, ten.is_off) == (False, False, True, True)


def test_every_chance_has_its_tenth_and_an_empty_one_says_nothing() -> None:
    found = bands([said(chance, came_true=True) for chance in (0.0, 0.1, 0.3, 0.999, 1.0)])

    assert [band.count for band in found] == [1, 1, 0, 1, 0, 0, 0, 0, 0, 2]
    assert found[2].stated is None


def test_without_a_pilot_the_shipped_priors_stay() -> None:
    nothing = np.zeros((0, len(SHIPPED)))

    assert reestimated(nothing, nothing, SHIPPED) == pytest.approx(SHIPPED / SHIPPED.sum())


def test_as_many_pilots_as_the_pseudo_count_weigh_as_much_as_what_was_shipped() -> None:
    sure = np.zeros((30, len(SHIPPED)))
    sure[:, 7] = 1.0

    found = reestimated(sure, np.tile(SHIPPED, (30, 1)), SHIPPED)

    base = SHIPPED / SHIPPED.sum()
    assert found.sum() == pytest.approx(1)
    assert found[7] == pytest.approx((base[7] + 1) / 2)
    assert found[0] == pytest.approx(base[0] / 2)


def test_what_verdicts_said_under_learnt_priors_teaches_the_same() -> None:
    draw = np.random.default_rng(5)
    evidence = draw.exponential(1, (200, len(SHIPPED)))
    other = draw.dirichlet(np.ones(len(SHIPPED)))
    told = [(row := evidence * prior) / row.sum(axis=1, keepdims=True) for prior in (SHIPPED, other)]

    one, two = (
        reestimated(stated, np.tile(prior, (200, 1)), SHIPPED)
        for stated, prior in zip(told, (SHIPPED, other), strict=True)
    )

    assert one == pytest.approx(two, abs=1e-6)


def test_learnt_priors_move_what_is_forecast_and_never_what_rings_an_alarm() -> None:
    batch = with_memory(random_batch(11))
    shipped, learned = judge(batch), judge(batch, LEARNED)

    for name in ("p_dead", "p_neg", "noise"):
        assert np.array_equal(getattr(shipped, name), getattr(learned, name))
    alarms = [Counter.RED, Counter.DEAD, Counter.HARM, Counter.CALM]
    assert np.array_equal(shipped.counters[:, alarms], learned.counters[:, alarms])
    assert np.allclose(learned.stories.sum(axis=1), 1)
    assert (learned.stories[:, 7] >= shipped.stories[:, 7] - 1e-12).all()
    assert not np.allclose(shipped.p_reach, learned.p_reach)


def test_a_version_without_anything_learnt_keeps_its_name() -> None:
    again = Parameters.of({"stories": [{**vars_of(story)} for story in PARAMETERS.stories]})

    assert again.sha256 == PARAMETERS.sha256 == ("17e692a91ba36829204b5769f33b8684718bf9207886985273d86b8e2a3840e2")
    assert LEARNED.sha256 != PARAMETERS.sha256


def vars_of(story: object) -> dict[str, object]:
    return {name: getattr(story, name) for name in type(story).__slots__}  # type: ignore[attr-defined]  # has slots
