"""reach: how far apart positions still depend on each other, as one number of a map."""

from __future__ import annotations

import numpy as np

from .errors import FastMIError
from .results import MIResult

_NORMAL = 1.4826  # standard deviations in a median deviation
_CHANCES = 4  # standard deviations that chance hardly ever makes


def reach(result: MIResult, share: float = 0.1) -> int:
    """The largest distance at which positions depend on each other, by a plain rule.

    Parameters
    ----------
    result : MIResult
        A map of mutual information.
    share : float
        How much of the dependence between neighbours still counts, above 0 and below 1.

    Returns
    -------
    int
        In letters, from start to start; 0 where no distance stands out.

    Raises
    ------
    FastMIError
        The map has fewer than four distances with a value.
    ValueError
        It is no map of mutual information, or the share is wrong.

    Notes
    -----
    With m(d) the mean over the pairs at distance d, and m0 the median of m over the larger
    half of all distances, which is what finite numbers of sequences make of no dependence: the
    largest d with m(d) - m0 >= share * (m(k) - m0), and above chance. By chance, m(d) varies as
    the single pairs of the larger half do (their median deviation), over the root of how many
    pairs it is the mean of; four times that is above it. A rule for maps whose dependence ends
    well before half of their length.

    Examples
    --------
    >>> import fastmi, numpy as np
    >>> codes = np.random.default_rng(1).integers(0, 4, (5000, 30))
    >>> codes[:, 1::2] = codes[:, ::2]  # letters come in pairs
    >>> reach(fastmi.pairwise_mi(codes, k=1, pseudocount=0))
    1
    """
    if result.measure != "MI":
        raise ValueError(f"reach is of mutual information, this is a map of {result.measure}")
    if not 0 < share < 1:
        raise ValueError(f"share must be above 0 and below 1, got {share!r}")
    table = result.by_distance()
    table = table[np.isfinite(table["mean"])]
    if len(table) < 4:
        raise FastMIError(f"the map has {len(table)} distances, and its reach needs four")
    half = len(table) // 2
    excess = table["mean"] - np.median(table["mean"][half:])
    i, j = result.pairs()
    far = result.matrix[i, j][j - i >= table["distance"][half]]
    deviations = np.abs(far - np.nanmedian(far))
    chance = _NORMAL * np.nanmedian(deviations) / np.sqrt(table["n_pairs"])
    there = np.flatnonzero(excess > np.maximum(share * excess[0], _CHANCES * chance))
    return int(table["distance"][there[-1]]) if there.size else 0
