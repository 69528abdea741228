"""Curves of effects: by the gap between two patterns, by the start of one, by any number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..gia.effects import Effects
from ._axes import axes_or_new
from ._colours import SERIES
from ._rows import Heads, Indices, Rows, Unit, axis_of, chosen, is_number, legend_above
from .profiles import DOTS, SIZE, open_spines

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DASHES = ("-", "--", ":")
_BAND = 0.2  # of its colour


def curve(
    effects: Effects,
    *,
    x: str | None = None,
    by: str | Sequence[str] | None = None,
    quantity: str | None = None,
    head: Heads = None,
    scale: str | None = None,
    unit: Unit = "score",
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Effects along numbers, such as gaps or starts, with their intervals as bands.

    Parameters
    ----------
    effects : Effects
        What an experiment found.
    x : str, optional
        Column of numbers to draw along; by default "gap", else "start", where it varies.
    by : str or sequence of str, optional
        Columns told apart by colour; by default those of text that vary, such as the order and
        the strands of two patterns, and others only where rows would be mixed up. Heads are
        told apart, too.
    quantity : str, optional
        Which rows; by default interactions along "gap", else what the first row is.
    head : str, int, or sequence of these, optional
        Names or numbers of the model's scores; by default all.
    scale : str, optional
        By default that of the first row.
    unit : {"score", "sd"}
        Values in units of the score, or in standard deviations of the backgrounds' scores.
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
        There is no such column of numbers, or several rows are alike in all columns.

    Notes
    -----
    A band is the interval of each effect on its own, and not one that holds the whole curve.
    Where an interval has no bounds, as those of ratios may, there is no band.

    Examples
    --------
    >>> import fastmi
    >>> from fastmi.gia import GIA, spacing
    >>> model = fastmi.models.wrap(lambda s: ["GCGCACGCG" in x for x in s], takes="strings")
    >>> gia = GIA(model, fastmi.simulate.random(1000, 20, rng=1))
    >>> ax = fastmi.plot.curve(spacing(gia, "GCGC", "CGCG", range(4), orders="ab"))
    >>> ax.get_xlabel(), ax.lines[1].get_xdata().tolist()
    ('gap (letters between the patterns)', [0.0, 1.0, 2.0, 3.0])
    """
    if x is None and isinstance(effects, Effects):
        x = _numbers(effects)
    if quantity is None and x == "gap" and "interaction" in effects.labels["quantity"]:
        quantity = "interaction"
    rows = chosen(effects, quantity, head, scale, unit)
    if x is None or not is_number(rows.column(x)):
        raise ValueError(
            f"a curve goes along numbers: x= must name a column of them, got {x!r}"
        )
    series = _series(rows, x, by)
    if len(series) > (most := len(SERIES) * len(_DASHES)):
        raise ValueError(
            f"at most {most} curves can be told apart, not {len(series)}: draw fewer heads "
            "(head=) or rows (effects.only())"
        )
    ax = axes_or_new(ax, SIZE)
    ax.axhline(rows.nothing, color="0.6", linewidth=0.8, zorder=1)
    along = rows.column(x).astype(np.float64)
    for n, (name, some) in enumerate(series):
        some = some[np.argsort(along[some], kind="stable")]
        low, high = rows.low[some], rows.high[some]
        bounded = np.isfinite(low) & np.isfinite(high)
        colour = SERIES[n % len(SERIES)]
        if bounded.any():
            ax.fill_between(
                along[some], low, high, where=bounded, color=colour, alpha=_BAND, linewidth=0
            )
        ax.plot(
            along[some],
            rows.effect[some],
            color=colour,
            linestyle=_DASHES[n // len(SERIES)],
            linewidth=1.4,
            **DOTS,
            label=name or None,
        )
    if rows.column(x).dtype.kind == "i":
        from matplotlib.ticker import MaxNLocator

        ax.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    ax.set_xlabel(axis_of(x))
    ax.set_ylabel(rows.axis)
    open_spines(ax)
    legend_above(ax, title)
    return ax


def _numbers(effects: Effects) -> str:
    """The column along which effects are most likely meant to be drawn."""
    varied = [
        name
        for name, column in effects.labels.items()
        if is_number(column) and len(np.unique(column)) > 1
    ]
    for name in ("gap", "start", *varied):
        if name in varied:
            return name
    raise ValueError("a curve goes along numbers, and no column of them varies")


def _series(rows: Rows, x: str, by: str | Sequence[str] | None) -> list[tuple[str, Indices]]:
    """Rows by colour, such that no two of a colour are at one number."""
    varied = [name for name in rows.varied if name != x]
    text = [name for name in varied if not is_number(rows.column(name))]
    heads = ["head"] if rows.n_heads > 1 else []
    given = text if by is None else [by] if isinstance(by, str) else list(by)
    along = rows.column(x)
    for columns in (given, varied) if by is None else (given,):
        series = rows.series([*columns, *(h for h in heads if h not in columns)])
        if all(len(np.unique(along[some])) == len(some) for _, some in series):
            return series
    raise ValueError(
        f"several rows of one colour have the same {x}: choose among them by effects.only(), "
        "or name what tells them apart by by="
    )
