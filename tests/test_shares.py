"""Arithmetic of shares: every split of a split covers everything exactly once.

Exact fractions, so that nothing is tested with a tolerance; what is read from a file is
refused unless it is what was written.
"""

from __future__ import annotations

import json
import math
import random
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastmi._shares import MOST_SHARDS, WHOLE, Covered, Share, common, parse_shard


def share(start: object, stop: object) -> Share:
    return Share(Fraction(str(start)), Fraction(str(stop)))


@st.composite
def splits(draw: st.DrawFn) -> list[Share]:
    """Everything, cut at some places, each part into shards, some of these into shards."""
    parts = [WHOLE]
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(parts) - 1))
        whole, n = parts[at], draw(st.integers(1, 9))
        edges = [whole.start + whole.size * Fraction(i, n) for i in range(n + 1)]
        parts[at : at + 1] = [Share(a, b) for a, b in pairwise(edges)]
    return parts


@settings(deadline=None)
@given(splits(), st.randoms())
def test_any_split_of_splits_covers_everything_once(parts: list[Share], rng: random.Random):
    rng.shuffle(parts)
    assert Covered.of(parts) == (WHOLE,)
    assert Covered.of(parts).complete
    assert sum(part.size for part in parts) == 1
    for n, part in enumerate(parts):
        others = Covered.of(parts[:n] + parts[n + 1 :])
        assert others.complete == (len(parts) == 0)
        assert others.missing() == (part,)
        assert others.overlap(Covered([part])) is None
        with pytest.raises(ValueError, match=r"twice$"):
            Covered.of([*parts, part])


@settings(deadline=None)
@given(splits(), st.data())
def test_what_is_there_and_what_is_missing_are_everything(parts: list[Share], data):
    some = data.draw(st.lists(st.sampled_from(parts), unique=True))
    there = Covered.of(some)
    gaps = there.missing()
    assert there.overlap(gaps) is None
    assert Covered.of([*there, *gaps]) == (WHOLE,)
    n = data.draw(st.integers(1, 12))
    own = parse_shard((data.draw(st.integers(1, n)), n))
    assert there.missing(own) == tuple(
        common(own, gap) for gap in gaps if common(own, gap).size > 0
    )
    assert Covered.from_json(json.loads(json.dumps(there.to_json()))) == there


@settings(deadline=None)
@given(splits(), splits())
def test_the_overlap_of_two_splits_is_named(a: list[Share], b: list[Share]):
    for mine in a:
        for theirs in b:
            shared = Covered([mine]).overlap(Covered([theirs]))
            apart = mine.stop <= theirs.start or theirs.stop <= mine.start
            assert (shared is None) == apart
            if shared is not None:
                assert shared == common(mine, theirs)
                assert mine.start <= shared.start < shared.stop <= theirs.stop


@given(st.integers(1, MOST_SHARDS), st.data())
def test_a_shard_is_what_it_says(n: int, data):
    i = data.draw(st.integers(1, n))
    found = parse_shard(f"{i}/{n}")
    assert (
        found
        == parse_shard((i, n))
        == parse_shard((np.int64(i), np.uint8(n) if n < 256 else n))
    )
    assert found == (Fraction(i - 1, n), Fraction(i, n))
    assert str(found) == ("everything" if n == 1 else f"shard {i}/{n}")


def test_all_shards_of_a_thousand_touch():
    shards = [parse_shard((i, 1000)) for i in range(1, 1001)]
    assert all(a.stop == b.start for a, b in pairwise(shards))
    assert Covered.of(reversed(shards)).complete
    assert Covered.of(shards[::2]).missing() == tuple(shards[1::2])


@pytest.mark.parametrize(
    "shard",
    ["", "3", "0/3", "4/3", "1/0", "-1/3", "1/-3", "1.0/2", "1/2/3", "a/b", "\uff11/2",
     "1 2", "/2", (0, 3), (4, 3), (1,), (1, 2, 3), (1.0, 2), (True, 2), (1, True), [1, 2], 3,
     0.5, b"1/2", (1, MOST_SHARDS + 1), f"1/{MOST_SHARDS + 1}", "1/" + "9" * 20, "1/2\n3"],
    ids=repr,
)  # fmt: skip
def test_what_is_no_shard(shard):
    with pytest.raises(ValueError, match=r"^a shard is written i/n, as 3/16 for .*; got ") as e:
        parse_shard(shard)
    assert "\n" not in str(e.value)


def test_blanks_around_a_shard_are_no_matter():
    assert parse_shard(" 2 / 3\n") == parse_shard((2, 3))
    assert parse_shard(None) == WHOLE


@pytest.mark.parametrize(
    "found",
    [
        None, {}, "0", [[]], [["0"]], [["0", "1", "1"]], ["0", "1"], [[0, 1]], [["0", 1]],
        [["0", "1/0"]], [["0", "-1"]], [["-1/2", "1"]], [["0", "3/2"]], [["1", "0"]],
        [["1/2", "1/2"]], [["0", "1.0"]], [["0", "1e0"]], [["0", " 1"]], [["0", "1\n"]],
        [["0", "1/" + "9" * 41]], [["0", "1" * 5000]], [["0", "1/2"], ["1/3", "1"]],
        [["0", "1"], ["0", "1"]], [["0", "1/0002"]], [["0", "\u0661"]], [("0", "1")],
        [["0", "nan"]], [["0", None]], [["0", True]],
    ],
    ids=repr,
)  # fmt: skip
def test_json_that_is_no_set_of_shares(found):
    with pytest.raises(ValueError):
        Covered.from_json(found)


@settings(deadline=None)
@given(splits(), st.randoms())
def test_shares_that_come_in_any_order_are_joined(parts: list[Share], rng: random.Random):
    rng.shuffle(parts)
    half = len(parts) // 2
    there, rest = Covered.of(parts[:half]), Covered.of(parts[half:])
    assert there.with_others(rest) == rest.with_others(there) == (WHOLE,)
    one_by_one = Covered()
    for n, part in enumerate(parts, 1):
        one_by_one = one_by_one.with_others(Covered([part]))
        assert one_by_one == Covered.of(parts[:n])
        with pytest.raises(ValueError, match=r"twice$"):
            one_by_one.with_others(Covered([part]))


class Compared(Fraction):
    """A fraction that counts how often it is compared."""

    times = 0

    def _richcmp(self, other, op):
        Compared.times += 1
        return super()._richcmp(other, op)


def test_a_thousand_shards_in_any_order_take_few_comparisons():
    ends = [Compared(i, 1000) for i in range(1001)]
    shares = [Share(a, b) for a, b in pairwise(ends)]
    random.Random(1).shuffle(shares)
    Compared.times = 0
    there = Covered()
    for share in shares:
        there = there.with_others(Covered([share]))
    assert there.complete
    assert Compared.times < 100 * len(shares)
    odd, even = Covered(sorted(shares)[::2]), Covered(sorted(shares)[1::2])
    Compared.times = 0
    assert odd.overlap(even) is None
    assert Compared.times < 100 * len(shares)


def test_shares_of_a_bad_file_do_not_make_a_number_without_end(monkeypatch):
    ends = [Fraction(i, 10**35 + 2 * i + 1) for i in range(2001)]
    there = Covered.of(Share(a, b) for a, b in zip(ends[::2], ends[1::2], strict=False))
    largest = []
    lcm = math.lcm
    monkeypatch.setattr(math, "lcm", lambda *n: largest.append(lcm(*n)) or largest[-1])
    assert there.in_words().endswith(", ...")
    assert max(largest) < 10**80


def test_nothing_covered_comes_back():
    assert Covered.from_json([]) == Covered() == ()
    assert not Covered().complete
    assert Covered().missing() == (WHOLE,)


@settings(deadline=None)
@given(splits())
def test_shares_in_words_are_as_many_shards(parts: list[Share]):
    some = Covered.of(parts[::2])
    words = some.in_words(4)
    n = math.lcm(4, *(f.denominator for part in some for f in part))
    numbers = [
        i for i in range(1, n + 1) if some.overlap(Covered([parse_shard((i, n))])) is not None
    ]
    assert words.startswith("shard" + "s"[: len(numbers) != 1] + f" {numbers[0]}/{n}")
    assert (f"and {len(numbers) - 10:,} more" in words) == (len(numbers) > 10)


@pytest.mark.parametrize(
    ("covered", "n", "words"),
    [
        ([WHOLE], 1, "shard 1/1"),
        ([share(0, "1/2")], 1, "shard 1/2"),
        ([share(0, "1/2")], 4, "shards 1/4, 2/4"),
        ([share("1/3", "1")], 6, "shards 3/6, 4/6, 5/6, 6/6"),
        ([share(0, "11/12")], 12,
         "shards 1/12, 2/12, 3/12, 4/12, 5/12, 6/12, 7/12, 8/12, 9/12, 10/12 and 1 more"),
        ([share(0, "1/2000000")], 1, "shard 1/2000000"),
        ([share("1/3000000", "1/2")], 1, "the part from 1/3000000 to 1/2"),
        ([share(Fraction(2 * i, 3_000_000), Fraction(2 * i + 1, 3_000_000)) for i in range(11)],
         1, ", ".join(f"shard {2 * i + 1}/3000000" for i in range(10)) + ", ..."),
    ],
)  # fmt: skip
def test_sentences(covered: list[Share], n: int, words: str):
    assert Covered(covered).in_words(n) == words


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (WHOLE, "everything"),
        (share("2/16", "3/16"), "shard 3/16"),
        (share("0", "1/2"), "shard 1/2"),
        (share("1/8", "3/8"), "the part from 1/8 to 3/8"),
        (share("1/6", "1/2"), "the part from 1/6 to 1/2"),
        (share("1/3", "1"), "the part from 1/3 to 1"),
    ],
)
def test_a_share_in_words(part: Share, words: str):
    assert str(part) == words


def test_the_share_that_is_there_twice_is_named():
    with pytest.raises(ValueError, match=r"^shard 2/4 twice$"):
        Covered.of([share("0", "1/2"), share("1/4", "1")])
