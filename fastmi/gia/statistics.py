"""Numbers from local importances: how large an effect is, how sure, and whether it is one.

A row holds the local importances of one effect, one a background: paired differences, so that
what backgrounds have in common cancels.  The mean of a row is the effect.

Tests and intervals are Monte Carlo: they say what more backgrounds of the same kind would
give, and n is the caller's choice, so p can be made small at will for any effect but 0.
Therefore each effect is also given in standard deviations of the backgrounds' scores, and
tested for being larger than a minimal one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .._adjusting import CORRECTIONS, adjusted
from .._checks import check_number, check_size
from .._draws import resolve_seed
from .._numbers import Doubles
from ._bootstrap import bca_intervals
from ._means import centred, check_local, finite_rows, scaled, standard_error
from ._testing import TESTS, minimal_p, paired_p

Numbers: TypeAlias = npt.NDArray[Any]

INTERVALS = ("t", "bootstrap")
_MOST_RESAMPLES = 1_000_000
NUMBERS = np.dtype(
    [
        (name, np.float64)
        for name in ("effect", "se", "low", "high", "effect_in_sd", "p", "q", "p_minimal")
    ]
)


@dataclass(frozen=True)
class Statistics:
    """What is to be said of effects.

    Parameters
    ----------
    confidence : float
        Of the intervals, above 0 and below 1.
    interval : {"t", "bootstrap"}
        Student's t; or the BCa bootstrap, closer to its rate where few backgrounds have an
        effect (:func:`describe` says how close). That of a ratio is Fieller's in either case.
    test : {"t", "wilcoxon"}
        That the mean of the local importances is 0; or that they lie symmetrically around 0
        (signed ranks), which a few extreme ones do not sway.
    correction : {"bh", "by", "holm"}
        How p becomes q: Benjamini-Hochberg or Benjamini-Yekutieli, the share of false finds
        among those with a q as small (under any dependence for the latter), or Holm, the
        probability of a single one.
    minimal : float
        The least effect that matters, in standard deviations of the backgrounds' scores, from
        0 up.
    resamples : int
        Of the bootstrap, 99 to 1,000,000.
    seed : int
        Of the bootstrap, from 0 to 2^64 - 1.

    Examples
    --------
    >>> Statistics(test="sign")
    Traceback (most recent call last):
    ValueError: test must be one of t, wilcoxon, got 'sign'
    """

    confidence: float = 0.95
    interval: str = "t"
    test: str = "t"
    correction: str = "bh"
    minimal: float = 0.0
    resamples: int = 9_999
    seed: int = 0

    def __post_init__(self) -> None:
        for name, allowed in (
            ("interval", INTERVALS),
            ("test", TESTS),
            ("correction", CORRECTIONS),
        ):
            if getattr(self, name) not in allowed:
                raise ValueError(
                    f"{name} must be one of {', '.join(allowed)}, got {getattr(self, name)!r}"
                )
        for name in ("confidence", "minimal"):
            object.__setattr__(self, name, check_number(name, getattr(self, name)))
        if not 0 < self.confidence < 1:
            raise ValueError(f"confidence must be above 0 and below 1, got {self.confidence}")
        if not 0 <= self.minimal < math.inf:
            raise ValueError(
                f"minimal must be a number of standard deviations from 0 up, got {self.minimal}"
            )
        object.__setattr__(self, "resamples", check_size("resamples", self.resamples, 99))
        if self.resamples > _MOST_RESAMPLES:
            raise ValueError(
                f"resamples must be at most {_MOST_RESAMPLES:,}, got {self.resamples:,}"
            )
        if not isinstance(self.seed, int | np.integer):
            raise TypeError(f"seed must be a whole number, got {self.seed!r}")
        object.__setattr__(self, "seed", resolve_seed(self.seed))


def describe(
    local: npt.ArrayLike, statistics: Statistics, sd: npt.ArrayLike | None = None
) -> Numbers:
    """Effects, how sure they are, and tests of them.

    Parameters
    ----------
    local : array_like of float64, shape (rows, n)
        Local importances, the same n backgrounds in each row.
    statistics : Statistics
        What is asked for.
    sd : array_like of float64, shape (rows,), optional
        Standard deviations of the backgrounds' scores.

    Returns
    -------
    ndarray, structured, shape (rows,)
        ``effect``, the mean; ``se``, its standard error; ``low`` and ``high``, the interval;
        ``effect_in_sd``, the effect / sd; ``p``; ``q``, p corrected for all rows given;
        ``p_minimal``, of :func:`minimal_p`. A row with a number that is not finite has NaN
        everywhere, and is not counted by q. Of a single background there is an effect only.

    Notes
    -----
    se = sqrt(sum((x - effect)^2) / (n - 1) / n), and the t interval is the effect -/+ t se,
    with t of n - 1 degrees of freedom. How often intervals of 95 % hold the true effect,
    for n = 30, 100 and 1000 backgrounds whose local importances are normal, exponential, or
    rare: exponential on one background in ten, 0 on the others::

            t                bootstrap
         30   100  1000     30   100  1000
        .950 .950  .950    .937 .946  .949  normal
        .926 .942  .949    .926 .942  .949  exponential
        .756 .874  .939    .819 .922  .946  rare

    So neither is to be trusted for an effect that few of few backgrounds have.
    """
    local = check_local(local)
    sd = np.full(len(local), np.nan) if sd is None else np.asarray(sd, np.float64)
    if sd.shape != (len(local),):
        raise ValueError(f"sd must have shape ({len(local)},), one a row, got {sd.shape}")
    table = np.full(len(local), np.nan, NUMBERS)
    for some in finite_rows(local):
        rows, scale = scaled(local[some])
        mean, apart = centred(rows)
        se = standard_error(apart)
        low, high = _interval(mean, apart, se, statistics)
        least = _least(statistics.minimal, sd[some]) / scale
        part = np.empty(len(some), NUMBERS)
        part["effect"], part["se"] = mean * scale, se * scale
        part["low"], part["high"] = low * scale, high * scale
        part["effect_in_sd"] = part["effect"] / np.where(sd[some] > 0, sd[some], np.nan)
        part["p"] = paired_p(rows, statistics.test)
        part["p_minimal"] = minimal_p(mean, se, least, rows.shape[1])
        table[some] = part
    table["q"] = adjusted(table["p"], statistics.correction)
    return table


def describe_ratios(
    numerator: npt.ArrayLike, denominator: npt.ArrayLike, statistics: Statistics
) -> tuple[Numbers, Doubles]:
    """Ratios of effects, how sure they are, and tests of their being 1.

    Parameters
    ----------
    numerator, denominator : array_like of float64, shape (rows, n)
        Local importances a and b on the same backgrounds; the ratio R is mean(a) / mean(b).
    statistics : Statistics
        What is asked for; the interval is Fieller's.

    Returns
    -------
    table : ndarray, structured, shape (rows,)
        As of :func:`describe`, without ``effect_in_sd`` and ``p_minimal`` (NaN). Where mean(b)
        does not differ from 0 (by its t test at 1 - confidence), no interval is bounded, and
        it is given as -inf to inf: the ratio is undefined. ``p`` is that of mean(a) = mean(b),
        by the paired test that was asked for.
    local : ndarray of float64, shape (rows, n)
        R + (a - R b) / mean(b), whose mean is R and whose standard error is ``se``: the first
        terms of R in the backgrounds (the delta method).

    Notes
    -----
    Fieller's interval holds the r that a t test of mean(a - r b) = 0 does not reject, so its
    rate is exact where a and b are normal. With d = a - R b, variances s of the means and the
    quantile t, these are R + x for all x with (mean(b)^2 - t^2 s_bb) x^2 + 2 t^2 s_db x <=
    t^2 s_dd, which are bounded if the first factor is above 0.

    E. C. Fieller, Some problems in interval estimation, J. R. Stat. Soc. B 16, 175-185 (1954),
    doi:10.1111/j.2517-6161.1954.tb00159.x
    """
    numerator, denominator = check_local(numerator), check_local(denominator)
    if numerator.shape != denominator.shape:
        raise ValueError(
            "both parts of a ratio must have the same shape, got "
            f"{numerator.shape} and {denominator.shape}"
        )
    n = numerator.shape[1]
    table = np.full(len(numerator), np.nan, NUMBERS)
    local = np.full(numerator.shape, np.nan)
    for some in finite_rows(numerator, denominator):
        a, a_scale = scaled(numerator[some])
        b, b_scale = scaled(denominator[some])
        (a_mean, a), (b_mean, b) = centred(a), centred(b)
        divisor = np.where(b_mean == 0, np.nan, b_mean)
        ratio = a_mean / divisor
        d = a - ratio[:, None] * b
        low, high = _fieller(ratio, b_mean, b, d, _quantile(statistics.confidence, n))
        scale = a_scale / b_scale
        local[some] = (ratio[:, None] + d / divisor[:, None]) * scale[:, None]
        part = np.full(len(some), np.nan, NUMBERS)
        part["effect"] = ratio * scale
        part["se"] = standard_error(d) / np.abs(divisor) * scale
        part["low"], part["high"] = low * scale, high * scale
        part["p"] = paired_p(numerator[some] - denominator[some], statistics.test)
        table[some] = part
    table["q"] = adjusted(table["p"], statistics.correction)
    return table, local


def _least(minimal: float, sd: Doubles) -> Doubles:
    """The least effect that matters; 0 does not ask for a standard deviation."""
    return minimal * sd if minimal else np.zeros_like(sd)


def _quantile(confidence: float, n: int) -> float:
    """How many standard errors an interval reaches; NaN of a single background."""
    from scipy.special import stdtrit

    return float(stdtrit(n - 1, (1 + confidence) / 2)) if n > 1 else math.nan


def _interval(
    mean: Doubles, apart: Doubles, se: Doubles, statistics: Statistics
) -> tuple[Doubles, Doubles]:
    if statistics.interval == "t":
        reach = _quantile(statistics.confidence, apart.shape[1]) * se
        return mean - reach, mean + reach
    low, high = mean + 0 * se, mean + 0 * se
    if (vary := se > 0).any():
        below, above = bca_intervals(
            apart[vary], statistics.confidence, statistics.resamples, statistics.seed
        )
        low[vary] += below
        high[vary] += above
    return low, high


def _fieller(
    ratio: Doubles, b_mean: Doubles, b: Doubles, d: Doubles, t: float
) -> tuple[Doubles, Doubles]:
    """The interval of a ratio, from terms that do not cancel."""
    n = b.shape[1]
    if n == 1:
        return 0 * ratio + np.nan, 0 * ratio + np.nan
    pairs = ((b, b), (d, b), (d, d))
    bb, db, dd = (t * t * (x * y).sum(axis=1) / (n - 1) / n for x, y in pairs)
    leading = b_mean**2 - bb
    bounded = leading > 0
    leading[~bounded] = np.nan
    root = np.abs(db) + np.sqrt(db * db + leading * dd)
    far = root / leading
    near = np.divide(dd, root, out=np.zeros_like(dd), where=root > 0)
    low, high = np.where(db > 0, far, near), np.where(db > 0, near, far)
    return np.where(bounded, ratio - low, -np.inf), np.where(bounded, ratio + high, np.inf)
