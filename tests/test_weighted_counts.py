"""Proves that weighted rows are counted exactly, by every kernel and in every way.

Tables, their sums and MI against ``_reference``: weights that make one layer or thirty, that
just fit 32 bits or do not, on data around words and flushes; then rows by the thousand, where
the narrow counts of real jobs fill up.  MI has the same bits everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from conftest import MI_ONLY, THREADS, can_count, random_codes
from fastmi import _core, _reference

ROWS = (0, 1, 63, 64, 65, 700)
MOST_ROWS = (0, 64, 200)  # rows between two flushes; a quarter of them make a layer
MISSING = (0.0, 0.1)
FULL = 2**32 - 1  # the most that 32-bit tables hold
PSEUDOCOUNT = 0.5
MI_BOUND = 1e-12  # as in test_core.py
KINDS = [(4, 1), (4, 2), (4, 3), (20, 1), (3, 2)]  # letters and k, as the kernels differ


def seqs_of(codes: np.ndarray, size: int, weights: np.ndarray | None) -> _core.Seqs:
    """The core's view of reference-packed rows, masked only where letters are missing."""
    rows, mask = _reference.encode_rows(codes, size)
    if mask is not None and not mask.any():
        mask = None
    return _core.Seqs(rows, mask, codes.shape[1], size, weights)


# -------------------------------------------------------------------------- kinds of weights


def summing_to(rng: np.random.Generator, n: int, total: int) -> np.ndarray:
    """Random numbers with exactly this sum."""
    cuts = np.sort(rng.integers(0, total, max(n - 1, 0), dtype=np.uint64, endpoint=True))
    return np.diff(cuts, prepend=np.uint64(0), append=np.uint64(total))[:n]


def some_huge(rng: np.random.Generator, n: int) -> np.ndarray:
    weights = np.ones(n, np.uint64)
    weights[rng.integers(0, n, n // 30)] = rng.integers(10**5, 10**6, n // 30)
    return weights


def all_bits(_: np.random.Generator, n: int) -> np.ndarray:
    """2^0, 2^1, ... 2^31, then zeros: with 32 rows and more they sum to 2^32 - 1."""
    weights = np.zeros(n, np.uint64)
    bits = np.arange(min(n, 32), dtype=np.uint64)
    weights[-1 : -len(bits) - 1 : -1] = np.uint64(1) << bits
    return weights


def only_one(_: np.random.Generator, n: int) -> np.ndarray:
    return np.where(np.arange(n) == n // 2, 37, 0)


WEIGHTS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "all zero": lambda _, n: np.zeros(n),
    "all zero but one": only_one,
    "zero or one": lambda rng, n: rng.integers(0, 2, n),
    "small": lambda rng, n: rng.geometric(0.4, n),
    "some huge": some_huge,
    "a bit each": all_bits,
    "2^32 - 1 in all": lambda rng, n: summing_to(rng, n, FULL),
    "2^32 in all": lambda rng, n: summing_to(rng, n, FULL + 1),
    "40 bits": lambda rng, n: rng.integers(0, 2**40, n),
    "2^63 - 1 in all": lambda rng, n: summing_to(rng, n, 2**63 - 1),
}


def weights_of(kind: str, n: int) -> np.ndarray:
    rng = np.random.default_rng((n, len(kind)))
    return WEIGHTS[kind](rng, n).astype(np.uint64)


def test_the_weights_are_what_their_names_say() -> None:
    for n in (1, 65, 700):
        for kind, total in [("2^32 - 1 in all", FULL), ("2^63 - 1 in all", 2**63 - 1)]:
            assert sum(weights_of(kind, n).tolist()) == total
    assert sum(weights_of("a bit each", 63).tolist()) == FULL
    assert np.count_nonzero(weights_of("all zero but one", 64)) == 1
    assert sorted(set(weights_of("zero or one", 65).tolist())) == [0, 1]


# --------------------------------------------------------------------------- all ways at once


class Truth(NamedTuple):
    tables: np.ndarray
    n_ij: list[int]
    mi: np.ndarray


def truth(codes: np.ndarray, size: int, k: int, weights: np.ndarray) -> Truth:
    """Tables by the reference, and MI of the first and last pair; NaN for the others."""
    pairs = list(_reference.pairs(codes.shape[1], k))
    tables = np.array([_reference.count_pair(codes, size, k, *at, weights) for at in pairs])
    mi = np.full(len(pairs), np.nan)
    for at in {0, len(pairs) - 1}:
        mi[at] = _reference.mi_table(tables[at], PSEUDOCOUNT)
    return Truth(tables, [sum(table.ravel().tolist()) for table in tables], mi)


def mi_of_tables(tables: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mi, n_ij = np.empty(len(tables)), np.empty(len(tables), np.uint64)
    _core.mi_tables(tables, PSEUDOCOUNT, 1, np.zeros(2, np.int64), mi, n_ij, isa="scalar")
    return mi, n_ij


def ways(seqs: _core.Seqs, k: int) -> list[dict[str, Any]]:
    """Every kernel that counts this, with every instruction set that is here."""
    kernels = [kernel for kernel in _core.KERNELS if can_count(seqs, k, kernel)]
    assert "weights" in kernels
    return [{"kernel": kernel, "isa": isa} for kernel in kernels for isa in _core.ISAS]


def check(
    codes: np.ndarray,
    size: int,
    k: int,
    weights: np.ndarray,
    most_rows: tuple[int, ...] = MOST_ROWS,
) -> None:
    """Tables, n_ij and reported work are the reference's and MI the same, by all ways.

    The number of threads and the size of cells go round with them.
    """
    seqs = seqs_of(codes, size, weights)
    wanted = truth(codes, size, k, weights)
    mi, n_ij = mi_of_tables(wanted.tables)
    assert n_ij.tolist() == wanted.n_ij
    some = ~np.isnan(wanted.mi)
    assert_allclose(mi[some], wanted.mi[some], rtol=0, atol=MI_BOUND)
    fits = sum(weights.tolist()) <= FULL
    cells: list[type] = [np.uint64, np.uint32] if fits else [np.uint64]
    for at, (way, most) in enumerate(product(ways(seqs, k), most_rows)):
        assert fits or way["kernel"] == "weights"
        if way["kernel"] == "weights" and most != most_rows[0]:
            continue  # it has no narrow counts
        n_threads = THREADS[(at + at // len(most_rows) + len(codes)) % len(THREADS)]
        how = {**way, "most_rows": most}
        name = f"{codes.shape}, {size} letters, k={k}, {n_threads} threads, {how}"
        control = np.zeros(2, np.int64)
        found, n_found = np.full(len(mi), -1.0), np.zeros(len(mi), np.uint64)
        _core.pairwise_mi(seqs, k, PSEUDOCOUNT, n_threads, control, found, n_found, **how)
        assert_array_equal(found, mi, name)
        assert n_found.tolist() == wanted.n_ij, name
        assert control[0] == len(mi) * len(codes), name
        if way["kernel"] not in MI_ONLY:
            check_tables(seqs, k, n_threads, how, wanted.tables, cells[at % len(cells)], name)


def check_tables(
    seqs: _core.Seqs,
    k: int,
    n_threads: int,
    how: dict[str, Any],
    wanted: np.ndarray,
    cell: type,
    name: str,
) -> None:
    """Counts are added to what is there: ones."""
    tables = np.ones(wanted.shape, cell)
    _core.count_pairs(seqs, k, n_threads, np.zeros(2, np.int64), tables, **how)
    assert np.array_equal(tables, (wanted + np.uint64(1)).astype(cell)), name


@pytest.mark.parametrize("missing", MISSING)
@pytest.mark.parametrize(("size", "k"), KINDS)
@pytest.mark.parametrize("kind", WEIGHTS)
def test_all_ways_of_counting_agree(kind: str, size: int, k: int, missing: float) -> None:
    for n in ROWS:
        codes = random_codes(np.random.default_rng((n, size, k)), n, 2 * k + 3, size, missing)
        codes[: n // 2, : k + 1] = codes[:1, : k + 1]  # so that narrow counts fill up
        check(codes, size, k, weights_of(kind, n))


@pytest.mark.parametrize("missing", MISSING)
@pytest.mark.parametrize(("size", "k", "length"), [(4, 4, 9), (4, 5, 10), (20, 2, 5)])
def test_hundreds_of_kmers(size: int, k: int, length: int, missing: float) -> None:
    for n, kind in [(1, "small"), (700, "small"), (700, "40 bits")]:
        codes = random_codes(np.random.default_rng(k), n, length, size, missing)
        check(codes, size, k, weights_of(kind, n), (64,))


SETTINGS = settings(deadline=None, derandomize=True, database=None, max_examples=60)


@st.composite
def weighted_rows(draw: st.DrawFn) -> tuple[np.ndarray, int, int, np.ndarray]:
    size, k = draw(st.sampled_from([(4, 1), (4, 2), (20, 1), (2, 2)]))
    n, length = draw(st.integers(0, 90)), 2 * k + draw(st.integers(0, 20))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    codes = random_codes(rng, n, length, size, draw(st.sampled_from([0.0, 0.02, 0.9])))
    bits = draw(st.integers(0, 40))
    weights = rng.integers(0, 2**bits, n, dtype=np.uint64, endpoint=True)
    weights[rng.random(n) < draw(st.sampled_from([0.0, 0.5, 0.95]))] = 0
    return codes, size, k, weights


@SETTINGS
@given(weighted_rows())
def test_anything(case: tuple[np.ndarray, int, int, np.ndarray]) -> None:
    check(*case, most_rows=(64,))


# ------------------------------------------------------------- thousands of rows, full counts


@pytest.mark.parametrize("missing", [0.0, 1e-4])
@pytest.mark.parametrize(("size", "k"), [(4, 1), (4, 2), (20, 1)])
def test_layers_of_more_rows_than_sixteen_bits_count(size: int, k: int, missing: float) -> None:
    rng = np.random.default_rng(k)
    codes = random_codes(rng, 140_000, 2 * k + 1, size)
    codes[:, : k + 1] = 0
    codes[rng.random(codes.shape) < missing] = 255
    weights = rng.choice(np.array([0, 3, 5, 1029], np.uint64), len(codes))
    weights[:66_000] = 5
    check(codes, size, k, weights, (0,))


@pytest.mark.parametrize(("size", "k"), [(4, 1), (4, 2), (20, 1)])
def test_the_largest_total_in_one_cell_of_one_kind(size: int, k: int) -> None:
    """All rows are the same, so that one cell holds 2^32 - 1, in layers of 16,384 rows."""
    codes = np.full((131_072, 2 * k), size - 1, np.uint8)
    weights = np.full(len(codes), FULL // len(codes), np.uint64)
    weights[0] += FULL - int(weights.sum())
    check(codes, size, k, weights, (0, 64))


# ----------------------------------------------------------------------- one by one, refusals


@pytest.mark.parametrize("n_threads", THREADS)
@pytest.mark.parametrize("missing", MISSING)
@pytest.mark.parametrize(("size", "k"), KINDS)
def test_positional_counts(size: int, k: int, missing: float, n_threads: int) -> None:
    for kind, n in product(("small", "2^63 - 1 in all"), (0, 65, 5000)):
        codes = random_codes(np.random.default_rng(n), n, 2 * k + 3, size, missing)
        weights = weights_of(kind, n)
        counts, control = np.ones((k + 4, size**k), np.uint64), np.zeros(2, np.int64)
        _core.count_kmers(seqs_of(codes, size, weights), k, n_threads, control, counts)
        wanted = _reference.count_kmers(codes, size, k, weights)
        assert_array_equal(counts, wanted + np.uint64(1))
        assert control[0] == n * (k + 4)


@pytest.mark.parametrize("missing", MISSING)
@pytest.mark.parametrize(("size", "k"), KINDS)
def test_one_pair(size: int, k: int, missing: float) -> None:
    for kind, n in product(("small", "2^63 - 1 in all"), (1, 5000)):
        codes = random_codes(np.random.default_rng(n), n, 2 * k + 3, size, missing)
        weights = weights_of(kind, n)
        for i, j in [(0, k), (1, 1), (2, k + 3)]:  # (1, 1): k-mers may overlap here
            table = np.zeros((size**k, size**k), np.uint64)
            _core.count_pair(seqs_of(codes, size, weights), k, i, j, table)
            wanted = _reference.count_pair(codes, size, k, i, j, weights)
            assert_array_equal(table, wanted, strict=True)


def test_wide_tables_of_rows_without_weights_count_each_once() -> None:
    codes = random_codes(np.random.default_rng(1), 700, 6, 4, 0.1)
    tables = np.zeros((_core.n_pairs(6, 2), 16, 16), np.uint64)
    _core.count_pairs(seqs_of(codes, 4, None), 2, 2, np.zeros(2, np.int64), tables)
    wanted = truth(codes, 4, 2, np.ones(700, np.uint64))
    assert_array_equal(tables, wanted.tables)


@pytest.mark.parametrize("most_rows", MOST_ROWS)
@pytest.mark.parametrize("kernel", [k for k in _core.KERNELS if k not in ("sparse",)])
def test_weights_of_one_give_the_bits_of_no_weights(kernel: str, most_rows: int) -> None:
    codes = random_codes(np.random.default_rng(2), 700, 9, 4)
    k = 1 if kernel == "planes" else 2
    found = []
    for weights in (None, np.ones(700, np.uint64)):
        mi, n_ij = np.empty(_core.n_pairs(9, k)), np.empty(_core.n_pairs(9, k), np.uint64)
        seqs, how = seqs_of(codes, 4, weights), {"kernel": kernel, "most_rows": most_rows}
        _core.pairwise_mi(seqs, k, 5.0, 1, np.zeros(2, np.int64), mi, n_ij, **how)
        found.append((mi.tobytes(), n_ij.tolist()))
    assert found[0] == found[1]


def test_a_mask_without_marks_changes_nothing() -> None:
    codes, weights = random_codes(np.random.default_rng(4), 300, 9, 4), weights_of("small", 300)
    rows, _ = _reference.encode_rows(codes, 4)
    masked = _core.Seqs(rows, np.zeros((300, 2), np.uint8), 9, 4, weights)
    mi, n_ij = mi_of_tables(truth(codes, 4, 1, weights).tables)
    for way in ways(masked, 1):
        found, n = np.empty_like(mi), np.empty_like(n_ij)
        _core.pairwise_mi(masked, 1, 0.5, 2, np.zeros(2, np.int64), found, n, **way)
        assert_array_equal(found, mi, str(way))
        assert_array_equal(n, n_ij, str(way))


def test_more_threads_than_tiles() -> None:
    codes = random_codes(np.random.default_rng(3), 65, 5, 4, 0.1)
    weights = weights_of("small", 65)
    mi, _ = mi_of_tables(truth(codes, 4, 2, weights).tables)
    for way in ways(seqs_of(codes, 4, weights), 2):
        found, n_ij = np.empty_like(mi), np.empty(len(mi), np.uint64)
        args = (2, PSEUDOCOUNT, 300, np.zeros(2, np.int64), found, n_ij)
        _core.pairwise_mi(seqs_of(codes, 4, weights), *args, **way)
        assert_array_equal(found, mi, str(way))


def test_a_total_beyond_32_bits_is_refused_by_narrow_tables() -> None:
    codes = np.zeros((65, 4), np.uint8)
    seqs = seqs_of(codes, 4, weights_of("2^32 in all", 65))
    tables = np.zeros((_core.n_pairs(4, 1), 4, 4), np.uint32)
    for kernel in ("", "weights"):
        with pytest.raises(OverflowError, match="FMI_ERR_OVERFLOW"):
            _core.count_pairs(seqs, 1, 1, np.zeros(2, np.int64), tables, kernel=kernel)
    for kernel in ("plain", "planes"):
        with pytest.raises(ValueError, match=f"^the kernel {kernel} cannot count 1-mers of"):
            _core.count_pairs(seqs, 1, 1, np.zeros(2, np.int64), tables, kernel=kernel)
    assert not tables.any()


def test_a_total_beyond_63_bits_is_refused_everywhere() -> None:
    codes, m = np.zeros((2, 4), np.uint8), 4
    seqs = seqs_of(codes, 4, np.array([2**63 - 1, 1], np.uint64))
    control, n = np.zeros(2, np.int64), _core.n_pairs(4, 1)
    calls: list[Callable[[], None]] = [
        lambda: _core.pairwise_mi(seqs, 1, 0.0, 1, control, np.empty(n), np.empty(n, "u8")),
        lambda: _core.count_pairs(seqs, 1, 1, control, np.zeros((n, m, m), np.uint64)),
        lambda: _core.count_pair(seqs, 1, 0, 1, np.zeros((m, m), np.uint64)),
        lambda: _core.count_kmers(seqs, 1, 1, control, np.zeros((4, m), np.uint64)),
    ]
    for call in calls:
        with pytest.raises(OverflowError, match="FMI_ERR_OVERFLOW"):
            call()


@pytest.mark.parametrize("cells", [[2**63], [2**63 - 1, 1], [2, 2**64 - 1], [2**63, 2**63]])
def test_tables_that_hold_more_than_63_bits_have_no_mi(cells: list[int]) -> None:
    tables = np.zeros((2, 4, 4), np.uint64)
    tables[1].flat[: len(cells)] = cells
    tables[0] = 1
    mi, n_ij = np.empty(2), np.empty(2, np.uint64)
    with pytest.raises(OverflowError, match="FMI_ERR_OVERFLOW"):
        _core.mi_tables(tables, 0.0, 1, np.zeros(2, np.int64), mi, n_ij)
    assert mi[0] == 0.0
    assert np.isnan(mi[1])


@pytest.mark.parametrize("weights", [np.ones(2, np.uint64), np.ones(4, np.uint64)])
def test_as_many_weights_as_rows(weights: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"^weights has \d elements, expected 3$"):
        seqs_of(np.zeros((3, 4), np.uint8), 4, weights)
