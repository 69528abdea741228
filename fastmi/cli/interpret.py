"""``fastmi interpret``: from a model to maps, pictures and tables."""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ._backgrounds import add_background, background_of
from ._models import (
    add_model,
    add_scoring,
    model_of,
    models_in_files,
    models_speak_on_stderr,
)
from ._options import (
    add_map,
    add_memory,
    add_positions,
    add_run,
    positive,
    prefix,
    prefixed,
    selection,
)
from ._tested import add_null_sets, in_words

if TYPE_CHECKING:
    from ..interpretation import Interpretation


def add(subparsers: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "interpret",
        help="what a model learned: score, select, map",
        description="Score sequences with a model, keep those with the scores asked for, and "
        "map the mutual information between their k-mers. Writes PREFIX.npz (maps, selected "
        "sequences with records and scores, histograms), PREFIX.json (what was done), "
        "PREFIX.scores.png, and for each map PREFIX.png and PREFIX.pairs.tsv; where there are "
        "several, their head and selection are in the names. Tables have p and q under "
        "--null, and pictures outline those with q <= 0.05.",
    )
    add_background(parser)
    add_model(parser)
    parser.add_argument(
        "-s",
        "--select",
        type=selection,
        action="append",
        metavar="WHICH",
        help="'top 1%%' (default), 'bottom 500', '> 0.9', '<= 0.1', '> wt', 'quantiles 0.25 to "
        "0.5', 'quartile 1' (highest) to 4, or 'all'; several make several maps",
    )
    parser.add_argument(
        "-k", type=positive, default=3, metavar="K", help="letters in a k-mer (default: 3)"
    )
    parser.add_argument(
        "-o", "--out", type=prefix, required=True, metavar="PREFIX", help="where outputs go"
    )
    add_map(parser)
    parser.add_argument(
        "--null",
        choices=("additive", "pool", "independence", "distance", "none"),
        default="additive",
        help="what pairs are held against: selection by a score that rises with a sum over "
        "letters (default), random subsets of what was scored, independent positions, pairs at "
        "the same distance; none for no test, which takes far less time",
    )
    add_null_sets(parser)
    parser.add_argument(
        "--wild-type", metavar="SEQ", help="a sequence that is scored, too, for '> wt'"
    )
    add_scoring(parser)
    add_positions(parser)
    add_memory(parser, "most memory for the selected sequences")
    add_run(parser)
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> None:
    """Score, select, map, write."""
    from .._checks import check_reference, parse_bytes
    from .._null_tests import in_advance
    from ..interpreting import interpret
    from ._output import check_writable

    started = time.perf_counter()
    inputs = [*models_in_files(args), *([] if args.file is None else [args.file])]
    for ending in (".npz", ".json"):
        check_writable(prefixed(args.out, ending, "interpret"), inputs)
    source, model = background_of(args), model_of(args)
    check_reference(args.reference, source.length)
    null = None if args.null == "none" else args.null
    if not args.quiet:
        said = in_advance(null, source, parse_bytes(args.memory_limit), args.null_sets)
        if said:
            print(f"fastmi: {said}; --null none leaves it out", file=sys.stderr)
    with models_speak_on_stderr():
        found = interpret(
            model,
            source,
            select=args.select or ["top 1%"],
            k=args.k,
            pseudocount=args.pseudocount,
            null=null,
            n_sets=args.null_sets,
            wild_type=args.wild_type,
            checkpoint=args.checkpoint,
            n_workers=args.workers,
            memory_limit=args.memory_limit,
            n_threads=args.threads,
            progress=not args.quiet,
        )
    found = found.with_positions(args.first_position, args.reference)
    write_interpretation(found, args, started)


def write_interpretation(
    found: Interpretation, args: argparse.Namespace, started: float
) -> None:
    """Write maps, tables and pictures, and what was done."""
    from .. import plot
    from ._output import save_figure, write_json

    out, figure = args.out, args.figure
    found = found.with_provenance({"command": args.command_line})
    names = [prefixed(out, ".npz", "interpret")]
    found.save(names[0])
    endings = _endings([(one.head, one.selection) for one in found.selected])
    for one, ending in zip(found.selected, endings, strict=True):
        names.append(prefixed(out, f"{ending}.pairs.tsv", "interpret"))
        table = one.map if one.significance is None else one.significance
        table.to_tsv(names[-1], top_kmers=args.top_kmers)
        if figure != "none":
            names.append(prefixed(out, f"{ending}.{figure}", "interpret"))
            save_figure(plot.heatmap(one, title=one.title), names[-1])
    if figure != "none":
        endings = _endings([(head,) for head in found.heads])
        for head, ending in zip(found.heads, endings, strict=True):
            names.append(prefixed(out, f"{ending}.scores.{figure}", "interpret"))
            save_figure(plot.scores(found, head=head), names[-1])
    names.append(prefixed(out, ".json", "interpret"))
    write_json(found.about(), names[-1], started)
    if not args.quiet:
        for one in found.selected:
            print(f"fastmi: {one.in_words()}", file=sys.stderr)
            if one.significance is not None:
                print(f"fastmi: {in_words(one.significance)}", file=sys.stderr)
        print(f"fastmi: wrote {', '.join(names)}", file=sys.stderr)


def _endings(words: Sequence[tuple[str, ...]]) -> list[str]:
    """What tells files apart: the words, with a number where they read alike; "" for one."""
    if len(words) == 1:
        return [""]
    found: dict[str, str] = {}  # by lower case letters, which some systems take for the same
    for parts in words:
        name, n = _safe("-".join(part for part in parts if part)), 1
        ending = name
        while not ending or ending.lower() in found:
            n += 1
            ending = f"{name}-{n}".strip("-")
        found[ending.lower()] = f".{ending}"
    return list(found.values())


def _safe(text: str) -> str:
    """A part of a file's name that needs no quotes."""
    words = {">=": "from", "<=": "upto", ">": "above", "<": "below", "%": "pct"}
    for sign, word in words.items():
        text = text.replace(sign, word if sign == "%" else f"{word}-")
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-")
