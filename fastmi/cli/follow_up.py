"""``fastmi follow-up``: the patterns behind a map's strongest pairs, put to the test."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ._gia import (
    add_backgrounds,
    add_engine,
    add_until,
    backgrounds_of,
    engine_options,
    outputs,
    say,
    settle_seed,
)
from ._models import model_of, models_speak_on_stderr
from ._options import positive, ranges, zero_or_more

if TYPE_CHECKING:
    from ..following import FollowUp


def add(subparsers: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "follow-up",
        help="test what a map suggests: patterns of its strongest pairs, alone and together",
        description="For each of the strongest pairs of a map: grow patterns from its k-mers, "
        "write them into backgrounds, each alone and both together, at the gap of the map and "
        "at others, and ask the model. Writes PREFIX.tsv (the report, with a verdict for each "
        "pair), PREFIX.json (what was done), and for each pair PREFIX.pair1.npz and "
        "PREFIX.pair1.png (effects by gap); without -o the report goes to stdout.",
    )
    parser.add_argument("file", metavar="RESULT.npz", help="what 'fastmi interpret' wrote")
    parser.add_argument(
        "--select", dest="which", metavar="WHICH", help="which of several selections in it"
    )
    parser.add_argument(
        "--head", metavar="NAME", help="which of several scores, of the file and of the model"
    )
    parser.add_argument(
        "--n-pairs", type=positive, default=3, metavar="N", help="at most (default: 3)"
    )
    parser.add_argument(
        "--min-distance",
        type=positive,
        metavar="D",
        help="the shortest distance, from start to start, that is beyond one motif (default: "
        "where the map has fallen)",
    )
    parser.add_argument(
        "--gaps",
        type=ranges,
        metavar="G",
        help="to test, as 0-9,17 (default: that of the map and up to ten on either side)",
    )
    parser.add_argument(
        "--flank",
        type=zero_or_more,
        default=6,
        metavar="N",
        help="letters that a pattern may be longer on either side than its k-mer (default: 6)",
    )
    group = parser.add_argument_group("backgrounds")
    add_backgrounds(group, "as in the map")
    add_until(group)
    add_engine(parser)
    parser.set_defaults(handler=run, minimal=0.1)


def run(args: argparse.Namespace) -> None:
    """Load, ask, write."""
    from ..following import follow_up
    from ..interpretation import Interpretation, Selected
    from ..loading import load
    from ._saved import map_in

    started = time.perf_counter()
    figure = [] if args.figure == "none" else [f".{args.figure}"]
    pairs = [f".pair{i}{e}" for i in range(1, args.n_pairs + 1) for e in (".npz", *figure)]
    names = outputs(args, [".tsv", ".json", *pairs], "follow-up")
    settle_seed(args)
    found = load(args.file)
    of_file = isinstance(found, Interpretation) and len(found.heads) > 1
    chosen = map_in(found, args.file, args.which, args.head if of_file else None)
    result = chosen.map if isinstance(chosen, Selected) else chosen
    with models_speak_on_stderr():
        done = follow_up(
            chosen,
            model_of(args),
            backgrounds_of(args, result.length, result.alphabet),
            n_pairs=args.n_pairs,
            n=args.n,
            min_distance=args.min_distance,
            gaps=args.gaps,
            flank=args.flank,
            head=args.head,
            rng=args.seed,
            until_se=args.until_se,
            **engine_options(args),
        )
    _write(done, args, names, started)


def _write(
    done: FollowUp, args: argparse.Namespace, names: Mapping[str, str], started: float
) -> None:
    """The report; what is behind it; words."""
    from ._output import write_json
    from ._pictures import save_picture

    done.to_tsv(names.get(".tsv", sys.stdout))
    written = [names[".tsv"]] if names else []
    for i, pair in enumerate(done.pairs if names else (), 1):
        effects = pair.spacing.with_provenance(command=args.command_line)
        written.append(names[f".pair{i}.npz"])
        effects.save(written[-1])
        figure = names.get(f".pair{i}.{args.figure}")
        if figure is not None and save_picture(effects, figure, done.head):
            written.append(figure)
    if names:
        written.append(names[".json"])
        write_json(_about(done, args), written[-1], started)
    say([*_in_words(done), *([f"wrote {', '.join(written)}"] if written else [])], args)


def _about(done: FollowUp, args: argparse.Namespace) -> dict[str, Any]:
    """What was done, ready for JSON."""
    from ..gia.effects import for_json

    columns = done.table.dtype.names or ()
    rows = [for_json(dict(zip(columns, row, strict=True))) for row in done.table.tolist()]
    provenance = {**done[0].alone.provenance, "command": args.command_line}
    about = {
        "head": done.head,
        "min_distance": done.min_distance,
        "pairs": rows,
        "provenance": provenance,
    }
    return {"kind": "fastmi follow-up", "file": args.file, **about}


def _in_words(done: FollowUp) -> Iterator[str]:
    """A line for each pair, and scale."""
    several = len(set(done.table["scale"].tolist())) > 1
    for row in done.table:
        scale = f" [{row['scale']}]" if several else ""
        yield (
            f"{row['pattern_a']} and {row['pattern_b']}, gap {row['gap']}{scale}: "
            f"{row['verdict']}; alone {row['effect_a']:.4g} and {row['effect_b']:.4g}, "
            f"together {row['effect_together']:.4g}, interaction {row['interaction']:.4g} "
            f"({row['low']:.4g} to {row['high']:.4g})"
        )
