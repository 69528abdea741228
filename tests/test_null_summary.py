"""Nulls in a file: the same answers as from the pool, and nothing in a file is trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_files import describe, refused

import fastmi
from fastmi.cli import main
from fastmi.examples import GB1_WILD_TYPE
from fastmi.stats import NullSummary, summarise_pool

SETS = 40


@pytest.fixture(scope="module")
def pool() -> fastmi.PackedSequences:
    """Sequences in which the last letter often copies the first."""
    codes = np.random.default_rng(1).integers(0, 4, (6000, 10), dtype=np.uint8)
    codes[:2000, 9] = codes[:2000, 0]
    codes[:, 5] = 2  # which never varies
    return fastmi.PackedSequences.from_codes(codes)


def chosen(pool: fastmi.PackedSequences, n: int = 1000, **options: Any) -> fastmi.MIResult:
    codes = pool[:n].to_codes().copy()
    codes[: n // 4, 7] = codes[: n // 4, 3]
    options = {"k": 1, "pseudocount": 0, **options}
    return fastmi.pairwise_mi(fastmi.PackedSequences.from_codes(codes), **options)


@pytest.mark.parametrize(("k", "pseudocount"), [(1, 0.0), (2, 0.5)])
def test_it_answers_as_the_pool_does(
    pool: fastmi.PackedSequences, k: int, pseudocount: float
) -> None:
    result = chosen(pool, k=k, pseudocount=pseudocount)
    null = summarise_pool(pool, 1000, k, pseudocount=pseudocount, n_sets=SETS, rng=3)
    mine = null.significance(result)
    theirs = fastmi.significance(result, null="pool", pool=pool, n_sets=SETS, rng=3)
    pairs = result.pairs()
    np.testing.assert_allclose(
        mine.expected[pairs], theirs.expected[pairs], rtol=1e-6, atol=1e-9
    )
    # between two points of the curve the larger p is taken
    ratio = mine.p[pairs] / theirs.p[pairs]
    assert ratio.min() > 1 - 1e-3
    assert ratio.max() < 1.2
    assert (mine.null, mine.bias, mine.check) == ("pool", "null", theirs.check)
    assert mine.settings["seed"] == 3
    assert mine.settings["n_sets"] == SETS
    assert (mine.p[5, 0], mine.p[5, 6]) == (1.0, 1.0) or k == 2
    assert mine.n_significant() == theirs.n_significant() > 0


def test_random_subsets_do_not_stand_out(pool: fastmi.PackedSequences) -> None:
    """What is dependent in the pool is no news; p of other subsets are as they should be."""
    null = summarise_pool(pool, 1000, 1, pseudocount=0, n_sets=100, rng=3)
    p = []
    for seed in range(60):
        some = pool[np.sort(np.random.default_rng(seed).choice(len(pool), 1000, replace=False))]
        result = fastmi.pairwise_mi(some, 1, pseudocount=0)
        p.append(null.significance(result).p[result.pairs()])
    varied = np.stack(p)[:, np.stack(p).min(axis=0) < 1]
    assert varied.shape == (60, 36)  # nine positions vary
    assert np.mean(varied <= 0.05) == pytest.approx(0.05, abs=0.02)
    assert np.mean(varied <= 0.5) == pytest.approx(0.5, abs=0.06)


def test_it_comes_back(pool: fastmi.PackedSequences, tmp_path: Path) -> None:
    null = summarise_pool(pool, 1000, 1, pseudocount=0, n_sets=SETS)
    null.save(tmp_path / "n.npz")
    found = fastmi.load(tmp_path / "n.npz")
    assert isinstance(found, NullSummary)
    assert repr(found) == repr(null)
    assert found.about() == null.about()
    result = chosen(pool)
    np.testing.assert_array_equal(null.significance(result).p, found.significance(result).p)
    found.save(tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "n.npz").read_bytes()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": 2}, "another k: 1, and the map has 2"),
        ({"pseudocount": 5}, "another pseudocount: 0.0, and the map has 5.0"),
        ({"n": 999}, "another number of sequences: 1000, and the map has 999"),
    ],
)
def test_it_is_for_one_kind_of_map(
    pool: fastmi.PackedSequences, options: dict[str, Any], message: str
) -> None:
    null = summarise_pool(pool, 1000, 1, pseudocount=0, n_sets=10)
    refused(lambda: null.significance(chosen(pool, **options)), message)


def test_it_is_for_sequences_that_count_once(pool: fastmi.PackedSequences) -> None:
    null = summarise_pool(pool, 1000, 1, pseudocount=0, n_sets=10)
    weights = np.linspace(1, 50, 1000)
    refused(lambda: null.significance(chosen(pool, weights=weights)), "this map has weights")
    refused(
        lambda: null.significance(chosen(pool, both_strands=True)), "this map has both strands"
    )
    weighted = pool.with_weights(np.ones(len(pool)))
    refused(lambda: summarise_pool(weighted, 1000, 1), "this pool has weights")
    with pytest.raises(TypeError, match="must be a MIResult, got ndarray"):
        null.significance(np.zeros((10, 10)))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="pool must be PackedSequences"):
        summarise_pool(["ACGT"] * 50, 10, 1)  # type: ignore[arg-type]


def test_where_the_null_has_no_value_there_is_no_p(pool: fastmi.PackedSequences) -> None:
    codes = pool.to_codes().copy()
    codes[:, 4] = 255
    null = summarise_pool(
        fastmi.PackedSequences.from_codes(codes, unknown="skip"),
        1000,
        1,
        pseudocount=0,
        n_sets=10,
    )
    found = null.significance(chosen(pool))
    assert np.isnan(found.p[4]).all()
    assert found.n_tests == 36


def test_wrong_parameters(pool: fastmi.PackedSequences) -> None:
    with pytest.raises(ValueError, match="n_sets must be"):
        summarise_pool(pool, 1000, 1, n_sets=9)
    with pytest.raises(
        fastmi.FastMIError, match="cannot be a random subset of a pool of 6,000"
    ):
        summarise_pool(pool, 6001, 1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 2}, "has file format 2"),
        ({"n_sets": 3}, "n_sets is 3"),
        ({"k": 3}, "expected"),
        ({"k": 6}, "description is damaged"),
        ({"points": 7}, "expected"),
        ({"length": 2**40}, "length"),
        ({"pseudocount": None}, "description is damaged"),
        ({"check": ...}, "description is damaged"),
        ({"check": {"tail": [1]}}, "description is damaged"),
    ],
)
def test_damaged_files(
    pool: fastmi.PackedSequences, tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    path = tmp_path / "n.npz"
    summarise_pool(pool, 1000, 1, pseudocount=0, n_sets=10).save(path)
    describe(path, **changes)
    refused(lambda: fastmi.load(path), message)


def test_a_curve_that_is_none(pool: fastmi.PackedSequences, tmp_path: Path) -> None:
    path = tmp_path / "n.npz"
    null = summarise_pool(pool, 1000, 1, pseudocount=0, n_sets=10)
    for row, value in ((0, -1e9), (1, 0.5), (0, np.nan), (1, np.nan)):
        null.curve[row, 9] = value
        null.save(path)
        refused(lambda: fastmi.load(path), "the curve of p is none")
        null = summarise_pool(pool, 1000, 1, pseudocount=0, n_sets=10)


def test_means_that_are_none(pool: fastmi.PackedSequences, tmp_path: Path) -> None:
    path = tmp_path / "n.npz"
    for name, value in (("mean", np.inf), ("sd", -1.0), ("sd", np.nan)):
        null = summarise_pool(pool, 1000, 1, pseudocount=0, n_sets=10)
        getattr(null, name)[3] = value
        null.save(path)
        refused(lambda: fastmi.load(path), "means or standard deviations are none")


def test_the_example_is_of_its_sequences() -> None:
    null = fastmi.load(fastmi.example("gb1_pool_null"))
    assert isinstance(null, NullSummary)
    assert null.provenance["pool"] == 536_084
    result = fastmi.pairwise_mi(fastmi.example(), 1, alphabet="protein", pseudocount=0)
    found = null.significance(result.with_positions(1, GB1_WILD_TYPE))
    assert found.n_significant() == 100
    assert found.top_pairs(3)[["label_i", "label_j"]].tolist() == [
        ("A24", "D40"),
        ("A24", "D47"),
        ("A24", "E42"),
    ]
    assert not found.check.failed


def test_the_command_line_takes_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path, null = str(fastmi.example()), str(fastmi.example("gb1_pool_null"))
    run = ["mi", path, "--alphabet", "protein", "-k", "1", "--pseudocount", "0", "--pool", null]
    assert main([*run, "-o", "x", "--figure", "none"]) == 0
    assert "100 of 1,540 pairs have q <= 0.05; null: pool: " in capsys.readouterr().err
    assert main([*run, "--null", "additive", "--pool-scores", "2"]) == 2
    assert "needs the sequences of --pool" in capsys.readouterr().err
    assert main(["mi", path, "--alphabet", "protein", "-k", "1", "--pool", null]) == 1
    assert "drawn for another pseudocount" in capsys.readouterr().err
    assert main(["plot", null, "-o", "x"]) == 1
    assert "what maps of random subsets look like, no map" in capsys.readouterr().err
    assert main(["info", null]) == 0


def test_maps_of_few_sequences_are_warned_of() -> None:
    pool = fastmi.simulate.random(2_000, 8, rng=1).pack()
    null = fastmi.stats.summarise_pool(pool, 200, 2, pseudocount=0, n_sets=20)
    with pytest.warns(fastmi.FastMIWarning, match="256 cells and 200 sequences"):
        null.significance(fastmi.pairwise_mi(pool[:200], 2, pseudocount=0))
