"""Hairpins: whether a pattern is worth more in a loop than in a stem, or only in that place.

A loop and a stem are two places, and places matter without any structure.  So the same
patterns go into the same places of linear sequences, too, and a hairpin's own effect is kept
apart from what patterns do in it.
"""

from __future__ import annotations

from .._checks import check_size
from ..simulate.hairpins import Hairpin, as_hairpin
from .contrasts import Contrast, Factor, difference, importance_of
from .designs import Design, Placement, codes_of
from .effects import Effects
from .engine import GIA

PAPER_HAIRPIN = Hairpin(stem5=5, stem3=22, length=11)
_ARMS = (5, 3)


def hairpin(
    gia: GIA,
    pattern: str,
    structure: Hairpin | str = PAPER_HAIRPIN,
    *,
    loop_start: int | None = None,
    stem_start: int | None = None,
    arm: int = 5,
) -> Effects:
    """What a pattern does in the loop and in the stem of a hairpin, and there without one.

    Parameters
    ----------
    gia : GIA
        Model and backgrounds, of DNA or RNA.
    pattern : str
        The pattern.
    structure : fastmi.simulate.Hairpin or str
        Which bases pair; or a drawing of it, as long as the backgrounds, as
        "....((((....))))...". By default that of the paper.
    loop_start, stem_start : int, optional
        0-based starts of the pattern in the loop and in an arm of the stem; by default it is
        in the middle of each.
    arm : {5, 3}
        Which arm of the stem the pattern stands in.

    Returns
    -------
    Effects
        Rows (for each head and scale), with ``place``, ``structure`` and ``start``:

        - importance in the ``loop`` and in the ``stem``, in a ``hairpin`` and in ``linear``
          sequences;
        - importance of the letters ``across`` from the pattern in the stem, alone, in
          ``linear`` sequences;
        - the importance of the hairpin itself, ``place`` "none";
        - the difference ``loop - stem`` in each structure, and how much larger it is in a
          hairpin, ``hairpin - linear``. Their ``start`` is -1, and that of the hairpin is
          where its stem starts.

        ``summary`` has the structure and both starts.

    Raises
    ------
    ValueError, TypeError
        The pattern does not fit into the loop or into the arm, or is not in it with the start
        given; the backgrounds are too short for the structure, or have no pairs.

    Notes
    -----
    Importance in a hairpin is the mean of f(hairpin with the pattern) - f(hairpin), that in
    linear sequences the mean of f(x with the pattern) - f(x), for the same backgrounds x: the
    hairpin is made of x. A pattern in the stem gets its partners across. These are more
    letters than the pattern has in linear sequences, and ``across`` says what they do there;
    ``loop - stem`` for ``hairpin - linear`` is what the structure does beyond the place if
    they do nothing.

    The paper, Fig. 3c of P. K. Koo et al., doi:10.1371/journal.pcbi.1008925, pairs positions
    6-16 with 23-33, counted from 1, which is the default, and has GCUGGC in it. The authors'
    code pairs 7-15 with 23-31, counted from 0, and has GCUGG at 17 or 9, which are the
    defaults of ``Hairpin(7, 23, 9)``.

    Examples
    --------
    >>> import fastmi
    >>> from fastmi.gia import GIA, hairpin
    >>> def score(x, pairs=str.maketrans("ACGU", "UGCA")):  # 2 in a loop, else 1
    ...     before, found, behind = x.partition("GCUGGC")
    ...     folded = before[-6:][::-1].translate(pairs) == behind[:6]
    ...     return len(found) / 6 * (1 + folded)
    >>> model = fastmi.models.wrap(lambda s: [score(x) for x in s], takes="strings")
    >>> gia = GIA(model, fastmi.simulate.random(200, 41, "rna", rng=1))
    >>> found = hairpin(gia, "GCUGGC")
    >>> for row in found.table:
    ...     print(f"{row['effect']:.1f} {row['place']}, {row['structure']}")
    2.0 loop, hairpin
    1.0 stem, hairpin
    1.0 loop, linear
    1.0 stem, linear
    0.0 across, linear
    0.0 none, hairpin
    1.0 loop - stem, hairpin
    0.0 loop - stem, linear
    1.0 loop - stem, hairpin - linear
    """
    structure = as_hairpin(structure, gia.length, gia.alphabet)
    width = len(codes_of(pattern, gia.alphabet))
    if arm not in _ARMS:
        raise ValueError(f"arm must be 5 or 3, got {arm!r}")
    loop5 = structure.stem5 + structure.length
    stem = structure.stem5 if arm == 5 else structure.stem3
    starts = {
        "loop": _start_in("loop", pattern, loop5, structure.stem3, loop_start),
        "stem": _start_in(f"{arm}' arm", pattern, stem, stem + structure.length, stem_start),
    }
    contrasts, differences = [], []
    for name, folded in (("hairpin", structure), ("linear", None)):
        here = {
            place: Design((Placement(pattern, at),), folded) for place, at in starts.items()
        }
        for place, design in here.items():
            factors = _factors(place, name, starts[place])
            contrasts.append(importance_of(f"{design} {name}", design, **factors))
        words = f"{here['loop']} - {here['stem']}"
        factors = _factors("loop - stem", name)
        differences.append(difference(f"{words} {name}", *here.values(), **factors))
    facing = structure.stem5 + structure.end - starts["stem"] - width
    across = Design((Placement(pattern, facing, "-"),))
    factors = _factors("across", "linear", facing)
    contrasts.append(importance_of(f"{across} linear", across, **factors))
    itself = ((1.0, Design((), structure)), (-1.0, Design()))
    factors = _factors("none", "hairpin", structure.stem5)
    contrasts.append(Contrast("hairpin", itself, "importance", factors))
    folded_terms, linear_terms = (contrast.terms for contrast in differences)
    beyond = folded_terms + tuple((-weight, design) for weight, design in linear_terms)
    factors = _factors("loop - stem", "hairpin - linear")
    last = Contrast(f"{words} hairpin - linear", beyond, "difference", factors)
    summary = {
        "structure": structure.about(),
        "drawing": structure.dot_bracket(gia.length),
        "arm": arm,
        **{f"{place}_start": at for place, at in starts.items()},
    }
    return gia.effects([*contrasts, *differences, last], "hairpin", summary)


def _factors(place: str, structure: str, start: int = -1) -> dict[str, Factor]:
    return {"place": place, "structure": structure, "start": start}


def _start_in(where: str, pattern: str, first: int, stop: int, start: int | None) -> int:
    """A start at which a pattern is in a part of the hairpin; in its middle by default."""
    room = stop - first - len(pattern)
    if room < 0:
        raise ValueError(
            f"{pattern} has {len(pattern)} letters, the {where} of the hairpin {stop - first}"
        )
    if start is None:
        return first + room // 2
    at = check_size(f"the start in the {where}", start)
    if not first <= at <= first + room:
        raise ValueError(
            f"{pattern} at {at} is not in the {where} of the hairpin, positions {first} to "
            f"{stop - 1}; its starts there are {first} to {first + room}"
        )
    return at
