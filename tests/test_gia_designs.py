"""Designs: what is written is what was asked for, in every background, and nothing else."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastmi import PackedSequences, get_alphabet, simulate
from fastmi.alphabet import Alphabet
from fastmi.gia import Design, Placement, designed
from fastmi.gia.designed import Designed
from fastmi.gia.designs import KEEP, as_design, edit_of
from fastmi.simulate import Hairpin

RNA, DNA = get_alphabet("rna"), get_alphabet("dna")


def written(text, length=12, alphabet=RNA, hairpin=None):
    edit = edit_of(Design.parse(text, hairpin), length, alphabet)
    return "".join("." if code == KEEP else alphabet.letters[code] for code in edit)


def test_patterns_are_written_where_they_start():
    assert written("UGCAUG@2") == "..UGCAUG...."
    assert written("ugcatg@6") == "......UGCAUG"  # lower case, and T for U
    assert written("UG@0+CA@10") == "UG........CA"
    assert written("UGNN.AU@3") == "...UG...AU.."  # the background's own letters
    assert written("CACGTG@1+AACC@8-", alphabet=DNA) == ".CACGTG.GGTT"
    assert written("AC.G@2-", alphabet=DNA) == "..C.GT......"


def test_a_letter_of_the_alphabet_is_never_a_gap():
    protein = get_alphabet("protein")
    assert written("N.AX@0", 6, protein) == "N.A..."  # asparagine; X is no amino acid
    dotted = get_alphabet(".X")
    assert [edit_of(as_design([(p, 0)]), 2, dotted).tolist() for p in ("X.", "?X")] == [
        [1, 0],
        [KEEP, 1],
    ]
    lower = Alphabet("lower", "acgn", placeholder="N")
    assert edit_of(as_design([("nN.", 0)]), 3, lower).tolist() == [3, 3, KEEP]
    with pytest.raises(ValueError, match="has '日' at letter 1; allowed are"):
        edit_of(
            as_design([("?日", 0)]), 3, get_alphabet("?.")
        )  # what cannot be encoded is no "?"


def test_patterns_may_overlap_where_they_agree():
    assert written("UGCAUG@1+UGCAUG@5") == ".UGCAUGCAUG."
    with pytest.raises(
        ValueError, match=r"UGCAUG@1 and UGCAUG@4 overlap, and disagree on the letter at 4"
    ):
        written("UGCAUG@1+UGCAUG@4")
    assert written("UGCAUG@1+...AUG@1") == ".UGCAUG....."  # what is open disagrees with nothing


def test_the_partner_strand_follows_what_is_written_into_a_stem():
    structure = Hairpin.from_dot_bracket("((((....))))")
    assert written("GC@1", hairpin=structure) == ".GC......GC."
    assert written("GA@1", hairpin=structure) == ".GA......UC."
    assert written("GA@8", hairpin=structure) == "..UC....GA.."
    assert written("GA@5", hairpin=structure) == ".....GA....."  # the loop
    assert written("GA@1+UC@9", hairpin=structure) == ".GA......UC."
    with pytest.raises(ValueError, match="cannot pair"):
        written("GA@1+AA@9", hairpin=structure)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("UGCAUG@7", "UGCAUG at 7 does not fit into 12 letters; its starts are 0 to 6"),
        ("UGCAUGUGCAUGU@0", "pattern UGCAUGUGCAUGU has 13 letters, the background 12"),
        ("UGXAUG@0", "pattern 'UGXAUG' has 'X' at letter 2; allowed are ACGU, and . and N"),
        ("UGRAUG@0", "has 'R' at letter 2"),
        ("UGCAUG", "a design is patterns and their starts, as 'UGCAUG@17'"),
        ("@3", "a design is patterns and their starts"),
        ("", "a design is patterns and their starts"),
        ("UG@-1", "a design is patterns and their starts"),
        ("UG@1.5", "a design is patterns and their starts"),
    ],
)
def test_what_cannot_be_written_is_said(text, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        written(text)


def test_strands_need_complements():
    with pytest.raises(ValueError, match="protein has no complement, so no strand '-'"):
        written("AC@1-", 6, get_alphabet("protein"))
    with pytest.raises(ValueError, match=r"strand must be '\+' or '-', got 'x'"):
        Placement("AC", 0, "x")


def test_designs_are_of_placements():
    one = Placement("AC", 0)
    assert hash(Design([one])) == hash(Design((one,)))
    for bad in ("AC@3", one, [("AC", 3)], 7):
        with pytest.raises(TypeError, match="a design has a tuple of placements, or"):
            Design(bad)
    with pytest.raises(TypeError, match="the hairpin of a design is a Hairpin, got"):
        Design((one,), "(((...)))")


@pytest.mark.parametrize("bad", [("", 0), ("AC", -1), ("AC", 1.5), (7, 0), ("AC", None)])
def test_placements_are_checked(bad):
    with pytest.raises((TypeError, ValueError)):
        Placement(*bad)


def test_designs_in_words_and_pairs():
    assert as_design([("UG", 3)]) == Design.parse(" UG @ 3 ")
    assert str(Design.parse("UG@3-+CA@9")) == "UG@3-+CA@9"
    assert str(Design()) == "background"
    for bad in (7, ("UG", 3), [("UG", 3, "+", 1)], [7], b"UG@3"):
        with pytest.raises(
            TypeError, match="a design is a Design, a string as 'UGCAUG@17', or"
        ):
            as_design(bad)
    structure = Hairpin(0, 8, 3)
    both = Design.parse("UG@3", structure) + Design.parse("CA@6")
    assert both.hairpin == structure
    assert both.baseline == Design((), structure)
    with pytest.raises(ValueError, match="one hairpin at most"):
        both + Design((), Hairpin(0, 9, 3))


# ---------------------------------------------------------------------------- as a source


def plainly(backgrounds, designs):
    """What ``Designed`` makes, letter by letter."""
    rows = []
    for n in range(len(backgrounds[None])):
        for design in designs:
            letters = list(backgrounds[design.hairpin][n])
            alphabet = backgrounds[None].alphabet
            edit = edit_of(design, len(letters), alphabet)
            rows.append(
                "".join(
                    old if code == KEEP else alphabet.letters[code]
                    for old, code in zip(letters, edit, strict=True)
                )
            )
    return rows


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(["dna", "rna", "protein", "01", ".N"]),
    st.integers(1, 40),
    st.booleans(),
    st.integers(0, 2**32),
    st.data(),
)
def test_every_design_stands_in_every_background(name, length, missing, seed, data):
    rng = np.random.default_rng(seed)
    alphabet = get_alphabet(name)
    codes = rng.integers(0, len(alphabet), (5, length), dtype=np.uint8)
    if missing:
        codes[rng.random(codes.shape) < 0.2] = 255
    packed = PackedSequences.from_codes(codes, alphabet, unknown="skip")
    designs = [Design()]
    for _ in range(3):
        width = int(rng.integers(1, length + 1))
        pattern = "".join(rng.choice(list(alphabet.letters + "."), width))
        designs.append(Design((Placement(pattern, int(rng.integers(length - width + 1))),)))
    made = Designed({None: packed}, designs, 0, 5)
    expected = plainly({None: packed}, designs)
    assert list(made.pack()) == expected
    start = data.draw(st.integers(0, len(made)))
    stop = data.draw(st.integers(start, len(made)))
    assert list(made.block(start, stop)) == expected[start:stop]


def test_some_designs_are_hairpins():
    random = simulate.random(7, 20, "rna", rng=1)
    structure = Hairpin(2, 12, 5, wobble=0.3)
    backgrounds = {None: random, structure: simulate.hairpin(random, structure, rng=2)}
    designs = [Design.parse("GCC@3"), Design.parse("GCC@3", structure), Design((), structure)]
    made = Designed(backgrounds, designs, 0, 7)
    assert list(made.pack()) == plainly(backgrounds, designs)
    assert all(row[13:16] == "GGC" for row in list(made.pack())[1::3])


def test_any_block_is_the_same_however_little_is_edited_at_a_time(monkeypatch):
    packed = PackedSequences.from_strings(
        ["ACGTNACGT", "NNNNNNNNN", "TTTTTTTTT"], unknown="skip"
    )
    structure = Hairpin(0, 6, 3)
    backgrounds = {None: packed, structure: simulate.hairpin(packed, structure, rng=2)}
    designs = [Design.parse("GC@1"), Design((), structure), Design.parse("A.A@4")]
    made = Designed(backgrounds, designs, 0, 3)
    expected = plainly(backgrounds, designs)
    for n_bytes in (1, 18, 1000):
        monkeypatch.setattr(designed, "_BYTES", n_bytes)
        for start in range(10):
            for stop in range(start, 10):
                assert list(made.block(start, stop)) == expected[start:stop]


def test_a_share_of_the_backgrounds_is_the_same_as_in_the_whole():
    random = simulate.random(9, 20, "rna", rng=1)
    designs = [Design(), Design.parse("GCC@3")]
    whole, part = (
        Designed({None: random}, designs, 0, 9),
        Designed({None: random}, designs, 4, 7),
    )
    assert list(part.pack()) == list(whole.pack())[8:14]
    assert json.dumps(part.about()) != json.dumps(whole.about())
    others = Designed({None: random}, [Design(), Design.parse("GCC@4")], 0, 9)
    assert json.dumps(others.about()) != json.dumps(whole.about())
    with pytest.raises(IndexError):
        part.block(0, 7)


def test_the_backgrounds_are_not_changed():
    packed = simulate.random(50, 20, "rna", rng=1).pack()
    before = packed.rows.copy()
    Designed({None: packed}, [Design.parse("GCCGGC@3")], 0, 50).pack()
    assert np.array_equal(packed.rows, before)
