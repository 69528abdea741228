"""What stands out in a map: one place or one distance, and the k-mers that make it.

What may stand anywhere in the sequences is smeared along a diagonal, of which each cell is
weak; what stands in one place is one strong cell.  The strongest cell says which of the two it
is, as chance lets no cell of a diagonal exceed the others by much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import copysign, inf, sqrt

import numpy as np
import numpy.typing as npt

from ._numbers import spread
from .pair_table import kmer_contributions
from .results import MIResult

Free = npt.NDArray[np.bool_]

_SPOT = 3.0  # a cell so many times the mean of its distance is one place, not a diagonal
_FALLEN = 0.1  # of the strongest dependence, which is where a motif ends
_SPREADS = 4.0  # of the far distances, the same
_CHANCES = 4  # standard deviations by which the strongest of many cells may exceed its own


@dataclass(frozen=True)
class Peak:
    """The strongest pair of a map.

    Attributes
    ----------
    i, j : int
        The pair; of a distance, its strongest.
    everywhere : bool
        Whether it is a distance that is strong wherever it is, rather than one place.
    pairs : tuple of (int, int)
        All pairs that it is made of.
    value : float
        Their mean, in the map's unit.
    excess : float
        By how much that exceeds the map's median, in standard deviations of as many cells
        that nothing is known of.
    """

    i: int
    j: int
    everywhere: bool
    pairs: tuple[tuple[int, int], ...]
    value: float
    excess: float

    @property
    def distance(self) -> int:
        """From start to start, in letters."""
        return self.j - self.i


def strongest_peak(result: MIResult, free: Free) -> Peak | None:
    """The strongest pair among some, or None where none has a value.

    Parameters
    ----------
    result : MIResult
        The map.
    free : ndarray of bool, shape (P, P)
        Which pairs, i < j, to look at.
    """
    free = free & np.isfinite(result.matrix)
    if not free.any():
        return None
    values = np.where(free, result.matrix, -np.inf)
    i, j = (int(x) for x in np.unravel_index(int(values.argmax()), values.shape))
    chance = float(np.median(result.matrix[free]))  # what finite numbers make of nothing
    noise = spread(result.matrix[free])
    diagonal = np.diagonal(result.matrix, j - i)
    mean = float(np.mean(diagonal[np.diagonal(free, j - i)]))
    surely = result.matrix[i, j] - chance - _CHANCES * noise
    everywhere = bool(surely < _SPOT * max(mean - chance, 0.0))
    pairs = [(i, j)]
    if everywhere:  # then the strongest distance is what to look at, not a chance cell of it
        i, j = _strongest_distance(result, free)
        pairs = [(a, a + j - i) for a in range(len(free) - (j - i)) if free[a, a + j - i]]
    value = float(np.mean([result.matrix[pair] for pair in pairs]))
    excess = (value - chance) * sqrt(len(pairs))
    if noise > 0:
        excess /= noise
    elif excess:
        excess = copysign(inf, excess)
    return Peak(i, j, everywhere, tuple(pairs), value, excess)


def _strongest_distance(result: MIResult, free: Free) -> tuple[int, int]:
    """The strongest cell of the distance whose mean stands out most.

    Means over few pairs vary more, as one over the root of their number.
    """
    values = np.where(free, result.matrix, np.nan)
    usual = np.nanmedian(values)
    best, cell = -np.inf, (0, 0)
    for distance in range(result.k, result.n_positions):
        diagonal = np.diagonal(values, distance)
        here = diagonal[~np.isnan(diagonal)]
        if not here.size:
            continue
        excess = (here.mean() - usual) * np.sqrt(here.size)
        if excess > best:
            i = int(np.nanargmax(diagonal))
            best, cell = excess, (i, i + distance)
    return cell


def motif_width(result: MIResult) -> int:
    """The shortest distance at which a map has fallen to what it is at far ones.

    Parameters
    ----------
    result : MIResult
        Of mutual information.

    Returns
    -------
    int
        In letters, from k up; the number of positions where it never falls.

    Notes
    -----
    With the mean over the pairs of each distance, its median over the farther half, and the
    spread there: the first distance whose mean exceeds the median by no more than 4 spreads or
    by no more than a tenth of the largest excess.
    """
    table = result.by_distance()
    table = table[np.isfinite(table["mean"])]
    far = table["mean"][len(table) // 2 :]
    excess = table["mean"] - np.median(far)
    least = max(_FALLEN * float(excess.max()), _SPREADS * spread(far))
    fallen = table["distance"][excess <= least]
    return int(fallen[0]) if len(fallen) else result.n_positions


def leading_kmers(result: MIResult, pairs: Sequence[tuple[int, int]]) -> tuple[str, str]:
    """The k-mers that contribute most to the dependence of all these pairs together.

    Raises
    ------
    ValueError
        The counts behind the map are not here.
    """
    kmers = result.alphabet.kmers(result.k)
    top = kmer_contributions(_table(result, pairs), kmers, result.pseudocount, 1)[0]
    return str(top["kmer_i"]), str(top["kmer_j"])


def telling_kmers(
    result: MIResult, pairs: Sequence[tuple[int, int]]
) -> tuple[tuple[str, str], bool]:
    """The k-mers whose number together is farthest from chance, and whether it is above.

    With p of the two together and of each, that is the largest size of p_ab - p_a p_b. Where
    one of two patterns is enough, few sequences have both, and what contributes most to the
    mutual information is one of them with whatever else stands in the other's place.

    Raises
    ------
    ValueError
        The counts behind the map are not here.
    """
    table = _table(result, pairs)
    apart = table - np.outer(table.sum(axis=1), table.sum(axis=0)) / max(table.sum(), 1e-300)
    a, b = (int(x) for x in np.unravel_index(int(np.abs(apart).argmax()), table.shape))
    kmers = result.alphabet.kmers(result.k)
    return (kmers[a], kmers[b]), bool(apart[a, b] > 0)


def _table(result: MIResult, pairs: Sequence[tuple[int, int]]) -> npt.NDArray[np.float64]:
    """Joint counts of all these pairs together."""
    if result.source is None:
        raise ValueError(
            "the counts behind this map are not here, as it was loaded from a file; make it "
            "anew, or take an Interpretation, whose file has its sequences"
        )
    total = np.zeros(2 * (result.alphabet.n_kmers(result.k),))
    for i, j in pairs:
        total += result.source.table(i, j)
    return total
