"""Sequences that come block by block: from files, an iterator of the caller's, or a source.

What is not in memory yet is held there, packed, as long as it fits.  Where it does not, and
the tables of all pairs do, sequences are counted as they come; else they go to a temporary
file, which is read tile by tile.  The numbers are the same each way.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import chain
from typing import Any, NamedTuple

import numpy.typing as npt

from ._ahead import ahead
from ._checks import parse_bytes
from ._columns import Column, Columns, check_columns, is_column
from ._distinct import Duplicates, bytes_to_compare, distinct, duplicates_of
from ._gather import Gatherer
from ._inputs import Input, Meter, Pipes, check_unchanged, inputs_of, pieces_of
from ._origin import Job, Origin
from ._packing import check_unknown
from ._parts import BLOCKS_AHEAD, Reading, most_rows, other_length, piece_blocks
from ._provenance import Clock
from ._run import Progress
from ._shares import STEPS, WHOLE, Covered, Share
from ._tally import TableKind
from .alphabet import Alphabet, Unknown
from .counts import JointCounts
from .errors import FastMIError
from .io import (
    as_blocks,
    as_sequences,
    file_alphabet,
    given_blocks,
    open_store,
    refuse_sequence,
)
from .sequences import PackedSequences

IN_MEMORY = "in memory"
ONE_PASS = "counted as they came, with the tables of all pairs in memory"
ON_DISK = "in a temporary file, read tile by tile"
MAPPED = "in their own file, read tile by tile"

_OVERHEAD = 300 << 20  # blocks being read and counted, Python and its libraries
_LEAST = 64 << 20
_LONG = 1 << 26  # bytes of files whose reading is worth a progress bar


class Held(NamedTuple):
    """What :func:`hold` gives.

    Attributes
    ----------
    what : PackedSequences or JointCounts
        The sequences, in memory or mapped from a file; or what was counted as they came.
    how : str
        ``IN_MEMORY``, ``ONE_PASS``, ``ON_DISK`` or, of a store, ``MAPPED``.
    origin : Origin or None
        The files.
    clock : Clock or None
        From before they were read.
    duplicates : Duplicates or None
        How many sequences are equal to others, where somebody looked.
    """

    what: PackedSequences | JointCounts
    how: str = ""
    origin: Origin | None = None
    clock: Clock | None = None
    duplicates: Duplicates | None = None

    @property
    def in_memory(self) -> bool:
        """Whether all sequences are in memory."""
        return isinstance(self.what, PackedSequences) and self.how not in (ON_DISK, MAPPED)

    def distinct(self, memory_limit: str | int) -> Held:
        """Each distinct sequence once; see :func:`fastmi.pairwise_mi`."""
        if isinstance(self.what, JointCounts):
            raise FastMIError(
                "which sequences are equal can be seen while all of them are here, and these "
                "were counted; to count each distinct one once, "
                + ("raise memory_limit" if self.how else "begin with the sequences")
            )
        need, limit = bytes_to_compare(self.what), parse_bytes(memory_limit)
        if self.how and need > limit:
            raise FastMIError(
                f"to count each distinct sequence once, {len(self.what):,} of them are "
                f"compared in memory, which takes {need:,} bytes, more than "
                f"memory_limit={limit:,}; raise it"
            )
        once, duplicates = distinct(self.what)
        return self._replace(what=once, how=self.how and IN_MEMORY, duplicates=duplicates)

    def with_duplicates(self, memory_limit: str | int) -> Held:
        """The same with how many sequences are equal, where that can be seen in memory."""
        if not isinstance(self.what, PackedSequences) or not self.in_memory:
            return self
        if bytes_to_compare(self.what) > parse_bytes(memory_limit):
            return self
        return self._replace(duplicates=duplicates_of(self.what))

    def provenance(self) -> dict[str, Any]:
        """For the description of a result."""
        made = {} if self.origin is None else {"origin": self.origin.to_json()}
        if self.duplicates is not None:
            made["duplicates"] = self.duplicates.about()
        return {**made, "held": self.how} if self.how else made


class FileBlocks(Iterator[PackedSequences]):
    """The blocks of some files, or of a share of them.

    Parameters
    ----------
    files : path-like, or iterable of path-like
        As for :func:`fastmi.count`.
    alphabet, unknown, columns
        How they are read.
    share : Share
        Which part of all files together.
    progress : bool
        Whether to show how far they are read, where that takes seconds.
    """

    def __init__(
        self,
        files: Any,
        alphabet: str | Alphabet | None,
        unknown: Unknown,
        columns: Columns,
        share: Share = WHOLE,
        progress: bool = False,
    ) -> None:
        self.clock = Clock()
        check_unknown(unknown)
        self._inputs, self._share = inputs_of(files), share
        self._reading = Reading(file_alphabet(self._inputs[0].path, alphabet), unknown, columns)
        self._pipes = Pipes()
        self._first: PackedSequences | None = None
        self._meter: Meter | None = None
        long = sum(i.n_bytes or 0 for i in self._inputs) > _LONG
        self._bar = Progress(STEPS, "reading", progress and long)
        self._blocks = ahead(self._all(), BLOCKS_AHEAD)

    @property
    def alphabet(self) -> Alphabet:
        """What the sequences are made of."""
        return self._reading.alphabet

    def __next__(self) -> PackedSequences:
        block = next(self._blocks)
        if self._meter is not None:
            self._bar.update(self._share.steps_to(self._meter.position()))
        return block

    def close(self) -> None:
        """Read no more."""
        self._blocks.close()
        self._bar.close()

    def _all(self) -> Iterator[PackedSequences]:
        first = self._inputs[0]
        for piece in pieces_of(self._inputs, self._share):
            self._meter = Meter(piece)
            for block in piece_blocks(piece, self._reading, self._pipes.see, self._meter.read):
                self._first = block[:0] if self._first is None else self._first
                if block.length != self._first.length:
                    raise other_length(piece.input, block, first, self._first.length)
                if block.has_weights != self._first.has_weights:
                    raise _other_weights(piece.input, block, first)
                yield block
        for file in self._inputs:
            if file.fingerprint is not None:
                check_unchanged(file)

    def hold(self, k: int, memory_limit: str | int, n_threads: int) -> Held:
        """As the function :func:`hold`; a lone store stays where it is."""
        (*others, last), r = self._inputs, self._reading
        r.alphabet.n_kmers(k)
        if not others and last.entry == "rows" and self._share == WHOLE:
            store = open_store(last.path, r.alphabet, r.unknown, r.columns)
            if r.unknown != "drop" or not store.n_unknown:
                return Held(store, MAPPED, self.origin, self.clock)
        try:
            held = hold(self, k, memory_limit, n_threads)
        finally:
            self.close()
        return held._replace(origin=self.origin, clock=self.clock)

    def read(self) -> PackedSequences:
        """All of them, in memory."""
        gathered = Gatherer()
        for block in self:
            gathered.add(block.with_scores(None))
        self.close()
        return gathered.finish()

    @property
    def origin(self) -> Origin:
        """Where the blocks come from; complete once all have been taken."""
        job = Job(
            self._pipes.name(self._inputs),
            self._reading.columns.about(),
            Covered([self._share]),
            int(1 / self._share.size),
        )
        return Origin(self._reading.unknown, (job,))


def _other_weights(file: Input, block: PackedSequences, first: Input) -> FastMIError:
    """The error for files of which some have weights."""
    has = "has weights, and {} has none" if block.has_weights else "has no weights, and {} has"
    return FastMIError(f"{file.path} {has.format(first.path)}; fastmi.count takes both")


def is_files(data: object) -> bool:
    """Whether this is a path, or a list of path objects (a list of strings is sequences)."""
    if isinstance(data, str | os.PathLike):
        return True
    some = isinstance(data, list | tuple) and len(data) > 0
    return some and all(isinstance(item, os.PathLike) for item in data)  # type: ignore[attr-defined]


def hold(
    blocks: Iterable[PackedSequences], k: int, memory_limit: str | int, n_threads: int
) -> Held:
    """All the sequences, or their joint counts, in bounded memory.

    Parameters
    ----------
    blocks : iterable of PackedSequences
        Of one length and alphabet.
    k : int
        Letters in a k-mer.
    memory_limit : str or int
        Most memory to use.
    n_threads : int
        Threads to count with.

    Returns
    -------
    Held
    """
    limit, stream = parse_bytes(memory_limit) - _OVERHEAD, iter(blocks)
    tables: TableKind | None = None
    with closing(Gatherer()) as gathered:
        for block in stream:
            if tables is None:
                tables = TableKind.of(block.length, k, block.alphabet)  # raises for a bad k
                rows = most_rows(block.length, block.alphabet)
                scratch = tables.scratch_bytes(rows, n_threads)
                most = max(_LEAST, limit - scratch) // 2  # what was, what comes
            gathered.add(block.with_scores(None))
            if not gathered.on_disk and gathered.n_bytes > most:
                if block.weights is None and tables.n_bytes <= most:
                    blocks = chain([gathered.finish()], stream)
                    return Held(_count(blocks, k, most, n_threads), ONE_PASS)
                gathered.to_disk()
        return Held(gathered.finish(), ON_DISK if gathered.on_disk else IN_MEMORY)


def as_held(
    data: Any,
    k: int,
    alphabet: str | Alphabet | None,
    unknown: Unknown,
    column: Column | None,
    weights: Column | npt.ArrayLike | None,
    memory_limit: str | int,
    n_threads: int,
    progress: bool = False,
) -> Held:
    """Whatever a caller has, as :func:`hold` gives it."""
    parse_bytes(memory_limit)
    if isinstance(data, Held):
        return data
    blocks = as_blocks(data)
    if blocks is not None and (weights is None or isinstance(data, Iterator)):
        given = given_blocks(blocks, alphabet, unknown, column, weights)
        return hold(given, k, memory_limit, n_threads)
    if not is_files(data):
        return Held(as_sequences(data, alphabet, unknown, column, weights))
    one = isinstance(data, str | os.PathLike)
    if one:
        refuse_sequence(str(data))
    if weights is None or is_column(weights):
        columns = check_columns(column, weights)
        files = FileBlocks(data, alphabet, unknown, columns, progress=progress)
        return files.hold(k, memory_limit, n_threads)
    if not one:
        raise ValueError("weights of several files are a column of theirs, not an array")
    files = FileBlocks(data, alphabet, unknown, check_columns(column))
    sequences = as_sequences(data, alphabet, unknown, column, weights)
    return Held(sequences, origin=files.origin, clock=files.clock)


def _count(blocks: Iterable[PackedSequences], k: int, most: int, n_threads: int) -> JointCounts:
    counts: JointCounts | None = None
    for block in blocks:
        if counts is None:
            counts = JointCounts(block.length, k, alphabet=block.alphabet, memory_limit=most)
        counts.add(block, n_threads=n_threads)
    assert counts is not None
    return counts
