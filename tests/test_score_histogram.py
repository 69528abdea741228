"""Histograms of scores with bins that nobody chose: the same for any order and any parts."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastmi.score_histogram import ScoreHistogram

SETTINGS = settings(deadline=None, derandomize=True, database=None, max_examples=400)
TINY = 5e-324

SCORE = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(0, 1),
    st.floats(-1e-310, 1e-310),  # subnormal
    st.integers(-5, 5).map(float),
    st.sampled_from([0.0, -0.0, TINY, -TINY, 1e308, -1e308, 1.7976931348623157e308, 1e-300]),
)
SCORES = st.lists(SCORE, min_size=1, max_size=40)


def made(*parts: Any) -> ScoreHistogram:
    histogram = ScoreHistogram()
    for part in parts:
        histogram.add(np.array(part, float))
    return histogram


def same(a: ScoreHistogram, b: ScoreHistogram) -> None:
    assert a.about() == b.about()
    assert a.counts.tolist() == b.counts.tolist()


@SETTINGS
@given(SCORES, st.integers(0, 40), st.integers(0, 40), st.randoms(use_true_random=False))
def test_order_and_parts_do_not_matter(scores, cut, other, random) -> None:
    whole = made(scores)
    low, high = sorted((cut, other))
    same(made(scores[:low], scores[low:high], scores[high:]), whole)
    shuffled = random.sample(scores, len(scores))
    same(made(shuffled), whole)
    same(made(*[[s] for s in shuffled]), whole)
    merged = made(scores[:cut])
    merged.merge(made(scores[cut:]))
    same(merged, whole)


@SETTINGS
@given(SCORES)
def test_each_score_is_in_its_bin(scores: list[float]) -> None:
    """In exact numbers: bin i holds first + i <= score / width < first + i + 1."""
    histogram = made(scores)
    about = histogram.about()
    width = Fraction(2) ** about["exponent"]
    counts = np.zeros(histogram.n_bins, int)
    for score in scores:
        counts[int(Fraction(score) // width) - about["first"]] += 1
    assert counts.tolist() == histogram.counts.tolist()
    assert counts[0] > 0
    assert counts[-1] > 0
    assert (histogram.n, histogram.low, histogram.high) == (
        len(scores),
        min(scores),
        max(scores),
    )
    assert histogram.n_bins <= 1024


@SETTINGS
@given(SCORES.filter(lambda s: max(map(abs, s)) < 1e307))
def test_edges_ascend_and_hold_all(scores: list[float]) -> None:
    histogram = made(scores)
    edges = histogram.edges
    assert len(edges) == histogram.n_bins + 1
    assert (np.diff(edges) > 0).all()
    assert edges[0] <= min(scores)
    assert max(scores) < edges[-1]


@pytest.mark.parametrize("kind", ["normal", "uniform", "lognormal", "few"])
def test_it_is_what_numpy_counts(kind: str, rng: np.random.Generator) -> None:
    scores = {
        "normal": rng.normal(0.3, 2, 5000),
        "uniform": rng.random(5000),
        "lognormal": rng.lognormal(0, 3, 5000),
        "few": rng.integers(0, 9, 5000) / 8,
    }[kind]
    histogram = made(*np.array_split(scores, 7))
    counts, _ = np.histogram(scores, histogram.edges)
    assert counts.tolist() == histogram.counts.tolist()
    assert 500 < histogram.n_bins <= 1024  # fine enough for any plot


def test_equal_scores_are_one_bin() -> None:
    for score in (0.0, 1.0, -3.3, 1e308, TINY):
        histogram = made([score] * 5, [score])
        assert histogram.counts.tolist() == [6]
        assert histogram.edges[0] <= score < histogram.edges[1]
    same(made([0.0], [-0.0]), made([-0.0, 0.0]))


def test_negative_scores_beside_huge_ones_stay_below_zero() -> None:
    whole = made([1e308, -1e-300, -1e308, 1e-300])
    same(made([-1e-300], [1e-300], [1e308], [-1e308]), whole)


def test_no_score() -> None:
    empty = made([])
    assert (empty.n, empty.n_bins, empty.edges.tolist()) == (0, 0, [0.0])
    one = made([2.0, 3.0])
    one.merge(empty)
    same(one, made([2.0, 3.0]))
    empty.merge(one)
    same(empty, one)
    assert ScoreHistogram.of(made([]).about(), np.zeros(0, np.int64)).n == 0


def test_merging_leaves_the_other_alone() -> None:
    one, other = made([1.0, 2.0]), made([100.0])
    before = other.about(), other.counts.tolist()
    one.merge(other)
    assert (other.about(), other.counts.tolist()) == before
    one.merge(one)
    same(one, made([1.0, 2.0, 100.0] * 2))


@SETTINGS
@given(SCORES)
def test_it_comes_back_from_its_description(scores: list[float]) -> None:
    histogram = made(scores)
    again = ScoreHistogram.of(histogram.about(), histogram.counts)
    same(again, histogram)
    again.add(np.array([1.0, 7.0]))  # and lives on
    same(again, made(scores, [1.0, 7.0]))


@pytest.mark.parametrize("key", ["n", "low", "high", "exponent", "first"])
@pytest.mark.parametrize(
    "value",
    [None, "1", True, -1, 10**400, -(10**400), float("nan"), float("inf"), 1e308, 0.5, [1], {}],
    ids=repr,
)
def test_damage_is_refused(key: str, value: Any) -> None:
    about, counts = made([0.25, 0.5, 0.75]).about(), made([0.25, 0.5, 0.75]).counts
    with pytest.raises((ValueError, TypeError, KeyError)):
        ScoreHistogram.of({**about, key: value}, counts)


def test_other_damage_is_refused() -> None:
    histogram = made([0.25, 0.5, 0.75])
    about, counts = histogram.about(), histogram.counts
    negative = counts.copy()
    negative[:3] = [2, -1, 1]
    for wrong in (counts[:-1], counts * 2, negative, counts[:0]):
        with pytest.raises(ValueError, match="the histogram of scores is not one"):
            ScoreHistogram.of(about, wrong)
    for key in ("n", "low", "high", "exponent", "first"):
        with pytest.raises(KeyError):
            ScoreHistogram.of({k: v for k, v in about.items() if k != key}, counts)
