"""``fastmi merge``: the counts of parts as one."""

from __future__ import annotations

import argparse
from typing import Any

from ._options import add_memory, add_run, npz


def add(subparsers: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "merge",
        help="add the counts of parts",
        description="Add joint counts that 'fastmi count' wrote, in any order. Parts that do "
        "not fit together, one that is there twice, and shards that are missing are errors.",
    )
    parser.add_argument("files", metavar="PART.npz", nargs="+", help="the parts")
    parser.add_argument(
        "-o",
        "--out",
        type=npz,
        required=True,
        metavar="COUNTS.npz",
        help="where the sum goes",
    )
    parser.add_argument(
        "--partial",
        action="store_true",
        help="shards may be missing; they can be added to the sum later",
    )
    add_memory(parser, "most memory for the tables of a part")
    add_run(parser, threads=False)
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> None:
    """Add, write."""
    from ..merging import merge
    from ._output import check_writable, write_counts

    check_writable(args.out)
    counts = merge(
        args.files,
        partial=args.partial,
        memory_limit=args.memory_limit,
        progress=not args.quiet,
    )
    write_counts(counts, args)
