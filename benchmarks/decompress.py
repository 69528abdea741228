"""Reading gzip against the bare decompressor: it should take no longer, parsing included.

    python benchmarks/decompress.py [--json benchmarks/results/NAME.json]
    python benchmarks/decompress.py --quick       # a second, only to see that it runs

One FASTA of random DNA, once as a single gzip member and once in blocks as bgzip writes them,
goes through each of these in turn; best and median are kept:

``bare``          the decompressor in a loop, in pieces of the size that fastmi takes
``opened``        fastmi's stream of unpacked bytes, read to its end
``read_blocks``   the same, parsed and packed
``gzip.open``     Python's own reader
``gzip -dc``      the program

The first three with zlib and, where it is installed, with ISA-L.  ``of_bare`` is the time
divided by that of the bare loop with the same library (zlib's for the last two).  Unpacking
and parsing overlap only where two cores are free: ``load_before`` says whether they were.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import subprocess
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from machine import load, machine
from yardstick import Row, timed, write_fasta

import fastmi
from fastmi import _gunzip
from fastmi._opened import opened

HERE = Path(__file__).parent
PIECE = 1 << 20
READ = 1 << 18
BGZIP = 65_280  # bytes in a block of bgzip


def libraries() -> dict[str, ModuleType]:
    """Those that are here, by name."""
    best = _gunzip.isal_or_zlib()
    return {"zlib": zlib} | ({} if best is zlib else {"isal": best})


@contextmanager
def using(library: ModuleType) -> Iterator[None]:
    """Let fastmi unpack with this one."""
    before = _gunzip.isal_or_zlib
    _gunzip.isal_or_zlib = lambda: library
    try:
        yield
    finally:
        _gunzip.isal_or_zlib = before


# ------------------------------------------------------------------- what is timed, and checked


def bare(path: Path, library: ModuleType) -> int:
    """The least that must be done; bytes unpacked."""
    n = 0
    with path.open("rb", buffering=0) as stream:
        while part := stream.read(READ):
            while part:
                member = library.decompressobj(wbits=31)
                while not member.eof:
                    n += len(member.decompress(part or stream.read(READ), PIECE))
                    part = member.unconsumed_tail
                part = member.unused_data
    return n


def through_opened(path: Path, library: ModuleType) -> int:
    """Our stream; bytes unpacked."""
    view = memoryview(bytearray(PIECE))
    n = 0
    with using(library), opened(path) as (stream, _):
        while found := stream.readinto(view):  # type: ignore[attr-defined]
            n += found
    return n


def blocks(path: Path, library: ModuleType) -> int:
    """All of it; sequences read."""
    with using(library):
        return sum(len(block) for block in fastmi.read_blocks(path))


def through_python(path: Path) -> int:
    """Python's reader; bytes unpacked."""
    n = 0
    with gzip.open(path) as stream:
        while found := len(stream.read(PIECE)):
            n += found
    return n


def through_program(path: Path) -> None:
    """Into nothing."""
    with path.open("rb") as stream:
        command = ["gzip", "-dc"]
        subprocess.run(command, stdin=stream, stdout=subprocess.DEVNULL, check=True)


def check(path: Path, plain: Path, n: int, library: ModuleType) -> None:
    """Each way gives all of it, and ours the very bytes."""
    size = plain.stat().st_size
    assert bare(path, library) == through_opened(path, library) == through_python(path) == size
    assert blocks(path, library) == n
    with using(library), opened(path) as (stream, _), plain.open("rb") as expected:
        while data := stream.read(PIECE):
            assert data == expected.read(len(data))
        assert not expected.read(1)


def jobs_of(path: Path) -> dict[tuple[str, str], Callable[[], object]]:
    """What is timed, by way and library."""
    jobs: dict[tuple[str, str], Callable[[], object]] = {}
    for name, library in libraries().items():
        jobs["bare", name] = partial(bare, path, library)
        jobs["opened", name] = partial(through_opened, path, library)
        jobs["read_blocks", name] = partial(blocks, path, library)
    jobs["gzip.open", "zlib"] = partial(through_python, path)
    if shutil.which("gzip"):
        jobs["gzip -dc", "zlib"] = partial(through_program, path)
    return jobs


# ------------------------------------------------------------------------------- the program


def write_packed(plain: Path, whole: Path, in_blocks: Path) -> None:
    """The file as one member, and in blocks with the empty one behind them."""
    with plain.open("rb") as stream, gzip.open(whole, "wb", 6) as packed:
        shutil.copyfileobj(stream, packed, PIECE)
    with plain.open("rb") as stream, in_blocks.open("wb") as out:
        while block := stream.read(BGZIP):
            out.write(gzip.compress(block, 6))
        out.write(gzip.compress(b""))


def measure(folder: Path, n: int, repeats: int) -> list[Row]:
    """Every way through both files."""
    plain = folder / "reads.fa"
    files = {"one member": folder / "reads.fa.gz", "blocks": folder / "reads.fa.bgz"}
    write_fasta(plain, n)
    write_packed(plain, *files.values())
    rows = []
    for kind, path in files.items():
        for library in libraries().values():
            check(path, plain, n, library)
        found = timed(jobs_of(path), repeats)
        for (way, name), times in found.items():
            row: Row = {
                "case": "decompress",
                "kind": kind,
                "way": way,
                "library": name,
                "n": n,
                "bytes": plain.stat().st_size,
                "bytes_packed": path.stat().st_size,
                **times,
                "bytes_per_s": plain.stat().st_size / times["best_s"],
                "of_bare": times["best_s"] / found["bare", name]["best_s"],
                "of_bare_medians": times["median_s"] / found["bare", name]["median_s"],
            }
            rows.append(row)
            print(
                f"  {kind:<12}{way:<13}{name:<6}{row['best_s']:8.4f} s  "
                f"{row['bytes_per_s'] / 1e6:7.0f} MB/s  of bare: {row['of_bare']:5.2f} "
                f"(medians {row['of_bare_medians']:5.2f})",
                flush=True,
            )
    return rows


def main(argv: list[str] | None = None) -> int:
    """Measure, print and, if asked, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", help="file for the numbers")
    parser.add_argument("--repeats", type=int, help="runs of each (default 7)")
    parser.add_argument("--quick", action="store_true", help="a tiny file, two runs")
    parser.add_argument("--note", default="", help="kept in the file: what disturbed the run")
    args = parser.parse_args(argv)
    about: dict[str, Any] = machine(("isal",))
    print(f"{about['processor']}, {about['threads']} cores, load {about['load_before']}")
    print(f"fastmi {about['fastmi']} at {about['commit']}; isal {about['isal']}")
    with tempfile.TemporaryDirectory() as folder:
        n, repeats = (5_000, 2) if args.quick else (1_000_000, 7)
        rows = measure(Path(folder), n, args.repeats or repeats)
    if args.json:
        about["zlib"] = zlib.ZLIB_RUNTIME_VERSION
        result = {
            "note": args.note,
            "machine": {**about, "load_after": load()},
            "cases": rows,
        }
        Path(args.json).write_text(json.dumps(result, indent=1) + "\n")
        print(f"wrote {args.json}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
