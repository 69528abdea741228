"""Contexts: effects beside a flank are those of toy models; ratios are undefined near 0."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from _toys import additive, averages, exhaustive, gc_sensitive, sigmoid, sites, toy

from fastmi import simulate
from fastmi.gia import GIA, Statistics, context
from fastmi.gia.statistics import describe, describe_ratios

LENGTH = 8
PLACES = {"start": 3, "left": 0, "right": 6}  # of UG between two flanks GC
COUNT = sites("UG", [3])
TOYS = {
    "additive": additive(LENGTH),
    "gc": gc_sensitive(COUNT, 6),
    "sigmoid": sigmoid(additive(LENGTH)),
}
KINDS = ("quantity", "pattern", "flank", "side")


def random(n, length=LENGTH, rng=1):
    return simulate.random(n, length, "rna", rng=rng)


def by_labels(effects):
    keys = zip(*(effects.labels[kind].tolist() for kind in KINDS), strict=True)
    return dict(zip(keys, effects.table["effect"].tolist(), strict=True))


def expected(score):
    """Of all rows, by writing into all sequences."""
    f = averages(score, LENGTH)
    alone = f("UG@3") - f("")
    found = {("importance", "UG", "", ""): alone}
    for side, flank in (("left", "GC@0"), ("right", "GC@6")):
        both, beside = f(f"UG@3+{flank}") - f(""), f(flank) - f("")
        found |= {
            ("importance", "", "GC", side): beside,
            ("importance", "UG", "GC", side): both,
            ("ratio", "UG", "GC", side): both / alone,
            ("interaction", "UG", "GC", side): both - beside - alone,
        }
    left, right = (found["importance", "UG", "GC", side] for side in ("left", "right"))
    return found | {("difference", "UG", "GC", "left - right"): left - right}


@pytest.mark.parametrize("name", TOYS)
def test_effects_are_known(name):
    found = by_labels(context(exhaustive(LENGTH, TOYS[name]), "UG", "GC", **PLACES))
    assert found == pytest.approx(expected(TOYS[name]), rel=1e-9, abs=1e-12)


def test_a_flank_that_matters_on_one_side_by_algebra():
    """The pattern is worth 1 less the flank's GC, 1/2 by chance; it is there in 1/16."""
    found = by_labels(context(exhaustive(LENGTH, TOYS["gc"]), "UG", "GC", **PLACES))
    assert {key[0::3]: round(value, 12) for key, value in found.items() if key[1]} == {
        ("importance", ""): 15 / 32,
        ("importance", "left"): 15 / 32,
        ("ratio", "left"): 1,
        ("interaction", "left"): 0,
        ("importance", "right"): -1 / 32,
        ("ratio", "right"): round(-1 / 15, 12),
        ("interaction", "right"): -15 / 32,
        ("difference", "left - right"): 1 / 2,
    }


def test_places_are_those_of_the_paper_by_default():
    score = sites("UGCAUG", range(36))
    found = context(GIA(toy(score), random(50, 41)), "UGCAUG")
    assert found.summary == {"start": {"UGCAUG": 17}, "left": 0, "right": 34}
    names = set(found.labels["name"].tolist())
    assert {"UGCAUG@17", "GCGCGC@0", "GCGCGC@34", "UGCAUG@17+GCGCGC@34"} <= names
    code = context(GIA(toy(score), random(50, 41)), "UGCAUG", left=2)
    assert "UGCAUG@17+GCGCGC@2" in code.labels["name"]
    short = context(GIA(toy(COUNT), random(50, 20)), "UGCA", "GC")
    assert short.summary == {"start": {"UGCA": 8}, "left": 0, "right": 17}


def test_patterns_and_heads():
    gia = GIA(toy(TOYS["gc"], TOYS["additive"]), random(100), heads=["gc", "sum"])
    found = context(gia, ["UG", "AC"], "GC", **PLACES)
    assert len(found) == 2 * (2 * 8 + 2)  # flanks alone are there once
    assert len(found.only(pattern="")) == 2 * 2
    assert found.only(pattern="AC", quantity="ratio", head="sum").denominator.shape == (2, 100)
    assert json.loads(json.dumps(found.summary)) == found.summary
    one = context(gia, "AC", "GC", **PLACES)
    assert by_labels(one.only(head="gc")).items() <= by_labels(found.only(head="gc")).items()


def test_a_ratio_to_nothing_is_undefined():
    """The pattern is where nothing matters to the model; the flanks are not."""
    gia = GIA(toy(sigmoid(additive(LENGTH))), random(200))
    nothing = context(gia, "..", "GC", **PLACES).only(quantity="ratio").table
    assert np.isnan(nothing["effect"]).all()
    noisy = GIA(toy(lambda x: (x[:, 4] - 1.5) + sites("GC", [6])(x)), random(200))
    ratio = context(noisy, ".U", "GC", **PLACES).only(quantity="ratio").table
    assert np.isfinite(ratio["low"]).all()  # U is worth 1.5
    turned = GIA(toy(lambda x: np.where(x[:, 2] < 2, 1, -1) * COUNT(x)), random(200, rng=3))
    ratio = context(turned, "UG", "GC", **PLACES).only(quantity="ratio").table
    assert (ratio["low"] == -np.inf).all()
    assert (ratio["high"] == np.inf).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"flank": "GXC"}, "pattern 'GXC' has 'X' at letter 1"),
        ({"flank": "GCGC", "start": 3}, "UG@3 and GCGC@0 overlap at 3"),
        ({"flank": "GU", "right": 4}, "UG@3 and GU@4 overlap at 4: what both write"),
        ({"flank": "GC", "right": 7}, "GC at 7 does not fit into 8 letters"),
        ({"flank": "GC", "left": -1}, "left must be a whole number from 0 up, got -1"),
        ({"flank": "GC", "start": 9}, "UG at 9 does not fit into 8 letters"),
        ({"flank": "G" * 9}, "has 9 letters, the background 8"),
    ],
)
def test_bad_places_are_said(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        context(GIA(toy(COUNT), random(20)), "UG", **arguments)


def test_intervals_cover_the_truth():
    """1,000 times 64 backgrounds; 4 standard errors of the share around 0.95."""
    n, repeats = 64, 1000
    score = TOYS["sigmoid"]
    found = context(GIA(toy(score), random(n * repeats), n * repeats), "UG", "GC", **PLACES)
    truths, below = list(expected(score).values()), iter(found.denominator)
    order = list(by_labels(found))
    assert order == list(expected(score))
    for (quantity, *_), row, truth in zip(order, found.local, truths, strict=True):
        blocks = row.reshape(repeats, n)
        if quantity == "ratio":
            numbers, _ = describe_ratios(blocks, next(below).reshape(repeats, n), Statistics())
        else:
            numbers = describe(blocks, Statistics())
        share = ((numbers["low"] <= truth) & (truth <= numbers["high"])).mean()
        assert abs(share - 0.95) < 4 * (0.95 * 0.05 / repeats) ** 0.5
