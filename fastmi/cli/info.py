"""``fastmi info``: what a file holds and how it was made."""

from __future__ import annotations

import argparse
import json
import math
import zipfile
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
    add_input(parser)
    parser.set_defaults(file=None)
    next(a for a in parser._actions if a.dest == "file").nargs = "?"
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
    from .._files import Archive
    from .._store import is_store
    from ..io import file_alphabet, read_blocks

    path = args.file
    if path != "-" and _is_zip(path):
        with zipfile.ZipFile(path) as archive:
            ours = "about.npy" in archive.namelist()
        if ours:
            with Archive(path) as opened:
                return opened.about
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
    blocks = read_blocks(
        path, alphabet, unknown=args.unknown, column=args.column, weights=args.weights
    )
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


def _is_zip(path: str) -> bool:
    try:
        return zipfile.is_zipfile(path)
    except ValueError:  # a name that no file can have
        return False
