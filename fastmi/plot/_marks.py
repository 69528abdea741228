"""Lines around cells of a map, such as those of pairs that stand out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def outline(
    ax: Axes, cells: npt.NDArray[np.bool_], first_position: int, **options: Any
) -> None:
    """Draw lines around these cells, along the edges that others share with them.

    Parameters
    ----------
    ax : matplotlib Axes
        Of a heat map: i downwards, j to the right.
    cells : ndarray of bool, shape (P, P)
        Which.
    first_position : int
        Number of the first position.
    **options : Any
        Of matplotlib's LineCollection.
    """
    from matplotlib.collections import LineCollection

    framed = np.pad(cells, 1)
    corner = first_position - 0.5
    across = np.argwhere(framed[1:, 1:-1] != framed[:-1, 1:-1]) + corner
    down = np.argwhere(framed[1:-1, 1:] != framed[1:-1, :-1]) + corner
    lines = [[(j, i), (j + 1, i)] for i, j in across] + [[(j, i), (j, i + 1)] for i, j in down]
    given = {"colors": "black", "linewidths": 0.6, "capstyle": "projecting", **options}
    ax.add_collection(LineCollection(lines, **given), autolim=False)
