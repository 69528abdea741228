"""RBMS1: what DeepBind learned from RNAcompete against what HTR-SELEX reads show.

Reads that bind RBMS1 have its motif in the loop of a stem.  A stem is two stretches that are
each other's reverse complement, and pairs its letters at every second distance only; a
comparison with stretches that are complements in the same direction, which pair nothing, tells
it from motifs and composition.
"""

from __future__ import annotations

import numpy as np
from _claims import Run
from matplotlib.figure import Figure

import fastmi
from fastmi import plot, simulate
from fastmi.models import deepbind

FILE = "htr_selex/RBP52_4.txt.gz"
K = 3
LOOPS = range(8, 19)  # distances of k-mers, start to start, where a stem may be
PAIRS = str.maketrans("ACGU", "UGCA")


def main() -> None:
    """Make the figure, the table and the claims."""
    run = Run("rbms1_htr_selex", __doc__)
    file = run.needs(FILE)
    reads = fastmi.read(file, "rna", column=1, unknown="skip")  # each distinct read once
    liked = fastmi.interpret(
        deepbind.load("RBMS1"),
        simulate.random(run.size(10_000_000, 2_000_000), reads.length, "rna", rng=1),
        select=f"top {len(reads)}",
        k=K,
        null=None,
    )
    compared = fastmi.compare(
        fastmi.pairwise_mi(reads, k=K), liked, names=("HTR-SELEX", "DeepBind")
    )
    maps = dict(zip(compared.names, (compared.a, compared.b), strict=True))
    stems = {name: stem(result) for name, result in maps.items()}
    for name, result in maps.items():
        at = max(LOOPS, key=stems[name].__getitem__)
        most = stems[name][at]
        reads_it = name == "HTR-SELEX"
        run.claim(
            f"{name}: reverse complements over complements, at most, {LOOPS[0]} to "
            f"{LOOPS[-1]} letters apart",
            paper="a stem, its bases 9 to 18 apart" if reads_it else "not told",
            ours=f"{most:.2f} times, {at} letters apart (bases {at - K + 1} to {at + K - 1})",
            holds=most > 1.15 if reads_it else most < 1.15,
            note=f"the map reaches {fastmi.reach(result)}; {result.n_sequences:,} sequences",
        )
    even, odd = (
        np.mean([stems["HTR-SELEX"][d] for d in LOOPS if d % 2 == rest]) for rest in (0, 1)
    )
    run.claim(
        "HTR-SELEX: every second distance, as in one stem: even against odd",
        paper="not told",
        ours=f"{even:.2f} against {odd:.2f}",
        holds=even > odd + 0.05,
    )
    run.claim(
        "the two maps are alike: correlation over all pairs",
        paper="not told",
        ours=f"{compared.correlation():.2f}",
        holds=compared.correlation() > 0.5,
    )
    figure = Figure(figsize=(12, 8.6), layout="compressed")
    (first, second), (middle, right) = figure.subplots(2, 2)
    plot.heatmap(compared.a, ax=first, title=f"HTR-SELEX, {len(reads):,} reads")
    plot.heatmap(compared.b, ax=second, title=f"DeepBind, its top {len(reads):,}")
    plot.overlay(compared, ax=middle, title="by distance")
    for name, ratios in stems.items():
        right.plot(list(ratios), list(ratios.values()), marker=".", label=name)
    right.axhline(1, color="0.6", linestyle=":", linewidth=1.2)
    right.set(
        title="a stem pairs every second distance",
        xlabel="distance j \N{MINUS SIGN} i (letters, start to start)",
        ylabel="reverse complements\nover complements",
    )
    right.spines[["top", "right"]].set_visible(False)
    right.legend(frameon=False)
    run.figure(figure)
    run.profiles(maps)
    run.finish()


def stem(result: fastmi.MIResult) -> dict[int, float]:
    """By distance: how much oftener than by chance k-mers are reverse complements.

    Over the same of complements that are not reversed; palindromes count for neither.
    """
    kmers = result.alphabet.kmers(result.k)
    paired = {(a, a.translate(PAIRS)[::-1]) for a in kmers}
    parallel = {(a, a.translate(PAIRS)) for a in kmers}
    paired, parallel = paired - parallel, parallel - paired
    ratios = {}
    for distance in range(result.k, result.n_positions - 9):
        counts, chances = np.zeros(2), np.zeros(2)
        for i in range(result.n_positions - distance):
            table = result.top_kmers(i, i + distance, None)
            cells = list(zip(table["kmer_i"].tolist(), table["kmer_j"].tolist(), strict=True))
            for n, wanted in enumerate((paired, parallel)):
                here = [cell in wanted for cell in cells]
                counts[n] += table["count"][here].sum()
                chances[n] += table["expected"][here].sum()
        over = counts / chances
        ratios[distance] = float(over[0] / over[1])
    return ratios


if __name__ == "__main__":
    main()
