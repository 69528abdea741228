"""Checks of parameters that several modules share; each error says what is allowed."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from math import log2
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _core
from .errors import FastMIError, FastMIWarning

MEASURES = ("MI", "JS", "JS_inv", "BC", "BC_inv", "HE")
EPISTASIS = ("EP_rms", "EP_mean", "EP_abs")  # of scores, not of counts
NORMALISATIONS = ("sument", "minent", "maxent", "mincon", "maxcon", "joint")
DERIVED = ("MI_APC", "MI_ASC", "CMI", *(f"NMI_{kind}" for kind in NORMALISATIONS))  # of MI

MOST_SEQUENCES = 2**32 - 1  # a cell is a uint32, and none is larger than their number
_MOST_UNITS = 2**63 - 1
MOST_POSITIONS = 16_384  # about 25 bytes a cell while a map is made: 6.7 GB
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_CONSERVED = 0.8


def check_size(name: str, value: int, least: int = 0) -> int:
    """Raise unless it is a whole number from ``least`` up."""
    if not isinstance(value, int | np.integer) or isinstance(value, bool):
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    if not least <= value < 2**62:
        most = "" if value < least else ", below 2^62"
        raise ValueError(f"{name} must be a whole number from {least} up{most}, got {value}")
    return int(value)


def check_positions(positions: Iterable[int] | None, length: int) -> npt.NDArray[np.int64]:
    """Positions of sequences of this length, each once, ascending; by default all."""
    every = range(length) if positions is None else positions
    if not isinstance(every, Iterable):
        raise TypeError(f"positions are several whole numbers, got {positions!r}")
    where = np.array(sorted({check_size("a position", each) for each in every}), np.int64)
    if len(where) and where[-1] >= length:
        raise ValueError(f"positions are between 0 and {length - 1}, got {int(where[-1])}")
    return where


def check_number(name: str, value: float, allowed: str = "") -> float:
    """Raise TypeError unless it is a number; ``allowed`` says which ones are, in words."""
    number = isinstance(value, int | float | np.integer | np.floating)
    if not number or isinstance(value, bool):
        raise TypeError(f"{name} must be a number{allowed and ' '}{allowed}, got {value!r}")
    return float(value)


def check_share(name: str, value: float) -> float:
    """Raise unless it is a number from 0 to 1."""
    if not 0 <= check_number(name, value, "between 0 and 1") <= 1:
        raise ValueError(f"{name} must be between 0 and 1, got {value}")
    return float(value)


def check_block(start: int, stop: int, n: int) -> None:
    """Raise unless sequences ``start`` to ``stop - 1`` are some of n."""
    if not 0 <= start <= stop <= n:
        raise IndexError(f"there are {n:,} sequences, got {start:,} to {stop:,}")


def check_length_k(length: int, k: int) -> tuple[int, int]:
    """Raise unless sequences of this length have a pair, and its map fits into memory."""
    if not isinstance(length, int | np.integer) or isinstance(length, bool):
        raise TypeError(f"length must be a whole number, got {length!r}")
    if length < 2 * k:
        raise ValueError(
            f"sequences of length {length} have no two {k}-mers side by side; k must be at "
            f"most {length // 2}"
            if length > 1
            else f"sequences of length {length} have no pair of positions"
        )
    n_positions = int(length) - k + 1
    if n_positions > MOST_POSITIONS:
        raise ValueError(
            f"sequences of length {length:,} have {n_positions:,} positions, a map has at most "
            f"{MOST_POSITIONS:,} (its making would need {25 * n_positions**2:,} bytes)"
        )
    return int(length), int(k)


def check_pseudocount(pseudocount: float) -> None:
    """Raise unless it is a number from 0 to a million."""
    if not 0 <= check_number("pseudocount", pseudocount) <= _core.MAX_PSEUDOCOUNT:
        raise ValueError(
            f"pseudocount must be between 0 and {_core.MAX_PSEUDOCOUNT:,.0f} (multiples of the "
            "number of sequences), got "
            f"{pseudocount}"
        )


def check_identity(identity: float) -> float:
    """The share of equal letters as a float; raise unless it is above 0 and at most 1."""
    if not 0 < check_number("identity", identity) <= 1:
        raise ValueError(f"identity must be above 0 and at most 1, got {identity}")
    # through its shortest decimals: a float32 of 0.8 means 0.8, not 0.800000011920929
    return float(str(identity))


def check_measure(measure: str, allowed: tuple[str, ...] = MEASURES[1:]) -> None:
    """Raise unless it is one of the allowed measures, by default the distances."""
    if measure not in allowed:
        raise ValueError(f"measure must be one of {', '.join(allowed)}, got {measure!r}")


def check_n_sequences(n_sequences: int, n_dropped: int = 0, total: int | None = None) -> None:
    """Raise where there is nothing to evaluate: no sequences, or none that counts (total)."""
    if n_sequences == 0:
        dropped = f": all {n_dropped:,} have letters outside the alphabet" if n_dropped else ""
        raise FastMIError(f"there are no sequences{dropped}")
    if total == 0:
        raise FastMIError(f"the weights of all {n_sequences:,} sequences are 0")
    if n_sequences > MOST_SEQUENCES:
        raise FastMIError(
            f"{n_sequences:,} sequences are more than one table can count ({MOST_SEQUENCES:,})"
        )


def check_fits(total: int, weighted: bool = False) -> None:
    """Raise where counts, or units of weights, would be more than a table can hold."""
    most = _MOST_UNITS if weighted else MOST_SEQUENCES
    if weighted and total > most:
        raise FastMIError(
            "the weights sum to more than one table can hold (2^27); divide them by a "
            "constant, or keep several JointCounts"
        )
    if total > most:
        raise FastMIError(
            f"{total:,} sequences are more than one table can count ({most:,}), each as often "
            "as its weight says; keep several JointCounts"
        )


def check_reference(reference: str | None, length: int) -> None:
    """Raise unless the reference labels every position."""
    if reference is None:
        return
    if not isinstance(reference, str):
        raise TypeError(f"reference must be a string, got {type(reference).__name__}")
    if len(reference) != length:
        raise ValueError(f"the reference has {len(reference)} letters, the sequences {length}")


def parse_bytes(size: str | int) -> int:
    """A number of bytes, or a string such as "4GB" (10^9) or "512 MiB" (2^20)."""
    if isinstance(size, int | np.integer) and not isinstance(size, bool) and size > 0:
        return int(size)
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B?\s*", str(size), re.I)
    if not isinstance(size, str) or match is None or len(size) > 20:
        raise ValueError(f"a size is a number of bytes or as '4GB' or '512MiB', got {size!r}")
    number, unit, binary = match.groups()
    scale = _UNITS[unit.upper()]
    if binary:
        scale = 1 << (10 * "KMGT".index(unit.upper()) + 10) if unit else 1
    return int(float(number) * scale)


def check_pair(i: int, j: int, n_positions: int, k: int) -> tuple[int, int]:
    """Raise unless (i, j) is a pair of the map."""
    for position in (i, j):
        if not isinstance(position, int | np.integer) or isinstance(position, bool):
            raise TypeError(f"a position is a whole number, got {position!r}")
    if not (i >= 0 and i + k <= j < n_positions):
        raise ValueError(f"a pair is 0 <= i, i + {k} <= j < {n_positions}, got ({i}, {j})")
    return int(i), int(j)


def warn_conserved(kmer_counts: npt.NDArray[Any], pseudocount: float, stacklevel: int) -> None:
    """Warn where the pseudocount, not the data, would make conserved positions bright.

    Two positions that never vary are independent, yet smoothing their joint table towards
    uniform ties them: with s = pseudocount / (1 + pseudocount) and M k-mers, one cell of it
    has 1 - s + s / M^2 and the others s / M^2.

    Parameters
    ----------
    kmer_counts : ndarray of integers, shape (P, M)
        Positional k-mer counts.
    pseudocount : float
        As asked for.
    stacklevel : int
        For :func:`warnings.warn`.
    """
    if pseudocount == 0:
        return
    totals = kmer_counts.sum(axis=1)
    conserved = int((kmer_counts.max(axis=1) > _CONSERVED * totals).sum())
    if conserved < 2:
        return
    m = kmer_counts.shape[1]
    spread = pseudocount / (1.0 + pseudocount)  # the share that goes to all cells alike
    cell, margin = 1 - spread + spread / m**2, 1 - spread + spread / m
    other_cell, other_margin = spread / m**2, spread / m
    artefact = (
        cell * log2(cell / margin**2)
        + 2 * (m - 1) * other_cell * log2(other_cell / (margin * other_margin))
        + (m - 1) ** 2 * other_cell * log2(other_cell / other_margin**2)
        if other_margin**2 > 0
        else 0.0
    )
    warnings.warn(
        f"at {conserved} of {len(kmer_counts)} positions one k-mer makes up more than "
        f"{_CONSERVED:.0%} of the sequences; pseudocount={pseudocount:g} alone gives two "
        f"such positions up to {artefact:.3g} bits. Use pseudocount=0 for variants of one "
        "sequence, conserved alignments and fixed motifs",
        FastMIWarning,
        stacklevel=stacklevel,
    )
