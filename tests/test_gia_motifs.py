"""Motifs of k-mers: known alignments, a planted motif found again, and files of it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import fastmi
from fastmi import FastMIError, Motif, simulate
from fastmi.gia import GIA, KmerSearch, kmer_motif, kmers
from fastmi.gia.kmer_motifs import lay_over_first
from fastmi.gia.kmer_search import all_kmers
from fastmi.models import wrap


def found(effects, alphabet="dna", n_top=None, heads=("",)):
    """A search that has these effects, and much smaller ones of all others."""
    kind = fastmi.get_alphabet(alphabet)
    k = len(next(iter(effects)))
    names = all_kmers(kind, k)
    effect = np.full((len(names), len(heads)), -1.0)
    for kmer, value in effects.items():
        effect[names.index(kmer)] = value
    n_used = np.full(len(names), 10)
    told = SimpleNamespace(heads=heads)
    n_top = n_top or len(effects)
    return KmerSearch(k, 3, kind, n_top, told, n_used, effect, 0 * effect)


def rows(motif):
    return [dict(zip(motif.alphabet.letters, row, strict=True)) for row in motif.frequencies]


def laid(kmers, both=False):
    kind = fastmi.get_alphabet("dna")
    codes = np.array([[kind.letters.index(c) for c in kmer] for kmer in kmers], np.uint8)
    aligned, offsets = lay_over_first(codes, kind.complement if both else None)
    return ["".join(kind.letters[c] for c in row) for row in aligned], offsets.tolist()


# --------------------------------------------------------------------------------- alignment


@pytest.mark.parametrize(
    ("kmers", "offsets"),
    [
        (["TGCATG", "GCATGC"], [0, 1]),
        (["TGCATG", "ATGCAT"], [0, -1]),
        (["TGCATG", "TGCACG"], [0, 0]),
        (["ACGT", "TGGG"], [0, 0]),  # G at 2; T at 3 is one, too, but farther
        (["AACC", "CTTT"], [0, 2]),  # the first of its two C
        (["ACCC", "GGGA"], [0, -3]),  # the last offset on the left
        (["CCCA", "AGGG"], [0, 3]),  # the last one on the right, which the authors leave out
        (["AAAA", "CCCC"], [0, 0]),  # nothing in common
        (["CACA", "ACAC"], [0, -1]),  # as many at 1: the left one
        (["AAAA", "AAAA"], [0, 0]),
    ],
)
def test_offsets(kmers, offsets):
    assert laid(kmers) == (kmers, offsets)


def test_offsets_are_the_best_of_all():
    rng = np.random.default_rng(1)
    for _ in range(200):
        first, other = ("".join(rng.choice(list("ACGT"), 5)) for _ in range(2))
        _, (_, o) = laid([first, other])
        padded = {i: c for i, c in enumerate(first)}
        same = [
            sum(padded.get(i + at) == c for i, c in enumerate(other)) for at in range(-4, 5)
        ]
        assert same[o + 4] == max(same)
        assert all(abs(at) >= abs(o) for at in range(-4, 5) if same[at + 4] == max(same))


def test_kmers_are_turned_round():
    assert laid(["TGACTC", "GAGTCA", "TGACTC"], both=True) == (3 * ["TGACTC"], [0, 0, 0])
    assert laid(["TGACTC", "GGAGTC"], both=True) == (["TGACTC", "GACTCC"], [0, 1])
    # a palindrome fits both ways, and stays as it is; so does what fits as well
    assert laid(["CACGTG", "CACGTG"], both=True)[0] == ["CACGTG", "CACGTG"]
    assert laid(["AAAA", "CCGG"], both=True) == (["AAAA", "CCGG"], [0, 0])


# --------------------------------------------------------------------------------- the motif


def test_frequencies_by_hand():
    search = found({"TGCA": 6.0, "GCAT": 3.0, "TGCC": 1.0})
    motif = kmer_motif(search, 3)
    assert (motif.name, motif.n_sites, len(motif)) == ("TGCA", 3, 4)
    wanted = [
        [0.075, 0.075, 0.075, 0.775],  # 7 of 10 are T, 3 cover nothing
        [0, 0, 1, 0],
        [0, 1, 0, 0],
        [0.9, 0.1, 0, 0],
    ]
    np.testing.assert_allclose(motif.frequencies, wanted, atol=1e-12)
    whole = kmer_motif(search, 3, coverage=0, name="all of it")
    assert (whole.name, len(whole)) == ("all of it", 5)
    np.testing.assert_allclose(whole.frequencies[:4], wanted, atol=1e-12)
    np.testing.assert_allclose(whole.frequencies[4], [0.175, 0.175, 0.175, 0.475], atol=1e-12)
    assert kmer_motif(search, 3, coverage=1).consensus() == "GCA"
    assert len(kmer_motif(search, 3, coverage=0.3)) == 5
    assert len(kmer_motif(search, 3, coverage=0.31)) == 4


def test_one_kmer_is_itself():
    motif = kmer_motif(found({"TGCA": 6.0, "GCAT": 3.0}), 1)
    assert motif == Motif("TGCA", Motif.from_iupac("TGCA").frequencies, n_sites=1)


def test_no_column_is_cut_off():
    search = found({"ACGTAC": 2.0, "CGTACG": 2.0, "TACGTA": 2.0})
    motif = kmer_motif(search, 3, coverage=0)
    assert motif.consensus() == "TACGTACG"
    assert kmer_motif(search, 3, coverage=0.6).consensus() == "ACGTAC"


def test_kmers_with_no_column_in_common():
    motif = kmer_motif(found({"ACCC": 4.0, "GGGA": 3.5, "CAAA": 3.5}), 3, coverage=1)
    assert motif.consensus() == "A"  # where the first meets the second
    assert kmer_motif(found({"ACCC": 4.0, "GGGA": 1.0}), 2, coverage=1).consensus() == "A"


def test_those_without_an_effect_are_left_out():
    search = found({"TGCA": 6.0, "GCAT": 0.0, "TTTT": -0.5})
    motif = kmer_motif(search, 3)
    assert (motif.consensus(), motif.n_sites) == ("TGCA", 1)
    with pytest.raises(FastMIError, match="no k-mer has a positive effect"):
        kmer_motif(found({"TGCA": 0.0, "GCAT": -2.0}), 2)


def test_both_strands_make_one_motif():
    effects = {"TGACTC": 4.0, "GAGTCA": 4.0, "GGAGTC": 2.0, "GACTCC": 2.0}
    whole = kmer_motif(found(effects), 4, strands="both")
    assert whole.consensus() == "GAGTCA"  # of equals, the first by its letters
    assert np.sort(whole.frequencies, axis=1)[:, -1].min() >= 0.7
    apart = kmer_motif(found(effects), 4)
    assert whole.information().sum() > apart.information().sum() + 1


def planted(strings):
    """The best match anywhere to TGCATG, where C may be T at half the price."""
    motif = Motif.from_counts(
        [[0, 0, 0, 9], [0, 0, 9, 0], [0, 6, 0, 3], [9, 0, 0, 0], [0, 0, 0, 9], [0, 0, 9, 0]],
        alphabet="rna",
        pseudocount=0.5,
    )
    table = motif.log_odds()
    lookup = motif.alphabet.lookup
    codes = np.array([lookup[np.frombuffer(s.encode(), np.uint8)] for s in strings])
    n = codes.shape[1] - 5
    scores = sum(table[t][codes[:, t : t + n]] for t in range(6))
    return np.exp(scores.max(axis=1) / 2)


def test_a_planted_motif_is_found(tmp_path):
    gia = GIA(wrap(planted, takes="strings"), simulate.random(150, 24, "rna", rng=1))
    search = kmers(gia, 5)
    motif = kmer_motif(search)
    assert motif.consensus() in ("UGCAUG", "GCAUG", "UGCAU")
    wide = kmer_motif(search, coverage=0.2)
    at = wide.consensus().index("UGCAUG")
    assert wide.frequencies[at + 2, 3] > 0.1  # U for C
    assert wide.frequencies[at + 2].argmax() == 1
    fastmi.write_motifs([motif, wide], tmp_path / "m.meme")
    again = fastmi.read_motifs(tmp_path / "m.meme")
    assert again == [motif, wide]
    text = (tmp_path / "m.meme").read_text()
    assert text.startswith("MEME version 4\n\nALPHABET= ACGU\n")
    assert f"MOTIF {motif.name}\nletter-probability matrix: alength= 4 w= {len(motif)}" in text
    dna = motif.with_alphabet("dna")
    fastmi.write_motifs(dna, tmp_path / "d.meme")
    assert fastmi.read_motifs(tmp_path / "d.meme")[0] == dna


def test_rows_add_to_one():
    rng = np.random.default_rng(1)
    for _ in range(20):
        names = rng.permutation(all_kmers(fastmi.get_alphabet("dna"), 4))[:10]
        search = found(dict(zip(names, rng.pareto(1, 10), strict=True)))
        for coverage in (0, 0.5, 1):
            motif = kmer_motif(search, coverage=coverage)
            np.testing.assert_allclose(motif.frequencies.sum(axis=1), 1, atol=1e-12)
            assert len(motif) >= 1


def test_by_head():
    search = found(
        {"TGCA": np.array([6.0, 1.0]), "GGGG": np.array([3.0, 9.0])}, heads=("a", "b")
    )
    assert kmer_motif(search, 1).consensus() == "TGCA"
    assert kmer_motif(search, 1, head="b").consensus() == "GGGG"


def test_proteins():
    search = found({"HW": 3.0, "WH": 1.0}, "protein")
    assert kmer_motif(search, 2).consensus() == "HW"
    with pytest.raises(ValueError, match="protein has no complement, so no strands 'both'"):
        kmer_motif(search, 2, strands="both")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 3}, "for the best 2, got n=3: search with a larger top"),
        ({"n": 0}, "n must be a whole number from 1 up"),
        ({"strands": "-"}, r"strands must be '\+' or 'both', got '-'"),
        ({"coverage": 1.5}, "coverage must be between 0 and 1, got 1.5"),
        ({"head": "x"}, "the model has no score 'x'"),
    ],
)
def test_parameters_are_checked(options, message):
    search = found({"TGCA": 6.0, "GCAT": 3.0})
    search.n_used[0] = 5  # one was dropped
    with pytest.raises((ValueError, KeyError), match=message):
        kmer_motif(search, **{"n": 2, **options})
