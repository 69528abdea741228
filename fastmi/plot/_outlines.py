"""Lines around cells of a heat map, along their edges, to be seen on any colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDE, _NARROW = 1.0, 0.35  # points: of the white line
_OF_CELL = 0.15  # of a cell's side


def outline(ax: Axes, chosen: npt.NDArray[np.bool_], low: float, side: int = 1) -> None:
    """Draw white lines, edged with black, around chosen cells.

    Parameters
    ----------
    ax : matplotlib Axes
        Of the heat map, with its limits.
    chosen : ndarray of bool, shape (n, n)
        The cells.
    low : float
        Where the first cell begins, on both axes.
    side : int
        Length of a cell.
    """
    from matplotlib.collections import LineCollection

    edges = [*_edges(chosen), *(line[:, ::-1] for line in _edges(chosen.T))]
    if not edges:
        return
    lines = low + side * np.stack(edges).astype(float)
    figure: Any = ax.figure
    inches = min(ax.get_position().size * figure.get_size_inches())
    width = float(np.clip(72 * inches / len(chosen) * _OF_CELL, _NARROW, _WIDE))
    for colour, thick in (("black", 2.3 * width), ("white", width)):
        # one collection a colour: black never lies over the white of a neighbour
        ax.add_collection(
            LineCollection(list(lines), colors=colour, linewidths=thick, capstyle="projecting"),
            autolim=False,
        )


def _edges(chosen: npt.NDArray[np.bool_]) -> list[npt.NDArray[np.intp]]:
    """Horizontal lines between cells that differ, as long as they go: ((x0, y), (x1, y))."""
    padded = np.pad(chosen, ((1, 1), (0, 0)))
    differ = padded[1:] != padded[:-1]
    steps = np.diff(np.pad(differ.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    y, begin = np.nonzero(steps == 1)
    _, end = np.nonzero(steps == -1)  # as many in each row, in the same order
    return list(np.stack([np.c_[begin, y], np.c_[end, y]], axis=1))
