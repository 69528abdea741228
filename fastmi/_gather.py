"""Blocks of sequences into one set, in memory or, where that is too small, in a file.

The file has no name, so that nothing is left of it when the process ends, however it ends.
"""

from __future__ import annotations

import mmap
import tempfile
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from ._numbers import Numbers, frozen
from .errors import FastMIError
from .sequences import PackedSequences

_ZEROS = 1 << 16  # rows of them made at a time


class _Growing:
    """An array that grows at its end.

    It grows by an eighth, so that at the end no second copy is needed; ``ndarray.resize``
    moves pages rather than bytes once an array is large (tens of megabytes with glibc).
    """

    def __init__(self, like: npt.NDArray[Any], file: IO[bytes] | None) -> None:
        self._array = np.empty((0, *like.shape[1:]), like.dtype)
        self._n = 0
        self._file = file

    @property
    def n_bytes(self) -> int:
        return self._n * self._row_bytes

    @property
    def _row_bytes(self) -> int:
        return int(self._array.dtype.itemsize * np.prod(self._array.shape[1:], dtype=int))

    def to_file(self, file: IO[bytes]) -> None:
        """From now on in a file."""
        self._file = file
        _write(file, self._array[: self._n])
        self._array = self._array[:0].copy()

    def add(self, block: npt.NDArray[Any]) -> None:
        n, self._n = self._n, self._n + len(block)
        if self._file is not None:
            _write(self._file, block)
            return
        if self._n > len(self._array):
            rows = max(self._n, n + n // 8)
            self._array.resize((rows, *self._array.shape[1:]), refcheck=False)
        self._array[n : self._n] = block

    def add_zeros(self, n: int) -> None:
        for at in range(0, n, _ZEROS):
            zeros = (min(_ZEROS, n - at), *self._array.shape[1:])
            self.add(np.zeros(zeros, self._array.dtype))

    def finish(self) -> npt.NDArray[Any]:
        """All of it; a file is mapped."""
        shape = (self._n, *self._array.shape[1:])
        if self._file is None:
            self._array.resize(shape, refcheck=False)
            return self._array
        if self._n == 0:
            return self._array
        mapped = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        return np.frombuffer(mapped, self._array.dtype).reshape(shape)

    def close(self) -> None:
        """Close the file; what was mapped of it stays."""
        if self._file is not None:
            self._file.close()


def _write(file: IO[bytes], array: npt.NDArray[Any]) -> None:
    rest = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
    try:
        while rest:  # one write may take a part: 2 GB at most, or what the disk has left
            rest = rest[file.write(rest) :]
    except OSError as error:
        raise _cannot_write(error) from None


def _cannot_write(error: OSError) -> FastMIError:
    try:
        folder = f"the temporary folder {tempfile.gettempdir()}"
    except OSError:  # none of them can be written to
        folder = "any temporary folder"
    return FastMIError(
        f"cannot write to {folder}: {error.strerror or error}; set TMPDIR to one with more "
        "room, or raise memory_limit"
    )


class Gatherer:
    """Blocks of one kind into one set."""

    def __init__(self) -> None:
        self._first: PackedSequences | None = None
        self._rows: _Growing | None = None
        self._mask: _Growing | None = None
        self._numbers: list[_Growing | None] = []
        self._n = self._n_dropped = 0
        self.on_disk = False

    @property
    def n_bytes(self) -> int:
        """What was gathered takes so much."""
        return sum(array.n_bytes for array in self._arrays())

    def _arrays(self) -> list[_Growing]:
        arrays = (self._rows, self._mask, *self._numbers)
        return [array for array in arrays if array is not None]

    def _growing(self, like: npt.NDArray[Any]) -> _Growing:
        return _Growing(like, _nameless() if self.on_disk else None)

    def to_disk(self) -> None:
        """Move what was gathered to files, and what comes, too."""
        self.on_disk = True
        for array in self._arrays():
            array.to_file(_nameless())

    def add(self, block: PackedSequences) -> None:
        """Put a block behind the others."""
        numbers = Numbers(block.weights, block.scores)
        if self._rows is None:
            self._first = block[:0]
            self._rows = self._growing(block.rows)
            self._numbers = [None if a is None else self._growing(a) for a in numbers]
        if block.mask is not None and self._mask is None:
            self._mask = self._growing(block.mask)
            self._mask.add_zeros(self._n)
        if self._mask is not None:
            if block.mask is None:
                self._mask.add_zeros(len(block))
            else:
                self._mask.add(block.mask)
        for mine, theirs in zip(self._numbers, numbers, strict=True):
            if mine is not None:
                assert theirs is not None  # all blocks of a file have some, or none has
                mine.add(theirs)
        self._rows.add(block.rows)
        self._n += len(block)
        self._n_dropped += block.n_dropped

    def finish(self) -> PackedSequences:
        """All blocks as one set."""
        assert self._first is not None  # a block at least was added
        assert self._rows is not None
        numbers = [None if a is None else frozen(a.finish()) for a in self._numbers]
        return PackedSequences(
            self._rows.finish(),
            self._first.length,
            self._first.alphabet,
            None if self._mask is None else self._mask.finish(),
            self._n_dropped,
            *numbers,
        )

    def close(self) -> None:
        """Close the files."""
        for array in self._arrays():
            array.close()


def _nameless() -> IO[bytes]:
    """A file in the temporary folder that has no name."""
    try:
        return tempfile.TemporaryFile("w+b", buffering=0)
    except OSError as error:
        raise _cannot_write(error) from None
