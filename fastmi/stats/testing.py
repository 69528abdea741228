"""significance: which pairs of a map are real."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .._checks import check_size, parse_bytes
from .._columns import Column
from .._counted import Counted
from .._draws import Rng, resolve_seed
from .._numbers import Doubles
from .._run import resolve_threads
from .._strands import turned_kmers
from .._streams import as_held
from ..alphabet import Alphabet, Unknown
from ..counts import JointCounts
from ..errors import FastMIError, FastMIWarning
from ..io import as_sequences
from ..mi import SequenceTables, pairwise_mi
from ..results import MIResult, square
from ..selection import Selection, parse_selection
from ..sequences import PackedSequences
from . import independence, nulls
from .additive import fit_additive
from .bias import expected_under_independence
from .resampling import SAME, Drawn, beyond, maps_of, mi_of, skewed
from .result import BIASES, Significance
from .tails import UNCHECKED, Calibration, Check

_SETS = 100  # under a null that is drawn
_LEAST_DRAWN = 10
_SHIFT = 4  # "distance": sequences are shifted by up to a fourth of their length


def significance(
    data: object,
    k: int = 3,
    *,
    null: str = "independence",
    pool: PackedSequences | None = None,
    scores: npt.ArrayLike | None = None,
    selection: str | Selection = "top",
    samples: Sequence[object] | None = None,
    pseudocount: float = 5.0,
    bias: str = "analytic",
    n_sets: int | None = None,
    rng: Rng = 0,
    weights: Column | npt.ArrayLike | None = None,
    alphabet: str | Alphabet | None = None,
    unknown: Unknown = "error",
    column: int | str | None = None,
    memory_limit: str | int = "4GB",
    n_threads: int | None = None,
    progress: bool = False,
) -> Significance:
    r"""Which pairs of a map of mutual information are real, and by how much.

    Every number under a null that has a name, because each answers another question: see
    ``docs/statistics.md``. P are those of Pearson's X^2 with its exact moments over
    permutations ("independence"), or of the map among maps drawn under the null (all others);
    and they are held against trials without dependence in the same run, so that no p is
    smaller than what was checked. A warning says where they fail that.

    Parameters
    ----------
    data : sequences, JointCounts or MIResult
        As for :func:`pairwise_mi`; counts bring their k, and give "independence" only; a
        result must know its counts (``source``), and brings its pseudocount, too.
    k : int
        Letters in a k-mer.
    null : {"independence", "pool", "additive", "distance", "samples"}
        "independence" of the two positions: dependent, not interacting. "pool": the sequences
        are a random subset of ``pool``. "additive": they are those of ``pool`` with the best
        ``scores``, and a score is a sum over letters; what is beyond that is interaction.
        "distance": they have no fixed places, so that pairs at one distance are alike.
        "samples": they are like the random sets in ``samples``.
    pool : PackedSequences, optional
        All sequences that ``data`` was chosen from.
    scores : array_like of float64, shape (len(pool),), optional
        By default those that come with the pool.
    selection : str or Selection
        How the data were chosen from the pool, as for :func:`fastmi.interpret`; of a
        threshold only its side matters, as many as the data are chosen.
    samples : sequence, optional
        Random sets of sequences, each as ``data``, of the same length; 10 or more, as many
        sequences each as the data, since MI depends on their number.
    pseudocount : float
        In multiples of N, as for :func:`pairwise_mi`. P of "independence" do not depend on it.
    bias : {"analytic", "permutation", "miller-madow", "none"}
        Under "independence", what is taken off MI: its exact mean over all permutations (to
        1e-9 bits); the mean over the sets of permutations here; Miller and Madow's, from the
        cells that are not empty, without a pseudocount; or nothing.
    n_sets : int, optional
        Sets drawn under the null: 100; under "independence" permutations of all sequences, by
        default some 50,000 trials in all pairs together. More reach smaller p.
    rng : int, numpy Generator or None
        Seed of all that is drawn.
    weights, alphabet, unknown, column, memory_limit, n_threads, progress
        As for :func:`pairwise_mi`. Weights say for how many sequences each stands.

    Returns
    -------
    Significance

    Raises
    ------
    FastMIError
        The data cannot be tested in this way: what is missing.
    ValueError, TypeError
        A parameter is wrong.

    Notes
    -----
    With joint counts n_ab, margins r and c, N sequences,

    .. math::
        X^2 = N \sum_{ab} \frac{(n_{ab} - r_a c_b / N)^2}{(r_a + s)(c_b + t)}, \quad
        s^2 = \frac{N}{\sqrt 2 (R - 1)}

    (R of the k-mers occur at i; t in the same way at j), whose mean, variance and skewness over
    all permutations are exact (Kazi-Aoual et al. 1995), and whose p is that of the Pearson type
    III curve with these.

    Examples
    --------
    >>> import fastmi
    >>> s = fastmi.significance(["AAT", "CCT", "AAG", "CCG"] * 500, k=1, rng=1)
    >>> bool(s.q[0, 1] < 0.01), bool(s.p[0, 2] > 0.5), s.top_pairs()["j"].tolist()
    (True, True, [1])
    """
    if null not in nulls.NULLS:
        raise ValueError(f"null must be one of {', '.join(nulls.NULLS)}, got {null!r}")
    if bias not in BIASES:
        raise ValueError(f"bias must be one of {', '.join(BIASES)}, got {bias!r}")
    if n_sets is not None:
        check_size("n_sets", n_sets, 0 if null == "independence" else _LEAST_DRAWN)
    _check_given(null, pool, scores, samples)
    seed, threads = resolve_seed(rng), resolve_threads(n_threads)
    if isinstance(data, MIResult | JointCounts) and weights is not None:
        raise ValueError("weights= is for sequences; counts have been made with theirs")
    if isinstance(data, MIResult):
        result = data
    elif isinstance(data, JointCounts):
        result = data.mi(pseudocount, n_threads=threads)
    else:
        held = as_held(
            data, k, alphabet, unknown, column, weights, memory_limit, threads, progress
        )
        result = pairwise_mi(
            held, k, pseudocount=pseudocount, n_threads=threads, progress=progress
        )
    job, counts = _what_is_counted(result)
    _check_room(n_sets or 0, result.n_positions, parse_bytes(memory_limit))
    if null == "independence":
        found = _independence(result, job, counts, bias, n_sets, seed, threads, progress)
    else:
        if job is None:
            raise FastMIError(
                f"the null {null!r} needs the sequences, and these are counts of them only; "
                "counts alone can be tested for independence"
            )
        found = _drawn(
            result, job, null, pool, scores, selection, samples,
            _SETS if n_sets is None else n_sets, seed, threads, progress,
        )  # fmt: skip
    _warn(found)
    return found


def _check_given(null: str, pool: object, scores: object, samples: object) -> None:
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
        nulls.check_pool(pool)


def _check_room(n_sets: int, n_positions: int, most: int) -> None:
    """Raise where the trials of so many sets do not fit."""
    needed = 8 * n_sets * n_positions**2
    if needed > most:
        raise FastMIError(
            f"the trials of {n_sets:,} sets take {needed:,} bytes, and memory_limit is "
            f"{most:,}; take fewer sets"
        )


def _what_is_counted(result: MIResult) -> tuple[Counted | None, JointCounts | None]:
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


def _independence(
    result: MIResult,
    job: Counted | None,
    counts: JointCounts | None,
    bias: str,
    n_sets: int | None,
    seed: int,
    threads: int,
    progress: bool,
) -> Significance:
    k, n_positions = result.k, result.n_positions
    if job is not None:
        n = independence.worth(job)
        scale = n / job.total
        pearson = independence.of_sequences(job, k, scale, threads, progress)
        n_sets = independence.sets_wanted(n_positions) if n_sets is None else n_sets
        trials = independence.permuted(job, k, seed, n_sets, threads, progress)
        what = f"{n_sets} permutations of all pairs"
    else:
        assert counts is not None
        pearson = independence.of_counts(counts, threads)
        trials = independence.drawn_tables(counts, seed)
        what = "random tables of some pairs"
    p, check = _calibrated(pearson.p, trials, what)
    expected = expected_under_independence(
        result, job, counts, bias, seed, n_sets or 0, threads
    )
    return Significance(
        result,
        "independence",
        square(expected, n_positions, k),
        square(p, n_positions, k),
        bias,
        check,
        square(pearson.x2, n_positions, k),
        {"seed": seed, "n_sets": n_sets, "selection": None},
    )


def _calibrated(p: Doubles, trials: Doubles, what: str) -> tuple[Doubles, Check]:
    """P held against trials, and what came out of these."""
    if trials.size == 0 or np.isnan(trials).all():
        return p, UNCHECKED
    calibration = Calibration(trials, what)
    return calibration.corrected(p), calibration.check


def _drawn(
    result: MIResult,
    job: Counted,
    null: str,
    pool: PackedSequences | None,
    scores: npt.ArrayLike | None,
    selection: str | Selection,
    samples: Sequence[object] | None,
    n_sets: int,
    seed: int,
    threads: int,
    progress: bool,
) -> Significance:
    """Under a null that data sets are drawn from."""
    sequences, k = job.sequences, result.k
    settings: dict[str, Any] = {"seed": seed, "n_sets": n_sets, "selection": None}
    if null == "distance":
        return _by_distance(result, sequences, n_sets, seed, threads, progress, settings)
    sets: Iterable[PackedSequences]
    if null == "samples":
        assert samples is not None
        sets, n_sets = _given(samples, sequences), len(samples)
        settings = {"seed": None, "n_sets": n_sets, "selection": None}
    else:
        assert pool is not None
        _check_pool(pool, sequences)
        if null == "pool":
            sets = nulls.subsets(pool, len(sequences), n_sets, seed)
        else:
            chosen = _as_ranks(selection, len(sequences), len(pool))
            fitted = fit_additive(pool, _scores_of(pool, scores), seed)
            settings |= {
                "selection": str(chosen),
                "explained": fitted.explained,
            }
            sets = nulls.additive_sets(pool, fitted, chosen, n_sets, seed)
    maps = maps_of(
        sets, n_sets, lambda one: mi_of(one, k, result.pseudocount, threads), progress
    )
    drawn = beyond(result.matrix[result.pairs()], maps)
    return _significance(result, null, drawn, f"{n_sets} null sets of all pairs", settings)


def _significance(
    result: MIResult, null: str, drawn: Drawn, what: str, settings: dict[str, Any]
) -> Significance:
    n_positions, k = result.n_positions, result.k
    as_maps = np.stack([square(row[0], n_positions, k) for row in drawn.trials])
    i, j = np.tril_indices(n_positions)
    as_maps[:, i, j] = np.nan  # each trial once
    p, check = _calibrated(drawn.p, as_maps, what)
    return Significance(
        result,
        null,
        square(drawn.mean, n_positions, k),
        square(p, n_positions, k),
        "null",
        check,
        None,
        settings,
    )


def _given(samples: Sequence[object], like: PackedSequences) -> Iterable[PackedSequences]:
    """Random sets of a caller, checked."""
    if len(samples) < _LEAST_DRAWN:
        raise FastMIError(
            f"{len(samples)} random sets say little; the null 'samples' needs "
            f"{_LEAST_DRAWN} or more"
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


def _check_pool(pool: PackedSequences, sequences: PackedSequences) -> None:
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


def _scores_of(pool: PackedSequences, scores: npt.ArrayLike | None) -> Doubles:
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


def _as_ranks(selection: str | Selection, n: int, n_pool: int) -> Selection:
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


def _by_distance(
    result: MIResult,
    sequences: PackedSequences,
    n_sets: int,
    seed: int,
    threads: int,
    progress: bool,
    settings: dict[str, Any],
) -> Significance:
    """Against sequences laid anywhere: what pairs at a distance have wherever they are."""
    k, n_positions = result.k, result.n_positions
    most = sequences.length // _SHIFT
    if sequences.length - most < 2 * k or most < 1:
        raise FastMIError(f"sequences of length {sequences.length} are too short to be shifted")
    shifted = nulls.shifted_sets(sequences, most, n_sets, seed)
    maps = maps_of(
        shifted, n_sets, lambda one: mi_of(one, k, result.pseudocount, threads), progress
    )
    i, j = np.triu_indices(n_positions - most, k)
    gap = j - i
    longest = int(gap.max())
    i, j = result.pairs()
    values, expected = result.matrix[i, j], np.full(len(i), np.nan)
    p, trials = np.full(len(i), np.nan), np.full(maps.shape, np.nan)
    for distance in range(k, longest + 1):
        mine, theirs = j - i == distance, gap == distance
        null = maps[:, theirs]
        known = null[~np.isnan(null)]  # of pairs that some sequence has
        if len(known) < n_sets:
            continue
        mean, sd = float(known.mean()), float(known.std(ddof=1))
        expected[mine] = mean
        if sd > SAME:
            curve = skewed(known[:, None])
            p[mine] = curve((values[mine] - mean) / sd)
            trials[:, theirs] = curve((null - mean) / sd)
        else:
            p[mine] = np.where(values[mine] > mean + 1e-12, 1 / (n_sets + 1), 1.0)
    p[np.isnan(values)] = np.nan
    what = f"{n_sets} sets laid anywhere"
    calibrated, check = _calibrated(p, trials[:, None, :], what)
    settings |= {"shift": most, "longest": longest}
    return Significance(
        result,
        "distance",
        square(expected, n_positions, k),
        square(calibrated, n_positions, k),
        "null",
        check,
        None,
        settings,
    )


def _warn(found: Significance) -> None:
    """Say what a reader of p has to know."""
    check = found.check
    if check.failed:
        level = check.failed[0]
        at = list(check.about()["levels"]).index(level)
        warnings.warn(
            f"p of this map are too small: of {check.n_trials:,} trials without dependence "
            f"{check.shares[at]:.2g} had p <= {level:g}; they were raised to what the trials "
            "allow",
            FastMIWarning,
            stacklevel=3,
        )
    n_cells = len(found.result.alphabet) ** (2 * found.result.k)
    n = found.result.n_effective or found.result.n_sequences
    if n_cells > n:
        warnings.warn(
            f"a pair has {n_cells:,} cells and {n:,.0f} sequences: most of its mutual "
            f"information is the bias of a small sample; shorter k-mers say more",
            FastMIWarning,
            stacklevel=3,
        )
