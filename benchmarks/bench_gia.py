"""benchmarks/gia.py and its report: they run, and a wrong answer is found."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import gia as script
import numpy as np
import pytest
import report
import report_gia
import tables

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gia") / "x.json"
    assert script.main(["--quick", "--threads", "1", "--out", str(path)]) == 0
    return path


def bench_gia_writes_every_case(results: Path) -> None:
    found = json.loads(results.read_text())
    assert {"processor", "commit", "isas", "torch", "tangermeme", "load_after"} <= set(
        found["machine"]
    )
    rows = tables.rows_of(found, "gia")
    ways = {(row["way"], row["model"]) for row in rows}
    wanted = {("exact", "C"), ("elimination", "C"), ("exact", "free C")}
    if "torch" not in found["skipped"]:
        ways_in_torch = {"exact", "elimination", "loop"} | (
            {"tangermeme"} - {*found["skipped"]}
        )
        wanted |= {(way, "torch") for way in ways_in_torch} | {("exact", "free torch")}
    assert ways == wanted
    for row in rows:
        assert row["sequences_per_s"] == pytest.approx(row["scored"] / row["best_s"])
        assert row["whole_s"] == pytest.approx(row["best_s"] * row["of"] / row["kmers"])
        assert row["scored"] <= row["kmers"] * row["n"]
        if row["way"] != "elimination":
            assert row["scored"] == row["kmers"] * row["n"]
    shares = {row["model"]: row["share"] for row in tables.rows_of(found, "share")}
    assert set(shares) == {model for _, model in wanted if not model.startswith("free")}
    own = {(row["way"], row["model"]) for row in tables.rows_of(found, "own")}
    assert own == {w for w in wanted if not w[1].startswith("free")} - {
        ("elimination", "torch")
    }
    (check,) = tables.rows_of(found, "check")
    assert len(check["best"]) == 10
    assert all(worst < script.TOLERANCE for worst in check["differ"].values())


def bench_report_fits_what_gia_writes(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docs").mkdir()
    for page in ("README.md", "docs/performance.md"):
        shutil.copy(ROOT / page, tmp_path / page)
    monkeypatch.chdir(tmp_path)
    assert report.main([str(results)]) == 0
    for page, wanted in (
        ("README.md", "Global importance: the effects of all 256 4-mers at 17 of 100 random"),
        (
            "docs/performance.md",
            "- What is not the model, of the processor's time on one core: fastmi with C ",
        ),
    ):
        text = Path(page).read_text()
        assert wanted in text
        before, after = (ROOT / page).read_text().split(report_gia.GIA)
        assert text.startswith(before)  # all else is as it was
        assert text.endswith(after.split(tables.END, 1)[1])


def bench_a_sample_is_marked() -> None:
    row = {"kmers": 2, "of": 4, "whole_s": 2.0}
    assert report_gia._took(row) == "~ 2.00 s"
    assert report_gia._took({**row, "kmers": 4}) == "2.00 s"


def bench_a_wrong_importance_and_other_best_ones_are_found() -> None:
    local = np.linspace(0, 1, 6).reshape(2, 3)
    script.check_local("right", local, local)
    with pytest.raises(AssertionError, match=r"wrong: a local importance differs by 0\.5"):
        script.check_local("wrong", local + 0.5, local)
    with pytest.raises(AssertionError, match="none: a local importance differs by nan"):
        script.check_local("none", local * np.nan, local)
    with pytest.raises(AssertionError, match="elimination finds"):
        script.check_best(np.array(["AC", "AG"]), np.array(["AG", "AC"]))
