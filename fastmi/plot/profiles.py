"""Curves along a map: neighbouring k-mers by position, and all pairs by distance."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..interpretation import Interpretation, Selected, map_of, significance_of
from ..results import MIResult
from ..stats.intervals import MIIntervals
from ._axes import LOG_DEPTH, axes_or_new, number_positions, position_label
from ._tested import CURVES, value_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..stats.result import Significance

STATISTICS = ("mean", "max", "both")
SIZE = (5.6, 3.2)
DOTS: dict[str, Any] = {"marker": ".", "markersize": 3.5}  # a point alone is seen, too
_FEW_PAIRS = 10


def open_spines(ax: Axes) -> None:
    """Axes of a curve: no lines above and to the right of it."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.margins(x=0.02)


def position_axis(ax: Axes, result: MIResult, kind: str) -> None:
    """Ticks and label of the axis along which a curve of this kind runs."""
    if kind == "adjacent":
        number_positions(ax.xaxis, result)
        ax.set_xlabel(position_label(result, "i"))
        return
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    ax.set_xlabel("distance j \N{MINUS SIGN} i (letters, start to start)")


def _drawn(given: Any, value: str | None) -> tuple[MIResult, str]:
    """The map whose curves are drawn, and its label."""
    tested, result = significance_of(given), map_of(given)
    if value is None:
        value = "mi" if tested is None else "corrected"
    if value not in CURVES:
        raise ValueError(f"value must be one of {', '.join(CURVES)}, got {value!r}")
    matrix, label, _ = value_of(result, tested, value, None)
    return replace(result, matrix=matrix), label


def adjacent(
    result: MIResult | Significance | Selected | Interpretation,
    *,
    value: Literal["mi", "corrected"] | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Values of neighbouring k-mers, the pairs (i, i + k), along the sequence.

    Parameters
    ----------
    result : MIResult, Significance, Selected or Interpretation
        What to draw.
    value : {"mi", "corrected"}, optional
        The map; or, if it was tested, what of it is beyond the null, which is the default then.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure of 5.6 x 3.2 inches.
    title : str, optional
        Title of the Axes.

    Returns
    -------
    matplotlib Axes
    """
    result, label = _drawn(result, value)
    ax = axes_or_new(ax, SIZE)
    table = result.adjacent()
    ax.plot(
        table["i"] + result.first_position, table["value"], color="C0", linewidth=1.4, **DOTS
    )
    position_axis(ax, result, "adjacent")
    ax.set_ylabel(f"{label}\nof i and i + {result.k}")
    ax.set_ylim(bottom=min(0.0, float(np.nanmin(table["value"], initial=0.0))))
    open_spines(ax)
    if title is not None:
        ax.set_title(title)
    return ax


def by_distance(
    result: MIResult | Significance | Selected | Interpretation | MIIntervals,
    *,
    value: Literal["mi", "corrected"] | None = None,
    band: MIIntervals | None = None,
    ax: Axes | None = None,
    statistic: Literal["mean", "max", "both"] | None = None,
    scale: Literal["linear", "log"] | None = None,
    title: str | None = None,
) -> Axes:
    """Mean and maximum over the pairs of each distance.

    Parameters
    ----------
    result : MIResult, Significance, Selected, Interpretation or MIIntervals
        What to draw; intervals are drawn with their band.
    value : {"mi", "corrected"}, optional
        The map; or, if it was tested, what of it is beyond the null, which is the default then.
    band : MIIntervals, optional
        Intervals of the same map, drawn around the mean. Values are then those without bias,
        of which the intervals are.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure of 5.6 x 3.2 inches.
    statistic : {"both", "mean", "max"}, optional
        Which curves; by default both, with a band the mean.
    scale : {"linear", "log"}, optional
        Of the values; by default log where both curves are drawn and the largest value is
        more than ten times the median of the means, else linear. What is beyond a null is drawn
        linear as far as it goes below 0.
    title : str, optional
        Title of the Axes.

    Returns
    -------
    matplotlib Axes
    """
    if isinstance(result, MIIntervals):
        band = result
        result = band.result
    if statistic is None:
        statistic = "both" if band is None else "mean"
    if statistic not in STATISTICS:
        raise ValueError(f"statistic must be one of {', '.join(STATISTICS)}, got {statistic!r}")
    if scale not in (None, "linear", "log"):
        raise ValueError(f"scale must be 'linear' or 'log', got {scale!r}")
    result, label = _drawn(result, value)
    if band is not None:
        if not np.array_equal(result.matrix, band.result.matrix, equal_nan=True):
            raise ValueError("the band belongs to another map")
        result = replace(result, matrix=band.corrected)
        label += ", less bias"
    ax = axes_or_new(ax, SIZE)
    table = result.by_distance()
    names = ["max", "mean"] if statistic == "both" else [statistic]
    for name in names:
        ax.plot(
            table["distance"],
            table[name],
            color={"mean": "C0", "max": "0.6"}[name],
            linewidth={"mean": 1.6, "max": 1.1}[name],
            **DOTS,
            label={"mean": "mean over pairs", "max": "maximum"}[name],
        )
    drawn = np.concatenate([table[name] for name in names])
    if band is not None and "mean" in names:
        drawn = np.concatenate([drawn, *_draw_band(ax, band)])
    drawn = drawn[~np.isnan(drawn)]
    largest = float(drawn.max(initial=0.0))
    if scale is None:
        means = table["mean"][~np.isnan(table["mean"])]
        wide = statistic == "both" and means.size and largest > 10 * abs(np.median(means)) > 0
        scale = "log" if wide else "linear"
    noise = -float(drawn.min(initial=0.0))
    far = largest > 10 * noise
    if scale == "log" and noise > 0 and (far or band is not None):
        # what lies on both sides of 0 is noise; a tick begins the rest
        linear = 10.0 ** (np.ceil if far else np.floor)(np.log10(noise))
        ax.set_yscale("symlog", linthresh=linear, linscale=0.5)
        ax.axhline(0, color="0.8", linewidth=0.8, zorder=0)
    elif scale == "log" and largest > 0:
        ax.set_yscale("log", nonpositive="mask")
        ax.set_ylim(bottom=max(0.7 * drawn[drawn > 0].min(), LOG_DEPTH * largest))
    else:
        ax.set_ylim(bottom=min(0.0, float(drawn.min(initial=0.0))))
    few = table["distance"][table["n_pairs"] < _FEW_PAIRS]
    if 0 < len(few) < len(table) / 2:
        ax.axvspan(
            few[0] - 0.5, few[-1] + 0.5, color="0.94", zorder=0, label=f"< {_FEW_PAIRS} pairs"
        )
    position_axis(ax, result, "by_distance")
    ax.set_ylabel(label)
    if statistic == "both" or band is not None:
        ax.legend(frameon=False)
    open_spines(ax)
    if title is not None:
        ax.set_title(title)
    return ax


def _draw_band(ax: Axes, band: MIIntervals) -> tuple[Any, Any]:
    """Intervals of the means as an area; gives their ends."""
    low, high = band.curve["low"], band.curve["high"]
    ax.fill_between(
        band.curve["distance"],
        low,
        high,
        color="C0",
        alpha=0.22,
        linewidth=0,
        label=f"{100 * band.level:g} % interval of the mean",
    )
    ax.axhline(0, color="0.6", linewidth=0.8, zorder=0)
    return low, high
