"""Sequences chosen by their scores while these come in: the same as if all had been sorted."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fastmi
from fastmi._choosing import Chooser, Chosen, chosen_records
from fastmi.selection import parse_selection
from fastmi.simulate import random

SETTINGS = settings(deadline=None, derandomize=True, database=None, max_examples=300)
ROW_BYTES, MUCH = 5, 1 << 30

SOME = st.sampled_from([0.0, -0.0, 1.0, 1.5, -2.0, 5e-324, -5e-324, 1e308, -1e308])
SCORES = st.lists(
    SOME | st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=60
)
SHARES = st.integers(0, 100).map(lambda n: n / 100)
WORDS = st.one_of(
    st.just("all"),
    st.builds("{} {!r}".format, st.sampled_from([">", ">=", "<", "<="]), SOME),
    st.builds("{} {}".format, st.sampled_from(["top", "bottom"]), st.integers(1, 70)),
    st.builds("{} {}%".format, st.sampled_from(["top", "bottom"]), st.integers(1, 100)),
    st.tuples(SHARES, SHARES)
    .filter(lambda band: band[0] < band[1])
    .map(lambda band: f"quantiles {band[0]} to {band[1]}"),
)


def by_sorting(words: str, scores: np.ndarray) -> list[int]:
    """The records that a selection takes, by sorting all: an equal score earlier is higher."""
    selection, n = parse_selection(words), len(scores)
    if not selection.by_rank:
        return np.flatnonzero(selection.takes(scores)).tolist()
    low, high = selection.ranks(n)
    lowest_first = sorted(range(n), key=lambda r: (scores[r], -r))
    return sorted(lowest_first[low:high])


def choose(
    words: str, scores: np.ndarray, edges: Any = None, limit: int = MUCH, **columns: Any
) -> Chosen:
    """Offer the sequences block by block."""
    n = len(scores)
    sequences = random(n, 20, rng=3).pack()
    sequences = sequences.with_weights(columns.get("weights"))
    chooser = Chooser(parse_selection(words), n, ROW_BYTES, limit)
    for start, stop in itertools.pairwise(edges or [0, n]):
        chooser.offer(sequences.block(start, stop), scores[start:stop], start)
    return chooser.finish()


def check(chosen: Chosen, words: str, scores: np.ndarray) -> None:
    wanted = by_sorting(words, scores)
    assert chosen.records.tolist() == wanted
    assert chosen.records.dtype == np.int64
    np.testing.assert_array_equal(chosen_records(parse_selection(words), scores), wanted)
    assert chosen.sequences.scores is not None
    np.testing.assert_array_equal(chosen.sequences.scores, scores[wanted])
    assert (
        chosen.sequences.to_strings()
        == random(len(scores), 20, rng=3).pack()[wanted or slice(0)].to_strings()
    )


@SETTINGS
@given(WORDS, SCORES, st.sets(st.integers(1, 59), max_size=8))
def test_the_same_as_sorting_all(words: str, scores: list[float], cuts: set[int]) -> None:
    values, n = np.array(scores), len(scores)
    selection = parse_selection(words)
    edges = [0, *sorted(c for c in cuts if c < n), n]
    if selection.by_rank and len(set(selection.ranks(n))) < 2:
        with pytest.raises(fastmi.FastMIError, match=f"{selection} of {n} sequences is less"):
            choose(words, values, edges)
        with pytest.raises(fastmi.FastMIError, match=f"{selection} of {n} sequences is less"):
            chosen_records(selection, values)
        return
    check(choose(words, values, edges), words, values)


@SETTINGS
@given(SCORES, st.lists(st.integers(1, 99), min_size=0, max_size=5, unique=True))
def test_bands_are_disjoint_and_complete(scores: list[float], cuts: list[int]) -> None:
    values, n = np.array(scores), len(scores)
    shares = [0, *sorted(cuts), 100]
    taken: list[int] = []
    for low, high in itertools.pairwise(shares):
        words = f"quantiles {low / 100} to {high / 100}"
        a, b = parse_selection(words).ranks(n)
        if a < b:
            taken += choose(words, values).records.tolist()
    assert sorted(taken) == list(range(n))


@pytest.mark.parametrize("percent", [1, 10, 25, 50, 99])
def test_the_top_and_what_is_below_it_are_all(percent: int, rng: np.random.Generator) -> None:
    scores = rng.integers(0, 5, 1234).astype(float)  # many ties
    top = choose(f"top {percent}%", scores, [0, 100, 1234]).records
    rest = choose(f"quantiles 0 to {1 - percent / 100:.2f}", scores, [0, 700, 1234]).records
    bottom = choose(f"bottom {100 - percent}%", scores).records
    assert sorted([*top, *rest]) == list(range(1234))
    assert set(rest) <= set(bottom)  # of which halves are rounded up, too
    assert len(bottom) - len(rest) == (percent == 25)


@pytest.mark.parametrize(
    "words", ["top 10%", "bottom 10%", "top 700", "quantiles 0.4 to 0.5", "> 0", "<= -1", "all"]
)
@pytest.mark.parametrize("order", ["random", "rising", "falling", "equal"])
def test_many_blocks(words: str, order: str, rng: np.random.Generator) -> None:
    scores = rng.normal(size=5000)
    scores = {"random": scores, "rising": np.sort(scores), "falling": -np.sort(scores)}.get(
        order, np.zeros(5000)
    )
    if not (words[0] in "<>" and order == "equal"):
        check(choose(words, scores, list(range(0, 5001, 40))), words, scores)


def test_equal_scores_go_by_record() -> None:
    zeros = np.array([0.0, -0.0] * 5)  # equal, too
    assert choose("top 3", zeros).records.tolist() == [0, 1, 2]
    assert choose("bottom 3", zeros).records.tolist() == [7, 8, 9]
    assert choose("quantiles 0.5 to 0.7", zeros).records.tolist() == [3, 4]


def test_nothing_beyond_a_threshold_is_nothing() -> None:
    chosen = choose("> 5", np.zeros(10), [0, 3, 10])
    assert len(chosen.records) == len(chosen.sequences) == 0


def test_more_than_there_are_are_all() -> None:
    assert choose("top 100", np.arange(5.0)).records.tolist() == [0, 1, 2, 3, 4]


def test_weights_and_missing_letters_stay_with_their_sequences() -> None:
    strings = ["ACGT", "ANGT", "CCCC", "GGNN", "TTTT", "ACNT"]
    sequences = fastmi.PackedSequences.from_strings(strings, unknown="skip")
    sequences = sequences.with_weights(range(6))
    scores = np.array([3.0, 5.0, 1.0, 4.0, 0.0, 2.0])
    for words, wanted in (("top 3", [0, 1, 3]), (">= 2", [0, 1, 3, 5]), ("all", range(6))):
        chooser = Chooser(parse_selection(words), 6, 1, MUCH)
        for n in range(6):
            chooser.offer(sequences.block(n, n + 1), scores[n : n + 1], n)
        chosen = chooser.finish()
        assert chosen.sequences.to_strings() == [strings[n] for n in wanted]
        assert chosen.sequences.weights is not None
        assert chosen.sequences.weights.tolist() == list(wanted)


# ------------------------------------------------------------------------------------ memory


@pytest.mark.parametrize("words", ["top 500", "bottom 50%", "quantiles 0.4 to 0.6"])
def test_ranks_that_would_hold_too_much_are_refused(words: str) -> None:
    with pytest.raises(
        ValueError, match=r"would hold [\d,]+ bytes, more than memory_limit=1,000"
    ):
        choose(words, np.zeros(1000), limit=1000)


def test_a_band_is_held_from_its_nearer_end() -> None:
    for words in ("quantiles 0.98 to 0.99", "quantiles 0.01 to 0.02", "top 2%", "bottom 2%"):
        limit = 2 * 20 * (ROW_BYTES + 24)
        check(choose(words, np.arange(1000.0), limit=limit), words, np.arange(1000.0))
        with pytest.raises(ValueError, match="memory_limit"):
            choose(words, np.arange(1000.0), limit=limit - 1)


@pytest.mark.parametrize("words", ["> 0", "all"])
def test_what_is_beyond_a_threshold_goes_to_a_file(
    words: str, rng: np.random.Generator
) -> None:
    scores = rng.normal(size=3000)
    chooser = Chooser(parse_selection(words), 3000, ROW_BYTES, 5_000)
    sequences = random(3000, 20, rng=3).pack().with_weights(np.arange(3000))
    for start in range(0, 3000, 100):
        chooser.offer(sequences.block(start, start + 100), scores[start : start + 100], start)
    assert chooser._gathered.on_disk
    chosen = chooser.finish()
    check(chosen, words, scores)
    assert chosen.sequences.weights is not None
    np.testing.assert_array_equal(chosen.sequences.weights, chosen.records)
    assert fastmi.pairwise_mi(chosen.sequences, 1).n_sequences == len(chosen.records)


def test_few_are_kept_of_many(rng: np.random.Generator) -> None:
    """Never more than twice what is wanted, and a block."""
    scores = rng.normal(size=20_000)
    sequences = random(20_000, 20, rng=3).pack()
    chooser, most = Chooser(parse_selection("top 50"), 20_000, ROW_BYTES, MUCH), 0
    for start in range(0, 20_000, 25):
        chooser.offer(sequences.block(start, start + 25), scores[start : start + 25], start)
        most = max(most, chooser._gathered.n_bytes // (ROW_BYTES + 8))
    assert most <= 100 + 25
    check(chooser.finish(), "top 50", scores)
