"""Maps of the same sequences with other weights: the replicates of a bootstrap, random splits.

Nothing is copied for a replicate but what the kernels copy of weighted rows: each sequence
keeps its place and gets a weight, a function of the seed, the replicate and its number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _core
from .._counted import Counted
from .._draws import Draws, Stream
from .._numbers import Doubles
from .._run import Control, resolve_isa, useful_threads

_AT_ONCE = 4  # replicates that one block of random words is for


def poisson_weights(seed: int, first: int, n: int) -> Iterator[npt.NDArray[np.uint8]]:
    """How often each of n records is in replicate 0, 1, 2 ...: Poisson's, of mean 1.

    J. A. Hanley and B. MacGibbon, Creating non-parametric bootstrap samples using Poisson
    frequencies, Comput. Methods Programs Biomed. 83, 57-62 (2006).

    Parameters
    ----------
    seed : int
        From 0 to 2^64 - 1.
    first, n : int
        Number of the first record, and how many there are.

    Yields
    ------
    ndarray of uint8, shape (n,)
        A function of the seed, the replicate and the record; 32 random bits decide, so that
        none is above 12.
    """
    draws, at_least = Draws(seed, Stream.BOOTSTRAP, first, n), _thresholds()
    while True:
        for words in draws.words(_AT_ONCE).T:
            column = np.ascontiguousarray(words)
            times = np.zeros(n, np.uint8)
            for threshold in at_least:
                times += column >= threshold
            yield times


def _thresholds() -> npt.NDArray[np.uint32]:
    """What a random word has to reach to stand for 1, 2, ... (the probability of less)."""
    shares = np.exp(-1.0) / np.cumprod([1.0, *range(1, 14)])
    below = np.rint(np.cumsum(shares) * 2.0**32)
    return below[below < 2.0**32].astype(np.uint32)


def random_part(seed: int, split: int, n: int, size: int, stream: Stream) -> npt.NDArray[Any]:
    """Which of n records are in a random part of this size, shape (n,) bool.

    The part are the records whose 64 random bits are the least.
    """
    draws = Draws(seed, stream, 0, n)
    draws.skip(2 * split)
    high, low = draws.words(2).T.astype(np.uint64)
    chosen = np.zeros(n, np.bool_)
    chosen[np.argsort(high << np.uint64(32) | low, kind="stable")[:size]] = True
    return chosen


@dataclass(frozen=True)
class Mapper:
    """Maps of the same rows, each with weights of its own.

    Attributes
    ----------
    job : Counted
        The sequences, and what each counts in every map, times the map's own weight.
    k : int
        Letters in a k-mer.
    pseudocount : float
        As of :func:`fastmi.pairwise_mi`.
    threads : int
        How many at most.
    """

    job: Counted
    k: int
    pseudocount: float
    threads: int

    @property
    def n_pairs(self) -> int:
        """Pairs of positions, j - i >= k."""
        return int(_core.n_pairs(self.job.sequences.length, self.k))

    @property
    def work(self) -> int:
        """What a map adds to the work done in a control array."""
        return self.n_pairs * len(self.job.sequences)

    def map(self, times: npt.NDArray[Any], control: Control) -> Doubles:
        """MI of all pairs where each sequence counts so many times, shape (pairs,)."""
        s, numbers = self.job.sequences, times.astype(np.uint64)
        if self.job.numbers is not None:
            numbers *= self.job.numbers
        view = _core.Seqs(s.rows, s.mask, s.length, len(s.alphabet), numbers)
        mi, n_ij = np.empty(self.n_pairs), np.empty(self.n_pairs, np.uint64)
        n_kmers = s.alphabet.n_kmers(self.k)
        threads = useful_threads(self.threads, self.n_pairs, len(s), n_kmers)
        pc = float(self.pseudocount)
        _core.pairwise_mi(view, self.k, pc, threads, control, mi, n_ij, isa=resolve_isa())
        return mi

    def n_effective(self, times: npt.NDArray[Any]) -> float:
        """How many sequences that each count once would vary as much as a replicate.

        (sum of weights)^2 / sum of their squares (Kish 1965).
        """
        weights = times.astype(np.float64)
        if self.job.numbers is not None:
            weights *= self.job.numbers * self.job.unit
        squares = float((weights**2).sum())
        return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0


class Spread:
    """Mean and standard error of values, replicate by replicate, in the memory of five of them.

    Estimates of mutual information are too large by about b / n, n being (sum of weights)^2 /
    sum of their squares: of a sample of weights 1, its size; of replicates half of that, and
    a little more or less in each. What values owe to x = 1 / n is taken out by least squares.
    It is the same in all pairs, and means of many would seem to vary much more than they do.

    Parameters
    ----------
    shape : int
        How many values there are.
    """

    def __init__(self, shape: int) -> None:
        self.n = 0
        self._x = self._xx = 0.0
        self._mean, self._xy, self._yy = np.zeros((3, shape))

    def add(self, x: float, values: Doubles) -> None:
        """Add a replicate (Welford 1962, doi:10.1080/00401706.1962.10490022)."""
        self.n += 1
        off_x, off = x - self._x, values - self._mean
        self._x += off_x / self.n
        self._mean += off / self.n
        self._xx += off_x * (x - self._x)
        self._xy += off_x * (values - self._mean)
        self._yy += off * (values - self._mean)

    def standard_error(self) -> Doubles:
        """Standard deviation about the line."""
        rest = self._yy - self._slope() * self._xy
        return np.asarray(np.sqrt(np.maximum(rest, 0) / max(self.n - 2, 1)), np.float64)

    def errors(self, x: Doubles, kept: Doubles) -> Doubles:
        """Turn kept replicates, shape (n, values), into what is off the line; in place."""
        kept -= self._mean
        slope = self._slope()
        for row, at in zip(kept, x, strict=True):
            row -= (at - self._x) * slope
        return kept

    def _slope(self) -> Doubles:
        return np.asarray(self._xy / self._xx if self._xx > 0 else 0 * self._xy, np.float64)
