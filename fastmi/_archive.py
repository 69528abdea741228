"""Our ``.npz`` files, read without trusting them; ``_files`` writes them.

Before a member is read, its header is compared with what the caller expects and with the
bytes that are really there, so that no file can ask for more memory than it should, and
nothing in it is ever executed.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ._files import MAX_ABOUT_BYTES, SLICE, digest_of_text
from .errors import FastMIError

ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")  # whole, as proteins may begin with PK
# what zipfile raises for a file that is none, or has one flipped bit; at times ValueError, too
ZIP_ERRORS = (zipfile.BadZipFile, NotImplementedError, RuntimeError)
_DAMAGED = (*ZIP_ERRORS, ValueError)


def is_archive(path: str) -> bool:
    """Whether this is a file of ours, rather than one of sequences."""
    try:
        if not os.path.isfile(path) or not zipfile.is_zipfile(path):
            return False
        with zipfile.ZipFile(path) as archive:
            return "about.npy" in archive.namelist()
    except (OSError, *_DAMAGED):  # names that no file can have, too
        return False


class Wanted(NamedTuple):
    """What a member must be, a dtype and a shape, and as which dtype it is read."""

    dtype: str
    shape: tuple[int, ...]
    into: str


class Archive:
    """One of our ``.npz`` files, open for reading.

    Parameters
    ----------
    path : path-like
        The file.
    kind : str
        What ``about["kind"]`` must say, or "" for any of ours.
    """

    def __init__(self, path: str | os.PathLike[str], kind: str = "") -> None:
        self.path = Path(path)
        if os.path.isdir(path):
            raise FastMIError(f"{path} is a directory, not a fastmi file")
        try:
            self._zip = zipfile.ZipFile(self.path)
        except OSError as error:
            raise FastMIError(f"cannot read {path}: {error.strerror or error}") from None
        except _DAMAGED as error:
            if "null byte" in str(error):  # a name that no file can have
                raise FastMIError(f"cannot read {path}: {error}") from None
            raise FastMIError(f"{path} is not a fastmi file, or it is cut off") from None
        self._digests: dict[str, str] = {}
        try:
            self.about = self._read_about()
            if not str(self.about.get("kind")).startswith("fastmi "):
                raise FastMIError(f"{path} is not a fastmi file")
            if kind:
                self.check_kind(kind)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def check_kind(self, kind: str) -> None:
        """Raise unless the file holds this."""
        found = self.about.get("kind")
        if found != kind:
            raise FastMIError(f"{self.path} holds {found!r}, not {kind!r}")

    def check_format(
        self, newest: int, part: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The description, or a part of it, if this version of fastmi can read the file."""
        about = self.about if part is None else dict(part)
        found = about.get("format")
        if not isinstance(found, int) or not 1 <= found <= newest:
            raise FastMIError(
                f"{self.path} has file format {found!r}, this fastmi reads up to {newest}"
            )
        return about

    @property
    def names(self) -> list[str]:
        """Names of the arrays in the file."""
        return [n.removesuffix(".npy") for n in self._zip.namelist() if n != "about.npy"]

    def _read_about(self) -> dict[str, Any]:
        if "about.npy" not in self._zip.namelist():
            raise FastMIError(f"{self.path} is not a fastmi file")
        size = self._zip.getinfo("about.npy").file_size
        if size > MAX_ABOUT_BYTES:
            raise FastMIError(f"{self.path}: its description claims {size:,} bytes")
        text = self._array("about", None).tobytes()
        try:
            about = json.loads(text, parse_constant=_refuse)
        except (ValueError, RecursionError):
            raise FastMIError(f"{self.path}: its description is damaged") from None
        if not isinstance(about, dict):
            raise FastMIError(f"{self.path}: its description is damaged")
        if "sha256" in about:  # since 0.1.0
            digests = about["sha256"]
            try:
                digest = digest_of_text(about)
            except RecursionError:  # what just could be read need not be writable
                raise FastMIError(f"{self.path}: its description is damaged") from None
            if not isinstance(digests, dict) or digests.get("about") != digest:
                raise FastMIError(f"{self.path}: its description was changed")
            self._digests = digests
        return about

    def _most_bytes(self, info: zipfile.ZipInfo) -> int:
        """What the bytes on disk can hold: deflate packs at most 1,032 into one."""
        return 1032 * min(info.compress_size, self.path.stat().st_size) + 64

    def array(
        self, name: str, dtype: str, shape: tuple[int, ...], into: str | None = None
    ) -> npt.NDArray[Any]:
        """Read one array that must have this dtype and shape, as one of another dtype."""
        if f"{name}.npy" not in self._zip.namelist():
            raise FastMIError(f"{self.path}: the array {name!r} is missing")
        return self._array(name, Wanted(dtype, shape, into or dtype))

    def _array(self, name: str, wanted: Wanted | None) -> npt.NDArray[Any]:
        info = self._zip.getinfo(f"{name}.npy")
        try:
            with self._zip.open(info) as member:
                dtype, shape, fortran = read_npy_header(member)
                header_bytes = member.tell()
                expected = header_bytes + dtype.itemsize * int(np.prod(shape, dtype=object))
                if wanted is not None and (
                    fortran or dtype != np.dtype(wanted.dtype) or shape != wanted.shape
                ):
                    order = " in Fortran order" if fortran else ""
                    raise FastMIError(
                        f"{self.path}: the array {name!r} is {dtype} {shape}{order}, expected "
                        f"{wanted.dtype} {wanted.shape}"
                    )
                if expected != info.file_size or expected > self._most_bytes(info):
                    raise FastMIError(f"{self.path}: the array {name!r} is cut off")
                array = np.empty(shape, dtype if wanted is None else wanted.into)
                digest = _fill(array, dtype, member)
                member.read(1)  # reaches the end, where zipfile compares the checksum
        except (*_DAMAGED, zlib.error, EOFError, OSError) as error:
            if isinstance(error, FastMIError):
                raise
            raise FastMIError(f"{self.path}: the array {name!r} is damaged ({error})") from None
        if self._digests and digest != self._digests.get(name):
            raise FastMIError(f"{self.path}: the array {name!r} was changed")
        return array


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not written")


def _fill(array: npt.NDArray[Any], kind: np.dtype[Any], stream: Any) -> str:
    """Fill the array from bytes of another type, in slices, and give their digest.

    So nothing is held twice.
    """
    digest = hashlib.sha256()
    flat = array.reshape(-1)
    step = max(1, SLICE // kind.itemsize)
    piece = np.empty(min(step, len(flat)), kind)
    for at in range(0, len(flat), step):
        some = piece[: len(flat) - at]
        view, n = memoryview(some.view(np.uint8)), 0  # type: ignore[arg-type]
        while n < len(view):
            read = stream.readinto(view[n:])
            if not read:
                raise EOFError("it ends too soon")
            n += read
        digest.update(view)
        flat[at : at + len(some)] = some
    return digest.hexdigest()


_NPY_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def read_npy_header(stream: Any) -> tuple[np.dtype[Any], tuple[int, ...], bool]:
    """Dtype, shape, and whether in Fortran order, of a ``.npy`` without Python objects.

    Whatever is wrong with the header is a ValueError: NumPy's parser raises many things.
    """
    try:
        version = np.lib.format.read_magic(stream)
        if version not in _NPY_HEADERS:
            raise ValueError(f"npy version {version} is not supported")
        shape, fortran, dtype = _NPY_HEADERS[version](stream)
    except Exception as error:
        raise ValueError(
            f"it is damaged or cut off ({error or type(error).__name__})"
        ) from None
    if dtype.hasobject:
        raise ValueError("it holds Python objects, which are never loaded")
    if any(n < 0 for n in shape):
        raise ValueError(f"its shape is {shape}")
    return dtype, shape, fortran


@contextmanager
def description_of(path: str | os.PathLike[str]) -> Iterator[None]:
    """What is wrong in here is wrong with the description of this file, or says itself what."""
    try:
        yield
    except FastMIError:
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise FastMIError(f"{path}: its description is damaged ({error})") from None


def finite(about: Mapping[str, Any], key: str) -> float:
    """A finite number of a file's description; ValueError where it is anything else."""
    value = about[key]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not -sys.float_info.max <= value <= sys.float_info.max:
        raise ValueError(f"{key} is {value!r}")
    return float(value)


def whole(about: Mapping[str, Any], key: str, least: int = 0) -> int:
    """A whole number of a file's description; ValueError where it is anything else."""
    value = about[key]
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(f"{key} is {value!r}")
    return value
