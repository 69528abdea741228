"""The table of all pairs as text: one row a pair, strongest first."""

from __future__ import annotations

from typing import TextIO

import numpy as np

from .results import MIResult


def write_pairs(result: MIResult, stream: TextIO, n_with_kmers: int) -> None:
    """All pairs as a table, strongest first, with the top k-mers of the first ones."""
    table = result.top_pairs(None)
    value = f"{result.measure.lower()}_{result.unit}" if result.unit else result.measure.lower()
    columns = ["i", "j", "distance", value, "n", "label_i", "label_j"]
    with_kmers = result.measure == "MI" and result.source is not None and n_with_kmers > 0
    stream.write("\t".join([*columns, *(["top_kmers"] if with_kmers else [])]) + "\n")
    for row, pair in enumerate(table):
        cells = [
            str(pair["i"]),
            str(pair["j"]),
            str(pair["distance"]),
            f"{pair['value']:.10g}",
            str(pair["n"]),
            str(pair["label_i"]),
            str(pair["label_j"]),
        ]
        if with_kmers:
            some = row < n_with_kmers and not np.isnan(pair["value"])
            cells.append(_top_kmers(result, int(pair["i"]), int(pair["j"])) if some else ".")
        stream.write("\t".join(cells) + "\n")


def _top_kmers(result: MIResult, i: int, j: int) -> str:
    """The three k-mer pairs that contribute most: ``ACG~TTA:count:bits`` each."""
    top = [row for row in result.top_kmers(i, j, 3) if row["contribution"] > 0]
    return (
        ";".join(
            f"{row['kmer_i']}~{row['kmer_j']}:{row['count']}:{row['contribution']:.3g}"
            for row in top
        )
        or "."
    )
