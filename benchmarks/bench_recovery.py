"""benchmarks/recovery.py: it runs, what it plants is there, and only what is there is found."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import recovery as script

import fastmi

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recovery") / "x.json"
    assert script.main(["--quick", "-o", str(path)]) == 0
    return path


def bench_recovery_writes_every_setting_and_a_page(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = json.loads(results.read_text())
    assert len(found["cases"]) == len(script.SETTINGS) * len(script.QUICK.ns)
    for case in found["cases"]:
        assert 0 <= case.get("exact", 0) <= case["found"] <= case["seeds"] == 2
        assert len(case["missed"]) == 2 - case["found"]
        assert len(case.get("off_by", "..")) == 2
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    assert script.main(["--write", str(results)]) == 0
    assert "| 500 | 4,000 |" in script.PAGE.read_text()
    assert script.FIGURE.stat().st_size > 10_000


def bench_the_page_is_what_was_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / script.PAGE).read_text()
    source = page.split("from `")[-1].split("`")[0]
    (tmp_path / "docs").mkdir()
    (tmp_path / source).parent.mkdir(parents=True)
    shutil.copy(ROOT / source, tmp_path / source)
    monkeypatch.chdir(tmp_path)
    assert script.main(["--write", source]) == 0
    assert script.PAGE.read_text() == page


@pytest.mark.parametrize("places", [script.ANYWHERE, script.FIXED])
def bench_motifs_are_where_they_are_said_to_be(places: str) -> None:
    planted = script.Planted(script.QUICK, 3)
    gap, starts = planted.drawn
    first, second = sorted(zip(starts, map(len, script.motifs()), strict=True))
    assert second[0] - first[0] - first[1] == gap
    assert second[0] + second[1] <= script.QUICK.length
    made = planted.sequences(places, 0.5)
    share = np.mean(["CACGTG" in text for text in made.to_strings()])
    assert 0.2 < share < 0.5  # of those with MAX many have its core


def bench_only_far_pairs_count() -> None:
    result = fastmi.pairwise_mi(fastmi.simulate.random(500, 40, rng=1), script.K)
    matrix = np.zeros_like(result.matrix)
    matrix[3, 9] = matrix[9, 3] = 2.0  # within a motif
    matrix[5, 20] = matrix[20, 5] = 1.0
    near = replace(result, matrix=matrix)
    assert script.strongest_pair(near) == (5, 20)
    assert script.strongest_distance(near) == 15


def bench_a_k_mer_in_each_motif() -> None:
    widths = [len(motif) for motif in script.motifs()]
    assert widths == [10, 11]
    assert script.in_both((20, 50), [20, 50])
    assert script.in_both((20, 57), [50, 20])  # the other order: ELF5 first
    assert not script.in_both((20, 58), [50, 20])
    assert not script.in_both((19, 50), [20, 50])
    assert not script.in_both((20, 25), [20, 50])
