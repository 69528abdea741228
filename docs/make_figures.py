"""Makes the figures of the docs: ``python docs/make_figures.py [DATA]``.

The demo's figure needs nothing, that of the speed what ``benchmarks/run.py`` has measured; the
others need the reference data (DATA, by default ``../shared/data``), which does not come with
fastmi.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

import fastmi
from fastmi.cli._output import save_figure
from fastmi.examples import GB1_WILD_TYPE

FIGURES = Path(__file__).with_name("figures")
MEASURED = Path(__file__).parents[1] / "benchmarks" / "results" / "0.1.0-zen5.json"


def gb1() -> Axes:
    """Variants of a protein: the demo's picture."""
    result = fastmi.pairwise_mi(
        fastmi.example("gb1_top5"), k=1, alphabet="protein", pseudocount=0
    ).with_positions(1, GB1_WILD_TYPE)
    ax = fastmi.plot.heatmap(result, title="GB1, 26,804 fittest variants")
    best = result.top_pairs(1)[0]
    return fastmi.plot.annotate_pair(ax, result, int(best["i"]), int(best["j"]))


def rbp() -> Axes:
    """Two models compared: what ``fastmi demo rbp`` draws."""
    names = {"RBMS1": "D00198.001", "MSI1": "D00123.001"}
    models = {name: fastmi.models.deepbind.load(model) for name, model in names.items()}
    background = fastmi.simulate.random(10_000_000, 40, "rna", rng=1)
    found = fastmi.interpret(models, background, select="top 1%", k=3)
    a, b = (found.find(head=name) for name in names)
    return fastmi.plot.comparison(fastmi.compare(a, b, names=("RBMS1", "MSI1"))).axes[0]


def rf00162(data: Path) -> Axes:
    """An RNA family with gaps: every stem is a line across the diagonal."""
    result = fastmi.pairwise_mi(
        data / "rf00162" / "RF00162.fasta", k=1, alphabet="rna", unknown="skip", pseudocount=0
    ).with_positions(1)
    return fastmi.plot.heatmap(result, title="SAM riboswitch, 4,757 sequences, gaps skipped")


def epd(data: Path) -> Axes:
    """Human core promoters around the transcription start."""
    result = fastmi.pairwise_mi(data / "epd" / "epd_human_core_70bp_29598.txt.gz", k=3)
    result = result.with_positions(-33)
    figure = Figure(figsize=(10.6, 4.4), layout="compressed")
    left, right = figure.subplots(1, 2, width_ratios=(1.0, 1.0))
    fastmi.plot.heatmap(
        result, ax=left, limits="robust", title="29,598 human promoters (TSS at 0)"
    )
    fastmi.plot.adjacent(result, ax=right, title="neighbouring 3-mers")
    return left


def ars1(data: Path) -> Axes:
    """A library of mutants: a fixed flank, and a mutated origin with its elements."""
    sequences = fastmi.read(data / "ars1" / "ars_sequences.txt.gz", column="sequence")
    result = fastmi.pairwise_mi(sequences, k=1, pseudocount=0)
    return fastmi.plot.heatmap(result, title="ARS1, 603,569 library sequences")


STYLES = {  # told apart in grey, too
    "avx512": ("AVX-512", "#0072B2", "o", "-"),
    "avx2": ("AVX2", "#D55E00", "s", "--"),
    "scalar": ("plain C", "#009E73", "^", "-."),
}


def _speeds(ax: Axes, rows: list[dict[str, Any]], over: str, named: bool) -> None:
    """Updates a second of each instruction set, and of the loop, one thread."""
    for isa, (name, colour, marker, line) in STYLES.items():
        here = [row for row in rows if row["isa"] == isa]
        ax.plot(
            [row[over] for row in here],
            [row["core_updates_per_s"] for row in here],
            color=colour,
            marker=marker,
            linestyle=line,
            markersize=5,
            label=f"fastmi, {name}" if named else None,
        )
    loops = [row for row in rows if row["best_isa"]]
    for key, line, name in (
        ("loop_counting", ":", "plain loop, counting only"),
        ("loop_with_mi", (0, (1, 1, 4, 1)), "plain loop and evaluation"),
    ):
        ax.plot(
            [row[over] for row in loops],
            [row[key]["updates_per_s"] for row in loops],
            color="0.35",
            marker="x" if key == "loop_counting" else "+",
            linestyle=line,
            label=name if named else None,
        )
    ax.set_yscale("log")
    ax.grid(True, which="major", color="0.88", linewidth=0.6)
    ax.set_axisbelow(True)


def speed(measured: Path = MEASURED) -> Axes:
    """Updates a second against the number of sequences, and against k."""
    found = json.loads(measured.read_text())
    rows = [row for row in found["cases"] if row.get("threads") == 1]
    figure = Figure(figsize=(8.6, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    scaling = [row for row in rows if row["case"] == "scaling"]
    _speeds(left, scaling, "n", True)
    left.set_xscale("log")
    left.set(xlabel="number of sequences N", ylabel="updates per second, one thread")
    left.set_title("k = 3, 100 letters", fontsize=10)
    by_k = [row for row in rows if row["case"] == "map" and row["alphabet"] == "dna"]
    _speeds(right, by_k, "k", False)
    shapes = {row["k"]: row for row in by_k}
    right.set_xticks(list(shapes), [f"{k}\n{shapes[k]['length']}" for k in shapes])
    right.set_xlabel("k (above), letters of a sequence (below)")
    most = {row["n"] for row in by_k if row["k"] < 6}
    right.set_title(f"N = {max(most):,}; at k = 6, N = {shapes[6]['n']:,}", fontsize=10)
    figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    return left


def main() -> None:
    """Write all figures that can be made here."""
    data = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data")
    FIGURES.mkdir(exist_ok=True)
    save_figure(gb1(), str(FIGURES / "gb1.png"), dpi=130)
    save_figure(rbp(), str(FIGURES / "rbp.png"), dpi=110)
    save_figure(speed(), str(FIGURES / "speed.png"), dpi=130)
    if not data.is_dir():
        print(f"{data} is not here: only gb1.png and speed.png were made")
        return
    for make in (rf00162, epd, ars1):
        save_figure(make(data), str(FIGURES / f"{make.__name__}.png"), dpi=110)


if __name__ == "__main__":
    main()
