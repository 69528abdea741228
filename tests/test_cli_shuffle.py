"""``fastmi shuffle``: what it writes is what the library shuffles, by any way in and out."""

from __future__ import annotations

import gzip
import os
import sys
from pathlib import Path
from typing import Any

import pytest

import fastmi
from fastmi import PackedSequences, _text
from fastmi.cli import main


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, with 500 sequences of 30 letters."""
    monkeypatch.chdir(tmp_path)
    strings = fastmi.simulate.random(500, 30, rng=1).pack().to_strings()
    Path("dna.txt").write_text("\n".join(strings) + "\n")
    return tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command in this process: exit code, stdout, stderr."""

    def go(*argv: object) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main([str(a) for a in argv])
        said = capsys.readouterr()
        return status, said.out, said.err

    return go


@pytest.mark.parametrize("name", ["o.fa", "o.fasta.gz", "o.txt", "o.seq.gz", "o.npy"])
@pytest.mark.parametrize("k", [1, 2, 3])
def test_files_are_what_the_library_makes(run: Any, name: str, k: int) -> None:
    status, out, err = run("shuffle", "dna.txt", "-k", k, "--seed", 7, "-o", name)
    assert (status, out) == (0, "")
    assert "500 sequences shuffled with --seed 7" in err
    assert fastmi.read(name) == fastmi.simulate.shuffle("dna.txt", k, rng=7)


def test_stdout_has_lines(run: Any) -> None:
    status, out, err = run("shuffle", "dna.txt", "--seed", 7, "--window", 10, "-q")
    assert (status, err) == (0, "")
    wanted = fastmi.simulate.shuffle("dna.txt", 2, window=10, rng=7)
    assert out.splitlines() == wanted.to_strings()
    assert run("shuffle", "dna.txt", "--seed", 7, "--window", 10, "-q", "-o", "-")[1] == out


def test_the_seed_that_was_drawn_is_said(run: Any) -> None:
    _, out, err = run("shuffle", "dna.txt")
    seed = err.split("--seed ")[1].split()[0]
    assert run("shuffle", "dna.txt", "--seed", seed)[1] == out
    assert run("shuffle", "dna.txt")[1] != out


def test_blocks_do_not_show(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run("shuffle", "dna.txt", "--seed", 3)[1]
    monkeypatch.setattr(_text, "BLOCK_BYTES", 800)
    assert run("shuffle", "dna.txt", "--seed", 3, "--threads", 2)[1] == whole


def test_stdin_and_gzip(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, data = run("shuffle", "dna.txt", "--seed", 3)[1], Path("dna.txt").read_bytes()
    Path("dna.txt.gz").write_bytes(gzip.compress(data))
    assert run("shuffle", "dna.txt.gz", "--seed", 3)[1] == whole
    into, out_of = os.pipe()
    os.write(out_of, data)
    os.close(out_of)
    with open(into, encoding="ascii") as pipe:
        monkeypatch.setattr(sys, "stdin", pipe)
        assert run("shuffle", "-", "--seed", 3)[1] == whole


def test_unknown_letters_and_alphabets(run: Any) -> None:
    Path("n.txt").write_text("ACGTNACGATCA\nACGTTACGATCA\n")
    status, out, err = run("shuffle", "n.txt", "--seed", 1)
    assert (status, out) == (1, "")
    assert "letter 'N'" in err
    _, out, _ = run("shuffle", "n.txt", "--seed", 1, "--unknown", "skip")
    assert out[4] == "N"
    assert len(run("shuffle", "n.txt", "--unknown", "drop")[1].splitlines()) == 1
    Path("p.tsv").write_text("id\tseq\n1\tMKVLMKAW\n2\tWWMKVMKA\n")
    how = ("--alphabet", "protein", "--column", "seq", "--seed", 1, "-k", 1)
    _, out, _ = run("shuffle", "p.tsv", *how)
    assert [sorted(line) for line in out.splitlines()] == [
        sorted("MKVLMKAW"),
        sorted("WWMKVMKA"),
    ]


def test_stores_keep_weights(run: Any) -> None:
    given = fastmi.read("dna.txt").with_weights(range(500))
    given.save("w.npy")
    run("shuffle", "w.npy", "-o", "o.npy", "--seed", 2)
    assert PackedSequences.open("o.npy") == fastmi.simulate.shuffle(given, rng=2)


@pytest.mark.parametrize(
    ("argv", "status", "message"),
    [
        (["-k", "0"], 2, "must be a whole number from 1 up, got '0'"),
        (["--window", "x"], 2, "must be a whole number from 1 up, got 'x'"),
        (["--seed", "-1"], 2, "must be a whole number from 0 up"),
        (["--seed", str(2**64)], 2, "must be between 0 and 2^64 - 1"),
        (["-o", "o.csv"], 2, "ends in .fa, .fasta, .txt, .seq"),
        (["-o", "no/o.fa"], 1, "the folder no does not exist"),
        (["-o", "dna.txt"], 1, "dna.txt is an input, which would be overwritten"),
        (["--alphabet", "01"], 1, "is not in alphabet '01'"),
    ],
)
def test_bad_input(run: Any, argv: list[str], status: int, message: str) -> None:
    before = sorted(Path().iterdir())
    found, out, err = run("shuffle", "dna.txt", *argv)
    assert (found, out) == (status, "")
    assert message in err
    assert sorted(Path().iterdir()) == before


def test_a_file_that_breaks_leaves_nothing(run: Any) -> None:
    with open("dna.txt", "a") as stream:
        stream.write("ACGT\n")
    status, _, err = run("shuffle", "dna.txt", "-o", "o.fa")
    assert status == 1
    assert "length" in err
    assert [p.name for p in Path().iterdir()] == ["dna.txt"]
