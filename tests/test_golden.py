"""Proves agreement with the original PlotMI: every matrix that it printed, computed again.

The matrices lie in ../shared/data/plotmi_golden (their README says how they were made).  MI,
BC and BC_inv agree within 1e-9.  JS and HE are square roots, taken by the original of sums
that cancelled, so where two positions are nearly alike only 2e-8 can be asked for.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import fastmi
from conftest import SHARED
from fastmi.cli import _output, main

TOLERANCE = {"MI": 1e-9, "BC": 1e-9, "BC_inv": 1e-9, "JS": 2e-8, "JS_inv": 2e-8, "HE": 2e-8}
PATTERN = re.compile(r"(dna|rna)_k(\d)_p([\d.]+)_(MI|JS|BC|HE|JS_inv|BC_inv)\.txt\.gz")
SETS = {"dna": (500, 24, "ACGT"), "rna": (300, 20, "ACGU")}


class Golden(NamedTuple):
    path: Path
    data: str
    k: int
    p: float
    measure: str


def all_golden() -> list[Golden]:
    folder = SHARED / "plotmi_golden"
    found = []
    for path in sorted(folder.glob("*.txt.gz")):
        if match := PATTERN.fullmatch(path.name):
            data, k, p, measure = match.groups()
            found.append(Golden(path, data, int(k), float(p), measure))
    return found


every_golden = pytest.mark.parametrize(
    "golden", all_golden(), ids=lambda g: g.path.name.removesuffix(".txt.gz")
)


@pytest.fixture
def folder(shared: Path) -> Path:
    return shared / "plotmi_golden"


def assert_agrees(found: np.ndarray, golden: Path, measure: str) -> None:
    wanted = np.loadtxt(golden)
    assert found.shape == wanted.shape
    assert_array_equal(np.isnan(found), np.isnan(wanted))
    assert_array_equal(np.isinf(found), np.isinf(wanted))
    assert_allclose(found, wanted, rtol=0, atol=TOLERANCE[measure])


@pytest.mark.usefixtures("shared")
def test_every_matrix_is_found() -> None:
    names = {(g.data, g.k, g.p, g.measure) for g in all_golden()}
    assert len(names) == 51
    assert {measure for *_, measure in names} == set(TOLERANCE)
    for k, p in ((1, 0), (1, 1), (1, 5), (2, 1), (2, 5), (3, 5)):
        assert {("dna", k, p, measure) for measure in TOLERANCE} <= names
    assert {("rna", k, p, "MI") for k in (1, 2, 3) for p in (0.5, 1, 5)} <= names


@pytest.mark.usefixtures("shared")
def test_every_file_of_the_folder_is_used(folder: Path) -> None:
    others = {p.name for p in folder.iterdir()} - {g.path.name for g in all_golden()}
    assert others == {
        "dna.seq",
        "rna.seq",
        "dna_k2_p5_MI_randpairs.txt.gz",
        "published_example_MI.txt.gz",
        "randomized_pairs.tsv",
    }


@pytest.mark.parametrize("data", SETS)
def test_sequences_are_those_of_the_readme(folder: Path, data: str) -> None:
    packed = fastmi.read(folder / f"{data}.seq", SETS[data][2])
    assert (len(packed), packed.length) == SETS[data][:2]


def test_a_wrong_matrix_would_be_noticed(folder: Path) -> None:
    path = folder / "dna_k1_p5_MI.txt.gz"
    shifted = np.loadtxt(path)
    shifted[0, 1] += 2e-9
    with pytest.raises(AssertionError):
        assert_agrees(shifted, path, "MI")


@every_golden
def test_library_computes_the_same(folder: Path, golden: Golden) -> None:
    sequences = folder / f"{golden.data}.seq"
    letters = SETS[golden.data][2]
    if golden.measure == "MI":
        result = fastmi.pairwise_mi(sequences, golden.k, alphabet=letters, pseudocount=golden.p)
    else:
        result = fastmi.pairwise_distance(
            sequences, golden.k, measure=golden.measure, alphabet=letters, pseudocount=golden.p
        )
    assert_agrees(result.to_plotmi(), golden.path, golden.measure)


@every_golden
def test_joint_counts_compute_the_same(folder: Path, golden: Golden) -> None:
    letters = SETS[golden.data][2]
    counts = fastmi.JointCounts(SETS[golden.data][1], golden.k, alphabet=letters)
    for block in fastmi.read_blocks(folder / f"{golden.data}.seq", letters, block_rows=70):
        counts.add(block)
    if golden.measure == "MI":
        result = counts.mi(golden.p)
    else:
        result = counts.distance(golden.measure, golden.p)
    assert_agrees(result.to_plotmi(), golden.path, golden.measure)


# ----------------------------------------------------------------- fastmi plotmi, in process


def run_plotmi(folder: Path, prefix: Path, golden: Golden, *more: str) -> None:
    options = {
        "seqs": folder / f"{golden.data}.seq",
        "outdir": prefix,
        "k": golden.k,
        "p": golden.p,
        "distance": golden.measure,
        "alphabet": SETS[golden.data][2],
        "v": 0,
    }
    status = main(["plotmi", *(f"--{name}={value}" for name, value in options.items()), *more])
    assert status == 0


@every_golden
def test_command_writes_the_same(
    folder: Path, golden: Golden, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(_output, "save_figure", lambda ax, path, dpi: drawn.append(path))
    run_plotmi(folder, tmp_path / "x_", golden)
    name = f"x_{golden.measure}"
    assert drawn == [str(tmp_path / f"{name}.png")]
    assert {p.name for p in tmp_path.iterdir()} == {f"{name}.txt.gz", "x_plotMI_log.txt"}
    assert_agrees(np.loadtxt(tmp_path / f"{name}.txt.gz"), golden.path, golden.measure)


@pytest.mark.parametrize("figtype", ["png", "pdf"])
@pytest.mark.parametrize("measure", ["MI", "BC_inv"])
def test_command_draws(folder: Path, measure: str, figtype: str, tmp_path: Path) -> None:
    golden = Golden(folder / f"dna_k2_p5_{measure}.txt.gz", "dna", 2, 5.0, measure)
    run_plotmi(folder, tmp_path / "x_", golden, "--figtype", figtype)
    figure = tmp_path / f"x_{measure}.{figtype}"
    assert figure.read_bytes().startswith({"png": b"\x89PNG", "pdf": b"%PDF"}[figtype])


@pytest.mark.parametrize("measure", ["MI", "JS"])
def test_command_is_silent_when_told_to_be(
    folder: Path, measure: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    golden = Golden(folder / f"dna_k2_p5_{measure}.txt.gz", "dna", 2, 5.0, measure)
    run_plotmi(folder, tmp_path / "x_", golden)
    assert capsys.readouterr() == ("", "")


def test_randomized_pairs_are_zero_and_others_unchanged(folder: Path, tmp_path: Path) -> None:
    path = folder / "dna_k2_p5_MI_randpairs.txt.gz"
    golden = Golden(path, "dna", 2, 5.0, "MI")
    pairs = folder / "randomized_pairs.tsv"
    run_plotmi(folder, tmp_path / "x_", golden, "--randomized_pairs", str(pairs))
    found = np.loadtxt(tmp_path / "x_MI.txt.gz")
    assert_agrees(found, path, "MI")
    listed = {tuple(map(int, line.split())) for line in pairs.read_text().splitlines()}
    assert len(listed) > 0
    for i, j in listed:
        i, j = min(i, j), max(i, j)
        assert found[i, j - 2] == found[j - 2, i] == 0
    assert (found == 0).sum() == (np.loadtxt(path) == 0).sum() < found.size


# ------------------------------------------------------------------ what the numbers mean


def bias(n: int, k: int, pseudocount: float) -> float:
    """Mean MI in bits of independent k-mers: (M - 1)^2 / (2 n ln 2), damped by smoothing.

    A pseudocount of p multiples of N shrinks every deviation by 1 + p, and MI, quadratic in
    them, by its square.
    """
    return float((4**k - 1) ** 2 / (2 * n * np.log(2)) / (1 + pseudocount) ** 2)


def test_published_background_is_the_bias_of_a_finite_sample(folder: Path) -> None:
    # PlotMI's own example: 49,261 x 100, k = 3, pseudocount 5; its input is not to be had
    matrix = np.loadtxt(folder / "published_example_MI.txt.gz")
    assert matrix.shape == (95, 95)
    assert_array_equal(matrix, matrix.T)
    assert bias(49_261, 3, 5.0) == pytest.approx(0.0016144, abs=5e-8)
    assert np.median(matrix) == pytest.approx(0.0016110, abs=5e-8)
    assert np.median(matrix) == pytest.approx(bias(49_261, 3, 5.0), rel=0.005)
    assert matrix.min() == pytest.approx(0.00124, abs=5e-6)
    assert matrix.max() == pytest.approx(0.0174, abs=5e-5)


@pytest.mark.parametrize("pseudocount", [0.0, 5.0])
def test_independent_sequences_have_that_bias(
    rng: np.random.Generator, pseudocount: float
) -> None:
    # 45 pairs, each with a spread of sqrt(2 / 63^2) = 2.2 %: the mean is good to 1 %
    codes = rng.integers(0, 4, (50_000, 14), dtype=np.uint8)
    result = fastmi.pairwise_mi(codes, 3, pseudocount=pseudocount)
    mean = np.nanmean(result.matrix)
    assert mean == pytest.approx(bias(50_000, 3, pseudocount), rel=0.03)
