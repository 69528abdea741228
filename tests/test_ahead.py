"""Threads that make things ahead: order, errors, bounds; and that none stays behind.

A thread that is left over, an item too many or an error at the wrong place is looked for
after an ordinary end, a break, an error, garbage collection, Ctrl-C and the end of the
process, with one thread and with one thread inside another.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import fastmi
from fastmi import _ahead
from fastmi._ahead import ahead, check_wanted

ROOT = str(Path(fastmi.__file__).resolve().parents[1])
PATIENCE_S = 20


def ours() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "fastmi"]


def soon(condition) -> bool:
    """Whether it comes true before patience ends."""
    end = time.monotonic() + PATIENCE_S
    while not condition() and time.monotonic() < end:
        time.sleep(0.001)
    return bool(condition())


@pytest.fixture(autouse=True)
def _no_thread_stays() -> Iterator[None]:
    assert not ours()
    yield
    assert soon(lambda: not ours())
    assert not _ahead._running


class Source:
    """Numbers up to ``n``, or an error at ``bad``; counts them, and its closing."""

    def __init__(self, n: int = 10**9, bad: int | None = None) -> None:
        self.n, self.bad = n, bad
        self.made = 0
        self.closed = 0

    def __iter__(self) -> Source:
        return self

    def __next__(self) -> int:
        if self.made == self.bad:
            raise ValueError(f"no {self.bad}")
        if self.made == self.n:
            raise StopIteration
        self.made += 1
        return self.made - 1

    def close(self) -> None:
        self.closed += 1


# ----------------------------------------------------------------------- order and bounds


@pytest.mark.parametrize("n", [1, 2, 7])
@pytest.mark.parametrize("count", [0, 1, 2, 5, 500])
def test_the_same_items(n, count):
    source = Source(count)
    items = ahead(source, n)
    assert list(items) == list(range(count))
    assert list(items) == []
    assert source.closed == 1
    assert not ours()


@pytest.mark.parametrize("bad", [0, 1, 2, 50])
@pytest.mark.parametrize("n", [1, 3])
def test_an_error_comes_behind_the_items_before_it(n, bad):
    source = Source(bad=bad)
    items = ahead(source, n)
    assert [next(items) for _ in range(bad)] == list(range(bad))
    with pytest.raises(ValueError, match=f"^no {bad}$"):
        next(items)
    assert source.closed == 1
    assert list(items) == []


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, MemoryError, GeneratorExit])
def test_any_error_comes_out(kind):
    def items():
        yield 1
        raise kind

    found = ahead(items(), 2)
    assert next(found) == 1
    with pytest.raises(kind):
        next(found)


def test_an_error_at_closing_comes_out():
    class Bad(Source):
        def close(self) -> None:
            raise OSError("cannot close")

    items = ahead(Bad(2), 2)
    assert [next(items), next(items)] == [0, 1]
    with pytest.raises(OSError, match="cannot close"):
        next(items)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_no_more_than_n_are_made_ahead(n):
    source = Source()
    items = ahead(source, n)
    assert source.made == 0
    assert not ours()
    for taken in range(1, 20):
        next(items)
        assert soon(lambda taken=taken: source.made == taken + n)
        time.sleep(0.001)
        assert source.made == taken + n
    items.close()
    assert source.closed == 1


def test_what_is_not_iterable():
    with pytest.raises(TypeError, match="not iterable"):
        ahead(3, 2)


def test_items_are_let_go():
    """Nothing that was taken is kept alive by the queue or by the thread."""

    class Thing:
        alive = 0

        def __init__(self) -> None:
            Thing.alive += 1

        def __del__(self) -> None:
            Thing.alive -= 1

    items = ahead((Thing() for _ in range(100)), 3)
    for _ in items:
        assert Thing.alive <= 5  # the one taken now and that before it, and three ahead
    del _
    assert soon(lambda: Thing.alive == 0)


# --------------------------------------------------------------------------- breaking off


def break_off(items) -> None:
    for item in items:
        if item == 3:
            break


def drop(items) -> None:
    next(items)


def in_a_cycle(items) -> None:
    next(items)
    cycle = [items]
    cycle.append(cycle)


def by_error(items) -> None:
    with contextlib.suppress(ZeroDivisionError):
        for item in items:
            1 // (item - 3)


def close(items) -> None:
    next(items)
    items.close()
    items.close()
    assert list(items) == []


WAYS = [break_off, drop, in_a_cycle, by_error, close]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_breaking_off_closes_the_source(way, depth):
    source = Source()
    items = source
    for _ in range(depth):
        items = ahead(items, 2)
    way(items)
    del items
    gc.collect()
    assert soon(lambda: source.closed == 1)
    assert soon(lambda: not ours())


@pytest.mark.parametrize("way", WAYS)
def test_breaking_off_unwinds_a_generator_in_its_thread(way):
    ended_in = []

    def items():
        try:
            yield from range(10**9)
        finally:
            ended_in.append(threading.current_thread().name)

    made = ahead(items(), 2)
    way(made)
    del made
    gc.collect()
    assert soon(lambda: ended_in == ["fastmi"])


def test_closing_before_the_start():
    source = Source()
    ahead(source, 2).close()
    assert source.closed == 1


def test_a_thread_that_waits_hears_that_it_is_not_wanted():
    unwound = threading.Event()

    def items():
        yield 0
        try:
            while True:
                check_wanted()
                time.sleep(0.001)
        except SystemExit:
            unwound.set()
            raise

    made = ahead(ahead(items(), 2), 2)
    assert next(made) == 0
    made.close()
    assert unwound.wait(PATIENCE_S)


def test_closing_does_not_wait_for_a_thread_that_hangs(monkeypatch):
    monkeypatch.setattr(_ahead, "_JOIN_S", 0.01)
    hanging, go_on = threading.Event(), threading.Event()

    def items():
        yield 0
        hanging.set()
        go_on.wait(PATIENCE_S)

    made = ahead(items(), 2)
    assert next(made) == 0
    assert hanging.wait(PATIENCE_S)
    made.close()
    assert ours()
    go_on.set()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_says_that_the_thread_is_gone():
    items = ahead(Source(), 1)
    next(items)
    child = os.fork()
    if child == 0:
        try:
            for _ in range(5):
                next(items)
        except RuntimeError:
            os._exit(7)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    items.close()


# ------------------------------------------------------------------- Ctrl-C, end of process

SCRIPT = """
import sys, threading, time
import fastmi
from fastmi._ahead import ahead

def slow():
    while True:
        time.sleep(0.001)
        yield 1
"""


def started(script: str, **options) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT + script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": ROOT},
        **options,
    )


@pytest.mark.parametrize(
    "end",
    [
        "sys.exit(3)",
        "raise SystemExit(3)",
        "threading.Timer(0.01, lambda: None).start(); exit(3)",
    ],
)
def test_the_process_ends_with_threads_at_work(end):
    with started(f"items = ahead(ahead(slow(), 3), 2); next(items); {end}") as child:
        out, err = child.communicate(timeout=PATIENCE_S)
    assert (child.returncode, out, err) == (3, "", "")


FROM_STDIN = """
items = {items}
print("waiting", flush=True)
try:
    for _ in items: pass
except KeyboardInterrupt:
    print("heard", flush=True)
    {then}
    print([t.name for t in threading.enumerate()], flush=True)
"""
BLOCKS = "fastmi.read_blocks('-')"


@pytest.mark.parametrize(
    "items", [BLOCKS, f"ahead({BLOCKS}, 2)", f"ahead(ahead({BLOCKS}, 2), 2)"]
)
@pytest.mark.parametrize("sent", ["nothing", "text", "gzip"])
def test_ctrl_c_while_stdin_says_nothing(items, sent):
    """The pipe stays open: only the signal can end it, and no thread stays behind."""
    import gzip

    data = b">a\nACGT\n" * 1000
    start = {"nothing": b"", "text": data, "gzip": gzip.compress(data)[:-20]}[sent]
    read_end, write_end = os.pipe()
    script = FROM_STDIN.format(items=items, then="items.close()")
    try:
        with started(script, stdin=read_end) as child:
            os.write(write_end, start)
            assert child.stdout.readline() == "waiting\n"
            time.sleep(0.2)
            child.send_signal(signal.SIGINT)
            out, err = child.communicate(timeout=PATIENCE_S)
    finally:
        os.close(read_end)
        os.close(write_end)
    assert (out, err, child.returncode) == ("heard\n['MainThread']\n", "", 0)


@pytest.mark.parametrize("sent", [b"", b">a\nACGT\n", b"\x1f\x8b\x08\0\0\0\0\0\0\0"])
def test_the_process_ends_while_a_thread_waits_for_stdin(sent):
    """Python would abort if the thread held the lock of stdin."""
    read_end, write_end = os.pipe()
    script = "\n".join(
        [
            "items = ahead(fastmi.read_blocks('-'), 2)",
            "threading.Thread(target=lambda: list(items), daemon=True).start()",
            "time.sleep(0.3)",
            "sys.exit(3)",
        ]
    )
    try:
        with started(script, stdin=read_end) as child:
            os.write(write_end, sent)
            out, err = child.communicate(timeout=PATIENCE_S)
    finally:
        os.close(read_end)
        os.close(write_end)
    assert (child.returncode, out, err) == (3, "", "")
