"""The scripts about intervals and differences in small, so that they cannot rot."""

from __future__ import annotations

import intervals
import levels
import pytest
import replicates


@pytest.mark.filterwarnings("ignore::fastmi.FastMIWarning")
def test_coverage_in_small() -> None:
    setting = intervals.Setting("dna", 1, "skewed", 500, 0.1, 0.0)
    row = intervals.cover(setting, sets=3, replicates=30)
    assert abs(row["off"]) < 0.05
    assert all(0 <= row[name] <= 1 for name in row if ", " in name)


def test_levels_in_small() -> None:
    rows = levels.levels("dna", 1, 500, sets=1, replicates=20)
    assert {row["null"] for row in rows} == {"equal_mi", "same_distribution", "own"}


def test_replicates_in_small() -> None:
    for shape in replicates.QUICK:
        assert replicates.measure(*shape, repeats=1)["replicate"] > 0
