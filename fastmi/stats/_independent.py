"""How MI of independent positions with the same margins varies from sample to sample.

Counts of a cell with m expected are close to Poisson's, so that its share of the variance is a
function of m alone: it is worked out once on a grid of m, and looked up.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .._numbers import Doubles

_LEAST, _MOST, _STEPS = 1e-9, 1e3, 500  # expected counts of the grid; beyond, two terms do
_LN2 = np.log(2.0)


def variance_if_independent(
    margins: Doubles, n_pair: Doubles, k: int, pseudocount: float
) -> Doubles:
    r"""Variance of plug-in MI where positions are independent.

    With m = n p_i(a) p_j(b) expected in a cell, e = pseudocount n / M^2, c of Poisson(m) and
    g(c) = f(c + e), f(x) = x log2 x,

    .. math::
        Var[MI] = \frac{1}{T^2} \sum_{ab} (v_{ab} Var_r[g] + m r_{ab}^2),

    T = n (1 + pseudocount). v_ab = (1 - p_i(a)) (1 - p_j(b)) is what fixed margins leave of a
    cell's variance, Var_r what a straight line in c does not explain, and r_ab the line's slope
    less its means over a and over b, of which fixed margins leave nothing. Its root is
    within a quarter of what permutations show, from near-constant to uniform margins.

    Parameters
    ----------
    margins : ndarray of float64, shape (P, M)
        K-mers by position.
    n_pair : ndarray of float64, shape (pairs,)
        Sequences behind each pair, j - i >= k, i-major; as many as they count for.
    k : int
        The least distance of a pair.
    pseudocount : float
        In multiples of ``n_pair``.

    Returns
    -------
    ndarray of float64, shape (pairs,)
        In bits squared.
    """
    n_positions, n_kmers = margins.shape
    shares = margins / np.maximum(margins.sum(axis=1, keepdims=True), 1e-300)
    kinds = [_kinds(row) for row in shares]
    out = np.empty(len(n_pair))
    grids: dict[float, _Grid] = {}
    for pair, (i, j) in enumerate(zip(*np.triu_indices(n_positions, k), strict=True)):
        n = float(n_pair[pair])
        extra = pseudocount * n / n_kmers**2
        # within a hundredth: what a little more or less smoothing does is less still
        key = float(np.round(np.log(extra), 2)) if extra > 0 else 0.0
        if key not in grids:
            grids[key] = _Grid(extra)
        variance = _variance(kinds[i], kinds[j], n, grids[key])
        out[pair] = variance / (n * (1 + pseudocount)) ** 2 if n > 0 else np.nan
    return out


def _kinds(shares: Doubles) -> tuple[Doubles, Doubles]:
    """The shares above 0, each once, and how many k-mers have it."""
    values, times = np.unique(shares[shares > 0], return_counts=True)
    return values, times.astype(np.float64)


def _variance(
    first: tuple[Doubles, Doubles], second: tuple[Doubles, Doubles], n: float, grid: _Grid
) -> float:
    (p, times_p), (q, times_q) = first, second
    times = np.outer(times_p, times_q)
    expected = n * np.outer(p, q)
    rest, slope = grid.look_up(expected)
    slope = slope - slope @ (q * times_q)[:, None]
    slope -= (p * times_p) @ slope
    free = np.outer(1 - p, 1 - q)
    return float((times * (free * rest + expected * slope**2)).sum())


def _xlogx(x: npt.ArrayLike) -> Doubles:
    x = np.asarray(x, np.float64)
    return np.asarray(x * np.log2(np.where(x > 0, x, 1.0)), np.float64)


class _Grid:
    """Var_r[g] and the slope of a cell as functions of what is expected in it."""

    def __init__(self, extra: float) -> None:
        from scipy.special import gammaln

        self._extra = extra
        self._at = np.linspace(np.log(_LEAST), np.log(_MOST), _STEPS)
        c = np.arange(_reach(_MOST), dtype=np.float64)
        terms = _xlogx(c + extra)
        found = np.empty((2, _STEPS))
        for at, m in enumerate(np.exp(self._at)):
            near = slice(max(0, 2 * int(m) - _reach(m)), _reach(m))
            x = c[near]
            share = np.exp(x * np.log(m) - m - gammaln(x + 1))
            g = terms[near] - _xlogx(m + extra) - (x - m) * _slope(m + extra)
            mean, along = float(share @ g), float(share @ (g * (x - m)))
            rest = float(share @ (g - mean) ** 2) - along**2 / m
            found[:, at] = max(rest, 0.0) / m, along / m
        self._found = found

    def look_up(self, expected: Doubles) -> tuple[Doubles, Doubles]:
        """Both of each cell; by their leading terms where very many are expected."""
        at, many = np.log(expected), expected > _MOST
        rest, slope = (np.interp(at, self._at, row) for row in self._found)
        near = expected / (expected + self._extra) / _LN2
        return (
            np.where(many, near**2 / 2, expected * rest),
            _slope(expected + self._extra) + np.where(many, 0.0, slope),
        )


def _reach(m: float) -> int:
    """A count that Poisson's hardly ever passes."""
    return int(m + 12 * np.sqrt(m)) + 30


def _slope(x: Doubles | float) -> Doubles:
    """The derivative of x log2 x."""
    return np.asarray(np.log2(x) + 1 / _LN2, np.float64)
