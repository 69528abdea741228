"""Which columns of a table, or which arrays of a ``.npz``, are asked for."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias, TypeGuard

import numpy as np

from .errors import FastMIError

Column: TypeAlias = int | str  # a number, the first is 1, or a name
_MOST_COLUMNS = 1_000_000


class Columns(NamedTuple):
    """The column of the sequences and that of their weights; None where none was named."""

    sequences: Column | None = None
    weights: Column | None = None

    def refuse(self, what: str, where: str = "tables") -> None:
        """Raise where a column is asked of what has none; ``where`` says what has some."""
        if self.sequences is not None:
            raise FastMIError(f"{what}; column= is for {where}")
        if self.weights is not None:
            raise FastMIError(f"{what}; weights= as a column is for {where}")


def check_columns(column: Column | None, weights: Column | None) -> Columns:
    """The two as :class:`Columns`; raises unless each can be a column, and they differ."""
    _check("column", column)
    _check("weights", weights)
    if column is not None and column == weights:
        raise ValueError(f"column and weights are the same column, {column!r}")
    return Columns(*(int(c) if _is_number(c) else c for c in (column, weights)))


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
