"""Instances of a motif at quantiles of their scores: the sampler against all instances.

What it draws has just the shares that enumerating every instance gives, for bands wide, narrow
and rare; quantiles mean what they say; and nothing outside the band is ever drawn.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from fastmi import Motif
from fastmi._strengths import StrengthSampler
from fastmi.alphabet import PROTEIN

BACKGROUND = [0.3, 0.2, 0.1, 0.4]


def enumerated(motif: Motif, background=None):
    """All instances that can be drawn: codes, shares, and scores in thousandths of a bit."""
    size = len(motif.alphabet)
    background = np.full(size, 1 / size) if background is None else np.asarray(background)
    codes = np.array(list(product(range(size), repeat=len(motif))), np.uint8)
    each = motif.frequencies[np.arange(len(motif)), codes]
    possible = (each > 0).all(axis=1)
    codes, each = codes[possible], each[possible]
    scores = np.rint(1000 * np.log2(each / background[codes])).astype(int).sum(axis=1)
    return codes, each.prod(axis=1), scores


def quantile(shares: np.ndarray, scores: np.ndarray, q: float) -> int:
    """The least score that at least a share q does not exceed, by looking at each."""
    for score in sorted(set(scores)):
        if shares[scores <= score].sum() >= q - 1e-12:
            return int(score)
    raise AssertionError("no score")


def random_motif(rng: np.random.Generator, width: int, zeros: float = 0.2) -> Motif:
    counts = rng.integers(1, 50, (width, 4)) * (rng.random((width, 4)) > zeros)
    counts[:, rng.integers(4)] += 1
    return Motif.from_counts(counts, "m")


BANDS = [(0, 1), (0, 0), (1, 1), (0.5, 0.5), (0.9, 1), (0, 0.1), (0.25, 0.75), (0.999, 1)]


@pytest.mark.parametrize(("low", "high"), BANDS)
@pytest.mark.parametrize("background", [None, BACKGROUND])
def test_shares_are_those_of_all_instances(rng, low, high, background) -> None:
    motif = random_motif(rng, 4)
    codes, shares, scores = enumerated(motif, background)
    first, last = quantile(shares, scores, low), quantile(shares, scores, high)
    inside = (scores >= first) & (scores <= last)

    sampler = StrengthSampler(motif, low, high, background)
    assert sampler.unit == 0.001
    assert sampler.scores == pytest.approx((first / 1000, last / 1000))
    assert sampler.share == pytest.approx(shares[inside].sum())

    numbers = codes @ (4 ** np.arange(3, -1, -1))
    drawn = sampler.codes(rng.random((20_000, 4)))
    seen = np.bincount(drawn @ (4 ** np.arange(3, -1, -1)), minlength=256)
    assert set(np.flatnonzero(seen)) <= set(numbers[inside])
    expected = np.zeros(256)
    expected[numbers[inside]] = 20_000 * shares[inside] / shares[inside].sum()
    off = (seen - expected) ** 2
    chi = (off[expected > 0] / expected[expected > 0]).sum()
    freedom = inside.sum() - 1
    assert chi <= freedom + 6 * np.sqrt(2 * freedom) + 1e-9


def test_a_grid_of_uniforms_gives_the_shares_themselves() -> None:
    # A 3/4, C 1/4 at both positions: AA 9/16, AC and CA 3/16, CC 1/16
    motif = Motif.from_counts([[3, 1, 0, 0], [3, 1, 0, 0]])
    grid = (np.arange(64) + 0.5) / 64
    uniforms = np.array(list(product(grid, grid)))
    sampler = StrengthSampler(motif, 0, 0.25)  # CC, and the two with one C
    assert sampler.share == pytest.approx(7 / 16)
    pairs, times = np.unique(sampler.codes(uniforms), axis=0, return_counts=True)
    assert pairs.tolist() == [[0, 1], [1, 0], [1, 1]]
    # first letter A in 3 of 7; the rest of the grid splits by 3 : 1
    np.testing.assert_allclose(times / 4096, [3 / 7, 3 / 7, 1 / 7], atol=1 / 64)


def test_the_extremes_of_uniforms_stay_inside(rng) -> None:
    motif = random_motif(rng, 6, zeros=0.5)
    for low, high in BANDS:
        sampler = StrengthSampler(motif, low, high)
        for u in (0.0, np.nextafter(1, 0)):
            codes = sampler.codes(np.full((1, 6), u))[0]
            p = motif.frequencies[np.arange(6), codes]
            assert (p > 0).all()
            score = np.rint(1000 * np.log2(p * 4)).sum() / 1000
            assert sampler.scores[0] - 1e-9 <= score <= sampler.scores[1] + 1e-9


def test_one_is_the_consensus_however_rare() -> None:
    motif = Motif.from_counts(np.tile([26, 25, 25, 24], (40, 1)))  # 0.26^40 = 4e-24
    codes = motif.sample(5, 1, strength=1)
    assert (codes == 0).all()
    assert StrengthSampler(motif, 1, 1).share == pytest.approx(0.26**40)
    assert (motif.sample(5, 1, strength=0) == 3).all()


def test_the_middle_is_the_median(rng) -> None:
    motif = random_motif(rng, 12)
    odds = np.where(motif.frequencies > 0, motif.log_odds(), 0)
    drawn = motif.sample(20_001, 3)
    scores = odds[np.arange(12), drawn].sum(axis=1)
    median = StrengthSampler(motif, 0.5, 0.5).scores[0]
    assert abs((scores <= median).mean() - 0.5) < 0.03


def test_all_strengths_is_the_motif(rng) -> None:
    motif = random_motif(rng, 9)
    codes = motif.sample(50_000, 5, strength=(0, 1))
    seen = np.stack([(codes == a).mean(axis=0) for a in range(4)], axis=1)
    np.testing.assert_allclose(seen, motif.frequencies, atol=0.015)


def test_the_same_uniforms_give_the_same_letters(rng) -> None:
    motif = random_motif(rng, 7)
    uniforms = rng.random((70_000, 7))  # more than one block
    whole = StrengthSampler(motif, 0.2, 0.9).codes(uniforms)
    again = StrengthSampler(motif, 0.2, 0.9)
    np.testing.assert_array_equal(whole[65_000:], again.codes(uniforms[65_000:]))


def test_letters_of_no_difference_leave_one_strength() -> None:
    sampler = StrengthSampler(Motif.from_iupac("CANNTG"), 0.5, 0.5)
    assert sampler.share == 1
    assert sampler.scores == pytest.approx((8, 8))


def test_proteins() -> None:
    motif = Motif.from_iupac("PXXP", PROTEIN)
    codes = motif.sample(100, 1, strength=0.5)
    assert (codes[:, [0, 3]] == PROTEIN.letters.index("P")).all()


def test_a_wide_motif_takes_a_coarser_unit() -> None:
    counts = np.tile([1e9, 1, 1, 1], (300, 1))
    sampler = StrengthSampler(Motif.from_counts(counts), 0.1, 1)
    assert 0.001 < sampler.unit < 0.2
    assert sum(t.nbytes for t in sampler._tables) < 200e6
    assert sampler.codes(np.full((1, 300), 0.5)).tolist() == [[0] * 300]


@pytest.mark.parametrize(
    ("low", "high"), [(-0.1, 0.5), (0.5, 1.1), (0.6, 0.5), (float("nan"), 1)]
)
def test_bad_quantiles(low: float, high: float) -> None:
    with pytest.raises(ValueError, match=r"^quantiles are 0 <= low <= high <= 1, got low="):
        StrengthSampler(Motif.from_iupac("ACGT"), low, high)


def test_bad_uniforms() -> None:
    with pytest.raises(ValueError, match=r"^uniforms must have shape \(n, 4\), got \(2, 3\)"):
        StrengthSampler(Motif.from_iupac("ACGT"), 0, 1).codes(np.zeros((2, 3)))
