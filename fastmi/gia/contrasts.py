"""Contrasts: what an experiment asks, as weighted sums of the scores of designs.

Every one of them is taken within a background and only then averaged over backgrounds: the
background's own share of the scores goes away, and what is left has an error of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from .designs import Design

Terms = tuple[tuple[float, Design], ...]
Factor = int | float | str


@dataclass(frozen=True)
class Contrast:
    """A weighted sum of the scores of some designs in one background.

    Attributes
    ----------
    name : str
        Of its row in the table.
    terms : tuple of (float, Design)
        Weights and designs.
    quantity : str
        What it is: "importance", "interaction", "difference" or "ratio".
    factors : mapping
        What it was varied by, such as ``{"start": 4}``: columns of the table.
    over : tuple of (float, Design)
        What it is divided by, after averaging; of a ratio only.
    """

    name: str
    terms: Terms
    quantity: str = "importance"
    factors: Mapping[str, Factor] = field(default_factory=lambda: MappingProxyType({}))
    over: Terms = ()

    @property
    def designs(self) -> tuple[Design, ...]:
        """All designs in it."""
        return tuple(design for _, design in self.terms + self.over)


def importance(name: str, design: Design, /, **factors: Factor) -> Contrast:
    """The effect of a design: eq. 1 of Koo et al., its local importance."""
    return Contrast(name, effect_of(design), "importance", factors)


def effect_of(design: Design) -> Terms:
    """A design less its baseline."""
    return ((1.0, design), (-1.0, design.baseline))


def interaction(name: str, a: Design, b: Design, /, **factors: Factor) -> Contrast:
    """What two designs do together beyond what each does alone: AB - A - B + 0."""
    both = a + b
    terms = ((1.0, both), (-1.0, a), (-1.0, b), (1.0, both.baseline))
    return Contrast(name, terms, "interaction", factors)


def difference(name: str, a: Design, b: Design, /, **factors: Factor) -> Contrast:
    """How much more one design does than another."""
    if a.baseline == b.baseline:
        return Contrast(name, ((1.0, a), (-1.0, b)), "difference", factors)
    negative = tuple((-weight, design) for weight, design in effect_of(b))
    return Contrast(name, effect_of(a) + negative, "difference", factors)


def ratio(name: str, a: Design, b: Design, /, **factors: Factor) -> Contrast:
    """The effect of one design in multiples of another's."""
    return Contrast(name, effect_of(a), "ratio", factors, effect_of(b))
