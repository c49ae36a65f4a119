"""Questions about what is not there yet: what could this pilot show at all, and what would change its verdict?"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from initiatives.stories import controls, recursion, scales
from initiatives.stories.judging import Batch, Judgement, grace_weeks, judge
from initiatives.stories.parameters import PARAMETERS, Parameters
from initiatives.stories.scales import Bools, Floats, Ints, Weeks

_PLANNED = slice(1, 2)  # of the stories: the effect comes as planned


@dataclass(frozen=True, slots=True)
class Power:
    """What pilots of these plans can show [N]: the smallest improvement, as a share of the baseline (infinite without
    a baseline), and the first week after which a dead and a working pilot look different (0: never)."""

    detectable_effect: Floats
    first_telling_week: Ints


def power(batch: Batch, parameters: Parameters = PARAMETERS) -> Power:
    """What a pilot could prove, from its baseline and plan alone: the filter's gains need no pilot data.

    Only `weeks` before `first` are looked at; `control` counts where its baseline shows that it explains the KPI.
    """
    first, length = batch.first, int(batch.length.max())
    measured = scales.measure(
        batch.weeks.until(first),
        batch.scale,
        batch.sign,
        first=first,
        confirmed=None,
        parameters=parameters,
    )
    x, n = measured.x, measured.n
    cleaned = (
        x - controls.explained(batch.control, batch.control_scale, x, batch.sign, first=first, parameters=parameters)[0]
    )
    s2 = recursion.noise(cleaned, n, parameters)
    known = ~np.isnan(x)
    usual = np.where(known, n, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    flat = np.where(known, 0.0, np.nan)
    r = np.concatenate([np.broadcast_to(s2, x.shape) + np.nan_to_num(n), np.tile(s2 + usual, (length, 1))])
    q = np.broadcast_to(parameters.drift_share * s2, r.shape)
    q = q + parameters.drift_floor**2
    course = recursion.shapes(
        parameters.stories[_PLANNED],
        np.arange(float(length))[:, None],
        batch.length.astype(float),
        batch.lag,
        batch.ramp,
    )
    filtered = recursion.run(
        np.concatenate([flat, np.zeros((length, len(s2)))]),
        r,
        q,
        course,
        first=first,
        last=np.full(len(s2), first + length),
        parameters=parameters,
        keeps_infos=True,
    )
    info = np.stack(filtered.infos)[:, 0]
    return _power(batch, measured.ruler, info, known.sum(axis=0) >= parameters.least_baseline, parameters)


def _power(batch: Batch, ruler: scales.Ruler, info: Floats, has_baseline: Bools, parameters: Parameters) -> Power:
    week = np.arange(1, len(info) + 1)[:, None]
    at_end = np.take_along_axis(info, batch.length[None, :] - 1, axis=0)[0]
    with np.errstate(divide="ignore", over="ignore"):
        smallest = parameters.low_resolution_z / np.sqrt(at_end)
        effect = np.abs(ruler.change(np.minimum(smallest, 20.0)))
    tells = (ruler.step(batch.goal) * np.sqrt(info) >= parameters.low_resolution_z) & (week <= batch.length)
    tells &= (week >= grace_weeks(batch.lag, batch.length) + 2) & has_baseline
    telling = np.where(tells.any(axis=0), tells.argmax(axis=0) + 1, 0)
    return Power(np.where(has_baseline & (at_end > 0), effect, np.inf), telling)


def would_change(batch: Batch, said: Judgement, parameters: Parameters = PARAMETERS) -> Floats:
    """The level per day, or quotient, that the next two weeks would have to average for the status to leave what it is
    now, the better way [N]; NaN where nothing within two weeks would, or the deadline comes first.

    By bisection on two imagined weeks, each judged in its turn, between the present level and five times the goal.
    """
    ruler = scales.measure(
        batch.weeks.until(batch.first),
        batch.scale,
        batch.sign,
        first=batch.first,
        confirmed=None,
        parameters=parameters,
    ).ruler
    step = ruler.step(batch.goal)
    low, high = -5 * step, 5 * step
    ends = np.where(_status_after(batch, ruler.value(high), parameters) > said.status, high, np.nan)
    best = ends
    for _ in range(14):
        middle = (low + high) / 2
        leaves = _status_after(batch, ruler.value(middle), parameters) > said.status
        low, high = np.where(leaves, low, middle), np.where(leaves, middle, high)
        best = np.where(leaves & ~np.isnan(ends), middle, best)
    return np.where(batch.k + 2 < batch.length, ruler.value(best), np.nan)


def _status_after(batch: Batch, value: Floats, parameters: Parameters) -> Floats:
    """The status two imagined weeks later."""
    imagined = _with_two_weeks(batch, value)
    counters = judge(replace(imagined, k=batch.k), parameters).counters
    for ahead in (1, 2):
        told = judge(replace(imagined, k=batch.k + ahead, counters=counters), parameters)
        counters = told.counters
    return told.status.astype(float)


def _with_two_weeks(batch: Batch, value: Floats) -> Batch:
    """The batch with weeks k and k + 1 at `value`, as broad as a usual week, and a control that stays where it is."""
    weeks, first = batch.weeks, batch.first
    more = max(0, first + int(batch.k.max()) + 2 - weeks.num.shape[1])
    num, den = _longer(weeks.num, more, np.nan), _longer(weeks.den, more, np.nan)
    days, eff = _longer(weeks.days, more, 0.0), _longer(weeks.eff, more, 0.0)
    has_den = ~np.isnan(weeks.den).all(axis=1)
    usual = np.nan_to_num(weeks.den[:, :first]).sum(axis=1) / np.maximum((weeks.days[:, :first] > 0).sum(axis=1), 1)
    rows = np.arange(len(value))
    for ahead in (0, 1):
        at = first + batch.k + ahead
        den[rows, at] = np.where(has_den, usual, np.nan)
        num[rows, at] = value * np.where(has_den, usual, 7.0)
        days[rows, at], eff[rows, at] = 7.0, 7.0
    return replace(
        batch,
        weeks=Weeks(num, den, days, eff),
        shocks=_longer(batch.shocks, more, 0),
        confirmed=None if batch.confirmed is None else _longer(batch.confirmed, more, 0),
        control=batch.control and _longer_weeks(batch.control, more),
    )


def _longer_weeks(weeks: Weeks, more: int) -> Weeks:
    num, den = _longer(weeks.num, more, np.nan), _longer(weeks.den, more, np.nan)
    return Weeks(num, den, _longer(weeks.days, more, 0), _longer(weeks.eff, more, 0))


def _longer(part: npt.NDArray[Any], more: int, filler: float) -> npt.NDArray[Any]:
    return np.pad(part, ((0, 0), (0, more)), constant_values=filler)
