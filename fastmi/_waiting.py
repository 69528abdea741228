"""Rows that wait to be counted, by where they will be counted.

Adding to large tables takes its time however few the rows are: 20 ms for tables of 75 MB.  So
rows wait until there are enough of them.
"""

from __future__ import annotations

import numpy as np

from ._counted import Counted
from .sequences import PackedSequences

MOST_ROWS = 1 << 18
MOST_BYTES = 64 << 20


class Waiting:
    """Pieces of sequences that wait, each for the tables with some number."""

    def __init__(self) -> None:
        # by number, and whether there are masks and weights: what is joined is alike
        self._pieces: dict[tuple[int, bool, bool], list[Counted]] = {}
        self.n_rows = self.n_bytes = 0

    def full(self, piece: Counted) -> bool:
        """Whether with this piece there would be too much."""
        n_bytes = self.n_bytes + _bytes_of(piece)
        return self.n_rows + len(piece.sequences) > MOST_ROWS or n_bytes > MOST_BYTES

    def put(self, number: int, piece: Counted) -> None:
        """Let a piece wait; its rows must not change any more."""
        key = (number, piece.sequences.mask is not None, piece.weighted)
        self._pieces.setdefault(key, []).append(piece)
        self.n_rows += len(piece.sequences)
        self.n_bytes += _bytes_of(piece)

    def first(self) -> tuple[int, Counted] | None:
        """The number of some tables and what waits for them, joined; None if nothing waits."""
        if not self._pieces:
            return None
        key = min(self._pieces)
        return key[0], _joined(self._pieces[key])

    def drop_first(self) -> None:
        """Forget what :meth:`first` gives."""
        for piece in self._pieces.pop(min(self._pieces)):
            self.n_rows -= len(piece.sequences)
            self.n_bytes -= _bytes_of(piece)


def step_of(job: Counted) -> int:
    """How many rows of a job to let wait at a time."""
    n = len(job.sequences)
    return max(1, min(MOST_ROWS, MOST_BYTES * n // max(1, _bytes_of(job))))


def _bytes_of(job: Counted) -> int:
    return job.sequences.nbytes + (0 if job.numbers is None else job.numbers.nbytes)


def _joined(pieces: list[Counted]) -> Counted:
    """Pieces as one; all have masks, or none has, and so with weights."""
    if len(pieces) == 1:
        return pieces[0]
    first = pieces[0].sequences
    rows = np.concatenate([p.sequences.rows for p in pieces])
    masks = [p.sequences.mask for p in pieces if p.sequences.mask is not None]
    numbers = [p.numbers for p in pieces if p.numbers is not None]
    mask = np.concatenate(masks) if masks else None
    return Counted(
        PackedSequences(rows, first.length, first.alphabet, mask),
        np.concatenate(numbers) if numbers else None,
        pieces[0].unit,
    )
