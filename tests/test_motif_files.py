"""Files of motifs: every format by an example, what is guessed and said, and each refusal.

What is written reads back the same; the JASPAR files of the reference data load as their notice
says.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fastmi
from fastmi import FastMIError, FastMIWarning, Motif
from fastmi.alphabet import DNA, PROTEIN, RNA, get_alphabet

modest = settings(deadline=None, max_examples=60, database=None)

COUNTS = [[8, 0, 2, 0], [1, 1, 1, 1], [0, 0, 0, 3]]  # a row a position
EXPECTED = Motif.from_counts(COUNTS).frequencies
PROBABILITIES = [[0.8, 0, 0.2, 0], [0.25, 0.25, 0.25, 0.25], [0, 0, 0, 1]]


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Read this text from a file called ``f``; a warning is an error."""
    monkeypatch.chdir(tmp_path)

    def read_text(text: str, *args, **options) -> list[Motif]:
        Path("f").write_text(text, encoding="utf-8")
        return fastmi.read_motifs("f", *args, **options)

    return read_text


# ----------------------------------------------------------------------------- what there is

JASPAR = """>MA0001.1\tTest::motif
A  [ 8 1 0 ]
C  [ 0 1 0 ]
G  [ 2 1 0 ]
T  [ 0 1 3 ]
"""
MEME = """MEME version 4

ALPHABET= ACGT

strands: + -

Background letter frequencies
A 0.25 C 0.25 G 0.25 T 0.25

MOTIF MA0001.1 Test::motif
letter-probability matrix: alength= 4 w= 3 nsites= 10 E= 4.1e-009
 0.800000  0.000000  0.200000  0.000000
 0.250000  0.250000  0.250000  0.250000
 0.000000  0.000000  0.000000  1.000000
URL http://example.org
"""
FULL_MEME = """********************************************************************************
MEME - Motif discovery tool
********************************************************************************
MEME version 5.5.0 (Release date: ...)

********************************************************************************
ALPHABET= ACGT
Sequence name            Weight Length  Sequence name            Weight Length
seq1                     1.0000    100  seq2                     1.0000    100
MOTIF AWT MEME-1\twidth =   3  sites =  10  llr = 12  E-value = 1.0e-003
********************************************************************************
Simplified        A  8::
pos.-specific     C  :3:
\tMotif AWT MEME-1 position-specific scoring matrix
--------------------------------------------------------------------------------
log-odds matrix: alength= 4 w= 3 n= 98 bayes= 6.6 E= 1.0e-003
   168  -1000    -32  -1000
     0      0      0      0
 -1000  -1000  -1000    200
--------------------------------------------------------------------------------
\tMotif AWT MEME-1 position-specific probability matrix
--------------------------------------------------------------------------------
letter-probability matrix: alength= 4 w= 3 nsites= 10 E= 1.0e-003
 0.800000  0.000000  0.200000  0.000000
 0.250000  0.250000  0.250000  0.250000
 0.000000  0.000000  0.000000  1.000000
--------------------------------------------------------------------------------
Time  0.10 secs.
"""
TRANSFAC = """AC  M00001
XX
ID  V$TEST_01
XX
NA  Test::motif
XX
P0      A      C      G      T
01      8      0      2      0      A
02      1      1      1      1      N
03      0      0      0      3      T
XX
//
"""
HOMER = """>ANT\tTest(bHLH)/Homer\t6.05\t-1000.1\t0
0.8\t0\t0.2\t0
0.25\t0.25\t0.25\t0.25
0.0\t0.0\t0.0\t1.0
"""
FORMATS = {
    "jaspar": (JASPAR, "Test::motif", "MA0001.1", 17 / 3, "JASPAR counts, 3 positions"),
    "jaspar without letters": (
        ">MA0001.1 Test::motif\n8 1 0\n0 1 0\n2 1 0\n0 1 3\n",
        "Test::motif",
        "MA0001.1",
        17 / 3,
        "matrix of 4 rows A, C, G, T and 3 columns, counts",
    ),
    "meme": (MEME, "Test::motif", "MA0001.1", 10, "MEME probabilities, 3 positions"),
    "meme in full": (FULL_MEME, "MEME-1", "AWT", 10, "MEME probabilities, 3 positions"),
    "transfac": (TRANSFAC, "Test::motif", "M00001", 17 / 3, "TRANSFAC counts, 3 positions"),
    "homer": (HOMER, "Test(bHLH)/Homer", "", None, "HOMER probabilities, 3 positions"),
    "cis-bp": (
        "Pos\tA\tC\tG\tT\n1\t.8\t0\t.2\t0\n2\t.25\t.25\t.25\t.25\n3\t0\t0\t0\t1\n",
        "",
        "",
        None,
        "matrix of 4 columns A, C, G, T and 3 rows, probabilities",
    ),
    "cis-bp of rna": (
        "Pos\tA\tC\tG\tU\n1\t.8\t0\t.2\t0\n2\t.25\t.25\t.25\t.25\n3\t0\t0\t0\t1\n",
        "",
        "",
        None,
        "matrix of 4 columns A, C, G, U and 3 rows, probabilities",
    ),
    "table with an index": (
        ",A,C,G,T\n0,.8,0,.2,0\n1,.25,.25,.25,.25\n2,0,0,0,1\n",
        "",
        "",
        None,
        "matrix of 4 columns A, C, G, T and 3 rows, probabilities",
    ),
    "table with positions above": (
        ",0,1,2\nA,8,1,0\nC,0,1,0\nG,2,1,0\nT,0,1,3\n",
        "",
        "",
        17 / 3,
        "matrix of 4 rows A, C, G, T and 3 columns, counts",
    ),
    "letters in another order": (
        "T C A G\n0 0 8 2\n1 1 1 1\n3 0 0 0\n",
        "",
        "",
        17 / 3,
        "matrix of 4 columns T, C, A, G and 3 rows, counts",
    ),
    "rows with bars": (
        "# a comment\na | 8 1 0\nt | 0 1 3\n\ng | 2 1 0\nc | 0 1 0\n",
        "",
        "",
        17 / 3,
        "matrix of 4 rows A, T, G, C and 3 columns, counts",
    ),
    "bare rows": (
        "80 25 0\n0 25 0\n20 25 0\n0 25.0 100.5\n",
        "",
        "",
        None,
        "matrix of 4 rows A, C, G, T and 3 columns, percentages",
    ),
    "bare columns": (
        "8;0;2;0\r\n1;1;1;1\r\n0;0;0;3\r\n",
        "",
        "",
        17 / 3,
        "matrix of 4 columns A, C, G, T and 3 rows, counts",
    ),
    "fractional counts": (
        ">x\n16.4 12.5 0\n0 12.5 0\n4.1 12.5 0\n0 12.5 30.5\n",
        "x",
        "",
        (20.5 + 50 + 30.5) / 3,
        "matrix of 4 rows A, C, G, T and 3 columns, fractional counts",
    ),
}


@pytest.mark.parametrize("case", FORMATS)
def test_formats(read, case: str) -> None:
    text, name, identifier, n_sites, read_as = FORMATS[case]
    [motif] = read(text)
    np.testing.assert_allclose(motif.frequencies, EXPECTED, atol=1e-12)
    assert (motif.name, motif.identifier, motif.read_as) == (name, identifier, read_as)
    assert motif.n_sites == (None if n_sites is None else pytest.approx(n_sites))
    assert motif.alphabet == (RNA if "U" in read_as else DNA)


@pytest.mark.parametrize("case", FORMATS)
def test_formats_as_rna_and_turned(read, case: str) -> None:
    text = FORMATS[case][0]
    [motif] = read(text, "rna")
    assert motif.alphabet == RNA
    np.testing.assert_allclose(motif.frequencies, EXPECTED, atol=1e-12)


@pytest.mark.parametrize("text", [JASPAR, MEME, TRANSFAC, HOMER, "\ufeff" + JASPAR])
def test_several(read, text: str) -> None:
    twice = text + ("MOTIF second" + text.split("motif", 1)[1] if text == MEME else text)
    motifs = read(twice if "\ufeff" not in text else text + JASPAR)
    assert len(motifs) == 2
    np.testing.assert_allclose(motifs[1].frequencies, EXPECTED)


def test_one_matrix_of_proteins(read) -> None:
    text = "\n".join(f"{c} {int(c == 'W')} {int(c == 'A')}" for c in PROTEIN.letters)
    [motif] = read(text)
    assert (motif.alphabet, motif.consensus()) == (PROTEIN, "WA")


def test_an_alphabet_of_its_own(read) -> None:
    text = """MEME version 5
ALPHABET "Methylated" DNA-LIKE
A "Adenine" CC0000 ~ T "Thymine" 008000
C "Cytosine" 0000CC ~ G "Guanine" FFB300
m "5-Methylcytosine" 0000CC ~ 1 "Guanine:5-Methylcytosine" FFB300
N = ACGTm1
END ALPHABET
MOTIF x
letter-probability matrix: alength= 6 w= 1
0 0 0 0 1 0
"""
    [motif] = read(text)
    assert motif.alphabet.letters == "ACGTm1"
    assert motif.consensus() == "m"


def test_probabilities_of_two_digits_are_divided(read) -> None:
    [motif] = read("A .33 1\nC .33 0\nG .33 0\nT 0 0\n")
    assert motif.frequencies[0].tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0])
    assert motif.frequencies[1].tolist() == [1, 0, 0, 0]


@pytest.mark.parametrize("as_file", [gzip.compress, lambda b: b])
def test_compressed(tmp_path, as_file) -> None:
    (tmp_path / "f").write_bytes(as_file(JASPAR.encode()))
    assert fastmi.read_motifs(tmp_path / "f")[0].name == "Test::motif"


def test_what_two_motifs_have_in_common_with_a_name_is_nothing(read) -> None:
    a, b = read(">x\nA 1 0\nC 0 1\nG 0 0\nT 0 0\n>y z\n0 0 3\n0 0 4\n4 1 0\n4 4 0\n")
    assert (a.name, a.identifier, len(a)) == ("x", "", 2)
    assert (b.name, b.identifier, len(b)) == ("z", "y", 3)


# -------------------------------------------------------------------------- four by four


SQUARE = "4 0 0 0\n0 4 0 0\n2 2 0 0\n1 1 1 1\n"  # only rows add to one number


def test_a_square_is_guessed_with_a_warning(read) -> None:
    said = (
        r"f, line 1: the matrix of 4 rows and 4 columns is read with columns as the letters A, "
        r"C, G, T; say orientation='letters-as-rows' if they are the positions"
    )
    with pytest.warns(FastMIWarning, match=said):
        [motif] = read(SQUARE)
    assert motif.consensus() == "ACAA"
    rows = [line.split() for line in SQUARE.splitlines()]
    turned = "\n".join(" ".join(column) for column in zip(*rows, strict=True))
    with pytest.warns(FastMIWarning, match="with rows as .* say orientation='letters-as-col"):
        [motif] = read(turned)
    assert motif.consensus() == "ACAA"
    with pytest.warns(FastMIWarning, match="with rows as the letters"):
        [motif] = read("4 0 0 0\n0 4 0 0\n0 0 4 0\n0 0 0 4\n")  # both ways are alike


def test_a_square_that_is_said(read) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        [motif] = read(SQUARE, orientation="letters-as-columns")
        assert motif.consensus() == "ACAA"
        [motif] = read(SQUARE, orientation="letters-as-rows")
        np.testing.assert_allclose(motif.frequencies[0], np.array([4, 0, 2, 1]) / 7)
        [motif] = read("A C G T\n" + SQUARE)
        assert motif.consensus() == "ACAA"
        [motif] = read(HOMER.splitlines()[0] + "\n" + SQUARE)
        assert motif.consensus() == "ACAA"


def test_another_alphabet_by_its_size(read) -> None:
    [motif] = read("1 1\n2 0\n3 3\n", "01")
    assert motif.frequencies.tolist() == [[0.5, 0.5], [1, 0], [0.5, 0.5]]


# ---------------------------------------------------------------------------------- refusals

LOG_ODDS = "as in a matrix of log-odds scores .* give the counts or probabilities"
ROWS = "A 1 2\nC 1 2\nG 1 2\n"
HEAD = "MEME version 4\nALPHABET= ACGT\nMOTIF x\nletter-probability matrix: alength= 4 w= "
BAD = {
    "empty": ("", "f holds no motif: it is empty"),
    "comments": ("# a\n\n", "f holds no motif: it is empty"),
    "no rows": (">x\n>y\n1 2\n", "f, line 1: the matrix 'x' is empty"),
    "negative": (ROWS + "T 1 -0.3\n", f"f, line 4: -0.3 is negative, {LOG_ODDS}"),
    "nan": (ROWS + "T 1 NaN\n", "f, line 4: 'NaN' is no finite number"),
    "inf": (ROWS + "T 1 -inf\n", "f, line 4: '-inf' is no finite number"),
    "word": (ROWS + "T 1 2x\n", "f, line 4: '2x' is no number"),
    "underscore": (ROWS + "T 1 2_0\n", "f, line 4: '2_0' is no number"),
    "decimal commas": ("0,5\t0,5\t0\t0\n", "f, line 1: '0,5' is no number"),
    "huge": (ROWS + "T 1 1e300\n", "f, line 4: 1e300 is too large for a count"),
    "ragged": (
        ROWS + "T 1 2 3\n",
        "f, line 4: the row has 3 numbers, expected 2 as in the matrix's first",
    ),
    "a letter alone": (ROWS + "T\n", "f, line 4: the row has 0 numbers, expected 2 as"),
    "only a letter": ("A\n", "f, line 1: the row has no numbers"),
    "a letter twice": (
        ROWS + "C 1 2\n",
        "f, line 4: letter 'C' has two rows; each matrix of several starts with a line '>name'",
    ),
    "letters now and then": (ROWS + "1 2\n", "f, line 4: some rows of the matrix begin with a"),
    "a letter too few": (ROWS, "f, line 1: the letters 'ACG' are not those of DNA, RNA or pro"),
    "columns named twice": (
        "A C G T\n1 1 1 1\nA C G T\n",
        "f, line 3: a second line of letters, 'A C G T'",
    ),
    "no side of four": (
        "1 2 3\n1 2 3\n1 2 3\n",
        "f, line 1: the matrix '' has 3 rows and 3 columns, and neither are 4 or 20 letters",
    ),
    "nothing at a position": (
        ">x\n1 0 2\n1 0 2\n1 0 2\n1 0 2\n",
        "f, line 1: matrix 'x': position 1 adds to 0",
    ),
    "neither": (
        ">x\n0.5 1\n0.5 0.7\n0.1 0\n0.1 0\n",
        "f, line 1: matrix 'x': position 1 adds to 1.7; probabilities add to 1 everywhere",
    ),
    "xml": ("<?xml version='1.0'?>\n", "f is XML or HTML; of MEME's results, give the text"),
    "binary": ("\0\0", "f, line 1: this is no text file of motifs"),
    "a long line": ("1 " * 70_000, "f, line 1: this is no text file of motifs"),
    "wide": ("1 " * 1001, "f, line 1: a matrix of more than 1,000 positions"),
    "high": ("1 1 1 1\n" * 1001, "f, line 1001: a matrix of more than 1,000 positions"),
    "many": (">x\n1\n1\n1\n1\n" * 10_001, "f, line 50001: more than 10,000 motifs"),
    "meme without": ("MEME version 4\n", "f: this MEME file holds no 'letter-probability matr"),
    "meme with scores only": (
        "MEME version 4\nMOTIF x\nlog-odds matrix: alength= 4 w= 1\n1 -1 -1 -1\n",
        "f, line 3: this MEME file holds log-odds scores only; motifs are read from letter pro",
    ),
    "meme cut off": (
        HEAD + "2\n0.5 0.5 0 0\n",
        "f, line 4: the matrix has 1 rows, its header says w= 2",
    ),
    "meme of counts": (
        HEAD + "1\n5 5 0 0\n",
        "f, line 4: matrix 'x': position 0 adds to 10; probabilities add to 1",
    ),
    "meme ragged": (HEAD + "1\n0.5 0.5 0\n", r"f, line 5: 3 numbers, expected 4 \(alength\)"),
    "meme of scores": (HEAD + "1\n1.5 -0.5 0 0\n", f"f, line 5: -0.5 is negative, {LOG_ODDS}"),
    "meme of another size": (
        HEAD.replace("= 4", "= 5") + "1\n",
        "f, line 4: alength= 5 is not the size of the alphabet 'ACGT'",
    ),
    "meme damaged": (HEAD + "x\n", "f, line 4: 'letter-probability matrix: .*' is damaged"),
    "meme of few": (HEAD + "1 nsites= -1\n", "f, line 4: 'letter-probability .*' is damaged"),
    "transfac without": ("AC  M1\n//\n", "f holds no motif"),
}


@pytest.mark.parametrize("case", BAD)
def test_refusals(read, case: str) -> None:
    text, message = BAD[case]
    with pytest.raises(FastMIError, match=f"^{message}") as caught:
        read(text)
    assert "\n" not in str(caught.value)


def test_refusals_of_the_alphabet(read) -> None:
    with pytest.raises(
        FastMIError, match=r"^f, line 1: the matrix 'Test::motif' has 4 letters"
    ):
        read(JASPAR, "protein")
    with pytest.raises(
        FastMIError, match=r"^f, line 1: the letters 'ACGT' are not those of the"
    ):
        read(JASPAR, "ABCD")
    with pytest.raises(
        FastMIError, match=r"has 4 rows and 3 columns, which is not letters-as-c"
    ):
        read(">x\n1 1 1\n1 1 1\n1 1 1\n1 1 1\n", orientation="letters-as-columns")
    with pytest.raises(
        ValueError, match=r"^orientation must be 'letters-as-rows' or 'letters-as"
    ):
        read(JASPAR, orientation="rows")


def test_damaged_gzip(tmp_path) -> None:
    path = tmp_path / "f.gz"
    path.write_bytes(gzip.compress(JASPAR.encode() * 100)[:-20])
    with pytest.raises(FastMIError, match="is damaged or cut off"):
        fastmi.read_motifs(path)
    with pytest.raises(FastMIError, match=r"^cannot read .*: No such file"):
        fastmi.read_motifs(tmp_path / "none")


MEANT = [text for text, *_ in FORMATS.values()]


@modest
@given(
    st.sampled_from(MEANT),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 9), st.text(max_size=5)), max_size=6),
    st.sampled_from([None, "rna", "protein"]),
)
def test_whatever_is_changed_is_read_or_refused(tmp_path_factory, text, edits, kind) -> None:
    for where, removed, added in edits:
        at = int(where * len(text))
        text = text[:at] + added + text[at + removed :]
    path = tmp_path_factory.mktemp("m") / "x"
    path.write_text(text, encoding="utf-8", errors="replace")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FastMIWarning)
        with contextlib.suppress(FastMIError):  # any other error fails
            for motif in fastmi.read_motifs(path, kind):
                assert np.isfinite(motif.information()).all()


def test_stdin(monkeypatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(JASPAR.encode())))
    assert fastmi.read_motifs("-")[0].identifier == "MA0001.1"


# ----------------------------------------------------------------------------------- writing

names = st.text("ABCxyz019:()./-", min_size=1, max_size=12)
motifs = st.builds(
    lambda seed, width, name, identifier, kind, sites: Motif(
        name,
        np.random.default_rng(seed).dirichlet(np.full(len(kind), 0.3), width),
        kind,
        sites,
        identifier,
    ),
    st.integers(0, 2**32 - 1),
    st.integers(1, 12),
    names,
    st.one_of(st.just(""), names),
    st.just(DNA),
    st.one_of(st.none(), st.integers(2, 10**6).map(float), st.floats(2, 1e6)),
)


@modest
@given(st.lists(motifs, min_size=1, max_size=4))
def test_meme_keeps_all(tmp_path_factory, some: list[Motif]) -> None:
    path = tmp_path_factory.mktemp("m") / "x.meme"
    fastmi.write_motifs(some, path)
    assert fastmi.read_motifs(path) == some


def test_what_is_nearly_whole_is_kept(tmp_path) -> None:
    some = [Motif("m", [[1 - 5e-13, 5e-13, 0, 0]], DNA, 1 + 1e-13)]
    fastmi.write_motifs(some, tmp_path / "x.meme")
    assert fastmi.read_motifs(tmp_path / "x.meme") == some


@modest
@given(st.lists(motifs, min_size=1, max_size=4), st.sampled_from(["jaspar", "pfm"]))
def test_others_keep_the_frequencies(tmp_path_factory, some: list[Motif], form: str) -> None:
    path = tmp_path_factory.mktemp("m") / "x"
    fastmi.write_motifs(some, path, form)
    for mine, theirs in zip(fastmi.read_motifs(path), some, strict=True):
        np.testing.assert_allclose(mine.frequencies, theirs.frequencies, rtol=1e-11)
        assert (mine.name, mine.identifier) == (theirs.name, theirs.identifier)
        if form == "jaspar":
            assert mine.n_sites == (theirs.n_sites and pytest.approx(theirs.n_sites))


@pytest.mark.parametrize("form", ["meme", "jaspar", "pfm"])
@pytest.mark.parametrize("alphabet", ["dna", "rna", "protein", "ACGT", "bca"])
def test_alphabets(tmp_path, form: str, alphabet: str) -> None:
    kind = get_alphabet(alphabet)
    motif = Motif.from_counts(np.arange(3 * len(kind)).reshape(3, -1) + 1.0, "m", kind)
    fastmi.write_motifs(motif, tmp_path / "x", form)
    [again] = fastmi.read_motifs(tmp_path / "x", kind)
    np.testing.assert_allclose(again.frequencies, motif.frequencies)


def test_counts_stay_whole(tmp_path) -> None:
    fastmi.write_motifs(Motif.from_counts([[3, 4, 0, 0]], "x"), tmp_path / "x.jaspar")
    assert (tmp_path / "x.jaspar").read_text() == (
        ">x\nA  [ 3 ]\nC  [ 4 ]\nG  [ 0 ]\nT  [ 0 ]\n"
    )


def test_titles(tmp_path) -> None:
    some = [
        Motif.from_iupac("A", name=""),
        Motif.from_iupac("C", name="two words"),
        Motif("of\nlines", np.eye(4), DNA, None, "an id"),
    ]
    for form in ("meme", "jaspar", "pfm"):
        fastmi.write_motifs(some, tmp_path / "x", form)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = fastmi.read_motifs(tmp_path / "x")
        assert [(m.identifier, m.name) for m in found] == [
            ("", "motif1"),
            ("", "two_words"),
            ("an_id", "of lines"),
        ]


def test_a_file_that_cannot_be_written_stays(tmp_path) -> None:
    path = tmp_path / "x.meme"
    path.write_text("before")
    bad = [
        ((Motif.from_iupac("AC"), path, "xml"), "format must be 'meme', 'jaspar', 'pfm', or t"),
        ((Motif.from_iupac("AC"), tmp_path / "x"), "format must be .* got None for '.*x'"),
        (([], path), "there are no motifs to write"),
        (
            ([Motif.from_iupac("AC"), Motif.from_iupac("AC", "rna")], path),
            "the motifs of a file have one alphabet, these have several",
        ),
        ((Motif.from_iupac("01", "01"), path, "jaspar"), "a jaspar file takes the letters A t"),
        ((Motif.from_iupac("01", "01"), path, "pfm"), "a pfm file takes the letters A to Z, i"),
        ((Motif.from_iupac("+-", "+-"), path), "a meme file takes the letters A to Z, in one"),
        ((Motif.from_iupac("A", name="\x00"), path), r"the name '\\x00' cannot be printed"),
    ]
    for arguments, message in bad:
        with pytest.raises(ValueError, match=f"^{message}"):
            fastmi.write_motifs(*arguments)
    with pytest.raises(TypeError, match="motifs are Motif objects, got str"):
        fastmi.write_motifs(["CAT"], path)  # type: ignore[list-item]
    assert path.read_text() == "before"
    assert [p.name for p in tmp_path.iterdir()] == ["x.meme"]


# ---------------------------------------------------------------------------- real ones


def test_jaspar_files(shared) -> None:
    widths = {
        "MAX": 10, "ELF5": 11, "CTCF": 19, "NRF1": 11, "Hoxa9": 11, "HOXA9": 10, "Klf12": 15,
        "KLF12": 9, "MNT": 10,
    }  # fmt: skip
    found = {}
    for path in sorted((shared / "motifs").glob("*.jaspar")):
        [motif] = fastmi.read_motifs(path)
        assert path.name == f"{motif.identifier}_{motif.name}.jaspar"
        assert motif.read_as == f"JASPAR counts, {len(motif)} positions"
        found[motif.name] = motif
    assert {name: len(motif) for name, motif in found.items()} == widths
    assert "CACGTG" in found["MAX"].consensus()
    assert "GGAAGT" in found["ELF5"].consensus()


def test_klf12_is_on_the_other_strand(shared) -> None:
    folder = shared / "motifs"
    [old] = fastmi.read_motifs(folder / "MA0742.1_Klf12.jaspar")
    [new] = fastmi.read_motifs(folder / "MA0742.2_KLF12.jaspar")

    def best(motif: Motif) -> float:
        """The greatest correlation with the new one, over all shifts."""
        a, b = motif.frequencies, new.frequencies
        return max(
            np.corrcoef(a[s : s + len(b)].ravel(), b.ravel())[0, 1]
            for s in range(len(a) - len(b) + 1)
        )

    assert best(old.reverse_complement()) > 0.8
    assert best(old) < 0.5
