"""PackedSequences: many sequences of one length, in as little memory as they need.

Four-letter alphabets take 2 bits a letter, row-major, in the bit order of ``np.packbits``;
others a byte.  Everything that enters is checked here, once: letters outside the alphabet
follow the caller's policy, and nothing is ever read as a letter that it is not.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias, overload

import numpy as np
import numpy.typing as npt

from . import _core, _features, _packing, _store
from ._checks import check_block
from ._numbers import Doubles, Numbers, check_numbers, frozen
from ._packing import Bytes, Packed
from ._weighting import effective, exact_sum
from .alphabet import Alphabet, Unknown, get_alphabet

Layout: TypeAlias = Literal["NLA", "NAL"]

_BLOCK_LETTERS = 1 << 23  # letters handled at a time, so that copies stay small


class PackedSequences:
    """Sequences of one length over one alphabet, packed.

    Make one with ``from_strings``, ``from_letters``, ``from_codes``, ``from_one_hot`` or
    ``open``, or with :func:`fastmi.read` from a file.

    Parameters
    ----------
    rows : ndarray of uint8, shape (N, row_bytes)
        Packed rows: 2 bits a letter (four-letter alphabets) or one byte a letter.
    length : int
        Letters in each sequence.
    alphabet : str or Alphabet
        What the codes mean.
    mask : ndarray of uint8, shape (N, ceil(length / 8)), optional
        Four-letter alphabets: one bit a letter, set where it is missing.
    n_dropped : int
        Sequences that were left out when this set was made (``unknown="drop"``).
    weights : array_like of numbers, shape (N,), optional
        How much each sequence counts, finite and from 0 up; by default once. Copied, unless
        it is a float64 array that is read-only already.
    scores : array_like of numbers, shape (N,), optional
        What is known of each sequence, such as a model's prediction; finite. Copied as weights
        are.

    Examples
    --------
    >>> s = PackedSequences.from_strings(["ACGT", "TTGA"])
    >>> len(s), s.length, s.rows.nbytes
    (2, 4, 2)
    >>> s[1], s[:1].to_strings()
    ('TTGA', ['ACGT'])
    """

    def __init__(
        self,
        rows: Bytes,
        length: int,
        alphabet: str | Alphabet = "dna",
        mask: Bytes | None = None,
        n_dropped: int = 0,
        weights: npt.ArrayLike | None = None,
        scores: npt.ArrayLike | None = None,
    ) -> None:
        self.alphabet = get_alphabet(alphabet)
        self.length = int(length)
        self.rows = rows
        self.mask = mask
        self.n_dropped = n_dropped
        _ = self.view  # checks that the arrays fit one another
        self._numbers = Numbers(
            None if weights is None else check_numbers("weights", weights, len(rows)),
            None if scores is None else check_numbers("scores", scores, len(rows)),
        )

    @property
    def n_sequences(self) -> int:
        """N, as ``len`` says it."""
        return len(self.rows)

    @property
    def has_weights(self) -> bool:
        """Whether the sequences have weights."""
        return self._numbers.weights is not None

    @property
    def view(self) -> _core.Seqs:
        """The rows as the C core sees them."""
        return _core.Seqs(self.rows, self.mask, self.length, len(self.alphabet))

    # ------------------------------------------------------------------------- making

    @classmethod
    def from_strings(
        cls,
        strings: Sequence[str] | Sequence[bytes],
        alphabet: str | Alphabet = "dna",
        *,
        unknown: Unknown = "error",
    ) -> PackedSequences:
        """Pack a list of strings or bytes of one length.

        Parameters
        ----------
        strings : sequence of str or of bytes
            The sequences.
        alphabet : str or Alphabet
            "dna", "rna", "protein", or the letters in the order of their codes.
        unknown : {"error", "drop", "skip"}
            Letters outside the alphabet: raise, leave the sequence out, or mark the letter
            missing so that k-mers with it do not count.

        Returns
        -------
        PackedSequences
        """
        return cls(*_packing.pack_strings(strings, get_alphabet(alphabet), unknown))

    @classmethod
    def from_letters(
        cls,
        letters: npt.NDArray[Any],
        alphabet: str | Alphabet = "dna",
        *,
        unknown: Unknown = "error",
    ) -> PackedSequences:
        """Pack an array of letters.

        Parameters
        ----------
        letters : ndarray
            Shape (N, L): one letter a cell, as bytes (``S1``), text (``U1``) or their
            numbers (uint8). Shape (N,): whole sequences as ``S`` or ``U``.
        alphabet, unknown
            As in :meth:`from_strings`.

        Returns
        -------
        PackedSequences
        """
        return cls(*_packing.pack_letters(np.asarray(letters), get_alphabet(alphabet), unknown))

    @classmethod
    def from_codes(
        cls,
        codes: npt.ArrayLike,
        alphabet: str | Alphabet = "dna",
        *,
        unknown: Unknown = "error",
    ) -> PackedSequences:
        """Pack an array of letter codes.

        Parameters
        ----------
        codes : array_like of integers, shape (N, L)
            0 is the alphabet's first letter. Anything outside 0 .. A-1 is unknown.
        alphabet, unknown
            As in :meth:`from_strings`.

        Returns
        -------
        PackedSequences

        Examples
        --------
        >>> PackedSequences.from_codes([[0, 1, 2, 3]], "rna").to_strings()
        ['ACGU']
        """
        return cls(*_packing.pack_codes(np.asarray(codes), get_alphabet(alphabet), unknown))

    @classmethod
    def from_one_hot(
        cls,
        one_hot: npt.ArrayLike,
        alphabet: str | Alphabet = "dna",
        *,
        layout: Layout | None = None,
        unknown: Unknown = "error",
    ) -> PackedSequences:
        """Pack a one-hot array.

        Parameters
        ----------
        one_hot : array_like, shape (N, L, A) or (N, A, L)
            1 at the letter, 0 elsewhere. A position that is all 0, or all 1/A, is unknown;
            any other content is an error.
        alphabet, unknown
            As in :meth:`from_strings`.
        layout : {"NLA", "NAL"}, optional
            Which axis is which; found by the axis of size A unless both have it.

        Returns
        -------
        PackedSequences
        """
        array = np.asarray(one_hot)
        return cls(*_packing.pack_one_hot(array, get_alphabet(alphabet), unknown, layout))

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> PackedSequences:
        """Open a store that :meth:`save` wrote, memory-mapped and read-only.

        Parameters
        ----------
        path : path-like
            The ``.npy`` file; its ``.npy.json`` stands beside it.

        Returns
        -------
        PackedSequences
        """
        return cls(*_store.read_store(Path(path)))

    def with_weights(self, weights: npt.ArrayLike | None) -> PackedSequences:
        """Give the same sequences other weights; the rows are shared, not copied.

        Parameters
        ----------
        weights : array_like of numbers, shape (N,), or None
            How much each sequence counts, finite and from 0 up. None: each counts once.

        Returns
        -------
        PackedSequences

        Raises
        ------
        ValueError, TypeError
            They are not N numbers from 0 up; the message names the first bad one.

        Examples
        --------
        >>> s = PackedSequences.from_strings(["ACGT", "TTGA"]).with_weights([3, 0.5])
        >>> s
        <PackedSequences: 2 x 4, dna, N_eff 3.5, 18 bytes>
        >>> s[1:].weights.tolist(), s.with_weights(None).n_effective
        ([0.5], 2.0)
        """
        return self._with(weights, self.scores)

    def with_scores(self, scores: npt.ArrayLike | None) -> PackedSequences:
        """Give the same sequences other scores; the rows are shared, not copied.

        Parameters
        ----------
        scores : array_like of numbers, shape (N,), or None
            One for each sequence, finite. None: they have none.

        Returns
        -------
        PackedSequences

        Raises
        ------
        ValueError, TypeError
            They are not N finite numbers; the message names the first bad one.

        Examples
        --------
        >>> s = PackedSequences.from_strings(["ACGT", "TTGA"]).with_scores([0.9, -2])
        >>> s
        <PackedSequences: 2 x 4, dna, scores -2 to 0.9, 18 bytes>
        >>> s[s.scores > 0].to_strings()
        ['ACGT']
        """
        return self._with(self.weights, scores)

    def _with(
        self, weights: npt.ArrayLike | None, scores: npt.ArrayLike | None
    ) -> PackedSequences:
        return PackedSequences(
            self.rows, self.length, self.alphabet, self.mask, self.n_dropped, weights, scores
        )

    # ------------------------------------------------------------------ looking inside

    def __len__(self) -> int:
        return int(self.rows.shape[0])

    def __repr__(self) -> str:
        missing = self.n_unknown
        extra = f", {missing:,} letters missing" if missing else ""
        extra += "" if self.weights is None else f", N_eff {effective(self.n_effective)}"
        if self.scores is not None and len(self):
            extra += f", scores {self.scores.min():.4g} to {self.scores.max():.4g}"
        return (
            f"<PackedSequences: {len(self):,} x {self.length}, "
            f"{self.alphabet.name}{extra}, {self.nbytes:,} bytes>"
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PackedSequences):
            return NotImplemented
        return (
            self.length == other.length
            and self.alphabet == other.alphabet
            and len(self) == len(other)
            and bool(np.array_equal(self.to_codes(), other.to_codes()))
            and all(map(_same, self._numbers, other._numbers))
        )

    __hash__ = None  # type: ignore[assignment]

    @property
    def nbytes(self) -> int:
        """Bytes of the packed rows, the mask, the weights and the scores."""
        parts = (self.rows, self.mask, *self._numbers)
        return sum(part.nbytes for part in parts if part is not None)

    @property
    def weights(self) -> Doubles | None:
        """How much each sequence counts, shape (N,), read-only; None where each counts once.

        :meth:`with_weights` gives others.
        """
        return self._numbers.weights

    @property
    def scores(self) -> Doubles | None:
        """A number for each sequence, shape (N,), read-only; None where there are none.

        :meth:`with_scores` gives others.
        """
        return self._numbers.scores

    @property
    def n_effective(self) -> float:
        """Effective number of sequences, N_eff: the sum of the weights, or else N.

        It is rounded once, so the order of the sequences does not matter.
        """
        return float(len(self)) if self.weights is None else exact_sum(self.weights)

    @property
    def n_unknown(self) -> int:
        """Number of missing letters."""
        if self.mask is None and len(self.alphabet) == 4:
            return 0
        step = max(1, _BLOCK_LETTERS // self.length)
        total = 0
        for start in range(0, len(self), step):
            if self.mask is not None:
                bits = np.unpackbits(self.mask[start : start + step], axis=1, count=self.length)
                total += int(bits.sum())
            else:
                total += int((self.rows[start : start + step] >= len(self.alphabet)).sum())
        return total

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice | npt.NDArray[Any] | list[int]) -> PackedSequences: ...

    def __getitem__(self, index: Any) -> str | PackedSequences:
        """One sequence as a string, or some as a PackedSequences (a view for slices)."""
        if isinstance(index, int | np.integer):
            n = int(index)
            if not -len(self) <= n < len(self):
                raise IndexError(f"there are {len(self)} sequences, got index {n}")
            n %= len(self)
            return self[n : n + 1].to_strings()[0]
        rows = np.ascontiguousarray(self.rows[index])
        mask = None if self.mask is None else np.ascontiguousarray(self.mask[index])
        # frozen, so that they are not copied again
        numbers = self._numbers.each(lambda array: frozen(np.ascontiguousarray(array[index])))
        return PackedSequences(rows, self.length, self.alphabet, mask, 0, *numbers)

    def block(self, start: int, stop: int) -> PackedSequences:
        """Some sequences, a view: what every source of sequences has.

        Parameters
        ----------
        start, stop : int
            Of sequences ``start`` to ``stop - 1``.

        Returns
        -------
        PackedSequences
        """
        check_block(start, stop, len(self))
        return self[start:stop]

    def __iter__(self) -> Iterator[str]:
        step = max(1, _BLOCK_LETTERS // self.length)
        for start in range(0, len(self), step):
            yield from self[start : start + step].to_strings()

    # ------------------------------------------------------------------------- leaving

    def to_codes(self) -> Bytes:
        """Codes, shape (N, L) uint8; 255 where a letter is missing."""
        codes = np.empty((len(self), self.length), np.uint8)
        _core.decode_rows(self.view, codes)
        return codes

    def to_strings(self) -> list[str]:
        """Sequences as strings; missing letters as N (DNA, RNA), X (protein) or ?."""
        letters = self.alphabet.letter_bytes[self.to_codes()]
        return [row.tobytes().decode("latin-1") for row in letters]

    def to_one_hot(
        self, layout: Layout = "NLA", dtype: npt.DTypeLike = np.float32
    ) -> npt.NDArray[Any]:
        """One-hot array, all 0 where a letter is missing.

        Parameters
        ----------
        layout : {"NLA", "NAL"}
            Shape (N, L, A) or (N, A, L).
        dtype : dtype
            Of the numbers.

        Returns
        -------
        ndarray
        """
        if layout not in ("NLA", "NAL"):
            raise ValueError(f"layout must be 'NLA' or 'NAL', got {layout!r}")
        size = len(self.alphabet)
        by_letter = layout == "NLA"
        last = (self.length, size) if by_letter else (size, self.length)
        direct = _features.can_write(dtype)
        one_hot = np.empty((len(self), *last), dtype if direct else np.uint8)
        _features.write_one_hot(self.view, one_hot, by_letter, np.arange(size, dtype=np.uint8))
        return one_hot if direct else one_hot.astype(dtype)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a store: ``path`` (``.npy``, packed rows) and a ``.npy.json`` beside it.

        ``np.load(path, mmap_mode="r")`` opens the rows too. Missing letters are kept in a
        third file, ``.mask.npy``, weights in ``.weights.npy`` and scores in ``.scores.npy``;
        versions of fastmi that know no weights, or no scores, refuse to open a store that has
        some.

        Parameters
        ----------
        path : path-like
            Must end in ``.npy``.
        """
        packed = Packed(
            self.rows,
            self.length,
            self.alphabet,
            self.mask,
            self.n_dropped,
            *self._numbers,
        )
        _store.write_store(Path(path), packed)


def _same(mine: Doubles | None, theirs: Doubles | None) -> bool:
    if mine is None or theirs is None:
        return mine is theirs
    return bool(np.array_equal(mine, theirs))
