"""How the scores of all sequences are spread, and which of them a selection took.

Above the histogram each selection has a bar of its own, from its lowest to its highest score:
selections may overlap, and one that takes all would hide the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from ..interpretation import Interpretation
from ..score_histogram import ScoreHistogram
from ._axes import axes_or_new
from .profiles import SIZE, open_spines

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_BARS = 128
_PAPER = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5}
_ROW = 0.09  # of the height: what a selection has above the histogram
_MOST_ROWS = 0.5  # of the height: what all have


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
    counts, bars = _bars(histogram)
    ax.stairs(counts, bars, fill=True, color="0.7")
    ax.set_yscale(scale)
    if histogram.low == histogram.high:  # a bar among empty space
        ax.set_xlim(*(histogram.low + 10 * (bars - histogram.low)))
    tracks = [
        (f"{one.selection}: {len(one.records):,}", *one.score_range, f"C{n}")
        for n, one in enumerate(o for o in interpretation.selected if o.head == heads[h])
    ]
    if interpretation.wild_type is not None:
        tracks.append(("wild type", *2 * (interpretation.wild_type[h],), "black"))
    row = min(_ROW, _MOST_ROWS / max(len(tracks), 1))
    low, high = (0, counts.max()) if scale == "linear" else (0.7, 1.2 * counts.max())
    ax.set_ylim(low, high)
    ax.set_yticks([tick for tick in ax.get_yticks() if low <= tick <= high])
    ax.spines["left"].set_bounds(low, high)
    ax.tick_params(axis="y", which="minor", left=False)
    ax.set_ylim(low, _top(low, high, 1 - row * len(tracks) - 0.03, scale))
    low, high = ax.get_xlim()
    ax.set_xlim(min(low, *(t[1] for t in tracks)), max(high, *(t[2] for t in tracks)))
    for n, track in enumerate(tracks):
        _draw(ax, *track, 1 - row * (n + 0.5), 0.7 * row, (histogram.low, histogram.high))
    ax.set_xlabel(f"score {heads[h]}".strip())
    ax.set_ylabel("sequences")
    open_spines(ax)
    if title is not None:
        ax.set_title(title)
    return ax


def _bars(histogram: ScoreHistogram) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Few bins of one width, of many, and their edges."""
    edges, counts = histogram.edges, histogram.counts
    if len(counts) == 1:  # as narrow as doubles are close
        half = 0.01 * (abs(histogram.low) or 1.0)
        return counts, np.array([histogram.low - half, histogram.low + half])
    side = -(-len(counts) // _MOST_BARS)
    starts = np.arange(0, len(counts), side)
    last = edges[starts[-1]] + side * (edges[1] - edges[0])
    return np.add.reduceat(counts, starts), np.append(edges[starts], last)


def _top(low: float, high: float, share: float, scale: str) -> float:
    """Where an axis ends of which ``low`` to ``high`` is this share."""
    if scale == "linear":
        return low + (high - low) / share
    return float(low * (high / low) ** (1 / share))


def _draw(
    ax: Axes,
    label: str,
    low: float,
    high: float,
    color: str,
    at: float,
    height: float,
    ends: tuple[float, float],
) -> None:
    """A bar from the lowest to the highest score, lines where it cuts, and its name."""
    across = ax.get_xaxis_transform()
    cuts = {x for x in (low, high) if x not in ends or low == high}
    ax.vlines(
        sorted(cuts),
        0,
        at,
        color,
        linestyles="--" if color == "black" else "-",
        linewidth=1,
        transform=across,
    )
    if low < high:
        ax.fill_between(
            [low, high],
            at - height / 2,
            at + height / 2,
            color=color,
            alpha=0.35,
            linewidth=0,
            transform=across,
        )
    first, last = ax.get_xlim()
    before, behind = (low - first) / (last - first), (last - high) / (last - first)
    if max(before, behind) < 0.45:
        place, side = (low + high) / 2, "center"
    else:
        place, side = (low, "right") if before > behind else (high, "left")
    ax.annotate(
        label,
        (place, at),
        xycoords=across,
        xytext=({"right": -4, "left": 4, "center": 0}[side], 0),
        textcoords="offset points",
        ha=side,
        va="center",
        fontsize="small",
        bbox=None if side == "center" else _PAPER,
    )
