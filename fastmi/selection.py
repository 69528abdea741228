"""Which sequences, by their scores, in words: "> 0.9", "top 1%", "bottom 500".

Only what was asked for, exactly as it was written: a share stays a fraction, so that 1 % of
200 sequences are 2.  How it is carried out is for those who have the scores.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction

ALLOWED = "'> 0.9', '>= 0.9', '< 0.1', '<= 0.1', 'top 1%', 'bottom 10%', 'top 1000'"
_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_THRESHOLD = re.compile(rf"\s*(>=|<=|>|<)\s*([+-]?{_NUMBER})\s*", re.ASCII)
_RANK = re.compile(rf"\s*(top|bottom)\s+(?:({_NUMBER})\s*%|(\d+))\s*", re.ASCII | re.IGNORECASE)
_MOST_TEXT = 100  # characters
_EXACT = Context(prec=4 * _MOST_TEXT)


@dataclass(frozen=True)
class Selection:
    """Sequences with scores beyond a threshold, or those with the highest or lowest scores.

    Attributes
    ----------
    how : {">", ">=", "<", "<=", "top", "bottom"}
        How they are chosen; what follows says by which threshold, number or share, one of
        the three.
    threshold : float or None
        For the first four.
    number : int or None
        For "top" and "bottom": of sequences, from 1 up.
    share : Fraction or None
        For "top" and "bottom": of all sequences, above 0 and at most 1.

    Examples
    --------
    >>> chosen = parse_selection("top 2.5%")
    >>> chosen.share, chosen.wanted(1000), str(chosen)
    (Fraction(1, 40), 25, 'top 2.5%')
    """

    how: str
    threshold: float | None = None
    number: int | None = None
    share: Fraction | None = None

    @property
    def high(self) -> bool:
        """Whether it takes the high scores, not the low ones."""
        return self.how in (">", ">=", "top")

    def wanted(self, n: int) -> int:
        """How many of n sequences "top" or "bottom" asks for, halves rounded up."""
        if self.share is None:
            assert self.number is not None
            return self.number
        return math.floor(self.share * n + Fraction(1, 2))

    def __str__(self) -> str:
        if self.share is not None:
            return f"{self.how} {_decimal(100 * self.share)}%"
        return f"{self.how} {self.threshold if self.number is None else self.number}"


def parse_selection(text: str) -> Selection:
    """What such words ask for.

    Parameters
    ----------
    text : str
        A threshold, as "> 0.9", ">= 0.9", "< 0.1" or "<= 0.1"; or a share or a number of the
        highest or lowest scores, as "top 1%", "bottom 10%", "top 100000" or "bottom 500".

    Returns
    -------
    Selection

    Raises
    ------
    ValueError
        It is none of these; the message lists what is allowed.

    Examples
    --------
    >>> parse_selection(">= 0.9")
    Selection(how='>=', threshold=0.9, number=None, share=None)
    """
    if not isinstance(text, str):
        raise TypeError(f"a selection is a string, as {ALLOWED}, got {text!r}")
    found = None
    if len(text) <= _MOST_TEXT:
        found = _threshold(text) or _rank(text)
    if found is None:
        shown = text if len(text) <= _MOST_TEXT else text[:_MOST_TEXT] + "..."
        raise ValueError(
            f"a selection is one of {ALLOWED} or 'bottom 500', with finite thresholds, shares "
            f"above 0 and up to 100 %, numbers from 1 up; got {shown!r}"
        )
    return found


def _threshold(text: str) -> Selection | None:
    match = _THRESHOLD.fullmatch(text)
    if match is None or not math.isfinite(float(match[2])):
        return None
    return Selection(match[1], threshold=float(match[2]) + 0.0)  # -0 is 0


def _rank(text: str) -> Selection | None:
    match = _RANK.fullmatch(text)
    if match is None:
        return None
    how = match[1].lower()
    if match[3] is not None:
        return Selection(how, number=int(match[3])) if int(match[3]) > 0 else None
    if not 0 < float(match[2]) <= 100:  # also keeps exponents small enough for fractions
        return None
    return Selection(how, share=Fraction(match[2]) / 100)


def _decimal(number: Fraction) -> str:
    """A number that was written as a decimal, as one, to its last digit."""
    exact = _EXACT.divide(Decimal(number.numerator), Decimal(number.denominator)).normalize(
        _EXACT
    )
    plain = f"{exact:f}"
    return plain if len(plain) < _MOST_TEXT // 2 else str(exact)
