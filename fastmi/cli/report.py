"""``fastmi report``: a saved map as one page of HTML."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from ..alphabet import UNKNOWN_POLICIES
from ._options import add_positions, add_run, column, identity, zero_or_more

if TYPE_CHECKING:
    from ..interpretation import Selected
    from ..results import MIResult
    from ..stats.result import Significance


def _page(text: str) -> str:
    """The name of a page."""
    if not text.endswith((".html", ".htm")):
        raise argparse.ArgumentTypeError(f"must end in .html, got {text!r}")
    return text


def add(subparsers: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "report",
        help="a saved map as one page of HTML to explore",
        description="Write a map that fastmi wrote as a page that any browser opens, without a "
        "network: the map, curves, the table of pairs to sort, filter and copy, and what was "
        "done; of a map that was tested also p, q and MI beyond the null.",
    )
    parser.add_argument("file", metavar="RESULT.npz", help="the map")
    parser.add_argument(
        "-o",
        "--out",
        type=_page,
        metavar="PAGE.html",
        help="the page (default: beside the result)",
    )
    parser.add_argument(
        "--sequences",
        metavar="FILE",
        help="what the map was made from, sequences or counts, for the logo and the leading "
        "k-mer pairs",
    )
    parser.add_argument(
        "--unknown",
        choices=UNKNOWN_POLICIES,
        help="letters of --sequences outside the alphabet (default: as for the map)",
    )
    parser.add_argument(
        "--column", type=column, metavar="C", help="of --sequences, as for 'fastmi mi'"
    )
    parser.add_argument(
        "--weights", type=column, metavar="C", help="of --sequences, as for 'fastmi mi'"
    )
    parser.add_argument(
        "--reweight",
        type=identity,
        metavar="IDENTITY",
        help="of --sequences, as for 'fastmi mi'",
    )
    parser.add_argument(
        "--top-kmers",
        type=zero_or_more,
        default=1000,
        metavar="N",
        help="pairs that get their leading k-mer pairs (default: 1000)",
    )
    parser.add_argument(
        "--select", metavar="WHICH", help="files of interpret: which of several selections"
    )
    parser.add_argument(
        "--head", metavar="NAME", help="files of interpret: which of several scores"
    )
    parser.add_argument("--title", help="title of the page (default: the name of the input)")
    add_positions(parser)
    add_run(parser, threads=False)
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> None:
    """Load, write."""
    from ..reporting import report
    from ._output import check_writable

    path = args.out or args.file.removesuffix(".npz") + ".html"
    check_writable(path, [args.file, *([args.sequences] if args.sequences else [])])
    found, result = _map_of(args)
    report(
        found,
        path,
        sequences=_sequences_of(args, result),
        title=args.title,
        top_kmers=args.top_kmers,
    )
    if not args.quiet:
        print(f"fastmi: wrote {path}", file=sys.stderr)


def _map_of(args: argparse.Namespace) -> tuple[MIResult | Selected | Significance, MIResult]:
    """What the options ask for, with its positions, and its map."""
    from dataclasses import replace

    from ..interpretation import Selected
    from ..loading import load
    from ..stats.result import Significance
    from ._saved import map_in

    found = load(args.file)
    numbering = args.first_position, args.reference
    if isinstance(found, Significance):
        if args.select is not None or args.head is not None:
            raise ValueError(
                f"{args.file} holds one map: --select and --head are for 'interpret' files"
            )
        result = found.result.with_positions(*numbering)
        return replace(found, result=result), result
    chosen = map_in(found, args.file, args.select, args.head)
    if isinstance(chosen, Selected):
        placed = chosen.with_positions(*numbering)
        return placed, placed.map
    result = chosen.with_positions(*numbering)
    return result, result


def _sequences_of(args: argparse.Namespace, result: MIResult) -> Any:
    """Counts, or sequences with their weights; None where they were not given."""
    from .._archive import is_archive
    from ..counts import JointCounts
    from ..io import as_sequences
    from ..reporting import unknown_of
    from ..weights import sequence_weights

    options = ("unknown", "column", "weights", "reweight")
    given = [option for option in options if getattr(args, option) is not None]
    if args.sequences is None or is_archive(args.sequences):
        if given:
            raise ValueError(f"--{given[0]} is for --sequences that are sequences")
        return None if args.sequences is None else JointCounts.load(args.sequences)
    if args.reweight is not None and args.weights is not None:
        raise ValueError("--reweight makes weights, and --weights reads them: give one of them")
    sequences = as_sequences(
        args.sequences,
        result.alphabet,
        args.unknown or unknown_of(result),
        args.column,
        args.weights,
    )
    if args.reweight is None:
        return sequences
    return sequences.with_weights(sequence_weights(sequences, args.reweight))
