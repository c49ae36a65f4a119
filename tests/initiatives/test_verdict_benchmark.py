"""The benchmark's own arithmetic, and that its worlds are what they say: a wrong ruler would flatter the judge."""

import numpy as np
import pytest

from benchmarks.verdicts import figures, guardrails, mechanistic_world, real_world, rivals, series_world
from benchmarks.verdicts.pilots import DEAD, WORKING, Pilots

WORLDS = {"series": series_world.make, "mechanistic": mechanistic_world.make}


@pytest.fixture(params=list(WORLDS))
def pilots(request: pytest.FixtureRequest) -> Pilots:
    return WORLDS[request.param](120, 7)


def test_a_seed_gives_the_same_world(pilots: Pilots) -> None:
    again = WORLDS[pilots.name.removesuffix("_control")](120, 7)

    assert np.array_equal(pilots.weeks.num, again.weeks.num)
    assert np.array_equal(pilots.change, again.change)


def test_dead_and_working_are_what_truly_happened(pilots: Pilots) -> None:
    final = np.array(
        [
            (sign * change[length - 4 : length]).mean()
            for sign, change, length in zip(pilots.sign, pilots.change, pilots.length, strict=True)
        ]
    )

    assert (final[pilots.kind == WORKING] >= 0.75 * pilots.goal[pilots.kind == WORKING]).all()
    assert (final[pilots.kind == DEAD] < 0.15 * pilots.goal[pilots.kind == DEAD]).all()
    assert min((pilots.kind == kind).sum() for kind in (WORKING, DEAD)) > 20


def test_a_late_source_shows_less_of_the_newest_week(pilots: Pilots) -> None:
    seen, _ = pilots.seen(5)
    newest = pilots.first + 4

    assert (seen.days[:, newest] <= pilots.weeks.days[:, newest]).all()
    assert (seen.days[:, newest] < pilots.weeks.days[:, newest]).any()
    assert np.array_equal(seen.days[:, :newest], pilots.weeks.days[:, :newest])


def test_nothing_put_in_changes_nothing() -> None:
    untouched = real_world.untouched()
    if untouched is None:
        pytest.skip("needs the real series beside the checkout, in ../shared/data")

    assert not untouched.change.any()
    assert (untouched.kind == DEAD).all()


def test_the_figures_are_what_their_names_say() -> None:
    pilots = series_world.make(120, 7)
    sure = np.where(pilots.kind == DEAD, 1.0, 0.0)
    red = (pilots.kind == DEAD)[:, None] & np.ones((120, 24), dtype=bool)

    perfect = figures.alarms(pilots, figures.Told(red, sure))
    blind = figures.alarms(pilots, figures.Told(~np.ones_like(red), np.zeros(120)))

    assert perfect == {"working_ever_red": 0.0, "dead_found": 1.0, "auc_end": 1.0, "three_flips": 0.0}
    assert blind == {"working_ever_red": 0.0, "dead_found": 0.0, "auc_end": 0.5, "three_flips": 0.0}
    assert figures.calibration_error(np.array([0.2, 0.2, 0.9]), np.array([0.0, 1.0, 1.0])) == pytest.approx(0.7 / 3)


def test_the_filter_beats_the_rules_of_thumb_even_on_a_few() -> None:
    pilots = series_world.make(400, 7)
    ours = figures.alarms(pilots, figures.stories(pilots))

    theirs = [figures.alarms(pilots, rule(rivals.View(pilots))) for rule in rivals.RULES.values()]

    assert ours["auc_end"] > max(figure["auc_end"] for figure in theirs)
    assert ours["working_ever_red"] < 0.12
    assert ours["dead_found"] > 0.5


def test_guardrails_break_less_often_unharmed_than_by_the_interval_and_find_most_of_the_falls() -> None:
    found = guardrails.measure(300, 7)

    assert found["unharmed_ever_broken"] < found["interval_unharmed_ever_broken"] / 2
    assert found["falls_found"] > 0.5
    assert found["control_unharmed_ever_broken"] <= found["unharmed_ever_broken"]
    assert found["slow_falls_found"] < found["falls_found"] < found["interval_falls_found"]


def test_an_untreated_site_has_no_effect_to_find() -> None:
    untreated = mechanistic_world.make(120, 7, is_untreated=True)

    assert not untreated.change.any()
    assert not untreated.gain.any()
