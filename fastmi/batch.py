"""count: files of any number and size to joint counts, in shares that can be merged.

A job is a set of files; what is counted is a share of it, piece by piece.  Each piece is a
part of one file, so the memory needed is that of the tables and of a few blocks, whatever
the number of sequences.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeAlias

import numpy as np

from ._ahead import ahead
from ._checkpoint import EVERY_S, Checkpoint, checkpoint_name
from ._columns import Column, check_columns
from ._inputs import HEAD_ROWS, Input, Pipes, inputs_of, pieces_of
from ._opened import PathLike
from ._origin import Job, Origin, UnderWay
from ._packing import check_unknown
from ._parts import Reading, block_layout, piece_blocks
from ._provenance import Clock, together
from ._run import Progress, resolve_isa, resolve_threads
from ._shares import Covered, Shard, Share, common, parse_shard
from ._streams import other_length
from .alphabet import Alphabet, Unknown
from .counts import JointCounts
from .errors import FastMIError
from .io import file_alphabet
from .sequences import PackedSequences

Paths: TypeAlias = PathLike | Iterable[PathLike]
_AHEAD = 2  # blocks read while one is counted
_STEPS = 1 << 20  # of the progress bar


def count(
    files: Paths,
    k: int = 3,
    *,
    shard: Shard | None = None,
    checkpoint: PathLike | None = None,
    checkpoint_every: float = EVERY_S,
    alphabet: str | Alphabet | None = None,
    unknown: Unknown = "error",
    column: Column | None = None,
    weights: Column | None = None,
    weighted: bool | None = None,
    memory_limit: str | int = "4GB",
    n_threads: int | None = None,
    progress: bool = False,
) -> JointCounts:
    """Joint counts of files of any size, or of one share of them.

    Reading, parsing and counting overlap, in memory that does not depend on the number of
    sequences: the tables of :class:`JointCounts` and about 300 MB. Shares of the same files
    add up to the same counts, bit for bit, however they are cut: see
    :meth:`JointCounts.merge` and :func:`merge`.

    Parameters
    ----------
    files : path-like, or iterable of path-like
        As for :func:`fastmi.read_blocks`; "-" is stdin. Their order does not matter.
    k : int
        Letters in a k-mer.
    shard : str or (int, int), optional
        "3/16" or (3, 16) is the third of sixteen shares of all files together, cut by size.
        Text is entered in the middle; of compressed files and pipes, which cannot be,
        every share reads the whole and counts its part.
    checkpoint : path-like, optional
        A folder where what is counted is saved now and then, so that the same call goes on
        from there after the process was killed. All shards can have one folder.
    checkpoint_every : float
        Seconds from one save to the next, at least; saving takes a twentieth of the time at
        most.
    alphabet, unknown, column, weights
        As for :func:`fastmi.read_blocks`.
    weighted : bool, optional
        Whether weights may be fractions; by default, whether those of the first sequences
        are.
    memory_limit : str or int
        Most memory for the tables, as "4GB" or in bytes.
    n_threads : int, optional
        See :func:`fastmi.pairwise_mi`.
    progress : bool
        Whether to show progress on stderr.

    Returns
    -------
    JointCounts
        Which know the files they come from, and refuse to be added to others that hold some
        of the same.

    Raises
    ------
    FastMIError
        A file cannot be used, or is there twice; the message says which and why.
    ValueError, TypeError
        A parameter is wrong.

    Examples
    --------
    >>> import fastmi
    >>> path = fastmi.example("gb1_top5")
    >>> parts = [
    ...     fastmi.count(path, k=1, alphabet="protein", shard=(i, 3)) for i in (1, 2, 3)
    ... ]
    >>> parts[0].merge(parts[2])
    >>> parts[0].merge(parts[1])
    >>> parts[0].n_sequences
    26804
    """
    share = parse_shard(shard)
    check_unknown(unknown)
    columns = check_columns(column, weights)
    threads = resolve_threads(n_threads)
    resolve_isa()
    inputs = inputs_of(files)
    reading = Reading(file_alphabet(inputs[0].path, alphabet), unknown, columns)
    reading.alphabet.n_kmers(k)
    k = int(k)

    def make(head: PackedSequences) -> JointCounts:
        return JointCounts(
            head.length,
            k,
            alphabet=reading.alphabet,
            memory_limit=memory_limit,
            weighted=_has_fractions(head) if weighted is None else weighted,
        )

    counting = _Counting(inputs, reading, share, make, threads, progress)
    if checkpoint is None:
        return counting.run()
    pipe = next((i.path for i in inputs if i.fingerprint is None), None)
    if pipe is not None:
        raise FastMIError(
            f"{pipe} cannot be read again after a stop, which a checkpoint is for: write it to "
            "a file"
        )
    settings = (k, reading.alphabet.letters, unknown, weighted, block_layout())
    name = checkpoint_name(counting.job(Covered()).key, settings, share)
    with Checkpoint(checkpoint, name, checkpoint_every, memory_limit) as kept:
        return counting.run(kept)


def _has_fractions(block: PackedSequences) -> bool:
    weights = block.weights
    return weights is not None and bool((weights != np.floor(weights)).any())


@dataclass
class _Counting:
    """Counts a share of the inputs, one piece after the other.

    Attributes
    ----------
    inputs, reading, share
        What is counted, and how it is read.
    make : callable
        Gives empty counts for the first sequences of the first file.
    threads, progress
        How it runs.
    """

    inputs: tuple[Input, ...]
    reading: Reading
    share: Share
    make: Callable[[PackedSequences], JointCounts]
    threads: int
    progress: bool
    _pipes: Pipes = field(default_factory=Pipes)

    def job(self, covered: Covered, under_way: UnderWay | None = None) -> Job:
        """What has been counted."""
        columns = self.reading.columns.about()
        n_shards = int(1 / self.share.size)
        return Job(self._pipes.name(self.inputs), columns, covered, n_shards, under_way)

    def run(self, kept: Checkpoint | None = None) -> JointCounts:
        """Count what is not counted yet, and now and then save what is."""
        clock = Clock()
        counts = kept.load(self._holds) if kept else None
        covered, under_way, before = Covered(), None, dict[str, Any]()
        if counts is not None and counts.origin is not None:
            (job,) = counts.origin.jobs
            covered, under_way, before = job.covered, job.under_way, counts.run
            if self.progress:
                saved = f"{counts.n_sequences:,} sequences that are saved"
                print(f"fastmi: going on after {saved}", file=sys.stderr)
        elif self.inputs[0].fingerprint is not None:  # a pipe is read once only
            counts = self.make(self._head())

        def described(counts: JointCounts, under_way: UnderWay | None = None) -> JointCounts:
            job = self.job(covered, under_way)
            counts.origin = Origin(self.reading.unknown, (job,))
            counts.run = together(before, clock.record(self.threads))
            counts.run["runs"] = before.get("runs", 1)  # one, however often it was stopped
            return counts

        bar = Progress(_STEPS, "counting", self.progress)
        for piece in pieces_of(self.inputs, covered.missing(self.share)):
            done = 0
            if under_way is not None and under_way.share == piece.share:
                done = under_way.n_blocks
            blocks = piece_blocks(piece, self.reading, self._pipes.see)
            for n, block in enumerate(ahead(islice(blocks, done, None), _AHEAD), done + 1):
                if counts is None:
                    counts = self.make(block if self._pipes.head is None else self._pipes.head)
                self._add(counts, block, piece.input)
                if kept is not None and kept.due():
                    kept.save(described(counts, UnderWay(piece.share, n)))
            covered = Covered.of((*covered, piece.share))
            bar.update(int((piece.share.stop - self.share.start) / self.share.size * _STEPS))
        bar.close()
        assert counts is not None  # a pipe gives one block at least, or an error
        described(counts)
        if kept is not None:
            kept.save(counts)
        return counts

    def _holds(self, counts: JointCounts) -> bool:
        """Whether these are counts of some of this share, and of nothing else."""
        origin = counts.origin
        if origin is None or len(origin.jobs) != 1 or origin.unknown != self.reading.unknown:
            return False
        (job,) = origin.jobs
        shares = (*job.covered, *([] if job.under_way is None else [job.under_way.share]))
        return job.key == self.job(Covered()).key and all(
            common(share, self.share) == share for share in shares
        )

    def _head(self) -> PackedSequences:
        """The first sequences of the first file."""
        blocks = self.reading.blocks(self.inputs[0].path, block_rows=HEAD_ROWS)
        return next(blocks)

    def _add(self, counts: JointCounts, block: PackedSequences, file: Input) -> None:
        if block.length != counts.length:
            raise other_length(file, block, self.inputs[0], counts.length)
        if not counts.weighted and _has_fractions(block):
            raise FastMIError(
                f"{file.path} has weights that are fractions, which the first sequences have "
                "not; say weighted=True"
            )
        try:
            counts.add(block, n_threads=self.threads)
        except FastMIError as error:
            raise FastMIError(f"{file.path}: {error}") from None
