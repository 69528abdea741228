"""Gzip, member by member, in large pieces; by ISA-L where it is installed, else by zlib.

Python's gzip module takes checksums by itself and hands out what its small buffer of input
gives.  Here the decompressor does a member in few long calls, none of which holds the
interpreter, so that one thread can unpack while another parses.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from io import BufferedReader
from types import ModuleType

_PIECE = 1 << 20  # most bytes unpacked by one call, whatever the ratio of compression
_LEAST = 1 << 18  # what small members give is put together up to this
_READ = 1 << 18
_SHORT = 1 << 12  # bytes of input for a call where members are tiny
_NOT_PADDING = re.compile(b"[^\0]")
_IN_WORDS = (
    ("incorrect data check", "CRC check failed"),
    ("incorrect checksum", "CRC check failed"),
    ("incorrect length check", "the length of what was unpacked is not the one stated"),
    ("incorrect header check", "no gzip header where one is expected"),
    ("invalid gzip", "no gzip header where one is expected"),
)


def isal_or_zlib() -> ModuleType:
    """The faster library of those that are here."""
    try:
        from isal import isal_zlib
    except ImportError:
        return zlib
    return isal_zlib


def gunzipped(source: BufferedReader, library: ModuleType | None = None) -> Iterator[bytes]:
    """Unpack all members of a gzip stream.

    Parameters
    ----------
    source : BufferedReader
        Where the first member starts.
    library : module, optional
        zlib or isal.isal_zlib; by default the faster one that is here.

    Yields
    ------
    bytes
        At least one, and less than ``_LEAST + _PIECE``.

    Raises
    ------
    EOFError
        The stream ends inside a member.
    zlib.error
        It is damaged, or something else stands behind its end.
    """
    if library is None:
        library = isal_or_zlib()
    gathered: list[bytes] = []
    size = 0
    try:
        for part in _unpacked(source, library):
            gathered.append(part)
            size += len(part)
            if size >= _LEAST:
                yield gathered[0] if len(gathered) == 1 else b"".join(gathered)
                gathered, size = [], 0
    except library.error as error:
        said = str(error)
        words = (plain for raw, plain in _IN_WORDS if raw in said.lower())
        raise zlib.error(next(words, said)) from None
    if size:
        yield b"".join(gathered)


def _unpacked(source: BufferedReader, library: ModuleType) -> Iterator[bytes]:
    """What each call gives; the end of a member is no place where a call must end."""
    data, at = source.read1(_READ), 0
    step = _READ
    while at < len(data):
        member = library.decompressobj(wbits=31)
        taken = 0
        while not member.eof:
            if at == len(data):
                data, at = source.read1(_READ), 0
                if not data:
                    raise EOFError(
                        "Compressed file ended before the end-of-stream marker was reached"
                    )
            part = memoryview(data)[at : at + step]
            at += len(part)
            taken += len(part)
            step = min(2 * step, _READ)
            full = True
            while full and not member.eof:  # what a full piece left may need no more input
                piece = member.decompress(part, _PIECE)
                part = member.unconsumed_tail
                full = len(piece) == _PIECE or len(part) > 0
                if piece:
                    yield piece
        # What stands behind the member was copied for it: the next one starts with about as
        # much as this one took, so that thousands of tiny ones do not copy everything each.
        taken -= len(member.unused_data)
        at -= len(member.unused_data)
        step = min(max(taken + taken // 4, _SHORT), _READ)
        while data and (start := _NOT_PADDING.search(data, at)) is None:
            data, at = source.read1(_READ), 0
        at = start.start() if data and start else 0
