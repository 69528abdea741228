"""Additive scores: how far scores rise with a sum of numbers, one for each letter.

A model without interactions scores by a sum over positions of what each letter there adds, or
by any rising function of one (a sigmoid, an exponential). Which one does not matter to whom it
selects; so both the sum and the function are fitted, in turn, to the normal quantiles of the
scores' ranks, and the result is the same for any rising function of the scores ("global
epistasis": Otwinowski, McCandlish and Plotkin 2018). Where scores are noisy for their sums
they weigh less: all alike, the sums were a little wrong at the end that is selected, and 6.3 %
of p were at most 0.05 (an exponential with noise, 240 sets).

What is left over is noise or interaction. Under the null it is noise: sequences with about the
same sum can have each other's scores, whatever the function, and however its noise varies.

J. Otwinowski, D. M. McCandlish, J. B. Plotkin: Inferring the shape of global epistasis, PNAS
115, E7550-E7558 (2018), doi:10.1073/pnas.1804015115.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .._draws import Draws, Stream
from .._numbers import Doubles
from ..errors import FastMIError
from ..sequences import PackedSequences

_BLOCK = 100_000
MOST_NUMBERS = 40_000_000  # in the matrix that is fitted: 160 MB
_STEPS = 30
_ENOUGH = 0.01  # of what chance alone explains, by which a step must gain
_LEAST = 1e-4  # of the variance of all, below which no sequence's noise is taken to be
_POINTS = 48  # that the rising function goes through
_RIDGE = 1e-6
_ALIKE = 32  # sequences that may have each other's scores


class AdditiveScores(NamedTuple):
    """An additive fit.

    Attributes
    ----------
    weights : ndarray of float64, shape (L, A)
        What each letter adds at each position; those of a position have the mean 0.
    sums : ndarray of float64, shape (N,)
        Of each sequence.
    scores : ndarray of float64, shape (N,)
        As they were given.
    order : ndarray of int64, shape (N,)
        The sequences by their sums, smallest first.
    explained : float
        The share of the variance of the scores' normal quantiles that the sums explain.
    """

    weights: Doubles
    sums: Doubles
    scores: Doubles
    order: npt.NDArray[np.intp]
    explained: float

    def of(self, sequences: PackedSequences) -> Doubles:
        """The sums of other sequences of this kind, shape (N,)."""
        return _sums(sequences, self.weights)

    def exchanged(self, seed: int, number: int) -> Doubles:
        """Scores as they might have been: sequences with about the same sum change theirs."""
        n = len(self.sums)
        keys = Draws(seed, Stream.NULL_SETS, number << 32, n).words(2).view(np.uint64)[:, 0]
        whole = n // _ALIKE * _ALIKE
        other = np.argsort(keys[:whole].reshape(-1, _ALIKE), axis=1, kind="stable")
        other += np.arange(0, whole, _ALIKE)[:, None]
        last = whole + np.argsort(keys[whole:], kind="stable")
        out = np.empty(n)
        out[self.order] = self.scores[self.order[np.concatenate([other.ravel(), last])]]
        return out


def fit_additive(sequences: PackedSequences, scores: Doubles, seed: int = 0) -> AdditiveScores:
    """The sum over letters that scores rise with.

    Parameters
    ----------
    sequences : PackedSequences
        N sequences of length L without missing letters; their weights do not matter.
    scores : ndarray of float64, shape (N,)
        Finite.
    seed : int
        Of the sequences that are fitted, where there are very many (160 MB of letters).

    Returns
    -------
    AdditiveScores

    Raises
    ------
    FastMIError
        Letters are missing, or there are too few sequences for the numbers to fit.
    """
    from scipy.special import ndtri
    from scipy.stats import rankdata

    n, length, n_letters = len(sequences), sequences.length, len(sequences.alphabet)
    n_free = length * (n_letters - 1) + 1
    if sequences.n_unknown:
        raise FastMIError(
            f"{sequences.n_unknown:,} letters of the pool are missing, and an additive score "
            "needs all; leave such sequences out (unknown='drop')"
        )
    if n < 2 * n_free:
        raise FastMIError(
            f"an additive score has {n_free:,} numbers, and the pool only {n:,} sequences; it "
            "needs twice as many as numbers, at least"
        )
    z = np.asarray(ndtri((rankdata(scores) - 0.5) / n), np.float64)
    most = max(MOST_NUMBERS // (length * n_letters), 4 * n_free)
    some = np.arange(n)
    if most < n:
        keys = Draws(seed, Stream.NULL_SETS, 1 << 62, n).words(2).view(np.uint64)[:, 0]
        some = np.sort(np.argpartition(keys, most)[:most])
    weights = _fit(sequences[some], z[some])
    sums = _sums(sequences, weights)
    spread = float(np.square(z).mean())
    left = float(np.square(z - _Rising(sums, z)(sums)[0]).mean())
    explained = max(1 - left / spread, 0.0) if spread > 0 else 0.0
    order = np.argsort(sums, kind="stable")
    return AdditiveScores(weights, sums, np.asarray(scores, np.float64), order, explained)


def _fit(sequences: PackedSequences, z: Doubles) -> Doubles:
    """Weights by Gauss and Newton's steps, the function fitted anew after each."""
    length, n_letters = sequences.length, len(sequences.alphabet)
    letters = sequences.to_one_hot(layout="NLA").reshape(len(z), -1).astype(np.float32)
    weights = np.zeros(length * n_letters)
    enough = _ENOUGH * length * (n_letters - 1) / len(z)
    values, slopes, precision = np.zeros(len(z)), np.ones(len(z)), np.ones(len(z))
    for _ in range(_STEPS):
        best = float(np.mean(precision * np.square(z - values)))
        step = _newton(letters, z - values, slopes, precision)
        for shorter in (1.0, 0.5, 0.25, 0.125):
            trial = weights + shorter * step
            found = np.asarray(letters @ trial.astype(np.float32), np.float64)
            new_values, new_slopes = _Rising(found, z)(found)
            error = float(np.mean(precision * np.square(z - new_values)))
            if error < best:
                break
        else:
            break
        weights, values, slopes = trial, new_values, new_slopes
        if best - error < enough * error:
            break
        precision = _precision(found, z - values)
    table = weights.reshape(length, n_letters)
    return np.asarray(table - table.mean(axis=1, keepdims=True), np.float64)


def _newton(
    letters: npt.NDArray[np.float32], rest: Doubles, slopes: Doubles, precision: Doubles
) -> Doubles:
    """The step that would leave least, were the function straight."""
    roots = np.sqrt(precision)
    weighted = letters * (slopes * roots).astype(np.float32)[:, None]
    products = np.asarray(weighted.T @ weighted, np.float64)
    products += (
        _RIDGE * max(float(np.trace(products)) / len(products), 1e-30) * np.eye(len(products))
    )
    wanted = np.asarray(weighted.T @ (rest * roots).astype(np.float32), np.float64)
    return np.asarray(np.linalg.solve(products, wanted), np.float64)


def _parts(sums: Doubles) -> list[npt.NDArray[np.intp]]:
    """As many sequences each, of about the same sum."""
    order = np.argsort(sums, kind="stable")
    return np.array_split(order, min(_POINTS, max(len(sums) // 20, 2)))


def _precision(sums: Doubles, rest: Doubles) -> Doubles:
    """One over the variance of what is left, by the sum: a flat end says little of letters."""
    parts = _parts(sums)
    noise = np.array([float(np.square(rest[part]).mean()) for part in parts])
    noise = np.maximum(noise, _LEAST)
    return np.asarray(1 / np.interp(sums, [sums[part].mean() for part in parts], noise))


class _Rising:
    """The rising function that z follows: means of as many sequences each, made to rise."""

    def __init__(self, sums: Doubles, z: Doubles) -> None:
        from scipy.interpolate import PchipInterpolator
        from scipy.optimize import isotonic_regression

        parts = _parts(sums)
        x = np.array([sums[part].mean() for part in parts])
        y = np.asarray(isotonic_regression([float(z[part].mean()) for part in parts]).x)
        apart = np.concatenate([[True], np.diff(x) > 1e-9 * max(float(np.ptp(x)), 1e-300)])
        x, y = x[apart], y[apart]
        self._least = 0.05 * max(float(np.ptp(y)), 1e-12) / max(float(np.ptp(x)), 1e-12)
        self._ends = (x[0], x[-1])
        self._curve = PchipInterpolator(x, y) if len(x) > 1 else None
        self._mean = float(z.mean())

    def __call__(self, sums: Doubles) -> tuple[Doubles, Doubles]:
        """Its values and its slopes; straight beyond the ends."""
        if self._curve is None:
            return np.full(len(sums), self._mean), np.ones(len(sums))
        inside = np.clip(sums, *self._ends)
        slopes = np.maximum(self._curve(inside, 1), self._least)
        return self._curve(inside) + slopes * (sums - inside), slopes


def _sums(sequences: PackedSequences, weights: Doubles) -> Doubles:
    out = np.zeros(len(sequences))
    for start in range(0, len(sequences), _BLOCK):
        codes = sequences.block(start, min(start + _BLOCK, len(sequences))).to_codes()
        part = out[start : start + _BLOCK]
        for i, letters in enumerate(weights):
            part += letters[codes[:, i]]
    return out
