"""Every result says how it came to be: versions, parameters, inputs, numbers, run.

For each way to a result, in memory, in its file, and as ``fastmi info`` prints it; runs of
parts add up.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import fastmi
from fastmi import (
    JointCounts,
    MIResult,
    PackedSequences,
    ScoreBins,
    _core,
    _provenance,
    _streams,
)
from fastmi._provenance import together
from fastmi.cli import main

ROOT = str(Path(fastmi.__file__).resolve().parents[1])
RUN = {"runs", "wall_s", "cpu_s", "peak_memory_bytes", "threads", "isa"}


def sequences(seed: int = 1, n: int = 600) -> PackedSequences:
    codes = np.random.default_rng(seed).integers(0, 4, (n, 8), dtype=np.uint8)
    codes[3, 3] = 255
    return PackedSequences.from_codes(codes, unknown="skip")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two files."""
    monkeypatch.chdir(tmp_path)
    for n in (1, 2):
        lines = (f"{s},{i / 600}\n" for i, s in enumerate(sequences(n)))
        Path(f"{n}.csv").write_text("".join(lines))
    return tmp_path


FILES = [Path("1.csv"), Path("2.csv")]
HOW: dict[str, Any] = {"column": 1, "unknown": "skip"}


def merged() -> JointCounts:
    """Three shards, counted and saved by themselves."""
    for i in (1, 2, 3):
        fastmi.count(FILES, 1, shard=(i, 3), n_threads=1, **HOW).save(f"{i}.npz")
    counts = fastmi.merge(["2.npz", "3.npz", "1.npz"])
    assert isinstance(counts, JointCounts)
    return counts


def by_hand() -> JointCounts:
    counts = JointCounts(8, 1)
    counts.add(sequences())
    return counts


def by_score() -> ScoreBins:
    return fastmi.count_by_score(FILES, 1, scores=2, edges=[0.5], **HOW)


WAYS: dict[str, Callable[[], MIResult]] = {
    "array": lambda: fastmi.pairwise_mi(sequences(), 1),
    "iterator": lambda: fastmi.pairwise_mi(iter([sequences(), sequences(2)]), 1),
    "file": lambda: fastmi.pairwise_mi(FILES[0], 1, **HOW),
    "files": lambda: fastmi.pairwise_mi(FILES, 1, **HOW),
    "distance": lambda: fastmi.pairwise_distance(FILES, 1, **HOW),
    "counts": lambda: by_hand().mi(),
    "counted files": lambda: fastmi.count(FILES, 1, **HOW).mi(),
    "merged": lambda: merged().mi(),
    "merged, distance": lambda: merged().distance(),
    "selected": lambda: by_score().select("> 0.5").counts.mi(),
}
OF_FILES = (
    "file",
    "files",
    "distance",
    "counted files",
    "merged",
    "merged, distance",
    "selected",
)


@pytest.mark.parametrize("way", WAYS)
def test_what_every_result_says(way: str, capsys: pytest.CaptureFixture[str]) -> None:
    result = WAYS[way]()
    made = dict(result.provenance)
    assert made["fastmi"] == fastmi.__version__
    assert made["numpy"] == np.__version__
    assert made["python"] == platform.python_version()
    run = made["run"]
    assert set(run) == RUN
    assert run["runs"] == (3 if way.startswith("merged") else 1)
    assert run["threads"] >= 1
    assert run["isa"] in _core.ALL_ISAS
    assert run["wall_s"] >= 0 <= run["cpu_s"]
    assert 10 << 20 < run["peak_memory_bytes"] < 1 << 40
    if way in OF_FILES:
        said_inputs(made["origin"], FILES[:1] if way == "file" else FILES)
    about = result.about()
    for name in ("n_sequences", "n_dropped", "n_unknown", "k", "pseudocount", "measure"):
        assert about[name] == getattr(result, name)
    result.save("r.npz")
    assert MIResult.load("r.npz").provenance == made  # and so it is ready for JSON
    capsys.readouterr()
    assert main(["info", "r.npz", "-q"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["provenance"] == made
    assert printed["n_sequences"] == result.n_sequences


def said_inputs(origin: dict[str, Any], files: list[Path]) -> None:
    """Names, sizes and fingerprints, by which files are known again."""
    (job,) = origin["jobs"]
    assert origin["unknown"] == "skip"
    assert job["columns"]["column"] == 1
    assert {i["file"] for i in job["inputs"]} == {str(file) for file in files}
    for each in job["inputs"]:
        data = Path(each["file"]).read_bytes()
        assert each["bytes"] == len(data)
        text = b"%d:" % len(data) + data  # of a small file, all of it
        assert each["fingerprint"] == hashlib.sha256(text).hexdigest()
    assert job["covered"] == [["0", "1"]]


@pytest.mark.parametrize("way", ["counts", "bins"])
def test_saved_counts_keep_it(way: str) -> None:
    saved: Any = merged() if way == "counts" else by_score()
    saved.save("c.npz")
    found = fastmi.load("c.npz")
    assert isinstance(found, JointCounts | ScoreBins)
    assert found.origin is not None
    assert found.origin.to_json() == saved.origin.to_json()
    assert found.run == saved.run
    found.save("d.npz")
    assert Path("c.npz").read_bytes() == Path("d.npz").read_bytes()


def test_runs_of_parts_add_up() -> None:
    counts = merged()
    parts = [JointCounts.load(f"{i}.npz").run for i in (1, 2, 3)]
    assert counts.run["wall_s"] == pytest.approx(sum(p["wall_s"] for p in parts), abs=2e-3)
    assert counts.run["cpu_s"] == pytest.approx(sum(p["cpu_s"] for p in parts), abs=2e-3)
    assert counts.run["peak_memory_bytes"] == max(p["peak_memory_bytes"] for p in parts)
    assert counts.run["threads"] == 1
    run = counts.mi(n_threads=1).provenance["run"]
    assert run["runs"] == 3  # evaluating is no run of its own, but its time counts
    assert run["wall_s"] >= counts.run["wall_s"]


def a_run(runs: int, s: float, n_bytes: int, threads: int, isa: str) -> dict[str, Any]:
    return {
        "runs": runs,
        "wall_s": s,
        "cpu_s": 2 * s,
        "peak_memory_bytes": n_bytes,
        "threads": threads,
        "isa": isa,
    }


def test_sums_and_maxima() -> None:
    a, b = a_run(2, 1.5, 7, 4, "x"), a_run(1, 0.5, 9, 2, "y")
    assert together(a, b) == together(b, a) == a_run(3, 2.0, 9, 4, "x y")
    assert together(a, {}) == together({}, a) == a
    assert together(together(a, b), a)["isa"] == "x y"
    assert together(a, {"runs": "many", "isa": None})["runs"] == 2  # of a damaged file


def test_no_part_is_changed_by_what_it_is_merged_into() -> None:
    one, two = (fastmi.count(FILES, 1, shard=(i, 2), **HOW) for i in (1, 2))
    before = (two.origin, dict(two.run))
    one.merge(two)
    assert (two.origin, two.run) == before
    assert one.origin is not None
    assert one.origin.complete


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Make a clock of the test's own go on by a thousand seconds."""
    now = [0.0]
    clocks = SimpleNamespace(perf_counter=lambda: now[0], process_time=lambda: 0.0)
    monkeypatch.setattr(_provenance, "time", clocks)

    def go() -> None:
        now[0] += 1000

    return go


def test_the_run_has_the_time_of_reading(wait: Callable[[], None]) -> None:
    def slow() -> Any:
        wait()
        yield sequences()

    assert fastmi.pairwise_mi(slow(), 1).provenance["run"]["wall_s"] == 1000


@pytest.mark.parametrize("limit", ["4GB", "1"])
def test_so_has_that_of_the_command(
    limit: str, monkeypatch: pytest.MonkeyPatch, wait: Callable[[], None]
) -> None:
    monkeypatch.setattr(_streams, "_LEAST", 4_000)
    blocks = _streams.piece_blocks

    def slow(*args: Any) -> Any:
        wait()
        yield from blocks(*args)

    monkeypatch.setattr(_streams, "piece_blocks", slow)
    command = (
        "mi 1.csv 2.csv --column 1 --unknown skip -k 1 -q -o x --figure none --memory-limit"
    )
    assert main([*command.split(), limit]) == 0
    made = MIResult.load("x.npz").provenance
    assert made["held"] == (_streams.IN_MEMORY if limit == "4GB" else _streams.ONE_PASS)
    assert made["run"]["wall_s"] == 2000


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="needs Linux's /proc")
def test_a_child_does_not_say_its_parents_peak() -> None:
    script = (
        "import subprocess, sys\n"
        "big = bytearray(b'1') * (400 << 20)\n"
        "child = 'from fastmi._provenance import peak_memory; print(peak_memory())'\n"
        "print(subprocess.run([sys.executable, '-c', child], stdout=-1, text=True).stdout)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": ROOT, "OPENBLAS_NUM_THREADS": "1"},
    )
    assert 10 << 20 < int(done.stdout) < 200 << 20, done.stderr
