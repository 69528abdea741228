"""Frequencies of letters: checked once, and added to 1 exactly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ._checks import check_number
from .alphabet import Alphabet

Frequencies: TypeAlias = npt.NDArray[np.float64]
Background: TypeAlias = "Mapping[str, float] | npt.ArrayLike | None"

_SUM_WITHIN = 1e-6  # of 1, for frequencies written with a few digits
_ROUNDED = 1e-14  # of 1: a sum that dividing again would not bring nearer


def check_frequencies(
    frequencies: npt.ArrayLike, shape: tuple[int, ...], what: str
) -> Frequencies:
    """Frequencies of this shape, each row adding to 1 exactly; raise where they do not.

    Parameters
    ----------
    frequencies : array_like
        As given.
    shape : tuple of int
        What they must be, letters last.
    what : str
        What they are, for messages.

    Returns
    -------
    ndarray of float64
    """
    try:
        array = np.asarray(frequencies, np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"{what} must be numbers, got {frequencies!r}") from None
    if array.shape != shape:
        raise ValueError(f"{what} must have shape {shape}, got {array.shape}")
    if not (np.isfinite(array) & (array >= 0)).all():
        raise ValueError(f"{what} must be finite numbers from 0 up")
    sums = array.sum(axis=-1, keepdims=True)
    off = np.abs(sums - 1)
    if (off > _SUM_WITHIN).any():
        worst = int(off.argmax())
        where = f" at position {worst}" if len(shape) > 1 else ""
        raise ValueError(f"{what} must add to 1, got {sums.flat[worst]:.8g}{where}")
    # so that frequencies which were divided once stay as they are
    return np.asarray(array / np.where(off > _ROUNDED, sums, 1))


def check_added(pseudocount: float) -> float:
    """Raise unless it can be added to each count of letters, or be a share mixed in."""
    if not 0 <= check_number("pseudocount", pseudocount) < np.inf:
        raise ValueError(f"pseudocount must be a number from 0 up, got {pseudocount!r}")
    return float(pseudocount)


def in_order(frequencies: Mapping[str, float], alphabet: Alphabet) -> list[float]:
    """The frequencies of a mapping in the order of the alphabet; 0 for letters it lacks."""
    strange = [letter for letter in frequencies if letter not in list(alphabet.letters)]
    if strange:
        raise ValueError(f"{strange[0]!r} is no letter of {alphabet.letters!r}")
    return [frequencies.get(letter, 0.0) for letter in alphabet.letters]


def check_background(background: Background, alphabet: Alphabet) -> Frequencies:
    """The frequency of each letter where nothing is embedded, all above 0; by default equal."""
    size = len(alphabet)
    if background is None:
        return np.full(size, 1 / size)
    if isinstance(background, Mapping):
        background = in_order(background, alphabet)
    checked = check_frequencies(background, (size,), "the background")
    if not checked.all():
        letter = alphabet.letters[int(checked.argmin())]
        raise ValueError(f"the background must be above 0 for each letter, {letter!r} has 0")
    return checked


def in_letters_of(frequencies: Frequencies, letters: str, alphabet: Alphabet) -> Frequencies:
    """Columns for these letters, in the order of an alphabet that has, or reads, just them."""
    codes = [int(alphabet.lookup[ord(c)]) if ord(c) < 256 else 255 for c in letters]
    if sorted(codes) != list(range(len(alphabet))):
        raise ValueError(
            f"the letters {letters!r} are not those of the alphabet {alphabet.letters!r}"
        )
    return frequencies[:, np.argsort(codes)]
