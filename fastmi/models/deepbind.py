"""DeepBind v0.11: sequence specificities of DNA- and RNA-binding proteins, without a framework.

The scores are those of the published program (Alipanahi B., Delong A., Weirauch M.T., Frey
B.J., Nature Biotechnology 33, 2015), from the parameter files that its database has.  They
are computed in C (csrc/deepbind.c).  The models of RBMS1 and MSI1 come along
(data/deepbind/NOTICE).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .. import _deepbind
from .._numbers import Doubles
from .._run import Control, resolve_isa, resolve_threads, run_job
from ..alphabet import Alphabet
from ..errors import FastMIError
from ..io import as_sequences
from ..sequences import PackedSequences
from ..sources import Source, blocks_of_source
from ._deepbind_parameters import Parameters, read_parameters

_FOLDER = Path(__file__).parents[1] / "data" / "deepbind"
# MSI1 has two: .001 correlates best with the RNAcompete experiment RNCMPT00041, .002 with
# RNCMPT00176. The first stands for the protein.
_BUILT_IN = {
    "MSI1": "D00123.001",
    "RBMS1": "D00198.001",
    "D00123.001": "D00123.001",
    "D00123.002": "D00123.002",
    "D00198.001": "D00198.001",
}


def names() -> list[str]:
    """The models that come along, by protein or by their number in DeepBind's database.

    Examples
    --------
    >>> names()
    ['MSI1', 'RBMS1', 'D00123.001', 'D00123.002', 'D00198.001']
    """
    return list(_BUILT_IN)


def load(model: str | os.PathLike[str], *, n_threads: int | None = None) -> DeepBind:
    """Load a model that comes along, or a parameter file of DeepBind v0.11.

    Parameters
    ----------
    model : str or path-like
        One of :func:`names`, or the path of a file of lines ``key = value, value, ...``.
    n_threads : int, optional
        Threads of ``predict``; by default as many as there are cores.

    Returns
    -------
    DeepBind

    Raises
    ------
    FastMIError
        There is no such model, or the file is no parameter file; the message names its line
        and key.

    Examples
    --------
    >>> load("RBMS1")
    <DeepBind: RBMS1, 16 detectors of 16 letters>
    """
    if isinstance(model, str) and model in _BUILT_IN:
        return DeepBind(model, read_parameters(_FOLDER / f"{_BUILT_IN[model]}.txt"), n_threads)
    path = Path(model)
    if not path.is_file():
        raise FastMIError(
            f"there is no model {str(model)!r}: it is none of {', '.join(_BUILT_IN)}, and no "
            "parameter file of DeepBind has that path"
        )
    return DeepBind(path.stem, read_parameters(path), n_threads)


class DeepBind:
    """A model of DeepBind, made by :func:`load`.

    Parameters
    ----------
    name : str
        What it is called.
    parameters : Parameters
        What its file says.
    n_threads : int, optional
        As for :func:`load`.

    Attributes
    ----------
    name : str
        The name given to :func:`load`, or that of the file without its suffix.
    n_detectors, detector_length : int
        How many motifs it looks for, and their letters.
    window_length : int
        Sequences of more letters have the greatest score of all windows of so many.
    both_strands : bool
        Whether it scores the reverse complement, too, and takes the greater score.
    block_rows : int
        How many sequences it had best be given at a time.
    """

    block_rows = 1 << 17  # a tenth of a second: threads take milliseconds to start

    def __init__(self, name: str, parameters: Parameters, n_threads: int | None = None) -> None:
        self.name = name
        resolve_threads(n_threads)  # raises where it is no number of threads
        self.n_threads = n_threads
        self.n_detectors = parameters.n_detectors
        self.detector_length = parameters.detector_length
        self.window_length = _deepbind.window(parameters.detector_length)
        self.both_strands = parameters.both_strands
        self.parameters = parameters
        self._model = _deepbind.Model(
            parameters.detector_length,
            parameters.n_detectors,
            parameters.n_hidden,
            parameters.has_mean,
            parameters.both_strands,
            detectors=parameters.detectors.ravel(),
            thresholds=parameters.thresholds,
            weights1=parameters.weights1.ravel(),
            biases1=parameters.biases1,
            weights2=parameters.weights2,
            biases2=parameters.biases2,
        )

    def __repr__(self) -> str:
        strands = ", both strands" if self.both_strands else ""
        return (
            f"<DeepBind: {self.name}, {self.n_detectors} detectors of {self.detector_length} "
            f"letters{strands}>"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """For workers, which get the parameters."""
        return DeepBind, (self.name, self.parameters, self.n_threads)

    def about(self) -> dict[str, Any]:
        """What the model is, ready for JSON: other parameters, other words."""
        return {
            "what": "DeepBind",
            "name": self.name,
            "n_detectors": self.n_detectors,
            "detector_length": self.detector_length,
            "both_strands": self.both_strands,
            "sha256": self.parameters.sha256,
        }

    def predict(
        self, sequences: object, *, n_threads: int | None = None, progress: bool = False
    ) -> Doubles:
        """Score sequences.

        Parameters
        ----------
        sequences : PackedSequences, source, path-like, list of str or bytes, or array_like
            DNA or RNA, whatever :func:`fastmi.pairwise_mi` takes, and what ``fastmi.simulate``
            makes, block by block. Sequences in a list may differ in length. Other letters than
            ACGTU are N, a quarter of each base.
        n_threads : int, optional
            By default those given to :func:`load`.
        progress : bool
            Whether to show progress on stderr.

        Returns
        -------
        ndarray of float64, shape (N,)
            Scores as DeepBind prints them. They are computed in float32, and are the same bits
            for any number of threads, any instruction set, and whatever other sequences there
            are.

        Raises
        ------
        FastMIError
            A sequence has no letters, or a file cannot be read.
        ValueError
            The sequences are neither DNA nor RNA.

        Examples
        --------
        >>> model = load("RBMS1")
        >>> model.predict(["AUAUAGAUAUAGAUAUAG", "GGCCGGCCGGCC"]).round(4).tolist()
        [0.2735, 0.0649]
        """
        threads = resolve_threads(self.n_threads if n_threads is None else n_threads)
        isa = resolve_isa()
        n, parts = _parts_of(sequences)
        scores = np.empty(n)

        def job(control: Control) -> None:
            for where, packed in parts:
                _check_alphabet(packed.alphabet)
                found = np.empty(len(packed), np.float32)
                _deepbind.scores(self._model, packed.view, threads, control, found, isa=isa)
                scores[where] = found

        run_job(job, n, f"scores of {self.name}", progress)
        return scores


_Part: TypeAlias = "tuple[slice | npt.NDArray[np.int64], PackedSequences]"


def _parts_of(sequences: object) -> tuple[int, Iterator[_Part]]:
    """Their number, and sequences of one length each with their places among all."""
    if isinstance(sequences, np.ndarray) and sequences.ndim == 1:
        sequences = sequences.tolist()
    if isinstance(sequences, list | tuple) and (
        not sequences or isinstance(sequences[0], str | bytes)
    ):
        return len(sequences), _by_length(sequences)
    if isinstance(sequences, Source):
        _check_alphabet(sequences.alphabet)
        return len(sequences), _in_turn(sequences)
    packed = as_sequences(sequences, unknown="skip")
    return len(packed), _in_turn(packed)


def _in_turn(source: Source) -> Iterator[_Part]:
    start = 0
    for block in blocks_of_source(source):
        yield slice(start, start + len(block)), block
        start += len(block)


def _by_length(strings: Sequence[str | bytes]) -> Iterator[_Part]:
    """Strings of the same length together, packed."""
    places: dict[int, list[int]] = {}
    for place, string in enumerate(strings):
        if not isinstance(string, str | bytes):
            raise TypeError(
                f"sequence {place} is {type(string).__name__}, expected a string or bytes"
            )
        if not string:
            raise FastMIError(f"sequence {place} has no letters")
        places.setdefault(len(string), []).append(place)
    for which in places.values():
        group = [strings[place] for place in which]
        packed = PackedSequences.from_strings(group, unknown="skip")  # type: ignore[arg-type]
        yield np.array(which), packed


def _check_alphabet(alphabet: Alphabet) -> None:
    if alphabet.complement is None:
        raise ValueError(
            "DeepBind scores DNA and RNA (ACGT or ACGU), and the sequences are over "
            f"{alphabet.name!r} ({alphabet.letters})"
        )
