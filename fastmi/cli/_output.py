"""What commands leave behind: figures, pair tables, and the JSON of what was done."""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from .._files import replacing
from ..errors import FastMIError
from ..results import MIResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def check_writable(path: str) -> None:
    """Fail now rather than after the work where ``path`` cannot be written."""
    folder = Path(path).parent
    if Path(path).is_dir():
        raise FastMIError(f"cannot write {path}: it is a directory")
    if Path(path).exists() and not Path(path).is_file():
        raise FastMIError(f"cannot write {path}: it is no regular file")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise FastMIError(f"cannot write {path}: {error.strerror or error}") from None


def save_figure(ax: Axes, path: str, dpi: int = 200) -> None:
    """Write the figure of these Axes, the same bytes for the same content."""
    import matplotlib

    kind = Path(path).suffix[1:]
    dates: dict[str, dict[str, Any]] = {
        "pdf": {"CreationDate": None, "ModDate": None},
        "svg": {"Date": None},
    }
    figure = ax.get_figure(root=True)
    assert figure is not None
    # SVG names its parts by random numbers unless there is a salt
    with replacing(path) as temporary, matplotlib.rc_context({"svg.hashsalt": "fastmi"}):
        figure.savefig(
            temporary,
            format=kind,
            dpi=dpi,
            metadata=dates.get(kind),
            bbox_inches="tight",
        )


def write_pairs(result: MIResult, stream: TextIO, n_with_kmers: int) -> None:
    """All pairs as a table, strongest first, with the top k-mers of the first ones."""
    table = result.top_pairs(None)
    value = f"{result.measure.lower()}_{result.unit}" if result.unit else result.measure.lower()
    columns = ["i", "j", "distance", value, "n", "label_i", "label_j"]
    with_kmers = result.measure == "MI" and n_with_kmers > 0
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


def write_about(
    result: MIResult, path: str, source: str, command_line: list[str], started: float
) -> None:
    """What was done, as JSON."""
    about = result.about()
    about["input"] = {
        "file": source,
        "bytes": os.path.getsize(source) if os.path.isfile(source) else None,
    }
    about["command"] = command_line
    about["written"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    about["wall_s"] = round(time.perf_counter() - started, 3)
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(about, indent=1) + "\n")


def print_pairs(result: MIResult, n: int) -> None:
    """The strongest pairs for a person, on stdout."""
    unit = f" ({result.unit})" if result.unit else ""
    print(f"strongest pairs, {result.measure}{unit}:")
    for pair in result.top_pairs(n):
        top = result.top_kmers(int(pair["i"]), int(pair["j"]), 1)[0]
        print(
            f"  {pair['label_i']:>6} - {pair['label_j']:<6} {pair['value']:.4f}   "
            f"distance {pair['distance']:>3}   most by {top['kmer_i']}-{top['kmer_j']}: "
            f"{top['count']:,} seen, {top['expected']:,.0f} expected"
        )
