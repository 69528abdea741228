"""Running long jobs: threads and instructions, how far they are, how they are stopped.

A C job runs in a worker thread while the caller's thread waits, draws progress and hears
Ctrl-C; the two share a small array (``fmi_control``).  This way the C code calls nothing of
Python, a stop takes milliseconds, and OpenMP's threads end with the worker, so that a later
``fork`` finds none of them missing.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from . import _core

Control = npt.NDArray[np.int64]
_WAIT_S = 0.05
_WORTH_SAYING_S = 5.0  # of waiting still
_MOST_THREADS = 1024
# Work up to which one thread was never slower than two, in pairs x (rows + _CELL x cells): a
# second thread takes 30 to 130 us to start, such a job as a whole 60 to 300 us. Measured on
# DNA at k = 1 to 3 and proteins at k = 1, 10 to 5,000 sequences of 10 to 100 letters, with
# each instruction set; best of 60 in turn on a Zen 5 EPYC with 2 cores.
_SMALL_WORK = 400_000
_CELL = 16  # a cell's evaluation, and its share of a tile's setting up, in rows counted


def _from_environment(name: str) -> int | None:
    text = os.environ.get(name, "").split(",")[0].strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= _MOST_THREADS:
        raise ValueError(
            f"the environment variable {name} must be a whole number between 1 and "
            f"{_MOST_THREADS}, got {text!r}"
        )
    return int(text)


def _cgroup_cores() -> int | None:
    """Cores that a container's CPU quota leaves, rounded up (cgroup version 2 or 1)."""
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
    except (OSError, ValueError):
        folder = Path("/sys/fs/cgroup/cpu")
        try:
            quota = (folder / "cpu.cfs_quota_us").read_text()
            period = (folder / "cpu.cfs_period_us").read_text()
        except OSError:
            return None
    try:
        return max(1, -(-int(quota) // int(period))) if int(quota) > 0 else None
    except ValueError:  # "max": no quota
        return None


def resolve_threads(n_threads: int | None = None) -> int:
    """How many threads to use.

    Parameters
    ----------
    n_threads : int, optional
        An explicit wish. Otherwise FASTMI_NUM_THREADS, else OMP_NUM_THREADS, else the least
        of SLURM_CPUS_PER_TASK, the cores this process may run on, and its CPU quota.

    Returns
    -------
    int
        At least 1; always 1 where fastmi was built without OpenMP.
    """
    if n_threads is not None:
        if not isinstance(n_threads, int | np.integer) or isinstance(n_threads, bool):
            raise TypeError(f"n_threads must be a whole number, got {n_threads!r}")
        if not 1 <= n_threads <= _MOST_THREADS:
            raise ValueError(
                f"n_threads must be between 1 and {_MOST_THREADS}, got {n_threads}"
            )
        wish = int(n_threads)
    else:
        found = _from_environment("FASTMI_NUM_THREADS") or _from_environment("OMP_NUM_THREADS")
        if found is None:
            affinity = (
                len(os.sched_getaffinity(0))
                if hasattr(os, "sched_getaffinity")
                else os.cpu_count() or 1
            )
            limits = (_from_environment("SLURM_CPUS_PER_TASK"), _cgroup_cores())
            found = min([affinity, *(n for n in limits if n is not None)])
        wish = found
    return wish if _core.HAS_OPENMP else 1


def useful_threads(n_threads: int, n_pairs: int, n_rows: int, n_kmers: int) -> int:
    """How many of the threads are worth starting: all, or one where there is little to do.

    Parameters
    ----------
    n_threads : int
        As resolved.
    n_pairs, n_rows, n_kmers : int
        Tables, sequences counted into each of them, and rows and columns of a table.

    Returns
    -------
    int
    """
    work = n_pairs * (n_rows + _CELL * n_kmers**2)
    return n_threads if work > _SMALL_WORK else 1


def resolve_isa() -> str:
    """Which instruction set to use.

    Returns
    -------
    str
        The one named in the environment variable FASTMI_ISA; empty, for the best there is,
        where that is unset or empty.
    """
    isa = os.environ.get("FASTMI_ISA", "").strip()
    if isa and isa not in _core.ALL_ISAS:
        raise ValueError(
            f"the environment variable FASTMI_ISA must be one of {', '.join(_core.ALL_ISAS)}, "
            f"got {isa!r}"
        )
    if isa and isa not in _core.ISAS:
        raise ValueError(
            f"the environment variable FASTMI_ISA is {isa!r}, but this machine has no {isa}; "
            f"it has: {', '.join(_core.ISAS)}"
        )
    return isa


class Progress:
    """A progress bar on a terminal, one line per 10 % elsewhere; always on stderr.

    Parameters
    ----------
    total : int
        Units of work in all.
    what : str
        What is being done, shown in front.
    show : bool
        If False, nothing is ever written.
    unit : str
        What the units are called, to say how many there are in a second.
    quiet : float
        Seconds in which no line is written: for work that may be one of many short jobs.
    """

    def __init__(
        self, total: int, what: str, show: bool, unit: str = "", quiet: float = 0.0
    ) -> None:
        self._total, self._quiet = max(total, 1), quiet
        self._unit, self._began = unit, time.monotonic()
        self._what = what
        self._tenth = 0
        self._done = 0
        self._show = show
        self._bar: tqdm[None] | None = None
        if show and sys.stderr.isatty():
            self._bar = tqdm(
                total=total,
                desc=what,
                unit=f" {unit}" if unit else "",
                unit_scale=True,
                leave=False,
                delay=0.5,
            )

    def update(self, done: int) -> None:
        """Say that ``done`` units are finished in all."""
        if self._bar is not None:
            self._bar.update(done - self._done)
        elif self._show and done * 10 // self._total > self._tenth and self._loud:
            self._tenth = min(done * 10 // self._total, 10)
            words = f"fastmi: {self._what}: {self._tenth * 10} %{self._pace(done)}"
            print(words, file=sys.stderr, flush=True)
        self._done = done

    @property
    def _loud(self) -> bool:
        return time.monotonic() - self._began >= self._quiet

    def _pace(self, done: int) -> str:
        """How fast it goes and how long it will, where that is worth saying."""
        took = time.monotonic() - self._began
        left = took * (self._total - done) / max(done, 1)
        if left < _WORTH_SAYING_S:
            return ""
        rate = f", {done / took:,.0f} {self._unit}/s" if self._unit else ""
        return f"{rate}, {timedelta(seconds=round(left))} left"

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()


def run_job(
    job: Callable[[Control], None], total: int, what: str, progress: bool = False
) -> None:
    """Run ``job(control)`` in a worker thread until it ends or Ctrl-C stops it.

    Parameters
    ----------
    job : callable
        Takes the control array: [0] counts finished work, [1] set means stop.
    total : int
        The count at which the work is done.
    what : str
        Name of the job for the progress line.
    progress : bool
        Whether to show progress on stderr.
    """
    control: Control = np.zeros(2, np.int64)
    failure: list[BaseException] = []

    def work() -> None:
        try:
            job(control)
        except BaseException as error:  # handed to the caller's thread below
            failure.append(error)

    worker = threading.Thread(target=work, name="fastmi", daemon=True)
    bar = Progress(total, what, progress)
    try:
        worker.start()
        while worker.is_alive():
            worker.join(_WAIT_S)
            bar.update(int(control[0]))
        bar.update(int(control[0]))
    except BaseException:
        control[1] = 1
        if worker.is_alive():
            worker.join()
        raise
    finally:
        bar.close()
    if failure:
        raise failure[0]
