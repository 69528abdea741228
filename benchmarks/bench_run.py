"""benchmarks/run.py and report.py: they run, and a wrong answer is found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import report
import run
import tables
import weighted
import yardstick

import fastmi

LOOP_ROW = {"pairs_measured", "best_s", "median_s", "runs", "all_pairs_best_s"}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("run") / "x.json"
    assert run.main(["--quick", "--large", "-o", str(path)]) == 0
    return path


def _rows(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(path.read_text())["cases"]
    return rows


def bench_run_writes_every_case(results: Path) -> None:
    found = json.loads(results.read_text())
    assert {"processor", "instruction_sets", "commit", "threads", "isas"} <= set(
        found["machine"]
    )
    cases = {row["case"] for row in found["cases"]}
    assert cases == {
        "map",
        "scaling",
        "skew",
        "weights",
        "read FASTA",
        "joint counts against np.bincount",
        "scaling from a store",
        "memory of a map from a store",
        "memory of reading FASTA",
    }
    with_loop = "skipped" not in found["machine"]["compiler"]
    for row in found["cases"]:
        if row["case"] in ("map", "scaling", "skew"):
            assert row["runs"] == 2
            assert row["updates_per_s"] == pytest.approx(
                row["n"] * row["pairs"] / row["best_s"]
            )
            assert ("ratio_counting" in row) == with_loop
            if with_loop:
                assert set(row["loop_counting"]) >= LOOP_ROW
                assert row["ratio_with_mi"] == pytest.approx(
                    row["loop_with_mi"]["all_pairs_best_s"] / row["best_s"]
                )
    isas = {row["isa"] for row in found["cases"] if row["case"] == "map"}
    assert isas == set(found["machine"]["isas"])


def bench_report_fits_what_run_writes(results: Path) -> None:
    found = json.loads(results.read_text())
    block = report.readme(found, "x.json")
    assert sum("| DNA" in line for line in block) == 3
    pages = report.performance(found, "x.json")
    assert any("one sequence repeated" in line for line in pages)
    old = f"a\n{tables.START}\nold\n{tables.END}\nb\n<!-- x -->\nmore\n{tables.END}\nc"
    assert tables.replaced(old, ["new"]) == old.replace("old", "new")
    assert tables.replaced(old, ["new"], "<!-- x -->") == old.replace("more", "new")


def bench_a_run_without_a_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    loops, why = yardstick.compile_loops(tmp_path)
    assert loops is None
    assert "skipped" in why
    (row,) = run.measure([yardstick.Shape("dna", 2, 500, 9)], [(1, "")], None, 1)
    assert len(weighted.weighted(None, 1, True, False)) == 4
    assert "ratio_counting" not in row
    assert report.times(row, "ratio_counting") == "-"


def bench_the_loop_agrees_and_a_wrong_one_is_found(tmp_path: Path) -> None:
    loops, why = yardstick.compile_loops(tmp_path)
    if loops is None:
        pytest.skip(why)
    shape = yardstick.Shape("dna", 2, 3_000, 30)
    codes = yardstick.letters_of(shape)
    stick = yardstick.Yardstick(loops.plain, shape, codes)
    stick.check(codes)
    stick.run(2, with_mi=True)
    matrix = fastmi.pairwise_mi(codes, 2).matrix
    assert [matrix[p] for p in stick.pairs] == stick.mi.tolist()
    stick.columns[:, 5] ^= 1
    with pytest.raises(AssertionError):
        stick.check(codes)


def bench_samples_are_runs_of_pairs() -> None:
    few, every = yardstick.Shape("dna", 3, 10, 12), yardstick.Shape("dna", 3, 300_000, 100)
    assert yardstick.sampled(few) == few.pairs
    chosen = yardstick.sampled(every)
    assert len(chosen) <= yardstick.MOST_PAIRS
    assert set(chosen) <= set(every.pairs)
    assert chosen[0] == (0, 3)
    assert chosen[-1] == (94, 97)
    assert len(yardstick.sampled(yardstick.Shape("protein", 3, 50_000, 20))) == 8


@pytest.mark.parametrize("kind", ["uniform", *yardstick.SKEWED])
def bench_skewed_letters(kind: str) -> None:
    codes = yardstick.letters_of(yardstick.Shape("dna", 1, 4_000, 40, kind))
    same = float((codes == codes[0]).mean())
    share = {
        "uniform": 0.25,
        yardstick.REPEATED: 1.0,
        yardstick.ROWS_95: 0.9625,
        yardstick.LETTERS_95: 0.9625,
        yardstick.MOTIF: 0.4375,
    }
    assert same == pytest.approx(share[kind], abs=0.02)


def bench_a_store_written_in_blocks(tmp_path: Path) -> None:
    yardstick.write_store(tmp_path / "x.npy", 3_000, 20)
    packed = fastmi.PackedSequences.open(tmp_path / "x.npy")
    assert (len(packed), packed.length) == (3_000, 20)
    assert np.bincount(packed.to_codes().ravel()) / 60_000 == pytest.approx(0.25, abs=0.02)
