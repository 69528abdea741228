"""duplicates: how many sequences are copies of others, as PCR makes them."""

from __future__ import annotations

import numpy.typing as npt

from .._columns import Column
from .._distinct import Duplicates, duplicates_of
from ..alphabet import Alphabet, Unknown
from ..io import as_sequences


def duplicates(
    data: object,
    *,
    weights: Column | npt.ArrayLike | None = None,
    alphabet: str | Alphabet | None = None,
    unknown: Unknown = "error",
    column: int | str | None = None,
) -> Duplicates:
    """Count the sequences that are equal to one before them.

    Copies that were made after the sequences were drawn, as by PCR, are no evidence of their
    own, and make everything that counts them look more certain than it is.
    ``pairwise_mi(unique=True)`` counts each distinct sequence once.

    Parameters
    ----------
    data, weights, alphabet, unknown, column
        As for :func:`fastmi.pairwise_mi`; all sequences are in memory.

    Returns
    -------
    Duplicates
        ``n`` sequences, ``n_distinct``, and their ``share``, from 0 to 1. With weights that
        are whole numbers, as read counts are, n is their sum; other weights do not matter.

    Notes
    -----
    Exact: packed sequences are compared, and a missing letter is a letter of its own. It is
    not done for every map, as it takes up to three times as long as the map of single letters
    itself (a twentieth of that of 3-mers at 100 positions). Short sequences are alike by
    chance: of N random ones of DNA of length L, about N / (2 * 4^L) of them.

    Examples
    --------
    >>> import fastmi
    >>> found = fastmi.stats.duplicates(["ACGT", "TTGA", "ACGT", "ACGG"])
    >>> found.n_distinct, found.share
    (3, 0.25)
    """
    return duplicates_of(as_sequences(data, alphabet, unknown, column, weights))
