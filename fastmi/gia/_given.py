"""What a caller gives an experiment, checked: designs, patterns, numbers, starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from .._checks import check_size
from .designs import (
    KEEP,
    Design,
    Placement,
    as_design,
    as_designs,
    check_pattern,
    codes_of,
    edit_of,
)
from .engine import GIA


def named_designs(gia: GIA, designs: Any) -> dict[str, Design]:
    """Designs by name, one at least; those without are named after what they write.

    A pattern without a start stands in the middle.
    """
    if isinstance(designs, Mapping):
        named = {name: as_design(_placed(gia, d)) for name, d in by_name(designs).items()}
    else:
        several = isinstance(designs, Iterable) and not isinstance(designs, str | Design)
        given = as_designs([_placed(gia, d) for d in (designs if several else [designs])])
        named = {str(design): design for design in given}
        if len(named) < len(given):  # hairpins, which the words leave out
            named = {f"{design} ({i})": design for i, design in enumerate(given)}
    if not named:
        raise ValueError("there are no designs")
    for name, design in named.items():
        if not design.placements:
            raise ValueError(f"design {name!r} is empty: it writes nothing")
    return named


def _placed(gia: GIA, given: Any) -> Any:
    """A pattern without a start, in the middle; all else as it is."""
    if not isinstance(given, str) or not given.strip() or "@" in given:
        return given
    return Design((Placement(given, check_start(gia, given, None)),))


def as_patterns(patterns: Any) -> list[str]:
    """Patterns, one at least, each once."""
    alone = isinstance(patterns, str) or not isinstance(patterns, Iterable)
    found = [patterns] if alone else list(patterns)
    for pattern in found:
        check_pattern(pattern)
    if not found:
        raise ValueError("there are no patterns")
    return list(dict.fromkeys(found))


def as_numbers(name: str, given: Any, least: int | None = None) -> list[int]:
    """One whole number or several, one at least."""
    numbers = list(given) if isinstance(given, Iterable) else [given]
    for number in numbers:
        if not isinstance(number, int | np.integer) or isinstance(number, bool):
            raise TypeError(f"a {name} must be a whole number, got {number!r}")
        if least is not None:
            check_size(name, int(number), least)
    if not numbers:
        raise ValueError(f"there are no {name}s")
    return list(map(int, numbers))


def by_name(given: Mapping[Any, Any]) -> dict[str, Any]:
    """The same under names that are text, and differ as such."""
    named = {str(name): value for name, value in given.items()}
    if len(named) < len(given):
        raise ValueError(f"names must differ as text, got {list(given)}")
    return named


def check_start(gia: GIA, pattern: str, start: int | None) -> int:
    """A start that fits a pattern; the middle where none is given."""
    room = gia.length - len(codes_of(pattern, gia.alphabet))
    return max(room, 0) // 2 if start is None else check_size("start", start)


def check_apart(gia: GIA, designs: Sequence[Design]) -> None:
    """Raise where two designs write the same letter: a sum would count it twice."""
    writer: dict[int, Design] = {}
    for design in designs:
        written = edit_of(design, gia.length, gia.alphabet) != KEEP
        for position in np.flatnonzero(written).tolist():
            if position in writer:
                raise ValueError(
                    f"{writer[position]} and {design} overlap at {position}: what both write "
                    "would count twice in the sum of their effects"
                )
            writer[position] = design
