"""Interpretation: what came out of scoring and selecting, with a map of each selection."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from ._archive import Archive, description_of, finite, whole
from ._files import write_arrays
from ._heads import head_number
from .errors import FastMIError
from .results import MIResult
from .score_histogram import ScoreHistogram
from .selected import Selected as Selected
from .selected import about_selected, selected_arrays, stored_selected
from .sequences import PackedSequences

if TYPE_CHECKING:
    from .stats.result import Significance

INTERPRETATION_KIND = "fastmi interpretation"
_MOST = 1000  # heads, selections


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

    def significance(
        self, selection: str | None = None, head: str | int | None = None
    ) -> Significance:
        """Which pairs of a selection's map are real, under the null asked for.

        Parameters
        ----------
        selection, head
            As for :meth:`find`.

        Returns
        -------
        Significance

        Raises
        ------
        KeyError
            There is no such selection, or more than one.
        FastMIError
            It was not tested.
        """
        found = self.find(selection, head)
        if found.significance is None:
            raise FastMIError(
                f"{found.selection!r} was not tested: fastmi.interpret does so with null=, "
                "and warns where it cannot"
            )
        return found.significance

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
        selected = [one.with_positions(first_position, reference) for one in self.selected]
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
            arrays |= selected_arrays(one, f"_{s}")
        write_arrays(path, self.about(), arrays)

    def about(self) -> dict[str, Any]:
        """Everything but the numbers, ready for JSON."""
        return {
            "kind": INTERPRETATION_KIND,
            "format": self._format,
            "heads": list(self.heads),
            "histograms": [histogram.about() for histogram in self.histograms],
            "wild_type": None if self.wild_type is None else list(self.wild_type),
            "n_scored": self.n_scored,
            "selected": [about_selected(one) for one in self.selected],
            "provenance": dict(self.provenance),
        }

    @property
    def _format(self) -> int:
        """The oldest format of files that has all of this."""
        return 1 if all(one.significance is None for one in self.selected) else 2

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
            about = archive.check_format(2)
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
                stored_selected(archive, one, n_scored, f"_{s}")
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
    """The map that is given: itself, what was tested, that of a selection or of an only one."""
    if isinstance(given, MIResult):
        return given
    from .stats.result import Significance  # late: statistics know interpretations

    if isinstance(given, Significance):
        return given.result
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


def significance_of(given: Any) -> Significance | None:
    """What of a map that :func:`map_of` takes is real, where that was tested."""
    from .stats.result import Significance

    if isinstance(given, Interpretation) and len(given.selected) == 1:
        return given.selected[0].significance
    if isinstance(given, Selected):
        return given.significance
    return given if isinstance(given, Significance) else None


def _list(about: Mapping[str, Any], key: str) -> Sequence[Any]:
    found = about[key]
    if not isinstance(found, list) or not 0 < len(found) <= _MOST:
        raise ValueError(f"{key} is no list of 1 to {_MOST:,}")
    return found


def _stored_histogram(archive: Archive, about: dict[str, Any], h: int) -> ScoreHistogram:
    n = whole(about, "bins")
    return ScoreHistogram.of(about, archive.array(f"histogram_{h}", "<i8", (n,)))
