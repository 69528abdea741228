"""The map itself: a heat map over all pairs of positions, and guide lines for one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from .._checks import check_pair
from ..interpretation import Interpretation, Selected, map_of, significance_of
from ..results import MIResult
from ._axes import LOG_DEPTH, axes_or_new, number_positions, position_label
from ._outlines import outline
from ._tested import DEFAULT_Q, check_level, in_title, value_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Normalize

    from ..stats.result import Significance

SCALES = ("linear", "log")
TRIANGLES = ("upper", "lower")
_BAND = "0.88"  # grey of cells without a value
_ROBUST = (1.0, 99.8)  # percentiles that the colours span
_FEW = 370  # positions up to which every cell is a pixel or more, at 100 dpi
_MOST = 700  # positions up to which it is at 200 dpi; beyond, blocks of cells are drawn


def heatmap(
    result: MIResult | Significance | Selected | Interpretation,
    *,
    ax: Axes | None = None,
    value: Literal["mi", "corrected", "p", "significant"] = "mi",
    q: float | None = DEFAULT_Q,
    limits: Literal["full", "robust"] | tuple[float, float] = "full",
    scale: Literal["linear", "log"] = "linear",
    triangle: Literal["upper", "lower"] | None = None,
    cmap: Any = None,
    colorbar: bool = True,
    title: str | None = None,
) -> Axes:
    """Heat map of a result: position i downwards, position j to the right.

    Of a map that was tested, the pairs that stand out are outlined, and a line above says under
    which null. Cells without a value (overlapping k-mers) are grey. The image is rasterised, so
    that a PDF stays small and its text stays text. Maps of more than 700 positions are drawn as
    the largest values of blocks of cells, so that no strong pair falls between the pixels.

    Parameters
    ----------
    result : MIResult, Significance, Selected or Interpretation
        What to draw. Its ``first_position`` and ``reference`` number and label the ticks.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure of 5.6 x 4.8 inches.
    value : {"mi", "corrected", "p", "significant"}
        The map; or, if it was tested, what of it is beyond the null, its p, or which pairs
        have at most this q, in black.
    q : float, optional
        Pairs with a q of at most this are outlined; None for no outlines.
    limits : {"full", "robust"} or (float, float)
        Range of the colours: all values, percentiles 1 to 99.8 of them, or these two (in the
        result's unit). Arrow tips at the colour bar tell that values lie beyond.
    scale : {"linear", "log"}
        How colours follow values. With "log", values of 0 and less get the lowest colour.
    triangle : {"upper", "lower"}, optional
        Draw only j > i or only j < i.
    cmap : str or Colormap, optional
        Any of matplotlib's; by default viridis, of p reversed.
    colorbar : bool
        Whether to add a colour bar with the unit.
    title : str, optional
        Title of the Axes.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import fastmi
    >>> r = fastmi.pairwise_mi(["ACGT", "TTGA", "GATC"], k=1)
    >>> ax = fastmi.plot.heatmap(r)
    >>> ax.get_xlabel()
    'position j'
    """
    if scale not in SCALES:
        raise ValueError(f"scale must be one of {', '.join(SCALES)}, got {scale!r}")
    if triangle is not None and triangle not in TRIANGLES:
        raise ValueError(f"triangle must be one of {', '.join(TRIANGLES)}, got {triangle!r}")
    import matplotlib

    tested, result = significance_of(result), map_of(result)
    if q is not None:
        check_level(q)
    values, label, usual = value_of(result, tested, value, q)
    ax = axes_or_new(ax, (5.6, 4.8))
    shown = np.array(values)
    finite = shown[np.isfinite(shown)]
    if triangle == "upper":
        shown[np.tri(len(shown), dtype=bool)] = np.nan
    elif triangle == "lower":
        shown[~np.tri(len(shown), k=-1, dtype=bool)] = np.nan
    if value == "significant":
        limits, colorbar = (0.0, 1.0), False
    norm, extend = _colour_range(finite, limits, scale)
    if scale == "log":
        shown = np.where(shown <= 0, norm.vmin or 0.0, shown)
    side = -(-len(shown) // _MOST)
    shown = _largest_of_blocks(shown, side)
    low = result.first_position - 0.5
    high = low + side * len(shown)  # the last block may reach beyond the last position
    cmap = usual if cmap is None else cmap
    colours = matplotlib.colormaps[cmap] if isinstance(cmap, str) else cmap
    image = ax.imshow(
        shown,
        norm=norm,
        cmap=colours.with_extremes(bad=(0, 0, 0, 0) if triangle else _BAND),
        extent=(low, high, high, low),
        interpolation="nearest" if result.n_positions <= _FEW else "antialiased",
        rasterized=True,
    )
    ax.set_xlim(low, low + result.n_positions)
    ax.set_ylim(low + result.n_positions, low)
    number_positions(ax.xaxis, result)
    number_positions(ax.yaxis, result)
    ax.set_xlabel(position_label(result, "j"))
    ax.set_ylabel(position_label(result, "i"))
    if triangle:
        ax.spines[["top", "right"] if triangle == "lower" else ["left", "bottom"]].set_visible(
            False
        )
        if triangle == "upper":
            ax.xaxis.tick_top()
            ax.xaxis.set_label_position("top")
            ax.yaxis.tick_right()
            ax.yaxis.set_label_position("right")
    if colorbar:
        figure = ax.get_figure()
        assert figure is not None
        figure.colorbar(image, ax=ax, label=label, extend=extend, pad=0.03)
    if tested is not None and q is not None:
        if value != "significant":
            with np.errstate(invalid="ignore"):
                found = _any_of_blocks(tested.q <= q, side)
            outline(ax, found & ~np.isnan(shown), low, side)
        words = in_title(title, tested, q, outlined=value != "significant")
        ax.set_title(words, fontsize="medium")
    elif title is not None:
        ax.set_title(title)
    return ax


def _any_of_blocks(chosen: npt.NDArray[np.bool_], side: int) -> npt.NDArray[np.bool_]:
    """Whether any cell of side x side blocks is chosen."""
    return _largest_of_blocks(chosen.astype(float), side) > 0


def _largest_of_blocks(values: npt.NDArray[np.float64], side: int) -> npt.NDArray[np.float64]:
    """Maxima of side x side blocks, NaN where a block has no value."""
    if side < 2:
        return values
    n = -(-len(values) // side)
    padded = np.full((n * side, n * side), -np.inf)
    padded[: len(values), : len(values)] = np.where(np.isnan(values), -np.inf, values)
    largest = padded.reshape(n, side, n, side).max(axis=(1, 3))
    return np.where(np.isneginf(largest), np.nan, largest)


def _colour_range(
    finite: npt.NDArray[np.float64], limits: Any, scale: str
) -> tuple[Normalize, str]:
    """The norm, and which ends of the colour bar need an arrow tip."""
    from matplotlib.colors import LogNorm, Normalize

    if isinstance(limits, str) and limits not in ("robust", "full"):
        raise ValueError(f"limits must be 'robust', 'full' or two numbers, got {limits!r}")
    usable = finite[finite > 0] if scale == "log" else finite
    if usable.size == 0:
        return Normalize(0.0, 1.0), "neither"
    if limits == "robust":
        low, high = (float(x) for x in np.percentile(usable, _ROBUST))
        if scale == "log":
            low = max(low, high * LOG_DEPTH)
        elif low - float(usable.min()) < 0.02 * (high - low):
            low = float(usable.min())  # no arrow tip for what the eye cannot tell apart
    elif limits == "full":
        low, high = float(usable.min()), float(usable.max())
    else:
        try:
            low, high = (float(x) for x in limits)
        except (TypeError, ValueError):
            raise ValueError(
                f"limits must be 'robust', 'full' or two numbers, got {limits!r}"
            ) from None
        if not low < high or (scale == "log" and low <= 0):
            above = " and above 0 on a log scale" if scale == "log" else ""
            raise ValueError(f"limits must be (low, high), low < high{above}, got {limits!r}")
    if not low < high:  # all values equal
        low, high = (low / 2, low * 2) if low > 0 else (low, low + 1)
    under, over = bool(finite.min() < low), bool(finite.max() > high)
    extend = {(0, 0): "neither", (1, 0): "min", (0, 1): "max", (1, 1): "both"}[under, over]
    return (LogNorm if scale == "log" else Normalize)(low, high), extend


def annotate_pair(
    ax: Axes,
    result: MIResult | Significance | Selected | Interpretation,
    i: int,
    j: int,
    *,
    label: str | None = None,
    color: str = "white",
) -> Axes:
    """Guide lines from the cell of a pair to the diagonal, as the arrows of the papers.

    Parameters
    ----------
    ax : matplotlib Axes
        Of :func:`heatmap`.
    result : MIResult, Significance, Selected or Interpretation
        The result drawn there.
    i, j : int
        0-based starts of the two k-mers, i + k <= j (as in ``result.top_pairs()``).
    label : str, optional
        Text at the cell; by default the two position labels.
    color : str
        Of lines and text.

    Returns
    -------
    matplotlib Axes
    """
    result = map_of(result)
    i, j = check_pair(i, j, result.n_positions, result.k)
    from matplotlib.patheffects import withStroke

    x, y = j + result.first_position, i + result.first_position
    if _hidden(ax, result, i, j):  # a lower triangle: the mirror cell is the one to see
        x, y = y, x
    outline = [withStroke(linewidth=2.2, foreground="black", alpha=0.6)]
    for end in ((y, y), (x, x)):
        ax.annotate(
            "",
            xy=end,
            xytext=(x, y),
            arrowprops={
                "arrowstyle": "-|>",
                "color": color,
                "linewidth": 1.0,
                "shrinkA": 3,
                "shrinkB": 0,
                "path_effects": outline,
            },
        )
    if label is None:
        names = (result.label(p).replace("-", "\N{MINUS SIGN}") for p in (i, j))
        label = " \N{EN DASH} ".join(names)
    # beside the cell, on the side where there is room: to the right unless that is near the
    # edge, above the guide line unless the cell is near the top
    along, down = ((p - result.first_position) / result.n_positions for p in (x, y))
    side, above = (1 if along < 0.7 else -1), (1 if down > 0.08 else -1)
    ax.annotate(
        label,
        (x + 0.5 * side, y - 0.5 * above),
        xytext=(3 * side, 3 * above),
        textcoords="offset points",
        ha="left" if side > 0 else "right",
        va="bottom" if above > 0 else "top",
        color=color,
        path_effects=outline,
        fontsize="small",
    )
    return ax


def _hidden(ax: Axes, result: MIResult, i: int, j: int) -> bool:
    """Whether the map drawn on these Axes leaves out the half with (i, j)."""
    if not ax.images:
        return False
    image: npt.NDArray[np.float64] = np.ma.asarray(ax.images[0].get_array(), float)
    drawn = np.ma.filled(image, np.nan)
    side = -(-result.n_positions // len(drawn))
    upper, lower = drawn[i // side, j // side], drawn[j // side, i // side]
    return bool(np.isnan(upper) and not np.isnan(lower))
