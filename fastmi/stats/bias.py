"""What is taken off mutual information for being that of a finite sample."""

from __future__ import annotations

import numpy as np

from .. import _core
from .._counted import Counted, kmer_counts
from .._numbers import Doubles
from .._run import resolve_isa
from ..counts import JointCounts
from ..errors import FastMIError
from ..results import MIResult
from .crossing import Crossed, crossed
from .expected import expected_mi, expected_of
from .independence import sets_wanted, worth_of_one


def expected_under_independence(
    result: MIResult,
    job: Counted | None,
    counts: JointCounts | None,
    bias: str,
    seed: int,
    n_sets: int,
    n_threads: int,
) -> Doubles:
    """Bits, pair by pair, i-major.

    Parameters
    ----------
    result : MIResult
        The map.
    job : Counted, optional
        The sequences behind it; or
    counts : JointCounts, optional
        their counts.
    bias : {"analytic", "permutation", "miller-madow", "none"}
        How.
    seed, n_sets, n_threads : int
        Of permutations.

    Returns
    -------
    ndarray of float64, shape (pairs,)
    """
    i, j = result.pairs()
    if bias == "none":
        return np.zeros(len(i))
    if bias == "permutation":
        if job is None:
            raise FastMIError("bias='permutation' needs the sequences, these are counts only")
        n_sets = n_sets or sets_wanted(result.n_positions)
        return _permuted(job, result, seed, n_sets, n_threads)
    one = _worth_of_one(job, counts)
    if bias == "miller-madow":
        return _miller_madow(result, one)
    if result.n_pair is None:
        if counts is not None:
            margins: Doubles = counts.kmer_counts().astype(np.float64) * one
        else:
            assert job is not None
            margins = np.asarray(
                kmer_counts(job, result.k, n_threads) * (job.worth / job.total), np.float64
            )
        return expected_mi(margins, result.k, result.pseudocount)
    source = result.source
    assert source is not None
    tables = (
        np.asarray(source.table(a, b)) * one
        for a, b in zip(i.tolist(), j.tolist(), strict=True)
    )
    return np.array(
        [expected_of(t.sum(axis=1), t.sum(axis=0), result.pseudocount) for t in tables]
    )


def _worth_of_one(job: Counted | None, counts: JointCounts | None) -> float:
    """How many sequences a weight of 1 is worth."""
    if counts is not None:
        return worth_of_one(counts)
    assert job is not None
    return job.worth / (job.total * job.unit)


def _permuted(
    job: Counted, result: MIResult, seed: int, n_sets: int, n_threads: int
) -> Doubles:
    """The mean over permutations, two of each set."""
    k, n_positions = result.k, result.n_positions
    total = np.zeros((n_positions, n_positions))
    for number in range(n_sets):
        both = crossed(job.sequences, seed, number, job.worth if job.weighted else None)
        mi = _mi_between(both, k, result.pseudocount, n_threads)
        # where weights are worth more than is drawn: bias goes as 1 / N
        total += mi.reshape(n_positions, n_positions) * min(1.0, len(both) / job.worth)
    i, j = result.pairs()
    return np.asarray((total[i, j] + total[j, i]) / (2 * n_sets), np.float64)


def _mi_between(both: Crossed, k: int, pseudocount: float, n_threads: int) -> Doubles:
    """MI of all positions on the left with all on the right, flat."""
    view, isa = both.view, resolve_isa()
    return both.evaluated(
        k,
        lambda control, mi, n, between: _core.pairwise_mi(
            view, k, pseudocount, n_threads, control, mi, n, isa=isa, between=between
        ),
    )


def _miller_madow(result: MIResult, one: float) -> Doubles:
    """Of the k-mers and pairs that occur (Miller 1955): (m_ij - m_i - m_j + 1) / (2 N ln 2)."""
    if result.pseudocount > 0:
        raise ValueError(
            "bias='miller-madow' is for plain estimates; use pseudocount=0, or "
            "bias='analytic', which knows of pseudocounts"
        )
    i, j = result.pairs()
    source = result.source
    assert source is not None
    out = np.empty(len(i))
    for at, (a, b) in enumerate(zip(i.tolist(), j.tolist(), strict=True)):
        table = np.asarray(source.table(a, b))
        n = float(table.sum()) * one
        filled = np.count_nonzero(table) - np.count_nonzero(table.sum(axis=0))
        filled += 1 - np.count_nonzero(table.sum(axis=1))
        out[at] = filled / (2 * n * np.log(2)) if n > 0 else np.nan
    return out
