"""How scores are spread, counted as they come, with bins that nobody has to choose.

Bins are [i w, (i + 1) w) with a width w that is a power of two.  When the scores need more
bins than there shall be, pairs of neighbours become one; so the histogram depends on the
scores alone, not on their order, and those of parts add up to that of the whole.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from ._archive import finite

_MOST_BINS = 1024
_LEAST_EXPONENT = -1074  # of the least double


class ScoreHistogram:
    """Numbers of scores in bins of one width.

    Examples
    --------
    >>> h = ScoreHistogram()
    >>> h.add(np.array([0.1, 0.2, 0.9]))
    >>> h.n, h.low, h.high
    (3, 0.1, 0.9)
    >>> int(h.counts.sum()), bool(h.edges[0] <= 0.1 and h.edges[-1] > 0.9)
    (3, True)
    """

    def __init__(self) -> None:
        self.n = 0
        self.low, self.high = math.inf, -math.inf
        self._exponent = _LEAST_EXPONENT  # the width is 2 to this power
        self._first = 0  # number of the first bin: a Python integer, as it may be huge
        self._counts = np.zeros(0, np.int64)

    def add(self, scores: npt.NDArray[np.float64]) -> None:
        """Count finite scores."""
        if len(scores) == 0:
            return
        low = min(self.low, float(scores.min()))
        high = max(self.high, float(scores.max()))
        self._widen(low, high)
        self.low, self.high = low, high
        # exact: a division by a power of two, of numbers that are few bins apart
        bins = np.floor(np.ldexp(scores, -self._exponent))
        bins[(bins == 0) & (scores < 0)] = -1  # so small beside the width that it became 0
        bins -= float(self._first)
        self._counts += np.bincount(bins.astype(np.int64), minlength=len(self._counts))
        self.n += len(scores)

    def merge(self, other: ScoreHistogram) -> None:
        """Add the scores that another one counted."""
        if other.n == 0:
            return
        low, high = min(self.low, other.low), max(self.high, other.high)
        self._widen(low, high)
        self.low, self.high = low, high
        theirs = ScoreHistogram()
        theirs._exponent, theirs._first = other._exponent, other._first
        theirs._counts, theirs.n = other._counts.copy(), other.n
        theirs.low, theirs.high = other.low, other.high
        theirs._widen(low, high)
        self._counts += theirs._counts
        self.n += other.n

    def _widen(self, low: float, high: float) -> None:
        """Have bins for all scores from low to high."""
        exponent = self._exponent
        if self.n == 0 or low < self.low or high > self.high:
            exponent = max(exponent, _exponent_of(low, high))
        first, last = _bin(low, exponent), _bin(high, exponent)
        counts = np.zeros(last - first + 1, np.int64)
        if self.n:
            old = np.arange(len(self._counts)).astype(object) + self._first
            at = (old >> (exponent - self._exponent)) - first
            np.add.at(counts, at.astype(np.int64), self._counts)
        self._exponent, self._first, self._counts = exponent, first, counts

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """Scores in each bin, shape (n_bins,)."""
        return self._counts.copy()

    @property
    def edges(self) -> npt.NDArray[np.float64]:
        """Edges of the bins, shape (n_bins + 1,); a bin holds its lower edge."""
        numbers = [math.ldexp(self._first + n, self._exponent) for n in range(self.n_bins + 1)]
        return np.array(numbers)

    @property
    def n_bins(self) -> int:
        """Number of bins."""
        return len(self._counts)

    def about(self) -> dict[str, Any]:
        """Everything but the counts, ready for JSON."""
        return {
            "n": self.n,
            "low": self.low if self.n else None,
            "high": self.high if self.n else None,
            "exponent": self._exponent,
            "first": self._first,
            "bins": self.n_bins,
        }

    @classmethod
    def of(cls, about: dict[str, Any], counts: npt.NDArray[np.int64]) -> ScoreHistogram:
        """The histogram of a description and counts; ValueError where they cannot be true."""
        made = cls()
        if about["n"] == 0 and len(counts) == 0:
            return made
        made.n, made._exponent, made._first = about["n"], about["exponent"], about["first"]
        made.low, made.high = finite(about, "low"), finite(about, "high")
        numbers = (made.n, made._exponent, made._first)
        fits = (
            all(isinstance(n, int) and not isinstance(n, bool) for n in numbers)
            and _LEAST_EXPONENT <= made._exponent <= 1023
            and made._exponent == _exponent_of(made.low, made.high)
            and 0 < len(counts) <= _MOST_BINS
            and made.low <= made.high
            and _bin(made.low, made._exponent) == made._first
            and _bin(made.high, made._exponent) == made._first + len(counts) - 1
            and bool((counts >= 0).all())
            and int(counts.sum()) == made.n
        )
        if not fits:
            raise ValueError("the histogram of scores is not one")
        made._counts = counts
        return made


def _bin(score: float, exponent: int) -> int:
    """Number of the bin in which a score lies."""
    numerator, denominator = score.as_integer_ratio()
    if exponent >= 0:
        return numerator // (denominator << exponent)
    return (numerator << -exponent) // denominator


def _exponent_of(low: float, high: float) -> int:
    """The least width, as an exponent, with which low and high are few bins apart.

    And with which doubles can number the bins exactly.
    """
    largest = max(abs(low), abs(high), 2.0**_LEAST_EXPONENT)
    exponent = max(math.frexp(largest)[1] - 53, _LEAST_EXPONENT)
    half = high / 2 - low / 2  # the whole may be too large; 0 where they are the least apart
    if half > 0:
        exponent = max(exponent, math.frexp(half)[1] + 1 - 12)
    while _bin(high, exponent) - _bin(low, exponent) >= _MOST_BINS:
        exponent += 1
    return exponent
