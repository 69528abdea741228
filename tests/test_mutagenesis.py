"""Mutants and mutagenesis: every mutant is made once, and effects are what a plain loop gives.

An additive model has its own weights as effects, exactly, as they are sums of eighths.
"""

from __future__ import annotations

import gzip
import io
import json
import pickle
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fastmi
from fastmi import FastMIError, Mutagenesis, PackedSequences, models
from fastmi._archive import Archive
from fastmi._files import write_arrays
from fastmi._mutants import Mutants, by_sequence

RBMS1 = models.deepbind.load("RBMS1", n_threads=1)


class Additive:
    """A weight for each letter at each position, sums of eighths; keeps what it was given."""

    def __init__(self, length: int, size: int = 4, n_heads: int = 1) -> None:
        weights = np.random.default_rng(5).integers(-40, 40, (n_heads, length, size)) / 8
        self.weights = np.concatenate([weights, np.zeros((n_heads, length, 1))], axis=2)
        self.given: list[str] = []

    def predict(self, sequences: PackedSequences) -> Any:
        self.given += sequences.to_strings()
        codes = np.minimum(sequences.to_codes(), self.weights.shape[2] - 1)
        return self.weights[:, np.arange(codes.shape[1]), codes].sum(axis=2).T


# ----------------------------------------------------------------------- the mutants


def mutants_of(text: str, letters: str, positions: list[int], doubles: bool) -> list[str]:
    """A sequence, its mutants and its double mutants, one by one."""

    def changed(*edits: tuple[int, str]) -> str:
        new = list(text)
        for position, letter in edits:
            if new[position] in letters:
                new[position] = letter
        return "".join(new)

    def others(position: int) -> str:
        there = text[position]
        return letters.replace(there, "") if there in letters else letters[:-1]

    found = [text]
    found += [changed((p, a)) for p in positions for a in others(p)]
    if doubles:
        found += [
            changed((i, a), (j, b))
            for i, j in combinations(positions, 2)
            for a, b in product(others(i), others(j))
        ]
    return found


@settings(deadline=None, max_examples=80)
@given(
    st.sampled_from(["dna", "rna", "protein", "01"]),
    st.integers(2, 9),
    st.booleans(),
    st.data(),
)
def test_mutants_are_those_of_a_loop(alphabet, length, doubles, data):
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    size = len(fastmi.get_alphabet(alphabet))
    codes = rng.integers(0, size, (3, length)).astype(np.uint8)
    codes[rng.random(codes.shape) < data.draw(st.sampled_from([0, 0.2]))] = 255
    s = PackedSequences.from_codes(codes, alphabet, unknown="skip")
    where = sorted(data.draw(st.sets(st.integers(0, length - 1), min_size=1)))
    made = Mutants(s, np.array(where), "all" if doubles else None)
    expected = [
        one for x in s.to_strings() for one in mutants_of(x, s.alphabet.letters, where, doubles)
    ]
    assert made.pack().to_strings() == expected
    start = data.draw(st.integers(0, len(made)))
    stop = data.draw(st.integers(start, len(made)))
    assert made.block(start, stop).to_strings() == expected[start:stop]


@pytest.mark.parametrize("alphabet", ["dna", "protein"])
def test_drawn_doubles_are_some_of_all(alphabet, monkeypatch):
    s = fastmi.simulate.random(200, 6, alphabet, rng=1)
    made = Mutants(s, np.arange(6), "random", 7)
    every = Mutants(s, np.arange(6), "all")
    others = len(s.alphabet) - 1
    of_pair = others**2
    strings = made.pack().to_strings()
    drawn = made.drawn(0, 200)
    singles = 1 + 6 * others
    for n in (0, 3, 199):
        mine, all_of_it = (
            strings[n * made.n_each : (n + 1) * made.n_each],
            every.block(n * every.n_each, (n + 1) * every.n_each).to_strings(),
        )
        assert mine[:singles] == all_of_it[:singles]
        for pair, letters in enumerate(drawn[n]):
            assert mine[singles + pair] == all_of_it[singles + pair * of_pair + letters]
    assert (made.drawn(50, 3) == drawn[50:53]).all()
    if alphabet == "dna":  # 3,000 draws of nine
        counts = np.bincount(drawn.ravel(), minlength=9)
        assert ((counts - 3000 / 9) ** 2 / (3000 / 9)).sum() < 30  # p of 0.0002
    monkeypatch.setattr("fastmi._mutants._PIECE", 7)
    assert made.block(5, 999).to_strings() == strings[5:999]


def test_mutants_say_what_they_are():
    s = PackedSequences.from_strings(["ACGT", "TTTT"])
    one, two, three = (
        Mutants(s, np.arange(4), *how) for how in ((), ("random", 1), ("random", 2))
    )
    words = {json.dumps(m.about(), sort_keys=True) for m in (one, two, three)}
    assert len(words) == 3
    assert len(pickle.loads(pickle.dumps(two))) == 2 * (1 + 12 + 6)


@pytest.mark.parametrize("step", [1, 4, 5, 6, 100])
def test_scores_come_sequence_by_sequence(step):
    scores = np.arange(60.0).reshape(30, 2)
    chunks = (scores[i : i + step] for i in range(0, 30, step))
    parts = list(by_sequence(chunks, 5))
    before = np.cumsum([0, *(len(part) for _, part in parts)])[:-1]
    assert [first for first, _ in parts] == before.tolist()
    assert np.concatenate([p for _, p in parts]).tolist() == scores.reshape(6, 5, 2).tolist()


# ----------------------------------------------------------------------- mutagenesis


@pytest.mark.parametrize("alphabet", ["dna", "protein"])
@pytest.mark.parametrize("n_heads", [1, 3])
def test_effects_of_an_additive_model_are_its_weights(alphabet, n_heads):
    s = fastmi.simulate.random(20, 11, alphabet, rng=1).pack()
    size, codes = len(s.alphabet), s.to_codes()
    model = Additive(11, size, n_heads)
    found = fastmi.mutagenesis(model, s)
    weights = model.weights[:, :, :size]
    at_wild = weights[:, np.arange(11), codes]  # heads, sequences, positions
    expected = weights[:, None] - at_wild[..., None]
    assert (found.effects == np.moveaxis(expected, 0, -1)).all()
    assert (found.wild_type == at_wild.sum(axis=2).T).all()
    assert found.sequences == s
    head = n_heads - 1
    assert found.heads == (("",) if n_heads == 1 else ("0", "1", "2"))
    assert (found.values(head) == expected[head]).all()
    norm = np.sqrt((expected[head] ** 2).sum(axis=2))
    assert np.allclose(found.l2(head), norm, rtol=1e-14)


def test_each_mutant_is_scored_once_and_wild_type_letters_are_not():
    s = fastmi.simulate.random(15, 9, rng=1).pack()
    model = Additive(9)
    found = fastmi.mutagenesis(model, s)
    assert len(model.given) == 15 * (1 + 9 * 3) == found.provenance["n_scored"]
    for n, wild in enumerate(s):
        given = model.given[n * 28 : (n + 1) * 28]
        assert given[0] == wild
        assert len(set(given)) == 28
        assert all(
            sum(a != b for a, b in zip(one, wild, strict=True)) == 1 for one in given[1:]
        )


def test_only_the_positions_and_the_score_asked_for():
    s = fastmi.simulate.random(4, 9, rng=1)
    every = fastmi.mutagenesis(Additive(9, n_heads=3), s)
    some = fastmi.mutagenesis(Additive(9, n_heads=3), s, positions=[7, 2, 2], head=1)
    assert some.positions.tolist() == [2, 7]
    assert some.heads == ("1",)
    assert (some.effects[..., 0] == every.effects[:, [2, 7]][..., 1]).all()
    assert (some.wild_type[:, 0] == every.wild_type[:, 1]).all()


@pytest.mark.parametrize("alphabet", ["dna", "protein"])
def test_where_a_letter_is_missing_there_are_no_effects(alphabet):
    gap = {"dna": "N", "protein": "X"}[alphabet]
    s = PackedSequences.from_strings([f"AC{gap}TA", "ACGTA"], alphabet, unknown="skip")
    found = fastmi.mutagenesis(Additive(5, len(s.alphabet)), s)
    assert np.isnan(found.effects[0, 2]).all()
    assert np.isfinite(np.delete(found.effects[0], 2, axis=0)).all()
    assert np.isfinite(found.effects[1]).all()
    assert np.isnan(found.l2()).tolist() == [[False, False, True, False, False], [False] * 5]
    assert (found.heights(0)[2] == 0).all()
    lines = table_of(found)
    assert not [line for line in lines if line[:2] == ["0", "2"]]
    with pytest.raises(FastMIError, match="sequence 0, position 2: letter"):
        fastmi.mutagenesis(Additive(5), ["ACNTA"])


def test_deepbind_is_a_plain_loop():
    s = fastmi.simulate.random(3, 30, "rna", rng=4).pack()
    found = fastmi.mutagenesis(RBMS1, s).values()
    for n, wild in enumerate(s):
        before = RBMS1.predict([wild])[0]
        for p, (c, a) in product(range(30), enumerate("ACGU")):
            after = RBMS1.predict([wild[:p] + a + wild[p + 1 :]])[0]
            assert found[n, p, c] == after - before


def test_a_motif_is_where_it_stands():
    site = models.wrap(lambda s: [float("GCATG" in x) for x in s], takes="strings")
    found = fastmi.mutagenesis(site, ["AAAAGCATGAAA"])
    assert np.flatnonzero(found.l2()[0]).tolist() == [4, 5, 6, 7, 8]
    assert (found.heights(0, by="mean")[4:9].max(axis=1) == 1).all()


def test_windows_of_a_long_sequence():
    s = fastmi.simulate.random(1, 120, "rna", rng=2).pack()
    model = models.Windowed(RBMS1, 41)
    found = fastmi.mutagenesis(model, s).values()[0]
    whole = s.to_strings()[0]

    def best(text: str) -> float:
        return float(RBMS1.predict([text[i : i + 41] for i in range(80)]).max())

    for p in (0, 60, 119):
        for c, a in enumerate("ACGU"):
            assert found[p, c] == best(whole[:p] + a + whole[p + 1 :]) - best(whole)


def test_same_bits_however_it_is_done(monkeypatch, tmp_path):
    s = fastmi.simulate.random(60, 25, "rna", rng=3)
    whole = fastmi.mutagenesis(RBMS1, s).effects.tobytes()

    def again(model: Any = RBMS1, data: Any = s, **options: Any) -> bytes:
        return fastmi.mutagenesis(model, data, **options).effects.tobytes()

    assert again(models.deepbind.load("RBMS1", n_threads=2)) == whole
    assert again(data=s.pack(), n_workers=2) == whole
    assert again(data=s.pack(), checkpoint=tmp_path) == whole
    assert again(data=s.pack(), checkpoint=tmp_path) == whole
    for chunk, block in ((1000, 64), (75, 76), (31, 7)):
        monkeypatch.setattr("fastmi.scoring.CHUNK", chunk)
        monkeypatch.setattr("fastmi.models.base.BLOCK", block)
        assert again() == whole
    assert again(n_workers=2) == whole


def test_heights_are_letters_that_are_there():
    s = fastmi.simulate.random(6, 8, rng=1).pack()
    found = fastmi.mutagenesis(Additive(8), s)
    codes = s.to_codes()
    for n in (0, 5, -1):
        for by, height in (
            ("l2", found.l2()[n]),
            ("mean", -found.values()[n].sum(axis=1) / 3),
        ):
            heights = found.heights(n, by=by)
            assert np.allclose(heights[np.arange(8), codes[n]], height, rtol=1e-14)
            assert (heights != 0).sum() == np.count_nonzero(height)
    with pytest.raises(ValueError, match="by must be one of l2, mean, got 'max'"):
        found.heights(by="max")  # type: ignore[arg-type]
    with pytest.raises(IndexError, match="there are 6 sequences, got number 6"):
        found.heights(6)
    for call in (
        lambda: found.heights("0"),
        lambda: found.l2(1.5),
        lambda: fastmi.mutagenesis(Additive(8), s, positions=5),
    ):
        with pytest.raises(TypeError, match=r"(n must be a|head is the|positions are sev)"):
            call()


# ----------------------------------------------------------------------------- files


def table_of(found: Mutagenesis) -> list[list[str]]:
    stream = io.StringIO()
    found.to_tsv(stream)
    return [line.split("\t") for line in stream.getvalue().splitlines()]


def test_a_table_of_all_mutants(tmp_path):
    s = fastmi.simulate.random(3, 5, rng=1).pack()
    found = fastmi.mutagenesis(Additive(5, n_heads=2), s, positions=[1, 4]).with_positions(-2)
    lines = table_of(found)
    assert lines[0] == ["sequence", "position", "wild_type", "mutant", "0", "1"]
    assert len(lines) == 1 + 3 * 2 * 3
    for n, position, wild, mutant, *effects in lines[1:]:
        p = int(position) + 2
        assert s[int(n)][p] == wild != mutant
        row = found.effects[int(n), [1, 4].index(p), "ACGT".index(mutant)]
        assert [float(x) for x in effects] == row.tolist()
    found.to_tsv(tmp_path / "t.tsv.gz")
    text = gzip.decompress((tmp_path / "t.tsv.gz").read_bytes()).decode()
    assert [line.split("\t") for line in text.splitlines()] == lines
    one = fastmi.mutagenesis(Additive(5), s)
    assert table_of(one)[0][-1] == "effect"
    for bad in (10**30, 1.5, True):
        with pytest.raises(
            (TypeError, ValueError), match="first_position must be a whole number"
        ):
            one.with_positions(bad)


@pytest.mark.parametrize("alphabet", ["dna", "protein"])
def test_what_is_saved_is_loaded(alphabet, tmp_path):
    gap = {"dna": "N", "protein": "X"}[alphabet]
    s = PackedSequences.from_strings([f"AC{gap}TA", "ACGTA"], alphabet, unknown="skip")
    model = Additive(5, len(s.alphabet), 2)
    found = fastmi.mutagenesis(model, s, positions=[0, 2]).with_positions(3)
    found.save(tmp_path / "m.npz")
    again = fastmi.load(tmp_path / "m.npz")
    assert isinstance(again, Mutagenesis)
    assert np.array_equal(again.effects, found.effects, equal_nan=True)
    assert (again.wild_type == found.wild_type).all()
    assert again.sequences == found.sequences
    assert again.about() == found.about()
    assert repr(again) == "<Mutagenesis of 2 sequences at 2 positions, 2 scores>"
    again.save(tmp_path / "n.npz")
    assert (tmp_path / "n.npz").read_bytes() == (tmp_path / "m.npz").read_bytes()


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ({"n": 4}, None),
        ({"heads": []}, None),
        ({"heads": ["a", "a"]}, None),
        ({"n_positions": 10**9}, None),
        ({"length": 3}, None),
        ({"n": 10**30}, None),
        ({"length": 10**30}, None),
        ({"first_position": "0"}, None),
        ({"first_position": 10**30}, None),
        ({"format": 9}, None),
        ({}, ("positions", np.array([3, 1, 0], "<i8"))),
        ({}, ("positions", np.array([0, 1, 5], "<i8"))),
        ({}, ("wild_type", np.full((2, 1), np.nan))),
        ({}, ("effects", np.full((2, 3, 4, 1), np.nan))),
        ({}, ("effects", np.ones((2, 3, 4, 1)))),
    ],
)
def test_damaged_files_are_refused(change, value, tmp_path):
    found = fastmi.mutagenesis(Additive(5), ["ACGTA", "CCGTA"], positions=[0, 1, 3])
    path = tmp_path / "m.npz"
    found.save(path)
    with Archive(path) as archive:
        about = {k: v for k, v in archive.about.items() if k != "sha256"}
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files if name != "about"}
    if value is not None:
        arrays[value[0]] = value[1]
    write_arrays(path, about | change, arrays)
    with pytest.raises(FastMIError):
        fastmi.load(path)


# ------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("data", "options", "error", "message"),
    [
        ([], {}, FastMIError, "there are no sequences"),
        (["ACGZ"], {}, FastMIError, "letter 'Z' is not in alphabet"),
        (["ACGT"], {"positions": []}, ValueError, "there are no positions to change"),
        (["ACGT"], {"positions": [4]}, ValueError, "positions are between 0 and 3, got 4"),
        (["ACGT"], {"positions": [-1]}, ValueError, "a position must be a whole number from 0"),
        (["ACGT"], {"positions": [1.5]}, TypeError, "a position must be a whole number"),
        (["ACGT"], {"head": 2}, KeyError, "the model has no score 2"),
        (["ACGT"], {"head": "x"}, KeyError, "the model has no score 'x'"),
        (["ACGT"], {"memory_limit": 100}, ValueError, "would need 128 bytes, more than memory"),
        (["ACGT"] * 9, {"memory_limit": "1kB"}, ValueError, "9 x 4 x 4 effects would need"),
    ],
)
def test_what_is_wrong_is_said(data, options, error, message):
    with pytest.raises(error, match=message):
        fastmi.mutagenesis(Additive(4), data, **options)


def test_what_the_model_does_wrong_is_said():
    for bad in (np.nan, np.inf):
        model = models.wrap(
            lambda s, b=bad: [b if "GG" in x else 1.0 for x in s], takes="strings"
        )
        with pytest.raises(
            FastMIError, match=r"sequence 2 \(GGAA\), allowed are finite numbers"
        ):
            fastmi.mutagenesis(model, ["AGAA"])
    found = fastmi.mutagenesis(Additive(4, n_heads=2), ["ACGT"])
    with pytest.raises(KeyError, match="say which"):
        found.l2()
    with pytest.raises(FastMIError, match="windows have 9 letters, and the sequences 4"):
        fastmi.mutagenesis(models.Windowed(Additive(9), 9), ["ACGT"])


def test_how_much_there_is_to_score_is_said(capsys):
    fastmi.mutagenesis(Additive(4), ["ACGT", "AAAA"], progress=True)
    assert "fastmi: 2 sequences with 12 mutants each: 26 to score" in capsys.readouterr().err
