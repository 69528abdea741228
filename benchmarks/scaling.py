"""Two shards, by one process and by two: ``fastmi.distributed``, and commands by hand.

The work is the same however many do it: two shards on one thread each, and one merge of them.
Compressed files are read whole by each shard that has some of them: ``read_times`` says how
often the bytes of all are read, and a run with a shard a file shows what that costs.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from processes import FASTMI, Command, Job, in_turn
from yardstick import Row, write_store

import fastmi
from fastmi._inputs import inputs_of, pieces_of
from fastmi._shares import parse_shard

LENGTH = 100
OUT = "processes.npz"
ONE, TWO = "1 worker", "2 workers"
IN_TURN, AT_ONCE = "2 commands, in turn", "2 commands, at once"
_DISTRIBUTED = (
    "import sys, fastmi.distributed\n"
    "k, workers, shards = map(int, sys.argv[1:4])\n"
    "fastmi.distributed.count(\n"
    "    sys.argv[5:], k, n_workers=workers, n_shards=shards, n_threads=1\n"
    ").save(sys.argv[4])\n"
)


def read_times(paths: list[Path], n_shards: int) -> float:
    """How often the bytes of the files are read, if each shard reads its files whole."""
    inputs = inputs_of(paths)
    shards = (parse_shard((i + 1, n_shards)) for i in range(n_shards))
    read = sum(
        piece.input.n_bytes or 0 for share in shards for piece in pieces_of(inputs, share)
    )
    return read / sum(i.n_bytes or 0 for i in inputs)


def distributed(paths: list[Path], k: int, workers: int, shards: int) -> Job:
    """One program with workers."""
    numbers = (str(k), str(workers), str(shards))
    return Job([[(sys.executable, "-c", _DISTRIBUTED, *numbers, OUT, *map(str, paths))]])


def by_hand(paths: list[Path], k: int, at_once: bool) -> Job:
    """Two commands and a merge."""
    count = (*FASTMI, "count", *map(str, paths), "-k", str(k), "--threads", "1")
    shards: list[Command] = [
        (*count, "--shard", f"{i}/2", "-o", f"shard-{i}.npz") for i in (1, 2)
    ]
    merge = (*FASTMI, "merge", "shard-1.npz", "shard-2.npz", "-o", OUT)
    return Job([shards, [merge]] if at_once else [[shards[0]], [shards[1]], [merge]])


def processes(
    packed: list[Path], folder: Path, k: int, n_store: int, repeats: int
) -> list[Row]:
    """Two shards of compressed files and of a store."""
    store = folder / "processes.store.npy"
    write_store(store, n_store, LENGTH)
    inputs = {"FASTA.gz": packed, "store": [store]}
    jobs = {}
    for kind, paths in inputs.items():
        jobs[kind, ONE, 2] = distributed(paths, k, 1, 2)
        jobs[kind, TWO, 2] = distributed(paths, k, 2, 2)
        jobs[kind, IN_TURN, 2] = by_hand(paths, k, at_once=False)
        jobs[kind, AT_ONCE, 2] = by_hand(paths, k, at_once=True)
    n_files = len(packed)
    jobs["FASTA.gz", TWO, n_files] = distributed(packed, k, 2, n_files)
    at_once = {kind: fastmi.count(paths, k) for kind, paths in inputs.items()}

    def check(name: tuple[str, str, int]) -> None:
        found = fastmi.JointCounts.load(folder / OUT)
        assert np.array_equal(found._tables, at_once[name[0]]._tables), name

    times = in_turn(jobs, folder, repeats, check)
    rows = []
    for (kind, way, shards), best in times.items():
        other = times[kind, IN_TURN if way == AT_ONCE else ONE, 2]
        row: Row = {
            "case": "processes",
            "input": kind,
            "way": way,
            "shards": shards,
            "files": len(inputs[kind]),
            "read_times": read_times(inputs[kind], shards) if kind == "FASTA.gz" else 1.0,
            "n": at_once[kind].n_sequences,
            "length": at_once[kind].length,
            **best,
            "speed_of_one": other["best_s"] / best["best_s"],
            "speed_of_one_medians": other["median_s"] / best["median_s"],
        }
        rows.append(row)
        print(
            f"  {kind:<9}{shards} shards, {way:<21}{row['best_s']:8.3f} s, "
            f"CPU {row['cpu_s']:.3f} s, x {row['speed_of_one']:.2f} of one",
            flush=True,
        )
    store.unlink()
    return rows
