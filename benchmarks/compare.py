"""Holds this tree against another revision, case by case, in turn: is anything slower.

    python benchmarks/compare.py               # against the last tag, without tags HEAD~1
    python benchmarks/compare.py v0.1.0        # or any revision that git knows

Both are exported (this tree as it is, with what is not committed), built in the same way by pip
into folders of their own, and loaded by a child process each, which lives as long as the run.
The children work in turn, one at a time; the best of several counts.  A case below 0.95 of the
other's speed is measured once more, and flagged if it still is; so is a different answer.  The
exit status is 0 all the same: speed is for people to judge, on a machine that is idle.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
SLOWER = 0.95
SAME = 1e-9  # relative; answers are sums of MI, or numbers of sequences
Job = tuple[Callable[[], Any], Callable[[Any], float]]  # what is timed; its answer as a number


# ------------------------------------------------------------------------------------ cases
# They run inside the children, with the fastmi of either revision: public names only.


def mi_map(
    alphabet: str, k: int, n: int, length: int, calls: int = 1, threads: int | None = 1
) -> Any:
    """pairwise_mi of uniform letters."""

    def prepare(shrink: int, folder: Path) -> Job:
        import fastmi

        size = len(fastmi.get_alphabet(alphabet))
        codes = np.random.default_rng(k).integers(0, size, (n // shrink, length), np.uint8)
        packed = fastmi.PackedSequences.from_codes(codes, alphabet)

        def run() -> Any:
            for _ in range(calls):
                result = fastmi.pairwise_mi(packed, k, n_threads=threads)
            return result

        return run, lambda result: float(np.nansum(result.matrix))

    return prepare


def mi_of_tables(shrink: int, folder: Path) -> Job:
    """JointCounts.mi of tables that are there."""
    import fastmi

    codes = np.random.default_rng(3).integers(0, 4, (20_000 // shrink, 60), np.uint8)
    counts = fastmi.JointCounts(60, 3)
    counts.add(codes)
    return lambda: counts.mi(5.0, n_threads=1), lambda r: float(np.nansum(r.matrix))


def read_fasta(shrink: int, folder: Path) -> Job:
    """Records of one line from the page cache."""
    import fastmi

    path = folder / "reads.fa"
    codes = np.random.default_rng(4).integers(0, 4, (1_000_000 // shrink, 100), np.uint8)
    lines = np.frombuffer(b"ACGT", np.uint8)[codes].view("S100").ravel()
    path.write_bytes(b"".join(b">r%d\n%s\n" % (n, s) for n, s in enumerate(lines)))
    return lambda: fastmi.read(path), lambda read: float(len(read) + sum(read[-1].encode()))


CASES: dict[str, Callable[[int, Path], Job]] = {
    "map, dna, k = 1": mi_map("dna", 1, 200_000, 60),
    "map, dna, k = 2": mi_map("dna", 2, 200_000, 60),
    "map, dna, k = 3": mi_map("dna", 3, 200_000, 60),
    "map, dna, k = 3, all threads": mi_map("dna", 3, 200_000, 60, threads=None),
    "map, dna, k = 4": mi_map("dna", 4, 200_000, 30),
    "map, protein, k = 1": mi_map("protein", 1, 200_000, 50),
    "ten maps of 500, dna, k = 3": mi_map("dna", 3, 500, 60, calls=10),
    "MI of tables, dna, k = 3": mi_of_tables,
    "read FASTA": read_fasta,
}


# ----------------------------------------------------------------------------------- child
# The protocol: it says what it is in one line of JSON; then for every line "CASE" that comes
# it runs the case once and answers {"seconds": S, "answer": A} or {"error": WHY}.  The first
# time a case is named, its data are made and it runs once untimed.  End of input ends it.


def child(shrink: int) -> None:
    """Serve timings on stdin and stdout."""
    replies = os.dup(1)
    os.dup2(2, 1)  # whatever the library prints must not disturb the protocol

    def reply(**fields: object) -> None:
        os.write(replies, json.dumps(fields).encode() + b"\n")

    import fastmi

    try:
        from machine import machine

        about = machine()
    except ImportError:  # a revision without the module that tells
        about = {}
    reply(path=str(Path(fastmi.__file__).resolve()), machine=about)
    name, job = "", None
    with tempfile.TemporaryDirectory() as folder:
        for line in sys.stdin:
            try:
                if line.strip() != name or job is None:
                    job = None  # the last case's data go first
                    name = line.strip()
                    job = CASES[name](shrink, Path(folder))
                    job[0]()
                start = time.perf_counter()
                result = job[0]()
                seconds = time.perf_counter() - start
                reply(seconds=seconds, answer=job[1](result))
            except Exception as error:  # an older revision may lack what a case needs
                job = None
                reply(error=f"{type(error).__name__}: {error}")


class Child:
    """A process that holds the fastmi of a folder."""

    def __init__(self, folder: Path, shrink: int = 1) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--child", str(shrink)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(folder)},
        )
        about = self._reply()
        self.machine, self.path = about["machine"], Path(about["path"])
        if folder.resolve() not in self.path.parents:
            self.close()
            raise SystemExit(f"another fastmi than the one just built was loaded: {self.path}")

    def _reply(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self.close()
            raise SystemExit(f"a child ended with status {self._process.returncode}")
        found: dict[str, Any] = json.loads(line)
        return found

    def run(self, case: str) -> dict[str, Any]:
        """Run the case once; "seconds" and "answer", or "error"."""
        assert self._process.stdin is not None
        self._process.stdin.write(case + "\n")
        self._process.stdin.flush()
        return self._reply()

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


# ---------------------------------------------------------------------------------- parent


def git(*arguments: str, folder: Path = ROOT) -> bytes:
    """Output of git; its refusal ends the program with its words."""
    try:
        run = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True)
    except OSError as error:
        raise SystemExit(f"compare.py needs git: {error}") from None
    if run.returncode:
        raise SystemExit(f"git {arguments[0]}: {run.stderr.decode().strip()}")
    return run.stdout


def default_revision(folder: Path = ROOT) -> str:
    """The last tag before this tree, or without tags HEAD~1."""
    tags = git("tag", "--merged", "HEAD", "--sort=-creatordate", folder=folder).decode().split()
    return tags[0] if tags else "HEAD~1"


def export(revision: str | None, to: Path, folder: Path = ROOT) -> str:
    """Write the files of a revision, or of the tree as it is (None); what it is, in words."""
    to.mkdir()
    if revision is not None:
        short = git("rev-parse", "--short=12", f"{revision}^{{commit}}", folder=folder)
        archive = git("archive", "--format=tar", revision, folder=folder)
        subprocess.run(["tar", "-x", "-C", str(to)], input=archive, check=True)
        return f"{revision} ({short.decode().strip()})"
    listed = git("ls-files", "-z", "-co", "--exclude-standard", folder=folder)
    for path in listed.decode().split("\0"):
        if path and (folder / path).is_file():  # not those deleted, but not yet for git
            (to / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(folder / path, to / path)
    short = git("rev-parse", "--short=12", "HEAD", folder=folder)
    changes = "+changes" if git("status", "--porcelain", folder=folder) else ""
    return f"this tree ({short.decode().strip()}{changes})"


def build(source: Path, to: Path) -> None:
    """Have pip build and install the source into a folder of its own."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    run = subprocess.run(
        [*command, "--target", str(to), str(source)], capture_output=True, text=True
    )
    if run.returncode:
        raise SystemExit(f"{source.name} could not be built:\n{run.stdout}{run.stderr}")


def compare(other: Child, this: Child, cases: list[str], repeats: int) -> list[dict[str, Any]]:
    """Run every case in both, in turn; who begins changes with every round."""
    rows = []
    for case in cases:
        theirs: list[dict[str, Any]] = []
        ours: list[dict[str, Any]] = []
        for _ in range(2):
            for repeat in range(repeats):
                order = ((theirs, other), (ours, this))
                for found, one in order if repeat % 2 == 0 else reversed(order):
                    found.append(one.run(case))
            row = judge(case, theirs, ours)
            if row.get("ratio", 1.0) >= SLOWER:
                break  # else once more: a neighbour of the machine may have been at work
        rows.append(row)
        print(sentence(row), flush=True)
    return rows


def judge(case: str, other: list[dict[str, Any]], this: list[dict[str, Any]]) -> dict[str, Any]:
    """One row: best of both, their ratio (over 1: this tree is faster), and what to look at."""
    row: dict[str, Any] = {"case": case}
    errors = [
        f"{name}: {reply['error']}"
        for name, replies in (("other", other), ("this", this))
        for reply in replies[:1]
        if "error" in reply
    ]
    if errors:
        return {**row, "flag": "; ".join(errors)}
    row["other_best_s"] = min(reply["seconds"] for reply in other)
    row["this_best_s"] = min(reply["seconds"] for reply in this)
    row["ratio"] = row["other_best_s"] / row["this_best_s"]
    row["runs"] = len(this)
    flags = ["SLOWER"] if row["ratio"] < SLOWER else []
    a, b = other[0]["answer"], this[0]["answer"]
    if not abs(a - b) <= SAME * max(abs(a), abs(b)):
        flags.append(f"ANSWERS DIFFER: {a!r} and {b!r}")
    return {**row, "flag": "; ".join(flags)}


def sentence(row: dict[str, Any]) -> str:
    """A row for people."""
    if "ratio" not in row:
        return f"{row['case']:<32}{row['flag']}"
    return (
        f"{row['case']:<32}{row['other_best_s']:>10.4f} s{row['this_best_s']:>10.4f} s"
        f"{row['ratio']:>8.2f}x  {row['flag']}"
    ).rstrip()


def main(argv: list[str] | None = None) -> int:
    """Build both, compare, print; 0 whatever the speed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("revision", nargs="?", help="default: the last tag, else HEAD~1")
    parser.add_argument("--repeats", type=int, default=5, help="runs of a case (default 5)")
    parser.add_argument("--case", action="append", choices=list(CASES), help="only this one")
    parser.add_argument("-o", "--out", help="JSON file")
    parser.add_argument("--child", type=int, metavar="SHRINK", help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.child:
        child(args.child)
        return 0
    revision = args.revision or default_revision()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        titles = {}
        for which, what in (("other", revision), ("this", None)):
            titles[which] = export(what, folder / f"{which}-source")
            print(f"building {titles[which]}", flush=True)
            build(folder / f"{which}-source", folder / which)
        print(f"\n{titles['other']} against {titles['this']}, best of {args.repeats}")
        print(f"{'case':<32}{'other':>12}{'this':>12}{'ratio':>9}")
        with Child(folder / "other") as other, Child(folder / "this") as this:
            rows = compare(other, this, args.case or list(CASES), args.repeats)
            about = this.machine
    print("\nratio: over 1 this tree is faster")
    if args.out:
        result = {"machine": about, **titles, "cases": rows}
        Path(args.out).write_text(json.dumps(result, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
