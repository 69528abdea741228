"""What commands need to know of their input before they read it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..alphabet import Alphabet


def alphabet_of(args: argparse.Namespace) -> str | Alphabet:
    """The alphabet asked for, else that of a store, else DNA."""
    from .._store import is_store
    from ..sequences import PackedSequences

    if args.alphabet is not None:
        return str(args.alphabet)
    if args.file != "-" and is_store(Path(args.file)):
        return PackedSequences.open(args.file).alphabet
    return "dna"
