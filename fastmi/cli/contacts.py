"""``fastmi contacts``: a saved map held against a structure or base pairs."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING, Any

from ._options import (
    FIGURE_TYPES,
    add_run,
    positive,
    prefix,
    prefixed,
    seed,
    words,
    zero_or_more,
)

if TYPE_CHECKING:
    from ..contacts import ContactMap
    from ..results import MIResult

_OF_STRUCTURES = {
    "chain": None,
    "atom": "CA",
    "model": 1,
    "reference": None,
    "min_identity": 0.8,
}


def _above_zero(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number above 0, got {text!r}")
    return value


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to 1, got {text!r}")
    return value


def add(subparsers: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "contacts",
        help="a saved map against a structure, or base pairs",
        description="Hold a map against contacts that are known: whether its strongest pairs "
        "touch, and whether they would if the map knew but how far apart they are. Writes "
        "PREFIX.contacts.tsv (precision, AUC, average precision, rank correlation, with p), "
        "PREFIX.contacts.pairs.tsv (the strongest pairs, and whether they touch), "
        "PREFIX.contacts.json (what was done) and PREFIX.contacts.png (the map above the "
        "diagonal, contacts below); without -o, the first goes to stdout.",
    )
    parser.add_argument("file", metavar="RESULT.npz", help="a map, or what 'interpret' wrote")
    truth = parser.add_mutually_exclusive_group(required=True)
    truth.add_argument("--structure", metavar="FILE", help="PDB or mmCIF, possibly compressed")
    truth.add_argument(
        "--pairs",
        metavar="FILE",
        help="base pairs: lines of dots and brackets or WUSS, Stockholm, CT or BPSEQ",
    )
    truth.add_argument(
        "--fold",
        metavar="RNA",
        help="base pairs that ViennaRNA expects of this sequence (pip install 'fastmi[rna]')",
    )
    parser.add_argument(
        "--chain", metavar="C", help="structures: which chain (default: the only one)"
    )
    parser.add_argument(
        "--atom",
        choices=("CA", "CB", "C1'", "closest"),
        help="structures: what distances are between (default: CA)",
    )
    parser.add_argument(
        "--model", type=int, metavar="N", help="structures: number of the model (default: 1)"
    )
    parser.add_argument(
        "--reference",
        metavar="SEQ",
        help="structures: what stands at the map's positions, gaps as - (default: the map's "
        "reference, else the structure's sequence)",
    )
    parser.add_argument(
        "--min-identity",
        type=_share,
        metavar="X",
        help="structures: least share of equal letters among those aligned (default: 0.8)",
    )
    parser.add_argument(
        "--line", type=positive, metavar="N", help="pairs: which of several structures"
    )
    parser.add_argument(
        "--threshold",
        type=_above_zero,
        metavar="A",
        help="what is closer than this is a contact, in angstroms (default: 8; closest: 5)",
    )
    parser.add_argument(
        "--min-separation",
        type=positive,
        metavar="N",
        help="letters that pairs are apart, at least (default: 6; base pairs: 4)",
    )
    parser.add_argument(
        "--max-separation", type=positive, metavar="N", help="and at most (default: any)"
    )
    parser.add_argument(
        "--at",
        type=words,
        metavar="N",
        help="numbers of pairs, as L/5,L,100; L letters are known (default: L/5,L/2,L,2L)",
    )
    parser.add_argument(
        "--permutations",
        type=zero_or_more,
        default=999,
        metavar="N",
        help="truths permuted within each distance, for p (default: 999)",
    )
    parser.add_argument(
        "--seed", type=seed, default=0, metavar="S", help="of the permutations (default: 0)"
    )
    parser.add_argument("--select", metavar="WHICH", help="files of interpret: which selection")
    parser.add_argument("--head", metavar="NAME", help="files of interpret: which score")
    parser.add_argument(
        "-o", "--out", type=prefix, metavar="PREFIX", help="where the outputs go"
    )
    parser.add_argument(
        "--figure", choices=(*FIGURE_TYPES, "none"), default="png", help="default: png"
    )
    add_run(parser, threads=False)
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> None:
    """Load, compare, write."""
    from ..contacts import precision
    from ..interpretation import map_of
    from ._output import check_writable, save_figure, title_of, write_json
    from ._saved import saved_map

    _check_options(args)
    names = _names(args)
    inputs = [path for path in (args.file, args.structure, args.pairs) if path]
    for name in names.values():
        check_writable(name, inputs)
    started = time.perf_counter()
    result = map_of(saved_map(args.file, args.select, args.head))
    options = {} if args.at is None else {"at": args.at}
    found = precision(
        result,
        _truth(args, result),
        threshold=args.threshold,
        min_separation=args.min_separation,
        max_separation=args.max_separation,
        permutations=args.permutations,
        rng=args.seed,
        **options,
    )
    if not args.quiet:
        print(f"fastmi: {found.in_words()}, {found.n_unknown:,} not known", file=sys.stderr)
    if args.out is None:
        found.to_tsv(sys.stdout)
        return
    from .._files import write_lines
    from ..contacts.precisions import lines_of_table

    found.to_tsv(names["table"])
    write_lines(names["pairs"], lines_of_table(found.top_pairs(2 * found.letters)))
    write_json({**found.about(), "command": args.command_line}, names["about"], started)
    if "figure" in names:
        from .. import plot

        save_figure(plot.contacts(found, title=title_of(result)), names["figure"])
    if not args.quiet:
        print(f"fastmi: wrote {', '.join(names.values())}", file=sys.stderr)


def _names(args: argparse.Namespace) -> dict[str, str]:
    if args.out is None:
        return {}
    endings = {"table": "tsv", "pairs": "pairs.tsv", "about": "json"}
    if args.figure != "none":
        endings["figure"] = args.figure
    return {what: prefixed(args.out, f".contacts.{e}", "map") for what, e in endings.items()}


def _check_options(args: argparse.Namespace) -> None:
    """No option may be without effect."""
    useless = [] if args.structure else [*_OF_STRUCTURES]
    useless += [] if args.pairs else ["line"]
    given = [name for name in useless if getattr(args, name) is not None]
    if given:
        kind = "pairs" if given[0] == "line" else "structure"
        raise ValueError(f"--{given[0].replace('_', '-')} is for --{kind}")
    for name, usual in _OF_STRUCTURES.items():
        if getattr(args, name) is None:
            setattr(args, name, usual)


def _truth(args: argparse.Namespace, result: MIResult) -> ContactMap:
    """What the map is held against."""
    from .. import contacts

    if args.pairs:
        return contacts.read_pairs(args.pairs, args.line)
    if args.fold:
        return contacts.fold(args.fold)
    structure = contacts.structure(args.structure, args.chain, args.atom, args.model)
    known = contacts.contact_map(
        structure, args.reference or result.reference, min_identity=args.min_identity
    )
    if not args.quiet:
        print(
            f"fastmi: {structure.path}, chain {structure.chain or 'blank'}: "
            f"{known.provenance['aligned']} residues aligned, identity {known.identity:.1%}, "
            f"coverage {known.coverage:.1%}",
            file=sys.stderr,
        )
    return known
