"""Puts the numbers of a benchmark file into the README: ``benchmarks/report.py FILE``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

START, END = "<!-- numbers: written by benchmarks/report.py -->", "<!-- end of numbers -->"


def sentence(case: dict[str, Any]) -> tuple[str, str]:
    """One case: what was done, and how long it took."""
    shape = f"{case['n']:,} x {case['length']}"
    match case["case"]:
        case "pairwise_mi":
            job = f"MI map, {shape} {case['alphabet']}, k = {case['k']}"
            return f"{job} ({case['pairs']:,} pairs)", f"{case['best_s']:.2f} s"
        case "read FASTA":
            speed = f"{case['records_per_s'] / 1e6:.1f} M records/s"
            return f"read FASTA, {shape}", f"{case['best_s']:.2f} s ({speed})"
        case "memory of reading FASTA":
            packed = f"{case['packed_bytes'] / 1e6:.0f} MB of it packed rows"
            return f"peak memory of reading FASTA, {shape}", (
                f"{case['peak_bytes'] / 1e6:.0f} MB ({packed})"
            )
        case _:
            return case["case"], f"{case['ratio']:.1f} x faster"


def table(found: dict[str, Any], source: str) -> str:
    """The README's table as Markdown."""
    machine = found["machine"]
    rows = [
        f"One machine ({machine['processor']}, {machine['threads']} cores), best of several; "
        f"[`benchmarks/run.py`](benchmarks/run.py) measures yours.",
        "",
        "| job | threads | time |",
        "|---|---|---|",
    ]
    for case in found["cases"]:
        if case["case"] == "pairwise_mi" and str(case["threads"]) != machine["threads"]:
            continue  # the file has one thread, too; the README shows all cores
        job, time = sentence(case)
        rows.append(f"| {job} | {case.get('threads', 1)} | {time} |")
    rows += ["", f"From `{source}`."]
    return "\n".join(rows)


def main() -> None:
    """Rewrite the block between the two markers."""
    source = Path(sys.argv[1])
    readme = Path("README.md")
    text = readme.read_text()
    before, rest = text.split(START)
    after = rest.split(END)[1]
    block = table(json.loads(source.read_text()), source.as_posix())
    readme.write_text(f"{before}{START}\n{block}\n{END}{after}")


if __name__ == "__main__":
    main()
