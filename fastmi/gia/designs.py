"""Designs: what is written into every background sequence, and where.

A pattern is a literal string.  What an experiment asks is put together of designs, and a
design knows nothing of what it is asked for: the same one is never scored twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np

from .._checks import check_size
from .._packing import Bytes
from ..alphabet import UNKNOWN_CODE, Alphabet
from ..motifs import Strand
from ..simulate.hairpins import Hairpin

KEEP = UNKNOWN_CODE  # in an edit: the background's own letter stays
OPEN = "."  # the same, in a pattern
_STRANDS = get_args(Strand)[:2]
_TEXT = re.compile(r"\s*(\S+?)\s*@\s*(\d{1,9})\s*(-?)\s*", re.ASCII)


@dataclass(frozen=True)
class Placement:
    """A pattern in its place.

    Attributes
    ----------
    pattern : str
        Letters; "." keeps the background's letter, and so does N, where they are none.
    start : int
        0-based position of its leftmost letter.
    strand : {"+", "-"}
        On "-" its reverse complement is written.
    """

    pattern: str
    start: int
    strand: str = "+"

    def __post_init__(self) -> None:
        check_pattern(self.pattern)
        object.__setattr__(self, "start", check_size("start", self.start))
        if self.strand not in _STRANDS:
            raise ValueError(f"strand must be '+' or '-', got {self.strand!r}")

    def __str__(self) -> str:
        return f"{self.pattern}@{self.start}{'-' * (self.strand == '-')}"

    @property
    def end(self) -> int:
        """The position behind its last letter."""
        return self.start + len(self.pattern)


@dataclass(frozen=True)
class Design:
    """What is written into a background.

    Attributes
    ----------
    placements : tuple of Placement
        None of them is the background as it is. They may overlap where their letters agree.
    hairpin : Hairpin, optional
        Makes a hairpin of the background first; what a pattern writes into one arm of its
        stem, it writes into the other, too.

    Examples
    --------
    >>> design = Design.parse("UGCAUG@4 + UGCAUG@11")
    >>> [p.start for p in design.placements], str(design)
    ([4, 11], 'UGCAUG@4+UGCAUG@11')
    """

    placements: tuple[Placement, ...] = ()
    hairpin: Hairpin | None = None

    def __post_init__(self) -> None:
        given = self.placements
        if not isinstance(given, Iterable) or not all(isinstance(p, Placement) for p in given):
            raise TypeError(
                f"a design has a tuple of placements, or Design.parse() reads it, got {given!r}"
            )
        if self.hairpin is not None and not isinstance(self.hairpin, Hairpin):
            raise TypeError(f"the hairpin of a design is a Hairpin, got {self.hairpin!r}")
        object.__setattr__(self, "placements", tuple(given))

    @classmethod
    def parse(cls, text: str, hairpin: Hairpin | None = None) -> Design:
        """A design in words.

        Parameters
        ----------
        text : str
            Patterns and their starts, as "UGCAUG@17" or "UGCAUG@4+GCGCGC@34"; a "-" behind a
            start is for the reverse complement.
        hairpin : Hairpin, optional
            As of the design.

        Returns
        -------
        Design
        """
        if not isinstance(text, str):
            raise TypeError(f"a design is a Design or a string, got {text!r}")
        found = [_TEXT.fullmatch(part) for part in text.split("+")]
        placements = [Placement(m[1], int(m[2]), m[3] or "+") for m in found if m is not None]
        if len(placements) < len(found):
            raise ValueError(
                f"a design is patterns and their starts, as 'UGCAUG@17' or "
                f"'UGCAUG@4+GCGCGC@34', got {text!r}"
            )
        return cls(tuple(placements), hairpin)

    def __add__(self, other: Design) -> Design:
        """Both, one after the other; of one hairpin at most."""
        if not isinstance(other, Design):
            return NotImplemented
        hairpins = {d.hairpin for d in (self, other)} - {None}
        if len(hairpins) > 1:
            raise ValueError("a design has one hairpin at most")
        return Design(self.placements + other.placements, next(iter(hairpins), None))

    @property
    def baseline(self) -> Design:
        """The same without its patterns: what its effect is held against."""
        return Design((), self.hairpin)

    def __str__(self) -> str:
        return "+".join(map(str, self.placements)) or "background"


def as_design(given: Design | str | Sequence[tuple[str, int]]) -> Design:
    """A design: itself, in words, or as patterns and their starts."""
    if isinstance(given, Design):
        return given
    if isinstance(given, str):
        return Design.parse(given)
    pairs = list(given) if isinstance(given, Iterable) else [None]
    for pair in pairs:
        if not isinstance(pair, Placement) and not (
            isinstance(pair, list | tuple) and len(pair) in (2, 3)
        ):
            raise TypeError(
                "a design is a Design, a string as 'UGCAUG@17', or a list of patterns with "
                f"their starts, as [('UGCAUG', 17)], got {given!r}"
            )
    return Design(tuple(p if isinstance(p, Placement) else Placement(*p) for p in pairs))


def as_designs(given: Any) -> list[Design]:
    """One design or several, as :func:`as_design` takes them."""
    if isinstance(given, Design | str):
        return [as_design(given)]
    if not isinstance(given, Iterable):
        raise TypeError(f"designs are one or several, as ['UGCAUG@17'], got {given!r}")
    return [as_design(design) for design in given]


def codes_of(pattern: str, alphabet: Alphabet, strand: str = "+") -> Bytes:
    """Codes of a pattern as it is written, ``KEEP`` where the background stays.

    Parameters
    ----------
    pattern : str
        As of :class:`Placement`.
    alphabet : Alphabet
        That of the background.
    strand : {"+", "-"}
        On "-" its reverse complement.

    Returns
    -------
    ndarray of uint8
    """
    check_pattern(pattern)
    codes = alphabet.lookup[np.frombuffer(pattern.encode("latin-1", "replace"), np.uint8)]
    for_open = dict.fromkeys([OPEN, alphabet.placeholder])
    unknown = (codes == UNKNOWN_CODE) | [ord(c) > 255 for c in pattern]
    open_ = unknown & [c in for_open or c.upper() in for_open for c in pattern]
    wrong = np.flatnonzero(unknown & ~open_)
    if wrong.size:
        rest = " and ".join(c for c in for_open if alphabet.lookup[ord(c)] == UNKNOWN_CODE)
        also = f", and {rest} for the background's own letter" if rest else ""
        raise ValueError(
            f"pattern {pattern!r} has {pattern[wrong[0]]!r} at letter {wrong[0]}; allowed are "
            f"{alphabet.letters}{also}"
        )
    codes = np.where(open_, KEEP, codes).astype(np.uint8)
    if strand == "-":
        if alphabet.complement is None:
            raise ValueError(f"{alphabet.name} has no complement, so no strand '-'")
        codes = alphabet.complement[codes[::-1]]
    return codes


def check_pattern(pattern: str) -> None:
    """Raise unless it is a string of a letter at least."""
    if not isinstance(pattern, str):
        raise TypeError(f"a pattern is a string, got {pattern!r}")
    if not pattern:
        raise ValueError("a pattern has a letter at least, got ''")


def edit_of(design: Design, length: int, alphabet: Alphabet) -> Bytes:
    """What a design writes into sequences.

    Parameters
    ----------
    design : Design
        The design.
    length : int
        Letters in a sequence.
    alphabet : Alphabet
        What they are.

    Returns
    -------
    ndarray of uint8, shape (length,)
        Codes, ``KEEP`` where nothing is written.

    Raises
    ------
    ValueError
        A pattern has unknown letters or does not fit, or two disagree on a letter.
    """
    edit = np.full(length, KEEP, np.uint8)
    writer: list[Placement | None] = [None] * length
    for placement in design.placements:
        codes = codes_of(placement.pattern, alphabet, placement.strand)
        last = length - len(codes)
        if last < 0:
            raise ValueError(
                f"pattern {placement.pattern} has {len(codes)} letters, the background {length}"
            )
        if placement.start > last:
            raise ValueError(
                f"{placement.pattern} at {placement.start} does not fit into {length} letters; "
                f"its starts are 0 to {last}"
            )
        for position, code in enumerate(codes.tolist(), placement.start):
            if code == KEEP:
                continue
            if edit[position] not in (KEEP, code):
                raise ValueError(
                    f"{writer[position]} and {placement} overlap, and disagree on the letter "
                    f"at {position}"
                )
            edit[position], writer[position] = code, placement
    return edit if design.hairpin is None else _paired(edit, design.hairpin, alphabet)


def _paired(edit: Bytes, hairpin: Hairpin, alphabet: Alphabet) -> Bytes:
    """What is written into an arm of a stem, written into the other as well."""
    hairpin.check_written(edit, alphabet)
    folded = edit[None].copy()  # what is kept faces what is kept: the background is paired
    hairpin.fold(folded, alphabet, edit[None] != KEEP)
    return np.asarray(folded[0])
