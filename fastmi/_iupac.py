"""IUPAC codes: one letter for a choice of several."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ._frequencies import Frequencies
from .alphabet import DNA, PROTEIN, RNA, Alphabet

_NUCLEOTIDES = {
    "R": "AG",
    "Y": "CT",
    "S": "CG",
    "W": "AT",
    "K": "GT",
    "M": "AC",
    "B": "CGT",
    "D": "AGT",
    "H": "ACT",
    "V": "ACG",
    "N": "ACGT",
}
_CODES: Mapping[str, Mapping[str, str]] = {
    DNA.letters: _NUCLEOTIDES,
    RNA.letters: {code: some.replace("T", "U") for code, some in _NUCLEOTIDES.items()},
    PROTEIN.letters: {"B": "DN", "J": "IL", "Z": "EQ", "X": PROTEIN.letters},
}


def codes_of(alphabet: Alphabet) -> Mapping[str, str]:
    """The codes of an alphabet, each with its letters; of most only "any", the placeholder."""
    return _CODES.get(alphabet.letters, {alphabet.placeholder: alphabet.letters})


def letters_of(code: str, alphabet: Alphabet) -> str:
    """The letters that a letter or a code stands for; "" where it is neither."""
    known = alphabet.lookup[ord(code)] if ord(code) < 256 else len(alphabet)
    if known < len(alphabet):
        return alphabet.letters[known]
    codes = codes_of(alphabet)
    return codes.get(code) or codes.get(code.upper(), "")


def code_of(letters: str, alphabet: Alphabet) -> str:
    """The letter or the code for some letters in the order of the alphabet; "" without one."""
    if len(letters) == 1:
        return letters
    return next((c for c, some in codes_of(alphabet).items() if some == letters), "")


def standing_out(frequencies: Frequencies) -> list[int]:
    """Codes of the letters that stand out at a position, in order: Cavener's rule."""
    order = np.argsort(-frequencies, kind="stable")
    first, second = frequencies[order[:2]]
    if first >= 0.5 and first >= 2 * second:
        return [int(order[0])]
    if first + second > 0.75:
        return sorted(int(a) for a in order[:2])
    return [int(a) for a in np.flatnonzero(frequencies)]
