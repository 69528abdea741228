"""Whether the maps of selections are real: tests, and what was scored, kept for them.

The nulls "additive" and "pool" draw from all sequences that were scored. These are kept,
packed, with their scores, as long as that fits into memory: drawing takes from anywhere, and to
make them again would be to make all of them for every set. Where they do not fit nothing is
tested, and a warning says so before anything is scored.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from . import _core
from ._gather import Gatherer
from ._numbers import Doubles
from .errors import FastMIError, FastMIWarning
from .results import MIResult
from .selection import Selection
from .sequences import PackedSequences
from .sources import Source
from .stats.additive import MOST_NUMBERS
from .stats.result import Significance
from .stats.testing import significance

NULLS = ("additive", "pool", "independence", "distance")
_OF_POOLS = ("additive", "pool")
_EACH = 80  # bytes a sequence that fitting and drawing take, beside its letters and scores
_LETTER = 10  # and of each letter that is fitted


class NullTests:
    """Tests of the maps of selections, all under one null.

    Parameters
    ----------
    null : str or None
        One of ``NULLS``; None for no tests.
    source : Source
        What is scored.
    n_heads : int
        The model's scores of each, as far as is known.
    limit : int
        Bytes that what is kept, and what drawing from it takes, may have.
    n_sets : int or None
        As for :func:`fastmi.significance`.
    n_threads : int
        To count with.
    progress : bool
        Whether to show progress on stderr.
    """

    def __init__(
        self,
        null: str | None,
        source: Source,
        n_heads: int,
        limit: int,
        n_sets: int | None,
        n_threads: int,
        progress: bool,
    ) -> None:
        if null is not None and null not in NULLS:
            raise ValueError(f"null must be one of {', '.join(NULLS)}, or None, got {null!r}")
        self._null, self._source, self._limit = null, source, limit
        self._n_sets, self._n_threads, self._progress = n_sets, n_threads, progress
        self._gathered = Gatherer()
        self._scores: Doubles | None = None
        self._pool: PackedSequences | None = None
        self._keeps = null in _OF_POOLS
        self._check(n_heads)

    def _check(self, n_heads: int) -> None:
        """Keep nothing, and say so, where it is too much."""
        need = bytes_kept(self._source, n_heads)
        if self._keeps and need > self._limit:
            warnings.warn(
                f"nothing is tested: the null {self._null!r} needs all {len(self._source):,} "
                f"sequences with their scores, {need:,} bytes, more than "
                f"memory_limit={self._limit:,}; raise it, or take null='independence', which "
                "needs none of them",
                FastMIWarning,
                stacklevel=4,
            )
            self._keeps, self._null = False, None

    def offer(self, block: PackedSequences, scores: Doubles, start: int) -> None:
        """Look at a block and its scores, shape (n, heads), after all before it."""
        if self._keeps and self._scores is None:
            self._check(scores.shape[1])
            self._scores = np.empty((len(self._source) * self._keeps, scores.shape[1]))
        if not self._keeps or self._scores is None:
            return
        self._scores[start : start + len(block)] = scores
        if not isinstance(self._source, PackedSequences):
            self._gathered.add(block)

    def significance(
        self, result: MIResult, selection: Selection, head: int
    ) -> Significance | None:
        """Which pairs of a selection's map are real; None, and a warning, where that fails."""
        if self._null is None:
            return None
        more: dict[str, Any] = {}
        try:
            if self._keeps:
                assert self._scores is not None
                if selection.how == "all":
                    raise FastMIError("it takes all sequences, so that nothing was chosen")
                more = {"pool": self._all(), "selection": selection}
                if self._null == "additive":
                    more["scores"] = np.ascontiguousarray(self._scores[:, head])
            return significance(
                result,
                null=self._null,
                n_sets=self._n_sets,
                n_threads=self._n_threads,
                progress=self._progress,
                **more,
            )
        except FastMIError as error:
            warnings.warn(
                f"'{selection}' is not tested under the null {self._null!r}: {error}",
                FastMIWarning,
                stacklevel=3,
            )
            return None

    def _all(self) -> PackedSequences:
        if isinstance(self._source, PackedSequences):
            return self._source
        if self._pool is None:
            self._pool = self._gathered.finish()
        return self._pool


def bytes_kept(source: Source, n_heads: int) -> int:
    """What keeping all that is scored, and drawing from it, takes."""
    n, size = len(source), len(source.alphabet)
    rows = 0 if isinstance(source, PackedSequences) else _core.row_bytes(source.length, size)
    letters = min(n * source.length * size, MOST_NUMBERS)
    return n * (rows + 8 * n_heads + _EACH) + letters * _LETTER


def in_advance(null: str | None, source: Source, limit: int, n_sets: int | None) -> str:
    """What a test will take, in words; empty where it is little, or cannot be."""
    if null not in _OF_POOLS or (need := bytes_kept(source, 1)) > limit:
        return ""
    return (
        f"null {null!r}: {n_sets or 100} times as many sequences are chosen from all "
        f"{len(source):,}, which are kept for that, with some {max(need / 1e6, 1):,.0f} MB"
    )
