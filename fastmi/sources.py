"""Sources: sequences that can be had block by block, in any order, as often as one likes.

Ten million random sequences need not be anywhere: a source makes the ones asked for, the same
ones every time.  Packed sequences are a source, too, so that whatever takes sequences in
large numbers (models, simulations, maps) takes either.
"""

from __future__ import annotations

import hashlib
import operator
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, Protocol, TypeGuard, overload, runtime_checkable

import numpy as np

from ._checks import check_block
from .alphabet import Alphabet
from .errors import FastMIError
from .sequences import PackedSequences

_BLOCK_LETTERS = 1 << 24  # in a block of blocks()


@runtime_checkable
class Source(Protocol):
    """What a source has; :class:`PackedSequences` and what ``fastmi.simulate`` gives do.

    Attributes
    ----------
    length : int
        Letters in each sequence.
    alphabet : Alphabet
        What they are made of.
    """

    @property
    def length(self) -> int:
        """Letters in each sequence."""

    @property
    def alphabet(self) -> Alphabet:
        """What they are made of."""

    def __len__(self) -> int:
        """Number of sequences."""

    def block(self, start: int, stop: int) -> PackedSequences:
        """Sequences ``start`` to ``stop - 1``."""


class Simulated(ABC):
    """Sequences that are made when they are asked for, the same ones every time.

    Made by the functions of ``fastmi.simulate``. ``fastmi.pairwise_mi``, models and other
    simulations take them as they are.

    Attributes
    ----------
    n_sequences, length : int
        How many there are, and their letters.
    alphabet : Alphabet
        What they are made of.
    n_dropped : int
        Sequences left out of those that they are made from, for unknown letters.
    """

    n_dropped = 0

    def __init__(self, n_sequences: int, length: int, alphabet: Alphabet) -> None:
        self.n_sequences, self.length, self.alphabet = n_sequences, length, alphabet

    @abstractmethod
    def block(self, start: int, stop: int) -> PackedSequences:
        """Make sequences ``start`` to ``stop - 1``.

        Parameters
        ----------
        start, stop : int
            0 <= start <= stop <= n_sequences.

        Returns
        -------
        PackedSequences
        """

    @abstractmethod
    def about(self) -> dict[str, Any]:
        """How they are made, ready for JSON: the same words, the same sequences."""

    def __len__(self) -> int:
        return self.n_sequences

    def __repr__(self) -> str:
        size = f"{len(self):,} x {self.length}, {self.alphabet.name}"
        return f"<{self.about()['what']}: {size}, made when asked for>"

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> PackedSequences: ...

    def __getitem__(self, index: int | slice) -> str | PackedSequences:
        """One sequence as a string, or a slice of them, packed."""
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            if step != 1:
                raise ValueError(f"a slice of sequences that are made has step 1, got {step}")
            return self.block(start, max(start, stop))
        n = operator.index(index)
        if not -len(self) <= n < len(self):
            raise IndexError(f"there are {len(self):,} sequences, got index {n}")
        n %= len(self)
        return self.block(n, n + 1)[0]

    def pack(self) -> PackedSequences:
        """All of them, in memory."""
        made = self.block(0, len(self))
        made.n_dropped = self.n_dropped
        return made

    def _check_block(self, start: int, stop: int) -> None:
        check_block(start, stop, len(self))


def is_made(data: object) -> TypeGuard[Source]:
    """Whether this is a source whose sequences are not in memory yet."""
    return isinstance(data, Source) and not isinstance(data, PackedSequences)


def blocks_of_source(
    source: Source, block_rows: int | None = None
) -> Iterator[PackedSequences]:
    """All sequences of a source, block by block.

    Parameters
    ----------
    source : Source
        The sequences.
    block_rows : int, optional
        Sequences in a block; by default as many as have 16 million letters.

    Yields
    ------
    PackedSequences
    """
    step = block_rows or max(1, _BLOCK_LETTERS // source.length)
    for start in range(0, len(source), step):
        yield source.block(start, min(start + step, len(source)))


def pack_wild_type(wild_type: str, source: Source) -> PackedSequences:
    """The sequence that those of a source are variants of, after checking that it can be."""
    if not isinstance(wild_type, str):
        raise TypeError(f"wild_type is a sequence, a string, got {type(wild_type).__name__}")
    if len(wild_type) != source.length:
        raise ValueError(
            f"the wild type has {len(wild_type)} letters, the sequences {source.length}"
        )
    try:
        return PackedSequences.from_strings([wild_type], source.alphabet)
    except FastMIError as error:
        raise FastMIError(f"the wild type cannot be used: {error}") from None


def about_source(source: Source) -> dict[str, Any]:
    """What a source is, ready for JSON: other sequences, other words."""
    if isinstance(source, Simulated):
        return source.about()
    digest = hashlib.sha256()
    for block in blocks_of_source(source):
        digest.update(np.ascontiguousarray(block.rows).data)
        if block.n_unknown and block.mask is not None:
            digest.update(np.ascontiguousarray(block.mask).data)
    return {
        "what": "sequences",
        "n": len(source),
        "sha256": digest.hexdigest(),
        "length": source.length,
        **source.alphabet.about(),
    }
