"""The commands ism and dependency: what they write is what the library gives."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import fastmi
from fastmi.cli import main

RANDOM = ["--random", "20", "--length", "24", "--alphabet", "rna", "--seed", "5"]
RBMS1 = ["-m", "deepbind:RBMS1"]
BOTH = ["-m", "a=deepbind:RBMS1", "-m", "b=deepbind:MSI1"]


@pytest.fixture(autouse=True)
def in_tmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def background() -> fastmi.sources.Source:
    return fastmi.simulate.random(20, 24, "rna", rng=5)


def test_ism_is_the_library(capfd: pytest.CaptureFixture[str]) -> None:
    expected = fastmi.mutagenesis(
        fastmi.models.deepbind.load("RBMS1"), background(), positions=[0, 1, 2, 17]
    )
    run = ["ism", *RANDOM, *RBMS1, "--positions", "0-2,17"]
    assert main([*run, "-o", "m.npz"]) == 0
    assert "wrote m.npz: <Mutagenesis of 20 sequences at 4 pos" in capfd.readouterr().err
    found = fastmi.load("m.npz")
    assert isinstance(found, fastmi.Mutagenesis)
    assert (found.effects == expected.effects).all()
    assert main([*run, "-q", "--first-position", "-3"]) == 0
    table = capfd.readouterr().out
    assert main([*run, "-o", "m.tsv", "-q", "--first-position", "-3"]) == 0
    assert Path("m.tsv").read_text() == table
    lines = [line.split("\t") for line in table.splitlines()]
    assert lines[0] == ["sequence", "position", "wild_type", "mutant", "effect"]
    assert len(lines) == 1 + 20 * 4 * 3
    assert lines[1][:2] == ["0", "-3"]
    assert float(lines[1][4]) == expected.effects[0, 0, "ACGU".index(lines[1][3]), 0]


def test_ism_of_several_models(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["ism", *RANDOM, *BOTH, "-q", "--checkpoint", "kept"]) == 0
    assert capfd.readouterr().out.splitlines()[0].split("\t")[4:] == ["a", "b"]
    assert list(Path("kept").glob("scores-*.npz"))
    assert main(["ism", *RANDOM, *BOTH, "-q", "--checkpoint", "kept", "--head", "b"]) == 0
    assert capfd.readouterr().out.splitlines()[0].split("\t")[4:] == ["b"]


def test_dependency_is_the_library(capfd: pytest.CaptureFixture[str]) -> None:
    run = ["dependency", *RANDOM, *RBMS1, "--positions", "3-9", "--summary", "mean"]
    assert main([*run, "--mutants", "random", "--draw-seed", "7", "-o", "d"]) == 0
    assert "20 sequences with 42 mutants each" in capfd.readouterr().err
    expected = fastmi.dependency_map(
        fastmi.models.deepbind.load("RBMS1"),
        background(),
        positions=range(3, 10),
        mutants="random",
        summary="mean",
        rng=7,
    )
    found = fastmi.load("d.npz")
    assert isinstance(found, fastmi.MIResult)
    assert np.array_equal(found.matrix, expected.matrix, equal_nan=True)
    about = json.loads(Path("d.json").read_text())
    assert about["provenance"]["seed"] == 7
    assert about["provenance"]["command"][:2] == ["fastmi", "dependency"]
    assert Path("d.pairs.tsv").read_text().split("\t")[3] == "ep_mean"
    assert Path("d.png").stat().st_size > 1000
    for kind in ("heatmap", "by-distance", "adjacent"):
        assert main(["plot", "d.npz", "--kind", kind, "-q"]) == 0
    assert main(["compare", "d.npz", "d.npz", "-o", "c", "-q"]) == 0
    assert main(["info", "d.npz"]) == 0
    few = ["--positions", "0,1", "-o", "e"]
    assert main(["dependency", *RANDOM, *BOTH, *few, "--head", "b"]) == 0
    assert main(["dependency", *RANDOM, *BOTH, *few, "--head", "1", "--workers", "2"]) == 0


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["ism", *RANDOM, *BOTH, "--head", "c"], 2, "has no score 'c'"),
        (["ism", *RANDOM, *RBMS1, "--positions", "24"], 2, "positions are between 0 and 23"),
        (
            ["ism", *RANDOM, *RBMS1, "--positions", "9-2"],
            2,
            "whole numbers and ranges, as 0-9,17, got '9-2'",
        ),
        (["ism", *RANDOM, *RBMS1, "--positions", "x"], 2, "must be whole numbers and ranges"),
        (["ism", *RANDOM, *RBMS1, "--memory-limit", "1kB"], 2, "more than --memory-limit"),
        (["ism", *RANDOM, *RBMS1, "-o", "no/m.npz"], 1, "the folder no does not exist"),
        (["dependency", *RANDOM, *BOTH, "-o", "d"], 2, "2 scores; say which: --head"),
        (["dependency", *RANDOM, *RBMS1, "-o", "d", "--draw-seed", "1"], 2, "--mutants random"),
        (
            ["dependency", *RANDOM, *RBMS1, "-o", "d", "--memory-limit", "9kB"],
            2,
            "take --mutants random, or fewer positions",
        ),
        (["dependency", *RANDOM, *RBMS1, "-o", "d", "--reference", "AC"], 2, "reference has 2"),
        (["dependency", *RANDOM, *RBMS1, "-o", "d", "--positions", "3"], 2, "of two positions"),
    ],
)
def test_bad_input(
    arguments: list[str], code: int, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "-q"]) == code
    out, err = capfd.readouterr()
    assert message in err
    assert out == ""
    assert not list(Path().iterdir())


def test_effects_are_no_map(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["ism", *RANDOM, *RBMS1, "-o", "m.npz", "-q"]) == 0
    assert main(["plot", "m.npz", "--kind", "heatmap", "-q"]) == 1
    assert "m.npz holds effects of single mutations, no map" in capfd.readouterr().err
