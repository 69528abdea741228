"""DeepBind scores against the same network in NumPy and torch, in one process, in turn.

    python benchmarks/deepbind.py [--json benchmarks/results/NAME.json]
    python benchmarks/deepbind.py --quick         # a second, only to see that it runs

RBMS1 (16 detectors of 16 letters, 32 hidden units) on random RNA of 40 letters: 17 windows a
sequence, each padded on its own, as the rule has it.  fastmi gets packed rows, with each
instruction set that is here; the others get the one-hot windows of their blocks for free:

``numpy``   all windows of a block at once: one product of matrices, then the layers
``torch``   conv1d over all windows of a block, then the layers (skipped where it is missing)

Every answer is held against fastmi's before it is timed.  Best and median of runs in turn are
kept; slow ways score fewer sequences (``n``), and ``sequences_per_s`` is what compares.
On a machine that others use, ``--processor-time`` takes the processor's time, not the clock's,
wherever one thread works.  ``ratio`` is fastmi's speed, with its best instructions and as many
threads, divided by that of the way.
"""

from __future__ import annotations

import argparse
import importlib
import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from machine import load, machine
from peers import pinned
from run import instructions
from yardstick import Array, Row, timed

import fastmi
from fastmi import _core, simulate
from fastmi.models import deepbind
from fastmi.models._deepbind_parameters import Parameters

LENGTH = 40
BLOCK = 250  # sequences of a block, for the ways that hold all windows at once
TOLERANCE = 1e-4
Way = Callable[[], Array]


# ---------------------------------------------------------------------- what is timed


def one_hot_windows(p: Parameters, one_hot: Array) -> Array:
    """Every window, padded with N: shape (N x windows, letters, 4) float32."""
    m, width = p.detector_length, 3 * p.detector_length // 2
    windows = np.lib.stride_tricks.sliding_window_view(one_hot, width, axis=1)
    windows = windows.transpose(0, 1, 3, 2).reshape(-1, width, 4)
    padding = np.full((len(windows), m - 1, 4), 0.25, np.float32)
    return np.ascontiguousarray(np.concatenate([padding, windows, padding], axis=1))


def with_numpy(p: Parameters, blocks: list[Array], n_windows: int) -> Array:
    """Scores of all blocks."""
    m, d = p.detector_length, p.n_detectors
    detectors = p.detectors.reshape(4 * m, d)
    scores = []
    for windows in blocks:
        positions = np.lib.stride_tricks.sliding_window_view(windows, m, axis=1)
        flat = positions.transpose(0, 1, 3, 2).reshape(-1, 4 * m)
        values = (flat @ detectors).reshape(len(windows), -1, d)
        values = np.maximum(values + p.thresholds, 0)
        pooled = np.stack([values.max(axis=1), values.mean(axis=1)], axis=2)
        hidden = np.maximum(pooled.reshape(-1, 2 * d) @ p.weights1 + p.biases1, 0)
        found = hidden @ p.weights2 + p.biases2
        scores.append(found.reshape(-1, n_windows).max(axis=1))
    return np.concatenate(scores)


class WithTorch:
    """The same in torch; its tensors are made beforehand."""

    def __init__(self, torch: Any, p: Parameters, blocks: list[Array], n_windows: int) -> None:
        self.torch, self.n_windows = torch, n_windows
        self.blocks = [torch.from_numpy(b.transpose(0, 2, 1).copy()) for b in blocks]
        self.detectors = torch.from_numpy(p.detectors.transpose(2, 1, 0).copy())
        self.rest = [
            torch.from_numpy(a.copy())
            for a in (p.thresholds, p.weights1, p.biases1, p.weights2, p.biases2)
        ]

    def __call__(self) -> Array:
        """Scores of all blocks."""
        thresholds, weights1, biases1, weights2, biases2 = self.rest
        scores = []
        with self.torch.inference_mode():
            for block in self.blocks:
                values = self.torch.conv1d(block, self.detectors, thresholds).relu()
                pooled = self.torch.stack([values.amax(dim=2), values.mean(dim=2)], dim=2)
                hidden = (pooled.flatten(1) @ weights1 + biases1).relu()
                found = hidden @ weights2 + biases2
                scores.append(found.reshape(-1, self.n_windows).amax(dim=1))
            return np.asarray(self.torch.cat(scores).numpy())


def with_fastmi(
    model: deepbind.DeepBind, packed: fastmi.PackedSequences, threads: int, isa: str
) -> Array:
    """Scores by this library."""
    with instructions(isa):
        return model.predict(packed, n_threads=threads)


def check(name: object, found: Array, expected: Array) -> None:
    """Raise unless the scores are those of fastmi."""
    worst = float(np.abs(found - expected[: len(found)]).max())
    assert worst < TOLERANCE, f"{name}: a score differs by {worst}"


def ways(
    model: deepbind.DeepBind, packed: fastmi.PackedSequences, n_slow: int, threads: list[int]
) -> dict[tuple[str, str, int], tuple[int, Way]]:
    """Number of sequences and what scores them, by way, instruction set and threads."""
    p = model.parameters
    one_hot = packed[:n_slow].to_one_hot()
    blocks = [one_hot_windows(p, one_hot[at : at + BLOCK]) for at in range(0, n_slow, BLOCK)]
    n_windows = LENGTH - model.window_length + 1
    found: dict[tuple[str, str, int], tuple[int, Way]] = {}
    for t in threads:
        for isa in _core.ISAS:
            found["fastmi", isa, t] = len(packed), partial(with_fastmi, model, packed, t, isa)
        found["numpy", "", t] = n_slow, partial(with_numpy, p, blocks, n_windows)
    try:
        torch = importlib.import_module("torch")
    except ImportError:
        print("  torch is missing: skipped")
        return found
    job = WithTorch(torch, p, blocks, n_windows)
    return found | {("torch", "", t): (n_slow, job) for t in threads}


# ------------------------------------------------------------------------------ the program


def measure(
    n: int, n_slow: int, repeats: int, threads: list[int], processor_time: bool
) -> list[Row]:
    """Every way, checked and then timed in turn."""
    model = deepbind.load("RBMS1")
    packed = simulate.random(n, LENGTH, "rna", rng=1).pack()
    expected = model.predict(packed)
    every = ways(model, packed, n_slow, threads)
    jobs: dict[Any, Callable[[], object]] = {}
    obeys: dict[Any, bool] = {}

    def limited(job: Way, t: int) -> None:
        with pinned(t):
            job()

    for name, (_, job) in every.items():
        with pinned(name[2]) as blas:
            check(name, job(), expected)
            obeys[name] = blas or name[0] != "numpy"
        jobs[name] = job if name[0] == "fastmi" else partial(limited, job, name[2])
    rows = []
    one = time.process_time if processor_time else time.perf_counter
    times = timed(jobs, repeats, lambda name: one if name[2] == 1 else time.perf_counter)
    for name, found in times.items():
        way, isa, t = name
        speed = every[name][0] / found["best_s"]
        best = n / times["fastmi", _core.ISAS[-1], t]["best_s"]
        row: Row = {
            "case": "DeepBind RBMS1",
            "way": way,
            "isa": isa,
            "threads": t,
            "clock": "processor" if processor_time and t == 1 else "wall",
            "threads_are_limited": obeys[name],
            "n": every[name][0],
            "length": LENGTH,
            **found,
            "sequences_per_s": speed,
            "ratio": best / speed,
        }
        rows.append(row)
        print(
            f"  {way:<8}{isa:<8}{t} thr {found['best_s']:9.4f} s  {speed:12,.0f} sequences/s  "
            f"fastmi is {row['ratio']:6.2f} times as fast",
            flush=True,
        )
    return rows


def main(argv: list[str] | None = None) -> int:
    """Measure, print and, if asked, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", help="file for the numbers")
    parser.add_argument("--repeats", type=int, help="runs of each (default 7)")
    parser.add_argument("--quick", action="store_true", help="few sequences, two runs")
    parser.add_argument("--threads", type=int, nargs="+", help="default: one, and all cores")
    parser.add_argument("--processor-time", action="store_true", help="of one thread")
    parser.add_argument("--note", default="", help="kept in the file: what disturbed the run")
    args = parser.parse_args(argv)
    about: dict[str, Any] = machine(("torch", "threadpoolctl"))
    print(f"{about['processor']}, {about['threads']} cores, load {about['load_before']}")
    print(f"fastmi {about['fastmi']} at {about['commit']}; torch {about['torch']}")
    n, n_slow, repeats = (2_000, 300, 2) if args.quick else (1_000_000, 2_000, 7)
    threads = sorted({*(args.threads or (1, int(about["threads"])))})
    rows = measure(n, n_slow, args.repeats or repeats, threads, args.processor_time)
    if args.json:
        result = {
            "note": args.note,
            "machine": {**about, "load_after": load()},
            "cases": rows,
        }
        Path(args.json).write_text(json.dumps(result, indent=1) + "\n")
        print(f"wrote {args.json}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
