"""Plots of effects: what is drawn are the numbers of the table, in the places that they say."""

from __future__ import annotations

from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.colors import same_color
from matplotlib.figure import Figure
from matplotlib.text import Text

import fastmi
from fastmi import plot, simulate
from fastmi.gia import (
    GIA,
    Contrast,
    Design,
    Effects,
    affinity,
    copies,
    importance,
    kmer_mutagenesis,
    mutant_matrix,
    positions,
    spacing,
)
from fastmi.gia.contrasts import ratio
from fastmi.models import wrap
from fastmi.plot._boxes import outline
from fastmi.plot._colours import SERIES
from fastmi.plot._labels import label_points
from fastmi.plot._rows import chosen

MINUS = "\N{MINUS SIGN}"


@pytest.fixture(autouse=True, scope="module")
def _no_windows() -> None:
    mpl.use("Agg")


def analysis(n: int = 200, **options: object) -> GIA:
    """Two heads between 0 and 1: counts of UG, and letters G."""
    model = wrap(
        lambda s: [[(x.count("UG") + 1) / 20, (x.count("G") + 1) / 40] for x in s],
        takes="strings",
    )
    return GIA(model, simulate.random(n, 30, "rna", rng=3), heads=["ug", "g"], **options)


@pytest.fixture(scope="module")
def gia() -> GIA:
    return analysis(transform="logit")


@pytest.fixture(scope="module")
def patterns(gia: GIA) -> Effects:
    return importance(gia, {"one": "UG@3", "two": "UGUG@3", "a very long name": "CCCC@9"})


def marks(ax: Axes, marker: str) -> list[tuple[list[float], list[float]]]:
    """Places and values of all lines that have this marker."""
    return [
        (np.asarray(line.get_xdata()).tolist(), np.asarray(line.get_ydata()).tolist())
        for line in ax.lines
        if line.get_marker() == marker and len(line.get_xdata())
    ]


def segments(ax: Axes) -> np.ndarray:
    """All straight pieces, shape (n, 2, 2)."""
    pieces = [c.get_segments() for c in ax.collections if isinstance(c, LineCollection)]
    return np.array([piece for some in pieces for piece in some])


def words(ax: Axes) -> list[str]:
    legend = ax.get_legend()
    return [] if legend is None else [text.get_text() for text in legend.get_texts()]


def has_segment(ax: Axes, first: tuple[float, float], last: tuple[float, float]) -> bool:
    wanted = np.array([first, last])
    return bool(np.isclose(segments(ax), wanted).all(axis=(1, 2)).any())


# ------------------------------------------------------------------------------------ boxes


def test_boxes_are_percentiles_and_triangles_means(patterns: Effects) -> None:
    some = patterns.only(name=["one", "two"], head="ug", scale="score")
    some = replace(some, local=np.random.default_rng(4).gamma(2, size=some.local.shape))
    ax = plot.effects(some)
    assert isinstance(ax, Axes)
    ((places, means),) = marks(ax, "^")
    assert places == [0, 1]
    assert means == some.table["effect"].tolist()
    (boxes,) = (c for c in ax.collections if isinstance(c, PolyCollection))
    for row, path in enumerate(boxes.get_paths()):
        low, q1, median, q3, high = np.percentile(some.local[row], (5, 25, 50, 75, 95))
        ends = path.get_extents()
        assert (ends.y0, ends.y1) == pytest.approx((q1, q3))
        assert ends.x0 + ends.x1 == pytest.approx(2 * row)
        assert has_segment(ax, (row, low), (row, q1))
        assert has_segment(ax, (row, q3), (row, high))
        assert has_segment(ax, (ends.x0, median), (ends.x1, median))
    assert [t.get_text() for t in ax.get_xticklabels()] == ["one", "two"]
    assert ax.get_ylabel() == "effect on score ug"
    assert ax.get_ylim()[0] < 0 < ax.get_ylim()[1]


def test_long_names_lie_and_the_first_is_on_top(patterns: Effects) -> None:
    some = patterns.only(head="g", scale="score")
    ax = plot.effects(some)
    ((means, places),) = marks(ax, "^")
    assert means == some.table["effect"].tolist()
    assert places == [0, 1, 2]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["one", "two", "a very long name"]
    assert ax.get_xlabel() == "effect on score g"
    lying = plot.effects(
        positions(analysis(), "UG", [0, 9]), x="start", head=0, horizontal=True
    )
    assert lying.get_ylim()[0] < 0 < 9 < lying.get_ylim()[1]  # numbers grow upwards
    upright = plot.effects(some, horizontal=False)
    assert marks(upright, "^") == [(places, means)]


def test_forty_rows_have_a_place_each(gia: GIA) -> None:
    many = importance(gia, {f"pattern {i}": f"UG@{i % 28}" for i in range(40)})
    ax = plot.effects(many, head="ug")
    assert len(ax.get_yticklabels()) == 40
    assert ax.figure.get_figheight() > 10
    assert marks(ax, "^")[0][0] == chosen(many, None, "ug", None).effect.tolist()


def test_heads_are_colours_side_by_side(patterns: Effects) -> None:
    ax = plot.effects(patterns.only(name=["one", "two"]))
    (first, of_first), (second, of_second) = marks(ax, "^")
    assert np.mean([first, second], axis=0).tolist() == pytest.approx([0, 1])
    assert (np.array(first) < np.array(second)).all()
    for head, means in (("ug", of_first), ("g", of_second)):
        rows = patterns.rows(head=head, scale="score", name=["one", "two"])
        assert means == patterns.table["effect"][rows].tolist()
    assert words(ax) == ["ug", "g"]
    assert ax.get_ylabel() == "effect on score"
    boxes = [c for c in ax.collections if isinstance(c, PolyCollection)]
    assert [same_color(c.get_edgecolor()[0], s) for c, s in zip(boxes, SERIES, strict=False)]
    widths = [path.get_extents().width for c in boxes for path in c.get_paths()]
    assert max(widths) < second[0] - first[0]  # no box covers another
    assert plot.effects(patterns, head=[1, "ug"]).get_legend() is not None
    assert plot.effects(patterns, head=1).get_legend() is None


def test_one_pattern_of_two_heads_has_a_place_for_each(patterns: Effects) -> None:
    ax = plot.effects(patterns.only(name="one"))
    assert [t.get_text() for t in ax.get_xticklabels()] == ["ug", "g"]
    assert words(ax) == []


def test_the_other_scale_and_standard_deviations(patterns: Effects) -> None:
    ax = plot.effects(patterns, scale="logit", head="ug", unit="sd", horizontal=False)
    rows = patterns.rows(scale="logit", head="ug")
    ((_, means),) = marks(ax, "^")
    assert means == pytest.approx(patterns.table["effect_in_sd"][rows].tolist())
    assert ax.get_ylabel() == "effect on logit of score ug\n(s.d. of backgrounds)"
    ax = plot.effects(patterns, kind="interval", head="ug", unit="sd", horizontal=False)
    row = patterns.table[patterns.rows(scale="score", head="ug")[0]]
    one = row["effect"] / row["effect_in_sd"]
    assert has_segment(ax, (0, row["low"] / one), (0, row["high"] / one))


def test_a_line_through_numbers_says_its_r2(gia: GIA) -> None:
    found = copies(gia, ["UG", "CC"], [1, 8, 20])
    some = found.only(
        quantity="importance", starts=["1", "1,8", "1,8,20"], head="g", scale="score"
    )
    ax = plot.effects(some, x="copies", by="pattern", fit=True)
    lines = [line for line in ax.lines if line.get_linestyle() == "--"]
    told = found.summary["additivity"]
    for line, name in zip(lines, ("UG", "CC"), strict=True):
        (answer,) = (
            a for a in told if (a["pattern"], a["head"], a["scale"]) == (name, "g", "score")
        )
        y = line.get_ydata()
        assert np.diff(y) / np.diff(line.get_xdata()) == pytest.approx(answer["slope"])
        assert y[0] == pytest.approx(answer["intercept"] + answer["slope"])
        r2, of_means = answer["r2"], answer["r2_means"]
        assert line.get_label() == (
            f"{name}: R\N{SUPERSCRIPT TWO} {of_means:.3f} of means, {r2:.3f} of local values"
        )
    assert ax.get_xlabel() == "number of sites"
    assert [t.get_text() for t in ax.get_xticklabels()] == ["1", "2", "3"]
    (first, _), (second, _) = marks(ax, "^")
    assert np.mean([first, second], axis=0).tolist() == pytest.approx([1, 2, 3])


def test_violins_have_their_density_and_their_quartiles(patterns: Effects) -> None:
    from scipy.stats import gaussian_kde

    values = np.random.default_rng(1).gamma(2, size=500)
    shape = outline(3.0, 0.8, values)
    left, right = shape[:128], shape[128:][::-1]
    assert left[:, 1].tolist() == right[:, 1].tolist()
    assert (left[0, 1], left[-1, 1]) == pytest.approx(tuple(np.percentile(values, (0.5, 99.5))))
    assert (left[:, 0] + right[:, 0]).tolist() == pytest.approx([6.0] * 128)
    wanted = gaussian_kde(values)(left[:, 1])
    found = (right - left)[:, 0] / 0.8
    assert found == pytest.approx(wanted / wanted.max(), abs=0.02)
    assert outline(1.0, 0.5, np.full(9, 2.5)).tolist() == [[0.75, 2.5], [1.25, 2.5]]

    ax = plot.effects(patterns, head="ug", kind="violin", horizontal=False)
    low, high = np.percentile(patterns.local[patterns.rows(head="ug")[0]], (25, 75))
    assert has_segment(ax, (0, low), (0, high))


def test_names_say_what_tells_rows_apart(gia: GIA) -> None:
    parts = [
        gia.effects([Contrast("x", ((1.0, Design.parse("UG@3")),), factors=f)], "own")
        for f in ({"side": "left", "number": 1}, {"side": "right", "number": 2})
    ]
    both = fastmi.gia.effects.together(parts).only(head="ug", scale="score")
    ax = plot.effects(both, horizontal=False)
    assert [t.get_text() for t in ax.get_xticklabels()] == ["left, number 1", "right, number 2"]
    ax = plot.effects(both, x="side")
    assert [t.get_text() for t in ax.get_xticklabels()] == ["left", "right"]
    assert ax.get_xlabel() == "side"


# -------------------------------------------------------------------------------- intervals


@pytest.fixture(scope="module")
def ratios(gia: GIA) -> Effects:
    """Two bounded ones, one by what may be nothing, one by what is exactly nothing."""
    g, ug = Design.parse("GGG@3"), Design.parse("UGUG@9")
    asked = [ratio(name, g, ug) for name in ("bounded", "other", "wide", "none")]
    found = gia.effects(asked, "ratios").only(head="ug", scale="score")
    below = found.denominator.copy()
    noise = np.random.default_rng(2).normal(size=found.n)
    below[2] = noise - noise.mean() + 1e-4
    below[3] = np.tile([1.0, -1.0], found.n // 2)
    return replace(found, denominator=below)


def test_ratios_are_intervals_around_one(ratios: Effects) -> None:
    ax = plot.effects(ratios.only(name=["bounded", "other"]))
    assert ax.get_ylabel() == "ratio of effects on score ug"
    (one,) = (line for line in ax.lines if list(line.get_ydata()) == [1, 1])
    assert one.get_color() == "0.6"
    for place, row in enumerate(ratios.table[:2]):
        assert has_segment(ax, (place, row["low"]), (place, row["high"]))
    assert words(ax) == []


def test_intervals_without_bounds_are_dotted_to_the_ends_of_the_axis(ratios: Effects) -> None:
    assert np.isinf(ratios.table["low"][2])
    ax = plot.effects(ratios)
    limits = ax.get_ylim()
    alone = plot.effects(ratios.only(name=["bounded", "other"])).get_ylim()
    assert limits == pytest.approx(alone)  # they do not say how far the axis goes
    dotted = [
        piece.tolist()
        for c in ax.collections
        if isinstance(c, LineCollection) and c.get_linestyles()[0][1] is not None
        for piece in c.get_segments()
    ]
    assert [[2, limits[0]], [2, limits[1]]] in dotted
    assert marks(ax, "v")[0][1][0] == limits[0]
    assert marks(ax, "^")[0][1][0] == limits[1]
    assert words(ax) == ["interval without bounds"]
    assert isinstance(plot.effects(ratios.only(name="wide")), Axes)


def test_an_interval_goes_from_low_to_high(patterns: Effects) -> None:
    some = patterns.only(head="ug", scale="score")
    ax = plot.effects(some, kind="interval")
    ((means, places),) = marks(ax, "o")
    assert means == some.table["effect"].tolist()
    for place, row in zip(places, some.table, strict=True):
        assert has_segment(ax, (row["low"], place), (row["high"], place))


def test_a_single_background_has_effects_without_intervals() -> None:
    one = importance(analysis(1), ["UG@3", "UG@9"])
    ax = plot.effects(one, kind="interval", head="ug")
    assert marks(ax, "o")[0][1] == one.table["effect"][one.rows(head="ug")].tolist()
    assert plot.effects(one, kind="violin") is not None
    assert marks(plot.curve(positions(analysis(1), "UG", [0, 3])), ".")


# ----------------------------------------------------------------------------------- curves


def test_a_curve_of_gaps_is_of_interactions(gia: GIA) -> None:
    found = spacing(gia, "UGA", "CUG", range(5))
    ax = plot.curve(found, head="ug")
    assert ax.get_xlabel() == "gap (letters between the patterns)"
    assert ax.get_ylabel() == "interaction in score ug"
    assert words(ax) == ["ab", "ba"]
    for line, band, order in zip(ax.lines[1:], ax.collections, ("ab", "ba"), strict=True):
        rows = found.rows(quantity="interaction", order=order, head="ug", scale="score")
        table = found.table[rows]
        assert line.get_xdata().tolist() == [0, 1, 2, 3, 4]
        assert line.get_ydata().tolist() == table["effect"].tolist()
        corners = band.get_paths()[0].vertices
        for gap, row in enumerate(table):
            here = corners[corners[:, 0] == gap, 1]
            assert (here.min(), here.max()) == pytest.approx((row["low"], row["high"]))
    assert ax.lines[0].get_ydata() == [0, 0]
    both = plot.curve(found, quantity="importance", scale="logit")
    assert both.get_ylabel() == "effect on logit of score"
    assert words(both) == ["ab, ug", "ab, g", "ba, ug", "ba, g"]


def test_a_curve_of_starts_is_in_their_order(gia: GIA) -> None:
    found = positions(gia, ["UGA", "GGG"], [20, 3, 11])
    ax = plot.curve(found, head="g", unit="sd")
    assert ax.get_xlabel() == "start"
    assert words(ax) == ["UGA", "GGG"]
    assert ax.lines[1].get_xdata().tolist() == [3, 11, 20]
    rows = found.rows(pattern="UGA", head="g", scale="score")[[1, 2, 0]]
    assert ax.lines[1].get_ydata() == pytest.approx(found.table["effect_in_sd"][rows])


def test_several_starts_of_a_pair_are_told_apart(gia: GIA) -> None:
    found = spacing(gia, "UGA", "CUG", range(3), orders="ab", start=[2, 9])
    ax = plot.curve(found, head="ug")
    assert words(ax) == ["start 2", "start 9"]
    with pytest.raises(ValueError, match="several rows of one colour have the same gap"):
        plot.curve(found, head="ug", by="order")


# ------------------------------------------------------------------------------ mutagenesis


def letters_in(ax: Axes) -> list[tuple[int, int]]:
    """(position, row from below) of the letters that are written in a map."""
    (found,) = (c for c in ax.collections if isinstance(c, PathCollection))
    boxes = [path.get_extents() for path in found.get_paths()]
    return [(round((b.x0 + b.x1) / 2), round((b.y0 + b.y1) / 2)) for b in boxes]


def logo_of(ax: Axes) -> Axes:
    assert isinstance(ax.figure, Figure)
    return ax.figure.axes[-1]


def heights(ax: Axes) -> list[float]:
    (drawn,) = ax.collections
    return [path.get_extents().height for path in drawn.get_paths()]


def test_mutagenesis_of_a_sequence_and_its_logo() -> None:
    model = wrap(lambda s: [x.count("GC") + 0.5 * x.count("A") for x in s], takes="strings")
    found = fastmi.mutagenesis(model, ["AAAA", "TGCA"]).with_positions(10)
    ax = plot.mutagenesis(found, n=1, title="the second")
    (image,) = ax.images
    assert np.array_equal(image.get_array(), found.values()[1].T)
    assert image.get_extent() == [9.5, 13.5, -0.5, 3.5]
    assert image.get_clim() == (-1, 1)
    assert [t.get_text() for t in ax.get_yticklabels()] == list("TGCA")  # from below
    assert letters_in(ax) == [(10, 0), (11, 1), (12, 2), (13, 3)]
    top = logo_of(ax)
    assert top is not ax
    assert top.get_xlim() == ax.get_xlim()
    assert top.get_title() == "the second"
    assert ax.get_title() == ""
    assert heights(top) == pytest.approx([x for x in found.l2()[1] if x])
    mean = plot.mutagenesis(found, n=1, logo="mean")
    wanted = found.heights(1, by="mean").sum(axis=1)
    assert heights(logo_of(mean)) == pytest.approx(np.abs(wanted[wanted != 0]))
    assert image.colorbar.ax.get_ylabel() == "change of score"
    assert logo_of(plot.mutagenesis(found, logo=None)).images


def test_positions_that_were_not_mutated_have_no_colour() -> None:
    model = wrap(lambda s: [x.count("G") for x in s], takes="strings")
    some = fastmi.PackedSequences.from_strings(["GANGGT"], unknown="skip")
    found = fastmi.mutagenesis(model, some, positions=[1, 2, 4])
    ax = plot.mutagenesis(found)
    shown = np.ma.filled(ax.images[0].get_array(), np.nan)
    assert np.isnan(shown).all(axis=0).tolist() == [False, True, True, False]
    assert letters_in(ax) == [(1, 3), (4, 1)]


def test_mutants_of_a_kmer_and_the_same_as_a_matrix(gia: GIA) -> None:
    found = kmer_mutagenesis(gia, "UGC")
    wanted = mutant_matrix(found, "difference", head="g", scale="logit")
    ax = plot.mutagenesis(found, head="g", scale="logit")
    assert np.array_equal(ax.images[0].get_array(), wanted.T)
    assert ax.images[0].colorbar.ax.get_ylabel() == "change of logit of score\ng"
    for matrix in (wanted, mutant_matrix(found, head="g", scale="logit")):  # or importances
        same = plot.mutagenesis(matrix, "UGC", alphabet="rna", first_position=5)
        assert np.asarray(same.images[0].get_array()) == pytest.approx(wanted.T)
        assert letters_in(same) == [(5, 0), (6, 1), (7, 2)]
    unknown = wanted.copy()
    unknown[np.arange(3), [3, 2, 1]] = np.nan  # of the letters that are there
    same = plot.mutagenesis(unknown, "UGC", alphabet="rna", limits=7.0)
    assert np.asarray(same.images[0].get_array()) == pytest.approx(wanted.T)
    assert same.images[0].get_clim() == (-7, 7)


# ----------------------------------------------------------------------------- measured values


def test_effects_stand_where_they_were_measured(gia: GIA) -> None:
    kd = {"UGGUG": 1.0, "UGAAG": 20.0, "AGAAG": 300.0, "CCCCC": 500.0}
    found = affinity(gia, kd)
    ax = plot.measured(found, label="K_D (nM)", head="ug")
    rows = found.rows(head="ug", scale="score")
    table = found.table[rows]
    assert marks(ax, "o") == [(list(kd.values()), table["effect"].tolist())]
    for x, row in zip(kd.values(), table, strict=True):
        assert has_segment(ax, (x, row["low"]), (x, row["high"]))
    answer = found.summary["measured"][0]
    (line,) = (one for one in ax.lines if one.get_linestyle() == "--")
    assert line.get_xdata().tolist() == [1, 500]
    slope, intercept = answer["slope"], answer["intercept"]
    assert line.get_ydata() == pytest.approx(intercept + slope * np.log([1, 500]))
    r, p = (f"{answer['r']:.3f}", f"{answer['p']:.2g}")
    assert words(ax) == [f"r = {r}, p = {p}, n = 4".replace("-", MINUS)]
    assert ax.get_xscale() == "log"
    assert ax.get_xlabel() == "K_D (nM)"
    assert sorted(text.get_text() for text in ax.texts) == sorted(kd)
    assert len(plot.measured(found, names=False).texts) == 0


def test_measured_values_may_come_later_and_lack_some(gia: GIA) -> None:
    found = positions(gia, ["UGG", "UGA", "CCC"], [9])
    ax = plot.measured(found, {"UGG": -3.0, "CCC": 4.0}, log=False, head="g")
    table = found.table[found.rows(head="g", scale="score")]
    assert marks(ax, "o") == [([-3, 4], table["effect"][[0, 2]].tolist())]
    assert words(ax) == ["n = 2"]  # no line through two
    assert ax.get_xscale() == "linear"
    both = plot.measured(found, {"UGG": 1.0, "UGA": 2.0, "CCC": 4.0})
    assert [text.partition(":")[0] for text in words(both)] == ["ug", "g"]


def test_names_cover_no_other_name() -> None:
    axes = Figure(figsize=(4, 3), dpi=100).add_subplot()
    rng = np.random.default_rng(5)
    x, y = rng.random((2, 40))
    axes.plot(x, y, "o")
    label_points(axes, x, y, [f"name {i}" for i in range(40)])
    assert 10 <= len(axes.texts) < 40
    axes.figure.draw_without_rendering()
    boxes = [Text.get_window_extent(text) for text in axes.texts]  # without the leading line
    for n, a in enumerate(boxes):
        for b in boxes[:n]:
            wide = min(a.x1, b.x1) - max(a.x0, b.x0)
            high = min(a.y1, b.y1) - max(a.y0, b.y0)
            assert wide <= 0 or high <= 0 or wide * high < 0.1 * a.width * a.height
    every = Figure().add_subplot()
    label_points(every, x, y, ["n"] * 40, all_of_them=True)
    assert len(every.texts) == 40


# ------------------------------------------------------------------------------- histograms


def test_histograms_share_bins_and_tell_medians() -> None:
    rng = np.random.default_rng(3)
    left, right = rng.normal(1, 1, 80), np.append(rng.normal(-1, 1, 60), np.nan)
    ax = plot.histogram({"left": left, "right": right}, bins=7, label="effect of GC")
    edges = np.linspace(min(left.min(), right[:-1].min()), left.max(), 8)
    counts = [patch.get_data() for patch in ax.patches]
    assert len(counts) == 4  # filled, and a line around each
    for (values, found, _), of in zip(counts[::2], (left, right[:-1]), strict=True):
        assert found == pytest.approx(edges)
        assert values.tolist() == np.histogram(of, edges)[0].tolist()
    medians = [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == "--"]
    assert medians == [np.median(left), np.median(right[:-1])]
    assert words(ax) == [
        f"left: median {np.median(left):.3g} (n = 80)",
        f"right: median {np.median(right[:-1]):.3g} (n = 60 of 61)".replace("-", MINUS),
    ]
    assert ax.get_xlabel() == "effect of GC"
    assert ax.get_ylabel() == "models"
    assert ax.get_xlim()[0] < 0 < ax.get_xlim()[1]


def test_a_histogram_is_over_heads() -> None:
    model = wrap(
        lambda s: [[x.count("UG") * h for h in range(1, 13)] for x in s], takes="strings"
    )
    heads = [f"h{h}" for h in range(1, 13)]
    gia = GIA(model, simulate.random(50, 20, "rna", rng=1), heads=heads)
    found = importance(gia, {"one": "UG@3", "two": "UGUG@3"})
    ax = plot.histogram(found, bins=4)
    values = {name: found.table["effect"][found.rows(name=name)] for name in ("one", "two")}
    every = np.concatenate(list(values.values()))
    edges = np.linspace(every.min(), every.max(), 5)
    for patch, of in zip(ax.patches[::2], values.values(), strict=True):
        assert patch.get_data()[0].tolist() == np.histogram(of, edges)[0].tolist()
    assert ax.get_ylabel() == "heads"
    assert ax.get_xlabel() == "effect on score"
    with pytest.raises(ValueError, match="at most 8 colours can be told apart, not 12"):
        plot.effects(found, x="name")
    assert len(plot.effects(found).get_yticklabels()) == 24  # a place for each instead
    with pytest.raises(ValueError, match="at most 8 colours can be told apart, not 12"):
        plot.measured(positions(gia, ["UG", "CC"], [3]), {"UG": 1.0, "CC": 2.0})


def test_ratios_without_bounds_are_in_no_histogram(ratios: Effects) -> None:
    ax = plot.histogram(ratios, by="head")
    assert words(ax)[0].endswith("(n = 2 of 4)")
    assert ax.lines[0].get_xdata() == [1, 1]


# -------------------------------------------------------------------------- axes, bad input


def test_every_plot_takes_axes(gia: GIA, patterns: Effects) -> None:
    figure = Figure(layout="constrained")
    axes = figure.subplots(2, 3).ravel()
    curve, kd = positions(gia, ["UGG", "UGA"], [1, 9]), affinity(gia, {"UG": 1.0, "AG": 2.0})
    drawn = [
        plot.effects(patterns, ax=axes[0], title="t"),
        plot.curve(curve, ax=axes[1], title="t"),
        plot.mutagenesis(kmer_mutagenesis(gia, "UG"), ax=axes[2], logo=None, title="t"),
        plot.measured(kd, ax=axes[3], title="t"),
        plot.histogram([1.0, 2.0], ax=axes[4], title="t"),
    ]
    assert all(ax is given for ax, given in zip(drawn, axes, strict=False))
    assert [ax.get_title() for ax in drawn] == ["t"] * 5
    plot.mutagenesis(kmer_mutagenesis(gia, "UG"), ax=axes[5], title="t")
    assert figure.axes[-1].get_title() == "t"
    figure.draw_without_rendering()
    assert np.diff([ax.get_position().x0 for ax in (axes[5], figure.axes[-1])]) == 0
    placed = Figure().add_axes((0.1, 0.1, 0.8, 0.8))
    plot.mutagenesis(kmer_mutagenesis(gia, "UG"), ax=placed)
    above = placed.figure.axes[-1].get_position()
    assert placed.get_position().y1 < above.y0
    assert above.y1 == pytest.approx(0.9)


def test_bad_input_is_one_sentence(gia: GIA, patterns: Effects, ratios: Effects) -> None:
    for given, options, message in (
        (patterns, {"quantity": "ratio"}, "quantity must be one of importance, got 'ratio'"),
        (patterns, {"scale": "log"}, "scale must be one of score, logit, got 'log'"),
        (patterns, {"unit": "nM"}, "unit must be 'score' or 'sd', got 'nM'"),
        (patterns, {"kind": "bar"}, "kind must be one of box, violin, interval, got 'bar'"),
        (patterns, {"x": "gap"}, "rows have quantity, name, head, scale, and not 'gap'"),
        (patterns, {"fit": True}, "fit=True needs x="),
        (patterns, {"x": "quantity", "head": 0}, "several rows have the same place"),
        (ratios, {"kind": "box"}, "a ratio of effects has no value in each background"),
        (ratios, {"unit": "sd"}, "a ratio has no unit"),
    ):
        with pytest.raises(ValueError, match=message):
            plot.effects(given, **options)
    with pytest.raises(KeyError, match="no score 'x'"):
        plot.effects(patterns, head="x")
    with pytest.raises(TypeError, match=r"experiment of .* gives, got list"):
        plot.effects([1, 2])
    with pytest.raises(TypeError, match=r"experiment of .* gives, got list"):
        plot.curve([1, 2])
    with pytest.raises(ValueError, match="no column of them varies"):
        plot.curve(patterns)
    with pytest.raises(ValueError, match="x= must name a column of them, got 'name'"):
        plot.curve(patterns, x="name")
    one = positions(gia, "UG", [3])
    with pytest.raises(ValueError, match="a line needs effects at two places at least"):
        plot.effects(one, x="start", fit=True)
    with pytest.raises(ValueError, match="nothing was measured of any pattern"):
        plot.measured(one, {"CC": 1.0})
    with pytest.raises(ValueError, match="no row has a number in 'measured'"):
        plot.effects(affinity(gia, ["UG", "CC"]), x="measured")
    with pytest.raises(ValueError, match="at most 200 boxes can be read, not 256"):
        plot.effects(positions(gia, fastmi.get_alphabet("rna").kmers(4), [3]), head=0)
    with pytest.raises(ValueError, match="no column 'pattern'"):
        plot.measured(patterns)


def test_bad_mutants_and_numbers_are_one_sentence(patterns: Effects) -> None:
    zeros = np.zeros((3, 4))
    for given, options, message in (
        (zeros, {}, "needs reference=, the letters that are there"),
        (zeros, {"reference": "AC"}, r"must have shape \(2, 4\), a row a position"),
        (np.full((3, 4), np.inf), {"reference": "ACG"}, "must be finite, or NaN"),
        (zeros, {"reference": "ACG", "logo": "max"}, "logo must be one of l2, mean, or None"),
        (zeros, {"reference": "ACG", "limits": 0}, "limits must be above 0, got 0"),
        (patterns, {}, "these are effects of importance, not of kmer mutagenesis"),
    ):
        with pytest.raises(ValueError, match=message):
            plot.mutagenesis(given, **options)
    with pytest.raises(TypeError, match="mutants must be results or numbers, got"):
        plot.mutagenesis(np.ones((2, 4)) * 1j, "AC")
    with pytest.raises(TypeError, match="reference must be a string, got 5"):
        plot.mutagenesis(np.ones((2, 4)), 5)
    with pytest.raises(TypeError, match="mutants must be results or numbers, got 'x'"):
        plot.mutagenesis("x", "A")
    with pytest.raises(ValueError, match="there are no numbers to draw"):
        plot.histogram([np.nan])
    with pytest.raises(ValueError, match="bins must be at most 10,000, got 1,000,000,000"):
        plot.histogram([1.0, 2.0], bins=10**9)
    with pytest.raises(ValueError, match="histograms are 1 to 8, got 9"):
        plot.histogram({str(i): [1.0] for i in range(9)})
    with pytest.raises(ValueError, match="must have one axis, got shape"):
        plot.histogram({"a": [[1.0]]})
    with pytest.raises(TypeError, match="effects 'a' must be numbers"):
        plot.histogram({"a": ["x"]})


def test_rows_of_several_labels(patterns: Effects) -> None:
    assert patterns.rows(name=["one", "two"], head="ug", scale="score").tolist() == [
        n
        for n, row in enumerate(patterns.table)
        if row["name"] in ("one", "two") and (row["head"], row["scale"]) == ("ug", "score")
    ]
    assert patterns.rows(name=[]).tolist() == []
