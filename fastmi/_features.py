"""Sequences as the arrays that models take: one-hot, written where the caller says."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from . import _core, _one_hot

_SIZES = (1, 2, 4, 8)  # bytes of the numbers that the C core writes


def can_write(dtype: npt.DTypeLike) -> bool:
    """Whether one-hot arrays of these numbers are written at once."""
    kind = np.dtype(dtype)
    return kind.itemsize in _SIZES and kind.kind in "biufc"


def write_one_hot(
    view: _core.Seqs,
    out: npt.NDArray[Any],
    by_letter: bool,
    columns: npt.NDArray[np.uint8],
    unknown_value: float = 0.0,
    n_threads: int = 1,
) -> None:
    """Write one-hot sequences.

    Parameters
    ----------
    view : Seqs
        The n sequences.
    out : ndarray, C order
        Shape (n, length, C) if ``by_letter``, else (n, C, length).
    columns : ndarray of uint8, shape (A,)
        The column of C in which each letter is 1.
    unknown_value : float
        What a missing letter is in every column.
    n_threads : int
        At most.
    """
    one, unknown = (np.array(x, out.dtype).tobytes() for x in (1, unknown_value))
    n_columns = out.shape[2 if by_letter else 1]
    flat = out.reshape(-1).view(np.uint8)  # a view: C order
    _one_hot.one_hot(view, columns, n_columns, by_letter, one, unknown, n_threads, flat)
