"""Holds what both strands are: reverse complements counted beside the sequences.

Tables by the definition, maps that are their own mirror image to the bit, the same from tables
as from sequences, by whatever way these are held; weights, missing letters, and the bias.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import fastmi
from conftest import random_codes
from fastmi import FastMIError, JointCounts, MIResult, PackedSequences, _streams
from fastmi._strands import turned_kmers, with_other_strand

SETTINGS = settings(deadline=None, derandomize=True, database=None, max_examples=40)
PARTNER = str.maketrans("ACGTN", "TGCAN")


def turned(sequence: str) -> str:
    """The reverse complement."""
    return sequence[::-1].translate(PARTNER)


def data_of(seed: int, n: int, length: int, missing: float, weights: str) -> PackedSequences:
    rng = np.random.default_rng(seed)
    codes = random_codes(rng, n, length, 4, missing)
    data = PackedSequences.from_codes(codes, unknown="skip")
    if weights == "whole":
        return data.with_weights(rng.integers(0, 4, n) + (np.arange(n) == 0))
    return data.with_weights(rng.random(n) + 0.01) if weights == "fractions" else data


def mi(data: Any, k: int, **options: Any) -> MIResult:
    """Of sets with conserved positions, too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fastmi.FastMIWarning)
        if isinstance(data, JointCounts):
            return data.mi(**options)
        return fastmi.pairwise_mi(data, k, **options)


def same(a: MIResult, b: MIResult) -> None:
    """All numbers, to the bit."""
    assert_array_equal(a.matrix, b.matrix)
    for name in ("n_sequences", "n_effective", "n_unknown", "n_dropped", "k", "length"):
        assert getattr(a, name) == getattr(b, name), name
    assert (a.n_pair is None) == (b.n_pair is None)
    if a.n_pair is not None and b.n_pair is not None:
        assert a.n_pair.dtype == b.n_pair.dtype
        assert_array_equal(a.n_pair, b.n_pair)


@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 40),
    length=st.integers(4, 9),
    k=st.integers(1, 2),
    missing=st.sampled_from([0.0, 0.15]),
    weights=st.sampled_from(["none", "whole", "fractions"]),
)
@SETTINGS
def test_maps_are_their_own_mirror_image(
    seed: int, n: int, length: int, k: int, missing: float, weights: str
) -> None:
    data = data_of(seed, n, length, missing, weights)
    r = mi(data, k, both_strands=True)
    assert_array_equal(r.matrix, r.matrix[::-1, ::-1])
    assert r.n_sequences == n
    assert r.n_effective == pytest.approx(2 * data.n_effective, rel=1e-9)
    # as the sequences and what they are turned round, in one set
    strings = data.to_strings()
    pair = PackedSequences.from_strings([*strings, *map(turned, strings)], unknown="skip")
    if data.weights is not None:
        pair = pair.with_weights(np.tile(data.weights, 2))
    assert_array_equal(r.matrix, mi(pair, k).matrix)
    # as the sum of tables of one strand
    counts = JointCounts(length, k, weighted=weights == "fractions")
    counts.add(data)
    made = counts.symmetrised()
    same(mi(made, k), r)
    turn = turned_kmers(data.alphabet, k)
    assert_array_equal(made.kmer_counts(), made.kmer_counts()[::-1, turn])
    for i, j in zip(*r.pairs(), strict=True):
        assert_array_equal(made.table(int(i), int(j)), r.source.table(int(i), int(j)))


def test_tables_by_the_definition() -> None:
    counts = JointCounts(7, 2)
    counts.add(random_codes(np.random.default_rng(5), 50, 7, 4))
    made, kmers = counts.symmetrised(), counts.alphabet.kmers(2)
    turn = [kmers.index(turned(word)) for word in kmers]
    assert turn == turned_kmers(counts.alphabet, 2).tolist()
    for i, j in ((0, 2), (1, 4), (3, 5)):
        mirror = counts.table(5 - j, 5 - i)
        for a in range(16):
            for b in range(16):
                expected = counts.table(i, j)[a, b] + mirror[turn[b], turn[a]]
                assert made.table(i, j)[a, b] == expected


def test_letters_without_complements() -> None:
    rna = fastmi.pairwise_mi(["ACGU", "UUGA"], 1, alphabet="rna", both_strands=True)
    assert rna.n_effective == 4
    assert rna.provenance["both_strands"]
    with pytest.raises(ValueError, match="both strands are of DNA and RNA, and there are"):
        fastmi.pairwise_mi(["MKVA"], 1, alphabet="protein", both_strands=True)
    with pytest.raises(ValueError, match="both strands are of DNA and RNA"):
        JointCounts(4, 1, alphabet="protein").symmetrised()


@pytest.mark.parametrize("weights", ["none", "whole", "fractions"])
def test_however_sequences_are_held(tmp_path: Path, weights: str) -> None:
    """In memory, in a store, or from blocks."""
    data = data_of(6, 3000, 30, 0.01, weights)
    data.save(tmp_path / "s.npy")
    expected = mi(data, 2, both_strands=True)
    mapped = mi(str(tmp_path / "s.npy"), 2, both_strands=True, unknown="skip")
    assert mapped.provenance["held"] == _streams.MAPPED
    same(mapped, expected)
    same(mi(iter([data[:1000], data[1000:]]), 2, both_strands=True), expected)


@pytest.mark.parametrize(("k", "how"), [(1, _streams.ONE_PASS), (3, _streams.ON_DISK)])
def test_more_sequences_than_memory(monkeypatch: pytest.MonkeyPatch, k: int, how: str) -> None:
    monkeypatch.setattr(_streams, "_LEAST", 1 << 20)  # for data of less than a megabyte
    data = data_of(6, 60_000, 60, 0.0, "none")
    blocks = iter([data[at : at + 5000] for at in range(0, len(data), 5000)])
    found = mi(blocks, k, both_strands=True, memory_limit="100MiB")
    assert found.provenance["held"] == how
    assert found.provenance["both_strands"]
    same(found, mi(data, k, both_strands=True))


def test_other_strand_of_packed_sequences() -> None:
    data = data_of(7, 25, 9, 0.2, "fractions")
    made = with_other_strand(data)
    assert made.to_strings() == [*data, *map(turned, data)]
    assert made.weights is not None
    assert data.weights is not None
    assert_array_equal(made.weights, np.tile(data.weights, 2))
    assert len(with_other_strand(data[:0])) == 0


def test_counts_of_both_strands_are_saved_and_merged(tmp_path: Path) -> None:
    data = data_of(8, 60, 8, 0.1, "none")
    (tmp_path / "s.txt").write_text("\n".join(data) + "\n")
    parts = [fastmi.count(tmp_path / "s.txt", 2, shard=(n, 2), unknown="skip") for n in (1, 2)]
    whole = fastmi.count(tmp_path / "s.txt", 2, unknown="skip").symmetrised()
    made = [part.symmetrised() for part in parts]
    made[0].save(tmp_path / "a.npz")
    found = JointCounts.load(tmp_path / "a.npz")
    with pytest.raises(FastMIError, match=r"s\.txt"):  # those of one strand
        found.merge(parts[1])
    found.merge(made[1])
    assert_array_equal(found._tables, whole._tables)
    assert (found.n_sequences, found.n_effective) == (60, 120.0)
    assert found.origin is not None
    assert found.origin.complete


def test_too_many_to_count_twice() -> None:
    counts = JointCounts(4, 1)
    counts.add(PackedSequences.from_strings(["ACGT"]).with_weights([2**31]))
    with pytest.raises(FastMIError, match="more than one table can count"):
        counts.symmetrised()
    with pytest.raises(ValueError, match="raise it"):
        counts.symmetrised(memory_limit=100)


def test_bias_is_that_of_twice_as_many() -> None:
    codes = np.random.default_rng(9).integers(0, 4, (4000, 25), dtype=np.uint8)
    r = fastmi.pairwise_mi(codes, 1, pseudocount=0, both_strands=True)
    i, j = r.pairs()
    values = r.matrix[i, j][i + j < 24]  # one of each two that are mirror images
    assert r.n_effective is not None
    bias = 9 / (2 * r.n_effective * np.log(2))
    error = values.std() / np.sqrt(len(values))
    assert error < bias / 15
    assert abs(values.mean() - bias) < 4 * error


def test_bias_of_pairs_that_are_their_own_mirror_image() -> None:
    """Their tables are symmetric: M (M - 1) / 2 degrees of freedom, of N."""
    values = []
    for seed in range(60):
        codes = np.random.default_rng(seed).integers(0, 4, (1000, 20), dtype=np.uint8)
        r = fastmi.pairwise_mi(codes, 1, pseudocount=0, both_strands=True)
        values += [r.matrix[i, 19 - i] for i in range(10)]
    bias = 6 / (2 * 1000 * np.log(2))
    error = np.std(values) / np.sqrt(len(values))
    assert error < bias / 20
    assert abs(np.mean(values) - bias) < 4 * error


def test_a_strand_by_chance_is_what_it_is_for() -> None:
    """What reads in either direction show half of, at each of two pairs, both show then."""
    rng = np.random.default_rng(10)
    codes = rng.integers(0, 4, (20_000, 12), dtype=np.uint8)
    codes[:, 8] = codes[:, 2]
    other = rng.random(20_000) < 0.5
    codes[other] = 3 - codes[other][:, ::-1]
    one, both = (
        fastmi.pairwise_mi(codes, 1, pseudocount=0, both_strands=b).matrix
        for b in (False, True)
    )
    assert both[2, 8] == both[3, 9]
    assert both[2, 8] == pytest.approx((one[2, 8] + one[3, 9]) / 2, rel=0.02)
