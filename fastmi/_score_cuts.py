"""Where bins of scores are cut: the edges between them, and the edge nearest to a wish.

``m`` edges make ``m + 1`` bins, each with its upper edge: (-inf, e_1], (e_1, e_2], ...
(e_m, inf).  Cut ``c`` leaves c bins below it: it lies at edge c - 1 of the array, cut 0 below
all scores and cut m + 1 above them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from ._numbers import Doubles, as_numbers, check_numbers, frozen
from .errors import FastMIError
from .selection import Selection

# of all sequences, from either end: what people ask for
SHARES = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5)


def check_edges(edges: npt.ArrayLike) -> Doubles:
    """Edges as an array, read-only; raises unless they are finite and ascend."""
    array = as_numbers("edges", edges)
    if array.ndim != 1:
        raise ValueError(f"edges must have shape (m,), got {array.shape}")
    array = np.array(array, np.float64) + 0.0  # -0 is 0
    if not np.isfinite(array).all():
        bad = int(np.flatnonzero(~np.isfinite(array))[0])
        raise ValueError(f"edge {bad} is {array[bad]}, allowed are finite numbers")
    if (array[1:] <= array[:-1]).any():
        bad = int(np.flatnonzero(array[1:] <= array[:-1])[0])
        raise ValueError(
            f"edges must ascend, but edge {bad + 1} ({array[bad + 1]}) is not above edge {bad} "
            f"({array[bad]})"
        )
    return frozen(array)


def quantile_edges(scores: npt.ArrayLike, shares: Iterable[float]) -> Doubles:
    """Edges that cut these shares of the scores off either end.

    Each is a score that occurs; but for ties, a share of the scores, rounded to whole ones,
    lies above it or up to it.
    """
    ordered = np.sort(check_numbers("scores", scores, int(np.size(scores)))) + 0.0
    n, at = len(ordered), set[int]()
    if n == 0:
        raise FastMIError("there are no scores to take edges from")
    for share in shares:
        if not 0 < share <= 0.5:
            raise ValueError(f"shares are above 0 and at most 0.5, got {share}")
        # through its shortest decimals: 0.1 means 1/10
        wanted = Selection("top", share=Fraction(str(float(share)))).wanted(n)
        if wanted > 0:
            at |= {wanted - 1} if share == 0.5 else {wanted - 1, n - wanted - 1}
    edges = np.unique(ordered[sorted(at)])
    return frozen(edges[edges < ordered[-1]])  # nothing lies above the last one


@dataclass(frozen=True)
class Cut:
    """A cut, the sequences on the side taken, and whether they are just those asked for."""

    at: int
    n: int
    exact: bool


class Bins:
    """What is known of the scores in each bin; empty bins have lows of inf and highs of -inf.

    Parameters
    ----------
    edges : ndarray of float64, shape (m,)
        Ascending.
    """

    def __init__(self, edges: Doubles) -> None:
        self.edges = edges
        self.numbers = np.zeros(len(edges) + 1, np.int64)
        self.lows = np.full(len(edges) + 1, math.inf)
        self.highs = np.full(len(edges) + 1, -math.inf)

    def of(self, scores: Doubles) -> npt.NDArray[np.intp]:
        """The bin of each score."""
        return np.searchsorted(self.edges, scores, side="left")

    def add(self, bins: npt.NDArray[np.intp], scores: Doubles) -> None:
        """Take note of scores in these bins."""
        self.numbers += np.bincount(bins, minlength=len(self.numbers))
        np.minimum.at(self.lows, bins, scores)
        np.maximum.at(self.highs, bins, scores)

    def merge(self, other: Bins) -> None:
        """Take note of what another part knows; it has the same edges."""
        self.numbers += other.numbers
        np.minimum(self.lows, other.lows, out=self.lows)
        np.maximum(self.highs, other.highs, out=self.highs)

    def check(self) -> None:
        """Raise ValueError where scores do not lie in their bins."""
        full = self.numbers > 0
        low, high = self.lows[full], self.highs[full]
        if (
            not (np.isfinite(low) & np.isfinite(high) & (low <= high)).all()
            or (self.of(low) != np.flatnonzero(full)).any()
            or (self.of(high) != np.flatnonzero(full)).any()
            or (self.lows[~full] != math.inf).any()
            or (self.highs[~full] != -math.inf).any()
        ):
            raise ValueError("the scores do not lie in their bins")

    @property
    def thresholds(self) -> list[float]:
        """The edge at each cut; infinite at the ends."""
        return [-math.inf, *self.edges.tolist(), math.inf]

    def find(self, selection: Selection) -> Cut:
        """The cut that gives what is asked for, or else the nearest that takes a sequence.

        Nearest in the number of sequences where that is asked for, or else in the score; of
        two alike, the one that takes fewer.
        """
        below = [0, *np.cumsum(self.numbers).tolist()]
        total = below[-1]
        if total == 0:
            raise FastMIError("there are no sequences to select from")
        taken = [total - n for n in below] if selection.high else below
        if selection.threshold is None:
            wanted = selection.wanted(total)
            if wanted == 0:
                raise FastMIError(f"{selection} of {total:,} sequences is less than one")
            exact = [n == wanted for n in taken]
            off: list[float] = [abs(n - wanted) for n in taken]
        else:
            exact = self._exact(selection.how in (">", "<="), selection.threshold)
            off = [abs(edge - selection.threshold) for edge in self.thresholds]
        candidates = [c for c in range(len(below)) if exact[c]] or list(range(len(below)))
        candidates = [c for c in candidates if taken[c] > 0]
        if not candidates:
            raise FastMIError(
                f"no sequence has a score {selection}; they go from {self.lows.min()} to "
                f"{self.highs.max()}"
            )
        inwards = -1 if selection.high else 1
        at = min(candidates, key=lambda c: (off[c], taken[c], inwards * c))
        return Cut(at, taken[at], exact[at])

    def _exact(self, closed: bool, threshold: float) -> list[bool]:
        """For each cut, whether below it are just the scores up to the threshold.

        Where it is not closed, those below the threshold.
        """
        compare = np.less_equal if closed else np.less
        full = self.numbers > 0
        below = np.flatnonzero(full & compare(self.highs, threshold))
        above = np.flatnonzero(full & ~compare(self.lows, threshold))
        if len(below) + len(above) < full.sum():  # a bin is on both sides
            return [False] * (len(full) + 1)
        first = int(below[-1]) + 1 if len(below) else 0
        last = int(above[0]) if len(above) else len(full)
        return [first <= c <= last for c in range(len(full) + 1)]
