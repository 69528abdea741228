"""Files to packed sequences: what a file is, is read from its content, never from its name.

Way of the data: bytes -> decompressor (by magic bytes) -> one reused buffer -> the C parser
-> blocks of packed rows.  No Python object per record; memory is the buffer and one block,
whatever the file's size.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TypeAlias, cast

import numpy as np

from ._packing import Bytes, check_unknown
from ._store import is_store
from ._text import text_blocks
from .alphabet import Alphabet, Unknown, get_alphabet
from .arrays import array_file_blocks, pack
from .errors import FastMIError
from .sequences import PackedSequences

PathLike: TypeAlias = str | os.PathLike[str]

BLOCK_ROWS = 1 << 16
_BUFFER = 1 << 20

_OPENERS = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ\x00", lzma.open),
)
_ZSTD = b"\x28\xb5\x2f\xfd"
_BROKEN = (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, OSError, ValueError)


@contextmanager
def _opened(path: PathLike) -> Iterator[tuple[BinaryIO, str]]:
    """The decompressed bytes of a file or of stdin ("-"), and the name for messages."""
    name = "stdin" if str(path) == "-" else str(path)
    if name == "stdin" and str(path) == "-":
        raw: BinaryIO = sys.stdin.buffer
        close = False
    else:
        if Path(path).is_dir():
            raise FastMIError(f"{name} is a directory, not a file")
        try:
            raw = open(path, "rb")  # noqa: SIM115 (closed below, whatever it is)
        except OSError as error:
            raise FastMIError(f"cannot read {name}: {error.strerror or error}") from None
        close = True
    try:
        source = raw if hasattr(raw, "peek") else io.BufferedReader(cast(io.RawIOBase, raw))
        start = source.peek(8)[:8]
        if start.startswith(_ZSTD):
            raise FastMIError(
                f"{name} is compressed with zstd, which fastmi does not read; use "
                f"'zstd -dc {name} | fastmi mi -'"
            )
        for magic, opener in _OPENERS:
            if start.startswith(magic):
                with opener(source, "rb") as unpacked:
                    yield cast(BinaryIO, io.BufferedReader(unpacked, _BUFFER)), name
                return
        yield source, name
    finally:
        if close:
            raw.close()


def read_blocks(
    path: PathLike,
    alphabet: str | Alphabet = "dna",
    *,
    unknown: Unknown = "error",
    column: int | str | None = None,
    block_rows: int = BLOCK_ROWS,
) -> Iterator[PackedSequences]:
    """Read sequences from a file, block by block, in bounded memory.

    The content decides: FASTA, FASTQ (four lines a record), plain lines, a column of a CSV
    or TSV table, ``.npy`` / ``.npz`` arrays, or a store of :meth:`PackedSequences.save`;
    plain or compressed with gzip, bzip2 or xz. Blank lines are passed over, and so are lines
    that start with ``#`` in plain lines and tables. All sequences must have one length.

    Parameters
    ----------
    path : path-like
        The file; "-" reads stdin.
    alphabet : str or Alphabet
        "dna", "rna", "protein", or the letters in the order of their codes.
    unknown : {"error", "drop", "skip"}
        Letters outside the alphabet: raise, leave the sequence out (see ``n_dropped`` of
        the blocks), or mark the letter missing.
    column : int or str, optional
        Tables: number of the column that holds the sequences (the first is 1, as for
        ``cut``; no header line is expected) or its name in the header line. ``.npz``: name
        of the array.
    block_rows : int
        Most sequences in a block.

    Yields
    ------
    PackedSequences
        One to ``block_rows`` sequences (the last may be empty, if all were dropped).

    Raises
    ------
    FastMIError
        The file cannot be used; the message says where (record, line) and why.
    """
    check_unknown(unknown)
    if block_rows < 1:
        raise ValueError(f"block_rows must be at least 1, got {block_rows}")
    _check_column(column)
    kind = get_alphabet(alphabet)
    if str(path) != "-" and is_store(Path(path)):
        yield from _store_blocks(Path(path), kind, unknown, block_rows)
        return
    with _opened(path) as (stream, name):
        try:
            start = stream.peek(8)[:8]  # type: ignore[attr-defined]
            if start.startswith(b"\x93NUMPY") or start.startswith(b"PK\x03\x04"):
                yield from array_file_blocks(stream, name, kind, unknown, column, block_rows)
            else:
                yield from text_blocks(stream, name, kind, unknown, column, block_rows)
        except FastMIError:
            raise
        except _BROKEN as error:
            raise FastMIError(f"{name} is damaged or cut off: {error}") from None


def read(
    path: PathLike,
    alphabet: str | Alphabet = "dna",
    *,
    unknown: Unknown = "error",
    column: int | str | None = None,
) -> PackedSequences:
    """Read all sequences of a file into memory, packed.

    Parameters
    ----------
    path, alphabet, unknown, column
        As in :func:`read_blocks`.

    Returns
    -------
    PackedSequences

    Examples
    --------
    >>> import fastmi
    >>> path = fastmi.example("gb1_top5")
    >>> fastmi.read(path, "protein")
    <PackedSequences: 26,804 x 56, protein, 1,501,024 bytes>
    """
    if str(path) != "-" and is_store(Path(path)):
        store = PackedSequences.open(path)
        _check_store(store, Path(path), get_alphabet(alphabet), unknown)
        return store
    gathered = _Gatherer()
    for block in read_blocks(path, alphabet, unknown=unknown, column=column):
        gathered.add(block)
    return gathered.finish()


def _check_column(column: int | str | None) -> None:
    if column is None or isinstance(column, str):
        return
    if not isinstance(column, int) or isinstance(column, bool):
        raise TypeError(f"column must be a number or a name, got {column!r}")
    if not 1 <= column <= 1_000_000:
        raise ValueError(f"column numbers start at 1 (as for cut), got {column}")


def as_sequences(
    data: object,
    alphabet: str | Alphabet | None = None,
    unknown: Unknown = "error",
) -> PackedSequences:
    """Whatever a caller has, as packed sequences.

    Parameters
    ----------
    data : PackedSequences, path-like, list of str or bytes, or array_like
        A string is a path ("-" is stdin); arrays are taken as by :func:`fastmi.pack`.
    alphabet : str or Alphabet, optional
        By default that of packed sequences or of a store, else "dna".
    unknown : {"error", "drop", "skip"}
        What to do with letters outside the alphabet.

    Returns
    -------
    PackedSequences
    """
    check_unknown(unknown)
    if isinstance(data, str | os.PathLike):
        if alphabet is None and str(data) != "-" and is_store(Path(data)):
            alphabet = PackedSequences.open(data).alphabet
        return read(data, alphabet or "dna", unknown=unknown)
    if isinstance(data, PackedSequences):
        if alphabet is not None and get_alphabet(alphabet).letters != data.alphabet.letters:
            raise ValueError(
                f"the sequences are over {data.alphabet.name!r}, not "
                f"{get_alphabet(alphabet).name!r}"
            )
        return _by_policy(data, unknown)
    alphabet = alphabet or "dna"
    if isinstance(data, list | tuple) and (len(data) == 0 or isinstance(data[0], str | bytes)):
        return PackedSequences.from_strings(data, alphabet, unknown=unknown)
    try:
        array = np.asarray(data)
    except (TypeError, ValueError) as error:
        raise TypeError(f"the data cannot be made an array: {error}") from None
    if array.dtype.kind == "O":
        raise TypeError(f"expected sequences, an array or a path, got {type(data).__name__}")
    return pack(array, alphabet, unknown=unknown)


def _by_policy(sequences: PackedSequences, unknown: str) -> PackedSequences:
    """Missing letters of a ready set are a decision already made; only drop acts on them."""
    if unknown != "drop" or not sequences.n_unknown:
        return sequences
    keep = np.asarray((sequences.to_codes() < len(sequences.alphabet)).all(axis=1))
    kept = sequences[keep]
    kept.mask = None
    kept.n_dropped = sequences.n_dropped + int((~keep).sum())
    return kept


class _Gatherer:
    """Blocks into one growing array: at the end no copy of it was ever needed.

    ``ndarray.resize`` moves pages rather than bytes for large arrays, and grows by an
    eighth, so that memory stays below 9/8 of the packed rows.
    """

    def __init__(self) -> None:
        self._first: PackedSequences | None = None
        self._rows: Bytes = np.empty((0, 0), np.uint8)
        self._mask: Bytes | None = None
        self._n = 0
        self._n_dropped = 0

    @staticmethod
    def _put(array: Bytes, n: int, block: Bytes) -> None:
        """Write the block behind the first n rows, in place."""
        wanted = n + len(block)
        if wanted > len(array):
            rows = max(wanted, n + n // 8)
            array.resize((rows, block.shape[1]), refcheck=False)
        array[n:wanted] = block

    def add(self, block: PackedSequences) -> None:
        if self._first is None:
            self._first = block[:0]
            self._rows = np.empty((0, block.rows.shape[1]), np.uint8)
        if block.mask is not None and self._mask is None:
            self._mask = np.zeros((self._n, block.mask.shape[1]), np.uint8)
        if self._mask is not None:
            marks = block.mask
            if marks is None:
                marks = np.zeros((len(block), self._mask.shape[1]), np.uint8)
            self._put(self._mask, self._n, marks)
        self._put(self._rows, self._n, block.rows)
        self._n += len(block)
        self._n_dropped += block.n_dropped

    def finish(self) -> PackedSequences:
        assert self._first is not None  # read_blocks yields at least one block
        self._rows.resize((self._n, self._rows.shape[1]), refcheck=False)
        if self._mask is not None:
            self._mask.resize((self._n, self._mask.shape[1]), refcheck=False)
        return PackedSequences(
            self._rows,
            self._first.length,
            self._first.alphabet,
            self._mask,
            self._n_dropped,
        )


# -------------------------------------------------------------------------------- stores


def _check_store(store: PackedSequences, path: Path, alphabet: Alphabet, unknown: str) -> None:
    if store.alphabet.letters != alphabet.letters:
        raise FastMIError(
            f"{path} holds sequences over {store.alphabet.name!r} "
            f"({store.alphabet.letters}), not {alphabet.name!r}"
        )
    if unknown != "skip" and store.n_unknown:
        raise FastMIError(f"{path} has {store.n_unknown:,} missing letters; say unknown='skip'")


def _store_blocks(
    path: Path, alphabet: Alphabet, unknown: str, block_rows: int
) -> Iterator[PackedSequences]:
    store = PackedSequences.open(path)
    _check_store(store, path, alphabet, unknown)
    for at in range(0, max(len(store), 1), block_rows):
        block = store[at : at + block_rows]
        block.n_dropped = store.n_dropped if at == 0 else 0
        yield block
