"""``fastmi ism``: what each single mutation does to a model's scores."""

from __future__ import annotations

import argparse
import io
import sys
from typing import Any

from ._backgrounds import add_background, background_of
from ._models import (
    add_head,
    add_model,
    add_scoring,
    head_is_named,
    model_of,
    models_in_files,
    models_speak_on_stderr,
)
from ._options import add_memory, add_mutated, add_run


def add(subparsers: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "ism",
        help="what each single mutation does to a model's scores",
        description="In silico mutagenesis: score every single mutant of every sequence. "
        "Writes a table with a line for each mutant, its score minus that of the wild type; "
        "or, where the name ends in .npz, a file that fastmi.load opens.",
    )
    add_background(parser)
    add_model(parser)
    add_mutated(parser)
    add_head(parser, "keep the effects on this score only, by name or number (default: all)")
    parser.add_argument(
        "-o",
        "--out",
        default="-",
        metavar="OUT",
        help="a table, .tsv or .tsv.gz, or .npz (default: a table on stdout)",
    )
    parser.add_argument(
        "--first-position",
        type=int,
        default=0,
        metavar="N",
        help="number of the first letter in the table (default: 0)",
    )
    add_scoring(parser)
    add_memory(parser, "most memory for the effects")
    add_run(parser)
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> None:
    """Mutate, score, write."""
    from ..ism import mutagenesis
    from ._output import check_writable

    if args.out != "-":
        inputs = [*models_in_files(args), *([] if args.file is None else [args.file])]
        check_writable(args.out, inputs)
    source, model = background_of(args), model_of(args)
    with models_speak_on_stderr() as stdout:
        with head_is_named():
            found = mutagenesis(
                model,
                source,
                positions=args.positions,
                head=args.head,
                checkpoint=args.checkpoint,
                n_workers=args.workers,
                memory_limit=args.memory_limit,
                progress=not args.quiet,
            ).with_positions(args.first_position)
        if args.out == "-":
            with io.TextIOWrapper(stdout) as text:
                found.to_tsv(text)
        elif args.out.endswith(".npz"):
            found.save(args.out)
        else:
            found.to_tsv(args.out)
    if not args.quiet:
        wrote = "" if args.out == "-" else f"wrote {args.out}: "
        print(f"fastmi: {wrote}{found!r}", file=sys.stderr)
