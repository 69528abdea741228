"""All 6-mers in 1,000 backgrounds: fastmi.gia against a plain loop and tangermeme.

    python -m pip install torch==2.13.0 tangermeme      # what is missing is skipped and named
    python benchmarks/gia.py [-o benchmarks/results/NAME.json]
    python benchmarks/gia.py --quick                    # seconds, only to see that it runs

The effect of each of the 4,096 6-mers at 17 of random RNA of 41 letters, by DeepBind RBMS1, in
C as it comes with fastmi and as a module of torch (``deepbind_module.py``):

``exact``        every 6-mer in every background: ``gia.kmers(exact=True)``, of a sample of
                 6-mers ``gia.importance``
``elimination``  ``gia.kmers``: the ten best of them, hopeless ones dropped early
``loop``         for each 6-mer a copy of the one-hot backgrounds with the 6-mer written into
                 it, through the module, less the backgrounds' own scores
``tangermeme``   ``marginalize`` for each 6-mer, which scores the backgrounds each time

Ways with the module give it 1,000 sequences at a time, and do a sample of the 6-mers, scaled
linearly (``kmers``: how many were done), but for elimination, which is run once.  First all
answers are held against each other: local importances by each way, and the ten best.

What is not the model is measured twice.  Within runs on one core, as the processor's time
outside of the model (``own``); and with ``free`` models, which give zeros without a look, in
the place of either (``share``).

Each number of threads has a process of its own, which is kept to so many cores: fastmi encodes
the next batch in a thread of its own, and shall have no core for it that others have not.  It
keeps the memory that is freed: else torch, by whatever way, spends now and then more than half
of its time on new pages.  On a machine that others use, ``--processor-time`` takes the
processor's time, not the clock's, wherever one thread works; several threads of torch wait for
one another so long there that ``--threads 1`` is all that can be measured.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from gia_ways import (
    LENGTH,
    MODEL,
    START,
    Free,
    Watched,
    by_engine,
    by_search,
    missing,
    module_ways,
    modules,
    some_kmers,
    the_module,
    wrapped,
)
from machine import load, machine
from peers import pinned
from run import peak_of
from yardstick import Array, Row, timed

from fastmi.gia import KmerSearch
from fastmi.models import deepbind

HERE = Path(__file__).parent
TOLERANCE = 1e-5
Jobs = dict[tuple[str, str], Callable[[], object]]  # by way and model
VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
KEEPING = {  # what is freed, in glibc
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 32),
}


@dataclass(frozen=True)
class Size:
    """How much is done."""

    n: int = 1_000  # backgrounds; sequences in a batch of the module, too
    k: int = 6
    repeats: int = 5
    kmers: int = 128  # by ways with the module
    checked: int = 16  # k-mers


QUICK = Size(100, 4, 2, 8, 4)


# ---------------------------------------------------------------------------------- checks


def check_local(name: str, found: Array, expected: Array) -> float:
    """The greatest difference of local importances; raise if it is too large."""
    worst = float(np.abs(np.asarray(found, np.float64) - expected).max())
    if not worst < TOLERANCE:  # also where it is NaN
        raise AssertionError(f"{name}: a local importance differs by {worst:.3g}")
    return worst


def check_best(found: Array, expected: Array) -> None:
    """Raise unless both searches have the same best k-mers."""
    if found.tolist() != expected.tolist():
        raise AssertionError(f"elimination finds {found.tolist()}, not {expected.tolist()}")


def check(size: Size) -> Row:
    """Every way against the model in C."""
    names = some_kmers(size.k, size.checked)
    expected = by_engine(deepbind.load(MODEL), size.n, names)
    ways = {} if "torch" in missing() else module_ways(the_module(), size.n, names)
    with pinned(1):
        differ = {name: check_local(name, way(), expected) for name, way in ways.items()}
    exact, fast = (by_search(deepbind.load(MODEL), size.n, size.k, e) for e in (True, False))
    best = exact.top()["kmer"]
    check_best(fast.top()["kmer"], best)
    return {
        "case": "check",
        "kmers": size.checked,
        "n": size.n,
        "differ": differ,
        "best": best.tolist(),
        "share_scored": fast.share_scored,
    }


# ------------------------------------------------------------------------------------ times


def keep_to(threads: int) -> None:
    """Have this process, and what it imports and starts from now on, use so many cores."""
    os.environ |= dict.fromkeys(VARIABLES, str(threads))
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def measure(size: Size, threads: int, processor: bool) -> list[Row]:
    """All ways in this process, those that do as much as one another in turn."""
    keep_to(threads)
    model = deepbind.load(MODEL, n_threads=threads)
    search = partial(by_search, n=size.n, k=size.k)
    whole: Jobs = {
        ("exact", "C"): partial(search, model, exact=True),
        ("elimination", "C"): partial(search, model, exact=False),
        ("exact", "free C"): partial(search, Free(), exact=True),
    }
    some: Jobs = {}
    once: Jobs = {}
    if "torch" not in missing():
        names, module = some_kmers(size.k, size.kmers), the_module()
        ways = module_ways(module, size.n, names)
        some = {(way, "torch"): job for way, job in ways.items()}
        free = wrapped(modules().FreeModule(), size.n)
        some["exact", "free torch"] = partial(by_engine, free, size.n, names)
        once["elimination", "torch"] = partial(search, wrapped(module, size.n), exact=False)
    with pinned(threads):
        return [
            *rows_of(whole, 4**size.k, size.repeats, size, threads, processor),
            *rows_of(some, size.kmers, size.repeats, size, threads, processor),
            *rows_of(once, 4**size.k, 1, size, threads, processor),
            *(own_shares(size) if threads == 1 else []),
        ]


def own_shares(size: Size) -> list[Row]:
    """What is not the model, of the processor's time of each way."""
    model = Watched(deepbind.load(MODEL, n_threads=1))
    search = partial(by_search, model, size.n, size.k)
    jobs: dict[tuple[str, str], tuple[Any, Callable[[], object]]] = {
        ("exact", "C"): (model, partial(search, exact=True)),
        ("elimination", "C"): (model, partial(search, exact=False)),
    }
    if "torch" not in missing():
        module = modules().WatchedModule(the_module())
        ways = module_ways(module, size.n, some_kmers(size.k, size.kmers))
        jobs |= {(way, "torch"): (module, job) for way, job in ways.items()}
    found: dict[tuple[str, str], list[float]] = {name: [] for name in jobs}
    for _ in range(size.repeats):
        for name, (watched, job) in jobs.items():
            watched.inside_s, start = 0.0, time.process_time()
            job()
            found[name].append(1 - watched.inside_s / (time.process_time() - start))
    return [
        {
            "case": "own",
            "way": way,
            "model": by,
            "share": float(np.median(shares)),
            "all": shares,
        }
        for (way, by), shares in found.items()
    ]


def rows_of(
    jobs: Jobs, n_kmers: int, repeats: int, size: Size, threads: int, processor: bool
) -> list[Row]:
    """What jobs took that do so many k-mers each."""
    clock = time.process_time if processor else time.perf_counter
    every, scored = 4**size.k, dict.fromkeys(jobs, n_kmers * size.n)

    def keeping(name: tuple[str, str]) -> None:
        found = jobs[name]()
        if isinstance(found, KmerSearch):
            scored[name] = found.n_scored

    if repeats > 1:
        for job in jobs.values():
            job()
    took = timed({name: partial(keeping, name) for name in jobs}, repeats, lambda _: clock)
    rows = []
    for (way, model), times in took.items():
        row: Row = {"case": "gia", "way": way, "model": model, "threads": threads}
        row |= {"clock": "processor" if processor else "wall", "n": size.n}
        row |= {"kmers": n_kmers, "of": every, **times, "scored": scored[way, model]}
        row["whole_s"] = times["best_s"] * every / n_kmers
        rows.append(row | {"sequences_per_s": row["scored"] / times["best_s"]})
    return rows


def in_a_process(size: Size, threads: int, processor: bool) -> list[Row]:
    """The same in a process that has this number of threads from its beginning."""
    call = f"gia.measure(gia.Size(**{asdict(size)!r}), {threads}, {processor})"
    done = subprocess.run(
        [sys.executable, "-c", f"import json, gia; print(json.dumps({call}))"],
        env={**os.environ, **dict.fromkeys(VARIABLES, str(threads)), **KEEPING},
        cwd=HERE,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    rows: list[Row] = json.loads(done.stdout.splitlines()[-1])
    return rows


def of_case(rows: list[Row], case: str) -> list[Row]:
    """The rows of a case."""
    return [row for row in rows if row["case"] == case]


def shares(rows: list[Row]) -> list[Row]:
    """The engine's own time, of that with each model."""
    timed_ = of_case(rows, "gia")
    times = {(r["way"], r["model"], r["threads"]): r["best_s"] for r in timed_}
    found = []
    for free in timed_:
        by, threads = free["model"].removeprefix("free "), free["threads"]
        if by != free["model"]:
            engine, whole = free["best_s"], times["exact", by, threads]
            row: Row = {"case": "share", "model": by, "threads": threads, "engine_s": engine}
            row |= {"whole_s": whole, "sequences": free["scored"], "share": engine / whole}
            found.append(row)
    return found


def memories(size: Size, threads: int, of_module: Iterable[str]) -> list[Row]:
    """Peak memory of fresh processes."""
    start = f"import sys; sys.path.insert(0, {str(HERE)!r}); import gia, gia_ways as g\n"
    start += f"gia.keep_to({threads})\n"
    search = f"g.by_search(g.deepbind.load(g.MODEL, n_threads={threads}), {size.n}, {size.k}, "
    names = f"g.some_kmers({size.k}, {size.checked})"
    jobs = {
        ("exact", "C", 4**size.k): f"x = {search}True)",
        ("elimination", "C", 4**size.k): f"x = {search}False)",
    }
    if "torch" not in missing():
        jobs["nothing", "torch", 0] = "x = g.the_module()"
        for way in of_module:
            job = f"x = g.module_ways(g.the_module(), {size.n}, {names})[{way!r}]()"
            jobs[way, "torch", size.checked] = job
    rows = []
    for (way, by, n_kmers), job in jobs.items():
        found = peak_of(f"{start}{job}\ns = g.made(2).pack()")
        row: Row = {"case": "memory", "way": way, "model": by, "kmers": n_kmers}
        rows.append(row | {"n": size.n, "peak_bytes": found["peak_bytes"]})
    return rows


# ------------------------------------------------------------------------------ the program


def main(argv: list[str] | None = None) -> int:
    """Measure, print and, if asked, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-o", "--out", help="file for the numbers")
    parser.add_argument("--quick", action="store_true", help="few sequences, two runs")
    parser.add_argument("--threads", type=int, nargs="+", help="default: one, and all cores")
    parser.add_argument("--processor-time", action="store_true", help="of one thread")
    parser.add_argument("--note", default="", help="kept in the file: what disturbed the run")
    args = parser.parse_args(argv)
    size = QUICK if args.quick else Size()
    packages = ("torch", "tangermeme", "threadpoolctl")
    about: dict[str, Any] = machine(packages)
    print(f"{about['processor']}, {about['threads']} cores, load {about['load_before']}")
    print(f"fastmi {about['fastmi']} at {about['commit']}")
    skipped = missing()
    for name, reason in skipped.items():
        print(f"  skipped: {name}: {reason}")
    rows = [check(size)]
    every = sorted({*(args.threads or (1, int(about["threads"])))})
    for threads in every:
        one = args.processor_time and threads == 1
        rows += (found := in_a_process(size, threads, one))
        for row in of_case(found, "gia"):
            print(
                f"  {row['way']:<12}{row['model']:<11}{threads} thr {row['best_s']:9.3f} s for "
                f"{row['kmers']:>5,} k-mers, {row['scored']:>9,} sequences, "
                f"{row['sequences_per_s']:>10,.0f}/s",
                flush=True,
            )
    rows += shares(rows)
    rows += memories(size, every[-1], rows[0]["differ"])
    if args.out:
        result = {
            "note": args.note,
            "machine": {**about, "load_after": load()},
            "skipped": skipped,
            "model": MODEL,
            "length": LENGTH,
            "k": size.k,
            "start": START,
            "cases": rows,
        }
        Path(args.out).write_text(json.dumps(result, indent=1) + "\n")
        print(f"wrote {args.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
