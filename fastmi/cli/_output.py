"""What commands leave behind: figures, pair tables, and the JSON of what was done."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._files import output_target, replacing
from ..errors import FastMIError
from ..pair_table import number
from ..results import MIResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..score_bins import Saved
    from ..stats.result import Significance


def check_writable(path: str, inputs: Sequence[str] = ()) -> None:
    """Fail now rather than after the work where ``path`` cannot be written.

    Nor may it take the place of an input.
    """
    real = os.path.realpath(path)
    if any(real == os.path.realpath(file) for file in inputs):
        raise FastMIError(f"{path} is an input, which would be overwritten: give another -o")
    folder = Path(path).parent
    if not folder.exists():
        raise FastMIError(f"cannot write {path}: the folder {folder} does not exist")
    output_target(path)
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
    figure: Any = getattr(ax.figure, "figure", ax.figure)  # of a subfigure, its figure
    # SVG names its parts by random numbers unless there is a salt
    with replacing(path) as temporary, matplotlib.rc_context({"svg.hashsalt": "fastmi"}):
        figure.savefig(
            temporary,
            format=kind,
            dpi=dpi,
            metadata=dates.get(kind),
            bbox_inches="tight",
        )


def record(result: MIResult, sources: Sequence[str], command_line: list[str]) -> MIResult:
    """The result with what it was made from and how."""
    known = all(os.path.isfile(source) for source in sources)
    size = sum(map(os.path.getsize, sources)) if known else None
    name = sources[0] + (f" and {len(sources) - 1} more" if len(sources) > 1 else "")
    made = {"input": {"file": name, "bytes": size}, "command": command_line}
    return replace(result, provenance={**result.provenance, **made})


def write_json(about: dict[str, Any], path: str, started: float) -> None:
    """A description, with when it was written and how long the work took."""
    about["written"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    about["wall_s"] = round(time.perf_counter() - started, 3)
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(about, indent=1) + "\n")


def write_counts(counts: Saved, args: argparse.Namespace) -> None:
    """Write counts where -o says, and say how many there are."""
    counts.save(args.out)
    if not args.quiet:
        print(f"fastmi: wrote {args.out}: {counts.in_words()}", file=sys.stderr)


def title_of(result: MIResult) -> str:
    """What a picture shows, in a line: input, number, k and pseudocount."""
    made_from = result.provenance.get("input")
    name = os.path.basename(str(made_from["file"])) if isinstance(made_from, dict) else ""
    words = f"{result.in_words()}, k = {result.k}{result.smoothing}"
    return f"{name}: {words}" if name else words


def print_pairs(found: Significance, n: int) -> None:
    """The pairs that are furthest beyond the null, for a person, on stdout."""
    result = found.result
    print("strongest pairs, MI beyond the null (bits):")
    for pair in found.top_pairs(n):
        top = result.top_kmers(int(pair["i"]), int(pair["j"]), 1)[0]
        print(
            f"  {pair['label_i']:>6} - {pair['label_j']:<6} {pair['corrected']:.4f}   distance "
            f"{pair['distance']:>3}   q = {pair['q']:<8.2g} most by {top['kmer_i']}-"
            f"{top['kmer_j']}: {number(top['count'])} seen, {top['expected']:,.0f} expected"
        )
