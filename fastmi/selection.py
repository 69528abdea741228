"""Which sequences, by their scores, in words: "> 0.9", "top 1%", "> wt", "all".

Only what was asked for, exactly as it was written: a share stays a fraction, so that 1 % of
200 sequences are 2.  How it is carried out is for those who have the scores.
"""

from __future__ import annotations

import math
import operator
import re
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from fractions import Fraction

import numpy as np
import numpy.typing as npt

ALLOWED = "'> 0.9', '>= 0.9', '< 0.1', '<= 0.1', 'top 1%', 'bottom 10%', 'top 1000'"
_MORE = "'> wt' (than the wild type), 'quantiles 0.25 to 0.5', 'quartile 1' (highest), 'all'"
_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_THRESHOLD = re.compile(rf"\s*(>=|<=|>|<)\s*([+-]?{_NUMBER})\s*", re.ASCII)
_RANK = re.compile(rf"\s*(top|bottom)\s+(?:({_NUMBER})\s*%|(\d+))\s*", re.ASCII | re.IGNORECASE)
_WILD_TYPE = re.compile(r"\s*(>=|<=|>|<)\s*wt\s*", re.IGNORECASE)
_PLAIN = r"\d+\.?\d*|\.\d+"  # without an exponent, which fractions would write out
_BAND = re.compile(
    rf"\s*quantiles?\s+({_PLAIN})\s*(?:to|-)\s*({_PLAIN})\s*", re.ASCII | re.IGNORECASE
)
_QUARTILE = re.compile(r"\s*quartile\s+([1-4])\s*", re.ASCII | re.IGNORECASE)
_MOST_TEXT = 100  # characters
_BEYOND = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
_EXACT = Context(prec=4 * _MOST_TEXT)


@dataclass(frozen=True)
class Selection:
    """Sequences with scores beyond a threshold, or those with the highest or lowest scores.

    Ranks are those of one order of all sequences, ties by record number, lower ones counting
    as higher scores: so "top 25%" and "quantiles 0 to 0.75" are all sequences, none twice.

    Attributes
    ----------
    how : {">", ">=", "<", "<=", "top", "bottom", "quantiles", "all"}
        How they are chosen; what follows says by which threshold, number, share or band, one
        of the four.
    threshold : float or None
        For the first four, unless it is the wild type's score.
    number : int or None
        For "top" and "bottom": of sequences, from 1 up.
    share : Fraction or None
        For "top" and "bottom": of all sequences, above 0 and at most 1.
    band : (Fraction, Fraction) or None
        For "quantiles": from and to which share of the sequences, lowest scores first.
    of_wild_type : bool
        Whether the threshold is the wild type's score.

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
    band: tuple[Fraction, Fraction] | None = None
    of_wild_type: bool = False

    @property
    def high(self) -> bool:
        """Whether it takes the high scores, not the low ones."""
        return self.how in (">", ">=", "top")

    @property
    def by_rank(self) -> bool:
        """Whether it takes a number of sequences, whatever their scores."""
        return self.how in ("top", "bottom", "quantiles")

    def wanted(self, n: int) -> int:
        """How many of n sequences "top" or "bottom" asks for, halves rounded up."""
        if self.share is None:
            assert self.number is not None
            return self.number
        return _rounded(self.share * n)

    def ranks(self, n: int) -> tuple[int, int]:
        """From which to below which rank of n sequences, lowest scores first, it takes.

        Examples
        --------
        >>> parse_selection("top 50%").ranks(5), parse_selection("quantiles 0 to 0.5").ranks(5)
        ((2, 5), (0, 2))
        """
        if self.band is not None:
            low, high = (n - _rounded((1 - share) * n) for share in self.band)  # as "top" is
            return low, high
        wanted = min(self.wanted(n), n)
        return (n - wanted, n) if self.how == "top" else (0, wanted)

    def takes(self, scores: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Which scores lie beyond the threshold; all, where all are asked for."""
        if self.how == "all":
            return np.ones(len(scores), bool)
        assert self.threshold is not None
        return np.asarray(_BEYOND[self.how](scores, self.threshold))

    def of(self, wild_type: float | None) -> Selection:
        """The same with the wild type's score as its threshold, if that is what it asks for."""
        if not self.of_wild_type:
            return self
        if wild_type is None:
            raise ValueError(f"'{self}' needs the wild type: give wild_type=, a sequence")
        return replace(self, threshold=float(wild_type), of_wild_type=False)

    def __str__(self) -> str:
        if self.how == "all":
            return "all"
        if self.of_wild_type:
            return f"{self.how} wt"
        if self.band is not None:
            low, high = (f"{_exact(number):f}" for number in self.band)
            return f"quantiles {low} to {high}"
        if self.share is not None:
            return f"{self.how} {_decimal(100 * self.share)}%"
        return f"{self.how} {self.threshold if self.number is None else self.number}"


def parse_selection(text: str) -> Selection:
    """What such words ask for.

    Parameters
    ----------
    text : str
        A threshold, as "> 0.9", ">= 0.9", "< 0.1" or "<= 0.1"; or a share or a number of the
        highest or lowest scores, as "top 1%", "bottom 10%", "top 100000" or "bottom 500";
        beyond the wild type's score, as "> wt"; between two quantiles, as "quantiles 0.25 to
        0.5", from the lowest scores up; a quarter, from "quartile 1", the highest scores, to
        "quartile 4"; or "all".

    Returns
    -------
    Selection

    Raises
    ------
    ValueError
        It is none of these; the message lists what is allowed.

    Examples
    --------
    >>> parse_selection(">= 0.9").threshold
    0.9
    """
    found = _parsed(text)
    if found is None:
        raise _none_of(text, f", {_MORE}")
    return found


def parse_bins_selection(text: str) -> Selection:
    """The same, of the kinds that whole bins of scores can give; ValueError for others."""
    found = _parsed(text)
    if found is None or found.how in ("quantiles", "all") or found.of_wild_type:
        raise _none_of(text, "")
    return found


def _parsed(text: str) -> Selection | None:
    if not isinstance(text, str):
        raise TypeError(f"a selection is a string, as {ALLOWED}, got {text!r}")
    return _threshold(text) or _rank(text) or _band(text) if len(text) <= _MOST_TEXT else None


def _none_of(text: str, more: str) -> ValueError:
    shown = text if len(text) <= _MOST_TEXT else text[:_MOST_TEXT] + "..."
    return ValueError(
        f"a selection is one of {ALLOWED}, 'bottom 500'{more}, with finite thresholds, "
        f"shares above 0 and up to 100 %, numbers from 1 up; got {shown!r}"
    )


def _threshold(text: str) -> Selection | None:
    match = _WILD_TYPE.fullmatch(text)
    if match is not None:
        return Selection(match[1], of_wild_type=True)
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


def _band(text: str) -> Selection | None:
    if text.strip().lower() == "all":
        return Selection("all")
    match = _QUARTILE.fullmatch(text)
    if match is not None:
        place = int(match[1])
        return Selection("quantiles", band=(Fraction(4 - place, 4), Fraction(5 - place, 4)))
    match = _BAND.fullmatch(text)
    if match is None or not 0 <= float(match[1]) < float(match[2]) <= 1:
        return None
    found = Selection("quantiles", band=(Fraction(match[1]), Fraction(match[2])))
    return found if len(str(found)) <= _MOST_TEXT else None


def _rounded(number: Fraction) -> int:
    """To the nearest whole number, halves up."""
    return math.floor(number + Fraction(1, 2))


def _exact(number: Fraction) -> Decimal:
    exact = _EXACT.divide(Decimal(number.numerator), Decimal(number.denominator))
    return exact.normalize(_EXACT)


def _decimal(number: Fraction) -> str:
    """A number that was written as a decimal, as one, to its last digit."""
    exact = _exact(number)
    plain = f"{exact:f}"
    return plain if len(plain) < _MOST_TEXT // 2 else str(exact)
