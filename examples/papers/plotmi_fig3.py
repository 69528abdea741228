"""PlotMI's Fig. 3: how far RBMS1 and MSI1 look, as DeepBind learned them from RNAcompete."""

from __future__ import annotations

from _claims import Run
from matplotlib.figure import Figure

import fastmi
from fastmi import plot, simulate
from fastmi.models import Stacked, deepbind

PROTEINS = {"RBMS1": 15, "MSI1": 6}  # and how far the paper reads their maps
ABOUT = 2  # letters that a reading by eye may be off


def main() -> None:
    """Make the figures, the table and the claims."""
    run = Run("plotmi_fig3", __doc__)
    n = run.size(10_000_000, 1_000_000)
    liked = fastmi.interpret(
        Stacked({name: deepbind.load(name) for name in PROTEINS}),
        simulate.random(n, 40, "rna", rng=1),
        select="top 1%",
        k=3,
        checkpoint=run.scores,
        null=None,
    )
    maps = {name: liked.find(head=name).map for name in PROTEINS}
    reach = {name: fastmi.reach(result) for name, result in maps.items()}
    for name, read in PROTEINS.items():
        run.claim(
            f"{name}: letters that the map reaches",
            paper=f"{'about ' * (read == 6)}{read}, read by eye",
            ours=reach[name],
            holds=abs(reach[name] - read) <= ABOUT,
            note=liked.find(head=name).in_words(),
        )
    run.claim(
        "RBMS1 reaches further than MSI1",
        paper="15 against about 6",
        ours=f"{reach['RBMS1']} against {reach['MSI1']}",
        holds=reach["RBMS1"] >= 1.5 * reach["MSI1"],
    )
    figure = Figure(figsize=(15, 8.2), layout="compressed")
    axes = figure.subplots(2, 3)
    for row, (name, result) in zip(axes, maps.items(), strict=True):
        plot.heatmap(result, ax=row[0], title=f"{name}, top 1% of {n:,} random RNA")
        plot.by_distance(result, ax=row[1], statistic="mean", title=f"reaches {reach[name]}")
        row[1].axvline(reach[name], color="0.6", linestyle=":", linewidth=1.2)
        plot.scores(liked, head=name, scale="log", ax=row[2], title=name)
    run.figure(figure)
    compared = fastmi.compare(maps["RBMS1"], maps["MSI1"], names=("RBMS1", "MSI1"))
    run.figure(plot.comparison(compared), "_comparison")
    run.profiles(maps)
    run.finish()


if __name__ == "__main__":
    main()
