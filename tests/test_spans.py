"""Text cut anywhere: the records of the parts are those of the whole, in order, none twice.

Every byte offset of small files is a border, and every pair of offsets for some; for all
kinds of text, with what can stand between records. What is wrong in the middle of a file is
said with its line and record in the whole file.
"""

from __future__ import annotations

import io
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fastmi
from fastmi import FastMIError, _counting, _parts, _spans
from fastmi._columns import Columns
from fastmi._inputs import Piece, inputs_of
from fastmi._parts import Reading, piece_blocks
from fastmi._shares import WHOLE

RECORDS = ["ACGTAC", "TTGGCC", "GATTAC", "CCCCCC", "ACACAC"]
WEIGHTS = [3.0, 1.0, 2.5, 0.0, 7.0]


def fasta(wrap: int = 9, end: str = "\n", between: str = "", last: bool = True) -> str:
    text = between.join(
        f">r{n} > @ +{end}" + "".join(s[a : a + wrap] + end for a in range(0, len(s), wrap))
        for n, s in enumerate(RECORDS)
    )
    return text if last else text[: -len(end)]


def fastq(qualities: list[str], end: str = "\n", between: str = "", plus: bool = True) -> str:
    return between.join(
        f"@r{n}{end}{s}{end}+{f'r{n}' if plus else ''}{end}{q}{end}"
        for n, (s, q) in enumerate(zip(RECORDS, qualities, strict=True))
    )


AT = ["@IIIII", "@@@@@@", "@r1III", "+IIIII", "@+@+@+"]
PLUS = ["+IIIII", "++++++", "+@@@@@", "@r4+++", "+@+@+@"]
ROWS = [f"r{n},{s},{w:g}\n" for n, (s, w) in enumerate(zip(RECORDS, WEIGHTS, strict=True))]
QUOTED = [
    f'"r,{n}","{s}", {w:g}\n' for n, (s, w) in enumerate(zip(RECORDS, WEIGHTS, strict=True))
]
HEADER = "name,sequence,count\n"
NAMED = Columns("sequence", "count")
PLAIN = Columns()

TEXTS: dict[str, tuple[str, Columns]] = {
    "FASTA": (fasta(), PLAIN),
    "FASTA wrapped": (fasta(4), PLAIN),
    "FASTA of one letter a line": (fasta(1), PLAIN),
    "FASTA CRLF": (fasta(4, "\r\n"), PLAIN),
    "FASTA blank lines": ("\n \n" + fasta(3, between="\n\t\n") + "\n\n", PLAIN),
    "FASTA without a last end of line": (fasta(4, last=False), PLAIN),
    "FASTA BOM": ("\ufeff" + fasta(4), PLAIN),
    "FASTA BOM CRLF blank": ("\ufeff\r\n" + fasta(4, "\r\n", "\r\n"), PLAIN),
    "FASTA indented headers": (fasta(4).replace(">", " >", 2), PLAIN),
    "FASTQ": (fastq(["IIIIII"] * 5), PLAIN),
    "FASTQ qualities with @": (fastq(AT), PLAIN),
    "FASTQ qualities with +": (fastq(PLUS), PLAIN),
    "FASTQ bare plus": (fastq(AT, plus=False), PLAIN),
    "FASTQ CRLF": (fastq(AT, "\r\n"), PLAIN),
    "FASTQ blank lines": ("\n\n" + fastq(AT, between="\n \n") + "\n\n", PLAIN),
    "FASTQ BOM": ("\ufeff" + fastq(PLUS), PLAIN),
    "lines": ("\n".join(RECORDS), PLAIN),
    "lines CRLF": ("\r\n".join(RECORDS) + "\r\n", PLAIN),
    "lines blank, comments": ("# a\n\n" + "\n# ACGTAC\n\n".join(RECORDS) + "\n\n#end", PLAIN),
    "lines BOM": ("\ufeff" + "\n".join(RECORDS) + "\n", PLAIN),
    "lines BOM comments": ("\ufeff# a\n\n" + "\n".join(RECORDS) + "\n", PLAIN),
    "table": ("".join(ROWS), Columns(2)),
    "table weights": ("".join(ROWS), Columns(2, 3)),
    "table header": (HEADER + "".join(ROWS), NAMED),
    "table comments": ("# a,b\n\n# c\n" + HEADER + "#\n" + "\n#\n".join(ROWS), NAMED),
    "table quotes": (HEADER + "".join(QUOTED), NAMED),
    "table CRLF": ((HEADER + "".join(ROWS)).replace("\n", "\r\n"), NAMED),
    "table BOM": ("\ufeff" + HEADER + "".join(ROWS), NAMED),
    "table BOM comments": ("\ufeff#\n\n" + HEADER + "".join(ROWS), NAMED),
    "table BOM, by number": ("\ufeff" + "".join(ROWS), Columns(2, 3)),
    "table tabs": ((HEADER + "".join(ROWS)).replace(",", "\t"), NAMED),
    "table blanks": ((HEADER + "".join(ROWS)).replace(",", "  "), NAMED),
}  # fmt: skip


def reading(columns: Columns = PLAIN, unknown: str = "error") -> Reading:
    return Reading(fastmi.get_alphabet("dna"), unknown, columns)  # type: ignore[arg-type]


def part(path: Path, start: int, stop: int, how: Reading) -> list[tuple[str, float]]:
    """The sequences, and weights, of the records that begin in a part of the file."""
    (file,) = inputs_of(path)
    assert file.entry == "text"
    found: list[tuple[str, float]] = []
    for block in piece_blocks(Piece(file, start, stop, WHOLE), how):
        weights = np.ones(len(block)) if block.weights is None else block.weights
        found += zip(block.to_strings(), weights.tolist(), strict=True)
    return found


def written(folder: Path, text: str) -> tuple[Path, int]:
    path = folder / "text"
    path.write_bytes(text.encode())
    return path, len(text.encode())


def expected(columns: Columns) -> list[tuple[str, float]]:
    weights = WEIGHTS if columns.weights else [1.0] * 5
    return list(zip(RECORDS, weights, strict=True))


@pytest.mark.parametrize("name", TEXTS)
def test_cut_at_every_byte(name: str, tmp_path: Path):
    text, columns = TEXTS[name]
    path, size = written(tmp_path, text)
    how = reading(columns)
    assert part(path, 0, size, how) == expected(columns)  # the text is what it should be
    shares = set()
    for at in range(size + 1):
        first, second = part(path, 0, at, how), part(path, at, size, how)
        assert first + second == expected(columns), at
        shares.add(len(first))
    assert shares == set(range(6))  # borders really fell between all the records


@pytest.mark.parametrize("name", ["FASTA blank lines", "FASTQ qualities with @",
                                  "lines blank, comments", "table BOM comments"])  # fmt: skip
def test_single_bytes(name: str, tmp_path: Path):
    """As many parts as there are bytes: most hold nothing."""
    text, columns = TEXTS[name]
    path, size = written(tmp_path, text)
    parts = [part(path, at, at + 1, reading(columns)) for at in range(size)]
    assert [r for records in parts for r in records] == expected(columns)
    assert max(map(len, parts)) == 1


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(sorted(TEXTS)), st.data())
def test_cut_at_several_places(tmp_path_factory, name: str, data):
    text, columns = TEXTS[name]
    path, size = written(tmp_path_factory.mktemp("cut"), text)
    cuts = sorted(data.draw(st.lists(st.integers(0, size), max_size=6)))
    found = [part(path, a, b, reading(columns)) for a, b in pairwise([0, *cuts, size])]
    assert [r for records in found for r in records] == expected(columns)


QUALITY = st.text(alphabet="@+I>", min_size=6, max_size=6)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(QUALITY, min_size=5, max_size=5), st.sampled_from(["\n", "\r\n"]), st.booleans()
)
def test_any_qualities(tmp_path_factory, qualities, end, plus):
    text = fastq(qualities, end, plus=plus)
    path, size = written(tmp_path_factory.mktemp("cut"), text)
    for at in range(size + 1):
        found = part(path, 0, at, reading()) + part(path, at, size, reading())
        assert found == expected(PLAIN)


LETTERS = st.text(alphabet="AC@+", min_size=3, max_size=3)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(LETTERS, LETTERS, st.booleans()), min_size=1, max_size=4), st.booleans()
)
def test_sequences_that_look_like_headers(tmp_path_factory, records, known):
    """Of an alphabet that has such letters, or as rubbish that is dropped."""
    text = "".join(f"@{n}\n{s}\n+{n if plus else ''}\n{q}\n"
                   for n, (s, q, plus) in enumerate(records))  # fmt: skip
    path, size = written(tmp_path_factory.mktemp("cut"), text)
    alphabet = fastmi.get_alphabet("AC@+" if known else "dna")
    how = Reading(alphabet, "error" if known else "drop", PLAIN)
    whole = [(s, 1.0) for s, _, _ in records if known or set(s) <= set("AC")]
    for at in range(size + 1):
        assert part(path, 0, at, how) + part(path, at, size, how) == whole


TOKENS = {
    "FASTA": [">a\n", ">", "ACGT", "AC", "\n", "\r\n", " ", "x", "#"],
    "FASTQ": ["@a\nACGT\n+\n@III\n", "@a\nACGN\n+b\n+III\n", "@a\n", "ACGT\n", "+\n",
              "@III\n", "+III\n", "\n", "\r\n", " ", "@", "+"],
    "lines": ["ACGT\n", "ACGT\r\n", " ACGT \n", "ACNT\n", "ACGT", "#x\n", "\n", "\ufeff"],
    "table": ["a,b\n", "1,ACGT\n", '"2","ACGT"\n', "1,ACNT\n", "3,1,ACGT\n", "#c\n", "\r\n"],
}  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_any_text(tmp_path_factory, data):
    """Even what is wrong: the parts fail where the whole does, and only there.

    A length other than the first one's may show only when all parts are counted.
    """
    kind = data.draw(st.sampled_from(sorted(TOKENS)))
    text = "".join(data.draw(st.lists(st.sampled_from(TOKENS[kind]), min_size=1, max_size=12)))
    columns = PLAIN
    if kind == "table":
        columns = data.draw(st.sampled_from([Columns("b", "a"), Columns(2, 1), Columns(2)]))
    how = reading(columns, data.draw(st.sampled_from(["error", "drop", "skip"])))
    path, size = written(tmp_path_factory.mktemp("cut"), text)
    whole = complaint(path, 0, size, how)
    for at in range(size + 1):
        found = {complaint(path, 0, at, how), complaint(path, at, size, how)} - {None}
        if whole is None:
            assert not found
            both = part(path, 0, at, how) + part(path, at, size, how)
            assert both == part(path, 0, size, how)
        else:
            assert found or "has length" in whole


def test_headers_longer_than_a_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A line is looked at in pieces; one that goes on with '>' or '@' begins nothing."""
    monkeypatch.setattr(_spans, "_PIECE", 4)
    for text in (fasta(), fastq(AT), "# ACGTACGTACGT\n" + "\n".join(RECORDS)):
        path, size = written(tmp_path, text)
        for at in range(size + 1):
            found = part(path, 0, at, reading()) + part(path, at, size, reading())
            assert found == expected(PLAIN)


@pytest.mark.parametrize("unknown", ["drop", "skip"])
@pytest.mark.parametrize("name", ["FASTA wrapped", "FASTQ", "lines", "table header"])
def test_missing_letters_are_counted_once(name: str, unknown: str, tmp_path: Path):
    text, columns = TEXTS[name]
    text = text.replace("TTGG", "TNGN").replace("ACAC", "NNNN", 1)
    path, size = written(tmp_path, text)
    how = reading(columns, unknown)

    def numbers(start: int, stop: int) -> np.ndarray:
        (file,) = inputs_of(path)
        blocks = list(piece_blocks(Piece(file, start, stop, WHOLE), how))
        return np.sum([[len(b), b.n_dropped, b.n_unknown] for b in blocks] or [[0] * 3], axis=0)

    whole = numbers(0, size)
    assert whole.tolist() == ([3, 2, 0] if unknown == "drop" else [5, 0, 6])
    for at in range(size + 1):
        np.testing.assert_array_equal(numbers(0, at) + numbers(at, size), whole)


# ------------------------------------------------------------------------------- next_record


@pytest.mark.parametrize("form", ["fasta", "fastq", "lines", "table"])
def test_a_border_is_the_same_from_either_side(form: str):
    """Each offset gives the first border behind it; borders give themselves."""
    text = {"fasta": fasta(4), "fastq": fastq(AT), "lines": "\n".join(RECORDS),
            "table": HEADER + "".join(ROWS)}[form].encode()  # fmt: skip
    data = len(HEADER) if form == "table" else 0
    stream = io.BytesIO(text)
    found = [_spans.next_record(stream, form, at, data) for at in range(len(text) + 1)]
    assert found == sorted(found)
    assert found[0] == 0
    assert found[-1] == len(text)
    for at, border in enumerate(found):
        assert border >= at
        assert found[border] == border
    assert len(set(found)) == 6 + (form == "table")  # the beginning, four or five, the end


# ------------------------------------------------------------------------------- what is wrong


def complaint(path: Path, start: int, stop: int, how: Reading) -> str | None:
    try:
        part(path, start, stop, how)
    except FastMIError as error:
        return str(error)
    return None


WRONG: dict[str, tuple[str, Columns]] = {
    "FASTA letter": (fasta(4).replace("GATT", "GXTT"), PLAIN),
    "FASTA length": (fasta(4).replace("GATT", "GAT"), PLAIN),
    "FASTA empty": (fasta(9).replace("GATTAC\n", ""), PLAIN),
    "FASTQ letter": (fastq(AT).replace("GATT", "GXTT"), PLAIN),
    "FASTQ quality": (fastq(AT).replace("@r1III", "@r1I"), PLAIN),
    "FASTQ plus": (fastq(AT).replace("+r2\n", ""), PLAIN),
    "FASTQ cut": (fastq(["IIIIII"] * 5)[:-8], PLAIN),
    "lines letter": ("#\n\n" + "\n".join(RECORDS).replace("GATT", "GXTT"), PLAIN),
    "lines NUL": ("#\n\n" + "\n".join(RECORDS).replace("GATT", "G\0TT"), PLAIN),
    "lines columns": ("#\n\n" + "\n".join(RECORDS).replace("GATT", "G\tTT"), PLAIN),
    "table weight": (HEADER + "".join(ROWS).replace("2.5", "many"), NAMED),
    "table columns": (HEADER + "".join(ROWS).replace(",GATTAC,2.5", ""), NAMED),
    "table letter": ("#\n" + HEADER + "".join(ROWS).replace("GATT", "GXTT"), NAMED),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_bad_record_keeps_its_line_and_number(name: str, tmp_path: Path):
    """Whoever has the record says the same of it, wherever the file was cut before it."""
    text, columns = WRONG[name]
    path, size = written(tmp_path, text)
    how = reading(columns)
    whole = complaint(path, 0, size, how)
    assert whole is not None
    assert ", line " in whole
    seen = set()
    for at in range(size + 1):
        first, second = complaint(path, 0, at, how), complaint(path, at, size, how)
        assert {first, second} - {None} == {whole}, at
        seen.add("first" if first else "second")
    assert seen == {"first", "second"}


def test_what_stands_before_the_first_header_is_said_by_the_first_part(tmp_path: Path):
    path, size = written(tmp_path, "garbage\n" + fasta())
    whole = complaint(path, 0, size, reading())
    assert whole is not None
    assert "line 1, record 1: expected a header that starts with '>', found 'g'" in whole
    for at in range(1, size):
        assert complaint(path, 0, at, reading()) == whole
    begins = len("garbage\n")
    assert part(path, begins, size, reading()) == expected(PLAIN)


def test_a_record_of_another_length_keeps_its_line_and_number(tmp_path: Path):
    """Even where the part's first record is the long one, so that the next looks short."""
    path, size = written(tmp_path, fasta().replace("CCCCCC", "CCCCCCC"))
    whole = complaint(path, 0, size, reading())
    assert "line 7, record 4 (r3) has length 7, expected 6" in str(whole)
    for at in range(size + 1):
        found = {complaint(path, 0, at, reading()), complaint(path, at, size, reading())}
        assert found == {None, whole}


def test_a_part_of_records_of_another_length_is_refused_when_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Behind those that everybody looks at first."""
    monkeypatch.setattr(_counting, "HEAD_ROWS", 1)
    path, size = written(tmp_path, fasta().replace("ACACAC", "ACACACA"))
    assert part(path, size - 18, size, reading()) == [("ACACACA", 1.0)]
    with pytest.raises(FastMIError, match=r"text: its sequences have length 7, .*text have 6$"):
        fastmi.count(path, 1, shard="5/5")


@pytest.mark.parametrize("text", ["#\n# a\n\n", "\n\n", " \n", "#"])
def test_a_file_without_records_says_so_wherever_it_is_cut(text: str, tmp_path: Path):
    path, size = written(tmp_path, text)
    for at in range(1, size + 1):
        assert complaint(path, 0, at, reading()) is not None
    other = tmp_path / "other"
    other.write_text("\n".join(RECORDS))
    with pytest.raises(FastMIError, match=r"text (holds no sequences|is empty)$"):
        fastmi.count([path, other], 1)


def test_blocks_of_one_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_parts, "BLOCK_ROWS", 1)
    path, size = written(tmp_path, fasta(4))
    for at in range(size + 1):
        found = part(path, 0, at, reading()) + part(path, at, size, reading())
        assert found == expected(PLAIN)
