"""Scores of many sequences by a model: chunk by chunk, here or by workers, kept or not.

A chunk is the same records whoever scores it, so that scores which are kept in a folder serve
any later run.  Chunks come out in order, whatever order they are done in.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from math import ceil
from typing import Any

import numpy as np

from ._numbers import Doubles
from ._run import Progress
from ._score_cache import ScoreCache
from ._score_workers import by_workers
from ._shares import WHOLE, Shard, Share, parse_shard
from ._workers import Executors, Workers
from .alphabet import Alphabet
from .errors import FastMIError
from .io import as_source
from .models.base import Model, about_model, block_rows_of, scores_of, tell_heads, wrap
from .sequences import PackedSequences
from .sources import Source, about_source

CHUNK = 1 << 17  # sequences whose scores are kept together
_MOST_LETTERS = 1 << 24  # in a chunk
_QUIET_S = 0.5  # experiments score many small sets, of which nothing need be said


def chunk_rows(length: int) -> int:
    """How many sequences of this length are scored together."""
    return max(1, min(CHUNK, _MOST_LETTERS // length))


def score(
    model: Any,
    data: object,
    *,
    alphabet: str | Alphabet | None = None,
    shard: Shard | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    executor: Executors = None,
    n_workers: int | None = None,
    progress: bool = False,
) -> Doubles:
    """Scores of sequences by a model.

    Parameters
    ----------
    model : object
        Whatever :func:`fastmi.models.wrap` takes.
    data : PackedSequences, simulated sequences, path-like, list of str or array_like
        The sequences.
    alphabet : str or Alphabet, optional
        As for :func:`fastmi.pairwise_mi`.
    shard : str or (int, int), optional
        "3/16" or (3, 16) is the third of sixteen shares of the sequences, cut at multiples of
        131,072 (of fewer, where they have more than 128 letters): for jobs that share a
        ``checkpoint``, from which :func:`fastmi.interpret` then takes all scores.
    checkpoint : path-like, optional
        A folder where scores are kept, so that the same call after a stop scores only what
        is missing.
    executor : object, optional
        Who scores: any executor with ``submit``, a Dask client, or a function that makes one,
        see :func:`fastmi.distributed.count`. The model and the sequences are sent to it. By
        default this process does.
    n_workers : int, optional
        Processes of its own to score with; or how many the executor has, where it does not
        say.
    progress : bool
        Whether to show progress on stderr.

    Returns
    -------
    ndarray of float64, shape (n,) or (n, heads)
        Of a shard, the scores of its sequences only.

    Raises
    ------
    FastMIError
        The model failed, or gave something that is no score; what was scored so far is kept
        in ``checkpoint``.

    Examples
    --------
    >>> import fastmi
    >>> gc = fastmi.models.wrap(lambda s: [x.count("G") + x.count("C") for x in s],
    ...                         takes="strings")
    >>> fastmi.score(gc, ["ACGT", "GGCA"]).tolist()
    [2.0, 3.0]
    """
    source = source_to_score(data, alphabet)
    parts = [
        scores
        for _, _, scores in scored_chunks(
            wrap(model), source, checkpoint, executor, n_workers, progress, parse_shard(shard)
        )
    ]
    scores = np.concatenate(parts) if parts else np.empty((0, 1))
    return scores[:, 0] if scores.shape[1] == 1 else scores


def source_to_score(data: object, alphabet: str | Alphabet | None = None) -> Source:
    """Whatever a caller has, as a source of at least one sequence."""
    source = as_source(data, alphabet)
    if len(source) == 0:
        raise FastMIError("there are no sequences")
    return source


def scored_chunks(
    model: Model,
    source: Source,
    checkpoint: str | os.PathLike[str] | None = None,
    executor: Executors = None,
    n_workers: int | None = None,
    progress: bool = False,
    share: Share = WHOLE,
    about: dict[str, Any] | None = None,
) -> Iterator[tuple[int, PackedSequences, Doubles]]:
    """The chunks of a source in order: first record, sequences, scores (n, heads).

    Parameters
    ----------
    model : Model
        Who scores.
    source, checkpoint, executor, n_workers, progress
        As for :func:`score`.
    share : Share
        Which of all chunks.
    about : dict, optional
        What :func:`about_source` says of the source, where that is known already.
    """
    cache = None
    if checkpoint is not None:
        sequences = about_source(source) if about is None else about
        cache = ScoreCache(checkpoint, {"sequences": sequences, "model": about_model(model)})
    step, n, heads = chunk_rows(source.length), len(source), None
    starts = range(0, n, step)
    first, stop = (ceil(part * len(starts)) for part in share)
    starts = starts[first:stop]
    n_here = min(starts.stop, n) - starts.start

    def end_of(start: int) -> int:
        return min(start + step, n)

    with closing(Progress(n_here, "scoring", progress, "sequences", _QUIET_S)) as bar:
        kept = {start for start in starts if cache.has(start)} if cache is not None else set()
        missing = (start for start in starts if start not in kept)
        if cache is not None and kept:  # scores of another model: before any of this one's
            if progress:
                print(
                    f"fastmi: {len(kept):,} of {len(starts):,} chunks are in {checkpoint}",
                    file=sys.stderr,
                )
            known = min(kept)
            if known > starts.start:  # else it is the first to be loaded anyway
                cache.load(known, source.block(known, end_of(known)), model)

        def said(record: int) -> None:
            bar.update(record - starts.start)

        theirs: Iterator[tuple[Doubles, Any]] | None = None
        if executor is not None or n_workers is not None:
            tasks = [(_made_and_scored, model, *_sent(source, a, end_of(a))) for a in missing]
            theirs = by_workers(tasks, Workers(executor, n_workers))
        for start in starts:
            block = source.block(start, end_of(start))
            if start in kept:
                assert cache is not None
                scores = cache.load(start, block, model)
            else:
                if theirs is None:
                    scores = _chunk_scores(model, block, start, said)
                else:
                    scores, names = next(theirs)
                    tell_heads(model, names)
                if cache is not None:
                    cache.save(start, scores)
            heads = heads or scores.shape[1]
            if scores.shape[1] != heads:
                raise FastMIError(
                    f"the model gives {scores.shape[1]} scores a sequence from record "
                    f"{start:,} on, and gave {heads} before"
                )
            yield start, block, scores
            said(start + len(block))


def _sent(source: Source, start: int, stop: int) -> tuple[Source, int, int, int]:
    """A source, for a worker that needs these records; where they are in it, and their first.

    Of packed sequences just these: what makes its sequences is small.
    """
    if isinstance(source, PackedSequences):
        return source.block(start, stop), 0, stop - start, start
    return source, start, stop, start


def _made_and_scored(
    model: Model, source: Source, start: int, stop: int, first: int
) -> tuple[Doubles, Any]:
    """What a worker does: scores, and their names, which some models know only then."""
    scores = _chunk_scores(model, source.block(start, stop), first)
    return scores, getattr(model, "heads", None)


def _chunk_scores(
    model: Model,
    chunk: PackedSequences,
    first: int,
    said: Callable[[int], None] | None = None,
) -> Doubles:
    """Score a chunk, which begins with record ``first``, some sequences at a time."""
    parts, step = [], block_rows_of(model)
    for at in range(0, len(chunk), step):
        block = chunk[at : at + step]
        parts.append(scores_of(model, block, first + at).reshape(len(block), -1))
        if said is not None:
            said(first + at + len(block))
    return np.concatenate(parts)
