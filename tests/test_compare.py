"""Two maps side by side: differences, likeness, what is refused; and pictures of them."""

from __future__ import annotations

import io
import warnings
from dataclasses import replace
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from scipy.stats import pearsonr, spearmanr
from test_interpret import Function, TwoHeads, background, run
from test_plot import colour_bar, drawn, made

import fastmi
from fastmi import FastMIWarning, plot

P = 12
PAIRS = np.triu_indices(P, 1)


@pytest.fixture(autouse=True, scope="module")
def _no_windows() -> None:
    mpl.use("Agg")


@pytest.fixture
def pair(rng: np.random.Generator) -> tuple[Any, Any]:
    """Two maps whose values are known."""
    return made(rng.random(66)), made(rng.random(66) / 2)


def compared(pair: tuple[Any, Any], **options: Any) -> Any:
    return fastmi.compare(*pair, **options)


# ------------------------------------------------------------------------------- the numbers


def test_difference(pair: Any) -> None:
    found = compared(pair)
    np.testing.assert_array_equal(found.difference, pair[0].matrix - pair[1].matrix)
    np.testing.assert_array_equal(found.difference, -compared(pair[::-1]).difference)
    assert repr(found) == f"<Comparison of a and b: correlation {found.correlation():.3f}>"


def test_correlation(pair: Any) -> None:
    x, y = (result.matrix[PAIRS].round(1) for result in pair)  # with ties
    found = compared((made(x), made(y)))
    assert found.correlation() == pytest.approx(pearsonr(x, y)[0], abs=1e-12)
    assert found.correlation("spearman") == pytest.approx(spearmanr(x, y)[0], abs=1e-12)
    assert compared((made(x), made(3 * x + 1))).correlation() == pytest.approx(1)
    assert compared((made(x), made(x**3))).correlation("spearman") == pytest.approx(1)
    assert compared((made(x), made(-x))).correlation() == pytest.approx(-1)
    with pytest.raises(ValueError, match="kind must be pearson or spearman, got 'kendall'"):
        found.correlation("kendall")


def test_maps_without_any_difference_have_no_correlation() -> None:
    assert np.isnan(compared((made(1.0), made())).correlation())
    assert np.isnan(compared((made(1.0), made())).correlation("spearman"))
    one = made(1.0, n_positions=2)
    assert np.isnan(fastmi.compare(one, one).correlation())


def test_values_that_are_not_finite_are_left_out(pair: Any) -> None:
    x, y = (result.matrix[PAIRS] for result in pair)
    x[0] = y[0] = np.inf
    x[1], y[2] = np.inf, np.nan
    found = compared((made(x, measure="BC"), made(y, measure="BC")))
    assert found.correlation() == pytest.approx(pearsonr(x[3:], y[3:])[0])
    assert np.isnan(found.difference[PAIRS][[0, 2]]).all()
    table = found.top_pairs(None)
    assert (table["i"][0], table["j"][0], table["difference"][0]) == (0, 2, np.inf)
    assert np.isnan(table["difference"][-2:]).all()
    assert len(table) == 66


@pytest.mark.parametrize("k", [1, 3])
def test_top_pairs(k: int, rng: np.random.Generator) -> None:
    i, j = np.triu_indices(P, k)
    x, y = rng.random(len(i)), rng.random(len(i))
    a = made(x, k=k).with_positions(5, "ACGTACGTACGTAC"[: P + k - 1])
    table = fastmi.compare(a, made(y, k=k)).top_pairs(7)
    order = np.argsort(-np.abs(x - y))[:7]
    np.testing.assert_array_equal(table["i"], i[order])
    np.testing.assert_array_equal(table["j"], j[order])
    np.testing.assert_array_equal(table["distance"], j[order] - i[order])
    np.testing.assert_array_equal(table["a"], x[order])
    np.testing.assert_array_equal(table["b"], y[order])
    np.testing.assert_array_equal(table["difference"], x[order] - y[order])
    assert table["label_i"][0] == a.label(i[order[0]])
    assert len(fastmi.compare(a, made(y, k=k)).top_pairs(None)) == len(i)


def test_what_a_model_found_is_what_differs() -> None:
    """One head likes a pair that the other does not: the largest difference, with sign."""
    found = run(TwoHeads(), background(20_000), select="top 25%")
    near, far = (found.find(head=head) for head in found.heads)
    table = fastmi.compare(near, far, names=found.heads).top_pairs(2)
    signs = {(row["i"], row["j"]): np.sign(row["difference"]) for row in table}
    assert signs == {(0, 3): 1, (1, 11): -1}


def test_what_can_be_compared() -> None:
    one = run(select="top 10%")
    same = fastmi.compare(one, one.find())
    assert same.a is same.b is one.map
    assert same.correlation() == pytest.approx(1)
    several = run(select=["top 10%", "bottom 10%"])
    with pytest.raises(ValueError, match=r"b has the maps of 2 selections; say which: r\.find"):
        fastmi.compare(one, several)
    fastmi.compare(*several.selected, names=("top", "bottom"))
    for odd in (one.map.matrix, "map.npz", None):
        with pytest.raises(
            TypeError, match="a must be a map, a selection or an interpretation"
        ):
            fastmi.compare(odd, one)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_positions": 13}, "the maps differ in length: 12 and 13"),
        ({"k": 2, "n_positions": 11}, "the maps differ in k: 1 and 2"),
        ({"alphabet": fastmi.get_alphabet("rna")}, "differ in letters: ACGT and ACGU"),
        ({"measure": "JS"}, "the maps differ in measure: MI and JS"),
        ({"pseudocount": 5.0}, "the maps differ in pseudocount: 0.0 and 5.0"),
    ],
)
def test_maps_of_different_things_are_refused(changes: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fastmi.compare(made(), made(**changes))


@pytest.mark.parametrize("names", ["ab", ("a",), ("a", "b", "c"), ("a", 1), ("same", "same")])
def test_names_are_two(names: Any) -> None:
    with pytest.raises(ValueError, match="names are two different strings, got"):
        fastmi.compare(made(), made(), names=names)


def test_maps_of_very_different_numbers_of_sequences_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fastmi.compare(made(n_sequences=100), made(n_sequences=125))
    with pytest.warns(FastMIWarning, match="maps are of 100 and 126 sequences; that of the"):
        fastmi.compare(made(n_sequences=100), made(n_sequences=126))
    with pytest.warns(FastMIWarning, match="maps are of 50.5 and 100 sequences") as told:
        fastmi.compare(made(n_effective=50.5), made())
    assert told[0].filename == __file__


# ------------------------------------------------------------------------------ the pictures


def test_halves_hold_both_maps_on_one_scale(pair: Any) -> None:
    ax = plot.halves(compared(pair, names=("model", "data")), limits="full", title="both")
    data = drawn(ax).filled(np.nan)
    np.testing.assert_array_equal(np.triu(data, 1), np.triu(pair[0].matrix, 1))
    np.testing.assert_array_equal(np.tril(data, -1), np.tril(pair[1].matrix, -1))
    assert ax.images[0].get_clim() == (np.nanmin(data), np.nanmax(data))
    assert [text.get_text() for text in ax.texts] == ["model", "data"]
    (x, y), (u, v) = (text.get_position() for text in ax.texts)
    assert x > 0.5 < y  # above the diagonal
    assert u < 0.5 > v
    assert ax.get_title() == "both"
    assert np.isnan(np.diag(data)).all()


@pytest.mark.parametrize("limits", ["full", 0.25])
def test_difference_is_white_where_there_is_none(limits: Any, pair: Any) -> None:
    found = compared(pair, names=("model", "data"))
    ax = plot.difference(found, limits=limits)
    np.testing.assert_array_equal(drawn(ax).filled(np.nan), found.difference)
    most = np.nanmax(np.abs(found.difference)) if limits == "full" else limits
    image = ax.images[0]
    assert image.get_clim() == (-most, most)
    assert image.norm(0.0) == 0.5
    red, _, blue, _ = image.cmap(image.norm(most))
    assert red > blue  # where the first has more
    assert colour_bar(ax).ax.get_ylabel() == "model \N{MINUS SIGN} data (bits)"
    assert colour_bar(plot.difference(found, colorbar=False)) is None


def test_robust_limits_of_a_difference() -> None:
    x = np.r_[np.linspace(-1, 1, 1769), 50.0]
    found = fastmi.compare(made(x, n_positions=60), made(0.0, n_positions=60))
    low, high = plot.difference(found, limits="robust").images[0].get_clim()
    assert high == -low == pytest.approx(np.percentile(np.abs(np.tile(x, 2)), 99.8))
    few = fastmi.compare(made(np.r_[np.zeros(1769), 2.0], n_positions=60), found.b)
    assert plot.difference(few, limits="robust").images[0].get_clim() == (-2, 2)
    none = fastmi.compare(made(), made())
    assert plot.difference(none).images[0].get_clim() == (-1, 1)


@pytest.mark.parametrize("limits", ["all", 0, -1.0, np.nan, np.inf])
def test_wrong_limits_of_a_difference(limits: Any, pair: Any) -> None:
    with pytest.raises(ValueError, match="limits must be"):
        plot.difference(compared(pair), limits=limits)


@pytest.mark.parametrize("kind", ["by_distance", "adjacent"])
@pytest.mark.parametrize("scale", ["linear", "log"])
def test_overlay_has_a_curve_for_each_map(kind: Any, scale: Any, pair: Any) -> None:
    pair = tuple(result.with_positions(10) for result in pair)
    found = compared(pair, names=("model", "data"))
    for ax in (
        plot.overlay(found, kind=kind, scale=scale),
        plot.overlay({"model": pair[0], "data": pair[1]}, kind=kind, scale=scale),
    ):
        lines = ax.get_lines()
        assert [line.get_label() for line in lines] == ["model", "data"]
        assert len({to_hex(line.get_color()) for line in lines}) == 2
        for line, result in zip(lines, pair, strict=True):
            if kind == "by_distance":
                table = result.by_distance()
                x, y = table["distance"], table["mean"]
            else:
                x, y = result.adjacent()["i"] + 10, result.adjacent()["value"]
            np.testing.assert_array_equal(line.get_xdata(), x)
            np.testing.assert_array_equal(line.get_ydata(), y)
        assert ax.get_yscale() == scale
        assert [t.get_text() for t in ax.get_legend().get_texts()] == ["model", "data"]
        assert "mutual information (bits)" in ax.get_ylabel()
        if scale == "linear":
            assert ax.get_ylim()[0] == 0


def test_wrong_overlays(pair: Any) -> None:
    for options, message in (
        ({"kind": "all"}, "kind must be by_distance or adjacent, got 'all'"),
        ({"scale": "sqrt"}, "scale must be linear or log, got 'sqrt'"),
    ):
        with pytest.raises(ValueError, match=message):
            plot.overlay(compared(pair), **options)
    with pytest.raises(ValueError, match="there are no maps to draw"):
        plot.overlay({})


def test_all_in_one_figure(pair: Any) -> None:
    found = compared(pair, names=("model", "data"))
    figure = plot.comparison(found)
    assert isinstance(figure, Figure)
    assert [ax.get_title() for ax in figure.axes[:3]] == [
        "model and data",
        "difference",
        "by distance",
    ]
    axes = Figure().subplots(1, 3)
    assert plot.comparison(found, axes=axes) is axes[0].figure
    with pytest.raises(ValueError, match="axes are three, got 2"):
        plot.comparison(found, axes=axes[:2])
    figure.draw_without_rendering()
    for ax in figure.axes:  # all text is inside
        box = ax.get_tightbbox()
        assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1


@pytest.mark.parametrize("value", [0.0, 0.5, np.nan])
def test_odd_maps_can_be_drawn(value: float) -> None:
    plot.comparison(fastmi.compare(made(value), made(0.5))).savefig(io.BytesIO(), dpi=40)


# --------------------------------------------------------------------- histograms of scores


@pytest.fixture(scope="module")
def interpreted() -> Any:
    select = ["top 5%", "bottom 5%", "quantiles 0.4 to 0.6", "all"]
    return run(TwoHeads(), select=select, wild_type="C" * 12)


def bars_of(ax: Axes) -> Any:
    (stairs,) = (p for p in ax.patches if hasattr(p, "get_data"))
    return stairs.get_data()


@pytest.mark.parametrize("head", [None, "near", "far", 1])
@pytest.mark.parametrize("scale", ["linear", "log"])
def test_scores_shows_all_of_them(head: Any, scale: Any, interpreted: Any) -> None:
    ax = plot.scores(interpreted, head=head, scale=scale, title="a title")
    h = 0 if head in (None, "near") else 1
    bars = bars_of(ax)
    assert bars.values.sum() == interpreted.n_scored
    assert len(bars.values) <= 128
    scores = fastmi.score(TwoHeads(), background())[:, h]
    np.testing.assert_array_equal(np.histogram(scores, bars.edges)[0], bars.values)
    np.testing.assert_allclose(np.diff(bars.edges), bars.edges[1] - bars.edges[0])
    assert (ax.get_xlabel(), ax.get_ylabel()) == (f"score {interpreted.heads[h]}", "sequences")
    assert (ax.get_yscale(), ax.get_title()) == (scale, "a title")


def test_scores_shows_each_selection_with_its_number(interpreted: Any) -> None:
    ax = plot.scores(interpreted)
    names = [text.get_text() for text in ax.texts]
    wanted = ["top 5%: 100", "bottom 5%: 100", "quantiles 0.4 to 0.6: 400", "all: 2,000"]
    assert names == [*wanted, "wild type"]
    # one above the other, below the top, above the histogram
    heights = [text.xy[1] for text in ax.texts]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] < 1
    to_axes = ax.transData + ax.transAxes.inverted()
    most = to_axes.transform((0, bars_of(ax).values.max()))[1]
    assert 0.4 < most < heights[-1]
    assert max(ax.get_yticks()) <= bars_of(ax).values.max()


def test_scores_cuts_where_selections_begin(interpreted: Any) -> None:
    ax = plot.scores(interpreted, head="far")
    lines = [
        {segment[0][0] for segment in c.get_segments()}
        for c in ax.collections
        if hasattr(c, "get_segments")
    ]
    top, bottom, band, everything = (
        interpreted.find(s.selection, "far") for s in interpreted.selected[4:]
    )
    assert lines[0] == {top.score_range[0]}
    assert lines[1] == {bottom.score_range[1]}
    assert lines[2] == set(band.score_range)
    assert lines[3] == set()
    assert lines[4] == {interpreted.wild_type[1]}
    assert everything.share == 1


def test_a_wild_type_beyond_all_scores_is_seen(interpreted: Any) -> None:
    far = replace(interpreted, wild_type=(9.0, -9.0))
    assert plot.scores(far).get_xlim()[1] >= 9
    assert plot.scores(far, head=1).get_xlim()[0] <= -9


@pytest.mark.filterwarnings("ignore:top 5%.* taken by record")
@pytest.mark.parametrize("scale", ["linear", "log"])
@pytest.mark.parametrize("score", [0.0, 3.7, -1e9])
def test_equal_scores_are_a_bar_that_is_seen(score: float, scale: Any) -> None:
    found = run(Function(lambda s: np.full(len(s), score)), select="top 5%")
    ax = plot.scores(found, scale=scale)
    ax.figure.savefig(io.BytesIO(), dpi=40)
    low, high = ax.get_xlim()
    bars = bars_of(ax)
    assert bars.values.tolist() == [2000]
    assert low < bars.edges[0] < score < bars.edges[1] < high
    assert bars.edges[1] - bars.edges[0] > 0.05 * (high - low)


def test_text_of_scores_is_inside(interpreted: Any) -> None:
    for head in interpreted.heads:
        ax = plot.scores(interpreted, head=head)
        ax.figure.draw_without_rendering()
        tight = ax.get_tightbbox()
        box = ax.figure.bbox
        assert box.x0 <= tight.x0 < tight.x1 <= box.x1
        assert box.y0 <= tight.y0 < tight.y1 <= box.y1


def test_many_selections_fit() -> None:
    found = run(select=[f"top {n}%" for n in range(10, 40)])
    ax = plot.scores(found)
    assert len(ax.texts) == 30
    assert all(0.4 < text.xy[1] < 1 for text in ax.texts)


def test_wrong_options_of_scores(interpreted: Any) -> None:
    with pytest.raises(ValueError, match="scale must be linear or log, got 'sqrt'"):
        plot.scores(interpreted, scale="sqrt")
    for head in ("middle", 2):
        with pytest.raises(KeyError, match="the model has no score"):
            plot.scores(interpreted, head=head)
