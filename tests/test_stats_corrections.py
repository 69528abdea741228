"""Holds APC, ASC and normalised MI against plain loops, ProDy's numbers, and what must be true.

``data/prody-corrections.json`` has what ProDy 2.6.1 made of fourteen short sequences, gaps as
one more letter: mutual information in nats, both corrections, and six normalisations.
"""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from math import log2
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import fastmi
from conftest import random_codes
from fastmi import FastMIError, JointCounts, MIResult, PackedSequences, _reference, stats

KINDS = ("sument", "minent", "maxent", "mincon", "maxcon", "joint")
GOLDEN = json.loads((Path(__file__).parent / "data" / "prody-corrections.json").read_text())
SETTINGS = settings(deadline=None, derandomize=True, database=None, max_examples=40)


def packed(seed: int, n: int, length: int, missing: float = 0.0) -> PackedSequences:
    codes = random_codes(np.random.default_rng(seed), n, length, 4, missing)
    return PackedSequences.from_codes(codes, unknown="skip")


def quiet_mi(data: Any, k: int, **options: Any) -> MIResult:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fastmi.FastMIWarning)
        return fastmi.pairwise_mi(data, k, **options)


# ------------------------------------------------------------------------- average product


def corrected(matrix: np.ndarray, k: int, product: bool) -> np.ndarray:
    """APC or ASC pair by pair, in plain loops."""
    p = len(matrix)
    pairs = [(i, j) for i in range(p) for j in range(i + k, p) if not np.isnan(matrix[i, j])]
    of_all = sum(matrix[pair] for pair in pairs) / len(pairs)

    def of(x: int) -> float:
        mine = [matrix[pair] for pair in pairs if x in pair]
        return sum(mine) / len(mine)

    out = np.full((p, p), np.nan)
    for i, j in pairs:
        common = of(i) * of(j) / of_all if product else of(i) + of(j) - of_all
        out[i, j] = out[j, i] = matrix[i, j] - common
    return out


@given(
    seed=st.integers(0, 10**6),
    length=st.integers(4, 9),
    k=st.integers(1, 2),
    missing=st.sampled_from([0.0, 0.3]),
    weighted=st.booleans(),
    pseudocount=st.sampled_from([0.0, 5.0]),
)
@SETTINGS
def test_corrections_are_the_loops(
    seed: int, length: int, k: int, missing: float, weighted: bool, pseudocount: float
) -> None:
    data = packed(seed, 12, length, missing)
    weights = np.random.default_rng(seed).random(12) if weighted else None
    r = quiet_mi(data, k, weights=weights, pseudocount=pseudocount)
    if not np.nansum(r.matrix) > 0:
        return
    for made, product in ((stats.apc(r), True), (stats.asc(r), False)):
        assert_allclose(made.matrix, corrected(r.matrix, k, product), atol=1e-13)
        assert_array_equal(made.matrix, made.matrix.T)
        assert_array_equal(np.isnan(made.matrix), np.isnan(r.matrix))
        assert (made.k, made.n_sequences, made.n_effective) == (k, 12, r.n_effective)


def test_pairs_without_sequences_are_in_no_mean() -> None:
    data = PackedSequences.from_strings(["NACGT", "NCAGA", "NACTT", "NCATC"], unknown="skip")
    r = quiet_mi(data, 1, pseudocount=0)
    without = quiet_mi([s[1:] for s in data], 1, pseudocount=0)
    assert np.isnan(r.matrix[0]).all()
    for correct in (stats.apc, stats.asc):
        assert_allclose(correct(r).matrix[1:, 1:], correct(without).matrix, atol=1e-15)
        assert np.isnan(correct(r).matrix[0]).all()


def test_overlapping_pairs_are_in_no_mean() -> None:
    """The usual definition of a matrix with its band as it is would be another."""
    r = fastmi.pairwise_mi(packed(3, 100, 8), 3, pseudocount=0)
    band = np.abs(np.subtract.outer(np.arange(6), np.arange(6))) < 3
    assert np.isnan(stats.apc(r).matrix[band]).all()
    of_position = np.nanmean(r.matrix, axis=1)
    pairs = r.matrix[r.pairs()]
    expected = r.matrix[0, 3] - of_position[0] * of_position[3] / pairs.mean()
    assert stats.apc(r).matrix[0, 3] == pytest.approx(expected, abs=1e-14)
    assert of_position.mean() != pytest.approx(pairs.mean(), rel=1e-6)  # at k = 1 it is


def test_what_two_positions_share_with_all_is_taken_away() -> None:
    """A map that is a product, or a sum, of its positions has nothing left."""
    r = fastmi.pairwise_mi(packed(3, 100, 7), 1)
    same = np.full((7, 7), 0.25)
    np.fill_diagonal(same, np.nan)
    flat = replace(r, matrix=same)
    assert_allclose(stats.apc(flat).matrix[flat.pairs()], 0, atol=1e-16)
    assert_allclose(stats.asc(flat).matrix[flat.pairs()], 0, atol=1e-16)
    # sums over a row vanish for the average sum, up to the missing diagonal
    raised = replace(r, matrix=r.matrix + 3)
    assert_allclose(stats.asc(raised).matrix, stats.asc(r).matrix, atol=1e-14)
    scaled = replace(r, matrix=r.matrix * 3)
    assert_allclose(stats.apc(scaled).matrix, 3 * stats.apc(r).matrix, atol=1e-14)


def test_maps_of_zeros_and_means_below_zero() -> None:
    constant = fastmi.pairwise_mi(["ACGT"] * 5, 1, pseudocount=0)
    assert not np.nan_to_num(stats.apc(constant).matrix).any()
    assert not np.nan_to_num(stats.asc(constant).matrix).any()
    r = fastmi.pairwise_mi(packed(3, 100, 7), 1, pseudocount=0)
    debiased = replace(r, matrix=r.matrix - 1.0)
    with pytest.raises(FastMIError, match=r"must be above 0; asc\(\) divides by nothing"):
        stats.apc(debiased)
    assert_allclose(stats.asc(debiased).matrix, stats.asc(r).matrix, atol=1e-14)


@pytest.mark.parametrize("what", [stats.apc, stats.asc, stats.normalised])
def test_only_mutual_information_is_corrected(what: Any) -> None:
    with pytest.raises(ValueError, match="is of mutual information, this is a map of JS"):
        what(fastmi.pairwise_distance(["ACGT", "TTGA"], 1))
    with pytest.raises(ValueError, match="a map of MI_APC"):
        what(stats.apc(fastmi.pairwise_mi(["ACGT", "TTGA"], 1)))


# ----------------------------------------------------------------------------- normalised


def entropy(p: np.ndarray) -> float:
    return -sum(float(x) * log2(float(x)) for x in p.ravel() if x > 0)


def ratio(table: np.ndarray, pseudocount: float, kind: str) -> float:
    """Normalised MI of one table, from the three smoothed distributions."""
    n, m = float(table.sum()), len(table)
    if n == 0:
        return float("nan")
    joint = (table + pseudocount * n / m**2) / (n + pseudocount * n)
    a, b, both = entropy(joint.sum(axis=1)), entropy(joint.sum(axis=0)), entropy(joint)
    mi = a + b - both
    divisor = {
        "sument": a + b,
        "minent": min(a, b),
        "maxent": max(a, b),
        "mincon": min(both - b, both - a),
        "maxcon": max(both - b, both - a),
        "joint": both,
    }[kind]
    if divisor < 1e-9:
        return float("inf") if mi > 1e-9 else float("nan")
    return mi / divisor


@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 15),
    k=st.integers(1, 2),
    missing=st.sampled_from([0.0, 0.2]),
    weights=st.sampled_from(["none", "whole", "fractions"]),
    pseudocount=st.sampled_from([0.0, 0.5, 5.0]),
    kind=st.sampled_from(KINDS),
)
@SETTINGS
def test_normalised_is_the_loop(
    seed: int,
    n: int,
    k: int,
    missing: float,
    weights: str,
    pseudocount: float,
    kind: str,
) -> None:
    data, rng = packed(seed, n, 6, missing), np.random.default_rng(seed)
    if weights != "none":
        # binary fractions, which the kernels do not round
        some = rng.integers(1, 9, n) / (1 if weights == "whole" else 8)
        data = data.with_weights(some)
    r = quiet_mi(data, k, pseudocount=pseudocount)
    found = stats.normalised(r, kind)
    for i, j in zip(*r.pairs(), strict=True):
        table = r.source.table(int(i), int(j))
        expected = ratio(table, pseudocount, kind)
        assert found.matrix[i, j] == pytest.approx(expected, rel=1e-6, abs=1e-9, nan_ok=True)
    counts = JointCounts(6, k, weighted=weights == "fractions")
    counts.add(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fastmi.FastMIWarning)
        again = stats.normalised(counts, kind, pseudocount=pseudocount)
        direct = stats.normalised(data, kind, k=k, pseudocount=pseudocount)
    assert_allclose(again.matrix, found.matrix, rtol=1e-9, equal_nan=True)
    assert_array_equal(direct.matrix, found.matrix)
    assert (found.unit, found.measure) == ("", f"NMI_{kind}")


def test_bounds_and_extremes() -> None:
    """Of one of two letters that are alike: all of the entropy. Of constants: nothing of 0."""
    data = ["AAT", "CCT", "AAT", "CCT"]
    values = {kind: stats.normalised(data, kind, k=1, pseudocount=0).matrix for kind in KINDS}
    alike = {kind: float(values[kind][0, 1]) for kind in KINDS}
    inf = float("inf")
    assert alike == {
        "sument": 0.5,
        "minent": 1.0,
        "maxent": 1.0,
        "mincon": inf,
        "maxcon": inf,
        "joint": 1.0,
    }
    assert {kind for kind in KINDS if np.isnan(values[kind][0, 2])} == {"minent", "mincon"}
    assert np.isnan(stats.normalised(["AA"], k=1, pseudocount=0).matrix).all()
    r = fastmi.pairwise_mi(packed(1, 40, 8), 1, pseudocount=0)
    shares = {kind: stats.normalised(r, kind).matrix[r.pairs()] for kind in KINDS}
    assert all((shares[kind] >= 0).all() for kind in KINDS)
    assert (shares["joint"] <= shares["maxent"]).all()
    assert (shares["maxent"] <= shares["minent"]).all()
    assert (shares["minent"] <= 1).all()
    assert (shares["sument"] <= 0.5).all()
    assert (shares["maxcon"] <= shares["mincon"]).all()


def test_counts_are_needed_and_must_be_those_of_the_map(tmp_path: Path) -> None:
    data = packed(1, 40, 8)
    r = fastmi.pairwise_mi(data, 2)
    r.save(tmp_path / "r.npz")
    loaded = MIResult.load(tmp_path / "r.npz")
    with pytest.raises(ValueError, match="the counts behind this result are not here"):
        stats.normalised(loaded)
    counts = JointCounts(8, 2)
    counts.add(data)
    assert_array_equal(
        stats.normalised(loaded, source=counts).matrix, stats.normalised(r).matrix
    )
    with pytest.raises(FastMIError, match="a map that is not corrected, and with its own"):
        stats.normalised(replace(r, matrix=r.matrix - 0.01))
    with pytest.raises(TypeError, match="source must be a JointCounts, got int"):
        stats.normalised(loaded, source=5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="kind must be one of sument, minent"):
        stats.normalised(r, "min")
    with pytest.raises(TypeError, match="k: a map has been made"):
        stats.normalised(r, k=2)


# --------------------------------------------------------------------------------- ProDy


@pytest.fixture(scope="module")
def as_in_prody() -> MIResult:
    letters = "ACDEFGHIKLMNPQRSTVWY-"
    return fastmi.pairwise_mi(GOLDEN["sequences"], 1, alphabet=letters, pseudocount=0)


@pytest.mark.parametrize("name", ["MI", "APC", "ASC"])
def test_corrections_are_those_of_prody(as_in_prody: MIResult, name: str) -> None:
    made = {"MI": lambda r: r, "APC": stats.apc, "ASC": stats.asc}[name](as_in_prody)
    nats = made.matrix[made.pairs()] * np.log(2)
    assert_allclose(nats, GOLDEN[name], atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_normalisations_are_those_of_prody(as_in_prody: MIResult, kind: str) -> None:
    made = stats.normalised(as_in_prody, kind)
    assert_allclose(made.matrix[made.pairs()], GOLDEN[kind], atol=1e-12)


# ------------------------------------------------------------------------- files, tables


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_corrected_maps_are_saved(tmp_path: Path, weighted: bool, missing: float) -> None:
    data = packed(2, 200, 7, missing)
    if weighted:
        data = data.with_weights(np.random.default_rng(1).random(200))
    r = fastmi.pairwise_mi(data, 2, pseudocount=0)
    cmi = stats.conditional_mi(data, np.arange(200) % 2, 1, pseudocount=0)
    kinds = [stats.normalised(r, kind) for kind in KINDS]
    for made in (stats.apc(r), stats.asc(r), cmi, *kinds):
        made.save(tmp_path / "r.npz")
        found = fastmi.load(tmp_path / "r.npz")
        assert isinstance(found, MIResult)
        assert found.measure == made.measure
        assert_array_equal(found.matrix, made.matrix)
        assert found.n_effective == made.n_effective
        assert (found.n_pair is None) == (made.n_pair is None)
        if made.n_pair is not None:
            assert_array_equal(found.n_pair, made.n_pair)
        made.to_tsv(tmp_path / "r.tsv")
        header, first, *_ = (tmp_path / "r.tsv").read_text().splitlines()
        unit = f"_{made.unit}" if made.unit else ""
        assert header.split("\t")[3] == made.measure.lower() + unit
        assert float(first.split("\t")[3]) == pytest.approx(made.top_pairs(1)["value"][0])
        ax = fastmi.plot.heatmap(made)
        assert ax.images[0].get_array().shape == made.matrix.shape
        fastmi.plot.by_distance(made)


def test_measures_are_of_their_own_format(tmp_path: Path) -> None:
    """A file that says another format than its measure has is damaged."""
    r = stats.apc(fastmi.pairwise_mi(packed(2, 60, 7), 2))
    assert r.about()["format"] == 4
    from fastmi._files import write_arrays

    for number in (1, 2, 3):
        write_arrays(tmp_path / "r.npz", {**r.about(), "format": number}, r.arrays())
        with pytest.raises(FastMIError, match="its description is damaged"):
            fastmi.load(tmp_path / "r.npz")
    plain = fastmi.pairwise_mi(packed(2, 60, 7), 2)
    write_arrays(tmp_path / "r.npz", {**plain.about(), "format": 4}, plain.arrays())
    with pytest.raises(FastMIError, match="its description is damaged"):
        fastmi.load(tmp_path / "r.npz")


def test_the_reference_evaluates_the_same_tables() -> None:
    """The MI that entropies here make is that of the oracle."""
    table = _reference.count_pair(random_codes(np.random.default_rng(4), 50, 6, 4), 4, 1, 0, 3)
    n, m = table.sum(), 4
    joint = (table + 2.0 * n / m**2) / (3.0 * n)
    mi = entropy(joint.sum(axis=0)) + entropy(joint.sum(axis=1)) - entropy(joint)
    assert mi == pytest.approx(_reference.mi_table(table, 2.0), abs=1e-12)
