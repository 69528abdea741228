"""Dependency maps: nothing of an additive model, the known value of a pairwise one, no more.

Models are sums of eighths, so that what should be 0 is.
"""

from __future__ import annotations

import re
from itertools import combinations, product
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from test_mutagenesis import Additive

import fastmi
from fastmi import FastMIError, MIResult, PackedSequences, models, plot
from fastmi._archive import Archive
from fastmi._files import write_arrays
from fastmi._mutants import Mutants

mpl.use("Agg")
RBMS1 = models.deepbind.load("RBMS1", n_threads=1)
SUMMARIES = ("rms", "mean", "abs")
GAP = 4  # letters between the two of a pair


class Pairwise(Additive):
    """The same, and a table of letter pairs at one gap, wherever it is."""

    table = np.random.default_rng(9).integers(-40, 40, (5, 5)) / 8

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.table = self.table.copy()
        self.table[4], self.table[:, 4] = 0, 0  # a missing letter

    def predict(self, sequences: PackedSequences) -> Any:
        codes = np.minimum(sequences.to_codes(), 4)
        pairs = self.table[codes[:, : -GAP - 1], codes[:, GAP + 1 :]].sum(axis=1)
        return super().predict(sequences)[:, 0] + pairs


def epistasis_of(model: Pairwise, codes: np.ndarray) -> np.ndarray:
    """Epistasis of the pair's letters, all of (A - 1)^2, shape (sequences, pairs, 9)."""
    found = []
    for row in codes:
        of_row = []
        for i in range(len(row) - GAP - 1):
            w, v = row[i], row[i + GAP + 1]
            t = model.table
            of_row.append(
                [
                    t[a, b] - t[a, v] - t[w, b] + t[w, v]
                    for a, b in product(range(4), range(4))
                    if a != w and b != v
                ]
            )
        found.append(of_row)
    return np.array(found)


def summed_up(values: np.ndarray, summary: str) -> np.ndarray:
    """Over sequences (first axis) and letters (last)."""
    if summary == "rms":
        return np.sqrt((values**2).mean(axis=(0, 2)))
    return (values if summary == "mean" else np.abs(values)).mean(axis=(0, 2))


@pytest.mark.parametrize("summary", SUMMARIES)
@pytest.mark.parametrize("mutants", ["all", "random"])
@pytest.mark.parametrize("alphabet", ["dna", "protein"])
def test_an_additive_model_has_no_epistasis(alphabet, mutants, summary):
    s = fastmi.simulate.random(7, 8, alphabet, rng=1)
    model = Additive(8, len(s.alphabet))
    r = fastmi.dependency_map(model, s, mutants=mutants, summary=summary, rng=1)
    assert (r.matrix[r.pairs()] == 0).all()
    assert (r.standard_error[r.pairs()] == 0).all()
    assert np.isnan(np.diagonal(r.matrix)).all()


@pytest.mark.parametrize("summary", SUMMARIES)
def test_a_pairwise_model_has_its_own_at_its_gap_and_none_elsewhere(summary):
    s = fastmi.simulate.random(12, 11, rng=2).pack()
    model = Pairwise(11)
    r = fastmi.dependency_map(model, s, summary=summary)
    expected = summed_up(epistasis_of(model, s.to_codes()), summary)
    assert np.allclose(np.diagonal(r.matrix, GAP + 1), expected, rtol=1e-13)
    i, j = r.pairs()
    assert (r.matrix[i, j][j - i != GAP + 1] == 0).all()
    assert np.array_equal(r.matrix, r.matrix.T, equal_nan=True)
    assert r.measure == f"EP_{summary}"
    assert (r.k, r.unit, r.n_pair) == (1, "", None)


@pytest.mark.parametrize("summary", SUMMARIES)
def test_standard_errors_are_those_of_the_sequences_means(summary):
    s = fastmi.simulate.random(50, 7, rng=2).pack()
    model = Pairwise(7)
    r = fastmi.dependency_map(model, s, summary=summary)
    values = epistasis_of(model, s.to_codes())
    change = {"rms": np.square, "mean": np.array, "abs": np.abs}[summary]
    each = change(values).mean(axis=2)
    error = each.std(axis=0, ddof=1) / np.sqrt(50)
    if summary == "rms":
        error /= 2 * np.sqrt(each.mean(axis=0))
    assert np.allclose(np.diagonal(r.standard_error, GAP + 1), error, rtol=1e-12)
    one = fastmi.dependency_map(model, s[:1], summary=summary)
    assert np.isnan(np.diagonal(one.standard_error, GAP + 1)).all()


@pytest.mark.parametrize("summary", SUMMARIES)
def test_letters_that_are_drawn_estimate_all(summary):
    s = fastmi.simulate.random(4000, 6, rng=2)
    model = Pairwise(6)
    every = fastmi.dependency_map(model, s, summary=summary)
    drawn = fastmi.dependency_map(model, s, summary=summary, mutants="random", rng=3)
    assert drawn.provenance["n_scored"] == 4000 * (1 + 18 + 15)
    off = abs(drawn.matrix[0, 5] - every.matrix[0, 5])
    assert 0 < off < 5 * drawn.standard_error[0, 5]
    other = fastmi.dependency_map(model, s, summary=summary, mutants="random", rng=4)
    assert other.matrix[0, 5] != drawn.matrix[0, 5]


def test_drawn_letters_are_those_of_a_loop():
    s = fastmi.simulate.random(5, 7, rng=1).pack()
    model = Pairwise(7)
    drawn = Mutants(s, np.arange(7), "random", 11).drawn(0, 5)
    r = fastmi.dependency_map(model, s, summary="mean", mutants="random", rng=11)
    values = epistasis_of(model, s.to_codes())
    pairs = list(combinations(range(7), 2))
    for place in range(2):
        letters = drawn[:, pairs.index((place, place + GAP + 1))]
        expected = values[np.arange(5), place, letters].mean()
        assert np.isclose(r.matrix[place, place + GAP + 1], expected, rtol=1e-13)


def test_deepbind_is_a_plain_loop():
    s = fastmi.simulate.random(2, 20, "rna", rng=4).pack()
    where = [3, 9, 12]
    r = fastmi.dependency_map(RBMS1, s, positions=where)

    def f(text: str) -> float:
        return float(RBMS1.predict([text])[0])

    for i, j in combinations(where, 2):
        squares = []
        for x in s:
            of_one = []
            for a, b in product("ACGU", "ACGU"):
                if a != x[i] and b != x[j]:
                    first = x[:i] + a + x[i + 1 :]
                    second, both = (y[:j] + b + y[j + 1 :] for y in (x, first))
                    of_one.append((f(both) - f(first) - (f(second) - f(x))) ** 2)
            squares.append(np.mean(of_one))
        assert np.isclose(r.matrix[i, j], np.sqrt(np.mean(squares)), rtol=1e-12)
    elsewhere = r.matrix.copy()
    elsewhere[np.ix_(where, where)] = np.nan
    assert np.isnan(elsewhere).all()
    assert r.n_pair is not None
    assert r.n_pair[3, 9] == 2
    assert r.n_pair.sum() == 12


def test_each_mutant_is_scored_once():
    model = Additive(5)
    r = fastmi.dependency_map(model, ["ACGTA"])
    assert len(model.given) == len(set(model.given)) == 1 + 15 + 90
    assert r.provenance["n_scored"] == 106


def test_pairs_with_a_missing_letter_do_not_count():
    s = fastmi.simulate.random(9, 7, rng=1).pack()
    codes = s.to_codes()
    codes[4, 5] = codes[2, 0] = codes[3, 0] = 255
    with_gaps = PackedSequences.from_codes(codes, unknown="skip")
    model = Pairwise(7)
    r = fastmi.dependency_map(model, with_gaps, summary="mean")
    values = epistasis_of(model, s.to_codes())
    left = [n for n in range(9) if n not in (2, 3, 4)]
    assert np.isclose(r.matrix[0, 5], values[left, 0].mean(), rtol=1e-13)
    left = [n for n in range(9) if n != 4]
    expected = values[:, 1].mean()
    assert np.isclose(r.matrix[1, 6], expected, rtol=1e-13)
    assert r.n_pair is not None
    assert (r.n_pair[0, 5], r.n_pair[1, 6], r.n_pair[0, 1], r.n_pair[1, 5]) == (6, 9, 7, 8)
    assert r.n_unknown == 3
    gone = PackedSequences.from_strings(["NACG", "NTTT"], unknown="skip")
    none = fastmi.dependency_map(Additive(4), gone)
    assert np.isnan(none.matrix[0]).all()
    assert none.top_pairs(None)["n"].tolist() == [2, 2, 2, 0, 0, 0]


def test_same_bits_however_it_is_done(monkeypatch, tmp_path):
    s = fastmi.simulate.random(9, 20, "rna", rng=3)
    two_threads = models.deepbind.load("RBMS1", n_threads=2)
    for mutants in ("all", "random"):

        def bits(model: Any = RBMS1, mutants: Any = mutants, **options: Any) -> bytes:
            r = fastmi.dependency_map(model, s, mutants=mutants, rng=5, **options)
            assert r.standard_error is not None
            return r.matrix.tobytes() + r.standard_error.tobytes()

        with monkeypatch.context() as patched:
            whole = bits()
            assert bits(two_threads) == whole
            assert bits(n_workers=2) == whole
            assert bits(checkpoint=tmp_path) == bits(checkpoint=tmp_path) == whole
            for chunk, block in ((4000, 300), (501, 77)):
                patched.setattr("fastmi.scoring.CHUNK", chunk)
                patched.setattr("fastmi.models.base.BLOCK", block)
                assert bits() == whole
            assert bits(n_workers=2) == whole


def test_one_of_several_scores():
    s = fastmi.simulate.random(5, 8, rng=1)

    class Two(Pairwise):
        heads = ("flat", "pairs")

        def predict(self, sequences: PackedSequences) -> Any:
            pairs = super().predict(sequences)
            return np.stack([np.zeros(len(pairs)), pairs], axis=1)

    expected = fastmi.dependency_map(Pairwise(8), s)
    for head in ("pairs", 1):
        found = fastmi.dependency_map(Two(8), s, head=head)
        assert np.array_equal(found.matrix, expected.matrix, equal_nan=True)
    flat = fastmi.dependency_map(Two(8), s, head="flat")
    assert (flat.matrix[flat.pairs()] == 0).all()
    with pytest.raises(KeyError, match="the model has 2 scores; say which: head="):
        fastmi.dependency_map(Two(8), s)
    with pytest.raises(KeyError, match="the model has 2 scores; say which: head="):
        fastmi.dependency_map(Additive(8, n_heads=2), s)


# ------------------------------------------------------------- as a map like any other


@pytest.fixture
def made() -> dict[str, MIResult]:
    """Maps of one model, a summary each."""
    s = fastmi.simulate.random(20, 12, rng=1)
    return {
        summary: fastmi.dependency_map(
            Pairwise(12), s, summary=summary, mutants="random", rng=1
        )
        for summary in SUMMARIES
    }


@pytest.mark.parametrize("summary", SUMMARIES)
def test_it_is_saved_and_loaded(made, summary, tmp_path):
    r = made[summary]
    r.save(tmp_path / "r.npz")
    again = fastmi.load(tmp_path / "r.npz")
    assert isinstance(again, MIResult)
    assert np.array_equal(again.matrix, r.matrix, equal_nan=True)
    assert np.array_equal(again.standard_error, r.standard_error, equal_nan=True)
    assert again.about() == r.about()
    assert again.about()["format"] == 3
    assert (
        repr(again) == f"<MIResult: EP_{summary} of 1-mers at 12 positions, 20 sequences, dna>"
    )


@pytest.mark.parametrize("summary", SUMMARIES)
def test_it_is_a_table(made, summary, tmp_path):
    r = made[summary]
    table = r.top_pairs(None)
    strongest = table[: 12 - GAP - 1]
    assert (strongest["distance"] == GAP + 1).all()
    assert (np.diff(np.abs(strongest["value"])) <= 0).all()
    assert (strongest["standard_error"] > 0).all()
    r.to_tsv(tmp_path / "r.tsv")
    header, first = (tmp_path / "r.tsv").read_text().splitlines()[:2]
    assert header.split("\t")[3:6] == [f"ep_{summary}", "n", "standard_error"]
    assert float(first.split("\t")[3]) == pytest.approx(table["value"][0])
    assert r.by_distance()["mean"][GAP] == np.diagonal(r.matrix, GAP + 1).mean()
    with pytest.raises(ValueError, match=f"belong to MI, this is a map of EP_{summary}"):
        r.top_kmers(0, GAP + 1)
    with pytest.raises(ValueError, match="reach is of mutual information"):
        fastmi.reach(r)


@pytest.mark.parametrize("summary", SUMMARIES)
def test_it_is_drawn(made, summary):
    ax = plot.heatmap(made[summary])
    assert ax.images[0].colorbar.ax.get_ylabel().startswith("epistasis, ")
    drawn = plot.by_distance(made[summary], statistic="mean")
    low = drawn.get_ylim()[0]
    assert low <= np.nanmin(made[summary].by_distance()["mean"])
    plot.adjacent(made[summary])


def test_two_are_compared(made, recwarn):
    few = fastmi.dependency_map(
        Pairwise(12), fastmi.simulate.random(3, 12, rng=9), summary="mean"
    )
    compared = fastmi.compare(made["mean"], few)
    assert np.isfinite(compared.correlation())
    assert not recwarn.list  # means of few sequences are not too bright
    figure = plot.comparison(compared)
    curves = figure.axes[2] if figure.axes[2].lines else figure.axes[-1]
    lowest = min(np.nanmin(line.get_ydata()) for line in curves.lines)
    assert lowest < 0
    assert curves.get_ylim()[0] <= lowest
    with pytest.raises(ValueError, match="the maps differ in measure: EP_rms and EP_mean"):
        fastmi.compare(made["rms"], few)


def test_measures_of_counts_are_no_measures_of_scores(tmp_path):
    r = fastmi.dependency_map(Additive(4), ["ACGT"])
    r.save(tmp_path / "r.npz")
    with Archive(tmp_path / "r.npz") as archive:
        about = {k: v for k, v in archive.about.items() if k != "sha256"}
    arrays = r.arrays()
    for change in ({"format": 1}, {"measure": "MI"}, {"measure": "EP_max"}):
        write_arrays(tmp_path / "r.npz", about | change, arrays)
        with pytest.raises(FastMIError, match="its description is damaged"):
            fastmi.load(tmp_path / "r.npz")
    with pytest.raises(ValueError, match="measure must be one of"):
        fastmi.read_plotmi(tmp_path / "x", measure="EP_rms")


# ------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("data", "options", "error", "message"),
    [
        ([], {}, FastMIError, "there are no sequences"),
        (["ACGZ"], {}, FastMIError, "letter 'Z' is not in alphabet"),
        (["A"], {}, ValueError, "sequences of length 1 have no pair of positions"),
        (["ACGT"], {"positions": [2, 2]}, ValueError, "of two positions, and there are 1 to"),
        (["ACGT"], {"positions": [0, 4]}, ValueError, "positions are between 0 and 3, got 4"),
        (["ACGT"], {"mutants": "some"}, ValueError, "mutants must be one of all, random"),
        (["ACGT"], {"summary": "max"}, ValueError, "summary must be one of rms, mean, abs"),
        (["ACGT"], {"rng": -1, "mutants": "random"}, ValueError, "a seed is between 0"),
        (["ACGT"], {"head": 1}, KeyError, "the model has no score 1"),
        (["ACGT"], {"memory_limit": 999}, ValueError, re.escape(
            "a sequence with 66 mutants (12 single ones, 9 of each of 6 pairs of "
            "positions) would need 3,008 bytes, more than memory_limit=999")),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(data, options, error, message):
    with pytest.raises(error, match=message):
        fastmi.dependency_map(Additive(4), data, **options)


def test_weights_are_refused():
    s = PackedSequences.from_strings(["ACGT", "AAAA"]).with_weights([1, 2])
    with pytest.raises(FastMIError, match=r"each counts once: give with_weights\(None\)"):
        fastmi.dependency_map(Additive(4), s)


def test_bad_scores_are_said():
    model = models.wrap(lambda s: [np.nan if "GG" in x else 1.0 for x in s], takes="strings")
    with pytest.raises(FastMIError, match="allowed are finite numbers"):
        fastmi.dependency_map(model, ["AGAA"])


def test_how_much_there_is_to_score_is_said(capsys):
    fastmi.dependency_map(Additive(4), ["ACGT", "AAAA"], progress=True)
    assert (
        "fastmi: 2 sequences with 66 mutants each (12 single ones, 9 of each of 6 pairs of "
        "positions): 134 to score"
    ) in capsys.readouterr().err
