"""benchmarks/calibration.py, significance.py and their reports: they run, and can be wrong."""

from __future__ import annotations

import json
from pathlib import Path

import calibration as script
import numpy as np
import pytest
import report_calibration
import significance


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("calibration") / "x.json"
    figure = path.with_suffix(".png")
    assert script.main(["--quick", "--json", str(path), "--figure", str(figure)]) == 0
    assert figure.stat().st_size > 10_000
    return path


def bench_calibration_writes_every_part(results: Path) -> None:
    found = json.loads(results.read_text())
    rows = found["calibration"]
    assert {row["null"] for row in rows} == {
        "independence", "additive", "pool", "distance", "samples"
    }  # fmt: skip
    for row in rows:
        assert row["n_p"] > 50
        assert 0 <= row["share_0.01"] <= row["share_0.05"] <= 0.5
    assert {row["correction"] for row in found["discoveries"]} == {"bh", "by", "holm"}
    assert {row["way"] for row in found["power"]} == {
        "x2", "chi-square on MI", "share of random maps"
    }  # fmt: skip
    lines = report_calibration.calibration(found, "x.json")
    assert sum(line.startswith("| additive:") for line in lines) >= 1
    assert "### Power" in lines


def bench_a_share_at_a_rate_heeds_ties() -> None:
    without, with_it = np.arange(200.0), np.full(200, 1.5)
    assert script.found_at(without, with_it, 0.01) == pytest.approx(1.0)
    assert script.found_at(without, with_it + 1, 0.01) == pytest.approx(0.0)
    assert script.found_at(np.ones(200), np.ones(200), 0.01) == pytest.approx(0.01)


def bench_what_significance_costs(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    assert significance.main(["--quick", "--threads", "1", "--json", str(path)]) == 0
    found = json.loads(path.read_text())
    (row,) = found["cases"]
    assert row["pairs"] == 153
    assert row["significance_ratio"] > 1
    lines = report_calibration.cost(found, "x.json")
    assert any(line.startswith("| DNA, k = 3, 500 x 20, 1 core") for line in lines)
