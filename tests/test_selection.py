"""The words that select sequences by their scores: what each means, and what is none."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastmi.selection import ALLOWED, Selection, parse_bins_selection, parse_selection

SETTINGS = settings(deadline=None, derandomize=True, database=None, max_examples=300)


def band(low: str, high: str) -> Selection:
    return Selection("quantiles", band=(Fraction(low), Fraction(high)))


@pytest.mark.parametrize(
    ("text", "selection", "words"),
    [
        ("> 0.9", Selection(">", threshold=0.9), "> 0.9"),
        (">=0.9", Selection(">=", threshold=0.9), ">= 0.9"),
        (" < -1e-3 ", Selection("<", threshold=-0.001), "< -0.001"),
        ("<=\t+5.", Selection("<=", threshold=5.0), "<= 5.0"),
        ("> -0", Selection(">", threshold=0.0), "> 0.0"),
        ("> .5E2", Selection(">", threshold=50.0), "> 50.0"),
        ("top 1%", Selection("top", share=Fraction(1, 100)), "top 1%"),
        ("bottom 10 %", Selection("bottom", share=Fraction(1, 10)), "bottom 10%"),
        ("Top 0.1%", Selection("top", share=Fraction(1, 1000)), "top 0.1%"),
        ("top 100%", Selection("top", share=Fraction(1)), "top 100%"),
        ("top 1e-3%", Selection("top", share=Fraction(1, 100_000)), "top 0.001%"),
        ("top 1e-90%", Selection("top", share=Fraction(1, 10**92)), "top 1E-90%"),
        (
            "top 0.1234567890123456789%",
            Selection("top", share=Fraction(1234567890123456789, 10**21)),
            "top 0.1234567890123456789%",
        ),
        ("top 100000", Selection("top", number=100_000), "top 100000"),
        ("BOTTOM  500", Selection("bottom", number=500), "bottom 500"),
    ],
)
def test_words(text, selection, words):
    assert parse_selection(text) == selection
    assert str(selection) == words
    assert parse_selection(words) == selection


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "0.9",
        ">",
        "> nan",
        "> inf",
        "> -inf",
        "> 1e999",
        "= 0.9",
        "== 0.9",
        "=> 0.9",
        "> 0,9",
        "> 0.9%",
        "> 1_0",
        "> 0.9 0.8",
        "top",
        "top%",
        "top1%",
        "top 0",
        "top 0%",
        "top 0.0%",
        "top -1",
        "top -1%",
        "top +1%",
        "top 1.5",
        "top 1e5",
        "top 100.1%",
        "top 1e400%",
        "top 1e-400%",
        "top 1%%",
        "first 10",
        "top ten",
        "quartile 0",
        "quartile 5",
        "quartile",
        "quartiles 1",
        "top \u0661",
        "> \u0661",
        "top 1" + "0" * 100,
    ],
)
def test_what_is_none(text):
    with pytest.raises(
        ValueError, match=r"^a selection is one of '> 0\.9', '>= 0\.9'"
    ) as caught:
        parse_selection(text)
    assert ALLOWED in str(caught.value)
    assert text[:50] in str(caught.value)


@pytest.mark.parametrize("text", [None, 0.9, b"top 1%", ["top 1%"]])
def test_what_is_no_text(text):
    with pytest.raises(TypeError, match="a selection is a string, as '> 0"):
        parse_selection(text)


def test_it_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        parse_selection("top 1%").number = 3


def test_which_end():
    high = [
        parse_selection(t).high for t in ("> 1", ">= 1", "top 1", "< 1", "<= 1", "bottom 1")
    ]
    assert high == [True] * 3 + [False] * 3


@pytest.mark.parametrize(
    ("text", "n", "wanted"),
    [
        ("top 1%", 200, 2),
        ("top 1%", 149, 1),
        ("top 1%", 150, 2),  # halves up
        ("top 0.1%", 100, 0),
        ("bottom 29%", 100, 29),  # 0.29 * 100 is 28.999999999999996
        ("top 100%", 7, 7),
        ("top 5", 3, 5),
        ("top 33.3%", 10**15, 333 * 10**12),
    ],
)
def test_how_many(text, n, wanted):
    assert parse_selection(text).wanted(n) == wanted


@SETTINGS
@given(
    st.one_of(
        st.tuples(st.sampled_from([">", ">=", "<", "<="]), st.floats(-1e300, 1e300)),
        st.tuples(st.sampled_from(["top", "bottom"]), st.integers(1, 10**15)),
    )
)
def test_numbers_survive_their_words(what):
    how, number = what
    made = parse_selection(f"{how} {number!r}")
    assert (made.threshold if made.number is None else made.number) == number
    assert parse_selection(str(made)) == made


@SETTINGS
@given(st.sampled_from(["top", "bottom"]), st.decimals("0.0001", "100", places=4))
def test_shares_are_exact(how, percent):
    made = parse_selection(f"{how} {percent}%")
    assert made.share == Fraction(percent) / 100
    assert parse_selection(str(made)) == made


@SETTINGS
@given(st.text(max_size=20) | st.text(" <>=topbm%.0159e-+", max_size=12))
def test_any_text_is_a_selection_or_an_error(text):
    try:
        made = parse_selection(text)
    except ValueError:
        return
    assert parse_selection(str(made)) == made


# ------------------------------------------------- of scored sequences, not of bins by score


@pytest.mark.parametrize(
    ("text", "selection", "words"),
    [
        ("all", Selection("all"), "all"),
        (" ALL ", Selection("all"), "all"),
        ("> wt", Selection(">", of_wild_type=True), "> wt"),
        (">=WT", Selection(">=", of_wild_type=True), ">= wt"),
        ("< wt", Selection("<", of_wild_type=True), "< wt"),
        ("<=\twt ", Selection("<=", of_wild_type=True), "<= wt"),
        ("quantiles 0.25 to 0.5", band("1/4", "1/2"), "quantiles 0.25 to 0.5"),
        ("Quantile 0-1", band("0", "1"), "quantiles 0 to 1"),
        ("quartile 1", band("3/4", "1"), "quantiles 0.75 to 1"),
        (" QUARTILE  4 ", band("0", "1/4"), "quantiles 0 to 0.25"),
        ("quantiles .1 to 1.", band("1/10", "1"), "quantiles 0.1 to 1"),
        (
            "quantiles 0.000000000000000000000000000000000000000000000000001 to 1",
            band("1/" + "1" + "0" * 51, "1"),
            "quantiles 0.000000000000000000000000000000000000000000000000001 to 1",
        ),
    ],
)
def test_words_for_scored_sequences(text, selection, words):
    assert parse_selection(text) == selection
    assert str(selection) == words
    assert parse_selection(words) == selection
    with pytest.raises(ValueError, match=r"^a selection is one of '> 0\.9', '>= 0") as caught:
        parse_bins_selection(text)
    for refused in (
        "wild type",
        "quantiles 0.25",
        "quartile",
        "'all',",
    ):  # nor are these offered
        assert refused not in str(caught.value).split("; got")[0]


@pytest.mark.parametrize(
    "text",
    [
        "everything",
        "all 5",
        "= wt",
        "wt",
        "> wild type",
        "top wt",
        "quantiles",
        "quantiles 0.5",
        "quantiles 0.5 to 0.5",
        "quantiles 0.5 to 0.25",
        "quantiles 0 to 1.1",
        "quantiles -0.1 to 1",
        "quantiles 0 to 50%",
        "quantiles 0 to nan",
        "quantiles 0 to 1e-3",
        "quantiles 0 to 0.5 to 1",
        "quantiles 0 to \u0660.5",
        "quantile ." + "1" * 44 + "-." + "1" * 43 + "2",  # in its own words it is too long
    ],
)
def test_what_is_none_of_scored_sequences(text):
    with pytest.raises(ValueError, match=r"^a selection is one of .*'> wt' \(than the wild"):
        parse_selection(text)


@pytest.mark.parametrize("text", ["> 0.9", "top 1%", "bottom 500"])
def test_bins_take_their_own_words(text):
    assert parse_bins_selection(text) == parse_selection(text)


@pytest.mark.parametrize(
    ("text", "n", "ranks"),
    [
        ("quantiles 0.25 to 0.5", 8, (2, 4)),
        ("quantiles 0 to 0.5", 5, (0, 2)),  # and "top 50%" the other 3
        ("quantiles 0.5 to 1", 5, (2, 5)),
        ("top 50%", 5, (2, 5)),
        ("bottom 50%", 5, (0, 3)),
        ("top 10", 5, (0, 5)),
        ("quantiles 0.29 to 0.57", 100, (29, 57)),
        ("quantiles 0.1 to 0.2", 1, (0, 0)),
    ],
)
def test_which_ranks(text, n, ranks):
    assert parse_selection(text).ranks(n) == ranks


@SETTINGS
@given(st.integers(0, 10_000), st.integers(1, 10**12))
def test_the_top_and_the_rest_are_all(part, n):
    if part > 0:
        low = parse_selection(f"top {part / 100:.2f}%").ranks(n)[0]
        if part < 10_000:
            assert parse_selection(f"quantiles 0 to {1 - part / 10_000:.4f}").ranks(n) == (
                0,
                low,
            )
        assert parse_selection(f"quantiles {1 - part / 10_000:.4f} to 1").ranks(n) == (low, n)


def test_the_threshold_of_the_wild_type():
    chosen = parse_selection(">= wt")
    assert chosen.of(0.5) == parse_selection(">= 0.5")
    assert parse_selection("top 5").of(None) == parse_selection("top 5")
    with pytest.raises(ValueError, match="'>= wt' needs the wild type: give wild_type="):
        chosen.of(None)


def test_which_scores_are_taken():
    scores = np.array([-1.0, 0.0, -0.0, 2.0])
    for text, wanted in (
        ("> 0", [0, 0, 0, 1]),
        (">= 0", [0, 1, 1, 1]),
        ("< 0", [1, 0, 0, 0]),
        ("<= -0", [1, 1, 1, 0]),
        ("all", [1, 1, 1, 1]),
    ):
        assert parse_selection(text).takes(scores).tolist() == [bool(w) for w in wanted]


@SETTINGS
@given(st.text("quantiles .0159to-wt<>=al", max_size=30))
def test_any_text_of_new_words_is_a_selection_or_an_error(text):
    try:
        made = parse_selection(text)
    except ValueError:
        return
    assert parse_selection(str(made)) == made
