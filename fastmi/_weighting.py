"""Weights of sequences: their exact sum."""

from __future__ import annotations

import math

import numpy as np

from ._numbers import Doubles

_BLOCK = 1 << 16  # weights summed at a time
_BITS = 32  # of a weight summed at a time: 2^16 such whole numbers add up to less than 2^53
_SMALLEST_EXPONENT = -1074  # of a double


def effective(n: float) -> str:
    """A sum of weights for people."""
    return f"{n:,.1f}" if n >= 1000 else f"{n:.4g}"


def exact_sum(weights: Doubles) -> float:
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
