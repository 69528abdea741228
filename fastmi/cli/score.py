"""``fastmi score``: a model's number for each sequence."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

from .._files import text_file
from ..errors import FastMIError
from ._backgrounds import add_background, background_of
from ._models import (
    add_model,
    add_scoring,
    model_of,
    models_in_files,
    models_speak_on_stderr,
)
from ._options import add_run, shard

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from ..sequences import PackedSequences

Chunks: TypeAlias = "Iterator[tuple[int, PackedSequences, npt.NDArray[np.float64]]]"


def add(subparsers: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "score",
        help="scores of sequences by a model",
        description="Score sequences with a model. Writes a table with a line for each "
        "sequence, the sequence and its scores, which 'fastmi count --column sequence --scores "
        "score' takes; or, where the name ends in .npy, a store of sequences with scores.",
    )
    add_background(parser)
    add_model(parser)
    parser.add_argument(
        "-o",
        "--out",
        default="-",
        metavar="OUT",
        help="a table, .tsv or .tsv.gz, or a store, .npy (default: a table on stdout)",
    )
    add_scoring(parser)
    parser.add_argument(
        "--shard",
        type=shard,
        metavar="I/N",
        help="score only the third of sixteen shares, for 3/16; with one --checkpoint for all, "
        "'interpret' then has all scores (default: all)",
    )
    add_run(parser)
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> None:
    """Score, write."""
    from .._shares import parse_shard
    from ..scoring import scored_chunks
    from ._output import check_writable

    if args.out != "-":
        inputs = [*models_in_files(args), *([] if args.file is None else [args.file])]
        check_writable(args.out, inputs)
    source, model = background_of(args), model_of(args)
    with models_speak_on_stderr() as stdout:
        chunks = scored_chunks(
            model,
            source,
            args.checkpoint,
            n_workers=args.workers,
            progress=not args.quiet,
            share=parse_shard(args.shard),
        )
        if args.out.endswith(".npy"):
            n = _write_store(chunks, args.out)
        else:
            n = _write_table(chunks, args.out, stdout, lambda: getattr(model, "heads", None))
    if not args.quiet:
        why = "" if n else ": this share has none, as shares are cut at whole chunks"
        print(f"fastmi: scored {n:,} sequences{why}", file=sys.stderr)


def _write_store(chunks: Chunks, path: str) -> int:
    """The sequences with their scores, as a store."""
    from ..writing import write_sequences

    def blocks() -> Iterator[PackedSequences]:
        for _, block, scores in chunks:
            if scores.shape[1] > 1:
                raise FastMIError(
                    f"a store holds one score a sequence, and the model gives "
                    f"{scores.shape[1]}: choose one by --output, or write a .tsv"
                )
            yield block.with_scores(scores[:, 0])

    return write_sequences(blocks(), path)


def _write_table(
    chunks: Chunks, path: str, stdout: BinaryIO, heads: Callable[[], Sequence[str] | None]
) -> int:
    """A line for each sequence, with a header."""
    n = 0
    with nullcontext(stdout) if path == "-" else text_file(path) as out:
        for _, block, scores in chunks:
            if n == 0:
                names = _columns(heads(), scores.shape[1])
                out.write("\t".join(["sequence", *names]).encode() + b"\n")
            lines = (
                "\t".join([letters, *map(repr, row)])
                for letters, row in zip(block.to_strings(), scores.tolist(), strict=True)
            )
            out.write(("\n".join(lines) + "\n").encode())
            n += len(block)
    return n


def _columns(heads: Sequence[str] | None, width: int) -> list[str]:
    """Names of the columns of scores."""
    if heads is None:
        return ["score"] if width == 1 else [f"score_{h}" for h in range(width)]
    names = [str(name) for name in heads]
    if len(names) != width or not all(name.isprintable() for name in names):
        raise FastMIError(
            f"the model gives {width} scores a sequence and calls them {names}: a table needs "
            "as many names, without tabs and line ends"
        )
    return names
