"""The picture of an experiment: which of fastmi.plot draws what it found."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import plot
from ..errors import FastMIWarning
from ..gia import Effects, KmerSearch
from ..ism import Mutagenesis
from ._output import save_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DRAWN = (Effects, KmerSearch, Mutagenesis)


def picture(
    found: Effects | KmerSearch | Mutagenesis, head: str | None = None, **options: Any
) -> Axes:
    """Draw effects as their experiment is best seen.

    Parameters
    ----------
    found : Effects, KmerSearch or Mutagenesis
        Of any experiment; of several sequences that were mutated the first is drawn.
    head : str, optional
        Which of the model's scores; by default all, or the first where one can be drawn.
    **options : Any
        ``title``, and ``quantity`` for some of the rows of effects.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        There is more than can be told apart in a picture.
    """
    if isinstance(found, Mutagenesis):
        if "quantity" in options:
            raise ValueError("single mutations have effects of one quantity")
        return plot.mutagenesis(found, head=head, **options)
    effects = found.effects if isinstance(found, KmerSearch) else found
    draw, usual = _plot_of(effects, any_rows="quantity" in options)
    return draw(effects, head=head, **{"title": effects.experiment, **usual, **options})


def save_picture(found: Effects | KmerSearch, path: str, head: str | None = None) -> bool:
    """Write the picture; a warning says why where there is none."""
    try:
        ax = picture(found, head)
    except ValueError as error:
        warnings.warn(f"no picture is drawn: {error}", FastMIWarning, stacklevel=2)
        return False
    save_figure(ax, path)
    return True


def _plot_of(effects: Effects, any_rows: bool) -> tuple[Callable[..., Axes], dict[str, Any]]:
    """What draws an experiment, or any rows of it, and how."""
    if effects.experiment in ("positions", "spacing"):
        return plot.curve, {}
    if effects.experiment == "backgrounds":
        several = len(set(effects.labels["name"].tolist())) > 1
        return plot.effects, {"x": "background", "by": "name" if several else None}
    if effects.experiment == "kmer mutagenesis" and not any_rows:
        return plot.mutagenesis, {}
    if effects.experiment == "affinity" and not any_rows:
        measured = effects.summary["measured"]
        if all(line["r"] is not None for line in measured):
            return plot.measured, {"log": measured[0]["log"]}
    return plot.effects, {}
