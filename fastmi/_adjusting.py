"""P corrected for their number."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ._numbers import Doubles

CORRECTIONS = ("bh", "by", "holm")


def adjusted(p: npt.ArrayLike, correction: str) -> Doubles:
    """P corrected for their number.

    Parameters
    ----------
    p : array_like of float64, shape (m,)
        NaN stay NaN, and do not count.
    correction : {"bh", "by", "holm"}
        Benjamini and Hochberg, Benjamini and Yekutieli (the same under any dependence), which
        bound the expected share of false ones among those called; Holm, which bounds the
        chance of any.

    Returns
    -------
    ndarray of float64, shape (m,)

    Notes
    -----
    With the m p in ascending order, q_i is the least p_j m / j of all j >= i (Benjamini and
    Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x), that times 1 + 1/2 + ... + 1/m
    (Benjamini and Yekutieli 2001, doi:10.1214/aos/1013699998), or the greatest
    (m - j + 1) p_j of all j <= i (Holm 1979); at most 1.

    Examples
    --------
    >>> adjusted([0.01, 0.04, float("nan"), 0.03], "bh").round(3).tolist()
    [0.03, 0.04, nan, 0.04]
    """
    p = np.asarray(p, np.float64)
    order = np.argsort(p, kind="stable")[: np.count_nonzero(~np.isnan(p))]  # NaN come last
    m = len(order)
    rank = np.arange(1, m + 1)
    q = np.full(p.shape, np.nan)
    if correction == "holm":
        q[order] = np.maximum.accumulate(p[order] * (m - rank + 1))
    else:
        tests = m * (1 / rank).sum() if correction == "by" else m
        q[order] = np.minimum.accumulate((p[order] * tests / rank)[::-1])[::-1]
    return np.asarray(np.minimum(q, 1), np.float64)
