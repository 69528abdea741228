"""P of a map among maps of random sets, by rank alone.

As the original calcPvalues does it, but never 0, which no correction could repair: the map
itself is one of the n + 1 (Davison and Hinkley 1997, chapter 4; Phipson and Smyth 2010,
doi:10.2202/1544-6115.1585). It assumes nothing, and needs many sets: p is never below
1 / (n + 1). The null "samples" of :func:`fastmi.significance`, a fitted curve, needs few.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .._numbers import Doubles, as_reals

_SAME = 1e-12  # bits, by which programs differ


def empirical_p(observed: npt.ArrayLike, random: Sequence[npt.ArrayLike]) -> Doubles:
    """How often random sets have as much: (r + 1) / (n + 1).

    Parameters
    ----------
    observed : array_like of float64
        Values, such as a map.
    random : sequence of n array_like of float64
        The same of random sets, of the same shape.

    Returns
    -------
    ndarray of float64
        With r the sets whose value is at least the observed one; NaN where any has none.

    Raises
    ------
    ValueError, TypeError
        There is no random set, or one of another shape, or what is no number.

    Examples
    --------
    >>> empirical_p([3.0, 1.0], [[1.0, 1.0], [2.0, 0.0], [0.0, 5.0]]).tolist()
    [0.25, 0.75]
    """
    observed = _values("the values", observed)
    if not isinstance(random, Sequence | np.ndarray) or isinstance(random, str):
        raise TypeError(f"random must be a list of sets, got {type(random).__name__}")
    if not len(random):
        raise ValueError("there is no random set to hold the values against")
    as_large = np.ones(observed.shape)
    for number, given in enumerate(random):
        values = _values(f"random set {number}", given)
        if values.shape != observed.shape:
            raise ValueError(
                f"random set {number} has the shape {values.shape}, the values {observed.shape}"
            )
        as_large += values >= observed - _SAME
        as_large[np.isnan(values) | np.isnan(observed)] = np.nan
    return np.asarray(as_large / (len(random) + 1), np.float64)


def _values(what: str, given: npt.ArrayLike) -> Doubles:
    try:
        return as_reals(given)
    except (TypeError, ValueError):
        raise TypeError(f"{what} must be an array of numbers") from None
