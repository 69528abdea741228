"""Score bins: a selection is what counting the selected sequences alone gives, bit for bit.

The oracle picks the sequences by their scores and counts them with ``JointCounts``.  It holds
for any edges, blocks, merges, weights and missing letters; what a selection says of itself
(rule, number, exactness) is held against the scores; then errors, memory, and files.
"""

from __future__ import annotations

import json
import pickle
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fastmi
from fastmi import FastMIError, FastMIWarning, JointCounts, PackedSequences, ScoreBins, _waiting
from fastmi._archive import Archive
from fastmi._files import write_arrays
from fastmi.selection import parse_selection

SETTINGS = settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=150,
    suppress_health_check=list(HealthCheck),
)
LENGTH, K = 5, 1
HOWS: dict[str, Callable[..., Any]] = {
    ">": np.greater,
    ">=": np.greater_equal,
    "<": np.less,
    "<=": np.less_equal,
}


def sample(
    n: int = 400, missing: float = 0.0, weights: str = "none", seed: int = 7, ties: bool = False
) -> PackedSequences:
    """Random sequences with scores and, where asked for, weights."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (n, LENGTH), dtype=np.uint8)
    codes[rng.random(codes.shape) < missing] = 255
    scores = rng.normal(size=n)
    packed = PackedSequences.from_codes(codes, unknown="skip")
    packed = packed.with_scores(np.round(scores) if ties else scores)
    if weights == "none":
        return packed
    return packed.with_weights(rng.integers(0, 9, n) / (1 if weights == "whole" else 7))


def bins_of(packed: PackedSequences, edges: Any, **options: Any) -> ScoreBins:
    bins = ScoreBins(LENGTH, K, edges=edges, **options)
    bins.add(packed, unknown="skip")
    return bins


def assert_same(found: JointCounts, packed: PackedSequences) -> None:
    """The counts are those of these sequences."""
    wanted = JointCounts(LENGTH, K, weighted=found.weighted)
    wanted.add(packed, unknown="skip")
    np.testing.assert_array_equal(found._tables, wanted._tables)
    np.testing.assert_array_equal(found.kmer_counts(), wanted.kmer_counts())
    assert found.n_effective == wanted.n_effective
    assert (found.n_sequences, found.n_unknown) == (len(packed), wanted.n_unknown)
    assert found.n_dropped == 0


def quiet(bins: ScoreBins, what: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FastMIWarning)
        return bins.select(what)


def taken_by(rule: str, scores: np.ndarray) -> np.ndarray:
    """Which scores a rule takes."""
    if rule == "all":
        return np.ones(len(scores), bool)
    how, threshold = rule.split(" ")
    return np.asarray(HOWS[how](scores, float(threshold)))


def check_selection(bins: ScoreBins, packed: PackedSequences, what: str) -> Any:
    """What the selection says is true of the scores, and its counts are of those sequences."""
    scores, chosen = packed.scores, quiet(bins, what)
    assert scores is not None
    rows = taken_by(chosen.rule, scores)
    assert chosen.n_sequences == rows.sum() > 0
    assert chosen.share == rows.sum() / len(scores)
    assert [type(v) for v in (chosen.n_sequences, chosen.share, chosen.exact)] == [
        int,
        float,
        bool,
    ]
    asked = parse_selection(what)
    if asked.threshold is not None:
        assert chosen.exact == np.array_equal(rows, HOWS[asked.how](scores, asked.threshold))
    else:
        assert chosen.exact == (rows.sum() == asked.wanted(len(scores)))
    if chosen.rule != "all":
        assert chosen.threshold in bins.edges
        assert chosen.rule.endswith(f" {chosen.threshold}")
    assert_same(chosen.counts, packed[rows])
    return chosen


# --------------------------------------------------------------------- bit for bit the subset


@pytest.mark.parametrize("weights", ["none", "whole", "fractions"])
@pytest.mark.parametrize("missing", [0.0, 0.1])
@pytest.mark.parametrize("block", [1, 7, 400])
def test_every_edge_splits_exactly(block, missing, weights, monkeypatch):
    monkeypatch.setattr(_waiting, "MOST_ROWS", 50)
    packed = sample(120, missing, weights, ties=True)
    edges = [-1.5, -1.0, 0.0, 0.25, 1.0, 9.0]
    bins = ScoreBins(LENGTH, K, edges=edges, weighted=weights == "fractions")
    for start in range(0, len(packed), block):
        bins.add(packed[start : start + block], unknown="skip")
    for edge in edges:
        for how in (">", "<="):
            if taken_by(f"{how} {edge}", packed.scores).any():
                assert check_selection(bins, packed, f"{how} {edge}").exact
            else:
                with pytest.raises(FastMIError, match="no sequence has a score > 9"):
                    bins.select(f"{how} {edge}")


SCORES = st.one_of(
    st.integers(-3, 3).map(float),
    st.floats(-1e3, 1e3, width=32),
    st.floats(allow_nan=False, allow_infinity=False),
)
WORDS = st.one_of(
    st.builds("{} {!r}".format, st.sampled_from(list(HOWS)), SCORES),
    st.builds("{} {}".format, st.sampled_from(["top", "bottom"]), st.integers(1, 40)),
    st.builds("{} {}%".format, st.sampled_from(["top", "bottom"]), st.integers(1, 100)),
)


@st.composite
def scored(draw: st.DrawFn) -> PackedSequences:
    """A few sequences whose scores often are alike."""
    scores = draw(st.lists(SCORES, min_size=1, max_size=30))
    kind = draw(st.sampled_from(["none", "whole", "fractions"]))
    packed = sample(
        len(scores), draw(st.sampled_from([0, 0.1])), kind, draw(st.integers(0, 99))
    )
    return packed.with_scores(scores)


@SETTINGS
@given(
    scored(), st.lists(SCORES, max_size=6), st.lists(WORDS, min_size=1, max_size=6), st.data()
)
def test_any_selection_of_any_bins(packed, edges, words, data):
    edges = sorted({*edges, *packed.scores[:2].tolist()} - {-0.0} | {0.0})
    wide = any(w % 1 for w in (packed.weights if packed.weights is not None else []))
    parts = [ScoreBins(LENGTH, K, edges=edges, weighted=wide) for _ in range(2)]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(packed)), max_size=4)))
    for n, (start, stop) in enumerate(zip([0, *cuts], [*cuts, len(packed)], strict=True)):
        parts[n % 2].add(packed[start:stop], unknown="skip", n_threads=1)
    if data.draw(st.booleans()):
        parts.reverse()
    parts[0].merge(parts[1])
    bins = parts[0]
    assert bins.n_sequences == len(packed)
    assert bins.n_effective == (None if packed.weights is None else bins._total * bins._unit)
    for what in words:
        asked = parse_selection(what)
        wanted = (
            HOWS[asked.how](packed.scores, asked.threshold).any()
            if asked.threshold is not None
            else asked.wanted(len(packed)) > 0
        )
        if wanted:
            check_selection(bins, packed, what)
        else:
            with pytest.raises(FastMIError, match=r"no sequence has a score|is less than one"):
                bins.select(what)


@SETTINGS
@given(scored(), WORDS)
def test_no_edge_is_nearer(packed, what):
    """By brute force over all edges: nothing that takes a sequence is nearer."""
    edges = np.unique(packed.scores)[::2] + 0.0
    bins = bins_of(packed.with_weights(None), edges)
    asked, n = parse_selection(what), len(packed)
    try:
        chosen = quiet(bins, what)
    except FastMIError:
        return
    rules = ["all", *(f"{'>' if asked.high else '<='} {e}" for e in edges.tolist())]
    numbers = {rule: int(taken_by(rule, packed.scores).sum()) for rule in rules}
    if asked.threshold is None:
        best = min(abs(m - asked.wanted(n)) for m in numbers.values() if m)
        assert abs(chosen.n_sequences - asked.wanted(n)) == best
    elif not chosen.exact:
        off = [abs(float(r.split()[1]) - asked.threshold) for r in rules[1:] if numbers[r]]
        assert chosen.rule == "all" or abs(chosen.threshold - asked.threshold) == min(off)


def test_rows_that_wait_do_not_show(monkeypatch):
    packed = sample(300, 0.05, "whole")
    waiting = bins_of(packed, [0.0, 1.0])
    assert waiting._waiting.n_rows == 300
    monkeypatch.setattr(_waiting, "MOST_ROWS", 10)
    flushed = bins_of(packed, [0.0, 1.0])
    assert flushed._waiting.n_rows <= 10
    monkeypatch.undo()
    monkeypatch.setattr(_waiting, "MOST_BYTES", 300)
    small = bins_of(packed, [0.0, 1.0])
    assert small._waiting.n_bytes <= 300
    for bins in (waiting, flushed, small):
        assert bins.n_in_bins.sum() == bins.n_sequences == 300
        assert bins.n_effective == packed.n_effective
        check_selection(bins, packed, "> 0.0")
        assert (bins._waiting.n_rows, bins._waiting.n_bytes) == (0, 0)


@pytest.mark.parametrize("edges", [[0.0], [-99.0]], ids=["sorted", "in order as they are"])
def test_what_waits_is_a_copy(edges):
    packed = sample(50)
    bins = bins_of(packed, edges)
    packed.rows[:] = 0
    check_selection(bins, sample(50), f"> {edges[0]}")


def test_blocks_with_and_without_weights_and_masks():
    plain, holes, weighted = sample(60), sample(60, 0.2, seed=8), sample(60, 0.2, "whole", 9)
    bins = ScoreBins(LENGTH, K, edges=[0.0])
    wanted = JointCounts(LENGTH, K)
    for part in (plain, weighted, holes, weighted, plain):
        bins.add(part, unknown="skip")
        wanted.add(part[part.scores > 0], unknown="skip")
    found = bins.select("> 0").counts
    np.testing.assert_array_equal(found._tables, wanted._tables)
    assert found.n_effective == wanted.n_effective
    assert found.n_unknown == wanted.n_unknown


def test_dropped_sequences_do_not_count(tmp_path):
    path = tmp_path / "t.tsv"
    path.write_text(
        "".join(
            f"{s}\t{x}\n"
            for s, x in zip(["ACG", "ANG", "TTT", "GGG", "NNN"], [1, 9, 2, 3, 8], strict=True)
        )
    )
    for data, options in (
        (path, {"column": 1, "scores": 2}),
        (["ACG", "ANG", "TTT", "GGG", "NNN"], {"scores": [1, 9, 2, 3, 8]}),
    ):
        bins = ScoreBins(3, 1, edges=[1, 2, 3, 8])
        bins.add(data, unknown="drop", **options)
        assert bins.n_in_bins.tolist() == [1, 1, 1, 0, 0]
        assert (bins.n_sequences, bins.n_dropped) == (3, 2)
        chosen = bins.select("top 33%")
        assert (chosen.rule, chosen.n_sequences, chosen.exact) == ("> 2.0", 1, True)
        assert chosen.counts.n_dropped == 0


def test_mi_of_a_selection_is_that_of_its_sequences():
    packed = sample(2000)
    chosen = bins_of(packed, ScoreBins.edges_from(packed.scores)).select("top 10%")
    wanted = fastmi.pairwise_mi(packed[packed.scores > chosen.threshold], K)
    assert np.array_equal(chosen.counts.mi().matrix, wanted.matrix, equal_nan=True)
    assert chosen.counts.mi().n_sequences == 200


# ----------------------------------------------------------------- what a selection says


def rule(bins: ScoreBins, what: str) -> tuple[str, int, bool]:
    chosen = quiet(bins, what)
    assert chosen.asked == str(parse_selection(what))
    return chosen.rule, chosen.n_sequences, chosen.exact


@pytest.fixture
def ten() -> ScoreBins:
    """Scores 0, 1 ... 9 in bins that end at 1, 4 and 6."""
    return bins_of(sample(10).with_scores(range(10)), [1, 4, 6])


@pytest.mark.parametrize(
    ("what", "wanted"),
    [
        ("> 4", ("> 4.0", 5, True)),
        ("<= 4", ("<= 4.0", 5, True)),
        ("> 4.5", ("> 4.0", 5, True)),  # no score lies between
        (">= 5", ("> 4.0", 5, True)),
        (">= 4.5", ("> 4.0", 5, True)),
        ("< 5", ("<= 4.0", 5, True)),
        (">= 4", ("> 4.0", 5, False)),  # the score 4 is in the bin below
        ("< 4", ("<= 4.0", 5, False)),
        ("> 3", ("> 4.0", 5, False)),
        ("> 2.5", ("> 4.0", 5, False)),  # as near to 1: fewer
        ("<= 2.5", ("<= 1.0", 2, False)),
        ("> 2.4", ("> 1.0", 8, False)),
        ("> 8", ("> 6.0", 3, False)),
        ("> -5", ("all", 10, True)),
        ("> 0", ("> 1.0", 8, False)),
        (">= 0", ("all", 10, True)),
        ("<= 9", ("all", 10, True)),
        ("< 100", ("all", 10, True)),
        ("top 3", ("> 6.0", 3, True)),
        ("top 30%", ("> 6.0", 3, True)),
        ("top 1", ("> 6.0", 3, False)),
        ("top 4", ("> 6.0", 3, False)),  # as near to 5: fewer
        ("top 9", ("> 1.0", 8, False)),  # as near to 10: fewer
        ("top 95%", ("all", 10, True)),
        ("top 100%", ("all", 10, True)),
        ("top 11", ("all", 10, False)),
        ("bottom 2", ("<= 1.0", 2, True)),
        ("bottom 1%", None),
        ("bottom 6%", ("<= 1.0", 2, False)),
        ("bottom 80%", ("<= 6.0", 7, False)),
        ("bottom 90%", ("all", 10, False)),
        ("bottom 500", ("all", 10, False)),
    ],
)
def test_rules(ten, what, wanted):
    if wanted is None:
        with pytest.raises(FastMIError, match="bottom 1% of 10 sequences is less than one"):
            ten.select(what)
        return
    assert rule(ten, what) == wanted


def test_a_rule_is_a_selection_that_gives_the_same(ten):
    for what in ("> 4", "top 3", "bottom 4", "< 4"):
        first = quiet(ten, what)
        again = ten.select(first.rule)
        assert (again.rule, again.n_sequences, again.exact) == (
            first.rule,
            first.n_sequences,
            True,
        )


@pytest.mark.parametrize("what", ["top 4", "> 3", ">= 4", "bottom 11"])
def test_what_is_rounded_is_said(ten, what):
    with pytest.warns(FastMIWarning, match=f"asked for {re.escape(what)}.*, and the bins give"):
        chosen = ten.select(what)
    assert not chosen.exact


@pytest.mark.parametrize("what", ["> 4", "top 3", "> 5e-1", ">= 0", "bottom 100%"])
def test_what_is_exact_warns_of_nothing(ten, what):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if what == "> 5e-1":
            with pytest.raises(FastMIWarning, match="8 of 10 sequences, 80"):
                ten.select(what)
        else:
            assert ten.select(what).exact


@pytest.mark.parametrize("what", ["> 9", ">= 9.5", "< 0", "<= -1"])
def test_nothing_is_selected(ten, what):
    with pytest.raises(
        FastMIError, match=r"^no sequence has a score [<>].*; they go from 0\.0 to 9\.0$"
    ):
        ten.select(what)


def test_equal_scores_are_taken_together():
    bins = bins_of(sample(10).with_scores([0] * 9 + [1]), [0])
    assert rule(bins, "top 10%") == ("> 0.0", 1, True)
    assert rule(bins, "top 5") == ("> 0.0", 1, False)
    assert rule(bins, "bottom 10%") == ("<= 0.0", 9, False)
    assert rule(bins_of(sample(10).with_scores([3] * 10), []), "top 1") == ("all", 10, False)
    assert rule(bins, ">= 1") == ("> 0.0", 1, True)


def test_empty_bins_have_no_tables_and_no_say():
    bins = bins_of(sample(4).with_scores([-5, -5, 5, 5]), [-4, -3, 0, 3, 4, 9])
    assert bins.n_in_bins.tolist() == [2, 0, 0, 0, 0, 2, 0]
    assert rule(bins, "> 0.1") == ("> 0.0", 2, True)  # of all that are exact, the nearest
    assert rule(bins, "top 2") == ("> 4.0", 2, True)
    assert rule(bins, "bottom 2") == ("<= -4.0", 2, True)
    assert [part is None for part in bins._bins] == [False, True, True, True, True, False, True]


def test_the_selected_counts_are_a_copy(ten):
    first = ten.select("> 4").counts
    first.add(sample(10))
    assert ten.select("> 4").n_sequences == ten.select("> 4").counts.n_sequences == 5


def test_a_selection_cannot_be_changed(ten):
    with pytest.raises(AttributeError):
        ten.select("> 4").rule = "> 5"


@pytest.mark.parametrize(("what", "error"), [("best", ValueError), (0.9, TypeError)])
def test_what_is_no_selection(ten, what, error):
    with pytest.raises(error, match="a selection is "):
        ten.select(what)


def test_a_parsed_selection_is_taken_too(ten):
    assert ten.select(parse_selection("top 3")).n_sequences == 3


def test_nothing_to_select_from():
    bins = ScoreBins(LENGTH, K, edges=[0])
    with pytest.raises(FastMIError, match="there are no sequences to select from"):
        bins.select("top 1%")
    bins.add(sample(5)[:0])
    with pytest.raises(FastMIError, match="there are no sequences to select from"):
        bins.select("> 0")


# ---------------------------------------------------------------------------------- edges


def test_edges_of_a_sample_are_exact_for_what_people_ask(rng):
    scores = rng.permutation(np.arange(10_000) / 7)
    edges = ScoreBins.edges_from(scores)
    assert len(edges) == 17
    assert set(edges) <= set(scores)
    bins = bins_of(sample(10_000).with_scores(scores), edges)
    for share in ("0.1", "0.5", "1", "2", "5", "10", "20", "25", "50", "75", "99.9", "100"):
        for end in ("top", "bottom"):
            chosen = bins.select(f"{end} {share}%")
            assert (chosen.exact, chosen.n_sequences) == (True, round(float(share) * 100))


@SETTINGS
@given(st.lists(SCORES, min_size=1, max_size=300), st.randoms(use_true_random=False))
def test_edges_do_not_depend_on_the_order(scores, random):
    edges = ScoreBins.edges_from(scores)
    random.shuffle(scores)
    again = ScoreBins.edges_from(scores)
    assert edges.tobytes() == again.tobytes()  # -0.0 and 0.0 are told apart, too
    assert set(edges.tolist()) <= set(scores)
    assert (np.diff(edges) > 0).all()
    assert (edges < max(scores)).all()  # no bin is empty
    bins = ScoreBins(LENGTH, K, edges=edges)
    assert np.bincount(bins._known.of(np.array(scores)), minlength=bins.n_bins).all()


def test_edges_of_few_and_of_equal_scores():
    assert ScoreBins.edges_from([3.0]).tolist() == []
    assert ScoreBins.edges_from([3, 3, 3, 3]).tolist() == []
    assert ScoreBins.edges_from([0] * 90 + [1] * 10).tolist() == [0.0]
    assert ScoreBins.edges_from([1, 2, 3]).tolist() == [1.0, 2.0]
    assert ScoreBins.edges_from(np.arange(10), [0.1]).tolist() == [0.0, 8.0]
    assert not ScoreBins.edges_from([1, 2]).flags.writeable


@pytest.mark.parametrize(
    ("scores", "shares", "message"),
    [
        ([], None, "there are no scores to take edges from"),
        ([1, np.nan], None, "score 1 is nan, allowed are finite"),
        ([[1, 2]], None, r"scores must have shape \(N,\)"),
        ([1, 2], [0], "shares are above 0 and at most 0.5, got 0"),
        ([1, 2], [0.6], r"at most 0\.5, got 0\.6"),
    ],
)
def test_no_edges(scores, shares, message):
    with pytest.raises(ValueError, match=message):
        ScoreBins.edges_from(scores, *([] if shares is None else [shares]))


@pytest.mark.parametrize(
    ("edges", "error", "message"),
    [
        ([1, 1], ValueError, r"edges must ascend, but edge 1 \(1\.0\) is not above edge 0"),
        ([0, 2, 1], ValueError, r"edge 2 \(1\.0\) is not above edge 1 \(2\.0\)"),
        ([-0.0, 0.0], ValueError, "edges must ascend"),
        ([0, np.inf], ValueError, "edge 1 is inf, allowed are finite numbers"),
        ([np.nan], ValueError, "edge 0 is nan, allowed are finite"),
        ([[1, 2]], ValueError, r"edges must have shape \(m,\), got \(1, 2\)"),
        (0.5, ValueError, r"edges must have shape \(m,\), got \(\)"),
        (["a"], TypeError, "edges must be numbers, got an array of <U1"),
        ([True], TypeError, "edges must be numbers"),
        ([[1], [1, 2]], TypeError, "the edges cannot be made an array"),
    ],
)
def test_what_are_no_edges(edges, error, message):
    with pytest.raises(error, match=message):
        ScoreBins(LENGTH, K, edges=edges)


def test_edges_are_right_closed_and_kept():
    mine = np.array([0.0, 1.0])
    bins = ScoreBins(LENGTH, K, edges=mine)
    mine[0] = 5
    bins.add(sample(6), scores=[-1, -0.0, 0.0, 1.0, np.nextafter(1, 2), 2])
    assert bins.n_in_bins.tolist() == [3, 1, 2]
    assert bins.edges.tolist() == [0.0, 1.0]
    assert not bins.edges.flags.writeable
    bins.n_in_bins[0] = 99
    assert bins.n_in_bins.tolist() == [3, 1, 2]


# -------------------------------------------------------------------- errors change nothing


def state(bins: ScoreBins) -> tuple[Any, ...]:
    return (
        bins.n_in_bins.tolist(),
        bins.n_dropped,
        bins.n_effective,
        bins._waiting.n_rows,
        bins._known.lows.tolist(),
        bins._known.highs.tolist(),
    )


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (["ACGTA"], {}, r"the sequences have no scores; give scores=, one number for each"),
        (["ACGT"], {"scores": [1]}, "the sequences have length 4, the bins 5"),
        (["ACGTA", "ACGTN"], {"scores": [1, 2]}, "letter 'N' is not in alphabet"),
        (["ACGTA", "ACGTC"], {"scores": [1, np.nan]}, "score 1 is nan"),
        (["ACGTA", "ACGTC"], {"scores": [1]}, "there are 1 scores for 2 sequences"),
        (["ACGTA"], {"scores": "y"}, "scores='y' as a column is for files"),
        (["ACGTA"], {"scores": [1], "weights": [0.5]}, "has the weight 0.5, and these counts"),
        (["ACGTA"], {"scores": [1], "weights": [2**32]}, "more than one table can count"),
        (["ACGTA"], {"scores": [1], "n_threads": 0}, "n_threads must be between"),
    ],
)
def test_bad_data_change_nothing(data, options, message, ten):
    before = state(ten)
    with pytest.raises(ValueError, match=message):
        ten.add(data, **options)
    assert state(ten) == before
    assert rule(ten, "top 3") == ("> 6.0", 3, True)


def test_all_bins_together_fit_one_table():
    bins = ScoreBins(LENGTH, K, edges=[0])
    bins.add(["ACGTA"], scores=[-1], weights=[2**31])
    with pytest.raises(FastMIError, match="more than one table can count"):
        bins.add(["ACGTA"], scores=[1], weights=[2**31])
    assert bins.select("<= 0").counts.n_effective == 2.0**31


def test_small_weights_alone_in_a_bin_are_counted():
    """Rounding is judged over the data as given: what is fine there is not refused later."""
    bins = ScoreBins(LENGTH, K, edges=[0], weighted=True)
    bins.add(["ACGTA", "CCCCC"], scores=[-1, 1], weights=[1.0, 1e-12])
    assert (bins.select("> 0").n_sequences, bins.select("> 0").counts.n_effective) == (1, 0.0)


def failing(monkeypatch: pytest.MonkeyPatch, at: int, error: type[BaseException]) -> None:
    """The nth counting fails before anything is counted."""
    count, calls = JointCounts._count, [0]

    def fails(self: JointCounts, *args: Any) -> None:
        calls[0] += 1
        if calls[0] == at:
            raise error
        count(self, *args)

    monkeypatch.setattr(JointCounts, "_count", fails)


@pytest.mark.parametrize("at", [1, 2, 3])
def test_memory_that_does_not_suffice_loses_nothing(at, monkeypatch):
    packed = sample(90, 0.1)
    bins = bins_of(packed, [-0.5, 0.5])
    failing(monkeypatch, at, MemoryError)
    with pytest.raises(MemoryError):
        bins.select("> -0.5")
    monkeypatch.undo()
    check_selection(bins, packed, "> -0.5")
    check_selection(bins, packed, "<= 0.5")


def test_memory_that_does_not_suffice_for_those_before(monkeypatch):
    """The new rows are refused before they are in; those that waited wait on."""
    packed = sample(90)
    monkeypatch.setattr(_waiting, "MOST_ROWS", 60)
    bins = bins_of(packed[:50], [0.0])
    before = state(bins)
    failing(monkeypatch, 1, MemoryError)
    with pytest.raises(MemoryError):
        bins.add(packed[50:])
    assert state(bins) == before
    bins.add(packed[50:])
    check_selection(bins, packed, "> 0.0")


def test_a_part_that_is_in_leaves_the_bins_incomplete(monkeypatch):
    monkeypatch.setattr(_waiting, "MOST_ROWS", 20)
    bins = ScoreBins(LENGTH, K, edges=[0.0])
    failing(monkeypatch, 3, MemoryError)
    with pytest.raises(MemoryError):
        bins.add(sample(90))
    for use in (
        lambda: bins.select("> 0"),
        lambda: bins.add(sample(5)),
        lambda: bins.save("x.npz"),
        lambda: bins.merge(ScoreBins(LENGTH, K, edges=[0.0])),
        lambda: ScoreBins(LENGTH, K, edges=[0.0]).merge(bins),
    ):
        with pytest.raises(FastMIError, match="left these bins incomplete; start anew"):
            use()


def test_an_interruption_leaves_the_bins_incomplete(monkeypatch):
    bins = bins_of(sample(90), [0.0])
    failing(monkeypatch, 2, KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        bins.select("> 0")
    with pytest.raises(FastMIError, match="incomplete"):
        bins.select("> 0")


def test_an_interruption_after_rows_are_counted_does_not_count_them_twice(monkeypatch):
    bins = bins_of(sample(90), [0.0])

    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(_waiting.Waiting, "drop_first", interrupted)
    with pytest.raises(KeyboardInterrupt):
        bins.select("> 0")
    monkeypatch.undo()
    with pytest.raises(FastMIError, match="incomplete"):
        bins.select("> 0")


# --------------------------------------------------------------------------------- merging


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"length": 6}, "the parts differ in length: 5 and 6"),
        ({"k": 2}, "the parts differ in k: 1 and 2"),
        ({"alphabet": "rna"}, "the parts differ in alphabet"),
        ({"weighted": True}, "the parts differ in weighted: False and True"),
        (
            {"edges": [0, 2]},
            r"differ in edges: 2 edges \(0\.0, 1\.0\) and 2 edges \(0\.0, 2\.0\)",
        ),
        ({"edges": [0]}, r"differ in edges: 2 edges \(0\.0, 1\.0\) and 1 edges \(0\.0\)"),
    ],
)
def test_parts_that_differ(options, message):
    bins = ScoreBins(LENGTH, K, edges=[0, 1])
    other = ScoreBins(**{"length": LENGTH, "k": K, "edges": [0, 1], **options})
    with pytest.raises(ValueError, match=message):
        bins.merge(other)


def test_merging_with_something_else(ten):
    with pytest.raises(TypeError, match="expected ScoreBins, got JointCounts"):
        ten.merge(JointCounts(LENGTH, K))


def test_the_other_part_is_left_as_it_was():
    packed = sample(80)
    one, two = bins_of(packed[:40], [0.0]), bins_of(packed[40:], [0.0])
    one.merge(two)
    check_selection(one, packed, "> 0")
    check_selection(two, packed[40:], "> 0")
    with pytest.raises(ValueError, match="the same bins"):
        two.merge(two)
    assert two.n_sequences == 40


# ---------------------------------------------------------------------------------- memory


def test_the_memory_of_all_bins_is_checked_before():
    one = 4 * 10 * 16  # bytes, pairs, cells
    with pytest.raises(
        ValueError,
        match=r"of 3 bins, 640 bytes each, need 1,920 bytes, more than memory_limit=1,919;",
    ):
        ScoreBins(LENGTH, K, edges=[0, 1], memory_limit=3 * one - 1)
    with pytest.raises(ValueError, match="need 3,840 bytes"):
        ScoreBins(LENGTH, K, edges=[0, 1], memory_limit=3 * one, weighted=True)
    bins = bins_of(sample(99), [0, 1], memory_limit=3 * one)
    bins.select("> 0")
    assert sum(part._tables.nbytes for part in bins._bins if part is not None) == 3 * one


def test_memory_for_a_large_job_is_refused_at_once():
    with pytest.raises(ValueError, match=r"18 bins, 1,\d+,\d+,\d+ bytes each"):
        ScoreBins(100, 4, edges=range(17))


def test_repr():
    bins = ScoreBins(LENGTH, K, edges=[0, 1])
    assert repr(bins) == (
        "<ScoreBins: 1-mers of length 5 in 3 bins, 0 sequences, dna, up to 1,920 bytes>"
    )
    bins.add(["ACGTA", "AAAAA"], scores=[-2, 0.25])
    assert "in 3 bins, 2 sequences with scores -2 to 0.25, dna," in repr(bins)


# ----------------------------------------------------------------------------------- files


@pytest.fixture(params=["none", "whole", "fractions"])
def saved(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, PackedSequences]:
    packed = sample(200, 0.05, request.param)
    bins = bins_of(packed, [-9, -0.5, 0.5], weighted=request.param == "fractions")
    bins.n_dropped = 3
    bins.save(tmp_path / "b.npz")
    return tmp_path / "b.npz", packed


def test_bins_come_back(saved):
    path, packed = saved
    bins = fastmi.load(path)
    assert isinstance(bins, ScoreBins)
    assert (bins.n_sequences, bins.n_dropped) == (200, 3)
    assert bins.edges.tolist() == [-9, -0.5, 0.5]
    for what in ("> 0.5", "<= -0.5", "top 40%", ">= -3"):
        check_selection(bins, packed, what)
    bins.add(packed, unknown="skip")  # and goes on living
    assert bins.select("> -0.5").n_sequences == 2 * (packed.scores > -0.5).sum()
    merged = ScoreBins.load(path)
    merged.merge(ScoreBins.load(path))
    assert merged.n_in_bins.tolist() == bins.n_in_bins.tolist()


def test_bins_are_sent_to_another_process():
    """As they are, with the rows that wait; the lock is each one's own."""
    bins = ScoreBins(LENGTH, K, edges=[0.5])
    bins.add(["ACGTA", "CCGTA", "TTGAC"], scores=[0.1, 0.7, 0.9])
    sent = pickle.loads(pickle.dumps(bins))
    sent.merge(bins)
    assert sent.n_in_bins.tolist() == [2, 4]
    np.testing.assert_array_equal(
        sent.select("> 0.5").counts.table(0, 1), 2 * bins.select("> 0.5").counts.table(0, 1)
    )


def test_the_same_bytes_whatever_the_blocks(saved, tmp_path, monkeypatch):
    path, packed = saved
    again = ScoreBins(LENGTH, K, edges=[-9, -0.5, 0.5], weighted=ScoreBins.load(path).weighted)
    monkeypatch.setattr(_waiting, "MOST_ROWS", 9)
    for start in reversed(range(0, 200, 13)):
        again.add(packed[start : start + 13], unknown="skip")
    again.n_dropped = 3
    again.save(tmp_path / "c.npz")
    assert (tmp_path / "c.npz").read_bytes() == path.read_bytes()
    ScoreBins.load(path).save(tmp_path / "d.npz")
    assert (tmp_path / "d.npz").read_bytes() == path.read_bytes()


def test_bins_without_anything_in_them(tmp_path):
    for edges in ([], [0.5]):
        ScoreBins(LENGTH, K, edges=edges).save(tmp_path / "b.npz")
        bins = ScoreBins.load(tmp_path / "b.npz")
        assert (bins.n_sequences, bins.edges.tolist()) == (0, edges)
        bins.add(["ACGTA"], scores=[1])
        assert bins.select("> 0").n_sequences == 1


def test_what_is_in_the_file(saved):
    with np.load(saved[0]) as archive:
        about = json.loads(archive["about"].tobytes())
        names = sorted(archive.files)
    assert (about["kind"], about["format"]) == ("fastmi score bins", 1)
    assert about["bins"][0] is None
    assert names == [
        "about", "edges", "highs", "kmers_1", "kmers_2", "kmers_3", "lows", "tables_1",
        "tables_2", "tables_3",
    ]  # fmt: skip


def test_files_of_other_kinds(saved, tmp_path):
    with pytest.raises(
        FastMIError, match="holds 'fastmi score bins', not 'fastmi joint counts'"
    ):
        JointCounts.load(saved[0])
    JointCounts(LENGTH, K).save(tmp_path / "c.npz")
    with pytest.raises(
        FastMIError, match="holds 'fastmi joint counts', not 'fastmi score bins'"
    ):
        ScoreBins.load(tmp_path / "c.npz")


def test_the_memory_limit_is_checked_before_anything_is_read(saved):
    with pytest.raises(
        ValueError, match="more than memory_limit=2,000; raise it, or give fewer"
    ):
        ScoreBins.load(saved[0], memory_limit=2000)


def changed(path: Path, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> Path:
    """The file with another description and other arrays, its checksums right."""
    with Archive(path) as archive:
        about = archive.about
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files if name != "about"}
    change(about, arrays)
    write_arrays(path, about, arrays)
    return path


def swap(
    which: str, index: int, value: float
) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    def change(_: dict[str, Any], arrays: dict[str, Any]) -> None:
        arrays[which][index] = value

    return change


def _half(array: Any) -> Any:
    return array.dtype.type(np.iinfo(array.dtype).max // 2)


CHANGES: dict[str, tuple[Callable[[dict[str, Any], dict[str, Any]], Any], str]] = {
    "no k": (lambda about, _: about.pop("k"), r"description is damaged \('k'\)"),
    "k": (lambda about, _: about.update(k=0), "description is damaged"),
    "length": (lambda about, _: about.update(length=10**9), "description is damaged"),
    "length, other": (lambda about, _: about.update(length=6), "expected <u|'tables_1' is"),
    "alphabet": (lambda about, _: about.update(letters="AA"), "description is damaged"),
    "format": (lambda about, _: about.update(format=2), "this fastmi reads up to 1"),
    "edges, fewer": (lambda about, _: about.update(n_edges=2), r"damaged \(bins\)"),
    "edges, many": (lambda about, _: about.update(n_edges=10**12), r"damaged \(bins\)"),
    "edges, no number": (lambda about, _: about.update(n_edges="3"), "damaged .n_edges is '3'"),
    "no bins": (lambda about, _: about.pop("bins"), r"damaged \('bins'\)"),
    "bins": (lambda about, _: about.update(bins=[1, 2, 3, 4]), r"damaged \(bins\)"),
    "a bin lost": (lambda about, _: about["bins"].__setitem__(1, None), "do not lie in their"),
    "a bin more": (
        lambda about, _: about["bins"].__setitem__(0, about["bins"][1]),
        "the array 'tables_0' is missing",
    ),
    "a bin, k": (lambda about, _: about["bins"][1].update(k=2), "differ in k|expected [|<]u"),
    "a bin, number": (
        lambda about, _: about["bins"][1].update(n_sequences=-1),
        "damaged .n_sequences is -1",
    ),
    "weighted": (
        lambda about, _: about.update(weighted=not about["weighted"]),
        "the parts differ in weighted|expected",
    ),
    "dropped": (lambda about, _: about.update(n_dropped=-1), "damaged .n_dropped is -1"),
    "edges, order": (swap("edges", 1, 9.0), "edges must ascend"),
    "edges, nan": (swap("edges", 0, np.nan), "edge 0 is nan"),
    "low": (swap("lows", 1, -10.0), "the scores do not lie in their bins"),
    "low, nan": (swap("lows", 1, np.nan), "the scores do not lie in their bins"),
    "high": (swap("highs", 1, 0.0), "the scores do not lie in their bins"),
    "high, inf": (swap("highs", 3, np.inf), "the scores do not lie in their bins"),
    "low of an empty bin": (swap("lows", 0, -10.0), "the scores do not lie in their bins"),
    "tables": (
        lambda _, arrays: arrays["tables_2"].__iadd__(_half(arrays["tables_2"])),
        "its tables do not fit the number of sequences",
    ),
    "lows, shape": (
        lambda _, arrays: arrays.update(lows=arrays["lows"][:-1]),
        r"'lows' is float64 \(3,\), expected <f8 \(4,\)",
    ),
    "an array lost": (lambda _, arrays: arrays.pop("kmers_3"), "array 'kmers_3' is missing"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_damaged_files(name, saved):
    change, message = CHANGES[name]
    path = changed(saved[0], change)
    with pytest.raises(FastMIError, match=message) as caught:
        fastmi.load(path)
    assert str(path) in str(caught.value)


def test_a_file_cut_or_flipped_anywhere(tmp_path):
    bins_of(sample(50), [0.0]).save(tmp_path / "b.npz")
    content = (tmp_path / "b.npz").read_bytes()
    wanted = quiet(ScoreBins.load(tmp_path / "b.npz"), "top 1").counts._tables
    path = tmp_path / "c.npz"
    for at in range(0, len(content), 23):
        path.write_bytes(content[:at])
        with pytest.raises(FastMIError, match=r"c\.npz"):
            fastmi.load(path)
        path.write_bytes(content[:at] + bytes([content[at] ^ 16]) + content[at + 1 :])
        try:
            found = fastmi.load(path)
        except FastMIError:
            continue
        assert np.array_equal(quiet(found, "top 1").counts._tables, wanted)
