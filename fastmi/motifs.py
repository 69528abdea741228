"""Motifs: position frequency matrices (PFMs), out of counts, sequences, letters and files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from ._checks import check_size
from ._counted import counted, kmer_counts
from ._draws import Draws, Rng, Stream, drawn_letters, resolve_seed, thresholds_of
from ._frequencies import (
    Background,
    Frequencies,
    check_added,
    check_background,
    check_frequencies,
    in_letters_of,
)
from ._iupac import code_of, letters_of, standing_out
from ._packing import Bytes
from ._strengths import StrengthSampler
from .alphabet import DNA, Alphabet, get_alphabet
from .io import as_sequences

Strand: TypeAlias = Literal["+", "-", "both"]
STRANDS: tuple[str, ...] = get_args(Strand)
Order: TypeAlias = Literal["fixed", "random"]  # of several, from left to right
ORDERS: tuple[str, ...] = get_args(Order)

SCAN_PSEUDOCOUNT = 0.01  # of scores along sequences, so that no letter is impossible


@dataclass(frozen=True, eq=False, repr=False)
class Motif:
    """A position frequency matrix: how often each letter stands at each position.

    Make one with ``from_counts``, ``from_sequences`` or ``from_iupac``, or read some with
    :func:`fastmi.read_motifs`.

    Attributes
    ----------
    name : str
        Such as "MAX".
    frequencies : ndarray of float64, shape (w, A)
        Of each letter at each position; each row adds to 1. Copied, and read-only.
    alphabet : str or Alphabet
        What the columns mean.
    n_sites : float or None
        How many sequences it was made from, where that is known.
    identifier : str
        What a database calls it, such as "MA0058.3"; or "".
    read_as : str
        What a file's numbers were taken for, in words; or "". Motifs that differ in this
        only are equal.

    Examples
    --------
    >>> ebox = Motif.from_iupac("CANNTG")
    >>> ebox
    <Motif CANNTG: 6 positions, dna, CANNTG>
    >>> ebox.information().tolist()
    [2.0, 2.0, 0.0, 0.0, 2.0, 2.0]
    """

    name: str
    frequencies: Frequencies
    alphabet: Alphabet = DNA
    n_sites: float | None = None
    identifier: str = ""
    read_as: str = ""

    def __post_init__(self) -> None:
        for what in (self.name, self.identifier, self.read_as):
            if not isinstance(what, str):
                raise TypeError(f"names of motifs are strings, got {what!r}")
        kind = get_alphabet(self.alphabet)
        shape = np.shape(self.frequencies)
        if len(shape) != 2 or 0 in shape:
            raise ValueError(
                f"frequencies must have shape (w, {len(kind)}), one row a position, got {shape}"
            )
        frozen = check_frequencies(self.frequencies, (shape[0], len(kind)), "frequencies")
        frozen.flags.writeable = False
        if self.n_sites is not None and not 0 < self.n_sites < np.inf:
            raise ValueError(f"n_sites must be a number above 0, or None, got {self.n_sites!r}")
        object.__setattr__(self, "alphabet", kind)
        object.__setattr__(self, "frequencies", frozen)

    # ------------------------------------------------------------------------- making

    @classmethod
    def from_counts(
        cls,
        counts: npt.ArrayLike,
        name: str = "",
        alphabet: str | Alphabet = DNA,
        *,
        pseudocount: float = 0.0,
        identifier: str = "",
        read_as: str = "",
    ) -> Motif:
        """Make a motif of counts.

        Parameters
        ----------
        counts : array_like, shape (w, A)
            How often each letter was seen at each position. Positions may add to different
            numbers; ``n_sites`` is their mean.
        name : str
            Of the motif.
        alphabet : str or Alphabet
            "dna", "rna", "protein", or the letters in the order of the columns.
        pseudocount : float
            Added to each count, in sequences.
        identifier, read_as : str
            As of the class.

        Returns
        -------
        Motif

        Examples
        --------
        >>> Motif.from_counts([[3, 1, 0, 0], [0, 0, 4, 0]], "AG").frequencies.tolist()
        [[0.75, 0.25, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]
        """
        kind = get_alphabet(alphabet)
        try:
            array = np.asarray(counts, np.float64)
        except (TypeError, ValueError):
            raise TypeError(f"counts must be numbers, got {counts!r}") from None
        if array.ndim != 2 or array.shape[1] != len(kind) or not len(array):
            raise ValueError(
                f"counts must have shape (w, {len(kind)}), one row a position, "
                f"got {array.shape}"
            )
        if not (np.isfinite(array) & (array >= 0)).all():
            raise ValueError("counts must be finite numbers from 0 up")
        sites = array.sum(axis=1)
        smoothed = array + check_added(pseudocount)
        totals = smoothed.sum(axis=1, keepdims=True)
        if not totals.all():
            raise ValueError(f"nothing was counted at position {int(totals.argmin())}")
        if not np.isfinite(totals).all():
            raise ValueError("the counts of a position add to more than a number can hold")
        n_sites = float(sites.mean()) or None
        return cls(name, smoothed / totals, kind, n_sites, identifier, read_as)

    @classmethod
    def from_sequences(
        cls,
        data: object,
        name: str = "",
        alphabet: str | Alphabet | None = None,
        *,
        pseudocount: float = 0.0,
    ) -> Motif:
        """Make a motif of aligned sequences, such as the sites that a protein binds.

        Parameters
        ----------
        data : PackedSequences, source, path-like, list of str or array_like
            Sequences of one length; those with weights count by them.
        name : str
            Of the motif.
        alphabet : str or Alphabet, optional
            As for :func:`fastmi.pairwise_mi`.
        pseudocount : float
            Added to the count of each letter at each position, in sequences.

        Returns
        -------
        Motif

        Examples
        --------
        >>> Motif.from_sequences(["UGCAUG", "UGCACG"], "RBFOX1", "rna")
        <Motif RBFOX1: 6 positions, rna, UGCAYG, 2 sites>
        """
        sequences = as_sequences(data, alphabet)
        job = counted(sequences)
        counts = kmer_counts(job, 1) * job.unit
        return cls.from_counts(counts, name, sequences.alphabet, pseudocount=pseudocount)

    @classmethod
    def from_iupac(
        cls, letters: str, alphabet: str | Alphabet = DNA, *, name: str | None = None
    ) -> Motif:
        """Make a motif of letters, and of IUPAC codes for several of them.

        Parameters
        ----------
        letters : str
            One a position. DNA and RNA: R, Y, S, W, K, M, B, D, H, V, and N for any; protein:
            B (D or N), J (I or L), Z (E or Q), and X for any; other alphabets: their
            placeholder for any. The letters that a code stands for are equally likely.
        alphabet : str or Alphabet
            "dna", "rna", "protein", or the letters in the order of their codes.
        name : str, optional
            By default the letters.

        Returns
        -------
        Motif

        Examples
        --------
        >>> Motif.from_iupac("YA", "rna").frequencies.tolist()
        [[0.0, 0.5, 0.0, 0.5], [1.0, 0.0, 0.0, 0.0]]
        """
        kind = get_alphabet(alphabet)
        if not isinstance(letters, str) or not letters:
            raise ValueError(f"a motif has at least one letter, got {letters!r}")
        rows = np.zeros((len(letters), len(kind)))
        for at, (code, row) in enumerate(zip(letters, rows, strict=True)):
            some = letters_of(code, kind)
            if not some:
                raise ValueError(
                    f"{code!r} at position {at} of {letters!r} is neither a letter nor a code "
                    f"of {kind.name!r}"
                )
            row[[kind.letters.index(c) for c in some]] = 1 / len(some)
        return cls(letters if name is None else name, rows, kind)

    # ------------------------------------------------------------------ looking inside

    def __len__(self) -> int:
        return int(self.frequencies.shape[0])

    def __repr__(self) -> str:
        title = self.name if not self.identifier else f"{self.name} ({self.identifier})"
        sites = "" if self.n_sites is None else f", {self.n_sites:,.6g} sites"
        consensus = self.consensus(iupac=True)
        shown = consensus if len(consensus) <= 40 else f"{consensus[:37]}..."
        return (
            f"<Motif {title.strip()}: {len(self)} position{'s'[: len(self) != 1]}, "
            f"{self.alphabet.name}, {shown}{sites}>"
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Motif):
            return NotImplemented
        return (
            (self.name, self.identifier, self.n_sites, self.alphabet)
            == (other.name, other.identifier, other.n_sites, other.alphabet)
        ) and bool(np.array_equal(self.frequencies, other.frequencies))

    __hash__ = None  # type: ignore[assignment]

    def consensus(self, *, iupac: bool = False) -> str:
        """The likeliest letter of each position.

        Parameters
        ----------
        iupac : bool
            Whether to write codes where no letter stands out (Cavener's rule): a letter that
            has at least half, and twice what the next one has, stands alone; else two
            that have more than three quarters together share a code; else all that occur.
            Where there is no such code, that for any letter.

        Returns
        -------
        str

        Examples
        --------
        >>> motif = Motif.from_counts([[8, 1, 1, 0], [5, 0, 5, 0], [3, 3, 2, 2]])
        >>> motif.consensus(), motif.consensus(iupac=True)
        ('AAA', 'ARN')
        """
        letters = self.alphabet.letters
        if not iupac:
            return "".join(letters[a] for a in self.frequencies.argmax(axis=1))
        every = code_of(letters, self.alphabet)
        return "".join(
            code_of("".join(letters[a] for a in standing_out(row)), self.alphabet) or every
            for row in self.frequencies
        )

    def information(self, background: Background = None) -> Frequencies:
        """Information of each position: its relative entropy to the background.

        With a uniform background, log2 A - H, as the heights of sequence logos (T. D.
        Schneider et al. (1986), doi:10.1016/0022-2836(86)90165-8), without the correction for
        small samples.

        Parameters
        ----------
        background : mapping or array_like, optional
            Frequency of each letter, as ``{"A": 0.3, ...}`` or shape (A,), all above 0; by
            default all are equally likely.

        Returns
        -------
        ndarray of float64, shape (w,)
            In bits.
        """
        p = self.frequencies
        ratio = p / check_background(background, self.alphabet)
        return np.asarray((p * np.log2(np.where(p > 0, ratio, 1))).sum(axis=1))

    def heights(self, background: Background = None) -> Frequencies:
        """Heights of the letters in a logo: each one's share of its position's information.

        Parameters
        ----------
        background : mapping or array_like, optional
            As for :meth:`information`.

        Returns
        -------
        ndarray of float64, shape (w, A)
            In bits; rows add to :meth:`information`.

        Examples
        --------
        >>> Motif.from_iupac("AR").heights().tolist()
        [[2.0, 0.0, 0.0, 0.0], [0.5, 0.0, 0.5, 0.0]]
        """
        return np.asarray(self.frequencies * self.information(background)[:, None])

    def log_odds(self, background: Background = None, pseudocount: float = 0.0) -> Frequencies:
        """Log-odds scores: log2 of how much likelier a letter is here than elsewhere.

        Parameters
        ----------
        background : mapping or array_like, optional
            As for :meth:`information`.
        pseudocount : float
            Share of the background that is mixed in: p becomes (p + pseudocount b) /
            (1 + pseudocount). With 0, letters that never occur have minus infinity.

        Returns
        -------
        ndarray of float64, shape (w, A)
            In bits.
        """
        pseudocount = check_added(pseudocount)
        b = check_background(background, self.alphabet)
        with np.errstate(divide="ignore"):
            return np.log2((self.frequencies / b + pseudocount) / (1 + pseudocount))

    # ----------------------------------------------------------------------- changing

    def reverse_complement(self) -> Motif:
        """The same motif on the other strand; DNA and RNA only.

        Examples
        --------
        >>> Motif.from_iupac("CATTR").reverse_complement().consensus(iupac=True)
        'YAATG'
        """
        if self.alphabet.complement is None:
            raise ValueError(
                f"only motifs of DNA and RNA have a reverse complement, this one is over "
                f"{self.alphabet.name!r}"
            )
        partners = self.alphabet.complement[: len(self.alphabet)]
        return replace(self, frequencies=self.frequencies[::-1, partners])

    def with_alphabet(self, alphabet: str | Alphabet) -> Motif:
        """The same motif over an alphabet with the same letters, such as RNA for DNA.

        Parameters
        ----------
        alphabet : str or Alphabet
            One that has, or reads, each letter of this one's.

        Returns
        -------
        Motif

        Examples
        --------
        >>> Motif.from_iupac("TGCATG").with_alphabet("rna").consensus()
        'UGCAUG'
        """
        kind = get_alphabet(alphabet)
        frequencies = in_letters_of(self.frequencies, self.alphabet.letters, kind)
        return replace(self, frequencies=frequencies, alphabet=kind)

    def trim(self, threshold: float = 0.5) -> Motif:
        """The motif without the positions at its ends that say little.

        Parameters
        ----------
        threshold : float
            Least information of the first and the last position that stay, in bits.

        Returns
        -------
        Motif

        Examples
        --------
        >>> Motif.from_iupac("NNCANNTGN").trim().consensus(iupac=True)
        'CANNTG'
        """
        kept = np.flatnonzero(self.information() >= threshold)
        if not len(kept):
            raise ValueError(f"no position of the motif has {threshold:g} bits of information")
        return replace(self, frequencies=self.frequencies[kept[0] : kept[-1] + 1])

    # ----------------------------------------------------------------------- drawing

    def sample(
        self,
        n: int,
        rng: Rng = None,
        *,
        strength: float | tuple[float, float] | None = None,
        background: Background = None,
    ) -> Bytes:
        """Random instances of the motif, each letter drawn by its frequency.

        Parameters
        ----------
        n : int
            How many.
        rng : int, numpy Generator or None
            As for :func:`fastmi.simulate.random`.
        strength : float or two floats, optional
            A quantile of the scores that the motif's instances have, or two, from 0 (the
            weakest) to 1 (the consensus): only instances with this score, or with scores
            between these, are drawn, exactly as often as the others would leave them. A score
            is the sum of log2(p / background) over the positions, each rounded to 1/1000
            bit. By default all are drawn.
        background : mapping or array_like, optional
            For the scores, as for :meth:`information`.

        Returns
        -------
        ndarray of uint8, shape (n, w)
            Codes of letters.

        Examples
        --------
        >>> motif = Motif.from_counts([[9, 1, 0, 0], [0, 0, 3, 7]], "AT")
        >>> DNA.letter_bytes[motif.sample(3, 1, strength=1)].tobytes()
        b'ATATAT'
        """
        draws = Draws(resolve_seed(rng), Stream.MOTIFS, 0, check_size("n", n))
        if strength is None:
            return drawn_letters(draws.words(len(self)), thresholds_of(self.frequencies))
        low, high = strength if isinstance(strength, tuple) else (strength, strength)
        return StrengthSampler(self, low, high, background).codes(draws.uniforms(len(self)))
