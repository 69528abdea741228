"""DeepBind v0.11 in plain NumPy, window by window: the oracle of the tests.

Slow on purpose, in float64; Alipanahi et al. 2015 and the code that came with it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .._numbers import Doubles
from ._deepbind_parameters import Parameters

_LETTERS = {"A": 0, "C": 1, "G": 2, "T": 3, "U": 3}


def scores(parameters: Parameters, sequences: Sequence[str]) -> Doubles:
    """The score of each sequence; letters other than ACGTU are N, 0.25 of each base."""
    return np.array([_score(parameters, _bases(sequence)) for sequence in sequences])


def _bases(sequence: str) -> Doubles:
    """Shares of A, C, G and T at each position, shape (L, 4)."""
    bases = np.full((len(sequence), 4), 0.25)
    for position, letter in enumerate(sequence.upper()):
        if letter in _LETTERS:
            bases[position] = np.eye(4)[_LETTERS[letter]]
    return bases


def _score(p: Parameters, bases: Doubles) -> float:
    """The greatest score of all windows, on both strands where the model asks for it."""
    width = int(1.5 * p.detector_length)
    strands = [bases, bases[::-1, ::-1]] if p.both_strands else [bases]
    return max(
        _window(p, strand[start : start + width])
        for strand in strands
        for start in range(max(1, len(bases) - width + 1))
    )


def _window(p: Parameters, bases: Doubles) -> float:
    m = p.detector_length
    unknown = np.full((m - 1, 4), 0.25)
    padded = np.concatenate([unknown, bases, unknown])
    positions = np.lib.stride_tricks.sliding_window_view(padded, m, axis=0)  # [.][4][m]
    convolved = np.einsum("pbt,tbd->pd", positions, p.detectors.astype(np.float64))
    rectified = np.maximum(convolved + p.thresholds, 0)
    pooled = rectified.max(axis=0)
    if p.has_mean:
        pooled = np.stack([pooled, rectified.mean(axis=0)], axis=1).ravel()
    out = pooled @ p.weights1.astype(np.float64) + p.biases1
    if p.n_hidden:
        out = np.maximum(out, 0) @ p.weights2.astype(np.float64) + p.biases2
    return float(out[0])
