"""Distinct and Windowed: what is equal is scored once, and windows are those of a loop.

A model that counts proves what it was given; hashes that collide prove that equality is looked
at.
"""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fastmi
from fastmi import FastMIError, PackedSequences, _distinct, models
from fastmi.models import Distinct, Windowed, scores_of, windowed

RBMS1 = models.deepbind.load("RBMS1", n_threads=1)


class Seen:
    """A model that keeps what it was given, and scores by letters and their places."""

    heads = ("a", "b")

    def __init__(self, n_heads: int = 1) -> None:
        self.n_heads = n_heads
        self.given: list[str] = []

    def predict(self, sequences: PackedSequences) -> Any:
        self.given += sequences.to_strings()
        codes = np.minimum(sequences.to_codes(), 9)
        scores = codes @ 3.0 ** (np.arange(codes.shape[1]) % 30)  # whole numbers: exact
        return np.stack([scores * (h + 1) for h in range(self.n_heads)], axis=1)


# ------------------------------------------------------------------------------ distinct


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(["dna", "protein"]), st.integers(1, 70), st.data())
def test_each_distinct_sequence_is_scored_once(alphabet, length, data):
    codes = np.array(data.draw(st.lists(st.lists(st.integers(0, 4), min_size=length,
                     max_size=length), min_size=1, max_size=8)), np.uint8)  # fmt: skip
    codes[codes == 4] = 255
    codes = codes[data.draw(st.lists(st.integers(0, len(codes) - 1), min_size=1, max_size=40))]
    s = PackedSequences.from_codes(codes, alphabet, unknown="skip")
    model = Seen()
    assert scores_of(Distinct(model), s).tolist() == scores_of(Seen(), s).tolist()
    assert model.given == list(dict.fromkeys(s.to_strings()))


def test_missing_letters_are_letters_of_their_own():
    s = PackedSequences.from_strings(["AN", "AA", "AN"], unknown="skip")
    assert [x.tolist() for x in _distinct.first_and_which(s)] == [[0, 1], [0, 1, 0]]


@pytest.mark.parametrize("factor", [0, 1 << 63])
def test_hashes_that_collide_do_not_matter(factor, monkeypatch):
    monkeypatch.setattr(_distinct, "_FACTOR", np.uint64(factor))
    s = fastmi.simulate.random(300, 100, rng=1).pack()
    s = s[np.random.default_rng(1).integers(0, 300, 1000)]
    first, which = _distinct.first_and_which(s)
    strings = s.to_strings()
    assert [strings[n] for n in first] == list(dict.fromkeys(strings))
    assert [strings[first[w]] for w in which] == strings


def test_the_model_gets_as_many_at_a_time_as_it_says():
    sizes = []

    class Small:
        block_rows = 7

        def predict(self, sequences):
            sizes.append(len(sequences))
            return np.arange(2.0 * len(sequences)).reshape(-1, 2)

    s = fastmi.simulate.random(30, 20, rng=1).pack()
    assert fastmi.score(Distinct(Small()), s).shape == (30, 2)
    assert sizes == [7, 7, 7, 7, 2]


def test_it_says_what_the_model_says():
    assert models.about_model(Distinct(RBMS1)) == RBMS1.about()
    assert Distinct(Seen()).heads == ("a", "b")
    assert Distinct(RBMS1).heads is None
    assert pickle.loads(pickle.dumps(Distinct(RBMS1))).predict(
        PackedSequences.from_strings(["ACGU" * 10], "rna")
    ) == RBMS1.predict(["ACGU" * 10])


def test_bad_scores_are_said_of_the_callers_sequences():
    model = models.wrap(lambda s: [np.nan if "T" in x else 1.0 for x in s], takes="strings")
    with pytest.raises(FastMIError, match=r"gives nan for sequence 3 \(AT\)"):
        fastmi.score(Distinct(model), ["AA", "AA", "CC", "AT", "AT"])


# ------------------------------------------------------------------------------ windowed


def loop(model: Any, s: PackedSequences, width: int, stride: int, combine: str) -> np.ndarray:
    """Windows of each sequence, cut out of strings one by one."""
    rows = []
    for text in s.to_strings():
        cut = [text[i : i + width] for i in range(0, len(text) - width + 1, stride)]
        packed = PackedSequences.from_strings(cut, s.alphabet, unknown="skip")
        scores = np.asarray(model.predict(packed)).reshape(len(cut), -1)
        rows.append(
            {"max": scores.max(0), "mean": scores.mean(0), "none": scores.ravel()}[combine]
        )
    return np.array(rows)


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(["dna", "protein"]),
    st.integers(1, 12),
    st.integers(0, 20),
    st.integers(1, 5),
    st.sampled_from(["max", "mean", "none"]),
    st.integers(1, 2),
    st.integers(0, 2**32),
)
def test_windows_are_those_of_a_loop(alphabet, width, more, stride, combine, heads, seed):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (3, width + more)).astype(np.uint8)
    codes = codes[rng.integers(0, 3, 9)]  # some stand below their like
    codes[rng.random(codes.shape) < 0.03] = 255
    s = PackedSequences.from_codes(codes, alphabet, unknown="skip")
    found = Windowed(Seen(heads), width, stride=stride, combine=combine).predict(s)
    assert np.allclose(found, loop(Seen(heads), s, width, stride, combine), rtol=1e-13)


@pytest.mark.parametrize("combine", ["max", "mean", "none"])
def test_deepbind_window_by_window(combine):
    s = fastmi.simulate.random(7, 90, "rna", rng=2).pack()
    found = Windowed(RBMS1, 41, combine=combine).predict(s)
    assert np.allclose(found, loop(RBMS1, s, 41, 1, combine), rtol=1e-14)


@pytest.mark.parametrize("combine", ["max", "mean", "none"])
def test_same_bits_for_any_block(combine, monkeypatch):
    s = fastmi.simulate.mutate(fastmi.simulate.random(40, 60, rng=1), 1, lazy=False, rng=2)
    model = Windowed(Seen(2), 11, stride=2, combine=combine)
    whole = model.predict(s).tobytes()
    for name, most in (("_LETTERS", 130), ("_SCORES", 90), ("_WINDOW_LETTERS", 500)):
        monkeypatch.setattr(windowed, name, most)
        assert model.predict(s).tobytes() == whole
    assert np.concatenate([model.predict(s[i : i + 1]) for i in range(40)]).tobytes() == whole


def test_windows_that_no_mutation_reaches_are_scored_once():
    wild = fastmi.simulate.random(1, 300, rng=1).pack()
    mutants = fastmi.simulate.mutate(wild[np.zeros(50, int)], 1, lazy=False, rng=1)
    changed = (mutants.to_codes() != wild.to_codes()).argmax(axis=1)
    of_wild = {wild[0][i : i + 20] for i in range(281)}
    of_all = of_wild | {
        text[i : i + 20]
        for text, at in zip(mutants, changed.tolist(), strict=True)
        for i in range(max(0, at - 19), min(281, at + 1))
    }
    model = Seen()
    Windowed(model, 20).predict(mutants)
    assert sorted(model.given) == sorted(of_all)


def test_a_motif_anywhere_is_found():
    site = models.wrap(lambda s: [x == "GCATG" for x in s], takes="strings")
    s = ["TTTTGCATGTTT", "GCATGTTTTTTT", "TTTTTTTGCATG", "TTTTGCATTTTT"]
    assert fastmi.score(Windowed(site, 5), s).tolist() == [1, 1, 1, 0]
    assert fastmi.score(Windowed(site, 5, stride=3), s).tolist() == [0, 1, 0, 0]


def test_heads_are_named_by_window():
    s = PackedSequences.from_strings(["ACGTAC"])
    one, two = (Windowed(Seen(n), 4, stride=2, combine="none") for n in (1, 2))
    with pytest.raises(TypeError):
        len(one.heads)
    two.predict(s)
    assert two.heads == ("a@0", "b@0", "a@2", "b@2")
    assert Windowed(Seen(2), 4).heads == ("a", "b")
    without = Windowed(models.wrap(len_of, takes="strings"), 4, combine="none")
    without.predict(s)
    assert without.heads == ("0", "1", "2")
    assert without.about()["combine"] == "none"


def test_names_that_a_worker_finds_are_the_same():
    s = fastmi.simulate.random(9, 10, "rna", rng=1)
    for make in (
        lambda: Windowed(models.wrap(len_of, takes="strings"), 4, stride=3, combine="none"),
        lambda: models.Stacked({"x": Seen(2), "y": models.wrap(len_of, takes="strings")}),
        lambda: Distinct(Windowed(models.Stacked({"z": Seen(2)}), 4)),
    ):
        here = fastmi.mutagenesis(make(), s, positions=[0]).heads
        assert fastmi.mutagenesis(make(), s, positions=[0], n_workers=1).heads == here
        assert not here[1].isdigit() or here == ("0", "3", "6")


def len_of(strings: list[str]) -> list[float]:
    return [float(len(s)) for s in strings]


def test_by_workers_and_kept(tmp_path):
    s = fastmi.simulate.random(50, 60, "rna", rng=1)
    model = Windowed(RBMS1, 41, combine="mean")
    here = fastmi.score(model, s)
    there = fastmi.score(model, s, n_workers=2, checkpoint=tmp_path / "kept")
    again = fastmi.score(model, s, checkpoint=tmp_path / "kept")
    assert here.tobytes() == there.tobytes() == again.tobytes()


def test_no_sequences_have_no_scores():
    none = PackedSequences.from_strings(["ACGT"])[:0]
    assert len(Distinct(Seen()).predict(none)) == len(Windowed(Seen(), 3).predict(none)) == 0


def test_what_is_wrong_is_said():
    with pytest.raises(FastMIError, match=r"^the model's windows have 9 letters, and the seq"):
        fastmi.score(Windowed(Seen(), 9), ["ACGTACGT"])
    growing = Seen(0)

    class Grows:
        def predict(self, sequences):
            growing.n_heads += 1
            return growing.predict(sequences)

    with pytest.raises(
        FastMIError, match=r"^the model gives 2 scores a window, and gave 1 befo"
    ):
        fastmi.score(Windowed(Grows(), 3), ["ACGTACGT"])
    with pytest.raises(FastMIError, match="windows have 9 letters, and the sequences 8"):
        fastmi.score(Windowed(Seen(), 9), ["ACGTACGT"])
    with pytest.raises(ValueError, match="combine must be one of max, mean, none, got 'sum'"):
        Windowed(Seen(), 9, combine="sum")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="width must be a whole number from 1 up"):
        Windowed(Seen(), 0)
    with pytest.raises(ValueError, match="stride must be a whole number from 1 up"):
        Windowed(Seen(), 3, stride=0)
    for bad in (np.nan, -np.inf):
        model = models.wrap(
            lambda s, bad=bad: [bad if "TT" in x else 1.0 for x in s], takes="strings"
        )
        with pytest.raises(FastMIError, match=r"sequence 1 \(ACTTA\)"):
            fastmi.score(Windowed(model, 3), ["ACGTA", "ACTTA"])
