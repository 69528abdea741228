"""``fastmi plotmi``: the original PlotMI's flags and file names, unchanged.

Written from PlotMI's interface (its help text and output files).  Where the original fails
or errs, this does the right thing; docs/plotmi.md lists the places.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from .._checks import MEASURES
from ..errors import FastMIError
from ._matrices import add_shared_flags, tick_as_asked
from ._options import positive, pseudocount

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..results import MIResult
    from ..sequences import PackedSequences


def add(subparsers: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "plotmi",
        help="the original PlotMI's flags and outputs",
        description="Takes the flags of the original PlotMI and writes the same files: "
        "OUTDIR + MI.txt.gz, MI.png (or of another --distance) and plotMI_log.txt.",
    )
    parser.add_argument("--seqs", required=True, help="file of sequences, one a line")
    add_shared_flags(parser)
    parser.add_argument(
        "--p",
        type=pseudocount,
        default=5.0,
        help="pseudocount in multiples of the number of sequences (default: 5)",
    )
    parser.add_argument("--distance", choices=MEASURES, default="MI", help="default: MI")
    parser.add_argument("--alphabet", default="ACGT", help="the letters (default: ACGT)")
    parser.add_argument("--colorscale", choices=("lin", "log"), default="lin")
    parser.add_argument("--minmi", type=float, help="lowest value of the colours")
    parser.add_argument(
        "--step",
        type=positive,
        help="step of the axis ticks (default: 20, or finer on short sequences)",
    )
    parser.add_argument(
        "--save_distributions",
        choices=("yes", "no"),
        default="no",
        help="also write every k-mer's contribution (a large file)",
    )
    parser.add_argument(
        "--randomized_pairs",
        metavar="TSV",
        help="pairs of 0-based starts, one pair a line, whose MI is set to 0",
    )
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> None:
    """Read, measure, write the original's files."""
    from .._files import replacing, text_file
    from ..io import read
    from ..mi import pairwise_distance, pairwise_mi
    from ._output import check_writable, save_figure

    base = args.outdir + args.distance
    check_writable(f"{base}.txt.gz")
    if args.colorscale == "log" and args.minmi is not None and args.minmi <= 0:
        raise ValueError(f"--minmi must be above 0 with --colorscale log, got {args.minmi:g}")
    if args.randomized_pairs is not None and args.distance != "MI":
        raise ValueError("--randomized_pairs goes with --distance MI only")
    sequences = read(args.seqs, args.alphabet)
    if args.v:
        print(f"Read in {len(sequences)} sequences of length {sequences.length}.")
    if args.distance == "MI":
        result = pairwise_mi(
            sequences,
            args.k,
            pseudocount=args.p,
            n_threads=args.nproc,
            progress=bool(args.v),
        )
        if args.randomized_pairs is not None:
            zero_pairs(result, args.randomized_pairs)
    else:
        result = pairwise_distance(sequences, args.k, measure=args.distance, pseudocount=args.p)
    ax = draw(result, args)
    with replacing(f"{args.outdir}plotMI_log.txt") as temporary:
        temporary.write_text(" ".join(args.command_line) + "\n")
    written = [f"{base}.txt.gz", f"{base}.{args.figtype}", f"{args.outdir}plotMI_log.txt"]
    result.to_plotmi(f"{base}.txt.gz")
    save_figure(ax, f"{base}.{args.figtype}", dpi=300)
    if args.save_distributions == "yes":
        path = f"{args.outdir}{args.distance.removesuffix('_inv')}_contributions.txt.gz"
        with text_file(path) as packed, io.TextIOWrapper(packed, newline="\n") as stream:
            write_contributions(result, sequences, stream)
        written.append(path)
    if args.v:
        print(f"Wrote {', '.join(written)}.")


def zero_pairs(result: MIResult, path: str) -> None:
    """Set the listed pairs, in either order, to 0 in place."""
    try:
        lines = Path(path).read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise FastMIError(f"cannot read {path}: {error}") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            i, j = sorted(int(field) for field in line.split())
        except ValueError:
            raise FastMIError(
                f"{path}, line {number}: expected two positions, got {line!r}"
            ) from None
        if i < 0 or j >= result.n_positions or j - i < result.k:
            raise FastMIError(
                f"{path}, line {number}: ({i}, {j}) is no pair; positions run from 0 to "
                f"{result.n_positions - 1} and are at least {result.k} apart"
            )
        result.matrix[i, j] = result.matrix[j, i] = 0.0


def draw(result: MIResult, args: argparse.Namespace) -> Axes:
    """The heat map with the original's ticks and limits."""
    from .. import plot

    finite = result.matrix[np.isfinite(result.matrix)]
    if args.colorscale == "log":
        finite = finite[finite > 0]
    low = args.minmi if args.minmi is not None else float(finite.min(initial=np.inf))
    high = float(finite.max(initial=-np.inf))
    scale: Any = "log" if args.colorscale == "log" else "linear"
    if not low < high and args.minmi is not None:
        raise ValueError(f"--minmi {args.minmi:g} is not below the largest value, {high:g}")
    limits: Any = (low, high) if low < high else "full"
    ax = plot.heatmap(result, limits=limits, scale=scale)
    tick_as_asked(ax, result, args.step)
    return ax


def write_contributions(result: MIResult, sequences: PackedSequences, stream: TextIO) -> None:
    """Every term of every cell of the map, with the probabilities it is made of."""
    rows = _mi_rows(result) if result.measure == "MI" else _distance_rows(result, sequences)
    for row in rows:
        stream.write("\t".join(row) + "\n")


def _mi_rows(result: MIResult) -> Iterator[list[str]]:
    assert result.source is not None
    kmers = result.alphabet.kmers(result.k)
    m = len(kmers)
    yield ["#i", "j", "a", "b", "MI_ij(a,b)", "P_ij(a,b)", "P_i(a)", "P_j(b)"]
    for i, j in zip(*result.pairs(), strict=True):
        table = result.source.table(int(i), int(j))
        total = table.sum().item()
        g = result.pseudocount * total
        joint = (table + g / m**2) / (total + g)
        p, q = joint.sum(axis=1), joint.sum(axis=0)
        for a, b in zip(*np.nonzero(joint), strict=True):
            term = joint[a, b] * np.log2(joint[a, b] / (p[a] * q[b]))
            numbers = (term, joint[a, b], p[a], q[b])
            yield [
                str(i),
                str(j),
                kmers[a],
                kmers[b],
                *(repr(float(x)) for x in numbers),
            ]


def _distance_rows(result: MIResult, sequences: PackedSequences) -> Iterator[list[str]]:
    from .._counted import counted, kmer_counts
    from ..distances import smoothed_margins

    name = result.measure.removesuffix("_inv")
    kmers = result.alphabet.kmers(result.k)
    margins = smoothed_margins(kmer_counts(counted(sequences), result.k), result.pseudocount)
    yield ["#i", "j", "a", "a", f"{name}_ij(a,a)", "P_i(a)", "P_j(a)"]
    for i, j in zip(*result.pairs(), strict=True):
        terms = _distance_terms(name, margins[i], margins[j])
        for a, term in enumerate(terms):
            numbers = (term, margins[i, a], margins[j, a])
            yield [
                str(i),
                str(j),
                kmers[a],
                kmers[a],
                *(repr(float(x)) for x in numbers),
            ]


def _distance_terms(name: str, p: Any, q: Any) -> Any:
    """Per k-mer: JS^2 in bits, b for BC, HE^2; each sums to it."""
    if name == "JS":
        from scipy.special import rel_entr

        middle = 0.5 * (p + q)
        return (rel_entr(p, middle) + rel_entr(q, middle)) / (2.0 * np.log(2.0))
    if name == "BC":
        return np.sqrt(p * q)
    return 0.5 * np.square(np.sqrt(p) - np.sqrt(q))
