"""Logos: every letter fills the box that its height gives it, in its order and colour."""

from __future__ import annotations

import io
import re
import warnings
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

import fastmi
from fastmi import plot
from fastmi.plot._letters import WIDTH, outline, stacked
from fastmi.plot.structures import CONTEXTS, contexts

DNA, RNA, AMINO = "ACGT", "ACGU", "ACDEFGHIKLMNPQRSTVWY"
MINUS = "\N{MINUS SIGN}"


@pytest.fixture(autouse=True, scope="module")
def _no_windows() -> None:
    mpl.use("Agg")


def collection(ax: Axes) -> PathCollection:
    (drawn,) = ax.collections
    assert isinstance(drawn, PathCollection)
    return drawn


def boxes(ax: Axes) -> list[Bbox]:
    """Of the letters as matplotlib measures their curves, in the order of drawing."""
    return [path.get_extents() for path in collection(ax).get_paths()]


def shown(ax: Axes, letters: str) -> list[tuple[str, int, float, float]]:
    """(letter, position, bottom, top) of all that is drawn, told by shape alone."""
    shapes = {}
    for letter in letters:
        shape = outline(letter)
        for upright in (True, False):
            y = shape.vertices[:, 1] if upright else 1 - shape.vertices[:, 1]
            shapes[np.round(y, 6).tobytes() + shape.codes.tobytes()] = letter
    found = []
    for path in collection(ax).get_paths():
        box = path.get_extents()
        unit = np.round((path.vertices[:, 1] - box.y0) / box.height, 6) + 0.0
        letter = shapes[unit.tobytes() + path.codes.tobytes()]
        found.append((letter, round((box.x0 + box.x1) / 2), box.y0, box.y1))
    return found


def by_hand(heights: Any, letters: str) -> set[tuple[str, int, float, float]]:
    """The same by the plainest loop."""
    found = set()
    for at, row in enumerate(heights):
        for sign in (1, -1):
            edge = 0.0
            for height, letter in sorted(
                (h * sign, c) for h, c in zip(row, letters, strict=True)
            ):
                if height > 0:
                    low, high = sorted((sign * edge, sign * (edge + height)))
                    found.add((letter, at, round(low, 6), round(high, 6)))
                    edge += height
    return found


def texts(axis: Any) -> list[str]:
    axis.figure.draw_without_rendering()
    low, high = sorted(axis.get_view_interval())
    return [
        t.label1.get_text()
        for t in axis.get_major_ticks()
        if low <= t.get_loc() <= high and t.label1.get_visible() and t.label1.get_text()
    ]


# ------------------------------------------------------------------------------- the boxes


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("alphabet", ["dna", "rna", "protein", "PHIMEU", "01-*", "ÄÖ"])
def test_a_letter_alone_fills_its_cell(alphabet: str, sign: int) -> None:
    letters = fastmi.get_alphabet(alphabet).letters
    heights = sign * np.diag(np.linspace(0.3, 40, len(letters)))
    found = boxes(plot.logo(heights, alphabet=alphabet))
    assert len(found) == len(letters)
    for at, (letter, box) in enumerate(zip(letters, found, strict=True)):
        width = WIDTH * min(1, outline(letter).aspect / outline("E").aspect)
        low, high = sorted((0, heights[at, at]))
        expected = (at - width / 2, low, at + width / 2, high)
        np.testing.assert_allclose(box.extents, expected, rtol=0, atol=1e-6)


def test_only_narrow_letters_leave_room_beside_them() -> None:
    narrow = [c for c in AMINO if outline(c).aspect < outline("E").aspect - 1e-9]
    assert set(narrow) <= set("IFJL")
    assert outline("I").aspect < 0.5 * outline("E").aspect


@pytest.mark.parametrize(("letters", "n"), [(DNA, 30), (AMINO, 25)])
def test_stacks_are_those_of_the_plain_loop(
    letters: str, n: int, rng: np.random.Generator
) -> None:
    heights = rng.normal(size=(n, len(letters)))
    found = shown(plot.logo(heights, alphabet=letters), letters)
    rounded = {(c, at, round(low, 6), round(high, 6)) for c, at, low, high in found}
    assert len(found) == heights.size
    assert rounded == by_hand(heights, letters)


def test_stacks_have_neither_gaps_nor_overlaps(rng: np.random.Generator) -> None:
    heights = rng.normal(size=(50, 20)) * 10.0 ** rng.integers(-1, 1, (50, 1))
    found = boxes(plot.logo(heights, alphabet="protein"))
    order = stacked(heights)
    for at in range(50):
        some = [box for box, p in zip(found, order.position, strict=True) if p == at]
        edges = sorted((box.y0, box.y1) for box in some)
        for (_, top), (bottom, _) in pairwise(edges):
            assert top == pytest.approx(bottom, abs=1e-6)
        assert edges[0][0] == pytest.approx(heights[at][heights[at] < 0].sum(), abs=1e-6)
        assert edges[-1][1] == pytest.approx(heights[at][heights[at] > 0].sum(), abs=1e-6)


def test_the_first_of_equal_letters_is_outermost() -> None:
    ax = plot.logo([[1, 1, 0, 1], [-1, 0, -1, 0]])
    assert [letter for letter, *_ in shown(ax, DNA)] == list("TCA") + list("GA")


def test_letters_too_low_to_see_are_left_out() -> None:
    ax = plot.logo([[1, 1e-9, 0, -1e-9], [0, 0, 0, 0]])
    ((letter, *_, top),) = shown(ax, DNA)
    assert (letter, top) == ("A", pytest.approx(1))
    assert ax.get_ylim()[0] == 0


def test_heights_are_left_alone() -> None:
    heights = np.random.default_rng(1).normal(size=(5, 4))
    before = heights.copy()
    plot.logo(heights)
    np.testing.assert_array_equal(heights, before)


# ---------------------------------------------------------------------------- up and down


def on_its_head(ax: Axes, letter: str) -> bool:
    """Of the only letter."""
    (path,) = collection(ax).get_paths()
    box = path.get_extents()
    unit = (path.vertices[:, 1] - box.y0) / box.height
    upright = outline(letter).vertices[:, 1]
    assert np.allclose(unit, upright) != np.allclose(unit, 1 - upright)
    return bool(np.allclose(unit, 1 - upright))


@pytest.mark.parametrize(
    ("alphabet", "height", "flip", "expected"),
    [
        ("dna", -1, None, True),
        ("dna", -1, False, False),
        ("dna", 1, True, False),
        ("protein", -1, None, False),
        ("protein", -1, True, True),
    ],
)
def test_letters_below_zero_stand_on_their_heads(
    alphabet: str, height: float, flip: bool | None, expected: bool
) -> None:
    heights = np.zeros((1, len(fastmi.get_alphabet(alphabet))))
    heights[0, 0] = height
    assert on_its_head(plot.logo(heights, alphabet=alphabet, flip=flip), "A") is expected


# --------------------------------------------------------------------------------- colours


def colours(ax: Axes, letters: str) -> dict[str, Any]:
    faces = np.asarray(collection(ax).get_facecolor())
    return {c: tuple(face) for (c, *_), face in zip(shown(ax, letters), faces, strict=True)}


CLASSIC = {"A": "green", "C": "blue", "G": "orange", "T": "red", "U": "red"}
CHEMISTRY = {
    **dict.fromkeys("GSTYC", "green"),
    **dict.fromkeys("QN", "purple"),
    **dict.fromkeys("KRH", "blue"),
    **dict.fromkeys("DE", "red"),
    **dict.fromkeys("AVLIPWFM", "black"),
}


@pytest.mark.parametrize(
    ("letters", "expected"), [(DNA, CLASSIC), (RNA, CLASSIC), (AMINO, CHEMISTRY)]
)
def test_colours_are_the_usual_ones(letters: str, expected: dict[str, str]) -> None:
    ax = plot.logo(np.eye(len(letters)) - 0.01, alphabet=letters)
    assert colours(ax, letters) == {c: to_rgba(expected[c]) for c in letters}


@pytest.mark.parametrize("letters", ["ACGT-", "ACGTN", "acgt", "AT"])
def test_colours_of_nucleotides_with_something_else(letters: str) -> None:
    found = colours(plot.logo(np.eye(len(letters)), alphabet=letters), letters)
    for c in letters:
        assert found[c] == to_rgba(CLASSIC.get(c.upper(), "0.35"))


def test_letters_of_other_alphabets_are_grey() -> None:
    found = colours(plot.logo(np.eye(5), alphabet="PHIME"), "PHIME")
    assert set(found.values()) == {to_rgba("0.35")}


@pytest.mark.parametrize("letters", [DNA, AMINO])
def test_colorblind_has_as_many_colours_but_others(letters: str) -> None:
    usual = colours(plot.logo(np.eye(len(letters)), alphabet=letters), letters)
    ax = plot.logo(np.eye(len(letters)), alphabet=letters, colors="colorblind")
    found = colours(ax, letters)
    assert len(set(found.values())) == len(set(usual.values()))
    assert not {to_rgba("red"), to_rgba("green")} & set(found.values())
    pairs = {(usual[c], found[c]) for c in letters}
    assert len(pairs) == len(set(found.values()))  # the same letters go together


def test_own_colours() -> None:
    grey = to_rgba("0.35")
    assert set(colours(plot.logo(np.eye(4), colors="#123456"), DNA).values()) == {
        to_rgba("#123456")
    }
    found = colours(plot.logo(np.eye(4), colors={"G": (1, 0, 0), "T": "C1"}), DNA)
    assert found == {"A": grey, "C": grey, "G": (1, 0, 0, 1), "T": to_rgba("C1")}


# -------------------------------------------------------------------------------- the axes


def test_a_new_figure_is_made_of_no_pyplot_state() -> None:
    import matplotlib.pyplot as plt

    assert plot.logo(np.eye(4)).figure is not plot.logo(np.eye(4)).figure
    assert plt.get_fignums() == []


@pytest.mark.parametrize("structure", [None, "(..)"])
def test_the_given_axes_are_drawn_on(structure: str | None) -> None:
    ax = Figure().add_subplot()
    assert plot.logo(np.eye(4), ax=ax, structure=structure, title="a logo") is ax
    assert len(boxes(ax)) == 4
    assert ax.get_title() == "a logo"
    track = Figure().add_subplot()
    assert plot.structure_track("(..)", ax=track, title="a track") is track
    assert track.get_title() == "a track"


@pytest.mark.parametrize("first", [0, 1, -33])
def test_positions_are_numbered_as_in_other_plots(first: int) -> None:
    ax = plot.logo(np.ones((12, 4)), first_position=first)
    assert ax.get_xlim() == (first - 0.5, first + 11.5)
    assert ax.get_xlabel() == "position"
    assert {at for _, at, *_ in shown(ax, DNA)} == set(range(first, first + 12))
    names = texts(ax.xaxis)
    assert len(names) > 2
    assert set(names) <= {str(p).replace("-", MINUS) for p in range(first, first + 12)}


@pytest.mark.parametrize(
    ("heights", "low", "high"),
    [
        ([[1, 2, 0, 0], [0, 0, 0, 4]], 0, 4),
        ([[-1, -2, 0, 0]], -3, 0),
        ([[5, -2, 0, 0]], -2, 5),
    ],
)
def test_the_axis_of_heights_has_zero_and_all_letters(
    heights: Any, low: float, high: float
) -> None:
    ax = plot.logo(heights)
    bottom, top = ax.get_ylim()
    assert (bottom == 0) == (low == 0)
    assert (top == 0) == (high == 0)
    room = 0.05 * (high - low)
    assert low - room < bottom <= low
    assert high <= top < high + room
    assert len(ax.lines) == (low < 0)  # the line at zero


def test_one_position_one_letter_and_nothing_at_all() -> None:
    ax = plot.logo([[0.5, 0, 0, 0]])
    assert texts(ax.xaxis) == ["0"]
    assert [t for t in ax.get_xticks() if -0.5 <= t <= 0.5] == [0]
    (box,) = boxes(plot.logo([[3.0], [0.0]], alphabet="A"))
    np.testing.assert_allclose(box.extents, (-WIDTH / 2, 0, WIDTH / 2, 3), atol=1e-6)
    ax = plot.logo(np.zeros((7, 4)))
    assert boxes(ax) == []
    assert ax.get_ylim() == (0, 1)
    ax.get_figure().savefig(io.BytesIO())


@pytest.mark.parametrize("scale", [1e-300, 1e-30, 1e30, 9e99])
def test_heights_of_any_size(scale: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax = plot.logo(scale * np.eye(4)[:, ::-1])
        ax.get_figure().savefig(io.BytesIO())
    assert [letter for letter, *_ in shown(ax, DNA)] == list("TGCA")


# --------------------------------------------------------------------------------- motifs


def test_information_heights_against_numbers_by_hand() -> None:
    motif = fastmi.Motif("m", [[0.5, 0.5, 0, 0], [1, 0, 0, 0], [0.25] * 4])
    expected = [[0.5, 0.5, 0, 0], [2, 0, 0, 0], [0] * 4]
    np.testing.assert_allclose(motif.heights(), expected, atol=1e-15)
    background = {"A": 0.5, "C": 0.25, "G": 0.125, "T": 0.125}
    # 0.5 log2(0.5 / 0.5) + 0.5 log2(0.5 / 0.25) = 0.5 bits; log2(1 / 0.5) = 1 bit
    found = motif.heights(background)
    np.testing.assert_allclose(found[:2], [[0.25, 0.25, 0, 0], [1, 0, 0, 0]], atol=1e-15)
    np.testing.assert_allclose(found.sum(axis=1), motif.information(background))


@pytest.mark.parametrize(("alphabet", "most"), [("dna", 2), ("protein", np.log2(20))])
def test_a_motif_is_drawn_in_bits(alphabet: str, most: float, rng: np.random.Generator) -> None:
    letters = fastmi.get_alphabet(alphabet).letters
    motif = fastmi.Motif("m", rng.dirichlet([0.2] * len(letters), 9), alphabet)
    ax = plot.logo(motif)
    assert ax.get_ylabel() == "information (bits)"
    assert ax.get_ylim() == (0, pytest.approx(most))
    tops: dict[int, float] = {}
    for _, at, _, top in shown(ax, letters):
        tops[at] = max(top, tops.get(at, 0))
    np.testing.assert_allclose(list(tops.values()), motif.information(), rtol=1e-4)
    largest = [c for c, at, _, top in shown(ax, letters) if top == tops[at]]
    assert "".join(largest) == motif.consensus()


def test_matrices_have_no_unit() -> None:
    assert plot.logo(np.eye(4)).get_ylabel() == ""


class Frame:
    """As much of a data frame as matters."""

    def __init__(self, values: Any, columns: Any) -> None:
        self.values, self.columns = np.asarray(values), columns

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self.values, dtype)


def test_columns_of_frames_are_letters() -> None:
    ax = plot.logo(Frame([[1, 2, 3, 4]], ["T", "G", "C", "A"]))
    assert [c for c, *_ in shown(ax, DNA)] == list("TGCA")
    with pytest.raises(ValueError, match=r"^the letters 'ACGX' are not those of .*'ACGT'$"):
        plot.logo(Frame([[1, 2, 3, 4]], list("ACGX")))


# ------------------------------------------------------------------------------ structures


@pytest.mark.parametrize(
    ("structure", "expected"),
    [
        ("....", "EEEE"),
        ("(...)", "PHHHP"),
        ("()", "PP"),
        (".((..)).(.).", "EPPHHPPEPHPE"),
        ("((.(...)..))", "PPIPHHHPIIPP"),
        ("(.(..))", "PIPHHPP"),  # a bulge
        ("(.(.).(.).)", "PMPHPMPHPMP"),
        ("((.)(.))", "PPHPPHPP"),
        ("(.(.(.).(.)).)", "PIPMPHPMPHPPIP"),
    ],
)
def test_contexts_of_structures(structure: str, expected: str) -> None:
    found = contexts(structure)
    assert "".join("PHIME"[c] for c in found.argmax(axis=1)) == expected
    np.testing.assert_array_equal(found.sum(axis=1), 1)


@pytest.mark.parametrize("letters", ["PU", "PHIME"])
def test_a_track_stacks_probabilities(letters: str, rng: np.random.Generator) -> None:
    profile = rng.dirichlet([0.5] * len(letters), 20)
    ax = plot.structure_track(profile, first_position=0)
    found = shown(ax, letters)
    rounded = {(c, at, round(low, 6), round(high, 6)) for c, at, low, high in found}
    assert rounded == {row for row in by_hand(profile, letters) if row[3] - row[2] > 1e-6}
    assert colours(ax, letters) == {c: to_rgba(CONTEXTS[c][1]) for c in letters}
    assert ax.get_ylim() == (0, 1)
    legend = ax.get_legend()
    assert legend is not None
    assert [t.get_text()[0] for t in legend.get_texts()] == list(letters)


def test_a_track_of_brackets_names_what_is_there() -> None:
    ax = plot.structure_track("((..))", first_position=5)
    assert [(c, at) for c, at, *_ in shown(ax, "PHIME")] == [
        (c, 5 + at) for at, c in enumerate("PPHHPP")
    ]
    legend = ax.get_legend()
    assert legend is not None
    assert [t.get_text() for t in legend.get_texts()] == ["P paired", "H hairpin loop"]
    assert plot.structure_track("((..))", legend=False).get_legend() is None


def test_no_two_contexts_of_a_track_look_alike() -> None:
    for letters in ("PU", "PHIME"):
        assert len({CONTEXTS[c][1] for c in letters}) == len(letters)


@pytest.mark.parametrize("placed", ["new", "subplot", "anywhere"])
def test_a_track_lies_beneath_its_logo_on_the_same_positions(placed: str) -> None:
    figure = Figure(figsize=(6, 4))
    ax = {
        "new": None,
        "subplot": figure.subplots(2, 2)[0, 1],
        "anywhere": figure.add_axes((0.2, 0.3, 0.5, 0.4)),
    }[placed]
    before = None if ax is None else ax.get_position()
    ax = plot.logo(np.ones((8, 4)), ax=ax, structure="((....))", first_position=-2)
    track = ax.figure.axes[-1]
    assert track is not ax
    ax.figure.draw_without_rendering()
    above, below = ax.get_position(), track.get_position()
    assert (above.x0, above.x1) == pytest.approx((below.x0, below.x1))
    assert below.y1 <= above.y0
    if before is not None:  # in the place that the logo had
        assert above.y1 == pytest.approx(before.y1)
        assert below.y0 == pytest.approx(before.y0)
    assert track.get_xlim() == ax.get_xlim() == (-2.5, 5.5)
    assert (ax.get_xlabel(), track.get_xlabel()) == ("", "position")
    assert texts(track.xaxis)
    assert texts(ax.xaxis) == []
    ax.set_xlim(0, 3)
    assert track.get_xlim() == (0, 3)


# -------------------------------------------------------------------------------- pictures


def test_nothing_is_a_bitmap(tmp_path: Path) -> None:
    ax = plot.logo(np.eye(4) - 0.2, structure="(..)")
    for name, sign in (("x.pdf", b"/Subtype /Image"), ("x.svg", b"<image")):
        ax.get_figure().savefig(tmp_path / name)
        assert sign not in (tmp_path / name).read_bytes()


def test_letters_are_dejavu_whatever_the_settings() -> None:
    expected = [path.vertices for path in collection(plot.logo(np.eye(4))).get_paths()]
    outline.cache_clear()
    with mpl.rc_context({"font.family": "serif", "font.weight": "light", "font.size": 30}):
        found = [path.vertices for path in collection(plot.logo(np.eye(4))).get_paths()]
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_pixels_of_a_letter_are_its_box() -> None:
    """Two E in red on white: of whole pixels, and half a pixel higher."""
    figure = Figure(figsize=(4, 4), dpi=100)
    ax = figure.add_axes((0, 0, 1, 1))
    plot.logo([[0.0, 2.0], [0.0, 2.005]], alphabet="AE", ax=ax, colors="red")
    ax.set_ylim(-1, 3)
    ax.axis("off")
    figure.savefig(out := io.BytesIO(), format="rgba")
    green = np.frombuffer(out.getvalue(), np.uint8).reshape(400, 400, 4)[:, :, 1]
    for half, edge in ((green[:, :200], 255), (green[:, 200:], 128)):
        rows = np.flatnonzero((half < 64).any(axis=1))
        columns = np.flatnonzero((half[110:290] < 64).any(axis=0))
        assert (rows[0], rows[-1]) == (100, 299)
        assert (columns[0], columns[-1]) == (5, 194)
        assert half[99].min() == pytest.approx(edge, abs=3)


# ------------------------------------------------------------------------------- bad input

WRONG: list[tuple[Any, dict[str, Any], str]] = [
    (np.zeros((3, 5)), {}, "heights must have shape (L, 4), one row a position and one column"),
    (np.zeros(4), {}, "heights must have shape (L, 4)"),
    (np.zeros((0, 4)), {}, "heights must have shape (L, 4)"),
    (np.zeros((1, 4)), {"alphabet": "protein"}, "heights must have shape (L, 20)"),
    (np.zeros((1, 4)), {"alphabet": "AACG"}, "letter 'A' occurs twice in alphabet 'AACG'"),
    ([[1, 0, np.nan, 0]], {}, "heights must be finite, and below 1e+100, got nan for 'G' at"),
    ([[0] * 4, [0, 0, 0, -np.inf]], {}, "got -inf for 'T' at position 1"),
    ([[1e100, 0, 0, 0]], {}, "got 1e+100 for 'A' at position 0"),
    (np.eye(4), {"colors": {"X": "red"}}, "'X' in colors is no letter of 'ACGT'"),
    (np.eye(4), {"colors": {"A": "redd"}}, "'redd' is not a colour that matplotlib knows"),
    (np.eye(4), {"colors": "redd"}, "colors must be 'colorblind', a colour that matplotlib"),
    (np.eye(4), {"structure": "(...)"}, "the structure has 5 positions, the logo 4"),
    (np.eye(2), {"alphabet": "A "}, "' ' has no shape that could be drawn"),
]


@pytest.mark.parametrize(("heights", "options", "message"), WRONG)
def test_what_is_wrong_is_said(heights: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        plot.logo(heights, **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("heights", ["ACGT", [["a", "b"]], [[1, 2], [3]], None, [[1j] * 4]])
def test_heights_are_numbers(heights: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=r"^heights must "):
        plot.logo(heights)


@pytest.mark.parametrize("first", [0.5, "1", None, True])
def test_the_first_position_is_a_whole_number(first: Any) -> None:
    for draw in (lambda: plot.logo(np.eye(4), first_position=first),):
        with pytest.raises(TypeError, match="first_position must be a whole number"):
            draw()
    with pytest.raises(TypeError, match="first_position must be a whole number"):
        plot.structure_track("..", first_position=first)


@pytest.mark.parametrize(
    ("profile", "message"),
    [
        ("", "a structure has at least one letter, got ''"),
        ("((.)", "the bracket at position 0 of the structure stays open"),
        ("(.))", "the bracket at position 3 of the structure closes nothing"),
        ("(.[.).]", "a structure is written with '.', '(' and ')', got '[' at position 2"),
        (np.zeros((3, 4)), "a structure profile has shape (L, 2), for P and U, or (L, 5)"),
        (np.zeros((0, 2)), "a structure profile has shape (L, 2), for P and U, or (L, 5)"),
        ([[0.5, np.nan]], "probabilities from 0 to 1, got nan for U at position 0"),
        ([[0.5, 0.5], [-0.1, 1]], "probabilities from 0 to 1, got -0.1 for P at position 1"),
        ([[0, 0, 2, 0, 0]], "probabilities from 0 to 1, got 2 for I at position 0"),
        ([[0.5, 0.5], [0.7, 0.7]], "add to at most 1, got 1.4 at position 1"),
    ],
)
def test_what_is_wrong_with_a_structure_is_said(profile: Any, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        plot.structure_track(profile)


def test_profiles_are_numbers() -> None:
    with pytest.raises(TypeError, match=r"is numbers or a string, got list$"):
        plot.structure_track([["P", "U"]])


def test_what_is_wrong_leaves_the_axes_alone() -> None:
    ax = Figure().add_subplot()
    for heights, options, _ in WRONG:
        with pytest.raises(ValueError):
            plot.logo(heights, ax=ax, **options)
    assert not ax.collections
    assert ax.get_xlim() == (0, 1)
    assert len(ax.figure.axes) == 1


def test_complex_numbers_and_flips_that_are_none_are_refused() -> None:
    for call in (
        lambda: plot.logo(np.ones((2, 4)) * 1j),
        lambda: plot.structure_track(np.ones((2, 2)) * 0.5j),
        lambda: plot.logo(np.ones((2, 4)), flip="x"),
    ):
        with pytest.raises(TypeError, match=r"(heights must|a structure profile is|flip must)"):
            call()
