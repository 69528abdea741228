"""Numbers that come with sequences, one each: weights and scores, as arrays.

Both go the same way through files, blocks, slices and stores; only what is allowed differs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Doubles: TypeAlias = npt.NDArray[np.float64]

_MOST_WHOLE = 2**53  # beyond, not every whole number is a double
_LEAST = {"weights": 0.0, "scores": -math.inf}
_ALLOWED = {"weights": "finite numbers from 0 up", "scores": "finite numbers"}


class Numbers(NamedTuple):
    """The weights and the scores of some sequences, in the order the C core has them.

    None where there are none; read-only float64 arrays otherwise.
    """

    weights: Doubles | None = None
    scores: Doubles | None = None

    def each(self, change: Callable[[Doubles], Doubles]) -> Numbers:
        """What ``change`` makes of each array that is there."""
        return Numbers(*(None if array is None else change(array) for array in self))


def as_reals(values: Any) -> Doubles:
    """Numbers as float64, a copy.

    Raises
    ------
    TypeError, ValueError
        They are none, or complex, of which numpy would drop a part.
    """
    if np.iscomplexobj(values):
        raise TypeError("the numbers are complex")
    return np.array(values, np.float64)


def check_numbers(what: str, values: npt.ArrayLike, n: int) -> Doubles:
    """Weights or scores of n sequences, read-only.

    Parameters
    ----------
    what : {"weights", "scores"}
        What they are: weights are finite and from 0 up, scores finite.
    values : array_like of numbers, shape (n,)
        Copied, unless it is a float64 array that is read-only already.
    n : int
        Number of sequences.

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    array = as_numbers(what, values)
    if array.ndim != 1:
        raise ValueError(f"{what} must have shape (N,), one a sequence, got {array.shape}")
    if len(array) != n:
        raise ValueError(f"there are {len(array):,} {what} for {n:,} sequences")
    if array.dtype.kind in "iu" and _beyond(array):
        raise ValueError(f"{what} that are whole numbers go up to 2^53")
    if array.dtype != np.float64 or array.flags.writeable or not _in_order(array):
        array = frozen(np.array(array, np.float64))
    _refuse_values(what, array)
    return array


def as_numbers(what: str, values: npt.ArrayLike) -> npt.NDArray[Any]:
    """Values as an array of real numbers, of any shape."""
    try:
        array: npt.NDArray[Any] = np.asarray(values)
    except ValueError as error:  # rows of several lengths
        raise TypeError(f"the {what} cannot be made an array: {error}") from None
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{what} must be numbers, got an array of {array.dtype}")
    return array


def frozen(array: Doubles) -> Doubles:
    """The same array, which cannot be written to any more."""
    array.flags.writeable = False
    return array


def _beyond(array: npt.NDArray[Any]) -> bool:
    """Whether whole numbers are too large, or too far below 0, for doubles."""
    return bool((array > _MOST_WHOLE).any() or (array < -_MOST_WHOLE).any())


def _in_order(array: npt.NDArray[Any]) -> bool:
    """Whether the C core could read it where it lies."""
    return bool(array.flags.c_contiguous and array.flags.aligned)


def _refuse_values(what: str, array: Doubles) -> None:
    """Raise unless all are finite and not below the least allowed; a NaN is neither."""
    least = _LEAST[what]
    low, high = array.min(initial=0), array.max(initial=0)
    if least <= low and -math.inf < low and high < math.inf:
        return
    bad = int(np.flatnonzero(~((array >= least) & np.isfinite(array)))[0])
    raise ValueError(f"{what[:-1]} {bad} is {array[bad]}, allowed are {_ALLOWED[what]}")


def spread(values: Doubles) -> float:
    """The standard deviation, by a median that a few large values do not move."""
    return 1.4826 * float(np.median(np.abs(values - np.median(values))))
