"""JointCounts: the exact tables of all pairs, fed block by block, evaluated at will.

Counts add: blocks in any order and merged parts give the same tables as one pass, and MI at
any pseudocount is a function of the tables alone.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _core
from ._checks import (
    check_fits,
    check_measure,
    check_n_sequences,
    check_pair,
    check_pseudocount,
    warn_conserved,
)
from ._columns import Column
from ._counted import Counted, counted, kmer_counts
from ._counts_file import COUNTS_KIND, counts_provenance
from ._files import write_arrays
from ._pair_tables import PairTables
from ._provenance import Clock, together
from ._run import resolve_isa, resolve_threads, run_job, useful_threads
from ._strands import both_tables, turned_kmers
from ._tally import TableKind
from .alphabet import Alphabet, Unknown, get_alphabet
from .distances import distance_matrix
from .errors import FastMIError, FastMIWarning
from .io import as_blocks, as_sequences, given_blocks
from .results import (
    MIResult,
    in_weights,
    pair_numbers,
    square,
)


class JointCounts(PairTables):
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
        kind = TableKind.of(length, k, get_alphabet(alphabet), weighted)
        kind.check_memory(memory_limit)
        self._begin(kind)
        self._tables = np.zeros(kind.shape, kind.cell)
        self._kmers = None
        if not self._all_paired:
            self._kmers = np.zeros((self.n_positions, self.n_kmers), np.uint64)

    def __repr__(self) -> str:
        return (
            f"<JointCounts: {self.k}-mers at {self.n_pairs:,} pairs of positions, "
            f"{self.n_sequences:,} sequences, {self.alphabet.name}, "
            f"{self._tables.nbytes:,} bytes>"
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
        data : PackedSequences, source, path-like, list of str or bytes, array_like or iterator
            As for :func:`fastmi.pairwise_mi`; best in blocks of 10,000 and more. Of an
            iterator's blocks, or a source's, those before a bad one are counted.
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
        blocks = as_blocks(data)
        if blocks is not None and (weights is None or isinstance(data, Iterator)):
            for block in given_blocks(blocks, self.alphabet, unknown, column, weights):
                self.add(block, n_threads=n_threads)
            return
        sequences = as_sequences(data, self.alphabet, unknown, column, weights)
        if sequences.length != self.length:
            raise FastMIError(
                f"the sequences have length {sequences.length}, the counts {self.length}"
            )
        self._count(counted(sequences, self._unit), n_threads, progress)

    def _count(self, job: Counted, n_threads: int | None, progress: bool) -> None:
        """Add sequences of this length and alphabet, with numbers in these units."""
        sequences, n = job.sequences, len(job.sequences)
        threads, isa, view = resolve_threads(n_threads), resolve_isa(), job.view
        kmers, n_unknown = None, sequences.n_unknown  # looked for in all letters: once
        if n_unknown or self._kmers is not None:
            kmers = kmer_counts(job, self.k, threads)
        threads = useful_threads(threads, self.n_pairs, n, self.n_kmers)
        with self._lock:
            self._whole()
            if kmers is not None or self._kmers is not None:
                self._kmers = self._positional()
                kmers = kmer_counts(job, self.k, threads) if kmers is None else kmers
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
            if self._kmers is not None and kmers is not None:
                self._kmers += kmers
            self.n_sequences += n
            self._total += job.total
            self._has_weights |= job.weighted
            self.n_dropped += sequences.n_dropped
            self.n_unknown += n_unknown
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
        self._merge(other)

    def symmetrised(self, *, memory_limit: str | int = "4GB") -> JointCounts:
        r"""The counts of both strands: of the sequences and their reverse complements.

        Parameters
        ----------
        memory_limit : str or int
            As for the class; the tables are there twice for a while.

        Returns
        -------
        JointCounts
            The same number of sequences, each of which counts twice, once on each strand:
            ``n_effective`` is twice what it was.

        Raises
        ------
        ValueError
            The letters have no complements.

        Notes
        -----
        With rc(a) the reverse complement of a,

        .. math::
            c'_{ij}(a, b) = c_{ij}(a, b) + c_{P-1-j, P-1-i}(rc(b), rc(a)),

        so that a map of them is its own mirror image, to the bit: the cells (i, j) and
        (P-1-j, P-1-i) are equal. The pseudocount goes with the sum of a table, so that
        halves of these counts would give the same map; its bias is that of 2 N sequences, as
        two pairs are counted together. The mean of a map and its mirror image is another
        thing: it has the whole bias, and treats each strand as known.

        Examples
        --------
        >>> counts = JointCounts(length=2, k=1)
        >>> counts.add(["AC", "AC", "GT"])
        >>> both = counts.symmetrised()
        >>> both.n_sequences, both.n_effective, int(both.table(0, 1)[0, 1])
        (3, 6.0, 3)
        """
        turned = turned_kmers(self.alphabet, self.k)
        self._kind.check_memory(memory_limit)
        with self._lock:
            self._whole()
            check_fits(2 * self._total, self.weighted)
            both: JointCounts = JointCounts.__new__(JointCounts)
            both._begin(self._kind)
            both._tables = both_tables(self._tables, self.n_positions, self.k, turned)
            both._kmers = None
            if self._kmers is not None:
                both._kmers = self._kmers + self._kmers[::-1, turned]
            both.n_sequences, both.n_dropped = self.n_sequences, self.n_dropped
            both.n_unknown, both.run = self.n_unknown, dict(self.run)
            both._total, both._has_weights = 2 * self._total, True
            both.origin = None if self.origin is None else self.origin.both_strands()
        return both

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
        with self._lock:
            self._whole()
            table = self._table(i, j).copy()
        return in_weights(table, self._unit)

    def in_units(self) -> tuple[npt.NDArray[Any], float]:
        """All tables, and what 1 in them stands for.

        Returns
        -------
        ndarray of uint32 (uint64 with ``weighted=True``), shape (pairs, M, M)
            Pairs i-major, as they are held: not to be written to, nor used while more is
            counted.
        float
            1, or the unit of fractions, 2^-36.
        """
        with self._lock:
            self._whole()
        return self._tables, self._unit

    def kmer_counts(self) -> npt.NDArray[Any]:
        """Positional k-mer counts, shape (P, M) uint64 (float64 with ``weighted=True``)."""
        with self._lock:
            self._whole()
            return in_weights(self._positional(), self._unit)

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
            warn_conserved(self._positional(), pseudocount, stacklevel=3)
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
            matrix = distance_matrix(self._positional(), self.k, measure, pseudocount)
            return self._result(measure, pseudocount, matrix, None, clock.record(1))

    def _ready(self) -> None:
        """Raise where there is nothing to evaluate; warn where something is missing."""
        self._whole()
        check_n_sequences(self.n_sequences, total=self._total)
        if self.origin is not None and not self.origin.complete:
            warnings.warn(
                f"these counts are not complete; missing: {self.origin.missing()}",
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
                **counts_provenance(self),
                "run": {**together(self.run, run), "runs": self.run.get("runs", 1)},
            },
            source=self,
        )

    # -------------------------------------------------------------------------- files

    def about(self) -> dict[str, Any]:
        """Everything but the tables, ready for JSON."""
        return {
            "kind": COUNTS_KIND,
            **self._description(),
            "provenance": counts_provenance(self),
        }

    def save(self, path: str | os.PathLike[str], *, compress: bool = False) -> None:
        """Write the counts as ``.npz`` (arrays ``tables``, ``kmers``; JSON in ``about``).

        Parameters
        ----------
        path : path-like
            Written whole or not at all.
        compress : bool
            Whether to spend time on a smaller file; plain, a table's cells take one, two,
            four or eight bytes, as the largest count needs.
        """
        with self._lock:
            self._whole()
            about = self.about()
            cells = {"tables": about["cells"]}
            write_arrays(path, about, self._arrays(), cells=cells, compress=compress)

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
        counts: JointCounts = cls._load(path, memory_limit)
        return counts
