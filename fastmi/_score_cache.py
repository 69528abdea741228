"""Scores kept in a folder, chunk by chunk, so that nothing is scored twice after a stop.

A file has the scores of some records, and its name says of which sequences.  Which model made
them no file can know: a few sequences are scored again, and scores of another model refused.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ._archive import Archive, description_of, whole
from ._files import write_arrays, writing_to
from ._numbers import Doubles
from .errors import FastMIError
from .models.base import Model, scores_of
from .sequences import PackedSequences

SCORES_KIND = "fastmi scores"
_PROBED = 16  # sequences scored again, and as many more of the lowest and highest scores
_CLOSE = 1e-3  # of the spread of scores: what batches of other sizes may change
_MOST_HEADS = 1 << 20


class ScoreCache:
    """Scores of one set of sequences.

    Parameters
    ----------
    folder : path-like
        Made if it is not there.
    about : dict
        What the sequences and the model are, as far as they say it.
    """

    def __init__(self, folder: str | os.PathLike[str], about: dict[str, Any]) -> None:
        if not os.fspath(folder):  # which would be the folder that one works in
            raise ValueError("checkpoint is the name of a folder, got ''")
        self._folder = Path(folder)
        text = json.dumps(about, sort_keys=True)
        self._name = hashlib.sha256(text.encode()).hexdigest()[:12]
        self._about = about
        self._checked = False
        with writing_to(folder):
            self._folder.mkdir(parents=True, exist_ok=True)

    def _path(self, start: int) -> Path:
        return self._folder / f"scores-{self._name}-{start:012d}.npz"

    def has(self, start: int) -> bool:
        """Whether there are scores from this record on."""
        return self._path(start).is_file()

    def load(self, start: int, block: PackedSequences, model: Model) -> Doubles:
        """The scores of the records from ``start`` on, shape (n, heads), if they are right.

        Parameters
        ----------
        start : int
            Number of the first record.
        block : PackedSequences
            The sequences, n of them.
        model : Model
            Scores a few of them again, once.
        """
        path = self._path(start)
        try:
            scores = _read(path, start, len(block))
        except FastMIError as error:
            raise FastMIError(f"{error}; delete it to have these scores made again") from None
        if not self._checked:
            few = _telling(scores)
            again = scores_of(model, block[few], start).reshape(len(few), -1)
            _check(path, start + few, scores[few], again, scores)
            # equal scores tell no models apart
            self._checked = bool(np.ptp(scores, axis=0).all())
        return scores

    def save(self, start: int, scores: Doubles) -> None:
        """Keep the scores of the records from ``start`` on, shape (n, heads)."""
        n, heads = scores.shape
        about = {"kind": SCORES_KIND, "format": 1, "start": start, "n": n, "heads": heads}
        about["of"] = self._about
        arrays = {"scores": np.ascontiguousarray(scores, "<f8")}
        write_arrays(self._path(start), about, arrays, compress=False)


def _read(path: Path, start: int, n: int) -> Doubles:
    """The scores in a file, if they are those of these records."""
    with Archive(path, SCORES_KIND) as archive:
        about = archive.check_format(1)
        with description_of(path):
            heads = whole(about, "heads", 1)
            if whole(about, "start") != start or whole(about, "n") != n or heads > _MOST_HEADS:
                raise ValueError("it is of other records")
        scores = archive.array("scores", "<f8", (n, heads))
    if not np.isfinite(scores).all():
        raise FastMIError(f"{path} holds scores that are no finite numbers")
    return scores


def _telling(scores: Doubles) -> npt.NDArray[np.intp]:
    """Which records tell models apart: the first ones, and those with extreme scores.

    Many models give most sequences the same score.
    """
    some = scores[:, : _PROBED // 2]
    each = max(1, _PROBED // 2 // some.shape[1])
    order = np.argsort(some, axis=0, kind="stable")
    first = np.arange(min(_PROBED, len(scores)))
    return np.unique(np.concatenate([first, order[:each].ravel(), order[-each:].ravel()]))


def _check(
    path: Path,
    records: npt.NDArray[np.intp],
    before: Doubles,
    again: Doubles,
    scores: Doubles,
) -> None:
    """Raise where the model does not score some records as it did."""
    differ = np.ones(len(before), bool)
    if again.shape == before.shape:
        spread = np.maximum(np.ptp(scores, axis=0), np.abs(scores).max(axis=0) * 1e-3)
        differ = (np.abs(again - before) > _CLOSE * spread).any(axis=1)
    if differ.any():
        n = int(differ.argmax())
        raise FastMIError(
            f"{path} holds the scores of another model: record {records[n]:,} has "
            f"{before[n].tolist()} there, and now {again[n].tolist()}; take another "
            "checkpoint folder"
        )
