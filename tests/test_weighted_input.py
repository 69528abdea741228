"""Weights out of files: read as ``float()`` reads them, and in step with their sequences.

Numbers as they may be written, forms of tables, dropped sequences, arrays beside a file, and
the messages for what is no weight. Then anything at all.
"""

from __future__ import annotations

import bz2
import gzip
import io
import math
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fastmi
from fastmi import FastMIError, PackedSequences, _text
from fastmi.io import as_sequences

SETTINGS = settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=60,
    suppress_health_check=list(HealthCheck),
)

RECORDS = ["ACGTTGCAAC", "TTTTGGGGCC", "GATTACAGAT", "CCCCCCCCCC"]
WRITTEN = ["2", "0.5", "1e3", "30"]
WEIGHTS = [2.0, 0.5, 1000.0, 30.0]
EXPECTED = PackedSequences.from_strings(RECORDS).with_weights(WEIGHTS)
HOLES = ["ACGT", "ANGT", "NNNN", "TTTT", "AC-T", "GGGG"]
HOLE_WEIGHTS = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]


def rows(line: str) -> str:
    return "".join(line.format(s=s, w=w) for s, w in zip(RECORDS, WRITTEN, strict=True))


def save(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


# -------------------------------------------------------------------------------- numbers


def weights_of(written: list[str], folder: Path, **options) -> list[float]:
    path = save(folder / "t.tsv", "".join(f"ACGT\t{w}\n" for w in written))
    return fastmi.read(path, column=1, weights=2, **options).weights.tolist()


DIGITS = st.text("0123456789", min_size=1, max_size=25)
EXPONENTS = st.one_of(
    st.just(""),
    st.builds("{}{}{}".format, st.sampled_from("eE"), st.sampled_from(["", "+", "-"]), DIGITS),
    st.integers(-330, 330).map("e{}".format),
    st.integers(-30, 30).map("E{:+d}".format),
)
MANTISSAS = st.one_of(
    DIGITS,
    st.builds("{}.{}".format, DIGITS, DIGITS),
    st.builds("{}.".format, DIGITS),
    st.builds(".{}".format, DIGITS),
)
NUMBERS = st.one_of(
    st.builds("{}{}{}".format, st.sampled_from(["", "+"]), MANTISSAS, EXPONENTS),
    st.floats(0, allow_infinity=False).map(repr),
    st.floats(0, 1e6).map("{:.3f}".format),
    st.integers(0, 2**70).map(str),
).filter(lambda text: math.isfinite(float(text)))


@SETTINGS
@given(st.lists(NUMBERS, min_size=1, max_size=200))
def test_a_weight_is_what_float_reads(tmp_path_factory, written):
    found = weights_of(written, tmp_path_factory.mktemp("w"))
    assert found == [float(w) for w in written]


def test_halfway_cases_are_rounded_once(tmp_path):
    written = [
        f"{2**53 + odd}{point}{zeros}{tail}"
        for odd in (0, 1, 2, 3)
        for point, zeros in (("", ""), (".", ""), (".", "0" * 30))
        for tail in ("", "0", "1", "5")
    ]
    written += ["9007199254740993e22", "9007199254740991e-22", "8.5e-3", "0.3", "1e23"]
    assert weights_of(written, tmp_path) == [float(w) for w in written]


def test_minus_zero_is_zero(tmp_path):
    assert str(weights_of(["-0", "-0.00e5"], tmp_path)) == "[0.0, 0.0]"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "-1",
        "-1e-400",
        "1e309",
        "nan",
        "NaN",
        "inf",
        "+inf",
        "0x10",
        "1_000",
        "1,5",
        "1.5.2",
        "1 2",
        "1e",
        "e5",
        ".",
        "+",
        "+-1",
        "--1",
        "1f",
        "five",
        "1\x00",
        "\u0661",
    ],
)
def test_what_is_no_weight(written, tmp_path):
    path = save(tmp_path / "t.tsv", f"ACGT\t1\nTTTT\t{written}\n")
    with pytest.raises(FastMIError) as caught:
        fastmi.read(path, column=1, weights=2)
    assert str(caught.value) == (
        f"{path}, line 2, record 2: weight {written!r} is not a finite number from 0 up, "
        "as 12, 0.5 or 1e-3"
    )


def test_a_long_number_is_refused_and_cut(tmp_path):
    path = save(tmp_path / "t.tsv", f"ACGT\t{'0' * 99}7\nTTTT\t{'1' * 101}\n")
    with pytest.raises(FastMIError) as caught:
        fastmi.read(path, column=1, weights=2)
    assert f"weight '{'1' * 40}'... (101 characters) is not a" in str(caught.value)


def test_the_first_line_may_be_a_header(tmp_path):
    path = save(tmp_path / "t.csv", f"# a note\nn,sequence\n{rows('{w},{s}{{n}}')}")
    with pytest.raises(
        FastMIError, match=r"line 2, record 1: weight 'n' is not .*the column's"
    ):
        fastmi.read(path, column=2, weights=1)
    path = save(tmp_path / "t.csv", "weight\tseq\nx\tACGT\n")
    with pytest.raises(FastMIError, match=r"record 1: weight 'x' is not [^;]*$"):
        fastmi.read(path, column="seq", weights="weight")


def test_a_long_first_line_is_no_header(tmp_path):
    path = save(tmp_path / "t", f"{'A' * 200_000},7\n")
    found = fastmi.read(path, column=1, weights=2)
    assert (found.length, found.weights.tolist()) == (200_000, [7.0])
    with pytest.raises(FastMIError, match="the first line is no header"):
        fastmi.read(path, column=1, weights="n")


def test_a_locale_with_commas_changes_nothing(tmp_path):
    """The locale is made where it can be, in a process of its own."""
    try:
        made = subprocess.run(
            ["localedef", "-i", "de_DE", "-f", "UTF-8", tmp_path / "de_DE.UTF-8"],
            capture_output=True,
        )
    except OSError:
        pytest.skip("there is no localedef here")
    if made.returncode:
        pytest.skip("the locale de_DE cannot be made here")
    written = ["1.5", "0.1", "1.00000000000000000000000000000000001", "1234567.125e-30"]
    path = save(tmp_path / "t.tsv", "".join(f"ACGT\t{w}\n" for w in written))
    code = (
        "import locale, sys, fastmi\n"
        "locale.setlocale(locale.LC_ALL, 'de_DE.UTF-8')\n"
        "assert locale.localeconv()['decimal_point'] == ','\n"
        "print(fastmi.read(sys.argv[1], column=1, weights=2).weights.tolist())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, path],
        env={**os.environ, "LOCPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == repr([float(w) for w in written]), done.stderr


# --------------------------------------------------------------------------------- tables

TABLES = {
    "tsv by numbers": (rows("x\t{s}\t{w}\n"), 2, 3),
    "tsv, weights first": (rows("{w}\t{s}\n"), 2, 1),
    "tsv by names": ("n\tseq\tcount\n" + rows("x\t{s}\t{w}\n"), "seq", "count"),
    "tsv, name and number": ("n\tseq\tcount\n" + rows("x\t{s}\t{w}\n"), "seq", 3),
    "tsv, number and name": ("n\tseq\tcount\n" + rows("x\t{s}\t{w}\n"), 2, "count"),
    "csv CRLF": ("seq,count\r\n" + rows("{s},{w}\r\n"), "seq", "count"),
    "csv CRLF by numbers": (rows("{s},{w}\r\n"), 1, 2),
    "csv no final newline": (rows("{s},{w}\n")[:-1], 1, 2),
    "csv quoted": (rows('"a, ""b""","{s}" , " {w} "\n'), 2, 3),
    "csv quoted header": ('"the seq","a, b"\n' + rows("{s},{w}\n"), "the seq", "a, b"),
    "csv blank lines": ("\n" + rows("{s},{w}\n\n  \n"), 1, 2),
    "semicolons": (rows("{w};{s}\n"), 2, 1),
    "blanks": (rows("  {w}   {s} \n"), 2, 1),
    "comments before a header": (
        "# \n# collected, by hand\n#a\tb\n" + "w\tx\tseq\n" + rows("{w}\t0\t{s}\n# more\n"),
        "seq",
        "w",
    ),
    "plus signs": (rows("{s}\t+{w}\n"), 1, 2),
    "a byte order mark": ("\ufeffseq,count\n" + rows("{s},{w}\n"), "seq", "count"),
}
PACKERS = {"plain": bytes, "gzip": gzip.compress, "bzip2": bz2.compress}


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("table", TABLES)
def test_tables(table, packer, tmp_path):
    text, column, weights = TABLES[table]
    path = save(tmp_path / "t", PACKERS[packer](text.encode()))
    assert fastmi.read(path, column=column, weights=weights) == EXPECTED


@pytest.mark.parametrize("block_rows", [1, 2, 3, 7, 65536])
@pytest.mark.parametrize("table", TABLES)
def test_blocks_carry_their_weights(table, block_rows, tmp_path):
    text, column, weights = TABLES[table]
    path = save(tmp_path / "t", text)
    blocks = list(
        fastmi.read_blocks(path, column=column, weights=weights, block_rows=block_rows)
    )
    assert [s for b in blocks for s in b] == RECORDS
    assert np.concatenate([b.weights for b in blocks]).tolist() == WEIGHTS
    assert not any(b.weights.flags.writeable for b in blocks)


@pytest.mark.parametrize("size", range(64, 100, 5))
@pytest.mark.parametrize("table", TABLES)
def test_weights_around_the_edge_of_the_buffer(table, size, monkeypatch, tmp_path):
    text, column, weights = TABLES[table]
    path = save(tmp_path / "t", text)
    monkeypatch.setattr(_text, "_BUFFER", size)
    assert fastmi.read(path, column=column, weights=weights) == EXPECTED


def test_a_bad_weight_is_shown_whatever_the_buffer(monkeypatch, tmp_path):
    path = save(tmp_path / "t", rows("{s}\t{w}\n") + "ACGTACGTAC\tmany\n")
    for size in (17, 18, 19, 23, 40, 1 << 20):
        monkeypatch.setattr(_text, "_BUFFER", size)
        with pytest.raises(FastMIError, match="line 5, record 5: weight 'many' is not"):
            fastmi.read(path, column=1, weights=2)


def test_stdin(monkeypatch):
    text, column, weights = TABLES["csv CRLF"]
    stdin = SimpleNamespace(buffer=io.BufferedReader(io.BytesIO(gzip.compress(text.encode()))))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert fastmi.read("-", column=column, weights=weights) == EXPECTED


def test_without_asking_a_table_has_no_weights(tmp_path):
    path = save(tmp_path / "t", rows("{s},{w}\n"))
    assert fastmi.read(path, column=1).weights is None


@pytest.mark.parametrize("alphabet", ["dna", "ACGTX"])
@pytest.mark.parametrize("block_rows", [1, 2, 7, 65536])
@pytest.mark.parametrize("unknown", ["drop", "skip"])
def test_dropped_sequences_take_their_weights_along(unknown, block_rows, alphabet, tmp_path):
    lines = [f"{s},{w}\n" for s, w in zip(HOLES, HOLE_WEIGHTS, strict=True)]
    path = save(tmp_path / "t", "".join(lines))
    options = {"unknown": unknown, "column": 1, "weights": 2}
    blocks = list(fastmi.read_blocks(path, alphabet, block_rows=block_rows, **options))
    wanted = [1.0, 4.0, 6.0] if unknown == "drop" else HOLE_WEIGHTS
    assert np.concatenate([b.weights for b in blocks]).tolist() == wanted
    whole = fastmi.read(path, alphabet, **options)
    assert whole.weights.tolist() == wanted
    assert whole.n_dropped == (3 if unknown == "drop" else 0)


def test_a_bad_weight_of_a_dropped_sequence_is_an_error(tmp_path):
    path = save(tmp_path / "t", "ACGT,1\nNNNN,x\n")
    with pytest.raises(FastMIError, match="line 2, record 2: weight 'x' is not"):
        fastmi.read(path, unknown="drop", column=1, weights=2)


def test_a_line_without_a_weight(tmp_path):
    path = save(tmp_path / "t", "ACGT,1\nTTTT\n")
    with pytest.raises(FastMIError, match="line 2, record 2 has 1 column, too few for the one"):
        fastmi.read(path, column=1, weights=2)


# ------------------------------------------------------------------- what has no such column


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("ACGT\n", {"weights": 2}, r"which holds the sequences, too: column=1 for the first"),
        (">a\nACGT\n", {"weights": 2}, "is a FASTA file; weights= as a column is for tables$"),
        (">a\nACGT\n", {"column": 1, "weights": 2}, "is a FASTA file; column= is for tables$"),
        ("@a\nAC\n+\nII\n", {"weights": "n"}, "is a FASTQ file; weights= as a column is for"),
        (
            "s,n\nACGT,1\n",
            {"column": "s", "weights": "m"},
            "has no column 'm'; its col.* s, n$",
        ),
        ("s,n,n\nACGT,1,1\n", {"column": "s", "weights": "n"}, "has more than one column 'n'"),
        ("s,n\nAC,1\n", {"column": "s", "weights": 1}, "column 's' and weights 1 are the same"),
        ("s,n\nAC,1\n", {"column": 2, "weights": "n"}, "column 2 and weights 'n' are the same"),
    ],
)
def test_files_without_such_a_column(content, options, message, tmp_path):
    path = save(tmp_path / "t", content)
    with pytest.raises(FastMIError, match=message):
        fastmi.read(path, **options)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"column": 1, "weights": 0}, ValueError, "weights: column numbers start at 1"),
        ({"column": 1, "weights": -1}, ValueError, "weights: column numbers start at 1"),
        (
            {"column": 1, "weights": 1.5},
            TypeError,
            "weights must be a number or a name, got 1.5",
        ),
        ({"column": 1, "weights": True}, TypeError, "weights must be a number or a name"),
        ({"column": 1, "weights": [1]}, TypeError, "weights must be a number or a name"),
        ({"column": 2, "weights": 2}, ValueError, "column and weights are the same column, 2"),
        ({"column": "n", "weights": "n"}, ValueError, "are the same column, 'n'"),
    ],
)
def test_what_names_no_column(options, error, message, tmp_path):
    path = save(tmp_path / "t", "ACGT,1\n")
    with pytest.raises(error, match=message):
        fastmi.read(path, **options)
    with pytest.raises(error, match=message):
        fastmi.read_blocks(path, **options)


def test_arrays_and_stores_have_no_columns(tmp_path):
    np.save(tmp_path / "a.npy", EXPECTED.to_codes())
    with pytest.raises(FastMIError, match=r"is a \.npy file; weights= as a column is for tabl"):
        fastmi.read(tmp_path / "a.npy", weights="w")
    EXPECTED.save(tmp_path / "s.npy")
    with pytest.raises(FastMIError, match="is a store of sequences; weights= as a column is"):
        fastmi.read(tmp_path / "s.npy", weights=1)


# ----------------------------------------------------------------------------------- .npz


def npz(path: Path, **arrays: object) -> Path:
    np.savez(path, **arrays)
    return path


def test_weights_in_an_npz(tmp_path):
    path = npz(tmp_path / "a.npz", x=EXPECTED.to_codes(), w=np.array(WEIGHTS))
    assert fastmi.read(path, column="x", weights="w") == EXPECTED
    assert fastmi.read(path, weights="w") == EXPECTED  # one other array is there
    blocks = list(fastmi.read_blocks(path, weights="w", block_rows=3))
    assert [b.weights.tolist() for b in blocks] == [WEIGHTS[:3], WEIGHTS[3:]]
    assert fastmi.read(path, column="x").weights is None


@pytest.mark.parametrize("block_rows", [1, 2, 65536])
def test_dropping_from_an_npz(block_rows, tmp_path):
    path = npz(tmp_path / "a.npz", x=np.array(HOLES), w=np.arange(1, 7))
    found = fastmi.read(path, unknown="drop", weights="w")
    assert (found.to_strings(), found.weights.tolist()) == (["ACGT", "TTTT", "GGGG"], [1, 4, 6])
    assert found.n_dropped == 3
    blocks = list(fastmi.read_blocks(path, unknown="drop", weights="w", block_rows=block_rows))
    assert np.concatenate([b.weights for b in blocks]).tolist() == [1, 4, 6]
    assert all(len(b) for b in blocks)
    assert sum(b.n_dropped for b in blocks) == 3


@pytest.mark.parametrize(
    ("w", "options", "message"),
    [
        (np.ones(3), {"weights": "w"}, r"a\.npz: there are 3 weights for 4 sequences"),
        (np.ones((4, 1)), {"weights": "w"}, r"a\.npz: weights must have shape \(N,\)"),
        (np.ones(4, bool), {"weights": "w"}, r"a\.npz: weights must be numbers, got an array"),
        (np.array(list("1234")), {"weights": "w"}, r"a\.npz: weights must be numbers"),
        (np.array([1, 2, -3, 4]), {"weights": "w"}, r"a\.npz: weight 2 is -3\.0, allowed"),
        (np.ones(4), {"weights": "v"}, r"holds the arrays x, w; say which are the weights: w"),
        (np.ones(4), {"weights": 2}, r"holds the arrays x, w; say which are the weights: w"),
        (np.ones(4), {"weights": "w", "column": "v"}, "say which are the sequences: column="),
        (np.ones(4), {}, "say which are the sequences: column="),
    ],
)
def test_bad_weights_of_an_npz(w, options, message, tmp_path):
    path = npz(tmp_path / "a.npz", x=EXPECTED.to_codes(), w=w)
    with pytest.raises(FastMIError, match=message):
        fastmi.read(path, **options)


# --------------------------------------------------------------------------- as_sequences


def holes_as(kind: str, folder: Path) -> object:
    """The sequences with holes, in memory or in a file."""
    if kind == "list":
        return HOLES
    if kind == "array":
        return np.array(HOLES)
    packed = PackedSequences.from_strings(HOLES, unknown="skip")
    if kind == "codes":
        return packed.to_codes().astype(np.int64)
    if kind == "packed":
        return packed
    if kind == "store":
        packed.save(folder / "s.npy")
        return folder / "s.npy"
    if kind == "npz":
        return npz(folder / "a.npz", x=np.array(HOLES))
    line = {"lines": "{}\n", "fasta": ">x\n{}\n", "table": "{},9\n"}[kind]
    return save(folder / "t", "".join(line.format(s) for s in HOLES))


KINDS = ["list", "array", "codes", "packed", "store", "npz", "lines", "fasta", "table"]


@pytest.mark.parametrize("unknown", ["drop", "skip"])
@pytest.mark.parametrize("kind", KINDS)
def test_weights_go_with_the_data_as_given(kind, unknown, tmp_path):
    data, column = holes_as(kind, tmp_path), 1 if kind == "table" else None
    found = as_sequences(data, None, unknown, column, HOLE_WEIGHTS)
    without = as_sequences(data, None, unknown, column)
    assert found.with_weights(None) == without
    assert found.n_dropped == without.n_dropped == (3 if unknown == "drop" else 0)
    assert found.weights.tolist() == ([1, 4, 6] if unknown == "drop" else HOLE_WEIGHTS)


@pytest.mark.parametrize("kind", KINDS)
def test_another_number_of_weights_says_both(kind, tmp_path):
    data, column = holes_as(kind, tmp_path), 1 if kind == "table" else None
    for unknown in ("drop", "skip"):
        with pytest.raises(ValueError, match="there are 3 weights for 6 sequences"):
            as_sequences(data, None, unknown, column, np.ones(3))


@pytest.mark.parametrize("weights", [True, 3.5, [[1]] * 6, ["1"] * 6, [1, 2, 3, 4, 5, -6]])
def test_what_is_no_array_of_weights(weights):
    with pytest.raises((TypeError, ValueError), match=r"^weights? "):
        as_sequences(HOLES, unknown="drop", weights=weights)


@pytest.mark.parametrize("unknown", ["error", "drop"])
@pytest.mark.parametrize("weights", [None, [1, 2]])
def test_messages_about_letters_stay_as_they_are(weights, unknown):
    if unknown == "error":
        with pytest.raises(FastMIError, match="sequence 1, position 2: letter 'N' is not in"):
            as_sequences(["ACGT", "ACNT"], weights=weights)
    with pytest.raises(FastMIError, match="sequence 1 has length 3, expected 4"):
        as_sequences(["ACGT", "ACG"], None, unknown, weights=weights)


def test_weights_given_replace_those_that_are_there(tmp_path):
    EXPECTED.save(tmp_path / "s.npy")
    for data in (EXPECTED, tmp_path / "s.npy"):
        assert as_sequences(data).weights.tolist() == WEIGHTS
        assert as_sequences(data, weights=[4, 3, 2, 1]).weights.tolist() == [4, 3, 2, 1]
    assert as_sequences(EXPECTED, "dna", "drop") is EXPECTED


def test_dropping_from_a_weighted_set_keeps_what_was_dropped_before():
    packed = PackedSequences.from_strings(HOLES, unknown="skip").with_weights(HOLE_WEIGHTS)
    packed.n_dropped = 10
    for found in (
        as_sequences(packed, unknown="drop"),
        as_sequences(packed.with_weights(None), unknown="drop", weights=HOLE_WEIGHTS),
    ):
        assert found.weights.tolist() == [1, 4, 6]
        assert found.n_dropped == 13


@pytest.mark.parametrize("weights", [2, "count", np.int64(2)])
def test_a_column_is_for_files(weights, tmp_path):
    for data in (HOLES, EXPECTED, EXPECTED.to_codes()):
        with pytest.raises(ValueError, match="as a column is for files; give one number for"):
            as_sequences(data, weights=weights)
    path = save(tmp_path / "t", "s,count\n" + rows("{s},{w}\n"))
    assert as_sequences(path, column="s", weights=weights) == EXPECTED


def test_a_store_drops_block_by_block(tmp_path):
    packed = PackedSequences.from_strings(HOLES, unknown="skip").with_weights(HOLE_WEIGHTS)
    packed.save(tmp_path / "s.npy")
    for block_rows in (1, 2, 5, 65536):
        blocks = list(
            fastmi.read_blocks(tmp_path / "s.npy", unknown="drop", block_rows=block_rows)
        )
        assert np.concatenate([b.weights for b in blocks]).tolist() == [1, 4, 6]


# --------------------------------------------------------------------------- anything at all

WORDS = [
    *(b"ACGT ANGT , # 1 0.5 - + e . e9 nan inf 1e999 0x1 7\tACGT".split(b" ")),
    *(b" ", b'"', b"\t", b"\n", b"\r\n", b"\0", b"s,n\n", b"ACGT,1\n", b"ACGT,.5e-3\n"),
    b"9" * 40,
]
PIECES = st.sampled_from(WORDS)
OPTIONS = st.fixed_dictionaries(
    {
        "column": st.sampled_from([None, 1, 2, "s"]),
        "weights": st.sampled_from([1, 2, 3, "n", ""]),
        "unknown": st.sampled_from(["error", "drop", "skip"]),
        "block_rows": st.sampled_from([1, 7, 65536]),
    }
).filter(lambda options: options["column"] != options["weights"])


@settings(SETTINGS, max_examples=400)
@given(
    data=st.lists(PIECES | st.binary(max_size=2), max_size=25).map(b"".join), options=OPTIONS
)
def test_any_bytes_give_weights_or_a_promised_error(tmp_path_factory, data, options):
    path = save(tmp_path_factory.mktemp("f") / "f", data)
    try:
        blocks = list(fastmi.read_blocks(path, **options))
    except FastMIError:
        return
    for block in blocks:
        assert len(block.weights) == len(block)
        assert (np.isfinite(block.weights) & (block.weights >= 0)).all()


# --------------------------------------------------------------------------- reference data


@pytest.mark.parametrize("weights", ["library_ct", "selected_ct"])
def test_ars1(shared, weights):
    path = shared / "ars1" / "ars_sequences.txt.gz"
    packed = fastmi.read(path, column="sequence", weights=weights)
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        lines = [line for line in stream if not line.startswith("#")]
    at = lines[0].split("\t").index(weights)
    wanted = [float(line.split("\t")[at]) for line in lines[1:]]
    assert packed.weights.tolist() == wanted
    assert packed.n_effective == sum(wanted)


@pytest.mark.parametrize("unknown", ["drop", "skip"])
def test_htr_selex(shared, unknown):
    path = shared / "htr_selex" / "RBP52_4.txt.gz"
    packed = fastmi.read(path, column=1, weights=2, unknown=unknown)
    with gzip.open(path, "rt") as stream:
        pairs = [line.split(",") for line in stream]
    wanted = [float(n) for s, n in pairs if unknown == "skip" or "N" not in s]
    assert packed.weights.tolist() == wanted
    assert packed.n_dropped == len(pairs) - len(packed)
