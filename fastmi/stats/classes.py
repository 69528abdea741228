"""Sequences in classes: by their letters at some positions, by GC content, or by labels."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .._checks import check_size
from .._composition import gc_contents
from .._counted import Counted
from ..errors import FastMIError
from ..sequences import PackedSequences

Whole = npt.NDArray[np.int64]

MOST_CLASSES = 4096
_LETTERS = 1 << 23  # looked at together


class Classes(NamedTuple):
    """A class for each sequence.

    Attributes
    ----------
    of : ndarray of int64, shape (N,)
        Number of the class; -1 where it is not known.
    names : list of str
        What each class is.
    given : str
        All of it, in words.
    letters : range
        Letters of the sequence that make the classes, if any do.
    """

    of: Whole
    names: list[str]
    given: str
    letters: range = range(0)


def labelled(given: Any) -> Classes | None:
    """By the caller's labels; None where something else is given.

    Parameters
    ----------
    given : object
        As for :func:`conditional_mi`.

    Returns
    -------
    Classes or None
        Of as many sequences as there are labels.
    """
    if isinstance(given, str | slice | int | np.integer) and not isinstance(given, bool):
        return None
    try:
        labels = np.asarray(given)
    except ValueError:  # rows of several lengths
        labels = np.asarray(given, object)
    if labels.ndim != 1 or labels.dtype.kind not in "biufUS":
        raise ValueError(
            "given must be 'gc', a position, a slice of positions or a label for each "
            f"sequence, got {labels.dtype} of shape {labels.shape}"
        )
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        bad = int(np.flatnonzero(~np.isfinite(labels))[0])
        raise ValueError(f"label {bad} is {labels[bad]}, and labels are finite")
    found, of = np.unique(labels, return_inverse=True)
    if len(found) > MOST_CLASSES:
        raise FastMIError(
            f"there are {len(found):,} different labels, and at most {MOST_CLASSES:,} classes; "
            "put them into bins"
        )
    return Classes(of.astype(np.int64), [str(label) for label in found.tolist()], "labels")


def classes_by(job: Counted, given: str | slice | int, bins: int) -> Classes:
    """By what the sequences say themselves.

    Parameters
    ----------
    job : Counted
        The sequences, with their weights.
    given : "gc", int or slice
        GC content, or positions.
    bins : int
        Of GC content.

    Returns
    -------
    Classes
    """
    if isinstance(given, str):
        if given != "gc":
            raise ValueError(
                f"given must be 'gc', a position, a slice of positions or labels, got {given!r}"
            )
        return _by_gc(job, check_size("bins", bins, 1))
    if not isinstance(given, slice):
        position = check_size("given", int(given))
        given = slice(position, position + 1)
    return _by_letters(job.sequences, given)


def _by_letters(sequences: PackedSequences, given: slice) -> Classes:
    letters, size = range(sequences.length)[given], len(sequences.alphabet)
    beyond = given.stop is not None and given.stop > sequences.length
    if not letters or letters.step != 1 or beyond:
        raise ValueError(
            "the letters given are at positions side by side, between 0 and "
            f"{sequences.length - 1}, got {given.start} to {given.stop} (not included)"
        )
    if size ** len(letters) > MOST_CLASSES:
        raise ValueError(
            f"{len(letters)} letters are {size ** len(letters):,} classes, and there are at "
            f"most {MOST_CLASSES:,}"
        )
    codes = np.empty(len(sequences), np.int64)
    powers = size ** np.arange(len(letters))[::-1]
    step = max(1, _LETTERS // sequences.length)
    for start in range(0, len(sequences), step):
        some = sequences[start : start + step].to_codes()[:, letters.start : letters.stop]
        known = (some < size).all(axis=1)
        codes[start : start + step] = np.where(known, some.astype(np.int64) @ powers, -1)
    of, found = _numbered(codes)
    kmers = sequences.alphabet.kmers(len(letters))
    where = f"at {letters.start}" + (f" to {letters[-1]}" if len(letters) > 1 else "")
    said = f"letter{'s'[: len(letters) > 1]} {where}"
    return Classes(of, [kmers[code] for code in found], said, letters)


def _by_gc(job: Counted, bins: int) -> Classes:
    """In bins of as equal numbers as can be, each content in one of them."""
    units = job.sequences.length
    contents = gc_contents(job.sequences, units)
    numbers = np.zeros(units + 2, np.uint64)
    np.add.at(numbers, contents, np.uint64(1) if job.numbers is None else job.numbers)
    numbers[-1] = 0  # of sequences without a letter
    middle = np.cumsum(numbers, dtype=np.float64) - numbers / 2.0
    share = middle / max(float(numbers.sum()), 1.0)
    of_content = np.minimum(bins * share, bins - 1).astype(np.int64)
    of_content[-1] = -1
    of, found = _numbered(of_content[contents])
    there = np.unique(contents)
    inside = [there[of_content[there] == z] / units for z in found]
    names = [f"{x[0]:.3f}" + (f" to {x[-1]:.3f}" if len(x) > 1 else "") for x in inside]
    return Classes(of, names, "GC content")


def _numbered(codes: Whole) -> tuple[Whole, Whole]:
    """Classes numbered from 0 without gaps, -1 as it is, and the code of each."""
    found = np.unique(codes[codes >= 0])
    of = np.searchsorted(found, codes).astype(np.int64)
    return np.where(codes >= 0, of, -1), found
