"""Random sequences: uniform, by frequencies, by a profile, or by a Markov chain."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _core, _random
from .._checks import check_size
from .._counted import counted, kmer_counts
from .._draws import Rng, Stream, Words, resolve_seed, thresholds_of
from .._frequencies import check_added, check_frequencies, in_order
from .._run import Control, resolve_threads, run_job
from ..alphabet import Alphabet, get_alphabet
from ..errors import FastMIError
from ..io import as_sequences
from ..sequences import PackedSequences
from ..sources import Simulated

_MOST_TOLD = 1 << 14  # frequencies that a description lists
_PIECE = 1 << 24  # letters drawn between two looks at whether to stop
_FEW = 1 << 15  # letters for which no thread is worth starting


@dataclass(frozen=True)
class Markov:
    """A Markov chain of letters: each depends on the ``order`` letters before it.

    Attributes
    ----------
    alphabet : Alphabet
        The letters.
    order : int
        How many letters before decide.
    probabilities : ndarray of float64, shape (1 + A + ... + A^order, A)
        Of each letter after each context: no letters before, one, ... ``order``; contexts of
        as many letters in the order of their codes.
    """

    alphabet: Alphabet
    order: int
    probabilities: npt.NDArray[np.float64]


class RandomSequences(Simulated):
    """Sequences of random letters; see :func:`random`."""

    def __init__(
        self,
        n: int,
        length: int,
        alphabet: Alphabet,
        seed: int,
        model: Markov | npt.NDArray[np.float64] | None,
        n_threads: int | None,
    ) -> None:
        super().__init__(n, length, alphabet)
        self._seed, self._model = seed, model
        self._threads = resolve_threads(n_threads)
        self._order = model.order if isinstance(model, Markov) else 0
        self._thresholds = _thresholds(model)

    def block(self, start: int, stop: int) -> PackedSequences:
        """Make sequences ``start`` to ``stop - 1``."""
        self._check_block(start, stop)
        size = len(self.alphabet)
        rows = np.empty((stop - start, _core.row_bytes(self.length, size)), np.uint8)
        step = max(1, _PIECE // self.length)
        few = (stop - start) * self.length <= _FEW

        def job(control: Control) -> None:
            for at in range(0, len(rows), step):
                if control[1]:
                    return
                _random.random_rows(
                    self.length,
                    size,
                    self._order,
                    self._thresholds,
                    self._seed,
                    Stream.LETTERS,
                    start + at,
                    1 if few else self._threads,
                    rows[at : at + step],
                )

        if few:
            job(np.zeros(2, np.int64))
        else:
            run_job(job, len(rows), "drawing")
        return PackedSequences(rows, self.length, self.alphabet)

    def about(self) -> dict[str, Any]:
        """How they are made, ready for JSON."""
        model = self._model
        table = model.probabilities if isinstance(model, Markov) else model
        numbers = None if table is None else table.tolist()
        if table is not None and table.size > _MOST_TOLD:
            digest = hashlib.sha256(np.ascontiguousarray(table, "<f8").tobytes())
            numbers = {"shape": list(table.shape), "sha256": digest.hexdigest()}
        return {
            "what": "random sequences",
            "n": len(self),
            "length": self.length,
            **self.alphabet.about(),
            "seed": self._seed,
            "order": self._order,
            "frequencies": numbers,
        }


def random(
    n: int,
    length: int,
    alphabet: str | Alphabet = "dna",
    *,
    frequencies: Mapping[str, float] | npt.ArrayLike | Markov | None = None,
    rng: Rng = None,
    n_threads: int | None = None,
) -> RandomSequences:
    """Random sequences, made when they are asked for.

    Parameters
    ----------
    n : int
        How many.
    length : int
        Letters in each, up to 1,048,576.
    alphabet : str or Alphabet
        "dna", "rna", "protein", or the letters in the order of their codes.
    frequencies : mapping, array_like or Markov, optional
        Of the letters: a number for each, as ``{"A": 0.3, ...}`` or shape (A,); for each
        position, shape (L, A), as :func:`profile` gives; or a chain, as :func:`markov`
        gives. They add to 1. By default all letters are equally likely. Probabilities are
        kept to 2^-31 (5e-10).
    rng : int, numpy Generator or None
        A seed, 0 to 2^64 - 1; a generator, which draws one; by default a fresh one.
    n_threads : int, optional
        As for :func:`fastmi.pairwise_mi`; the sequences are the same for any number.

    Returns
    -------
    RandomSequences
        ``len``, slices, ``pack()`` (all in memory); goes into :func:`fastmi.pairwise_mi`.

    Raises
    ------
    ValueError, TypeError
        A parameter is wrong, such as frequencies that do not add to 1.

    Notes
    -----
    The generator is Philox4x32-10 with the seed as key and the record's number in the
    counter: J. K. Salmon et al., Parallel random numbers: as easy as 1, 2, 3 (2011),
    doi:10.1145/2063384.2063405.

    Examples
    --------
    >>> import fastmi
    >>> s = fastmi.simulate.random(10_000_000, 12, "rna", rng=1)
    >>> s[:2].to_strings() == s.block(0, 3).to_strings()[:2]
    True
    >>> gc = fastmi.simulate.random(1000, 50, frequencies=[0.1, 0.4, 0.4, 0.1], rng=1)
    >>> 0.7 < sum(map(gc.pack().to_strings()[0].count, "CG")) / 50 < 0.95
    True
    """
    kind = get_alphabet(alphabet)
    n, length = check_size("n", n), check_size("length", length)
    if not 1 <= length <= _core.MAX_LENGTH:
        raise ValueError(f"length must be between 1 and {_core.MAX_LENGTH:,}, got {length}")
    model = _checked(frequencies, kind, length)
    return RandomSequences(n, length, kind, resolve_seed(rng), model, n_threads)


def profile(data: object, alphabet: str | Alphabet | None = None) -> npt.NDArray[np.float64]:
    """Frequency of each letter at each position of some sequences.

    Parameters
    ----------
    data : PackedSequences, source, path-like, list of str or array_like
        The sequences; those with weights count by them.
    alphabet : str or Alphabet, optional
        As for :func:`fastmi.pairwise_mi`.

    Returns
    -------
    ndarray of float64, shape (L, A)
        Ready for ``random(frequencies=)``.

    Examples
    --------
    >>> profile(["AC", "AG"]).tolist()
    [[1.0, 0.0, 0.0, 0.0], [0.0, 0.5, 0.5, 0.0]]
    """
    counts = kmer_counts(counted(as_sequences(data, alphabet)), 1).astype(np.float64)
    totals = counts.sum(axis=1, keepdims=True)
    if not totals.all():
        raise FastMIError(f"no sequence has a letter at position {int(totals.argmin())}")
    return np.asarray(counts / totals)


def markov(
    data: object,
    order: int = 1,
    *,
    alphabet: str | Alphabet | None = None,
    pseudocount: float = 0.0,
) -> Markov:
    """The Markov chain that some sequences look as if drawn from.

    Parameters
    ----------
    data : PackedSequences, source, path-like, list of str or array_like
        The sequences; those with weights count by them.
    order : int
        How many letters before decide: 0 to 5 for DNA and RNA, 0 to 2 for proteins.
    alphabet : str or Alphabet, optional
        As for :func:`fastmi.pairwise_mi`.
    pseudocount : float
        Added to the count of each letter after each context, in sequences.

    Returns
    -------
    Markov
        Ready for ``random(frequencies=)``. Where a context never occurs, letters come as after
        the context without its first letter.

    Examples
    --------
    >>> chain = markov(["ACAC", "ACAA"], 1)
    >>> chain.probabilities[1].tolist()  # after A
    [0.25, 0.75, 0.0, 0.0]
    """
    sequences = as_sequences(data, alphabet)
    kind = sequences.alphabet
    order = _check_order(order, kind)
    kind.n_kmers(order + 1)
    if order >= sequences.length:
        raise ValueError(
            f"order must be below the length of the sequences, {sequences.length}, got {order}"
        )
    pseudocount = check_added(pseudocount)
    job, size = counted(sequences), len(kind)
    tables: list[npt.NDArray[np.float64]] = []
    for m in range(order + 1):
        found = kmer_counts(job, m + 1).sum(axis=0).reshape(-1, size)
        counts = found * job.unit + pseudocount
        totals = counts.sum(axis=1, keepdims=True)
        shorter = np.tile(tables[-1], (size, 1)) if tables else np.full((1, size), 1 / size)
        tables.append(np.where(totals > 0, counts / np.where(totals > 0, totals, 1), shorter))
    return Markov(kind, order, np.concatenate(tables))


def _checked(
    frequencies: Mapping[str, float] | npt.ArrayLike | Markov | None,
    alphabet: Alphabet,
    length: int,
) -> Markov | npt.NDArray[np.float64] | None:
    """What letters are drawn from, if it can be; None where all are equally likely."""
    if isinstance(frequencies, Markov):
        letters = get_alphabet(frequencies.alphabet).letters
        if letters != alphabet.letters:
            raise ValueError(
                f"the chain is over {letters!r}, the sequences over {alphabet.letters!r}"
            )
        order = _check_order(frequencies.order, alphabet)
        n = sum(len(alphabet) ** m for m in range(order + 1))
        check_frequencies(frequencies.probabilities, (n, len(alphabet)), "probabilities")
        return frequencies
    if frequencies is None:
        return None if len(alphabet) == 4 else np.full((1, len(alphabet)), 1 / len(alphabet))
    if isinstance(frequencies, Mapping):
        frequencies = in_order(frequencies, alphabet)
    given = np.asarray(frequencies, object)
    shape = (length, len(alphabet)) if given.ndim == 2 else (len(alphabet),)
    return check_frequencies(frequencies, shape, "frequencies").reshape(-1, len(alphabet))


def _check_order(order: int, alphabet: Alphabet) -> int:
    """Raise unless chains of this order can be drawn from."""
    order = check_size("order", order)
    orders = range(_random.MAX_ORDER + 1)
    contexts = [sum(len(alphabet) ** m for m in range(n + 1)) for n in orders]
    most = max(n for n in orders if contexts[n] <= _random.MAX_CONTEXTS)
    if order > most:
        raise ValueError(
            f"order must be at most {most} for {len(alphabet)} letters, got {order}"
        )
    return order


def _thresholds(model: Markov | npt.NDArray[np.float64] | None) -> Words | None:
    if model is None:
        return None
    return thresholds_of(model.probabilities if isinstance(model, Markov) else model)
