"""``fastmi dependency``: which pairs of positions a model joins, by double mutants."""

from __future__ import annotations

import argparse
import sys
import time
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
from ._options import (
    FIGURE_TYPES,
    add_memory,
    add_mutated,
    add_positions,
    add_run,
    prefix,
    prefixed,
    seed,
)


def add(subparsers: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "dependency",
        help="which positions a model joins, by double mutants",
        description="Score all single and double mutants of sequences, and map what double "
        "mutants score beyond their single ones, over all sequences. Writes PREFIX.npz (a map "
        "that plot and compare take), PREFIX.json (what was done), PREFIX.pairs.tsv and "
        "PREFIX.png.",
    )
    add_background(parser)
    add_model(parser)
    add_mutated(parser)
    parser.add_argument(
        "--mutants",
        choices=("all", "random"),
        default="all",
        help="all pairs of letters at each pair of positions (default), or one pair, drawn for "
        "each sequence and pair of positions",
    )
    parser.add_argument(
        "--draw-seed",
        type=seed,
        metavar="S",
        help="for --mutants random: the same seed, the same letters (default: a fresh one)",
    )
    parser.add_argument(
        "--summary",
        choices=("rms", "mean", "abs"),
        default="rms",
        help="of the epistasis of a pair: root mean square (default), mean, mean size",
    )
    add_head(parser, "which of several scores, by name or number")
    parser.add_argument(
        "-o", "--out", type=prefix, required=True, metavar="PREFIX", help="where outputs go"
    )
    parser.add_argument(
        "--figure", choices=(*FIGURE_TYPES, "none"), default="png", help="default: png"
    )
    add_scoring(parser)
    add_positions(parser)
    add_memory(parser, "most memory for a sequence's mutants and the map")
    add_run(parser)
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> None:
    """Mutate, score, map, write."""
    from dataclasses import replace

    from .. import plot
    from .._checks import check_reference
    from ..dependency import dependency_map
    from ._output import check_writable, save_figure, title_of, write_json

    started = time.perf_counter()
    inputs = [*models_in_files(args), *([] if args.file is None else [args.file])]
    endings = [".npz", ".pairs.tsv", ".json"]
    if args.figure != "none":
        endings.append(f".{args.figure}")
    names = {ending: prefixed(args.out, ending, "dependency") for ending in endings}
    for name in names.values():
        check_writable(name, inputs)
    if args.draw_seed is not None and args.mutants != "random":
        raise ValueError("--draw-seed goes with --mutants random")
    source, model = background_of(args), model_of(args)
    check_reference(args.reference, source.length)
    with models_speak_on_stderr(), head_is_named():
        result = dependency_map(
            model,
            source,
            mutants=args.mutants,
            summary=args.summary,
            positions=args.positions,
            head=args.head,
            rng=args.draw_seed,
            checkpoint=args.checkpoint,
            n_workers=args.workers,
            memory_limit=args.memory_limit,
            progress=not args.quiet,
        )
    result = result.with_positions(args.first_position, args.reference)
    result = replace(result, provenance={**result.provenance, "command": args.command_line})
    result.save(names[".npz"])
    result.to_tsv(names[".pairs.tsv"])
    if args.figure != "none":
        save_figure(plot.heatmap(result, title=title_of(result)), names[f".{args.figure}"])
    write_json(result.about(), names[".json"], started)
    if not args.quiet:
        print(f"fastmi: wrote {', '.join(names.values())}", file=sys.stderr)
