"""Estimators of scikit-learn, and of all that follow its conventions, as models."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..alphabet import Alphabet
from ..errors import FastMIError
from ..sequences import PackedSequences
from ._batches import Batched, BatchSize
from ._encoding import Encoding, Form
from ._outputs import Output

_METHODS = ("predict_proba", "decision_function", "predict")


class SklearnModel(Batched):
    """A fitted estimator.

    Parameters
    ----------
    model : sklearn.base.BaseEstimator
        Takes a row of numbers for each sequence: one-hot, letter after letter ("NLA", or all
        positions of a letter after each other, "NAL"), or codes.
    takes, layout, alphabet, dtype, unknown_value, batch_size
        As for :func:`fastmi.models.wrap`.
    output : int or list, optional
        Which column; of the probabilities of two classes by default that of the second, as
        the other says nothing more.
    method : {"predict_proba", "decision_function", "predict"}, optional
        By default the first of these that a classifier has, and ``predict`` for all others.
    """

    def __init__(
        self,
        model: Any,
        *,
        takes: str = "one_hot",
        layout: str | None = None,
        alphabet: str | Alphabet | None = None,
        dtype: npt.DTypeLike | None = None,
        unknown_value: float = 0.0,
        batch_size: BatchSize = "auto",
        output: Output | None = None,
        method: str | None = None,
    ) -> None:
        if takes == "strings":
            raise ValueError(
                "a scikit-learn estimator takes 'one_hot' or 'codes', got 'strings'"
            )
        encoding = Encoding(takes, layout, alphabet, dtype, unknown_value, flat=True)
        super().__init__(encoding, batch_size, output)
        there = [name for name in _METHODS if callable(getattr(model, name, None))]
        if not there:
            raise TypeError(f"a {type(model).__name__} has none of {', '.join(_METHODS)}")
        if method is not None and method not in there:
            raise ValueError(
                f"method must be one that a {type(model).__name__} has ({', '.join(there)}), "
                f"got {method!r}"
            )
        is_classifier = hasattr(model, "classes_") or "predict_proba" in there
        self._estimator = model
        self._method = method or (there[0] if is_classifier else there[-1])

    def form(self, sequences: PackedSequences) -> Form:
        """How sequences become rows of as many numbers as it was fitted to."""
        form = self.encoding.form(sequences)
        wanted = getattr(self._estimator, "n_features_in_", form.shape[0])
        if wanted != form.shape[0]:
            raise FastMIError(
                f"the estimator was fitted to {wanted:,} features, sequences of "
                f"{sequences.length:,} letters out of {len(form.alphabet)} have "
                f"{form.shape[0]:,} as {form.takes}"
            )
        return form

    def run(self, batch: npt.NDArray[Any]) -> Any:
        """What the method gives for a batch."""
        scores = getattr(self._estimator, self._method)(batch)
        if self._method == "predict_proba" and self.output is None and _is_pair(scores):
            return scores[:, 1]
        return scores

    def about(self) -> dict[str, Any]:
        """The class of the estimator, its method, and what it takes, ready for JSON."""
        kind = type(self._estimator)
        return {
            "what": "estimator",
            "name": f"{kind.__module__}.{kind.__qualname__}",
            "method": self._method,
            **self.encoding.about(),
        }


def _is_pair(scores: Any) -> bool:
    return isinstance(scores, np.ndarray) and scores.ndim == 2 and scores.shape[1] == 2
