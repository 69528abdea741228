"""ScoreBins: joint counts by score, so that any selection by score is made afterwards.

Nobody knows beforehand which share of the scores tells most.  With the counts of each bin of
scores kept apart, "top 1%", "> 0.9" and "bottom 10%" are sums of bins: nothing is scored or
counted again, and the sum is what counting the selected sequences alone would give.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ._archive import Archive, description_of, whole
from ._checks import check_fits
from ._columns import Column
from ._counted import Counted, counted
from ._counts_file import (
    counts_provenance,
    in_words,
    stored_kind,
    stored_origin,
)
from ._files import write_arrays
from ._numbers import Doubles
from ._run import Progress, resolve_threads
from ._score_cuts import SHARES, Bins, check_edges, quantile_edges
from ._tally import TableKind, Tally, check_alike
from ._waiting import Waiting, step_of
from .alphabet import Alphabet, Unknown, get_alphabet
from .counts import JointCounts
from .errors import FastMIError, FastMIWarning
from .io import as_sequences
from .selection import Selection, parse_bins_selection

SCORE_BINS_KIND = "fastmi score bins"


@dataclass(frozen=True)
class ScoreSelection:
    """The counts of the sequences that a selection takes, and which these are.

    Attributes
    ----------
    counts : JointCounts
        Their joint counts, a copy.
    asked : str
        The selection, as "top 1%".
    rule : str
        Which scores were taken, as "> 0.9132"; "all" where every one was.
    threshold : float
        The edge in the rule; infinite where all were taken.
    n_sequences : int
        How many were taken.
    share : float
        Of all sequences that were counted.
    exact : bool
        Whether they are the ones asked for: all and only those beyond the threshold, or as
        many as asked for.
    """

    counts: JointCounts
    asked: str
    rule: str
    threshold: float
    n_sequences: int
    share: float
    exact: bool


class ScoreBins(Tally):
    """Joint counts of sequences in bins of their scores.

    Parameters
    ----------
    length, k
        As for :class:`JointCounts`.
    edges : array_like of numbers, shape (m,)
        Between the bins, ascending: m of them make m + 1 bins (-inf, e_1], (e_1, e_2], ...
        (e_m, inf), so that "> e" and "<= e" are exact at an edge. See :meth:`edges_from`.
    alphabet : str or Alphabet
        "dna", "rna", "protein", or the letters in the order of their codes.
    memory_limit : str or int
        Most memory for the tables of all bins, as "4GB" or in bytes; each needs what one
        :class:`JointCounts` does, from when a sequence falls into it. A selection takes once
        more that.
    weighted : bool
        Whether weights may be fractions, as for :class:`JointCounts`.

    Attributes
    ----------
    n_dropped : int
        Sequences left out for unknown letters; they are in no bin.
    origin, run
        As of :class:`JointCounts`.

    Notes
    -----
    Several threads may add to the same bins; they take turns.

    Examples
    --------
    >>> bins = ScoreBins(4, 1, edges=[0.5, 0.9])
    >>> bins.add(["ACGT", "AAGT", "CCGA"], scores=[0.95, 0.2, 0.7])
    >>> bins.n_in_bins.tolist()
    [1, 1, 1]
    >>> chosen = bins.select("> 0.5")
    >>> chosen.n_sequences, chosen.exact, int(chosen.counts.table(0, 1)[0, 1])
    (2, True, 1)
    """

    _what = "bins"

    def __init__(
        self,
        length: int,
        k: int = 3,
        *,
        edges: npt.ArrayLike,
        alphabet: str | Alphabet = "dna",
        memory_limit: str | int = "4GB",
        weighted: bool = False,
    ) -> None:
        kind = TableKind.of(length, k, get_alphabet(alphabet), weighted)  # of each bin
        self._limit = kind.check_memory(memory_limit)
        self._begin(kind)
        self._known = Bins(check_edges(edges))
        if self.table_bytes > self._limit:
            raise ValueError(
                f"the tables of {self.n_bins:,} bins, {kind.n_bytes:,} bytes each, need "
                f"{self.table_bytes:,} bytes, more than memory_limit={self._limit:,}; raise "
                "it, or give fewer edges"
            )
        self._bins: list[JointCounts | None] = [None] * self.n_bins
        self._waiting = Waiting()
        self._n_threads = 1

    def __repr__(self) -> str:
        n = self.n_sequences
        scores = f" with scores {self._known.lows.min():.4g} to {self._known.highs.max():.4g}"
        return (
            f"<ScoreBins: {self.k}-mers of length {self.length} in {self.n_bins:,} bins, "
            f"{n:,} sequences{scores if n else ''}, {self.alphabet.name}, up to "
            f"{self.table_bytes:,} bytes>"
        )

    @property
    def edges(self) -> Doubles:
        """The edges between the bins, shape (m,), read-only."""
        return self._known.edges

    @property
    def n_bins(self) -> int:
        """Number of bins, m + 1."""
        return len(self.edges) + 1

    @property
    def n_in_bins(self) -> npt.NDArray[np.int64]:
        """Number of sequences in each bin, shape (m + 1,)."""
        return self._known.numbers.copy()

    @property
    def n_sequences(self) -> int:
        """Number of sequences in all bins."""
        return int(self._known.numbers.sum())

    @property
    def table_bytes(self) -> int:
        """Bytes that the tables of all bins may take in memory."""
        return self.n_bins * self._kind.n_bytes

    def in_words(self) -> str:
        """As :meth:`JointCounts.in_words`, and how many bins there are."""
        return in_words(self, f" in {self.n_bins:,} bins by score")

    @staticmethod
    def edges_from(scores: npt.ArrayLike, shares: Iterable[float] = SHARES) -> Doubles:
        """Edges that suit a sample of scores: its quantiles, close together at both ends.

        Parameters
        ----------
        scores : array_like of numbers, shape (N,)
            A sample, in any order; the first 100,000 of a million will do.
        shares : iterable of float
            Which shares of the scores to cut off at either end, above 0 and at most 0.5.

        Returns
        -------
        ndarray of float64
            Scores that occur; fewer where scores are equal, none where all are.

        Examples
        --------
        >>> ScoreBins.edges_from(range(1, 101), [0.01, 0.1, 0.5]).tolist()
        [1.0, 10.0, 50.0, 90.0, 99.0]
        """
        return quantile_edges(scores, shares)

    # ------------------------------------------------------------------------ feeding

    def add(
        self,
        data: object,
        *,
        scores: Column | npt.ArrayLike | None = None,
        weights: Column | npt.ArrayLike | None = None,
        unknown: Unknown = "error",
        column: int | str | None = None,
        n_threads: int | None = None,
        progress: bool = False,
    ) -> None:
        """Put more sequences into their bins.

        They may wait for others before they are counted, which does not show. Data that
        cannot be used are refused before anything changes.

        Parameters
        ----------
        data : PackedSequences, source, path-like, list of str or bytes, or array_like
            As for :meth:`JointCounts.add`; in blocks of any size.
        scores : array_like of shape (N,), int or str, optional
            A finite number for each sequence, or which column of a table holds them. By
            default those of packed sequences and stores.
        weights, unknown, column, n_threads, progress
            As for :meth:`JointCounts.add`.
        """
        threads = resolve_threads(n_threads)
        sequences = as_sequences(data, self.alphabet, unknown, column, weights, scores)
        if sequences.length != self.length:
            raise FastMIError(
                f"the sequences have length {sequences.length}, the bins {self.length}"
            )
        if sequences.scores is None:
            raise FastMIError(
                "the sequences have no scores; give scores=, one number for each sequence, or "
                "the column of a table"
            )
        numbers = counted(sequences, self._unit).numbers
        bare = sequences.with_weights(None).with_scores(None)
        job = Counted(bare, numbers, self._unit)
        step = step_of(job)
        with self._lock:
            self._whole()
            check_fits(self._total + job.total, self.weighted)
            self._n_threads = threads
            for start in range(0, len(sequences), step):
                rows = slice(start, start + step)
                try:
                    self._put(job.take(rows), sequences.scores[rows], progress)
                except BaseException:
                    self._incomplete |= start > 0  # a part of the data is in
                    raise
            self._has_weights |= job.weighted
            self.n_dropped += sequences.n_dropped

    def _put(self, job: Counted, scores: Doubles, progress: bool) -> None:
        """Let rows wait, sorted into their bins; those that wait may have to go first."""
        bins = self._known.of(scores)
        order = np.argsort(bins, kind="stable")
        job = job.take(order)
        found, starts = np.unique(bins[order], return_index=True)
        stops = [*starts[1:].tolist(), len(order)]
        if self._waiting.full(job):
            self._flush(progress)
        self._incomplete = True
        for b, start, stop in zip(found.tolist(), starts.tolist(), stops, strict=True):
            self._waiting.put(b, job.take(slice(start, stop)))
        self._known.add(bins, scores)
        self._total += job.total
        self._incomplete = False

    def _flush(self, progress: bool = False) -> None:
        """Count the rows that wait; where something is refused, the rest waits on."""
        n = self._waiting.n_rows
        bar = Progress(n, "counting", progress)
        try:
            while (first := self._waiting.first()) is not None:
                counts = self._counts_of(first[0])
                self._incomplete = True
                try:
                    counts._count(first[1], self._n_threads, False)
                except Exception:
                    self._incomplete = counts._incomplete
                    raise
                self._waiting.drop_first()
                self._incomplete = False
                bar.update(n - self._waiting.n_rows)
        finally:
            bar.close()

    def _counts_of(self, b: int) -> JointCounts:
        """The counts of a bin, made when there is something to count."""
        found = self._bins[b]
        if found is None:
            found = self._bins[b] = self._no_counts()
        return found

    def _no_counts(self) -> JointCounts:
        return JointCounts(
            self.length,
            self.k,
            alphabet=self.alphabet,
            memory_limit=self._limit,
            weighted=self.weighted,
        )

    def merge(self, other: ScoreBins) -> None:
        """Add the counts of another part; the result is that of one pass over both.

        Parameters
        ----------
        other : ScoreBins
            With the same edges, length, k, alphabet and kind of weights. It is left as it
            was.
        """
        self._merge(other)

    def _check_alike(self, other: ScoreBins) -> None:
        super()._check_alike(other)
        if not np.array_equal(self.edges, other.edges):
            raise ValueError(
                f"the parts differ in edges: {_shown(self.edges)} and {_shown(other.edges)}"
            )

    def _adding(self, other: ScoreBins) -> Callable[[], None]:
        self._flush()
        other._flush()
        parts = [
            (self._counts_of(b), theirs)
            for b, theirs in enumerate(other._bins)
            if theirs is not None
        ]

        def add() -> None:
            for mine, theirs in parts:
                mine.merge(theirs)
            self._known.merge(other._known)

        return add

    # ---------------------------------------------------------------------- selecting

    def select(self, what: str | Selection) -> ScoreSelection:
        """The counts of the sequences with some scores; nothing is counted again.

        Parameters
        ----------
        what : str
            "> 0.9", ">= 0.9", "< 0.1", "<= 0.1", or "top 1%", "bottom 10%", "top 100000",
            "bottom 500", in shares or numbers of the sequences that were counted.

        Returns
        -------
        ScoreSelection

        Raises
        ------
        ValueError
            The text is none of these.
        FastMIError
            No sequence is selected.

        Notes
        -----
        A selection is made of whole bins. Where they cannot give just what was asked for,
        the edge is used that is nearest in the number of sequences ("top", "bottom") or in
        the score, and a :class:`FastMIWarning` says so. Sequences with equal scores are in
        one bin, so that none of them is taken without the others.
        """
        chosen = what if isinstance(what, Selection) else parse_bins_selection(what)
        with self._lock:
            self._whole()
            cut, total = self._known.find(chosen), self.n_sequences
            self._flush()
            counts = self._no_counts()
            for part in self._bins[cut.at :] if chosen.high else self._bins[: cut.at]:
                if part is not None:
                    counts.merge(part)
            origin, counts.run = self.origin, dict(self.run)
        threshold = self._known.thresholds[cut.at]
        rule = (
            f"{'>' if chosen.high else '<='} {threshold}" if np.isfinite(threshold) else "all"
        )
        if not cut.exact:
            warnings.warn(
                f"asked for {chosen}, and the bins give {rule}: {cut.n:,} of {total:,} "
                f"sequences, {cut.n / total:.3%}; other edges would come nearer",
                FastMIWarning,
                stacklevel=2,
            )
        if origin is not None:
            counts.origin = origin.selected(rule)
        return ScoreSelection(
            counts, str(chosen), rule, threshold, cut.n, cut.n / total, cut.exact
        )

    # -------------------------------------------------------------------------- files

    def save(self, path: str | os.PathLike[str], *, compress: bool = False) -> None:
        """Write the bins as ``.npz``, each with the arrays of :meth:`JointCounts.save`.

        Parameters
        ----------
        path : path-like
            Written whole or not at all.
        compress : bool
            As for :meth:`JointCounts.save`.
        """
        with self._lock:
            about = self.about()
            arrays: dict[str, npt.NDArray[Any]] = {
                "edges": self.edges,
                "lows": self._known.lows,
                "highs": self._known.highs,
            }
            cells = {}
            for b, part in enumerate(self._bins):
                if part is not None:
                    arrays |= part._arrays(f"_{b}")
                    cells[f"tables_{b}"] = about["bins"][b]["cells"]
            write_arrays(path, about, arrays, cells=cells, compress=compress)

    def about(self) -> dict[str, Any]:
        """Everything but the tables, ready for JSON."""
        shared = {"k": self.k, "length": self.length, **self.alphabet.about()}
        with self._lock:
            self._whole()
            self._flush()
            return {
                "kind": SCORE_BINS_KIND,
                "format": 1,
                **shared,
                "weighted": self.weighted,
                "n_sequences": self.n_sequences,
                "n_dropped": self.n_dropped,
                "n_edges": len(self.edges),
                "bins": [
                    part and {f: v for f, v in part._description().items() if f not in shared}
                    for part in self._bins
                ],
                "provenance": counts_provenance(self),
            }

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], *, memory_limit: str | int = "4GB"
    ) -> ScoreBins:
        """Read what :meth:`save` wrote. Nothing in the file is executed.

        Parameters
        ----------
        path : path-like
            The file.
        memory_limit : str or int
            As for the class.

        Returns
        -------
        ScoreBins
        """
        bins: ScoreBins = cls._load(path, memory_limit)
        return bins

    @classmethod
    def _out_of(cls, archive: Archive, memory_limit: str | int) -> ScoreBins:
        archive.check_kind(SCORE_BINS_KIND)
        about = archive.check_format(1)
        with description_of(archive.path):
            length, k, alphabet = stored_kind(about)
            weighted, n_edges = bool(about["weighted"]), whole(about, "n_edges")
            n_dropped, described = whole(about, "n_dropped"), about["bins"]
            if not isinstance(described, list) or len(described) != n_edges + 1:
                raise ValueError("bins")
            if not all(d is None or isinstance(d, dict) for d in described):
                raise ValueError("bins")
        edges = archive.array("edges", "<f8", (n_edges,))
        with description_of(archive.path):
            check_edges(edges)
        bins = cls(
            length,
            k,
            edges=edges,
            alphabet=alphabet,
            memory_limit=memory_limit,
            weighted=weighted,
        )
        for b, own in enumerate(described):
            if own is not None:
                part = JointCounts._read(archive, {**about, **own}, bins._limit, f"_{b}")
                with description_of(archive.path):
                    check_alike(bins, part)
                bins._take_over(b, part)
        bins._known.lows = archive.array("lows", "<f8", (bins.n_bins,))
        bins._known.highs = archive.array("highs", "<f8", (bins.n_bins,))
        with description_of(archive.path):
            bins._known.check()
        bins.origin, bins.run = stored_origin(archive)
        try:
            check_fits(bins._total, weighted)
        except FastMIError as error:
            raise FastMIError(f"{archive.path}: {error}") from None
        bins.n_dropped = n_dropped
        return bins

    def _take_over(self, b: int, part: JointCounts) -> None:
        """Make these the counts of a bin that had none."""
        self._bins[b] = part
        self._known.numbers[b] = part.n_sequences
        self._total += part._total
        self._has_weights |= part._has_weights


Saved: TypeAlias = JointCounts | ScoreBins


def load_counts(path: str | os.PathLike[str], *, memory_limit: str | int = "4GB") -> Saved:
    """Counts out of a file, by score or not."""
    with Archive(path) as archive:
        by_score = archive.about["kind"] == SCORE_BINS_KIND
        found: Saved = (ScoreBins if by_score else JointCounts)._out_of(archive, memory_limit)
    return found


def _shown(edges: Doubles) -> str:
    some = ", ".join(f"{edge}" for edge in edges[:5].tolist())
    return f"{len(edges)} edges ({some}{', ...' if len(edges) > 5 else ''})"
