"""Tasks for workers that may die: results in the order of the tasks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from typing import Any, TypeAlias

from ._workers import Workers, is_lost, is_unsendable
from .errors import FastMIError

Task: TypeAlias = tuple[Any, ...]  # a function, and what it is called with

_TRIES = 3  # of a task whose worker is lost, and of an executor that breaks


def by_workers(tasks: Sequence[Task], workers: Workers) -> Iterator[Any]:
    """What the tasks give, in order; one whose worker is lost is sent again.

    Parameters
    ----------
    tasks : sequence of tuple
        A function and what it is called with, each.
    workers : Workers
        Started here, and stopped in the end.

    Yields
    ------
    object
        The result of each task.
    """
    crew = _Crew(tasks, workers)
    ended = False
    try:
        workers.start()
        for n in range(len(tasks)):
            yield crew.result(n)
        ended = True
    finally:
        crew.cancel()
        workers.stop(now=not ended)


class _Crew:
    def __init__(self, tasks: Sequence[Task], workers: Workers) -> None:
        self._tasks, self._workers = tasks, workers
        self._waiting = list(range(len(tasks)))[::-1]
        self._under_way: dict[Future[Any], int] = {}
        self._done: dict[int, Any] = {}
        self._tries = [0] * len(tasks)
        self._breaks = 0

    def result(self, n: int) -> Any:
        """What task n gives, once it is there; others go on meanwhile."""
        while n not in self._done:
            try:
                self._hand_out()
                finished, _ = wait(self._under_way, return_when=FIRST_COMPLETED)
                for future in finished:
                    self._take(future)
            except BrokenExecutor as error:
                self._renew(error)
        return self._done.pop(n)

    def cancel(self) -> None:
        """Have nothing done any more that has not begun."""
        for future in self._under_way:
            future.cancel()

    def _hand_out(self) -> None:
        """Give tasks to workers, few more than there are: results wait to be taken in order."""
        while self._waiting:
            ahead = len(self._under_way) + len(self._done)
            if self._under_way and ahead >= self._workers.room():
                return
            n = self._waiting[-1]
            try:
                future = self._workers.submit(*self._tasks[n])
            except Exception as error:
                if is_unsendable(error):
                    raise _unsendable(error) from error
                raise
            self._under_way[future] = n
            self._waiting.pop()

    def _take(self, future: Future[Any]) -> None:
        n = self._under_way.pop(future)
        try:
            self._done[n] = future.result()
        except Exception as error:
            self._waiting.append(n)
            if isinstance(error, BrokenExecutor):
                raise
            self._tries[n] += 1
            if is_unsendable(error):
                raise _unsendable(error) from error
            if not is_lost(error) or self._tries[n] >= _TRIES:
                raise

    def _renew(self, error: BrokenExecutor) -> None:
        """Begin again with what was under way, if the executor is ours to make."""
        self._breaks += 1
        self._waiting = sorted([*self._waiting, *self._under_way.values()], reverse=True)
        self._under_way.clear()
        if self._breaks >= _TRIES or not self._workers.renew():
            raise FastMIError(
                f"the executor broke ({error}); was a worker killed, or could it not import "
                "what it was sent?"
            ) from error


def _unsendable(error: BaseException) -> FastMIError:
    text = " ".join(str(error).split())
    return FastMIError(
        f"the model or the sequences cannot be sent to a worker ({text}): define their classes "
        "and functions at the top of a module, or take a ThreadPoolExecutor"
    )
