r"""X^2 of independent columns: its exact mean, variance and skewness over all permutations.

Pearson's X^2 with rare k-mers damped (``csrc/x2.c``) is N tr(A B'), A and B the centred
similarities of the rows at the two positions: A_st = w_a where rows s and t share the k-mer a,
0 elsewhere, less row and column means. Permuting the rows of one against the other gives a
permutation statistic of a kind whose first three moments are known exactly (Kazi-Aoual et al.
1995), from eight numbers of each position that its k-mer counts give. A Pearson type III curve
with these moments, a gamma distribution shifted and scaled, then stands for all permutations
(Mielke and Berry 2007).

Damping is what makes that work: of undamped X^2, two k-mers that occur once each move it by N
where they meet, its skewness passes 40, and no smooth curve fits.

F. Kazi-Aoual, S. Hitier, R. Sabatier, J.-D. Lebreton: Refined approximations to permutation
tests for multivariate inference, Computational Statistics and Data Analysis 20, 643-656 (1995),
doi:10.1016/0167-9473(94)00064-2. P. W. Mielke, K. J. Berry: Permutation Methods, 2nd edition,
Springer (2007).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .._numbers import Doubles

DAMPING = 1.0
MOST_SKEWED = 2.5  # beyond, and further than normal cells explain, X^2 has few values
_MORE_SKEWED = 0.5
_LEAST_N = 8  # the formulas have N - 5 below a line


class Moments(NamedTuple):
    """Mean, standard deviation and skewness of X^2 over permutations, pair by pair.

    ``smooth`` is the skewness were all cells normal, at most sqrt(8), that of chi-square with
    one degree of freedom. Where two positions hardly vary, a few sequences in a few cells make
    it much larger, and X^2 jumps from one value to the next.
    """

    mean: Doubles
    sd: Doubles
    skewness: Doubles
    smooth: Doubles


def summaries(margins: npt.NDArray[Any], damping: float = DAMPING) -> Doubles:
    """What the moments need to know of a position.

    Parameters
    ----------
    margins : ndarray, shape (..., M)
        Counts of its k-mers; sums of weights.
    damping : float
        As for ``_core.pairwise_x2``.

    Returns
    -------
    ndarray of float64, shape (8, ...)
        tr A, tr A^2, tr A^3, the sums of A_ss^2, of A_ss^3 and of all A_st^3, the sum of
        A_ss A_st A_tt, and that of A_ss (A^2)_ss; and zeros where no k-mer occurs.
    """
    r = np.asarray(margins, np.float64)
    n = r.sum(axis=-1, keepdims=True)
    n_kmers = (r > 0).sum(axis=-1, keepdims=True)
    apart = np.sqrt(damping * n / (np.sqrt(2.0) * np.maximum(n_kmers - 1, 1)))
    with np.errstate(divide="ignore", invalid="ignore"):
        w = np.where(r > 0, 1.0 / (r + apart), 0.0)
        x = r * w / n  # mean of a row of A before centring
        q = (r * x).sum(axis=-1, keepdims=True) / n  # mean of all of it
        shares = r * x  # u^2 with A's eigenvalues those of diag(r w) - u u'
        u2 = shares.sum(axis=-1)
        rw = r * w
        own = w - 2 * x + q  # A_ss
        other = q - x

        def over(values: Doubles) -> Doubles:
            return np.asarray(values.sum(axis=-1), np.float64)

        def rows(values: Doubles) -> Doubles:
            return over(r * values)

        between = q - 2 * x  # A_st of different rows with the same k-mer, were it not shared
        m1, m2, m3 = rows(x), rows(x * x), rows(x * x * x)
        n, q = n[..., 0], q[..., 0]
        cubes = q**3 * n * n - 6 * q * q * n * m1 + 6 * q * (n * m2 + m1 * m1)
        cubes += -2 * n * m3 - 6 * m1 * m2 + over(r * r * (own**3 - between**3))
        squares = n[..., None] * other**2 - 2 * other * m1[..., None] + m2[..., None]
        squares += r * (own**2 - between**2)
        apart = own - (rows(own) / n)[..., None]
        found = np.stack(
            [
                over(rw) - u2,
                over(rw * rw) - 2 * over(rw * shares) + u2 * u2,
                over(rw**3) - 3 * over(rw * rw * shares) + 3 * over(rw * shares) * u2 - u2**3,
                rows(own**2),
                rows(own**3),
                cubes,
                over(w * (r * apart) ** 2),
                rows(own * squares),
            ]
        )
    return np.where(n > 0, found, 0.0)


def moments(first: Doubles, second: Doubles, n: npt.ArrayLike) -> Moments:
    """Moments of X^2 over the permutations of one position against the other.

    Parameters
    ----------
    first, second : ndarray of float64, shape (8, ...)
        As of :func:`summaries`.
    n : array_like of float64, shape (...)
        Sequences, or the sum of their weights.

    Returns
    -------
    Moments
        Of shape (...). A standard deviation of 0 where X^2 is always the same, as where one
        position has a single k-mer; NaN below 8 sequences.
    """
    n = np.asarray(n, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean, variance, third = _raw(first, second, np.where(n < _LEAST_N, np.nan, n))
        varies = variance > 1e-12 * mean * mean
        sd = np.where(varies, np.sqrt(np.maximum(variance, 0)), 0.0 * variance)
        skewness = np.where(varies, (third - 3 * mean * variance - mean**3) / sd**3, 0.0)
        smooth = np.sqrt(8.0) * first[2] * second[2] / (first[1] * second[1]) ** 1.5
    return Moments(n * mean, n * sd, np.where(np.isnan(n * mean), np.nan, skewness), smooth)


def _raw(a: Doubles, b: Doubles, n: Doubles) -> tuple[Doubles, Doubles, Doubles]:
    """Mean, variance and third raw moment of tr(A B'), after Kazi-Aoual et al."""
    t, t2, t3, s2, s3, u, v, r = a
    z, z2, z3, y2, y3, o, c, e = b
    mean = t * z / (n - 1)
    variance = (
        2 * ((n - 1) * t2 - t * t) * ((n - 1) * z2 - z * z) / ((n - 1) ** 2 * (n + 1) * (n - 2))
    )
    variance += (
        (n * (n + 1) * s2 - (n - 1) * (t * t + 2 * t2))
        * (n * (n + 1) * y2 - (n - 1) * (z * z + 2 * z2))
        / ((n + 1) * n * (n - 1) * (n - 2) * (n - 3))
    )
    total = n**2 * (n + 1) * (n**2 + 15 * n - 4) * s3 * y3
    total += 4 * (n**4 - 8 * n**3 + 19 * n**2 - 4 * n - 16) * u * o
    total += 24 * (n**2 - n - 4) * (u * c + v * o)
    total += 6 * (n**4 - 8 * n**3 + 21 * n**2 - 6 * n - 24) * v * c
    total += 12 * (n**4 - n**3 - 8 * n**2 + 36 * n - 48) * r * e
    total += 12 * (n**3 - 2 * n**2 + 9 * n - 12) * (t * s2 * e + r * z * y2)
    total += 3 * (n**4 - 4 * n**3 - 2 * n**2 + 9 * n - 12) * t * z * s2 * y2
    total += 24 * (n**3 - 3 * n**2 - 2 * n + 8) * (r * o + u * e)
    total += 24 * (n**3 - 2 * n**2 - 3 * n + 12) * (r * c + v * e)
    total += 12 * (n**2 - n + 4) * (t * s2 * o + u * z * y2)
    total += 6 * (2 * n**3 - 7 * n**2 - 3 * n + 12) * (t * s2 * c + v * z * y2)
    total -= 2 * n * (n - 1) * (n**2 - n + 4) * ((2 * u + 3 * v) * y3 + (2 * o + 3 * c) * s3)
    total -= 3 * n * (n - 1) ** 2 * (n + 4) * ((t * s2 + 4 * r) * y3 + (z * y2 + 4 * e) * s3)
    total += (
        2
        * n
        * (n - 1)
        * (n - 2)
        * ((t**3 + 6 * t * t2 + 8 * t3) * y3 + (z**3 + 6 * z * z2 + 8 * z3) * s3)
    )
    total += t**3 * ((n**3 - 9 * n**2 + 23 * n - 14) * z**3 + 6 * (n - 4) * z * z2 + 8 * z3)
    total += (
        6
        * t
        * t2
        * ((n - 4) * z**3 + (n**3 - 9 * n**2 + 24 * n - 14) * z * z2 + 4 * (n - 3) * z3)
    )
    total += 8 * t3 * (z**3 + 3 * (n - 3) * z * z2 + (n**3 - 9 * n**2 + 26 * n - 22) * z3)
    total -= 16 * (t**3 * o + u * z**3)
    total -= 6 * (t * t2 * o + u * z * z2) * (2 * n**2 - 10 * n + 16)
    total -= 8 * (t3 * o + u * z3) * (3 * n**2 - 15 * n + 16)
    total -= (t**3 * c + v * z**3) * (6 * n**2 - 30 * n + 24)
    total -= 6 * (t * t2 * c + v * z * z2) * (4 * n**2 - 20 * n + 24)
    total -= 8 * (t3 * c + v * z3) * (3 * n**2 - 15 * n + 24)
    last = 24 * (t**3 * e + r * z**3)
    last += 6 * (t * t2 * e + r * z * z2) * (2 * n**2 - 10 * n + 24)
    last += 8 * (t3 * e + r * z3) * (3 * n**2 - 15 * n + 24)
    last += (3 * n**2 - 15 * n + 6) * (t**3 * z * y2 + t * s2 * z**3)
    last += 6 * (t * t2 * z * y2 + z * z2 * t * s2) * (n**2 - 5 * n + 6)
    last += 48 * (t3 * z * y2 + z3 * t * s2)
    total -= (n - 2) * last
    return mean, variance, total / (n * (n - 1) * (n - 2) * (n - 3) * (n - 4) * (n - 5))


def upper_tail(x2: Doubles, found: Moments) -> Doubles:
    """How likely an X^2 at least as large is, were the two positions independent.

    Parameters
    ----------
    x2 : ndarray of float64
        Pearson's X^2, damped as the moments are.
    found : Moments
        Over permutations; of the same shape.

    Returns
    -------
    ndarray of float64
        By Pearson's type III; where X^2 has few values (a skewness above 2.5, and by 0.5 above
        that of normal cells), by Cantelli's inequality, sd^2 / (sd^2 + (X^2 - mean)^2) above
        the mean, which holds for any distribution. 1 where X^2 cannot vary, or where no
        sequence has both k-mers.
    """
    from scipy.special import gammaincc, ndtr

    mean, sd, skewness, smooth = found
    varies = sd > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(varies, (x2 - mean) / sd, 0.0)
        half = 2.0 / skewness
        shape = half * half
        p = gammaincc(shape, np.maximum(shape + half * z, 0.0))
        p = np.where(skewness > 1e-6, p, ndtr(-z))
        loose = np.where(z > 0, 1.0 / (1.0 + z * z), 1.0)
    jumps = (skewness > MOST_SKEWED) & ~(skewness <= smooth + _MORE_SKEWED)
    p = np.where(jumps, loose, p)
    return np.asarray(np.where(varies, p, 1.0), np.float64)
