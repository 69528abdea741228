"""MAX and ELF5: the sequences and the model that Fig. 1 and its supplements are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from _claims import Run
from matplotlib.figure import Figure

import fastmi
from fastmi import plot, simulate
from fastmi.models import MotifPair

SHARE = 29_442 / 10_000_000  # of random sequences that the paper's network likes
SELECTION = "> 0.9"


class Pairs:
    """Two motifs, sequences with both, and a model that likes both."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.max = run.motif("MA0058.3_MAX.jaspar")
        self.elf5 = run.motif("MA0136.2_ELF5.jaspar")
        self.motifs = [self.max, self.elf5]
        self.beyond = max(map(len, self.motifs))  # letters so far apart are not of one motif
        self.length = run.size(200, 80)
        self.gap = run.size(
            50, 20
        )  # letters between the end of one motif and the other's start
        self.share = run.size(SHARE, 0.03)  # of random sequences that the model likes

    def anywhere(self) -> fastmi.PackedSequences:
        """Both motifs with the gap between them, in any order and anywhere."""
        background = simulate.random(self.run.size(1_000_000, 100_000), self.length, rng=1)
        both = simulate.embed(background, self.motifs, gap=self.gap, order="random", rng=2)
        return both.pack()

    def enumerated(self, like: fastmi.MIResult) -> fastmi.MIResult:
        """The map that such sequences have, were there infinitely many."""
        places = simulate.arrangements(self.motifs, self.length, gap=self.gap, order="random")
        matrix = simulate.expected_mi(places, self.length, like.k, pseudocount=like.pseudocount)
        return replace(like, matrix=matrix)

    @cached_property
    def model(self) -> MotifPair:
        """A stand-in for the paper's network: as many random sequences score above 0.9."""
        sample = simulate.random(self.run.size(1_000_000, 50_000), self.length, rng=3)
        first = MotifPair(self.motifs, self.gap)
        scores = fastmi.score(first, sample)
        bits = np.log(scores / (1 - scores)) + first.threshold  # what the model adds up
        wanted = np.quantile(bits, 1 - self.share) - np.log(0.9 / 0.1)
        return MotifPair(self.motifs, self.gap, threshold=float(wanted))

    def maps(self, options: Sequence[Mapping[str, Any]]) -> dict[str, list[fastmi.MIResult]]:
        """Maps by options: of sequences with both motifs, and of those that the model likes."""
        sequences = {"embedded": self.anywhere(), "liked": self.selected().sequences}
        return {
            name: [fastmi.pairwise_mi(those, **given) for given in options]
            for name, those in sequences.items()
        }

    def selected(self, k: int = 3, pseudocount: float = 5.0) -> fastmi.Interpretation:
        """What the model likes of random sequences."""
        return fastmi.interpret(
            self.model,
            simulate.random(self.run.size(10_000_000, 100_000), self.length, rng=4),
            select=SELECTION,
            k=k,
            pseudocount=pseudocount,
            checkpoint=self.run.scores,
            null=None,
        )


def finish(
    run: Run, rows: Mapping[str, Sequence[fastmi.MIResult]], names: Sequence[str]
) -> None:
    """Write the figure and the table of maps in rows and columns, and the claims."""
    run.figure(panels(rows, names))
    run.profiles(
        {
            f"{row} {name}": result
            for row, maps in rows.items()
            for name, result in zip(names, maps, strict=True)
        }
    )
    run.finish()


def panels(rows: Mapping[str, Sequence[fastmi.MIResult]], names: Sequence[str]) -> Figure:
    """Maps in rows and columns."""
    shape = len(rows), len(names)
    figure = Figure(figsize=(4.1 * shape[1], 3.6 * shape[0]), layout="compressed")
    grid = figure.subplots(*shape, squeeze=False)
    for axes, (row, maps) in zip(grid, rows.items(), strict=True):
        for ax, result, name in zip(axes, maps, names, strict=True):
            plot.heatmap(result, ax=ax, limits="robust", title=f"{row}, {name}")
    return figure
