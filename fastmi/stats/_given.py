"""What a null needs of its caller, and whether it can be tested with it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .._choosing import chosen_records
from .._counted import Counted
from .._numbers import Doubles
from .._strands import turned_kmers
from ..counts import JointCounts
from ..errors import FastMIError, FastMIWarning
from ..io import as_sequences
from ..mi import SequenceTables
from ..results import MIResult
from ..selection import Selection, parse_selection
from ..sequences import PackedSequences
from .additive import AdditiveScores

LEAST_DRAWN = 10  # sets under a null
_APART = 0.1  # standard deviations of a pool, by which additive scores are others


def check_given(null: str, pool: object, scores: object, samples: object) -> None:
    """Raise where what a null needs is missing, or what it has no use for is given."""
    needs = {"pool": ("pool",), "additive": ("pool",), "samples": ("samples",)}.get(null, ())
    for name, value in (("pool", pool), ("samples", samples)):
        if name in needs and value is None:
            what = {
                "pool": "all sequences that the data were chosen from",
                "samples": "random sets of sequences",
            }[name]
            raise ValueError(f"the null {null!r} needs {name}=, {what}")
        if name not in needs and value is not None:
            raise ValueError(f"the null {null!r} has no use for {name}=")
    if scores is not None and null != "additive":
        raise ValueError(f"the null {null!r} has no use for scores=")
    if samples is not None and not isinstance(samples, list | tuple):
        raise TypeError(f"samples must be a list of sets, got {type(samples).__name__}")
    if pool is not None:
        check_pool(pool)


def check_pool(pool: object) -> None:
    """Raise unless sequences can be drawn from it."""
    if not isinstance(pool, PackedSequences):
        raise TypeError(
            f"pool must be PackedSequences, as fastmi.read and fastmi.pack give them, got "
            f"{type(pool).__name__}"
        )


def check_room(n_sets: int, n_positions: int, most: int) -> None:
    """Raise where the trials of so many sets do not fit."""
    needed = 8 * n_sets * n_positions**2
    if needed > most:
        raise FastMIError(
            f"the trials of {n_sets:,} sets take {needed:,} bytes, and memory_limit is "
            f"{most:,}; take fewer sets"
        )


def what_is_counted(result: MIResult) -> tuple[Counted | None, JointCounts | None]:
    """The sequences behind a result, or else their counts."""
    if result.measure != "MI":
        raise ValueError(f"mutual information is tested, this is a map of {result.measure}")
    if result.provenance.get("both_strands") or _of_both_strands(result.source):
        raise FastMIError(
            "both strands of a sequence are not two sequences, which p would take them for; "
            "test the map of the sequences as they are"
        )
    if isinstance(result.source, SequenceTables):
        return result.source.job, None
    if isinstance(result.source, JointCounts):
        return None, result.source
    raise FastMIError(
        "the counts behind this result are not here, and a map alone says nothing of what is "
        "significant; give the sequences, or their JointCounts"
    )


def _of_both_strands(source: object) -> bool:
    """Whether these are symmetrised counts: weighted, and their own mirror image."""
    if not isinstance(source, JointCounts) or source.n_effective is None:
        return False
    try:
        turned = turned_kmers(source.alphabet, source.k)
    except ValueError:  # letters without complements
        return False
    kmers = source.kmer_counts()
    return np.array_equal(kmers, kmers[::-1, turned])


def given_sets(samples: Sequence[object], like: PackedSequences) -> Iterable[PackedSequences]:
    """Random sets of a caller, checked."""
    if len(samples) < LEAST_DRAWN:
        raise FastMIError(
            f"{len(samples)} random sets say little; the null 'samples' needs "
            f"{LEAST_DRAWN} or more"
        )
    others = 0
    for number, sample in enumerate(samples):
        one = as_sequences(sample, like.alphabet, "error", None, None)
        if (one.weights is None) != (like.weights is None):
            raise FastMIError(
                f"random set {number} and the data must both have weights, or none of them"
            )
        if one.length != like.length:
            raise FastMIError(
                f"random set {number} has sequences of length {one.length}, the data have "
                f"{like.length}"
            )
        others += len(one) != len(like)
        yield one
    if others:
        warnings.warn(
            f"{others} of {len(samples)} random sets have not as many sequences as the data, "
            f"{len(like):,}: mutual information of fewer sequences is larger by its bias",
            FastMIWarning,
            stacklevel=5,
        )


def check_chosen(pool: PackedSequences, sequences: PackedSequences) -> None:
    """Raise unless the sequences can have been chosen from the pool."""
    if pool.length != sequences.length or pool.alphabet != sequences.alphabet:
        raise FastMIError(
            f"the pool has {pool.alphabet.name} of length {pool.length}, the data "
            f"{sequences.alphabet.name} of length {sequences.length}"
        )
    if sequences.weights is not None or pool.weights is not None:
        raise FastMIError(
            "sequences with weights are no subset of a pool by number; leave the weights out, "
            "or repeat sequences"
        )
    if len(pool) < len(sequences):
        raise FastMIError(
            f"the pool has {len(pool):,} sequences and the data {len(sequences):,}: they "
            "cannot all come from it"
        )


def _real(name: str, given: npt.ArrayLike) -> npt.NDArray[Any]:
    """Numbers as an array."""
    try:
        array = np.asarray(given)
    except ValueError:
        raise TypeError(f"{name} must be real numbers, got rows of several lengths") from None
    if array.dtype.kind not in "iufb":
        raise TypeError(f"{name} must be real numbers, got {array.dtype}")
    return array


def scores_of(pool: PackedSequences, scores: npt.ArrayLike | None) -> Doubles:
    """Scores of the pool, given or its own, checked."""
    scores = pool.scores if scores is None else _real("scores", scores)
    if scores is None:
        raise ValueError("the null 'additive' needs scores=, one for each sequence of the pool")
    array = np.asarray(scores, np.float64)
    if array.shape != (len(pool),):
        raise ValueError(
            f"scores have the shape {array.shape}, and the pool {len(pool):,} sequences"
        )
    if not np.isfinite(array).all():
        raise FastMIError(
            f"score {int(np.argmin(np.isfinite(array)))} of the pool is not finite"
        )
    return array


def warn_others(
    fitted: AdditiveScores, selection: Selection, sequences: PackedSequences
) -> None:
    """Say so where sequences cannot be those selected: their additive scores are others."""
    spread = float(fitted.sums.std())
    if sequences.n_unknown or spread == 0:
        return
    wanted = fitted.sums[chosen_records(selection, fitted.scores)].mean()
    apart = float(fitted.of(sequences).mean() - wanted) / spread
    if abs(apart) > _APART:
        warnings.warn(
            f"the sequences are not '{selection}' of the pool by these scores: additive scores "
            f"of such ones are {abs(apart):.2g} standard deviations "
            f"{'lower' if apart > 0 else 'higher'} on average; selection= says which they are",
            FastMIWarning,
            stacklevel=4,
        )


def as_ranks(selection: str | Selection, n: int, n_pool: int) -> Selection:
    """The same side of the scores, as many."""
    if not isinstance(selection, str | Selection):
        raise TypeError(f"selection must be words or a Selection, got {selection!r}")
    if selection in ("top", "bottom"):
        return Selection(str(selection), number=n)
    chosen = parse_selection(selection) if isinstance(selection, str) else selection
    if chosen.how in ("all", "quantiles"):
        if chosen.how == "all":
            raise ValueError("the null 'additive' is about sequences chosen by their scores")
        low, high = chosen.ranks(n_pool)
        if high - low != n:
            raise FastMIError(
                f"'{chosen}' are {high - low:,} of {n_pool:,} sequences, and the data {n:,}"
            )
        return chosen
    return Selection("top" if chosen.high else "bottom", number=n)
