r"""P from data sets drawn under a null: how far the map lies beyond theirs.

With x_1 .. x_B the values of a pair in B sets drawn under the null, m their mean and s their
standard deviation, t = (x - m) / (s sqrt(1 + 1/B)) is held against a Pearson type III curve, a
shifted gamma distribution, with the skewness that all pairs have together: mutual information
is nearly a sum of squares. As s is known by B values only, t is first made the normal number
that is as rare as it is among Student's (without which 1.3 times too many of 100 sets have
p <= 0.001). How nearly, each set says, taken as if it were the data, and its own
B - 1 others the null: those t are the trials that p are held against
(:mod:`fastmi.stats.tails`). So B sets of all pairs reach much further than the 1 / (B + 1) of
one pair's own rank.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from .._counted import counted, mi_of_pairs
from .._numbers import Doubles
from .._run import Progress
from ..results import square
from ..sequences import PackedSequences
from .moments import MOST_SKEWED, Moments, upper_tail

SAME = 1e-12  # bits: equal but for rounding


class Beyond(NamedTuple):
    """How far a map lies beyond those of null sets.

    Attributes
    ----------
    mean : ndarray of float64, shape (pairs,)
        Of the null.
    p : ndarray of float64, shape (pairs,)
        Not yet held against the trials.
    trials : ndarray of float64, shape (B, 1, pairs)
        P of each set.
    """

    mean: Doubles
    p: Doubles
    trials: Doubles


def maps_of(
    sets: Iterable[PackedSequences],
    n_sets: int,
    k: int,
    pseudocount: float,
    n_threads: int,
    progress: bool,
) -> Doubles:
    """MI of all pairs of each set in bits, shape (B, pairs)."""
    rows = []
    bar = Progress(n_sets, "null sets", progress, unit="sets")
    try:
        for number, one in enumerate(sets):
            rows.append(mi_of_pairs(counted(one), k, pseudocount, n_threads)[0])
            bar.update(number + 1)
    finally:
        bar.close()
    return np.stack(rows)


def trial_maps(trials: Doubles, n_positions: int, k: int) -> Doubles:
    """P of each set, shape (B, 1, pairs), as maps that have each pair once."""
    maps = np.stack([square(row[0], n_positions, k) for row in trials])
    i, j = np.tril_indices(n_positions)
    maps[:, i, j] = np.nan
    return maps


def skewed(nulls: Doubles) -> Callable[..., Doubles]:
    """The upper tail of a Pearson type III curve with the skewness of these columns together.

    Parameters
    ----------
    nulls : ndarray of float64, shape (B, pairs)
        Values that vary in every column.

    Returns
    -------
    callable
        P of standardised values; with the degrees of freedom of the standard deviation that
        they were divided by, where that was one of few values.
    """
    from scipy.special import ndtri, stdtr

    n, apart = len(nulls), nulls - nulls.mean(axis=0)
    sd = np.sqrt(np.square(apart).mean(axis=0))
    unbiased = np.sqrt(n * (n - 1)) / (n - 2)
    skewness = float(np.mean((apart / sd) ** 3) * unbiased) if nulls.size else 0.0
    skewness = float(np.clip(skewness, 0.0, MOST_SKEWED))

    def tail(t: Doubles, freedom: int | None = None) -> Doubles:
        if freedom is not None:
            rare = np.maximum(stdtr(freedom, -np.abs(t)), np.finfo(np.float64).tiny)
            t = np.asarray(np.copysign(ndtri(rare), t), np.float64)
        one = np.ones_like(t)
        return upper_tail(t, Moments(0.0 * one, one, skewness * one, skewness * one))

    return tail


def beyond(values: Doubles, nulls: Doubles) -> Beyond:
    """How far a map lies beyond those of null sets.

    Parameters
    ----------
    values : ndarray of float64, shape (pairs,)
        The map.
    nulls : ndarray of float64, shape (B, pairs)
        Those of the sets; B is 3 or more.

    Returns
    -------
    Beyond
    """
    n = len(nulls)
    mean = nulls.mean(axis=0)
    squares = np.square(nulls - mean)
    total = squares.sum(axis=0)
    varies = total > n * SAME**2
    curve = skewed(nulls[:, varies])
    # the others of each set: their mean, and the sum of their squares around it
    off = (nulls - mean) * (n / (n - 1))
    rest = np.maximum(total - squares * (n / (n - 1)), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        sd = np.sqrt(total / (n - 1))
        t = (values - mean) / (sd * np.sqrt(1 + 1 / n))
        others = off / (np.sqrt(rest / (n - 2)) * np.sqrt(1 + 1 / (n - 1)))
    as_large = np.count_nonzero(nulls >= values - SAME, axis=0)
    p = np.where(varies, curve(t, n - 1), (as_large + 1) / (n + 1))
    trials = np.where(varies & (rest > 0), curve(others, n - 2), np.nan)
    p = np.where(np.isnan(values) | np.isnan(mean), np.nan, p)
    return Beyond(mean, p, trials[:, None, :])
