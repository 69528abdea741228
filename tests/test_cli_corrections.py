"""Holds fastmi mi --correct, --both-strands and --unique, and what is said of duplicates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from numpy.testing import assert_array_equal

import fastmi
from conftest import random_codes
from fastmi import stats
from fastmi.cli import main

KINDS = ("apc", "asc", "sument", "minent", "maxent", "mincon", "maxcon", "joint")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """300 sequences, 60 of them again, in a table with read counts."""
    monkeypatch.chdir(tmp_path)
    mpl.use("Agg")
    codes = random_codes(np.random.default_rng(1), 300, 10, 4)
    strings = fastmi.PackedSequences.from_codes(np.vstack([codes, codes[:60]])).to_strings()
    Path("s.txt").write_text("\n".join(strings) + "\n")
    rows = (f"{s},{n % 3}" for n, s in enumerate(strings[:300]))
    Path("reads.csv").write_text("\n".join(rows) + "\n")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command; status and stderr."""

    def go(*argv: object) -> tuple[int, str]:
        capsys.readouterr()
        status = main([str(a) for a in argv])
        return status, capsys.readouterr().err

    return go


@pytest.mark.parametrize("how", KINDS)
def test_corrected_maps_and_their_pictures(run: Any, how: str) -> None:
    status, said = run("mi", "s.txt", "-k", 1, "--correct", how, "-o", "x", "--pseudocount", 0)
    assert status == 0, said
    plain = fastmi.pairwise_mi("s.txt", 1, pseudocount=0)
    wanted = {"apc": stats.apc, "asc": stats.asc}.get(how)
    made = stats.normalised(plain, how) if wanted is None else wanted(plain)
    found = fastmi.load("x.npz")
    assert isinstance(found, fastmi.MIResult)
    assert found.measure == made.measure
    assert_array_equal(found.matrix, made.matrix)
    header = Path("x.pairs.tsv").read_text().splitlines()[0].split("\t")
    assert header[3] == made.measure.lower() + (f"_{made.unit}" if made.unit else "")
    assert Path("x.png").stat().st_size > 1000
    for kind in ("heatmap", "adjacent", "by-distance"):
        assert run("plot", "x.npz", "--kind", kind, "-o", f"{kind}.svg")[0] == 0
    text = Path("heatmap.svg").read_text()
    assert "average" in text or "entrop" in text


def test_both_strands_of_sequences_and_of_counts(run: Any) -> None:
    assert run("mi", "s.txt", "-k", 2, "--both-strands", "-o", "a", "--figure", "none")[0] == 0
    assert run("count", "s.txt", "-k", 2, "-o", "c")[0] == 0
    assert run("mi", "c.npz", "--both-strands", "-o", "b", "--figure", "none")[0] == 0
    one, two = fastmi.load("a.npz"), fastmi.load("b.npz")
    assert isinstance(one, fastmi.MIResult)
    assert isinstance(two, fastmi.MIResult)
    assert_array_equal(one.matrix, two.matrix)
    assert_array_equal(one.matrix, one.matrix[::-1, ::-1])
    assert (
        (one.n_sequences, one.n_effective) == (two.n_sequences, two.n_effective) == (360, 720)
    )
    assert json.loads(Path("b.json").read_text())["provenance"]["both_strands"] is True


def test_duplicates_are_said_and_left_out(run: Any) -> None:
    status, said = run("mi", "s.txt", "-k", 1, "-o", "a", "--figure", "none")
    assert status == 0
    line = "360 sequences of length 10; 60 of 360 sequences are duplicates (16.7%)"
    assert line in said
    expected = {"n": 360, "n_distinct": 300, "share": 1 / 6}
    assert json.loads(Path("a.json").read_text())["provenance"]["duplicates"] == expected
    status, said = run("mi", "s.txt", "-k", 1, "--unique", "-o", "b", "--figure", "none")
    assert "300 sequences of length 10; 60 of 360 sequences are duplicates (16.7%)" in said
    found = fastmi.load("b.npz")
    assert isinstance(found, fastmi.MIResult)
    assert_array_equal(found.matrix, fastmi.pairwise_mi("s.txt", 1, unique=True).matrix)
    assert found.provenance["duplicates"] == expected


def test_read_counts(run: Any) -> None:
    argv = ("mi", "reads.csv", "--column", 1, "--weights", 2, "-k", 1, "--figure", "none")
    status, said = run(*argv, "-o", "a")
    assert status == 0
    assert "100 of 300 sequences are duplicates (33.3%)" in said  # 0 + 100 + 200 reads of 200
    status, said = run(*argv, "-o", "b", "--unique")
    found = fastmi.load("b.npz")
    assert isinstance(found, fastmi.MIResult)
    assert (found.n_sequences, found.n_effective) == (200, None)


@pytest.mark.parametrize(
    ("text", "given"), [("gc", "gc"), ("2", 2), ("3:5", slice(3, 5)), ("009", 9)]
)
@pytest.mark.filterwarnings("ignore::fastmi.FastMIWarning")  # classes are small
def test_what_is_given(run: Any, text: str, given: Any) -> None:
    argv = ("mi", "s.txt", "-k", 2, "--given", text, "--pseudocount", 0, "-o", "x")
    assert run(*argv, "--figure", "none")[0] == 0
    found = fastmi.load("x.npz")
    assert isinstance(found, fastmi.MIResult)
    made = stats.conditional_mi("s.txt", given, 2, pseudocount=0)
    assert found.measure == "CMI"
    assert_array_equal(found.matrix, made.matrix)
    assert found.provenance["given"] == made.provenance["given"]
    header = Path("x.pairs.tsv").read_text().splitlines()[0].split("\t")
    assert header[3] == "cmi_bits"


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ("s.txt --given gc --correct apc", "which --correct is not for"),
        ("s.txt --given gc --significance", "which --significance is not for"),
        ("s.txt --given 1 --measure JS", "which --measure JS is not for"),
        ("s.txt --given 1 --both-strands", "which --both-strands is not for"),
        ("s.txt --given=-1", "must be gc, a position from 0 up, or positions such as 20:23"),
        ("s.txt --given 1:", "must be gc, a position from 0 up, or positions such as 20:23"),
        (
            "s.txt --given 10",
            "the letters given are at positions side by side, between 0 and 9",
        ),
        ("s.txt --given 5:5", "between 0 and 9, got 5 to 5 (not included)"),
        ("c.npz --given gc", "these were counted; begin with them, or"),
        ("s.txt --correct apc --measure JS", "--correct is for mutual information, not for"),
        ("s.txt --both-strands --measure HE", "--both-strands is for mutual information, not"),
        ("s.txt --unique --reweight 0.8", "--reweight counts equal sequences as one, too"),
        ("c.npz --unique", "these were counted; to count each distinct one once, begin with"),
        ("s.txt --correct nmi", "invalid choice: 'nmi'"),
    ],
)
def test_what_does_not_go_together(run: Any, argv: str, words: str) -> None:
    run("count", "s.txt", "-k", 1, "-o", "c", "-q")
    status, said = run("mi", *argv.split(), "-k", 1, "-q")
    assert status != 0
    assert words in said
