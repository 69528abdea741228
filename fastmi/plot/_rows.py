"""What plots of effects share: which rows are drawn, what tells them apart, and their names."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from .._heads import head_number
from .._numbers import Doubles
from ..gia.effects import Effects
from ..gia.scales import SCORE
from ._colours import SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Heads: TypeAlias = "str | int | Sequence[str | int] | None"
Unit: TypeAlias = Literal["score", "sd"]
Indices: TypeAlias = npt.NDArray[np.intp]

_NAMES = {
    "importance": "effect on",
    "interaction": "interaction in",
    "difference": "difference of effects on",
    "ratio": "ratio of effects on",
}
_AXES = {
    "gap": "gap (letters between the patterns)",
    "start": "start",
    "copies": "number of sites",
}
_LINE = 34  # characters of an axis label in one line
_FIXED = ("quantity", "name", "head", "scale")


@dataclass(frozen=True)
class Rows:
    """Rows of one quantity, on one scale.

    Attributes
    ----------
    labels : mapping of ndarray, shape (rows,)
        What each row is.
    effect, low, high : ndarray of float64, shape (rows,)
        The mean of the local values, and its interval.
    local : ndarray of float64, shape (rows, n)
        In each background; of ratios that above the line.
    quantity : str
        What they are.
    axis : str
        Label of an axis of them.
    """

    labels: Mapping[str, npt.NDArray[Any]]
    effect: Doubles
    low: Doubles
    high: Doubles
    local: Doubles
    quantity: str
    axis: str

    def __len__(self) -> int:
        return len(self.effect)

    @property
    def is_ratio(self) -> bool:
        """Whether there are no local values."""
        return self.quantity == "ratio"

    @property
    def nothing(self) -> float:
        """Where a row lies that has no effect."""
        return 1.0 if self.is_ratio else 0.0

    @property
    def varied(self) -> list[str]:
        """Columns that are not the same in all rows."""
        return [
            name
            for name, column in self.labels.items()
            if name not in _FIXED and len(set(column.tolist())) > 1
        ]

    @property
    def n_heads(self) -> int:
        """How many scores the rows are of."""
        return len(set(self.labels["head"].tolist()))

    def column(self, name: str) -> npt.NDArray[Any]:
        """One of the labels."""
        if name not in self.labels:
            raise ValueError(f"rows have {', '.join(self.labels)}, and not {name!r}")
        return self.labels[name]

    def series(self, by: str | Sequence[str]) -> list[tuple[str, Indices]]:
        """Rows that are alike in these columns, by what they have there."""
        columns = [by] if isinstance(by, str) else list(by)
        found: dict[str, list[int]] = {}
        for row in range(len(self)):
            words = (word_of(name, self.column(name)[row]) for name in columns)
            found.setdefault(", ".join(filter(None, words)), []).append(row)
        return [(name, np.array(rows)) for name, rows in found.items()]

    def names(self, apart: Sequence[str] = ()) -> list[str]:
        """The shortest that tells rows apart; what is in the columns ``apart`` need not."""
        varied = [name for name in (*self.varied, "head") if name not in apart]
        if self.n_heads == 1 and "head" in varied:
            varied.remove("head")
        keys = list(zip(*(self.column(name).tolist() for name in apart), strict=True))
        names: list[str] = []
        for columns in (["name"], varied, ["name", *varied]):
            names = [
                ", ".join(filter(None, (word_of(c, self.labels[c][row]) for c in columns)))
                for row in range(len(self))
            ]
            if len(set(zip(names, keys or names, strict=True))) == len(self):
                break
        return names


def chosen(
    effects: Effects,
    quantity: str | None,
    head: Heads,
    scale: str | None,
    unit: Unit = "score",
) -> Rows:
    """The rows that a plot is of: of one quantity, on one scale, of one head or several.

    Parameters
    ----------
    effects : Effects
        What an experiment found.
    quantity, scale : str, optional
        By default those of the first row.
    head : str, int, or sequence of these, optional
        By default all.
    unit : {"score", "sd"}
        Whether values are in units of the score, or in standard deviations of the
        backgrounds' scores.
    """
    if not isinstance(effects, Effects):
        raise TypeError(
            f"effects are what an experiment of fastmi.gia gives, got {type(effects).__name__}"
        )
    wanted: dict[str, Any] = {}
    for name, value in (("quantity", quantity), ("scale", scale)):
        known = list(dict.fromkeys(effects.labels[name].tolist()))
        if value is not None and value not in known:
            raise ValueError(f"{name} must be one of {', '.join(known)}, got {value!r}")
        wanted[name] = known[0] if value is None else value
    if head is not None:
        given: list[Any] = [head]
        if isinstance(head, Iterable) and not isinstance(head, str):
            given = list(head)
        wanted["head"] = [effects.heads[head_number(effects.heads, h)] for h in given]
    if unit not in ("score", "sd"):
        raise ValueError(f"unit must be 'score' or 'sd', got {unit!r}")
    if unit == "sd" and wanted["quantity"] == "ratio":
        raise ValueError("a ratio has no unit: leave out unit='sd'")
    some = effects.only(**wanted)
    one = np.ones(len(some)) if unit == "score" else some.background_sd
    if not (one > 0).all():
        raise ValueError("the backgrounds' scores do not vary, so there is no unit='sd'")
    table = some.table
    return Rows(
        some.labels,
        table["effect"] / one,
        table["low"] / one,
        table["high"] / one,
        some.local / one[:, None],
        wanted["quantity"],
        _axis(some, wanted["quantity"], wanted["scale"], unit),
    )


def _axis(some: Effects, quantity: str, scale: str, unit: Unit) -> str:
    heads = set(some.labels["head"].tolist())
    words = [
        _NAMES.get(quantity, f"{quantity} in"),
        SCORE if scale == SCORE else f"{scale} of {SCORE}",
        heads.pop() if len(heads) == 1 else "",
    ]
    lines = textwrap.wrap(" ".join(filter(None, words)), _LINE)
    return "\n".join([*lines, "(s.d. of backgrounds)"] if unit == "sd" else lines)


def in_colours(series: list[tuple[str, Indices]]) -> list[tuple[str, Indices]]:
    """The same, if there are as many colours."""
    if len(series) > len(SERIES):
        raise ValueError(
            f"at most {len(SERIES)} colours can be told apart, not {len(series)}: draw fewer "
            "heads (head=) or rows (effects.only())"
        )
    return series


def axis_of(column: str) -> str:
    """Label of an axis along which a column of the table runs."""
    return _AXES.get(column, column.replace("_", " "))


def is_number(column: npt.NDArray[Any]) -> bool:
    """Whether a column is of numbers."""
    return column.dtype.kind in "if"


def word_of(column: str, value: Any) -> str:
    """What a row has in a column, in words; "" for nothing."""
    if isinstance(value, str):
        return str(value)
    return f"{column} {value:.6g}".replace("-", "\N{MINUS SIGN}")


def legend_above(ax: Axes, title: str | None) -> None:
    """What the colours mean, between the Axes and the title, so that it covers nothing."""
    handles, labels = ax.get_legend_handles_labels()
    if not labels:
        if title is not None:
            ax.set_title(title)
        return
    lines = [label.split("\n") for label in labels]
    inches = ax.bbox.width / ax.figure.dpi
    widths = [max(map(len, label)) for label in lines]
    columns = min(max(int(inches / (0.075 * max(widths) + 0.45)), 1), len(labels))
    if 0.06 * sum(widths) + 0.4 * len(widths) <= inches:  # columns need not be alike
        columns = len(labels)
    ax.legend(
        handles,
        labels,
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=columns,
        frameon=False,
        fontsize="small",
        borderaxespad=0.2,
        handlelength=1.4,
        columnspacing=1.2,
    )
    if title is not None:
        rows = -(-len(labels) // columns) * max(map(len, lines))
        ax.set_title(title, pad=13.0 * rows + 8)
