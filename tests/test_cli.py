"""The commands: what they write, say and return, in process, and as processes where it matters.

In process: outputs, tables, messages, exit codes. As processes: Ctrl-C, a reader of stdout
that leaves, a terminal on stderr.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
import signal
import struct
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
import pytest

import fastmi
from fastmi._run import Progress
from fastmi.cli import main
from fastmi.examples import GB1_WILD_TYPE

MEASURES = ("MI", "JS", "JS_inv", "BC", "BC_inv", "HE")
MAGIC = {"png": b"\x89PNG\r\n\x1a\n", "pdf": b"%PDF-", "svg": b"<?xml"}
L = 16


class Said(NamedTuple):
    """What a command left behind."""

    status: int
    out: str
    err: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command in this process."""
    mpl.use("Agg")

    def go(*argv: object) -> Said:
        capsys.readouterr()
        status = main([str(a) for a in argv])
        return Said(status, *capsys.readouterr())

    return go


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def strings(n: int = 300, length: int = L, seed: int = 5) -> list[str]:
    """Random DNA in which the last 3-mer often copies the one at 2."""
    codes = np.random.default_rng(seed).integers(0, 4, (n, length), dtype=np.uint8)
    codes[: n // 2, -3:] = codes[: n // 2, 2:5]
    return fastmi.PackedSequences.from_codes(codes).to_strings()


@pytest.fixture
def dna(tmp_path: Path) -> Path:
    """A file of 300 sequences of 16 letters, one a line."""
    path = tmp_path / "dna.txt"
    path.write_text("\n".join(strings()) + "\n")
    return path


@pytest.fixture
def figureless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the figure out: it takes most of the time of a small run."""
    monkeypatch.setattr("fastmi.cli._output.save_figure", lambda *_, **__: None)


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))


def files(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()}


def one_line(said: Said) -> str:
    """The error message, which is the only line that does not tell of progress."""
    lines = [
        x for x in said.err.splitlines() if not re.match(r"fastmi: ([\d,]+ seq|counting)", x)
    ]
    assert len(lines) == 1, said.err
    assert "Traceback" not in said.err
    return lines[0]


# -------------------------------------------------------------------------- mi: the outputs


def test_mi_writes_four_files(run: Any, dna: Path, here: Path) -> None:
    said = run("mi", dna, "-k", 2, "-o", "x")
    assert said.status == 0
    assert said.out == ""
    assert files(here) == {"dna.txt", "x.npz", "x.pairs.tsv", "x.png", "x.json"}
    for name in ("x.npz", "x.pairs.tsv", "x.png", "x.json"):
        assert name in said.err


@pytest.mark.parametrize("out", ["counts", "counts.npz", "sub/../counts", "link"])
def test_mi_and_count_do_not_overwrite_their_input(
    run: Any, dna: Path, here: Path, out: str
) -> None:
    assert run("count", dna, "-k", 2, "-o", "counts").status == 0
    (here / "sub").mkdir()
    (here / "link.npz").symlink_to("counts.npz")
    before = (here / "counts.npz").read_bytes()
    for command in ("mi", "count"):
        said = run(command, "counts.npz", "-o", out)
        assert said.status == 1
        assert "is an input, which would be overwritten: give another -o" in one_line(said)
    assert (here / "counts.npz").read_bytes() == before
    assert run("mi", "counts.npz", "-o", "map", "--figure", "none").status == 0


@pytest.mark.usefixtures("figureless")
def test_mi_npz_is_the_librarys_result(run: Any, dna: Path) -> None:
    run("mi", dna, "-k", 2, "--pseudocount", 0.5, "-o", "x")
    found = fastmi.load("x.npz")
    wanted = fastmi.pairwise_mi(dna, 2, pseudocount=0.5)
    assert isinstance(found, fastmi.MIResult)
    np.testing.assert_array_equal(found.matrix, wanted.matrix)
    assert (found.k, found.pseudocount, found.n_sequences) == (2, 0.5, 300)


@pytest.mark.usefixtures("figureless")
def test_mi_defaults_are_the_librarys(run: Any, dna: Path) -> None:
    run("mi", dna, "-o", "x")
    found, wanted = fastmi.load("x.npz"), fastmi.pairwise_mi(dna)
    assert isinstance(found, fastmi.MIResult)
    assert (found.k, found.pseudocount) == (wanted.k, wanted.pseudocount)
    np.testing.assert_array_equal(found.matrix, wanted.matrix)


@pytest.mark.usefixtures("figureless")
def test_mi_table_has_all_pairs_strongest_first(run: Any, dna: Path) -> None:
    run("mi", dna, "-k", 2, "-o", "x")
    rows = table(Path("x.pairs.tsv").read_text())
    wanted = fastmi.pairwise_mi(dna, 2)
    assert list(rows[0]) == [
        "i", "j", "distance", "mi_bits", "n", "label_i", "label_j", "top_kmers"
    ]  # fmt: skip
    assert {(int(r["i"]), int(r["j"])) for r in rows} == set(
        zip(*(x.tolist() for x in wanted.pairs()), strict=True)
    )
    values = [float(r["mi_bits"]) for r in rows]
    assert values == sorted(values, reverse=True)
    for row in rows:
        i, j = int(row["i"]), int(row["j"])
        assert float(row["mi_bits"]) == pytest.approx(wanted.matrix[i, j], rel=1e-9)
        assert int(row["distance"]) == j - i
        assert (row["n"], row["label_i"], row["label_j"]) == ("300", str(i), str(j))


@pytest.mark.parametrize("n", [1, 7, 1000])
def test_mi_top_kmers_are_in_the_first_rows_only(run: Any, dna: Path, n: int) -> None:
    said = run("mi", dna, "-k", 2, "--top-kmers", n)
    rows = table(said.out)
    filled = [r["top_kmers"] != "." for r in rows]
    assert filled == [row < n for row in range(len(rows))]


def test_mi_top_kmers_are_the_librarys(run: Any, dna: Path) -> None:
    rows = table(run("mi", dna, "-k", 2, "--top-kmers", 5).out)[:5]
    wanted = fastmi.pairwise_mi(dna, 2)
    for row in rows:
        best = wanted.top_kmers(int(row["i"]), int(row["j"]), 3)
        for text, kmers in zip(row["top_kmers"].split(";"), best, strict=True):
            pair, count, bits = text.split(":")
            assert pair == f"{kmers['kmer_i']}~{kmers['kmer_j']}"
            assert int(count) == kmers["count"]
            assert float(bits) == pytest.approx(kmers["contribution"], rel=6e-3)


def test_mi_without_top_kmers(run: Any, dna: Path) -> None:
    rows = table(run("mi", dna, "-k", 2, "--top-kmers", 0).out)
    assert "top_kmers" not in rows[0]


def test_mi_cells_of_the_table_are_never_empty(run: Any, here: Path) -> None:
    (here / "c.txt").write_text("ACG\n" * 5)  # nothing contributes to an MI of 0
    for row in table(run("mi", "c.txt", "-k", 1, "--pseudocount", 0).out):
        assert all(value != "" for name, value in row.items() if name != "top_kmers")


def test_mi_top_kmers_of_zero_bits(run: Any, here: Path) -> None:
    (here / "c.txt").write_text("ACG\n" * 5)
    rows = table(run("mi", "c.txt", "-k", 1, "--pseudocount", 0).out)
    assert {row["top_kmers"] for row in rows} == {"."}


@pytest.mark.parametrize("kind", ["png", "pdf", "svg"])
def test_mi_figure_types(run: Any, dna: Path, here: Path, kind: str) -> None:
    assert run("mi", dna, "-k", 1, "-o", "x", "--figure", kind).status == 0
    assert (here / f"x.{kind}").read_bytes().startswith(MAGIC[kind])
    assert len(files(here)) == 5


def test_mi_without_figure(run: Any, dna: Path, here: Path) -> None:
    assert run("mi", dna, "-k", 1, "-o", "x", "--figure", "none").status == 0
    assert files(here) == {"dna.txt", "x.npz", "x.pairs.tsv", "x.json"}


@pytest.mark.usefixtures("figureless")
def test_mi_json_says_everything(run: Any, dna: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    argv = ["mi", str(dna), "-k", "2", "-o", "x", "-t", "2", "--first-position", "5"]
    monkeypatch.setattr(sys, "argv", ["/usr/bin/fastmi", *argv])
    run(*argv)
    about = json.loads(Path("x.json").read_text())
    expected = {
        "kind": "fastmi result", "measure": "MI", "unit": "bits", "k": 2, "length": L,
        "n_sequences": 300, "n_dropped": 0, "n_unknown": 0, "alphabet": "dna",
        "letters": "ACGT", "pseudocount": 5.0, "first_position": 5, "reference": None,
    }  # fmt: skip
    assert {name: about[name] for name in expected} == expected
    assert about["provenance"]["input"] == {"file": str(dna), "bytes": 300 * (L + 1)}
    assert about["provenance"]["command"] == ["fastmi", *argv]
    assert about["provenance"]["fastmi"] == fastmi.__version__
    assert about["provenance"]["threads"] in (1, 2)  # 1 where there is no OpenMP
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", about["written"])
    assert about["wall_s"] >= 0


def test_mi_json_has_the_arguments_that_main_was_given(run: Any, dna: Path) -> None:
    argv = ["mi", str(dna), "-k", "1", "-o", "x", "--figure", "none"]
    run(*argv)
    assert json.loads(Path("x.json").read_text())["provenance"]["command"] == ["fastmi", *argv]


@pytest.mark.usefixtures("figureless")
@pytest.mark.parametrize("measure", MEASURES)
def test_mi_measures(run: Any, dna: Path, measure: str) -> None:
    assert run("mi", dna, "-k", 2, "--measure", measure, "-o", "x").status == 0
    found = fastmi.load("x.npz")
    assert isinstance(found, fastmi.MIResult)
    assert found.measure == measure
    wanted = (
        fastmi.pairwise_mi(dna, 2)
        if measure == "MI"
        else fastmi.pairwise_distance(dna, 2, measure=measure)
    )
    np.testing.assert_array_equal(found.matrix, wanted.matrix)
    rows = table(Path("x.pairs.tsv").read_text())
    unit = {"MI": "_bits", "BC": "_nats", "BC_inv": "_nats"}.get(measure, "")
    column = measure.lower() + unit
    assert list(rows[0])[3] == column
    assert ("top_kmers" in rows[0]) == (measure == "MI")
    i, j = int(rows[0]["i"]), int(rows[0]["j"])
    assert float(rows[0][column]) == pytest.approx(wanted.matrix[i, j], rel=1e-9)


def test_mi_prefix_that_is_a_folder(run: Any, dna: Path, here: Path) -> None:
    (here / "out").mkdir()
    for prefix in ("out", "out/"):
        assert run("mi", dna, "-k", 1, "-o", prefix).status == 0
        assert files(here / "out") == {"mi.npz", "mi.pairs.tsv", "mi.png", "mi.json"}
        for path in (here / "out").iterdir():
            path.unlink()
    assert files(here) == {"dna.txt", "out"}


@pytest.mark.parametrize("prefix", ["missing/", "missing/x"])
def test_mi_folder_that_is_missing(run: Any, dna: Path, prefix: str, here: Path) -> None:
    said = run("mi", dna, "-k", 1, "-o", prefix)
    assert said.status == 1
    assert "cannot write missing/" in one_line(said)
    assert "300 sequences" not in said.err  # it is said before the work
    assert files(here) == {"dna.txt"}


def test_mi_empty_prefix(run: Any, dna: Path, here: Path) -> None:
    said = run("mi", dna, "-k", 1, "-o", "")
    assert said.status == 2
    assert files(here) == {"dna.txt"}


def test_mi_names_positions(run: Any, dna: Path) -> None:
    letters = "ACDEFGHIKLMNPQRS"
    said = run("mi", dna, "-k", 2, "--first-position", -3, "--reference", letters)
    for row in table(said.out):
        for which in "ij":
            i = int(row[which])
            assert row[f"label_{which}"] == f"{letters[i : i + 2]}{i - 3}"


@pytest.mark.usefixtures("figureless")
def test_mi_position_names_are_kept(run: Any, dna: Path) -> None:
    letters = "ACDEFGHIKLMNPQRS"
    run("mi", dna, "-k", 1, "--first-position", 7, "--reference", letters, "-o", "x")
    found = fastmi.load("x.npz")
    assert isinstance(found, fastmi.MIResult)
    assert (found.first_position, found.reference) == (7, letters)


def test_mi_reference_of_another_length(run: Any, dna: Path, here: Path) -> None:
    said = run("mi", dna, "--reference", "ACGT", "-o", "x")
    assert said.status == 2
    assert one_line(said) == "fastmi: error: the reference has 4 letters, the sequences 16"
    assert files(here) == {"dna.txt"}


# ----------------------------------------------------------------------- mi: what it reads


@pytest.mark.usefixtures("figureless")
@pytest.mark.parametrize("policy", ["drop", "skip"])
def test_mi_unknown_letters_are_counted(run: Any, here: Path, policy: str) -> None:
    lines = strings(100)
    lines[3] = "N" + lines[3][1:]
    lines[50] = lines[50][:4] + "NN" + lines[50][6:]
    (here / "n.txt").write_text("\n".join(lines) + "\n")
    said = run("mi", "n.txt", "-k", 1, "--unknown", policy, "-o", "x")
    assert said.status == 0
    found = fastmi.load("x.npz")
    wanted = fastmi.pairwise_mi(lines, 1, unknown=policy)  # type: ignore[arg-type]
    assert isinstance(found, fastmi.MIResult)
    np.testing.assert_array_equal(found.matrix, wanted.matrix)
    about = json.loads(Path("x.json").read_text())
    rows = {(r["i"], r["j"]): r["n"] for r in table(Path("x.pairs.tsv").read_text())}
    if policy == "drop":
        assert "98 sequences of length 16, 2 dropped" in said.err
        assert (about["n_sequences"], about["n_dropped"], about["n_unknown"]) == (98, 2, 0)
        assert set(rows.values()) == {"98"}
    else:
        assert "100 sequences of length 16, 3 letters missing" in said.err
        assert (about["n_sequences"], about["n_dropped"], about["n_unknown"]) == (100, 0, 3)
        assert (rows["0", "1"], rows["0", "4"], rows["6", "7"]) == ("99", "98", "100")


def test_mi_unknown_letters_are_an_error_otherwise(run: Any, here: Path) -> None:
    (here / "n.txt").write_text("ACGTAC\nACGNAC\n")
    said = run("mi", "n.txt", "-k", 1)
    assert said.status == 1
    assert said.out == ""
    line = one_line(said)
    assert line.startswith("fastmi: error: n.txt, line 2, record 2, position 3: letter 'N'")


@pytest.mark.usefixtures("figureless")
@pytest.mark.parametrize("column", ["2", "seq"])
def test_mi_column_of_a_table(run: Any, here: Path, column: str) -> None:
    lines = strings(50)
    header = "id\tseq\tscore\n" if column == "seq" else ""
    (here / "t.tsv").write_text(header + "".join(f"a\t{s}\t0.5\n" for s in lines))
    said = run("mi", "t.tsv", "-k", 1, "--column", column, "-o", "x")
    assert said.status == 0
    found = fastmi.load("x.npz")
    assert isinstance(found, fastmi.MIResult)
    np.testing.assert_array_equal(found.matrix, fastmi.pairwise_mi(lines, 1).matrix)


def test_mi_column_that_is_missing(run: Any, here: Path) -> None:
    (here / "t.tsv").write_text("id\tseq\na\tACGT\n")
    said = run("mi", "t.tsv", "-k", 1, "--column", "sequence")
    assert said.status == 1
    assert one_line(said).endswith("t.tsv has no column 'sequence'; its columns are: id, seq")


@pytest.mark.usefixtures("figureless")
@pytest.mark.parametrize("alphabet", ["rna", "protein", "ACGT"])
def test_mi_alphabets(run: Any, here: Path, alphabet: str) -> None:
    lines = strings(50)
    (here / "s.txt").write_text("\n".join(lines))
    assert run("mi", "s.txt", "-k", 1, "--alphabet", alphabet, "-o", "x").status == 0
    found = fastmi.load("x.npz")
    assert isinstance(found, fastmi.MIResult)
    wanted = fastmi.pairwise_mi(lines, 1, alphabet=alphabet)
    np.testing.assert_array_equal(found.matrix, wanted.matrix)
    assert found.alphabet == wanted.alphabet


# -------------------------------------------------------------------- mi: stdout and stderr


@pytest.mark.usefixtures("figureless")
def test_mi_without_prefix_the_table_goes_to_stdout(run: Any, dna: Path, here: Path) -> None:
    said = run("mi", dna, "-k", 2)
    assert said.status == 0
    assert files(here) == {"dna.txt"}
    run("mi", dna, "-k", 2, "-o", "x")
    assert said.out == Path("x.pairs.tsv").read_text()


def test_mi_words_go_to_stderr(run: Any, dna: Path) -> None:
    said = run("mi", dna, "-k", 2)
    assert all(len(line.split("\t")) == 8 for line in said.out.splitlines())
    lines = said.err.splitlines()
    assert lines[0] == "fastmi: 300 sequences of length 16"
    assert re.fullmatch(
        r"fastmi \S+, mi: [\d.]+ s wall, [\d.]+ s CPU, \d+ MB at most", lines[-1]
    )


@pytest.mark.usefixtures("figureless")
@pytest.mark.parametrize("extra", [[], ["-o", "x"]])
def test_quiet_silences_stderr(run: Any, here: Path, extra: list[str]) -> None:
    (here / "c.txt").write_text("ACGT\n" * 9 + "ACGA\n")  # conserved: there is a warning
    said = run("mi", "c.txt", "-k", 1, "-q", *extra)
    assert (said.status, said.err) == (0, "")
    loud = run("mi", "c.txt", "-k", 1, *extra)
    assert "fastmi: warning: at 4 of 4 positions" in loud.err
    assert loud.out == said.out


def test_quiet_does_not_silence_errors(run: Any) -> None:
    said = run("mi", "missing.txt", "-q")
    assert said.status == 1
    assert one_line(said) == (
        "fastmi: error: cannot read missing.txt: No such file or directory"
    )


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_do_not_change_the_table(run: Any, dna: Path, threads: int) -> None:
    assert run("mi", dna, "-k", 2, "-t", threads).out == run("mi", dna, "-k", 2, "-t", 1).out


# -------------------------------------------------------------------------------------- plot


@pytest.fixture
def saved(dna: Path) -> Path:
    """A result on disk."""
    path = dna.with_name("r.npz")
    fastmi.pairwise_mi(dna, 2).save(path)
    dna.unlink()
    return path


@pytest.mark.parametrize("kind", ["heatmap", "adjacent", "by-distance"])
@pytest.mark.parametrize("figure", ["png", "pdf", "svg"])
def test_plot_kinds_and_types(
    run: Any, saved: Path, here: Path, kind: str, figure: str
) -> None:
    said = run("plot", saved, "--kind", kind, "--figure", figure, "-o", "p")
    assert said.status == 0
    assert said.out == ""
    assert (here / f"p.{kind}.{figure}").read_bytes().startswith(MAGIC[figure])
    assert files(here) == {"r.npz", f"p.{kind}.{figure}"}


def test_plot_goes_beside_the_result(run: Any, saved: Path, here: Path) -> None:
    (here / "sub").mkdir()
    moved = saved.rename(here / "sub" / "r.npz")
    assert run("plot", moved).status == 0
    assert files(here / "sub") == {"r.npz", "r.heatmap.png"}


@pytest.fixture
def drawn(run: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command up to its figure and hand over the Axes."""

    def go(*argv: object) -> Any:
        caught: list[Any] = []
        monkeypatch.setattr(
            "fastmi.cli._output.save_figure", lambda ax, path, dpi=0: caught.append(ax)
        )
        assert run(*argv).status == 0
        return caught[-1]

    return go


def test_plot_marks_pairs(drawn: Any, saved: Path) -> None:
    ax = drawn("plot", saved, "--pair", "2,13", "--pair", "0,5")
    assert [t.get_text() for t in ax.texts if t.get_text()] == [
        "2 \N{EN DASH} 13",
        "0 \N{EN DASH} 5",
    ]


@pytest.mark.parametrize("half", ["upper", "lower"])
def test_plot_triangle(drawn: Any, saved: Path, half: str) -> None:
    ax = drawn("plot", saved, "--triangle", half)
    shown = np.isfinite(np.ma.asarray(ax.images[0].get_array()).filled(np.nan))
    assert shown[(2, 13) if half == "upper" else (13, 2)]
    assert not shown[(13, 2) if half == "upper" else (2, 13)]


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_plot_scale_of_the_map(drawn: Any, saved: Path, scale: str) -> None:
    ax = drawn("plot", saved, "--scale", scale)
    assert isinstance(ax.images[0].norm, mpl.colors.LogNorm) == (scale == "log")


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_plot_scale_of_the_curve(drawn: Any, saved: Path, scale: str) -> None:
    assert drawn("plot", saved, "--kind", "by-distance", "--scale", scale).get_yscale() == scale


def test_plot_limits_and_title(drawn: Any, saved: Path) -> None:
    ax = drawn("plot", saved, "--limits", "0.01", "0.02", "--title", "a title")
    assert ax.images[0].get_clim() == (0.01, 0.02)
    assert ax.get_title() == "a title"


def test_plot_position_names(drawn: Any, saved: Path) -> None:
    ax = drawn("plot", saved, "--first-position", "-33")
    assert ax.images[0].get_extent()[0] == -33.5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--pair", "3"], "argument --pair: must be two positions as 12,40, got '3'"),
        (["--pair", "a,b"], "argument --pair: must be two positions as 12,40, got 'a,b'"),
        (["--pair", "3,3"], "a pair is 0 <= i, i + 2 <= j < 15, got (3, 3)"),
        (["--pair", "9,2"], "a pair is 0 <= i, i + 2 <= j < 15, got (9, 2)"),
        (["--pair", "2,15"], "a pair is 0 <= i, i + 2 <= j < 15, got (2, 15)"),
        (["--limits", "2", "1"], "limits must be (low, high), low < high"),
        (["--limits", "1"], "--limits must be full, robust or two numbers, got 1"),
        (["--limits", "0", "1", "--scale", "log"], "above 0 on a log scale"),
        (["--kind", "pie"], "argument --kind: invalid choice: 'pie'"),
        (["--reference", "ACG"], "the reference has 3 letters, the sequences 16"),
        (["--first-position", "1.5"], "argument --first-position: invalid int value"),
    ],
)
def test_plot_usage_errors(
    run: Any, saved: Path, here: Path, options: list[str], message: str
) -> None:
    said = run("plot", saved, *options)
    assert said.status == 2
    assert message in one_line(said)
    assert files(here) == {"r.npz"}


def test_plot_of_something_else(run: Any, here: Path) -> None:
    (here / "x.npz").write_text("ACGT\n")
    said = run("plot", "x.npz")
    assert said.status == 1
    assert one_line(said) == "fastmi: error: x.npz is not a fastmi file, or it is cut off"


def test_plot_prefix_that_is_a_folder(run: Any, saved: Path, here: Path) -> None:
    (here / "out").mkdir()
    run("plot", saved, "-o", "out/")
    assert all(not name.startswith(".") for name in files(here / "out"))


@pytest.mark.parametrize("options", [["--triangle", "upper"], ["--limits", "0", "1"]])
def test_plot_options_of_another_kind(run: Any, saved: Path, options: list[str]) -> None:
    assert run("plot", saved, "--kind", "adjacent", *options).status == 2


# -------------------------------------------------------------------------------------- info


def test_info_of_a_result(run: Any, saved: Path) -> None:
    said = run("info", saved)
    assert said.status == 0
    found = json.loads(said.out)
    assert (found["kind"], found["k"], found["n_sequences"]) == ("fastmi result", 2, 300)


def test_info_of_joint_counts(run: Any) -> None:
    counts = fastmi.JointCounts(length=4, k=1)
    counts.add(["ACGT", "TTGA"])
    counts.save("c.npz")
    found = json.loads(run("info", "c.npz").out)
    assert (found["kind"], found["n_sequences"]) == ("fastmi joint counts", 2)


def test_info_of_a_store(run: Any) -> None:
    fastmi.PackedSequences.from_strings(strings(20)).save("s.npy")
    found = json.loads(run("info", "s.npy").out)
    assert (found["n_sequences"], found["length"], found["alphabet"]) == (20, L, "dna")


def test_info_of_an_rna_store(run: Any) -> None:
    fastmi.PackedSequences.from_strings(["ACGU"], "rna").save("s.npy")
    said = run("info", "s.npy")
    assert said.status == 0
    assert json.loads(said.out)["alphabet"] == "rna"


def test_info_of_fasta(run: Any, here: Path) -> None:
    text = ">a\nACGT\n>b\nACNT\n>c\nNNGT\n"
    (here / "s.fa").write_text(text)
    found = json.loads(run("info", "s.fa", "--unknown", "skip").out)
    assert found == {
        "kind": "sequences", "n_sequences": 3, "length": 4, "alphabet": "dna",
        "n_dropped": 0, "n_unknown": 3, "bytes": len(text),
    }  # fmt: skip


@pytest.mark.parametrize("argv", [["info"], ["info", "--versions"]])
def test_info_without_a_file_prints_versions(run: Any, argv: list[str]) -> None:
    said = run(*argv)
    assert said.status == 0
    found = dict(line.split(None, 1) for line in said.out.splitlines())
    assert found["fastmi"] == fastmi.__version__
    assert found["numpy"] == np.__version__
    assert {"python", "platform", "openmp", "threads", "isa", "matplotlib"} <= set(found)


def test_info_of_nothing(run: Any) -> None:
    said = run("info", "missing")
    assert said.status == 1
    assert one_line(said) == "fastmi: error: cannot read missing: No such file or directory"


# -------------------------------------------------------------------------------------- demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Said]:
    """The demo as a user runs it, once."""
    folder = tmp_path_factory.mktemp("demo")
    done = fastmi_process(["demo"], cwd=folder)
    return folder, Said(done.returncode, done.stdout, done.stderr)


def test_demo_prints_the_strongest_pairs(demo: tuple[Path, Said]) -> None:
    said = demo[1]
    assert said.status == 0
    lines = said.out.splitlines()
    assert lines[0].startswith("100 of 1,540 pairs stand out (q <= 0.05), more dependent than")
    assert lines[1] == "strongest pairs, MI beyond the null (bits):"
    pairs = [re.match(r"\s+(\w+) - (\w+)\s+([\d.]+)\s+distance\s+(\d+)", x) for x in lines[2:]]
    found = [m.groups()[:2] for m in pairs if m]
    assert len(found) == len(lines) - 2 == 8
    assert found[:3] == [("A24", "D40"), ("A24", "D47"), ("A24", "E42")]
    assert pairs[0] is not None
    assert float(pairs[0].group(3)) == pytest.approx(0.0474, abs=5e-5)
    assert pairs[0].group(4) == "16"
    for name in (name for pair in found for name in pair):
        assert GB1_WILD_TYPE[int(name[1:]) - 1] == name[0]


def test_demo_leaves_its_outputs(demo: tuple[Path, Said]) -> None:
    folder, said = demo
    names = {f"fastmi_demo.{ending}" for ending in ("npz", "pairs.tsv", "png", "json")}
    assert files(folder) == names
    assert (folder / "fastmi_demo.png").read_bytes().startswith(MAGIC["png"])
    assert all(name in said.err for name in names)


def test_demo_result_is_the_librarys(demo: tuple[Path, Said]) -> None:
    found = fastmi.load(demo[0] / "fastmi_demo.npz")
    assert isinstance(found, fastmi.Significance)
    assert (found.null, found.n_significant()) == ("pool", 100)
    found = found.result
    wanted = fastmi.pairwise_mi(fastmi.example(), 1, alphabet="protein", pseudocount=0)
    np.testing.assert_array_equal(found.matrix, wanted.matrix)
    assert (found.first_position, found.reference) == (1, GB1_WILD_TYPE)
    first = table((demo[0] / "fastmi_demo.pairs.tsv").read_text())[0]
    assert (first["label_i"], first["label_j"], first["n"]) == ("A24", "D40", "26804")


# ------------------------------------------------------------------------------------ plotmi


def read_map(path: str) -> np.ndarray:
    with gzip.open(path, "rt") as lines:
        return np.array([[float(x) for x in line.split("\t")] for line in lines])


@pytest.mark.parametrize("distance", MEASURES)
def test_plotmi_names_and_numbers(run: Any, dna: Path, here: Path, distance: str) -> None:
    said = run("plotmi", "--seqs", dna, "--outdir", "o-", "--k", 2, "--distance", distance)
    assert said.status == 0
    names = {f"o-{distance}.txt.gz", f"o-{distance}.png", "o-plotMI_log.txt"}
    assert files(here) == {"dna.txt"} | names
    wanted = (
        fastmi.pairwise_mi(dna, 2)
        if distance == "MI"
        else fastmi.pairwise_distance(dna, 2, measure=distance)
    )
    np.testing.assert_array_equal(read_map(f"o-{distance}.txt.gz"), wanted.to_plotmi())


@pytest.mark.usefixtures("figureless")
def test_plotmi_prints_what_the_original_prints(run: Any, shared: Path) -> None:
    golden = shared / "plotmi_golden"
    run("plotmi", "--seqs", golden / "dna.seq", "--outdir", "./", "--k", 2, "--p", 1)
    np.testing.assert_allclose(
        read_map("MI.txt.gz"), read_map(str(golden / "dna_k2_p1_MI.txt.gz")), atol=1e-9
    )


@pytest.mark.usefixtures("figureless")
def test_plotmi_randomized_pairs_as_the_original(run: Any, shared: Path) -> None:
    golden = shared / "plotmi_golden"
    pairs = golden / "randomized_pairs.tsv"
    run("plotmi", "--seqs", golden / "dna.seq", "--outdir", "./", "--k", 2,
        "--randomized_pairs", pairs)  # fmt: skip
    np.testing.assert_allclose(
        read_map("MI.txt.gz"),
        read_map(str(golden / "dna_k2_p5_MI_randpairs.txt.gz")),
        atol=1e-9,
    )


@pytest.mark.usefixtures("figureless")
def test_plotmi_log_is_the_command_line(
    run: Any, dna: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    argv = ["plotmi", "--seqs", str(dna), "--outdir", "o-"]
    monkeypatch.setattr(sys, "argv", ["fastmi", *argv])
    run(*argv)
    assert Path("o-plotMI_log.txt").read_text() == " ".join(["fastmi", *argv]) + "\n"


def test_plotmi_figure_type(run: Any, dna: Path, here: Path) -> None:
    run("plotmi", "--seqs", dna, "--outdir", "o-", "--figtype", "pdf")
    assert (here / "o-MI.pdf").read_bytes().startswith(MAGIC["pdf"])
    assert not (here / "o-MI.png").exists()


@pytest.mark.usefixtures("figureless")
def test_plotmi_says_what_it_read(run: Any, dna: Path) -> None:
    said = run("plotmi", "--seqs", dna, "--outdir", "o-")
    assert "Read in 300 sequences of length 16." in said.out


@pytest.mark.usefixtures("figureless")
def test_plotmi_v_0_writes_nothing_to_stdout(run: Any, dna: Path) -> None:
    assert run("plotmi", "--seqs", dna, "--outdir", "o-", "--v", 0).out == ""


@pytest.mark.usefixtures("figureless")
def test_plotmi_v_0_is_quiet(run: Any, dna: Path) -> None:
    assert run("plotmi", "--seqs", dna, "--outdir", "o-", "--v", 0).err == ""


@pytest.mark.usefixtures("figureless")
def test_plotmi_pseudocount_zero_with_two_letters(run: Any, dna: Path) -> None:
    assert run("plotmi", "--seqs", dna, "--outdir", "o-", "--p", 0, "--k", 2).status == 0
    wanted = fastmi.pairwise_mi(dna, 2, pseudocount=0).to_plotmi()
    assert np.isfinite(wanted).all()
    np.testing.assert_array_equal(read_map("o-MI.txt.gz"), wanted)


@pytest.mark.usefixtures("figureless")
def test_plotmi_alphabet_keeps_its_order(run: Any, here: Path) -> None:
    (here / "s.txt").write_text("0110\n1010\n1100\n0011\n0101\n")
    said = run("plotmi", "--seqs", "s.txt", "--outdir", "o-", "--alphabet", "10", "--k", 1,
               "--save_distributions", "yes")  # fmt: skip
    assert said.status == 0
    with gzip.open("o-MI_contributions.txt.gz", "rt") as lines:
        rows = [line.split("\t") for line in lines][1:5]
    assert [row[2] + row[3] for row in rows] == ["11", "10", "01", "00"]


@pytest.mark.usefixtures("figureless")
@pytest.mark.parametrize("p", [0, 5])
def test_plotmi_contributions_add_up_to_the_cells(run: Any, dna: Path, p: float) -> None:
    run("plotmi", "--seqs", dna, "--outdir", "o-", "--k", 2, "--p", p,
        "--save_distributions", "yes")  # fmt: skip
    with gzip.open("o-MI_contributions.txt.gz", "rt") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines]
    assert rows[0] == ["#i", "j", "a", "b", "MI_ij(a,b)", "P_ij(a,b)", "P_i(a)", "P_j(b)"]
    sums: dict[tuple[int, int], list[float]] = defaultdict(list)
    joint: dict[tuple[int, int], list[float]] = defaultdict(list)
    for i, j, a, b, term, p_ab, p_a, p_b in rows[1:]:
        assert len(a) == len(b) == 2
        sums[int(i), int(j)].append(float(term))
        joint[int(i), int(j)].append(float(p_ab))
        assert float(p_ab) * np.log2(float(p_ab) / (float(p_a) * float(p_b))) == pytest.approx(
            float(term), abs=1e-15
        )
    matrix = read_map("o-MI.txt.gz")
    i, j = np.triu_indices(L - 1, 2)
    assert set(sums) == set(zip(i.tolist(), j.tolist(), strict=True))
    for (i, j), terms in sums.items():
        assert sum(terms) == pytest.approx(matrix[i, j - 2], abs=1e-12)
        assert sum(joint[i, j]) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.usefixtures("figureless")
@pytest.mark.parametrize("distance", ["JS", "JS_inv", "BC", "BC_inv", "HE"])
def test_plotmi_contributions_of_distances(run: Any, dna: Path, distance: str) -> None:
    run("plotmi", "--seqs", dna, "--outdir", "o-", "--k", 1, "--distance", distance,
        "--save_distributions", "yes")  # fmt: skip
    name = distance.removesuffix("_inv")
    with gzip.open(f"o-{name}_contributions.txt.gz", "rt") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines]
    assert rows[0] == ["#i", "j", "a", "a", f"{name}_ij(a,a)", "P_i(a)", "P_j(a)"]
    sums: dict[tuple[int, int], float] = defaultdict(float)
    for i, j, a, same, term, *_ in rows[1:]:
        assert a == same
        sums[int(i), int(j)] += float(term)
    undo = {
        "JS": lambda x: x**2, "JS_inv": lambda x: (1 - x) ** 2, "BC": lambda x: np.exp(-x),
        "BC_inv": lambda x: 1 - np.exp(-x), "HE": lambda x: x**2,
    }[distance]  # fmt: skip
    matrix = read_map(f"o-{distance}.txt.gz")
    assert len(sums) == L * (L - 1) // 2
    for (i, j), total in sums.items():
        assert total == pytest.approx(undo(matrix[i, j - 1]), abs=1e-12)


@pytest.mark.usefixtures("figureless")
def test_plotmi_randomized_pairs_in_any_order(run: Any, dna: Path, here: Path) -> None:
    (here / "r.tsv").write_text("0\t5\n9\t3\n\n")
    run("plotmi", "--seqs", dna, "--outdir", "o-", "--k", 1, "--randomized_pairs", "r.tsv")
    wanted = fastmi.pairwise_mi(dna, 1).to_plotmi()
    for i, j in ((0, 5), (3, 9)):
        wanted[i, j - 1] = wanted[j - 1, i] = 0
    np.testing.assert_array_equal(read_map("o-MI.txt.gz"), wanted)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("x y", "expected two positions, got 'x y'"),
        ("1", "expected two positions, got '1'"),
        ("1 2 3", "expected two positions, got '1 2 3'"),
        ("3 4", r"(3, 4) is no pair; positions run from 0 to 14 and are at least 2 apart"),
        ("0 15", r"(0, 15) is no pair; positions run from 0 to 14"),
        ("-1 4", r"(-1, 4) is no pair"),
    ],
)
def test_plotmi_bad_randomized_pairs(
    run: Any, dna: Path, here: Path, line: str, message: str
) -> None:
    (here / "r.tsv").write_text(f"0 5\n{line}\n")
    said = run(
        "plotmi", "--seqs", dna, "--outdir", "o-", "--k", 2, "--randomized_pairs", "r.tsv"
    )
    assert said.status == 1
    assert "fastmi: error: r.tsv, line 2: " in one_line(said)
    assert message in said.err
    assert files(here) == {"dna.txt", "r.tsv"}


def test_plotmi_missing_randomized_pairs(run: Any, dna: Path) -> None:
    said = run("plotmi", "--seqs", dna, "--outdir", "o-", "--randomized_pairs", "none.tsv")
    assert said.status == 1
    assert "cannot read none.tsv" in one_line(said)


def test_plotmi_steps_of_ticks(drawn: Any, dna: Path) -> None:
    ax = drawn("plotmi", "--seqs", dna, "--outdir", "o-", "--k", 1, "--step", 6)
    assert ax.get_xticks().tolist() == ax.get_yticks().tolist() == [0, 6, 12]


def test_plotmi_log_colours_from_minmi(drawn: Any, dna: Path) -> None:
    ax = drawn("plotmi", "--seqs", dna, "--outdir", "o-", "--k", 1, "--colorscale", "log",
               "--minmi", 1e-3)  # fmt: skip
    norm = ax.images[0].norm
    assert isinstance(norm, mpl.colors.LogNorm)
    assert norm.vmin == 1e-3
    assert norm.vmax == np.nanmax(fastmi.pairwise_mi(dna, 1).matrix)


def test_plotmi_colours_span_all_values(drawn: Any, dna: Path) -> None:
    ax = drawn("plotmi", "--seqs", dna, "--outdir", "o-", "--k", 1)
    matrix = fastmi.pairwise_mi(dna, 1).matrix
    assert ax.images[0].get_clim() == (np.nanmin(matrix), np.nanmax(matrix))


@pytest.mark.parametrize(
    "options",
    [["--step", "0"], ["--k", "0"], ["--nproc", "0"], ["--p", "-1"], ["--v", "2"],
     ["--distance", "KL"], ["--figtype", "svg"], ["--save_distributions", "maybe"]],
)  # fmt: skip
def test_plotmi_usage_errors(run: Any, dna: Path, here: Path, options: list[str]) -> None:
    said = run("plotmi", "--seqs", dna, "--outdir", "o-", *options)
    assert said.status == 2
    assert f"argument {options[0]}" in one_line(said)
    assert files(here) == {"dna.txt"}


@pytest.mark.usefixtures("figureless")
def test_plotmi_minmi_above_all_values(run: Any, dna: Path) -> None:
    assert run("plotmi", "--seqs", dna, "--outdir", "o-", "--minmi", 99).status == 2


# ------------------------------------------------------------------------ exit codes, errors


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read in.txt: No such file or directory"),
        ("", "in.txt is empty"),
        ("ACGT\nACG\n", "in.txt, line 2, record 2 has length 3, expected 4"),
        (">a\nACGT\n>b x\nACXT\n", "in.txt, line 3, record 2 (b), position 2: letter 'X'"),
    ],
)
def test_data_errors(run: Any, here: Path, content: str | None, message: str) -> None:
    if content is not None:
        (here / "in.txt").write_text(content)
    before = files(here)
    said = run("mi", "in.txt", "-k", 1, "-o", "x")
    assert (said.status, said.out) == (1, "")
    assert one_line(said).startswith(f"fastmi: error: {message}")
    assert files(here) == before


def test_a_folder_is_no_file(run: Any, here: Path) -> None:
    (here / "d").mkdir()
    said = run("mi", "d")
    assert said.status == 1
    assert one_line(said) == "fastmi: error: d is a directory, not a file"


@pytest.mark.parametrize("path", [".", "/"])
@pytest.mark.parametrize("command", ["mi", "info"])
def test_a_folder_without_a_name_is_no_file(run: Any, command: str, path: str) -> None:
    said = run(command, path)
    assert said.status == 1
    assert "is a directory" in one_line(said)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["nope"], "invalid choice: 'nope'"),
        (["mi"], "the following arguments are required: FILE"),
        (["mi", "dna.txt", "--nope"], "unrecognized arguments: --nope"),
        (
            ["mi", "dna.txt", "-k", "0"],
            "argument -k: must be a whole number from 1 up, got '0'",
        ),
        (
            ["mi", "dna.txt", "-k", "-2"],
            "argument -k: must be a whole number from 1 up, got '-2'",
        ),
        (["mi", "dna.txt", "-k", "two"], "argument -k: must be a whole number from 1 up"),
        (["mi", "dna.txt", "-k", "7"], "k must be between 1 and 6 for alphabet 'dna', got 7"),
        (["mi", "dna.txt", "-k", "9" * 30], "k must be between 1 and 6 for alphabet 'dna'"),
        (
            ["mi", "dna.txt", "-t", "0"],
            "argument -t/--threads: must be a whole number from 1 up",
        ),
        (["mi", "dna.txt", "-t", "9999"], "n_threads must be between 1 and 1024, got 9999"),
        (
            ["mi", "dna.txt", "--pseudocount", "-1"],
            "pseudocount must be between 0 and 1,000,000",
        ),
        (
            ["mi", "dna.txt", "--pseudocount", "nan"],
            "pseudocount must be between 0 and 1,000,000",
        ),
        (
            ["mi", "dna.txt", "--pseudocount", "inf"],
            "pseudocount must be between 0 and 1,000,000",
        ),
        (["mi", "dna.txt", "--measure", "KL"], "argument --measure: invalid choice: 'KL'"),
        (
            ["mi", "dna.txt", "--unknown", "guess"],
            "argument --unknown: invalid choice: 'guess'",
        ),
        (["mi", "dna.txt", "--figure", "jpg"], "argument --figure: invalid choice: 'jpg'"),
        (["mi", "dna.txt", "--alphabet", "ACCT"], "letter 'C' occurs twice in alphabet 'ACCT'"),
        (["mi", "dna.txt", "--alphabet", "A"], "an alphabet has 2 to 255 letters, got 1"),
        (["mi", "dna.txt", "--column", "0"], "column numbers start at 1 (as for cut), got 0"),
    ],
)
def test_usage_errors(run: Any, dna: Path, here: Path, argv: list[str], message: str) -> None:
    said = run(*argv)
    assert (said.status, said.out) == (2, "")
    assert message in one_line(said)
    assert files(here) == {"dna.txt"}


def test_negative_top_kmers(run: Any, dna: Path) -> None:
    assert run("mi", dna, "-k", 1, "--top-kmers", -5).status == 2


def test_k_too_large_for_the_length(run: Any, here: Path) -> None:
    (here / "s.txt").write_text("ACGT\nTTTT\n")
    said = run("mi", "s.txt", "-k", 3)
    assert said.status == 2
    assert "sequences of length 4 have no two 3-mers side by side" in one_line(said)


@pytest.mark.parametrize("command", [[], ["mi"], ["plot"], ["demo"], ["info"], ["plotmi"]])
def test_help_names_every_option(run: Any, command: list[str]) -> None:
    said = run(*command, "--help")
    assert (said.status, said.err) == (0, "")
    assert "usage: fastmi" in said.out
    assert "-h, --help" in said.out


def test_version(run: Any) -> None:
    assert run("--version") == Said(0, f"fastmi {fastmi.__version__}\n", "")


def test_out_of_memory_is_one_line(
    run: Any, dna: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError("12 bytes")

    monkeypatch.setattr("fastmi.mi.pairwise_mi", fail)
    said = run("mi", dna, "-k", 1, "-o", "x")
    assert said.status == 1
    assert one_line(said) == "fastmi: error: out of memory (12 bytes)"
    assert files(here) == {"dna.txt"}


# --------------------------------------------------------------------------- whole or nothing


def failing_figure(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Make the figure fail when half of it is on disk."""

    def savefig(self: Any, path: Any, **_: object) -> None:
        Path(path).write_bytes(b"half a picture")
        raise error

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", savefig)


@pytest.mark.parametrize(
    ("error", "status"),
    [(OSError(28, "No space left on device"), 1), (KeyboardInterrupt(), 130)],
)
@pytest.mark.parametrize("old", [None, b"an old picture"])
def test_no_half_figure(
    run: Any,
    dna: Path,
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    status: int,
    old: bytes | None,
) -> None:
    picture = here / "x.png"
    if old is not None:
        picture.write_bytes(old)
    failing_figure(monkeypatch, error)
    said = run("mi", dna, "-k", 1, "-o", "x")
    assert said.status == status
    assert "x.png: No space left" in said.err or "fastmi: interrupted" in said.err
    assert "Traceback" not in said.err
    assert (picture.read_bytes() if picture.exists() else None) == old
    assert not [name for name in files(here) if ".part" in name or name.startswith(".")]
    assert not (here / "x.json").exists()  # which is written last, when all is well


def test_no_half_table(
    run: Any, dna: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lines(*_: Any) -> Iterator[str]:
        yield "half a table"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fastmi.results.pair_lines", lines)
    said = run("mi", dna, "-k", 1, "-o", "x")
    assert said.status == 1
    assert one_line(said) == "fastmi: error: cannot write x.pairs.tsv: No space left on device"
    assert files(here) == {"dna.txt", "x.npz"}


def test_outputs_have_the_permissions_of_any_file(run: Any, dna: Path, here: Path) -> None:
    before = os.umask(0o027)
    try:
        run("mi", dna, "-k", 1, "-o", "x")
    finally:
        os.umask(before)
    modes = {p.name: p.stat().st_mode & 0o777 for p in here.glob("x.*")}
    assert set(modes.values()) == {0o640}
    assert len(modes) == 4


@pytest.mark.parametrize(
    "kind",
    [
        "png",
        "pdf",
        "svg",
    ],
)
def test_two_runs_write_the_same_bytes(
    run: Any, dna: Path, here: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, date in (("one", "0"), ("two", "86400")):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", date)  # what matplotlib takes for today
        (here / name).mkdir()
        monkeypatch.chdir(here / name)
        run("mi", dna, "-k", 2, "--figure", kind, "-o", "x")
    for ending in ("pairs.tsv", kind):
        one, two = ((here / n / f"x.{ending}").read_bytes() for n in ("one", "two"))
        assert one == two, ending
    one, two = (fastmi.load(here / n / "x.npz") for n in ("one", "two"))
    assert one.matrix.tobytes() == two.matrix.tobytes()
    one.provenance["run"] = two.provenance["run"] = {}  # the seconds it took
    assert one.about() == two.about()


def test_two_runs_say_the_same(run: Any, dna: Path) -> None:
    said = []
    for _ in range(2):
        run("mi", dna, "-k", 2, "-o", "x", "--figure", "none")
        about = json.loads(Path("x.json").read_text())
        assert about["provenance"].pop("run")["wall_s"] > 0
        said.append({k: v for k, v in about.items() if k not in ("written", "wall_s")})
    assert said[0] == said[1]


# -------------------------------------------------------------------------------- processes


def fastmi_process(
    argv: list[str], cwd: Path, **options: Any
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fastmi", *argv],
        cwd=cwd,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        **options,
    )


def environment() -> dict[str, str]:
    """Ours, with the folder of the package that is being tested on the path."""
    home = str(Path(fastmi.__file__).resolve().parents[1])
    return {**os.environ, "PYTHONPATH": home, "MPLBACKEND": "Agg", "COLUMNS": "80"}


def test_python_m_fastmi(here: Path) -> None:
    done = fastmi_process(["--version"], here)
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        f"fastmi {fastmi.__version__}\n",
        "",
    )


def test_python_m_fastmi_hands_on_the_exit_code(here: Path) -> None:
    done = fastmi_process(["mi", "missing"], here)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "fastmi: error: cannot read missing: No such file or directory\n"


def test_stdin(dna: Path, here: Path) -> None:
    piped = fastmi_process(["mi", "-", "-k", "2", "-q"], here, input=dna.read_text())
    named = fastmi_process(["mi", "dna.txt", "-k", "2", "-q"], here)
    assert piped.returncode == 0
    assert piped.stdout == named.stdout
    assert len(piped.stdout.splitlines()) == 92


def test_a_reader_that_leaves_is_no_error(here: Path) -> None:
    # 7,000 rows do not fit into a pipe, so that the writer must notice
    (here / "wide.txt").write_text("\n".join(strings(20, 120)) + "\n")
    line = f"'{sys.executable}' -m fastmi mi wide.txt -k 1 -q --top-kmers 1 | head -n 1"
    done = subprocess.run(
        ["bash", "-c", f"{line}; echo ${{PIPESTATUS[0]}}"],
        cwd=here,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    header, status = done.stdout.splitlines()
    assert header.startswith("i\tj\tdistance\tmi_bits")
    assert status == "0"
    assert done.stderr == ""


def test_a_full_disk_behind_stdout_is_one_line(dna: Path, here: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "fastmi", "mi", "dna.txt", "-k", "1", "-q"],
            cwd=here, env=environment(), stdout=full, stderr=subprocess.PIPE, text=True,
            timeout=100, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("fastmi: error: ")
    assert "No space left on device" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("argv", ["dna.txt >&-", "- <&-"])
def test_closed_streams_are_one_line(dna: Path, here: Path, argv: str) -> None:
    done = subprocess.run(
        ["bash", "-c", f"'{sys.executable}' -m fastmi mi -k 1 -q {argv}"],
        cwd=here, env=environment(), capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


# As fastmi itself, but hearing Ctrl-C even where the tests run in the background
_HEARS = (
    "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "runpy.run_module('fastmi', run_name='__main__', alter_sys=True)"
)


def test_ctrl_c_while_counting(here: Path) -> None:
    # many seconds of work: 8 million pairs, each with a joint table of 4,096 cells
    (here / "big.txt").write_text("\n".join(strings(1_000, 4_000)) + "\n")
    process = subprocess.Popen(
        [sys.executable, "-c", _HEARS, "mi", "big.txt", "-k", "3", "-t", "1", "-o", "x"],
        cwd=here, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        assert "1,000 sequences of length 4000" in process.stderr.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1.0)  # it counts now
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130
    assert out == ""
    assert err.splitlines()[-1] == "fastmi: interrupted"
    assert "Traceback" not in err
    assert files(here) == {"big.txt"}


# ----------------------------------------------------------------------------------- progress


def test_progress_is_a_line_per_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(1000, "counting", show=True)
    for done in range(1001):
        progress.update(done)
    progress.close()
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [f"fastmi: counting: {p} %" for p in range(10, 101, 10)]


def test_progress_skips_tenths_that_have_passed(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(7, "counting", show=True)
    for done in (0, 3, 3, 7):
        progress.update(done)
    assert capsys.readouterr().err.splitlines() == [
        "fastmi: counting: 40 %",
        "fastmi: counting: 100 %",
    ]


def test_progress_of_short_work_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    short = Progress(10, "scoring", show=True, quiet=60)
    short.update(10)
    short.close()
    assert capsys.readouterr() == ("", "")


def test_progress_can_be_silent(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(10, "counting", show=False)
    progress.update(10)
    progress.close()
    assert capsys.readouterr() == ("", "")


def test_progress_of_a_command_grows(run: Any, dna: Path) -> None:
    said = run("mi", dna, "-k", 4, "-t", 1)
    tenths = [int(x) for x in re.findall(r"fastmi: counting: (\d+) %", said.err)]
    assert tenths == sorted(set(tenths))
    assert set(tenths) <= set(range(10, 101, 10))


# A command of a known length, whatever the machine: 2 s in twenty steps
_SLOW = """
import sys, time
import fastmi.cli, fastmi._counted
from fastmi._run import run_job
real = fastmi._counted.run_job
def slow(job, total, what, progress=False):
    def wait(control):
        for step in range(1, 21):
            time.sleep(0.1)
            control[0] = total * step // 20
    run_job(wait, total, what, progress)
    real(job, total, what)
fastmi._counted.run_job = slow
sys.exit(fastmi.cli.main(sys.argv[1:]))
"""


def on_screen(written: str) -> list[str]:
    """The lines that a terminal shows after these characters."""
    screen, row, column = [""], 0, 0
    for part in re.findall(r"\x1b\[[\d;?]*[A-Za-z]|.|\n|\r", written):
        if part == "\r":
            column = 0
        elif part == "\n":
            row += 1
            screen += [""] * (row + 1 - len(screen))
        elif part == "\x1b[A":
            row -= 1
        else:
            assert not part.startswith("\x1b"), f"unexpected control sequence {part!r}"
            line = screen[row].ljust(column)
            screen[row] = line[:column] + part + line[column + 1 :]
            column += 1
    return [line.rstrip() for line in screen]


def test_the_screen_of_the_tests() -> None:
    assert on_screen("ab\rc\r\nd\r \r\x1b[Ax") == ["xb", ""]
    assert on_screen("bar\r\nleft") == ["bar", "left"]


def test_a_terminal_shows_a_bar_and_keeps_no_rubbish(dna: Path, here: Path) -> None:
    pty, fcntl, termios = (pytest.importorskip(m) for m in ("pty", "fcntl", "termios"))
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", _SLOW, "mi", "dna.txt", "-k", "1"],
        cwd=here, env=environment(), stdout=subprocess.DEVNULL, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    written = b""
    try:
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:  # how Linux says that the other end is closed
                break
            if not part:
                break
            written += part
        assert process.wait(100) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    text = written.decode()
    assert re.search(r"\rcounting:\s+\d+%\|", text)
    shown = [line for line in on_screen(text) if line]
    assert shown[0] == "fastmi: 300 sequences of length 16"
    assert re.fullmatch(r"fastmi \S+, mi: .* MB at most", shown[1])
    assert len(shown) == 2


def test_plotmi_is_not_told_of_options_that_it_lacks(run: Any, here: Path) -> None:
    """The words are those of the command given to main, whatever the process was called."""
    (here / "n.txt").write_text("ACGT\nACNT\n")
    said = run("plotmi", "--seqs", "n.txt", "--outdir", "./x-", "--k", 1)
    assert "--unknown drop ('fastmi mi' has it)" in one_line(said)
