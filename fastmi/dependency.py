"""dependency_map: which positions a model joins, by double mutants of many sequences.

Of a model that adds up what it sees at each position, a double mutant is what its two single
mutants say; what is left over is the pair's own.  Nothing of the model is needed but scores.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ._checks import check_length_k, check_positions, parse_bytes
from ._draws import Rng, resolve_seed
from ._heads import head_number
from ._mutants import DOUBLES, Mutants, by_sequence
from ._numbers import Doubles
from ._provenance import Clock, versions_used
from ._workers import Executors
from .alphabet import Alphabet
from .errors import FastMIError
from .models.base import Model, about_model, given_heads, head_names, wrap
from .results import MIResult
from .scoring import scored_chunks, source_to_score
from .sequences import PackedSequences
from .sources import about_source

SUMMARIES = ("rms", "mean", "abs")


def dependency_map(
    model: Any,
    sequences: object,
    *,
    mutants: Literal["all", "random"] = "all",
    summary: Literal["rms", "mean", "abs"] = "rms",
    positions: Iterable[int] | None = None,
    head: str | int | None = None,
    alphabet: str | Alphabet | None = None,
    rng: Rng = None,
    checkpoint: str | os.PathLike[str] | None = None,
    executor: Executors = None,
    n_workers: int | None = None,
    memory_limit: str | int = "4GB",
    progress: bool = False,
) -> MIResult:
    r"""How much a model's scores depend on two positions together, for every pair of them.

    Parameters
    ----------
    model : object
        Whatever :func:`fastmi.models.wrap` takes.
    sequences : PackedSequences, simulated sequences, path-like, list of str or array_like
        N sequences of one length, over which is averaged; without weights.
    mutants : {"all", "random"}
        All (A - 1)^2 pairs of other letters at each pair of positions; or one pair of letters,
        drawn for each sequence and pair of positions, so that more sequences can be seen.
    summary : {"rms", "mean", "abs"}
        What is kept of the epistasis of a pair: its root mean square, its mean with its sign,
        or its mean size, over pairs of letters and sequences.
    positions : iterable of int, optional
        Only pairs of these, 0-based; by default of all.
    head : str or int, optional
        Name or number of the score; not needed where the model has one.
    alphabet : str or Alphabet, optional
        As for :func:`fastmi.pairwise_mi`.
    rng : int, numpy Generator or None
        Of what is drawn, as for :func:`fastmi.simulate.random`.
    checkpoint : path-like, optional
        A folder where scores are kept, as for :func:`fastmi.score`.
    executor, n_workers
        Who scores, as for :func:`fastmi.score`.
    memory_limit : str or int
        Most memory for what one sequence's mutants score and for the map, as "4GB" or in bytes.
    progress : bool
        Whether to show progress on stderr.

    Returns
    -------
    MIResult
        A map of measure "EP_rms", "EP_mean" or "EP_abs" with k = 1, in units of the score:
        drawn, compared and saved as maps of mutual information are. ``standard_error`` is of
        the sequences being a sample of more; ``n_pair`` says how many a pair is of, where some
        have missing letters.

    Raises
    ------
    FastMIError
        The model failed, or gave something that is no score; or the sequences have weights.
    ValueError
        It would need more memory than the limit, or there is no pair of positions.

    Notes
    -----
    With f the score of sequence x, and :math:`x^{(i,a)}` the same with letter a at position i,
    the epistasis of two mutations is

    .. math:: e_{ia,jb} = f(x^{(i,a)(j,b)}) - f(x^{(i,a)}) - f(x^{(j,b)}) + f(x),

    which is 0 for every pair if the model is additive. It depends on the scale of the score: a
    model that is additive before its last activation is not after it. Each sequence takes
    1 + P (A - 1) + (A - 1)^2 P (P - 1) / 2 scored sequences for P positions and A letters
    (7,504 of 41 letters of DNA), or 1 + P (A - 1) + P (P - 1) / 2 (944) with "random".
    Of a model that scores in single precision, rounding leaves an epistasis of about 1e-7 of
    its scores. The same seed gives the same bits for any chunks and workers.

    Examples
    --------
    >>> import fastmi
    >>> def both(strings):  # C at 1 and G at 3
    ...     return [1.0 * (s[1] + s[3] == "CG") for s in strings]
    >>> model = fastmi.models.wrap(both, takes="strings")
    >>> r = fastmi.dependency_map(model, ["ACTGA", "TCTGT"])
    >>> r.top_pairs(2)[["i", "j", "value"]].tolist()
    [(1, 3, 1.0), (0, 1, 0.0)]
    """
    clock, limit, scorer = Clock(), parse_bytes(memory_limit), wrap(model)
    for name, given, allowed in (
        ("mutants", mutants, DOUBLES),
        ("summary", summary, SUMMARIES),
    ):
        if given not in allowed:
            raise ValueError(f"{name} must be one of {', '.join(allowed)}, got {given!r}")
    source = source_to_score(sequences, alphabet)
    if isinstance(source, PackedSequences) and source.has_weights:
        raise FastMIError(
            "the sequences have weights, and in a dependency map each counts once: give "
            "with_weights(None) of them"
        )
    check_length_k(source.length, 1)
    where = check_positions(positions, source.length)
    if len(where) < 2:
        raise ValueError(f"a pair is of two positions, and there are {len(where)} to change")
    seed = resolve_seed(rng) if mutants == "random" else 0
    made = Mutants(source, where, mutants, seed)
    _check_memory(made, limit)
    if (known := given_heads(None, scorer)) is not None:
        head_number(known, head)  # what cannot be is said before anything is scored
    if progress:
        print(
            f"fastmi: {len(source):,} sequences with {made.n_each - 1:,} mutants each "
            f"({_kinds(made)}): {len(made):,} to score",
            file=sys.stderr,
        )
    about = about_source(made)
    chunks = scored_chunks(scorer, made, checkpoint, executor, n_workers, progress, about=about)
    moments = _Moments(len(made.pairs[0]))
    i, j = made.pairs
    n_unknown = 0
    for first, scores in by_sequence(_of_head(chunks, scorer, head), made.n_each):
        n = len(scores)
        is_known = source.block(first, first + n).to_codes() < len(source.alphabet)
        n_unknown += int(is_known.size - is_known.sum())
        both = is_known[:, where[i]] & is_known[:, where[j]]
        drawn = made.drawn(first, n) if mutants == "random" else [None] * n
        for of_one, letters, there in zip(scores[:, :, 0], drawn, both, strict=True):
            moments.add(_summarised(_epistasis(of_one, made, letters), summary), there)
    return _map_of(
        moments,
        made,
        summary,
        n_sequences=len(source),
        n_dropped=getattr(source, "n_dropped", 0),
        n_unknown=n_unknown,
        provenance={
            **versions_used(),
            "model": about_model(scorer),
            "sequences": about["source"],
            "mutants": mutants,
            "summary": summary,
            **({} if head is None else {"head": head}),
            **({"seed": seed} if mutants == "random" else {}),
            "n_scored": len(made),
            "run": clock.record(1),
        },
    )


def _kinds(made: Mutants) -> str:
    """Which mutants each sequence has, in words."""
    n_pairs = len(made.pairs[0])
    return (
        f"{made.n_single:,} single ones, {made.n_of_pair:,} of each of {n_pairs:,} pairs of "
        "positions"
    )


def _check_memory(made: Mutants, limit: int) -> None:
    """Raise where the mutants of one sequence, or the map, would not fit."""
    need = 8 * (4 * made.n_each + 10 * len(made.pairs[0]) + 3 * made.length**2)
    if need > limit:
        raise ValueError(
            f"a sequence with {made.n_each - 1:,} mutants ({_kinds(made)}) would need "
            f"{need:,} bytes, more than memory_limit={limit:,}; raise it, take "
            "mutants='random', or fewer positions"
        )


def _of_head(chunks: Iterator[Any], model: Model, head: str | int | None) -> Iterator[Doubles]:
    """The scores that are asked for, shape (n, 1), of all that a model gives."""
    number: int | None = None
    for _, _, scores in chunks:
        if number is None:
            number = head_number(head_names(None, model, scores.shape[1]), head)
        yield scores[:, number : number + 1]


def _epistasis(
    scores: Doubles, made: Mutants, letters: npt.NDArray[np.int64] | None
) -> Doubles:
    """Epistasis in one sequence, shape (pairs, pairs of letters).

    Parameters
    ----------
    scores : ndarray of float64, shape (n_each,)
        Of the sequence and its mutants, in the order of :class:`Mutants`.
    made : Mutants
        What they are.
    letters : ndarray of int64, shape (pairs,), optional
        Which pairs of letters were drawn, where they were.
    """
    i, j = made.pairs
    single = scores[1 : 1 + made.n_single].reshape(-1, made.n_others)
    double = scores[1 + made.n_single :]
    if letters is not None:
        a, b = np.divmod(letters, made.n_others)
        left = double - single[i, a] - (single[j, b] - scores[0])
        return np.asarray(left[:, None])
    double = double.reshape(len(i), made.n_others, made.n_others)
    left = double - single[i][:, :, None] - (single[j] - scores[0])[:, None, :]
    return np.asarray(left.reshape(len(i), -1))


def _summarised(epistasis: Doubles, summary: str) -> Doubles:
    """What is averaged over sequences, one number a pair."""
    if summary == "rms":
        epistasis = np.square(epistasis)
    elif summary == "abs":
        epistasis = np.abs(epistasis)
    return np.asarray(epistasis.mean(axis=1), np.float64)


class _Moments:
    """Means and their errors of numbers that come sequence by sequence.

    B. P. Welford's update (doi:10.1080/00401706.1962.10490022): one sequence after the other,
    so that the bits do not depend on how many come at a time.
    """

    def __init__(self, n_pairs: int) -> None:
        self.n = np.zeros(n_pairs, np.int64)
        self.mean = np.zeros(n_pairs)
        self._squares = np.zeros(n_pairs)

    def add(self, values: Doubles, there: npt.NDArray[np.bool_]) -> None:
        """Add one sequence's values to those pairs that it has."""
        self.n += there
        off = np.where(there, values - self.mean, 0.0)
        self.mean += off / np.maximum(self.n, 1)
        self._squares += off * (values - self.mean)

    def error(self) -> Doubles:
        """Standard error of the means; NaN where there are fewer than two values."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.sqrt(self._squares / (self.n - 1) / self.n)


def _map_of(moments: _Moments, made: Mutants, summary: str, **about: Any) -> MIResult:
    """The map, of the means of all pairs."""
    value, error = np.where(moments.n > 0, moments.mean, np.nan), moments.error()
    if summary == "rms":  # of the mean of squares
        value = np.sqrt(value)
        error = np.divide(error, 2 * value, out=0 * error, where=value != 0)
    i, j = (made.positions[of_pair] for of_pair in made.pairs)

    def square(values: npt.NDArray[Any], empty: float) -> npt.NDArray[Any]:
        matrix = np.full((made.length, made.length), empty, values.dtype)
        matrix[i, j] = matrix[j, i] = values
        return matrix

    of_all = len(made.positions) == made.length and (moments.n == about["n_sequences"]).all()
    return MIResult(
        square(value, np.nan),
        f"EP_{summary}",
        1,
        made.length,
        alphabet=made.alphabet,
        pseudocount=0.0,
        n_pair=None if of_all else square(moments.n, 0),
        standard_error=square(error, np.nan),
        **about,
    )
