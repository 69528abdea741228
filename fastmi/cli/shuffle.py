"""``fastmi shuffle``: sequences with the same k-letter words, everything else by chance."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from ._options import add_reading, add_run, add_seed, add_sequences_out, positive


def add(subparsers: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "shuffle",
        help="shuffle sequences, keeping how often each word of k letters occurs",
        description="Shuffle each sequence of a file, keeping how often each word of k letters "
        "occurs in it; every arrangement that keeps them is equally likely. Files of any size "
        "are shuffled as they are read.",
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        help="sequences of one length, as for 'fastmi mi'; - reads stdin",
    )
    parser.add_argument(
        "-k",
        type=positive,
        default=2,
        metavar="K",
        help="letters in the words that are kept: 1 keeps the letters, 2 the dinucleotides "
        "(default: 2)",
    )
    parser.add_argument(
        "--window",
        type=positive,
        metavar="W",
        help="shuffle each so many letters on their own (default: all together)",
    )
    add_seed(parser)
    add_reading(parser, "skip it: it stays where it is")
    add_sequences_out(parser)
    add_run(parser)
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> None:
    """Read, shuffle, write."""
    from contextlib import closing

    from .._columns import check_columns
    from .._draws import resolve_seed
    from .._streams import FileBlocks
    from ..simulate.shuffling import shuffling
    from ..writing import STDOUT, write_sequences
    from ._output import check_writable

    if args.out != STDOUT:
        check_writable(args.out, [args.file])
    seed = resolve_seed(args.seed)
    how = shuffling(0, args.k, args.window, rng=seed, n_threads=args.threads)
    columns = check_columns(args.column)
    files = FileBlocks(args.file, args.alphabet, args.unknown, columns, progress=not args.quiet)
    with closing(files):
        n = write_sequences(how.blocks(files), args.out)
    if not args.quiet:
        print(f"fastmi: {n:,} sequences shuffled with --seed {seed}", file=sys.stderr)
