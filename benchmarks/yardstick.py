"""What benchmarks measure with: data sets, the plain compiled loop, and the clock.

The loop is ``plain_loop.c``, compiled here with -O3 for this processor: one table a pair, one
increment (or one addition of a weight) a row.  Its columns of k-mer codes are made beforehand
and not timed, and it measures a sample of the pairs.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import numpy as np

import fastmi
from fastmi import _core, _reference

HERE = Path(__file__).parent
PAUSE_S = 0.02  # between runs, so that no waiting thread of the last one is still spinning
BATCH_BYTES = 1 << 20  # tables counted, then evaluated: within the L2 cache where they fit
SAMPLE_WORK = 6e7  # rows + half the cells of a table, of all pairs measured
MOST_PAIRS = 200
BLOCK = 100_000  # records made at a time
RUN = 50  # consecutive pairs in a sample, so that the column at i stays in the cache
Array = np.ndarray[Any, Any]
Row = dict[str, Any]


# ------------------------------------------------------------------------------------ data


@dataclass(frozen=True)
class Shape:
    """One data set."""

    alphabet: str
    k: int
    n: int
    length: int
    kind: str = "uniform"

    @property
    def letters(self) -> int:
        """How many there are."""
        return len(fastmi.get_alphabet(self.alphabet))

    @property
    def n_kmers(self) -> int:
        """Rows of a table."""
        return self.letters**self.k

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """All of them."""
        return list(_reference.pairs(self.length, self.k))

    @property
    def title(self) -> str:
        """For people."""
        kind = "" if self.kind == "uniform" else f", {self.kind}"
        return f"{self.alphabet} k={self.k} {self.n:,} x {self.length}{kind}"


REPEATED, ROWS_95, LETTERS_95, MOTIF = SKEWED = (
    "one sequence repeated",
    "95 % of the sequences equal",
    "one sequence, 5 % of the letters changed",
    "a motif of 10 letters in every sequence",
)


def random_codes(n: int, length: int, size: int = 4, seed: int = 1) -> Array:
    """Uniform letters, the hardest to predict."""
    return np.random.default_rng(seed).integers(0, size, (n, length), dtype=np.uint8)


def letters_of(shape: Shape) -> Array:
    """The sequences as codes of letters."""
    codes = random_codes(shape.n, shape.length, shape.letters)
    rng = np.random.default_rng(2)
    if shape.kind == REPEATED:
        codes[:] = codes[0]
    elif shape.kind == ROWS_95:
        codes[rng.random(shape.n) < 0.95] = codes[0]
    elif shape.kind == LETTERS_95:
        codes = np.where(rng.random(codes.shape, np.float32) < 0.05, codes, codes[0])
    elif shape.kind == MOTIF:
        codes[:, 5:15] = codes[0, 5:15]
    return codes


def write_fasta(path: Path, n: int, length: int = 100, first: int = 0) -> None:
    """Write n random records, one line each; ``first`` numbers the first and is its seed."""
    letters = np.frombuffer(b"ACGT", np.uint8)
    with path.open("wb") as stream:
        for start in range(first, first + n, BLOCK):
            rows = letters[random_codes(min(BLOCK, first + n - start), length, seed=start)]
            records = [b">r%d\n%s\n" % (start + i, row.tobytes()) for i, row in enumerate(rows)]
            stream.write(b"".join(records))


def write_store(path: Path, n: int, length: int) -> None:
    """A store of n random sequences, block by block: random bytes are random letters."""
    assert length % 4 == 0
    fastmi.PackedSequences.from_codes(random_codes(1, length)).save(path)
    side = path.with_name(path.name + ".json")
    side.write_text(json.dumps({**json.loads(side.read_text()), "n_sequences": n}))
    rows = np.lib.format.open_memmap(path, "w+", np.uint8, (n, length // 4))
    rng = np.random.default_rng(3)
    for start in range(0, n, 1 << 20):
        block = rows[start : start + (1 << 20)]
        block[:] = rng.integers(0, 256, block.shape, np.uint8)
    rows.flush()


# ----------------------------------------------------------------------------- the yardstick


class Loops(NamedTuple):
    """The functions of ``plain_loop.c``."""

    plain: Callable[..., None]
    weighted: Callable[..., None]


def compile_loops(folder: Path) -> tuple[Loops | None, str]:
    """The loops and their compiler's version; None, and why, where it cannot be had."""
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        return None, "no C compiler here: the plain compiled loop is skipped"
    library = folder / "plain_loop.so"
    flags = ["-O3", "-march=native", "-shared", "-fPIC"]
    run = subprocess.run(
        [compiler, *flags, "-o", str(library), str(HERE / "plain_loop.c")],
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        return None, f"the plain compiled loop is skipped: {run.stderr.strip()[:200]}"
    loops: Any = ctypes.CDLL(str(library))
    for loop in (loops.plain_loop, loops.weighted_loop):
        loop.restype = None
    columns = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t)
    pairs = (ctypes.c_void_p, ctypes.c_size_t)
    loops.plain_loop.argtypes = [*columns, *pairs, ctypes.c_void_p, ctypes.c_size_t]
    loops.weighted_loop.argtypes = [*columns, ctypes.c_void_p, *pairs, ctypes.c_void_p]
    about = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True)
    compiled = f"{about.stdout.splitlines()[0]} {' '.join(flags)}"
    return Loops(loops.plain_loop, loops.weighted_loop), compiled


def sampled(shape: Shape) -> list[tuple[int, int]]:
    """Pairs for the loop: up to MOST_PAIRS of them, in runs of neighbours."""
    pairs = shape.pairs
    work = shape.n + shape.n_kmers**2 / 2
    most = int(min(MOST_PAIRS, max(8, SAMPLE_WORK / work)))
    if len(pairs) <= most:
        return pairs
    size = min(RUN, most)
    starts = np.linspace(0, len(pairs) - size, max(most // size, 1), dtype=int)
    chosen = {s + x for s in starts.tolist() for x in range(size)}
    return [pairs[x] for x in sorted(chosen)]


class Yardstick:
    """The loop with the columns of one data set."""

    def __init__(self, loop: Callable[..., None], shape: Shape, codes: Array) -> None:
        self.loop, self.shape, self.pairs = loop, shape, sampled(shape)
        positions = sorted({p for pair in self.pairs for p in pair})
        self.columns = np.zeros((len(positions), shape.n), np.uint16)
        for column, at in zip(self.columns, positions, strict=True):
            for t in range(shape.k):
                column *= shape.letters
                column += codes[:, at + t]
        where = {at: x for x, at in enumerate(positions)}
        self.at = np.array([[where[i], where[j]] for i, j in self.pairs], np.uint32)
        self.batch = max(1, BATCH_BYTES // (4 * shape.n_kmers**2))
        self.mi = np.empty(len(self.pairs))
        self.n_ij = np.empty(len(self.pairs), np.uint64)
        # one buffer a thread, touched beforehand as a program would that works on
        self.tables: dict[int, Array] = {}

    def buffer(self, part: int) -> Array:
        """A thread's tables."""
        if part not in self.tables:
            m = self.shape.n_kmers
            self.tables[part] = np.ones((min(self.batch, len(self.pairs)), m, m), np.uint32)
        return self.tables[part]

    def count(self, at: Array, tables: Array, step: int) -> None:
        """Let it run."""
        self.loop(
            *(self.columns.ctypes.data, self.shape.n, self.shape.n_kmers),
            *(at.ctypes.data, len(at), tables.ctypes.data, step),
        )

    def some(self, start: int, stop: int, with_mi: bool, part: int = 0) -> None:
        """Pairs start .. stop-1, by one thread."""
        tables = self.buffer(part)
        if not with_mi:
            self.count(self.at[start:stop], tables, 0)
            return
        control = np.zeros(2, np.int64)
        for x in range(start, stop, len(tables)):
            y = min(x + len(tables), stop)
            self.count(self.at[x:y], tables, self.shape.n_kmers**2)
            mi, n_ij = self.mi[x:y], self.n_ij[x:y]
            _core.mi_tables(tables[: y - x], 5.0, 1, control, mi, n_ij)

    def run(self, threads: int, with_mi: bool) -> None:
        """All pairs of the sample, shared out evenly."""
        if threads == 1:
            self.some(0, len(self.pairs), with_mi)
            return
        cuts = np.linspace(0, len(self.pairs), threads + 1, dtype=int).tolist()
        workers = [
            Thread(target=self.some, args=(cuts[t], cuts[t + 1], with_mi, t))
            for t in range(threads)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    def check(self, codes: Array) -> None:
        """Hold one table against NumPy."""
        shape, (i, j) = self.shape, self.pairs[-1]
        m = shape.n_kmers
        table = np.empty((m, m), np.uint32)
        self.count(self.at[-1:], table, 0)
        column = partial(_reference.kmer_column, codes, shape.letters, shape.k)
        expected = np.bincount(column(i) * m + column(j), minlength=m * m)
        assert np.array_equal(table.ravel(), expected), shape


# ---------------------------------------------------------------------------------- timing


Clock = Callable[[], float]


def timed(
    jobs: dict[Any, Callable[[], object]],
    repeats: int,
    clock: Callable[[Any], Clock] = lambda name: time.perf_counter,
) -> dict[Any, Row]:
    """Run the jobs in turn, ``repeats`` times each; best and median seconds."""
    seconds: dict[Any, list[float]] = {name: [] for name in jobs}
    for _ in range(repeats):
        for name, job in jobs.items():
            time.sleep(PAUSE_S)
            now = clock(name)
            start = now()
            job()
            seconds[name].append(now() - start)
    return {
        name: {"best_s": min(s), "median_s": statistics.median(s), "runs": len(s)}
        for name, s in seconds.items()
    }
