"""``fastmi count``: files of any size, or a shard of them, to joint counts."""

from __future__ import annotations

import argparse
from typing import Any

from ._options import (
    add_input,
    add_memory,
    add_run,
    add_scores,
    edges,
    npz,
    positive,
    seconds,
)


def add(subparsers: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "count",
        help="joint counts of files of any size, or of a shard of them",
        description="Count the k-mers at every pair of positions, in memory that does not "
        "depend on the number of sequences. Shards are counted by jobs of their own, added by "
        "'fastmi merge', and mapped by 'fastmi mi'; the result is that of one run over "
        "everything, bit for bit.",
    )
    add_input(parser)
    add_scores(parser)
    parser.add_argument(
        "--edges",
        type=edges,
        metavar="E,E,...",
        help="keep the counts apart by score, in bins between these scores, so that 'fastmi mi "
        "--select' chooses afterwards (default with --scores: quantiles of the first "
        "sequences, fine at both ends); --edges=-1,0 where the first is negative",
    )
    parser.add_argument(
        "-k",
        type=positive,
        default=3,
        metavar="K",
        help="letters in a k-mer (default: 3)",
    )
    parser.add_argument(
        "-o",
        "--out",
        type=npz,
        required=True,
        metavar="COUNTS.npz",
        help="where the counts go",
    )
    parser.add_argument(
        "--checkpoint",
        metavar="DIR",
        help="save what is counted in this folder now and then, and go on from there when the "
        "same command is given again; all shards can have one folder",
    )
    parser.add_argument(
        "--checkpoint-every",
        type=seconds,
        default=60.0,
        metavar="S",
        help="seconds between savings (default: 60)",
    )
    parser.add_argument(
        "--weighted",
        action="store_true",
        help="weights may be fractions (default: if those of the first sequences are)",
    )
    add_memory(parser, "most memory for the tables")
    add_run(parser)
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> None:
    """Count, write."""
    from ..batch import count, count_by_score
    from ._output import check_writable, write_counts

    check_writable(args.out, args.files)
    by_score = args.scores is not None or args.edges is not None
    options = {"scores": args.scores, "edges": args.edges} if by_score else {}
    counts = (count_by_score if by_score else count)(
        args.files,
        args.k,
        **options,
        shard=args.shard,
        checkpoint=args.checkpoint,
        checkpoint_every=args.checkpoint_every,
        alphabet=args.alphabet,
        unknown=args.unknown,
        column=args.column,
        weights=args.weights,
        weighted=True if args.weighted else None,
        memory_limit=args.memory_limit,
        n_threads=args.threads,
        progress=not args.quiet,
    )
    write_counts(counts, args)
