"""Koo et al.'s figures of global importance analysis, asked of DeepBind: RBFOX1 and Vts1p.

DeepBind stands in for the paper's own network, and differs from it where it must: it keeps
only the best place of each detector, so that a second site adds little.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from _claims import Run
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import spearmanr

import fastmi
from fastmi import gia, plot, simulate
from fastmi.gia import GIA, Effects
from fastmi.models import deepbind

MODELS = {"RBFOX1": "deepbind/D00210.001.txt", "Vts1p": "deepbind/D00162.002.txt"}
PROBES = "rnacompete2013/rnacompete2013_core4.npz"
SITE, WEAK = "UGCAUG", "AGAAUG"  # the paper's optimal and sub-optimal motif of RBFOX1
K_D = {  # nM, Auweter et al. 2006
    "UGCAUGU": 0.83,
    "AGCAUGU": 4.8,
    "CGCAUGU": 6.1,
    "UGUAUGU": 280,
    "UACAUGU": 350,
    "UGCACGU": 4.9,
    "UGCAUAU": 1830,
}
DESIGNS = {  # of Fig. 2d
    "UGCAUG": "UGCAUG@17",
    "UGCAUGCAUG": "UGCAUG@16+UGCAUG@20",
    "UGCAUGUGCAUG": "UGCAUG@15+UGCAUG@21",
    "UGCAUGNNNUGCAUG": "UGCAUG@13+UGCAUG@22",
}
LENGTH = 41
ISM_LENGTH = 38  # of most probes


def main() -> None:
    """Make the figures, the tables and the claims."""
    run = Run("gia_deepbind", __doc__)
    models = {name: deepbind.load(run.needs(path)) for name, path in MODELS.items()}
    probes, measured = read_probes(run)
    background = simulate.random(run.size(1000, 300), LENGTH, "rna", rng=1)
    rbfox1 = GIA(models["RBFOX1"], background, rng=1)
    run.figure(designs(run, rbfox1))
    run.figure(best_kmers(run, rbfox1), "_kmers")
    run.figure(
        surroundings(run, rbfox1, GIA(models["Vts1p"], background, rng=1), probes, measured),
        "_context",
    )
    run.figure(mutated_probes(run, models["RBFOX1"], probes, measured), "_ism")
    run.figure(dependencies(run, models["RBFOX1"]), "_dependency")
    run.finish()


def designs(run: Run, rbfox1: GIA) -> Figure:
    """Figures 2b-d and 2f: several sites, their spacing, variants, and every start."""
    figure = Figure(figsize=(13.5, 8.4), layout="compressed")
    axes = figure.subplots(2, 3).ravel()
    found = {
        name: gia.copies(rbfox1, [SITE, WEAK], starts)
        for name, starts in (("paper's", gia.PAPER_STARTS), ("code's", gia.CODE_STARTS))
    }
    for name, effects in found.items():
        keep(run, effects, "copies_" + name.removesuffix("'s"))
        for answer in effects.summary["additivity"]:
            run.claim(
                f"three sites of {answer['pattern']} at the {name} starts, {answer['starts']}",
                paper="close to additive (Fig. 2b, c, g)",
                ours=f"{answer['verdict']}: {answer['together']:.2f} together, "
                f"{answer['sum']:.2f} added up",
                holds=answer["verdict"] == "saturating" and answer["r2_means"] > 0.9,
                note="DeepBind keeps the best place of each detector, the paper's network all; "
                f"R^2 of the line is {answer['r2_means']:.2f} all the same",
            )
    sites = found["paper's"]
    firsts = [
        row
        for row in sites.rows(quantity="importance")
        if sites.labels["starts"][row] in ("4", "4,11", "4,11,18")
    ]
    chosen = sites.only(name=sites.labels["name"][firsts].tolist(), quantity="importance")
    plot.effects(
        chosen, x="copies", by="pattern", fit=True, ax=axes[0], title="one, two and three sites"
    )

    four = gia.importance(rbfox1, DESIGNS)
    keep(run, four, "designs")
    plot.effects(four, ax=axes[1], horizontal=True, title="Fig. 2d: one site, and two")
    one, *two = four.table["effect"].tolist()
    run.claim(
        "Fig. 2d: UGCAUG alone; twice with gaps of -2, 0 and 3",
        paper="no numbers",
        ours=f"{one:.2f}; {', '.join(f'{x:.2f}' for x in two)}",
        holds=one < min(two) and max(two) < 1.5 * one,
    )
    gaps = gia.spacing(rbfox1, SITE, SITE, range(-2, 26))
    keep(run, gaps, "spacing")
    plot.curve(gaps, ax=axes[2], title="UGCAUG and UGCAUG: interaction")
    table = gaps.only(quantity="interaction").table
    run.claim(
        "two sites of UGCAUG, interaction at gaps from -2 to 25",
        paper="not told",
        ours=f"{table['effect'].min():.2f} to {table['effect'].max():.2f}: one is enough at "
        "every gap",
        holds=bool((table["high"] < 0).all()),
    )
    variants = gia.affinity(rbfox1, K_D)
    keep(run, variants, "affinity")
    plot.measured(
        variants, label=r"$K_\mathrm{D}$ (nM)", ax=axes[3], title="variants, start 17"
    )
    line = variants.summary["measured"][0]
    run.claim(
        "effects of seven variants against ln K_D",
        paper="p = 0.0015 (Fig. 2f)",
        ours=f"r = {line['r']:.2f}, p = {line['p']:.4f}; ranks: p = {line['rho_p']:.3f}",
        holds=line["r"] < 0 and line["p"] < 0.05,
    )
    starts = gia.positions(rbfox1, [SITE, WEAK])
    keep(run, starts, "positions")
    plot.curve(starts, ax=axes[4], title="at every start")
    everywhere = starts.only(pattern=SITE).table["effect"]
    run.claim(
        "UGCAUG at every start: the least effect in shares of the largest",
        paper="six starts in the authors' code",
        ours=f"{everywhere.min() / everywhere.max():.2f}, least at {everywhere.argmin()}",
        holds=everywhere.min() > 0.7 * everywhere.max(),
    )
    flanks = gia.context(rbfox1, [SITE, WEAK])
    keep(run, flanks, "context")
    plot.effects(
        flanks.only(quantity="ratio"),
        x="side",
        by="pattern",
        ax=axes[5],
        title="with GCGCGC beside it",
    )
    ratios = flanks.only(quantity="ratio").table
    run.claim(
        "GCGCGC beside the motif, left and right: effect with it over effect without",
        paper="a bias in many of 244 models (Fig. 4c-e)",
        ours=", ".join(f"{r:.2f}" for r in ratios["effect"]),
        holds=bool(np.abs(ratios["effect"] - 1).max() < 0.05),
        note="DeepBind's RBFOX1 has none to speak of",
    )
    return figure


def best_kmers(run: Run, rbfox1: GIA) -> Figure:
    """Figure 2e: the best 6-mers, their motif, and the mutants of the best one."""
    search = gia.kmers(rbfox1, 6)
    keep(run, search.effects, "kmers")
    best = str(search.top(1)["kmer"][0])
    run.claim(
        "RBFOX1: best of 4,096 6-mers at start 17",
        paper=SITE,
        ours=f"{best}, then {', '.join(search.top(5)['kmer'][1:])}",
        holds=best == SITE,
    )
    every = gia.kmers(rbfox1, 6, exact=True)
    run.claim(
        "elimination finds the ten best of the exhaustive search",
        paper="all are scored",
        ours=f"the same ten, by {search.share_scored:.0%} of the sequences",
        holds=search.top()["kmer"].tolist() == every.top()["kmer"].tolist(),
    )
    motif = gia.kmer_motif(search, name="RBFOX1")
    fastmi.write_motifs(motif, run.out / f"{run.name}.meme")
    mutants = gia.kmer_mutagenesis(rbfox1, best, doubles=True)
    heights = gia.kmer_logo(mutants).max(axis=1)
    run.claim(
        "letters of UGCAUG by what their mutants lose",
        paper="(U)GCAUG: the first matters least (Fig. 2e)",
        ours=" ".join(f"{c} {h:.1f}" for c, h in zip(best, heights, strict=True)),
        holds=int(heights.argmin()) == 0,
    )
    joint = gia.mutant_matrix(mutants, "interaction")
    run.claim(
        "two mutations of UGCAUG: epistasis",
        paper="not told",
        ours=f"{np.nanmin(joint):.2f} to {np.nanmax(joint):.2f}: a site that is lost cannot "
        "be lost again",
        holds=bool(np.nanmin(joint) > -0.05 and np.nanmax(joint) > 2),
    )
    figure = Figure(figsize=(12.5, 7.2), layout="constrained")
    (first, second), (third, fourth) = figure.subplots(2, 2)
    plot.effects(
        search.effects, x="kmer", kind="box", ax=first, horizontal=True, title="best ten 6-mers"
    )
    plot.logo(motif, ax=second, title="the ten, aligned")
    plot.mutagenesis(mutants, ax=third, title=f"mutants of {best}")
    draw_epistasis(fourth, joint, best)
    return figure


def draw_epistasis(ax: Axes, joint: Any, kmer: str) -> None:
    """Interactions of two mutations, largest of the letters at each pair of positions."""
    largest = np.nanmax(np.where(np.isnan(joint), -np.inf, joint), axis=(1, 3))
    np.fill_diagonal(largest, np.nan)
    image = ax.imshow(largest, cmap="viridis")
    ax.figure.colorbar(image, ax=ax, label="largest interaction in score")
    ax.set_xticks(range(len(kmer)), kmer)
    ax.set_yticks(range(len(kmer)), kmer)
    ax.set_title("two mutations: epistasis")


def surroundings(
    run: Run, rbfox1: GIA, vts1p: GIA, probes: fastmi.PackedSequences, measured: Any
) -> Figure:
    """Backgrounds side by side; Figures 3b and 3c: a hairpin's loop and its stem."""
    nulls = simulate.nulls(probes, rbfox1.n, scores=measured, rng=1)
    start = (probes.length - len(SITE)) // 2
    model = deepbind.load(run.needs(MODELS["RBFOX1"]))
    asked = gia.backgrounds(model, nulls, {p: f"{p}@{start}" for p in (SITE, WEAK)}, rng=1)
    keep(run, asked, "backgrounds")
    spread = asked.summary["spread"][SITE]
    rows = asked.only(name=SITE)
    by_null = dict(zip(rows.labels["background"].tolist(), rows.table["effect"], strict=True))
    least = min(by_null, key=by_null.__getitem__)
    run.claim(
        f"UGCAUG in {len(by_null)} backgrounds made of RNAcompete probes",
        paper="the choice of the background is discussed, not shown",
        ours=f"{spread['least']:.2f} to {spread['greatest']:.2f}, least in {least}",
        holds=least == "quartile 1" and spread["relative"] < 0.3,
        note="the probes that bind best have a site already",
    )
    best = str(gia.kmers(vts1p, 6).top(1)["kmer"][0])
    run.claim("Vts1p: best 6-mer", paper="GCUGGC (Fig. 3b)", ours=best, holds=best == "GCUGGC")
    folded = gia.hairpin(vts1p, best)
    keep(run, folded, "hairpin")
    inside, beyond = (loop_less_stem(folded, s) for s in ("hairpin", "hairpin - linear"))
    code = gia.hairpin(vts1p, "GCUGG", simulate.Hairpin(7, 23, 9))
    run.claim(
        "Vts1p: GCUGGC in the loop of a hairpin less that in its stem",
        paper="more in the loop (Fig. 3c)",
        ours=interval(inside),
        holds=inside["low"] > 0,
        note=f"of that, the hairpin's share, beyond the same places without one: "
        f"{interval(beyond)}; with the hairpin of the authors' code "
        f"{interval(loop_less_stem(code, 'hairpin - linear'))}",
    )
    figure = Figure(figsize=(13, 4.6), layout="compressed")
    left, right = figure.subplots(1, 2)
    plot.effects(
        asked,
        x="background",
        by="name",
        ax=left,
        title="RBFOX1: one question, nine backgrounds",
    )
    names = ["loop", "stem", "across", "none"]
    plot.effects(
        folded.only(place=names, quantity="importance"),
        x="place",
        by="structure",
        ax=right,
        title=f"Vts1p: {best} in a hairpin and without one",
    )
    return figure


def mutated_probes(
    run: Run, model: Any, probes: fastmi.PackedSequences, measured: Any
) -> Figure:
    """Figure 2a: what each mutation does to some probes."""
    texts = probes.to_strings()
    order = np.argsort(-measured, kind="stable").tolist()
    numbers = {text.count("GCAUG"): i for i in reversed(order) for text in [texts[i]]}
    which = {"one site": numbers[1], "two sites": numbers[2], "no GCAUG": numbers[0]}
    changes = fastmi.mutagenesis(model, probes[list(which.values())])
    changes.to_tsv(run.out / f"{run.name}_ism.tsv")
    figure = Figure(figsize=(11.5, 9.6), layout="compressed")
    for n, (ax, (name, i)) in enumerate(zip(figure.subplots(3, 1), which.items(), strict=True)):
        words = f"{name}: measured {measured[i]:.2f}, model {changes.wild_type[n, 0]:.2f}"
        plot.mutagenesis(changes, n=n, ax=ax, limits=7.0, title=words)
    run.claim(
        "the probe that binds best of those without GCAUG: what stands out",
        paper="not told; RBFOX binds GCACG, too, and UGCACGU has a K_D of 4.9 nM",
        ours=told(changes.heights(2), probes.alphabet.letters),
        holds="GCACG" in told(changes.heights(2), probes.alphabet.letters),
    )
    lost = -changes.values().min(axis=(1, 2))
    run.claim(
        "the worst single mutation of a probe with one site, and with two",
        paper="not told",
        ours=f"-{lost[0]:.1f} and -{lost[1]:.1f}",
        holds=lost[1] < 0.6 * lost[0],
        note="where either site is enough, single mutations hide both; GIA does not",
    )
    return figure


def told(heights: Any, letters: str) -> str:
    """The letters from the first to the last that are a half as high as the highest."""
    high = np.flatnonzero(heights.max(axis=1) > heights.max() / 2)
    return "".join(letters[c] for c in heights[high[0] : high[-1] + 1].argmax(axis=1))


def dependencies(run: Run, model: Any) -> Figure:
    """A map of epistasis beside one of mutual information, of the same sequences."""
    n = run.size(10_000_000, 500_000)
    liked = fastmi.interpret(
        model, simulate.random(n, LENGTH, "rna", rng=2), select="top 1%", k=1, null=None
    )
    some = simulate.sample(liked.find().sequences, run.size(500, 50), rng=3)
    joined = fastmi.dependency_map(model, some)
    maps = {"mutual information": liked.find().map, "epistasis": joined}
    alike = float(spearmanr(*(m.matrix[joined.pairs()] for m in maps.values())).statistic)
    means = {name: m.by_distance()["mean"] for name, m in maps.items()}
    run.claim(
        "the two maps of RBFOX1 are of one motif: shares of the first distance at 4 and at 6",
        paper="not told",
        ours="; ".join(
            f"{name} {m[3] / m[0]:.2f} and {m[5] / m[0]:.2f}" for name, m in means.items()
        ),
        holds=all(m[3] > 0.15 * m[0] and m[5] < 0.3 * m[0] for m in means.values()),
        note=f"rank correlation over all pairs {alike:.2f}",
    )
    figure = Figure(figsize=(15, 4.3), layout="compressed")
    left, middle, right = figure.subplots(1, 3)
    plot.heatmap(
        maps["mutual information"], ax=left, title=f"MI of {len(liked.find().sequences):,}"
    )
    plot.heatmap(joined, ax=middle, title=f"epistasis in {len(some)} of these")
    for name, m in means.items():
        right.plot(np.arange(1, len(m) + 1), m / m[0], marker=".", label=name)
    right.set(xlabel="distance (letters)", ylabel="mean, in shares of the first", yscale="log")
    right.spines[["top", "right"]].set_visible(False)
    right.legend(frameon=False)
    run.profiles(maps)
    return figure


def loop_less_stem(effects: Effects, structure: str) -> Any:
    """How much more a pattern does in the loop than in the stem."""
    return effects.only(place="loop - stem", structure=structure).table[0]


def interval(row: Any) -> str:
    """An effect with its interval."""
    return f"{row['effect']:+.2f} ({row['low']:+.2f} to {row['high']:+.2f})"


def keep(run: Run, effects: Effects, name: str) -> None:
    """Write the table of an experiment."""
    effects.to_tsv(run.out / f"{run.name}_{name}.tsv")


def read_probes(run: Run) -> tuple[fastmi.PackedSequences, Any]:
    """RNAcompete probes of set B that have the most frequent length, and RBFOX1's scores."""
    with np.load(run.needs(PROBES)) as file:
        letters = ((file["packed"][:, None] >> np.arange(0, 8, 2, np.uint8)) & 3).ravel()
        length = file["length"].astype(np.int64)
        which = np.flatnonzero((length == ISM_LENGTH) & ~file["setA"])
        scores = file["score_milli"][file["protein"].tolist().index("RBFOX1")] / 1000
    first = np.cumsum(length) - length
    codes = letters[first[which][:, None] + np.arange(ISM_LENGTH)]
    return fastmi.PackedSequences.from_codes(codes, "rna"), scores[which]


if __name__ == "__main__":
    main()
