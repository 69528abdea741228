"""benchmarks/shuffles.py: it runs, and a shuffle that is none is found."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shuffles

import fastmi


def bench_shuffles_writes_every_case(tmp_path: Path) -> None:
    assert shuffles.main(["--quick", "--json", str(tmp_path / "x.json")]) == 0
    found = json.loads((tmp_path / "x.json").read_text())
    ours = [row for row in found["cases"] if row["peer"] == "fastmi"]
    assert {(row["n"], row["length"], row["k"]) for row in ours} == set(shuffles.QUICK)
    for row in found["cases"]:
        assert row["runs"] == 2
        assert row["sequences_per_s"] == pytest.approx(row["n"] / row["best_s"])
        if row["peer"] == "fastmi":
            assert row["reached"] == list(shuffles.ARRANGEMENTS.values())


def bench_what_keeps_no_words_is_found() -> None:
    before = fastmi.simulate.random(100, 30, rng=1).pack().to_codes()
    after = np.random.default_rng(1).permuted(before, axis=1)
    shuffles.check_words("letters", before, after, 1)
    with pytest.raises(AssertionError, match="letters does not keep the words of 2 letters"):
        shuffles.check_words("letters", before, after, 2)
    with pytest.raises(AssertionError, match="nothing leaves sequences as they are"):
        shuffles.check_words("nothing", before, before, 2)
