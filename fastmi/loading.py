"""load: open a file that fastmi wrote, whichever it is; read_plotmi: one of the original's."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from ._archive import Archive
from ._checks import MEASURES, check_measure
from ._counts_file import COUNTS_KIND
from .alphabet import Alphabet, get_alphabet
from .counts import JointCounts
from .errors import FastMIError
from .gia.effects import EFFECTS_KIND, Effects
from .gia.kmer_search import KMER_SEARCH_KIND, KmerSearch
from .interpretation import INTERPRETATION_KIND, Interpretation
from .ism import MUTAGENESIS_KIND, Mutagenesis
from .results import MIResult, square
from .score_bins import SCORE_BINS_KIND, ScoreBins, load_counts
from .stats.differences import DIFFERENCE_KIND, MIDifference
from .stats.intervals import INTERVALS_KIND, MIIntervals
from .stats.result import SIGNIFICANCE_KIND, Significance
from .stats.summary import NULL_SUMMARY_KIND, NullSummary

Opened: TypeAlias = (
    MIResult
    | JointCounts
    | ScoreBins
    | Interpretation
    | Mutagenesis
    | Effects
    | KmerSearch
    | Significance
    | NullSummary
    | MIIntervals
    | MIDifference
)

_READERS: dict[str, Callable[..., Opened]] = {
    COUNTS_KIND: load_counts,
    DIFFERENCE_KIND: MIDifference.load,
    EFFECTS_KIND: Effects.load,
    INTERVALS_KIND: MIIntervals.load,
    INTERPRETATION_KIND: Interpretation.load,
    KMER_SEARCH_KIND: KmerSearch.load,
    NULL_SUMMARY_KIND: NullSummary.load,
    MUTAGENESIS_KIND: Mutagenesis.load,
    SCORE_BINS_KIND: load_counts,
    SIGNIFICANCE_KIND: Significance.load,
}


def load(path: str | os.PathLike[str]) -> Opened:
    """Open a file that fastmi wrote, whatever it holds. Nothing in it is executed.

    Parameters
    ----------
    path : path-like
        A ``.npz`` that :meth:`MIResult.save`, :meth:`Interpretation.save`,
        :meth:`Mutagenesis.save`, :meth:`Effects.save`, :meth:`KmerSearch.save`,
        :meth:`Significance.save`, :meth:`NullSummary.save`, :meth:`MIIntervals.save`,
        :meth:`MIDifference.save`, :meth:`JointCounts.save` or
        :meth:`ScoreBins.save` wrote.

    Returns
    -------
    MIResult, Interpretation, Mutagenesis, Effects, KmerSearch, Significance, NullSummary,
    MIIntervals, MIDifference,
    JointCounts or ScoreBins

    Raises
    ------
    FastMIError
        The file is foreign, cut off, damaged or of a newer format.
    """
    with Archive(path) as archive:
        kind = archive.about["kind"]
    return _READERS.get(kind, MIResult.load)(path)


def read_plotmi(
    path: str | os.PathLike[str],
    k: int = 3,
    *,
    measure: str = "MI",
    alphabet: str | Alphabet = "dna",
    pseudocount: float = 5.0,
    n_sequences: int = 0,
) -> MIResult:
    """Read a matrix that the original PlotMI (or :meth:`MIResult.to_plotmi`) wrote.

    Parameters
    ----------
    path : path-like
        Tab-separated text, shape (L - 2k + 1, L - 2k + 1), possibly gzipped.
    k : int
        Letters in a k-mer. The file does not say it, nor what follows.
    measure : {"MI", "JS", "JS_inv", "BC", "BC_inv", "HE"}
        What the matrix holds.
    alphabet, pseudocount, n_sequences
        What it was made from, for labels and the record.

    Returns
    -------
    MIResult
        Without counts, so ``top_kmers`` needs a ``source``.
    """
    kind = get_alphabet(alphabet)
    kind.n_kmers(k)
    check_measure(measure, MEASURES)
    try:
        matrix = np.loadtxt(path, delimiter="\t", ndmin=2)
    except OSError as error:
        raise FastMIError(f"cannot read {path}: {error.strerror or error}") from None
    except (ValueError, EOFError) as error:
        raise FastMIError(f"{path} is not a matrix of PlotMI: {error}") from None
    size = len(matrix)
    if matrix.shape != (size, size) or size == 0:
        raise FastMIError(f"{path} is not a matrix of PlotMI: its shape is {matrix.shape}")
    i, j = np.triu_indices(size)
    values = matrix[i, j]
    if not np.array_equal(values, matrix[j, i], equal_nan=True):
        raise FastMIError(f"{path} is not a matrix of PlotMI: it is not symmetric")
    n_positions = size + k
    return MIResult(
        square(values, n_positions, k),
        measure,
        k,
        n_positions + k - 1,
        n_sequences,
        kind,
        pseudocount,
        provenance={"plotmi": str(path)},
    )
