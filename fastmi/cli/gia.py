"""``fastmi gia``: what patterns do to a model's scores, one experiment a subcommand."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _experiments
from ._gia import (
    add_backgrounds,
    add_engine,
    add_growth,
    outputs,
    settle_seed,
    write_found,
)
from ._models import models_speak_on_stderr

if TYPE_CHECKING:
    from ..gia import Effects, KmerSearch


class Experiment(NamedTuple):
    """One subcommand: what it is, its own options, and how the library is asked."""

    help: str
    description: str
    declare: Callable[[argparse.ArgumentParser], None]
    ask: Callable[[argparse.Namespace], Effects | KmerSearch]
    alone: bool = True  # in the backgrounds of one kind


EXPERIMENTS = {
    "importance": Experiment(
        "patterns in their places, alone and together",
        "The effect of designs: a pattern in its place, or several together.",
        _experiments.declare_importance,
        _experiments.ask_importance,
    ),
    "positions": Experiment(
        "a pattern at every start",
        "The effect of a pattern at every start.",
        _experiments.declare_positions,
        _experiments.ask_positions,
    ),
    "affinity": Experiment(
        "variants of a pattern, and what was measured of them",
        "The effects of variants of a pattern, held against what was measured, such as K_D.",
        _experiments.declare_affinity,
        _experiments.ask_affinity,
    ),
    "backgrounds": Experiment(
        "the same designs in several null models of a file",
        "The effect of designs in several null models of a file of sequences: profile, Markov "
        "chain, shuffles, the sequences themselves, and, with --scores, quartiles of them.",
        _experiments.declare_designs,
        _experiments.ask_backgrounds,
        alone=False,
    ),
    "copies": Experiment(
        "whether several sites of a pattern add up",
        "The effect of one, two, three ... sites of a pattern, and whether they add up.",
        _experiments.declare_copies,
        _experiments.ask_copies,
    ),
    "spacing": Experiment(
        "two patterns by gap, order and strands",
        "What two patterns do together, by their gap, order and strands, and what of it is "
        "beyond the sum of both.",
        _experiments.declare_spacing,
        _experiments.ask_spacing,
    ),
    "hairpin": Experiment(
        "a pattern in a hairpin's loop and stem, and there without",
        "What a pattern does in the loop and in the stem of a hairpin, and in the same places "
        "of linear sequences.",
        _experiments.declare_hairpin,
        _experiments.ask_hairpin,
    ),
    "context": Experiment(
        "what a flank does to a pattern's effect",
        "The effect of a pattern with a flank on its left, on its right, and without.",
        _experiments.declare_context,
        _experiments.ask_context,
    ),
    "kmers": Experiment(
        "the best of all k-mers at one start, and their motif",
        "The k-mers with the largest effect at one start. Writes PREFIX.kmers.tsv (all k-mers) "
        "and PREFIX.meme (the best as a motif), too.",
        _experiments.declare_kmers,
        _experiments.ask_kmers,
    ),
    "mutagenesis": Experiment(
        "all mutants of a k-mer",
        "The effect of a k-mer and of all its single mutants, or all double ones, too.",
        _experiments.declare_mutagenesis,
        _experiments.ask_mutagenesis,
    ),
}


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
            name,
            help=experiment.help,
            description=f"{experiment.description} Positions are 0-based.",
        )
        experiment.declare(one)
        group = one.add_argument_group("backgrounds")
        if experiment.alone:
            add_backgrounds(group)
            add_growth(group)
        else:
            _experiments.add_nulls(group)
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
