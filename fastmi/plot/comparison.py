"""Two maps in one picture: half and half, their difference, their curves together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..comparing import Comparison
from ..results import MIResult
from ..stats.differences import MIDifference
from ._axes import Limits, axes_or_new, value_label, widest
from ._marks import outline
from .heatmap import heatmap
from .profiles import DOTS, SIZE, open_spines, position_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def halves(
    comparison: Comparison,
    *,
    ax: Axes | None = None,
    title: str | None = None,
    **options: Any,
) -> Axes:
    """Both maps in one: the first above the diagonal, the second below, on one scale.

    Parameters
    ----------
    comparison : Comparison
        What to draw.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.
    title : str, optional
        Title of the Axes.
    **options : Any
        As for :func:`heatmap`: ``limits``, ``scale``, ``cmap``, ``colorbar``.

    Returns
    -------
    matplotlib Axes
    """
    a, b = comparison.a, comparison.b
    both = np.where(np.tri(a.n_positions, dtype=bool), b.matrix, a.matrix)
    ax = heatmap(replace(a, matrix=both), ax=ax, title=title, **options)
    for name, at, side in zip(
        comparison.names, ((0.97, 0.97), (0.03, 0.03)), ("top", "bottom"), strict=True
    ):
        _label(ax, name, at, side)
    return ax


def _label(ax: Axes, name: str, at: tuple[float, float], side: str) -> None:
    from matplotlib.patheffects import withStroke

    right = at[0] > 0.5
    ax.text(
        *at,
        name,
        transform=ax.transAxes,
        ha="right" if right else "left",
        va=side,
        color="white",
        fontweight="bold",
        path_effects=[withStroke(linewidth=2.2, foreground="black", alpha=0.6)],
    )


def difference(
    comparison: Comparison | MIDifference,
    *,
    max_q: float = 0.05,
    ax: Axes | None = None,
    limits: Limits = "full",
    cmap: Any = "RdBu_r",
    colorbar: bool = True,
    title: str | None = None,
) -> Axes:
    """The first map minus the second: red where the first has more, blue where the second.

    Parameters
    ----------
    comparison : Comparison or MIDifference
        What to draw. Of tested differences, those of maps without their bias, and lines around
        the pairs whose q is small.
    max_q : float
        The largest q that counts as small.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.
    limits : {"full", "robust"} or float
        The colours go from minus to plus the largest difference, its 99.8th percentile, or
        this number (in the maps' unit).
    cmap : str or Colormap
        One with a neutral middle.
    colorbar : bool
        Whether to add a colour bar.
    title : str, optional
        Title of the Axes.

    Returns
    -------
    matplotlib Axes
    """
    tested = comparison if isinstance(comparison, MIDifference) else None
    shown = replace(comparison.a, matrix=comparison.difference)
    most = widest(shown.matrix, limits)
    ax = heatmap(shown, ax=ax, limits=(-most, most), cmap=cmap, colorbar=colorbar, title=title)
    if colorbar:
        a, b = comparison.names
        bar = ax.images[0].colorbar
        assert bar is not None
        unit = f" ({shown.unit})" if shown.unit else ""
        bar.set_label(f"{a} \N{MINUS SIGN} {b}{unit}")
    if tested is not None:
        with np.errstate(invalid="ignore"):
            outline(ax, tested.q <= max_q, shown.first_position)
    return ax


def overlay(
    results: Mapping[str, MIResult] | Comparison,
    *,
    kind: Literal["by_distance", "adjacent"] = "by_distance",
    scale: Literal["linear", "log"] = "linear",
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Curves of several maps on one pair of axes.

    Parameters
    ----------
    results : mapping of MIResult, or Comparison
        Maps by name.
    kind : {"by_distance", "adjacent"}
        The mean over the pairs of each distance, or the values of neighbouring k-mers.
    scale : {"linear", "log"}
        Of the values.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.
    title : str, optional
        Title of the Axes.

    Returns
    -------
    matplotlib Axes
    """
    if kind not in ("by_distance", "adjacent"):
        raise ValueError(f"kind must be by_distance or adjacent, got {kind!r}")
    if scale not in ("linear", "log"):
        raise ValueError(f"scale must be linear or log, got {scale!r}")
    if isinstance(results, Comparison):
        results = dict(zip(results.names, (results.a, results.b), strict=True))
    if not results:
        raise ValueError("there are no maps to draw")
    first = next(iter(results.values()))
    ax, lowest = axes_or_new(ax, SIZE), 0.0
    for n, (name, result) in enumerate(results.items()):
        if kind == "by_distance":
            table = result.by_distance()
            x, y = table["distance"], table["mean"]
        else:
            table = result.adjacent()
            x, y = table["i"] + result.first_position, table["value"]
        lowest = float(np.fmin(lowest, np.nanmin(y, initial=0.0)))
        ax.plot(x, y, color=f"C{n}", linewidth=1.6, label=name, **DOTS)
    position_axis(ax, first, kind)
    what = value_label(first)
    ax.set_ylabel(f"mean {what}" if kind == "by_distance" else what)
    if scale == "log":
        ax.set_yscale("log", nonpositive="mask")
    elif lowest == 0:
        ax.set_ylim(bottom=0.0)
    ax.legend(frameon=False)
    open_spines(ax)
    if title is not None:
        ax.set_title(title)
    return ax


def comparison(
    compared: Comparison | MIDifference,
    *,
    max_q: float = 0.05,
    axes: Sequence[Axes] | None = None,
) -> Figure:
    """Two maps compared, in one figure: half and half, their difference, their curves.

    Parameters
    ----------
    compared : Comparison or MIDifference
        What to draw; of tested differences, maps without their bias, and lines around the pairs
        whose q is small.
    max_q : float
        The largest q that counts as small.
    axes : sequence of three matplotlib Axes, optional
        Where to draw; by default a new figure of 15 x 4.4 inches.

    Returns
    -------
    matplotlib Figure
    """
    if axes is None:
        from matplotlib.figure import Figure

        figure = Figure(figsize=(15, 4.4), dpi=120)
        figure.set_layout_engine("constrained", w_pad=0.12, h_pad=0.08)
        axes = list(figure.subplots(1, 3, width_ratios=(1, 1, 1.05)))
    if len(axes) != 3:
        raise ValueError(f"axes are three, got {len(axes)}")
    maps, title = compared, "difference"
    if isinstance(compared, MIDifference):
        maps = Comparison(*compared.corrected, compared.names)
        title += f", lines: q \N{LESS-THAN OR EQUAL TO} {max_q:g}"
    assert isinstance(maps, Comparison)
    halves(maps, ax=axes[0], title=" and ".join(compared.names))
    difference(compared, max_q=max_q, ax=axes[1], title=title)
    overlay(maps, ax=axes[2], title="by distance")
    made: Any = axes[0].figure
    drawn: Figure = getattr(made, "figure", made)  # of a subfigure, its figure
    return drawn
