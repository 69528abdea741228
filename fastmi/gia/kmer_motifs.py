"""kmer_motif: the best k-mers, laid over the first, as a motif for TOMTOM and the like."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from .._checks import check_share, check_size
from .._numbers import Doubles
from .._packing import Bytes
from ..errors import FastMIError
from ..motifs import Motif
from .kmer_search import KmerSearch

Strands = Literal["+", "both"]

_USUAL = 10  # k-mers, as in the paper
_HALF = 0.5  # of the weight, which covers a column beside the best k-mer


def kmer_motif(
    search: KmerSearch,
    n: int | None = None,
    *,
    head: str | int | None = None,
    strands: Strands = "+",
    coverage: float | None = None,
    name: str | None = None,
) -> Motif:
    r"""The best k-mers of a search, aligned to one motif.

    Parameters
    ----------
    search : KmerSearch
        Of :func:`kmers`.
    n : int, optional
        How many k-mers, at most as many as were looked for; by default ten, or these. Those
        without a positive effect are left out.
    head : str or int, optional
        By which of the model's scores, its name or number; by default the first.
    strands : {"+", "both"}
        Whether a k-mer may be turned round, for models of DNA that read both strands.
    coverage : float, optional
        Share of the weight that the first and the last column have at least, from 0 (all that
        the k-mers cover) to 1 (what they have in common); or the most that a column has. By
        default all of the best k-mer is there, and what half of the weight covers beside it.
    name : str, optional
        Of the motif; by default the best k-mer.

    Returns
    -------
    Motif
        ``n_sites`` is the number of k-mers. :func:`fastmi.write_motifs` writes it as MEME;
        databases of DNA are searched with ``motif.with_alphabet("dna")``.

    Raises
    ------
    FastMIError
        No k-mer has a positive effect.

    Notes
    -----
    Each k-mer, without gaps, is laid where it has the most letters in common with the best one
    (cross-correlation of one-hot letters): of offsets -(k - 1) to k - 1, the one nearest to 0,
    of two the left one, and strand "+" first where several have as many. So one that has no
    letter in common stays at 0. With weights w, the effects, column c has the frequencies

    .. math:: p_{ca} = \frac{\sum_i w_i \, [\text{k-mer } i \text{ has letter } a \text{ at } c]
              + (W - W_c) / A}{W},

    where W is the sum of all weights and :math:`W_c` that of the k-mers that cover c: what a
    k-mer does not tell may be any letter. The alignment motif of Fig. 4b of P. K. Koo et al.,
    doi:10.1371/journal.pcbi.1008925. (The authors' code aligns all 4,096 k-mers, not the top
    10; never tries the last offset; and cuts the last column off.)

    Examples
    --------
    >>> import fastmi
    >>> from fastmi.gia import GIA, kmer_motif, kmers
    >>> model = fastmi.models.wrap(lambda s: [x.count("GCAU") for x in s], takes="strings")
    >>> gia = GIA(model, fastmi.simulate.random(1000, 20, "rna", rng=1))
    >>> kmer_motif(kmers(gia, k=4, top=5), 5).consensus()
    'GCAU'
    """
    if strands not in get_args(Strands):
        raise ValueError(f"strands must be '+' or 'both', got {strands!r}")
    alphabet = search.alphabet
    partners = None
    if strands == "both":
        if alphabet.complement is None:
            raise ValueError(f"{alphabet.name} has no complement, so no strands 'both'")
        partners = alphabet.complement
    share = _HALF if coverage is None else check_share("coverage", coverage)
    n = min(_USUAL, search.n_top) if n is None else check_size("n", n, 1)
    rows = search.top(n, head)
    rows = rows[rows["effect"] > 0]
    if not len(rows):
        raise FastMIError("no k-mer has a positive effect, so there is nothing to align")
    letters = "".join(rows["kmer"]).encode("latin-1")
    codes = alphabet.lookup[np.frombuffer(letters, np.uint8)].reshape(len(rows), search.k)
    aligned, offsets = lay_over_first(codes, partners)
    counts, covered = _counted(aligned, offsets, rows["effect"], len(alphabet))
    enough = covered >= min(share, covered.max()) - 1e-9
    if coverage is None:
        enough[-offsets.min() :][: search.k] = True
    kept = np.flatnonzero(enough)
    counts = counts[kept[0] : kept[-1] + 1]
    return Motif.from_counts(
        counts * len(rows), str(rows["kmer"][0]) if name is None else name, alphabet
    )


def lay_over_first(
    codes: Bytes, partners: Bytes | None = None
) -> tuple[Bytes, npt.NDArray[np.int64]]:
    """Where k-mers have most letters in common with the first one.

    Parameters
    ----------
    codes : ndarray of uint8, shape (n, k)
        The k-mers.
    partners : ndarray of uint8, optional
        Of each code, as ``Alphabet.complement``, where k-mers may be turned round.

    Returns
    -------
    aligned : ndarray of uint8, shape (n, k)
        The k-mers, some of them turned round.
    offsets : ndarray of int64, shape (n,)
        Where each begins, in letters after the begin of the first.
    """
    first, k = codes[0], codes.shape[1]
    places = sorted(range(1 - k, k), key=lambda o: (abs(o), o))
    aligned, offsets = codes.copy(), np.zeros(len(codes), np.int64)
    for row in range(1, len(codes)):
        ways = [codes[row]] if partners is None else [codes[row], partners[codes[row]][::-1]]
        most = -1
        for o in places:
            for way in ways:
                own, other = first[max(o, 0) : k + min(o, 0)], way[max(-o, 0) : k - max(o, 0)]
                if (same := int((own == other).sum())) > most:
                    most, offsets[row], aligned[row] = same, o, way
    return aligned, offsets


def _counted(
    codes: Bytes, offsets: npt.NDArray[np.int64], weights: Doubles, size: int
) -> tuple[Doubles, Doubles]:
    """Frequencies of letters in the columns of an alignment, and the share that covers each."""
    share = weights / weights.sum()
    columns = offsets - offsets.min()
    k = codes.shape[1]
    counts = np.zeros((int(columns.max()) + k, size))
    for kmer, first, weight in zip(codes, columns, share, strict=True):
        counts[np.arange(first, first + k), kmer] += weight
    covered = counts.sum(axis=1)
    return counts + np.maximum(1 - covered, 0)[:, None] / size, covered
