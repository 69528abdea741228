"""What is scored: random sequences by a few options, or those of a file."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ._options import add_reading, positive, zero_or_more

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
    group.add_argument(
        "--seed",
        type=zero_or_more,
        metavar="S",
        help="of random sequences: the same seed, the same sequences (default: a new one)",
    )
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
    from ..simulate import random

    return random(
        args.random,
        args.length,
        "dna" if args.alphabet is None else args.alphabet,
        rng=args.seed,
        n_threads=args.threads,
    )
