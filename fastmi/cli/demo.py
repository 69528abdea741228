"""``fastmi demo``: the main job on real data that comes with the package.

The data are variants of one protein, each with one or two mutations, so most positions are
the wild type's in most sequences.  That is why the pseudocount is 0 here: PlotMI's default
would make every pair of conserved positions look dependent.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

from ._options import add_run, prefix

_SHOWN = 8


def add(subparsers: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "demo",
        help="map the best 26,804 variants of protein GB1 (comes with fastmi)",
        description="Map the 26,804 variants of protein GB1 of highest measured fitness (the "
        "data of PlotMI's Fig. 4e), at k = 1 and without pseudocount; write the result, the "
        "pair table, the picture and what was done.",
    )
    parser.add_argument(
        "-o",
        "--out",
        type=prefix,
        default="fastmi_demo",
        metavar="PREFIX",
        help="where the outputs go (default: fastmi_demo)",
    )
    add_run(parser)
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> None:
    """Do what ``fastmi mi`` does, then mark and print the strongest pairs."""
    from .. import plot
    from ..examples import GB1_WILD_TYPE, example
    from ..io import read
    from . import mi
    from ._output import print_pairs

    started = time.perf_counter()
    args.figure, args.top_kmers = "png", 100
    mi.check_outputs(args.out, args.figure, args.command)
    args.files, args.measure, args.k, args.pseudocount = [str(example())], "MI", 1, 0.0
    args.first_position, args.reference = 1, GB1_WILD_TYPE
    sequences = read(args.files[0], "protein")
    result = mi.measure(args, sequences)
    ax = plot.heatmap(result, title=f"GB1, {len(sequences):,} fittest variants")
    best = result.top_pairs(1)[0]
    plot.annotate_pair(ax, result, int(best["i"]), int(best["j"]))
    mi.write_all(result, args, started, ax)
    print_pairs(result, _SHOWN)
