"""What is in files: maps, alone or of the selections of an interpretation; descriptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import FastMIError
from ..gia import Effects, KmerSearch
from ..gia.effects import EFFECTS_KIND
from ..gia.kmer_search import KMER_SEARCH_KIND
from ..interpretation import Interpretation, Selected
from ..ism import Mutagenesis
from ..loading import load
from ..results import MIResult
from ..stats.differences import MIDifference
from ..stats.intervals import MIIntervals
from ..stats.result import Significance
from ..stats.summary import NullSummary


def saved_map(
    path: str, selection: str | None = None, head: str | None = None
) -> MIResult | Selected:
    """The map in a file; of an interpretation, the selection asked for, or the only one."""
    return map_in(load(path), path, selection, head)


def map_in(
    found: Any, path: str, selection: str | None = None, head: str | None = None
) -> MIResult | Selected:
    """The same of what a file has been found to hold; of what was tested, the map."""
    if isinstance(found, Interpretation):
        try:
            return found.find(selection, head)
        except KeyError as error:
            raise FastMIError(f"{path}: {error.args[0]} (--select, --head)") from None
    if isinstance(found, Significance):
        found = found.result
    if not isinstance(found, MIResult):
        for kind, words in _NO_MAPS.items():
            if isinstance(found, kind):
                raise FastMIError(f"{path} holds {words}")
        raise FastMIError(f"{path} holds counts; 'fastmi mi' makes a map of them")
    if selection is not None or head is not None:
        raise FastMIError(
            f"{path} holds one map: --select and --head are for 'interpret' files"
        )
    return found


_NO_MAPS: dict[type, str] = {
    Mutagenesis: "effects of single mutations, no map of pairs",
    Effects: "effects of designs, no map of pairs",
    KmerSearch: "effects of k-mers, no map of pairs",
    MIDifference: "the difference of two maps, which 'fastmi difference' draws",
    MIIntervals: "a map with intervals; fastmi.load has it",
    NullSummary: "what maps of random subsets look like, no map; 'fastmi mi --pool' takes it",
}


def in_brief(about: Mapping[str, Any]) -> dict[str, Any]:
    """What a file says of itself, with the names of a table's columns in place of them."""
    brief = dict(about)
    if brief["kind"] == KMER_SEARCH_KIND:
        brief["effects"] = in_brief(brief["effects"])
    if brief["kind"] == EFFECTS_KIND:
        brief["labels"] = [name for name, _ in brief["labels"]]
    return brief
