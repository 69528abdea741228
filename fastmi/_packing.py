"""Letters, codes and one-hot arrays to packed rows.

Everything goes through ``_Packer`` in blocks of a few million letters, so that converting a
large input needs little more memory than the packed rows it becomes.  The functions return
what :class:`PackedSequences` is made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from . import _core
from ._numbers import Doubles
from .alphabet import UNKNOWN_CODE, UNKNOWN_POLICIES, Alphabet
from .errors import FastMIError

Bytes: TypeAlias = npt.NDArray[np.uint8]

_BLOCK_LETTERS = 1 << 23
_LAST_CHARACTER = 0x10FFFF  # of Unicode
UNKNOWN_HELP = (
    "say unknown='drop' to leave such sequences out, unknown='skip' to count around the "
    "letter, or name another alphabet"
)
CODES_HELP = (
    "codes need an alphabet whose letters stand in their order; where they do, say "
    "unknown='drop' or unknown='skip' for what is outside it"
)


class Packed(NamedTuple):
    """The parts of a PackedSequences, in the order of its parameters."""

    rows: Bytes
    length: int
    alphabet: Alphabet
    mask: Bytes | None = None
    n_dropped: int = 0
    weights: Doubles | None = None
    scores: Doubles | None = None


def pack_strings(strings: Any, alphabet: Alphabet, unknown: str) -> Packed:
    """Pack strings or bytes of one length."""
    if isinstance(strings, np.ndarray):
        return pack_letters(strings, alphabet, unknown)
    packer = _Packer(alphabet, unknown)
    if isinstance(strings, str | bytes) or not isinstance(strings, Sequence):
        raise TypeError(f"expected a list of strings, got {type(strings).__name__}")
    if len(strings) == 0:
        raise FastMIError("there are no sequences")
    length = len(_as_text(strings[0], 0))
    check_length(length)
    step = max(1, _BLOCK_LETTERS // length)
    for start in range(0, len(strings), step):
        packer.add(_letters_of(strings[start : start + step], length, start), start)
    return packer.finish(length)


def pack_letters(array: npt.NDArray[Any], alphabet: Alphabet, unknown: str) -> Packed:
    """Pack (N, L) cells of one letter, or (N,) whole sequences."""
    if array.dtype.kind in "SU" and array.ndim == 1:
        if array.dtype.kind == "U" and array.dtype.itemsize:
            points = np.ascontiguousarray(array, array.dtype.newbyteorder("=")).view(np.uint32)
            if points.max(initial=0) > _LAST_CHARACTER:
                raise FastMIError("the array of text is damaged: it holds no characters")
        return pack_strings(array.tolist(), alphabet, unknown)
    if array.ndim != 2:
        raise ValueError(f"letters must have shape (N, L), got {array.shape}")
    if array.dtype.kind == "U":
        numbers = _unicode_numbers(array)
    elif array.dtype.kind == "S":
        if array.dtype.itemsize != 1:
            raise ValueError("each cell must hold one letter, got " + str(array.dtype))
        numbers = np.ascontiguousarray(array).view(np.uint8)
    elif array.dtype == np.uint8:
        numbers = array
    else:
        raise TypeError(f"letters must be S1, U1 or uint8, got {array.dtype}")
    return _pack_blocks(numbers.reshape(array.shape), _Packer(alphabet, unknown))


def pack_codes(array: npt.NDArray[Any], alphabet: Alphabet, unknown: str) -> Packed:
    """Pack (N, L) integer codes."""
    if array.ndim != 2:
        raise ValueError(f"codes must have shape (N, L), got {array.shape}")
    if array.dtype.kind not in "iu":
        raise TypeError(f"codes must be integers, got {array.dtype}")
    return _pack_blocks(array, _Packer(alphabet, unknown, codes=True))


def pack_one_hot(
    array: npt.NDArray[Any], alphabet: Alphabet, unknown: str, layout: str | None
) -> Packed:
    """Pack (N, L, A) or (N, A, L) one-hot vectors."""
    if array.ndim != 3:
        raise ValueError(
            f"one-hot must have 3 axes, (N, L, A) or (N, A, L), got shape {array.shape}"
        )
    if array.dtype.kind not in "biuf":
        raise TypeError(f"one-hot must be numbers, got {array.dtype}")
    if _one_hot_layout(array.shape, len(alphabet), layout) == "NAL":
        array = array.transpose(0, 2, 1)
    length = array.shape[1]
    check_length(length)
    packer = _Packer(alphabet, unknown, codes=True)
    step = max(1, _BLOCK_LETTERS // (length * len(alphabet)))
    for start in range(0, len(array), step):
        packer.add(_one_hot_codes(array[start : start + step], start), start)
    return packer.finish(length)


class _Packer:
    """Blocks of letter numbers in, one Packed out."""

    def __init__(self, alphabet: Alphabet, unknown: str, codes: bool = False) -> None:
        check_unknown(unknown)
        self.alphabet = alphabet
        self.unknown = unknown
        self.codes = codes
        self.lookup: Bytes = alphabet.lookup
        if codes:
            self.lookup = np.full(256, UNKNOWN_CODE, np.uint8)
            self.lookup[: len(alphabet)] = np.arange(len(alphabet))
        self._rows: list[Bytes] = []
        self._masks: list[Bytes | None] = []
        self._n_dropped = 0

    def add(self, letters: Bytes, start: int) -> None:
        """Pack a block of shape (n, L); ``start`` is the index of its first sequence."""
        n, length = letters.shape
        size = len(self.alphabet)
        four = size == 4
        rows = np.empty((n, _core.row_bytes(length, size)), np.uint8)
        mask = np.empty((n, _core.mask_bytes(length)), np.uint8) if four else None
        n_unknown = np.zeros(n, np.uint32)
        _core.encode_rows(
            np.ascontiguousarray(letters), self.lookup, size, rows, mask, n_unknown
        )
        if not n_unknown.any():
            mask = None
        elif self.unknown == "error":
            self._refuse(letters, n_unknown, start)
        elif self.unknown == "drop":
            keep = n_unknown == 0
            rows, mask = rows[keep], None
            self._n_dropped += n - len(rows)
        self._rows.append(rows)
        self._masks.append(mask)

    def _refuse(self, letters: Bytes, n_unknown: npt.NDArray[np.uint32], start: int) -> None:
        n = int(np.flatnonzero(n_unknown)[0])
        position = int(np.flatnonzero(self.lookup[letters[n]] == UNKNOWN_CODE)[0])
        number = int(letters[n, position])
        found = f"code {number}" if self.codes else f"letter {chr(number)!r}"
        if self.codes and number == UNKNOWN_CODE:
            found = "an unknown letter"
        raise FastMIError(
            f"sequence {start + n}, position {position}: {found} is not in alphabet "
            f"{self.alphabet.name!r} ({self.alphabet.letters}); "
            f"{CODES_HELP if self.codes else UNKNOWN_HELP}"
        )

    def finish(self, length: int) -> Packed:
        """Put the blocks together."""
        check_length(length)
        if not self._rows:
            raise FastMIError("there are no sequences")
        if any(m is not None for m in self._masks):
            shape = _core.mask_bytes(length)
            mask = np.concatenate(
                [
                    np.zeros((len(r), shape), np.uint8) if m is None else m
                    for r, m in zip(self._rows, self._masks, strict=True)
                ]
            )
        else:
            mask = None
        rows = self._rows[0] if len(self._rows) == 1 else np.concatenate(self._rows)
        return Packed(rows, length, self.alphabet, mask, self._n_dropped)


def check_unknown(unknown: str) -> None:
    """Raise unless this is one of the policies."""
    if unknown not in UNKNOWN_POLICIES:
        raise ValueError(
            f"unknown must be one of {', '.join(UNKNOWN_POLICIES)}, got {unknown!r}"
        )


def check_length(length: int) -> None:
    """Raise unless sequences may have this many letters."""
    if length < 1:
        raise FastMIError("sequence 0 has no letters")
    if length > _core.MAX_LENGTH:
        raise FastMIError(
            f"sequence 0 has {length:,} letters, allowed are {_core.MAX_LENGTH:,}"
        )


def _pack_blocks(array: npt.NDArray[Any], packer: _Packer) -> Packed:
    """Pack (N, L) letter numbers or codes block by block."""
    n, length = array.shape
    alphabet, unknown = packer.alphabet, packer.unknown
    if n == 0:
        raise FastMIError("there are no sequences")
    check_length(length)
    step = max(1, _BLOCK_LETTERS // length)
    for start in range(0, n, step):
        block = array[start : start + step]
        if block.dtype != np.uint8:
            outside = (block < 0) | (block >= len(alphabet))
            if unknown == "error" and outside.any():
                at, position = (int(x[0]) for x in np.nonzero(outside))
                raise FastMIError(
                    f"sequence {start + at}, position {position}: code "
                    f"{int(block[at, position])} is not between 0 and "
                    f"{len(alphabet) - 1} (alphabet {alphabet.name!r}); {CODES_HELP}"
                )
            block = np.where(outside, UNKNOWN_CODE, block).astype(np.uint8)
        packer.add(block, start)
    return packer.finish(length)


def _as_text(item: Any, index: int) -> str | bytes:
    if not isinstance(item, str | bytes):
        raise TypeError(
            f"sequence {index} is {type(item).__name__}, expected a string or bytes"
        )
    return item


def _letters_of(items: Sequence[Any], length: int, start: int) -> Bytes:
    """Strings or bytes of one length as an array of their letters, shape (n, length)."""
    for n, item in enumerate(items):
        if len(_as_text(item, start + n)) != length:
            raise FastMIError(
                f"sequence {start + n} has length {len(item)}, expected {length} (that of "
                "sequence 0)"
            )
    try:
        joined = b"".join(
            item if isinstance(item, bytes) else item.encode("latin-1") for item in items
        )
    except UnicodeEncodeError as error:
        n = next(n for n, item in enumerate(items) if item is error.object)
        raise FastMIError(
            f"sequence {start + n}, position {error.start}: letter "
            f"{items[n][error.start]!r} is in no alphabet"
        ) from None
    return np.frombuffer(joined, np.uint8).reshape(len(items), length)


def _unicode_numbers(array: npt.NDArray[np.str_]) -> Bytes:
    """U1 cells as letter numbers; what is beyond Latin-1 becomes 0, which is no letter."""
    if array.dtype.itemsize != 4:
        raise ValueError("each cell must hold one letter, got " + str(array.dtype))
    points = np.ascontiguousarray(array, "U1").view(np.uint32)  # in native byte order
    return np.where(points < 256, points, 0).astype(np.uint8)


# ------------------------------------------------------------------------------- one-hot


def _one_hot_layout(shape: tuple[int, ...], size: int, layout: str | None) -> str:
    fits = [name for name, axis in (("NLA", 2), ("NAL", 1)) if shape[axis] == size]
    if layout is not None and layout not in ("NLA", "NAL"):
        raise ValueError(f"layout must be 'NLA' or 'NAL', got {layout!r}")
    if not fits or (layout is not None and layout not in fits):
        wanted = f"{layout} " if layout else ""
        raise ValueError(
            f"one-hot of shape {shape} has no {wanted}axis of size {size}, the number of "
            "letters"
        )
    if layout is None and len(fits) == 2:
        raise ValueError(
            f"one-hot of shape {shape}: either axis could be the {size} letters; say "
            "which to PackedSequences.from_one_hot: layout='NLA' or layout='NAL'"
        )
    return layout or fits[0]


def _one_hot_codes(block: npt.NDArray[Any], start: int) -> Bytes:
    """(n, L, A) one-hot to (n, L) codes, 255 where a position is blank."""
    values = block if block.dtype.kind != "b" else block.astype(np.uint8)
    size = values.shape[2]
    ones = values == 1
    exact = (ones.sum(axis=2) == 1) & ((values != 0).sum(axis=2) == 1)
    # all 0, or every letter equally likely: both are common ways of writing N
    blank = (values == values[:, :, :1]).all(axis=2) & (
        (values[:, :, 0] == 0) | (np.abs(values[:, :, 0] * float(size) - 1.0) < 1e-6)
    )
    wrong = ~(exact | blank)
    if wrong.any():
        n, position = (int(x[0]) for x in np.nonzero(wrong))
        raise FastMIError(
            f"sequence {start + n}, position {position}: {values[n, position].tolist()} is "
            "not one-hot (a single 1 and otherwise 0)"
        )
    return np.where(exact, ones.argmax(axis=2), UNKNOWN_CODE).astype(np.uint8)
