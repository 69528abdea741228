"""Pictures of maps that were tested: outlines, what is drawn, and what they say of it."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

import fastmi
from fastmi.plot import heatmap
from fastmi.plot._outlines import _edges
from fastmi.stats.tails import UNCHECKED

mpl.use("Agg")
K = 2


def found_in(n: int = 12, k: int = K, pairs: Any = ((0, 5), (0, 6), (3, 9))) -> Any:
    """A map whose pairs have a p of 0.5, but for some that stand out."""
    length = n + k - 1
    data = fastmi.simulate.random(300, length, rng=1).pack()
    result = fastmi.pairwise_mi(data, k).with_positions(5)
    p = np.where(np.isnan(result.matrix), np.nan, 0.5)
    for i, j in pairs:
        p[i, j] = p[j, i] = 1e-6
    expected = np.where(np.isnan(result.matrix), np.nan, 0.01)
    return fastmi.Significance(result, "independence", expected, p, "analytic", UNCHECKED)


def boxes(ax: Any) -> set[tuple[tuple[float, float], tuple[float, float]]]:
    """The lines of the white outlines."""
    white = ax.collections[-1]
    return {tuple(map(tuple, np.asarray(line).tolist())) for line in white.get_segments()}


def test_edges_go_around_cells_as_long_as_they_go() -> None:
    chosen = np.zeros((3, 4), bool)
    chosen[1, 1:3] = True
    assert [line.tolist() for line in _edges(chosen)] == [[[1, 1], [3, 1]], [[1, 2], [3, 2]]]
    assert _edges(np.zeros((3, 3), bool)) == []
    assert [line.tolist() for line in _edges(np.ones((1, 2), bool))] == [
        [[0, 0], [2, 0]],
        [[0, 1], [2, 1]],
    ]


def test_one_pair_is_outlined_in_both_halves() -> None:
    ax = heatmap(found_in(pairs=[(3, 9)]))
    low, x, y = 5 - 0.5, 9.0, 3.0
    cell = {
        ((low + x, low + y), (low + x + 1, low + y)),
        ((low + x, low + y + 1), (low + x + 1, low + y + 1)),
        ((low + x, low + y), (low + x, low + y + 1)),
        ((low + x + 1, low + y), (low + x + 1, low + y + 1)),
    }
    mirror = {((a[1], a[0]), (b[1], b[0])) for a, b in cell}
    assert boxes(ax) == cell | mirror
    black, white = ax.collections[-2:]
    assert black.get_linewidth()[0] > white.get_linewidth()[0] > 0
    assert len(black.get_segments()) == 8


def test_neighbours_share_an_outline() -> None:
    ax = heatmap(found_in(pairs=[(0, 5), (0, 6)]), triangle="upper")
    assert len(boxes(ax)) == 4


def test_a_triangle_has_the_outlines_of_its_half() -> None:
    for triangle, n in (("upper", 4), ("lower", 4), (None, 8)):
        assert len(boxes(heatmap(found_in(pairs=[(3, 9)]), triangle=triangle))) == n


def test_the_level_is_the_callers() -> None:
    found = found_in()
    n_lines = len(boxes(heatmap(found)))
    assert n_lines > 0
    assert (
        heatmap(found, q=1e-6).collections == [] or len(heatmap(found, q=1e-6).collections) == 0
    )
    assert len(heatmap(found, q=None).collections) == 0
    assert len(boxes(heatmap(found, q=1.0))) > n_lines
    with pytest.raises(ValueError, match="q must be between 0 and 1, got 2"):
        heatmap(found, q=2)


def test_the_title_says_null_level_and_number() -> None:
    words = "outlined: q \N{LESS-THAN OR EQUAL TO} 0.05 (null: independence), 3 of 55 pairs"
    assert heatmap(found_in()).get_title() == words
    assert heatmap(found_in(), title="mine").get_title() == f"mine\n{words}"
    assert heatmap(found_in(), title="mine", q=None).get_title() == "mine"
    assert heatmap(found_in().result).get_title() == ""


def test_what_is_drawn() -> None:
    found = found_in()
    drawn = {
        value: heatmap(found, value=value) for value in ("mi", "corrected", "p", "significant")
    }
    wanted = {"mi": found.result.matrix, "corrected": found.corrected, "p": found.p}
    for value, ax in drawn.items():
        image = np.ma.filled(ax.images[0].get_array(), np.nan)
        if value in wanted:
            np.testing.assert_array_equal(image, wanted[value])
    np.testing.assert_array_equal(
        np.nan_to_num(np.ma.filled(drawn["significant"].images[0].get_array(), np.nan)),
        found.p < 0.01,
    )
    labels = {
        v: ax.images[0].colorbar and ax.images[0].colorbar.ax.get_ylabel()
        for v, ax in drawn.items()
    }
    assert labels["corrected"] == "MI beyond the null (bits)"
    assert labels["p"] == "p"
    assert labels["significant"] is None
    assert drawn["p"].images[0].cmap.name == "viridis_r"
    assert drawn["significant"].images[0].cmap.name == "Greys"
    assert drawn["significant"].images[0].get_clim() == (0, 1)
    assert drawn["significant"].get_title().startswith("black: q ")
    assert len(drawn["significant"].collections) == 0


def test_what_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="value must be one of mi, corrected, p, significant"):
        heatmap(found_in(), value="q")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="value='p' is of a map that was tested"):
        heatmap(found_in().result, value="p")
    with pytest.raises(ValueError, match="value='significant' needs q="):
        heatmap(found_in(), value="significant", q=None)


def test_a_map_of_many_positions_outlines_blocks() -> None:
    n = 1401
    matrix = np.full((n, n), 0.1)
    result = fastmi.MIResult(matrix, "MI", 1, n, 10, fastmi.get_alphabet("dna"), 0.0)
    p = np.full((n, n), 1.0)
    p[100, 900] = p[900, 100] = 1e-12
    found = fastmi.Significance(result, "pool", matrix, p, "null", UNCHECKED)
    lines = boxes(heatmap(found))
    assert len(lines) == 8
    assert ((899.5, 98.5), (902.5, 98.5)) in lines  # blocks of three, of which the cell is one


def test_curves_are_of_what_is_beyond_the_null() -> None:
    found = found_in()
    for draw, column in ((fastmi.plot.by_distance, "max"), (fastmi.plot.adjacent, "value")):
        result = found.result
        mine, theirs = draw(found), draw(found, value="mi")
        y, raw = (ax.lines[0].get_ydata() for ax in (mine, theirs))
        np.testing.assert_allclose(y, raw - 0.01, atol=1e-15)
        table = result.by_distance() if column == "max" else result.adjacent()
        np.testing.assert_array_equal(raw, table[column])
        assert "beyond the null" in mine.get_ylabel()
        with pytest.raises(ValueError, match="value must be one of mi, corrected"):
            draw(found, value="p")
        with pytest.raises(ValueError, match="this one was not"):
            draw(result, value="corrected")


def test_a_log_scale_is_linear_where_there_is_noise() -> None:
    found = found_in()
    found.expected[:] = np.nanmean(found.result.matrix)
    found.result.matrix[0, 5] = found.result.matrix[5, 0] = 30.0
    ax = fastmi.plot.by_distance(found, scale="log")
    assert ax.get_yscale() == "symlog"
    assert ax.get_ylim()[0] < 0
    assert fastmi.plot.by_distance(found, value="mi", scale="log").get_yscale() == "log"


def test_a_pair_of_what_was_tested_can_be_marked() -> None:
    found = found_in()
    assert fastmi.plot.annotate_pair(heatmap(found), found, 3, 9).texts
