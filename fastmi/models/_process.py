"""A process with its three pipes: what is sent, what it answers, its last words."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import weakref
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from queue import Empty, Queue
from time import monotonic, sleep
from typing import IO

from .._ahead import WAIT_S, check_wanted

_PIECE = 1 << 16  # bytes read at a time
_PIECES = 64  # read but not looked at yet, at most
_LONGEST = 1 << 20  # bytes of a line
_WORDS = 400  # characters of its last words
_PATIENCE_S = 5.0  # for a process that was killed, or has closed its stdout


class TimedOut(Exception):
    """A process did not answer in time."""

    def __init__(self, stderr: str) -> None:
        super().__init__(stderr)
        self.stderr = stderr


class Died(Exception):
    """A process ended before it should, or with an error."""

    def __init__(self, how: str, stderr: str) -> None:
        super().__init__(how, stderr)
        self.how, self.stderr = how, stderr


class Process:
    """A program that runs.

    Parameters
    ----------
    words : sequence of str
        The program and its arguments.
    cwd : path-like, optional
        The folder it runs in.
    """

    def __init__(self, words: Sequence[str], cwd: str | os.PathLike[str] | None) -> None:
        pipe = subprocess.PIPE
        try:
            # a session of its own: what it starts can be ended with it, and Ctrl-C is ours
            self._popen = subprocess.Popen(
                words, stdin=pipe, stdout=pipe, stderr=pipe, cwd=cwd, start_new_session=True
            )
        except OSError as error:
            raise Died(f"cannot be started ({error.strerror or error})", "") from error
        self._writers: list[threading.Thread] = []
        self._end = weakref.finalize(self, _kill, self._popen, self._writers)
        assert self._popen.stdout is not None
        assert self._popen.stderr is not None
        self._pieces: Queue[bytes] = Queue(_PIECES)
        self._words: deque[bytes] = deque(maxlen=2)
        self._readers = [
            _thread(_read, self._popen.stdout, self._pieces),
            _thread(_listen, self._popen.stderr, self._words),
        ]

    def send(self, text: bytes, last: bool) -> None:
        """Write to its stdin while others read; close that behind the last."""
        self._writers[:] = [_thread(_write, self._popen.stdin, text, last)]

    def has_more(self, wait_s: float) -> bool:
        """Whether it wrote something that nobody asked for, or does so before long."""
        sleep(wait_s)
        with self._pieces.mutex:
            return bool(self._pieces.queue and self._pieces.queue[0])

    def lines(self, n: int, until: float | None, to_end: bool) -> list[bytes]:
        """Lines of its stdout.

        Parameters
        ----------
        n : int
            How many are wanted; reading ends soon after more have come.
        until : float or None
            When to give up, by ``time.monotonic``.
        to_end : bool
            Whether it must close its stdout behind them and end without an error; else it
            must go on.

        Returns
        -------
        list of bytes
            Without what ends a line; n of them, or another number where there are no more or
            too many.

        Raises
        ------
        TimedOut, Died
            What happened instead.
        """
        found: list[bytes] = []
        held = b""
        while len(found) <= n:
            piece = self._next(until, wait=to_end or len(found) < n)
            if piece is None:  # nothing more, nor wanted
                break
            if not piece:
                found += [held] if held else []
                self._ended(until, to_end)
                return [line.removesuffix(b"\r") for line in found]
            *whole, held = (held + piece).split(b"\n")
            found += whole
            if len(held) > _LONGEST:
                break
        found += [held] if held else []  # too long, or begun beyond what was asked for
        return [line.removesuffix(b"\r") for line in found]

    def _next(self, until: float | None, wait: bool) -> bytes | None:
        """What it wrote next, b"" at the end; None if it wrote nothing and need not."""
        while True:
            if until is not None and monotonic() > until:
                raise self._timed_out()
            check_wanted()
            try:
                return self._pieces.get(wait, WAIT_S)
            except Empty:
                if not wait:
                    return None

    def _timed_out(self) -> TimedOut:
        self.close()
        return TimedOut(self.stderr())

    def _ended(self, until: float | None, to_end: bool) -> None:
        """It closed its stdout: raise unless it may, and ends without an error."""
        left = _PATIENCE_S if until is None else max(until - monotonic(), WAIT_S)
        try:
            status = self._popen.wait(left if to_end else _PATIENCE_S)
        except subprocess.TimeoutExpired:
            raise self._timed_out() from None
        if status or not to_end:
            self.close()
            raise Died(_how(status), self.stderr())

    def stderr(self) -> str:
        """Its last words, on one line."""
        self._readers[1].join(WAIT_S)
        text = " ".join(b"".join(self._words).decode("utf-8", "replace").split())
        return text if len(text) <= _WORDS else "..." + text[-_WORDS:]

    def close(self) -> None:
        """End it and all that it started."""
        self._end()
        until = monotonic() + _PATIENCE_S
        while self._readers[0].is_alive() and monotonic() < until:
            with suppress(Empty):  # it may wait for room
                self._pieces.get(timeout=WAIT_S)
        for reader in self._readers:
            reader.join(max(0, until - monotonic()))


def _how(status: int) -> str:
    if status >= 0:
        return f"ended with status {status}" if status else "ended before all was answered"
    with suppress(ValueError):
        return f"was ended by {signal.Signals(-status).name}"
    return f"was ended by signal {-status}"


def _kill(popen: subprocess.Popen[bytes], writers: list[threading.Thread]) -> None:
    """End a process and its group, and close what nobody reads any more."""
    with suppress(OSError):  # it, or all of them, may be gone
        if hasattr(os, "killpg"):
            os.killpg(popen.pid, signal.SIGKILL)
        else:
            popen.kill()
    with suppress(subprocess.TimeoutExpired):
        popen.wait(_PATIENCE_S)
    for writer in writers:
        writer.join(_PATIENCE_S)
    if popen.stdin is not None and not any(writer.is_alive() for writer in writers):
        with suppress(OSError, ValueError):
            popen.stdin.close()


def _thread(work: object, *args: object) -> threading.Thread:
    thread = threading.Thread(target=work, args=args, name="fastmi", daemon=True)  # type: ignore[arg-type]
    thread.start()
    return thread


def _write(pipe: IO[bytes], text: bytes, last: bool) -> None:
    with suppress(OSError, ValueError):  # it does not read any more, which its answers tell
        pipe.write(text)
        pipe.flush()
    if last:
        with suppress(OSError, ValueError):
            pipe.close()


def _read(pipe: IO[bytes], pieces: Queue[bytes]) -> None:
    with pipe:
        while piece := os.read(pipe.fileno(), _PIECE):
            pieces.put(piece)
    pieces.put(b"")


def _listen(pipe: IO[bytes], words: deque[bytes]) -> None:
    with pipe:
        while piece := os.read(pipe.fileno(), _PIECE):
            words.append(piece)
