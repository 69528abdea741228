"""Toy models for global importance analysis, and what they give exactly.

Each makes a function of codes (n, L) that gives a score a sequence; ``toy`` makes a model of
it. Over all sequences of a few letters, effects are averages without an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from fastmi import PackedSequences, get_alphabet
from fastmi.gia import GIA, Effects
from fastmi.models import wrap

RNA = get_alphabet("rna")

Score = Callable[[np.ndarray], np.ndarray]

# ---------------------------------------------------------------------- sites, sums, flanks


def letters(pattern: str) -> np.ndarray:
    """Codes of a pattern without open letters."""
    return np.array([RNA.letters.index(letter) for letter in pattern])


def sites(pattern: str, starts: Sequence[int]) -> Score:
    """At how many of these starts the pattern is."""
    codes = letters(pattern)

    def score(x: np.ndarray) -> np.ndarray:
        found = [(x[:, s : s + len(codes)] == codes).all(axis=1) for s in starts]
        return np.sum(found, axis=0).astype(float)

    return score


def additive(length: int, seed: int = 5) -> Score:
    """The sum of a number for each letter in its place: a PFM over the whole sequence."""
    weights = np.random.default_rng(seed).normal(size=(length, 4))
    return lambda x: weights[np.arange(length), x].sum(axis=1)


def saturating(count: Score) -> Score:
    """The first site is worth more than the second."""
    return lambda x: 1 - np.exp(-count(x))


def synergistic(count: Score) -> Score:
    """Two sites are worth four times one."""
    return lambda x: count(x) ** 2


def sigmoid(total: Score) -> Score:
    """What adds up before it does not behind it."""
    return lambda x: 1 / (1 + np.exp(-total(x)))


def at_gap(a: str, b: str, gap: int, strength: float = 1.0) -> Score:
    """Sites of two patterns, wherever they are, and more for each pair with this gap."""
    apart = len(a) + gap

    def score(x: np.ndarray) -> np.ndarray:
        length = x.shape[1]
        last = length - apart - len(b)
        pairs = sum(
            sites(a, [s])(x) * sites(b, [s + apart])(x) for s in range(max(last + 1, 0))
        )
        alone = sum(sites(p, range(length - len(p) + 1))(x) for p in (a, b))
        return alone + strength * pairs

    return score


def gc_sensitive(count: Score, first: int) -> Score:
    """Sites that are worth less the more of the letters from ``first`` on are G or C."""
    return lambda x: count(x) * (1 - np.isin(x[:, first:], letters("CG")).mean(axis=1))


def toy(*scores: Score):
    """A model of one score, or of several heads."""

    def run(x: np.ndarray) -> np.ndarray:
        return np.stack([score(x) for score in scores], axis=1)

    return wrap(run, takes="codes", alphabet="rna")


# ------------------------------------------------------------------------- without an error


def all_codes(length: int) -> np.ndarray:
    """All sequences of this length, shape (4 ** length, length)."""
    return np.array(list(product(range(4), repeat=length)), np.uint8)


def exhaustive(length: int, *scores: Score, **options) -> GIA:
    """Global importance analysis whose backgrounds are all sequences of this length."""
    every = PackedSequences.from_codes(all_codes(length), RNA)
    return GIA(toy(*scores), every, len(every), **options)


def averages(score: Score, length: int) -> Callable[[str], float]:
    """Average scores with patterns written, as "GU@1+GU@4"; "" is the background."""

    def average(text: str) -> float:
        x = all_codes(length)
        for part in filter(None, text.split("+")):
            pattern, start = part.split("@")
            x[:, int(start) : int(start) + len(pattern)] = letters(pattern)
        return float(score(x).mean())

    return average


def in_blocks(effects: Effects, n: int) -> Iterator[Effects]:
    """The same effects of every n backgrounds, as if each had been asked for alone."""
    for first in range(0, effects.n, n):
        some = slice(first, first + n)
        yield replace(
            effects, local=effects.local[:, some], denominator=effects.denominator[:, some]
        )
