"""benchmarks/pipeline.py and its report: they run, and a wrong answer is found."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pipeline as script
import pytest
import report
import report_pipeline
import tables

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pipeline") / "x.json"
    assert script.main(["--quick", "-o", str(path)]) == 0
    return path


def bench_pipeline_writes_every_case(results: Path) -> None:
    found = json.loads(results.read_text())
    assert {"processor", "commit", "isas", "load_after"} <= set(found["machine"])
    rows = found["cases"]
    whole = [row for row in rows if row["case"] == "pipeline"]
    assert {(row["way"], row["threads"]) for row in whole} >= {("fastmi", 1), ("without", 1)}
    for row in whole:
        assert set(row["stages"]) == set(script.STAGES)
        assert row["best_s"] == pytest.approx(sum(row["stages"].values()))
    (check,) = (row for row in rows if row["case"] == "check")
    assert (check["n"], check["selected"], check["pairs"]) == (300, 30, 630)
    assert [row["way"] for row in rows if row["case"] == "memory"] == ["fastmi", "without"]
    parts = [row for row in rows if row["case"] == "part"]
    assert len(parts) >= 9
    for row in parts:
        assert row["per_s"] == pytest.approx(row["amount"] / row["best_s"])


def bench_report_fits_what_pipeline_writes(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docs").mkdir()
    for page in ("README.md", "docs/performance.md"):
        shutil.copy(ROOT / page, tmp_path / page)
    monkeypatch.chdir(tmp_path)
    assert report.main([str(results)]) == 0
    for page, wanted in (
        ("README.md", "From nothing to a map: 20,000 random RNA of 40 letters"),
        ("docs/performance.md", "| times as fast | "),
    ):
        text = Path(page).read_text()
        assert wanted in text
        before, after = (ROOT / page).read_text().split(report_pipeline.PIPELINE)
        assert text.startswith(before)  # all else is as it was
        assert text.endswith(after.split(tables.END, 1)[1])


def bench_rates_in_words() -> None:
    assert report_pipeline.rate(1.234e9, "bytes") == "1.23 GB/s"
    assert report_pipeline.rate(200_000, "sequences") == "200 k sequences/s"
    assert report_pipeline.rate(7, "letters") == "7 letters/s"


def bench_the_way_without_fastmi_takes_the_best() -> None:
    scores = np.array([0.5, 2.0, 1.0, 2.0, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0])
    assert script.chosen_without(scores, 10).tolist() == [1]  # the first of two equal ones
    assert script.chosen_without(scores, 30).tolist() == [1, 2, 3]


def bench_a_wrong_map_and_selection_are_found() -> None:
    script.check_map([0.1, 0.2], [0.1, 0.2])
    with pytest.raises(AssertionError, match="MI differs"):
        script.check_map([0.1, 0.2], [0.1, 0.2 + 1e-8])
    script.check_selection(np.array([1, 2]), np.array([1, 2]))
    with pytest.raises(AssertionError, match="the selections differ"):
        script.check_selection(np.array([1, 2]), np.array([1, 3]))
