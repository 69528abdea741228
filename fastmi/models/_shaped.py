"""Models whose input says its shape: which axis is which follows from the sequences."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..sequences import PackedSequences
from ._batches import Batched
from ._encoding import Form


class ShapedInput(Batched):
    """A model whose only input says its shape and type."""

    _dims: tuple[int | None, ...] | None = None  # without the first axis; None: not known
    _dtype: np.dtype[Any]
    _fixed: int | None = None

    def take_input(self, shape: Any, dtype: Any) -> None:
        """Learn from the shape of an input, with its first axis, and from its type."""
        if shape is not None:
            first, *rest = (None if d is None else int(d) for d in shape)
            self._dims, self._fixed = tuple(rest), first
        try:
            self._dtype = np.dtype(dtype)
        except TypeError:  # bfloat16: the framework converts
            self._dtype = np.dtype(np.float32)

    def form(self, sequences: PackedSequences) -> Form:
        """How sequences become a batch of the input's shape and type."""
        return self.encoding.form(sequences, self._dims, self._dtype)

    def exactly(self) -> int | None:
        """The first axis of the input, where it has a size."""
        return self._fixed
