"""Spacing: known interactions at one gap, order and orientation, and none where effects add up.

Every local value is held against sequences written by hand, letter by letter.
"""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
from _toys_pairs import (
    Additive,
    PairAtGap,
    PairInPlaces,
    Recording,
    model,
    reverse_complement,
    wrote,
)

import fastmi
from fastmi import simulate
from fastmi.errors import FastMIWarning
from fastmi.gia import GIA, Effects, Statistics, importance, spacing
from fastmi.gia.contrasts import interaction
from fastmi.gia.designs import Design
from fastmi.models import deepbind

L = 41
SITE = "UGCAUG"
PLAIN = ["A" * L] * 3


def random(n: int = 200, alphabet: str = "rna", length: int = L) -> fastmi.PackedSequences:
    return simulate.random(n, length, alphabet, rng=1).pack()


def written_into(gia: GIA) -> list[str]:
    """The backgrounds of a GIA."""
    return gia.background().block(0, gia.n).to_strings()


def effects_of(found: Effects, quantity: str = "interaction", **labels: object) -> list[float]:
    return found.table[found.rows(quantity=quantity, **labels)]["effect"].tolist()


def cells(found: Effects, *factors: str) -> list[tuple[object, ...]]:
    """Factors of the interactions, in their order."""
    rows = found.rows(quantity="interaction")
    return list(zip(*(found.labels[f][rows].tolist() for f in factors), strict=True))


# ------------------------------------------------------------------------- known answers


def test_the_interaction_at_one_gap_order_and_orientation_is_the_weight_and_else_nothing():
    rule = PairAtGap("GTT", reverse_complement("TGG", "dna"), 4, weight=2.5)
    gia = GIA(model(rule), PLAIN, alphabet="dna")
    found = spacing(gia, "GTT", "TGG", range(9), strands="all")
    assert len(found) == 2 * 9 * 2 * 4
    at = {"gap": 4, "order": "ab", "strands": "+-"}
    for quantity in ("interaction", "importance"):
        assert effects_of(found, quantity, **at) == [2.5]
        assert sum(effects_of(found, quantity)) == 2.5
        assert found.summary["best"][0][quantity] == {**at, "start": 15, "effect": 2.5}


@pytest.mark.parametrize(
    ("rule", "order", "strands"),
    [
        (PairAtGap("TGG", "GTT", 2), "ba", "++"),
        (PairAtGap("TGG", "AAC", 2), "ba", "-+"),  # the strand of a comes first
        (PairAtGap("AAC", "TGG", 2), "ab", "-+"),
        (PairAtGap("CCA", "AAC", 2), "ba", "--"),
    ],
)
def test_strands_are_those_of_a_and_b_in_either_order(rule, order, strands):
    gia = GIA(model(rule), ["T" * L] * 2, alphabet="dna")
    found = spacing(gia, "GTT", "TGG", [1, 2, 3], strands="all")
    rows = found.rows(quantity="importance")
    alone = found.local[rows].mean(axis=1) == 1
    labels = [tuple(found.labels[f][rows][alone]) for f in ("gap", "order", "strands")]
    assert labels == [(2,), (order,), (strands,)]


def test_local_interactions_are_the_weight_where_neither_pattern_was_there():
    sequences = random(2000).to_strings()
    gia = GIA(model(PairInPlaces({10: "GU", 15: "CA"}, 3.0)), sequences, alphabet="rna")
    found = spacing(gia, "GU", "CA", 3, orders="ab", start=10)
    used = written_into(gia)
    a, b = (np.array([s.startswith(p, at) for s in used]) for p, at in (("GU", 10), ("CA", 15)))
    assert a.sum() > 20 < b.sum()
    together, both = found.local
    np.testing.assert_array_equal(together, 3.0 * (1 - a * b))
    np.testing.assert_array_equal(both, 3.0 * (1 - a) * (1 - b))
    row = found.table[1]
    assert abs(row["effect"] - 3 * (15 / 16) ** 2) < 5 * row["se"]


def test_every_local_value_is_that_of_sequences_written_by_hand():
    def rule(s: str) -> float:
        return PairAtGap("GC", "UG", 1)(s) + s.count("GCU") * s.find("A") + s.count("UGC")

    gia = GIA(model(rule), random(50))
    found = spacing(gia, "GCU", "CUG", range(-2, 6), strands=["++", "-+"], start=[0, 7])
    used = written_into(gia)
    for i, (gap, order, strands, start) in enumerate(
        zip(*(found.labels[f] for f in ("gap", "order", "strands", "start")), strict=True)
    ):
        a, b = (
            p if strand == "+" else reverse_complement(p)
            for p, strand in zip(("GCU", "CUG"), strands, strict=True)
        )
        left, right = (a, b) if order == "ab" else (b, a)
        one, other = (left, start), (right, start + 3 + gap)
        shared = (left[3 + gap :], start + 3 + gap) if gap < 0 else ("N", 0)
        ab, first, second, none = (
            np.array([rule(wrote(s, *places)) for s in used])
            for places in ([one, other], [one], [other], [shared])
        )
        if found.labels["quantity"][i] == "importance":
            expected = ab - np.array([rule(s) for s in used])
        else:
            expected = ab - first - second + none
        np.testing.assert_allclose(found.local[i], expected, atol=1e-12)


@pytest.mark.slow
def test_intervals_cover_the_known_interaction():
    rule = model(PairInPlaces({10: "GU", 15: "CA"}, 3.0))
    inside = 0
    for seed in range(1000):
        gia = GIA(rule, simulate.random(200, 20, "rna", rng=seed), rng=seed)
        row = spacing(gia, "GU", "CA", 3, orders="ab", start=10).table[1]
        inside += row["low"] <= 3 * (15 / 16) ** 2 <= row["high"]
    assert 925 <= inside <= 975  # 95 %, +-3.6 standard errors


# -------------------------------------------------------------------- nothing to be found


def test_effects_that_add_up_have_no_interaction_wherever_the_patterns_stand():
    gia = GIA(model(Additive(L, "ACGT")), random(alphabet="dna"))
    found = spacing(gia, "TGCAT", "ATGG", range(-4, 33), strands="all")
    assert min(found.labels["gap"]) < 0
    assert max(map(abs, effects_of(found))) < 1e-12
    assert np.abs(found.local[found.rows(quantity="interaction")]).max() < 1e-12
    assert np.ptp(effects_of(found, "importance", order="ab", strands="++")) > 1


def test_without_what_they_share_overlaps_would_interact_where_effects_add_up():
    gia = GIA(model(Additive(L, "ACGU")), random())
    found = spacing(gia, SITE, SITE, -2)
    both = Design.parse(found.labels["name"][0])
    one, other = (Design((placement,)) for placement in both.placements)
    plain = gia.effects([interaction("against the background", one + other, [one, other])])
    assert abs(effects_of(found)[0]) < 1e-12 < 0.1 < abs(plain.table["effect"][0])


def test_what_adds_up_before_a_sigmoid_interacts_behind_it():
    additive = Additive(L, "ACGU")

    def rule(s: str) -> float:
        return 1 / (1 + np.exp(-additive(s) / 4))

    gia = GIA(model(rule), random(), transform="logit")
    found = spacing(gia, SITE, "GGACU", [-1, 0, 5])
    assert cells(found.only(scale="logit"), "gap") == cells(found.only(scale="score"), "gap")
    assert np.abs(found.local[found.rows(quantity="interaction", scale="logit")]).max() < 1e-9
    assert max(map(abs, effects_of(found, scale="score"))) > 0.01
    assert [best["scale"] for best in found.summary["best"]] == ["score", "logit"]


# ------------------------------------------------------------------------ what is written


def test_pairs_stand_in_the_middle_or_where_they_are_wanted():
    gia = GIA(model(len), random(3))
    assert cells(spacing(gia, SITE, SITE, [0, 3, -2]), "gap", "start") == [
        (0, 14),
        (3, 13),
        (-2, 15),
    ]
    found = spacing(gia, "GC", SITE, [0, 1], start=[4, 0])
    assert cells(found, "gap", "order", "start") == [
        (gap, order, start) for order in ("ab", "ba") for start in (4, 0) for gap in (0, 1)
    ]
    assert set(found.only(order="ba", gap=1).labels["name"]) == {
        f"{SITE}@4+GC@11",
        f"{SITE}@0+GC@7",
    }
    assert set(found.only(order="ab", gap=1, start=4).labels["name"]) == {f"GC@4+{SITE}@7"}


def test_the_default_gaps_are_as_many_as_fit():
    def gaps(length: int, **options: object) -> list[object]:
        gia = GIA(model(len), random(3, length=length))
        return [gap for (gap,) in cells(spacing(gia, SITE, SITE, **options), "gap")]

    assert gaps(41) == list(range(21))
    assert gaps(20) == list(range(9))
    assert gaps(20, start=[0, 5]) == [0, 1, 2, 3] * 2
    assert gaps(12) == [0]


def test_overlaps_are_where_letters_agree_and_the_others_are_told():
    seen = Recording(len)
    gia = GIA(model(seen), ["C" * L] * 2, alphabet="rna")
    found = spacing(gia, SITE, SITE, range(-6, 1))
    assert cells(found, "gap") == [(-2,), (0,)]
    assert found.labels["name"][0] == "UGCAUG@15+UGCAUG@19"
    places = [
        ("UGCAUGCAUG", 15),
        (SITE, 15),
        (SITE, 19),
        ("UG", 19),
        ("UGCAUGUGCAUG", 14),
        (SITE, 14),
        (SITE, 20),
    ]
    assert set(seen.seen) == {"C" * L, *(wrote("C" * L, place) for place in places)}
    assert [cell["gap"] for cell in found.summary["left_out"]] == [-6, -5, -4, -3, -1, -6]
    reasons = [cell["reason"] for cell in found.summary["left_out"]]
    assert reasons[0] == f"with a gap of -6, {SITE} does not start behind {SITE}"
    assert reasons[4] == "UGCAUG@15 and UGCAUG@20 overlap, and disagree on the letter at 20"


def test_a_short_pattern_may_lie_within_a_long_one():
    gia = GIA(model(Additive(L, "ACGU")), random(20))
    found = spacing(gia, "GGNNNNGG", "AU", [-4, -5], orders=["ab", "ba"])
    assert cells(found, "gap", "order") == [(-4, "ab"), (-5, "ab")]
    assert set(found.labels["name"]) == {"GGNNNNGG@16+AU@20", "GGNNNNGG@16+AU@19"}
    assert {cell["order"] for cell in found.summary["left_out"]} == {"ba"}


def test_what_is_the_same_is_asked_for_once():
    gia = GIA(model(len), random(3, "dna"))
    assert cells(spacing(gia, "TTGC", "TTGC", 3), "order") == [("ab",)]
    found = spacing(gia, "TTGC", "TTGC", 3, strands="all")
    assert cells(found, "order", "strands") == [("ab", s) for s in ("++", "+-", "-+", "--")]
    palindromes = spacing(gia, "GAATTC", "GAATTC", [3, 4], strands="all")
    assert cells(palindromes, "gap", "order", "strands") == [(3, "ab", "++"), (4, "ab", "++")]
    found = spacing(gia, "TTGC", "GCAA", 3, strands="all")  # each other's reverse complements
    assert len(cells(found, "gap")) == 4
    assert len(cells(spacing(gia, "TTGC", "TTTT", [3, 3], strands=["++", "++"]), "gap")) == 2


def test_nothing_is_scored_twice():
    seen = Recording(len)
    gia = GIA(model(seen), ["C" * L] * 40, alphabet="rna")
    found = spacing(gia, SITE, SITE, [0, 3])
    before = gia.n_scored
    assert spacing(gia, SITE, SITE, [3, 0]).table["effect"].sum() == found.table["effect"].sum()
    assert gia.n_scored == before == 40 * (1 + 2 * 3)


# ------------------------------------------------------------------------- what comes out


def test_summaries_are_of_each_head_and_scale_and_outlive_a_file(tmp_path):
    rules = {"late": PairAtGap("GUU", "GGG", 5), "early": PairAtGap("GGG", "GUU", 1, -2.0)}
    models = {name: model(rule) for name, rule in rules.items()}
    gia = GIA(models, PLAIN, alphabet="rna", transform=np.tanh)
    found = spacing(gia, "GUU", "GGG", range(7))
    late, late_tanh, early, early_tanh = found.summary["best"]
    assert (late["head"], late["scale"], early_tanh["scale"]) == ("late", "score", "tanh")
    assert {"gap": 5, "order": "ab", "effect": 1.0}.items() <= late["interaction"].items()
    assert {"gap": 1, "order": "ba", "effect": -2.0}.items() <= early["importance"].items()
    assert late_tanh["interaction"]["effect"] == pytest.approx(np.tanh(1))
    found.save(tmp_path / "spacing.npz")
    again = Effects.load(tmp_path / "spacing.npz")
    assert again.summary == json.loads(json.dumps(found.summary, allow_nan=False))
    np.testing.assert_array_equal(again.local, found.local)
    assert cells(again, "gap", "order", "strands", "start", "head", "scale") == cells(
        found, "gap", "order", "strands", "start", "head", "scale"
    )


def test_the_rules_of_the_gia_hold():
    rule = model(PairAtGap("GC", "GC", 2))
    gia = GIA(rule, random(2000), 100, until_se=0.02, statistics=Statistics(confidence=0.5))
    found = spacing(gia, "GC", "GC", [1, 2])
    assert 100 < found.n <= 2000
    assert found.statistics.confidence == 0.5
    with pytest.warns(FastMIWarning, match="above until_se"):
        spacing(GIA(rule, random(20), until_se=1e-9), "GC", "GC", [1, 2])


def test_the_same_seed_gives_the_same_bits_whatever_is_asked_for_first():
    def fresh() -> GIA:
        return GIA(model(Additive(L, "ACGU")), simulate.random(100, L, "rna", rng=3), rng=1)

    gia = fresh()
    importance(gia, "GGG@0")
    found, again = spacing(gia, SITE, "GC", [4, 2]), spacing(fresh(), SITE, "GC", [2, 4])
    for gap in (2, 4):
        np.testing.assert_array_equal(found.only(gap=gap).local, again.only(gap=gap).local)


# ------------------------------------------------------------------------------ the paper


def test_the_four_designs_of_the_figure():
    seen = Recording(len)
    gia = GIA(model(seen), ["CA" * 20 + "C"] * 2, alphabet="rna")
    found = importance(
        gia,
        [
            "UGCAUG@17",
            "UGCAUG@16+UGCAUG@20",
            "UGCAUG@15+UGCAUG@21",
            "UGCAUGNNNUGCAUG@13",
        ],
    )
    background = "CA" * 20 + "C"
    places = [(SITE, 17), ("UGCAUGCAUG", 16), ("UGCAUGUGCAUG", 15), ("UGCAUGNNNUGCAUG", 13)]
    assert set(seen.seen) == {background, *(wrote(background, place) for place in places)}
    assert len(found) == 4
    pair = spacing(gia, SITE, SITE, [0, 3])
    assert list(pair.labels["start"][::2]) == [14, 13]  # the last one is in the figure's place
    assert pair.labels["name"][2] == "UGCAUG@13+UGCAUG@22"


def test_two_sites_of_rbfox1_do_less_than_twice_one(shared):
    rbfox1 = deepbind.load(shared / "deepbind" / "D00210.001.txt")
    gia = GIA(rbfox1, simulate.random(1000, L, "rna", rng=1))
    found = spacing(gia, SITE, SITE, range(-2, 21))
    assert cells(found, "gap") == [(-2,), *((gap,) for gap in range(21))]
    together = found.only(quantity="importance").table
    beyond = found.only(quantity="interaction").table
    alone = importance(gia, "UGCAUG@17").table["effect"][0]
    assert (together["effect"] > alone).all()
    assert (beyond["high"] < 0).all()
    assert found.summary["best"][0]["importance"]["gap"] == -2
    assert all(abs(x - y) < 0.5 for x, y in pairwise(together["effect"][4:]))


# -------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"gaps": [21]}, ValueError, "UGCAUG and GCGC with a gap of 21 take 31 letters, the b"),
        (
            {"gaps": [0, 9], "start": 13},
            ValueError,
            "UGCAUG and GCGC with a gap of 9 take 19 letters from 13 on, the background has 30",
        ),
        ({"start": 25}, ValueError, "with a gap of 0 take 10 letters from 25 on, the backgro"),
        ({"start": -1}, ValueError, "start must be a whole number from 0 up, got -1"),
        ({"start": "4"}, TypeError, "a start must be a whole number, got '4'"),
        ({"gaps": [1.5]}, TypeError, "a gap must be a whole number, got 1.5"),
        ({"gaps": True}, TypeError, "a gap must be a whole number, got True"),
        ({"gaps": []}, ValueError, "there are no gaps"),
        ({"start": []}, ValueError, "there are no starts"),
        ({"orders": "AB"}, ValueError, "orders are ab, ba, got 'AB'"),
        ({"orders": 5}, ValueError, "orders are ab, ba, got 5"),
        ({"orders": []}, ValueError, "orders are ab, ba, got none"),
        ({"strands": "+"}, ValueError, r"strands are \+\+, \+-, -\+, --, got '\+'"),
        ({"a": "UGX"}, ValueError, "pattern 'UGX' has 'X' at letter 2"),
        ({"b": ""}, ValueError, "a pattern has a letter at least"),
        ({"b": 3}, TypeError, "a pattern is a string, got 3"),
        (
            {"gaps": -1, "orders": "ba"},
            ValueError,
            "there is no such pair of UGCAUG and GCGC: GCGC@.* disagree on the letter at 13",
        ),
        (
            {"gaps": -6},
            ValueError,
            "there is no such pair .*: with a gap of -6, GCGC does not start behind UGCAUG",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(options, error, message):
    gia = GIA(model(len), random(3, length=30))
    options = {"a": SITE, "b": "GCGC", **options}
    with pytest.raises(error, match=message):
        spacing(gia, **options)
    assert gia.n_scored == 0


def test_proteins_have_no_other_strand():
    gia = GIA(model(len), random(3, "protein"))
    assert len(spacing(gia, "WW", "KE", [0, 5])) == 8
    with pytest.raises(ValueError, match="protein has no complement, so no strand '-'"):
        spacing(gia, "WW", "KE", 3, strands="all")
