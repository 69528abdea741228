"""Real sequences as backgrounds: some of a set by chance, by their scores, by GC content.

Each record has a random number of its own, and those with the least come first.  So a larger
sample begins with the smaller one, and any slice of a sample is a sample.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .._checks import check_size
from .._choosing import Records, chosen_records
from .._columns import Column
from .._composition import gc_contents
from .._draws import Draws, Rng, Stream, resolve_seed
from .._gather import Gatherer
from .._numbers import Doubles, check_numbers
from ..alphabet import Alphabet
from ..errors import FastMIError
from ..io import as_sequences, as_source
from ..selection import parse_selection
from ..sequences import PackedSequences
from ..sources import Source, is_made
from .backgrounds import markov, profile, random
from .shuffling import shuffle

_KEYS = 1 << 20  # records whose random numbers are drawn at a time
_FEW, _MANY = 1 << 15, 1 << 22  # letters of a source that are made at a time, to take some
_RARE = 64  # one in so many is few
_MOST_BINS = 100  # of GC content: longer sequences have theirs in percent


def sample(
    data: object,
    n: int | None = None,
    *,
    select: str | None = None,
    scores: Column | npt.ArrayLike | None = None,
    gc_like: object = None,
    alphabet: str | Alphabet | None = None,
    rng: Rng = None,
) -> PackedSequences:
    """Draw some sequences of a set, without replacement.

    Parameters
    ----------
    data : PackedSequences, Source, path-like, list of str or array_like
        The sequences.
    n : int, optional
        How many. By default all, in the order in which they are drawn; with ``gc_like`` as
        many as it has.
    select : str, optional
        Only of these, by their scores: "top 10%", "quartile 1" (the highest scores) to
        "quartile 4", "quantiles 0.1 to 0.9" (without extremes), "> 0.5", as for
        :func:`fastmi.interpret`.
    scores : int, str or array_like of numbers, shape (N,), optional
        As for :func:`fastmi.io.as_sequences`, such as what a model predicts; by default
        those that the data have.
    gc_like : PackedSequences, Source, path-like, list of str or array_like, optional
        Sequences of DNA or RNA, such as those with a signal; what is drawn has their GC
        contents, each as often.
    alphabet : str or Alphabet, optional
        As for :func:`fastmi.pairwise_mi`.
    rng : int, numpy Generator or None
        As for :func:`fastmi.simulate.random`.

    Returns
    -------
    PackedSequences
        In the order in which they are drawn, with their scores. Every set of n is equally
        likely, and so is every order; the first m of n are what ``n=m`` gives (but for
        ``gc_like``). Weights are not looked at, and left out: each is drawn as a background.

    Raises
    ------
    FastMIError
        There are no such sequences, or too few with a GC content.
    ValueError, TypeError
        There are fewer than n, or a parameter is wrong.

    Notes
    -----
    GC content is the share of G and C among the letters that are not missing, in units of
    1 / min(L, 100), rounded to the nearest, halves up: so up to 100 letters it is their
    number. Where ``gc_like`` has N sequences, a GC content that c of them have is drawn c n / N
    times: rounded down, and those with the largest remainders, lower contents first, once
    more. With n = N the two histograms are equal.

    Examples
    --------
    >>> texts = ["AAAA", "ACAA", "ACGA", "CCGA", "ACGC", "CCGG"]
    >>> drawn = sample(texts, 2, select="top 50%", scores=range(6), rng=1)
    >>> sorted(drawn.scores.tolist()) in ([3, 4], [3, 5], [4, 5])
    True
    >>> sorted(sample(texts, gc_like=["CATG", "GGGA"], rng=1))[0]
    'ACGA'
    """
    source = (
        as_source(data, alphabet)
        if is_made(data)
        else as_sequences(data, alphabet, scores=scores)
    )
    if len(source) == 0:
        raise FastMIError("there are no sequences to draw from")
    known = _scores_of(source, scores)
    which = _selected(select, known, len(source))
    n = None if n is None else check_size("n", n, 1)
    if n is not None and n > len(which):
        of = "" if select is None else f" that {select!r} takes of {len(source):,}"
        raise ValueError(
            f"n must be at most {len(which):,}, the number of sequences{of}, got {n:,}"
        )
    keys = _keys(resolve_seed(rng), len(source))[which]
    if gc_like is None:
        drawn = which[_least(keys, len(which) if n is None else n)]
    else:
        drawn = _matched(which[_least(keys, len(which))], source, gc_like, n)
    made = _fetched(source, drawn).with_weights(None)
    return made if known is None else made.with_scores(known[drawn])


def nulls(
    data: object,
    n: int = 1000,
    *,
    scores: Column | npt.ArrayLike | None = None,
    alphabet: str | Alphabet | None = None,
    rng: Rng = None,
) -> dict[str, Source]:
    """Make the null models of one set of sequences, to ask one question under each of them.

    Parameters
    ----------
    data : PackedSequences, Source, path-like, list of str or array_like
        The sequences. Weights are not looked at.
    n : int
        How many sequences each null model has.
    scores : int, str or array_like of numbers, shape (N,), optional
        As for :func:`sample`.
    alphabet : str or Alphabet, optional
        As for :func:`fastmi.pairwise_mi`.
    rng : int, numpy Generator or None
        As for :func:`fastmi.simulate.random`. All are made with the one seed that it is.

    Returns
    -------
    dict of str to Source
        "profile": letters as frequent as at each position. "markov 1": each letter by the one
        before. "real": drawn by :func:`sample`. "shuffle" and "dinucleotide shuffle" ("doublet
        shuffle" where the letters are no nucleotides): those that "real" has, shuffled. Where
        there are scores, "quartile 1" (the highest) to "quartile 4": drawn of these.

    Raises
    ------
    FastMIError
        The data cannot be used.
    ValueError, TypeError
        There are fewer than n sequences, or in a quartile; or a parameter is wrong.

    Notes
    -----
    The null models of P. K. Koo et al., doi:10.1371/journal.pcbi.1008925, and a Markov chain.

    Examples
    --------
    >>> from fastmi import simulate
    >>> found = nulls(simulate.random(50, 20, rng=1), 10, scores=range(50), rng=1)
    >>> [*found][:5], {len(source) for source in found.values()}
    (['profile', 'markov 1', 'shuffle', 'dinucleotide shuffle', 'real'], {10})
    >>> int(found["quartile 4"].scores.max())
    11
    """
    sequences = as_sequences(data, alphabet, scores=scores).with_weights(None)
    length, kind, seed = sequences.length, sequences.alphabet, resolve_seed(rng)
    real = sample(sequences, n, rng=seed)

    def drawn(frequencies: Any) -> Source:
        return random(len(real), length, kind, frequencies=frequencies, rng=seed)

    pairs = "doublet" if kind.complement is None else "dinucleotide"
    found: dict[str, Source] = {
        "profile": drawn(profile(sequences)),
        "markov 1": drawn(markov(sequences, 1)),
        "shuffle": shuffle(real, 1, lazy=True, rng=seed),
        f"{pairs} shuffle": shuffle(real, 2, lazy=True, rng=seed),
        "real": real,
    }
    if sequences.scores is not None:
        for quartile in (f"quartile {place}" for place in (1, 2, 3, 4)):
            found[quartile] = sample(sequences, n, select=quartile, rng=seed)
    return found


def _scores_of(source: Source, scores: Any) -> Doubles | None:
    """The scores of all, if there are any."""
    if isinstance(source, PackedSequences):
        return source.scores
    return None if scores is None else check_numbers("scores", scores, len(source))


def _selected(select: str | None, scores: Doubles | None, n: int) -> Records:
    """The records that are drawn from, in ascending order."""
    if select is None:
        return np.arange(n)
    selection = parse_selection(select)
    if selection.of_wild_type:
        raise ValueError(f"there is no wild type here: give a threshold, got {select!r}")
    if scores is None:
        raise ValueError(f"select={select!r} needs scores: give scores=, one a sequence")
    chosen = chosen_records(selection, scores)
    if len(chosen) == 0:
        raise FastMIError(
            f"{select!r} takes none of {n:,} sequences, whose scores are {scores.min():g} to "
            f"{scores.max():g}"
        )
    return chosen


def _keys(seed: int, n: int) -> npt.NDArray[np.uint64]:
    """A random number of each record, by which they are drawn."""
    keys = np.empty(n, np.uint64)
    for first in range(0, n, _KEYS):
        here = keys[first : first + _KEYS]
        high, low = Draws(seed, Stream.SAMPLE, first, len(here)).words(2).T.astype(np.uint64)
        here[:] = high << np.uint64(32) | low
    return keys


def _least(keys: npt.NDArray[np.uint64], n: int) -> npt.NDArray[np.intp]:
    """Where the n least keys are, the least first."""
    near = np.flatnonzero(keys <= np.partition(keys, n - 1)[n - 1])
    return near[np.argsort(keys[near], kind="stable")][:n]


def _matched(drawn: Records, source: Source, gc_like: object, n: int | None) -> Records:
    """The first ones of each GC content, as many as there are to be, in their order."""
    given = gc_like if isinstance(gc_like, Source) else as_source(gc_like, source.alphabet)
    units = min(source.length, _MOST_BINS)
    theirs = np.bincount(gc_contents(given, units), minlength=units + 2)[:-1]
    if not theirs.any():
        raise FastMIError("gc_like has no sequence with a letter")
    total = int(theirs.sum())
    wanted = _shared_out(theirs, total if n is None else n)
    mine = gc_contents(source, units)[drawn]
    there = np.bincount(mine, minlength=units + 2)[:-1]
    if (wanted > there).any():
        asked = np.flatnonzero(theirs)
        most = int((there[asked] * total // theirs[asked]).min())
        bad = int((wanted - there).argmax())
        advice = f"; n={most:,} can be had" if most else "; gc_like must do without it"
        raise FastMIError(
            f"gc_like asks for {wanted[bad]:,} sequences with a GC content of {bad}/{units}, "
            f"and there are {there[bad]:,}{advice}"
        )
    return drawn[_places(mine) < np.append(wanted, 0)[mine]]


def _shared_out(counts: npt.NDArray[np.int64], n: int) -> npt.NDArray[np.int64]:
    """Whole numbers that add to n and are as counts are, by the largest remainders."""
    shares, rests = np.divmod(counts * n, counts.sum())
    left = n - int(shares.sum())
    shares[np.argsort(-rests, kind="stable")[:left]] += 1
    return np.asarray(shares)


def _places(kinds: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """How many of the same kind stand before each."""
    by_kind = np.argsort(kinds, kind="stable")
    counts = np.bincount(kinds)
    before = np.repeat(np.cumsum(counts) - counts, counts)
    places = np.empty(len(kinds), np.int64)
    places[by_kind] = np.arange(len(kinds)) - before
    return places


def _fetched(source: Source, records: Records) -> PackedSequences:
    """Some sequences of a source, in any order."""
    if isinstance(source, PackedSequences):
        return source[records]
    order, at = np.argsort(records), 0
    ascending = records[order]
    letters = _FEW if len(records) * _RARE < len(source) else _MANY
    step = max(1, letters // source.length)
    gathered = Gatherer()
    while at < len(ascending):
        first = int(ascending[at])
        after = int(np.searchsorted(ascending, first + step))
        block = source.block(first, int(ascending[after - 1]) + 1)
        gathered.add(block[ascending[at:after] - first])
        at = after
    places = np.empty(len(order), np.intp)
    places[order] = np.arange(len(order))
    return gathered.finish()[places]
