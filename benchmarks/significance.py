"""What significance costs beside the map: ``benchmarks/significance.py --json FILE``.

For each size, runs in turn of ``pairwise_mi`` and of ``significance`` (the map, X^2, its exact
moments, the mean of MI, and the trials that check p), and of the parts that count: X^2 of all
pairs, and one permutation of all pairs, each of which is in two permutations.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import machine
import numpy as np

import fastmi
from fastmi import FastMIWarning, PackedSequences, _core
from fastmi._counted import counted
from fastmi.stats import independence
from fastmi.stats.crossing import crossed

SIZES = (("dna", 3, 30_000, 100), ("dna", 1, 30_000, 100), ("dna", 2, 30_000, 100),
         ("protein", 1, 30_000, 56), ("dna", 3, 300_000, 100))  # fmt: skip


def sequences_of(alphabet: str, n: int, length: int) -> PackedSequences:
    size = len(fastmi.get_alphabet(alphabet))
    codes = np.random.default_rng((n, length)).integers(0, size, (n, length)).astype(np.uint8)
    return PackedSequences.from_codes(codes, alphabet=alphabet)


def timed(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def row(alphabet: str, k: int, n: int, length: int, threads: int, runs: int) -> dict[str, Any]:
    """Medians of runs in turn, in seconds, and their ratios to the map's."""
    sequences = sequences_of(alphabet, n, length)
    job, n_positions = counted(sequences), length - k + 1
    both = crossed(sequences, 1, 0)
    x2, n_ij = np.empty(n_positions**2), np.empty(n_positions**2, np.uint64)

    def permutation() -> None:
        _core.pairwise_x2(
            both.view, k, 1.0, 1.0, threads, np.zeros(2, np.int64), x2, n_ij,
            between=(n_positions, both.start),
        )  # fmt: skip

    ways: dict[str, Callable[[], object]] = {
        "map": lambda: fastmi.pairwise_mi(sequences, k, n_threads=threads),
        "significance": lambda: fastmi.significance(sequences, k, rng=1, n_threads=threads),
        "x2": lambda: independence.of_sequences(job, k, 1.0, threads, False),
        "permutation": permutation,
    }
    times: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(runs + 1):  # the first one is thrown away
        for way, call in ways.items():
            times[way].append(timed(call))
    found: dict[str, Any] = {
        "case": "significance", "alphabet": alphabet, "k": k, "n": n, "length": length,
        "threads": threads, "runs": runs, "pairs": n_positions * (n_positions - 1) // 2,
        "trials": independence.sets_wanted(n_positions) * 2
        * ((n_positions - k) * (n_positions - k + 1) // 2),
    }  # fmt: skip
    for way in ways:
        found[f"{way}_s"] = median(times[way][1:])
    for way in ("significance", "x2", "permutation"):
        ratios = [a / b for a, b in zip(times[way][1:], times["map"][1:], strict=True)]
        found[f"{way}_ratio"] = median(ratios)
    return found


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="where the numbers go")
    parser.add_argument("--quick", action="store_true", help="small sets: to see that it runs")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    args = parser.parse_args(argv)
    sizes = [("dna", 3, 500, 20)] if args.quick else SIZES
    found: dict[str, Any] = {"what": "significance", "machine": machine.machine(), "cases": []}
    warnings.simplefilter("ignore", FastMIWarning)
    for size in sizes:
        for threads in args.threads:
            line = row(*size, threads, 2 if args.quick else 7)
            found["cases"].append(line)
            print({key: line[key] for key in line if key != "case"}, flush=True)
    found["machine"]["load_after"] = machine.load()
    if args.json:
        args.json.write_text(json.dumps(found, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
