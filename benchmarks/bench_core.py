"""pytest-benchmark cases of single kernels: ``pytest benchmarks --benchmark-enable``.

In the ordinary test run they run once, untimed, and check their answers, so they cannot rot.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import fastmi
from fastmi import _reference

N = 5_000


def _codes(length: int, size: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, size, (N, length), dtype=np.uint8)


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def bench_pairwise_mi_dna(benchmark: Any, k: int) -> None:
    codes = _codes(20, 4)
    packed = fastmi.PackedSequences.from_codes(codes)
    result = benchmark(fastmi.pairwise_mi, packed, k, n_threads=1)
    assert np.array_equal(result.source.table(1, 9), _reference.count_pair(codes, 4, k, 1, 9))


@pytest.mark.parametrize("k", [1, 2])
def bench_pairwise_mi_protein(benchmark: Any, k: int) -> None:
    codes = _codes(20, 20)
    packed = fastmi.PackedSequences.from_codes(codes, "protein")
    result = benchmark(fastmi.pairwise_mi, packed, k, n_threads=1)
    assert np.array_equal(result.source.table(1, 9), _reference.count_pair(codes, 20, k, 1, 9))


def bench_mi_of_tables(benchmark: Any) -> None:
    counts = fastmi.JointCounts(20, 3)
    counts.add(_codes(20, 4))
    result = benchmark(counts.mi, 5.0, n_threads=1)
    assert result.matrix[0, 3] == pytest.approx(
        _reference.mi_table(counts.table(0, 3), 5.0), abs=1e-12
    )


@pytest.mark.parametrize(("length", "alphabet"), [(56, "protein"), (107, "rna")])
def bench_sequence_weights(benchmark: Any, length: int, alphabet: str) -> None:
    size = len(fastmi.get_alphabet(alphabet))
    codes = _codes(length, size)
    codes[:, : length // 2] = codes[0, : length // 2]
    packed = fastmi.PackedSequences.from_codes(codes, alphabet)
    weights = benchmark(fastmi.sequence_weights, packed, 0.6, n_threads=1)
    neighbours = ((codes == codes[7]).mean(axis=1) >= 0.6).sum()
    assert 1 < neighbours < N
    assert weights[7] == 1 / neighbours


def bench_pack_strings(benchmark: Any) -> None:
    strings = fastmi.PackedSequences.from_codes(_codes(100, 4)).to_strings()
    packed = benchmark(fastmi.PackedSequences.from_strings, strings)
    assert packed[7] == strings[7]


def bench_read_fasta(benchmark: Any, tmp_path: Any) -> None:
    strings = fastmi.PackedSequences.from_codes(_codes(100, 4)).to_strings()
    path = tmp_path / "x.fa"
    path.write_text("".join(f">{n}\n{s}\n" for n, s in enumerate(strings)))
    packed = benchmark(fastmi.read, path)
    assert packed.to_strings() == strings
