"""End to end, the model and their report: they run, and what is wrong in them is found."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import end_to_end
import model
import parts
import processes
import pytest
import report
import report_files
import scaling
import tables
import yardstick

import fastmi

ROOT = Path(__file__).resolve().parents[1]
GB = 1e9


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("end") / "x.json"
    path.write_text('{"kept": 1}')
    assert end_to_end.main(["--quick", str(path)]) == 0
    assert model.main([str(path), "--nodes", "1", "1000", "--cores", "3"]) == 0
    return path


@pytest.mark.slow
def bench_end_to_end_writes_every_case(results: Path) -> None:
    found = json.loads(results.read_text())
    assert found["kept"] == 1
    rows = found["end_to_end"]["cases"]
    libraries = end_to_end.libraries()
    whole = {(r["input"], r["library"], r["way"]) for r in rows if r["case"] == "end to end"}
    assert whole == {
        (kind, library, way)
        for kind in end_to_end.INPUTS
        for library in (libraries if kind == end_to_end.GZ else [""])
        for way in end_to_end.WAYS
    }
    assert {r["shards"] for r in rows if r["case"] == "processes"} == {2, 8}
    assert [r["cell_bytes"] for r in rows if r["case"] == "part"] == [1, 2, 4]
    for row in rows:
        if row["case"] in ("end to end", "processes"):
            assert row["cpu_s"] > 0
            assert 10e6 < row["peak_bytes"] < 1e9


@pytest.mark.slow
def bench_report_fits_what_they_write(results: Path) -> None:
    found = json.loads(results.read_text())
    lines = report_files.end_to_end(found, "x.json")
    assert any(line.startswith("| store | `count, mi` |") for line in lines)
    assert any(line.startswith("| decompressing | ") for line in lines)
    (row,) = report_files.readme_rows(found)
    assert "FASTA.gz" in row[0]
    lines = report_files.nodes(found, "x.json")
    assert sum("100,000,000,000, " in line for line in lines) == 6
    assert any("store, 2 commands, at once, merged" in line for line in lines)


def bench_report_leaves_alone_what_was_not_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = json.loads((ROOT / "benchmarks/results/0.1.0-zen5.json").read_text())
    source = tmp_path / "x.json"
    source.write_text(json.dumps({name: found[name] for name in ("machine", "cases", "note")}))
    (tmp_path / "docs").mkdir()
    for page in ("README.md", "docs/performance.md"):
        shutil.copy(ROOT / page, tmp_path / page)
    monkeypatch.chdir(tmp_path)
    before = Path("docs/performance.md").read_text()
    assert report.main(["x.json"]) == 0
    after = Path("docs/performance.md").read_text()
    assert "From `x.json`" in after
    for start in (report_files.END_TO_END, report_files.NODES):
        old, new = (text.split(start)[1].split(tables.END)[0] for text in (before, after))
        assert old == new
    said = capsys.readouterr().out
    assert "has no end_to_end" in said
    assert "has no model" in said


# ------------------------------------------------------------------------------- processes


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def bench_a_program_is_measured_without_who_started_it(tmp_path: Path) -> None:
    mine = bytearray(1 << 28)  # more than the program has
    job = processes.Job([[python("import os; x = bytearray(1 << 26)")]])
    row = processes.in_turn({"x": job}, tmp_path, 2)["x"]
    assert 1 << 26 < row["peak_bytes"] < len(mine)
    assert row["cpu_s"] > 0
    assert row["runs"] == 2


def bench_a_program_that_fails_is_found(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="no such thing"):
        processes.run(processes.Job([[python("raise SystemExit('no such thing')")]]), tmp_path)


def bench_a_wrong_answer_is_found(tmp_path: Path) -> None:
    def check(name: str) -> None:
        raise AssertionError(name)

    with pytest.raises(AssertionError, match="x"):
        processes.in_turn({"x": processes.Job([[python("")]])}, tmp_path, 1, check)


def bench_isal_can_be_left_out(tmp_path: Path) -> None:
    code = "from fastmi import _gunzip; print(_gunzip.isal_or_zlib()); assert {}"
    without = python(code.format("_gunzip.isal_or_zlib() is _gunzip.zlib"))
    processes.run(processes.Job([[without]], without_isal=True), tmp_path)


def bench_shards_of_compressed_files_read_some_twice(tmp_path: Path) -> None:
    size = end_to_end.Size(n=8_000, length=20)
    packed = end_to_end.write_files(tmp_path, size).packed
    assert scaling.read_times(packed, 1) == 1
    assert 1 < scaling.read_times(packed, 2) < 1.2
    assert scaling.read_times(packed, 8) == pytest.approx((8 + 8 - 1) / 8, rel=0.05)


# ----------------------------------------------------------------------------------- parts


@pytest.mark.parametrize("width", parts.WIDTHS)
def bench_parts_of_every_width(width: int, tmp_path: Path) -> None:
    few = fastmi.PackedSequences.from_codes(yardstick.random_codes(300, 12))
    counts = fastmi.JointCounts(12, 3)
    counts.add(few)
    parts.as_wide(counts, few, width, tmp_path / "x.npz")
    found = fastmi.JointCounts.load(tmp_path / "x.npz")._tables.max()
    assert 256 ** (width / 2) <= found < 256**width or width == 1


# ----------------------------------------------------------------------------------- model


def costs() -> model.Costs:
    """Made-up numbers that are easy to add: a million sequences of each kind."""

    def stage(name: str, s: float, library: str = "") -> dict[str, Any]:
        return {"case": "stage", "stage": name, "library": library, "n": 1e6, "best_s": s}

    cases = [
        *(stage(name, 0.5) for name in ("start count", "start mi", "mi", "write")),
        stage("count", 1.25),
        stage("tables", 0.25),
        stage("parse", 2.0),
        stage("decompress and parse", 4.0, "isal"),
        *(
            {"case": "end to end", "input": kind, "bytes": n * 1e6, "n": 1e6, "way": "mi"}
            for kind, n in (("FASTA.gz", 30), ("FASTA", 110), ("store", 25))
        ),
        *(
            {"case": "part", "cell_bytes": w, "cells": 4096, "n_kmers": 64}
            | {"file_bytes": w * 1e6, "load_s": 0.1 * w, "add_s": 0.1, "save_s": 0.2 * w}
            for w in (1, 2, 4)
        ),
        {"case": "files", "look_s": 0.0, "look_bytes": 1e6, "named_s": 0.0, "named_bytes": 0}
        | {"most_bytes": 1e7},
    ]
    return model.Costs(cases)


def bench_one_process_takes_the_sum_of_its_pieces() -> None:
    found = model.predict(costs(), model.Cluster(), model.Data("FASTA", 1e6), 1)
    # a million sequences: 244 in a cell, at most some 300, so two bytes each
    assert found.count_s == pytest.approx(0.5 + 2 + 1 + 0.25 + 0.4)
    assert found.map_s == pytest.approx(0.5 + 0.2 + 0.5 + 0.5)
    assert found.wall_s == pytest.approx(found.count_s + found.map_s)
    assert found.limit == "unpacking and parsing"


def bench_a_slow_file_system_is_the_limit() -> None:
    cluster = model.Cluster(2, 1, 1e6, 1e9)
    found = model.predict(costs(), cluster, model.Data("store", 2e6, 4), 2)
    # a node: 25 MB of input, 1 MB of each of four files, a part of 2 MB
    assert found.transfer_s == pytest.approx((25e6 + 4e6 + 2e6) / 1e6)
    assert found.count_s == pytest.approx(0.5 + 31)
    assert found.limit == "reading the input"


def bench_merging_as_a_tree_and_by_one() -> None:
    assert list(model._levels(64)) == [(64, 8), (8, 1)]
    assert list(model._levels(9)) == [(9, 2), (2, 1)]
    assert list(model._levels(1)) == []
    found = model.predict(costs(), model.Cluster(1, 64), model.Data("store", 64e6), 64)
    # parts of a million take two bytes a cell, of eight and 64 million, too
    assert found.read_one == pytest.approx(64 * 2e6)
    assert found.written_one == pytest.approx(65 * 2e6)
    assert found.merge_one_s == pytest.approx(0.5 + 64 * 0.3 + 0.4)
    assert found.read == pytest.approx((64 + 8) * 2e6)
    assert found.written == pytest.approx((64 + 8 + 1) * 2e6)
    assert found.merge_s == pytest.approx(0.5 + 2 * (8 * 0.3 + 0.4))


def bench_shards_inside_compressed_files_read_them_again() -> None:
    assert model.read_times(model.Data("FASTA.gz", 1, 8), 8) == 15 / 8
    assert model.read_times(model.Data("FASTA", 1, 8), 8) == 1
    found = model.predict(costs(), model.Cluster(1, 2), model.Data("FASTA.gz", 2e6, 1), 2)
    assert found.cpu["unpacking and parsing"] == pytest.approx(2 * 4)


def bench_a_core_takes_several_shards() -> None:
    one = model.predict(costs(), model.Cluster(), model.Data("store", 6e6), 6)
    three = model.predict(costs(), model.Cluster(3, 1), model.Data("store", 6e6), 6)
    assert one.count_s == pytest.approx(0.5 + 6 * (1 + 0.25 + 0.4))
    assert three.count_s == pytest.approx(0.5 + 2 * (1 + 0.25 + 0.4))
    few = model.predict(costs(), model.Cluster(1000, 32, 1e9, 1e9), model.Data("store", 6e6), 6)
    assert few.nodes == 6


def bench_the_library_says_how_many_shards() -> None:
    cluster = model.Cluster(1, 4)
    assert model.shards_of(costs(), cluster, model.Data("store", 1e9)) == 16
    assert model.shards_of(costs(), cluster, model.Data("FASTA.gz", 1e9, 2)) == 4


def bench_cells_are_as_wide_as_the_largest_count() -> None:
    widths = {n: costs().part(n)["cell_bytes"] for n in (1e3, 5e5, 1e6, 2e8, 3e8, 1e11)}
    assert list(widths.values()) == [1, 1, 2, 2, 4, 4]
