"""Spacing: whether two patterns work together, at which gap, in which order and orientation.

A pattern's effect depends on where it stands, so what a pair does is held against each of the
two alone in its very place, and never against the effect of one somewhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ._given import as_numbers
from .contrasts import Contrast, Factor, importance_of, interaction
from .designs import KEEP, Design, Placement, codes_of, edit_of
from .effects import Effects
from .engine import GIA

ORDERS = ("ab", "ba")
STRANDS = ("++", "+-", "-+", "--")
FACTORS = ("gap", "order", "strands", "start")
_WIDEST = 20  # the last gap where none are asked for


@dataclass(frozen=True)
class _Cell:
    """Two patterns in their places; ``one`` is the left one."""

    one: Design
    other: Design
    shared: Design  # the letters that both write
    factors: dict[str, Factor]

    def contrasts(self) -> Iterator[Contrast]:
        both = self.one + self.other
        yield importance_of(str(both), both, **self.factors)
        yield interaction(str(both), both, [self.one, self.other], self.shared, **self.factors)


def spacing(
    gia: GIA,
    a: str,
    b: str,
    gaps: int | Iterable[int] | None = None,
    *,
    orders: str | Sequence[str] = ORDERS,
    strands: str | Sequence[str] = "++",
    start: int | Iterable[int] | None = None,
) -> Effects:
    """What two patterns do together, by their gap, order and orientation.

    Parameters
    ----------
    gia : GIA
        Model and backgrounds.
    a, b : str
        The patterns, which may be one.
    gaps : int or iterable of int, optional
        Letters between the end of the left pattern and the start of the right one; below 0
        they overlap. By default 0 to 20, or as many as fit.
    orders : {"ab", "ba"} or sequence of these
        Which one is on the left.
    strands : str or sequence of str
        "++", "+-", "-+" or "--": the strand of a, then that of b, in either order; "all" of
        them are for DNA and RNA.
    start : int or iterable of int, optional
        0-based start of the left pattern, the same for all gaps; of several, each is asked for.
        By default the pair is in the middle of the sequence.

    Returns
    -------
    Effects
        For each cell of the grid (head, scale) a row of the quantity "importance", what both
        do together, and one of "interaction", with ``gap``, ``order``, ``strands`` and
        ``start``, that of the left pattern. Importance less interaction is what the two do
        alone, added up. ``only(quantity="interaction")`` corrects q for interactions only.
        ``summary`` has the ``best`` cells, whose interaction and importance are largest in
        size, for each head and scale; and those ``left_out``, with the ``reason``: the
        patterns overlap there and disagree on a letter, or the right one would not be on the
        right.

    Raises
    ------
    ValueError
        A pair does not fit into the backgrounds, all cells are left out, or a pattern,
        order or strand is none.

    Notes
    -----
    The local interaction is f(AB) - f(A) - f(B) + f(0): of the background with both patterns,
    with either one alone in the same place, and with none. Effects that add up have no
    interaction, however they change with the position. Where patterns overlap, the last term
    is not the background but the background with the letters that both write: these are in
    AB once, and in A and in B, so that effects which add up have none there either.

    With the pair in the middle both patterns move with the gap, each as far from the ends as
    can be; with ``start`` only the right one moves. Where the answer differs between the two,
    it is one of positions. Cells that write the same letters (a and b are one pattern, or its
    own reverse complement) are asked for once. The best of many cells looks better than it is:
    take its size from other backgrounds.

    Fig. 2d of P. K. Koo et al., doi:10.1371/journal.pcbi.1008925, has the importance of one
    pattern, and of two of it with gaps of -2, 0 and 3, as the second example has. What each of
    the two does alone in its place, and so the interaction, is not in the figure.

    Examples
    --------
    >>> import re
    >>> import fastmi
    >>> from fastmi.gia import GIA, importance, spacing
    >>> rule = re.compile("UGCAUG...UGCAUG")
    >>> model = fastmi.models.wrap(lambda s: [bool(rule.search(x)) for x in s], takes="strings")
    >>> gia = GIA(model, fastmi.simulate.random(100, 41, "rna", rng=1))
    >>> found = spacing(gia, "UGCAUG", "UGCAUG", range(-3, 5)).only(quantity="interaction")
    >>> found.labels["gap"].tolist(), found.table["effect"].tolist()
    ([-2, 0, 1, 2, 3, 4], [0.0, 0.0, 0.0, 0.0, 1.0, 0.0])
    >>> found.summary["left_out"][1]["reason"]
    'UGCAUG@15 and UGCAUG@20 overlap, and disagree on the letter at 20'

    >>> figure = importance(gia, {
    ...     "UGCAUG": "UGCAUG@17",
    ...     "UGCAUGCAUG": "UGCAUG@16+UGCAUG@20",
    ...     "UGCAUGUGCAUG": "UGCAUG@15+UGCAUG@21",
    ...     "UGCAUGNNNUGCAUG": "UGCAUG@13+UGCAUG@22",
    ... })
    >>> figure.table["effect"].tolist()
    [0.0, 0.0, 0.0, 1.0]
    """
    for pattern in (a, b):
        codes_of(pattern, gia.alphabet)
    starts = [None] if start is None else _each("start", start, 0)
    asked = _default_gaps(gia, a, b, starts) if gaps is None else _each("gap", gaps)
    grid = [
        (gap, order, strand, at)
        for order in _known("orders", orders, ORDERS)
        for strand in _known("strands", STRANDS if strands == "all" else strands, STRANDS)
        for at in starts
        for gap in asked
    ]
    left_out: list[dict[str, Any]] = []
    cells = list(_cells(gia, a, b, grid, left_out))
    if not cells:
        raise ValueError(f"there is no such pair of {a} and {b}: {left_out[0]['reason']}")
    contrasts = [contrast for cell in cells for contrast in cell.contrasts()]
    effects = gia.effects(contrasts, "spacing")
    return effects.with_summary(best=_best(effects), left_out=left_out)


def _cells(
    gia: GIA,
    a: str,
    b: str,
    grid: list[tuple[int, str, str, int | None]],
    left_out: list[dict[str, Any]],
) -> Iterator[_Cell]:
    """The cells that can be, each once; those that cannot be go to ``left_out``."""
    seen = set()
    for gap, order, strands, at in grid:
        patterns = [(a, strands[0]), (b, strands[1])]
        (left, left_strand), (right, right_strand) = patterns[:: 1 if order == "ab" else -1]
        offset = len(left) + gap
        span = max(len(left), offset + len(right))
        first = max(gia.length - span, 0) // 2 if at is None else at
        factors: dict[str, Factor] = dict(
            zip(FACTORS, (gap, order, strands, first), strict=True)
        )
        if offset <= 0:
            reason = f"with a gap of {gap}, {right} does not start behind {left}"
            left_out.append({**factors, "reason": reason})
            continue
        if first + span > gia.length:
            where = "" if at is None else f" from {at} on"
            raise ValueError(
                f"{left} and {right} with a gap of {gap} take {span} letters{where}, the "
                f"background has {gia.length}"
            )
        one = Design((Placement(left, first, left_strand),))
        other = Design((Placement(right, first + offset, right_strand),))
        edits = [edit_of(design, gia.length, gia.alphabet) for design in (one, other)]
        written = gap, first, *(edit.tobytes() for edit in edits)
        if written in seen:
            continue
        seen.add(written)
        both = (edits[0] != KEEP) & (edits[1] != KEEP)
        apart = np.flatnonzero(both & (edits[0] != edits[1]))
        if apart.size:
            reason = f"{one} and {other} overlap, and disagree on the letter at {apart[0]}"
            left_out.append({**factors, "reason": reason})
            continue
        shared = tuple(
            Placement(gia.alphabet.letters[edits[0][at]], at)
            for at in np.flatnonzero(both).tolist()
        )
        yield _Cell(one, other, Design(shared), factors)


def _best(effects: Effects) -> list[dict[str, Any]]:
    """The cells with the largest interaction and importance, for each head and scale."""
    found = []
    for head in effects.heads:
        for scale in dict.fromkeys(effects.labels["scale"].tolist()):
            best: dict[str, Any] = {"head": head, "scale": scale}
            for quantity in ("interaction", "importance"):
                rows = effects.rows(quantity=quantity, head=head, scale=scale)
                means = effects.local[rows].mean(axis=1)
                largest = np.abs(means).argmax()
                cell = {f: effects.labels[f][rows[largest]].item() for f in FACTORS}
                best[quantity] = {**cell, "effect": float(means[largest])}
            found.append(best)
    return found


def _default_gaps(gia: GIA, a: str, b: str, starts: Sequence[int | None]) -> list[int]:
    room = gia.length - len(a) - len(b) - max(start or 0 for start in starts)
    return list(range(min(max(room, 0), _WIDEST) + 1))


def _each(name: str, given: int | Iterable[int], least: int | None = None) -> list[int]:
    return list(dict.fromkeys(as_numbers(name, given, least)))


def _known(name: str, given: Any, allowed: tuple[str, ...]) -> list[str]:
    alone = isinstance(given, str) or not isinstance(given, Iterable)
    found = [given] if alone else list(given)
    for one in found:
        if one not in allowed:
            raise ValueError(f"{name} are {', '.join(allowed)}, got {one!r}")
    if not found:
        raise ValueError(f"{name} are {', '.join(allowed)}, got none")
    return list(dict.fromkeys(found))
