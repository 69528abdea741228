"""Selected: the sequences that one selection took, their map, and what of it is real."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from . import _core
from ._archive import Archive, whole
from ._counted import counted
from .mi import SequenceTables
from .results import MIResult, stored_result
from .sequences import PackedSequences

if TYPE_CHECKING:
    from .stats.result import Significance


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
    significance : Significance or None
        Which pairs of the map are real, where that was asked for; its ``result`` is the map.
    """

    selection: str
    head: str
    sequences: PackedSequences
    records: npt.NDArray[np.int64]
    n_scored: int
    map: MIResult
    significance: Significance | None = None

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

    def with_positions(
        self, first_position: int | None = None, reference: str | None = None
    ) -> Selected:
        """The same with other position numbers and labels; see :class:`MIResult`.

        Parameters
        ----------
        first_position : int, optional
            Number of the first letter.
        reference : str, optional
            Sequence of as many letters as the others, to label the positions with.

        Returns
        -------
        Selected
        """
        result, tested = self.map.with_positions(first_position, reference), self.significance
        return replace(
            self,
            map=result,
            significance=None if tested is None else replace(tested, result=result),
        )


# --------------------------------------------------------------------------------- files


def selected_arrays(one: Selected, ending: str) -> dict[str, npt.NDArray[Any]]:
    """The numbers, with this ending to their names."""
    s = one.sequences
    named: dict[str, npt.NDArray[Any] | None] = {
        "records": one.records,
        "rows": s.rows,
        "mask": s.mask,
        "scores": s.scores,
        "weights": s.weights,
    }
    arrays = {f"{name}{ending}": array for name, array in named.items() if array is not None}
    if one.significance is not None:
        from .stats.result import significance_arrays  # late: statistics know selections

        arrays |= significance_arrays(one.significance, ending)
    return {**one.map.arrays(ending), **arrays}


def about_selected(one: Selected) -> dict[str, Any]:
    """Everything but the numbers, ready for JSON."""
    about = {
        "selection": one.selection,
        "head": one.head,
        "n": len(one.records),
        "mask": one.sequences.mask is not None,
        "weights": one.sequences.has_weights,
        "map": one.map.about(),
    }
    if one.significance is not None:
        from .stats.result import about_significance

        about["significance"] = about_significance(one.significance)
    return about


def stored_selected(
    archive: Archive, about: dict[str, Any], n_scored: int, ending: str
) -> Selected:
    """One in a file, of its description; its arrays' names have this ending."""
    if not isinstance(about["map"], dict):
        raise ValueError("a map is none")
    result = stored_result(archive, about["map"], ending)
    n, size = whole(about, "n", 1), len(result.alphabet)
    if result.n_sequences != n:
        raise ValueError("a map is of other sequences")
    records = archive.array(f"records{ending}", "<i8", (n,))
    if (np.diff(records) <= 0).any() or records[0] < 0 or records[-1] >= n_scored:
        raise ValueError("records do not ascend")
    row_bytes = _core.row_bytes(result.length, size)
    mask = None
    if about["mask"]:
        mask = archive.array(f"mask{ending}", "|u1", (n, _core.mask_bytes(result.length)))
    weights = archive.array(f"weights{ending}", "<f8", (n,)) if about["weights"] else None
    sequences = PackedSequences(
        archive.array(f"rows{ending}", "|u1", (n, row_bytes)),
        result.length,
        result.alphabet,
        mask,
        0,
        weights,
        archive.array(f"scores{ending}", "<f8", (n,)),
    )
    result = replace(result, source=SequenceTables(counted(sequences), result.k))
    tested = None
    if "significance" in about:
        from .stats.result import stored_significance

        tested = stored_significance(archive, about["significance"], result, ending)
    selection, head = str(about["selection"]), str(about["head"])
    return Selected(selection, head, sequences, records, n_scored, result, tested)
