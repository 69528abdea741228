"""Models of pairs and hairpins whose effects can be worked out by hand.

All take strings and know nothing of designs, so they are oracles of what was written where.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from fastmi.models import wrap

PARTNERS = {"rna": str.maketrans("ACGU", "UGCA"), "dna": str.maketrans("ACGT", "TGCA")}


def reverse_complement(pattern: str, alphabet: str = "rna") -> str:
    return pattern[::-1].translate(PARTNERS[alphabet])


def wrote(sequence: str, *places: tuple[str, int]) -> str:
    """A sequence with patterns in it; "." and N keep its letters."""
    letters = list(sequence)
    for pattern, start in places:
        for at, letter in enumerate(pattern, start):
            letters[at] = letters[at] if letter in ".N" else letter
    return "".join(letters)


def model(score: Callable[[str], float | Sequence[float]]) -> Any:
    """A model of the score of one sequence."""
    return wrap(lambda strings: np.array([score(s) for s in strings], float), takes="strings")


class PairAtGap:
    """``weight`` for the first pattern with the second so many letters behind it, anywhere."""

    def __init__(self, first: str, second: str, gap: int, weight: float = 1.0) -> None:
        self.first, self.second, self.gap, self.weight = first, second, gap, weight

    def __call__(self, sequence: str) -> float:
        apart = len(self.first) + self.gap
        return self.weight * any(
            sequence.startswith(self.first, at) and sequence.startswith(self.second, at + apart)
            for at in range(len(sequence))
        )


class PairInPlaces:
    """``weight`` where all patterns are in their places."""

    def __init__(self, places: Mapping[int, str], weight: float = 1.0) -> None:
        self.places, self.weight = places, weight

    def __call__(self, sequence: str) -> float:
        return self.weight * all(sequence.startswith(p, at) for at, p in self.places.items())


class Additive:
    """A weight for each letter in each place: nothing interacts, and places matter."""

    def __init__(self, length: int, letters: str, seed: int = 1) -> None:
        self.letters = letters
        self.weights = np.random.default_rng(seed).normal(size=(length, len(letters)))

    def __call__(self, sequence: str) -> float:
        return float(
            sum(w[self.letters.index(c)] for w, c in zip(self.weights, sequence, strict=True))
        )


class HairpinDetector:
    """Base pairs of a stem, and the motif's worth where it lies within a whole stem.

    The score is ``pair`` for each pair of bases that can pair, and ``motif_worth`` if all of
    them do and the motif starts at one of ``starts``.
    """

    def __init__(
        self,
        pairs: Sequence[tuple[int, int]],
        motif: str,
        starts: Sequence[int],
        pair: float = 0.0,
        motif_worth: float = 1.0,
    ) -> None:
        self.pairs, self.motif, self.starts = pairs, motif, starts
        self.pair, self.motif_worth = pair, motif_worth

    def n_pairs(self, sequence: str) -> int:
        partners = PARTNERS["dna" if "T" in sequence else "rna"]
        return sum(sequence[i] == sequence[j].translate(partners) for i, j in self.pairs)

    def __call__(self, sequence: str) -> float:
        n = self.n_pairs(sequence)
        folded = n == len(self.pairs)
        there = any(sequence.startswith(self.motif, at) for at in self.starts)
        return self.pair * n + self.motif_worth * (folded and there)


class Recording:
    """Another model's scores, and every sequence that it was given."""

    def __init__(self, score: Callable[[str], float]) -> None:
        self.score, self.seen = score, []

    def __call__(self, sequence: str) -> float:
        self.seen.append(sequence)
        return self.score(sequence)
