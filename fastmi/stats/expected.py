r"""Expected MI: what mutual information is on average where two positions are independent.

MI of a finite sample is never 0: with N sequences, two independent positions have about
(R - 1)(C - 1) / (2 N ln 2) bits (R, C the k-mers that occur; Miller 1955). That formula is an
approximation, and far off where most cells are empty. Exactly, over all permutations of one
column against the other, a joint count is hypergeometric, and with f(x) = x log2 x and what a
pseudocount adds to each cell, e = g / M^2,

.. math::
    E[MI_{ij}] = \frac{1}{N + g} \Big(\sum_{a,b} E f(n_{ab} + e) - \sum_a f(r_a + M e)
    - \sum_b f(c_b + M e) + f(N + g)\Big)

(Vinh, Epps and Bailey 2010, equation 24a, there without a pseudocount). A cell's expectation
depends on the two counts r_a and c_b only. So with H its matrix over the counts that occur
anywhere, and F_i how many k-mers at position i have each of them, the sums over cells of all
pairs are F H F': a matrix product, not a sum over the cells of each pair.

N. X. Vinh, J. Epps, J. Bailey: Information theoretic measures for clusterings comparison,
Journal of Machine Learning Research 11, 2837-2854 (2010).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from .._numbers import Doubles

_MOST_TERMS = 20_000_000  # of exact sums over all pairs of counts; beyond, between nodes
_CHUNK_TERMS = 1_000_000
_WIDTH = 12.0  # standard deviations on either side: what is left out is below 1e-30
_SERIES = 20_000.0  # expected counts from which four moments give the mean of f to 1e-9
_DEGREE = 7
_EACH = 24  # nodes: every count up to here, then by this share of themselves more
_STEP = 1.07
_KEPT = 256  # matrices of nodes, of some 0.1 MB each


def xlog2x(x: Doubles) -> Doubles:
    """X log2 x, 0 at 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(x > 0, x * np.log2(x), 0.0), np.float64)


def cell_means(
    r: npt.NDArray[np.int64], c: npt.NDArray[np.int64], n: int, extra: float
) -> Doubles:
    """E f(X + extra) of hypergeometric counts: how many of c drawn out of n are among r.

    Parameters
    ----------
    r, c : ndarray of int64, shape (m,)
        Counts of the two k-mers, 0 .. n.
    n : int
        Sequences.
    extra : float
        What is added to each cell.

    Returns
    -------
    ndarray of float64, shape (m,)
    """
    mean = r * (c / n)
    variance = mean * (1 - r / n) * ((n - c) / max(n - 1, 1))
    reach = _WIDTH * np.sqrt(variance) + 2 * _WIDTH
    low = np.maximum(np.maximum(0, r + c - n), np.floor(mean - reach).astype(np.int64))
    high = np.minimum(np.minimum(r, c), np.ceil(mean + reach).astype(np.int64))
    out = np.empty(len(r))
    by_series = mean > _SERIES
    out[by_series] = _series(
        mean[by_series], variance[by_series], r[by_series], c[by_series], n, extra
    )
    rest = np.flatnonzero(~by_series)
    rest = rest[np.argsort(high[rest] - low[rest], kind="stable")]
    while len(rest):
        widths = high[rest] - low[rest] + 1
        most = int(np.searchsorted(widths * np.arange(1, len(rest) + 1), _CHUNK_TERMS)) or 1
        some, rest = rest[:most], rest[most:]
        out[some] = _sums(r[some], c[some], n, extra, low[some], high[some])
    return out


def _sums(r: Any, c: Any, n: int, extra: float, low: Any, high: Any) -> Doubles:
    """The sums themselves, each from low to high, side by side."""
    x = low[:, None] + np.arange(int((high - low).max()) + 1)
    r, c = r[:, None], c[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        step = np.log((r - x) * (c - x) / ((x + 1.0) * (n - r - c + x + 1.0)))
    inside = x <= high[:, None]
    logs = np.zeros(x.shape)
    logs[:, 1:] = np.cumsum(np.where(inside[:, 1:], step[:, :-1], 0.0), axis=1)
    logs -= np.where(inside, logs, -np.inf).max(axis=1, keepdims=True)
    weights = np.where(inside, np.exp(logs), 0.0)
    values = xlog2x(x + extra)
    return np.asarray((weights * values).sum(axis=1) / weights.sum(axis=1), np.float64)


def _series(mean: Any, variance: Any, r: Any, c: Any, n: int, extra: float) -> Doubles:
    """Taylor's series of f around the mean, to the fourth central moment."""
    p, q = r / n, c / n
    third = variance * (1 - 2 * p) * (1 - 2 * q) * n / max(n - 2, 1)
    at = mean + extra
    f = variance / (2 * at) - third / (6 * at**2) + 3 * variance**2 / (12 * at**3)
    return np.asarray(xlog2x(at) + f / np.log(2.0), np.float64)


class CellMeans:
    """Expected f of cells, for the counts of a whole map.

    Parameters
    ----------
    counts : ndarray of float64
        All counts of k-mers that there are, in any shape; of weights, fractions.
    n : int
        Sequences.
    extra : float
        What the pseudocount adds to each cell.

    Attributes
    ----------
    exact : bool
        Whether each pair of counts has its own sum. Otherwise the sums are those of nodes,
        between which a spline of degree 7 goes.
    """

    def __init__(self, counts: Doubles, n: int, extra: float) -> None:
        self.values = scaled = np.unique(counts)
        whole = bool((scaled == np.floor(scaled)).all())
        terms = len(scaled) ** 2 / 2 * (_WIDTH + 2 * _WIDTH * np.sqrt(scaled.mean()))
        self.exact = whole and (len(scaled) <= 64 or terms <= _MOST_TERMS)
        if self.exact:
            self._basis = np.eye(len(scaled))
            self.means = _means(scaled.astype(np.int64), n, extra)
        else:
            nodes, self._basis = _between(scaled, n)
            self.means = _means_of_nodes(nodes, n, extra)

    def histograms(self, margins: Doubles) -> Doubles:
        """How many k-mers have each count, spread over the nodes; shape (..., nodes)."""
        at = np.searchsorted(self.values, margins)
        return np.asarray(self._basis[at].sum(axis=-2), np.float64)


def _means(counts: npt.NDArray[np.int64], n: int, extra: float) -> Doubles:
    """Expected f of the cells of all pairs of counts."""
    i, j = np.triu_indices(len(counts))
    means = np.empty((len(counts), len(counts)))
    means[i, j] = means[j, i] = cell_means(counts[i], counts[j], n, extra)
    return means


@lru_cache(_KEPT)
def _means_of_nodes(nodes: tuple[int, ...], n: int, extra: float) -> Doubles:
    """The same of nodes: with missing letters, many pairs have as many sequences."""
    return _means(np.array(nodes, np.int64), n, extra)


def _between(scaled: Doubles, n: int) -> tuple[tuple[int, ...], Doubles]:
    """Nodes from 0 to the largest count, and each count as a sum of what is at the nodes."""
    nodes = _nodes(int(np.ceil(scaled.max())), n)
    return nodes, np.asarray(_spline(nodes)(np.log1p(scaled)), np.float64)


def _nodes(most: int, n: int) -> tuple[int, ...]:
    """The same for many largest counts, so that what is worked out of them is, too."""
    last = _EACH
    while last < most:
        last *= 2
    last = min(last, n)
    nodes = [*range(min(_EACH, last + 1))]
    while nodes[-1] < last:
        nodes.append(min(max(nodes[-1] + 1, int(nodes[-1] * _STEP)), last))
    # beyond half of all sequences, few others are left: there they are what nodes follow
    few = (n - node for node in nodes if nodes[-1] >= n - node >= n / 2)
    return tuple(sorted({*nodes, *few}))


@lru_cache(_KEPT)
def _spline(nodes: tuple[int, ...]) -> Any:
    """From values at nodes to others: a matrix of what each node adds."""
    from scipy.interpolate import make_interp_spline

    degree = min(_DEGREE, len(nodes) - 1)
    x = np.log1p(nodes)
    return make_interp_spline(x, np.eye(len(nodes)), k=degree - (degree + 1) % 2)


def expected_mi(margins: npt.NDArray[Any], k: int, pseudocount: float = 0.0) -> Doubles:
    """Expected MI of every pair of independent positions, given their k-mer counts.

    Parameters
    ----------
    margins : ndarray, shape (P, M)
        Counts of the k-mers at each position, the same number N at all of them; sums of
        weights.
    k : int
        Letters in a k-mer: pairs are those with j - i >= k.
    pseudocount : float
        In multiples of N.

    Returns
    -------
    ndarray of float64, shape (pairs,)
        Bits, i-major; where weights sum to no whole number, between those of the two whole
        numbers beside it. NaN where N is 0.

    Examples
    --------
    >>> import numpy as np
    >>> expected_mi(np.array([[1, 1], [1, 1]]), k=1).tolist()
    [1.0]
    """
    margins = np.asarray(margins, np.float64)
    i, j = np.triu_indices(len(margins), k)
    n = float(margins[0].sum()) if len(margins) else 0.0
    if n == 0:
        return np.full(len(i), np.nan)
    return sum(
        share * _of_map(margins * (whole / n), whole, pseudocount)[i, j]
        for whole, share in _whole_numbers(n)
    ) + np.zeros(len(i))


def _whole_numbers(n: float) -> list[tuple[int, float]]:
    """The whole numbers on either side of n, and how near it is to each."""
    low = max(int(np.floor(n + 1e-9)), 1)
    part = n - low
    return [(low, 1.0)] if part < 1e-6 else [(low, 1.0 - part), (low + 1, part)]


def _of_map(margins: Doubles, n: int, pseudocount: float) -> Doubles:
    """Expected MI of all positions with all others, shape (P, P), of n sequences."""
    m = margins.shape[1]
    extra = pseudocount * n / m**2
    cells = CellMeans(margins, n, extra)
    held = cells.histograms(margins)
    sums = held @ cells.means @ held.T
    rows = xlog2x(margins + m * extra).sum(axis=1)
    mass = n * (1 + pseudocount)
    together = sums - rows[:, None] - rows[None, :] + mass * np.log2(mass)
    return np.asarray(together / mass, np.float64)


def expected_of(rows: npt.NDArray[Any], columns: npt.NDArray[Any], pseudocount: float) -> float:
    """The same of one pair, given the counts of its k-mers at i and at j, shape (M,)."""
    return float(expected_mi(np.stack([rows, columns]), 1, pseudocount)[0])
