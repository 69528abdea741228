"""load: open a file that fastmi wrote, whichever it is."""

from __future__ import annotations

import os

from ._files import Archive
from .counts import COUNTS_KIND, JointCounts
from .results import MIResult


def load(path: str | os.PathLike[str]) -> MIResult | JointCounts:
    """Open a result or joint counts. Nothing in the file is executed.

    Parameters
    ----------
    path : path-like
        A ``.npz`` that :meth:`MIResult.save` or :meth:`JointCounts.save` wrote.

    Returns
    -------
    MIResult or JointCounts

    Raises
    ------
    FastMIError
        The file is foreign, cut off, damaged or of a newer format.
    """
    with Archive(path) as archive:
        kind = archive.about["kind"]
    return JointCounts.load(path) if kind == COUNTS_KIND else MIResult.load(path)
