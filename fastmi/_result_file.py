"""What a map says of itself in a file, and whether it can be true.

Formats: 1 has measures of sequences without weights, 2 of some with, 3 epistasis, 4 what
statistics make of mutual information. A file is of the oldest that has all of it, so that old
versions read what they can.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._archive import Archive, description_of, whole
from ._checks import (
    DERIVED,
    EPISTASIS,
    MEASURES,
    MOST_POSITIONS,
    check_pseudocount,
    check_reference,
)
from .alphabet import Alphabet

RESULT_KIND = "fastmi result"
_FORMATS = {1: MEASURES, 2: MEASURES, 3: EPISTASIS, 4: DERIVED}  # and what they hold


def about_result(result: Any) -> dict[str, Any]:
    """Everything but the numbers, ready for JSON."""
    return {
        "kind": RESULT_KIND,
        "format": _format_of(result),
        "measure": result.measure,
        "unit": result.unit,
        "k": result.k,
        "length": result.length,
        "n_sequences": result.n_sequences,
        "n_dropped": result.n_dropped,
        "n_unknown": result.n_unknown,
        **result.alphabet.about(),
        "pseudocount": result.pseudocount,
        "first_position": result.first_position,
        "reference": result.reference,
        "n_pair": result.n_pair is not None,
        **({} if result.n_effective is None else {"n_effective": result.n_effective}),
        **({} if result.standard_error is None else {"standard_error": True}),
        "provenance": dict(result.provenance),
    }


def _format_of(result: Any) -> int:
    """The oldest that has all of this."""
    if not result.is_counted:
        return 3
    if result.measure in DERIVED:
        return 4
    return 1 if result.n_effective is None else 2


def stored_fields(
    archive: Archive, about: Mapping[str, Any], ending: str = ""
) -> dict[str, Any]:
    """The fields of a result in a file, of its description; arrays' names have this ending."""
    archive.check_format(max(_FORMATS), about)
    with description_of(archive.path):
        alphabet = Alphabet.from_about(about)
        k, length = whole(about, "k", 1), whole(about, "length", 2)
        n = length - k + 1
        allowed = _FORMATS[about["format"]]
        if str(about["measure"]) not in allowed or not k < n <= MOST_POSITIONS:
            raise ValueError("impossible parameters")
        if whole(about, "n_sequences") >= 2**63:
            raise ValueError("n_sequences is no number from 0 to 2^63")
        fields: dict[str, Any] = {
            "measure": str(about["measure"]),
            "k": k,
            "length": length,
            "n_sequences": whole(about, "n_sequences"),
            "alphabet": alphabet,
            "pseudocount": _stored_pseudocount(about["pseudocount"]),
            "n_dropped": whole(about, "n_dropped"),
            "n_unknown": whole(about, "n_unknown"),
            "first_position": whole(about, "first_position", -(2**62)),
            "reference": about["reference"],
            "provenance": dict(about["provenance"]),
        }
        weighted = about["format"] == 2 or (about["format"] == 4 and "n_effective" in about)
        if weighted:
            fields["n_effective"] = _stored_sum(about["n_effective"])
        check_reference(about["reference"], length)
        counted, with_error = bool(about["n_pair"]), bool(about.get("standard_error"))
    kinds = {"matrix": "<f8"}
    if counted:
        kinds["n_pair"] = "<f8" if weighted else "<i8"
    if with_error:
        kinds["standard_error"] = "<f8"
    for name, kind in kinds.items():
        fields[name] = archive.array(f"{name}{ending}", kind, (n, n))
    return fields


def _stored_pseudocount(found: object) -> float:
    check_pseudocount(found)  # type: ignore[arg-type]
    return float(found)  # type: ignore[arg-type]


def _stored_sum(found: object) -> float:
    if not isinstance(found, int | float) or isinstance(found, bool) or not 0 <= found < 2**63:
        raise ValueError("n_effective is no number from 0 to 2^63")
    return float(found)
