"""Sequence sets: every way in packs the same rows, every way out gives the letters back.

Rows are held against ``_reference.encode_rows``; missing letters follow the policy that was
asked for; stores open memory-mapped, and refuse to open where a file does not fit.
"""

from __future__ import annotations

import functools
import json
import operator
from pathlib import Path

import numpy as np
import pytest

import fastmi
from conftest import AWKWARD, random_codes
from fastmi import FastMIError, PackedSequences, _reference

STRINGS = ["ACGTACG", "TTGACAT", "GATCGAT", "CCATGGT", "AAAAAAA"]
CODES = np.array([["ACGT".index(c) for c in s] for s in STRINGS])
HOLES = ["ACNT", "NNNN", "GATC", "TG-A"]
LATIN_255 = "".join(chr(n) for n in range(1, 256))


def one_hot(codes: np.ndarray, size: int = 4) -> np.ndarray:
    """(N, L, A), all 0 where a code is outside the alphabet."""
    rows = np.zeros((256, size))
    rows[np.arange(size), np.arange(size)] = 1
    return rows[codes]


@pytest.fixture
def expected() -> PackedSequences:
    return PackedSequences.from_strings(STRINGS)


# ------------------------------------------------------------------------------- ways in


@pytest.mark.parametrize(
    "strings",
    [
        STRINGS,
        tuple(STRINGS),
        [s.encode() for s in STRINGS],
        [STRINGS[0].encode(), *STRINGS[1:]],
        [s.lower() for s in STRINGS],
        [s.replace("T", "U") for s in STRINGS],
        [s.replace("T", "u") for s in STRINGS],
        np.array(STRINGS),
        np.array(STRINGS, "S"),
    ],
    ids=["list", "tuple", "bytes", "mixed", "lower", "U", "u", "U-array", "S-array"],
)
def test_strings_of_any_kind(strings, expected):
    packed = PackedSequences.from_strings(strings)
    assert packed == expected
    assert packed.to_strings() == STRINGS


@pytest.mark.parametrize("kind", ["S1", "U1", "uint8", "S", "U"])
def test_letter_arrays_of_any_kind(kind, expected):
    letters = np.array([list(s) for s in STRINGS])
    arrays = {
        "S1": letters.astype("S1"),
        "U1": letters,
        "uint8": letters.astype("S1").view(np.uint8),
        "S": np.array(STRINGS, "S"),
        "U": np.array(STRINGS),
    }
    assert PackedSequences.from_letters(arrays[kind]) == expected


@pytest.mark.parametrize(
    "dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", ">i4", ">u2", "<i8"]
)
def test_codes_of_any_integer_type(dtype, expected):
    assert PackedSequences.from_codes(CODES.astype(dtype)) == expected


def test_codes_as_nested_lists(expected):
    assert PackedSequences.from_codes(CODES.tolist()) == expected


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i1", "u1", "i8", "?"])
@pytest.mark.parametrize("layout", ["NLA", "NAL"])
@pytest.mark.parametrize("said", [True, False])
def test_one_hot_of_any_type_and_layout(dtype, layout, said, expected):
    array = one_hot(CODES).astype(dtype)
    if layout == "NAL":
        array = array.transpose(0, 2, 1)
    packed = PackedSequences.from_one_hot(array, layout=layout if said else None)
    assert packed == expected


@pytest.mark.parametrize("fill", [0.0, 0.25])
@pytest.mark.parametrize("layout", ["NLA", "NAL"])
def test_blank_one_hot_positions_are_missing_letters(fill, layout):
    array = one_hot(CODES)
    array[1, 2] = fill
    array[3, 0] = fill
    wanted = CODES.astype(np.uint8)
    wanted[1, 2] = wanted[3, 0] = 255
    if layout == "NAL":
        array = array.transpose(0, 2, 1)
    packed = PackedSequences.from_one_hot(array, unknown="skip")
    np.testing.assert_array_equal(packed.to_codes(), wanted)


def test_a_twentieth_everywhere_is_a_missing_amino_acid():
    array = one_hot(np.array([[0, 19, 7]]), 20).astype(np.float32)
    array[0, 1] = 1 / 20
    packed = PackedSequences.from_one_hot(array, "protein", unknown="skip")
    assert packed.to_strings() == ["AXI"]


def test_square_one_hot_asks_for_the_layout():
    with pytest.raises(ValueError, match=r"shape \(2, 4, 4\).*layout='NLA' or layout='NAL'"):
        PackedSequences.from_one_hot(one_hot(CODES[:2, :4]))


@pytest.mark.parametrize("layout", ["NLA", "NAL"])
def test_square_one_hot_with_its_layout(layout):
    array = one_hot(CODES[:, :4])
    if layout == "NAL":
        array = array.transpose(0, 2, 1)
    packed = PackedSequences.from_one_hot(array, layout=layout)
    assert packed.to_strings() == [s[:4] for s in STRINGS]


def test_a_block_edge_changes_nothing(monkeypatch, rng):
    monkeypatch.setattr(fastmi._packing, "_BLOCK_LETTERS", 20)
    codes = random_codes(rng, 33, 7, 4, missing=0.05)
    letters = np.frombuffer(b"ACGTN", np.uint8)[np.minimum(codes, 4)]
    strings = [row.tobytes().decode() for row in letters]
    for packed in (
        PackedSequences.from_codes(codes, unknown="skip"),
        PackedSequences.from_letters(letters, unknown="skip"),
        PackedSequences.from_strings(strings, unknown="skip"),
        PackedSequences.from_one_hot(one_hot(codes), unknown="skip"),
    ):
        np.testing.assert_array_equal(packed.to_codes(), codes)


# ------------------------------------------------------------------------- packed bytes


@pytest.mark.parametrize("length", range(1, 71))
def test_packed_bytes_are_those_of_the_reference(length, rng):
    codes = random_codes(rng, 9, length, 4, missing=0.1)
    codes[0, 0], codes[1, -1] = 255, 255
    rows, mask = _reference.encode_rows(codes, 4)
    packed = PackedSequences.from_codes(codes, unknown="skip")
    np.testing.assert_array_equal(packed.rows, rows)
    np.testing.assert_array_equal(packed.mask, mask)


@pytest.mark.parametrize("length", AWKWARD)
@pytest.mark.parametrize(
    "alphabet", ["01", "ACGT-", "protein", LATIN_255], ids=["2", "5", "20", "255"]
)
def test_other_alphabets_take_a_byte_a_letter(length, alphabet, rng):
    size = len(fastmi.get_alphabet(alphabet))
    codes = random_codes(rng, 5, length, size, missing=0.1)
    packed = PackedSequences.from_codes(codes, alphabet, unknown="skip")
    np.testing.assert_array_equal(packed.rows, codes)
    assert packed.mask is None


def test_hand_packed_row():
    # A=00 C=01 G=10 T=11, first letter in the top bits: 00 01 10 11, 11 padded with 0
    packed = PackedSequences.from_strings(["ACGTT"])
    assert packed.rows.tolist() == [[0b00011011, 0b11000000]]


def test_hand_packed_mask():
    packed = PackedSequences.from_strings(["ACGNACGTN"], unknown="skip")
    assert packed.mask.tolist() == [[0b00010000, 0b10000000]]


# ------------------------------------------------------------------------ unknown letters


def test_unknown_error_names_the_place():
    with pytest.raises(FastMIError, match=r"sequence 0, position 2: letter 'N' is not in alph"):
        PackedSequences.from_strings(HOLES)


def test_unknown_drop_counts_what_leaves():
    packed = PackedSequences.from_strings(HOLES, unknown="drop")
    assert (packed.to_strings(), packed.n_dropped, packed.n_unknown) == (["GATC"], 3, 0)
    assert packed.mask is None


def test_unknown_skip_counts_what_is_missing():
    packed = PackedSequences.from_strings(HOLES, unknown="skip")
    assert packed.to_strings() == ["ACNT", "NNNN", "GATC", "TGNA"]
    assert (packed.n_dropped, packed.n_unknown) == (0, 6)


@pytest.mark.parametrize("unknown", ["error", "drop", "skip"])
def test_no_policy_touches_clean_sequences(unknown, expected):
    packed = PackedSequences.from_strings(STRINGS, unknown=unknown)
    assert packed == expected
    assert (packed.mask, packed.n_dropped, packed.n_unknown) == (None, 0, 0)


@pytest.mark.parametrize("unknown", ["drop", "skip"])
def test_policies_for_byte_alphabets(unknown):
    packed = PackedSequences.from_strings(["MK-", "MKV"], "protein", unknown=unknown)
    wanted = {"drop": (["MKV"], 1, 0), "skip": (["MKX", "MKV"], 0, 1)}[unknown]
    assert (packed.to_strings(), packed.n_dropped, packed.n_unknown) == wanted


@pytest.mark.parametrize("dtype", ["i8", "i2", "u1"])
def test_codes_outside_the_alphabet_are_unknown_letters(dtype):
    codes = np.array([[0, 1], [4, 2], [255 if dtype == "u1" else -1, 3]], dtype)
    packed = PackedSequences.from_codes(codes, unknown="skip")
    assert packed.to_strings() == ["AC", "NG", "NT"]
    assert PackedSequences.from_codes(codes, unknown="drop").to_strings() == ["AC"]


def test_a_code_of_256_is_not_read_as_0():
    packed = PackedSequences.from_codes(np.array([[256, 1], [512, 2]]), unknown="skip")
    assert packed.to_strings() == ["NC", "NG"]


def test_all_sequences_may_be_dropped():
    packed = PackedSequences.from_strings(["NA", "AN"], unknown="drop")
    assert (len(packed), packed.length, packed.n_dropped, packed.to_strings()) == (0, 2, 2, [])


def test_letters_beyond_latin_1_in_an_array_are_unknown():
    letters = np.array([["A", "\u0141"], ["A", "C"]])  # its low byte, 0x41, is that of A
    packed = PackedSequences.from_letters(letters, unknown="skip")
    assert packed.to_strings() == ["AN", "AC"]


def test_byte_swapped_text_is_text():
    letters = np.array([list("ACGT")], np.dtype("U1").newbyteorder())
    assert PackedSequences.from_letters(letters, unknown="skip").to_strings() == ["ACGT"]


# ---------------------------------------------------------------------- looking inside

INDICES = [
    slice(1, 4),
    slice(None, None, -1),
    slice(4, 0, -2),
    slice(2, 2),
    slice(-2, None),
    [3, 0, 0],
    [],
    np.array([4, -1]),
    np.array([True, False, True, False, False]),
    [False] * 4 + [True],
]


def as_index(index):
    """NumPy takes an empty list for one of floats."""
    return slice(0) if isinstance(index, list) and not index else index


@pytest.mark.parametrize("index", INDICES, ids=repr)
@pytest.mark.parametrize("alphabet", ["dna", "ACGT-"])
def test_indexing_as_an_array_of_strings(index, alphabet):
    packed = PackedSequences.from_strings(STRINGS, alphabet)
    chosen = [STRINGS[n] for n in np.arange(5)[as_index(index)]]
    assert packed[index].to_strings() == chosen
    assert packed[index].alphabet == packed.alphabet


@pytest.mark.parametrize("index", INDICES, ids=repr)
def test_indexing_takes_the_mask_along(index, rng):
    codes = random_codes(rng, 5, 9, 4, missing=0.3)
    packed = PackedSequences.from_codes(codes, unknown="skip")
    np.testing.assert_array_equal(packed[index].to_codes(), codes[as_index(index)])


@pytest.mark.parametrize("index", [0, 4, -1, -5, np.int64(2)])
def test_one_sequence_is_a_string(index, expected):
    assert expected[index] == STRINGS[index]


@pytest.mark.parametrize("index", [5, -6])
def test_an_index_too_far_says_how_many_there_are(index, expected):
    with pytest.raises(IndexError, match=f"there are 5 sequences, got index {index}"):
        expected[index]


def test_iteration_gives_the_strings(monkeypatch, expected):
    monkeypatch.setattr(fastmi.sequences, "_BLOCK_LETTERS", 15)  # two at a time
    assert list(expected) == STRINGS


def test_a_slice_is_a_view(expected):
    assert np.shares_memory(expected[1:3].rows, expected.rows)


def test_repr_tells_what_there_is():
    packed = PackedSequences.from_strings(HOLES, "rna", unknown="skip")
    assert repr(packed) == "<PackedSequences: 4 x 4, rna, 6 letters missing, 8 bytes>"
    assert repr(packed[2:3][:0]) == "<PackedSequences: 0 x 4, rna, 0 bytes>"
    assert repr(PackedSequences.from_strings(["MKV"], "protein")) == (
        "<PackedSequences: 1 x 3, protein, 3 bytes>"
    )


def test_repr_tells_missing_letters_of_byte_alphabets():
    packed = PackedSequences.from_strings(["MK-"], "protein", unknown="skip")
    assert "1 letters missing" in repr(packed)


@pytest.mark.parametrize(
    "other",
    [
        PackedSequences.from_strings([*STRINGS[:4], "AAAAAAC"]),
        PackedSequences.from_strings(STRINGS[:4]),
        PackedSequences.from_strings([s[:6] for s in STRINGS]),
        PackedSequences.from_strings(STRINGS, "rna"),
        PackedSequences.from_strings([*STRINGS[:4], "AAAAAAN"], unknown="skip"),
        STRINGS,
    ],
    ids=["letter", "number", "length", "alphabet", "missing", "list"],
)
def test_unequal_sets(other, expected):
    assert expected != other


def test_an_empty_mask_makes_no_difference(expected):
    masked = PackedSequences(expected.rows, 7, "dna", np.zeros((5, 1), np.uint8))
    assert masked == expected


def test_a_set_is_not_hashable(expected):
    with pytest.raises(TypeError, match="unhashable"):
        hash(expected)


# ------------------------------------------------------------------------- round trips


@pytest.mark.parametrize("length", AWKWARD)
@pytest.mark.parametrize("alphabet", ["dna", "rna", "protein", "01"])
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_round_trips(length, alphabet, missing, rng):
    size = len(fastmi.get_alphabet(alphabet))
    codes = random_codes(rng, 6, length, size, missing)
    packed = PackedSequences.from_codes(codes, alphabet, unknown="skip")
    np.testing.assert_array_equal(packed.to_codes(), codes)
    back = [
        PackedSequences.from_strings(packed.to_strings(), alphabet, unknown="skip"),
        PackedSequences.from_codes(packed.to_codes(), alphabet, unknown="skip"),
        *(
            PackedSequences.from_one_hot(
                packed.to_one_hot(layout), alphabet, layout=layout, unknown="skip"
            )
            for layout in ("NLA", "NAL")
        ),
    ]
    assert all(b == packed for b in back)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8, bool])
def test_one_hot_out(dtype):
    packed = PackedSequences.from_strings(["AN", "TC"], unknown="skip")
    wanted = np.array([[[1, 0, 0, 0], [0] * 4], [[0, 0, 0, 1], [0, 1, 0, 0]]], dtype)
    nla, nal = packed.to_one_hot(dtype=dtype), packed.to_one_hot("NAL", dtype)
    np.testing.assert_array_equal(nla, wanted)
    np.testing.assert_array_equal(nal, wanted.transpose(0, 2, 1))
    assert nla.dtype == nal.dtype == dtype


# --------------------------------------------------------------------------- alphabets


@pytest.mark.parametrize(
    ("alphabet", "text", "written"),
    [
        ("dna", "acgtu", "ACGTT"),
        ("rna", "acgtu", "ACGUU"),
        ("DNA", "ACGTU", "ACGTT"),
        ("protein", "acdy", "ACDY"),
        ("TGCA", "acgt", "ACGT"),
        ("ACGT", "u", "T"),  # the letters of DNA are DNA
    ],
)
def test_letters_that_stand_for_one_another(alphabet, text, written):
    assert PackedSequences.from_strings([text], alphabet).to_strings() == [written]


def test_the_order_of_the_letters_is_that_of_the_codes():
    assert PackedSequences.from_strings(["ACGT"], "TGCA").to_codes().tolist() == [[3, 2, 1, 0]]


def test_u_is_no_letter_of_four_letters_in_another_order():
    with pytest.raises(FastMIError, match="letter 'U' is not in alphabet 'TGCA'"):
        PackedSequences.from_strings(["U"], "TGCA")


def test_255_letters():
    packed = PackedSequences.from_strings([LATIN_255], LATIN_255)
    assert packed.to_codes().tolist() == [list(range(255))]
    assert packed.to_strings() == [LATIN_255]


def test_256_letters_are_one_too_many():
    with pytest.raises(ValueError, match="2 to 255 letters, got 256"):
        fastmi.get_alphabet("\0" + LATIN_255)


def test_an_alphabet_with_both_cases_keeps_them_apart():
    packed = PackedSequences.from_strings(["aAbB"], "AaBb")
    assert packed.to_codes().tolist() == [[1, 0, 3, 2]]


def test_an_alphabet_with_one_letter_in_both_cases_reads_the_others_as_written():
    with pytest.raises(FastMIError, match="letter 'b' is not in alphabet 'AaB'"):
        PackedSequences.from_strings(["b"], "AaB")


def test_an_alphabet_of_lower_case_letters_takes_upper_case():
    assert PackedSequences.from_strings(["HEc"], "hec").to_strings() == ["hec"]


def test_a_letter_twice_is_refused():
    with pytest.raises(ValueError, match="letter 'C' occurs twice in alphabet 'ACCT'"):
        fastmi.get_alphabet("ACCT")


def test_a_letter_beyond_latin_1_is_refused():
    with pytest.raises(ValueError, match="letter '\u0416' of the alphabet is not a Latin-1"):
        fastmi.get_alphabet("AB\u0416")


@pytest.mark.parametrize(
    "alphabet",
    [
        "AB",
        "A?",
        "?.-*",
        ".?AB",
    ],
)
def test_the_placeholder_of_a_custom_alphabet_is_none_of_its_letters(alphabet):
    packed = PackedSequences.from_strings([alphabet[0] + "x"], alphabet, unknown="skip")
    assert packed.to_strings()[0][0] == alphabet[0]
    assert packed.to_strings()[0][1] not in alphabet


# ------------------------------------------------------------------------------ stores


@pytest.fixture(params=["clean", "holes", "protein"])
def stored(request, tmp_path) -> tuple[Path, PackedSequences]:
    packed = {
        "clean": PackedSequences.from_strings(STRINGS),
        "holes": PackedSequences.from_strings(HOLES, "rna", unknown="skip"),
        "protein": PackedSequences.from_strings(["MK-", "MKV"], "protein", unknown="skip"),
    }[request.param]
    path = tmp_path / "reads.npy"
    packed.save(path)
    return path, packed


def test_a_store_gives_the_same_set(stored):
    path, packed = stored
    again = PackedSequences.open(path)
    assert again == packed
    assert (again.n_unknown, again.alphabet) == (packed.n_unknown, packed.alphabet)


def test_a_store_remembers_what_was_dropped(tmp_path):
    packed = PackedSequences.from_strings(HOLES, unknown="drop")
    packed.save(tmp_path / "s.npy")
    assert PackedSequences.open(str(tmp_path / "s.npy")).n_dropped == 3


def test_a_store_is_mapped_and_read_only(stored):
    path, _ = stored
    rows = PackedSequences.open(path).rows
    assert isinstance(rows, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        rows[0, 0] = 1


def test_numpy_opens_the_rows(stored):
    path, packed = stored
    np.testing.assert_array_equal(np.load(path, mmap_mode="r"), packed.rows)


def test_numpy_opens_the_mask(tmp_path):
    packed = PackedSequences.from_strings(HOLES, unknown="skip")
    packed.save(tmp_path / "s.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "s.mask.npy"), packed.mask)


def test_a_store_of_a_slice_and_of_nothing(tmp_path, expected):
    for part in (expected[::-2], expected[:0]):
        part.save(tmp_path / "part.npy")
        assert PackedSequences.open(tmp_path / "part.npy") == part


def test_saving_over_an_open_store_leaves_what_is_mapped(tmp_path, expected):
    path = tmp_path / "s.npy"
    expected.save(path)
    mapped = PackedSequences.open(path)
    mapped[:2].save(path)
    assert mapped == expected
    assert PackedSequences.open(path) == expected[:2]


def test_a_store_reads_as_a_file(tmp_path, expected):
    path = tmp_path / "s.npy"
    expected.save(path)
    assert fastmi.read(path) == expected
    blocks = list(fastmi.read_blocks(path, block_rows=2))
    assert [len(b) for b in blocks] == [2, 2, 1]
    assert functools.reduce(operator.iadd, (b.to_strings() for b in blocks), []) == STRINGS


def test_a_store_must_end_in_npy(tmp_path, expected):
    with pytest.raises(ValueError, match=r"ends in \.npy, got"):
        expected.save(tmp_path / "store.bin")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("change", [-1, 1])
def test_a_store_of_another_size_is_refused(stored, change):
    path, _ = stored
    content = path.read_bytes()
    path.write_bytes(content[:change] if change < 0 else content + b"\0")
    with pytest.raises(FastMIError, match=r"reads\.npy is cut off or has bytes behind its end"):
        PackedSequences.open(path)


@pytest.mark.parametrize("n_bytes", [0, 5, 20, 100])
def test_a_store_cut_in_its_header_is_refused(stored, n_bytes):
    path, _ = stored
    path.write_bytes(path.read_bytes()[:n_bytes])
    with pytest.raises(FastMIError, match=r"cannot read .*reads\.npy: "):
        PackedSequences.open(path)


@pytest.mark.parametrize(
    "rows",
    [np.zeros((4, 2), np.uint8), np.zeros((5, 3), np.uint8), np.zeros((5, 2), np.int16)],
    ids=["rows", "bytes", "dtype"],
)
def test_rows_of_another_shape_are_refused(rows, tmp_path, expected):
    path = tmp_path / "s.npy"
    expected.save(path)
    np.save(path, rows)
    with pytest.raises(FastMIError, match=r"s\.npy is .*expected uint8 \(5, 2\)"):
        PackedSequences.open(path)


@pytest.mark.parametrize(
    "text",
    ["{}", "[]", "null", "", '{"kind": "other"}', "{", '"fastmi packed sequences"', "\xff"],
)
def test_a_foreign_json_makes_no_store(tmp_path, expected, text):
    path = tmp_path / "s.npy"
    expected.save(path)
    path.with_name("s.npy.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(FastMIError, match=r"s\.npy is not a store of packed sequences"):
        PackedSequences.open(path)


@pytest.mark.parametrize("gone", ["s.npy", "s.npy.json"])
def test_a_store_without_one_of_its_files(tmp_path, expected, gone):
    expected.save(tmp_path / "s.npy")
    (tmp_path / gone).unlink()
    with pytest.raises(FastMIError, match=r"s\.npy is not a store of packed sequences"):
        PackedSequences.open(tmp_path / "s.npy")


def test_a_store_without_its_mask_is_refused(tmp_path):
    path = tmp_path / "s.npy"
    PackedSequences.from_strings(HOLES, unknown="skip").save(path)
    (tmp_path / "s.mask.npy").unlink()
    with pytest.raises(FastMIError, match=r"cannot read .*s\.mask\.npy: .*No such file"):
        PackedSequences.open(path)


def test_a_mask_of_another_shape_is_refused(tmp_path):
    path = tmp_path / "s.npy"
    PackedSequences.from_strings(HOLES, unknown="skip").save(path)
    np.save(tmp_path / "s.mask.npy", np.zeros((3, 1), np.uint8))
    with pytest.raises(FastMIError, match=r"s\.mask\.npy is uint8 \(3, 1\), expected uint8"):
        PackedSequences.open(path)


_BAD_ABOUT = [
    ({"format": 4}, "store format 4, this fastmi reads formats 1 to 3"),
    ({"format": None}, "store format None"),
    ({"length": 0}, r"s\.npy\.json is damaged \(length is 0\)"),
    ({"length": 1 << 21}, r"s\.npy\.json is damaged"),
    ({"length": "seven"}, r"s\.npy\.json is damaged"),
    ({"length": None}, r"s\.npy\.json is damaged"),
    ({"length": 12}, r"expected uint8 \(5, 3\)"),
    ({"n_sequences": -1}, r"s\.npy\.json is damaged"),
    ({"n_sequences": 10**15}, "expected uint8"),
    ({"letters": "A"}, r"s\.npy\.json is damaged"),
    ({"letters": "AA"}, r"s\.npy\.json is damaged"),
    ({"letters": "ACGTN"}, r"s\.npy\.json is damaged"),
    ({"n_sequences": float("inf")}, r"s\.npy\.json is damaged"),
    ({"aliases": "U"}, r"s\.npy\.json is damaged"),
    ({"aliases": "UX"}, r"s\.npy\.json is damaged"),
    ({"placeholder": ""}, r"s\.npy\.json is damaged"),
    ({"placeholder": "\u0141"}, r"s\.npy\.json is damaged"),
]


@pytest.mark.parametrize(
    ("changes", "message"),
    _BAD_ABOUT,
    ids=repr,
)
def test_a_description_that_does_not_fit_is_refused(tmp_path, expected, changes, message):
    path = tmp_path / "s.npy"
    expected.save(path)
    side = path.with_name("s.npy.json")
    about = json.loads(side.read_text())
    side.write_text(json.dumps(about | changes))
    with pytest.raises(FastMIError, match=message):
        PackedSequences.open(path).to_strings()


@pytest.mark.parametrize(
    "field", ["length", "n_sequences", "mask", "n_dropped", "letters", "alphabet"]
)
def test_a_description_without_a_field_is_refused(tmp_path, expected, field):
    path = tmp_path / "s.npy"
    expected.save(path)
    side = path.with_name("s.npy.json")
    about = json.loads(side.read_text())
    del about[field]
    side.write_text(json.dumps(about))
    with pytest.raises(FastMIError, match=rf"s\.npy\.json is damaged \('{field}'\)"):
        PackedSequences.open(path)


def test_bytes_that_are_no_letter_count_as_missing(tmp_path):
    """A damaged store of one byte a letter must never index outside a table."""
    packed = PackedSequences.from_strings(["MKVA"] * 3, "protein")
    packed.save(tmp_path / "s.npy")
    rows = packed.rows.copy()
    rows[0, 0], rows[1, 2], rows[2, 3] = 20, 77, 254
    np.save(tmp_path / "s.npy", rows)
    opened = PackedSequences.open(tmp_path / "s.npy")
    assert opened.n_unknown == 3
    assert opened.to_strings() == ["XKVA", "MKXA", "MKVX"]
    result = fastmi.pairwise_mi(opened, 2, pseudocount=0, unknown="skip")
    assert result.n_pair[0, 2] == 0


def test_n_unknown_ignores_the_bits_behind_the_last_letter(expected):
    masked = PackedSequences(expected.rows, 7, "dna", np.full((5, 1), 1, np.uint8))
    assert masked.n_unknown == 0
    assert masked == expected
