"""Contrasts: what an experiment asks, as weighted sums of the scores of designs.

Every one of them is taken within a background and only then averaged over backgrounds: the
background's own share of the scores goes away, and what is left has an error of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .designs import Design
from .statistics import NUMBERS

Terms = tuple[tuple[float, Design], ...]
Factor = int | float | str

RATIO = "ratio"
RESERVED = ("quantity", "name", "head", "scale")
_COLUMNS = ("n", *(NUMBERS.names or ()))  # of the table, beside the labels


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
    denominator : tuple of (float, Design)
        What it is divided by, after averaging; of a ratio only.
    """

    name: str
    terms: Terms
    quantity: str = "importance"
    factors: Mapping[str, Factor] = field(default_factory=dict)
    denominator: Terms = ()

    def __post_init__(self) -> None:
        for name in ("name", "quantity"):
            if not isinstance(getattr(self, name), str):
                raise TypeError(f"{name} must be a string, got {getattr(self, name)!r}")
        for name in ("terms", "denominator"):
            object.__setattr__(self, name, _checked(self.name, getattr(self, name)))
        if not self.terms:
            raise ValueError(f"contrast {self.name!r} has no terms: weights and designs")
        if bool(self.denominator) != (self.quantity == RATIO):
            raise ValueError(
                f"contrast {self.name!r} is of quantity {self.quantity!r}: a ratio has a "
                "denominator, and nothing else has"
            )
        for factor, value in self.factors.items():
            if not isinstance(factor, str) or not isinstance(value, Factor | np.number):
                raise TypeError(
                    f"factors are numbers or text by their names, got {factor!r}: {value!r}"
                )

    @property
    def designs(self) -> tuple[Design, ...]:
        """All designs in it."""
        return tuple(design for _, design in self.terms + self.denominator)


def _checked(name: str, terms: Any) -> Terms:
    for term in terms if isinstance(terms, Iterable) else [terms]:
        pair = isinstance(term, tuple | list) and len(term) == 2
        weight, design = term if pair else (None, None)
        if not isinstance(weight, int | float | np.number) or not isinstance(design, Design):
            raise TypeError(
                f"a term of contrast {name!r} is a weight and a Design, as (1.0, "
                f"Design.parse('UGCAUG@17')), got {term!r}"
            )
        if not np.isfinite(weight):
            raise ValueError(f"a weight of contrast {name!r} must be finite, got {weight}")
    return tuple((float(weight), design) for weight, design in terms)


def importance_of(name: str, design: Design, /, **factors: Factor) -> Contrast:
    """The effect of a design: eq. 1 of Koo et al., its local importance."""
    return Contrast(name, effect_of(design), "importance", factors)


def effect_of(design: Design) -> Terms:
    """A design less its baseline."""
    return ((1.0, design), (-1.0, design.baseline))


def interaction(
    name: str,
    together: Design,
    parts: Sequence[Design],
    baseline: Design | None = None,
    /,
    **factors: Factor,
) -> Contrast:
    """What designs do together beyond what each does alone: of two, AB - A - B + 0.

    Parameters
    ----------
    name : str
        Of the row.
    together : Design
        All of them.
    parts : sequence of Design
        Each alone.
    baseline : Design, optional
        What all are held against; by default what is left of them without patterns.
    **factors : int, float or str
        Columns of the table.
    """
    terms = (
        (1.0, together),
        *((-1.0, part) for part in parts),
        (len(parts) - 1.0, baseline or together.baseline),
    )
    return Contrast(name, terms, "interaction", factors)


def difference(name: str, a: Design, b: Design, /, **factors: Factor) -> Contrast:
    """How much more one design does than another."""
    if a.baseline == b.baseline:
        return Contrast(name, ((1.0, a), (-1.0, b)), "difference", factors)
    negative = tuple((-weight, design) for weight, design in effect_of(b))
    return Contrast(name, effect_of(a) + negative, "difference", factors)


def ratio(name: str, a: Design, b: Design, /, **factors: Factor) -> Contrast:
    """The effect of one design in multiples of another's."""
    return Contrast(name, effect_of(a), RATIO, factors, effect_of(b))


def check_contrasts(contrasts: Any) -> list[Contrast]:
    """The contrasts of one table: one at least, with the same factors each."""
    found = list(contrasts) if isinstance(contrasts, Iterable) else [contrasts]
    if not found:
        raise ValueError("there is nothing to test: no designs were given")
    for contrast in found:
        if not isinstance(contrast, Contrast):
            raise TypeError(f"effects are of Contrasts, got {contrast!r}")
        if list(contrast.factors) != (factors := list(found[0].factors)):
            raise ValueError(
                f"the contrasts of one table have the same factors, got {factors} and "
                f"{list(contrast.factors)}"
            )
    check_factors(list(found[0].factors))
    return found


def check_factors(factors: Sequence[str]) -> None:
    """Raise unless these can be columns of the table, beside its own."""
    taken = (*RESERVED, *_COLUMNS)
    for factor in factors:
        if not factor or factor in taken:
            raise ValueError(f"a factor is none of {', '.join(taken)}, got {factor!r}")
