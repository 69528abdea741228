"""significance: which pairs of a map are real."""

from __future__ import annotations

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
from .._streams import as_held
from ..alphabet import Alphabet, Unknown
from ..counts import JointCounts
from ..errors import FastMIError
from ..mi import pairwise_mi
from ..results import MIResult, square
from ..selection import Selection
from ..sequences import PackedSequences
from . import independence, nulls
from ._given import (
    LEAST_DRAWN,
    as_ranks,
    check_chosen,
    check_given,
    check_room,
    given_sets,
    scores_of,
    warn_others,
    what_is_counted,
)
from .additive import fit_additive
from .bias import expected_under_independence
from .resampling import SAME, Beyond, beyond, maps_of, skewed, trial_maps
from .result import BIASES, Significance, warn_about
from .tails import UNCHECKED, Calibration, Check

_SETS = 100  # under a null that is drawn
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
        check_size("n_sets", n_sets, 0 if null == "independence" else LEAST_DRAWN)
    check_given(null, pool, scores, samples)
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
    job, counts = what_is_counted(result)
    check_room(n_sets or 0, result.n_positions, parse_bytes(memory_limit))
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
    warn_about(found)
    return found


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
        n = job.worth
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
        sets, n_sets = given_sets(samples, sequences), len(samples)
        settings = {"seed": None, "n_sets": n_sets, "selection": None}
    else:
        assert pool is not None
        check_chosen(pool, sequences)
        if null == "pool":
            sets = nulls.subsets(pool, len(sequences), n_sets, seed)
        else:
            chosen = as_ranks(selection, len(sequences), len(pool))
            fitted = fit_additive(pool, scores_of(pool, scores), seed)
            settings |= {"selection": str(chosen), "explained": fitted.explained}
            warn_others(fitted, chosen, sequences)
            sets = nulls.additive_sets(pool, fitted, chosen, n_sets, seed)
    maps = maps_of(sets, n_sets, k, result.pseudocount, threads, progress)
    drawn = beyond(result.matrix[result.pairs()], maps)
    return _significance(result, null, drawn, f"{n_sets} null sets of all pairs", settings)


def _significance(
    result: MIResult, null: str, drawn: Beyond, what: str, settings: dict[str, Any]
) -> Significance:
    n_positions, k = result.n_positions, result.k
    p, check = _calibrated(drawn.p, trial_maps(drawn.trials, n_positions, k), what)
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
    maps = maps_of(shifted, n_sets, k, result.pseudocount, threads, progress)
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
            p[mine] = np.where(values[mine] > mean + SAME, 1 / (n_sets + 1), 1.0)
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
