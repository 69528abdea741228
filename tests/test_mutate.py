"""Mutants: exactly so many letters differ, each set and each letter as likely as it should be.

Chance is held against its probabilities as in test_embed.py.
"""

from __future__ import annotations

import json
import pickle
import re
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_embed import N, as_tuples, assert_drawn, evenly, of_a

from fastmi import FastMIError, PackedSequences, simulate
from fastmi.simulate import mutate, randomize

# -------------------------------------------------------------------------------- mutate


@settings(deadline=None, max_examples=100)
@given(
    st.sampled_from(["dna", "rna", "protein", "01", "abc"]),
    st.integers(1, 30),
    st.data(),
    st.integers(0, 2**64 - 1),
)
def test_exactly_n_letters_differ(alphabet, length, data, seed):
    n = data.draw(st.integers(0, length))
    s = simulate.random(9, length, alphabet, rng=seed)
    mutants = mutate(s, n, rng=seed).pack().to_codes()
    assert ((mutants != s.pack().to_codes()).sum(axis=1) == n).all()
    assert mutants.max() < len(s.alphabet)


def test_every_set_of_positions_and_every_other_letter_is_equally_likely():
    codes = mutate(of_a(N, 6), 3, rng=1).to_codes()
    where = [tuple(np.flatnonzero(row).tolist()) for row in codes]
    assert_drawn(where, evenly(combinations(range(6), 3)))
    assert_drawn(
        as_tuples(codes[codes > 0].reshape(-1, 3)),
        evenly((a, b, c) for a in (1, 2, 3) for b in (1, 2, 3) for c in (1, 2, 3)),
    )


def test_only_the_positions_given():
    codes = mutate(of_a(N, 9), 2, positions=[7, 2, 4, 4], rng=1).to_codes()
    where = [tuple(np.flatnonzero(row).tolist()) for row in codes]
    assert_drawn(where, evenly([(2, 4), (2, 7), (4, 7)]))


@pytest.mark.parametrize("alphabet", ["dna", "protein"])
def test_missing_letters_stay_and_are_not_counted(alphabet):
    gap = {"dna": "N", "protein": "X"}[alphabet]
    s = PackedSequences.from_strings([f"A{gap}CA{gap}A"] * N, alphabet, unknown="skip")
    made = mutate(s, 2, rng=1)
    codes, size = made.to_codes(), len(made.alphabet)
    assert ((codes >= size) == (s.to_codes() >= size)).all()
    differ = [tuple(np.flatnonzero(row).tolist()) for row in codes != s.to_codes()]
    assert_drawn(differ, evenly(combinations([0, 2, 3, 5], 2)))
    with pytest.raises(FastMIError, match=r"sequence 0 has 4 letters to change .* 5 are to be"):
        mutate(s[:4], 5)


def test_mutants_of_blocks(monkeypatch):
    s = simulate.random(23, 17, "rna", rng=1).pack().with_weights(np.arange(23.0))
    lazy = mutate(s.with_scores(np.ones(23)), 4, lazy=True, rng=3)
    whole = lazy.pack()
    for step in (1, 7):
        blocks = [lazy.block(i, min(i + step, 23)) for i in range(0, 23, step)]
        assert [t for block in blocks for t in block] == whole.to_strings()
    monkeypatch.setattr("fastmi.simulate._edited._LETTERS", 40)
    assert mutate(s, 4, rng=3) == whole
    assert whole.weights.tolist() == s.weights.tolist()
    assert whole.scores is None
    assert lazy.block(3, 3).weights.tolist() == []
    assert json.loads(json.dumps(lazy.about()))["n_mutations"] == 4
    assert pickle.loads(pickle.dumps(lazy)).pack() == whole


@pytest.mark.parametrize(
    ("n", "options", "error", "message"),
    [
        (13, {}, ValueError, "n must be between 0 and 12, the number of positions, got 13"),
        (2, {"positions": [3]}, ValueError, "between 0 and 1, the number of positions, got 2"),
        (1, {"positions": [12]}, ValueError, "positions are between 0 and 11, got 12"),
        (1, {"positions": [-1]}, ValueError, "a position must be a whole number from 0 up"),
        (1, {"positions": []}, ValueError, "between 0 and 0, the number of positions, got 1"),
        (-1, {}, ValueError, "n must be a whole number from 0 up, got -1"),
        (1.0, {}, TypeError, "n must be a whole number, got 1.0"),
    ],
)
def test_mutations_that_cannot_be(n, options, error, message):
    with pytest.raises(error, match=re.escape(message)):
        mutate(of_a(2), n, **options)


# ----------------------------------------------------------------------------- randomize

WILD_TYPE = "ACGTACGT"


def test_mutations_stay_and_the_rest_is_random():
    s = PackedSequences.from_strings(["TCGTACGA"] * N)
    codes = randomize(s, WILD_TYPE, rng=1).to_codes()
    assert set(codes[:, 0].tolist()) == {3}
    assert set(codes[:, 7].tolist()) == {0}
    for column in codes[:, 1:7].T:
        assert_drawn(column.tolist(), evenly(range(4)))
    pairs = as_tuples(codes[:, 2:4])
    assert_drawn(pairs, evenly((a, b) for a in range(4) for b in range(4)))


@pytest.mark.parametrize(
    "frequencies", [{"A": 0.5, "C": 0.5}, [0.5, 0.5, 0, 0], {"A": 0.1, "T": 0.9}]
)
def test_letters_by_their_frequencies(frequencies):
    codes = randomize([WILD_TYPE] * N, WILD_TYPE, frequencies=frequencies, rng=1).to_codes()
    p = frequencies
    if isinstance(p, dict):
        p = [p.get(letter, 0) for letter in "ACGT"]
    assert_drawn(codes[:, 5].tolist(), dict(enumerate(p)))


def test_only_those_with_so_many_mutations():
    s = simulate.mutate([WILD_TYPE] * 50, 2, rng=1)
    one = simulate.mutate([WILD_TYPE] * 50, 1, rng=2)
    mixed = PackedSequences.from_strings([t for pair in zip(s, one, strict=True) for t in pair])
    mixed = mixed.with_weights(np.arange(100.0))
    drawn = randomize(mixed, WILD_TYPE, n_mutations=2, rng=1)
    assert drawn.weights.tolist() == list(range(0, 100, 2))
    assert drawn == randomize(mixed[::2], WILD_TYPE, rng=1)
    wild = np.array(list(WILD_TYPE))
    for text, variant in zip(drawn, s, strict=True):
        mutated = np.array(list(variant)) != wild
        assert (np.array(list(text))[mutated] == np.array(list(variant))[mutated]).all()
    assert len(randomize(mixed, WILD_TYPE, n_mutations=3)) == 0


def test_missing_letters_differ_from_the_wild_type():
    s = PackedSequences.from_strings(["ANGTACGT", "ACGTACGT"], unknown="skip")
    drawn = randomize(s, WILD_TYPE, n_mutations=1, rng=1)
    assert len(drawn) == 1
    assert drawn[0][1] == "N"


def test_randomized_by_blocks():
    s = simulate.mutate([WILD_TYPE] * 23, 3, rng=1)
    lazy = randomize(s, WILD_TYPE.lower(), lazy=True, rng=1)
    whole = lazy.pack()
    for step in (1, 7):
        blocks = [lazy.block(i, min(i + step, 23)) for i in range(0, 23, step)]
        assert [t for block in blocks for t in block] == whole.to_strings()
    assert randomize(s, WILD_TYPE, rng=1) == whole
    assert pickle.loads(pickle.dumps(lazy)).pack() == whole
    assert json.loads(json.dumps(lazy.about()))["what"] == "randomized but for mutations"


@pytest.mark.parametrize(
    ("wild_type", "options", "error", "message"),
    [
        ("ACGT", {}, ValueError, "the wild type has 4 letters, the sequences 8"),
        ("ACGTACGX", {}, FastMIError, "'X'"),
        (5, {}, TypeError, "wild_type is a sequence, a string, got int"),
        (
            WILD_TYPE,
            {"n_mutations": -1},
            ValueError,
            "n_mutations must be a whole number from 0",
        ),
        (WILD_TYPE, {"frequencies": [0.5] * 4}, ValueError, "frequencies must add to 1, got 2"),
        (WILD_TYPE, {"frequencies": {"X": 1}}, ValueError, "'X' is no letter of 'ACGT'"),
    ],
)
def test_wild_types_that_cannot_be(wild_type, options, error, message):
    with pytest.raises(error, match=re.escape(message)):
        randomize([WILD_TYPE], wild_type, **options)
