"""Additive scores: what a score is as a sum over positions of a number for each letter.

Least squares, from the counts of all pairs of letters (the normal equations are joint counts of
single letters), so that millions of sequences cost a count. Selection only looks at ranks, so a
score that is a rising function of a sum is as additive as the sum; whether the scores or their
normal ranks are nearer to one is decided by what the fit explains.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .._numbers import Doubles
from ..counts import JointCounts
from ..errors import FastMIError
from ..sequences import PackedSequences

_BLOCK = 100_000
_LEAST_EXPLAINED = 1e-12


class AdditiveScores(NamedTuple):
    """An additive fit.

    Attributes
    ----------
    weights : ndarray of float64, shape (L, A)
        What each letter adds at each position; 0 where it never occurs.
    scores, residuals : ndarray of float64, shape (N,)
        What the sum says of each sequence, and what it leaves.
    explained : float
        R^2, the share of the variance that the sum explains.
    by_rank : bool
        Whether the fit is of the normal quantiles of ranks, not of the scores.
    """

    weights: Doubles
    scores: Doubles
    residuals: Doubles
    explained: float
    by_rank: bool


def fit_additive(sequences: PackedSequences, scores: Doubles) -> AdditiveScores:
    """The additive scores nearest to the given ones, or to their normal ranks.

    Parameters
    ----------
    sequences : PackedSequences
        N sequences of length L without missing letters; their weights do not matter.
    scores : ndarray of float64, shape (N,)
        Finite.

    Returns
    -------
    AdditiveScores

    Raises
    ------
    FastMIError
        Letters are missing, or there are fewer sequences than numbers to fit.
    """
    from scipy.special import ndtri
    from scipy.stats import rankdata

    n, length, n_letters = len(sequences), sequences.length, len(sequences.alphabet)
    if sequences.n_unknown:
        raise FastMIError(
            f"{sequences.n_unknown:,} letters of the pool are missing, and an additive score "
            "needs all; leave such sequences out (unknown='drop')"
        )
    if n <= length * (n_letters - 1) + 1:
        raise FastMIError(
            f"an additive score has {length * (n_letters - 1) + 1:,} numbers, and the pool has "
            f"only {n:,} sequences"
        )
    counts = JointCounts(length, 1, alphabet=sequences.alphabet)
    counts.add(sequences.with_weights(None))
    products = _products(counts)
    ranks = ndtri((rankdata(scores) - 0.5) / n)
    fits = [_fit(sequences, scores, products), _fit(sequences, ranks, products)]
    better = int(fits[1].explained > fits[0].explained + _LEAST_EXPLAINED)
    return fits[better]._replace(by_rank=bool(better))


def _products(counts: JointCounts) -> Doubles:
    """Sums of products of the one-hot letters, shape (L A, L A)."""
    length, a = counts.length, counts.n_kmers
    products = np.zeros((length, a, length, a))
    for i, row in enumerate(counts.kmer_counts()):
        products[i, :, i, :] = np.diag(row)
        for j in range(i + 1, length):
            table = counts.table(i, j)
            products[i, :, j, :] = table
            products[j, :, i, :] = table.T
    return products.reshape(length * a, length * a)


def _fit(sequences: PackedSequences, y: Doubles, products: Doubles) -> AdditiveScores:
    """By least squares; the letters of a position, each in every sequence, add up to 1."""
    n, length, a = len(sequences), sequences.length, len(sequences.alphabet)
    mean = float(y.mean())
    apart = y - mean
    sums = np.zeros((length, a))
    for start in range(0, n, _BLOCK):
        codes = sequences.block(start, min(start + _BLOCK, n)).to_codes()
        for i in range(length):
            sums[i] += np.bincount(codes[:, i], apart[start : start + _BLOCK], minlength=a)
    # least norm: of the many weights that say the same, the ones without a constant
    solved = np.linalg.lstsq(products / n, sums.ravel() / n, rcond=1e-10)[0]
    weights: Doubles = np.asarray(solved, np.float64).reshape(length, a)
    scores = np.empty(n)
    for start in range(0, n, _BLOCK):
        codes = sequences.block(start, min(start + _BLOCK, n)).to_codes()
        part = np.full(len(codes), mean)
        for i in range(length):
            part += weights[i][codes[:, i]]
        scores[start : start + _BLOCK] = part
    residuals = y - scores
    total = float(np.square(apart).sum())
    explained = 1 - float(np.square(residuals).sum()) / total if total > 0 else 0.0
    # what the fit itself took away from the residuals
    used = length * (a - 1) + 1
    return AdditiveScores(
        weights, scores, residuals * np.sqrt(n / max(n - used, 1)), explained, False
    )
