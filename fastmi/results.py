"""MIResult: a map of all pairs of positions, what was done to get it, and ways to read it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol, TextIO

import numpy as np
import numpy.typing as npt

from ._archive import Archive
from ._checks import EPISTASIS, check_pair, check_reference
from ._files import text_file, write_arrays, write_lines
from ._result_file import RESULT_KIND, about_result, stored_fields
from ._weighting import effective
from .alphabet import Alphabet
from .pair_table import kmer_contributions, pair_lines, pair_rows

Matrix = npt.NDArray[np.float64]
UNITS = {
    **dict.fromkeys(("MI", "MI_APC", "MI_ASC", "CMI"), "bits"),
    **dict.fromkeys(("BC", "BC_inv"), "nats"),
}


class TableSource(Protocol):
    """Something that can give the joint counts of one pair."""

    def table(self, i: int, j: int) -> npt.NDArray[Any]:
        """Joint counts of the k-mers at i and j, shape (M, M); sums of weights."""
        ...


@dataclass(frozen=True, eq=False, repr=False)
class MIResult:
    r"""A measure of dependence between the k-mers at every pair of positions.

    Counted from sequences, or, as :func:`fastmi.dependency_map` does, from what a model makes
    of double mutants.

    Attributes
    ----------
    matrix : ndarray of float64, shape (P, P)
        P = length - k + 1. Cell [i, j] belongs to the k-mers that start at i and j (0-based).
        Symmetric; NaN where they overlap, \|i - j\| < k.
    measure : str
        "MI" (bits), "JS", "JS_inv", "BC" (nats), "BC_inv" (nats) or "HE"; of epistasis
        "EP_rms", "EP_mean" or "EP_abs", in units of the model's score. What ``fastmi.stats``
        makes of MI: "MI_APC", "MI_ASC" (bits, either sign), "CMI" (bits), and "NMI_sument",
        "NMI_minent", "NMI_maxent", "NMI_mincon", "NMI_maxcon" or "NMI_joint".
    k, length, n_sequences : int
        Letters in a k-mer; letters in, and number of, the sequences counted.
    alphabet : Alphabet
        What the sequences are made of.
    pseudocount : float
        In multiples of the number of sequences behind a pair, or of their weights; 0 for
        epistasis, which counts nothing.
    n_pair : ndarray of int64, shape (P, P), or None
        Sequences behind each cell, where missing letters make it differ from
        ``n_sequences``. With weights: the sums of their weights, float64.
    n_dropped, n_unknown : int
        Sequences left out for unknown letters; missing letters in those counted.
    n_effective : float or None
        N_eff, the sum of the weights; None where every sequence counts once.
    standard_error : ndarray of float64, shape (P, P), or None
        Of each cell, for the sequences being a sample; only epistasis has it.
    first_position : int
        Number of the first letter in labels and plots (-33 makes letter 33 number 0).
    reference : str or None
        A sequence whose letters go into the labels, such as the wild type.
    provenance : dict
        Version, threads, kernel and whatever else was recorded.
    source : object or None
        Where the counts are, for ``top_kmers``; not saved.
    """

    matrix: Matrix
    measure: str
    k: int
    length: int
    n_sequences: int
    alphabet: Alphabet
    pseudocount: float
    n_pair: npt.NDArray[Any] | None = None
    n_dropped: int = 0
    n_unknown: int = 0
    first_position: int = 0
    reference: str | None = None
    n_effective: float | None = None
    standard_error: Matrix | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)
    source: TableSource | None = None

    def __array__(
        self, dtype: npt.DTypeLike | None = None, copy: bool | None = None
    ) -> npt.NDArray[Any]:
        array = self.matrix if dtype is None else self.matrix.astype(dtype)
        return array.copy() if copy else array

    def __repr__(self) -> str:
        return (
            f"<MIResult: {self.measure} of {self.k}-mers at {self.n_positions} positions, "
            f"{self.in_words()}, {self.alphabet.name}{self.smoothing}>"
        )

    @property
    def smoothing(self) -> str:
        """Words for the pseudocount, where there is one."""
        return f", pseudocount {self.pseudocount:g}" if self.is_counted else ""

    @property
    def is_counted(self) -> bool:
        """Whether this is a measure of how often k-mers occur together."""
        return self.measure not in EPISTASIS

    def in_words(self) -> str:
        """How many sequences there are, and how many they count as."""
        words = f"{self.n_sequences:,} sequence{'s'[: self.n_sequences != 1]}"
        return words + (
            "" if self.n_effective is None else f" (N_eff {effective(self.n_effective)})"
        )

    @property
    def n_positions(self) -> int:
        """P, the number of k-mer starts."""
        return int(self.matrix.shape[0])

    @property
    def unit(self) -> str:
        """Unit of the matrix, or "" where it has none."""
        return UNITS.get(self.measure, "")

    # ---------------------------------------------------------------------- positions

    def with_positions(
        self, first_position: int | None = None, reference: str | None = None
    ) -> MIResult:
        """The same result with other position numbers and labels.

        Parameters
        ----------
        first_position : int, optional
            Number of the first letter.
        reference : str, optional
            Sequence of ``length`` letters to label the positions with.

        Returns
        -------
        MIResult
        """
        if first_position is not None:
            if not isinstance(first_position, int | np.integer) or isinstance(
                first_position, bool
            ):
                raise TypeError(
                    f"first_position must be a whole number, got {first_position!r}"
                )
            first_position = int(first_position)
        check_reference(reference, self.length)
        return replace(
            self,
            first_position=self.first_position if first_position is None else first_position,
            reference=self.reference if reference is None else reference,
        )

    def label(self, i: int) -> str:
        """Name of position i: its number, after the reference's k-mer if there is one.

        Examples
        --------
        >>> import fastmi
        >>> r = fastmi.pairwise_mi(["ACGT", "TTGA"], k=1)
        >>> r.label(2), r.with_positions(1, "ACGT").label(2)
        ('2', 'G3')
        """
        letters = "" if self.reference is None else self.reference[i : i + self.k]
        return f"{letters}{i + self.first_position}"

    def pairs(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Indices (i, j) of all pairs with j - i >= k, i-major."""
        return np.triu_indices(self.n_positions, self.k)

    # ------------------------------------------------------------------------- tables

    def top_pairs(self, n: int | None = 20) -> npt.NDArray[Any]:
        """The strongest pairs.

        Parameters
        ----------
        n : int, optional
            How many; None for all.

        Returns
        -------
        ndarray, structured
            Columns ``i``, ``j`` (0-based starts), ``distance`` (j - i), ``value`` (in
            ``unit``), ``n`` (sequences; the sum of their weights, float64, if they have some),
            ``standard_error`` where there is one, ``label_i``, ``label_j``; largest value
            first (of mean epistasis, of either sign), ties by i, then j; NaN last.
            ``pandas.DataFrame`` takes it as it is.
        """
        i, j = self.pairs()
        values = self.matrix[i, j]
        strengths = np.abs(values) if self.measure == "EP_mean" else values
        order = np.argsort(-strengths, kind="stable")[:n]
        i, j = i[order], j[order]
        n_all = self.n_sequences if self.n_effective is None else self.n_effective
        numbers = np.full(len(i), n_all) if self.n_pair is None else self.n_pair[i, j]
        kind = np.int64 if self.n_effective is None else np.float64
        columns = {"value": values[order], "n": numbers.astype(kind)}
        if self.standard_error is not None:
            columns["standard_error"] = self.standard_error[i, j]
        return pair_rows(self, i, j, columns)

    def by_distance(self) -> npt.NDArray[Any]:
        """Mean and maximum over the pairs of each distance.

        Returns
        -------
        ndarray, structured
            Columns ``distance`` (k .. P-1, letters from start to start), ``mean``, ``max``
            (in ``unit``), ``n_pairs``; pairs without a value do not count.
        """
        distances = range(self.k, self.n_positions)
        table = np.empty(
            len(distances),
            [
                ("distance", np.int64),
                ("mean", np.float64),
                ("max", np.float64),
                ("n_pairs", np.int64),
            ],
        )
        for row, distance in zip(table, distances, strict=True):
            values = np.diagonal(self.matrix, distance)
            values = values[~np.isnan(values)]
            some = values.size > 0
            row["distance"], row["n_pairs"] = distance, values.size
            row["mean"] = values.mean() if some else np.nan
            row["max"] = values.max() if some else np.nan
        return table

    def top_distances(
        self, n: int | None = 5, *, min_distance: int | None = None
    ) -> npt.NDArray[Any]:
        """The distances with the largest means.

        Parameters
        ----------
        n : int, optional
            How many; None for all.
        min_distance : int, optional
            The shortest distance that counts, in letters; by default k. With the length of a
            motif, pairs that may be within one motif do not count.

        Returns
        -------
        ndarray, structured
            Rows of :meth:`by_distance`, largest mean first; those without a value last.

        Examples
        --------
        >>> import fastmi
        >>> r = fastmi.pairwise_mi(["AAT", "CCT", "AAG", "CCG"], k=1, pseudocount=0)
        >>> r.top_distances(1)["distance"].tolist()
        [1]
        """
        table = self.by_distance()
        table = table[table["distance"] >= (self.k if min_distance is None else min_distance)]
        return table[np.argsort(-table["mean"], kind="stable")[:n]]

    def adjacent(self) -> npt.NDArray[Any]:
        """Values of neighbouring k-mers, the pairs (i, i + k).

        Returns
        -------
        ndarray, structured
            Columns ``i`` (0-based start of the first k-mer) and ``value`` (in ``unit``).
        """
        values = np.diagonal(self.matrix, self.k)
        table = np.empty(len(values), [("i", np.int64), ("value", np.float64)])
        table["i"], table["value"] = np.arange(len(values)), values
        return table

    def top_kmers(
        self, i: int, j: int, n: int | None = 10, *, source: TableSource | None = None
    ) -> npt.NDArray[Any]:
        """The k-mer pairs that contribute most to one cell of an MI map.

        Parameters
        ----------
        i, j : int
            0-based starts, i + k <= j.
        n : int, optional
            How many, at most, of the observed pairs; None for all cells of the table.
        source : JointCounts, optional
            Where the counts are, for a result that was loaded from a file.

        Returns
        -------
        ndarray, structured
            Columns ``kmer_i``, ``kmer_j``, ``count`` (sum of weights, float64, if these are
            fractions), ``expected`` (count under
            independence) and ``contribution`` (bits, p log2(p / (p_i p_j)) with the result's
            pseudocount; those of all cells sum to the map's), largest contribution first.
        """
        if self.measure != "MI":
            raise ValueError(f"contributions belong to MI, this is a map of {self.measure}")
        tables = source or self.source
        if tables is None:
            raise ValueError(
                "the counts behind this result are not here; give source=, a JointCounts of "
                "the same sequences"
            )
        i, j = check_pair(i, j, self.n_positions, self.k)
        return kmer_contributions(
            tables.table(i, j), self.alphabet.kmers(self.k), self.pseudocount, n
        )

    # -------------------------------------------------------------------------- files

    def to_plotmi(self, path: str | os.PathLike[str] | None = None) -> Matrix:
        """The matrix in PlotMI's layout, and optionally as its file.

        Parameters
        ----------
        path : path-like, optional
            Tab-separated text is written here, gzipped if the name ends in ``.gz``.

        Returns
        -------
        ndarray of float64, shape (L - 2k + 1, L - 2k + 1)
            Cell [i, j - k] belongs to the pair (i, j), and so does its mirror.
        """
        upper = np.triu(self.matrix[: -self.k, self.k :])
        matrix: Matrix = upper + np.triu(upper, 1).T
        if path is not None:
            with text_file(path, 9) as stream:
                np.savetxt(stream, matrix, delimiter="\t")
        return matrix

    def to_tsv(self, target: str | os.PathLike[str] | TextIO, *, top_kmers: int = 100) -> None:
        """Write all pairs as a tab-separated table, strongest first.

        Columns: those of :meth:`top_pairs` (the value named by measure and unit), and for an
        MI map whose counts are here ``top_kmers``: up to three k-mer pairs as
        ``kmer_i~kmer_j:count:bits``, separated by ``;``, or ``.``.

        Parameters
        ----------
        target : path-like or text stream
            A file is written whole or not at all; ``.gz`` is compressed.
        top_kmers : int
            Rows that get their k-mers.
        """
        value_name = self.measure.lower() + (f"_{self.unit}" if self.unit else "")
        known = self.measure == "MI" and self.source is not None and top_kmers > 0
        kmers = partial(self.top_kmers, n=3) if known else None
        threads = dict(self.provenance.get("run", {})).get("threads", 1)  # as it was made with
        pairs = self.top_pairs(None)
        write_lines(target, pair_lines(pairs, value_name, kmers, top_kmers, int(threads)))

    def about(self) -> dict[str, Any]:
        """Everything but the numbers, ready for JSON."""
        return about_result(self)

    def arrays(self, ending: str = "") -> dict[str, npt.NDArray[Any]]:
        """The numbers as they are saved.

        Parameters
        ----------
        ending : str
            What is added to their names.

        Returns
        -------
        dict of ndarray
        """
        named = {
            "matrix": self.matrix,
            "n_pair": self.n_pair,
            "standard_error": self.standard_error,
        }
        return {f"{name}{ending}": array for name, array in named.items() if array is not None}

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the result as ``.npz``: arrays, and JSON in ``about``.

        Arrays are ``matrix``, and ``n_pair`` and ``standard_error`` where they are there.

        Parameters
        ----------
        path : path-like
            Written whole or not at all.
        """
        write_arrays(path, self.about(), self.arrays())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> MIResult:
        """Read what :meth:`save` wrote. Nothing in the file is executed.

        Parameters
        ----------
        path : path-like
            The file.

        Returns
        -------
        MIResult
        """
        with Archive(path, RESULT_KIND) as archive:
            return stored_result(archive, archive.about)


def stored_result(archive: Archive, about: Mapping[str, Any], ending: str = "") -> MIResult:
    """A result in a file, of its description; its arrays' names have this ending."""
    return MIResult(**stored_fields(archive, about, ending))


def square(
    values: npt.NDArray[Any], n_positions: int, k: int, empty: Any = np.nan
) -> npt.NDArray[Any]:
    """Pair values, i-major, as the symmetric (P, P) matrix."""
    matrix = np.full((n_positions, n_positions), empty, values.dtype)
    i, j = np.triu_indices(n_positions, k)
    matrix[i, j] = matrix[j, i] = values
    return matrix


def pair_numbers(
    n_ij: npt.NDArray[np.uint64] | None,
    total: int,
    n_positions: int,
    k: int,
    unit: float | None = None,
) -> npt.NDArray[Any] | None:
    """N_ij as a matrix (0 in the overlapping band), or None where it is that of all.

    Parameters
    ----------
    n_ij : ndarray of uint64, or None
        In units, pair by pair.
    total : int
        That of all sequences.
    n_positions, k : int
        Positions, and the least distance of a pair.
    unit : float, optional
        That of the weights; without weights, None.
    """
    if n_ij is None or bool((n_ij == total).all()):
        return None
    numbers = n_ij.astype(np.int64) if unit is None else n_ij * unit
    return square(numbers, n_positions, k, 0)


def in_weights(table: npt.NDArray[Any], unit: float) -> npt.NDArray[Any]:
    """Counts as they are; those of fractions as sums of weights."""
    return table if unit == 1 else table * unit
