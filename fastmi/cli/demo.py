"""``fastmi demo``: the main jobs on what comes with the package.

``gb1`` maps measured data: variants of one protein, each with one or two mutations, so most
positions are the wild type's in most sequences.  That is why the pseudocount is 0 there:
PlotMI's default would make every pair of conserved positions look dependent.  And since no two
positions of such variants are independent, the map is held against random sets of all variants
that were measured, of which a summary comes along.

``rbp`` asks models, as Fig. 3 of the PlotMI paper does: how far apart do two proteins that
bind RNA look at their target?
"""

from __future__ import annotations

import argparse
import time
from typing import Any

from ._options import add_run, positive, prefix
from ._output import check_writable, save_figure

_SHOWN = 8
_N = 10_000_000


def add(subparsers: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "demo",
        help="map data, or models, that come with fastmi",
        description="gb1: map the 26,804 variants of protein GB1 of highest measured fitness "
        "(the data of PlotMI's Fig. 4e), at k = 1 and without pseudocount, and say which pairs "
        "stand out from random variants; write the result, the pair table, the picture and "
        "what was done. rbp: score random RNA with DeepBind's models of RBMS1 and MSI1, map "
        "the best 1 % of each, and compare (PlotMI's Fig. 3); ten million sequences take less "
        "than a minute on two cores.",
    )
    parser.add_argument(
        "which", nargs="?", choices=tuple(_DEMOS), default="gb1", help="default: gb1"
    )
    parser.add_argument(
        "-o",
        "--out",
        type=prefix,
        metavar="PREFIX",
        help="where the outputs go (default: fastmi_demo, for rbp fastmi_demo_rbp)",
    )
    parser.add_argument(
        "--n",
        type=positive,
        metavar="N",
        help=f"rbp: how many random sequences (default: {_N:,})",
    )
    add_run(parser)
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> None:
    """Run the demo asked for."""
    if args.which == "gb1" and args.n is not None:
        raise ValueError("--n is for 'fastmi demo rbp'")
    if args.out is None:
        args.out = "fastmi_demo" if args.which == "gb1" else f"fastmi_demo_{args.which}"
    _DEMOS[args.which](args)


def _gb1(args: argparse.Namespace) -> None:
    """Do what ``fastmi mi --pool`` does, then print the strongest pairs."""
    from .. import plot
    from ..examples import GB1_WILD_TYPE, example
    from ..io import read
    from ..mi import pairwise_mi
    from ..stats import NullSummary
    from . import mi
    from ._output import print_pairs
    from ._tested import LEVEL

    started = time.perf_counter()
    args.files, args.figure, args.top_kmers = [str(example())], "png", 100
    mi.check_outputs(args.out, args.figure, args.command)
    sequences = read(args.files[0], "protein")
    result = pairwise_mi(
        sequences, 1, pseudocount=0, n_threads=args.threads, progress=not args.quiet
    ).with_positions(1, GB1_WILD_TYPE)
    null = NullSummary.load(example("gb1_pool_null"))
    found = null.significance(result)
    ax = plot.heatmap(found, title=f"GB1, {len(sequences):,} fittest variants")
    mi.write_all(found, args, started, ax)
    print(
        f"{found.n_significant(LEVEL):,} of {found.n_tests:,} pairs stand out (q <= "
        f"{LEVEL:g}), more dependent than in random sets of all {null.provenance['pool']:,} "
        "variants measured"
    )
    print_pairs(found, _SHOWN)


def _rbp(args: argparse.Namespace) -> None:
    """Do what ``fastmi interpret`` does with two models, compare, and say how far each sees."""
    from .. import compare, plot, reach, simulate
    from ..interpreting import interpret
    from ..models import deepbind
    from .interpret import write_interpretation

    started = time.perf_counter()
    names = ("RBMS1", "MSI1")
    models = {name: deepbind.load(name, n_threads=args.threads) for name in names}
    background = simulate.random(args.n or _N, 40, "rna", rng=1, n_threads=args.threads)
    check_writable(args.out + ".npz")
    found = interpret(
        models,
        background,
        select="top 1%",
        k=3,
        null=None,
        n_threads=args.threads,
        progress=not args.quiet,
    )
    args.figure, args.top_kmers = "png", 100
    write_interpretation(found, args, started)
    maps = [found.find(head=name).map for name in names]
    compared = compare(*maps, names=names)
    save_figure(plot.comparison(compared).axes[0], args.out + ".png")
    for name, result in zip(names, maps, strict=True):
        print(f"{name}: positions up to {reach(result)} apart depend on each other")
    print("(where the mean excess is a tenth of that of neighbouring 3-mers; the paper reads")
    print(f"15 and 6 from its maps). The picture: {args.out}.png")


_DEMOS = {"gb1": _gb1, "rbp": _rbp}
