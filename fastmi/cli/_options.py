"""Options that several commands share, so that each has one meaning and one help text."""

from __future__ import annotations

import argparse
import os

from .._checks import check_identity, check_pseudocount
from ..alphabet import UNKNOWN_POLICIES

FIGURE_TYPES = ("png", "pdf", "svg")


def positive(text: str) -> int:
    """A whole number from 1 up."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 up, got {text!r}")
    return int(text)


def zero_or_more(text: str) -> int:
    """A whole number from 0 up."""
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 up, got {text!r}")
    return int(text)


def pseudocount(text: str) -> float:
    """A pseudocount, as the library allows it."""
    try:
        value = float(text)
        check_pseudocount(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return value


def identity(text: str) -> float:
    """A share of equal letters, as the library allows it."""
    try:
        return check_identity(float(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def prefix(text: str) -> str:
    """A prefix of output names; empty would make hidden files of unknown type."""
    if not text:
        raise argparse.ArgumentTypeError("must not be empty")
    return text.removesuffix(".npz")


def column(text: str) -> int | str:
    """A column's number, or else its name."""
    return int(text) if text.isascii() and text.isdigit() else text


def add_input(parser: argparse.ArgumentParser) -> None:
    """Add what says where the sequences are and how they are read."""
    parser.add_argument(
        "file",
        metavar="FILE",
        help="sequences of one length: FASTA, FASTQ, plain lines, a table column, .npy or "
        ".npz; also gzip, bzip2 or xz; - reads stdin",
    )
    parser.add_argument(
        "--alphabet",
        metavar="A",
        help="dna, rna, protein, or the letters themselves (default: dna, or that of a store)",
    )
    parser.add_argument(
        "--unknown",
        default="error",
        choices=UNKNOWN_POLICIES,
        help="letters outside the alphabet: stop (default), drop the sequence, or skip the "
        "k-mers that have one",
    )
    parser.add_argument(
        "--column",
        type=column,
        metavar="C",
        help="tables: number (from 1) or name of the column with the sequences",
    )
    parser.add_argument(
        "--weights",
        type=column,
        metavar="C",
        help="tables: number or name of the column that says how much each sequence counts, "
        "such as its number of reads",
    )


def add_scores(parser: argparse.ArgumentParser) -> None:
    """Add where the scores of the sequences are."""
    parser.add_argument(
        "--scores",
        type=column,
        metavar="C",
        help="tables: number or name of the column with the score of each sequence, such as a "
        "model's prediction",
    )


def add_positions(parser: argparse.ArgumentParser) -> None:
    """Add how positions are numbered and labelled."""
    parser.add_argument(
        "--first-position",
        type=int,
        metavar="N",
        help="number of the first letter in labels and plots (default: 0)",
    )
    parser.add_argument(
        "--reference",
        metavar="SEQ",
        help="a sequence, such as the wild type, whose letters label the positions",
    )


def add_run(parser: argparse.ArgumentParser, threads: bool = True) -> None:
    """Add how the command runs."""
    if threads:
        parser.add_argument(
            "-t",
            "--threads",
            type=positive,
            metavar="N",
            help="threads (default: all cores that this job may use)",
        )
    parser.add_argument("-q", "--quiet", action="store_true", help="write no words to stderr")


def prefixed(prefix: str, ending: str, folder_name: str) -> str:
    """The name of an output: a prefix, or a folder in which it is ``folder_name``."""
    if prefix.endswith(os.sep) or os.path.isdir(prefix):
        return os.path.join(prefix, folder_name + ending)
    return prefix + ending
