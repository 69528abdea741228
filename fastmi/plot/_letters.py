"""Letters as shapes: each outline is made once, and fitted into boxes of a stack."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

WIDTH = 0.95  # of a letter, in positions
_WIDEST = "E"  # no letter is stretched sideways more than this one, so that I stays an I
_SMALLEST = 1e-6  # of the highest stack: what is lower cannot be seen, and is left out


class Outline(NamedTuple):
    """A letter whose box is the unit square."""

    vertices: Floats
    codes: npt.NDArray[np.uint8]
    aspect: float  # width over height, before


class Boxes(NamedTuple):
    """Where letters stand: position by position, and in each from 0 outwards."""

    position: Ints
    letter: Ints
    bottom: Floats
    height: Floats  # always above 0
    below: npt.NDArray[np.bool_]


@cache
def outline(letter: str) -> Outline:
    """The letter in matplotlib's own bold sans, which is the same on every machine."""
    if not letter.isprintable() or letter.isspace():
        raise ValueError(f"{letter!r} has no shape that could be drawn")
    import matplotlib
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    font = FilePath(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans-Bold.ttf")
    path = TextPath((0, 0), letter, size=100, prop=FontProperties(fname=str(font)))
    vertices, codes = np.array(path.vertices, np.float64), np.array(path.codes, np.uint8)
    box = path.get_extents()
    vertices = (vertices - (box.x0, box.y0)) / (box.width, box.height)
    vertices.flags.writeable = codes.flags.writeable = False
    return Outline(vertices, codes, box.width / box.height)


def stacked(heights: Floats) -> Boxes:
    """Boxes of the letters: above 0 upwards and below 0 downwards, the largest outermost.

    Of equal letters the first of the alphabet is farther out.

    Parameters
    ----------
    heights : ndarray of float64, shape (L, A)
        Finite. A height of 0 has no box.
    """
    n, size = heights.shape
    sizes = np.abs(heights)
    order = size - 1 - np.argsort(sizes[:, ::-1], axis=1, kind="stable")
    sizes = np.take_along_axis(sizes, order, axis=1)
    below = np.take_along_axis(heights, order, axis=1) < 0
    edges = np.zeros((2, n, size + 1))  # of the letters above 0, and of those below
    for side, of in zip(edges, (~below, below), strict=True):
        np.cumsum(sizes * of, axis=1, out=side[:, 1:])
    up, down = edges
    bottoms = np.where(below, -down[:, 1:], up[:, :-1])
    tallest = edges.max(initial=0.0)
    position, place = np.nonzero(sizes > _SMALLEST * tallest)
    at = position, place
    return Boxes(position, order[at], bottoms[at], sizes[at], below[at])


def draw(
    ax: Axes,
    boxes: Boxes,
    letters: str,
    colours: Sequence[Any],
    *,
    first: int = 0,
    flip: bool = False,
    width: float = WIDTH,
) -> PathCollection:
    """Draw all letters as one collection, whose paths are in the order of the boxes.

    Parameters
    ----------
    ax : matplotlib Axes
        Where to draw; its limits stay as they are.
    boxes : Boxes
        Of these letters.
    letters : str
        One each for the codes in the boxes.
    colours : sequence of matplotlib colours
        As many.
    first : int
        Number of the first position.
    flip : bool
        Whether the letters below 0 stand on their heads.
    width : float
        Of the widest letters, in positions.

    Returns
    -------
    matplotlib PathCollection
    """
    from matplotlib.collections import PathCollection
    from matplotlib.colors import to_rgba_array
    from matplotlib.path import Path

    paths: list[Any] = [None] * len(boxes.letter)
    widest = outline(_WIDEST).aspect
    for code in np.unique(boxes.letter).tolist():
        shape = outline(letters[code])
        which = np.flatnonzero(boxes.letter == code)
        across = width * min(1.0, shape.aspect / widest)
        upright = shape.vertices[:, 1]
        heads = (boxes.below[which] & flip)[:, None]
        vertices = np.empty((len(which), *shape.vertices.shape))
        vertices[:, :, 0] = (first + boxes.position[which])[:, None] + across * (
            shape.vertices[:, 0] - 0.5
        )
        vertices[:, :, 1] = boxes.bottom[which][:, None] + boxes.height[which][
            :, None
        ] * np.where(heads, 1 - upright, upright)
        for at, each in zip(which.tolist(), vertices, strict=True):
            paths[at] = Path(each, shape.codes)
    drawn = PathCollection(
        paths,
        facecolors=to_rgba_array(list(colours))[boxes.letter],
        edgecolors="none",
        linewidths=0,
        zorder=2,
    )
    drawn.set_snap(False)  # else the straight letters alone would jump to whole pixels
    ax.add_collection(drawn, autolim=False)
    return drawn
