"""A null that was drawn once, in a small file, for maps of as many sequences.

The null "pool" needs all sequences of a pool, which may be much to hand around; what is left of
it for one number of sequences, one k and one pseudocount is a mean and a standard deviation for
each pair. fastmi's example comes with that of its pool.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _core
from .._archive import Archive, description_of, whole
from .._checks import check_length_k, check_pseudocount, check_size
from .._draws import Rng, resolve_seed
from .._files import write_arrays
from .._provenance import versions_used
from .._run import resolve_threads
from ..alphabet import Alphabet
from ..errors import FastMIError
from ..results import MIResult, square
from ..sequences import PackedSequences
from ._given import check_pool
from .nulls import subsets
from .resampling import SAME, beyond, maps_of, skewed, trial_maps
from .result import Significance, warn_about
from .tails import Calibration, Check

Floats = npt.NDArray[np.float32]

NULL_SUMMARY_KIND = "fastmi null summary"
_LEAST_SETS = 10
_T = np.sinh(np.linspace(np.arcsinh(-20.0), np.arcsinh(2000.0), 1000))


@dataclass(frozen=True, eq=False, repr=False)
class NullSummary:
    """What maps of random subsets of a pool look like.

    Attributes
    ----------
    mean, sd : ndarray of float32, shape (pairs,)
        Of mutual information in bits over the sets, pairs i-major; ``sd`` is that of one set.
    curve : ndarray of float32, shape (2, S)
        Numbers of standard deviations beyond the mean, ascending, and ln p of each, which was
        held against the sets.
    n_sets : int
        How many were drawn.
    k, length, n_sequences, pseudocount, alphabet
        Of each set, as :class:`MIResult` has them.
    check : Check
        What p were in the sets.
    provenance : dict
        The size of the pool, and the seed.
    """

    mean: Floats
    sd: Floats
    curve: Floats
    n_sets: int
    k: int
    length: int
    n_sequences: int
    pseudocount: float
    alphabet: Alphabet
    check: Check
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return (
            f"<NullSummary: {self.n_sets:,} random subsets of {self.n_sequences:,} sequences, "
            f"{self.k}-mers at {self.length - self.k + 1} positions, pseudocount "
            f"{self.pseudocount:g}>"
        )

    def significance(self, result: MIResult) -> Significance:
        """Which pairs of a map are real, were its sequences a random subset of the pool.

        Parameters
        ----------
        result : MIResult
            Of as many sequences, with the same k and pseudocount; of a file, too, since it
            needs no counts.

        Returns
        -------
        Significance
            Under the null "pool".

        Raises
        ------
        FastMIError
            The map is of something else.

        Warns
        -----
        FastMIWarning
            A pair has more cells than there are sequences, or p of the subsets themselves were
            too small, so that these were raised.
        """
        if not isinstance(result, MIResult):
            raise TypeError(f"result must be a MIResult, got {type(result).__name__}")
        for what, mine, theirs in (
            ("measure", "MI", result.measure),
            ("k", self.k, result.k),
            ("length", self.length, result.length),
            ("letters", self.alphabet.letters, result.alphabet.letters),
            ("number of sequences", self.n_sequences, result.n_sequences),
            ("pseudocount", self.pseudocount, result.pseudocount),
        ):
            if mine != theirs:
                raise FastMIError(
                    f"the null was drawn for another {what}: {mine}, and the map has {theirs}"
                )
        if result.n_effective is not None or result.provenance.get("both_strands"):
            raise FastMIError(
                "the null was drawn for sequences that each count once; this map has "
                + ("both strands" if result.provenance.get("both_strands") else "weights")
            )
        mean, sd = self.mean.astype(np.float64), self.sd.astype(np.float64)
        values, wide = result.matrix[result.pairs()], np.sqrt(1 + 1 / self.n_sets)
        with np.errstate(divide="ignore", invalid="ignore"):
            t = (values - mean) / (sd * wide)
        # between two points of the curve, the larger p
        at = np.searchsorted(self.curve[0], np.nan_to_num(t), "right") - 1
        p = np.exp(np.where(at < 0, 0.0, self.curve[1].astype(np.float64)[np.maximum(at, 0)]))
        constant = np.where(values > mean + SAME, 1 / (self.n_sets + 1), 1.0)
        p = np.where(sd > SAME, p, constant)
        p[np.isnan(values) | np.isnan(mean)] = np.nan
        found = Significance(
            result,
            "pool",
            square(mean, result.n_positions, self.k),
            square(p, result.n_positions, self.k),
            "null",
            self.check,
            None,
            {**self.provenance, "n_sets": self.n_sets, "selection": None},
        )
        warn_about(found)
        return found

    def about(self) -> dict[str, Any]:
        """Everything but the numbers, ready for JSON."""
        return {
            "kind": NULL_SUMMARY_KIND,
            "format": 1,
            "null": "pool",
            "n_sets": self.n_sets,
            "k": self.k,
            "length": self.length,
            "n_sequences": self.n_sequences,
            "pseudocount": self.pseudocount,
            **self.alphabet.about(),
            "points": self.curve.shape[1],
            "check": self.check.about(),
            "provenance": dict(self.provenance),
        }

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it as ``.npz``, some 10 bytes a pair.

        Parameters
        ----------
        path : path-like
            Written whole or not at all; :func:`fastmi.load` opens it.
        """
        arrays = {"mean": self.mean, "sd": self.sd, "curve": self.curve}
        write_arrays(path, self.about(), arrays)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> NullSummary:
        """Read what :meth:`save` wrote. Nothing in the file is executed.

        Parameters
        ----------
        path : path-like
            The file.

        Returns
        -------
        NullSummary
        """
        with Archive(path, NULL_SUMMARY_KIND) as archive, description_of(path):
            about = archive.check_format(1)
            length, k = check_length_k(whole(about, "length", 2), whole(about, "k", 1))
            n_pairs = _core.n_pairs(length, k)
            points = whole(about, "points", 2)
            check_pseudocount(about["pseudocount"])
            found = cls(
                archive.array("mean", "<f4", (n_pairs,)),
                archive.array("sd", "<f4", (n_pairs,)),
                archive.array("curve", "<f4", (2, points)),
                whole(about, "n_sets", _LEAST_SETS),
                k,
                length,
                whole(about, "n_sequences", 2),
                float(about["pseudocount"]),
                Alphabet.from_about(about),
                Check.from_about(about["check"]),
                dict(about["provenance"]),
            )
            if not ((np.diff(found.curve[0]) > 0).all() and (found.curve[1] <= 0).all()):
                raise ValueError("the curve of p is none")
            if np.isinf(found.mean).any() or not (found.sd >= 0).all():
                raise ValueError("means or standard deviations are none")
        return found


def summarise_pool(
    pool: PackedSequences,
    n: int,
    k: int = 3,
    *,
    pseudocount: float = 5.0,
    n_sets: int = 100,
    rng: Rng = 0,
    n_threads: int | None = None,
    progress: bool = False,
) -> NullSummary:
    """Draw random subsets of a pool, and keep what their maps look like.

    So any map of ``n`` sequences that were chosen from the pool can be tested under the null
    "pool" where the pool itself is not at hand.

    Parameters
    ----------
    pool : PackedSequences
        All sequences.
    n : int
        How many are in each subset.
    k, pseudocount
        Of the maps that will be tested, as for :func:`fastmi.pairwise_mi`.
    n_sets : int
        Subsets drawn, 10 or more.
    rng : int, numpy Generator or None
        Seed of the subsets.
    n_threads, progress
        As for :func:`fastmi.pairwise_mi`.

    Returns
    -------
    NullSummary

    Examples
    --------
    >>> import fastmi
    >>> pool = fastmi.simulate.random(5_000, 8, rng=1).pack()
    >>> null = fastmi.stats.summarise_pool(pool, 1_000, k=1, pseudocount=0, n_sets=20)
    >>> null
    <NullSummary: 20 random subsets of 1,000 sequences, 1-mers at 8 positions, pseudocount 0>
    >>> chosen = fastmi.pairwise_mi(pool[:1000], k=1, pseudocount=0)
    >>> null.significance(chosen).n_significant()
    0
    """
    check_pool(pool)
    if pool.weights is not None:
        raise FastMIError(
            "random subsets are of sequences that each count once; this pool has weights"
        )
    check_size("n_sets", n_sets, _LEAST_SETS)
    check_size("n", n, 2)
    check_pseudocount(pseudocount)
    length, k = check_length_k(pool.length, k)
    pool.alphabet.n_kmers(k)
    seed, threads = resolve_seed(rng), resolve_threads(n_threads)
    sets = subsets(pool, n, n_sets, seed)
    maps = maps_of(sets, n_sets, k, pseudocount, threads, progress)
    mean, sd = maps.mean(axis=0), maps.std(axis=0, ddof=1)
    varies = sd > SAME
    trials = trial_maps(beyond(mean, maps).trials, length - k + 1, k)
    calibration = Calibration(trials, f"{n_sets} null sets of all pairs")
    p = calibration.corrected(skewed(maps[:, varies])(_T, n_sets - 1))
    with np.errstate(divide="ignore"):
        ln_p = np.maximum(np.log(np.minimum(p, 1.0)), -700.0)
    return NullSummary(
        mean.astype(np.float32),
        np.where(varies, sd, 0.0).astype(np.float32),
        np.stack([_T, np.maximum.accumulate(ln_p[::-1])[::-1]]).astype(np.float32),
        n_sets,
        k,
        length,
        n,
        float(pseudocount),
        pool.alphabet,
        calibration.check,
        {**versions_used(), "seed": seed, "pool": len(pool)},
    )
