"""How often resampled values of all pairs are as far out as what was seen."""

from __future__ import annotations

import numpy as np

from .._numbers import Doubles


def pooled_p(seen: Doubles, errors: Doubles, fitted: int) -> Doubles:
    """The share of all resampled values whose size is at least that of each seen one.

    Errors are divided by the standard deviation of their pair's other ones, as what was seen is
    by that of replicates without it, so that values of all pairs tell of one distribution.

    Parameters
    ----------
    seen : ndarray of float64, shape (pairs,)
        In standard errors; NaN stay NaN.
    errors : ndarray of float64, shape (n, pairs)
        Resampled, around their mean; overwritten. NaN do not count.
    fitted : int
        How many numbers of each pair were fitted to them.

    Returns
    -------
    ndarray of float64, shape (pairs,)
        (r + 1) / (m + 1): r of the m resampled values are as far out. Never below what was
        resampled.
    """
    total = (errors**2).sum(axis=0)
    left = len(errors) - fitted - 1
    with np.errstate(divide="ignore", invalid="ignore"):  # pairs that never vary
        for row in errors:
            row /= np.sqrt(np.maximum(total - row**2, 0) / left)
    sizes = np.abs(errors, out=errors).reshape(-1)
    sizes.sort()
    m = int(np.searchsorted(sizes, np.nan))  # NaN come last
    beyond = m - np.searchsorted(sizes[:m], np.abs(seen), side="left")
    return np.where(np.isnan(seen), np.nan, (beyond + 1) / (m + 1))


def own_p(seen: Doubles, resampled: Doubles) -> Doubles:
    """The same of each pair by its own resampled values, shape (pairs,)."""
    beyond = (np.abs(resampled) >= np.abs(seen)).sum(axis=0)
    return np.where(np.isnan(seen), np.nan, (beyond + 1) / (len(resampled) + 1))
