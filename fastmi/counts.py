"""JointCounts: the exact tables of all pairs, fed block by block, evaluated at will.

Counts add: blocks in any order and merged parts give the same tables as one pass, and MI at
any pseudocount is a function of the tables alone.
"""

from __future__ import annotations

import os
import threading
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _core
from ._checks import (
    check_fits,
    check_length_k,
    check_measure,
    check_n_sequences,
    check_pair,
    check_pseudocount,
    parse_bytes,
    warn_conserved,
)
from ._columns import Column
from ._counted import UNIT, counted, kmer_counts
from ._files import Archive, whole, write_arrays
from ._origin import Origin
from ._provenance import Clock, together, versions_used
from ._run import resolve_isa, resolve_threads, run_job, useful_threads
from .alphabet import Alphabet, Unknown, get_alphabet
from .distances import distance_matrix
from .errors import FastMIError, FastMIWarning
from .io import as_sequences
from .results import (
    MIResult,
    check_format,
    in_weights,
    pair_numbers,
    square,
)

COUNTS_KIND = "fastmi joint counts"


class JointCounts:
    """Joint counts of the k-mers at every pair of positions.

    Parameters
    ----------
    length : int
        Letters in each sequence.
    k : int
        Letters in a k-mer.
    alphabet : str or Alphabet
        "dna", "rna", "protein", or the letters in the order of their codes.
    memory_limit : str or int
        Most memory for the tables, as "4GB" or in bytes. They need 4 bytes a cell, A^2k
        cells a pair: 75 MB for DNA of length 100 at k = 3, 1.1 GB at k = 4; with
        ``weighted=True`` twice that.
    weighted : bool
        Whether weights may be fractions, such as those of :func:`sequence_weights`. Whole
        numbers, such as read counts, need no such tables.

    Attributes
    ----------
    n_sequences, n_dropped, n_unknown : int
        Sequences counted, left out, and missing letters in those counted.
    n_effective : float or None
        N_eff, the sum of the weights; None where no sequence had any.
    origin : object or None
        The files that :func:`fastmi.count` counted here, and which shares of them.
    run : dict
        What that took: wall and CPU time, peak memory, threads.

    Notes
    -----
    Several threads may add to the same counts; they take turns.

    Fractions are rounded to multiples of 2^-36, so each is off by 7.3e-12 at most and a cell
    of N sequences by N times that; sums are exact from then on, below 2^27 in all. Parts
    merged in any order have the same bits.

    Examples
    --------
    >>> counts = JointCounts(length=4, k=1)
    >>> counts.add(["ACGT", "AAGT"])
    >>> counts.add(["CCGA"])
    >>> counts.n_sequences, int(counts.table(0, 1)[0, 1])
    (3, 1)
    >>> counts.mi(pseudocount=0).matrix.shape
    (4, 4)
    """

    def __init__(
        self,
        length: int,
        k: int = 3,
        *,
        alphabet: str | Alphabet = "dna",
        memory_limit: str | int = "4GB",
        weighted: bool = False,
    ) -> None:
        self._describe(length, k, get_alphabet(alphabet), memory_limit, weighted)
        self._tables: npt.NDArray[Any] = np.zeros(self._table_shape, self._cell)
        self._kmers = np.zeros((self.n_positions, self.n_kmers), np.uint64)

    def _describe(
        self,
        length: int,
        k: int,
        alphabet: Alphabet,
        memory_limit: str | int,
        weighted: bool,
    ) -> None:
        """Set everything but the arrays, whose need is checked before there are any."""
        self.alphabet = alphabet
        self.n_kmers = alphabet.n_kmers(k)
        self.length, self.k = check_length_k(length, k)
        self.n_pairs = _core.n_pairs(self.length, self.k)
        self.weighted = bool(weighted)
        self._cell = np.dtype(np.uint64 if self.weighted else np.uint32)
        need = self._cell.itemsize * self.n_pairs * self.n_kmers**2
        limit = parse_bytes(memory_limit)
        if need > limit:
            raise ValueError(
                f"the tables of {self.n_pairs:,} pairs need {need:,} bytes, more than "
                f"memory_limit={limit:,}; raise it, or use pairwise_mi, which counts pair by "
                "pair"
            )
        self._table_shape = (self.n_pairs, self.n_kmers, self.n_kmers)
        self.n_sequences = self.n_dropped = self.n_unknown = 0
        self._total = 0  # units counted
        self._has_weights = self.weighted
        self._incomplete = False
        self.origin: Origin | None = None
        self.run: dict[str, Any] = {}
        self._lock = threading.RLock()

    def __repr__(self) -> str:
        return (
            f"<JointCounts: {self.k}-mers at {self.n_pairs:,} pairs of positions, "
            f"{self.n_sequences:,} sequences, {self.alphabet.name}, "
            f"{self._tables.nbytes:,} bytes>"
        )

    def __getstate__(self) -> dict[str, Any]:
        """Everything but the lock, for processes that send counts to each other."""
        with self._lock:
            return {name: it for name, it in self.__dict__.items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = threading.RLock()

    @property
    def n_positions(self) -> int:
        """P, the number of k-mer starts."""
        return self.length - self.k + 1

    @property
    def n_effective(self) -> float | None:
        """N_eff, the sum of the weights; None where no sequence had any."""
        return self._total * self._unit if self._has_weights else None

    @property
    def _unit(self) -> float:
        return UNIT if self.weighted else 1.0

    def _whole(self) -> None:
        if self._incomplete:
            raise FastMIError(
                "an interrupted add() or merge() left these counts incomplete; start anew"
            )

    # ------------------------------------------------------------------------ feeding

    def add(
        self,
        data: object,
        *,
        weights: Column | npt.ArrayLike | None = None,
        unknown: Unknown = "error",
        column: int | str | None = None,
        n_threads: int | None = None,
        progress: bool = False,
    ) -> None:
        """Count more sequences.

        A file is read whole before it is counted, so that a bad record leaves the counts as
        they were; for files that do not fit, add the blocks of :func:`fastmi.read_blocks`.

        Parameters
        ----------
        data : PackedSequences, path-like, list of str or bytes, or array_like
            As for :func:`fastmi.pairwise_mi`; best in blocks of 10,000 and more.
        weights : array_like of shape (N,), int or str, optional
            As for :func:`fastmi.pairwise_mi`; fractions only with ``weighted=True``.
        unknown : {"error", "drop", "skip"}
            What to do with letters outside the alphabet.
        column : int or str, optional
            Which column of a table, as for :func:`fastmi.read_blocks`.
        n_threads : int, optional
            Threads to use; see :func:`fastmi.pairwise_mi`.
        progress : bool
            Whether to show progress on stderr.
        """
        sequences = as_sequences(data, self.alphabet, unknown, column, weights)
        if sequences.length != self.length:
            raise FastMIError(
                f"the sequences have length {sequences.length}, the counts {self.length}"
            )
        n = len(sequences)
        job = counted(sequences, self._unit)
        threads, isa, view = resolve_threads(n_threads), resolve_isa(), job.view
        kmers = kmer_counts(job, self.k, threads)
        threads = useful_threads(threads, self.n_pairs, n, self.n_kmers)
        with self._lock:
            self._whole()
            check_fits(self._total + job.total, self.weighted)
            self._incomplete = True
            try:
                run_job(
                    lambda control: _core.count_pairs(
                        view, self.k, threads, control, self._tables, isa=isa
                    ),
                    n * self.n_pairs,
                    "counting",
                    progress,
                )
            except MemoryError:  # before anything was counted
                self._incomplete = False
                raise
            self._kmers += kmers
            self.n_sequences += n
            self._total += job.total
            self._has_weights |= sequences.weights is not None
            self.n_dropped += sequences.n_dropped
            self.n_unknown += sequences.n_unknown
            self._incomplete = False

    def merge(self, other: JointCounts) -> None:
        """Add the counts of another part; the result is that of one pass over both.

        Parameters
        ----------
        other : JointCounts
            With the same length, k, alphabet and kind of weights. It is left as it was.

        Raises
        ------
        FastMIError
            Both know the files they were counted from (see :func:`fastmi.count`), and
            something would be counted twice.
        """
        if not isinstance(other, JointCounts):
            raise TypeError(f"expected JointCounts, got {type(other).__name__}")
        if other is self:
            raise ValueError("these are the same counts: each would count twice")
        first, second = sorted((self._lock, other._lock), key=id)  # so that two cannot wait
        with first, second:  # for each other
            self._add_counts(other)

    def _add_counts(self, other: JointCounts) -> None:
        self._whole()
        other._whole()
        for name in ("length", "k", "alphabet", "weighted"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine != theirs:
                raise ValueError(f"the parts differ in {name}: {mine} and {theirs}")
        check_fits(self._total + other._total, self.weighted)
        origin = self.origin or other.origin
        if self.origin is not None and other.origin is not None:
            origin = self.origin.merged(other.origin)
        self._incomplete = True
        self._tables += other._tables
        self._kmers += other._kmers
        self.n_sequences += other.n_sequences
        self._total += other._total
        self._has_weights |= other._has_weights
        self.n_dropped += other.n_dropped
        self.n_unknown += other.n_unknown
        self.origin, self.run = origin, together(self.run, other.run)
        self._incomplete = False

    # --------------------------------------------------------------------- evaluating

    def table(self, i: int, j: int) -> npt.NDArray[Any]:
        """Joint counts of the k-mers at i and j; sums of weights.

        Parameters
        ----------
        i, j : int
            0-based starts, i + k <= j.

        Returns
        -------
        ndarray of uint32 (float64 with ``weighted=True``), shape (M, M)
            Row: k-mer at i, column: k-mer at j, in the order of ``alphabet.kmers(k)``.
        """
        i, j = check_pair(i, j, self.n_positions, self.k)
        q = self.n_positions - self.k
        with self._lock:
            self._whole()
            table = self._tables[i * q - i * (i + 1) // 2 + j - self.k].copy()
        return in_weights(table, self._unit)

    def kmer_counts(self) -> npt.NDArray[Any]:
        """Positional k-mer counts, shape (P, M) uint64 (float64 with ``weighted=True``)."""
        with self._lock:
            self._whole()
            return in_weights(self._kmers.copy(), self._unit)

    def mi(self, pseudocount: float = 5.0, *, n_threads: int | None = None) -> MIResult:
        """Mutual information of every pair; nothing is counted again.

        Parameters
        ----------
        pseudocount : float
            In multiples of the number of sequences behind a pair, or of their weights.
        n_threads : int, optional
            Threads to use.

        Returns
        -------
        MIResult
        """
        check_pseudocount(pseudocount)
        clock = Clock()
        mi = np.empty(self.n_pairs)
        n_ij = np.empty(self.n_pairs, np.uint64)
        threads, isa = resolve_threads(n_threads), resolve_isa()
        threads = useful_threads(threads, self.n_pairs, 0, self.n_kmers)
        with self._lock:
            self._ready()
            warn_conserved(self._kmers, pseudocount, stacklevel=3)
            run_job(
                lambda control: _core.mi_tables(
                    self._tables, float(pseudocount), threads, control, mi, n_ij, isa=isa
                ),
                self.n_pairs,
                "evaluating",
            )
            matrix = square(mi, self.n_positions, self.k)
            return self._result("MI", pseudocount, matrix, n_ij, clock.record(threads))

    def distance(self, measure: str = "JS", pseudocount: float = 5.0) -> MIResult:
        """Distance between the k-mer distributions of every pair of positions.

        Parameters
        ----------
        measure : {"JS", "JS_inv", "BC", "BC_inv", "HE"}
            See :func:`fastmi.pairwise_distance`.
        pseudocount : float
            In multiples of the number of k-mers at each position.

        Returns
        -------
        MIResult
        """
        check_pseudocount(pseudocount)
        check_measure(measure)
        clock = Clock()
        with self._lock:
            self._ready()
            matrix = distance_matrix(self._kmers, self.k, measure, pseudocount)
            return self._result(measure, pseudocount, matrix, None, clock.record(1))

    def _ready(self) -> None:
        """Raise where there is nothing to evaluate; warn where something is missing."""
        self._whole()
        check_n_sequences(self.n_sequences, total=self._total)
        if self.origin is not None and not self.origin.complete:
            warnings.warn(
                f"these counts are not complete: {self.origin.missing()} is missing",
                FastMIWarning,
                stacklevel=4,
            )

    def _result(
        self,
        measure: str,
        pseudocount: float,
        matrix: npt.NDArray[np.float64],
        n_ij: npt.NDArray[np.uint64] | None,
        run: dict[str, Any],
    ) -> MIResult:
        return MIResult(
            matrix,
            measure,
            self.k,
            self.length,
            self.n_sequences,
            self.alphabet,
            float(pseudocount),
            pair_numbers(
                n_ij,
                self._total,
                self.n_positions,
                self.k,
                self._unit if self._has_weights else None,
            ),
            self.n_dropped,
            self.n_unknown,
            n_effective=self.n_effective,
            provenance={
                **self._provenance(),
                "run": {**together(self.run, run), "runs": self.run.get("runs", 1)},
            },
            source=self,
        )

    # -------------------------------------------------------------------------- files

    def _provenance(self) -> dict[str, Any]:
        made_from = {} if self.origin is None else {"origin": self.origin.to_json()}
        return {**versions_used(), **made_from, "run": self.run}

    def about(self) -> dict[str, Any]:
        """Everything but the tables, ready for JSON."""
        about: dict[str, Any] = {
            "kind": COUNTS_KIND,
            "format": 2 if self._has_weights else 1,
            "k": self.k,
            "length": self.length,
            **self.alphabet.about(),
            "n_sequences": self.n_sequences,
            "n_dropped": self.n_dropped,
            "n_unknown": self.n_unknown,
            "provenance": self._provenance(),
        }
        if self._has_weights:
            about |= {"weighted": self.weighted, "total": self._total, "unit": self._unit}
        if self.origin is not None:  # that versions which know nothing of it do not add twice
            about["format"], about["has_weights"] = 3, self._has_weights
        return about

    def save(self, path: str | os.PathLike[str], *, compress: bool = True) -> None:
        """Write the counts as ``.npz`` (arrays ``tables``, ``kmers``; JSON in ``about``).

        Parameters
        ----------
        path : path-like
            Written whole or not at all.
        compress : bool
            Whether to spend time on a smaller file.
        """
        with self._lock:
            self._whole()
            arrays = {"tables": self._tables, "kmers": self._kmers}
            write_arrays(path, self.about(), arrays, compress=compress)

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], *, memory_limit: str | int = "4GB"
    ) -> JointCounts:
        """Read what :meth:`save` wrote. Nothing in the file is executed.

        Parameters
        ----------
        path : path-like
            The file.
        memory_limit : str or int
            As for the class.

        Returns
        -------
        JointCounts
        """
        with Archive(path, COUNTS_KIND) as archive:
            about = check_format(archive, 3)
            counts = cls.__new__(cls)
            try:
                length, k = whole(about, "length", 2), whole(about, "k", 1)
                alphabet = Alphabet.from_about(about)
                alphabet.n_kmers(k)
                check_length_k(length, k)
                n = [whole(about, f) for f in ("n_sequences", "n_dropped", "n_unknown")]
                origin, run = _stored_provenance(about)
                has_weights = about["format"] == 2 or about.get("has_weights") is True
                weighted = has_weights and bool(about["weighted"])
                total = whole(about, "total") if has_weights else n[0]
                if has_weights and about["unit"] != (UNIT if weighted else 1):
                    raise ValueError(f"unit is {about['unit']!r}")
            except (KeyError, TypeError, ValueError) as error:
                raise FastMIError(f"{path}: its description is damaged ({error})") from None
            counts._describe(length, k, alphabet, memory_limit, weighted)
            counts.n_sequences, counts.n_dropped, counts.n_unknown = n
            counts._total, counts._has_weights = total, has_weights
            counts.origin, counts.run = origin, run
            counts._tables = archive.array("tables", counts._cell.str, counts._table_shape)
            counts._kmers = archive.array("kmers", "<u8", (counts.n_positions, counts.n_kmers))
        try:
            check_fits(total, weighted)
        except FastMIError as error:
            raise FastMIError(f"{path}: {error}") from None
        if _largest_sum(counts._tables) > total:
            raise FastMIError(f"{path}: its tables do not fit the number of sequences")
        return counts


def _stored_provenance(about: dict[str, Any]) -> tuple[Origin | None, dict[str, Any]]:
    made = dict(about["provenance"])
    if (about["format"] == 3) != ("origin" in made):
        raise ValueError("its origin is missing")
    origin = Origin.from_json(made["origin"]) if "origin" in made else None
    return origin, dict(made.get("run", {}))


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
