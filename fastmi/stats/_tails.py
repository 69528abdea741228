"""How often resampled values of all pairs are as far out as what was seen."""

from __future__ import annotations

import numpy as np

from .._numbers import Doubles


def pooled_p(seen: Doubles, resampled: Doubles) -> Doubles:
    """The share of all resampled values whose size is at least that of each seen one.

    Values are in units of their pair's standard error, so that those of all pairs tell of one
    distribution.

    Parameters
    ----------
    seen : ndarray of float64, shape (pairs,)
        NaN stay NaN.
    resampled : ndarray of float64, shape (n, pairs)
        Is overwritten; NaN do not count.

    Returns
    -------
    ndarray of float64, shape (pairs,)
        (r + 1) / (m + 1): r of the m resampled values are as far out. Never below what was
        resampled.
    """
    sizes = np.abs(resampled, out=resampled).reshape(-1)
    sizes.sort()
    m = int(np.searchsorted(sizes, np.nan))  # NaN come last
    beyond = m - np.searchsorted(sizes[:m], np.abs(seen), side="left")
    return np.where(np.isnan(seen), np.nan, (beyond + 1) / (m + 1))


def own_p(seen: Doubles, resampled: Doubles) -> Doubles:
    """The same of each pair by its own resampled values, shape (pairs,)."""
    beyond = (np.abs(resampled) >= np.abs(seen)).sum(axis=0)
    return np.where(np.isnan(seen), np.nan, (beyond + 1) / (len(resampled) + 1))
