"""Proves that every kernel and instruction set counts the same where they could differ.

Narrow counts that are just full, blocks of rows that are just full, data that pile up in few
cells, alphabets around powers of two, rows that end inside a byte or a vector, arrays that end
where memory ends.  Counts are those of the reference; MI has the same bits everywhere.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import fastmi
from conftest import (
    MI_ONLY,
    THREADS,
    can_count,
    core_mi,
    core_tables,
    random_codes,
    reference_tables,
    seqs_of,
)
from fastmi import PackedSequences, _core

MOST_ROWS = (64, 65, 128, 200, 65535)  # rows between two flushes, the ends of what is allowed
MISSING = (0.0, 0.1)


def ways(seqs: _core.Seqs, k: int) -> list[dict[str, Any]]:
    """Every kernel that counts this, with every instruction set that is here."""
    kernels = [kernel for kernel in _core.KERNELS if can_count(seqs, k, kernel)]
    assert "plain" in kernels
    return [{"kernel": kernel, "isa": isa} for kernel in kernels for isa in _core.ISAS]


def check(codes: np.ndarray, size: int, k: int, most_rows: tuple[int, ...] = (0,)) -> None:
    """Counts are the reference's, and MI that of the tables, by all ways.

    The number of threads goes round with them, and with the number of rows.
    """
    seqs, length = seqs_of(codes, size), codes.shape[1]
    wanted = reference_tables(codes, size, k)
    mi, n_ij = np.empty(len(wanted)), np.empty(len(wanted), np.uint64)
    _core.mi_tables(wanted, 0.5, 1, np.zeros(2, np.int64), mi, n_ij, isa="scalar")
    for (at, way), most in product(enumerate(ways(seqs, k)), most_rows):
        if way["kernel"] == "plain" and most != most_rows[0]:
            continue  # it has no narrow counts
        n_threads = THREADS[(at + most + len(codes)) % len(THREADS)]
        name = f"{codes.shape}, {size} letters, k={k}, {n_threads} threads, {way}, {most}"
        how = {**way, "most_rows": most}
        if way["kernel"] not in MI_ONLY:
            tables = core_tables(seqs, length, size, k, n_threads, **how)
            assert np.array_equal(tables, wanted), name
        found, n_found = core_mi(seqs, length, k, 0.5, n_threads, **how)
        assert_array_equal(found, mi, name)
        assert_array_equal(n_found, n_ij, name)


def half_constant(n: int, length: int, size: int, missing: float) -> np.ndarray:
    """The first positions never vary, so that one narrow count is raised by every row."""
    rng = np.random.default_rng((n, length, size))
    codes = random_codes(rng, n, length, size)
    codes[:, : length - 2] = np.arange(length - 2) % size
    codes[rng.random((n, length)) < missing] = 255
    return codes


# ------------------------------------------------------------- counts that are just full


@pytest.mark.parametrize("missing", MISSING)
@pytest.mark.parametrize(("size", "k"), [(4, 1), (4, 2), (4, 3), (20, 1), (20, 2), (3, 2)])
def test_rows_around_the_words_and_flushes(size: int, k: int, missing: float) -> None:
    length = 2 * k + (2 if size**k < 100 else 0)
    for n in (63, 64, 65, 127, 128, 129, 192, 193, 199, 200, 201, 400, 401):
        check(half_constant(n, length, size, missing), size, k, MOST_ROWS)


@pytest.mark.parametrize("n", [65_534, 65_535, 65_536, 65_537, 131_071, 131_072])
@pytest.mark.parametrize(("size", "k"), [(4, 1), (4, 2), (4, 3), (20, 1), (5, 2)])
def test_sixteen_bits_that_are_just_full(size: int, k: int, n: int) -> None:
    for missing in (0.0, 1e-4):
        check(half_constant(n, 2 * k + 2, size, missing), size, k)


# up to three halves of a block are one
@pytest.mark.parametrize("n", [393_215, 393_216, 393_217])
@pytest.mark.parametrize(("size", "k"), [(4, 1), (4, 2), (4, 3), (20, 1)])
def test_rows_around_the_largest_block(size: int, k: int, n: int) -> None:
    for missing in (0.0, 1e-5):
        check(half_constant(n, 2 * k + (k == 1), size, missing), size, k)


@pytest.mark.parametrize("most_rows", [1, 63, 65_536, 2**40])
def test_flushes_are_from_64_to_65535_rows_apart(most_rows: int) -> None:
    seqs = seqs_of(np.zeros((3, 4), np.uint8), 4)
    with pytest.raises(ValueError, match="outside its contract"):
        core_tables(seqs, 4, 4, 1, most_rows=most_rows)


# ------------------------------------------------------------ data that pile up somewhere


def one_row(rng: np.random.Generator, n: int, length: int, size: int) -> np.ndarray:
    return np.tile(rng.integers(0, size, length, dtype=np.uint8), (n, 1))


def alternating(rng: np.random.Generator, n: int, length: int, size: int) -> np.ndarray:
    return np.resize(rng.integers(0, size, (2, length), dtype=np.uint8), (n, length))


def wild_type(rng: np.random.Generator, n: int, length: int, size: int) -> np.ndarray:
    codes = rng.integers(0, size, (n, length), dtype=np.uint8)
    return np.where(rng.random((n, length)) < 0.95, codes[0], codes)


def copies(rng: np.random.Generator, n: int, length: int, size: int) -> np.ndarray:
    codes = rng.integers(0, size, (n, length), dtype=np.uint8)
    return np.where(rng.random((n, 1)) < 0.95, codes[0], codes)


def motif(rng: np.random.Generator, n: int, length: int, size: int) -> np.ndarray:
    codes = rng.integers(0, size, (n, length), dtype=np.uint8)
    codes[:, 2:8] = codes[0, 2:8]
    return codes


def constant_columns(rng: np.random.Generator, n: int, length: int, size: int) -> np.ndarray:
    codes = rng.integers(0, size, (n, length), dtype=np.uint8)
    codes[:, ::2] = np.arange(len(codes[0, ::2])) % size
    return codes


def in_order(rng: np.random.Generator, n: int, length: int, size: int) -> np.ndarray:
    codes = rng.integers(0, size, (n, length), dtype=np.uint8)
    return codes[np.lexsort(codes.T[::-1])]


SKEWED: list[Callable[[np.random.Generator, int, int, int], np.ndarray]] = [
    one_row, alternating, wild_type, copies, motif, constant_columns, in_order,
]  # fmt: skip


@pytest.mark.parametrize("missing", MISSING)
@pytest.mark.parametrize(("size", "k"), [(4, 1), (4, 2), (4, 3), (20, 1), (20, 2), (2, 3)])
@pytest.mark.parametrize("make", SKEWED)
def test_skewed_data(
    make: Callable[[np.random.Generator, int, int, int], np.ndarray],
    size: int,
    k: int,
    missing: float,
) -> None:
    rng = np.random.default_rng((size, k))
    codes = make(rng, 1500, 11 if k < 3 else 9, size)
    codes[rng.random(codes.shape) < missing] = 255
    check(codes, size, k, (200, 65_535))


@pytest.mark.parametrize("size", [4, 20])
def test_rows_and_columns_that_are_all_missing(size: int) -> None:
    codes = random_codes(np.random.default_rng(7), 300, 9, size)
    codes[100:230] = 255
    codes[:, 4] = 255
    for k in (1, 2):
        check(codes, size, k, (64, 65_535))
        check(np.full_like(codes, 255), size, k)


# --------------------------------------------------------------- alphabets and row lengths

SIZES = (2, 3, 4, 5, 8, 9, 16, 17, 20, 21, 31, 32, 33, 64, 65, 127, 128, 254, 255)


@pytest.mark.parametrize("missing", MISSING)
@pytest.mark.parametrize("size", SIZES)
def test_alphabets_around_powers_of_two(size: int, missing: float) -> None:
    rng = np.random.default_rng(size)
    for k, length in ((1, 7), (2, 6), (3, 7)):
        if size**k <= 1100:
            check(random_codes(rng, 700, length, size, missing), size, k)


LENGTHS = (*range(2, 14), 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 66, 67)


@pytest.mark.parametrize("missing", MISSING)
@pytest.mark.parametrize("size", [4, 5])
def test_rows_that_end_inside_a_byte_or_a_vector(size: int, missing: float) -> None:
    for length in LENGTHS:
        codes = random_codes(np.random.default_rng(length), 70, length, size, missing)
        check(codes, size, 1)
        if 4 <= length < 34:
            check(codes, size, 2)


@pytest.mark.parametrize("missing", MISSING)
@pytest.mark.parametrize("size", [4, 20])
def test_arrays_of_a_few_bytes(size: int, missing: float) -> None:
    for n in (1, 2, 3):
        for length in (2, 3, 4, 5, 8, 15):
            codes = random_codes(np.random.default_rng(n), n, length, size, missing)
            for k in (1, 2, 3):
                if 2 * k <= length and size**k <= (64 if length > 6 else 400):
                    check(codes, size, k)


@pytest.mark.parametrize("missing", MISSING)
@pytest.mark.parametrize(
    ("size", "k", "length"), [(4, 1, 300), (4, 2, 150), (4, 3, 140), (20, 1, 145)]
)
def test_many_tiles_have_the_bits_of_the_plain_kernel(
    size: int, k: int, length: int, missing: float
) -> None:
    codes = random_codes(np.random.default_rng(k), 150, length, size, missing)
    seqs = seqs_of(codes, size)
    mi, n_ij = core_mi(seqs, length, k, 0.5, kernel="plain", isa="scalar")
    for way, n_threads in product(ways(seqs, k), (1, 3)):
        found = core_mi(seqs, length, k, 0.5, n_threads, **way)
        assert_array_equal(found[0], mi, str(way))
        assert_array_equal(found[1], n_ij, str(way))


# ------------------------------------------------------------------ where the letters lie


@pytest.mark.parametrize("missing", MISSING)
@pytest.mark.parametrize("letters", ["ACGT", "ACDEFGHIKLMNPQRSTVWY"])
def test_memory_mapped_store(letters: str, missing: float, tmp_path: Path) -> None:
    size = len(letters)
    codes = random_codes(np.random.default_rng(5), 333, 21, size, missing)
    PackedSequences.from_codes(codes, letters, unknown="skip").save(tmp_path / "s.npy")
    mapped = PackedSequences.open(tmp_path / "s.npy")
    assert isinstance(mapped.rows, np.memmap)
    for part in (slice(0, 333), slice(17, 290), slice(332, 333)):
        mi, n_ij = core_mi(seqs_of(codes[part], size), 21, 2, 0.5, kernel="plain")
        for way, n_threads in product(ways(mapped[part].view, 2), THREADS):
            found = core_mi(mapped[part].view, 21, 2, 0.5, n_threads, **way)
            assert_array_equal(found[0], mi, str(way))
            assert_array_equal(found[1], n_ij, str(way))


# Rows and mask in pages of their own, beside pages that must not be touched.
GUARDED = """
import ctypes, mmap, sys
import numpy as np
from fastmi import _core

PAGE = mmap.PAGESIZE
libc = ctypes.CDLL(None, use_errno=True)
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]

def guarded(array, at_end):
    n_pages = -(-array.nbytes // PAGE)
    memory = mmap.mmap(-1, (n_pages + 2) * PAGE)
    start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    for page in (0, n_pages + 1):
        assert libc.mprotect(start + page * PAGE, PAGE, 0) == 0
    at = (n_pages + 1) * PAGE - array.nbytes if at_end else PAGE
    place = np.frombuffer(memory, np.uint8, array.nbytes, at).reshape(array.shape)
    place[...] = array
    return place

if sys.argv[1:] == ["beyond"]:
    ctypes.string_at(guarded(np.zeros(5, np.uint8), True).ctypes.data + 5, 1)
if sys.argv[1:] == ["before"]:
    ctypes.string_at(guarded(np.zeros(5, np.uint8), False).ctypes.data - 1, 1)

rng = np.random.default_rng(1)
n_jobs = 0
for size in (4, 20):
    for n, length in [(1, 2), (1, 5), (2, 9), (3, 33), (65, 6), (70, 17), (130, 67)]:
        rows = rng.integers(0, 256 if size == 4 else 20, (n, _core.row_bytes(length, size)))
        rows = rows.astype(np.uint8)
        marks = np.zeros((n, _core.mask_bytes(length)), np.uint8)
        marks[0, 0] = 128
        if size == 4:
            rows[0, 0] &= 63
        for mask in (None, marks) if size == 4 else (None,):
            for at_end in (False, True):
                masked = None if mask is None else guarded(mask, at_end)
                seqs = _core.Seqs(guarded(rows, at_end), masked, length, size)
                for k in (1, 2, 3):
                    if 2 * k > length or size**k * length > 4000:
                        continue
                    n_pairs = _core.n_pairs(length, k)
                    wanted = None
                    for kernel in _core.KERNELS:
                        for isa in _core.ISAS:
                            mi, n_ij = np.empty(n_pairs), np.empty(n_pairs, np.uint64)
                            options = {"kernel": kernel, "isa": isa}
                            try:
                                _core.kernel_name(seqs, k, **options)
                            except ValueError:
                                continue
                            state = np.zeros(2, np.int64)
                            _core.pairwise_mi(seqs, k, 0.5, 2, state, mi, n_ij, **options)
                            wanted = mi if wanted is None else wanted
                            job = (size, n, length, k, options)
                            assert np.array_equal(mi, wanted, equal_nan=True), job
                            n_jobs += 1
print(n_jobs > 100)
"""


def run_guarded(*args: str) -> subprocess.CompletedProcess[str]:
    root = Path(fastmi.__file__).resolve().parents[1]
    return subprocess.run(
        [sys.executable, "-c", GUARDED, *args],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=root,
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs mprotect")
def test_nothing_is_read_outside_the_arrays() -> None:
    done = run_guarded()
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs mprotect")
@pytest.mark.parametrize("where", ["before", "beyond"])
def test_a_read_outside_an_array_would_be_seen(where: str) -> None:
    assert run_guarded(where).returncode < 0


# ----------------------------------------------------------------------- anything at all


@st.composite
def jobs(draw: st.DrawFn) -> tuple[np.ndarray, int, int, int, dict[str, Any]]:
    """Codes, the size of their alphabet, k, threads and options."""
    size = draw(st.sampled_from([2, 3, 4, 4, 4, 5, 16, 20, 20, 33]) | st.integers(2, 255))
    k = draw(st.sampled_from([k for k in (1, 2, 3, 4) if size**k <= 420]))
    n = draw(st.integers(1, 420))
    length = draw(st.integers(2 * k, 2 * k + (40 if size**k <= 20 else 8)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    codes = random_codes(rng, n, length, size)
    conserved = draw(st.sampled_from([0.0, 0.0, 0.5, 0.95, 1.0]))
    codes = np.where(rng.random(codes.shape) < conserved, codes[0], codes)
    codes[rng.random(codes.shape) < draw(st.sampled_from([0.0, 0.0, 0.01, 0.4, 1.0]))] = 255
    options = {
        "kernel": draw(st.sampled_from(["", *_core.KERNELS])),
        "isa": draw(st.sampled_from(["", *_core.ISAS])),
        "most_rows": draw(st.integers(64, 300) | st.integers(64, 65_535)),
    }
    if options["kernel"] and not can_count(seqs_of(codes, size), k, str(options["kernel"])):
        options["kernel"] = ""
    return codes, size, k, draw(st.integers(1, 7)), options


@settings(deadline=None, max_examples=300, database=None)
@given(jobs())
def test_any_kernel_on_anything(
    job: tuple[np.ndarray, int, int, int, dict[str, Any]],
) -> None:
    codes, size, k, n_threads, options = job
    seqs, length = seqs_of(codes, size), codes.shape[1]
    wanted = reference_tables(codes, size, k)
    if options["kernel"] not in MI_ONLY:
        assert_array_equal(core_tables(seqs, length, size, k, n_threads, **options), wanted)
    mi, n_ij = np.empty(len(wanted)), np.empty(len(wanted), np.uint64)
    _core.mi_tables(wanted, 2.0, 1, np.zeros(2, np.int64), mi, n_ij, isa="scalar")
    found, n_found = core_mi(seqs, length, k, 2.0, n_threads, **options)
    assert_array_equal(found, mi)
    assert_array_equal(n_found, n_ij)
