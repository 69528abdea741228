"""``fastmi difference``: two files of sequences, and where their maps differ for sure."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from ._options import (
    FIGURE_TYPES,
    add_memory,
    add_reading,
    add_run,
    positive,
    prefix,
    prefixed,
    pseudocount,
    seed,
)

NULLS = {"mi": "equal_mi", "pool": "same_distribution"}


def add(subparsers: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "difference",
        help="two files of sequences, and which pairs of positions differ between them",
        description="Test for each pair of positions whether mutual information differs "
        "between two sets of sequences, as many of each. Writes PREFIX.npz (result), "
        "PREFIX.pairs.tsv (all pairs, the largest difference first, with p, q and intervals) "
        "and PREFIX.png (both maps, their difference with lines around small q, curves by "
        "distance); without -o, the table goes to stdout.",
    )
    parser.add_argument("first", metavar="A", help="sequences, as for 'fastmi mi'")
    parser.add_argument("second", metavar="B", help="others of the same length")
    parser.add_argument(
        "-k", type=positive, default=3, metavar="K", help="letters in a k-mer (default: 3)"
    )
    parser.add_argument(
        "-n",
        type=positive,
        default=200,
        metavar="N",
        help="replicates of each set, at least 20 (default: 200)",
    )
    parser.add_argument(
        "--null",
        choices=tuple(NULLS),
        default="mi",
        help="what p is of: both have the same mutual information at this pair (mi, default; "
        "equal_mi in Python), or both come from one pool (pool; same_distribution)",
    )
    parser.add_argument(
        "--pseudocount",
        type=pseudocount,
        default=0.0,
        metavar="P",
        help="in multiples of the number of sequences (default: 0)",
    )
    parser.add_argument(
        "--all", action="store_true", help="all of the larger set (default: as many of each)"
    )
    parser.add_argument(
        "--names", nargs=2, metavar=("A", "B"), help="what they are called (default: a and b)"
    )
    add_reading(parser)
    parser.add_argument(
        "--seed", type=seed, metavar="S", help="0 to 2^64 - 1 (default: a fresh one)"
    )
    parser.add_argument(
        "-o", "--out", type=prefix, metavar="PREFIX", help="where the outputs go"
    )
    parser.add_argument("--figure", choices=(*FIGURE_TYPES, "none"), default="png")
    add_memory(parser, "the most that replicates may take")
    add_run(parser)
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> None:
    """Read, resample, write."""
    from .. import plot
    from ..io import as_sequences
    from ..stats.differing import difference
    from ._output import check_writable, save_figure

    names = {}
    if args.out is not None:
        endings = {"result": ".npz", "pairs": ".pairs.tsv", "figure": f".{args.figure}"}
        if args.figure == "none":
            del endings["figure"]
        names = {what: prefixed(args.out, e, "difference") for what, e in endings.items()}
        for name in names.values():
            check_writable(name, [args.first, args.second])
    sets = [
        as_sequences(file, args.alphabet, args.unknown, args.column)
        for file in (args.first, args.second)
    ]
    found = difference(
        *sets,
        k=args.k,
        pseudocount=args.pseudocount,
        n=args.n,
        null=NULLS[args.null],
        equal_n=not args.all,
        names=tuple(args.names or ("a", "b")),
        rng=args.seed,
        memory_limit=args.memory_limit,
        n_threads=args.threads,
        progress=not args.quiet,
    )
    if not args.quiet:
        print(f"fastmi: {repr(found)[1:-1]}, --seed {found.seed}", file=sys.stderr)
    if args.out is None:
        found.to_tsv(sys.stdout)
        return
    found.save(names["result"])
    found.to_tsv(names["pairs"])
    if "figure" in names:
        save_figure(plot.comparison(found).axes[0], names["figure"])
    if not args.quiet:
        print(f"fastmi: wrote {', '.join(names.values())}", file=sys.stderr)
