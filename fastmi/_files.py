"""Files that are written whole or not at all.

A result file is a ``.npz`` (a zip of ``.npy`` members) that plain ``np.load`` opens too.  Its
member ``about`` is JSON in UTF-8: kind, format version, parameters, provenance, and a digest
of each member; ``_archive`` reads it.
"""

from __future__ import annotations

import contextlib
import errno
import gzip
import hashlib
import json
import os
import secrets
import stat
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TextIO

import numpy as np
import numpy.typing as npt

from .errors import FastMIError

MAX_ABOUT_BYTES = 16 << 20
SLICE = 1 << 20  # bytes of an array at a time
_NO_FSYNC = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)  # of file systems that cannot do it


def output_target(path: str | os.PathLike[str]) -> Path:
    """The file that writing ``path`` would make or replace: what a link points to."""
    target = Path(os.path.realpath(path))
    mode = _mode(target)
    if stat.S_ISDIR(mode):
        raise FastMIError(f"cannot write {path}: it is a directory")
    if mode and not stat.S_ISREG(mode):
        raise FastMIError(f"cannot write {path}: it is no regular file")
    return target


def _mode(path: Path) -> int:
    """What kind of file it is, and its permissions; 0 where it is not there.

    One look, as another process may remove it between two.
    """
    try:
        return path.stat().st_mode
    except (OSError, ValueError):  # ValueError: no file can have this name
        return 0


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path beside ``path``; it takes the name when the block succeeds.

    If the block fails, the temporary file is removed and ``path`` stays as it was.
    """
    target = output_target(path)
    temporary = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}.part")
    try:
        # the system applies the umask; a file that is replaced keeps its permissions
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        if mode := _mode(target):
            temporary.chmod(stat.S_IMODE(mode))
        yield temporary
        _flush(temporary)  # or a power cut might leave the name with nothing behind it
        temporary.replace(target)
        with contextlib.suppress(OSError):
            _flush(target.parent)
    except OSError as error:
        raise FastMIError(f"cannot write {path}: {error.strerror or error}") from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def writing_to(folder: str | os.PathLike[str]) -> Iterator[None]:
    """What the system refuses in here it refuses to write to this folder."""
    try:
        yield
    except OSError as error:
        raise FastMIError(f"cannot write to {folder}: {error.strerror or error}") from None


@contextmanager
def text_file(path: str | os.PathLike[str], level: int = 1) -> Iterator[IO[bytes]]:
    """A file for text, whole or not at all; ``.gz`` is compressed, without date and name.

    By default as fast as gzip is: letters drawn at random hardly get smaller with more time.
    """
    with replacing(path) as temporary, temporary.open("wb") as plain:
        if not str(path).endswith(".gz"):
            yield plain
            return
        with gzip.GzipFile("", "wb", level, plain, mtime=0) as packed:
            yield packed  # type: ignore[misc]


def write_lines(target: str | os.PathLike[str] | TextIO, lines: Iterable[str]) -> None:
    """Write lines to a text stream, or to a file as :func:`text_file` does."""
    if isinstance(target, str | os.PathLike):
        with text_file(target) as out:
            out.writelines(line.encode() for line in lines)
    else:
        target.writelines(lines)


def _flush(path: Path) -> None:
    """Have the system write what it holds of a file, or of a folder's list of names.

    Network file systems may say only now that the disk is full.
    """
    try:
        handle = os.open(path, os.O_RDONLY)
    except PermissionError:  # the permissions of the file that is replaced
        return
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_FSYNC:
            raise
    finally:
        os.close(handle)


def write_arrays(
    path: str | os.PathLike[str],
    about: Mapping[str, Any],
    arrays: Mapping[str, npt.NDArray[Any]],
    *,
    cells: Mapping[str, str] | None = None,
    compress: bool = True,
) -> None:
    """Write ``about`` and the arrays as one ``.npz``, the same bytes for the same content.

    Parameters
    ----------
    path : path-like
        Written whole or not at all.
    about : dict
        Ready for JSON.
    arrays : dict of ndarray
        Of at least one axis.
    cells : dict of str, optional
        Dtypes as which arrays are written, if not as their own; what they hold must fit.
    compress : bool
        Whether to spend time on a smaller file.
    """
    kinds = {name: np.dtype((cells or {}).get(name, a.dtype)) for name, a in arrays.items()}
    digests = {name: _digest(_slices(a, kinds[name])) for name, a in arrays.items()}
    digests["about"] = digest_of_text(about)
    text = json.dumps(
        {**about, "sha256": digests}, indent=1, sort_keys=True, allow_nan=False
    ).encode()
    if len(text) > MAX_ABOUT_BYTES:
        raise FastMIError(
            f"cannot write {path}: its description needs {len(text):,} bytes, more than "
            f"{MAX_ABOUT_BYTES:,}; were there very many files?"
        )
    members = {"about": np.frombuffer(text, np.uint8), **arrays}
    kinds["about"] = np.dtype(np.uint8)
    method = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with (
        replacing(path) as temporary,
        zipfile.ZipFile(temporary, "w", method, compresslevel=1) as archive,
    ):
        for name, array in members.items():
            info = zipfile.ZipInfo(f"{name}.npy")  # dated 1980, so that bytes repeat
            info.compress_type = method
            with archive.open(info, "w", force_zip64=True) as member:
                header: dict[str, Any] = {"descr": np.lib.format.dtype_to_descr(kinds[name])}
                header |= {"fortran_order": False, "shape": array.shape}
                np.lib.format.write_array_header_1_0(member, header)
                for piece in _slices(array, kinds[name]):
                    member.write(piece)


def _slices(array: npt.NDArray[Any], kind: np.dtype[Any]) -> Iterator[memoryview]:
    """The bytes of an array as another type, some at a time."""
    row_bytes = max(1, array.nbytes // max(1, len(array)))
    step = max(1, SLICE // row_bytes)
    for at in range(0, len(array), step):
        some = np.ascontiguousarray(array[at : at + step], kind)
        yield memoryview(some.reshape(-1).view(np.uint8))  # type: ignore[arg-type]


def _digest(pieces: Iterable[memoryview]) -> str:
    """SHA-256 of bytes."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def digest_of_text(about: Mapping[str, Any]) -> str:
    """SHA-256 of a description, its digests aside."""
    rest = {name: it for name, it in about.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()
