"""JointCounts fed with and without missing letters: positional counts stay exact.

Without missing letters the positional k-mer counts are the tables' margins and are not kept;
with some they are. Every order of adding, merging, saving and loading gives what counting
everything by the reference gives, and the files' cells are as narrow as they may be.
"""

from __future__ import annotations

import itertools
import pickle
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastmi
from fastmi import FastMIError, JointCounts, PackedSequences, ScoreBins, _reference

LENGTHS = {"all paired": (7, 2), "the middle in no pair": (5, 2), "one pair": (2, 1)}


def codes(n: int, length: int, seed: int, missing: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    found = rng.integers(0, 4, (n, length), dtype=np.uint8)
    found[rng.random((n, length)) < missing] = 255
    return found


def packed(rows: np.ndarray, weights: Any = None) -> PackedSequences:
    seqs = PackedSequences.from_codes(rows, unknown="skip")
    return seqs if weights is None else seqs.with_weights(weights)


def counts_of(*blocks: np.ndarray, k: int, length: int) -> JointCounts:
    counts = JointCounts(length, k)
    for rows in blocks:
        counts.add(packed(rows))
    return counts


def kmers_of(rows: np.ndarray, k: int) -> np.ndarray:
    """Positional k-mer counts, letter by letter."""
    n_positions = rows.shape[1] - k + 1
    found = np.zeros((n_positions, 4**k), np.uint64)
    for row in rows:
        for i in range(n_positions):
            kmer = row[i : i + k]
            if (kmer < 4).all():
                found[i, int("".join(map(str, kmer)), 4)] += np.uint64(1)
    return found


def holds(counts: JointCounts, rows: np.ndarray, k: int) -> None:
    """Tables, positional counts and numbers are those of these rows."""
    for i, j in _reference.pairs(rows.shape[1], k):
        assert np.array_equal(counts.table(i, j), _reference.count_pair(rows, 4, k, i, j))
    assert np.array_equal(counts.kmer_counts(), kmers_of(rows, k))
    assert counts.n_sequences == len(rows)
    assert counts.n_unknown == (rows == 255).sum()


@pytest.fixture(params=LENGTHS)
def shape(request: pytest.FixtureRequest) -> tuple[int, int]:
    """Length and k."""
    return LENGTHS[request.param]


@pytest.mark.parametrize("order", list(itertools.permutations("fmd")), ids="".join)
def test_adding_in_any_order(shape: tuple[int, int], order: tuple[str, ...]) -> None:
    """Full blocks, ones with missing letters, and ones that have a mask but miss nothing."""
    length, k = shape
    blocks = {
        "f": codes(90, length, 1),
        "m": codes(70, length, 2, 0.2),
        "d": codes(50, length, 3),
    }
    counts = JointCounts(length, k)
    for what in order:
        seqs = packed(blocks[what])
        if what == "d":  # a mask of nothing
            seqs = packed(np.vstack([codes(1, length, 1, 1.0), blocks["d"]]))[1:]
        counts.add(seqs)
    holds(counts, np.vstack([blocks[what] for what in order]), k)


@pytest.mark.parametrize("missing", list(itertools.product((0, 0.2), repeat=2)))
def test_merging_both_ways(shape: tuple[int, int], missing: tuple[float, float]) -> None:
    length, k = shape
    parts = [codes(60, length, n, share) for n, share in enumerate(missing)]
    for a, b in (parts, parts[::-1]):
        one, two = (counts_of(rows, k=k, length=length) for rows in (a, b))
        one.merge(two)
        holds(one, np.vstack([a, b]), k)
        holds(two, b, k)  # left as it was
        one.add(packed(a))
        one.merge(two)
        holds(one, np.vstack([a, b, a, b]), k)


@pytest.mark.parametrize("seed", range(6))
def test_random_histories(seed: int, tmp_path: Path) -> None:
    """Adding, merging, saving, loading, pickling, evaluating, in any order."""
    rng = random.Random(seed)
    length, k = rng.choice([*LENGTHS.values(), (9, 1), (9, 3)])
    pool: list[tuple[JointCounts, np.ndarray]] = [
        (JointCounts(length, k), codes(0, length, 0)) for _ in range(3)
    ]

    def add(n: int) -> None:
        rows = codes(rng.randint(1, 80), length, rng.randint(0, 99), rng.choice([0, 0, 0.1]))
        pool[n][0].add(packed(rows), n_threads=rng.randint(1, 3))
        pool[n] = (pool[n][0], np.vstack([pool[n][1], rows]))

    def merge(n: int) -> None:
        other = (n + rng.randint(1, 2)) % 3
        pool[n][0].merge(pool[other][0])
        pool[n] = (pool[n][0], np.vstack([pool[n][1], pool[other][1]]))

    def reload(n: int) -> None:
        pool[n][0].save(tmp_path / "c.npz", compress=rng.random() < 0.5)
        pool[n] = (JointCounts.load(tmp_path / "c.npz"), pool[n][1])

    def copy(n: int) -> None:
        pool[n] = (pickle.loads(pickle.dumps(pool[n][0])), pool[n][1])

    def evaluate(n: int) -> None:
        if len(pool[n][1]):
            found = pool[n][0].mi(0)
            wanted = fastmi.pairwise_mi(packed(pool[n][1]), k, pseudocount=0)
            assert np.array_equal(found.matrix, wanted.matrix, equal_nan=True)

    steps: list[Callable[[int], None]] = [add, add, merge, reload, copy, evaluate]
    for _ in range(25):
        rng.choice(steps)(rng.randint(0, 2))
    for counts, rows in pool:
        holds(counts, rows, k)


@pytest.mark.parametrize("weights", ["whole", "fractions"])
@pytest.mark.parametrize("missing", [(0, 0.2), (0.2, 0)])
def test_weights(weights: str, missing: tuple[float, float], tmp_path: Path) -> None:
    length, k = 6, 1
    parts = [codes(60, length, n, share) for n, share in enumerate(missing)]
    numbers = np.arange(60) % 4 / (1 if weights == "whole" else 2)
    made = []
    for rows in parts:
        counts = JointCounts(length, k, weighted=weights != "whole")
        counts.add(packed(rows, numbers))
        counts.save(tmp_path / "c.npz")
        made.append(JointCounts.load(tmp_path / "c.npz"))
    made[0].merge(made[1])
    rows = np.repeat(np.vstack(parts), (2 * np.tile(numbers, 2)).astype(int), axis=0)
    halves = counts_of(rows, k=k, length=length)  # each counts a half
    assert np.array_equal(made[0].kmer_counts(), halves.kmer_counts() / 2)
    for i, j in _reference.pairs(length, k):
        assert np.array_equal(made[0].table(i, j), halves.table(i, j) / 2)


def test_sequences_that_weigh_nothing_may_miss_letters(tmp_path: Path) -> None:
    rows = codes(40, 6, 1)
    rows[7, 3] = 255
    weights = np.ones(40)
    weights[7] = 0
    counts = JointCounts(6, 1)
    counts.add(packed(rows, weights))
    counts.save(tmp_path / "c.npz")
    found = JointCounts.load(tmp_path / "c.npz")
    wanted = counts_of(np.delete(rows, 7, 0), k=1, length=6)
    assert np.array_equal(found.kmer_counts(), wanted.kmer_counts())
    assert np.array_equal(found._tables, wanted._tables)
    found.merge(wanted)
    assert np.array_equal(found.kmer_counts(), 2 * wanted.kmer_counts())


# ----------------------------------------------------------------------------- files


@pytest.mark.parametrize(
    ("most", "cells"), [(255, "|u1"), (256, "<u2"), (65_535, "<u2"), (65_536, "<u4")]
)
def test_cells_are_as_wide_as_the_largest_count(most: int, cells: str, tmp_path: Path) -> None:
    rows = np.zeros((2, 4), np.uint8)
    rows[1] = 3
    counts = JointCounts(4, 1)
    counts.add(packed(rows, [most, 1]))
    counts.save(tmp_path / "c.npz")
    with zipfile.ZipFile(tmp_path / "c.npz") as archive:
        assert {member.compress_type for member in archive.infolist()} == {zipfile.ZIP_STORED}
    with np.load(tmp_path / "c.npz") as arrays:
        assert arrays["tables"].dtype == np.dtype(cells)
    found = JointCounts.load(tmp_path / "c.npz")
    assert found._tables.dtype == np.uint32
    assert found.table(0, 1)[0, 0] == most
    found.merge(counts)  # and it grows beyond them
    found.save(tmp_path / "d.npz")
    assert JointCounts.load(tmp_path / "d.npz").table(0, 1)[0, 0] == 2 * most


def test_wide_cells_of_fractions(tmp_path: Path) -> None:
    counts = JointCounts(4, 1, weighted=True)
    counts.add(packed(codes(9, 4, 1), np.full(9, 2.0**20)))
    counts.save(tmp_path / "c.npz")
    with np.load(tmp_path / "c.npz") as arrays:
        assert arrays["tables"].dtype == np.dtype("<u8")
    assert np.array_equal(JointCounts.load(tmp_path / "c.npz")._tables, counts._tables)


def test_the_same_counts_are_the_same_bytes_however_they_came_about(tmp_path: Path) -> None:
    """Kept positional counts, or those that follow from the tables."""
    rows = [codes(50, 7, n) for n in range(2)]
    plain = counts_of(*rows, k=2, length=7)
    kept = JointCounts(7, 2)
    kept._kmers = np.zeros((6, 16), np.uint64)
    for part in rows:
        kept.add(packed(part))
    merged = counts_of(rows[1], k=2, length=7)
    merged.merge(counts_of(rows[0], k=2, length=7))
    made = []
    for n, counts in enumerate((plain, kept, merged)):
        counts.save(tmp_path / f"{n}.npz")
        made.append((tmp_path / f"{n}.npz").read_bytes())
    assert made[0] == made[1] == made[2]


@pytest.mark.parametrize("missing", [0, 0.2])
@pytest.mark.parametrize("member", ["tables", "kmers"])
def test_a_file_whose_arrays_differ_is_refused(
    missing: float, member: str, tmp_path: Path
) -> None:
    """Even where its checksums were made to fit."""
    counts = counts_of(codes(50, 7, 1, missing), k=1, length=7)
    arrays = counts._arrays()
    arrays[member] = arrays[member].copy()
    if member == "tables":
        arrays[member][0, 0, 0] += 60
    else:
        arrays[member][0, 0] += 1
    about = {**counts.about(), "cells": "<u4"}
    fastmi._files.write_arrays(tmp_path / "c.npz", about, arrays, cells={"tables": "<u4"})
    if missing and member == "kmers":  # nothing says how many there are
        JointCounts.load(tmp_path / "c.npz")
        return
    with pytest.raises(FastMIError, match="its tables do not fit"):
        JointCounts.load(tmp_path / "c.npz")


def test_bins_mix_too(tmp_path: Path) -> None:
    full, some = codes(90, 7, 1), codes(60, 7, 2, 0.1)
    bins = ScoreBins(7, 1, edges=[0.5])
    bins.add(packed(full), scores=np.arange(90) / 90)
    bins.save(tmp_path / "b.npz")
    bins = ScoreBins.load(tmp_path / "b.npz")
    more = ScoreBins(7, 1, edges=[0.5])
    more.add(packed(some), scores=np.arange(60) / 60)
    bins.merge(more)
    high = np.vstack([full[np.arange(90) / 90 > 0.5], some[np.arange(60) / 60 > 0.5]])
    holds(bins.select("> 0.5").counts, high, 1)
    holds(bins.select("top 100%").counts, np.vstack([full, some]), 1)
