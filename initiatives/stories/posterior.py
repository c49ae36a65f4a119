"""From the filter's regression to chances: which story, how large an effect, and will the goal be reached?

Every answer is a mixture of normals, one component per noise scale and story: [C, S, N].
"""

from dataclasses import dataclass, replace

import numpy as np

from initiatives.stories.parameters import Parameters
from initiatives.stories.recursion import Filtered
from initiatives.stories.scales import Bools, Floats

Z10 = 1.2815515655446004  # the normal's upper tenth


def normal_cdf(z: Floats) -> Floats:
    """Φ to 1.5e-7 (Abramowitz and Stegun 7.1.26), symmetric to the last bit; numpy has no error function."""
    x = np.abs(z) * 0.7071067811865476
    t = 1 / (1 + 0.3275911 * x)
    poly: Floats = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    tail = 0.5 * poly * np.exp(-(np.minimum(x, 26.0) ** 2))
    chance: Floats = np.where(z > 0, 1 - tail, tail)
    return chance


@dataclass(frozen=True, slots=True)
class Posterior:
    """`weight` (sums to 1 over components), `mean` and `var` of the amplitude, where 1 is the goal: [C, S, N].
    `scale2` is c², [C, 1, 1]; `step` τ, [N]."""

    weight: Floats
    mean: Floats
    var: Floats
    scale2: Floats
    step: Floats

    def learned(self, parameters: Parameters) -> "Posterior":
        """The same under the priors learnt from ended pilots, if there are any."""
        if not parameters.learned:
            return self
        ratio = np.array(parameters.learned) / np.array(parameters.priors)
        weight = self.weight * ratio[None, :, None]
        return replace(self, weight=weight / weight.sum(axis=(0, 1)))

    def chance_below(self, limit: float | Floats, course: Floats) -> Floats:
        """P(amplitude x course < limit) [N]; course is [S, N]."""
        spread = np.sqrt(self.var) * course
        z = (limit - self.mean * course) / np.maximum(spread, 1e-9)
        return self.chance(normal_cdf(z))

    def chance(self, chances: Floats) -> Floats:
        """The mean of chances, which rounding must not carry past 1."""
        return np.minimum(self.mix(chances), 1.0)

    def mix(self, value: Floats) -> Floats:
        """The mean of [C, S, N] or [S, N] over the components."""
        mixed: Floats = (self.weight * value).sum(axis=(0, 1))
        return mixed

    def quantiles(self, course: Floats, *, widen: float) -> tuple[Floats, Floats]:
        """The 10 % and 90 % points of amplitude x course [N], by bisection on the mixture."""
        means = self.mean * course
        sds = np.sqrt(self.var) * course * widen
        far = 4.0 * sds
        low, high = (means - far).min(axis=(0, 1)), (means + far).max(axis=(0, 1))
        inverse = 1 / np.maximum(sds, 1e-9)
        return self._quantile(0.1, means, inverse, low, high), self._quantile(0.9, means, inverse, low, high)

    def _quantile(self, p: float, means: Floats, inverse: Floats, low: Floats, high: Floats) -> Floats:
        for _ in range(14):
            middle = (low + high) / 2
            is_below = self.mix(normal_cdf((middle - means) * inverse)) < p
            low, high = np.where(is_below, middle, low), np.where(is_below, high, middle)
        return (low + high) / 2


def posterior(filtered: Filtered, step: Floats, parameters: Parameters) -> Posterior:
    """Weights and amplitudes of all stories and noise scales. The evidence of a story is that of the innovations
    under it, with its amplitude integrated out."""
    c2 = np.array(parameters.noise_scales)[:, None, None] ** 2
    mean0 = np.array([story.mean for story in parameters.stories])[None, :, None]
    var0 = np.array([story.sd for story in parameters.stories])[None, :, None] ** 2
    info, score = step**2 * filtered.info / c2, step * filtered.score / c2
    var = 1 / (info + 1 / var0)
    mean = var * (score + mean0 / var0)
    log = -0.5 * filtered.spread / c2 - 0.5 * np.log(c2) * filtered.count
    log = log + 0.5 * (mean**2 / var - mean0**2 / var0) - 0.5 * np.log(var0 / var)
    prior = np.array([story.prior for story in parameters.stories])[None, :, None]
    log = log + np.log(prior * np.array(parameters.noise_weights)[:, None, None])
    weight = np.exp(log - log.max(axis=(0, 1)))
    return Posterior(weight / weight.sum(axis=(0, 1)), mean, var, c2, step)


@dataclass(frozen=True, slots=True)
class Horizon:
    """What the forecast of the final four weeks needs besides the filter [N]: weeks left, s², the newest week's n,
    what the control adds, the known share of the final weeks and their mean on the scale, the goal there."""

    left: Floats
    s2: Floats
    n: Floats
    offset: Floats
    has_control: Bools
    share_known: Floats
    mean_known: Floats
    goal: Floats


def reach(said: Posterior, filtered: Filtered, final: Floats, at: Horizon, parameters: Parameters) -> Floats:
    """The chance that the mean of the final four weeks is at the goal or above [N]. `final` is the stories' course
    averaged over those weeks [S, N]."""
    ahead = np.maximum(at.left - 1.5, 0.0)  # weeks until the middle of those four
    mean, var = forecast(said, filtered, final, at, parameters, ahead=ahead, averaged=4)
    phi = at.share_known
    mean = phi * at.mean_known + (1 - phi) * mean
    var = (1 - phi) ** 2 * var + (0.004 + 0.03 * np.sqrt(at.n)) ** 2
    return said.chance(normal_cdf((mean - at.goal) / np.sqrt(var)))


def forecast(
    said: Posterior,
    filtered: Filtered,
    course: Floats,
    at: Horizon,
    parameters: Parameters,
    *,
    ahead: Floats,
    averaged: int,
) -> tuple[Floats, Floats]:
    """Mean and variance, per component [C, S, N], of what will be measured `ahead` weeks after the newest, as the
    mean of so many weeks."""
    u = parameters.revert**ahead - 1
    moved = said.mean * said.step
    mean = filtered.level - moved * filtered.h + u * (filtered.away - moved * filtered.h_away)
    mean = mean + moved * course + at.offset
    c2 = said.scale2
    var = c2 * (filtered.p00 + 2 * u * filtered.p01 + u**2 * filtered.p11)
    wander = parameters.drift_share * c2 * at.s2 + parameters.drift_floor**2
    far = np.maximum(ahead + 0.2, 0.25)
    settled = (1 - parameters.revert ** (2 * far)) / (1 - parameters.revert**2)
    var = (
        var
        + wander * ((1 - parameters.passing) * far + parameters.passing * settled)
        + 0.0002 * far
        + (c2 * at.s2 + at.n) / averaged
    )
    var = var + said.step**2 * said.var * (course - filtered.h) ** 2
    return mean, var + np.where(at.has_control, parameters.drift_floor**2 * (ahead + 2.5), 0.0)
