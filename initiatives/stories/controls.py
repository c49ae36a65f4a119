"""What an untreated series explains: the shared ups and downs that are nobody's merit or fault."""

import numpy as np

from initiatives.stories import scales
from initiatives.stories.parameters import Parameters
from initiatives.stories.scales import Bools, Floats, Ints, Weeks


def explained(
    control: Weeks | None, scale: Ints | None, x: Floats, sign: Floats, *, first: int, parameters: Parameters
) -> tuple[Floats, Bools]:
    """What the control explains of each week of x [T, N] (zero without one), and which targets have one [N].

    How far the KPI moves with its control is learnt from differences of baseline weeks, shrunk towards 0.8. A week in
    which the control is missing repeats its last one.
    """
    if control is None or scale is None:
        return np.zeros_like(x), np.zeros(x.shape[1], dtype=bool)
    measured = scales.measure(control.until(len(x)), scale, sign, first=first, confirmed=None, parameters=parameters)
    z = measured.x
    before = ~np.isnan(z[:first])
    has = before.sum(axis=0) >= parameters.least_baseline
    moved = z - np.where(before, z[:first], 0.0).sum(axis=0) / np.maximum(before.sum(axis=0), 1)
    dx, dz = np.diff(x[:first], axis=0), np.diff(z[:first], axis=0)
    both = ~np.isnan(dx) & ~np.isnan(dz)
    dx, dz = np.where(both, dx, 0.0), np.where(both, dz, 0.0)
    weight = parameters.control_weight
    gamma = ((dx * dz).sum(axis=0) + parameters.control_prior * weight) / ((dz**2).sum(axis=0) + weight)
    at = np.maximum.accumulate(np.where(np.isnan(moved), -1, np.arange(len(moved))[:, None]), axis=0)
    moved = np.where(at >= 0, np.take_along_axis(moved, np.maximum(at, 0), axis=0), 0.0)
    return np.where(has, np.clip(gamma, 0.0, parameters.control_most) * moved, 0.0), has
