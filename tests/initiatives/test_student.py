"""Student's t against the printed tables."""

import math

import pytest

from initiatives.student import cdf, quantile


@pytest.mark.parametrize(
    ("df", "p", "t"),
    [
        (1, 0.90, 3.0776835),
        (1, 0.975, 12.7062047),
        (2, 0.90, 1.8856181),
        (5, 0.975, 2.5705818),
        (10, 0.90, 1.3721836),
        (30, 0.90, 1.3104150),
        (1000, 0.999, 3.0984022),
        (math.inf, 0.90, 1.2815516),
    ],
)
def test_quantiles_agree_with_the_tables(df: float, p: float, t: float) -> None:
    assert quantile(p, df) == pytest.approx(t, abs=1e-6)
    assert quantile(1 - p, df) == pytest.approx(-t, abs=1e-6)


def test_one_and_two_degrees_of_freedom_agree_with_their_closed_forms() -> None:
    for t in (-4.0, -0.3, 0.0, 0.7, 2.5, 60.0):
        assert cdf(t, 1) == pytest.approx(0.5 + math.atan(t) / math.pi, abs=1e-12)
        assert cdf(t, 2) == pytest.approx(0.5 + t / (2 * math.sqrt(2 + t * t)), abs=1e-12)


@pytest.mark.parametrize("df", [0.7, 1.37, 6.5, 211.4])
def test_the_quantile_undoes_the_distribution_for_any_degrees_of_freedom(df: float) -> None:
    for p in (0.51, 0.8, 0.9, 0.995):
        assert cdf(quantile(p, df), df) == pytest.approx(p, abs=1e-10)
