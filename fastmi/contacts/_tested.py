"""What the precision of a map is, and what it would be did it know but the distance j - i."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .._numbers import Doubles
from ._ranking import Ranking
from ._within import Strata
from .precisions import TABLE_KIND

_SAME = 1e-9  # statistics that differ by less are one number, added up in other orders
_AT_ONCE = 1 << 18  # pairs of permuted truths


class Tested:
    """An order of pairs held against what is true of them, and against that permuted.

    Parameters
    ----------
    pairs : ndarray, structured
        As of :class:`fastmi.contacts.Precision`, in the order of i and j.
    """

    def __init__(self, pairs: npt.NDArray[Any]) -> None:
        self.ranking = Ranking(pairs["value"])
        self.strata = Strata(pairs["separation"], pairs["i"])
        self.true: npt.NDArray[np.bool_] = pairs["contact"]
        self.placed = np.empty(len(pairs), np.int64)  # place of each pair, the strongest first
        self.placed[self.ranking.order] = np.arange(len(pairs))
        self.strength = _standard(-self.ranking.ranks)  # of the pairs, the strongest first
        self.closeness = _standard(_ranks(-pairs["distance"]))

    def _statistics(self, orders: npt.NDArray[np.int64], ns: Sequence[int]) -> Doubles:
        """Precisions, AUC, average precision and Spearman's r of permuted truths."""
        at = orders[:, self.ranking.order]
        truths = self.true[at]
        found: Doubles = np.c_[
            self.ranking.found(truths, ns) / np.maximum(ns, 1),
            self.ranking.auc(truths),
            self.ranking.average_precision(truths),
            self.closeness[at] @ self.strength,
        ]
        return found

    def table(self, numbers: Sequence[tuple[str, int]], seed: int, m: int) -> npt.NDArray[Any]:
        """The table of :class:`fastmi.contacts.Precision`.

        Parameters
        ----------
        numbers : sequence of (str, int)
            Names and numbers of pairs; those that there are not get no row.
        seed, m : int
            Of the permutations, and how many.
        """
        n, placed = len(self.true), self.placed
        here = [(name, size) for name, size in numbers if size <= n]
        ns = [size for _, size in here]
        seen = self._statistics(np.arange(n)[None], ns)[0]
        block = max(1, _AT_ONCE // n)
        random = [self._statistics(o, ns) for o in self.strata.permuted(seed, m, block)]
        turned = [self._statistics(o, ns) for o in self.strata.shifted(block)]
        names = [f"precision at {name}" for name, _ in here]
        table = np.zeros(len(numbers) + 3, TABLE_KIND)
        rows = [*names, "AUC", "average precision", "Spearman"]
        columns = {
            "statistic": rows,
            "n": [*ns, n, n, n],
            "value": seen,
            "p": _p(seen, random),
            "p_shift": _p(seen, turned),
        }
        kept = table[: len(rows)]
        for column, content in columns.items():
            kept[column] = content
        n_true = int(self.true.sum())
        kept["chance"] = n_true / n
        kept["chance"][-3:] = 0.5, _any_order(self.true), 0.0
        kept["p_exact"] = np.nan
        truth = self.true.astype(np.float64)
        for row, size in zip(kept, ns, strict=False):
            weights = self.ranking.weights(size)
            mean, variance = self.strata.moments(weights[placed], truth)
            row["expected"], row["sd"] = mean / size, variance**0.5 / size
            row["tied"] = self.ranking.tied(size)
            if not row["tied"]:
                row["p_exact"] = self.strata.tail(placed < size, self.true)
        mean, variance = self.strata.moments(self.ranking.ranks[placed], truth)
        scale = n_true * (n - n_true)
        kept[-3]["expected"] = 1 - (mean - n_true * (n_true + 1) / 2) / scale
        kept[-3]["sd"] = variance**0.5 / scale
        some = np.concatenate(random)[:, -2] if random else np.full(1, np.nan)
        kept[-2]["expected"], kept[-2]["sd"] = some.mean(), some.std()
        mean, variance = self.strata.moments(self.strength[placed], self.closeness)
        kept[-1]["expected"], kept[-1]["sd"] = mean, variance**0.5
        return kept

    def alike(self) -> float:
        """The variance of sums within distances over that of independent pairs, about."""
        strength, truth = self.strength[self.placed], self.true.astype(np.float64)
        r = self.strata.alike(strength) * self.strata.alike(truth)
        r = min(max(r, 0.0), 0.99)
        return (1 + r) / (1 - r)


def _p(seen: Doubles, others: list[Doubles]) -> Doubles:
    """(r + 1) / (m + 1), where r of m others are at least as large; NaN without others."""
    if not others:
        return np.full(len(seen), np.nan)
    whole = np.concatenate(others)
    as_large = (whole >= seen - _SAME).sum(axis=0)
    return np.asarray((as_large + 1) / (len(whole) + 1))


def _any_order(true: npt.NDArray[np.bool_]) -> float:
    """The average precision of pairs in any order."""
    return float(Ranking(np.zeros(len(true))).average_precision(true[None])[0])


def _ranks(values: Doubles) -> Doubles:
    from scipy.stats import rankdata

    return np.asarray(rankdata(values))


def _standard(ranks: Doubles) -> Doubles:
    """Ranks about their mean, of length 1: the product of two is their correlation."""
    apart = ranks - ranks.mean()
    length = float(np.sqrt((apart * apart).sum()))
    return np.asarray(apart / length if length > 0 else np.full(len(ranks), np.nan))
