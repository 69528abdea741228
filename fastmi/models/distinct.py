"""A model that scores each distinct sequence once, and hands out what it gave.

Designs and mutants repeat themselves: the background without a pattern, the window that no
mutation reaches.  Equal sequences are found by a hash of their packed rows, in a hundredth of
the time that the fastest model takes, and compared, as two hashes may agree by chance.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .._numbers import Doubles
from .._packing import Bytes
from ..sequences import PackedSequences
from ._outputs import rows_of
from .base import about_model, block_rows_of, tell_heads, wrap

_START = np.uint64(0x9E3779B97F4A7C15)
_FACTOR = np.uint64(0xFF51AFD7ED558CCD)  # odd, so that no bits are lost
_HALF = np.uint64(32)
_MARKS = np.uint64((1 << 16) - 1)


class Distinct:
    """A model that is given each distinct sequence of a block once.

    Parameters
    ----------
    model : object
        Whatever :func:`fastmi.models.wrap` takes. It must give equal sequences equal scores.

    Attributes
    ----------
    block_rows : int
        How many sequences it had best be given at a time: many, as it sees what is the same
        in one block only. The model itself gets as many at a time as it says.

    Notes
    -----
    Exact: sequences with the same hash are compared. A missing letter is a letter of its own.

    Examples
    --------
    >>> import fastmi
    >>> def count(strings):
    ...     print(len(strings), "scored")
    ...     return [s.count("G") for s in strings]
    >>> model = Distinct(fastmi.models.wrap(count, takes="strings", batch_size=8))
    >>> fastmi.score(model, ["GGAT", "TTTT", "GGAT", "TTTT"]).tolist()
    2 scored
    [2.0, 0.0, 2.0, 0.0]
    """

    block_rows = 1 << 17

    def __init__(self, model: Any) -> None:
        self._model = wrap(model)

    @property
    def heads(self) -> Any:
        """Names of the model's scores, where it has some."""
        return getattr(self._model, "heads", None)

    def learn_heads(self, heads: Any) -> None:
        """Take the names that a copy of this has found.

        Parameters
        ----------
        heads : sequence of str
            As the copy's ``heads``.
        """
        tell_heads(self._model, heads)

    def about(self) -> dict[str, Any]:
        """What the model is, ready for JSON: the scores are its own."""
        return about_model(self._model)

    def predict(self, sequences: PackedSequences) -> Doubles:
        """Score sequences.

        Parameters
        ----------
        sequences : PackedSequences
            n of them.

        Returns
        -------
        ndarray of float64, shape (n,) or (n, heads)
        """
        if len(sequences) == 0:
            return np.empty(0)
        first, which = first_and_which(sequences)
        if len(first) == len(sequences):
            return self._scores(sequences)
        return self._scores(sequences[first])[which]

    def _scores(self, sequences: PackedSequences) -> Doubles:
        step = block_rows_of(self._model)
        blocks = [sequences[at : at + step] for at in range(0, len(sequences), step)]
        scores = [rows_of(self._model.predict(block), len(block)) for block in blocks]
        return scores[0] if len(scores) == 1 else np.concatenate(scores)


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
