"""Sequences as the kernels count them: with weights that are whole numbers.

Sums of whole numbers are exact, so that they do not depend on threads, blocks, shards, or the
order in which parts are merged.  Weights that are whole already count as they are: a sequence
with weight 3 counts as three of it would.  Fractions are rounded, each by itself, to multiples
of ``UNIT``, 2^-36; from then on nothing is rounded again until mutual information is evaluated.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from . import _core
from ._numbers import Doubles
from ._run import Control, resolve_isa, run_job, useful_threads
from ._weighting import exact_sum
from .errors import FastMIError
from .sequences import PackedSequences

# Each fraction is off by 2^-37 (7.3e-12) at most, and a cell of N sequences by N 2^-37; sums
# have 63 bits, so they stay below 2^27.
UNIT = 2.0**-36
_MOST = 2.0**63
_MOST_OFF = 1e-6  # of the sum of the weights
_BLOCK = 1 << 16  # weights looked at together
_SHORT = 1 << 22  # k-mers counted in some milliseconds: nobody wants to stop that


@dataclass(frozen=True)
class Counted:
    """What goes into the kernels.

    Attributes
    ----------
    sequences : PackedSequences
        The rows.
    numbers : ndarray of uint64, shape (N,), or None
        How many units each counts; None for one.
    unit : float
        What 1 in the kernels' counts stands for: 1, or ``UNIT``.
    """

    sequences: PackedSequences
    numbers: npt.NDArray[np.uint64] | None
    unit: float

    @property
    def view(self) -> _core.Seqs:
        """Rows and numbers as the C core sees them."""
        s = self.sequences
        return _core.Seqs(s.rows, s.mask, s.length, len(s.alphabet), self.numbers)

    @cached_property
    def total(self) -> int:
        """What all sequences count together, in units."""
        if self.numbers is None:
            return len(self.sequences)
        return int(self.numbers.sum(dtype=np.uint64))

    @property
    def weighted(self) -> bool:
        """Whether there are weights."""
        return self.numbers is not None

    @property
    def n_effective(self) -> float | None:
        """The sum of the weights; None where there are none."""
        return None if self.numbers is None else self.total * self.unit

    @cached_property
    def worth(self) -> float:
        """How many independent sequences there are: N; or what the weights are worth.

        The sum of the weights, which say for how many a sequence stands; but of fractions no
        more than (sum w)^2 / sum w^2 (Kish 1965), by which the variance of a weighted mean
        goes.
        """
        total = self.total * self.unit
        if self.numbers is None or self.unit == 1:
            return total
        squares = float(np.square(self.numbers.astype(np.float64) * self.unit).sum())
        return min(total, total * total / squares) if squares > 0 else total

    def take(self, rows: slice | npt.NDArray[np.intp]) -> Counted:
        """Some of the rows; a view for a slice."""
        numbers = None if self.numbers is None else self.numbers[rows]
        return Counted(self.sequences[rows], numbers, self.unit)

    def sample(self, n: int) -> Counted:
        """About n sequences spread evenly, by weight, each of which then counts once."""
        if self.numbers is None:
            return Counted(self.sequences[:: -(-len(self.sequences) // n)], None, 1.0)
        steps = np.arange(n, dtype=np.float64) + 0.5
        below = np.cumsum(self.numbers, dtype=np.float64)
        at = np.searchsorted(below, steps * (below[-1] / n), side="right")
        return Counted(self.sequences[at].with_weights(None), None, 1.0)


def counted(sequences: PackedSequences, unit: float | None = None) -> Counted:
    """The sequences with whole-number weights.

    Parameters
    ----------
    sequences : PackedSequences
        With or without weights.
    unit : float, optional
        1 or ``UNIT``; by default 1 where the weights are whole numbers.

    Returns
    -------
    Counted
    """
    weights = sequences.weights
    if weights is None:
        if unit != UNIT:
            return Counted(sequences, None, 1.0)
        weights = np.ones(len(sequences))
    fraction = first_fraction(weights) if unit != UNIT else None
    if unit == UNIT or (unit is None and fraction is not None):
        return Counted(sequences, _in_units(weights), UNIT)
    if fraction is not None:
        raise FastMIError(
            f"sequence {fraction} has the weight {weights[fraction]:g}, and these counts take "
            "whole numbers only; JointCounts(weighted=True) takes fractions"
        )
    if sequences.n_effective >= _MOST:
        raise FastMIError(
            f"the weights sum to {sequences.n_effective:g}; the most that can be counted is "
            "2^63 - 1"
        )
    return Counted(sequences, weights.astype(np.uint64), 1.0)


def first_fraction(weights: npt.NDArray[np.float64]) -> int | None:
    """Index of the first weight that is not whole."""
    for start in range(0, len(weights), _BLOCK):
        some = weights[start : start + _BLOCK]
        fractions = some != np.floor(some)
        if fractions.any():
            return start + int(fractions.argmax())
    return None


def _in_units(weights: npt.NDArray[np.float64]) -> npt.NDArray[np.uint64]:
    """Fractions in multiples of ``UNIT``, to the nearest."""
    total, off = exact_sum(weights), 0.0
    numbers = np.empty(len(weights), np.uint64)
    for start in range(0, len(weights), _BLOCK):
        some = np.minimum(weights[start : start + _BLOCK], _MOST * UNIT)
        rounded = np.rint(some / UNIT)
        numbers[start : start + _BLOCK] = rounded
        off += float(np.abs(some - rounded * UNIT).sum())
    # the first sum is that of the weights, the second, of 64 bits, cannot wrap then
    if total >= 1.5 * _MOST * UNIT or int(numbers.sum(dtype=np.uint64)) >= _MOST:
        raise FastMIError(
            f"the weights sum to {total:g}, and fractions are counted in units of 2^-36, up to "
            f"{_MOST * UNIT:,.0f} in all; divide them by a constant, which changes no mutual "
            "information"
        )
    if off > _MOST_OFF * total:
        raise FastMIError(
            f"the weights are too small: fractions are counted in units of 2^-36 = 1.5e-11, "
            f"and rounding takes {off / total:.2g} of their sum, {total:g}; multiply them by a "
            "constant, which changes no mutual information"
        )
    return numbers


def kmer_counts(job: Counted, k: int, n_threads: int = 1) -> npt.NDArray[np.uint64]:
    """Positional k-mer counts in units, shape (P, M) uint64."""
    n, n_positions = len(job.sequences), job.sequences.length - k + 1
    m = job.sequences.alphabet.n_kmers(k)
    counts = np.zeros((n_positions, m), np.uint64)
    view, threads = job.view, useful_threads(n_threads, n_positions, n, 0)

    def count(control: Control) -> None:
        _core.count_kmers(view, k, threads, control, counts)

    if n_positions * n < _SHORT:
        count(np.zeros(2, np.int64))
    else:
        run_job(count, n_positions * n, "counting k-mers")
    return counts


def mi_of_pairs(
    job: Counted,
    k: int,
    pseudocount: float,
    n_threads: int,
    what: str = "counting",
    progress: bool = False,
) -> tuple[Doubles, npt.NDArray[np.uint64]]:
    """Mutual information of all pairs in bits, and the units behind each, i-major."""
    n, n_pairs = len(job.sequences), _core.n_pairs(job.sequences.length, k)
    threads = useful_threads(n_threads, n_pairs, n, job.sequences.alphabet.n_kmers(k))
    mi, n_ij = np.empty(n_pairs), np.empty(n_pairs, np.uint64)
    view, isa = job.view, resolve_isa()
    run_job(
        lambda control: _core.pairwise_mi(
            view, k, float(pseudocount), threads, control, mi, n_ij, isa=isa
        ),
        n_pairs * n,
        what,
        progress,
    )
    return mi, n_ij
