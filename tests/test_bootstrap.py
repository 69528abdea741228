"""bootstrap and difference: maps of weights, the same bits, and what is planted is found."""

from __future__ import annotations

import warnings
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import fastmi
from fastmi import FastMIError, FastMIWarning, PackedSequences, _reference, stats
from fastmi.stats._replicates import poisson_weights


def packed(codes: np.ndarray) -> PackedSequences:
    return PackedSequences.from_codes(codes, alphabet="dna")


def random_set(n: int, length: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 4, (n, length)).astype(np.uint8)


def planted(n: int, share: float, seed: int) -> np.ndarray:
    codes = random_set(n, 8, seed)
    some = np.random.default_rng((seed, 1)).random(n) < share
    codes[some, 6] = codes[some, 1]
    return codes


def test_weights_are_poisson_and_belong_to_records() -> None:
    drawn = np.stack(list(islice(poisson_weights(3, 0, 50_000), 4)))
    assert drawn.mean() == pytest.approx(1, abs=0.02)
    assert drawn.var() == pytest.approx(1, abs=0.03)
    assert (drawn == 0).mean() == pytest.approx(np.exp(-1), abs=0.01)
    part = np.stack(list(islice(poisson_weights(3, 100, 50), 4)))
    assert_array_equal(part, drawn[:, 100:150])


def test_standard_errors_are_the_spread_of_weighted_maps() -> None:
    """Against maps of the same weights in plain NumPy."""
    codes, n = planted(400, 0.9, 1), 40
    found = stats.bootstrap(packed(codes), k=1, pseudocount=0, n=n, rng=7)
    maps = []
    for weights in islice(poisson_weights(7, 0, 400), n):
        table = _reference.count_pair(codes, 4, 1, 1, 6, weights)
        maps.append(_reference.mi_table(table, 0))
    assert found.standard_error[1, 6] == pytest.approx(np.std(maps, ddof=1), rel=0.2)
    plugin = _reference.mi_table(_reference.count_pair(codes, 4, 1, 1, 6), 0)
    assert found.result.matrix[1, 6] == pytest.approx(plugin, abs=1e-12)
    assert found.low[1, 6] < found.corrected[1, 6] < found.high[1, 6]


def test_same_bits_for_any_number_of_threads() -> None:
    codes = planted(300, 0.5, 2)
    one, three = (stats.bootstrap(packed(codes), k=1, n=20, rng=3, n_threads=t) for t in (1, 3))
    for name in ("standard_error", "low", "high", "bias"):
        assert_array_equal(getattr(one, name), getattr(three, name))
    assert_array_equal(one.curve, three.curve)


def test_intervals_hold_the_truth() -> None:
    """95 % intervals of a strong pair, in 100 sets, whose MI is known."""
    share = 0.6
    joint = np.full((4, 4), (1 - share) / 16) + np.eye(4) * share / 4
    truth = float((joint * np.log2(joint * 16)).sum())
    held = 0
    for seed in range(100):
        codes = random_set(600, 2, seed)
        some = np.random.default_rng((seed, 2)).random(600) < share
        codes[some, 1] = codes[some, 0]
        found = stats.bootstrap(packed(codes), k=1, pseudocount=0, n=60, rng=seed, n_threads=1)
        held += bool(found.low[0, 1] <= truth <= found.high[0, 1])
    assert 88 <= held <= 100  # of 95 expected, three standard errors are 6.5


def test_a_planted_difference_is_found_alone() -> None:
    a, b = packed(planted(3000, 0.5, 3)), packed(planted(3000, 0.2, 4))
    found = stats.difference(a, b, k=1, n=60, rng=1)
    top = found.top_pairs(5, max_q=0.05)
    assert [(int(p["i"]), int(p["j"])) for p in top] == [(1, 6)]
    assert found.difference[1, 6] == found.difference[6, 1] > 0
    assert found.low[1, 6] > 0


def test_equal_sets_do_not_differ() -> None:
    called = 0
    for seed in range(10):
        a, b = (packed(planted(1500, 0.4, 10 * seed + s)) for s in (1, 2))
        found = stats.difference(a, b, k=1, n=40, rng=seed)
        called += int((found.q[found.a.pairs()] <= 0.05).sum())
    assert called <= 2


def test_saved_and_loaded(tmp_path: Path) -> None:
    codes = planted(300, 0.5, 2)
    found = stats.bootstrap(packed(codes), k=1, n=20, rng=3)
    found.save(tmp_path / "a.npz")
    again = fastmi.load(tmp_path / "a.npz")
    assert isinstance(again, stats.MIIntervals)
    assert_array_equal(again.low, found.low)
    assert_allclose(again.corrected, found.corrected)
    differing = stats.difference(packed(codes), packed(planted(200, 0.1, 5)), k=1, n=20, rng=3)
    differing.save(tmp_path / "b.npz")
    back = fastmi.load(tmp_path / "b.npz")
    assert isinstance(back, stats.MIDifference)
    assert_array_equal(back.p, differing.p)
    assert back.a.n_sequences == back.b.n_sequences == 200  # as many of each


def test_wrong_parameters_and_few_sequences() -> None:
    some = packed(random_set(100, 6, 1))
    with pytest.raises(ValueError, match="n must"):
        stats.bootstrap(some, k=1, n=3)
    with pytest.raises(ValueError, match="level"):
        stats.bootstrap(some, k=1, level=1.5)
    with pytest.raises(ValueError, match="interval"):
        stats.bootstrap(some, k=1, interval="wide")
    with pytest.raises(FastMIError):
        stats.bootstrap(some[:10], k=1)
    with pytest.raises(ValueError, match="differ in length: 6 and 5"):
        stats.difference(some, packed(random_set(100, 5, 1)), k=1)
    with pytest.raises(ValueError, match="null must be one of"):
        stats.difference(some, some, k=1, null="some")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        stats.bootstrap(some, k=3, n=20, rng=1)
    assert any(issubclass(one.category, FastMIWarning) for one in said)
