"""First timings: parsing, memory, mutual information.

    python benchmarks/run.py [--large] [-o benchmarks/results/NAME.json]

Each case checks its answer once, then runs several times; best and median are kept, and the
cases that are compared run in turn.  ``--large`` adds the FASTA of ten million sequences
(1.1 GB on disk).  README and docs take their numbers from the JSON files only
(``benchmarks/report.py``).
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

import fastmi
from fastmi import _reference
from fastmi.versions import versions

LENGTH = 100


def random_codes(n: int, length: int = LENGTH, size: int = 4, seed: int = 1) -> np.ndarray:
    """Uniform letters, the hardest to predict and so the slowest to parse and count."""
    return np.random.default_rng(seed).integers(0, size, (n, length), dtype=np.uint8)


def timed(jobs: dict[str, Callable[[], object]], repeats: int) -> dict[str, dict[str, float]]:
    """Run the jobs in turn, ``repeats`` times each; best and median seconds."""
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(repeats):
        for name, job in jobs.items():
            start = time.perf_counter()
            job()
            seconds[name].append(time.perf_counter() - start)
    return {
        name: {"best_s": min(s), "median_s": statistics.median(s), "runs": len(s)}
        for name, s in seconds.items()
    }


def write_fasta(path: Path, n: int, block: int = 100_000) -> None:
    """Write n random records of 100 letters, one line each."""
    letters = np.frombuffer(b"ACGT", np.uint8)
    with path.open("wb") as stream:
        for start in range(0, n, block):
            rows = letters[random_codes(min(block, n - start), seed=start)]
            records = [b">r%d\n%s\n" % (start + i, row.tobytes()) for i, row in enumerate(rows)]
            stream.write(b"".join(records))


def parsing(folder: Path, repeats: int) -> list[dict[str, object]]:
    """Records a second from a FASTA in the page cache, on one core."""
    n = 1_000_000
    path = folder / "million.fa"
    write_fasta(path, n)
    assert fastmi.read(path)[:3] == fastmi.PackedSequences.from_codes(
        random_codes(100_000, seed=0)[:3]
    )
    result = timed({"fasta": lambda: fastmi.read(path)}, repeats)["fasta"]
    return [
        {
            "case": "read FASTA",
            "n": n,
            "length": LENGTH,
            "threads": 1,
            **result,
            "records_per_s": n / result["best_s"],
            "bytes_per_s": path.stat().st_size / result["best_s"],
        }
    ]


def reading_memory(folder: Path) -> list[dict[str, object]]:
    """Peak memory of a process that reads ten million sequences of 100 letters."""
    n = 10_000_000
    path = folder / "ten_million.fa"
    write_fasta(path, n)
    program = (
        "import resource, sys, fastmi, fastmi.io\n"
        "unit = 1 if sys.platform == 'darwin' else 1024\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit\n"
        "before = peak()\n"
        f"s = fastmi.read({str(path)!r})\n"
        f"assert len(s) == {n}\n"
        "print(before, peak(), s.nbytes)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    before, peak, packed = (int(x) for x in run.stdout.split())
    path.unlink()
    return [
        {
            "case": "memory of reading FASTA",
            "n": n,
            "length": LENGTH,
            "packed_bytes": packed,
            "peak_bytes": peak,
            "before_bytes": before,
            "rest_bytes": peak - packed,
        }
    ]


def counting(repeats: int, threads: int) -> list[dict[str, object]]:
    """pairwise_mi of DNA of length 100 at k = 3, and of other k and alphabets."""
    shapes = [
        (20_000, LENGTH, "dna", 3),
        (200_000, LENGTH, "dna", 3),
        (1_000_000, LENGTH, "dna", 3),
        (200_000, LENGTH, "dna", 1),
        (200_000, LENGTH, "dna", 2),
        (50_000, 40, "dna", 4),
        (50_000, 24, "dna", 5),
        (50_000, 16, "dna", 6),
        (26_804, 56, "protein", 1),
        (26_804, 56, "protein", 2),
    ]
    rows: list[dict[str, object]] = []
    for n, length, alphabet, k in shapes:
        size = len(fastmi.get_alphabet(alphabet))
        codes = random_codes(n, length, size)
        packed = fastmi.PackedSequences.from_codes(codes, alphabet)
        pairs = (length - 2 * k + 1) * (length - 2 * k + 2) // 2
        found = fastmi.pairwise_mi(packed, k)
        table = _reference.count_pair(codes, size, k, 0, k)
        assert np.array_equal(found.source.table(0, k), table)
        jobs = {
            str(t): partial(fastmi.pairwise_mi, packed, k, n_threads=t)
            for t in sorted({1, threads})
        }
        few = 3 if n >= 1_000_000 else repeats
        for name, result in timed(jobs, few).items():
            rows.append(
                {
                    "case": "pairwise_mi",
                    "n": n,
                    "length": length,
                    "alphabet": alphabet,
                    "k": k,
                    "pairs": pairs,
                    "threads": int(name),
                    **result,
                    "updates_per_s": n * pairs / result["best_s"],
                }
            )
            print(
                f"  n={n} L={length} {alphabet} k={k} threads={name}: {result['best_s']:.3f} s"
            )
    return rows


def against_numpy(repeats: int) -> list[dict[str, object]]:
    """The same pairs by np.bincount and NumPy, one core, alternating."""
    n, k, length = 20_000, 3, 24
    codes = random_codes(n, length)
    packed = fastmi.PackedSequences.from_codes(codes)
    pairs = list(_reference.pairs(length, k))

    def twin() -> list[np.ndarray]:
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
            "best_s": result["fastmi"]["best_s"],
            "bincount_best_s": result["np.bincount"]["best_s"],
            "ratio": result["np.bincount"]["best_s"] / result["fastmi"]["best_s"],
        }
    ]


def main() -> None:
    """Run all cases and write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-o", "--out", default="benchmarks/results/latest.json")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--large", action="store_true", help="also the FASTA of 1.1 GB")
    args = parser.parse_args()
    about = versions()
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as name:
        rows += parsing(Path(name), args.repeats)
        if args.large:
            rows += reading_memory(Path(name))
    rows += counting(args.repeats, int(about["threads"]))
    rows += against_numpy(args.repeats)
    Path(args.out).write_text(json.dumps({"machine": about, "cases": rows}, indent=1) + "\n")
    print(f"wrote {args.out}")


if __name__ == "__main__":
    main()
