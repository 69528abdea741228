"""normalised: mutual information as a share of the entropy that there is.

Two positions can share no more than the smaller of their entropies, so a pair of conserved
positions looks weaker than one of variable positions that depends as much.  The six divisors
are those of Martin et al. (2005), by the names that ProDy gives them.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .._checks import NORMALISATIONS
from .._run import resolve_threads
from ..counts import JointCounts
from ..errors import FastMIError
from ..interpretation import Interpretation, Selected, map_of
from ..mi import SequenceTables, pairwise_mi
from ..results import MIResult, TableSource, square

Doubles = npt.NDArray[np.float64]

_ROUNDING = 1e-9  # bits: less is 0, as one of 2^32 sequences makes an entropy of 8e-9
_TOGETHER = 1 << 20  # cells of margins at a time

# of H_i, H_j and MI
_DIVISORS: dict[str, Callable[[Doubles, Doubles, Doubles], Doubles]] = {
    "sument": lambda a, b, mi: a + b,
    "minent": lambda a, b, mi: np.minimum(a, b),
    "maxent": lambda a, b, mi: np.maximum(a, b),
    "mincon": lambda a, b, mi: np.minimum(a, b) - mi,
    "maxcon": lambda a, b, mi: np.maximum(a, b) - mi,
    "joint": lambda a, b, mi: a + b - mi,
}


def normalised(
    data: object,
    kind: str = "joint",
    *,
    source: TableSource | None = None,
    n_threads: int | None = None,
    **options: Any,
) -> MIResult:
    r"""Mutual information divided by an entropy.

    Parameters
    ----------
    data : MIResult, Selected, Interpretation, JointCounts, or whatever pairwise_mi takes
        A map of mutual information whose counts are here, counts, or sequences.
    kind : {"joint", "sument", "minent", "maxent", "mincon", "maxcon"}
        What divides it; see the notes.
    source : JointCounts, optional
        Where the counts are, for a result that was loaded from a file.
    n_threads : int, optional
        Threads to use; see :func:`fastmi.pairwise_mi`.
    **options
        Of counts and sequences: what :meth:`JointCounts.mi` or :func:`fastmi.pairwise_mi`
        take, such as ``k`` and ``pseudocount``.

    Returns
    -------
    MIResult
        Measure "NMI_joint" and so on, without a unit. NaN where the map is, and for 0 / 0:
        positions that do not vary share nothing of nothing. Infinite for "mincon" and
        "maxcon" where the one position says what stands at the other.

    Raises
    ------
    ValueError
        It is no map of mutual information, the counts are not here, or the kind is none.
    FastMIError
        The map is not the plain estimate of these counts (it was bias-corrected, or they are
        others).

    Notes
    -----
    With the distributions that the mutual information is of, pseudocount included, and
    entropies in bits,

    .. math:: H_i = -\sum_a P_i(a) \log_2 P_i(a), \quad H_{ij} = H_i + H_j - MI_{ij},

    so that margins are enough. Where letters are missing, each pair has its own.

    ======== ================================= ======== =====================================
    kind     divided by                        range    also called
    ======== ================================= ======== =====================================
    joint    H_ij                              0 to 1   1 - Rajski's distance; 1 - normalised
                                                        variation of information
    sument   H_i + H_j                         0 to 1/2 half of the symmetric uncertainty
                                                        coefficient
    minent   min(H_i, H_j)                     0 to 1   the greater uncertainty coefficient
                                                        (Theil's U)
    maxent   max(H_i, H_j)                     0 to 1   the smaller uncertainty coefficient
    mincon   min(H(i given j), H(j given i))   0 to inf
    maxcon   max(H(i given j), H(j given i))   0 to inf
    ======== ================================= ======== =====================================

    with H(i given j) = H_i - MI_ij. All are 0 for independent positions, in expectation not
    for finite numbers of sequences: the bias of MI is divided, too, and is largest where the
    entropy is small. A pseudocount brings entropies near those of uniform letters, and
    divides small by large: for shares that mean what they say, take ``pseudocount=0``.

    References
    ----------
    Martin L. C., Gloor G. B., Dunn S. D., Wahl L. M.: Using information theory to search for
    co-evolving residues in proteins (2005), doi:10.1093/bioinformatics/bti671.

    Rajski C.: A metric space of discrete probability distributions (1961),
    doi:10.1016/S0019-9958(61)80055-7.

    Theil H.: On the estimation of relationships involving qualitative variables (1970),
    doi:10.1086/224909.

    Examples
    --------
    >>> import fastmi
    >>> r = fastmi.pairwise_mi(["AAT", "CCT", "AAG", "CTG"], k=1, pseudocount=0)
    >>> fastmi.stats.normalised(r, "joint").matrix.round(3).tolist()
    [[nan, 0.667, 0.0], [0.667, nan, 0.25], [0.0, 0.25, nan]]
    >>> r = fastmi.stats.normalised(["AAT", "CCT"], "minent", k=1, pseudocount=0)
    >>> r.top_pairs(3)["value"].tolist()
    [1.0, nan, nan]
    """
    if kind not in NORMALISATIONS:
        raise ValueError(f"kind must be one of {', '.join(NORMALISATIONS)}, got {kind!r}")
    result = _map(data, n_threads, options)
    tables = source or result.source
    if tables is None:
        raise ValueError(
            "the counts behind this result are not here; give source=, a JointCounts of the "
            "same sequences"
        )
    if not hasattr(tables, "table"):
        raise TypeError(f"source must be a JointCounts, got {type(tables).__name__}")
    i, j = result.pairs()
    mi = result.matrix[i, j]
    _check_plain(result, tables)
    of_i, of_j = _entropies(result, tables, resolve_threads(n_threads))
    divisor = _DIVISORS[kind](of_i, of_j, mi)
    with np.errstate(invalid="ignore"):
        nothing = divisor < _ROUNDING
        found = np.divide(mi, divisor, out=np.full(len(mi), np.nan), where=~nothing)
        found[nothing & (mi >= _ROUNDING)] = np.inf
    matrix = square(found, result.n_positions, result.k)
    return replace(result, matrix=matrix, measure=f"NMI_{kind}", standard_error=None)


def _map(data: Any, n_threads: int | None, options: dict[str, Any]) -> MIResult:
    """The map of what was given."""
    if isinstance(data, JointCounts):
        return data.mi(n_threads=n_threads, **options)
    if not isinstance(data, MIResult | Selected | Interpretation):
        return pairwise_mi(data, n_threads=n_threads, **options)
    if options:
        raise TypeError(f"{', '.join(options)}: a map has been made, and cannot be told how")
    result = map_of(data)
    if result.measure != "MI":
        raise ValueError(
            f"normalised is of mutual information, this is a map of {result.measure}"
        )
    return result


def _check_plain(result: MIResult, tables: TableSource) -> None:
    """Raise unless the strongest pair has the MI of its counts."""
    best = result.top_pairs(1)[0]
    if np.isnan(best["value"]):
        return
    table = tables.table(int(best["i"]), int(best["j"]))
    a, b, both = (
        float(_entropy(c, result.pseudocount)) for c in (*_margins(table), table.ravel())
    )
    if not np.isclose(a + b - both, best["value"], rtol=0, atol=_ROUNDING):
        raise FastMIError(
            f"the pair ({best['i']}, {best['j']}) has {best['value']:.6g} bits, and the counts "
            f"give {a + b - both:.6g}: entropies go with a map that is not corrected, and with "
            "its own counts"
        )


def _entropies(
    result: MIResult, tables: TableSource, n_threads: int
) -> tuple[Doubles, Doubles]:
    """H_i and H_j of every pair, in bits.

    Where no letter is missing each position has one, a margin of any of its tables.
    """
    i, j = result.pairs()
    if result.n_pair is not None:
        of_pairs = _of_margins(result, _all_tables(tables, n_threads), i, j, n_threads)
        return of_pairs[:, 0], of_pairs[:, 1]
    first = np.arange(result.n_positions - result.k)
    found = _of_margins(result, tables, first, first + result.k, n_threads)
    of_position = np.full(result.n_positions, np.nan)
    of_position[first], of_position[first + result.k] = found.T
    return of_position[i], of_position[j]


def _all_tables(tables: TableSource, n_threads: int) -> TableSource:
    """All tables in one pass over the sequences, which is faster by far, if they fit."""
    if not isinstance(tables, SequenceTables):
        return tables
    sequences, weighted = tables.job.sequences, tables.job.unit != 1
    try:
        counts = JointCounts(
            sequences.length, tables.k, alphabet=sequences.alphabet, weighted=weighted
        )
        counts.add(sequences, n_threads=n_threads)
    except (ValueError, FastMIError):  # more memory, or more in a cell, than they have
        return tables
    return counts


def _of_margins(
    result: MIResult,
    tables: TableSource,
    i: npt.NDArray[np.intp],
    j: npt.NDArray[np.intp],
    n_threads: int,
) -> Doubles:
    """Entropies of the margins of some tables, shape (pairs, 2)."""

    def of_pair(pair: tuple[int, int]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        return _margins(tables.table(*pair))

    pairs = list(zip(i.tolist(), j.tolist(), strict=True))
    step = max(1, _TOGETHER // result.alphabet.n_kmers(result.k))
    found = np.empty((len(pairs), 2))
    with ThreadPoolExecutor(n_threads) as pool:  # counting lets other threads go on
        for at in range(0, len(pairs), step):
            margins = np.array(list(pool.map(of_pair, pairs[at : at + step])), np.float64)
            found[at : at + step] = _entropy(margins, result.pseudocount)
    return found


def _margins(table: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    return table.sum(axis=1), table.sum(axis=0)


def _entropy(counts: npt.NDArray[Any], pseudocount: float) -> Doubles:
    """Of smoothed counts along the last axis, in bits; NaN of none."""
    with np.errstate(invalid="ignore"):
        p = counts / counts.sum(axis=-1, keepdims=True, dtype=np.float64)
    p = (p + pseudocount / p.shape[-1]) / (1 + pseudocount)
    terms = p * np.log2(p, out=np.zeros_like(p), where=p > 0)
    return np.asarray(np.where(np.isnan(p[..., 0]), np.nan, -terms.sum(axis=-1)))
