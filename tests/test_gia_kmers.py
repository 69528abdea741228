"""Search among all k-mers: the exhaustive answer, for less; mutants of a k-mer and their logo.

Toy models give any score to any k-mer in any background: noise, near ties, heavy tails, rare
events.  Where the bound's assumption fails, that is held, too.
"""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import import_module
from itertools import combinations

import numpy as np
import pytest

import fastmi
from fastmi import FastMIError, simulate
from fastmi.gia import (
    GIA,
    KmerSearch,
    importance,
    kmer_logo,
    kmer_mutagenesis,
    kmers,
    mutant_matrix,
)
from fastmi.gia._elimination import beaten, log_capital, rounds
from fastmi.models import wrap

K, N = 4, 500  # letters, and backgrounds, which their last five letters number
DIGITS = 5


def numbers(codes, size=4):
    """Rows of digits as numbers."""
    return codes.astype(np.int64) @ size ** np.arange(codes.shape[1])[::-1]


class Table:
    """Scores of each k-mer (or several heads of each) in each background, as given."""

    def __init__(self, scores):
        self.scores, self.n_seen = scores, 0

    def predict(self, sequences):
        codes = sequences.to_codes()
        self.n_seen += len(codes)
        return self.scores[numbers(codes[:, :-DIGITS]), numbers(codes[:, -DIGITS:])]


def numbered(n=N, k=K):
    """Backgrounds, each of which tells its number."""
    letters = np.array(list("ACGT"))
    digits = np.arange(n)[:, None] // 4 ** np.arange(DIGITS)[::-1] % 4
    return ["A" * k + "".join(letters[row]) for row in digits]


def search(scores, rng=1, n=N, **options):
    k = round(np.log(len(scores)) / np.log(4))
    gia = GIA(Table(scores), numbered(n, k), rng=rng, alphabet="dna")
    return kmers(gia, k, 0, **options), gia


def best(scores, top=10):
    """The answer, from the table; of equals, the first."""
    return np.argsort(-scores.mean(axis=1), kind="stable")[:top]


# ---------------------------------------------------------------- the exhaustive answer


def spread(rng):
    return rng.normal(size=(256, 1)) * 0.5 + rng.normal(size=(256, N))


def shared(rng):
    return spread(rng) * 0.3 + 3 * rng.normal(size=(1, N))


def near_ties(rng):
    means = np.zeros(256)
    means[:5], means[5:40] = 3, 1 + 1e-3 * rng.random(35)
    return rng.permutation(means)[:, None] + rng.normal(size=(256, N))


def ties(rng):
    return rng.integers(0, 4, 256)[:, None] + np.round(rng.normal(size=(1, N)) * 8)


def equal(rng):
    return np.full((256, N), rng.normal())


def nothing_but_a_few(rng):
    scores = np.zeros((256, N))
    scores[rng.choice(256, 12, False)] = np.arange(1, 13)[:, None] / 2
    return scores


def heavy_tails(rng):
    return rng.pareto(1.5, size=(256, N)) * (1 + rng.random((256, 1)))


def no_mean(rng):
    return rng.standard_cauchy((256, N)) + rng.normal(size=(256, 1))


def rare(rng):
    return (rng.random((256, N)) < 0.02 * rng.random((256, 1))) * 100.0


def rare_among_steady(rng):
    scores = np.repeat(rng.random((256, 1)) * 0.8, N, axis=1)
    scores[rng.choice(256, 20, False)] = (rng.random((20, N)) < 0.01) * 100.0
    return scores


def all_or_nothing(rng):
    return (rng.random((256, N)) < rng.random((256, 1))).astype(float)


def downwards(rng):
    """The best have rare large losses, which those behind them have not."""
    scores = rng.random((256, 1)) + 0.1 * rng.random((256, N))
    return scores - 50.0 * (rng.random((256, N)) < 0.01) * (rng.random((256, 1)) < 0.5)


TOYS = (
    spread, shared, near_ties, ties, equal, nothing_but_a_few, heavy_tails, no_mean, rare,
    rare_among_steady, all_or_nothing, downwards,
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("toy", TOYS)
def test_in_each_of_100_seeds_it_is_the_exhaustive_answer(toy):
    for seed in range(100):
        scores = toy(np.random.default_rng(seed))
        found, gia = search(scores, seed)
        whole = kmers(gia, K, 0, exact=True)
        assert list(found.top()["kmer"]) == list(whole.top()["kmer"])
        np.testing.assert_array_equal(found.effects.local, whole.effects.local)


@pytest.mark.parametrize("toy", TOYS)
def test_it_is_the_exhaustive_answer(toy):
    for seed in range(100, 105):
        scores = toy(np.random.default_rng(seed))
        found, gia = search(scores, seed)
        whole = kmers(gia, K, 0, exact=True)
        assert list(found.top()["kmer"]) == list(whole.top()["kmer"])
        wanted = scores.mean(axis=1)[best(scores)] - scores[0].mean()
        np.testing.assert_allclose(found.top()["effect"], wanted, atol=1e-9)
        np.testing.assert_allclose(found.effects.table["effect"], wanted, atol=1e-9)


def test_hopeless_ones_are_dropped():
    for toy, most in ((spread, 0.6), (shared, 0.6), (nothing_but_a_few, 0.3)):
        found, gia = search(toy(np.random.default_rng(1)))
        assert 64 / N < found.share_scored < most
        # the background is scored once, and a few of them twice
        assert gia._model._model.n_seen <= found.n_scored + N + 64


def test_equal_ones_are_not_dropped_for_one_another():
    for toy in (equal, lambda rng: np.repeat(rng.normal(size=(1, N)), 256, axis=0)):
        found, _ = search(toy(np.random.default_rng(1)))
        assert found.share_scored == 1
        assert list(found.top()["kmer"]) == list(found.kmers[:10])


def test_a_single_kmer_with_rare_effects_needs_the_range():
    """What no k-mer has shown so far cannot be known; with score_range it need not be."""
    missed = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        scores = 0.1 * rng.random((256, N))
        scores[77, rng.choice(N, 6, False)] = 100
        scores[78:100] += 0.5
        truth = best(scores)
        assert truth[0] == 77
        told, gia = search(scores, seed, score_range=(0, 100))
        assert list(told.top()["kmer"]) == list(told.kmers[truth])
        missed += search(scores, seed)[0].top(1)["kmer"][0] != told.kmers[77]
        assert list(kmers(gia, K, 0, exact=True).top()["kmer"]) == list(told.kmers[truth])
    assert 0 < missed < 20


def test_more_heads_than_one():
    rng = np.random.default_rng(3)
    scores = np.stack([spread(rng), -spread(rng) * 7, equal(rng)], axis=2)
    gia = GIA(Table(scores), numbered(), heads=["a", "b", "c"], rng=2, alphabet="dna")
    found = kmers(gia, K, 0, top=5)
    whole = kmers(gia, K, 0, top=5, exact=True)
    for h, head in enumerate("abc"):
        assert list(found.top(head=head)["kmer"]) == list(whole.kmers[best(scores[..., h], 5)])
    assert found.all.shape == (768,)
    assert list(found.effects.labels["kmer"][:15:3]) == list(found.top(head="a")["kmer"])
    assert set(found.effects.labels["kmer"]) == {
        kmer for head in "abc" for kmer in found.top(head=head)["kmer"]
    }
    without = GIA(Table(scores[..., :2]), numbered(), rng=2, alphabet="dna")
    assert (
        kmers(without, K, 0, top=5).share_scored < 0.8
    )  # c, whose k-mers are equal, drops none


def test_the_middle_is_where_it_looks():
    def model(strings):
        return [float(s[17:23] == "UGCAUG") + float(s[17:21] == "UGCA") for s in strings]

    gia = GIA(wrap(model, takes="strings"), simulate.random(70, 41, "rna", rng=1))
    found = kmers(gia, 4)
    assert found.start == 18
    found = kmers(gia, 4, 17, top=1)
    assert found.top()["kmer"][0] == "UGCA"
    assert found.effects.labels["start"].tolist() == [17]
    assert found.effects.labels["name"].tolist() == ["UGCA@17"]


@pytest.mark.slow
def test_deepbind_of_rbms1():
    model = fastmi.models.deepbind.load("D00198.001")
    background = simulate.random(1000, 41, "rna", rng=1)
    found = kmers(GIA(model, background), start=17)
    gia = GIA(model, background)
    whole = kmers(gia, start=17, exact=True)
    assert list(found.top()["kmer"]) == list(whole.top()["kmer"])
    np.testing.assert_array_equal(found.effects.local, whole.effects.local)
    assert found.share_scored < 0.2
    assert found.top(1)["kmer"][0] in ("UAUAUA", "AUAUAU")
    again = importance(gia, [f"{kmer}@17" for kmer in whole.top()["kmer"]])
    np.testing.assert_array_equal(again.local, whole.effects.local)


# ------------------------------------------------------------------------------- the bound


def test_capital_by_hand():
    # stakes 0.9 / 2^i; after 0.5 of 4 with R = 1 the rest is expected at -0.5 / 3
    stakes = 0.9 / 2.0 ** np.arange(8)
    by_hand = np.mean((1 + stakes * 0.5) * (1 + stakes * (-0.25 + 0.5 / 3)))
    assert np.exp(log_capital(np.array([[0.5, -0.25]]), 1.0, 4))[0] == pytest.approx(by_hand)
    # after a loss it is above 0, and no more than the stake can be lost
    by_hand = np.mean((1 - stakes) * (1 + stakes * (-1 - 1 / 3) / (1 + 1 / 3)))
    assert np.exp(log_capital(np.array([[-1.0, -1.0]]), 1.0, 4))[0] == pytest.approx(by_hand)


@pytest.mark.parametrize("kind", ["normal", "rare", "two"])
def test_bets_on_what_is_not_so_are_seldom_won(kind):
    """The chance that capital ever reaches 1 / alpha is at most alpha, for a mean of 0."""
    rng = np.random.default_rng(5)
    n, repeats = 200, 4000
    if kind == "normal":
        population = rng.normal(size=n)
    elif kind == "rare":
        population = np.where(np.arange(n) < 4, -1.0, 4 / 196)
    else:
        population = np.where(np.arange(n) < n // 2, -1.0, 1.0)
    population -= population.mean()
    drawn = rng.permuted(np.tile(population, (repeats, 1)), axis=1)
    largest = np.abs(population).max()
    ever = np.zeros(repeats, bool)
    for m in (16, 32, 64, 100, 150, 199):
        ever |= log_capital(drawn[:, :m], largest, n) >= np.log(20)
    assert ever.mean() <= 0.05


def test_bets_on_what_is_so_are_won():
    same = np.full((1, 64), 0.5)
    assert log_capital(same, 1.0, 1000)[0] > np.log(4096 * 10 / 0.001)
    assert log_capital(np.zeros((1, 64)), 1.0, 1000)[0] == pytest.approx(0, abs=1e-12)


def test_every_rival_must_have_won():
    n = 1000
    rivals = np.array([[1.0], [0.9], [0.1]]) * np.ones((3, 100))
    others = np.array([[0.0], [0.5], [-0.7]]) * np.ones((3, 100))
    assert beaten(rivals, others, 1.0, n, 5.0).tolist() == [True, False, True]
    assert beaten(rivals, others, 1.0, n, 9.0).tolist() == [False, False, True]
    assert not beaten(rivals * 0, others * 0, 0.0, n, 5.0).any()


def test_rounds_end_with_all():
    assert list(rounds(1000)) == [64, 91, 129, 183, 259, 367, 520, 736, 1000]
    assert list(rounds(64)) == [64]
    assert list(rounds(3)) == [3]


# ----------------------------------------------------------------- bits, blocks and workers


def gcau(n=300):
    def model(strings):
        return [x.count("GCAU") + 0.3 * x.count("GC") for x in strings]

    return wrap(model, takes="strings"), simulate.random(n, 20, "rna", rng=1)


def same(a, b):
    for name in ("n_used", "effect", "se"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    np.testing.assert_array_equal(a.effects.local, b.effects.local)
    assert list(a.top()["kmer"]) == list(b.top()["kmer"])


def test_same_bits_for_any_pieces(monkeypatch):
    model, background = gcau()
    whole = kmers(GIA(model, background), 4)
    for cells in (1, 300, 77_777):
        for module in ("kmers", "_elimination"):
            monkeypatch.setattr(import_module(f"fastmi.gia.{module}"), "_CELLS", cells)
        same(kmers(GIA(model, background), 4), whole)


def test_same_bits_for_workers_and_folders(tmp_path):
    model = fastmi.models.deepbind.load("D00198.001")
    background = simulate.random(150, 30, "rna", rng=1)
    whole = kmers(GIA(model, background), 3)
    same(kmers(GIA(model, background, n_workers=2), 3), whole)
    for _ in range(2):
        same(kmers(GIA(model, background, checkpoint=tmp_path), 3), whole)


def test_asking_again_is_free():
    model, background = gcau()
    gia = GIA(model, background)
    first = kmers(gia, 4)
    scored = gia.n_scored
    same(kmers(gia, 4), first)
    assert gia.n_scored == scored
    whole = kmers(gia, 4, exact=True)
    assert gia.n_scored == 257 * 300
    assert list(whole.top()["kmer"]) == list(first.top()["kmer"])
    assert whole.share_scored == 1
    assert not whole.all["dropped"].any()


def test_over_all_backgrounds_that_until_se_took():
    scores = spread(np.random.default_rng(1))
    gia = GIA(Table(scores), numbered(), 100, until_se=0.07, rng=1, alphabet="dna")
    found = kmers(gia, K, 0)
    assert 250 < gia.n < N
    assert found.effects.n == found.n_used.max() == gia.n
    whole = kmers(
        GIA(Table(scores), numbered(), gia.n, rng=1, alphabet="dna"), K, 0, exact=True
    )
    assert list(found.top()["kmer"]) == list(whole.top()["kmer"])


# ------------------------------------------------------------------------------ its result


def test_dropped_ones_keep_their_estimate():
    scores = spread(np.random.default_rng(1))
    found, gia = search(scores)
    table = found.all
    assert table.dtype.names == ("kmer", "head", "n_used", "effect", "se", "dropped")
    assert found.n_scored == table["n_used"].sum()
    assert (table["dropped"] == (table["n_used"] < N)).all()
    assert set(table["n_used"]) <= set(rounds(N))
    for row in (table[table["dropped"]][0], table[~table["dropped"]][0]):
        design = importance(gia, f"{row['kmer']}@0").local[0][: row["n_used"]]
        assert row["effect"] == pytest.approx(design.mean(), abs=1e-12)
        assert row["se"] == pytest.approx(design.std(ddof=1) / row["n_used"] ** 0.5)
    text = repr(found)
    assert text.startswith("<KmerSearch: 256 4-mers at 0, best ")
    summary = found.effects.summary
    assert json.loads(json.dumps(summary)) == summary
    assert summary["n_scored"] == found.n_scored
    assert summary["n_exhaustive"] == found.n_exhaustive == 256 * N
    assert summary["n_left"] == (~table["dropped"]).sum()


def test_no_more_than_were_looked_for():
    scores = spread(np.random.default_rng(1))
    found, gia = search(scores, top=3)
    assert len(found.top()) == len(found.effects) == 3
    assert len(found.top(2)) == 2
    with pytest.raises(ValueError, match="for the best 3, got n=4: search with a larger top"):
        found.top(4)
    with pytest.raises(ValueError, match="n must be a whole number from 1 up"):
        found.top(0)
    assert list(found.top(head=0)) == list(found.top(head="")) == list(found.top())
    with pytest.raises(KeyError, match="the model has no score 'x'"):
        found.top(head="x")
    whole = kmers(gia, K, 0, top=3, exact=True)
    assert list(whole.top(256)["kmer"]) == list(whole.kmers[best(scores, 256)])


def test_few_kmers_and_few_backgrounds():
    gia = GIA(wrap(lambda s: [x.count("G") for x in s], takes="strings"), ["ACGT"])
    found = kmers(gia, 1)
    assert found.top()["kmer"].tolist() == ["G", "A", "C", "T"]
    assert np.isnan(found.se).all()
    found = kmers(gia, 4, top=2)
    assert found.top()["kmer"].tolist() == ["GGGG", "AGGG"]


def test_proteins():
    def model(codes):
        return (codes[:, 3:5] == [6, 18]).all(axis=1) + 0.1 * (codes == 6).sum(axis=1)

    gia = GIA(wrap(model, takes="codes"), simulate.random(200, 8, "protein", rng=1))
    found = kmers(gia, 2, top=2)
    assert found.top()["kmer"].tolist() == ["HW", "HH"]
    assert found.share_scored < 1


def test_saved_and_loaded(tmp_path):
    found, _ = search(spread(np.random.default_rng(1)))
    found.save(tmp_path / "f.npz")
    again = fastmi.load(tmp_path / "f.npz")
    assert isinstance(again, KmerSearch)
    same(again, found)
    assert again.effects.summary == json.loads(json.dumps(found.effects.summary))
    np.testing.assert_array_equal(again.all, found.all)
    assert (again.k, again.start, again.alphabet, again.n_top) == (4, 0, found.alphabet, 10)
    found.save(tmp_path / "g.npz")
    assert (tmp_path / "g.npz").read_bytes() == (tmp_path / "f.npz").read_bytes()
    found.effects.save(tmp_path / "e.npz")
    with pytest.raises(FastMIError, match="holds 'fastmi effects', not 'fastmi kmer search'"):
        KmerSearch.load(tmp_path / "e.npz")


@pytest.mark.parametrize(
    "change",
    [
        {"k": 0}, {"k": 9}, {"k": 40}, {"n_top": 0}, {"n_top": 257}, {"start": -1},
        {"n_used": np.zeros(256, np.int64)}, {"n_used": np.arange(1, 257)},
        {"n_used": np.ones(255, np.int64)}, {"effect": np.zeros((256, 2))},
    ],
)  # fmt: skip
def test_files_that_cannot_be_are_refused(tmp_path, change):
    found, _ = search(spread(np.random.default_rng(1)))
    replace(found, **change).save(tmp_path / "f.npz")
    with pytest.raises(FastMIError, match=r"its description is damaged|the array '.*' is"):
        fastmi.load(tmp_path / "f.npz")


# ---------------------------------------------------------------------------- what fails


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": 0}, "k must be a whole number from 1 up"),
        ({"k": 10}, "k must be between 1 and 9 for 'rna', got 10"),
        ({"k": 1000}, "k must be between 1 and 9 for 'rna', got 1000"),
        ({"k": 6}, "memory_limit=5,000,000; raise it, or take fewer"),
        ({"start": 17}, "AAAA at 17 does not fit into 20 letters; its starts are 0 to 16"),
        ({"start": -1}, "start must be a whole number from 0 up"),
        ({"top": 0}, "top must be a whole number from 1 up"),
        ({"delta": 0}, "delta must be above 0 and below 1, got 0"),
        ({"delta": 1}, "delta must be above 0 and below 1, got 1"),
        ({"score_range": (1, 1)}, "score_range is the least and the greatest score, got 1 and"),
        ({"score_range": (0, np.inf)}, "score_range is the least and the greatest score"),
    ],
)
def test_parameters_are_checked(options, message):
    seen = []

    def model(strings):
        seen.extend(strings)
        return [float(s.count("GCAU")) for s in strings]

    background = simulate.random(300, 20, "rna", rng=1)
    gia = GIA(wrap(model, takes="strings"), background, memory_limit=5_000_000)
    with pytest.raises(ValueError, match=message):
        kmers(gia, **{"k": 4, **options})
    assert len(seen) <= 400  # the background, some of it twice


def test_types_are_checked():
    gia = GIA(*gcau(20))
    with pytest.raises(TypeError, match="delta must be a number above 0 and below 1"):
        kmers(gia, 2, delta="0.1")
    for wrong in (5, (0, 1, 2), "ab"):
        with pytest.raises(TypeError, match="score_range is two numbers"):
            kmers(gia, 2, score_range=wrong)
    with pytest.raises(TypeError, match="k must be a whole number"):
        kmers(gia, 2.5)
    with pytest.raises(FastMIError, match=r"the model gave 1\.3, which is outside score_range"):
        kmers(gia, 4, score_range=(0, 1))
    with pytest.raises(ValueError, match="pattern AAAAAAA has 7 letters, the background 4"):
        kmers(GIA(wrap(lambda codes: codes.sum(axis=1), takes="codes"), ["ACGT"]), 7)


# -------------------------------------------------------------------------------- mutants

WEIGHTS = np.random.default_rng(7).normal(size=(6, 4))


def additive(strings):
    """Weights of the six letters at 4, and 3 more for a G at 4 with a C at 6."""
    rna = fastmi.get_alphabet("rna").lookup
    codes = np.array([rna[np.frombuffer(s[4:10].encode(), np.uint8)] for s in strings])
    both = 3.0 * ((codes[:, 0] == 2) & (codes[:, 2] == 1))
    return WEIGHTS[np.arange(6), codes].sum(axis=1) + both


def mutated(doubles=False, **options):
    gia = GIA(
        wrap(additive, takes="strings"), simulate.random(100, 14, "rna", rng=1), **options
    )
    return kmer_mutagenesis(gia, "UGCAUG", 4, doubles=doubles), gia


def test_single_mutants_of_an_additive_model():
    found, gia = mutated()
    assert len(found) == 1 + 2 * 18
    codes = np.array(["ACGU".index(c) for c in "UGCAUG"])
    own = WEIGHTS[np.arange(6), codes]
    differences = WEIGHTS - own[:, None]
    differences[0, 2] += 3  # G at 4, as there is a C at 6
    np.testing.assert_allclose(mutant_matrix(found, "difference"), differences, atol=1e-9)
    matrix = mutant_matrix(found)
    whole = importance(gia, "UGCAUG@4").table["effect"][0]
    np.testing.assert_allclose(matrix - whole, differences, atol=1e-9)
    heights = kmer_logo(found)
    assert (np.argwhere(heights)[:, 1] == codes).all()
    np.testing.assert_allclose(
        heights.max(axis=1), np.sqrt((differences**2).sum(axis=1)), atol=1e-9
    )
    np.testing.assert_allclose(
        kmer_logo(found, "importance").max(axis=1),
        np.sqrt((matrix**2).sum(axis=1)),
        atol=1e-9,
    )
    row = found.table[found.rows(quantity="difference", position=2, letter="G")[0]]
    assert (row["kmer"], row["name"]) == ("UGGAUG", "UGGAUG@4")
    assert row["effect"] == pytest.approx(differences[2, 2])


def test_a_letter_that_matters_stands_high_in_the_logo():
    """The authors' norm, of importances, has it the other way round."""
    model = wrap(lambda s: [8.0 * (x[4:7] == "GCA") for x in s], takes="strings")
    gia = GIA(model, simulate.random(100, 14, "rna", rng=1))
    found = kmer_mutagenesis(gia, "UGCAU", 3)
    heights, theirs = kmer_logo(found).max(axis=1), kmer_logo(found, "importance").max(axis=1)
    assert heights[[0, 4]] == pytest.approx(0)
    assert heights[1:4] == pytest.approx(8 * 3**0.5)
    assert theirs[0] > theirs[1]


def test_double_mutants_have_the_known_epistasis():
    found, gia = mutated(doubles=True)
    doubles = 15 * 9
    assert len(found) == 1 + 2 * 18 + 3 * doubles
    joint = mutant_matrix(found, "interaction")
    wanted = np.zeros((6, 4, 6, 4))
    # a C at 6 is the k-mer's own: a G at 4 and another letter at 6 lose the 3 they would add
    for letter in (0, 2, 3):
        wanted[0, 2, 2, letter] = wanted[2, letter, 0, 2] = -3
    for i in range(6):
        for a, b in combinations(range(4), 2):
            if "UGCAUG"[i] not in ("ACGU"[a], "ACGU"[b]):
                wanted[i, a, i, b] = wanted[i, b, i, a] = np.nan
        for a in range(4):
            if "ACGU"[a] != "UGCAUG"[i]:
                wanted[i, a, i, a] = np.nan
    np.testing.assert_allclose(joint, wanted, atol=1e-9)
    single, _ = mutated()
    for quantity in ("importance", "difference"):
        np.testing.assert_array_equal(
            mutant_matrix(found, quantity), mutant_matrix(single, quantity)
        )
    some = {"position": 0, "letter": "G", "position_b": 2, "letter_b": "A"}
    ab = found.table[found.rows(quantity="importance", **some)[0]]
    assert ab["kmer"] == "GGAAUG"
    by_hand = importance(gia, "GGAAUG@4").table["effect"][0]
    assert ab["effect"] == pytest.approx(by_hand)
    whole = importance(gia, "UGCAUG@4").table["effect"][0]
    difference = found.table[found.rows(quantity="difference", **some)[0]]
    assert difference["effect"] == pytest.approx(by_hand - whole)


def test_mutants_by_head_and_scale():
    model = wrap(lambda s: np.stack([additive(s), -2 * additive(s)], axis=1), takes="strings")
    gia = GIA(
        model, simulate.random(50, 14, "rna", rng=1), heads=["a", "b"], transform=np.square
    )
    found = kmer_mutagenesis(gia, "ugcatg", 4)
    assert found.summary == {"kmer": "UGCAUG", "start": 4, "letters": "ACGU"}
    a, b = (mutant_matrix(found, "difference", head=head) for head in "ab")
    np.testing.assert_allclose(b, -2 * a, atol=1e-9)
    np.testing.assert_array_equal(kmer_logo(found), kmer_logo(found, head="a"))
    squared = mutant_matrix(found, "difference", head="b", scale="square")
    np.testing.assert_allclose(
        squared, 4 * mutant_matrix(found, "difference", scale="square"), atol=1e-9
    )
    with pytest.raises(KeyError, match="the model has no score 'c'"):
        mutant_matrix(found, head="c")
    with pytest.raises(ValueError, match="scale must be one of score, square, got 'log'"):
        mutant_matrix(found, scale="log")


def test_some_of_the_mutants_are_no_matrix():
    gia = GIA(wrap(lambda s: [x.count("G") for x in s], takes="strings"), ["ACAT", "GGTT"])
    found = kmer_mutagenesis(gia, "GT", doubles=True)
    assert mutant_matrix(found, "interaction").shape == (2, 4, 2, 4)
    for some, quantity, rows in (
        (found.only(letter=["", "A"]), "importance", "3 of 7"),
        (found.only(quantity="importance"), "difference", "0 of 6"),
        (found.only(letter="A"), "interaction", "3 of 9"),
    ):
        with pytest.raises(
            ValueError, match=f"there are {rows} rows of mutants: take all that"
        ):
            mutant_matrix(some, quantity)
    with pytest.raises(ValueError, match="does not tell which k-mer was mutated"):
        mutant_matrix(replace(found, summary={}))


def test_mutants_survive_a_file(tmp_path):
    found, _ = mutated(doubles=True)
    found.save(tmp_path / "f.npz")
    again = fastmi.load(tmp_path / "f.npz")
    np.testing.assert_array_equal(
        mutant_matrix(again, "interaction"), mutant_matrix(found, "interaction")
    )


def test_what_cannot_be_mutated():
    found, gia = mutated()
    for open_ in ("UG.AUG", "UGNAUG"):
        with pytest.raises(ValueError, match="a k-mer that is mutated has letters only"):
            kmer_mutagenesis(gia, open_)
    with pytest.raises(ValueError, match="has 'X' at letter 2"):
        kmer_mutagenesis(gia, "UGXAUG")
    with pytest.raises(ValueError, match="its starts are 0 to 8"):
        kmer_mutagenesis(gia, "UGCAUG", 9)
    with pytest.raises(
        ValueError, match=r"need double mutants: kmer_mutagenesis\(doubles=True"
    ):
        mutant_matrix(found, "interaction")
    with pytest.raises(
        ValueError, match="quantity must be one of importance, difference, inter"
    ):
        mutant_matrix(found, "effect")
    with pytest.raises(ValueError, match="quantity must be one of difference, importance, got"):
        kmer_logo(found, "interaction")
    with pytest.raises(ValueError, match="these are effects of importance, not of kmer mutag"):
        kmer_logo(importance(gia, "GG@3"))
