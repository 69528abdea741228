"""``fastmi calcpvalues``: p of a map from maps of random sets, with the original's flags.

Written from what is known of its interface. Where it fails or errs, this does the right thing;
docs/plotmi.md lists the places.
"""

from __future__ import annotations

import argparse
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import FastMIError, FastMIWarning
from ._matrices import add_reading_maps, map_in_file

if TYPE_CHECKING:
    from .._numbers import Doubles
    from ..results import MIResult

# statsmodels' names, and ours
_ADJUSTED = {"fdr_bh": "bh", "fdr_by": "by", "holm": "holm"}
METHODS = (*_ADJUSTED, "bonferroni", "sidak", "holm-sidak", "simes-hochberg")
_MISSING = ("hommel", "fdr_tsbh", "fdr_tsbky", "fdr_gbs")


def _method(text: str) -> str:
    if text in METHODS:
        return text
    reason = "is one of statsmodels that is not here" if text in _MISSING else "is unknown"
    raise argparse.ArgumentTypeError(f"{text!r} {reason}; there are {', '.join(METHODS)}")


def _level(text: str) -> float:
    from .._checks import check_share

    try:
        return check_share("--p", float(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be between 0 and 1, got {text!r}") from None


def add(subparsers: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "calcpvalues",
        help="the original calcPvalues' flags: p of a map from random sets",
        description="P of each pair from maps of random sets: (r + 1) / (n + 1), r of n sets "
        "having as much. Files are matrices of PlotMI, results of fastmi (.npz), or "
        "sequences, which are counted in the same run. Writes OUTDIR + pvalues.txt.gz, "
        "qvalues.txt.gz and MI_minus_random.txt.gz in PlotMI's layout, pictures of the same "
        "names, significant.png, and calcPvalues_log.txt. 'fastmi mi --samples' needs fewer "
        "sets.",
    )
    parser.add_argument(
        "--infile", required=True, metavar="FILE", help="the map, or the sequences"
    )
    parser.add_argument(
        "--infiles", required=True, nargs="+", metavar="FILE", help="those of the random sets"
    )
    parser.add_argument(
        "--method",
        type=_method,
        default="fdr_bh",
        help=f"correction for the number of pairs, as statsmodels names it: "
        f"{', '.join(METHODS)} (default: fdr_bh)",
    )
    parser.add_argument(
        "--p",
        type=_level,
        default=0.05,
        help="pairs with at most this after the correction stand out (default: 0.05)",
    )
    parser.add_argument(
        "--colorscale", choices=("lin", "log"), default="lin", help="of the picture of p"
    )
    add_reading_maps(parser)
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> None:
    """Read, count, rank, write."""
    from .._files import replacing
    from ..stats.empirical import empirical_p
    from ._output import check_writable

    tables = [f"{args.outdir}{name}.txt.gz" for name in ("pvalues", "qvalues")]
    tables.append(f"{args.outdir}MI_minus_random.txt.gz")
    for path in tables:
        check_writable(path, [args.infile, *args.infiles])
    observed = map_in_file(args.infile, args)
    pairs = observed.pairs()
    random = [_random_map(path, observed, args).matrix[pairs] for path in args.infiles]
    values = observed.matrix[pairs]
    p = empirical_p(values, random)
    q = corrected(p, args.method)
    _warn(p, q, len(random), args.p)
    beyond = values - np.mean(random, axis=0)
    for path, found in zip(tables, (p, q, beyond), strict=True):
        _as_map(observed, found).to_plotmi(path)
    pictures = _draw(observed, p, q, beyond, args)
    log = f"{args.outdir}calcPvalues_log.txt"
    with replacing(log) as temporary:
        temporary.write_text(" ".join(args.command_line) + "\n")
    if args.v:
        n = int(np.count_nonzero(q <= args.p))
        print(f"{n} of {len(p)} pairs have {args.method} <= {args.p:g}.")
        print(f"Wrote {', '.join([*tables, *pictures, log])}.")


def _warn(p: Doubles, q: Doubles, n: int, level: float) -> None:
    """Say where more sets would show more."""
    beyond = int(np.count_nonzero(p == 1 / (n + 1)))
    if beyond and not (q <= level).any():
        warnings.warn(
            f"{beyond:,} pairs are beyond all {n} random sets, but p is never below "
            f"1 / {n + 1}, which is {np.nanmin(q):.2g} among {len(p):,} pairs: take more sets, "
            "or 'fastmi mi --samples', which needs fewer",
            FastMIWarning,
            stacklevel=3,
        )


def _random_map(path: str, observed: MIResult, args: argparse.Namespace) -> MIResult:
    """The map of a random set, of as many positions."""
    found = map_in_file(path, args)
    if found.n_positions != observed.n_positions:
        raise FastMIError(
            f"{path} is a map of {found.n_positions} positions, {args.infile} of "
            f"{observed.n_positions}"
        )
    if 0 < found.n_sequences != observed.n_sequences > 0:
        warnings.warn(
            f"{path} has {found.n_sequences:,} sequences and {args.infile} "
            f"{observed.n_sequences:,}: mutual information of fewer is larger by its bias",
            FastMIWarning,
            stacklevel=2,
        )
    return found


def corrected(p: Doubles, method: str) -> Doubles:
    """P corrected for their number by a method of statsmodels' names; NaN do not count."""
    from .._adjusting import adjusted

    if method in _ADJUSTED:
        return adjusted(p, _ADJUSTED[method])
    order = np.argsort(p, kind="stable")[: np.count_nonzero(~np.isnan(p))]
    m = len(order)
    left = m - np.arange(m)  # how many p are at least as large
    q = np.full(p.shape, np.nan)
    if method == "bonferroni":
        q[order] = p[order] * m
    elif method == "sidak":
        q[order] = -np.expm1(m * np.log1p(-p[order]))
    elif method == "holm-sidak":
        q[order] = np.maximum.accumulate(-np.expm1(left * np.log1p(-p[order])))
    else:  # Hochberg's
        q[order] = np.minimum.accumulate((p[order] * left)[::-1])[::-1]
    return np.asarray(np.minimum(q, 1), np.float64)


def _as_map(observed: MIResult, values: Doubles) -> MIResult:
    from ..results import square

    return replace(observed, matrix=square(values, observed.n_positions, observed.k))


def _draw(
    observed: MIResult, p: Doubles, q: Doubles, beyond: Doubles, args: argparse.Namespace
) -> list[str]:
    """The three pictures."""
    from matplotlib.axes import Axes

    from .. import plot
    from ._matrices import tick_as_asked
    from ._output import save_figure

    names = []

    def save(name: str, ax: Axes, label: str) -> None:
        tick_as_asked(ax, observed, args.step)
        if (bar := ax.images[0].colorbar) is not None:
            bar.set_label(label)
        names.append(f"{args.outdir}{name}.{args.figtype}")
        save_figure(ax, names[-1], dpi=300)

    scale: Any = "log" if args.colorscale == "log" else "linear"
    ax = plot.heatmap(_as_map(observed, p), cmap="viridis_r", scale=scale)
    save("pvalues", ax, "p")
    found = q <= args.p
    words = f"{args.method} \N{LESS-THAN OR EQUAL TO} {args.p:g}: {int(found.sum()):,} of "
    ax = plot.heatmap(
        _as_map(observed, np.where(np.isnan(q), np.nan, found)),
        cmap="Greys",
        limits=(0.0, 1.0),
        colorbar=False,
        title=f"{words}{len(q):,} pairs, in black",
    )
    save("significant", ax, "")
    ax = plot.heatmap(_as_map(observed, beyond))
    save("MI_minus_random", ax, "MI \N{MINUS SIGN} mean of random sets (bits)")
    return names
