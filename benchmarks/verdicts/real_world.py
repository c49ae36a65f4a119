"""Real series with effects put in: nobody drew their seasons, trends, news days and gaps for us.

Eight years of daily views of a Wikipedia article, and a Search Console export. A window becomes a pilot; its days are
multiplied by a course that we know. The years to 2011 are for choosing, the later ones for reporting. Windows overlap,
so 3,000 pilots are worth far fewer independent ones. Mentions of brands lie beside them too, but 54 days make no pilot:
four weeks of baseline, which is half of what gate G2 asks, leave three, and no second verdict before the deadline.
"""

import csv
from dataclasses import dataclass
from datetime import date

import numpy as np

from benchmarks.verdicts.pilots import Daily, Pilots, kinds, last_four, outcome
from benchmarks.verdicts.series_world import GOALS, LONGEST, SHARES_OF_GOALS, courses, step_of
from config.environment import ROOT
from initiatives.stories import Scale
from initiatives.stories.scales import Floats

DATA = ROOT.parent / "shared" / "data"
FIRST = 12
CHOSEN_UNTIL = date(2012, 1, 1)
SMALLER = (0.1, 0.2, 0.25, 0.2, 0.15, 0.1)  # shares of the goals, as they were drawn before


@dataclass(frozen=True)
class Window:
    """Days of a series, NaN where unknown: the baseline, the pilot; how long baseline and pilot are."""

    num: Floats
    den: Floats
    scale: Scale
    sign: float
    baseline: int
    length: int


def make(count: int, seed: int, *, choosing: bool = False, goals: tuple[float, ...] = SHARES_OF_GOALS) -> Pilots | None:
    """`count` pilots, nine in ten on Wikipedia; None where the data are not beside the checkout."""
    if not DATA.is_dir():
        return None
    draw = np.random.default_rng([3, seed])
    views, short = _views(), _short(choosing=choosing)
    cut = _day_number(CHOSEN_UNTIL)
    early, late = (FIRST * 7, cut - LONGEST * 7), (cut + FIRST * 7, len(views) - LONGEST * 7)
    begin = draw.integers(*(early if choosing else late), count)
    windows = [
        window(views, int(at), int(length), thin=float(thin), draw=draw)
        if is_long
        else short[int(draw.integers(len(short)))]
        for at, length, thin, is_long in zip(
            begin,
            draw.integers(6, LONGEST + 1, count),
            draw.choice([1.0, 0.1, 0.02], count),
            draw.random(count) < 0.9,
            strict=True,
        )
    ]
    return with_effects(draw, windows, goals=goals)


def untouched(dates: int = 10, length: int = 12) -> Pilots | None:
    """Pilots on Wikipedia at evenly spaced dates of the later years with nothing put in: whatever turns red or "on
    track" here does so by the world's own doing."""
    if not DATA.is_dir():
        return None
    draw, views = np.random.default_rng([3, 0]), _views()
    begin = np.linspace(_day_number(CHOSEN_UNTIL) + FIRST * 7, len(views) - length * 7, dates).astype(int)
    windows = [window(views, int(at), length, thin=1.0, draw=draw) for at in begin]
    return with_effects(draw, windows, put_in=False)


def window(views: Floats, begin: int, length: int, *, thin: float, draw: np.random.Generator) -> Window:
    """A pilot that begins on day `begin` of the article's views, of which every visitor is counted by chance `thin`:
    the same world with fewer people."""
    days = views[begin - FIRST * 7 : begin + LONGEST * 7]
    days = np.pad(days, (0, (FIRST + LONGEST) * 7 - len(days)), constant_values=np.nan)
    known = ~np.isnan(days)
    num = np.where(known, draw.binomial(np.where(known, days, 0).astype(int), thin), np.nan)
    return Window(num, np.full(len(num), np.nan), Scale.COUNT, 1.0, FIRST, length)


def with_effects(
    draw: np.random.Generator, windows: list[Window], *, goals: tuple[float, ...] = SMALLER, put_in: bool = True
) -> Pilots:
    """Pilots on these windows. An effect multiplies the KPI: days of a sum, the numerator of a quotient."""
    count = len(windows)
    scale = np.array([one.scale for one in windows], dtype=np.int64)
    sign, length = np.array([one.sign for one in windows]), np.array([one.length for one in windows])
    lag = np.minimum(draw.integers(0, 7, count), length // 3).astype(float)
    ramp = np.minimum(draw.integers(1, 9, count), length // 2).astype(float)
    goal = draw.choice(GOALS, count, p=goals)
    num, den = np.stack([one.num for one in windows]), np.stack([one.den for one in windows])
    step = step_of(np.full(count, Scale.LOG), sign, goal, np.full(count, 0.5))
    change = np.exp(sign[:, None] * courses(draw, length, lag, ramp) * step[:, None] * put_in) - 1
    pilot = num[:, FIRST * 7 :].reshape(count, LONGEST, 7)
    gained = np.nansum(pilot, axis=2) * change
    num[:, FIRST * 7 :] = (pilot * (1 + change)[:, :, None]).reshape(count, -1)
    num = np.where((scale == Scale.COUNT)[:, None], np.rint(num), num)
    daily = Daily(num, den, np.isnan(num), np.zeros(count, dtype=np.int64))
    daily.gone[:, : FIRST * 7] |= (
        np.arange(FIRST * 7) < 7 * (FIRST - np.array([one.baseline for one in windows]))[:, None]
    )
    weeks, fresh = daily.weeks(FIRST, scale)
    filled = Daily(_filled(daily.num), _filled(daily.den), daily.gone, daily.late)
    return Pilots(
        name="real",
        weeks=weeks,
        fresh=fresh,
        first=FIRST,
        scale=scale,
        sign=sign,
        goal=goal,
        length=length,
        lag=lag,
        ramp=ramp,
        shocks=np.zeros(weeks.num.shape, dtype=bool),
        change=change,
        gain=sign[:, None] * gained,
        reached=outcome(filled, weeks, FIRST, sign=sign, goal=goal, length=length),
        kind=kinds(last_four(sign[:, None] * change, length), goal),
    )


def _filled(days: Floats) -> Floats:
    """Unknown days by the mean of the week's known ones, for the outcome alone; of a week without any, by nothing."""
    by_week = days.reshape(len(days), -1, 7)
    known = ~np.isnan(by_week)
    mean = np.where(known, by_week, 0).sum(axis=2) / np.maximum(known.sum(axis=2), 1)
    filled = np.where(known, by_week, mean[:, :, None]).reshape(days.shape)
    return np.where(np.isnan(days).all(axis=1, keepdims=True), np.nan, filled)


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _day_number(day: date) -> int:
    return (day - date(2008, 1, 1)).days


def _views() -> Floats:
    """Views by day from 2008 on, NaN on days that are not there."""
    rows = {
        _day_number(date.fromisoformat(row["date"])): float(row["views"])
        for row in _rows("wikipedia_views_r_daily.csv")
    }
    return np.array([rows.get(day, np.nan) for day in range(max(rows) + 1)])


def _short(*, choosing: bool) -> list[Window]:
    """The export, too short to cut: clicks and impressions to choose on; click-through and position to report on."""
    rows = _rows("search_console_dates.csv")[::-1]
    column = {name: np.array([float(row[name]) for row in rows]) for name in ("Clicks", "Impressions", "Position")}
    none, shown = np.full(len(rows), np.nan), column["Impressions"]
    if choosing:
        return [_whole(column["Clicks"], none, Scale.COUNT), _whole(shown, none, Scale.COUNT)]
    return [
        _whole(column["Clicks"], shown, Scale.SHARE),
        _whole(column["Position"] * shown, shown, Scale.LOG, sign=-1.0),
    ]


def _whole(num: Floats, den: Floats, scale: Scale, *, sign: float = 1.0) -> Window:
    """All whole weeks of a short series: a little over half as baseline, the rest as pilot."""
    weeks = len(num) // 7
    baseline = (weeks + 1) // 2
    around = ((FIRST - baseline) * 7, (LONGEST - (weeks - baseline)) * 7)
    num, den = (np.pad(part[: weeks * 7], around, constant_values=np.nan) for part in (num, den))
    return Window(num, den, scale, sign, baseline, weeks - baseline)
