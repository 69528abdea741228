"""Interpretation: what came out of scoring and selecting, with a map of each selection."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _core
from ._archive import Archive, description_of, finite, whole
from ._counted import counted
from ._files import write_arrays
from ._heads import head_number
from .errors import FastMIError
from .mi import SequenceTables
from .results import MIResult, stored_result
from .score_histogram import ScoreHistogram
from .sequences import PackedSequences

INTERPRETATION_KIND = "fastmi interpretation"
_MOST = 1000  # heads, selections


@dataclass(frozen=True, eq=False, repr=False)
class Selected:
    """The sequences that one selection took, and their map.

    Attributes
    ----------
    selection : str
        As asked for, such as "top 1%".
    head : str
        Which of the model's scores; empty where it has one.
    sequences : PackedSequences
        With their scores, in the order of their records.
    records : ndarray of int64, shape (n,)
        Their numbers among all that were scored, from 0 up.
    n_scored : int
        How many were scored.
    map : MIResult
        Mutual information between the k-mers at every pair of positions.
    """

    selection: str
    head: str
    sequences: PackedSequences
    records: npt.NDArray[np.int64]
    n_scored: int
    map: MIResult

    def __repr__(self) -> str:
        return f"<Selected: {self.in_words()}>"

    def in_words(self) -> str:
        """Which sequences these are, and how many."""
        head = f"{self.head}, " if self.head else ""
        low, high = self.score_range
        return (
            f"{head}{self.selection}: {len(self.records):,} of {self.n_scored:,} sequences, "
            f"scores {low:.4g} to {high:.4g}"
        )

    @property
    def title(self) -> str:
        """What a picture of the map shows, in a line."""
        what = f"{self.head}, {self.selection}" if self.head else self.selection
        return f"{what}: {self.map.in_words()}, k = {self.map.k}"

    @property
    def share(self) -> float:
        """Of all that were scored."""
        return len(self.records) / self.n_scored

    @property
    def score_range(self) -> tuple[float, float]:
        """The lowest and the highest score among them."""
        scores = self.sequences.scores
        assert scores is not None
        return float(scores.min()), float(scores.max())


@dataclass(frozen=True, eq=False, repr=False)
class Interpretation:
    """What a model learned: selections of the sequences that it scored, and their maps.

    Attributes
    ----------
    selected : tuple of Selected
        One for each head and selection, selections of one head together.
    heads : tuple of str
        Names of the model's scores; one empty name where it has one.
    histograms : tuple of ScoreHistogram
        How the scores of all sequences are spread, one for each head.
    wild_type : tuple of float, or None
        The wild type's scores, one for each head.
    n_scored : int
        How many sequences were scored.
    provenance : dict
        Model, background, versions, and what the run took.

    Examples
    --------
    See :func:`fastmi.interpret`.
    """

    selected: tuple[Selected, ...]
    heads: tuple[str, ...]
    histograms: tuple[ScoreHistogram, ...]
    wild_type: tuple[float, ...] | None
    n_scored: int
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        lines = "".join(f"\n  {one.in_words()}" for one in self.selected)
        return f"<Interpretation of {self.n_scored:,} scored sequences{lines}>"

    @property
    def map(self) -> MIResult:
        """The map of the only selection; of several, :meth:`find` gives one's."""
        return self.find().map

    @property
    def sequences(self) -> PackedSequences:
        """The sequences of the only selection; of several, :meth:`find` gives one's."""
        return self.find().sequences

    def find(self, selection: str | None = None, head: str | int | None = None) -> Selected:
        """One of the selections.

        Parameters
        ----------
        selection : str, optional
            As it was asked for; not needed where there is one.
        head : str or int, optional
            Name or number of the model's score; not needed where it has one.

        Returns
        -------
        Selected

        Raises
        ------
        KeyError
            There is none, or more than one.
        """
        name = None if head is None else self.heads[self.head_number(head)]
        found = [
            one
            for one in self.selected
            if selection in (None, one.selection) and name in (None, one.head)
        ]
        if len(found) != 1:
            there = "; ".join(
                f"{one.selection!r} of head {one.head!r}" if one.head else repr(one.selection)
                for one in (found or self.selected)
            )
            asked = " of ".join(repr(x) for x in (selection, head) if x is not None)
            raise KeyError(
                f"say which selection: {there}" if found else f"no {asked} here, only: {there}"
            )
        return found[0]

    def head_number(self, head: str | int) -> int:
        """Number of one of the model's scores.

        Parameters
        ----------
        head : str or int
            Its name or number, from 0 up.

        Returns
        -------
        int

        Raises
        ------
        KeyError
            The model has no such score.
        """
        return head_number(self.heads, head)

    def with_positions(
        self, first_position: int | None = None, reference: str | None = None
    ) -> Interpretation:
        """The same with other position numbers and labels in all maps.

        Parameters
        ----------
        first_position : int, optional
            Number of the first letter.
        reference : str, optional
            Sequence of as many letters as the others, to label the positions with.

        Returns
        -------
        Interpretation
        """
        selected = [
            replace(one, map=one.map.with_positions(first_position, reference))
            for one in self.selected
        ]
        return replace(self, selected=tuple(selected))

    def with_provenance(self, more: Mapping[str, Any]) -> Interpretation:
        """The same with more in its provenance.

        Parameters
        ----------
        more : mapping
            Names and values, ready for JSON.

        Returns
        -------
        Interpretation
        """
        return replace(self, provenance={**self.provenance, **more})

    # -------------------------------------------------------------------------- files

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write maps, selected sequences, records, scores and histograms as ``.npz``.

        Parameters
        ----------
        path : path-like
            Written whole or not at all; :func:`fastmi.load` opens it.
        """
        arrays: dict[str, npt.NDArray[Any]] = {}
        for h, histogram in enumerate(self.histograms):
            arrays[f"histogram_{h}"] = histogram.counts
        for s, one in enumerate(self.selected):
            arrays |= one.map.arrays(f"_{s}")
            arrays |= _arrays_of(one, f"_{s}")
        write_arrays(path, self.about(), arrays)

    def about(self) -> dict[str, Any]:
        """Everything but the numbers, ready for JSON."""
        return {
            "kind": INTERPRETATION_KIND,
            "format": 1,
            "heads": list(self.heads),
            "histograms": [histogram.about() for histogram in self.histograms],
            "wild_type": None if self.wild_type is None else list(self.wild_type),
            "n_scored": self.n_scored,
            "selected": [_about(one) for one in self.selected],
            "provenance": dict(self.provenance),
        }

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Interpretation:
        """Read what :meth:`save` wrote. Nothing in the file is executed.

        Parameters
        ----------
        path : path-like
            The file.

        Returns
        -------
        Interpretation
        """
        with Archive(path, INTERPRETATION_KIND) as archive, description_of(path):
            about = archive.check_format(1)
            n_scored = whole(about, "n_scored", 1)
            heads = tuple(str(head) for head in _list(about, "heads"))
            wild_type = None
            if about["wild_type"] is not None:
                given = {str(h): x for h, x in enumerate(_list(about, "wild_type"))}
                wild_type = tuple(finite(given, h) for h in given)
            histograms = tuple(
                _stored_histogram(archive, one, h)
                for h, one in enumerate(_list(about, "histograms"))
            )
            numbers = (set(heads), histograms, wild_type or heads)
            if any(len(each) != len(heads) for each in numbers):
                raise ValueError("heads and their numbers do not fit")
            if any(histogram.n != n_scored for histogram in histograms):
                raise ValueError("histograms are of other scores")
            selected = tuple(
                _stored(archive, one, n_scored, s)
                for s, one in enumerate(_list(about, "selected"))
            )
            if not {one.head for one in selected} <= set(heads):
                raise ValueError("selections are of other heads")
            provenance = dict(about["provenance"])
        return cls(selected, heads, histograms, wild_type, n_scored, provenance)


def check_numbers(n_heads: int, n_selected: int) -> None:
    """Raise where there is more than a file holds."""
    if max(n_heads, n_selected) > _MOST:
        raise FastMIError(
            f"the model has {n_heads:,} scores, which makes {n_selected:,} selections, and "
            f"an interpretation has {_MOST:,} of either at most: choose some by output="
        )


def map_of(given: Any, which: str = "result") -> MIResult:
    """The map that is given: itself, that of a selection, or of an only selection."""
    if isinstance(given, MIResult):
        return given
    if isinstance(given, Selected):
        return given.map
    if not isinstance(given, Interpretation):
        raise TypeError(
            f"{which} must be a map, a selection or an interpretation, got "
            f"{type(given).__name__}"
        )
    if len(given.selected) > 1:
        raise ValueError(
            f"{which} has the maps of {len(given.selected)} selections; say which: "
            "r.find(selection, head)"
        )
    return given.map


def _arrays_of(one: Selected, ending: str) -> dict[str, npt.NDArray[Any]]:
    s = one.sequences
    named: dict[str, npt.NDArray[Any] | None] = {
        "records": one.records,
        "rows": s.rows,
        "mask": s.mask,
        "scores": s.scores,
        "weights": s.weights,
    }
    return {f"{name}{ending}": array for name, array in named.items() if array is not None}


def _about(one: Selected) -> dict[str, Any]:
    return {
        "selection": one.selection,
        "head": one.head,
        "n": len(one.records),
        "mask": one.sequences.mask is not None,
        "weights": one.sequences.has_weights,
        "map": one.map.about(),
    }


def _list(about: Mapping[str, Any], key: str) -> Sequence[Any]:
    found = about[key]
    if not isinstance(found, list) or not 0 < len(found) <= _MOST:
        raise ValueError(f"{key} is no list of 1 to {_MOST:,}")
    return found


def _stored_histogram(archive: Archive, about: dict[str, Any], h: int) -> ScoreHistogram:
    n = whole(about, "bins")
    return ScoreHistogram.of(about, archive.array(f"histogram_{h}", "<i8", (n,)))


def _stored(archive: Archive, about: dict[str, Any], n_scored: int, s: int) -> Selected:
    if not isinstance(about["map"], dict):
        raise ValueError("a map is none")
    result = stored_result(archive, about["map"], f"_{s}")
    n, size = whole(about, "n", 1), len(result.alphabet)
    if result.n_sequences != n:
        raise ValueError("a map is of other sequences")
    records = archive.array(f"records_{s}", "<i8", (n,))
    if (np.diff(records) <= 0).any() or records[0] < 0 or records[-1] >= n_scored:
        raise ValueError("records do not ascend")
    row_bytes = _core.row_bytes(result.length, size)
    mask = None
    if about["mask"]:
        mask = archive.array(f"mask_{s}", "|u1", (n, _core.mask_bytes(result.length)))
    weights = archive.array(f"weights_{s}", "<f8", (n,)) if about["weights"] else None
    sequences = PackedSequences(
        archive.array(f"rows_{s}", "|u1", (n, row_bytes)),
        result.length,
        result.alphabet,
        mask,
        0,
        weights,
        archive.array(f"scores_{s}", "<f8", (n,)),
    )
    result = replace(result, source=SequenceTables(counted(sequences), result.k))
    return Selected(
        str(about["selection"]), str(about["head"]), sequences, records, n_scored, result
    )
