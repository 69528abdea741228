"""Intervals and tests of effects are right as often as they say, over 1,000 repeats.

Where that is not so (skewed local importances, few backgrounds), they are as often right as the
documentation says; and p is uniform where there is nothing to find.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from scipy import stats

from fastmi._adjusting import CORRECTIONS, adjusted
from fastmi.gia.statistics import INTERVALS, Statistics, describe, describe_ratios

T = Statistics()
WILCOXON = Statistics(test="wilcoxon")
REPEATS = 1000


def assert_rate(hits: np.ndarray, rate: float) -> None:
    """So many hits, give or take what chance does once in 15,000 times."""
    spread = sqrt(rate * (1 - rate) / len(hits))
    assert abs(np.mean(hits) - rate) < 4 * spread, np.mean(hits)


def test_rates_are_told_apart() -> None:
    hits = np.arange(REPEATS) < 950
    assert_rate(hits, 0.95)
    with pytest.raises(AssertionError):
        assert_rate(hits, 0.91)


def normal(rng, shape):
    return rng.normal(0.3, 1, shape), 0.3


def exponential(rng, shape):
    return rng.exponential(size=shape), 1


def rare(rng, shape):
    """Exponential on one background in ten, 0 on the others."""
    return rng.exponential(size=shape) * (rng.random(shape) < 0.1), 0.1


# by 200,000 repeats of t (50,000 for n = 1000) and 40,000 of the bootstrap: what describe says
RATES = [
    (normal, 30, 0.950, 0.937),
    (normal, 100, 0.950, 0.946),
    (normal, 1000, 0.950, 0.949),
    (exponential, 30, 0.926, 0.926),
    (exponential, 100, 0.942, 0.942),
    (exponential, 1000, 0.949, 0.949),
    (rare, 30, 0.756, 0.819),
    (rare, 100, 0.874, 0.922),
    (rare, 1000, 0.939, 0.946),
]


def held(table: np.ndarray, truth: float) -> np.ndarray:
    return (table["low"] <= truth) & (truth <= table["high"])


@pytest.mark.parametrize(("kind", "n", "t", "bootstrap"), RATES)
def test_how_often_intervals_hold_the_truth(rng, kind, n, t, bootstrap) -> None:
    local, truth = kind(rng, (REPEATS, n))
    assert_rate(held(describe(local, T), truth), t)
    assert_rate(held(describe(local, Statistics(interval="bootstrap")), truth), bootstrap)
    docstring = describe.__doc__
    assert docstring is not None
    row = next(line.split() for line in docstring.splitlines() if line.endswith(kind.__name__))
    column = (30, 100, 1000).index(n)
    assert [float(row[column]), float(row[3 + column])] == [t, bootstrap]


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("interval", INTERVALS)
def test_other_confidences(rng, confidence, interval) -> None:
    local, truth = normal(rng, (REPEATS, 200))
    assert_rate(held(describe(local, Statistics(confidence, interval)), truth), confidence)


@pytest.mark.parametrize(
    ("n", "mean", "rate", "bounded"),
    [
        (30, 1, 0.95, 1),
        (100, 1, 0.95, 1),
        (1000, 1, 0.95, 1),
        # more than is asked for where many are unbounded, all of which hold the truth
        (30, 0.3, 0.975, 0.355),
        (100, 0.05, 0.976, 0.079),
    ],
)
def test_how_often_fiellers_interval_holds_the_ratio(rng, n, mean, rate, bounded) -> None:
    b = rng.normal(mean, 1, (REPEATS, n))
    a = 2 * mean + 0.5 * (b - mean) + rng.normal(0, 1, b.shape)
    table, _ = describe_ratios(a, b, T)
    assert_rate(held(table, 2), rate)
    finite = np.isfinite(table["low"])
    assert finite.mean() > 0.99 if bounded == 1 else abs(finite.mean() - bounded) < 0.06
    # the set of which these are the bounds has the stated rate just so, also near 0
    assert_rate(describe(a - 2 * b, T)["p"] > 0.05, 0.95)


@pytest.mark.parametrize(("n", "rate"), [(30, 0.947), (100, 0.949), (1000, 0.95)])
def test_fiellers_interval_of_skewed_effects(rng, n, rate) -> None:
    shared, mine, other = rng.exponential(size=(3, REPEATS, n))
    table, _ = describe_ratios(shared + 2 * mine, shared + 0.5 * other, T)
    assert_rate(held(table, 2), rate)


@pytest.mark.parametrize("n", [2, 10, 200])
def test_p_of_t_is_uniform_where_there_is_nothing(rng, n) -> None:
    p = describe(rng.normal(0, 3, (REPEATS, n)), T)["p"]
    assert stats.kstest(p, "uniform").pvalue > 1e-4


@pytest.mark.parametrize("share", [1, 0.5, 0.1])
@pytest.mark.parametrize("p", [0.01, 0.05, 0.25])
def test_rates_of_signed_ranks_where_there_is_nothing(rng, share, p) -> None:
    local = rng.laplace(size=(REPEATS, 1000)) * (rng.random((REPEATS, 1000)) < share)
    assert_rate(describe(local, WILCOXON)["p"] < p, p)


def test_few_signs_that_are_not_0_are_tested_with_care(rng) -> None:
    local = rng.laplace(size=(REPEATS, 100)) * (rng.random((REPEATS, 100)) < 0.1)
    assert_rate(describe(local, WILCOXON)["p"] < 0.05, 0.04)  # of ten signs


def test_exact_p_of_signed_ranks_has_its_own_rate(rng) -> None:
    # of 2^8 signs, sums up to 3 are {}, 1, 2, 3, 12 and so 5 each way: 10 / 256
    p = describe(rng.laplace(size=(4 * REPEATS, 8)), WILCOXON)["p"]
    assert_rate(p <= 0.05, 10 / 256)


@pytest.mark.parametrize("errors", [0, 0.5, 1, 3, 20])
def test_the_size_of_the_minimal_effects_test(rng, errors) -> None:
    """At the bound, which is so many standard errors from 0, one in twenty is found."""
    n = 100
    bound = errors / sqrt(n)
    local = rng.normal(0, 1, (4 * REPEATS, n))
    found = [
        describe(local + mean, Statistics(minimal=0.25), np.full(len(local), 4 * bound))
        for mean in (bound, -bound, bound / 2, bound + 4 / sqrt(n))
    ]
    at, below, inside, beyond = ((table["p_minimal"] < 0.05).mean() for table in found)
    assert_rate(found[0]["p_minimal"] < 0.05, 0.05)
    assert_rate(found[1]["p_minimal"] < 0.05, 0.05)
    assert inside < min(at, below) or errors == 0
    assert beyond > 0.9


def test_rates_of_corrections(rng) -> None:
    # 30 effects that are none, and 10 of 4 standard errors
    p = 2 * stats.norm.sf(np.abs(rng.normal(0, 1, (REPEATS, 40)) + 4 * (np.arange(40) >= 30)))
    found = {
        correction: np.array([adjusted(row, correction) for row in p]) <= 0.1
        for correction in CORRECTIONS
    }
    wrong = {name: hits[:, :30].sum(axis=1) for name, hits in found.items()}
    share = {name: wrong[name] / np.maximum(found[name].sum(axis=1), 1) for name in found}
    # of independent tests, the share of false ones is just 0.1 * 30 / 40; the spread is theirs
    spread = share["bh"].std() / sqrt(REPEATS)
    assert abs(share["bh"].mean() - 0.075) < 4 * spread
    assert abs(share["by"].mean() - 0.075 / (1 / np.arange(1, 41)).sum()) < 4 * spread
    assert (wrong["holm"] > 0).mean() < 0.1 + 4 * sqrt(0.1 * 0.9 / REPEATS)
    assert found["holm"][:, 30:].mean() < found["bh"][:, 30:].mean()
