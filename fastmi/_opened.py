"""Files and stdin as decompressed bytes; how they are compressed shows in their first bytes.

What is compressed is unpacked in a thread of its own (``_ahead``), some pieces ahead of its
reader.  Nothing ever blocks inside a read of stdin or a pipe: that would hold a lock which
Python wants back when it ends, and could not be called off.
"""

from __future__ import annotations

import bz2
import io
import lzma
import os
import select
import stat
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, BinaryIO, TypeAlias, cast

import numpy as np

from ._ahead import WAIT_S, ahead, check_wanted
from ._gunzip import gunzipped
from ._packing import Bytes
from .errors import FastMIError

PathLike: TypeAlias = str | os.PathLike[str]
OnRead: TypeAlias = Callable[[int], None]

BROKEN = (EOFError, zlib.error, lzma.LZMAError, OSError)  # what damaged files raise
_BUFFER = 1 << 16  # small: what is larger goes past it, uncopied
_PIECE = 1 << 20
_AHEAD = 4  # pieces


@contextmanager
def opened(path: PathLike, on_read: OnRead | None = None) -> Iterator[tuple[BinaryIO, str]]:
    """The decompressed bytes of a file or of stdin ("-"), and the name for messages.

    ``on_read`` is told how many bytes of a file were read each time, packed as they are.
    """
    with ExitStack() as stack:
        try:
            if str(path) == "-":
                if sys.stdin is None:
                    raise FastMIError("stdin is closed")
                name, raw = "stdin", cast(BinaryIO, sys.stdin.buffer)
            elif os.path.isdir(path):
                raise FastMIError(f"{path} is a directory, not a file")
            else:
                name, raw = str(path), stack.enter_context(_open(path, on_read))
            source = _patient(raw)
            start = source.peek(8)[:8]
        except FastMIError:
            raise
        except (OSError, ValueError) as error:  # ValueError: no file can have this name
            reason = getattr(error, "strerror", None) or error
            raise FastMIError(f"cannot read {path}: {reason}") from None
        if start.startswith(_ZSTD):
            raise FastMIError(
                f"{name} is compressed with zstd, which fastmi does not read; use "
                f"'zstd -dc {name} | fastmi mi -'"
            )
        for magic, unpack in _UNPACKERS:
            if start.startswith(magic):
                pieces = ahead(unpack(source), _AHEAD)
                stack.callback(pieces.close)
                source = io.BufferedReader(_Joined(pieces), _BUFFER)
                break
        yield cast(BinaryIO, source), name


class _Metered(io.FileIO):
    """A file that says how much of it is read."""

    def __init__(self, path: PathLike, on_read: OnRead) -> None:
        super().__init__(path)
        self._on_read = on_read

    def readinto(self, view: Any) -> int:
        n = super().readinto(view)
        self._on_read(n)
        return n


def _open(path: PathLike, on_read: OnRead | None) -> BinaryIO:
    if on_read is None:
        return open(path, "rb")
    return io.BufferedReader(_Metered(path, on_read))


def _read_of(opener: Callable[[Any], Any]) -> Callable[[io.BufferedReader], Iterator[bytes]]:
    """An unpacker out of a module of the standard library."""

    def pieces(source: io.BufferedReader) -> Iterator[bytes]:
        with opener(source) as stream:
            while piece := stream.read(_PIECE):
                yield piece

    return pieces


_UNPACKERS = (
    (b"\x1f\x8b", gunzipped),
    (b"BZh", _read_of(bz2.open)),
    (b"\xfd7zXZ\x00", _read_of(lzma.open)),
)
_ZSTD = b"\x28\xb5\x2f\xfd"


class _Joined(io.RawIOBase):
    """Pieces of bytes as a stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest: Bytes = np.empty(0, np.uint8)

    def readable(self) -> bool:
        return True

    def readinto(self, view: Any) -> int:
        if not len(self._rest):
            self._rest = np.frombuffer(next(self._pieces, b""), np.uint8)
        n = min(len(view), len(self._rest))
        # by NumPy, which lets the thread that unpacks go on meanwhile
        np.frombuffer(view, np.uint8)[:n] = self._rest[:n]
        self._rest = self._rest[n:]
        return n


class _Patient(io.RawIOBase):
    """A stream that may have to wait, read when there is something to read."""

    def __init__(self, source: io.BufferedReader) -> None:
        self._source = source
        self._poll = select.poll()
        self._poll.register(source.fileno(), select.POLLIN)

    def readable(self) -> bool:
        return True

    def readinto(self, view: Any) -> int:
        while not self._poll.poll(1000 * WAIT_S):
            check_wanted()
        return self._source.readinto1(view)


def _patient(raw: BinaryIO) -> io.BufferedReader:
    """The stream with a buffer, through ``_Patient`` where it is no file on a disk."""
    source = raw if hasattr(raw, "peek") else io.BufferedReader(cast(Any, raw))
    source = cast(io.BufferedReader, source)
    try:
        on_disk = stat.S_ISREG(os.fstat(source.fileno()).st_mode)
    except OSError:  # made of something else, as in tests
        return source
    if on_disk or not hasattr(select, "poll"):
        return source
    return io.BufferedReader(_Patient(source), _BUFFER)
