"""sequence_weights: how much each sequence of an alignment counts, where many are alike."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from . import _core
from ._checks import check_identity, check_n_sequences
from ._run import resolve_isa, resolve_threads, run_job
from .alphabet import Alphabet, Unknown
from .io import as_sequences

Gaps: TypeAlias = Literal["match", "ignore"]


def sequence_weights(
    data: object,
    identity: float = 0.8,
    *,
    gaps: Gaps = "match",
    alphabet: str | Alphabet | None = None,
    unknown: Unknown = "error",
    column: int | str | None = None,
    n_threads: int | None = None,
    progress: bool = False,
) -> npt.NDArray[np.float64]:
    r"""Weights that count a group of alike sequences as about one.

    Every sequence is compared with every other, exactly; no clustering, no sampling. The sum
    of the weights is the effective number of sequences, N_eff (also called M_eff).

    Parameters
    ----------
    data : PackedSequences, source, path-like, list of str or bytes, or array_like
        N sequences of one length L, as for :func:`pairwise_mi`.
    identity : float
        Sequences at least this alike are neighbours, above 0 and at most 1. 0.8 is the usual
        choice (plmc's ``--theta 0.2``); 1 makes neighbours of equal sequences only.
    gaps : {"match", "ignore"}
        What a missing letter is. "match": one more letter, equal to any other missing one,
        so that the identity is the share of equal columns among all L. "ignore": equal to
        nothing, and left out of the length: the identity of n with m is the share of n's own
        letters that m has too. It differs from that of m with n where they have gaps at
        different places.
    alphabet : str or Alphabet, optional
        "dna" (the default), "rna", "protein", or the letters in the order of their codes.
    unknown : {"error", "drop", "skip"}
        Letters outside the alphabet, gaps among them: raise, leave the sequence out (it has
        no weight), or take them as missing. Alignments want "skip".
    column : int or str, optional
        Files that are tables: number (the first is 1) or name of the column that holds the
        sequences.
    n_threads : int, optional
        As for :func:`pairwise_mi`; the weights are the same for any number.
    progress : bool
        Whether to show progress on stderr.

    Returns
    -------
    ndarray of float64, shape (N,)
        1 / (number of neighbours, the sequence itself included), in the order of the data;
        for ``weights=`` of :func:`pairwise_mi` and of :meth:`JointCounts.add`, or
        :meth:`PackedSequences.with_weights`. Weights that the data have do not matter here.

    Raises
    ------
    FastMIError
        The data cannot be used: which sequence, where and why.
    ValueError, TypeError
        A parameter is wrong.

    Notes
    -----
    With x_n the sequences and theta the identity asked for,

    .. math::
        w_n = 1 \Big/ \Big|\Big\{m : \frac{1}{L} \sum_{i=1}^{L} [x_{ni} = x_{mi}]
        \geq \theta\Big\}\Big|, \quad N_{eff} = \sum_n w_n

    (Morcos et al. 2011, Ekeberg et al. 2013, Hopf et al. 2017). With ``gaps="ignore"``, the
    sum and L take only the columns where x_n has a letter. The threshold is a whole number
    of matches: the least m with m / L >= theta, so that 0.8 of 10 columns is 8.

    In plmc and in EVcouplings' first weights gaps are one more letter and the threshold
    itself is enough: the defaults here. GREMLIN and ProDy want more than the threshold,
    which differs only where theta L is a whole number. "ignore" is what EVcouplings calls
    ``nogaps`` and, but for the threshold itself, what EVE does. A sequence without any
    letter is then its own only neighbour.

    References
    ----------
    Morcos F. et al.: Direct-coupling analysis of residue coevolution captures native contacts
    across many protein families (2011), doi:10.1073/pnas.1111471108.

    Ekeberg M. et al.: Improved contact prediction in proteins: using pseudolikelihoods to
    infer Potts models (2013), doi:10.1103/PhysRevE.87.012707.

    Hopf T. A. et al.: Mutation effects predicted from sequence co-variation (2017),
    doi:10.1038/nbt.3769.

    Examples
    --------
    >>> import fastmi
    >>> w = fastmi.sequence_weights(["ACGTA", "ACGTC", "TTTTT"])
    >>> w.tolist(), float(w.sum())
    ([0.5, 0.5, 1.0], 2.0)
    """
    threshold = check_identity(identity)
    if gaps not in _core.GAPS:
        raise ValueError(f"gaps must be one of {', '.join(get_args(Gaps))}, got {gaps!r}")
    threads, isa = resolve_threads(n_threads), resolve_isa()
    sequences = as_sequences(data, alphabet, unknown, column)
    n = len(sequences)
    check_n_sequences(n, sequences.n_dropped)
    view = sequences.view
    neighbours = np.empty(n, np.uint32)
    run_job(
        lambda control: _core.count_neighbours(
            view,
            threshold,
            _core.GAPS[gaps],
            threads,
            control,
            neighbours,
            isa=isa,
        ),
        n * (n - 1) // 2,
        "comparing",
        progress,
    )
    return 1.0 / neighbours
