"""Makes the figures of the docs: ``python docs/make_figures.py [DATA]``.

The demo's figure needs nothing; the others need the reference data (DATA, by default
``../shared/data``), which does not come with fastmi.
"""

from __future__ import annotations

import sys
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

import fastmi
from fastmi.cli._output import save_figure
from fastmi.examples import GB1_WILD_TYPE

FIGURES = Path(__file__).with_name("figures")


def gb1() -> Axes:
    """Variants of a protein: the demo's picture."""
    result = fastmi.pairwise_mi(
        fastmi.example("gb1_top5"), k=1, alphabet="protein", pseudocount=0
    ).with_positions(1, GB1_WILD_TYPE)
    ax = fastmi.plot.heatmap(result, title="GB1, 26,804 fittest variants")
    best = result.top_pairs(1)[0]
    return fastmi.plot.annotate_pair(ax, result, int(best["i"]), int(best["j"]))


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


def main() -> None:
    """Write all figures that can be made here."""
    data = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data")
    FIGURES.mkdir(exist_ok=True)
    save_figure(gb1(), str(FIGURES / "gb1.png"), dpi=130)
    if not data.is_dir():
        print(f"{data} is not here: only gb1.png was made")
        return
    for make in (rf00162, epd, ars1):
        save_figure(make(data), str(FIGURES / f"{make.__name__}.png"), dpi=110)


if __name__ == "__main__":
    main()
