"""``fastmi gia``: what patterns do to a model's scores, one experiment a subcommand."""

from __future__ import annotations

import argparse
import time
from typing import Any

from ._experiments import EXPERIMENTS, add_nulls
from ._gia import (
    add_backgrounds,
    add_engine,
    add_growth,
    outputs,
    settle_seed,
    write_found,
)
from ._models import models_speak_on_stderr


def add(subparsers: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "gia",
        help="what patterns do to a model's scores (global importance analysis)",
        description="Global importance analysis: write patterns into backgrounds, and see what "
        "they do to a model's scores. Positions are 0-based. Writes PREFIX.tsv (the table), "
        "PREFIX.npz (all of it, with every local importance), PREFIX.json (what was done) and "
        "PREFIX.png; without -o the table goes to stdout. 'fastmi gia EXPERIMENT --help' has "
        "the options of each.",
    )
    experiments = parser.add_subparsers(dest="experiment", required=True, metavar="EXPERIMENT")
    for name, experiment in EXPERIMENTS.items():
        one = experiments.add_parser(
            name, help=experiment.help, description=f"{experiment.description} Positions are 0-based."
        )
        experiment.declare(one)
        group = one.add_argument_group("backgrounds")
        if experiment.alone:
            add_backgrounds(group)
            add_growth(group)
        else:
            add_nulls(group)
        add_engine(one)
        one.set_defaults(handler=run, ask=experiment.ask)


def run(args: argparse.Namespace) -> None:
    """Ask, write."""
    started = time.perf_counter()
    endings = [".tsv", ".npz", ".json"]
    endings += [] if args.figure == "none" else [f".{args.figure}"]
    endings += [".kmers.tsv", ".meme"] if args.experiment == "kmers" else []
    names = outputs(args, endings, args.experiment)
    settle_seed(args)
    with models_speak_on_stderr():
        found = args.ask(args)
    write_found(found, args, names, started)
