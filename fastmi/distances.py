"""Distances between positional k-mer distributions: JS, BC, HE and their inverses.

Each compares the smoothed margins of two positions (PlotMI paper, eq. 4-6), so only the
positional counts are needed.  The forms below avoid the cancellation of the textbook ones:
with b the Bhattacharyya coefficient, 1 - b = HE^2 is summed from squares and is never
negative, and the Jensen-Shannon divergence is summed from terms that are never negative.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]


def smoothed_margins(counts: npt.NDArray[Any], pseudocount: float) -> Matrix:
    """P_i(a) of eq. 1, shape (P, M); NaN where no sequence has a k-mer at i.

    Parameters
    ----------
    counts : ndarray of integers, shape (P, M)
        Positional k-mer counts.
    pseudocount : float
        In multiples of the number of k-mers at each position.

    Returns
    -------
    ndarray of float64, shape (P, M)
    """
    n = counts.sum(axis=1, keepdims=True).astype(np.float64)
    g = pseudocount * n
    with np.errstate(invalid="ignore"):
        smoothed: Matrix = (counts + g / counts.shape[1]) / (n + g)
    return smoothed


def distance_matrix(
    counts: npt.NDArray[Any], k: int, measure: str, pseudocount: float
) -> Matrix:
    """Distance of every pair of positions at least k apart.

    Parameters
    ----------
    counts : ndarray of integers, shape (P, M)
        Positional k-mer counts.
    k : int
        Pairs closer than this are NaN: their k-mers overlap.
    measure : {"JS", "JS_inv", "BC", "BC_inv", "HE"}
        Jensen-Shannon distance (square root of the divergence in bits), Bhattacharyya
        distance -ln b, Hellinger distance sqrt(1 - b); JS_inv = 1 - JS, BC_inv = -ln(1 - b).
    pseudocount : float
        In multiples of the number of k-mers at each position.

    Returns
    -------
    ndarray of float64, shape (P, P)
        Symmetric. BC is infinite where no k-mer occurs at both positions, BC_inv where the
        two distributions are equal.
    """
    margins = smoothed_margins(counts, pseudocount)
    row = _js_row if measure.startswith("JS") else _hellinger_squared_row
    n = len(margins)
    raw = np.full((n, n), np.nan)
    for i in range(n - k):
        raw[i, i + k :] = raw[i + k :, i] = row(margins, i, i + k)
    with np.errstate(divide="ignore"):
        forms: dict[str, Callable[[Matrix], Matrix]] = {
            "JS": np.array,
            "JS_inv": lambda distance: 1.0 - distance,
            "BC": lambda he2: np.abs(np.log1p(-he2)),  # -ln b, without the sign of -0
            "BC_inv": lambda he2: -np.log(he2),
            "HE": np.sqrt,
        }
        return forms[measure](raw)


def _hellinger_squared_row(margins: Matrix, i: int, start: int) -> Matrix:
    """1 - b of position i with start, start+1, ..."""
    difference = np.sqrt(margins[start:]) - np.sqrt(margins[i])
    squared: Matrix = np.minimum(0.5 * np.square(difference).sum(axis=1), 1.0)
    return squared


def _js_row(margins: Matrix, i: int, start: int) -> Matrix:
    """Jensen-Shannon distance of position i with start, start+1, ..."""
    from scipy.special import kl_div

    p, q = margins[i], margins[start:]
    middle = 0.5 * (p + q)
    # kl_div adds y - x to each term, which makes it >= 0 and sums to nothing over both
    divergence = (kl_div(p, middle) + kl_div(q, middle)).sum(axis=1) / (2.0 * np.log(2.0))
    distance: Matrix = np.sqrt(np.clip(divergence, 0.0, 1.0))
    return distance
