"""What a chart of one pilot draws: where the KPI would usually lie without the pilot, and where it may go from here."""

from dataclasses import dataclass, replace

import numpy as np

from initiatives.stories import posterior, recursion
from initiatives.stories.judging import Batch, Scene, horizon_of, look, planned_weeks
from initiatives.stories.parameters import PARAMETERS, Parameters
from initiatives.stories.posterior import Z10, Posterior
from initiatives.stories.scales import Floats


@dataclass(frozen=True, slots=True)
class Paths:
    """Values of the KPI per day (or quotients) in each pilot week [N, L], NaN beyond the planned length.

    `usual` [3, N, L] is the 80 % band and its middle in which weeks without a pilot would lie, from what was known
    before it; `ahead` [3, N, L] the same for the weeks after k, with the effect, NaN up to k. `plan` was agreed.
    """

    usual: Floats
    ahead: Floats
    plan: Floats


def paths(batch: Batch, parameters: Parameters = PARAMETERS) -> Paths:
    """For a few pilots; a batch of thousands is judged, not drawn."""
    start = replace(batch, k=np.zeros_like(batch.k))
    before, now = look(start, parameters), look(batch, parameters)
    step = now.ruler.step(batch.goal)
    nothing = posterior.posterior(before.filtered, np.zeros_like(step), parameters)
    said = posterior.posterior(now.filtered, step, parameters).learned(parameters)
    weeks = range(int(batch.length.max()))
    usual = np.stack([_band(start, before, nothing, week, parameters) for week in weeks], axis=2)
    ahead = np.stack([_band(batch, now, said, week, parameters) for week in weeks], axis=2)
    week = np.array(weeks)
    planned = recursion.shapes(parameters.stories[1:2], week[:, None].astype(float), *planned_weeks(batch))[:, 0]
    beyond = week >= batch.length[:, None]
    return Paths(
        usual=np.where(beyond, np.nan, usual),
        ahead=np.where(beyond | (week < batch.k[:, None]), np.nan, ahead),
        plan=np.where(beyond, np.nan, np.stack([now.ruler.value(row * step) for row in planned], axis=1)),
    )


def _band(batch: Batch, scene: Scene, said: Posterior, week: int, parameters: Parameters) -> Floats:
    """10 %, middle and 90 % of one week [3, N]: the mixture by its first two moments."""
    course = recursion.shapes(parameters.stories, np.full((1, 1), float(week)), *planned_weeks(batch))[0]
    at = horizon_of(batch, scene, said.step)[0]
    far = np.maximum(week + 1.0 - batch.k, 0.0)
    means, variances = posterior.forecast(said, scene.filtered, course, at, parameters, ahead=far, averaged=1)
    mean = said.mix(means)
    spread = Z10 * np.sqrt(np.maximum(said.mix(variances + means**2) - mean**2, 0.0))
    start = scene.ruler.sign * scene.ruler.at_level
    values = [scene.ruler.value(mean + z * spread - start) for z in (-1, 0, 1)]
    return np.sort(np.stack(values), axis=0)
