"""Maps out of files: a result alone, or one of the selections of an interpretation."""

from __future__ import annotations

from ..errors import FastMIError
from ..interpretation import Interpretation, Selected
from ..ism import Mutagenesis
from ..loading import load
from ..results import MIResult


def saved_map(
    path: str, selection: str | None = None, head: str | None = None
) -> MIResult | Selected:
    """The map in a file; of an interpretation, the selection asked for, or the only one."""
    found = load(path)
    if isinstance(found, Interpretation):
        try:
            return found.find(selection, head)
        except KeyError as error:
            raise FastMIError(f"{path}: {error.args[0]} (--select, --head)") from None
    if isinstance(found, Mutagenesis):
        raise FastMIError(f"{path} holds effects of single mutations, no map of pairs")
    if not isinstance(found, MIResult):
        raise FastMIError(f"{path} holds counts; 'fastmi mi' makes a map of them")
    if selection is not None or head is not None:
        raise FastMIError(
            f"{path} holds one map: --select and --head are for 'interpret' files"
        )
    return found
