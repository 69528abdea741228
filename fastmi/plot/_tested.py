"""What the plots draw of a map that was tested, and what they say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .._checks import check_share
from ..results import Matrix, MIResult
from ._axes import value_label

if TYPE_CHECKING:
    from ..stats.result import Significance

CURVES = ("mi", "corrected")
VALUES = (*CURVES, "p", "significant")
DEFAULT_Q = 0.05
BEYOND = "MI beyond the null (bits)"


def check_level(q: float) -> None:
    """Raise unless q is a level."""
    check_share("q", q)


def value_of(
    result: MIResult, tested: Significance | None, value: str, q: float | None
) -> tuple[Matrix, str, str]:
    """What of a map is drawn, its label and its colours."""
    if value not in VALUES:
        raise ValueError(f"value must be one of {', '.join(VALUES)}, got {value!r}")
    if value == "mi":
        return result.matrix, value_label(result), "viridis"
    if tested is None:
        raise ValueError(
            f"value={value!r} is of a map that was tested, as fastmi.significance does it, and "
            "this one was not"
        )
    if value == "p":
        return tested.p, "p", "viridis_r"
    if value == "corrected":
        return tested.corrected, BEYOND, "viridis"
    if q is None:
        raise ValueError("value='significant' needs q=, such as 0.05")
    with np.errstate(invalid="ignore"):
        found = np.where(np.isnan(tested.q), np.nan, tested.q <= q)
    return found, "", "Greys"


def in_title(title: str | None, tested: Significance, q: float, *, outlined: bool) -> str:
    """A title, if there is one, and what the pairs marked below it are."""
    words = (
        f"{'outlined' if outlined else 'black'}: q \N{LESS-THAN OR EQUAL TO} {q:g} (null: "
        f"{tested.null}), {tested.n_significant(q):,} of {tested.n_tests:,} pairs"
    )
    return words if title is None else f"{title}\n{words}"
