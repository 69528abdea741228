"""apc, asc: mutual information less what two positions have with all others.

A position that varies much, or whose letters follow the tree of a family, has more mutual
information with every other one.  What is common to a row and a column is taken away; what a
pair has of its own is left.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ..errors import FastMIError
from ..interpretation import Interpretation, Selected, map_of
from ..results import MIResult

Matrix = npt.NDArray[np.float64]


def apc(result: MIResult | Selected | Interpretation) -> MIResult:
    r"""Average product correction of a map of mutual information.

    Parameters
    ----------
    result : MIResult, Selected or Interpretation
        A map of mutual information, of any pseudocount and weights, bias-corrected or not.

    Returns
    -------
    MIResult
        Measure "MI_APC", in bits, of either sign; NaN where the map is.

    Raises
    ------
    ValueError
        It is no map of mutual information.
    FastMIError
        The mean of the map, by which the product is divided, is not above 0: there is no
        background to take away (a bias-corrected map of independent positions). :func:`asc`
        divides by nothing.

    Notes
    -----
    With S the pairs that have a value, i and j at least k apart (k-mers that overlap are in
    no mean), and S_i those that have i in them,

    .. math::
        APC_{ij} = MI_{ij} - \frac{\overline{MI}_i \, \overline{MI}_j}{\overline{MI}}, \quad
        \overline{MI}_i = \frac{1}{|S_i|} \sum_{S_i} MI, \quad
        \overline{MI} = \frac{1}{|S|} \sum_S MI.

    At k = 1, when all pairs have a value, every position has L - 1 partners, and this is the
    published definition, whose overall mean is the mean of the positions' means, too. At
    k > 1 positions in the middle have up to k - 1 partners fewer than those at the ends, so
    that the two differ; this one counts each pair once.

    Each pair counts once in a mean, whatever the number of sequences behind it, and a map of
    zeros stays one. The sum of a corrected map is near 0, not 0. It ranks pairs; it is no
    estimate of mutual information, and has no test of its own.

    References
    ----------
    Dunn S. D., Wahl L. M., Gloor G. B.: Mutual information without the influence of phylogeny
    or entropy dramatically improves residue contact prediction (2008),
    doi:10.1093/bioinformatics/btm604.

    Examples
    --------
    >>> import fastmi
    >>> r = fastmi.pairwise_mi(["AAT", "CCT", "AAG", "CCG"], k=1, pseudocount=0)
    >>> fastmi.stats.apc(r).matrix.round(3).tolist()
    [[nan, 0.25, 0.0], [0.25, nan, 0.0], [0.0, 0.0, nan]]
    """
    given = _mutual_information(result, "apc")
    values = given.matrix
    if not np.nan_to_num(values).any():
        return replace(given, matrix=values.copy(), measure="MI_APC", standard_error=None)
    of_position, of_all = _means(given)
    if not of_all > 0:
        raise FastMIError(
            f"the mean of this map is {of_all:.3g} bits, and the average product is divided by "
            "it: it must be above 0; asc() divides by nothing"
        )
    product = np.multiply.outer(of_position, of_position) / of_all
    return replace(given, matrix=values - product, measure="MI_APC", standard_error=None)


def asc(result: MIResult | Selected | Interpretation) -> MIResult:
    r"""Average sum correction of a map of mutual information.

    Parameters
    ----------
    result : MIResult, Selected or Interpretation
        As for :func:`apc`.

    Returns
    -------
    MIResult
        Measure "MI_ASC", in bits, of either sign; NaN where the map is.

    Raises
    ------
    ValueError
        It is no map of mutual information.

    Notes
    -----
    With the means of :func:`apc`,

    .. math:: ASC_{ij} = MI_{ij} - \overline{MI}_i - \overline{MI}_j + \overline{MI}.

    At k = 1, when all pairs have a value, this is the published definition.

    References
    ----------
    Dunn S. D., Wahl L. M., Gloor G. B. (2008), doi:10.1093/bioinformatics/btm604.

    Examples
    --------
    >>> import fastmi
    >>> r = fastmi.pairwise_mi(["AAT", "CCT", "AAG", "CCG"], k=1, pseudocount=0)
    >>> fastmi.stats.asc(r).matrix.round(3).tolist()
    [[nan, 0.333, -0.167], [0.333, nan, -0.167], [-0.167, -0.167, nan]]
    """
    given = _mutual_information(result, "asc")
    of_position, of_all = _means(given)
    matrix = given.matrix - np.add.outer(of_position, of_position) + of_all
    return replace(given, matrix=matrix, measure="MI_ASC", standard_error=None)


def _mutual_information(result: MIResult | Selected | Interpretation, what: str) -> MIResult:
    """The map, which must be of MI."""
    given = map_of(result)
    if given.measure != "MI":
        raise ValueError(f"{what} is of mutual information, this is a map of {given.measure}")
    return given


def _means(result: MIResult) -> tuple[Matrix, float]:
    """Of each position's pairs, NaN where it has none, and of all pairs."""
    known = ~np.isnan(result.matrix)
    values = np.where(known, result.matrix, 0.0)
    n = known.sum(axis=1)
    with np.errstate(invalid="ignore"):
        of_position = values.sum(axis=1) / n
        of_all = values.sum() / np.float64(n.sum())
    return of_position, float(of_all)
