"""Weights of sequences as an array: what is accepted, and their exact sum."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Weights: TypeAlias = npt.NDArray[np.float64]

_BLOCK = 1 << 16  # weights summed at a time
_BITS = 32  # of a weight summed at a time: 2^16 such whole numbers add up to less than 2^53
_MOST_WHOLE = 2**53  # beyond, not every whole number is a double
_SMALLEST_EXPONENT = -1074  # of a double


def check_weights(weights: npt.ArrayLike, n: int) -> Weights:
    """Weights of n sequences, read-only.

    Parameters
    ----------
    weights : array_like of numbers, shape (n,)
        Finite and from 0 up. Copied, unless it is a float64 array that is read-only already.
    n : int
        Number of sequences.

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    try:
        array: npt.NDArray[Any] = np.asarray(weights)
    except ValueError as error:  # rows of several lengths
        raise TypeError(f"the weights cannot be made an array: {error}") from None
    if array.dtype.kind not in "iuf":
        raise TypeError(f"weights must be numbers, got an array of {array.dtype}")
    if array.ndim != 1:
        raise ValueError(f"weights must have shape (N,), one a sequence, got {array.shape}")
    if len(array) != n:
        raise ValueError(f"there are {len(array):,} weights for {n:,} sequences")
    if array.dtype.kind in "iu" and (array > _MOST_WHOLE).any():
        raise ValueError("weights that are whole numbers go up to 2^53")
    if array.dtype != np.float64 or array.flags.writeable or not _in_order(array):
        array = frozen(np.array(array, np.float64))
    _refuse_values(array)
    return array


def effective(n: float) -> str:
    """A sum of weights for people."""
    return f"{n:,.1f}" if n >= 1000 else f"{n:.4g}"


def frozen(weights: Weights) -> Weights:
    """The same array, which cannot be written to any more."""
    weights.flags.writeable = False
    return weights


def exact_sum(weights: Weights) -> float:
    """The sum of numbers from 0 up, rounded once, so that their order does not matter.

    Each pass takes the leading 32 bits off all weights, counted from the largest one's. They
    are multiples of one power of two, and few enough that their sum is exact.
    """
    parts = []
    for start in range(0, len(weights), _BLOCK):
        rest = weights[start : start + _BLOCK].copy()
        while (largest := float(rest.max())) > 0:
            unit = math.ldexp(1.0, max(math.frexp(largest)[1] - _BITS, _SMALLEST_EXPONENT))
            leading = np.floor(rest / unit)
            parts.append(float(leading.sum()) * unit)
            rest -= leading * unit
    try:
        return math.fsum(parts)
    except OverflowError:  # more than the largest double
        return math.inf


def _in_order(array: npt.NDArray[Any]) -> bool:
    """Whether the C core could read it where it lies."""
    return bool(array.flags.c_contiguous and array.flags.aligned)


def _refuse_values(array: Weights) -> None:
    """Raise unless all are finite and from 0 up; a NaN is neither."""
    if array.min(initial=0) >= 0 and array.max(initial=0) < math.inf:
        return
    bad = int(np.flatnonzero(~((array >= 0) & (array < math.inf)))[0])
    raise ValueError(f"weight {bad} is {array[bad]}, allowed are finite numbers from 0 up")
