"""Making things before they are asked for: an iterator runs in a thread of its own.

What is made waits in a queue of bounded length, so the thread is never more than a few items
ahead.  Threads nest: blocks are made ahead of counting by a thread for which another unpacks
the file.  A thread ends when its items do, when ``close`` is called, when nobody holds the
iterator any more, or when the process ends; whoever waits wakes up now and then to see
whether one of these has come.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")

WAIT_S = 0.05  # a wait looks this often whether it is still of use
_JOIN_S = 1.0  # a thread that hangs in the operating system is left to itself after this


class _Failure:
    """What ended the items; StopIteration if nothing went wrong."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


class _Line(Generic[T]):
    """What a thread and its consumer share; usable while garbage is collected."""

    def __init__(self, n: int) -> None:
        self.made: SimpleQueue[T | _Failure] = SimpleQueue()
        self.room: SimpleQueue[None] = SimpleQueue()
        self.unwanted = False
        for _ in range(n):
            self.room.put(None)

    def stop(self) -> None:
        self.unwanted = True
        self.room.put(None)  # wakes the thread


_own = threading.local()  # .line: the one that this thread works for
_running: dict[threading.Thread, _Line[object]] = {}


def check_wanted() -> None:
    """End a thread whose items nobody wants, by SystemExit; to be called where it waits."""
    line: _Line[object] | None = getattr(_own, "line", None)
    if line is not None and line.unwanted:
        raise SystemExit


def _close(items: Iterator[T]) -> None:
    close = getattr(items, "close", None)
    if close is not None:
        close()


def _make(items: Iterator[T], line: _Line[T]) -> None:
    """What the thread does."""
    _own.line = _running[threading.current_thread()] = line  # type: ignore[assignment]
    try:
        try:
            while True:
                line.room.get()
                check_wanted()
                line.made.put(next(items))
        finally:
            _close(items)
    except BaseException as error:  # raised again by the consumer, behind the items
        line.made.put(_Failure(error))
    finally:
        del _running[threading.current_thread()]


@atexit.register
def _stop_all() -> None:
    """No thread is in the middle of something while Python takes itself apart."""
    running = list(_running.items())
    for _, line in running:
        line.stop()
    for thread, _ in running:
        thread.join(_JOIN_S)


class ahead(Iterator[T]):
    """The same items, made by a thread that starts when the first is asked for.

    Parameters
    ----------
    items : iterable
        What to make; the thread closes it at the end, if it can be closed.
    n : int
        How many items may be made, or in the making, before they are asked for.

    Raises
    ------
    BaseException
        What making an item raised, when that item is asked for.
    """

    def __init__(self, items: Iterable[T], n: int) -> None:
        self._line: _Line[T] = _Line(n)
        self._thread: threading.Thread | None = None
        self._items: Iterator[T] | None = iter(items)

    def __next__(self) -> T:
        if self._items is None:
            raise StopIteration
        if self._thread is None:
            thread = threading.Thread(
                target=_make, args=(self._items, self._line), name="fastmi", daemon=True
            )
            thread.start()
            self._thread = thread
        item = self._wait(self._thread)
        if not isinstance(item, _Failure):
            self._line.room.put(None)
            return item
        self._items = None
        self._thread.join(_JOIN_S)
        try:
            raise item.error
        finally:
            del item  # else the error and this frame keep each other

    def _wait(self, thread: threading.Thread) -> T | _Failure:
        while True:
            with suppress(Empty):
                return self._line.made.get(timeout=WAIT_S)
            check_wanted()
            if not thread.is_alive() and self._line.made.empty():
                raise RuntimeError("the thread that reads is gone; was the process forked?")

    def close(self) -> None:
        """Stop the thread, which closes what it runs; what it made is forgotten."""
        items, self._items = self._items, None
        if items is None:
            return
        if self._thread is None:
            _close(items)
            return
        self._line.stop()
        if self._thread is not threading.current_thread():  # garbage is collected anywhere
            self._thread.join(_JOIN_S)

    def __del__(self) -> None:
        self._line.stop()
