"""All mutants of sequences, as a source: made when asked for, each known by its number.

Every sequence is followed by its own mutants, as many for each, so that what a model makes of
one sequence comes in one piece, and chunks, workers and checkpoints need nothing of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from ._draws import Draws, Stream
from ._numbers import Doubles
from ._packing import Bytes
from .sequences import PackedSequences
from .sources import Simulated, Source, about_source

Whole: TypeAlias = npt.NDArray[np.int64]
DOUBLES = ("all", "random")
_PIECE = 1 << 13  # records made at a time: what is worked with stays in a core's cache


class _Edits(NamedTuple):
    """One letter to change in some records: which, where, and to which of the other letters."""

    records: npt.NDArray[np.intp]
    position: Whole
    other: Whole


class Mutants(Simulated):
    """Sequences, each followed by all its single mutants and, if asked for, double mutants.

    Of a sequence record 0 is itself. Then come the single mutants, position by position, the
    letters in the order of the alphabet without the one that is there; then the double mutants
    of each pair of positions i < j, i-major. A missing letter stays missing, so what would
    change it is the sequence itself once more.

    Parameters
    ----------
    source : Source
        The sequences.
    positions : ndarray of int64, shape (P,)
        Where letters change, ascending.
    doubles : {"all", "random"}, optional
        All pairs of letters at each pair of positions, the first letter changing last; or
        one pair of letters, drawn for each sequence and pair. By default no double mutants.
    seed : int
        Of what is drawn.
    """

    def __init__(
        self,
        source: Source,
        positions: Whole,
        doubles: Literal["all", "random"] | None = None,
        seed: int = 0,
    ) -> None:
        self.positions, self.doubles = positions, doubles
        self.n_others = len(source.alphabet) - 1
        self.n_single = len(positions) * self.n_others
        self.pairs: tuple[Whole, Whole] = (np.empty(0, np.int64), np.empty(0, np.int64))
        if doubles is not None:
            i, j = np.triu_indices(len(positions), 1)
            self.pairs = (i, j)
        self.n_of_pair = self.n_others**2 if doubles == "all" else 1
        self.n_each = 1 + self.n_single + len(self.pairs[0]) * self.n_of_pair
        self._source, self._seed = source, seed
        super().__init__(len(source) * self.n_each, source.length, source.alphabet)

    def about(self) -> dict[str, Any]:
        """How they are made, ready for JSON."""
        drawn = {"seed": self._seed} if self.doubles == "random" else {}
        return {
            "what": "all mutants",
            "n": len(self),
            "length": self.length,
            **self.alphabet.about(),
            "positions": self.positions.tolist(),
            "doubles": self.doubles,
            **drawn,
            "source": about_source(self._source),
        }

    def block(self, start: int, stop: int) -> PackedSequences:
        """Make sequences ``start`` to ``stop - 1``."""
        self._check_block(start, stop)
        first, last = start // self.n_each, -(-stop // self.n_each)
        wild = self._source.block(first, last)
        codes, size = wild.to_codes(), len(self.alphabet)
        drawn = self.drawn(first, len(wild)) if self.doubles == "random" else None
        rows: Bytes = np.empty((stop - start, wild.rows.shape[1]), np.uint8)
        mask: Bytes | None = None
        if wild.mask is not None:
            mask = np.empty((stop - start, wild.mask.shape[1]), np.uint8)
        for at in range(start, stop, _PIECE):
            record = np.arange(at, min(at + _PIECE, stop))
            of = record // self.n_each
            number = record - of * self.n_each  # among the records of one sequence
            of -= first
            here = slice(at - start, at - start + len(record))
            some = rows[here]
            some[:] = wild.rows[of]
            for records, position, other in self._edits(number, of, drawn):
                there = codes[of[records], position]
                _write(some, records, position, there, _letter(other, there, size), size)
            if mask is not None and wild.mask is not None:
                mask[here] = wild.mask[of]
        return PackedSequences(rows, self.length, self.alphabet, mask)

    def _edits(self, number: Whole, of: Whole, drawn: Whole | None) -> Iterator[_Edits]:
        """What is changed in some records, of these numbers and these sequences."""
        single = np.flatnonzero((number > 0) & (number <= self.n_single))
        at = number[single] - 1
        place = at // self.n_others
        yield _Edits(single, self.positions[place], at - place * self.n_others)
        if self.doubles is None:
            return
        double = np.flatnonzero(number > self.n_single)
        at = number[double] - (1 + self.n_single)
        pair = at // self.n_of_pair
        letters = at - pair * self.n_of_pair
        if drawn is not None:
            letters = drawn[of[double], pair]
        other = letters // self.n_others
        yield _Edits(double, self.positions[self.pairs[0][pair]], other)
        other = letters - other * self.n_others
        yield _Edits(double, self.positions[self.pairs[1][pair]], other)

    def drawn(self, first: int, n: int) -> Whole:
        """The letters drawn for each pair of positions in n sequences from ``first`` on.

        Returns
        -------
        ndarray of int64, shape (n, pairs)
            a (A - 1) + b for the a-th other letter at i and the b-th at j.
        """
        words = Draws(self._seed, Stream.EPISTASIS, first, n).words(len(self.pairs[0]))
        drawn = words.astype(np.uint64) * np.uint64(self.n_others**2) >> np.uint64(32)
        return drawn.astype(np.int64)


def _letter(other: Whole, there: Bytes, size: int) -> Bytes:
    """The letter that is so many among those that are not there; missing ones stay."""
    new = other.astype(np.uint8)
    new += new >= there
    missing = there >= size
    if missing.any():
        new[missing] = there[missing]
    return new


def _write(
    rows: Bytes,
    records: npt.NDArray[np.intp],
    position: Whole,
    old: Bytes,
    new: Bytes,
    size: int,
) -> None:
    """Change one letter in each of some packed rows."""
    if size != 4:
        rows[records, position] = new
        return
    shift = (3 - (position & 3) << 1).astype(np.uint8)
    rows[records, position >> 2] ^= (old ^ new) << shift


def by_sequence(chunks: Iterator[Doubles], n_each: int) -> Iterator[tuple[int, Doubles]]:
    """Scores of mutants, sequence by sequence, however they were cut.

    Parameters
    ----------
    chunks : iterator of ndarray of float64, shape (n, heads)
        The scores of all records in order.
    n_each : int
        Records of a sequence.

    Yields
    ------
    first : int
        Number of the first sequence.
    scores : ndarray of float64, shape (sequences, n_each, heads)
        Those of whole sequences.
    """
    held: list[Doubles] = []
    n_held, first = 0, 0
    for scores in chunks:
        held.append(scores)
        n_held += len(scores)
        if n_held < n_each:
            continue
        together = held[0] if len(held) == 1 else np.concatenate(held)
        n = n_held // n_each
        yield first, together[: n * n_each].reshape(n, n_each, -1)
        held, first = [together[n * n_each :]], first + n
        n_held = len(held[0])
