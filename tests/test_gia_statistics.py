"""Statistics of local importances: known numbers, SciPy row by row, hard numbers, same bits.

What is said of a row does not depend on the rows beside it, on blocks or on threads.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import product
from math import fsum, nan, sqrt
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from fastmi._adjusting import CORRECTIONS, adjusted
from fastmi.gia import _bootstrap, _means, statistics
from fastmi.gia._testing import TESTS
from fastmi.gia.statistics import Statistics, describe, describe_ratios

T = Statistics()
BOOTSTRAP = Statistics(interval="bootstrap", resamples=1999)
WILCOXON = Statistics(test="wilcoxon")


def one(local, statistics: Statistics = T, sd: float | None = None) -> np.void:
    """What is said of a single effect."""
    return describe([local], statistics, None if sd is None else [sd])[0]


# ------------------------------------------------------------------------------ known numbers


def test_numbers_worked_by_hand() -> None:
    # mean 3, variance 10/4, se = sqrt(2.5 / 5) = 0.70711, t = 4.24264 with 4 degrees of
    # freedom, whose 0.975 quantile is 2.776445
    row = one([1, 2, 3, 4, 5], sd=6)
    assert row["effect"] == 3
    assert row["se"] == pytest.approx(sqrt(0.5), rel=1e-14)
    assert row["low"] == pytest.approx(3 - 2.776445 * sqrt(0.5), abs=1e-6)
    assert row["high"] == pytest.approx(3 + 2.776445 * sqrt(0.5), abs=1e-6)
    assert row["effect_in_sd"] == 0.5
    # P(|T| > t) of 4 degrees of freedom is 1 - 1.5 s + 0.5 s^3 with s = t / sqrt(t^2 + 4)
    s = sqrt(18 / 22)
    assert row["p"] == pytest.approx(1 - 1.5 * s + 0.5 * s**3, rel=1e-12)
    assert row["p_minimal"] == row["q"] == row["p"]


def test_signed_ranks_worked_by_hand() -> None:
    # 1, 2, 3, 4 up and 5 down: of 32 signs, those with a sum of negative ranks up to 5 are
    # {}, 1, 2, 3, 4, 5, 12, 13, 14, 23; and as many with that of the positive ranks
    assert one([1, 2, 3, 4, -5], WILCOXON)["p"] == pytest.approx(20 / 32)
    assert one([1, 2, 3, 4, 5], WILCOXON)["p"] == pytest.approx(2 / 32)


def test_zeros_take_the_lowest_ranks_and_drop_out() -> None:
    # 60 zeros, then ranks 61 to 70, all positive: their sum is 655, half of it expected, and
    # the variance is the sum of their squares / 4; 1/2 for continuity
    local = np.zeros(70)
    local[::7] = np.arange(1, 11)
    spread = sqrt(sum(r * r for r in range(61, 71)) / 4)
    z = (655 / 2 - 0.5) / spread
    assert one(local, WILCOXON)["p"] == pytest.approx(2 * stats.norm.sf(z), rel=1e-12)


def test_holm_and_both_benjaminis_as_r_has_them() -> None:
    # R: p.adjust(c(.01, .02, .03, .04, .05), "BH") and so on
    p = [0.01, 0.02, 0.03, 0.04, 0.05]
    np.testing.assert_allclose(adjusted(p, "bh"), [0.05] * 5)  # 5 p_j / j
    np.testing.assert_allclose(adjusted(p, "by"), [0.05 * 137 / 60] * 5)  # 1 + ... + 1/5
    np.testing.assert_allclose(adjusted(p, "holm"), [0.05, 0.08, 0.09, 0.09, 0.09])
    # 6 p_j / j: .006, .03, .05, .051, .12, .9; nothing is below what comes before
    p = [0.9, 0.001, 0.1, 0.025, 0.034, 0.01]
    np.testing.assert_allclose(adjusted(p, "bh"), [0.9, 0.006, 0.12, 0.05, 0.051, 0.03])
    # 1 .9, 6 .001, 2 .1, 4 .025, 3 .034, 5 .01
    np.testing.assert_allclose(adjusted(p, "holm"), [0.9, 0.006, 0.2, 0.1, 0.102, 0.05])
    assert adjusted([0.7, 0.8, 0.9], "holm").tolist() == [1, 1, 1]
    assert adjusted([], "bh").shape == (0,)


@pytest.mark.parametrize("correction", CORRECTIONS)
def test_corrections(rng, correction) -> None:
    p = rng.random(500) ** 3
    p[100:120] = p[0]
    q = adjusted(p, correction)
    order = np.argsort(p)
    assert (np.diff(q[order]) >= 0).all()
    assert ((q >= p) & (q <= 1)).all()
    assert len(set(q[100:120])) == 1
    shuffled = rng.permutation(500)
    assert (adjusted(p[shuffled], correction) == q[shuffled]).all()
    # what has no p is not counted
    gaps = np.full(1000, nan)
    gaps[::2] = p
    np.testing.assert_array_equal(adjusted(gaps, correction)[::2], q)
    assert np.isnan(adjusted(gaps, correction)[1::2]).all()
    if correction != "holm" and hasattr(stats, "false_discovery_control"):  # SciPy 1.11
        np.testing.assert_allclose(stats.false_discovery_control(p, method=correction), q)


def test_the_minimal_effect_worked_by_hand() -> None:
    # mean 3, se sqrt(0.5); 0.25 of 4 is 1: t of 2 / se and 4 / se
    row = one([1, 2, 3, 4, 5], Statistics(minimal=0.25), sd=4)
    expected = stats.t.sf(2 / sqrt(0.5), 4) + stats.t.sf(4 / sqrt(0.5), 4)
    assert row["p_minimal"] == pytest.approx(expected, rel=1e-12)
    assert row["p"] == one([1, 2, 3, 4, 5])["p"]
    # an effect on the bound, or inside
    assert one([1, 2, 3, 4, 5], Statistics(minimal=3), sd=1)["p_minimal"] > 0.5
    assert one([-1, 1, -2, 2], Statistics(minimal=3), sd=1)["p_minimal"] == 1


def test_the_minimal_effect_and_the_t_test(rng) -> None:
    local, sd = rng.normal(0.2, 1, (200, 25)), np.ones(200)
    two_sided = describe(local, T, sd)
    assert (two_sided["p_minimal"] == two_sided["p"]).all()
    assert (describe(local, T)["p_minimal"] == two_sided["p"]).all()  # 0 of anything is 0
    last = two_sided["p"]
    for minimal in (0.01, 0.1, 0.3, 1):
        p = describe(local, Statistics(minimal=minimal), sd)["p_minimal"]
        assert ((p > last) & (p <= 1)).all()
        last = p
    flipped = describe(-local, Statistics(minimal=1), sd)["p_minimal"]
    assert (flipped == last).all()


# -------------------------------------------------------------------- SciPy, one row at a time


@pytest.mark.parametrize("n", [2, 3, 10, 50, 51, 200])
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
def test_t_is_scipys(rng, n, confidence) -> None:
    local = rng.exponential(size=(20, n)) - 0.8
    table = describe(local, Statistics(confidence=confidence))
    for row, x in zip(table, local, strict=True):
        test = stats.ttest_1samp(x, 0)
        low, high = test.confidence_interval(confidence)
        expected = (x.mean(), stats.sem(x), low, high, test.pvalue)
        found = [row[name] for name in ("effect", "se", "low", "high", "p")]
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("n", [2, 10, 50])
def test_signed_ranks_without_ties_are_scipys(rng, n) -> None:
    local = rng.normal(0.1, 1, (30, n))
    expected = [stats.wilcoxon(x, method="exact").pvalue for x in local]
    np.testing.assert_allclose(describe(local, WILCOXON)["p"], expected, rtol=1e-12)


@pytest.mark.parametrize("n", [51, 200, 2001])
def test_signed_ranks_of_many_backgrounds_are_scipys(rng, n) -> None:
    local = rng.normal(0.1, 1, (30, n))
    local[10:20] = np.rint(2 * local[10:20])  # ties, zeros
    local[20:] *= rng.random((10, n)) < 0.3
    options = {"zero_method": "pratt", "correction": True, "method": "approx"}
    expected = [stats.wilcoxon(x, **options).pvalue for x in local]
    np.testing.assert_allclose(describe(local, WILCOXON)["p"], expected, rtol=1e-12)


@pytest.mark.parametrize("n", [2, 3, 9])
def test_signed_ranks_with_ties_are_those_of_all_signs(rng, n) -> None:
    local = np.rint(rng.normal(0.5, 1.5, (40, n)))
    local[:, 0] = 1
    signs = np.array(list(product((-1, 1), repeat=n)))
    for found, x in zip(describe(local, WILCOXON)["p"], local, strict=True):
        ranks = np.where(x == 0, 0, stats.rankdata(np.abs(x)))
        beyond = np.abs(signs @ ranks) >= abs(np.sign(x) @ ranks)
        assert found == beyond.mean()


@pytest.mark.parametrize("n", [2, 5, 30, 200])
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_the_bootstrap_is_scipys_of_the_same_resamples(rng, n, confidence) -> None:
    local = 5 + rng.exponential(size=(6, n)) ** 2
    local[3:] = np.rint(local[3:])
    local[:, 0] = 2
    statistics = Statistics(confidence, "bootstrap", resamples=999, seed=11)
    table = describe(local, statistics)
    counts = _bootstrap._counts(11, 0, 999, n)
    assert (counts.sum(axis=1) == n).all()
    for row, x in zip(table, local, strict=True):
        # the middle of ties is lost where equal means are rounded differently
        means = np.round(counts @ x / n, 12)
        mean = np.round(x.mean(), 12)
        expected = stats.bootstrap(
            (x,),
            lambda values, axis=-1: np.round(np.mean(values, axis=axis), 12),
            confidence_level=confidence,
            n_resamples=0,
            bootstrap_result=SimpleNamespace(bootstrap_distribution=means),
        ).confidence_interval
        assert mean == pytest.approx(row["effect"], abs=1e-11)
        assert (row["low"], row["high"]) == pytest.approx(tuple(expected), abs=1e-9)


def test_resamples_are_drawn_evenly() -> None:
    counts = _bootstrap._counts(3, 0, 20_000, 7)
    # each of 140,000 draws takes one of seven with the same chance
    assert stats.chisquare(counts.sum(axis=0)).pvalue > 1e-4
    # a background is in a resample Binomial(7, 1/7) times
    expected = stats.binom.pmf(np.arange(5), 7, 1 / 7)
    seen = (counts[:, 0] == np.arange(5)[:, None]).mean(axis=1)
    np.testing.assert_allclose(seen, expected, atol=4 * 0.5 / sqrt(20_000))


def test_seeds_and_numbers_of_resamples(rng) -> None:
    local = rng.normal(size=(3, 40))
    lows = [
        describe(local, Statistics(interval="bootstrap", resamples=b, seed=seed))["low"]
        for b, seed in ((999, 0), (999, 0), (999, 1), (1000, 0))
    ]
    assert (lows[0] == lows[1]).all()
    assert (lows[0] != lows[2]).all()
    assert (lows[0] != lows[3]).all()


# ------------------------------------------------------------------------------ hard numbers


@pytest.mark.parametrize("statistics", [T, BOOTSTRAP])
def test_a_large_offset_loses_nothing(rng, statistics) -> None:
    noise = np.rint(rng.normal(0, 2**20, (20, 1000))) / 2**25  # sums with 2^27 are exact
    plain, offset = describe(noise, statistics), describe(noise + 2.0**27, statistics)
    np.testing.assert_allclose(offset["se"], plain["se"], rtol=1e-12)
    for name in ("effect", "low", "high"):
        np.testing.assert_allclose(offset[name] - 2.0**27, plain[name], atol=2**-25)
    widths = [x["high"] - x["low"] for x in (plain, offset)]
    np.testing.assert_allclose(widths[1], widths[0], atol=2**-24)


@pytest.mark.parametrize("n", [3, 1000, 100_000])
def test_means_are_the_nearest_numbers_or_those_beside_them(rng, n) -> None:
    local = rng.normal(0, 1, (50, n)) + 1e8 * rng.random((50, 1))
    exact = np.array([fsum(row) / n for row in local])
    assert (np.abs(describe(local, T)["effect"] - exact) <= np.spacing(exact)).all()


@pytest.mark.parametrize("statistics", [T, BOOTSTRAP, WILCOXON])
@pytest.mark.parametrize("power", [-900, -20, 20, 900])
def test_numbers_of_any_size(rng, statistics, power) -> None:
    local, factor = rng.normal(0.1, 1, (5, 30)), 2.0**power
    plain = describe(local, statistics, np.ones(5))
    scaled = describe(local * factor, statistics, np.full(5, factor))
    for name in ("effect", "se", "low", "high"):
        assert (scaled[name] == plain[name] * factor).all()
    for name in ("effect_in_sd", "p", "q", "p_minimal"):
        assert (scaled[name] == plain[name]).all()


@pytest.mark.parametrize("interval", statistics.INTERVALS)
@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize("value", [0.1, -1e300, 1e-300])
@pytest.mark.parametrize("n", [2, 10, 1000])
def test_an_effect_that_never_varies(interval, test, value, n) -> None:
    row = one([value] * n, Statistics(interval=interval, test=test, resamples=99))
    assert row["effect"] == row["low"] == row["high"] == value
    assert row["se"] == 0
    assert row["p"] == row["p_minimal"] == 2.0 ** (1 - n)  # n signs that all agree
    row = one([0] * n, Statistics(interval=interval, test=test, resamples=99))
    assert row["effect"] == row["se"] == row["low"] == row["high"] == 0
    assert row["p"] == row["p_minimal"] == 1


@pytest.mark.parametrize("n", [3, 7, 999, 12_345])
def test_no_error_is_made_up_by_rounding(rng, n) -> None:
    local = np.repeat(rng.normal(size=(300, 1)), n, axis=1)
    table = describe(local, T)
    assert (table["se"] == 0).all()
    assert (table["effect"] == local[:, 0]).all()


def test_a_constant_effect_against_a_minimal_one() -> None:
    for value, p in ((0.5, 1), (-0.5, 1), (0.6, 2**-9), (-0.6, 2**-9)):
        assert one([value] * 10, Statistics(minimal=0.25), sd=2)["p_minimal"] == p


@pytest.mark.parametrize("interval", statistics.INTERVALS)
@pytest.mark.parametrize("test", TESTS)
def test_a_single_background_says_nothing_of_errors(interval, test) -> None:
    table = describe([[2.5], [0]], Statistics(interval=interval, test=test), [nan, nan])
    assert table["effect"].tolist() == [2.5, 0]
    for name in statistics.NUMBERS.names[1:]:
        assert np.isnan(table[name]).all()


def test_backgrounds_that_all_score_the_same() -> None:
    row = one([1, 2, 3], Statistics(minimal=0.1), sd=0)
    assert np.isnan(row["effect_in_sd"])
    assert row["p_minimal"] == row["p"]
    assert np.isnan(one([1, 2, 3], Statistics(minimal=0.1))["p_minimal"])


def test_rows_that_are_not_finite_are_left_out(rng) -> None:
    local = rng.normal(0.3, 1, (6, 30))
    alone = describe(local[[0, 2, 4, 5]], T)
    local[1, 3], local[3, 4] = nan, np.inf
    table = describe(local, T)
    assert table[[0, 2, 4, 5]].tobytes() == alone.tobytes()
    assert np.isnan(table[[1, 3]].tolist()).all()
    ratios, values = describe_ratios(local, local[::-1] + 5, T)
    assert np.isnan(ratios[1:5].tolist()).all()
    assert np.isnan(values[1:5]).all()
    assert not np.isnan(ratios["p"][[0, 5]]).any()


def test_no_rows() -> None:
    assert describe(np.zeros((0, 4)), BOOTSTRAP).shape == (0,)
    table, local = describe_ratios(np.zeros((0, 4)), np.zeros((0, 4)), T)
    assert (table.shape, local.shape) == ((0,), (0, 4))


# ------------------------------------------------------------------------------------- ratios


def test_fieller_worked_by_hand() -> None:
    # b: mean 2, variance 2/3 of n = 4, s_bb = 1/6; a = 3 b + (1, -1, -1, 1), which is
    # uncorrelated with b: R = 3, s_dd = 4/3 / 4 = 1/3, s_db = 0. With t = 3.182446 (3 degrees
    # of freedom): (4 - t^2 / 6) x^2 <= t^2 / 3
    b = np.array([1, 2, 2, 3.0])
    a = 3 * b + [1, -1, -1, 1]
    table, local = describe_ratios([a], [b], T)
    t2 = 3.182446**2
    reach = sqrt(t2 / 3 / (4 - t2 / 6))
    row = table[0]
    assert row["effect"] == pytest.approx(3)
    assert (row["low"], row["high"]) == pytest.approx((3 - reach, 3 + reach), rel=1e-6)
    assert row["se"] == pytest.approx(sqrt(1 / 3) / 2)
    np.testing.assert_allclose(local[0], [3.5, 2.5, 2.5, 3.5])


def test_ends_are_where_the_t_test_of_the_difference_turns(rng) -> None:
    a = rng.normal(1, 1, (60, 20))
    b = 0.5 * a + rng.normal(0, 1, (60, 20))
    table, _ = describe_ratios(a, b, T)
    bounded = np.isfinite(table["low"])
    assert 10 < bounded.sum() < 50
    for name, outwards in (("low", -1), ("high", 1)):
        end = table[name][bounded, None]
        at, beyond, inside = (
            describe(a[bounded] - r * b[bounded], T)["p"]
            for r in (end, end + outwards * 1e-3, end - outwards * 1e-3)
        )
        np.testing.assert_allclose(at, 0.05, rtol=1e-7)
        assert (beyond < 0.05).all()
        assert (inside > 0.05).all()
    # no interval is bounded just where mean(b) may be 0
    assert (bounded == (describe(b, T)["p"] < 0.05)).all()
    assert (table["low"][~bounded] == -np.inf).all()
    assert (table["high"][~bounded] == np.inf).all()


def test_local_values_of_a_ratio_have_its_mean_and_error(rng) -> None:
    a, b = rng.normal(1, 1, (20, 200)), rng.normal(2, 1, (20, 200))
    table, local = describe_ratios(a, b, T)
    again = describe(local, T)
    np.testing.assert_allclose(again["effect"], table["effect"], rtol=1e-12)
    np.testing.assert_allclose(again["se"], table["se"], rtol=1e-12)
    # many backgrounds far from 0: Fieller's is the delta method's interval
    np.testing.assert_allclose(again["low"], table["low"], atol=0.02)
    np.testing.assert_allclose(again["high"], table["high"], atol=0.02)
    for name in ("low", "high"):  # but not the same
        assert (again[name] != table[name]).all()
    assert (table["p"] == describe(a - b, T)["p"]).all()
    assert np.isnan(table["effect_in_sd"]).all()
    assert np.isnan(table["p_minimal"]).all()


def test_ratios_to_negative_effects(rng) -> None:
    a, b = rng.normal(1, 1, (20, 30)), rng.normal(1, 1, (20, 30))
    plain, values = describe_ratios(a, b, T)
    turned, turned_values = describe_ratios(a, -b, T)
    assert (turned["effect"] == -plain["effect"]).all()
    assert (turned["se"] == plain["se"]).all()
    assert (turned["low"] == -plain["high"]).all()
    assert (turned["high"] == -plain["low"]).all()
    assert (turned_values == -values).all()


@pytest.mark.parametrize("power", [-400, 400])
def test_ratios_of_numbers_of_any_size(rng, power) -> None:
    a, b = rng.normal(1, 1, (20, 30)), rng.normal(2, 1, (20, 30))
    plain, _ = describe_ratios(a, b, WILCOXON)
    up, _ = describe_ratios(a * 2.0**power, b * 2.0**power, WILCOXON)
    assert (up["low"] == plain["low"]).all()
    assert (up["p"] == plain["p"]).all()
    up, _ = describe_ratios(a * 2.0**power, b, T)
    assert (up["high"] == plain["high"] * 2.0**power).all()


def test_ratios_of_what_does_not_vary() -> None:
    b = np.array([[2.0] * 4, [2] * 4, [0] * 4, [-1, 1, -1, 1]])
    a = np.array([[3.0] * 4, [1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4]])
    table, local = describe_ratios(a, b, T)
    assert table["effect"][:2].tolist() == [1.5, 1.25]
    assert np.isnan(table["effect"][2:]).all()
    assert np.isnan(local[2:]).all()
    assert table["low"][0] == table["high"][0] == 1.5
    expected = describe(a[1:2] / 2, T)[0]
    for name in ("se", "low", "high"):
        assert table[name][1] == pytest.approx(expected[name])
    assert (table["low"][2:] == -np.inf).all()
    assert (table["high"][2:] == np.inf).all()

    table, _ = describe_ratios([[3.0]], [[2.0]], T)
    assert table["effect"] == 1.5
    assert np.isnan([table[name][0] for name in ("se", "low", "high", "p", "q")]).all()


# --------------------------------------------------------------------------------- same bits


@pytest.mark.parametrize("statistics", [T, BOOTSTRAP, WILCOXON])
def test_a_row_does_not_depend_on_others_or_on_blocks(rng, monkeypatch, statistics) -> None:
    local = rng.exponential(size=(101, 37)) * (rng.random((101, 37)) < 0.5)
    local[:30] = rng.normal(size=(30, 37))
    whole = describe(local, statistics, local.std(axis=1))
    names = [name for name in whole.dtype.names if name != "q"]

    order = rng.permutation(101)
    assert (describe(local[order], statistics, local.std(axis=1)[order]) == whole[order]).all()
    for wanted in (local[[50]], np.asfortranarray(local)[50:51], local[50:51, ::-1][:, ::-1]):
        alone = describe(wanted, statistics, local.std(axis=1)[[50]])
        assert all(alone[name] == whole[name][50] for name in names)
    ratios, values = describe_ratios(local, local + 1, statistics)

    monkeypatch.setattr(_means, "_CELLS", 4 * 37)
    monkeypatch.setattr(_bootstrap, "_SUMS", 3 * 1999)
    monkeypatch.setattr(_bootstrap, "_COUNTS", 7 * 37)
    assert (describe(local, statistics, local.std(axis=1)) == whole).all()
    again, again_values = describe_ratios(local, local + 1, statistics)
    assert again.tobytes() == ratios.tobytes()
    assert (again_values == values).all()


HASHED = """
import hashlib
import numpy as np
from fastmi.gia.statistics import Statistics, describe
local = np.random.default_rng(5).exponential(size=(300, 333)) ** 3
table = describe(local, Statistics(interval="bootstrap", test="wilcoxon", resamples=999))
print(hashlib.sha256(table.tobytes()).hexdigest())
"""


def printed(code: str, **environment: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout


def test_threads_and_kernels_of_products_change_nothing() -> None:
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    hashes = {printed(HASHED, **dict.fromkeys(names, number)) for number in ("1", "2", "5")}
    # OpenBLAS with other instructions adds in another order
    hashes.add(printed(HASHED, OPENBLAS_CORETYPE="Prescott"))
    assert len(hashes) == 1


def test_scipy_is_imported_when_it_is_used() -> None:
    code = "import sys, fastmi.gia.statistics; print('scipy' in sys.modules)"
    assert printed(code) == "False\n"


# ------------------------------------------------------------------------------------- options


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"interval": "normal"}, "interval must be one of t, bootstrap, got 'normal'"),
        ({"test": "welch"}, "test must be one of t, wilcoxon, got 'welch'"),
        ({"correction": "BH"}, "correction must be one of bh, by, holm, got 'BH'"),
        ({"confidence": 95}, "confidence must be above 0 and below 1, got 95.0"),
        ({"confidence": 0}, "confidence must be above 0 and below 1, got 0.0"),
        ({"confidence": nan}, "confidence must be above 0 and below 1, got nan"),
        (
            {"minimal": -1},
            "minimal must be a number of standard deviations from 0 up, got -1.0",
        ),
        (
            {"minimal": nan},
            "minimal must be a number of standard deviations from 0 up, got nan",
        ),
        ({"resamples": 10}, "resamples must be a whole number from 99 up, got 10"),
        ({"resamples": 10**9}, "resamples must be at most 1,000,000, got 1,000,000,000"),
        ({"seed": -1}, "a seed is between 0 and 2^64 - 1, got -1"),
    ],
)
def test_options_that_are_not_allowed(wrong, message) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Statistics(**wrong)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"confidence": "95%"}, "confidence must be a number, got '95%'"),
        ({"minimal": None}, "minimal must be a number, got None"),
        ({"minimal": True}, "minimal must be a number, got True"),
        ({"resamples": 999.0}, "resamples must be a whole number, got 999.0"),
        ({"seed": None}, "seed must be a whole number, got None"),
    ],
)
def test_options_of_the_wrong_kind(wrong, message) -> None:
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        Statistics(**wrong)


def test_tables_that_are_not_allowed() -> None:
    for shape in ((3,), (3, 0), (2, 3, 4)):
        with pytest.raises(ValueError, match=r"must have shape \(rows, n\) with n from 1 up"):
            describe(np.zeros(shape), T)
    with pytest.raises(ValueError, match=r"sd must have shape \(3,\), one a row, got \(2,\)"):
        describe(np.zeros((3, 2)), T, [1, 2])
    with pytest.raises(ValueError, match=r"same shape, got \(1, 3\) and \(1, 2\)"):
        describe_ratios(np.zeros((1, 3)), np.zeros((1, 2)), T)


def test_local_importances_are_left_as_they_are(rng) -> None:
    local = rng.normal(size=(4, 5))
    before = local.copy()
    local.flags.writeable = False
    describe(local, BOOTSTRAP)
    describe_ratios(local, local, T)
    assert (local == before).all()


@pytest.mark.parametrize("test", ["t", "wilcoxon"])
def test_no_p_is_0(test):
    rng = np.random.default_rng(1)
    sure = np.stack([np.ones(5000), 5 + 0.001 * rng.normal(size=5000)])
    table = describe(sure, Statistics(test=test))
    assert (table["p"] > 0).all()
    assert (table["p"] < 1e-300).all()
    assert (table["q"] > 0).all()
