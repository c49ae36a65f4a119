"""How else pilots are judged: rules of thumb, a trend test, an interval, a structural time-series model.

They see every week as it came to be known in the end, late days included, which flatters them a little.
"""

import warnings
from collections.abc import Callable

import numpy as np

from benchmarks.verdicts.figures import Told
from benchmarks.verdicts.pilots import Pilots
from initiatives.stories import PARAMETERS, scales
from initiatives.stories.posterior import Z10, normal_cdf
from initiatives.stories.scales import Bools, Floats

DEAD_BELOW = PARAMETERS.dead_below  # of the goal, as for the story filter


class View:
    """Pilots on the scale where up is good: weeks x [N, T] and their part in the pilot, baseline mean, goal [N]."""

    def __init__(self, pilots: Pilots) -> None:
        first = pilots.first
        measured = scales.measure(
            pilots.weeks, pilots.scale, pilots.sign, first=first, confirmed=None, parameters=PARAMETERS
        )
        self.x, self.first = measured.x.T, first
        self.before, self.pilot = self.x[:, :first], self.x[:, first:]
        self.base = np.nanmean(self.before, axis=1)
        self.step = measured.ruler.step(pilots.goal)
        self.length, self.lag, self.ramp = pilots.length, pilots.lag, pilots.ramp

    def weekly(self, is_red: Callable[[int], Bools]) -> Bools:
        """`is_red(k)` for every k before the deadline [N, L]."""
        weeks = self.pilot.shape[1]
        return np.stack([is_red(k) & (k < self.length) for k in range(1, weeks + 1)], axis=1)

    def at_end(self, score: Callable[[int], Floats]) -> Floats:
        """`score(k)` at each pilot's deadline [N], 0 where nothing is known."""
        found = np.zeros(len(self.length))
        for k in np.unique(self.length):
            found = np.where(self.length == k, score(int(k)), found)
        return np.nan_to_num(found)

    def recent(self, k: int, weeks: int) -> Floats:
        """The last `weeks` weeks after k, NaN before the pilot."""
        begin = max(k - weeks, 0)
        part = self.pilot[:, begin:k]
        return np.pad(part, ((0, 0), (weeks - part.shape[1], 0)), constant_values=np.nan)


def flat_weeks(view: View) -> Told:
    """Red: four weeks at or below the baseline."""
    red = view.weekly(lambda k: (view.recent(k, 4) <= view.base[:, None]).all(axis=1))
    return Told(red, view.at_end(lambda k: view.base - _mean(view.recent(k, 4))))


def below_line(view: View) -> Told:
    """Red: three weeks below the planned line."""
    week = np.arange(view.pilot.shape[1]) + 0.5
    rise = np.clip((week - view.lag[:, None]) / np.maximum(view.ramp, 0.5)[:, None], 0, 1)
    line = view.base[:, None] + view.step[:, None] * rise

    def is_red(k: int) -> Bools:
        below: Bools = (view.pilot[:, max(k - 3, 0) : k] < line[:, max(k - 3, 0) : k]).all(axis=1)
        return below & (k >= 3)

    def score(k: int) -> Floats:
        return _mean((line - view.pilot)[:, max(k - 3, 0) : k])

    return Told(view.weekly(is_red), view.at_end(score))


def mann_kendall(view: View) -> Told:
    """Red: eight weeks (or the pilot so far, from the sixth on) without a rise at 10 % (H. B. Mann, 1945)."""

    def z(k: int) -> Floats:
        part = view.recent(k, 8)
        signs = [np.sign(part[:, j] - part[:, i]) for j in range(8) for i in range(j)]
        total = np.nansum(signs, axis=0)
        n = (~np.isnan(part)).sum(axis=1)
        spread: Floats = total / np.sqrt(np.maximum(n * (n - 1) * (2 * n + 5) / 18, 1))
        return spread

    return Told(view.weekly(lambda k: (z(k) < PARAMETERS.low_resolution_z) & (k >= 6)), view.at_end(lambda k: -z(k)))


def interval(view: View) -> Told:
    """Red: the 80 % interval of Welch, weeks after lag and ramp against the baseline, lies below what counts as dead.
    What Mandate judged by before the story filter."""
    week = np.arange(view.pilot.shape[1])
    settled = np.where(week >= (view.lag + view.ramp)[:, None], view.pilot, np.nan)

    def is_red(k: int) -> Bools:
        effect, half, is_enough = welch(view.before, settled[:, :k])
        return is_enough & (effect + half < DEAD_BELOW * view.step)

    def score(k: int) -> Floats:
        effect, half, _ = welch(view.before, settled[:, :k])
        return (DEAD_BELOW * view.step - effect) / np.maximum(half, 1e-6)

    return Told(view.weekly(is_red), view.at_end(score))


def _t90(df: Floats) -> Floats:
    """Student's 90 % point (Abramowitz and Stegun 26.7.5; the first two exactly)."""
    z = Z10
    terms = (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96, (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    found = z + sum(term / df**power for power, term in enumerate(terms, 1))
    return np.where(df < 3, np.where(df < 2, 3.0777, 1.8856), found)


def welch(before: Floats, after: Floats) -> tuple[Floats, Floats, Bools]:
    """How much higher the mean of `after` is, half its 80 % interval (B. L. Welch, Biometrika 34, 1947), and whether
    there are weeks enough."""
    (var_b, n_b), (var_p, n_p) = _var(before), _var(after)
    b, p = var_b / np.maximum(n_b, 1), var_p / np.maximum(n_p, 1)
    df = (b + p) ** 2 / np.maximum(b**2 / np.maximum(n_b - 1, 1) + p**2 / np.maximum(n_p - 1, 1), 1e-12)
    half = np.sqrt(b + p) * _t90(np.maximum(np.floor(df), 1.0))
    return _mean(after) - _mean(before), half, (n_p >= 2) & (n_b >= 3)


def structural(view: View, control: Floats | None) -> Told:
    """Red: the chance that the last four weeks are dead, against the forecast of a local level that saw only
    the baseline (with the control as regressor), is at the filter's threshold twice (K. H. Brodersen et al., Annals
    of Applied Statistics 9, 2015, in state-space form; statsmodels)."""
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    count, weeks = view.pilot.shape
    chance = np.full((count, weeks), np.nan)
    for row in range(count):
        inside, length = view.before[row], int(view.length[row])
        known = slice(int(np.argmax(~np.isnan(inside))), None)
        z = None if control is None else control[row]
        model = UnobservedComponents(inside[known], "llevel", exog=None if z is None else z[: view.first][known])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what does not converge on so few weeks is the model's own affair
            fitted = model.fit(disp=False, maxiter=200)
        ahead = fitted.get_forecast(length, exog=None if z is None else z[view.first : view.first + length])
        mean, var = ahead.predicted_mean, ahead.var_pred_mean
        gap = view.pilot[row, :length] - mean
        for k in range(1, length + 1):
            last = gap[max(k - 4, 0) : k]
            if not np.isnan(last).all():
                sd = float(np.sqrt(np.mean(var[max(k - 4, 0) : k])))
                limit = DEAD_BELOW * view.step[row]
                chance[row, k - 1] = normal_cdf(np.array([(limit - np.nanmean(last)) / max(sd, 1e-6)]))[0]
    enter = 0.65
    high = np.nan_to_num(chance) >= enter
    week = np.arange(1, weeks + 1)
    counts = high & (week > np.maximum(2, view.lag)[:, None]) & (week < view.length[:, None])
    red = counts & np.pad(counts, ((0, 0), (1, 0)))[:, :-1]
    return Told(red, np.nan_to_num(chance[np.arange(count), view.length - 1]))


def _mean(values: Floats) -> Floats:
    known = ~np.isnan(values)
    mean: Floats = np.where(known, values, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return mean


def _var(values: Floats) -> tuple[Floats, Floats]:
    known = ~np.isnan(values)
    n = known.sum(axis=1).astype(float)
    gaps = np.where(known, values - _mean(values)[:, None], 0.0)
    return (gaps**2).sum(axis=1) / np.maximum(n - 1, 1), n


RULES: dict[str, Callable[[View], Told]] = {
    "flat_weeks": flat_weeks,
    "below_line": below_line,
    "mann_kendall": mann_kendall,
    "interval": interval,
}
