"""Embedding: the letters are where they should be, and chance is as it should be.

What is drawn is held against the probabilities that were asked for, by chi-square statistics
under fixed seeds; the bound is the 1 - 1e-6 quantile.
"""

from __future__ import annotations

import json
import pickle
import re
from collections import Counter
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fastmi
from fastmi import PackedSequences, simulate
from fastmi.motifs import Motif
from fastmi.simulate import Embedded, embed, pair_design

N = 40_000
PFM = Motif.from_counts([[8, 1, 1, 0], [0, 5, 5, 0], [1, 2, 3, 4]], "site")


def of_a(n: int, length: int = 12) -> PackedSequences:
    return PackedSequences.from_codes(np.zeros((n, length), np.uint8))


def placed(motifs: Any, n: int = N, length: int = 12, **options: Any) -> np.ndarray:
    """Starts of all motifs, shape (n, M)."""
    embedded = embed(of_a(n, length), motifs, lazy=True, **{"rng": 1, **options})
    return embedded.placements()["start"].reshape(n, -1)


def as_tuples(starts: np.ndarray) -> list[tuple[int, ...]]:
    return [tuple(row) for row in starts.tolist()]


def assert_drawn(values: Any, expected: dict[Any, float]) -> None:
    """Raise where counts are too far from probabilities, or what cannot be is."""
    from scipy.stats import chi2

    found = Counter(values)
    assert set(found) <= {value for value, p in expected.items() if p > 0}
    n = sum(found.values())
    terms = [(found[v] - n * p) ** 2 / (n * p) for v, p in expected.items() if p > 0]
    assert sum(terms) < chi2.isf(1e-6, max(1, len(terms) - 1))


def evenly(values: Any) -> dict[Any, float]:
    values = list(values)
    return dict.fromkeys(values, 1 / len(values))


# --------------------------------------------------------------------------- known places


@pytest.mark.parametrize(
    ("motifs", "options", "expected"),
    [
        ("CGT", {"starts": 0}, "CGTAAAAAAAAA"),
        ("CGT", {"starts": [9]}, "AAAAAAAAACGT"),
        ("CGT", {"start": 9}, "AAAAAAAAACGT"),
        (["CG", "TT"], {"starts": [7, 1]}, "ATTAAAACGAAA"),
        (["CG", "TT"], {"gap": 3, "start": 1}, "ACGAAATTAAAA"),
        (("CG", "TT", "GG"), {"gap": [0, 2], "start": 0}, "CGTTAAGGAAAA"),
        (["CG", "TT"], {"gap": 8}, "CGAAAAAAAATT"),
        (["CG", "uu"], {"gap": {8: 1.0, 3: 0.0}}, "CGAAAAAAAATT"),
        ("cgt", {"start": 1, "strands": "-"}, "AACGAAAAAAAA"),
        (["CCGT", "GT"], {"starts": [0, 5], "strands": ["-", "+"]}, "ACGGAGTAAAAA"),
        (["TGCATG", "TGCATG"], {"starts": [0, 4]}, "TGCATGCATGAA"),
        (["ACCC", "AAAC"], {"starts": [0, 2], "strands": "-"}, "GGGTTTAAAAAA"),
        ("CGCGCGCGCGCG", {}, "CGCGCGCGCGCG"),
        (["CGCGCG", "TTTTTT"], {}, "CGCGCGTTTTTT"),
        (PFM, {"start": 2, "strength": "consensus"}, "AAACTAAAAAAA"),
        (["GG", PFM], {"starts": [0, 9], "strength": "consensus"}, "GGAAAAAAAACT"),
        (Motif.from_iupac("UG", "rna"), {"start": 2}, "AATGAAAAAAAA"),
        ("CG", {"start": 3, "share": 0}, "AAAAAAAAAAAA"),
    ],
)
def test_letters_are_where_they_should_be(motifs, options, expected):
    assert set(embed(of_a(5), motifs, rng=1, **options)) == {expected}


def test_swapped_places():
    """In a random order fixed starts are places, in which the motifs take turns."""
    texts = embed(of_a(N), ["CG", "TT"], starts=[1, 7], order="random", rng=1).to_strings()
    assert_drawn(texts, evenly(["ACGAAAATTAAA", "ATTAAAACGAAA"]))


def test_rna_and_other_alphabets():
    assert embed(simulate.random(2, 4, "rna", rng=1), "TTTT", rng=1)[0] == "UUUU"
    assert embed(["MKVL"], "W", start=3, alphabet="protein").to_strings() == ["MKVW"]
    assert embed(["0101"], "11", start=0, alphabet="01").to_strings() == ["1101"]


def test_missing_letters_stay_unless_written_over():
    s = PackedSequences.from_strings(["ANNA", "ACGT"], unknown="skip")
    assert embed(s, "T", start=1).to_strings() == ["ATNA", "ATGT"]
    protein = PackedSequences.from_strings(["WX", "WV"], "protein", unknown="skip")
    assert embed(protein, "K", start=0).to_strings() == ["KX", "KV"]


def test_weights_stay_and_scores_go():
    s = of_a(3).with_weights([1, 2.5, 0]).with_scores([1, 2, 3])
    made = embed(s, "CG", start=0)
    assert made.weights is not None
    assert made.weights.tolist() == [1, 2.5, 0]
    assert made.scores is None
    lazy = embed(s, "CG", start=0, lazy=True)
    assert lazy.block(1, 2).weights.tolist() == [2.5]


# -------------------------------------------------------------------------------- chance


def test_every_place_is_equally_likely_the_last_one_too():
    assert_drawn(placed("CG")[:, 0].tolist(), evenly(range(11)))


def test_every_placement_of_several_is_equally_likely():
    every = [
        (a, b, c)
        for a in range(12)
        for b in range(a + 2, 12)
        for c in range(b + 3, 12)
        if c + 1 <= 12
    ]
    assert_drawn(as_tuples(placed(["CG", "TTT", "G"])), evenly(every))


def test_every_placement_in_every_order_is_equally_likely():
    widths = (2, 3, 1)
    every = []
    for order in permutations(range(3)):
        for a in range(12):
            for b in range(a + widths[order[0]], 12):
                for c in range(b + widths[order[1]], 12 - widths[order[2]] + 1):
                    starts = dict(zip(order, (a, b, c), strict=True))
                    every.append(tuple(starts[m] for m in range(3)))
    assert_drawn(as_tuples(placed(["CG", "TTT", "G"], 4 * N, order="random")), evenly(every))


@pytest.mark.parametrize(
    ("gap", "chances"),
    [
        (4, {4: 1.0}),
        ((2, 7), evenly(range(2, 8))),
        ({7: 0.5, 0: 0.2, 3: 0.3}, {0: 0.2, 3: 0.3, 7: 0.5}),
    ],
)
@pytest.mark.parametrize("order", ["fixed", "random"])
def test_gaps_and_starts(gap, chances, order):
    """The gap by its probability, then each place that fits by the same one."""
    expected = {}
    for first in (0, 1) if order == "random" else (0,):
        for space, p in chances.items():
            n_places = 12 - 5 - space + 1
            for at in range(n_places):
                starts = (at, at + 2 + space) if first == 0 else (at + 3 + space, at)
                expected[starts] = p / n_places / (2 if order == "random" else 1)
    assert_drawn(as_tuples(placed(["CG", "TTT"], gap=gap, order=order)), expected)


def test_gaps_belong_to_places_not_to_motifs():
    starts = placed(["C", "GG", "TTT"], gap=[0, (1, 2)], order="random", start=1)
    widths = np.array([1, 2, 3])
    order = np.argsort(starts, axis=1)
    left = np.take_along_axis(starts, order, axis=1)
    gaps = left[:, 1:] - left[:, :-1] - widths[order][:, :-1]
    assert set(left[:, 0].tolist()) == {1}
    assert_drawn(as_tuples(gaps), evenly([(0, 1), (0, 2)]))
    assert_drawn(as_tuples(order), evenly(permutations(range(3))))


def test_strands_are_drawn_for_each_motif():
    texts = embed(of_a(N), ["CCG", "GT"], starts=[0, 4], strands="both", rng=1).to_strings()
    expected = evenly(f"{a}A{b}AAAAAA" for a in ("CCG", "CGG") for b in ("GT", "AC"))
    assert_drawn(texts, expected)


def test_letters_are_drawn_by_their_frequencies():
    codes = embed(of_a(N), PFM, start=4, rng=1).to_codes()[:, 4:7]
    p = PFM.frequencies
    assert_drawn(
        as_tuples(codes),
        {
            (a, b, c): p[0, a] * p[1, b] * p[2, c]
            for a in range(4)
            for b in range(4)
            for c in range(4)
        },
    )


def test_letters_on_the_other_strand_are_drawn_by_their_frequencies():
    codes = embed(of_a(N), PFM, start=4, strands="-", rng=1).to_codes()[:, 4:7]
    for column, p in zip(codes.T, PFM.frequencies[::-1, ::-1], strict=True):
        assert_drawn(column.tolist(), dict(enumerate(p.tolist())))


def test_iupac_letters_are_drawn_evenly_whatever_the_strength():
    texts = [t[:3] for t in embed(of_a(N), "RNC", start=0, strength="consensus", rng=1)]
    assert_drawn(texts, evenly(f"{a}{b}C" for a in "AG" for b in "ACGT"))


def test_proteins_are_drawn_by_their_frequencies(rng):
    p = rng.dirichlet(np.ones(20), 2)
    s = simulate.random(N, 5, "protein", rng=1)
    codes = embed(s, Motif("m", p, "protein"), start=3, rng=1).pack().to_codes()
    for column, row in zip(codes[:, 3:].T, p, strict=True):
        assert_drawn(column.tolist(), dict(enumerate(row.tolist())))


def test_strength_bands():
    odds = PFM.log_odds()
    codes = embed(of_a(N), PFM, start=0, strength=(0.5, 1.0), rng=1).to_codes()[:, :3]
    scores = odds[np.arange(3), codes].sum(axis=1)
    free = embed(of_a(N), PFM, start=0, rng=1).to_codes()[:, :3]
    of_all = np.sort(odds[np.arange(3), free].sum(axis=1))
    assert scores.min() >= of_all[int(0.45 * N)]
    best = embed(of_a(9), [PFM, PFM], starts=[0, 5], strength=[1.0, 0.0]).to_strings()
    assert {t[:3] for t in best} <= {"ACT", "AGT"}
    assert {t[5:8] for t in best} <= {f"{a}{b}A" for a in "CG" for b in "CG"}


def test_a_share_of_the_sequences():
    embedded = embed(of_a(N), ["CG", "TT"], gap=1, share=0.3, lazy=True, rng=1)
    marked = [("C" in text) for text in embedded.pack()]
    assert_drawn(marked, {True: 0.3, False: 0.7})
    truth = embedded.placements()
    assert np.flatnonzero(marked).tolist() == np.unique(truth["record"]).tolist()
    whole = embed(of_a(N), ["CG", "TT"], gap=1, lazy=True, rng=1).placements()
    assert np.isin(truth, whole).all()  # a share of the same


# ------------------------------------------------------------------------------ properties


@st.composite
def jobs(draw: st.DrawFn) -> tuple[int, list[str], dict[str, Any]]:
    """A length, motifs that fit into it, and options."""
    motifs = draw(st.lists(st.text("ACGT", min_size=1, max_size=6), min_size=1, max_size=4))
    options: dict[str, Any] = {"order": draw(st.sampled_from(["fixed", "random"]))}
    need = sum(map(len, motifs))
    if len(motifs) > 1 and draw(st.booleans()):
        low = draw(st.integers(0, 4))
        options["gap"] = (low, low + draw(st.integers(0, 4)))
        need += options["gap"][1] * (len(motifs) - 1)
    options["strands"] = draw(st.sampled_from(["+", "-", "both"]))
    options["share"] = draw(st.sampled_from([1.0, 0.5]))
    return need + draw(st.integers(0, 20)), motifs, options


@settings(deadline=None, max_examples=150)
@given(jobs(), st.integers(0, 2**64 - 1))
def test_motifs_are_where_placements_say_and_nowhere_else(job, seed):
    length, motifs, options = job
    s = simulate.random(6, length, rng=seed)
    embedded = embed(s, motifs, rng=seed, **options)
    assert isinstance(embedded, Embedded)
    texts = [list(text) for text in s.pack()]
    written = np.zeros((6, length), int)
    partner = str.maketrans("ACGT", "TGCA")
    for record, m, start, strand in embedded.placements().tolist():
        word = motifs[m] if strand == "+" else motifs[m].translate(partner)[::-1]
        assert 0 <= start <= length - len(word)
        texts[record][start : start + len(word)] = word
        written[record, start : start + len(word)] += 1
    assert written.max() <= 1
    assert ["".join(text) for text in texts] == embedded.pack().to_strings()


OPTIONS: list[dict[str, Any]] = [
    {},
    {"starts": [3, 20]},
    {"starts": [3, 20], "order": "random"},
    {"gap": (2, 9), "order": "random", "strands": "both", "share": 0.5},
    {"gap": {1: 0.5, 4: 0.5}, "start": 2, "strength": ["consensus", (0.5, 0.9)]},
    {"strands": ["+", "both"], "strength": 0.9},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_blocks_do_not_matter(options, monkeypatch):
    s = simulate.random(29, 40, "rna", rng=5)
    embedded = embed(s, [PFM, "UGN"], rng=2**64 - 1, **options)
    whole = embedded.pack()
    for step in (1, 7):
        blocks = [embedded.block(i, min(i + step, 29)) for i in range(0, 29, step)]
        assert [t for block in blocks for t in block] == whole.to_strings()
        truth = [embedded.placements(i, min(i + step, 29)) for i in range(0, 29, step)]
        assert np.concatenate(truth).tolist() == embedded.placements().tolist()
    monkeypatch.setattr("fastmi.simulate._edited._LETTERS", 130)
    assert embedded.pack() == whole
    assert embed(s.pack(), [PFM, "UGN"], rng=2**64 - 1, **options) == whole
    assert embed(s, [PFM, "UGN"], rng=2**64 - 1, lazy=False, **options) == whole
    assert pickle.loads(pickle.dumps(embedded)).pack() == whole
    assert embedded[3] == whole[3]
    assert embedded[5:9].to_strings() == whole.to_strings()[5:9]


def test_places_do_not_depend_on_letters():
    here = embed(of_a(50), PFM, lazy=True, rng=4).placements()
    other = embed(of_a(50), "CGT", strands="both", lazy=True, rng=4).placements()
    assert here["start"].tolist() == other["start"].tolist()


def test_embedding_in_embedded():
    s = simulate.random(20, 30, rng=1)
    twice = embed(embed(s, "CCCC", starts=2, rng=1), "GGGG", starts=20, rng=2)
    assert all(t[2:6] == "CCCC" and t[20:24] == "GGGG" for t in twice.pack())


def test_about_says_all_of_it():
    s = simulate.random(20, 40, rng=1)
    seen = [
        json.dumps(embed(s, [PFM, "TGN"], rng=seed, **options).about(), sort_keys=True)
        for options in OPTIONS
        for seed in (1, 2)
    ]
    assert len(set(seen)) == len(seen)
    other = embed(s[:19], [PFM, "TGN"], lazy=True, rng=1)
    assert json.dumps(other.about(), sort_keys=True) not in seen
    assert repr(other) == "<embedded motifs: 19 x 40, dna, made when asked for>"


def test_nothing_to_embed_into():
    s = simulate.random(0, 40, rng=1)
    assert len(embed(s, "ACG", rng=1).pack()) == 0
    assert len(embed(s, "ACG", rng=1).placements()) == 0


# ---------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("motifs", "options", "error", "message"),
    [
        ("ACGTACGTACGTA", {}, ValueError, "has 13 letters, and the sequences have 12"),
        (["ACGTACG", "ACGTAC"], {}, ValueError, "motifs of 7 and 6 letters take 13"),
        (["CG", "TT"], {"gap": 9}, ValueError, "gaps of up to 9 take 13, and the sequ"),
        (["CG", "TT"], {"gap": (0, 9)}, ValueError, "gaps of up to 9 take 13"),
        (["CG", "TT"], {"gap": {1: 0.5, 9: 0.5}}, ValueError, "gaps of up to 9 take 13"),
        (["CG", "TT"], {"gap": (0, 2**61)}, ValueError, "take 2305843009213693956"),
        (["CG", "TT"], {"gap": {1: 0.5, 2: 0.4}}, ValueError, "of gaps must add to 1, got 0.9"),
        (["CG", "TT"], {"gap": {1: 1.5, 2: -0.5}}, ValueError, "finite numbers from 0 up"),
        (["CG", "TT"], {"gap": {}}, ValueError, "got an empty one"),
        (["CG", "TT"], {"gap": (4, 2)}, ValueError, "(least, most), got (4, 2)"),
        (["CG", "TT"], {"gap": (1, 2, 3)}, ValueError, "(least, most), got (1, 2, 3)"),
        (
            ["CG", "TT"],
            {"gap": [1, 2]},
            ValueError,
            "has 1, one for each two neighbours, got 2",
        ),
        (["CG", "TT"], {"gap": -1}, ValueError, "gap must be a whole number from 0 up, got -1"),
        (["CG", "TT"], {"gap": 1.5}, TypeError, "gap must be a whole number, got 1.5"),
        ("CG", {"gap": 3}, ValueError, "between motifs, and there is one"),
        (["CG", "TT"], {"start": 3}, ValueError, "give gap=, or starts= with 2 places"),
        (["CG", "TT"], {"gap": 3, "start": 6}, ValueError, "between 0 and 5 for what takes up"),
        (
            ["CG", "TT"],
            {"gap": 3, "start": -1},
            ValueError,
            "start must be a whole number from",
        ),
        (["CG", "TT"], {"gap": 3, "starts": [1, 2]}, ValueError, "leave gap= and start= out"),
        (
            ["CG", "TT"],
            {"starts": 4},
            ValueError,
            "starts must be 2, one for each motif, got 1",
        ),
        (
            "CG",
            {"starts": 11},
            ValueError,
            "of 2 letters in 12 starts between 0 and 10, got 11",
        ),
        (
            "CG",
            {"starts": [-1]},
            ValueError,
            "a start must be a whole number from 0 up, got -1",
        ),
        (
            ["CGT", "TT"],
            {"starts": [0, 10], "order": "random"},
            ValueError,
            "a motif of 3 letters in 12 starts between 0 and 9, got 10 for 'TT'",
        ),
        (
            ["CG", "TTT"],
            {"starts": [0, 2], "order": "random"},
            ValueError,
            "starts 0 and 2 are 2 apart, and a motif of 3 letters may come first",
        ),
        (
            ["CGC", "TT"],
            {"starts": [0, 2]},
            ValueError,
            "motifs 'CGC' at 0 and 'TT' at 2 overlap and need not agree at position 2",
        ),
        ([PFM, "TT"], {"starts": [3, 5]}, ValueError, "'site' at 3 and 'TT' at 5 overlap"),
        (
            ["CCG", "GC"],
            {"starts": [0, 2], "strands": "both"},
            ValueError,
            "overlap and need not agree at position 2",
        ),
        ("CG", {"order": "any"}, ValueError, "order must be 'fixed' or 'random', got 'any'"),
        ("CG", {"strands": "*"}, ValueError, "strands are '+', '-' or 'both', got '*'"),
        ("CG", {"strands": ["+", "-"]}, ValueError, "strands as a list has one for each of 1"),
        (PFM, {"strength": "best"}, ValueError, "a band (low, high) of them, got 'best'"),
        (
            PFM,
            {"strength": (0.1, 0.2, 0.3)},
            ValueError,
            "a band (low, high) of them, got (0.1",
        ),
        (PFM, {"strength": 1.5}, ValueError, "quantiles are 0 <= low <= high <= 1"),
        ("CG", {"share": 1.5}, ValueError, "share must be between 0 and 1, got 1.5"),
        ("CG", {"share": float("nan")}, ValueError, "share must be between 0 and 1, got nan"),
        ("CG", {"share": "all"}, TypeError, "share must be a number between 0 and 1"),
        ("CG", {"lazy": 1}, TypeError, "lazy must be True, False or None, got 1"),
        ("CG", {"rng": -1}, ValueError, "a seed is between 0 and"),
        ("CJ", {}, ValueError, "'J' at position 1 of 'CJ' is neither a letter nor a code"),
        ([], {}, ValueError, "there are no motifs to embed"),
        ("", {}, ValueError, "a motif has at least one letter"),
        (5, {}, TypeError, "motifs are strings or Motif objects, got int"),
        ([5], {}, TypeError, "a motif is a string or a Motif, got int"),
        (Motif.from_iupac("WK", "protein"), {}, ValueError, "are not those of the alphabet"),
    ],
)
def test_what_cannot_be_is_refused(motifs, options, error, message):
    with pytest.raises(error, match=re.escape(message)):
        embed(of_a(2), motifs, **options)


def test_strands_need_an_alphabet_with_partners():
    with pytest.raises(ValueError, match="strands other than '\\+' are of DNA and RNA"):
        embed(["MKVL"], "W", strands="both", alphabet="protein")
    with pytest.raises(ValueError, match="strands other than '\\+' are of DNA and RNA"):
        embed(["MKVL"], ["W", "K"], starts=[0, 0], strands="-", alphabet="protein")


def test_blocks_that_are_not_there():
    embedded = embed(simulate.random(5, 10, rng=1), "ACG", rng=1)
    for start, stop in [(-1, 2), (3, 2), (0, 6)]:
        with pytest.raises(IndexError, match="there are 5 sequences"):
            embedded.block(start, stop)
        with pytest.raises(IndexError, match="there are 5 sequences"):
            embedded.placements(start, stop)


@pytest.mark.parametrize("gap", [3, (0, 6), {2: 0.7, 9: 0.3}])
def test_pair_design(gap):
    design = pair_design(of_a(N, 30), ["CGC", "TT"], gap, rng=1)
    labels, truth = design.labels(), design.placements()
    texts = design.pack().to_strings()
    there = [("C" in text, "T" in text) for text in texts]
    assert [a and b for a, b in there] == labels.tolist()
    for group in range(0, N, 4):
        four = sorted(there[group : group + 4])
        assert four == [(False, True), (True, False), (True, True), (True, True)]
    assert_drawn(there[::4], {(True, True): 0.5, (True, False): 0.25, (False, True): 0.25})
    assert truth["record"].tolist() == np.repeat(np.arange(N), labels + 1).tolist()
    alone = truth[labels[truth["record"]] == 0]
    for m, width in enumerate((3, 2)):
        starts = alone["start"][alone["motif"] == m]
        assert_drawn(starts.tolist(), evenly(range(30 - width + 1)))
    pairs = truth[labels[truth["record"]] == 1]["start"].reshape(-1, 2)
    a, b = pairs.T
    assert_drawn((a < b).tolist(), evenly([True, False]))
    gaps = np.where(a < b, b - a - 3, a - b - 2).tolist()
    spread = {3: 1.0} if gap == 3 else evenly(range(7)) if isinstance(gap, tuple) else gap
    assert_drawn(gaps, spread)


def test_pair_design_by_blocks():
    design = pair_design(simulate.random(31, 40, rng=1), ["CGC", PFM], 5, strands="both", rng=1)
    whole = design.pack()
    assert whole.scores is not None
    assert whole.scores.tolist() == design.labels().tolist()
    for step in (1, 7):
        blocks = [design.block(i, min(i + step, 31)) for i in range(0, 31, step)]
        assert [t for block in blocks for t in block] == whole.to_strings()
        assert np.concatenate([b.scores for b in blocks]).tolist() == whole.scores.tolist()
    assert repr(design) == "<pair design: 31 x 40, dna, made when asked for>"
    with pytest.raises(ValueError, match="a pair design has two motifs, got 3"):
        pair_design(of_a(2), ["C", "G", "T"], 1)
    with pytest.raises(ValueError, match="between motifs, and there is one"):
        pair_design(of_a(2), ["C"], 1)
    with pytest.raises(IndexError, match="there are 31 sequences"):
        design.labels(3, 32)


def test_the_pair_is_found_by_its_map():
    s = embed(
        simulate.random(2000, 40, rng=1), ["TGACTCA", "CACGTG"], starts=[5, 25], share=0.5
    )
    r = fastmi.pairwise_mi(s.pack(), k=1, pseudocount=0)
    best = r.top_pairs(1)[0]
    assert {int(best["i"]), int(best["j"])} <= {*range(5, 12), *range(25, 31)}


@pytest.mark.parametrize("order", ["fixed", "random"])
def test_maps_of_what_is_embedded_are_those_expected(order):
    """Each cell within 6 sd, sqrt(2 MI / (N ln 2)), and what chi-square of 9 may add."""
    n, motifs = 200_000, [PFM, Motif.from_iupac("TGYA")]
    s = embed(simulate.random(n, 20, rng=2), motifs, gap=4, order=order, share=0.8, rng=3)
    found = fastmi.pairwise_mi(s.pack(), k=1, pseudocount=0).matrix
    cases = simulate.arrangements(motifs, 20, gap=4, order=order, share=0.8)
    exact = simulate.expected_mi(cases, 20)
    away = np.abs(found - exact)
    assert np.nanmax(away - 6 * np.sqrt(2 * exact / (n * np.log(2)))) < 60 / (2 * n * np.log(2))
