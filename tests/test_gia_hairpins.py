"""A pattern in a hairpin: known effects of place and structure, and what is written where."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from _toys_pairs import Additive, HairpinDetector, Recording, model, reverse_complement, wrote

import fastmi
from fastmi import simulate
from fastmi.gia import GIA, Effects, hairpin, importance
from fastmi.simulate import Hairpin

L = 41
PAPER, CODE = Hairpin(5, 22, 11), Hairpin(7, 23, 9)
PLACES = [
    ("importance", "loop", "hairpin"),
    ("importance", "stem", "hairpin"),
    ("importance", "loop", "linear"),
    ("importance", "stem", "linear"),
    ("importance", "across", "linear"),
    ("importance", "none", "hairpin"),
    ("difference", "loop - stem", "hairpin"),
    ("difference", "loop - stem", "linear"),
    ("difference", "loop - stem", "hairpin - linear"),
]


def random(n: int = 200, alphabet: str = "rna", length: int = L) -> fastmi.PackedSequences:
    return simulate.random(n, length, alphabet, rng=1).pack()


def pairs_of(structure: Hairpin) -> list[tuple[int, int]]:
    return [(structure.stem5 + t, structure.end - 1 - t) for t in range(structure.length)]


def detector(structure: Hairpin, motif: str, **worth: float) -> HairpinDetector:
    """Of a motif anywhere in the loop."""
    starts = range(structure.stem5 + structure.length, structure.stem3 - len(motif) + 1)
    return HairpinDetector(pairs_of(structure), motif, starts, **worth)


def loops_of(gia: GIA, structure: Hairpin) -> list[str]:
    """The loops of the backgrounds."""
    loop = slice(structure.stem5 + structure.length, structure.stem3)
    return [s[loop] for s in gia.background().block(0, gia.n).to_strings()]


def row(found: Effects, place: str, structure: str) -> np.ndarray:
    """Local values of a row."""
    (at,) = found.rows(place=place, structure=structure)
    return found.local[at]


# ------------------------------------------------------------------------- known answers


@pytest.mark.parametrize(("structure", "motif"), [(PAPER, "GCUGGC"), (CODE, "GCUGG")])
def test_a_motif_counts_in_the_loop_of_a_stem_only(structure, motif):
    rule = detector(structure, motif, motif_worth=2.5)
    gia = GIA(model(rule), random())
    found = hairpin(gia, motif, structure)
    labels = (found.labels[f].tolist() for f in ("quantity", "place", "structure"))
    assert list(zip(*labels, strict=True)) == PLACES
    there = np.array([motif in loop for loop in loops_of(gia, structure)])
    known = {("loop", "hairpin"): 2.5 * ~there, ("none", "hairpin"): 2.5 * there}
    for which in ("hairpin", "hairpin - linear"):
        known["loop - stem", which] = known["loop", "hairpin"]
    for _, place, which in PLACES:  # all others are 0
        np.testing.assert_array_equal(row(found, place, which), known.get((place, which), 0.0))


def test_the_hairpins_own_effect_is_that_of_its_pairs_and_no_pattern_has_it():
    rule = detector(PAPER, "GCUGGC", pair=0.5)
    gia = GIA(model(rule), random())
    found = hairpin(gia, "GCUGGC")
    used = gia.background().block(0, gia.n).to_strings()
    by_chance = np.array([rule.n_pairs(s) for s in used])
    assert np.ptp(by_chance) > 3
    there = np.array([loop == "GCUGGC" for loop in loops_of(gia, PAPER)])
    own = 0.5 * (11 - by_chance) + there
    np.testing.assert_array_equal(row(found, "none", "hairpin"), own)
    np.testing.assert_array_equal(row(found, "loop", "hairpin"), ~there)
    np.testing.assert_array_equal(row(found, "stem", "hairpin"), 0)
    assert np.ptp(row(found, "stem", "linear")) > 0  # it makes and breaks pairs there
    np.testing.assert_array_equal(row(found, "loop", "linear"), 0)


def test_a_motif_that_was_there_by_chance_is_taken_off():
    rule = detector(CODE, "GC", motif_worth=2.0)
    gia = GIA(model(rule), random(1000))
    found = hairpin(gia, "GC", CODE)
    there = np.array(["GC" in loop for loop in loops_of(gia, CODE)])
    assert there.sum() > 100
    np.testing.assert_array_equal(row(found, "loop", "hairpin"), 2.0 * ~there)


def test_places_that_differ_without_structure_are_told_from_structure():
    additive = Additive(L, "ACGU")
    gia = GIA(model(additive), random(3000), transform=np.cbrt)
    found = hairpin(gia, "GCUGG", CODE).only(scale="score")
    np.testing.assert_allclose(row(found, "loop", "hairpin"), row(found, "loop", "linear"))
    difference = row(found, "loop - stem", "linear")
    np.testing.assert_allclose(
        difference, row(found, "loop", "linear") - row(found, "stem", "linear")
    )
    assert abs(difference.mean()) > 0.1
    beyond = found.table[found.rows(structure="hairpin - linear")][0]
    across = found.table[found.rows(place="across")][0]  # all that is left of it
    assert abs(across["effect"]) > 0.1
    assert abs(beyond["effect"] + across["effect"]) < 5 * np.hypot(beyond["se"], across["se"])


def test_differences_are_those_of_the_rows_above_on_either_scale():
    rule = detector(CODE, "GCUGG", pair=0.3)
    additive = Additive(L, "ACGU")

    def both(s: str) -> float:
        return 1 / (1 + np.exp(-rule(s) - additive(s) / 10))

    found = hairpin(GIA(model(both), random(50), transform="logit"), "GCUGG", CODE)
    assert len(found) == 18
    for scale in ("score", "logit"):
        of = found.only(scale=scale)
        here, there = (row(of, "loop", s) - row(of, "stem", s) for s in ("hairpin", "linear"))
        np.testing.assert_allclose(row(of, "loop - stem", "hairpin"), here, atol=1e-12)
        np.testing.assert_allclose(row(of, "loop - stem", "linear"), there, atol=1e-12)
        beyond = row(of, "loop - stem", "hairpin - linear")
        np.testing.assert_allclose(beyond, here - there, atol=1e-12)


@pytest.mark.slow
def test_intervals_cover_the_known_difference():
    rule = model(detector(CODE, "GC", motif_worth=2.0))  # in the loop, at any of six places
    patterns = [
        "".join(s) for s in np.array(list("ACGU"))[np.indices((4,) * 7).reshape(7, -1).T]
    ]
    share = np.mean(["GC" in s for s in patterns])
    inside = 0
    for seed in range(1000):
        gia = GIA(rule, simulate.random(200, L, "rna", rng=seed), rng=seed)
        found = hairpin(gia, "GC", CODE)
        of = found.table[found.rows(place="loop", structure="hairpin")][0]
        inside += of["low"] <= 2.0 * (1 - share) <= of["high"]
    assert 925 <= inside <= 975  # 95 %, +-3.6 standard errors


# ------------------------------------------------------------------------ what is written


@pytest.mark.parametrize(
    ("structure", "motif", "options", "loop", "stem", "facing"),
    [
        (PAPER, "GCUGGC", {}, 16, 7, 25),
        (PAPER, "GCUGGC", {"stem_start": 5}, 16, 5, 27),
        (PAPER, "GCUGGC", {"arm": 3}, 16, 24, 8),
        (CODE, "GCUGG", {}, 17, 9, 25),  # the authors' own starts
        (CODE, "GCUGG", {"loop_start": 18, "stem_start": 7}, 18, 7, 27),
        (CODE, "GCUGG", {"arm": 3, "stem_start": 27}, 17, 27, 7),
        (CODE, "GN.GA", {}, 17, 9, 25),
        (Hairpin(0, 30, 11), "GCUGG", {}, 18, 3, 33),
        ("." * 10 + "(" * 6 + "." * 5 + ")" * 6 + "." * 14, "GCUGG", {}, 16, 10, 22),
    ],
)
def test_seven_sequences_are_made_of_a_background(
    structure, motif, options, loop, stem, facing
):
    seen = Recording(len)
    gia = GIA(model(seen), random(1))
    found = hairpin(gia, motif, structure, **options)
    if isinstance(structure, str):
        structure = Hairpin.from_dot_bracket(structure)
    (plain,) = random(1).to_strings()
    arm = plain[structure.stem5 : structure.stem5 + structure.length]
    folded = wrote(plain, (reverse_complement(arm), structure.stem3))
    across = reverse_complement(motif), facing
    expected = {
        "background": plain,
        "hairpin": folded,
        f"{motif}@{loop} hairpin": wrote(folded, (motif, loop)),
        f"{motif}@{stem} hairpin": wrote(folded, (motif, stem), across),
        f"{motif}@{loop} linear": wrote(plain, (motif, loop)),
        f"{motif}@{stem} linear": wrote(plain, (motif, stem)),
        f"{motif}@{facing}- linear": wrote(plain, across),
    }
    assert set(seen.seen) == set(expected.values())
    assert len(set(seen.seen)) == 7 == gia.n_scored
    assert set(found.labels["name"][:6].tolist()) == set(expected) - {"background"}
    starts = [loop, stem, loop, stem, facing, structure.stem5, -1, -1, -1]
    assert found.labels["start"].tolist() == starts
    assert found.summary["drawing"] == structure.dot_bracket(L)
    assert (found.summary["loop_start"], found.summary["stem_start"]) == (loop, stem)
    json.dumps(found.summary, allow_nan=False)


def test_hairpins_of_other_backgrounds_are_other_hairpins_and_all_their_bases_pair():
    seen = Recording(detector(PAPER, "GCUGGC", pair=1.0))
    gia = GIA(model(seen), random(50))
    hairpin(gia, "GCUGGC")
    whole = {s for s in seen.seen if seen.score.n_pairs(s) == 11}
    changed = {s[:16] + s[22:] for s in whole}
    assert len(changed) == 2 * 50  # the loop's have the stem of the hairpin alone
    assert {s[:5] + s[33:] for s in whole} == {s[:5] + s[33:] for s in random(50).to_strings()}


def test_pairs_of_g_and_u_stay_the_same_with_and_without_the_motif():
    structure = Hairpin(5, 22, 11, wobble=0.5)
    seen = Recording(len)
    gia = GIA(model(seen), random(1), rng=4)
    hairpin(gia, "GGG", structure, stem_start=6)
    (folded,) = gia.background(structure).block(0, 1).to_strings()
    assert 0 < detector(structure, "").n_pairs(folded) < 11
    assert {folded, wrote(folded, ("GGG", 17)), wrote(folded, ("GGG", 6), ("CCC", 29))} <= set(
        seen.seen
    )


# ----------------------------------------------------------- what the authors' code gets wrong


def test_backgrounds_are_not_changed_for_what_comes_after():
    gia, other = (GIA(model(Additive(L, "ACGU")), random(), rng=1) for _ in range(2))
    hairpin(gia, "GCUGG", CODE)
    for design in ("GCUGG@17", "GCUGG@9", "ACGU@25"):
        np.testing.assert_array_equal(
            importance(gia, design).local, importance(other, design).local
        )
    again = hairpin(gia, "GCUGG", CODE)
    np.testing.assert_array_equal(again.local, hairpin(other, "GCUGG", CODE).local)


def test_a_hairpin_has_the_stem_that_was_asked_for_with_or_without_the_motif():
    for structure in (PAPER, CODE, Hairpin(2, 30, 5)):
        rule = HairpinDetector(pairs_of(structure), "GC", [], pair=1.0)
        gia = GIA(model(rule), random())
        found = hairpin(gia, "GC", structure)
        used = gia.background().block(0, gia.n).to_strings()
        by_chance = np.array([rule.n_pairs(s) for s in used])
        np.testing.assert_array_equal(
            row(found, "none", "hairpin"), structure.length - by_chance
        )
        np.testing.assert_array_equal(row(found, "stem", "hairpin"), 0)


# -------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"pattern": "GCUGGCC"},
            ValueError,
            "GCUGGCC has 7 letters, the loop of the hairpin 6",
        ),
        (
            {"structure": Hairpin(5, 22, 3)},
            ValueError,
            "GCUGGC has 6 letters, the 5' arm of the hairpin 3",
        ),
        (
            {"structure": Hairpin(5, 22, 3), "arm": 3},
            ValueError,
            "GCUGGC has 6 letters, the 3' arm of the hairpin 3",
        ),
        (
            {"structure": CODE, "loop_start": 15},
            ValueError,
            "GCUGGC at 15 is not in the loop of the hairpin, positions 16 to 22; its starts "
            "there are 16 to 17",
        ),
        ({"stem_start": 24}, ValueError, "is not in the 5' arm of the hairpin, positions 5 to"),
        ({"stem_start": 7, "arm": 3}, ValueError, "its starts there are 22 to 27"),
        ({"stem_start": 7.0}, TypeError, "the start in the 5' arm must be a whole number"),
        ({"loop_start": -1}, ValueError, "the start in the loop must be a whole number from 0"),
        ({"arm": 4}, ValueError, "arm must be 5 or 3, got 4"),
        ({"pattern": "GCX"}, ValueError, "pattern 'GCX' has 'X' at letter 2"),
        ({"pattern": ""}, ValueError, "a pattern has a letter at least, got ''"),
        (
            {"structure": Hairpin(5, 35, 11)},
            ValueError,
            "the 3' arm of the hairpin ends at position 45, and the sequences have 41 letters",
        ),
        (
            {"structure": "((...))"},
            ValueError,
            "the drawing of the hairpin has 7 letters, and the sequences have 41",
        ),
        (
            {"structure": None},
            TypeError,
            "a structure is a Hairpin or a drawing of one, got No",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(options, error, message):
    gia = GIA(model(len), random(3))
    with pytest.raises(error, match=re.escape(message)):
        hairpin(gia, **{"pattern": "GCUGGC", **options})
    assert gia.n_scored == 0


def test_proteins_have_no_hairpins_and_dna_has():
    with pytest.raises(ValueError, match="hairpins are of DNA and RNA, and the sequences are"):
        hairpin(GIA(model(len), random(3, "protein")), "WW")
    rule = detector(PAPER, "GCTGGC")
    found = hairpin(GIA(model(rule), ["A" * L] * 3, alphabet="dna"), "GCTGGC")
    assert found.table["effect"].tolist() == [1, 0, 0, 0, 0, 0, 1, 0, 1]
