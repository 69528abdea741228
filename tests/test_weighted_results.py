"""Proves what is said of weights: in results, tables, files, by the commands, on real data.

Numbers of sequences that are sums of weights; files of format 2, and of format 1 as they were;
tampered files refused; the options of the command line; and read counts and an alignment of
reference data, where these are here.
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import fastmi
from conftest import random_codes
from fastmi import FastMIError, JointCounts, MIResult, PackedSequences
from fastmi._counted import UNIT
from fastmi.cli import main

LENGTH = 8
STRINGS = [
    "ACGTACGT", "TTGACATG", "GATCGATC", "CCATGGTA", "ACGGACTT", "ACNTACGT", "NNGACATG",
]  # fmt: skip
WHOLE = [3, 0, 1, 2, 5, 4, 7]
HALVES = [0.5, 0.25, 1.5, 2.5, 0.75, 3.0, 0.125]  # nothing to round


def result_of(weights: list[Any] | None, k: int = 1, **options: Any) -> MIResult:
    return fastmi.pairwise_mi(
        STRINGS, k, weights=weights, pseudocount=0, unknown="skip", **options
    )


def counts_of(weights: list[Any] | None, weighted: bool = False, n: int = 7) -> JointCounts:
    counts = JointCounts(LENGTH, 1, weighted=weighted)
    part = None if weights is None else weights[:n]
    counts.add(STRINGS[:n], weights=part, unknown="skip")
    return counts


def refused(path: Path, message: str) -> None:
    with pytest.raises(FastMIError) as caught:
        fastmi.load(path)
    assert "\n" not in str(caught.value)
    assert re.search(message, str(caught.value)), caught.value


# -------------------------------------------------------------------------------- results


def test_the_effective_number_of_a_result() -> None:
    assert result_of(None).n_effective is None
    assert result_of(WHOLE).n_effective == 22.0
    assert result_of(HALVES).n_effective == 8.625
    assert isinstance(result_of(WHOLE).n_effective, float)
    distance = fastmi.pairwise_distance(STRINGS, 1, weights=HALVES, unknown="skip")
    assert distance.n_effective == 8.625
    assert counts_of(HALVES, True).distance().n_effective == 8.625


def test_repr_tells_the_effective_number() -> None:
    assert repr(result_of(HALVES)) == (
        "<MIResult: MI of 1-mers at 8 positions, 7 sequences (N_eff 8.625), dna, pseudocount 0>"
    )
    assert "N_eff" not in repr(result_of(None))


@pytest.mark.parametrize("weights", [WHOLE, HALVES])
def test_numbers_behind_a_pair_are_sums_of_weights(weights: list[float]) -> None:
    result = result_of(weights)
    total = sum(weights)
    for i, j in [(0, 1), (0, 2), (2, 5), (3, 4)]:
        holes = {4, 5, 6} and {n for n, s in enumerate(STRINGS) if "N" in (s[i], s[j])}
        wanted = total - sum(weights[n] for n in holes)
        assert result.n_pair[i, j] == result.n_pair[j, i] == wanted
    assert result.n_pair.dtype == np.float64
    assert not np.diag(result.n_pair).any()


def test_numbers_behind_a_pair_are_left_out_where_they_are_all_the_same() -> None:
    found = fastmi.pairwise_mi(STRINGS[:5], 1, weights=HALVES[:5], pseudocount=0)
    assert found.n_pair is None
    assert (found.top_pairs(None)["n"] == 5.5).all()


def test_top_pairs_have_numbers_of_their_kind() -> None:
    weighted, plain = result_of(HALVES).top_pairs(None), result_of(None).top_pairs(None)
    assert weighted["n"].dtype == np.float64
    assert plain["n"].dtype == np.int64
    result = result_of(HALVES)
    for pair in weighted:
        assert pair["n"] == result.n_pair[pair["i"], pair["j"]]
    assert set(weighted["n"]) == {8.625, 8.5, 5.625, 5.5}


def test_table_of_pairs_as_text() -> None:
    stream = io.StringIO()
    result_of(HALVES).to_tsv(stream, top_kmers=100)
    header, *rows = (line.split("\t") for line in stream.getvalue().splitlines())
    assert header == [
        "i", "j", "distance", "mi_bits", "n", "label_i", "label_j", "top_kmers",
    ]  # fmt: skip
    assert {row[4] for row in rows} == {"8.625", "8.5", "5.625", "5.5"}
    by_pair = {(row[0], row[1]): row[7] for row in rows}
    # A.C..... of ACGTACGT, ACGGACTT and the one with a hole: 0.5 + 0.75 + 3
    assert re.search(r"(^|;)A~C:4\.25:", by_pair["0", "1"])


def test_top_kmers_of_fractions_are_sums_of_weights() -> None:
    table = result_of(HALVES).top_kmers(0, 1, None)
    assert table["count"].dtype == np.float64
    found = {(row["kmer_i"], row["kmer_j"]): row for row in table}
    assert found["A", "C"]["count"] == 4.25
    # A at 0: 4.25 of 8.5; C at 1: those and 2.5 of CCATGGTA
    assert found["A", "C"]["expected"] == pytest.approx(4.25 * 6.75 / 8.5, abs=1e-12)
    assert_allclose(table["contribution"].sum(), result_of(HALVES).matrix[0, 1], atol=1e-12)


def test_top_kmers_of_whole_numbers_are_whole() -> None:
    table = result_of(WHOLE).top_kmers(0, 1, None)
    assert table["count"].dtype == np.int64
    assert {(r["kmer_i"], r["kmer_j"]): int(r["count"]) for r in table}["A", "C"] == 12


def test_counts_give_the_numbers_of_pairwise_mi() -> None:
    for weights, weighted in ((WHOLE, False), (HALVES, True)):
        found, wanted = counts_of(weights, weighted).mi(0), result_of(weights)
        assert_array_equal(found.n_pair, wanted.n_pair, strict=True)
        assert_array_equal(found.top_pairs(None), wanted.top_pairs(None))
        assert found.matrix.tobytes() == wanted.matrix.tobytes()


def test_heavier_weights_make_a_pair_that_nothing_is_behind() -> None:
    found = fastmi.pairwise_mi(["ANGT", "NCGT", "ACGA"], 1, weights=[1, 2, 0], unknown="skip",
                               pseudocount=0)  # fmt: skip
    assert np.isnan(found.matrix[0, 1])
    assert found.n_pair[0, 1] == 0.0
    assert found.n_pair[2, 3] == 3.0
    assert found.matrix[2, 3] == 0.0


# ---------------------------------------------------------------------------------- files


class Saved(NamedTuple):
    """What lies in a file."""

    about: dict[str, Any]
    text: bytes
    arrays: dict[str, np.ndarray]


def content(path: Path) -> Saved:
    with np.load(path) as archive:
        members = {name: archive[name] for name in archive.files}
    text = members.pop("about").tobytes()
    return Saved(json.loads(text), text, members)


def tamper(path: Path, changes: dict[str, Any], **arrays: np.ndarray) -> None:
    """The same file with another description or other arrays, and no digests of them."""
    about, _, members = content(path)
    about.pop("sha256", None)
    text = json.dumps(about | changes).encode()
    np.savez(path, about=np.frombuffer(text, np.uint8), **(members | arrays))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "saved.npz"


@pytest.mark.parametrize("weights", [WHOLE, HALVES])
def test_a_result_comes_back(weights: list[float], path: Path) -> None:
    saved = result_of(weights)
    saved.save(path)
    loaded = fastmi.load(path)
    assert loaded.about() == saved.about()
    assert loaded.matrix.tobytes() == saved.matrix.tobytes()
    assert loaded.n_effective == saved.n_effective
    assert_array_equal(loaded.n_pair, saved.n_pair, strict=True)
    assert_array_equal(loaded.top_pairs(None), saved.top_pairs(None))
    assert content(path).about["format"] == 2


@pytest.mark.parametrize(("weights", "weighted"), [(WHOLE, False), (HALVES, True)])
def test_counts_come_back(weights: list[float], weighted: bool, path: Path) -> None:
    saved = counts_of(weights, weighted)
    saved.save(path)
    loaded = fastmi.load(path)
    assert isinstance(loaded, JointCounts)
    assert (loaded.weighted, loaded.n_effective) == (weighted, saved.n_effective)
    assert_array_equal(loaded.table(0, 1), saved.table(0, 1), strict=True)
    assert_array_equal(loaded.kmer_counts(), saved.kmer_counts(), strict=True)
    loaded.add(STRINGS, weights=weights, unknown="skip")
    saved.add(STRINGS, weights=weights, unknown="skip")
    assert loaded.mi(0).matrix.tobytes() == saved.mi(0).matrix.tobytes()
    assert loaded.mi(0).n_effective == 2 * sum(weights)


def test_the_description_of_weighted_counts(path: Path) -> None:
    for weights, weighted, total, unit in (
        (WHOLE, False, 22, 1.0),
        (HALVES, True, 8.625 * 2**36, UNIT),
    ):
        counts_of(weights, weighted).save(path)
        about = content(path).about
        assert about["format"] == 3
        assert (about["weighted"], about["total"], about["unit"]) == (weighted, total, unit)


def test_empty_weighted_counts_come_back(path: Path) -> None:
    JointCounts(LENGTH, 1, weighted=True).save(path)
    loaded = fastmi.load(path)
    assert isinstance(loaded, JointCounts)
    assert (loaded.weighted, loaded.n_effective, loaded.n_sequences) == (True, 0.0, 0)


RESULT_1 = (
    '{\n "aliases": "UT",\n "alphabet": "dna",\n "first_position": 0,\n "format": 1,\n '
    '"k": 1,\n "kind": "fastmi result",\n "length": 8,\n "letters": "ACGT",\n '
    '"measure": "MI",\n "n_dropped": 0,\n "n_pair": true,\n "n_sequences": 7,\n '
    '"n_unknown": 3,\n "placeholder": "N",\n "provenance": {},\n "pseudocount": 0.0,\n '
    '"reference": null,\n "unit": "bits"\n}'
)


def without_digests(path: Path) -> str:
    about, text, _ = content(path)
    assert json.dumps(about, indent=1, sort_keys=True).encode() == text
    del about["sha256"]
    return json.dumps(about, indent=1, sort_keys=True)


def test_results_without_weights_are_as_they_were(
    path: Path,
) -> None:
    """Versions of fastmi that know no weights read them, and pass over the digests."""
    replace(result_of(None), provenance={}).save(path)
    assert without_digests(path) == RESULT_1
    assert content(path).arrays["n_pair"].dtype == np.int64


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"unit": 1}, r"its description is damaged \(unit is 1\)$"),
        ({"unit": 2.0**-35}, r"its description is damaged \(unit is 2\.9"),
        ({"unit": None}, r"its description is damaged \(unit is None\)$"),
        ({"unit": float("nan")}, r"its description is damaged"),
        ({"weighted": False}, r"its description is damaged \(unit is 1\.45"),
        ({"total": -1}, r"its description is damaged \(total is -1\)$"),
        ({"total": 0.5}, r"its description is damaged \(total is 0\.5\)$"),
        ({"total": True}, r"its description is damaged \(total is True\)$"),
        ({"total": "9"}, r"its description is damaged \(total is '9'\)$"),
        ({"total": 2**33}, "its tables do not fit the number of sequences$"),
        ({"total": 69 * 2**33 - 1}, "its tables do not fit the number of sequences$"),
        ({"total": 2**63}, r"the weights sum to more than one table can hold \(2\^27\)"),
        ({"total": 10**400}, r"the weights sum to more than one table can hold|damaged"),
        ({"format": 4}, "has file format 4, this fastmi reads up to 3$"),
        ({"cells": "<f8"}, r"its description is damaged \(cells are '<f8'\)$"),
        ({"has_weights": False}, r"its description is damaged \(total is "),
        ({"format": 0}, "has file format 0, this fastmi reads up to 3$"),
        ({"format": 1}, "the array 'tables' is uint64 .*, expected <u4"),
        ({"format": 2.0}, "has file format 2.0, this fastmi reads up to 3$"),
    ],
)
def test_tampered_counts_are_refused(changes: dict[str, Any], message: str, path: Path) -> None:
    counts_of(HALVES, True).save(path)
    tamper(path, {})
    assert fastmi.load(path).n_effective == 8.625  # what tamper does is no reason
    tamper(path, changes)
    refused(path, message)


@pytest.mark.parametrize("missing", ["weighted", "total", "unit"])
def test_counts_whose_description_lacks_something_are_refused(missing: str, path: Path) -> None:
    counts_of(HALVES, True).save(path)
    about, _, members = content(path)
    del about[missing], about["sha256"]
    text = np.frombuffer(json.dumps(about).encode(), np.uint8)
    np.savez(path, about=text, **members)
    refused(path, rf"its description is damaged \('{missing}'\)$")


@pytest.mark.parametrize(
    "cells", [[2**63, 2**63], [2**64 - 1, 1], [2**64 - 1] * 16, [2**63 - 1, 1]]
)
def test_tables_whose_sum_wraps_are_refused(cells: list[int], path: Path) -> None:
    counts_of(HALVES, True).save(path)
    tables = content(path).arrays["tables"]
    tables[3].flat[: len(cells)] = cells
    tables[3].flat[len(cells) :] = 0
    assert sum(cells) > 2**63 - 1
    tamper(path, {"total": 2**63 - 1}, tables=tables)
    refused(path, "its tables do not fit the number of sequences$")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_results_with_what_json_has_no_word_for_are_refused(value: float, path: Path) -> None:
    result_of(HALVES).save(path)
    tamper(path, {"n_effective": value})
    refused(path, "its description is damaged$")


@pytest.mark.parametrize("value", [1e300, -1.0, -0.5, "8", None, True])
def test_results_of_an_impossible_effective_number_are_refused(
    value: object, path: Path
) -> None:
    result_of(HALVES).save(path)
    tamper(path, {"n_effective": value})
    refused(path, r"its description is damaged \(n_effective is ")


def test_results_of_the_wrong_format_are_refused(path: Path) -> None:
    result_of(HALVES).save(path)
    tamper(path, {"format": 1})
    refused(path, r"the array 'n_pair' is float64 \(8, 8\), expected <i8")
    result_of(None).save(path)
    tamper(path, {"format": 2, "n_effective": 7.0})
    refused(path, r"the array 'n_pair' is int64 \(8, 8\), expected <f8")
    tamper(path, {"format": 3})  # that of epistasis
    refused(path, r"its description is damaged \(impossible parameters\)")
    tamper(path, {"format": 4})  # that of maps made of MI
    refused(path, r"its description is damaged \(impossible parameters\)")
    tamper(path, {"format": 5})
    refused(path, "has file format 5, this fastmi reads up to 4$")


# --------------------------------------------------------------------------- command line


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def table() -> Path:
    """A table with a header, of weights that are fractions and of read counts."""
    path = Path("t.tsv")
    rows = zip(STRINGS[:5], HALVES, WHOLE, strict=False)
    lines = ["seq\tshare\treads", *(f"{s}\t{w}\t{n}" for s, w, n in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def alignment() -> Path:
    """Relatives with gaps, as FASTA."""
    codes = random_codes(np.random.default_rng(1), 60, 20, 4, 0.05)
    codes[20:50] = codes[0]
    codes[20:50, 3] = np.arange(30) % 4
    strings = PackedSequences.from_codes(codes, unknown="skip").to_strings()
    path = Path("a.fa")
    path.write_text("".join(f">{n}\n{s}\n" for n, s in enumerate(strings)))
    return path


def failed(capsys: pytest.CaptureFixture[str], *argv: object) -> str:
    """The one line on stderr of a command that fails."""
    assert main([str(a) for a in argv]) != 0
    said = capsys.readouterr()
    assert said.out == ""
    lines = said.err.splitlines()
    assert len(lines) == 1, said.err
    return lines[0]


@pytest.mark.parametrize(
    ("weights", "by_number", "n_effective"),
    [("share", 2, 5.5), ("reads", 3, 11.0)],
)
def test_a_column_of_weights(
    weights: str,
    by_number: int,
    n_effective: float,
    table: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    options = ("-k", 1, "--pseudocount", 0, "--figure", "none")
    assert main([str(a) for a in ("mi", table, "--column", "seq", "--weights", weights,
                                  "-o", "named", *options)]) == 0  # fmt: skip
    assert f"5 sequences of length 8, which count as {n_effective:g}" in (
        capsys.readouterr().err
    )
    bare = Path("bare.tsv")
    bare.write_text("".join(table.read_text().splitlines(keepends=True)[1:]))
    assert main([str(a) for a in ("mi", bare, "--column", 1, "--weights", by_number,
                                  "-o", "numbered", *options)]) == 0  # fmt: skip
    named, numbered = fastmi.load("named.npz"), fastmi.load("numbered.npz")
    column = HALVES[:5] if weights == "share" else WHOLE[:5]
    wanted = fastmi.pairwise_mi(STRINGS[:5], 1, weights=column, pseudocount=0)
    for found in (named, numbered):
        assert found.n_effective == wanted.n_effective == n_effective
        assert found.matrix.tobytes() == wanted.matrix.tobytes()
    about = json.loads(Path("named.json").read_text())
    assert (about["n_effective"], about["n_sequences"]) == (n_effective, 5)


def test_pairs_on_stdout_have_the_sums_of_weights(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ("mi", table, "--column", "seq", "--weights", "share", "-k", 1, "-q",
            "--pseudocount", 0)  # fmt: skip
    assert main([str(a) for a in argv]) == 0
    header, first, *_ = capsys.readouterr().out.splitlines()
    assert header.split("\t")[4] == "n"
    assert first.split("\t")[4] == "5.5"


def test_a_distance_with_weights(table: Path) -> None:
    argv = ("mi", table, "--column", "seq", "--weights", "reads", "-k", 1, "-q", "-o", "x",
            "--measure", "JS", "--figure", "none")  # fmt: skip
    assert main([str(a) for a in argv]) == 0
    wanted = fastmi.pairwise_distance(STRINGS[:5], 1, measure="JS", weights=WHOLE[:5])
    assert fastmi.load("x.npz").matrix.tobytes() == wanted.matrix.tobytes()


@pytest.mark.parametrize("threads", [1, 3])
def test_reweighting_an_alignment(
    threads: int, alignment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ("mi", alignment, "--reweight", 0.8, "--unknown", "skip", "-k", 1, "-t", threads,
            "-o", "x", "--figure", "none", "--pseudocount", 0)  # fmt: skip
    assert main([str(a) for a in argv]) == 0
    data = fastmi.read(alignment, unknown="skip")
    weights = fastmi.sequence_weights(data, 0.8)
    assert weights.sum() == pytest.approx(30)  # 31 relatives are one
    wanted = fastmi.pairwise_mi(data, 1, weights=weights, pseudocount=0)
    found = fastmi.load("x.npz")
    assert found.matrix.tobytes() == wanted.matrix.tobytes()
    assert found.n_effective == wanted.n_effective == pytest.approx(weights.sum())
    assert_array_equal(found.n_pair, wanted.n_pair)
    assert "which count as 30, 92 letters missing" in capsys.readouterr().err


def test_reweighting_what_has_weights_is_refused(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = failed(capsys, "mi", table, "--column", "seq", "--weights", "reads",
                  "--reweight", 0.8, "-k", 1, "-q")  # fmt: skip
    assert said == (
        "fastmi: error: --reweight makes weights, and --weights reads them: give one of them"
    )
    PackedSequences.from_strings(STRINGS[:5]).with_weights(WHOLE[:5]).save("s.npy")
    assert failed(capsys, "mi", "s.npy", "--reweight", 0.8, "-k", 1, "-q") == (
        "fastmi: error: --reweight is for sequences without weights; those of s.npy have some"
    )


@pytest.mark.parametrize("value", ["0", "1.5", "nan", "x", "80"])
def test_identities_that_are_none_are_refused(
    value: str, alignment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["mi", str(alignment), "--reweight", value]) == 2
    assert "argument --reweight: " in capsys.readouterr().err


def test_gaps_have_to_be_allowed(alignment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = failed(capsys, "mi", alignment, "--reweight", 0.8, "-k", 1, "-q")
    assert "letter 'N'" in said
    assert "--unknown" in said


def test_weights_without_a_column_are_refused(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = failed(capsys, "mi", table, "--weights", "reads", "-k", 1, "-q")
    assert "--column" in said
    Path("lines.txt").write_text("\n".join(STRINGS[:5]) + "\n")
    said = failed(capsys, "mi", "lines.txt", "--weights", 2, "-k", 1, "-q")
    assert "--column" in said or "--weights" in said


def test_info_of_what_has_weights(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def info(*argv: object) -> dict[str, Any]:
        assert main(["info", *(str(a) for a in argv)]) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    found = info(table, "--column", "seq", "--weights", "share")
    assert (found["n_sequences"], found["n_effective"]) == (5, 5.5)
    assert "n_effective" not in info(table, "--column", "seq")
    PackedSequences.from_strings(STRINGS[:5]).with_weights(WHOLE[:5]).save("s.npy")
    assert info("s.npy")["n_effective"] == 11.0
    result_of(HALVES).save("r.npz")
    assert info("r.npz")["n_effective"] == 8.625
    counts_of(HALVES, True).save("c.npz")
    assert info("c.npz")["total"] == 8.625 * 2**36


def test_weights_in_a_store_need_no_option(capsys: pytest.CaptureFixture[str]) -> None:
    data = PackedSequences.from_strings(STRINGS[:5]).with_weights(HALVES[:5])
    data.save("s.npy")
    argv = ("mi", "s.npy", "-k", 1, "--pseudocount", 0, "-o", "x", "--figure", "none")
    assert main([str(a) for a in argv]) == 0
    assert "which count as 5.5" in capsys.readouterr().err
    wanted = fastmi.pairwise_mi(data, 1, pseudocount=0)
    mapped = fastmi.pairwise_mi(PackedSequences.open("s.npy"), 1, pseudocount=0)
    for found in (fastmi.load("x.npz"), mapped):
        assert found.matrix.tobytes() == wanted.matrix.tobytes()
        assert found.n_effective == 5.5


def test_a_picture_of_a_weighted_map_tells_the_effective_number(table: Path) -> None:
    argv = ("mi", table, "--column", "seq", "--weights", "share", "-k", 1, "-q", "-o", "x",
            "--pseudocount", 0, "--figure", "svg")  # fmt: skip
    assert main([str(a) for a in argv]) == 0
    assert "5 sequences (N_eff 5.5)" in Path("x.svg").read_text()


# ------------------------------------------------------------------------- reference data


@pytest.mark.parametrize(
    ("column", "n_effective"), [("library_ct", 622_348), ("selected_ct", 2_170_598)]
)
def test_ars1_by_read_counts(column: str, n_effective: int, shared: Path) -> None:
    path = shared / "ars1" / "ars_sequences.txt.gz"
    found = fastmi.pairwise_mi(path, 1, column="sequence", weights=column, pseudocount=0)
    data = fastmi.read(path, column="sequence", weights=column)
    assert data.weights is not None
    some = data[:20_000]
    copies = some.with_weights(None)[np.repeat(np.arange(20_000), some.weights.astype(int))]
    assert (found.n_sequences, found.n_effective) == (603_569, n_effective)
    weighted = fastmi.pairwise_mi(some, 1, pseudocount=0)
    assert weighted.matrix.tobytes() == (
        fastmi.pairwise_mi(copies, 1, pseudocount=0).matrix.tobytes()
    )
    # those of nothing weigh nothing: without them the map is the same, to the bit
    positive = data[np.flatnonzero(data.weights)]
    assert len(positive) < 0.6 * len(data)
    assert found.matrix.tobytes() == (
        fastmi.pairwise_mi(positive, 1, pseudocount=0).matrix.tobytes()
    )


@pytest.mark.parametrize(
    ("name", "n", "n_dropped", "reads"),
    [("RBP40_1", 83_345, 28, 83_793), ("RBP52_4", 92_792, 8, 154_552)],
)
def test_htr_selex_by_read_counts(
    name: str, n: int, n_dropped: int, reads: int, shared: Path
) -> None:
    path = shared / "htr_selex" / f"{name}.txt.gz"
    data = fastmi.read(path, column=1, weights=2, unknown="drop")
    assert (len(data), data.n_dropped, data.n_effective) == (n, n_dropped, reads)
    found = fastmi.pairwise_mi(data, 3)
    copies = data.with_weights(None)[np.repeat(np.arange(n), data.weights.astype(int))]
    assert found.matrix.tobytes() == fastmi.pairwise_mi(copies, 3).matrix.tobytes()
    assert (found.n_sequences, found.n_effective, len(copies)) == (n, reads, reads)


def base_pairs(structure: str, left: str, right: str) -> set[tuple[int, int]]:
    """Pairs of brackets."""
    found, waiting = set(), []
    for at, sign in enumerate(structure):
        if sign in left:
            waiting.append(at)
        elif sign in right:
            found.add((waiting.pop(), at))
    return found


def test_rf00162_strongest_pairs_are_base_pairs(shared: Path) -> None:
    """Reweighted, 18 pairs come before the first that neither structure has; else 16."""
    folder = shared / "rf00162"
    alifold, rfam = (folder / "consensus.txt").read_text().splitlines()[-2:]
    helices = base_pairs(alifold, "(", ")") | base_pairs(rfam, "<(", ">)")
    knot = base_pairs(rfam, "A", "a")
    assert (len(helices), knot) == (32, {(25, 77), (26, 76), (27, 75), (24, 78)})
    data = fastmi.read(folder / "RF00162.fasta", "rna", unknown="skip")
    weights = fastmi.sequence_weights(data, 0.8)
    maps = [
        fastmi.pairwise_mi(data, 1, weights=w, pseudocount=0).top_pairs(40)
        for w in (weights, None)
    ]
    hits = [
        [(int(pair["i"]), int(pair["j"])) in helices | knot for pair in top] for top in maps
    ]
    assert [one.index(False) for one in hits] == [18, 16]
    assert [sum(one) for one in hits] == [26, 25]
    # the helix 12..17 with 37..40 is the same in most clones of the large families
    helix = {(12, 40), (14, 39), (15, 38), (16, 37)}
    ranks = [[(int(p["i"]), int(p["j"])) for p in top] for top in maps]
    assert all(ranks[0].index(pair) < 12 for pair in helix)
    assert not any(pair in ranks[1][:12] for pair in helix)
