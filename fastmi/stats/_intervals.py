"""Intervals from an estimate, its standard error and, for some, its resampled errors."""

from __future__ import annotations

import numpy as np

from .._checks import check_number
from .._numbers import Doubles

INTERVALS = ("normal", "basic", "percentile")
LEAST_REPLICATES = 20


def check_interval(interval: str) -> None:
    """Raise unless it is one of the kinds of intervals."""
    if interval not in INTERVALS:
        raise ValueError(f"interval must be one of {', '.join(INTERVALS)}, got {interval!r}")


def check_level(level: float) -> float:
    """The level of an interval; raise unless it is between 0 and 1."""
    if not 0 < check_number("level", level, "between 0 and 1") < 1:
        raise ValueError(f"level must be between 0 and 1, got {level}")
    return float(level)


def without_excess(se: Doubles, variance: Doubles, full: bool) -> Doubles:
    """Standard errors less what a bootstrap adds where there is no dependence.

    MI there is a quadratic form of errors, of variance v. A replicate has the sample's errors
    and its own, and the form of both has the variance 3 v; where dependence is strong, errors
    come in singly, and 2 v is little beside them. Of one pair alone it should stay: se and MI
    are small together, and intervals of small MI would hold the truth less often than they
    say. In means of many, and in differences, whose sign does not go with se, it would only
    make intervals too wide.

    Parameters
    ----------
    se, variance : ndarray of float64
        Standard errors of replicates, and v.
    full : bool
        Whether cells hold enough for that; else nothing is taken off.

    Returns
    -------
    ndarray of float64
        At least the root of v.
    """
    excess = 2 * variance if full else np.zeros(())
    return np.asarray(np.sqrt(np.maximum(se**2 - excess, variance)), np.float64)


def ends(
    estimate: Doubles, se: Doubles, off: Doubles | None, level: float, kind: str, n: int
) -> tuple[Doubles, Doubles]:
    """The two ends of intervals.

    Parameters
    ----------
    estimate, se : ndarray of float64, shape (m,)
        What they are of, and its standard error.
    off : ndarray of float64, shape (n, m), or None
        Errors of the replicates; only ``normal`` needs none.
    level : float
        The share of intervals that should hold the truth.
    kind : {"normal", "basic", "percentile"}
        Estimate -+ t se, t of n - 2 degrees of freedom; the estimate minus the quantiles of the
        errors, or plus these.
    n : int
        Number of replicates.

    Returns
    -------
    low, high : ndarray of float64, shape (m,)
    """
    if kind == "normal":
        from scipy.special import stdtrit

        reach = float(stdtrit(n - 2, (1 + level) / 2)) * se
        return estimate - reach, estimate + reach
    assert off is not None
    below, above = np.quantile(off, [(1 - level) / 2, (1 + level) / 2], axis=0)
    if kind == "percentile":
        return estimate + below, estimate + above
    return estimate - above, estimate - below
