"""Real data that comes with the package (see data/NOTICE)."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).with_name("data")
EXAMPLES = {
    "gb1_top5": "gb1_top5.txt.xz",
    "gb1_pool_null": "gb1_pool_null.npz",
    "gb1_structure": "2qmt.pdb.xz",
}

# Protein G domain B1 as in Olson et al. 2014: 56 residues, numbered from 1
GB1_WILD_TYPE = "MQYKLILNGKTLKGETTTEAVDAATAEKVFKQYANDNGVDGEWTYDDATKTFTVTE"


def example(name: str = "gb1_top5") -> Path:
    """Path of an example file.

    Parameters
    ----------
    name : {"gb1_top5", "gb1_pool_null", "gb1_structure"}
        ``gb1_top5``: the 26,804 single and double mutants of GB1 (56 residues) of highest
        measured fitness, one a line; the data of PlotMI's Fig. 4e. ``gb1_pool_null``: what
        maps (k = 1, no pseudocount) of 26,804 random ones of all 536,084 that were measured
        look like, a :class:`fastmi.stats.NullSummary`. ``gb1_structure``: the crystal structure
        of the wild type, 2QMT of the Protein Data Bank.

    Returns
    -------
    Path

    Examples
    --------
    >>> import fastmi
    >>> path = fastmi.example("gb1_top5")
    >>> fastmi.pairwise_mi(path, k=1, alphabet="protein", pseudocount=0)
    <MIResult: MI of 1-mers at 56 positions, 26,804 sequences, protein, pseudocount 0>
    """
    if name not in EXAMPLES:
        raise ValueError(f"the examples are {', '.join(EXAMPLES)}, got {name!r}")
    return _FOLDER / EXAMPLES[name]
