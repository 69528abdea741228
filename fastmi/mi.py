"""From sequences to a map in one call: pairwise_mi and pairwise_distance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _core
from ._checks import (
    check_length_k,
    check_measure,
    check_n_sequences,
    check_pair,
    check_pseudocount,
    warn_conserved,
)
from ._columns import Column
from ._counted import Counted, counted, kmer_counts, mi_of_pairs
from ._provenance import Clock, versions_used
from ._run import resolve_isa, resolve_threads, useful_threads
from ._strands import with_other_strand
from ._streams import Held, as_held
from .alphabet import Alphabet, Unknown
from .counts import JointCounts
from .distances import distance_matrix
from .results import MIResult, in_weights, pair_numbers, square

# Sequences, spread evenly, that are looked at for conserved positions: enough to know whether
# one k-mer is nearly everywhere, and half a millisecond where all would take longer than MI.
_LOOKED_AT = 4_096
_MOST_HELD = "4GB"  # where the caller has no say


@dataclass(frozen=True)
class SequenceTables:
    """Counts one pair of a sequence set when it is asked for."""

    job: Counted
    k: int

    def table(self, i: int, j: int) -> npt.NDArray[Any]:
        """Joint counts of the k-mers at i and j, shape (M, M); sums of weights."""
        sequences = self.job.sequences
        i, j = check_pair(i, j, sequences.length - self.k + 1, self.k)
        m = sequences.alphabet.n_kmers(self.k)
        table = np.zeros((m, m), np.uint64)
        _core.count_pair(self.job.view, self.k, i, j, table)
        return in_weights(table, self.job.unit)


def pairwise_mi(
    data: object,
    k: int = 3,
    *,
    weights: Column | npt.ArrayLike | None = None,
    alphabet: str | Alphabet | None = None,
    pseudocount: float = 5.0,
    unknown: Unknown = "error",
    column: int | str | None = None,
    unique: bool = False,
    both_strands: bool = False,
    memory_limit: str | int = "4GB",
    n_threads: int | None = None,
    progress: bool = False,
) -> MIResult:
    r"""Mutual information between the k-mers at every pair of positions.

    Pair by pair, exact counts, MI in bits. Memory is the packed sequences plus a scratch a
    thread that stays bounded whatever N and L: for DNA below 12 MB up to k = 3 and 50 MB
    beyond (70 MB at k = 6 from 4 million sequences on), for proteins below 4 MB at k = 1 and
    30 MB beyond (42 and 260 MB at k = 2 and 3 from 4 million on); and from k = 5 on, proteins
    k = 2, the k-mers of all positions, 134 MB at most. Weights take 24 bytes a sequence; and
    small whole numbers a copy of the packed sequences for each bit that they have on average
    (eight at most), others and long k-mers 6 bytes a sequence and thread. For streams and
    for several pseudocounts use :class:`JointCounts`.

    Parameters
    ----------
    data : PackedSequences, source, path-like, list of str or bytes, array_like or iterator
        N sequences of one length L. A string is a path (see :func:`fastmi.read_blocks` for
        the formats; "-" is stdin), and a list of ``pathlib.Path`` several files. Arrays:
        letters or integer codes of shape (N, L), or one-hot of shape (N, L, A) or (N, A, L).
        An iterator gives blocks of any of these, and a source, as ``fastmi.simulate`` gives
        them, makes its own.
    k : int
        Letters in a k-mer; 1 to 6 for DNA and RNA, 1 to 3 for proteins, at most L / 2.
    weights : array_like of shape (N,), int or str, optional
        How much each sequence counts, from 0 up, such as its number of reads or what
        :func:`sequence_weights` gives; for files that are tables also the number (the first
        is 1) or the name of the column that says it. A whole number counts exactly as so
        many copies would; fractions are rounded to multiples of 2^-36 (1.5e-11) and then
        summed exactly, so that the result has the same bits for any order. By default the
        weights of PackedSequences that have some, else every sequence counts once.
    alphabet : str or Alphabet, optional
        "dna" (the default), "rna", "protein", or the letters in the order of their codes.
    pseudocount : float
        Mass spread evenly over all cells, in multiples of N (of N_ij with
        ``unknown="skip"``; of the sum of the weights, where there are some). 5 is PlotMI's
        default and keeps small samples quiet; 0 is the plain estimate, and the one for data
        with conserved positions, which any pseudocount makes look dependent (a
        :class:`FastMIWarning` says so).
    unknown : {"error", "drop", "skip"}
        Letters outside the alphabet: raise, leave the sequence out, or leave out only the
        k-mers with such a letter, so that each pair has its own number of sequences.
    column : int or str, optional
        Files that are tables: number (the first is 1) or name of the column that holds the
        sequences.
    unique : bool
        Whether each distinct sequence counts once, however often it is there; weights must
        then be whole numbers, read counts, of which only 0 matters: not there. A missing
        letter is a letter of its own. Sequences that do not fit in memory cannot be compared.
        The provenance says how many were ``duplicates``.
    both_strands : bool
        DNA and RNA whose strand is not known: whether each sequence counts twice, as it is
        and as its reverse complement (``n_effective`` is twice what it would be); see
        :meth:`JointCounts.symmetrised`. It takes twice the time and memory.
    memory_limit : str or int
        Files, iterators and sources: most memory to use, as "4GB" or in bytes. Sequences are
        held packed as long as that fits; else counted as they come, if the tables of all pairs
        fit (see :class:`JointCounts`); else kept in a temporary file (in TMPDIR) that is
        read tile by tile. The result's provenance says which; its numbers are the same.
        Weights take what is said above, whatever the limit; :func:`count` needs none of that.
    n_threads : int, optional
        Default: FASTMI_NUM_THREADS, else OMP_NUM_THREADS, else the least of
        SLURM_CPUS_PER_TASK, the cores allowed, and the CPU quota. Where there is little to
        do, one thread runs, which is faster. The result has the same bits for any number.
    progress : bool
        Whether to show progress on stderr.

    Returns
    -------
    MIResult
        With the (P, P) matrix, P = L - k + 1.

    Raises
    ------
    FastMIError
        The data cannot be used: which sequence, where and why.
    ValueError, TypeError
        A parameter is wrong.

    Notes
    -----
    With c_ij the joint counts (sums of weights, and N the sum of all, where there are some),
    M = A^k and g = pseudocount * N (PlotMI, eq. 1-3),

    .. math::
        P_{ij}(a, b) = \frac{c_{ij}(a, b) + g / M^2}{N + g}, \quad
        MI_{ij} = \sum_{a, b} P_{ij}(a, b)
        \log_2 \frac{P_{ij}(a, b)}{P_i(a) P_j(b)},

    over all cells, observed or not; P_i and P_j are the margins.

    References
    ----------
    Hartonen T., Kivioja T., Taipale J.: PlotMI: interpretation of pairwise dependencies and
    positional preferences learned by deep learning models from sequence data (2021),
    doi:10.1101/2021.03.14.435285.

    Examples
    --------
    >>> import fastmi
    >>> r = fastmi.pairwise_mi(["AAT", "CCT", "AAG", "CCG"] * 25, k=1, pseudocount=0)
    >>> r.matrix.round(3).tolist()
    [[nan, 1.0, 0.0], [1.0, nan, 0.0], [0.0, 0.0, nan]]
    """
    clock = Clock()
    check_pseudocount(pseudocount)
    threads, isa = resolve_threads(n_threads), resolve_isa()
    held = as_held(data, k, alphabet, unknown, column, weights, memory_limit, threads, progress)
    clock = held.clock or clock
    held = held.distinct(memory_limit) if unique else held
    if isinstance(held.what, JointCounts):
        counts = held.what
        if both_strands:
            counts = counts.symmetrised(memory_limit=memory_limit)
        result = counts.mi(pseudocount, n_threads=threads)
        if both_strands:
            result = replace(result, provenance={**result.provenance, "both_strands": True})
        return _of_counts(held, result, clock, threads)
    sequences = held.what
    n_kmers = sequences.alphabet.n_kmers(k)
    length, k = check_length_k(sequences.length, k)
    strands = with_other_strand(sequences, not held.in_memory) if both_strands else sequences
    job = counted(strands)
    check_n_sequences(len(sequences), sequences.n_dropped, job.total)
    if pseudocount > 0:
        few = job.sample(_LOOKED_AT)
        warn_conserved(kmer_counts(few, k), pseudocount, stacklevel=3)
    threads = useful_threads(threads, _core.n_pairs(length, k), len(strands), n_kmers)
    mi, n_ij = mi_of_pairs(job, k, pseudocount, threads, progress=progress)
    view = job.view
    n_positions = length - k + 1
    weighted = job.weighted or both_strands
    return MIResult(
        square(mi, n_positions, k),
        "MI",
        k,
        length,
        len(sequences),
        sequences.alphabet,
        float(pseudocount),
        pair_numbers(n_ij, job.total, n_positions, k, job.unit if weighted else None),
        sequences.n_dropped,
        sequences.n_unknown,
        n_effective=job.total * job.unit if weighted else None,
        provenance={
            **versions_used(),
            **held.provenance(),
            **({"both_strands": True} if both_strands else {}),
            "kernel": _core.kernel_name(view, k, isa=isa),
            "threads": threads,
            "scratch_bytes": _core.scratch_bytes(view, k, threads, isa=isa),
            "run": clock.record(threads),
        },
        source=SequenceTables(job, k),
    )


def _of_counts(held: Held, result: MIResult, clock: Clock, threads: int) -> MIResult:
    """The result with what is known of the sequences, if they were counted in this run."""
    if not held.how:
        return result
    made = {**held.provenance(), "run": clock.record(threads)}
    return replace(result, provenance={**result.provenance, **made})


def pairwise_distance(
    data: object,
    k: int = 3,
    *,
    measure: str = "JS",
    weights: Column | npt.ArrayLike | None = None,
    alphabet: str | Alphabet | None = None,
    pseudocount: float = 5.0,
    unknown: Unknown = "error",
    column: int | str | None = None,
) -> MIResult:
    """Distance between the k-mer distributions at every pair of positions.

    Parameters
    ----------
    data, k, weights, alphabet, unknown, column
        As for :func:`pairwise_mi`.
    measure : {"JS", "JS_inv", "BC", "BC_inv", "HE"}
        Jensen-Shannon distance (square root of the divergence in bits), Bhattacharyya
        distance -ln b (b the sum of sqrt(P_i P_j)), Hellinger distance sqrt(1 - b);
        JS_inv = 1 - JS and BC_inv = -ln(1 - b) are large where positions are alike.
    pseudocount : float
        In multiples of the number of k-mers at each position.

    Returns
    -------
    MIResult

    Examples
    --------
    >>> import fastmi
    >>> r = fastmi.pairwise_distance(["AAT", "CCT"], k=1, measure="HE", pseudocount=0)
    >>> float(r.matrix[0, 1]), float(r.matrix[0, 2])
    (0.0, 1.0)
    """
    clock, threads = Clock(), resolve_threads()
    check_pseudocount(pseudocount)
    check_measure(measure)
    held = as_held(data, k, alphabet, unknown, column, weights, _MOST_HELD, threads)
    clock = held.clock or clock
    if isinstance(held.what, JointCounts):
        return _of_counts(held, held.what.distance(measure, pseudocount), clock, threads)
    sequences = held.what
    sequences.alphabet.n_kmers(k)
    length, k = check_length_k(sequences.length, k)
    job = counted(sequences)
    check_n_sequences(len(sequences), sequences.n_dropped, job.total)
    counts = kmer_counts(job, k)
    return MIResult(
        distance_matrix(counts, k, measure, pseudocount),
        measure,
        k,
        length,
        len(sequences),
        sequences.alphabet,
        float(pseudocount),
        n_dropped=sequences.n_dropped,
        n_unknown=sequences.n_unknown,
        n_effective=job.n_effective,
        provenance={**versions_used(), **held.provenance(), "run": clock.record(threads)},
    )
