"""Effects of variants against what was measured of them, such as K_D."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .._numbers import Doubles
from ..gia.affinity import compare_to_measured
from ..gia.effects import Effects
from ._axes import axes_or_new
from ._colours import SERIES
from ._labels import label_points
from ._rows import Heads, Rows, chosen, in_colours, legend_above

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = (5.0, 4.0)
_WIDE = 1.5  # decades from which powers of ten are ticks enough


def measured(
    effects: Effects,
    values: Mapping[str, float] | None = None,
    *,
    log: bool = True,
    label: str = "measured",
    names: bool | None = None,
    head: Heads = None,
    scale: str | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Scatter plot of effects against what was measured, with the line through them.

    Parameters
    ----------
    effects : Effects
        Of :func:`fastmi.gia.affinity`, or others with a row for each ``pattern``.
    values : mapping of str to float, optional
        What was measured of patterns; by default the column ``measured``.
    log : bool
        Whether the line is through the logarithms of what was measured; the axis is in units
        of what was measured, at logarithmic distances.
    label : str
        Of that axis, such as "K_D (nM)".
    names : bool, optional
        Whether patterns are written beside their points; by default those that find room.
    head : str, int, or sequence of these, optional
        Names or numbers of the model's scores; by default all, told apart by colour.
    scale : str, optional
        By default that of the first row.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure of 5 x 4 inches.
    title : str, optional
        Title of the Axes.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        Nothing was measured, or a pattern has several rows.

    Notes
    -----
    Bars are the intervals of the effects, which more backgrounds make shorter. The line, r and
    p are those of :func:`fastmi.gia.compare_to_measured`: they are of so many patterns,
    whatever the backgrounds. Figure 2f of P. K. Koo et al., doi:10.1371/journal.pcbi.1008925.

    Examples
    --------
    >>> import fastmi
    >>> from fastmi.gia import GIA, affinity
    >>> model = fastmi.models.wrap(
    ...     lambda s: [sum(a == b for a, b in zip(x[17:24], "UGCAUGU")) for x in s],
    ...     takes="strings")
    >>> gia = GIA(model, fastmi.simulate.random(1000, 41, "rna", rng=1))
    >>> found = affinity(gia, {"UGCAUGU": 0.8, "AGCAUGU": 5, "AGUAUGU": 30, "AAAAUGU": 200})
    >>> ax = fastmi.plot.measured(found, label="K_D (nM)")
    >>> ax.get_legend().get_texts()[0].get_text()
    'r = \N{MINUS SIGN}1.000, p = 6.3e\N{MINUS SIGN}05, n = 4'
    """
    rows = chosen(effects, "importance", head, scale)
    series = in_colours(rows.series("head"))
    known = {name: set(rows.labels[name].tolist()) for name in ("head", "scale")}
    some = effects.only(**{name: list(values) for name, values in known.items()})
    answers = {a["head"]: a for a in compare_to_measured(some, values, log=log)}
    if not any(answer["n"] for answer in answers.values()):
        raise ValueError("nothing was measured of any pattern of these effects")
    ax = axes_or_new(ax, SIZE)
    if log:
        ax.set_xscale("log")
    points, lines = [], []
    for colour, (name, these) in zip(SERIES, series, strict=False):
        x = _measured(rows, these, values)
        these, x = these[np.isfinite(x)], x[np.isfinite(x)]
        y = rows.effect[these]
        ax.vlines(x, rows.low[these], rows.high[these], colors=colour, linewidth=1.4)
        ax.plot(x, y, "o", color=colour, markersize=5, zorder=3)
        points += [
            (*at, str(pattern))
            for *at, pattern in zip(x, y, rows.labels["pattern"][these], strict=True)
        ]
        lines += _line(ax, answers[name], x, colour, name if len(series) > 1 else "")
    _ticks(ax, np.array([x for x, _, _ in points]), log)
    ax.set_xlabel(label)
    ax.set_ylabel(rows.axis)
    ax.spines[["top", "right"]].set_visible(False)
    ax.margins(0.09)
    legend_above(ax, title)
    if names is not False:
        x, y = (np.array([point[i] for point in points], np.float64) for i in (0, 1))
        texts = [name for _, _, name in points]
        label_points(ax, x, y, texts, lines, all_of_them=names is True)
    return ax


def _measured(rows: Rows, some: Any, values: Mapping[str, float] | None) -> Doubles:
    """What was measured of some rows, NaN where nothing was."""
    if values is None:
        return np.asarray(rows.labels["measured"][some], np.float64)
    found = (values.get(str(pattern)) for pattern in rows.labels["pattern"][some])
    return np.array([np.nan if value is None else value for value in found], np.float64)


def _line(ax: Axes, answer: dict[str, Any], x: Doubles, colour: str, name: str) -> list[Any]:
    """The line, from the least to the largest measured; its label says how well it fits."""
    words = f"n = {answer['n']}"
    ends, heights = np.array([]), np.array([])
    if answer["slope"] is not None:
        words = f"r = {answer['r']:.3f}, p = {answer['p']:.2g}, {words}"
        ends = np.array([x.min(), x.max()])
        along = np.log(ends) if answer["log"] else ends
        heights = answer["intercept"] + answer["slope"] * along
    words = words.replace("-", "\N{MINUS SIGN}")
    return ax.plot(
        ends,
        heights,
        "--",
        color=colour,
        linewidth=1.2,
        zorder=2,
        label=f"{name}: {words}" if name else words,
    )


def _ticks(ax: Axes, x: Doubles, log: bool) -> None:
    """Numbers as they are written, 100 and not ten to the second."""
    if not log:
        return
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    wide = np.ptp(np.log10(x)) >= _WIDE
    ax.xaxis.set_major_locator(LogLocator(subs=(1.0,) if wide else (1.0, 2.0, 5.0)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
