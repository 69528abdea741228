"""examples/papers/: the scripts run, at their small sizes, and their claims hold.

What the scripts share is held, too: a claim that fails must end a script with 1.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import fastmi

FOLDER = Path(__file__).resolve().parents[1] / "examples" / "papers"
HOME = str(Path(fastmi.__file__).resolve().parents[1])

if not FOLDER.is_dir():
    pytest.skip("the tests run outside the source folder", allow_module_level=True)

SCRIPTS = sorted(path.stem for path in FOLDER.glob("[!_]*.py"))
QUICK = ("plotmi_fig3", "plotmi_figS1")  # below five seconds
DATA = {  # what does not come along
    "gia_deepbind": "deepbind/D00210.001.txt",
    "rbms1_htr_selex": "htr_selex/RBP52_4.txt.gz",
}

FAILING = """
from _claims import Run

run = Run("planted", "A script.")
run.claim("twice two", paper=4, ours=2 + 2, holds=2 + 2 == 4)
run.claim("a fault", paper=61, ours=17, holds=17 == 61, note="planted")
run.finish()
"""


def called(script: Path, *options: object) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join((HOME, str(FOLDER)))
    return subprocess.run(
        [sys.executable, str(script), *map(str, options)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=600,
    )


@pytest.mark.parametrize(
    "name",
    [s if s in QUICK else pytest.param(s, marks=pytest.mark.slow) for s in SCRIPTS],
)
def test_claims_hold(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    options: list[object] = ["--quick", "--out", tmp_path]
    if name in DATA:
        shared = request.getfixturevalue("shared")
        if not (shared / DATA[name]).is_file():
            pytest.skip(f"{DATA[name]} is not here")
        options += ["--data", shared]
    run = called(FOLDER / f"{name}.py", *options)
    assert run.returncode == 0, run.stdout + run.stderr
    claims = json.loads((tmp_path / f"{name}.json").read_text())
    assert len(claims) >= 2
    for claim in claims:
        assert list(claim) == ["claim", "paper", "ours", "pass", "note"]
        assert claim["pass"] is True, claim
        assert claim["claim"] in run.stdout
    assert f"{len(claims)} of {len(claims)} claims hold" in run.stdout
    assert run.stderr == ""
    assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    header, *rows = (tmp_path / f"{name}.tsv").read_text().splitlines()
    assert header.startswith("distance\t")
    assert len(rows) > 30
    assert {row.count("\t") for row in rows} == {header.count("\t")}


def test_a_claim_that_fails_ends_a_script_with_1(tmp_path: Path) -> None:
    (tmp_path / "planted.py").write_text(FAILING)
    run = called(tmp_path / "planted.py", "--out", tmp_path / "new")
    assert run.returncode == 1, run.stderr
    assert "holds  twice two: 4 (paper: 4)" in run.stdout
    assert "FAILS  a fault: 17 (paper: 61)\n       planted\n1 of 2 claims hold" in run.stdout
    found = json.loads((tmp_path / "new" / "planted.json").read_text())
    assert [claim["pass"] for claim in found] == [True, False]


def test_without_the_data_a_script_says_so(tmp_path: Path) -> None:
    for name, path in DATA.items():
        run = called(FOLDER / f"{name}.py", "--data", tmp_path, "--out", tmp_path)
        assert run.returncode == 0, run.stderr
        assert run.stdout == f"skipped: {tmp_path / path} is not here\n"


def test_models_that_are_not_here_are_left_out(tmp_path: Path) -> None:
    run = called(FOLDER / "gia_follow_up.py", "--quick", "--data", tmp_path, "--out", tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
    path = tmp_path / "deepbind" / "D00328.003.txt"
    assert f"left out: CTCF, as {path} is not here\n" in run.stdout
    claims = json.loads((tmp_path / "gia_follow_up.json").read_text())
    assert {claim["claim"].partition(":")[0] for claim in claims} == {"MSI1", "RBMS1"}


def test_peaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    from _claims import peak

    motif = fastmi.Motif.from_iupac("CACGTG")
    made = fastmi.simulate.embed(
        fastmi.simulate.random(4000, 40, rng=1), [motif, motif], gap=9, rng=2
    )
    result = fastmi.pairwise_mi(made)
    found = peak(result, len(motif))
    assert (found.distance, found.rank) == (15, 1)
    assert found.excess > 10
    other = peak(result, len(motif), 25)
    assert other.distance == 25
    assert other.rank > 5
    assert abs(other.excess) < 8
    assert found.of == other.of == len(result.by_distance()) - (6 - 3) - 9


@pytest.mark.parametrize("name", [path.name for path in FOLDER.glob("*.py")])
def test_only_public_names_are_used(name: str) -> None:
    text = (FOLDER / name).read_text()
    assert not re.search(r"fastmi[\w.]*\._|from fastmi[\w.]* import .*\b_", text)


def test_the_motifs_name_their_source() -> None:
    notice = (FOLDER / "data" / "NOTICE").read_text()
    assert "JASPAR" in notice
    assert "CC BY 4.0" in notice
    assert len(list((FOLDER / "data").glob("*.jaspar"))) == 2
