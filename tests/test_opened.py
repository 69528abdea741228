"""Compressed files: the bytes of Python's own readers, or an error, in little memory; no hang.

Gzip by zlib and by ISA-L, in one member, many and none, padded, cut at every byte, and with
every bit flipped; then what stays open or running when reading is broken off.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import os
import random
import subprocess
import sys
import threading
import time
import zlib
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

import fastmi
from fastmi import FastMIError, _gunzip
from fastmi._ahead import ahead
from fastmi._gunzip import gunzipped
from fastmi._opened import opened

try:
    from isal import isal_zlib
except ImportError:
    isal_zlib = None

ROOT = str(Path(fastmi.__file__).resolve().parents[1])
LIBRARIES = {"zlib": zlib, "isal": isal_zlib}
BROKEN = (EOFError, zlib.error)


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Each library, used by everything in fastmi; a skip where it is missing."""
    found = LIBRARIES[request.param]
    if found is None:
        pytest.skip("isal is not installed")
    monkeypatch.setattr(_gunzip, "isal_or_zlib", lambda: found)
    return found


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """So little at a time that small data meet every edge."""
    for name, size in (("_READ", 23), ("_SHORT", 5), ("_PIECE", 17), ("_LEAST", 40)):
        monkeypatch.setattr(_gunzip, name, size)


def unpacked(data: bytes, library: ModuleType) -> bytes:
    pieces = list(gunzipped(io.BufferedReader(io.BytesIO(data), 29), library))
    assert all(0 < len(piece) < _gunzip._LEAST + _gunzip._PIECE for piece in pieces)
    return b"".join(pieces)


def letters(n: int, seed: int = 1) -> bytes:
    return bytes(random.Random(seed).choices(b"ACGT\n", k=n))


def members(data: bytes, size: int) -> bytes:
    parts = (data[at : at + size] for at in range(0, len(data), size))
    return b"".join(gzip.compress(part, mtime=0) for part in parts)


def bgzipped(data: bytes, size: int = 65_280) -> bytes:
    """Blocks with their length in an extra field, and the empty one that marks the end."""
    out = []
    for part in [*(data[at : at + size] for at in range(0, len(data), size)), b""]:
        squeeze = zlib.compressobj(6, wbits=-15)
        body = squeeze.compress(part) + squeeze.flush()
        head = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0"
        sizes = (len(head) + len(body) + 9).to_bytes(2, "little")
        tail = zlib.crc32(part).to_bytes(4, "little") + len(part).to_bytes(4, "little")
        out.append(head + sizes + body + tail)
    return b"".join(out)


def with_header(flags: int, fields: bytes, data: bytes = b"ACGT\n") -> bytes:
    """A member whose header has optional fields."""
    packed = gzip.compress(data, mtime=0)
    return packed[:3] + bytes([flags]) + packed[4:10] + fields + packed[10:]


DATA = letters(3_000)
EMPTY = gzip.compress(b"")
GOOD = {
    "one member": gzip.compress(DATA),
    "stored": gzip.compress(DATA, 0),
    "members": members(DATA, 100),
    "tiny members": members(DATA[:300], 1),
    "bgzip": bgzipped(DATA * 100),
    "small bgzip": bgzipped(DATA, 64),
    "nothing": EMPTY,
    "nothing, often": EMPTY * 50,
    "nothing in the middle": gzip.compress(DATA) + EMPTY * 3 + gzip.compress(b"A"),
    "padding": gzip.compress(DATA) + bytes(1000),
    "padding between": gzip.compress(DATA) + bytes(1000) + gzip.compress(DATA) + b"\0",
    "padding of nothing": EMPTY + bytes(5) + EMPTY,
    "name": with_header(8, b"reads.txt\0"),
    "comment": with_header(16, b"some words\0"),
    "extra": with_header(4, b"\x05\0hello"),
    "all fields": with_header(28, b"\x05\0hello" + b"name\0" + b"comment\0"),
    "very compressible": gzip.compress(bytes(10_000_000)),
    "incompressible": gzip.compress(random.Random(2).randbytes(600_000)),
}


@pytest.mark.parametrize("kind", GOOD)
def test_the_bytes_of_gzip(kind, library):
    assert unpacked(GOOD[kind], library) == gzip.decompress(GOOD[kind])


@pytest.mark.parametrize("kind", [k for k in GOOD if len(GOOD[k]) < 50_000])
@pytest.mark.usefixtures("small")
def test_the_same_a_few_bytes_at_a_time(kind, library):
    data = GOOD[kind]
    if len(gzip.decompress(data)) > 1_000_000:
        data = gzip.compress(bytes(50_000))
    assert unpacked(data, library) == gzip.decompress(data)


@pytest.mark.parametrize("size", [1 << 20, (1 << 20) - 1, (1 << 20) + 1, 1 << 22])
def test_ends_at_the_edge_of_a_piece(size, library):
    data = bytes(size)
    assert unpacked(gzip.compress(data) + gzip.compress(b"A"), library) == data + b"A"


def test_many_tiny_members_are_not_copied_again_and_again(library):
    """Each call's input is about a member; all that is read at once would be 256 KiB a call."""
    given = []

    class Counting:
        error = library.error

        def decompressobj(self, wbits):
            member = library.decompressobj(wbits=wbits)

            class Member:
                def __getattr__(self, name):
                    return getattr(member, name)

                def decompress(self, data, max_length):
                    given.append(len(data))
                    return member.decompress(data, max_length)

            return Member()

    data = members(letters(20_000), 10)
    assert unpacked(data, Counting()) == letters(20_000)
    assert sum(given) < 2_000 * 5_000 + len(data)


# --------------------------------------------------------------------------------- damage

CUT = {
    "one member": gzip.compress(letters(400), mtime=0),
    "members": members(letters(300), 100),
    "bgzip": bgzipped(letters(300), 100),
    "header": with_header(28, b"\x05\0hello" + b"name\0" + b"comment\0"),
    "zeros": gzip.compress(bytes(5_000), mtime=0),
}


def same_as_python(data: bytes, library: ModuleType) -> bool:
    """The bytes that Python gives, or an error where it gives one; whether there was none."""
    try:
        expected = gzip.decompress(data)
    except (*BROKEN, gzip.BadGzipFile):
        with pytest.raises(BROKEN):
            unpacked(data, library)
        return False
    assert unpacked(data, library) == expected
    return True


@pytest.mark.parametrize("kind", CUT)
@pytest.mark.parametrize("at_once", ["much", "little"])
def test_cut_anywhere(kind, at_once, library, request):
    if at_once == "little":
        request.getfixturevalue("small")
    data = CUT[kind]
    whole = [n for n in range(len(data) + 1) if same_as_python(data[:n], library)]
    borders = {"members": 4, "bgzip": 5}.get(kind, 2)  # with the empty file
    assert len(whole) == borders


@pytest.mark.parametrize("kind", CUT)
def test_any_flipped_bit(kind, library):
    """Bits of dates and names say nothing of the data; one in the data is always found."""
    data = CUT[kind]
    expected = gzip.decompress(data)
    found = 0
    for bit in range(8 * len(data)):
        bad = bytearray(data)
        bad[bit // 8] ^= 1 << bit % 8
        try:
            got = unpacked(bytes(bad), library)
        except BROKEN:
            found += 1
        else:
            assert got == expected or same_as_python(bytes(bad), library)
    assert found > 3 * len(data)


@pytest.mark.parametrize(
    "garbage", [b"g", b"\x1f", b"\x1f\x8b", b"garbage", b"\0\0garbage" * 9]
)
def test_garbage_behind_the_end(garbage, library):
    for data in (GOOD["one member"], GOOD["bgzip"], EMPTY):
        with pytest.raises(BROKEN):
            unpacked(data + garbage, library)


def flipped(at: int) -> bytes:
    data = bytearray(gzip.compress(b">a\nACGT\n" * 100))
    data[at] ^= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (flipped(-5), "CRC check failed"),
        (flipped(-1), "length|CRC"),
        (GOOD["one member"] + b"garbage" * 9, "no gzip header where one is expected"),
        (GOOD["one member"][:-1], "Compressed file ended before the end-of-stream marker"),
        (flipped(2), "method"),
    ],
)
@pytest.mark.usefixtures("library")
def test_damage_in_words(data, message, tmp_path):
    (tmp_path / "f").write_bytes(data)
    with pytest.raises(FastMIError, match=rf"f is damaged or cut off: .*{message}"):
        fastmi.read(tmp_path / "f", "ACGT\n")


# ------------------------------------------------------------------------- files and pipes

TEXT = b"".join(
    b">r%d\nACGT%s\n" % (n, letters(60, n).replace(b"\n", b"")[:40]) for n in range(9)
)
PACKERS = {
    "plain": bytes,
    "gzip": gzip.compress,
    "bgzip": bgzipped,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
}


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.usefixtures("library")
def test_a_file_is_opened_as_its_bytes(packer, tmp_path):
    data = TEXT * 30_000
    (tmp_path / "f").write_bytes(packed_text(packer))
    with opened(tmp_path / "f") as (stream, name):
        assert name == str(tmp_path / "f")
        assert stream.peek(4)[:4] == data[:4]
        assert stream.read(3) == data[:3]
        assert stream.read() == data[3:]
        assert stream.read() == b""


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("how", ["-", "a named pipe"])
@pytest.mark.parametrize("nested", [False, True])
def test_a_slow_pipe(packer, how, nested, tmp_path):
    """Bytes come a few at a time, and the writer waits in between."""
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    data = PACKERS[packer](TEXT)
    blocks = "fastmi.read_blocks(sys.argv[1], block_rows=2)"
    script = (
        "import sys, fastmi; from fastmi._ahead import ahead\n"
        f"print([s for b in {f'ahead({blocks}, 2)' if nested else blocks} for s in b])"
    )
    shell = subprocess.Popen(
        [sys.executable, "-c", script, "-" if how == "-" else str(fifo)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=False,
        env={**os.environ, "PYTHONPATH": ROOT},
    )
    with shell as child, child.stdin if how == "-" else fifo.open("wb") as pipe:
        step = len(data) // 7 + 1
        for at in range(0, len(data), step):
            pipe.write(data[at : at + step])
            pipe.flush()
            time.sleep(0.002)
        pipe.close()
        out = child.stdout.read()
    assert out.decode().strip() == repr(TEXT.decode().split("\n")[1::2])


def test_what_stdin_has_read_already_counts(tmp_path):
    """A line taken from sys.stdin.buffer leaves the rest in its buffer."""
    script = "import sys, fastmi; sys.stdin.buffer.readline(); print(len(fastmi.read('-')))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=b"not a record\n" + gzip.compress(TEXT),
        capture_output=True,
        env={**os.environ, "PYTHONPATH": ROOT},
    )
    assert done.stdout == b"9\n", done.stderr


# ------------------------------------------------------------------------ what stays behind


def n_open() -> int:
    return len(os.listdir("/proc/self/fd"))


def quiet(before: int) -> bool:
    """No thread of ours, no more open files than before; given some time."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if n_open() == before and "fastmi" not in [t.name for t in threading.enumerate()]:
            return True
        time.sleep(0.001)
    return False


@cache
def packed_text(packer: str) -> bytes:
    """More than the buffers hold, so that a thread has work left when its reader leaves."""
    return PACKERS[packer](TEXT * 30_000)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs Linux's /proc")
@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("how", ["whole", "break", "close", "unread", "error", "bad"])
def test_nothing_stays_open_or_running(packer, nested, how, tmp_path):
    bad = PACKERS[packer](b">x\nAN\n") if how == "bad" else b""
    (tmp_path / "f").write_bytes(packed_text(packer) + bad)
    before = n_open()
    for _ in range(3):
        blocks = fastmi.read_blocks(tmp_path / "f", block_rows=100)
        if nested:
            blocks = ahead(blocks, 2)
        if how == "close":
            next(blocks)
            blocks.close()
        elif how != "unread":
            with contextlib.suppress(ZeroDivisionError, FastMIError):
                for n, _ in enumerate(blocks):
                    if how == "break" and n == 3:
                        break
                    if how == "error":
                        1 // (3 - n)
        del blocks
        assert quiet(before)


@pytest.mark.parametrize("nested", [False, True])
def test_an_error_comes_behind_the_blocks_before_it(nested, tmp_path):
    data = gzip.compress(TEXT * 100_000)
    (tmp_path / "f").write_bytes(data[:-1])
    blocks = fastmi.read_blocks(tmp_path / "f", block_rows=1000)
    n = 0
    with pytest.raises(FastMIError, match="damaged or cut off"):  # noqa: PT012
        for block in ahead(blocks, 2) if nested else blocks:
            n += len(block)
    assert 9 * 100_000 - 200_000 < n <= 9 * 100_000


BOMB = """
import sys, zlib, fastmi
from fastmi import _gunzip
if sys.argv[2] == "zlib":
    _gunzip.isal_or_zlib = lambda: zlib
def peak():
    line = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024
from fastmi._opened import opened
before, n = peak(), 0
view = memoryview(bytearray(1 << 20))
with opened(sys.argv[1]) as (stream, _):
    while found := stream.readinto(view):
        n += found
print(n, peak() - before)
try:
    fastmi.read(sys.argv[1])
except fastmi.FastMIError as error:
    print(error)
print(peak() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="needs Linux's /proc")
@pytest.mark.parametrize("library", [k for k, v in LIBRARIES.items() if v is not None])
def test_a_gigabyte_of_zeros_takes_little_memory(library, tmp_path):
    zeros, n, crc = bytes(1 << 24), 64, 0
    squeeze = zlib.compressobj(6, wbits=-15)
    block = squeeze.compress(zeros) + squeeze.flush(zlib.Z_FULL_FLUSH)  # can be repeated
    for _ in range(n):
        crc = zlib.crc32(zeros, crc)
    tail = crc.to_bytes(4, "little") + (n << 24).to_bytes(4, "little")
    (tmp_path / "f").write_bytes(EMPTY[:10] + block * n + squeeze.flush() + tail)
    done = subprocess.run(
        [sys.executable, "-c", BOMB, str(tmp_path / "f"), library],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": ROOT},
    )
    assert done.returncode == 0, done.stderr
    first, message, last = done.stdout.splitlines()
    size, used = map(int, first.split())
    assert size == 1 << 30
    assert used < 16 << 20  # the pieces, one more in the making, buffers (measured: 9 MB)
    assert "line 1: longer than" in message
    assert int(last) < 40 << 20  # the parser's buffer besides
