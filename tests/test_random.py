"""Random sequences: the generator against one in plain Python, frozen answers, distributions.

Chi-square bounds are those that chance passes once in a million; seeds are fixed, so that a
test which passes once passes always.
"""

from __future__ import annotations

import itertools
import os
import signal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

import fastmi
from fastmi import _random
from fastmi._draws import Draws, Stream, resolve_seed, thresholds_of
from fastmi.simulate import Markov, markov, profile
from fastmi.sources import Source, about_source, blocks_of_source

SETTINGS = settings(deadline=None, derandomize=True, database=None, max_examples=100)
DNA = fastmi.get_alphabet("dna")
SKEWED = (0.1, 0.4, 0.2, 0.3)


def simulated(n: int, length: int, *args: Any, rng: Any = 1, **options: Any) -> Any:
    return fastmi.simulate.random(n, length, *args, rng=rng, **options)


def philox(seed: int, stream: int, record: int, block: int) -> list[int]:
    """Four words of Philox4x32-10, by the paper."""
    c = [block, stream, record & 0xFFFFFFFF, record >> 32]
    k = [seed & 0xFFFFFFFF, seed >> 32]
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [
            (p1 >> 32) ^ c[1] ^ k[0],
            p1 & 0xFFFFFFFF,
            (p0 >> 32) ^ c[3] ^ k[1],
            p0 & 0xFFFFFFFF,
        ]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


def words_of(seed: int, stream: int, record: int, n: int) -> list[int]:
    blocks = (philox(seed, stream, record, b) for b in range(-(-n // 4)))
    return list(itertools.chain.from_iterable(blocks))[:n]


def chi_square(counts: np.ndarray, expected: np.ndarray) -> None:
    """Raise unless counts are what chance gives; what is impossible must not be there."""
    counts, expected = np.broadcast_arrays(counts, expected)
    assert not counts[expected == 0].any()
    there = expected > 0
    value = ((counts - expected)[there] ** 2 / expected[there]).sum()
    freedom = int(there.sum()) - int((expected > 0).any(axis=-1).sum())
    assert value < chi2.isf(1e-6, max(freedom, 1))


def letter_counts(codes: np.ndarray, size: int) -> np.ndarray:
    """How often each letter is at each position, shape (L, A)."""
    return np.stack([np.bincount(column, minlength=size) for column in codes.T])


# --------------------------------------------------------------------------- the generator


@pytest.mark.parametrize(
    ("seed", "stream", "record", "block", "wanted"),
    [  # known answers of the paper's authors: counter (block, stream, record), key (seed)
        (0, 0, 0, 0, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
        (
            2**64 - 1,
            2**32 - 1,
            2**64 - 1,
            2**32 - 1,
            [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD],
        ),
        (
            0x299F31D0A4093822,
            0x85A308D3,
            0x0370734413198A2E,
            0x243F6A88,
            [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
        ),
    ],
)
def test_known_answers_of_philox(seed, stream, record, block, wanted):
    assert philox(seed, stream, record, block) == wanted
    words = np.empty((1, 4), np.uint32)
    _random.random_words(seed, stream, record, 4 * block, words)
    assert words[0].tolist() == wanted


@pytest.mark.parametrize("seed", [0, 1, 2**53, 2**64 - 1])
@pytest.mark.parametrize("first", [0, 5, 2**32 - 1])
def test_words_are_those_of_philox(seed: int, first: int) -> None:
    draws = Draws(seed, Stream.MOTIFS, first, 3)
    taken = np.concatenate([draws.words(m) for m in (1, 2, 3, 0, 4, 5, 40, 1)], axis=1)
    for n, row in enumerate(taken):
        assert row.tolist() == words_of(seed, Stream.MOTIFS, first + n, 56)


@pytest.mark.parametrize("length", [1, 3, 4, 15, 16, 17, 127, 129, 512, 513])
def test_equally_likely_letters_are_two_bits_of_the_words(length: int) -> None:
    found = simulated(3, length, rng=77).pack()
    for n, row in enumerate(found.to_codes()):
        words = np.array(words_of(77, Stream.LETTERS, n, -(-length // 16)), "<u4")
        bits = np.unpackbits(words.view(np.uint8)).reshape(-1, 2)
        assert row.tolist() == (2 * bits[:length, 0] + bits[:length, 1]).tolist()
    # what is behind the last letter is 0, so that equal sequences are equal rows
    assert np.array_equal(found.rows, fastmi.PackedSequences.from_codes(found.to_codes()).rows)


@pytest.mark.parametrize(("alphabet", "size"), [("dna", 4), ("protein", 20), ("01", 2)])
@pytest.mark.parametrize("length", [1, 7, 33, 4095, 4097])
def test_other_letters_are_thresholds_of_a_word_each(alphabet, size, length) -> None:
    shares = np.arange(1.0, size + 1) / (size * (size + 1) / 2)
    found = simulated(2, length, alphabet, frequencies=shares, rng=5).pack().to_codes()
    thresholds = np.rint(np.cumsum(shares)[:-1] * 2**31)
    for n, row in enumerate(found):
        numbers = np.array(words_of(5, Stream.LETTERS, n, length)) >> 1
        assert row.tolist() == np.searchsorted(thresholds, numbers, side="right").tolist()


FROZEN = {
    "dna": ["CTAAAACGTGGA", "ACAGACTAAACT", "TATTAACAATCA"],
    "rna": ["CUAAAACGUGGA", "ACAGACUAAACU", "UAUUAACAAUCA"],
    "protein": ["VVNRQVLQFNRW", "AGFKFWTILQLE"],
    "skewed": ["TTCTGTAGACTT", "AAAAATTAAGAA"],
    "chain": ["TACGTACGACGT", "ACGACGTACGAC", "TACGTACGTACG"],
}


def chain() -> Markov:
    """CG after C, never T before A; A or T after G."""
    table = [SKEWED, (0, 1, 0, 0), (0, 0, 1, 0), (0.5, 0, 0, 0.5), (1, 0, 0, 0)]
    table[0] = (0.25, 0.25, 0.25, 0.25)
    return Markov(DNA, 1, np.array(table, float))


@pytest.mark.parametrize("name", FROZEN)
def test_a_seed_keeps_its_meaning(name: str) -> None:
    frequencies = {"skewed": (0.5, 0.1, 0.1, 0.3), "chain": chain()}.get(name)
    alphabet = name if name in ("rna", "protein") else "dna"
    found = simulated(10**9, 12, alphabet, frequencies=frequencies)
    assert found[: len(FROZEN[name])].to_strings() == FROZEN[name]


def test_draws_keep_their_meaning() -> None:
    draws = Draws(1, Stream.PLACES, 0, 2)
    words = [[2202007772, 576493116, 590055603], [103692430, 2855946949, 1382529353]]
    assert draws.words(3).tolist() == words
    assert draws.below(1000).tolist() == [43, 243]
    assert draws.choices(np.array([0.5, 0.5]), 4).tolist() == [[1, 0, 0, 1], [1, 0, 1, 0]]


# ------------------------------------------------------------------------------------ draws


@pytest.mark.parametrize("bound", [1, 2, 3, 7, 10, 1000])
def test_below_is_uniform(bound: int) -> None:
    n = 20_000
    found = Draws(3, Stream.PLACES, 0, n).below(bound)
    chi_square(np.bincount(found, minlength=bound), np.full(bound, n / bound))


@pytest.mark.parametrize("bound", [2**31, 2**31 - 1, 3 * 2**29, 2**16 + 1])
def test_below_is_the_upper_part_of_an_exact_product(bound: int) -> None:
    words = Draws(4, Stream.PLACES, 9, 100).words(2).tolist()
    wanted = [((high << 32 | low) * bound) >> 64 for high, low in words]
    found = Draws(4, Stream.PLACES, 9, 100).below(bound)
    assert found.tolist() == wanted
    assert max(wanted) < bound


def test_bounds_may_differ_by_record() -> None:
    bounds = np.arange(1, 101)
    together = Draws(4, Stream.PLACES, 0, 100).below(bounds)
    assert (together < bounds).all()
    alone = [int(Draws(4, Stream.PLACES, n, 1).below(n + 1)[0]) for n in range(100)]
    assert together.tolist() == alone


def test_choices_have_their_probabilities() -> None:
    p = np.array([0.0, 0.2, 0.0, 0.5, 0.3, 0.0])
    found = Draws(8, Stream.DESIGN, 0, 10_000).choices(p, 3)
    assert found.shape == (10_000, 3)
    chi_square(np.stack([np.bincount(c, minlength=6) for c in found.T]), 10_000 * p)


def test_streams_and_records_have_nothing_in_common() -> None:
    words = [
        tuple(row)
        for seed in (0, 1, 2**32)
        for stream in Stream
        for row in Draws(seed, stream, 0, 50).words(4).tolist()
    ]
    assert len(set(words)) == len(words)


@SETTINGS
@given(st.lists(st.integers(0, 5), min_size=2, max_size=8).filter(any), st.integers(0, 2**31))
def test_what_has_probability_0_is_never_chosen(parts: list[int], number: int) -> None:
    p = np.array(parts) / sum(parts)
    (thresholds,) = thresholds_of(p[None])
    assert (np.diff(thresholds.astype(np.int64)) >= 0).all()
    for n in (0, min(number, 2**31 - 1), 2**31 - 1):
        assert p[np.searchsorted(thresholds, np.uint32(n), side="right")] > 0


# ----------------------------------------------------------------------- the distributions


@pytest.mark.parametrize(
    ("alphabet", "size"), [("dna", 4), ("rna", 4), ("protein", 20), ("ab", 2), ("xyz", 3)]
)
def test_letters_are_equally_likely_and_independent(alphabet: str, size: int) -> None:
    n = 40_000
    codes = simulated(n, 9, alphabet, rng=2).pack().to_codes().astype(int)
    chi_square(letter_counts(codes, size), np.full(size, n / size))
    for i, j in ((0, 1), (3, 4), (0, 8)):
        pairs = np.bincount(codes[:, i] * size + codes[:, j], minlength=size**2)
        chi_square(pairs, np.full(size**2, n / size**2))


@pytest.mark.parametrize(
    ("alphabet", "frequencies"),
    [
        ("dna", SKEWED),
        ("dna", (0.0, 0.5, 0.0, 0.5)),
        ("dna", (0.3, 0.7, 0.0, 0.0)),
        ("dna", (1.0, 0.0, 0.0, 0.0)),
        ("dna", (0.0, 0.0, 0.0, 1.0)),
        ("dna", {"T": 0.25, "A": 0.75}),
        ("xyz", (0.1, 0.0, 0.9)),
        ("protein", [0.0, 0.1] * 10),
        ("protein", np.array([1e-12, *[0.05] * 18, 0.1])),
    ],
)
def test_letters_have_their_frequencies(alphabet: str, frequencies: Any) -> None:
    n = 30_000
    letters = fastmi.get_alphabet(alphabet).letters
    codes = simulated(n, 5, alphabet, frequencies=frequencies).pack().to_codes()
    if isinstance(frequencies, dict):
        frequencies = [frequencies.get(letter, 0) for letter in letters]
    expected = n * np.array(frequencies, float)
    if (expected > 0).sum() == 1:
        assert (codes == expected.argmax()).all()
        return
    expected[expected < 1e-6] = 0  # once in many runs of this test
    chi_square(letter_counts(codes, len(letters)), expected)


def test_a_profile_has_frequencies_of_its_own_at_each_position() -> None:
    n = 30_000
    table = np.array([SKEWED, (0, 0, 1, 0), (0.5, 0, 0, 0.5), SKEWED[::-1]])
    codes = simulated(n, 4, frequencies=table).pack().to_codes()
    assert (codes[:, 1] == 2).all()
    chi_square(letter_counts(codes, 4)[[0, 2, 3]], n * table[[0, 2, 3]])
    again = profile(simulated(n, 4, frequencies=table))  # of what makes its sequences
    assert np.array_equal(again, letter_counts(codes, 4) / n)


def test_a_profile_of_sequences_counts_by_weights_and_without_missing_letters() -> None:
    s = fastmi.PackedSequences.from_strings(["AC", "CN", "AG"], unknown="skip")
    assert profile(s).tolist() == [[2 / 3, 1 / 3, 0, 0], [0, 0.5, 0.5, 0]]
    weighted = profile(s.with_weights([1, 1, 0.5]))
    np.testing.assert_allclose(weighted, [[0.6, 0.4, 0, 0], [0, 2 / 3, 1 / 3, 0]])
    empty = fastmi.PackedSequences.from_strings(["AN", "CN"], unknown="skip")
    with pytest.raises(fastmi.FastMIError, match=r"no sequence has a letter at position 1$"):
        profile(empty)


# ------------------------------------------------------------------------------ the chains


def contexts(codes: np.ndarray, at: int, m: int, size: int) -> np.ndarray:
    """The m letters before a position, as a number."""
    number = np.zeros(len(codes), int)
    for column in range(at - m, at):
        number = number * size + codes[:, column]
    return number


@pytest.mark.parametrize("alphabet", ["dna", "xyz"])
@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_each_letter_depends_on_those_before(order: int, alphabet: str) -> None:
    kind, n = fastmi.get_alphabet(alphabet), 60_000
    size = len(kind)
    rows = sum(size**m for m in range(order + 1))
    table = np.random.default_rng(7).dirichlet(np.ones(size), rows)
    table[1:, 0] = 0  # the first letter is never there but at the start
    table[1:] /= table[1:].sum(axis=1, keepdims=True)
    model = Markov(kind, order, table)
    codes = simulated(n, 7, alphabet, frequencies=model).pack().to_codes().astype(int)
    for at in range(7):
        m = min(at, order)
        first = sum(size**x for x in range(m))
        context = contexts(codes, at, m, size)
        counts = np.bincount(context * size + codes[:, at], minlength=size ** (m + 1))
        counts = counts.reshape(-1, size)
        wanted = counts.sum(axis=1, keepdims=True) * table[first : first + size**m]
        assert not counts[wanted == 0].any()
        enough = wanted.min(axis=1, where=wanted > 0, initial=np.inf) >= 5
        chi_square(counts[enough], wanted[enough])


def test_a_chain_of_order_0_is_frequencies() -> None:
    plain = simulated(50, 30, frequencies=SKEWED)
    same = simulated(50, 30, frequencies=Markov(DNA, 0, np.array([SKEWED])))
    assert plain.pack() == same.pack()


@pytest.mark.parametrize("order", [0, 1, 2, 3])
@pytest.mark.parametrize("weights", [None, "whole", "fractions"])
def test_a_chain_is_fitted_by_counting(order: int, weights: str | None) -> None:
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 4, (60, 8))
    numbers = {None: np.ones(60), "whole": rng.integers(0, 4, 60), "fractions": rng.random(60)}
    each = numbers[weights]
    data = fastmi.PackedSequences.from_codes(codes)
    data = data if weights is None else data.with_weights(each)
    found = markov(data, order, pseudocount=0.5)
    at = 0
    for m in range(order + 1):
        counts = np.full((4**m, 4), 0.5)
        for row, weight in zip(codes, each, strict=True):
            for start in range(8 - m):
                context = contexts(row[None], start + m, m, 4)[0]
                counts[context, row[start + m]] += weight
        wanted = counts / counts.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(found.probabilities[at : at + 4**m], wanted, rtol=1e-8)
        at += 4**m
    assert at == len(found.probabilities)


def test_contexts_that_never_occur_are_taken_shorter() -> None:
    found = markov(["AACAAC", "CAACAA"], 2)
    after = {c: found.probabilities[5 + n].tolist() for n, c in enumerate(DNA.kmers(2))}
    assert after["AA"] == [0, 1, 0, 0]
    assert after["CC"] == after["GC"] == found.probabilities[2].tolist() == [1, 0, 0, 0]
    assert after["AG"] == found.probabilities[3].tolist() == found.probabilities[0].tolist()
    drawn = simulated(200, 12, frequencies=found).pack().to_strings()
    assert set("".join(drawn)) == {"A", "C"}
    assert not any("AAA" in s or "CC" in s for s in drawn)


def test_a_chain_that_is_fitted_to_what_it_made_is_itself() -> None:
    source = simulated(30_000, 20, frequencies=chain())
    found = markov(source, 1)
    assert np.abs(found.probabilities[1:] - chain().probabilities[1:]).max() < 0.01


# ------------------------------------------------------------------------ blocks, any order


MODELS: dict[str, dict[str, Any]] = {
    "uniform": {},
    "protein": {"alphabet": "protein"},
    "frequencies": {"frequencies": SKEWED},
    "chain": {"frequencies": chain()},
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_blocks_slices_and_threads_give_the_same_bits(name: str, threads: int) -> None:
    n, options = 700, MODELS[name]
    whole = simulated(n, 21, **options, n_threads=1).pack()
    made = simulated(n, 21, **options, n_threads=threads)
    assert made.pack() == whole
    for edges in ([0, n], [0, 1, 2, 255, 256, 257, n], [0, 0, 333, 333, n]):
        blocks = [made.block(a, b) for a, b in itertools.pairwise(edges)][::-1]
        rows = np.concatenate([block.rows for block in blocks[::-1]])
        assert np.array_equal(rows, whole.rows)
    assert made[-3:].to_strings() == whole[-3:].to_strings()
    assert made[10:20] == whole[10:20]
    assert len(made[20:10]) == 0
    assert [made[0], made[-1], made[np.int64(5)]] == [whole[0], whole[n - 1], whole[5]]
    for rows in (1, 33, 700, 10**6):
        assert next(len(b) for b in blocks_of_source(made, rows)) == min(rows, n)
        assert sum(map(len, blocks_of_source(made, rows))) == n


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_draws_the_same() -> None:
    """No thread that draws outlives its drawing; a child would wait for it for ever."""
    source = simulated(20_000, 50, frequencies=SKEWED, n_threads=2)
    wanted = source.pack()
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        os._exit(0 if source.pack() == wanted else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_pieces_give_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = simulated(5000, 21, frequencies=chain()).pack()
    monkeypatch.setattr("fastmi.simulate.backgrounds._PIECE", 21 * 777)
    assert simulated(5000, 21, frequencies=chain(), n_threads=2).pack() == whole


def test_more_sequences_of_a_seed_begin_with_the_fewer() -> None:
    assert simulated(10, 30).pack() == simulated(10**15, 30).block(0, 10)


def test_a_record_far_out() -> None:
    found = simulated(2**61, 16, rng=9)[2**60 + 1]
    words = np.array(words_of(9, 0, 2**60 + 1, 1), "<u4")
    bits = np.unpackbits(words.view(np.uint8)).reshape(-1, 2)
    assert found == "".join("ACGT"[2 * a + b] for a, b in bits)


def test_seeds() -> None:
    assert simulated(9, 50, rng=1).pack() != simulated(9, 50, rng=2).pack()
    assert simulated(9, 50, rng=np.int64(1)).pack() == simulated(9, 50, rng=1).pack()
    assert simulated(9, 50, rng=2**32 + 1).pack() != simulated(9, 50, rng=1).pack()
    drawn = [simulated(9, 50, rng=np.random.default_rng(4)).pack() for _ in range(2)]
    assert drawn[0] == drawn[1]
    one = np.random.default_rng(4)
    assert simulated(9, 50, rng=one).pack() != simulated(9, 50, rng=one).pack()
    fresh = simulated(9, 50, rng=None)
    assert fresh.pack() == fresh.pack() != simulated(9, 50, rng=None).pack()
    assert simulated(9, 50, rng=fresh.about()["seed"]).pack() == fresh.pack()


def test_what_it_says_of_itself() -> None:
    made = simulated(10_000_000, 12, "rna", frequencies=SKEWED)
    assert repr(made) == "<random sequences: 10,000,000 x 12, rna, made when asked for>"
    assert made.about() == {
        "what": "random sequences",
        "n": 10_000_000,
        "length": 12,
        **made.alphabet.about(),
        "seed": 1,
        "order": 0,
        "frequencies": [list(SKEWED)],
    }
    long = np.tile(SKEWED, (5000, 1))
    told = [
        simulated(3, 5000, frequencies=f).about()["frequencies"] for f in (long, long[:, ::-1])
    ]
    assert told[0]["shape"] == [5000, 4]  # not 20,000 numbers in each file
    assert told[0]["sha256"] != told[1]["sha256"]


# -------------------------------------------------------------------------------- as sources


def test_packed_sequences_are_a_source() -> None:
    packed = simulated(10, 8).pack().with_scores(range(10))
    assert isinstance(packed, Source)
    assert isinstance(simulated(10, 8), Source)
    assert not isinstance(["ACGT"], Source)
    block = packed.block(3, 6)
    assert block == packed[3:6]
    assert np.shares_memory(block.rows, packed.rows)
    assert len(packed.block(10, 10)) == 0
    for start, stop in ((-1, 3), (3, 2), (0, 11)):
        for source in (packed, simulated(10, 8)):
            with pytest.raises(IndexError, match=r"there are 10 sequences, got -?\d+ to \d+"):
                source.block(start, stop)


class Doubled:
    """A source of somebody else's: each sequence of another one, twice."""

    def __init__(self, source: Any) -> None:
        self.source = source
        self.length, self.alphabet = source.length, source.alphabet

    def __len__(self) -> int:
        return 2 * len(self.source)

    def block(self, start: int, stop: int) -> fastmi.PackedSequences:
        some = self.source.block(start // 2, -(-stop // 2))
        return some[np.arange(start, stop) // 2 - start // 2]


@pytest.mark.parametrize("make", [lambda s: s, Doubled], ids=["simulated", "foreign"])
def test_functions_of_sequences_take_sources(make: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("fastmi.sources._BLOCK_LETTERS", 1200)  # many blocks
    source = make(simulated(1000, 12))
    packed = source.block(0, len(source))
    n = len(packed)

    def same(call: Any) -> None:
        np.testing.assert_array_equal(call(source), call(packed))

    same(lambda s: fastmi.pairwise_mi(s, 2).matrix)
    same(lambda s: fastmi.pairwise_mi(s, 2, weights=np.arange(n) % 3).matrix)
    same(lambda s: fastmi.pairwise_distance(s, 1, measure="HE").matrix)
    same(lambda s: fastmi.sequence_weights(s, 0.9))
    same(lambda s: markov(s, 1).probabilities)
    same(profile)

    def counts(s: Any, **options: Any) -> np.ndarray:
        made = fastmi.JointCounts(12, 1)
        made.add(s, **options)
        assert made.n_sequences == n
        return made._tables

    same(counts)
    same(lambda s: counts(s, weights=np.arange(n) % 3))
    assert fastmi.io.as_sequences(source) == packed


@pytest.mark.parametrize("limit", ["4GB", "1MB"])
@pytest.mark.parametrize(("k", "how"), [(1, "counted as they came"), (3, "temporary file")])
def test_a_source_is_never_whole_in_memory(limit, k, how, monkeypatch) -> None:
    monkeypatch.setattr("fastmi._streams._LEAST", 300_000)
    monkeypatch.setattr("fastmi.sources._BLOCK_LETTERS", 40_000)
    source = simulated(20_000, 40)  # 200 kB packed
    found = fastmi.pairwise_mi(source, k, memory_limit=limit)
    assert ("in memory" if limit == "4GB" else how) in found.provenance["held"]
    wanted = fastmi.pairwise_mi(source.pack(), k)
    np.testing.assert_array_equal(found.matrix, wanted.matrix)


def test_about_is_other_words_for_other_sequences() -> None:
    def described(*strings: str) -> dict[str, Any]:
        return about_source(fastmi.PackedSequences.from_strings(strings, unknown="skip"))

    one = described("ACGT", "TTGA")
    assert one == described("ACGT", "TTGA")
    others = [described("ACGT", "TTGC"), described("ACGT"), described("ACGT", "TTGN")]
    assert one not in others
    assert about_source(Doubled(simulated(5, 8))) != about_source(
        Doubled(simulated(5, 8, rng=2))
    )
    packed = simulated(5, 8).pack()
    assert about_source(Doubled(packed)) == about_source(packed[np.repeat(np.arange(5), 2)])


def test_wrong_uses_of_sources() -> None:
    source = simulated(10, 12)
    with pytest.raises(ValueError, match="the sequences are over 'dna', not 'rna'"):
        fastmi.pairwise_mi(source, 1, alphabet="rna")
    with pytest.raises(ValueError, match="column= and weights= are for files"):
        fastmi.pairwise_mi(source, 1, column=1)
    with pytest.raises(fastmi.FastMIError, match="there are no sequences"):
        fastmi.pairwise_mi(simulated(0, 12), 1)
    with pytest.raises(fastmi.FastMIError, match="the sequences have length 12, the counts 8"):
        fastmi.JointCounts(8, 1).add(source)


# ----------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("args", "options", "message"),
    [
        ((-1, 5), {}, "n must be a whole number from 0 up, got -1"),
        ((2**62, 5), {}, "n must be a whole number from 0 up"),
        ((5, 0), {}, "length must be between 1 and 1,048,576, got 0"),
        ((5, 2**20 + 1), {}, "length must be between 1 and 1,048,576, got 1048577"),
        ((5, 5), {"rng": -1}, r"a seed is between 0 and 2\^64 - 1, got -1"),
        ((5, 5), {"rng": 2**64}, "a seed is between 0 and"),
        ((5, 5), {"frequencies": [0.3] * 4}, "frequencies must add to 1, got 1.2"),
        ((5, 5), {"frequencies": [0.25] * 3}, r"must have shape \(4,\), got \(3,\)"),
        ((5, 5), {"frequencies": 1.0}, r"must have shape \(4,\), got \(\)"),
        ((5, 5), {"frequencies": [SKEWED] * 4}, r"must have shape \(5, 4\), got \(4, 4\)"),
        ((5, 1), {"frequencies": [[0.1] * 4]}, "must add to 1, got 0.4 at position 0"),
        ((5, 5), {"frequencies": [np.nan, 0.5, 0.5, 0]}, "must be finite numbers from 0 up"),
        ((5, 5), {"frequencies": [np.inf, 0, 0, 0]}, "must be finite numbers from 0 up"),
        ((5, 5), {"frequencies": [-0.5, 0.5, 0.5, 0.5]}, "must be finite numbers from 0 up"),
        ((5, 5), {"frequencies": {"A": 0.5, "U": 0.5}}, "'U' is no letter of 'ACGT'"),
        ((5, 5), {"frequencies": {"A": 1.0, "CG": 7}}, "'CG' is no letter of 'ACGT'"),
        ((5, 5), {"frequencies": {"A": 1.0, "": 7}}, "'' is no letter of 'ACGT'"),
        ((5, 5), {"frequencies": {0: 1.0}}, "0 is no letter of 'ACGT'"),
        ((5, 5, "rna"), {"frequencies": chain()}, "chain is over 'ACGT', the sequences over"),
        (
            (5, 5),
            {"frequencies": Markov(DNA, 9, np.full((1, 4), 0.25))},
            "order must be at most 8 for 4 letters, got 9",
        ),
        (
            (5, 5),
            {"frequencies": Markov(DNA, -1, np.full((1, 4), 0.25))},
            "order must be a whole number from 0 up",
        ),
        (
            (5, 5),
            {"frequencies": Markov(DNA, 1, np.full((4, 4), 0.25))},
            r"probabilities must have shape \(5, 4\), got \(4, 4\)",
        ),
    ],
)
def test_wrong_values_say_what_is_allowed(args: Any, options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        simulated(*args, **options)


@pytest.mark.parametrize(
    ("args", "options", "message"),
    [
        ((5.0, 5), {}, "n must be a whole number, got 5.0"),
        ((5, "5"), {}, "length must be a whole number, got '5'"),
        ((True, 5), {}, "n must be a whole number, got True"),
        ((5, 5), {"rng": 1.0}, "rng is a whole number, a numpy Generator or None, got 1.0"),
        ((5, 5), {"rng": True}, "rng is a whole number"),
        ((5, 5), {"rng": np.random.RandomState(1)}, "rng is a whole number"),
        ((5, 5), {"frequencies": "uniform"}, "frequencies must be numbers, got 'uniform'"),
        ((5, 5), {"frequencies": {"A": "all"}}, "frequencies must be numbers"),
        ((5, 5), {"frequencies": [[0.25] * 4, [1.0]]}, "frequencies must be numbers"),
    ],
)
def test_wrong_types_say_what_is_allowed(args: Any, options: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        simulated(*args, **options)


def test_wrong_indices() -> None:
    made = simulated(10, 5)
    for n in (10, -11, 2**70):
        with pytest.raises(IndexError, match=f"there are 10 sequences, got index {n}"):
            made[n]
    for step in (2, -1):
        with pytest.raises(ValueError, match=f"has step 1, got {step}"):
            made[::step]
    for odd in (1.0, "1", None, [1, 2]):
        with pytest.raises(TypeError):
            made[odd]


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (["ACG", "ACT"], {"order": 3}, "order must be below the length of the sequences, 3"),
        (["ACG", "ACT"], {"order": -1}, "order must be a whole number from 0 up, got -1"),
        (["ACGTACGT"], {"order": 6}, "k must be"),
        (["01" * 6], {"order": 9, "alphabet": "01"}, "order must be at most 8 for 2 letters"),
        (["ACG", "ACT"], {"pseudocount": -1}, "pseudocount must be a number from 0 up, got -1"),
        (["ACG", "ACT"], {"pseudocount": float("nan")}, "pseudocount must be a number from 0"),
        (["ACG", "ACT"], {"pseudocount": float("inf")}, "pseudocount must be a number from 0"),
    ],
)
def test_chains_that_cannot_be_fitted(data: Any, options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        markov(data, **options)


def test_seeds_of_generators_fit_other_programs() -> None:
    seeds = {resolve_seed(None) for _ in range(20)}
    assert len(seeds) == 20
    assert all(int(float(seed)) == seed for seed in seeds)
