"""Programs as a user starts them: time by the clock, processor time, peak memory.

A small process of its own starts them, as the system says of a program's peak memory no less
than what the process that started it had.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yardstick import PAUSE_S, Row

import fastmi

Command = Sequence[str]
FASTMI = (sys.executable, "-m", "fastmi")
_STARTER = """
import json, os, resource, sys, time
groups, cores = json.loads(sys.argv[1])
if cores:
    os.sched_setaffinity(0, cores)
unit = 1 if sys.platform == "darwin" else 1024
walls, cpu, peak = [], 0.0, 0
for commands in groups:
    start = time.perf_counter()
    running = {
        os.posix_spawn(c[0], c, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)]): c
        for c in commands
    }
    while running:
        process, status, usage = os.wait3(0)
        command = running.pop(process)
        if status:
            sys.exit(f"failed: {' '.join(command)[:300]}")
        cpu += usage.ru_utime + usage.ru_stime
        peak = max(peak, usage.ru_maxrss * unit)
    walls.append(time.perf_counter() - start)
print(json.dumps([walls, cpu, peak]))
"""


@dataclass(frozen=True)
class Job:
    """Programs to be started.

    Attributes
    ----------
    groups : sequence of sequences of commands
        Those of a group run at once, groups one after the other.
    without_isal : bool
        As on a machine where it is not installed.
    one_core : bool
        All on the same core.
    """

    groups: Sequence[Sequence[Command]]
    without_isal: bool = False
    one_core: bool = False


@dataclass
class Runs:
    """What the runs of a job took."""

    walls: list[float] = field(default_factory=list)
    parts: list[list[float]] = field(default_factory=list)  # of each group
    cpus: list[float] = field(default_factory=list)
    peaks: list[int] = field(default_factory=list)

    def row(self) -> Row:
        """For the JSON: the best of several runs, and the most memory of any."""
        return {
            "best_s": min(self.walls),
            "median_s": statistics.median(self.walls),
            "runs": len(self.walls),
            "cpu_s": min(self.cpus),
            "peak_bytes": max(self.peaks),
            "parts_best_s": [min(part) for part in zip(*self.parts, strict=True)],
        }


def can_pin() -> bool:
    """Whether a program can be held on one core here."""
    return hasattr(os, "sched_setaffinity")


def one_core() -> list[int]:
    """The first core that we may use."""
    return [min(os.sched_getaffinity(0))]


@contextmanager
def pinned() -> Iterator[None]:
    """Hold this process, and the threads it starts, on one core, where that can be done."""
    if not can_pin():
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, one_core())
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def run(job: Job, folder: Path, into: Runs | None = None) -> None:
    """Run the programs in a folder, with the fastmi that is imported here."""
    paths = [str(Path(fastmi.__file__).resolve().parents[1])]
    if job.without_isal:
        paths.insert(0, str(_without_isal(folder)))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    given = json.dumps([job.groups, one_core() if job.one_core else []])
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _STARTER, given],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    walls, cpu, peak = json.loads(done.stdout.splitlines()[-1])
    if into is not None:
        into.walls.append(sum(walls))
        into.parts.append(walls)
        into.cpus.append(cpu)
        into.peaks.append(peak)


def in_turn(
    jobs: dict[Any, Job],
    folder: Path,
    repeats: int,
    check: Callable[[Any], None] = lambda name: None,
) -> dict[Any, Row]:
    """Run the jobs in turn, ``repeats`` times each, after a round that is checked.

    Where one run is enough, it is that of the first round.
    """
    found = {name: Runs() for name in jobs}
    for n in range(repeats + (repeats > 1)):
        for name, job in jobs.items():
            time.sleep(PAUSE_S)
            run(job, folder, found[name] if n > 0 or repeats == 1 else None)
            if n == 0:
                check(name)
    return {name: runs.row() for name, runs in found.items()}


def _without_isal(folder: Path) -> Path:
    """A folder whose ``isal`` has nothing in it."""
    empty = folder / "without-isal"
    empty.mkdir(exist_ok=True)
    (empty / "isal.py").touch()
    return empty
