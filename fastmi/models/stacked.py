"""Several models as one: each gives a head, and all see the same sequences in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .._numbers import Doubles
from ..sequences import PackedSequences
from .base import about_model, scores_of, wrap


class Stacked:
    """Models by name, whose scores stand side by side.

    Parameters
    ----------
    models : mapping
        Names, and what :func:`wrap` takes. A model with several heads gives several, named
        after it and their numbers.

    Attributes
    ----------
    heads : tuple of str
        Names of the scores; known once something was scored.

    Examples
    --------
    >>> import fastmi
    >>> count = {c: fastmi.models.wrap(lambda s, c=c: [x.count(c) for x in s], takes="strings")
    ...          for c in "GC"}
    >>> both = Stacked(count)
    >>> fastmi.score(both, ["ACGG", "TTTT"]).tolist(), both.heads
    ([[2.0, 1.0], [0.0, 0.0]], ('G', 'C'))
    """

    def __init__(self, models: Mapping[str, Any]) -> None:
        if not isinstance(models, Mapping):
            raise TypeError(f"models are a mapping of names, got {type(models).__name__}")
        if not models:
            raise ValueError("there are no models to stack")
        self._models = {str(name): wrap(model) for name, model in models.items()}
        self.heads: tuple[str, ...] | None = None

    @property
    def block_rows(self) -> int | None:
        """How many sequences they had best be given at a time, if all say so: the fewest."""
        wishes = [getattr(model, "block_rows", None) for model in self._models.values()]
        return min((w for w in wishes if w), default=None) if all(wishes) else None

    def learn_heads(self, heads: Sequence[str]) -> None:
        """Take the names that a copy of this has found.

        Parameters
        ----------
        heads : sequence of str
            As the copy's ``heads``.
        """
        self.heads = tuple(heads)

    def about(self) -> dict[str, Any]:
        """What the models are, ready for JSON."""
        models = {name: about_model(model) for name, model in self._models.items()}
        return {"what": "several models", "models": models}

    def predict(self, sequences: PackedSequences) -> Doubles:
        """Score sequences.

        Parameters
        ----------
        sequences : PackedSequences
            n of them.

        Returns
        -------
        ndarray of float64, shape (n, heads)
        """
        parts, names = [], []
        for name, model in self._models.items():
            scores = scores_of(model, sequences).reshape(len(sequences), -1)
            n = scores.shape[1]
            names += [name] if n == 1 else [f"{name}.{h}" for h in range(n)]
            parts.append(scores)
        self.heads = tuple(names)
        return np.concatenate(parts, axis=1)
