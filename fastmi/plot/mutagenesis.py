"""What every mutation does: a heat map of letters by position, with a logo above it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from .._checks import check_size
from .._heads import head_number
from .._numbers import as_reals
from ..alphabet import Alphabet, get_alphabet
from ..gia.effects import Effects
from ..gia.kmer_mutants import mutant_matrix
from ..gia.scales import SCORE
from ..ism import Mutagenesis
from ._axes import Limits, above, axes_or_new, number, widest
from ._colours import Colours, colours_of
from ._letters import Boxes, draw
from .logos import logo as draw_logo
from .structures import width_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = npt.NDArray[np.float64]

LOGOS = {"l2": "L2 of changes", "mean": "mean loss"}
_INK = "0.3"  # of the letters in the map
_MISSING = "0.88"  # grey, where nothing was changed
_LOGO = 1.1  # inches
_ROW = 0.27  # inches of a letter's row
_TEXT = 0.9  # inches of the labels beneath
_BAR = 0.12  # inches of the colour bar
_MARK = 0.6  # of a cell, the letter that is there


class _Changes(NamedTuple):
    """Changes of the score by position and letter, NaN where nothing is known."""

    values: Floats
    codes: npt.NDArray[np.int64]  # what is there, len(letters) where that is missing
    letters: str
    first: int
    axis: str


def mutagenesis(
    mutants: Mutagenesis | Effects | npt.ArrayLike,
    reference: str | None = None,
    *,
    n: int = 0,
    head: str | int | None = None,
    scale: str = SCORE,
    logo: Literal["l2", "mean"] | None = "l2",
    limits: Limits = "full",
    alphabet: str | Alphabet = "dna",
    colors: Colours = None,
    cmap: Any = "RdBu_r",
    colorbar: bool = True,
    ax: Axes | None = None,
    title: str | None = None,
    first_position: int | None = None,
) -> Axes:
    """Heat map of what each mutation changes, letters by positions, with a logo above it.

    Red cells raise the score, blue ones lower it; the letters that are there are written in
    their cells. Positions that were not mutated are grey.

    Parameters
    ----------
    mutants : Mutagenesis, Effects, or array_like of shape (L, A)
        What :func:`fastmi.mutagenesis` gives of a sequence, or
        :func:`fastmi.gia.kmer_mutagenesis` of a k-mer; or scores or changes by position and
        letter, of which that at the reference's letter is subtracted; NaN where unknown.
    reference : str, optional
        Of an array: the letters that are there.
    n : int
        Which of the sequences that were mutated.
    head : str or int, optional
        Name or number of the model's score; by default the first.
    scale : str
        Of effects: on which scale.
    logo : {"l2", "mean"}, optional
        Heights of the letters above: the L2 norm of what the mutants of a letter change; or
        how much they lower the score on average, so that letters which hold it down hang
        below zero. None draws the heat map alone.
    limits : {"full", "robust"} or float
        The colours go from minus to plus the largest change, the 99.8th percentile of their
        sizes, or this number.
    alphabet : str or Alphabet
        Of an array.
    colors : optional
        Of the logo, as :func:`logo` takes them.
    cmap : str or Colormap
        One with a neutral middle.
    colorbar : bool
        Whether to add a colour bar.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure. The logo takes the upper part of its place,
        and is the last Axes of the figure.
    title : str, optional
        Title, above the logo.
    first_position : int, optional
        Number of the first letter; by default the one of the results, 0 of an array.

    Returns
    -------
    matplotlib Axes
        Those of the heat map.

    Notes
    -----
    Figures 2a, 2e and 3b of P. K. Koo et al., doi:10.1371/journal.pcbi.1008925.

    Examples
    --------
    >>> import fastmi
    >>> model = fastmi.models.wrap(lambda s: [x.count("GC") for x in s], takes="strings")
    >>> ax = fastmi.plot.mutagenesis(fastmi.mutagenesis(model, ["TGCA"]))
    >>> ax.images[0].get_array()[0].tolist()  # A instead of T, G, C, A
    [0.0, -1.0, -1.0, 0.0]
    """
    if logo is not None and logo not in LOGOS:
        raise ValueError(f"logo must be one of {', '.join(LOGOS)}, or None, got {logo!r}")
    changes = _changes(mutants, reference, n, head, scale, get_alphabet(alphabet))
    first = changes.first
    if first_position is not None:
        first = check_size("first_position", first_position, -(2**62))
        if isinstance(mutants, Mutagenesis):
            first += int(mutants.positions[0])
    length, size = changes.values.shape
    colours_of(changes.letters, colors)
    most = widest(changes.values, limits)
    rows = _ROW * size + _TEXT
    upper = 0.0 if logo is None else _LOGO
    ax = axes_or_new(ax, (width_of(length) + 0.8, rows + upper))
    top = None if logo is None else above(ax, upper / (rows - _TEXT / 2 + upper))
    if top is not None and logo is not None:
        _draw_logo(top, changes, logo, colors, first)
    _draw_map(ax, changes, most, cmap, first)
    if colorbar:
        _draw_bar(ax, changes.axis)
    if title is not None:
        (ax if top is None else top).set_title(title)
    return ax


def _changes(
    mutants: Any,
    reference: str | None,
    n: int,
    head: str | int | None,
    scale: str,
    alphabet: Alphabet,
) -> _Changes:
    """What is drawn of any of them."""
    if not isinstance(mutants, Mutagenesis | Effects):
        return _of_array(mutants, reference, alphabet)
    if reference is not None:
        raise ValueError("reference= is for an array; results know their letters")
    h = 0 if head is None else head_number(mutants.heads, head)
    if isinstance(mutants, Mutagenesis):
        return _of_sequence(mutants, n, h)
    values = mutant_matrix(mutants, "difference", head=mutants.heads[h], scale=scale)
    kmer, letters = str(mutants.summary["kmer"]), str(mutants.summary["letters"])
    codes = np.array([letters.index(letter) for letter in kmer])
    of = SCORE if scale == SCORE else f"{scale} of {SCORE}"
    return _Changes(values, codes, letters, 0, f"change of {of}\n{mutants.heads[h]}".strip())


def _of_sequence(mutants: Mutagenesis, n: int, h: int) -> _Changes:
    """Changes of one sequence, from its first mutated position to its last."""
    if not -len(mutants) <= check_size("n", n, -(2**62)) < len(mutants):
        raise ValueError(f"there are {len(mutants):,} sequences, got n={n}")
    letters, positions = mutants.alphabet.letters, mutants.positions
    start, stop = int(positions[0]), int(positions[-1]) + 1
    values = np.full((stop - start, len(letters)), np.nan)
    values[positions - start] = mutants.effects[n, :, :, h]
    codes = np.full(stop - start, len(letters))
    n %= len(mutants)
    codes[positions - start] = mutants.sequences.block(n, n + 1).to_codes()[0, positions]
    first = mutants.first_position + start
    axis = f"change of {SCORE}\n{mutants.heads[h]}".strip()
    return _Changes(values, np.minimum(codes, len(letters)), letters, first, axis)


def _of_array(mutants: Any, reference: str | None, alphabet: Alphabet) -> _Changes:
    """Changes from scores or changes: less that of the letter which is there."""
    if reference is None:
        raise ValueError("an array of changes needs reference=, the letters that are there")
    if not isinstance(reference, str):
        raise TypeError(f"reference must be a string, got {reference!r}")
    try:
        values = as_reals(mutants)
    except (TypeError, ValueError):
        raise TypeError(f"mutants must be results or numbers, got {mutants!r}") from None
    size = len(alphabet)
    if values.shape != (len(reference), size) or not len(reference):
        raise ValueError(
            f"mutants of {len(reference)} letters must have shape ({len(reference)}, {size}), "
            f"a row a position and a column for each of {alphabet.letters!r}, got "
            f"{values.shape}"
        )
    if np.isinf(values).any():
        raise ValueError("mutants must be finite, or NaN where nothing is known")
    read = alphabet.lookup[np.frombuffer(reference.encode("latin-1", "replace"), np.uint8)]
    codes = np.minimum(read.astype(np.int64), size)
    known = np.flatnonzero(codes < size)
    there = values[known, codes[known]]
    values[known] -= np.nan_to_num(there)[:, None]
    values[known, codes[known]] = 0
    return _Changes(values, codes, alphabet.letters, 0, f"change of {SCORE}")


def _draw_logo(
    ax: Axes, changes: _Changes, by: Literal["l2", "mean"], colors: Colours, first: int
) -> None:
    values, size = np.nan_to_num(changes.values), len(changes.letters)
    height = np.linalg.norm(values, axis=1) if by == "l2" else -values.sum(axis=1) / (size - 1)
    known = np.flatnonzero(changes.codes < size)
    heights = np.zeros(values.shape)
    heights[known, changes.codes[known]] = height[known]
    draw_logo(heights, alphabet=changes.letters, ax=ax, colors=colors, first_position=first)
    ax.tick_params(axis="x", labelbottom=False)
    ax.set_xlabel("")
    ax.set_ylabel(LOGOS[by], fontsize="small")


def _draw_map(ax: Axes, changes: _Changes, most: float, cmap: Any, first: int) -> None:
    import matplotlib

    length, size = changes.values.shape
    colours = matplotlib.colormaps[cmap] if isinstance(cmap, str) else cmap
    ax.imshow(
        changes.values.T,
        cmap=colours.with_extremes(bad=_MISSING),
        vmin=-most,
        vmax=most,
        extent=(first - 0.5, first + length - 0.5, -0.5, size - 0.5),
        aspect="auto",
        interpolation="nearest",
        rasterized=True,
    )
    known = np.flatnonzero(changes.codes < size)
    there = changes.codes[known]
    bottom = size - 1 - there - _MARK / 2
    boxes = Boxes(known, there, bottom, np.full(len(known), _MARK), np.zeros(len(known), bool))
    draw(ax, boxes, changes.letters, [_INK] * size, first=first, width=_MARK)
    ax.set_xlim(first - 0.5, first + length - 0.5)
    ax.set_ylim(-0.5, size - 0.5)
    ax.set_yticks(range(size), changes.letters[::-1])
    ax.tick_params(axis="y", length=0)
    number(ax.xaxis, first, length)
    ax.set_xlabel("position")


def _draw_bar(ax: Axes, label: str) -> None:
    """A colour bar beside the map that leaves it as wide as the logo."""
    from matplotlib.ticker import MaxNLocator

    inches = ax.bbox.width / ax.figure.dpi
    beside = ax.inset_axes((1 + _BAR / inches, 0.0, _BAR / inches, 1.0))
    # as many ticks at any height, or the layout would leave room for shorter ones
    bar = ax.figure.colorbar(ax.images[0], cax=beside, ticks=MaxNLocator(4))
    bar.set_label(label, fontsize="small")
