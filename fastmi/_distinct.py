"""Which sequences are equal: found by a hash of their packed rows, and compared.

Two hashes may agree by chance, so that rows of equal hashes are held against each other.  A
missing letter is a letter of its own.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ._counted import first_fraction
from ._packing import Bytes
from .errors import FastMIError
from .sequences import PackedSequences

_START = np.uint64(0x9E3779B97F4A7C15)
_FACTOR = np.uint64(0xFF51AFD7ED558CCD)  # odd, so that no bits are lost
_HALF = np.uint64(32)
_MARKS = np.uint64((1 << 16) - 1)
_BYTES_EACH = 48  # of a sequence: hashes, their order, and what came first


class Duplicates(NamedTuple):
    """How many sequences say what others have said before.

    Attributes
    ----------
    n : int
        Sequences; the sum of their weights, where these are whole numbers, as read counts are.
    n_distinct : int
        How many of them differ from each other; those of weight 0 do not count.

    Examples
    --------
    >>> found = Duplicates(n=8, n_distinct=6)
    >>> found.share, found.in_words()
    (0.25, '2 of 8 sequences are duplicates (25.0%)')
    """

    n: int
    n_distinct: int

    @property
    def share(self) -> float:
        """Of the sequences, those that are equal to one before them; NaN of none."""
        return (self.n - self.n_distinct) / self.n if self.n else float("nan")

    def in_words(self) -> str:
        """The same for people."""
        if self.n == self.n_distinct:
            return "no duplicates"
        return (
            f"{self.n - self.n_distinct:,} of {self.n:,} sequences are duplicates "
            f"({self.share:.1%})"
        )

    def about(self) -> dict[str, Any]:
        """The same ready for JSON."""
        return {"n": self.n, "n_distinct": self.n_distinct, "share": self.share}


def distinct(sequences: PackedSequences) -> tuple[PackedSequences, Duplicates]:
    """Each distinct sequence once, without weights, and how many there were.

    Parameters
    ----------
    sequences : PackedSequences
        Without weights, or with whole numbers, such as read counts: what has the weight 0 was
        not seen.

    Returns
    -------
    sequences : PackedSequences
        In the order in which they first come, with the scores that they have there.
    duplicates : Duplicates

    Raises
    ------
    FastMIError
        The weights are fractions.
    """
    seen, n = sequences.with_weights(None), len(sequences)
    if (weights := sequences.weights) is not None:
        if (bad := first_fraction(weights)) is not None:
            raise FastMIError(
                f"sequence {bad} has the weight {weights[bad]:g}, which is no number of reads; "
                "where each distinct sequence counts once, weights are whole numbers or none"
            )
        n = int(sequences.n_effective)  # exact up to 2^53
        if not weights.all():
            seen = seen[np.flatnonzero(weights)]
    first, _ = first_and_which(seen)
    once = seen if len(first) == len(seen) else seen[first]
    once.n_dropped = sequences.n_dropped
    return once, Duplicates(n, len(first))


def duplicates_of(sequences: PackedSequences) -> Duplicates:
    """How many sequences are equal to others; of reads, where weights say their numbers."""
    if sequences.weights is not None and first_fraction(sequences.weights) is not None:
        sequences = sequences.with_weights(None)
    return distinct(sequences)[1]


def bytes_to_compare(sequences: PackedSequences) -> int:
    """What sequences, and finding equal ones among them, take in memory."""
    parts = [part for part in (sequences.rows, sequences.mask) if part is not None]
    words: int = -(-sum(part.shape[1] for part in parts) // 8)
    return 2 * sequences.nbytes + len(sequences) * (8 * words + _BYTES_EACH)


def first_and_which(
    sequences: PackedSequences,
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """The distinct ones among sequences, in the order in which they first come.

    Parameters
    ----------
    sequences : PackedSequences
        n of them.

    Returns
    -------
    first : ndarray of int, shape (distinct,)
        The record of each distinct sequence where it first comes.
    which : ndarray of int, shape (n,)
        Which of these each sequence is.
    """
    keys = _keys(sequences)
    first, which = _grouped(_hashes(keys))
    later = np.ones(len(keys), bool)
    later[first] = False
    if not np.array_equal(keys[first[which[later]]], keys[later]):
        whole = keys.view(f"V{keys.itemsize * keys.shape[1]}").ravel()
        first, which = _in_order(*np.unique(whole, return_index=True, return_inverse=True)[1:])
    return first, which


def _keys(sequences: PackedSequences) -> npt.NDArray[np.uint64]:
    """Rows and masks as whole words, shape (n, words)."""
    parts = [part for part in (sequences.rows, sequences.mask) if part is not None]
    width = sum(part.shape[1] for part in parts)
    padded: Bytes = np.zeros((len(sequences), -(-width // 8) * 8), np.uint8)
    at = 0
    for part in parts:
        padded[:, at : at + part.shape[1]] = part
        at += part.shape[1]
    return padded.view(np.uint64)


def _hashes(keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """64 bits for each row; rows of one word have different ones if they differ."""
    hashes = np.full(len(keys), _START)
    for word in keys.T:
        hashes ^= word
        hashes *= _FACTOR
        hashes ^= hashes >> _HALF
    return hashes


def _grouped(
    hashes: npt.NDArray[np.uint64],
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Where each hash first comes, in order, and which of these each one is."""
    every = np.arange(len(hashes))
    ordered = np.sort(hashes)  # in a third of the time of argsort
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(again):
        return every, every
    maybe = np.zeros(int(_MARKS) + 1, bool)  # the rest need not be put in order
    maybe[again & _MARKS] = True
    some = np.flatnonzero(maybe[hashes & _MARKS])
    order = some[np.argsort(hashes[some])]
    ordered = hashes[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    firsts = np.minimum.reduceat(order, starts)
    is_first = np.ones(len(hashes), bool)
    is_first[order] = False
    is_first[firsts] = True
    which = np.cumsum(is_first) - 1
    which[order] = np.repeat(which[firsts], np.diff(starts, append=len(order)))
    return np.flatnonzero(is_first), which


def _in_order(
    first: npt.NDArray[np.intp], group: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Groups by where they first come."""
    order = np.argsort(first)
    rank = np.empty(len(order), np.intp)
    rank[order] = np.arange(len(order))
    return first[order], rank[group.ravel()]
