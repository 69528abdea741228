"""Which of many patterns can no longer be among the best: successive elimination by bets.

All patterns stand in the same backgrounds, so two are compared within them: what backgrounds
do to both cancels.  A bet against "the rival is no better" grows while that is wrong; its
capital bounds the chance of a mistake at any time, for any distribution within a range.  (A
bound by variance and range, as Bardenet and Maillard's of 2015, drops none of DeepBind's 6-mers
in 1,000 backgrounds; one by Student's t does not hold for effects that are rare.)
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, sqrt

import numpy as np
import numpy.typing as npt

from .._numbers import Doubles

_FIRST = 64  # backgrounds, with which a bet can first be won by far
_GROWTH = sqrt(2)
_STAKES = 0.9 * 0.5 ** np.arange(8)  # of what may be lost in one background
_CELLS = 1 << 22  # differences held at a time


def rounds(n: int) -> Iterator[int]:
    """Numbers of backgrounds after which patterns are dropped, and all n at last."""
    m = _FIRST
    while m < n:
        yield m
        m = ceil(_GROWTH * m)
    yield n


def log_capital(differences: Doubles, largest: float, n: int) -> Doubles:
    r"""What bets against differences having a mean of 0 or less have won so far.

    Parameters
    ----------
    differences : ndarray of float64, shape (p, m)
        The first m of n differences, in random order, from -largest to largest; m up to n.
    largest : float
        Above 0.
    n : int
        All of them: what is bet on is the mean over these.

    Returns
    -------
    ndarray of float64, shape (p,)
        Logarithm of the capital, which is 1 at first.

    Notes
    -----
    If the mean over all n is at most 0, then what is left after j - 1 of them has a mean of at
    most :math:`e_j = -(d_1 + \dots + d_{j-1}) / (n - j + 1)`, and the capital

    .. math:: K_m = \frac{1}{8} \sum_{g} \prod_{j \le m} \Big(1 + g \,
              \frac{d_j - e_j}{R + \max(e_j, 0)}\Big),

    where R is ``largest`` and g are the stakes 0.9, 0.45, 0.225 ..., is at no time expected to
    grow: it ever reaches :math:`1 / \alpha` with a probability of at most :math:`\alpha`
    (Ville's inequality). Large stakes win where differences are of one sign, small ones where
    they vary much; the best is at most a factor of 8 above their mean.

    I. Waudby-Smith and A. Ramdas, Estimating means of bounded random variables by betting,
    J. R. Stat. Soc. B 86, 1-27 (2024), doi:10.1093/jrsssb/qkad009 (section 5: without
    replacement).

    Examples
    --------
    >>> import numpy as np
    >>> better, same = np.full((1, 64), 0.5), np.zeros((1, 64))
    >>> log_capital(np.concatenate([better, same]), 1.0, 1000).round(1).tolist()
    [22.3, 0.0]
    """
    p, m = differences.shape
    capital = np.empty(p)
    step = max(1, _CELLS // m)
    for first in range(0, p, step):
        d = differences[first : first + step]
        before = np.zeros_like(d)
        np.cumsum(d[:, :-1], axis=1, out=before[:, 1:])
        expected = -before / (n - np.arange(m))
        won = (d - expected) / (largest + np.maximum(expected, 0))
        each = np.stack([np.log1p(stake * won).sum(axis=1) for stake in _STAKES])
        capital[first : first + step] = np.logaddexp.reduce(each) - np.log(len(_STAKES))
    return capital


def beaten(
    rivals: Doubles, others: Doubles, largest: float, n: int, enough: float
) -> npt.NDArray[np.bool_]:
    """Which patterns have lost against every rival.

    Parameters
    ----------
    rivals : ndarray of float64, shape (r, m)
        Local importances of the best patterns so far, the best first.
    others : ndarray of float64, shape (p, m)
        Those of others, in the same backgrounds.
    largest, n
        As for :func:`log_capital`.
    enough : float
        A logarithm of the capital, at which a rival counts as better.

    Returns
    -------
    ndarray of bool, shape (p,)
    """
    left = np.arange(len(others)) if largest > 0 else np.arange(0)
    for rival in rivals[::-1]:  # the weakest first, as most get past it
        if not len(left):
            break
        left = left[log_capital(rival - others[left], largest, n) >= enough]
    lost = np.zeros(len(others), bool)
    lost[left] = True
    return lost
