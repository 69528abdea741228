"""conditional_mi: what two positions tell of each other where a third thing is known.

Positions that both follow the composition of a sequence, or both follow a third position,
depend on each other for no reason of their own.  Sequences are put into classes by what is
given, each class is counted as a set of its own, and the maps are averaged.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _core
from .._checks import check_length_k, check_n_sequences, check_pseudocount, warn_conserved
from .._columns import Column
from .._counted import Counted, counted, kmer_counts, mi_of_pairs
from .._provenance import Clock, versions_used
from .._run import resolve_threads
from ..alphabet import Alphabet, Unknown
from ..errors import FastMIError, FastMIWarning
from ..io import as_sequences
from ..results import MIResult, pair_numbers, square
from .classes import Classes, classes_by, labelled


def conditional_mi(
    data: object,
    given: Any,
    k: int = 3,
    *,
    bins: int = 5,
    weights: Column | npt.ArrayLike | None = None,
    alphabet: str | Alphabet | None = None,
    pseudocount: float = 5.0,
    unknown: Unknown = "error",
    column: int | str | None = None,
    n_threads: int | None = None,
    progress: bool = False,
) -> MIResult:
    r"""Mutual information of every pair of positions, given something else.

    Parameters
    ----------
    data : PackedSequences, source, path-like, list of str or bytes, or array_like
        N sequences of one length L, as for :func:`fastmi.pairwise_mi`; all are in memory.
    given : int, slice, "gc" or array_like of shape (N,)
        A position, whose letter is given; a slice of positions, whose k-mer is
        (``slice(20, 23)``); the GC content of each sequence, in bins; or a label for each
        sequence of the data, such as a batch, a cluster or a bin of scores.
    k : int
        Letters in a k-mer, as for :func:`fastmi.pairwise_mi`.
    bins : int
        For "gc": how many bins, with as equal numbers of sequences as can be; those of one
        GC content stay together.
    weights, alphabet, pseudocount, unknown, column, n_threads, progress
        As for :func:`fastmi.pairwise_mi`. The pseudocount is in multiples of the number of
        sequences in a class. Sequences in which a given letter is missing, or which have no
        letter at all, do not count, and are among ``n_dropped``.

    Returns
    -------
    MIResult
        Measure "CMI", in bits; NaN where k-mers overlap each other, or the letters that are
        given. Its provenance has ``given``: ``what`` it was, the ``classes`` with the number
        (sum of weights) of each, and ``expected_bias`` in bits.

    Raises
    ------
    FastMIError
        The data cannot be used, or there are more than 4,096 classes.
    ValueError, TypeError
        A parameter is wrong.

    Warns
    -----
    FastMIWarning
        Classes have fewer sequences than a joint table has cells.

    Notes
    -----
    With N_z the number of sequences of class z (those with both k-mers, where letters are
    missing; sums of weights, where there are some),

    .. math::
        MI_{ij|Z} = \sum_z \frac{N_z}{N} MI(i; j \mid Z = z).

    Each class has a finite-sample bias of its own, so that with C classes, M k-mers and
    pseudocount p that of all is about

    .. math:: \frac{C (M - 1)^2}{2 N \ln 2 \, (1 + p)^2},

    C times that of the unconditional map: this is ``expected_bias``, for N that of all pairs,
    and an overestimate where k-mers are rare. Compare a map with one of
    labels that were shuffled, not with an unconditional map.

    GC bins take away what composition makes, up to what is left inside a bin. The GC content
    has the two positions in it: given a sum, its parts repel each other. At exactly known GC
    that is about 1 / (2 (L - 1)^2 ln 2) bits a pair of single letters (4.7e-4 at L = 40), in
    wide bins less.

    Knowing more does not always take dependence away: given what both positions cause (a
    third one that is their parity), independent positions become dependent.

    References
    ----------
    Cover T. M., Thomas J. A.: Elements of Information Theory (2006), section 2.5,
    doi:10.1002/047174882X.

    Examples
    --------
    >>> import fastmi
    >>> xor = ["AAA", "ACC", "CAC", "CCA"] * 25
    >>> fastmi.pairwise_mi(xor, k=1, pseudocount=0).matrix[0, 1].round(3)
    np.float64(0.0)
    >>> fastmi.stats.conditional_mi(xor, 2, k=1, pseudocount=0).matrix[0, 1].round(3)
    np.float64(1.0)
    """
    clock, threads = Clock(), resolve_threads(n_threads)
    check_pseudocount(pseudocount)
    labels = labelled(given)
    # as scores, labels go with those sequences that are dropped
    of = None if labels is None else labels.of
    try:
        sequences = as_sequences(data, alphabet, unknown, column, weights, of)
    except ValueError as error:
        raise ValueError(str(error).replace("scores", "labels")) from None
    n_kmers = sequences.alphabet.n_kmers(k)
    length, k = check_length_k(sequences.length, k)
    job = counted(sequences)
    check_n_sequences(len(sequences), sequences.n_dropped, job.total)
    if labels is None:
        classes = classes_by(job, given, bins)
    else:
        assert sequences.scores is not None
        classes = labels._replace(of=sequences.scores.astype(np.int64))
    known = np.flatnonzero(classes.of >= 0)
    if not len(known):
        raise FastMIError(f"no sequence has {classes.given}: its letters are missing in all")
    warn_conserved(kmer_counts(job, k, threads), pseudocount, stacklevel=3)
    n_positions = length - k + 1
    total, value, sizes = _averaged(job, classes, k, pseudocount, threads, progress)
    unit = job.unit if job.weighted else None
    n_all = sum(sizes)
    check_n_sequences(len(known), total=n_all)
    _warn_small(classes, [size * job.unit for size in sizes], n_kmers)
    matrix = square(value, n_positions, k)
    letters = classes.letters
    over = slice(max(letters.start - k + 1, 0), letters.stop) if letters else slice(0)
    matrix[over] = matrix[:, over] = np.nan
    n_used = sum(size > 0 for size in sizes)
    bias = n_used * (n_kmers - 1) ** 2 / (2 * np.log(2) * n_all * job.unit)
    return MIResult(
        matrix,
        "CMI",
        k,
        length,
        len(known),
        sequences.alphabet,
        float(pseudocount),
        pair_numbers(total, n_all, n_positions, k, unit),
        sequences.n_dropped + len(sequences) - len(known),
        sequences[known].n_unknown,
        n_effective=None if unit is None else n_all * unit,
        provenance={
            **versions_used(),
            "given": {
                "what": classes.given,
                "classes": [
                    {"class": name, "n": size if unit is None else size * unit}
                    for name, size in zip(classes.names, sizes, strict=True)
                ],
                "expected_bias": float(bias / (1 + pseudocount) ** 2),
            },
            "run": clock.record(threads),
        },
    )


def _averaged(
    job: Counted, classes: Classes, k: int, pseudocount: float, n_threads: int, progress: bool
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.float64], list[int]]:
    """Numbers and conditional MI of every pair, and the number of each class, in units."""
    n_pairs = _core.n_pairs(job.sequences.length, k)
    value, total, sizes = np.zeros(n_pairs), np.zeros(n_pairs, np.uint64), []
    for z in range(len(classes.names)):
        part = job.take(np.flatnonzero(classes.of == z))
        sizes.append(part.total)
        if part.total == 0:  # all of weight 0
            continue
        what = f"counting {classes.names[z]}"
        mi, n_ij = mi_of_pairs(part, k, pseudocount, n_threads, what, progress)
        value += np.where(n_ij > 0, mi, 0.0) * n_ij
        total += n_ij
    with np.errstate(invalid="ignore"):
        return total, value / total, sizes


def _warn_small(classes: Classes, sizes: list[float], n_kmers: int) -> None:
    """Say which classes are too small for their tables."""
    few = [n for n in sizes if 0 < n < n_kmers**2]
    if few:
        warnings.warn(
            f"{len(few)} of {len(sizes)} classes of {classes.given} have fewer sequences (the "
            f"least {min(few):,.6g}) than a joint table has cells ({n_kmers**2:,}), so that "
            "what they show is mostly bias. Take fewer classes, a smaller k, or more sequences",
            FastMIWarning,
            stacklevel=3,
        )
