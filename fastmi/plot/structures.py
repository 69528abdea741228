"""Structure logos: which part of its fold each letter of an RNA is in, along the sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .._checks import check_size
from .._numbers import as_reals
from ._axes import axes_or_new, number
from ._letters import draw, stacked

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Colours of the palette of Okabe and Ito, https://jfly.uni-koeln.de/color/
CONTEXTS = {
    "P": ("paired", "#0072B2"),
    "U": ("unpaired", "#E69F00"),
    "H": ("hairpin loop", "#E69F00"),
    "I": ("internal loop", "#009E73"),
    "M": ("multiloop", "#CC79A7"),
    "E": ("external", "0.6"),
}
_LETTERS = {2: "PU", 5: "PHIME"}
_ROUNDED = 0.01  # beyond 1: sums of probabilities that were written with two digits


def structure_track(
    profile: npt.ArrayLike | str,
    *,
    ax: Axes | None = None,
    title: str | None = None,
    first_position: int = 0,
    legend: bool = True,
) -> Axes:
    """Structure logo: how likely each context of RNA structure is at each position.

    Letters are as high as their probabilities, the likeliest on top.

    Parameters
    ----------
    profile : array_like, shape (L, 2) or (L, 5), or str
        Probabilities of P (paired) and U (unpaired), or of P, H (hairpin loop), I (internal
        loop or bulge), M (multiloop) and E (external), in this order. Rows add to 1, or to
        less where nothing is known. Or one structure in dots and brackets, such as
        ``"..((...)).."``, whose loops are then told apart.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure. For a logo with this track beneath it see
        ``structure`` of :func:`logo`.
    title : str, optional
        Title of the Axes.
    first_position : int
        Number of the first position.
    legend : bool
        Whether to say what the letters mean.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import fastmi
    >>> ax = fastmi.plot.structure_track("((...))")
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['P paired', 'H hairpin loop']
    """
    probabilities = checked_profile(profile)
    first = check_size("first_position", first_position, -(2**62))
    letters = _LETTERS[probabilities.shape[1]]
    ax = axes_or_new(ax, (width_of(len(probabilities)), 1.5))
    draw(
        ax,
        stacked(probabilities),
        letters,
        [CONTEXTS[c][1] for c in letters],
        first=first,
    )
    ax.set_xlim(first - 0.5, first + len(probabilities) - 0.5)
    ax.set_ylim(0, 1)
    ax.set_yticks([0, 1])
    number(ax.xaxis, first, len(probabilities))
    ax.set_xlabel("position")
    ax.set_ylabel("structure", fontsize="small")
    ax.spines[["top", "right"]].set_visible(False)
    if legend:
        _explain(ax, [c for c, p in zip(letters, probabilities.T, strict=True) if p.any()])
    if title is not None:
        ax.set_title(title)
    return ax


def width_of(n_positions: int) -> float:
    """Inches of a new figure: wide enough for its letters, up to a page held sideways."""
    return float(min(max(0.3 * n_positions + 0.8, 2.4), 12.0))


def checked_profile(profile: npt.ArrayLike | str) -> npt.NDArray[np.float64]:
    """Probabilities of contexts, shape (L, 2) or (L, 5); raise unless they are."""
    if isinstance(profile, str):
        return contexts(profile)
    try:
        array = as_reals(profile)
    except (TypeError, ValueError):
        raise TypeError(
            f"a structure profile is numbers or a string, got {type(profile).__name__}"
        ) from None
    if array.ndim != 2 or array.shape[1] not in _LETTERS or not len(array):
        raise ValueError(
            "a structure profile has shape (L, 2), for P and U, or (L, 5), for P, H, I, M and "
            f"E, got {array.shape}"
        )
    wrong = ~((array >= 0) & (array <= 1 + _ROUNDED))
    if wrong.any():
        at, context = (int(x) for x in np.argwhere(wrong)[0])
        raise ValueError(
            "a structure profile has probabilities from 0 to 1, got "
            f"{array[at, context]:g} for {_LETTERS[array.shape[1]][context]} at position {at}"
        )
    sums = array.sum(axis=1)
    if (sums > 1 + _ROUNDED).any():
        at = int(sums.argmax())
        raise ValueError(
            "the probabilities of a position add to at most 1, got "
            f"{sums[at]:g} at position {at}"
        )
    return array


def contexts(structure: str) -> npt.NDArray[np.float64]:
    """One structure as a profile, shape (L, 5): 1 for the context of each letter.

    Parameters
    ----------
    structure : str
        Dots for unpaired letters, brackets for pairs.
    """
    if not structure:
        raise ValueError("a structure has at least one letter, got ''")
    letters = _LETTERS[5]
    found = np.full(len(structure), letters.index("P"))
    opened: list[int] = []
    loops: list[list[int]] = [[]]  # unpaired letters of each loop that is still open
    stems = [0]  # that begin in it
    for at, letter in enumerate(structure):
        if letter == ".":
            loops[-1].append(at)
        elif letter == "(":
            stems[-1] += 1
            opened.append(at)
            loops.append([])
            stems.append(0)
        elif letter != ")":
            raise ValueError(
                f"a structure is written with '.', '(' and ')', got {letter!r} at position {at}"
            )
        elif not opened:
            raise ValueError(f"the bracket at position {at} of the structure closes nothing")
        else:
            opened.pop()
            found[loops.pop()] = letters.index("HIM"[min(stems.pop(), 2)])
    if opened:
        raise ValueError(f"the bracket at position {opened[-1]} of the structure stays open")
    found[loops[0]] = letters.index("E")
    return np.asarray(np.eye(len(letters))[found])


def _explain(ax: Axes, shown: list[str]) -> None:
    from matplotlib.lines import Line2D

    handles: list[Any] = [
        Line2D([], [], linestyle="none", marker="s", color=CONTEXTS[c][1]) for c in shown
    ]
    ax.legend(
        handles,
        [f"{c} {CONTEXTS[c][0]}" for c in shown],
        loc="upper left",
        bbox_to_anchor=(1.0, 1.1),
        frameon=False,
        fontsize="small",
        handletextpad=0.2,
        labelspacing=0.2,
        borderaxespad=0.0,
    )
