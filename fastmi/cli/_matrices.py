"""Maps for the original's tools: matrices of PlotMI, results of fastmi, or sequences."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ..errors import FastMIError
from ._options import positive, pseudocount

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..results import MIResult

FEW_POSITIONS = 60  # up to here steps of 20 would leave next to no ticks
_LOOKED_AT = 1 << 12  # bytes


def add_shared_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that all of the originals have."""
    parser.add_argument("--outdir", required=True, help="prefix of the output files")
    parser.add_argument("--nproc", type=positive, default=1, help="threads (default: 1)")
    parser.add_argument("--figtype", choices=("pdf", "png"), default="png")
    parser.add_argument(
        "--k", type=positive, default=3, help="letters in a k-mer, also of maps (default: 3)"
    )
    parser.add_argument("--v", type=int, choices=(0, 1), default=1, help="verbosity")


def add_reading_maps(parser: argparse.ArgumentParser) -> None:
    """Add how files become maps, and where outputs go."""
    add_shared_flags(parser)
    parser.add_argument(
        "--pseudocount",
        type=pseudocount,
        default=5.0,
        help="files of sequences: in multiples of their number (default: 5)",
    )
    parser.add_argument(
        "--alphabet", default="ACGT", help="files of sequences: the letters (default: ACGT)"
    )
    parser.add_argument(
        "--step",
        type=positive,
        help="step of the axis ticks (default: 20, or finer on short sequences)",
    )


def map_in_file(path: str, args: argparse.Namespace) -> MIResult:
    """The map that a file holds, or that of the sequences in it."""
    from .._archive import is_archive
    from ..interpretation import Selected
    from ..io import read
    from ..loading import read_plotmi
    from ..mi import pairwise_mi
    from ._saved import saved_map

    if is_archive(path):
        found = saved_map(path)
        result = found.map if isinstance(found, Selected) else found
        if result.k != args.k:
            raise FastMIError(f"{path} is a map of {result.k}-mers, not of {args.k}-mers (--k)")
        return result
    if _is_matrix(path):
        return read_plotmi(path, args.k)
    sequences = read(path, args.alphabet)
    return pairwise_mi(sequences, args.k, pseudocount=args.pseudocount, n_threads=args.nproc)


def _is_matrix(path: str) -> bool:
    """Whether a file begins with numbers."""
    from .._opened import opened

    with opened(path) as (stream, _):
        words = stream.readline(_LOOKED_AT).split()[:20]
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        return False
    return bool(numbers) and any(48 <= byte < 58 for word in words for byte in word)


def tick_as_asked(ax: Axes, result: MIResult, step: int | None, *, both: bool = True) -> None:
    """Ticks at multiples of a step; without one, as PlotMI has them on long sequences."""
    if step is None and result.n_positions <= FEW_POSITIONS:
        return
    ticks = range(0, result.n_positions, step or 20)
    ax.set_xticks(ticks)
    if both:
        ax.set_yticks(ticks)
