"""benchmarks/contacts.py: it runs, peers agree where they should, the page is true."""

from __future__ import annotations

import json
from pathlib import Path

import contacts as script
import pytest

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"


def bench_contacts_writes_every_map(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "x.json"
    assert script.main(["--quick", "--data", str(tmp_path), "-o", str(out)]) == 0
    assert "left out" in capsys.readouterr().out  # the family is not there
    found = json.loads(out.read_text())
    maps = {row["map"]: row for row in found["cases"]}
    assert {"MI", "MI - APC"} <= set(maps)
    for row in maps.values():
        assert (row["letters"], row["contacts"]) == (56, 93)
        assert len(row["statistics"]) == len(script.AT) + 3
        assert row.get("greatest_difference", 0) < 1e-6
    assert "| MI - APC |" in "\n".join(script.page(found, "x"))


def bench_definitions_that_agree_agreed() -> None:
    for path in RESULTS.glob("contacts-*.json"):
        rows = [row for row in json.loads(path.read_text())["cases"] if "same_as" in row]
        assert len(rows) == 10
        assert max(row["greatest_difference"] for row in rows) < 1e-6


def bench_the_page_is_what_was_measured() -> None:
    page = (ROOT / script.PAGE).read_text()
    source = page.split("from `")[-1].split("`")[0]
    block = script.page(json.loads((ROOT / source).read_text()), source)
    assert script.replaced(page, block, script.START) == page
