"""Contact maps: sequences aligned, what a structure says of a map's positions, base pairs.

Alignment is held against a plain recursion over all alignments, brackets against what they were
written from.
"""

from __future__ import annotations

import sys
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from _structures import pdb, seqres, trace
from hypothesis import given
from hypothesis import strategies as st

import fastmi
from fastmi import contacts
from fastmi.contacts._alignment import GAP_EXTEND, GAP_OPEN, MATCH, MISMATCH, align
from fastmi.contacts.maps import ContactMap
from fastmi.examples import GB1_WILD_TYPE

# ---------------------------------------------------------------------------------- alignment


def worth(a: str, b: str) -> int:
    return 0 if "X" in (a, b) else MATCH if a == b else MISMATCH


def gap(size: int) -> int:
    return GAP_OPEN + (size - 1) * GAP_EXTEND if size else 0


def plain_score(a: str, b: str) -> int:
    """The best score by recursion; at either end, one sequence may hang over for free."""

    @cache
    def pair(i: int, j: int) -> int:
        """The best from letters i and j on, which are aligned."""
        left = len(a) - i - 1, len(b) - j - 1
        best = max(map(gap, left)) if all(left) else 0
        for m in range(i + 1, len(a)):
            for n in range(j + 1, len(b)):
                best = max(best, gap(m - i - 1) + gap(n - j - 1) + pair(m, n))
        return worth(a[i], b[j]) + best

    return max(
        (
            pair(i, j) + (max(gap(i), gap(j)) if i and j else 0)
            for i in range(len(a))
            for j in range(len(b))
        ),
        default=0,
    )


def score_of(a: str, b: str) -> int:
    i, j = (x.tolist() for x in align(a, b))
    if not i:
        return 0
    total = sum(worth(a[m], b[n]) for m, n in zip(i, j, strict=True))
    for at in (i, j):
        total += sum(gap(n - m - 1) for m, n in pairwise(at))
    for left in ((i[0], j[0]), (len(a) - i[-1] - 1, len(b) - j[-1] - 1)):
        total += max(map(gap, left)) if all(left) else 0
    return total


@given(st.text("ABX", max_size=9), st.text("ABX", max_size=9))
def test_alignment_is_the_best_of_all(a: str, b: str) -> None:
    i, j = align(a, b)
    assert (np.diff(i) > 0).all()
    assert (np.diff(j) > 0).all()
    assert score_of(a, b) == max(plain_score(a, b), 0)


def test_alignment_by_biopython(rng: np.random.Generator) -> None:
    aligner = pytest.importorskip("Bio.Align").PairwiseAligner()
    aligner.match_score, aligner.mismatch_score = MATCH, MISMATCH
    aligner.open_internal_gap_score, aligner.extend_internal_gap_score = GAP_OPEN, GAP_EXTEND
    aligner.open_end_gap_score = aligner.extend_end_gap_score = 0
    for _ in range(30):
        a, b = ("".join(rng.choice(list("ACDE"), rng.integers(1, 60))) for _ in range(2))
        a = a[:20] + b[10:40] + a[20:]
        assert score_of(a, b) == aligner.score(a, b)


def test_long_gaps_are_one() -> None:
    a = GB1_WILD_TYPE
    i, j = align(a, a[:20] + a[35:])
    assert i.tolist() == [*range(20), *range(35, 56)]
    assert j.tolist() == list(range(41))


# -------------------------------------------------------------------------------- contact maps


@pytest.fixture(scope="module")
def gb1() -> contacts.Structure:
    return contacts.structure(fastmi.example("gb1_structure"))


def test_positions_of_a_longer_sequence(gb1: contacts.Structure) -> None:
    long = "MHHHH" + GB1_WILD_TYPE[1:] + "GGS"
    m = contacts.contact_map(gb1, long)
    assert len(m) == 63
    np.testing.assert_array_equal(m.distances[5:60, 5:60], gb1.distances()[1:, 1:])
    assert np.isnan(m.distances[0]).all() or m.labels[0] == "M1"
    assert m.labels[5] == "Q2"
    assert m.labels[62] == ""
    assert m.coverage == pytest.approx(sum(map(bool, m.labels)) / 63)


def test_gaps_of_an_alignment_are_positions_of_which_nothing_is_known(
    gb1: contacts.Structure,
) -> None:
    row = GB1_WILD_TYPE[:10] + "--.." + GB1_WILD_TYPE[10:].lower()
    m = contacts.contact_map(gb1, row)
    assert m.identity == 1
    assert m.coverage == pytest.approx(56 / 60)
    assert np.isnan(m.distances[10:14]).all()
    assert m.distances[9, 14] == gb1.distances()[9, 10]


def test_missing_residues_stay_missing(tmp_path: Path) -> None:
    atoms = [a for a in trace("MKTAYIAK") if a.number not in (4, 5)]
    (tmp_path / "x").write_text(pdb(atoms, seqres("MKTAYIAK")))
    m = contacts.contact_map(contacts.structure(tmp_path / "x"), "MKTAYIAK")
    assert np.isnan(m.distances[3:5]).all()
    assert m.coverage == 0.75
    assert m.labels[3] == "A"  # nobody says its number
    assert not m.contacts(1000, 0)[3].any()


def test_other_sequences_are_refused(gb1: contacts.Structure) -> None:
    mutant = "".join("A" if n % 4 == 1 else c for n, c in enumerate(GB1_WILD_TYPE))
    equal = sum(a == b for a, b in zip(mutant, GB1_WILD_TYPE, strict=True))
    with pytest.raises(
        fastmi.FastMIError, match=f"{equal} of 56 aligned letters are equal, min_identity=0.8"
    ):
        contacts.contact_map(gb1, mutant)
    m = contacts.contact_map(gb1, mutant, min_identity=0.7)
    assert m.identity == equal / 56
    np.testing.assert_array_equal(m.distances, gb1.distances())
    with pytest.raises(fastmi.FastMIError, match=r"is not this sequence|nothing of chain"):
        contacts.contact_map(gb1, "WWWWWWWW")


def test_contacts_of_a_rule() -> None:
    d = np.abs(np.subtract.outer(np.arange(9.0), np.arange(9.0)))
    d[0, 8] = d[8, 0] = 7.999
    d[1, 8] = d[8, 1] = np.nan
    m = ContactMap.from_distances(d, threshold=8.0, min_separation=3)
    c = m.contacts()
    assert c.dtype == np.bool_
    np.testing.assert_array_equal(c, c.T)
    assert c[0, 8]
    assert not c[1, 8]
    assert not c[0, 2]
    assert c[0, 3]
    assert not m.contacts(3.0)[0, 3]  # closer than it
    assert m.contacts(min_separation=0)[4, 4]
    assert [0, 8] in m.pairs().tolist()
    np.testing.assert_array_equal(np.asarray(m), d)
    with pytest.raises(ValueError, match="read-only"):
        m.distances[0, 0] = 1


def test_k_mers_are_as_near_as_their_letters(gb1: contacts.Structure) -> None:
    m = contacts.contact_map(gb1)
    for k in (1, 2, 3):
        found = m.of_kmers(k)
        assert found.shape == (57 - k, 57 - k)
        for i, j in ((0, 20), (7, 40), (30, 31)):
            assert found[i, j] == m.distances[i : i + k, j : j + k].min()
    holed = ContactMap.from_distances(np.where(np.eye(56) == 1, np.nan, m.distances))
    assert np.isnan(holed.of_kmers(2)[3, 4])
    assert not np.isnan(holed.of_kmers(2)[3, 5])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ContactMap.from_distances([[0, 1], [2, 0]]), "must be symmetric"),
        (lambda: ContactMap.from_distances([[0, -1], [-1, 0]]), "from 0 up, got -1"),
        (lambda: ContactMap.from_distances(np.zeros((2, 3))), "shape"),
        (lambda: ContactMap.from_distances(np.zeros((2, 2)), threshold=0), "above 0"),
        (lambda: ContactMap.from_distances(np.zeros((2, 2)), labels="abc"), "3 labels for 2"),
        (lambda: ContactMap.from_pairs([[0, 5]], 5), "between 0 and 4"),
        (lambda: ContactMap.from_pairs([0, 5], 5), "shape"),
        (lambda: ContactMap.from_pairs([], 10**9), "at most 16,384 positions"),
        (lambda: ContactMap.from_probabilities([[0, 2.0], [0, 0]]), "between 0 and 1"),
        (lambda: ContactMap.from_contacts(np.zeros((2, 2))), "True or False"),
    ],
)
def test_impossible_maps(call: Any, words: str) -> None:
    with pytest.raises((ValueError, TypeError), match=words):
        call()


# ---------------------------------------------------------------------------------- base pairs

OPEN, CLOSE = "(<[{ABZ", ")>]}abz"


@given(st.data())
def test_brackets_say_the_pairs_they_were_written_from(data: st.DataObject) -> None:
    """Nested pairs of each kind, each kind anywhere among the others."""
    n = data.draw(st.integers(1, 40))
    line = [data.draw(st.sampled_from(".,_-:~")) for _ in range(n)]
    free, pairs = list(range(n)), []
    for kind in range(len(OPEN)):
        some = sorted(data.draw(st.sets(st.sampled_from(free), max_size=8))) if free else []
        stack: list[int] = []
        for left, at in zip(range(len(some), 0, -1), some, strict=True):
            must_close = len(stack) == left
            if stack and (must_close or data.draw(st.booleans())):
                pairs.append((stack.pop(), at))
                line[at] = CLOSE[kind]
            elif left > len(stack) + 1:
                stack.append(at)
                line[at] = OPEN[kind]
        assert not stack
        free = [at for at in free if line[at] in ".,_-:~"]
    m = contacts.base_pairs("".join(line))
    assert m.pairs(min_separation=1).tolist() == [list(p) for p in sorted(pairs)]
    assert len(m) == n


@given(st.text("()<>[]{}Aa.,_-:~Bb*", max_size=30))
def test_any_line_is_pairs_or_one_sentence(line: str) -> None:
    try:
        m = contacts.base_pairs(line)
    except ValueError as refused:
        m, said = None, str(refused)
    if m is None:
        assert "position" in said or not line
    else:
        assert 2 * len(m.pairs(min_separation=0)) == sum(c not in ".,_-:~" for c in line)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("((..)", r"'\(' at position 0 of the structure stays open"),
        ("(..))", r"'\)' at position 4 of the structure closes nothing"),
        ("(..]", "closes nothing"),
        ("A..", "'A' at position 0 of the structure stays open"),
        ("..a", "closes nothing"),
        ("(.é)", "got 'é' at position 2"),
        ("", "1 to 16,384"),
    ],
)
def test_broken_brackets(line: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        contacts.base_pairs(line)


def test_probabilities() -> None:
    p = np.zeros((6, 6))
    p[0, 5], p[1, 4] = 0.9, 0.4
    m = contacts.base_pairs(p)
    assert m.pairs().tolist() == [[0, 5]]
    assert contacts.base_pairs(p, least=0.3).pairs(min_separation=3).tolist() == [
        [0, 5],
        [1, 4],
    ]
    np.testing.assert_allclose(m.distances, 1 - (p + p.T))


CT = """6 ENERGY = -1 name
1 G 0 2 6 1
2 A 1 3 0 2
3 A 2 4 0 3
4 A 3 5 0 4
5 A 4 6 0 5
6 C 5 0 1 6
"""
BPSEQ = "1 G 6\n2 A 0\n3 A 0\n4 A 0\n5 A 0\n6 C 1\n"
FILES = {
    "bare": "(....)\n",
    "comments": "# said\n\n>name\nGAAAAC\n(....) (-1.20)\n",
    "dots": "GAAAAC\n(....)\t( -1.20)\n",
    "Stockholm": "# STOCKHOLM 1.0\nx GAA\n#=GC SS_cons <__\n\nx AAC\n#=GC SS_cons __>\n//\n",
    "CT": CT,
    "BPSEQ": "# said\n" + BPSEQ,
}


@pytest.mark.parametrize("name", FILES)
def test_files_of_pairs(name: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_text(FILES[name])
    m = contacts.read_pairs(tmp_path / "x")
    assert len(m) == 6
    assert m.pairs().tolist() == [[0, 5]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# nothing\n", "x has no structure"),
        ("(..)\n(..)\n", "x has 2 structures: say which, as line=1"),
        ("(..\n", r"x: '\(' at position 0"),
        (BPSEQ.replace("6 C 1", "6 C 2"), "position 1 pairs with 6, not it with that"),
        (BPSEQ.replace("6 C 1", "6 C 99"), "x, line 6: positions go from 1 to 6"),
        (BPSEQ.replace("3 A 0", "9 A 0"), "x, line 3: positions go"),
        (BPSEQ.replace("3 A 0", "3 A x"), "x, line 3: this is no row"),
        (BPSEQ.replace("1 G 6", "1 G 1"), "pair with others"),
        ("\0", "binary"),
        ("\u00b2 A 1\n", "a structure is written with brackets"),
        ("9" * 5000 + " A 1 1 1 1\n", "a structure is written with brackets"),
    ],
)
def test_broken_files_of_pairs(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_text(text, "latin-1")
    with pytest.raises(fastmi.FastMIError, match=words):
        contacts.read_pairs(tmp_path / "x")


def test_which_of_several_structures(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("(....)\n.(...)\n")
    assert contacts.read_pairs(tmp_path / "x", 2).pairs().tolist() == [[1, 5]]
    with pytest.raises(fastmi.FastMIError, match="has 2 structures, there is no line 3"):
        contacts.read_pairs(tmp_path / "x", 3)


def test_the_sam_riboswitch(shared: Path) -> None:
    path = shared / "rf00162" / "consensus.txt"
    alifold, rfam = (contacts.read_pairs(path, n) for n in (1, 2))
    assert (len(alifold), len(alifold.pairs())) == (107, 30)
    assert (len(rfam), len(rfam.pairs())) == (107, 32 + 4)
    knot = {(24, 78), (25, 77), (26, 76), (27, 75)}
    assert knot <= {tuple(p) for p in rfam.pairs().tolist()}


# ------------------------------------------------------------------------------------ folding


def test_folding() -> None:
    pytest.importorskip("RNA")
    m = contacts.fold("GGGGAAAACCCC")
    assert m.pairs().tolist() == [[0, 11], [1, 10], [2, 9], [3, 8]]
    assert 0 <= m.distances.min() <= m.distances.max() <= 1
    assert len(contacts.fold("GGGGAAAACCCC", temperature=95).pairs()) == 0


def test_folding_without_viennarna_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "RNA", None)
    with pytest.raises(ImportError, match=r'pip install "fastmi\[rna\]"'):
        contacts.fold("GGGGAAAACCCC")


def test_what_folding_takes_of_viennarna(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    class Compound:
        def __init__(self, letters: str, details: Any) -> None:
            asked.append((letters, details.temperature))

        def pf(self) -> None:
            asked.append("pf")

        def bpp(self) -> Any:  # it counts from 1, and gives the upper half
            p = np.zeros((7, 7))
            p[1, 6] = 0.75
            return tuple(map(tuple, p))

    fake = SimpleNamespace(md=SimpleNamespace, fold_compound=Compound)
    monkeypatch.setitem(sys.modules, "RNA", fake)
    m = contacts.fold("gaaaat", temperature=20)
    assert asked == [("GAAAAU", 20.0), "pf"]
    assert m.distances[0, 5] == m.distances[5, 0] == 0.25
    with pytest.raises(ValueError, match="A, C, G, U and N"):
        contacts.fold("GAATTX")
