"""Distances between residues, each of which is one atom or several."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .._numbers import Doubles


def least_distances(points: Doubles, of: npt.NDArray[np.int64]) -> Doubles:
    """The least distance between any point of one residue and any of another.

    Parameters
    ----------
    points : ndarray of float64, shape (m, 3)
        Residue by residue.
    of : ndarray of int64, shape (n + 1,)
        Where the points of each residue begin; one without points has no distances.

    Returns
    -------
    ndarray of float64, shape (n, n)
        Symmetric, 0 on the diagonal; NaN where a residue has no points.
    """
    n = len(of) - 1
    found = np.full((n, n), np.nan)
    some = np.flatnonzero(np.diff(of))
    if not len(some):
        return found
    starts = of[some]
    for residue in some:
        squares = np.full(len(points), np.inf)
        for point in points[of[residue] : of[residue + 1]]:
            apart = points - point
            np.minimum(squares, np.einsum("ij,ij->i", apart, apart), out=squares)
        found[residue, some] = np.sqrt(np.minimum.reduceat(squares, starts))
    return found
