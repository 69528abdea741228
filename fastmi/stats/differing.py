"""difference: two sets of sequences, and a test for each pair of positions.

Which question is asked is the null.  Labels that are drawn anew ask whether both sets come from
one pool: they may differ in letters alone, or in which k-mers go together, and the test is
right to say so.  A bootstrap of each set asks whether MI differs, whatever else does.
"""

from __future__ import annotations

import numpy as np

from .._adjusting import adjusted
from .._checks import check_size, parse_bytes
from .._counted import counted
from .._draws import Rng, Stream, resolve_seed
from .._gather import Gatherer
from .._numbers import Doubles
from .._provenance import Clock, versions_used
from .._run import Control, resolve_threads, run_job
from ..alphabet import Alphabet, Unknown
from ..io import as_sequences
from ..mi import pairwise_mi
from ..results import square
from ..sequences import PackedSequences
from ._intervals import LEAST_REPLICATES, check_level, ends, without_excess
from ._replicates import Mapper, random_part
from ._tails import own_p, pooled_p
from .bootstrapping import Drawn, Sample, check_room
from .differences import NULLS, MIDifference


def difference(
    a: object,
    b: object,
    *,
    k: int = 3,
    pseudocount: float = 0.0,
    n: int = 200,
    null: str = "equal_mi",
    level: float = 0.95,
    equal_n: bool = True,
    names: tuple[str, str] = ("a", "b"),
    alphabet: str | Alphabet | None = None,
    unknown: Unknown = "error",
    rng: Rng = None,
    memory_limit: str | int = "4GB",
    n_threads: int | None = None,
    progress: bool = False,
) -> MIDifference:
    r"""Where the maps of two sets of sequences differ, with p, q and intervals.

    Parameters
    ----------
    a, b : PackedSequences, source, path-like, list of str or bytes, or array_like
        Sequences of one length and alphabet, as for :func:`fastmi.pairwise_mi`: selected by
        two models, by one and from its training data, top and bottom. No sequence should be
        in both.
    k, alphabet, unknown
        As for :func:`fastmi.pairwise_mi`.
    pseudocount : float
        The same. None by default: with one, what is compared is MI of smoothed tables, which
        differs where only letters do.
    n : int
        Replicates of each set, or splits; at least 20. Each takes as long as two maps.
    null : {"equal_mi", "same_distribution"}
        What p is of. ``equal_mi``: both pools have the same MI at this pair; the difference is
        held against its standard error, by bootstrap. ``same_distribution``: both sets come
        from one pool; it is held against the differences of random splits of all sequences.
        That is more than equal MI: it may be rejected where only letters differ, or which
        k-mers go together. Intervals are by bootstrap in both cases.
    level : float
        The share of intervals that should hold the truth.
    equal_n : bool
        Whether to use only a random part of the larger set, as many as the smaller has. What
        the correction leaves of bias depends on N, and is then much the same in both. Without,
        all sequences are used, and intervals are shorter.
    names : (str, str)
        What the sets are called in tables and plots.
    rng : int, numpy Generator or None
        Seed of replicates, splits and the part of the larger set.
    memory_limit : str or int
        The most that kept replicates may take, 2 x n x pairs x 8 bytes.
    n_threads : int, optional
        As for :func:`fastmi.pairwise_mi`; the result has the same bits for any number.
    progress : bool
        Whether to show progress on stderr.

    Returns
    -------
    MIDifference

    Raises
    ------
    FastMIError
        The data cannot be used, or replicates do not fit in memory.
    ValueError
        The sets differ in length or alphabet, or a parameter is wrong.

    Notes
    -----
    p is (r + 1) / (m + 1), where r of m values resampled are as far out as the difference,
    either way: values of all pairs together, each divided by the standard deviation of its
    pair's other values, so m = n x pairs. That they have the same shape in every pair is taken
    for granted;
    ``p_own`` of ``same_distribution`` does without, and is at least 1 / (n + 1).

    Examples
    --------
    >>> import fastmi
    >>> found = fastmi.stats.difference(
    ...     ["AAT", "CCT", "AAG", "CCG"] * 25, ["AAT", "CAT", "ACG", "CCG"] * 25, k=1, rng=1
    ... )
    >>> [(int(pair["i"]), int(pair["j"])) for pair in found.top_pairs(1)]
    [(0, 1)]
    """
    clock = Clock()
    n, level = check_size("n", n, LEAST_REPLICATES), check_level(level)
    if null not in NULLS:
        raise ValueError(f"null must be one of {', '.join(NULLS)}, got {null!r}")
    strings = isinstance(names, tuple | list) and all(isinstance(x, str) for x in names)
    if not strings or len(names) != 2 or names[0] == names[1]:
        raise ValueError(f"names are two different strings, got {names!r}")
    most, seed = parse_bytes(memory_limit), resolve_seed(rng)
    threads = resolve_threads(n_threads)
    packed = [as_sequences(each, alphabet, unknown) for each in (a, b)]
    _check_alike(*packed)
    if equal_n:
        size = min(map(len, packed))
        packed = [_part(each, size, seed) for each in packed]
    samples, maps = [], []
    for each in packed:
        maps.append(pairwise_mi(each, k, pseudocount=pseudocount, n_threads=threads))
        samples.append(Sample.of(each, maps[-1], threads))
    samples[0].warn_if_sparse()
    check_room(2 * n, samples[0].mapper.n_pairs, most, "")
    drawn = [Drawn(sample, n, null == "equal_mi") for sample in samples]
    work = n * sum(sample.mapper.work for sample in samples)

    def resample(control: Control) -> None:
        drawn[0].make(seed, 0, control)
        drawn[1].make(seed, len(packed[0]), control)

    run_job(resample, work, "bootstrap", progress)
    first, second = samples
    found = (first.values - first.bias) - (second.values - second.bias)
    se = np.hypot(
        *(
            without_excess(d.se, s.variance, s.excess)
            for d, s in zip(drawn, samples, strict=True)
        )
    )
    own: Doubles | None = None
    if null == "equal_mi":
        with np.errstate(divide="ignore", invalid="ignore"):  # pairs that never vary
            seen = found / se
        p = _p_of_equal_mi(seen, drawn)
    else:
        p, own = _p_of_one_pool(
            first.values - second.values, packed, first.mapper, n, seed, progress
        )
    low, high = ends(found, se, None, level, "normal", n)

    def matrix(values: Doubles) -> Doubles:
        return square(values, maps[0].n_positions, maps[0].k)

    return MIDifference(
        a=maps[0],
        b=maps[1],
        bias_a=matrix(first.bias),
        bias_b=matrix(second.bias),
        standard_error=matrix(se),
        low=matrix(low),
        high=matrix(high),
        p=matrix(p),
        q=matrix(adjusted(p, "bh")),
        p_own=None if own is None else matrix(own),
        null=null,
        names=(names[0], names[1]),
        level=level,
        n=n,
        seed=seed,
        provenance={**versions_used(), "run": clock.record(threads)},
    )


def _check_alike(a: PackedSequences, b: PackedSequences) -> None:
    for what, mine, theirs in (
        ("length", a.length, b.length),
        ("letters", a.alphabet.letters, b.alphabet.letters),
    ):
        if mine != theirs:
            raise ValueError(f"the sequences differ in {what}: {mine} and {theirs}")


def _part(sequences: PackedSequences, size: int, seed: int) -> PackedSequences:
    """So many of them, at random, in their order."""
    if len(sequences) == size:
        return sequences
    return sequences[np.flatnonzero(random_part(seed, 0, len(sequences), size, Stream.SUBSETS))]


def _p_of_equal_mi(seen: Doubles, drawn: list[Drawn]) -> Doubles:
    """P of differences in units of their standard errors."""
    errors = drawn[0].errors()
    errors -= drawn[1].errors()
    return pooled_p(seen, errors, fitted=2)


def _p_of_one_pool(
    seen: Doubles,
    packed: list[PackedSequences],
    like: Mapper,
    n: int,
    seed: int,
    progress: bool,
) -> tuple[Doubles, Doubles]:
    """P by random splits of all sequences: pooled, and of each pair by itself."""
    gathered, weighted = Gatherer(), any(each.weights is not None for each in packed)
    for each in packed:
        if weighted and each.weights is None:
            each = each.with_weights(np.ones(len(each)))
        gathered.add(each.with_scores(None))
    everything = counted(gathered.finish())
    mapper = Mapper(everything, like.k, like.pseudocount, like.threads)
    sizes = [len(each) for each in packed]
    found = np.empty((n, len(seen)))

    def split(control: Control) -> None:
        for at in range(n):
            part = random_part(seed, at, sum(sizes), sizes[0], Stream.SPLITS)
            found[at] = mapper.map(part, control)
            found[at] -= mapper.map(~part, control)

    run_job(split, 2 * n * mapper.work, "splits", progress)
    # equal halves change places as often as not: their mean is 0, known without error
    if sizes[0] != sizes[1] or everything.weighted:
        centre = found.mean(axis=0)
        found -= centre
        seen = seen - centre
    own = own_p(seen, found)
    with np.errstate(divide="ignore", invalid="ignore"):  # pairs that never vary
        seen = seen / np.sqrt((found**2).mean(axis=0))
    return pooled_p(seen, found, fitted=0), own
