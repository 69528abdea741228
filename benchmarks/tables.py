"""What reports are made of: rows of results, numbers in words, tables, and where they go."""

from __future__ import annotations

from typing import Any

START, END = "<!-- numbers: written by benchmarks/report.py -->", "<!-- end of numbers -->"
Row = dict[str, Any]


def rows_of(found: Row, case: str, **wanted: Any) -> list[Row]:
    """The rows of a case with these values."""
    return [
        row
        for row in found["cases"]
        if row["case"] == case and all(row.get(key) == value for key, value in wanted.items())
    ]


def seconds(s: float) -> str:
    """Three digits."""
    return f"{s:.2f} s" if s >= 0.995 else f"{1000 * s:.3g} ms"


def markdown(head: str, rows: list[list[str]]) -> list[str]:
    """A table, numbers to the right of the first column."""
    n = head.count("|") + 1
    return [f"| {head} |", "|---" + "|---:" * (n - 1) + "|"] + [
        f"| {' | '.join(row)} |" for row in rows
    ]


def about(found: Row) -> str:
    """What was measured on what."""
    machine = found["machine"]
    return (
        f"{machine['processor']}, {machine['threads']} cores, {machine['isas'][-1]}; "
        f"fastmi {machine['fastmi']} at {machine['commit']}"
    )


def replaced(text: str, block: list[str], start: str = START) -> str:
    """The text with another block between its markers."""
    before, rest = text.split(start)
    _, after = rest.split(END, 1)
    return "\n".join([f"{before}{start}", *block, f"{END}{after}"])
