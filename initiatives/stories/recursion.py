"""The filter: a wandering level, and eleven effects of unknown size on top, in one closed-form pass.

Part of what moves the level stays, part passes: demand recovers, ranks come back. Without that, every slump before a
pilot would be taken for the new normal, and its end for the pilot's merit.

Arrays are [weeks, series] inside, [stories, series] for what differs by story. The recursion is a Kalman filter
augmented by regression effects (P. de Jong, Annals of Statistics 19, 1991): the level is filtered once as if there
were no effect, and per story the filter's response to a unit effect gives the weights of a regression on innovations.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from initiatives.stories.parameters import Parameters, Story
from initiatives.stories.scales import Bools, Floats, Ints

Passed: TypeAlias = tuple[Bools, Floats, Floats, Floats, Floats]  # known, innovation, its variance, both gains


@dataclass(frozen=True, slots=True)
class Filtered:
    """What a pass leaves behind after its last week. Scalars per series [N]: the level, how
    much of it will pass (`away`), P (their covariance), the innovations' Λ and count m; per story [S, N]: the response
    h of both to a unit effect, and the regression's A and B."""

    level: Floats
    away: Floats
    p00: Floats
    p01: Floats
    p11: Floats
    spread: Floats  # Λ
    count: Floats  # m
    h: Floats
    h_away: Floats
    info: Floats  # A
    score: Floats  # B
    infos: list[Floats]  # A after each pilot week, where asked for
    passed: list[Passed]  # of each pilot week


def shapes(stories: tuple[Story, ...], week: Floats, length: Floats, lag: Floats, ramp: Floats) -> Floats:
    """How much of its effect each story shows in the middle of pilot weeks [W, N] or [W, 1]: [W, S, N], 0 before 0."""
    t = week + 0.5
    rows = []
    for story in stories:
        if story.shape == "fade":
            full = np.maximum(story.alpha * length, 0.5)
            gone = np.maximum(t - full, 0) / np.maximum(0.09 * length, 0.7)
            course = np.minimum(np.minimum(1.0, t / full), np.exp(-0.69 * gone))
        elif story.shape == "late":
            course = (t - np.clip(story.alpha * lag, 0.6 * length, 0.8 * length)) / (0.6 * length)
        elif story.shape == "at once":
            course = 2 * (t - story.alpha - story.beta * lag)
        else:
            course = (t - np.minimum(story.alpha * lag, 0.75 * length)) / np.maximum(story.beta * ramp, 0.5)
        rows.append(np.where(t > 0, np.clip(course, 0.0, 1.0), 0.0))
    return np.stack(rows, axis=1)


def noise(x: Floats, n: Floats, parameters: Parameters) -> Floats:
    """s²: the variance of a week about its level that counting does not explain, from differences of adjacent weeks
    [N], shrunk towards a prior; one difference in the tails counts as three robust deviations at most."""
    d = np.diff(x, axis=0)
    known = ~np.isnan(d)
    middle = _median(np.abs(d))
    most = 3 * np.maximum(1.4826 * middle, 0.01)
    d = np.clip(np.where(known, d, 0.0), -most, most)
    mean_n = np.where(known, (n[1:] + n[:-1]) / 2, 0.0)
    prior = parameters.noise_prior**2
    weight = np.where(known, (prior / (prior + mean_n)) ** 2, 0.0)
    excess = (weight * (d**2 / 2 - mean_n)).sum(axis=0)
    weeks = parameters.noise_prior_weeks
    s2: Floats = np.maximum((weeks * prior + excess) / (weeks + weight.sum(axis=0)), parameters.noise_floor**2)
    return s2


def _median(values: Floats) -> Floats:
    """Over the first axis, NaN left out; 0 where nothing is left. `nanmedian` takes ten times as long."""
    if not len(values):
        return np.zeros(values.shape[1])
    ordered, count = np.sort(values, axis=0), (~np.isnan(values)).sum(axis=0)  # NaN comes last
    columns = np.arange(values.shape[1])
    low, high = ordered[np.maximum(count - 1, 0) // 2, columns], ordered[count // 2, columns]
    return np.where(count > 0, (low + high) / 2, 0.0)


def weekly_noise(x: Floats, n: Floats, days: Floats, s2: Floats) -> Floats:
    """R: each week's own variance [T, N]. Short weeks count for less, and so do spikes between two known weeks."""
    own = s2 + n
    spike = np.ones_like(x)
    if len(x) > 2:
        three = np.stack([x[:-2], x[1:-1], x[2:]])
        middle = three.sum(axis=0) - three.max(axis=0) - three.min(axis=0)  # NaN beside a gap
        far = ((x[1:-1] - middle) / (2 * np.sqrt(own[1:-1]))) ** 2
        spike[1:-1] = np.where(np.isnan(far), 1.0, np.maximum(far, 1.0))
    return own * np.sqrt(7 / np.clip(days, 1, 7)) * spike


def drift(s2: Floats, shocks: Bools, has_control: Bools, parameters: Parameters) -> Floats:
    """q: how far the level may wander in a week [T, N]; further in the week of a known core update."""
    calm = parameters.drift_share * s2 + parameters.drift_floor**2
    shock = parameters.shock**2 * np.where(has_control, parameters.shock_with_control, 1.0)
    return calm + np.where(shocks, shock, 0.0)


def run(
    x: Floats,
    r: Floats,
    q: Floats,
    course: Floats,
    *,
    first: int,
    last: Ints,
    parameters: Parameters,
    keeps_infos: bool = False,
) -> Filtered:
    """One pass over all weeks. `course` is [pilot weeks, S, N]; week `first` is the pilot's week 0, and each series
    stands still from its week `last` [N] on, where x must be NaN."""
    weeks, series = x.shape
    known = ~np.isnan(x)
    started = np.zeros(series, dtype=bool)
    level, away = np.zeros(series), np.zeros(series)
    p00, p01, p11 = np.zeros(series), np.zeros(series), np.zeros(series)
    spread, count = np.zeros(series), np.zeros(series)
    h, h_away, info, score = (np.zeros(course.shape[1:]) for _ in range(4))
    infos: list[Floats] = []
    passed: list[Passed] = []
    for w in range(weeks):
        begins, here, goes_on = known[w] & ~started, known[w] & started, started & (w < last)
        back, passing = parameters.revert - 1, parameters.passing * q[w]
        level = level + back * away * goes_on
        away = np.where(goes_on, parameters.revert * away, away)
        p00 = p00 + (2 * back * p01 + back**2 * p11 + q[w]) * goes_on
        p01 = np.where(goes_on, parameters.revert * (p01 + back * p11) + passing, p01)
        p11 = np.where(goes_on, parameters.revert**2 * p11 + passing, p11)
        f = np.where(here, p00 + r[w], 1.0)
        v = np.where(here, x[w] - level, 0.0)
        if w < first:
            f = np.maximum(f, v**2 / 9)
        else:
            h = h + back * h_away * goes_on
            h_away = np.where(goes_on, parameters.revert * h_away, h_away)
        k0, k1 = np.where(here, p00 / f, 0.0), np.where(here, p01 / f, 0.0)
        if w >= first:
            passed.append((here, v, f, k0, k1))
            g = np.where(here, course[w - first] - h, 0.0)
            g_f = g / f
            info += g * g_f
            score += g_f * v
            h = h + k0 * g
            h_away = h_away + k1 * g
            spread += v**2 / f
            count += here
            if keeps_infos:
                infos.append(info.copy())
        level, away = level + k0 * v, away + k1 * v
        p11 = p11 - k1 * p01
        p01, p00 = p01 * (1 - k0), p00 * (1 - k0)
        level = np.where(begins, x[w], level)
        p00 = np.where(begins, r[w], p00)
        p11 = np.where(begins, parameters.passing * q[w] / (1 - parameters.revert**2), p11)
        started |= begins
    return Filtered(level, away, p00, p01, p11, spread, count, h, h_away, info, score, infos, passed)


def moved_for_good(filtered: Filtered, parameters: Parameters) -> tuple[Floats, Floats]:
    """A and B [pilot weeks, N] of a KPI that moves by an unknown amount in that week and stays there, for all weeks in
    one pass back. Such a move is a shock to the level, so that the disturbance smoother has its evidence (P. de Jong
    and J. Penzer, JASA 93, 1998); `run` would need a story, and a pass, for each."""
    revert, back = parameters.revert, parameters.revert - 1
    count = len(filtered.level)
    r0, r1, n00, n01, n11 = (np.zeros(count) for _ in range(5))
    info, score = np.zeros((2, len(filtered.passed), count))
    for week in range(len(filtered.passed) - 1, -1, -1):
        here, v, f, k0, k1 = filtered.passed[week]
        r1 = back * r0 + revert * r1
        n01, n11 = back * n00 + revert * n01, back**2 * n00 + 2 * back * revert * n01 + revert**2 * n11
        left = 1 - k0
        r0 = left * r0 - k1 * r1 + here * v / f
        n00 = left**2 * n00 - 2 * left * k1 * n01 + k1**2 * n11 + here / f
        n01 = left * n01 - k1 * n11
        info[week], score[week] = n00, r0
    return info, score
