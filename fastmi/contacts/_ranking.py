"""How well an order finds what is true; equal values are in no order.

Values count as equal if they are but for rounding: what should be 0 wherever a position never
varies is 0 or 1e-17, as the last step was.

What depends on the order of equal values is the mean over all their orders, exactly.

F. McSherry and M. Najork, Computing information retrieval performance measures efficiently in
the presence of tied scores, ECIR 2008, doi:10.1007/978-3-540-78646-7_38.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .._numbers import Doubles

Truths = npt.NDArray[np.bool_]

_ROUNDING = 1e-11  # of the largest value


class Ranking:
    """An order of pairs, the strongest first, and what it tells of any truth.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        Larger is stronger.
    """

    def __init__(self, values: Doubles) -> None:
        self.order = np.argsort(-values, kind="stable")
        ordered = values[self.order]
        finite = np.abs(ordered[np.isfinite(ordered)])
        least = _ROUNDING * float(finite.max(initial=0.0))
        with np.errstate(invalid="ignore"):  # of two infinite ones, which are equal
            changes = np.flatnonzero(ordered[:-1] - ordered[1:] > least) + 1
        n = len(values)
        self.starts = np.r_[0, changes] if n else np.empty(0, np.int64)  # of equal values
        self.ends = np.r_[changes, n] if n else np.empty(0, np.int64)
        self.values = ordered[self.starts]
        harmonic = np.r_[0.0, np.cumsum(1 / np.arange(1, n + 1))]
        sizes = self.ends - self.starts
        self.ranks = np.repeat((self.starts + self.ends + 1) / 2, sizes)  # the strongest has 1
        # sums over the places m = 1 .. g of a group after r others: of 1 / (r + m), and of
        # (m - 1) / (r + m)
        self._inverse = harmonic[self.ends] - harmonic[self.starts]
        self._share = sizes - (self.starts + 1) * self._inverse

    def __len__(self) -> int:
        return len(self.order)

    def tied(self, n: int) -> int:
        """How many pairs have the value at which the first n end, if it is cut there, or 0."""
        group = int(np.searchsorted(self.ends, n))
        whole = n == 0 or n == self.ends[group]
        return 0 if whole else int(self.ends[group] - self.starts[group])

    def weights(self, n: int) -> Doubles:
        """The chance of each pair, strongest first, to be among the first n."""
        weights = np.zeros(len(self))
        weights[:n] = 1.0
        if self.tied(n):
            start, end, share = self._cut(n)
            weights[start:end] = share
        return weights

    def _cut(self, n: int) -> tuple[int, int, float]:
        """The equal values at which the first n end, from where to where, and their share."""
        group = int(np.searchsorted(self.ends, n))
        start, end = int(self.starts[group]), int(self.ends[group])
        return start, end, (n - start) / (end - start)

    def found(self, truths: Truths, ns: Sequence[int]) -> Doubles:
        """How many of the first n are true, shape (truths, ns).

        Parameters
        ----------
        truths : ndarray of bool, shape (m, n)
            Several truths of the pairs, strongest first.
        ns : sequence of int
            From 0 to n.
        """
        sums = _sums(truths)
        found = np.empty((len(truths), len(ns)))
        for column, n in enumerate(ns):
            if not self.tied(n):
                found[:, column] = sums[:, n]
                continue
            start, end, share = self._cut(n)
            found[:, column] = sums[:, start] + share * (sums[:, end] - sums[:, start])
        return found

    def auc(self, truths: Truths) -> Doubles:
        """Area under the ROC curve, ties half; NaN where all or none is true; shape (m,)."""
        n = len(self)
        true = truths.sum(axis=1)
        sums = truths @ self.ranks
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(1 - (sums - true * (true + 1) / 2) / (true * (n - true)))

    def average_precision(self, truths: Truths) -> Doubles:
        """Mean over all that is true of the precision up to there, shape (m,)."""
        true = truths.sum(axis=1)
        sums = _sums(truths)
        if len(self.starts) == len(self):  # no ties
            hits = np.where(truths, sums[:, 1:], 0)
            with np.errstate(invalid="ignore", divide="ignore"):
                return np.asarray(hits @ self._inverse / true)
        before = sums[:, self.starts]
        inside = sums[:, self.ends] - before
        sizes = self.ends - self.starts
        others = np.where(sizes > 1, sizes - 1, 1)
        terms = (before + 1) * self._inverse + (inside - 1) / others * self._share
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((inside / sizes * terms).sum(axis=1) / true)

    def curve(self, truth: Truths) -> npt.NDArray[np.int64]:
        """Pairs, and true ones, from each value up, shape (values + 1, 2); (0, 0) first."""
        sums = _sums(truth[None])[0]
        ends = np.r_[0, self.ends]
        return np.asarray(np.c_[ends, sums[ends]])


def _sums(truths: Truths) -> npt.NDArray[np.int64]:
    """True ones before each place, shape (m, n + 1)."""
    sums = np.zeros((len(truths), truths.shape[1] + 1), np.int64)
    np.cumsum(truths, axis=1, out=sums[:, 1:])
    return sums
