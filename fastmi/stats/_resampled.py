"""Resampled: what was found by resampling sequences, as text and as a file.

Intervals and differences hold other numbers, but say in the same words what made them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, ClassVar, TextIO

import numpy.typing as npt

from .._archive import finite, whole
from .._files import write_arrays, write_lines
from ..pair_table import pair_lines
from ._intervals import LEAST_REPLICATES, check_level


class Resampled:
    """Numbers for each pair of positions, by so many replicates of a seed."""

    _KIND: ClassVar[str]  # of its files
    level: float
    n: int
    seed: int
    provenance: Mapping[str, Any]

    def top_pairs(self, n: int | None = 20) -> npt.NDArray[Any]:
        """The pairs that come first."""
        raise NotImplementedError

    def about(self) -> dict[str, Any]:
        """Everything but the numbers, ready for JSON."""
        raise NotImplementedError

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The numbers as they are saved."""
        raise NotImplementedError

    def _about_resampling(self) -> dict[str, Any]:
        return {
            "kind": self._KIND,
            "format": 1,
            "level": self.level,
            "n": self.n,
            "seed": self.seed,
            "provenance": dict(self.provenance),
        }

    def to_tsv(self, target: str | os.PathLike[str] | TextIO) -> None:
        """Write all pairs as a tab-separated table, in the order of :meth:`top_pairs`.

        Parameters
        ----------
        target : path-like or text stream
            A file is written whole or not at all; ``.gz`` is compressed.
        """
        write_lines(target, pair_lines(self.top_pairs(None), "value", None, 0))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything as ``.npz``.

        Parameters
        ----------
        path : path-like
            Written whole or not at all; :func:`fastmi.load` opens it.
        """
        write_arrays(path, self.about(), self._arrays())


def stored_resampling(about: Mapping[str, Any]) -> dict[str, Any]:
    """What a file says of its resampling; ValueError where that cannot be."""
    return {
        "level": check_level(finite(about, "level")),
        "n": whole(about, "n", LEAST_REPLICATES),
        "seed": whole(about, "seed"),
        "provenance": dict(about["provenance"]),
    }
