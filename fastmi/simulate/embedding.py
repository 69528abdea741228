"""Motifs written into sequences: what, where, in which order and on which strand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .._checks import check_share
from .._draws import Draws, Rng, Stream, resolve_seed
from .._packing import Bytes
from ..alphabet import UNKNOWN_CODE, Alphabet
from ..io import as_source
from ..motifs import STRANDS, Motif, Order, Strand
from ..sequences import PackedSequences
from ..sources import Source
from ._edited import Edited, lazily
from ._instances import Pattern, Strength, one_each, patterns
from .placing import GapLike, Layout, Places, layout

PLACEMENT = np.dtype(
    [("record", np.int64), ("motif", np.int32), ("start", np.int32), ("strand", "U1")]
)


class Arrangement(NamedTuple):
    """Of some records: where each motif starts, whether on strand -, and whether at all."""

    starts: Places
    minus: npt.NDArray[np.bool_]
    there: npt.NDArray[np.bool_]


class Plan(NamedTuple):
    """What is embedded and how: all but the sequences and the seed."""

    patterns: list[Pattern]
    layout: Layout
    strands: list[str]
    partner: Bytes | None
    share: float

    def about(self) -> dict[str, Any]:
        """What it is, ready for JSON."""
        return {
            "motifs": [
                {
                    "name": each.motif.name,
                    "frequencies": each.motif.frequencies.tolist(),
                    "strength": each.strength,
                }
                for each in self.patterns
            ],
            **self.layout.about(),
            "strands": self.strands,
            "share": self.share,
        }


class Embedded(Edited):
    """Sequences with motifs in them; see :func:`embed`."""

    _what = "embedded motifs"

    def __init__(self, source: Source, seed: int, plan: Plan) -> None:
        super().__init__(source, seed)
        self._plan = plan

    def placements(self, start: int = 0, stop: int | None = None) -> npt.NDArray[np.void]:
        """Where the motifs are: the truth, to hold against what a model or a map finds.

        Parameters
        ----------
        start, stop : int
            Of sequences ``start`` to ``stop - 1``; by default of all.

        Returns
        -------
        ndarray of records
            One for each motif in each sequence, in their order: ``record`` (number of the
            sequence), ``motif`` (its place in ``motifs``), ``start`` (0-based) and
            ``strand`` ("+" or "-").

        Examples
        --------
        >>> from fastmi import simulate
        >>> s = simulate.random(100, 30, "rna", rng=1)
        >>> simulate.embed(s, ["UGCAUG", "GACU"], starts=[3, 20], rng=1).placements(7, 8)
        array([(7, 0,  3, '+'), (7, 1, 20, '+')],
              dtype=[('record', '<i8'), ('motif', '<i4'), ('start', '<i4'), ('strand', '<U1')])
        """
        stop = len(self) if stop is None else stop
        self._check_block(start, stop)
        here = self._arranged(start, stop - start)
        row, motif = np.nonzero(here.there)
        placements = np.empty(len(row), PLACEMENT)
        placements["record"], placements["motif"] = row + start, motif
        placements["start"] = here.starts[row, motif]
        placements["strand"] = np.where(here.minus[row, motif], "-", "+")
        return placements

    def about(self) -> dict[str, Any]:
        """How they are made, ready for JSON."""
        return {"what": self._what, **self._origin, **self._plan.about()}

    def _arranged(self, first: int, n: int) -> Arrangement:
        """Where everything is in n records from ``first`` on."""
        return self._arrange(Draws(self._seed, Stream.PLACES, first, n), first, n)

    def _arrange(self, draws: Draws, first: int, n: int) -> Arrangement:
        starts = self._plan.layout.draw(draws, n)
        minus = self._minus(draws, n)
        there = np.ones((n, 1), np.bool_)
        if self._plan.share < 1:
            there = draws.words(1) < np.uint64(round(self._plan.share * 2**32))
        return Arrangement(starts, minus, np.broadcast_to(there, starts.shape))

    def _minus(self, draws: Draws, n: int) -> npt.NDArray[np.bool_]:
        """Which motifs are on strand -, shape (n, M)."""
        minus = np.zeros((n, len(self._plan.strands)), np.bool_)
        for m, strand in enumerate(self._plan.strands):
            minus[:, m] = draws.below(2) if strand == "both" else strand == "-"
        return minus

    def _edit(self, codes: Bytes, first: int) -> None:
        here = self._arranged(first, len(codes))
        draws = Draws(self._seed, Stream.MOTIFS, first, len(codes))
        for m, pattern in enumerate(self._plan.patterns):
            letters = pattern.instances.draw(draws)
            if self._plan.partner is not None and here.minus[:, m].any():
                other = self._plan.partner[letters[:, ::-1]]
                letters = np.where(here.minus[:, m, None], other, letters)
            write(codes, letters, here.starts[:, m], here.there[:, m])


def embed(
    data: object,
    motifs: str | Motif | Sequence[str | Motif],
    *,
    starts: int | Sequence[int] | None = None,
    gap: GapLike | list[GapLike] | None = None,
    start: int | None = None,
    order: Order = "fixed",
    strands: Strand | list[Strand] = "+",
    strength: Strength | list[Strength] = "sample",
    share: float = 1.0,
    alphabet: str | Alphabet | None = None,
    lazy: bool | None = None,
    rng: Rng = None,
) -> PackedSequences | Embedded:
    """Write motifs into sequences: at fixed places, some letters apart, or anywhere.

    Parameters
    ----------
    data : PackedSequences, Source, path-like, list of str or array_like
        The sequences, such as those of :func:`fastmi.simulate.random`.
    motifs : str or Motif, or several
        Letters, also IUPAC codes ("CANNTG"), or frequencies. U and T are the same.
    starts : int, or one for each motif, optional
        Fixed places of their first letters, 0-based. They may overlap where both always
        write the same letters. In a random order they are places, in which the motifs
        stand in turn.
    gap : int, tuple, mapping, or a list of these, optional
        Letters between the end of a motif and the start of the next: a number; a range
        ``(least, most)``, all equally likely; or ``{gap: probability}``. A list has one for
        each two neighbours from left to right. Where what is tied together starts is drawn
        from all places where it fits.
    start : int, optional
        Where it starts instead; also the place of a single motif.
    order : {"fixed", "random"}
        From left to right as given, or in any order, each equally likely.
    strands : {"+", "-", "both"}, or a list of these
        As they are, reversed and complemented, or either with probability 1/2, each motif of
        a sequence by itself; for all motifs, or a list with one for each. DNA and RNA.
    strength : {"sample", "consensus"}, float or tuple, or a list of these
        Which instances of a :class:`fastmi.Motif`: drawn by its frequencies; its likeliest
        letters; or, of those drawn, the ones whose scores are at this quantile, or in this
        band ``(low, high)`` of quantiles, 0 to 1. A string is drawn from what its letters stand
        for, whatever this says. For all motifs, or a list with one for each.
    share : float
        Probability that a sequence gets the motifs; else it stays as it is.
    alphabet : str or Alphabet, optional
        As for :func:`fastmi.pairwise_mi`.
    lazy : bool, optional
        Whether to make the sequences when they are asked for, as simulated ones are by
        default, and not now. Only then are there ``placements()``.
    rng : int, numpy Generator or None
        As for :func:`fastmi.simulate.random`.

    Returns
    -------
    PackedSequences or Embedded
        The sequences with their weights, without scores. ``Embedded`` where they are made
        when asked for: ``len``, slices, ``pack()``, and ``placements()``, where the motifs are.

    Raises
    ------
    ValueError, TypeError
        A parameter is wrong, or something cannot fit; nothing was drawn.

    Notes
    -----
    With neither ``starts`` nor ``gap`` the motifs stand anywhere without overlap, and each
    way to place them is equally likely. The random numbers of places and of letters are apart:
    other frequencies, the same places. So are those of :func:`fastmi.simulate.random`; but to
    embed twice takes two seeds.

    Examples
    --------
    >>> from fastmi import simulate
    >>> embed(["AAAAAAAAAAAA"], ["CG", "TT"], gap=3, start=1, rng=1).to_strings()
    ['ACGAAATTAAAA']
    >>> background = simulate.random(1_000_000, 100, rng=1)
    >>> pairs = embed(background, ["TGACTCA", "CACGTG"], gap=(30, 50), order="random", rng=1)
    >>> pairs
    <embedded motifs: 1,000,000 x 100, dna, made when asked for>
    >>> int((pairs.placements(0, 10)["motif"] == 0).sum())
    10
    """
    source = as_source(data, alphabet)
    options = {"starts": starts, "gap": gap, "start": start, "order": order}
    plan = make_plan(source, motifs, options, strands, strength, share)
    embedded = Embedded(source, resolve_seed(rng), plan)
    return embedded if lazily(data, lazy) else embedded.pack()


def make_plan(
    source: Source,
    motifs: object,
    options: dict[str, Any],
    strands: object = "+",
    strength: object = "sample",
    share: float = 1.0,
) -> Plan:
    """Check everything that :func:`embed` takes; ``options`` are those of ``layout``."""
    found = patterns(motifs, strength, source.alphabet)
    each_strand = one_each("strands", strands, len(found))
    for strand in each_strand:
        if strand not in STRANDS:
            raise ValueError(f"strands are '+', '-' or 'both', got {strand!r}")
    partner = None if set(each_strand) == {"+"} else source.alphabet.complement
    if partner is None and set(each_strand) != {"+"}:
        raise ValueError(
            f"strands other than '+' are of DNA and RNA, and the sequences are over "
            f"{source.alphabet.name!r}"
        )
    share = check_share("share", share)
    names, widths = zip(*((each.motif.name, len(each.motif)) for each in found), strict=True)
    placed = layout(source.length, widths, names, **options)
    plan = Plan(found, placed, each_strand, partner, share)
    if placed.starts is not None:
        _check_overlaps(plan, placed.starts)
    return plan


def write(codes: Bytes, letters: Bytes, starts: Places, there: npt.NDArray[np.bool_]) -> None:
    """Write letters, shape (n, w) or (1, w), at a start in each row that has them."""
    width = letters.shape[1]
    if there.all() and len(starts) and (starts == starts[0]).all():
        codes[:, starts[0] : starts[0] + width] = letters
        return
    at = np.arange(len(codes)) * codes.shape[1] + starts
    if not there.all():
        at = at[there]
        letters = letters if len(letters) == 1 else letters[there]
    codes.reshape(-1)[at[:, None] + np.arange(width)] = letters


def _check_overlaps(plan: Plan, starts: tuple[int, ...]) -> None:
    """Raise unless motifs that overlap at fixed starts always write the same letters there."""
    seen: dict[int, tuple[int, int]] = {}  # position: motif, and its code there
    for m, (start, pattern) in enumerate(zip(starts, plan.patterns, strict=True)):
        codes = pattern.instances.certain
        if plan.strands[m] == "-" and plan.partner is not None:
            codes = plan.partner[codes[::-1]]
        elif plan.strands[m] == "both":
            codes = np.full(len(codes), UNKNOWN_CODE, np.uint8)
        for position, code in enumerate(codes.tolist(), start):
            other, there = seen.setdefault(position, (m, code))
            if other != m and (code == UNKNOWN_CODE or code != there):
                names = [plan.patterns[each].motif.name for each in (other, m)]
                raise ValueError(
                    f"motifs {names[0]!r} at {starts[other]} and {names[1]!r} at {start} "
                    f"overlap and need not agree at position {position}"
                )
