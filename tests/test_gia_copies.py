"""Copies: effects of sites are those of toy models; verdicts are right as often as stated."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from _toys import (
    additive,
    at_gap,
    averages,
    exhaustive,
    gc_sensitive,
    in_blocks,
    saturating,
    sigmoid,
    sites,
    synergistic,
    toy,
)

import fastmi
from fastmi import simulate
from fastmi.gia import (
    CODE_STARTS,
    GIA,
    PAPER_STARTS,
    Statistics,
    additivity,
    copies,
    importance,
)
from fastmi.gia.statistics import describe

LENGTH, STARTS = 7, (0, 2, 5)
COUNT = sites("GU", STARTS)
TOYS = {
    "additive": additive(LENGTH),
    "count": COUNT,
    "saturating": saturating(COUNT),
    "synergistic": synergistic(COUNT),
    "sigmoid": sigmoid(additive(LENGTH)),
    "gc": gc_sensitive(COUNT, 4),
}
ADDING = [f"GU@{s}" for s in STARTS]


def random(n, length=LENGTH, rng=1):
    return simulate.random(n, length, "rna", rng=rng)


def verdicts(effects):
    return [answer["verdict"] for answer in effects.summary["additivity"]]


# ------------------------------------------------------------------------------- effects


def expected(score):
    """Of all rows of three sites, by writing into all sequences."""
    f = averages(score, LENGTH)
    alone = [f(site) - f("") for site in ADDING]
    two, three = (f("+".join(ADDING[:m])) - f("") for m in (2, 3))
    return [*alone, two, three, two - alone[0] - alone[1], three - sum(alone)]


@pytest.mark.parametrize("name", TOYS)
def test_effects_are_known(name):
    found = copies(exhaustive(LENGTH, TOYS[name]), "GU", STARTS)
    assert found.labels["quantity"].tolist() == ["importance"] * 5 + ["interaction"] * 2
    assert found.labels["copies"].tolist() == [1, 1, 1, 2, 3, 2, 3]
    assert found.labels["starts"].tolist() == ["0", "2", "5", "0,2", "0,2,5", "0,2", "0,2,5"]
    np.testing.assert_allclose(found.table["effect"], expected(TOYS[name]), rtol=0, atol=1e-12)
    (answer,) = found.summary["additivity"]
    assert answer["together"] == pytest.approx(expected(TOYS[name])[4], abs=1e-12)
    assert answer["sum"] == pytest.approx(sum(expected(TOYS[name])[:3]), abs=1e-12)


def test_saturation_by_algebra():
    """1 - exp(-c), where each of the other sites is there with a chance of 1/16."""
    by_chance = 15 / 16 + np.exp(-1) / 16  # E exp(-1[site])
    found = copies(exhaustive(LENGTH, saturating(COUNT)), "GU", STARTS).table["effect"]
    importance = [by_chance**3 - np.exp(-m) * by_chance ** (3 - m) for m in (1, 2, 3)]
    np.testing.assert_allclose(found[[0, 3, 4]], importance, rtol=1e-12)
    np.testing.assert_allclose(found[-1], importance[2] - 3 * importance[0], rtol=1e-12)


def test_the_sum_is_of_these_sites():
    """An additive model whose sites differ: three times the first would be far off."""
    a, b, c = (sites("GU", [s]) for s in STARTS)
    gia = exhaustive(LENGTH, lambda x: 4 * a(x) + b(x) + c(x) / 2)
    found = copies(gia, "GU", STARTS)
    (answer,) = found.summary["additivity"]
    assert answer["verdict"] == "additive"
    assert answer["sum"] == pytest.approx(5.5 * 15 / 16)
    assert found.table["effect"][0] * 3 == pytest.approx(12 * 15 / 16)
    assert abs(answer["interaction"]) < 1e-12
    # the line does not know that sites differ, so R^2 is no test
    assert answer["r2_means"] < 0.97


def test_the_line_is_that_of_all_local_importances():
    found = copies(GIA(toy(saturating(COUNT)), random(300)), "GU", STARTS)
    (answer,) = found.summary["additivity"]
    local = found.local[[0, 3, 4]]
    m = np.repeat([1, 2, 3], found.n)
    slope, intercept = np.polyfit(m, local.ravel(), 1)
    assert answer["slope"] == pytest.approx(slope)
    assert answer["intercept"] == pytest.approx(intercept)
    assert answer["r2"] == pytest.approx(np.corrcoef(m, local.ravel())[0, 1] ** 2)
    means = np.corrcoef([1, 2, 3], local.mean(axis=1))[0, 1] ** 2
    assert answer["r2_means"] == pytest.approx(means)
    assert answer["r2_means"] > 0.9 > answer["r2"]
    assert answer["slope_low"] < slope < answer["slope_high"]


def test_sites_that_work_together_at_one_gap():
    score = at_gap("GU", "GU", 1)
    f, gia = averages(score, LENGTH), exhaustive(LENGTH, score)
    for second, verdict in ((3, "synergistic"), (4, "saturating")):  # 4: fewer by chance
        (answer,) = copies(gia, "GU", [0, second]).summary["additivity"]
        both, alone = f(f"GU@0+GU@{second}"), (f("GU@0"), f(f"GU@{second}"))
        assert answer["interaction"] == pytest.approx(both - sum(alone) + f(""), abs=1e-12)
        assert answer["verdict"] == verdict


def test_starts():
    assert (PAPER_STARTS, CODE_STARTS) == ((4, 11, 18), (4, 12, 20))
    gia = GIA(toy(sites("UGCAUG", range(36))), random(50, 41))
    for starts, expected in ((None, "4,11,18"), (CODE_STARTS, "4,12,20"), ([9, 1], "9,1")):
        found = copies(gia, "UGCAUG", starts)
        assert found.labels["starts"][-1] == expected
    assert copies(gia, "UGCA").labels["starts"][-1] == "4,9,14"  # a letter between
    four = copies(gia, "UGCAUG", [0, 6, 12, 18, 24])
    assert four.labels["copies"].tolist() == [1] * 5 + [2, 3, 4, 5] * 2
    assert four.summary["additivity"][0]["interaction"] == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize(
    ("pattern", "starts", "message"),
    [
        ("UGCAUG", [4], "starts are of two sites at least, each another, got [4]"),
        ("UGCAUG", [4, 4], "starts are of two sites at least, each another, got [4, 4]"),
        (
            "UGCAUG",
            [4, 36],
            "UGCAUG at 36 does not fit into 41 letters; its starts",
        ),
        ("UGCAUG", [4, 7], "UGCAUG@4 and UGCAUG@7 overlap at 7"),
        ("UGCAUG", [8, 4], "what both write would count twice in the sum"),
        ("UGCAUG", [4, -1], "start must be a whole number from 0 up, got -1"),
        ("UGXAUG", None, "pattern 'UGXAUG' has 'X' at letter 2"),
        ([], None, "there are no patterns"),
        ("U" * 14, None, "at 34 does not fit into 41 letters"),
    ],
)
def test_bad_sites_are_said(pattern, starts, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        copies(GIA(toy(COUNT), random(20, 41)), pattern, starts)


# ------------------------------------------------------------------------------ verdicts


def test_a_verdict_is_of_all_rows():
    gia = GIA(toy(COUNT), random(40))
    found = copies(gia, "GU", STARTS)
    for some in (found.only(quantity="importance"), found.only(copies=[1, 2])):
        with pytest.raises(ValueError, match="some rows of GU are missing: take all that"):
            additivity(some)
    with pytest.raises(ValueError, match="these are effects of importance, not of copies"):
        additivity(importance(gia, "GU@0"))
    with pytest.raises(TypeError, match="effects of copies are Effects, got 5"):
        additivity(5)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("additive", "additive"),
        ("count", "additive"),
        ("saturating", "saturating"),
        ("synergistic", "synergistic"),
    ],
)
def test_verdicts(name, verdict, sign):
    """Of effects below 0 as well: what counts is their size."""
    gia = GIA(toy(lambda x: sign * TOYS[name](x)), random(400))
    assert verdicts(copies(gia, "GU", STARTS)) == [verdict]


def test_no_effect():
    elsewhere = sites("A", [4])
    assert verdicts(copies(GIA(toy(elsewhere), random(400)), "GU", [0, 2])) == ["no effect"]


def test_sites_that_do_nothing_alone_are_synergistic():
    gia = GIA(toy(lambda x: (COUNT(x) == 3) * 1.0), random(400))
    assert verdicts(copies(gia, "GU", STARTS)) == ["synergistic"]


def test_additivity_depends_on_the_scale():
    gia = GIA(toy(lambda x: np.exp(COUNT(x))), random(400), transform="log")
    found = copies(gia, "GU", STARTS)
    scales = {a["scale"]: a["verdict"] for a in found.summary["additivity"]}
    assert scales == {"score": "synergistic", "log": "additive"}


def test_patterns_and_heads_have_verdicts_of_their_own():
    heads = toy(COUNT, saturating(COUNT), synergistic(sites("AC", STARTS)))
    gia = GIA(heads, random(400), heads=["count", "saturating", "ac"])
    found = copies(gia, ["GU", "AC"], STARTS)
    answers = {(a["pattern"], a["head"]): a["verdict"] for a in found.summary["additivity"]}
    assert list(answers) == [(p, h) for p in ("GU", "AC") for h in gia.heads]
    assert [answers["GU", h] for h in gia.heads][:2] == ["additive", "saturating"]
    assert answers["AC", "ac"] == "synergistic"
    assert json.loads(json.dumps(found.summary, allow_nan=False)) == found.summary
    for (pattern, head), verdict in answers.items():  # rows of one alone say the same
        assert additivity(found.only(pattern=pattern, head=head))[0]["verdict"] == verdict


def test_rounding_is_no_interaction():
    """A sum in single precision is off by the same in all backgrounds: sure, and nothing."""
    tenth, third = np.float32(0.1), np.float32(0.3)
    gia = GIA(toy(lambda x: tenth * COUNT(x).astype(np.float32) + third), random(400))
    found = copies(gia, "GU", STARTS)
    assert (found.local[-2:] == 0).all()
    assert (found.table["p"][-2:] == 1).all()
    assert verdicts(found) == ["additive"]


def test_rounding_of_many_sums_is_no_interaction():
    """More than a single rounding: that of a layer whose numbers are larger than its sum."""

    def layer(x):
        return (100 + 0.1 * COUNT(x)).astype(np.float32) - np.float32(100)

    found = copies(GIA(toy(layer), random(400)), "GU", STARTS)
    assert (found.table["q"][-2:] < 1e-3).any()
    assert (np.abs(found.table["effect"][-2:]) > 0).all()
    assert verdicts(found) == ["additive"]


def test_what_is_too_small_to_matter_does_not_count():
    """Minimal effects below the interaction, between it and the effects, above them all."""
    found = copies(
        GIA(toy(lambda x: COUNT(x) - 0.02 * COUNT(x) ** 2), random(400)), "GU", STARTS
    )
    interaction, largest = np.abs(found.table["effect_in_sd"])[[-1, 4]]
    assert 0 < 4 * interaction < largest
    for minimal, verdict in (
        (interaction / 2, "saturating"),
        (interaction * 2, "additive"),
        (largest * 2, "no effect"),
    ):
        (answer,) = additivity(found.with_statistics(minimal=float(minimal)))
        assert answer["verdict"] == verdict


def test_a_single_background_decides_nothing():
    found = copies(GIA(toy(saturating(COUNT)), random(1)), "GU", STARTS)
    (answer,) = found.summary["additivity"]
    assert answer["verdict"] is None
    assert answer["interaction_q"] is None
    assert answer["slope"] is not None


def test_a_file_brings_it_back(tmp_path):
    found = copies(GIA(toy(saturating(COUNT)), random(50)), "GU", STARTS)
    found.save(tmp_path / "e.npz")
    loaded = fastmi.load(tmp_path / "e.npz")
    assert loaded.summary == found.summary
    assert additivity(loaded) == found.summary["additivity"]


# --------------------------------------------------------------------------------- rates

N, REPEATS = 64, 1000


def test_intervals_cover_the_truth():
    """1,000 times 64 backgrounds; 4 standard errors of the share around 0.95."""
    score = sigmoid(additive(LENGTH))
    found = copies(GIA(toy(score), random(N * REPEATS), N * REPEATS), "GU", STARTS)
    for row, truth in zip(found.local, expected(score), strict=True):
        numbers = describe(row.reshape(REPEATS, N), Statistics())
        share = ((numbers["low"] <= truth) & (truth <= numbers["high"])).mean()
        assert abs(share - 0.95) < 4 * (0.95 * 0.05 / REPEATS) ** 0.5


def test_verdicts_are_wrong_as_rarely_as_stated():
    """Interactions that are there in each background, either way, and 0 on average."""

    def score(x):
        turned = np.where(x[:, 4] < 2, 1.0, -1.0)
        first, second = sites("GU", [0])(x), sites("GU", [2])(x)
        return first + second + turned * (first * second + x[:, 6])

    found = copies(GIA(toy(score), random(N * REPEATS), N * REPEATS), "GU", [0, 2])
    answers = [additivity(some)[0]["verdict"] for some in in_blocks(found, N)]
    assert set(answers) <= {"additive", "saturating", "synergistic"}
    wrong = REPEATS - answers.count("additive")
    assert 20 < wrong < 80  # 50 expected; q of one null among true effects is about its p
