"""Mutants: sequences with so many letters changed, or with all letters random but mutations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .._checks import check_positions, check_size
from .._draws import Draws, Rng, Stream, drawn_letters, resolve_seed, thresholds_of
from .._frequencies import Frequencies, check_frequencies, in_order
from .._gather import Gatherer
from .._packing import Bytes
from ..alphabet import Alphabet
from ..errors import FastMIError
from ..io import as_source
from ..sequences import PackedSequences
from ..sources import Source, blocks_of_source, pack_wild_type
from ._edited import Edited, lazily


class Mutated(Edited):
    """Sequences with some letters changed; see :func:`mutate`."""

    def __init__(
        self, source: Source, seed: int, n: int, positions: npt.NDArray[np.int64]
    ) -> None:
        super().__init__(source, seed)
        self._n, self._positions = n, positions

    def about(self) -> dict[str, Any]:
        """How they are made, ready for JSON."""
        return {
            "what": "mutants",
            **self._origin,
            "n_mutations": self._n,
            "positions": self._positions.tolist(),
        }

    def _edit(self, codes: Bytes, first: int) -> None:
        size, rows = len(self.alphabet), np.arange(len(codes))
        known = codes[:, self._positions] < size
        n_known = known.sum(axis=1)
        if (n_known < self._n).any():
            bad = int(n_known.argmin())
            raise FastMIError(
                f"sequence {first + bad} has {n_known[bad]} letters to change at the positions "
                f"given, and {self._n} are to be"
            )
        draws = Draws(self._seed, Stream.MUTATIONS, first, len(codes))
        chosen = draws.distinct(n_known, self._n)
        if known.all():
            where = self._positions[chosen]
        else:  # those with a letter come first, in order
            order = np.argsort(~known, axis=1, kind="stable")
            where = self._positions[np.take_along_axis(order, chosen, axis=1)]
        for i in range(self._n):
            old = codes[rows, where[:, i]]
            codes[rows, where[:, i]] = (old + 1 + draws.below(size - 1)) % size


class Randomized(Edited):
    """Sequences whose mutations stay and whose other letters are random."""

    def __init__(self, source: Source, seed: int, wild_type: Bytes, p: Frequencies) -> None:
        super().__init__(source, seed)
        self._wild_type, self._p = wild_type, p
        self._thresholds = thresholds_of(p[None])

    def about(self) -> dict[str, Any]:
        """How they are made, ready for JSON."""
        return {
            "what": "randomized but for mutations",
            **self._origin,
            "wild_type": self._wild_type.tolist(),
            "frequencies": self._p.tolist(),
        }

    def _edit(self, codes: Bytes, first: int) -> None:
        draws = Draws(self._seed, Stream.MUTATIONS, first, len(codes))
        letters = drawn_letters(draws.words(self.length), self._thresholds)
        np.copyto(codes, letters, where=codes == self._wild_type)


def mutate(
    data: object,
    n: int,
    *,
    positions: Sequence[int] | None = None,
    alphabet: str | Alphabet | None = None,
    lazy: bool | None = None,
    rng: Rng = None,
) -> PackedSequences | Mutated:
    """Change exactly n letters of each sequence.

    Parameters
    ----------
    data : PackedSequences, Source, path-like, list of str or array_like
        The sequences.
    n : int
        How many letters. Each set of n positions is equally likely, and at each so is every
        letter but the one that is there. Missing letters stay missing.
    positions : sequence of int, optional
        Only these, 0-based; by default all.
    alphabet : str or Alphabet, optional
        As for :func:`fastmi.pairwise_mi`.
    lazy : bool, optional
        As for :func:`fastmi.simulate.embed`.
    rng : int, numpy Generator or None
        As for :func:`fastmi.simulate.random`.

    Returns
    -------
    PackedSequences or Mutated
        As for :func:`fastmi.simulate.embed`.

    Raises
    ------
    FastMIError
        A sequence has fewer than n letters to change.

    Examples
    --------
    >>> mutants = mutate(["AAAAAAAA"] * 3, 2, positions=range(4), rng=1)
    >>> [(text[:4].count("A"), text[4:]) for text in mutants]
    [(2, 'AAAA'), (2, 'AAAA'), (2, 'AAAA')]
    """
    source = as_source(data, alphabet)
    where = check_positions(positions, source.length)
    if check_size("n", n) > len(where):
        raise ValueError(
            f"n must be between 0 and {len(where)}, the number of positions, got {n}"
        )
    mutated = Mutated(source, resolve_seed(rng), int(n), where)
    return mutated if lazily(data, lazy) else mutated.pack()


def randomize(
    data: object,
    wild_type: str,
    *,
    n_mutations: int | None = None,
    frequencies: Mapping[str, float] | npt.ArrayLike | None = None,
    alphabet: str | Alphabet | None = None,
    lazy: bool | None = None,
    rng: Rng = None,
) -> PackedSequences | Randomized:
    """Draw every letter anew that is the wild type's; mutations stay.

    A map of variants shows the wild type everywhere; a map of what this makes shows the
    mutations that occur together.

    Parameters
    ----------
    data : PackedSequences, Source, path-like, list of str or array_like
        Variants of one sequence.
    wild_type : str
        The wild type, as long as they are.
    n_mutations : int, optional
        Keep only the sequences that differ from the wild type at exactly so many positions; a
        missing letter differs. The result is then packed, whatever ``lazy`` says.
    frequencies : mapping or array_like, optional
        Of the letters that are drawn, the wild type's among them, as for
        :func:`fastmi.simulate.random`; by default all are equally likely.
    alphabet : str or Alphabet, optional
        As for :func:`fastmi.pairwise_mi`.
    lazy : bool, optional
        As for :func:`fastmi.simulate.embed`.
    rng : int, numpy Generator or None
        As for :func:`fastmi.simulate.random`.

    Returns
    -------
    PackedSequences or Randomized
        As for :func:`fastmi.simulate.embed`.

    Examples
    --------
    >>> variants = ["AAAAAAAT", "AAAAAAAA", "CAAAAAAT"]
    >>> drawn = randomize(variants, "AAAAAAAA", n_mutations=1, rng=1)
    >>> len(drawn), drawn[0][7]
    (1, 'T')
    """
    source = as_source(data, alphabet)
    letters = np.ravel(pack_wild_type(wild_type, source).to_codes())
    size = len(source.alphabet)
    if isinstance(frequencies, Mapping):
        frequencies = in_order(frequencies, source.alphabet)
    p = np.full(size, 1 / size)
    if frequencies is not None:
        p = check_frequencies(frequencies, (size,), "frequencies")
    if n_mutations is None:
        randomized = Randomized(source, resolve_seed(rng), letters, p)
        return randomized if lazily(data, lazy) else randomized.pack()
    n = check_size("n_mutations", n_mutations)
    kept = Gatherer()
    kept.add(source.block(0, 0))
    for block in blocks_of_source(source):
        kept.add(block[np.flatnonzero((block.to_codes() != letters).sum(axis=1) == n)])
    return Randomized(kept.finish(), resolve_seed(rng), letters, p).pack()
