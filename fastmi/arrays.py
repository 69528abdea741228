"""Arrays to packed sequences: in memory, and out of ``.npy`` and ``.npz`` files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from ._files import ZIP_ERRORS, read_npy_header
from .alphabet import Alphabet, Unknown, get_alphabet
from .errors import FastMIError
from .sequences import PackedSequences

_CHUNK = 1 << 20


def pack(
    array: npt.NDArray[np.generic],
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


def array_file_blocks(
    stream: BinaryIO,
    name: str,
    alphabet: Alphabet,
    unknown: Unknown,
    column: int | str | None,
    block_rows: int,
) -> Iterator[PackedSequences]:
    """The blocks of an array file; see :func:`fastmi.read_blocks`."""
    if stream.peek(2)[:2] == b"PK":  # type: ignore[attr-defined]
        array = _load_from_npz(stream, name, column)
    else:
        if column is not None:
            raise FastMIError(f"{name} is a .npy file; column= is for tables and .npz files")
        array = _load_array(stream, name)
    try:
        packed = pack(array, alphabet, unknown=unknown)
    except (TypeError, ValueError) as error:
        raise FastMIError(f"{name}: {error}") from None
    for at in range(0, max(len(packed), 1), block_rows):
        block = packed[at : at + block_rows]
        block.n_dropped = packed.n_dropped if at == 0 else 0
        yield block


def _load_from_npz(
    stream: BinaryIO, name: str, column: int | str | None
) -> npt.NDArray[np.generic]:
    """One array of a ``.npz``; what cannot jump about, as zip must, is held in memory."""
    plain = isinstance(getattr(stream, "raw", None), io.FileIO) and stream.seekable()
    data = stream if plain else io.BytesIO(stream.read())
    try:
        with (
            zipfile.ZipFile(data) as archive,
            archive.open(_npz_member(archive, name, column)) as member,
        ):
            return _load_array(member, name)
    except ZIP_ERRORS as error:
        raise FastMIError(f"{name} is damaged or cut off: {error}") from None


def _npz_member(archive: zipfile.ZipFile, name: str, column: int | str | None) -> str:
    names = [n.removesuffix(".npy") for n in archive.namelist() if n.endswith(".npy")]
    if "about" in names:
        raise FastMIError(f"{name} holds results or counts of fastmi, not sequences")
    wanted = names[0] if column is None and len(names) == 1 else column
    if wanted not in names:
        raise FastMIError(
            f"{name} holds the arrays {', '.join(names) or '(none)'}; say which are the "
            "sequences: column='name'"
        )
    return f"{wanted}.npy"


def _load_array(stream: Any, name: str) -> npt.NDArray[np.generic]:
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
