"""From the map to the test: what DeepBind's maps suggest, put to the models themselves.

MSI1 and RBMS1 come along; RBFOX1, MBNL1 and CTCF are followed where their models are.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from _claims import Run
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import fastmi
from fastmi import gia, plot, simulate
from fastmi.following import Followed, FollowUp
from fastmi.models import deepbind

K = 3
COMES_ALONG = ("MSI1", "RBMS1")
HUMP = range(10, 14)  # distances at which RBMS1's map rises again


class Protein(NamedTuple):
    """A model, and what is known of its motif."""

    model: str
    alphabet: str
    length: int  # of the random sequences
    motif: str
    words: tuple[str, ...]  # one of which the strongest pair must make


PROTEINS = {
    "MSI1": Protein("D00123.001", "rna", 40, "UAG, once or more", ("UAG",)),
    "RBMS1": Protein("D00198.001", "rna", 40, "AUAUA", ("AUAUA",)),
    "RBFOX1": Protein("D00210.001", "rna", 40, "UGCAUG", ("UGCAUG",)),
    "MBNL1": Protein("D00120.001", "rna", 40, "YGCU, twice or more", ("UGCU", "GCUUGC")),
    "CTCF": Protein("D00328.003", "dna", 60, "CCACC.AG...GGC", ("CCACC", "GGTGG")),
}


class Answers(NamedTuple):
    """The map of a model, and what became of its strongest pairs."""

    result: fastmi.MIResult
    within: FollowUp  # the strongest of all
    beyond: FollowUp  # those beyond the width of one motif


def main() -> None:
    """Make the figure, the tables and the claims."""
    run = Run("gia_follow_up", __doc__)
    found = {}
    for name, protein in PROTEINS.items():
        path = run.data / "deepbind" / f"{protein.model}.txt"
        if name in COMES_ALONG:
            found[name] = followed(run, name, name)
        elif path.exists():
            found[name] = followed(run, name, path)
        else:
            print(f"left out: {name}, as {path} is not here")
    run.figure(panels(found))
    run.figure(hump(run, found["RBMS1"].result), "_rbms1")
    run.profiles({name: answers.result for name, answers in found.items()})
    run.finish()


def followed(run: Run, name: str, model: str | Path) -> Answers:
    """Map what a model likes, follow its strongest pairs, and note what came out."""
    protein, scorer = PROTEINS[name], deepbind.load(model)
    n = run.size(10_000_000, 500_000)
    background = simulate.random(n, protein.length, protein.alphabet, rng=1)
    liked = fastmi.interpret(
        scorer,
        background,
        select="top 1%",
        k=K,
        checkpoint=run.scores and run.scores / name,
        null=None,
    )
    options: Any = {"rng": 2, "n": run.size(1000, 300)}
    answers = Answers(
        liked.find().map,
        fastmi.follow_up(liked, scorer, min_distance=K, n_pairs=1, **options),
        fastmi.follow_up(liked, scorer, min_distance=run.size(None, 10), n_pairs=2, **options),
    )
    answers.within.to_tsv(run.out / f"{run.name}_{name}_within.tsv")
    answers.beyond.to_tsv(run.out / f"{run.name}_{name}_beyond.tsv")
    near, row = answers.within[0], answers.within.table[0]
    text = joined(near)
    run.claim(
        f"{name}: the strongest pair of the map is one motif",
        paper=protein.motif,
        ours=f"{text}, {row['verdict']}: {numbers(row)}",
        holds=row["verdict"] == "synergistic" and any(w in text for w in protein.words),
    )
    far = [
        (one, row)
        for one, row in zip(answers.beyond.pairs, answers.beyond.table, strict=True)
        if not one.within
    ]
    run.claim(
        f"{name}: pairs {answers.beyond.min_distance} letters and more apart are not joined",
        paper="not told",
        ours="; ".join(f"{joined(o)}, {r['verdict']}: {numbers(r)}" for o, r in far) or "none",
        holds=all(r["verdict"] != "synergistic" for _, r in far),
        note="the best sequences tie sites to each other that the model itself does not join",
    )
    return answers


def joined(one: Followed) -> str:
    """Both patterns with what stands between them."""
    between = "." * one.gap if one.gap < 4 else f"-{one.gap}-"
    return between.join(one.patterns)


def numbers(row: Any) -> str:
    """The effects of a pair."""
    return (
        f"{row['effect_a']:.2f} and {row['effect_b']:.2f} alone, "
        f"{row['effect_together']:.2f} together"
    )


def panels(found: dict[str, Answers]) -> Figure:
    """For each protein its map, and both patterns of a pair at other gaps."""
    figure = Figure(figsize=(13, 3.3 * len(found)), layout="constrained")
    grid = figure.subplots(len(found), 3, width_ratios=(1.1, 1, 1), squeeze=False)
    for row, (name, answers) in zip(grid, found.items(), strict=True):
        plot.heatmap(answers.result, ax=row[0], scale="log", title=name)
        both = (answers.within, answers.beyond)
        for ax, done, line in zip(row[1:], both, (":", "--"), strict=True):
            mark(row[0], done[0], line)
            draw_gaps(ax, done[0], str(done.table["verdict"][0]))
    return figure


def hump(run: Run, result: fastmi.MIResult) -> Figure:
    """What RBMS1's map has beyond its motif: the k-mers behind it, and their test."""
    pairs = [(i, i + d) for d in HUMP for i in range(10, 20)]
    behind = Counter(
        (str(row["kmer_i"]), str(row["kmer_j"]))
        for pair in pairs
        for row in result.top_kmers(*pair, 3)
    )
    (one, other), _ = behind.most_common(1)[0]
    run.claim(
        f"RBMS1: 3-mers behind the hump at {HUMP[0]} to {HUMP[-1]} letters",
        paper="not told",
        ours=f"{one} with {other}",
        holds=one in "AUAUAG" and set(other) <= {"G", "C"},
    )
    background = simulate.random(run.size(1000, 300), result.length, "rna", rng=3)
    asked = gia.GIA(deepbind.load("RBMS1"), background, rng=3)
    gaps = gia.spacing(asked, "AUAUAG", other, range(20))
    gaps.to_tsv(run.out / f"{run.name}_RBMS1_spacing.tsv")
    by_order = {
        order: gaps.only(quantity="interaction", order=order).table for order in ("ab", "ba")
    }
    right, left = (table["effect"][:10].mean() for table in by_order.values())
    far = by_order["ab"]["effect"][16:]
    run.claim(
        f"RBMS1: AUAUAG and {other}, interaction at gaps up to 9 and from 16",
        paper="the map reaches 15 letters (PlotMI's Fig. 3)",
        ours=f"{right:+.2f} and {far.mean():+.2f}; with {other} on the left {left:+.2f}",
        holds=right > 0.3 and abs(far).max() < 0.2 and left < 0.5 * right,
    )
    flanks = gia.context(asked, "AUAUAG")
    flanks.to_tsv(run.out / f"{run.name}_RBMS1_context.tsv")
    ratios = flanks.only(quantity="ratio").table
    run.claim(
        "RBMS1: AUAUAG with GCGCGC on the left, and on the right, over AUAUAG alone",
        paper="GC bias in many models (Koo et al., Fig. 4c-e)",
        ours=" and ".join(
            f"{r['effect']:.2f} ({r['low']:.2f} to {r['high']:.2f})" for r in ratios
        ),
        holds=ratios["effect"][0] < 1.1 < ratios["low"][1],
    )
    figure = Figure(figsize=(13, 3.7), layout="constrained")
    first, second, third = figure.subplots(1, 3)
    plot.heatmap(result, ax=first, scale="log", title="RBMS1: what it likes best")
    plot.by_distance(result, ax=second, statistic="mean", scale="log", title="the map")
    second.set_ylabel("")  # that of the map's colours
    second.axvspan(HUMP[0], HUMP[-1], color="0.9", zorder=0)
    second.annotate(
        f"{one} with {other}",
        (HUMP[-1], result.by_distance()["mean"][HUMP[-1] - K]),
        xytext=(8, 8),
        textcoords="offset points",
    )
    plot.curve(
        gaps,
        ax=third,
        title=f"the model: AUAUAG (a), {other} (b)",
    )
    return figure


def mark(ax: Axes, one: Followed, line: str) -> None:
    """The pair, or the distance, that was followed, in the upper half of a map."""
    pairs = np.array(one.peak.pairs)
    ax.plot(pairs[:, 1], pairs[:, 0], color="white", linewidth=1.1, linestyle=line)


def draw_gaps(ax: Axes, one: Followed, verdict: str) -> None:
    """The interaction of both patterns by their gap, in this order and the other."""
    a, b = one.patterns
    plot.curve(one.spacing, ax=ax, title=f"{one.peak.distance} apart: {a} and {b}, {verdict}")
    ax.axvline(one.gap, color="0.6", linestyle=":", linewidth=1.2, zorder=0)


if __name__ == "__main__":
    main()
