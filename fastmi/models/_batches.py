"""Batches: packed sequences to arrays in one thread while the model works in another.

Two buffers take turns: the next batch is written into one while the model reads the other.
How many sequences a batch has is found out by trying, and halved where memory runs out.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from time import perf_counter
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .._ahead import ahead
from .._numbers import Doubles
from .._packing import Bytes
from ..sequences import PackedSequences
from ._encoding import Encoding, Form
from ._outputs import ModelError, Output, failed, rows_of, selected

BatchSize: TypeAlias = int | str  # of strings, "auto"

_FIRST = 256  # sequences; fills the vectors of a processor
_MOST_BYTES = 1 << 28  # of an array that nobody asked for
_GAIN = 1.1  # by which a size must be faster than the last one, to try the next
_TIMED = 3  # batches of a size; the first of them may compile, and is not counted
_NO_ROOM_KINDS = ("OutOfMemoryError", "ResourceExhaustedError", "MemoryError")
_NO_ROOM_WORDS = (
    "out of memory", "out_of_memory", "resource_exhausted", "failed to allocate",
    "can't allocate", "cannot allocate", "not enough memory",
)  # fmt: skip


class Sizes:
    """How many sequences the next batch has.

    Parameters
    ----------
    wish : int or "auto"
        As for :func:`fastmi.models.wrap`.
    """

    def __init__(self, wish: BatchSize) -> None:
        whole = isinstance(wish, int | np.integer) and not isinstance(wish, bool)
        if wish != "auto" and not whole:
            raise TypeError(f"batch_size must be a whole number or 'auto', got {wish!r}")
        if whole and int(wish) < 1:
            raise ValueError(f"batch_size must be 1 or more, got {wish}")
        self._auto = self._growing = wish == "auto"
        self._size = int(wish) if whole else _FIRST
        self._rate = 0.0
        self._rates: list[float] = []

    def now(self, row_bytes: int) -> int:
        """Sequences in the next batch, each of so many bytes."""
        if not self._auto or row_bytes == 0:
            return self._size
        return max(1, min(self._size, _MOST_BYTES // row_bytes))

    def took(self, n: int, seconds: float) -> None:
        """A batch of n sequences took so long."""
        if not self._growing or n != self._size:
            return
        self._rates.append(n / max(seconds, 1e-9))
        if len(self._rates) < _TIMED:
            return
        rate = max(self._rates[1:])
        self._growing = rate > _GAIN * self._rate
        if self._growing:
            self._size *= 2
        elif rate < self._rate:
            self._size //= 2
        self._rate, self._rates = rate, []

    def ran_out(self, n: int) -> bool:
        """Memory ran out in a batch of n sequences; whether there is a smaller one."""
        self._growing, self._size = False, max(1, n // 2)
        return n > 1


class _NoRoom(Exception):
    """A batch, from start to stop - 1, does not fit."""

    def __init__(self, start: int, stop: int) -> None:
        super().__init__(start, stop)
        self.start, self.stop = start, stop


class Batched(ABC):
    """A model that is called batch by batch: what the adapters have in common.

    Parameters
    ----------
    encoding : Encoding
        What it takes.
    batch_size, output
        As for :func:`fastmi.models.wrap`.
    """

    def __init__(
        self, encoding: Encoding, batch_size: BatchSize = "auto", output: Output | None = None
    ) -> None:
        self.encoding, self.output = encoding, output
        self._sizes = Sizes(batch_size)

    @abstractmethod
    def run(self, batch: Any) -> Any:
        """What the model gives for a batch: an array of the form, or a list of strings."""

    @abstractmethod
    def about(self) -> dict[str, Any]:
        """What the model is, ready for JSON."""

    def form(self, sequences: PackedSequences) -> Form:
        """How these sequences become what the model takes."""
        return self.encoding.form(sequences)

    def running(self) -> AbstractContextManager[object]:
        """Entered around all batches of a call."""
        return nullcontext()

    def exactly(self) -> int | None:
        """The number of sequences that each call must have; None for any."""
        return None

    def allocate(self, n_bytes: int) -> Bytes:
        """Memory for a batch."""
        return np.empty(n_bytes, np.uint8)

    def predict(self, sequences: PackedSequences) -> Doubles:
        """Scores of sequences, shape (n,) or (n, heads).

        Parameters
        ----------
        sequences : PackedSequences
            Any number of them.

        Returns
        -------
        ndarray of float64
        """
        n = len(sequences)
        if n == 0:
            return np.empty(0)
        form = self.form(sequences)
        done: list[Doubles] = []
        start = 0
        with self.running():
            while start < n:
                try:
                    for stop, scores in self._scores(form, sequences, start):
                        if done and scores.shape[1:] != done[0].shape[1:]:
                            raise ModelError(
                                f"the model gives {_heads(scores)} a sequence at sequences ",
                                start, " to ", stop - 1, f", {_heads(done[0])} before",
                            )  # fmt: skip
                        done.append(scores)
                        start = stop
                except _NoRoom as error:
                    if self.exactly() or not self._sizes.ran_out(error.stop - error.start):
                        raise ModelError(
                            "memory ran out in a batch that cannot be smaller, at sequence ",
                            error.start,
                            f": {' '.join(str(error.__cause__).split())}",
                        ) from error.__cause__
                _free_unused()
        return np.concatenate(done)

    def _scores(
        self, form: Form, sequences: PackedSequences, start: int
    ) -> Iterator[tuple[int, Doubles]]:
        """Scores of batch after batch, each with the number of the sequence behind it."""
        n, tried = len(sequences), start
        batches: Iterator[tuple[int, int, Any]] = self._made(form, sequences, start)
        if start + self._size(form) < n:
            batches = ahead(batches, 1)
        try:
            for first, stop, batch in batches:
                tried, before = stop, perf_counter()
                raw = selected(self.run(batch), self.output, len(batch))
                scores = rows_of(raw, len(batch))[: stop - first]
                self._sizes.took(stop - first, perf_counter() - before)
                start = stop
                yield stop, scores
        except Exception as error:
            stop = tried if tried > start else min(n, start + self._size(form))
            if _is_no_room(error):
                raise _NoRoom(start, stop) from error
            raise failed(error, start, stop) from error
        finally:
            batches.close()  # type: ignore[attr-defined]

    def _size(self, form: Form) -> int:
        return self.exactly() or self._sizes.now(form.row_bytes)

    def _made(
        self, form: Form, sequences: PackedSequences, start: int
    ) -> Iterator[tuple[int, int, Any]]:
        """Batches from ``start`` on; an array is valid until the next but one is asked for."""
        n = len(sequences)
        buffers = [np.empty(0, np.uint8)] * 2
        while start < n:
            size = self._size(form)
            stop = min(start + size, n)
            block = sequences[start:stop]
            if form.takes == "strings":
                yield start, stop, form.strings(block)
            else:
                rows = self.exactly() or stop - start
                n_bytes = rows * form.row_bytes
                if len(buffers[0]) < n_bytes:
                    buffers[0] = self.allocate(n_bytes)
                batch: npt.NDArray[Any] = buffers[0][:n_bytes].view(form.dtype)
                batch = batch.reshape(rows, *form.shape)
                form.write(block, batch[: stop - start])
                batch[stop - start :] = 0
                buffers.reverse()
                yield start, stop, batch
            start = stop


def _heads(scores: Doubles) -> str:
    return "one score" if scores.ndim == 1 else f"{scores.shape[1]} scores"


def _is_no_room(error: Exception) -> bool:
    if isinstance(error, ModelError):
        return False
    kinds = (kind.__name__ for kind in type(error).__mro__)
    text = str(error).lower()
    return any(kind in _NO_ROOM_KINDS for kind in kinds) or any(
        words in text for words in _NO_ROOM_WORDS
    )


def _free_unused() -> None:
    """Have torch give back what it keeps of batches that are too large."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
