"""Files to packed sequences: what a file is, is read from its content, never from its name.

Way of the data: bytes -> decompressor (``_opened``) -> one reused buffer -> the C parser ->
blocks of packed rows.  No Python object per record; memory is the buffers and one block,
whatever the file's size.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from ._archive import ZIP_STARTS
from ._columns import Column, Columns, check_columns, is_column
from ._gather import Gatherer
from ._opened import BROKEN, OnRead, PathLike, opened
from ._packing import check_unknown
from ._spans import Span
from ._store import is_store
from ._text import text_blocks
from .alphabet import Alphabet, Unknown, get_alphabet
from .arrays import load_arrays, pack
from .errors import FastMIError
from .sequences import PackedSequences
from .sources import Source, blocks_of_source, is_made

BLOCK_ROWS = 1 << 16


def read_blocks(
    path: PathLike,
    alphabet: str | Alphabet | None = None,
    *,
    unknown: Unknown = "error",
    column: Column | None = None,
    weights: Column | None = None,
    scores: Column | None = None,
    block_rows: int = BLOCK_ROWS,
) -> Iterator[PackedSequences]:
    """Read sequences from a file, block by block, in bounded memory.

    The content decides: FASTA, FASTQ (four lines a record), plain lines, a column of a CSV
    or TSV table, ``.npy`` / ``.npz`` arrays, or a store of :meth:`PackedSequences.save`;
    plain or compressed with gzip, bzip2 or xz. Blank lines are passed over, and so are lines
    that start with ``#`` in plain lines and tables. All sequences must have one length.

    Parameters
    ----------
    path : path-like
        The file; "-" reads stdin.
    alphabet : str or Alphabet, optional
        "dna", "rna", "protein", or the letters in the order of their codes. By default that
        of a store, else "dna".
    unknown : {"error", "drop", "skip"}
        Letters outside the alphabet: raise, leave the sequence out (see ``n_dropped`` of
        the blocks), or mark the letter missing.
    column : int or str, optional
        Tables: number of the column that holds the sequences (the first is 1, as for
        ``cut``; no header line is expected) or its name in the header line. ``.npz``: name
        of the array.
    weights : int or str, optional
        Tables: number or name of the column that says how much each sequence counts, a read
        count for instance; any finite number from 0 up. Where one of the two columns is
        given by name, the first line is a header. ``.npz``: name of the array, of one number
        a sequence. By default each sequence counts once, or as a store says.
    scores : int or str, optional
        Tables and ``.npz``: the same for what is known of each sequence, such as a model's
        prediction; any finite number.
    block_rows : int
        Most sequences in a block.

    Yields
    ------
    PackedSequences
        One to ``block_rows`` sequences (the last may be empty, if all were dropped).

    Raises
    ------
    FastMIError
        The file cannot be used; the message says where (record, line) and why.
    """
    check_unknown(unknown)
    if not isinstance(block_rows, int | np.integer) or isinstance(block_rows, bool):
        raise TypeError(f"block_rows must be a whole number, got {block_rows!r}")
    if block_rows < 1:
        raise ValueError(f"block_rows must be at least 1, got {block_rows}")
    columns = check_columns(column, weights, scores)
    return file_blocks(path, file_alphabet(path, alphabet), unknown, columns, int(block_rows))


def file_blocks(
    path: PathLike,
    alphabet: Alphabet,
    unknown: Unknown,
    columns: Columns,
    block_rows: int,
    span: Span | None = None,
    on_read: OnRead | None = None,
) -> Iterator[PackedSequences]:
    """The blocks of a file, or of a span of a text file; ``on_read`` hears of its bytes."""
    if is_store(Path(path)):
        store = open_store(path, alphabet, unknown, columns)
        yield from blocks_of(store, unknown, block_rows)
        return
    with opened(path, on_read) as (stream, name):
        try:
            start = stream.peek(8)[:8]  # type: ignore[attr-defined]
            if start.startswith((b"\x93NUMPY", *ZIP_STARTS)):
                packed = _read_arrays(stream, name, alphabet, unknown, columns)
                yield from blocks_of(packed, unknown, block_rows)
            else:
                yield from text_blocks(
                    stream, name, alphabet, unknown, columns, block_rows, span
                )
        except BROKEN as error:
            raise FastMIError(f"{name} is damaged or cut off: {error}") from None


def _read_arrays(
    stream: BinaryIO, name: str, alphabet: Alphabet, unknown: Unknown, columns: Columns
) -> PackedSequences:
    array, numbers = load_arrays(stream, name, columns)
    try:
        return _make_with(
            lambda policy: pack(array, alphabet, unknown=policy), unknown, numbers
        )
    except (TypeError, ValueError) as error:
        raise FastMIError(f"{name}: {error}") from None


def read(
    path: PathLike,
    alphabet: str | Alphabet | None = None,
    *,
    unknown: Unknown = "error",
    column: Column | None = None,
    weights: Column | None = None,
    scores: Column | None = None,
) -> PackedSequences:
    """Read all sequences of a file into memory, packed.

    Parameters
    ----------
    path, alphabet, unknown, column, weights, scores
        As in :func:`read_blocks`.

    Returns
    -------
    PackedSequences

    Examples
    --------
    >>> import fastmi
    >>> path = fastmi.example("gb1_top5")
    >>> fastmi.read(path, "protein")
    <PackedSequences: 26,804 x 56, protein, 1,501,024 bytes>
    """
    check_unknown(unknown)
    if is_store(Path(path)):
        columns = check_columns(column, weights, scores)
        return _by_policy(open_store(path, alphabet, unknown, columns), unknown)
    gathered = Gatherer()
    for block in read_blocks(
        path, alphabet, unknown=unknown, column=column, weights=weights, scores=scores
    ):
        gathered.add(block)
    return gathered.finish()


def file_alphabet(path: PathLike, alphabet: str | Alphabet | None) -> Alphabet:
    """The alphabet asked for, else that of a store, else DNA."""
    if alphabet is None and is_store(Path(path)):
        return PackedSequences.open(path).alphabet
    return get_alphabet("dna" if alphabet is None else alphabet)


def as_sequences(
    data: object,
    alphabet: str | Alphabet | None = None,
    unknown: Unknown = "error",
    column: Column | None = None,
    weights: Column | npt.ArrayLike | None = None,
    scores: Column | npt.ArrayLike | None = None,
) -> PackedSequences:
    """Whatever a caller has, as packed sequences.

    Parameters
    ----------
    data : PackedSequences, source, path-like, list of str or bytes, or array_like
        A string is a path ("-" is stdin); arrays are taken as by :func:`fastmi.pack`. What a
        source has, such as simulated sequences, is made and packed.
    alphabet : str or Alphabet, optional
        By default that of packed sequences or of a store, else "dna".
    unknown : {"error", "drop", "skip"}
        What to do with letters outside the alphabet.
    column : int or str, optional
        Which column of a table, as for :func:`read_blocks`.
    weights : int, str or array_like of numbers, shape (N,), optional
        How much each sequence counts: which column of a table, as for :func:`read_blocks`,
        or one number for each of the N sequences of the data as given, those among them that
        ``unknown="drop"`` leaves out. By default each counts once, or as packed sequences
        and stores say.
    scores : int, str or array_like of numbers, shape (N,), optional
        A finite number for each sequence, given as weights are. By default those of packed
        sequences and stores, or none.

    Returns
    -------
    PackedSequences
    """
    check_unknown(unknown)
    given = {"weights": weights, "scores": scores}
    arrays = {what: numbers for what, numbers in given.items() if not is_column(numbers)}
    columns = {what: numbers for what, numbers in given.items() if is_column(numbers)}
    if isinstance(data, str | os.PathLike):
        refuse_sequence(str(data))
        return _make_with(
            lambda policy: read(data, alphabet, unknown=policy, column=column, **columns),
            unknown,
            arrays,
        )
    if column is not None:
        raise ValueError("column= is for files")
    for what, named in columns.items():
        raise ValueError(
            f"{what}={named!r} as a column is for files; give one number for each sequence"
        )
    return _make_with(lambda policy: _as_packed(data, alphabet, policy), unknown, arrays)


def _as_packed(
    data: object, alphabet: str | Alphabet | None, unknown: Unknown
) -> PackedSequences:
    if isinstance(data, PackedSequences):
        check_letters(data, alphabet)
        return _by_policy(data, unknown)
    if is_made(data):
        gathered = Gatherer()
        for block in given_blocks(blocks_of_source(data), alphabet, unknown):
            gathered.add(block)
        return gathered.finish()
    alphabet = "dna" if alphabet is None else alphabet
    if isinstance(data, list | tuple) and (len(data) == 0 or isinstance(data[0], str | bytes)):
        return PackedSequences.from_strings(data, alphabet, unknown=unknown)
    try:
        array = np.asarray(data)
    except (TypeError, ValueError) as error:
        raise TypeError(f"the data cannot be made an array: {error}") from None
    if array.dtype.kind == "O":
        if array.ndim == 1 and all(isinstance(item, str | bytes) for item in array):
            return PackedSequences.from_strings(array.tolist(), alphabet, unknown=unknown)
        raise TypeError(f"expected sequences, an array or a path, got {type(data).__name__}")
    return pack(array, alphabet, unknown=unknown)


def as_source(data: object, alphabet: str | Alphabet | None = None) -> Source:
    """A source that makes its sequences as it is; whatever else a caller has, packed."""
    if is_made(data):
        check_letters(data, alphabet)
        return data
    return as_sequences(data, alphabet)


def check_letters(source: Source, alphabet: str | Alphabet | None) -> None:
    """Raise where another alphabet is asked for than sequences have."""
    if alphabet is None or get_alphabet(alphabet).letters == source.alphabet.letters:
        return
    raise ValueError(
        f"the sequences are over {source.alphabet.name!r}, not {get_alphabet(alphabet).name!r}"
    )


def as_blocks(data: object) -> Iterator[Any] | None:
    """The blocks of an iterator, or of a source that makes them; None for all else."""
    if isinstance(data, Iterator):
        return data
    return blocks_of_source(data) if is_made(data) else None


def given_blocks(
    items: Iterator[Any],
    alphabet: str | Alphabet | None = None,
    unknown: Unknown = "error",
    column: Column | None = None,
    weights: Column | npt.ArrayLike | None = None,
) -> Iterator[PackedSequences]:
    """The blocks that a caller's iterator gives, as sequences of one kind."""
    if column is not None or weights is not None:
        raise ValueError("column= and weights= are for files; blocks bring their weights")
    first: PackedSequences | None = None
    for n, item in enumerate(items):
        if isinstance(item, str | bytes | os.PathLike):
            raise TypeError(
                f"an iterator gives blocks of sequences, and item {n} is one "
                f"{type(item).__name__}: put sequences in a list"
            )
        try:
            block = as_sequences(item, alphabet, unknown)
        except FastMIError as error:
            raise FastMIError(f"block {n}: {error}") from None
        first = block[:0] if first is None else first
        for mine, theirs in zip(_kind(first), _kind(block), strict=True):
            if mine != theirs:
                raise FastMIError(f"block {n} {theirs}, and the first one {mine}")
        yield block
    if first is None:
        raise FastMIError("there are no sequences")


def _kind(block: PackedSequences) -> tuple[str, ...]:
    """What the blocks of one set have in common, in words."""
    return (
        f"has sequences of length {block.length}",
        f"is over {block.alphabet.name!r} ({block.alphabet.letters})",
        "has weights" if block.has_weights else "has no weights",
    )


def refuse_sequence(path: str) -> None:
    """A sequence given where a path belongs gets a better answer than "no such file"."""
    if path.isalpha() and len(path) > 3 and not os.path.exists(path):
        raise FastMIError(
            f"cannot read {path}: no such file; sequences themselves go in a list"
        )


def _make_with(
    make: Callable[[Unknown], PackedSequences],
    unknown: Unknown,
    numbers: Mapping[str, npt.ArrayLike | None],
) -> PackedSequences:
    """What ``make`` gives for a policy, with the numbers of all sequences that go into it.

    The policy drop has to wait until each sequence has its own.
    """
    weights, scores = numbers.get("weights"), numbers.get("scores")
    if weights is None and scores is None:
        return make(unknown)
    made = make("skip" if unknown == "drop" else unknown)
    made = made if weights is None else made.with_weights(weights)
    return _by_policy(made if scores is None else made.with_scores(scores), unknown)


def _by_policy(sequences: PackedSequences, unknown: str) -> PackedSequences:
    """Missing letters of a ready set are a decision already made; only drop acts on them."""
    if unknown != "drop" or not sequences.n_unknown:
        return sequences
    gathered = Gatherer()
    for start in range(0, len(sequences), BLOCK_ROWS):
        block = sequences[start : start + BLOCK_ROWS]
        keep = np.asarray((block.to_codes() < len(block.alphabet)).all(axis=1))
        kept = block[keep]
        kept.mask, kept.n_dropped = None, int((~keep).sum())
        gathered.add(kept)
    whole = gathered.finish()
    whole.n_dropped += sequences.n_dropped
    return whole


# -------------------------------------------------------------------- stores, whole sets


def open_store(
    path: PathLike, alphabet: str | Alphabet | None, unknown: str, columns: Columns
) -> PackedSequences:
    """Open a store, if what was asked for fits what it holds."""
    columns.refuse(f"{path} is a store of sequences")
    store = PackedSequences.open(path)
    wanted = store.alphabet if alphabet is None else get_alphabet(alphabet)
    if store.alphabet.letters != wanted.letters:
        raise FastMIError(
            f"{path} holds sequences over {store.alphabet.name!r} "
            f"({store.alphabet.letters}), not {wanted.name!r}"
        )
    if unknown == "error" and store.n_unknown:
        raise FastMIError(
            f"{path} has {store.n_unknown:,} missing letters; say unknown='skip' or "
            "unknown='drop'"
        )
    return store


def blocks_of(
    sequences: PackedSequences, unknown: str, block_rows: int
) -> Iterator[PackedSequences]:
    """A whole set in blocks, as the policy says."""
    for at in range(0, max(len(sequences), 1), block_rows):
        block = _by_policy(sequences[at : at + block_rows], unknown)
        block.n_dropped += sequences.n_dropped if at == 0 else 0
        yield block
