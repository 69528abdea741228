"""Proves that no size overflows: limits are refused before anything is allocated or changed.

The limit of 2^32 - 1 sequences is moved down to where a test can reach it.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import fastmi
from fastmi import FastMIError, JointCounts, PackedSequences, _checks, _core

STRINGS = ["ACGT", "TTGA", "CCGA", "ACCA", "GTTT"]
REFUSAL_BYTES = 1 << 20  # far below any of the tables that are refused


@contextmanager
def nothing_allocated() -> Iterator[None]:
    """Fail if what runs inside asks for more than a refusal needs."""
    running = tracemalloc.is_tracing()
    tracemalloc.start()
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        if not running:
            tracemalloc.stop()
    assert peak < REFUSAL_BYTES


@pytest.fixture
def five_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_checks, "MOST_SEQUENCES", 5)


def counted(strings: list[str]) -> JointCounts:
    joint = JointCounts(4, 1)
    joint.add(strings)
    return joint


def assert_unchanged(joint: JointCounts, strings: list[str]) -> None:
    wanted = counted(strings)
    assert joint.n_sequences == len(strings)
    assert_array_equal(joint.kmer_counts(), wanted.kmer_counts())
    assert_array_equal(joint.mi(0).matrix, wanted.mi(0).matrix)


def test_nothing_allocated_sees_an_allocation() -> None:
    with pytest.raises(AssertionError), nothing_allocated():
        np.zeros(2 * REFUSAL_BYTES, np.uint8)


# ------------------------------------------------------------------- number of sequences


def test_the_limit_is_that_of_a_cell() -> None:
    # no cell is larger than the number of sequences, so a uint32 never wraps
    assert JointCounts(4, 1).table(0, 1).dtype == np.uint32
    assert np.iinfo(np.uint32).max == _checks.MOST_SEQUENCES


@pytest.mark.usefixtures("five_at_most")
def test_as_many_as_allowed_can_be_added() -> None:
    joint = counted(STRINGS[:3])
    joint.add(STRINGS[3:])
    assert_unchanged(joint, STRINGS)


@pytest.mark.usefixtures("five_at_most")
def test_one_more_is_refused_and_changes_nothing() -> None:
    joint = counted(STRINGS)
    with pytest.raises(FastMIError, match=r"6 sequences are more than .* count \(5\)"):
        joint.add(["AAAA"])
    assert_unchanged(joint, STRINGS)


@pytest.mark.usefixtures("five_at_most")
def test_as_many_as_allowed_can_be_merged() -> None:
    joint = counted(STRINGS[:3])
    joint.merge(counted(STRINGS[3:]))
    assert_unchanged(joint, STRINGS)


@pytest.mark.usefixtures("five_at_most")
def test_merging_one_more_is_refused_and_changes_nothing() -> None:
    joint, other = counted(STRINGS[:3]), counted(STRINGS[2:])
    with pytest.raises(FastMIError, match=r"6 sequences are more than .* count \(5\)"):
        joint.merge(other)
    assert_unchanged(joint, STRINGS[:3])
    assert_unchanged(other, STRINGS[2:])


def test_mi_of_a_cell_at_the_limit_is_finite() -> None:
    table = np.array([[[2**32 - 1, 0], [0, 0]]], np.uint32)
    mi, n_ij = np.empty(1), np.empty(1, np.uint64)
    _core.mi_tables(table, 0.0, 1, np.zeros(2, np.int64), mi, n_ij)
    assert mi[0] == 0.0
    assert n_ij[0] == 2**32 - 1


def test_table_total_at_the_limit_is_exact() -> None:
    # two full margins of 2^31 - 1 and 2^31: two letters that are always together
    table = np.array([[[2**31 - 1, 0], [0, 2**31]]], np.uint32)
    mi, n_ij = np.empty(1), np.empty(1, np.uint64)
    _core.mi_tables(table, 0.0, 1, np.zeros(2, np.int64), mi, n_ij)
    assert n_ij[0] == 2**32 - 1
    assert mi[0] == pytest.approx(1.0, abs=1e-12)


def test_table_total_beyond_the_limit_is_refused() -> None:
    # only the table with more sequences than can be counted has no number
    tables = np.array([[[3, 0], [0, 3]], [[2**32 - 1, 0], [0, 1]]], np.uint32)
    mi, n_ij = np.empty(2), np.empty(2, np.uint64)
    with pytest.raises(OverflowError, match=r"a count would pass 2\^32 - 1"):
        _core.mi_tables(tables, 0.0, 1, np.zeros(2, np.int64), mi, n_ij)
    assert_array_equal(n_ij, [6, 2**32])
    assert_array_equal(mi, [1.0, np.nan])


@pytest.fixture
def too_many_rows(tmp_path: Path) -> PackedSequences:
    """2^32 sequences of four letters: a file with a hole, of which nothing is on disk."""
    path = tmp_path / "rows"
    with path.open("wb") as stream:
        stream.truncate(1 << 32)
    return PackedSequences(np.memmap(path, np.uint8, "r", shape=(1 << 32, 1)), 4)


def test_core_refuses_more_rows_than_a_cell_can_count(
    too_many_rows: PackedSequences,
) -> None:
    mi, n_ij = np.empty(6), np.empty(6, np.uint64)
    with pytest.raises(OverflowError):
        _core.pairwise_mi(too_many_rows.view, 1, 0.0, 1, np.zeros(2, np.int64), mi, n_ij)
    with pytest.raises(OverflowError):
        _core.count_pairs(
            too_many_rows.view, 1, 1, np.zeros(2, np.int64), np.zeros((6, 4, 4), np.uint32)
        )


def test_joint_counts_refuses_more_rows_than_a_cell_can_count(
    too_many_rows: PackedSequences,
) -> None:
    joint = JointCounts(4, 1)
    with pytest.raises(FastMIError, match="4,294,967,296 sequences"), nothing_allocated():
        joint.add(too_many_rows)
    assert joint.n_sequences == 0


# -------------------------------------------------------------------------------- sizes

LONG = 40_000  # its map would take 25.6 GB


def long_sequence() -> PackedSequences:
    return PackedSequences(np.zeros((1, LONG // 4), np.uint8), LONG)


def test_the_sizes_below_could_not_be_allocated() -> None:
    assert 16 * (LONG - 2) ** 2 > 8 << 30
    assert 4 * _core.n_pairs(500, 4) * 256**2 > 30e9
    assert 4 * 4 ** (2 * 7) > 1e9


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: JointCounts(20, 7), r"k must be between 1 and 6 .* 7 .*1\.1 GB"),
        (lambda: JointCounts(200, 40), r"k must be between 1 and 6 .* 40 "),
        (lambda: JointCounts(10, 10**30), r"k must be between 1 and 6 .*1,000,000 GB"),
        (lambda: JointCounts(10, 4, alphabet="protein"), "k must be between 1 and 3 "),
        (lambda: JointCounts(30, 14, alphabet="01"), "k must be between 1 and 13 "),
        (lambda: JointCounts(500, 4), r"memory_limit=4,000,000,000"),
        (lambda: JointCounts(100, 3, memory_limit="74MB"), r"more than memory_limit=74,"),
        (lambda: JointCounts(20, 3, memory_limit=1), r"more than memory_limit=1;"),
        (
            lambda: JointCounts(LONG, 1),
            r"a map has at most 16,384 .* need 40,000,000,000 bytes",
        ),
        (lambda: JointCounts(10**30, 1), r"a map has at most 16,384"),
    ],
)
def test_joint_counts_refuses_sizes(make: Callable[[], JointCounts], message: str) -> None:
    with pytest.raises(ValueError, match=message), nothing_allocated():
        make()


def test_memory_limit_is_the_size_of_the_tables() -> None:
    need = 4 * _core.n_pairs(20, 2) * 16**2
    assert JointCounts(20, 2, memory_limit=need).n_sequences == 0
    with pytest.raises(ValueError, match=f"need {need:,} bytes"):
        JointCounts(20, 2, memory_limit=need - 1)


@pytest.mark.parametrize("function", [fastmi.pairwise_mi, fastmi.pairwise_distance])
def test_map_too_large_is_refused(function: Callable[..., object]) -> None:
    sequences = long_sequence()
    with pytest.raises(ValueError, match="a map has at most 16,384"), nothing_allocated():
        function(sequences, 3)


@pytest.mark.parametrize("k", [7, 8, 40, 10**30])
def test_pairwise_mi_refuses_long_kmers(k: int) -> None:
    sequences = PackedSequences(np.zeros((1, 25), np.uint8), 100)
    with pytest.raises(ValueError, match="k must be between 1 and 6"), nothing_allocated():
        fastmi.pairwise_mi(sequences, k)


@pytest.mark.parametrize("k", [7, 8, 40, 10**30])
def test_pairwise_distance_refuses_long_kmers(k: int) -> None:
    sequences = PackedSequences(np.zeros((1, 25), np.uint8), 100)
    with pytest.raises(ValueError, match="k must be between 1 and"), nothing_allocated():
        fastmi.pairwise_distance(sequences, k)


def test_core_knows_no_kmers_beyond_its_limit() -> None:
    assert _core.n_kmers(4, 6) == 4096
    assert _core.n_kmers(2, 13) == _core.MAX_KMERS == 8192
    for size, k in ((4, 7), (2, 14), (255, 2), (4, 0), (2, 64), (2, 2**63)):
        assert _core.n_kmers(size, k) == 0


def test_number_of_pairs_does_not_overflow() -> None:
    longest = _core.MAX_LENGTH
    assert _core.n_pairs(longest, 1) == longest * (longest - 1) // 2
    assert _core.n_pairs(5, 3) == _core.n_pairs(0, 1) == _core.n_pairs(10, 2**63) == 0


def test_core_refuses_buffers_of_other_sizes() -> None:
    seqs = PackedSequences.from_strings(STRINGS).view
    state = np.zeros(2, np.int64)
    with pytest.raises(ValueError, match="mi has 5 elements, expected 6"):
        _core.pairwise_mi(seqs, 1, 0.0, 1, state, np.empty(5), np.empty(6, np.uint64))
    with pytest.raises(ValueError, match="n_ij has 7 elements, expected 6"):
        _core.pairwise_mi(seqs, 1, 0.0, 1, state, np.empty(6), np.empty(7, np.uint64))
    with pytest.raises(ValueError, match="control has 1 elements, expected 2"):
        _core.pairwise_mi(seqs, 1, 0.0, 1, state[:1], np.empty(6), np.empty(6, np.uint64))
    with pytest.raises(ValueError, match="a table has 16 elements, expected 4"):
        _core.count_pairs(seqs, 1, 1, state, np.zeros((6, 16, 16), np.uint32))
    with pytest.raises(ValueError, match="a packed row has 2 elements, expected 1"):
        _core.Seqs(np.zeros((1, 2), np.uint8), None, 4, 4)
