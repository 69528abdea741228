"""Sequences to score or to write patterns into: random ones by options, or those of a file."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from ._options import add_reading, add_seed, positive, zero_or_more

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
    _check_no_file(args)
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


def add_letters(group: argparse._ActionsContainer, usual_length: object) -> None:
    """Add what random sequences are like, or the file of real ones."""
    group.add_argument(
        "--length",
        type=positive,
        metavar="L",
        help=f"letters in each (default: {usual_length})",
    )
    kinds = group.add_mutually_exclusive_group()
    kinds.add_argument(
        "--frequencies",
        type=frequencies,
        metavar="A=P,...",
        help="of the letters, as A=0.3,C=0.2,G=0.2,T=0.3 (default: all the same)",
    )
    kinds.add_argument(
        "--profile", metavar="FILE", help="letters as frequent as at each position of this file"
    )
    kinds.add_argument(
        "--like", metavar="FILE", help="a Markov chain that was fitted to this file"
    )
    kinds.add_argument(
        "--background", metavar="FILE", help="the sequences of this file, as they are"
    )
    group.add_argument(
        "--markov-order",
        type=zero_or_more,
        metavar="M",
        help="with --like: how many letters before decide (default: 1)",
    )
    group.add_argument(
        "--hairpin",
        metavar="DRAWING",
        help="make each a hairpin, as '...((((....))))...': the 3' arm is written to pair with "
        "the 5' arm",
    )
    add_reading(group, "skip the letter")


def frequencies(text: str) -> dict[str, float]:
    """Frequencies of letters, as A=0.3,C=0.7."""
    try:
        pairs = [part.rsplit("=", 1) for part in text.split(",")]
        given = {letter: float(p) for letter, p in pairs}
        if len(given) < len(pairs):
            raise ValueError
        return given
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"must be LETTER=FREQUENCY separated by commas, each letter once, got {text!r}"
        ) from None


def letters_of(
    args: argparse.Namespace, n: int, usual_length: int, usual_alphabet: Any = "dna"
) -> Source:
    """What those options ask for, but for hairpins: n random sequences, or all of a file."""
    from ..io import read
    from ..simulate import markov, profile, random

    if args.markov_order is not None and args.like is None:
        raise ValueError("--markov-order goes with --like")
    files = (args.background, args.like, args.profile)
    file = next((name for name in files if name is not None), None)
    if file is None:
        _check_no_file(args)
    else:
        known = read(file, args.alphabet, unknown=args.unknown, column=args.column)
    if args.background is not None:
        if args.length is not None:
            raise ValueError("--length is for random sequences, not for --background")
        return known
    length, model = args.length, args.frequencies
    alphabet = usual_alphabet if args.alphabet is None else args.alphabet
    if file is not None:
        alphabet = known.alphabet
        if args.like is not None:
            model = markov(known, 1 if args.markov_order is None else args.markov_order)
        elif length not in (None, known.length):
            raise ValueError(f"--length is {length}, and {file} has {known.length} positions")
        else:
            model = profile(known)
        length = length or known.length
    return random(
        n,
        length or usual_length,
        alphabet,
        frequencies=model,
        rng=args.seed,
        n_threads=args.threads,
    )


def _check_no_file(args: argparse.Namespace) -> None:
    if args.column is not None or args.unknown != "error":
        raise ValueError("--column and --unknown are for a FILE of sequences")
