"""Shares of a job's input: exact fractions, so that every split of a split is a split.

A share is a half-open interval of [0, 1); what has been counted is a set of them that do not
overlap.  Where a share begins and ends in a file follows from the fraction alone (see
``_inputs``), so that shares which touch leave nothing out and count nothing twice.
"""

from __future__ import annotations

import math
import re
from bisect import bisect
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

import numpy as np

Shard: TypeAlias = str | tuple[int, int]

MOST_SHARDS = 1_000_000
STEPS = 1 << 20  # of a bar that shows how much of a share is done
_MOST_DIGITS = 40  # of a fraction in a file
_MOST_NAMED = 10  # shards in a sentence


class Share(NamedTuple):
    """The part from ``start`` to before ``stop``, both in [0, 1]."""

    start: Fraction
    stop: Fraction

    @property
    def size(self) -> Fraction:
        """How much of everything it is."""
        return self.stop - self.start

    def steps_to(self, position: float) -> int:
        """How far along a progress bar of ``STEPS`` a place in everything is."""
        return int((position - float(self.start)) / float(self.size) * STEPS)

    def __str__(self) -> str:
        size = self.size
        if size == 1:
            return "everything"
        if size.numerator == 1 and (self.stop / size).denominator == 1:
            return f"shard {self.stop / size}/{size.denominator}"
        return f"the part from {self.start} to {self.stop}"


WHOLE = Share(Fraction(0), Fraction(1))


def parse_shard(shard: Shard | None) -> Share:
    """The share that "3/16" or (3, 16) names: the third of sixteen; None is everything."""
    if shard is None:
        return WHOLE
    if isinstance(shard, str):
        match = re.fullmatch(r"\s*(\d{1,7})\s*/\s*(\d{1,7})\s*", shard, re.ASCII)
        numbers: Any = tuple(map(int, match.groups())) if match else None
    else:
        numbers = shard
    fits = (
        isinstance(numbers, tuple)
        and len(numbers) == 2
        and all(isinstance(n, int | np.integer) and not isinstance(n, bool) for n in numbers)
    )
    if not fits or not 1 <= numbers[0] <= numbers[1] <= MOST_SHARDS:
        raise ValueError(
            f"a shard is written i/n, as 3/16 for the third of sixteen; i goes from 1 to n, "
            f"n to {MOST_SHARDS:,}; got {shard!r}"
        )
    i, n = map(int, numbers)
    return Share(Fraction(i - 1, n), Fraction(i, n))


class Covered(tuple[Share, ...]):
    """Shares that do not overlap, in order, those that touch made one."""

    __slots__ = ()

    @classmethod
    def of(cls, shares: Iterable[Share]) -> Covered:
        """All the shares together; ValueError names the first that overlaps another."""
        joined: list[Share] = []
        for share in sorted(shares):
            if not 0 <= share.start < share.stop <= 1:
                raise ValueError(f"{share.start} to {share.stop} is no share")
            if joined and share.start < joined[-1].stop:
                raise ValueError(f"{common(share, joined[-1])} twice")
            if joined and share.start == joined[-1].stop:
                joined[-1] = Share(joined[-1].start, share.stop)
            else:
                joined.append(share)
        return cls(joined)

    def overlap(self, other: Covered) -> Share | None:
        """The first share that both have."""
        few, many = sorted((self, other), key=len)
        for share in few:
            at = bisect(many, share)
            for there in many[max(at - 1, 0) : at + 1]:
                both = common(share, there)
                if both.start < both.stop:
                    return both
        return None

    def with_others(self, other: Covered) -> Covered:
        """Both together; ValueError as from :meth:`of`.

        By bisection, so that a thousand parts may come one by one in any order.
        """
        twice = self.overlap(other)
        if twice is not None:
            raise ValueError(f"{twice} twice")
        few, many = sorted((self, other), key=len)
        joined = list(many)
        for share in few:
            at = bisect(joined, share)
            first = at - 1 if at > 0 and joined[at - 1].stop == share.start else at
            behind = at + 1 if at < len(joined) and joined[at].start == share.stop else at
            ends = (*joined[first:at], share, *joined[at:behind])
            joined[first:behind] = [Share(ends[0].start, ends[-1].stop)]
        return Covered(joined)

    def missing(self, of: Share = WHOLE) -> Covered:
        """What of a share is not there."""
        gaps, at = [], of.start
        for share in self:
            if share.start >= of.stop:
                break
            if share.start > at:
                gaps.append(Share(at, share.start))
            at = max(at, share.stop)
        if at < of.stop:
            gaps.append(Share(at, of.stop))
        return Covered(gaps)

    @property
    def complete(self) -> bool:
        """Whether this is everything."""
        return self == (WHOLE,)

    def in_words(self, n_shards: int = 1) -> str:
        """As shards, of a multiple of ``n_shards``, where there are not too many."""
        n = n_shards
        for end in (end for share in self for end in share):
            n = math.lcm(n, end.denominator)
            if n > MOST_SHARDS:  # and might grow to a number of any length
                break
        if n > MOST_SHARDS:
            return (
                ", ".join(map(str, self[:_MOST_NAMED]))
                + ", ..."[: 5 * (len(self) > _MOST_NAMED)]
            )
        numbers = [
            i + 1 for share in self for i in range(int(share.start * n), int(share.stop * n))
        ]
        named = ", ".join(f"{i}/{n}" for i in numbers[:_MOST_NAMED])
        more = f" and {len(numbers) - _MOST_NAMED:,} more" if len(numbers) > _MOST_NAMED else ""
        return f"shard{'s'[: len(numbers) != 1]} {named}{more}"

    def to_json(self) -> list[list[str]]:
        """Pairs of fractions as text."""
        return [[str(share.start), str(share.stop)] for share in self]

    @classmethod
    def from_json(cls, found: object) -> Covered:
        """What ``to_json`` gave; ValueError where it is anything else."""
        if not isinstance(found, list):
            raise ValueError("the shares are no list")
        return cls.of(Share(*map(_fraction, pair)) for pair in found if _is_pair(pair))


def common(a: Share, b: Share) -> Share:
    """What both have; empty, with its start not below its stop, where that is nothing."""
    return Share(max(a.start, b.start), min(a.stop, b.stop))


def _is_pair(found: object) -> bool:
    if not isinstance(found, list) or len(found) != 2:
        raise ValueError(f"a share is {found!r}")
    return True


def _fraction(text: object) -> Fraction:
    pattern = rf"\d{{1,{_MOST_DIGITS}}}(/[1-9]\d{{0,{_MOST_DIGITS - 1}}})?"
    if not isinstance(text, str) or not re.fullmatch(pattern, text, re.ASCII):
        raise ValueError(f"a share's end is {text!r}")
    return Fraction(text)
