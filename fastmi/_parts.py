"""The sequences of a part of a file, block by block.

Rows of a store and text are entered where the part begins.  What must be read from the
beginning is read whole, and of its sequences those are kept whose group belongs to the part:
group g stands at the fraction g * phi of the file, modulo 1, which spreads any number of
groups evenly over any parts (Weyl's sequence).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from . import _core, _inputs
from ._columns import Columns
from ._inputs import Input, Piece
from ._opened import OnRead
from ._text import BLOCK_BYTES
from .alphabet import Alphabet, Unknown
from .errors import FastMIError
from .io import blocks_of, file_blocks, open_store
from .sequences import PackedSequences

See: TypeAlias = Callable[[Input, PackedSequences], None]

BLOCK_ROWS = 1 << 19
BLOCKS_AHEAD = 2  # read while one is counted
GROUP_ROWS = 256
_PHI = 0x9E3779B97F4A7C15  # 2^64 / golden ratio, odd


def block_layout() -> tuple[int, ...]:
    """What a number of blocks stands for: where this changes, for other sequences."""
    return BLOCK_ROWS, BLOCK_BYTES, GROUP_ROWS, _inputs.TEXT_PIECE


def most_rows(length: int, alphabet: Alphabet) -> int:
    """Of a block of sequences of this length."""
    return min(BLOCK_ROWS, max(1, BLOCK_BYTES // _core.row_bytes(length, len(alphabet))))


@dataclass(frozen=True)
class Reading:
    """How files are read: see :func:`fastmi.read_blocks`."""

    alphabet: Alphabet
    unknown: Unknown
    columns: Columns

    def blocks(self, path: str, **options: Any) -> Iterator[PackedSequences]:
        """The sequences of a whole file, or of a span of it."""
        rows = options.pop("block_rows", BLOCK_ROWS)
        return file_blocks(path, self.alphabet, self.unknown, self.columns, rows, **options)


def piece_blocks(
    piece: Piece,
    reading: Reading,
    see: See | None = None,
    on_read: OnRead | None = None,
) -> Iterator[PackedSequences]:
    """The sequences of a part of a file; none where no record begins in it.

    What is read from the beginning goes to ``see`` first, whole; ``on_read`` hears how many
    bytes of the file were read each time.
    """
    if piece.input.entry == "rows":
        return _rows(piece, reading)
    if piece.input.entry == "text":
        return _text(piece, reading, on_read)
    return _groups(piece, reading, see, on_read)


def _rows(piece: Piece, reading: Reading) -> Iterator[PackedSequences]:
    store = open_store(piece.input.path, reading.alphabet, reading.unknown, reading.columns)
    n, size = len(store), piece.input.n_bytes or 1
    start, stop = piece.start * n // size, piece.stop * n // size
    part = store[start:stop]
    if piece.start == 0 < piece.stop:  # what was left out when the store was made counts once
        part.n_dropped = store.n_dropped
    if start < stop or part.n_dropped:
        yield from blocks_of(part, reading.unknown, most_rows(part.length, part.alphabet))


def _text(piece: Piece, reading: Reading, on_read: OnRead | None) -> Iterator[PackedSequences]:
    path, n_blocks = piece.input.path, 0
    try:
        for block in reading.blocks(path, span=(piece.start, piece.stop), on_read=on_read):
            yield block
            n_blocks += 1
        if piece.start == 0 < piece.stop and not n_blocks:  # whether there is a record at all
            next(reading.blocks(path, block_rows=1))
    except FastMIError:
        if piece.start == 0:
            raise
        # lines and records were numbered from the part's beginning: the same once more, from
        # the file's
        try:
            for _ in reading.blocks(path, span=(0, piece.stop)):
                pass
        except FastMIError as error:
            raise error from None
        raise


def _groups(
    piece: Piece, reading: Reading, see: See | None, on_read: OnRead | None
) -> Iterator[PackedSequences]:
    size = piece.input.n_bytes or 1 << 64
    first, behind = ((at << 64) // size for at in (piece.start, piece.stop))
    if first == behind:  # a shard of less than a byte
        return
    whole = behind - first == 1 << 64
    at = 0
    for block in reading.blocks(piece.input.path, on_read=on_read):
        if see is not None:
            see(piece.input, block)
        yield block if whole else _share_of(block, at, first, behind)
        at += len(block)


def _share_of(block: PackedSequences, at: int, first: int, behind: int) -> PackedSequences:
    """Those whose groups stand in a part; ``at`` is the number of the first sequence."""
    rows = np.arange(at, at + len(block) + 1, dtype=np.uint64)
    place = rows // np.uint64(GROUP_ROWS) * np.uint64(_PHI)  # modulo 2^64
    mine = (place >= np.uint64(first)) & (place <= np.uint64(behind - 1))
    part = block[mine[:-1]]
    part.n_dropped = block.n_dropped if mine[0] else 0  # one part's, even of an empty block
    return part


def other_length(file: Input, block: PackedSequences, first: Input, length: int) -> FastMIError:
    """The error for files whose sequences differ in length."""
    return FastMIError(
        f"{file.path}: its sequences have length {block.length}, those of {first.path} have "
        f"{length}"
    )
