"""Where motifs go: at given places, apart by gaps, or anywhere without overlap.

Everything that cannot fit is refused before anything is drawn, and every arrangement that is
possible is equally likely.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .._checks import check_size
from .._draws import Draws
from .._frequencies import check_frequencies
from ..motifs import ORDERS

GapLike: TypeAlias = "int | tuple[int, int] | Mapping[int, float]"
Places: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Gap:
    """How many letters are between two motifs: one number, or several with probabilities."""

    lengths: Sequence[int]
    probabilities: tuple[float, ...] | None = None  # None: equally likely

    @property
    def longest(self) -> int:
        """The longest gap that can be drawn."""
        return self.lengths[-1]  # they are in ascending order

    def draw(self, draws: Draws) -> Places | int:
        """One gap a record, shape (n,); one number where there is no choice."""
        if len(self.lengths) == 1:
            return self.lengths[0]
        lengths = np.array(self.lengths)
        if self.probabilities is None:
            return np.asarray(lengths[draws.below(len(lengths))])
        return np.asarray(lengths[draws.choices(np.array(self.probabilities))[:, 0]])

    def about(self) -> Any:
        """What it is, ready for JSON."""
        if self.probabilities is None:
            return [self.lengths[0], self.lengths[-1]]
        return {str(n): p for n, p in zip(self.lengths, self.probabilities, strict=True)}


@dataclass(frozen=True)
class Layout:
    """How some motifs lie in a sequence; :func:`layout` makes one that fits.

    Attributes
    ----------
    length : int
        Letters in a sequence.
    widths : tuple of int
        Letters of each motif.
    starts : tuple of int or None
        Fixed places, the first letters of the first, the second ... motif.
    gaps : tuple of Gap or None
        Between the first and the second motif from the left, the second and the third ...
    start : int or None
        Where the first motif from the left starts, if that is fixed.
    shuffled : bool
        Whether the motifs come in a random order.
    """

    length: int
    widths: tuple[int, ...]
    starts: tuple[int, ...] | None = None
    gaps: tuple[Gap, ...] | None = None
    start: int | None = None
    shuffled: bool = False

    def draw(self, draws: Draws, n: int) -> Places:
        """Start of each motif, in the order of ``widths``, in n records: shape (n, M)."""
        m = len(self.widths)
        order = draws.orders(m) if self.shuffled else np.arange(m)[None]
        places = np.broadcast_to(self._places(draws, np.array(self.widths)[order]), (n, m))
        if not self.shuffled:
            return places
        starts = np.empty((n, m), np.int64)
        np.put_along_axis(starts, order, places, axis=1)
        return starts

    def _places(self, draws: Draws, widths: Places) -> Places:
        """Starts from left to right, for widths from left to right."""
        if self.starts is not None:
            return np.array([self.starts])
        before = np.cumsum(widths, axis=1) - widths
        if self.gaps is None:
            m = widths.shape[1]
            free = self.length - sum(self.widths)
            # each motif is one thing among the free letters
            return before + draws.distinct(free + m, m) - np.arange(m)
        for i, gap in enumerate(self.gaps, 1):
            space = np.reshape(gap.draw(draws), (-1, 1))
            wide = np.broadcast_to(space, (max(len(space), len(before)), 1))
            before = np.broadcast_to(before, (len(wide), before.shape[1])).copy()
            before[:, i:] += wide
        if self.start is not None:
            return before + self.start
        room = self.length - before[:, -1] - widths[:, -1]
        return before + draws.below(room + 1)[:, None]

    def about(self) -> dict[str, Any]:
        """What it is, ready for JSON."""
        return {
            "starts": self.starts,
            "gaps": None if self.gaps is None else [gap.about() for gap in self.gaps],
            "start": self.start,
            "order": ORDERS[self.shuffled],
        }


def layout(
    length: int,
    widths: Sequence[int],
    names: Sequence[str],
    *,
    starts: int | Sequence[int] | None = None,
    gap: GapLike | Sequence[GapLike] | None = None,
    start: int | None = None,
    order: str = "fixed",
) -> Layout:
    """How motifs lie, if they fit; parameters as for :func:`fastmi.simulate.embed`.

    Whether motifs at fixed starts overlap is asked elsewhere: they may, where they agree.
    """
    if order not in ORDERS:
        raise ValueError(f"order must be 'fixed' or 'random', got {order!r}")
    for name, width in zip(names, widths, strict=True):
        if width > length:
            raise ValueError(
                f"motif {name!r} has {width} letters, and the sequences have {length}"
            )
    shuffled = order == "random" and len(widths) > 1
    plan = Layout(length, tuple(widths), shuffled=shuffled)
    if starts is not None:
        if gap is not None or start is not None:
            raise ValueError("starts= places every motif: leave gap= and start= out")
        return Layout(
            length, plan.widths, starts=_starts(starts, plan, names), shuffled=shuffled
        )
    if gap is None and start is None:
        if sum(widths) > length:
            raise ValueError(
                f"motifs of {_listed(widths)} letters take {sum(widths)}, and the sequences "
                f"have {length}"
            )
        return plan
    if gap is None and len(widths) > 1:
        raise ValueError(
            f"start= is where motifs that gap= ties together start: give gap=, or starts= with "
            f"{len(widths)} places"
        )
    if gap is not None and len(widths) == 1:
        raise ValueError("gap= is what lies between motifs, and there is one")
    gaps = () if gap is None else _gaps(gap, len(widths) - 1)
    span = sum(widths) + sum(each.longest for each in gaps)
    if span > length:
        raise ValueError(
            f"motifs of {_listed(widths)} letters with gaps of up to "
            f"{_listed([each.longest for each in gaps])} take {span}, and the sequences have "
            f"{length}"
        )
    if start is not None:
        start = check_size("start", start)
        if start + span > length:
            raise ValueError(
                f"start must be between 0 and {length - span} for what takes up to {span} of "
                f"{length} letters, got {start}"
            )
    return replace(plan, gaps=gaps, start=start)


def _starts(starts: int | Sequence[int], plan: Layout, names: Sequence[str]) -> tuple[int, ...]:
    """Fixed starts, one a motif, that leave room for every motif that can come there."""
    given = [starts] if isinstance(starts, int | np.integer) else list(starts)
    if len(given) != len(names):
        raise ValueError(f"starts must be {len(names)}, one for each motif, got {len(given)}")
    checked = tuple(check_size("a start", each) for each in given)
    widest = max(plan.widths)
    for name, width, at in zip(names, plan.widths, checked, strict=True):
        width = widest if plan.shuffled else width
        if at + width > plan.length:
            raise ValueError(
                f"a motif of {width} letters in {plan.length} starts between 0 and "
                f"{plan.length - width}, got {at} for {name!r}"
            )
    if plan.shuffled:
        ordered = sorted(checked)
        for left, right in pairwise(ordered):
            if right - left < widest:
                raise ValueError(
                    f"starts {left} and {right} are {right - left} apart, and a motif of "
                    f"{widest} letters may come first in a random order"
                )
    return checked


def _gaps(gap: GapLike | Sequence[GapLike], n: int) -> tuple[Gap, ...]:
    """The gaps between n + 1 motifs: one for all, or a list."""
    if not isinstance(gap, list):
        return (_gap(gap),) * n
    if len(gap) != n:
        raise ValueError(
            f"gap as a list has {n}, one for each two neighbours, got {len(gap)}; a range is a "
            "tuple, as (30, 60)"
        )
    return tuple(map(_gap, gap))


def _gap(gap: Any) -> Gap:
    if isinstance(gap, Mapping):
        if not gap:
            raise ValueError("gap as a mapping is {gap: probability}, got an empty one")
        lengths = [check_size("a gap", each) for each in gap]
        chances = check_frequencies(list(gap.values()), (len(gap),), "probabilities of gaps")
        kept = sorted((n, float(p)) for n, p in zip(lengths, chances, strict=True) if p > 0)
        return Gap(tuple(n for n, _ in kept), tuple(p for _, p in kept))
    if isinstance(gap, tuple):
        if len(gap) != 2:
            raise ValueError(f"gap as a range is (least, most), got {gap!r}")
        low, high = (check_size("a gap", each) for each in gap)
        if low > high:
            raise ValueError(f"gap as a range is (least, most), got {gap!r}")
        return Gap(range(low, high + 1))
    return Gap((check_size("gap", gap),))


def _listed(numbers: Sequence[int]) -> str:
    return " and ".join(map(str, numbers))
