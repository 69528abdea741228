"""Precision: what came of holding a map against contacts, as tables and curves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt

from .._files import write_lines
from ..results import MIResult
from ._ranking import Ranking
from .maps import ContactMap

TABLE_KIND = [
    ("statistic", "U24"),
    ("n", np.int64),
    ("value", np.float64),
    ("chance", np.float64),
    ("expected", np.float64),
    ("sd", np.float64),
    ("p", np.float64),
    ("p_exact", np.float64),
    ("p_shift", np.float64),
    ("tied", np.int64),
]
PAIR_KIND = [
    ("i", np.int64),
    ("j", np.int64),
    ("separation", np.int64),
    ("value", np.float64),
    ("distance", np.float64),
    ("contact", np.bool_),
]


@dataclass(frozen=True, eq=False, repr=False)
class Precision:
    """How well a map finds contacts.

    Attributes
    ----------
    table : ndarray, structured
        A row for the precision at each number of pairs that there are, then "AUC" (of the ROC
        curve), "average precision" and "Spearman" (of value and nearness). Columns ``n``
        (pairs), ``value``, ``chance`` (of pairs in any order), ``expected`` and ``sd`` (of
        truths permuted within each distance j - i), ``p`` (the share of these at least as
        good), ``p_exact`` (its exact value; NaN where there is none, or a tie is cut),
        ``p_shift`` (the same of diagonals that are turned) and ``tied`` (pairs with the value
        at which the first n end, if these are cut; else 0).
    pairs : ndarray, structured
        All that count, the strongest first: ``i``, ``j`` (0-based starts), ``separation``
        (letters between the nearest ones), ``value``, ``distance`` (of the truth, between the
        nearest letters), ``contact``.
    k, length, letters : int
        Letters in a k-mer; of the map; of those, how many the truth knows (L).
    rule : str
        What a contact is, in words.
    threshold : float
        What is closer than this is one.
    min_separation, max_separation : int
        Letters that pairs are apart.
    n_unknown : int
        Pairs left out, as the truth does not know them, or the map has no value.
    permutations, seed : int
        Truths permuted within distances.
    alike : float
        The variance of what is found, over that of independent pairs, as neighbours along a
        diagonal let expect it; 1 where they are not alike.
    result : MIResult or None
        The map, unless it was a bare array.
    truth : ContactMap
        What it was held against.
    """

    table: npt.NDArray[Any]
    pairs: npt.NDArray[Any]
    k: int
    length: int
    letters: int
    rule: str
    threshold: float
    min_separation: int
    max_separation: int
    n_unknown: int
    permutations: int
    seed: int
    alike: float
    result: MIResult | None
    truth: ContactMap

    def __repr__(self) -> str:
        found = ", ".join(
            f"{row['value']:.2f} at {row['statistic'].removeprefix('precision at ')}"
            for row in self.table[:-3]
        )
        return f"<Precision: {found or 'too few pairs'}; AUC {self.auc:.2f}; {self.in_words()}>"

    def in_words(self) -> str:
        """What is a contact, and among which pairs."""
        far = f" to {self.max_separation}" if self.max_separation < self.length else " or more"
        return (
            f"{self.n_true:,} contacts ({self.rule}) among {len(self.pairs):,} pairs, "
            f"{self.min_separation}{far} letters apart"
        )

    @property
    def n_true(self) -> int:
        """Contacts among the pairs."""
        return int(self.pairs["contact"].sum())

    @property
    def auc(self) -> float:
        """Area under the ROC curve."""
        return float(self.table[-3]["value"])

    @property
    def average_precision(self) -> float:
        """Mean over the contacts of the precision down to them."""
        return float(self.table[-2]["value"])

    def at(self, n: str | int) -> float:
        """The precision at one of the numbers of pairs that were asked for."""
        rows = self.table[self.table["statistic"] == f"precision at {n}"]
        if not len(rows):
            asked = ", ".join(
                name.removeprefix("precision at ") for name in self.table["statistic"][:-3]
            )
            raise KeyError(f"the table has the precision at {asked}, not at {n}")
        return float(rows[0]["value"])

    def curve(self) -> npt.NDArray[Any]:
        """ROC and precision-recall curves.

        Returns
        -------
        ndarray, structured
            From the strongest value down: ``value``, ``n`` (pairs that have it or more),
            ``true_positive_rate`` (recall), ``false_positive_rate``, ``precision``. The first
            row has no pairs, an infinite value and no precision (NaN). Equal values are one
            row: between rows, a straight line is the mean over their orders.
        """
        ranking = Ranking(self.pairs["value"])
        # the pairs are in this order already, equal ones as they come
        n, true = ranking.curve(self.pairs["contact"][ranking.order]).T
        names = ("value", "n", "true_positive_rate", "false_positive_rate", "precision")
        table = np.empty(
            len(n), [(name, np.int64 if name == "n" else np.float64) for name in names]
        )
        table["value"], table["n"] = np.r_[np.inf, ranking.values], n
        table["true_positive_rate"] = true / self.n_true
        table["false_positive_rate"] = (n - true) / (len(self.pairs) - self.n_true)
        table["precision"] = np.r_[np.nan, true[1:] / n[1:]]
        return table

    def top_pairs(self, n: int | None = None) -> npt.NDArray[Any]:
        """The strongest pairs, and whether they touch.

        Parameters
        ----------
        n : int, optional
            How many; by default L. Ties by i, then j.

        Returns
        -------
        ndarray, structured
            Columns of ``pairs``, and ``label_i`` and ``label_j`` of the map and
            ``residue_i`` and ``residue_j`` of the truth, where there are some.
        """
        some = self.pairs[: self.letters if n is None else n]
        names: dict[str, list[str]] = {}
        if self.result is not None:
            names["label"] = [self.result.label(p) for p in range(self.result.n_positions)]
        if any(self.truth.labels):
            names["residue"] = list(self.truth.labels)
        kinds: list[Any] = list(PAIR_KIND)
        for name, labels in names.items():
            width = max(1, *map(len, labels))
            kinds += [(f"{name}_{end}", f"U{width}") for end in "ij"]
        table = np.empty(len(some), kinds)
        for name, _ in PAIR_KIND:
            table[name] = some[name]
        for name, labels in names.items():
            for end in "ij":
                table[f"{name}_{end}"] = np.array(labels)[some[end]]
        return table

    def to_tsv(self, target: str | os.PathLike[str] | TextIO) -> None:
        """Write the table as tab-separated text.

        Parameters
        ----------
        target : path-like or text stream
            A file is written whole or not at all; ``.gz`` is compressed.
        """
        write_lines(target, lines_of_table(self.table))

    def about(self) -> dict[str, Any]:
        """What was done, ready for JSON."""
        return {
            "rule": self.rule,
            "threshold": self.threshold,
            "letters": self.letters,
            "k": self.k,
            "pairs": len(self.pairs),
            "contacts": self.n_true,
            "unknown": self.n_unknown,
            "min_separation": self.min_separation,
            "max_separation": self.max_separation,
            "permutations": self.permutations,
            "seed": self.seed,
            "alike": self.alike,
            "coverage": self.truth.coverage,
            "identity": None if np.isnan(self.truth.identity) else self.truth.identity,
            "truth": dict(self.truth.provenance),
        }


def lines_of_table(table: npt.NDArray[Any]) -> Iterator[str]:
    """A structured array as lines of tab-separated text."""
    yield "\t".join(table.dtype.names or ()) + "\n"
    for row in table.tolist():
        yield (
            "\t".join(
                f"{value:.6g}" if isinstance(value, float) else str(value) for value in row
            )
            + "\n"
        )
