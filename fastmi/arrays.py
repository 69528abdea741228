"""Arrays to packed sequences: in memory, and out of ``.npy`` and ``.npz`` files."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from ._files import read_npy_header
from .alphabet import Alphabet, Unknown, get_alphabet
from .errors import FastMIError
from .sequences import PackedSequences

_MAX_ARRAY_BYTES = 64 << 30


def pack(
    array: npt.NDArray[np.generic],
    alphabet: str | Alphabet = "dna",
    *,
    unknown: Unknown = "error",
    source: str = "the array",
) -> PackedSequences:
    """Pack an array of letters, codes or one-hot vectors, told apart by type and content.

    Parameters
    ----------
    array : ndarray
        Text (``S`` or ``U``), shape (N,) or (N, L): letters. Integers, shape (N, L): codes,
        or letter numbers if all are from 32 up. Numbers with three axes: one-hot.
    alphabet, unknown
        As in :func:`read_blocks`.
    source : str
        Its name in messages.

    Returns
    -------
    PackedSequences
    """
    kind = get_alphabet(alphabet)
    if array.dtype.kind in "SU":
        return PackedSequences.from_letters(array, kind, unknown=unknown)
    if array.ndim == 3:
        return PackedSequences.from_one_hot(array, kind, unknown=unknown)
    if array.dtype.kind in "iu" and array.ndim == 2:
        if array.size == 0:
            raise FastMIError(f"{source} holds no sequences")
        # an alphabet of more than 32 letters has codes that look like letters: codes win
        if array.dtype == np.uint8 and len(kind) <= 32 and array.min() >= 32:
            return PackedSequences.from_letters(array, kind, unknown=unknown)
        return PackedSequences.from_codes(array, kind, unknown=unknown)
    raise TypeError(
        f"{source} is {array.dtype} of shape {array.shape}; expected letters or integer "
        "codes of shape (N, L), or one-hot of shape (N, L, A) or (N, A, L)"
    )


def array_file_blocks(
    stream: BinaryIO,
    name: str,
    alphabet: Alphabet,
    unknown: Unknown,
    column: int | str | None,
    block_rows: int,
) -> Iterator[PackedSequences]:
    """The blocks of an array file; see :func:`fastmi.read_blocks`."""
    data = stream if stream.seekable() else io.BytesIO(stream.read())
    if stream.peek(2)[:2] == b"PK":  # type: ignore[attr-defined]
        try:
            with zipfile.ZipFile(data) as archive:
                member = _npz_member(archive, name, column)
                size = archive.getinfo(member).file_size
                with archive.open(member) as part:
                    array = _load_array(part, size, name)
        except zipfile.BadZipFile:
            raise FastMIError(f"{name} is damaged or cut off: not a whole .npz") from None
    else:
        start = data.tell()
        size = data.seek(0, os.SEEK_END) - start
        data.seek(start)
        array = _load_array(data, size, name)
    packed = pack(array, alphabet, unknown=unknown, source=name)
    for at in range(0, max(len(packed), 1), block_rows):
        block = packed[at : at + block_rows]
        block.n_dropped = packed.n_dropped if at == 0 else 0
        yield block


def _npz_member(archive: zipfile.ZipFile, name: str, column: int | str | None) -> str:
    names = [n.removesuffix(".npy") for n in archive.namelist()]
    if "about" in names:
        raise FastMIError(f"{name} is a result file of fastmi, not a file of sequences")
    wanted = column if isinstance(column, str) else names[0] if len(names) == 1 else None
    if wanted not in names:
        raise FastMIError(
            f"{name} holds the arrays {', '.join(names) or '(none)'}; say which are the "
            "sequences: column='name'"
        )
    return f"{wanted}.npy"


def _load_array(stream: Any, size: int, name: str) -> npt.NDArray[np.generic]:
    """Read one array, after its header was held against the bytes that are there."""
    start = stream.tell()
    dtype, shape, end = read_npy_header(stream)
    n_bytes = dtype.itemsize * int(np.prod(shape, dtype=object))
    if n_bytes != size - (end - start) or n_bytes > _MAX_ARRAY_BYTES:
        raise FastMIError(
            f"{name} is damaged or cut off: its header promises {n_bytes:,} bytes, "
            f"{size - (end - start):,} follow"
        )
    data = bytearray(n_bytes)
    if n_bytes and stream.readinto(data) != n_bytes:
        raise FastMIError(f"{name} is damaged or cut off")
    return np.frombuffer(data, dtype).reshape(shape)
