"""A map and the contacts that are known: one above the diagonal, the others below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from .._checks import check_size
from ..contacts import ContactMap, Precision, Structure, precision
from ..interpretation import Interpretation, Selected
from ..results import MIResult
from .heatmap import heatmap

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# greys for what is known, two colours of the palette of Okabe and Ito for what is predicted
_TOUCHES, _NEAR, _UNKNOWN = 0.55, 0.86, 0.95
_TRUE, _FALSE = "#0072B2", "#D55E00"
_MARKERS = 300.0  # points that all markers of a row would be wide


def contacts(
    result: Precision | MIResult | Selected | Interpretation,
    truth: ContactMap | Structure | Any = None,
    *,
    ax: Axes | None = None,
    n: int | None = None,
    limits: Literal["full", "robust"] | tuple[float, float] = "robust",
    scale: Literal["linear", "log"] = "linear",
    cmap: Any = "viridis",
    colorbar: bool = True,
    title: str | None = None,
    **options: Any,
) -> Axes:
    """Map above the diagonal, contacts below, and there the strongest pairs, true and false.

    Below the diagonal contacts are dark grey, and light grey where they are of letters too near
    each other to count; nearly white is what the truth does not know.

    Parameters
    ----------
    result : Precision, MIResult, Selected or Interpretation
        A map, or what :func:`fastmi.contacts.precision` made of one.
    truth : ContactMap, Structure or array_like, optional
        For a map: as :func:`fastmi.contacts.precision` takes it.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.
    n : int, optional
        How many of the strongest pairs are marked; by default L, the letters known.
    limits, scale, cmap, colorbar, title
        As of :func:`heatmap`.
    **options : Any
        For a map: ``threshold``, ``min_separation``, ``max_separation`` of
        :func:`fastmi.contacts.precision`.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import fastmi
    >>> reads = ["ACGUAAAAACGU", "CAGUAAAAACUG"]
    >>> r = fastmi.pairwise_mi(reads, k=1, alphabet="rna", pseudocount=0)
    >>> ax = fastmi.plot.contacts(r, fastmi.contacts.base_pairs("((((....))))"), n=3)
    >>> [text.get_text() for text in ax.get_legend().get_texts()][0]
    'base pairs'
    """
    found = _found(result, truth, options)
    n = found.letters if n is None else check_size("n", n)
    drawn = found.result
    if drawn is None:
        raise ValueError("a bare matrix has no positions to draw: give a map")
    ax = heatmap(
        drawn, ax=ax, limits=limits, scale=scale, cmap=cmap, colorbar=colorbar, title=title
    )
    low, high = drawn.first_position - 0.5, drawn.first_position + drawn.n_positions - 0.5
    known = _known(found, drawn.n_positions)
    ax.imshow(
        known,
        extent=(low, high, high, low),
        interpolation="nearest",
        rasterized=True,
    )
    top = found.top_pairs(n)
    size = float(np.clip((_MARKERS / drawn.n_positions) ** 2, 6, 36))
    handles = [_box(_TOUCHES, found.rule)]
    if (known[..., 0][known[..., 3] > 0] == _NEAR).any():
        handles.append(
            _box(_NEAR, f"the same, fewer than {found.min_separation} letters apart")
        )
    for true, marker, colour in ((True, "o", _TRUE), (False, "x", _FALSE)):
        some = top[top["contact"] == true]
        words = "true" if true else "false"
        points = ax.scatter(
            some["i"] + drawn.first_position,
            some["j"] + drawn.first_position,
            s=size,
            marker=marker,
            color=colour,
            linewidths=1.1 if marker == "x" else 0,
            label=f"{words}: {len(some)} of the {len(top)} strongest pairs",
            zorder=3,
        )
        handles.append(points)
    ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(-0.02, -0.13),
        frameon=False,
        fontsize="small",
        handletextpad=0.4,
        labelspacing=0.3,
        borderaxespad=0.0,
    )
    return ax


def _found(result: Any, truth: Any, options: dict[str, Any]) -> Precision:
    if isinstance(result, Precision):
        if truth is not None or options:
            raise ValueError("a Precision has its truth already")
        return result
    if truth is None:
        raise ValueError("there is no truth to draw: give truth=, such as a ContactMap")
    return precision(result, truth, permutations=0, **options)


def _known(found: Precision, n: int) -> Any:
    """Contacts below the diagonal as colours, shape (n, n, 4); nothing above it."""
    distances = found.truth.of_kmers(found.k)
    grey = np.where(
        np.isnan(distances), _UNKNOWN, np.where(distances < found.threshold, _NEAR, 1)
    )
    pairs = found.pairs[found.pairs["contact"]]
    grey[pairs["j"], pairs["i"]] = _TOUCHES
    below = np.tri(n, k=-found.k, dtype=bool)
    return np.dstack([grey, grey, grey, below.astype(float)])


def _box(grey: float, label: str) -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], linestyle="none", marker="s", color=str(grey), label=label)
