"""``fastmi gia`` and ``follow-up``: each experiment has the library's numbers, to the last bit.

Outputs have the same bytes again, by any number of workers; and what cannot be is one sentence.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastmi
from fastmi import gia as experiments
from fastmi import simulate
from fastmi.cli import main
from fastmi.cli.gia import EXPERIMENTS
from fastmi.gia import GIA, Effects, KmerSearch, Statistics
from fastmi.simulate import Hairpin

N, SEED = 60, 5
RBMS1 = ["-m", "deepbind:RBMS1"]
HOW = [*RBMS1, "--alphabet", "rna", "--seed", str(SEED), "-n", str(N), "-q"]
STEM = Hairpin(5, 22, 11)

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def in_tmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process: exit code, stdout, stderr."""

    def go(*argv: object) -> tuple[int, str, str]:
        capfd.readouterr()
        status = main([str(a) for a in argv])
        said = capfd.readouterr()
        return status, said.out, said.err

    return go


def model() -> Any:
    return fastmi.models.deepbind.load("RBMS1")


def random(n: int = N, length: int = 41) -> Any:
    return simulate.random(n, length, "rna", rng=SEED)


def gia(background: Any = None, n: int = N, **options: Any) -> GIA:
    return GIA(model(), random() if background is None else background, n, rng=SEED, **options)


def text_of(effects: Effects) -> str:
    stream = io.StringIO()
    effects.to_tsv(stream)
    return stream.getvalue()


def loaded(path: str = "r.npz") -> Effects:
    found = fastmi.load(path)
    assert isinstance(found, Effects)
    return found


def assert_equal(found: Effects, expected: Effects) -> None:
    assert found.experiment == expected.experiment
    assert list(found.labels) == list(expected.labels)
    for name, column in expected.labels.items():
        assert np.array_equal(found.labels[name], column, equal_nan=column.dtype.kind == "f")
    for name in ("local", "denominator", "background_sd"):
        assert getattr(found, name).tobytes() == getattr(expected, name).tobytes()
    assert found.statistics == expected.statistics
    assert dict(found.summary) == json.loads(json.dumps(dict(expected.summary)))


def variants() -> dict[str, float | None]:
    return {"AUAUA": 1.0, "AUAUC": 3.0, "AUGGA": 9.0, "CUAUA": None}


ASKED: dict[str, tuple[list[str], Callable[[GIA], Effects]]] = {
    "importance": (
        ["AUAUA@17", "two=AUAUA@3+G.GC@30-"],
        lambda g: experiments.importance(
            g, {"AUAUA@17": "AUAUA@17", "two": "AUAUA@3+G.GC@30-"}
        ),
    ),
    "importance --structure": (
        ["AUA@6", "--structure", "5,22,11"],
        lambda g: experiments.importance(g, experiments.Design.parse("AUA@6", STEM)),
    ),
    "positions": (
        ["AUAUA", "GGG", "--starts", "0-3,17"],
        lambda g: experiments.positions(g, ["AUAUA", "GGG"], [0, 1, 2, 3, 17]),
    ),
    "affinity": (
        ["AUAUA=1", "AUAUC=3", "AUGGA=9", "CUAUA", "--start", "12"],
        lambda g: experiments.affinity(g, variants(), 12),
    ),
    "affinity --no-log": (
        ["AUAUA=1", "AUAUC=-3", "AUGGA=9", "--no-log"],
        lambda g: experiments.affinity(g, {"AUAUA": 1, "AUAUC": -3, "AUGGA": 9}, log=False),
    ),
    "affinity --mismatches": (
        ["AUA", "--mismatches", "1"],
        lambda g: experiments.affinity(g, experiments.mismatches("AUA", 1, "rna")),
    ),
    "copies": (
        ["AUAUA", "GGG", "--starts", "code"],
        lambda g: experiments.copies(g, ["AUAUA", "GGG"], experiments.CODE_STARTS),
    ),
    "copies --starts": (
        ["AUAUA", "--starts", "20,4"],
        lambda g: experiments.copies(g, "AUAUA", [20, 4]),
    ),
    "spacing": (
        ["AUAUA", "UACG", "--gaps=-2,0-3", "--orders", "ba", "--strands=all", "--start", "3,9"],
        lambda g: experiments.spacing(
            g, "AUAUA", "UACG", [-2, 0, 1, 2, 3], orders="ba", strands="all", start=[3, 9]
        ),
    ),
    "spacing of one": (["AUAUA"], lambda g: experiments.spacing(g, "AUAUA", "AUAUA")),
    "hairpin": (
        ["AUA", "--structure", "7,23,9,0.25", "--loop-start", "16", "--arm", "3"],
        lambda g: experiments.hairpin(g, "AUA", Hairpin(7, 23, 9, 0.25), loop_start=16, arm=3),
    ),
    "hairpin drawn": (
        ["AUA", "--structure", STEM.dot_bracket(41), "--stem-start", "6"],
        lambda g: experiments.hairpin(g, "AUA", stem_start=6),
    ),
    "context": (
        ["AUAUA", "--flank", "GGC", "--start", "15", "--left", "2", "--right", "30"],
        lambda g: experiments.context(g, ["AUAUA"], "GGC", start=15, left=2, right=30),
    ),
    "mutagenesis": (
        ["AUA", "--start", "4", "--doubles"],
        lambda g: experiments.kmer_mutagenesis(g, "AUA", 4, doubles=True),
    ),
}


@pytest.mark.parametrize("name", list(ASKED))
def test_an_experiment_is_the_librarys(run: Run, name: str) -> None:
    arguments, ask = ASKED[name]
    command = ["gia", name.split()[0], *arguments, *HOW]
    assert run(*command, "-o", "r", "--figure", "svg") == (0, "", "")
    assert_equal(loaded(), ask(gia()))
    assert Path("r.tsv").read_text() == text_of(ask(gia()))
    assert Path("r.svg").stat().st_size > 1000
    about = json.loads(Path("r.json").read_text())
    assert about["labels"] == list(loaded().labels)
    assert about["provenance"]["seed"] == SEED
    assert about["provenance"]["background"]["seed"] == SEED
    assert about["provenance"]["command"] == ["fastmi", *command, "-o", "r", "--figure", "svg"]
    assert run(*command) == (0, Path("r.tsv").read_text(), "")


def test_every_experiment_is_here() -> None:
    asked = {name.split()[0] for name in ASKED} | {"kmers", "backgrounds"}
    assert set(EXPERIMENTS) == asked


def test_kmers_are_the_librarys(run: Run) -> None:
    more = ["-k", "3", "--top", "4", "--start", "9", "--delta", "0.01", "--motif-strands", "+"]
    assert run("gia", "kmers", *more, *HOW, "-o", "r") == (0, "", "")
    expected = experiments.kmers(gia(), 3, 9, top=4, delta=0.01)
    found = fastmi.load("r.npz")
    assert isinstance(found, KmerSearch)
    assert_equal(found.effects, expected.effects)
    assert found.all.tobytes() == expected.all.tobytes()
    lines = Path("r.kmers.tsv").read_text().splitlines()
    assert len(lines) == 65
    assert Path("r.tsv").read_text() == text_of(expected.effects)
    (motif,) = fastmi.read_motifs("r.meme")
    assert np.allclose(motif.frequencies, experiments.kmer_motif(expected, 4).frequencies)
    assert motif.name == expected.top(1)["kmer"][0]
    assert Path("r.png").stat().st_size > 1000
    ranged = ["--score-range", "-9", "9", "--exact"]
    _, out, _ = run("gia", "kmers", "-k", 2, *ranged, *HOW)
    exact = experiments.kmers(gia(), 2, exact=True, score_range=(-9, 9))
    assert out == text_of(exact.effects)


def test_kmers_of_several_models_are_several_motifs(run: Run) -> None:
    both = ["-m", "a=deepbind:RBMS1", "-m", "b=deepbind:MSI1"]
    how = ["--alphabet", "rna", "-n", "50", "-q", "--seed", "1", "-o", "r", "--figure", "none"]
    assert run("gia", "kmers", "-k", 2, *both, *how)[0] == 0
    names = [motif.name for motif in fastmi.read_motifs("r.meme")]
    assert [name[:2] for name in names] == ["a_", "b_"]
    assert not list(Path().glob("*.png"))


def test_kmers_without_an_effect_have_no_motif(run: Run) -> None:
    Path("flat_of_test.py").write_text("def flat(strings):\n    return [0.0] * len(strings)\n")
    flat = ["-m", "python:flat_of_test:flat", "--takes", "strings", "--seed", "1"]
    status, _, err = run("gia", "kmers", "-k", 1, *flat, "-o", "r", "--figure", "none")
    sys.modules.pop("flat_of_test")
    assert status == 0
    assert not Path("r.meme").exists()
    assert "r.meme" not in err
    assert "r.kmers.tsv" in err


# --------------------------------------------------------------------------- backgrounds


@pytest.fixture
def file() -> str:
    """90 sequences in a file, sorted, so that the first ones are no sample."""
    strings = sorted(random(90, 30).pack().to_strings())
    lines = [f"{s}\t{n}" for n, s in enumerate(strings)]
    Path("f.tsv").write_text("\n".join(["sequence\tscore", *lines]) + "\n")
    return "f.tsv"


def test_null_models_are_the_librarys(run: Run, file: str) -> None:
    columns = ["--column", "sequence", "--scores", "score", "-n", "20"]
    command = ["gia", "backgrounds", "AUAUA@3", "GG@9", "--nulls", file, *HOW, *columns]
    assert run(*command, "-o", "r") == (0, "", "")
    known = fastmi.read(file, "rna", column="sequence", scores="score")
    nulls = simulate.nulls(known, 20, rng=SEED)
    expected = experiments.backgrounds(model(), nulls, ["AUAUA@3", "GG@9"], rng=SEED)
    assert_equal(loaded(), expected)
    assert "quartile 4" in expected.labels["background"]
    assert Path("r.png").stat().st_size > 1000


OF_FILES: dict[str, tuple[list[str], Callable[[Any], Any]]] = {
    "background": (["--background"], lambda known: known),
    "shuffle": (
        ["--shuffle", "2", "--background"],
        lambda known: simulate.shuffle(
            simulate.sample(known, rng=SEED), 2, lazy=True, rng=SEED
        ),
    ),
    "hairpin": (
        ["--hairpin", "." * 5 + "((((....))))" + "." * 13, "--background"],
        lambda known: simulate.hairpin(
            simulate.sample(known, rng=SEED), Hairpin(5, 13, 4), lazy=True, rng=SEED
        ),
    ),
    "profile": (
        ["--profile"],
        lambda known: simulate.random(
            40, 30, "rna", frequencies=simulate.profile(known), rng=SEED
        ),
    ),
    "like": (
        ["--markov-order", "2", "--length", "50", "--like"],
        lambda known: simulate.random(
            40, 50, "rna", frequencies=simulate.markov(known, 2), rng=SEED
        ),
    ),
}


@pytest.mark.parametrize("kind", list(OF_FILES))
def test_backgrounds_of_files(run: Run, file: str, kind: str) -> None:
    options, made = OF_FILES[kind]
    read = [*options, file, "--column", "sequence", "-n", "40"]
    status, out, _ = run("gia", "importance", "AUAUA@3", *HOW, *read)
    known = fastmi.read(file, "rna", column="sequence")
    expected = experiments.importance(gia(made(known), 40), "AUAUA@3")
    assert (status, out) == (0, text_of(expected))


def test_a_file_that_is_sorted_is_no_head_slice(run: Run, file: str) -> None:
    """The first 30 of a sorted file begin with A: no sample of 30 does by chance."""
    first = ["-m", "python:first_of_test:first", "--takes", "strings", "-q", "--seed", "1"]
    Path("first_of_test.py").write_text("def first(x):\n    return [s[0] == 'A' for s in x]\n")
    for more in ([], ["--shuffle", "1"], ["--hairpin", "." * 19 + "(((...)))" + ".."]):
        read = ["--background", file, "--column", "sequence", "--alphabet", "rna", "-n", "20"]
        assert run("gia", "importance", "CC@9", *first, *read, *more, "-o", "r")[0] == 0
        assert loaded().background_sd[0] > 0
    sys.modules.pop("first_of_test")


def test_rules_of_the_engine(run: Run) -> None:
    rules = ["--transform", "logit", "--interval", "bootstrap", "--confidence", "0.9"]
    rules += ["--test", "wilcoxon", "--correction", "holm", "--minimal", "0.2"]
    Path("squashed_of_test.py").write_text(
        "import math\n"
        "def squashed(strings):\n"
        "    return [1 / (1 + math.exp(2 - s.count('AU'))) for s in strings]\n"
    )
    squashed = ["-m", "python:squashed_of_test:squashed", "--takes", "strings"]
    how = [*squashed, *HOW[2:], *rules]
    assert run("gia", "importance", "AUAUA@3", *how, "-o", "r")[0] == 0
    function = sys.modules.pop("squashed_of_test").squashed
    statistics = Statistics(0.9, "bootstrap", "wilcoxon", "holm", 0.2)
    wrapped = fastmi.models.wrap(function, takes="strings")
    asked = GIA(wrapped, random(), N, rng=SEED, transform="logit", statistics=statistics)
    assert_equal(loaded(), experiments.importance(asked, "AUAUA@3"))
    assert loaded().labels["scale"].tolist() == ["score", "logit"]


def test_more_backgrounds_and_some_of_them(run: Run) -> None:
    def table(*more: str) -> Effects:
        assert run("gia", "importance", "AUAUA@3", *HOW, *more, "-o", "r")[0] == 0
        return loaded()

    enough = table("--until-se", "0.02")
    assert enough.n > N
    assert enough.table["se"][0] <= 0.02
    expected = experiments.importance(gia(random(1000 * N), until_se=0.02), "AUAUA@3")
    assert_equal(enough, expected)
    some = table("--select", "top 50%", "--pool", "200")
    expected = experiments.importance(gia(random(200), select="top 50%"), "AUAUA@3")
    assert_equal(some, expected)
    assert_equal(
        table("--select", "top 50%"),
        experiments.importance(gia(random(10 * N), select="top 50%"), "AUAUA@3"),
    )


# --------------------------------------------------------------------------------- bytes


def test_the_same_bytes_again(run: Run, tmp_path: Path, monkeypatch: Any) -> None:
    commands = [
        ["gia", "spacing", "AUA", "GC", "--gaps", "0-3", *HOW, "--interval", "bootstrap"],
        ["gia", "kmers", "-k", "2", *HOW],
    ]
    for n, command in enumerate(commands):
        made = []
        for folder in (tmp_path / f"{n}a", tmp_path / f"{n}b"):
            folder.mkdir()
            monkeypatch.chdir(folder)
            assert run(*command, "-o", "r")[0] == 0
            made.append({p.name: p.read_bytes() for p in folder.iterdir()})
            made[-1].pop("r.json")  # which says when
        assert len(made[0]) >= 3
        assert made[0] == made[1]


def test_the_same_bytes_by_workers_and_checkpoints(run: Run) -> None:
    command = ["gia", "copies", "AUAUA", *HOW]
    ways = (["--workers", "1"], ["--workers", "2"], ["--checkpoint", "kept"], ["-t", "1"])
    files = []
    for way in ways:
        assert run(*command, *way, "-o", "r")[0] == 0
        described = {**loaded().about(), "provenance": None}
        arrays = [array.tobytes() for array in loaded().arrays.values()]
        files.append(
            (Path("r.tsv").read_bytes(), Path("r.png").read_bytes(), described, arrays)
        )
    assert all(each == files[0] for each in files)
    assert list(Path("kept").glob("scores-*.npz"))


# --------------------------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["importance", "AUAUA@3"], "AUAUA@3: 1."),
        (["positions", "AUAUA"], "largest at AUAUA@1"),
        (
            ["affinity", "AUAUA=1", "AUAUC=3", "AUGGA=9"],
            "3 effects against ln of what was meas",
        ),
        (["affinity", "AUAUA", "AUAUC"], "AUAUC@18: "),
        (["copies", "AUAUA"], "AUAUA at 4,10,16: saturating; together"),
        (["spacing", "AUAUA", "GC"], "largest interaction: gap "),
        (["hairpin", "AUA"], "fastmi: .....(((((((((((......)))))))))))........"),
        (["context", "AUAUA"], "AUAUA@18+GCGCGC@34 / AUAUA@18, ratio: 1."),
        (["kmers", "-k", "2"], "of 16 k-mers were not dropped"),
        (["mutagenesis", "AUAUA"], "difference: -"),
    ],
)
def test_words_for_a_person(run: Run, arguments: list[str], message: str) -> None:
    status, out, err = run("gia", *arguments, *HOW[:-1])
    assert status == 0
    assert message in err
    assert f"{N} backgrounds" in err
    assert out.startswith("quantity\tname\t")
    assert len(err.splitlines()) < 20


def test_a_seed_that_is_drawn_is_said(run: Run) -> None:
    how = [*RBMS1, "--alphabet", "rna", "-n", "20"]
    status, out, err = run("gia", "importance", "AUA@3", *how)
    assert status == 0
    seed = err.split("--seed ")[1].split()[0]
    assert run("gia", "importance", "AUA@3", *how, "--seed", seed, "-q") == (0, out, "")


@pytest.mark.parametrize("experiment", [None, *EXPERIMENTS])
def test_help(run: Run, experiment: str | None) -> None:
    command = ["gia"] if experiment is None else ["gia", experiment]
    status, out, err = run(*command, "--help")
    assert (status, err) == (0, "")
    assert f"usage: fastmi {' '.join(command)}" in out
    wanted = EXPERIMENTS if experiment is None else ("--transform", "--minimal", "--checkpoint")
    assert all(word in out for word in wanted)


# ----------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["importance", "AUAUA@37"], 2, "AUAUA at 37 does not fit into 41 letters"),
        (["importance", "AUXUA@3"], 2, "has 'X' at letter 2; allowed are ACGU"),
        (["importance", "AUXUA"], 2, "has 'X' at letter 2; allowed are ACGU"),
        (["importance", "AUA@"], 2, "a design is patterns and their starts"),
        (["importance", "...@3", "@3"], 2, "a design is patterns and their starts"),
        (["importance", "AUA@3+GUA@4"], 2, "disagree on the letter at 4"),
        (["importance", "a=AUA@3", "a=AUA@4"], 2, "there are two designs 'a'"),
        (["importance"], 2, "the following arguments are required"),
        (["positions", "AUA", "--starts", "0,39"], 2, "AUA at 39 does not fit"),
        (["positions", "AUA", "--starts", "9-2"], 2, "whole numbers and ranges"),
        (["positions", "AUA", "--starts=-1"], 2, "must be from 0 up"),
        (["positions", "AUAUA", "--length", "4"], 2, "has 5 letters, the background 4"),
        (["affinity"], 2, "give variants of a pattern"),
        (["affinity", "AUA=x"], 2, "a variant and a number are wanted"),
        (["affinity", "AUA=0", "AUC=1"], 2, "for its logarithm (or --no-log)"),
        (["affinity", "--measured", "none.tsv"], 1, "none.tsv: No such file"),
        (["affinity", "AUA", "--mismatches", "4"], 2, "mismatches of 'AUA' are 0 to 3"),
        (["copies", "AUA", "--starts", "4"], 2, "starts are of two sites at least"),
        (["copies", "AUA", "--starts", "4,39"], 2, "AUA at 39 does not fit"),
        (["spacing", "AUA", "GC", "--gaps", "40"], 2, "take 45 letters"),
        (["spacing", "AUA", "--orders", "aa"], 2, "orders are ab, ba, got 'aa'"),
        (["spacing", "AUA", "--strands", "+"], 2, "strands are ++, +-, -+, --"),
        (["hairpin", "AUAUAUAUA"], 2, "has 9 letters, the loop of the hairpin 6"),
        (["hairpin", "AUA", "--structure", "((..))"], 2, "has 6 letters, and the sequences"),
        (["hairpin", "AUA", "--structure", "9,3,5"], 2, "hairpin"),
        (["hairpin", "AUA", "--length", "20"], 2, "sequences have 20 letters"),
        (["context", "AUA", "--right", "39"], 2, "does not fit into 41 letters"),
        (["kmers", "-k", "12"], 2, "k must be between 1 and 9"),
        (["kmers", "--delta", "2"], 2, "delta must be above 0 and below 1"),
        (["mutagenesis", "A.A"], 2, "has letters only"),
        (["importance", "AUA@3", "--transform", "root"], 2, "'logit' or 'log'"),
        (["importance", "AUA@3", "--transform", "log"], 1, "is for scores above 0"),
        (["importance", "AUA@3", "--test", "sign"], 2, "test must be one of t, wilcoxon"),
        (["importance", "AUA@3", "--confidence", "2"], 2, "above 0 and below 1, got 2.0"),
        (["importance", "AUA@3", "--until-se", "-1"], 2, "until_se must be a number above 0"),
        (["importance", "AUA@3", "--select", "> 99"], 1, "no background has a score"),
        (["importance", "AUA@3", "--pool", "30"], 1, "there are 30 backgrounds, and n is 60"),
        (["importance", "AUA@3", "--memory-limit", "100"], 2, "more than --memory-limit 100"),
        (["importance", "AUA@3", "--shuffle", "2"], 2, "--shuffle goes with --background"),
        (["importance", "AUA@3", "--unknown", "skip"], 2, "are for a FILE"),
        (["importance", "AUA@3", "--background", "f.txt"], 1, "there are 3 backgrounds"),
        (
            ["importance", "AUA@3", "--background", "f.txt", "--pool", "9"],
            2,
            "--pool is for random sequences",
        ),
        (["backgrounds", "AUA@3", "--nulls", "f.txt"], 2, "n must be at most 3"),
        (["backgrounds", "AUA@3"], 2, "required: --nulls"),
        (["nothing"], 2, "invalid choice: 'nothing'"),
        ([], 2, "required: EXPERIMENT"),
    ],
)
def test_bad_input(run: Run, arguments: list[str], code: int, message: str) -> None:
    Path("f.txt").write_text("ACGUACGUAA\nACGUACGUAC\nACGUACGUAG\n")
    how = [*HOW, "-o", "r"] if arguments and arguments != ["nothing"] else []
    status, out, err = run("gia", *arguments, *how)
    assert (status, out) == (code, "")
    assert message in err
    assert len(err.splitlines()) == 1
    assert [path.name for path in Path().iterdir()] == ["f.txt"]


def test_a_file_of_variants(run: Run) -> None:
    Path("kd.tsv").write_text("# nM\nAUAUA\t1\n\nAUAUC 3\nAUGGA\t9\nCUAUA\n")
    _, out, _ = run("gia", "affinity", "--measured", "kd.tsv", *HOW)
    assert out == text_of(experiments.affinity(gia(), variants()))
    Path("kd.tsv").write_text("AUAUA\t1\nAUAUC\tmuch\n")
    status, _, err = run("gia", "affinity", "--measured", "kd.tsv", *HOW)
    assert status == 1
    assert "kd.tsv, line 2: a variant and a number are wanted" in err


def test_no_output_takes_the_place_of_an_input(run: Run) -> None:
    text = random(3, 10).pack().to_strings()
    for name, option in (("r.tsv", "--background"), ("r.png", "--like")):
        Path(name).write_text("\n".join(text))
        status, _, err = run("gia", "importance", "AU@3", *HOW, option, name, "-o", "r")
        assert status == 1
        assert f"{name} is an input" in err
        assert Path(name).read_text() == "\n".join(text)
        Path(name).unlink()


def test_what_a_model_prints_is_no_data(run: Run) -> None:
    Path("loud_of_test.py").write_text(
        "print('hello')\ndef loud(x):\n    print('aloud')\n    return [len(s) for s in x]\n"
    )
    loud = ["-m", "python:loud_of_test:loud", "--takes", "strings", "-n", "9", "-q"]
    status, out, err = run("gia", "importance", "AC@3", *loud)
    sys.modules.pop("loud_of_test")
    assert status == 0
    assert out.splitlines()[0].startswith("quantity\tname")
    assert len(out.splitlines()) == 2
    assert "hello" in err
    assert "aloud" in err


# ------------------------------------------------------------------- plot, info, follow-up


def test_plot_and_info(run: Run) -> None:
    for name in ("context", "mutagenesis", "kmers"):
        arguments = ["-k", "2"] if name == "kmers" else ["AUA"]
        assert run("gia", name, *arguments, *HOW, "-o", name)[0] == 0
        assert run("plot", f"{name}.npz", "-o", "again.png", "-q") == (0, "", "")
        assert Path("again.png").read_bytes() == Path(f"{name}.png").read_bytes()
        status, out, _ = run("info", f"{name}.npz", "-q")
        about = json.loads(out)
        about = about.get("effects", about)
        assert status == 0
        assert about["labels"][:2] == ["quantity", "name"]
        assert about["provenance"]["command"][:3] == ["fastmi", "gia", name]
    assert run("plot", "context.npz", "--quantity", "ratio", "-q")[0] == 0
    assert Path("context.effects.png").read_bytes() != Path("context.png").read_bytes()
    for wrong, code, message in (
        (["--quantity", "sum"], 2, "sum"),
        (["--head", "b"], 1, "has no score 'b'"),
        (["--limits", "full"], 2, "--limits does not go with --kind effects"),
        (["--first-position", "1"], 2, "--first-position does not go with"),
        (["--kind", "heatmap"], 1, "holds effects of designs, no map"),
        (["--kind", "scores"], 1, "holds no scores"),
    ):
        status, _, err = run("plot", "context.npz", *wrong, "-q")
        assert status == code
        assert message in err
        assert len(err.splitlines()) == 1
    assert "no map" in run("compare", "kmers.npz", "kmers.npz")[2]


MANY = """
import numpy as np
class Many:
    heads = [f"h{n}" for n in range(100)]
    def predict(self, sequences):
        g = [s.count("G") for s in sequences.to_strings()]
        return np.outer(g, np.arange(100))
many = Many()
"""


def test_a_picture_that_cannot_be_drawn_is_a_warning(run: Run) -> None:
    Path("many_of_test.py").write_text(MANY)
    many = ["-m", "python:many_of_test:many", *HOW[2:-1], "-o", "r"]
    status, _, err = run("gia", "positions", "AUA", "--starts", "1-3", *many)
    sys.modules.pop("many_of_test")
    assert status == 0
    assert "warning: no picture is drawn" in err
    assert "r.png" not in err
    assert not Path("r.png").exists()
    assert len(loaded()) == 300


PAIR = """
import fastmi
motifs = [fastmi.Motif.from_iupac(letters) for letters in ("CACGTG", "GGAA")]
pair = fastmi.models.MotifPair(motifs, gap=8, order="fixed")
class Two:
    heads = ("x", "y")
    def predict(self, sequences):
        import numpy as np
        scores = pair.predict(sequences)
        return np.stack([scores, -scores], axis=1)
two = Two()
"""


@pytest.fixture
def followed(run: Run) -> Any:
    """Maps of a model of two motifs: of its one score, and of two."""
    Path("pair_of_test.py").write_text(PAIR)
    random = ["--random", "60000", "--length", "40", "--seed", "1", "-s", "top 2%", "-q"]
    for name in ("pair", "two"):
        how = ["-m", f"python:pair_of_test:{name}", "--figure", "none", "-o", name]
        assert run("interpret", *random, *how)[0] == 0
    yield sys.modules["pair_of_test"]
    sys.modules.pop("pair_of_test")


def test_follow_up_is_the_librarys(run: Run, followed: Any) -> None:
    asked = ["-m", "python:pair_of_test:pair", "-n", "100", "--seed", "2", "--n-pairs", "1"]
    more = ["--transform", "logit", "--gaps", "4-9", "--flank", "5", "--minimal", "0.2"]
    command = ["follow-up", "pair.npz", *asked, *more]
    status, out, err = run(*command)
    assert status == 0
    found = fastmi.load("pair.npz")
    expected = fastmi.follow_up(
        found,
        followed.pair,
        n=100,
        n_pairs=1,
        gaps=range(4, 10),
        flank=5,
        transform="logit",
        statistics=Statistics(minimal=0.2),
        rng=2,
    )
    stream = io.StringIO()
    expected.to_tsv(stream)
    assert out == stream.getvalue()
    assert "CACGTG and GGAA, gap 8 [logit]: synergistic" in err
    assert run(*command, "-o", "r", "-q") == (0, "", "")
    assert Path("r.tsv").read_text() == out
    assert_equal(loaded("r.pair1.npz"), expected[0].spacing)
    about = json.loads(Path("r.json").read_text())
    assert about["pairs"][0]["verdict"] == "synergistic"
    assert about["provenance"]["command"] == ["fastmi", *command, "-o", "r", "-q"]
    assert run("plot", "r.pair1.npz", "-o", "again.png", "-q")[0] == 0
    assert Path("again.png").read_bytes() == Path("r.pair1.png").read_bytes()


def test_follow_up_of_one_of_several_scores(run: Run, followed: Any) -> None:
    def verdict(file: str, model: str, *more: str) -> str:
        asked = ["-m", f"python:pair_of_test:{model}", "-n", "60", "--seed", "2", "-q"]
        status, out, err = run("follow-up", file, *asked, "--n-pairs", "1", *more)
        return out.splitlines()[1].split("\t")[-1] if status == 0 else f"{status} {err}"

    assert verdict("two.npz", "two", "--head", "x") == "synergistic"
    assert verdict("two.npz", "pair", "--head", "x").startswith("2 ")  # it has no x
    assert "say which selection" in verdict("two.npz", "two")
    assert verdict("pair.npz", "two", "--head", "x") == "synergistic"
    assert "say which, --head" in verdict("pair.npz", "two")


def test_follow_up_takes_maps_only(run: Run) -> None:
    assert run("gia", "importance", "AUA@3", *HOW, "-o", "r")[0] == 0
    status, _, err = run("follow-up", "r.npz", *RBMS1, "-q")
    assert status == 1
    assert "r.npz holds effects of designs" in err
    status, _, err = run("follow-up", "r.npz", *RBMS1, "-o", "no/r", "-q")
    assert status == 1
    assert "the folder no does not exist" in err
