"""Which columns of a table, or which arrays of a ``.npz``, are asked for."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias, TypeGuard

import numpy as np

from ._numbers import Numbers
from .errors import FastMIError

Column: TypeAlias = int | str  # a number, the first is 1, or a name
_MOST_COLUMNS = 1_000_000


class Columns(NamedTuple):
    """The columns of the sequences and of their numbers; None where none was named."""

    sequences: Column | None = None
    weights: Column | None = None
    scores: Column | None = None

    @property
    def numbers(self) -> dict[str, Column]:
        """Those of the numbers that were named, by what they hold."""
        wanted = zip(Numbers._fields, self[1:], strict=True)
        return {what: column for what, column in wanted if column is not None}

    def about(self) -> dict[str, Column | None]:
        """They by the names of the parameters, ready for JSON."""
        return {"column": self.sequences, "weights": self.weights, "scores": self.scores}

    def refuse(self, what: str, where: str = "tables") -> None:
        """Raise where a column is asked of what has none; ``where`` says what has some."""
        if self.sequences is not None:
            raise FastMIError(f"{what}; column= is for {where}")
        for name in self.numbers:
            raise FastMIError(f"{what}; {name}= as a column is for {where}")


def check_columns(
    column: Column | None, weights: Column | None = None, scores: Column | None = None
) -> Columns:
    """They as :class:`Columns`; raises unless each can be one, and no number a sequence."""
    columns = Columns(column, weights, scores)
    _check("column", column)
    for what, numbers in columns.numbers.items():
        _check(what, numbers)
        if column == numbers:
            raise ValueError(f"column and {what} are the same column, {column!r}")
    return Columns(*(int(c) if _is_number(c) else c for c in columns))


def is_column(value: object) -> TypeGuard[Column]:
    """Whether this names a column, by number or name."""
    return isinstance(value, str) or _is_number(value)


def _is_number(value: object) -> TypeGuard[int]:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _check(parameter: str, column: Column | None) -> None:
    if column is None or isinstance(column, str):
        return
    if not _is_number(column):
        raise TypeError(f"{parameter} must be a number or a name, got {column!r}")
    if not 1 <= column <= _MOST_COLUMNS:
        where = "" if parameter == "column" else f"{parameter}: "
        raise ValueError(f"{where}column numbers start at 1 (as for cut), got {column}")
