"""Contexts: what a flank beside a pattern does to the effect of the pattern."""

from __future__ import annotations

from collections.abc import Sequence

from .._checks import check_size
from ._given import as_patterns, check_apart, check_start
from .contrasts import Contrast, difference, importance_of, interaction, ratio
from .designs import Design, Placement, codes_of
from .effects import Effects
from .engine import GIA

_SPARE = 1  # letters behind a flank on the right: 34 of 41, as in the paper


def context(
    gia: GIA,
    patterns: str | Sequence[str],
    flank: str = "GCGCGC",
    *,
    start: int | None = None,
    left: int = 0,
    right: int | None = None,
) -> Effects:
    """The effect of a pattern with a flank on its left, on its right, and without.

    Parameters
    ----------
    gia : GIA
        Model and backgrounds.
    patterns : str or sequence of str
        One or several.
    flank : str
        Another pattern, such as letters of high GC content; it must not overlap with them.
    start : int, optional
        0-based, of the patterns; by default in the middle, 17 for six letters in 41.
    left : int
        0-based start of the flank on the left, 0 as in the paper; its authors' program has 2.
    right : int, optional
        That of the flank on the right; by default a letter from the end, 34 of 41 as in the
        paper.

    Returns
    -------
    Effects
        Of each pattern (head, scale), with ``pattern``, ``flank`` ("" where there is none) and
        ``side`` ("left", "right", or ""), rows of

        - "importance": of the pattern, of either flank, and of both together;
        - "ratio": of pattern and flank over the pattern alone. Its interval is Fieller's, from
          -inf to inf where the pattern's own effect may be 0: the ratio is undefined then;
        - "interaction": of pattern and flank together, less that of each alone;
        - "difference": of pattern and flank, that on the left less that on the right.

        ``summary`` has ``start`` of each pattern, ``left`` and ``right``.

    Notes
    -----
    With I the global importance (eq. 2 of P. K. Koo et al.,
    doi:10.1371/journal.pcbi.1008925), the rows are I(pattern), I(flank), I(pattern + flank),
    I(pattern + flank) / I(pattern), I(pattern + flank) - I(pattern) - I(flank) and
    I(pattern + left flank) - I(pattern + right flank). Figure 4c of the paper shows the first,
    4d the ratios and 4e the differences, over many models.

    A ratio other than 1 may be the flank's own effect; the interaction is without that.

    Examples
    --------
    >>> import fastmi
    >>> from fastmi.gia import GIA, context
    >>> def score(strings):
    ...     return [("GCAUG" in x) * (1 - x[-7:].count("GC") / 6) for x in strings]
    >>> model = fastmi.models.wrap(score, takes="strings")
    >>> gia = GIA(model, fastmi.simulate.random(1000, 41, "rna", rng=1))
    >>> found = context(gia, "UGCAUG").only(quantity="ratio")
    >>> found.labels["side"].tolist(), found.table["effect"].round(1).tolist()
    (['left', 'right'], [1.0, 0.5])
    """
    last = gia.length - len(codes_of(flank, gia.alphabet))
    sides = {
        "left": check_size("left", left),
        "right": max(last - _SPARE, 0) if right is None else check_size("right", right),
    }
    flanks = {side: Design((Placement(flank, at),)) for side, at in sides.items()}
    contrasts: list[Contrast] = []
    starts = {}
    for pattern in as_patterns(patterns):
        starts[pattern] = check_start(gia, pattern, start)
        alone = Design((Placement(pattern, starts[pattern]),))
        contrasts.append(importance_of(str(alone), alone, pattern=pattern, flank="", side=""))
        for side, beside in flanks.items():
            check_apart(gia, (alone, beside))
            both = alone + beside
            of = {"pattern": pattern, "flank": flank, "side": side}
            contrasts += [
                importance_of(str(beside), beside, pattern="", flank=flank, side=side),
                importance_of(str(both), both, **of),
                ratio(f"{both} / {alone}", both, alone, **of),
                interaction(str(both), both, [alone, beside], **of),
            ]
        two = [alone + beside for beside in flanks.values()]
        name = " - ".join(map(str, two))
        of = {"pattern": pattern, "flank": flank, "side": "left - right"}
        contrasts.append(difference(name, *two, **of))
    distinct = {(c.quantity, c.name): c for c in contrasts}  # flanks alone are there once
    return gia.effects(list(distinct.values()), "context", {"start": starts, **sides})
