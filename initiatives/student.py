"""Student's t distribution: the two functions that intervals need, for any real number of degrees of freedom."""

from math import exp, isinf, lgamma, log
from statistics import NormalDist


def _beta_fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function, DLMF 8.17.22, by Lentz's method (DLMF 3.10(iii))."""
    tiny, front, back = 1e-300, 1.0, 1.0 - (a + b) * x / (a + 1)
    back = 1 / (back or tiny)
    total = back
    for m in range(1, 300):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        before = total
        for step in (even, odd):
            back = 1 / ((1 + step * back) or tiny)
            front = (1 + step / front) or tiny
            total *= front * back
        if abs(total - before) < 1e-15 * abs(total):
            break
    return total


def cdf(t: float, df: float) -> float:
    """P(T <= t). Tail: ½·I_x(df/2, ½) with x = df/(df + t²) (DLMF 8.17.1, with the symmetry 8.17.4)."""
    a, b, x = df / 2, 0.5, df / (df + t * t)
    if t == 0:
        return 0.5
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(t * t / (df + t * t)))
    if x < (a + 1) / (a + b + 2):
        tail = front * _beta_fraction(a, b, x) / a / 2
    else:
        tail = (1 - front * _beta_fraction(b, a, 1 - x) / b) / 2
    return 1 - tail if t > 0 else tail


def quantile(p: float, df: float) -> float:
    """The t below which a share `p` of the distribution lies; 0 < p < 1, df > 0. By bisection on `cdf`."""
    if isinf(df) or df > 1e7:
        return NormalDist().inv_cdf(p)
    if p < 0.5:
        return -quantile(1 - p, df)
    low, high = 0.0, 1.0
    while cdf(high, df) < p:
        low, high = high, high * 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if cdf(middle, df) < p else (low, middle)
    return (low + high) / 2
