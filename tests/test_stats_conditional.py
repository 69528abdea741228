"""Holds conditional MI against plain loops and against what is known of it.

An XOR of three letters, composition that ties all positions, labels that say nothing; its bias,
which grows with the number of classes; weights as copies; and what it refuses.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import fastmi
from conftest import random_codes
from fastmi import FastMIError, FastMIWarning, MIResult, PackedSequences, _reference
from fastmi.stats import conditional_mi

SETTINGS = settings(deadline=None, derandomize=True, database=None, max_examples=40)


def quiet(*args: Any, **options: Any) -> MIResult:
    """Of sets that are too small on purpose."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FastMIWarning)
        return conditional_mi(*args, **options)


def loops(
    codes: np.ndarray, labels: np.ndarray, k: int, pseudocount: float, weights: np.ndarray
) -> np.ndarray:
    """Conditional MI pair by pair and class by class."""
    p = codes.shape[1] - k + 1
    out = np.full((p, p), np.nan)
    for i, j in _reference.pairs(codes.shape[1], k):
        total = value = 0.0
        for z in set(labels.tolist()):
            table = np.zeros((4**k, 4**k))
            for row, weight in zip(codes[labels == z], weights[labels == z], strict=True):
                both = [*row[i : i + k], *row[j : j + k]]
                if max(both) < 4:
                    a, b = (int("".join(map(str, word)), 4) for word in (both[:k], both[k:]))
                    table[a, b] += weight
            if table.sum() > 0:
                total += table.sum()
                value += table.sum() * _reference_mi(table, pseudocount)
        if total > 0:
            out[i, j] = out[j, i] = value / total
    return out


def _reference_mi(table: np.ndarray, pseudocount: float) -> float:
    """As the oracle, of tables of weights."""
    n, m = table.sum(), len(table)
    joint = (table / n + pseudocount / m**2) / (1 + pseudocount)
    rest = np.outer(joint.sum(axis=1), joint.sum(axis=0))
    some = joint > 0
    return float((joint[some] * np.log2(joint[some] / rest[some])).sum())


# -------------------------------------------------------------------------------- the loop


@given(
    seed=st.integers(0, 10**6),
    n=st.integers(2, 25),
    k=st.integers(1, 2),
    n_classes=st.integers(1, 4),
    missing=st.sampled_from([0.0, 0.15]),
    weights=st.sampled_from(["none", "whole", "fractions"]),
    pseudocount=st.sampled_from([0.0, 5.0]),
)
@SETTINGS
def test_labels_are_the_loop(
    seed: int,
    n: int,
    k: int,
    n_classes: int,
    missing: float,
    weights: str,
    pseudocount: float,
) -> None:
    rng = np.random.default_rng(seed)
    codes = random_codes(rng, n, 6, 4, missing)
    labels = rng.integers(0, n_classes, n)
    some = np.ones(n) if weights == "none" else rng.integers(1, 9, n) / 8.0
    if weights == "whole":
        some = some * 8
    data = PackedSequences.from_codes(codes, unknown="skip")
    if weights != "none":
        data = data.with_weights(some)
    found = quiet(data, labels, k, pseudocount=pseudocount)
    assert_allclose(found.matrix, loops(codes, labels, k, pseudocount, some), atol=1e-11)
    assert found.measure == "CMI"
    assert found.unit == "bits"
    words = np.array(["b", "a", "d", "c"])[labels]
    again = quiet(data, words, k, pseudocount=pseudocount)
    assert_allclose(again.matrix, found.matrix, atol=1e-14)  # the classes in another order
    if n_classes == 1:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FastMIWarning)
            plain = fastmi.pairwise_mi(data, k, pseudocount=pseudocount)
        assert_allclose(found.matrix, plain.matrix, atol=1e-12)
        assert found.n_effective == plain.n_effective


@pytest.mark.parametrize("given", [2, slice(2, 4), slice(-3, None)])
@pytest.mark.parametrize("k", [1, 2])
def test_letters_are_labels_of_their_own(given: int | slice, k: int) -> None:
    rng = np.random.default_rng(7)
    codes = random_codes(rng, 300, 8, 4, 0.05)
    where = range(8)[given] if isinstance(given, slice) else range(given, given + 1)
    known = (codes[:, where] < 4).all(axis=1)
    labels = np.array(["".join(map(str, row)) for row in codes[:, where]])
    data = PackedSequences.from_codes(codes, unknown="skip")
    found = quiet(data, given, k, pseudocount=0)
    ones = np.ones(known.sum())
    expected = loops(codes[known], labels[known], k, 0.0, ones)
    for i in range(9 - k):  # k-mers that overlap the letters given have no value
        if set(range(i, i + k)) & set(where):
            expected[i] = expected[:, i] = np.nan
    assert_allclose(found.matrix, expected, atol=1e-12)
    assert found.n_sequences == known.sum()
    assert found.n_dropped == 300 - known.sum()
    n_of_classes = [each["n"] for each in found.provenance["given"]["classes"]]
    assert sum(n_of_classes) == known.sum()


def test_weights_are_copies() -> None:
    rng = np.random.default_rng(3)
    data = PackedSequences.from_codes(random_codes(rng, 200, 7, 4))
    weights = rng.integers(0, 4, 200)
    copies = data[np.repeat(np.arange(200), weights)]
    for known in (3, "gc"):
        weighted = quiet(data, known, 2, weights=weights)
        repeated = quiet(copies, known, 2)
        assert_array_equal(weighted.matrix, repeated.matrix)
        assert weighted.n_effective == len(copies)
        mine, theirs = (r.provenance["given"] for r in (weighted, repeated))
        assert mine["expected_bias"] == theirs["expected_bias"]
        assert mine["classes"] == theirs["classes"]


# ------------------------------------------------------------------------- what it is for


def test_xor_is_nothing_until_the_third_letter_is_known() -> None:
    data = ["AAA", "ACC", "CAC", "CCA"] * 25
    assert fastmi.pairwise_mi(data, 1, pseudocount=0).matrix[0, 1] < 1e-14
    assert conditional_mi(data, 2, 1, pseudocount=0).matrix[0, 1] == pytest.approx(1, abs=1e-12)


def composed(rng: np.random.Generator, n: int, length: int) -> PackedSequences:
    """Letters that are independent once the share of G and C of the sequence is known."""
    share = rng.choice([0.2, 0.4, 0.6, 0.8], n)[:, None]
    strong = rng.random((n, length)) < share
    letters = np.where(
        strong, rng.integers(1, 3, (n, length)), rng.integers(0, 2, (n, length)) * 3
    )
    return PackedSequences.from_codes(letters.astype(np.uint8))


def test_what_composition_makes_goes_with_it() -> None:
    data = composed(np.random.default_rng(11), 40_000, 60)
    plain = fastmi.pairwise_mi(data, 1, pseudocount=0)
    given = conditional_mi(data, "gc", 1, pseudocount=0)
    i, j = plain.pairs()
    bias = given.provenance["given"]["expected_bias"]
    assert len(given.provenance["given"]["classes"]) == 5
    assert plain.matrix[i, j].mean() > 0.02
    assert given.matrix[i, j].mean() - bias < 0.05 * plain.matrix[i, j].mean()


def test_dependence_that_composition_does_not_make_stays() -> None:
    rng = np.random.default_rng(12)
    codes = rng.integers(0, 4, (20_000, 40), dtype=np.uint8)
    codes[:, 30] = codes[:, 10]
    data = PackedSequences.from_codes(codes)
    given = conditional_mi(data, "gc", 1, pseudocount=0)
    best = given.top_pairs(2)
    assert (best["i"][0], best["j"][0]) == (10, 30)
    assert best["value"][0] > 1.8
    assert best["value"][1] < 0.01


@pytest.mark.parametrize("n_classes", [1, 4])
def test_bias_is_what_is_expected(n_classes: int) -> None:
    """Of independent letters it is the mean; its standard error over 190 pairs is known."""
    rng = np.random.default_rng(13)
    codes = rng.integers(0, 4, (4000, 20), dtype=np.uint8)
    found = conditional_mi(codes, np.arange(4000) % n_classes, 1, pseudocount=0)
    values = found.matrix[found.pairs()]
    bias = found.provenance["given"]["expected_bias"]
    assert bias == pytest.approx(n_classes * 9 / (2 * 4000 * np.log(2)))
    error = values.std() / np.sqrt(len(values))
    assert abs(values.mean() - bias) < 4 * error
    assert error < bias / 20


def test_exact_composition_makes_letters_repel_each_other() -> None:
    """The docstring's 1 / (2 (L - 1)^2 ln 2), of two letters, without finite samples."""
    length = 12
    from itertools import combinations

    codes = np.zeros((924, length), np.uint8)
    for row, strong in enumerate(combinations(range(length), length // 2)):
        codes[row, list(strong)] = 1
    r = conditional_mi(codes, "gc", 1, pseudocount=0, alphabet="dna")
    assert r.matrix[0, 1] == pytest.approx(1 / (2 * 11**2 * np.log(2)), rel=0.02)


def test_gc_bins_are_even_and_hold_together() -> None:
    data = composed(np.random.default_rng(14), 5000, 50)
    for bins in (1, 2, 5, 10):
        r = quiet(data, "gc", 1, bins=bins)
        n = [each["n"] for each in r.provenance["given"]["classes"]]
        assert sum(n) == 5000
        assert len(n) == bins
        assert max(n) - min(n) < 600  # a content of one value is up to 560 sequences
    few = quiet(["AAAA", "ACAA", "CCCC"], "gc", 1, bins=7)
    names = [each["class"] for each in few.provenance["given"]["classes"]]
    assert names == ["0.000", "0.250", "1.000"]


# ------------------------------------------------------------------------ what it refuses


def test_small_classes_are_said() -> None:
    said = r"1 of 2 classes of labels have fewer sequences \(the least 10\) than a joint table "
    labels = np.arange(500) < 10
    with pytest.warns(FastMIWarning, match=said + r"has cells \(16\)"):
        conditional_mi(np.random.default_rng(1).integers(0, 4, (500, 6)), labels, 1)


def test_labels_go_with_sequences_that_are_dropped() -> None:
    data = ["ACGT", "ANGT", "CCAT", "ACTA"]
    found = quiet(data, ["a", "b", "b", "a"], 1, unknown="drop", pseudocount=0)
    assert_array_equal(
        found.matrix, quiet(["ACGT", "CCAT", "ACTA"], [0, 1, 0], 1, pseudocount=0).matrix
    )
    assert (found.n_sequences, found.n_dropped) == (3, 1)


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        (
            "AT",
            ValueError,
            "must be 'gc', a position, a slice of positions or labels, got 'AT'",
        ),
        (4, ValueError, "between 0 and 3, got 4 to 5"),
        (-1, ValueError, "given must be a whole number from 0 up"),
        (slice(2, 2), ValueError, "positions side by side"),
        (slice(0, 4, 2), ValueError, "positions side by side"),
        ([1, 2], ValueError, "there are 2 labels for 4 sequences"),
        ([[1], [2]], ValueError, "a label for each sequence"),
        ([1.0, np.nan, 2.0, 3.0], ValueError, "label 1 is nan, and labels are finite"),
        (np.arange(5000), FastMIError, "5,000 different labels, and at most 4,096 classes"),
        ([None] * 4, ValueError, "got object"),
        ([[1], [2, 3]], ValueError, "a label for each sequence"),
    ],
)
def test_what_cannot_be_given(given: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        conditional_mi(["ACGT", "ACGA", "CCAT", "ACTA"], given, 1)


def test_other_refusals() -> None:
    with pytest.raises(ValueError, match="7 letters are 16,384 classes"):
        conditional_mi(["ACGTACGTA"], slice(0, 7), 1)
    with pytest.raises(ValueError, match="GC content is of DNA and RNA"):
        conditional_mi(["MKV"], "gc", 1, alphabet="protein")
    with pytest.raises(FastMIError, match="its letters are missing in all"):
        conditional_mi(["NACG"], 0, 1, unknown="skip")
    with pytest.raises(FastMIError, match="weights of all"):
        quiet(["AACG", "ACCT"], 0, 1, weights=[0, 0])
    with pytest.raises(ValueError, match="bins must be a whole number from 1 up"):
        conditional_mi(["NACG"], "gc", 1, bins=0, unknown="skip")


@pytest.mark.parametrize("given", ["gc", 3])
def test_threads_do_not_matter(given: Any, n_threads: int) -> None:
    data = composed(np.random.default_rng(14), 2000, 30)
    r = quiet(data, given, 2, n_threads=n_threads)
    assert_array_equal(r.matrix, quiet(data, given, 2, n_threads=1).matrix)
