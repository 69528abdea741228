"""Shuffled sequences: the same k-letter words, everything else by chance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _random
from .._checks import check_size
from .._draws import Rng, Stream, resolve_seed
from .._packing import Bytes
from .._run import Control, resolve_threads, run_job
from ..alphabet import Alphabet
from ..io import as_source
from ..sequences import PackedSequences
from ..sources import Simulated, Source, about_source
from ._edited import lazily

_PIECE = 1 << 22  # letters shuffled between two looks at whether to stop


@dataclass(frozen=True)
class Shuffling:
    """How sequences are shuffled: the parameters of :func:`shuffle`, checked."""

    k: int
    window: int | None
    keep: Bytes | None
    seed: int
    n_threads: int

    def apply(self, given: PackedSequences, first: int) -> PackedSequences:
        """The given sequences, which are records ``first`` .., shuffled."""
        rows = np.empty(given.rows.shape, np.uint8)
        step = max(1, _PIECE // given.length)

        def job(control: Control) -> None:
            for at in range(0, len(given), step):
                if control[1]:
                    return
                _random.shuffle_rows(
                    given[at : at + step].view,
                    self.k,
                    self.window or 0,
                    self.keep,
                    self.seed,
                    Stream.SHUFFLE,
                    first + at,
                    self.n_threads,
                    rows[at : at + step],
                )

        run_job(job, len(given), "shuffling")
        return PackedSequences(
            rows, given.length, given.alphabet, given.mask, given.n_dropped, given.weights
        )

    def blocks(self, given: Iterable[PackedSequences]) -> Iterator[PackedSequences]:
        """Sequences that come block by block, shuffled as the whole set would be."""
        first = 0
        for block in given:
            yield self.apply(block, first)
            first += len(block)


class ShuffledSequences(Simulated):
    """Sequences of a source, each shuffled; see :func:`shuffle`."""

    def __init__(self, source: Source, how: Shuffling) -> None:
        super().__init__(len(source), source.length, source.alphabet)
        self._source, self._how = source, how
        self.n_dropped = getattr(source, "n_dropped", 0)

    def block(self, start: int, stop: int) -> PackedSequences:
        """Make sequences ``start`` to ``stop - 1``."""
        return self._how.apply(self._source.block(start, stop), start)

    def about(self) -> dict[str, Any]:
        """How they are made, ready for JSON."""
        how = self._how
        return {
            "what": "shuffled sequences",
            "n": len(self),
            "length": self.length,
            **self.alphabet.about(),
            "seed": how.seed,
            "k": how.k,
            "window": how.window,
            "keep": None if how.keep is None else np.flatnonzero(how.keep).tolist(),
            "source": about_source(self._source),
        }


def shuffle(
    data: object,
    k: int = 2,
    *,
    window: int | None = None,
    keep: npt.ArrayLike | None = None,
    alphabet: str | Alphabet | None = None,
    lazy: bool | None = None,
    rng: Rng = None,
    n_threads: int | None = None,
) -> PackedSequences | ShuffledSequences:
    """Shuffle each sequence, keeping how often each word of k letters occurs in it.

    Every arrangement that keeps them is equally likely.

    Parameters
    ----------
    data : PackedSequences, Source, path-like, list of str or array_like
        The sequences.
    k : int
        Letters in the words that are kept: 1 keeps the letters, 2 dinucleotides, 3 codons in
        any frame. Any number from 1 up.
    window : int, optional
        Shuffle each so many letters on their own (the last of them may be fewer), so that
        what changes along the sequences stays where it is. By default all together.
    keep : array_like of bool, shape (L,), or of int, optional
        Positions that stay as they are: a flag for each, or their numbers.
    alphabet : str or Alphabet, optional
        As for :func:`fastmi.pairwise_mi`.
    lazy : bool, optional
        As for :func:`fastmi.simulate.embed`.
    rng : int, numpy Generator or None
        A seed, 0 to 2^64 - 1; a generator, which draws one; by default a fresh one. How a
        sequence is shuffled depends on the seed, its number in the data and its letters.
    n_threads : int, optional
        As for :func:`fastmi.pairwise_mi`; the sequences are the same for any number.

    Returns
    -------
    PackedSequences or ShuffledSequences
        As for :func:`fastmi.simulate.embed`. Weights are kept; scores, which were those of
        other sequences, are not.

    Raises
    ------
    FastMIError
        The data cannot be used.
    ValueError, TypeError
        A parameter is wrong, such as a position to keep that is not there.

    Notes
    -----
    A sequence is a walk over its words of k - 1 letters, along an edge for each k-mer (S. F.
    Altschul and B. W. Erickson, doi:10.1093/oxfordjournals.molbev.a040370). By the BEST
    theorem, a walk along the same edges is a tree of the last edges out of each vertex,
    towards the end r, and an order of the others: there are ``t * d_r! * prod((d_v - 1)!)``
    of them over the other vertices v, with t trees and d_v edges out of v, and each sequence
    is as many of them as any other. The tree is drawn by loop-erased random walks, so that
    each is equally likely (J. G. Propp and D. B. Wilson, doi:10.1006/jagm.1997.0917; D.
    Kandel et al., doi:10.1016/S0166-218X(97)81456-4; M. Jiang et al., uShuffle,
    doi:10.1186/1471-2105-9-192).

    The first and the last k - 1 letters stay. All sequences with the same k-mers begin and
    end as they do, unless it begins and ends with the same k - 1 letters: then others begin
    elsewhere in the circle, and what is drawn from are those that begin as it does.

    A widely copied shuffle of dinucleotides, which keeps the last edge of each letter as it
    was (it came with DeepLIFT), is not uniform: of the 27 sequences that have the
    dinucleotides of ACCCACGATGATG it reaches 9, and of the 72 of ACCCACGATGATA 9. A sequence
    that has one arrangement only, such as ACTGACTGACTG, never changes.

    Missing letters stay where they are. With k = 1 the free letters of a window change places
    among themselves; with k > 1 positions that stay divide a window into runs, and each run is
    shuffled on its own, with its own ends kept.

    Examples
    --------
    >>> made = shuffle(["ACCCACGATGATG"] * 2000, rng=1)
    >>> len(set(made)), made == shuffle(["ACCCACGATGATG"] * 2000, rng=1)
    (27, True)
    >>> set(shuffle(["ACTGACTGACTG"] * 100))
    {'ACTGACTGACTG'}
    >>> shuffle(["AAAAACCCCC"], 1, keep=[0, 1, 9], rng=5)[0][:2]
    'AA'
    """
    source = as_source(data, alphabet)
    how = shuffling(source.length, k, window, keep, rng, n_threads)
    shuffled = ShuffledSequences(source, how)
    return shuffled if lazily(data, lazy) else shuffled.pack()


def shuffling(
    length: int,
    k: int,
    window: int | None = None,
    keep: npt.ArrayLike | None = None,
    rng: Rng = None,
    n_threads: int | None = None,
) -> Shuffling:
    """How to shuffle sequences of this length; raise where a parameter is wrong."""
    k = check_size("k", k, 1)
    window = None if window is None else check_size("window", window, 1)
    flags = None if keep is None else _flags(keep, length)
    return Shuffling(k, window, flags, resolve_seed(rng), resolve_threads(n_threads))


def _flags(keep: npt.ArrayLike, length: int) -> Bytes:
    """Which positions stay, a byte each."""
    given = np.asarray(keep)
    if given.dtype == bool:
        if given.shape != (length,):
            raise ValueError(
                f"keep must have a flag for each of {length} positions, got shape {given.shape}"
            )
        return np.ascontiguousarray(given, np.uint8)
    if given.ndim != 1 or (given.size > 0 and given.dtype.kind not in "iu"):
        raise TypeError(f"keep must be flags or numbers of positions, got {keep!r}")
    for position in given[(given < 0) | (given >= length)]:
        raise ValueError(f"keep has position {position}, allowed are 0 to {length - 1}")
    flags = np.zeros(length, np.uint8)
    flags[given.astype(np.int64)] = 1
    return flags
