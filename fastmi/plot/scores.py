"""How the scores of all sequences are spread, and which of them a selection took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from ..interpretation import Interpretation
from ._axes import axes_or_new
from .profiles import SIZE, open_spines

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_BARS = 128


def scores(
    interpretation: Interpretation,
    *,
    head: str | int | None = None,
    scale: Literal["linear", "log"] = "linear",
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Histogram of all scores, with the wild type's and the range of each selection.

    Parameters
    ----------
    interpretation : Interpretation
        What to draw.
    head : str or int, optional
        Name or number of the model's score; by default the first.
    scale : {"linear", "log"}
        Of the numbers of sequences.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure of 5.6 x 3.2 inches.
    title : str, optional
        Title of the Axes.

    Returns
    -------
    matplotlib Axes
    """
    if scale not in ("linear", "log"):
        raise ValueError(f"scale must be linear or log, got {scale!r}")
    heads = interpretation.heads
    h = 0 if head is None else interpretation.head_number(head)
    histogram = interpretation.histograms[h]
    ax = axes_or_new(ax, SIZE)
    edges, counts = histogram.edges, histogram.counts
    side = -(-len(counts) // _MOST_BARS)
    starts = np.arange(0, len(counts), side)
    bars = np.append(edges[starts], edges[-1])
    ax.stairs(np.add.reduceat(counts, starts), bars, fill=True, color="0.75")
    mine = [one for one in interpretation.selected if one.head == heads[h]]
    for n, one in enumerate(mine):
        low, high = one.score_range
        label = f"{one.selection}: {len(one.records):,}"
        ax.axvspan(low, high, color=f"C{n}", alpha=0.18, linewidth=0, label=label)
        ax.axvline(low if low > histogram.low else high, color=f"C{n}", linewidth=1)
    if interpretation.wild_type is not None:
        wild = interpretation.wild_type[h]
        ax.axvline(wild, color="black", linestyle="--", linewidth=1.2, label="wild type")
    ax.set_yscale(scale)
    ax.set_xlabel(f"score {heads[h]}".strip())
    ax.set_ylabel("sequences")
    ax.legend(frameon=False, fontsize="small")
    open_spines(ax)
    if title is not None:
        ax.set_title(title)
    return ax
