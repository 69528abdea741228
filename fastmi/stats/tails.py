r"""How far p can be trusted: against data in which nothing depends on anything.

A formula for p is right or wrong in its tail, where nobody sees it. So it is tried on many data
sets without dependence (permuted, resampled): there p must be as small as alpha in a share
alpha of all pairs. What comes out is kept (:class:`Check`) and corrects p: no p is below the
share of trials with a p as small, (r + 1) / (n + 1) of n.

Below the tenth smallest of the trials, that share says nothing. There the tail of t = -ln p,
which is exponential where p is right, is a generalised Pareto distribution fitted to the trials
beyond the 2 % point (Pickands 1975; Knijnenburg et al. 2009 for permutations), with its shape
taken at the upper end of its error: so p is rather too large than too small. It must have
foretold the second half of the trials from the first; else p ends at 1 / (n + 1).

Pairs of one data set depend on each other, more so where k-mers overlap. How many independent
trials they are worth comes from how unevenly small p lie over the blocks of a map.

J. Pickands: Statistical inference using extreme order statistics, Annals of Statistics 3,
119-131 (1975). T. A. Knijnenburg, L. F. A. Wessels, M. J. T. Reinders, I. Shmulevich: Fewer
permutations, more accurate P-values, Bioinformatics 25, i161-i168 (2009),
doi:10.1093/bioinformatics/btp211.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._archive import finite, whole
from .._numbers import Doubles

LEVELS = (0.05, 0.01, 0.001, 0.0001)
_LEAST_P = float(np.finfo(np.float64).tiny)
_ENOUGH = 10  # trials behind a share that is believed
_TAIL = 0.02
_LEAST_TAIL = 200  # trials in it
_UPPER = 1.645  # standard errors: one-sided 95 %
_WRONG = 3.0  # standard errors by which trials are too many
_MUCH = 1.25  # and by how much: less does no harm
_SEEN = 10  # trials that a level must have, expected, to be judged
_BLOCKS = 10  # on each side of a map, at most
_WIDE = 8  # positions in a block, at least: several k-mers


@dataclass(frozen=True)
class Tail:
    """A generalised Pareto tail of t = -ln p.

    Beyond the start, share * (1 + shape (t - start) / scale)^(-1 / shape).
    """

    share: float
    start: float
    shape: float
    scale: float

    def p(self, t: Doubles) -> Doubles:
        """The chance of a t as large, beyond the start."""
        beyond = np.maximum(t - self.start, 0.0) / self.scale
        if self.shape < 1e-9:
            return np.asarray(self.share * np.exp(-beyond), np.float64)
        return np.asarray(
            self.share * np.exp(-np.log1p(self.shape * beyond) / self.shape), np.float64
        )


@dataclass(frozen=True)
class Check:
    """What p were where nothing depends on anything.

    Attributes
    ----------
    what : str
        What the trials were.
    n_sets, n_trials : int
        Data sets, and p in all of them.
    shares : tuple of float
        Of p at most 0.05, 0.01, 0.001 and 0.0001 (``LEVELS``).
    errors : tuple of float
        Their standard errors; pairs that depend on each other count for fewer.
    least_p : float
        The least p that any pair can get: 1 / (n_trials + 1), or 2.2e-308, where the tail
        below it was fitted and foretold what it had not seen, and where nothing was checked.
    tail : Tail or None
        That tail.
    """

    what: str
    n_sets: int
    n_trials: int
    shares: tuple[float, ...]
    errors: tuple[float, ...]
    least_p: float
    tail: Tail | None = None

    @property
    def failed(self) -> tuple[float, ...]:
        """Levels that p passed in far more trials than it should have."""
        rows = zip(LEVELS, self.shares, self.errors, strict=True)
        return tuple(
            level
            for level, share, error in rows
            if level * self.n_trials >= _SEEN
            and share > _MUCH * level
            and share > level + _WRONG * error
        )

    def __str__(self) -> str:
        if not self.n_trials:
            return "not checked"
        most = sum(level * self.n_trials >= 1 for level in LEVELS)
        rates = ", ".join(
            f"{share:.2g} of p <= {level:g}"
            for level, share in list(zip(LEVELS, self.shares, strict=True))[:most]
        )
        return f"{rates} in {self.n_trials:,} trials ({self.what})"

    def about(self) -> dict[str, Any]:
        """As JSON has it."""
        tail = self.tail
        return {
            "what": self.what,
            "n_sets": self.n_sets,
            "n_trials": self.n_trials,
            "levels": list(LEVELS),
            "shares": list(self.shares) if self.n_trials else None,
            "errors": list(self.errors) if self.n_trials else None,
            "least_p": self.least_p,
            "tail": None if tail is None else [tail.share, tail.start, tail.shape, tail.scale],
        }

    @classmethod
    def from_about(cls, about: Mapping[str, Any]) -> Check:
        """What a file says of one; ValueError where that cannot be."""
        if whole(about, "n_trials") == 0:
            return UNCHECKED
        shares, errors = (_numbers(about[name], len(LEVELS)) for name in ("shares", "errors"))
        tail = about["tail"]
        if tail is not None:
            if len(tail) != 4:
                raise ValueError("a tail has four numbers")
            tail = Tail(*_numbers(tail, 4))
            if not (0 < tail.share <= 1 and tail.scale > 0 and tail.shape >= 0):
                raise ValueError(f"no tail {tail}")
        if not all(0 <= share <= 1 for share in shares) or min(errors) < 0:
            raise ValueError(f"no shares {shares} with the errors {errors}")
        if not 0 < finite(about, "least_p") <= 1:
            raise ValueError(f"no p of {about['least_p']}")
        return cls(
            str(about["what"]),
            whole(about, "n_sets"),
            whole(about, "n_trials"),
            shares,
            errors,
            finite(about, "least_p"),
            tail,
        )


def _numbers(found: Sequence[Any], n: int) -> tuple[float, ...]:
    """So many finite numbers of a file's description."""
    named = {str(at): number for at, number in enumerate(found)}
    return tuple(finite(named, str(at)) for at in range(n))


UNCHECKED = Check("", 0, 0, (math.nan,) * len(LEVELS), (math.nan,) * len(LEVELS), _LEAST_P)


class Calibration:
    """P of trials, and what they make of other p.

    Parameters
    ----------
    trials : ndarray of float64, shape (sets, rows, columns)
        P of data sets without dependence, as maps, so that neighbours can be seen; NaN where
        there is none.
    what : str
        What they are, in words.
    """

    def __init__(self, trials: Doubles, what: str) -> None:
        trials = np.asarray(trials, np.float64)
        self._sorted = np.sort(trials[~np.isnan(trials)], axis=None)
        n = len(self._sorted)
        shares, errors = [], []
        for level in LEVELS:
            shares.append(float(np.searchsorted(self._sorted, level, "right")) / max(n, 1))
            worth = n / _unevenness(trials, max(level, 10 / max(n, 1)))
            errors.append(math.sqrt(level * (1 - level) / max(worth, 1)))
        tail = _tail(trials, self._sorted)
        least = _LEAST_P if tail is not None else 1 / (n + 1)
        self.check = Check(what, len(trials), n, tuple(shares), tuple(errors), least, tail)

    def corrected(self, p: Doubles) -> Doubles:
        """P that are no smaller than the trials allow; NaN stay NaN."""
        n, tail = len(self._sorted), self.check.tail
        as_small = np.searchsorted(self._sorted, p, "right")
        share = (as_small + 1) / (n + 1)
        if tail is not None:
            with np.errstate(divide="ignore"):
                t = -np.log(np.maximum(p, _LEAST_P))
            edge = (_ENOUGH + 1) / (n + 1)
            share = np.where(as_small < _ENOUGH, np.minimum(tail.p(t), edge), share)
        return np.asarray(np.where(np.isnan(p), np.nan, np.maximum(p, share)), np.float64)


def _unevenness(trials: Doubles, level: float) -> float:
    """The variance of how many p <= level are in a block of a map, by its expectation; >= 1."""
    small = np.where(np.isnan(trials), 0.0, trials <= level)
    known = np.where(np.isnan(trials), 0.0, 1.0)
    edges = [
        np.linspace(0, size, min(max(size // _WIDE, 1), _BLOCKS), endpoint=False).astype(int)
        for size in trials.shape[1:]
    ]
    found, n = (
        np.add.reduceat(np.add.reduceat(values, edges[0], axis=1), edges[1], axis=2)
        for values in (small, known)
    )
    filled = n > 0
    expected = n[filled] * (small.sum() / max(known.sum(), 1.0))
    if filled.sum() < 2 or expected.sum() == 0:
        return 1.0
    return max(1.0, float(((found[filled] - expected) ** 2).sum() / expected.sum()))


def _fit(t: Doubles, start: float) -> tuple[float, float]:
    """Shape and scale of the generalised Pareto tail beyond the start."""
    from scipy.stats import genpareto

    shape, _, scale = genpareto.fit(t[t > start] - start, floc=0.0)
    return float(shape), float(scale)


def _tail(trials: Doubles, ordered: Doubles) -> Tail | None:
    """The fitted tail, with its shape at the upper end of its error; None where it fails."""
    n = len(ordered)
    if n * _TAIL < _LEAST_TAIL or len(trials) < 2 or ordered[0] <= 0:
        return None
    level = float(np.quantile(ordered, _TAIL))
    uneven = _unevenness(trials, level)
    if level <= 0 or not _foretells(trials, uneven):
        return None
    start = -math.log(level)
    t = -np.log(ordered[ordered <= level])
    if np.count_nonzero(t > start) < _LEAST_TAIL / 2:
        return None
    shape, scale = _fit(t, start)
    error = (1 + shape) * math.sqrt(uneven / len(t))
    higher = max(shape + _UPPER * error, 0.0)
    scale *= 1 - (higher - shape) / (1 + shape)  # its best value, given the shape
    return Tail(len(t) / n, start, higher, scale) if scale > 0 else None


def _foretells(trials: Doubles, uneven: float) -> bool:
    """Whether a tail fitted to half of the sets has what the other half shows, far out."""
    half = len(trials) // 2
    first, second = (
        -np.log(np.maximum(some[~np.isnan(some)], _LEAST_P))
        for some in (trials[:half], trials[half:])
    )
    start = float(np.quantile(first, 1 - _TAIL))
    if np.count_nonzero(first > start) < _LEAST_TAIL / 4:
        return False
    shape, scale = _fit(first, start)
    beyond = Tail(_TAIL, start, max(shape, 0.0), scale)
    for fraction in (4.0, 16.0):  # of the tail
        t = start + scale * (
            math.log(fraction) if abs(shape) < 1e-9 else (fraction**shape - 1) / shape
        )
        wanted = float(beyond.p(np.array([t]))[0]) * len(second)
        found = int(np.count_nonzero(second >= t))
        if found > wanted + _WRONG * math.sqrt(2 * max(wanted, 1.0) * uneven):
            return False
    return True
