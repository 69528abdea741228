"""fastmi calcpvalues and fastmi plotdiagonals: the originals' flags, and the right numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastmi
from fastmi.cli.calcpvalues import METHODS, corrected
from fastmi.stats import empirical_p

K, L, N = 1, 9, 200


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A map with one pair, and 19 random sets."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(2)
    for number in range(20):
        codes = rng.integers(0, 4, (N, L), dtype=np.uint8)
        if number == 0:
            codes[: N // 2, 6] = codes[: N // 2, 1]
        strings = fastmi.PackedSequences.from_codes(codes).to_strings()
        (tmp_path / f"s{number}.txt").write_text("\n".join(strings) + "\n")
    fastmi.pairwise_mi("s0.txt", K).to_plotmi("MI.txt.gz")
    return tmp_path


RANDOM = [f"s{number}.txt" for number in range(1, 20)]


@pytest.fixture
def figureless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the figures out: they take most of the time."""
    monkeypatch.setattr("fastmi.cli._output.save_figure", lambda *_, **__: None)


def matrix(path: str) -> np.ndarray:
    return np.loadtxt(path, delimiter="\t", ndmin=2)


# ------------------------------------------------------------------------------- p by rank


def test_p_by_hand() -> None:
    random = [[1.0, 2.0, 0.0], [3.0, 2.0, 0.0], [0.0, 1.0, np.nan]]
    p = empirical_p([2.0, 2.0, 1.0], random)
    np.testing.assert_array_equal(p, [2 / 4, 3 / 4, np.nan])  # ties count against
    assert empirical_p([9.0], [[1.0]] * 99).tolist() == [0.01]  # never 0


def test_rounding_makes_no_difference_of_ties() -> None:
    assert empirical_p([0.1 + 0.2], [[0.3], [0.3 - 1e-14]]).tolist() == [1.0]


def test_p_of_nothing() -> None:
    with pytest.raises(ValueError, match="no random set"):
        empirical_p([1.0], [])
    with pytest.raises(TypeError, match="must be a list of sets, got int"):
        empirical_p([1.0], 5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="random set 0 must be an array of numbers"):
        empirical_p([1.0], [["x"]])
    with pytest.raises(
        ValueError, match=r"random set 1 has the shape \(1,\), the values \(2,\)"
    ):
        empirical_p([1.0, 2.0], [[1.0, 2.0], [1.0]])


P = np.array([0.01, 0.02, np.nan, 0.03, 0.2])
BY_HAND = {
    "bonferroni": [0.04, 0.08, np.nan, 0.12, 0.8],
    "holm": [0.04, 0.06, np.nan, 0.06, 0.2],
    "simes-hochberg": [0.04, 0.06, np.nan, 0.06, 0.2],
    "fdr_bh": [0.04, 0.04, np.nan, 0.04, 0.2],
    "fdr_by": [0.04 * 25 / 12, 0.04 * 25 / 12, np.nan, 0.04 * 25 / 12, 0.2 * 25 / 12],
    "sidak": [1 - 0.99**4, 1 - 0.98**4, np.nan, 1 - 0.97**4, 1 - 0.8**4],
    "holm-sidak": [1 - 0.99**4, 1 - 0.98**3, np.nan, 1 - 0.97**2, 0.2],
}


@pytest.mark.parametrize("method", METHODS)
def test_corrections_by_hand(method: str) -> None:
    wanted = BY_HAND[method]
    if method == "holm-sidak":  # which never falls
        wanted = [wanted[0], wanted[1], np.nan, max(wanted[1], wanted[3]), 0.2]
    np.testing.assert_allclose(corrected(P, method), wanted, rtol=1e-12)
    shuffled = corrected(P[::-1], method)[::-1]
    np.testing.assert_array_equal(corrected(P, method), shuffled)


@pytest.mark.parametrize("method", METHODS)
def test_corrections_are_statsmodels(method: str) -> None:
    several = pytest.importorskip("statsmodels.stats.multitest")
    p = np.random.default_rng(1).random(200) ** 3
    np.testing.assert_allclose(
        corrected(p, method), several.multipletests(p, method=method)[1], rtol=1e-12
    )


# ----------------------------------------------------------------------------- calcpvalues


@pytest.mark.usefixtures("figureless")
def test_numbers_are_those_of_the_maps(run: Any) -> None:
    how = ["--infiles", *RANDOM, "--k", K, "--method", "fdr_by", "--v", 0]
    for number, observed in enumerate(("s0.txt", "MI.txt.gz")):
        done = run("calcpvalues", "--infile", observed, *how, "--outdir", f"{number}-")
        assert done[:2] == (0, "")
    maps = [fastmi.pairwise_mi(path, K).to_plotmi() for path in ("s0.txt", *RANDOM)]
    upper = np.triu_indices(L - 1)
    p = np.sum([m[upper] >= maps[0][upper] for m in maps], axis=0) / 20  # it is one of them
    for number in range(2):
        found = matrix(f"{number}-pvalues.txt.gz")
        np.testing.assert_allclose(found[upper], p)
        np.testing.assert_array_equal(found, found.T)
        assert found[1, 5] == 1 / 20
        np.testing.assert_allclose(
            matrix(f"{number}-qvalues.txt.gz")[upper], corrected(p, "fdr_by")
        )
        np.testing.assert_allclose(
            matrix(f"{number}-MI_minus_random.txt.gz"),
            maps[0] - np.mean(maps[1:], axis=0),
            atol=1e-12,
        )
        assert (
            Path(f"{number}-calcPvalues_log.txt").read_text().startswith("fastmi calcpvalues ")
        )


def test_pictures(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: dict[str, Any] = {}
    monkeypatch.setattr(
        "fastmi.cli._output.save_figure", lambda ax, path, **_: drawn.update({path: ax})
    )
    how = ["--infile", "MI.txt.gz", "--infiles", *RANDOM, "--k", K, "--figtype", "pdf"]
    assert run("calcpvalues", *how, "--outdir", "x-", "--p", 0.1, "--colorscale", "log")[0] == 0
    assert list(drawn) == ["x-pvalues.pdf", "x-significant.pdf", "x-MI_minus_random.pdf"]
    p, black, beyond = drawn.values()
    assert p.images[0].cmap.name == "viridis_r"
    assert type(p.images[0].norm).__name__ == "LogNorm"
    assert p.images[0].colorbar.ax.get_ylabel() == "p"
    assert "0.1" in black.get_title()  # the level that was asked for, not 0.05
    assert black.images[0].colorbar is None
    assert "mean of random sets" in beyond.images[0].colorbar.ax.get_ylabel()


def test_real_pictures_are_written(run: Any) -> None:
    status, out, _ = run(
        "calcpvalues", "--infile", "s0.txt", "--infiles", *RANDOM, "--k", K, "--outdir", "x-"
    )
    assert status == 0
    for name in ("pvalues", "significant", "MI_minus_random"):
        assert Path(f"x-{name}.png").read_bytes().startswith(b"\x89PNG")
        assert f"x-{name}.png" in out
    assert "of 36 pairs have fdr_bh <= 0.05." in out


@pytest.mark.usefixtures("figureless")
def test_too_few_sets_are_said(run: Any) -> None:
    how = ["--infile", "s0.txt", "--k", K, "--outdir", "x-"]
    err = run("calcpvalues", *how, "--infiles", *RANDOM[:4])[2]
    assert "are beyond all 4 random sets, but p is never below 1 / 5" in err


@pytest.mark.usefixtures("figureless")
def test_results_of_fastmi_are_taken(run: Any) -> None:
    fastmi.significance("s0.txt", K).save("s.npz")
    how = ["--infiles", *RANDOM, "--k", K]
    assert run("calcpvalues", "--infile", "s.npz", *how, "--outdir", "a-")[0] == 0
    assert run("calcpvalues", "--infile", "s0.txt", *how, "--outdir", "b-")[0] == 0
    np.testing.assert_array_equal(matrix("a-pvalues.txt.gz"), matrix("b-pvalues.txt.gz"))
    status, _, err = run(
        "calcpvalues", "--infile", "s.npz", "--infiles", *RANDOM, "--outdir", "x-"
    )
    assert status == 1
    assert "s.npz is a map of 1-mers, not of 3-mers (--k)" in err


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (
            ["--method", "hommel"],
            2,
            "'hommel' is one of statsmodels that is not here; there are",
        ),
        (["--method", "bh"], 2, "'bh' is unknown; there are fdr_bh, fdr_by, holm"),
        (["--p", "7"], 2, "must be between 0 and 1"),
        (["--outdir", "nowhere/x"], 1, "the folder nowhere does not exist"),
        (["--infile", "missing.txt"], 1, "missing.txt"),
        (["--infiles", "short.txt"], 1, "short.txt is a map of 8 positions, s0.txt of 9"),
    ],
)
def test_what_cannot_be(run: Any, options: list[str], status: int, message: str) -> None:
    Path("short.txt").write_text("ACGTACGT\nCCGTACGA\n")
    given = {"--infile": ["s0.txt"], "--infiles": RANDOM, "--outdir": ["x-"], "--k": [str(K)]}
    given[options[0]] = options[1:]
    done = run("calcpvalues", *(word for name, some in given.items() for word in (name, *some)))
    assert done[0] == status
    assert message in done[2]


@pytest.mark.usefixtures("figureless")
def test_sets_of_another_size_are_said(run: Any) -> None:
    lines = Path("s1.txt").read_text().splitlines()
    Path("s1.txt").write_text("\n".join(lines[:100]) + "\n")
    how = ["--infile", "s0.txt", "--infiles", *RANDOM, "--k", K, "--outdir", "x-"]
    assert "s1.txt has 100 sequences and s0.txt 200" in run("calcpvalues", *how)[2]


# --------------------------------------------------------------------------- plotdiagonals


def test_curves_of_several_maps(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: dict[str, Any] = {}
    monkeypatch.setattr(
        "fastmi.cli._output.save_figure", lambda ax, path, **_: drawn.update({path: ax})
    )
    how = ["--infiles", "MI.txt.gz", "s1.txt", "--names", "a", "b", "--k", K, "--outdir", "d-"]
    assert run("plotdiagonals", *how, "--xlim", 5)[0] == 0
    names = ["main_diagonal", "mean_by_distance", "max_by_distance"]
    assert list(drawn) == [f"d-{name}.png" for name in names]
    maps = [fastmi.pairwise_mi(path, K) for path in ("s0.txt", "s1.txt")]
    for (name, ax), column in zip(drawn.items(), ("value", "mean", "max"), strict=True):
        lines = [line for line in ax.lines if line.get_label() in ("a", "b")]
        assert [line.get_label() for line in lines] == ["a", "b"]
        rows = Path(name.replace(".png", ".tsv")).read_text().splitlines()
        for line, result, label in zip(lines, maps, "ab", strict=True):
            table = result.adjacent() if column == "value" else result.by_distance()
            np.testing.assert_allclose(line.get_ydata(), table[column], atol=1e-12)
            written = [row.split("\t") for row in rows if row.startswith(f"{label}\t")]
            np.testing.assert_allclose([float(r[2]) for r in written], table[column], rtol=1e-8)
        legend = [text.get_text() for text in ax.get_legend().get_texts()]
        assert legend == ["a", "b"]
        if column != "value":
            assert ax.get_xlim() == (0.5, 5)


def test_one_map_needs_no_legend(run: Any) -> None:
    how = ["--infiles", "MI.txt.gz", "--k", K, "--outdir", "d-", "--xlim", 2, 6]
    status, out, _ = run("plotdiagonals", *how)
    assert status == 0
    assert Path("d-main_diagonal.png").read_bytes().startswith(b"\x89PNG")
    assert "d-max_by_distance.tsv" in out
    assert Path("d-main_diagonal.tsv").read_text().splitlines()[0] == "map\ti\tmi_bits"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--xlim", "5", "2"], "--xlim is one number, or two of which the second is larger"),
        (["--names", "a", "b"], "--names are 1, one a file, got 2"),
    ],
)
def test_curves_that_cannot_be(run: Any, options: list[str], message: str) -> None:
    how = ["--infiles", "MI.txt.gz", "--k", K, "--outdir", "d-"]
    status, _, err = run("plotdiagonals", *how, *options)
    assert status == 2
    assert message in err


def test_a_matrix_is_told_from_sequences(run: Any) -> None:
    """Letters may read as numbers; sequences have no digits."""
    Path("inf.txt").write_text("INF\nFIN\nNFI\n")
    how = ["--infiles", "inf.txt", "--k", 1, "--alphabet", "INF", "--outdir", "d-"]
    assert run("plotdiagonals", *how)[0] == 0
