"""Programs as models: sequences on their stdin, scores on their stdout.

Any language will do, and no shell is involved.  Three threads serve the three pipes of a
process, so that none fills up while another is waited for; whatever happens, the process and
its children are gone afterwards.
"""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Any, Literal

import numpy as np

from .._ahead import WAIT_S
from .._numbers import Doubles
from ..alphabet import Alphabet
from ..sequences import PackedSequences
from ._encoding import Encoding
from ._outputs import ModelError, Output, rows_of, selected
from ._process import Died, Process, TimedOut

_WHOLE, _RUNNING = 65_536, 1_024  # sequences in a batch
_SHOWN = 80  # characters of a line in a message
_FORMATS = ("lines", "fasta")
_FLUSH = (
    "; a program that is kept running must flush its output after each line, per_batch=True "
    "starts it for each batch"
)


class Command:
    """A program that scores sequences.

    It reads sequences, one a line, and writes for each, in this order, a line with its score,
    or with several separated by tabs.

    Parameters
    ----------
    command : sequence of str, or str
        The program and its arguments; a string is split as a shell would, but no shell runs.
    timeout : float, optional
        Seconds that a batch may take, 600 by default; None for any time.
    format : {"lines", "fasta"}
        What it reads: plain lines, or FASTA records named by their numbers from 0.
    per_batch : bool
        Whether it is started for each batch and reads that to the end of its input, which
        works with every program. If False it is started once and kept running: it must answer
        each batch as it comes, which means to flush its output. Lines too many are then found
        if they come at once.
    batch_size : int, optional
        Sequences in a batch; 65,536 by default, or 1,024 where it is kept running.
    retries : int
        How often a batch is sent again, to a new process, whose process died.
    output : int or list, optional
        Which columns of its output; by default all.
    alphabet : str or Alphabet, optional
        The letters it wants, such as "rna"; by default those of the sequences.
    cwd : path-like, optional
        The folder it runs in.

    Raises
    ------
    ValueError, TypeError
        There is no such program, or a parameter is wrong.

    Examples
    --------
    >>> import sys
    >>> import fastmi
    >>> from fastmi.models import Command, scores_of
    >>> program = "import sys; [print(line.count('G')) for line in sys.stdin]"
    >>> model = Command([sys.executable, "-c", program])
    >>> sequences = fastmi.PackedSequences.from_strings(["ACGT", "GGTA"])
    >>> scores_of(model, sequences).tolist()
    [1.0, 2.0]
    """

    def __init__(
        self,
        command: Sequence[str] | str,
        *,
        timeout: float | None = 600.0,
        format: Literal["lines", "fasta"] = "lines",
        per_batch: bool = True,
        batch_size: int | None = None,
        retries: int = 1,
        output: Output | None = None,
        alphabet: str | Alphabet | None = None,
        cwd: str | os.PathLike[str] | None = None,
    ) -> None:
        words = shlex.split(command) if isinstance(command, str) else list(command)
        if not words or not all(isinstance(word, str) for word in words):
            raise TypeError(f"command must be a program and its arguments, got {command!r}")
        if shutil.which(words[0], path=None) is None and not _beside(cwd, words[0]):
            raise ValueError(f"there is no program {words[0]!r}")
        if format not in _FORMATS:
            raise ValueError(f"format must be 'lines' or 'fasta', got {format!r}")
        if timeout is not None and not timeout > 0:
            raise ValueError(f"timeout must be above 0 seconds, or None, got {timeout}")
        for name, number, least in (("batch_size", batch_size, 1), ("retries", retries, 0)):
            if number is None and name == "batch_size":
                continue
            if not isinstance(number, int | np.integer) or isinstance(number, bool):
                raise TypeError(f"{name} must be a whole number, got {number!r}")
            if number < least:
                raise ValueError(f"{name} must be {least} or more, got {number}")
        self.words = words
        self._timeout, self._format, self._per_batch = timeout, format, per_batch
        self._size = int(batch_size or (_WHOLE if per_batch else _RUNNING))
        self.block_rows = max(self._size, _RUNNING)  # a batch at least, or it starts for less
        self._retries, self._output, self._cwd = retries, output, cwd
        self._encoding = Encoding("strings", alphabet=alphabet)
        self._process: Process | None = None

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
        form = self._encoding.form(sequences)
        done: list[Doubles] = []
        for start in range(0, n, self._size):
            stop = min(start + self._size, n)
            strings = form.strings(sequences[start:stop])
            try:
                scores = self._scores(self._text(strings, start), len(strings))
                if done and scores.shape[1:] != done[0].shape[1:]:
                    raise ModelError("the command writes another number of scores a line than "
                                     "before, for sequence ", 0)  # fmt: skip
            except ModelError as error:
                raise error.moved(start) from error.__cause__
            done.append(scores)
        if self._process is not None:
            self._refuse_more(WAIT_S, n)
        return np.concatenate(done)

    def _refuse_more(self, wait_s: float, n: int) -> None:
        """Raise if the process has answered more than it was asked."""
        if self._process is not None and self._process.has_more(wait_s):
            self.close()
            raise _failure("wrote more than one line a sequence", n, "")

    def _text(self, strings: list[str], start: int) -> bytes:
        """A batch as the program reads it."""
        if self._format == "fasta":
            strings = [f">{n}\n{string}" for n, string in enumerate(strings, start)]
        return ("\n".join(strings) + "\n").encode("latin-1")

    def _scores(self, text: bytes, n: int) -> Doubles:
        """Scores of one batch, from one process after the other if need be."""
        for attempt in range(self._retries + 1):
            done = False
            try:
                scores = rows_of(selected(self._answer(text, n), self._output, n), n)
                done = True
                return scores
            except Died as error:
                if attempt == self._retries:
                    tries = f", {attempt + 1} times in a row" * (attempt > 0)
                    raise _failure(f"{error.how}{tries}", n, error.stderr) from None
            except TimedOut as error:
                what = f"did not answer within {self._timeout:g} s"
                what += "" if self._per_batch else _FLUSH
                raise _failure(what, n, error.stderr) from None
            finally:
                if self._per_batch or not done:
                    self.close()
        raise AssertionError("not reached")

    def _answer(self, text: bytes, n: int) -> Doubles:
        """What a process writes for a batch, as numbers."""
        self._refuse_more(0, n)
        if self._process is None:
            self._process = Process(self.words, self._cwd)
        process = self._process
        until = None if self._timeout is None else monotonic() + self._timeout
        process.send(text, last=self._per_batch)
        lines = process.lines(n, until, to_end=self._per_batch)
        if len(lines) != n:
            what = "more than one line a sequence"
            if len(lines) < n:
                what = f"{len(lines):,} line{'s' * (len(lines) != 1)} for {n:,} sequences"
            raise _failure(f"wrote {what}", n, process.stderr())
        return _parsed(lines)

    def close(self) -> None:
        """End the process, if it runs, and all that it started."""
        process, self._process = self._process, None
        if process is not None:
            process.close()

    def about(self) -> dict[str, Any]:
        """The command, ready for JSON."""
        return {"what": "command", "command": self.words, "format": self._format}


def _beside(cwd: str | os.PathLike[str] | None, word: str) -> bool:
    """Whether a relative path is that of a program in the folder it runs in."""
    return cwd is not None and os.access(Path(cwd, word), os.X_OK)


def _failure(what: str, n: int, stderr: str) -> ModelError:
    said = f"; its last words: {stderr}" if stderr else ""
    return ModelError(
        "the command failed at sequences ", 0, " to ", n - 1, f": it {what}{said}"
    )


def _parsed(lines: list[bytes]) -> Doubles:
    """Numbers, shape (n, numbers in a line)."""
    width = lines[0].count(b"\t") + 1
    words = b"\t".join(lines).split(b"\t")
    try:
        numbers = np.array([float(word) for word in words])
    except ValueError:
        raise _bad_line(lines, width) from None
    if any(line.count(b"\t") + 1 != width or b"_" in line for line in lines):
        raise _bad_line(lines, width)
    return numbers.reshape(len(lines), width)


def _bad_line(lines: list[bytes], width: int) -> ModelError:
    """What is said of the first line that is not so many numbers."""
    for n, line in enumerate(lines):
        words = line.split(b"\t")
        shown = line[:_SHOWN].decode("utf-8", "replace")
        if not all(map(_is_number, words)):
            return ModelError(f"the command writes {shown!r} for sequence ", n,
                              ", allowed are numbers separated by tabs")  # fmt: skip
        if len(words) != width:
            return ModelError(f"the command writes {len(words)} numbers for sequence ", n,
                              f" and {width} for the first")  # fmt: skip
    raise AssertionError("not reached")


def _is_number(word: bytes) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return b"_" not in word
