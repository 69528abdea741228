"""Motifs as the command line names them: letters, files of motifs, or one motif of a file."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import Any

from ..errors import FastMIError
from ..motif_files import read_motifs
from ..motifs import Motif

_FILE = re.compile(r"[./\\]")


def motifs_of(text: str) -> list[str | Motif]:
    """Letters as they are; the motifs of FILE; of FILE:NAME the one called that."""
    if not _FILE.search(text):
        return [text]
    path = path_of(text)
    name = text[len(path) + 1 :]
    found = named_motifs(path)
    if not name:
        return list(found)
    for label in ("identifier", "name"):
        some = [motif for motif in found if getattr(motif, label) == name]
        if len(some) > 1:
            raise FastMIError(f"{path} holds {len(some)} motifs with the {label} {name!r}")
        if some:
            return list(some)
    raise FastMIError(f"{path} holds no motif {name!r}")


def path_of(text: str) -> str:
    """The file of a motif; none where it is letters."""
    if not _FILE.search(text):
        return ""
    return text if os.path.exists(text) else text.partition(":")[0]


def named_motifs(path: str, *options: Any, **more: Any) -> list[Motif]:
    """The motifs of a file; those without a name get that of the file."""
    found = read_motifs(path, *options, **more)
    return [replace(motif, name=motif.name or os.path.basename(path)) for motif in found]
