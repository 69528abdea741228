"""Two sequences aligned: the exact optimum of affine gap costs, gaps at the ends for free.

O. Gotoh, An improved algorithm for matching biological sequences, J. Mol. Biol. 162, 705-708
(1982), doi:10.1016/0022-2836(82)90398-9. A row at a time: the best gap that ends at each
column is a running maximum.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ._names import UNKNOWN

MATCH, MISMATCH = 5, -4  # of EDNAFULL; an unknown letter has 0 with any
GAP_OPEN, GAP_EXTEND = -10, -1  # of its first letter, and of each other one

_DIAGONAL, _ACROSS, _DOWN = 0, 1, 2  # where the best score of a cell comes from
_LONGER_ACROSS, _LONGER_DOWN = 4, 8  # whether its gaps are longer than one letter
_NEVER = np.int64(-(2**40))

Columns = npt.NDArray[np.int64]


def align(a: str, b: str) -> tuple[Columns, Columns]:
    """Which letters of two sequences stand below each other.

    Parameters
    ----------
    a, b : str
        The sequences, in capitals.

    Returns
    -------
    i, j : ndarray of int64, shape (pairs,)
        Letters of a and b that are aligned, ascending. Of equal alignments, that with the
        gaps as far left as can be; letters are rather aligned than left out.
    """
    flags, end = _filled(_codes(a), _codes(b))
    pairs = []
    i, j = end
    state = _DIAGONAL
    while i and j:
        flag = int(flags[i, j])
        if state == _DIAGONAL:
            state = flag & 3
            if state == _DIAGONAL:
                i, j = i - 1, j - 1
                pairs.append((i, j))
        elif state == _ACROSS:
            state = _ACROSS if flag & _LONGER_ACROSS else _DIAGONAL
            j -= 1
        else:
            state = _DOWN if flag & _LONGER_DOWN else _DIAGONAL
            i -= 1
    found = np.array(pairs[::-1], np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def _codes(text: str) -> npt.NDArray[np.uint8]:
    return np.frombuffer(text.encode("latin-1"), np.uint8)


def _scores(x: npt.NDArray[np.uint8], y: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    unknown = (x == ord(UNKNOWN)) | (y == ord(UNKNOWN))
    return np.where(unknown, 0, np.where(x == y, MATCH, MISMATCH))


def _filled(
    x: npt.NDArray[np.uint8], y: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.uint8], tuple[int, int]]:
    """Where the best score of each cell comes from, and where the alignment ends."""
    n, m = len(x), len(y)
    flags = np.zeros((n + 1, m + 1), np.uint8)
    steps = np.arange(m + 1) * GAP_EXTEND
    row = np.zeros(m + 1, np.int64)
    down = np.full(m + 1, _NEVER)
    ends = [(0, (0, m))]
    for i in range(1, n + 1):
        opened, longer = row + GAP_OPEN, down + GAP_EXTEND
        down = np.maximum(opened, longer)
        best = np.zeros(m + 1, np.int64)
        diagonal = row[:-1] + _scores(x[i - 1], y)
        best[1:] = np.maximum(diagonal, down[1:])
        # a gap across starts at any earlier cell, and never at the end of another one
        start = best + GAP_OPEN - GAP_EXTEND - steps
        across = np.full(m + 1, _NEVER)
        across[1:] = np.maximum.accumulate(start)[:-1] + steps[1:]
        row = np.maximum(best, across)
        row[0] = 0
        flag = flags[i]
        flag[1:] = np.where(
            row[1:] == diagonal, _DIAGONAL, np.where(row[1:] == down[1:], _DOWN, _ACROSS)
        )
        flag[1:] |= np.where(across[1:] > row[:-1] + GAP_OPEN, _LONGER_ACROSS, 0).astype(
            np.uint8
        )
        flag[1:] |= np.where(longer[1:] > opened[1:], _LONGER_DOWN, 0).astype(np.uint8)
        ends.append((int(row[-1]), (i, m)))
    ends += [(int(row[j]), (n, j)) for j in range(m + 1)]
    _, end = max(ends, key=lambda found: (found[0], found[1][0] + found[1][1]))
    return flags, end
