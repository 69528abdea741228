"""``fastmi simulate`` and ``fastmi randomreads``: what they write is what the library makes."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import fastmi
from fastmi import simulate
from fastmi.cli import main

JASPAR = """>MA0001.1 one
A [4 0 0]
C [0 4 0]
G [0 0 2]
T [0 0 2]
>MA0002.1 two
A [0 1]
C [0 1]
G [4 1]
T [0 1]
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(capfdbinary: Any) -> Any:
    """Run a command in this process: its exit code, what it says, and its lines."""

    def go(*argv: object) -> tuple[int, str, list[str]]:
        status = main([str(a) for a in argv])
        out, err = capfdbinary.readouterr()
        return status, err.decode(), out.decode().split()

    return go


def lines(path: str) -> list[str]:
    return Path(path).read_text().split()


# ------------------------------------------------------------------------------- simulate


def test_random_sequences_to_stdout(run):
    status, err, out = run("simulate", "-n", 5, "--length", 12, "--seed", 7)
    assert status == 0
    assert out == simulate.random(5, 12, rng=7).pack().to_strings()
    assert "fastmi: 5 x 12, dna, seed 7" in err


def test_a_fresh_seed_is_printed_and_makes_the_same_again(run):
    _, err, out = run("simulate", "-n", 3, "--length", 40, "--alphabet", "rna")
    seed = err.split("seed ")[1].split()[0]
    again = run("simulate", "-n", 3, "--length", 40, "--alphabet", "rna", "--seed", seed, "-q")
    assert again == (0, "", out)


@pytest.mark.parametrize("name", ["s.fa", "s.fasta.gz", "s.txt", "s.npy"])
@pytest.mark.parametrize("threads", [1, 3])
def test_files_of_any_kind(run, name, threads):
    argv = ("simulate", "-n", 300, "--length", 31, "--alphabet", "protein", "--seed", 1)
    assert run(*argv, "-o", name, "-t", threads)[0] == 0
    assert fastmi.read(name, "protein") == simulate.random(300, 31, "protein", rng=1).pack()


def test_frequencies(run):
    _, _, out = run("simulate", "-n", 9, "--length", 9, "--frequencies", "G=0.5,A=0.5", "-q")
    assert set("".join(out)) == {"A", "G"}


def test_sequences_like_those_of_a_file(run):
    Path("known.txt").write_text("ACACAC\nCACACA\n")
    _, _, out = run("simulate", "--like", "known.txt", "-n", 50, "-q")
    assert set(out) == {"ACACAC", "CACACA"}
    chain = ("--like", "known.txt", "--markov-order", 0)
    _, _, out = run("simulate", *chain, "-n", 50, "--length", 9, "-q")
    assert len(set(out)) > 2
    assert set("".join(out)) == {"A", "C"}
    assert {len(text) for text in out} == {9}
    Path("known.txt").write_text("AUN\nGUG\n")
    known = ("--profile", "known.txt", "--alphabet", "rna", "--unknown", "skip")
    _, _, out = run("simulate", *known, "-n", 50, "-q")
    assert set(out) == {"AUG", "GUG"}


def test_motifs_in_random_sequences(run):
    Path("two.jaspar").write_text(JASPAR)
    argv = ("simulate", "-n", 40, "--length", 30, "--seed", 3, "-q", "--placements", "p.tsv")
    motifs = ("--motif", "two.jaspar:two", "--motif", "CANNTG", "--motif", "two.jaspar")
    more = ("--gap", "1-3", "--order", "random", "--strands", "+,both,-,+", "--share", 0.5)
    status, _, out = run(*argv, *motifs, *more)
    assert status == 0
    one, two = fastmi.read_motifs("two.jaspar")
    expected = simulate.embed(
        simulate.random(40, 30, rng=3),
        [two, "CANNTG", one, two],
        gap=(1, 3),
        order="random",
        strands=["+", "both", "-", "+"],
        share=0.5,
        rng=3,
    )
    assert out == expected.pack().to_strings()
    rows = [row.split("\t") for row in Path("p.tsv").read_text().splitlines()]
    assert rows[0] == ["record", "motif", "start", "strand"]
    assert rows[1:] == [[str(x) for x in row] for row in expected.placements().tolist()]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--starts", "1,7"], "ACGAAAATTAAA"),
        (["--gap", "8"], "CGAAAAAAAATT"),
        (["--gap", "2", "--start", "3"], "AAACGAATTAAA"),
        (["--gap", "8=1,1=0"], "CGAAAAAAAATT"),
        (["--gap", "1", "--gap", "2", "--motif", "G", "--start", "0"], "CGATTAAGAAAA"),
        (["--starts", "0,2", "--strands=-,-"], "CGAAAAAAAAAA"),
    ],
)
def test_motifs_in_a_file(run, options, expected):
    Path("bg.fa").write_text(">x\n" + "A" * 12 + "\n")
    motifs = ("--background", "bg.fa", "--motif", "CG", "--motif", "UU")
    assert run("simulate", *motifs, *options, "-q") == (0, "", [expected])


def test_hairpins_and_samples_of_a_file(run):
    assert run("simulate", "-n", 50, "--length", 30, "--seed", 2, "-o", "bg.fa", "-q")[0] == 0
    drawing = "..((((((......)))))).........."
    options = ("--background", "bg.fa", "-n", 20, "--hairpin", drawing, "--seed", 3)
    _, _, out = run("simulate", *options, "-q")
    drawn = simulate.sample(fastmi.read("bg.fa"), 20, rng=3)
    assert out == simulate.hairpin(drawn, drawing).to_strings()


@pytest.mark.parametrize(
    ("text", "letters"),
    [("consensus", {"ACG"}), ("1.0", {"ACG", "ACT"}), ("0.2-0.9", {"ACG", "ACT"})],
)
def test_strength(run, text, letters):
    Path("two.jaspar").write_text(JASPAR)
    motif = ("--motif", "two.jaspar:MA0001.1", "--start", 0, "--strength", text)
    _, _, out = run("simulate", "-n", 60, "--length", 3, *motif, "-q")
    assert set(out) == letters


@pytest.mark.parametrize(
    ("argv", "status", "message"),
    [
        (["--motif", "ACGT", "--length", "3"], 2, "motif 'ACGT' has 4 letters, and the sequ"),
        (["--motif", "C", "--motif", "G", "--gap", "99"], 2, "gaps of up to 99 take 101, and"),
        (["--motif", "CG", "--starts", "3", "--start", "2"], 2, "--starts places every motif"),
        (
            ["--motif", "CG", "--starts", "3,4"],
            2,
            "starts must be 1, one for each motif, got 2",
        ),
        (["--gap", "3"], 2, "--gap goes with --motif"),
        (["--placements", "p.tsv"], 2, "--placements goes with --motif"),
        (["--gap", "a"], 2, "must be letters, as 50, 30-60 or 10=0.5,20=0.5, got 'a'"),
        (["--strength", "2"], 2, "a quantile as 0.9 or a band as 0.5-1, got '2'"),
        (["--strength", "0.9-0.1"], 2, "a band as 0.5-1, got '0.9-0.1'"),
        (
            ["--frequencies", "A"],
            2,
            "must be LETTER=FREQUENCY separated by commas, each letter once, got 'A'",
        ),
        (["--frequencies", "A=0.5"], 2, "frequencies must add to 1, got 0.5"),
        (["--seed", str(2**64)], 2, "must be between 0 and 2^64 - 1"),
        (["--markov-order", "1"], 2, "--markov-order goes with --like"),
        (
            ["--background", "bg.fa", "-n", "3"],
            2,
            "n must be at most 1, the number of sequences",
        ),
        (
            ["--hairpin", "((..))", "--motif", "A"],
            2,
            "--hairpin goes without --motif, which wou",
        ),
        (
            ["--hairpin", "((..))", "--length", "7"],
            2,
            "the drawing of the hairpin has 6 letters",
        ),
        (["--hairpin", "((..)"], 2, "dots around one stem without bulges"),
        (["--background", "bg.fa", "--length", "3"], 2, "--length is for random sequences"),
        (["--background", "bg.fa", "--like", "bg.fa"], 2, "not allowed with argument"),
        (
            ["--profile", "bg.fa", "--length", "3"],
            2,
            "--length is 3, and bg.fa has 12 positions",
        ),
        (["--background", "none.fa"], 1, "none.fa"),
        (["--motif", "none.meme"], 1, "none.meme"),
        (["--motif", "two.jaspar:three"], 1, "two.jaspar holds no motif 'three'"),
        (["--motif", "same.jaspar:one"], 1, "same.jaspar holds 2 motifs with the name 'one'"),
        (["--motif", "bare.pfm", "--length", "2"], 2, "motif 'bare.pfm' has 3 letters"),
        (["-o", "out.gb"], 2, "ends in .fa"),
        (["--background", "bg.fa", "-o", "bg.fa"], 1, "bg.fa is an input, which would be over"),
        (["-o", "no/out.fa"], 1, "the folder no does not exist"),
    ],
)
def test_what_cannot_be(run, here, argv, status, message):
    Path("bg.fa").write_text(">x\n" + "A" * 12 + "\n")
    Path("two.jaspar").write_text(JASPAR)
    Path("same.jaspar").write_text(JASPAR.replace("two", "one"))
    Path("bare.pfm").write_text(PFM)
    before = sorted(os.listdir(here))
    found, err, _ = run("simulate", *argv)
    assert (found, len(err.splitlines())) == (status, 1)
    assert message in err
    assert sorted(os.listdir(here)) == before


def test_a_reader_that_leaves(here):
    code = "import sys; from fastmi.cli import main; sys.exit(main())"
    home = str(Path(fastmi.__file__).resolve().parents[1])
    with subprocess.Popen(
        [sys.executable, "-c", code, "simulate", "-n", "1000000", "--seed", "1"],
        env={**os.environ, "PYTHONPATH": home},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=here,
    ) as process:
        assert process.stdout is not None
        assert len(process.stdout.readline()) == 101
        process.stdout.close()
        assert process.wait(100) == 0


@pytest.mark.parametrize(
    ("argv", "status", "message"),
    [
        (["--placements", "same.fa", "-o", "./same.fa"], 2, "--placements and --out are both"),
        (["--placements", "-"], 2, "--placements is a file"),
        (["--placements", "m.txt"], 1, "m.txt is an input"),
        (["-o", "m.txt"], 1, "m.txt is an input"),
        (["--alphabet", ""], 2, "an alphabet has 2 to 255 letters"),
        (["--frequencies", "A=0.5,A=1"], 2, "each letter once"),
        (["-n", str(2**62)], 2, "n must be a whole number from 0 up, below 2^62"),
    ],
)
def test_nothing_is_written_over(run, argv, status, message):
    Path("m.txt").write_text(JASPAR)
    found, err, _ = run("simulate", "--motif", "./m.txt:one", "-n", 3, *argv)
    assert (found, len(err.splitlines())) == (status, 1)
    assert message in err
    assert [path.name for path in Path().iterdir()] == ["m.txt"]
    assert Path("m.txt").read_text() == JASPAR


# ---------------------------------------------------------------------------- randomreads

PFM = "4\t0\t0\n0\t3\t0\n0\t1\t0\n0\t0\t4\n"  # A, then C or G, then T
SQUARE = "0\t0\t0\t4\n4\t0\t0\t0\n0\t4\t0\t0\n0\t0\t4\t0\n"  # CGTA


def records(path: str) -> tuple[list[str], list[str]]:
    text = lines(path)
    return text[::2], text[1::2]


def test_reads_without_pfms(run):
    assert run("randomreads", "out.txt", "--N", 3, "--L", 8, "--seed", 5)[0] == 0
    names, texts = records("out.txt")
    assert names == [">0", ">1", ">2"]
    assert texts == simulate.random(3, 8, rng=5).pack().to_strings()


def test_defaults_are_the_originals(run):
    assert run("randomreads", "out.fa")[0] == 0
    assert fastmi.read("out.fa") == simulate.random(100_000, 100, rng=42).pack()


@pytest.mark.parametrize(("alphabet", "size"), [("DNA", 4), ("RNA", 4), ("protein", 20)])
def test_reads_by_frequencies(run, alphabet, size):
    argv = ("--alphabet", alphabet, "--bgfreqs", 0.5, 0.5, *[0] * (size - 2))
    assert run("randomreads", "out.fa", "--N", 20, "--L", 30, *argv)[0] == 0
    assert set("".join(records("out.fa")[1])) == {"A", "C"}


def test_pfms_in_random_reads(run):
    Path("a.pfm").write_text(PFM)
    Path("b.pfm").write_text(SQUARE)
    both = ("--PFMs", "a.pfm", "b.pfm")
    run("randomreads", "out.fa", *both, "--starts", 2, 9, "--N", 50, "--L", 20)
    _, texts = records("out.fa")
    assert {t[2:5] for t in texts} == {"ACT", "AGT"}
    assert {t[9:13] for t in texts} == {"CGTA"}
    run("randomreads", "out.fa", *both, "--starts", 2, 9, "--N", 50, "--concensus", "yes")
    assert {t[2:5] for t in records("out.fa")[1]} == {"ACT"}


@pytest.mark.parametrize("form", ["fasta", "fastq", "fasta.gz", "wrapped"])
def test_pfms_in_reads_of_a_file(run, form):
    Path("a.pfm").write_text(PFM)
    Path("b.pfm").write_text(SQUARE)
    text = {
        "fasta": ">r1 first\n" + "g" * 20 + "\n>r2\n" + "G" * 20 + "\n",
        "wrapped": ">r1 first\n" + "gggggggggg\n" * 2 + ">r2\n" + "G" * 20 + "\n",
        "fastq": "".join(f"@{n}\n{'G' * 20}\n+\n{'@' * 20}\n" for n in ("r1 first", "r2")),
    }[form.removesuffix(".gz")]
    data = gzip.compress(text.encode()) if form.endswith(".gz") else text.encode()
    Path("reads").write_bytes(data)
    argv = ("--PFMs", "a.pfm", "b.pfm", "--seqs", "reads", "--distance", 13)
    seen = set()
    for seed in range(20):
        assert run("randomreads", "out.fa", *argv, "--seed", seed)[0] == 0
        names, texts = records("out.fa")
        assert names == [">r1:embed", ">r2:embed"]
        seen.update(texts)
    middle = "G" * 13
    either = {f"{a}{middle}CGTA" for a in ("ACT", "AGT")} | {
        f"CGTA{middle}{a}" for a in ("ACT", "AGT")
    }
    assert seen == either
    run("randomreads", "out.fa", *argv, "--addToReadName", "_x")
    assert records("out.fa")[0] == [">r1_x", ">r2_x"]


@pytest.mark.parametrize(
    ("argv", "status", "message"),
    [
        (["--bgfreqs", "0.5", "0.5"], 2, "must have shape (4,), got (2,)"),
        (["--starts", "3"], 2, "--starts goes with --PFMs"),
        (["--seqs", "reads"], 2, "--seqs goes with --PFMs"),
        (["--seqs", "reads", "--PFMs", "a.pfm", "--bgfreqs", "1"], 2, "not for --seqs"),
        (["--PFMs", "a.pfm", "--starts", "98"], 2, "starts between 0 and 97, got 98"),
        (
            ["--PFMs", "a.pfm", "a.pfm", "--distance", "99"],
            2,
            "take 105, and the sequences have",
        ),
        (["--PFMs", "a.pfm", "--distance", "9"], 2, "--distance is what lies between motifs"),
        (["--PFMs", "a.pfm", "--alphabet", "protein"], 1, "a.pfm"),
        (["--PFMs", "a.pfm", "--seqs", "plain"], 1, "plain is neither FASTA nor FASTQ"),
        (["--PFMs", "a.pfm", "--seqs", "-"], 1, "give a file, not stdin"),
        (["--PFMs", "a.pfm", "--addToReadName", "x\n>y"], 2, "text without line ends"),
    ],
)
def test_reads_that_cannot_be(run, argv, status, message):
    Path("a.pfm").write_text(PFM)
    Path("reads").write_text(">x\n" + "A" * 12 + "\n")
    Path("plain").write_text("A" * 12 + "\n")
    found, err, _ = run("randomreads", "out.fa", *argv)
    assert (found, len(err.splitlines())) == (status, 1)
    assert message in err
    assert not Path("out.fa").exists()


def test_a_matrix_is_not_written_over(run):
    Path("a.pfm").write_text(PFM)
    status, err, _ = run("randomreads", "a.pfm", "--PFMs", "a.pfm", "--N", 3)
    assert (status, "a.pfm is an input" in err) == (1, True)
    assert Path("a.pfm").read_text() == PFM
