"""Counts saved while a job runs, so that it goes on from there after it was killed.

A save is a whole file of counts that knows what is in it; it takes its name when it is
complete, and the one before it is kept until then, so that at any moment one of them is good.
One job and share has files of its own in the folder, and a lock that the system takes away
from a process that dies.  Where a file system has no locks two processes may do the same
work, and still every file is right.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from ._files import writing_to
from ._shares import Share
from .errors import FastMIError, FastMIWarning
from .score_bins import Saved, load_counts

EVERY_S = 60.0
_MOST_SHARE = 20  # saving takes no more than 1 in so many seconds


def checkpoint_name(job_key: str, settings: object, share: Share) -> str:
    """What a job and share are called in a folder; other files or settings, another name."""
    text = json.dumps([job_key, settings])
    i, n = share.stop / share.size, 1 / share.size
    return f"{hashlib.sha256(text.encode()).hexdigest()[:12]}-{i}-of-{n}"


class Checkpoint:
    """The saved counts of one job and share.

    Parameters
    ----------
    folder : path-like
        Made if it is not there.
    name : str
        What the files' names begin with.
    every_s : float
        Seconds from one save to the next, at least.
    memory_limit : str or int
        As for :class:`JointCounts`.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        name: str,
        every_s: float = EVERY_S,
        memory_limit: str | int = "4GB",
    ) -> None:
        if not 0 <= every_s < float("inf"):
            raise ValueError(f"checkpoint_every is a number of seconds, got {every_s!r}")
        self._folder, self._name = Path(folder), name
        self._every_s, self._memory_limit = every_s, memory_limit
        with writing_to(folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock: IO[Any] = open(self._folder / f"{name}.lock", "ab")  # noqa: SIM115
        self._locked = self._take_lock()
        self._saved_at = time.monotonic()
        self._wait_s = every_s
        try:
            self._number = max((number for number, _ in self._saves()), default=0)
        except OSError as error:
            self._lock.close()
            raise FastMIError(f"cannot read {folder}: {error.strerror or error}") from None

    def _take_lock(self) -> bool:
        """Keep others out; whether that is possible here."""
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise FastMIError(
                f"another process is counting the same with the checkpoint {self._folder}"
            ) from None
        except OSError:  # a file system without locks
            return False
        return True

    def __enter__(self) -> Checkpoint:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._lock.close()

    def _saves(self) -> list[tuple[int, Path]]:
        """The saves there are, by number, the last one first."""
        pattern = re.compile(re.escape(self._name) + r"\.(\d{1,9})\.npz", re.ASCII)
        found = ((pattern.fullmatch(path.name), path) for path in self._folder.iterdir())
        return sorted(((int(m[1]), path) for m, path in found if m), reverse=True)

    def load(self, fits: Callable[[Saved], bool]) -> Saved | None:
        """The last counts that were saved whole and fit, or None."""
        for _, path in self._saves():
            try:
                counts = load_counts(path, memory_limit=self._memory_limit)
                if fits(counts):
                    return counts
                trouble = f"{path} holds other counts"
            except FastMIError as error:
                trouble = str(error)
            warnings.warn(f"{trouble}; it is not used", FastMIWarning, stacklevel=2)
        return None

    def due(self) -> bool:
        """Whether it is time to save."""
        return time.monotonic() - self._saved_at >= self._wait_s

    def save(self, counts: Saved) -> None:
        """Save the counts, and remove the save before the last."""
        began = time.monotonic()
        self._number += 1
        counts.save(self._folder / f"{self._name}.{self._number}.npz", compress=False)
        self._remove_old()
        self._saved_at = time.monotonic()
        self._wait_s = max(self._every_s, _MOST_SHARE * (self._saved_at - began))

    def _remove_old(self) -> None:
        parts = f".{self._name}.*.part"  # of a process that was killed, if ours alone is here
        half_written = self._folder.glob(parts) if self._locked else ()
        old = [path for number, path in self._saves() if number < self._number - 1]
        for path in (*old, *half_written):
            with contextlib.suppress(OSError):
                path.unlink()
