"""Intervals of two rates, (successes, rows) each, from those of each that statsmodels gives."""

import math

from scipy.stats import norm
from statsmodels.stats.proportion import proportion_confint


def clopper_pearson(rate, level=0.95):
    successes, n = rate
    return proportion_confint(successes, n, alpha=1 - level, method="beta")


def ends(one, two, level):
    """Return the ends of both at 16 ways to share z² between them, the first all with `one`."""
    z = norm.ppf(0.5 + level / 2)
    for step in range(16):
        angle = step * math.pi / 30
        levels = [
            max(1 - 2 * norm.sf(z * share), 1e-4) for share in (math.cos(angle), math.sin(angle))
        ]
        yield clopper_pearson(one, levels[0]), clopper_pearson(two, levels[1])


def gap(one, two, level=0.95):
    """The difference one − two."""
    found = list(ends(one, two, level))
    return min(a[0] - b[1] for a, b in found), max(a[1] - b[0] for a, b in found)


def ratio(one, two, level=0.95):
    """The ratio one / two; two is above 0."""
    found = list(ends(one, two, level))
    return min(a[0] / b[1] for a, b in found), max(a[1] / b[0] for a, b in found)
