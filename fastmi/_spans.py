"""Where records begin in a text file, so that a part of it can be read alone.

A span is two byte offsets; a record belongs to the span in which its first byte lies.  The
borders are moved on to the next record, by the same rule from either side, so that spans
that touch share the file's records without overlap or gap.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO, TypeAlias

Span: TypeAlias = tuple[int, int]

_PIECE = 1 << 16  # bytes of a line read at a time


def next_record(stream: BinaryIO, form: str, at: int, data: int = 0) -> int:
    """Offset of the first record that begins at ``at`` or behind.

    Parameters
    ----------
    stream : binary file
        Seekable; its position changes.
    form : {"fasta", "fastq", "lines", "table"}
        What kind of text it is.
    at : int
        Any byte offset; 0 stays 0, whatever stands before the first record.
    data : int
        Where the lines of a table begin, behind its header.

    Returns
    -------
    int
        The offset; that of the file's end if no record follows.
    """
    if at == 0:
        return 0
    if at <= data:
        return data
    if form == "fastq":
        begins = _next_fastq(stream, at)
    else:
        begins = next(
            (p for p, line in _lines(stream, at) if form != "fasta" or line[:1] == b">"), None
        )
    return stream.seek(0, os.SEEK_END) if begins is None else begins


def _next_fastq(stream: BinaryIO, at: int) -> int | None:
    """A header, a line that looks like no mark, and a '+' line.

    No quality or sequence is taken for a header, whatever it begins with: a mark follows it.
    A record whose sequence begins with '@' or '+' belongs to the one before it.
    """
    three: deque[tuple[int, bytes]] = deque(maxlen=3)
    for line in _lines(stream, at):
        three.append(line)
        if len(three) == 3:
            first, second, third = (beginning[:1] for _, beginning in three)
            if first == b"@" and second not in (b"@", b"+") and third == b"+":
                return three[0][0]
    return None


def _lines(stream: BinaryIO, at: int) -> Iterator[tuple[int, bytes]]:
    """Offset and beginning of each line that begins at ``at`` or behind, to the end."""
    stream.seek(at - 1)
    begins, position = False, at - 1
    while piece := stream.readline(_PIECE):
        if begins:
            yield position, piece
        position += len(piece)
        begins = piece[-1:] == b"\n"
