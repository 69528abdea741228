"""Text files through the C parser: one reused buffer in, blocks of packed rows out.

What kind of text it is shows in its first bytes; what is wrong with it is said by the
parser as a number and a place, and made a sentence here.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import numpy as np

from . import _core
from ._columns import Column, Columns
from ._numbers import Numbers, frozen
from ._packing import UNKNOWN_HELP, Bytes
from ._spans import Span, next_record
from .alphabet import UNKNOWN_CODE, Alphabet
from .errors import FastMIError
from .sequences import PackedSequences

BLOCK_BYTES = 1 << 25  # most of a block, packed
_BUFFER = 1 << 22  # bytes; also the longest line, so that memory stays bounded
_MARK = b"\xef\xbb\xbf"
_MOST_SHOWN = 40  # bytes of a bad number
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
        self.left: int | None = None  # bytes still to be read; None for all there are
        self.mark = 0  # bytes of a byte order mark

    def enter(self, first: int, behind: int) -> None:
        """Go on at byte ``first`` of the file, and end before byte ``behind``."""
        self.stream.seek(first)
        self.start = self.stop = 0
        self.left = behind - first
        self.last = False
        self.fill()
        self.pass_mark(first)

    def pass_mark(self, first: int = 0) -> None:
        """Leave out what Windows editors write at the beginning of a file."""
        if first == 0 and self.text(0, len(_MARK)) == _MARK:
            self.start = self.mark = len(_MARK)

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
            room = len(self.buffer) - self.stop
            most = room if self.left is None else min(room, self.left)
            n = self.stream.readinto(view[self.stop : self.stop + most])  # type: ignore[attr-defined]
            if not n:
                self.last = True
                break
            self.stop += n
            if self.left is not None:
                self.left -= n

    def text(self, at: int = 0, size: int | None = None) -> bytes:
        """What is not parsed, or a part of it."""
        start = self.start + at
        stop = self.stop if size is None else start + size
        return self.buffer[start:stop].tobytes()


class _Form(NamedTuple):
    """What kind of text it is and, for tables, where in a line things stand."""

    name: str
    column: int = 0  # 0-based, as the next one
    numbers: tuple[int | None, ...] = (None,) * len(Numbers._fields)  # in their order
    delimiter: str = "\0"
    header_lines: int = 0
    data: int = 0  # offset behind the header


def text_blocks(
    stream: BinaryIO,
    name: str,
    alphabet: Alphabet,
    unknown: str,
    columns: Columns,
    block_rows: int,
    span: Span | None = None,
) -> Iterator[PackedSequences]:
    """The blocks of a text file; see :func:`fastmi.read_blocks`.

    With ``span``, those of the records that begin there. They are numbered from the first of
    them, so that an error says a wrong place: whoever catches it reads from the beginning.
    """
    source = _Source(stream, name)
    source.fill()
    source.pass_mark()
    form = _recognise(source, alphabet, columns)
    if span is not None:
        first, behind = (next_record(stream, form.name, at, form.data) for at in span)
        if first == behind:
            return
        source.enter(first, behind)
        form = form if first == 0 else form._replace(header_lines=0)
    parser = _core.Parser(
        _core.FORMATS[form.name],
        alphabet.lookup,
        len(alphabet),
        _core.POLICIES[unknown],
        0,
        form.column,
        ord(form.delimiter),
        form.header_lines,
        form.numbers,
    )
    block = _Block(parser, alphabet, unknown, block_rows, form.numbers)
    n_blocks = 0
    while True:
        status, used, block.n = parser.feed(
            source.buffer,
            source.start,
            source.stop,
            source.last,
            block.rows,
            block.mask,
            block.numbers,
            block.n,
        )
        source.start += used
        if status < 0:
            raise FastMIError(_complaint(parser, source, form, alphabet))
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
        if span is None:
            raise FastMIError(f"{name} holds no sequences")
        return
    if block.n or n_blocks == 0 or block.dropped:
        yield block.take()


class _Block:
    """The rows being filled by the parser, handed out when full."""

    def __init__(
        self,
        parser: _core.Parser,
        alphabet: Alphabet,
        unknown: str,
        capacity: int,
        numbers: tuple[int | None, ...],
    ) -> None:
        self.parser = parser
        self.alphabet = alphabet
        self.marks = unknown == "skip" and len(alphabet) == 4
        self.wanted = numbers
        self.capacity = capacity
        self.rows: Bytes | None = None
        self.mask: Bytes | None = None
        self.numbers = Numbers()
        self.n = 0
        self._seen = (0, 0)

    def allocate(self) -> None:
        length = self.parser.length
        width = _core.row_bytes(length, len(self.alphabet))
        capacity = min(self.capacity, max(1, BLOCK_BYTES // width))
        self.rows = np.empty((capacity, width), np.uint8)
        self.mask = (
            np.empty((capacity, _core.mask_bytes(length)), np.uint8) if self.marks else None
        )
        self.numbers = Numbers(
            *(None if column is None else np.empty(capacity) for column in self.wanted)
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
            *self.numbers.each(lambda array: frozen(array[: self.n])),
        )
        self._seen = (int(self.parser.n_dropped), int(self.parser.n_unknown))
        self.n = 0
        self.allocate()
        return taken


def _recognise(source: _Source, alphabet: Alphabet, columns: Columns) -> _Form:
    """What kind of text it is, from its first lines."""
    name = source.name
    first = source.text().lstrip()
    if not first:
        raise FastMIError(f"{name} is empty")
    form = {b">": "fasta", b"@": "fastq"}.get(first[:1])
    if form is None and b"\n>" in first and alphabet.lookup[ord(">")] == UNKNOWN_CODE:
        form = "fasta"  # something stands before the first header: the parser says where
    if form is not None:
        columns.refuse(f"{name} is a {form.upper()} file")
        return _Form(form)
    if columns.sequences is not None:
        return _table(source, columns.sequences, columns.numbers)
    for what in columns.numbers:
        raise FastMIError(
            f"{name}: {what}= says which column of a table holds the {what}; say which "
            "holds the sequences, too: column=1 for the first, or its name"
        )
    return _Form("lines")


def _table(source: _Source, column: Column, numbers: dict[str, Column]) -> _Form:
    """Where the columns stand; the first line is a header where one is asked for by name."""
    first, data = "", 0
    for line in source.text().splitlines(keepends=True):
        first, data = _decode(line.rstrip(b"\r\n")), data + len(line)
        if first.strip()[:1] not in ("", "#"):
            break
    delimiter = next((d for d in _DELIMITERS if d in first.strip()), "\t")
    named = any(isinstance(wanted, str) for wanted in (column, *numbers.values()))
    names = _names(first, delimiter, source.name) if named else []
    at = _index_of(column, names, source.name)
    found = {what: _index_of(wanted, names, source.name) for what, wanted in numbers.items()}
    for what, wanted in numbers.items():
        if found[what] == at:
            raise FastMIError(
                f"{source.name}: column {column!r} and {what} {wanted!r} are the same column"
            )
    numbers_at = tuple(map(found.get, Numbers._fields))
    return _Form("table", at, numbers_at, delimiter, int(named), (source.mark + data) * named)


def _names(header: str, delimiter: str, file: str) -> list[str]:
    try:
        rows = csv.reader([header], delimiter=delimiter, skipinitialspace=delimiter == " ")
        return [field.strip() for field in next(rows)]
    except csv.Error as error:  # no name is that long
        raise FastMIError(f"{file}: the first line is no header ({error})") from None


def _index_of(column: Column, names: list[str], file: str) -> int:
    """The 0-based index of a column, by its number or its name."""
    if not isinstance(column, str):
        return int(column) - 1
    if names.count(column) != 1:
        trouble = "has no" if column not in names else "has more than one"
        shown = ", ".join(n[:40] for n in names[:20])
        raise FastMIError(f"{file} {trouble} column {column!r}; its columns are: {shown}")
    return names.index(column)


def _decode(line: bytes) -> str:
    """A line of a table's header, whose names may be in any script."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _complaint(parser: _core.Parser, source: _Source, form: _Form, alphabet: Alphabet) -> str:
    """One sentence for the parser's error: what, where, what is allowed."""
    what, record, line, position, found = parser.error
    label = f" ({parser.name})" if parser.name else ""
    where = f"{source.name}, line {line}, record {record}{label}"
    letter = repr(chr(found)) if found < 256 else str(found)
    marker = {"fasta": "'>'", "fastq": "'@'"}.get(form.name, "")
    may_be_header = form.name == "table" and record == 1 and form.header_lines == 0
    header_hint = (
        "; if the first line is a header, give the column's name" if may_be_header else ""
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
        "weight": f"{where}: weight {_shown(source, position, found)} is not a finite number "
        f"from 0 up, as 12, 0.5 or 1e-3{header_hint}",
        "score": f"{where}: score {_shown(source, position, found)} is not a finite number, as "
        f"0.9, -12 or 1e-3{header_hint}",
    }
    return sentences[what]


def _shown(source: _Source, at: int, size: int) -> str:
    """A part of the line at which the parser stopped; what is long is cut."""
    text = _decode(source.text(at, min(size, _MOST_SHOWN)))
    return repr(text) if size <= _MOST_SHOWN else f"{text!r}... ({size:,} characters)"
