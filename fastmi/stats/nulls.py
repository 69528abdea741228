"""Data sets drawn under a null, one after the other.

Which null it is decides what a small p means; :data:`EXPLAINED` says it where one is printed.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .._choosing import chosen_records
from .._draws import Draws, Stream
from ..errors import FastMIError
from ..selection import Selection
from ..sequences import PackedSequences
from .additive import AdditiveScores

EXPLAINED = {
    "independence": "the two positions are independent: a small p says dependent, not "
    "interacting",
    "pool": "the sequences are a random subset of the pool: a small p says that choosing them "
    "made the positions more dependent than they were in it",
    "additive": "scores rise with a sum over single letters, and the sequences were chosen by "
    "them: a small p says interaction, beyond what selection alone does (a motif at any of "
    "several places counts as one)",
    "distance": "sequences have no fixed places: a small p says that a pair is more dependent "
    "than pairs at its distance are anywhere",
    "samples": "the sequences are like the given random sets: a small p says more dependent "
    "than in these",
}
NULLS = tuple(EXPLAINED)


def check_pool(pool: object) -> None:
    """Raise unless sequences can be drawn from it."""
    if not isinstance(pool, PackedSequences):
        raise TypeError(
            f"pool must be PackedSequences, as fastmi.read and fastmi.pack give them, got "
            f"{type(pool).__name__}"
        )


def subsets(pool: PackedSequences, n: int, n_sets: int, seed: int) -> Iterator[PackedSequences]:
    """Random subsets of n sequences of the pool, without replacement."""
    if n > len(pool):
        raise FastMIError(
            f"{n:,} sequences cannot be a random subset of a pool of {len(pool):,}; give the "
            "pool that they were chosen from"
        )
    for number in range(n_sets):
        keys = Draws(seed, Stream.NULL_SETS, number << 32, len(pool)).words(2)
        chosen = np.argpartition(keys.view(np.uint64)[:, 0], n - 1)[:n]
        yield pool[np.sort(chosen)]


def additive_sets(
    pool: PackedSequences,
    fitted: AdditiveScores,
    selection: Selection,
    n_sets: int,
    seed: int,
) -> Iterator[PackedSequences]:
    """As many sequences, chosen by scores that sequences with equal sums exchanged.

    Parameters
    ----------
    pool : PackedSequences
        All that were scored.
    fitted : AdditiveScores
        Of the pool.
    selection : Selection
        How the sequences were chosen, by rank.
    n_sets, seed : int
        How many sets, and of which seed.
    """
    for number in range(n_sets):
        yield pool[chosen_records(selection, fitted.exchanged(seed, number))]


def shifted_sets(
    sequences: PackedSequences, most: int, n_sets: int, seed: int
) -> Iterator[PackedSequences]:
    """Each sequence cut to ``most`` letters fewer, from a random letter on."""
    codes, n = sequences.to_codes(), len(sequences)
    kept = sequences.length - most
    for number in range(n_sets):
        starts = Draws(seed, Stream.NULL_SETS, number << 32, n).below(most + 1)
        windows = np.lib.stride_tricks.sliding_window_view(codes, kept, axis=1)
        cut = PackedSequences.from_codes(
            windows[np.arange(n), starts], alphabet=sequences.alphabet, unknown="skip"
        )
        yield cut.with_weights(sequences.weights)
