"""Sequences that are others with letters written over: what such sources have in common."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import Any

import numpy as np

from .. import _core
from .._numbers import Doubles
from .._packing import Bytes
from ..sequences import PackedSequences
from ..sources import Simulated, Source, about_source, is_made

_LETTERS = 1 << 22  # decoded at a time, so that a block needs little more than itself


class Edited(Simulated):
    """Sequences of a source, each with some letters changed; made when asked for.

    Weights are kept. Scores, which were those of other letters, are not.
    """

    def __init__(self, source: Source, seed: int) -> None:
        super().__init__(len(source), source.length, source.alphabet)
        self._source, self._seed = source, seed
        self.n_dropped = getattr(source, "n_dropped", 0)

    def block(self, start: int, stop: int) -> PackedSequences:
        """Make sequences ``start`` to ``stop - 1``."""
        self._check_block(start, stop)
        n = stop - start
        if n == 0:
            return self._source.block(start, stop).with_scores(None)
        rows = np.empty((n, _core.row_bytes(self.length, len(self.alphabet))), np.uint8)
        mask: Bytes | None = None
        weights: list[Doubles] = []
        step = max(1, _LETTERS // self.length)
        for at in range(0, n, step):
            here = slice(at, min(at + step, n))
            part = self._source.block(start + here.start, start + here.stop)
            if part.weights is not None:
                weights.append(part.weights)
            codes = part.to_codes()
            self._edit(codes, start + at)
            packed = PackedSequences.from_codes(codes, self.alphabet, unknown="skip")
            rows[here] = packed.rows
            if packed.mask is not None:
                if mask is None:
                    mask = np.zeros((n, packed.mask.shape[1]), np.uint8)
                mask[here] = packed.mask
        of_all = np.concatenate(weights) if weights else None
        return PackedSequences(rows, self.length, self.alphabet, mask, weights=of_all)

    @abstractmethod
    def _edit(self, codes: Bytes, first: int) -> None:
        """Change codes, shape (n, L), in place; ``first`` is the number of the first row."""

    @cached_property
    def _origin(self) -> dict[str, Any]:
        """What is changed, and the seed, as ``about`` says it."""
        return {
            "n": len(self),
            "length": self.length,
            **self.alphabet.about(),
            "seed": self._seed,
            "source": about_source(self._source),
        }


def lazily(data: object, lazy: bool | None) -> bool:
    """Whether a function that got these data leaves making the sequences for later."""
    if lazy is None:
        return is_made(data)
    if not isinstance(lazy, bool):
        raise TypeError(f"lazy must be True, False or None, got {lazy!r}")
    return lazy
