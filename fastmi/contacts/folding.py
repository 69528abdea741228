"""Base pairs that ViennaRNA expects of a sequence."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._checks import check_number
from .maps import ContactMap, check_positions


def fold(sequence: str, *, least: float = 0.5, temperature: float = 37.0) -> ContactMap:
    """Probabilities of base pairs in thermal equilibrium, by ViennaRNA's partition function.

    J. S. McCaskill, The equilibrium partition function and base pair binding probabilities for
    RNA secondary structure, Biopolymers 29, 1105-1119 (1990), doi:10.1002/bip.360290621. No
    pseudoknots.

    Parameters
    ----------
    sequence : str
        RNA; T counts as U.
    least : float
        What pairs with more than this counts as a contact.
    temperature : float
        In degrees Celsius.

    Returns
    -------
    ContactMap
        Of 1 - p.

    Raises
    ------
    ImportError
        ViennaRNA is not there: ``pip install "fastmi[rna]"``.
    """
    letters = sequence.upper().replace("T", "U") if isinstance(sequence, str) else ""
    if not letters or set(letters) - set("ACGUN"):
        raise ValueError(f"sequence must be of A, C, G, U and N, got {sequence!r}")
    check_positions(len(letters))
    degrees = check_number("temperature", temperature)
    if not -273.15 < degrees < 1000:
        raise ValueError(f"temperature must be between -273.15 and 1000, got {degrees}")
    rna = _vienna()
    details = rna.md()
    details.temperature = degrees
    compound = rna.fold_compound(letters, details)
    compound.pf()
    found = np.array(compound.bpp(), np.float64)[1:, 1:]  # it counts from 1
    return ContactMap.from_probabilities(np.clip(found, 0, 1), least=least)


def _vienna() -> Any:
    try:
        import RNA
    except ImportError as error:
        raise ImportError(
            f"folding needs ViennaRNA, which could not be imported ({error}): pip install "
            '"fastmi[rna]"'
        ) from error
    return RNA
