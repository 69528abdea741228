"""Real sequences as backgrounds: which are drawn, how likely each is, and the null models.

Chance is held against its probabilities as in test_embed.py, over seeds.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations, pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_embed import assert_drawn, evenly

import fastmi
from fastmi import FastMIError, PackedSequences, simulate
from fastmi.simulate import nulls, sample
from fastmi.sources import Source

SETTINGS = settings(deadline=None, max_examples=100)


def numbered(n: int, length: int = 8) -> PackedSequences:
    """Sequences that are all different, whose scores are their numbers."""
    assert n <= 4**length
    codes = np.arange(n)[:, None] // 4 ** np.arange(length)[::-1] % 4
    return PackedSequences.from_codes(codes, "rna").with_scores(np.arange(float(n)))


def records(drawn: PackedSequences) -> list[int]:
    return drawn.scores.astype(int).tolist()


def n_gc(texts: object) -> list[int]:
    return [sum(map(text.count, "CG")) for text in texts]


# ------------------------------------------------------------------------- which are drawn


def test_every_set_and_every_order_is_equally_likely():
    data = numbered(6)
    drawn = [tuple(records(sample(data, 3, rng=seed))) for seed in range(6000)]
    assert_drawn([tuple(sorted(each)) for each in drawn], evenly(combinations(range(6), 3)))
    assert_drawn(drawn, evenly(permutations(range(6), 3)))


def test_of_those_selected_each_is_equally_likely():
    data = numbered(12)
    drawn = [sample(data, 2, select="quantiles 0.25 to 0.75", rng=s) for s in range(3000)]
    assert_drawn([tuple(records(each)) for each in drawn], evenly(permutations(range(3, 9), 2)))


def test_sequences_come_with_their_scores_and_without_weights():
    data = numbered(500).with_weights(np.arange(500.0))
    drawn = sample(data, 60, rng=1)
    assert drawn.weights is None
    assert drawn == data.with_weights(None)[records(drawn)]
    assert len(set(records(drawn))) == 60
    assert records(drawn) == records(sample(data.with_weights(None), 60, rng=1))
    assert data.weights.tolist() == list(range(500))
    assert sample(data.with_scores(None), 60, rng=1) == drawn.with_scores(None)
    assert sorted(records(sample(data, rng=3))) == list(range(500))


def test_a_larger_sample_begins_with_the_smaller_one():
    data = numbered(100)
    whole = records(sample(data, select="top 50%", rng=2))
    assert len(whole) == 50
    for n in (1, 2, 17, 49):
        assert records(sample(data, n, select="top 50%", rng=2)) == whole[:n]
    assert records(sample(data, 50, select="top 50%", rng=3)) != whole


def test_a_record_is_drawn_whatever_its_letters_and_those_behind():
    few, more = numbered(100), numbered(300, 9)
    kept = [r for r in records(sample(more, rng=5)) if r < 100]
    assert kept == records(sample(few, rng=5))


def test_a_record_is_drawn_whatever_it_is_selected_from(monkeypatch):
    data = numbered(100)
    order = records(sample(data, rng=5))
    band = sample(data, select="quantiles 0.2 to 0.7", rng=5)
    assert records(band) == [r for r in order if 20 <= r < 70]
    monkeypatch.setattr("fastmi.simulate.sampling._KEYS", 7)
    assert records(sample(data, rng=5)) == order


@SETTINGS
@given(
    st.lists(st.integers(0, 3), min_size=4, max_size=50),
    st.integers(0, 2**64 - 1),
)
def test_quartiles_share_out_all_by_rank(scores, seed):
    data = numbered(len(scores)).with_scores(None)
    values = np.array(scores, float)
    found = []
    for place in (1, 2, 3, 4):
        drawn = sample(data, select=f"quartile {place}", scores=values, rng=seed)
        numbers = [int(np.dot(row, 4 ** np.arange(8)[::-1])) for row in drawn.to_codes()]
        np.testing.assert_array_equal(drawn.scores, values[numbers])
        found.append(numbers)
    # one order: higher scores first, of equal ones the first record
    order = sorted(range(len(scores)), key=lambda r: (-scores[r], r))
    n, at = len(scores), 0
    for numbers in found:
        assert sorted(numbers) == sorted(order[at : at + len(numbers)])
        assert abs(len(numbers) - n / 4) < 1
        at += len(numbers)
    assert at == n


def test_extreme_scores_are_dropped():
    drawn = sample(numbered(1000), select="quantiles 0.1 to 0.9", rng=1)
    assert sorted(records(drawn)) == list(range(100, 900))


@pytest.mark.parametrize("words", ["> 90", "<= 3", "top 7", "bottom 10%", "all"])
def test_all_other_words(words):
    expected = {
        "> 90": range(91, 100),
        "<= 3": range(4),
        "top 7": range(93, 100),
        "bottom 10%": range(10),
        "all": range(100),
    }[words]
    assert sorted(records(sample(numbered(100), select=words, rng=1))) == list(expected)


@pytest.mark.parametrize("span", [1, 100, 1 << 15])
@pytest.mark.parametrize("rare", [1, 1000])
def test_the_same_of_sequences_that_are_made(span, rare, monkeypatch):
    monkeypatch.setattr("fastmi.simulate.sampling._FEW", span)
    monkeypatch.setattr("fastmi.simulate.sampling._RARE", rare)
    made = simulate.random(400, 12, "rna", rng=3)
    scores = np.random.default_rng(1).normal(size=400)
    options = {"select": "top 30%", "scores": scores, "rng": 8}
    packed = sample(made.pack(), 50, **options)
    assert sample(made, 50, **options) == packed
    assert sample(made, rng=8) == sample(made.pack(), rng=8)


def test_a_column_of_a_table(tmp_path):
    path = tmp_path / "probes.tsv"
    rows = zip(numbered(40), range(40), strict=True)
    path.write_text("sequence\tscore\n" + "".join(f"{t}\t{s}\n" for t, s in rows))
    read = fastmi.read(path, "rna", column="sequence", scores="score")
    assert sorted(records(sample(read, select="quartile 1"))) == list(range(30, 40))


def test_missing_letters_stay():
    data = PackedSequences.from_strings(["ANGT", "NNNN", "ACGT"], unknown="skip")
    assert sorted(sample(data, rng=1)) == ["ACGT", "ANGT", "NNNN"]


# ----------------------------------------------------------------------------- GC contents


def test_the_histograms_of_gc_contents_are_equal():
    pool = simulate.random(20_000, 30, rng=1)
    wanted = simulate.random(500, 30, frequencies=[0.23, 0.27, 0.27, 0.23], rng=2)
    drawn = sample(pool, gc_like=wanted, rng=1)
    assert Counter(n_gc(drawn)) == Counter(n_gc(wanted.pack()))
    assert len(set(drawn)) == len(drawn) == 500
    again = sample(pool.pack().with_weights(np.ones(20_000)), gc_like=[*wanted.pack()], rng=1)
    assert again == drawn


def test_other_numbers_are_shared_out_by_the_largest_remainders():
    pool = ["AAAA", "CAAA", "CCAA"] * 20
    like = ["AAAA"] * 3 + ["AGAA"] * 3 + ["CGAA"]
    for n, expected in ((7, [3, 3, 1]), (14, [6, 6, 2]), (1, [1]), (3, [1, 1, 1]), (4, [2, 2])):
        drawn = sample(pool, n, gc_like=like, rng=1)
        assert Counter(n_gc(drawn)) == Counter(dict(enumerate(expected)))


def test_each_of_a_gc_content_is_equally_likely():
    data = PackedSequences.from_strings(["AC", "AG", "CA", "TT", "TA"]).with_scores(range(5))
    drawn = [
        tuple(sorted(records(sample(data, gc_like=["CT", "AA"], rng=s)))) for s in range(3000)
    ]
    assert_drawn(drawn, evenly((a, b) for a in (0, 1, 2) for b in (3, 4)))


def test_a_gc_content_and_a_band_of_scores():
    data = PackedSequences.from_strings(["AC", "AG", "CA", "TT"] * 50).with_scores(range(200))
    drawn = sample(data, 30, select="top 40", gc_like=["CA"], rng=1)
    assert set(n_gc(drawn)) == {1}
    assert min(records(drawn)) >= 160


def test_gc_contents_of_other_lengths_and_missing_letters():
    like = PackedSequences.from_strings(["CGNNNNNA", "NNNNNNNN"], unknown="skip")  # 2/3
    pool = ["AAAA", "CAAA", "CCAA", "CGGA", "CGCG"]
    assert sample(pool, gc_like=like).to_strings() == ["CGGA"]  # 2.67 of 4 letters
    pool = PackedSequences.from_strings(["NNNN", "CNNN", "CANN"], unknown="skip")
    assert sample(pool, gc_like=["CATG"]).to_strings() == ["CANN"]
    long = ["C" * n + "A" * (400 - n) for n in range(401)]  # in percent, halves up
    near = [n_gc(sample(long, gc_like=["C" * 7 + "A" * 93], rng=s))[0] for s in range(400)]
    assert set(near) == {26, 27, 28, 29}


def test_gc_contents_of_rna_as_of_dna():
    like = PackedSequences.from_strings(["CGAT"])
    assert n_gc(sample(numbered(200), gc_like=like, rng=1)) == [4]  # of 8


# ----------------------------------------------------------------------------- what cannot be

DATA = ["AAAA", "ACAA", "ACGA", "ACGC"]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"n": 5}, ValueError, "n must be at most 4, the number of sequences, got 5"),
        (
            {"n": 2, "select": "quartile 1", "scores": range(4)},
            ValueError,
            "n must be at most 1, the number of sequences that 'quartile 1' takes of 4, got 2",
        ),
        ({"n": 0}, ValueError, "n must be a whole number from 1 up, got 0"),
        ({"n": 1.5}, TypeError, "n must be a whole number, got 1.5"),
        ({"select": "top 1%"}, ValueError, "select='top 1%' needs scores: give scores="),
        ({"select": "best", "scores": range(4)}, ValueError, "a selection is one of '> 0.9'"),
        (
            {"select": "> wt", "scores": range(4)},
            ValueError,
            "there is no wild type here: give",
        ),
        (
            {"select": "> 3", "scores": range(4)},
            FastMIError,
            "'> 3' takes none of 4 sequences, whose scores are 0 to 3",
        ),
        (
            {"select": "top 1%", "scores": range(4)},
            FastMIError,
            "top 1% of 4 sequences is less",
        ),
        ({"scores": range(3)}, ValueError, "there are 3 scores for 4 sequences"),
        ({"scores": [0, 1, 2, np.nan]}, ValueError, "score 3 is nan, allowed are"),
        ({"rng": -1}, ValueError, "a seed is between 0 and 2^64 - 1, got -1"),
        (
            {"gc_like": ["CCCC"]},
            FastMIError,
            "gc_like asks for 1 sequences with a GC content of 4/4, and there are 0; gc_like "
            "must do without it",
        ),
        (
            {"gc_like": ["CAAA", "AAAA"], "n": 4},
            FastMIError,
            "asks for 2 sequences with a GC content of 0/4, and there are 1; n=2 can be had",
        ),
        ({"gc_like": []}, FastMIError, "no sequences"),
        ({"gc_like": ["ACGX"]}, FastMIError, "'X'"),
        (
            {"gc_like": PackedSequences.from_strings(["NN"], unknown="skip")},
            FastMIError,
            "gc_like has no sequence with a letter",
        ),
        (
            {"gc_like": PackedSequences.from_strings(["ACDE"], "protein")},
            ValueError,
            "GC content is of DNA and RNA, and there are sequences over 'protein'",
        ),
        (
            {"gc_like": ["ACDE"], "alphabet": "protein"},
            ValueError,
            "GC content is of DNA and RNA, and there are sequences over 'protein'",
        ),
    ],
)
def test_samples_that_cannot_be(options, error, message):
    with pytest.raises(error, match=re.escape(message)):
        sample(DATA, **options)


def test_no_sequences():
    with pytest.raises(FastMIError, match="there are no sequences to draw from"):
        sample(numbered(5)[:0])


# ------------------------------------------------------------------------------- null models


def test_the_null_models_of_a_set():
    data = simulate.random(4000, 20, "rna", frequencies=[0.1, 0.2, 0.3, 0.4], rng=1).pack()
    data = data.with_scores(np.random.default_rng(1).normal(size=4000))
    found = nulls(data, 500, rng=7)
    assert list(found) == [
        "profile",
        "markov 1",
        "shuffle",
        "dinucleotide shuffle",
        "real",
        *(f"quartile {place}" for place in (1, 2, 3, 4)),
    ]
    for source in found.values():
        assert isinstance(source, Source)
        assert (len(source), source.length, source.alphabet) == (500, 20, data.alphabet)
    real = found["real"]
    assert real == sample(data, 500, rng=7)
    assert found["shuffle"].pack() == simulate.shuffle(real, 1, rng=7)
    assert found["dinucleotide shuffle"].pack() == simulate.shuffle(real, 2, rng=7)
    of_profile = simulate.random(500, 20, "rna", frequencies=simulate.profile(data), rng=7)
    assert found["profile"].pack() == of_profile.pack()
    of_chain = simulate.random(500, 20, "rna", frequencies=simulate.markov(data), rng=7)
    assert found["markov 1"].pack() == of_chain.pack()
    quartiles = [found[f"quartile {place}"].scores for place in (1, 2, 3, 4)]
    for higher, lower in pairwise(quartiles):
        assert higher.min() > lower.max()
    again = nulls(data, 500, rng=7)
    assert all(again[name][:500] == source[:500] for name, source in found.items())


def test_null_models_without_scores_and_without_weights():
    data = numbered(300).with_scores(None)
    found = nulls(data.with_weights(np.arange(300.0)), 20, rng=1)
    assert len(found) == 5
    for name, source in nulls(data, 20, rng=1).items():
        assert found[name][:20] == source[:20]
        assert found[name][:20].weights is None
    assert "quartile 1" in nulls(data, 20, scores=range(300))
    assert len(nulls(simulate.random(90, 9, "rna"), 20, scores=range(90))) == 9


def test_null_models_of_proteins():
    assert "doublet shuffle" in nulls(simulate.random(50, 9, "protein"), 20)


def test_null_models_of_too_few_sequences():
    with pytest.raises(ValueError, match=r"n must be at most 30, .*, got 1,000"):
        nulls(numbered(30))
    with pytest.raises(ValueError, match=r"at most 25, .* that 'quartile 1' takes of 100"):
        nulls(numbered(100), 26)


# ---------------------------------------------------------------------------- real sequences


@pytest.fixture(scope="module")
def probes(shared):
    """Probes of RNAcompete that have 38 letters, with the scores of RBFOX1."""
    path = shared / "rnacompete2013" / "rnacompete2013_core4.npz"
    if not path.is_file():
        pytest.skip("the probes of RNAcompete are not here")
    with np.load(path) as file:
        packed, lengths, scores = file["packed"], file["length"], file["score_milli"][0]
    letters = (packed[:, None] >> np.array([0, 2, 4, 6], np.uint8) & 3).reshape(-1)
    starts = np.cumsum(lengths, dtype=np.int64) - lengths
    which = np.flatnonzero(lengths == 38)
    codes = letters[starts[which, None] + np.arange(38)]
    return PackedSequences.from_codes(codes, "rna").with_scores(scores[which] / 1000)


def test_quartiles_of_probes(probes):
    quartiles = [sample(probes, select=f"quartile {place}", rng=1) for place in (1, 2, 3, 4)]
    assert sum(map(len, quartiles)) == len(probes) == 140_089
    assert {len(quartile) for quartile in quartiles} <= {35_022, 35_023}
    bounds = [(q.scores.min(), q.scores.max()) for q in quartiles]
    assert all(a[0] >= b[1] for a, b in pairwise(bounds))
    sites = [sum("GCAUG" in text for text in quartile) for quartile in quartiles]
    assert sites == sorted(sites, reverse=True)
    assert sites[0] > 3 * sites[3]


def test_backgrounds_with_the_gc_contents_of_bound_probes(probes):
    bound = sample(probes, 1000, select="top 5%", rng=1)
    other = sample(probes, select="bottom 50%", gc_like=bound, rng=2)
    assert Counter(n_gc(other)) == Counter(n_gc(bound))
    plain = sample(probes, 1000, select="bottom 50%", rng=2)
    assert Counter(n_gc(plain)) != Counter(n_gc(bound))


def test_null_models_of_probes(probes):
    found = nulls(probes, 1000, rng=1)
    pairs = {}
    for name in ("real", "shuffle", "dinucleotide shuffle"):
        codes = found[name][:1000].to_codes().astype(int)
        pairs[name] = np.sort(4 * codes[:, :-1] + codes[:, 1:], axis=1)
    np.testing.assert_array_equal(pairs["real"], pairs["dinucleotide shuffle"])
    assert (pairs["real"] != pairs["shuffle"]).any(axis=1).mean() > 0.9
    assert set(found["quartile 3"]) <= set(probes)
