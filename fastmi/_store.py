"""Stores: packed sequences on disk, a ``.npy`` of the rows with a ``.npy.json`` beside it.

``np.load(path, mmap_mode="r")`` opens the rows too.  Missing letters are in a third file,
``.mask.npy``.  Sizes are checked before anything is mapped.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from . import _core
from ._files import read_npy_header, replacing, whole
from ._packing import Bytes, Packed
from .alphabet import Alphabet
from .errors import FastMIError

STORE_KIND = "fastmi packed sequences"
_MOST_SIDE_BYTES = 1 << 16


def write_store(path: Path, packed: Packed) -> None:
    """Write rows and mask, then the description, so that what it describes is there."""
    if path.suffix != ".npy":
        raise ValueError(f"the name of a store ends in .npy, got {str(path)!r}")
    if _side_file(path).exists() and not is_store(path):
        raise FastMIError(f"cannot write {path}: {_side_file(path)} belongs to something else")
    about = {
        "kind": STORE_KIND,
        "format": 1,
        **packed.alphabet.about(),
        "length": packed.length,
        "n_sequences": len(packed.rows),
        "n_dropped": packed.n_dropped,
        "mask": packed.mask is not None,
    }
    for name, array in ((_mask_file(path), packed.mask), (path, packed.rows)):
        if array is not None:
            # "w+b": to NumPy this is no plain file, so that a full disk keeps its own error
            with replacing(name) as temporary, temporary.open("w+b") as stream:
                np.lib.format.write_array(stream, array, allow_pickle=False)
    with replacing(_side_file(path)) as temporary:
        temporary.write_text(json.dumps(about, indent=1) + "\n")


def read_store(path: Path) -> Packed:
    """Map a store, read-only."""
    about = _read_side_file(path)
    try:
        alphabet = Alphabet.from_about(about)
        n, length = whole(about, "n_sequences"), whole(about, "length", 1)
        masked, n_dropped = bool(about["mask"]), whole(about, "n_dropped")
        if length > _core.MAX_LENGTH:
            raise ValueError(f"length is {length}")
    except (KeyError, TypeError, ValueError) as error:
        raise FastMIError(f"{_side_file(path)} is damaged ({error})") from None
    rows = _map(path, (n, _core.row_bytes(length, len(alphabet))))
    mask = _map(_mask_file(path), (n, _core.mask_bytes(length))) if masked else None
    return Packed(rows, length, alphabet, mask, n_dropped)


def _side_file(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def _mask_file(path: Path) -> Path:
    return path.with_suffix(".mask.npy")


def is_store(path: Path) -> bool:
    """Whether ``path`` is a store of packed sequences (its side file says so)."""
    try:
        side = _side_file(path)
        if (
            path.suffix != ".npy"
            or not side.is_file()
            or side.stat().st_size > _MOST_SIDE_BYTES
        ):
            return False
        about = json.loads(side.read_bytes())
    except (OSError, ValueError, RecursionError):  # names that no file can have, too
        return False
    return isinstance(about, dict) and about.get("kind") == STORE_KIND


def _read_side_file(path: Path) -> dict[str, Any]:
    side = _side_file(path)
    if not path.is_file() or not is_store(path):
        raise FastMIError(
            f"{path} is not a store of packed sequences (a .npy file with the .npy.json that "
            "was saved beside it)"
        )
    about: dict[str, Any] = json.loads(side.read_bytes())
    if about.get("format") != 1:
        raise FastMIError(
            f"{path} has store format {about.get('format')!r}, this fastmi reads format 1"
        )
    return about


def _map(path: Path, shape: tuple[int, int]) -> Bytes:
    """Map a ``.npy`` of bytes that must have this shape and be whole."""
    try:
        with path.open("rb") as stream:
            dtype, found, fortran = read_npy_header(stream)
            offset = stream.tell()
        size = path.stat().st_size
    except (OSError, ValueError) as error:
        raise FastMIError(f"cannot read {path}: {error}") from None
    if fortran or dtype != np.uint8 or found != shape:
        raise FastMIError(f"{path} is {dtype} {found}, expected uint8 {shape}")
    if size != offset + shape[0] * shape[1]:
        raise FastMIError(f"{path} is cut off or has bytes behind its end")
    if shape[0] == 0:
        return np.empty(shape, np.uint8)
    return np.memmap(path, np.uint8, "r", offset, shape)
