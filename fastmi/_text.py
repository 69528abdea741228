"""Text files through the C parser: one reused buffer in, blocks of packed rows out.

What kind of text it is shows in its first bytes; what is wrong with it is said by the
parser as a number and a place, and made a sentence here.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from . import _core
from ._packing import UNKNOWN_HELP, Bytes
from .alphabet import UNKNOWN_CODE, Alphabet
from .errors import FastMIError
from .sequences import PackedSequences

_BUFFER = 1 << 22  # bytes; also the longest line, so that memory stays bounded
_DELIMITERS = "\t,; "
_DELIMITER_NAMES = {"\t": "a tab", ",": "','", ";": "';'", " ": "a blank"}


class _Source:
    """A stream read into one reused buffer; ``start`` .. ``stop`` is what is not parsed."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self.stream = stream
        self.name = name
        self.buffer: Bytes = np.empty(_BUFFER, np.uint8)
        self.start = self.stop = 0
        self.last = False

    def fill(self, line: int = 0) -> None:
        """Move the rest to the front and read on; the rest must not fill the buffer."""
        rest = self.stop - self.start
        if rest == len(self.buffer):
            raise FastMIError(
                f"{self.name}, line {line}: longer than {_BUFFER:,} bytes; is this a file "
                "of sequences?"
            )
        if self.start:
            self.buffer[:rest] = self.buffer[self.start : self.stop].copy()
        self.start, self.stop = 0, rest
        view = memoryview(self.buffer)  # type: ignore[arg-type]
        while self.stop < len(self.buffer):
            n = self.stream.readinto(view[self.stop :])  # type: ignore[attr-defined]
            if not n:
                self.last = True
                break
            self.stop += n

    def text(self) -> bytes:
        return self.buffer[self.start : self.stop].tobytes()


def text_blocks(
    stream: BinaryIO,
    name: str,
    alphabet: Alphabet,
    unknown: str,
    column: int | str | None,
    block_rows: int,
) -> Iterator[PackedSequences]:
    """The blocks of a text file; see :func:`fastmi.read_blocks`."""
    source = _Source(stream, name)
    source.fill()
    if source.text()[:3] == b"\xef\xbb\xbf":  # byte order mark of Windows editors
        source.start = 3
    form, index, delimiter, skip_lines = _recognise(source, name, alphabet, column)
    parser = _core.Parser(
        _core.FORMATS[form],
        alphabet.lookup,
        len(alphabet),
        _core.POLICIES[unknown],
        0,
        index,
        ord(delimiter),
        skip_lines,
    )
    block = _Block(parser, alphabet, unknown, block_rows)
    n_blocks = 0
    while True:
        status, used, block.n = parser.feed(
            source.buffer,
            source.start,
            source.stop,
            source.last,
            block.rows,
            block.mask,
            block.n,
        )
        source.start += used
        if status < 0:
            raise FastMIError(_complaint(parser, name, form, alphabet))
        if status == _core.NEED_LENGTH:
            block.allocate()
        elif status == _core.NEED_ROOM:
            yield block.take()
            n_blocks += 1
        elif source.last:
            break
        else:
            source.fill(parser.line + 1)
    if parser.n_records == 0:
        raise FastMIError(f"{name} holds no sequences")
    if block.n or n_blocks == 0 or block.dropped:
        yield block.take()


class _Block:
    """The rows being filled by the parser, handed out when full."""

    def __init__(
        self, parser: _core.Parser, alphabet: Alphabet, unknown: str, capacity: int
    ) -> None:
        self.parser = parser
        self.alphabet = alphabet
        self.marks = unknown == "skip" and len(alphabet) == 4
        self.capacity = capacity
        self.rows: Bytes | None = None
        self.mask: Bytes | None = None
        self.n = 0
        self._seen = (0, 0)

    def allocate(self) -> None:
        length = self.parser.length
        capacity = min(self.capacity, max(1, (64 << 20) // length))
        width = _core.row_bytes(length, len(self.alphabet))
        self.rows = np.empty((capacity, width), np.uint8)
        self.mask = (
            np.empty((capacity, _core.mask_bytes(length)), np.uint8) if self.marks else None
        )

    @property
    def dropped(self) -> int:
        return int(self.parser.n_dropped) - self._seen[0]

    def take(self) -> PackedSequences:
        """What is filled; a mask only if a letter is really missing."""
        assert self.rows is not None
        missing = int(self.parser.n_unknown) - self._seen[1]
        taken = PackedSequences(
            self.rows[: self.n],
            self.parser.length,
            self.alphabet,
            self.mask[: self.n] if self.mask is not None and missing else None,
            self.dropped,
        )
        self._seen = (int(self.parser.n_dropped), int(self.parser.n_unknown))
        self.n = 0
        self.allocate()
        return taken


def _recognise(
    source: _Source, name: str, alphabet: Alphabet, column: int | str | None
) -> tuple[str, int, str, int]:
    """(format, 0-based column, delimiter, header lines) from the first lines."""
    first = source.text().lstrip()
    if not first:
        raise FastMIError(f"{name} is empty")
    form = {b">": "fasta", b"@": "fastq"}.get(first[:1])
    if form is None and b"\n>" in first and alphabet.lookup[ord(">")] == UNKNOWN_CODE:
        form = "fasta"  # something stands before the first header: the parser says where
    if form is not None:
        if column is not None:
            raise FastMIError(f"{name} is a {form.upper()} file; column= is for tables")
        return form, 0, "\0", 0
    if column is None:
        return "lines", 0, "\0", 0
    lines = map(_decode, source.text().splitlines())
    header = next((line for line in lines if line.strip()[:1] not in ("", "#")), "")
    delimiter = next((d for d in _DELIMITERS if d in header.strip()), "\t")
    if not isinstance(column, str):
        return "table", int(column) - 1, delimiter, 0
    fields = next(csv.reader([header], delimiter=delimiter, skipinitialspace=delimiter == " "))
    names = [f.strip() for f in fields]
    if names.count(column) != 1:
        trouble = "has no" if column not in names else "has more than one"
        shown = ", ".join(n[:40] for n in names[:20])
        raise FastMIError(f"{name} {trouble} column {column!r}; its columns are: {shown}")
    return "table", names.index(column), delimiter, 1


def _decode(line: bytes) -> str:
    """A line of a table's header, whose names may be in any script."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _complaint(parser: _core.Parser, name: str, form: str, alphabet: Alphabet) -> str:
    """One sentence for the parser's error: what, where, what is allowed."""
    what, record, line, position, found = parser.error
    label = f" ({parser.name})" if parser.name else ""
    where = f"{name}, line {line}, record {record}{label}"
    letter = repr(chr(found)) if found < 256 else str(found)
    marker = {"fasta": "'>'", "fastq": "'@'"}.get(form, "")
    header_hint = (
        ("; if the first line is a header, give the column's name" if line == 1 else "")
        if form == "table"
        else ""
    )
    several = f"separated by {_DELIMITER_NAMES.get(chr(found), letter)}" if found < 256 else ""
    columns = "1 column" if position == 1 else f"{position} columns"
    sentences = {
        "letter": f"{where}, position {position}: letter {letter} is not in alphabet "
        f"{alphabet.name!r} ({alphabet.letters}); {UNKNOWN_HELP}{header_hint}",
        "length": f"{where} has length {found}, expected {parser.length} (that of record 1); "
        f"all sequences must have one length{header_hint}",
        "empty": f"{where} has no sequence",
        "too long": f"{where} is longer than {_core.MAX_LENGTH:,} letters",
        "no header": f"{where}: expected a header that starts with {marker}, found {letter}",
        "no plus": f"{where}: expected the '+' line of a FASTQ record (four lines each, "
        f"unwrapped), found {letter if found else 'an empty line'}",
        "quality": f"{where}: {found} qualities for {position} letters",
        "cut": f"{where}: the file ends inside a record",
        "columns": f"{where} has several columns ({several}); say which holds the sequences: "
        "column=1 for the first, or its name",
        "no column": f"{where} has {columns}, too few for the one asked for",
        "binary": f"{where} holds a NUL byte: this is a binary file, not text",
    }
    return sentences[what]
