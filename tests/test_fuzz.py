"""Anything at all as input: sequences come out, or one of the promised errors.

Short runs of hypothesis: arbitrary and half-right files with arbitrary options; the same
text through buffers of any size; saved files cut, extended and overwritten at random.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import tempfile
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import fastmi
from fastmi import FastMIError, PackedSequences, _text

SETTINGS = settings(
    deadline=None,
    max_examples=80,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)

# Bytes that mean something to a parser come up often, whole records too.
PIECES = st.sampled_from(
    [
        b">",
        b"@",
        b"+",
        b"#",
        b",",
        b";",
        b"\t",
        b" ",
        b'"',
        b"\n",
        b"\r\n",
        b"\x00",
        b"N",
        b"-",
        b"ACGT",
        b"acgu",
        b"IIII",
        b">a b\nACGT\n",
        b"@r\nACGT\n+\nIIII\n",
        b"s,n\n",
        b"ACGT,1\n",
        b"\xef\xbb\xbf",
        b"\x1f\x8b",
        b"BZh",
        b"PK\x03\x04",
        b"\x93NUMPY\x01\x00",
    ]
)
TEXT = st.lists(PIECES | st.binary(max_size=3), max_size=30).map(b"".join)
RECORDS = st.lists(st.text("ACGTN", min_size=4, max_size=4), min_size=1, max_size=12)
OPTIONS = st.fixed_dictionaries(
    {
        "alphabet": st.sampled_from(["dna", "rna", "protein", "AN", "ACGT-", "#>@,"]),
        "unknown": st.sampled_from(["error", "drop", "skip"]),
        "column": st.sampled_from([None, None, 1, 2, 9, "s", "n", ""]),
        "block_rows": st.sampled_from([1, 2, 7, 65536]),
    }
)
PACKERS = st.sampled_from([bytes, gzip.compress, bz2.compress, lzma.compress])


def npy(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def outcome(data: bytes, **options):
    """What reading gives: everything about the sequences, or the error's words.

    Any other kind of exception passes through and fails the test.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "f")
        path.write_bytes(data)
        try:
            blocks = list(fastmi.read_blocks(path, **options))
        except FastMIError as error:
            message = str(error).replace(folder, "")
            assert "\n" not in message
            return message
    assert blocks
    assert len({b.length for b in blocks}) == 1
    return (
        [s for b in blocks for s in b],
        blocks[0].length,
        sum(b.n_dropped for b in blocks),
        sum(b.n_unknown for b in blocks),
    )


def check_consistent(found, options) -> None:
    if isinstance(found, str):
        return
    strings, length, n_dropped, n_unknown = found
    assert all(len(s) == length for s in strings)
    if options["unknown"] == "error":
        assert (n_dropped, n_unknown) == (0, 0)
    if options["unknown"] == "drop":
        assert n_unknown == 0


@SETTINGS
@given(data=TEXT | st.binary(max_size=200), options=OPTIONS, packer=PACKERS)
@example(data=b"", options={"unknown": "error"}, packer=bytes)
@example(data=b"PK\x05\x06" + bytes(18), options={"unknown": "error"}, packer=bytes)
@example(data=b"\x93NUMPY\x01\x00\x76\x00", options={"unknown": "error"}, packer=bytes)
def test_any_bytes_give_sequences_or_a_promised_error(data, options, packer):
    check_consistent(outcome(packer(data), **options), options)


@SETTINGS
@given(
    array=st.sampled_from(
        [
            np.array([[0, 1, 2]], np.uint8),
            np.array(["ACGT", "AAGT"]),
            np.eye(4)[[[0, 1, 2]]],
        ]
    ),
    at=st.integers(0, 200),
    junk=st.binary(max_size=4),
    options=OPTIONS,
)
@pytest.mark.filterwarnings("ignore:Reading `.npy` or `.npz` file required additional")
def test_damaged_arrays_give_sequences_or_a_promised_error(array, at, junk, options):
    data = npy(array)
    data = data[:at] + junk + data[at + len(junk) :]
    with contextlib.suppress(TypeError, ValueError):  # an array of another kind
        check_consistent(outcome(data, **options), options)


@SETTINGS
@given(
    data=TEXT,
    options=OPTIONS.filter(lambda o: o["column"] is None),
    size=st.integers(100, 700),
)
def test_any_text_through_any_buffer(data, options, size):
    """A buffer that holds the longest line must not show."""
    size = max(size, *(len(line) + 2 for line in data.split(b"\n")), 0)
    if data.startswith((b"\x1f\x8b", b"BZh", b"PK", b"\x93NUMPY")):
        data = b"ACGT\n" + data
    whole = outcome(data, **options)
    with mock.patch.object(_text, "_BUFFER", size):
        parts = outcome(data, **options)
    assert parts == whole


@SETTINGS
@given(
    records=RECORDS,
    form=st.sampled_from(["fasta", "fasta wrapped", "fastq", "lines", "table"]),
    end=st.sampled_from(["\n", "\r\n", "\n\n"]),
    final=st.booleans(),
    size=st.integers(8, 60),
    block_rows=st.integers(1, 5),
    unknown=st.sampled_from(["drop", "skip"]),
)
def test_records_through_the_smallest_buffers(
    records, form, end, final, size, block_rows, unknown
):
    """What was written is read, wherever the buffer and the blocks end."""
    write = {
        "fasta": lambda s: f">r{end}{s}{end}",
        "fasta wrapped": lambda s: f">r x{end}{s[:3]}{end}{s[3:]}{end}",
        "fastq": lambda s: f"@r{end}{s}{end}+{end}@>+I{end}",
        "lines": lambda s: f"{s}{end}",
        "table": lambda s: f"7,{s},x{end}",
    }[form]
    if form == "fastq":
        end = end[-1] if end == "\n\n" else end
    text = "".join(write(s) for s in records)
    text = text if final else text.rstrip()
    column = 2 if form == "table" else None
    expected = PackedSequences.from_strings(records, unknown=unknown)
    with mock.patch.object(_text, "_BUFFER", max(size, 12)):
        found = outcome(text.encode(), unknown=unknown, block_rows=block_rows, column=column)
    assert found == (expected.to_strings(), 4, expected.n_dropped, expected.n_unknown)


@SETTINGS
@given(
    codes=st.lists(
        st.lists(st.integers(-3, 7), min_size=5, max_size=5), min_size=1, max_size=6
    ),
    alphabet=st.sampled_from(["dna", "AB", "ACGTX", "protein"]),
    dtype=st.sampled_from([np.int8, np.int64]),
)
def test_any_codes_come_back_or_are_missing(codes, alphabet, dtype):
    array = np.array(codes, dtype)
    packed = PackedSequences.from_codes(array, alphabet, unknown="skip")
    size = len(packed.alphabet)
    wanted = np.where((array < 0) | (array >= size), 255, array.astype(np.int64))
    np.testing.assert_array_equal(packed.to_codes(), wanted)


# ---------------------------------------------------------------------------- our files


def saved() -> dict[str, bytes]:
    counts = fastmi.JointCounts(4, 1)
    counts.add(["ACGT", "AAGT", "CCGT"])
    result = fastmi.pairwise_mi(["ACGT", "ANTC", "CCCA"], 1, unknown="skip", pseudocount=0)
    files = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, thing in (("counts", counts), ("result", result)):
            thing.save(Path(folder, name))
            files[name] = Path(folder, name).read_bytes()
    return files


SAVED = saved()


def load_bytes(data: bytes):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "f.npz")
        path.write_bytes(data)
        return fastmi.load(path)


@pytest.mark.parametrize("name", SAVED)
def test_the_saved_files_load(name):
    assert load_bytes(SAVED[name]).length == 4


@pytest.mark.parametrize("name", SAVED)
@SETTINGS
@given(cut=st.integers(0, 1 << 12))
def test_a_file_cut_anywhere_is_refused(name, cut):
    data = SAVED[name]
    with pytest.raises(FastMIError):
        load_bytes(data[: cut % len(data)])


@pytest.mark.parametrize("name", SAVED)
@SETTINGS
@given(cut=st.integers(1, 1 << 12), junk=st.binary(min_size=1, max_size=60))
def test_a_file_cut_and_continued_is_refused(name, cut, junk):
    data = SAVED[name]
    with pytest.raises(FastMIError):
        load_bytes(data[: cut % (len(data) - 22)] + junk)


@pytest.mark.parametrize("name", SAVED)
@SETTINGS
@given(junk=st.binary(min_size=1, max_size=60))
def test_bytes_behind_a_file(name, junk):
    """A zip is found from its end: zipfile passes over a short tail, or finds no zip."""
    data = SAVED[name]
    try:
        found = load_bytes(data + junk)
    except FastMIError:
        return
    assert found.n_sequences == 3


@pytest.mark.parametrize("name", SAVED)
@SETTINGS
@given(at=st.integers(0, 1 << 12), junk=st.binary(min_size=1, max_size=4))
@example(at=8, junk=b"\x01")  # the directory's flags: encrypted
@example(at=10, junk=b"\x63")  # the directory's method: unknown
def test_overwritten_bytes(name, at, junk):
    data = SAVED[name]
    at = (data.index(b"PK\x01\x02") + at) % len(data)  # counted from the directory
    data = data[:at] + junk + data[at + len(junk) :]
    with contextlib.suppress(FastMIError):  # bytes that do not matter may still load
        load_bytes(data)
