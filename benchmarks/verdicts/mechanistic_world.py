"""World (b): a site of pages, ranks and visitors, lived through twice, with the pilot and without it.

Nothing here knows how pilots are judged. Demand has a season, a trend and shocks that all pages share; ranks revert and
jump with core updates; people click by rank and buy at a drifting rate; trackers break. A pilot changes rank,
click-through or conversion page by page. Both lives share every random number, so the true effect is exact; a group of
untreated pages of the same site is the control.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.verdicts.pilots import Daily, Pilots, kinds, last_four, outcome
from initiatives.stories import Scale
from initiatives.stories.scales import Bools, Floats, Ints

FIRST, LONGEST, PAGES = 12, 24, 16
WEEKS = FIRST + LONGEST
KPIS = ("clicks", "conversions", "revenue", "cvr", "position")
SCALES = np.array([Scale.COUNT, Scale.COUNT, Scale.LOG, Scale.SHARE, Scale.LOG])
LEVERS = ("rank", "ctr", "cvr")
FATES = ("works", "weak", "nothing", "fades", "harms", "cannibalises")
FATE_SHARES = (0.46, 0.14, 0.16, 0.10, 0.07, 0.07)
Pages = npt.NDArray[np.float64]  # [sites, pages, weeks]


@dataclass(frozen=True)
class Life:
    """What happens on a group of pages, expected per day of each week [N, T]: before chance and trackers."""

    impressions: Floats
    clicks: Floats
    orders: Floats
    position: Floats

    def kpi(self, kpi: Ints, worth: Floats) -> Floats:
        """The chosen KPI of each site."""
        cvr = self.orders / self.clicks
        return np.choose(kpi[:, None], [self.clicks, self.orders, self.orders * worth[:, None], cvr, self.position])


def make(count: int, seed: int, *, is_untreated: bool = False) -> Pilots:
    """`count` pilots on as many sites, each with its control; the same for a seed. Or the same sites without them."""
    draw = np.random.default_rng([2, seed])
    length = draw.integers(6, LONGEST + 1, count)
    lag = np.minimum(draw.integers(0, 7, count), length // 3).astype(float)
    ramp = np.minimum(draw.integers(1, 9, count), length // 2).astype(float)
    goal = draw.choice([0.10, 0.15, 0.20, 0.25, 0.30, 0.40], count, p=[0.1, 0.2, 0.25, 0.2, 0.15, 0.1])
    kpi = draw.choice(len(KPIS), count, p=[0.35, 0.3, 0.15, 0.1, 0.1])
    sign = np.where(kpi == KPIS.index("position"), -1.0, 1.0)
    worth = np.exp(draw.normal(np.log(90), 0.6, count))

    site, updates = _site(draw, count, kpi)
    lever, treatment, spill = _treatment(draw, kpi, goal, length, lag, ramp)
    ours, theirs = _pages(draw, site), _pages(draw, site)
    nothing = np.zeros((count, PAGES, WEEKS))
    if is_untreated:
        treatment, spill = nothing, nothing
    without, with_it = _live(site, ours, lever, nothing), _live(site, ours, lever, treatment)
    beside = _live(site, theirs, lever, np.broadcast_to(spill, nothing.shape))

    late, faults = np.where(draw.random(count) < 0.15, draw.integers(1, 5, count), 0), _faults(draw, count)
    daily, scale = _observed(draw, with_it, kpi, worth, faults, late), SCALES[kpi]
    weeks, fresh = daily.weeks(FIRST, scale)
    control, _ = _observed(draw, beside, kpi, worth, faults, late).weeks(FIRST, scale)

    before, after = (life.kpi(kpi, worth)[:, FIRST:] for life in (without, with_it))
    return Pilots(
        name="mechanistic_control",
        weeks=weeks,
        fresh=fresh,
        first=FIRST,
        scale=scale,
        sign=sign,
        goal=goal,
        length=length,
        lag=lag,
        ramp=ramp,
        shocks=updates,
        change=after / before - 1,
        gain=sign[:, None] * (after - before) * 7 * _tries(with_it, kpi)[:, FIRST:],
        reached=outcome(daily, weeks, FIRST, sign=sign, goal=goal, length=length),
        kind=kinds(last_four(sign[:, None] * (after / before - 1), length), goal),
        control=control,
        control_scale=scale,
    )


@dataclass(frozen=True)
class Site:
    """What all pages of a site share [N, T]: log demand, what core updates did to log rank, click-through, log
    conversion; and the site's size: log impressions of a usual page a day [N]."""

    demand: Floats
    update: Floats
    ctr: Floats
    cvr: Floats
    size: Floats
    update_spread: Floats


def _site(draw: np.random.Generator, count: int, kpi: Ints) -> tuple[Site, Bools]:
    week = np.arange(WEEKS)
    phase = draw.uniform(0, 52, count)[:, None]
    season = draw.uniform(0, 0.25, count)[:, None] * np.sin(2 * np.pi * (week + phase) / 52)
    season = season + draw.uniform(0, 0.08, count)[:, None] * np.sin(4 * np.pi * (week + phase) / 52 + 1)
    slump = _events(draw, count, chance=0.015) * draw.normal(0, 0.12, (count, WEEKS))
    for at in range(1, WEEKS):  # a shock of demand is half forgotten after four weeks
        slump[:, at] += 0.84 * slump[:, at - 1]
    shared = _persistent(draw, (count, WEEKS), rho=0.6) * draw.uniform(0.01, 0.07, count)[:, None]
    trend = draw.normal(0, 0.003, count)[:, None] * week
    happens = _events(draw, count, chance=0.035)
    update = np.cumsum(np.where(happens, draw.normal(0, 0.10, (count, WEEKS)), 0.0), axis=1)
    ctr = np.cumsum(draw.normal(-0.001, 0.006, (count, WEEKS)), axis=1)
    cvr = np.cumsum(draw.normal(0, 0.015, (count, WEEKS)), axis=1) + draw.normal(0, 0.03, (count, WEEKS))
    orders = np.isin(kpi, [KPIS.index(name) for name in ("conversions", "revenue", "cvr")])
    size = np.where(orders, draw.uniform(np.log(80), np.log(8000), count), draw.uniform(np.log(8), np.log(2000), count))
    spread = np.where(happens, 0.12, 0.0)
    known = happens & (draw.random((count, WEEKS)) < 0.7)
    return Site(
        season + slump + shared + trend, update, ctr, cvr + draw.normal(np.log(0.02), 0.5, count)[:, None], size, spread
    ), known


@dataclass(frozen=True)
class Group:
    """Pages of a site [N, P, T]: log demand beside the site's, log rank before any treatment, own click-through."""

    demand: Pages
    rank: Pages
    ctr: Pages


def _pages(draw: np.random.Generator, site: Site) -> Group:
    count, shape = len(site.size), (len(site.size), PAGES, WEEKS)
    popular = draw.normal(0, 1.0, (count, PAGES, 1))
    own = _persistent(draw, shape, rho=0.7) * 0.12
    home = draw.uniform(np.log(1.5), np.log(15), (count, PAGES, 1))
    jumps = np.cumsum(site.update_spread[:, None, :] * draw.normal(0, 1, shape), axis=2)
    wander = _persistent(draw, shape, rho=0.85) * 0.15
    return Group(popular + own, home + jumps + wander, draw.normal(0, 0.2, (count, PAGES, 1)))


def _live(site: Site, pages: Group, lever: Ints, treatment: Pages) -> Life:
    """One life of a group of pages under a treatment, given as log change of what the lever moves."""
    pulled = [treatment * (lever == at)[:, None, None] for at in range(len(LEVERS))]
    rank = np.maximum(pages.rank + site.update[:, None, :] - pulled[0], 0.0)  # nobody ranks above the first
    shown = np.exp(site.size[:, None, None] + site.demand[:, None, :] + pages.demand)
    shown = shown / (1 + np.exp((rank - np.log(12)) / 0.35)) + 1e-6  # beyond the first page few get to see it
    click = np.minimum(0.30 * np.exp(-1.1 * rank + site.ctr[:, None, :] + pages.ctr + pulled[1]), 0.9)
    buy = np.minimum(np.exp(site.cvr[:, None, :] + pulled[2]), 0.9)
    clicks = shown * click
    position = (np.exp(rank) * shown).sum(axis=1) / shown.sum(axis=1)
    return Life(shown.sum(axis=1), clicks.sum(axis=1), (clicks * buy).sum(axis=1), position)


def _treatment(
    draw: np.random.Generator, kpi: Ints, goal: Floats, length: Ints, lag: Floats, ramp: Floats
) -> tuple[Ints, Pages, Pages]:
    """Which lever is pulled, by how much on each page and week, and what spills over to the control's pages."""
    count = len(kpi)
    lever = draw.choice(len(LEVERS), count, p=[0.5, 0.3, 0.2])
    lever = np.where(kpi == KPIS.index("clicks"), np.minimum(lever, 1), lever)
    lever = np.where(kpi == KPIS.index("position"), 0, np.where(kpi == KPIS.index("cvr"), 2, lever))
    fate = draw.choice(len(FATES), count, p=FATE_SHARES)
    size = np.select(
        [fate == FATES.index(name) for name in ("weak", "nothing", "harms", "cannibalises")],
        [draw.uniform(0.2, 0.6, count), np.zeros(count), -draw.uniform(0.4, 1.4, count), draw.uniform(0.8, 1.6, count)],
        draw.uniform(0.8, 1.9, count),
    )
    down = np.where(kpi == KPIS.index("position"), -np.log(1 - goal), np.log(1 + goal))
    push = size * down / np.where((lever == 0) & (kpi != KPIS.index("position")), 1.25, 1.0)  # rank counts for more
    answer = np.exp(draw.normal(0, 0.5, (count, PAGES)) - 0.125)
    loser = (fate == FATES.index("cannibalises"))[:, None] & (np.arange(PAGES) % 2 == 1)
    answer = np.where(loser, -answer, answer)
    week = np.arange(WEEKS) - FIRST + 0.5
    shipped = draw.uniform(0.0, 0.6, (count, PAGES)) * ramp[:, None]
    begin = (lag * draw.uniform(0.5, 2.0, count))[:, None] + shipped
    rise = np.maximum((ramp * draw.uniform(0.4, 1.2, count))[:, None], 0.7)
    course = 1 - np.exp(-2.0 * np.maximum(week - begin[:, :, None], 0) / rise[:, :, None])
    peak = (draw.uniform(0.2, 0.5, count) * length)[:, None, None]
    fading = np.exp(-np.maximum(week - peak, 0) / (0.12 * length[:, None, None]))
    course = np.where((fate == FATES.index("fades"))[:, None, None], course * fading, course)
    treatment = (push[:, None] * answer)[:, :, None] * course
    spill = np.where(draw.random(count) < 0.15, 0.15, 0.0)[:, None, None] * treatment.mean(axis=1, keepdims=True)
    return lever, treatment, spill


def _faults(draw: np.random.Generator, count: int) -> tuple[Floats, Bools]:
    """What the tracker counts of each day, and the days that it loses whole [N, 7·T]; ours and the control's alike."""
    days = WEEKS * 7
    counted = np.ones((count, days))
    begins = draw.random((count, days)) < 0.004
    broken = begins.copy()
    for back in (1, 2):
        broken[:, back:] |= begins[:, :-back] & (draw.random((count, days - back)) < 0.6)
    counted = np.where(broken, draw.uniform(0.2, 0.9, (count, days)), counted)
    consent = np.where(draw.random(count) < 0.06, draw.integers(0, days, count), days)
    counted = np.where(np.arange(days) >= consent[:, None], counted * draw.uniform(0.85, 0.97, count)[:, None], counted)
    gone = np.repeat(draw.random((count, WEEKS)) < 0.015, 7, axis=1) | (draw.random((count, days)) < 0.01)
    dies = np.where(draw.random(count) < 0.03, draw.integers((FIRST + 2) * 7, days, count), days)
    return counted, gone | (np.arange(days) >= dies[:, None])


def _observed(
    draw: np.random.Generator, life: Life, kpi: Ints, worth: Floats, faults: tuple[Floats, Bools], late: Ints
) -> Daily:
    """Days with chance: visits and orders are Poisson, order values are skewed."""
    counted, gone = faults
    count = len(kpi)
    pattern = np.exp(-np.array([0, 0, 0, 0, 0.1, 1, 0.8]) * draw.uniform(-0.3, 0.7, count)[:, None])
    busy = np.tile(pattern / pattern.mean(axis=1, keepdims=True), WEEKS)
    busy = busy * np.exp(draw.normal(0, 0.06, busy.shape))
    clicks = draw.poisson(np.repeat(life.clicks, 7, axis=1) * busy * counted)
    cvr = np.repeat(life.orders / life.clicks, 7, axis=1)
    orders = draw.binomial(clicks, cvr)
    spread = draw.uniform(0.4, 1.0, count)[:, None]
    paid = worth[:, None] * orders * np.exp(draw.normal(0, 1, orders.shape) * spread / np.sqrt(np.maximum(orders, 1)))
    alone = np.isin(kpi, [KPIS.index("conversions"), KPIS.index("revenue")])[:, None]
    fewer = draw.poisson(np.repeat(life.orders, 7, axis=1) * busy * counted)  # orders need no click to be counted
    shown = np.repeat(life.impressions, 7, axis=1) * busy
    rank = np.repeat(life.position, 7, axis=1) * np.exp(draw.normal(0, 0.02, shown.shape))
    orders = np.where(alone, fewer, orders)
    num = np.choose(kpi[:, None], [clicks, orders, paid, orders, rank * shown]).astype(float)
    den = np.select(
        [kpi[:, None] == KPIS.index("cvr"), kpi[:, None] == KPIS.index("position")], [clicks, shown], np.nan
    )
    return Daily(num, den, gone, late)


def _tries(life: Life, kpi: Ints) -> Floats:
    """The denominator of a day, 1 where the KPI has none."""
    ones = np.ones_like(life.clicks)
    return np.choose(kpi[:, None], [ones, ones, ones, life.clicks, life.impressions])


def _events(draw: np.random.Generator, count: int, *, chance: float) -> Bools:
    happens: Bools = draw.random((count, WEEKS)) < chance
    return happens


def _persistent(draw: np.random.Generator, shape: tuple[int, ...], *, rho: float) -> Floats:
    """Standard normal, correlated from week to week along the last axis."""
    walk = draw.normal(0, 1, shape)
    for week in range(1, shape[-1]):
        walk[..., week] = rho * walk[..., week - 1] + np.sqrt(1 - rho**2) * walk[..., week]
    return walk
