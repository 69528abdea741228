"""Reading: one set of records comes out the same however it was written, packed and cut.

Formats x compressions x the kinds of stream, under names that mislead; block sizes; and the
reading buffer, made so small that every record meets its edge. Then the reference data.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import fastmi
from fastmi import FastMIError, PackedSequences, _text
from fastmi.io import as_sequences

RECORDS = [
    "ACGTTGCAAC",
    "TTTTGGGGCC",
    "GATTACAGAT",
    "CCCCCCCCCC",
    "ACACACACAC",
    "GTGTGTGTGT",
    "ACGTTGCAAC",
    "TACGATCGAT",
]
NAMES = [f"read_{n} some words > @ # {n}" for n in range(len(RECORDS))]
EXPECTED = PackedSequences.from_strings(RECORDS)
CODES = EXPECTED.to_codes()


def fasta(wrap: int = 0, end: str = "\n") -> str:
    lines = []
    for name, letters in zip(NAMES, RECORDS, strict=True):
        width = wrap or len(letters)
        pieces = [letters[a : a + width] for a in range(0, len(letters), width)]
        lines += [">" + name, *pieces]
    return "".join(line + end for line in lines)


def fastq(end: str = "\n") -> str:
    # qualities that look like a header, a record and a separator
    return "".join(
        f"@{name}{end}{letters}{end}+{name if n % 2 else ''}{end}@>+#I!I~I,{end}"
        for n, (name, letters) in enumerate(zip(NAMES, RECORDS, strict=True))
    )


def table(separator: str, header: bool = True) -> str:
    lines = [separator.join(["name", "sequence", "count"])] if header else []
    lines += [separator.join([f"r{n}", s, str(n)]) for n, s in enumerate(RECORDS)]
    return "\n".join(lines) + "\n"


def npy(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def npz(compressed: bool = False, **arrays: np.ndarray) -> bytes:
    out = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(out, **arrays)
    return out.getvalue()


LINES = "\n".join(RECORDS) + "\n"
LETTERS = np.array([list(r) for r in RECORDS])
QUOTED = "".join(f'"a, ""b"" {n}" , "{s}",x\n' for n, s in enumerate(RECORDS))

# name: (content, options of read)
TEXTS: dict[str, tuple[str, dict]] = {
    "fasta": (fasta(), {}),
    "fasta wrapped at 7": (fasta(7), {}),
    "fasta wrapped at 1": (fasta(1), {}),
    "fasta CRLF": (fasta(end="\r\n"), {}),
    "fasta wrapped CRLF": (fasta(7, "\r\n"), {}),
    "fasta no final newline": (fasta()[:-1], {}),
    "fasta wrapped no final newline": (fasta(7)[:-1], {}),
    "fasta blank lines": (fasta(7).replace("\n", "\n\n"), {}),
    "fasta blank lines with blanks": ("\n \n" + fasta(7).replace("\n", "\n \t\n"), {}),
    "fasta blanks at ends": (fasta(7, " \t\n"), {}),
    "fasta indented": ("".join("  " + x + "\n" for x in fasta().splitlines()), {}),
    "fasta lower case": (fasta().lower(), {}),
    "fasta U": ("".join(f">x\n{s.replace('T', 'U')}\n" for s in RECORDS), {}),
    "fasta no names": ("".join(f">\n{s}\n" for s in RECORDS), {}),
    "fastq": (fastq(), {}),
    "fastq CRLF": (fastq("\r\n"), {}),
    "fastq no final newline": (fastq()[:-1], {}),
    "fastq blank lines between": (fastq().replace("\n@read", "\n\n \n@read"), {}),
    "fastq blanks behind letters": (
        "".join(f"@a\n{s} \t\n+\n{'I' * 10}\n" for s in RECORDS),
        {},
    ),
    "lines": (LINES, {}),
    "lines CRLF": (LINES.replace("\n", "\r\n"), {}),
    "lines no final newline": (LINES[:-1], {}),
    "lines blank lines": ("\n\n" + LINES.replace("\n", "\n \n"), {}),
    "lines blanks around": (LINES.replace("\n", " \t\n  "), {}),
    "lines comments": ("# a,b;c\td e\n#\n" + LINES.replace("\n", "\n #>x\n"), {}),
    "csv by name": (table(","), {"column": "sequence"}),
    "csv by number": (table(",", header=False), {"column": 2}),
    "csv CRLF": (table(",").replace("\n", "\r\n"), {"column": "sequence"}),
    "csv blanks": (table(" , "), {"column": "sequence"}),
    "csv comments": ("# made by hand\n\n" + table(","), {"column": "sequence"}),
    "csv quoted header": (
        table(",").replace("sequence", '"sequence"'),
        {"column": "sequence"},
    ),
    "csv quoted": (QUOTED, {"column": 2}),
    "csv quoted separators": (
        "n,sequence\n" + "".join(f'"x,y;{n}","{s}"\n' for n, s in enumerate(RECORDS)),
        {"column": "sequence"},
    ),
    "csv without index name": (
        ",sequence\n" + "".join(f"{n},{s}\n" for n, s in enumerate(RECORDS)),
        {"column": "sequence"},
    ),
    "csv empty cells elsewhere": (
        "".join(f",{s},,\n" for s in RECORDS),
        {"column": 2},
    ),
    "csv first column": ("".join(f"{s},1\n" for s in RECORDS), {"column": 1}),
    "csv last column": ("".join(f"1,{s}\n" for s in RECORDS), {"column": 2}),
    "csv one column": ("sequence\n" + LINES, {"column": "sequence"}),
    "csv one column by number": (LINES, {"column": 1}),
    "tsv by name": (table("\t"), {"column": "sequence"}),
    "tsv by number": (table("\t", header=False), {"column": 2}),
    "tsv names with commas": (
        "na,me; x\tsequence\n" + "".join(f"a, b;\t{s}\n" for s in RECORDS),
        {"column": "sequence"},
    ),
    "tsv empty cells": ("".join(f"\t{s}\t\n" for s in RECORDS), {"column": 2}),
    "semicolons by name": (table(";"), {"column": "sequence"}),
    "semicolons by number": (table(";", header=False), {"column": 2}),
    "blanks by name": (table(" "), {"column": "sequence"}),
    "blanks by number": (table("   ", header=False), {"column": 2}),
    "blanks indented": (
        "".join(f"   {n}  {s}   7 \n" for n, s in enumerate(RECORDS)),
        {"column": 2},
    ),
}
ARRAYS: dict[str, tuple[bytes, dict]] = {
    "npy codes uint8": (npy(CODES), {}),
    "npy codes int64": (npy(CODES.astype(np.int64)), {}),
    "npy codes big-endian": (npy(CODES.astype(">i4")), {}),
    "npy letters S1": (npy(LETTERS.astype("S1")), {}),
    "npy letters U1": (npy(LETTERS), {}),
    "npy letters uint8": (npy(LETTERS.astype("S1").view(np.uint8)), {}),
    "npy strings": (npy(np.array(RECORDS)), {}),
    "npy byte strings": (npy(np.array(RECORDS, "S")), {}),
    "npy one-hot NLA": (npy(EXPECTED.to_one_hot()), {}),
    "npy one-hot NAL": (npy(EXPECTED.to_one_hot("NAL", np.uint8)), {}),
    "npy one-hot bool": (npy(EXPECTED.to_one_hot(dtype=bool)), {}),
    "npz one array": (npz(a=CODES), {}),
    "npz one array, compressed": (npz(True, a=CODES), {}),
    "npz one array named": (npz(a=CODES), {"column": "a"}),
    "npz several": (npz(y=np.arange(3.0), x=CODES), {"column": "x"}),
    "npz several, compressed": (npz(True, y=np.arange(3), x=LETTERS), {"column": "x"}),
}
CONTENTS = {name: (text.encode(), options) for name, (text, options) in TEXTS.items()} | ARRAYS

PACKERS = {
    "plain": bytes,
    "gzip": gzip.compress,
    "gzip of several members": lambda data: b"".join(
        gzip.compress(data[a : a + 50]) for a in range(0, len(data), 50)
    ),
    "gzip with padding": lambda data: gzip.compress(data) + b"\0" * 512,
    "bzip2": bz2.compress,
    "bzip2 of several streams": lambda data: bz2.compress(data[:30]) + bz2.compress(data[30:]),
    "xz": lzma.compress,
    "xz of several streams": lambda data: lzma.compress(data[:30]) + lzma.compress(data[30:]),
}
MISLEADING = {
    "plain": "reads.gz",
    "gzip": "reads.fasta",
    "bzip2": "reads.gz",
    "xz": "reads.npy",
}


def misleading_name(packer: str) -> str:
    return MISLEADING.get(packer.split(" ")[0], "reads")


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("content", CONTENTS)
def test_every_format_in_every_compression(content, packer, tmp_path):
    data, options = CONTENTS[content]
    path = tmp_path / misleading_name(packer)
    path.write_bytes(PACKERS[packer](data))
    assert fastmi.read(path, **options) == EXPECTED


def test_fastq_with_blanks_at_all_line_ends(tmp_path):
    (tmp_path / "f").write_text(fastq(" \n"))
    assert fastmi.read(tmp_path / "f") == EXPECTED


def test_npy_in_fortran_order(tmp_path):
    np.save(tmp_path / "f.npy", np.asfortranarray(CODES))
    assert fastmi.read(tmp_path / "f.npy") == EXPECTED


def test_an_indented_comment_before_the_header(tmp_path):
    (tmp_path / "f").write_text("  # made by hand\n" + table(","))
    assert fastmi.read(tmp_path / "f", column="sequence") == EXPECTED


@pytest.mark.parametrize("content", [n for n in TEXTS if "lower" not in n and "csv" not in n])
def test_a_byte_order_mark_is_passed_over(content, tmp_path):
    text, options = TEXTS[content]
    (tmp_path / "f").write_bytes(text.encode("utf-8-sig"))
    assert fastmi.read(tmp_path / "f", **options) == EXPECTED


def test_a_byte_order_mark_before_a_column_name(tmp_path):
    (tmp_path / "f").write_bytes(f"sequence,n\n{RECORDS[0]},1\n".encode("utf-8-sig"))
    assert fastmi.read(tmp_path / "f", column="sequence").to_strings() == RECORDS[:1]


@pytest.mark.parametrize("kind", [str, Path])
def test_a_path_of_either_kind(kind, tmp_path):
    (tmp_path / "f").write_text(LINES)
    assert fastmi.read(kind(tmp_path / "f")) == EXPECTED


# --------------------------------------------------------------------- blocks and buffers


@pytest.mark.parametrize("block_rows", [1, 2, 7, 8, 9, 65536])
@pytest.mark.parametrize("content", ["fasta wrapped at 7", "fastq", "lines", "npz one array"])
def test_blocks_of_any_size(content, block_rows, tmp_path):
    data, options = CONTENTS[content]
    (tmp_path / "f").write_bytes(data)
    blocks = list(fastmi.read_blocks(tmp_path / "f", block_rows=block_rows, **options))
    full, rest = divmod(len(RECORDS), block_rows)
    assert [len(b) for b in blocks] == [block_rows] * full + [rest] * (rest > 0)
    assert [s for b in blocks for s in b] == RECORDS


HOLES = ["ACGT", "ANGT", "NNNN", "TTTT", "AC-T", "GGGG"]


@pytest.mark.parametrize("block_rows", [1, 2, 3, 65536])
@pytest.mark.parametrize("unknown", ["drop", "skip"])
def test_blocks_count_what_is_missing(unknown, block_rows, tmp_path):
    (tmp_path / "f").write_text("".join(s + "\n" for s in HOLES))
    blocks = list(fastmi.read_blocks(tmp_path / "f", unknown=unknown, block_rows=block_rows))
    whole = PackedSequences.from_strings(HOLES, unknown=unknown)
    assert [s for b in blocks for s in b] == whole.to_strings()
    assert sum(b.n_dropped for b in blocks) == whole.n_dropped
    assert sum(b.n_unknown for b in blocks) == whole.n_unknown


@pytest.mark.parametrize("unknown", ["drop", "skip"])
@pytest.mark.parametrize("alphabet", ["dna", "ACGTX"])
@pytest.mark.parametrize("form", ["fasta", "lines", "npy"])
def test_reading_and_packing_agree_on_missing_letters(form, alphabet, unknown, tmp_path):
    path = tmp_path / "f"
    if form == "npy":
        np.save(tmp_path / "f.npy", np.array(HOLES))
        path = tmp_path / "f.npy"
    else:
        path.write_text("".join(f"{'>x' if form == 'fasta' else ''}\n{s}\n" for s in HOLES))
    packed = PackedSequences.from_strings(HOLES, alphabet, unknown=unknown)
    found = fastmi.read(path, alphabet, unknown=unknown)
    assert found == packed
    assert (found.n_dropped, found.n_unknown) == (packed.n_dropped, packed.n_unknown)


def test_a_mask_that_begins_in_a_late_block(tmp_path, monkeypatch):
    monkeypatch.setattr(
        fastmi.io.read_blocks,
        "__kwdefaults__",
        {"unknown": "error", "column": None, "block_rows": 2},
    )
    strings = ["ACGT"] * 5 + ["ACNT"] + ["TTTT"] * 4
    (tmp_path / "f").write_text("\n".join(strings))
    assert fastmi.read(tmp_path / "f", unknown="skip").to_strings() == strings


def test_a_file_of_which_all_is_dropped(tmp_path):
    (tmp_path / "f").write_text("NA\nAN\n")
    (block,) = fastmi.read_blocks(tmp_path / "f", unknown="drop")
    assert (len(block), block.length, block.n_dropped) == (0, 2, 2)


@pytest.mark.parametrize("size", [64, 65, 66, 67, 70, 77, 97, 128, 1000])
@pytest.mark.parametrize("content", TEXTS)
def test_records_around_the_edge_of_the_buffer(content, size, monkeypatch, tmp_path):
    text, options = TEXTS[content]
    (tmp_path / "f").write_bytes(text.encode())
    monkeypatch.setattr(_text, "_BUFFER", size)
    assert fastmi.read(tmp_path / "f", **options) == EXPECTED


@pytest.mark.parametrize("size", range(12, 40))
@pytest.mark.parametrize("text", [LINES, LINES.replace("\n", "\r\n"), LINES[:-1]])
def test_lines_through_the_smallest_buffers(text, size, monkeypatch, tmp_path):
    (tmp_path / "f").write_bytes(text.encode())
    monkeypatch.setattr(_text, "_BUFFER", size)
    assert fastmi.read(tmp_path / "f") == EXPECTED


@pytest.mark.parametrize("wrap", [0, 3])
@pytest.mark.parametrize("size", range(35, 80))
def test_fasta_through_the_smallest_buffers(size, wrap, monkeypatch, tmp_path):
    (tmp_path / "f").write_text(fasta(wrap))
    monkeypatch.setattr(_text, "_BUFFER", size)
    blocks = list(fastmi.read_blocks(tmp_path / "f", block_rows=3))
    assert [s for b in blocks for s in b] == RECORDS


def test_a_stream_that_gives_a_byte_at_a_time(monkeypatch, tmp_path):
    class Drip(io.RawIOBase):
        def __init__(self, data: bytes) -> None:
            self.data = io.BytesIO(data)

        def readable(self) -> bool:
            return True

        def readinto(self, view) -> int:
            byte = self.data.read(1)
            view[: len(byte)] = byte
            return len(byte)

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=Drip(fasta(7).encode())))
    assert fastmi.read("-") == EXPECTED


def test_an_error_says_the_same_whatever_the_buffer(monkeypatch, tmp_path):
    (tmp_path / "f").write_text(fasta(7) + ">bad one\nACGTNACGTA\n")
    messages = set()
    for size in (64, 65, 71, 100, 1 << 20):
        monkeypatch.setattr(_text, "_BUFFER", size)
        with pytest.raises(FastMIError) as caught:
            fastmi.read(tmp_path / "f")
        messages.add(str(caught.value))
    (message,) = messages
    assert "line 25, record 9 (bad), position 4: letter 'N'" in message


# ------------------------------------------------------------------------------- stdin


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("packer", ["plain", "gzip"])
def test_stdin(content, packer, monkeypatch):
    data, options = CONTENTS[content]
    stdin = SimpleNamespace(buffer=io.BufferedReader(io.BytesIO(PACKERS[packer](data))))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert fastmi.read("-", **options) == EXPECTED
    assert not stdin.buffer.closed


@pytest.mark.parametrize(
    ("content", "packer"),
    [
        *((c, p) for c in ("fasta", "csv by name") for p in ("plain", "gzip", "bzip2", "xz")),
        ("npy codes uint8", "plain"),
        ("npy codes uint8", "gzip"),
        ("npy codes uint8", "xz"),
        ("npz several", "plain"),
        ("npz several", "gzip"),
    ],
)
def test_a_pipe(content, packer):
    """A pipe cannot seek, and a terminal's stdin is a BufferedReader over it."""
    data, options = CONTENTS[content]
    read_end, write_end = os.pipe()
    os.write(write_end, PACKERS[packer](data))
    os.close(write_end)
    code = f"import fastmi; print(fastmi.read('-', **{options!r}).to_strings())"
    with os.fdopen(read_end, "rb") as stdin:
        done = subprocess.run(
            [sys.executable, "-c", code], stdin=stdin, capture_output=True, text=True
        )
    assert done.stdout.strip() == repr(RECORDS), done.stderr


def test_stdin_is_named_in_messages(monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"ACGT\nACG\n")))
    with pytest.raises(FastMIError, match=r"^stdin, line 2, record 2 has length 3"):
        fastmi.read("-")


def test_a_file_called_stdin_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("stdin").write_text(LINES)
    assert fastmi.read("stdin") == EXPECTED


# ------------------------------------------------------------------------ as_sequences


@pytest.mark.parametrize(
    "data",
    [
        EXPECTED,
        RECORDS,
        tuple(RECORDS),
        [r.encode() for r in RECORDS],
        np.array(RECORDS),
        np.array(RECORDS, "S"),
        LETTERS,
        LETTERS.astype("S1"),
        LETTERS.astype("S1").view(np.uint8),
        LETTERS.tolist(),
        CODES,
        CODES.astype(np.int64),
        CODES.tolist(),
        EXPECTED.to_one_hot(),
        EXPECTED.to_one_hot("NAL"),
        EXPECTED.to_one_hot(dtype=bool).tolist(),
    ],
    ids=lambda x: type(x).__name__,
)
def test_as_sequences_takes(data):
    assert as_sequences(data) == EXPECTED


@pytest.mark.parametrize("kind", ["text", "npy", "store"])
def test_as_sequences_takes_paths(kind, tmp_path):
    path = tmp_path / "f.npy"
    if kind == "text":
        path.write_text(LINES)
    elif kind == "npy":
        np.save(path, CODES)
    else:
        EXPECTED.save(path)
    assert as_sequences(path) == as_sequences(str(path)) == EXPECTED


def test_as_sequences_takes_the_alphabet_of_a_store(tmp_path):
    packed = PackedSequences.from_strings(["MKV"], "protein")
    packed.save(tmp_path / "s.npy")
    assert as_sequences(tmp_path / "s.npy") == packed


def test_as_sequences_gives_back_what_is_packed():
    assert as_sequences(EXPECTED) is EXPECTED
    assert as_sequences(EXPECTED, "dna", "drop") is EXPECTED


def test_as_sequences_drops_from_what_is_packed():
    packed = PackedSequences.from_strings(HOLES, unknown="skip")
    kept = as_sequences(packed, unknown="drop")
    assert (kept.to_strings(), kept.n_dropped) == (["ACGT", "TTTT", "GGGG"], 3)
    assert len(packed) == 6


@pytest.mark.parametrize("unknown", ["error", "skip"])
def test_missing_letters_of_a_packed_set_are_a_decision_made(unknown):
    packed = PackedSequences.from_strings(HOLES, unknown="skip")
    assert as_sequences(packed, unknown=unknown) is packed


def test_codes_of_a_large_alphabet_are_codes():
    alphabet = "".join(chr(c) for c in range(33, 126))
    codes = np.arange(32, 92, dtype=np.uint8).reshape(6, 10)  # would be letters for DNA
    np.testing.assert_array_equal(as_sequences(codes, alphabet).to_codes(), codes)


# ---------------------------------------------------------------------- reference data


def test_ars1(shared):
    packed = fastmi.read(shared / "ars1" / "ars_sequences.txt.gz", column="sequence")
    assert (len(packed), packed.length, packed.n_unknown) == (603_569, 150, 0)
    # its first record, as it stands in the file
    assert packed[0].startswith("TCTAACAAAATAGCAAATTTCGTCAAAAATG")


def test_rf00162(shared):
    path = shared / "rf00162" / "RF00162.fasta"
    packed = fastmi.read(path, "rna", unknown="skip")
    assert (len(packed), packed.length) == (4_757, 107)
    text = "".join(x for x in path.read_text().splitlines() if not x.startswith(">"))
    assert packed.n_unknown == text.count(".") > 0
    assert len(set(packed)) == 1_865


def test_rf00162_gaps_are_refused_unless_asked_for(shared):
    with pytest.raises(FastMIError, match=r"RF00162\.fasta, line 3, record 2 .*letter '\.'"):
        fastmi.read(shared / "rf00162" / "RF00162.fasta", "rna")


@pytest.mark.parametrize(
    ("name", "n", "length"),
    [
        ("epd_human_core_70bp_29598.txt.gz", 29_598, 70),
        ("epd_human_pm50_101bp_partial.txt.gz", 16_808, 101),
    ],
)
def test_epd(shared, name, n, length):
    packed = fastmi.read(shared / "epd" / name)
    assert (len(packed), packed.length, packed.n_unknown) == (n, length, 0)


def test_htr_selex_with_a_few_n(shared):
    path = shared / "htr_selex" / "RBP52_4.txt.gz"
    packed = fastmi.read(path, column=1, unknown="drop")
    assert (len(packed) + packed.n_dropped, packed.length) == (92_800, 40)
    with gzip.open(path, "rt") as stream:
        assert packed.n_dropped == sum("N" in line for line in stream)


def test_a_column_named_in_any_script(tmp_path):
    (tmp_path / "t.tsv").write_text("id\tséq\n1\tACGT\n", encoding="utf-8")
    assert fastmi.read(tmp_path / "t.tsv", column="séq").to_strings() == ["ACGT"]


@pytest.mark.parametrize("call", [fastmi.pairwise_mi, fastmi.pairwise_distance])
def test_a_column_goes_through_every_front_door(tmp_path, call):
    (tmp_path / "t.csv").write_text("ACGT,3\nTTGA,1\n")
    assert call(tmp_path / "t.csv", 1, column=1).n_sequences == 2
    counts = fastmi.JointCounts(4, 1)
    counts.add(tmp_path / "t.csv", column=1)
    assert counts.n_sequences == 2


@pytest.mark.parametrize(("name", "column"), [("x.npy", 1), ("x.npy", "a"), ("x.npz", 7)])
def test_a_column_of_what_has_none(tmp_path, name, column):
    save = np.save if name.endswith("npy") else np.savez
    save(tmp_path / name, np.zeros((2, 4), np.uint8))
    with pytest.raises(FastMIError, match="column="):
        fastmi.read(tmp_path / name, column=column)


def test_the_alphabet_of_a_store_is_its_own(tmp_path):
    fastmi.PackedSequences.from_strings(["MKV"], "protein").save(tmp_path / "s.npy")
    assert fastmi.read(tmp_path / "s.npy").alphabet.name == "protein"
    assert next(fastmi.read_blocks(tmp_path / "s.npy")).alphabet.name == "protein"


def test_blocks_of_which_all_is_dropped_can_be_counted():
    counts = fastmi.JointCounts(4, 1)
    counts.add(["ACGN"], unknown="drop")
    counts.add(["ACGT"])
    assert (counts.n_sequences, counts.n_dropped) == (1, 1)
