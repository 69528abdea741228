"""PlotMI's Fig. S5: pseudocounts of 10, 5, 1 and 0, times N.

What depends on each other shows with each of them; the background, which is what finite
numbers of sequences make of no dependence, grows as the pseudocount shrinks.
"""

from __future__ import annotations

import numpy as np
from _claims import Run, peak
from _pairs import Pairs, finish

import fastmi

PSEUDOCOUNTS = (10, 5, 1, 0)


def main() -> None:
    """Make the figure, the table and the claims."""
    run = Run("plotmi_figS5", __doc__)
    pairs = Pairs(run)
    maps = pairs.maps([{"pseudocount": p} for p in PSEUDOCOUNTS])
    told = [
        peak(pairs.enumerated(result), pairs.beyond).distance for result in maps["embedded"]
    ]
    for name, results in maps.items():
        found = [peak(result, pairs.beyond) for result in results]
        distances = [one.distance for one in found]
        excess = ", ".join(f"{one.excess:.0f}" for one in found)
        run.claim(
            f"{name}: strongest distance with pseudocounts {PSEUDOCOUNTS}",
            paper="the same pairs show with each",
            ours=distances,
            holds=max(np.abs(np.subtract(distances, told))) <= 1,
            note=f"enumerated {told}; {excess} spreads above the median; "
            f"{results[0].n_sequences:,} sequences",
        )
        background = [float(np.nanmedian(result.matrix)) for result in results]
        bias = [chance(result) for result in results]
        run.claim(
            f"{name}: background in bits with pseudocounts {PSEUDOCOUNTS}",
            paper="brighter with less",
            ours=", ".join(f"{value:.3g}" for value in background),
            holds=bool((np.diff(background) > 0).all()),
            note="chance alone, (M - 1)^2 / (2 N ln 2 (1 + p)^2), makes "
            + ", ".join(f"{value:.3g}" for value in bias),
        )
        if name == "embedded":
            ratio = np.divide(background, bias)
            run.claim(
                "embedded: background over what chance alone makes",
                paper="not told",
                ours=[round(float(value), 3) for value in ratio],
                holds=bool((np.abs(ratio - 1) < 0.15).all()),
            )
    finish(run, maps, [f"{p} N" for p in PSEUDOCOUNTS])


def chance(result: fastmi.MIResult) -> float:
    """Mean MI of two independent k-mers in so many sequences, in bits."""
    cells = (len(result.alphabet) ** result.k - 1) ** 2
    return float(cells / (2 * result.n_sequences * np.log(2) * (1 + result.pseudocount) ** 2))


if __name__ == "__main__":
    main()
