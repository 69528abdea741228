"""Executors: the caller's, one that the caller's function makes, or processes of our own.

Executors differ in what they tell and in how they break; here is all that is known of them.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Future, ProcessPoolExecutor
from multiprocessing.connection import Connection
from typing import Any, Protocol, TypeAlias

from ._checks import check_size
from ._run import resolve_threads
from .errors import FastMIError

_FOREIGN_QUEUE = 32  # tasks given to a scheduler whose workers come and go, at least
_LOST = ("KilledWorker", "CommClosedError")  # Dask's, by name: it is not imported here


class ExecutorLike(Protocol):
    """Anything with the ``submit`` of :class:`concurrent.futures.Executor`."""

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Have ``fn(*args)`` called by a worker."""


Executors: TypeAlias = ExecutorLike | Callable[[], ExecutorLike] | None


def is_lost(error: BaseException) -> bool:
    """Whether a task ended because of its worker or the system, not because of the data."""
    if isinstance(error, BrokenExecutor | CancelledError | OSError):
        return True
    return any(kind.__name__ in _LOST for kind in type(error).__mro__)


def is_unsendable(error: BaseException) -> bool:
    """Whether a task never got to a worker, as what it is called with cannot be pickled."""
    if isinstance(error, pickle.PicklingError):
        return True
    words = ("pickle", "Can't get local object")  # Python's, of 3.10 to 3.14
    return isinstance(error, AttributeError | TypeError) and any(w in str(error) for w in words)


class Workers:
    """Those that do the tasks.

    Parameters
    ----------
    executor : object
        As for :func:`fastmi.distributed.count`.
    n_workers : int or None
        How many of our own, or how many a given one has, where the caller knows better.
    """

    def __init__(self, executor: Executors, n_workers: int | None) -> None:
        if n_workers is not None and check_size("n_workers", n_workers) < 1:
            raise ValueError(f"n_workers must be 1 or more, got {n_workers}")
        self._n = n_workers
        self._given: Any = None
        self._make: Callable[[], Any] | None = None
        self._pool: Any = None
        if executor is None:
            self._make = self._spawn
        elif hasattr(executor, "submit") and not isinstance(executor, type):
            self._given = self._pool = _of_dask(executor)
        elif callable(executor):
            self._make = executor
        else:
            raise TypeError(
                "executor must have submit(), as those of concurrent.futures, or be a function "
                f"that makes one, got {type(executor).__name__}"
            )
        self.own = executor is None

    def use(self, n_workers: int) -> None:
        """Have so many processes of our own."""
        self._n = n_workers

    def start(self) -> None:
        """Make the executor, unless it was given."""
        if self._make is not None and self._pool is None:
            pool = _of_dask(self._make())
            if not hasattr(pool, "submit"):
                made = type(pool).__name__
                raise TypeError(f"executor() must give what has submit(), it gave {made}")
            self._pool = pool

    def count(self) -> int:
        """How many tasks run at a time; a guess where nobody says."""
        return self._n or _told(self._pool) or resolve_threads(None)

    def room(self) -> int:
        """How many tasks it is given at a time.

        Few, so that merging goes before counting and parts do not pile up.
        """
        n = 2 * self.count()
        return n if self.own or self._n else max(n, _FOREIGN_QUEUE)

    def submit(self, task: Callable[..., Any], *args: Any) -> Future[Any]:
        """Have a task done."""
        future: Future[Any] = self._pool.submit(task, *args)
        return future

    def renew(self) -> bool:
        """Replace what broke, if that is ours to do."""
        if self._make is None:
            return False
        self.stop(now=True)
        self.start()
        return True

    def stop(self, now: bool) -> None:
        """End what was made here; ``now``: without waiting for tasks under way."""
        pool, self._pool = self._pool, self._given
        if pool is None or pool is self._given:
            return
        if isinstance(pool, TiedPool):
            pool.end(now)
        elif hasattr(pool, "shutdown"):
            pool.shutdown(wait=not now)

    def _spawn(self) -> TiedPool:
        pool = TiedPool(self.count())
        try:
            pool.submit(os.getpid).result()
        except BrokenExecutor:
            raise FastMIError(
                "the worker processes end before they begin: in a script, the call must be "
                "below if __name__ == '__main__':"
            ) from None
        except BaseException:
            pool.end(now=True)
            raise
        return pool


def _of_dask(executor: Any) -> Any:
    """What a Dask client offers as an executor; anything else as it is."""
    return executor.get_executor() if hasattr(executor, "get_executor") else executor


def _told(pool: Any) -> int:
    """How many workers an executor says it has; 0 if it does not."""
    client = getattr(pool, "_client", None)
    if client is not None:  # Dask
        with contextlib.suppress(Exception):
            return sum(client.nthreads().values())
    for name in ("num_workers", "_max_workers"):  # mpi4py, the standard library
        n = getattr(pool, name, None)
        if isinstance(n, int) and n > 0:
            return n
    return 0


class TiedPool(ProcessPoolExecutor):
    """Fresh processes that end with this one, or at once when told to.

    Each waits for the end of a pipe whose other end this process alone holds: the system
    closes that however the process ends. Ctrl-C is for this process only.
    """

    def __init__(self, n: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._theirs, self._ours = context.Pipe(duplex=False)
        super().__init__(n, context, initializer=_tie, initargs=(self._theirs,))

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have ``fn`` called; a process that this starts inherits that Ctrl-C is blocked."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return super().submit(fn, *args, **kwargs)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def end(self, now: bool) -> None:
        """Wait for the processes; ``now``: after ending them."""
        if now:
            self._ours.close()
        self.shutdown(wait=True, cancel_futures=True)
        self._ours.close()
        self._theirs.close()


def _tie(pipe: Connection) -> None:
    """In a new worker: end when the pipe does."""

    def wait() -> None:
        with contextlib.suppress(EOFError, OSError):
            pipe.recv_bytes()
        os._exit(1)

    threading.Thread(target=wait, name="fastmi-tie", daemon=True).start()
