"""Affinity: effects of variants are known, and so are correlations with what was measured."""

from __future__ import annotations

import json
import re
from itertools import permutations

import numpy as np
import pytest
from _toys import RNA, additive, averages, exhaustive, letters, sigmoid, toy
from scipy import stats

import fastmi
from fastmi import simulate
from fastmi.gia import GIA, affinity, compare_to_measured, importance, mismatches, positions
from fastmi.models import deepbind

LENGTH = 7
LADDER = {"UGU": 0.5, "AGU": 4.0, "UAU": 30.0, "AAU": 250.0, "AAA": None}
AUWETER = {  # K_D of RBFOX1 in nM: S. D. Auweter et al., EMBO J. 25, 163 (2006)
    "UGCAUGU": 0.83,
    "AGCAUGU": 4.8,
    "CGCAUGU": 6.1,
    "UGUAUGU": 280,
    "UACAUGU": 350,
    "UGCACGU": 4.9,
    "UGCAUAU": 1830,
}


def random(n, length=LENGTH, rng=1):
    return simulate.random(n, length, "rna", rng=rng)


def fits(x):
    """Letters of UGU from 2 on that are there."""
    return (x[:, 2:5] == letters("UGU")).sum(axis=1).astype(float)


# ------------------------------------------------------------------------------- effects


@pytest.mark.parametrize("score", [additive(LENGTH), sigmoid(additive(LENGTH)), fits])
def test_effects_are_known(score):
    found = affinity(exhaustive(LENGTH, score), LADDER, 3)
    f = averages(score, LENGTH)
    truth = [f(f"{pattern}@3") - f("") for pattern in LADDER]
    np.testing.assert_allclose(found.table["effect"], truth, rtol=0, atol=1e-12)
    assert found.labels["pattern"].tolist() == list(LADDER)
    assert found.labels["mismatches"].tolist() == [0, 1, 1, 2, 3]
    np.testing.assert_array_equal(found.labels["measured"], [0.5, 4, 30, 250, np.nan])


def test_each_letter_is_worth_three_quarters():
    found = affinity(exhaustive(LENGTH, fits), LADDER)
    assert found.summary["start"] == 2  # the middle
    np.testing.assert_allclose(found.table["effect"], [2.25, 1.25, 1.25, 0.25, -0.75])


def test_variants_without_measures():
    found = affinity(GIA(toy(fits), random(50)), mismatches("UGU", 1, "rna"))
    assert len(found) == 10
    assert np.isnan(found.labels["measured"]).all()
    (answer,) = found.summary["measured"]
    assert (answer["n"], answer["r"], answer["rho_p"]) == (0, None, None)


def test_a_file_brings_it_back(tmp_path):
    found = affinity(GIA(toy(fits), random(50)), LADDER)
    found.save(tmp_path / "e.npz")
    loaded = fastmi.load(tmp_path / "e.npz")
    np.testing.assert_array_equal(loaded.labels["measured"], found.labels["measured"])
    assert loaded.summary == json.loads(json.dumps(found.summary, allow_nan=False))
    assert compare_to_measured(loaded) == found.summary["measured"]


@pytest.mark.parametrize(
    ("variants", "log", "message"),
    [
        ({"UGU": 1.0, "UG": 2.0}, True, "filled up by '.' if need be: UGU has 3 letters, UG 2"),
        ({"UGU": 0.0}, True, "of UGU must be finite, and above 0 for its logarithm"),
        ({"UGU": -1.0}, True, "(or log=False), got -1.0"),
        ({"UGU": np.inf}, False, "of UGU must be finite, got inf"),
        (["UXU"], True, "pattern 'UXU' has 'X' at letter 1"),
        ([], True, "there are no patterns"),
    ],
)
def test_bad_variants_are_said(variants, log, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        affinity(GIA(toy(fits), random(20)), variants, log=log)


def test_what_is_no_number_is_said():
    with pytest.raises(TypeError, match="measured of UGU must be a number, got 'high'"):
        affinity(GIA(toy(fits), random(20)), {"UGU": "high"})
    assert affinity(GIA(toy(fits), random(20)), "UGU").labels["pattern"].tolist() == ["UGU"]
    found = affinity(GIA(toy(fits), random(20)), {"UGU": -1.0, ".G.": 0.0, "..U": 2}, log=False)
    assert found.summary["measured"][0]["n"] == 3


# ---------------------------------------------------------------------------- mismatches


def test_too_many_mismatches_are_said_beforehand():
    with pytest.raises(ValueError, match="variants with 0 to 30 mismatches, more than 262,144"):
        mismatches("A" * 30, 30)
    for bad, kind in (("", ValueError), (5, TypeError)):
        with pytest.raises(kind, match="a pattern"):
            mismatches(bad)


@pytest.mark.parametrize("most", [0, 1, 2, 3])
def test_mismatches_are_all_there_once(most):
    found = mismatches("UGC", most, "rna")
    apart = [sum(a != b for a, b in zip(v, "UGC", strict=True)) for v in found]
    assert apart == sorted(apart)
    everything = {v for v in RNA.kmers(3) if sum(map(str.__ne__, v, "UGC")) <= most}
    assert sorted(found) == sorted(everything)
    assert mismatches("UGC", most, "rna", least=most) == found[apart.index(most) :]


def test_mismatches_keep_what_is_open():
    assert mismatches("u.t", 1, "rna") == ["U.U", "A.U", "C.U", "G.U", "U.A", "U.C", "U.G"]
    assert "AGAAUG" in mismatches("UGCAUG", 2, "rna")
    for most, least in ((4, 0), (1, 2)):
        with pytest.raises(ValueError, match="mismatches of 'UGC' are 0 to 3, got"):
            mismatches("UGC", most, "rna", least=least)
    with pytest.raises(ValueError, match="has 'X' at letter 0"):
        mismatches("XG", 1)


# -------------------------------------------------------------------------- correlations


@pytest.mark.parametrize("log", [True, False])
def test_correlations_are_those_of_scipy(log, rng):
    patterns = mismatches("UGU", 1, "rna")
    measured = dict(zip(patterns, rng.lognormal(size=len(patterns)), strict=True))
    gia = GIA(toy(fits, additive(LENGTH)), random(100), heads=["fits", "sum"])
    found = affinity(gia, measured, log=log)
    x = np.array(list(measured.values()))
    x = np.log(x) if log else x
    for head, answer in zip(gia.heads, found.summary["measured"], strict=True):
        y = found.only(head=head).table["effect"]
        line, ranks = stats.linregress(x, y), stats.spearmanr(x, y)
        assert (answer["head"], answer["log"], answer["n"]) == (head, log, 10)
        for name, value in (
            *(("r", line.rvalue), ("p", line.pvalue), ("slope", line.slope)),
            *(("slope_se", line.stderr), ("intercept", line.intercept)),
            *(("rho", ranks.statistic), ("rho_p", ranks.pvalue)),
        ):
            assert answer[name] == pytest.approx(value)


def test_few_ranks_are_tested_exactly():
    """Against a count of all orders, ties and all; a perfect order has p = 2 / n!."""
    gia = exhaustive(LENGTH, fits)
    perfect = {"UGU": 1, "UGA": 2, "UAA": 3, "AAA": 4}
    assert affinity(gia, perfect).summary["measured"][0]["rho_p"] == pytest.approx(2 / 24)
    ties = {"UGU": 1, "AGU": 3, "UAU": 2, "AAU": 2, "AAA": 9}
    (answer,) = affinity(gia, ties).summary["measured"]
    y = stats.rankdata([2.25, 1.25, 1.25, 0.25, -0.75])
    x = list(ties.values())
    rhos = np.array([stats.spearmanr(x, order).statistic for order in permutations(y)])
    assert answer["rho_p"] == pytest.approx((np.abs(rhos) > abs(answer["rho"]) - 1e-9).mean())


def test_p_is_of_patterns_and_not_of_backgrounds():
    """Values that have nothing to do with effects: p < 0.05 in a twentieth, for any n."""
    found = affinity(GIA(toy(additive(LENGTH)), random(2000)), mismatches("UGU", 1, "rna"))
    patterns, rng = found.labels["pattern"].tolist(), np.random.default_rng(3)
    p = []
    for _ in range(600):
        measured = dict(zip(patterns, rng.normal(size=10), strict=True))
        p.append(compare_to_measured(found, measured, log=False)[0]["p"])
    assert abs(np.mean(np.array(p) < 0.05) - 0.05) < 4 * (0.05 * 0.95 / 600) ** 0.5


def test_other_effects_are_held_against_measures_by_their_patterns():
    gia = GIA(toy(fits), random(100))
    found = positions(gia, ["UGU", "AGU", "AAU", "AAA"], [1, 2])
    measured = {"UGU": 1.0, "AGU": 10.0, "AAU": 100.0, "CCC": 7.0}
    (answer,) = compare_to_measured(found.only(start=2), measured)
    assert answer["n"] == 3
    assert answer["slope"] == pytest.approx(-1 / np.log(10), rel=1e-9)
    with pytest.raises(ValueError, match="a pattern has several rows of one head and scale"):
        compare_to_measured(found, measured)
    with pytest.raises(ValueError, match="nothing was measured"):
        compare_to_measured(found)
    with pytest.raises(ValueError, match="have no column 'pattern'"):
        compare_to_measured(importance(gia, "UGU@2"), measured)


def test_what_is_all_alike_has_no_correlation():
    gia = GIA(toy(fits), random(50))
    for variants in ({"UGU": 2, "AGU": 2, "AAU": 2}, {"UAU": 1, "AGU": 2}, {"...": 1.0}):
        (answer,) = affinity(gia, variants).summary["measured"]
        assert answer["n"] == len(variants)
        assert {answer[x] for x in ("r", "p", "slope", "rho", "rho_p")} == {None}


# -------------------------------------------------------------------------- a real model


def test_rbfox1_follows_what_was_measured(shared):
    """Figure 2f of Koo et al. with DeepBind in place of their model (theirs: p = 0.0015)."""
    model = deepbind.load(shared / "deepbind" / "D00210.001.txt")
    found = affinity(GIA(model, random(1000, 41)), AUWETER)
    (answer,) = found.summary["measured"]
    assert (found.summary["start"], answer["n"]) == (17, 7)
    assert answer["r"] == pytest.approx(-0.886, abs=0.01)
    assert answer["p"] == pytest.approx(0.008, abs=0.001)
    assert answer["rho_p"] == pytest.approx(0.024, abs=0.001)
    assert found.labels["pattern"][np.argmax(found.table["effect"])] == "UGCAUGU"
