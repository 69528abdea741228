"""MIDifference: where the maps of two sets of sequences differ, and how sure that is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from .._archive import Archive, description_of
from .._numbers import Doubles
from ..errors import FastMIError
from ..pair_table import pair_rows
from ..results import MIResult, stored_result
from ._resampled import Resampled, stored_resampling
from .result import possible

DIFFERENCE_KIND = "fastmi difference"
NULLS = ("equal_mi", "same_distribution")
_MATRICES = ("bias_a", "bias_b", "standard_error", "low", "high", "p", "q")


@dataclass(frozen=True, eq=False, repr=False)
class MIDifference(Resampled):
    """Two maps without their bias, subtracted, with a test for each pair.

    Attributes
    ----------
    a, b : MIResult
        The maps as they were counted, of the sequences that were used of each set.
    bias_a, bias_b : ndarray of float64, shape (P, P)
        What each would show, in the mean, if positions were independent; in bits.
    standard_error, low, high : ndarray of float64, shape (P, P)
        Of the difference.
    p, q : ndarray of float64, shape (P, P)
        Of each pair; q over all pairs (Benjamini and Hochberg).
    p_own : ndarray of float64, shape (P, P), or None
        p by the pair's own splits alone, at least 1 / (n + 1); only where the null is the same
        distribution.
    null : str
        "equal_mi" or "same_distribution".
    names : (str, str)
        What the sets are called.
    level : float
        Share of intervals that should hold the truth.
    n : int
        Replicates, or splits.
    seed : int
        What made them.
    provenance : dict
        Versions, and what the run took.
    """

    a: MIResult
    b: MIResult
    bias_a: Doubles
    bias_b: Doubles
    standard_error: Doubles
    low: Doubles
    high: Doubles
    p: Doubles
    q: Doubles
    null: str
    names: tuple[str, str]
    level: float
    n: int
    seed: int
    p_own: Doubles | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)

    _KIND: ClassVar[str] = DIFFERENCE_KIND

    def __repr__(self) -> str:
        some = int((self.q[self.a.pairs()] < 0.05).sum())
        return (
            f"<MIDifference of {self.names[0]} and {self.names[1]}: {some:,} of "
            f"{len(self.a.pairs()[0]):,} pairs at q < 0.05, null: {self.null}>"
        )

    @property
    def difference(self) -> Doubles:
        """The first map minus the second, both without their bias, shape (P, P)."""
        a, b = self.corrected
        return np.asarray(a.matrix - b.matrix, np.float64)

    @property
    def corrected(self) -> tuple[MIResult, MIResult]:
        """The two maps without their bias."""
        return (
            replace(self.a, matrix=self.a.matrix - self.bias_a),
            replace(self.b, matrix=self.b.matrix - self.bias_b),
        )

    def top_pairs(self, n: int | None = 20, *, max_q: float | None = None) -> npt.NDArray[Any]:
        """The pairs in which the maps differ most.

        Parameters
        ----------
        n : int, optional
            How many; None for all.
        max_q : float, optional
            Only pairs of this q or less.

        Returns
        -------
        ndarray, structured
            Columns ``i``, ``j`` (0-based starts), ``distance``, ``a``, ``b`` (corrected
            values), ``difference``, ``se``, ``low``, ``high``, ``p``, ``q``, ``p_own`` where it
            is there, ``label_i``, ``label_j``; the largest difference of either sign first.
        """
        i, j = self.a.pairs()
        if max_q is not None:
            some = self.q[i, j] <= max_q
            i, j = i[some], j[some]
        order = np.argsort(-np.abs(self.difference[i, j]), kind="stable")[:n]
        i, j = i[order], j[order]
        a, b = self.corrected
        matrices = {
            "a": a.matrix,
            "b": b.matrix,
            "difference": self.difference,
            "se": self.standard_error,
            "low": self.low,
            "high": self.high,
            "p": self.p,
            "q": self.q,
            **({} if self.p_own is None else {"p_own": self.p_own}),
        }
        columns = {name: matrix[i, j] for name, matrix in matrices.items()}
        return pair_rows(self.a, i, j, columns)

    # -------------------------------------------------------------------------- files

    def about(self) -> dict[str, Any]:
        """Everything but the numbers, ready for JSON."""
        return {
            **self._about_resampling(),
            "null": self.null,
            "names": list(self.names),
            "p_own": self.p_own is not None,
            "a": self.a.about(),
            "b": self.b.about(),
        }

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        own = {name: getattr(self, name) for name in _MATRICES}
        if self.p_own is not None:
            own["p_own"] = self.p_own
        return {**self.a.arrays("_of_a"), **self.b.arrays("_of_b"), **own}

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> MIDifference:
        """Read what :meth:`save` wrote. Nothing in the file is executed.

        Parameters
        ----------
        path : path-like
            The file.

        Returns
        -------
        MIDifference
        """
        with Archive(path, DIFFERENCE_KIND) as archive:
            about = archive.check_format(1)
            with description_of(path):
                parts = [dict(about[name]) for name in ("a", "b")]
                first, second = (str(name) for name in about["names"])
                fields = stored_resampling(about)
                fields |= {"null": str(about["null"]), "names": (first, second)}
                if fields["null"] not in NULLS:
                    raise ValueError("no known null")
                own = bool(about["p_own"])
            a = stored_result(archive, parts[0], "_of_a")
            b = stored_result(archive, parts[1], "_of_b")
            with description_of(path):
                if (a.length, a.k, a.measure) != (b.length, b.k, b.measure):
                    raise ValueError("maps of different things")
            shape = (a.n_positions, a.n_positions)
            for name in (*_MATRICES, "p_own") if own else _MATRICES:
                fields[name] = archive.array(name, "<f8", shape)
            if not all(
                possible(fields[name]) for name in ("p", "q", "p_own") if name in fields
            ):
                raise FastMIError(f"{path}: its p are impossible")
            if (fields["standard_error"] < 0).any():
                raise FastMIError(f"{path}: its standard errors are impossible")
        return cls(a, b, **fields)
