"""Motifs: what they are made of, what they say, and how they change.

Known answers by hand; properties for random ones; each refusal by its message.
"""

from __future__ import annotations

from math import log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fastmi
from fastmi import Motif, PackedSequences
from fastmi.alphabet import DNA, PROTEIN, RNA, get_alphabet

modest = settings(deadline=None, max_examples=60, database=None)

COUNTS = [[8, 0, 2, 0], [1, 1, 1, 1], [0, 0, 0, 3]]

widths = st.integers(1, 12)
seeds = st.integers(0, 2**32 - 1)


def random_motif(seed: int, width: int, alphabet=DNA) -> Motif:
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 30, (width, len(alphabet)))
    counts[:, 0] += 1
    return Motif.from_counts(counts, f"m{seed}", alphabet)


# ------------------------------------------------------------------------------------ making


def test_counts() -> None:
    motif = Motif.from_counts(COUNTS, "m")
    assert motif.frequencies.tolist() == [
        [0.8, 0, 0.2, 0],
        [0.25, 0.25, 0.25, 0.25],
        [0, 0, 0, 1],
    ]
    assert motif.n_sites == pytest.approx(17 / 3)
    assert len(motif) == 3
    assert not motif.frequencies.flags.writeable


def test_counts_with_a_pseudocount() -> None:
    motif = Motif.from_counts([[8, 0, 2, 0]], pseudocount=0.5)
    np.testing.assert_allclose(motif.frequencies, [[8.5 / 12, 0.5 / 12, 2.5 / 12, 0.5 / 12]])
    assert motif.n_sites == 10


def test_the_given_array_is_not_shared() -> None:
    given_frequencies = np.eye(4)
    motif = Motif("m", given_frequencies)
    given_frequencies[0] = 0.25
    assert motif.consensus() == "ACGT"


@pytest.mark.parametrize(
    "data",
    [
        ["UGCAUG", "UGCACG"],
        PackedSequences.from_strings(["UGCAUG", "UGCACG"], "rna"),
        np.array([[3, 2, 1, 0, 3, 2], [3, 2, 1, 0, 1, 2]]),
        PackedSequences.from_strings(["UGCAUG", "UGCACG"], "rna").with_weights([1, 1]),
    ],
)
def test_sequences(data) -> None:
    motif = Motif.from_sequences(data, "RBFOX1", "rna")
    assert motif.frequencies[4].tolist() == [0, 0.5, 0, 0.5]
    assert motif.n_sites == 2
    assert motif.alphabet == RNA


def test_weighted_sequences() -> None:
    s = PackedSequences.from_strings(["A", "C"]).with_weights([0.75, 0.25])
    motif = Motif.from_sequences(s)
    assert motif.frequencies.tolist() == [[0.75, 0.25, 0, 0]]
    assert motif.n_sites == 1
    smooth = Motif.from_sequences(s, pseudocount=1)
    np.testing.assert_allclose(smooth.frequencies, [[0.35, 0.25, 0.2, 0.2]])


def test_iupac_codes() -> None:
    for code, letters in {
        "R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC",
        "B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG", "N": "ACGT", "U": "T", "a": "A",
    }.items():  # fmt: skip
        row = Motif.from_iupac(code).frequencies[0]
        assert "".join(c for c, p in zip("ACGT", row, strict=True) if p) == letters
        assert row.max() == 1 / len(letters)
    assert Motif.from_iupac("T", "rna").consensus() == "U"
    assert Motif.from_iupac("y", "rna").frequencies.tolist() == [[0, 0.5, 0, 0.5]]


def test_protein_codes() -> None:
    for code, letters in {"B": "DN", "Z": "EQ", "J": "IL", "X": PROTEIN.letters}.items():
        row = Motif.from_iupac(code, "protein").frequencies[0]
        assert "".join(PROTEIN.letters[a] for a in np.flatnonzero(row)) == letters


def test_other_alphabets_have_any() -> None:
    kind = get_alphabet("01")
    motif = Motif.from_iupac(f"0{kind.placeholder}1", kind)
    assert motif.frequencies.tolist() == [[1, 0], [0.5, 0.5], [0, 1]]


@modest
@given(st.text("ACGTRYSWKMBDHVN", min_size=1, max_size=30))
def test_codes_there_and_back(letters: str) -> None:
    assert Motif.from_iupac(letters).consensus(iupac=True) == letters


@modest
@given(st.text(PROTEIN.letters + "BJXZ", min_size=1, max_size=30))
def test_protein_codes_there_and_back(letters: str) -> None:
    assert Motif.from_iupac(letters, "protein").consensus(iupac=True) == letters


# ----------------------------------------------------------------------------------- saying


def test_consensus() -> None:
    motif = Motif.from_counts(COUNTS)
    assert motif.consensus() == "AAT"
    assert motif.consensus(iupac=True) == "ANT"
    # Cavener: half, but not twice the next; three quarters are not more than three quarters
    assert Motif.from_counts([[5, 3, 2, 0]]).consensus(iupac=True) == "M"
    assert Motif.from_counts([[5, 2.5, 2.5, 0]]).consensus(iupac=True) == "A"
    assert Motif.from_counts([[4, 3.5, 2.5, 0]]).consensus(iupac=True) == "V"
    # a pair of amino acids without a code of its own
    assert Motif.from_counts(np.eye(20)[:1] + np.eye(20)[1], "", "protein").consensus(
        iupac=True
    ) == ("X")


def test_information() -> None:
    bits = Motif.from_counts(COUNTS).information()
    h = -(0.8 * log2(0.8) + 0.2 * log2(0.2))
    np.testing.assert_allclose(bits, [2 - h, 0, 2], atol=1e-15)
    b = {"A": 0.4, "C": 0.1, "G": 0.1, "T": 0.4}
    bits = Motif.from_counts(COUNTS).information(b)
    expected = 0.8 * log2(0.8 / 0.4) + 0.2 * log2(0.2 / 0.1)
    np.testing.assert_allclose(bits[[0, 2]], [expected, log2(2.5)])
    assert Motif.from_iupac("WX", "protein").information() == pytest.approx([log2(20), 0])


def test_log_odds() -> None:
    scores = Motif.from_counts(COUNTS).log_odds()
    assert scores[1].tolist() == [0, 0, 0, 0]
    assert scores[2].tolist() == [-np.inf, -np.inf, -np.inf, 2]
    smooth = Motif.from_counts(COUNTS).log_odds([0.4, 0.1, 0.1, 0.4], pseudocount=1)
    np.testing.assert_allclose(smooth[0, :2], [log2(0.6 / 0.4), -1])


@modest
@given(seeds, widths)
def test_information_is_the_mean_score(seed: int, width: int) -> None:
    motif, b = random_motif(seed, width), [0.1, 0.2, 0.3, 0.4]
    scores = np.where(motif.frequencies > 0, motif.log_odds(b), 0)
    np.testing.assert_allclose(
        motif.information(b), (motif.frequencies * scores).sum(axis=1), atol=1e-12
    )


def test_it_shows_itself() -> None:
    assert repr(Motif("MAX", np.eye(4), DNA, 6876.0, "MA0058.3")) == (
        "<Motif MAX (MA0058.3): 4 positions, dna, ACGT, 6,876 sites>"
    )
    assert repr(Motif.from_iupac("A" * 50, name="")).endswith(
        f": 50 positions, dna, {'A' * 37}...>"
    )


def test_equality() -> None:
    motif = Motif.from_counts(COUNTS, "m")
    assert motif == Motif.from_counts(COUNTS, "m", read_as="some file")
    for other in (
        Motif.from_counts(COUNTS, "n"),
        Motif.from_counts(COUNTS, "m", identifier="i"),
        Motif.from_counts(COUNTS[:2], "m"),
        Motif.from_counts(COUNTS, "m", "rna"),
        Motif("m", motif.frequencies),
    ):
        assert motif != other
    assert motif != "m"


# ---------------------------------------------------------------------------------- changing


@modest
@given(seeds, widths)
def test_reverse_complement_twice(seed: int, width: int) -> None:
    motif = random_motif(seed, width)
    assert motif.reverse_complement().reverse_complement() == motif


@pytest.mark.parametrize(("alphabet", "there"), [("dna", "YAATG"), ("rna", "YAAUG")])
def test_reverse_complement(alphabet: str, there: str) -> None:
    motif = Motif.from_iupac("CATTR", alphabet)
    assert motif.reverse_complement().consensus(iupac=True) == there


def test_with_alphabet() -> None:
    motif = Motif.from_iupac("TGCATG")
    assert motif.with_alphabet("rna").alphabet == RNA
    assert motif.with_alphabet("rna").with_alphabet("dna") == motif
    turned = motif.with_alphabet("TGCA")
    assert turned.consensus() == "TGCATG"
    assert turned.frequencies[0].tolist() == [1, 0, 0, 0]


def test_trim() -> None:
    motif = Motif.from_iupac("NRNCANNTGNWN")
    assert motif.trim().consensus(iupac=True) == "RNCANNTGNW"
    assert motif.trim(1.5).consensus(iupac=True) == "CANNTG"
    assert motif.trim(0) == motif


def test_samples_have_the_frequencies() -> None:
    motif = Motif.from_counts(COUNTS)
    codes = motif.sample(100_000, 1)
    assert codes.shape == (100_000, 3)
    assert codes.dtype == np.uint8
    seen = np.stack([(codes == a).mean(axis=0) for a in range(4)], axis=1)
    np.testing.assert_allclose(seen, motif.frequencies, atol=0.01)
    assert (seen[motif.frequencies == 0] == 0).all()
    np.testing.assert_array_equal(motif.sample(10, 1), codes[:10])


def test_samples_between_strengths() -> None:
    motif = Motif.from_counts([[6, 3, 1, 0]] * 3)
    strong = motif.sample(1000, 1, strength=(0.9, 1))
    weak = motif.sample(1000, 1, strength=(0, 0.1))
    score = motif.log_odds()[0]
    assert score[strong].sum(axis=1).min() > score[weak].sum(axis=1).max()


def test_it_is_found_where_names_are() -> None:
    assert {"Motif", "read_motifs", "write_motifs"} <= set(fastmi.__all__)


# --------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Motif("m", np.ones((2, 4))), "frequencies must add to 1, got 4 at position 0"),
        (lambda: Motif("m", np.zeros((0, 4))), r"frequencies must have shape \(w, 4\), one ro"),
        (lambda: Motif("m", [0.25] * 4), r"frequencies must have shape \(w, 4\), one row a po"),
        (lambda: Motif("m", np.eye(20)), r"frequencies must have shape \(20, 4\), got \(20, 2"),
        (lambda: Motif("m", [[2, -1, 0, 0]]), "frequencies must be finite numbers from 0 up"),
        (lambda: Motif("m", [[np.nan, 1, 0, 0]]), "frequencies must be finite numbers from 0"),
        (lambda: Motif("m", np.eye(4), n_sites=0), "n_sites must be a number above 0, or None"),
        (lambda: Motif.from_counts([[1, 2, 3]]), r"counts must have shape \(w, 4\), one row a"),
        (lambda: Motif.from_counts([]), r"counts must have shape \(w, 4\), one row a position"),
        (lambda: Motif.from_counts([[1, 2, 3, -1]]), "counts must be finite numbers from 0 up"),
        (
            lambda: Motif.from_counts([[1, 0, 0, 0], [0, 0, 0, 0]]),
            "nothing was counted at position 1",
        ),
        (lambda: Motif.from_counts(COUNTS, pseudocount=-1), "pseudocount must be a number fro"),
        (lambda: Motif.from_iupac("ACE"), "'E' at position 2 of 'ACE' is neither a letter nor"),
        (lambda: Motif.from_iupac("A☃"), "'☃' at position 1 of 'A☃' is neither a letter nor"),
        (lambda: Motif.from_iupac(""), "a motif has at least one letter, got ''"),
        (
            lambda: Motif.from_iupac("PX", "protein").reverse_complement(),
            "only motifs of DNA and RNA have a reverse complement, this one is over 'protein'",
        ),
        (
            lambda: Motif.from_iupac("PX", "protein").with_alphabet("dna"),
            "the letters 'ACDEFGHIKLMNPQRSTVWY' are not those of the alphabet 'ACGT'",
        ),
        (lambda: Motif.from_iupac("NNN").trim(), "no position of the motif has 0.5 bits of in"),
        (lambda: Motif.from_iupac("A").log_odds(pseudocount=-1), "pseudocount must be a numbe"),
        (lambda: Motif.from_iupac("A").information([1, 1, 1, 1]), "the background must add to"),
        (lambda: Motif.from_iupac("A").information({"A": 1}), "the background must be above 0"),
        (lambda: Motif.from_iupac("A").information({"E": 1}), "'E' is no letter of 'ACGT'"),
        (lambda: Motif.from_iupac("A").sample(-1), "n must be a whole number from 0 up, got -"),
        (lambda: Motif.from_iupac("A").sample(1, strength=2), "quantiles are 0 <= low <= high"),
    ],
)  # fmt: skip
def test_what_cannot_be(call, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        call()


def test_counts_that_are_no_numbers() -> None:
    with pytest.raises(TypeError, match="names of motifs are strings, got 5"):
        Motif(5, np.eye(4))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"^counts must be numbers, got"):
        Motif.from_counts([["a", "b", "c", "d"]])
