"""Matrices as they stand in files of motifs, and what their numbers and sides are taken for.

Nothing is guessed in silence: a motif says in ``read_as`` what its file was taken for, what can
be read in two ways gives a warning, and what is neither counts nor probabilities is refused.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NoReturn, TypeAlias, get_args

import numpy as np

from ._frequencies import Frequencies, in_letters_of
from .alphabet import DNA, NAMED, PROTEIN, Alphabet
from .errors import FastMIError, FastMIWarning
from .motifs import Motif

Orientation: TypeAlias = Literal["letters-as-rows", "letters-as-columns"]
ORIENTATIONS: tuple[str, ...] = get_args(Orientation)

MOST_POSITIONS = 1000
_ALIKE = 0.02  # how far sums of positions may be apart, for numbers written with two digits
_EXACT = 1e-9
_LARGEST = 1e15  # a count
_LEAST_COUNTED = 1.5  # what positions add to, all alike, that are no probabilities
_SURELY_COUNTS = 10  # fractions whose sums differ are counts if positions add to so much
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_SHOWN = 20  # characters of a file that a message repeats


@dataclass
class Matrix:
    """A matrix of a file, row by row.

    Attributes
    ----------
    file : str
        For messages.
    line : int
        Where it begins.
    name, identifier : str
        Of the motif.
    form : str
        "JASPAR", "MEME", "HOMER", "TRANSFAC", or "" for numbers that may be anything.
    n_sites : float or None
        How many sequences the file says it was made from.
    column_letters, row_letters : str
        What the columns, or the rows, are labelled with.
    numbers : list of list of float
        The rows.
    """

    file: str
    line: int
    name: str = ""
    identifier: str = ""
    form: str = ""
    n_sites: float | None = None
    column_letters: str = ""
    row_letters: str = ""
    numbers: list[list[float]] = field(default_factory=list)

    def refuse(self, why: str, line: int | None = None) -> NoReturn:
        """Raise, naming the place."""
        raise FastMIError(f"{self.file}, line {self.line if line is None else line}: {why}")

    def label(self, letters: Sequence[str], line: int) -> None:
        """Take a line of letters as the labels of the columns."""
        if self.numbers or self.column_letters:
            self.refuse(
                f"a second line of letters, {' '.join(letters)[:_SHOWN]!r}; each matrix of "
                "several starts with a line '>name'",
                line,
            )
        self.column_letters = "".join(letters).upper()

    def add(self, words: Sequence[str], line: int) -> None:
        """Take a line as a row, with its label if it has one."""
        label = ""
        if self.column_letters:  # then a position's number before it, or its consensus after it
            size = len(self.column_letters)
            if len(words) > size and not _NUMBER.fullmatch(words[-1]):
                words = words[:-1]
            words = words[1:] if len(words) == size + 1 else words
        elif len(words[0]) == 1 and words[0].isalpha():
            label, words = words[0].upper(), words[1:]
        if label and not self.row_letters and self._are_position_numbers():
            self.numbers.clear()
        row = [self._number(word, line) for word in words]
        if max(len(row), len(self.numbers) + 1) > MOST_POSITIONS:
            self.refuse(f"a matrix of more than {MOST_POSITIONS:,} positions", line)
        if self.numbers and len(row) != len(self.numbers[0]):
            self.refuse(
                f"the row has {len(row)} numbers, expected {len(self.numbers[0])} as in the "
                "matrix's first",
                line,
            )
        if not row:
            self.refuse("the row has no numbers", line)
        if self.numbers and bool(label) != bool(self.row_letters):
            self.refuse("some rows of the matrix begin with a letter, others do not", line)
        if label and label in self.row_letters:
            self.refuse(
                f"letter {label!r} has two rows; each matrix of several starts with a line "
                "'>name'",
                line,
            )
        self.row_letters += label
        self.numbers.append(row)

    def _are_position_numbers(self) -> bool:
        """Whether the one row that is there only counts the positions, from 0 or 1 up."""
        row = self.numbers[0] if len(self.numbers) == 1 else [-1.0]
        return row[0] in (0, 1) and row == [row[0] + n for n in range(len(row))]

    def _number(self, word: str, line: int) -> float:
        if not _NUMBER.fullmatch(word):
            known = word.lower().lstrip("+-") in ("nan", "inf", "infinity", "na")
            kind = "finite number" if known else "number"
            self.refuse(f"{word[:_SHOWN]!r} is no {kind}", line)
        value = float(word)
        if value < 0:
            self.refuse(
                f"{word[:_SHOWN]} is negative, as in a matrix of log-odds scores (PWM, PSSM); "
                "give the counts or probabilities (PFM, PPM) that it was made from",
                line,
            )
        if value > _LARGEST:
            self.refuse(f"{word[:_SHOWN]} is too large for a count", line)
        return value

    # ---------------------------------------------------------------------- its meaning

    def motif(self, alphabet: Alphabet | None, orientation: Orientation | None) -> Motif:
        """The motif, once all rows are there."""
        if not self.numbers:
            self.refuse(f"the matrix {self.name!r} is empty")
        table = np.array(self.numbers)
        shape = table.shape
        as_columns = self._as_columns(table, alphabet, orientation)
        positions = table if as_columns else table.T
        labels = self.column_letters if as_columns else self.row_letters
        kind = self._alphabet(labels, positions.shape[1], alphabet)
        if labels and len(labels) != positions.shape[1]:
            self.refuse(f"{len(labels)} letters label {positions.shape[1]} rows or columns")
        if labels:
            try:
                positions = in_letters_of(positions, labels, kind)
            except ValueError as error:
                self.refuse(str(error))
        numbers = self._numbers(positions)
        sides = ("rows", "columns") if as_columns else ("columns", "rows")
        letters = ", ".join(labels or kind.letters)
        what = (
            f"{self.form} {numbers}, {len(positions)} positions"
            if self.form
            else f"matrix of {positions.shape[1]} {sides[1]} {letters} and {len(positions)} "
            f"{sides[0]}, {numbers}"
        )
        if not self.form and not labels and orientation is None and shape[0] == shape[1]:
            other = ORIENTATIONS[0 if as_columns else 1]
            warnings.warn(
                f"{self.file}, line {self.line}: the matrix of {shape[0]} rows and "
                f"{shape[1]} columns is read with {sides[1]} as the letters {letters}; say "
                f"orientation={other!r} if they are the positions",
                FastMIWarning,
                stacklevel=3,
            )
        return self._made(positions, kind, numbers, what)

    def _made(
        self, positions: Frequencies, alphabet: Alphabet, numbers: str, what: str
    ) -> Motif:
        sums = positions.sum(axis=1, keepdims=True)
        n_sites = float(sums.mean()) if "counts" in numbers else self.n_sites
        # probabilities that add to 1 stay as they are
        frequencies = positions if np.abs(sums - 1).max() < _EXACT else positions / sums
        return Motif(self.name, frequencies, alphabet, n_sites, self.identifier, what)

    def _as_columns(
        self, table: Frequencies, alphabet: Alphabet | None, orientation: Orientation | None
    ) -> bool:
        """Whether the columns are the letters, and the rows the positions."""
        if self.column_letters or self.row_letters:
            return bool(self.column_letters)
        if self.form:
            return self.form != "JASPAR"
        sizes = [len(alphabet)] if alphabet else [len(DNA), len(PROTEIN)]
        found = [size for size in sizes if size in table.shape]
        if not found:
            letters = " or ".join(map(str, sizes))
            self.refuse(
                f"the matrix {self.name!r} has {len(table)} rows and {table.shape[1]} columns, "
                f"and neither are {letters} letters"
            )
        if orientation is not None:
            as_columns = orientation == "letters-as-columns"
            if table.shape[1 if as_columns else 0] not in sizes:
                self.refuse(
                    f"the matrix {self.name!r} has {len(table)} rows and {table.shape[1]} "
                    f"columns, which is not {orientation}"
                )
            return as_columns
        if len(table) != found[0]:
            return True
        return (
            table.shape[1] == found[0]
            and _alike(table.sum(axis=1))
            and not _alike(table.sum(axis=0))
        )

    def _alphabet(self, labels: str, size: int, alphabet: Alphabet | None) -> Alphabet:
        """That asked for, or else the one that has these letters, or so many."""
        if alphabet is not None:
            if len(alphabet) != size:
                self.refuse(
                    f"the matrix {self.name!r} has {size} letters, the alphabet "
                    f"{alphabet.name!r} has {len(alphabet)}"
                )
            return alphabet
        for known in NAMED.values():
            if sorted(labels) == sorted(known.letters) or (not labels and len(known) == size):
                return known
        if self.form == "MEME" and labels:  # which says what its alphabet is
            try:
                return Alphabet(labels, labels)
            except ValueError as error:
                self.refuse(str(error))
        self.refuse(
            f"the letters {labels!r} are not those of DNA, RNA or proteins; say which by "
            "alphabet='...'"
        )

    def _numbers(self, positions: Frequencies) -> str:
        """What the numbers are, in a word."""
        sums = positions.sum(axis=1)
        if not sums.all():
            self.refuse(f"matrix {self.name!r}: position {int(sums.argmin())} adds to 0")
        if (np.abs(sums - 1) <= _ALIKE).all():
            return "probabilities"
        if self.form != "MEME":
            if (positions == np.floor(positions)).all():
                return "counts"
            if self.form != "JASPAR" and (np.abs(sums - 100) <= 100 * _ALIKE).all():
                return "percentages"
            if (sums >= _SURELY_COUNTS).all() or (_alike(sums) and sums.min() > _LEAST_COUNTED):
                return "fractional counts"
        worst = int(np.abs(sums - 1).argmax())
        self.refuse(
            f"matrix {self.name!r}: position {worst} adds to {sums[worst]:.4g}; "
            + (
                "probabilities add to 1"
                if self.form == "MEME"
                else "probabilities add to 1 everywhere, counts are whole numbers or add to "
                f"{_SURELY_COUNTS} and more"
            )
        )


def _alike(sums: Frequencies) -> bool:
    return bool(sums.max() - sums.min() <= _ALIKE * sums.max())
