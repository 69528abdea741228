"""How an effect is spread over many models, or many heads of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .._checks import check_size
from .._numbers import Doubles, as_reals
from ..gia.effects import Effects
from ._axes import axes_or_new
from ._colours import SERIES
from ._rows import Heads, Unit, chosen, legend_above
from .profiles import SIZE, open_spines

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FILL = 0.35  # of the colour
_MOST_BINS = 60
_MOST_ASKED = 10_000
_ROOM = 0.03  # of the axis, at either end


def histogram(
    effects: Effects | Mapping[str, npt.ArrayLike] | npt.ArrayLike,
    *,
    by: str | Sequence[str] | None = None,
    bins: int | None = None,
    quantity: str | None = None,
    head: Heads = None,
    scale: str | None = None,
    unit: Unit = "score",
    nothing: float | None = None,
    label: str | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Histogram of an effect over many heads or models, one or several of them for comparison.

    Parameters
    ----------
    effects : Effects, mapping of array_like, or array_like
        Effects of many heads; or numbers, one a model, by what they are: ``{"left": ...,
        "right": ...}``.
    by : str or sequence of str, optional
        Of effects, columns told apart by colour; by default rows are by their names, or by
        what else they differ in.
    bins : int, optional
        Number of bins, the same for all; by default by numpy's rule.
    quantity, scale : str, optional
        Of effects: which rows; by default those of the quantity and the scale of the first row.
    head : str, int, or sequence of these, optional
        Of effects: of which heads; by default of all.
    unit : {"score", "sd"}
        Of effects, as for :func:`fastmi.plot.effects`.
    nothing : float, optional
        Where a line marks that there is no effect; by default 1 for ratios and 0 otherwise.
    label : str, optional
        Of the axis of effects; of Effects there is one by default.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure of 5.6 x 3.2 inches.
    title : str, optional
        Title of the Axes.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        There are no numbers, or more histograms than colours.

    Notes
    -----
    Dashed lines are medians. What is not finite is left out, and ratios whose interval has no
    bounds, which divide by what may be 0; the numbers of the legend say how many are in.
    Figures 4d and 4e of P. K. Koo et al., doi:10.1371/journal.pcbi.1008925.

    Examples
    --------
    >>> import fastmi
    >>> ax = fastmi.plot.histogram({"left": [1, 2, 2, 3], "right": [4, 5, float("nan")]})
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['left: median 2 (n = 4)', 'right: median 4.5 (n = 2 of 3)']
    """
    if isinstance(effects, Effects):
        rows = chosen(effects, quantity, head, scale, unit)
        values = rows.effect.copy()
        if rows.is_ratio:
            values[np.isinf(rows.low) | np.isinf(rows.high)] = np.nan
        if by is None:
            names = np.array(rows.names(["head"]))
            found = {name: values[names == name] for name in dict.fromkeys(names.tolist())}
        else:
            found = {name: values[some] for name, some in rows.series(by)}
        nothing = rows.nothing if nothing is None else nothing
        label = rows.axis if label is None else label
    else:
        named = effects if isinstance(effects, Mapping) else {"": effects}
        found = {str(name): _numbers(name, values) for name, values in named.items()}
    if not 0 < len(found) <= len(SERIES):
        raise ValueError(f"histograms are 1 to {len(SERIES)}, got {len(found)}")
    finite = {name: values[np.isfinite(values)] for name, values in found.items()}
    every = np.concatenate(list(finite.values()))
    if not every.size:
        raise ValueError("there are no numbers to draw")
    edges = _edges(every, bins)
    from matplotlib.ticker import MaxNLocator

    ax = axes_or_new(ax, SIZE)
    zero = 0.0 if nothing is None else float(nothing)
    ax.axvline(zero, color="0.6", linewidth=0.8, zorder=1)
    for colour, (name, values) in zip(SERIES, finite.items(), strict=False):
        counts, _ = np.histogram(values, edges)
        ax.stairs(counts, edges, fill=True, color=colour, alpha=_FILL)
        ax.stairs(counts, edges, color=colour, linewidth=1.2, label=_words(name, values, found))
        if values.size:
            ax.axvline(float(np.median(values)), color=colour, linestyle="--", linewidth=1.2)
    ends = np.array([edges[0], edges[-1], zero])
    room = _ROOM * float(np.ptp(ends))
    ax.set_xlim(ends.min() - room, ends.max() + room)
    ax.yaxis.set_major_locator(MaxNLocator("auto", integer=True))
    ax.set_xlabel(label or "effect")
    ax.set_ylabel("heads" if isinstance(effects, Effects) else "models")
    open_spines(ax)
    legend_above(ax, title)
    return ax


def _numbers(name: object, values: Any) -> Doubles:
    try:
        array = as_reals(values)
    except (TypeError, ValueError):
        raise TypeError(f"effects {name!r} must be numbers, got {values!r}") from None
    if array.ndim != 1:
        raise ValueError(f"effects {name!r} must have one axis, got shape {array.shape}")
    return array


def _edges(values: Doubles, bins: int | None) -> Doubles:
    """Edges of bins of all values, of which a single one has some room."""
    if bins is not None:
        n = check_size("bins", bins, 1)
        if n > _MOST_ASKED:
            raise ValueError(f"bins must be at most {_MOST_ASKED:,}, got {n:,}")
    else:
        n = min(len(np.histogram_bin_edges(values, "auto")) - 1, _MOST_BINS)
    low, high = float(values.min()), float(values.max())
    if low == high:
        half = 0.05 * abs(low) or 0.5
        low, high = low - half, high + half
    return np.linspace(low, high, n + 1)


def _words(name: str, values: Doubles, found: Mapping[str, Doubles]) -> str:
    """Name, median and number of values, for the legend."""
    n, all_of_them = len(values), len(found[name])
    count = f"n = {n}" if n == all_of_them else f"n = {n} of {all_of_them}"
    median = f"median {np.median(values):.3g}" if n else "no median"
    words = f"{median} ({count})".replace("-", "\N{MINUS SIGN}")
    return f"{name}: {words}" if name else words
