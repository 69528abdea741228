"""A model of short sequences, run over every window of longer ones.

A window that is the same as that of another sequence of the block is scored once, so that the
mutants of one long sequence cost little more than the windows that a mutation is in.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .._checks import check_size
from .._numbers import Doubles
from .._packing import Bytes
from ..sequences import PackedSequences
from ._outputs import ModelError, rows_of
from .base import about_model
from .distinct import Distinct

COMBINATIONS = ("max", "mean", "none")
_LETTERS = 1 << 22  # of the sequences that are looked at together
_SCORES = 1 << 20  # of windows, held at a time
_WINDOW_LETTERS = 1 << 24  # in windows that are handed to the model together


class Windowed:
    """A model over all windows of longer sequences.

    Parameters
    ----------
    model : object
        Whatever :func:`fastmi.models.wrap` takes, for sequences of ``width`` letters.
    width : int
        Letters in a window.
    stride : int
        Letters from the start of a window to that of the next. Letters behind the last whole
        window are seen by none.
    combine : {"max", "mean", "none"}
        The greatest score of all windows, their mean, or one head for each window.

    Attributes
    ----------
    heads : sequence of str, or None
        Names of the scores. With "none", once something was scored: the starts of the windows,
        behind the names that the model has for several, as ``name@start``.

    Examples
    --------
    >>> import fastmi
    >>> def starts_with_g(strings):
    ...     return [s[0] == "G" for s in strings]
    >>> model = fastmi.models.wrap(starts_with_g, takes="strings")
    >>> fastmi.score(Windowed(model, 3, combine="none"), ["AAGAAG", "GGAAAA"]).tolist()
    [[0.0, 0.0, 1.0, 0.0], [1.0, 1.0, 0.0, 0.0]]
    >>> fastmi.score(Windowed(model, 3, combine="mean"), ["AAGAAG", "GGAAAA"]).tolist()
    [0.25, 0.5]
    """

    def __init__(
        self,
        model: Any,
        width: int,
        *,
        stride: int = 1,
        combine: Literal["max", "mean", "none"] = "max",
    ) -> None:
        if combine not in COMBINATIONS:
            raise ValueError(
                f"combine must be one of {', '.join(COMBINATIONS)}, got {combine!r}"
            )
        self._model = Distinct(model)
        self.width, self.stride = check_size("width", width, 1), check_size("stride", stride, 1)
        self.combine = combine
        self._heads: tuple[str, ...] | None = None

    def __repr__(self) -> str:
        words = "one head a window" if self.combine == "none" else f"{self.combine} over them"
        return f"<Windowed: {self.width} letters every {self.stride}, {words}>"

    @property
    def heads(self) -> Any:
        """Names of the scores, where they have some."""
        return self._heads if self.combine == "none" else self._model.heads

    def learn_heads(self, heads: Any) -> None:
        """Take the names that a copy of this has found.

        Parameters
        ----------
        heads : sequence of str
            As the copy's ``heads``.
        """
        if self.combine == "none":
            self._heads = tuple(heads)
        else:
            self._model.learn_heads(heads)

    def about(self) -> dict[str, Any]:
        """What the model is, ready for JSON."""
        return {
            "what": "windows",
            "width": self.width,
            "stride": self.stride,
            "combine": self.combine,
            "model": about_model(self._model),
        }

    def predict(self, sequences: PackedSequences) -> Doubles:
        """Score sequences.

        Parameters
        ----------
        sequences : PackedSequences
            n of them, of ``width`` letters or more.

        Returns
        -------
        ndarray of float64, shape (n, heads)
        """
        if sequences.length < self.width:
            raise ModelError(
                f"the model's windows have {self.width} letters, and the sequences "
                f"{sequences.length}"
            )
        if len(sequences) == 0:
            return np.empty(0)
        step = max(1, min(_LETTERS // sequences.length, _WINDOW_LETTERS // self.width))
        slabs = [sequences[at : at + step] for at in range(0, len(sequences), step)]
        return np.concatenate([self._slab(slab) for slab in slabs])

    def _slab(self, sequences: PackedSequences) -> Doubles:
        """Scores of some sequences, shape (n, heads)."""
        codes, alphabet = sequences.to_codes(), sequences.alphabet
        windows = np.lib.stride_tricks.sliding_window_view(codes, self.width, axis=1)
        windows = windows[:, :: self.stride]
        n, n_windows = windows.shape[:2]
        fresh = _differ_from_above(codes, self.width)[:, :: self.stride]
        most = max(1, _WINDOW_LETTERS // self.width // n)
        found: list[Doubles] = []
        combined: Doubles | None = None
        first, some, n_heads = 0, 1, 0  # one window tells how many heads there are
        while first < n_windows:
            here = slice(first, first + some)
            start, row = np.nonzero(fresh[:, here].T)  # the same window of all rows together
            packed = PackedSequences.from_codes(
                windows[:, here][row, start], alphabet, unknown="skip"
            )
            scores = rows_of(self._model.predict(packed), len(packed)).reshape(len(packed), -1)
            scores[~np.isfinite(scores)] = np.nan  # no maximum hides it
            if n_heads not in (0, scores.shape[1]):
                raise ModelError(
                    f"the model gives {scores.shape[1]} scores a window, and gave {n_heads} "
                    "before"
                )
            n_heads = scores.shape[1]
            each = scores[_numbers_of(fresh[:, here], start, row)]
            if self.combine == "none":
                found.append(each)
            else:
                combined = self._with(combined, each)
            first += some
            some = max(1, min(_SCORES // (n * scores.shape[1]), most))
        if combined is None:
            each = np.concatenate(found, axis=1)
            self._heads = self._names(n_windows, each.shape[2])
            return each.reshape(n, -1)
        return combined / n_windows if self.combine == "mean" else combined

    def _with(self, before: Doubles | None, each: Doubles) -> Doubles:
        """What windows had so far, and more of them, as one number a head.

        Sums go window by window, so that they are the same however many come at a time.
        """
        if before is not None:
            each = np.concatenate([before[:, None], each], axis=1)
        if self.combine == "mean":
            return np.array(np.cumsum(each, axis=1)[:, -1])
        return np.array(each.max(axis=1))

    def _names(self, n_windows: int, n_heads: int) -> tuple[str, ...]:
        """Names of the heads of all windows."""
        given = self._model.heads
        if given is None:
            given = [""] if n_heads == 1 else [str(h) for h in range(n_heads)]
        names = [given] if isinstance(given, str) else [str(name) for name in given]
        return tuple(
            f"{name}@{w * self.stride}" if n_heads > 1 else str(w * self.stride)
            for w in range(n_windows)
            for name in names
        )


def _differ_from_above(codes: Bytes, width: int) -> npt.NDArray[np.bool_]:
    """Whether each window differs from the same one of the row above, shape (n, windows)."""
    n, length = codes.shape
    differ = np.ones((n, length - width + 1), bool)
    until = np.zeros((n - 1, length + 1), np.int32)
    np.cumsum(codes[1:] != codes[:-1], axis=1, out=until[:, 1:])
    np.not_equal(until[:, width:], until[:, :-width], out=differ[1:])
    return differ


def _numbers_of(
    fresh: npt.NDArray[np.bool_], start: npt.NDArray[np.intp], row: npt.NDArray[np.intp]
) -> npt.NDArray[np.intp]:
    """Which of the fresh windows each window is, shape (n, windows): the one at or above it."""
    numbers = np.zeros(fresh.shape, np.intp)
    numbers[row, start] = np.arange(len(row))
    # numbers grow downwards, as do those of the fresh ones
    return np.maximum.accumulate(numbers, axis=0)
