"""Colours of letters: the usual ones, ones for the colour-blind, or a reader's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from ..alphabet import DNA, PROTEIN, RNA

Colours: TypeAlias = "str | tuple[float, ...] | Mapping[str, Any] | None"

OTHER = "0.35"  # of letters without a colour

# for curves and boxes, of the palette of Okabe and Ito, the darker ones first
SERIES = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "black",
    "0.5",
)

# those of logomaker's schemes "classic" and "chemistry"
_USUAL = {
    "nucleotides": {"A": "green", "C": "blue", "G": "orange", "TU": "red"},
    "protein": {
        "AVLIPWFM": "black",
        "GSTYC": "green",
        "QN": "purple",
        "KRH": "blue",
        "DE": "red",
    },
}
# of the palette of Okabe and Ito, https://jfly.uni-koeln.de/color/
_COLORBLIND = {
    "nucleotides": {"A": "#009E73", "C": "#56B4E9", "G": "#E69F00", "TU": "black"},
    "protein": {
        "AVLIPWFM": "black",
        "GSTYC": "#009E73",
        "QN": "#CC79A7",
        "KRH": "#0072B2",
        "DE": "#D55E00",
    },
}


def kind_of(letters: str) -> str:
    """Name of the scheme that fits: "protein", "nucleotides", or "" where none does."""
    some = set(letters.upper())
    if some >= set(PROTEIN.letters):
        return "protein"
    known = set(DNA.letters + RNA.letters + DNA.placeholder)
    return "" if {c for c in some if c.isalpha()} - known else "nucleotides"


def colours_of(letters: str, colours: Colours = None) -> list[Any]:
    """A colour for each letter.

    Parameters
    ----------
    letters : str
        Each once.
    colours : None, "colorblind", colour, or mapping of letters to colours
        As :func:`fastmi.plot.logo` takes them.
    """
    from matplotlib.colors import is_color_like

    if isinstance(colours, Mapping):
        strange = [c for c in colours if c not in list(letters)]
        if strange:
            raise ValueError(f"{strange[0]!r} in colors is no letter of {letters!r}")
        wrong = [c for c in colours.values() if not is_color_like(c)]
        if wrong:
            raise ValueError(f"{wrong[0]!r} is not a colour that matplotlib knows")
        return [colours.get(c, OTHER) for c in letters]
    if colours is not None and not _same(colours, "colorblind"):
        if not is_color_like(colours):
            raise ValueError(
                "colors must be 'colorblind', a colour that matplotlib knows, or a mapping of "
                f"letters to colours, got {colours!r}"
            )
        return [colours] * len(letters)
    scheme = _USUAL if colours is None else _COLORBLIND
    groups = scheme.get(kind_of(letters), {})
    found = {c: colour for group, colour in groups.items() for c in group}
    return [found.get(c.upper(), OTHER) for c in letters]


def _same(given: Any, name: str) -> bool:
    return isinstance(given, str) and given == name
