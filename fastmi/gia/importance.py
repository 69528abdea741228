"""Importance: the effect of one or several patterns, where they stand, in which background."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ._given import as_numbers, as_patterns, by_name, named_designs
from .contrasts import importance_of
from .designs import Design, Placement, codes_of
from .effects import Effects, together
from .engine import GIA


def importance(gia: GIA, designs: Any) -> Effects:
    """The effect of designs: one pattern in its place, or several together.

    Parameters
    ----------
    gia : GIA
        Model and backgrounds.
    designs : str, Design, sequence or mapping of these
        As "UGCAUG@17" or "UGCAUG@4+GCGCGC@34": patterns and their 0-based starts. A pattern
        alone, as "UGCAUG", stands in the middle. Of a mapping, the keys are the names in the
        table.

    Returns
    -------
    Effects
        A row for each design (head, scale).

    Notes
    -----
    Global importance is the mean over backgrounds x of f(x with the patterns) - f(x), the
    local importances (eq. 1 and 2 of P. K. Koo et al., doi:10.1371/journal.pcbi.1008925; f is
    the model).

    Examples
    --------
    >>> import fastmi
    >>> from fastmi.gia import GIA, importance
    >>> model = fastmi.models.wrap(lambda s: [x.count("A") for x in s], takes="strings")
    >>> gia = GIA(model, fastmi.simulate.random(1000, 20, rng=1))
    >>> importance(gia, "AAAA@3").table["effect"].round(1).tolist()
    [3.1]
    """
    named = named_designs(gia, designs)
    return gia.effects([importance_of(n, d) for n, d in named.items()], "importance")


def positions(
    gia: GIA, patterns: str | Sequence[str], starts: int | Iterable[int] | None = None
) -> Effects:
    """The effect of a pattern at every start.

    Parameters
    ----------
    gia : GIA
        Model and backgrounds.
    patterns : str or sequence of str
        One or several.
    starts : int or iterable of int, optional
        0-based; by default all at which a pattern fits.

    Returns
    -------
    Effects
        A row for each pattern and start (head, scale), with ``pattern`` and ``start``.

    Examples
    --------
    >>> import fastmi
    >>> from fastmi.gia import GIA, positions
    >>> model = fastmi.models.wrap(lambda s: [x[5:].count("AAAA") for x in s], takes="strings")
    >>> gia = GIA(model, fastmi.simulate.random(1000, 20, rng=1))
    >>> positions(gia, "AAAA", [0, 3, 10]).table["effect"].round(1).tolist()
    [0.0, 0.1, 1.0]
    """
    contrasts = []
    wanted = None if starts is None else as_numbers("start", starts, 0)
    for pattern in as_patterns(patterns):
        last = gia.length - len(codes_of(pattern, gia.alphabet))
        for start in range(max(last, 0) + 1) if wanted is None else dict.fromkeys(wanted):
            design = Design((Placement(pattern, start),))
            contrasts.append(importance_of(str(design), design, pattern=pattern, start=start))
    return gia.effects(contrasts, "positions")


def backgrounds(
    model: Any,
    nulls: Mapping[str, Any],
    designs: Any,
    n: int | None = None,
    **options: Any,
) -> Effects:
    """The same question in several backgrounds, as the answer may depend on them.

    Parameters
    ----------
    model : object
        As for :class:`GIA`.
    nulls : mapping
        Backgrounds by name, as :func:`fastmi.simulate.nulls` gives.
    designs : str, Design, sequence or mapping of these
        As for :func:`importance`.
    n : int, optional
        Of each, as for :class:`GIA`; the same number of all.
    **options : Any
        Whatever else :class:`GIA` takes.

    Returns
    -------
    Effects
        A row for each background and design (head, scale), with ``background``. ``summary``
        has the ``spread`` for each design of the first head, in the model's own scores: the
        least and the greatest effect, and the ratio of their difference to the mean.

    Examples
    --------
    >>> import fastmi
    >>> from fastmi.gia import backgrounds
    >>> model = fastmi.models.wrap(lambda s: [x.count("A") for x in s], takes="strings")
    >>> random = {str(p): fastmi.simulate.random(500, 20, rng=1,
    ...               frequencies=[p, 0.2, 0.2, 0.6 - p]) for p in (0.1, 0.5)}
    >>> found = backgrounds(model, random, "AAAA@3")
    >>> found.labels["background"].tolist(), found.table["effect"].round(1).tolist()
    (['0.1', '0.5'], [3.6, 2.0])
    """
    if not isinstance(nulls, Mapping) or not nulls:
        raise TypeError("nulls is a mapping of names to backgrounds, one at least")
    each = {name: GIA(model, x, n, **options) for name, x in by_name(nulls).items()}
    named = named_designs(next(iter(each.values())), designs)
    numbers = {name: gia.n for name, gia in each.items()}
    if len(set(numbers.values())) > 1:
        raise ValueError(
            f"as many of all backgrounds are taken, and there are {numbers}: give n"
        )
    parts: dict[str, Effects] = {}
    while len({part.n for part in parts.values()}) != 1:  # until_se may take more of one
        for name, gia in each.items():
            gia.n = max(gia.n for gia in each.values())
            contrasts = [importance_of(d, x, background=name) for d, x in named.items()]
            parts[name] = gia.effects(contrasts, "backgrounds")
    about = {name: part.provenance["background"] for name, part in parts.items()}
    whole = together(list(parts.values()))
    spread = {}
    for design in named:
        some = whole.only(name=design, head=whole.heads[0], scale="score").table["effect"]
        mean = float(some.mean())
        spread[design] = {
            "least": float(some.min()),
            "greatest": float(some.max()),
            "relative": float(np.ptp(some) / abs(mean)) if mean else None,
        }
    return whole.with_summary(spread=spread).with_provenance(backgrounds=about)
