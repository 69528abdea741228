"""bootstrap: how far a map would be another one if other sequences had been drawn.

Sequences are resampled with weights, a Poisson number for each: the same kernels count them,
and no sequence is copied.  What is made an interval of is MI without its bias.  A replicate has
the bias of the sample once more, so that its own quantiles hold the truth hardly ever; only
how far replicates are from their mean is used.  docs/statistics.md shows what that is worth.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from .._checks import check_size, parse_bytes
from .._counted import Counted, counted, kmer_counts
from .._draws import Rng, resolve_seed
from .._numbers import Doubles
from .._provenance import Clock, versions_used
from .._run import Control, resolve_threads, run_job
from ..alphabet import Alphabet, Unknown
from ..errors import FastMIError, FastMIWarning
from ..io import as_sequences
from ..mi import pairwise_mi
from ..results import MIResult, square
from ._independent import variances_if_independent
from ._intervals import LEAST_REPLICATES, check_interval, check_level, ends, without_excess
from ._replicates import Mapper, Spread, poisson_weights
from .bias import expected_under_independence
from .intervals import MIIntervals, curve_table

LEAST_SEQUENCES = 20
# sequences a cell, by simulation (see the docs)
_SPARSE = 2  # with fewer, intervals of strong pairs may miss
_FULL = 8  # from there on standard errors have the excess that is taken off


def bootstrap(
    sequences: object,
    *,
    k: int = 3,
    pseudocount: float = 5.0,
    n: int = 200,
    level: float = 0.95,
    interval: str = "normal",
    alphabet: str | Alphabet | None = None,
    unknown: Unknown = "error",
    weights: npt.ArrayLike | None = None,
    rng: Rng = None,
    memory_limit: str | int = "4GB",
    n_threads: int | None = None,
    progress: bool = False,
) -> MIIntervals:
    r"""Standard errors and intervals of mutual information, by resampling sequences.

    Parameters
    ----------
    sequences : PackedSequences, source, path-like, list of str or bytes, or array_like
        As for :func:`fastmi.pairwise_mi`; they have to fit in memory, or be a store. At least
        20.
    k, pseudocount, alphabet, unknown, weights
        As for :func:`fastmi.pairwise_mi`. A sequence is drawn or not with all of its weight:
        reads of one molecule are one draw. Fractions stay fractions; the bias is that of
        (sum w)^2 / sum w^2 sequences then, of whole numbers that of their sum.
    n : int
        Replicates, at least 20: each takes about as long as the map. With 200, a standard
        error is within a tenth of what more would give.
    level : float
        The share of intervals that should hold the truth.
    interval : {"normal", "basic", "percentile"}
        The corrected value -+ t standard errors; minus the quantiles of the replicates' errors;
        or plus these. The last two keep all replicates, n x pairs x 8 bytes.
    rng : int, numpy Generator or None
        Seed of the replicates. A sequence's weight in one of them depends on the seed, the
        replicate and its number alone.
    memory_limit : str or int
        The most that kept replicates may take.
    n_threads : int, optional
        As for :func:`fastmi.pairwise_mi`; the result has the same bits for any number.
    progress : bool
        Whether to show progress on stderr.

    Returns
    -------
    MIIntervals

    Raises
    ------
    FastMIError
        The data cannot be used, or replicates do not fit in memory.

    Warns
    -----
    FastMIWarning
        There are fewer than two sequences for each cell of a table: pairs that depend strongly
        may then lie outside of their intervals.

    Notes
    -----
    With MI the plug-in value, B its mean if positions were independent with the same margins,
    and MI*_b that of a replicate of weights w, whose error d_b is what a line in
    sum w^2 / (sum w)^2, with which bias goes, leaves of it, the normal interval is
    MI - B -+ t s; s is the standard deviation of d, and at least that of MI of independent
    positions.

    What the intervals are of is the MI of the pool that sequences come from, smoothed by the
    pseudocount, minus the MI that smoothing alone makes of its margins (0 if they are uniform,
    or without a pseudocount). Where there is no dependence at all, s is up to sqrt(3) times
    too large, and intervals hold the truth more often than they say.

    Examples
    --------
    >>> import fastmi
    >>> found = fastmi.stats.bootstrap(["AAT", "CCT", "AAG", "CCG"] * 25, k=1, rng=1)
    >>> found
    <MIIntervals: 95 % of 1-mers at 3 positions, 100 sequences, 200 replicates>
    >>> bool(found.low[0, 1] > 0 > found.low[0, 2])
    True
    """
    clock = Clock()
    n, level = check_size("n", n, LEAST_REPLICATES), check_level(level)
    check_interval(interval)
    most, seed = parse_bytes(memory_limit), resolve_seed(rng)
    threads = resolve_threads(n_threads)
    packed = as_sequences(sequences, alphabet, unknown, weights=weights)
    result = pairwise_mi(packed, k, pseudocount=pseudocount, n_threads=threads)
    sample = Sample.of(packed, result, threads)
    sample.warn_if_sparse()
    keep = interval != "normal"
    if keep:
        check_room(n, sample.mapper.n_pairs, most)
    drawn = Drawn(sample, n, keep)
    run_job(
        lambda control: drawn.make(seed, 0, control),
        n * sample.mapper.work,
        "bootstrap",
        progress,
    )
    corrected, se = sample.values - sample.bias, np.maximum(drawn.se, np.sqrt(sample.variance))
    low, high = ends(corrected, se, drawn.errors() if keep else None, level, interval, n)
    means = sample.by_distance(corrected)
    mean_se = without_excess(drawn.mean_se, *sample.of_means)
    mean_low, mean_high = ends(means, mean_se, drawn.mean_errors(), level, interval, n)
    curve = {"mean": means, "se": mean_se, "low": mean_low, "high": mean_high}

    def matrix(values: Doubles) -> Doubles:
        return square(values, result.n_positions, result.k)

    return MIIntervals(
        result,
        bias=matrix(sample.bias),
        standard_error=matrix(se),
        low=matrix(low),
        high=matrix(high),
        curve=curve_table(result, curve),
        level=level,
        interval=interval,
        n=n,
        seed=seed,
        provenance={**versions_used(), "run": clock.record(threads)},
    )


def check_room(
    n: int, n_pairs: int, most: int, way_out: str = ", or interval='normal', which keeps none"
) -> None:
    """Raise where n replicates of so many pairs do not fit."""
    needed = 8 * n * n_pairs
    if needed > most:
        raise FastMIError(
            f"{n:,} replicates of {n_pairs:,} pairs take {needed:,} bytes, and memory_limit is "
            f"{most:,}; take fewer{way_out}"
        )


@dataclass(frozen=True, eq=False)
class Sample:
    """A set of sequences, its map, and what of it is bias.

    Attributes
    ----------
    mapper : Mapper
        Makes replicates.
    values, bias : ndarray of float64, shape (pairs,)
        MI as counted, and its mean if positions were independent.
    variance, excess : ndarray of float64, shape (pairs,)
        Its variance then, and what a bootstrap adds to that; 0 where cells hold too few.
    """

    mapper: Mapper
    values: Doubles
    bias: Doubles
    variance: Doubles
    excess: Doubles

    @classmethod
    def of(cls, sequences: Any, result: MIResult, threads: int) -> Sample:
        """What is known of these sequences and their map."""
        n = len(sequences)
        if n < LEAST_SEQUENCES:
            raise FastMIError(
                f"there are {n} sequences, and a bootstrap needs at least {LEAST_SEQUENCES}"
            )
        job, k = counted(sequences), result.k
        mapper = Mapper(job, k, result.pseudocount, threads)
        pairs = result.pairs()
        bias, variance, second = _independent(job, result, threads)
        filled = job.worth * (1 + result.pseudocount) / result.alphabet.n_kmers(k) ** 2
        excess = 2 * second if filled >= _FULL else np.zeros(len(second))
        return cls(mapper, result.matrix[pairs], bias, variance, excess)

    def warn_if_sparse(self) -> None:
        """Warn where there are fewer sequences than intervals of strong pairs need."""
        job = self.mapper.job
        cells = job.sequences.alphabet.n_kmers(self.mapper.k) ** 2
        n, needed = job.worth, _SPARSE * cells
        if n < needed:
            warnings.warn(
                f"{n:,.6g} sequences are few for tables of {cells:,} cells: pairs that "
                "depend strongly may lie outside of their intervals. Take a smaller k, or at "
                f"least {needed:,} sequences",
                FastMIWarning,
                stacklevel=3,
            )

    @cached_property
    def _distances(self) -> npt.NDArray[np.intp]:
        length, k = self.mapper.job.sequences.length, self.mapper.k
        i, j = np.triu_indices(length - k + 1, k)
        return np.asarray(j - i - k, np.intp)

    def by_distance(self, values: Doubles) -> Doubles:
        """Means over the pairs of each distance; pairs without a value do not count."""
        known, at = np.isfinite(values), self._distances
        n = int(at.max()) + 1
        sums = np.bincount(at[known], values[known], n)
        numbers = np.bincount(at[known], minlength=n)
        return np.asarray(np.where(numbers > 0, sums / np.maximum(numbers, 1), np.nan))

    @property
    def of_means(self) -> tuple[Doubles, Doubles]:
        """Variance and excess of means by distance, if pairs had nothing to do with others.

        Of a mean over n pairs the share 1 - 1 / sqrt(n) of the excess, as the mean of one pair
        is that pair, and the more there are, the less its error goes with its value.
        """
        numbers = np.bincount(self._distances)
        variance, excess = (self.by_distance(x) for x in (self.variance, self.excess))
        return variance / numbers, excess / numbers * (1 - 1 / np.sqrt(numbers))


def _independent(
    job: Counted, result: MIResult, threads: int
) -> tuple[Doubles, Doubles, Doubles]:
    """Mean, variance and its second order, of MI of pairs if positions were independent."""
    n, pairs = job.worth, result.pairs()
    mean = expected_under_independence(result, job, None, "analytic", 0, 0, threads)
    behind = np.full(len(pairs[0]), n)
    if result.n_pair is not None:
        behind *= result.n_pair[pairs] / (job.total * job.unit)
    margins = kmer_counts(job, result.k, threads).astype(np.float64)
    return mean, *variances_if_independent(margins, behind, result.k, result.pseudocount)


class Drawn:
    """The replicates of a sample: their spread, and themselves where they are kept.

    Parameters
    ----------
    sample : Sample
        What they are of.
    n : int
        How many.
    keep : bool
        Whether all of them are needed afterwards.
    """

    def __init__(self, sample: Sample, n: int, keep: bool) -> None:
        self._sample, self._n = sample, n
        n_pairs, n_distances = sample.mapper.n_pairs, len(sample.by_distance(sample.values))
        self._spread, self._mean_spread = Spread(n_pairs), Spread(n_distances)
        self._x = np.empty(n)
        self._kept = np.empty((n, n_pairs)) if keep else None
        self._means = np.empty((n, n_distances))

    def make(self, seed: int, first: int, control: Control) -> None:
        """Make them; ``first`` is the number of the first sequence among those with weights."""
        mapper = self._sample.mapper
        draws = poisson_weights(seed, first, len(mapper.job.sequences))
        for b in range(self._n):
            times = next(draws)
            values = mapper.map(times, control)
            x = 1 / max(mapper.n_effective(times), 1e-300)
            means = self._sample.by_distance(values)
            self._x[b], self._means[b] = x, means
            self._spread.add(x, values)
            self._mean_spread.add(x, means)
            if self._kept is not None:
                self._kept[b] = values

    @property
    def se(self) -> Doubles:
        """Standard errors of the pairs."""
        return self._spread.standard_error()

    @property
    def mean_se(self) -> Doubles:
        """Standard errors of the means by distance."""
        return self._mean_spread.standard_error()

    def errors(self) -> Doubles:
        """Errors of the replicates, shape (n, pairs); they must have been kept, and go."""
        assert self._kept is not None
        kept, self._kept = self._kept, None
        return self._spread.errors(self._x, kept)

    def mean_errors(self) -> Doubles:
        """Errors of the means by distance, shape (n, distances)."""
        return self._mean_spread.errors(self._x, self._means.copy())
