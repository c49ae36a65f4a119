"""Did a guardrail hold? The same filter with other stories: all holds, or the KPI fell at once in some week.

A fall stays, where demand and ranks wander and come back: that is how the two are told apart. The week in which it
happened is open; the first four, in which a pilot does what it does, are each four times as likely as a later one. No
week is too long ago to have been it, until the KPI is back where it was.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from initiatives.stories import recursion
from initiatives.stories.judging import CHUNK, Batch, Scene, change_of, look, weeks_known
from initiatives.stories.parameters import PARAMETERS, Parameters, Story
from initiatives.stories.posterior import Posterior, posterior
from initiatives.stories.scales import Bools, Floats, Ints

LIKELY = 0.5  # that it is beyond its margin, after each of the two newest known weeks
_MOMENTS, _FIRST = 26, 4  # weeks in which it may have fallen: the first four, then the newest 22; see `_begins`
_NEAR = 1  # weeks before and after that a fall long ago may as well have been in
_RECENT = 12  # known weeks that a fall is made good by
_NO_ROOM = 1e-6  # the least step of a ruler: from a baseline of zero nothing falls
_UNHARMED = 0.42
_NEVER = 1e6  # weeks
_ENDLESS = 10**6
_SHARE = (1 - _UNHARMED) / (4 * _FIRST + _MOMENTS - _FIRST)
STORIES: Final = (
    Story("unharmed", _UNHARMED, "at once", _NEVER, 0.0, 0.0, 1.0),
    *(
        Story("fell", _SHARE * (4 if week < _FIRST else 1), "at once", float(week), float(week >= _FIRST), 1.5, 1.0)
        for week in range(_MOMENTS)
    ),
)
GUARD: Final = replace(
    PARAMETERS, stories=STORIES, drift_share=0.5, drift_floor=0.03, passing=0.3, shock=0.1
)  # what wanders so far in a week proves no fall; chosen in docs/verdicts.md


@dataclass(frozen=True, slots=True)
class Held:
    """What is said of N guardrails; arrays [N]. `chance` is that the KPI is beyond its margin now, after its newest
    known week, `effect` its present change (-0.1: ten percent lower; an amount where the baseline is zero) and `low`
    and `high` the 80 % interval. Where `is_told` is False there is too little data, and they mean nothing."""

    chance: Floats
    is_broken: Bools
    effect: Floats
    low: Floats
    high: Floats
    weeks_known: Ints
    is_told: Bools


def judge(batch: Batch, margin: Floats, parameters: Parameters = GUARD) -> Held:
    """Judge guardrails on their first k pilot weeks. `margin` [N] is the tolerated change the wrong way, as a share of
    the baseline. Plan, policy and counters of the batch are not looked at; its order and size change nothing."""
    rows = len(batch.k)
    turned = replace(
        batch,
        k=np.clip(batch.k, 0, batch.weeks.num.shape[1] - batch.first),
        sign=-batch.sign,
        goal=np.maximum(0.15, 3 * margin),
        length=np.full(rows, _ENDLESS),
    )
    order = np.argsort(turned.k, kind="stable")  # of like age side by side, so that no pass is longer than it must be
    told = [_judge(turned.rows(some), margin[some], parameters) for some in np.split(order, range(CHUNK, rows, CHUNK))]
    back = np.argsort(order, kind="stable")
    return Held(*(np.concatenate([getattr(part, name) for part in told])[back] for name in Held.__slots__))


def _judge(batch: Batch, margin: Floats, parameters: Parameters) -> Held:
    now = _after(batch, margin, parameters)
    known, is_told = weeks_known(batch, now.scene, parameters)
    week = np.arange(1, len(now.scene.is_past) + 1)[:, None]
    before = np.where(now.scene.known[batch.first :] & (week < now.until), week, 0).max(axis=0, initial=0)
    chance = now.chance_beyond(margin)
    is_broken = is_told & (chance >= LIKELY)
    if (rows := np.flatnonzero(is_broken)).size:
        earlier = _after(replace(batch, k=before).rows(rows), margin[rows], parameters)
        is_broken[rows] = earlier.chance_beyond(margin[rows]) >= LIKELY
    low, effect, high = change_of(now.said, now.course, now.scene.ruler, parameters)
    return Held(chance, is_broken, effect, low, high, known, is_told)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What k weeks say of N guardrails: the stories, how far each had come in the newest known week [S, N], the step
    that their amplitudes count, and the k up to that week."""

    scene: Scene
    said: Posterior
    course: Floats
    step: Floats
    until: Ints

    def chance_beyond(self, margin: Floats) -> Floats:
        """That it went further than this the wrong way [N]; what stands at zero already cannot."""
        beyond = 1 - self.said.chance_below(self.scene.ruler.step(margin) / self.step, self.course)
        return np.where(self.step > _NO_ROOM, beyond, 0.0)


def _after(batch: Batch, margin: Floats, parameters: Parameters) -> _Seen:
    falls = parameters.stories[1:]
    scene = look(batch, replace(parameters, stories=parameters.stories[:1]))
    week = np.arange(1, len(scene.is_past) + 1)[:, None]
    until = np.where(scene.known[batch.first :], week, 0).max(axis=0, initial=0)
    step = scene.ruler.step(batch.goal)
    info, score = recursion.moved_for_good(scene.filtered, parameters)
    begins, mass = _begins(until, _evidence(step * score, step**2 * info, falls[-1]), falls)
    info, score = _of(info, begins), _of(score, begins)
    said = posterior(replace(scene.filtered, info=_with_none(info), score=_with_none(score)), step, parameters)
    weight = said.weight * _with_none(mass, 1.0)
    said = replace(said, weight=weight / weight.sum(axis=(0, 1)))
    is_there = (begins < until) & ~_is_made_good(scene, batch, margin, begins)
    return _Seen(scene, said, _with_none(is_there), step, until)


def _begins(until: Ints, evidence: Floats, falls: tuple[Story, ...]) -> tuple[Ints, Floats]:
    """The pilot week in which each story has its fall, and how much more likely that makes it [S, N].

    Most come along with the newest known week. The first that does stands for all weeks that are left behind: it falls
    in the one that looks most like a fall, and counts for that week's neighbours, too, for noise hides the very week.
    """
    fixed, moving = (
        np.array([part], dtype=int).T for part in zip(*((one.alpha, one.beta) for one in falls), strict=True)
    )
    left = np.maximum(until - len(falls), 0)
    begins, mass = fixed + moving * left, np.ones((len(falls), len(until)))
    slot, week = int(moving.argmax()), np.arange(len(evidence))[:, None]
    some = np.flatnonzero(left)
    if some.size:
        among = evidence[:, some]
        among[(week < fixed[slot]) | (week > begins[slot, some])] = -np.inf
        likeliest = among.argmax(axis=0)
        is_near = np.abs(week - likeliest) <= _NEAR
        begins[slot, some] = likeliest
        mass[slot, some] = np.where(is_near, np.exp(among - among.max(axis=0)), 0.0).sum(axis=0)
    return begins, mass


def _evidence(score: Floats, info: Floats, fall: Story) -> Floats:
    """The log likelihood of a fall in each week [weeks, N], its size integrated out, as in `posterior`."""
    var = 1 / (info + 1 / fall.sd**2)
    log: Floats = (var * (score + fall.mean / fall.sd**2) ** 2 + np.log(var)) / 2
    return log


def _of(weeks: Floats, begins: Ints) -> Floats:
    """[S, N] out of [weeks, N]; nothing of weeks to come."""
    padded = np.concatenate([weeks, np.zeros((1, begins.shape[1]))])
    return np.take_along_axis(padded, np.minimum(begins, len(weeks)), axis=0)


def _with_none(falls: Floats | Bools, none: float = 0.0) -> Floats:
    """With the story of no fall before the others."""
    return np.concatenate([np.full((1, falls.shape[1]), none), falls])


def _is_made_good(scene: Scene, batch: Batch, margin: Floats, begins: Ints) -> Bools:
    """Whether a fall in these weeks [S, N] is over: the newest known weeks, all of them later, lie on average within
    the margin of the baseline. No story climbs back, so that one that fell would be told for ever."""
    known, at = scene.known, np.where(scene.known, scene.x - scene.offset, 0.0)
    before = at[: batch.first].sum(axis=0) / np.maximum(known[: batch.first].sum(axis=0), 1)
    known, at = known[batch.first :], at[batch.first :]
    is_recent = known & (known[::-1].cumsum(axis=0)[::-1] <= _RECENT)
    count = is_recent.sum(axis=0)
    now = np.where(is_recent, at, 0.0).sum(axis=0) / np.maximum(count, 1)
    is_over = (count == _RECENT) & (now - before <= scene.ruler.step(margin))
    week = np.arange(len(known))[:, None]
    since = np.where(is_recent, week, len(known)).min(axis=0, initial=len(known))
    found: Bools = is_over & (begins < since)
    return found
