"""Weighted sums of scores, and how much of them may be rounding."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .._numbers import Doubles
from .contrasts import Terms
from .designs import Design

_ROUNDINGS = 4  # of every score in a sum, below which nothing is known to be left


def summed(
    terms: Terms, scores: Doubles, at: Mapping[Design, int], precision: Doubles
) -> Doubles:
    """A weighted sum of designs' scores, shape (n, heads); 0 where only rounding is left."""
    total, rounding = np.zeros(scores.shape[1:]), np.zeros(scores.shape[1:])
    with np.errstate(over="ignore", invalid="ignore"):  # such a sum has no effect: NaN
        for weight, design in terms:
            term = weight * scores[at[design]]
            total += term
            rounding += _ROUNDINGS * precision * np.abs(term)
    total[np.abs(total) <= rounding] = 0
    return total


def precision_of(scores: Doubles) -> Doubles:
    """The rounding of one score, relative to it, of each head: that of its numbers.

    Whole numbers are counts, which are exact.
    """
    found = np.full(scores.shape[2], np.finfo(np.float64).eps)
    for h in range(scores.shape[2]):
        of_head = scores[:, :, h]
        with np.errstate(over="ignore"):
            single = bool((of_head.astype(np.float32) == of_head).all())
        if single and not (of_head == np.rint(of_head)).all():
            found[h] = np.finfo(np.float32).eps
    return found
