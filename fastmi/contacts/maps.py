"""ContactMap: how far apart letters are, or whether they pair, for every pair of positions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from .._checks import MOST_POSITIONS, check_number, check_share, check_size
from .._numbers import Doubles, as_reals, frozen
from ..errors import FastMIError
from ._alignment import align
from ._names import UNKNOWN
from .structures import Structure

THRESHOLD = 8.0  # angstroms between C-alpha atoms
SEPARATION = 6  # letters; closer ones touch in any helix
PAIR_SEPARATION = 4  # a hairpin has three letters at least
_GAPS = "-."

Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False, repr=False)
class ContactMap:
    """What is known of every pair of letters: the truth that a map is held against.

    Attributes
    ----------
    distances : ndarray of float64, shape (L, L)
        Symmetric, read-only; NaN where nothing is known, as of residues without atoms. Of base
        pairs 0 for a pair and infinite else, of probabilities 1 - p.
    threshold : float
        What is closer than this is in contact, unless the caller says otherwise.
    separation : int
        Pairs fewer letters apart do not count, unless the caller says otherwise.
    rule : str
        What distances are, in words.
    unit : str
        "A" for angstroms, or "".
    sequence : str or None
        What stands at the positions, gaps as "-".
    labels : tuple of str
        What each position is called there, such as "K4" (the author's number); "" for none.
    coverage, identity : float
        The share of positions of which something is known; of equal letters among those
        aligned. NaN where nothing was aligned.
    provenance : dict
        File, chain, model, alignment.
    """

    distances: Doubles
    threshold: float = THRESHOLD
    separation: int = SEPARATION
    rule: str = "distances"
    unit: str = "A"
    sequence: str | None = None
    labels: tuple[str, ...] = ()
    coverage: float = 1.0
    identity: float = float("nan")
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.distances)

    def __array__(
        self, dtype: npt.DTypeLike | None = None, copy: bool | None = None
    ) -> npt.NDArray[Any]:
        array = self.distances if dtype is None else self.distances.astype(dtype)
        return array.copy() if copy else array

    def __repr__(self) -> str:
        return (
            f"<ContactMap: {self.rule}, {len(self)} positions, coverage {self.coverage:.0%}, "
            f"{len(self.pairs()):,} contacts>"
        )

    def in_words(self, threshold: float | None = None) -> str:
        """The contact rule."""
        if self.unit:
            below = self.threshold if threshold is None else threshold
            return f"{self.rule} closer than {below:g} A"
        return self.rule

    def contacts(
        self, threshold: float | None = None, min_separation: int | None = None
    ) -> Booleans:
        """Which letters touch.

        Parameters
        ----------
        threshold : float, optional
            What is closer than this does; by default ``threshold`` of the map.
        min_separation : int, optional
            The least number of letters from one to the other (j - i); by default
            ``separation`` of the map.

        Returns
        -------
        ndarray of bool, shape (L, L)
            Symmetric; False where nothing is known.
        """
        below = self.threshold if threshold is None else check_threshold(threshold)
        least = self.separation if min_separation is None else min_separation
        least = check_size("min_separation", least)
        far = abs(np.subtract.outer(np.arange(len(self)), np.arange(len(self)))) >= least
        return np.asarray((self.distances < below) & far)

    def pairs(
        self, threshold: float | None = None, min_separation: int | None = None
    ) -> npt.NDArray[np.int64]:
        """The same as pairs i < j, shape (contacts, 2)."""
        return np.argwhere(np.triu(self.contacts(threshold, min_separation), 1))

    def of_kmers(self, k: int) -> Doubles:
        """The least distance of any letter of one k-mer and any of another.

        Parameters
        ----------
        k : int
            Letters in a k-mer.

        Returns
        -------
        ndarray of float64, shape (L - k + 1, L - k + 1)
            NaN where anything is not known of two of their letters.
        """
        n = len(self) - check_size("k", k, 1) + 1
        if n < 1:
            raise ValueError(f"k is at most {len(self)}, got {k}")
        rows = self.distances[:n]
        for offset in range(1, k):
            rows = np.minimum(rows, self.distances[offset : offset + n])
        found = rows[:, :n]
        for offset in range(1, k):
            found = np.minimum(found, rows[:, offset : offset + n])
        return found

    # ------------------------------------------------------------------- other ways to get one

    @classmethod
    def from_distances(
        cls,
        distances: npt.ArrayLike,
        *,
        threshold: float = THRESHOLD,
        min_separation: int = SEPARATION,
        rule: str = "distances",
        sequence: str | None = None,
        labels: Iterable[str] = (),
    ) -> ContactMap:
        """A map of a matrix of one's own.

        Parameters
        ----------
        distances : array_like of float, shape (L, L)
            Symmetric, from 0 up; NaN for what is not known.
        threshold, min_separation
            What ``contacts`` has by default.
        rule : str
            What the distances are, in words.
        sequence : str, optional
            What stands at the positions.
        labels : iterable of str
            What each position is called.
        """
        matrix = _square(distances, "distances")
        if bool((matrix < 0).any()):
            raise ValueError(f"distances are from 0 up, got {np.nanmin(matrix):g}")
        names = tuple(str(label) for label in labels)
        if names and len(names) != len(matrix):
            raise ValueError(f"there are {len(names)} labels for {len(matrix)} positions")
        if sequence is not None and len(sequence) != len(matrix):
            raise ValueError(f"the sequence has {len(sequence)} letters, not {len(matrix)}")
        return cls(
            frozen(matrix),
            check_threshold(threshold),
            check_size("min_separation", min_separation),
            rule,
            sequence=sequence,
            labels=names,
            coverage=_coverage(matrix),
        )

    @classmethod
    def from_pairs(
        cls,
        pairs: npt.ArrayLike,
        length: int,
        *,
        min_separation: int = PAIR_SEPARATION,
        rule: str = "pairs",
    ) -> ContactMap:
        """A map of a list of contacts: everything else is none.

        Parameters
        ----------
        pairs : array_like of int, shape (n, 2)
            0-based positions.
        length : int
            Number of positions.
        min_separation : int
            What ``contacts`` has by default.
        rule : str
            What they are, in words.
        """
        n = check_positions(length)
        try:
            array = np.asarray(pairs)
        except ValueError:
            raise ValueError("pairs are whole numbers of shape (n, 2)") from None
        if array.size == 0:
            array = np.empty((0, 2), np.int64)
        if array.ndim != 2 or array.shape[1] != 2 or array.dtype.kind not in "iu":
            raise ValueError(
                f"pairs are whole numbers of shape (n, 2), got {array.dtype} {array.shape}"
            )
        if len(array) and not 0 <= array.min() <= array.max() < n:
            raise ValueError(f"positions are between 0 and {n - 1}, got {array.ravel()}")
        matrix = np.full((n, n), np.inf)
        matrix[array[:, 0], array[:, 1]] = matrix[array[:, 1], array[:, 0]] = 0.0
        return cls(
            frozen(matrix), 0.5, check_size("min_separation", min_separation), rule, unit=""
        )

    @classmethod
    def from_contacts(
        cls,
        contacts: npt.ArrayLike,
        *,
        min_separation: int = SEPARATION,
        rule: str = "contacts",
    ) -> ContactMap:
        """A map of a matrix that is True where two positions touch, shape (L, L)."""
        given = np.asarray(contacts)
        if given.dtype != np.bool_:
            raise TypeError(f"contacts are True or False, got an array of {given.dtype}")
        matrix = _square(np.where(given, 0.0, np.inf), "contacts")
        return cls(
            frozen(matrix), 0.5, check_size("min_separation", min_separation), rule, unit=""
        )

    @classmethod
    def from_probabilities(
        cls,
        probabilities: npt.ArrayLike,
        *,
        least: float = 0.5,
        min_separation: int = PAIR_SEPARATION,
        rule: str = "base pairs",
    ) -> ContactMap:
        """A map of probabilities of pairing.

        Parameters
        ----------
        probabilities : array_like of float, shape (L, L)
            From 0 to 1; symmetric, or 0 below the diagonal, as ViennaRNA gives them.
        least : float
            What pairs with more than this counts as a contact.
        min_separation : int
            What ``contacts`` has by default.
        rule : str
            What they are, in words.
        """
        matrix = _square(probabilities, "probabilities", half=True)
        if not bool(((matrix >= 0) & (matrix <= 1)).all()):
            raise ValueError("probabilities are between 0 and 1")
        least = check_share("least", least)
        return cls(
            frozen(1 - matrix),
            1 - least,
            check_size("min_separation", min_separation),
            f"{rule} with p > {least:g}",
            unit="",
        )


def contact_map(
    structure: Structure,
    sequence: str | None = None,
    *,
    threshold: float | None = None,
    min_identity: float = 0.8,
) -> ContactMap:
    """The distances of a structure at the positions of a sequence, such as the wild type.

    The structure's sequence, residues without atoms included, is aligned to the other one:
    the exact optimum of 5 for equal letters, -4 for different ones, 0 for unknown ones, -10
    for a gap and -1 for each further letter of it, gaps at the ends for free.

    Parameters
    ----------
    structure : Structure
        As of :func:`fastmi.contacts.structure`.
    sequence : str, optional
        What stands at the positions of the map. A row of an alignment may have gaps ("-" or
        "."): columns of which nothing is known. By default the structure's own sequence.
    threshold : float, optional
        What is closer than this is in contact, in angstroms; by default 8, of the closest
        atoms 5.
    min_identity : float
        The least share of equal letters among those aligned. A structure of a relative has
        less; 0 allows anything.

    Returns
    -------
    ContactMap

    Raises
    ------
    FastMIError
        The sequences are too different, or nothing is aligned.

    Examples
    --------
    >>> import fastmi
    >>> s = fastmi.contacts.structure(fastmi.example("gb1_structure"))
    >>> fastmi.contacts.contact_map(s, "YKLILNGKTLKGETTTEAVDAATAEKVFKQ")
    <ContactMap: C-alpha atoms, 30 positions, coverage 100%, 27 contacts>
    """
    share = check_share("min_identity", min_identity)
    if threshold is None:
        threshold = 5.0 if structure.atom == "closest" else THRESHOLD
    text = structure.sequence if sequence is None else sequence
    if not isinstance(text, str) or not text.isascii() or not text:
        raise ValueError(f"sequence must be a string of letters, got {sequence!r}")
    check_positions(len(text))
    columns = np.array([at for at, letter in enumerate(text) if letter not in _GAPS], np.int64)
    mine = "".join(text[at] for at in columns).upper().replace("U", "T")
    theirs = structure.sequence.replace("U", "T")
    i, j = align(mine, theirs)
    equal = [mine[a] == theirs[b] for a, b in zip(i, j, strict=True) if theirs[b] != UNKNOWN]
    identity = sum(equal) / len(equal) if equal else 0.0
    seen = structure.residues["observed"][j]
    coverage = float(seen.sum()) / len(text)
    if identity < share or not seen.any():
        raise FastMIError(
            f"chain {structure.chain or 'blank'} of {structure.path} is not this sequence: "
            f"{sum(equal)} of {len(equal)} aligned letters are equal, min_identity={share:g} "
            "allows fewer"
            if equal
            else f"nothing of chain {structure.chain or 'blank'} of {structure.path} is "
            "aligned to this sequence"
        )
    matrix = np.full((len(text), len(text)), np.nan)
    where = columns[i]
    matrix[np.ix_(where, where)] = structure.distances()[np.ix_(j, j)]
    labels = [""] * len(text)
    for a, b in zip(where.tolist(), j.tolist(), strict=True):
        labels[a] = structure.label(b)
    return ContactMap(
        frozen(matrix),
        check_threshold(threshold),
        SEPARATION,
        structure.rule,
        sequence=text.replace(".", "-"),
        labels=tuple(labels),
        coverage=coverage,
        identity=identity,
        provenance={
            "file": structure.path,
            "chain": structure.chain,
            "model": structure.model,
            "atom": structure.atom,
            "residues": len(structure),
            "observed": int(structure.residues["observed"].sum()),
            "aligned": len(i),
        },
    )


def check_threshold(threshold: float) -> float:
    """Raise unless it is a number above 0."""
    value = check_number("threshold", threshold)
    if not value > 0:
        raise ValueError(f"threshold must be above 0, got {threshold}")
    return value


def check_positions(length: int) -> int:
    """Raise unless a map can have so many positions."""
    n = check_size("length", length, 1)
    if n > MOST_POSITIONS:
        raise ValueError(f"a map has at most {MOST_POSITIONS:,} positions, got {n:,}")
    return n


def _square(given: npt.ArrayLike, what: str, half: bool = False) -> Doubles:
    """A symmetric matrix as float64; of one that has but an upper half, both."""
    try:
        matrix = as_reals(given)
    except (TypeError, ValueError):
        raise TypeError(f"{what} must be a matrix of numbers") from None
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not len(matrix):
        raise ValueError(f"{what} must have shape (L, L), got {matrix.shape}")
    check_positions(len(matrix))
    if half and not np.tril(matrix, -1).any():
        matrix = np.triu(matrix) + np.triu(matrix, 1).T
    if not np.allclose(matrix, matrix.T, rtol=0, atol=1e-6, equal_nan=True):
        raise ValueError(f"{what} must be symmetric")
    return matrix


def _coverage(matrix: Doubles) -> float:
    off = matrix.copy()
    np.fill_diagonal(off, np.nan)
    return float((~np.isnan(off)).any(axis=1).mean())
