"""Instances of a motif of a given strength, drawn exactly.

The score of an instance is the sum of log2(p / background) over its positions.  Scores are kept
in whole units of 1/1000 bit, so that "how likely is it that the rest of an instance brings its
score into the band" is a table a position, made from the last position to the first; letters
are then drawn from the first to the last by what the tables say.  Nothing is drawn and thrown
away, however narrow the band.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from ._frequencies import Background, Frequencies, check_background
from ._packing import Bytes

if TYPE_CHECKING:
    from .motifs import Motif

Units: TypeAlias = npt.NDArray[np.int64]

_UNIT = 1 / 1000  # bits
_MOST_CELLS = 1 << 24  # of the tables, 128 MB; a coarser unit is taken for more
_WITHIN = 1e-12  # of a share of instances, which is a sum of rounded products
_BLOCK = 1 << 16  # instances drawn together


class StrengthSampler:
    """Draws instances of a motif whose scores lie between two quantiles.

    The quantiles are those of instances drawn from the motif: Q(q) is the least score that at
    least a share q of them does not exceed; Q(0) is the least, Q(1) the greatest of all.

    Parameters
    ----------
    motif : Motif
        What instances are of. Letters of frequency 0 are never drawn.
    low, high : float
        From 0 to 1; the scores are from Q(low) to Q(high), both included. So where they are
        equal, all instances have one score, to the unit.
    background : mapping or array_like, optional
        As for :meth:`Motif.information`.

    Attributes
    ----------
    unit : float
        Bits to which the score of each position is rounded: 1/1000, or more for a motif whose
        scores span so much that the tables would need more than 128 MB.
    scores : tuple of float
        Q(low) and Q(high), in bits.
    share : float
        Share of the motif's instances that are in the band.
    """

    def __init__(
        self, motif: Motif, low: float, high: float, background: Background = None
    ) -> None:
        if not 0 <= low <= high <= 1:
            raise ValueError(
                f"quantiles are 0 <= low <= high <= 1, got low={low!r} and high={high!r}"
            )
        self._p = motif.frequencies
        odds = motif.log_odds(check_background(background, motif.alphabet))
        bits = np.where(self._p > 0, odds, 0)
        self.unit, self._steps, least = _in_units(bits, self._p > 0)
        reached = _forwards(self._p, self._steps)
        first, last = _quantile(reached, low), _quantile(reached, high)
        self.scores = ((first + least) * self.unit, (last + least) * self.unit)
        self._tables = _backwards(self._p, self._steps, first, last)
        self.share = min(1.0, float(self._tables[0][0]))

    def codes(self, uniforms: Frequencies) -> Bytes:
        """Draw instances.

        Parameters
        ----------
        uniforms : ndarray of float64, shape (n, w)
            Random numbers from 0 up to, but below 1; row by row one instance.

        Returns
        -------
        ndarray of uint8, shape (n, w)
            Codes of letters. The same numbers give the same letters.
        """
        width = len(self._p)
        if uniforms.ndim != 2 or uniforms.shape[1] != width:
            raise ValueError(f"uniforms must have shape (n, {width}), got {uniforms.shape}")
        codes = np.empty(uniforms.shape, np.uint8)
        for start in range(0, len(uniforms), _BLOCK):
            some = slice(start, start + _BLOCK)
            scores = np.zeros(len(codes[some]), np.int64)
            for i in range(width):
                following = self._tables[i + 1][scores[:, None] + self._steps[i]]
                likely = np.cumsum(self._p[i] * following, axis=1)
                reach = uniforms[some, i, None] * likely[:, -1:]
                letters = (likely <= reach).sum(axis=1)
                codes[some, i] = letters
                scores += self._steps[i][letters]
        return codes


def _in_units(bits: Frequencies, drawn: npt.NDArray[np.bool_]) -> tuple[float, Units, int]:
    """The unit; each letter's score in units above its position's least; the sum of the least.

    Letters that are never drawn count 0.
    """
    least = np.where(drawn, bits, np.inf).min(axis=1)
    spans = np.where(drawn, bits - least[:, None], 0).max(axis=1)
    cells = np.cumsum(spans).sum() / _UNIT  # of the tables, as :func:`_backwards` makes them
    unit = _UNIT * max(1.0, float(np.ceil(cells / _MOST_CELLS)))
    whole = np.rint(bits / unit).astype(np.int64)
    lowest = np.rint(least / unit).astype(np.int64)
    return unit, np.where(drawn, whole - lowest[:, None], 0), int(lowest.sum())


def _forwards(p: Frequencies, steps: Units) -> Frequencies:
    """How likely each score is."""
    reached = np.ones(1)
    for row, moves in zip(p, steps, strict=True):
        longer = np.zeros(len(reached) + int(moves.max()))
        for a in np.flatnonzero(row):
            longer[moves[a] : moves[a] + len(reached)] += row[a] * reached
        reached = longer
    return reached


def _backwards(p: Frequencies, steps: Units, first: int, last: int) -> list[Frequencies]:
    """How likely the whole score is between first and last, by position and score before it.

    Sums of products only: subtracting shares would leave noise where an instance is rare.
    """
    sizes = 1 + np.concatenate([[0], np.cumsum(steps.max(axis=1))])
    inside = np.zeros(sizes[-1])
    inside[first : last + 1] = 1
    tables = [inside]
    for row, moves, size in zip(p[::-1], steps[::-1], sizes[-2::-1], strict=True):
        table = np.zeros(size)
        for a in np.flatnonzero(row):
            table += row[a] * tables[-1][moves[a] : moves[a] + size]
        tables.append(table)
    return tables[::-1]


def _quantile(reached: Frequencies, q: float) -> int:
    """The least score that at least a share q does not exceed; those of share 0 are none."""
    scores = np.flatnonzero(reached)
    if q == 1:  # however small the share of the best is
        return int(scores[-1])
    below = np.cumsum(reached[scores])
    return int(scores[np.searchsorted(below, q - _WITHIN).clip(max=len(scores) - 1)])
