"""Shapes of local importances: boxes, violins and intervals, upright or lying.

Matplotlib's own put every value beyond the whiskers down as a circle, which of a thousand
backgrounds hides the box, and turn to their side by options that its versions disagree on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .._numbers import Doubles

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WHISKERS = (5.0, 95.0)  # percentiles
ENDS = (0.5, 99.5)  # of a violin
_POINTS = 128  # of the outline of a violin
_BINS = 1024
_LIGHT = 0.35  # share of the colour in a filled shape
DOT: dict[str, Any] = {"marker": "o", "markersize": 5, "linestyle": "none", "zorder": 4}
MEAN: dict[str, Any] = {
    "marker": "^",
    "markersize": 6,
    "markerfacecolor": "white",
    "markeredgecolor": "black",
    "linestyle": "none",
    "zorder": 4,
}


class Shapes:
    """Draws along one axis of values, whichever it is.

    Parameters
    ----------
    ax : matplotlib Axes
        Where to draw.
    lying : bool
        Whether values run to the right, not upwards.
    """

    def __init__(self, ax: Axes, lying: bool) -> None:
        self.ax, self.lying = ax, lying

    def _bars(self, at: Doubles, low: Doubles, high: Doubles, **style: Any) -> None:
        draw = self.ax.hlines if self.lying else self.ax.vlines
        draw(at, low, high, **style)

    def _ticks(self, at: Doubles, width: float, value: Doubles, **style: Any) -> None:
        """Short lines across the values."""
        draw = self.ax.vlines if self.lying else self.ax.hlines
        draw(value, at - width / 2, at + width / 2, **style)

    def points(self, at: Doubles, value: Doubles, **style: Any) -> None:
        """Markers, one line of matplotlib."""
        self.ax.plot(*((value, at) if self.lying else (at, value)), **style)

    def _fill(self, outlines: list[npt.NDArray[np.float64]], colour: Any) -> None:
        """Closed shapes, whose points are (place, value)."""
        from matplotlib.collections import PolyCollection
        from matplotlib.colors import to_rgb

        pale = 1 - _LIGHT * (1 - np.array(to_rgb(colour)))
        turned = [shape[:, ::-1] if self.lying else shape for shape in outlines]
        self.ax.add_collection(
            PolyCollection(
                turned, facecolors=[tuple(pale)], edgecolors=[colour], linewidths=1, zorder=2
            )
        )
        self.ax.autoscale_view()

    def boxes(self, at: Doubles, width: float, local: Doubles, colour: Any) -> None:
        """Quartiles with the median, and whiskers to the 5th and 95th percentiles."""
        levels = (WHISKERS[0], 25, 50, 75, WHISKERS[1])
        low, q1, median, q3, high = np.percentile(local, levels, axis=1)
        self._bars(at, low, q1, colors=colour, linewidth=1)
        self._bars(at, q3, high, colors=colour, linewidth=1)
        for end in (low, high):
            self._ticks(at, width / 3, end, colors=colour, linewidth=1)
        half = width / 2
        self._fill(
            [
                np.array([(x - half, a), (x + half, a), (x + half, b), (x - half, b)])
                for x, a, b in zip(at, q1, q3, strict=True)
            ],
            colour,
        )
        self._ticks(at, width, median, colors="black", linewidth=1.2, zorder=3)

    def violins(self, at: Doubles, width: float, local: Doubles, colour: Any) -> None:
        """Densities, all as wide at their widest, around a bar from quartile to quartile."""
        self._fill(
            [outline(x, width, row) for x, row in zip(at, local, strict=True)],
            colour,
        )
        low, q1, q3, high = np.percentile(local, (WHISKERS[0], 25, 75, WHISKERS[1]), axis=1)
        self._bars(at, low, high, colors="0.25", linewidth=0.8, zorder=3)
        self._bars(at, q1, q3, colors="0.25", linewidth=3, zorder=3)

    def intervals(
        self, at: Doubles, width: float, ends: tuple[Doubles, Doubles], colour: Any
    ) -> None:
        """Lines with a tick at either end."""
        self._bars(at, *ends, colors=colour, linewidth=1.4, zorder=3)
        for end in ends:
            self._ticks(at, width / 3, end, colors=colour, linewidth=1.4, zorder=3)

    def arrows(self, at: Doubles, low: Doubles, high: Doubles, colour: Any) -> None:
        """Intervals without bounds: dotted up to the ends of the axis, with tips there."""
        least, most = self.ax.get_xlim() if self.lying else self.ax.get_ylim()
        ends = (np.maximum(low, least), np.minimum(high, most))
        self._bars(at, *ends, colors=colour, linewidth=1.2, linestyles=":")
        tips = "<>" if self.lying else "v^"
        for given, end, tip in zip((low, high), ends, tips, strict=True):
            beyond = ~np.isfinite(given)
            style = {"color": colour, "linestyle": "none", "markersize": 5}
            self.points(at[beyond], end[beyond], marker=tip, clip_on=False, **style)


def outline(at: float, width: float, values: Doubles) -> npt.NDArray[np.float64]:
    """A violin: a density by a Gaussian kernel, between two far percentiles.

    The width of the kernel is Scott's, s n^(-1/5), as in ``scipy.stats.gaussian_kde``. Values
    go into bins first, narrow beside it, so that a million of them take no longer.
    """
    spread = float(values.std())
    if not spread > 0:
        return np.array([(at - width / 2, values[0]), (at + width / 2, values[0])])
    counts, edges = np.histogram(values, _BINS)
    kernel = max(spread * len(values) ** -0.2, edges[1] - edges[0])
    first, last = np.percentile(values, ENDS).tolist()
    grid = np.linspace(first, last, _POINTS)
    middles = (edges[1:] + edges[:-1]) / 2
    weights = np.exp(-0.5 * ((grid[:, None] - middles) / kernel) ** 2)
    density = weights @ counts
    half = width / 2 * density / density.max()
    return np.concatenate(
        [np.c_[at - half, grid], np.c_[at + half, grid][::-1]],
    )
