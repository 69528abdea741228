"""The picture of an experiment: which of fastmi.plot draws what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import plot
from ..gia import Effects, KmerSearch

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CURVES = ("positions", "spacing")


def picture(
    found: Effects | KmerSearch, head: str | None = None, title: str | None = None
) -> Axes:
    """Draw effects as their experiment is best seen.

    Parameters
    ----------
    found : Effects or KmerSearch
        Of any experiment.
    head : str, optional
        Which of the model's scores; by default all, or the first where one can be drawn.
    title : str, optional
        By default the experiment.

    Returns
    -------
    matplotlib Axes
    """
    effects = found.effects if isinstance(found, KmerSearch) else found
    title = effects.experiment if title is None else title
    if effects.experiment == "kmer mutagenesis":
        return plot.mutagenesis(effects, head=head, title=title)
    draw = plot.curve if effects.experiment in _CURVES else plot.effects
    return draw(effects, head=head, title=title)
