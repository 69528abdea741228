"""Proves the C core against ``_reference``: counts equal, MI within 1e-12 bits.

Every kernel with every instruction set, every alphabet and k they distinguish, threads, shapes
around bytes, blocks and tiles, and missing letters.  The bound: csrc/mi.c derives
1e-13 bits for its own sums at the extreme; the rest of 1e-12 is room for the oracle's own
rounding and other C libraries' log2.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from math import fsum, log2
from typing import NamedTuple

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import fastmi
from conftest import (
    AWKWARD,
    MI_ONLY,
    THREADS,
    core_mi,
    core_tables,
    kernels_for,
    random_codes,
    reference_tables,
    seqs_of,
)
from fastmi import JointCounts, PackedSequences, _core, _reference

MI_BOUND = 1e-12
PSEUDOCOUNTS = (0.0, 0.5, 5.0, 1000.0)
ALPHABETS = {
    2: "01",
    4: "ACGT",
    20: "ACDEFGHIKLMNPQRSTVWY",
    255: "".join(map(chr, range(255))),
}


def shapes(k: int, longest: int) -> list[tuple[int, int]]:
    """Awkward N with awkward L, each at least once, plus the extremes together."""
    lengths = [n for n in AWKWARD if 2 * k <= n <= longest] or [2 * k]
    found = {(n, lengths[at % len(lengths)]) for at, n in enumerate(AWKWARD)}
    return sorted(found | {(n, length) for n in (1, 65) for length in (2 * k, lengths[-1])})


# letters and k, with the longest length: tables grow as letters^2k, pairs as length^2
KINDS = {
    (2, 1): 33, (2, 2): 33, (2, 3): 17, (4, 1): 65, (4, 2): 33, (4, 3): 17, (4, 4): 9,
    (4, 5): 11, (20, 1): 17, (20, 2): 5, (255, 1): 4,
}  # fmt: skip


def cases(size: int, k: int, missing: float) -> Iterator[tuple[str, Expected]]:
    """Every shape of a kind as (name for messages, what is expected)."""
    for n, length in [(1, 10), (64, 10), (33, 11)] if k == 5 else shapes(k, KINDS[size, k]):
        yield f"N={n}, L={length}", expected(size, k, n, length, missing)


def some_cases(size: int, k: int, missing: float) -> list[tuple[str, Expected]]:
    """A third of them, the ends included, for what depends on the tables alone."""
    found = list(cases(size, k, missing))
    return [*found[:-1:3], found[-1]]


def mi_by_groups(table: np.ndarray, pseudocount: float) -> float:
    """The oracle's sum with equal cells taken together, so that k = 6 takes no minute."""
    n, m = int(table.sum()), len(table)
    if n == 0:
        return float("nan")
    g = pseudocount * n
    rows, columns = table.sum(axis=1).tolist(), table.sum(axis=0).tolist()
    groups: Counter[tuple[int, int, int]] = Counter()
    for a, b in zip(*(at.tolist() for at in np.nonzero(table)), strict=True):
        groups[int(table[a, b]), rows[a], columns[b]] += 1
        groups[0, rows[a], columns[b]] -= 1
    for r, n_r in Counter(rows).items():
        for c, n_c in Counter(columns).items():
            groups[0, r, c] += n_r * n_c
    terms = []
    for (cell, r, c), times in groups.items():
        p = (cell + g / m**2) / (n + g)
        if p > 0 and times:
            p_r, p_c = (r + g / m) / (n + g), (c + g / m) / (n + g)
            terms.append(times * (p * log2(p / (p_r * p_c))))
    return fsum(terms)


class Expected(NamedTuple):
    codes: np.ndarray
    tables: np.ndarray
    kmers: np.ndarray
    n_ij: np.ndarray


@lru_cache(maxsize=512)
def expected(size: int, k: int, n: int, length: int, missing: float) -> Expected:
    """One random set and what the reference says of it; the threads share it."""
    rng = np.random.default_rng((size, k, n, length))
    codes = random_codes(rng, n, length, size, missing)
    tables = reference_tables(codes, size, k)
    kmers = _reference.count_kmers(codes, size, k)
    return Expected(codes, tables, kmers, tables.sum(axis=(1, 2), dtype=np.uint64))


def control() -> np.ndarray:
    return np.zeros(2, np.int64)


def mi_of(codes: np.ndarray, size: int, k: int, p: float, n_threads: int) -> np.ndarray:
    """By the kernel that the core chooses."""
    mi, _ = core_mi(seqs_of(codes, size), codes.shape[1], k, p, n_threads)
    return np.asarray(mi)


def tables_of(codes: np.ndarray, size: int, k: int, n_threads: int) -> np.ndarray:
    """By the kernel that the core chooses."""
    return core_tables(seqs_of(codes, size), codes.shape[1], size, k, n_threads)


@pytest.mark.parametrize(
    ("size", "k", "missing", "kernel"),
    [
        (*kind, missing, kernel)
        for kind in KINDS
        for missing in (0.0, 0.15)
        for kernel in kernels_for(*kind, missing)
        if kernel not in MI_ONLY
    ],
)
def test_joint_counts_equal_reference(
    size: int, k: int, missing: float, kernel: str, isa: str
) -> None:
    for name, e in cases(size, k, missing):
        seqs, length = seqs_of(e.codes, size), e.codes.shape[1]
        for n_threads in THREADS:
            found = core_tables(seqs, length, size, k, n_threads, kernel=kernel, isa=isa)
            assert_array_equal(found, e.tables, name)


@pytest.mark.parametrize("missing", [0.0, 0.15])
@pytest.mark.parametrize(("size", "k"), KINDS)
def test_count_pair_equals_reference(size: int, k: int, missing: float) -> None:
    for name, e in cases(size, k, missing):
        seqs, found = seqs_of(e.codes, size), np.zeros(e.tables.shape, np.uint64)
        for table, (i, j) in zip(found, _reference.pairs(e.codes.shape[1], k), strict=True):
            _core.count_pair(seqs, k, i, j, table)
        assert_array_equal(found, e.tables, name)


@pytest.mark.parametrize("missing", [0.0, 0.15])
@pytest.mark.parametrize(("size", "k"), KINDS)
def test_kmer_counts_equal_reference(size: int, k: int, missing: float) -> None:
    for name, e in cases(size, k, missing):
        kmers = np.zeros(e.kmers.shape, np.uint64)
        for n_threads in THREADS:
            kmers[:] = 0
            state = control()
            _core.count_kmers(seqs_of(e.codes, size), k, n_threads, state, kmers)
            assert_array_equal(kmers, e.kmers, name)
            assert state[0] == len(e.codes) * len(e.kmers)


@pytest.mark.parametrize("missing", [0.0, 0.15])
@pytest.mark.parametrize(("size", "k"), KINDS)
def test_joint_counts_object_equals_reference(size: int, k: int, missing: float) -> None:
    for name, e in some_cases(size, k, missing):
        length = e.codes.shape[1]
        counts = JointCounts(length, k, alphabet=ALPHABETS[size])
        packed = PackedSequences.from_codes(e.codes, ALPHABETS[size], unknown="skip")
        counts.add(packed, n_threads=2)
        found = np.array([counts.table(i, j) for i, j in _reference.pairs(length, k)])
        assert_array_equal(found, e.tables, name)
        assert_array_equal(counts.kmer_counts(), e.kmers, name)


@pytest.mark.parametrize("missing", [0.0, 0.15])
@pytest.mark.parametrize(("size", "k"), KINDS)
def test_mi_and_n_pair_equal_reference(size: int, k: int, missing: float) -> None:
    for name, e in some_cases(size, k, missing):
        step = len(e.tables) // 40 + 1  # the oracle is slow: it takes some of the pairs
        seqs, length = seqs_of(e.codes, size), e.codes.shape[1]
        for p in PSEUDOCOUNTS:
            wanted = [mi_by_groups(table, p) for table in e.tables[::step]]
            mi, n_ij = core_mi(seqs, length, k, p, isa="scalar", kernel="plain")
            assert_allclose(mi[::step], wanted, rtol=0, atol=MI_BOUND, err_msg=name)
            assert_array_equal(n_ij, e.n_ij, name)
            for isa in _core.ISAS:
                for kernel in kernels_for(size, k, missing):
                    again, n_ij = core_mi(seqs, length, k, p, 2, isa=isa, kernel=kernel)
                    assert_array_equal(again, mi, f"{name}, {kernel}, {isa}")
                    assert_array_equal(n_ij, e.n_ij, f"{name}, {kernel}, {isa}")
                again, n_ij = np.full(len(mi), -1.0), np.zeros(len(mi), np.uint64)
                _core.mi_tables(e.tables, p, 2, control(), again, n_ij, isa=isa)
                assert_array_equal(again, mi, f"{name}, {isa}")
                assert_array_equal(n_ij, e.n_ij, f"{name}, {isa}")


@pytest.mark.parametrize("pseudocount", PSEUDOCOUNTS)
@pytest.mark.parametrize(("size", "k"), [(2, 3), (4, 1), (4, 2), (20, 1)])
def test_grouped_oracle_equals_reference(size: int, k: int, pseudocount: float) -> None:
    e = expected(size, k, 33, 2 * k + 1, 0.15)
    for table in e.tables:
        wanted = _reference.mi_table(table, pseudocount)
        assert abs(mi_by_groups(table, pseudocount) - wanted) < 1e-13


def longest_kmers() -> Expected:
    return expected(4, 6, 60, 13, 0.02)


def test_six_letter_kmers_count_as_the_reference(n_threads: int) -> None:
    e = longest_kmers()
    assert np.array_equal(tables_of(e.codes, 4, 6, n_threads), e.tables)


@pytest.mark.parametrize("pseudocount", PSEUDOCOUNTS)
def test_six_letter_kmers_have_the_references_mi(pseudocount: float) -> None:
    e = longest_kmers()
    wanted = [mi_by_groups(table, pseudocount) for table in e.tables]
    mi, n_ij = core_mi(seqs_of(e.codes, 4), 13, 6, pseudocount, 2)
    assert_allclose(mi, wanted, rtol=0, atol=MI_BOUND)
    assert_array_equal(n_ij, e.n_ij)


def test_six_letter_kmers_at_the_shortest_length() -> None:
    e = expected(4, 6, 9, 12, 0.0)
    wanted = [mi_by_groups(table, 5.0) for table in e.tables]
    assert len(wanted) == 1
    assert_allclose(mi_of(e.codes, 4, 6, 5.0, 5), wanted, rtol=0, atol=MI_BOUND)


@pytest.mark.parametrize("pseudocount", PSEUDOCOUNTS)
def test_counts_beyond_the_table_of_logarithms(
    rng: np.random.Generator, pseudocount: float
) -> None:
    # skewed, so that cells lie on both sides of FMI_SMALL in csrc/evaluator.h
    codes = rng.choice(4, (30_000, 4), p=[0.7, 0.1, 0.1, 0.1]).astype(np.uint8)
    tables = tables_of(codes, 4, 1, 2)
    assert tables.min() < 4096 < tables.max()
    wanted = [_reference.mi_table(table, pseudocount) for table in tables]
    assert_allclose(mi_of(codes, 4, 1, pseudocount, 2), wanted, rtol=0, atol=MI_BOUND)


@pytest.mark.parametrize("largest", [4095, 4096, 4097, 2**32 - 13])
@pytest.mark.parametrize("pseudocount", [0.0, 5.0])
def test_one_large_cell(largest: int, pseudocount: float) -> None:
    table = np.array([[largest, 3], [2, 7]], np.uint32)
    mi, n_ij = np.empty(1), np.empty(1, np.uint64)
    _core.mi_tables(table[None], pseudocount, 1, control(), mi, n_ij)
    wanted = _reference.mi_table(table.astype(np.int64), pseudocount)
    assert_allclose(mi, wanted, rtol=0, atol=MI_BOUND)
    assert int(n_ij[0]) == largest + 12


@pytest.mark.parametrize("missing", [0.0, 0.15])
@pytest.mark.parametrize("n", [4095, 4096, 4097, 8193])
def test_rows_around_the_kernels_blocks(n: int, missing: float, n_threads: int) -> None:
    e = expected(4, 2, n, 7, missing)
    assert_array_equal(tables_of(e.codes, 4, 2, n_threads), e.tables)


@pytest.mark.parametrize("size", [4, 20])
def test_equal_rows_count_in_one_cell(size: int, n_threads: int) -> None:
    codes = np.tile(np.arange(6, dtype=np.uint8) % size, (10_000, 1))
    for (i, j), table in zip(
        _reference.pairs(6, 1), tables_of(codes, size, 1, n_threads), strict=True
    ):
        assert table[codes[0, i], codes[0, j]] == 10_000
        assert table.sum() == 10_000


@pytest.mark.parametrize("size", [2, 4, 20])
def test_missing_column_gives_nan_and_no_sequences(size: int, n_threads: int) -> None:
    codes = random_codes(np.random.default_rng(1), 40, 5, size)
    codes[:, 2] = 255
    mi, n_ij = core_mi(seqs_of(codes, size), 5, 1, 5.0, n_threads)
    without = np.array([2 in pair for pair in _reference.pairs(5, 1)])
    assert_array_equal(np.isnan(mi), without)
    assert_array_equal(n_ij, np.where(without, 0, 40))


def test_mask_without_marks_changes_nothing(n_threads: int) -> None:
    e = expected(4, 2, 65, 33, 0.0)
    rows, mask = _reference.encode_rows(e.codes, 4)
    assert mask is not None
    tables = np.zeros(e.tables.shape, np.uint32)
    _core.count_pairs(_core.Seqs(rows, mask, 33, 4), 2, n_threads, control(), tables)
    assert_array_equal(tables, e.tables)


@pytest.mark.parametrize("missing", [0.0, 0.15])
def test_counting_adds_to_what_is_there(missing: float, n_threads: int) -> None:
    e = expected(4, 1, 33, 9, missing)
    seqs = seqs_of(e.codes, 4)
    tables = np.full(e.tables.shape, 7, np.uint32)
    _core.count_pairs(seqs, 1, n_threads, control(), tables)
    assert_array_equal(tables, e.tables + 7)
    kmers = np.full(e.kmers.shape, 7, np.uint64)
    _core.count_kmers(seqs, 1, n_threads, control(), kmers)
    assert_array_equal(kmers, e.kmers + 7)


def test_control_counts_every_update(n_threads: int) -> None:
    e = expected(4, 2, 65, 33, 0.0)
    state = control()
    mi, n_ij = np.empty(len(e.tables)), np.empty(len(e.tables), np.uint64)
    _core.pairwise_mi(seqs_of(e.codes, 4), 2, 0.0, n_threads, state, mi, n_ij)
    assert state[0] == len(e.tables) * 65


def test_control_stops_a_job(n_threads: int) -> None:
    e = expected(4, 2, 65, 33, 0.0)
    state = np.array([0, 1])
    with pytest.raises(_core.Cancelled):
        _core.count_pairs(
            seqs_of(e.codes, 4), 2, n_threads, state, np.zeros(e.tables.shape, np.uint32)
        )
    with pytest.raises(_core.Cancelled):
        _core.count_kmers(
            seqs_of(e.codes, 4), 2, n_threads, state, np.zeros(e.kmers.shape, np.uint64)
        )
    assert state[0] == 0


@pytest.mark.parametrize("length", AWKWARD)
@pytest.mark.parametrize("size", [2, 4, 20, 255])
def test_packing_equals_reference(size: int, length: int) -> None:
    codes = random_codes(np.random.default_rng(length), 9, length, size, 0.2)
    rows, mask = _reference.encode_rows(codes, size)
    packed = PackedSequences.from_codes(codes, ALPHABETS[size], unknown="skip")
    assert_array_equal(packed.rows, rows)
    if mask is not None and mask.any():
        assert packed.mask is not None
        assert_array_equal(packed.mask, mask)
    decoded = np.empty_like(codes)
    _core.decode_rows(_core.Seqs(rows, mask, length, size), decoded)
    assert_array_equal(decoded, codes)


def test_contributions_look_at_observed_pairs_only_unless_all_are_asked_for() -> None:
    """Few of the cells of a large table are observed; all of them sum to the MI."""
    r = fastmi.pairwise_mi(["ACGT", "AGCA", "TCGA"], k=1, pseudocount=0.5)
    assert set(r.top_kmers(0, 3, 50)["count"]) == {1}
    everything = r.top_kmers(0, 3, None)
    assert len(everything) == 16
    assert everything["contribution"].sum() == pytest.approx(r.matrix[0, 3], abs=1e-12)


@pytest.mark.parametrize("pseudocount", [1e-17, 1e-300, 5e-324])
def test_the_smallest_pseudocounts(pseudocount: float) -> None:
    with pytest.warns(fastmi.FastMIWarning):
        r = fastmi.pairwise_mi(["ACGT"] * 20, k=1, pseudocount=pseudocount)
    assert np.nanmax(r.matrix) < 1e-12


def test_scratch_of_many_threads_is_bounded() -> None:
    """The plain kernel needs 256 MB a thread for proteins at k = 3; of 1,024 fewer run."""
    gapped = ["ACDEFGH", "ACDEFGH", "A-DEFGH"]
    view = fastmi.PackedSequences.from_strings(gapped, "protein", unknown="skip").view
    one = _core.scratch_bytes(view, 3, 1, kernel="plain")
    assert 256e6 < one < 300e6
    assert _core.scratch_bytes(view, 3, 1024, kernel="plain") <= 4 << 30
