"""Tests of maps: the options that say under which null, and what came out, in words."""

from __future__ import annotations

import argparse
import re
import sys
from typing import TYPE_CHECKING, Any

from ..errors import FastMIError
from ._options import column, positive, seed

if TYPE_CHECKING:
    from ..alphabet import Alphabet
    from ..results import MIResult
    from ..sequences import PackedSequences
    from ..stats.result import Significance

_NULLS = ("independence", "pool", "additive", "distance", "samples")
_BIASES = ("analytic", "permutation", "miller-madow", "none")
_NEEDS = {"pool": ("pool",), "additive": ("pool", "pool_scores"), "samples": ("samples",)}
_GOES_WITH: dict[str, tuple[str, ...]] = {
    "pool": ("pool", "additive"),
    "pool_column": ("pool", "additive"),
    "pool_scores": ("additive",),
    "chosen": ("additive",),
    "samples": ("samples",),
    "bias": ("independence",),
    "null_sets": ("independence", "pool", "additive", "distance"),
    "seed": ("independence", "pool", "additive", "distance"),
}
LEVEL = 0.05


def add_null_sets(parser: argparse._ActionsContainer) -> None:
    """Add how many data sets are drawn under the null."""
    parser.add_argument(
        "--null-sets",
        type=positive,
        metavar="N",
        help="data sets drawn under the null, or permutations of all sequences; more reach "
        "smaller p (default: 100, or some 50,000 permuted pairs)",
    )


def add_significance(parser: argparse.ArgumentParser) -> None:
    """Add whether a map is tested, and under which null."""
    group = parser.add_argument_group(
        "significance",
        "which pairs are real: what is expected of each, what is beyond it, p and q; --null, "
        "--pool and --samples turn it on, too",
    )
    group.add_argument(
        "--significance", action="store_true", help="test the map (default null: independence)"
    )
    group.add_argument(
        "--null",
        choices=_NULLS,
        help="what pairs are held against: independent positions; random subsets of --pool; "
        "selection by a score that is a sum over letters (additive, with --pool and "
        "--pool-scores); pairs at the same distance; --samples",
    )
    group.add_argument(
        "--pool",
        metavar="FILE",
        help="all sequences that those of FILE were chosen from, or their NullSummary (.npz)",
    )
    group.add_argument(
        "--pool-scores",
        type=column,
        metavar="C",
        help="number or name of the column of --pool with the scores that they were chosen by",
    )
    group.add_argument(
        "--pool-column",
        type=column,
        metavar="C",
        help="number or name of the column of --pool with the sequences (default: --column)",
    )
    group.add_argument(
        "--chosen",
        choices=("top", "bottom"),
        help="which end of the scores was chosen (default: top)",
    )
    group.add_argument(
        "--samples",
        nargs="+",
        metavar="FILE",
        help="ten or more files of random or shuffled sequences, read as FILE is",
    )
    group.add_argument(
        "--bias",
        choices=_BIASES,
        help="what is taken off mutual information under independence (default: analytic, its "
        "exact mean over all permutations)",
    )
    add_null_sets(group)
    group.add_argument(
        "--seed", type=seed, metavar="S", help="of what is drawn under the null (default: 0)"
    )


def null_of(args: argparse.Namespace) -> str | None:
    """The null that the options ask for, if any."""
    given = [name for name in ("null", *_GOES_WITH) if getattr(args, name) is not None]
    if not args.significance and not {"null", "pool", "samples"} & set(given):
        if given:
            raise ValueError(f"{_option(given[0])} goes with --significance")
        return None
    null: str | None = args.null
    if null is None:
        null = "independence"
        if args.pool is not None:
            null = "pool" if args.pool_scores is None else "additive"
        elif args.samples is not None:
            null = "samples"
    for name in _NEEDS.get(null, ()):
        if name not in given:
            raise ValueError(f"--null {null} needs {_option(name)}")
    for name in given:
        if null not in _GOES_WITH.get(name, _NULLS):
            raise ValueError(f"{_option(name)} does not go with --null {null}")
    return null


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def test_map(args: argparse.Namespace, result: MIResult, null: str) -> Significance:
    """Hold a map against the null."""
    from .._archive import is_archive
    from ..io import read
    from ..stats import NullSummary, significance

    kind, more = result.alphabet, dict[str, Any]()
    if args.pool is not None and is_archive(args.pool):
        if null != "pool":
            raise ValueError(f"--null {null} needs the sequences of --pool")
        return NullSummary.load(args.pool).significance(result)
    if args.pool is not None:
        more["pool"] = _read_pool(args, kind)
    if args.samples is not None:
        more["samples"] = [
            read(file, kind, unknown=args.unknown, column=args.column) for file in args.samples
        ]
    return significance(
        result,
        null=null,
        selection=args.chosen or "top",
        bias=args.bias or "analytic",
        n_sets=args.null_sets,
        rng=args.seed or 0,
        n_threads=args.threads,
        progress=not args.quiet,
        **more,
    )


def _read_pool(args: argparse.Namespace, alphabet: Alphabet) -> PackedSequences:
    """All sequences; what is wrong with columns is said by the names that they have here."""
    from ..io import read

    try:
        return read(
            args.pool,
            alphabet,
            unknown=args.unknown,
            column=args.column if args.pool_column is None else args.pool_column,
            scores=args.pool_scores,
        )
    except FastMIError as error:
        said = re.sub(r"\b(column|scores)=", r"pool_\1=", str(error))
        raise FastMIError(said) from None


def about_tested(found: Significance) -> dict[str, Any]:
    """What was found and how, ready for JSON."""
    about = found.about()
    return {
        **{name: about.pop(name) for name in ("kind", "format", "null")},
        "explained": found.explained,
        "n_tests": found.n_tests,
        "n_significant": found.n_significant(LEVEL),
        "at_q": LEVEL,
        **about,
    }


def in_words(found: Significance) -> str:
    """How many pairs stand out, under which null, what that means, and the check, in a line."""
    return (
        f"{found.n_significant(LEVEL):,} of {found.n_tests:,} pairs have q <= {LEVEL:g}; "
        f"null: {found.explained}; p checked: {found.check}"
    )


def say_tested(found: Significance) -> None:
    """The same for a person, on stderr."""
    print(f"fastmi: {in_words(found)}", file=sys.stderr)
