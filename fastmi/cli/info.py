"""``fastmi info``: what a file holds and how it was made."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

from ._options import add_input, add_run


def add(subparsers: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "info",
        help="what a file holds and how it was made",
        description="Print, as JSON, what a result, joint counts, a store or a file of "
        "sequences holds; '--versions' prints the versions of fastmi and its libraries.",
    )
    add_input(parser, several=False)
    parser.add_argument(
        "--versions", action="store_true", help="print versions, for a bug report"
    )
    add_run(parser, threads=False)
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> None:
    """Print the description."""
    if args.versions or args.file is None:
        from ..versions import show_versions

        show_versions()
        return
    print(json.dumps(describe(args), indent=1))


def describe(args: argparse.Namespace) -> dict[str, Any]:
    """What the file says of itself, or what reading it shows."""
    from .._archive import Archive, is_archive
    from .._columns import check_columns
    from .._shares import parse_shard
    from .._store import is_store
    from .._streams import FileBlocks
    from ..io import file_alphabet
    from ..merging import origin_of
    from ..stats.result import SIGNIFICANCE_KIND, Significance
    from ._saved import in_brief
    from ._tested import about_tested

    path = args.file
    if is_archive(path):
        if args.shard is not None:
            raise ValueError(f"--shard is for sequences, and {path} holds none")
        with Archive(path) as opened:
            about = opened.about
        if about["kind"] == SIGNIFICANCE_KIND:
            return about_tested(Significance.load(path))
        origin = origin_of(path, about) if "provenance" in about else None
        return in_brief(about) if origin is None else {**about, "complete": origin.complete}
    alphabet = file_alphabet(path, args.alphabet)
    if is_store(Path(path)):
        args.unknown = "skip"  # what is missing there was decided when it was made
    found: dict[str, Any] = {
        "kind": "sequences",
        "n_sequences": 0,
        "length": None,
        "alphabet": alphabet.name,
        "n_dropped": 0,
        "n_unknown": 0,
    }
    sums: list[float] = []
    columns = check_columns(args.column, args.weights)
    share = parse_shard(args.shard)
    blocks = FileBlocks(path, alphabet, args.unknown, columns, share)
    for block in blocks:
        if block.weights is not None:
            sums.append(block.n_effective)
            found["n_effective"] = math.fsum(sums)
        found["n_sequences"] += len(block)
        found["length"] = block.length
        found["n_dropped"] += block.n_dropped
        found["n_unknown"] += block.n_unknown
    if path != "-":
        found["bytes"] = Path(path).stat().st_size
    return found
