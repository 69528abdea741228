"""Bad input gets one sentence: what is wrong, where, and what is allowed.

Every test names the error and matches its message. Outputs that cannot be written leave no
file behind, and what is not bad (read-only, strided) works and stays as it was.
"""

from __future__ import annotations

import bz2
import contextlib
import errno
import gzip
import io
import lzma
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

import fastmi
from fastmi import FastMIError, FastMIWarning, JointCounts, PackedSequences, _core, _files

STRINGS = ["ACGTACGT", "TTGACATG", "GATCGATC", "CCATGGTA"]
POLICIES = "say unknown='drop' to leave such sequences out, unknown='skip'"


def fails(call, message: str, kind: type[Exception] = FastMIError) -> None:
    """The call raises exactly this kind of error, and its message is one line."""
    with pytest.raises(kind, match=message) as caught:
        call()
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value)


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Read these bytes from a file called ``f``."""
    monkeypatch.chdir(tmp_path)

    def read_bytes(content: str | bytes, **options):
        data = content.encode() if isinstance(content, str) else content
        Path("f").write_bytes(data)
        return fastmi.read("f", **options)

    return read_bytes


# ---------------------------------------------------------------------- text, by content

_COLUMN = {"column": "s"}
BAD_TEXT = {
    # lengths
    "ragged fasta": (
        ">a\nACGT\n>b x\nACG\n",
        {},
        r"^f, line 3, record 2 \(b\) has length 3, expected 4 \(that of record 1\)",
    ),
    "ragged wrapped fasta": (
        ">a\nAC\nGT\n>b\nAC\nGTA\n",
        {},
        r"^f, line 4, record 2 \(b\) has length 5, expected 4",
    ),
    "ragged fastq": (
        "@a\nAC\n+\nII\n@b\nACG\n+\nIII\n",
        {},
        r"record 2 \(b\) has length 3, expected 2",
    ),
    "ragged lines": ("#\nACGT\n\nACGTA\n", {}, "^f, line 4, record 2 has length 5, expected 4"),
    "ragged table": (
        "s,n\nACGT,1\nACG,2\n",
        _COLUMN,
        "^f, line 3, record 2 has length 3, expected 4",
    ),
    "ragged though unknown letters are dropped": (
        "ACGT\nANG\n",
        {"unknown": "drop"},
        "^f, line 2, record 2 has length 3, expected 4",
    ),
    # letters
    "letter in fasta": (
        ">a\nACGT\n>b\nAC\nNT\n",
        {},
        rf"^f, line 3, record 2 \(b\), position 2: letter 'N' is not in alphabet 'dna' "
        rf"\(ACGT\); {POLICIES}",
    ),
    "letter in the first record": (
        ">a\nACG-\n>b\nACGT\n",
        {},
        r"^f, line 1, record 1 \(a\), position 3: letter '-'",
    ),
    "letter in fastq": (
        "@a\nAC\n+\nII\n@b\nAX\n+\nII\n",
        {},
        r"^f, line \d, record 2 \(b\), position 1: letter 'X'",
    ),
    "letter in lines": ("ACGT\nAC.T\n", {}, r"^f, line 2, record 2, position 2: letter '\.'"),
    "letter in a table": (
        "s,n\nACGT,1\nACxT,2\n",
        _COLUMN,
        "^f, line 3, record 2, position 2: letter 'x'",
    ),
    "letter of another alphabet": (
        "MKV\n",
        {"alphabet": "rna"},
        r"position 0: letter 'M' is not in alphabet 'rna' \(ACGU\)",
    ),
    "blank inside a fasta line": (">a\nAC GT\n", {}, "position 2: letter ' '"),
    "classic Mac line ends": ("ACGT\rACGA\r", {}, r"position 4: letter '\\r'"),
    "a header line above lines": (
        "sequence\nACGTACGT\n",
        {},
        "^f, line 1, record 1, position 0: letter 's'",
    ),
    # nothing there
    "empty": ("", {}, "^f is empty$"),
    "empty with a column": ("", {"column": 2}, "^f is empty$"),
    "only blanks": (" \n\t\r\n\n", {}, "^f is empty$"),
    "only a byte order mark": (b"\xef\xbb\xbf", {}, "^f is empty$"),
    "only comments": ("# a\n#b\n", {}, "^f holds no sequences$"),
    "only comments, table": ("# a\n#b\n", {"column": 1}, "^f holds no sequences$"),
    "only a header line": ("s,n\n", _COLUMN, "^f holds no sequences$"),
    # fasta
    "header after header": (">a\n>b\nACGT\n", {}, r"^f, line 1, record 1 \(a\) has no seq"),
    "header without sequence in the middle": (
        ">a\nAC\n>b\n\n>c\nAC\n",
        {},
        r"^f, line 3, record 2 \(b\) has no sequence$",
    ),
    "header at the end": (">a\nAC\n>b", {}, r"^f, line 3, record 2 \(b\) has no sequence$"),
    "text before the first header": (
        "hello\n>a\nACGT\n",
        {},
        "^f, line 1, record 1: expected a header that starts with '>'",
    ),
    # fastq
    "no plus": (
        "@a\nACGT\nIIII\n",
        {},
        r"^f, line 3, record 1 \(a\): expected the '\+' line of a FASTQ record .*, found 'I'$",
    ),
    "wrapped fastq": ("@a\nAC\nGT\n+\nIIII\n", {}, "four lines each, unwrapped.*found 'G'"),
    "empty line for plus": ("@a\nACGT\n\nIIII\n", {}, "^f, line 3.*found an empty line$"),
    "qualities too few": (
        "@a\nACGT\n+\nIII\n",
        {},
        r"^f, line 4, record 1 \(a\): 3 qualities for 4 letters$",
    ),
    "qualities too many": ("@a\nACGT\n+\nIIIII\n", {}, "5 qualities for 4 letters$"),
    "cut behind plus": (
        "@a\nACGT\n+\n",
        {},
        r"^f, line 3, record 1 \(a\): the file ends inside a record$",
    ),
    "cut in the letters": (
        "@a\nAC\n+\nII\n@b\nA",
        {},
        r"^f, line 6, record 2 \(b\): the file ends inside a record$",
    ),
    "cut behind a header": ("@a\nAC\n+\nII\n@b", {}, r"line 5, record 2 \(b\): the file ends"),
    "fastq record without header": (
        "@a\nAC\n+\nII\nAC\n+\nII\n",
        {},
        "^f, line 5, record 2.*: expected a header that starts with '@', found 'A'$",
    ),
    "fastq record without letters": ("@a\n\n+\n\n", {}, r"record 1 \(a\) has no sequence$"),
    # tables
    "commas without column": (
        "ACGT,1\n",
        {},
        r"^f, line 1, record 1 has several columns \(separated by ','\); say which holds the "
        "sequences: column=1 for the first, or its name$",
    ),
    "tabs without column": ("ACGT\t1\n", {}, r"several columns \(separated by a tab\)"),
    "semicolons without column": ("ACGT;1\n", {}, r"several columns \(separated by ';'\)"),
    "blanks without column": ("ACGT 1\n", {}, r"several columns \(separated by a blank\)"),
    "columns in a later line": (
        "ACGT\nACGT,1\n",
        {},
        r"^f, line 2, record 2 has several columns",
    ),
    "a header without column": ("s,n\nACGT,1\n", {}, "line 1, record 1 has several columns"),
    "column too large": (
        "ACGT,1\nACGT,2\n",
        {"column": 3},
        "^f, line 1, record 1 has 2 columns, too few for the one asked for$",
    ),
    "header counted as data": (
        "s,n\nACGT,1\n",
        {"column": 1},
        "letter 's' .*; if the first line is a header, give the column's name$",
    ),
    "unknown column": (
        "s,n\nACGT,1\n",
        {"column": "seq"},
        "^f has no column 'seq'; its columns are: s, n$",
    ),
    "column twice": ("s,s\nA,C\n", _COLUMN, "^f has more than one column 's'; its columns"),
    "empty cell": ("s,n\nACGT,1\n,2\n", _COLUMN, "^f, line 3, record 2 has no sequence$"),
    "quoted empty cell": ('s,n\nAC,1\n"",2\n', _COLUMN, "line 3, record 2 has no sequence$"),
    "short line": (
        "n,s\n1,AC\n2\n",
        _COLUMN,
        "^f, line 3, record 2 has 1 columns?, too few for the one asked for$",
    ),
    # binary
    "NUL in the first line": (b"A\0C\n", {}, "^f, line 1, record 1 holds a NUL byte: this is"),
    "NUL later": (b"ACGT\nAC\0T\n", {}, "^f, line 2, record 2 holds a NUL byte"),
    "NUL though letters are dropped": (b"ACGT\nA\0NT\n", {"unknown": "drop"}, "a NUL byte"),
    "NUL in fasta": (b">a\nA\0\n", {"unknown": "skip"}, r"record 1 \(a\) holds a NUL byte"),
    "all bytes": (bytes(range(256)), {}, "^f, line 1, record 1 holds a NUL byte"),
    "zeros": (bytes(10_000), {}, "^f, line 1, record 1 holds a NUL byte"),
    "zstd": (b"\x28\xb5\x2f\xfd1234", {}, "^f is compressed with zstd, .*use 'zstd -dc f | "),
    "UTF-16": ("ACGT\nACGT\n".encode("utf-16"), {}, r"^f, line 1, record 1"),
}


@pytest.mark.parametrize("case", BAD_TEXT)
def test_bad_text(case, read):
    content, options, message = BAD_TEXT[case]
    fails(lambda: read(content, **options), message)


@pytest.mark.parametrize("case", [c for c in BAD_TEXT if c != "zstd"])
def test_bad_text_says_the_same_when_compressed(case, read):
    content, options, message = BAD_TEXT[case]
    data = content.encode() if isinstance(content, str) else content
    fails(lambda: read(gzip.compress(data), **options), message)


def test_a_letter_in_fastq_is_on_the_sequence_line(read):
    fails(lambda: read("@a\nAC\n+\nII\n@b\nAX\n+\nII\n"), "^f, line 6, record 2")


def test_a_record_without_header_has_no_name(read):
    fails(lambda: read("@a\nAC\n+\nII\nAC\n"), "^f, line 5, record 2: expected a header")


@pytest.mark.parametrize("first", ["# made by hand\n", "; made by hand\n", "hello\n"])
def test_text_before_fasta_headers_is_said_to_be_that(read, first):
    fails(lambda: read(first + ">a\nACGT\n"), "header|FASTA")


def test_a_column_of_a_fasta_file(read):
    fails(lambda: read(">a\nACGT\n", column=1), "FASTA")


def test_repeated_record_names_are_allowed(read):
    assert read(">a\nACGT\n>a\nACGA\n").to_strings() == ["ACGT", "ACGA"]


def test_names_that_are_no_text(read):
    fails(lambda: read(b">\xff\xfe\x80\nAN\n"), "line 1, record 1 .*letter 'N'")


def test_a_name_cut_within_a_letter(read):
    fails(lambda: read(">" + "x" * 62 + "\xe9" * 9 + "\nAN\n"), "record 1 .*letter 'N'")


# -------------------------------------------------------------------------- compression

RECORDS = b">a\nACGTTGCAGG\n" * 2000
PACKERS = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress}


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.9, -1, -4])
@pytest.mark.parametrize("packer", PACKERS)
def test_truncated_compression(packer, keep, read):
    data = PACKERS[packer](RECORDS)
    data = data[: keep if keep < 0 else int(len(data) * keep)]
    fails(lambda: read(data), "^f is damaged or cut off: .*[Ee]nd")


@pytest.mark.parametrize("packer", PACKERS)
def test_damaged_compression(packer, read):
    data = bytearray(PACKERS[packer](RECORDS))
    data[-9 if packer == "gzip" else len(data) // 2] ^= 0xFF
    fails(lambda: read(bytes(data)), "^f(: it)? is damaged or cut off")


def test_a_wrong_checksum(read):
    data = bytearray(gzip.compress(RECORDS))
    data[-6] ^= 1
    fails(lambda: read(bytes(data)), "^f is damaged or cut off: CRC check failed")


@pytest.mark.parametrize(
    "packer",
    [
        "gzip",
    ],
)
def test_garbage_behind_compression(packer, read):
    fails(
        lambda: read(PACKERS[packer](RECORDS) + b"garbage"), "^f(: it)? is damaged or cut off"
    )


@pytest.mark.parametrize(
    "magic", [b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x1f\x8b\x08\x00junk"]
)
def test_only_the_start_of_a_compressed_file(magic, read):
    fails(lambda: read(magic), "^f(: it)? is damaged or cut off")


# -------------------------------------------------------------------------- array files


def npy(array) -> bytes:
    out = io.BytesIO()
    np.save(out, array, allow_pickle=True)
    return out.getvalue()


def npz(**arrays) -> bytes:
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


def zipped(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, data)
    return out.getvalue()


def header(text: str) -> bytes:
    """A .npy whose header says this."""
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


CODES = np.array([[0, 1, 2, 3]] * 40)
BAD_ARRAYS = [
    (npy(CODES)[:-3], {}, "^f is damaged or cut off: its header promises 1,280 bytes, 1,277"),
    (
        npy(CODES) + b"\0",
        {},
        "^f is damaged or cut off: its header promises 1,280 bytes, more",
    ),
    (npy(CODES)[:50], {}, "^f(: it)? is damaged or cut off"),
    (b"\x93NUMPY", {}, "^f(: it)? is damaged or cut off"),
    (b"\x93NUMPY\x09\x00" + bytes(200), {}, r"npy version \(9, 0\) is not supported"),
    (header("{'descr': '<i8'}\n"), {}, "^f(: it)? is damaged or cut off"),
    (npz(a=CODES)[:-30], {}, "^f(: it)? is damaged or cut off"),
    (npz(a=CODES)[:500], {}, "^f(: it)? is damaged or cut off"),
    (npz(a=CODES, b=CODES), {}, r"^f holds the arrays a, b; say which .*column='name'$"),
    (npz(a=CODES, b=CODES), {"column": "c"}, "^f holds the arrays a, b; say which"),
    (npz(a=CODES, b=CODES), {"column": 1}, "^f holds the arrays a, b; say which"),
    (npz(a=CODES, b=CODES), {"column": "a.npy"}, "^f holds the arrays a, b; say which"),
    (
        npy(np.array([["A", None]], dtype=object)),
        {},
        "it holds Python objects, which are never",
    ),
    (npz(a=np.array([None])), {}, "it holds Python objects, which are never loaded"),
    (npy(CODES[:0]), {}, "^f: the array holds no sequences$"),
    (npy(CODES + 1), {}, r"sequence 0, position 3: code 4 is not between 0 and 3 \(alphabet"),
    (npy(np.array(["ACGT", "ACG"])), {}, "sequence 1 has length 3, expected 4"),
    (npy(np.array([["A", "N"]])), {}, "sequence 0, position 1: letter 'N' is not in"),
    (zipped("x.txt", b"ACGT"), {}, "^f "),
    (npz(), {}, r"^f holds the arrays \(none\)"),
    (header("(" * 4000), {}, "^f: it is damaged"),
    (header("-" * 9000 + "1"), {}, "^f: it is damaged"),
    (header("{[]: 1}"), {}, "^f: it is damaged"),
    (npy(np.zeros((3, 4))), {}, "^f: the array is float64 of shape"),
    (npy(np.arange(4)), {}, r"^f: the array is int64 of shape \(4,\)"),
    (npy(np.zeros((2, 5, 7))), {}, "^f: one-hot of shape .* has no axis of size 4"),
    (npy(np.array([None])), {}, "^f: it holds Python objects"),
]


@pytest.mark.parametrize(
    ("data", "options", "message"),
    BAD_ARRAYS,
    ids=range(len(BAD_ARRAYS)),
)
def test_bad_array_files(data, options, message, read):
    fails(lambda: read(data, **options), message)


@pytest.mark.parametrize("array", [CODES + 1, np.array([["A", "N"]]), np.ones((2, 5, 4))])
def test_errors_in_arrays_name_the_file(array, read):
    with pytest.raises(FastMIError, match=r"^f[:, ]"):
        read(npy(array))


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_wrong_checksum_in_an_npz(save, tmp_path):
    save(tmp_path / "f.npz", a=CODES)
    data = bytearray((tmp_path / "f.npz").read_bytes())
    data[data.index(b"PK\x01\x02") + 16] ^= 1
    (tmp_path / "f.npz").write_bytes(data)
    fails(lambda: fastmi.read(tmp_path / "f.npz"), r"f\.npz(: it)? is damaged or cut off")


def test_a_result_is_no_file_of_sequences(tmp_path):
    fastmi.pairwise_mi(STRINGS, 1).save(tmp_path / "r.npz")
    fails(
        lambda: fastmi.read(tmp_path / "r.npz"),
        "holds results or counts of fastmi, not sequences",
    )


def test_an_ambiguous_one_hot_file_names_a_way_out(read):
    with pytest.raises(ValueError, match="from_one_hot"):
        read(npy(np.eye(4)[None]))


# ------------------------------------------------------------------------------- places


def test_a_missing_file(tmp_path):
    fails(
        lambda: fastmi.read(tmp_path / "no.fa"), r"^cannot read .*no\.fa: No such file or dir"
    )


def test_a_directory(tmp_path):
    fails(lambda: fastmi.read(tmp_path), "is a directory, not a file$")


@pytest.mark.parametrize("path", ["", ".", "/"])
def test_paths_without_a_name(path):
    fails(lambda: fastmi.read(path), "is a directory, not a file$|No such file")


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000])
@pytest.mark.parametrize("call", [fastmi.read, fastmi.load])
def test_impossible_paths(path, call):
    fails(lambda: call(path), "^cannot read ")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux")
def test_a_file_that_opens_and_does_not_read():
    fails(lambda: fastmi.read("/proc/self/mem"), "^cannot read /proc/self/mem: Input/output")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file(tmp_path):
    path = tmp_path / "f"
    path.write_text("ACGT\n")
    path.chmod(0)
    fails(lambda: fastmi.read(path), "^cannot read .*f: Permission denied$")


# -------------------------------------------------------------------- sequences in memory


@pytest.mark.parametrize(
    ("data", "message", "kind"),
    [
        (["ACGT", "ACG"], "^sequence 1 has length 3, expected 4 .that of seq", FastMIError),
        ([b"ACGT", b"ACG"], "^sequence 1 has length 3, expected 4", FastMIError),
        (np.array(["ACGT", "ACG"]), "^sequence 1 has length 3, expected 4", FastMIError),
        (["ACGT", "ACNT"], f"^sequence 1, position 2: letter 'N' .*{POLICIES}", FastMIError),
        ([b"ACGT", b"AC\xffT"], "^sequence 1, position 2: letter '\xff' is not", FastMIError),
        (["ACGT", "AC\u20acT"], "^sequence 1, position 2: letter '\u20ac' is in", FastMIError),
        (
            np.array([["A", "C"], ["A", "N"]]),
            "^sequence 1, position 1: letter 'N'",
            FastMIError,
        ),
        (np.array([[b"A", b"."]]), r"^sequence 0, position 1: letter '\.'", FastMIError),
        (np.array([[65, 78]], np.uint8), "^sequence 0, position 1: letter 'N'", FastMIError),
        (
            [[0, 1], [2, 4]],
            "^sequence 1, position 1: code 4 is not between 0 and 3",
            FastMIError,
        ),
        ([[0, -1]], "^sequence 0, position 1: code -1 is not between 0 and 3", FastMIError),
        ([[0, 1 << 40]], "position 1: code 1099511627776 is not between 0 and", FastMIError),
        ([[0, 256]], "position 1: code 256 is not between 0 and 3", FastMIError),
        (np.array([[0, 9]], np.uint8), "position 1: code 9 is not in alphabet", FastMIError),
        (np.array([[0, 255]], np.uint8), "position 1: an unknown letter is not", FastMIError),
        ([], "^there are no sequences$", FastMIError),
        ((), "^there are no sequences$", FastMIError),
        (np.empty((0, 8), np.uint8), "holds no sequences$", FastMIError),
        (np.empty((0, 8, 4)), "^there are no sequences$", FastMIError),
        (np.empty((8, 0), np.uint8), "holds no sequences$", FastMIError),
        ([""], "^sequence 0 has no letters$", FastMIError),
        (["ACGT", None], "^sequence 1 is NoneType, expected a string or bytes$", TypeError),
        (["ACGT", 5], "^sequence 1 is int, expected a string or bytes$", TypeError),
        (None, "^expected sequences, an array or a path, got NoneType$", TypeError),
        ({"a": "ACGT"}, "^expected sequences, an array or a path, got dict$", TypeError),
        ({"ACGT"}, "^expected sequences, an array or a path, got set$", TypeError),
        (
            (s for s in STRINGS * 9),
            "an iterator gives blocks of sequences, and item",
            TypeError,
        ),
        ([[0, 1], [2]], "^the data cannot be made an array: ", TypeError),
        (5, r"^the array is int64 of shape \(\); expected letters or integer", TypeError),
        (np.zeros((2, 8)), r"^the array is float64 of shape \(2, 8\); expected", TypeError),
        (np.zeros((2, 8), bool), "^the array is bool of shape", TypeError),
        (np.zeros((2, 2, 2, 4)), r"of shape \(2, 2, 2, 4\); expected letters", TypeError),
        (np.zeros((2, 8), "M8[s]"), "^the array is datetime64", TypeError),
        (np.array([["AC", "GT"]]), "^each cell must hold one letter, got <U2$", ValueError),
        (b"ACGT", r"^letters must have shape \(N, L\), got \(\)$", ValueError),
    ],
)
@pytest.mark.parametrize("call", [fastmi.pairwise_mi, fastmi.pairwise_distance])
def test_bad_sequences(call, data, message, kind):
    fails(lambda: call(data, 1), message, kind)


def test_an_object_array_of_strings_works():
    fastmi.pairwise_mi(np.array(STRINGS, dtype=object), 1)


def test_an_object_array_of_anything_else():
    data = np.array(["ACGT", None], dtype=object)
    with pytest.raises(TypeError, match=r"NoneType|expected sequences, an array or a path"):
        fastmi.pairwise_mi(data, 1)


@pytest.mark.parametrize("data", ["ACGT", {"a": "ACGT"}, 5])
def test_from_strings_takes_no_single_string(data):
    fails(lambda: PackedSequences.from_strings(data), "list|sequence of", TypeError)


def test_a_sequence_where_a_path_is_expected():
    fails(lambda: fastmi.pairwise_mi("ACGTACGT"), "ACGTACGT: no such file.*list")


EYE = np.eye(4)[[[0, 1, 2]]]


@pytest.mark.parametrize(
    ("array", "message", "kind"),
    [
        (
            np.where(EYE == 1, np.nan, EYE),
            r"position 0: \[nan, 0.0, 0.0, 0.0\] is not one-hot",
            FastMIError,
        ),
        (-EYE, "sequence 0, position 0: .* is not one-hot", FastMIError),
        (np.minimum(EYE + EYE[:, :, ::-1], 1), r"\[1.0, 0.0, 0.0, 1.0\] is not", FastMIError),
        (EYE * 0.5, r"\[0.5, 0.0, 0.0, 0.0\] is not one-hot", FastMIError),
        (EYE * 2, "is not one-hot", FastMIError),
        (EYE + 0.001, "is not one-hot", FastMIError),
        (np.full((1, 3, 4), 0.5), r"\[0.5, 0.5, 0.5, 0.5\] is not one-hot", FastMIError),
        (np.full((1, 3, 4), np.inf), r"\[inf, .* is not one-hot", FastMIError),
        (np.full((1, 3, 4), np.nan), r"\[nan, .* is not one-hot", FastMIError),
        (np.ones((1, 3, 4), bool), "is not one-hot", FastMIError),
        (np.full((1, 3, 4), 255, np.uint8), "is not one-hot", FastMIError),
        (np.zeros((1, 3, 4)), "sequence 0, position 0: an unknown letter is not", FastMIError),
        (np.zeros((2, 5, 7)), r"shape \(2, 5, 7\) has no axis of size 4, the num", ValueError),
        (EYE[0], r"must have 3 axes, .*got shape \(3, 4\)$", ValueError),
        (EYE + 0j, "^one-hot must be numbers, got complex128$", TypeError),
        (EYE.astype(str), "^one-hot must be numbers, got <U32$", TypeError),
        (EYE.astype(object), "^one-hot must be numbers, got object$", TypeError),
    ],
)
def test_bad_one_hot(array, message, kind):
    fails(lambda: PackedSequences.from_one_hot(array), message, kind)


@pytest.mark.parametrize("layout", ["ANL", "nla", None, 3])
def test_unknown_layouts(layout):
    packed = PackedSequences.from_strings(STRINGS)
    fails(lambda: packed.to_one_hot(layout), "^layout must be 'NLA' or 'NAL', got", ValueError)
    if layout is not None:
        fails(
            lambda: PackedSequences.from_one_hot(EYE, layout=layout),
            "^layout must be 'NLA' or 'NAL', got",
            ValueError,
        )


def test_a_layout_that_does_not_fit():
    fails(
        lambda: PackedSequences.from_one_hot(EYE, layout="NAL"),
        r"^one-hot of shape \(1, 3, 4\) has no NAL axis of size 4",
        ValueError,
    )


@pytest.mark.parametrize(
    ("call", "message", "kind"),
    [
        (lambda: PackedSequences.from_codes([0, 1]), r"^codes must have shape \(N", ValueError),
        (
            lambda: PackedSequences.from_codes([[0.0]]),
            "^codes must be integers, got fl",
            TypeError,
        ),
        (
            lambda: PackedSequences.from_codes([["A"]]),
            "^codes must be integers, got <U1",
            TypeError,
        ),
        (lambda: PackedSequences.from_codes([[True]]), "^codes must be integers", TypeError),
        (
            lambda: PackedSequences.from_letters(np.array([[65]])),
            "^letters must be S1, U1 or uint8, got int64",
            TypeError,
        ),
        (
            lambda: PackedSequences(np.zeros((2, 3), np.uint8), 4),
            "^a packed row has 3 elements, expected 1",
            ValueError,
        ),
        (
            lambda: PackedSequences(
                np.zeros((2, 1), np.uint8), 4, "dna", np.zeros((1, 1), np.uint8)
            ),
            "^mask has 1 elements, expected 2",
            ValueError,
        ),
        (
            lambda: PackedSequences(
                np.zeros((2, 4), np.uint8), 4, "protein", np.zeros((2, 1), np.uint8)
            ),
            "^only four-letter alphabets have a mask",
            ValueError,
        ),
        (
            lambda: fastmi.pack(STRINGS),
            "^array must be a NumPy array, got list",
            TypeError,
        ),
        (
            lambda: fastmi.pairwise_mi(PackedSequences.from_strings(STRINGS), alphabet="rna"),
            "^the sequences are over 'dna', not 'rna'$",
            ValueError,
        ),
    ],
)
def test_bad_arrays(call, message, kind):
    fails(call, message, kind)


def test_a_store_of_another_alphabet(tmp_path):
    PackedSequences.from_strings(["MKV"], "protein").save(tmp_path / "s.npy")
    fails(
        lambda: fastmi.read(tmp_path / "s.npy", "dna"),
        r"s\.npy holds sequences over 'protein' \(ACDEFGHIKLMNPQRSTVWY\), not 'dna'$",
    )


def test_a_store_with_missing_letters(tmp_path):
    PackedSequences.from_strings(["ANN", "ACG"], unknown="skip").save(tmp_path / "s.npy")
    fails(
        lambda: fastmi.read(tmp_path / "s.npy"),
        r"s\.npy has 2 missing letters; say unknown='skip' or unknown='drop'$",
    )
    kept = fastmi.read(tmp_path / "s.npy", unknown="drop")
    assert kept.to_strings() == ["ACG"]
    assert kept.n_dropped == 1


# ----------------------------------------------------------------------------- too long


def test_the_longest_sequence_and_one_letter_more(read):
    n = _core.MAX_LENGTH
    assert read("A" * n + "\n").length == n
    fails(
        lambda: read("A" * (n + 1) + "\n"),
        "^f, line 1, record 1 is longer than 1,048,576 letters$",
    )


def test_a_wrapped_record_that_never_ends(read):
    fails(
        lambda: read(">a x\n" + ("A" * 999 + "\n") * 1100),
        r"^f, line 1, record 1 \(a\) is longer than 1,048,576 letters$",
    )


@pytest.mark.parametrize("make", [PackedSequences.from_strings, fastmi.pack])
def test_too_many_letters_in_memory(make):
    data = ["A" * (_core.MAX_LENGTH + 1)]
    fails(
        lambda: make(np.array(data) if make is fastmi.pack else data),
        "^sequence 0 has 1,048,577 letters, allowed are 1,048,576$",
    )


@pytest.mark.parametrize("before", ["", ">a\nACGT\n>b\n"])
def test_a_line_longer_than_the_buffer(before, read):
    fails(
        lambda: read(before + "A" * 6_000_000 + "\n"),
        r"^f, line \d: longer than 4,194,304 bytes; is this a file of sequences\?$",
    )


@pytest.mark.parametrize(
    ("before", "line"),
    [(">a\nACGT\n>b\nACGT\n>c\n", 6), ("# a comment\nACGT\n", 3), ("\n\n\n", 4)],
)
def test_the_line_that_is_longer_than_the_buffer(before, line, read):
    fails(lambda: read(before + "A" * 6_000_000 + "\n"), f"^f, line {line}: longer than")


_FROM_PIPE = """
import fastmi
try:
    fastmi.read("-")
except fastmi.FastMIError as error:
    print(error)
print(next(l for l in open('/proc/self/status') if l.startswith('VmHWM')).split()[1])
"""


@pytest.mark.parametrize("start", [b">a\n", b""])
def test_a_line_of_200_mb_takes_little_memory(start):
    """Unbounded input must not become unbounded memory."""
    with subprocess.Popen(
        [sys.executable, "-c", _FROM_PIPE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=False,
    ) as child:
        block = b"A" * (1 << 20)
        try:
            child.stdin.write(start)
            for _ in range(200):
                child.stdin.write(block)
        except BrokenPipeError:
            pass  # it has seen enough
        out, _ = child.communicate()
    message, peak = out.decode().splitlines()
    assert "longer than 4,194,304 bytes" in message
    assert int(peak) < 150_000  # kB; Python with NumPy takes 40,000 of them


# -------------------------------------------------------------------------------- options

ALL_CALLS = [
    lambda **o: fastmi.pairwise_mi(STRINGS, **{"k": 2, **o}),
    lambda **o: fastmi.pairwise_distance(STRINGS, **{"k": 2, **o}),
]
BAD_K = [
    (0, r"^k must be between 1 and 6 for alphabet 'dna', got 0$", ValueError),
    (-1, r"^k must be between 1 and 6 for alphabet 'dna', got -1$", ValueError),
    (
        5,
        "^sequences of length 8 have no two 5-mers side by side; k must be at most 4",
        ValueError,
    ),
]
BAD_K_TYPES = [2.0, 2.5, True, "3", None]


@pytest.mark.parametrize(("k", "message", "kind"), BAD_K)
@pytest.mark.parametrize("call", ALL_CALLS, ids=["mi", "distance"])
def test_bad_k(call, k, message, kind):
    fails(lambda: call(k=k), message, kind)


@pytest.mark.parametrize("k", [7, 20, 100, 10**30])
@pytest.mark.parametrize(
    "call",
    [
        ALL_CALLS[0],
        lambda k: JointCounts(8, k),
        lambda k: fastmi.get_alphabet("dna").kmers(k),
    ],
    ids=["mi", "counts", "kmers"],
)
def test_k_too_large_for_any_table(call, k):
    fails(
        lambda: call(k=k),
        rf"^k must be between 1 and 6 for alphabet 'dna', got {k} \(one joint table would need",
        ValueError,
    )


@pytest.mark.parametrize("k", BAD_K_TYPES)
@pytest.mark.parametrize(
    "call",
    [
        ALL_CALLS[0],
        ALL_CALLS[1],
        lambda k: JointCounts(8, k),
        lambda k: fastmi.get_alphabet("dna").kmers(k),
    ],
    ids=["mi", "distance", "counts", "kmers"],
)
def test_k_is_a_whole_number(call, k):
    fails(lambda: call(k=k), f"^k must be a whole number, got {k!r}$", TypeError)


@pytest.mark.parametrize(
    ("alphabet", "most"), [("protein", 3), ("01", 13), ("ACGTX", 5), ("abcdefghij", 3)]
)
def test_the_largest_k_of_other_alphabets(alphabet, most):
    fails(
        lambda: JointCounts(100, most + 1, alphabet=alphabet),
        f"^k must be between 1 and {most} for alphabet '{alphabet}', got {most + 1} ",
        ValueError,
    )


@pytest.mark.parametrize("length", [1, 2, 5])
def test_sequences_shorter_than_two_kmers(length):
    message = {
        1: "^sequences of length 1 have no pair of positions$",
        2: "^sequences of length 2 have no two 3-mers side by side; k must be at most 1$",
        5: "^sequences of length 5 have no two 3-mers side by side; k must be at most 2$",
    }
    fails(lambda: fastmi.pairwise_mi(["A" * length]), message[length], ValueError)


OPTIONS = [
    ("pseudocount", -1, "^pseudocount must be .*0.*, got -1$", ValueError),
    ("pseudocount", -0.5, "^pseudocount must be .*0.*, got -0.5$", ValueError),
    ("pseudocount", float("nan"), "^pseudocount must be .*0.*, got nan$", ValueError),
    ("pseudocount", float("inf"), "^pseudocount must be .*0.*, got inf$", ValueError),
    ("pseudocount", "5", "^pseudocount must be a number, got '5'$", TypeError),
    ("pseudocount", None, "^pseudocount must be a number, got None$", TypeError),
    ("pseudocount", True, "^pseudocount must be a number, got True$", TypeError),
    ("unknown", "x", "^unknown must be one of error, drop, skip, got 'x'$", ValueError),
    ("unknown", None, "^unknown must be one of error, drop, skip, got None$", ValueError),
    ("unknown", ["drop"], "^unknown must be one of error, drop, skip, got", ValueError),
    ("alphabet", "", "^an alphabet has 2 to 255 letters, got 0$", ValueError),
    ("alphabet", "A", "^an alphabet has 2 to 255 letters, got 1$", ValueError),
    ("alphabet", "AA", "^letter 'A' occurs twice in alphabet 'AA'$", ValueError),
    ("alphabet", 5, "^alphabet must be 'dna', 'rna', 'protein' or a string of l", TypeError),
    ("alphabet", b"ACGT", "^alphabet must be .*, got bytes$", TypeError),
    ("alphabet", ["A", "C"], "^alphabet must be .*, got list$", TypeError),
]


@pytest.mark.parametrize(
    ("name", "value", "message", "kind"),
    OPTIONS,
)
@pytest.mark.parametrize("call", ALL_CALLS, ids=["mi", "distance"])
def test_bad_options(call, name, value, message, kind):
    fails(lambda: call(**{name: value}), message, kind)


def test_a_complex_pseudocount():
    fails(
        lambda: fastmi.pairwise_mi(STRINGS, pseudocount=np.complex128(1)), "number", TypeError
    )


@pytest.mark.parametrize(
    ("n_threads", "message", "kind"),
    [
        (0, "^n_threads must be between 1 and 1024, got 0$", ValueError),
        (-1, "^n_threads must be between 1 and 1024, got -1$", ValueError),
        (1025, "^n_threads must be between 1 and 1024, got 1025$", ValueError),
        ("2", "^n_threads must be a whole number, got '2'$", TypeError),
        (2.0, "^n_threads must be a whole number, got 2.0$", TypeError),
        (True, "^n_threads must be a whole number, got True$", TypeError),
    ],
)
def test_bad_n_threads(n_threads, message, kind):
    counts = JointCounts(8, 1)
    for call in (
        lambda: fastmi.pairwise_mi(STRINGS, 2, n_threads=n_threads),
        lambda: counts.add(STRINGS, n_threads=n_threads),
    ):
        fails(call, message, kind)
    assert counts.n_sequences == 0
    counts.add(STRINGS)  # a refused call leaves the counts usable
    fails(lambda: counts.mi(n_threads=n_threads), message, kind)


@pytest.mark.parametrize("value", ["0", "abc", "-2", "1.5", "9999"])
def test_bad_threads_in_the_environment(monkeypatch, value):
    monkeypatch.setenv("FASTMI_NUM_THREADS", value)
    fails(
        lambda: fastmi.pairwise_mi(STRINGS, 1),
        f"^the environment variable FASTMI_NUM_THREADS must be a whole .*, got '{value}'$",
        ValueError,
    )


@pytest.mark.parametrize("measure", ["MI", "js", None, ["JS"], 0])
def test_unknown_measures(measure):
    counts = JointCounts(8, 1)
    counts.add(STRINGS)
    message = "^measure must be one of JS, JS_inv, BC, BC_inv, HE, got "
    fails(lambda: fastmi.pairwise_distance(STRINGS, 1, measure=measure), message, ValueError)
    fails(lambda: counts.distance(measure), message, ValueError)


@pytest.mark.parametrize(
    "limit",
    [
        *("abc", "", "-1", "4 XB", "1e9", 0, -5, 2.5, None, True, ["4GB"]),
        "9" * 400,
    ],
)
def test_memory_limits_that_are_no_size(limit):
    fails(
        lambda: JointCounts(8, 1, memory_limit=limit),
        "^a size is a number of bytes or as '4GB' or '512MiB', got ",
        ValueError,
    )


@pytest.mark.parametrize("limit", ["0", "0GB", 10, "1 KB", "15359"])
def test_tables_larger_than_the_limit(limit):
    fails(
        lambda: JointCounts(8, 2, memory_limit=limit),
        "^the tables of 15 pairs need 15,360 bytes, more than memory_limit=.*; raise it, or",
        ValueError,
    )


@pytest.mark.parametrize("limit", ["15360", 15360, "15.36kB", "15 KiB", "1mib", "0.1 G"])
def test_tables_within_the_limit(limit):
    assert JointCounts(8, 2, memory_limit=limit).n_pairs == 15


@pytest.mark.parametrize(
    ("length", "message", "kind"),
    [
        ("8", "^length must be a whole number, got '8'$", TypeError),
        (8.0, "^length must be a whole number, got 8.0$", TypeError),
        (True, "^length must be a whole number, got True$", TypeError),
        (None, "^length must be a whole number, got None$", TypeError),
        (0, "^sequences of length 0 have no pair of positions$", ValueError),
        (-3, "^sequences of length -3 have no pair of positions$", ValueError),
        (3, "^sequences of length 3 have no two 2-mers side by side; k must", ValueError),
        (10**7, "^sequences of length 10,000,000 have .* a map has at most", ValueError),
    ],
)
def test_bad_lengths(length, message, kind):
    fails(lambda: JointCounts(length, 2), message, kind)


@pytest.mark.parametrize(
    ("column", "message", "kind"),
    [
        (0, r"^column numbers start at 1 \(as for cut\), got 0$", ValueError),
        (-1, r"^column numbers start at 1 \(as for cut\), got -1$", ValueError),
        (1.0, "^column must be a number or a name, got 1.0$", TypeError),
        (True, "^column must be a number or a name, got True$", TypeError),
        (["s"], r"^column must be a number or a name, got \['s'\]$", TypeError),
    ],
)
def test_bad_columns(column, message, kind, read):
    fails(lambda: read("s,n\nAC,1\n", column=column), message, kind)


@pytest.mark.parametrize(
    "block_rows",
    [0, -1, 2.5, "2", None],
)
def test_bad_block_rows(block_rows, tmp_path):
    (tmp_path / "f").write_text("ACGT\n")
    with pytest.raises((ValueError, TypeError), match=r"^block_rows must be "):
        list(fastmi.read_blocks(tmp_path / "f", block_rows=block_rows))


@pytest.mark.parametrize("name", ["gb1", "", None])
def test_unknown_examples(name):
    fails(
        lambda: fastmi.example(name),
        "^the examples are gb1_top5, gb1_pool_null, gb1_structure, got ",
        ValueError,
    )


# ---------------------------------------------------------------------- options of plots


@pytest.fixture(scope="module")
def result():
    return fastmi.pairwise_mi(STRINGS, 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scale": "x"}, "^scale must be one of linear, log, got 'x'$"),
        ({"scale": None}, "^scale must be one of linear, log, got None$"),
        ({"triangle": "both"}, "^triangle must be one of upper, lower, got 'both'$"),
        ({"limits": "rob"}, "^limits must be 'robust', 'full' or two numbers, got 'rob'$"),
        ({"limits": (1, 0)}, r"^limits must be \(low, high\), low < high, got \(1, 0\)$"),
        ({"limits": (1, 1)}, r"^limits must be \(low, high\), low < high, got \(1, 1\)$"),
        ({"limits": (float("nan"), 1)}, r"^limits must be \(low, high\), low < high, got"),
        ({"limits": (0, 1), "scale": "log"}, "low < high and above 0 on a log scale, got"),
        *(({"limits": v}, "^limits must be ") for v in ((1,), (1, 2, 3), ("a", "b"), 5, None)),
    ],
)
def test_bad_options_of_the_heat_map(result, options, message):
    fails(lambda: fastmi.plot.heatmap(result, **options), message, ValueError)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"statistic": "median"}, "^statistic must be one of mean, max, both, got 'median'$"),
        ({"scale": "sqrt"}, "^scale must be 'linear' or 'log', got 'sqrt'$"),
    ],
)
def test_bad_options_of_the_distance_plot(result, options, message):
    fails(lambda: fastmi.plot.by_distance(result, **options), message, ValueError)


@pytest.mark.parametrize("pair", [(0, 0), (3, 1), (-1, 2), (0, 8), (7, 8)])
def test_pairs_that_are_none(result, pair):
    counts = JointCounts(8, 1)
    for call in (
        lambda: result.top_kmers(*pair),
        lambda: counts.table(*pair),
        lambda: fastmi.plot.annotate_pair(None, result, *pair),
    ):
        fails(call, r"^a pair is 0 <= i, i \+ 1 <= j < 8, got \(", ValueError)


@pytest.mark.parametrize("pair", [("a", 1), (0.5, 1.5), (None, 1), (0, 1.0)])
def test_pairs_that_are_no_numbers(pair):
    fails(lambda: JointCounts(8, 1).table(*pair), "whole number", TypeError)


# --------------------------------------------------------------------------- few and none


@pytest.mark.parametrize("k", [1, 2, 4])
def test_one_sequence_has_no_mutual_information(k):
    matrix = fastmi.pairwise_mi(STRINGS[:1], k, pseudocount=0).matrix
    i, j = np.triu_indices(8 - k + 1, k)
    assert (matrix[i, j] == 0).all()


def test_one_sequence_and_a_pseudocount_is_warned_of():
    with pytest.warns(FastMIWarning, match="at 8 of 8 positions one k-mer .*pseudocount=0"):
        found = fastmi.pairwise_mi(STRINGS[:1], 1)
    assert np.isfinite(found.matrix[np.triu_indices(8, 1)]).all()


@pytest.mark.parametrize("measure", ["JS", "HE", "JS_inv"])
def test_one_sequence_has_distances(measure):
    found = fastmi.pairwise_distance(STRINGS[:1], 1, measure=measure)
    assert np.isfinite(found.matrix[np.triu_indices(8, 1)]).all()


def test_nothing_left_after_dropping():
    fails(
        lambda: fastmi.pairwise_mi(["ACGN"], 1, unknown="drop"), "there are no sequences|dropp"
    )


def test_no_sequence_with_both_letters_gives_nan():
    found = fastmi.pairwise_mi(["AANN", "CCNN"], 1, unknown="skip", pseudocount=0)
    assert np.isnan(found.matrix[2, 3])
    assert found.matrix[0, 1] == 1.0
    assert found.n_pair[0, 1] == 2
    assert found.n_pair[2, 3] == 0


def test_counts_without_sequences():
    counts = JointCounts(8, 1)
    fails(counts.mi, "^there are no sequences$")
    fails(counts.distance, "^there are no sequences$")


def test_counts_of_another_length():
    counts = JointCounts(8, 1)
    fails(lambda: counts.add(["ACGT"]), "^the sequences have length 4, the counts 8$")
    assert counts.n_sequences == 0


@pytest.mark.parametrize(
    ("other", "name"),
    [
        (JointCounts(8, 2), "k: 1 and 2"),
        (JointCounts(9, 1), "length: 8 and 9"),
        (JointCounts(8, 1, alphabet="rna"), "alphabet: "),
    ],
)
def test_parts_that_do_not_fit(other, name):
    fails(lambda: JointCounts(8, 1).merge(other), f"^the parts differ in {name}", ValueError)


def test_merging_something_else():
    fails(lambda: JointCounts(8, 1).merge(None), "JointCounts", TypeError)


def test_a_reference_of_another_length(result):
    fails(
        lambda: result.with_positions(reference="ACG"),
        "^the reference has 3 letters, the sequences 8$",
        ValueError,
    )


@pytest.mark.parametrize("first", ["a", 1.5, True])
def test_a_first_position_that_is_none(result, first):
    fails(lambda: result.with_positions(first), "^first_position must be a whole", TypeError)


def test_a_first_position_of_numpy(result, tmp_path):
    result.with_positions(np.int64(3)).save(tmp_path / "r.npz")


# -------------------------------------------------------------- inputs are left as they were


def arrays():
    packed = PackedSequences.from_strings(STRINGS)
    letters = np.array([list(s) for s in STRINGS])
    return {
        "codes uint8": packed.to_codes(),
        "codes int64": packed.to_codes().astype(np.int64),
        "letters U1": letters,
        "letters S1": letters.astype("S1"),
        "letters uint8": letters.astype("S1").view(np.uint8),
        "strings": np.array(STRINGS),
        "one-hot": packed.to_one_hot(),
        "one-hot bool": packed.to_one_hot(dtype=bool),
    }


@pytest.mark.parametrize("name", arrays())
def test_read_only_arrays_work(name):
    array = arrays()[name]
    array.flags.writeable = False
    assert fastmi.pack(array).to_strings() == STRINGS


@pytest.mark.parametrize("name", arrays())
def test_non_contiguous_arrays_work(name):
    array = arrays()[name]
    wide = np.repeat(np.repeat(array, 2, 0), 2, 1) if array.ndim > 1 else np.repeat(array, 2)
    strided = wide[::2, ::2] if array.ndim > 1 else wide[::2]
    assert not strided.flags.c_contiguous
    assert fastmi.pack(strided).to_strings() == STRINGS
    assert fastmi.pack(array[::-1]).to_strings() == STRINGS[::-1]


@pytest.mark.parametrize("name", [n for n in arrays() if arrays()[n].ndim > 1])
def test_fortran_arrays_work(name):
    assert fastmi.pack(np.asfortranarray(arrays()[name])).to_strings() == STRINGS


@pytest.mark.parametrize("name", arrays())
@pytest.mark.parametrize("unknown", ["error", "drop", "skip"])
def test_inputs_are_unchanged(name, unknown):
    array = arrays()[name]
    before = array.copy()
    result = fastmi.pairwise_mi(array, 1, unknown=unknown)
    result.matrix[:] = 7
    np.testing.assert_array_equal(array, before)


def test_a_packed_set_shares_nothing_with_its_codes():
    codes = PackedSequences.from_strings(["MKVA"], "protein").to_codes()
    packed = PackedSequences.from_codes(codes, "protein")
    codes[:] = 0
    assert packed.to_strings() == ["MKVA"]


# ------------------------------------------------------------------------------- outputs

SAVES = {
    "result": lambda path: fastmi.pairwise_mi(STRINGS, 1).save(path),
    "counts": lambda path: JointCounts(8, 1).save(path),
    "plotmi": lambda path: fastmi.pairwise_mi(STRINGS, 1).to_plotmi(path),
    "plotmi.gz": lambda path: fastmi.pairwise_mi(STRINGS, 1).to_plotmi(path.with_suffix(".gz")),
    "store": lambda path: PackedSequences.from_strings(STRINGS).save(path.with_suffix(".npy")),
}


@pytest.mark.parametrize("save", SAVES)
def test_a_missing_folder(save, tmp_path):
    fails(
        lambda: SAVES[save](tmp_path / "no" / "out.npz"),
        r"^cannot write .*/no/out\.\w+: No such file or directory$",
    )


@pytest.mark.parametrize("save", SAVES)
def test_a_directory_as_output(save, tmp_path):
    for suffix in ("npz", "gz", "npy"):
        (tmp_path / f"out.{suffix}").mkdir()
    fails(
        lambda: SAVES[save](tmp_path / "out.npz"),
        r"^cannot write .*/out\.\w+: it is a directory$",
    )
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("save", SAVES)
def test_a_file_as_folder(save, tmp_path):
    (tmp_path / "file").write_text("")
    fails(
        lambda: SAVES[save](tmp_path / "file" / "out.npz"),
        r"^cannot write .*: Not a directory$",
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
@pytest.mark.parametrize("save", SAVES)
def test_a_folder_without_permission(save, tmp_path):
    tmp_path.chmod(0o555)
    try:
        fails(lambda: SAVES[save](tmp_path / "out.npz"), "^cannot write .*: Permission denied$")
    finally:
        tmp_path.chmod(0o755)


def refuse(*_args, **_options):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("existing", [True, False])
@pytest.mark.parametrize("save", SAVES)
def test_a_full_disk(save, existing, tmp_path, monkeypatch):
    """Whatever was there before is there afterwards, and nothing else."""
    before = {}
    if existing:
        SAVES[save](tmp_path / "out.npz")
        before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
        assert before
    monkeypatch.setattr(np.lib.format, "write_array", refuse)
    monkeypatch.setattr(np.lib.format, "write_array_header_1_0", refuse)
    monkeypatch.setattr(np, "savetxt", refuse)
    fails(
        lambda: SAVES[save](tmp_path / "out.npz"),
        r"^cannot write .*/out\.\w+: No space left on device$",
    )
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_a_disk_that_fills_up_at_the_rename(tmp_path, monkeypatch):
    monkeypatch.setattr(_files.Path, "replace", refuse)
    fails(lambda: SAVES["result"](tmp_path / "r.npz"), "r.npz: No space left on device$")
    assert list(tmp_path.iterdir()) == []


_LIMITED = """
import resource, sys
import numpy as np, fastmi
rng = np.random.default_rng(1)
s = fastmi.PackedSequences.from_codes(rng.integers(0, 4, (2000, 200), dtype=np.uint8))
r = fastmi.pairwise_mi(s[:50], 1)
c = fastmi.JointCounts(40, 2)
c.add(fastmi.PackedSequences.from_codes(rng.integers(0, 4, (500, 40), dtype=np.uint8)))
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
save = {"result": r.save, "counts": c.save, "plotmi": r.to_plotmi, "store": s.save}
try:
    save[sys.argv[1]](sys.argv[2])
except fastmi.FastMIError as error:
    print(error)
"""


@pytest.mark.parametrize("what", ["result", "counts", "plotmi", "store"])
def test_a_file_that_grows_beyond_the_quota(what, tmp_path):
    path = tmp_path / ("out.npy" if what == "store" else "out.npz")
    path.write_bytes(b"precious")
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED, what, str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    reason = "" if what == "store" else "File too large\n"
    assert done.stdout.startswith(f"cannot write {path}: {reason}"), done.stderr
    assert done.stdout.count("\n") == 1
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {path.name: b"precious"}


def test_a_store_beyond_the_quota_says_why(tmp_path):
    path = tmp_path / "out.npy"
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED, "store", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == f"cannot write {path}: File too large"


def test_an_interrupt_leaves_no_file(tmp_path, monkeypatch):
    def interrupt(*_args, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(np.lib.format, "write_array_header_1_0", interrupt)
    with pytest.raises(KeyboardInterrupt):
        SAVES["result"](tmp_path / "r.npz")
    assert list(tmp_path.iterdir()) == []


def test_outputs_have_the_permissions_of_any_file(tmp_path):
    SAVES["result"](tmp_path / "r.npz")
    (tmp_path / "other").write_text("")
    assert (tmp_path / "r.npz").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_pipe_as_output_stays_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        with contextlib.suppress(FastMIError):
            SAVES["result"](tmp_path / "pipe")
        assert (tmp_path / "pipe").is_fifo()
    finally:
        os.close(reader)


def test_a_link_as_output_stays_a_link(tmp_path):
    (tmp_path / "r.npz").symlink_to(tmp_path / "target.npz")
    SAVES["result"](tmp_path / "r.npz")
    assert (tmp_path / "r.npz").is_symlink()
