"""What commands that write patterns into backgrounds share: options, the engine, outputs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ._backgrounds import add_letters, letters_of
from ._models import add_model, add_scoring, models_in_files
from ._options import (
    add_figure,
    add_memory,
    add_run,
    add_seed,
    positive,
    prefix,
    prefixed,
    selection,
)

if TYPE_CHECKING:
    from ..gia import GIA, Effects, KmerSearch, Statistics
    from ..sources import Source

LENGTH = 41  # letters, as in the paper: what the experiments' starts are made for
_INPUTS = ("background", "like", "profile", "nulls", "measured", "file")
_POOL = {"select": 10, "until_se": 1000}  # times as many backgrounds as are used at first


def add_backgrounds(group: argparse._ActionsContainer, usual_length: object = LENGTH) -> None:
    """Add what patterns are written into."""
    add_number(group)
    group.add_argument(
        "--pool",
        type=positive,
        metavar="N",
        help="random sequences to choose from or to go on with (default: 10 times -n with "
        "--select, 1,000 times with --until-se)",
    )
    add_letters(group, usual_length)
    group.add_argument(
        "--shuffle",
        type=positive,
        metavar="K",
        help="with --background: its sequences shuffled, with the same words of K letters",
    )
    add_seed(group)


def add_number(group: argparse._ActionsContainer) -> None:
    """Add how many backgrounds are used."""
    group.add_argument(
        "-n",
        type=positive,
        metavar="N",
        help="how many; of a file so many by chance (default: 1,000, or all where there are "
        "fewer)",
    )


def add_growth(group: argparse._ActionsContainer) -> None:
    """Add which backgrounds are taken, and when there are enough."""
    group.add_argument(
        "--select",
        type=selection,
        metavar="WHICH",
        help="only backgrounds with such scores, as 'quantiles 0.1 to 0.9' or '< 0.5'; all of "
        "them are scored for it",
    )
    add_until(group)


def add_until(group: argparse._ActionsContainer) -> None:
    """Add when there are enough backgrounds."""
    group.add_argument(
        "--until-se",
        type=float,
        metavar="SE",
        help="take more until all effects have a standard error of at most so much",
    )


def add_engine(parser: argparse.ArgumentParser) -> None:
    """Add the model, what is said of effects, where outputs go, and how it all runs."""
    add_model(parser)
    group = parser.add_argument_group("effects")
    group.add_argument(
        "--transform",
        metavar="T",
        help="logit or log: effects on this scale of the scores, too",
    )
    group.add_argument("--interval", metavar="I", help="t (default) or bootstrap")
    group.add_argument(
        "--confidence", type=float, metavar="C", help="of intervals (default: 0.95)"
    )
    group.add_argument("--test", metavar="T", help="paired: t (default) or wilcoxon")
    group.add_argument(
        "--correction", metavar="C", help="of p for all rows: bh (default), by or holm"
    )
    group.add_argument(
        "--minimal",
        type=float,
        metavar="SD",
        help="the least effect that matters, in standard deviations of the backgrounds' scores "
        "(default: %(default)s)",
        default=0.0,
    )
    add_scoring(parser)
    add_memory(parser, "most memory for scores")
    parser.add_argument(
        "-o",
        "--out",
        type=prefix,
        metavar="PREFIX",
        help="where outputs go (default: the table on stdout, and nothing else)",
    )
    add_figure(parser)
    add_run(parser)


def statistics_of(args: argparse.Namespace) -> Statistics:
    """How intervals and tests are made."""
    from ..gia import Statistics

    names = ("confidence", "interval", "test", "correction", "minimal")
    given = {name: getattr(args, name) for name in names}
    return Statistics(**{name: value for name, value in given.items() if value is not None})


def engine_options(args: argparse.Namespace) -> dict[str, Any]:
    """What the options say of the engine, in its own words."""
    return {
        "transform": args.transform,
        "statistics": statistics_of(args),
        "checkpoint": args.checkpoint,
        "n_workers": args.workers,
        "progress": not args.quiet,
        "memory_limit": args.memory_limit,
    }


def gia_of(args: argparse.Namespace) -> GIA:
    """Model and backgrounds."""
    from ..gia import GIA
    from ._models import model_of

    options = engine_options(args)
    return GIA(
        model_of(args),
        backgrounds_of(args),
        args.n,
        select=args.select,
        until_se=args.until_se,
        rng=args.seed,
        **options,
    )


def backgrounds_of(
    args: argparse.Namespace, usual_length: int = LENGTH, usual_alphabet: Any = "dna"
) -> Source:
    """What patterns are written into, in random order, more of them than are used at first."""
    from ..gia.engine import N_BACKGROUNDS
    from ..simulate import hairpin, sample, shuffle

    if args.pool is not None and args.background is not None:
        raise ValueError("--pool is for random sequences, not for --background")
    if args.shuffle is not None and args.background is None:
        raise ValueError("--shuffle goes with --background")
    n = args.n or N_BACKGROUNDS
    grow = (times for option, times in _POOL.items() if getattr(args, option, None) is not None)
    pool = args.pool or n * next(grow, 1)
    source = letters_of(args, pool, usual_length, usual_alphabet)
    if args.shuffle is not None or (args.background is not None and args.hairpin is not None):
        source = sample(source, rng=args.seed)  # what is made is taken from its start
    if args.shuffle is not None:
        source = shuffle(source, args.shuffle, lazy=True, rng=args.seed)
    if args.hairpin is not None:
        source = hairpin(source, args.hairpin, lazy=True, rng=args.seed)
    return source


def settle_seed(args: argparse.Namespace) -> None:
    """A seed, which is said where it is drawn."""
    from .._draws import resolve_seed

    if args.seed is None:
        args.seed = resolve_seed(None)
        if not args.quiet:
            print(f"fastmi: backgrounds of --seed {args.seed}", file=sys.stderr)


def outputs(
    args: argparse.Namespace, endings: Iterable[str], folder_name: str
) -> dict[str, str]:
    """Outputs by their endings, all of which can be written; none without -o."""
    from ._output import check_writable

    if args.out is None:
        return {}
    files = (getattr(args, name, None) for name in _INPUTS)
    read = [*models_in_files(args), *(file for file in files if file is not None)]
    names = {ending: prefixed(args.out, ending, folder_name) for ending in endings}
    for name in names.values():
        check_writable(name, read)
    return names


def write_found(
    found: Effects | KmerSearch,
    args: argparse.Namespace,
    names: Mapping[str, str],
    started: float,
) -> None:
    """Write what an experiment found, by ending; or the table alone, to stdout."""
    from ..gia import KmerSearch
    from ._output import write_json
    from ._pictures import save_picture
    from ._said import in_words
    from ._saved import in_brief

    effects = found.effects if isinstance(found, KmerSearch) else found
    effects = effects.with_provenance(command=args.command_line)
    found = replace(found, effects=effects) if isinstance(found, KmerSearch) else effects
    effects.to_tsv(names.get(".tsv", sys.stdout))
    written = list(names.values())
    if names:
        found.save(names[".npz"])
        if isinstance(found, KmerSearch) and not _write_kmers(found, args, names):
            written.remove(names[".meme"])
        figure = names.get(f".{args.figure}")
        if figure is not None and not save_picture(found, figure):
            written.remove(figure)
        write_json(in_brief(found.about()), names[".json"], started)
    say([*in_words(found), *([f"wrote {', '.join(written)}"] if written else [])], args)


def _write_kmers(
    search: KmerSearch, args: argparse.Namespace, names: Mapping[str, str]
) -> bool:
    """Write all k-mers, and the best as motifs; whether there are any that do something."""
    from ..gia import kmer_motif
    from ..gia.effects import write_table
    from ..motif_files import write_motifs

    write_table(search.all, names[".kmers.tsv"])
    motifs = []
    for head in search.effects.heads:
        best = search.top(1, head)[0]
        if best["effect"] > 0:
            name = f"{head} {best['kmer']}".strip()
            how = {"head": head, "strands": args.motif_strands, "name": name}
            motifs.append(kmer_motif(search, search.n_top, **how))
    if motifs:
        write_motifs(motifs, names[".meme"])
    return bool(motifs)


def say(lines: Iterable[str], args: argparse.Namespace) -> None:
    """Words for a person, on stderr."""
    if not args.quiet:
        for line in lines:
            print(f"fastmi: {line}", file=sys.stderr)
