"""Tables as tab-separated text."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, TextIO

import numpy.typing as npt

from .._files import text_file

_ONE_CELL = str.maketrans("\t\n\r", "   ")  # in names, which anyone may give


def write_table(table: npt.NDArray[Any], target: str | os.PathLike[str] | TextIO) -> None:
    """Write a structured array as tab-separated text; a file whole or not at all."""
    if isinstance(target, str | os.PathLike):
        with text_file(target) as out:
            out.writelines(line.encode() for line in _lines(table))
        return
    target.writelines(_lines(table))


def _lines(table: npt.NDArray[Any]) -> Iterator[str]:
    yield "\t".join(table.dtype.names or ()) + "\n"
    for row in table.tolist():
        cells = (f"{x:.6g}" if isinstance(x, float) else str(x) for x in row)
        yield "\t".join(cell.translate(_ONE_CELL) for cell in cells) + "\n"
