"""Proves that nothing but the sequences changes a result: the same bits whatever the way in.

Threads, blocks, merges, row order, packing, memory layout and storage.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import fastmi
from conftest import random_codes
from fastmi import JointCounts, PackedSequences

N, LENGTH, K = 301, 23, 2
ALPHABETS = ["ACGT", "ACDEFGHIKLMNPQRSTVWY", "01"]


def codes_over(letters: str, missing: float = 0.0) -> np.ndarray:
    return random_codes(np.random.default_rng(len(letters)), N, LENGTH, len(letters), missing)


def packed_over(letters: str, missing: float = 0.0) -> PackedSequences:
    return PackedSequences.from_codes(codes_over(letters, missing), letters, unknown="skip")


def matrix_of(packed: PackedSequences, n_threads: int = 1) -> np.ndarray:
    return fastmi.pairwise_mi(packed, K, n_threads=n_threads).matrix


def counted(parts: list[PackedSequences], letters: str = "ACGT") -> JointCounts:
    counts = JointCounts(LENGTH, K, alphabet=letters)
    for part in parts:
        counts.add(part)
    return counts


def assert_same_counts(one: JointCounts, other: JointCounts) -> None:
    assert one.n_sequences == other.n_sequences
    assert one.n_unknown == other.n_unknown
    assert_array_equal(one.kmer_counts(), other.kmer_counts())
    for i in range(LENGTH - 2 * K + 1):
        for j in range(i + K, LENGTH - K + 1):
            assert_array_equal(one.table(i, j), other.table(i, j))
    assert_array_equal(one.mi().matrix, other.mi().matrix)


@pytest.mark.parametrize("missing", [0.0, 0.1])
@pytest.mark.parametrize("letters", ALPHABETS)
def test_threads(letters: str, missing: float, n_threads: int) -> None:
    packed = packed_over(letters, missing)
    assert_array_equal(matrix_of(packed, n_threads), matrix_of(packed))


def test_threads_of_joint_counts(n_threads: int) -> None:
    counts = JointCounts(LENGTH, K)
    counts.add(packed_over("ACGT", 0.1), n_threads=n_threads)
    assert_same_counts(counts, counted([packed_over("ACGT", 0.1)]))
    assert_array_equal(counts.mi(n_threads=n_threads).matrix, counts.mi(n_threads=1).matrix)


@pytest.mark.parametrize("missing", [0.0, 0.1])
@pytest.mark.parametrize("block", [3, 64, 300, 301, 1000])
def test_block_size(block: int, missing: float) -> None:
    packed = packed_over("ACGT", missing)
    parts = [packed[at : at + block] for at in range(0, N, block)]
    assert_same_counts(counted(parts), counted([packed]))


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_split_and_merge(order: tuple[int, ...]) -> None:
    packed = packed_over("ACGT", 0.1)
    shards = [counted([packed[cut]]) for cut in (slice(0, 5), slice(5, 200), slice(200, N))]
    whole = JointCounts(LENGTH, K)
    for at in order:
        whole.merge(shards[at])
    assert_same_counts(whole, counted([packed]))


def test_merge_leaves_the_other_part_alone() -> None:
    packed = packed_over("ACGT")
    first, second = counted([packed[:100]]), counted([packed[100:]])
    first.merge(second)
    assert_same_counts(second, counted([packed[100:]]))


def test_merge_of_saved_parts(tmp_path: Path) -> None:
    packed = packed_over("ACGT", 0.1)
    whole = JointCounts(LENGTH, K)
    for number, cut in enumerate((slice(0, 100), slice(100, N))):
        counted([packed[cut]]).save(tmp_path / f"{number}.npz")
        whole.merge(JointCounts.load(tmp_path / f"{number}.npz"))
    assert_same_counts(whole, counted([packed]))


@pytest.mark.parametrize("letters", ALPHABETS)
def test_row_order(letters: str, rng: np.random.Generator) -> None:
    packed = packed_over(letters, 0.1)
    shuffled = packed[rng.permutation(N)]
    assert shuffled.to_strings() != packed.to_strings()
    assert_array_equal(matrix_of(shuffled), matrix_of(packed))


@pytest.mark.parametrize("pseudocount", [0.0, 5.0])
@pytest.mark.parametrize("missing", [0.0, 0.1])
@pytest.mark.parametrize("letters", ALPHABETS)
def test_pairwise_mi_is_that_of_joint_counts(
    letters: str, missing: float, pseudocount: float
) -> None:
    packed = packed_over(letters, missing)
    direct = fastmi.pairwise_mi(packed, K, pseudocount=pseudocount)
    stored = counted([packed], letters).mi(pseudocount)
    assert_array_equal(direct.matrix, stored.matrix)
    assert (direct.n_pair is None) == (stored.n_pair is None) == (missing == 0)
    if direct.n_pair is not None and stored.n_pair is not None:
        assert_array_equal(direct.n_pair, stored.n_pair)


@pytest.mark.parametrize("measure", ["JS", "JS_inv", "BC", "BC_inv", "HE"])
def test_pairwise_distance_is_that_of_joint_counts(measure: str) -> None:
    packed = packed_over("ACGT", 0.1)
    direct = fastmi.pairwise_distance(packed, K, measure=measure)
    assert_array_equal(direct.matrix, counted([packed]).distance(measure).matrix)


# ------------------------------------------------------------------------- ways of packing


def write_lines(packed: PackedSequences, folder: Path) -> Path:
    path = folder / "sequences.txt"
    path.write_text("".join(s + "\n" for s in packed))
    return path


def write_fasta(packed: PackedSequences, folder: Path) -> Path:
    path = folder / "sequences.fa"
    path.write_text("".join(f">{n}\n{s}\n" for n, s in enumerate(packed)))
    return path


def write_store(packed: PackedSequences, folder: Path) -> Path:
    packed.save(folder / "sequences.npy")
    return folder / "sequences.npy"


WAYS: dict[str, Callable[[PackedSequences, Path], object]] = {
    "strings": lambda p, _: p.to_strings(),
    "bytes": lambda p, _: [s.encode() for s in p],
    "text array": lambda p, _: np.array(p.to_strings()),
    "letters": lambda p, _: np.array([list(s.encode()) for s in p], np.uint8),
    "S1 letters": lambda p, _: np.array([list(s) for s in p], "S1"),
    "U1 letters": lambda p, _: np.array([list(s) for s in p], "U1"),
    "codes": lambda p, _: p.to_codes(),
    "int64 codes": lambda p, _: p.to_codes().astype(np.int64),
    "list of codes": lambda p, _: p.to_codes().astype(int).tolist(),
    "big-endian codes": lambda p, _: p.to_codes().astype(">u2"),
    "one-hot NLA": lambda p, _: p.to_one_hot("NLA"),
    "one-hot NAL": lambda p, _: p.to_one_hot("NAL"),
    "boolean one-hot": lambda p, _: p.to_one_hot("NLA", np.bool_),
    "float16 one-hot": lambda p, _: p.to_one_hot("NAL", np.float16),
    "lines": write_lines,
    "fasta": write_fasta,
    "store": write_store,
}


@pytest.mark.parametrize("missing", [0.0, 0.1])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("letters", ALPHABETS)
def test_way_of_packing(letters: str, way: str, missing: float, tmp_path: Path) -> None:
    packed = packed_over(letters, missing)
    data = WAYS[way](packed, tmp_path)
    again = fastmi.pairwise_mi(data, K, alphabet=letters, unknown="skip")
    assert_array_equal(again.matrix, matrix_of(packed))
    assert again.n_unknown == packed.n_unknown


def strided(codes: np.ndarray) -> np.ndarray:
    wide = np.full((2 * N, 3 * LENGTH), 99, codes.dtype)
    wide[::2, ::3] = codes
    return wide[::2, ::3]


def read_only(codes: np.ndarray) -> np.ndarray:
    copy = codes.copy()
    copy.flags.writeable = False
    return copy


LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "read-only": read_only,
    "strided": strided,
    "Fortran": np.asfortranarray,
    "backwards": lambda codes: codes[::-1, ::-1].copy()[::-1, ::-1],
    "transposed": lambda codes: codes.T.copy().T,
}


@pytest.mark.parametrize("dtype", [np.uint8, np.int64])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("letters", ALPHABETS)
def test_layout_of_codes(letters: str, layout: str, dtype: type[np.integer]) -> None:
    codes = codes_over(letters)
    laid = LAYOUTS[layout](codes.astype(dtype))
    found = fastmi.pairwise_mi(laid, K, alphabet=letters)
    assert_array_equal(found.matrix, matrix_of(packed_over(letters)))
    assert_array_equal(laid, codes)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layout_of_letters(layout: str) -> None:
    letters = np.frombuffer(b"ACGT", np.uint8)[codes_over("ACGT")]
    found = fastmi.pairwise_mi(LAYOUTS[layout](letters), K)
    assert_array_equal(found.matrix, matrix_of(packed_over("ACGT")))


@pytest.mark.parametrize("axes", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_memory_order_of_one_hot(axes: tuple[int, int, int]) -> None:
    one_hot = packed_over("ACGT").to_one_hot("NLA")
    laid = one_hot.transpose(axes).copy().transpose(np.argsort(axes))
    assert_array_equal(fastmi.pairwise_mi(laid, K).matrix, matrix_of(packed_over("ACGT")))


@pytest.mark.parametrize("cut", [slice(3, 200), slice(0, N, 3), slice(None, None, -1)])
@pytest.mark.parametrize("letters", ALPHABETS)
def test_slice_is_the_same_as_its_sequences(letters: str, cut: slice) -> None:
    codes = codes_over(letters, 0.1)[cut]
    alone = PackedSequences.from_codes(codes, letters, unknown="skip")
    assert_array_equal(matrix_of(packed_over(letters, 0.1)[cut]), matrix_of(alone))


@pytest.mark.parametrize("missing", [0.0, 0.1])
@pytest.mark.parametrize("letters", ALPHABETS)
def test_memory_mapped_store(letters: str, missing: float, tmp_path: Path) -> None:
    packed = packed_over(letters, missing)
    packed.save(tmp_path / "store.npy")
    mapped = PackedSequences.open(tmp_path / "store.npy")
    assert isinstance(mapped.rows, np.memmap)
    assert_array_equal(matrix_of(mapped, 2), matrix_of(packed))
    assert_array_equal(matrix_of(mapped[17:290], 2), matrix_of(packed[17:290]))


def test_store_read_in_blocks(tmp_path: Path) -> None:
    packed = packed_over("ACGT", 0.1)
    packed.save(tmp_path / "store.npy")
    blocks = list(fastmi.read_blocks(tmp_path / "store.npy", unknown="skip", block_rows=50))
    assert len(blocks) == 7
    assert_same_counts(counted(blocks), counted([packed]))


@pytest.mark.parametrize("write", [write_lines, write_fasta])
def test_file_read_in_blocks(
    write: Callable[[PackedSequences, Path], Path], tmp_path: Path
) -> None:
    packed = packed_over("ACGT", 0.1)
    blocks = list(fastmi.read_blocks(write(packed, tmp_path), unknown="skip", block_rows=50))
    assert len(blocks) == 7
    assert_same_counts(counted(blocks), counted([packed]))


@pytest.mark.parametrize("letters", ["ACGU", "ACGT"])
def test_t_and_u_and_case_are_one_letter(letters: str) -> None:
    strings = packed_over("ACGT").to_strings()
    mixed = [s.replace("T", "U").lower() if n % 2 else s for n, s in enumerate(strings)]
    found = fastmi.pairwise_mi(mixed, K, alphabet=letters)
    assert_array_equal(found.matrix, matrix_of(packed_over("ACGT")))
