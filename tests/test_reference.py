"""Proves the oracle: ``_reference`` against loops over strings and numbers worked by hand.

Every other test that compares with ``_reference`` stands on this file.
"""

from __future__ import annotations

from collections import Counter
from math import log2

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from fastmi import _reference

LETTERS = "ACGT"


def codes_of(strings: list[str], letters: str = LETTERS) -> np.ndarray:
    """Codes of strings; 255 for what is no letter."""
    table = {letter: code for code, letter in enumerate(letters)}
    return np.array([[table.get(c, 255) for c in s] for s in strings], np.uint8)


def kmers_of(letters: str, k: int) -> list[str]:
    """All k-mers in lexical order of the alphabet, letter by letter."""
    found = [""]
    for _ in range(k):
        found = [kmer + letter for kmer in found for letter in letters]
    return found


def looped_counts(strings: list[str], letters: str, k: int, i: int, j: int) -> Counter:
    """Pairs of k-mers of whole letters, by going through the strings."""
    seen: Counter = Counter()
    for s in strings:
        a, b = s[i : i + k], s[j : j + k]
        if all(c in letters for c in a + b):
            seen[a, b] += 1
    return seen


def looped_mi(strings: list[str], letters: str, k: int, i: int, j: int, p: float) -> float:
    """Eq. 1-3 of the PlotMI paper as three loops."""
    seen = looped_counts(strings, letters, k, i, j)
    kmers = kmers_of(letters, k)
    n, m = sum(seen.values()), len(kmers)
    g = p * n
    total = 0.0
    for a in kmers:
        p_a = (sum(seen[a, b] for b in kmers) + g / m) / (n + g)
        for b in kmers:
            p_b = (sum(seen[x, b] for x in kmers) + g / m) / (n + g)
            p_ab = (seen[a, b] + g / m**2) / (n + g)
            if p_ab > 0:
                total += p_ab * log2(p_ab / (p_a * p_b))
    return total


STRINGS = ["ACGTAC", "ACGTAG", "TTGTAC", "AC-TAC", "GCGTNA", "ACGTAC", "CAGTCA"]


# ------------------------------------------------------------------- worked out by hand


def test_four_letters_fill_one_byte_first_letter_on_top() -> None:
    # A C G T = 00 01 10 11 = 0b00011011
    rows, mask = _reference.encode_rows(codes_of(["ACGT"]), 4)
    assert rows.tolist() == [[0b00011011]]
    assert mask is not None
    assert mask.tolist() == [[0]]


def test_missing_letter_has_zero_bits_and_a_mask_bit() -> None:
    # T N G T C = 11 00 10 11 | 01 then zeros; mask: second of five letters
    rows, mask = _reference.encode_rows(codes_of(["TNGTC"]), 4)
    assert rows.tolist() == [[0b11001011, 0b01000000]]
    assert mask is not None
    assert mask.tolist() == [[0b01000000]]


def test_other_alphabets_keep_a_byte_a_letter() -> None:
    rows, mask = _reference.encode_rows(np.array([[0, 19, 20, 255]], np.uint8), 20)
    assert mask is None
    assert rows.tolist() == [[0, 19, 255, 255]]


def test_kmer_code_has_the_first_letter_most_significant() -> None:
    # CAT = 1*16 + 0*4 + 3 = 19; in "CANT" the window has a missing letter
    assert _reference.kmer_column(codes_of(["CAT"]), 4, 3, 0).tolist() == [19]
    assert _reference.kmer_column(codes_of(["CANT"]), 4, 3, 1).tolist() == [-1]


def test_pairs_are_i_major_and_do_not_overlap() -> None:
    # L = 6, k = 2: starts 0..4, j >= i + 2
    assert list(_reference.pairs(6, 2)) == [(0, 2), (0, 3), (0, 4), (1, 3), (1, 4), (2, 4)]


def test_too_short_sequences_have_no_pairs() -> None:
    assert list(_reference.pairs(5, 3)) == []


def test_joint_counts_row_is_the_first_position() -> None:
    # A with C twice, C with A once: [A, C] = 2, [C, A] = 1
    table = _reference.count_pair(codes_of(["AC", "AC", "CA"]), 4, 1, 0, 1)
    assert table[0, 1] == 2
    assert table[1, 0] == 1
    assert table.sum() == 3


def test_perfectly_coupled_pair_has_one_bit() -> None:
    # p(00) = p(11) = 1/2, margins 1/2: 2 * 1/2 * log2(1/2 / (1/4)) = 1
    assert _reference.mi_table(np.array([[1, 0], [0, 1]]), 0.0) == 1.0


def test_four_coupled_letters_have_two_bits() -> None:
    # 4 * 1/4 * log2(1/4 / (1/16)) = 2
    assert _reference.mi_table(5 * np.eye(4, dtype=int), 0.0) == 2.0


def test_independent_pair_has_none() -> None:
    # rows 1/3, 2/3; columns 1/2, 1/2; every cell the product of its margins
    assert abs(_reference.mi_table(np.array([[1, 1], [2, 2]]), 0.0)) < 1e-15


def test_plain_estimate_by_hand() -> None:
    # c = [[2, 1], [0, 1]], N = 4; rows 3/4, 1/4; columns 1/2, 1/2
    # 1/2 log2(4/3) + 1/4 log2(2/3) + 1/4 log2(2) = 0.20751875 - 0.14624063 + 0.25
    found = _reference.mi_table(np.array([[2, 1], [0, 1]]), 0.0)
    assert found == pytest.approx(0.31127812445913283, abs=1e-15)


def test_pseudocount_by_hand() -> None:
    # c = [[1, 0], [0, 1]], N = 2, pseudocount 1: g = 2, g/M^2 = 1/2, N + g = 4
    # P(00) = P(11) = 1.5/4 = 3/8, P(01) = P(10) = 0.5/4 = 1/8, margins (1 + 1)/4 = 1/2
    # 2 * 3/8 * log2(3/2) + 2 * 1/8 * log2(1/2) = 0.75 * 0.5849625007211562 - 0.25
    found = _reference.mi_table(np.array([[1, 0], [0, 1]]), 1.0)
    assert found == pytest.approx(0.18872187554086717, abs=1e-15)


def test_pseudocount_is_a_multiple_of_the_number_of_sequences() -> None:
    # ten times the counts, the same probabilities
    table = np.array([[1, 0], [0, 1]])
    found = _reference.mi_table(10 * table, 1.0)
    assert found == pytest.approx(0.18872187554086717, abs=1e-15)


def test_no_sequence_means_nan() -> None:
    assert np.isnan(_reference.mi_table(np.zeros((2, 2), int), 5.0))


def test_pairwise_mi_by_hand() -> None:
    # columns 0 and 1 are equal and fair: 1 bit; column 2 is independent of both
    codes = np.array([[0, 0, 0], [0, 0, 1], [1, 1, 0], [1, 1, 1]], np.uint8)
    assert _reference.pairwise_mi(codes, 2, 1, 0.0) == pytest.approx([1.0, 0.0, 0.0], abs=1e-15)


# ------------------------------------------------------------------------ against loops


@pytest.mark.parametrize("k", [1, 2])
def test_joint_counts_equal_loops(k: int) -> None:
    kmers = kmers_of(LETTERS, k)
    codes = codes_of(STRINGS)
    for i, j in _reference.pairs(6, k):
        seen = looped_counts(STRINGS, LETTERS, k, i, j)
        wanted = [[seen[a, b] for b in kmers] for a in kmers]
        assert_array_equal(_reference.count_pair(codes, 4, k, i, j), wanted)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_kmer_counts_equal_loops(k: int) -> None:
    wanted = [
        [sum(s[i : i + k] == kmer for s in STRINGS) for kmer in kmers_of(LETTERS, k)]
        for i in range(6 - k + 1)
    ]
    assert_array_equal(_reference.count_kmers(codes_of(STRINGS), 4, k), wanted)


@pytest.mark.parametrize("pseudocount", [0.0, 0.5, 5.0])
@pytest.mark.parametrize("k", [1, 2])
def test_mi_equals_loops(k: int, pseudocount: float) -> None:
    wanted = [
        looped_mi(STRINGS, LETTERS, k, i, j, pseudocount) for i, j in _reference.pairs(6, k)
    ]
    found = _reference.pairwise_mi(codes_of(STRINGS), 4, k, pseudocount)
    assert found == pytest.approx(wanted, abs=1e-13)


def test_packed_rows_equal_loops() -> None:
    rows, mask = _reference.encode_rows(codes_of(STRINGS), 4)
    assert mask is not None
    for s, row, marks in zip(STRINGS, rows, mask, strict=True):
        letters = "".join(f"{max(LETTERS.find(c), 0):02b}" for c in s)
        missing = "".join("0" if c in LETTERS else "1" for c in s)
        assert "".join(f"{b:08b}" for b in row) == letters.ljust(16, "0")
        assert "".join(f"{b:08b}" for b in marks) == missing.ljust(8, "0")
