"""``fastmi randomreads``: the flags of the original randomReads, which PlotMI's data came from.

Written from its interface (its help text and output files).  Where the original fails or errs,
this does the right thing; docs/plotmi.md lists the places.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ._options import positive, seed, zero_or_more

if TYPE_CHECKING:
    from ..motifs import Motif
    from ..sources import Source


def add(subparsers: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "randomreads",
        help="the original randomReads' flags and output",
        description="Takes the flags of the original randomReads and writes FASTA: random "
        "sequences, or those of a file, with PFMs embedded. All letters are upper case, the "
        "random numbers are not the original's, and --distance takes any number of PFMs; "
        "'fastmi simulate' does more.",
    )
    parser.add_argument("outfile", help="FASTA file to write")
    parser.add_argument(
        "--PFMs",
        nargs="+",
        metavar="FILE",
        help="matrices to embed: a row a letter, a column a position",
    )
    parser.add_argument("--seqs", metavar="FILE", help="FASTA or FASTQ file to embed into")
    parser.add_argument(
        "--L", type=positive, default=100, help="letters (default: 100, or those of --seqs)"
    )
    parser.add_argument(
        "--N",
        type=positive,
        default=100_000,
        help="sequences (default: 100000, or those of --seqs)",
    )
    parser.add_argument(
        "--distance",
        type=zero_or_more,
        help="letters between the end of a PFM and the start of the next, in random order "
        "(default: any)",
    )
    parser.add_argument(
        "--starts", type=zero_or_more, nargs="+", help="start of each PFM (default: random)"
    )
    parser.add_argument(
        "--bgfreqs", type=float, nargs="+", help="frequencies of the letters, alphabetically"
    )
    parser.add_argument(
        "--concensus", choices=("yes", "no"), default="no", help="embed the likeliest letters"
    )
    parser.add_argument(
        "--addToReadName",
        default=":embed",
        metavar="TEXT",
        help="put behind the names of --seqs (default: :embed)",
    )
    parser.add_argument("--alphabet", choices=("DNA", "protein", "RNA"), default="DNA")
    parser.add_argument("--seed", type=seed, default=42, help="default: 42")
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> None:
    """Make the sequences, write them."""
    from ..errors import FastMIError
    from ..io import read
    from ..simulate import embed, random
    from ._output import check_writable

    check_writable(args.outfile, [*([args.seqs] if args.seqs else []), *(args.PFMs or [])])
    if not args.addToReadName.isprintable():
        raise ValueError("--addToReadName is text without line ends")
    if not args.PFMs:
        for option in ("seqs", "starts", "distance"):
            if getattr(args, option) is not None:
                raise ValueError(f"--{option} goes with --PFMs")
    source: Source
    names: Iterable[str]
    if args.seqs is not None:
        if args.bgfreqs is not None:
            raise ValueError("--bgfreqs is for random sequences, not for --seqs")
        names = [name + args.addToReadName for name in read_names(args.seqs)]
        source = read(args.seqs, args.alphabet)
        if len(names) != len(source):
            raise FastMIError(f"{args.seqs} has {len(source)} sequences and {len(names)} names")
    else:
        source = random(args.N, args.L, args.alphabet, frequencies=args.bgfreqs, rng=args.seed)
        names = map(str, range(args.N))
    if args.PFMs:
        source = embed(
            source,
            [pfm(path, source) for path in args.PFMs],
            starts=args.starts,
            gap=args.distance,
            order="fixed" if args.starts else "random",
            strength="consensus" if args.concensus == "yes" else "sample",
            lazy=True,
            rng=args.seed,
        )
    write_fasta(source, iter(names), args.outfile)


def pfm(path: str, source: Source) -> Motif:
    """The one matrix of a file, its rows the letters of the sequences."""
    from ..errors import FastMIError
    from ._motifs import named_motifs

    found = named_motifs(path, source.alphabet, orientation="letters-as-rows")
    if len(found) != 1:
        raise FastMIError(f"{path} holds {len(found)} matrices, and a file of --PFMs holds one")
    return found[0]


def read_names(path: str) -> Iterator[str]:
    """The names of the records of a FASTA or FASTQ file: the first word after > or @."""
    from .._opened import opened
    from ..errors import FastMIError

    if path == "-":
        raise FastMIError("--seqs is read twice, for its names, too: give a file, not stdin")
    with opened(path) as (stream, name):
        first = stream.readline()
        if first[:1] not in (b">", b"@"):
            raise FastMIError(f"{name} is neither FASTA nor FASTQ, which --seqs takes")
        yield _name(first)
        for number, line in enumerate(stream, 1):
            if line[:1] == b">" if first[:1] == b">" else number % 4 == 0:
                yield _name(line)


def _name(line: bytes) -> str:
    return (line[1:].split(None, 1) or [b""])[0].decode("utf-8", "replace")


def write_fasta(source: Source, names: Iterator[str], path: str) -> None:
    """Sequences with their names; the file is there whole or not at all."""
    from .._files import text_file
    from ..sources import blocks_of_source

    with text_file(path) as out:
        for block in blocks_of_source(source):
            records = (f">{next(names)}\n{text}\n" for text in block.to_strings())
            out.write("".join(records).encode())
