"""Shuffles: uniform over all sequences with the same words, and nothing else changes.

All arrangements of short sequences are enumerated, and chi-square tests say whether each comes
as often as the others; a wrong algorithm that is widely copied shows that the tests can fail.
The C code equals the plain version letter for letter, random word for random word.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from itertools import count, pairwise, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

import fastmi
from conftest import random_codes, seqs_of
from fastmi import PackedSequences, _random, _reference
from fastmi._draws import Draws, Stream
from fastmi.errors import FastMIError
from fastmi.simulate import shuffle, shuffling
from fastmi.sources import Simulated, about_source

OPEN, CLOSED = "ACCCACGATGATG", "ACCCACGATGATA"

CASES = [  # the alphabet, a sequence, k, how many sequences have the same words
    ("dna", OPEN, 2, 27),
    ("dna", CLOSED, 2, 72),
    ("dna", "ACTGACTGACTG", 2, 1),
    ("dna", "AAAAAAAA", 2, 1),
    ("dna", "AAACAAGATAAA", 2, 6 * 56),  # orders of C, G, T; 5 more A in 4 places
    ("dna", "ACACAGAGACAG", 2, 10),  # the same edge several times
    ("dna", "AACGAAGTAACTAAG", 3, 6),
    ("dna", "ACGACTACGTACGACA", 3, None),
    ("dna", "AAAACAAAAGAAAATAAAA", 4, 6 * 35),
    ("rna", "GUGCUGAGUCGG", 2, None),
    ("rna", "ACGUU", 1, 60),
    ("protein", "MKVMKLMWVAMK", 2, None),
    ("protein", "MKVMKLMKVAMK", 3, None),
    ("01", "0110100110", 2, None),
    ("01", "01101001100101", 3, None),
    ("01", "00101", 1, 10),
]


def words(sequence: str, k: int) -> Counter[str]:
    """How often each word of k letters occurs."""
    return Counter(sequence[i : i + k] for i in range(len(sequence) - k + 1))


def arrangements(sequence: str, k: int) -> set[str]:
    """All sequences with these words that begin with the same k - 1 letters."""
    letters = sorted(set(sequence))
    found = set()

    def go(begun: str, left: Counter[str]) -> None:
        if len(begun) == len(sequence):
            found.add(begun)
            return
        for letter in letters:
            word = (begun + letter)[-k:]
            if left[word] > 0:
                go(begun + letter, left - Counter([word]))

    go(sequence[: k - 1], words(sequence, k))
    return found


def p_of_uniform(made: list[str], possible: set[str]) -> float:
    """Probability of a chi-square as large, were each of the possible ones equally likely."""
    assert set(made) <= possible
    if len(possible) == 1:
        return 1.0
    expected = len(made) / len(possible)
    seen = Counter(made)
    square = sum((seen[one] - expected) ** 2 / expected for one in possible)
    return float(chi2.sf(square, len(possible) - 1))


def shuffled(sequence: str, n: int, k: int, alphabet: str = "dna", **how: Any) -> list[str]:
    """The same sequence n times, shuffled."""
    return shuffle([sequence] * n, k, alphabet=alphabet, rng=1, **how).to_strings()


# ------------------------------------------------------------------------------ uniform


@pytest.mark.parametrize(("alphabet", "sequence", "k", "n"), CASES)
def test_each_arrangement_is_equally_likely(
    alphabet: str, sequence: str, k: int, n: int | None
) -> None:
    possible = arrangements(sequence, k)
    assert n is None or len(possible) == n
    made = shuffled(sequence, 400 * len(possible), k, alphabet)
    assert set(made) == possible
    assert p_of_uniform(made, possible) > 1e-4


@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize("sequence", ["AACAGTC", "ACGACG", "AAGAACAC", "ACACAC"])
def test_open_walks_leave_no_sequence_out(sequence: str, k: int) -> None:
    every = {"".join(letters) for letters in permutations(sequence)}
    same = {s for s in every if words(s, k) == words(sequence, k)}
    possible = arrangements(sequence, k)
    assert {s[len(s) - k + 1 :] for s in possible} == {sequence[len(sequence) - k + 1 :]}
    if sequence[: k - 1] != sequence[len(sequence) - k + 1 :] or k == 1:
        assert possible == same
    else:  # the others begin elsewhere in the circle
        assert possible == {s for s in same if s.startswith(sequence[: k - 1])}


def last_index_kept(sequence: str, chance: random.Random) -> str:
    """The widely copied shuffle of dinucleotides: each letter's last successor stays last."""
    after: dict[str, list[str]] = {letter: [] for letter in sequence}
    for a, b in pairwise(sequence):
        after[a].append(b)
    for successors in after.values():
        others = successors[:-1]
        chance.shuffle(others)
        successors[:-1] = others
    made = sequence[0]
    while after[made[-1]]:
        made += after[made[-1]].pop(0)
    return made


@pytest.mark.parametrize(("sequence", "n", "reached"), [(OPEN, 27, 9), (CLOSED, 72, 9)])
def test_a_wrong_algorithm_fails_the_same_test(sequence: str, n: int, reached: int) -> None:
    chance, possible = random.Random(1), arrangements(sequence, 2)
    made = [last_index_kept(sequence, chance) for _ in range(400 * n)]
    assert (len(possible), len(set(made))) == (n, reached)
    assert all(words(one, 2) == words(sequence, 2) for one in made)
    assert p_of_uniform(made, possible) < 1e-100


def test_a_slight_preference_fails_the_same_test() -> None:
    possible = arrangements(OPEN, 2)
    made = shuffled(OPEN, 400 * len(possible), 2)
    made[:200] = [min(possible)] * 200  # of 10,800
    assert p_of_uniform(made, possible) < 1e-4


def test_free_letters_change_places_uniformly() -> None:
    made = shuffled("AACGT", 24_000, 1, keep=[2])
    possible = {"".join(p[:2]) + "C" + "".join(p[2:]) for p in permutations("AAGT")}
    assert set(made) == possible
    assert p_of_uniform(made, possible) > 1e-4


# ---------------------------------------------------------------------------- plain twin


def random_words(seed: int, record: int) -> Iterator[int]:
    """The random words of a record, as they are used."""
    draws = Draws(seed, Stream.SHUFFLE, record, 1)
    for _ in count():
        yield from draws.words(64)[0].tolist()


def plainly(codes: np.ndarray, size: int, k: int, first: int, **how: Any) -> np.ndarray:
    """Rows shuffled by the plain version."""
    return np.array(
        [
            _reference.shuffle_row(row, size, k, random_words(9, first + n), **how)
            for n, row in enumerate(codes)
        ],
        np.uint8,
    )


def by_the_core(
    codes: np.ndarray, size: int, k: int, first: int, window: int = 0, keep: Any = None
) -> np.ndarray:
    """The same by the core, as codes."""
    seqs = seqs_of(codes, size)
    rows, mask = _reference.encode_rows(codes, size)
    out = np.empty_like(rows)
    flags = None if keep is None else keep.astype(np.uint8)
    _random.shuffle_rows(seqs, k, window, flags, 9, Stream.SHUFFLE, first, 2, out)
    return PackedSequences(out, codes.shape[1], letters_of(size), mask).to_codes()


def letters_of(size: int) -> str:
    """An alphabet of so many letters."""
    return "".join(map(chr, range(33, 33 + size)))


@pytest.mark.parametrize("size", [2, 4, 5, 20, 200])
@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_core_is_the_plain_version(rng: np.random.Generator, size: int, missing: float) -> None:
    for length in (1, 2, 3, 5, 12, 37, 64, 131):
        for k in (1, 2, 3, 4, 6, 9, 20, 200):
            for used in {2, size}:
                codes = random_codes(rng, 4, length, used, missing)
                keep = rng.random(length) < 0.1
                for how in ({}, {"window": 11}, {"keep": keep}, {"window": 40, "keep": keep}):
                    wanted = plainly(codes, size, k, 77, **how)
                    assert (by_the_core(codes, size, k, 77, **how) == wanted).all()


def test_core_is_the_plain_version_in_long_sequences(rng: np.random.Generator) -> None:
    for size, k in ((4, 3), (4, 8), (4, 14), (20, 5), (3, 1)):
        codes = random_codes(rng, 1, 20_000, size)
        assert (by_the_core(codes, size, k, 2**40) == plainly(codes, size, k, 2**40)).all()


def test_a_draw_that_is_not_fair_is_drawn_again() -> None:
    # bound 3: a product below 2^32 mod 3 = 1, here 0, would make 0 likelier
    assert _reference.draw_below(iter([0, 2**31]), 3) == 1
    assert _reference.draw_below(iter([1]), 3) == 0
    assert _reference.draw_below(iter([0]), 4) == 0


# ------------------------------------------------------------------- what is kept, and how


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text("ACGT", min_size=40, max_size=40), min_size=1), st.integers(1, 5))
def test_words_are_kept(sequences: list[str], k: int) -> None:
    for before, after in zip(sequences, shuffle(sequences, k, rng=4), strict=True):
        assert words(after, k) == words(before, k)
        assert after[: k - 1] == before[: k - 1]
        assert after[len(after) - k + 1 :] == before[len(before) - k + 1 :]


@settings(max_examples=100, deadline=None)
@given(
    st.text("ACDW", min_size=1, max_size=60),
    st.integers(1, 4),
    st.integers(1, 70),
    st.sets(st.integers(0, 59)),
)
def test_windows_keep_their_words_and_positions_stay(
    sequence: str, k: int, window: int, positions: set[int]
) -> None:
    made = shuffle([sequence] * 3, k, window=window, alphabet="protein", rng=2)
    for after in made:
        for start in range(0, len(sequence), window):
            here = slice(start, start + window)
            assert words(after[here], k) == words(sequence[here], k)
    keep = [position for position in positions if position < len(sequence)]
    for after in shuffle([sequence] * 3, k, keep=keep, alphabet="protein", rng=2):
        assert all(after[i] == sequence[i] for i in keep)
        assert Counter(after) == Counter(sequence)


def test_missing_letters_stay() -> None:
    given = PackedSequences.from_strings(["ACGNNTTAGATCATTAC"] * 200, unknown="skip")
    for k in (1, 2):
        made = shuffle(given, k, rng=3).to_strings()
        assert all(s[3:5] == "NN" and s.count("N") == 2 for s in made)
        assert len(set(made)) > 1
    assert all(words(s[5:], 2) == words("TTAGATCATTAC", 2) for s in made)
    nothing = PackedSequences.from_strings(["NNNN"], unknown="skip")
    assert shuffle(nothing) == nothing
    proteins = PackedSequences.from_strings(["MKXVLMKA"], "protein", unknown="skip")
    assert shuffle(proteins, 1, rng=1)[0][2] == "X"


@pytest.mark.parametrize("sequence", ["A", "AC", "AAAAAAAAAAAA", "ACG"])
@pytest.mark.parametrize("k", [2, 3, 5, 1000])
def test_what_has_one_arrangement_stays(sequence: str, k: int) -> None:
    assert set(shuffled(sequence, 20, k)) == {sequence}


def test_keep_is_flags_or_positions() -> None:
    sequences, flags = ["ACGTTGCA" * 3] * 50, np.zeros(24, bool)
    flags[[3, 4, 20]] = True
    made = shuffle(sequences, 1, keep=flags, rng=7)
    for positions in ([3, 4, 20], (20, 4, 3, 3), np.array([3, 4, 20], np.uint16)):
        assert shuffle(sequences, 1, keep=positions, rng=7) == made
    assert shuffle(sequences, 1, keep=flags.tolist(), rng=7) == made
    assert shuffle(sequences, 1, keep=[], rng=7) == shuffle(sequences, 1, rng=7)
    assert shuffle(sequences, 1, keep=range(24), rng=7).to_strings() == sequences


# -------------------------------------------------------------------- the same every time


@pytest.mark.parametrize("alphabet", ["dna", "protein"])
def test_bits_do_not_depend_on_threads_or_blocks(alphabet: str, n_threads: int) -> None:
    given = fastmi.simulate.random(1000, 61, alphabet, rng=1)
    whole = shuffle(given.pack(), 3, rng=5, n_threads=1)
    lazy = shuffle(given, 3, rng=5, n_threads=n_threads)
    assert lazy.pack() == whole
    for start, stop in ((0, 0), (0, 1), (17, 400), (999, 1000)):
        assert lazy.block(start, stop) == whole[start:stop]


def test_pieces_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    given = fastmi.simulate.random(500, 30, rng=1).pack()
    whole = shuffle(given, 2, rng=5)
    monkeypatch.setattr(shuffling, "_PIECE", 1000)
    assert shuffle(given, 2, rng=5) == whole


def test_equal_sequences_are_shuffled_differently() -> None:
    made = shuffled("ACGTTGCATGCCAGTAGCTAGCTAGGAT", 100, 2)
    assert len(set(made)) > 95


def test_seeds_differ_and_letters_have_a_stream_of_their_own() -> None:
    given = fastmi.simulate.random(50, 40, rng=1).pack()
    made = shuffle(given, 2, rng=1)
    assert made == shuffle(given, 2, rng=1)
    assert made != shuffle(given, 2, rng=2)
    assert shuffle(given) != shuffle(given)


# --------------------------------------------------------------------------- what comes out


def test_packed_gives_packed_with_weights_and_no_scores() -> None:
    given = PackedSequences.from_strings(["ACGTACGT", "TTGATTGA"])
    given = given.with_weights([1, 2.5]).with_scores([3, 4])
    made = shuffle(given, rng=1)
    assert isinstance(made, PackedSequences)
    assert made.weights is not None
    assert made.weights.tolist() == [1, 2.5]
    assert made.scores is None
    dropped = PackedSequences.from_strings(["ACGT", "ACNT"], unknown="drop")
    assert shuffle(dropped, rng=1).n_dropped == 1
    assert given.to_strings() == ["ACGTACGT", "TTGATTGA"]


def test_sources_give_sources() -> None:
    given = fastmi.simulate.random(10_000_000, 100, rng=3)
    made = shuffle(given, 2, window=50, keep=[1], rng=8)
    assert isinstance(made, Simulated)
    assert len(made[9_999_990:]) == 10
    about = about_source(made)
    assert (about["what"], about["k"], about["window"]) == ("shuffled sequences", 2, 50)
    assert about["keep"] == [1]
    assert about["source"]["seed"] == 3
    twice = shuffle(made, 1, rng=8)  # of a shuffled source, too
    assert words(twice[5], 1) == words(made[5], 1) == words(given[5], 1)
    assert repr(made).startswith("<shuffled sequences: 10,000,000 x 100, dna")


def test_files_and_stores(tmp_path: Any) -> None:
    given = PackedSequences.from_strings(["ACGTACGTTAC", "TTGATTGAACA"])
    given.save(tmp_path / "s.npy")
    (tmp_path / "s.txt").write_text("\n".join(given.to_strings()))
    made = shuffle(given, rng=1)
    assert shuffle(tmp_path / "s.npy", rng=1) == made
    assert shuffle(tmp_path / "s.txt", rng=1) == made


def test_maps_take_shuffled_sequences() -> None:
    given = fastmi.simulate.random(300, 20, rng=1)
    made = shuffle(given, rng=1)
    found = fastmi.pairwise_mi(made.pack(), 1, pseudocount=0)
    assert found.matrix.shape == (20, 20)


# ------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    ("how", "error", "message"),
    [
        ({"k": 0}, ValueError, "k must be a whole number from 1 up, got 0"),
        ({"k": -1}, ValueError, "k must be a whole number from 1 up, got -1"),
        ({"k": 2.0}, TypeError, "k must be a whole number, got 2.0"),
        ({"window": 0}, ValueError, "window must be a whole number from 1 up, got 0"),
        ({"window": "5"}, TypeError, "window must be a whole number, got '5'"),
        ({"keep": [True]}, ValueError, r"a flag for each of 4 positions, got shape \(1,\)"),
        ({"keep": [4]}, ValueError, "keep has position 4, allowed are 0 to 3"),
        ({"keep": [-1]}, ValueError, "keep has position -1"),
        ({"keep": [0.5]}, TypeError, r"flags or numbers of positions, got \[0.5\]"),
        ({"keep": [[1]]}, TypeError, "flags or numbers of positions"),
        ({"keep": "AC"}, TypeError, "flags or numbers of positions"),
        ({"rng": -1}, ValueError, "a seed is between 0 and"),
        ({"n_threads": 0}, ValueError, "n_threads must be between 1"),
        ({"alphabet": "01"}, FastMIError, "letter 'A' is not in alphabet"),
    ],
)
def test_bad_parameters(how: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        shuffle(["ACGT"], **how)


def test_a_source_of_another_alphabet() -> None:
    given = fastmi.simulate.random(5, 5, rng=1)
    with pytest.raises(ValueError, match="the sequences are over 'dna', not 'rna'"):
        shuffle(given, alphabet="rna")
    with pytest.raises(IndexError, match="there are 5 sequences"):
        shuffle(given).block(3, 6)


def test_the_binding_refuses_other_sizes() -> None:
    given = PackedSequences.from_strings(["ACGTACGT"])
    rows, keep = np.empty((1, 2), np.uint8), np.zeros(7, np.uint8)
    with pytest.raises(ValueError, match="keep has 7 elements, expected 8"):
        _random.shuffle_rows(given.view, 2, 0, keep, 0, 3, 0, 1, rows)
    for wrong in (np.empty((2, 2), np.uint8), np.empty((1, 3), np.uint8)):
        with pytest.raises(ValueError, match="expected"):
            _random.shuffle_rows(given.view, 2, 0, None, 0, 3, 0, 1, wrong)
    with pytest.raises(ValueError, match="FMI_ERR_BAD_PARAM"):
        _random.shuffle_rows(given.view, 0, 0, None, 0, 3, 0, 1, rows)
