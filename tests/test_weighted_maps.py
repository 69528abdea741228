"""Proves what weights mean: copies, proportions, sums that no order changes.

Whole numbers give the bits of so many copies; fractions those of their multiples of 2^-36,
however they are split, merged, permuted or saved; and they are off by no more than
``fastmi._counted`` says.  Then all that is refused, and what a refusal leaves behind.
"""

from __future__ import annotations

import math
import os
import re
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import fastmi
from conftest import random_codes
from fastmi import FastMIError, FastMIWarning, JointCounts, PackedSequences, _core, _reference
from fastmi._counted import UNIT, counted

N, LENGTH, K = 400, 9, 2
ALPHABETS = {4: "dna", 20: "protein"}
SETTINGS = settings(deadline=None, derandomize=True, database=None, max_examples=40)


def sequences(
    seed: int = 1, n: int = N, size: int = 4, missing: float = 0.0
) -> PackedSequences:
    codes = random_codes(np.random.default_rng(seed), n, LENGTH, size, missing)
    return PackedSequences.from_codes(codes, ALPHABETS[size], unknown="skip")


def whole_weights(n: int = N) -> np.ndarray:
    return np.random.default_rng(2).geometric(0.3, n) - 1


def fractions(n: int = N) -> np.ndarray:
    return np.random.default_rng(3).exponential(1.0, n)


def bits(result: fastmi.MIResult) -> tuple[Any, ...]:
    """All numbers of a result, so that equal means equal bits."""
    n_pair = None if result.n_pair is None else result.n_pair.tolist()
    return result.matrix.tobytes(), n_pair, result.n_effective, result.n_sequences


def counts_of(data: PackedSequences, weighted: bool = False, **options: Any) -> JointCounts:
    counts = JointCounts(LENGTH, K, alphabet=data.alphabet, weighted=weighted)
    counts.add(data, **options)
    return counts


# ------------------------------------------------------------------------ whole numbers


@pytest.mark.parametrize("missing", [0.0, 0.1])
@pytest.mark.parametrize("size", [4, 20])
@pytest.mark.parametrize("pseudocount", [0.0, 5.0])
def test_whole_numbers_are_copies(size: int, missing: float, pseudocount: float) -> None:
    data, weights = sequences(size=size, missing=missing), whole_weights()
    copies = data[np.repeat(np.arange(N), weights)]
    k = 1 if size == 20 else K
    weighted = fastmi.pairwise_mi(data, k, weights=weights, pseudocount=pseudocount)
    repeated = fastmi.pairwise_mi(copies, k, pseudocount=pseudocount)
    assert weighted.matrix.tobytes() == repeated.matrix.tobytes()
    assert (weighted.n_pair is None) == (missing == 0.0)
    if missing:
        assert_array_equal(weighted.n_pair, repeated.n_pair)
        assert weighted.n_pair.dtype == np.float64
    assert weighted.n_effective == len(copies) == weights.sum()
    assert weighted.n_sequences == N


@pytest.mark.parametrize("measure", ["JS", "JS_inv", "BC", "BC_inv", "HE"])
def test_whole_numbers_are_copies_in_distances(measure: str) -> None:
    data, weights = sequences(missing=0.1), whole_weights()
    copies = data[np.repeat(np.arange(N), weights)]
    weighted = fastmi.pairwise_distance(data, K, measure=measure, weights=weights)
    repeated = fastmi.pairwise_distance(copies, K, measure=measure)
    assert weighted.matrix.tobytes() == repeated.matrix.tobytes()
    assert weighted.n_effective == len(copies)


def test_whole_numbers_are_copies_in_joint_counts() -> None:
    data, weights = sequences(missing=0.1), whole_weights()
    weighted = counts_of(data, weights=weights)
    repeated = counts_of(data[np.repeat(np.arange(N), weights)])
    assert_array_equal(weighted.table(1, 5), repeated.table(1, 5), strict=True)
    assert_array_equal(weighted.kmer_counts(), repeated.kmer_counts(), strict=True)
    assert weighted.n_effective == repeated.n_sequences
    assert repeated.n_effective is None


@pytest.mark.parametrize("dtype", ["u1", "i4", "f4", "f8", ">i8"])
def test_the_kind_of_number_does_not_matter(dtype: str) -> None:
    data, weights = sequences(), whole_weights()
    wanted = fastmi.pairwise_mi(data, K, weights=weights.tolist())
    assert bits(fastmi.pairwise_mi(data, K, weights=weights.astype(dtype))) == bits(wanted)


def test_weights_of_packed_sequences_are_used() -> None:
    data, weights = sequences(), fractions()
    wanted = bits(fastmi.pairwise_mi(data, K, weights=weights))
    assert bits(fastmi.pairwise_mi(data.with_weights(weights), K)) == wanted
    other = data.with_weights(np.ones(N))
    assert bits(fastmi.pairwise_mi(other, K, weights=weights)) == wanted


def test_weights_of_dropped_sequences_are_dropped_with_them() -> None:
    strings = ["ACGTAC", "ACNTAC", "TTGACA", "CCATGG", "NNNNNN", "GATTAC"] * 20
    weights = np.arange(120) / 7
    kept = [n for n, s in enumerate(strings) if "N" not in s]
    found = fastmi.pairwise_mi(strings, 1, weights=weights, unknown="drop")
    wanted = fastmi.pairwise_mi([strings[n] for n in kept], 1, weights=weights[kept])
    assert bits(found) == bits(wanted)
    assert found.n_dropped == 40


def test_whole_numbers_beyond_32_bits_are_exact() -> None:
    """Read counts of 2^40: far beyond what layers or 32-bit tables hold."""
    data = sequences(missing=0.1)
    weights = np.random.default_rng(4).integers(0, 2**40, N)
    found = fastmi.pairwise_mi(data, K, weights=weights, pseudocount=0.5)
    codes, total = data.to_codes(), int(weights.sum())
    for i, j in [(0, 2), (3, 7)]:
        table = _reference.count_pair(codes, 4, K, i, j, weights)
        assert_array_equal(found.source.table(i, j), table, strict=True)
        assert abs(found.matrix[i, j] - _reference.mi_table(table, 0.5)) < 1e-12
        assert found.n_pair[i, j] == int(table.sum())
    assert found.n_effective == total


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("weights", [whole_weights(), fractions()], ids=["whole", "fractions"])
def test_sequences_of_no_weight_might_as_well_not_be_there(weights: np.ndarray, k: int) -> None:
    """Not even their missing letters matter."""
    codes = sequences().to_codes()
    weights = np.where(np.arange(N) % 3 == 0, 0, weights)
    some = np.flatnonzero(weights)
    codes[::3, 2:5] = 255
    data = PackedSequences.from_codes(codes, unknown="skip")
    found = fastmi.pairwise_mi(data, k, weights=weights)
    wanted = fastmi.pairwise_mi(data[some], k, weights=weights[some])
    assert found.matrix.tobytes() == wanted.matrix.tobytes()
    assert found.n_effective == wanted.n_effective
    assert found.n_pair is None


# ---------------------------------------------------------------------------- any order


@pytest.mark.parametrize("n_threads", [1, 2, 5])
@pytest.mark.parametrize("weights", [whole_weights(), fractions()], ids=["whole", "fractions"])
def test_the_order_of_sequences_and_threads_do_not_matter(
    weights: np.ndarray, n_threads: int
) -> None:
    data = sequences(missing=0.05)
    wanted = bits(fastmi.pairwise_mi(data, K, weights=weights, n_threads=1))
    order = np.random.default_rng(5).permutation(N)
    found = fastmi.pairwise_mi(data[order], K, weights=weights[order], n_threads=n_threads)
    assert bits(found) == wanted


def test_every_instruction_set_gives_the_same_bits(forced_isa: str) -> None:
    weights = fractions()
    found = fastmi.pairwise_mi(sequences(missing=0.05), K, weights=weights)
    assert found.provenance["kernel"] == f"weights-{forced_isa}"
    tables = counts_of(sequences(missing=0.05), True, weights=weights)
    assert bits(found) == bits(tables.mi())


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "fractions"])
@SETTINGS
@given(cuts=st.lists(st.integers(0, N), max_size=6), seed=st.integers(0, 99))
def test_parts_of_any_size_merged_in_any_order(
    whole: bool, cuts: list[int], seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = sequences(missing=0.05)
    weights = whole_weights() if whole else fractions()
    edges = [0, *sorted(cuts), N]
    folder = tmp_path_factory.mktemp("parts")
    parts = []
    for at, (start, end) in enumerate(pairwise(edges)):
        part = JointCounts(LENGTH, K, weighted=not whole)
        part.add(data[start:end], weights=weights[start:end])
        part.save(folder / f"{at}.npz")
        parts.append(JointCounts.load(folder / f"{at}.npz") if at % 2 else part)
    np.random.default_rng(seed).shuffle(parts)  # type: ignore[arg-type]
    sums = JointCounts(LENGTH, K, weighted=not whole)
    for part in parts:
        sums.merge(part)
    sums.save(folder / "sum.npz")
    wanted = fastmi.pairwise_mi(data, K, weights=weights)
    assert bits(sums.mi()) == bits(JointCounts.load(folder / "sum.npz").mi()) == bits(wanted)


def test_weighted_counts_take_whole_numbers_and_none_at_all() -> None:
    data, weights = sequences(), whole_weights()
    counts = JointCounts(LENGTH, K, weighted=True)
    counts.add(data, weights=weights)
    counts.add(data[:100])
    wanted = counts_of(data, weights=weights + (np.arange(N) < 100))
    assert_array_equal(counts.table(0, 4), wanted.table(0, 4).astype(float), strict=True)
    assert counts.n_effective == wanted.n_effective == weights.sum() + 100
    assert_allclose(counts.mi(1).matrix, wanted.mi(1).matrix, rtol=0, atol=1e-12)


def test_counts_with_and_without_weights_add_up() -> None:
    data, weights = sequences(), whole_weights()
    counts = counts_of(data)
    assert counts.n_effective is None
    counts.add(data, weights=weights)
    assert (counts.n_sequences, counts.n_effective) == (2 * N, N + weights.sum())
    assert_array_equal(counts.table(0, 4), counts_of(data, weights=weights + 1).table(0, 4))
    plain = counts_of(data)
    plain.merge(counts_of(data, weights=weights))
    assert bits(plain.mi()) == bits(counts.mi())


# ------------------------------------------------------------------------------ fractions


@pytest.mark.parametrize(
    ("factor", "bound"), [(2.0**-16, 1e-6), (0.5, 1e-11), (2.0, 1e-12), (2.0**14, 1e-12)]
)
def test_only_proportions_matter(factor: float, bound: float) -> None:
    """Small weights are off by more of their size: the smallest here by a half of 2^-16."""
    data, weights = sequences(missing=0.05), fractions() + 2.0**-4
    wanted = fastmi.pairwise_mi(data, K, weights=weights)
    found = fastmi.pairwise_mi(data, K, weights=weights * factor)
    assert_allclose(found.matrix, wanted.matrix, rtol=0, atol=bound)


@pytest.mark.parametrize("factor", [2.0**-16, 0.25, 4.0, 2.0**15])
def test_a_power_of_two_changes_nothing_where_nothing_is_rounded(factor: float) -> None:
    data = sequences(missing=0.05)
    weights = np.random.default_rng(6).integers(0, 2**18, N) / 2**18
    wanted = fastmi.pairwise_mi(data, K, weights=weights)
    found = fastmi.pairwise_mi(data, K, weights=weights * factor)
    assert_allclose(found.matrix, wanted.matrix, rtol=0, atol=1e-12)
    assert found.n_effective == wanted.n_effective * factor
    assert_array_equal(found.n_pair, wanted.n_pair * factor)


@SETTINGS
@given(
    st.lists(st.floats(2.0**-12, 2.0**16), min_size=1, max_size=60), st.integers(0, 2**32 - 1)
)
def test_rounding_takes_no_more_than_it_says(weights: list[float], seed: int) -> None:
    """Half a unit, 2^-37, a sequence: in cells, k-mers and the effective number."""
    codes = np.random.default_rng(seed).integers(0, 2, (len(weights), LENGTH), dtype=np.uint8)
    counts = counts_of(PackedSequences.from_codes(codes), True, weights=weights)
    exact = [Fraction(w) for w in weights]
    half = Fraction(2) ** -37
    cells, numbers = np.zeros((16, 16), object), np.zeros((16, 16), int)
    a, b = (_reference.kmer_column(codes, 4, K, i) for i in (1, 5))
    for n, at in enumerate(zip(a.tolist(), b.tolist(), strict=True)):
        cells[at] += exact[n]
        numbers[at] += 1
    table, kmers = counts.table(1, 5), counts.kmer_counts()
    for at in np.ndindex(16, 16):
        assert abs(Fraction(table[at]) - cells[at]) <= numbers[at] * half
    for x in range(16):
        assert abs(Fraction(kmers[1, x]) - sum(cells[x])) <= sum(numbers[x]) * half
    assert abs(Fraction(counts.n_effective) - sum(exact)) <= len(weights) * half


def test_fractions_are_summed_as_fsum_does() -> None:
    weights = fractions()
    found = fastmi.pairwise_mi(sequences(), K, weights=weights)
    assert found.n_effective == pytest.approx(math.fsum(weights), rel=0, abs=N * 2.0**-37)


def test_halves_are_as_good_as_whole_numbers() -> None:
    data, weights = sequences(), whole_weights()
    wanted = fastmi.pairwise_mi(data, K, weights=weights)
    found = fastmi.pairwise_mi(data, K, weights=weights / 2)
    assert_allclose(found.matrix, wanted.matrix, rtol=0, atol=1e-12)
    assert found.n_effective == wanted.n_effective / 2


def float_mi(
    a: np.ndarray, b: np.ndarray, m: int, weights: np.ndarray, pseudocount: float
) -> float:
    """MI of two columns of codes (-1: missing) as everybody would write it."""
    known = (a >= 0) & (b >= 0)
    table = np.zeros((m, m))
    np.add.at(table, (a[known], b[known]), weights[known])
    joint = table + pseudocount * table.sum() / m**2
    joint /= joint.sum()
    independent = joint.sum(axis=1)[:, None] * joint.sum(axis=0)[None, :]
    some = joint > 0
    return float((joint[some] * np.log2(joint[some] / independent[some])).sum())


@pytest.mark.parametrize("pseudocount", [0.0, 0.5, 5.0])
@pytest.mark.parametrize("size", [4, 20])
def test_identity_weights_agree_with_plain_floats(size: int, pseudocount: float) -> None:
    codes = random_codes(np.random.default_rng(7), N, LENGTH, size, 0.05)
    codes[100:250] = codes[np.random.default_rng(8).integers(0, 9, 150)]  # relatives
    data = PackedSequences.from_codes(codes, ALPHABETS[size], unknown="skip")
    weights = fastmi.sequence_weights(data, 0.8)
    assert weights.min() < 1 / 20
    found = fastmi.pairwise_mi(data, 1, weights=weights, pseudocount=pseudocount)
    columns = [_reference.kmer_column(codes, size, 1, i) for i in range(LENGTH)]
    for i, j in _reference.pairs(LENGTH, 1):
        wanted = float_mi(columns[i], columns[j], size, weights, pseudocount)
        assert abs(found.matrix[i, j] - wanted) < 1e-9
    assert found.n_effective == pytest.approx(weights.sum(), rel=1e-12)


# ------------------------------------------------------------------------------- refusals

STRINGS = ["ACGTAC", "TTGACA", "CCATGG"]
BAD_WEIGHTS: list[tuple[Any, type[Exception], str]] = [
    ([0, 0, 0], FastMIError, "the weights of all 3 sequences are 0"),
    ([0.0, 0.5, -0.5], ValueError, "weight 2 is -0.5, allowed are finite numbers from 0 up"),
    ([1, math.nan, 1], ValueError, "weight 1 is nan, allowed are finite numbers from 0 up"),
    ([1, 1, math.inf], ValueError, "weight 2 is inf, allowed are finite numbers from 0 up"),
    ([1, 2], ValueError, "there are 2 weights for 3 sequences"),
    ([True, False, True], TypeError, "weights must be numbers, got an array of bool"),
    ([[1, 2, 3]], ValueError, "weights must have shape (N,), one a sequence, got (1, 3)"),
    (["1", "2", "3"], TypeError, "weights must be numbers, got an array of <U1"),
    (
        "count",
        ValueError,
        "weights='count' as a column is for files; give one number for each sequence",
    ),
    (
        2,
        ValueError,
        "weights=2 as a column is for files; give one number for each sequence",
    ),
    (
        [2.0**27, 0.5, 0],
        FastMIError,
        "the weights sum to 1.34218e+08, and fractions are counted in units of 2^-36, up to "
        "134,217,728 in all; divide them by a constant, which changes no mutual information",
    ),
    (
        [1e-7, 1e-7, 1e-7],
        FastMIError,
        "the weights are too small: fractions are counted in units of 2^-36 = 1.5e-11, and "
        "rounding takes 7.6e-06 of their sum, 3e-07; multiply them by a constant, which "
        "changes no mutual information",
    ),
    (
        [1e-12, 0, 0],
        FastMIError,
        "the weights are too small: fractions are counted in units of 2^-36 = 1.5e-11, and "
        "rounding takes 1 of their sum, 1e-12; multiply them by a constant, which changes no "
        "mutual information",
    ),
    (
        [2.0**62, 2.0**62, 0],
        FastMIError,
        "the weights sum to 9.22337e+18; the most that can be counted is 2^63 - 1",
    ),
]


@pytest.mark.parametrize(("weights", "error", "message"), BAD_WEIGHTS)
def test_weights_that_are_refused(weights: Any, error: type[Exception], message: str) -> None:
    for measure in (fastmi.pairwise_mi, fastmi.pairwise_distance):
        with pytest.raises(error) as caught:
            measure(STRINGS, 1, weights=weights)
        assert str(caught.value) == message


def test_weights_that_are_too_much_by_less_than_a_float_tells() -> None:
    """Their sums as floats are below the limits, those of whole numbers are not."""
    weights = np.zeros(128)
    weights[::8], weights[0] = 511, 2.0**63 - 1024  # lost one by one beside the first
    assert weights.sum() < 2**63 < sum(map(int, weights))
    with pytest.raises(FastMIError, match=r"can be counted is 2\^63 - 1$"):
        fastmi.pairwise_mi(sequences(n=128), K, weights=weights)
    weights = np.full(2**17, 2.0**10 - 0.49 * UNIT)
    assert weights.sum() < 2**27
    data = PackedSequences(np.zeros((2**17, 3), np.uint8), LENGTH, weights=weights)
    assert fastmi.pairwise_mi(data[1:], K, pseudocount=0).n_effective == 2**27 - 2**10
    for measure in (fastmi.pairwise_mi, fastmi.pairwise_distance):
        with pytest.raises(FastMIError, match="up to 134,217,728 in all; divide them"):
            measure(data, K)


@pytest.mark.parametrize("weights", [[1e308, 1e308, 0], [1e308, 1e308, 0.5]])
def test_weights_whose_sum_is_no_float_are_refused(weights: list[float]) -> None:
    with pytest.raises(FastMIError, match=r"^the weights sum to inf"):
        fastmi.pairwise_mi(STRINGS, 1, weights=weights)


@pytest.mark.parametrize(("weights", "error", "message"), BAD_WEIGHTS[1:-1])
def test_refused_weights_leave_joint_counts_as_they_were(
    weights: Any, error: type[Exception], message: str
) -> None:
    counts = JointCounts(6, 1, weighted=True)
    counts.add(STRINGS, weights=[1, 0.5, 2])
    before = bits(counts.mi(0)), counts.kmer_counts().tolist()
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        counts.add(STRINGS, weights=weights)
    assert (bits(counts.mi(0)), counts.kmer_counts().tolist()) == before


def test_counts_of_whole_numbers_take_no_fractions() -> None:
    counts = JointCounts(6, 1)
    message = (
        "sequence 1 has the weight 0.5, and these counts take whole numbers only; "
        "JointCounts(weighted=True) takes fractions"
    )
    with pytest.raises(FastMIError, match=f"^{re.escape(message)}$"):
        counts.add(STRINGS, weights=[1, 0.5, 2])
    assert (counts.n_sequences, counts.n_effective) == (0, None)


def test_all_zero_is_refused_when_it_comes_to_evaluating() -> None:
    counts = JointCounts(6, 1)
    counts.add(STRINGS, weights=[0, 0, 0])
    for evaluate in (counts.mi, counts.distance):
        with pytest.raises(FastMIError, match=r"^the weights of all 3 sequences are 0$"):
            evaluate()
    counts.add(STRINGS)
    assert counts.mi().n_effective == 3


def test_the_most_that_whole_numbers_sum_to() -> None:
    counts = JointCounts(6, 1)
    counts.add(STRINGS, weights=[2**32 - 4, 1, 1])
    counts.add(STRINGS, weights=[1, 0, 0])
    assert counts.n_effective == 2**32 - 1
    assert counts.table(0, 3)[0, 3] == 2**32 - 3
    before = counts.table(0, 1).tolist(), counts.kmer_counts().tolist()
    with pytest.raises(FastMIError, match=r"^4,294,967,296 .* can count \(4,294,967,295\)"):
        counts.add(["AAAAAA"], weights=[1])
    other = JointCounts(6, 1)
    other.add(["AAAAAA"])
    with pytest.raises(FastMIError, match=r"^4,294,967,296 .* can count \(4,294,967,295\)"):
        counts.merge(other)
    assert (counts.table(0, 1).tolist(), counts.kmer_counts().tolist()) == before
    assert (counts.n_sequences, counts.n_effective) == (6, 2**32 - 1)


def test_the_most_that_fractions_sum_to() -> None:
    counts = JointCounts(6, 1, weighted=True)
    counts.add(STRINGS, weights=[2**26, 0.5, 2**26 - 1])
    with pytest.raises(FastMIError, match=r"more than one table can hold \(2\^27\)"):
        counts.add(["AAAAAA"], weights=[0.5])
    other = JointCounts(6, 1, weighted=True)
    other.add(["AAAAAA"], weights=[0.5])
    with pytest.raises(FastMIError, match=r"more than one table can hold \(2\^27\)"):
        counts.merge(other)
    assert counts.n_effective == 2**27 - 0.5
    counts.add(["AAAAAA"], weights=[0.25])
    assert counts.n_effective == 2**27 - 0.25


def test_counts_of_another_kind_are_not_merged() -> None:
    fractional, whole = JointCounts(6, 1, weighted=True), JointCounts(6, 1)
    for one, other in ((fractional, whole), (whole, fractional)):
        with pytest.raises(ValueError, match=r"^the parts differ in weighted: (True|False)"):
            one.merge(other)


def test_weighted_tables_count_twice_against_the_memory_limit() -> None:
    JointCounts(6, 1, memory_limit=15 * 16 * 4)
    with pytest.raises(ValueError, match=r"need 1,920 bytes, more than memory_limit=1,919"):
        JointCounts(6, 1, memory_limit=15 * 16 * 8 - 1, weighted=True)


def test_a_heavy_sequence_can_make_positions_conserved() -> None:
    weights = np.ones(N)
    weights[3] = 100 * N
    with pytest.warns(FastMIWarning, match="one k-mer makes up more than 80%"):
        fastmi.pairwise_mi(sequences(), K, weights=weights)
    with pytest.warns(FastMIWarning, match="one k-mer makes up more than 80%"):
        counts_of(sequences(), weights=weights).mi()


def test_a_heavy_sequence_among_many_is_seen() -> None:
    """More sequences than are looked at for conserved positions: they are drawn by weight."""
    many = sequences(n=20_000)
    weights = np.ones(20_000)
    weights[1] = 1e6
    with pytest.warns(FastMIWarning, match="of 8 positions one k-mer makes up more than 80%"):
        fastmi.pairwise_mi(many, K, weights=weights)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fastmi.pairwise_mi(many, K, weights=np.ones(20_000))


# -------------------------------------------------------------------------- being stopped


def test_an_interrupt_while_kmers_are_counted_spoils_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    data, weights = sequences(missing=0.1), fractions()
    counts = counts_of(data, True, weights=weights)
    with monkeypatch.context() as patch:
        patch.setattr(_core, "count_kmers", interrupted)
        with pytest.raises(KeyboardInterrupt):
            counts.add(data, weights=weights)
    counts.add(data[:100])
    wanted = counts_of(data, True, weights=weights)
    wanted.add(data[:100])
    assert bits(counts.mi()) == bits(wanted.mi())
    assert_array_equal(counts.kmer_counts(), wanted.kmer_counts())


STOPPED = """
import sys
import numpy as np
import fastmi
from fastmi import _run

class Watched(_run.Progress):
    def update(self, done):
        super().update(done)
        if done > 0 and self._total > 10**9:
            print("counting", flush=True)

_run.Progress = Watched
rows = np.random.default_rng(1).integers(0, 256, (600_000, 60), dtype=np.uint8)
weights = np.random.default_rng(2).random(len(rows)) + (sys.argv[1] == "layers")
if sys.argv[1] == "layers":
    weights = np.floor(4 * weights)
packed = fastmi.PackedSequences(rows, 240, weights=weights)
try:
    if sys.argv[1] == "tables":
        fastmi.JointCounts(240, 2, weighted=True).add(packed, n_threads=2)
    fastmi.pairwise_mi(packed, 3, pseudocount=0, n_threads=2)
except KeyboardInterrupt:
    print("interrupted", fastmi.pairwise_mi(packed[:1000], 2).n_sequences)
"""


@pytest.mark.parametrize("kind", ["layers", "weights", "tables"])
def test_sigint_stops_a_weighted_count(kind: str) -> None:
    root = str(Path(fastmi.__file__).resolve().parents[1])
    child = subprocess.Popen(
        [sys.executable, "-c", STOPPED, kind],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
    )
    with child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "counting\n"
            child.send_signal(signal.SIGINT)
            out, err = child.communicate(timeout=60)
        finally:
            child.kill()
    assert child.returncode == 0, err
    assert out.splitlines()[-1] == "interrupted 1000"


def test_how_fractions_become_whole_numbers() -> None:
    numbers = [0.0, 1.0, UNIT, UNIT * 1.4999, UNIT * 1.5001, 0.1]
    found = counted(PackedSequences.from_codes(np.zeros((6, 2), int)).with_weights(numbers))
    assert found.numbers is not None
    assert found.numbers.tolist() == [0, 2**36, 1, 1, 2, round(0.1 * 2**36)]
    assert (found.unit, UNIT) == (2.0**-36, 2.0**-36)


def test_use_of_the_tables_of_a_result() -> None:
    """A result asked for the k-mers of a pair counts them with the same weights."""
    data, weights = sequences(missing=0.05), fractions()
    result = fastmi.pairwise_mi(data, K, weights=weights)
    tables: Callable[[int, int], np.ndarray] = counts_of(data, True, weights=weights).table
    for i, j in [(0, 2), (2, 7)]:
        assert result.source is not None
        assert_array_equal(result.source.table(i, j), tables(i, j), strict=True)
