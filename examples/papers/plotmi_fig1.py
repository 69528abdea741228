"""PlotMI's Fig. 1: two motifs that belong together, from simulated data to what a model likes.

a, pairs at two places; c, the same anywhere, and b, aligned on one motif; d, what a model of
known rule likes of random sequences; e, the same with one motif put in one place; and the loop
from d to e without anyone's help.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from _claims import Run, mark, peak
from _pairs import SELECTION, SHARE, Pairs
from matplotlib.figure import Figure

import fastmi
from fastmi import plot, simulate

CORE = "CACGTG"
STRONGEST = 20  # pairs that are looked at


def main() -> None:
    """Make the figure, the table and the claims."""
    run = Run("plotmi_fig1", __doc__)
    pairs = Pairs(run)
    figure = Figure(figsize=(15, 8.2), layout="compressed")
    axes = figure.subplots(2, 3)
    fixed_places(run, pairs, axes[0, 0])
    anywhere = pairs.anywhere()
    unaligned = fastmi.pairwise_mi(anywhere)
    aligned(run, pairs, anywhere, axes[0, 1])
    told = peak(pairs.enumerated(unaligned), pairs.beyond).distance
    distance(run, pairs, unaligned, told, "c, both motifs anywhere")
    plot.heatmap(
        unaligned,
        ax=axes[0, 2],
        limits="robust",
        title=f"c  both anywhere, {pairs.gap} between",
    )
    liked = pairs.selected()
    learned(run, pairs, liked, told)
    plot.heatmap(
        liked.map, ax=axes[1, 0], limits="robust", title="d  random, liked by the model"
    )
    partner(run, pairs, axes[1, 1])
    curves = {"c, embedded": unaligned, "d, liked by the model": liked.map}
    plot.overlay(curves, scale="log", ax=axes[1, 2], title="mean by distance")
    mark(axes[1, 2], told, f"enumerated: {told}")
    by_itself(run, pairs)
    run.figure(figure)
    run.profiles({"embedded": unaligned, "liked": liked.map})
    run.finish()


def fixed_places(run: Run, pairs: Pairs, ax) -> None:
    """a: two pairs, each in half of the sequences, at their places."""
    made: object = simulate.random(run.size(200_000, 20_000), pairs.length, rng=5)
    places = run.size(((20, 30), (100, 50)), ((2, 10), (37, 20)))  # starts and gaps
    cells = []
    for seed, (start, gap) in enumerate(places, 6):
        made = simulate.embed(made, pairs.motifs, gap=gap, start=start, share=0.5, rng=seed)
        cells.append((start, start + len(pairs.max) + gap))
    result = fastmi.pairwise_mi(made)
    plot.heatmap(result, ax=ax, title="a  MAX and ELF5 at two places")
    strong = far_pairs(result, pairs.beyond, 2 * STRONGEST)
    inside = [
        sum(
            within(row["i"], pairs.max, x) and within(row["j"], pairs.elf5, y) for row in strong
        )
        for x, y in cells
    ]
    for n, (x, y) in enumerate(cells):
        best = next(
            row
            for row in strong
            if within(row["i"], pairs.max, x) and within(row["j"], pairs.elf5, y)
        )
        plot.annotate_pair(
            ax, result, int(best["i"]), int(best["j"]), label=f"{places[n][1]} between"
        )
    run.claim(
        f"a: of the {2 * STRONGEST} strongest pairs {pairs.beyond} or more apart, how many are "
        f"of MAX and ELF5 with {places[0][1]} between, with {places[1][1]} between",
        paper="both show",
        ours=inside,
        holds=sum(inside) == 2 * STRONGEST and min(inside) > 0,
    )


def aligned(run: Run, pairs: Pairs, sequences: fastmi.PackedSequences, ax) -> None:
    """b: the sequences of c, shifted so that MAX stands in one place."""
    side = pairs.gap + len(pairs.elf5) + 3
    found = fastmi.align(sequences, pairs.max, before=side, after=side, ends="drop")
    # a motif that stands in every sequence needs the plain estimate (docs/pseudocount.md)
    result = fastmi.pairwise_mi(found.sequences, pseudocount=0)
    result = result.with_positions(found.first_position)
    plot.heatmap(result, ax=ax, limits="robust", title="b  those of c, aligned on MAX")
    ends = [-pairs.gap - len(pairs.elf5), len(pairs.max) + pairs.gap]
    inside = partner_pairs(result, pairs, (0, len(pairs.max)), ends)
    run.claim(
        f"b: aligned on MAX, of the {STRONGEST} strongest pairs outside it, how many have both "
        "k-mers in ELF5's two places",
        paper="spots in place of a line",
        ours=inside,
        holds=inside >= 0.9 * STRONGEST,
        note=f"ELF5 starts at {ends[0]} or {ends[1]} of MAX; {len(found.records):,} sequences "
        "have both places",
    )


def distance(run: Run, pairs: Pairs, result: fastmi.MIResult, told: int, what: str) -> None:
    """The strongest distance of motifs that stand anywhere."""
    found = peak(result, pairs.beyond)
    run.claim(
        f"{what}: strongest distance beyond the motifs",
        paper=60,
        ours=found.distance,
        holds=abs(found.distance - told) <= 1,
        note=f"enumerating JASPAR's matrices says {told}, the paper's own gave 60; "
        f"{found.excess:.0f} spreads above the median, {result.n_sequences:,} sequences",
    )


def learned(run: Run, pairs: Pairs, liked: fastmi.Interpretation, told: int) -> None:
    """d: how many random sequences the model likes, and the distance in them."""
    (selected,) = liked.selected
    run.claim(
        f"d: share of random sequences that score {SELECTION}",
        paper=f"29,442 of 10,000,000 ({SHARE:.3%})",
        ours=f"{len(selected.records):,} of {liked.n_scored:,} ({selected.share:.3%})",
        holds=abs(selected.share / pairs.share - 1) < 0.1,
        note=f"the model's threshold was set for {pairs.share:.3%} of other sequences",
    )
    distance(run, pairs, liked.map, told, "d, liked by the model")


def partner(run: Run, pairs: Pairs, ax) -> None:
    """e: CACGTG in one place, so that what the model wants with it has a place, too."""
    start = pairs.length // 2
    background = simulate.random(run.size(1_000_000, 30_000), pairs.length, rng=8)
    made = simulate.embed(background, CORE, starts=start, rng=9)
    liked = fastmi.interpret(pairs.model, made, select=SELECTION, pseudocount=0, null=None)
    result = liked.map
    plot.heatmap(result, ax=ax, title=f"e  {CORE} at {start}, liked by the model")
    begin = start - pairs.max.consensus().index(CORE)
    places = [begin - pairs.gap - len(pairs.elf5), begin + len(pairs.max) + pairs.gap]
    inside = partner_pairs(result, pairs, (begin, begin + len(pairs.max)), places)
    best = far_pairs(result, pairs.beyond, 1)[0]
    plot.annotate_pair(ax, result, int(best["i"]), int(best["j"]))
    run.claim(
        f"e: of the {STRONGEST} strongest pairs outside MAX, how many have both k-mers in "
        "ELF5's two places",
        paper="the partner shows at its place",
        ours=inside,
        holds=inside >= 0.9 * STRONGEST,
        note=f"ELF5 belongs at {places[0]} or {places[1]}; {liked.selected[0].in_words()}",
    )


def by_itself(run: Run, pairs: Pairs) -> None:
    """Without help: the first motif out of the first map, the second with it in place."""
    background = simulate.random(run.size(1_000_000, 100_000), pairs.length, rng=10)
    steps = fastmi.explore(pairs.model, background, select=SELECTION, rng=11)
    found = [step.motif.consensus() for step in steps]
    wanted = (CORE, run.size("GGAA", "GGA"))  # few sequences tell less of a motif
    cores = {core for core in wanted if any(core in each for each in found)}
    run.claim(
        "explore finds MAX and ELF5 by itself",
        paper="found by hand, CACGTG first",
        ours=" then ".join(found),
        holds=len(cores) == 2 and len(found) == 2,
        note="; ".join(map(repr, steps)),
    )


def far_pairs(result: fastmi.MIResult, beyond: int, n: int) -> np.ndarray:
    """The strongest pairs so far apart that they are not of one motif."""
    table = result.top_pairs(None)
    return table[table["distance"] >= beyond][:n]


def partner_pairs(
    result: fastmi.MIResult, pairs: Pairs, known: tuple[int, int], starts: Sequence[int]
) -> int:
    """Of the strongest pairs outside a span, how many have both k-mers where ELF5 may stand."""
    table = result.top_pairs(None)
    i, j = (table[name] + result.first_position for name in "ij")
    free = np.ones(len(table), bool)
    for at in (i, j):
        free &= (at + result.k <= known[0]) | (at >= known[1])
    return sum(
        all(any(within(at, pairs.elf5, start) for start in starts) for at in cell)
        for cell in zip(i[free][:STRONGEST], j[free][:STRONGEST], strict=True)
    )


def within(at: int, motif: fastmi.Motif, start: int, k: int = 3) -> bool:
    """Whether a k-mer lies in a motif that starts there, or over one of its ends."""
    return bool(start - k < at < start + len(motif))


if __name__ == "__main__":
    main()
