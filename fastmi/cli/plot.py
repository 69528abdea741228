"""``fastmi plot``: pictures of a saved result."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from ._options import FIGURE_TYPES, add_positions, add_run, prefix, prefixed

KINDS = ("heatmap", "adjacent", "by-distance")
_UNUSED: dict[str, tuple[str, ...]] = {
    "heatmap": (),
    "adjacent": ("scale", "limits", "triangle", "pair"),
    "by-distance": ("limits", "triangle", "pair"),
}


def _pair(text: str) -> tuple[int, int]:
    try:
        i, j = (int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"must be two positions as 12,40, got {text!r}"
        ) from None
    return i, j


def add(subparsers: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "plot",
        help="pictures of a saved result",
        description="Draw a result that fastmi mi (or MIResult.save) wrote.",
    )
    parser.add_argument("file", metavar="RESULT.npz", help="the result")
    parser.add_argument(
        "-o",
        "--out",
        type=prefix,
        metavar="PREFIX",
        help="where the picture goes (default: beside the result); the kind and the type "
        "are added, as in PREFIX.heatmap.png, unless it ends in .png, .pdf or .svg",
    )
    parser.add_argument("--kind", choices=KINDS, default="heatmap", help="default: heatmap")
    parser.add_argument("--figure", choices=FIGURE_TYPES, default="png", help="default: png")
    parser.add_argument(
        "--scale",
        choices=("linear", "log"),
        help="of values or colours (default: linear)",
    )
    parser.add_argument(
        "--limits",
        nargs="+",
        metavar="LIMIT",
        help="range of the heat map's colours: full (default), robust (percentiles 1 to "
        "99.8), or two numbers LOW HIGH",
    )
    parser.add_argument(
        "--triangle", choices=("upper", "lower"), help="draw only half of the heat map"
    )
    parser.add_argument(
        "--pair",
        type=_pair,
        action="append",
        default=[],
        metavar="I,J",
        help="mark this pair (0-based starts, as in the pair table) on the heat map",
    )
    parser.add_argument("--title", help="title of the picture (default: what it shows)")
    add_positions(parser)
    add_run(parser, threads=False)
    parser.set_defaults(handler=run)


def _limits(words: list[str] | None) -> Any:
    if words is None:
        return "full"
    if words in (["full"], ["robust"]):
        return words[0]
    try:
        low, high = (float(word) for word in words)
    except ValueError:
        raise ValueError(
            f"--limits must be full, robust or two numbers, got {' '.join(words)}"
        ) from None
    return low, high


def _path(args: argparse.Namespace) -> str:
    """Where the picture goes."""
    start: str = args.out or args.file.removesuffix(".npz")
    ending = start.rpartition(".")[2]
    if args.out is not None and ending in FIGURE_TYPES:
        return start
    return prefixed(start, f".{args.kind}.{args.figure}", "mi")


def run(args: argparse.Namespace) -> None:
    """Load, draw, write."""
    for option in _UNUSED[args.kind]:
        if getattr(args, option):
            raise ValueError(f"--{option} does not go with --kind {args.kind}")
    from .. import plot
    from ..results import MIResult
    from ._output import check_writable, save_figure, title_of

    result = MIResult.load(args.file).with_positions(args.first_position, args.reference)
    path = _path(args)
    title = title_of(result) if args.title is None else args.title
    check_writable(path)
    if args.kind == "heatmap":
        ax = plot.heatmap(
            result,
            limits=_limits(args.limits),
            scale=args.scale or "linear",
            triangle=args.triangle,
            title=title,
        )
        for i, j in args.pair:
            plot.annotate_pair(ax, result, i, j)
    elif args.kind == "adjacent":
        ax = plot.adjacent(result, title=title)
    else:
        ax = plot.by_distance(result, scale=args.scale, title=title)
    save_figure(ax, path)
    if not args.quiet:
        print(f"fastmi: wrote {path}", file=sys.stderr)
