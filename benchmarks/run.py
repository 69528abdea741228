"""fastmi against the plain compiled loop: time, threads, instruction sets, skew, memory.

    python benchmarks/run.py [--large] [-o benchmarks/results/NAME.json]
    python benchmarks/run.py --quick          # seconds, only to see that it runs

The yardstick is ``plain_loop.c``, compiled here with -O3 for this processor: one table a pair,
one increment a row.  It gets its columns of k-mer codes for free and measures a sample of the
pairs (``pairs_measured``), scaled linearly to all of them.  fastmi is timed from packed rows to
the finished map: the public function, and (``core_``) its C call alone, without the look for
conserved positions that comes before it.  Two ratios are kept for each:

``ratio_counting``   the loop counts and nothing else
``ratio_with_mi``    the loop counts, then fastmi's own ``mi_tables`` evaluates its tables

Every answer is checked before it is timed: the loop's tables against np.bincount, fastmi's MI
against that of the loop's tables, bit for bit.  What is compared runs in turn; best and median
are kept.  On a machine that others use, ``--processor-time`` takes the processor's time, not
the clock's, wherever one thread works.  ``--large`` adds ten million sequences: reading, memory
and time (2 GB on disk), ``--end-to-end`` what ``end_to_end.py`` measures.  README and docs take
their numbers from the JSON files only (``benchmarks/report.py``).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import end_to_end
import numpy as np
from machine import load, machine
from weighted import weighted
from yardstick import (
    SKEWED,
    Array,
    Loops,
    Row,
    Shape,
    Yardstick,
    compile_loops,
    letters_of,
    random_codes,
    timed,
    write_fasta,
    write_store,
)

import fastmi
from fastmi import _core, _reference

HERE = Path(__file__).parent
CLOCK = "wall"  # or "processor", for one thread


# -------------------------------------------------------------------------------------- maps


@contextmanager
def instructions(isa: str) -> Iterator[None]:
    """Count with these; with the best of this machine where it is empty."""
    before = os.environ.get("FASTMI_ISA")
    os.environ["FASTMI_ISA"] = isa
    try:
        yield
    finally:
        del os.environ["FASTMI_ISA"]
        if before is not None:
            os.environ["FASTMI_ISA"] = before


def whole_map(
    packed: fastmi.PackedSequences, k: int, threads: int, isa: str = ""
) -> fastmi.MIResult:
    """The job: packed rows to the finished map."""
    with instructions(isa), warnings.catch_warnings():
        warnings.simplefilter("ignore", fastmi.FastMIWarning)  # conserved positions
        return fastmi.pairwise_mi(packed, k, n_threads=threads)


class CoreCall:
    """The C call of the job, into arrays that are there."""

    def __init__(self, packed: fastmi.PackedSequences, k: int, threads: int, isa: str) -> None:
        n_pairs = _core.n_pairs(packed.length, k)
        mi, n_ij = np.zeros(n_pairs), np.zeros(n_pairs, np.uint64)
        self.given = (packed.view, k, 5.0, threads, np.zeros(2, np.int64), mi, n_ij)
        self.isa = isa

    def __call__(self) -> None:
        """Count and evaluate."""
        _core.pairwise_mi(*self.given, isa=self.isa)


def same_bits(found: Array, expected: Array) -> bool:
    """NaN equals NaN."""
    return found.tobytes() == np.ascontiguousarray(expected).tobytes()


def check_map(shape: Shape, codes: Array, packed: fastmi.PackedSequences, isa: str) -> None:
    """Without a compiler: some rows against the plain kernel, bit for bit; one table."""
    few = fastmi.PackedSequences.from_codes(codes[:1000], shape.alphabet)
    n_pairs = len(shape.pairs)
    if n_pairs * shape.n_kmers**2 < 2e8:  # else minutes
        mi, n_ij = np.empty(n_pairs), np.empty(n_pairs, np.uint64)
        control = np.zeros(2, np.int64)
        _core.pairwise_mi(few.view, shape.k, 5.0, 1, control, mi, n_ij, kernel="plain")
        found = whole_map(few, shape.k, 1, isa).matrix
        assert same_bits(np.array([found[p] for p in shape.pairs]), mi), (shape, isa)
    i, j = shape.pairs[-1]
    if shape.n_kmers <= 1024:
        table = _reference.count_pair(codes[:1000], shape.letters, shape.k, i, j)
        assert np.array_equal(whole_map(few, shape.k, 1, isa).source.table(i, j), table)


Setting = tuple[int, str]  # threads, instruction set ("": the best)


def measure(
    shapes: list[Shape],
    settings: list[Setting],
    loop: Callable[..., None] | None,
    repeats: int,
    case: str = "map",
) -> list[Row]:
    """Several data sets with several settings each, and the loop, all in turn."""
    jobs: dict[Any, Callable[[], object]] = {}
    sticks: dict[Shape, Yardstick] = {}
    kernels: dict[Any, str] = {}
    for shape in shapes:
        codes = letters_of(shape)
        packed = fastmi.PackedSequences.from_codes(codes, shape.alphabet)
        expected: Array | None = None
        if loop is not None:
            stick = sticks[shape] = Yardstick(loop, shape, codes)
            stick.check(codes)
            stick.run(1, with_mi=True)
            expected = stick.mi.copy()
        for threads, isa in settings:
            found = whole_map(packed, shape.k, threads, isa)
            if expected is None:
                check_map(shape, codes, packed, isa)
            else:
                mi = np.array([found.matrix[p] for p in sticks[shape].pairs])
                assert same_bits(mi, expected), (shape, threads, isa)
            kernels[shape, threads, isa] = str(found.provenance["kernel"])
            jobs["fastmi", shape, threads, isa] = partial(
                whole_map, packed, shape.k, threads, isa
            )
            jobs["core", shape, threads, isa] = CoreCall(packed, shape.k, threads, isa)
        for threads in sorted({threads for threads, _ in settings} if loop else ()):
            for with_mi in (False, True):
                jobs["loop", shape, threads, with_mi] = partial(
                    sticks[shape].run, threads, with_mi
                )
                if threads > 1:
                    jobs["loop", shape, threads, with_mi]()  # makes its buffers
    one = time.process_time if CLOCK == "processor" else time.perf_counter
    results = timed(jobs, repeats, lambda name: one if name[2] == 1 else time.perf_counter)
    rows = []
    for shape in shapes:
        n_pairs = len(shape.pairs)
        for threads, isa in settings:
            own = results["fastmi", shape, threads, isa]
            core = results["core", shape, threads, isa]
            row: Row = {
                "case": case,
                "n": shape.n,
                "length": shape.length,
                "alphabet": shape.alphabet,
                "k": shape.k,
                "kind": shape.kind,
                "pairs": n_pairs,
                "threads": threads,
                "isa": isa or _core.ISAS[-1],
                "best_isa": isa in ("", _core.ISAS[-1]),
                "kernel": kernels[shape, threads, isa],
                **own,
                "updates_per_s": shape.n * n_pairs / own["best_s"],
                "core_best_s": core["best_s"],
                "core_median_s": core["median_s"],
                "core_updates_per_s": shape.n * n_pairs / core["best_s"],
            }
            for name, with_mi in (("counting", False), ("with_mi", True)):
                if loop is None:
                    continue
                measured = len(sticks[shape].pairs)
                other = results["loop", shape, threads, with_mi]
                scale = n_pairs / measured
                row[f"loop_{name}"] = {
                    "pairs_measured": measured,
                    **other,
                    "all_pairs_best_s": other["best_s"] * scale,
                    "updates_per_s": shape.n * measured / other["best_s"],
                }
                row[f"ratio_{name}"] = other["best_s"] * scale / own["best_s"]
                row[f"ratio_{name}_medians"] = other["median_s"] * scale / own["median_s"]
                row[f"core_ratio_{name}"] = other["best_s"] * scale / core["best_s"]
            rows.append(row)
            print(sentence(row), flush=True)
    return rows


def sentence(row: Row) -> str:
    """A row for people."""
    shape = Shape(row["alphabet"], row["k"], row["n"], row["length"], row["kind"])
    names = ("ratio_counting", "ratio_with_mi", "core_ratio_counting", "core_ratio_with_mi")
    ratios = " ".join(f"{row[r]:6.2f}" for r in names if r in row)
    core = row.get("core_best_s", 0.0)
    return (
        f"  {shape.title:<66}{row['threads']} thr {row['kernel']:<15}{row['best_s']:8.4f} s"
        f" (core {core:.4f}) {row['updates_per_s'] / 1e9:7.2f} G/s  x {ratios}"
    )


# ------------------------------------------------------------------------------ other cases


def parsing(folder: Path, n: int, repeats: int) -> list[Row]:
    """Records a second from a FASTA in the page cache, on one core."""
    path = folder / "reads.fa"
    write_fasta(path, n)
    first = random_codes(min(n, 100_000), 100, seed=0)[:3]
    assert fastmi.read(path)[:3] == fastmi.PackedSequences.from_codes(first)
    result = timed({"fasta": lambda: fastmi.read(path)}, repeats)["fasta"]
    size = path.stat().st_size
    path.unlink()
    return [
        {
            "case": "read FASTA",
            "n": n,
            "length": 100,
            "threads": 1,
            **result,
            "records_per_s": n / result["best_s"],
            "bytes_per_s": size / result["best_s"],
        }
    ]


def against_numpy(n: int, repeats: int) -> list[Row]:
    """The same counts by np.bincount and NumPy, one core, in turn."""
    k, length = 3, 24
    codes = random_codes(n, length)
    packed = fastmi.PackedSequences.from_codes(codes)
    pairs = list(_reference.pairs(length, k))

    def twin() -> list[Array]:
        columns = [_reference.kmer_column(codes, 4, k, i) for i in range(length - k + 1)]
        return [np.bincount(columns[i] * 64 + columns[j], minlength=4096) for i, j in pairs]

    counts = fastmi.JointCounts(length, k)
    counts.add(packed, n_threads=1)
    assert np.array_equal(counts.table(*pairs[5]).ravel(), twin()[5])

    def ours() -> None:
        fastmi.JointCounts(length, k).add(packed, n_threads=1)

    result = timed({"fastmi": ours, "np.bincount": twin}, repeats)
    return [
        {
            "case": "joint counts against np.bincount",
            "n": n,
            "length": length,
            "k": k,
            "threads": 1,
            **result["fastmi"],
            "bincount_best_s": result["np.bincount"]["best_s"],
            "ratio": result["np.bincount"]["best_s"] / result["fastmi"]["best_s"],
        }
    ]


# getrusage's number is never below the parent's where that forks; the kernel's own file is new
_PEAK = (
    "import json, os, resource, sys, time, fastmi, fastmi.io\n"
    "unit = 1 if sys.platform == 'darwin' else 1024\n"
    "def peak():\n"
    "    if not os.path.exists('/proc/self/status'):\n"
    "        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit\n"
    "    lines = dict(line.split(':') for line in open('/proc/self/status'))\n"
    "    return int(lines['VmHWM'].split()[0]) * 1024\n"
    "before, start = peak(), time.perf_counter()\n"
    "{job}\n"
    "seconds = time.perf_counter() - start\n"
    "print(json.dumps(dict(before_bytes=before, peak_bytes=peak(), seconds=seconds,\n"
    "                      packed_bytes=s.nbytes, n=len(s), length=s.length)))\n"
)


def peak_of(job: str) -> Row:
    """Peak memory and time of a fresh process that makes the sequences ``s`` and works."""
    run = subprocess.run(
        [sys.executable, "-c", _PEAK.format(job=job)],
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        raise RuntimeError(run.stderr)
    found: Row = json.loads(run.stdout)
    return found


def memory(folder: Path, n: int, threads: int) -> list[Row]:
    """Peak memory: a map from a store on disk, and reading a FASTA."""
    store, fasta = folder / "large.npy", folder / "large.fa"
    write_store(store, n, 200)
    job = (
        f"s = fastmi.PackedSequences.open({str(store)!r})\n"
        f"r = fastmi.pairwise_mi(s, 3, n_threads={threads})\n"
        "assert 0 < r.matrix[0, 3] < 1e-2"
    )
    rows = [
        {"case": "memory of a map from a store", "k": 3, "threads": threads, **peak_of(job)}
    ]
    store.unlink()
    write_fasta(fasta, n)
    job = f"s = fastmi.read({str(fasta)!r})"
    rows.append({"case": "memory of reading FASTA", "threads": 1, **peak_of(job)})
    fasta.unlink()
    for row in rows:
        assert row["n"] == n, row
        row["rest_bytes"] = row["peak_bytes"] - row["packed_bytes"]
        print(f"  {row['case']}: {row['peak_bytes'] / 1e6:.0f} MB, {row['seconds']:.1f} s")
    return rows


def ten_million(folder: Path, n: int, repeats: int) -> list[Row]:
    """Time of an update at n and at a tenth of it: rows of a store, one thread."""
    store = folder / "scaling.npy"
    write_store(store, n, 100)
    every = fastmi.PackedSequences.open(store)
    few = every[: n // 10]
    small, large = whole_map(few, 3, 1), whole_map(every, 3, 1)
    columns = [_reference.kmer_column(every.to_codes(), 4, 3, i) for i in (0, 3)]
    expected = np.bincount(columns[0] * 64 + columns[1], minlength=4096)
    del columns
    mi, n_ij = np.empty(1), np.empty(1, np.uint64)
    table = expected.astype(np.uint32).reshape(1, 64, 64)
    _core.mi_tables(table, 5.0, 1, np.zeros(2, np.int64), mi, n_ij)
    assert large.matrix[0, 3] == mi[0]
    one = time.process_time if CLOCK == "processor" else time.perf_counter
    jobs = {(len(s), "fastmi"): partial(whole_map, s, 3, 1) for s in (few, every)}
    jobs |= {(len(s), "core"): CoreCall(s, 3, 1, "") for s in (few, every)}
    result = timed(jobs, min(repeats, 3), lambda name: one)
    store.unlink()
    pairs = len(list(_reference.pairs(100, 3)))
    rows = []
    for rows_n, found in ((len(few), small), (n, large)):
        row: Row = {
            "case": "scaling from a store",
            "n": rows_n,
            "length": 100,
            "alphabet": "dna",
            "k": 3,
            "kind": "uniform",
            "pairs": pairs,
            "threads": 1,
            "isa": _core.ISAS[-1],
            "best_isa": True,
            "kernel": found.provenance["kernel"],
            **result[rows_n, "fastmi"],
            "updates_per_s": rows_n * pairs / result[rows_n, "fastmi"]["best_s"],
            "core_best_s": result[rows_n, "core"]["best_s"],
            "core_updates_per_s": rows_n * pairs / result[rows_n, "core"]["best_s"],
        }
        rows.append(row)
        print(sentence(row), flush=True)
    return rows


# ------------------------------------------------------------------------------- the program

MAIN = (
    Shape("dna", 1, 300_000, 100),
    Shape("dna", 2, 300_000, 100),
    Shape("dna", 3, 300_000, 100),
    Shape("dna", 4, 300_000, 60),
    Shape("dna", 5, 300_000, 40),
    Shape("dna", 6, 50_000, 24),
    Shape("protein", 1, 100_000, 100),
    Shape("protein", 2, 100_000, 40),
    Shape("protein", 3, 50_000, 20),
)
SCALING = (10_000, 30_000, 100_000, 300_000, 1_000_000)
SKEW = (
    ("dna", 1, 300_000, 100),
    ("dna", 2, 300_000, 100),
    ("dna", 3, 300_000, 100),
    ("dna", 5, 100_000, 40),
    ("protein", 1, 100_000, 100),
)
QUICK_MAIN = (
    Shape("dna", 1, 2_000, 12),
    Shape("dna", 3, 2_000, 12),
    Shape("dna", 5, 2_000, 12),
    Shape("protein", 1, 2_000, 8),
    Shape("protein", 2, 1_000, 6),
)
QUICK_SKEW = (("dna", 1, 2_000, 20), ("dna", 3, 2_000, 20), ("protein", 1, 1_000, 20))


def settings_of(shape: Shape, threads: int) -> list[Setting]:
    """One thread and all; for DNA every instruction set, too."""
    lesser = _core.ISAS[:-1] if shape.alphabet == "dna" else ()
    return [*((t, "") for t in sorted({1, threads})), *((1, isa) for isa in lesser)]


def run_all(
    loops: Loops | None, threads: int, repeats: int, quick: bool, large: bool
) -> list[Row]:
    """Every case."""
    loop = loops.plain if loops else None
    rows: list[Row] = []
    for shape in QUICK_MAIN if quick else MAIN:
        rows += measure([shape], settings_of(shape, threads), loop, repeats)
    for n in (500, 2_000) if quick else SCALING:
        shape = Shape("dna", 3, n, 20 if quick else 100)
        settings = settings_of(shape, threads)
        rows += measure([shape], settings, loop, repeats, "scaling")
    for alphabet, k, n, length in QUICK_SKEW if quick else SKEW:
        shapes = [Shape(alphabet, k, n, length, kind) for kind in ("uniform", *SKEWED)]
        found = measure(shapes, [(1, "")], loop, repeats, "skew")
        for row in found:
            row["speed_of_uniform"] = row["updates_per_s"] / found[0]["updates_per_s"]
            row["core_speed_of_uniform"] = found[0]["core_best_s"] / row["core_best_s"]
        rows += found
    rows += weighted(loops, repeats, quick, CLOCK == "processor")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows += parsing(folder, 10_000 if quick else 1_000_000, repeats)
        rows += against_numpy(500 if quick else 20_000, repeats)
        if large:
            n = 20_000 if quick else 10_000_000
            rows += memory(folder, n, threads)
            rows += ten_million(folder, n, repeats)
    return rows


def main(argv: list[str] | None = None) -> int:
    """Run all cases and write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-o", "--out", help="JSON file (default: latest.json; --quick: none)")
    parser.add_argument("--repeats", type=int, help="runs of each (default 5)")
    parser.add_argument("--quick", action="store_true", help="tiny cases, two runs")
    parser.add_argument("--large", action="store_true", help="ten million sequences, 2 GB disk")
    parser.add_argument(
        "--end-to-end", action="store_true", help="what end_to_end.py measures, too; 6 GB disk"
    )
    parser.add_argument("--note", default="", help="kept in the file: what disturbed the run")
    parser.add_argument(
        "--processor-time", action="store_true", help="for one thread, on a shared machine"
    )
    args = parser.parse_args(argv)
    global CLOCK
    CLOCK = "processor" if args.processor_time else "wall"
    about: Row = machine()
    print(f"{about['processor']} ({about['isa']}), {about['threads']} cores")
    print(f"fastmi {about['fastmi']} at {about['commit']}; openmp {about['openmp']}")
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        loops, about["compiler"] = compile_loops(Path(folder))
        print(about["compiler"])
        repeats = args.repeats or (2 if args.quick else 5)
        rows = run_all(loops, int(about["threads"]), repeats, args.quick, args.large)
    print(f"{time.perf_counter() - start:.0f} s in all")
    out = args.out or (None if args.quick else HERE / "results" / "latest.json")
    if out:
        result = {
            "note": args.note,
            "clock_of_one_thread": CLOCK,
            "machine": {**about, "load_after": load()},
            "extrapolation": "all_pairs_best_s = best_s * pairs / pairs_measured, nothing else",
            "cases": rows,
        }
        end_to_end.put(Path(out), **result)
        if args.end_to_end:
            size = end_to_end.QUICK if args.quick else end_to_end.Size()
            end_to_end.put(Path(out), end_to_end=end_to_end.measure(size, args.note))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
