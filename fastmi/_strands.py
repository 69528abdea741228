"""Both strands: reverse complements of sequences, and of the tables of their pairs.

The k-mers a at i and b at j of a sequence are those of its other strand that stand mirrored:
the reverse complement of b at P-1-j, and that of a at P-1-i.  So the table of a pair on the
other strand is that of its mirror image, turned round, and nothing is counted again.
"""

from __future__ import annotations

from contextlib import closing
from typing import Any

import numpy as np
import numpy.typing as npt

from ._gather import Gatherer
from .alphabet import Alphabet
from .sequences import PackedSequences

_BLOCK_LETTERS = 1 << 23


def check_strands(alphabet: Alphabet) -> npt.NDArray[np.uint8]:
    """The partner of each letter, shape (4,); raise where letters have none."""
    if alphabet.complement is None:
        raise ValueError(
            f"both strands are of DNA and RNA, and there are sequences over {alphabet.name!r}"
        )
    return alphabet.complement[: len(alphabet)]


def with_other_strand(sequences: PackedSequences, on_disk: bool = False) -> PackedSequences:
    """The sequences, and behind them the reverse complement of each with the same weight.

    Parameters
    ----------
    sequences : PackedSequences
        N of them. A missing letter is missing on both strands.
    on_disk : bool
        Whether both go to a temporary file.

    Returns
    -------
    PackedSequences
        2 N.
    """
    check_strands(sequences.alphabet)
    partner = sequences.alphabet.complement
    assert partner is not None
    plain = sequences.with_scores(None)
    if not len(plain):
        return plain
    step = max(1, _BLOCK_LETTERS // sequences.length)
    starts = range(0, len(plain), step)
    with closing(Gatherer()) as gathered:
        if on_disk:
            gathered.to_disk()
        for start in starts:
            gathered.add(plain[start : start + step])
        for start in starts:
            block = plain[start : start + step]
            other = partner[block.to_codes()[:, ::-1]]
            turned = PackedSequences.from_codes(other, sequences.alphabet, unknown="skip")
            gathered.add(turned.with_weights(block.weights))
        return gathered.finish()


def turned_kmers(alphabet: Alphabet, k: int) -> npt.NDArray[np.intp]:
    """Code of the reverse complement of each k-mer, shape (M,)."""
    partner = check_strands(alphabet).astype(np.intp)
    codes = np.arange(alphabet.n_kmers(k))
    turned = np.zeros_like(codes)
    for _ in range(k):
        codes, last = np.divmod(codes, len(alphabet))
        turned = turned * len(alphabet) + partner[last]
    return turned


def both_tables(
    tables: npt.NDArray[Any], n_positions: int, k: int, turned: npt.NDArray[np.intp]
) -> npt.NDArray[Any]:
    """The tables of all pairs on both strands; sums must fit.

    Parameters
    ----------
    tables : ndarray, shape (pairs, M, M)
        Of one strand, i-major.
    n_positions, k : int
        P, and the least distance of a pair.
    turned : ndarray of int, shape (M,)
        Of :func:`turned_kmers`.
    """
    i, j = np.triu_indices(n_positions, k)
    number = np.zeros((n_positions, n_positions), np.intp)
    number[i, j] = np.arange(len(i))
    both = np.empty_like(tables)
    for pair, mirror in enumerate(number[n_positions - 1 - j, n_positions - 1 - i]):
        np.add(tables[pair], tables[mirror].T[np.ix_(turned, turned)], out=both[pair])
    return both
