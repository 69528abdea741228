"""Permutations of all pairs at once, at the speed of counting.

Row n of a crossed set is a sequence followed by another one, drawn without replacement: the
left part is the data, the right part the data in another order. So the joint counts of position
i on the left and j on the right are those of one permutation of the pair (i, j), for all pairs
of one order, and the kernels that count any sequences count them. (i, j) and (j, i) are two
permutations of a pair.

Where sequences have weights, both parts are drawn with replacement, each sequence as often as
it weighs, as many as the weights are worth: independent columns with the same frequencies.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _core
from .._draws import Draws, Stream
from .._numbers import Doubles
from .._run import Control, run_job
from ..sequences import PackedSequences

_MOST_DRAWN = 200_000  # sequences of a crossed set, where weights say how many


class Crossed:
    """Sequences beside others of the same set.

    Parameters
    ----------
    sequences : PackedSequences
        N of them, length L.
    left, right : ndarray of intp
        Which stand where; equally many.
    """

    def __init__(
        self,
        sequences: PackedSequences,
        left: npt.NDArray[np.intp] | slice,
        right: npt.NDArray[np.intp],
    ) -> None:
        length, n_letters = sequences.length, len(sequences.alphabet)
        packed = n_letters == 4
        self.start = -(-length // 8) * 8 if packed else length  # of the right part
        width = self.start // 4 if packed else self.start
        self._n, self._length = len(right), length
        self.view = _core.Seqs(
            _beside(sequences.rows, width, left, right),
            None
            if sequences.mask is None
            else _beside(sequences.mask, self.start // 8, left, right),
            self.start + length,
            n_letters,
        )

    def __len__(self) -> int:
        return self._n

    def evaluated(
        self,
        k: int,
        evaluate: Callable[[Control, Doubles, npt.NDArray[np.uint64], tuple[int, int]], None],
    ) -> Doubles:
        """What every position on the left has with every one on the right, flat.

        Parameters
        ----------
        k : int
            Letters in a k-mer.
        evaluate : callable
            What fills values and numbers of sequences in, given a control array, these two,
            and ``between`` as the core has it.
        """
        n_positions = self._length - k + 1
        values, n = np.empty(n_positions**2), np.empty(n_positions**2, np.uint64)
        between = (n_positions, self.start)
        run_job(
            lambda control: evaluate(control, values, n, between),
            n_positions**2 * len(self),
            "permuting",
        )
        return values


def _beside(rows: Any, width: int, left: Any, right: Any) -> npt.NDArray[np.uint8]:
    """Rows and others from this byte on; zeros between them."""
    n = len(right)
    out = np.zeros((n, width + rows.shape[1]), np.uint8)
    out[:, : rows.shape[1]] = rows[left]
    out[:, width:] = rows[right]
    return out


def crossed(
    sequences: PackedSequences, seed: int, number: int, worth: float | None = None
) -> Crossed:
    """One permutation of the sequences against themselves.

    Parameters
    ----------
    sequences : PackedSequences
        Their weights count only for ``worth``.
    seed, number : int
        Which permutation; the same for any order of calls.
    worth : float, optional
        Where there are weights: how many sequences they are worth.

    Returns
    -------
    Crossed
    """
    n, first = len(sequences), number << 32
    if sequences.weights is None or worth is None:
        words = Draws(seed, Stream.PERMUTATIONS, first, n).words(2)
        order = np.argsort(words.view(np.uint64)[:, 0], kind="stable")
        return Crossed(sequences, slice(None), order)
    n_drawn = min(max(round(worth), 1), max(n, _MOST_DRAWN))
    uniforms = Draws(seed, Stream.PERMUTATIONS, first, n_drawn).uniforms(2)
    below = np.cumsum(sequences.weights)
    left, right = (
        np.minimum(np.searchsorted(below, u * below[-1], side="right"), n - 1)
        for u in uniforms.T
    )
    return Crossed(sequences, left, right)
