"""What a model takes: letters, codes or one-hot arrays, with its axes, letters and numbers.

An :class:`Encoding` is what is known when a model is wrapped; the :class:`Form` of it is known
when sequences come, whose length and letters may decide which axis of the input is which.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _features
from .._packing import Bytes
from ..alphabet import UNKNOWN_CODE, Alphabet, get_alphabet
from ..errors import FastMIError
from ..sequences import PackedSequences

_TAKES = ("strings", "codes", "one_hot")
_LAYOUTS = ("NLA", "NAL")


@dataclass(frozen=True)
class Form:
    """How sequences of one length and alphabet become what a model takes.

    Attributes
    ----------
    takes : {"strings", "codes", "one_hot"}
        Of the encoding.
    shape : tuple of int
        Of an array, without its first axis.
    dtype : dtype
        Of its numbers.
    codes : ndarray of uint8, shape (256,)
        The model's code of each letter.
    alphabet : Alphabet
        The model's.
    size : int
        Letters in the sequences' alphabet.
    by_letter : bool
        Whether the letters of a sequence come before those of the alphabet.
    unknown_value : float
        What a missing letter is in one-hot arrays.
    """

    takes: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    codes: Bytes
    alphabet: Alphabet
    size: int
    by_letter: bool
    unknown_value: float

    @property
    def row_bytes(self) -> int:
        """Bytes of a sequence, as the model takes it."""
        return prod(self.shape) * self.dtype.itemsize

    def write(self, sequences: PackedSequences, out: npt.NDArray[Any]) -> None:
        """Write sequences into an array (n, *shape) in C order."""
        if self.takes == "codes":
            out[:] = self.codes[sequences.to_codes()]
            return
        n, length, wide = len(sequences), sequences.length, len(self.alphabet)
        last = (length, wide) if self.by_letter else (wide, length)
        _features.write_one_hot(
            sequences.view,
            out.reshape(n, *last),
            self.by_letter,
            self.codes[: self.size],
            self.unknown_value,
        )

    def strings(self, sequences: PackedSequences) -> list[str]:
        """Sequences in the model's letters."""
        letters = self.alphabet.letter_bytes[self.codes[sequences.to_codes()]]
        return [row.tobytes().decode("latin-1") for row in letters]


class Encoding:
    """What a model takes, as far as its caller says.

    Parameters
    ----------
    takes, layout, alphabet, dtype, unknown_value
        As for :func:`fastmi.models.wrap`.
    default_layout : str
        The one that is meant where neither the caller nor the model says any.
    flat : bool
        Whether a sequence is one row of numbers, in the order of the layout.
    """

    def __init__(
        self,
        takes: str = "one_hot",
        layout: str | None = None,
        alphabet: str | Alphabet | None = None,
        dtype: npt.DTypeLike | None = None,
        unknown_value: float = 0.0,
        default_layout: str = "NLA",
        flat: bool = False,
    ) -> None:
        if takes not in _TAKES:
            raise ValueError(f"takes must be one of {', '.join(_TAKES)}, got {takes!r}")
        if layout is not None and takes != "one_hot":
            raise ValueError(f"layout is for takes='one_hot', not for {takes!r}")
        if layout is not None and not _is_layout(layout, flat):
            ones = "" if flat else ", or one of these with axes of size 1, as 'N1LA' or 'NA1L'"
            raise ValueError(f"layout must be 'NLA' or 'NAL'{ones}, got {layout!r}")
        if not isinstance(unknown_value, int | float) or not np.isfinite(unknown_value):
            raise ValueError(f"unknown_value must be a finite number, got {unknown_value!r}")
        self.takes, self.layout, self.unknown_value = takes, layout, float(unknown_value)
        self.alphabet = None if alphabet is None else get_alphabet(alphabet)
        self.dtype = None if dtype is None else _number_type(dtype)
        self._default_layout, self._flat = default_layout, flat

    def about(self) -> dict[str, Any]:
        """The encoding, ready for JSON."""
        about: dict[str, Any] = {"takes": self.takes}
        if self.takes == "one_hot":
            about |= {"layout": self.layout, "unknown_value": self.unknown_value}
        return about | ({} if self.alphabet is None else self.alphabet.about())

    def form(
        self,
        sequences: PackedSequences,
        dims: Sequence[int | None] | None = None,
        dtype: npt.DTypeLike | None = None,
    ) -> Form:
        """The form of these sequences.

        Parameters
        ----------
        sequences : PackedSequences
            Their length and alphabet.
        dims : sequence of int or None, optional
            Sizes of the axes of the model's input behind the first; None where any will do.
        dtype : dtype, optional
            What the model wants, unless the caller says something else.

        Raises
        ------
        FastMIError
            The model takes no sequences of this length or alphabet.
        """
        alphabet = self.alphabet or sequences.alphabet
        codes = _translated(sequences.alphabet, alphabet)
        sizes = {"L": sequences.length, "A": len(alphabet), "1": 1}
        takes, layout = self.takes, "NLA"
        shape: tuple[int, ...] = (sequences.length,)
        kind = self.dtype or np.dtype(dtype or (np.uint8 if takes == "codes" else np.float32))
        if takes == "one_hot":
            flat = self._flat or (dims is not None and len(dims) == 1)
            layout = self.layout or self._default_layout
            if dims is not None and not flat:
                layout = _fitting(dims, sizes, self.layout, self._default_layout)
            shape = tuple(sizes[axis] for axis in layout[1:])
            if flat:
                shape = (prod(shape),)
                if dims is not None and dims[0] not in (None, *shape):
                    raise _misfit(dims, sizes, f"{takes}, flat")
        elif takes == "codes" and dims is not None and not _fits(dims, "NL", sizes):
            raise _misfit(dims, sizes, takes)
        by_letter = layout.index("L") < layout.index("A")
        return Form(
            takes,
            shape,
            kind,
            codes,
            alphabet,
            len(sequences.alphabet),
            by_letter,
            self.unknown_value,
        )


def _is_layout(layout: object, flat: bool) -> bool:
    if not isinstance(layout, str) or (flat and len(layout) != 3):
        return False
    return layout.replace("1", "") in _LAYOUTS and layout[0] == "N" and len(layout) <= 6


def _number_type(dtype: npt.DTypeLike) -> np.dtype[Any]:
    kind = np.dtype(dtype)
    if not _features.can_write(kind) or kind.kind not in "iuf":
        raise ValueError(f"dtype must be one of whole or real numbers, got {kind}")
    return kind


def _translated(theirs: Alphabet, ours: Alphabet) -> Bytes:
    """Codes of the model for codes of the sequences."""
    codes = np.full(256, UNKNOWN_CODE, np.uint8)
    codes[: len(theirs)] = ours.lookup[theirs.letter_bytes[: len(theirs)]]
    lost = np.flatnonzero(codes[: len(theirs)] == UNKNOWN_CODE)
    if lost.size:
        raise FastMIError(
            f"the model's alphabet {ours.letters!r} has no {theirs.letters[lost[0]]!r}, which "
            f"the sequences ({theirs.name}) can have"
        )
    return codes


def _fits(dims: Sequence[int | None], layout: str, sizes: dict[str, int]) -> bool:
    axes = layout[1:]
    return len(axes) == len(dims) and all(
        dim is None or dim == sizes[axis] for axis, dim in zip(axes, dims, strict=True)
    )


def _fitting(
    dims: Sequence[int | None], sizes: dict[str, int], given: str | None, default: str
) -> str:
    """The layout of a model's input; that which the caller says, if it can be."""
    other = next(layout for layout in _LAYOUTS if layout != default)
    plain = (default, other)
    with_one = [f"{p[:at]}1{p[at:]}" for p in plain for at in (1, 2, 3)]
    found = [c for c in (*plain, *with_one) if _fits(dims, c, sizes)]
    if given is not None:
        if _fits(dims, given, sizes):
            return given
        raise _misfit(dims, sizes, f"one_hot in layout {given}")
    if not found:
        raise _misfit(dims, sizes, "one_hot")
    if len(dims) > 2 and len(found) > 1:
        raise FastMIError(
            f"layout= must say which axis of the model's input {_shape(dims)} is which: "
            f"{', '.join(found)} are possible"
        )
    return found[0]


def _shape(dims: Sequence[int | None]) -> str:
    return f"({', '.join(['n', *('any' if d is None else str(d) for d in dims)])})"


def _misfit(dims: Sequence[int | None], sizes: dict[str, int], form: str) -> FastMIError:
    return FastMIError(
        f"the model takes arrays of shape {_shape(dims)}, which sequences of {sizes['L']} "
        f"letters out of {sizes['A']} do not have as {form}"
    )
