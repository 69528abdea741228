"""precision: whether the strongest pairs of a map are those that touch."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .._checks import check_size
from .._draws import Rng, resolve_seed
from .._numbers import Doubles, as_reals
from ..errors import FastMIError, FastMIWarning
from ..interpretation import Interpretation, Selected, map_of
from ..results import MIResult
from ._tested import Tested
from .maps import ContactMap, check_threshold, contact_map
from .precisions import PAIR_KIND, Precision
from .structures import Structure

AT = ("L/5", "L/2", "L", "2L")

_SHARE = re.compile(r"(\d{0,6})L(?:/(\d{1,6}))?", re.ASCII)
_ALIKE = 1.25  # variance, over that of independent pairs, from which on a warning tells


def precision(
    result: MIResult | Selected | Interpretation | npt.ArrayLike,
    truth: ContactMap | Structure | npt.ArrayLike,
    *,
    at: Sequence[str | int] = AT,
    threshold: float | None = None,
    min_separation: int | None = None,
    max_separation: int | None = None,
    k: int = 1,
    permutations: int = 999,
    rng: Rng = 0,
) -> Precision:
    r"""Hold a map against contacts that are known.

    Pairs are ordered by their values, the strongest first; the precision at n is the share of
    contacts among the first n. Where n cuts through equal values, it is the mean over all
    their orders, and so are the other numbers.

    Parameters
    ----------
    result : MIResult, Selected, Interpretation, or array_like of shape (P, P)
        The map. Of mean epistasis the size counts, not the sign. NaN are left out.
    truth : ContactMap, Structure, or array_like of shape (L, L)
        What is known: contacts (bool), distances in angstroms (numbers), or a structure,
        which is aligned to the map's reference, or else is taken to have the map's positions.
    at : sequence of str or int
        Numbers of pairs, such as "L/5" (rounded down, at least 1) or 100. L is the number of
        letters of which the truth knows something.
    threshold : float, optional
        What is closer than this, in angstroms, touches; by default what the truth says, 8.
    min_separation, max_separation : int, optional
        Pairs that are fewer, or more, letters apart do not count; by default at least 6
        letters for distances, 4 for base pairs (what the truth says). Letters from one to
        the other: neighbours are 1 apart. Of k-mers those between their nearest letters,
        j - i - k + 1.
    k : int
        Letters in a k-mer, where the map is a bare array.
    permutations : int
        Truths permuted within each distance, for p; with 0 there is none, and no warning.
    rng : int, numpy Generator or None
        Their seed.

    Returns
    -------
    Precision

    Raises
    ------
    FastMIError
        No pair is left, or none of them touches, or all do.
    ValueError
        Map and truth differ in length.

    Warns
    -----
    FastMIWarning
        Neighbouring pairs are alike, in the map and in the truth, so that p within distance
        is too small: ``p_shift`` is the one to read.

    Notes
    -----
    A pair of k-mers touches if any letter of the one touches any letter of the other. Pairs
    with a letter of which the truth knows nothing are left out, and counted.

    Short-range pairs touch more often, and depend on each other more, so that a map that knows
    nothing but j - i is better than chance. Therefore p compare with truths in which the pairs
    of each distance are permuted: ``p`` is (r + 1) / (m + 1), with r of m permutations at least
    as good, and ``expected`` and ``sd`` are the exact moments, of precision those of a sum of
    hypergeometric numbers, one a distance. ``p_exact`` is its exact tail, where no tie is cut.
    That takes pairs of one distance as exchangeable. They are not where contacts lie side by
    side and the map is smooth, as that of k-mers that overlap; ``p_shift`` instead turns every
    diagonal by the same share of its length, which keeps neighbours together, and has but as
    many ways as the longest diagonal has pairs.

    Examples
    --------
    >>> import fastmi
    >>> truth = fastmi.contacts.base_pairs("((((....))))..")
    >>> reads = ["ACGUAAAAACGUGG", "CAGUAAAAACUGGG", "GGCAAAAAUGCCGG", "UCCAAAAAUGGAGG"]
    >>> r = fastmi.pairwise_mi(reads, k=1, alphabet="rna", pseudocount=0)
    >>> p = fastmi.contacts.precision(r, truth, at=[2, 4])
    >>> p.n_true, round(p.at(2), 3), round(p.auc, 3)
    (4, 0.667, 0.946)
    """
    matrix, k, given = _map(result, k)
    length = len(matrix) + k - 1
    known = _truth(truth, given, length)
    least = known.separation if min_separation is None else min_separation
    least = check_size("min_separation", least, 1)
    most = length if max_separation is None else check_size("max_separation", max_separation)
    m = check_size("permutations", permutations)
    seed = resolve_seed(rng)
    below = known.threshold if threshold is None else check_threshold(threshold)
    pairs, unknown = _pairs(matrix, known.of_kmers(k), k, (least, most), below)
    letters = int((~np.isnan(_off_diagonal(known.distances))).any(axis=1).sum())
    if isinstance(at, str) or not isinstance(at, Iterable):
        raise TypeError(f"at must be a list of numbers of pairs, got {at!r}")
    numbers = [(str(n), _number(n, letters)) for n in at]
    tested = Tested(pairs)
    table = tested.table(numbers, seed, m)
    pairs = pairs[tested.ranking.order]
    found = Precision(
        table=table,
        pairs=pairs,
        k=k,
        length=length,
        letters=letters,
        rule=known.in_words(below),
        threshold=below,
        min_separation=least,
        max_separation=most,
        n_unknown=unknown,
        permutations=m,
        seed=seed,
        alike=tested.alike(),
        result=given,
        truth=known,
    )
    if m and found.alike > _ALIKE:
        warnings.warn(
            "neighbouring pairs are alike, in the map and in the truth: the variance within "
            f"distances is some {found.alike:.1f} times what p and p_exact take it for; read "
            "p_shift",
            FastMIWarning,
            stacklevel=2,
        )
    return found


def _pairs(
    matrix: Doubles, truth: Doubles, k: int, apart: tuple[int, int], below: float
) -> tuple[npt.NDArray[Any], int]:
    """The pairs that count, and how many do not as nothing is known of them."""
    i, j = np.triu_indices(len(matrix), k)
    separation = j - i - k + 1
    asked = (separation >= apart[0]) & (separation <= apart[1])
    pairs = np.empty(int(asked.sum()), PAIR_KIND)
    pairs["i"], pairs["j"], pairs["separation"] = i[asked], j[asked], separation[asked]
    pairs["value"] = matrix[pairs["i"], pairs["j"]]
    pairs["distance"] = truth[pairs["i"], pairs["j"]]
    pairs["contact"] = pairs["distance"] < below
    known = ~np.isnan(pairs["distance"]) & ~np.isnan(pairs["value"])
    usable = pairs[known]
    true = int(usable["contact"].sum())
    if not 0 < true < len(usable):
        raise FastMIError(
            f"{true:,} of {len(usable):,} pairs that are {apart[0]} or more letters apart "
            "touch: there is nothing to tell apart"
        )
    return usable, len(pairs) - len(usable)


def _map(result: Any, k: int) -> tuple[Doubles, int, MIResult | None]:
    """Values, larger ones stronger; letters in a k-mer; the map, if it is one of ours."""
    if isinstance(result, MIResult | Selected | Interpretation):
        found = map_of(result)
        matrix = np.abs(found.matrix) if found.measure == "EP_mean" else found.matrix
        return matrix, found.k, found
    try:
        matrix = as_reals(result)
    except (TypeError, ValueError):
        raise TypeError(
            f"result must be a map or a matrix of numbers, got {type(result).__name__}"
        ) from None
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"a map has shape (P, P), got {matrix.shape}")
    if np.nan_to_num(np.tril(matrix, -1)).any() and not np.allclose(
        matrix, matrix.T, equal_nan=True
    ):
        raise ValueError("a map is symmetric, or empty below its diagonal; this one is neither")
    return matrix, check_size("k", k, 1), None


def _truth(truth: Any, result: MIResult | None, length: int) -> ContactMap:
    if isinstance(truth, Structure):
        known = contact_map(truth, None if result is None else result.reference)
    elif isinstance(truth, ContactMap):
        known = truth
    elif _are_bools(truth):
        known = ContactMap.from_contacts(truth)
    else:
        known = ContactMap.from_distances(truth)
    if len(known) != length:
        raise ValueError(
            f"the map is of {length} letters, the truth of {len(known)}: align it to the "
            "sequence of the map with fastmi.contacts.contact_map"
        )
    return known


def _are_bools(truth: Any) -> bool:
    """Whether lists hold True and False only."""
    try:
        return np.asarray(truth).dtype == np.bool_
    except ValueError:  # rows of several lengths
        return False


def _off_diagonal(distances: Doubles) -> Doubles:
    found = distances.copy()
    np.fill_diagonal(found, np.nan)
    return found


def _number(n: str | int, letters: int) -> int:
    """A number of pairs: itself, or a share of L."""
    if not isinstance(n, str):
        return check_size("a number of pairs", n, 1)
    match = _SHARE.fullmatch(n)
    if match is not None:
        times, over = int(match[1] or 1), int(match[2] or 1)
        if times and over:
            return max(1, times * letters // over)
    elif n.isascii() and n.isdigit() and int(n[:12]) > 0:
        return int(n[:12])
    raise ValueError(f"a number of pairs is such as 'L/5', 'L', '2L' or 100, got {n!r}")
