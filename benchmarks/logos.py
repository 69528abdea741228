"""fastmi's logos against logomaker's, in turn: from a matrix to a picture in memory.

    python -m pip install logomaker        # the peer; without it only ours is measured
    python benchmarks/logos.py [--json benchmarks/results/NAME.json]
    python benchmarks/logos.py --quick     # a second, only to see that it runs

Each draws the same matrix, with letters above and below zero, on Axes of its own in a figure of
10 x 2.5 inches, which is then saved as PNG (100 dots an inch) or PDF.  Before that the two are
CHECKED against each other: the same letters in boxes of the same heights.
"""

from __future__ import annotations

import argparse
import importlib
import io
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from machine import load, machine
from matplotlib.figure import Figure
from yardstick import Row, timed

import fastmi
from fastmi.plot._letters import stacked

Array = np.ndarray[Any, Any]
Box = tuple[int, str, float, float]  # position, letter, bottom, top
CASES = [("dna", 41), ("dna", 200), ("protein", 56)]
QUICK = [("dna", 5), ("protein", 3)]
FORMATS = ("png", "pdf")


def matrix(alphabet: str, length: int) -> Array:
    """Effects of each letter at each position."""
    return np.random.default_rng(1).normal(size=(length, len(fastmi.get_alphabet(alphabet))))


def by_fastmi(heights: Array, alphabet: str, ax: Any) -> None:
    """Ours."""
    fastmi.plot.logo(heights, alphabet=alphabet, ax=ax)


def by_logomaker(heights: Array, alphabet: str, ax: Any) -> set[Box]:
    """Logomaker's, and where its letters are."""
    logomaker = importlib.import_module("logomaker")
    pandas = importlib.import_module("pandas")
    frame = pandas.DataFrame(heights, columns=list(fastmi.get_alphabet(alphabet).letters))
    logo = logomaker.Logo(frame, ax=ax)
    return {box(g.p, g.c, g.floor, g.ceiling) for g in logo.glyph_list}


PEERS = {"fastmi": by_fastmi, "logomaker": by_logomaker}


def missing() -> dict[str, str]:
    """Peers that are not here, and why."""
    found = {}
    for name in PEERS:
        try:
            importlib.import_module(name)
        except Exception as error:  # a broken package must not end the others
            found[name] = f"cannot import {name} ({type(error).__name__}: {error})"
    return found


# ----------------------------------------------------------------------------------- checks


def box(position: int, letter: str, bottom: float, top: float) -> Box:
    """One letter's, in digits that do not depend on the order of sums."""
    return int(position), letter, round(float(bottom), 6) + 0.0, round(float(top), 6) + 0.0


def our_boxes(heights: Array, alphabet: str) -> set[Box]:
    """Measured at the shapes that are drawn."""
    letters = fastmi.get_alphabet(alphabet).letters
    (drawn,) = fastmi.plot.logo(heights, alphabet=alphabet).collections
    extents = [path.get_extents() for path in drawn.get_paths()]
    codes = stacked(heights).letter
    return {
        box(round((e.x0 + e.x1) / 2), letters[code], e.y0, e.y1)
        for e, code in zip(extents, codes, strict=True)
    }


def check(heights: Array, alphabet: str, theirs: set[Box]) -> None:
    """Raise unless both draw the same letters in the same places."""
    other = our_boxes(heights, alphabet) ^ theirs
    if other:
        raise AssertionError(f"{len(other)} boxes differ, such as {min(other)}")


# ------------------------------------------------------------------------------- the program


def picture(
    draw: Callable[[Array, str, Any], Any], heights: Array, alphabet: str, form: str
) -> int:
    """Draw and save; how many bytes it took."""
    figure = Figure(figsize=(10, 2.5), dpi=100)
    draw(heights, alphabet, figure.add_subplot())
    out = io.BytesIO()
    figure.savefig(out, format=form)
    return len(out.getvalue())


def measure(cases: list[tuple[str, int]], repeats: int) -> list[Row]:
    """All that are here on all cases."""
    here = {name: draw for name, draw in PEERS.items() if name not in missing()}
    rows = []
    for alphabet, length in cases:
        heights = matrix(alphabet, length)
        if "logomaker" in here:
            check(heights, alphabet, by_logomaker(heights, alphabet, Figure().add_subplot()))
        for form in FORMATS:
            jobs = {
                name: partial(picture, draw, heights, alphabet, form)
                for name, draw in here.items()
            }
            sizes = {name: job() for name, job in jobs.items()}  # and warms up
            found = timed(jobs, repeats)
            rows += [
                {
                    "case": "logo",
                    "peer": name,
                    "alphabet": alphabet,
                    "length": length,
                    "format": form,
                    "bytes": sizes[name],
                    **times,
                    "times_fastmi": times["best_s"] / found["fastmi"]["best_s"],
                }
                for name, times in found.items()
            ]
    return rows


def main(argv: list[str] | None = None) -> int:
    """Measure, print and, if asked, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", help="file for the numbers")
    parser.add_argument("--repeats", type=int, help="runs of each (default 7)")
    parser.add_argument("--quick", action="store_true", help="tiny cases, two runs")
    parser.add_argument("--note", default="", help="kept in the file: what disturbed the run")
    args = parser.parse_args(argv)
    about = machine(("logomaker", "pandas"))
    print(f"{about['processor']}, {about['threads']} cores, load {about['load_before']}")
    print(f"fastmi {about['fastmi']} at {about['commit']}; logomaker {about['logomaker']}")
    for name, reason in missing().items():
        print(f"  skipped: {name}: {reason}")
    rows = measure(QUICK if args.quick else CASES, args.repeats or (2 if args.quick else 7))
    for row in rows:
        print(
            f"  {row['alphabet']:<8}{row['length']:>4}  {row['format']}  {row['peer']:<10}"
            f"{row['best_s']:8.4f} s  {row['bytes']:>9,} bytes  {row['times_fastmi']:6.2f}x"
        )
    if args.json:
        result = {
            "note": args.note,
            "machine": {**about, "load_after": load()},
            "skipped": missing(),
            "cases": rows,
        }
        with open(args.json, "w") as out:
            out.write(json.dumps(result, indent=1) + "\n")
        print(f"wrote {args.json}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
