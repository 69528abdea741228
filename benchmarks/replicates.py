"""What a replicate of a bootstrap, or half of a random split, costs beside a map.

    python benchmarks/replicates.py -o benchmarks/results/replicates-NAME.json

All in turn, one thread, from packed rows to MI of all pairs; a replicate includes its weights.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from machine import machine

import fastmi
from fastmi import _core
from fastmi._counted import counted
from fastmi._draws import Stream
from fastmi.stats._replicates import Mapper, poisson_weights, random_part

SHAPES = (
    ("dna", 1, 30_000, 100),
    ("dna", 2, 30_000, 100),
    ("dna", 3, 30_000, 100),
    ("dna", 3, 5_000, 100),
    ("dna", 4, 30_000, 40),
    ("dna", 5, 30_000, 40),
    ("protein", 1, 30_000, 56),
    ("protein", 2, 30_000, 30),
)
QUICK = (("dna", 2, 500, 12),)


def least(jobs: dict[str, Callable[[], Any]], repeats: int) -> dict[str, float]:
    """The least time of each, in turn."""
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(repeats):
        for name, work in jobs.items():
            began = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - began)
    return {name: min(each) for name, each in times.items()}


def measure(alphabet: str, k: int, n: int, length: int, repeats: int) -> dict[str, Any]:
    """One shape."""
    letters = 4 if alphabet == "dna" else 20
    codes = np.random.default_rng(1).integers(0, letters, (n, length), dtype=np.uint8)
    packed = fastmi.PackedSequences.from_codes(codes, alphabet)
    mapper = Mapper(counted(packed), k, 5.0, 1)
    control, draws = np.zeros(2, np.int64), poisson_weights(1, 0, n)
    n_pairs = _core.n_pairs(length, k)
    mi, n_ij = np.empty(n_pairs), np.empty(n_pairs, np.uint64)
    view = _core.Seqs(packed.rows, packed.mask, length, letters)
    found = least(
        {
            "map": lambda: _core.pairwise_mi(view, k, 5.0, 1, control, mi, n_ij),
            "replicate": lambda: mapper.map(next(draws), control),
            "half": lambda: mapper.map(random_part(1, 0, n, n // 2, Stream.SPLITS), control),
        },
        repeats,
    )
    return {
        "case": "replicates",
        "alphabet": alphabet,
        "k": k,
        "n": n,
        "length": length,
        "map_s": found["map"],
        "replicate": found["replicate"] / found["map"],
        "half": found["half"] / found["map"],
    }


def main() -> None:
    """Measure, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--out")
    parser.add_argument("--repeats", type=int, default=12)
    args = parser.parse_args()
    rows = [measure(*shape, args.repeats) for shape in SHAPES]
    for row in rows:
        print(
            f"{row['alphabet']:8} k = {row['k']} {row['n']:7,} x {row['length']:3}  "
            f"map {1e3 * row['map_s']:6.1f} ms  replicate x {row['replicate']:.2f}  "
            f"half x {row['half']:.2f}"
        )
    if args.out:
        found = {"machine": machine(), "cases": rows}
        Path(args.out).write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
