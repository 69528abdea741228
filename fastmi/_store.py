"""Stores: packed sequences on disk, a ``.npy`` of the rows with a ``.npy.json`` beside it.

``np.load(path, mmap_mode="r")`` opens the rows too.  Missing letters are in a third file,
``.mask.npy``; weights in ``.weights.npy``, and only a store that has them is of format 2;
scores in ``.scores.npy``, and only a store that has them is of format 3.  Sizes are checked
before anything is mapped.
"""

from __future__ import annotations

import contextlib
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _core
from ._archive import read_npy_header, whole
from ._files import replacing
from ._numbers import Doubles, Numbers, check_numbers
from ._packing import Packed
from .alphabet import Alphabet
from .errors import FastMIError

STORE_KIND = "fastmi packed sequences"
_MOST_SIDE_BYTES = 1 << 16
_IN_FORMAT: dict[int, tuple[str, ...]] = {1: (), 2: ("weights",), 3: ("weights", "scores")}


def write_store(path: Path, packed: Packed) -> None:
    """Write the arrays, then the description, so that what it describes is there."""
    if path.suffix != ".npy":
        raise ValueError(f"the name of a store ends in .npy, got {str(path)!r}")
    numbers = Numbers(packed.weights, packed.scores)._asdict()
    before = _description(path)
    had = [what for what in numbers if before is not None and before.get(what) is True]
    if before is None:
        _refuse_foreign(path, _side_file(path))
    for what, array in numbers.items():
        if array is not None and what not in had:  # a user may well give an array this name
            _refuse_foreign(path, _beside(path, what))
    number = 3 if packed.scores is not None else 2 if packed.weights is not None else 1
    about = {
        "kind": STORE_KIND,
        "format": number,
        **packed.alphabet.about(),
        "length": packed.length,
        "n_sequences": len(packed.rows),
        "n_dropped": packed.n_dropped,
        "mask": packed.mask is not None,
    }
    about |= {what: numbers[what] is not None for what in _IN_FORMAT[number]}
    for name, array in (
        *((_beside(path, what), numbers[what]) for what in numbers),
        (_beside(path, "mask"), packed.mask),
        (path, packed.rows),
    ):
        if array is not None:
            # "w+b": to NumPy this is no plain file, so that a full disk keeps its own error
            with replacing(name) as temporary, temporary.open("w+b") as stream:
                little = array.astype(array.dtype.newbyteorder("<"), copy=False)
                np.lib.format.write_array(stream, little, allow_pickle=False)
    with replacing(_side_file(path)) as temporary:
        temporary.write_text(json.dumps(about, indent=1) + "\n")
    for what in had:
        if numbers[what] is None:
            with contextlib.suppress(OSError):  # nothing speaks of them any more
                _beside(path, what).unlink()


def _refuse_foreign(path: Path, beside: Path) -> None:
    if beside.exists():
        raise FastMIError(
            f"cannot write {path}: {beside} belongs to something else; delete it, or take "
            "another name"
        )


def read_store(path: Path) -> Packed:
    """Map a store, read-only."""
    about = _read_side_file(path)
    try:
        alphabet = Alphabet.from_about(about)
        n, length = whole(about, "n_sequences"), whole(about, "length", 1)
        masked, n_dropped = bool(about["mask"]), whole(about, "n_dropped")
        numbers = [what for what in _IN_FORMAT[about["format"]] if about[what]]
        if length > _core.MAX_LENGTH:
            raise ValueError(f"length is {length}")
    except (KeyError, TypeError, ValueError) as error:
        raise FastMIError(f"{_side_file(path)} is damaged ({error})") from None
    rows = _map(path, (n, _core.row_bytes(length, len(alphabet))))
    mask = _map(_beside(path, "mask"), (n, _core.mask_bytes(length))) if masked else None
    found = {what: _map_numbers(what, _beside(path, what), n) for what in numbers}
    return Packed(rows, length, alphabet, mask, n_dropped, **found)


def _map_numbers(what: str, path: Path, n: int) -> Doubles:
    numbers = _map(path, (n,), "<f8")
    try:
        return check_numbers(what, numbers, n)
    except ValueError as error:
        raise FastMIError(f"{path}: {error}") from None


def _side_file(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def _beside(path: Path, what: str) -> Path:
    return path.with_suffix(f".{what}.npy")


def store_files(path: Path) -> list[Path]:
    """The files that a store consists of."""
    about = _description(path) or {}
    beside = [_beside(path, what) for what in ("mask", *Numbers._fields) if about.get(what)]
    return [_side_file(path), path, *beside]


def is_store(path: Path) -> bool:
    """Whether ``path`` is a store of packed sequences (its side file says so)."""
    return _description(path) is not None


def _description(path: Path) -> dict[str, Any] | None:
    """What the side file of a store says; None where this is no store."""
    try:
        side = _side_file(path)
        if (
            path.suffix != ".npy"
            or not side.is_file()
            or side.stat().st_size > _MOST_SIDE_BYTES
        ):
            return None
        about = json.loads(side.read_bytes())
    except (OSError, ValueError, RecursionError):  # names that no file can have, too
        return None
    ours = isinstance(about, dict) and about.get("kind") == STORE_KIND
    return about if ours else None


def _read_side_file(path: Path) -> dict[str, Any]:
    about = _description(path)
    if not path.is_file() or about is None:
        raise FastMIError(
            f"{path} is not a store of packed sequences (a .npy file with the .npy.json that "
            "was saved beside it)"
        )
    if about.get("format") not in list(_IN_FORMAT):  # a list: it may be anything at all
        raise FastMIError(
            f"{path} has store format {about.get('format')!r}, this fastmi reads formats 1 "
            f"to {max(_IN_FORMAT)}"
        )
    return about


def _map(path: Path, shape: tuple[int, ...], kind: str = "|u1") -> npt.NDArray[Any]:
    """Map a ``.npy`` that must have this shape and dtype, and be whole."""
    wanted = np.dtype(kind)
    try:
        with path.open("rb") as stream:
            dtype, found, fortran = read_npy_header(stream)
            offset = stream.tell()
        size = path.stat().st_size
    except (OSError, ValueError) as error:
        raise FastMIError(f"cannot read {path}: {error}") from None
    if fortran or dtype != wanted or found != shape:
        raise FastMIError(f"{path} is {dtype} {found}, expected {wanted} {shape}")
    if size != offset + wanted.itemsize * math.prod(shape):
        raise FastMIError(f"{path} is cut off or has bytes behind its end")
    if shape[0] == 0:
        return np.empty(shape, wanted)
    return np.memmap(path, wanted, "r", offset, shape)
