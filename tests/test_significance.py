"""significance: known answers, the same bits always, and what each null says."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import fastmi
from fastmi import FastMIError, FastMIWarning, PackedSequences, Significance, significance
from fastmi._adjusting import adjusted
from fastmi.stats import tails
from fastmi.stats.additive import fit_additive
from fastmi.stats.resampling import beyond
from fastmi.stats.tails import Calibration, Check

Codes = np.ndarray


def packed(codes: Codes, **more: Any) -> PackedSequences:
    return PackedSequences.from_codes(codes, alphabet="dna", **more)


def random_set(n: int, length: int, seed: int) -> Codes:
    return np.random.default_rng(seed).integers(0, 4, (n, length)).astype(np.uint8)


def planted(n: int = 4000, share: float = 0.15, seed: int = 1) -> Codes:
    """Letters 2 and 9 agree in some sequences."""
    codes = random_set(n, 12, seed)
    some = np.random.default_rng((seed, 1)).random(n) < share
    codes[some, 9] = codes[some, 2]
    return codes


def pairs_of(found: Significance) -> np.ndarray:
    return found.p[found.result.pairs()]


# --------------------------------------------------------------------------- independence


def test_planted_pair_stands_out_alone() -> None:
    found = significance(packed(planted()), 1, rng=1)
    assert found.top_pairs()[["i", "j"]].tolist() == [(2, 9)]
    assert found.n_significant() == 1
    assert found.p[2, 9] == found.p[9, 2] < 1e-6
    assert found.adjusted("holm")[2, 9] < 0.01
    assert found.q[2, 9] <= found.adjusted("by")[2, 9] <= 66 * found.p[2, 9] * 5
    assert "dependent, not" in found.explained
    assert "1 of 66 pairs" in repr(found)


def test_p_are_those_of_permutations() -> None:
    """Of one pair of a small set, against 20,000 permutations of its letters."""
    rng = np.random.default_rng(3)
    codes = random_set(60, 4, 3)
    codes[:25, 3] = codes[:25, 0]
    found = significance(packed(codes), 1, rng=2, n_sets=0)
    from fastmi import _reference

    def x2(column: Codes) -> float:
        table = np.bincount(codes[:, 0] * 4 + column, minlength=16).reshape(4, 4)
        return _reference.x2_table(table)

    seen = x2(codes[:, 3])
    drawn = np.array([x2(rng.permutation(codes[:, 3])) for _ in range(20_000)])
    assert found.x2 is not None
    assert found.x2[0, 3] == pytest.approx(seen, rel=1e-9)
    wanted = (drawn >= seen - 1e-9).mean()
    assert found.p[0, 3] == pytest.approx(wanted, abs=4 * np.sqrt(wanted / 20_000) + 2e-4)


def test_same_bits_for_any_number_of_threads_and_ways_in() -> None:
    codes = planted(500)
    one = significance(packed(codes), 2, rng=5, n_threads=1)
    for other in (
        significance(packed(codes), 2, rng=5, n_threads=3),
        significance(packed(codes).to_strings(), 2, rng=5),
        significance(fastmi.pairwise_mi(packed(codes), 2), rng=5),
    ):
        for name in ("p", "q", "expected", "x2"):
            assert_array_equal(getattr(one, name), getattr(other, name))
    assert not np.array_equal(one.p, significance(packed(codes), 2, rng=6).p, equal_nan=True)


def test_counts_give_the_same_x2_and_nearly_the_same_p() -> None:
    codes = planted(3000)
    counts = fastmi.JointCounts(12, 1)
    counts.add(packed(codes))
    of_counts, of_sequences = significance(counts, rng=1), significance(packed(codes), 1, rng=1)
    assert_array_equal(of_counts.x2, of_sequences.x2)
    assert_allclose(of_counts.expected, of_sequences.expected, atol=1e-12)
    assert of_counts.top_pairs()["j"].tolist() == [9]
    ordinary = pairs_of(of_sequences) > 0.01
    assert_allclose(pairs_of(of_counts)[ordinary], pairs_of(of_sequences)[ordinary], atol=0.02)
    with pytest.raises(FastMIError, match="counts alone"):
        significance(counts, null="pool", pool=packed(codes))
    with pytest.raises(FastMIError, match="counts only"):
        significance(counts, bias="permutation")


def test_read_counts_are_copies() -> None:
    codes = planted(300)
    times = np.random.default_rng(4).integers(1, 5, 300)
    weighted = significance(packed(codes).with_weights(times.astype(float)), 1, n_sets=0)
    copied = significance(packed(np.repeat(codes, times, axis=0)), 1, n_sets=0)
    assert_allclose(weighted.x2, copied.x2, rtol=1e-12)
    assert_allclose(weighted.p, copied.p, rtol=1e-9)
    assert_allclose(weighted.expected, copied.expected, atol=1e-12)


def test_clusters_weigh_as_their_members_together() -> None:
    """Copies with weights 1/m are one sequence each."""
    codes = planted(1500)
    times = np.random.default_rng(4).integers(1, 5, len(codes))
    heavy = packed(np.repeat(codes, times, axis=0)).with_weights(np.repeat(1 / times, times))
    one = significance(packed(codes), 1, n_sets=0)
    clustered = significance(heavy, 1, n_sets=0)
    assert_allclose(clustered.x2, one.x2, rtol=1e-6)
    assert_allclose(clustered.p, one.p, rtol=1e-5)
    assert_allclose(clustered.expected, one.expected, atol=1e-8)


def test_large_weights_are_worth_no_more_than_their_spread_allows() -> None:
    codes = random_set(2000, 8, 1)
    weights = np.random.default_rng(2).exponential(size=2000) * 1000.5
    found = significance(packed(codes).with_weights(weights), 1, rng=1)
    assert found.n_significant() == 0
    assert pairs_of(found).min() > 1e-4


def test_fractions_in_counts_are_worth_no_more_than_the_sequences() -> None:
    codes = random_set(1000, 6, 1)
    weights = np.random.default_rng(2).uniform(15, 25, 1000)
    counts = fastmi.JointCounts(6, 1, weighted=True)
    counts.add(packed(codes).with_weights(weights))
    found = significance(counts, rng=1)
    assert found.n_significant() == 0
    even = fastmi.JointCounts(6, 1, weighted=True)
    even.add(packed(codes).with_weights(np.full(1000, 20.5)))
    one = significance(packed(codes), 1, n_sets=0)
    again = significance(even)
    assert_allclose(again.x2, one.x2, rtol=1e-9)
    assert_allclose(again.expected, one.expected, atol=1e-9)


def test_missing_letters() -> None:
    codes = planted(3000)
    codes[np.random.default_rng(2).random(codes.shape) < 0.2] = 255
    found = significance(packed(codes, unknown="skip"), 1, rng=1)
    assert found.top_pairs()["j"].tolist() == [9]
    codes[:, 5] = 255
    empty = significance(packed(codes, unknown="skip"), 1, rng=1)
    assert np.isnan(empty.p[5, 7]) or empty.p[5, 7] == 1
    assert empty.top_pairs()["j"].tolist() == [9]


def test_positions_that_never_vary_have_p_one() -> None:
    codes = random_set(500, 6, 1)
    codes[:, 3] = 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FastMIWarning)  # conserved
        found = significance(packed(codes), 1, rng=1)
    assert (found.p[3, [0, 1, 2, 4, 5]] == 1).all()


@pytest.mark.parametrize("bias", ["analytic", "permutation", "none"])
def test_bias(bias: str) -> None:
    codes = random_set(300, 8, 1)
    with pytest.warns(FastMIWarning, match="4,096 cells"):
        found = significance(packed(codes), 3, bias=bias, rng=1, n_sets=40, pseudocount=0)
    mean = np.nanmean(found.corrected)
    if bias == "none":
        assert_array_equal(found.corrected, found.result.matrix)
        assert mean > 1
    else:
        assert abs(mean) < 0.05


def test_miller_and_madow() -> None:
    codes = random_set(2000, 6, 1)
    found = significance(packed(codes), 1, bias="miller-madow", pseudocount=0, rng=1)
    wanted = 9 / (2 * 2000 * np.log(2))  # every cell is filled
    assert_allclose(found.expected[found.result.pairs()], wanted)
    with pytest.raises(ValueError, match="pseudocount=0"):
        significance(packed(codes), 1, bias="miller-madow")


# ------------------------------------------------------------------------ nulls that are drawn


def selected(interact: float, seed: int = 1) -> tuple[PackedSequences, PackedSequences]:
    """A pool of scored sequences, and the best of them."""
    rng = np.random.default_rng(seed)
    codes = random_set(8000, 8, seed)
    scores = rng.normal(size=(8, 4))[np.arange(8), codes].sum(axis=1)
    scores += interact * (codes[:, 1] == codes[:, 6]) + 0.3 * rng.normal(size=8000)
    pool = packed(codes).with_scores(np.exp(scores))
    return pool[np.sort(np.argsort(-scores)[:800])], pool


def test_selection_alone_is_no_interaction() -> None:
    best, pool = selected(0.0)
    assert significance(best, 1, rng=1).n_significant() > 5
    found = significance(best, 1, null="additive", pool=pool, rng=1)
    assert found.n_significant() == 0
    assert found.settings["explained"] > 0.9
    assert found.settings["selection"] == "top 800"


def test_sequences_of_another_selection_are_noticed() -> None:
    best, pool = selected(1.0)
    with pytest.warns(FastMIWarning, match="not 'bottom 800' of the pool.* deviations lower"):
        significance(best, 1, null="additive", pool=pool, selection="bottom", n_sets=10)
    others = pool[np.arange(800)]
    with pytest.warns(FastMIWarning, match="not 'top 800' of the pool.* deviations higher"):
        significance(others, 1, null="additive", pool=pool, n_sets=10)


def test_interaction_is_found() -> None:
    best, pool = selected(2.0)
    found = significance(best, 1, null="additive", pool=pool, rng=1)
    (first, *others) = found.top_pairs()[["i", "j"]].tolist()
    assert first == (1, 6)
    assert all({1, 6} & set(pair) for pair in others)  # the docs say so
    assert len(others) < 2
    assert "interaction" in found.explained
    again = significance(best, 1, null="additive", pool=pool, scores=np.log(pool.scores), rng=1)
    assert_array_equal(again.p, found.p)  # ranks are all that matters


@pytest.mark.parametrize("n_sets", [12, 100])
def test_few_sets_leave_their_spread_in_doubt(n_sets: int) -> None:
    """Of normal values; without Student's, 5 and 1.3 times too many are at most 0.001."""
    sets = np.random.default_rng(1).normal(size=(n_sets, 600_000 // n_sets))
    trials = beyond(sets[0], sets).trials
    for level in (0.05, 0.01, 0.001):
        assert (trials <= level).mean() == pytest.approx(level, rel=0.15)


def test_random_subsets_of_a_pool() -> None:
    pool = packed(planted(6000, 0.5))
    chosen = np.sort(np.random.default_rng(1).choice(6000, 600, replace=False))
    found = significance(pool[chosen], 1, null="pool", pool=pool, rng=1)
    assert found.n_significant() == 0
    assert significance(pool[chosen], 1, rng=1).n_significant() == 1
    codes = pool.to_codes()
    alike = np.flatnonzero(codes[:, 2] == codes[:, 9])[:600]
    found = significance(pool[alike], 1, null="pool", pool=pool, rng=1)
    assert found.top_pairs()[["i", "j"]].tolist() == [(2, 9)]


def test_distance_forgets_what_is_everywhere() -> None:
    """A Markov chain depends on itself at distance 1 anywhere; a planted pair at one place."""
    rng = np.random.default_rng(2)
    codes = random_set(3000, 24, 2)
    for i in range(1, 24):
        same = rng.random(3000) < 0.3
        codes[same, i] = codes[same, i - 1]
    codes[:900, 17] = codes[:900, 5]
    found = significance(packed(codes), 1, null="distance", rng=1)
    top = found.top_pairs()
    assert (top["i"][0], top["j"][0]) == (5, 17)
    neighbours = np.arange(23), np.arange(1, 24)
    assert (significance(packed(codes), 1, rng=1).q[neighbours] < 1e-6).all()
    assert (found.q[neighbours] > 0.01).all()
    assert np.isnan(found.p[0, 23])  # further apart than shifted sequences reach


def test_distance_where_some_pairs_have_no_sequence() -> None:
    """They have no p, and take none from others at their distance."""
    codes = random_set(2000, 12, 3)
    codes[:, 10] = codes[:, 9]  # at one place only
    codes[:, 4] = 255
    codes[40:, 0] = 255
    codes[:40, 1] = 255
    found = significance(packed(codes, unknown="skip"), 1, null="distance", rng=1)
    assert np.isnan(found.p[0, 1])
    assert np.isnan(found.p[4]).all()
    assert found.p[9, 10] < 0.01
    codes = np.full((20, 8), 255, np.uint8)
    codes[np.arange(20), np.arange(20) % 8] = 0
    codes[:10, 2] = codes[:10, 5] = np.arange(10) % 4
    few = significance(
        packed(codes, unknown="skip"), 1, null="distance", n_sets=10, rng=1, pseudocount=0
    )
    assert np.isnan(few.p[np.isnan(few.result.matrix)]).all()


def test_given_samples() -> None:
    sets = [packed(random_set(1000, 12, seed)) for seed in range(40)]
    found = significance(packed(planted(1000)), 1, null="samples", samples=sets)
    assert found.top_pairs()["j"].tolist() == [9]
    with pytest.raises(FastMIError, match="10 or more"):
        significance(sets[0], 1, null="samples", samples=sets[1:4])
    with pytest.raises(FastMIError, match="length 6"):
        significance(sets[0], 1, null="samples", samples=[packed(random_set(9, 6, 1))] * 10)


def test_drawn_nulls_have_the_same_bits_for_any_threads() -> None:
    best, pool = selected(1.0)
    one, two = (
        significance(best, 1, null="additive", pool=pool, rng=3, n_sets=20, n_threads=n)
        for n in (1, 2)
    )
    assert_array_equal(one.p, two.p)
    assert_array_equal(one.expected, two.expected)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"null": "chance"}, "null must be one of independence, pool"),
        ({"bias": "some"}, "bias must be one of analytic"),
        ({"null": "pool"}, "needs pool=, all sequences"),
        ({"null": "samples"}, "needs samples=, random sets"),
        ({"pool": packed(random_set(9, 4, 1))}, "has no use for pool="),
        ({"scores": [1.0]}, "has no use for scores="),
        ({"n_sets": -1}, "n_sets must be"),
        ({"null": "distance", "n_sets": 3}, "n_sets must be a whole number from 10 up"),
        ({"null": "additive", "pool": packed(random_set(99, 12, 1))}, "needs scores="),
        (
            {"null": "additive", "pool": packed(random_set(99, 12, 1)), "scores": [1.0]},
            r"scores have the shape \(1,\)",
        ),
    ],
)
def test_wrong_parameters(how: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        significance(packed(planted(50)), 1, **how)


def test_wrong_data() -> None:
    data = packed(planted(200))
    small = packed(random_set(50, 12, 1))
    with pytest.raises(FastMIError, match="cannot all come from it"):
        significance(data, 1, null="pool", pool=small)
    with pytest.raises(FastMIError, match="length 5, the data"):
        significance(data, 1, null="pool", pool=packed(random_set(500, 5, 1)))
    with pytest.raises(TypeError, match="PackedSequences"):
        significance(data, 1, null="pool", pool=["ACGT"])  # type: ignore[arg-type]
    with pytest.raises(FastMIError, match="37 numbers"):
        significance(small[:20], 1, null="additive", pool=small, scores=np.arange(50.0))
    scores = np.arange(200.0)
    scores[3] = np.nan
    with pytest.raises(FastMIError, match="score 3 of the pool is not finite"):
        significance(data, 1, null="additive", pool=data, scores=scores)
    with pytest.raises(ValueError, match="a map of JS"):
        significance(fastmi.pairwise_distance(data, 1))
    with pytest.raises(FastMIError, match="both strands of a sequence"):
        significance(fastmi.pairwise_mi(data, 1, both_strands=True))
    counts = fastmi.JointCounts(12, 1)
    counts.add(data)
    with pytest.raises(FastMIError, match="both strands of a sequence"):
        significance(counts.symmetrised())
    with pytest.raises(ValueError, match="weights= is for sequences"):
        significance(fastmi.pairwise_mi(data, 1), weights=np.ones(200))
    with pytest.raises(FastMIError, match="short to be shifted"):
        significance(packed(random_set(50, 3, 1)), 1, null="distance")


def test_worth_that_is_no_whole_number() -> None:
    """Between those of the whole numbers beside it, and smooth."""
    from fastmi.stats.expected import expected_mi

    found = [
        expected_mi(np.full((2, 4), n / 4), 1, pseudocount)[0]
        for pseudocount in (0.0, 5.0)
        for n in (200, 200.25, 200.5, 200.75, 201)
    ]
    for five in (found[:5], found[5:]):
        assert (np.diff(five) < 0).all()
        assert five[0] - five[4] < 0.01 * five[0]


def test_missing_letters_leave_the_worth_of_weights_alone() -> None:
    codes = random_set(1000, 5, 2)
    weights = np.r_[np.full(100, 50.5), np.full(900, 0.5)]
    whole = significance(packed(codes).with_weights(weights), 1, n_sets=0, pseudocount=0)
    codes[0, 0] = 255
    some = packed(codes, unknown="skip").with_weights(weights)
    found = significance(some, 1, n_sets=0, pseudocount=0)
    assert found.expected[1, 2] == pytest.approx(whole.expected[1, 2], rel=1e-6)
    drawn = significance(some, 1, n_sets=30, pseudocount=0, bias="permutation")
    assert drawn.expected[1, 2] == pytest.approx(whole.expected[1, 2], rel=0.4)


def test_heavy_weights_are_not_all_drawn() -> None:
    heavy = packed(random_set(300, 5, 1)).with_weights(np.full(300, 1e6))
    analytic, drawn = (
        significance(heavy, 1, pseudocount=0, n_sets=4, bias=bias, rng=1)
        for bias in ("analytic", "permutation")
    )
    at = analytic.result.pairs()
    assert drawn.expected[at].mean() == pytest.approx(analytic.expected[at].mean(), rel=0.5)


def test_what_no_sequence_has_is_no_test() -> None:
    codes = random_set(500, 6, 1)
    codes[:, 2] = 255
    found = significance(packed(codes, unknown="skip"), 1, rng=1, n_sets=5)
    assert np.isnan(found.p[2, 4])
    assert found.n_tests == 10


def test_more_wrong_data() -> None:
    best, pool = selected(1.0)
    with pytest.raises(FastMIError, match=r"are 1,600 of 8,000 sequences, and the data 800"):
        significance(best, 1, null="additive", pool=pool, selection="quantiles 0.2 to 0.4")
    with pytest.raises(TypeError, match="words or a Selection"):
        significance(best, 1, null="additive", pool=pool, selection=None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="real numbers"):
        significance(best, 1, null="additive", pool=pool, scores=pool.scores + 1j)
    with pytest.raises(TypeError, match="rows of several lengths"):
        significance(best, 1, null="additive", pool=pool, scores=[[1.0], [2.0, 3.0]])  # type: ignore[list-item]
    with pytest.raises(FastMIError, match=r"512,000,000,000 bytes, .*take fewer sets"):
        significance(best, 1, n_sets=10**9)
    with pytest.raises(TypeError, match="a list of sets, got int"):
        significance(best, 1, null="samples", samples=5)  # type: ignore[arg-type]
    with pytest.raises(FastMIError, match="with weights are no subset"):
        significance(best.with_weights(np.ones(800)), 1, null="pool", pool=pool)
    weighted = packed(random_set(800, 8, 1)).with_weights(np.ones(800))
    with pytest.raises(FastMIError, match="both have weights"):
        significance(best, 1, null="samples", samples=[weighted] * 10)
    few = [packed(random_set(700, 8, seed)) for seed in range(10)]
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        significance(best, 1, null="samples", samples=few)
    assert any("10 of 10 random sets have not as many" in str(one.message) for one in said)


def test_nothing_varies_and_nothing_is_found() -> None:
    same = packed(np.zeros((50, 8), np.uint8))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FastMIWarning)
        found = significance(same, 1, null="distance", n_sets=10)
        assert (found.p[~np.isnan(found.p)] == 1).all()
        found = significance(same, 1, n_sets=3)
    assert (found.p[~np.isnan(found.p)] == 1).all()


# ------------------------------------------------------------------------------ the result


def test_unchecked_and_impossible_files(tmp_path: Path) -> None:
    found = significance(packed(planted(100)), 1, n_sets=0)
    assert str(found.check) == "not checked"
    found.save(tmp_path / "a.npz")
    assert fastmi.load(tmp_path / "a.npz").about() == found.about()
    p = found.p.copy()
    p[0, 1] = p[1, 0] = -1
    replace(found, p=p).save(tmp_path / "b.npz")
    with pytest.raises(FastMIError, match="are impossible"):
        fastmi.load(tmp_path / "b.npz")
    expected = found.expected.copy()
    expected[0, 1] = 9.0
    replace(found, expected=expected).save(tmp_path / "b.npz")
    with pytest.raises(FastMIError, match="are not symmetric"):
        fastmi.load(tmp_path / "b.npz")
    for change in ({"measure": "JS"}, {"n_sequences": 2**63}):
        replace(found, result=replace(found.result, **change)).save(tmp_path / "b.npz")  # type: ignore[arg-type]
        with pytest.raises(FastMIError, match="its description is damaged"):
            fastmi.load(tmp_path / "b.npz")


def test_saved_and_loaded(tmp_path: Path) -> None:
    best, pool = selected(1.0)
    for found in (
        significance(best, 1, rng=1),
        significance(best, 1, null="additive", pool=pool, rng=1, n_sets=12),
    ):
        found.save(tmp_path / "a.npz")
        again = fastmi.load(tmp_path / "a.npz")
        assert isinstance(again, Significance)
        for name in ("p", "q", "expected", "corrected"):
            assert_array_equal(getattr(found, name), getattr(again, name))
        assert again.about() == found.about()
        again.save(tmp_path / "b.npz")
        assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_table(tmp_path: Path) -> None:
    found = significance(packed(planted()), 1, rng=1)
    found.to_tsv(tmp_path / "pairs.tsv")
    lines = (tmp_path / "pairs.tsv").read_text().splitlines()
    header = lines[0].split("\t")
    assert header[:9] == [
        "i",
        "j",
        "distance",
        "mi_bits",
        "n",
        "expected",
        "corrected",
        "p",
        "q",
    ]
    assert lines[1].startswith("2\t9\t7\t")
    assert len(lines) == 67
    found.to_tsv(tmp_path / "few.tsv", q=0.05)
    assert len((tmp_path / "few.tsv").read_text().splitlines()) == 2
    table = found.top_pairs(None, q=None)
    assert (np.diff(table["corrected"]) <= 0).all()
    assert_allclose(table["value"] - table["expected"], table["corrected"])
    with pytest.raises(ValueError, match="q must be between 0 and 1"):
        found.top_pairs(q=2)
    with pytest.raises(ValueError, match="correction must be one of bh, by, holm"):
        found.adjusted("none")


def test_q_are_of_all_pairs() -> None:
    found = significance(packed(planted(400)), 1, rng=1)
    at = found.result.pairs()
    assert_array_equal(found.q[at], adjusted(found.p[at], "bh"))
    assert_array_equal(found.q, found.q.T)


# -------------------------------------------------------------------------------- the check


def test_small_p_in_trials_are_noticed_and_undone() -> None:
    uniform = np.random.default_rng(1).random((20, 40, 40))
    good, bad = Calibration(uniform, "trials"), Calibration(uniform**1.5, "trials")
    assert good.check.failed == ()
    assert bad.check.failed == tails.LEVELS[:3]  # of the last one, 3 trials are expected
    assert str(bad.check).startswith("0.14 of p <= 0.05")
    p = np.array([0.5, 0.05, 0.01, 0.001, 1e-5])
    # the trials' own p are given back as uniform: 0.001^1.5 is a p of 0.001
    assert_allclose(bad.corrected(p[:4] ** 1.5), p[:4], rtol=0.35)
    assert_allclose(good.corrected(p[:4]), p[:4], rtol=0.35)
    for calibration in (good, bad):
        fine = np.sort(calibration.corrected(np.logspace(0, -300, 2000)))
        assert_array_equal(fine[::-1], calibration.corrected(np.logspace(0, -300, 2000)))
        assert (calibration.corrected(p) >= p).all()


def test_heavy_tails_are_not_believed() -> None:
    """P that are right down to 0.01 and far too small beyond."""
    p = np.random.default_rng(2).random((20, 50, 50))
    p = np.where(p < 0.01, 0.01 * (p / 0.01) ** 6, p)
    calibration = Calibration(p, "trials")
    assert calibration.corrected(np.array([1e-9]))[0] > 1e-4
    assert calibration.check.failed


def test_few_trials_end_where_they_end() -> None:
    calibration = Calibration(np.random.default_rng(3).random((3, 10, 10)), "trials")
    assert calibration.check.tail is None
    assert calibration.check.least_p == 1 / 301
    assert calibration.corrected(np.array([1e-300, np.nan]))[0] == 1 / 301
    assert np.isnan(calibration.corrected(np.array([np.nan]))[0])


def test_fitted_tails_are_on_the_safe_side() -> None:
    """Of 50 sets of uniform trials, extrapolated p at 1e-7 are rarely below the truth."""
    below = 0
    for seed in range(50):
        trials = np.random.default_rng((4, seed)).random((10, 60, 60))
        calibration = Calibration(trials, "trials")
        assert calibration.check.tail is not None
        found = calibration.corrected(np.array([1e-7]))[0]
        assert 1e-7 <= found < 1e-3
        below += found < 1.0001e-7
    assert below < 40


def test_check_round_trip() -> None:
    check = Calibration(np.random.default_rng(3).random((10, 60, 60)), "trials").check
    assert Check.from_about(check.about()) == check
    about = {**check.about(), "tail": [1.0]}
    with pytest.raises(ValueError, match="four numbers"):
        Check.from_about(about)


# ------------------------------------------------------------------------------- additive fits


@pytest.mark.parametrize("link", [lambda y: y, np.exp, lambda y: 1 / (1 + np.exp(-3 * y))])
def test_additive_fit_finds_the_sum_behind_any_rising_function(link: Any) -> None:
    rng = np.random.default_rng(1)
    codes, weights = random_set(6000, 6, 1), rng.normal(size=(6, 4))
    truth = weights[np.arange(6), codes].sum(axis=1)
    fitted = fit_additive(packed(codes), link(truth))
    assert np.corrcoef(fitted.sums, truth)[0, 1] > 0.999
    assert fitted.explained > 0.99
    off = weights - weights.mean(axis=1, keepdims=True)
    assert np.corrcoef(off.ravel(), fitted.weights.ravel())[0, 1] > 0.999


def test_additive_fit_heeds_the_scores_that_say_most() -> None:
    """Noise drowns an exponential's low end, and selection looks at its high one."""
    rng = np.random.default_rng(1)
    codes, weights = random_set(20_000, 10, 1), rng.normal(size=(10, 4))
    truth = weights[np.arange(10), codes].sum(axis=1)
    scores = np.exp((truth - truth.mean()) / truth.std()) + 0.3 * rng.normal(size=20_000)
    best = truth > np.quantile(truth, 0.9)
    fitted = fit_additive(packed(codes), scores).sums[best]
    assert np.corrcoef(fitted, truth[best])[0, 1] > 0.9998  # all scores alike: 0.9994


def test_exchanged_scores_are_the_scores() -> None:
    codes = random_set(3000, 5, 1)
    scores = np.random.default_rng(1).normal(size=3000) + codes[:, 2]
    fitted = fit_additive(packed(codes), scores)
    drawn = fitted.exchanged(7, 0)
    assert_array_equal(np.sort(drawn), np.sort(scores))
    assert (drawn != scores).mean() > 0.9
    assert np.corrcoef(drawn, fitted.sums)[0, 1] == pytest.approx(
        np.corrcoef(scores, fitted.sums)[0, 1], abs=0.02
    )
    assert_array_equal(drawn, fitted.exchanged(7, 0))
    assert (fitted.exchanged(7, 1) != drawn).any()


def test_constant_scores_explain_nothing() -> None:
    fitted = fit_additive(packed(random_set(500, 5, 1)), np.ones(500))
    assert fitted.explained == 0
    assert np.isfinite(fitted.sums).all()
