"""What is written where a motif goes: letters by frequencies, the likeliest, or strong ones."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np

from .._draws import Draws, drawn_letters, thresholds_of
from .._packing import Bytes
from .._strengths import StrengthSampler
from ..alphabet import UNKNOWN_CODE, Alphabet
from ..motifs import Motif

Strength: TypeAlias = "str | float | tuple[float, float]"


class Instances(Protocol):
    """Instances of one motif."""

    @property
    def certain(self) -> Bytes:
        """Code of each position where there is but one, 255 elsewhere: shape (w,)."""

    def draw(self, draws: Draws) -> Bytes:
        """One instance a record, shape (n, w), or (1, w) where all are the same."""


class Sampled:
    """Each letter by its frequency."""

    def __init__(self, motif: Motif) -> None:
        self.certain: Bytes = np.where(
            motif.frequencies.max(axis=1) == 1, motif.frequencies.argmax(axis=1), UNKNOWN_CODE
        ).astype(np.uint8)
        self._thresholds = thresholds_of(motif.frequencies)

    def draw(self, draws: Draws) -> Bytes:
        """One instance a record."""
        if (self.certain != UNKNOWN_CODE).all():
            return self.certain[None]
        return drawn_letters(draws.words(len(self.certain)), self._thresholds)


class Strong:
    """Instances whose scores lie in a band of quantiles."""

    def __init__(self, sampler: StrengthSampler, width: int) -> None:
        self.certain: Bytes = np.full(width, UNKNOWN_CODE, np.uint8)
        self._sampler = sampler

    def draw(self, draws: Draws) -> Bytes:
        """One instance a record."""
        return self._sampler.codes(draws.uniforms(len(self.certain)))


class Pattern(NamedTuple):
    """A motif over the alphabet of the sequences, and what is written for it."""

    motif: Motif
    strength: Strength
    instances: Instances


def patterns(motifs: object, strength: object, alphabet: Alphabet) -> list[Pattern]:
    """One or several motifs or strings, checked; as ``fastmi.simulate.embed`` takes them."""
    given = [motifs] if isinstance(motifs, str | Motif) else motifs
    if not isinstance(given, list | tuple):
        raise TypeError(f"motifs are strings or Motif objects, got {type(motifs).__name__}")
    if not given:
        raise ValueError("there are no motifs to embed")
    strengths = one_each("strength", strength, len(given))
    return [_pattern(*each, alphabet) for each in zip(given, strengths, strict=True)]


def one_each(name: str, given: object, n: int) -> list[Any]:
    """A list with one for each motif; one that is not a list is for all."""
    if not isinstance(given, list):
        return [given] * n
    if len(given) != n:
        raise ValueError(f"{name} as a list has one for each of {n} motifs, got {len(given)}")
    return given


def _pattern(motif: object, strength: object, alphabet: Alphabet) -> Pattern:
    if isinstance(motif, str):
        drawn = Motif.from_iupac(motif, alphabet)
        return Pattern(drawn, "sample", Sampled(drawn))
    if not isinstance(motif, Motif):
        raise TypeError(f"a motif is a string or a Motif, got {type(motif).__name__}")
    drawn = motif.with_alphabet(alphabet)
    if strength == "sample":
        return Pattern(drawn, strength, Sampled(drawn))
    if strength == "consensus":
        return Pattern(drawn, strength, Sampled(Motif.from_iupac(drawn.consensus(), alphabet)))
    band = strength if isinstance(strength, tuple) else (strength, strength)
    if len(band) != 2 or not all(isinstance(q, int | float | np.number) for q in band):
        raise ValueError(
            f"strength is 'sample', 'consensus', a quantile, or a band (low, high) of them, "
            f"got {strength!r}"
        )
    low, high = map(float, band)
    return Pattern(drawn, (low, high), Strong(StrengthSampler(drawn, low, high), len(drawn)))
