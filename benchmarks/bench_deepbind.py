"""benchmarks/deepbind.py: it runs, and an answer that is wrong is found."""

from __future__ import annotations

import json
from pathlib import Path

import deepbind as script
import numpy as np
import pytest


def bench_deepbind_writes_every_way(tmp_path: Path) -> None:
    assert script.main(["--quick", "--json", str(tmp_path / "x.json")]) == 0
    found = json.loads((tmp_path / "x.json").read_text())
    assert {"processor", "commit", "torch"} <= set(found["machine"])
    ways = {(row["way"], row["isa"]) for row in found["cases"]}
    assert {("numpy", ""), *(("fastmi", isa) for isa in script._core.ISAS)} <= ways
    for row in found["cases"]:
        assert row["runs"] == 2
        assert row["sequences_per_s"] == pytest.approx(row["n"] / row["best_s"])


def bench_a_wrong_score_is_found() -> None:
    scores = np.linspace(0, 1, 5)
    script.check("right", scores[:3], scores)
    with pytest.raises(AssertionError, match=r"wrong: a score differs by 0\.25"):
        script.check("wrong", scores[1:4], scores)
