"""What counts say of themselves in a file, and whether it can be true.

Formats: 1 had no weights, 2 only weights; 3 has both, where the counts come from, and cells
as narrow as the largest count allows.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ._archive import Archive, description_of, whole
from ._checks import check_fits, check_length_k
from ._counted import UNIT
from ._origin import Origin
from ._provenance import versions_used
from ._weighting import effective
from .alphabet import Alphabet
from .errors import FastMIError

COUNTS_KIND = "fastmi joint counts"
NEWEST = 3


class StoredCounts(NamedTuple):
    """A description of counts; ``numbers``: sequences, dropped ones, missing letters."""

    length: int
    k: int
    alphabet: Alphabet
    numbers: tuple[int, int, int]
    total: int
    has_weights: bool
    weighted: bool
    cells: str


def in_words(counts: Any, where: str = "") -> str:
    """How many sequences were counted, and what of their files was not."""
    words = f"{counts.n_sequences:,} sequence{'s'[: counts.n_sequences != 1]}{where}"
    if counts.has_weights:
        words += f" (N_eff {effective(counts.n_effective)})"
    if counts.n_dropped:
        words += f", {counts.n_dropped:,} dropped"
    if counts.origin is not None and not counts.origin.complete:
        words += f"; {counts.origin.in_words()}"
    return words


def counts_provenance(counts: Any) -> dict[str, Any]:
    """How counts came to be, for the description of their file."""
    made = {} if counts.origin is None else {"origin": counts.origin.to_json()}
    return {**versions_used(), **made, "run": counts.run}


def stored_origin(archive: Archive) -> tuple[Origin | None, dict[str, Any]]:
    """Where the counts of a file come from, and what that took."""
    with description_of(archive.path):
        made = dict(archive.about["provenance"])
        origin = Origin.from_json(made["origin"]) if "origin" in made else None
        return origin, dict(made.get("run", {}))


def stored_kind(about: Mapping[str, Any]) -> tuple[int, int, Alphabet]:
    """Length, k and alphabet of stored counts, if there can be such counts."""
    length, k = whole(about, "length", 2), whole(about, "k", 1)
    alphabet = Alphabet.from_about(about)
    alphabet.n_kmers(k)
    check_length_k(length, k)
    return length, k, alphabet


def read_description(path: Path, about: Mapping[str, Any]) -> StoredCounts:
    """What is said of some counts, if there can be such counts."""
    with description_of(path):
        n_sequences, n_dropped, n_unknown = (
            whole(about, name) for name in ("n_sequences", "n_dropped", "n_unknown")
        )
        old = about["format"] == 1  # which knew no weights
        has_weights = bool(about["has_weights"]) if about["format"] > 2 else not old
        weighted = not old and bool(about["weighted"])
        total = n_sequences if old else whole(about, "total")
        if not old and about["unit"] != (UNIT if weighted else 1):
            raise ValueError(f"unit is {about['unit']!r}")
        if total != n_sequences and not has_weights:
            raise ValueError(f"total is {total}")
        numbers = (n_sequences, n_dropped, n_unknown)
        cells = _stored_cells(about, weighted)
        return StoredCounts(*stored_kind(about), numbers, total, has_weights, weighted, cells)


def check_sums(
    path: Path,
    tables: npt.NDArray[Any],
    kmers: npt.NDArray[np.uint64],
    stored: StoredCounts,
) -> None:
    """Raise where tables or positional counts hold more, or less, than was counted."""
    try:
        check_fits(stored.total, stored.weighted)
    except FastMIError as error:
        raise FastMIError(f"{path}: {error}") from None
    exact = stored.numbers[2] == 0  # no letter is missing: every position has each sequence
    short = exact and bool((kmers.sum(axis=1, dtype=np.uint64) != stored.total).any())
    if short or _largest_sum(tables) > stored.total:
        raise FastMIError(f"{path}: its tables do not fit the number of sequences")


def narrowest(tables: npt.NDArray[Any]) -> str:
    """The smallest dtype that holds all cells."""
    return np.min_scalar_type(tables.max(initial=0)).newbyteorder("<").str


def _stored_cells(about: Mapping[str, Any], weighted: bool) -> str:
    """The dtype of the tables in a file, which is never wider than in memory."""
    widest = "<u8" if weighted else "<u4"
    if about["format"] < 3:
        return widest
    cells = about["cells"]
    if cells not in ("|u1", "<u2", "<u4", widest):
        raise ValueError(f"cells are {cells!r}")
    return str(cells)


def _largest_sum(tables: npt.NDArray[Any]) -> int:
    """The most that one table holds; exact, whatever its cells are."""
    if tables.dtype == np.uint32:
        return int(tables.sum(axis=(1, 2), dtype=np.uint64).max())
    return max(_sum_of(table) for table in tables)


def _sum_of(table: npt.NDArray[Any]) -> int:
    """In two halves, as the cells of a damaged file may sum to more than 64 bits."""
    low = (table & np.uint64(0xFFFFFFFF)).sum(dtype=np.uint64)
    high = (table >> np.uint64(32)).sum(dtype=np.uint64)
    return (int(high) << 32) + int(low)
