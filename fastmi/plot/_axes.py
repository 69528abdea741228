"""What the plots share: axes to draw on, position ticks, names of measures."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from ..results import MIResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

Limits: TypeAlias = 'Literal["full", "robust"] | float'

LOG_DEPTH = 1e-5  # of the largest value: where log scales begin at the lowest

MEASURE_NAMES = {
    "MI": "mutual information",
    "JS": "Jensen-Shannon distance",
    "JS_inv": "1 - Jensen-Shannon distance",
    "BC": "Bhattacharyya distance",
    "BC_inv": "inverted Bhattacharyya distance",
    "HE": "Hellinger distance",
    "EP_rms": "epistasis, root mean square",
    "EP_mean": "epistasis, mean",
    "EP_abs": "epistasis, mean size",
    "MI_APC": "mutual information - average product",
    "MI_ASC": "mutual information - average sum",
    "CMI": "conditional mutual information",
    "NMI_sument": "mutual information / sum of entropies",
    "NMI_minent": "mutual information / smaller entropy",
    "NMI_maxent": "mutual information / larger entropy",
    "NMI_mincon": "mutual information / smaller conditional entropy",
    "NMI_maxcon": "mutual information / larger conditional entropy",
    "NMI_joint": "mutual information / joint entropy",
}


def axes_or_new(ax: Axes | None, size: tuple[float, float]) -> Axes:
    """The given Axes, or those of a new figure of this size in inches.

    The new figure is of no pyplot state: it goes when its Axes go, and nothing pops up.
    """
    if ax is not None:
        return ax
    from matplotlib.figure import Figure

    # "compressed" keeps a colour bar as high as a square map, and all text inside
    shape: dict[str, Any] = {"figsize": size, "layout": "compressed", "dpi": 120}
    figure = Figure(**shape)
    try:  # in a notebook or an interactive session the figure should show itself
        import matplotlib.pyplot as plt

        if plt.isinteractive():
            figure = plt.figure(**shape)
    except ImportError:
        pass
    return figure.add_subplot()


def widest(values: npt.NDArray[np.float64], limits: Limits) -> float:
    """How far colours reach to either side of 0: as far as all values, most, or a number."""
    sizes = np.abs(values[np.isfinite(values)])
    if isinstance(limits, str):
        if limits not in ("full", "robust"):
            raise ValueError(f"limits must be 'full', 'robust' or a number, got {limits!r}")
        most = np.percentile(sizes, 100 if limits == "full" else 99.8) if sizes.size else 0.0
    else:
        most = float(limits)
        if not 0 < most < np.inf:
            raise ValueError(f"limits must be above 0, got {limits!r}")
    return float(most) or float(sizes.max(initial=0.0)) or 1.0


def above(ax: Axes, share: float) -> Axes:
    """New Axes above these, on the same positions, in the highest share of their place."""
    figure, spec = ax.figure, ax.get_subplotspec()
    if spec is not None:
        cells = spec.subgridspec(2, 1, height_ratios=(share, 1 - share))
        ax.set_subplotspec(cells[1])
        return figure.add_subplot(cells[0], sharex=ax)
    x, y, width, height = ax.get_position(original=True).bounds
    ax.set_position((x, y, width, (1 - share) * height))
    bottom = y + (1 - 0.9 * share) * height
    return figure.add_axes((x, bottom, width, 0.9 * share * height), sharex=ax)


def beneath(ax: Axes, share: float) -> Axes:
    """New Axes below these, on the same positions, in the lowest share of their place."""
    figure, spec = ax.figure, ax.get_subplotspec()
    if spec is not None:
        cells = spec.subgridspec(2, 1, height_ratios=(1 - share, share))
        ax.set_subplotspec(cells[0])
        return figure.add_subplot(cells[1], sharex=ax)
    x, y, width, height = ax.get_position(original=True).bounds
    ax.set_position((x, y + share * height, width, (1 - share) * height))
    return figure.add_axes((x, y, width, 0.8 * share * height), sharex=ax)


def value_label(result: MIResult) -> str:
    """Name and unit of what the result holds."""
    name = MEASURE_NAMES[result.measure]
    return f"{name} ({result.unit})" if result.unit else name


def position_label(result: MIResult, which: str = "") -> str:
    """Label of an axis of positions."""
    start = "" if result.k == 1 else f", start of {result.k}-mer"
    return f"position{' ' + which if which else ''}{start}"


def number_positions(axis: Axis, result: MIResult) -> None:
    """Whole position numbers as ticks, with the reference's letters if there are any."""
    bins = 6 if result.reference is not None and result.k > 1 else 9
    number(axis, result.first_position, result.n_positions, result.label, bins)


def number(
    axis: Axis,
    first: int,
    n_positions: int,
    label: Callable[[int], str] | None = None,
    bins: int = 9,
) -> None:
    """Whole numbers from the first position's as ticks, or what the label says of its index."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    def name(value: float, _: int | None = None) -> str:
        i = round(value) - first
        if abs(value - round(value)) > 1e-6 or not 0 <= i < n_positions:
            return ""
        text = str(i + first) if label is None else label(i)
        return text.replace("-", "\N{MINUS SIGN}")

    axis.set_major_locator(MaxNLocator(bins, integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))
    axis.set_major_formatter(FuncFormatter(name))
