"""Significance: which pairs of a map are real, under a null that has a name."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt

from .._adjusting import CORRECTIONS, adjusted
from .._archive import Archive, description_of
from .._checks import check_share, check_size
from .._files import write_arrays, write_lines
from ..errors import FastMIError, FastMIWarning
from ..pair_table import PLACES, pair_lines, pair_rows
from ..results import MIResult, stored_result
from .nulls import EXPLAINED
from .tails import LEVELS, Check

Matrix = npt.NDArray[np.float64]
SIGNIFICANCE_KIND = "fastmi significance"
_OF_THE_FILE = ("kind", "format", "result")
BIASES = ("analytic", "permutation", "miller-madow", "none")


@dataclass(frozen=True, eq=False, repr=False)
class Significance:
    """A map with what it would be where nothing depends on anything.

    Attributes
    ----------
    result : MIResult
        The map of mutual information.
    null : str
        What is tested: "independence", "pool", "additive", "distance" or "samples";
        :attr:`explained` says what a small p means.
    expected : ndarray of float64, shape (P, P)
        Bits: the mean of MI under the null, which for "independence" is the bias of a finite
        sample.
    p : ndarray of float64, shape (P, P)
        How likely a pair at least as dependent is under the null; symmetric, NaN where k-mers
        overlap and where no sequence has both. Never smaller than what was checked.
    bias : str
        How ``expected`` was found: "analytic", "permutation", "miller-madow", "none"; or
        "null" where it is the mean of null sets.
    check : Check
        What p were in trials without dependence.
    x2 : ndarray of float64, shape (P, P), or None
        Pearson's X^2 with rare k-mers damped; for "independence" only.
    settings : dict
        Seed, number of null sets, and what else there was to choose.
    """

    result: MIResult
    null: str
    expected: Matrix
    p: Matrix
    bias: str
    check: Check
    x2: Matrix | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return (
            f"<Significance of {self.result.k}-mers at {self.result.n_positions} positions, "
            f"null: {self.null}; {self.n_significant():,} of {self.n_tests:,} pairs at "
            "q <= 0.05>"
        )

    @property
    def explained(self) -> str:
        """The null, and what a small p says."""
        return f"{self.null}: {EXPLAINED[self.null]}"

    @property
    def corrected(self) -> Matrix:
        """MI beyond its mean under the null, in bits, shape (P, P): the size of an effect."""
        return np.asarray(self.result.matrix - self.expected, np.float64)

    @cached_property
    def q(self) -> Matrix:
        """P corrected for the number of pairs, after Benjamini and Hochberg; shape (P, P)."""
        return self.adjusted("bh")

    @property
    def n_tests(self) -> int:
        """Pairs with a p."""
        return int(np.count_nonzero(~np.isnan(self.p[self.result.pairs()])))

    def adjusted(self, correction: str = "bh") -> Matrix:
        """P corrected for their number.

        Parameters
        ----------
        correction : {"bh", "by", "holm"}
            Benjamini and Hochberg: the expected share of false ones among those called, for
            pairs that are independent or depend on each other positively, as neighbours do;
            Benjamini and Yekutieli: the same under any dependence; Holm: the chance of any
            false one at all, under any dependence.

        Returns
        -------
        ndarray of float64, shape (P, P)
        """
        if correction not in CORRECTIONS:
            raise ValueError(
                f"correction must be one of {', '.join(CORRECTIONS)}, got {correction!r}"
            )
        pairs = self.result.pairs()
        matrix = np.full(self.p.shape, np.nan)
        matrix[pairs] = matrix[pairs[::-1]] = adjusted(self.p[pairs], correction)
        return matrix

    def n_significant(self, q: float = 0.05) -> int:
        """How many pairs stand out.

        Parameters
        ----------
        q : float
            Those with a q of at most this.

        Returns
        -------
        int
        """
        check_share("q", q)
        with np.errstate(invalid="ignore"):
            return int(np.count_nonzero(self.q[self.result.pairs()] <= q))

    def top_pairs(self, n: int | None = 20, *, q: float | None = 0.05) -> npt.NDArray[Any]:
        """The pairs with the largest MI beyond the null among those that stand out.

        Not those with the smallest p: p depends on the number of sequences, which with a model
        is yours to choose.

        Parameters
        ----------
        n : int, optional
            How many; None for all.
        q : float, optional
            Those with a q of at most this; None for all pairs.

        Returns
        -------
        ndarray, structured
            Columns of :meth:`MIResult.top_pairs`, and ``expected`` and ``corrected`` (bits),
            ``p``, ``q``; largest ``corrected`` first, NaN last.
        """
        pairs = self.result.top_pairs(None)
        at = pairs["i"], pairs["j"]
        columns = {
            **{name: pairs[name] for name in pairs.dtype.names or () if name not in PLACES},
            "expected": self.expected[at],
            "corrected": self.corrected[at],
            "p": self.p[at],
            "q": self.q[at],
        }
        table = pair_rows(self.result, *at, columns)
        table = table[np.argsort(-table["corrected"], kind="stable")]
        if q is not None:
            check_share("q", q)
            table = table[table["q"] <= q]
        return table if n is None else table[: check_size("n", n)]

    # -------------------------------------------------------------------------- files

    def to_tsv(
        self,
        target: str | os.PathLike[str] | TextIO,
        *,
        q: float | None = None,
        top_kmers: int = 100,
    ) -> None:
        """Write the pairs as a tab-separated table, largest MI beyond the null first.

        Parameters
        ----------
        target : path-like or text stream
            A file is written whole or not at all; ``.gz`` is compressed.
        q : float, optional
            Only pairs with a q of at most this.
        top_kmers : int
            Rows that get their k-mers, as in :meth:`MIResult.to_tsv`.
        """
        known = self.result.source is not None and top_kmers > 0
        kmers = partial(self.result.top_kmers, n=3) if known else None
        write_lines(target, pair_lines(self.top_pairs(None, q=q), "mi_bits", kmers, top_kmers))

    def about(self) -> dict[str, Any]:
        """Everything but the numbers, ready for JSON."""
        return {
            "kind": SIGNIFICANCE_KIND,
            "format": 1,
            "null": self.null,
            "bias": self.bias,
            "check": self.check.about(),
            "x2": self.x2 is not None,
            "settings": dict(self.settings),
            "result": self.result.about(),
        }

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all of it as ``.npz``: arrays, and JSON in ``about``.

        Parameters
        ----------
        path : path-like
            Written whole or not at all.
        """
        write_arrays(path, self.about(), {**self.result.arrays(), **significance_arrays(self)})

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Significance:
        """Read what :meth:`save` wrote. Nothing in the file is executed.

        Parameters
        ----------
        path : path-like
            The file.

        Returns
        -------
        Significance
        """
        with Archive(path, SIGNIFICANCE_KIND) as archive:
            about = archive.check_format(1)
            with description_of(path):
                result = stored_result(archive, dict(about["result"]))
                return stored_significance(archive, about, result)


def about_significance(found: Significance) -> dict[str, Any]:
    """Everything but the numbers and the map, ready for JSON."""
    return {name: it for name, it in found.about().items() if name not in _OF_THE_FILE}


def significance_arrays(found: Significance, ending: str = "") -> dict[str, npt.NDArray[Any]]:
    """The numbers, with this ending to their names."""
    named = {"expected": found.expected, "p": found.p, "x2": found.x2}
    return {f"{name}{ending}": array for name, array in named.items() if array is not None}


def stored_significance(
    archive: Archive, about: Mapping[str, Any], result: MIResult, ending: str = ""
) -> Significance:
    """What a file has of a map, by its description; ValueError where that cannot be."""
    null, bias = str(about["null"]), str(about["bias"])
    if null not in EXPLAINED or bias not in (*BIASES, "null"):
        raise ValueError(f"no null {null!r} with the bias {bias!r}")
    if result.measure != "MI":
        raise ValueError(f"p of {result.measure}")
    check, settings = Check.from_about(about["check"]), dict(about["settings"])
    names = ["expected", "p", *(["x2"] if about["x2"] else [])]
    shape = result.matrix.shape
    found = {name: archive.array(f"{name}{ending}", "<f8", shape) for name in names}
    if not possible(found["p"]) or np.isinf(found["expected"]).any():
        raise FastMIError(f"{archive.path}: its p or its expected values are impossible")
    if not np.array_equal(found["expected"], found["expected"].T, equal_nan=True):
        raise FastMIError(f"{archive.path}: its expected values are not symmetric")
    return Significance(result, null, bias=bias, check=check, settings=settings, **found)


def possible(p: Matrix) -> bool:
    """Whether these are p of pairs: between 0 and 1 or NaN, the same both ways."""
    known = p[~np.isnan(p)]
    return bool(((known >= 0) & (known <= 1)).all()) and np.array_equal(p, p.T, equal_nan=True)


def warn_about(found: Significance) -> None:
    """Say what a reader of p has to know."""
    check = found.check
    if check.failed:
        level = check.failed[0]
        warnings.warn(
            f"p of this map are too small: of {check.n_trials:,} trials without dependence "
            f"{check.shares[LEVELS.index(level)]:.2g} had p <= {level:g}; they were raised to "
            "what the trials allow",
            FastMIWarning,
            stacklevel=3,
        )
    n_cells = len(found.result.alphabet) ** (2 * found.result.k)
    n = found.result.n_effective or found.result.n_sequences
    if n_cells > n:
        warnings.warn(
            f"a pair has {n_cells:,} cells and {n:,.0f} sequences: most of its mutual "
            f"information is the bias of a small sample; shorter k-mers say more",
            FastMIWarning,
            stacklevel=3,
        )
