"""Arrays to packed sequences: in memory, and out of ``.npy`` and ``.npz`` files."""

from __future__ import annotations

import io
import zipfile
from typing import Any, BinaryIO, TypeAlias

import numpy as np
import numpy.typing as npt

from ._archive import ZIP_ERRORS, read_npy_header
from ._columns import Column, Columns
from .alphabet import Alphabet, Unknown, get_alphabet
from .errors import FastMIError
from .sequences import PackedSequences

Array: TypeAlias = npt.NDArray[np.generic]

_CHUNK = 1 << 20


def pack(
    array: Array,
    alphabet: str | Alphabet = "dna",
    *,
    unknown: Unknown = "error",
) -> PackedSequences:
    """Pack an array of letters, codes or one-hot vectors, told apart by type and content.

    Parameters
    ----------
    array : ndarray
        Text (``S`` or ``U``), shape (N,) or (N, L): letters. Integers, shape (N, L): codes,
        but uint8 from 32 up is letters. Numbers with three axes: one-hot.
    alphabet, unknown
        As in :func:`read_blocks`.

    Returns
    -------
    PackedSequences
    """
    kind = get_alphabet(alphabet)
    if not isinstance(array, np.ndarray):
        raise TypeError(
            f"array must be a NumPy array, got {type(array).__name__}; "
            "PackedSequences.from_strings takes lists"
        )
    if array.dtype.kind in "SU":
        return PackedSequences.from_letters(array, kind, unknown=unknown)
    if array.ndim == 3:
        return PackedSequences.from_one_hot(array, kind, unknown=unknown)
    if array.dtype.kind in "iu" and array.ndim == 2:
        if array.size == 0:
            raise FastMIError("the array holds no sequences")
        # an alphabet of more than 32 letters has codes that look like letters: codes win
        if array.dtype == np.uint8 and len(kind) <= 32 and array.min() >= 32:
            return PackedSequences.from_letters(array, kind, unknown=unknown)
        return PackedSequences.from_codes(array, kind, unknown=unknown)
    raise TypeError(
        f"the array is {array.dtype} of shape {array.shape}; expected letters or integer "
        "codes of shape (N, L), or one-hot of shape (N, L, A) or (N, A, L)"
    )


def load_arrays(
    stream: BinaryIO, name: str, columns: Columns
) -> tuple[Array, dict[str, Array]]:
    """The sequences of an array file as they stand there, and the numbers asked for."""
    if stream.peek(2)[:2] == b"PK":  # type: ignore[attr-defined]
        return _load_from_npz(stream, name, columns)
    columns.refuse(f"{name} is a .npy file", "tables and .npz files")
    return _load_array(stream, name), {}


def _load_from_npz(
    stream: BinaryIO, name: str, columns: Columns
) -> tuple[Array, dict[str, Array]]:
    """Arrays of a ``.npz``; what cannot jump about, as zip must, is held in memory."""
    plain = isinstance(getattr(stream, "raw", None), io.FileIO) and stream.seekable()
    data = stream if plain else io.BytesIO(stream.read())
    try:
        with zipfile.ZipFile(data) as archive:
            arrays = {}
            for what, wanted in _npz_members(archive, name, columns).items():
                with archive.open(f"{wanted}.npy") as member:
                    arrays[what] = _load_array(member, name)
    except ZIP_ERRORS as error:
        raise FastMIError(f"{name} is damaged or cut off: {error}") from None
    return arrays.pop("sequences"), arrays


def _npz_members(archive: zipfile.ZipFile, name: str, columns: Columns) -> dict[str, Column]:
    """The members by what they hold; sequences that stand there alone need no name."""
    names = [n.removesuffix(".npy") for n in archive.namelist() if n.endswith(".npy")]
    if "about" in names:
        raise FastMIError(f"{name} holds results or counts of fastmi, not sequences")
    numbers = columns.numbers
    for what, wanted in numbers.items():
        _npz_name(wanted, names, name, f"{what}: {what}='name'")
    others = [n for n in names if n not in numbers.values()]
    alone = others[0] if columns.sequences is None and len(others) == 1 else columns.sequences
    return {"sequences": _npz_name(alone, names, name, "sequences: column='name'"), **numbers}


def _npz_name(wanted: Column | None, names: list[str], file: str, which: str) -> Column:
    if wanted not in names:
        raise FastMIError(
            f"{file} holds the arrays {', '.join(names) or '(none)'}; say which are the {which}"
        )
    assert wanted is not None
    return wanted


def _load_array(stream: Any, name: str) -> Array:
    """Read one array forwards, asking for memory only as its bytes arrive."""
    try:
        dtype, shape, fortran = read_npy_header(stream)
    except ValueError as error:
        raise FastMIError(f"{name}: {error}") from None
    n_bytes = dtype.itemsize * int(np.prod(shape, dtype=object))
    data = bytearray()
    while len(data) <= n_bytes:  # one byte more than promised shows that there are more
        part = stream.read(min(_CHUNK, n_bytes + 1 - len(data)))
        if not part:
            break
        data += part
    if len(data) != n_bytes:
        found = f"{len(data):,}" if len(data) < n_bytes else "more"
        raise FastMIError(
            f"{name} is damaged or cut off: its header promises {n_bytes:,} bytes, {found} "
            "follow"
        )
    array = np.frombuffer(data, dtype)
    return array.reshape(shape[::-1]).T if fortran else array.reshape(shape)
