"""``fastmi simulate``: random sequences, or real ones, with motifs embedded."""

from __future__ import annotations

import argparse
import os
import re
import sys
from typing import TYPE_CHECKING, Any

from ._backgrounds import add_letters, letters_of
from ._options import (
    add_run,
    add_seed,
    add_sequences_out,
    numbers,
    positive,
    zero_or_more,
)

if TYPE_CHECKING:
    from ..simulate import Embedded
    from ..sources import Source

_N, _LENGTH = 100_000, 100
_GAP = re.compile(r"(\d+)(?:-(\d+))?", re.ASCII)


def add(subparsers: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "simulate",
        help="random sequences, or real ones, with motifs embedded",
        description="Make sequences: of letters drawn evenly, by frequencies, by a profile or "
        "by a Markov chain, or real ones; and embed motifs in them. The same seed makes the "
        "same sequences, whatever the number of threads.",
    )
    _add_background(parser)
    _add_motifs(parser)
    add_seed(parser)
    add_sequences_out(parser)
    parser.add_argument(
        "--placements",
        metavar="TSV",
        help="also write where the motifs are: record, motif, start (all from 0), strand",
    )
    add_run(parser)
    parser.set_defaults(handler=run)


def _add_background(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("sequences")
    group.add_argument(
        "-n",
        type=positive,
        metavar="N",
        help=f"how many (default: {_N:,}); with --background so many of its sequences, drawn "
        "by chance (default: all, as they are)",
    )
    add_letters(group, _LENGTH)


def _add_motifs(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("motifs")
    group.add_argument(
        "--motif",
        action="append",
        metavar="M",
        help="letters, also IUPAC codes, or a file of motifs (its name has a dot or a slash), "
        "all of them or one, as FILE:NAME; repeat it for several",
    )
    group.add_argument(
        "--starts",
        type=numbers,
        metavar="N,N,...",
        help="where each motif starts, from 0 (default: anywhere without overlap)",
    )
    group.add_argument(
        "--gap",
        type=gap,
        action="append",
        metavar="G",
        help="letters between neighbours: 50, a range as 30-60, or gap=probability as "
        "10=0.5,20=0.5; repeat it to have one for each two neighbours",
    )
    group.add_argument(
        "--start",
        type=zero_or_more,
        metavar="N",
        help="where what --gap ties together starts (default: anywhere)",
    )
    group.add_argument(
        "--order",
        choices=("fixed", "random"),
        default="fixed",
        help="from left to right as given (default), or any order",
    )
    group.add_argument(
        "--strands",
        type=one_or_list(str),
        default="+",
        metavar="S",
        help="+ (default), - or both; for all motifs, or one for each, as --strands=-,both",
    )
    group.add_argument(
        "--strength",
        type=one_or_list(strength),
        default="sample",
        metavar="Q",
        help="of motifs from files: sample (default), by their frequencies; consensus; a "
        "quantile of their scores, as 0.9; or a band, as 0.5-1; for all, or one for each",
    )
    group.add_argument(
        "--share",
        type=float,
        default=1.0,
        metavar="P",
        help="probability that a sequence gets the motifs (default: 1)",
    )


def gap(text: str) -> int | tuple[int, int] | dict[int, float]:
    """A gap, as 50, 30-60, or 10=0.5,20=0.5."""
    if whole := _GAP.fullmatch(text):
        return int(whole[1]) if whole[2] is None else (int(whole[1]), int(whole[2]))
    try:
        pairs = [part.split("=") for part in text.split(",")]
        return {int(letters): float(p) for letters, p in pairs}
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"must be letters, as 50, 30-60 or 10=0.5,20=0.5, got {text!r}"
        ) from None


def strength(text: str) -> str | float | tuple[float, float]:
    """How strong the instances of a motif are."""
    if text in ("sample", "consensus"):
        return text
    try:
        band = [float(part) for part in text.split("-")]
    except ValueError:
        band = []
    if not 1 <= len(band) <= 2 or band != sorted(band) or not 0 <= band[0] <= band[-1] <= 1:
        raise argparse.ArgumentTypeError(
            f"must be sample, consensus, a quantile as 0.9 or a band as 0.5-1, got {text!r}"
        )
    return (band[0], band[1]) if len(band) == 2 else band[0]


def one_or_list(kind: Any) -> Any:
    """One for all motifs, or several separated by commas, one for each."""

    def parse(text: str) -> Any:
        each = [kind(part) for part in text.split(",")]
        return each[0] if len(each) == 1 else each

    return parse


def run(args: argparse.Namespace) -> None:
    """Make the sequences, write them."""
    from .._draws import resolve_seed
    from ..simulate import Embedded, embed
    from ..sources import blocks_of_source
    from ..writing import STDOUT, check_output_name, write_sequences
    from ._motifs import motifs_of, path_of
    from ._output import check_writable

    inputs = [f for f in (args.background, args.like, args.profile) if f is not None]
    inputs += [path for path in map(path_of, args.motif or ()) if path]
    check_output_name(args.out)
    if args.out != STDOUT:
        check_writable(args.out, inputs)
    if args.placements == STDOUT:
        raise ValueError("--placements is a file: stdout has the sequences")
    if args.placements is not None:
        check_writable(args.placements, inputs)
        if os.path.realpath(args.placements) == os.path.realpath(args.out):
            raise ValueError(f"--placements and --out are both {args.out}")
    args.seed = resolve_seed(args.seed)
    if args.hairpin is not None and args.motif:
        raise ValueError("--hairpin goes without --motif, which would break its pairs")
    source = background(args)
    if args.motif:
        source = embed(
            source,
            [each for text in args.motif for each in motifs_of(text)],
            starts=args.starts,
            gap=args.gap[0] if args.gap and len(args.gap) == 1 else args.gap,
            start=args.start,
            order=args.order,
            strands=args.strands,
            strength=args.strength,
            share=args.share,
            lazy=True,
            rng=args.seed,
        )
    else:
        for option in ("starts", "gap", "start", "placements"):
            if getattr(args, option) is not None:
                raise ValueError(f"--{option} goes with --motif")
    if not args.quiet:
        words = f"{len(source):,} x {source.length}, {source.alphabet.name}"
        print(f"fastmi: {words}, seed {args.seed}", file=sys.stderr)
    write_sequences(blocks_of_source(source), args.out)
    if args.placements is not None:
        assert isinstance(source, Embedded)
        write_placements(source, args.placements)


def background(args: argparse.Namespace) -> Source:
    """The sequences without motifs."""
    from ..simulate import hairpin, sample

    source = letters_of(args, args.n or _N, _LENGTH)
    if args.background is not None and args.n is not None:
        source = sample(source, args.n, rng=args.seed)
    return source if args.hairpin is None else hairpin(source, args.hairpin, lazy=True)


def write_placements(source: Embedded, path: str) -> None:
    """Where the motifs are, a row a motif and sequence."""
    from .._files import text_file

    step = 1 << 16
    with text_file(path) as out:
        out.write(b"record\tmotif\tstart\tstrand\n")
        for start in range(0, len(source), step):
            rows = source.placements(start, min(start + step, len(source))).tolist()
            lines = (f"{n}\t{m}\t{at}\t{strand}\n" for n, m, at, strand in rows)
            out.write("".join(lines).encode())
