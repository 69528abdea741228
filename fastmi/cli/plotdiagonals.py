"""``fastmi plotdiagonals``: curves along maps, with the original's flags.

Written from what is known of its interface; docs/plotmi.md says what differs.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._matrices import add_reading_maps, map_in_file, tick_as_asked

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..results import MIResult


def add(subparsers: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "plotdiagonals",
        help="the original plotDiagonals' flags: curves along maps",
        description="Curves of maps: of neighbouring k-mers by position (the main diagonal of "
        "PlotMI's matrix), and the mean and the maximum of all pairs by distance. Files are "
        "matrices of PlotMI, results of fastmi (.npz), or sequences; several are drawn "
        "together. Writes OUTDIR + main_diagonal, mean_by_distance and max_by_distance, "
        "pictures and .tsv.",
    )
    parser.add_argument(
        "--infiles", required=True, nargs="+", metavar="FILE", help="maps, or sequences"
    )
    parser.add_argument(
        "--names", nargs="+", metavar="NAME", help="of the curves (default: the files')"
    )
    parser.add_argument(
        "--xlim",
        type=float,
        nargs="+",
        metavar="X",
        help="the longest distance that is drawn, or the shortest and the longest",
    )
    add_reading_maps(parser)
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> None:
    """Read, draw, write."""
    from ._output import check_writable, save_figure

    if args.xlim is not None and (len(args.xlim) > 2 or sorted(set(args.xlim)) != args.xlim):
        raise ValueError("--xlim is one number, or two of which the second is larger")
    names = args.names or [Path(path).name for path in args.infiles]
    if len(names) != len(args.infiles):
        raise ValueError(f"--names are {len(args.infiles)}, one a file, got {len(names)}")
    for name in _KINDS:
        check_writable(f"{args.outdir}{name}.tsv", args.infiles)
    maps = [map_in_file(path, args) for path in args.infiles]
    written = []
    for name in _KINDS:
        ax = _draw(maps, names, name)
        if name == "main_diagonal":
            tick_as_asked(ax, maps[0], args.step, both=False)
        elif args.xlim is not None:
            ax.set_xlim(*([maps[0].k - 0.5] if len(args.xlim) == 1 else []), *args.xlim)
        written += [f"{args.outdir}{name}.{args.figtype}", f"{args.outdir}{name}.tsv"]
        save_figure(ax, written[-2], dpi=300)
        _write(maps, names, name, written[-1])
    if args.v:
        print(f"Wrote {', '.join(written)}.")


_KINDS = ("main_diagonal", "mean_by_distance", "max_by_distance")


def _draw(maps: list[MIResult], names: list[str], kind: str) -> Axes:
    """One curve a map."""
    from .. import plot
    from ..plot._axes import number_positions

    ax: Axes | None = None
    for n, (result, name) in enumerate(zip(maps, names, strict=True)):
        if kind == "main_diagonal":
            ax = plot.adjacent(result, ax=ax)
        else:
            statistic: Any = kind.partition("_")[0]
            ax = plot.by_distance(result, ax=ax, statistic=statistic)
        ax.lines[-1].set(color=f"C{n}", label=name)
    assert ax is not None  # there is a map at least
    ax.autoscale(axis="y")  # the last map set the limits for itself
    ax.set_ylim(bottom=min(0.0, ax.get_ylim()[0]))
    if len(maps) > 1:
        if kind == "main_diagonal":
            number_positions(ax.xaxis, max(maps, key=lambda result: result.n_positions))
        for few_pairs in list(ax.patches):  # of one map each, and nothing says of which
            few_pairs.remove()
        ax.legend(ax.lines, names, frameon=False)
    return ax


def _write(maps: list[MIResult], names: list[str], kind: str, path: str) -> None:
    """The same numbers as a table."""
    from .._files import write_lines
    from ..pair_table import number

    column = kind.partition("_")[0]
    head = ["map", "i", "mi_bits"] if column == "main" else ["map", "distance", "mi_bits"]
    rows = [head]
    for result, name in zip(maps, names, strict=True):
        table = result.adjacent() if column == "main" else result.by_distance()
        x, y = ("i", "value") if column == "main" else ("distance", column)
        rows += [[name, str(row[x]), number(row[y])] for row in table]
    write_lines(path, ("\t".join(row) + "\n" for row in rows))
