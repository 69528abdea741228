"""benchmarks/logos.py: it runs, and letters in other places are found."""

from __future__ import annotations

import json
from pathlib import Path

import logos
import pytest


def bench_logos_writes_every_case(tmp_path: Path) -> None:
    assert logos.main(["--quick", "--json", str(tmp_path / "x.json")]) == 0
    found = json.loads((tmp_path / "x.json").read_text())
    ours = [row for row in found["cases"] if row["peer"] == "fastmi"]
    assert {(row["alphabet"], row["length"]) for row in ours} == set(logos.QUICK)
    assert {row["format"] for row in ours} == set(logos.FORMATS)
    assert all(row["runs"] == 2 and row["bytes"] > 1000 for row in found["cases"])


def bench_letters_in_other_places_are_found() -> None:
    heights = logos.matrix("dna", 6)
    theirs = logos.our_boxes(heights, "dna")
    logos.check(heights, "dna", theirs)
    first = min(theirs)
    higher = theirs - {first} | {(*first[:3], first[3] + 0.1)}
    with pytest.raises(AssertionError, match="2 boxes differ, such as "):
        logos.check(heights, "dna", higher)
