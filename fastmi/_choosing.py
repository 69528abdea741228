"""Sequences chosen by their scores while these come in, exactly and in bounded memory.

Beyond a threshold, a sequence is in or out at once.  Of ranks, the best so far are kept, with
room for as many again; when that is full, the better half stays.  Ties go by record number,
so that which sequences are chosen depends on nothing but the scores.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ._gather import Gatherer
from ._numbers import Doubles
from .errors import FastMIError
from .selection import Selection
from .sequences import PackedSequences

Records = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Chosen:
    """What was chosen.

    Attributes
    ----------
    sequences : PackedSequences
        With their scores, in the order of their records.
    records : ndarray of int64, shape (n,)
        Their numbers, from 0 up.
    tied : float or None
        The score of the last one chosen by rank, where others that were not have it, too.
    """

    sequences: PackedSequences
    records: Records
    tied: float | None = None


def chosen_records(selection: Selection, scores: Doubles) -> Records:
    """Which of scores that are all here a selection takes, as :class:`Chooser` does; ascending.

    Parameters
    ----------
    selection : Selection
        With a threshold, not the wild type's in words.
    scores : ndarray of float64, shape (n,)
        One a record.

    Returns
    -------
    ndarray of int64
    """
    if not selection.by_rank:
        return np.flatnonzero(selection.takes(scores))
    n = len(scores)
    low, high = selection.ranks(n)
    if low >= high:
        raise _less_than_one(selection, n)
    return np.flatnonzero(_highest(scores, n - low) & ~_highest(scores, n - high))


def _highest(scores: Doubles, m: int) -> npt.NDArray[np.bool_]:
    """Which are the m highest, the first of equal ones counting as higher."""
    if m == 0:
        return np.zeros(len(scores), bool)
    least = float(np.partition(scores, len(scores) - m)[len(scores) - m])
    chosen = np.asarray(scores > least)
    chosen[np.flatnonzero(scores == least)[: m - int(np.count_nonzero(chosen))]] = True
    return chosen


def _less_than_one(selection: Selection, n: int) -> FastMIError:
    return FastMIError(f"{selection} of {n:,} sequences is less than one")


class Chooser:
    """Chooses sequences by their scores.

    Parameters
    ----------
    selection : Selection
        With a threshold, not the wild type's in words.
    n : int
        How many sequences will be offered in all.
    row_bytes : int
        What a sequence takes.
    limit : int
        Bytes that may be held; what is beyond a threshold goes to a temporary file then.
    """

    def __init__(self, selection: Selection, n: int, row_bytes: int, limit: int) -> None:
        self._selection, self._limit = selection, limit
        self._gathered, self._records = Gatherer(), [np.zeros(0, np.int64)]
        if not selection.by_rank:
            return
        self._ranks = selection.ranks(n)
        low, high = self._ranks
        if low >= high:
            raise _less_than_one(selection, n)
        # those from the top down to the lowest one wanted, or from the bottom up
        self._from_top = n - low <= high
        self._most = n - low if self._from_top else high
        need = 2 * self._most * (row_bytes + 24)
        if need > limit:
            raise ValueError(
                f"{selection} of {n:,} sequences would hold {need:,} bytes, more than "
                f"memory_limit={limit:,}; raise it, select fewer, or by a threshold"
            )
        self._cut: float | None = None  # score of the worst one kept
        self._tied: float | None = None  # the last score of which some were kept, some not

    def offer(self, block: PackedSequences, scores: Doubles, first: int) -> None:
        """Look at records first .. first + len(block) - 1, after all those before them."""
        taken = self._taken(scores)
        cut = self._cut if self._selection.by_rank and self._from_top else None
        if cut is not None and (scores == cut).any():
            self._tied = cut
        if not taken.any() and len(self._records) > 1:
            return
        which = np.flatnonzero(taken)
        self._gathered.add(block[which].with_scores(scores[which]))
        self._records.append(which + first)
        if self._selection.by_rank:
            if sum(map(len, self._records)) >= 2 * self._most:
                self._halve()
        elif not self._gathered.on_disk and self._gathered.n_bytes > self._limit:
            self._gathered.to_disk()

    def _taken(self, scores: Doubles) -> npt.NDArray[np.bool_]:
        if not self._selection.by_rank:
            return self._selection.takes(scores)
        if self._cut is None:
            return np.ones(len(scores), bool)
        # a later record never beats an equal score from the top, and always from the bottom
        return scores > self._cut if self._from_top else scores <= self._cut

    def _halve(self) -> None:
        """Keep the best ones."""
        kept = self._finished()
        assert kept.sequences.scores is not None
        at = self._best(kept.sequences.scores, self._most)
        self._gathered, self._records = Gatherer(), [kept.records[at]]
        self._gathered.add(kept.sequences[at])
        scores = kept.sequences.scores[at]
        self._cut = float(scores.min() if self._from_top else scores.max())

    def _order(self, scores: Doubles, records: Records) -> npt.NDArray[np.intp]:
        """The best one first."""
        return np.lexsort((records, -scores) if self._from_top else (-records, scores))

    def _best(self, scores: Doubles, m: int) -> npt.NDArray[np.intp]:
        """The m best ones, by record, as they are in this order."""
        if m >= len(scores):
            return np.arange(len(scores))
        signed = -scores if self._from_top else scores
        worst = np.partition(signed, m - 1)[m - 1]
        better, equal = np.flatnonzero(signed < worst), np.flatnonzero(signed == worst)
        few = m - len(better)  # of the ties: records ascend, as sequences were offered so
        if few < len(equal):
            self._tied = float(scores[equal[0]])
        equal = equal[:few] if self._from_top else equal[len(equal) - few :]
        return np.sort(np.concatenate([better, equal]))

    def _finished(self) -> Chosen:
        with closing(self._gathered):
            return Chosen(self._gathered.finish(), np.concatenate(self._records))

    def finish(self) -> Chosen:
        """What was chosen of all that was offered: none, if no score is beyond a threshold."""
        found = self._finished()
        assert found.sequences.scores is not None
        if self._selection.by_rank:
            low, high = self._ranks
            at = self._best(found.sequences.scores, self._most)
            scores = found.sequences.scores[at]
            order = self._order(scores, found.records[at])
            tied = self._tied if scores[order[-1]] == self._tied else None
            at = np.sort(at[order[len(order) - (high - low) :]])
            found = Chosen(found.sequences[at], found.records[at], tied)
        return found
