"""Sequence logos: of motifs, of effects, of anything with a number for each letter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .._checks import check_size
from .._frequencies import in_letters_of
from .._numbers import as_reals
from ..alphabet import Alphabet, get_alphabet
from ..motifs import Motif
from ._axes import axes_or_new, beneath, number
from ._colours import Colours, colours_of
from ._letters import draw, stacked
from .structures import checked_profile, structure_track, width_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LARGEST = 1e100  # sums of such heights are still numbers that axes can show
_ROOM = 0.02  # of the highest stack, between it and the end of the axis
_TRACK = 0.3  # of the height, for a structure track


def logo(
    heights: npt.ArrayLike | Motif,
    *,
    alphabet: str | Alphabet = "dna",
    ax: Axes | None = None,
    colors: Colours = None,
    flip: bool | None = None,
    structure: npt.ArrayLike | str | None = None,
    title: str | None = None,
    first_position: int = 0,
) -> Axes:
    """Sequence logo: a stack of letters for each position, the largest farthest from zero.

    Letters of negative heights hang below zero. All letters are one collection of shapes.

    Parameters
    ----------
    heights : array_like, shape (L, A), or Motif
        Of each letter at each position, such as information, counts or effects. A data
        frame's columns are the letters, in any order. Of a motif, :meth:`Motif.heights` is
        drawn, information in bits, on an axis up to the most that a position can have.
    alphabet : str or Alphabet
        "dna", "rna", "protein", or the letters in the order of the columns. A motif has its
        own.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.
    colors : optional
        "colorblind", any colour of matplotlib for all letters, or a mapping of letters to
        colours, in which those left out are grey. By default those of logomaker: A green, C
        blue, G orange and T or U red; amino acids by chemistry, hydrophobic ones black, polar
        green, amides purple, basic blue and acidic red; other letters grey.
    flip : bool, optional
        Whether letters below zero stand on their heads; by default they do, unless the
        alphabet has both M and W.
    structure : array_like or str, optional
        Of an RNA: what :func:`structure_track` draws, here beneath the logo, along the same
        positions. It takes the lower part of the place of ``ax``, and is the last Axes of the
        figure.
    title : str, optional
        Title of the Axes.
    first_position : int
        Number of the first position.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import fastmi
    >>> ax = fastmi.plot.logo([[0.5, 0, -1, 0], [0, 2, 0, 0]], first_position=-1)
    >>> len(ax.collections[0].get_paths())
    3
    >>> fastmi.plot.logo(fastmi.Motif.from_iupac("TGCATG")).get_ylabel()
    'information (bits)'
    """
    motif = heights if isinstance(heights, Motif) else None
    if isinstance(heights, Motif):
        letters, values = heights.alphabet.letters, heights.heights()
    else:
        letters = _letters(alphabet)
        values = _checked(heights, letters)
    first = check_size("first_position", first_position, -(2**62))
    colours = colours_of(letters, colors)
    profile = None if structure is None else checked_profile(structure)
    if profile is not None and len(profile) != len(values):
        raise ValueError(f"the structure has {len(profile)} positions, the logo {len(values)}")
    if not isinstance(flip, bool | None):
        raise TypeError(f"flip must be True, False or None, got {flip!r}")
    if flip is None:
        flip = not {"M", "W"} <= set(letters.upper())  # one on its head reads as the other
    boxes = stacked(values)
    ax = axes_or_new(ax, (width_of(len(values)), 2.0 if profile is None else 3.0))
    draw(ax, boxes, letters, colours, first=first, flip=flip)
    ax.set_xlim(first - 0.5, first + len(values) - 0.5)
    if motif is None:
        _span(ax, boxes.bottom.min(initial=0), (boxes.bottom + boxes.height).max(initial=0))
    else:
        ax.set_ylim(0, np.log2(len(letters)))
        ax.set_ylabel("information (bits)")
    ax.spines[["top", "right"]].set_visible(False)
    if profile is None:
        number(ax.xaxis, first, len(values))
        ax.set_xlabel("position")
    else:
        structure_track(profile, ax=beneath(ax, _TRACK), first_position=first)
        ax.tick_params(axis="x", labelbottom=False)
    if title is not None:
        ax.set_title(title)
    return ax


def _letters(alphabet: str | Alphabet) -> str:
    """The letters; also a single one, of which no sequence could be made."""
    if isinstance(alphabet, str) and len(alphabet) == 1:
        return alphabet
    return get_alphabet(alphabet).letters


def _checked(heights: Any, letters: str) -> npt.NDArray[np.float64]:
    """The heights, columns in the order of the letters; raise where they cannot be drawn."""
    try:
        array = as_reals(heights)
    except (TypeError, ValueError):
        raise TypeError(
            f"heights must be a matrix of numbers, got {type(heights).__name__}"
        ) from None
    if array.ndim != 2 or array.shape[1] != len(letters) or not len(array):
        raise ValueError(
            f"heights must have shape (L, {len(letters)}), one row a position and one column "
            f"for each of {letters!r}, got {array.shape}"
        )
    names = getattr(heights, "columns", None)
    if names is not None and len(letters) > 1:
        array = in_letters_of(array, "".join(map(str, names)), get_alphabet(letters))
    wrong = ~(np.abs(array) < _LARGEST)
    if wrong.any():
        at, code = (int(x) for x in np.argwhere(wrong)[0])
        raise ValueError(
            f"heights must be finite, and below {_LARGEST:g}, got {array[at, code]:g} for "
            f"{letters[code]!r} at position {at}"
        )
    return array


def _span(ax: Axes, low: float, high: float) -> None:
    """Limits of the axis of heights, with zero in them; a line there if letters hang below."""
    room = _ROOM * (high - low)
    if low < 0:
        ax.axhline(0, color="black", linewidth=0.8, zorder=1)
    if not low < high:
        low, high, room = 0.0, 1.0, 0.0
    ax.set_ylim(low - room * (low < 0), high + room * (high > 0))
