"""compare: two maps side by side, and what one has that the other lacks.

Two models, a model and the data that it was trained on, or the top and the bottom of one
model's scores: maps of the same positions, subtracted cell by cell and held on one scale.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .errors import FastMIWarning
from .interpretation import Interpretation, Selected, map_of
from .pair_table import pair_rows
from .results import MIResult

if TYPE_CHECKING:
    from .stats.result import Significance

_ALIKE_N = 1.25  # numbers of sequences whose finite-sample bias is much the same


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Two maps of the same positions.

    Attributes
    ----------
    a, b : MIResult
        The maps.
    names : (str, str)
        What they are called in tables and plots.
    difference : ndarray of float64, shape (P, P)
        a - b, in the maps' unit; NaN where either has no value.
    """

    a: MIResult
    b: MIResult
    names: tuple[str, str]

    def __repr__(self) -> str:
        a, b = self.names
        return f"<Comparison of {a} and {b}: correlation {self.correlation():.3f}>"

    @property
    def difference(self) -> npt.NDArray[np.float64]:
        """The first map minus the second, shape (P, P)."""
        with np.errstate(invalid="ignore"):  # infinite distances
            return self.a.matrix - self.b.matrix

    def correlation(self, kind: str = "pearson") -> float:
        """How alike the two maps are, over all pairs that both have.

        Parameters
        ----------
        kind : {"pearson", "spearman"}
            Of the values, or of their ranks.

        Returns
        -------
        float
            NaN where one of the maps has the same value everywhere.
        """
        if kind not in ("pearson", "spearman"):
            raise ValueError(f"kind must be pearson or spearman, got {kind!r}")
        i, j = self.a.pairs()
        x, y = self.a.matrix[i, j], self.b.matrix[i, j]
        both = np.isfinite(x) & np.isfinite(y)
        x, y = x[both], y[both]
        if kind == "spearman":
            from scipy.stats import rankdata

            x, y = rankdata(x), rankdata(y)
        if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
            return float("nan")
        return float(np.corrcoef(x, y)[0, 1])

    def top_pairs(self, n: int | None = 20) -> npt.NDArray[Any]:
        """The pairs in which the maps differ most.

        Parameters
        ----------
        n : int, optional
            How many; None for all.

        Returns
        -------
        ndarray, structured
            Columns ``i``, ``j`` (0-based starts), ``distance``, ``a``, ``b`` (values of the
            two maps), ``difference`` (a - b), ``label_i``, ``label_j``; the largest
            difference of either sign first.
        """
        order = _order(self.difference, self.a)[:n]
        i, j = (x[order] for x in self.a.pairs())
        matrices = {"a": self.a.matrix, "b": self.b.matrix, "difference": self.difference}
        columns = {name: matrix[i, j] for name, matrix in matrices.items()}
        return pair_rows(self.a, i, j, columns)


def _order(difference: npt.NDArray[np.float64], result: MIResult) -> npt.NDArray[np.intp]:
    """Numbers of the pairs, the largest difference of either sign first, NaN last."""
    return np.argsort(-np.abs(difference[result.pairs()]), kind="stable")


def compare(
    a: MIResult | Significance | Interpretation | Selected,
    b: MIResult | Significance | Interpretation | Selected,
    *,
    names: tuple[str, str] = ("a", "b"),
) -> Comparison:
    """Hold two maps of the same positions against each other.

    Parameters
    ----------
    a, b : MIResult, Significance, Interpretation or Selected
        Maps of one length, k, alphabet, measure and pseudocount. Of an interpretation, the
        map of its only selection.
    names : (str, str)
        What they are called in tables and plots.

    Returns
    -------
    Comparison
        For :func:`fastmi.plot.comparison`, and tables.

    Raises
    ------
    ValueError
        They are maps of different things.

    Notes
    -----
    Estimates of mutual information are too large by about (M - 1)^2 / (2 N ln 2) bits without
    a pseudocount (M k-mers, N sequences), so maps of very different N differ everywhere; a
    :class:`FastMIWarning` says so. Take as many sequences of each.

    Examples
    --------
    >>> import fastmi
    >>> a = fastmi.pairwise_mi(["AAT", "CCT", "AAG", "CCG"], k=1, pseudocount=0)
    >>> b = fastmi.pairwise_mi(["ATA", "CTC", "AGA", "CGC"], k=1, pseudocount=0)
    >>> fastmi.compare(a, b).top_pairs(2)[["i", "j", "difference"]].tolist()
    [(0, 1, 1.0), (0, 2, -1.0)]
    """
    first, second = map_of(a, "a"), map_of(b, "b")
    for what, mine, theirs in (
        ("length", first.length, second.length),
        ("k", first.k, second.k),
        ("letters", first.alphabet.letters, second.alphabet.letters),
        ("measure", first.measure, second.measure),
        ("pseudocount", first.pseudocount, second.pseudocount),
    ):
        if mine != theirs:
            raise ValueError(f"the maps differ in {what}: {mine} and {theirs}")
    if (
        isinstance(names, str)
        or len(names) != 2
        or not all(isinstance(name, str) for name in names)
        or names[0] == names[1]
    ):
        raise ValueError(f"names are two different strings, got {names!r}")
    sizes = [m.n_sequences if m.n_effective is None else m.n_effective for m in (first, second)]
    if first.is_counted and min(sizes) > 0 and max(sizes) / min(sizes) > _ALIKE_N:
        warnings.warn(
            f"the maps are of {sizes[0]:,.6g} and {sizes[1]:,.6g} sequences; that of the fewer "
            "is too bright everywhere. Take as many sequences of each",
            FastMIWarning,
            stacklevel=2,
        )
    return Comparison(first, second, (names[0], names[1]))
