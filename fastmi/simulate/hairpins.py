"""Sequences that can fold into a hairpin: one arm of a stem is written to pair with the other.

What is in the partner's place is a function of the letter across, of the structure and, for
G-U pairs, of random numbers that belong to the record and the pair.  So a hairpin with a motif
in it and the same hairpin without are alike in all but the motif and the letters across it.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .._checks import check_share, check_size
from .._draws import Draws, Rng, Stream, resolve_seed
from .._packing import Bytes
from ..alphabet import UNKNOWN_CODE, Alphabet
from ..io import as_source
from ..sequences import PackedSequences
from ..sources import Source
from ._edited import Edited, lazily

_DOTS = re.compile(r"(\.*)(\(+)(\.*)(\)+)\.*", re.ASCII)


@dataclass(frozen=True)
class Hairpin:
    """A stem of base pairs and the loop that it closes, at fixed positions, 0-based.

    Base ``stem5 + t`` pairs with base ``stem3 + length - 1 - t``; what lies between the arms
    is the loop. RNA has loops of three letters and more; here it may have any number.

    Attributes
    ----------
    stem5, stem3 : int
        Where the 5' arm and the 3' arm start.
    length : int
        Base pairs, from 1 up.
    wobble : float
        Probability that the partner of a G is U and not C, and that of a U is G and not A. By
        default all pairs are Watson-Crick pairs.

    Examples
    --------
    >>> Hairpin(stem5=5, stem3=22, length=11).dot_bracket(41)  # 6-16 with 23-33, from 1
    '.....(((((((((((......)))))))))))........'
    >>> Hairpin.from_dot_bracket("..(((....)))..")
    Hairpin(stem5=2, stem3=9, length=3, wobble=0.0)
    """

    stem5: int
    stem3: int
    length: int
    wobble: float = 0.0

    def __post_init__(self) -> None:
        checked = {
            "stem5": check_size("stem5", self.stem5),
            "stem3": check_size("stem3", self.stem3),
            "length": check_size("length", self.length, 1),
            "wobble": check_share("wobble", self.wobble),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        if self.stem3 < self.stem5 + self.length:
            raise ValueError(
                f"a 5' arm of {self.length} letters at {self.stem5} ends before the 3' arm, so "
                f"stem3 must be at least {self.stem5 + self.length}, got {self.stem3}"
            )

    @classmethod
    def from_dot_bracket(cls, text: str, wobble: float = 0.0) -> Hairpin:
        """Make one from a drawing of its pairs.

        Parameters
        ----------
        text : str
            A dot for a letter without a partner, brackets for those of a pair: one stem
            without bulges.
        wobble : float
            As of the class.

        Returns
        -------
        Hairpin
        """
        if not isinstance(text, str):
            raise TypeError(f"a drawing of a hairpin is a string, got {type(text).__name__}")
        match = _DOTS.fullmatch(text)
        if match is None or len(match[2]) != len(match[4]):
            raise ValueError(
                "a drawing of a hairpin is dots around one stem without bulges, with as many "
                f"'(' as ')', as '..(((....)))..', got {text!r}"
            )
        return cls(match.start(2), match.start(4), len(match[2]), wobble)

    @property
    def end(self) -> int:
        """The first position behind the 3' arm."""
        return self.stem3 + self.length

    def dot_bracket(self, length: int) -> str:
        """Draw the pairs in a sequence of so many letters.

        Parameters
        ----------
        length : int
            Of the sequence.

        Returns
        -------
        str
            Dots and brackets, as :meth:`from_dot_bracket` takes them.
        """
        self._check_room(length)
        loop = self.stem3 - self.stem5 - self.length
        parts = (self.stem5, self.length, loop, self.length, length - self.end)
        return "".join(sign * n for sign, n in zip(".(.).", parts, strict=True))

    def about(self) -> dict[str, Any]:
        """What it is, ready for JSON."""
        return asdict(self)

    def check(self, length: int, alphabet: Alphabet) -> None:
        """Raise ValueError unless sequences of this length and alphabet can have it.

        Parameters
        ----------
        length : int
            Of the sequences.
        alphabet : Alphabet
            Of the sequences: that of DNA or RNA.
        """
        self._check_room(length)
        if alphabet.complement is None:
            raise ValueError(
                f"hairpins are of DNA and RNA, and the sequences are over {alphabet.name!r}"
            )

    def check_written(self, codes: Bytes, alphabet: Alphabet) -> None:
        """Raise ValueError where letters to be written face each other and cannot pair.

        Parameters
        ----------
        codes : ndarray of uint8, shape (L,)
            What is written into each sequence, 255 where nothing is. A Watson-Crick pair or a
            G-U pair can pair, whatever ``wobble`` is.
        alphabet : Alphabet
            Of the codes.
        """
        self.check(len(codes), alphabet)
        watson_crick, wobble = _partners(alphabet)
        left, right = self._arms(codes[None])
        both = (left != UNKNOWN_CODE) & (right != UNKNOWN_CODE)
        pairing = (right == watson_crick[left]) | (right == wobble[left])
        for t in np.flatnonzero((both & ~pairing)[0]).tolist():
            one, other = (alphabet.letters[arm[0, t]] for arm in (left, right))
            raise ValueError(
                f"{one} at position {self.stem5 + t} and {other} at position "
                f"{self.end - 1 - t} are both written, face each other in the hairpin, and "
                "cannot pair"
            )

    def wobbles(
        self, seed: int, records: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.bool_] | None:
        """Which pairs of some records are G-U pairs if one of their letters is G or U.

        Parameters
        ----------
        seed : int
            0 to 2^64 - 1.
        records : ndarray of int64, shape (m,)
            Numbers of the records, in any order, also several times.

        Returns
        -------
        ndarray of bool, shape (m, length), or None
            None where no pair is. Each is a function of seed, record and pair.
        """
        if self.wobble == 0:
            return None
        distinct, where = np.unique(records, return_inverse=True)
        cuts = np.flatnonzero(np.diff(distinct) != 1) + 1
        words = np.empty((len(distinct), self.length), np.uint32)
        for start, stop in zip([0, *cuts], [*cuts, len(distinct)], strict=True):
            if start < stop:  # not so where there are no records
                draws = Draws(seed, Stream.HAIRPINS, int(distinct[start]), stop - start)
                words[start:stop] = draws.words(self.length)
        chosen = words < np.uint64(round(self.wobble * 2**32))
        return np.asarray(chosen[where.reshape(-1)])

    def fold(
        self,
        codes: Bytes,
        alphabet: Alphabet,
        written: npt.NDArray[np.bool_] | None = None,
        wobbles: npt.NDArray[np.bool_] | None = None,
    ) -> None:
        """Write partners, so that every base of the stem faces one that it pairs with.

        Where one letter of a pair was written, the other becomes its partner; where neither
        was, that of the 5' arm stays; where both were, both stay (see
        :meth:`check_written`). The partner of a missing letter is missing.

        Parameters
        ----------
        codes : ndarray of uint8, shape (m, L)
            The sequences, 255 where a letter is missing; changed in place.
        alphabet : Alphabet
            Of the codes.
        written : ndarray of bool, shape (m, L) or (L,), optional
            Which letters were written on purpose; by default none.
        wobbles : ndarray of bool, shape (m, length), optional
            As :meth:`wobbles` gives for the sequences' records.

        Examples
        --------
        >>> from fastmi import PackedSequences
        >>> from fastmi.alphabet import RNA
        >>> codes = PackedSequences.from_strings(["AGGCAAAAAAAAAA"] * 2, "rna").to_codes()
        >>> written = np.zeros(codes.shape, bool)
        >>> written[1, 9:11] = True
        >>> Hairpin.from_dot_bracket("(((((....)))))").fold(codes, RNA, written)
        >>> PackedSequences.from_codes(codes, "rna").to_strings()
        ['AGGCAAAAAUGCCU', 'AGGUUAAAAAACCU']
        """
        watson_crick, wobble = _partners(alphabet)

        def partners(letters: Bytes) -> Bytes:
            plain = watson_crick[letters]
            return plain if wobbles is None else np.where(wobbles, wobble[letters], plain)

        left, right = self._arms(codes)
        if written is None:
            np.copyto(right, partners(left))
            return
        by_left, by_right = self._arms(np.atleast_2d(written))
        np.copyto(right, partners(left), where=~by_right)
        np.copyto(left, partners(right), where=by_right & ~by_left)

    def _arms(self, rows: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Views of the 5' arm and of what it faces, shape (m, length) both."""
        three = rows[:, self.stem3 : self.end]
        return rows[:, self.stem5 : self.stem5 + self.length], three[:, ::-1]

    def _check_room(self, length: int) -> None:
        if self.end > length:
            raise ValueError(
                f"the 3' arm of the hairpin ends at position {self.end - 1}, and the sequences "
                f"have {length} letters"
            )


class HairpinSequences(Edited):
    """Sequences as hairpins; see :func:`hairpin`."""

    def __init__(self, source: Source, seed: int, structure: Hairpin) -> None:
        super().__init__(source, seed)
        self._structure = structure

    def about(self) -> dict[str, Any]:
        """How they are made, ready for JSON."""
        return {"what": "hairpins", **self._origin, "structure": self._structure.about()}

    def _edit(self, codes: Bytes, first: int) -> None:
        records = np.arange(first, first + len(codes))
        wobbles = self._structure.wobbles(self._seed, records)
        self._structure.fold(codes, self.alphabet, wobbles=wobbles)


def hairpin(
    data: object,
    structure: Hairpin | str,
    *,
    alphabet: str | Alphabet | None = None,
    lazy: bool | None = None,
    rng: Rng = None,
) -> PackedSequences | HairpinSequences:
    """Make each sequence a hairpin: its 3' arm is written to pair with its 5' arm.

    Nothing outside the 3' arm changes, nor do the data. To put a motif into a hairpin, its
    partner strand has to follow, which :meth:`Hairpin.fold` sees to.

    Parameters
    ----------
    data : PackedSequences, Source, path-like, list of str or array_like
        The sequences, of DNA or RNA.
    structure : Hairpin or str
        Which bases pair; or a drawing of it, as long as the sequences, as
        "....((((....))))...".
    alphabet : str or Alphabet, optional
        As for :func:`fastmi.pairwise_mi`.
    lazy : bool, optional
        As for :func:`fastmi.simulate.embed`.
    rng : int, numpy Generator or None
        As for :func:`fastmi.simulate.random`. It matters only where ``wobble`` is above 0:
        then which pairs are G-U pairs depends on the seed, the number of the sequence and the
        pair.

    Returns
    -------
    PackedSequences or HairpinSequences
        As for :func:`fastmi.simulate.embed`.

    Raises
    ------
    ValueError, TypeError
        The sequences are too short for the structure, or have no pairs.

    Notes
    -----
    The null model of Fig. 3c of P. K. Koo et al., doi:10.1371/journal.pcbi.1008925, pairs
    positions 6-16 with 23-33, counted from 1: ``Hairpin(5, 22, 11)``. The authors' code pairs
    7-15 with 23-31, counted from 0: ``Hairpin(7, 23, 9)``.

    Examples
    --------
    >>> hairpin(["AACCGUGUAAAAAAAAA"], "..((((....))))...", alphabet="rna").to_strings()
    ['AACCGUGUAAACGGAAA']
    """
    source = as_source(data, alphabet)
    structure = as_hairpin(structure, source.length, source.alphabet)
    folded = HairpinSequences(source, resolve_seed(rng), structure)
    return folded if lazily(data, lazy) else folded.pack()


def as_hairpin(structure: Hairpin | str, length: int, alphabet: Alphabet) -> Hairpin:
    """A structure that sequences of this length and alphabet can have, as it is or drawn."""
    if isinstance(structure, str):
        drawn, structure = structure, Hairpin.from_dot_bracket(structure)
        if len(drawn) != length:
            raise ValueError(
                f"the drawing of the hairpin has {len(drawn)} letters, and the sequences have "
                f"{length}"
            )
    if not isinstance(structure, Hairpin):
        raise TypeError(
            f"a structure is a Hairpin or a drawing of one, got {type(structure).__name__}"
        )
    structure.check(length, alphabet)
    return structure


def _partners(alphabet: Alphabet) -> tuple[Bytes, Bytes]:
    """What each code pairs with, shape (256,): in Watson-Crick pairs, and in G-U pairs too."""
    plain = alphabet.complement
    assert plain is not None
    wobble = plain.copy()
    g, u = alphabet.letters.index("G"), plain[alphabet.letters.index("A")]
    wobble[g], wobble[u] = u, g
    return plain, wobble
