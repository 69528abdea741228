"""How a result came to be: versions, and what the run took."""

from __future__ import annotations

import platform
import resource
import sys
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from . import _core
from ._run import resolve_isa
from ._version import __version__

_MOST = 2**63  # of anything that a run takes


def versions_used() -> dict[str, Any]:
    """The versions that may matter to numbers."""
    return {
        "fastmi": __version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }


class Clock:
    """What a run takes, from the making of this object on."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def record(self, threads: int) -> dict[str, Any]:
        """The run so far.

        Parameters
        ----------
        threads : int
            How many were used.

        Returns
        -------
        dict
            ``wall_s`` and ``cpu_s`` (of all threads), ``peak_memory_bytes`` (the most that
            this process has held so far), ``threads``, ``isa``, ``runs`` (1).
        """
        return {
            "runs": 1,
            "wall_s": round(time.perf_counter() - self._wall, 3),
            "cpu_s": round(time.process_time() - self._cpu, 3),
            "peak_memory_bytes": peak_memory(),
            "threads": threads,
            "isa": resolve_isa() or _core.ISAS[-1],
        }


def peak_memory() -> int:
    """The most bytes that this process has held.

    ``getrusage`` is the second choice: on Linux a child starts with its parent's peak there.
    """
    try:
        with open("/proc/self/status") as stream:
            line = next(line for line in stream if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    except (OSError, StopIteration):
        unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes here
        return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * unit


def together(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, Any]:
    """Two runs, or sums of runs, as one: times are added, the most of the others is kept."""
    if not a or not b:
        return dict(a or b)
    names = dict.fromkeys(f"{a.get('isa', '')} {b.get('isa', '')}".split())
    return {
        "runs": _sum(a, b, "runs"),
        "wall_s": round(_sum(a, b, "wall_s"), 3),
        "cpu_s": round(_sum(a, b, "cpu_s"), 3),
        "peak_memory_bytes": max(_number(x, "peak_memory_bytes") for x in (a, b)),
        "threads": max(_number(x, "threads") for x in (a, b)),
        "isa": " ".join(sorted(names)),
    }


def _sum(a: Mapping[str, Any], b: Mapping[str, Any], name: str) -> float:
    return _number(a, name) + _number(b, name)


def _number(run: Mapping[str, Any], name: str) -> float:
    """A number of a run that may come from a damaged file; no NaN, which no JSON has."""
    found = run.get(name, 0)
    fits = isinstance(found, int | float) and not isinstance(found, bool)
    return found if fits and 0 <= found < _MOST else 0
