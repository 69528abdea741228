"""Moments of X^2 and mean MI over permutations: those of all permutations, one by one."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import fastmi
from fastmi import _reference
from fastmi._counted import counted, kmer_counts
from fastmi.stats import expected
from fastmi.stats.expected import cell_means, expected_mi, expected_of, xlog2x
from fastmi.stats.moments import Moments, moments, summaries, upper_tail

A = np.array([0, 0, 1, 1, 1, 2, 2, 2])
B = np.array([0, 1, 1, 2, 2, 2, 0, 2])


def tables_of(x: np.ndarray, y: np.ndarray, m: int) -> np.ndarray:
    """The table of every permutation of y."""
    orders = np.array(list(permutations(range(len(y)))))
    cells = x * m + y[orders]
    return np.stack([(cells == cell).sum(axis=1) for cell in range(m * m)], 1).reshape(-1, m, m)


@pytest.mark.parametrize("damping", [0.0, 1.0, 3.0])
def test_moments_are_those_of_all_permutations(damping: float) -> None:
    m = 4  # the last k-mer never occurs
    tables = tables_of(A, B, m)
    kinds, times = np.unique(tables, axis=0, return_counts=True)
    x2 = np.array([_reference.x2_table(table, 1.0, damping) for table in kinds])
    mean = np.average(x2, weights=times)
    sd = np.sqrt(np.average((x2 - mean) ** 2, weights=times))
    skewness = np.average(((x2 - mean) / sd) ** 3, weights=times)
    sides = [summaries(np.bincount(side, minlength=m), damping) for side in (A, B)]
    found = moments(sides[0], sides[1], len(A))
    assert_allclose([found.mean, found.sd, found.skewness], [mean, sd, skewness], rtol=1e-9)


def test_mean_mi_is_that_of_all_permutations() -> None:
    tables = tables_of(A, B, 4)
    kinds, times = np.unique(tables, axis=0, return_counts=True)
    rows, columns = np.bincount(A, minlength=4), np.bincount(B, minlength=4)
    for pseudocount in (0.0, 0.3, 5.0):
        mi = [_reference.mi_table(table, pseudocount) for table in kinds]
        mean = float(np.average(mi, weights=times))
        assert expected_of(rows, columns, pseudocount) == pytest.approx(mean, abs=1e-12)
        of_map = expected_mi(np.stack([rows, columns]), 1, pseudocount)
        assert of_map[0] == pytest.approx(mean, abs=1e-12)


def test_moments_of_large_samples_are_those_of_chi_square() -> None:
    margins = np.full(16, 10**6)
    found = moments(summaries(margins, 0.0), summaries(margins, 0.0), margins.sum())
    freedom = 15 * 15
    wanted = [freedom, np.sqrt(2 * freedom), np.sqrt(8 / freedom)]
    assert_allclose([found.mean, found.sd, found.skewness], wanted, rtol=1e-4)


def test_damping_keeps_rare_k_mers_from_ruling() -> None:
    """Two k-mers that occur once each: where they meet, X^2 without damping rises by N."""
    margins = np.array([20_000, 9_999, 1])
    wild, calm = (
        moments(summaries(margins, damping), summaries(margins, damping), margins.sum())
        for damping in (0.0, 1.0)
    )
    assert wild.skewness > 50
    # what is left is that of two k-mers, of one degree of freedom
    assert calm.skewness == pytest.approx(np.sqrt(8), rel=0.01)
    assert upper_tail(calm.mean + 3 * calm.sd, calm) < 0.03  # Cantelli: 0.1


def test_what_cannot_vary_or_be_known() -> None:
    one = summaries(np.array([50, 0]))
    two = summaries(np.array([30, 20]))
    constant = moments(one, two, 50)
    assert constant.mean == constant.sd == 0
    assert upper_tail(np.array(0.0), constant) == 1
    few = moments(summaries(np.array([4, 3])), summaries(np.array([4, 3])), 7)
    assert np.isnan(few.mean)
    assert upper_tail(np.array(1.0), few) == 1
    nothing = moments(summaries(np.zeros(4)), summaries(np.zeros(4)), 0)
    assert upper_tail(np.array(np.nan), nothing) == 1


def test_tails() -> None:
    from scipy import stats

    x2 = np.array([5.0, 20.0, 40.0])
    chi = Moments(
        *(np.full(3, value) for value in (9.0, np.sqrt(18), np.sqrt(8 / 9), np.sqrt(8 / 9)))
    )
    assert_allclose(upper_tail(x2, chi), stats.chi2(9).sf(x2), rtol=1e-9)
    normal = Moments(np.zeros(3), np.ones(3), np.zeros(3), np.zeros(3))
    assert_allclose(upper_tail(x2 / 10, normal), stats.norm.sf(x2 / 10), rtol=1e-9)
    wild = Moments(np.zeros(3), np.ones(3), np.full(3, 9.0), np.ones(3))
    assert_allclose(upper_tail(np.array([-1.0, 3.0, 9.0]), wild), [1, 0.1, 1 / 82])


@given(
    st.integers(1, 400).flatmap(
        lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(0, n), st.floats(0, 3))
    )
)
@settings(deadline=None, max_examples=60)
def test_cells_are_hypergeometric(drawn: tuple[int, int, int, float]) -> None:
    from scipy.stats import hypergeom

    n, r, c, extra = drawn
    x = np.arange(max(0, r + c - n), min(r, c) + 1)
    wanted = (hypergeom(n, r, c).pmf(x) * xlog2x(x + extra)).sum()
    found = cell_means(np.array([r]), np.array([c]), n, extra)[0]
    assert found == pytest.approx(wanted, rel=1e-9, abs=1e-9)


def test_series_of_large_counts() -> None:
    r, c, n = np.array([3_000_000]), np.array([2_000_000]), 10**7
    mean = float(r[0]) * c[0] / n
    assert mean > expected._SERIES
    by_series = cell_means(r, c, n, 0.25)
    before = expected._SERIES
    expected._SERIES = np.inf
    try:
        assert by_series == pytest.approx(cell_means(r, c, n, 0.25), abs=1e-6, rel=1e-13)
    finally:
        expected._SERIES = before


@pytest.mark.parametrize("pseudocount", [0.0, 5.0])
def test_splines_between_nodes(monkeypatch: pytest.MonkeyPatch, pseudocount: float) -> None:
    """Of many different counts, those between nodes are off by less than 1e-9 bits."""
    rng = np.random.default_rng(4)
    n = 20_000
    margins = np.stack([rng.multinomial(n, rng.dirichlet(np.full(64, 0.7))) for _ in range(30)])
    margins[0] = [n, *[0] * 63]
    margins[1] = [n - 63, *[1] * 63]
    exact = expected_mi(margins, 3, pseudocount)
    monkeypatch.setattr(expected, "_MOST_TERMS", 0)
    assert_allclose(expected_mi(margins, 3, pseudocount), exact, atol=1e-9)


def test_fractions_lie_between_whole_counts() -> None:
    low, high = np.array([[100.0, 50]] * 2), np.array([[102.0, 50]] * 2)
    between = expected_mi((low + high) / 2, 1)[0]
    half = expected_mi(np.array([[100.6, 50.4]] * 2), 1)[0]
    assert min(expected_mi(low, 1)[0], expected_mi(high, 1)[0]) < between
    assert half == pytest.approx(between, rel=0.02)


def test_published_example_is_bias_and_nothing_else(shared: Path) -> None:
    """PlotMI's own example, 49,261 sequences: what its map shows far from the diagonal."""
    published = fastmi.read_plotmi(shared / "plotmi_golden/published_example_MI.txt.gz")
    median = float(np.median(published.to_plotmi()))
    assert median == pytest.approx(0.0016110, abs=5e-8)
    margins = np.random.default_rng(5).multinomial(49_261, np.full(64, 1 / 64), 40)
    bias = float(np.median(expected_mi(margins, 3, 5.0)))
    assert bias == pytest.approx(median, rel=0.003)
    formula = 63**2 / (2 * 49_261 * np.log(2)) / 6**2
    assert formula == pytest.approx(0.0016144, abs=5e-8)


def test_maps_of_simulated_data_are_their_expectation() -> None:
    """As many random sequences as in that example."""
    sequences = fastmi.simulate.random(49_261, 14, rng=1).block(0, 49_261)
    found = fastmi.pairwise_mi(sequences)
    wanted = expected_mi(kmer_counts(counted(sequences), 3), 3, 5.0)
    values = found.matrix[found.pairs()]
    error = values.std() / np.sqrt(len(values) / 9)  # neighbours share letters
    assert abs(float((values - wanted).mean())) < 4 * error
    assert float(np.median(values)) == pytest.approx(0.00161, abs=0.00002)
