"""What a map that knows but the distance j - i would find: truths permuted within distances."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from .._draws import Draws, Stream
from .._numbers import Doubles

Order = npt.NDArray[np.int64]


class Strata:
    """Pairs by their distance.

    Parameters
    ----------
    distance : ndarray of int64, shape (n,)
        Of each pair.
    along : ndarray of int64, shape (n,)
        Its place among those of its distance.
    """

    def __init__(self, distance: npt.NDArray[np.int64], along: npt.NDArray[np.int64]) -> None:
        self.order = np.lexsort((along, distance))  # by distance, along the sequence
        ordered = distance[self.order]
        self.starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
        self.sizes = np.diff(np.r_[self.starts, len(distance)])
        self._stratum = np.repeat(np.arange(len(self.sizes)), self.sizes)
        # 14 bits hold both: a map has at most 16,384 positions
        self._at = np.arange(len(distance)) - np.repeat(self.starts, self.sizes)

    def permuted(self, seed: int, n: int, block: int = 16) -> Iterator[Order]:
        """Permutations of the pairs within their distances, some at a time, shape (m, pairs).

        Number r depends on the seed and on r only.
        """
        fixed = (self._stratum << 48 | self._at).astype(np.uint64)
        for start in range(0, n, block):
            m = min(block, n - start)
            words = Draws(seed, Stream.CONTACTS, start, m).words(2 * len(self.order))
            high, low = words[:, ::2].astype(np.uint64), words[:, 1::2]
            # the distance, 34 random bits, and the place, so that no two are equal
            keys = (high << np.uint64(2) | low >> np.uint64(30)) << np.uint64(14)
            keys |= fixed
            yield self._of(np.argsort(keys, axis=1))

    def shifted(self, block: int = 16) -> Iterator[Order]:
        """Every turn of the diagonals by one share of their lengths, some at a time.

        Neighbours along a diagonal stay neighbours, and those of diagonals side by side nearly
        so. As many turns as the longest diagonal allows, but the one that changes nothing.
        """
        longest = int(self.sizes.max(initial=1))
        sizes, starts = (np.repeat(x, self.sizes) for x in (self.sizes, self.starts))
        for start in range(1, longest, block):
            turns = np.arange(start, min(start + block, longest))
            steps = np.rint(turns[:, None] * (sizes / longest)).astype(np.int64)
            yield self._of(starts + (self._at + steps) % sizes)

    def _of(self, sources: Order) -> Order:
        """The same for pairs in their own order."""
        moved = np.empty_like(sources)
        moved[:, self.order] = self.order[sources]
        return moved

    def moments(self, weights: Doubles, values: Doubles) -> tuple[float, float]:
        """Exact mean and variance of the sum of weights times permuted values.

        Within each distance, of N pairs, the mean is W V / N (sums of weights and values),
        and the variance the product of the two sums of squares about their means over
        (N - 1); of counts of true pairs this is the hypergeometric distribution.
        """
        w, v = weights[self.order], values[self.order]
        sums = [np.add.reduceat(x, self.starts) for x in (w, v)]
        means = [np.repeat(total / self.sizes, self.sizes) for total in sums]
        squares = [
            np.add.reduceat((x - mean) ** 2, self.starts)
            for x, mean in zip((w, v), means, strict=True)
        ]
        mean = float((sums[0] * sums[1] / self.sizes).sum())
        many = np.maximum(self.sizes - 1, 1)
        return mean, float((squares[0] * squares[1] / many).sum())

    def tail(self, chosen: npt.NDArray[np.bool_], truth: npt.NDArray[np.bool_]) -> float:
        """The chance that as many of the chosen pairs are true, or more, exactly.

        The number is a sum of hypergeometric ones, a distance each.
        """
        from scipy.stats import hypergeom

        counts = [
            np.add.reduceat(x[self.order].astype(np.int64), self.starts)
            for x in (chosen, truth)
        ]
        chances = np.ones(1)
        for size, n, true in zip(self.sizes, *counts, strict=True):
            if n and true:
                here = hypergeom.pmf(np.arange(min(n, true) + 1), size, true, n)
                chances = np.convolve(chances, here)
        least = int((chosen & truth).sum())
        return float(min(1.0, chances[least:].sum()))

    def alike(self, values: Doubles) -> float:
        """How alike neighbours along the diagonals are, their distances' means aside: r.

        0 where it is no more than chance makes, two standard errors.
        """
        v = values[self.order]
        v = v - np.repeat(np.add.reduceat(v, self.starts) / self.sizes, self.sizes)
        same = self._stratum[1:] == self._stratum[:-1]
        total = float((v * v).mean()) if len(v) else 0.0
        if not total > 0 or not same.any():
            return 0.0
        r = float((v[1:] * v[:-1])[same].mean() / total)
        return r if abs(r) > 2 / len(v) ** 0.5 else 0.0
