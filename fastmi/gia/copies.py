"""Copies: whether several sites of a pattern do as much together as each does alone.

Where a site stands matters, so what sites do together is held against the sum of the single
ones at these very starts, and not against so many times the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .._adjusting import adjusted
from .._numbers import Doubles
from ._given import as_numbers, as_patterns, check_apart
from .contrasts import importance_of, interaction
from .designs import Design, Placement, codes_of
from .effects import Effects, check_experiment, for_json
from .engine import GIA
from .statistics import describe

PAPER_STARTS = (4, 11, 18)  # positions 4-9, 11-16 and 18-23, in its text
CODE_STARTS = (4, 12, 20)  # in the authors' program

EXPERIMENT = "copies"

_N_SITES = 3
_GROUP = ("pattern", "head", "scale")
_ROUNDING = 1e-4  # of the effects: what models in single precision leave of a sum


def copies(
    gia: GIA, patterns: str | Sequence[str], starts: Iterable[int] | None = None
) -> Effects:
    """The effect of one, two, three ... sites of a pattern, and what is beyond their sum.

    Parameters
    ----------
    gia : GIA
        Model and backgrounds.
    patterns : str or sequence of str
        One or several.
    starts : iterable of int, optional
        0-based, of two sites at least that do not overlap, in the order in which they are
        added. By default three from 4 on, a letter between them: of six letters 4, 11 and 18,
        ``PAPER_STARTS``. The authors' program has ``CODE_STARTS``: 4, 12 and 20.

    Returns
    -------
    Effects
        Of each pattern (head, scale), with ``pattern``, ``copies`` and ``starts``, rows of

        - "importance": of the first 1 .. M sites, and of each site alone;
        - "interaction": of the first 2 .. M sites together, less that of each alone.

        ``summary["additivity"]`` is what :func:`additivity` says.

    Notes
    -----
    With I(m) the global importance of the first m sites and I_s that of site s alone (eq. 2
    of P. K. Koo et al., doi:10.1371/journal.pcbi.1008925), all in the same backgrounds, the
    interaction is I(m) - sum of I_s over s = 1 .. m. Figures 2b, 2c and 2g of the paper show
    I(1), I(2) and I(3), and a line through them.

    Examples
    --------
    >>> import fastmi
    >>> from fastmi.gia import GIA, copies
    >>> model = fastmi.models.wrap(lambda s: [min(x.count("GCAUG"), 2) for x in s],
    ...                            takes="strings")
    >>> gia = GIA(model, fastmi.simulate.random(1000, 41, "rna", rng=1))
    >>> found = copies(gia, "UGCAUG")
    >>> found.only(quantity="importance").table["effect"].round(1).tolist()
    [1.0, 1.0, 1.0, 2.0, 2.0]
    >>> found.only(quantity="interaction").table["effect"].round(1).tolist()
    [-0.0, -1.0]
    >>> found.summary["additivity"][0]["verdict"]
    'saturating'
    """
    contrasts = []
    for pattern in as_patterns(patterns):
        sites = [Design((Placement(pattern, s),)) for s in _starts(gia, pattern, starts)]
        check_apart(gia, sites)
        for site in sites:
            contrasts.append(importance_of(str(site), site, **_factors(pattern, site)))
        together = [sum(sites[1:m], sites[0]) for m in range(2, len(sites) + 1)]
        for some in together:
            contrasts.append(importance_of(str(some), some, **_factors(pattern, some)))
        for m, some in enumerate(together, 2):
            contrasts.append(interaction(str(some), some, sites[:m], **_factors(pattern, some)))
    effects = gia.effects(contrasts, EXPERIMENT)
    return effects.with_summary(additivity=additivity(effects))


def additivity(effects: Effects) -> list[dict[str, Any]]:
    r"""Whether the sites of a pattern add up, by the rules that effects are under.

    Parameters
    ----------
    effects : Effects
        What :func:`copies` gave, perhaps with other statistics.

    Returns
    -------
    list of dict
        One for each pattern, head and scale (whether effects add up depends on the scale):

        - ``verdict``: see below;
        - ``together``, ``sum``: the effect of all sites, and the sum of those of each alone;
        - ``interaction``, with ``interaction_low``, ``interaction_high`` and
          ``interaction_q``: their difference;
        - ``slope``, with ``slope_low`` and ``slope_high``, and ``intercept``: of the line
          through the effects of the first 1 .. M sites;
        - ``r2``: of that line, over all local importances; ``r2_means``: over the M effects
          alone, as in the paper. Three means lie near a line for almost any model, and R^2
          does not know that sites differ: it is no test.

    Notes
    -----
    With alpha = 1 - ``confidence``, a row counts if its q and its ``p_minimal``, corrected for
    all rows like p, are below alpha: it is there, and larger than ``minimal``.  The verdict is

    - "no effect" if no row of the pattern counts (None of a single background);
    - "additive" if the interaction of all sites does not count, or is below 1e-4 of the
      effects, which rounding may be. It says that none was found: how large one may be is for
      its interval to say;
    - "saturating" if it counts, and all sites together do less than the sum, in size:
      \|together\| < \|sum\|;
    - "synergistic" if it counts, and they do more.

    Examples
    --------
    >>> import fastmi
    >>> from fastmi.gia import GIA, additivity, copies
    >>> model = fastmi.models.wrap(lambda s: [x.count("GCAUG") for x in s], takes="strings")
    >>> gia = GIA(model, fastmi.simulate.random(1000, 41, "rna", rng=1))
    >>> found = copies(gia, "UGCAUG")
    >>> for answer in additivity(found.with_statistics(test="wilcoxon", minimal=0.2)):
    ...     answer["verdict"], round(answer["slope"], 2)
    ('additive', 0.99)
    """
    check_experiment(effects, EXPERIMENT, ("pattern", "copies", "starts"))
    table, alpha = effects.table, 1 - effects.statistics.confidence
    beyond = adjusted(table["p_minimal"], effects.statistics.correction)
    counts = (table["q"] < alpha) & (beyond < alpha)
    groups = dict.fromkeys(
        zip(*(effects.labels[name].tolist() for name in _GROUP), strict=True)
    )
    answers = []
    for group in groups:
        of = dict(zip(_GROUP, group, strict=True))
        rows = effects.rows(**of)
        sites = int(table["copies"][rows].max())
        if len(rows) != 3 * sites - 2:
            raise ValueError(
                f"some rows of {group[0]} are missing: take all that copies() gave"
            )
        both = rows[table["quantity"][rows] == "importance"]
        firsts = both[(table["copies"][both] > 1) | (np.arange(len(both)) == 0)]
        last = rows[-1]  # the interaction of all sites
        together = float(table["effect"][firsts[-1]])
        interaction = float(table["effect"][last])
        total = together - interaction
        verdict: str | None
        if effects.n < 2:
            verdict = None
        elif not counts[rows].any():
            verdict = "no effect"
        elif not counts[last] or abs(interaction) < _ROUNDING * max(abs(together), abs(total)):
            verdict = "additive"
        else:
            verdict = joint_verdict(together, total)
        answer = {
            **of,
            "starts": str(table["starts"][last]),
            "verdict": verdict,
            "together": together,
            "sum": total,
            "interaction": interaction,
            **{f"interaction_{x}": table[x][last] for x in ("low", "high", "q")},
            **_line(effects, firsts),
        }
        answers.append(for_json(answer))
    return answers


def joint_verdict(together: float, alone: float) -> str:
    """What it is called if patterns together do other than the sum of what they do alone."""
    return "saturating" if abs(together) < abs(alone) else "synergistic"


def _line(effects: Effects, firsts: npt.NDArray[np.intp]) -> dict[str, float]:
    """The line through the effects of the first 1 .. M sites, in each background and in all."""
    local = effects.local[firsts]
    sites = np.arange(1.0, len(firsts) + 1)
    from_middle = sites - sites.mean()
    squares = float(from_middle @ from_middle)
    slope = describe((from_middle @ local / squares)[None], effects.statistics)[0]
    means = local.mean(axis=1)
    explained = slope["effect"] ** 2 * squares
    return {
        "slope": slope["effect"],
        "slope_low": slope["low"],
        "slope_high": slope["high"],
        "intercept": means.mean() - slope["effect"] * sites.mean(),
        "r2": _share(explained * effects.n, local),
        "r2_means": _share(explained, means),
    }


def _share(explained: float, values: Doubles) -> float:
    """Of the squares around the mean."""
    total = float(((values - values.mean()) ** 2).sum())
    return min(explained / total, 1.0) if total > 0 else np.nan


def _factors(pattern: str, design: Design) -> dict[str, int | float | str]:
    starts = [placement.start for placement in design.placements]
    return {
        "pattern": pattern,
        "copies": len(starts),
        "starts": ",".join(map(str, starts)),
    }


def _starts(gia: GIA, pattern: str, starts: Iterable[int] | None) -> list[int]:
    """Where the sites of a pattern are: two at least, and different ones."""
    step = len(codes_of(pattern, gia.alphabet)) + 1
    if starts is None:
        return [PAPER_STARTS[0] + i * step for i in range(_N_SITES)]
    found = as_numbers("start", starts, 0)
    if len(found) < 2 or len(set(found)) < len(found):
        raise ValueError(f"starts are of two sites at least, each another, got {found}")
    return found
