"""reach: how far apart positions still depend on each other, as one number of a map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ._numbers import spread
from .errors import FastMIError
from .interpretation import Interpretation, Selected, map_of
from .results import MIResult

if TYPE_CHECKING:
    from .stats.result import Significance

_FEW_PAIRS = 10  # at a distance: too few for a mean
_SPREADS = 4.0  # of the mean at far distances, which chance alone hardly makes


def reach(
    result: MIResult | Significance | Selected | Interpretation, share: float = 0.1
) -> int:
    """The largest distance at which positions depend on each other, by a plain rule.

    Parameters
    ----------
    result : MIResult, Significance, Selected or Interpretation
        A map of mutual information.
    share : float
        How much of the strongest dependence still counts, above 0 and below 1.

    Returns
    -------
    int
        In letters, from start to start.

    Raises
    ------
    FastMIError
        The map has fewer than four distances of ten pairs or more.
    ValueError
        It is no map of mutual information, or the share is wrong.

    Notes
    -----
    With m(d) the mean over the pairs at distance d, m0 the median of m over the larger half of
    all distances, which is what finite numbers of sequences make of no dependence, and s the
    spread there (1.4826 times the median absolute deviation): the largest d with m(d) - m0 of
    at least ``share`` of its largest value and of 4 s, or 0 where there is none. Distances of
    fewer than ten pairs do not count. A rule for maps whose dependence ends well before half
    of their length; it says nothing of significance, and more sequences see farther.

    Examples
    --------
    >>> import fastmi, numpy as np
    >>> codes = np.random.default_rng(1).integers(0, 4, (5000, 30))
    >>> codes[:, 1::2] = codes[:, ::2]  # letters come in pairs
    >>> reach(fastmi.pairwise_mi(codes, k=1, pseudocount=0))
    1
    """
    result = map_of(result)
    if result.measure != "MI":
        raise ValueError(f"reach is of mutual information, this is a map of {result.measure}")
    if not 0 < share < 1:
        raise ValueError(f"share must be above 0 and below 1, got {share!r}")
    table = result.by_distance()
    table = table[np.isfinite(table["mean"]) & (table["n_pairs"] >= _FEW_PAIRS)]
    if len(table) < 4:
        raise FastMIError(
            f"the map has {len(table)} distances of {_FEW_PAIRS} pairs or more, and its reach "
            "needs four"
        )
    far = table["mean"][len(table) // 2 :]
    excess = table["mean"] - np.median(far)
    noise = _SPREADS * spread(far)
    beyond = excess >= max(share * float(excess.max()), noise)
    return int(table["distance"][beyond][-1]) if beyond.any() else 0
