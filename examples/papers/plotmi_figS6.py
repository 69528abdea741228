"""PlotMI's Fig. S6: k-mers of 1, 2, 3 and 4 letters."""

from __future__ import annotations

import numpy as np
from _claims import Run, peak
from _pairs import Pairs, panels

import fastmi

KS = (1, 2, 3, 4)


def main() -> None:
    """Make the figure, the table and the claims."""
    run = Run("plotmi_figS6", __doc__)
    pairs = Pairs(run)
    maps = {}
    for name, sequences in (
        ("embedded", pairs.anywhere()),
        ("liked", pairs.selected().sequences),
    ):
        maps[name] = [fastmi.pairwise_mi(sequences, k=k) for k in KS]
    told = [
        peak(pairs.enumerated(result), pairs.beyond).distance for result in maps["embedded"]
    ]
    for name, results in maps.items():
        found = [peak(result, pairs.beyond) for result in results]
        distances = [one.distance for one in found]
        excess = ", ".join(f"{one.excess:.0f}" for one in found)
        run.claim(
            f"{name}: strongest distance with k-mers of {KS} letters",
            paper="shows with each k, more clearly with longer ones",
            ours=distances,
            holds=max(np.abs(np.subtract(distances, told))) <= 1,
            note=f"enumerated {told}; {excess} spreads above the median; "
            f"{results[0].n_sequences:,} sequences",
        )
    names = [f"k = {k}" for k in KS]
    run.figure(panels(maps, names))
    run.profiles(
        {
            f"{name} {k}": result
            for name, results in maps.items()
            for k, result in zip(names, results, strict=True)
        }
    )
    run.finish()


if __name__ == "__main__":
    main()
