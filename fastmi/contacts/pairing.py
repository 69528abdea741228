"""Base pairs of RNA: lines of brackets, WUSS, tables of pairs, probabilities.

WUSS: the notation of Infernal and Rfam, http://eddylab.org/infernal/Userguide.pdf, section 9.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .._checks import MOST_POSITIONS, check_size
from .._opened import PathLike
from ..errors import FastMIError
from ._text import lines_of, whole_number
from .maps import ContactMap

_CLOSES = {")": "(", "]": "[", "}": "{", ">": "<"}
_UNPAIRED = ".,_-:~"
_MOST_LINES = 1_000_000
_LETTERS = re.compile(r"[A-Za-z]+", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_ENERGY = re.compile(r"\s+[(\[{].*$")  # what ViennaRNA writes after a structure


def base_pairs(given: str | npt.ArrayLike, *, least: float = 0.5) -> ContactMap:
    """Base pairs as a contact map.

    Parameters
    ----------
    given : str or array_like of float, shape (L, L)
        A line of dots and brackets or of WUSS: any of ``()``, ``[]``, ``{}`` and ``<>``,
        pseudoknots also as letters (``A`` pairs with ``a``), and ``.,_-:~`` for unpaired
        ones. Each kind is nested in itself and may cross the others. Or probabilities of
        pairing.
    least : float
        Of probabilities: what pairs with more than this counts as a pair.

    Returns
    -------
    ContactMap
        Distance 0 for pairs, infinite for others; of probabilities 1 - p.

    Examples
    --------
    >>> import fastmi
    >>> fastmi.contacts.base_pairs("<<<_AA>>>,aa").pairs().tolist()
    [[0, 8], [1, 7], [2, 6], [4, 11], [5, 10]]
    """
    if not isinstance(given, str):
        return ContactMap.from_probabilities(given, least=least)
    return ContactMap.from_pairs(_parsed(given), len(given), rule="base pairs")


def _parsed(line: str) -> npt.NDArray[np.int64]:
    """Pairs of a line, 0-based, the one that opens first."""
    if not 0 < len(line) <= MOST_POSITIONS:
        raise ValueError(f"a structure has 1 to {MOST_POSITIONS:,} letters, got {len(line):,}")
    open_: dict[str, list[int]] = {}
    pairs = []
    for at, letter in enumerate(line):
        opener = _CLOSES.get(letter, "")
        if letter.isascii() and letter.islower():
            opener = letter.upper()
        if opener:
            if not open_.get(opener):
                raise ValueError(f"{letter!r} at position {at} of the structure closes nothing")
            pairs.append((open_[opener].pop(), at))
        elif letter in _CLOSES.values() or (letter.isascii() and letter.isupper()):
            open_.setdefault(letter, []).append(at)
        elif letter not in _UNPAIRED:
            raise ValueError(
                f"a structure is written with brackets, letters for pseudoknots and "
                f"{_UNPAIRED}, got {letter!r} at position {at}"
            )
    left = sorted(at for some in open_.values() for at in some)
    if left:
        raise ValueError(f"{line[left[0]]!r} at position {left[0]} of the structure stays open")
    return np.array(sorted(pairs), np.int64).reshape(-1, 2)


def read_pairs(path: PathLike, line: int | None = None) -> ContactMap:
    """Base pairs of a file.

    Parameters
    ----------
    path : path-like
        Lines of brackets or WUSS, bare, after a sequence, as ViennaRNA writes them (an
        energy may follow) or after ``#=GC SS_cons`` of a Stockholm file; what begins with
        ``#`` or ``>`` else does not count. Or a table of pairs: CT or BPSEQ.
    line : int, optional
        Which of several structures, 1 for the first; by default the only one. The parts of
        one in a Stockholm file of several blocks are joined.

    Returns
    -------
    ContactMap

    Raises
    ------
    FastMIError
        There is no structure, or several and none is said; or it is no structure.
    """
    structures: list[str] = []
    consensus: list[str] = []
    rows: list[tuple[int, list[str]]] = []
    for number, text in enumerate(lines_of(path), 1):
        if number > _MOST_LINES:
            raise FastMIError(f"{path} has more than {_MOST_LINES:,} lines")
        words = text.split()
        if text.startswith("#=GC SS_cons"):
            consensus += words[2:3]
        elif not words or text[0] in "#>":
            continue
        elif _NUMBER.fullmatch(words[0]) or rows:
            rows.append((number, words))
        elif not _LETTERS.fullmatch(bare := _ENERGY.sub("", text.strip())):
            structures.append(bare)
    if consensus:
        structures = ["".join(consensus)]
    try:
        if rows and not structures:
            return _table(rows)
        return base_pairs(_one(structures, line))
    except FastMIError as error:
        raise FastMIError(f"{path}{error}") from None
    except ValueError as error:
        raise FastMIError(f"{path}: {error}") from None


def _one(structures: Sequence[str], line: int | None) -> str:
    n = len(structures)
    if not n:
        raise FastMIError(" has no structure")
    if line is None:
        if n > 1:
            raise FastMIError(f" has {n:,} structures: say which, as line=1")
        return structures[0]
    if check_size("line", line, 1) > n:
        raise FastMIError(f" has {n:,} structure{'s'[: n != 1]}, there is no line {line}")
    return structures[line - 1]


def _table(rows: Sequence[tuple[int, list[str]]]) -> ContactMap:
    """BPSEQ: number, letter, partner. CT: number, letter, before, after, partner, number."""
    if len(rows) > 1 and int(rows[0][1][0]) == len(rows) - 1 and len(rows[1][1]) >= 6:
        column, rows = 4, rows[1:]
    else:
        column = 2
    n = len(rows)
    if n > MOST_POSITIONS:
        raise FastMIError(f" has {n:,} positions, a map has at most {MOST_POSITIONS:,}")
    partners = np.zeros(n + 1, np.int64)
    for at, (number, words) in enumerate(rows, 1):
        try:
            index, partner = whole_number(words[0]), whole_number(words[column])
        except (ValueError, IndexError):
            raise FastMIError(
                f", line {number}: this is no row of a BPSEQ or CT table"
            ) from None
        if index != at or not 0 <= partner <= n or partner == at:
            raise FastMIError(
                f", line {number}: positions go from 1 to {n} one by one, and pair with others "
                "of them"
            )
        partners[at] = partner
    paired = np.flatnonzero(partners)
    odd = paired[partners[partners[paired]] != paired]
    if len(odd):
        raise FastMIError(
            f": position {odd[0]} pairs with {partners[odd[0]]}, not it with that"
        )
    pairs = np.c_[paired, partners[paired]] - 1
    return ContactMap.from_pairs(pairs[pairs[:, 0] < pairs[:, 1]], n, rule="base pairs")
