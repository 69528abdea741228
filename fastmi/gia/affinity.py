"""Affinity: variants of a pattern, and whether their effects follow what was measured.

What a model does to good and bad sites alike is tested best by numbers it has never seen, such
as dissociation constants of single oligomers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, permutations, product
from math import comb, isfinite, isnan, nan
from typing import Any

import numpy as np
import numpy.typing as npt

from .._checks import check_size
from .._numbers import Doubles
from ..alphabet import Alphabet, get_alphabet
from ._given import as_patterns, check_start
from .contrasts import importance_of
from .designs import KEEP, Design, Placement, check_pattern, codes_of
from .effects import Effects, for_json
from .engine import GIA
from .kmer_search import MOST_KMERS

_LEAST = 3  # points: through two there is always a line
_MOST_EXACT = 8  # points, whose 40,320 orders are all tried


def affinity(
    gia: GIA,
    variants: Mapping[str, float | None] | Sequence[str],
    start: int | None = None,
    *,
    log: bool = True,
) -> Effects:
    """The effects of variants of a pattern at one start, beside what was measured of them.

    Parameters
    ----------
    gia : GIA
        Model and backgrounds.
    variants : mapping of str to float, or sequence of str
        Patterns of one length, and what was measured, such as K_D in nM; NaN or None where
        nothing was. "." keeps the background's letter, so shorter ones can be filled up. A
        list, as :func:`mismatches` gives, is of patterns alone.
    start : int, optional
        0-based; by default in the middle, 17 for seven letters in 41.
    log : bool
        Whether effects are held against ln of what was measured, as energies are of K_D.

    Returns
    -------
    Effects
        A row for each variant (head, scale), with ``pattern``, ``mismatches`` (letters in which
        it differs from the first) and ``measured``. ``summary["measured"]`` is what
        :func:`compare_to_measured` says.

    Notes
    -----
    Global importance is that of eq. 2 of P. K. Koo et al., doi:10.1371/journal.pcbi.1008925.
    Figure 2f of the paper shows it for seven variants of UGCAUGU at start 17 against ln K_D
    for RBFOX1 (p = 0.0015); the patterns of figures 2c and 2e are mismatches of UGCAUG.

    Examples
    --------
    >>> import fastmi
    >>> from fastmi.gia import GIA, affinity
    >>> model = fastmi.models.wrap(
    ...     lambda s: [sum(a == b for a, b in zip(x[17:24], "UGCAUGU")) for x in s],
    ...     takes="strings")
    >>> gia = GIA(model, fastmi.simulate.random(1000, 41, "rna", rng=1))
    >>> found = affinity(gia, {"UGCAUGU": 0.8, "AGCAUGU": 5, "AGUAUGU": 30, "AAAAUGU": 200})
    >>> found.labels["mismatches"].tolist(), found.table["effect"].round(1).tolist()
    ([0, 1, 2, 3], [5.3, 4.3, 3.3, 2.3])
    >>> line, = found.summary["measured"]
    >>> round(line["r"], 3), line["rho"], round(line["rho_p"], 3)
    (-1.0, -1.0, 0.083)
    """
    patterns = as_patterns(variants)
    measured = dict(variants) if isinstance(variants, Mapping) else {}
    codes = [codes_of(pattern, gia.alphabet) for pattern in patterns]
    for pattern in patterns:
        if len(pattern) != len(patterns[0]):
            raise ValueError(
                f"variants have one length, filled up by '.' if need be: {patterns[0]} has "
                f"{len(patterns[0])} letters, {pattern} {len(pattern)}"
            )
    at = check_start(gia, patterns[0], start)
    contrasts = []
    for pattern, written in zip(patterns, codes, strict=True):
        design = Design((Placement(pattern, at),))
        contrast = importance_of(
            str(design),
            design,
            pattern=pattern,
            mismatches=int((written != codes[0]).sum()),
            measured=_checked(pattern, measured.get(pattern), log),
        )
        contrasts.append(contrast)
    effects = gia.effects(contrasts, "affinity", {"start": at})
    return effects.with_summary(measured=compare_to_measured(effects, log=log))


def mismatches(
    pattern: str, most: int = 1, alphabet: str | Alphabet | None = None, *, least: int = 0
) -> list[str]:
    """The variants of a pattern with so many other letters.

    Parameters
    ----------
    pattern : str
        Its letters; "." stays as it is.
    most, least : int
        Letters that differ.
    alphabet : str or Alphabet, optional
        Whose letters take their place; by default RNA's if there is a U, else DNA's.

    Returns
    -------
    list of str
        Those with fewer mismatches first, then by position and letter.

    Examples
    --------
    >>> mismatches("UG", 1)
    ['UG', 'AG', 'CG', 'GG', 'UA', 'UC', 'UU']
    >>> len(mismatches("UGCAUG", 2, least=2))
    135
    """
    check_pattern(pattern)
    if alphabet is None:
        alphabet = "rna" if "U" in pattern.upper() else "dna"
    alphabet = get_alphabet(alphabet)
    codes = codes_of(pattern, alphabet)
    most, least = check_size("most", most), check_size("least", least)
    places = np.flatnonzero(codes != KEEP).tolist()
    if not least <= most <= len(places):
        raise ValueError(
            f"mismatches of {pattern!r} are 0 to {len(places)}, got least={least}, most={most}"
        )
    n = sum(comb(len(places), m) * (len(alphabet) - 1) ** m for m in range(least, most + 1))
    if n > MOST_KMERS:
        raise ValueError(
            f"{pattern!r} has {n:,} variants with {least} to {most} mismatches, more than "
            f"{MOST_KMERS:,}"
        )
    letters = [
        alphabet.letters[c] if c != KEEP else p for c, p in zip(codes, pattern, strict=True)
    ]
    found = []
    for m in range(least, most + 1):
        for where in combinations(places, m):
            others = [alphabet.letters.replace(letters[place], "") for place in where]
            for chosen in product(*others):
                variant = letters.copy()
                for place, letter in zip(where, chosen, strict=True):
                    variant[place] = letter
                found.append("".join(variant))
    return found


def compare_to_measured(
    effects: Effects, measured: Mapping[str, float] | None = None, *, log: bool = True
) -> list[dict[str, Any]]:
    """Whether effects follow what was measured.

    Parameters
    ----------
    effects : Effects
        With a row of importance for each ``pattern``, head and scale.
    measured : mapping of str to float, optional
        Of patterns, NaN or None where nothing was; patterns without are left out. By default
        the column ``measured``.
    log : bool
        Whether to take ln of them; they must be above 0 then.

    Returns
    -------
    list of dict
        One for each head and scale: ``n``, the patterns measured; ``r`` and ``p``, Pearson's
        correlation and its p; ``slope``, with its standard error ``slope_se``, and
        ``intercept`` of the line effect = intercept + slope x (ln of) what was measured;
        ``rho`` and ``rho_p``, Spearman's. None of fewer than three patterns, or where all are
        alike.

    Notes
    -----
    These p are of a few patterns, not of backgrounds: more backgrounds make the effects exact,
    not the patterns more. ``p`` is two-sided, of Student's t with n - 2 degrees of freedom (as
    ``scipy.stats.linregress``), which takes residuals as normal; of up to eight patterns
    ``rho_p`` is exact: the share of all orders with such a rho, either way.

    Examples
    --------
    >>> import fastmi
    >>> from fastmi.gia import GIA, compare_to_measured, positions
    >>> model = fastmi.models.wrap(lambda s: [x.count("A") for x in s], takes="strings")
    >>> gia = GIA(model, fastmi.simulate.random(1000, 20, rng=1))
    >>> found = positions(gia, ["AAAA", "AACA", "ACCA"], [8])
    >>> line, = compare_to_measured(found, {"AAAA": 9.0, "AACA": 7.0, "ACCA": 5.0}, log=False)
    >>> round(line["slope"], 3), round(line["r"], 3)
    (0.5, 1.0)
    """
    labels, table = effects.labels, effects.table
    if "pattern" not in labels or (measured is None and "measured" not in labels):
        raise ValueError(
            "effects have no column 'pattern', or nothing was measured: they are held against "
            "measured values by pattern"
        )
    answers = []
    groups = zip(labels["head"].tolist(), labels["scale"].tolist(), strict=True)
    for head, scale in dict.fromkeys(groups):
        rows = effects.rows(quantity="importance", head=head, scale=scale)
        patterns = labels["pattern"][rows].tolist()
        if len(set(patterns)) < len(rows):
            raise ValueError(
                "a pattern has several rows of one head and scale: take one of them with "
                "effects.only(), as only(start=17)"
            )
        if measured is None:
            values = labels["measured"][rows].tolist()
        else:
            values = [measured.get(pattern) for pattern in patterns]
        x = np.array([_checked(*of, log) for of in zip(patterns, values, strict=True)])
        known = np.isfinite(x)
        x, y = x[known], table["effect"][rows][known]
        answer = {"head": head, "scale": scale, "log": bool(log), "n": len(x)}
        answers.append(for_json(answer | _correlations(np.log(x) if log else x, y)))
    return answers


def _correlations(x: Doubles, y: Doubles) -> dict[str, float]:
    from scipy.stats import linregress, rankdata, spearmanr

    if len(x) < _LEAST or not np.ptp(x) or not np.ptp(y) or not np.isfinite(y).all():
        return dict.fromkeys(("r", "p", "slope", "slope_se", "intercept", "rho", "rho_p"), nan)
    line, ranks = linregress(x, y), spearmanr(x, y)
    exact = len(x) <= _MOST_EXACT
    return {
        "r": line.rvalue,
        "p": line.pvalue,
        "slope": line.slope,
        "slope_se": line.stderr,
        "intercept": line.intercept,
        "rho": ranks.statistic,
        "rho_p": _p_of_orders(rankdata(x), rankdata(y)) if exact else ranks.pvalue,
    }


def _p_of_orders(x: Doubles, y: Doubles) -> float:
    """The share of all orders of y in which the correlation is as far from 0."""
    orders: npt.NDArray[np.intp] = np.array(list(permutations(range(len(y)))))
    x = x - x.mean()
    size = np.abs(y[orders] @ x)  # ranks are halves, so equal ones are nearly so
    return float((size >= size[0] - 1e-9).mean())  # the first is the order as it is


def _checked(pattern: str, value: float | None, log: bool) -> float:
    """What was measured, NaN where nothing was."""
    if value is None:
        return nan
    if not isinstance(value, int | float | np.number) or isinstance(value, bool):
        raise TypeError(f"what was measured of {pattern} must be a number, got {value!r}")
    if isnan(value):
        return nan
    if not isfinite(value) or (log and value <= 0):
        allowed = "finite, and above 0 for its logarithm (or log=False)" if log else "finite"
        raise ValueError(f"what was measured of {pattern} must be {allowed}, got {value}")
    return float(value)
