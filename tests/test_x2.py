"""X^2 of pairs: the same bits from every kernel and thread, right against plain NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from conftest import THREADS, random_codes, reference_tables, seqs_of
from fastmi import _core, _reference


def x2_of(seqs: _core.Seqs, n: int, k: int, scale: float, damping: float, **how: Any) -> Any:
    x2, n_ij = np.empty(n), np.empty(n, np.uint64)
    threads = how.pop("n_threads", 1)
    control = np.zeros(2, np.int64)
    _core.pairwise_x2(seqs, k, scale, damping, threads, control, x2, n_ij, **how)
    return x2, n_ij


@pytest.mark.parametrize("missing", [0.0, 0.1])
@pytest.mark.parametrize(("size", "k"), [(4, 1), (4, 2), (4, 3), (20, 1), (7, 2)])
def test_all_ways_agree_with_numpy(size: int, k: int, missing: float) -> None:
    rng = np.random.default_rng((size, k))
    codes = random_codes(rng, 300, 2 * k + 3, size)
    codes[:, 1] = np.where(rng.random(300) < 0.02, codes[:, 1], 0)  # hardly varies
    codes[:, 2] = np.maximum(codes[:, 2], 1)  # and there are k-mers that nobody has
    codes[rng.random(codes.shape) < missing] = 255
    seqs, tables = seqs_of(codes, size), reference_tables(codes, size, k)
    for damping in (0.0, 1.0):
        wanted = [_reference.x2_table(table, 1.0, damping) for table in tables]
        first = None
        for kernel in _core.KERNELS:
            for isa in _core.ISAS:
                for n_threads in THREADS:
                    try:
                        x2, n_ij = x2_of(
                            seqs, len(tables), k, 1.0, damping,
                            kernel=kernel, isa=isa, n_threads=n_threads,
                        )  # fmt: skip
                    except ValueError:
                        continue  # that kernel cannot count these
                    first = x2 if first is None else first
                    assert_array_equal(x2, first, f"{kernel} {isa} {n_threads}")
        assert first is not None
        assert_allclose(first, wanted, rtol=1e-9, atol=1e-9)
        assert_array_equal(n_ij, tables.sum(axis=(1, 2)))
        again, n_again = np.empty(len(tables)), np.empty(len(tables), np.uint64)
        for cells in (tables.astype(np.uint32), tables.astype(np.uint64)):
            control = np.zeros(2, np.int64)
            _core.x2_tables(cells, 1.0, damping, 2, control, again, n_again)
            assert_array_equal(again, first)


def test_undamped_is_pearson() -> None:
    table = np.array([[[10, 20], [30, 5]]], np.uint32)
    x2, n = np.empty(1), np.empty(1, np.uint64)
    _core.x2_tables(table, 1.0, 0.0, 1, np.zeros(2, np.int64), x2, n)
    # N (ad - bc)^2 / (r1 r2 c1 c2)
    assert x2[0] == pytest.approx(65 * (10 * 5 - 20 * 30) ** 2 / (30 * 35 * 40 * 25), rel=1e-12)


def test_scale_counts_as_copies() -> None:
    """Half of doubled counts are the counts."""
    rng = np.random.default_rng(1)
    table = rng.integers(0, 9, (1, 16, 16)).astype(np.uint32)
    found = []
    for cells, scale in ((table, 1.0), (2 * table, 0.5)):
        x2, n = np.empty(1), np.empty(1, np.uint64)
        _core.x2_tables(cells, scale, 1.0, 1, np.zeros(2, np.int64), x2, n)
        found.append(x2[0])
    assert found[0] == pytest.approx(found[1], rel=1e-12)


@pytest.mark.parametrize("kernel", ["", "plain", "groups"])
def test_two_parts_of_a_row(kernel: str) -> None:
    codes = random_codes(np.random.default_rng(2), 200, 14, 4)
    seqs, k = seqs_of(codes, 4), 2
    n_left, right = 4, 8
    found, _ = x2_of(seqs, 4 * 5, k, 1.0, 1.0, between=(n_left, right), kernel=kernel)
    wanted = [
        _reference.x2_table(_reference.count_pair(codes, 4, k, i, j))
        for i in range(n_left)
        for j in range(right, 13)
    ]
    assert_allclose(found, wanted, rtol=1e-9)
    mi, n_ij = np.empty(20), np.empty(20, np.uint64)
    _core.pairwise_mi(seqs, k, 0.5, 2, np.zeros(2, np.int64), mi, n_ij, between=(n_left, right))
    wanted = [
        _reference.mi_table(_reference.count_pair(codes, 4, k, i, j), 0.5)
        for i in range(n_left)
        for j in range(right, 13)
    ]
    assert_allclose(mi, wanted, atol=1e-12)


def test_parts_that_overlap_or_leave_the_row_are_refused() -> None:
    seqs = seqs_of(random_codes(np.random.default_rng(2), 20, 10, 4), 4)
    for between in ((5, 5), (1, 9), (0, 3), (1, 1)):
        with pytest.raises(ValueError, match="expected 0"):
            x2_of(seqs, 1, 2, 1.0, 1.0, between=between)


@pytest.mark.parametrize(
    ("scale", "damping"), [(0.0, 1.0), (-1.0, 1.0), (1.0, -0.1), (np.nan, 0)]
)
def test_impossible_numbers_are_refused(scale: float, damping: float) -> None:
    seqs = seqs_of(random_codes(np.random.default_rng(2), 20, 4, 4), 4)
    with pytest.raises(ValueError, match="contract"):
        x2_of(seqs, 6, 1, scale, damping)


def test_margins_and_wrong_arrays() -> None:
    codes = random_codes(np.random.default_rng(3), 50, 5, 4)
    codes[::7, 2] = 255
    seqs, tables = seqs_of(codes, 4), reference_tables(codes, 4, 1)
    margins = np.empty((10, 2, 4), np.uint64)
    x2, n_ij = np.empty(10), np.empty(10, np.uint64)
    _core.pairwise_x2(seqs, 1, 1.0, 1.0, 1, np.zeros(2, np.int64), x2, n_ij, margins)
    assert_array_equal(margins[:, 0], tables.sum(axis=2))
    assert_array_equal(margins[:, 1], tables.sum(axis=1))
    for wrong in (margins[:9], margins[:, :1], margins[:, :, :3]):
        with pytest.raises(ValueError, match="margin"):
            _core.pairwise_x2(
                seqs, 1, 1.0, 1.0, 1, np.zeros(2, np.int64), x2, n_ij, wrong.copy()
            )
