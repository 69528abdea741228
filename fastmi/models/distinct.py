"""A model that scores each distinct sequence once, and hands out what it gave.

Designs and mutants repeat themselves: the background without a pattern, the window that no
mutation reaches.  Equal sequences are found in a hundredth of the time that the fastest model
takes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._distinct import first_and_which
from .._numbers import Doubles
from ..sequences import PackedSequences
from ._outputs import rows_of
from .base import about_model, block_rows_of, tell_heads, wrap


class Distinct:
    """A model that is given each distinct sequence of a block once.

    Parameters
    ----------
    model : object
        Whatever :func:`fastmi.models.wrap` takes. It must give equal sequences equal scores.

    Attributes
    ----------
    block_rows : int
        How many sequences it had best be given at a time: many, as it sees what is the same
        in one block only. The model itself gets as many at a time as it says.

    Notes
    -----
    Exact: sequences with the same hash are compared. A missing letter is a letter of its own.

    Examples
    --------
    >>> import fastmi
    >>> def count(strings):
    ...     print(len(strings), "scored")
    ...     return [s.count("G") for s in strings]
    >>> model = Distinct(fastmi.models.wrap(count, takes="strings", batch_size=8))
    >>> fastmi.score(model, ["GGAT", "TTTT", "GGAT", "TTTT"]).tolist()
    2 scored
    [2.0, 0.0, 2.0, 0.0]
    """

    block_rows = 1 << 17

    def __init__(self, model: Any) -> None:
        self._model = wrap(model)

    @property
    def heads(self) -> Any:
        """Names of the model's scores, where it has some."""
        return getattr(self._model, "heads", None)

    def learn_heads(self, heads: Any) -> None:
        """Take the names that a copy of this has found.

        Parameters
        ----------
        heads : sequence of str
            As the copy's ``heads``.
        """
        tell_heads(self._model, heads)

    def about(self) -> dict[str, Any]:
        """What the model is, ready for JSON: the scores are its own."""
        return about_model(self._model)

    def predict(self, sequences: PackedSequences) -> Doubles:
        """Score sequences.

        Parameters
        ----------
        sequences : PackedSequences
            n of them.

        Returns
        -------
        ndarray of float64, shape (n,) or (n, heads)
        """
        if len(sequences) == 0:
            return np.empty(0)
        first, which = first_and_which(sequences)
        if len(first) == len(sequences):
            return self._scores(sequences)
        return self._scores(sequences[first])[which]

    def _scores(self, sequences: PackedSequences) -> Doubles:
        step = block_rows_of(self._model)
        blocks = [sequences[at : at + step] for at in range(0, len(sequences), step)]
        scores = [rows_of(self._model.predict(block), len(block)) for block in blocks]
        return scores[0] if len(scores) == 1 else np.concatenate(scores)
