"""The plots show what the result holds: data, positions, labels, colours; no pixel compare."""

from __future__ import annotations

import io
import re
import zlib
from dataclasses import replace
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

import fastmi
from fastmi import plot
from fastmi.plot._axes import MEASURE_NAMES

P = 12


@pytest.fixture(autouse=True, scope="module")
def _no_windows() -> None:
    mpl.use("Agg")


def made(values: Any = None, k: int = 1, n_positions: int = P, **fields: Any) -> Any:
    """A result with these pair values (i-major), or with 1, 2, 3, ... in every pair."""
    i, j = np.triu_indices(n_positions, k)
    if values is None:
        values = np.arange(1.0, len(i) + 1)
    matrix = np.full((n_positions, n_positions), np.nan)
    matrix[i, j] = matrix[j, i] = values
    about: dict[str, Any] = {
        "measure": "MI",
        "k": k,
        "length": n_positions + k - 1,
        "n_sequences": 100,
        "alphabet": fastmi.get_alphabet("dna"),
        "pseudocount": 0.0,
    }
    return fastmi.MIResult(matrix, **{**about, **fields})


@pytest.fixture
def counted(rng: np.random.Generator) -> fastmi.MIResult:
    """A real map: random DNA whose last letter copies the second in half of the reads."""
    codes = rng.integers(0, 4, (400, P), dtype=np.uint8)
    codes[:200, -1] = codes[:200, 1]
    return fastmi.pairwise_mi(codes, 1, pseudocount=0)


def drawn(ax: Axes) -> np.ma.MaskedArray:
    (image,) = ax.images
    return np.ma.masked_invalid(np.ma.asarray(image.get_array()))


def colour_bar(ax: Axes) -> Any:
    return ax.images[0].colorbar


def ticks(axis: Any) -> dict[float, str]:
    """The tick labels that a reader sees, by place."""
    axis.figure.draw_without_rendering()
    low, high = sorted(axis.get_view_interval())
    return {
        float(t.get_loc()): t.label1.get_text() or t.label2.get_text()
        for t in axis.get_major_ticks()
        if low <= t.get_loc() <= high
    }


# ------------------------------------------------------------------------------- heat map


@pytest.mark.parametrize("k", [1, 3])
def test_heatmap_holds_the_matrix_and_masks_the_overlap(k: int) -> None:
    r = made(k=k)
    data = drawn(plot.heatmap(r))
    np.testing.assert_array_equal(data.mask, np.isnan(r.matrix))
    np.testing.assert_array_equal(data.filled(np.nan), r.matrix)


def test_heatmap_leaves_the_result_alone() -> None:
    r = made()
    before = r.matrix.copy()
    plot.heatmap(r, triangle="upper", scale="log")
    np.testing.assert_array_equal(r.matrix, before)


@pytest.mark.parametrize("first", [0, 1, -33])
def test_cells_are_centred_on_position_numbers(first: int) -> None:
    ax = plot.heatmap(made().with_positions(first))
    low, high = first - 0.5, first + P - 0.5
    assert ax.images[0].get_extent() == [low, high, high, low]
    assert ax.get_xlim() == (low, high)
    assert ax.get_ylim() == (high, low)


@pytest.mark.parametrize("axis", ["xaxis", "yaxis"])
@pytest.mark.parametrize("first", [0, 1, -33, 1000])
def test_ticks_are_position_numbers(axis: str, first: int) -> None:
    labels = ticks(getattr(plot.heatmap(made().with_positions(first)), axis))
    assert len(labels) > 2
    for place, text in labels.items():
        assert text == str(round(place)).replace("-", "\N{MINUS SIGN}")


@pytest.mark.parametrize("k", [1, 3])
def test_ticks_carry_the_letters_of_the_reference(k: int) -> None:
    r = made(k=k)
    reference = "ACDEFGHIKLMNPQRSTVWY"[: r.length]
    labels = ticks(plot.heatmap(r.with_positions(5, reference)).xaxis)
    assert len(labels) > 2
    for place, text in labels.items():
        i = round(place) - 5
        assert text == f"{reference[i : i + k]}{i + 5}"


def test_there_is_no_tick_label_off_the_map() -> None:
    ax = plot.heatmap(made(), ax=Figure().add_subplot())
    ax.set_xlim(-20, 30)
    labels = ticks(ax.xaxis)
    assert {text for place, text in labels.items() if place < 0 or place >= P} == {""}


@pytest.mark.parametrize(
    ("k", "x", "y"),
    [
        (1, "position j", "position i"),
        (3, "position j, start of 3-mer", "position i, start of 3-mer"),
    ],
)
def test_axis_labels(k: int, x: str, y: str) -> None:
    ax = plot.heatmap(made(k=k))
    assert (ax.get_xlabel(), ax.get_ylabel()) == (x, y)


@pytest.mark.parametrize(
    ("measure", "label"),
    [
        ("MI", "mutual information (bits)"),
        ("JS", "Jensen-Shannon distance"),
        ("JS_inv", "1 - Jensen-Shannon distance"),
        ("BC", "Bhattacharyya distance (nats)"),
        ("BC_inv", "inverted Bhattacharyya distance (nats)"),
        ("HE", "Hellinger distance"),
    ],
)
def test_colour_bar_names_measure_and_unit(measure: str, label: str) -> None:
    bar = colour_bar(plot.heatmap(made(measure=measure)))
    assert bar.ax.get_ylabel() == label
    assert measure in MEASURE_NAMES


def test_no_colour_bar_if_none_is_wanted() -> None:
    ax = plot.heatmap(made(), colorbar=False)
    assert colour_bar(ax) is None
    assert ax.child_axes == []


def test_title() -> None:
    assert plot.heatmap(made(), title="RBMS1").get_title() == "RBMS1"
    assert plot.heatmap(made()).get_title() == ""


@pytest.mark.parametrize(
    ("limits", "extend"),
    [
        ((0.0, 100.0), "neither"),
        ((1.0, 66.0), "neither"),  # values run from 1 to 66
        ((1.5, 66.0), "min"),
        ((1.0, 65.5), "max"),
        ((10.0, 20.0), "both"),
        ("full", "neither"),
    ],
)
@pytest.mark.parametrize("scale", ["linear", "log"])
def test_arrow_tips_where_values_lie_beyond(limits: Any, extend: str, scale: Any) -> None:
    if scale == "log" and limits == (0.0, 100.0):
        limits = (0.5, 100.0)
    ax = plot.heatmap(made(), limits=limits, scale=scale)
    assert colour_bar(ax).extend == extend
    if limits != "full":
        assert ax.images[0].get_clim() == limits


def test_robust_limits_are_percentiles_and_tell_what_they_cut() -> None:
    values = np.r_[np.linspace(1, 2, 1769), 50.0]
    ax = plot.heatmap(made(values, n_positions=60), limits="robust")
    low, high = ax.images[0].get_clim()
    both_halves = np.tile(values, 2)
    np.testing.assert_allclose(high, np.percentile(both_halves, 99.8), rtol=1e-12)
    assert 1 <= low <= np.percentile(both_halves, 1)
    assert colour_bar(ax).extend == "max"


def test_full_limits_span_all_values() -> None:
    ax = plot.heatmap(made(np.r_[np.linspace(1, 2, 65), 50.0]), limits="full")
    assert ax.images[0].get_clim() == (1.0, 50.0)


def test_log_scale_uses_a_log_norm() -> None:
    assert isinstance(plot.heatmap(made(), scale="log").images[0].norm, LogNorm)


def test_log_scale_gives_zeros_the_lowest_colour_and_an_arrow_tip() -> None:
    values = np.arange(66.0)
    ax = plot.heatmap(made(values), scale="log", limits="full")
    image = ax.images[0]
    assert image.get_clim() == (1.0, 65.0)
    lowest = image.cmap(0.0)
    assert image.to_rgba(drawn(ax))[0, 1].tolist() == pytest.approx(lowest)
    assert colour_bar(ax).extend == "min"


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("triangle", ["upper", "lower"])
def test_triangle_hides_the_other_half(triangle: Any, k: int) -> None:
    r = made(k=k)
    data = drawn(plot.heatmap(r, triangle=triangle))
    i, j = np.indices(r.matrix.shape)
    there = (j - i >= k) if triangle == "upper" else (i - j >= k)
    np.testing.assert_array_equal(~data.mask, there)
    np.testing.assert_array_equal(data[there], r.matrix[there])


def test_triangles_have_the_colours_of_the_whole_map() -> None:
    whole, half = plot.heatmap(made()), plot.heatmap(made(), triangle="upper")
    assert whole.images[0].get_clim() == half.images[0].get_clim()


def test_upper_triangle_has_its_ticks_beside_its_cells() -> None:
    ax = plot.heatmap(made(), triangle="upper")
    assert ax.xaxis.get_ticks_position() == "top"
    assert ax.yaxis.get_ticks_position() == "right"
    assert not ax.spines["left"].get_visible()
    assert ax.spines["top"].get_visible()


@pytest.mark.parametrize("scale", ["linear", "log"])
@pytest.mark.parametrize("triangle", [None, "upper", "lower"])
@pytest.mark.parametrize(
    "r",
    [
        pytest.param(made(0.5), id="constant"),
        pytest.param(made(0.0), id="zero"),
        pytest.param(made(np.nan), id="all NaN"),
        pytest.param(made(1.0, n_positions=2), id="one pair"),
        pytest.param(made(1.0, n_positions=4, k=3), id="one pair of 3-mers"),
        pytest.param(made(np.r_[np.arange(65.0), np.inf], measure="BC"), id="infinite"),
    ],
)
def test_odd_maps_can_be_drawn(r: Any, triangle: Any, scale: Any) -> None:
    ax = plot.heatmap(r, triangle=triangle, scale=scale)
    figure = ax.figure
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    low, high = ax.images[0].get_clim()
    assert np.isfinite([low, high]).all()
    assert low < high


def test_colormap_by_name_or_object() -> None:
    cmap = mpl.colormaps["magma"]
    for given in ("magma", cmap):
        assert plot.heatmap(made(), cmap=given).images[0].cmap(0.5) == cmap(0.5)
    assert cmap.get_bad().tolist() == mpl.colormaps["magma"].get_bad().tolist()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scale": "sqrt"}, "scale must be one of linear, log, got 'sqrt'"),
        ({"triangle": "left"}, "triangle must be one of upper, lower, got 'left'"),
        ({"limits": "all"}, "limits must be 'robust', 'full' or two numbers, got 'all'"),
        ({"limits": (2, 1)}, r"low < high, got \(2, 1\)"),
        ({"limits": (1, 1)}, r"low < high, got \(1, 1\)"),
        ({"limits": (float("nan"), 1)}, "low < high, got"),
        ({"limits": (0, 1), "scale": "log"}, "above 0 on a log scale"),
    ],
)
def test_wrong_options_say_what_is_allowed(options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plot.heatmap(made(), **options)


# ------------------------------------------------------------------------------ guide lines


def arrows(ax: Axes) -> list[Any]:
    return [t for t in ax.texts if getattr(t, "arrow_patch", None) is not None]


@pytest.mark.parametrize(("first", "k"), [(0, 1), (-33, 3)])
def test_guide_lines_run_from_the_cell_to_the_diagonal(first: int, k: int) -> None:
    r = made(k=k).with_positions(first)
    ax = plot.heatmap(r)
    assert plot.annotate_pair(ax, r, 2, 9) is ax
    x, y = 9 + first, 2 + first
    found = arrows(ax)
    assert [tuple(a.get_position()) for a in found] == [(x, y), (x, y)]
    assert {tuple(a.xy) for a in found} == {(y, y), (x, x)}


def test_guide_lines_have_the_labels_of_the_pair() -> None:
    r = made().with_positions(1, "ACDEFGHIKLMN")
    ax = plot.annotate_pair(plot.heatmap(r), r, 2, 9)
    (text,) = [t.get_text() for t in ax.texts if t.get_text()]
    assert text == "D3 \N{EN DASH} L10"


def test_guide_lines_with_a_label_and_colour_of_ones_own() -> None:
    r = made()
    ax = plot.annotate_pair(plot.heatmap(r), r, 2, 9, label="TATA", color="red")
    (text,) = [t for t in ax.texts if t.get_text()]
    assert (text.get_text(), text.get_color()) == ("TATA", "red")


@pytest.mark.parametrize(("i", "j"), [(3, 3), (9, 2), (-1, 4), (2, P), (2, 4)])
def test_guide_lines_of_no_pair(i: int, j: int) -> None:
    r = made(k=3)
    ax = plot.heatmap(r)
    with pytest.raises(ValueError, match=rf"a pair is 0 <= i.*got \({i}, {j}\)"):
        plot.annotate_pair(ax, r, i, j)
    assert not ax.texts


# ---------------------------------------------------------------------------------- curves


@pytest.mark.parametrize("first", [0, -33])
@pytest.mark.parametrize("k", [1, 3])
def test_adjacent_draws_its_table(k: int, first: int) -> None:
    r = made(k=k).with_positions(first)
    ax = plot.adjacent(r, title="t")
    (line,) = ax.lines
    table = r.adjacent()
    np.testing.assert_array_equal(line.get_xdata(), table["i"] + first)
    np.testing.assert_array_equal(line.get_ydata(), table["value"])
    assert ax.get_title() == "t"


def test_adjacent_labels() -> None:
    ax = plot.adjacent(made(k=3))
    assert ax.get_xlabel() == "position i, start of 3-mer"
    assert ax.get_ylabel() == "mutual information (bits)\nof i and i + 3"


def test_adjacent_starts_at_zero() -> None:
    assert plot.adjacent(made()).get_ylim()[0] == 0.0


def test_by_distance_draws_its_table(counted: fastmi.MIResult) -> None:
    table = counted.by_distance()
    ax = plot.by_distance(counted)
    lines = {line.get_label(): line for line in ax.lines}
    assert set(lines) == {"mean over pairs", "maximum"}
    for label, column in (("mean over pairs", "mean"), ("maximum", "max")):
        np.testing.assert_array_equal(lines[label].get_xdata(), table["distance"])
        np.testing.assert_array_equal(lines[label].get_ydata(), table[column])


@pytest.mark.parametrize("statistic", ["mean", "max"])
def test_by_distance_one_statistic(statistic: Any) -> None:
    r = made()
    ax = plot.by_distance(r, statistic=statistic)
    (line,) = ax.lines
    np.testing.assert_array_equal(line.get_ydata(), r.by_distance()[statistic])
    assert ax.get_legend() is None


def test_by_distance_both_statistics_have_a_legend() -> None:
    legend = plot.by_distance(made()).get_legend()
    assert legend is not None
    assert {t.get_text() for t in legend.get_texts()} == {"mean over pairs", "maximum"}


def test_by_distance_labels() -> None:
    ax = plot.by_distance(made())
    assert ax.get_xlabel() == "distance j \N{MINUS SIGN} i (letters, start to start)"
    assert ax.get_ylabel() == "mutual information (bits)"


@pytest.mark.parametrize(("peak", "scale"), [(1.0, "linear"), (9.0, "linear"), (1000.0, "log")])
def test_by_distance_takes_a_log_scale_for_a_high_peak(peak: float, scale: str) -> None:
    values = np.full(66, 1.0)
    values[5] = peak
    assert plot.by_distance(made(values)).get_yscale() == scale


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_by_distance_scale_on_demand(scale: Any) -> None:
    values = np.full(66, 1.0)
    values[5] = 1000.0 if scale == "linear" else 1.0
    assert plot.by_distance(made(values), scale=scale).get_yscale() == scale


def test_by_distance_with_one_statistic_stays_linear() -> None:
    values = np.full(66, 1.0)
    values[5] = 1000.0
    assert plot.by_distance(made(values), statistic="max").get_yscale() == "linear"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"statistic": "median"}, "statistic must be one of mean, max, both, got 'median'"),
        ({"scale": "sqrt"}, "scale must be 'linear' or 'log', got 'sqrt'"),
    ],
)
def test_by_distance_wrong_options(options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plot.by_distance(made(), **options)


@pytest.mark.parametrize("draw", [plot.adjacent, plot.by_distance])
@pytest.mark.parametrize(
    "r",
    [
        pytest.param(made(0.5), id="constant"),
        pytest.param(made(0.0), id="zero"),
        pytest.param(made(1.0, n_positions=2), id="one pair"),
    ],
)
def test_odd_curves_can_be_drawn(draw: Any, r: Any) -> None:
    ax = draw(r)
    ax.figure.savefig(io.BytesIO(), format="png", dpi=40)
    assert np.isfinite([*ax.get_xlim(), *ax.get_ylim()]).all()


def test_adjacent_of_an_empty_map_can_be_drawn() -> None:
    assert np.isfinite(plot.adjacent(made(np.nan)).get_ylim()).all()


def test_by_distance_of_an_empty_map_can_be_drawn() -> None:
    assert np.isfinite(plot.by_distance(made(np.nan)).get_ylim()).all()


@pytest.mark.parametrize("draw", [plot.adjacent, plot.by_distance])
def test_a_single_point_is_visible(draw: Any) -> None:
    ax = draw(made(1.0, n_positions=2))
    assert all(line.get_marker() not in ("None", "", None) for line in ax.lines)


# ------------------------------------------------------------------- figures and their files


@pytest.mark.parametrize("draw", [plot.heatmap, plot.adjacent, plot.by_distance])
def test_given_axes_are_used(draw: Any) -> None:
    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert draw(made(), ax=right) is right
    assert not left.has_data()
    assert right.has_data()
    assert figure.axes[:2] == [left, right]


@pytest.mark.parametrize("draw", [plot.heatmap, plot.adjacent, plot.by_distance])
def test_new_figures_are_not_pyplots(draw: Any) -> None:
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    ax = draw(made())
    assert ax.get_figure() is not None
    assert plt.get_fignums() == before


def test_interactive_sessions_show_the_figure() -> None:
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    with plt.ion():
        ax = plot.heatmap(made())
        new = set(plt.get_fignums()) - set(before)
    try:
        assert [plt.figure(n) for n in new] == [ax.get_figure()]
    finally:
        plt.close(ax.get_figure())


def test_heatmap_is_rasterised() -> None:
    assert plot.heatmap(made()).images[0].get_rasterized() is True


def pdf_text(data: bytes) -> str:
    """The strings that the page streams of a PDF show."""
    shown = []
    for match in re.finditer(rb"stream\r?\n(.*?)endstream", data, re.S):
        try:
            page = zlib.decompress(match.group(1))
        except zlib.error:
            continue
        shown += re.findall(rb"\(((?:\\.|[^\\()])*)\)", page)
    return b"".join(shown).decode("latin-1")


def test_pdf_has_its_text_as_text_and_its_map_as_one_image() -> None:
    stream = io.BytesIO()
    with mpl.rc_context({"pdf.fonttype": 42}):
        ax = plot.heatmap(made(k=3), title="RBMS1")
        ax.figure.savefig(stream, format="pdf")
    text = pdf_text(stream.getvalue())
    for wanted in ("RBMS1", "bits", "start of 3"):
        assert "".join(wanted.split()) in "".join(text.split()).replace("\x00", "")
    assert b"/Subtype /Image" in stream.getvalue()


def test_real_map_is_drawn_as_it_is(counted: fastmi.MIResult) -> None:
    data = drawn(plot.heatmap(counted))
    best = counted.top_pairs(1)[0]
    i, j = (int(x) for x in np.argwhere(data.filled(-1) == data.max())[0])
    assert (i, j) == (int(best["i"]), int(best["j"])) == (1, P - 1)
    np.testing.assert_array_equal(data.filled(np.nan), counted.matrix)


def test_pairs_without_sequences_are_masked() -> None:
    r = fastmi.pairwise_mi(["ACN", "CAN", "AAN"], 1, unknown="skip", pseudocount=0)
    data = drawn(plot.heatmap(r))
    assert data.mask[0, 2]
    assert not data.mask[0, 1]


# ------------------------------------------------------------------------- what a reader needs


def boxes(ax: Axes) -> tuple[Any, Any]:
    """Bounding boxes in pixels of the colour bar's Axes and of the y axis with its label."""
    figure = ax.figure
    figure.draw_without_rendering()
    return colour_bar(ax).ax.get_window_extent(), ax.yaxis.get_tightbbox()


@pytest.mark.parametrize("triangle", [None, "lower", "upper"])
def test_colour_bar_does_not_overlap_the_ticks(triangle: Any) -> None:
    bar, axis = boxes(plot.heatmap(made(), triangle=triangle))
    assert not bar.overlaps(axis)


def test_colour_bar_does_not_overlap_long_ticks() -> None:
    r = made(k=3, n_positions=28).with_positions(-2001, "ACGTA" * 6)
    bar, axis = boxes(plot.heatmap(r, triangle="upper"))
    assert not bar.overlaps(axis)


def test_the_label_of_a_pair_in_row_0_is_inside() -> None:
    r = made(n_positions=30)
    ax = plot.annotate_pair(plot.heatmap(r, title="t"), r, 0, 29)
    ax.figure.draw_without_rendering()
    (text,) = [t for t in ax.texts if t.get_text()]
    assert text.get_window_extent().y1 <= ax.get_window_extent().y1


def test_guide_lines_are_in_the_half_that_is_drawn() -> None:
    r = made()
    ax = plot.annotate_pair(plot.heatmap(r, triangle="lower"), r, 2, 9)
    assert {tuple(a.get_position()) for a in arrows(ax)} == {(2, 9)}


def test_guide_lines_have_the_minus_of_the_ticks() -> None:
    r = made().with_positions(-33)
    ax = plot.annotate_pair(plot.heatmap(r), r, 2, 9)
    (text,) = [t.get_text() for t in ax.texts if t.get_text()]
    assert "-" not in text


def test_no_strong_pair_vanishes_from_a_large_map() -> None:
    n = 900
    r = made(0.001, n_positions=n)
    hot = [(60 * i + i % 7, 450 + 37 * i) for i in range(8)]
    matrix = r.matrix.copy()
    for i, j in hot:
        matrix[i, j] = matrix[j, i] = 1.0
    ax = plot.heatmap(replace(r, matrix=matrix), limits=(0, 1), colorbar=False)
    stream = io.BytesIO()
    ax.figure.savefig(stream, format="raw", dpi=200)
    pixels = np.frombuffer(stream.getvalue(), np.uint8).reshape(960, 1120, 4).astype(int)
    yellow = (pixels[..., 0] > 120) & (pixels[..., 1] > 120) & (pixels[..., 2] < 120)
    assert yellow.sum() >= 2 * len(hot)


def test_distance_ticks_are_whole_numbers() -> None:
    ax = plot.by_distance(made(n_positions=3))
    ax.figure.draw_without_rendering()
    assert all(float(x).is_integer() for x in ax.get_xticks())


def test_blocks_of_a_large_map_stand_at_their_positions() -> None:
    n = 1402  # not a multiple of the block of three
    r = made(0.0, n_positions=n)
    matrix = r.matrix.copy()
    matrix[3, 1397] = matrix[1397, 3] = 1.0
    image = plot.heatmap(replace(r, matrix=matrix), limits=(0, 1)).images[0]
    row, column = np.argwhere(np.ma.filled(image.get_array(), 0.0) == 1.0)[0]
    left, right, _, top = image.get_extent()
    side = (right - left) / image.get_array().shape[1]
    assert left + column * side <= 1397 <= left + (column + 1) * side
    assert top + row * side <= 3 <= top + (row + 1) * side


def test_all_text_of_a_new_figure_is_inside() -> None:
    ax = plot.heatmap(made().with_positions(-33), title="a title")
    figure = ax.get_figure()
    figure.draw_without_rendering()
    box = figure.bbox
    for axes in figure.axes:
        tight = axes.get_tightbbox()
        assert box.x0 <= tight.x0
        assert box.y0 <= tight.y0
        assert tight.x1 <= box.x1
        assert tight.y1 <= box.y1
