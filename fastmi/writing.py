"""Sequences to files: FASTA, plain lines, or a store, by the ending of the name.

Blocks are written as they come, so that ten million sequences need the memory of a few
thousand; a file is there whole or not at all, and has the same bytes for the same sequences.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, TypeAlias

import numpy as np

from ._files import text_file
from ._gather import Gatherer
from ._packing import Bytes
from .alphabet import Alphabet
from .errors import FastMIError
from .sequences import PackedSequences

STDOUT = "-"
FASTA_ENDINGS = (".fa", ".fasta")
LINES_ENDINGS = (".txt", ".seq")
STORE_ENDING = ".npy"

_PIECE = 1 << 20  # letters made text at a time
_MOST = 1 << 30  # bytes of a store that is held in memory before it is written
_NOT_IN_TEXT = ">@#,; \t\r\n"  # what has a meaning in files of sequences

Text: TypeAlias = "Callable[[Bytes, int], Iterator[Bytes]]"  # of letters, from a number on


def check_output_name(path: str) -> str:
    """What kind of file a name stands for: "fasta", "lines" or "store".

    Parameters
    ----------
    path : str
        A name, or ``-`` for stdout.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        The ending is none of those known.

    Examples
    --------
    >>> check_output_name("background.fa.gz"), check_output_name("-")
    ('fasta', 'lines')
    """
    bare = path.removesuffix(".gz")
    if path == STDOUT or bare.endswith(LINES_ENDINGS):
        return "lines"
    if bare.endswith(FASTA_ENDINGS):
        return "fasta"
    if path.endswith(STORE_ENDING):
        return "store"
    known = ", ".join(FASTA_ENDINGS + LINES_ENDINGS)
    raise ValueError(
        f"the name of a file of sequences ends in {known} (each also with .gz) or "
        f"{STORE_ENDING}, or is {STDOUT} for stdout, got {path!r}"
    )


def write_sequences(blocks: Iterable[PackedSequences], path: str | os.PathLike[str]) -> int:
    """Write sequences that come block by block.

    Parameters
    ----------
    blocks : iterable of PackedSequences
        Of one length and alphabet; they are taken as they are written.
    path : path-like
        FASTA (``.fa``, ``.fasta``), plain lines (``.txt``, ``.seq``), either compressed
        (``.gz``), or a store (``.npy``); ``-`` writes lines to stdout. In FASTA sequences are
        named by their numbers, from 0. Missing letters are written as N (DNA, RNA), X
        (protein) or ?. Text has no place for weights and scores; a store keeps them.

    Returns
    -------
    int
        How many were written.

    Raises
    ------
    FastMIError
        There are no sequences, the file cannot be written, or text cannot hold the letters.
    ValueError
        The ending is none of those known.

    Notes
    -----
    A store of more than 1 GiB is first gathered in a file of the temporary folder. Gzip has
    no date and no name in it.

    Examples
    --------
    >>> import fastmi
    >>> made = fastmi.PackedSequences.from_strings
    >>> blocks = [made(["ACGT", "TTGA"]), made(["GGGG"])]
    >>> write_sequences(blocks, "three.fa")
    3
    >>> fastmi.read("three.fa").to_strings()
    ['ACGT', 'TTGA', 'GGGG']
    """
    path = os.fspath(path)
    kind, stream = check_output_name(path), _alike(blocks, path)
    first = next(stream, None)
    if first is None:
        raise FastMIError(f"cannot write {path}: there are no sequences")
    every = chain([first], stream)
    if kind == "store":
        return _write_store(every, path)
    _check_letters(first.alphabet, path)
    text, n = _fasta if kind == "fasta" else _lines, 0
    with _opened(path) as out:
        for block in every:
            step = max(1, _PIECE // block.length)
            for start in range(0, len(block), step):
                some = block[start : start + step]
                codes = some.to_codes().tobytes()
                letters = codes.translate(some.alphabet.letter_bytes.tobytes())
                rows = np.frombuffer(letters, np.uint8).reshape(len(some), -1)
                for piece in text(rows, n):
                    out.write(piece.data)
                n += len(some)
        if n == 0:
            raise FastMIError(f"cannot write {path}: there are no sequences")
    return n


def _alike(blocks: Iterable[PackedSequences], path: str) -> Iterator[PackedSequences]:
    """Blocks as they are, as long as all have the letters and the length of the first."""
    first: tuple[int, Alphabet] | None = None
    for block in blocks:
        if not isinstance(block, PackedSequences):
            raise TypeError(f"blocks are PackedSequences, got {type(block).__name__}")
        this = block.length, block.alphabet
        first = first or this
        if this != first:
            raise FastMIError(
                f"cannot write {path}: a block has {this[0]} letters of {this[1].name!r}, the "
                f"first {first[0]} of {first[1].name!r}"
            )
        yield block


@contextmanager
def _opened(path: str) -> Iterator[IO[bytes]]:
    """Where text goes: a file that is there whole or not at all, or stdout."""
    if path == STDOUT:
        sys.stdout.flush()
        yield sys.stdout.buffer
        return
    with text_file(path) as out:
        yield out


def _check_letters(alphabet: Alphabet, path: str) -> None:
    for letter in alphabet.letters:
        if letter in _NOT_IN_TEXT:
            raise FastMIError(
                f"cannot write {path}: text cannot hold the letter {letter!r} of the alphabet; "
                f"a store ({STORE_ENDING}) can"
            )


def _lines(letters: Bytes, _: int) -> Iterator[Bytes]:
    """One sequence a line."""
    n, length = letters.shape
    text = np.empty((n, length + 1), np.uint8)
    text[:, :length] = letters
    text[:, length] = ord("\n")
    yield text


def _fasta(letters: Bytes, number: int) -> Iterator[Bytes]:
    """Records named by their numbers, those of as many digits side by side."""
    stop = number + len(letters)
    while len(letters):
        digits = len(str(number))
        n = min(stop, 10**digits) - number
        text = np.empty((n, digits + letters.shape[1] + 3), np.uint8)
        text[:, 0] = ord(">")
        rest = np.arange(number, number + n)
        for place in range(digits, 0, -1):
            text[:, place] = ord("0") + rest % 10
            rest //= 10
        text[:, [digits + 1, -1]] = ord("\n")
        text[:, digits + 2 : -1] = letters[:n]
        yield text
        letters, number = letters[n:], number + n


def _write_store(blocks: Iterable[PackedSequences], path: str) -> int:
    """Gather, then save: a store says in its first bytes how many sequences it has."""
    with closing(Gatherer()) as gathered:
        for block in blocks:
            gathered.add(block)
            if not gathered.on_disk and gathered.n_bytes > _MOST:
                gathered.to_disk()
        whole = gathered.finish()
        if len(whole) == 0:
            raise FastMIError(f"cannot write {path}: there are no sequences")
        whole.save(Path(path))
        return len(whole)
