"""Effects side by side: local importances as boxes or violins, or effects with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from .._numbers import Doubles
from ..gia.effects import Effects
from ._axes import axes_or_new
from ._boxes import DOT, MEAN, Shapes
from ._colours import SERIES
from ._rows import (
    Heads,
    Indices,
    Rows,
    Unit,
    axis_of,
    chosen,
    in_colours,
    is_number,
    legend_above,
    word_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KINDS = ("box", "violin", "interval")
_CHARACTER = 0.095  # inches
_LONG = 10  # characters of a label that is read lying
_WIDEST = 6.0  # inches of upright boxes in a new figure
_FILLED = 0.72  # of the room of a place
_MOST = 200  # boxes that have names
_FEW_TICKS = 12
_CLOSEST = 60  # boxes side by side that are no thinner than lines


def effects(
    effects: Effects,
    *,
    x: str | None = None,
    by: str | Sequence[str] | None = None,
    kind: Literal["box", "violin", "interval"] | None = None,
    fit: bool = False,
    quantity: str | None = None,
    head: Heads = None,
    scale: str | None = None,
    unit: Unit = "score",
    horizontal: bool | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Box plot of local importances, a box for each row of the table.

    A box has the quartiles and the median, its whiskers reach from the 5th to the 95th
    percentile, and a triangle marks the mean, the global importance. Values beyond the
    whiskers are not drawn.

    Parameters
    ----------
    effects : Effects
        What an experiment found.
    x : str, optional
        Column of the table that says where a row stands: along an axis if it is of numbers,
        side by side otherwise. By default rows have a place each, under their names.
    by : str or sequence of str, optional
        Columns told apart by colour, such as "pattern". Where rows are of several heads, these
        are, too.
    kind : {"box", "violin", "interval"}, optional
        "violin" has densities around quartiles and whiskers, without the outermost half
        percent at either end. "interval" has effects and their
        intervals alone, of which those without bounds are dotted, with a tip at the end of the
        axis. By default boxes, and intervals of ratios, which have no local values.
    fit : bool
        Whether to draw a line through the effects along ``x``, with R^2 of the effects and of
        all local importances, one line for each colour.
    quantity, scale : str, optional
        Which rows; by default those of the quantity and the scale of the first row.
    head : str, int, or sequence of these, optional
        Names or numbers of the model's scores; by default all.
    unit : {"score", "sd"}
        Values in units of the score, or in standard deviations of the backgrounds' scores.
    horizontal : bool, optional
        Whether boxes lie; by default where names are long or many.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.
    title : str, optional
        Title of the Axes.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        Several rows have the same place and colour, there is no such column, a ratio is to
        have boxes, or a line is to go along no numbers.

    Notes
    -----
    Figures 2b-d, 3c and 4c of P. K. Koo et al., doi:10.1371/journal.pcbi.1008925, are such
    plots. The line is that of least squares, the same for effects and for local importances;
    R^2 of two or three effects is near 1 whatever they are.

    Examples
    --------
    >>> import fastmi
    >>> from fastmi.gia import GIA, importance
    >>> model = fastmi.models.wrap(lambda s: [x.count("A") for x in s], takes="strings")
    >>> gia = GIA(model, fastmi.simulate.random(1000, 20, rng=1))
    >>> found = importance(gia, {"one": "A@3", "two": "AA@3", "three": "AAA@3"})
    >>> ax = fastmi.plot.effects(found)
    >>> [label.get_text() for label in ax.get_xticklabels()], ax.get_ylabel()
    (['one', 'two', 'three'], 'effect on score')
    """
    rows = chosen(effects, quantity, head, scale, unit)
    drawn = _checked_kind(kind, rows)
    places = _places(rows, x, by)
    if fit and places.names is not None:
        raise ValueError("a line goes along numbers: fit=True needs x=, a column of them")
    lying = _lies(places, ax) if horizontal is None else bool(horizontal)
    ax = axes_or_new(ax, _size(places, lying))
    (ax.axvline if lying else ax.axhline)(rows.nothing, color="0.6", linewidth=0.8, zorder=1)
    shapes = Shapes(ax, lying)
    for colour, (name, some) in zip(SERIES, places.series, strict=False):
        at = places.at[some]
        if drawn == "interval":
            _intervals(shapes, at, places.width, rows, some, colour)
        else:
            draw = shapes.boxes if drawn == "box" else shapes.violins
            draw(at, places.width, rows.local[some], colour)
            shapes.points(at, rows.effect[some], **MEAN)
        if fit:
            _line(shapes, at, rows.local[some], colour, name)
        elif name:
            ax.plot([], [], "s", color=colour, label=name)
    if drawn == "interval":
        _unbounded(shapes, places, rows)
    _place_axis(ax, places, lying, "" if x is None else axis_of(x))
    (ax.set_xlabel if lying else ax.set_ylabel)(rows.axis)
    ax.spines[["top", "right"]].set_visible(False)
    legend_above(ax, title)
    return ax


class Places(NamedTuple):
    """Where rows stand, and in which colour.

    ``x`` are their numbers, or those of ``names``; ``at`` is ``x`` with boxes of several
    colours side by side.
    """

    x: Doubles
    at: Doubles
    width: float
    names: list[str] | None
    series: list[tuple[str, Indices]]

    @property
    def number(self) -> int:
        """How many places there are."""
        return len(np.unique(self.x))


def _checked_kind(kind: str | None, rows: Rows) -> str:
    if kind is None:
        return "interval" if rows.is_ratio else "box"
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {kind!r}")
    if rows.is_ratio and kind != "interval":
        raise ValueError(
            f"a ratio of effects has no value in each background: kind='interval', got {kind!r}"
        )
    return kind


def _places(rows: Rows, x: str | None, by: str | Sequence[str] | None) -> Places:
    """The places of all rows; those without a number have none."""
    columns = [] if by is None else [by] if isinstance(by, str) else list(by)
    heads = rows.n_heads
    in_places = x is None and (len(rows) == heads or heads > len(SERIES))
    if heads > 1 and x != "head" and "head" not in columns and not in_places:
        columns.append("head")
    series = in_colours(rows.series(columns))
    names, room = None, 1.0
    if x is not None and is_number(rows.column(x)):
        at = rows.column(x).astype(np.float64)
        if not np.isfinite(at).any():
            raise ValueError(f"no row has a number in {x!r}")
        series = [(name, some[np.isfinite(at[some])]) for name, some in series]
        apart = np.diff(np.unique(at[np.isfinite(at)]))
        if apart.size:
            room = max(float(apart.min()), float(apart.sum()) / _CLOSEST)
    else:
        labels = (
            rows.names(columns)
            if x is None
            else [word_of(x, value) or "none" for value in rows.column(x).tolist()]
        )
        names = list(dict.fromkeys(labels))
        if len(names) > _MOST:
            raise ValueError(
                f"at most {_MOST} boxes can be read, not {len(names)}: draw fewer rows "
                "(effects.only())"
            )
        at = np.array([names.index(label) for label in labels], np.float64)
    return Places(at, *_side_by_side(at, _FILLED * room, series), names, series)


def _side_by_side(
    at: Doubles, width: float, series: list[tuple[str, Indices]]
) -> tuple[Doubles, float]:
    """Places of boxes of several colours, each beside the other, and their width."""
    here: dict[float, list[int]] = {}
    for n, (_, some) in enumerate(series):
        for place in at[some].tolist():
            if n in here.setdefault(place, []):
                raise ValueError(
                    "several rows have the same place and colour: choose among them by "
                    "effects.only(), or name what tells them apart by x= or by="
                )
            here[place].append(n)
    each = width / max(map(len, here.values()))
    moved = at.copy()
    for n, (_, some) in enumerate(series):
        for row in some:
            others = here[at[row]]
            moved[row] += (others.index(n) - (len(others) - 1) / 2) * each
    return moved, each * (0.88 if len(series) > 1 else 1.0)


def _intervals(
    shapes: Shapes, at: Doubles, width: float, rows: Rows, some: Indices, colour: str
) -> None:
    """Effects with their intervals, of rows whose intervals are bounded or missing."""
    low, high, effect = rows.low[some], rows.high[some], rows.effect[some]
    bounded = np.isfinite(low) & np.isfinite(high)
    shapes.intervals(at[bounded], width, (low[bounded], high[bounded]), colour)
    shown = ~(np.isinf(low) | np.isinf(high))
    shapes.points(
        at[shown],
        effect[shown],
        marker="o",
        markersize=5,
        color=colour,
        linestyle="none",
        zorder=4,
    )


def _unbounded(shapes: Shapes, places: Places, rows: Rows) -> None:
    """Intervals without bounds, which must not say how far the axis goes."""
    without = np.isinf(rows.low) | np.isinf(rows.high)
    if not without.any():
        return
    ax = shapes.ax
    get, set_ = (ax.get_xlim, ax.set_xlim) if shapes.lying else (ax.get_ylim, ax.set_ylim)
    if without.all():
        away = np.abs(rows.effect - rows.nothing)
        most = 1.5 * float(np.nanmedian(away)) if np.isfinite(away).any() else 1.0
        set_(rows.nothing - most, rows.nothing + most)
    low, high = get()
    set_(low, high)
    for colour, (_, some) in zip(SERIES, places.series, strict=False):
        which = some[without[some]]
        shapes.arrows(places.at[which], rows.low[which], rows.high[which], colour)
        inside = which[(rows.effect[which] >= low) & (rows.effect[which] <= high)]
        shapes.points(
            places.at[inside],
            rows.effect[inside],
            markerfacecolor="white",
            color=colour,
            **DOT,
        )
    ax.plot([], [], ":", color="0.3", label="interval without bounds")


def _line(shapes: Shapes, x: Doubles, local: Doubles, colour: str, name: str) -> None:
    """The line of least squares, and how much of the squares it takes."""
    if len(np.unique(x)) < 2:
        raise ValueError("a line needs effects at two places at least")
    away, means = x - x.mean(), local.mean(axis=1)
    slope = float(away @ means / (away @ away))
    ends = np.array([x.min(), x.max()])
    explained = slope**2 * float(away @ away)
    of_means = _share(explained, means)
    of_all = _share(explained * local.shape[1], local)
    words = f"R\N{SUPERSCRIPT TWO} {of_means:.3f} of means, {of_all:.3f} of local values"
    shapes.points(
        ends,
        means.mean() + slope * (ends - x.mean()),
        color=colour,
        linestyle="--",
        linewidth=1.4,
        zorder=3,
        label=f"{name}: {words}" if name else words,
    )


def _share(explained: float, values: Doubles) -> float:
    """Of the squares around the mean."""
    total = float(((values - values.mean()) ** 2).sum())
    return min(explained / total, 1.0) if total > 0 else float("nan")


def _lies(places: Places, ax: Axes | None) -> bool:
    """Whether names are too long to stand side by side."""
    if places.names is None:
        return False
    longest = max(map(len, places.names))
    inches = _WIDEST if ax is None else ax.bbox.width / ax.figure.dpi
    return longest > _LONG or _upright(places) > inches


def _upright(places: Places) -> float:
    """Inches that all boxes take side by side."""
    boxes = max(0.5, 0.24 * len(places.series))
    text = 0.0 if places.names is None else _CHARACTER * max(map(len, places.names)) + 0.22
    return places.number * max(boxes, text)


def _size(places: Places, lying: bool) -> tuple[float, float]:
    if not lying:
        return min(max(0.9 + _upright(places), 3.8), 12.0), 3.4
    text = _CHARACTER * max(map(len, places.names or [""]))
    each = max(0.3, 0.17 * len(places.series))
    return min(3.8 + text, 12.0), 0.9 + each * max(places.number, 2)


def _place_axis(ax: Axes, places: Places, lying: bool, label: str) -> None:
    axis = ax.yaxis if lying else ax.xaxis
    values = np.unique(places.x[np.isfinite(places.x)])
    half = places.width * len(places.series) / _FILLED / 2
    low, high = float(values.min()) - half, float(values.max()) + half
    if places.names is not None:
        axis.set_ticks(range(len(places.names)), places.names)
        axis.set_tick_params(length=0, pad=7)
        room = 0.1 if len(places.names) > 1 else 0.5
        low, high = -0.5 - room, len(places.names) - 0.5 + room
    elif len(values) <= _FEW_TICKS:
        axis.set_ticks(
            values.tolist(), [f"{v:.6g}".replace("-", "\N{MINUS SIGN}") for v in values]
        )
    if lying and places.names is not None:  # the first on top
        low, high = high, low
    (ax.set_ylim if lying else ax.set_xlim)(low, high)
    axis.set_label_text(label)
