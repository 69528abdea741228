"""Means of many rows and what they need: rounding, scale and rows that are not finite."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from .._numbers import Doubles

_CELLS = 1 << 20  # of a block of rows, 8 MB an array


def check_local(local: npt.ArrayLike) -> Doubles:
    """Local importances as float64 rows; raise unless they are a table with backgrounds."""
    local = np.ascontiguousarray(local, np.float64)
    if local.ndim != 2 or not local.shape[1]:
        raise ValueError(
            f"local importances must have shape (rows, n) with n from 1 up, got {local.shape}"
        )
    return local


def finite_rows(*tables: Doubles) -> Iterator[npt.NDArray[np.intp]]:
    """Numbers of the rows that are finite in each table, a few at a time."""
    step = max(1, _CELLS // tables[0].shape[1])
    for first in range(0, len(tables[0]), step):
        finite = [np.isfinite(table[first : first + step]).all(axis=1) for table in tables]
        if len(some := first + np.flatnonzero(np.all(finite, axis=0))):
            yield some


def scaled(rows: Doubles) -> tuple[Doubles, Doubles]:
    """Rows between -1 and 1, whose squares do not vanish; the powers of two that they lost."""
    exponent = np.frexp(np.abs(rows).max(axis=1))[1]
    scale = np.ldexp(1.0, np.clip(exponent, -1000, 1000))
    return rows / scale[:, None], scale


def centred(rows: Doubles) -> tuple[Doubles, Doubles]:
    """The mean of each row and its deviations, 0 where a row has one value throughout."""
    mean = rows.mean(axis=1)
    apart = rows - mean[:, None]
    # what the rounding of large sums has left: a few last bits, the sum of which is exact
    rest = apart.mean(axis=1)
    return mean + rest, apart - rest[:, None]


def standard_error(apart: Doubles) -> Doubles:
    """Standard errors of means from deviations; NaN of a single background."""
    n = apart.shape[1]
    squares = (apart * apart).sum(axis=1)
    return np.sqrt(squares / (n - 1) / n) if n > 1 else np.full(len(apart), np.nan)


def standard_errors(rows: Doubles) -> Doubles:
    """Standard errors of the means of rows; NaN where a number is not finite."""
    with np.errstate(over="ignore", invalid="ignore"):
        rows, scale = scaled(rows)
        return np.asarray(standard_error(centred(rows)[1]) * scale)
