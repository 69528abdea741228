"""The files of a job: what they are, by what they are known again, and which part is whose.

Files are known by their content, not by name, order or date: a fingerprint of their size and
of pieces spread evenly over them, so that a thousand tasks need not read a terabyte each to
know that they work on the same one.  They are laid end to end in the order of their
fingerprints; a share of that line is a share of the job.

How a part of a file is read depends on what the file is.  A store is entered at a row, text
at the first record of the part.  A compressed file must be read from its beginning: there
its records go to the parts in groups, by a sequence that fills every interval evenly.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ._archive import ZIP_STARTS, is_archive
from ._files import MAX_ABOUT_BYTES
from ._opened import PathLike
from ._shares import WHOLE, Covered, Share, common
from ._store import is_store, store_files
from .errors import FastMIError
from .sequences import PackedSequences

HEAD_ROWS = 1 << 16  # sequences looked at to know their length and kind of weights
_WINDOW = 1 << 16
_N_WINDOWS = 16
_NAMED = 200  # bytes of a file's entry in a result, besides its name
_MOST_NAMED = MAX_ABOUT_BYTES * 3 // 4
TEXT_PIECE = 1 << 28  # bytes of a file worked on at a time
# what the first bytes of a file say that is not text: gzip, bzip2, xz, zstd, .npy, .npz
_NOT_TEXT = (
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"\x28\xb5\x2f\xfd",
    b"\x93NUMPY",
    *ZIP_STARTS,
)


@dataclass(frozen=True)
class Input:
    """One file of a job.

    Attributes
    ----------
    path : str
        As given; "-" is stdin.
    entry : {"rows", "text", "stream"}
        How a part of it is read: by row, by byte, or from the beginning.
    n_bytes : int or None
        Its size; None for stdin and other pipes.
    fingerprint : str or None
        SHA-256 of the size and of some of its bytes; None for pipes, which cannot be read
        twice.
    """

    path: str
    entry: str
    n_bytes: int | None = None
    fingerprint: str | None = None


class Piece(NamedTuple):
    """A part of one file, ``start`` to before ``stop`` of its bytes, and as a share of all."""

    input: Input
    start: int
    stop: int
    share: Share


def inputs_of(paths: PathLike | Iterable[PathLike]) -> tuple[Input, ...]:
    """The files in their canonical order; an error names two that are the same."""
    listed = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    if not listed:
        raise FastMIError("there are no input files")
    if sum(len(json.dumps(os.fspath(path))) + _NAMED for path in listed) > _MOST_NAMED:
        raise FastMIError(
            f"{len(listed):,} input files are too many to be named in a result; join some of "
            "them, or count them in several jobs"
        )
    inputs = [_look_at(os.fspath(path)) for path in listed]
    known = [i for i in inputs if i.fingerprint is not None]
    pipes = [i for i in inputs if i.fingerprint is None]
    for a, b in itertools.combinations(pipes, 2):
        if a.path == b.path:
            raise twice(a, b)
    return (*_in_order(known), *pipes)


def _look_at(path: str) -> Input:
    if path == "-":
        return Input(path, "stream")
    try:
        if os.path.isdir(path):
            raise FastMIError(f"{path} is a directory, not a file")
        if not os.path.isfile(path) and os.path.exists(path):  # a named pipe, or <(command)
            return Input(path, "stream")
        if is_store(Path(path)):
            files = store_files(Path(path))
            n_bytes = sum(os.path.getsize(file) for file in files)
            return Input(path, "rows", n_bytes, _fingerprint(files))
        with open(path, "rb") as stream:
            start = stream.read(8)
        text = not start.startswith(_NOT_TEXT)
        if start.startswith(ZIP_STARTS) and is_archive(path):
            raise FastMIError(f"{path} holds results or counts of fastmi, not sequences")
        n_bytes = os.path.getsize(path)
        if n_bytes == 0:
            raise FastMIError(f"{path} is empty")
        return Input(path, "text" if text else "stream", n_bytes, _fingerprint([path]))
    except (OSError, ValueError) as error:  # ValueError: no file can have this name
        if isinstance(error, FastMIError):
            raise
        reason = getattr(error, "strerror", None) or error
        raise FastMIError(f"cannot read {path}: {reason}") from None


def _fingerprint(files: Sequence[PathLike]) -> str:
    """SHA-256 of sizes and of up to 16 pieces of 64 KiB of each file, first and last too."""
    digest = hashlib.sha256()
    for file in files:
        with open(file, "rb", buffering=0) as stream:
            size = stream.seek(0, io.SEEK_END)
            digest.update(b"%d:" % size)
            if size <= _N_WINDOWS * _WINDOW:
                starts, length = [0], size
            else:
                starts = [i * (size - _WINDOW) // (_N_WINDOWS - 1) for i in range(_N_WINDOWS)]
                length = _WINDOW
            for start in starts:
                stream.seek(start)
                digest.update(_exactly(stream, length))
    return digest.hexdigest()


def _exactly(stream: io.FileIO, length: int) -> bytes:
    """So many bytes, or what there is up to the end; one read may give fewer."""
    read = bytearray()
    while len(read) < length and (some := stream.read(length - len(read))):
        read += some
    return bytes(read)


def _in_order(inputs: list[Input]) -> list[Input]:
    """By fingerprint; files that share one are told apart by all their bytes."""
    often = Counter(i.fingerprint for i in inputs)
    told_apart = [
        replace(i, fingerprint=_digest(i.path)) if often[i.fingerprint] > 1 else i
        for i in inputs
    ]
    ordered = sorted(told_apart, key=lambda i: (i.fingerprint or "", i.path))
    for a, b in itertools.pairwise(ordered):
        if a.fingerprint == b.fingerprint:
            raise twice(a, b)
    return ordered


def check_unchanged(file: Input) -> None:
    """Raise if a file is no longer what it was when the job began."""
    now = _look_at(file.path)
    if now.fingerprint != file.fingerprint and _digest(file.path) != file.fingerprint:
        raise FastMIError(f"{file.path} changed while it was counted; start anew")


def twice(a: Input, b: Input) -> FastMIError:
    """What to say of two inputs that are one."""
    if a.path == b.path:
        what = a.path
    elif a.n_bytes is not None and os.path.realpath(a.path) == os.path.realpath(b.path):
        what = f"{a.path} and {b.path} are one file"
    else:
        what = f"{a.path} and {b.path} are equal"
    return FastMIError(f"the same input twice: {what}")


def _digest(path: str) -> str:
    digest = hashlib.sha256()
    for file in store_files(Path(path)) if is_store(Path(path)) else [path]:
        with open(file, "rb") as stream:
            while some := stream.read(1 << 20):
                digest.update(some)
    return digest.hexdigest()


def pieces_of(inputs: Sequence[Input], wanted: Covered | Share) -> Iterator[Piece]:
    """The parts of files that make up a share, none of them larger than is worth saving."""
    shares = (wanted,) if isinstance(wanted, Share) else wanted
    sizes = [i.n_bytes for i in inputs]
    if any(size is None for size in sizes):
        yield from _pieces_of_pipes(inputs, shares)
        return
    total, behind = sum(size or 0 for size in sizes), 0
    for file, size in zip(inputs, sizes, strict=True):
        first, behind = behind, behind + (size or 0)
        own = Share(Fraction(first, total), Fraction(behind, total))
        for share in (common(own, wanted) for wanted in shares):
            yield from _cut(file, first, total, share)


def _cut(file: Input, first: int, total: int, share: Share) -> Iterator[Piece]:
    """A share of one file, text in pieces; ``first`` of all the bytes is the file's first."""
    at = share.start
    while at < share.stop:
        start = int(at * total)
        stop = share.stop
        if file.entry != "stream":  # a compressed file is read once
            stop = min(stop, Fraction(start + TEXT_PIECE, total))
        yield Piece(file, start - first, int(stop * total) - first, Share(at, stop))
        at = stop


def _pieces_of_pipes(inputs: Sequence[Input], shares: Sequence[Share]) -> Iterator[Piece]:
    """Nobody knows how long a pipe is: it is shared only where it is the only input."""
    scale = 1 << 64
    if len(inputs) == 1:
        for share in shares:
            yield Piece(inputs[0], int(share.start * scale), int(share.stop * scale), share)
        return
    if tuple(shares) != (WHOLE,):
        pipe = next(i.path for i in inputs if i.n_bytes is None)
        raise FastMIError(
            f"a shard of several inputs needs their sizes, and {pipe} has none: it is a pipe"
        )
    n = len(inputs)
    for at, file in enumerate(inputs):
        size = scale if file.n_bytes is None else file.n_bytes
        yield Piece(file, 0, size, Share(Fraction(at, n), Fraction(at + 1, n)))


class Meter:
    """How far a piece has been read, as bytes of its file are."""

    def __init__(self, piece: Piece) -> None:
        streamed = piece.input.entry == "stream"  # which is read whole, whatever the piece
        self._n_bytes = piece.input.n_bytes if streamed else piece.stop - piece.start
        self._share = piece.share
        self._read = 0

    def read(self, n: int) -> None:
        """So many bytes more were read."""
        self._read += n

    def position(self) -> float:
        """Where in all inputs that is; rows of a store and pipes count when they are done."""
        done = min(1.0, self._read / self._n_bytes) if self._n_bytes else 0.0
        return float(self._share.start) + done * float(self._share.size)


class Pipes:
    """What was read from pipes, which are known by it when they have ended."""

    def __init__(self) -> None:
        self._digests: dict[Input, Any] = {}
        self.head: PackedSequences | None = None  # the first sequences, whoever counts them

    def see(self, pipe: Input, block: PackedSequences) -> None:
        """Take note of what is read, if it is from a pipe."""
        if pipe.fingerprint is not None:
            return
        if self.head is None:
            self.head = block[:HEAD_ROWS]
        digest = self._digests.setdefault(pipe, hashlib.sha256())
        for array in (block.rows, block.mask, block.weights, block.scores):
            if array is not None:
                digest.update(np.ascontiguousarray(array).data)

    def name(self, inputs: tuple[Input, ...]) -> tuple[Input, ...]:
        """The inputs with the fingerprints of those that were pipes; no two may be the same."""
        known: dict[str, Input] = {}
        for pipe, digest in self._digests.items():
            same = known.setdefault(digest.hexdigest(), pipe)
            if same is not pipe:
                raise twice(same, pipe)
        found = {pipe: fingerprint for fingerprint, pipe in known.items()}
        return tuple(replace(i, fingerprint=found.get(i, i.fingerprint)) for i in inputs)
