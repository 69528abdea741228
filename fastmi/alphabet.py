"""Alphabets: which letters there are, in which order, and what stands for what.

The order of the letters is the order of the codes everywhere.  Upper and lower case are the
same letter unless an alphabet has both; U is T in DNA and T is U in RNA.  Whatever else
occurs (N, X, gaps) is *unknown* and handled by the caller's policy, never mapped to a letter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from . import _core

Unknown: TypeAlias = Literal["error", "drop", "skip"]
UNKNOWN_POLICIES: tuple[str, ...] = get_args(Unknown)
UNKNOWN_CODE = _core.UNKNOWN_CODE


@dataclass(frozen=True)
class Alphabet:
    """An ordered set of 2 to 255 letters.

    Attributes
    ----------
    name : str
        "dna", "rna", "protein", or the letters themselves.
    letters : str
        The letters in the order of their codes.
    aliases : str
        Pairs of letters, the first read as the second ("UT").
    placeholder : str
        The letter written where one is missing.
    """

    name: str
    letters: str
    aliases: str = ""
    placeholder: str = "?"

    def __post_init__(self) -> None:
        if not 2 <= len(self.letters) <= _core.MAX_LETTERS:
            raise ValueError(
                f"an alphabet has 2 to {_core.MAX_LETTERS} letters, got {len(self.letters)}"
            )
        if len(set(self.letters)) != len(self.letters):
            twice = next(c for c in self.letters if self.letters.count(c) > 1)
            raise ValueError(f"letter {twice!r} occurs twice in alphabet {self.letters!r}")
        try:
            self.letters.encode("latin-1")
        except UnicodeEncodeError as error:
            letter = self.letters[error.start]
            raise ValueError(
                f"letter {letter!r} of the alphabet is not a Latin-1 character"
            ) from None

        if len(self.aliases) % 2 or not set(self.aliases[1::2]) <= set(self.letters):
            raise ValueError(
                f"aliases are pairs, the second of each in the alphabet, got {self.aliases!r}"
            )
        taken = [c for c in self.aliases[::2] + self.placeholder if c in self.letters]
        if taken:
            raise ValueError(
                f"{taken[0]!r} is a letter of the alphabet {self.letters!r}: it can be neither "
                "an alias nor the placeholder"
            )
        if len(self.placeholder) != 1 or ord(max(self.aliases + self.placeholder)) > 255:
            raise ValueError(
                f"the placeholder and aliases are single Latin-1 letters, got "
                f"{self.placeholder!r} and {self.aliases!r}"
            )

    def __len__(self) -> int:
        return len(self.letters)

    @cached_property
    def lookup(self) -> npt.NDArray[np.uint8]:
        """Code of each byte, shape (256,) uint8; 255 where it is no letter."""
        table = np.full(256, UNKNOWN_CODE, np.uint8)
        pairs = [(letter, code) for code, letter in enumerate(self.letters)]
        pairs += [
            (self.aliases[i], self.letters.index(self.aliases[i + 1]))
            for i in range(0, len(self.aliases), 2)
        ]
        both_cases = any(c.swapcase() in self.letters for c in self.letters if c.isalpha())
        for letter, code in pairs:
            same = (
                {letter}
                if both_cases or not letter.isascii()
                else {
                    letter.upper(),
                    letter.lower(),
                }
            )
            for each in same:
                table[ord(each)] = code
        table.flags.writeable = False
        return table

    @cached_property
    def letter_bytes(self) -> npt.NDArray[np.uint8]:
        """Byte of each code, shape (256,) uint8; the placeholder where there is none."""
        table = np.full(256, ord(self.placeholder), np.uint8)
        table[: len(self)] = np.frombuffer(self.letters.encode("latin-1"), np.uint8)
        table.flags.writeable = False
        return table

    def about(self) -> dict[str, str]:
        """The alphabet as our files describe it."""
        return {
            "alphabet": self.name,
            "letters": self.letters,
            "aliases": self.aliases,
            "placeholder": self.placeholder,
        }

    @classmethod
    def from_about(cls, about: Mapping[str, Any]) -> Alphabet:
        """The alphabet of a file's description; KeyError where it has none."""
        return cls(*(str(about[f]) for f in ("alphabet", "letters", "aliases", "placeholder")))

    def n_kmers(self, k: int) -> int:
        """Number of k-mers, after checking that their joint tables are possible.

        Parameters
        ----------
        k : int
            Letters in a k-mer.

        Returns
        -------
        int
            ``len(self)**k``, at most 8192 (one joint table of 256 MiB).
        """
        if not isinstance(k, int | np.integer) or isinstance(k, bool):
            raise TypeError(f"k must be a whole number, got {k!r}")
        n = _core.n_kmers(len(self), int(k)) if 0 < k < 64 else 0
        if n == 0:
            most = max(m for m in range(1, 14) if len(self) ** m <= _core.MAX_KMERS)
            need = f" (one joint table would need {_gigabytes(len(self), k)})" if k > 0 else ""
            raise ValueError(
                f"k must be between 1 and {most} for alphabet {self.name!r}, got {k}{need}"
            )
        return n

    @cached_property
    def complement(self) -> npt.NDArray[np.uint8] | None:
        """Code of the partner of each code, shape (256,); None but for DNA and RNA."""
        if self.letters not in (DNA.letters, RNA.letters):
            return None
        table = np.full(256, UNKNOWN_CODE, np.uint8)
        table[:4] = 3, 2, 1, 0  # the letters are in an order that makes it the reverse
        return table

    def kmers(self, k: int) -> list[str]:
        """All k-mers in the order of their codes, first letter most significant.

        Examples
        --------
        >>> from fastmi.alphabet import DNA
        >>> DNA.kmers(2)[:5]
        ['AA', 'AC', 'AG', 'AT', 'CA']
        """
        self.n_kmers(k)
        return ["".join(letters) for letters in product(self.letters, repeat=k)]


def _gigabytes(n_letters: int, k: int) -> str:
    gigabytes = 4 * float(n_letters) ** (2 * k) / 1e9 if k < 64 else float("inf")
    return f"{gigabytes:,.1f} GB" if gigabytes < 1e6 else "more than 1,000,000 GB"


DNA = Alphabet("dna", "ACGT", aliases="UT", placeholder="N")
RNA = Alphabet("rna", "ACGU", aliases="TU", placeholder="N")
PROTEIN = Alphabet("protein", "ACDEFGHIKLMNPQRSTVWY", placeholder="X")
NAMED = {a.name: a for a in (DNA, RNA, PROTEIN)}


def get_alphabet(alphabet: str | Alphabet) -> Alphabet:
    """Find an alphabet by name, or make one of a string of letters.

    Parameters
    ----------
    alphabet : str or Alphabet
        "dna", "rna", "protein" (in any case), or the letters in the order of their codes.

    Returns
    -------
    Alphabet

    Examples
    --------
    >>> get_alphabet("rna").letters
    'ACGU'
    >>> get_alphabet("01").letters
    '01'
    """
    if isinstance(alphabet, Alphabet):
        return alphabet
    if not isinstance(alphabet, str):
        raise TypeError(
            "alphabet must be 'dna', 'rna', 'protein' or a string of letters, got "
            f"{type(alphabet).__name__}"
        )
    named = NAMED.get(alphabet.lower())
    if named is not None:
        return named
    for known in NAMED.values():
        if alphabet == known.letters:
            return known
    printable = "?.-*_~" + "".join(c for c in map(chr, range(33, 256)) if c.isprintable())
    every = printable + "".join(map(chr, range(256)))
    free = next((c for c in every if c not in alphabet), "?")
    return Alphabet(alphabet, alphabet, placeholder=free)
