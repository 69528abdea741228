"""``fastmi compare``: two saved maps of the same positions."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from ._options import FIGURE_TYPES, add_run, positive, prefix, prefixed

if TYPE_CHECKING:
    from ..comparing import Comparison
    from ..results import MIResult


def add(subparsers: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "compare",
        help="two saved maps, and where they differ",
        description="Hold two maps of the same positions against each other: two models, a "
        "model and its training data, two selections. Writes PREFIX.png (half and half, the "
        "difference, curves by distance) and PREFIX.pairs.tsv (all pairs, the largest "
        "difference first); without -o, the table goes to stdout.",
    )
    parser.add_argument("first", metavar="A.npz", help="a map, or what 'interpret' wrote")
    parser.add_argument("second", metavar="B.npz", help="another; may be the same file")
    parser.add_argument(
        "--select",
        action="append",
        default=[],
        metavar="WHICH",
        help="files with several selections: which of A, and, given again, of B",
    )
    parser.add_argument(
        "--head",
        action="append",
        default=[],
        metavar="NAME",
        help="files with several scores: which of A, and, given again, of B",
    )
    parser.add_argument(
        "--names",
        nargs=2,
        metavar=("A", "B"),
        help="what they are called (default: heads, selections or files, as they differ)",
    )
    parser.add_argument(
        "-o", "--out", type=prefix, metavar="PREFIX", help="where the outputs go"
    )
    parser.add_argument("--figure", choices=FIGURE_TYPES, default="png", help="default: png")
    parser.add_argument(
        "--top", type=positive, metavar="N", help="pairs in the table (default: all)"
    )
    add_run(parser, threads=False)
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> None:
    """Load, compare, write."""
    from .. import plot
    from .._files import replacing
    from ..comparing import compare
    from ._output import check_writable, save_figure

    names = {}
    if args.out is not None:
        endings = {"figure": f".{args.figure}", "pairs": ".pairs.tsv"}
        names = {what: prefixed(args.out, e, "compare") for what, e in endings.items()}
        for name in names.values():
            check_writable(name, [args.first, args.second])
    found = [_map_of(args, n, path) for n, path in enumerate((args.first, args.second))]
    called = args.names or _called([words for _, words in found])
    compared = compare(found[0][0], found[1][0], names=(called[0], called[1]))
    if args.out is None:
        sys.stdout.write(_table(compared, args.top))
        return
    save_figure(plot.comparison(compared).axes[0], names["figure"])
    with replacing(names["pairs"]) as temporary:
        temporary.write_text(_table(compared, args.top))
    if not args.quiet:
        print(f"fastmi: correlation {compared.correlation():.4f}", file=sys.stderr)
        print(f"fastmi: wrote {', '.join(names.values())}", file=sys.stderr)


def _map_of(args: argparse.Namespace, n: int, path: str) -> tuple[MIResult, tuple[str, ...]]:
    """The map asked for, and words that may name it."""
    from ..interpretation import Selected
    from ._saved import saved_map

    which, head = (
        given[min(n, len(given) - 1)] if given else None for given in (args.select, args.head)
    )
    found = saved_map(path, which, head)
    if isinstance(found, Selected):
        return found.map, (found.head, found.selection, path)
    return found, (path,)


def _called(words: list[tuple[str, ...]]) -> tuple[str, str]:
    """The first words in which the two differ."""
    first, second = words
    for a, b in zip(first, second, strict=False):
        if a and b and a != b:
            return a, b
    return "a", "b"


def _table(compared: Comparison, n: int | None) -> str:
    """Pairs as tab-separated text."""
    table = compared.top_pairs(n)
    lines = ["\t".join(table.dtype.names or ())]
    lines += ["\t".join(map(str, row)) for row in table.tolist()]
    return "\n".join(lines) + "\n"
