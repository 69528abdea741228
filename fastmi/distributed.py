"""Counting with many processes, on one machine or on a cluster, through any executor.

Sent are the path of a plan and two numbers a task; workers read the input themselves, write
parts into a folder that all of them see, and merge them, a few at a time, until one is left.
Parts add up to the same bits however they are cut and merged, so a task that was lost is
simply done again.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from ._checks import check_pseudocount, parse_bytes
from ._columns import Column, check_columns
from ._counting import Paths, has_fractions
from ._files import writing_to
from ._inputs import Input, inputs_of
from ._opened import PathLike
from ._origin import Job
from ._packing import check_unknown
from ._parts import Reading
from ._plan import Plan
from ._run import resolve_threads
from ._schedule import Schedule
from ._shares import MOST_SHARDS, Covered
from ._tally import TableKind
from ._workers import Executors, Workers
from .alphabet import Alphabet, Unknown
from .counts import JointCounts
from .errors import FastMIError
from .io import file_alphabet
from .results import MIResult

__all__ = ["count", "pairwise_mi"]

_SHARDS_A_WORKER = 4  # so that none waits long for the last one
_LEAST_BYTES = 1 << 24  # of input that are worth a task
_MOST_BYTES = 1 << 32  # of input that are lost with a worker
_HEAD_ROWS = 1 << 12  # sequences looked at to know the size of the tables
_FAREWELLS = 20  # tries to remove a folder that a task given up still writes to


def count(
    paths: Paths,
    k: int = 3,
    *,
    executor: Executors = None,
    n_workers: int | None = None,
    n_shards: int | None = None,
    directory: PathLike | None = None,
    retries: int = 3,
    alphabet: str | Alphabet | None = None,
    unknown: Unknown = "error",
    column: Column | None = None,
    weights: Column | None = None,
    weighted: bool | None = None,
    memory_limit: str | int = "4GB",
    n_threads: int | None = None,
    progress: bool = False,
) -> JointCounts:
    """Joint counts of files, counted by many processes.

    The tables are those of :func:`fastmi.count`, bit for bit, whatever the executor, the
    number of shards, and however many workers died on the way.

    Parameters
    ----------
    paths : path-like, or iterable of path-like
        Files that all workers see under the same paths; no pipes.
    k : int
        Letters in a k-mer.
    executor : object, optional
        Who does the work: anything with the ``submit`` of :class:`concurrent.futures.Executor`
        (a process or thread pool, ``mpi4py.futures.MPIPoolExecutor``), a Dask ``Client``, or a
        function without arguments that makes one, so that a pool which broke can be made
        anew. By default fresh processes on this machine, which end with this one; a script
        that uses them needs ``if __name__ == "__main__":``.
    n_workers : int, optional
        Tasks that run at the same time. By default as many as the executor says; without
        one, the threads this job may use (see :func:`fastmi.pairwise_mi`) divided by
        ``n_threads``, and no more than have tables within ``memory_limit`` all together.
    n_shards : int, optional
        Pieces that the input is cut into. By default that of an earlier call with the same
        ``directory``, else four a worker, none above 4 GB or smaller than its tables (or
        16 MB); and where most is compressed, no more than there are files or workers: a
        compressed file is read whole for each shard that has some of it.
    directory : path-like, optional
        A folder that all workers see, made if it is not there. Parts stay in it, so that the
        same call goes on from there after a stop. By default a temporary folder in the
        current one, which is removed at the end, whatever the end is. A part has the size of
        the tables; without an executor some 8 parts and 2 a worker are there at a time.
    retries : int
        How often a task is done again whose worker died or that failed with an OSError; for
        a pool that breaks as a whole, how often in a row without anything being done.
    alphabet, unknown, column, weights, weighted
        As for :func:`fastmi.count`.
    memory_limit : str or int
        Most memory for the tables of a task, as "4GB" or in bytes; where parts are merged,
        those of two are held.
    n_threads : int, optional
        Threads of a task: 1 by default, as schedulers count a task as one core; without an
        executor, the threads this job may use divided by the workers.
    progress : bool
        Whether to show progress on stderr.

    Returns
    -------
    JointCounts

    Raises
    ------
    FastMIError
        A file cannot be used, here or by a worker; or workers failed more than ``retries``
        times. What was under way is cancelled.
    ValueError, TypeError
        A parameter is wrong.

    Examples
    --------
    >>> import fastmi.distributed
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> with ThreadPoolExecutor(2) as pool:
    ...     counts = fastmi.distributed.count(
    ...         fastmi.example("gb1_top5"), 1, alphabet="protein", executor=pool
    ...     )
    >>> counts.n_sequences
    26804
    """
    _check_number("n_workers", n_workers, 1, 1 << 20)
    _check_number("n_shards", n_shards, 1, MOST_SHARDS)
    _check_number("retries", retries, 0, 1 << 20)
    check_unknown(unknown)
    named = check_columns(column, weights)
    threads = resolve_threads(n_threads)
    workers = Workers(executor, n_workers)
    inputs = _inputs(paths)
    reading = Reading(file_alphabet(inputs[0].path, alphabet), unknown, named)
    table_bytes = _table_bytes(inputs[0].path, reading, k, weighted, memory_limit)
    job = Job(inputs, named.about(), Covered())
    if workers.own and n_workers is None:
        fitting = parse_bytes(memory_limit) // table_bytes
        workers.use(max(1, min(resolve_threads(None) // (n_threads or 1), fitting)))
    limit = memory_limit if isinstance(memory_limit, str) else int(memory_limit)
    with _folder(directory) as folder:
        plan = Plan(folder, job, int(k), reading.alphabet, unknown, weighted, limit)
        try:
            if not workers.own:
                workers.start()
            n = n_shards or _earlier(plan) or _n_shards(inputs, workers.count(), table_bytes)
            if workers.own:
                workers.use(min(workers.count(), n))
            if n_threads is None:
                threads = max(1, threads // workers.count()) if workers.own else 1
            plan = replace(plan, n_shards=int(n), n_threads=threads)
            plan.write()
            counts = Schedule(plan, workers, retries, directory is not None, progress).run()
        except BaseException:
            workers.stop(now=True)
            raise
        workers.stop(now=False)
    return counts


def pairwise_mi(
    paths: Paths,
    k: int = 3,
    *,
    pseudocount: float = 5.0,
    executor: Executors = None,
    n_workers: int | None = None,
    n_shards: int | None = None,
    directory: PathLike | None = None,
    retries: int = 3,
    alphabet: str | Alphabet | None = None,
    unknown: Unknown = "error",
    column: Column | None = None,
    weights: Column | None = None,
    weighted: bool | None = None,
    memory_limit: str | int = "4GB",
    n_threads: int | None = None,
    progress: bool = False,
) -> MIResult:
    """Mutual information between the k-mers at every pair of positions, of many processes.

    Parameters
    ----------
    paths, k, executor, n_workers, n_shards, directory, retries
        As for :func:`count`.
    pseudocount : float
        As for :func:`fastmi.pairwise_mi`.
    alphabet, unknown, column, weights, weighted, memory_limit, n_threads, progress
        As for :func:`count`.

    Returns
    -------
    MIResult
    """
    check_pseudocount(pseudocount)
    counts = count(
        paths,
        k,
        executor=executor,
        n_workers=n_workers,
        n_shards=n_shards,
        directory=directory,
        retries=retries,
        alphabet=alphabet,
        unknown=unknown,
        column=column,
        weights=weights,
        weighted=weighted,
        memory_limit=memory_limit,
        n_threads=n_threads,
        progress=progress,
    )
    return counts.mi(pseudocount, n_threads=n_threads)


def _check_number(name: str, number: int | None, least: int, most: int) -> None:
    if number is None and name != "retries":
        return
    if not isinstance(number, int | np.integer) or isinstance(number, bool):
        raise TypeError(f"{name} must be a whole number, got {number!r}")
    if not least <= number <= most:
        raise ValueError(f"{name} must be between {least} and {most:,}, got {number}")


def _inputs(paths: Paths) -> tuple[Input, ...]:
    """The files under the paths that other processes find them by."""
    listed = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    names = [os.fspath(path) for path in listed]
    inputs = inputs_of([name if name == "-" else os.path.abspath(name) for name in names])
    pipe = next((i.path for i in inputs if i.fingerprint is None), None)
    if pipe is not None:
        raise FastMIError(f"{pipe} is a pipe, which workers cannot read: write it to a file")
    return inputs


def _table_bytes(
    path: str, reading: Reading, k: int, weighted: bool | None, memory_limit: str | int
) -> int:
    """The size of the tables, if the first sequences are as all are."""
    head = next(reading.blocks(path, block_rows=_HEAD_ROWS))
    weighted = has_fractions(head) if weighted is None else weighted
    kind = TableKind.of(head.length, k, reading.alphabet, weighted)
    kind.check_memory(memory_limit)
    return kind.n_bytes


def _n_shards(inputs: Sequence[Input], n_workers: int, table_bytes: int) -> int:
    """How many shards are neither a long wait nor mostly tables."""
    total = sum(i.n_bytes or 0 for i in inputs)
    streams = [i.n_bytes or 0 for i in inputs if i.entry == "stream"]
    n = max(_SHARDS_A_WORKER * n_workers, -(-total // _MOST_BYTES))
    if 2 * sum(streams) > total:  # each shard of a stream reads it whole
        n = min(n, max(n_workers, len(streams)))
    return max(1, min(n, total // max(table_bytes, _LEAST_BYTES), MOST_SHARDS))


def _earlier(plan: Plan) -> int | None:
    """The number of shards of the last call with this folder and job."""
    pattern = re.compile(rf"{plan.key}-plan-of-(\d{{1,7}})\.json", re.ASCII)
    found = ((path, pattern.fullmatch(path.name)) for path in plan.folder.iterdir())
    plans = [(path.stat().st_mtime, int(m[1])) for path, m in found if m]
    return max(plans)[1] if plans else None


@contextmanager
def _folder(directory: PathLike | None) -> Iterator[Path]:
    """The folder of the parts; a temporary one is gone at the end."""
    if directory is not None:
        folder = Path(os.path.abspath(directory))
        with writing_to(directory):
            folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    try:
        folder = Path(tempfile.mkdtemp(prefix="fastmi-", dir=os.getcwd()))
    except OSError as error:
        raise FastMIError(
            f"cannot write to the current folder ({error.strerror or error}): directory= says "
            "where else, in a folder that all workers see"
        ) from None
    try:
        yield folder
    finally:
        for _ in range(_FAREWELLS):
            shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                break
            time.sleep(0.1)
