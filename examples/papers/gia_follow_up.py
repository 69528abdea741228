"""From the map to the test: what DeepBind's maps suggest, put to the models themselves.

MSI1 and RBMS1 come along; RBFOX1, MBNL1 and CTCF are followed where their models are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from _claims import Run
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import fastmi
from fastmi import plot, simulate
from fastmi.following import Followed, FollowUp
from fastmi.models import deepbind

K = 3
COMES_ALONG = ("MSI1", "RBMS1")


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
    run.profiles({name: answers.result for name, answers in found.items()})
    run.finish()


def followed(run: Run, name: str, model: str | Path) -> Answers:
    """Map what a model likes, follow its strongest pairs, and note what came out."""
    protein, scorer = PROTEINS[name], deepbind.load(model)
    n = run.size(10_000_000, 500_000)
    background = simulate.random(n, protein.length, protein.alphabet, rng=1)
    liked = fastmi.interpret(
        scorer, background, select="top 1%", k=K, checkpoint=run.scores and run.scores / name
    )
    options: Any = {"rng": 2, "n": run.size(1000, 300)}
    answers = Answers(
        liked.find().map,
        fastmi.follow_up(liked, scorer, least=K, n_pairs=1, **options),
        fastmi.follow_up(liked, scorer, least=run.size(None, 10), n_pairs=2, **options),
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
        f"{name}: pairs {answers.beyond.least} letters and more apart are not joined",
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
        for ax, done in zip(row[1:], (answers.within, answers.beyond), strict=True):
            one = done[0]
            mark(row[0], one)
            draw_gaps(ax, one, str(done.table["verdict"][0]))
    return figure


def mark(ax: Axes, one: Followed) -> None:
    """The pair, or the distance, that was followed, in the upper half of a map."""
    pairs = np.array(one.peak.pairs)
    ax.plot(pairs[:, 1], pairs[:, 0], color="white", linewidth=1.0, linestyle="--")
    i, j = pairs[len(pairs) // 2]
    ax.annotate(
        f"{one.peak.distance}", (j, i), xytext=(4, 4), textcoords="offset points", color="white"
    )


def draw_gaps(ax: Axes, one: Followed, verdict: str) -> None:
    """The interaction of both patterns by their gap, in this order and the other."""
    a, b = one.patterns
    plot.curve(one.spacing, ax=ax, title=f"{a} and {b}: {verdict}")
    ax.axvline(one.gap, color="0.6", linestyle=":", linewidth=1.2, zorder=0)


if __name__ == "__main__":
    main()
