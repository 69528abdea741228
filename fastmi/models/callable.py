"""Functions as models: of strings, codes or one-hot arrays."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from ..alphabet import Alphabet
from ._batches import Batched, BatchSize
from ._encoding import Encoding
from ._outputs import Output


class CallableModel(Batched):
    """A function, or an object with ``predict``, that takes sequences in its own way.

    Parameters
    ----------
    model : callable, or object with ``predict``
        Gives a number, or a row of them, for each sequence.
    takes, layout, alphabet, dtype, unknown_value, batch_size, output
        As for :func:`fastmi.models.wrap`.
    """

    def __init__(
        self,
        model: Any,
        *,
        takes: str,
        layout: str | None = None,
        alphabet: str | Alphabet | None = None,
        dtype: npt.DTypeLike | None = None,
        unknown_value: float = 0.0,
        batch_size: BatchSize = "auto",
        output: Output | None = None,
    ) -> None:
        encoding = Encoding(takes, layout, alphabet, dtype, unknown_value)
        super().__init__(encoding, batch_size, output)
        self._function = model if callable(model) else model.predict

    def run(self, batch: Any) -> Any:
        """What the function gives for a batch."""
        return self._function(batch)

    def about(self) -> dict[str, Any]:
        """The function's name and what it takes, ready for JSON."""
        function = self._function
        name = getattr(function, "__qualname__", type(function).__qualname__)
        module = getattr(function, "__module__", None)
        return {"what": "function", "name": f"{module}.{name}", **self.encoding.about()}
