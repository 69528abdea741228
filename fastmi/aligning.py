"""Where a motif stands in sequences, and sequences shifted so that it stands in one place.

A map shows pairs of positions.  What depends on a motif that may stand anywhere is smeared
along a diagonal, and becomes a spot once the sequences are aligned on that motif.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from ._checks import check_size
from ._packing import Bytes
from .alphabet import UNKNOWN_CODE, Alphabet
from .errors import FastMIError
from .io import as_sequences
from .motifs import SCAN_PSEUDOCOUNT, STRANDS, Motif, Strand
from .sequences import PackedSequences

Ends = Literal["missing", "drop"]

_BLOCK_CELLS = 1 << 22  # scores held at a time


@dataclass(frozen=True, eq=False)
class Alignment:
    """Sequences aligned on a motif.

    Attributes
    ----------
    sequences : PackedSequences
        ``before`` letters, the motif, ``after`` letters; what lies beyond the ends of the
        original is missing.
    records : ndarray of int64, shape (n,)
        Which of the sequences given these are.
    starts : ndarray of int64, shape (n,)
        Where the motif began in them.
    strands : ndarray of str, shape (n,)
        "+" or "-"; those of "-" are reversed and complemented.
    motif_scores : ndarray of float64, shape (n,)
        Log-odds score of the motif there, in bits.
    first_position : int
        Number of the first letter if the motif starts at 0: ``-before``, for
        ``result.with_positions``.
    """

    sequences: PackedSequences
    records: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    strands: npt.NDArray[np.str_]
    motif_scores: npt.NDArray[np.float64]
    first_position: int


def align(
    data: object,
    motif: Motif | str,
    *,
    before: int | None = None,
    after: int | None = None,
    strands: Strand = "+",
    least_score: float | None = None,
    ends: Ends = "missing",
    alphabet: str | Alphabet | None = None,
) -> Alignment:
    """Shift sequences so that the best occurrence of a motif stands in one place.

    Parameters
    ----------
    data : PackedSequences, path-like, list of str or array_like
        The sequences, N of length L.
    motif : Motif or str
        A motif, or letters and IUPAC codes.
    before, after : int, optional
        Letters kept on either side of it; by default half of what the motif leaves.
    strands : {"+", "-", "both"}
        Where to look. Sequences with the motif on "-" are turned round.
    least_score : float, optional
        Sequences whose best occurrence has fewer bits (log-odds against equally likely
        letters) are left out; by default none is.
    ends : {"missing", "drop"}
        What to do where a sequence ends too soon: mark the letters missing (count with
        ``unknown="skip"``; each pair has its own number of sequences), or leave it out.
    alphabet : str or Alphabet, optional
        As for :func:`fastmi.pairwise_mi`.

    Returns
    -------
    Alignment

    Examples
    --------
    >>> found = align(["AACATGA", "CATGTTT"], "CATG", before=1, after=2)
    >>> found.starts.tolist(), found.sequences.to_strings()
    ([2, 0], ['ACATGAN', 'NCATGTT'])
    """
    sequences = as_sequences(data, alphabet)
    kind, length = sequences.alphabet, sequences.length
    wanted = Motif.from_iupac(motif, kind) if isinstance(motif, str) else motif
    if not isinstance(wanted, Motif):
        raise TypeError(f"a motif is a string or a Motif, got {type(motif).__name__}")
    wanted = wanted.with_alphabet(kind)
    if strands not in STRANDS:
        raise ValueError(f"strands must be '+', '-' or 'both', got {strands!r}")
    if ends not in get_args(Ends):
        raise ValueError(f"ends must be 'missing' or 'drop', got {ends!r}")
    width = len(wanted)
    if width > length:
        raise ValueError(f"the motif has {width} letters, the sequences {length}")
    rest = (length - width) // 2
    before = rest if before is None else check_size("before", before)
    after = rest if after is None else check_size("after", after)
    if max(before, after) > length:
        raise ValueError(f"before and after are at most {length}, got {before} and {after}")
    if len(sequences) == 0:
        raise FastMIError("there are no sequences")
    motifs = [] if strands == "-" else [wanted]
    if strands != "+":
        motifs.append(wanted.reverse_complement())
    codes = sequences.to_codes()
    (starts, scores), *other = (best_starts(codes, table_of(each)) for each in motifs)
    minus = np.full(len(codes), strands == "-")
    if other:
        minus = other[0][1] > scores
        starts = np.where(minus, other[0][0], starts)
        scores = np.maximum(scores, other[0][1])
    # letters before the motif on its own strand
    first = np.where(minus, length - width - starts, starts)
    kept = np.ones(len(codes), bool) if least_score is None else scores >= least_score
    if ends == "drop":
        kept &= (first >= before) & (first + width + after <= length)
    if not kept.any():
        raise FastMIError(
            f"none of the {len(codes):,} sequences has the motif with what is asked around it; "
            f"the best has {scores.max():.4g} bits"
        )
    if kind.complement is not None:  # else all are on strand +
        codes[minus] = kind.complement[codes[minus]][:, ::-1]
    windows = _windows(codes[kept], first[kept] - before, before + width + after)
    made = PackedSequences.from_codes(windows, kind, unknown="skip")
    weights, values = sequences.weights, sequences.scores
    made = made.with_weights(None if weights is None else weights[kept])
    made = made.with_scores(None if values is None else values[kept])
    return Alignment(
        made,
        np.flatnonzero(kept),
        starts[kept],
        np.where(minus[kept], "-", "+"),
        scores[kept],
        -before,
    )


def table_of(motif: Motif) -> npt.NDArray[np.float32]:
    """Scores of letters at the positions of a motif, 0 for a missing one: (w, A + 1)."""
    scores = motif.log_odds(pseudocount=SCAN_PSEUDOCOUNT)
    return np.pad(scores, ((0, 0), (0, 1))).astype(np.float32)


def best_starts(
    codes: Bytes, table: npt.NDArray[np.float32], allowed: slice = slice(None)
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Where a motif fits best in each sequence, the first of equals, and its score there.

    Parameters
    ----------
    codes : ndarray of uint8, shape (n, L)
        The sequences.
    table : ndarray of float32, shape (w, A + 1)
        As of :func:`table_of`.
    allowed : slice
        Of the starts 0 .. L - w.
    """
    width, size = table.shape
    n, length = codes.shape
    n_starts = length - width + 1
    places = np.arange(n_starts)[allowed]
    starts, best = np.empty(n, np.int64), np.empty(n)
    step = max(1, _BLOCK_CELLS // length)
    for at in range(0, n, step):
        block = np.minimum(codes[at : at + step], size - 1)
        scores = np.zeros((len(block), n_starts), np.float32)
        for t in range(width):
            scores += table[t][block[:, t : t + n_starts]]
        some = scores[:, allowed]
        where = some.argmax(axis=1)
        starts[at : at + step] = places[where]
        best[at : at + step] = some[np.arange(len(block)), where]
    return starts, best


def _windows(codes: Bytes, first: npt.NDArray[np.int64], width: int) -> Bytes:
    """Letters first .. first + width - 1 of each sequence, missing beyond its ends."""
    length = codes.shape[1]
    columns = first[:, None] + np.arange(width)
    inside = (columns >= 0) & (columns < length)
    taken = np.take_along_axis(codes, np.clip(columns, 0, length - 1), axis=1)
    return np.where(inside, taken, UNKNOWN_CODE).astype(np.uint8)


def refined(
    codes: Bytes,
    seed: Motif,
    *,
    flank: int = 0,
    starts: slice = slice(None),
    rounds: int = 12,
    least_information: float = 0.25,
) -> tuple[Motif, int]:
    """A motif made of what looks like a seed in sequences, over and over until it stays.

    Parameters
    ----------
    codes : ndarray of uint8, shape (n, L)
        The sequences.
    seed : Motif
        What to begin with.
    flank : int
        Positions that the motif may grow by on either side.
    starts : slice
        Where the seed may start.
    rounds : int
        How often at most.
    least_information : float
        Of the first and last positions that stay, in bits.

    Returns
    -------
    (Motif, int)
        The motif, and by how many positions it begins before the seed (negative: after).

    Notes
    -----
    A sequence counts with its best occurrence, if that is four times likelier than chance:
    if its score exceeds log2(places) + 2 bits. So letters of the background, which have many
    places to look like a weak motif in, do not water it down.
    """
    kind = seed.alphabet
    padded = np.pad(codes, ((0, 0), (flank, flank)), constant_values=UNKNOWN_CODE)
    wide = np.full((len(seed) + 2 * flank, len(kind)), 1 / len(kind))
    wide[flank : flank + len(seed)] = seed.frequencies
    motif = Motif(seed.name, wide, kind)
    n_places = len(range(codes.shape[1] - len(seed) + 1)[starts])
    threshold = np.log2(n_places) + 2
    for _ in range(rounds):
        where, scores = best_starts(padded, table_of(motif), starts)
        good = scores > threshold
        if not good.any():
            break
        windows = _windows(padded[good], where[good], len(motif))
        counts = [
            np.bincount(column[column < len(kind)], minlength=len(kind)) for column in windows.T
        ]
        before, motif = motif, Motif.from_counts(counts, seed.name, kind, pseudocount=0.5)
        if np.abs(before.frequencies - motif.frequencies).max() < 1e-3:
            break
    told = np.flatnonzero(motif.information() >= least_information)
    if not len(told):
        return seed, 0
    cut = Motif(seed.name, motif.frequencies[told[0] : told[-1] + 1], kind, motif.n_sites)
    return cut, int(flank - told[0])
