"""What a search among all k-mers found, and its file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from .._archive import Archive, description_of, whole
from .._checks import check_size
from .._files import write_arrays
from .._heads import head_number
from .._numbers import Doubles
from ..alphabet import Alphabet
from .effects import Effects

KMER_SEARCH_KIND = "fastmi kmer search"
MOST_KMERS = 1 << 18  # 9 letters of DNA, 4 of a protein


@dataclass(frozen=True, eq=False, repr=False)
class KmerSearch:
    """The best of all k-mers at one start, and what is known of the others.

    Attributes
    ----------
    k, start : int
        Letters in a k-mer, and its 0-based start.
    alphabet : Alphabet
        What the letters are; k-mers are numbered in its order.
    n_top : int
        How many k-mers were looked for.
    effects : Effects
        Of the best k-mers of each head, over all backgrounds, with ``kmer`` and ``start``;
        those of the first head come first, in their order. ``summary`` has what was asked.
    n_used : ndarray of int64, shape (A^k,)
        In how many backgrounds each k-mer was scored.
    effect, se : ndarray of float64, shape (A^k, heads)
        Global importance over these, and its standard error.
    """

    k: int
    start: int
    alphabet: Alphabet
    n_top: int
    effects: Effects
    n_used: npt.NDArray[np.int64]
    effect: Doubles
    se: Doubles

    def __repr__(self) -> str:
        return (
            f"<KmerSearch: {len(self.n_used):,} {self.k}-mers at {self.start}, best "
            f"{self.top(1)['kmer'][0]}, {self.share_scored:.1%} of the sequences scored>"
        )

    @property
    def n_scored(self) -> int:
        """Sequences with a k-mer that the search took."""
        return int(self.n_used.sum())

    @property
    def n_exhaustive(self) -> int:
        """Sequences that it takes to score all k-mers in all backgrounds."""
        return len(self.n_used) * self._n

    @property
    def share_scored(self) -> float:
        """The first in shares of the second."""
        return self.n_scored / self.n_exhaustive

    @property
    def _n(self) -> int:
        return int(self.n_used.max())

    @cached_property
    def kmers(self) -> npt.NDArray[np.str_]:
        """All k-mers in the order of their codes, shape (A^k,)."""
        return np.array(all_kmers(self.alphabet, self.k))

    @cached_property
    def all(self) -> npt.NDArray[Any]:
        """All k-mers, also those that were dropped.

        Structured, a row for each k-mer and head: ``kmer``; ``head``; ``n_used``, in how many
        backgrounds it was scored; ``effect`` and ``se`` over these; ``dropped``, whether these
        are not all. Effects of dropped ones are estimates of what is too small.
        """
        heads = self.effects.heads
        kinds = [
            ("kmer", self.kmers.dtype),
            ("head", np.array(heads).dtype),
            ("n_used", np.int64),
            ("effect", np.float64),
            ("se", np.float64),
            ("dropped", np.bool_),
        ]
        table = np.empty((len(self.n_used), len(heads)), kinds)
        table["kmer"] = self.kmers[:, None]
        table["head"] = heads
        table["n_used"] = self.n_used[:, None]
        table["effect"], table["se"] = self.effect, self.se
        table["dropped"] = table["n_used"] < self._n
        return table.ravel()

    def top(self, n: int | None = None, head: str | int | None = None) -> npt.NDArray[Any]:
        """The best k-mers.

        Parameters
        ----------
        n : int, optional
            How many; by default, and at most, as many as were looked for: of those behind
            these, better ones may have been dropped. Where none was, up to all.
        head : str or int, optional
            By which of the model's scores, its name or number; by default the first.

        Returns
        -------
        ndarray, structured, shape (n,)
            Rows of :attr:`all`, the best first; of equals, in the order of their codes.
        """
        which = head_or_first(self.effects, head)
        whole = bool((self.n_used == self._n).all())
        most = len(self.n_used) if whole else self.n_top
        n = self.n_top if n is None else check_size("n", n, 1)
        if n > most:
            raise ValueError(
                f"the search was for the best {self.n_top}, got n={n}: search with a larger top"
            )
        rows = self.all.reshape(len(self.n_used), -1)[:, which]
        return rows[best_of(self.effect[:, which], self.n_used == self._n)[:n]]

    # ------------------------------------------------------------------------- leaving

    def about(self) -> dict[str, Any]:
        """Everything but the numbers, ready for JSON."""
        return {
            "kind": KMER_SEARCH_KIND,
            "format": 1,
            "k": self.k,
            "start": self.start,
            **self.alphabet.about(),
            "n_top": self.n_top,
            "effects": self.effects.about(),
        }

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything as ``.npz``.

        Parameters
        ----------
        path : path-like
            Written whole or not at all; :func:`fastmi.load` opens it.
        """
        own = {"n_used": self.n_used, "effect": self.effect, "se": self.se}
        write_arrays(path, self.about(), {**self.effects.arrays, **own})

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> KmerSearch:
        """Read what :meth:`save` wrote. Nothing in the file is executed.

        Parameters
        ----------
        path : path-like
            The file.

        Returns
        -------
        KmerSearch
        """
        with Archive(path, KMER_SEARCH_KIND) as archive:
            about = archive.check_format(1)
            with description_of(path):
                k, start = whole(about, "k", 1), whole(about, "start")
                n_top, alphabet = whole(about, "n_top", 1), Alphabet.from_about(about)
                part: Mapping[str, Any] = dict(about["effects"])
                if not n_top <= (n_kmers := count_kmers(alphabet, k)):
                    raise ValueError("impossible sizes")
            effects = Effects.read(archive, part)
            n_used = archive.array("n_used", "<i8", (n_kmers,))
            with description_of(path):
                if n_used.min() < 1 or (n_used == n_used.max()).sum() < n_top:
                    raise ValueError("numbers of backgrounds that cannot be")
            shape = (n_kmers, len(effects.heads))
            effect, se = (archive.array(name, "<f8", shape) for name in ("effect", "se"))
        return cls(k, start, alphabet, n_top, effects, n_used, effect, se)


def count_kmers(alphabet: Alphabet, k: int) -> int:
    """How many k-mers there are; raise where they are too many to be searched."""
    k = check_size("k", k, 1)
    if k > 64 or len(alphabet) ** k > MOST_KMERS:
        most = max(m for m in range(1, 64) if len(alphabet) ** m <= MOST_KMERS)
        raise ValueError(f"k must be between 1 and {most} for {alphabet.name!r}, got {k}")
    return int(len(alphabet) ** k)


def all_kmers(alphabet: Alphabet, k: int) -> list[str]:
    """All k-mers in the order of their codes."""
    return ["".join(letters) for letters in product(alphabet.letters, repeat=k)]


def best_of(effect: Doubles, among: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """Numbers of k-mers, the best first; of equals, the one with the smaller number."""
    found = np.flatnonzero(among)
    return found[np.argsort(-effect[found], kind="stable")]


def head_or_first(effects: Effects, head: str | int | None) -> int:
    """Number of the head that is meant; the first where none is named."""
    return 0 if head is None else head_number(effects.heads, head)
