"""What the scripts of this folder share: arguments, files, and claims that can fail.

A claim says what the paper shows and what came out here, as numbers.  A script prints its
claims, writes them down, and ends with 1 if one does not hold.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image  # matplotlib brings it

import fastmi

_HERE = Path(__file__).parent
_FEW_PAIRS = 10  # a mean over fewer pairs says little
_T = TypeVar("_T")


class Run:
    """One run of a script: sizes, folders, claims."""

    def __init__(self, name: str, about: str) -> None:
        parser = argparse.ArgumentParser(description=about.splitlines()[0])
        parser.add_argument("--quick", action="store_true", help="small sizes, in seconds")
        parser.add_argument(
            "--data",
            type=Path,
            help="folder of the reference data; by default ../shared/data beside the project, "
            "and what comes along where that is enough",
        )
        parser.add_argument("--out", type=Path, default=Path(), help="folder for the results")
        parser.add_argument(
            "--scores",
            type=Path,
            help="folder where scores are kept, so that the next script need not score again",
        )
        given = parser.parse_args()
        self.name, self.quick, self.out, self.scores = (
            name,
            given.quick,
            given.out,
            given.scores,
        )
        self.data: Path = given.data or _HERE.parents[2] / "shared" / "data"
        self.data_given = given.data is not None
        self.out.mkdir(parents=True, exist_ok=True)
        self._claims: list[dict[str, Any]] = []
        self._began = time.perf_counter()

    def size(self, full: _T, quick: _T) -> _T:
        """One of two sizes."""
        return quick if self.quick else full

    def motif(self, file: str) -> fastmi.Motif:
        """A motif of the folder that was given, or one that comes along."""
        folder = self.data / "motifs" if self.data_given else _HERE / "data"
        return fastmi.read_motifs(folder / file)[0]

    def needs(self, path: str) -> Path:
        """Reference data that do not come along; without them there is nothing to do."""
        found = self.data / path
        if not found.exists():
            print(f"skipped: {found} is not here")
            sys.exit(0)
        return found

    def claim(self, claim: str, *, paper: Any, ours: Any, holds: bool, note: str = "") -> None:
        """Note what the paper shows and what came out."""
        row = {"claim": claim, "paper": paper, "ours": ours, "pass": bool(holds), "note": note}
        self._claims.append(row)
        print(f"{'holds' if holds else 'FAILS'}  {claim}: {ours} (paper: {paper})")
        if note:
            print(f"       {note}")

    def figure(self, figure: Figure, ending: str = "") -> None:
        """Write a figure, in 256 colours, which makes a small file of it."""
        drawn = io.BytesIO()
        figure.savefig(drawn, dpi=80)
        few = {"method": Image.Quantize.MAXCOVERAGE, "dither": Image.Dither.NONE}
        small = Image.open(drawn).convert("RGB").quantize(256, **few)
        small.save(self.out / f"{self.name}{ending}.png", optimize=True)

    def profiles(self, maps: Mapping[str, fastmi.MIResult]) -> None:
        """Write the mean over the pairs of each distance, a column for each map."""
        tables = {name: result.by_distance() for name, result in maps.items()}
        means = {
            name: dict(zip(table["distance"].tolist(), table["mean"], strict=True))
            for name, table in tables.items()
        }
        distances = sorted({d for column in means.values() for d in column})
        lines = ["\t".join(["distance", *means])]
        for d in distances:
            lines.append(
                "\t".join([str(d), *(f"{c.get(d, np.nan):.6g}" for c in means.values())])
            )
        (self.out / f"{self.name}.tsv").write_text("\n".join(lines) + "\n")

    def finish(self) -> None:
        """Write the claims, and end with 1 if one does not hold."""
        path = self.out / f"{self.name}.json"
        path.write_text(json.dumps(self._claims, indent=1) + "\n")
        held = sum(row["pass"] for row in self._claims)
        seconds = time.perf_counter() - self._began
        print(f"{held} of {len(self._claims)} claims hold, {seconds:.0f} s")
        sys.exit(held < len(self._claims))


@dataclass(frozen=True)
class Peak:
    """How one distance stands out among those beyond a motif."""

    distance: int
    rank: int  # 1: the largest mean
    of: int
    excess: float  # over the median, in robust standard deviations


def peak(result: fastmi.MIResult, beyond: int, distance: int | None = None) -> Peak:
    """The largest mean over pairs ``beyond`` or more apart, or that at one such distance."""
    table = result.top_distances(None, min_distance=beyond)
    table = table[table["n_pairs"] >= _FEW_PAIRS]
    means = table["mean"]
    at = 0 if distance is None else table["distance"].tolist().index(distance)
    middle = np.median(means)
    spread = 1.4826 * np.median(np.abs(means - middle))
    return Peak(
        int(table["distance"][at]),
        int((means > means[at]).sum()) + 1,
        len(means),
        float((means[at] - middle) / spread),
    )


def mark(ax: Axes, distance: int, text: str) -> None:
    """A distance that was told beforehand, in a plot of curves."""
    ax.axvline(distance, color="0.6", linestyle=":", linewidth=1.2, zorder=0, label=text)
    ax.legend(frameon=False)
