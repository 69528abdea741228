"""Lines of files that are not trusted: how long, how many bytes, and text at all."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from .._opened import BROKEN, PathLike, opened
from ..errors import FastMIError

MOST_BYTES = 4 << 30  # unpacked; the largest structures there are have 1 GB
MOST_LINE = 1 << 16
_FARTHEST = 1e6  # angstroms
_WHOLE = re.compile(r"[+-]?\d{1,9}", re.ASCII)
_REAL = re.compile(r"[+-]?(\d{1,20}(\.\d{0,20})?|\.\d{1,20})([eE][+-]?\d{1,3})?", re.ASCII)


def lines_of(path: PathLike) -> Iterator[str]:
    """The lines of a text file, possibly compressed, without their ends.

    Raises
    ------
    FastMIError
        It cannot be read, is damaged, no text, or too large.
    """
    with opened(path) as (stream, name):
        total = number = 0
        while True:
            try:
                line = stream.readline(MOST_LINE + 1)
            except BROKEN as error:
                raise FastMIError(f"{name} is damaged or cut off ({error})") from None
            if not line:
                return
            number += 1
            total += len(line)
            if len(line) > MOST_LINE or b"\0" in line:
                raise FastMIError(f"{name} is no text: line {number} is binary or endless")
            if total > MOST_BYTES:
                raise FastMIError(f"{name} has more than {MOST_BYTES >> 30} GB of text")
            yield line.decode("latin-1").rstrip("\r\n")


def coordinate(text: str) -> float:
    """A finite number that may be a coordinate; ValueError where it is none."""
    value = real(text)
    if not abs(value) < _FARTHEST:
        raise ValueError(f"{text.strip()!r} is no coordinate")
    return value


def real(text: str) -> float:
    """A finite number; ValueError where it is none."""
    bare = text.strip()
    value = float(bare) if _REAL.fullmatch(bare) else math.nan
    if not math.isfinite(value):
        raise ValueError(f"{bare!r} is no number")
    return value


def whole_number(text: str) -> int:
    """A whole number of at most nine digits; ValueError where it is none."""
    bare = text.strip()
    if not _WHOLE.fullmatch(bare):
        raise ValueError(f"{bare!r} is no whole number")
    return int(bare)
