"""From files to a finished map, as a user runs it; where the time goes; several processes.

    python benchmarks/end_to_end.py benchmarks/results/NAME.json
    python benchmarks/end_to_end.py --quick       # seconds, only to see that it runs

Random DNA (k = 3, pseudocount 0) is written once: eight FASTA files, packed by zlib at level 6
as ``gzip`` does, all of them behind one another as one FASTA and one FASTA.gz (of eight
members), and as a store.  Measured are

``end to end``  the commands that make a map of each, on one core and on all;
``stage``       what they do, piece by piece, each alone on one core;
``processes``   two shards by one process and by two (``scaling.py``);
``part``        counts as files: loading, adding, saving (``parts.py``).

What is compared runs in turn, after a run whose map is checked bit for bit.  The numbers go
into ``end_to_end`` of the JSON file of ``run.py``, beside what else is there; ``model.py``
predicts from them and ``report.py`` prints them.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import tempfile
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import parts
import scaling
from decompress import bare, blocks, libraries
from machine import load, machine
from processes import FASTMI, Command, Job, can_pin, in_turn, one_core, pinned
from yardstick import Row, timed, write_fasta

import fastmi
from fastmi._parts import BLOCK_ROWS

K = 3
LEVEL = 6
N_FILES = 8
FEW = 1_000  # sequences for which the tables are most of the work
GZ, FASTA, STORE = INPUTS = ("FASTA.gz", "FASTA", "store")
MI, COUNT = WAYS = ("mi", "count, mi")


@dataclass(frozen=True)
class Size:
    """How much of everything."""

    n: int = 5_000_000
    length: int = 100
    n_parts: int = 64
    repeats: int = 5
    scale: int = 4  # sequences of the store that processes share, in n


QUICK = Size(n=4_000, length=20, n_parts=3, repeats=1, scale=1)


class Files(NamedTuple):
    """The same sequences, several times; and a few others."""

    whole: dict[str, Path]
    packed: list[Path]
    tiny: Path


def write_files(folder: Path, size: Size) -> Files:
    """Write them all."""
    n = size.n // N_FILES

    def write(at: int) -> Path:
        plain, packed = folder / f"{at}.fa", folder / f"{at}.fa.gz"
        write_fasta(plain, n, size.length, at * n)
        packed.write_bytes(gzip.compress(plain.read_bytes(), LEVEL, mtime=0))
        return packed

    with ThreadPoolExecutor() as pool:
        packed = list(pool.map(write, range(N_FILES)))
    whole = {GZ: folder / "all.fa.gz", FASTA: folder / "all.fa", STORE: folder / "all.npy"}
    with whole[GZ].open("wb") as gz, whole[FASTA].open("wb") as fasta:
        for path in packed:
            gz.write(path.read_bytes())
            fasta.write(path.with_suffix("").read_bytes())
            path.with_suffix("").unlink()
    fastmi.read(whole[FASTA]).save(whole[STORE])
    tiny = folder / "tiny.fa"
    write_fasta(tiny, 10, 2 * K + 2)
    return Files(whole, packed, tiny)


# ------------------------------------------------------------------------------ the commands


def commands(way: str, path: Path, out: str) -> list[list[Command]]:
    """One after the other."""
    options = ("--pseudocount", "0", "--figure", "none", "-o", out)
    if way == MI:
        return [[(*FASTMI, "mi", str(path), "-k", str(K), *options)]]
    counts = f"{out}.counts.npz"
    return [
        [(*FASTMI, "count", str(path), "-k", str(K), "-o", counts)],
        [(*FASTMI, "mi", counts, *options)],
    ]


def whole_runs(files: Files, folder: Path, size: Size) -> list[Row]:
    """The commands, by clock."""
    jobs: dict[tuple[str, str, str, bool], Job] = {}
    for kind, path in files.whole.items():
        for library in libraries() if kind == GZ else [""]:
            for way in WAYS:
                for single in (True, False) if can_pin() else (False,):
                    given = commands(way, path, "run")
                    jobs[kind, library, way, single] = Job(given, library == "zlib", single)
    every = fastmi.PackedSequences.open(files.whole[STORE])
    expected = fastmi.pairwise_mi(every, K, pseudocount=0).matrix.tobytes()

    def check(name: tuple[str, str, str, bool]) -> None:
        found = fastmi.MIResult.load(folder / "run.npz").matrix.tobytes()
        assert found == expected, name

    rows = []
    for name, found in in_turn(jobs, folder, size.repeats, check).items():
        kind, library, way, single = name
        row: Row = {
            "case": "end to end",
            "input": kind,
            "library": library,
            "way": way,
            "cores": 1 if single else int(machine()["threads"]),
            "n": size.n,
            "length": size.length,
            "alphabet": "dna",
            "k": K,
            "level": LEVEL,
            "bytes": files.whole[kind].stat().st_size,
            **found,
        }
        rows.append(row)
        print(
            f"  {kind:<9}{library:<5}{way:<10}{row['cores']} cores{row['best_s']:8.3f} s"
            f" (median {row['median_s']:.3f}), CPU {row['cpu_s']:.3f} s, "
            f"{row['peak_bytes'] / 1e6:.0f} MB",
            flush=True,
        )
    return rows


# -------------------------------------------------------------------------------- the stages


def count(sequences: fastmi.PackedSequences) -> fastmi.JointCounts:
    """Ready blocks into new tables."""
    counts = fastmi.JointCounts(sequences.length, K)
    for at in range(0, len(sequences), BLOCK_ROWS):
        counts.add(sequences[at : at + BLOCK_ROWS], n_threads=1)
    return counts


def write(result: fastmi.MIResult, folder: Path) -> None:
    """What ``fastmi mi`` leaves behind, but for a few lines."""
    result.save(folder / "stage.npz")
    result.to_tsv(folder / "stage.pairs.tsv")


def stages(files: Files, folder: Path, size: Size) -> list[Row]:
    """Each piece of the work, alone on one core."""
    sequences = fastmi.PackedSequences.open(files.whole[STORE])
    counts = count(sequences)
    saved = folder / "stage.counts.npz"
    counts.save(saved)
    of_counts = counts.mi(0, n_threads=1)
    of_sequences = fastmi.pairwise_mi(sequences, K, pseudocount=0, n_threads=1)
    assert of_counts.matrix.tobytes() == of_sequences.matrix.tobytes()
    zlib_or_isal: dict[str, ModuleType] = libraries()
    jobs: dict[tuple[str, str], Callable[[], object]] = {}
    for name, library in zlib_or_isal.items():
        jobs["decompress", name] = partial(bare, files.whole[GZ], library)
        jobs["decompress and parse", name] = partial(blocks, files.whole[GZ], library)
    jobs["parse", ""] = partial(blocks, files.whole[FASTA], zlib)
    jobs["count", ""] = partial(count, sequences)
    jobs["tables", ""] = partial(count, sequences[:FEW])
    jobs["save", ""] = partial(counts.save, saved)
    jobs["load", ""] = partial(fastmi.JointCounts.load, saved)
    jobs["mi", ""] = partial(counts.mi, 0, n_threads=1)
    jobs["write", ""] = partial(write, of_counts, folder)
    jobs["map", ""] = partial(fastmi.pairwise_mi, sequences, K, pseudocount=0, n_threads=1)
    jobs["write, k-mers counted anew", ""] = partial(write, of_sequences, folder)
    with pinned():
        found = timed(jobs, size.repeats)
    tiny = commands(COUNT, files.tiny, "tiny")
    starts = {
        "count": Job(tiny[:1], one_core=can_pin()),
        "mi": Job(tiny[1:], one_core=can_pin()),
    }
    for command, row in in_turn(starts, folder, size.repeats).items():
        found[f"start {command}", ""] = row
    rows: list[Row] = []
    for (stage, library), times in found.items():
        rows.append({"case": "stage", "stage": stage, "library": library, "n": size.n, **times})
        print(f"  {stage:<28}{library:<5}{times['best_s']:8.4f} s", flush=True)
    return rows


# ------------------------------------------------------------------------------- the program


def measure(size: Size, note: str = "", temporary: str | None = None) -> dict[str, Any]:
    """Everything, as it goes into the JSON."""
    about: Row = machine(("isal",))
    about["zlib"] = zlib.ZLIB_RUNTIME_VERSION
    about["one_core_is"] = f"core {one_core()[0]}" if can_pin() else "none held"
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=temporary) as name:
        folder = Path(name)
        files = write_files(folder, size)
        print(f"wrote the files in {time.perf_counter() - start:.0f} s", flush=True)
        rows = whole_runs(files, folder, size)
        rows += stages(files, folder, size)
        rows += scaling.processes(files.packed, folder, K, size.n * size.scale, size.repeats)
        one = fastmi.PackedSequences.open(files.whole[STORE])
        rows += parts.merging(count(one), one[:FEW], folder, size.n_parts, size.repeats)
        rows += parts.lists_of_files(files.packed, folder, size.repeats)
        free = shutil.disk_usage(folder).free
    about["load_after"] = load()
    print(f"{time.perf_counter() - start:.0f} s in all; {free / 1e9:.0f} GB of disk left")
    return {"note": note, "machine": about, "cases": rows}


def put(path: Path, **blocks: Any) -> None:
    """Put blocks into a JSON file, beside what is there."""
    found = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**found, **blocks}, indent=1) + "\n")
    print(f"wrote {', '.join(blocks)} into {path}")


def main(argv: list[str] | None = None) -> int:
    """Measure, print and, if asked, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("json", nargs="?", help="file for the numbers, mostly that of run.py")
    parser.add_argument("--quick", action="store_true", help="tiny files, one run")
    parser.add_argument("--repeats", type=int, help="runs of each (default 5)")
    parser.add_argument("--n", type=int, help="sequences (default 5,000,000)")
    parser.add_argument("--tmp", help="folder on the disk to be measured, with 6 GB free")
    parser.add_argument("--note", default="", help="kept in the file: what disturbed the run")
    args = parser.parse_args(argv)
    size = QUICK if args.quick else Size()
    given = {"repeats": args.repeats, "n": args.n}
    size = Size(**{**vars(size), **{name: it for name, it in given.items() if it}})
    found = measure(size, args.note, args.tmp)
    if args.json:
        put(Path(args.json), end_to_end=found)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
