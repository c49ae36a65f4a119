"""How often the judge is right, against a truth that is known, beside the other ways to judge.

    python -m benchmarks.verdicts [--json] [--seed 2026] [--pilots 3000] [--tick 10000]

Two simulated worlds, the second without and with a control group, and real series with injected effects. Per world:
`working_ever_red` working pilots that were red after any week, `dead_found` dead ones that were, `auc_end` dead against
working at the deadline, `three_flips` pilots whose red came or went three times or more, `brier_half` and `ece_half` of
the chance to reach the goal at half time (with `base_rate`), `coverage80` of the interval of the effect at the
deadline, `cannot_prove` the share of pilots whose goal is below what they can show. `rivals` are measured on the same
pilots; the structural model on the first 120, beside the filter on the same. `guardrails`: untreated pages of the
mechanistic world, half of them made to fall. `real.no_effect`: ten pilots on a real series to which nothing was done;
`real.smaller_goals`: the same series with smaller goals.

The constants were chosen on seeds 101 to 199 and on the choosing half of the real series; any other seed reports.
`speed.tick_vs_grouped_read` and `speed.tick_exponent` are of 10,000 pilots in a throw-away database (tick.py).
"""

import argparse
import json
import sys
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import numpy as np

from benchmarks.database import throw_away
from benchmarks.verdicts import figures, guardrails, mechanistic_world, real_world, rivals, series_world, speed, tick
from benchmarks.verdicts.pilots import Pilots
from initiatives.stories import PARAMETERS, POLICIES, STATUSES, judge, scales

STRUCTURAL = 300  # pilots; each takes as long as thousands of filters


def measure(pilots: Pilots) -> dict[str, Any]:
    """All figures of one world."""
    told = figures.stories(pilots)
    found: dict[str, Any] = figures.alarms(pilots, told) | figures.trust(pilots, told)
    found["policies"] = {
        policy: figures.alarms(pilots, figures.stories(pilots, policy=policy))
        for policy in POLICIES
        if policy != "balanced"
    }
    view = rivals.View(pilots)
    found["rivals"] = {name: figures.alarms(pilots, rule(view)) for name, rule in rivals.RULES.items()}
    if find_spec("statsmodels"):
        found["rivals"] |= _structural(pilots)
    return found


def _structural(pilots: Pilots) -> dict[str, dict[str, float]]:
    """The structural model and the filter on the same few pilots."""
    some = pilots.rows(np.arange(min(STRUCTURAL, len(pilots))))
    return {
        "structural": figures.alarms(some, rivals.structural(rivals.View(some), _control(some))),
        "stories_on_the_same": figures.alarms(some, figures.stories(some)),
    }


def _control(pilots: Pilots) -> scales.Floats | None:
    """The control on its scale [N, T], gaps closed with its mean."""
    if pilots.control is None or pilots.control_scale is None:
        return None
    z = scales.measure(
        pilots.control,
        pilots.control_scale,
        pilots.sign,
        first=pilots.first,
        confirmed=None,
        parameters=PARAMETERS,
    ).x.T
    return np.where(np.isnan(z), np.nanmean(z, axis=1, keepdims=True), z)


def worlds(count: int, seed: int) -> dict[str, Pilots]:
    """What is measured, by name; real series only where they are."""
    site = mechanistic_world.make(count, seed)
    found = {
        "series": series_world.make(count, seed),
        "mechanistic": site.without_control("mechanistic"),
        "mechanistic_control": site,
    }
    if real := real_world.make(count, seed):
        found["real"] = real
    return found


def no_effect() -> dict[str, int]:
    """The honest false alarms: a real article, twelve weeks from each of ten dates, and nobody did anything. A goal
    of +10 to +40 % was set; `works` is on track in the last week before the deadline, or reached at it."""
    pilots = real_world.untouched()
    if pilots is None:
        return {}
    told = figures.stories(pilots)
    ended = judge(replace(pilots.batch(), k=pilots.length - 1))
    works = np.array(STATUSES)[ended.status] == "on-track"
    return {
        "pilots": len(pilots),
        "ever_red": int(told.red.any(axis=1).sum()),
        "red_at_end": int(told.red[:, pilots.length.max() - 2].sum()),
        "on_track_at_end": int(works.sum()),
        "reached": int(pilots.reached.sum()),
    }


def smaller_goals(count: int, seed: int) -> dict[str, float]:
    """The real series with the goals that they had before they were drawn like those of the series world."""
    pilots = real_world.make(count, seed, goals=real_world.SMALLER)
    if pilots is None:
        return {}
    told = figures.stories(pilots)
    return figures.alarms(pilots, told) | figures.trust(pilots, told)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--pilots", type=int, default=3000)
    parser.add_argument("--tick", type=int, default=10_000, help="pilots in the database; 0 leaves it out")
    options = parser.parse_args()
    found: dict[str, Any] = {"seed": options.seed, "parameters": PARAMETERS.sha256}
    judged = worlds(options.pilots, options.seed)
    for name, pilots in judged.items():
        found[name] = measure(pilots)
    found["guardrails"] = guardrails.measure(options.pilots, options.seed)
    if "real" in found:
        found["real"]["no_effect"] = no_effect()
        found["real"]["smaller_goals"] = smaller_goals(options.pilots, options.seed)
    else:
        sys.stderr.write(f"{real_world.DATA} is not there: no real series.\n")
    found["speed"] = {"cpu_s_per_50k_series": speed.cpu_s_per_50k_series(options.seed)}
    if options.tick:
        with throw_away():
            found["speed"] |= tick.measure(options.tick)
    print(json.dumps(found) if options.json else "\n".join(lines(found)))  # noqa: T201  a command prints


def lines(found: dict[str, Any], name: str = "") -> list[str]:
    """One figure a line, by its dotted name."""
    told = []
    for key, value in found.items():
        inside = f"{name}.{key}" if name else key
        if isinstance(value, dict):
            told += lines(value, inside)
        else:
            told.append(f"{inside:55}{value:>10.3f}" if isinstance(value, float) else f"{inside:55}{value:>10}")
    return told


if __name__ == "__main__":
    main()
