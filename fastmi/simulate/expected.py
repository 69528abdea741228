"""The map that simulated sequences would have, were there infinitely many: exact, uncounted.

Given where the motifs stand, letters are independent: each comes from its row of a motif, or
from the background.  So the joint distribution of two k-mers is a mixture of products, one for
each arrangement of the motifs.  It is the product of the margins plus a covariance, to which
only arrangements add that put a motif at both.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import TypeAlias

import numpy as np

from .._checks import check_length_k, check_pseudocount, check_share, check_size
from .._frequencies import Background, Frequencies, check_background, check_frequencies
from ..alphabet import Alphabet, get_alphabet
from ..motifs import ORDERS, Motif, Order
from ..results import square

Arrangement: TypeAlias = tuple[float, Sequence[tuple[Motif, int]]]

_MOST_BYTES = 1 << 32  # of the k-mers of all arrangements
_MOST_ARRANGEMENTS = 1 << 20
_CELLS = 1 << 21  # of tables evaluated together


def arrangements(
    motifs: Sequence[Motif],
    length: int,
    *,
    gap: int | Sequence[int],
    order: Order = "fixed",
    share: float = 1.0,
) -> list[Arrangement]:
    """Where motifs may stand that are so many letters apart, anywhere in a sequence.

    Parameters
    ----------
    motifs : sequence of Motif
        All of them stand in each sequence that has motifs.
    length : int
        Letters in a sequence. All places where the motifs fit are equally likely.
    gap : int, or one for each two neighbours
        Letters between the end of a motif and the start of the next.
    order : {"fixed", "random"}
        From left to right as given, or all orders equally likely; the gaps stay in place.
    share : float
        Of the sequences that have motifs; the others are background.

    Returns
    -------
    list of tuple
        Ready for :func:`expected_mi`: probability, and motifs with their starts.

    Examples
    --------
    >>> import fastmi
    >>> a, b = map(fastmi.Motif.from_iupac, ("CACGTG", "GGAA"))
    >>> len(arrangements([a, b], 20, gap=5, order="random"))  # 6 places, 2 orders
    12
    """
    if order not in ORDERS:
        raise ValueError(f"order must be 'fixed' or 'random', got {order!r}")
    if not motifs:
        raise ValueError("there are no motifs to arrange")
    share = check_share("share", share)
    between = [gap] * (len(motifs) - 1) if isinstance(gap, int | np.integer) else list(gap)
    if len(between) != len(motifs) - 1:
        raise ValueError(
            f"{len(motifs)} motifs have {len(motifs) - 1} gaps between them, got {len(between)}"
        )
    gaps = [0, *(check_size("gap", g) for g in between)]
    width = sum(map(len, motifs)) + sum(gaps)
    places = check_size("length", length) - width + 1
    if places < 1:
        raise ValueError(f"motifs and gaps take {width} letters, the sequences have {length}")
    n_orders = 1
    for n in range(1, len(motifs) + 1) if order == "random" else ():
        n_orders *= n
    if n_orders * places > _MOST_ARRANGEMENTS:
        raise ValueError(
            f"{len(motifs)} motifs have {n_orders * places:,} arrangements, the most is "
            f"{_MOST_ARRANGEMENTS:,}"
        )
    orders = list(permutations(motifs)) if order == "random" else [tuple(motifs)]
    found: list[Arrangement] = [] if share == 1 else [(1 - share, [])]
    for row in orders if share else ():
        lengths = [0, *map(len, row[:-1])]
        offsets = np.cumsum([g + w for g, w in zip(gaps, lengths, strict=True)])
        for start in range(places):
            starts = [int(start + offset) for offset in offsets]
            found.append((share / (len(orders) * places), list(zip(row, starts, strict=True))))
    return found


def expected_mi(
    arrangements: Sequence[Arrangement],
    length: int,
    k: int = 1,
    *,
    alphabet: str | Alphabet | None = None,
    background: Background = None,
    pseudocount: float = 0.0,
) -> Frequencies:
    """Mutual information of all pairs of k-mers where motifs are embedded, exactly.

    What :func:`fastmi.pairwise_mi` tends to as sequences become more: nothing is drawn, so
    nothing is left to chance.

    Parameters
    ----------
    arrangements : sequence of (float, sequence of (Motif, int))
        How likely each is, and which motifs stand where (0-based starts) in it; motifs do not
        overlap. The probabilities add to 1. :func:`arrangements` gives common ones.
    length : int
        Letters in a sequence.
    k : int
        Letters in a k-mer.
    alphabet : str or Alphabet, optional
        By default that of the motifs, or "dna" where there are none.
    background : mapping or array_like, optional
        Frequency of each letter outside the motifs, as for :meth:`fastmi.Motif.information`.
    pseudocount : float
        As for :func:`fastmi.pairwise_mi`, but by default 0.

    Returns
    -------
    ndarray of float64, shape (P, P)
        In bits, laid out as the matrix of :class:`fastmi.MIResult`: NaN where k-mers overlap.

    Examples
    --------
    >>> import fastmi
    >>> either = [(0.5, [(fastmi.Motif.from_iupac(two), 0)]) for two in ("AA", "CC")]
    >>> expected_mi(either, 3, alphabet="dna").tolist()
    [[nan, 1.0, 0.0], [1.0, nan, 0.0], [0.0, 0.0, nan]]
    """
    if not len(arrangements):
        raise ValueError("there are no arrangements")
    kind = _alphabet_of(arrangements, alphabet)
    m = kind.n_kmers(k)
    length, k = check_length_k(length, k)
    check_pseudocount(pseudocount)
    n_positions = length - k + 1
    n_bytes = 8 * len(arrangements) * n_positions * m
    if n_bytes > _MOST_BYTES:
        raise ValueError(
            f"{len(arrangements):,} arrangements of {n_positions:,} positions and {m:,} k-mers "
            f"would need {n_bytes:,} bytes, the most is {_MOST_BYTES:,}"
        )
    weights = check_frequencies(
        [share for share, _ in arrangements], (len(arrangements),), "the probabilities"
    )
    plain = check_background(background, kind)
    letters = np.stack([_letters(placed, length, plain) for _, placed in arrangements])
    shifts = _kmers(letters, k) - _kmers(plain[None, None], k)
    mean = np.tensordot(weights, shifts, 1)
    margins = mean + _kmers(plain[None], k)
    values = np.concatenate(
        [
            _row(i, i + k, weights, shifts, mean, margins, pseudocount)
            for i in range(n_positions - k)
        ]
    )
    return square(values, n_positions, k, np.nan)


def _alphabet_of(
    arrangements: Sequence[Arrangement], alphabet: str | Alphabet | None
) -> Alphabet:
    """The one alphabet of all motifs, or the one asked for; raise where they differ."""
    motifs = [motif for _, placed in arrangements for motif, _ in placed]
    first = motifs[0].alphabet if motifs else get_alphabet("dna")
    kind = first if alphabet is None else get_alphabet(alphabet)
    for motif in motifs:
        if motif.alphabet != kind:
            raise ValueError(
                f"motif {motif.name!r} is over {motif.alphabet.name!r}, not {kind.name!r}"
            )
    return kind


def _letters(
    placed: Sequence[tuple[Motif, int]], length: int, background: Frequencies
) -> Frequencies:
    """How likely each letter is at each position of an arrangement, shape (L, A)."""
    rows = np.tile(background, (length, 1))
    end, before = 0, ""
    for motif, start in sorted(placed, key=lambda one: one[1]):
        if not isinstance(start, int | np.integer) or isinstance(start, bool):
            raise TypeError(f"a start is a whole number, got {start!r}")
        if not 0 <= start <= length - len(motif):
            raise ValueError(
                f"motif {motif.name!r} of {len(motif)} letters does not fit at {start} into "
                f"sequences of length {length}"
            )
        if start < end:
            raise ValueError(f"motif {motif.name!r} at {start} overlaps with {before}")
        end, before = start + len(motif), f"{motif.name!r} at {start}"
        rows[start:end] = motif.frequencies
    return rows


def _kmers(letters: Frequencies, k: int) -> Frequencies:
    """How likely each k-mer is of independent letters, shape (..., P, M).

    One row of letters (..., 1, A) stands for all positions.
    """
    if letters.shape[-2] == 1:
        letters = np.repeat(letters, k, axis=-2)
    n = letters.shape[-2] - k + 1
    kmers = letters[..., :n, :]
    for more in range(1, k):
        longer = kmers[..., :, None] * letters[..., more : n + more, None, :]
        kmers = longer.reshape(*longer.shape[:-2], -1)
    return kmers


def _row(
    i: int,
    first: int,
    weights: Frequencies,
    shifts: Frequencies,
    mean: Frequencies,
    margins: Frequencies,
    pseudocount: float,
) -> Frequencies:
    """MI of the k-mers at i with those at ``first`` and after."""
    n_positions, m = margins.shape
    here = shifts[:, i].any(axis=1)  # the arrangements with a motif at i
    left = (weights[here, None] * shifts[here, i]).T
    step = max(1, _CELLS // m**2)
    found = []
    for start in range(first, n_positions, step):
        some = slice(start, start + step)
        products = np.multiply.outer(margins[i], margins[some])  # (M, J, M)
        tables = np.tensordot(left, shifts[here, some], 1)
        tables += products
        tables -= np.multiply.outer(mean[i], mean[some])
        np.maximum(tables, 0, out=tables)  # rounding can go below
        found.append(_mi(tables, pseudocount))
    return np.concatenate(found)


def _mi(tables: Frequencies, pseudocount: float) -> Frequencies:
    """MI in bits of the joint distributions (M, J, M), smoothed; shape (J,)."""
    tables = (tables + pseudocount / len(tables) ** 2) / (1 + pseudocount)
    products = tables.sum(axis=2)[:, :, None] * tables.sum(axis=0)
    terms = np.divide(tables, products, out=np.ones_like(tables), where=tables > 0)
    np.log2(terms, out=terms)
    terms *= tables
    return np.asarray(np.maximum(terms.sum(axis=(0, 2)), 0))
