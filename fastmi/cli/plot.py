"""``fastmi plot``: pictures of a saved result."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ._options import FIGURE_TYPES, add_positions, add_run, prefix, prefixed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..interpretation import Selected
    from ..results import MIResult
    from ..stats.result import Significance

_OF_MAPS = ("limits", "triangle", "pair", "q")
_UNUSED: dict[str, tuple[str, ...]] = {
    "heatmap": ("quantity",),
    "adjacent": ("scale", *_OF_MAPS, "quantity"),
    "by-distance": (*_OF_MAPS, "quantity"),
    "scores": (*_OF_MAPS, "value", "select", "quantity"),
    "effects": ("scale", *_OF_MAPS, "value", "select", "first_position", "reference"),
}
KINDS = tuple(_UNUSED)


def _pair(text: str) -> tuple[int, int]:
    try:
        i, j = (int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"must be two positions as 12,40, got {text!r}"
        ) from None
    return i, j


def _q(text: str) -> float | str:
    from .._checks import check_share

    try:
        return text if text == "none" else check_share("q", float(text))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"must be between 0 and 1, or none, got {text!r}"
        ) from None


def add(subparsers: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "plot",
        help="pictures of a saved result",
        description="Draw a result that fastmi mi, interpret, gia or ism wrote, or a method "
        "save().",
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
    parser.add_argument(
        "--kind",
        choices=KINDS,
        help="default: heatmap; of files of gia and ism effects, as each is best seen",
    )
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
    parser.add_argument(
        "--value",
        choices=("mi", "corrected", "p", "significant"),
        help="maps that were tested: mutual information, what of it is beyond the null, p, or "
        "which pairs stand out, in black (default: mi, of curves corrected)",
    )
    parser.add_argument(
        "--q",
        type=_q,
        metavar="Q",
        help="maps that were tested: outline the pairs with a q of at most this; none for no "
        "outlines (default: 0.05)",
    )
    parser.add_argument(
        "--select", metavar="WHICH", help="files of interpret: which of several selections"
    )
    parser.add_argument(
        "--head", metavar="NAME", help="files of interpret, gia, ism: which of several scores"
    )
    parser.add_argument(
        "--quantity",
        metavar="Q",
        help="files of gia: which rows, such as importance, interaction, difference or ratio",
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
    from ..loading import load
    from ._output import check_writable, save_figure
    from ._pictures import DRAWN

    found = load(args.file)
    if args.kind is None:
        args.kind = "effects" if isinstance(found, DRAWN) else "heatmap"
    for option in _UNUSED[args.kind]:
        if getattr(args, option):
            said = option.replace("_", "-")
            raise ValueError(f"--{said} does not go with --kind {args.kind}")
    path = _path(args)
    check_writable(path, [args.file])
    draw = {"scores": _scores, "effects": _effects}.get(args.kind, _map)
    save_figure(draw(found, args), path)
    if not args.quiet:
        print(f"fastmi: wrote {path}", file=sys.stderr)


def _map(found: Any, args: argparse.Namespace) -> Axes:
    """A map, as a heat map or as curves."""
    from .. import plot

    result, title = _map_and_title(found, args)
    if args.kind == "adjacent":
        return plot.adjacent(result, value=args.value, title=title)
    if args.kind == "by-distance":
        return plot.by_distance(result, value=args.value, scale=args.scale, title=title)
    ax = plot.heatmap(
        result,
        value=args.value or "mi",
        q={None: 0.05, "none": None}.get(args.q, args.q),
        limits=_limits(args.limits),
        scale=args.scale or "linear",
        triangle=args.triangle,
        title=title,
    )
    for i, j in args.pair:
        plot.annotate_pair(ax, result, i, j)
    return ax


def _effects(found: Any, args: argparse.Namespace) -> Axes:
    """The picture of an experiment."""
    from ..errors import FastMIError
    from ._pictures import DRAWN, picture

    if not isinstance(found, DRAWN):
        raise FastMIError(f"{args.file} holds no effects; 'fastmi gia' makes such files")
    given = {"title": args.title, "quantity": args.quantity}
    try:
        return picture(found, args.head, **{k: v for k, v in given.items() if v is not None})
    except KeyError as error:
        raise FastMIError(f"{args.file}: {error.args[0]}") from None


def _map_and_title(
    found: Any, args: argparse.Namespace
) -> tuple[MIResult | Significance | Selected, str]:
    """The map that the options ask for, tested or not, and what it shows."""
    from ..results import MIResult
    from ..stats.result import Significance
    from ._output import title_of
    from ._saved import map_in

    chosen = map_in(found, args.file, args.select, args.head)
    title = title_of(chosen) if isinstance(chosen, MIResult) else chosen.title
    title = title if args.title is None else args.title
    drawn = chosen.with_positions(args.first_position, args.reference)
    if isinstance(found, Significance) and isinstance(drawn, MIResult):
        return replace(found, result=drawn), title
    return drawn, title


def _scores(found: Any, args: argparse.Namespace) -> Axes:
    """The histogram of scores in a file of interpret."""
    from .. import plot
    from ..errors import FastMIError
    from ..interpretation import Interpretation

    if not isinstance(found, Interpretation):
        raise FastMIError(f"{args.file} holds no scores; 'fastmi interpret' makes such files")
    try:
        return plot.scores(
            found, head=args.head, scale=args.scale or "linear", title=args.title
        )
    except KeyError as error:
        raise FastMIError(f"{args.file}: {error.args[0]}") from None
