"""Random numbers that belong to records: a function of seed, stream and record, of no order.

A record is the same whichever block, thread or shard makes it.  Streams keep apart what is
drawn for different purposes from one seed, so that where a motif goes has nothing to do with
the letters around it.
"""

from __future__ import annotations

import enum
import secrets
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from . import _random

Rng: TypeAlias = "int | np.random.Generator | None"
Words: TypeAlias = npt.NDArray[np.uint32]

_MOST_SEED = 2**64 - 1


class Stream(enum.IntEnum):
    """What random numbers are for; the numbers are part of what a seed means."""

    LETTERS = 0
    PLACES = 1
    MOTIFS = 2
    SHUFFLE = 3
    MUTATIONS = 4
    DESIGN = 5
    HAIRPINS = 6
    SAMPLE = 7
    RESAMPLES = 8
    EPISTASIS = 9
    PERMUTATIONS = 10
    NULL_SETS = 11
    CONTACTS = 20
    BOOTSTRAP = 23
    SUBSETS = 21
    SPLITS = 22


def resolve_seed(rng: Rng) -> int:
    """The seed, 0 .. 2^64 - 1, that a caller's ``rng`` stands for.

    Parameters
    ----------
    rng : int, numpy Generator or None
        A seed; a generator, which draws one; or None for one that nobody can foretell.

    Returns
    -------
    int
    """
    if rng is None:
        return secrets.randbits(53)  # a float of other programs' JSON holds it, too
    if isinstance(rng, np.random.Generator):
        return int(rng.integers(2**53))
    if not isinstance(rng, int | np.integer) or isinstance(rng, bool):
        raise TypeError(f"rng is a whole number, a numpy Generator or None, got {rng!r}")
    if not 0 <= rng <= _MOST_SEED:
        raise ValueError(f"a seed is between 0 and 2^64 - 1, got {rng}")
    return int(rng)


class Draws:
    """The random words of some records, taken a few at a time.

    Parameters
    ----------
    seed : int
        As of :func:`resolve_seed`.
    stream : Stream
        What they are for.
    first, n : int
        Number of the first record, and how many there are.

    Examples
    --------
    >>> whole, part = Draws(7, Stream.PLACES, 0, 5), Draws(7, Stream.PLACES, 3, 2)
    >>> bool((whole.below(100)[3:] == part.below(100)).all())
    True
    """

    def __init__(self, seed: int, stream: Stream, first: int, n: int) -> None:
        self._key = (seed, int(stream), first)
        self._n = n
        self._at = 0

    def words(self, m: int) -> Words:
        """The next m random words of each record, shape (n, m) uint32."""
        words = np.empty((self._n, m), np.uint32)
        _random.random_words(*self._key, self._at, words)
        self._at += m
        return words

    def skip(self, m: int) -> None:
        """Leave out the next m words of each record."""
        self._at += m

    def uniforms(self, m: int) -> npt.NDArray[np.float64]:
        """Draw m random numbers a record, above 0 and below 1, shape (n, m)."""
        return np.asarray((self.words(m) + 0.5) * 2.0**-32, np.float64)

    def below(self, bound: int | npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """One whole number a record from 0 to bound - 1, shape (n,).

        Parameters
        ----------
        bound : int, or ndarray of shape (n,)
            From 1 up to 2^31. No number is likelier than another by more than bound / 2^64.
        """
        high, low = self.words(2).T.astype(np.uint64)
        most = np.asarray(bound, np.uint64)
        # the upper part of a product of 64 and 32 bits
        upper = (high * most + (low * most >> np.uint64(32))) >> np.uint64(32)
        return np.asarray(upper, np.int64)

    def choices(
        self, probabilities: npt.NDArray[np.float64], m: int = 1
    ) -> npt.NDArray[np.int64]:
        """Make m choices a record by their probabilities, which add to 1; shape (n, m)."""
        thresholds = thresholds_of(probabilities[None])[0]
        return np.searchsorted(thresholds, self.words(m) >> np.uint32(1), side="right")

    def distinct(self, bound: int | npt.NDArray[np.int64], m: int) -> npt.NDArray[np.int64]:
        """Choose m different whole numbers a record from 0 to bound - 1, in ascending order.

        Every set is equally likely (R. W. Floyd's algorithm, doi:10.1145/30401.315746).

        Parameters
        ----------
        bound : int, or ndarray of shape (n,)
            From m up to 2^31.
        m : int
            How many.

        Returns
        -------
        ndarray of int64, shape (n, m)
        """
        chosen = np.empty((self._n, m), np.int64)
        for i in range(m):
            last = np.asarray(bound, np.int64) - m + i
            number = self.below(last + 1)
            taken = (chosen[:, :i] == number[:, None]).any(axis=1)
            chosen[:, i] = np.where(taken, last, number)
        chosen.sort(axis=1)
        return chosen

    def orders(self, m: int) -> npt.NDArray[np.int64]:
        """One order of m things a record, each equally likely: what comes when, (n, m)."""
        orders = np.tile(np.arange(m), (self._n, 1))
        rows = np.arange(self._n)
        for i in range(m - 1, 0, -1):
            other = self.below(i + 1)
            orders[rows, other], orders[:, i] = orders[:, i].copy(), orders[rows, other]
        return orders


def thresholds_of(probabilities: npt.NDArray[np.float64]) -> Words:
    """What 31 random bits are held against, to choose with these probabilities.

    The choice is the number of thresholds reached, in multiples of 2^-31; one of probability
    0 is never made.

    Parameters
    ----------
    probabilities : ndarray of float64, shape (n, A)
        Each row adds to 1.

    Returns
    -------
    ndarray of uint32, shape (n, A - 1)
    """
    cumulative = np.cumsum(probabilities, axis=1)
    cumulative /= cumulative[:, -1:]
    thresholds = np.rint(cumulative[:, :-1] * 2.0**31).astype(np.uint32)
    # nothing is left for what follows the last one that is possible
    rest = np.cumsum(probabilities[:, ::-1], axis=1)[:, ::-1][:, 1:]
    thresholds[rest == 0] = _random.CERTAIN
    return np.ascontiguousarray(thresholds)


def drawn_letters(words: Words, thresholds: Words) -> npt.NDArray[np.uint8]:
    """The letters that random words choose.

    Parameters
    ----------
    words : ndarray of uint32, shape (n, m)
        One a letter.
    thresholds : ndarray of uint32, shape (m, A - 1) or (1, A - 1)
        As of :func:`thresholds_of`: of each of the m letters, or the same for all.

    Returns
    -------
    ndarray of uint8, shape (n, m)
        Their codes.
    """
    bits = words >> np.uint32(1)
    codes = np.zeros(bits.shape, np.uint8)
    for threshold in thresholds.T:
        codes += bits >= threshold
    return codes
