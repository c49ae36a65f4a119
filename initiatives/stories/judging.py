"""The judge: a batch of targets with their weekly sums in, statuses with all their evidence out."""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from initiatives.stories import controls, posterior, recursion, scales, statuses
from initiatives.stories.parameters import PARAMETERS, Parameters
from initiatives.stories.scales import Bools, Floats, Ints, Ruler, Weeks

Counters = npt.NDArray[np.int8]
CHUNK = 1000  # series at a time, so that a pass stays in the cache; changes no result


@dataclass(frozen=True, slots=True)
class Batch:
    """What is known of N targets. Arrays are [N] unless they say otherwise; all series share the T weeks of `weeks`,
    of which column `first` is each pilot's week 0 (shorter baselines begin with weeks of 0 days).

    `k` is the number of closed pilot weeks to judge on: later columns are not looked at. `goal` is an improvement as a
    share of the baseline, positive whichever way is better (an amount where the baseline is zero). `length`, `lag`
    and `ramp` are planned weeks. `enter` and `leave` are a row of POLICIES. `is_stale` says that no value came for a
    fortnight beyond the source's lag. `counters` [N, 8] are those of the verdict on week k - 1, zeros before the first.
    `shocks` [N, T] marks weeks of known core updates, `confirmed` [N, T] zero weeks that the steward confirmed.
    `control` holds the weeks of an untreated series (0 days throughout where a target has none), on `control_scale`.
    """

    weeks: Weeks
    first: int
    k: Ints
    scale: Ints
    sign: Floats
    goal: Floats
    length: Ints
    lag: Floats
    ramp: Floats
    enter: Floats
    leave: Floats
    is_stale: Bools
    counters: Counters
    shocks: Bools
    confirmed: Bools | None = None
    control: Weeks | None = None
    control_scale: Ints | None = None

    def rows(self, chosen: slice | Ints) -> "Batch":
        """Some of the targets."""
        picked: dict[str, Any] = {}
        for field in fields(self):
            part = getattr(self, field.name)
            if isinstance(part, Weeks):
                picked[field.name] = part.rows(chosen)
            else:
                picked[field.name] = part[chosen] if isinstance(part, np.ndarray) else part
        return Batch(**picked)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is said of N targets; arrays [N] unless they say otherwise. Never NaN but where `weeks_known` is 0.

    `status` indexes STATUSES. `p_dead`, `p_neg`, `p_reach` are chances. `effect` is the present change of the KPI
    itself (-0.1: ten percent lower than without the pilot; an amount where the baseline is zero), `low` and `high` its
    80 % interval, `expected` what the plan would show by now. `units` with `units_sd` are gained to date, `rate` with
    `rate_sd` in a week at the present effect, good ones positive. `stories` [N, 11] sums to 1. `counters` [N, 8] go
    into the next week's Batch. `noise` is s, the weekly noise on the scale; `findings` [N, T] are weeks left out until
    the steward confirms them.
    """

    status: npt.NDArray[np.int8]
    p_dead: Floats
    p_neg: Floats
    p_reach: Floats
    effect: Floats
    low: Floats
    high: Floats
    expected: Floats
    units: Floats
    units_sd: Floats
    rate: Floats
    rate_sd: Floats
    stories: Floats
    counters: Counters
    noise: Floats
    weeks_known: Ints
    findings: Bools


def judge(batch: Batch, parameters: Parameters = PARAMETERS) -> Judgement:
    """Judge every target on its first k pilot weeks. Order and size of the batch change nothing.

    ValueError: arrays of unequal length, no target or no week before the pilot.
    """
    count, weeks = batch.weeks.num.shape
    if (
        not count
        or not 0 < batch.first <= weeks
        or any(len(getattr(batch, name)) != count for name in ("k", "goal", "scale", "length", "counters", "shocks"))
    ):
        raise ValueError("A batch needs targets, weeks before the pilot, and arrays of one length.")
    k = np.clip(np.minimum(batch.k, batch.length), 0, weeks - batch.first)
    batch = replace(batch, k=k)
    told = [_judge(batch.rows(slice(at, at + CHUNK)), parameters) for at in range(0, count, CHUNK)]
    parts = {field.name: [getattr(part, field.name) for part in told] for field in fields(Judgement)}
    return Judgement(**{name: np.concatenate(part) for name, part in parts.items()})


@dataclass(frozen=True, slots=True)
class Scene:
    """A batch on the scale, weeks first: what the filter saw and how each story would have shown."""

    ruler: Ruler
    x: Floats  # [T, N]
    n: Floats
    known: Bools
    offset: Floats  # of the control, [T, N]
    has_control: Bools
    s2: Floats
    filtered: recursion.Filtered
    course: Floats  # [weeks, S, N]
    final: Floats  # [S, N], over the last four planned weeks
    now: Floats  # [S, N], over the last four that are closed
    findings: Bools
    is_past: Bools  # [weeks, N]: pilot weeks that are closed


def _judge(batch: Batch, parameters: Parameters) -> Judgement:
    scene = look(batch, parameters)
    ruler, step = scene.ruler, scene.ruler.step(batch.goal)
    said = posterior.posterior(scene.filtered, step, parameters)
    now = scene.now
    p_dead = said.chance_below(parameters.dead_below, scene.final)
    p_neg = said.chance_below(parameters.harm_below, scene.final)
    said = said.learned(parameters)  # from here on nothing rings an alarm
    horizon, final_known, over_goal = horizon_of(batch, scene, step)
    p_reach = posterior.reach(said, scene.filtered, scene.final, horizon, parameters)
    effect = said.mix(said.mean * now)
    low, likely, high = change_of(said, now, ruler, parameters)
    total = _to_date(batch, scene)
    slope = ruler.slope(effect * step) * step
    known, is_enough = weeks_known(batch, scene, parameters)
    status, counters = statuses.decide(
        statuses.Evidence(
            p_dead=p_dead,
            p_neg=p_neg,
            p_reach=p_reach,
            k=batch.k,
            length=batch.length.astype(float),
            grace=grace_weeks(batch.lag, batch.length),
            enter=batch.enter,
            leave=batch.leave,
            counts=_newest_known(scene, batch),
            is_stale=batch.is_stale,
            is_insufficient=~is_enough,
            final_known=final_known,
            final=over_goal,
        ),
        batch.counters,
        parameters,
    )
    plan = recursion.shapes(parameters.stories[1:2], (batch.k[None, :] - 1).astype(float), *planned_weeks(batch))[0, 0]
    return Judgement(
        status=status,
        p_dead=p_dead,
        p_neg=p_neg,
        p_reach=p_reach,
        effect=likely,
        low=low,
        high=high,
        expected=ruler.change(plan * step),
        units=slope * said.mix(said.mean * total),
        units_sd=np.abs(slope) * _sd(said, total),
        rate=slope * effect,
        rate_sd=np.abs(slope) * _sd(said, now),
        stories=said.weight.sum(axis=0).T,
        counters=counters,
        noise=np.sqrt(scene.s2),
        weeks_known=known,
        findings=scene.findings,
    )


def change_of(said: posterior.Posterior, course: Floats, ruler: Ruler, parameters: Parameters) -> Floats:
    """Low end, mean and high end [3, N] of what the stories' courses [S, N] say of the KPI itself."""
    effect = said.mix(said.mean * course)
    ends = said.quantiles(course, widen=parameters.widen)
    low, high = np.minimum(ends[0], effect), np.maximum(ends[1], effect)
    changes = ruler.change(np.stack([low, effect, high]) * said.step)
    return np.where(ruler.sign < 0, changes[::-1], changes)


def weeks_known(batch: Batch, scene: Scene, parameters: Parameters) -> tuple[Ints, Bools]:
    """How many pilot weeks are known [N], and whether these and the baseline are enough to say anything."""
    before, known = scene.known[: batch.first].sum(axis=0), scene.known[batch.first :].sum(axis=0)
    return known, (before >= parameters.least_baseline) & (known >= parameters.least_pilot)


def grace_weeks(lag: Floats, length: Ints) -> Floats:
    """Weeks in which nothing counts towards red."""
    grace: Floats = np.maximum(2.0, np.ceil(np.minimum(lag, length / 3)))
    return grace


def planned_weeks(batch: Batch) -> tuple[Floats, Floats, Floats]:
    return batch.length.astype(float), batch.lag, batch.ramp


def _sd(said: posterior.Posterior, course: Floats) -> Floats:
    mean = said.mix(said.mean * course)
    return np.sqrt(np.maximum(said.mix((said.var + said.mean**2) * course**2) - mean**2, 0.0))


def _newest_known(scene: Scene, batch: Batch) -> Bools:
    newest = scene.known[batch.first + batch.k - 1, np.arange(len(batch.k))]
    is_known: Bools = newest & (batch.k > 0)
    return is_known


def look(batch: Batch, parameters: Parameters) -> Scene:
    """Measure, take out what the control explains, estimate the noise, and run."""
    first = batch.first
    until = first + int(batch.k.max())
    confirmed = None if batch.confirmed is None else batch.confirmed[:, :until]
    measured = scales.measure(
        batch.weeks.until(until), batch.scale, batch.sign, first=first, confirmed=confirmed, parameters=parameters
    )
    is_open = np.arange(until)[:, None] < first + batch.k
    findings = np.zeros(batch.weeks.num.shape, dtype=bool)
    findings[:, :until] = measured.findings & is_open.T
    x, n = np.where(is_open, measured.x, np.nan), np.where(is_open, measured.n, np.nan)
    offset, has_control = controls.explained(
        batch.control, batch.control_scale, x, batch.sign, first=first, parameters=parameters
    )
    cleaned = x - offset
    s2 = recursion.noise(cleaned, n, parameters)
    r = recursion.weekly_noise(cleaned, n, batch.weeks.days[:, :until].T, s2)
    q = recursion.drift(s2, batch.shocks[:, :until].T, has_control, parameters)
    planned = planned_weeks(batch)
    course = recursion.shapes(parameters.stories, np.arange(float(until - first))[:, None], *planned)
    back = np.arange(1.0, 5.0)[:, None]
    final = recursion.shapes(parameters.stories, np.maximum(batch.length - back, 0.0), *planned).mean(axis=0)
    now = recursion.shapes(parameters.stories, batch.k - back, *planned).sum(axis=0) / np.clip(batch.k, 1, 4)
    filtered = recursion.run(cleaned, r, q, course, first=first, last=first + batch.k, parameters=parameters)
    return Scene(
        measured.ruler,
        x,
        n,
        ~np.isnan(x),
        offset,
        has_control,
        s2,
        filtered,
        course,
        final,
        now,
        findings,
        is_open[first:],
    )


def horizon_of(batch: Batch, scene: Scene, step: Floats) -> tuple[posterior.Horizon, Ints, Floats]:
    """The forecast's frame; how many of the final four weeks are known, and their mean minus the goal as measured."""
    first, count = batch.first, len(batch.k)
    known, week = scene.known[first:], np.arange(len(scene.known) - first)[:, None]
    in_final = known & (week >= batch.length - 4)
    n_final = in_final.sum(axis=0)
    some = np.maximum(n_final, 1)
    x_final = np.where(in_final, scene.x[first:], 0.0).sum(axis=0) / some
    goal = scene.ruler.sign * scene.ruler.at_level + step
    n = np.zeros(count)
    for row_n, row_known in zip(scene.n, scene.known, strict=True):
        n = np.where(row_known, row_n, n)
    horizon = posterior.Horizon(
        left=(batch.length - batch.k).astype(float),
        s2=scene.s2,
        n=n,
        offset=_recent(scene.offset, first + batch.k),
        has_control=scene.has_control,
        share_known=n_final / 4,
        mean_known=x_final,
        goal=goal,
    )
    return horizon, n_final, _final(batch, scene.ruler, in_final.T)


def _final(batch: Batch, ruler: Ruler, in_final: Bools) -> Floats:
    """The mean of the last 28 days minus the goal, as a share of the baseline, up is good: arithmetic, no model."""
    first, until = batch.first, batch.first + in_final.shape[1]
    weeks = batch.weeks
    has_den = ~np.isnan(weeks.den[:, first:until])
    weight = np.where(has_den, weeks.den[:, first:until], weeks.eff[:, first:until])
    num = np.where(in_final, weeks.num[:, first:until], 0.0).sum(axis=1)
    value = num / np.maximum(np.where(in_final, weight, 0.0).sum(axis=1), 1e-12)
    above: Floats = ruler.sign * (value - ruler.level) / ruler.unit - batch.goal
    return above


def _recent(offset: Floats, until: Ints) -> Floats:
    """The mean of the last three weeks before `until`."""
    rows = np.arange(offset.shape[1])
    mean: Floats = np.mean([offset[np.maximum(until - back, 0), rows] for back in (1, 2, 3)], axis=0)
    return mean


def _to_date(batch: Batch, scene: Scene) -> Floats:
    """Each story's course summed over the pilot's closed weeks [S, N]; a week of many tries counts for more."""
    den = batch.weeks.den[:, batch.first : len(scene.known)].T
    is_usual = np.isnan(den) | ~scene.known[batch.first :]
    weight = np.where(is_usual, 1.0, den / np.maximum(scene.ruler.weekly, 1e-12)) * scene.is_past
    total: Floats = (scene.course * weight[:, None, :]).sum(axis=0)
    return total
