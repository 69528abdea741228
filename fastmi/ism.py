"""In silico mutagenesis: what each single mutation of a sequence does to a model's scores.

All mutants of all sequences are one source, which is scored as any other: in large batches,
chunk by chunk, here or by workers.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TextIO

import numpy as np
import numpy.typing as npt

from . import _core
from ._archive import Archive, description_of, whole
from ._checks import check_positions, check_size, parse_bytes
from ._files import write_arrays, write_lines
from ._heads import head_number
from ._mutants import Mutants, by_sequence
from ._numbers import Doubles
from ._packing import Bytes
from ._provenance import Clock, versions_used
from ._workers import Executors
from .alphabet import Alphabet
from .models.base import about_model, given_heads, head_names, wrap
from .scoring import scored_chunks, source_to_score
from .sequences import PackedSequences
from .sources import Source, about_source

MUTAGENESIS_KIND = "fastmi mutagenesis"
HEIGHTS = ("l2", "mean")
_MOST_HEADS = 1 << 20


@dataclass(frozen=True, eq=False, repr=False)
class Mutagenesis:
    """Effects of all single mutations of some sequences.

    Attributes
    ----------
    effects : ndarray of float64, shape (N, P, A, heads)
        Score of the mutant minus that of the wild type, by sequence, position and letter. 0 at
        the letter that is there; NaN where it is missing.
    wild_type : ndarray of float64, shape (N, heads)
        Scores of the sequences themselves.
    sequences : PackedSequences
        The N sequences.
    positions : ndarray of int64, shape (P,)
        Where letters were changed, 0-based, ascending.
    heads : tuple of str
        Names of the model's scores; one empty name where it has one.
    first_position : int
        Number of the first letter in tables and plots.
    provenance : dict
        Model, sequences, versions, and what the run took.

    Examples
    --------
    See :func:`fastmi.mutagenesis`.
    """

    effects: Doubles
    wild_type: Doubles
    sequences: PackedSequences
    positions: npt.NDArray[np.int64]
    heads: tuple[str, ...]
    first_position: int = 0
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        n, p, _, h = self.effects.shape
        scores = f", {h} scores" if h > 1 else ""
        return f"<Mutagenesis of {n:,} sequences at {p:,} positions{scores}>"

    def __len__(self) -> int:
        return len(self.effects)

    @property
    def alphabet(self) -> Alphabet:
        """What the sequences are made of."""
        return self.sequences.alphabet

    def values(self, head: str | int | None = None) -> Doubles:
        """The effects on one score.

        Parameters
        ----------
        head : str or int, optional
            Name or number of the score; not needed where the model has one.

        Returns
        -------
        ndarray of float64, shape (N, P, A)
        """
        return self.effects[..., head_number(self.heads, head)]

    def l2(self, head: str | int | None = None) -> Doubles:
        """How much each position matters: the L2 norm of the effects of its mutants.

        Parameters
        ----------
        head : str or int, optional
            As for :meth:`values`.

        Returns
        -------
        ndarray of float64, shape (N, P)
            NaN where the letter is missing.
        """
        return np.asarray(np.linalg.norm(self.values(head), axis=2))

    def heights(
        self,
        n: int = 0,
        *,
        by: Literal["l2", "mean"] = "l2",
        head: str | int | None = None,
    ) -> Doubles:
        """Heights of a sequence logo: one letter a position, the one that is there.

        Parameters
        ----------
        n : int
            Which of the sequences.
        by : {"l2", "mean"}
            The L2 norm of the effects of the mutants (Koo et al., Fig. 2a), or minus their
            mean: above 0 where the letter raises the score.
        head : str or int, optional
            As for :meth:`values`.

        Returns
        -------
        ndarray of float64, shape (P, A)
            0 at all other letters, and where the letter is missing.
        """
        if by not in HEIGHTS:
            raise ValueError(f"by must be one of {', '.join(HEIGHTS)}, got {by!r}")
        if not -len(self) <= check_size("n", n, -(2**62)) < len(self):
            raise IndexError(f"there are {len(self):,} sequences, got number {n}")
        values = self.values(head)[n]
        size = values.shape[1]
        if by == "l2":
            height = np.linalg.norm(values, axis=1)
        else:
            height = -values.sum(axis=1) / (size - 1)
        codes = self._codes()[n]
        known = codes < size
        heights = np.zeros(values.shape)
        heights[known, codes[known]] = height[known]
        return heights

    def with_positions(self, first_position: int) -> Mutagenesis:
        """The same with other numbers of positions.

        Parameters
        ----------
        first_position : int
            Number of the first letter.

        Returns
        -------
        Mutagenesis
        """
        first = check_size("first_position", first_position, -(2**62))
        return replace(self, first_position=first)

    def _codes(self) -> Bytes:
        """Letters at the positions, shape (N, P)."""
        return self.sequences.to_codes()[:, self.positions]

    # -------------------------------------------------------------------------- files

    def to_tsv(self, target: str | os.PathLike[str] | TextIO) -> None:
        """Write all mutants as a tab-separated table.

        Columns: ``sequence`` (its number, from 0), ``position`` (counted as
        ``first_position`` says), ``wild_type`` and ``mutant`` (letters), and ``effect``, or
        one column for each score, by its name.

        Parameters
        ----------
        target : path-like or text stream
            A file is written whole or not at all; ``.gz`` is compressed.
        """
        write_lines(target, self._lines())

    def _lines(self) -> Iterator[str]:
        names = ["effect"] if self.heads == ("",) else self.heads
        yield "\t".join(["sequence", "position", "wild_type", "mutant", *names]) + "\n"
        letters = self.alphabet.letters
        numbers = (self.positions + self.first_position).tolist()
        for n, codes in enumerate(self._codes().tolist()):
            for number, code, effects in zip(numbers, codes, self.effects[n], strict=True):
                if code >= len(letters):
                    continue
                start = f"{n}\t{number}\t{letters[code]}\t"
                yield "".join(
                    f"{start}{letter}\t" + "\t".join(map(repr, row)) + "\n"
                    for letter, row in zip(letters, effects.tolist(), strict=True)
                    if letter != letters[code]
                )

    def about(self) -> dict[str, Any]:
        """Everything but the numbers, ready for JSON."""
        return {
            "kind": MUTAGENESIS_KIND,
            "format": 1,
            "n": len(self),
            "length": self.sequences.length,
            **self.alphabet.about(),
            "n_positions": len(self.positions),
            "heads": list(self.heads),
            "mask": self.sequences.mask is not None,
            "first_position": self.first_position,
            "provenance": dict(self.provenance),
        }

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write effects, scores and sequences as ``.npz``.

        Parameters
        ----------
        path : path-like
            Written whole or not at all; :func:`fastmi.load` opens it.
        """
        arrays: dict[str, npt.NDArray[Any]] = {
            "effects": self.effects,
            "wild_type": self.wild_type,
            "positions": self.positions,
            "rows": self.sequences.rows,
        }
        if self.sequences.mask is not None:
            arrays["mask"] = self.sequences.mask
        write_arrays(path, self.about(), arrays)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Mutagenesis:
        """Read what :meth:`save` wrote. Nothing in the file is executed.

        Parameters
        ----------
        path : path-like
            The file.

        Returns
        -------
        Mutagenesis
        """
        with Archive(path, MUTAGENESIS_KIND) as archive:
            about = archive.check_format(1)
            with description_of(path):
                return _stored(archive, about)


def _stored(archive: Archive, about: Mapping[str, Any]) -> Mutagenesis:
    """What is in a file, after checking that it fits together."""
    alphabet = Alphabet.from_about(about)
    n, length = whole(about, "n", 1), whole(about, "length", 1)
    n_positions, heads = whole(about, "n_positions", 1), about["heads"]
    if not isinstance(heads, list) or not 0 < len(set(heads)) == len(heads) <= _MOST_HEADS:
        raise ValueError("heads is no list of different names")
    size, shape = len(alphabet), (n, n_positions, len(alphabet), len(heads))
    mask = (
        archive.array("mask", "|u1", (n, _core.mask_bytes(length))) if about["mask"] else None
    )
    rows = archive.array("rows", "|u1", (n, _core.row_bytes(length, size)))
    positions = archive.array("positions", "<i8", (n_positions,))
    if positions[0] < 0 or positions[-1] >= length or (np.diff(positions) <= 0).any():
        raise ValueError("positions are not within the sequences, ascending")
    found = Mutagenesis(
        archive.array("effects", "<f8", shape),
        archive.array("wild_type", "<f8", (n, len(heads))),
        PackedSequences(rows, length, alphabet, mask),
        positions,
        tuple(str(head) for head in heads),
        check_size("first_position", about["first_position"], -(2**62)),
        dict(about["provenance"]),
    )
    _check_effects(found)
    return found


def _check_effects(found: Mutagenesis) -> None:
    """Raise where effects are not what the sequences' letters say."""
    codes, size = found._codes(), len(found.alphabet)
    known = codes < size
    at_wild = np.take_along_axis(
        found.effects, np.minimum(codes, size - 1)[:, :, None, None].astype(np.intp), axis=2
    )[:, :, 0]
    finite = np.isfinite(found.effects)
    if (
        not np.isfinite(found.wild_type).all()
        or not finite[known].all()
        or finite[~known].any()
        or at_wild[known].any()
    ):
        raise ValueError("effects do not fit the sequences")


def mutagenesis(
    model: Any,
    sequences: object,
    *,
    positions: Iterable[int] | None = None,
    head: str | int | None = None,
    alphabet: str | Alphabet | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    executor: Executors = None,
    n_workers: int | None = None,
    memory_limit: str | int = "4GB",
    progress: bool = False,
) -> Mutagenesis:
    r"""What every single mutation of every sequence does to a model's scores.

    Parameters
    ----------
    model : object
        Whatever :func:`fastmi.models.wrap` takes.
    sequences : PackedSequences, simulated sequences, path-like, list of str or array_like
        N wild types of one length, each mutated on its own.
    positions : iterable of int, optional
        Change only these letters, 0-based; by default all.
    head : str or int, optional
        Keep the effects on this score only, by its name or number; by default on all.
    alphabet : str or Alphabet, optional
        As for :func:`fastmi.pairwise_mi`.
    checkpoint : path-like, optional
        A folder where scores are kept, as for :func:`fastmi.score`.
    executor, n_workers
        Who scores, as for :func:`fastmi.score`.
    memory_limit : str or int
        Most memory for the effects, as "4GB" or in bytes.
    progress : bool
        Whether to show progress on stderr.

    Returns
    -------
    Mutagenesis

    Raises
    ------
    FastMIError
        The model failed, or gave something that is no score.
    ValueError
        The effects need more memory than the limit, or positions are not in the sequences.

    Notes
    -----
    With f a score and :math:`x^{(i,a)}` the sequence x with letter a at position i, the effect
    is

    .. math:: e_{ia} = f(x^{(i,a)}) - f(x),

    and how much a position matters is the L2 norm of these over the letters a (Koo P.K.,
    Majdandzic A., Ploenzke M., Anand P., Paul S.B., PLoS Comput Biol 17(5): e1008925, 2021).
    Wild types are scored once, their letters not again: P (A - 1) + 1 sequences for each wild
    type, of P positions and A letters. Where a letter is missing there is no wild type, and
    effects are NaN.

    Examples
    --------
    >>> import fastmi
    >>> model = fastmi.models.wrap(lambda s: [x.count("GC") for x in s], takes="strings")
    >>> m = fastmi.mutagenesis(model, ["TGCA", "TTTT"])
    >>> m.values()[0, :2].tolist()  # A, C, G, T at the first two positions
    [[0.0, 0.0, 0.0, 0.0], [-1.0, -1.0, 0.0, -1.0]]
    >>> m.l2().round(2).tolist()
    [[0.0, 1.73, 1.73, 0.0], [0.0, 0.0, 0.0, 0.0]]
    """
    clock, limit, scorer = Clock(), parse_bytes(memory_limit), wrap(model)
    source = source_to_score(sequences, alphabet)
    where = check_positions(positions, source.length)
    if len(where) == 0:
        raise ValueError("there are no positions to change")
    mutants = Mutants(source, where)
    shape = (len(source), len(where), len(source.alphabet))
    known = given_heads(None, scorer)  # what cannot be is said before anything is scored
    n_heads = 1 if known is None else len(_kept(known, head)[0])
    _check_memory(shape, n_heads, limit)
    if progress:
        print(
            f"fastmi: {len(source):,} sequences with {mutants.n_each - 1:,} mutants each: "
            f"{len(mutants):,} to score",
            file=sys.stderr,
        )
    about = about_source(mutants)
    chunks = scored_chunks(
        scorer, mutants, checkpoint, executor, n_workers, progress, about=about
    )
    effects = wild = np.empty(0)
    names: tuple[str, ...] = ()
    for first, scores in by_sequence((scores for _, _, scores in chunks), mutants.n_each):
        if not names:
            names, kept = _kept(head_names(None, scorer, scores.shape[2]), head)
            _check_memory(shape, len(names), limit)
            effects, wild = np.zeros((*shape, len(names))), np.empty((len(source), len(names)))
        here = slice(first, first + len(scores))
        wild[here] = scores[:, 0, kept]
        codes = source.block(here.start, here.stop).to_codes()[:, where]
        _fill(effects[here], scores[:, 1:, kept] - wild[here, None], codes)
    return Mutagenesis(
        effects,
        wild,
        _packed(source),
        where,
        names,
        provenance={
            **versions_used(),
            "model": about_model(scorer),
            "sequences": about["source"],
            "n_scored": len(mutants),
            "run": clock.record(1),
        },
    )


def _kept(names: tuple[str, ...], head: str | int | None) -> tuple[tuple[str, ...], slice]:
    """Names of the scores whose effects are kept, and which of all these are."""
    if head is None:
        return names, slice(None)
    h = head_number(names, head)
    return names[h : h + 1], slice(h, h + 1)


def _check_memory(shape: tuple[int, int, int], n_heads: int, limit: int) -> None:
    n, p, a = shape
    if (need := 8 * n * p * a * n_heads) > limit:
        raise ValueError(
            f"{n_heads} x {n:,} x {p:,} x {a} effects would need {need:,} bytes, more than "
            f"memory_limit={limit:,}; raise it, or take fewer sequences, positions or scores"
        )


def _fill(effects: Doubles, found: Doubles, codes: Bytes) -> None:
    """Effects of mutants in the order of :class:`Mutants`, where their letters are.

    Parameters
    ----------
    effects : ndarray of float64, shape (n, P, A, heads)
        All 0; written to.
    found : ndarray of float64, shape (n, P (A - 1), heads)
        The effects.
    codes : ndarray of uint8, shape (n, P)
        The letters that are there.
    """
    size, heads = effects.shape[2:]
    missing = codes >= size
    there = np.where(missing, 0, codes)
    effects[np.arange(size) != there[:, :, None]] = found.reshape(-1, heads)
    effects[missing] = np.nan


def _packed(source: Source) -> PackedSequences:
    """The sequences, without what they count or score."""
    found = source.block(0, len(source))
    return PackedSequences(found.rows, found.length, found.alphabet, found.mask)
