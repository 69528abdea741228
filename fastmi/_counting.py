"""The loop behind ``count``: pieces of files, one after the other, into counts.

Reading and parsing run ahead in a thread of their own while a block is counted.  What has
been counted is known at any moment as shares of the job, and the one under way as a number of
blocks, so that a run which was stopped goes on from what was saved.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeAlias, TypeVar

import numpy as np

from ._ahead import ahead
from ._checkpoint import Checkpoint, checkpoint_name
from ._columns import Columns
from ._inputs import HEAD_ROWS, Input, Meter, Pipes, check_unchanged, inputs_of, pieces_of
from ._opened import PathLike
from ._origin import Job, Origin, UnderWay
from ._packing import check_unknown
from ._parts import BLOCKS_AHEAD, Reading, block_layout, most_rows, other_length, piece_blocks
from ._provenance import Clock, together
from ._run import Progress, resolve_isa, resolve_threads
from ._shares import STEPS, WHOLE, Covered, Shard, Share, common, parse_shard
from ._tally import TableKind
from .alphabet import Alphabet, Unknown
from .counts import JointCounts
from .errors import FastMIError
from .io import file_alphabet
from .score_bins import Saved, ScoreBins
from .sequences import PackedSequences

Paths: TypeAlias = PathLike | Iterable[PathLike]
Counts = TypeVar("Counts", JointCounts, ScoreBins)
_ALL_ELSE = 250_000_000  # bytes: blocks read and waiting, Python and its libraries


def has_fractions(block: PackedSequences) -> bool:
    """Whether weights are not whole numbers."""
    weights = block.weights
    return weights is not None and bool((weights != np.floor(weights)).any())


@dataclass
class Counting:
    """Counts a share of the inputs, one piece after the other.

    Attributes
    ----------
    inputs, reading, share
        What is counted, and how it is read.
    threads, progress
        How it runs.
    """

    inputs: tuple[Input, ...]
    reading: Reading
    share: Share
    threads: int
    progress: bool
    _pipes: Pipes = field(default_factory=Pipes)

    @classmethod
    def of(
        cls,
        files: Paths,
        k: int,
        shard: Shard | None,
        alphabet: str | Alphabet | None,
        unknown: Unknown,
        columns: Columns,
        n_threads: int | None,
        progress: bool,
    ) -> Counting:
        """What a caller asks for, if it can be."""
        share = parse_shard(shard)
        check_unknown(unknown)
        threads = resolve_threads(n_threads)
        resolve_isa()
        inputs = inputs_of(files)
        reading = Reading(file_alphabet(inputs[0].path, alphabet), unknown, columns)
        reading.alphabet.n_kmers(k)
        return cls(inputs, reading, share, threads, progress)

    def start(
        self,
        make: Callable[[PackedSequences], Counts],
        settings: tuple[Any, ...],
        checkpoint: PathLike | None,
        checkpoint_every: float,
        memory_limit: str | int,
    ) -> Counts:
        """Count all of the share, with or without a checkpoint.

        Parameters
        ----------
        make : callable
            Gives empty counts for the first sequences of the first file.
        settings : tuple
            What else tells this job from others with the same files.
        checkpoint, checkpoint_every, memory_limit
            As for :func:`count`.

        Returns
        -------
        JointCounts or ScoreBins
        """
        if checkpoint is None:
            return self.run(make)
        pipe = next((i.path for i in self.inputs if i.fingerprint is None), None)
        if pipe is not None:
            raise FastMIError(
                f"{pipe} cannot be read again after a stop, which a checkpoint is for: write "
                "it to a file"
            )
        letters, unknown = self.reading.alphabet.letters, self.reading.unknown
        settings = (*settings, letters, unknown, block_layout())
        name = checkpoint_name(self.job(Covered()).key, settings, self.share)
        with Checkpoint(checkpoint, name, checkpoint_every, memory_limit) as kept:
            return self.run(make, kept)

    def job(self, covered: Covered, under_way: UnderWay | None = None) -> Job:
        """What has been counted."""
        columns = self.reading.columns.about()
        n_shards = int(1 / self.share.size)
        return Job(self._pipes.name(self.inputs), columns, covered, n_shards, under_way)

    def run(
        self, make: Callable[[PackedSequences], Counts], kept: Checkpoint | None = None
    ) -> Counts:
        """Count what is not counted yet, and now and then save what is."""
        clock = Clock()
        counts: Any = kept.load(self._holds) if kept else None
        covered: Covered = Covered()
        under_way: UnderWay | None = None
        before: dict[str, Any] = {}
        if counts is not None and counts.origin is not None:
            (job,) = counts.origin.jobs
            covered, under_way, before = job.covered, job.under_way, counts.run
        elif self.inputs[0].fingerprint is not None:  # a pipe is read once only
            counts = make(self._head())

        def described(under_way: UnderWay | None = None) -> Counts:
            job = self.job(covered, under_way)
            counts.origin = Origin(self.reading.unknown, (job,))
            counts.run = together(before, clock.record(self.threads))
            counts.run["runs"] = before.get("runs", 1)  # one, however often it was stopped
            made: Counts = counts
            return made

        self._announce(counts, going_on=bool(covered) or under_way is not None)
        pieces = list(pieces_of(self.inputs, covered.missing(self.share)))
        with closing(Progress(STEPS, "counting", self.progress)) as bar:
            for piece in pieces:
                n_done = 0
                if under_way is not None and under_way.share == piece.share:
                    n_done = under_way.n_blocks
                meter = Meter(piece)
                blocks = piece_blocks(piece, self.reading, self._pipes.see, meter.read)
                rest = islice(blocks, n_done, None)
                for n, block in enumerate(ahead(rest, BLOCKS_AHEAD), n_done + 1):
                    if counts is None:
                        counts = make(block if self._pipes.head is None else self._pipes.head)
                    self._add(counts, block, piece.input)
                    bar.update(self.share.steps_to(meter.position()))
                    if kept is not None and kept.due():
                        kept.save(described(UnderWay(piece.share, n)))
                covered = covered.with_others(Covered([piece.share]))
                bar.update(self.share.steps_to(float(piece.share.stop)))
        for file in {piece.input for piece in pieces if piece.input.fingerprint is not None}:
            check_unchanged(file)
        assert counts is not None  # a pipe gives one block at least, or an error
        done = described()
        if kept is not None:
            kept.save(done)
        return done

    def _announce(self, counts: Saved | None, going_on: bool) -> None:
        """Say what will be done, and how much memory that takes."""
        if not self.progress:
            return
        sizes = [i.n_bytes for i in self.inputs]
        n = f"{len(sizes):,} file{'s'[: len(sizes) != 1]}"
        known = f", {sum(s or 0 for s in sizes) / 1e6:,.1f} MB" if None not in sizes else ""
        part = "" if self.share == WHOLE else f"{self.share} of "
        print(f"fastmi: {part}{n}{known}", file=sys.stderr)
        if counts is not None:
            need = f"{counts.table_bytes / 1e6:,.1f} MB for tables"
            kind = TableKind.of(counts.length, counts.k, counts.alphabet)
            scratch = kind.scratch_bytes(
                most_rows(counts.length, counts.alphabet), self.threads
            )
            rest = (_ALL_ELSE + scratch) / 1e6
            print(f"fastmi: memory: {need}, about {rest:,.0f} MB for all else", file=sys.stderr)
        if counts is not None and going_on:
            done = f"{counts.n_sequences:,} sequences done"
            print(f"fastmi: going on from the checkpoint, {done}", file=sys.stderr)

    def _holds(self, counts: Saved) -> bool:
        """Whether these are counts of some of this share, and of nothing else."""
        origin = counts.origin
        if origin is None or len(origin.jobs) != 1 or origin.unknown != self.reading.unknown:
            return False
        (job,) = origin.jobs
        inside = all(common(share, self.share) == share for share in job.covered)
        begun = job.under_way is None
        if job.under_way is not None:  # the first that is missing, or it would count once more
            pieces = pieces_of(self.inputs, job.covered.missing(self.share))
            begun = [piece.share for piece in islice(pieces, 1)] == [job.under_way.share]
        return inside and begun and job.key == self.job(Covered()).key

    def _head(self) -> PackedSequences:
        """The first sequences of the first file."""
        blocks = self.reading.blocks(self.inputs[0].path, block_rows=HEAD_ROWS)
        head = next(blocks)
        blocks.close()  # type: ignore[attr-defined]
        return head

    def _add(self, counts: Saved, block: PackedSequences, file: Input) -> None:
        if block.length != counts.length:
            raise other_length(file, block, self.inputs[0], counts.length)
        if not counts.weighted and has_fractions(block):
            raise FastMIError(
                f"{file.path} has weights that are fractions, which the first sequences have "
                "not; say weighted=True"
            )
        try:
            counts.add(block, n_threads=self.threads)
        except FastMIError as error:
            raise FastMIError(f"{file.path}: {error}") from None
