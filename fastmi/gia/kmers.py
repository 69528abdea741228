"""kmers: the best of all k-mers at one start, without scoring hopeless ones to the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .._checks import check_number, check_size
from .._numbers import Doubles
from ..errors import FastMIError
from ._elimination import beaten, rounds
from ._given import check_start
from .contrasts import importance_of
from .designs import Design, Placement
from .engine import GIA
from .kmer_search import KmerSearch, all_kmers, best_of, count_kmers

_CELLS = 1 << 22  # local importances held at a time

Indices: TypeAlias = npt.NDArray[np.intp]


def kmers(
    gia: GIA,
    k: int = 6,
    start: int | None = None,
    *,
    top: int = 10,
    exact: bool = False,
    delta: float = 0.001,
    score_range: tuple[float, float] | None = None,
) -> KmerSearch:
    r"""The k-mers with the largest global importance at one start.

    Parameters
    ----------
    gia : GIA
        Model and backgrounds; the question is which k-mers are best over these n.
    k : int
        Letters in a k-mer; all A^k of them are tried, at most 262,144.
    start : int, optional
        0-based; by default in the middle: 17 of 41 letters for k = 6.
    top : int
        How many are looked for, for each head; at most all.
    exact : bool
        Whether all k-mers are scored in all backgrounds. By default those are dropped early
        that cannot be among the best any more.
    delta : float
        The chance that one of the best is dropped, at most, as the notes say.
    score_range : two floats, optional
        Least and greatest score that the model can give, as (0, 1). By default the differences
        that were seen so far stand for all.

    Returns
    -------
    KmerSearch
        The best, and estimates for the rest.

    Raises
    ------
    ValueError
        There are too many k-mers, they do not fit, or their scores into ``memory_limit``.
    FastMIError
        The model failed, or a score is outside ``score_range``.

    Notes
    -----
    Global importance is that of :func:`importance`, as in Fig. 2e and 4b of P. K. Koo et al.,
    doi:10.1371/journal.pcbi.1008925, in the model's own scores. All k-mers are scored in 64
    backgrounds, then those that are left in 91, 129, 183 ... and at last in all n. Dropped is
    whichever k-mer a has lost to each of the ``top`` k-mers b that are best so far: where

    .. math:: K(b - a) \ge \frac{\mathrm{heads} \cdot \mathrm{top} \cdot A^k}{\delta}

    for the capital K of bets that a is no worse than b over all n (successive elimination; the
    bets, with their source, are in ``fastmi.gia._elimination``). One of the best can be dropped
    only if one of these bets is lost by chance, each with a probability of at most the inverse
    of the right side, and of :math:`\mathrm{heads} \cdot \mathrm{top} \cdot A^k` such pairs:
    so with ``delta`` at most. Local importances may be of any distribution. k-mers that are
    equal in every background are never dropped for one another.

    This holds where backgrounds are in random order (random ones are, and :class:`GIA` mixes
    those from files; shuffles of a sorted file are not) and differ by at most R in the scores
    of two k-mers. R is the width of ``score_range``, or the largest difference of two k-mers in
    one background so far. The latter is not known for sure: a single k-mer that has a far
    larger effect than all others have anywhere, in one background of a hundred, may be dropped
    before it shows. With ``score_range``, or ``exact``, it is not.

    Examples
    --------
    >>> import fastmi
    >>> from fastmi.gia import GIA, kmers
    >>> model = fastmi.models.wrap(lambda s: [x.count("GCAU") for x in s], takes="strings")
    >>> gia = GIA(model, fastmi.simulate.random(1000, 20, "rna", rng=1))
    >>> found = kmers(gia, k=4, top=3)
    >>> found.top()["kmer"].tolist(), found.top()["effect"].round(2).tolist()
    (['GCAU', 'CAUG', 'UGCA'], [0.97, 0.24, 0.24])
    >>> found.share_scored < 0.5
    True
    """
    n_kmers = count_kmers(gia.alphabet, k)
    start = check_start(gia, gia.alphabet.letters[0] * k, start)
    top = min(check_size("top", top, 1), n_kmers)
    delta, bounds = _checked(delta, score_range)
    names = all_kmers(gia.alphabet, k)
    designs = [Design((Placement(name, start),)) for name in names]
    heads = len(gia.heads)
    while True:
        n = gia.n
        gia.check_memory(designs)
        locals_ = _Locals(gia, designs, bounds)
        wide = None if bounds is None else bounds[1] - bounds[0]
        enough = np.inf if exact else log(heads * top * n_kmers / delta)
        n_used, effect, se = _searched(locals_, top, enough, wide)
        lists = [best_of(effect[:, h], n_used == n)[:top] for h in range(heads)]
        best = list(dict.fromkeys(int(i) for some in lists for i in some))
        contrasts = [
            importance_of(str(designs[i]), designs[i], kmer=names[i], start=start) for i in best
        ]
        summary: dict[str, Any] = {
            "k": k,
            "start": start,
            "top": top,
            "exact": exact,
            "delta": delta,
            "score_range": bounds,
            "n_kmers": n_kmers,
            "n_left": int((n_used == n).sum()),
            "n_scored": int(n_used.sum()),
            "n_exhaustive": n_kmers * n,
        }
        effects = gia.effects(contrasts, "kmers", summary)
        if gia.n == n:  # else until_se took more backgrounds, over which others may be best
            return KmerSearch(k, start, gia.alphabet, top, effects, n_used, effect, se)


def _checked(
    delta: float, score_range: tuple[float, float] | None
) -> tuple[float, tuple[float, float] | None]:
    delta = check_number("delta", delta, "above 0 and below 1")
    if not 0 < delta < 1:
        raise ValueError(f"delta must be above 0 and below 1, got {delta}")
    if score_range is None:
        return delta, None
    try:
        low, high = (float(x) for x in score_range)
    except (TypeError, ValueError):
        raise TypeError(f"score_range is two numbers, got {score_range!r}") from None
    if not -np.inf < low < high < np.inf:
        raise ValueError(
            f"score_range is the least and the greatest score, got {low:g} and {high:g}"
        )
    return delta, (low, high)


class _Locals:
    """Local importances of some of the designs, a few at a time."""

    def __init__(
        self, gia: GIA, designs: Sequence[Design], bounds: tuple[float, float] | None
    ) -> None:
        self._gia, self._designs, self._bounds = gia, designs, bounds
        self._baseline = gia.scores([Design()])[0]
        self._last: tuple[tuple[int, int], Doubles] | None = None
        self.n, self.heads = self._baseline.shape
        self.n_designs = len(designs)

    def pieces(self, which: Indices, m: int) -> Iterator[tuple[Indices, Doubles]]:
        """Some of these designs, and what they do in m backgrounds, shape (heads, some, m)."""
        step = max(1, _CELLS // (m * self.heads))
        for first in range(0, len(which), step):
            some = which[first : first + step]
            if step < len(which):
                yield some, self.of(some, m)
                continue
            if self._last is None or self._last[0] != (len(which), m):  # asked for twice
                self._last = (len(which), m), self.of(some, m)
            yield some, self._last[1]

    def of(self, some: Indices, m: int) -> Doubles:
        """What these designs do in m backgrounds, shape (heads, some, m)."""
        scores = self._gia.scores([self._designs[i] for i in some], m)
        if self._bounds is not None:
            outside = (scores < self._bounds[0]) | (scores > self._bounds[1])
            if outside.any():
                raise FastMIError(
                    f"the model gave {scores[outside][0]:.9g}, which is outside score_range="
                    f"({self._bounds[0]:g}, {self._bounds[1]:g})"
                )
        return np.ascontiguousarray((scores - self._baseline[:m]).transpose(2, 0, 1))


def _searched(
    locals_: _Locals, top: int, enough: float, wide: float | None
) -> tuple[npt.NDArray[np.int64], Doubles, Doubles]:
    """How many backgrounds each design was tried in; its effect in these, and its error."""
    n, shape = locals_.n, (locals_.n_designs, locals_.heads)
    n_used = np.zeros(shape[0], np.int64)
    effect, se = np.empty(shape), np.full(shape, np.nan)
    largest = np.zeros(locals_.heads)
    left = np.arange(shape[0])
    for m in [n] if enough == np.inf else rounds(n):
        low, high = np.full((locals_.heads, m), np.inf), np.full((locals_.heads, m), -np.inf)
        for some, local in locals_.pieces(left, m):
            effect[some] = local.mean(axis=2).T
            if m > 1:
                se[some] = local.std(axis=2, ddof=1).T / np.sqrt(m)
            np.minimum(low, local.min(axis=1), out=low)
            np.maximum(high, local.max(axis=1), out=high)
        n_used[left] = m
        largest = np.maximum(largest, (high - low).max(axis=1))
        if m == n:
            break
        lost = np.ones(len(left), bool)
        for h, most in enumerate(largest):
            lost &= _beaten(locals_, left, m, h, effect[left, h], top, wide or most, enough)
        left = left[~lost]
    return n_used, effect, se


def _beaten(
    locals_: _Locals,
    left: Indices,
    m: int,
    head: int,
    effect: Doubles,
    top: int,
    largest: float,
    enough: float,
) -> npt.NDArray[np.bool_]:
    """Which of the designs that are left cannot be among the best by this head."""
    best = best_of(effect, np.ones(len(left), bool))[:top]
    rivals = locals_.of(left[best], m)[head]
    parts = [
        beaten(rivals, local[head], largest, locals_.n, enough)
        for _, local in locals_.pieces(left, m)
    ]
    return np.concatenate(parts)
