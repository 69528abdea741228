"""Proves tests of differences: found where planted, levels kept, and which null asks what.

Splits and p are those of plain NumPy. Where margins or partners differ but MI does not, the
test of equal MI keeps its level; the test of one pool need not, and is not asked to.
"""

from __future__ import annotations

import io
import math
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from test_bootstrap import dependent, sequences, truth

import fastmi
from fastmi import FastMIError, PackedSequences, plot, stats
from fastmi._draws import Stream
from fastmi.cli import main
from fastmi.stats._replicates import random_part
from fastmi.stats._tails import own_p, pooled_p

PLANTED = (np.arange(0, 12, 2), np.arange(1, 12, 2))  # pairs of dependent() of length 12


@pytest.fixture(autouse=True, scope="module")
def _no_windows() -> None:
    mpl.use("Agg")


def other_partners(seed: int, n: int, length: int, share: float) -> PackedSequences:
    """As dependent(), but each letter goes together with the next one."""
    codes = dependent(seed, n, length, share).to_codes().copy()
    codes[:, 1::2] = (codes[:, 1::2] + 1) % 4
    return PackedSequences.from_codes(codes, "dna")


def other_letters(seed: int, n: int, length: int) -> PackedSequences:
    """Independent letters, A half of them."""
    rng = np.random.default_rng(seed)
    return PackedSequences.from_codes(rng.choice(4, (n, length), p=[0.55, 0.15, 0.15, 0.15]))


# ------------------------------------------------------------------------------------- p


def test_p_are_shares_of_what_was_resampled(rng: np.random.Generator) -> None:
    errors = rng.normal(size=(30, 4)) * [1, 10, 100, 0]
    others = [[np.delete(x, b) for b in range(30)] for x in errors.T[:3]]
    pool = np.array(
        [
            abs(each) / math.sqrt((left**2).sum() / 27)
            for x, rest in zip(errors.T, others, strict=False)
            for each, left in zip(x, rest, strict=True)
        ]
    )
    seen = np.array([1.5, -0.6, np.nan, 99.0])
    found = pooled_p(seen, errors.copy(), fitted=2)
    assert found[:2].tolist() == [((pool >= t).sum() + 1) / 91 for t in (1.5, 0.6)]
    assert np.isnan(found[2])
    assert found[3] == 1 / 91
    resampled = np.array([[1.0, -2.0], [3.0, 0.5], [-4.0, np.nan]])
    assert own_p(np.array([3.5, 0.6]), resampled).tolist() == [2 / 4, 2 / 4]


def test_one_pool_by_plain_numpy() -> None:
    a, b = sequences(1, 60, 5), sequences(2, 60, 5)
    found = stats.difference(a, b, k=1, n=20, null="same_distribution", rng=9)
    i, j = found.a.pairs()
    both = PackedSequences.from_strings(a.to_strings() + b.to_strings())

    def mi(some: Any) -> Any:
        return fastmi.pairwise_mi(some, 1, pseudocount=0).matrix[i, j]

    parts = [random_part(9, split, 120, 60, Stream.SPLITS) for split in range(20)]
    splits = np.array([mi(both[part]) - mi(both[~part]) for part in parts])
    seen = mi(a) - mi(b)
    own = ((np.abs(splits) >= np.abs(seen)).sum(axis=0) + 1) / 21
    assert found.p_own is not None
    assert_array_equal(found.p_own[i, j], own)
    scale = np.sqrt((splits**2).mean(axis=0))
    others = np.sqrt(((splits**2).sum(axis=0) - splits**2) / 19)
    pool = np.abs(splits / others)
    p = [((pool >= abs(t)).sum() + 1) / (pool.size + 1) for t in seen / scale]
    assert_allclose(found.p[i, j], p, rtol=1e-12)


def test_p_is_never_below_what_was_resampled() -> None:
    a, b = dependent(1, 2_000, 12, 0.9), sequences(2, 2_000, 12)
    for null in ("equal_mi", "same_distribution"):
        found = stats.difference(a, b, k=1, n=20, null=null, rng=9)
        assert np.nanmin(found.p) == 1 / (20 * 66 + 1)
        assert found.p_own is None or np.nanmin(found.p_own) == 1 / 21


# ---------------------------------------------------------------------- found where planted


@pytest.mark.parametrize("null", ["equal_mi", "same_distribution"])
def test_planted_differences_are_found(null: str) -> None:
    a, b = dependent(1, 3_000, 12, 0.3), dependent(2, 3_000, 12, 0.1)
    found = stats.difference(a, b, k=1, n=60, null=null, names=("x", "y"), rng=1)
    assert (found.q[PLANTED] < 0.05).all()
    table = found.top_pairs(None, max_q=0.05)
    assert set(zip(*(at.tolist() for at in PLANTED), strict=True)) <= set(
        table[["i", "j"]].tolist()
    )
    assert len(table) <= 6 + 2
    assert_allclose(found.difference[PLANTED], truth(0.3) - truth(0.1), atol=0.06)
    assert (found.low[PLANTED] > 0).all()
    assert repr(found).startswith("<MIDifference of x and y: ")
    turned = stats.difference(b, a, k=1, n=60, null=null, rng=1)
    assert_allclose(turned.difference, -found.difference, atol=1e-15)


def test_what_both_have_is_no_difference() -> None:
    a, b = dependent(1, 3_000, 12, 0.4), dependent(2, 3_000, 12, 0.4)
    found = stats.difference(a, b, k=1, n=60, rng=1)
    assert np.nanmin(found.q) > 0.05


# ------------------------------------------------------------------------------ levels


def rates(make_a: Any, make_b: Any, sets: int = 40, n: int = 1_000) -> dict[str, float]:
    """The share of planted pairs with p < 0.05, by null."""
    found: dict[str, list[Any]] = {"equal_mi": [], "same_distribution": []}
    for seed in range(sets):
        for null, p in found.items():
            tested = stats.difference(
                make_a(2 * seed, n), make_b(2 * seed + 1, n), k=1, n=40, null=null, rng=seed
            )
            p.append(tested.p[PLANTED] < 0.05)
    return {null: float(np.mean(p)) for null, p in found.items()}


ERROR = math.sqrt(0.05 * 0.95 / 240)


def test_level_where_both_are_one_pool() -> None:
    found = rates(
        lambda seed, n: dependent(seed, n, 12, 0.3), lambda seed, n: dependent(seed, n, 12, 0.3)
    )
    assert found["equal_mi"] < 0.05 + 4 * ERROR
    assert abs(found["same_distribution"] - 0.05) < 4 * ERROR


def test_level_where_only_letters_differ() -> None:
    found = rates(
        lambda seed, n: sequences(seed, n, 12), lambda seed, n: other_letters(seed, n, 12)
    )
    assert found["equal_mi"] < 0.05 + 4 * ERROR


def test_level_where_only_partners_differ() -> None:
    found = rates(
        lambda seed, n: dependent(seed, n, 12, 0.45),
        lambda seed, n: other_partners(seed, n, 12, 0.45),
    )
    assert found["equal_mi"] < 0.05 + 4 * ERROR
    assert found["same_distribution"] > 0.15  # they are two pools, though MI is the same


# ------------------------------------------------------------------------------ as many of each


def test_as_many_of_each() -> None:
    a, b = sequences(1, 500, 6), sequences(2, 300, 6)
    found = stats.difference(a, b, k=1, n=20, rng=4)
    assert (found.a.n_sequences, found.b.n_sequences) == (300, 300)
    part = random_part(4, 0, 500, 300, Stream.SUBSETS)
    expected = fastmi.pairwise_mi(a[np.flatnonzero(part)], 1, pseudocount=0)
    assert_array_equal(found.a.matrix, expected.matrix)
    every = stats.difference(a, b, k=1, n=20, rng=4, equal_n=False)
    assert (every.a.n_sequences, every.b.n_sequences) == (500, 300)
    for null in ("equal_mi", "same_distribution"):
        unequal = stats.difference(a, b, k=1, n=60, rng=4, equal_n=False, null=null)
        assert np.nanmin(unequal.q) > 0.05  # another N is no difference


def test_same_bits_for_any_threads(n_threads: int) -> None:
    a, b = sequences(1, 3_000, 12), sequences(2, 3_000, 12)
    for null in ("equal_mi", "same_distribution"):
        given: dict[str, Any] = {"k": 2, "n": 20, "rng": 5, "null": null}
        found = stats.difference(a, b, n_threads=n_threads, **given)
        first = stats.difference(a, b, n_threads=1, **given)
        for name in ("difference", "standard_error", "p", "q"):
            assert getattr(found, name).tobytes() == getattr(first, name).tobytes()


# ---------------------------------------------------------------------------- files, refusals


@pytest.mark.parametrize("null", ["equal_mi", "same_distribution"])
def test_saved_and_loaded(null: str, tmp_path: Path) -> None:
    a, b = dependent(1, 200, 6, 0.4), sequences(2, 200, 6)
    found = stats.difference(a, b, k=1, n=20, rng=1, null=null, names=("x", "y"))
    found.save(tmp_path / "x.npz")
    again = fastmi.load(tmp_path / "x.npz")
    assert isinstance(again, stats.MIDifference)
    for name in ("difference", "standard_error", "low", "high", "p", "q", "p_own"):
        assert_array_equal(getattr(again, name), getattr(found, name))
    assert again.about() == found.about()
    assert again.names == ("x", "y")


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    from fastmi._files import write_arrays

    found = stats.difference(sequences(1, 99, 4), sequences(2, 99, 4), k=1, n=20, rng=1)
    found.save(tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz") as file:
        arrays = {name: file[name] for name in file.files if name != "about"}
    for name, value, words in (
        ("p", -0.1, "its p are impossible"),
        ("q", 2.0, "its p are impossible"),
        ("standard_error", -1.0, "its standard errors are impossible"),
    ):
        wrong = arrays[name].copy()
        wrong[0, 1] = wrong[1, 0] = value
        write_arrays(tmp_path / "x.npz", found.about(), {**arrays, name: wrong})
        with pytest.raises(FastMIError, match=words):
            fastmi.load(tmp_path / "x.npz")
    other = fastmi.pairwise_mi(sequences(1, 99, 5), 2).about()
    for change in ({"null": "none"}, {"names": ["x"]}, {"level": 0}, {"p_own": True}):
        write_arrays(tmp_path / "x.npz", {**found.about(), **change}, arrays)
        with pytest.raises(FastMIError, match=r"x\.npz"):
            fastmi.load(tmp_path / "x.npz")
    write_arrays(tmp_path / "x.npz", {**found.about(), "b": other}, arrays)
    with pytest.raises(FastMIError, match="maps of different things"):
        fastmi.load(tmp_path / "x.npz")


def test_what_is_refused() -> None:
    a = sequences(1, 100, 4)
    for other, options, words in (
        (sequences(1, 100, 5), {}, "the sequences differ in length: 4 and 5"),
        (sequences(1, 100, 4, 20), {}, "the sequences differ in letters: ACGT and "),
        (a, {"null": "chance"}, "null must be one of equal_mi, same_distribution, got"),
        (a, {"n": 3}, "n must be a whole number from 20 up, got 3"),
        (a, {"names": ("x", "x")}, "names are two different strings"),
        (a, {"names": "ab"}, "names are two different strings"),
        (a, {"names": 5}, "names are two different strings"),
        (a, {"names": ("a", 1)}, "names are two different strings"),
    ):
        with pytest.raises(ValueError, match=words):
            stats.difference(a, other, **{"k": 1, "n": 20, **options})  # type: ignore[arg-type]
    with pytest.raises(FastMIError, match=r"6 pairs take 1,920 bytes.*; take fewer$"):
        stats.difference(a, a, k=1, n=20, memory_limit=1_000)


def test_positions_that_never_vary_are_not_compared() -> None:
    same = PackedSequences.from_codes(np.zeros((50, 4), np.uint8), "dna")
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        found = stats.difference(same, same, k=1, n=20, rng=1)
    assert np.isnan(found.p).all()


def test_weights_of_one_set_stay_its_own() -> None:
    """Sequences without weights count once, in either order."""
    a, b = sequences(1, 100, 4), sequences(2, 100, 4)
    heavy, ones = a.with_weights(np.arange(1.0, 101)), b.with_weights(np.ones(100))
    for mixed, all_have in (((heavy, b), (heavy, ones)), ((b, heavy), (ones, heavy))):
        p, wanted = (
            stats.difference(*pair, k=1, n=20, null="same_distribution", rng=1).p
            for pair in (mixed, all_have)
        )
        assert_array_equal(p, wanted)


# ----------------------------------------------------------------- pictures, the command line


def test_the_picture_has_lines_around_small_q() -> None:
    a, b = dependent(1, 2_000, 6, 0.5), sequences(2, 2_000, 6)
    found = stats.difference(a, b, k=1, n=40, rng=1)
    q = np.where(np.isnan(found.q), np.nan, 1.0)
    q[[0, 2, 4, 1, 3, 5], [1, 3, 5, 0, 2, 4]] = 0.05
    found = replace(found, q=q)
    ax = plot.difference(found)
    (lines,) = (c.get_segments() for c in ax.collections if c.get_linewidth()[0] == 0.6)
    # (0, 1) and (1, 0), ... touch at corners only: four sides each
    assert len(lines) == 6 * 4
    assert_array_equal(ax.images[0].get_array(), found.difference)
    figure = plot.comparison(found, max_q=0.01)
    assert "q \N{LESS-THAN OR EQUAL TO} 0.01" in figure.axes[1].get_title()
    shifted = replace(found, a=found.a.with_positions(10), b=found.b.with_positions(10))
    segments = np.array(plot.difference(shifted).collections[0].get_segments())
    assert segments.min() == 9.5


def test_the_command(tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    for name, some in (("a", dependent(1, 400, 6, 0.6)), ("b", sequences(2, 300, 6))):
        Path(f"{name}.txt").write_text("\n".join(some.to_strings()) + "\n")
    base = ["difference", "a.txt", "b.txt", "-k", "1", "-n", "20", "--seed", "3"]
    assert main([*base, "--names", "x", "y", "-o", "d"]) == 0
    said = capsys.readouterr().err
    assert "MIDifference of x and y" in said
    for command in ("plot", "report"):
        assert main([command, "d.npz"]) == 1
        assert "d.npz holds two maps and their difference" in capsys.readouterr().err
    stats.bootstrap(sequences(2, 300, 6), k=1, n=20).save("i.npz")
    assert main(["plot", "i.npz"]) == 1
    assert "i.npz holds intervals of a map" in capsys.readouterr().err
    assert {"d.npz", "d.png", "d.pairs.tsv"} <= {path.name for path in tmp_path.iterdir()}
    expected = stats.difference(
        dependent(1, 400, 6, 0.6), sequences(2, 300, 6), k=1, n=20, rng=3, names=("x", "y")
    )
    assert_array_equal(fastmi.load("d.npz").p, expected.p)
    assert main([*base, "--null", "pool", "--all", "-q"]) == 0
    table = capsys.readouterr().out
    every = stats.difference(
        dependent(1, 400, 6, 0.6),
        sequences(2, 300, 6),
        k=1,
        n=20,
        rng=3,
        null="same_distribution",
        equal_n=False,
    )
    out = io.StringIO()
    every.to_tsv(out)
    assert table == out.getvalue()
    assert main([*base, "-o", "a.txt/x", "-q"]) == 1
    assert main(["difference", "a.txt", "nowhere.txt", "-q"]) == 1
