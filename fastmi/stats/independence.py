"""Pearson's X^2 of every pair, its p, and the permutations that the p are held against."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .. import _core
from .._counted import Counted, kmer_counts
from .._numbers import Doubles
from .._run import Progress, resolve_isa, run_job
from ..counts import JointCounts
from ..errors import FastMIError
from .crossing import Crossed, crossed
from .moments import DAMPING, Moments, moments, summaries, upper_tail

_TRIALS = 50_000  # of all pairs together: so far p are checked
_LEAST_SETS = 4
_MOST_SETS = 200
_MOST_MARGINS = 4 * 10**9  # bytes
_CHUNK = 4_000_000  # numbers of margins looked at together
_SAMPLED_PAIRS = 40  # where there are counts only
_SAMPLED_TABLES = 100


class Pearson(NamedTuple):
    """X^2 of pairs, and its p from the exact moments over permutations."""

    x2: Doubles
    p: Doubles


def _pearson(x2: Doubles, p: Doubles) -> Pearson:
    """NaN where no sequence has both k-mers."""
    return Pearson(x2, np.where(np.isnan(x2), np.nan, p))


def worth_of_one(counts: JointCounts) -> float:
    """How many sequences a weight of 1 is worth where there are counts only.

    Of fractions nothing is known but their sum: they are worth no more than the sequences.
    """
    n = counts.n_effective
    if n is None or counts.in_units()[1] == 1:
        return 1.0
    return min(1.0, counts.n_sequences / n)


def sets_wanted(n_positions: int) -> int:
    """Permutations by default: some 50,000 trials in all, each pair in two of each set."""
    return int(np.clip(-(-_TRIALS // n_positions**2), _LEAST_SETS, _MOST_SETS))


def of_sequences(job: Counted, k: int, scale: float, n_threads: int, progress: bool) -> Pearson:
    """X^2 and p of all pairs of positions."""
    length, m = job.sequences.length, job.sequences.alphabet.n_kmers(k)
    n_pairs = _core.n_pairs(length, k)
    view, missing = job.view, job.sequences.n_unknown > 0
    x2, n_ij = np.empty(n_pairs), np.empty(n_pairs, np.uint64)
    if missing:
        _check_margins((length - k + 1) ** 2, m)
    margins = np.empty((n_pairs, 2, m), np.uint64) if missing else None
    isa = resolve_isa()
    run_job(
        lambda control: _core.pairwise_x2(
            view, k, scale, DAMPING, n_threads, control, x2, n_ij, margins, isa=isa
        ),
        n_pairs * len(job.sequences),
        "testing",
        progress,
    )
    if margins is not None:
        return _pearson(x2, upper_tail(x2, _moments_of_pairs(margins, scale)))
    i, j = np.triu_indices(length - k + 1, k)
    kmers = kmer_counts(job, k, n_threads) * scale
    found = summaries(kmers)
    return _pearson(x2, upper_tail(x2, moments(found[:, i], found[:, j], n_ij * scale)))


def _check_margins(n_pairs: int, m: int) -> None:
    """Raise where the margins of all pairs, which missing letters make differ, are too many."""
    n_bytes = 2 * 8 * n_pairs * m
    if n_bytes > _MOST_MARGINS:
        raise FastMIError(
            f"with letters missing, each pair has k-mer counts of its own, {n_bytes:,} bytes "
            "in all; use shorter k-mers, or leave such sequences out (unknown='drop')"
        )


def of_counts(counts: JointCounts, n_threads: int) -> Pearson:
    """The same of tables."""
    x2, n_ij = np.empty(counts.n_pairs), np.empty(counts.n_pairs, np.uint64)
    tables, unit = counts.in_units()
    scale = unit * worth_of_one(counts)
    margins = np.empty((counts.n_pairs, 2, counts.n_kmers), np.uint64)
    isa = resolve_isa()
    run_job(
        lambda control: _core.x2_tables(
            tables, scale, DAMPING, n_threads, control, x2, n_ij, margins, isa=isa
        ),
        counts.n_pairs,
        "testing",
    )
    return _pearson(x2, upper_tail(x2, _moments_of_pairs(margins, scale)))


def _moments_of_pairs(margins: npt.NDArray[np.uint64], scale: float) -> Moments:
    """Of pairs with margins of their own, shape (pairs, 2, M), some at a time."""
    step = max(1, _CHUNK // (2 * margins.shape[2]))
    parts = []
    for start in range(0, len(margins), step):
        some = margins[start : start + step] * scale
        found = summaries(some)
        parts.append(moments(found[:, :, 0], found[:, :, 1], some[:, 0].sum(axis=-1)))
    return Moments(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def permuted(
    job: Counted, k: int, seed: int, n_sets: int, n_threads: int, progress: bool
) -> Doubles:
    """P of all pairs where sequences are permuted against each other.

    Returns
    -------
    ndarray of float64, shape (n_sets, P, P)
        Cell [i, j] of a set is one trial of the pair (i, j), and [j, i] is another; NaN on the
        diagonal and where k-mers overlap, and where X^2 cannot vary.
    """
    n_positions = job.sequences.length - k + 1
    i, j = np.indices((n_positions, n_positions))
    apart = np.abs(i - j) >= k
    out = np.full((n_sets, n_positions, n_positions), np.nan)
    bar = Progress(n_sets, "permuting", progress, unit="sets")
    try:
        for number, found in enumerate(_trials(job, k, seed, n_sets, n_threads)):
            out[number, apart] = found[apart]
            bar.update(number + 1)
    finally:
        bar.close()
    return out


def _trials(job: Counted, k: int, seed: int, n_sets: int, n_threads: int) -> Iterator[Doubles]:
    sequences = job.sequences
    n_positions, m = sequences.length - k + 1, sequences.alphabet.n_kmers(k)
    weighted, missing = job.weighted, sequences.n_unknown > 0
    known = None
    for number in range(n_sets):
        both = crossed(sequences, seed, number, job.worth if weighted else None)
        margins = np.empty((n_positions**2, 2, m), np.uint64) if missing else None
        x2 = _x2_between(both, k, margins, n_threads)
        if margins is not None:
            found = _moments_of_pairs(margins, 1.0)
        else:
            if known is None or weighted:
                known = _moments_of_parts(both.view, both.start, k, n_positions, m)
            found = known
        p = np.where(found.sd > 0, upper_tail(x2, found), np.nan)
        yield p.reshape(n_positions, n_positions)


def _x2_between(
    both: Crossed, k: int, margins: npt.NDArray[np.uint64] | None, n_threads: int
) -> Doubles:
    """X^2 of all positions on the left with all on the right, flat."""
    view, isa = both.view, resolve_isa()
    return both.evaluated(
        k,
        lambda control, x2, n, between: _core.pairwise_x2(
            view, k, 1.0, DAMPING, n_threads, control, x2, n, margins, isa=isa, between=between
        ),
    )


def _moments_of_parts(
    view: _core.Seqs, start: int, k: int, n_positions: int, m: int
) -> Moments:
    """Of all positions on the left with all on the right, flat."""
    kmers = np.zeros((start + n_positions, m), np.uint64)
    _core.count_kmers(view, k, 1, np.zeros(2, np.int64), kmers)
    found = summaries(kmers)
    left, right = found[:, :n_positions], found[:, start : start + n_positions]
    each = moments(left[:, :, None], right[:, None, :], float(kmers[0].sum()))
    return Moments(*(part.ravel() for part in each))


def drawn_tables(counts: JointCounts, seed: int) -> Doubles:
    """P of random tables with the margins of some pairs, shape (tables, 1, pairs).

    What permutations give, from the margins alone (``scipy.stats.random_table``); a sample,
    since each table is drawn cell by cell.
    """
    from scipy.stats import random_table

    rng, one = np.random.default_rng(seed), worth_of_one(counts)
    i, j = np.triu_indices(counts.n_positions, counts.k)
    chosen = rng.permutation(len(i))[:_SAMPLED_PAIRS]
    out = np.full((_SAMPLED_TABLES, 1, len(chosen)), np.nan)
    for at, pair in enumerate(chosen):
        table = np.rint(counts.table(int(i[pair]), int(j[pair])) * one).astype(np.int64)
        rows, columns = table.sum(axis=1), table.sum(axis=0)
        if table.sum() == 0:
            continue
        drawn = random_table(rows, columns).rvs(_SAMPLED_TABLES, random_state=rng)
        tables = np.ascontiguousarray(drawn.astype(np.uint32))
        x2, n = np.empty(len(tables)), np.empty(len(tables), np.uint64)
        _core.x2_tables(tables, 1.0, DAMPING, 1, np.zeros(2, np.int64), x2, n)
        found = summaries(np.stack([rows, columns]))
        moment = moments(found[:, 0], found[:, 1], float(rows.sum()))
        if moment.sd > 0:
            out[:, 0, at] = upper_tail(x2, moment)
    return out
