"""explore: from the strongest pair of a map to the motif behind it, and on to its partner.

The loop of Fig. 1 of the PlotMI paper.  What a model likes may stand anywhere in random
sequences, and its map shows distances only.  With the motif that makes the strongest pair
put in one place, everything that depends on it has a place, too, and the next map shows it.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ._checks import check_size
from ._draws import Rng, resolve_seed
from ._peaks import leading_kmers, strongest_peak
from .aligning import refined
from .errors import FastMIError, FastMIWarning
from .interpretation import Interpretation
from .interpreting import interpret
from .motifs import Motif
from .results import MIResult
from .scoring import source_to_score
from .simulate import embed, profile


@dataclass(frozen=True, eq=False)
class Step:
    """One turn of the loop.

    Attributes
    ----------
    embedded : tuple of (Motif, int)
        What was put into the background, and where.
    interpretation : Interpretation
        What came of it.
    pair : (int, int)
        The strongest pair outside what was embedded; of a diagonal, its strongest cell.
    everywhere : bool
        Whether that pair's distance is strong wherever it is, as where a motif may stand
        anywhere, rather than in one place.
    kmers : (str, str)
        The k-mers that contribute most to it.
    motif : Motif
        Made of the selected sequences, beginning with these k-mers.
    start : int or None
        Where it begins; None where it is everywhere.
    """

    embedded: tuple[tuple[Motif, int], ...]
    interpretation: Interpretation
    pair: tuple[int, int]
    everywhere: bool
    kmers: tuple[str, str]
    motif: Motif
    start: int | None

    def __repr__(self) -> str:
        where = "anywhere" if self.start is None else f"at {self.start}"
        with_ = ", ".join(f"{m.consensus()} at {at}" for m, at in self.embedded) or "nothing"
        i, j = self.pair
        a, b = self.kmers
        return (
            f"<Step: {with_} embedded; strongest pair ({i}, {j}), {a}~{b}; "
            f"motif {self.motif.consensus(iupac=True)} {where}>"
        )


def explore(
    model: Any,
    background: object,
    *,
    select: str = "top 1%",
    k: int = 3,
    steps: int = 2,
    start: int | None = None,
    flank: int = 6,
    pseudocount: float = 5.0,
    rng: Rng = None,
    **options: Any,
) -> tuple[Step, ...]:
    """Find motifs that a model wants together, one after the other.

    Each step scores the background, maps the selected sequences, takes the strongest pair that
    is not within what was embedded, makes a motif of the k-mers behind it, and embeds that
    for the next step.

    Parameters
    ----------
    model : object
        As for :func:`fastmi.interpret`.
    background : Source, path-like, list of str or array_like
        As for :func:`fastmi.interpret`; random, without what is looked for.
    select : str
        As for :func:`fastmi.interpret`; one selection.
    k : int
        Letters in a k-mer.
    steps : int
        How many maps are made.
    start : int, optional
        Where a motif that may stand anywhere is put, or as near as it fits; by default in the
        middle.
    flank : int
        Letters that a motif may be longer on either side than the pair that it begins with.
    pseudocount : float
        As for :func:`fastmi.pairwise_mi`. It makes what is embedded, and so stands in every
        sequence, look dependent on itself; pairs there are not looked at.
    rng : int, numpy Generator or None
        For the embedding, as for :func:`fastmi.simulate.random`.
    **options : Any
        Whatever else :func:`fastmi.interpret` takes; ``null`` is None unless it is given, as
        the strongest pair leads on, whatever is left of it.

    Returns
    -------
    tuple of Step
        Fewer than asked for where a map has nothing more to show.

    Examples
    --------
    >>> import fastmi
    >>> def pair(strings):  # CATG, and GGCC ten letters after its start
    ...     return [float(s[s.find("CATG") + 10 :].startswith("GGCC")) +
    ...             ("CATG" in s) for s in strings]
    >>> model = fastmi.models.wrap(pair, takes="strings")
    >>> random = fastmi.simulate.random(60_000, 40, rng=1)
    >>> first, second = fastmi.explore(model, random, select="top 2%", k=2, flank=0, rng=2)
    >>> first.motif.consensus(), second.motif.consensus()
    ('CATG', 'GGCC')
    """
    source = source_to_score(background, options.pop("alphabet", None))
    seed = resolve_seed(rng)
    steps = check_size("steps", steps, 1)
    for name, letters in (("flank", flank), ("start", 0 if start is None else start)):
        if check_size(name, letters) >= source.length:
            raise ValueError(
                f"{name} must be below {source.length}, the sequences' length, got {letters}"
            )
    if not isinstance(select, str):
        raise TypeError(f"select is one selection, a string, got {select!r}")
    embedded: tuple[tuple[Motif, int], ...] = ()
    taken: list[Step] = []
    for n in range(steps):
        made = source
        for m, (motif, at) in enumerate(embedded):
            made = embed(made, motif, starts=[at], rng=(seed + m) % 2**64)
        with warnings.catch_warnings():
            if embedded:  # what the pseudocount does to positions that never vary is known
                warnings.simplefilter("ignore", FastMIWarning)
            found = interpret(
                model,
                made,
                select=select,
                k=k,
                pseudocount=pseudocount,
                **{"null": None, **options},
            )
        step = _step(found, embedded, flank)
        if step is None:
            if n == 0:
                raise FastMIError("the map has no pair that stands out")
            break
        taken.append(step)
        place = step.start
        if place is None:
            room = source.length - len(step.motif)
            place = room // 2 if start is None else min(start, room)
        embedded = (*embedded, (step.motif, place))
    return tuple(taken)


def _step(
    found: Interpretation, embedded: tuple[tuple[Motif, int], ...], flank: int
) -> Step | None:
    """What the strongest pair of a map is about."""
    if len(found.heads) > 1:
        raise FastMIError(
            f"the model gives {len(found.heads)} scores a sequence, and one is explored: say "
            "which by output="
        )
    (selected,) = found.selected
    result = selected.map
    free = _outside(result, [(at, at + len(motif)) for motif, at in embedded])
    peak = strongest_peak(result, free)
    if peak is None:
        return None
    i, j, everywhere = peak.i, peak.j, peak.everywhere
    a, b = leading_kmers(result, peak.pairs)
    rows = slice(i, j + result.k)
    motif = (
        _seed(a, b, j - i, result)
        if everywhere  # in one place, what stands there says more than one pair of k-mers
        else Motif(f"{a}~{b}", profile(selected.sequences)[rows], result.alphabet)
    )
    codes = selected.sequences.to_codes()
    places = slice(None) if everywhere else slice(i, i + 1)
    motif, grown = refined(codes, motif, flank=flank, starts=places)
    begin = None if everywhere else max(0, i - grown)
    return Step(embedded, found, (i, j), everywhere, (a, b), motif, begin)


def _outside(result: MIResult, spans: Sequence[tuple[int, int]]) -> npt.NDArray[np.bool_]:
    """Pairs of which neither k-mer touches what was embedded, shape (P, P)."""
    p = np.arange(result.n_positions)
    free = np.ones(len(p), bool)
    for begin, end in spans:
        free &= (p + result.k <= begin) | (p >= end)
    return np.asarray(np.triu(free[:, None] & free, result.k))


def _seed(a: str, b: str, distance: int, result: MIResult) -> Motif:
    """The k-mers as a motif, with any letters between them."""
    kind = result.alphabet
    rows = np.full((distance + result.k, len(kind)), 1 / len(kind))
    for at, kmer in ((0, a), (distance, b)):
        for t, letter in enumerate(kmer):
            rows[at + t] = 0
            rows[at + t, kind.letters.index(letter)] = 1
    return Motif(f"{a}~{b}", rows, kind)
