"""Parameter files of DeepBind v0.11: text, read without trusting it.

Lines ``key = value, value, ...`` and comments (``#``).  Every key stands there once, and holds
just as many numbers as the others say it must.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from .. import _deepbind
from ..errors import FastMIError

Floats: TypeAlias = npt.NDArray[np.float32]

_MOST_BYTES = 64 << 20
_MOST = 1e6  # of any number, so that no sum overflows (fmi.h)
# key: least and greatest value
_SIZES = {
    "reverse_complement": (0, 1),
    "num_detectors": (1, _deepbind.MAX_DETECTORS),
    "detector_len": (1, _deepbind.MAX_DETECTOR),
    "has_avg_pooling": (0, 1),
    "num_hidden": (0, _deepbind.MAX_HIDDEN),
}
_NUMBERS = ("detectors", "thresholds", "weights1", "biases1", "weights2", "biases2")
_KEYS = (*_SIZES, *_NUMBERS)


@dataclass(frozen=True)
class Parameters:
    """What a parameter file says, as arrays of float32, and its SHA-256."""

    detector_length: int
    n_detectors: int
    n_hidden: int
    has_mean: bool
    both_strands: bool
    detectors: Floats  # [detector_length][4][n_detectors]
    thresholds: Floats  # [n_detectors]
    weights1: Floats  # [inputs][n_hidden or 1]
    biases1: Floats  # [n_hidden or 1]
    weights2: Floats  # [n_hidden]
    biases2: Floats  # [1], or [0] without hidden units
    sha256: str


def read_parameters(path: Path) -> Parameters:
    """Read a parameter file.

    Raises
    ------
    FastMIError
        It is no such file: the message names the file, the line or key, and what is allowed.
    OSError
        It cannot be read.
    """
    with path.open("rb") as stream:
        data = stream.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise FastMIError(
            f"{path} has more than {_MOST_BYTES >> 20} MiB, too many for a parameter file of "
            "DeepBind"
        )
    lines = _lines(path, data)
    missing = [key for key in _KEYS if key not in lines]
    if missing:
        raise FastMIError(
            f"{path} is no parameter file of DeepBind, or cut off: {', '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} missing"
        )
    sizes = {key: _size(path, key, *lines[key]) for key in _SIZES}
    length, n, hidden = (sizes[k] for k in ("detector_len", "num_detectors", "num_hidden"))
    pooled, units = 2 if sizes["has_avg_pooling"] else 1, max(hidden, 1)
    shapes = {
        "detectors": (length, 4, n),
        "thresholds": (n,),
        "weights1": (n * pooled, units),
        "biases1": (units,),
        "weights2": (hidden,),
        "biases2": (min(hidden, 1),),
    }
    return Parameters(
        detector_length=length,
        n_detectors=n,
        n_hidden=hidden,
        has_mean=bool(sizes["has_avg_pooling"]),
        both_strands=bool(sizes["reverse_complement"]),
        **{key: _floats(path, key, *lines[key], shapes[key]) for key in _NUMBERS},
        sha256=hashlib.sha256(data).hexdigest(),
    )


def _lines(path: Path, data: bytes) -> dict[str, tuple[int, str]]:
    """The number of each key's line, and what stands there."""
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        raise FastMIError(
            f"{path}, line {number}: not a text of numbers, as a parameter file of DeepBind is"
        ) from None
    found: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key, equals, values = (part.strip() for part in line.partition("="))
        if not equals:
            raise FastMIError(f"{path}, line {number}: expected 'key = values'")
        if key not in _KEYS:
            raise FastMIError(
                f"{path}, line {number}: the key {key[:40]!r} is not one of DeepBind v0.11 "
                f"({', '.join(_KEYS)}), and what it would change is not known"
            )
        if key in found:
            raise FastMIError(
                f"{path}, line {number}: {key} stands in line {found[key][0]}, too"
            )
        found[key] = number, values
    return found


def _size(path: Path, key: str, line: int, text: str) -> int:
    least, most = _SIZES[key]
    if not (text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise FastMIError(
            f"{path}, line {line}: {key} is {text[:40]!r}, expected a whole number from "
            f"{least} to {most}"
        )
    return int(text)


def _floats(path: Path, key: str, line: int, text: str, shape: tuple[int, ...]) -> Floats:
    """The numbers of a key, if there are as many as this shape has."""
    n = text.count(",") + 1 if text else 0
    if n != math.prod(shape):
        expected = " x ".join(map(str, shape)) if math.prod(shape) else "none"
        raise FastMIError(f"{path}, line {line}: {key} has {n:,} values, expected {expected}")
    numbers = np.zeros(n, np.float32)
    for index, item in enumerate(text.split(",") if text else ()):
        numbers[index] = _number(path, key, line, index, item)
    numbers.flags.writeable = False
    return numbers.reshape(shape)


def _number(path: Path, key: str, line: int, index: int, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not abs(number) <= _MOST or "_" in text:
        raise FastMIError(
            f"{path}, line {line}: value {index + 1} of {key} is {text.strip()[:40]!r}, "
            "expected a number between -1e6 and 1e6"
        )
    return number
