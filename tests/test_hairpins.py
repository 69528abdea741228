"""Hairpins: all bases of the stem pair, nothing else changes, and nothing outlives a call.

``fold`` is held against loops over pairs in words; chance against its probabilities as in
test_embed.py.
"""

from __future__ import annotations

import json
import pickle
import re
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_embed import assert_drawn

from fastmi import PackedSequences, simulate
from fastmi.alphabet import DNA, PROTEIN, RNA, UNKNOWN_CODE
from fastmi.simulate import Hairpin, hairpin

SETTINGS = settings(deadline=None, max_examples=200)
PAPER, CODE = Hairpin(5, 22, 11), Hairpin(7, 23, 9)
L = 41
WATSON_CRICK = {("A", "U"), ("U", "A"), ("C", "G"), ("G", "C")}
G_U = {("G", "U"), ("U", "G")}

GEOMETRIES = st.tuples(*[st.integers(0, 5)] * 2, st.integers(1, 8), st.integers(0, 5))


def structure_of(geometry: tuple[int, ...], wobble: float = 0.0) -> tuple[Hairpin, int]:
    """A hairpin of letters before, in the loop, in an arm and behind; and all of them."""
    before, loop, arm, behind = geometry
    structure = Hairpin(before, before + arm + loop, arm, wobble)
    return structure, before + 2 * arm + loop + behind


def pairs_of(structure: Hairpin) -> list[tuple[int, int]]:
    """Which positions pair, by the brackets of the drawing."""
    open_, found = [], []
    for position, sign in enumerate(structure.dot_bracket(structure.end)):
        if sign == "(":
            open_.append(position)
        elif sign == ")":
            found.append((open_.pop(), position))
    return sorted(found)


def backgrounds(n: int = 100, length: int = L, seed: int = 1) -> PackedSequences:
    return simulate.random(n, length, "rna", rng=seed).pack()


def codes_of(text: str) -> np.ndarray:
    return np.array([RNA.letters.find(c) % 256 for c in text], np.uint8)


def embedded(structure: Hairpin, motif: str, start: int, data: PackedSequences) -> list[str]:
    """A motif in a hairpin, as an experiment puts it there."""
    codes, end = data.to_codes(), start + len(motif)
    codes[:, start:end] = codes_of(motif)
    written = np.zeros(data.length, bool)
    written[start:end] = True
    wobbles = structure.wobbles(5, np.arange(len(data)))
    structure.fold(codes, data.alphabet, written, wobbles)
    return PackedSequences.from_codes(codes, data.alphabet).to_strings()


# -------------------------------------------------------------------------- the structure


def test_the_geometry_of_the_paper_and_of_its_code():
    paper = [(i + 6, 33 - i) for i in range(11)]  # 6-16 with 23-33, counted from 1
    assert pairs_of(PAPER) == [(a - 1, b - 1) for a, b in paper]
    assert pairs_of(CODE) == [(7 + i, 31 - i) for i in range(9)]  # 7-15 with 23-31, from 0


@SETTINGS
@given(GEOMETRIES)
def test_a_drawing_and_back(geometry):
    structure, length = structure_of(geometry, 0.25)
    assert Hairpin.from_dot_bracket(structure.dot_bracket(length), 0.25) == structure


def test_a_structure_is_a_value():
    numbers = [np.int64(7), np.int32(23), np.uint8(9), np.float32(0.5)]
    made = Hairpin(*numbers)
    assert made == Hairpin(7, 23, 9, 0.5)
    assert len({made, Hairpin(7, 23, 9, 0.5), CODE}) == 2
    assert json.loads(json.dumps(made.about())) == {
        "stem5": 7,
        "stem3": 23,
        "length": 9,
        "wobble": 0.5,
    }
    with pytest.raises(FrozenInstanceError):
        made.stem5 = 3


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ((-1, 9, 3), ValueError, "stem5 must be a whole number from 0 up, got -1"),
        ((0, 9.0, 3), TypeError, "stem3 must be a whole number, got 9.0"),
        ((0, 9, 0), ValueError, "length must be a whole number from 1 up, got 0"),
        ((0, 9, 3, 1.5), ValueError, "wobble must be between 0 and 1, got 1.5"),
        ((0, 9, 3, float("nan")), ValueError, "wobble must be between 0 and 1, got nan"),
        ((2, 4, 3), ValueError, "5' arm of 3 letters at 2 ends before the 3' arm, so stem3 mu"),
        ((9, 2, 3), ValueError, "stem3 must be at least 12, got 2"),
    ],
)
def test_structures_that_cannot_be(given, error, message):
    with pytest.raises(error, match=re.escape(message)):
        Hairpin(*given)


@pytest.mark.parametrize("text", ["", "....", "((..)", "(.()", "(())()", "((.().))", "<<..>>"])
def test_drawings_of_no_hairpin(text):
    with pytest.raises(
        ValueError, match=r"one stem without bulges, .* got '" + re.escape(text)
    ):
        Hairpin.from_dot_bracket(text)
    with pytest.raises(TypeError, match="a drawing of a hairpin is a string, got int"):
        Hairpin.from_dot_bracket(3)


# ---------------------------------------------------------------------- sequences as hairpins


@SETTINGS
@given(GEOMETRIES, st.sampled_from([0.0, 0.3, 1.0]), st.integers(0, 2**64 - 1))
def test_all_pairs_pair_and_nothing_else_changes(geometry, wobble, seed):
    structure, length = structure_of(geometry, wobble)
    data = backgrounds(7, length, seed)
    folded = hairpin(data, structure, rng=seed)
    for before, after in zip(data, folded, strict=True):
        assert after[: structure.stem3] == before[: structure.stem3]
        assert after[structure.end :] == before[structure.end :]
        for i, j in pairs_of(structure):
            assert (after[i], after[j]) in WATSON_CRICK | (G_U if wobble else set())
            if wobble == 1:
                assert (after[i] in "GU") == ((after[i], after[j]) in G_U)


def test_stems_at_both_ends_without_a_loop():
    assert hairpin(["ACGGUUUU"], "(((())))", alphabet="rna").to_strings() == ["ACGGCCGU"]


def test_dna():
    assert hairpin(["ACGTCAAAAAA"], "((((...))))").to_strings() == ["ACGTCAAACGT"]
    wobbly = Hairpin(0, 7, 4, wobble=1)
    assert hairpin(["ACGTCAAAAAA"], wobbly).to_strings() == ["ACGTCAAGTGT"]


def test_the_partner_of_a_missing_letter_is_missing():
    data = PackedSequences.from_strings(["ANCAAAAANAA"], "rna", unknown="skip")
    assert hairpin(data, "(((.....)))").to_strings() == ["ANCAAAAAGNU"]


def test_nothing_outlives_a_call():
    data = backgrounds()
    before = data.to_strings()
    first = hairpin(data, PAPER, rng=1)
    embedded(CODE, "GCUGG", 17, data)
    embedded(CODE, "GCUGG", 9, first)
    assert hairpin(data, CODE, rng=1) != first  # its own stem, not that of the first
    assert hairpin(data, PAPER, rng=1) == first
    assert data.to_strings() == before


def test_weights_stay_and_scores_do_not():
    data = backgrounds(9).with_weights(np.arange(9.0)).with_scores(np.ones(9))
    folded = hairpin(data, CODE)
    assert folded.weights.tolist() == data.weights.tolist()
    assert folded.scores is None


def test_the_same_for_blocks_of_any_size(monkeypatch):
    structure = Hairpin(7, 23, 9, wobble=0.4)
    whole = hairpin(backgrounds(23), structure, rng=3)
    lazy = hairpin(simulate.random(23, L, "rna", rng=1), structure, rng=3)
    assert lazy.pack() == whole
    for step in (1, 7):
        blocks = [lazy.block(i, min(i + step, 23)) for i in range(0, 23, step)]
        assert [t for block in blocks for t in block] == whole.to_strings()
    assert len(lazy.block(3, 3)) == 0
    monkeypatch.setattr("fastmi.simulate._edited._LETTERS", 90)
    assert hairpin(backgrounds(23), structure, rng=3) == whole
    assert hairpin(backgrounds(23), structure, rng=4) != whole
    assert pickle.loads(pickle.dumps(lazy)).pack() == whole
    about = json.loads(json.dumps(lazy.about()))
    assert (about["what"], about["structure"]["wobble"]) == ("hairpins", 0.4)


@pytest.mark.parametrize(
    ("structure", "alphabet", "error", "message"),
    [
        (Hairpin(0, 6, 3), "rna", ValueError, "ends at position 8, and the sequences have 8 l"),
        ("((.))", "rna", ValueError, "the drawing of the hairpin has 5 letters, and the seq"),
        ("((....))", "protein", ValueError, "hairpins are of DNA and RNA, and the sequences "),
        (
            (0, 5, 3),
            "rna",
            TypeError,
            "a structure is a Hairpin or a drawing of one, got tuple",
        ),
    ],
)
def test_hairpins_that_cannot_be(structure, alphabet, error, message):
    with pytest.raises(error, match=re.escape(message)):
        hairpin(["ACACACAC"], structure, alphabet=alphabet)


# --------------------------------------------------------------------------- motifs in them


@pytest.mark.parametrize(
    ("structure", "motif", "start"),
    [
        (PAPER, "GCUGGC", 16),  # in its loop
        (CODE, "GCUGG", 17),
        (CODE, "GCUGG", 9),  # in the 5' arm
        (CODE, "GCUGG", 24),  # in the 3' arm
        (CODE, "GCUGG", 13),  # half in the arm, half in the loop
        (CODE, "GCUGG", 21),
        (CODE, "GCUGG", 0),  # outside
        (Hairpin(7, 23, 9, wobble=0.5), "GCUGG", 24),
    ],
)
def test_a_motif_stays_and_its_partners_follow(structure, motif, start):
    data = backgrounds(300)
    plain = hairpin(data, structure, rng=5).to_strings()
    theirs = set(range(start, start + len(motif)))
    across = {b if a in theirs else a for a, b in pairs_of(structure) if {a, b} & theirs}
    for before, after in zip(plain, embedded(structure, motif, start, data), strict=True):
        assert after[start : start + len(motif)] == motif
        differ = {i for i in range(L) if before[i] != after[i]}
        assert differ <= theirs | across
        for i, j in pairs_of(structure):
            assert (after[i], after[j]) in WATSON_CRICK | (G_U if structure.wobble else set())


def in_words(
    structure: Hairpin, text: str, written: np.ndarray, wobbles: np.ndarray | None
) -> str:
    """What ``fold`` makes, pair by pair."""
    letters = list(text)
    for t, (i, j) in enumerate(pairs_of(structure)):
        if written[i] and written[j]:
            continue
        from_, to = (j, i) if written[j] else (i, j)
        choices = dict(WATSON_CRICK)
        if wobbles is not None and wobbles[t]:
            choices |= dict(G_U)
        letters[to] = choices.get(letters[from_], "N")
    return "".join(letters)


@SETTINGS
@given(GEOMETRIES, st.sampled_from([0.0, 0.5]), st.integers(0, 2**32 - 1))
def test_the_same_as_in_words(geometry, wobble, seed):
    structure, length = structure_of(geometry, wobble)
    drawn = np.random.default_rng(seed)
    codes = drawn.integers(0, 4, (9, length), dtype=np.uint8)
    codes[drawn.random(codes.shape) < 0.1] = UNKNOWN_CODE
    written = drawn.random(codes.shape) < drawn.choice([0, 0.2, 0.5, 1])
    texts = ["".join(row) for row in np.array([*"ACGUN"])[np.minimum(codes, 4)]]
    wobbles = structure.wobbles(seed, np.arange(9))
    expected = [
        in_words(structure, texts[r], written[r], None if wobbles is None else wobbles[r])
        for r in range(9)
    ]
    structure.fold(codes, RNA, written, wobbles)
    made = PackedSequences.from_codes(codes, RNA, unknown="skip")
    assert made.to_strings() == expected


def test_one_mask_for_all_is_the_mask_of_each():
    data = backgrounds(50)
    written = np.zeros(L, bool)
    written[[8, 9, 24, 30, 31]] = True
    one, each = data.to_codes(), data.to_codes()
    CODE.fold(one, RNA, written)
    CODE.fold(each, RNA, np.tile(written, (50, 1)))
    np.testing.assert_array_equal(one, each)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("GCA....UGC", None),
        ("GCA....UGU", None),  # G-U, though no pair is by chance
        ("GUA....UGC", None),
        ("G..........", None),
        ("GCA....UGA", "G at position 0 and A at position 9 are both written"),
        ("..A....A..", "A at position 2 and A at position 7 are both written"),
        (".C.....U..", None),
        (".C......U.", "C at position 1 and U at position 8 are both written, face each other"),
    ],
)
def test_letters_that_face_each_other_pair(text, message):
    structure = Hairpin(0, 7, 3)
    if message is None:
        structure.check_written(codes_of(text), RNA)
        return
    with pytest.raises(ValueError, match=message):
        structure.check_written(codes_of(text), RNA)


def test_what_is_checked_before_letters():
    with pytest.raises(
        ValueError, match="ends at position 9, and the sequences have 9 letters"
    ):
        Hairpin(0, 7, 3).check_written(codes_of("." * 9), RNA)
    with pytest.raises(ValueError, match=r"hairpins are of DNA and RNA, and .* over 'protein'"):
        Hairpin(0, 7, 3).check_written(codes_of("." * 10), PROTEIN)
    with pytest.raises(ValueError, match="C at position 0 and T at position 9"):
        Hairpin(0, 7, 3).check_written(np.array([1] + [255] * 8 + [3], np.uint8), DNA)


# --------------------------------------------------------------------------------- G-U pairs


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_pairs_wobble_with_their_probability(p):
    n = 4000
    structure = Hairpin(0, 8, 4, wobble=p)
    folded = hairpin(["GUGUAAAAAAAA"] * n, structure, alphabet="rna", rng=1).to_strings()
    wobbly = [(t[11] == "U", t[10] == "G", t[9] == "U", t[8] == "G") for t in folded]
    expected = {
        each: float(np.prod([p if w else 1 - p for w in each]))
        for each in np.ndindex(2, 2, 2, 2)
    }
    assert_drawn([tuple(map(int, each)) for each in wobbly], expected)


def test_wobbles_belong_to_records():
    structure = Hairpin(7, 23, 9, wobble=0.5)
    whole = structure.wobbles(9, np.arange(100))
    assert whole.shape == (100, 9)
    for records in (
        [3],
        [5, 6, 7],
        [99, 0, 41, 41, 40, 99],
        np.repeat(np.arange(20, 60), 3),
        [],
    ):
        records = np.array(records, np.int64)
        np.testing.assert_array_equal(structure.wobbles(9, records), whole[records])
    assert (structure.wobbles(8, np.arange(100)) != whole).any()
    assert CODE.wobbles(9, np.arange(100)) is None
    assert structure.wobbles(9, np.array([2**62 - 1])).shape == (1, 9)
    assert Hairpin(0, 5, 2, 1).wobbles(1, np.arange(50)).all()


def test_wobbles_of_a_longer_stem_are_those_of_a_shorter_one_too():
    short, long = (Hairpin(0, 20, n, 0.5).wobbles(4, np.arange(9)) for n in (3, 9))
    np.testing.assert_array_equal(short, long[:, :3])
