"""The tables of docs/statistics-bootstrap.md, from what the scripts found.

    python benchmarks/report_intervals.py benchmarks/results/*-NAME.json

Of intervals.py, levels.py and replicates.py; what is not given keeps its table.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from tables import Row

PAGE = Path(__file__).resolve().parents[1] / "docs" / "statistics-bootstrap.md"
MI = (0.0, 0.01, 0.1, 0.5)
KINDS = (("dna", 1), ("dna", 2), ("dna", 3), ("protein", 1))
WHAT = (
    "pair, normal",
    "pair, normal, excess taken off",
    "pair, basic",
    "pair, percentile",
    "mean, normal",
    "mean, normal, excess left",
    "mean, basic",
    "mean, percentile",
    "difference, normal",
    "difference, normal, excess left",
)


def cells(row: Row) -> int:
    """Of a table."""
    return int((4 if row["alphabet"] == "dna" else 20) ** (2 * row["k"]))


def table(head: list[str], body: Iterable[list[str]]) -> str:
    """As markdown."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def percent(values: list[float]) -> str:
    """The mean, as a percentage, or a dash."""
    return f"{100 * float(np.mean(values)):.1f}" if values else "-"


def of_each_kind(rows: list[Row]) -> str:
    """Intervals of single pairs, uniform margins before skewed ones."""
    body = []
    for alphabet, k in KINDS:
        for n in sorted({row["n"] for row in rows}):
            kind = (alphabet, k, n)
            here = [row for row in rows if (row["alphabet"], row["k"], row["n"]) == kind]
            both = [
                " / ".join(
                    percent(
                        [
                            row["pair, normal"]
                            for row in here
                            if row["mi"] == mi and row["margins"] == margins
                        ]
                    )
                    for margins in ("uniform", "skewed")
                )
                for mi in MI
            ]
            if here:
                share = f"{n / cells(here[0]):,.3g}"
                body.append([f"{alphabet}, k = {k}, N = {n:,}", share, *both])
    return table(
        ["uniform / skewed margins", "N / cells", *(f"{mi:g} bits" for mi in MI)], body
    )


def coverage(rows: list[Row]) -> str:
    """Each kind of data by itself, then each kind of interval over all that have enough."""
    sets = sorted({row["sets"] for row in rows})
    error = 100 * np.sqrt(0.95 * 0.05 / (4 * sets[-1]))
    parts = [
        f"{sets[-1]} sets of each kind, four pairs in each, "
        f"{rows[0]['replicates']} replicates; of one kind of data a share of 95 % is known "
        f"within {error:.1f} percentage points (one standard error)."
    ]
    for pseudocount in sorted({row["pseudocount"] for row in rows}):
        here = [row for row in rows if row["pseudocount"] == pseudocount]
        parts.append(f"Pseudocount {pseudocount:g}:")
        parts.append(of_each_kind(here))
    enough = [row for row in rows if row["n"] >= 2 * cells(row)]
    body = [
        [what, *(percent([row[what] for row in enough if row["mi"] == mi]) for mi in MI)]
        for what in WHAT
    ]
    head = ["all with two sequences a cell or more", *(f"{mi:g} bits" for mi in MI)]
    return "\n\n".join([*parts, table(head, body)])


def levels(rows: list[Row]) -> str:
    """How often each null is rejected."""
    shares = [name for name in rows[0] if name.startswith("p <= ")]
    body = []
    for row in rows:
        if row["null"] != "own":
            kind = f"{row['alphabet']}, k = {row['k']}, N = {row['n']:,}: {row['situation']}"
            body.append([kind, f"`{row['null']}`", *(percent([row[name]]) for name in shares)])
    limits = (f"p \N{LESS-THAN OR EQUAL TO} {name[5:]}" for name in shares)
    return table(["two sets", "null", *limits], body)


def replicates(rows: list[Row]) -> str:
    """What each costs."""
    body = [
        [
            f"{row['alphabet']}, k = {row['k']}, {row['n']:,} x {row['length']}",
            f"{1e3 * row['map_s']:.1f}",
            f"{row['replicate']:.2f}",
            f"{row['half']:.2f}",
        ]
        for row in rows
    ]
    return table(["sequences", "map, ms", "replicate / map", "half of a split / map"], body)


CASES: dict[str, Callable[[list[Row]], str]] = {
    "coverage": coverage,
    "levels": levels,
    "replicates": replicates,
}


def main() -> None:
    """Write each table where it belongs."""
    page = PAGE.read_text(encoding="utf-8")
    for name in sys.argv[1:]:
        rows = json.loads(Path(name).read_text())["cases"]
        case = rows[0]["case"]
        start = f"<!-- {case}: by benchmarks/report_intervals.py -->"
        end = f"<!-- end {case} -->"
        before, found, rest = page.partition(start)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            sys.exit(f"{PAGE} has no place for {case}")
        page = f"{before}{start}\n\n{CASES[case](rows)}\n\n{end}{after}"
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
