"""follow_up: from a map to the test of what it suggests.

A pair that stands out says that two places depend on each other among the sequences that a
model likes.  That may be because the model wants two patterns together, or because each of
them is enough alone, or for the selection itself.  So the patterns are taken out of the
sequences, put into random ones, and the model is asked: each alone, both together, at the
distance of the map and at others.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np
import numpy.typing as npt

from ._checks import check_size
from ._draws import Rng, resolve_seed
from ._growing import grown_patterns
from ._peaks import Peak, motif_width, strongest_peak, telling_kmers
from .errors import FastMIError
from .gia import GIA, Design, Effects, Placement, Statistics
from .gia._given import as_numbers
from .gia.contrasts import importance_of
from .gia.copies import joint_verdict
from .gia.effects import write_table
from .gia.engine import N_BACKGROUNDS
from .gia.spacing import spacing
from .gia.statistics import describe
from .interpretation import Interpretation, Selected, map_of, significance_of
from .mi import SequenceTables
from .results import MIResult
from .sequences import PackedSequences
from .simulate import random

if TYPE_CHECKING:
    from .stats.result import Significance

_STANDS_OUT = 6.0  # standard deviations of the pairs looked at
_MOST_Q = 0.05  # of a pair, where the map was tested
_MINIMAL = 0.1  # standard deviations of the backgrounds' scores: an effect that matters
_AROUND = 10  # gaps on either side of that of the map


@dataclass(frozen=True, eq=False, repr=False)
class Followed:
    """One pair of a map, and what the model made of it.

    Attributes
    ----------
    peak : Peak
        The pair, and whether it is one place or one distance.
    q : float
        Of the pair, if the map was tested, else NaN; of a distance, the least of its pairs.
    within : bool
        Whether the two are as close as positions of one motif are.
    kmers : (str, str)
        The k-mers whose number together is farthest from chance.
    patterns : (str, str)
        Grown from them by the letters that go with them.
    gap : int
        Letters between the two patterns.
    start : int
        Where the left one stands in the test.
    alone : Effects
        The importance of each pattern alone and of both, in these places.
    spacing : Effects
        Both patterns at this gap and others: importance and interaction.
    verdicts : mapping
        By scale: "synergistic", "saturating", "additive", "one acts" or "no effect".
    """

    peak: Peak
    q: float
    within: bool
    kmers: tuple[str, str]
    patterns: tuple[str, str]
    gap: int
    start: int
    alone: Effects
    spacing: Effects
    verdicts: Mapping[str, str]

    def __str__(self) -> str:
        a, b = self.patterns
        said = ", ".join(dict.fromkeys(self.verdicts.values()))
        return f"{a} and {b}, gap {self.gap}: {said}"

    def __repr__(self) -> str:
        return f"<Followed: {self}>"


@dataclass(frozen=True, eq=False, repr=False)
class FollowUp:
    """The pairs of a map that were followed, strongest first.

    Attributes
    ----------
    pairs : tuple of Followed
        One at least.
    min_distance : int
        The shortest distance that was taken for beyond one motif, in letters.
    head : str
        Which of the model's scores; empty where it has one.
    table : ndarray, structured
        A row for each pair and scale: see :func:`follow_up`.
    """

    pairs: tuple[Followed, ...]
    min_distance: int
    head: str
    table: npt.NDArray[Any]

    def __repr__(self) -> str:
        return f"<FollowUp: {'; '.join(map(str, self.pairs))}>"

    def __getitem__(self, index: int) -> Followed:
        return self.pairs[index]

    def __len__(self) -> int:
        return len(self.pairs)

    def to_dict(self) -> dict[str, list[Any]]:
        """The table as lists by column."""
        return {name: self.table[name].tolist() for name in self.table.dtype.names or ()}

    def to_tsv(self, target: str | os.PathLike[str] | TextIO) -> None:
        """Write the table as tab-separated text.

        Parameters
        ----------
        target : path-like or text stream
            A file is written whole or not at all; ``.gz`` is compressed.
        """
        write_table(self.table, target)


def follow_up(
    result: MIResult | Significance | Selected | Interpretation,
    model: Any,
    background: object = None,
    *,
    n_pairs: int = 3,
    n: int | None = None,
    min_distance: int | None = None,
    gaps: int | Iterable[int] | None = None,
    flank: int = 6,
    statistics: Statistics | None = None,
    head: str | None = None,
    rng: Rng = None,
    **options: Any,
) -> FollowUp:
    """Test what a map suggests: the patterns behind its strongest pairs, alone and together.

    For each of the strongest pairs beyond the width of one motif: the k-mers whose number
    together is farthest from chance; where there are more of them than by chance, grown into
    patterns by the letters that go with them in the sequences. Then each pattern alone, both
    at the gap of the map, and both at other gaps and in the other order, in backgrounds.

    Parameters
    ----------
    result : MIResult, Significance, Selected or Interpretation
        A map with the sequences or counts behind it: what :func:`fastmi.interpret` or
        :func:`fastmi.pairwise_mi` gives, or the file of an interpretation. Of a map that was
        tested, only pairs with a q of at most 0.05.
    model : object
        The model to ask, as for :class:`fastmi.gia.GIA`.
    background : Source, path-like, list of str or array_like, optional
        What the patterns are written into; by default random letters, all equally likely.
    n_pairs : int
        How many pairs, at most.
    n : int, optional
        Backgrounds, as for :class:`fastmi.gia.GIA`.
    min_distance : int, optional
        The shortest distance, from start to start, that is beyond one motif; by default the
        first one at which the map has fallen to what it is at far distances.
    gaps : int or iterable of int, optional
        Gaps to test; by default that of the map and up to ten on either side.
    flank : int
        Letters that a pattern may be longer on either side than its k-mer.
    statistics : Statistics, optional
        How intervals and tests are made; by default with a ``minimal`` effect of 0.1 standard
        deviations of the backgrounds' scores.
    head : str, optional
        Which of the model's scores the verdict is about; by default an only one, or that of
        the selection.
    rng : int, numpy Generator or None
        For the backgrounds, as for :func:`fastmi.simulate.random`.
    **options : Any
        Whatever else :class:`fastmi.gia.GIA` takes, such as ``transform="logit"``.

    Returns
    -------
    FollowUp
        ``table`` has ``i``, ``j``, ``distance``, ``mi`` (of the strongest place, or the mean
        of the distance), ``excess`` (over the rest of the map, in its standard deviations),
        ``q`` (of the pair, or the least of the distance; NaN if not tested), ``place``,
        ``kmer_i``, ``kmer_j``, ``pattern_a``, ``pattern_b``, ``gap``, ``within`` (one motif),
        ``head``, ``scale``, ``effect_a``, ``effect_b``, ``effect_together``, ``interaction``
        with ``low`` and ``high``, its ``p``, ``specific`` (the interaction at this gap less
        the mean of those at all others) with ``specific_low`` and ``specific_high``, and
        ``verdict``.

    Raises
    ------
    FastMIError
        Nothing stands out in the map.
    ValueError
        The counts behind the map are not here, or a parameter is wrong.

    Notes
    -----
    An effect is there if p of its being no larger than ``minimal`` is below 1 - confidence,
    divided by the number of such tests. The verdict, of a scale, is that of
    :func:`fastmi.gia.copies`: "synergistic" where the interaction is there and both together do
    more than the sum of what they do alone, in size; "saturating" where they do less, as where
    one is enough; else "additive", "one acts" or "no effect", by which of them have an effect
    alone.

    A pair stands out if it exceeds the median of the pairs looked at by six of their
    standard deviations, and its q, if there is one, is at most 0.05; where none beyond one
    motif does, the strongest within one is followed. Without a test (``null=None``) that is a
    rule to begin with, and no significance.

    Examples
    --------
    >>> import fastmi
    >>> a, b = (fastmi.Motif.from_iupac(letters) for letters in ("CACGTG", "GGAA"))
    >>> model = fastmi.models.MotifPair([a, b], gap=8, order="fixed")
    >>> random = fastmi.simulate.random(200_000, 40, rng=1)
    >>> found = fastmi.interpret(model, random, select="top 1%", k=3, null=None)
    >>> done = fastmi.follow_up(found, model, n=300, n_pairs=1, rng=2)
    >>> done
    <FollowUp: CACGTG and GGAA, gap 8: synergistic>
    """
    selected, tested, result = _selected(result), significance_of(result), map_of(result)
    if result.measure != "MI":
        raise ValueError(f"follow_up is of mutual information, this is {result.measure}")
    n_pairs, flank = check_size("n_pairs", n_pairs, 1), check_size("flank", flank)
    asked = None if gaps is None else as_numbers("gap", gaps)
    sequences = _sequences(result, selected)
    if min_distance is None:
        shortest = motif_width(result)
    else:
        shortest = check_size("min_distance", min_distance, result.k)
    seed = resolve_seed(rng)
    if background is None:
        wanted = N_BACKGROUNDS if n is None else check_size("n", n, 1)
        background = random(wanted, result.length, result.alphabet, rng=seed)
    how = statistics or Statistics(minimal=_MINIMAL)
    gia = GIA(
        model, background, n, statistics=how, alphabet=result.alphabet, rng=seed, **options
    )
    if gia.length < result.length:
        raise ValueError(
            f"the backgrounds have {gia.length} letters, the sequences of the map "
            f"{result.length}"
        )
    head = _head(gia, head, None if selected is None else selected.head)

    found = []
    for peak, q, within in _peaks(result, tested, shortest, n_pairs):
        kmers, together = telling_kmers(result, peak.pairs)
        grown = sequences if together else None  # few have both, and those by chance
        patterns, gap, before = grown_patterns(grown, result, peak, kmers, flank)
        found.append(_asked(gia, peak, q, within, kmers, patterns, gap, before, asked))
    if not found:
        raise FastMIError(
            "nothing stands out in the map: no pair exceeds the others by "
            f"{_STANDS_OUT:g} standard deviations"
            + (f" and has a q of at most {_MOST_Q:g}" if tested else "")
        )
    return _reported(found, shortest, head)


def _peaks(
    result: MIResult, tested: Significance | None, min_distance: int, n_pairs: int
) -> Iterator[tuple[Peak, float, bool]]:
    """The pairs that stand out, strongest first, their q, whether they are within one motif."""
    apart = np.subtract.outer(np.arange(result.n_positions), np.arange(result.n_positions)).T
    for within, shortest in ((False, min_distance), (True, result.k)):
        free = apart >= shortest
        found = 0
        while found < n_pairs:
            peak = strongest_peak(result, free)
            if peak is None or peak.excess < _STANDS_OUT:
                break
            cells = tuple(np.transpose(peak.pairs))
            q = (
                np.nan
                if tested is None
                else float(np.fmin.reduce(tested.q[cells], initial=np.inf))
            )
            if q > _MOST_Q:
                free[cells] = False
                continue
            yield peak, q, within
            found += 1
            near = np.abs(apart - peak.distance) < 2 * result.k  # the same patterns, shifted
            if not peak.everywhere:
                i = np.arange(result.n_positions)
                near &= (np.abs(i - peak.i) < 2 * result.k)[:, None]
                near |= (np.abs(i - peak.i) < result.k)[:, None] & (
                    np.abs(i - peak.j) < result.k
                )
            free &= ~near
        if found:
            return


def _asked(
    gia: GIA,
    peak: Peak,
    q: float,
    within: bool,
    kmers: tuple[str, str],
    patterns: tuple[str, str],
    gap: int,
    before: int,
    gaps: Iterable[int] | None,
) -> Followed:
    """What the model makes of two patterns."""
    a, b = patterns
    most = gia.length - len(a) - len(b)
    wanted = (
        range(max(0, gap - _AROUND), min(most, gap + _AROUND) + 1) if gaps is None else gaps
    )
    every = sorted({gap, *wanted})
    start = None if peak.everywhere else max(0, peak.i - before)
    if start is not None:  # in its place, so that wider gaps must fit to the right of it
        every = [g for g in every if start + len(a) + g + len(b) <= gia.length]
    span = spacing(gia, a, b, every, start=start)
    first = (most - gap) // 2 if start is None else start
    one, other = Placement(a, first), Placement(b, first + len(a) + gap)
    designs = {"a": Design((one,)), "b": Design((other,)), "both": Design((one, other))}
    contrasts = [importance_of(str(d), d, which=which) for which, d in designs.items()]
    alone = gia.effects(contrasts, "patterns of a pair")
    return Followed(peak, q, within, kmers, patterns, gap, first, alone, span, {})


def _reported(found: Sequence[Followed], min_distance: int, head: str) -> FollowUp:
    """Verdicts, and the table."""
    scales = list(dict.fromkeys(found[0].alone.labels["scale"].tolist()))
    rows, pairs = [], []
    level = (1 - found[0].alone.statistics.confidence) / (3 * len(found) * len(scales))
    for one in found:
        verdicts = {}
        for scale in scales:
            rows.append(_row(one, head, scale, level))
            verdicts[scale] = rows[-1]["verdict"]
        pairs.append(replace(one, verdicts=verdicts))
    kinds = [(name, np.array([row[name] for row in rows]).dtype) for name in rows[0]]
    table = np.array([tuple(row.values()) for row in rows], kinds)
    return FollowUp(tuple(pairs), min_distance, head, table)


def _row(one: Followed, head: str, scale: str, level: float) -> dict[str, Any]:
    """The numbers of a pair on a scale, and what they say; an effect is there if p < level."""
    peak, alone = one.peak, one.alone.only(head=head, scale=scale)
    effects = dict(zip(("a", "b", "both"), alone.table, strict=True))
    span = one.spacing.only(quantity="interaction", head=head, scale=scale)
    here = (span.labels["gap"] == one.gap) & (span.labels["order"] == "ab")
    together = span.table[here][0]
    special = np.full(3, np.nan)
    if not here.all():
        apart = span.local[here] - span.local[~here].mean(axis=0)
        numbers = describe(apart, span.statistics, span.background_sd[here])[0]
        special[:] = numbers["effect"], numbers["low"], numbers["high"]
    row = {
        "i": peak.i,
        "j": peak.j,
        "distance": peak.distance,
        "mi": peak.value,
        "excess": peak.excess,
        "q": one.q,
        "place": "anywhere" if peak.everywhere else "one place",
        "kmer_i": one.kmers[0],
        "kmer_j": one.kmers[1],
        "pattern_a": one.patterns[0],
        "pattern_b": one.patterns[1],
        "gap": one.gap,
        "within": one.within,
        "head": head,
        "scale": scale,
        "effect_a": effects["a"]["effect"],
        "effect_b": effects["b"]["effect"],
        "effect_together": effects["both"]["effect"],
        "interaction": together["effect"],
        "low": together["low"],
        "high": together["high"],
        "p": together["p"],
        "specific": special[0],
        "specific_low": special[1],
        "specific_high": special[2],
    }
    rows = {"a": effects["a"], "b": effects["b"], "interaction": together}
    there = {what: bool(of["p_minimal"] < level) for what, of in rows.items()}
    return {**row, "verdict": _verdict(row, there)}


def _verdict(row: Mapping[str, Any], there: Mapping[str, bool]) -> str:
    """What the numbers say."""
    if there["interaction"]:
        return joint_verdict(row["effect_together"], row["effect_a"] + row["effect_b"])
    if there["a"] and there["b"]:
        return "additive"
    return "one acts" if there["a"] or there["b"] else "no effect"


def _selected(given: MIResult | Significance | Selected | Interpretation) -> Selected | None:
    """The selection that a map is of, where it is known."""
    if isinstance(given, Interpretation) and len(given.selected) == 1:
        return given.selected[0]
    return given if isinstance(given, Selected) else None


def _sequences(result: MIResult, selected: Selected | None) -> PackedSequences | None:
    """The sequences behind a map, where they are here."""
    if selected is not None:
        return selected.sequences
    source = result.source
    return source.job.sequences if isinstance(source, SequenceTables) else None


def _head(gia: GIA, head: str | None, of_map: str | None) -> str:
    """The score that a verdict is about: that asked for, an only one, or that of the map."""
    if head is None:
        head = gia.heads[0] if len(gia.heads) == 1 else of_map
    if not head and len(gia.heads) > 1:
        raise ValueError(f"the model has the scores {', '.join(gia.heads)}: say which, head=")
    if head not in gia.heads:
        raise ValueError(
            f"the model has the scores {', '.join(gia.heads)}, and not {head!r}: give heads= "
            "the names that they have in the map, or another head="
        )
    return str(head)
