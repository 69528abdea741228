"""PairTables: what joint counts hold, and how it adds up, is looked up, and lies in a file.

The tables of all pairs have the counts of k-mers at each position as their margins, unless
letters are missing or a position has no pair: then these are counted, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from ._archive import Archive
from ._counts_file import (
    COUNTS_KIND,
    NEWEST,
    check_sums,
    narrowest,
    read_description,
    stored_origin,
)
from ._tally import TableKind, Tally
from .errors import FastMIError

Counts = TypeVar("Counts", bound="PairTables")


class PairTables(Tally):
    """Tables of all pairs of positions; sequences get into them elsewhere."""

    _what = "counts"
    _tables: npt.NDArray[Any]
    _kmers: npt.NDArray[np.uint64] | None  # where they do not follow from the tables

    def _begin(self, kind: TableKind) -> None:
        super()._begin(kind)
        self.n_kmers, self.n_pairs = kind.n_kmers, kind.n_pairs
        self.n_sequences = self.n_unknown = 0

    @property
    def n_positions(self) -> int:
        """P, the number of k-mer starts."""
        return self.length - self.k + 1

    def _adding(self, other: Any) -> Callable[[], None]:
        kmers = None
        if self._kmers is not None or other._kmers is not None:
            kmers = self._positional() + other._positional()

        def add() -> None:
            self._tables += other._tables
            self._kmers = kmers
            self.n_sequences += other.n_sequences
            self.n_unknown += other.n_unknown

        return add

    # -------------------------------------------------------------------- looking up

    def _positional(self) -> npt.NDArray[np.uint64]:
        """Positional k-mer counts, in units; a new array."""
        if self._kmers is not None:
            return self._kmers.copy()
        kmers = np.empty((self.n_positions, self.n_kmers), np.uint64)
        for i in range(self.n_positions):
            first = i < self.n_positions - self.k
            table = self._table(i, i + self.k) if first else self._table(i - self.k, i)
            table.sum(axis=int(first), dtype=np.uint64, out=kmers[i])
        return kmers

    @property
    def _all_paired(self) -> bool:
        """Whether every position is in some pair."""
        return self.n_positions >= 2 * self.k

    def _take_positional(self, kmers: npt.NDArray[np.uint64], path: str) -> None:
        """The positional counts of a file, which follow from the tables if none is missing."""
        self._kmers = None if self._all_paired and self.n_unknown == 0 else kmers
        if not np.array_equal(self._positional(), kmers):
            raise FastMIError(f"{path}: its tables do not fit its k-mer counts")

    def _table(self, i: int, j: int) -> npt.NDArray[Any]:
        """The table of a pair, in units; a view."""
        q = self.n_positions - self.k
        table: npt.NDArray[Any] = self._tables[i * q - i * (i + 1) // 2 + j - self.k]
        return table

    # ------------------------------------------------------------------------- files

    def _description(self) -> dict[str, Any]:
        """What :meth:`_read` has to know beside the arrays."""
        return {
            "format": NEWEST,
            "has_weights": self._has_weights,
            "weighted": self.weighted,
            "total": self._total,
            "unit": self._unit,
            "cells": narrowest(self._tables),
            "k": self.k,
            "length": self.length,
            **self.alphabet.about(),
            "n_sequences": self.n_sequences,
            "n_dropped": self.n_dropped,
            "n_unknown": self.n_unknown,
        }

    def _arrays(self, ending: str = "") -> dict[str, npt.NDArray[Any]]:
        return {f"tables{ending}": self._tables, f"kmers{ending}": self._positional()}

    @classmethod
    def _out_of(cls: type[Counts], archive: Archive, memory_limit: str | int) -> Counts:
        archive.check_kind(COUNTS_KIND)
        counts = cls._read(archive, archive.check_format(NEWEST), memory_limit)
        counts.origin, counts.run = stored_origin(archive)
        return counts

    @classmethod
    def _read(
        cls: type[Counts],
        archive: Archive,
        about: Mapping[str, Any],
        memory_limit: str | int,
        ending: str = "",
    ) -> Counts:
        """Counts out of a file, from what describes them there."""
        counts, path = cls.__new__(cls), archive.path
        stored = read_description(path, about)
        kind = TableKind(stored.length, stored.k, stored.alphabet, stored.weighted)
        kind.check_memory(memory_limit)
        counts._begin(kind)
        counts.n_sequences, counts.n_dropped, counts.n_unknown = stored.numbers
        counts._total, counts._has_weights = stored.total, stored.has_weights
        counts._tables = archive.array(
            f"tables{ending}", stored.cells, kind.shape, kind.cell.str
        )
        kmers = archive.array(f"kmers{ending}", "<u8", (counts.n_positions, counts.n_kmers))
        counts._take_positional(kmers, str(path))
        check_sums(path, counts._tables, kmers, stored)
        return counts
