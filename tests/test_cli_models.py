"""Commands that score: interpret, score, compare, plot of what they wrote, demo rbp."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import fastmi
from fastmi.cli import main

RANDOM = ["--random", "3000", "--length", "24", "--alphabet", "rna", "--seed", "5"]
RBMS1 = ["-m", "deepbind:RBMS1"]
BOTH = ["-m", "a=deepbind:RBMS1", "-m", "b=deepbind:MSI1"]


@pytest.fixture(autouse=True)
def in_tmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_interpret_is_the_library(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["interpret", *RANDOM, *RBMS1, "-s", "top 10%", "-k", "2", "-o", "run"]) == 0
    background = fastmi.simulate.random(3000, 24, "rna", rng=5)
    model = fastmi.models.deepbind.load("RBMS1")
    expected = fastmi.interpret(model, background, select="top 10%", k=2)
    found = fastmi.load("run.npz")
    assert isinstance(found, fastmi.Interpretation)
    assert np.array_equal(found.map.matrix, expected.map.matrix, equal_nan=True)
    assert (found.selected[0].records == expected.selected[0].records).all()
    for name in ("run.pairs.tsv", "run.png", "run.scores.png", "run.json"):
        assert Path(name).stat().st_size > 0
    about = json.loads(Path("run.json").read_text())
    assert about["provenance"]["background"]["seed"] == 5
    assert about["provenance"]["model"]["name"] == "RBMS1"
    assert about["provenance"]["command"][:2] == ["fastmi", "interpret"]
    out, err = capfd.readouterr()
    assert out == ""
    assert "fastmi: top 10%: 300 of 3,000 sequences" in err


def test_several_selections_and_models_have_names() -> None:
    run = ["interpret", *RANDOM, *BOTH, "-s", "top 5%", "-s", "> 0.5", "-o", "run", "-q"]
    assert main([*run, "--figure", "none", "--checkpoint", "kept"]) == 0
    for name in ("a-top-5pct", "a-above-0.5", "b-top-5pct", "b-above-0.5"):
        assert Path(f"run.{name}.pairs.tsv").stat().st_size > 0
    assert not list(Path().glob("*.png"))
    assert list(Path("kept").glob("scores-*.npz"))


def test_what_interpret_wrote_is_drawn_and_compared(
    capfd: pytest.CaptureFixture[str],
) -> None:
    main(["interpret", *RANDOM, *BOTH, "-s", "top 10%", "-k", "2", "-o", "run", "-q"])
    assert main(["plot", "run.npz", "-q"]) == 1
    assert "say which selection: 'top 10%' of head 'a'" in capfd.readouterr().err
    assert main(["plot", "run.npz", "--head", "b", "-o", "b.png", "-q"]) == 0
    assert main(["plot", "run.npz", "--kind", "scores", "--head", "b", "-o", "s.png"]) == 0
    assert main(["plot", "run.npz", "--kind", "scores", "--head", "c"]) == 1
    assert Path("b.png").stat().st_size > 1000
    assert Path("s.png").stat().st_size > 1000
    capfd.readouterr()
    both = ["run.npz", "run.npz", "--head", "a", "--head", "b"]
    assert main(["compare", *both, "--top", "3", "-q"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[0].split("\t")[:6] == ["i", "j", "distance", "a", "b", "difference"]
    assert len(lines) == 4
    found = fastmi.load("run.npz")
    assert isinstance(found, fastmi.Interpretation)
    compared = fastmi.compare(found.find(head="a"), found.find(head="b"))
    assert float(lines[1].split("\t")[5]) == compared.top_pairs(1)["difference"][0]
    assert main(["compare", *both, "-o", "both", "-q"]) == 0
    assert Path("both.png").stat().st_size > 1000
    assert len(Path("both.pairs.tsv").read_text().splitlines()) > 100
    found.find(head="a").map.save("map.npz")
    assert main(["compare", "map.npz", "run.npz", "--head", "a", "--head", "b", "-q"]) == 1
    assert "map.npz holds one map" in capfd.readouterr().err
    assert main(["info", "run.npz"]) == 0
    assert json.loads(capfd.readouterr().out)["heads"] == ["a", "b"]


def test_score_to_a_table_a_store_and_back(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["score", *RANDOM, *RBMS1, "-q"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[0] == "sequence\tscore"
    background = fastmi.simulate.random(3000, 24, "rna", rng=5)
    scores = fastmi.score(fastmi.models.deepbind.load("RBMS1"), background)
    table = [line.split("\t") for line in lines[1:]]
    assert [row[0] for row in table] == background.pack().to_strings()
    assert [float(row[1]) for row in table] == scores.tolist()
    assert main(["score", *RANDOM, *RBMS1, "-o", "s.npy", "-q"]) == 0
    store = fastmi.PackedSequences.open("s.npy")
    assert store.scores is not None
    assert store.scores.tolist() == scores.tolist()
    assert main(["score", *RANDOM, *BOTH, "-o", "two.tsv.gz", "-q"]) == 0
    columns = fastmi.read("two.tsv.gz", "rna", column="sequence", scores="a")
    assert columns.scores is not None
    assert columns.scores.tolist() == scores.tolist()
    assert main(["score", *RANDOM, *BOTH, "-o", "two.npy", "-q"]) == 1
    assert "a store holds one score a sequence" in capfd.readouterr().err
    assert not Path("two.npy").exists()


def test_functions_and_programs_as_models(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    Path("mine_of_test.py").write_text(
        "def gs(strings):\n    print('talkative')\n    return [s.count('G') for s in strings]\n"
    )
    Path("program.py").write_text(
        "import sys\nfor line in sys.stdin:\n    print(line.count('G'))\n"
    )
    Path("in.txt").write_text("GGAA\nTTTG\nCCCC\n")
    function = ["-m", "python:mine_of_test:gs", "--takes", "strings"]
    assert main(["score", "in.txt", *function, "-q"]) == 0
    out, err = capfd.readouterr()
    assert out == "sequence\tscore\nGGAA\t2.0\nTTTG\t1.0\nCCCC\t0.0\n"
    assert "talkative" in err
    program = ["-m", f"command:{sys.executable} program.py"]
    assert main(["score", "in.txt", *program, "-q"]) == 0
    assert capfd.readouterr().out == out
    sys.modules.pop("mine_of_test")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([*RANDOM, "-m", "deepbind:NONE"], 1, "NONE"),
        ([*RANDOM, "-m", "nothing.onnx"], 1, "there is no file 'nothing.onnx'"),
        ([*RANDOM, "-m", "deepbind:"], 2, "says nothing behind the colon"),
        ([*RANDOM, "-m", "python:nomodule_x:f"], 1, "cannot be used: No module"),
        ([*RANDOM, "-m", "python:json"], 2, "must be python:MODULE:NAME"),
        ([*RANDOM, *RBMS1, *RBMS1], 2, "several models need different names"),
        (["--random", "5", *RBMS1], 2, "--random needs --length"),
        (["x.fa", *RANDOM, *RBMS1], 2, "give a FILE of sequences, or --random"),
        ([*RBMS1], 2, "give a FILE of sequences, or --random"),
        (["x.fa", "--seed", "1", *RBMS1], 2, "--seed is for --random"),
        ([*RANDOM, *RBMS1, "-s", "> 99"], 1, "takes 0 of 3,000 sequences"),
        ([*RANDOM, *RBMS1, "-s", "best"], 2, "a selection is one of"),
        ([*RANDOM, *RBMS1, "-s", "> wt"], 2, "needs the wild type"),
        ([*RANDOM, *RBMS1, "-s", "> wt"], 2, "give --wild-type, a sequence"),
        ([*RANDOM, *RBMS1, "--wild-type", "ACGU"], 2, "the wild type has 4 letters"),
        ([*RANDOM, *RBMS1, "--reference", "ACGU"], 2, "the reference has 4 letters"),
        ([*RANDOM, *RBMS1, "--takes", "codes"], 2, "--takes goes with python:"),
        ([*RANDOM, *RBMS1, "--unknown", "skip"], 2, "--unknown are for a FILE"),
        ([*RANDOM, *RBMS1, "--seed", str(2**64)], 2, "must be between 0 and 2^64 - 1"),
        ([*RANDOM, *RBMS1, "-s", "top 5%", "-s", "top 5%"], 2, "has 'top 5%' twice"),
        ([*RANDOM, "--alphabet", "", *RBMS1], 2, "an alphabet has 2 to 255 letters"),
        ([*RANDOM, "-m", "python:..:f"], 1, "cannot be used"),
    ],
)
def test_bad_input(
    arguments: list[str], code: int, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["interpret", *arguments, "-o", "run", "-q"]) == code
    assert message in capfd.readouterr().err
    assert not list(Path().glob("run*"))


MODULE = """
import sys
import numpy as np

class Alike:
    heads = ("a/b", "A b", "a-b-all-2", "../x", "")
    def predict(self, sequences):
        g = [s.count("G") for s in sequences.to_strings()]
        return np.array([g] * 5).T
alike = Alike()

class Tab(Alike):
    heads = ("a\\tb", "b", "c", "d", "e")
tab = Tab()

def leaves(strings):
    sys.exit(0)

def needs(strings):
    import nothing_of_test
"""


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module with models, ``models_of_test``, and one that is none."""
    Path("models_of_test.py").write_text(MODULE)
    Path("broken_of_test.py").write_text("x = 1 +\n")
    Path("in.txt").write_text("GGAA\nTTTG\nCCCC\n")
    monkeypatch.delitem(sys.modules, "models_of_test", raising=False)


@pytest.mark.usefixtures("module")
def test_each_map_has_a_file_of_its_own() -> None:
    model = ["-m", "python:models_of_test:alike"]
    run = [
        "interpret",
        "in.txt",
        *model,
        "-s",
        "all",
        "-s",
        "> 0",
        "-k",
        "1",
        "-o",
        "run",
        "-q",
    ]
    assert main([*run, "--figure", "svg"]) == 0
    assert len(list(Path().glob("run.*.pairs.tsv"))) == 10
    assert len(list(Path().glob("run.*.svg"))) == 15  # maps, and how each score is spread
    names = {path.name.lower() for path in Path().glob("run.*")}
    assert len(names) == 10 + 15 + 2  # also where upper and lower case are the same


@pytest.mark.usefixtures("module")
@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("python:broken_of_test:f", "cannot be used: invalid syntax"),
        ("python:models_of_test:leaves", "the model failed at sequences 0 to 2: SystemExit"),
        ("python:models_of_test:needs", "No module named 'nothing_of_test'"),
        ("python:models_of_test:tab", "a table needs as many names, without tabs"),
    ],
)
def test_models_that_fail_are_one_sentence(
    model: str, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    takes = ["--takes", "strings"] if "tab" not in model else []
    assert main(["score", "in.txt", "-m", model, *takes, "-o", "out.tsv", "-q"]) == 1
    err = capfd.readouterr().err
    assert len(err.splitlines()) == 1
    assert message in err
    assert not Path("out.tsv").exists()


def test_a_framework_that_is_not_there_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    Path("model.onnx").write_bytes(b"no model")
    assert main(["score", *RANDOM, "-m", "model.onnx", "-q"]) == 1
    err = capfd.readouterr().err
    assert len(err.splitlines()) == 1
    assert 'pip install "fastmi[onnx]"' in err


def test_missing_letters_and_tables(capfd: pytest.CaptureFixture[str]) -> None:
    Path("table.tsv").write_text("name\tsequence\n1\tACGUN\n2\tacguu\n")
    read = ["score", "table.tsv", "--column", "sequence", *RBMS1, "-q"]
    assert main(read) == 1
    assert "say --unknown drop to leave" in capfd.readouterr().err
    assert main([*read, "--unknown", "skip"]) == 0
    given = fastmi.PackedSequences.from_strings(["ACGTN", "ACGTT"], unknown="skip")
    expected = fastmi.models.deepbind.load("RBMS1").predict(given)
    scores = [line.split("\t")[1] for line in capfd.readouterr().out.splitlines()[1:]]
    assert list(map(float, scores)) == expected.tolist()


def test_no_output_takes_the_place_of_an_input() -> None:
    Path("model.onnx").write_bytes(b"no model")
    score = ["score", *RANDOM, "-m", "a=model.onnx", "-m", "b=deepbind:RBMS1"]
    assert main([*score, "-o", "model.onnx", "-q"]) == 1
    assert Path("model.onnx").read_bytes() == b"no model"
    main(["interpret", *RANDOM, *RBMS1, "-k", "1", "-o", "run", "--figure", "none", "-q"])
    held = Path("run.npz").rename("run.png").read_bytes()
    assert main(["plot", "run.png", "-o", "run.png", "-q"]) == 1
    assert Path("run.png").read_bytes() == held


def test_words_go_nowhere_where_stderr_is_closed() -> None:
    run = [sys.executable, "-m", "fastmi", "score", *RANDOM, *RBMS1]
    for more in ([], ["-o", "out.tsv"]):
        done = subprocess.run(  # a shell, which can close it
            ["sh", "-c", 'exec "$@" 2>&-', "sh", *run, *more], capture_output=True, text=True
        )
        table = Path("out.tsv").read_text() if more else done.stdout
        assert done.returncode == 0
        assert len(table.splitlines()) == 3001
        assert "fastmi" not in table + done.stdout


def test_demo_rbp(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "rbp", "--n", "1000000", "-q"]) == 0
    out = capfd.readouterr().out
    reach = {line.split(":")[0]: int(line.split()[4]) for line in out.splitlines()[:2]}
    assert 13 <= reach["RBMS1"] <= 16  # the paper reads 15
    assert 5 <= reach["MSI1"] <= 9  # and 6
    for name in ("", ".RBMS1-top-1pct", ".MSI1-top-1pct", ".RBMS1.scores", ".MSI1.scores"):
        assert Path(f"fastmi_demo_rbp{name}.png").stat().st_size > 1000
    assert main(["demo", "--n", "5"]) == 2


def test_shards_score_into_one_folder(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """As a job array does: after 7 shares the map has the bits of one run, without a model."""
    monkeypatch.setattr("fastmi.scoring.CHUNK", 256)
    whole = ["interpret", *RANDOM, *RBMS1, "-s", "top 10%", "-k", "2", "-q", "--figure", "none"]
    assert main([*whole, "-o", "one"]) == 0
    rows = 0
    for i in range(1, 8):
        assert (
            main(["score", *RANDOM, *RBMS1, "--shard", f"{i}/7", "--checkpoint", "kept", "-q"])
            == 0
        )
        rows += len(capfd.readouterr().out.splitlines()) - 1
    assert rows == 3000
    calls = []
    predict = fastmi.models.deepbind.DeepBind.predict
    monkeypatch.setattr(
        "fastmi.models.deepbind.DeepBind.predict",
        lambda self, s, **options: calls.append(len(s)) or predict(self, s, **options),
    )
    assert main([*whole, "-o", "seven", "--checkpoint", "kept"]) == 0
    assert len(calls) == 1  # to be sure that it is the same model
    assert calls[0] < 100
    one, seven = fastmi.load("one.npz"), fastmi.load("seven.npz")
    assert isinstance(one, fastmi.Interpretation)
    assert isinstance(seven, fastmi.Interpretation)
    assert np.array_equal(one.map.matrix, seven.map.matrix, equal_nan=True)
    assert one.sequences == seven.sequences
    model, background = (
        fastmi.models.deepbind.load("RBMS1"),
        fastmi.simulate.random(9, 24, rng=1),
    )
    assert fastmi.score(model, background, shard="1/1").shape == (9,)
    assert fastmi.score(model, background, shard="1/2").shape in ((0,), (9,))
