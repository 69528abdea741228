"""What joint counts and score bins have in common: tables that are added to, and to others.

Which tables there are is known before there are any, so that their need is checked first. How
much was counted, and from which files, goes with them; so does a lock, as several threads may
add, look and merge.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

import numpy as np

from . import _core
from ._archive import Archive
from ._checks import check_fits, check_length_k, parse_bytes
from ._counted import UNIT
from ._counts_file import in_words
from ._origin import Origin
from ._provenance import together
from ._run import resolve_isa
from .alphabet import Alphabet
from .errors import FastMIError


class TableKind(NamedTuple):
    """What the tables of all pairs are like."""

    length: int
    k: int
    alphabet: Alphabet
    weighted: bool = False

    @classmethod
    def of(cls, length: int, k: int, alphabet: Alphabet, weighted: bool = False) -> TableKind:
        """The kind, if there can be such tables; ValueError or TypeError says why not."""
        alphabet.n_kmers(k)
        return cls(*check_length_k(length, k), alphabet, bool(weighted))

    @property
    def n_kmers(self) -> int:
        """M = A^k, rows and columns of a table."""
        return self.alphabet.n_kmers(self.k)

    @property
    def n_pairs(self) -> int:
        """Number of tables."""
        return _core.n_pairs(self.length, self.k)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of all tables."""
        return self.n_pairs, self.n_kmers, self.n_kmers

    @property
    def cell(self) -> np.dtype[Any]:
        """The dtype of a cell."""
        return np.dtype(np.uint64 if self.weighted else np.uint32)

    @property
    def unit(self) -> float:
        """What 1 in a cell stands for."""
        return UNIT if self.weighted else 1.0

    @property
    def n_bytes(self) -> int:
        """Bytes of all tables."""
        return int(self.cell.itemsize * self.n_pairs * self.n_kmers**2)

    def scratch_bytes(self, n_rows: int, n_threads: int) -> int:
        """What counting so many rows takes besides, for all threads together."""
        n_letters = len(self.alphabet)
        # never touched, so that the system gives no memory for it
        rows = np.zeros((n_rows, _core.row_bytes(self.length, n_letters)), np.uint8)
        view = _core.Seqs(rows, None, self.length, n_letters)
        return _core.scratch_bytes(view, self.k, n_threads, isa=resolve_isa())

    def check_memory(self, memory_limit: str | int) -> int:
        """The limit in bytes; ValueError where the tables need more."""
        limit = parse_bytes(memory_limit)
        if self.n_bytes > limit:
            raise ValueError(
                f"the tables of {self.n_pairs:,} pairs need {self.n_bytes:,} bytes, more than "
                f"memory_limit={limit:,}; raise it, or use pairwise_mi, which counts pair by "
                "pair"
            )
        return limit


class Tally:
    """Counts in tables of one kind, that know how much is in them and where it comes from."""

    _what: ClassVar[str]  # they are, in sentences

    def _begin(self, kind: TableKind) -> None:
        """Set everything but what is counted in."""
        self._kind = kind
        self.length, self.k, self.alphabet, self.weighted = kind
        self.n_dropped = 0
        self._total = 0  # units counted
        self._has_weights = kind.weighted
        self._incomplete = False
        self.origin: Origin | None = None
        self.run: dict[str, Any] = {}
        self._lock = threading.RLock()

    def __getstate__(self) -> dict[str, Any]:
        """Everything but the lock, for processes that send counts to each other."""
        with self._lock:
            return {name: it for name, it in self.__dict__.items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = threading.RLock()

    def in_words(self) -> str:
        """How many sequences there are, and what of their files is missing."""
        return in_words(self)

    @property
    def n_effective(self) -> float | None:
        """N_eff, the sum of the weights; None where no sequence had any."""
        return self._total * self._unit if self._has_weights else None

    @property
    def table_bytes(self) -> int:
        """Bytes that the tables may take in memory."""
        return self._kind.n_bytes

    @property
    def has_weights(self) -> bool:
        """Whether some sequence had a weight."""
        return self._has_weights

    @property
    def _unit(self) -> float:
        return self._kind.unit

    def _whole(self) -> None:
        if self._incomplete:
            raise FastMIError(
                f"an interrupted add() or merge() left these {self._what} incomplete; start "
                "anew"
            )

    # ------------------------------------------------------------------------- merging

    def _merge(self, other: Any) -> None:
        """Add another of these, which is left as it was."""
        if not isinstance(other, type(self)):
            raise TypeError(f"expected {type(self).__name__}, got {type(other).__name__}")
        if other is self:
            raise ValueError(
                f"these are the same {self._what}: each sequence would count twice"
            )
        first, second = sorted((self._lock, other._lock), key=id)  # so that two cannot wait
        with first, second:  # for each other
            self._whole()
            other._whole()
            self._check_alike(other)
            check_fits(self._total + other._total, self.weighted)
            origin = self.origin or other.origin
            if self.origin is not None and other.origin is not None:
                origin = self.origin.merged(other.origin)
            add = self._adding(other)
            self._incomplete = True
            add()
            self._total += other._total
            self._has_weights |= other._has_weights
            self.n_dropped += other.n_dropped
            self.origin, self.run = origin, together(self.run, other.run)
            self._incomplete = False

    def _check_alike(self, other: Any) -> None:
        """Raise unless the tables of another of these can be added."""
        check_alike(self, other)

    def _adding(self, other: Any) -> Callable[[], None]:
        """What adds the tables of another of these; all that may fail has been done."""
        raise NotImplementedError

    # --------------------------------------------------------------------------- files

    @classmethod
    def _load(cls, path: str | os.PathLike[str], memory_limit: str | int) -> Any:
        with Archive(path) as archive:
            return cls._out_of(archive, memory_limit)

    @classmethod
    def _out_of(cls, archive: Archive, memory_limit: str | int) -> Any:
        """Counts out of a file that is open."""
        raise NotImplementedError


def check_alike(part: Any, other: Any) -> None:
    """Raise unless the tables of two parts can be added."""
    for name in TableKind._fields:
        mine, theirs = getattr(part, name), getattr(other, name)
        if mine != theirs:
            raise ValueError(f"the parts differ in {name}: {mine} and {theirs}")
