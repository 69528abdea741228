"""Options that several commands share, so that each has one meaning and one help text."""

from __future__ import annotations

import argparse
import os
import re

from .._checks import check_identity, check_pseudocount, parse_bytes
from .._shares import parse_shard
from ..alphabet import UNKNOWN_POLICIES
from ..selection import parse_bins_selection, parse_selection

FIGURE_TYPES = ("png", "pdf", "svg")
_RANGE = re.compile(r"(-?\d{1,6})(?:-(-?\d{1,6}))?", re.ASCII)


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


def condition(text: str) -> int | slice | str:
    """What mutual information is given: a position, positions, or the GC content."""
    if text == "gc":
        return text
    start, colon, stop = text.partition(":")
    numbers = [start, stop] if colon else [start]
    if not all(number.isascii() and number.isdigit() for number in numbers):
        raise argparse.ArgumentTypeError(
            f"must be gc, a position from 0 up, or positions such as 20:23, got {text!r}"
        )
    return slice(int(start), int(stop)) if colon else int(start)


def prefix(text: str) -> str:
    """A prefix of output names; empty would make hidden files of unknown type."""
    if not text:
        raise argparse.ArgumentTypeError("must not be empty")
    return text.removesuffix(".npz")


def npz(text: str) -> str:
    """The name of a file of counts; .npz is added where it is missing."""
    return prefix(text) + ".npz"


def sequence_file(text: str) -> str:
    """Where sequences go: the ending of a name says how they are written."""
    from ..writing import check_output_name

    try:
        check_output_name(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def shard(text: str) -> str:
    """A share of the input, as 3/16."""
    try:
        parse_shard(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def size(text: str) -> str:
    """A number of bytes, as the library allows it."""
    try:
        parse_bytes(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def edges(text: str) -> list[float]:
    """Edges between bins of scores."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"must be numbers separated by commas, as 0.1,0.5,0.9, got {text!r}"
        ) from None


def bins_selection(text: str) -> str:
    """Which sequences by their scores, as bins of scores allow it."""
    try:
        parse_bins_selection(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def numbers(text: str) -> list[int]:
    """Whole numbers from 0 up."""
    return [zero_or_more(part) for part in text.split(",")]


def ranges(text: str) -> list[int]:
    """Whole numbers and ranges of them, both ends included, such as 0-9,17 or -2,0-3."""
    found: list[int] = []
    for part in text.split(","):
        match = _RANGE.fullmatch(part)
        if match is None or not int(match[1]) <= int(match[2] or match[1]):
            raise argparse.ArgumentTypeError(
                f"must be whole numbers and ranges, as 0-9,17, got {text!r}"
            )
        found += range(int(match[1]), int(match[2] or match[1]) + 1)
    return found


def positions(text: str) -> list[int]:
    """Positions and ranges of them, such as 0-9,17."""
    found = ranges(text)
    if min(found) < 0:
        raise argparse.ArgumentTypeError(f"must be from 0 up, got {text!r}")
    return found


def words(text: str) -> list[str]:
    """Words separated by commas."""
    return text.split(",")


def seed(text: str) -> int:
    """A seed of random numbers, as the library allows it."""
    value = zero_or_more(text)
    if value >= 2**64:
        raise argparse.ArgumentTypeError(f"must be between 0 and 2^64 - 1, got {text}")
    return value


def selection(text: str) -> str:
    """Which sequences by their scores, as the library allows it."""
    try:
        parse_selection(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def seconds(text: str) -> float:
    """A number of seconds from 0 up."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number of seconds, got {text!r}")
    return value


def column(text: str) -> int | str:
    """A column's number, or else its name."""
    return int(text) if text.isascii() and text.isdigit() else text


def add_reading(
    parser: argparse._ActionsContainer, skip: str = "skip the k-mers that have one"
) -> None:
    """Add how sequences are read; ``skip`` says what that policy does."""
    add_alphabet(parser)
    parser.add_argument(
        "--unknown",
        default="error",
        choices=UNKNOWN_POLICIES,
        help=f"letters outside the alphabet: stop (default), drop the sequence, or {skip}",
    )
    parser.add_argument(
        "--column",
        type=column,
        metavar="C",
        help="tables: number (from 1) or name of the column with the sequences",
    )


def add_input(parser: argparse.ArgumentParser, several: bool = True) -> None:
    """Add what says where the sequences are and how they are read."""
    parser.add_argument(
        "files" if several else "file",
        metavar="FILE",
        nargs="+" if several else "?",
        help="sequences of one length: FASTA, FASTQ, plain lines, a table column, .npy or "
        ".npz; also gzip, bzip2 or xz; - reads stdin",
    )
    parser.add_argument(
        "--shard",
        type=shard,
        metavar="I/N",
        help="take only one share of the input: 3/16 is the third of sixteen (default: all)",
    )
    add_reading(parser)
    parser.add_argument(
        "--weights",
        type=column,
        metavar="C",
        help="tables: number or name of the column that says how much each sequence counts, "
        "such as its number of reads",
    )


def add_alphabet(parser: argparse._ActionsContainer) -> None:
    """Add which letters there are."""
    parser.add_argument(
        "--alphabet",
        metavar="A",
        help="dna, rna, protein, or the letters themselves (default: dna, or that of a store)",
    )


def add_seed(parser: argparse._ActionsContainer) -> None:
    """Add the seed of what is random."""
    parser.add_argument(
        "--seed",
        type=seed,
        metavar="S",
        help="0 to 2^64 - 1: the same seed, the same sequences (default: a fresh one, which is "
        "said)",
    )


def add_sequences_out(parser: argparse.ArgumentParser) -> None:
    """Add where sequences go."""
    parser.add_argument(
        "-o",
        "--out",
        type=sequence_file,
        default="-",
        metavar="OUT",
        help="FASTA (.fa, .fasta; sequences are named by their numbers), lines (.txt, .seq), "
        "these with .gz, or a store (.npy); - writes lines to stdout (default)",
    )


def add_scores(parser: argparse._ActionsContainer) -> None:
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


def add_mutated(parser: argparse.ArgumentParser) -> None:
    """Add where letters are changed."""
    parser.add_argument(
        "--positions",
        type=positions,
        metavar="P",
        help="change only these letters, 0-based, such as 0-9,17 (default: all)",
    )


def add_map(parser: argparse.ArgumentParser) -> None:
    """Add how a map is made, and what is written of it."""
    parser.add_argument(
        "--pseudocount",
        type=pseudocount,
        default=5.0,
        metavar="P",
        help="in multiples of the number of sequences (default: 5, as PlotMI; use 0 for "
        "variants of one sequence and conserved alignments)",
    )
    add_figure(parser)
    parser.add_argument(
        "--top-kmers",
        type=zero_or_more,
        default=100,
        metavar="N",
        help="pairs in a table that get their top k-mers (default: 100)",
    )


def add_figure(parser: argparse._ActionsContainer) -> None:
    """Add which kind of pictures is drawn, if any."""
    parser.add_argument(
        "--figure", choices=(*FIGURE_TYPES, "none"), default="png", help="default: png"
    )


def add_memory(parser: argparse.ArgumentParser, what: str) -> None:
    """Add the most memory to use; ``what`` says for what."""
    parser.add_argument(
        "--memory-limit",
        type=size,
        default="4GB",
        metavar="SIZE",
        help=f"{what}, as 4GB or 512MiB (default: 4GB)",
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
