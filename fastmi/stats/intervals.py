"""MIIntervals: a map with the errors of its values."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from .._archive import Archive, description_of
from .._numbers import Doubles
from ..errors import FastMIError
from ..pair_table import pair_rows
from ..results import MIResult, stored_result
from ._intervals import INTERVALS
from ._resampled import Resampled, stored_resampling

INTERVALS_KIND = "fastmi intervals"
_MATRICES = ("bias", "standard_error", "low", "high")
_CURVES = ("mean", "se", "low", "high")


@dataclass(frozen=True, eq=False, repr=False)
class MIIntervals(Resampled):
    r"""A map of mutual information, corrected for bias, with standard errors and intervals.

    Attributes
    ----------
    result : MIResult
        The map as it was counted.
    bias : ndarray of float64, shape (P, P)
        What the map would show, in the mean, if positions were independent; in bits.
    standard_error : ndarray of float64, shape (P, P)
        Of each cell.
    low, high : ndarray of float64, shape (P, P)
        Ends of the interval of the corrected value. They may be below 0, as the corrected
        value may be: cut there, means of many would be too large.
    curve : ndarray, structured
        One row a distance, as of :meth:`MIResult.by_distance`, of corrected values: columns
        ``distance``, ``mean``, ``se``, ``low``, ``high``, ``n_pairs``.
    level : float
        Share of intervals that should hold the truth.
    interval : str
        "normal", "basic" or "percentile".
    n : int
        Replicates.
    seed : int
        What made them.
    provenance : dict
        Versions, and what the run took.
    """

    result: MIResult
    bias: Doubles
    standard_error: Doubles
    low: Doubles
    high: Doubles
    curve: npt.NDArray[Any]
    level: float
    interval: str
    n: int
    seed: int
    provenance: Mapping[str, Any] = field(default_factory=dict)

    _KIND: ClassVar[str] = INTERVALS_KIND

    def __repr__(self) -> str:
        r = self.result
        return (
            f"<MIIntervals: {100 * self.level:g} % of {r.k}-mers at {r.n_positions} positions, "
            f"{r.in_words()}, {self.n} replicates>"
        )

    @property
    def corrected(self) -> Doubles:
        """MI without what finite samples of independent positions show, shape (P, P)."""
        return np.asarray(self.result.matrix - self.bias, np.float64)

    def top_pairs(self, n: int | None = 20) -> npt.NDArray[Any]:
        """The strongest pairs, by corrected values.

        Parameters
        ----------
        n : int, optional
            How many; None for all.

        Returns
        -------
        ndarray, structured
            Columns ``i``, ``j`` (0-based starts), ``distance``, ``corrected``, ``se``, ``low``,
            ``high``, ``mi`` (as counted), all in bits, ``label_i``, ``label_j``.
        """
        r = self.result
        i, j = r.pairs()
        order = np.argsort(-self.corrected[i, j], kind="stable")[:n]
        i, j = i[order], j[order]
        matrices = {
            "corrected": self.corrected,
            "se": self.standard_error,
            "low": self.low,
            "high": self.high,
            "mi": r.matrix,
        }
        columns = {name: matrix[i, j] for name, matrix in matrices.items()}
        return pair_rows(r, i, j, columns)

    # -------------------------------------------------------------------------- files

    def about(self) -> dict[str, Any]:
        """Everything but the numbers, ready for JSON."""
        own = {"interval": self.interval, "result": self.result.about()}
        return {**self._about_resampling(), **own}

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        own = {name: getattr(self, name) for name in _MATRICES}
        own["curve"] = np.array([self.curve[name] for name in _CURVES])
        return {**self.result.arrays("_of_mi"), **own}

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> MIIntervals:
        """Read what :meth:`save` wrote. Nothing in the file is executed.

        Parameters
        ----------
        path : path-like
            The file.

        Returns
        -------
        MIIntervals
        """
        with Archive(path, INTERVALS_KIND) as archive:
            about = archive.check_format(1)
            with description_of(path):
                part = dict(about["result"])
                fields = stored_resampling(about)
                interval = str(about["interval"])
                if interval not in INTERVALS:
                    raise ValueError("an interval of no known kind")
            result = stored_result(archive, part, "_of_mi")
            size = result.n_positions
            for name in _MATRICES:
                fields[name] = archive.array(name, "<f8", (size, size))
            if (fields["standard_error"] < 0).any():
                raise FastMIError(f"{path}: its standard errors are impossible")
            rows = archive.array("curve", "<f8", (len(_CURVES), size - result.k))
        curve = curve_table(result, dict(zip(_CURVES, rows, strict=True)))
        return cls(result, curve=curve, interval=interval, **fields)


def curve_table(result: MIResult, columns: Mapping[str, Doubles]) -> npt.NDArray[Any]:
    """The table by distance of some columns."""
    plain = result.by_distance()
    kinds: list[Any] = [("distance", np.int64), *((name, np.float64) for name in columns)]
    table = np.empty(len(plain), [*kinds, ("n_pairs", np.int64)])
    table["distance"], table["n_pairs"] = plain["distance"], plain["n_pairs"]
    for name, values in columns.items():
        table[name] = values
    return table
