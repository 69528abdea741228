"""PlotMI's Fig. S1c-e: distances between positional distributions do not show what MI shows.

The unaligned pairs of Fig. 1c: every position has nearly the same k-mers as every other, so
that Jensen-Shannon, Hellinger and Bhattacharyya distances have nothing to tell.
"""

from __future__ import annotations

from _claims import Run, peak
from _pairs import Pairs, panels

import fastmi

NAMES = {
    "MI": "mutual information",
    "JS": "Jensen-Shannon",
    "HE": "Hellinger",
    "BC": "Bhattacharyya",
}
LEAST = 20.0  # spreads that nobody overlooks


def main() -> None:
    """Make the figure, the table and the claims."""
    run = Run("plotmi_figS1", __doc__)
    pairs = Pairs(run)
    sequences = pairs.anywhere()
    maps = {"MI": fastmi.pairwise_mi(sequences)}
    for measure in ("JS", "HE", "BC"):
        maps[measure] = fastmi.pairwise_distance(sequences, measure=measure)
    told = peak(pairs.enumerated(maps["MI"]), pairs.beyond).distance
    for measure, result in maps.items():
        # of distances, both ends could be told from the rest: ranks count from either
        found = peak(result, pairs.beyond, told)
        shows = abs(found.excess) > LEAST and found.rank <= 3
        run.claim(
            f"{NAMES[measure]} shows distance {told}",
            paper="shows it" if measure == "MI" else "does not",
            ours=f"rank {found.rank} of {found.of}, {found.excess:+.1f} spreads off the median",
            holds=shows == (measure == "MI"),
        )
    run.figure(panels({"c": list(maps.values())}, list(NAMES.values())))
    run.profiles(maps)
    run.finish()


if __name__ == "__main__":
    main()
