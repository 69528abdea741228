"""fastmi against other ways to count the same pairs, in one process, in turn.

    python -m pip install ".[benchmarks]"     # the peers; what is missing is skipped and named
    python benchmarks/peers.py                # about five minutes on two cores
    python benchmarks/peers.py --quick        # seconds, only to see that it runs

Every peer gets the same sequences and its favourite form of them for free (columns of k-mer
codes, strings, letters; fastmi gets packed rows).  Its answer is first CHECKED against fastmi:
counts must be equal, MI must agree within 1e-8 bits; a peer that differs ends the run.  Then
all of a case run in turn, several times, one thread against one and all cores against all.

Updates are sequences x pairs (j - i >= k).  Slow peers measure a part of the pairs, and only
pairs are ever extrapolated, linearly: ``pairs_measured`` and ``pairs`` stand side by side.
"Counts" peers are held against ``JointCounts.add``, "MI" peers against ``pairwise_mi``.
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import cache, cached_property, partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from machine import load, machine

import fastmi

TOLERANCE = 1e-8  # bits; ProDy and EVcouplings add up 1/N, N times
PAUSE_S = 0.05  # between runs, so that no waiting thread of the last one is still spinning
ONE_HOT_BYTES = 1 << 26  # int8 one-hot of a block of rows
Array = npt.NDArray[Any]


# ------------------------------------------------------------------------------------ data


@dataclass(frozen=True)
class Case:
    """One data set, and which peers meet it."""

    alphabet: str
    k: int
    n: int
    length: int
    kind: str  # "uniform" letters, or "variants": one sequence, 5 % of the letters changed
    peers: tuple[str, ...]

    @property
    def title(self) -> str:
        """For people."""
        return f"{self.n:,} x {self.length} {self.alphabet}, k = {self.k}, {self.kind}"


class Work:
    """The sequences of a case in the forms that peers like; made once, never timed."""

    def __init__(self, case: Case, seed: int = 1) -> None:
        rng = np.random.default_rng(seed)
        self.case, self.k, self.n = case, case.k, case.n
        self.alphabet = fastmi.get_alphabet(case.alphabet)
        size = len(self.alphabet)
        self.codes = rng.integers(0, size, (case.n, case.length), dtype=np.uint8)
        if case.kind == "variants":
            changed = rng.random(self.codes.shape) < 0.05
            self.codes = np.where(changed, self.codes, self.codes[0])
        self.m = size**self.k
        self.n_positions = case.length - self.k + 1
        self.pairs = [
            (i, j)
            for i in range(self.n_positions - self.k)
            for j in range(i + self.k, self.n_positions)
        ]
        self.packed = fastmi.PackedSequences.from_codes(self.codes, case.alphabet)

    @cached_property
    def columns(self) -> npt.NDArray[np.uint8]:
        """Codes of the k-mers, a row a position (4^4 and 20 fit in a byte)."""
        assert self.m <= 256
        columns = np.zeros((self.n_positions, self.n), np.uint16)
        for offset in range(self.k):
            letters = self.codes[:, offset : offset + self.n_positions].T
            columns = columns * len(self.alphabet) + letters
        return np.ascontiguousarray(columns, np.uint8)

    @cached_property
    def strings(self) -> list[str]:
        """The sequences as text."""
        return self.packed.to_strings()

    @cached_property
    def counts(self) -> fastmi.JointCounts:
        """Counts by fastmi, themselves held against np.bincount on a few pairs."""
        counts = fastmi.JointCounts(self.case.length, self.k, alphabet=self.alphabet)
        counts.add(self.packed)
        for i, j in sample(self.pairs, 5):
            check_counts("fastmi", counts.table(i, j), self.plain_table(i, j))
        return counts

    def plain_table(self, i: int, j: int) -> Array:
        """Joint counts of a pair without fastmi."""
        flat = self.columns[i].astype(np.intp) * self.m + self.columns[j]
        return np.bincount(flat, minlength=self.m**2).reshape(self.m, self.m)

    def mi(self, pseudocount: float) -> Array:
        """MI by fastmi, itself held against the definition on a few pairs."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", fastmi.FastMIWarning)  # of conserved positions
            found = fastmi.pairwise_mi(self.packed, self.k, pseudocount=pseudocount).matrix
        for i, j in sample(self.pairs, 5):
            joint = self.plain_table(i, j) + pseudocount * self.n / self.m**2
            p = joint / joint.sum()
            margins = p.sum(axis=1, keepdims=True) * p.sum(axis=0)
            some = p > 0
            mi = (p[some] * np.log2(p[some] / margins[some])).sum()
            check_mi("fastmi", found[i, j], mi)
        return found


def sample(pairs: list[tuple[int, int]], size: int) -> list[tuple[int, int]]:
    """At most ``size`` of the pairs, evenly spread."""
    step = -(-len(pairs) // size)
    return pairs[::step]


# ----------------------------------------------------------------------------------- peers


class Job(NamedTuple):
    """What is timed, and how its result becomes comparable (not timed)."""

    run: Callable[[], Any]
    answer: Callable[[Any], Array]  # (pairs, M, M) or (pairs, M * M) counts, or MI in bits
    pairs: list[tuple[int, int]]
    pseudocount: float = 0.0  # of an MI


@dataclass(frozen=True)
class Peer:
    """A way to do the work."""

    name: str
    what: str  # "counts" or "MI"
    make: Callable[[Work, int], Job]
    needs: tuple[str, ...] = ()  # modules to import
    threaded: bool = False
    blas: bool = False  # threads are those of NumPy's BLAS
    most_columns: int = 1 << 20  # positions * M that it can bear

    @property
    def explanation(self) -> str:
        """The first line of the function's docstring."""
        return (self.make.__doc__ or "").split("\n")[0]


PEERS: dict[str, Peer] = {}


def peer(name: str, what: str, **rest: Any) -> Callable[[Any], Any]:
    """Enter the function that makes a peer's job."""

    def enter(make: Callable[[Work, int], Job]) -> Callable[[Work, int], Job]:
        PEERS[name] = Peer(name, what, make, **rest)
        return make

    return enter


@peer("fastmi counts", "counts", threaded=True)
def fastmi_counts(work: Work, threads: int) -> Job:
    """JointCounts.add from packed rows: the tables of all pairs."""

    def run() -> fastmi.JointCounts:
        counts = fastmi.JointCounts(work.case.length, work.k, alphabet=work.alphabet)
        counts.add(work.packed, n_threads=threads)
        return counts

    return Job(run, lambda counts: tables_of(counts, work.pairs), work.pairs)


@peer("fastmi MI", "MI", threaded=True)
def fastmi_mi(work: Work, threads: int) -> Job:
    """pairwise_mi from packed rows: counts and their MI, tables not kept."""
    run = partial(fastmi.pairwise_mi, work.packed, work.k, pseudocount=0.0, n_threads=threads)
    return Job(run, lambda r: cells(r.matrix, work.pairs), work.pairs)


@cache
def compiled_loop(m: int, parallel: bool) -> Any:
    """The yardstick's loop as machine code; M is a constant to the compiler."""
    numba = importlib.import_module("numba")
    indices = numba.prange if parallel else range

    def loop(columns, first, second):  # type: ignore[no-untyped-def]
        tables = np.zeros((len(first), m * m), np.uint32)
        for p in indices(len(first)):
            a, b, table = columns[first[p]], columns[second[p]], tables[p]
            for row in range(len(a)):
                table[np.uintp(a[row]) * np.uintp(m) + np.uintp(b[row])] += np.uint32(1)
        return tables

    return numba.njit(parallel=parallel)(loop)


@peer("numba loop", "counts", needs=("numba",), threaded=True)
def numba_loop(work: Work, threads: int) -> Job:
    """table[a[n] * M + b[n]] += 1, one table a pair, byte codes column by column for free."""
    loop = compiled_loop(work.m, threads > 1)
    first, second = np.array(work.pairs, np.intp).T.copy()
    return Job(lambda: loop(work.columns, first, second), np.asarray, work.pairs)


@peer("np.bincount", "counts")
def numpy_bincount(work: Work, threads: int) -> Job:
    """One np.bincount a pair; both columns as intp, the first times M, for free."""
    pairs = sample(work.pairs, 300)
    second = work.columns.astype(np.intp)
    first, cells_ = second * work.m, work.m**2
    return Job(
        lambda: [np.bincount(first[i] + second[j], minlength=cells_) for i, j in pairs],
        np.array,
        pairs,
    )


def one_hot_blocks(work: Work) -> list[slice]:
    """Blocks of rows whose int8 one-hot is bounded; fewer than 2^24, so float32 is exact."""
    rows = min(ONE_HOT_BYTES // (work.n_positions * work.m), 1 << 23)
    return [slice(start, start + rows) for start in range(0, work.n, rows)]


def of_product(work: Work, product: Any) -> Array:
    """The pairs' tables out of the matrix of all columns against all."""
    product, m = np.asarray(product), work.m
    found = [product[i * m : (i + 1) * m, j * m : (j + 1) * m] for i, j in work.pairs]
    return np.array(found).astype(np.int64)


def torch_product(work: Work, dtype: str, given: bool) -> Job:
    """Sum over blocks of rows of X X^T, blocks below the diagonal left out."""
    torch = importlib.import_module("torch")
    columns = torch.from_numpy(work.columns)
    letters = torch.arange(work.m, dtype=torch.uint8)
    width = work.n_positions * work.m
    edges = [width * part // 4 for part in range(5)]
    multiply = torch._int_mm if dtype == "int8" else torch.mm
    out = torch.int32 if dtype == "int8" else torch.float32

    def one_hot(rows: slice) -> Any:
        equal = columns[:, None, rows] == letters[None, :, None]
        x = equal.view(torch.int8).view(width, -1)
        return x if dtype == "int8" else x.to(torch.float32)

    blocks = one_hot_blocks(work)
    ready = [one_hot(rows) for rows in blocks] if given else []

    def run() -> Any:
        total = torch.zeros((width, width), dtype=out)
        for x in ready if given else map(one_hot, blocks):
            for low, high in pairwise(edges):
                total[low:high, low:] += multiply(x[low:high], x[low:].T)
        return total

    return Job(run, partial(of_product, work), work.pairs)


_PRODUCT: dict[str, Any] = {"needs": ("torch",), "threaded": True, "most_columns": 4096}


@peer("torch int8 product", "counts", **_PRODUCT)
def torch_int8_given(work: Work, threads: int) -> Job:
    """torch._int_mm (oneDNN, int8 to int32) of one-hot rows, the one-hot for free."""
    return torch_product(work, "int8", given=True)


@peer("torch int8 product, one-hot made", "counts", **_PRODUCT)
def torch_int8_made(work: Work, threads: int) -> Job:
    """The same, and the one-hot is made from columns of codes, block by block."""
    return torch_product(work, "int8", given=False)


@peer("torch float32 product", "counts", **_PRODUCT)
def torch_float32(work: Work, threads: int) -> Job:
    """torch.mm (oneMKL) of one-hot rows in float32, exact below 2^24, the one-hot for free."""
    return torch_product(work, "float32", given=True)


@peer("NumPy float32 product", "counts", threaded=True, blas=True, most_columns=4096)
def numpy_float32(work: Work, threads: int) -> Job:
    """X @ X.T in float32 (NumPy's BLAS makes half of it: syrk), the one-hot for free."""
    letters = np.arange(work.m, dtype=np.uint8)
    width = work.n_positions * work.m
    ready = [
        (work.columns[:, None, rows] == letters[None, :, None])
        .reshape(width, -1)
        .astype(np.float32)
        for rows in one_hot_blocks(work)
    ]

    def run() -> Array:
        total = np.zeros((width, width), np.float32)
        for x in ready:
            total += x @ x.T
        return total

    return Job(run, partial(of_product, work), work.pairs)


@peer("EVcouplings pair_frequencies", "counts", needs=("evcouplings.align.alignment",))
def evcouplings(work: Work, threads: int) -> Job:
    """Its compiled loop over rows with weights 1, codes for free; frequencies times N."""
    assert work.k == 1
    module = importlib.import_module("evcouplings.align.alignment")
    codes = work.codes.astype(np.intp)
    weights = np.ones(work.n)
    singles = module.frequencies(codes, weights, work.m)

    def answer(found: Array) -> Array:
        scaled = np.array([found[i, j] for i, j in work.pairs]) * work.n
        if not np.abs(scaled - np.rint(scaled)).max() < 1e-3:
            raise WrongAnswerError("EVcouplings: frequencies times N are no counts")
        return np.rint(scaled).astype(np.int64)

    run = partial(module.pair_frequencies, codes, weights, work.m, singles)
    return Job(run, answer, work.pairs)


@peer("ProDy buildMutinfoMatrix", "MI", needs=("prody",))
def prody(work: Work, threads: int) -> Job:
    """Its C code: MI in nats, no pseudocount, 27 letters; ambiguity=False, which is faster."""
    assert work.k == 1
    module = importlib.import_module("prody")
    module.LOGGER.verbosity = "none"  # confProDy would write it into the home folder
    msa = np.array(work.strings, "S").view("S1").reshape(work.n, -1)

    def answer(found: Array) -> Array:
        return cells(found, work.pairs) / math.log(2)

    return Job(partial(module.buildMutinfoMatrix, msa, ambiguity=False), answer, work.pairs)


@peer("scikit-learn mutual_info_score", "MI", needs=("sklearn.metrics",))
def sklearn(work: Work, threads: int) -> Job:
    """One call a pair on columns of codes; MI in nats, no pseudocount."""
    score = importlib.import_module("sklearn.metrics").mutual_info_score
    pairs = sample(work.pairs, 10)
    columns = work.columns
    return Job(
        lambda: [score(columns[i], columns[j]) for i, j in pairs],
        lambda found: np.array(found) / math.log(2),
        pairs,
    )


def plain_mi(
    strings: list[str], kmers: Sequence[str], i: int, j: int, pseudocount: float = 5.0
) -> float:
    """A dictionary of k-mer pairs, then MI over all cells; margins shared."""
    k = len(kmers[0])
    joint: dict[tuple[str, str], int] = {}
    for text in strings:
        key = text[i : i + k], text[j : j + k]
        joint[key] = joint.get(key, 0) + 1
    left, right = dict.fromkeys(kmers, 0), dict.fromkeys(kmers, 0)
    for (a, b), count in joint.items():
        left[a] += count
        right[b] += count
    total, g = len(strings), pseudocount * len(strings)
    scale, flat, square = total + g, g / len(kmers), g / len(kmers) ** 2
    mi = 0.0
    for a in kmers:
        p_a = (left[a] + flat) / scale
        for b in kmers:
            p = (joint.get((a, b), 0) + square) / scale
            mi += p * math.log2(p / (p_a * (right[b] + flat) / scale))
    return mi


@peer("plain Python (PlotMI's equations)", "MI")
def plain_python(work: Work, threads: int) -> Job:
    """Dictionaries of k-mer pairs, MI over all cells with pseudocount 5 N; margins shared."""
    pairs, kmers = sample(work.pairs, 4), work.alphabet.kmers(work.k)
    return Job(
        lambda: [plain_mi(work.strings, kmers, i, j) for i, j in pairs],
        np.array,
        pairs,
        pseudocount=5.0,
    )


# ---------------------------------------------------------------------------------- checks


class WrongAnswerError(AssertionError):
    """A peer and fastmi disagree, so there is nothing to time."""


def cells(matrix: Array, pairs: list[tuple[int, int]]) -> Array:
    """The matrix at the pairs."""
    return np.array([matrix[i, j] for i, j in pairs])


def tables_of(counts: fastmi.JointCounts, pairs: list[tuple[int, int]]) -> Array:
    """The tables of the pairs."""
    return np.array([counts.table(i, j) for i, j in pairs])


def check_counts(name: str, found: Array, expected: Array) -> None:
    """Raise unless all counts are equal."""
    found = np.asarray(found).reshape(expected.shape)
    wrong = int(np.count_nonzero(found != expected))
    if wrong:
        raise WrongAnswerError(f"{name}: {wrong:,} of {expected.size:,} counts differ")


def check_mi(name: str, found: Array, expected: Array) -> float:
    """Raise unless the MI agrees; the largest difference."""
    difference = float(np.abs(np.asarray(found) - expected).max())
    if not difference <= TOLERANCE:  # also where it is NaN
        raise WrongAnswerError(f"{name}: MI differs by {difference:.3g} bits")
    return difference


def check(name: str, what: str, work: Work, job: Job, result: Any) -> str:
    """Hold a peer's answer against fastmi's; what was found, in words."""
    answer = job.answer(result)
    if what == "counts":
        check_counts(name, answer, tables_of(work.counts, job.pairs))
        return "counts equal"
    difference = check_mi(name, answer, cells(work.mi(job.pseudocount), job.pairs))
    return f"MI within {difference:.1e} bits"


def why_not(entry: Peer, work: Work) -> str:
    """Why a peer cannot do the work here; "" if it can."""
    for module in entry.needs:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # EVcouplings: of pkg_resources
                importlib.import_module(module)
        except Exception as error:  # a broken package must not end the others
            return f"cannot import {module} ({type(error).__name__}: {error})"
    if work.n_positions * work.m > entry.most_columns:
        return f"{work.n_positions * work.m:,} one-hot columns are too many"
    return ""


# ---------------------------------------------------------------------------------- timing


@contextmanager
def pinned(threads: int) -> Iterator[bool]:
    """Give every library that is here this number of threads; whether BLAS obeys, too."""
    with ExitStack() as stack:
        try:
            limits = importlib.import_module("threadpoolctl").threadpool_limits
        except ImportError:
            blas = False
        else:
            stack.enter_context(limits(threads, user_api="blas"))
            blas = True
        for module in (sys.modules.get("numba"), sys.modules.get("torch")):
            if module is not None:  # else no peer has asked for it
                module.set_num_threads(threads)
        yield blas


@dataclass
class Timed:
    """A peer with its number of threads, and what it took."""

    entry: Peer
    threads: int
    pinned: bool
    job: Job
    checked: str
    seconds: list[float]

    def row(self, work: Work) -> dict[str, Any]:
        """As it goes to the file."""
        best = min(self.seconds)
        updates = work.n * len(self.job.pairs)
        return {
            "peer": self.entry.name,
            "what": self.entry.what,
            "threads": self.threads,
            "threads_pinned": self.pinned,
            "pairs_measured": len(self.job.pairs),
            "pairs": len(work.pairs),
            "best_s": best,
            "median_s": statistics.median(self.seconds),
            "runs": len(self.seconds),
            "all_pairs_best_s": best * len(work.pairs) / len(self.job.pairs),
            "updates_per_s": updates / best,
            "checked": self.checked,
        }


def ready(entry: Peer, work: Work, all_threads: int) -> list[Timed]:
    """Jobs of a peer whose answers are right, run once."""
    found = []
    for threads in sorted({1, all_threads} if entry.threaded else {1}):
        with pinned(threads) as blas:
            if entry.blas and not blas and threads != all_threads:
                continue  # BLAS cannot be told, and takes what it likes
            job = entry.make(work, threads)
            checked = check(entry.name, entry.what, work, job, job.run())
        found.append(Timed(entry, threads, blas or not entry.blas, job, checked, []))
    return found


def run_case(case: Case, repeats: int, all_threads: int) -> dict[str, Any]:
    """Check every peer of the case, then time them in turn."""
    work = Work(case)
    timed: list[Timed] = []
    skipped: dict[str, str] = {}
    for name in (*OURS, *case.peers):
        entry = PEERS[name]
        reason = why_not(entry, work)
        if not reason:
            try:
                timed += ready(entry, work, all_threads)
            except WrongAnswerError:
                raise
            except Exception as error:  # a package that does not run here, like one not here
                if not entry.needs:
                    raise
                reason = f"does not run here ({type(error).__name__}: {error})"
        if reason:
            skipped[name] = reason
    for _ in range(repeats):
        for one in timed:
            with pinned(one.threads):
                time.sleep(PAUSE_S)
                start = time.perf_counter()
                one.job.run()
                one.seconds.append(time.perf_counter() - start)
    rows = [one.row(work) for one in timed]
    ours = {
        (row["what"], row["threads"]): row["all_pairs_best_s"]
        for row in rows
        if row["peer"] in OURS
    }
    for row in rows:
        row["times_fastmi"] = row["all_pairs_best_s"] / ours[row["what"], row["threads"]]
    about = {name: value for name, value in asdict(case).items() if name != "peers"}
    return {**about, "pairs": len(work.pairs), "rows": rows, "skipped": skipped}


# ------------------------------------------------------------------------------------ words


def table(case: Case, found: dict[str, Any]) -> str:
    """One case for people."""
    lines = [
        f"\n{case.title} ({found['pairs']:,} pairs)",
        f"  {'peer':<36}{'gives':<8}{'threads':>7}{'pairs':>8}{'best':>10}{'median':>10}"
        f"{'G upd/s':>9}{'/fastmi':>9}",
    ]
    for r in found["rows"]:
        threads = f"{r['threads']}" + ("" if r["threads_pinned"] else "?")
        lines.append(
            f"  {r['peer']:<36}{r['what']:<8}{threads:>7}{r['pairs_measured']:>8,}"
            f"{r['best_s']:>9.4f}s{r['median_s']:>9.4f}s{r['updates_per_s'] / 1e9:>9.3f}"
            f"{r['times_fastmi']:>8.2f}x"
        )
    lines += [f"  skipped: {name}: {reason}" for name, reason in found["skipped"].items()]
    return "\n".join(lines)


OURS = ("fastmi counts", "fastmi MI")
_LOOPS = ("numba loop", "np.bincount")
_PRODUCTS = tuple(name for name in PEERS if name.endswith(("product", "one-hot made")))
_TOOLS = ("EVcouplings pair_frequencies", "ProDy buildMutinfoMatrix")
_SAMPLES = ("scikit-learn mutual_info_score", "plain Python (PlotMI's equations)")
EVERYTHING = (*_LOOPS, *_PRODUCTS, *_TOOLS, *_SAMPLES)
NOT_ALIGNMENTS = (*_LOOPS, *_PRODUCTS, *_SAMPLES)  # the tools know single letters only

CASES = (
    Case("dna", 1, 100_000, 100, "uniform", EVERYTHING),
    Case("dna", 2, 100_000, 50, "uniform", NOT_ALIGNMENTS),
    Case("dna", 3, 100_000, 100, "uniform", (*_LOOPS, *_SAMPLES)),
    Case("dna", 3, 20_000, 50, "uniform", ("numba loop", *_PRODUCTS)),
    Case("dna", 4, 100_000, 30, "uniform", _LOOPS),
    Case("protein", 1, 100_000, 60, "uniform", EVERYTHING),
    Case("dna", 3, 100_000, 100, "variants", ("numba loop",)),
    Case("protein", 1, 100_000, 60, "variants", ("numba loop", *_PRODUCTS[:2], *_TOOLS)),
)
QUICK = (
    Case("dna", 1, 3_000, 12, "uniform", EVERYTHING),
    Case("dna", 2, 3_000, 12, "variants", NOT_ALIGNMENTS),
    Case("dna", 3, 3_000, 12, "uniform", NOT_ALIGNMENTS),
    Case("dna", 4, 1_000, 11, "uniform", _LOOPS),
    Case("protein", 1, 3_000, 9, "variants", EVERYTHING),
)
LATEST = Path(__file__).parent / "results" / "peers-latest.json"
PACKAGES = ("numba", "threadpoolctl", "scikit-learn", "torch", "ProDy", "evcouplings")


def peak_memory() -> int:
    """Most memory that this process had, 0 where it cannot be told."""
    try:
        import resource
    except ImportError:
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def layers() -> dict[str, str]:
    """Which threads NumPy's BLAS and numba use, as far as they tell."""
    found: dict[str, str] = {}
    try:
        pools = importlib.import_module("threadpoolctl").threadpool_info()
        blas = {f"{p['internal_api']} {p['version']}" for p in pools if p["user_api"] == "blas"}
        found["blas"] = ", ".join(sorted(blas))
    except ImportError:
        found["blas"] = "unknown (threadpoolctl is missing)"
    try:
        found["numba_threads"] = importlib.import_module("numba").threading_layer()
    except (ImportError, ValueError):  # ValueError: nothing ran in parallel
        found["numba_threads"] = "none"
    return found


def main(argv: list[str] | None = None) -> int:
    """Run all cases, print them, write the JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n")[0],
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(f"{p.name}: {p.explanation}" for p in PEERS.values()),
    )
    parser.add_argument(
        "-o",
        "--out",
        help=f"JSON file (default: {LATEST.name} among the results; --quick: none)",
    )
    parser.add_argument("--quick", action="store_true", help="tiny cases, two runs")
    parser.add_argument("--repeats", type=int, help="runs of each (default 5)")
    parser.add_argument("--note", default="", help="kept in the file: what disturbed the run")
    args = parser.parse_args(argv)
    about = machine(PACKAGES)
    print(f"{about['processor']} ({about['instruction_sets']}), {about['threads']} cores")
    print(f"fastmi {about['fastmi']} at {about['commit']}; openmp {about['openmp']}")
    cases = QUICK if args.quick else CASES
    repeats = args.repeats or (2 if args.quick else 5)
    found = []
    for case in cases:
        one = run_case(case, repeats, int(about["threads"]))
        found.append(one)
        print(table(case, one), flush=True)
    print("\n/fastmi: seconds for all pairs over fastmi's, same answer, same threads;")
    print("over 1 fastmi is faster. Fewer pairs measured are extrapolated over pairs alone.")
    out = args.out or (None if args.quick else LATEST)
    if out:
        result = {
            "note": args.note,
            "machine": {**about, **layers(), "load_after": load()},
            "peers": {p.name: p.explanation for p in PEERS.values()},
            "extrapolation": "all_pairs_best_s = best_s * pairs / pairs_measured, nothing else",
            "peak_memory_bytes": peak_memory(),
            "cases": found,
        }
        Path(out).write_text(json.dumps(result, indent=1) + "\n")
        print(f"wrote {out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
