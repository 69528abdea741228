"""What is significant of a map that lies in a file with others: its arrays, its description."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy.typing as npt

from .._archive import Archive
from ..results import MIResult
from .nulls import EXPLAINED
from .result import BIASES, Significance
from .tails import Check

_OF_THE_FILE = ("kind", "format", "result")


def about_significance(found: Significance) -> dict[str, Any]:
    """Everything but the numbers and the map, ready for JSON."""
    return {name: it for name, it in found.about().items() if name not in _OF_THE_FILE}


def significance_arrays(found: Significance, ending: str) -> dict[str, npt.NDArray[Any]]:
    """The numbers, with this ending to their names."""
    named = {"expected": found.expected, "p": found.p, "x2": found.x2}
    return {f"{name}{ending}": array for name, array in named.items() if array is not None}


def stored_significance(
    archive: Archive, about: Mapping[str, Any], result: MIResult, ending: str
) -> Significance:
    """What a file has of a map, by its description; ValueError where that cannot be."""
    null, bias = str(about["null"]), str(about["bias"])
    if null not in EXPLAINED or bias not in (*BIASES, "null"):
        raise ValueError(f"no null {null!r} with the bias {bias!r}")
    check, settings = Check.from_about(about["check"]), dict(about["settings"])
    names = ["expected", "p", *(["x2"] if about["x2"] else [])]
    shape = result.matrix.shape
    found = {name: archive.array(f"{name}{ending}", "<f8", shape) for name in names}
    return Significance(result, null, bias=bias, check=check, settings=settings, **found)
