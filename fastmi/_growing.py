"""Patterns: what k-mers that stand out are part of, by the letters that go with them.

Sequences that have both k-mers of a pair at its distance are laid upon each other.  A letter
beside a k-mer belongs to its pattern where most of these sequences have it, and more of them
than sequences have it elsewhere.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ._packing import Bytes
from ._peaks import Peak
from .alphabet import UNKNOWN_CODE
from .results import MIResult
from .sequences import PackedSequences

_CLEAR = 0.4  # share of the sequences that have a letter of a pattern
_TOLD = 0.1  # bits, against the letters of all sequences
_FEW = 50  # sequences: too few to grow a pattern by
_MOST_SEQUENCES = 200_000  # that patterns are grown by


def grown_patterns(
    sequences: PackedSequences | None,
    result: MIResult,
    peak: Peak,
    kmers: tuple[str, str],
    flank: int,
) -> tuple[tuple[str, str], int, int]:
    """Patterns grown from the k-mers behind a peak, by the letters that go with them.

    Parameters
    ----------
    sequences : PackedSequences, optional
        Those that the map is of. Without them the patterns are the k-mers.
    result : MIResult
        The map.
    peak : Peak
        Where in it.
    kmers : (str, str)
        What contributes most there.
    flank : int
        Letters that a pattern may be longer on either side.

    Returns
    -------
    patterns : (str, str)
        Left and right; they do not overlap.
    gap : int
        Letters between them.
    before : int
        Letters by which the left one begins before its k-mer.
    """
    k, d = result.k, peak.distance
    plain = kmers, d - k, 0
    if sequences is None:
        return plain
    codes = sequences[:_MOST_SEQUENCES].to_codes()
    lookup = result.alphabet.lookup
    a, b = (lookup[np.frombuffer(kmer.encode("latin-1"), np.uint8)] for kmer in kmers)
    rows, starts = _found(codes, a, b, peak)
    if len(rows) < _FEW:
        return plain
    size, width = len(result.alphabet), d + k + 2 * flank
    columns = starts[:, None] + np.arange(width) - flank
    inside = (columns >= 0) & (columns < codes.shape[1])
    windows = codes[rows[:, None], np.clip(columns, 0, codes.shape[1] - 1)]
    windows[~inside] = UNKNOWN_CODE
    usual = np.bincount(codes[codes < size], minlength=size) + 0.5
    usual = usual / usual.sum()
    letters, clear = "", np.zeros(width, bool)
    for column in range(width):
        known = windows[:, column][windows[:, column] < size]
        counts = np.bincount(known, minlength=size)
        p = (counts + 0.5) / (counts.sum() + 0.5 * size)
        best = int(p.argmax())
        told = float((p * np.log2(p / usual)).sum())
        clear[column] = len(known) >= _FEW and p[best] >= _CLEAR and told >= _TOLD
        letters += result.alphabet.letters[best]
    left, right = flank, flank + d
    clear[left : left + k] = clear[right : right + k] = True
    a_from, a_to = _run(clear, left, left + k, 0, right)
    b_from, b_to = _run(clear, right, right + k, a_to, width)
    return (letters[a_from:a_to], letters[b_from:b_to]), b_from - a_to, flank - a_from


def _found(
    codes: Bytes, a: Bytes, b: Bytes, peak: Peak
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Sequences and starts where both k-mers are, at a pair of the peak."""
    k, d = len(a), peak.distance
    n_starts = codes.shape[1] - d - k + 1
    there = np.zeros((len(codes), n_starts), bool)
    there[:, [i for i, _ in peak.pairs]] = True
    for t in range(k):
        there &= codes[:, t : t + n_starts] == a[t]
        there &= codes[:, d + t : d + t + n_starts] == b[t]
    rows, starts = np.nonzero(there)
    return rows, starts


def _run(
    clear: npt.NDArray[np.bool_], start: int, stop: int, least: int, most: int
) -> tuple[int, int]:
    """The run of clear columns around some of them, within bounds."""
    while start > least and clear[start - 1]:
        start -= 1
    while stop < most and clear[stop]:
        stop += 1
    return start, stop
