"""``fastmi mi``: files of sequences, or counts, to a map, a picture and a table."""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .._checks import MEASURES, NORMALISATIONS, check_reference
from ..errors import FastMIError, FastMIWarning
from ._options import (
    add_input,
    add_map,
    add_memory,
    add_positions,
    add_run,
    bins_selection,
    condition,
    identity,
    positive,
    prefix,
    prefixed,
)
from ._tested import add_significance, null_of, say_tested, test_map

if TYPE_CHECKING:
    from .._streams import Held
    from ..counts import JointCounts
    from ..results import MIResult
    from ..score_bins import ScoreBins
    from ..sequences import PackedSequences
    from ..stats.result import Significance


CORRECTIONS = ("apc", "asc", *NORMALISATIONS)


def add(subparsers: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "mi",
        help="mutual information map of files of sequences, or of counts",
        description="Mutual information between the k-mers at every pair of positions of "
        "sequences, or of the joint counts that 'fastmi count' and 'fastmi merge' write. "
        "Writes PREFIX.npz (result), PREFIX.pairs.tsv (all pairs, strongest first), "
        "PREFIX.png (heat map) and PREFIX.json (what was done), over what is there; without "
        "-o, the pairs go to stdout. In the table, i and j are 0-based starts, label_i and "
        "label_j their names, n the sequences behind the pair, and top_kmers up to three "
        "k-mer pairs, each KMER_I~KMER_J:COUNT:BITS. With --significance it also has the mean "
        "under the null, what is beyond it (by which it is sorted), p and q, and the picture "
        "outlines the pairs with q <= 0.05.",
    )
    add_input(parser)
    parser.add_argument(
        "-k",
        type=positive,
        metavar="K",
        help="letters in a k-mer (default: 3, or that of counts)",
    )
    parser.add_argument(
        "-o", "--out", type=prefix, metavar="PREFIX", help="where the outputs go"
    )
    parser.add_argument(
        "--measure",
        choices=MEASURES,
        default="MI",
        help="what to map: mutual information (default) or a distance between the k-mer "
        "distributions of two positions",
    )
    add_map(parser)
    parser.add_argument(
        "--reweight",
        type=identity,
        metavar="IDENTITY",
        help="alignments: count sequences that are at least this alike as one, by weights 1 / "
        "number of neighbours; 0.8 is usual (default: every sequence counts once)",
    )
    parser.add_argument(
        "--unique",
        action="store_true",
        help="count each distinct sequence once, however often it is there (read counts of "
        "--weights then only say which are there)",
    )
    parser.add_argument(
        "--both-strands",
        action="store_true",
        help="DNA whose strand is not known: count each sequence and its reverse complement",
    )
    parser.add_argument(
        "--correct",
        choices=CORRECTIONS,
        metavar="HOW",
        help="what to make of mutual information: apc or asc take away the average product or "
        "sum of what two positions have with all others; joint, sument, minent, maxent, "
        "mincon and maxcon divide it by an entropy (default: leave it as it is)",
    )
    parser.add_argument(
        "--given",
        type=condition,
        metavar="WHAT",
        help="conditional mutual information: of sequences with the same letter at a position "
        "(0-based), the same letters at positions (20:23 is three), or about the same GC "
        "content (gc), averaged over these classes (default: none)",
    )
    parser.add_argument(
        "--select",
        type=bins_selection,
        metavar="WHICH",
        help="of counts by score ('fastmi count --scores'), the sequences with these scores: "
        "'> 0.9', '<= 0.1', 'top 1%%', 'bottom 500' (default: all)",
    )
    add_significance(parser)
    add_positions(parser)
    add_memory(parser, "most memory to use")
    add_run(parser)
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> None:
    """Read, count, test, write."""
    from .._run import resolve_isa, resolve_threads
    from ..results import MIResult

    started = time.perf_counter()
    if args.reweight is not None and args.weights is not None:
        raise ValueError("--reweight makes weights, and --weights reads them: give one of them")
    null = null_of(args)
    if null is not None and args.measure != "MI":
        raise ValueError(f"mutual information is tested, not --measure {args.measure}")
    if null is not None and args.correct is not None:
        raise ValueError("--correct makes another map than the one that is tested: give either")
    if args.given is not None:
        check_given(args, null)
    if args.reweight is not None and args.unique:
        raise ValueError("--reweight counts equal sequences as one, too: leave out --unique")
    if args.measure != "MI" and (args.correct is not None or args.both_strands):
        option = "--both-strands" if args.correct is None else "--correct"
        raise ValueError(
            f"{option} is for mutual information, not for --measure {args.measure}"
        )
    resolve_threads(args.threads)
    resolve_isa()
    if args.out is not None:
        more = [*([args.pool] if args.pool else []), *(args.samples or [])]
        check_outputs(args.out, args.figure, "mi", [*args.files, *more])
    held = saved_counts(args) or sequences_of(args)
    check_reference(args.reference, held.what.length)
    look = held.distinct if args.unique else held.with_duplicates
    held = look(args.memory_limit)
    if not args.quiet:
        print(f"fastmi: {describe(held)}", file=sys.stderr)
    result = measure(args, held)
    found = corrected(result, args.correct) if null is None else test_map(args, result, null)
    if args.out is None:
        found.to_tsv(sys.stdout, top_kmers=args.top_kmers)
    else:
        write_all(found, args, started)
    if not args.quiet and not isinstance(found, MIResult):
        say_tested(found)


def check_given(args: argparse.Namespace, null: str | None) -> None:
    """What --given does not go with."""
    for there, option in (
        (args.measure != "MI", f"--measure {args.measure}"),
        (args.correct is not None, "--correct"),
        (args.both_strands, "--both-strands"),
        (null is not None, "--significance"),
    ):
        if there:
            raise ValueError(
                f"--given makes conditional mutual information, which {option} is not for"
            )


def saved_counts(args: argparse.Namespace) -> Held | None:
    """The counts, if the file holds some."""
    from .._archive import is_archive
    from .._streams import Held
    from ..counts import JointCounts
    from ..score_bins import load_counts

    saved = next((file for file in args.files if is_archive(file)), None)
    if saved is None:
        return None
    if len(args.files) > 1:
        raise FastMIError(
            f"{saved} is a file of fastmi's, which is mapped alone; 'fastmi merge' adds counts"
        )
    for option in ("alphabet", "column", "weights", "reweight", "shard"):
        if getattr(args, option) is not None:
            raise ValueError(f"--{option} is for sequences, and {saved} holds counts")
    counts = load_counts(saved, memory_limit=args.memory_limit)
    if isinstance(counts, JointCounts) and args.select is not None:
        raise FastMIError(f"{saved} holds no scores to select by: see 'fastmi count --scores'")
    if args.k not in (None, counts.k):
        raise ValueError(f"{saved} holds counts of {counts.k}-mers, not of {args.k}-mers")
    args.k = counts.k
    return Held(counts if isinstance(counts, JointCounts) else selected(args, counts))


def selected(args: argparse.Namespace, bins: ScoreBins) -> JointCounts:
    """The counts of the sequences with the scores asked for."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FastMIWarning)  # it is said below, exact or not
        chosen = bins.select(args.select or "top 100%")
    if not args.quiet:
        rule = "all scores" if chosen.rule == "all" else f"scores {chosen.rule}"
        print(
            f"fastmi: {chosen.asked}: {rule}, {chosen.n_sequences:,} of {bins.n_sequences:,} "
            f"sequences ({chosen.share:.4%})"
            + ("" if chosen.exact else "; other --edges would come nearer"),
            file=sys.stderr,
        )
    return chosen.counts


def sequences_of(args: argparse.Namespace) -> Held:
    """The sequences of the files, or their counts where they are too many."""
    from .._columns import check_columns
    from .._run import resolve_threads
    from .._shares import parse_shard
    from .._streams import IN_MEMORY, FileBlocks, Held

    if args.select is not None:
        raise ValueError("--select is for counts by score, which 'fastmi count --scores' makes")
    args.k = args.k or 3
    files = FileBlocks(
        args.files,
        args.alphabet,
        args.unknown,
        check_columns(args.column, args.weights),
        parse_shard(args.shard),
        progress=not args.quiet,
    )
    files.alphabet.n_kmers(args.k)
    if args.reweight is None:
        return files.hold(args.k, args.memory_limit, resolve_threads(args.threads))
    return Held(reweighted(args, files.read()), IN_MEMORY, files.origin, files.clock)


def reweighted(args: argparse.Namespace, sequences: PackedSequences) -> PackedSequences:
    """With the weights that --reweight asks for."""
    from ..weights import sequence_weights

    if sequences.weights is not None:
        raise FastMIError(
            f"--reweight is for sequences without weights; those of {args.files[0]} have some"
        )
    weights = sequence_weights(
        sequences, args.reweight, n_threads=args.threads, progress=not args.quiet
    )
    return sequences.with_weights(weights)


def describe(held: Held) -> str:
    """What was read, in words."""
    from .._streams import IN_MEMORY
    from .._weighting import effective

    what = held.what
    n = what.n_sequences
    words = f"{n:,} sequence{'s'[: n != 1]} of length {what.length}"
    if what.has_weights:
        words += f", which count as {effective(what.n_effective or 0.0)}"
    if what.n_dropped:
        words += f", {what.n_dropped:,} dropped for letters outside the alphabet"
    if what.n_unknown:
        words += f", {what.n_unknown:,} letters missing"
    if held.duplicates is not None and held.duplicates.share > 0:
        words += f"; {held.duplicates.in_words()}"
    if held.origin is not None and not held.origin.complete:
        words += f"; {held.origin.in_words()}"
    return words + (f"; {held.how}" if held.how not in ("", IN_MEMORY) else "")


def measure(args: argparse.Namespace, held: Held) -> MIResult:
    """Compute what the options ask for."""
    from ..mi import pairwise_distance, pairwise_mi

    if args.given is not None:
        result = given(args, held)
    elif args.measure == "MI":
        result = pairwise_mi(
            held,
            args.k,
            pseudocount=args.pseudocount,
            both_strands=args.both_strands,
            n_threads=args.threads,
            memory_limit=args.memory_limit,
            progress=not args.quiet,
        )
    else:
        result = pairwise_distance(
            held, args.k, measure=args.measure, pseudocount=args.pseudocount
        )
    return result.with_positions(args.first_position, args.reference)


def given(args: argparse.Namespace, held: Held) -> MIResult:
    """Conditional mutual information, which needs the sequences."""
    from ..sequences import PackedSequences
    from ..stats import conditional_mi

    if not isinstance(held.what, PackedSequences):
        raise FastMIError(
            "--given puts sequences into classes, and these were counted; begin with them, or "
            "raise --memory-limit"
        )
    return conditional_mi(
        held.what,
        args.given,
        args.k,
        pseudocount=args.pseudocount,
        n_threads=args.threads,
        progress=not args.quiet,
    )


def corrected(result: MIResult, how: str | None) -> MIResult:
    """What --correct makes of a map."""
    if how is None:
        return result
    from .. import stats

    if how in NORMALISATIONS:
        return stats.normalised(result, how)
    return stats.apc(result) if how == "apc" else stats.asc(result)


def names_of(out: str, figure: str, folder_name: str) -> dict[str, str]:
    """The outputs by what they are: result, pairs, figure (unless none) and about."""
    endings = {
        "result": ".npz",
        "pairs": ".pairs.tsv",
        "figure": f".{figure}",
        "about": ".json",
    }
    if figure == "none":
        del endings["figure"]
    return {what: prefixed(out, ending, folder_name) for what, ending in endings.items()}


def check_outputs(out: str, figure: str, folder_name: str, inputs: Sequence[str] = ()) -> None:
    """Fail before the work where an output could not be written after it."""
    from ._output import check_writable

    for name in names_of(out, figure, folder_name).values():
        check_writable(name, inputs)


def write_all(
    found: MIResult | Significance, args: argparse.Namespace, started: float, ax: Any = None
) -> None:
    """Write the result, the table, the picture, and what was done."""
    from .. import plot
    from ..interpretation import map_of
    from ..results import MIResult
    from ._output import record, save_figure, title_of, write_json
    from ._tested import about_tested

    names = names_of(args.out, args.figure, args.command)
    result = record(map_of(found), args.files, args.command_line)
    found = result if isinstance(found, MIResult) else replace(found, result=result)
    found.save(names["result"])
    found.to_tsv(names["pairs"], top_kmers=args.top_kmers)
    if "figure" in names:
        ax = plot.heatmap(found, title=title_of(result)) if ax is None else ax
        save_figure(ax, names["figure"])
    about = found.about() if isinstance(found, MIResult) else about_tested(found)
    write_json(about, names["about"], started)
    if not args.quiet:
        print(f"fastmi: wrote {', '.join(names.values())}", file=sys.stderr)
