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
answers are held against each other: local importances by each way, and the ten best.  ``free``
models cost nothing: they give zeros without a look, in the place of either, so that what is
left is the engine's own.

Each number of threads has a process of its own, which is kept to so many cores: fastmi encodes
the next batch in a thread of its own, and shall have no core for it that others have not.  On
a machine that others use, ``--processor-time`` takes the processor's time, not the clock's,
wherever one thread works; several threads of torch wait for one another so long there that
``--threads 1`` is all that can be measured.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from machine import load, machine
from peers import pinned, sample
from run import peak_of
from yardstick import Array, Row, timed

import fastmi
from fastmi import _core, simulate
from fastmi.gia import GIA, KmerSearch, importance, kmers
from fastmi.gia.kmer_search import all_kmers
from fastmi.models import deepbind

HERE = Path(__file__).parent
MODEL, ALPHABET, LENGTH, K, START = "RBMS1", "rna", 41, 6, 17
TOLERANCE = 1e-5
NEEDS = {"torch": "torch", "tangermeme": "tangermeme.marginalize"}
Jobs = dict[tuple[str, str], Callable[[], object]]  # by way and model
VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@dataclass(frozen=True)
class Size:
    """How much is done."""

    n: int = 1_000  # backgrounds; sequences in a batch of the module, too
    k: int = K
    repeats: int = 5
    kmers: int = 128  # by ways with the module
    checked: int = 16  # k-mers


QUICK = Size(100, 4, 2, 8, 4)


class Free:
    """A model of no cost."""

    block_rows = deepbind.DeepBind.block_rows

    def predict(self, sequences: fastmi.PackedSequences) -> Array:
        """Zeros."""
        return np.zeros(len(sequences))


def missing() -> dict[str, str]:
    """Peers that are not here, and why."""
    found = {}
    for name, module in NEEDS.items():
        try:
            importlib.import_module(module)
        except Exception as error:  # a broken package must not end the others
            found[name] = f"cannot import {module} ({type(error).__name__}: {error})"
    return found


def made(n: int) -> Any:
    """Backgrounds, the same ones for every way."""
    return simulate.random(n, LENGTH, ALPHABET, rng=1)


def some_kmers(k: int, n: int) -> list[str]:
    """Evenly spread over all."""
    return sample(all_kmers(fastmi.get_alphabet(ALPHABET), k), n)


# ------------------------------------------------------------------------------------ ways


def by_engine(model: Any, n: int, names: list[str]) -> Array:
    """Local importances of these k-mers, and the table of their effects."""
    effects = importance(GIA(model, made(n), n), {name: [(name, START)] for name in names})
    assert len(effects.table) == len(names)
    return effects.local


def by_search(model: Any, n: int, k: int, exact: bool) -> KmerSearch:
    """The search among all k-mers."""
    return kmers(GIA(model, made(n), n), k, START, exact=exact)


def one_hot(n: int) -> Array:
    """Backgrounds as the module takes them."""
    return np.ascontiguousarray(made(n).pack().to_one_hot().transpose(0, 2, 1))


def by_loop(module: Any, backgrounds: Array, names: list[str]) -> Array:
    """Local importances by a plain loop."""
    torch = importlib.import_module("torch")
    letters = fastmi.get_alphabet(ALPHABET).letters
    found = np.empty((len(names), len(backgrounds)), np.float32)
    with torch.inference_mode():
        before = module(torch.from_numpy(backgrounds)).numpy()[:, 0]
        for row, name in enumerate(names):
            x = backgrounds.copy()
            written = np.eye(len(letters), dtype=np.float32)[[letters.index(c) for c in name]]
            x[:, :, START : START + len(name)] = written.T
            found[row] = module(torch.from_numpy(x)).numpy()[:, 0] - before
    return found


def by_tangermeme(module: Any, backgrounds: Array, names: list[str]) -> Array:
    """Local importances by tangermeme."""
    torch = importlib.import_module("torch")
    marginalize = importlib.import_module("tangermeme.marginalize").marginalize
    letters = list(fastmi.get_alphabet(ALPHABET).letters)
    options = {"alphabet": letters, "batch_size": len(backgrounds), "device": "cpu"}
    x = torch.from_numpy(backgrounds)
    found = np.empty((len(names), len(backgrounds)), np.float32)
    for row, name in enumerate(names):
        before, after = marginalize(module, x, name, start=START, **options)
        found[row] = (after - before).numpy()[:, 0]
    return found


def module_of(kind: str) -> Any:
    """The model in torch, or the free one."""
    modules = importlib.import_module("deepbind_module")
    if kind == "free":
        return modules.FreeModule()
    return modules.DeepBindModule(deepbind.load(MODEL).parameters)


def wrapped(kind: str, n: int) -> Any:
    """The same for the engine, in batches as large as those of the others."""
    return fastmi.models.wrap(module_of(kind), batch_size=n)


def module_ways(n: int, names: list[str]) -> dict[str, Callable[[], Array]]:
    """Whatever does a sample of the k-mers with the module, as far as it is here."""
    gone = missing()
    if "torch" in gone:
        return {}
    module, backgrounds = module_of("torch"), one_hot(n)
    ways = {
        "exact": partial(by_engine, wrapped("torch", n), n, names),
        "loop": partial(by_loop, module, backgrounds, names),
    }
    if "tangermeme" not in gone:
        ways["tangermeme"] = partial(by_tangermeme, module, backgrounds, names)
    return ways


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
    ways = module_ways(size.n, names)
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
    """Have this process, and the threads that it starts, run on so many cores."""
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
        names = some_kmers(size.k, size.kmers)
        some = {(way, "torch"): job for way, job in module_ways(size.n, names).items()}
        some["exact", "free torch"] = partial(by_engine, wrapped("free", size.n), size.n, names)
        once["elimination", "torch"] = partial(search, wrapped("torch", size.n), exact=False)
    with pinned(threads):
        return [
            *rows_of(whole, 4**size.k, size.repeats, size, threads, processor),
            *rows_of(some, size.kmers, size.repeats, size, threads, processor),
            *rows_of(once, 4**size.k, 1, size, threads, processor),
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
        env={**os.environ, **dict.fromkeys(VARIABLES, str(threads))},
        cwd=HERE,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    rows: list[Row] = json.loads(done.stdout.splitlines()[-1])
    return rows


def shares(rows: list[Row]) -> list[Row]:
    """The engine's own time, of that with each model."""
    times = {(r["way"], r["model"], r["threads"]): r["best_s"] for r in rows}
    found = []
    for free in rows:
        by, threads = free["model"].removeprefix("free "), free["threads"]
        if by != free["model"]:
            engine, whole = free["best_s"], times["exact", by, threads]
            row: Row = {"case": "share", "model": by, "threads": threads, "engine_s": engine}
            row |= {"whole_s": whole, "sequences": free["scored"], "share": engine / whole}
            found.append(row)
    return found


def memories(size: Size, threads: int) -> list[Row]:
    """Peak memory of fresh processes."""
    start = f"import sys; sys.path.insert(0, {str(HERE)!r}); import gia as g\n"
    start += f"g.keep_to({threads})\n"
    search = f"g.by_search(g.deepbind.load(g.MODEL, n_threads={threads}), {size.n}, {size.k}, "
    names = f"g.some_kmers({size.k}, {size.kmers})"
    jobs = {
        ("exact", "C", 4**size.k): f"x = {search}True)",
        ("elimination", "C", 4**size.k): f"x = {search}False)",
    }
    if "torch" not in missing():
        jobs["nothing", "torch", 0] = "g.module_of('torch')"
    for way in module_ways(1, []):
        job = f"x = g.module_ways({size.n}, {names})[{way!r}]()"
        jobs[way, "torch", size.kmers] = job
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
    about: dict[str, Any] = machine(packages) | {"isas": list(_core.ISAS)}
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
        for row in found:
            print(
                f"  {row['way']:<12}{row['model']:<11}{threads} thr {row['best_s']:9.3f} s for "
                f"{row['kmers']:>5,} k-mers, {row['scored']:>9,} sequences, "
                f"{row['sequences_per_s']:>10,.0f}/s",
                flush=True,
            )
    rows += shares(rows[1:])
    rows += memories(size, every[-1])
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
