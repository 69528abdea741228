"""fastmi mi --significance, and what other commands make of its files."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastmi

N, L = 800, 12


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pool with scores, those with the best, and random sets, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(4)
    pool = rng.integers(0, 4, (10 * N, L), dtype=np.uint8)
    weights = rng.normal(size=(L, 4))
    scores = weights[np.arange(L), pool].sum(axis=1)
    scores += 3.0 * np.where(pool[:, 2] == 1, 2.0 * (pool[:, 9] == 2) - 1, 0)
    strings = fastmi.PackedSequences.from_codes(pool).to_strings()
    rows = [f"{s}\t{x}" for s, x in zip(strings, scores, strict=True)]
    (tmp_path / "pool.tsv").write_text("seq\tscore\n" + "\n".join(rows) + "\n")
    best = np.sort(np.argsort(-scores)[:N])
    (tmp_path / "top.txt").write_text("\n".join(strings[i] for i in best) + "\n")
    for number in range(10):
        some = rng.choice(len(pool), N, replace=False)
        text = "\n".join(strings[i] for i in some) + "\n"
        (tmp_path / f"random{number}.txt").write_text(text)
    return tmp_path


def table(path: str) -> list[dict[str, str]]:
    with Path(path).open() as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


POOL = ["--pool", "pool.tsv", "--pool-column", "seq"]
SAMPLES = ["--samples", *(f"random{number}.txt" for number in range(10))]
HOW: dict[str, list[str]] = {
    "independence": ["--significance"],
    "pool": POOL,
    "additive": [*POOL, "--pool-scores", "score"],
    "distance": ["--null", "distance"],
    "samples": SAMPLES,
}


@pytest.mark.parametrize("null", HOW)
def test_each_null_is_the_librarys(run: Any, null: str) -> None:
    status, out, err = run("mi", "top.txt", "-k", 1, *HOW[null], "--figure", "none", "-o", "x")
    assert (status, out) == (0, "")
    found = fastmi.load("x.npz")
    assert isinstance(found, fastmi.Significance)
    options: dict[str, Any] = {}
    if null in ("pool", "additive"):
        options["pool"] = fastmi.read("pool.tsv", column="seq", scores="score")
    if null == "samples":
        options["samples"] = [f"random{number}.txt" for number in range(10)]
        options["samples"] = [fastmi.read(path) for path in options["samples"]]
    with pytest.warns(fastmi.FastMIWarning) if "warning" in err else nothing():
        wanted = fastmi.significance(fastmi.read("top.txt"), 1, null=null, **options)
    assert (found.null, found.settings) == (null, wanted.settings)
    np.testing.assert_array_equal(found.p, wanted.p)
    np.testing.assert_array_equal(found.expected, wanted.expected)
    words = f"{found.n_significant():,} of {found.n_tests} pairs have q <= 0.05; null: {null}: "
    assert words + found.explained.partition(": ")[2] in err
    assert f"p checked: {found.check}" in err


def nothing() -> Any:
    import contextlib

    return contextlib.nullcontext()


def test_the_pair_that_interacts_is_the_first_row(run: Any) -> None:
    assert run("mi", "top.txt", "-k", 1, *HOW["additive"], "-o", "x", "-q")[0] == 0
    rows = table("x.pairs.tsv")
    assert (rows[0]["i"], rows[0]["j"]) == ("2", "9")
    corrected = [float(row["corrected"]) for row in rows]
    assert corrected == sorted(corrected, reverse=True)
    assert len(rows) == L * (L - 1) // 2
    names = ["mi_bits", "n", "expected", "corrected", "p", "q", "label_i", "label_j"]
    assert list(rows[0]) == ["i", "j", "distance", *names, "top_kmers"]
    assert float(rows[0]["q"]) < 0.01
    assert rows[0]["top_kmers"] != "."
    about = json.loads(Path("x.json").read_text())
    assert about["null"] == "additive"
    assert about["explained"].startswith("additive: ")
    assert about["settings"]["seed"] == 0
    assert about["check"]["n_sets"] == 100
    assert about["n_significant"] >= 1
    assert about["result"]["provenance"]["input"]["file"] == "top.txt"
    assert Path("x.png").stat().st_size > 0


def test_the_table_goes_to_stdout(run: Any) -> None:
    status, out, err = run("mi", "top.txt", "-k", 1, "--significance", "-q")
    assert (status, err) == (0, "")
    assert out.splitlines()[0].split("\t")[5:9] == ["expected", "corrected", "p", "q"]


def test_the_seed_and_the_number_of_sets(run: Any) -> None:
    for seed in (1, 1, 2):
        how = ["--null", "distance", "--null-sets", 20, "--seed", seed, "--figure", "none"]
        assert run("mi", "top.txt", "-k", 1, *how, "-o", f"x{seed}", "-q")[0] == 0
    one, two = (fastmi.load(f"x{seed}.npz") for seed in (1, 2))
    assert isinstance(one, fastmi.Significance)
    assert isinstance(two, fastmi.Significance)
    assert (one.settings["seed"], one.check.n_sets) == (1, 20)
    assert (one.expected[0, 1], two.settings["seed"]) != (two.expected[0, 1], 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--null", "pool"], "--null pool needs --pool"),
        ([*POOL, "--null", "additive"], "--null additive needs --pool-scores"),
        (["--null", "samples"], "--null samples needs --samples"),
        ([*POOL, "--null", "distance"], "--pool does not go with --null distance"),
        ([*POOL, "--chosen", "top"], "--chosen does not go with --null pool"),
        ([*SAMPLES, "--null-sets", "20"], "--null-sets does not go with --null samples"),
        (["--bias", "none"], "--bias goes with --significance"),
        (["--seed", "1"], "--seed goes with --significance"),
        (
            ["--significance", "--measure", "JS"],
            "mutual information is tested, not --measure JS",
        ),
        ([*HOW["additive"], "--null", "independence"], "--pool does not go with"),
    ],
)
def test_what_does_not_fit(run: Any, options: list[str], message: str) -> None:
    status, _, err = run("mi", "top.txt", "-k", 1, *options)
    assert status == 2
    assert err.splitlines()[-1].startswith(f"fastmi: error: {message}")


def test_what_the_data_do_not_allow(run: Any) -> None:
    run("count", "top.txt", "-k", 1, "-o", "counts")
    assert run("mi", "counts.npz", "--significance", "-o", "c", "--figure", "none")[0] == 0
    status, _, err = run("mi", "counts.npz", "--null", "distance")
    assert status == 1
    assert "these are counts of them only" in err
    status, _, err = run("mi", "top.txt", "-k", 1, "--samples", "random1.txt")
    assert status == 1
    assert "1 random sets say little" in err
    Path("few.txt").write_text("\n".join(Path("top.txt").read_text().splitlines()[:9]) + "\n")
    status, _, err = run("mi", "top.txt", "-k", 1, "--pool", "few.txt")
    assert status == 1
    assert "cannot all come from it" in err
    for more in ([], ["--pool-scores", "score"]):
        status, _, err = run("mi", "top.txt", "-k", 1, "--pool", "pool.tsv", *more)
        assert status == 1
        assert "--pool-column 1 for the first, or its name" in err
        assert " --column" not in err
        assert " --scores" not in err
    status, _, err = run("mi", "top.txt", "-k", 1, "--significance", "--bias", "miller-madow")
    assert status == 2
    assert "--bias miller-madow is for plain estimates" in err


def test_the_pool_is_not_overwritten(run: Any) -> None:
    before = Path("pool.tsv").read_bytes()
    Path("pool.png").symlink_to("pool.tsv")
    status, _, err = run("mi", "top.txt", "-k", 1, *POOL, "-o", "pool")
    assert status == 1
    assert "is an input, which would be overwritten" in err
    assert Path("pool.tsv").read_bytes() == before


# ----------------------------------------------------------------------------- other commands


@pytest.fixture
def saved(run: Any) -> str:
    done = run("mi", "top.txt", "-k", 1, "--significance", "--figure", "none", "-o", "t", "-q")
    assert done[0] == 0
    return "t.npz"


def test_plot_draws_it(run: Any, saved: str, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Any] = []
    monkeypatch.setattr("fastmi.cli._output.save_figure", lambda ax, *_, **__: drawn.append(ax))
    for options in ([], ["--value", "p", "--q", "none"], ["--kind", "by-distance"]):
        assert run("plot", saved, *options, "--first-position", 7)[0] == 0
    assert "outlined: q" in drawn[0].get_title()
    assert "outlined" not in drawn[1].get_title()
    assert drawn[1].images[0].cmap.name == "viridis_r"
    assert drawn[1].images[0].get_extent()[0] == 6.5
    assert "beyond the null" in drawn[2].get_ylabel()
    for options, message in (
        (["--q", "2"], "must be between 0 and 1, or none, got '2'"),
        (["--kind", "by-distance", "--value", "p"], "value must be one of mi, corrected"),
        (["--kind", "adjacent", "--q", "0.1"], "--q does not go with --kind adjacent"),
    ):
        status, _, err = run("plot", saved, *options)
        assert status == 2
        assert message in err


def test_info_says_what_stands_out(run: Any, saved: str) -> None:
    about = json.loads(run("info", saved)[1])
    found = fastmi.load(saved)
    assert isinstance(found, fastmi.Significance)
    assert about["kind"] == "fastmi significance"
    assert about["explained"] == found.explained
    assert (about["n_significant"], about["n_tests"]) == (found.n_significant(), found.n_tests)


def test_maps_are_wanted(run: Any, saved: str) -> None:
    assert run("compare", saved, saved, "--names", "a", "b", "--top", 2)[0] == 0
    found = fastmi.load(saved)
    assert isinstance(found, fastmi.Significance)
    assert fastmi.compare(found, found.result).correlation() == pytest.approx(1)
    status, _, err = run("plot", saved, "--select", "top 1%")
    assert status == 1
    assert "holds one map" in err


# ----------------------------------------------------------------------------------- interpret


def test_interpret_tests_and_says_so(run: Any) -> None:
    how = ["--random", 20_000, "--length", 14, "--alphabet", "rna", "--seed", 1, "-k", 1]
    how += ["-m", "deepbind:MSI1", "-s", "top 10%", "-o", "r", "--figure", "none"]
    status, _, err = run("interpret", *how)
    assert status == 0
    assert "null 'additive': 100 times as many sequences are chosen from all 20,000" in err
    assert "; --null none leaves it out" in err
    found = fastmi.load("r.npz")
    assert isinstance(found, fastmi.Interpretation)
    tested = found.significance()
    assert tested.null == "additive"
    assert f"{tested.n_significant():,} of 91 pairs have q <= 0.05; null: additive: " in err
    assert "corrected" in table("r.pairs.tsv")[0]
    status, _, err = run("interpret", *how, "--null", "none")
    assert status == 0
    assert "null" not in err
    assert "corrected" not in table("r.pairs.tsv")[0]
    assert run("interpret", *how, "--null", "pool", "--null-sets", 12, "-q")[0] == 0
    again = fastmi.load("r.npz")
    assert isinstance(again, fastmi.Interpretation)
    assert (again.significance().null, again.significance().check.n_sets) == ("pool", 12)
