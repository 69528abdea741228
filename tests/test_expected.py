"""Expected maps: known answers, and what very many simulated sequences come to.

The simulation here is plain NumPy and knows nothing of how fastmi embeds motifs.
"""

from __future__ import annotations

from math import log2

import numpy as np
import pytest

import fastmi
from fastmi import Motif
from fastmi.simulate import arrangements, expected_mi

A, B = Motif.from_iupac("AAC"), Motif.from_iupac("GT")
SOFT = Motif.from_counts([[7, 1, 1, 1], [0, 5, 5, 0], [2, 2, 0, 6]], "soft")


def drawn(rng: np.random.Generator, p: np.ndarray, n: int) -> np.ndarray:
    return (rng.random((n, len(p), 1)) > np.cumsum(p, axis=1)[None, :, :-1]).sum(axis=2)


def simulated(rng, found, length: int, n: int, background=(0.25,) * 4) -> np.ndarray:
    """Codes of sequences with motifs as arranged."""
    codes = drawn(rng, np.tile(background, (length, 1)), n)
    which = rng.choice(len(found), n, p=[share for share, _ in found])
    for one, (_, placed) in enumerate(found):
        rows = np.flatnonzero(which == one)
        for motif, start in placed:
            codes[rows, start : start + len(motif)] = drawn(rng, motif.frequencies, len(rows))
    return codes.astype(np.uint8)


# ----------------------------------------------------------------------------- known answers


def test_one_motif_at_one_place_tells_nothing() -> None:
    # every sequence has the same letters there: nothing varies together
    m = expected_mi([(1.0, [(A, 2), (B, 7)])], 12, 2)
    pairs = np.triu_indices(11, 2)
    assert m[pairs].max() < 1e-12
    assert np.isnan(m[np.arange(11), np.arange(11)]).all()
    assert np.isnan(m[np.arange(10), np.arange(1, 11)]).all()


def test_a_motif_in_half_of_the_sequences() -> None:
    # a cell of two certain letters in half: joint 1/2 + 1/32, margins 1/2 + 1/8
    m = expected_mi([(0.5, [(A, 0)]), (0.5, [])], 5)
    p, q = 0.625, 0.125
    both, one, none = 0.5 + 1 / 32, 1 / 32, 1 / 32
    expected = (
        both * log2(both / p**2) + 6 * one * log2(one / (p * q)) + 9 * none * log2(none / q**2)
    )
    assert m[0, 1] == pytest.approx(expected, abs=1e-13)
    assert m[0, 2] == pytest.approx(expected, abs=1e-13)
    assert m[0, 3] == pytest.approx(0, abs=1e-13)
    np.testing.assert_array_equal(m, m.T)


def test_two_words_are_one_bit() -> None:
    x, y = Motif.from_iupac("ACG"), Motif.from_iupac("CTA")
    m = expected_mi([(0.5, [(x, 0), (x, 5)]), (0.5, [(y, 0), (y, 5)])], 8, 3)
    assert m[0, 5] == pytest.approx(1, abs=1e-13)


def test_pseudocount_is_that_of_maps() -> None:
    # all joint distributions of 16 sequences, so that counts are no sample
    words = [a + b for a in "ACGT" for b in "ACGT"]
    found = [(1 / 16, [(Motif.from_iupac(w), 0)]) for w in words[:8]] + [
        (1 / 16, [(Motif.from_iupac(w[0] * 2), 0)]) for w in words[8:]
    ]
    strings = words[:8] + [w[0] * 2 for w in words[8:]]
    for p in (0, 0.5, 5):
        counted = fastmi.pairwise_mi(strings, k=1, pseudocount=p).matrix
        np.testing.assert_allclose(
            expected_mi(found, 2, pseudocount=p), counted, rtol=1e-12, atol=1e-12
        )


# ------------------------------------------------------------------------ against simulation


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("background", [(0.25, 0.25, 0.25, 0.25), (0.4, 0.1, 0.2, 0.3)])
def test_what_simulation_comes_to(rng, k, background) -> None:
    found = arrangements([SOFT, B], 13, gap=4, order="random", share=0.8)
    n = 200_000
    codes = simulated(rng, found, 13, n, background)
    counted = fastmi.pairwise_mi(codes, k=k, pseudocount=0).matrix
    expected = expected_mi(found, 13, k, background=background)
    bias = (4**k - 1) ** 2 / (2 * np.log(2) * n)  # of MI of samples (Miller)
    pairs = np.triu_indices(len(expected), k)
    off = np.abs(counted - bias - expected)[pairs]
    # what a sample of this size is off by, sqrt(MI / n) or the spread of the bias
    assert (off < 6 * np.sqrt(expected[pairs] / n) * 1.5 + 3 * bias).all()
    assert expected[pairs].max() > 20 * bias


def test_proteins(rng) -> None:
    motif = Motif.from_iupac("WXW", "protein")
    found = [(0.5, [(motif, 0)]), (0.5, [(motif, 2)])]
    m = expected_mi(found, 6)
    # W at 2 is certain; at 0 or at 4 it is, and the other is one of twenty
    assert m[0, 2] == pytest.approx(0, abs=1e-12)
    w, x = 0.525, 0.025
    bits = 0.05 * log2(0.05 / w**2) + 38 * 0.025 * log2(0.025 / (w * x))
    assert m[0, 4] == pytest.approx(bits, abs=1e-12)


def test_blocks_of_pairs_are_the_same(monkeypatch) -> None:
    found = arrangements([SOFT, A], 14, gap=3)
    whole = expected_mi(found, 14, 2)
    monkeypatch.setattr("fastmi.simulate.expected._CELLS", 300)
    np.testing.assert_allclose(expected_mi(found, 14, 2), whole, rtol=0, atol=1e-14)


# ---------------------------------------------------------------------------- the published one


@pytest.fixture(scope="module")
def max_elf5(shared) -> list[Motif]:
    files = ("MA0058.3_MAX.jaspar", "MA0136.2_ELF5.jaspar")
    return [fastmi.read_motifs(shared / "motifs" / name)[0] for name in files]


@pytest.mark.parametrize("length", [100, 200])
def test_max_and_elf5_fifty_apart(max_elf5, length: int) -> None:
    # the other start of two motifs is 10 or 11 + 50 letters on; PlotMI's Fig. 1 has the
    # same with the PFMs of the paper, at 60
    found = arrangements(max_elf5, length, gap=50, order="random")
    assert len(found) == 2 * (length - 70)
    m = expected_mi(found, length, 3)
    beyond = range(max(map(len, max_elf5)) + 1, len(m))
    mean = [np.diagonal(m, d).mean() for d in beyond]
    assert beyond[int(np.argmax(mean))] == 61


# ------------------------------------------------------------------------------ arrangements


def test_arrangements_are_all_and_equally_likely() -> None:
    found = arrangements([A, B], 9, gap=2, order="random")
    assert [[(m.name, s) for m, s in placed] for _, placed in found] == [
        [("AAC", 0), ("GT", 5)],
        [("AAC", 1), ("GT", 6)],
        [("AAC", 2), ("GT", 7)],
        [("GT", 0), ("AAC", 4)],
        [("GT", 1), ("AAC", 5)],
        [("GT", 2), ("AAC", 6)],
    ]
    assert {p for p, _ in found} == {1 / 6}


def test_gaps_between_three() -> None:
    [(p, placed)] = arrangements([A, B, A], 11, gap=[1, 2])
    assert p == 1
    assert [start for _, start in placed] == [0, 4, 8]


def test_a_share_leaves_some_without() -> None:
    found = arrangements([A], 4, gap=0, share=0.5)
    assert found[0] == (0.5, [])
    assert [p for p, _ in found] == [0.5, 0.25, 0.25]
    assert arrangements([A], 4, gap=0, share=0) == [(1, [])]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: arrangements([A, B], 9, gap=5), "motifs and gaps take 10 letters, the seq"),
        (lambda: arrangements([], 9, gap=5), "there are no motifs to arrange"),
        (
            lambda: arrangements([A, B], 9, gap=[1, 2]),
            "2 motifs have 1 gaps between them, got 2",
        ),
        (
            lambda: arrangements([A, B], 9, gap=-1),
            "gap must be a whole number from 0 up, got -1",
        ),
        (lambda: arrangements([A], 9, gap=0, share=2), "share must be between 0 and 1, got 2"),
        (lambda: arrangements([A], 9, gap=0, order="x"), "order must be 'fixed' or 'random'"),
        (
            lambda: arrangements([A] * 12, 60, gap=0, order="random"),
            "12 motifs have 11,975,040,000 arrangements, the most is 1,048,576",
        ),
        (lambda: expected_mi([(1, [(A, 8)])], 9), "motif 'AAC' of 3 letters does not fit at 8"),
        (
            lambda: expected_mi([(1, [(A, 2), (B, 4)])], 9),
            "motif 'GT' at 4 overlaps with 'AAC'",
        ),
        (lambda: expected_mi([(0.5, [(A, 2)])], 9), "the probabilities must add to 1, got 0.5"),
        (
            lambda: expected_mi([(1, [(A, 2)])], 9, alphabet="rna"),
            "motif 'AAC' is over 'dna', not 'rna'",
        ),
        (
            lambda: expected_mi([(1, [(A, 2)])], 9, background=[1, 0, 0, 0]),
            "the background must be above 0 for each letter, 'C' has 0",
        ),
        (lambda: expected_mi([(1, [])], 5, 3), "sequences of length 5 have no two 3-mers"),
        (
            lambda: expected_mi([(1e-5, [])] * 100_000, 1000, 3),
            "100,000 arrangements of 998 positions and 64 k-mers would need 51,097,600,000 b",
        ),
        (lambda: expected_mi([], 5), "there are no arrangements"),
    ],
)
def test_what_cannot_be(call, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        call()
