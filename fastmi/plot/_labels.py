"""Names beside points, where there is room for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .._numbers import Doubles

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = npt.NDArray[np.float64]

_SIZE = 8.3  # points: the size "small"
_WIDE, _HIGH = 0.74, 1.2  # of a letter, in sizes
_WAYS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
_AWAY = (5.0, 12.0, 20.0, 30.0)  # points from the middle of a marker
_LED = 10.0  # from so far on a line leads to the name
_COVERED = 0.05  # of a name, that another may cover
_MARKER = 4.0  # points to either side of its middle


def label_points(
    ax: Axes,
    x: Doubles,
    y: Doubles,
    names: Sequence[str],
    lines: Sequence[Any] = (),
    *,
    all_of_them: bool = False,
) -> None:
    """Write names beside points, away from points, lines and each other as far as can be.

    One after the other takes the nearest place that covers least; sizes are guessed from the
    numbers of letters, so nothing is drawn for it.

    Parameters
    ----------
    ax : matplotlib Axes
        Whose limits are final.
    x, y : ndarray of float64, shape (n,)
        The points.
    names : sequence of str
        As many.
    lines : sequence of matplotlib Line2D
        Straight ones, not to be covered either.
    all_of_them : bool
        Whether to write also names that would cover others.
    """
    made: Any = ax.figure
    figure = getattr(made, "figure", made)  # of a subfigure, its figure
    if (engine := figure.get_layout_engine()) is not None:
        engine.execute(figure)
    point = figure.dpi / 72
    to_points = ax.transData.transform
    places: Floats = to_points(np.c_[x, y]) / point
    taken = [np.r_[place - _MARKER, place + _MARKER] for place in places]
    for line in lines:
        ends = to_points(line.get_xydata()) / point
        if not len(ends):
            continue
        steps = np.linspace(0, 1, 80)[:, None]
        dots = ends[0] + steps * (ends[-1] - ends[0])
        taken += [np.r_[dot - 1, dot + 1] for dot in dots]
    written: list[Floats] = []
    frame = np.ravel(ax.bbox.get_points()) / point
    for place, name, at in zip(places, names, zip(x, y, strict=True), strict=True):
        size = np.array([_WIDE * _SIZE * len(name), _HIGH * _SIZE])
        options = [(away, way) for away in _AWAY for way in _WAYS]
        boxes = np.array([_box(place, size, away, way) for away, way in options])
        covered = _overlaps(boxes, np.array(taken)).sum(axis=1)
        outside = size.prod() - _overlaps(boxes, frame[None])[:, 0]
        best = int(np.argmin(np.round(covered + 4 * outside, 3)))  # of equal ones the nearest
        if written and not all_of_them:
            most = _overlaps(boxes[best : best + 1], np.array(written)).max()
            if most > _COVERED * size.prod():
                continue
        written.append(boxes[best])
        taken.append(boxes[best])
        away, (right, up) = options[best]
        ax.annotate(
            name,
            at,
            xytext=(away * right, away * up),
            textcoords="offset points",
            ha=("right", "center", "left")[right + 1],
            va=("top", "center", "bottom")[up + 1],
            fontsize=_SIZE,
            arrowprops={"arrowstyle": "-", "color": "0.6", "linewidth": 0.6}
            if away > _LED
            else None,
        )


def _box(place: Floats, size: Floats, away: float, way: tuple[int, int]) -> Floats:
    """Left, bottom, right and top of a name, in points."""
    low = place + np.array(way) * away - size * (1 - np.array(way)) / 2
    return np.concatenate([low, low + size])


def _overlaps(a: Floats, b: Floats) -> Floats:
    """Areas that each of a has in common with each of b, shape (len(a), len(b))."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    return np.asarray(np.maximum(high - low, 0).prod(axis=2))
