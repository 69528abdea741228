"""The words that select sequences by their scores: what each means, and what is none."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastmi.selection import ALLOWED, Selection, parse_selection

SETTINGS = settings(deadline=None, derandomize=True, database=None, max_examples=300)


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
