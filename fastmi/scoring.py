"""Scores of many sequences by a model: chunk by chunk, here or by workers, kept or not.

A chunk is the same records whoever scores it, so that scores which are kept in a folder serve
any later run.  Chunks come out in order, whatever order they are done in.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import numpy as np
import numpy.typing as npt

from ._run import Progress
from ._score_cache import ScoreCache
from ._score_workers import by_workers
from ._workers import Executors, Workers
from .alphabet import Alphabet
from .errors import FastMIError
from .io import as_sequences
from .models.base import Model, about_model, scores_of
from .sequences import PackedSequences
from .sources import Source, about_source

Doubles = npt.NDArray[np.float64]

CHUNK = 1 << 16  # sequences whose scores are kept together
BLOCK = 1 << 14  # sequences that a model is given at a time
_MOST_LETTERS = 1 << 24  # in a chunk
_TRIES = 3  # of a chunk whose worker is lost


def chunk_rows(length: int) -> int:
    """How many sequences of this length are scored together."""
    return max(1, min(CHUNK, _MOST_LETTERS // length))


def score(
    model: Any,
    data: object,
    *,
    alphabet: str | Alphabet | None = None,
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
    checkpoint : path-like, optional
        A folder where scores are kept, so that the same call after a stop scores only what
        is missing.
    executor : object, optional
        Who scores: any executor with ``submit``, a Dask client, or a function that makes one,
        see :func:`fastmi.distributed.count`. The model and the sequences are sent to it. By
        default this process does.
    n_workers : int, optional
        How many workers the executor has, where it does not say.
    progress : bool
        Whether to show progress on stderr.

    Returns
    -------
    ndarray of float64, shape (n,) or (n, heads)

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
    source = as_source(data, alphabet)
    parts = [
        scores
        for _, _, scores in scored_chunks(
            as_model(model, source.alphabet), source, checkpoint, executor, n_workers, progress
        )
    ]
    scores = np.concatenate(parts)
    return scores[:, 0] if scores.shape[1] == 1 else scores


def as_source(data: object, alphabet: str | Alphabet | None = None) -> Source:
    """Whatever a caller has, as a source of at least one sequence."""
    source = (
        data if isinstance(data, Source) and alphabet is None else as_sequences(data, alphabet)
    )
    if len(source) == 0:
        raise FastMIError("there are no sequences")
    return source


def as_model(model: Any, alphabet: Alphabet) -> Model:
    """Whatever a caller has, as a model."""
    from .models import wrap

    return wrap(model)


def scored_chunks(
    model: Model,
    source: Source,
    checkpoint: str | os.PathLike[str] | None = None,
    executor: Executors = None,
    n_workers: int | None = None,
    progress: bool = False,
) -> Iterator[tuple[int, PackedSequences, Doubles]]:
    """All chunks of a source in order: first record, sequences, scores (n, heads).

    Parameters
    ----------
    model : Model
        Who scores.
    source, checkpoint, executor, n_workers, progress
        As for :func:`score`.
    """
    cache = None
    if checkpoint is not None:
        about = {"sequences": about_source(source), "model": about_model(model)}
        cache = ScoreCache(checkpoint, about)
    step, n, heads = chunk_rows(source.length), len(source), None
    starts = range(0, n, step)
    with closing(Progress(n, "scoring", progress)) as bar:
        todo = [start for start in starts if cache is None or not cache.has(start)]
        made: Iterator[Doubles]
        if executor is None:
            made = (_chunk_scores(model, source, start, step, bar.update) for start in todo)
        else:
            tasks = [(_chunk_scores, model, source, start, step) for start in todo]
            made = by_workers(tasks, Workers(executor, n_workers))
        missing = set(todo)
        for start in starts:
            block = source.block(start, min(start + step, n))
            if start in missing:
                scores = next(made)
                if cache is not None:
                    cache.save(start, scores)
            else:
                assert cache is not None
                scores = cache.load(start, block, model)
            heads = heads or scores.shape[1]
            if scores.shape[1] != heads:
                raise FastMIError(
                    f"the model gives {scores.shape[1]} scores a sequence from record "
                    f"{start:,} on, and gave {heads} before"
                )
            yield start, block, scores
            bar.update(start + len(block))


def _chunk_scores(
    model: Model,
    source: Source,
    start: int,
    step: int,
    said: Callable[[int], None] | None = None,
) -> Doubles:
    """Score a chunk, some sequences at a time."""
    stop = min(start + step, len(source))
    parts = []
    for at in range(start, stop, BLOCK):
        block = source.block(at, min(at + BLOCK, stop))
        parts.append(scores_of(model, block, at).reshape(len(block), -1))
        if said is not None:
            said(at + len(block))
    return np.concatenate(parts)
