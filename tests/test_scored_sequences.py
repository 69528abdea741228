"""Scores of sequences, from where they are read to where they are kept.

They go the way of weights, which has its own tests; here is what scores alone may do (be
negative), what both do beside each other, and that neither gets out of step with its row.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fastmi
from fastmi import FastMIError, PackedSequences
from fastmi.cli._options import add_scores
from fastmi.io import as_sequences

SETTINGS = settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=60,
    suppress_health_check=list(HealthCheck),
)
RECORDS = ["ACGTTGCAAC", "TTTTGGGGCC", "GATTACAGAT", "CCCCCCCCCC"]
SCORES = [-2.5, 0.0, 1e300, -1e-5]
WEIGHTS = [2.0, 0.5, 1000.0, 30.0]
EXPECTED = PackedSequences.from_strings(RECORDS).with_scores(SCORES)
BOTH = EXPECTED.with_weights(WEIGHTS)
HOLES = ["ACGT", "ANGT", "NNNN", "TTTT", "AC-T", "GGGG"]
HOLE_SCORES = [-1.0, 2.0, -3.0, 4.0, 5.0, -6.0]
KEPT = [-1.0, 4.0, -6.0]


def save(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def rows(line: str) -> str:
    return "".join(
        line.format(s=s, w=w, x=x) for s, w, x in zip(RECORDS, WEIGHTS, SCORES, strict=True)
    )


# ---------------------------------------------------------------------------------- tables

TABLES: dict[str, tuple[str, dict[str, Any]]] = {
    "numbers": (rows("{s}\t{w}\t{x}\n"), {"column": 1, "weights": 2, "scores": 3}),
    "scores first": (rows("{x},{s},{w}\n"), {"column": 2, "weights": 3, "scores": 1}),
    "names": (
        "w,x,s\n" + rows("{w},{x},{s}\n"),
        {"column": "s", "weights": "w", "scores": "x"},
    ),
    "a name": ("w;x;s\n" + rows("{w};{x};{s}\n"), {"column": "s", "weights": 1, "scores": 2}),
    "blanks": (rows(" {x}  {w} {s}\n"), {"column": 3, "weights": 2, "scores": 1}),
    "quotes": (rows('"{x}","a,b","{s}","{w}"\n'), {"column": 3, "weights": 4, "scores": 1}),
}


@pytest.mark.parametrize("block_rows", [1, 3, 65536])
@pytest.mark.parametrize("table", TABLES)
def test_tables(table, block_rows, tmp_path):
    text, columns = TABLES[table]
    path = save(tmp_path / "t", text)
    assert fastmi.read(path, **columns) == BOTH
    assert fastmi.read(path, **{**columns, "weights": None}) == EXPECTED
    assert fastmi.read(path, **{**columns, "scores": None}).scores is None
    blocks = list(fastmi.read_blocks(path, **columns, block_rows=block_rows))
    assert np.concatenate([b.scores for b in blocks]).tolist() == SCORES
    assert np.concatenate([b.weights for b in blocks]).tolist() == WEIGHTS
    assert not any(b.scores.flags.writeable for b in blocks)


def test_one_column_may_be_both(tmp_path):
    path = save(tmp_path / "t", rows("{s}\t{w}\n"))
    found = fastmi.read(path, column=1, weights=2, scores=2)
    assert found.weights.tolist() == found.scores.tolist() == WEIGHTS


@SETTINGS
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=200))
def test_a_score_is_the_number_that_was_written(tmp_path_factory, scores):
    path = tmp_path_factory.mktemp("x") / "t"
    save(path, "".join(f"ACGT\t{x!r}\n" for x in scores))
    assert fastmi.read(path, column=1, scores=2).scores.tolist() == scores


@pytest.mark.parametrize(
    "written", ["", "nan", "NaN", "inf", "-inf", "-1e309", "--1", "-", "high", "1,5", "-0x1"]
)
def test_what_is_no_score(written, tmp_path):
    path = save(tmp_path / "t", f"ACGT\t1\nTTTT\t{written}\n")
    with pytest.raises(FastMIError) as caught:
        fastmi.read(path, column=1, scores=2)
    assert str(caught.value) == (
        f"{path}, line 2, record 2: score {written!r} is not a finite number, as 0.9, -12 or "
        "1e-3"
    )


def test_a_header_taken_for_a_score_says_so(tmp_path):
    path = save(tmp_path / "t", "seq,score\nACGT,1\n")
    with pytest.raises(FastMIError, match=r"record 1: score 'score' is not .*the column's nam"):
        fastmi.read(path, column=1, scores=2)


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("ACGT\n", {"scores": 2}, "scores= says which column of a table holds the scores; say"),
        (">a\nACGT\n", {"scores": 2}, "is a FASTA file; scores= as a column is for tables$"),
        ("s,n\nAC,1\n", {"column": "s", "scores": "m"}, "has no column 'm'; its"),
        ("s,n\nAC,1\n", {"column": "s", "scores": 1}, "column 's' and scores 1 are the same"),
        (
            "ACGT,1\nTTTT\n",
            {"column": 1, "scores": 2},
            "record 2 has 1 column, too few for",
        ),
    ],
)
def test_files_without_such_a_column(content, options, message, tmp_path):
    path = save(tmp_path / "t", content)
    with pytest.raises(FastMIError, match=message):
        fastmi.read(path, **options)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"column": 1, "scores": 0}, ValueError, "scores: column numbers start at 1"),
        ({"column": 1, "scores": 1.5}, TypeError, "scores must be a number or a name, got 1.5"),
        ({"column": 2, "scores": 2}, ValueError, "column and scores are the same column, 2"),
    ],
)
def test_what_names_no_column(options, error, message, tmp_path):
    path = save(tmp_path / "t", "ACGT,1\n")
    for reader in (fastmi.read, fastmi.read_blocks):
        with pytest.raises(error, match=message):
            reader(path, **options)


# -------------------------------------------------------------- in step with the sequences


@pytest.mark.parametrize("alphabet", ["dna", "ACGTX"])
@pytest.mark.parametrize("block_rows", [1, 2, 7])
@pytest.mark.parametrize("unknown", ["drop", "skip"])
def test_dropped_sequences_take_their_scores_along(unknown, block_rows, alphabet, tmp_path):
    lines = (f"{s},{x},{-x + 9}\n" for s, x in zip(HOLES, HOLE_SCORES, strict=True))
    path = save(tmp_path / "t", "".join(lines))
    options: dict[str, Any] = {"unknown": unknown, "column": 1, "scores": 2, "weights": 3}
    wanted = KEPT if unknown == "drop" else HOLE_SCORES
    whole = fastmi.read(path, alphabet, **options)
    blocks = list(fastmi.read_blocks(path, alphabet, block_rows=block_rows, **options))
    assert whole.scores.tolist() == wanted
    assert np.concatenate([b.scores for b in blocks]).tolist() == wanted
    assert whole.weights.tolist() == [9 - x for x in wanted]


def test_npz(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, x=np.array(HOLES), y=np.array(HOLE_SCORES), w=np.arange(6))
    found = fastmi.read(path, unknown="drop", column="x", scores="y", weights="w")
    assert (found.scores.tolist(), found.weights.tolist()) == (KEPT, [0, 3, 5])
    assert fastmi.read(path, unknown="drop", scores="y", weights="w") == found  # one is left
    with pytest.raises(
        FastMIError, match=r"arrays x, y, w; say which are the scores: scores='"
    ):
        fastmi.read(path, scores="z")
    np.savez(path, x=np.array(RECORDS), y=np.array([1, 2, np.nan, 3]))
    with pytest.raises(FastMIError, match=r"a\.npz: score 2 is nan, allowed are finite"):
        fastmi.read(path, scores="y")


@pytest.mark.parametrize("kind", ["list", "packed", "store", "table"])
def test_as_sequences_takes_columns_and_arrays(kind, tmp_path):
    data: Any = HOLES
    column = None
    if kind == "packed":
        data = PackedSequences.from_strings(HOLES, unknown="skip")
    elif kind == "store":
        PackedSequences.from_strings(HOLES, unknown="skip").save(tmp_path / "s.npy")
        data = tmp_path / "s.npy"
    elif kind == "table":
        data, column = save(tmp_path / "t", "".join(f"{s},7,8\n" for s in HOLES)), 1
        both = as_sequences(data, None, "drop", column, 2, HOLE_SCORES)
        assert (both.weights.tolist(), both.scores.tolist()) == ([7] * 3, KEPT)
        both = as_sequences(data, None, "drop", column, HOLE_SCORES[3:5] * 3, 3)
        assert (both.weights.tolist(), both.scores.tolist()) == ([4, 5, 5], [8] * 3)
    found = as_sequences(data, None, "drop", column, scores=HOLE_SCORES)
    assert (found.scores.tolist(), found.weights, found.n_dropped) == (KEPT, None, 3)
    with pytest.raises(ValueError, match="there are 2 scores for 6 sequences"):
        as_sequences(data, None, "drop", column, scores=[1, 2])


def test_a_column_of_scores_is_for_files():
    with pytest.raises(ValueError, match="scores='y' as a column is for files; give one numb"):
        as_sequences(RECORDS, scores="y")


# --------------------------------------------------------------------------- in a set


@pytest.mark.parametrize(
    ("scores", "error", "message"),
    [
        ([1, 2, 3], ValueError, "there are 3 scores for 4 sequences"),
        ([[1, 2, 3, 4]], ValueError, r"scores must have shape \(N,\), one a sequence, got"),
        ([1, np.nan, -1, 1], ValueError, "score 1 is nan, allowed are finite numbers$"),
        ([1, 1, 1, -np.inf], ValueError, "score 3 is -inf, allowed are finite numbers$"),
        ([1, 1, np.inf, 1], ValueError, "score 2 is inf, allowed are finite"),
        ([True] * 4, TypeError, "scores must be numbers, got an array of bool"),
        (["1"] * 4, TypeError, "scores must be numbers, got an array of <U1"),
        ([[1], [1, 2]], TypeError, "the scores cannot be made an array"),
        ([-(2**53) - 1, 0, 0, 0], ValueError, r"scores that are whole numbers go up to 2\^53"),
    ],
)
def test_what_are_no_scores(scores, error, message):
    with pytest.raises(error, match=message):
        EXPECTED.with_scores(scores)
    with pytest.raises(error, match=message):
        PackedSequences(EXPECTED.rows, 10, scores=scores)


@pytest.mark.parametrize("index", [slice(1, 3), slice(None, None, -2), [3, 0, 3], [True] * 4])
def test_indexing_takes_both_along(index):
    part = BOTH[index]
    assert part.scores.tolist() == np.array(SCORES)[index].tolist()
    assert part.weights.tolist() == np.array(WEIGHTS)[index].tolist()
    assert part.scores.flags.c_contiguous
    assert not part.scores.flags.writeable


def test_a_set_with_both():
    assert np.shares_memory(BOTH[1:3].scores, BOTH.scores)
    assert BOTH.with_weights(None) == EXPECTED
    assert BOTH.with_scores(None).weights.tolist() == WEIGHTS
    assert EXPECTED.with_scores(SCORES[::-1]) != EXPECTED
    assert EXPECTED.with_scores(None) != EXPECTED
    assert EXPECTED.with_scores(None).scores is None
    assert BOTH.nbytes == BOTH.rows.nbytes + 2 * 4 * 8
    with pytest.raises(ValueError, match="read-only"):
        BOTH.scores[0] = 1


def test_repr_tells_the_range():
    assert "dna, N_eff 1,032.5, scores -2.5 to 1e+300," in repr(BOTH)
    assert repr(BOTH[:0]) == "<PackedSequences: 0 x 10, dna, N_eff 0, 0 bytes>"


# ---------------------------------------------------------------------------------- stores


def about(path: Path) -> dict[str, Any]:
    return json.loads(path.with_name(path.name + ".json").read_text())


@pytest.mark.parametrize("packed", [EXPECTED, BOTH, BOTH[:0]], ids=["scores", "both", "none"])
def test_a_store_keeps_the_scores(packed, tmp_path):
    packed.save(tmp_path / "s.npy")
    again = PackedSequences.open(tmp_path / "s.npy")
    assert again == packed
    assert fastmi.read(tmp_path / "s.npy") == packed
    blocks = list(fastmi.read_blocks(tmp_path / "s.npy", block_rows=3))
    assert np.concatenate([b.scores for b in blocks]).tolist() == packed.scores.tolist()
    found = about(tmp_path / "s.npy")
    assert (found["format"], found["scores"]) == (3, True)
    assert found["weights"] is (packed.weights is not None)


def test_saving_without_scores_removes_those_of_before(tmp_path):
    BOTH.save(tmp_path / "s.npy")
    BOTH.with_scores(None).save(tmp_path / "s.npy")
    assert about(tmp_path / "s.npy")["format"] == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "s.npy",
        "s.npy.json",
        "s.weights.npy",
    ]
    EXPECTED.save(tmp_path / "s.npy")
    assert PackedSequences.open(tmp_path / "s.npy") == EXPECTED
    assert not (tmp_path / "s.weights.npy").exists()


def test_an_array_of_somebody_else_is_left_alone(tmp_path):
    np.save(tmp_path / "s.scores.npy", np.arange(3))
    with pytest.raises(FastMIError, match=r"s\.scores\.npy belongs to something else"):
        EXPECTED.save(tmp_path / "s.npy")
    assert [p.name for p in tmp_path.iterdir()] == ["s.scores.npy"]


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.ones(3), r"is float64 \(3,\), expected float64 \(4,\)"),
        (np.array([1, math.nan, 3, 1]), r"s\.scores\.npy: score 1 is nan, allowed are finite"),
        (np.array([1, 2, 3, -math.inf]), r"s\.scores\.npy: score 3 is -inf"),
    ],
)
def test_damaged_scores_are_refused(array, message, tmp_path):
    EXPECTED.save(tmp_path / "s.npy")
    np.save(tmp_path / "s.scores.npy", array)
    with pytest.raises(FastMIError, match=message):
        PackedSequences.open(tmp_path / "s.npy")


def test_a_store_has_no_columns(tmp_path):
    EXPECTED.save(tmp_path / "s.npy")
    with pytest.raises(
        FastMIError, match="is a store of sequences; scores= as a column is for"
    ):
        fastmi.read(tmp_path / "s.npy", scores=1)


# ---------------------------------------------------------------- what knows nothing of them


def test_counting_is_the_same_with_scores():
    packed = PackedSequences.from_strings(HOLES, unknown="skip").with_weights(range(6))
    scored = packed.with_scores(HOLE_SCORES)
    for options in ({}, {"unknown": "drop"}):
        wanted = fastmi.pairwise_mi(packed, 1, **options)
        found = fastmi.pairwise_mi(scored, 1, **options)
        assert np.array_equal(found.matrix, wanted.matrix, equal_nan=True)


def test_the_option_of_commands():
    import argparse

    parser = argparse.ArgumentParser()
    add_scores(parser)
    assert parser.parse_args([]).scores is None
    assert parser.parse_args(["--scores", "3"]).scores == 3
    assert parser.parse_args(["--scores", "prediction"]).scores == "prediction"
