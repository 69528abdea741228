"""The experiments of ``fastmi gia``: the options of each, and how the library is asked it."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, Any, TypeAlias

from ..errors import FastMIError
from ._gia import add_number, engine_options, gia_of
from ._models import model_of
from ._options import (
    add_reading,
    add_scores,
    add_seed,
    positions,
    positive,
    ranges,
    words,
    zero_or_more,
)

if TYPE_CHECKING:
    from ..gia import Effects, KmerSearch
    from ..simulate.hairpins import Hairpin

Parser: TypeAlias = argparse.ArgumentParser

_DESIGN = "patterns and their 0-based starts, as UGCAUG@17 or UGCAUG@4+GCGCGC@34"
_STRUCTURE = (
    "a drawing, as '...((((....))))...', or where its arms start and how many pairs it has, as "
    "5,22,11; a fourth number is the share of G-U pairs"
)
_HAIRPIN = re.compile(r"(\d{1,6}),(\d{1,6}),(\d{1,6})(?:,(\d*\.?\d+))?", re.ASCII)


def declare_designs(parser: Parser) -> None:
    parser.add_argument(
        "designs",
        nargs="+",
        metavar="[NAME=]DESIGN",
        help=f"{_DESIGN}; '.' keeps the background's letter, and a '-' behind a start is for "
        "the reverse complement",
    )


def _designs(args: argparse.Namespace, hairpin: Hairpin | None = None) -> dict[str, Any]:
    """Designs by name, which is what they are where none is given."""
    from ..gia import Design

    named = {}
    for text in args.designs:
        name, _, design = text.rpartition("=")
        middle = "@" not in design and hairpin is None
        parsed = design if middle else Design.parse(design, hairpin)
        if (called := name or str(parsed)) in named:
            raise ValueError(f"there are two designs {called!r}: give them names, NAME=DESIGN")
        named[called] = parsed
    return named


def declare_importance(parser: Parser) -> None:
    declare_designs(parser)
    parser.add_argument(
        "--structure",
        type=structure,
        metavar="S",
        help="a hairpin that every background is made into, and stays when patterns are in its "
        f"stem: {_STRUCTURE} (default: none)",
    )


def ask_importance(args: argparse.Namespace) -> Effects:
    from ..gia import importance
    from ..simulate.hairpins import as_hairpin

    gia, hairpin = gia_of(args), None
    if args.structure is not None:
        hairpin = as_hairpin(args.structure, gia.length, gia.alphabet)
    return importance(gia, _designs(args, hairpin))


def add_nulls(group: argparse._ActionsContainer) -> None:
    group.add_argument(
        "--nulls",
        required=True,
        metavar="FILE",
        help="sequences of one length that the null models are made of",
    )
    add_scores(group)
    add_number(group)
    add_reading(group, "skip the letter")
    add_seed(group)


def ask_backgrounds(args: argparse.Namespace) -> Effects:
    from ..gia import backgrounds
    from ..gia.engine import N_BACKGROUNDS
    from ..io import read
    from ..simulate import nulls

    given = {"unknown": args.unknown, "column": args.column, "scores": args.scores}
    known = read(args.nulls, args.alphabet, **given)
    made = nulls(known, args.n or min(N_BACKGROUNDS, len(known)), rng=args.seed)
    options = engine_options(args)
    return backgrounds(model_of(args), made, _designs(args), rng=args.seed, **options)


def _declare_patterns(parser: Parser) -> None:
    parser.add_argument("patterns", nargs="+", metavar="PATTERN", help="letters, as UGCAUG")


def _declare_start(parser: Parser, what: str = "the pattern") -> None:
    parser.add_argument(
        "--start",
        type=zero_or_more,
        metavar="N",
        help=f"where {what} starts (default: in the middle)",
    )


def declare_positions(parser: Parser) -> None:
    _declare_patterns(parser)
    parser.add_argument(
        "--starts", type=positions, metavar="P", help="as 0-9,17 (default: all)"
    )


def ask_positions(args: argparse.Namespace) -> Effects:
    from ..gia import positions

    return positions(gia_of(args), args.patterns, args.starts)


def declare_affinity(parser: Parser) -> None:
    parser.add_argument(
        "variants",
        nargs="*",
        metavar="VARIANT[=VALUE]",
        help="patterns of one length, and what was measured, as UGCAUGU=0.83; the first is "
        "what mismatches are counted from",
    )
    parser.add_argument(
        "--measured",
        metavar="FILE",
        help="the same in a file: a variant and what was measured in each line",
    )
    parser.add_argument(
        "--mismatches",
        type=zero_or_more,
        metavar="N",
        help="all variants of the first with up to N other letters as well",
    )
    _declare_start(parser, "a variant")
    parser.add_argument(
        "--log",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="hold effects against ln of what was measured, as energies are of K_D (default)",
    )


def ask_affinity(args: argparse.Namespace) -> Effects:
    from ..gia import affinity, mismatches

    variants: dict[str, float | None] = {}
    for where, text in [("", text) for text in args.variants] + _lines_of(args.measured):
        pattern, _, value = text.partition("=")
        try:
            variants[pattern] = float(value) if value else None
        except ValueError:
            kind = FastMIError if where else ValueError
            raise kind(
                f"{where}a variant and a number are wanted, as UGCAUGU=0.83, got {text!r}"
            ) from None
    if not variants:
        raise ValueError("give variants of a pattern, or --measured FILE")
    gia = gia_of(args)
    if args.mismatches is not None:
        for other in mismatches(next(iter(variants)), args.mismatches, gia.alphabet):
            variants.setdefault(other, None)
    return affinity(gia, variants, args.start, log=args.log)


def _lines_of(path: str | None) -> list[tuple[str, str]]:
    """Variants of a file as on the command line, and where each of them is."""
    if path is None:
        return []
    with open(path, encoding="utf-8", errors="replace") as stream:
        lines = [(f"{path}, line {n}: ", line.split()) for n, line in enumerate(stream, 1)]
    return [(at, "=".join(parts)) for at, parts in lines if parts and parts[0][0] != "#"]


def declare_copies(parser: Parser) -> None:
    _declare_patterns(parser)
    parser.add_argument(
        "--starts",
        type=_sites,
        metavar="P",
        help="of the sites, in the order in which they are added: as 4,12,20; 'paper' "
        "(4,11,18) or 'code' (4,12,20) (default: three from 4 on, a letter apart)",
    )


def _sites(text: str) -> list[int] | str:
    return text if text in ("paper", "code") else ranges(text)


def ask_copies(args: argparse.Namespace) -> Effects:
    from ..gia import CODE_STARTS, PAPER_STARTS, copies

    known = {"paper": PAPER_STARTS, "code": CODE_STARTS}
    starts = known[args.starts] if isinstance(args.starts, str) else args.starts
    return copies(gia_of(args), args.patterns, starts)


def declare_spacing(parser: Parser) -> None:
    parser.add_argument("a", metavar="A", help="a pattern")
    parser.add_argument("b", nargs="?", metavar="B", help="another (default: the same)")
    parser.add_argument(
        "--gaps",
        type=ranges,
        metavar="G",
        help="letters between the two, as 0-9,17, or --gaps=-2,0,3; below 0 they overlap "
        "(default: 0-20, or as many as fit)",
    )
    parser.add_argument(
        "--orders",
        type=words,
        default=["ab", "ba"],
        metavar="O",
        help="which one is on the left: ab, ba, or ab,ba (default)",
    )
    parser.add_argument(
        "--strands",
        type=words,
        default=["++"],
        metavar="S",
        help="of A and of B: ++ (default), or several, as --strands=++,-+; all has all four",
    )
    parser.add_argument(
        "--start",
        type=positions,
        metavar="P",
        help="where the left one starts, at one or several places (default: the pair is in the "
        "middle)",
    )


def ask_spacing(args: argparse.Namespace) -> Effects:
    from ..gia import spacing

    return spacing(
        gia_of(args),
        args.a,
        args.b or args.a,
        args.gaps,
        orders=args.orders,
        strands="all" if args.strands == ["all"] else args.strands,
        start=args.start,
    )


def structure(text: str) -> Hairpin | str:
    """A hairpin in numbers; or a drawing, as it is."""
    from ..simulate.hairpins import Hairpin

    found = _HAIRPIN.fullmatch(text)
    if found is None:
        return text
    try:
        stem5, stem3, length = (int(found[i]) for i in (1, 2, 3))
        return Hairpin(stem5, stem3, length, float(found[4] or 0))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def declare_hairpin(parser: Parser) -> None:
    parser.add_argument("pattern", metavar="PATTERN", help="letters, as GCUGGC")
    parser.add_argument(
        "--structure",
        type=structure,
        metavar="S",
        help=f"{_STRUCTURE} (default: 5,22,11, that of the paper)",
    )
    for where in ("loop", "stem"):
        parser.add_argument(
            f"--{where}-start",
            type=zero_or_more,
            metavar="N",
            help=f"of the pattern in the {where} (default: in its middle)",
        )
    parser.add_argument(
        "--arm", type=int, choices=(5, 3), default=5, help="of the stem (default: 5)"
    )


def ask_hairpin(args: argparse.Namespace) -> Effects:
    from ..gia import hairpin

    given = {} if args.structure is None else {"structure": args.structure}
    starts = {"loop_start": args.loop_start, "stem_start": args.stem_start}
    return hairpin(gia_of(args), args.pattern, arm=args.arm, **starts, **given)


def declare_context(parser: Parser) -> None:
    _declare_patterns(parser)
    parser.add_argument(
        "--flank", default="GCGCGC", metavar="LETTERS", help="beside it (default: GCGCGC)"
    )
    _declare_start(parser)
    parser.add_argument(
        "--left",
        type=zero_or_more,
        default=0,
        metavar="N",
        help="where a flank on the left starts (default: 0; the paper's program has 2)",
    )
    parser.add_argument(
        "--right",
        type=zero_or_more,
        metavar="N",
        help="where a flank on the right starts (default: a letter from the end, 34 of 41)",
    )


def ask_context(args: argparse.Namespace) -> Effects:
    from ..gia import context

    where = {"start": args.start, "left": args.left, "right": args.right}
    return context(gia_of(args), args.patterns, args.flank, **where)


def declare_kmers(parser: Parser) -> None:
    parser.add_argument(
        "-k", type=positive, default=6, metavar="K", help="letters in a k-mer (default: 6)"
    )
    _declare_start(parser, "a k-mer")
    parser.add_argument(
        "--top", type=positive, default=10, metavar="N", help="how many (default: 10)"
    )
    parser.add_argument(
        "--exact",
        action="store_true",
        help="score all k-mers in all backgrounds (default: drop hopeless ones early)",
    )
    parser.add_argument(
        "--delta",
        type=float,
        default=0.001,
        metavar="P",
        help="the chance that one of the best is dropped, at most (default: 0.001)",
    )
    parser.add_argument(
        "--score-range",
        nargs=2,
        type=float,
        metavar=("LOW", "HIGH"),
        help="scores that the model can give (default: as they are seen)",
    )
    parser.add_argument(
        "--motif-strands",
        choices=("+", "both"),
        default="+",
        help="whether k-mers are turned round for the motif (default: +)",
    )


def ask_kmers(args: argparse.Namespace) -> KmerSearch:
    from ..gia import kmers

    how = {"exact": args.exact, "delta": args.delta, "score_range": args.score_range}
    return kmers(gia_of(args), args.k, args.start, top=args.top, **how)


def declare_mutagenesis(parser: Parser) -> None:
    parser.add_argument("kmer", metavar="KMER", help="letters only")
    _declare_start(parser, "it")
    parser.add_argument("--doubles", action="store_true", help="all pairs of mutations as well")


def ask_mutagenesis(args: argparse.Namespace) -> Effects:
    from ..gia import kmer_mutagenesis

    return kmer_mutagenesis(gia_of(args), args.kmer, args.start, doubles=args.doubles)
