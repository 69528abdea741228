"""What is scored: random sequences by a few options, or those of a file."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from ._options import add_reading, add_seed, positive

if TYPE_CHECKING:
    from ..sources import Source


def add_background(parser: argparse.ArgumentParser) -> None:
    """Add where the sequences come from."""
    group = parser.add_argument_group("sequences")
    group.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        help="sequences of one length, in any format that 'fastmi mi' reads; or give --random",
    )
    group.add_argument(
        "--random", type=positive, metavar="N", help="make N random sequences instead"
    )
    group.add_argument("--length", type=positive, metavar="L", help="of random sequences")
    add_seed(group)
    add_reading(group, "skip it: the model says what that means, maps leave its k-mers out")


def background_of(args: argparse.Namespace) -> Source:
    """The sequences that the options ask for."""
    if (args.file is None) == (args.random is None):
        raise ValueError("give a FILE of sequences, or --random N --length L")
    if args.random is None:
        from ..io import read

        for option in ("length", "seed"):
            if getattr(args, option) is not None:
                raise ValueError(f"--{option} is for --random sequences")
        return read(args.file, args.alphabet, unknown=args.unknown, column=args.column)
    if args.column is not None or args.unknown != "error":
        raise ValueError("--column and --unknown are for a FILE of sequences")
    if args.length is None:
        raise ValueError("--random needs --length L")
    from .._draws import resolve_seed
    from ..simulate import random

    if args.seed is None:
        args.seed = resolve_seed(None)
        if not args.quiet:
            print(f"fastmi: random sequences of --seed {args.seed}", file=sys.stderr)
    return random(
        args.random,
        args.length,
        "dna" if args.alphabet is None else args.alphabet,
        rng=args.seed,
        n_threads=args.threads,
    )
