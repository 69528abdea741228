"""Proves what bootstrap intervals are made of, and that they hold the truth as often as said.

Weights of replicates belong to records; a replicate's map is that of plain NumPy with the same
weights; the spread about a line is that of least squares; the variance of independent positions
is that of permutations. Then coverage at settings that take seconds (benchmarks/intervals.py
has the others), files, refusals and the band of a curve.
"""

from __future__ import annotations

import io
import math
import warnings
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import poisson

import fastmi
from conftest import random_codes
from fastmi import FastMIError, FastMIWarning, PackedSequences, _core, _reference, plot, stats
from fastmi._counted import counted
from fastmi._draws import Stream
from fastmi.stats._independent import variances_if_independent
from fastmi.stats._replicates import Mapper, Spread, poisson_weights, random_part
from fastmi.stats.bootstrapping import Drawn, Sample

ALPHABETS = {4: "dna", 20: "protein"}
WEIGHTS = ["020123003002", "011110111221"]  # of seed 2026


def sequences(seed: int, n: int, length: int, size: int = 4, missing: float = 0.0) -> Any:
    codes = random_codes(np.random.default_rng(seed), n, length, size, missing)
    return PackedSequences.from_codes(codes, ALPHABETS[size], unknown="skip")


def dependent(seed: int, n: int, length: int, share: float) -> PackedSequences:
    """Letters 0 and 1 are the same in a share of the sequences, 2 and 3 too, and so on."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (n, length), dtype=np.uint8)
    same = rng.random((n, length // 2)) < share
    codes[:, 1::2] = np.where(same, codes[:, ::2], codes[:, 1::2])
    return PackedSequences.from_codes(codes, "dna")


def truth(share: float) -> float:
    """MI of two such letters."""
    joint = np.full((4, 4), (1 - share) / 16) + np.eye(4) * share / 4
    return float((joint * np.log2(joint * 16)).sum())


# ---------------------------------------------------------------------- weights of replicates


def test_weights_are_poisson() -> None:
    weights = np.concatenate(list(islice(poisson_weights(1, 0, 100_000), 5)))
    seen = np.bincount(weights, minlength=8)[:8] / weights.size
    error = np.sqrt(poisson.pmf(np.arange(8), 1) / weights.size)
    assert (np.abs(seen - poisson.pmf(np.arange(8), 1)) < 5 * error).all()
    assert weights.max() <= 12


def test_weights_belong_to_records() -> None:
    whole, part = poisson_weights(7, 0, 50), poisson_weights(7, 30, 20)
    for _ in range(9):
        assert_array_equal(next(whole)[30:], next(part))


def test_weights_stay_what_they_are() -> None:
    draws = poisson_weights(2026, 0, 12)
    assert ["".join(map(str, next(draws))) for _ in range(2)] == WEIGHTS


def test_replicates_and_neighbours_have_nothing_to_do_with_each_other() -> None:
    rows = np.array(list(islice(poisson_weights(3, 0, 20_000), 6)), float)
    related = np.corrcoef(rows) - np.eye(6)
    assert np.abs(related).max() < 5 / np.sqrt(20_000)
    assert abs(np.corrcoef(rows[0, 1:], rows[0, :-1])[0, 1]) < 5 / np.sqrt(20_000)


def test_a_random_part_is_one() -> None:
    parts = np.array([random_part(5, s, 40, 13, Stream.SPLITS) for s in range(4_000)])
    assert (parts.sum(axis=1) == 13).all()
    error = np.sqrt(13 / 40 * 27 / 40 / 4_000)
    assert (np.abs(parts.mean(axis=0) - 13 / 40) < 5 * error).all()
    assert_array_equal(parts[17], random_part(5, 17, 40, 13, Stream.SPLITS))


# ------------------------------------------------------------------------- maps of replicates


@pytest.mark.parametrize("pseudocount", [0.0, 5.0])
@pytest.mark.parametrize(
    ("size", "k", "missing", "weights"),
    [
        (4, 1, 0.0, None),
        (4, 2, 0.0, "whole"),
        (4, 3, 0.0, None),
        (4, 2, 0.1, "fractions"),
        (4, 5, 0.0, None),
        (20, 1, 0.0, "fractions"),
        (20, 2, 0.0, None),
        (20, 2, 0.1, None),
    ],
)
def test_a_replicate_is_the_map_with_these_weights(
    size: int, k: int, missing: float, weights: str | None, pseudocount: float
) -> None:
    n, length = 60, 2 * k + 2
    codes = random_codes(np.random.default_rng(4), n, length, size, missing)
    packed = PackedSequences.from_codes(codes, ALPHABETS[size], unknown="skip")
    given = np.ones(n)
    if weights is not None:
        rng = np.random.default_rng(5)
        given = rng.integers(0, 4, n) * (0.25 if weights == "fractions" else 1.0)
        packed = packed.with_weights(given)
    times = next(poisson_weights(6, 0, n))
    job = counted(packed)
    found = Mapper(job, k, pseudocount, 1).map(times, np.zeros(2, np.int64))
    numbers = (given * times / job.unit).astype(np.uint64)
    for at, (i, j) in enumerate(_reference.pairs(length, k)):
        table = _reference.count_pair(codes, size, k, i, j, numbers)
        expected = _reference.mi_table(table, pseudocount)
        assert found[at] == pytest.approx(expected, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize(("size", "k"), [(4, 1), (4, 3), (4, 5), (20, 1), (20, 2)])
def test_a_replicate_has_the_bits_of_copies(size: int, k: int, isa: str) -> None:
    packed = sequences(8, 300, 2 * k + 3, size)
    times = next(poisson_weights(9, 0, 300))
    copies = packed[np.repeat(np.arange(300), times)]
    expected = fastmi.pairwise_mi(copies, k)
    mi, n_ij = np.empty((2, len(expected.pairs()[0])))
    numbers, n_ij = times.astype(np.uint64), n_ij.view(np.uint64)
    view = _core.Seqs(packed.rows, packed.mask, packed.length, size, numbers)
    _core.pairwise_mi(view, k, 5.0, 2, np.zeros(2, np.int64), mi, n_ij, isa=isa)
    assert_array_equal(mi, expected.matrix[expected.pairs()])
    assert (n_ij == times.sum()).all()


@pytest.mark.parametrize(("size", "k", "kernel"), [(4, 5, "sparse"), (20, 2, "sparse")])
def test_small_weights_go_to_the_kernel_for_rows_without(
    size: int, k: int, kernel: str, isa: str
) -> None:
    packed = sequences(8, 300, 2 * k + 3, size)

    def name(weights: Any) -> str:
        numbers = None if weights is None else np.asarray(weights, np.uint64)
        view = _core.Seqs(packed.rows, packed.mask, packed.length, size, numbers)
        return _core.kernel_name(view, k, isa=isa)

    assert name(None) == name(next(poisson_weights(1, 0, 300))) == f"{kernel}-{isa}"
    assert name(np.full(300, 3)).startswith("weights")


def test_spread_is_that_about_a_line_of_least_squares(rng: np.random.Generator) -> None:
    x, values = rng.random(40), rng.random((40, 7)) + 1e3
    values += np.outer(x, np.arange(7))
    spread = Spread(7)
    for each, row in zip(x, values, strict=True):
        spread.add(float(each), row)
    lines = np.column_stack([np.ones(40), x])
    rest = values - lines @ np.linalg.lstsq(lines, values, rcond=None)[0]
    assert_allclose(spread.standard_error(), np.sqrt((rest**2).sum(axis=0) / 38), rtol=1e-9)
    assert_allclose(spread.errors(x, values.copy()), rest, atol=1e-10)


@pytest.mark.parametrize("pseudocount", [0.0, 5.0])
@pytest.mark.parametrize(("m", "n"), [(4, 500), (4, 20_000), (20, 2_000), (64, 5_000)])
@pytest.mark.parametrize("margins", ["uniform", "skewed", "nearly constant"])
def test_variance_is_that_of_permutations(
    margins: str, m: int, n: int, pseudocount: float, rng: np.random.Generator
) -> None:
    shares = {
        "uniform": np.ones(m),
        "skewed": 1 / np.arange(1, m + 1),
        "nearly constant": np.r_[0.95 * (m - 1) / 0.05, np.ones(m - 1)],
    }[margins]
    a, b = rng.choice(m, (2, n), p=shares / shares.sum())
    tables = np.array(
        [np.bincount(a * m + rng.permutation(b), minlength=m * m) for _ in range(300)]
    ).reshape(-1, m, m)
    mi, n_ij = np.empty(300), np.empty(300, np.uint64)
    control = np.zeros(2, np.int64)
    _core.mi_tables(tables.astype(np.uint64), pseudocount, 1, control, mi, n_ij)
    counts = np.array([np.bincount(x, minlength=m) for x in (a, b)], float)
    found, _ = variances_if_independent(counts, np.array([float(n)]), 1, pseudocount)
    assert math.sqrt(found[0]) == pytest.approx(mi.std(), rel=0.35)


# ------------------------------------------------------------------------------ the intervals


def test_what_comes_out() -> None:
    packed = dependent(1, 2_000, 8, 0.4)
    found = stats.bootstrap(packed, k=1, pseudocount=0, n=100, rng=3)
    plain = fastmi.pairwise_mi(packed, 1, pseudocount=0)
    i, j = plain.pairs()
    assert_array_equal(found.result.matrix, plain.matrix)
    assert_array_equal(found.corrected, plain.matrix - found.bias)
    # (R - 1)(C - 1) / (2 N ln 2): cells are many times filled
    assert_allclose(found.bias[i, j], 9 / (2 * 2_000 * math.log(2)), rtol=0.01)
    assert_allclose((found.low + found.high)[i, j] / 2, found.corrected[i, j], atol=1e-12)
    reach = (found.high - found.low)[i, j] / 2 / found.standard_error[i, j]
    assert_allclose(reach, 1.9845, rtol=1e-4)  # Student's t of 98 degrees of freedom
    assert np.isnan(found.low[i, i]).all()
    assert_array_equal(found.low, found.low.T)
    means = [np.diagonal(found.corrected, d).mean() for d in found.curve["distance"]]
    assert_allclose(found.curve["mean"], means, atol=1e-14)
    assert (found.n, found.seed, found.level, found.interval) == (100, 3, 0.95, "normal")
    text = "<MIIntervals: 95 % of 1-mers at 8 positions, 2,000 sequences, 100 replicates>"
    assert repr(found) == text


def test_standard_errors_are_those_of_the_delta_method() -> None:
    packed = dependent(2, 5_000, 4, 0.5)
    found = stats.bootstrap(packed, k=1, pseudocount=0, n=400, rng=1)
    joint = np.full((4, 4), 0.5 / 16) + np.eye(4) * 0.5 / 4
    terms = np.log2(joint * 16)
    variance = (joint * terms**2).sum() - (joint * terms).sum() ** 2
    assert found.standard_error[0, 1] == pytest.approx(math.sqrt(variance / 5_000), rel=0.12)


def test_same_bits_for_any_threads(n_threads: int, isa: str, monkeypatch: Any) -> None:
    monkeypatch.setenv("FASTMI_ISA", isa)
    packed = sequences(3, 3_000, 14)
    given = {"k": 2, "n": 20, "rng": 11}
    found = stats.bootstrap(packed, n_threads=n_threads, **given)  # type: ignore[arg-type]
    first = stats.bootstrap(packed, n_threads=1, **given)  # type: ignore[arg-type]
    assert found.standard_error.tobytes() == first.standard_error.tobytes()
    assert found.curve.tobytes() == first.curve.tobytes()


def test_a_generator_gives_the_seed() -> None:
    packed = sequences(3, 100, 4)
    found = stats.bootstrap(packed, k=1, n=20, rng=np.random.default_rng(1))
    again = stats.bootstrap(packed, k=1, n=20, rng=found.seed)
    assert_array_equal(found.standard_error, again.standard_error)


def test_other_sequences_behind_change_no_weight_before_them() -> None:
    first, second = poisson_weights(4, 0, 100), poisson_weights(4, 0, 150)
    assert_array_equal(next(first), next(second)[:100])


@pytest.mark.parametrize("interval", ["basic", "percentile"])
def test_intervals_of_quantiles(interval: str) -> None:
    packed = dependent(1, 500, 4, 0.4)
    found = stats.bootstrap(packed, k=1, pseudocount=0, n=200, interval=interval, rng=3)
    sample = Sample.of(packed, found.result, 1)
    drawn = Drawn(sample, 200, keep=True)
    drawn.make(3, 0, np.zeros(2, np.int64))
    off = np.quantile(drawn.errors()[:, 0], [0.025, 0.975])
    ends = found.corrected[0, 1] + (off if interval == "percentile" else -off[::-1])
    assert_allclose([found.low[0, 1], found.high[0, 1]], ends, atol=1e-14)


def test_a_constant_weight_changes_nothing_but_bias() -> None:
    packed = sequences(5, 400, 6)
    plain = stats.bootstrap(packed, k=1, n=30, rng=1)
    doubled = stats.bootstrap(packed.with_weights(np.full(400, 2.0)), k=1, n=30, rng=1)
    i, j = plain.result.pairs()
    # a read is drawn with its copies: as wide as without; but 800 reads have half the bias
    raw = [found.standard_error[i, j].max() for found in (plain, doubled)]
    assert raw[0] == pytest.approx(raw[1], rel=1e-9)
    assert_allclose(plain.bias[i, j], 2 * doubled.bias[i, j], rtol=0.02)
    halved = stats.bootstrap(packed.with_weights(np.full(400, 0.5)), k=1, n=30, rng=1)
    assert_allclose(halved.bias[i, j], 2 * plain.bias[i, j], rtol=0.02)


def test_missing_letters_have_their_own_bias() -> None:
    packed = sequences(6, 3_000, 5, missing=0.2)
    found = stats.bootstrap(packed, k=1, pseudocount=0, n=20, rng=1)
    i, j = found.result.pairs()
    assert found.result.n_pair is not None
    n = found.result.n_pair[i, j]
    assert_allclose(found.bias[i, j], 9 / (2 * n * math.log(2)), rtol=0.02)


# ----------------------------------------------------------------------------------- coverage


@pytest.mark.parametrize("share", [0.0, 0.15, 0.45])
def test_intervals_hold_the_truth(share: float) -> None:
    """Of 60 sets of ten pairs: 95 %, within five standard errors, or more where MI is 0."""
    held, means, curve = [], [], []
    for seed in range(60):
        found = stats.bootstrap(
            dependent(seed, 500, 20, share), k=1, pseudocount=0, n=100, rng=seed
        )
        at = np.arange(0, 20, 2)
        low, high = found.low[at, at + 1], found.high[at, at + 1]
        held.append((low <= truth(share)) & (truth(share) <= high))
        row = found.curve[0]
        mean = truth(share) * 10 / 19
        means.append(row["low"] <= mean <= row["high"])
        curve.append((row["mean"], row["se"]))
    error = math.sqrt(0.95 * 0.05 / 600)
    assert np.mean(held) > 0.95 - 5 * error
    if share > 0.4:
        assert np.mean(held) < 0.95 + 5 * error
    assert np.mean(means) > 0.95 - 5 * math.sqrt(0.95 * 0.05 / 60)
    values, errors = np.array(curve).T
    # neither the bias that replicates share, nor their excess, is in the error of a mean
    assert errors.mean() == pytest.approx(values.std(), rel=0.35)


def test_the_mean_of_one_pair_is_that_pair() -> None:
    found = stats.bootstrap(dependent(1, 500, 8, 0.3), k=1, pseudocount=0, n=30, rng=1)
    last = found.curve[-1]
    assert last["n_pairs"] == 1
    assert last["se"] == pytest.approx(found.standard_error[0, 7], rel=1e-9)
    assert last["low"] == pytest.approx(found.low[0, 7], rel=1e-9)


def test_means_of_many_pairs_do_not_share_the_replicates_bias() -> None:
    """K-mers of three: without the line in 1 / N*, errors would be three times as large."""
    values, errors = [], []
    for seed in range(20):
        packed = sequences(100 + seed, 9_000, 30)
        found = stats.bootstrap(packed, k=3, n=40, rng=seed)
        values.append(found.curve["mean"][:10])
        errors.append(found.curve["se"][:10])
    ratio = np.mean(errors) / np.sqrt(np.mean(np.square(values)))
    assert 0.8 < ratio < 1.5


# ---------------------------------------------------------------------------- files, refusals


def test_saved_and_loaded(tmp_path: Path) -> None:
    packed = dependent(1, 300, 6, 0.4).with_weights(np.arange(300) % 3 * 0.5)
    found = stats.bootstrap(packed, k=1, n=20, level=0.9, rng=2**64 - 1)
    found.save(tmp_path / "x.npz")
    again = fastmi.load(tmp_path / "x.npz")
    assert isinstance(again, stats.MIIntervals)
    for name in ("bias", "standard_error", "low", "high", "corrected", "curve"):
        assert_array_equal(getattr(again, name), getattr(found, name))
    assert (again.level, again.n, again.seed) == (0.9, 20, 2**64 - 1)
    assert again.result.n_effective == found.result.n_effective
    assert again.about() == found.about()
    found.save(tmp_path / "y.npz")
    assert (tmp_path / "x.npz").read_bytes() == (tmp_path / "y.npz").read_bytes()


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    found = stats.bootstrap(sequences(1, 100, 4), k=1, n=20, rng=1)
    from fastmi._files import write_arrays

    arrays = {**found.result.arrays("_of_mi"), "bias": found.bias}
    for name in ("standard_error", "low", "high"):
        arrays[name] = getattr(found, name)
    arrays["curve"] = np.zeros((4, 3))
    for change in (
        {"level": 2.0},
        {"level": "x"},
        {"interval": "wide"},
        {"n": 1},
        {"seed": -1},
    ):
        write_arrays(tmp_path / "x.npz", {**found.about(), **change}, arrays)
        with pytest.raises(FastMIError, match="its description is damaged"):
            fastmi.load(tmp_path / "x.npz")
    write_arrays(tmp_path / "x.npz", found.about(), {**arrays, "low": found.low[:2]})
    with pytest.raises(FastMIError, match="the array 'low' is float64"):
        fastmi.load(tmp_path / "x.npz")


def test_the_table() -> None:
    found = stats.bootstrap(dependent(1, 300, 4, 0.6), k=1, n=20, rng=1)
    out = io.StringIO()
    found.to_tsv(out)
    lines = out.getvalue().splitlines()
    assert lines[0].split("\t")[:8] == [
        "i",
        "j",
        "distance",
        "corrected",
        "se",
        "low",
        "high",
        "mi",
    ]
    assert len(lines) == 7
    assert lines[1].split("\t")[:2] in (["0", "1"], ["2", "3"])
    assert float(lines[1].split("\t")[3]) == pytest.approx(np.nanmax(found.corrected), rel=1e-9)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"n": 19}, ValueError, "n must be a whole number from 20 up, got 19"),
        ({"n": 2.5}, TypeError, "n must be a whole number, got 2.5"),
        ({"level": 1.0}, ValueError, "level must be between 0 and 1, got 1.0"),
        ({"interval": "bca"}, ValueError, "interval must be one of normal, basic, percentile"),
        ({"rng": -1}, ValueError, "a seed is between 0 and"),
        ({"interval": "basic", "memory_limit": 900}, FastMIError, "20 replicates of 6 pairs"),
    ],
)
def test_what_is_refused(options: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        stats.bootstrap(sequences(1, 100, 4), **{"k": 1, "n": 20, "rng": 1, **options})


def test_few_sequences_are_refused() -> None:
    with pytest.raises(FastMIError, match="there are 19 sequences, and a bootstrap needs"):
        stats.bootstrap(sequences(1, 19, 4), k=1, rng=1)


def test_sparse_tables_are_warned_of() -> None:
    with pytest.warns(FastMIWarning, match="300 sequences are few for tables of 256 cells"):
        stats.bootstrap(sequences(1, 300, 6), k=2, n=20, rng=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        stats.bootstrap(sequences(1, 512, 6), k=2, n=20, rng=1)


def test_a_stop_is_heard() -> None:
    sample = Sample.of(packed := sequences(1, 500, 10), fastmi.pairwise_mi(packed, 1), 1)
    control = np.zeros(2, np.int64)
    control[1] = 1
    with pytest.raises(_core.Cancelled):
        Drawn(sample, 20, keep=False).make(1, 0, control)


# -------------------------------------------------------------------------------- the picture


def test_the_band_of_a_curve() -> None:
    found = stats.bootstrap(dependent(1, 300, 8, 0.5), k=1, n=20, rng=1)
    ax = plot.by_distance(found)
    assert ax.get_ylabel() == "mutual information (bits), less bias"
    line = ax.lines[0]
    assert_array_equal(line.get_ydata(), found.curve["mean"])
    band = next(c for c in ax.collections if "interval" in str(c.get_label()))
    y = band.get_paths()[0].vertices[:, 1]
    assert y.min() == found.curve["low"].min()
    assert y.max() == found.curve["high"].max()
    low, high = ax.get_ylim()
    assert low <= y.min()
    assert high >= y.max()
    again = plot.by_distance(found.result, band=found, statistic="both", scale="linear")
    assert_array_equal(again.lines[1].get_ydata(), found.curve["mean"])
    other = fastmi.pairwise_mi(dependent(2, 300, 8, 0.5), 1)
    logarithmic = plot.by_distance(found, scale="log")
    assert logarithmic.get_yscale() == "symlog"  # a band around 0 is whole
    with pytest.raises(ValueError, match="the band belongs to another map"):
        plot.by_distance(other, band=found)
