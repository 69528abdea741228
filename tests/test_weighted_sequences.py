"""Sets whose sequences have weights: what is accepted, carries them and keeps them."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastmi import FastMIError, PackedSequences

STRINGS = ["ACGTACG", "TTGACAT", "GATCGAT", "CCATGGT", "AAAAAAA"]
WEIGHTS = [2.0, 0.0, 0.5, 1e-300, 30.0]
SETTINGS = settings(deadline=None, derandomize=True, database=None, max_examples=200)


@pytest.fixture
def plain() -> PackedSequences:
    return PackedSequences.from_strings(STRINGS)


@pytest.fixture
def weighted(plain: PackedSequences) -> PackedSequences:
    return plain.with_weights(WEIGHTS)


# --------------------------------------------------------------------------- what goes in


def test_without_weights_each_sequence_counts_once(plain):
    assert plain.weights is None
    assert plain.n_effective == 5.0
    assert isinstance(plain.n_effective, float)


@pytest.mark.parametrize(
    "weights",
    [
        WEIGHTS,
        tuple(WEIGHTS),
        np.array(WEIGHTS),
        np.array(WEIGHTS, ">f8"),
        np.repeat(WEIGHTS, 2)[::2],
    ],
    ids=["list", "tuple", "array", "big-endian", "strided"],
)
def test_weights_of_any_kind(plain, weights):
    found = plain.with_weights(weights).weights
    assert found.dtype == np.float64
    assert found.dtype.isnative
    assert found.flags.c_contiguous
    assert found.tolist() == WEIGHTS


@pytest.mark.parametrize("dtype", ["u1", "i1", "u8", "i8", "f2", "f4", ">i4"])
def test_weights_of_any_number_type(plain, dtype):
    weights = plain.with_weights(np.arange(5, dtype=dtype)).weights
    assert weights.dtype == np.float64
    assert weights.tolist() == [0, 1, 2, 3, 4]


def test_the_constructor_takes_them_last(plain):
    packed = PackedSequences(plain.rows, 7, "dna", None, 3, WEIGHTS)
    assert packed.weights.tolist() == WEIGHTS
    assert packed.n_dropped == 3


def test_weights_are_read_only(weighted):
    with pytest.raises(ValueError, match="read-only"):
        weighted.weights[0] = 1
    with pytest.raises(AttributeError):
        weighted.weights = None


def test_an_array_that_can_be_written_to_is_copied(plain):
    mine = np.array(WEIGHTS)
    packed = plain.with_weights(mine)
    mine[0] = -1.0
    assert packed.weights.tolist() == WEIGHTS
    assert mine.flags.writeable


def test_a_read_only_array_is_not_copied(plain):
    mine = np.array(WEIGHTS)
    mine.flags.writeable = False
    assert plain.with_weights(mine).weights is mine


def test_with_weights_shares_the_rows_and_keeps_the_rest():
    packed = PackedSequences.from_strings(["ACNT", "ACGT"], "rna", unknown="skip")
    packed.n_dropped = 7
    weighted = packed.with_weights([1, 2])
    assert weighted.rows is packed.rows
    assert weighted.mask is packed.mask
    assert (weighted.n_dropped, weighted.alphabet.name) == (7, "rna")
    assert packed.weights is None
    bare = weighted.with_weights(None)
    assert (bare.weights, bare.rows is packed.rows, bare.n_dropped) == (None, True, 7)


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        ([1, 2, 3], ValueError, "there are 3 weights for 5 sequences"),
        ([1] * 6, ValueError, "there are 6 weights for 5 sequences"),
        ([], ValueError, "there are 0 weights for 5 sequences"),
        (
            [[1, 2, 3, 4, 5]],
            ValueError,
            r"must have shape \(N,\), one a sequence, got \(1, 5\)",
        ),
        (3.5, ValueError, r"must have shape \(N,\), one a sequence, got \(\)"),
        (
            [1, 2, -0.5, -1, 1],
            ValueError,
            "weight 2 is -0.5, allowed are finite numbers from 0",
        ),
        ([1, np.nan, -1, 1, 1], ValueError, "weight 1 is nan, allowed are finite"),
        ([1, 1, 1, 1, np.inf], ValueError, "weight 4 is inf, allowed are finite"),
        ([1, 1, 1, -np.inf, 1], ValueError, "weight 3 is -inf"),
        (np.full(5, -1, np.int8), ValueError, "weight 0 is -1.0"),
        ([True] * 5, TypeError, "weights must be numbers, got an array of bool"),
        (["1"] * 5, TypeError, "weights must be numbers, got an array of <U1"),
        ([1j] * 5, TypeError, "weights must be numbers, got an array of complex128"),
        ([None] * 5, TypeError, "weights must be numbers, got an array of object"),
        ([[1], [1, 2]], TypeError, "the weights cannot be made an array"),
        (np.zeros(5, "M8[s]"), TypeError, "weights must be numbers"),
    ],
)
def test_what_is_no_weight(plain, weights, error, message):
    with pytest.raises(error, match=message):
        plain.with_weights(weights)
    with pytest.raises(error, match=message):
        PackedSequences(plain.rows, 7, weights=weights)


def test_no_weights_of_no_sequences(plain):
    empty = plain[:0].with_weights([])
    assert (empty.n_effective, len(empty.weights)) == (0.0, 0)


# --------------------------------------------------------------------------- what carries


@pytest.mark.parametrize(
    "index",
    [
        slice(None),
        slice(1, 4),
        slice(None, None, -2),
        slice(0),
        [3, 0, 3],
        np.array([4, -1]),
        [False, True, False, True, False],
    ],
    ids=repr,
)
def test_indexing_takes_the_weights_along(weighted, index):
    part = weighted[index]
    wanted = np.array(WEIGHTS)[index]
    np.testing.assert_array_equal(part.weights, wanted)
    assert part.weights.flags.c_contiguous
    assert not part.weights.flags.writeable
    assert part.n_effective == math.fsum(wanted)


def test_the_weights_of_a_slice_are_a_view(weighted):
    assert np.shares_memory(weighted[1:3].weights, weighted.weights)


def test_equal_sets_have_equal_weights(plain, weighted):
    assert weighted == plain.with_weights(WEIGHTS)
    assert weighted != plain
    assert plain != weighted
    assert weighted != plain.with_weights(WEIGHTS[::-1])
    assert weighted.with_weights(None) == plain


def test_repr_tells_the_effective_number():
    packed = PackedSequences.from_strings(["ACNT", "ACGT"], unknown="skip")
    assert repr(packed.with_weights([1234.25, 0.25])) == (
        "<PackedSequences: 2 x 4, dna, 1 letters missing, N_eff 1,234.5, 20 bytes>"
    )


def test_bytes_include_the_weights(plain, weighted):
    assert weighted.nbytes == plain.nbytes + 5 * 8


# ----------------------------------------------------------------------------------- sums


@SETTINGS
@given(st.lists(st.floats(0, 1e300), max_size=60))
def test_the_effective_number_is_the_exact_sum(weights):
    packed = PackedSequences(
        np.zeros((len(weights), 1), np.uint8), 4, weights=np.array(weights)
    )
    assert packed.n_effective == float(sum(map(Fraction, weights), Fraction(0)))


def test_the_effective_number_of_many_does_not_depend_on_their_order(rng, monkeypatch):
    weights = np.exp(rng.normal(0, 40, 3000))
    packed = PackedSequences(np.zeros((3000, 1), np.uint8), 4, weights=weights)
    monkeypatch.setattr("fastmi._weighting._BLOCK", 1000)
    assert packed.n_effective == packed[::-1].n_effective == math.fsum(weights)


def test_the_effective_number_of_tiny_and_huge_weights():
    rows = np.zeros((2, 1), np.uint8)
    assert PackedSequences(rows, 4, weights=[5e-324, 5e-324]).n_effective == 1e-323
    assert PackedSequences(rows, 4, weights=[1e308, 1e308]).n_effective == math.inf


# --------------------------------------------------------------------------------- stores


@pytest.fixture
def store(weighted: PackedSequences, tmp_path: Path) -> Path:
    weighted.save(tmp_path / "s.npy")
    return tmp_path / "s.npy"


def about(path: Path) -> dict:
    return json.loads(path.with_name(path.name + ".json").read_text())


def test_a_store_keeps_the_weights(store, weighted):
    again = PackedSequences.open(store)
    assert again == weighted
    assert again.weights.tolist() == WEIGHTS
    assert not again.weights.flags.writeable
    assert np.load(store.with_name("s.weights.npy")).tolist() == WEIGHTS


def test_weights_of_a_store_are_mapped(store):
    array = PackedSequences.open(store).weights
    assert isinstance(array.base, np.memmap)


def test_a_store_of_nothing_with_weights(tmp_path, weighted):
    weighted[:0].save(tmp_path / "s.npy")
    assert PackedSequences.open(tmp_path / "s.npy").weights.tolist() == []


def test_a_store_with_weights_is_of_format_2(store):
    assert (about(store)["format"], about(store)["weights"]) == (2, True)


def test_a_store_without_weights_is_as_it_was(tmp_path, plain):
    plain.save(tmp_path / "s.npy")
    assert (tmp_path / "s.npy.json").read_text() == (
        '{\n "kind": "fastmi packed sequences",\n "format": 1,\n "alphabet": "dna",\n '
        '"letters": "ACGT",\n "aliases": "UT",\n "placeholder": "N",\n "length": 7,\n '
        '"n_sequences": 5,\n "n_dropped": 0,\n "mask": false\n}\n'
    )
    assert sorted(p.name for p in tmp_path.iterdir()) == ["s.npy", "s.npy.json"]


def test_saving_without_weights_removes_those_of_before(store, plain):
    plain.save(store)
    assert PackedSequences.open(store).weights is None
    assert not store.with_name("s.weights.npy").exists()


def test_stale_weights_are_not_read(store, plain):
    array = store.with_name("s.weights.npy").read_bytes()
    plain.save(store)
    store.with_name("s.weights.npy").write_bytes(array)
    assert PackedSequences.open(store).weights is None


def test_an_array_of_somebody_else_is_left_alone(tmp_path, plain, weighted):
    np.save(tmp_path / "s.weights.npy", np.arange(3))
    plain.save(tmp_path / "s.npy")
    plain.save(tmp_path / "s.npy")
    with pytest.raises(FastMIError, match=r"s\.weights\.npy belongs to something else"):
        weighted.save(tmp_path / "s.npy")
    assert np.load(tmp_path / "s.weights.npy").tolist() == [0, 1, 2]
    assert PackedSequences.open(tmp_path / "s.npy") == plain


def test_saving_over_an_open_store_leaves_its_weights(store, weighted):
    mapped = PackedSequences.open(store)
    mapped[:2].with_weights([7, 8]).save(store)
    assert mapped == weighted
    assert PackedSequences.open(store).weights.tolist() == [7, 8]
    PackedSequences.open(store).save(store)
    assert PackedSequences.open(store).weights.tolist() == [7, 8]


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.ones(4), r"is float64 \(4,\), expected float64 \(5,\)"),
        (np.ones((5, 1)), r"is float64 \(5, 1\), expected float64 \(5,\)"),
        (np.ones(5, np.float32), r"is float32 \(5,\), expected float64 \(5,\)"),
        (np.ones(5, ">f8"), r"is >f8 \(5,\), expected float64 \(5,\)"),
        (np.ones(5, np.int64), r"is int64 \(5,\), expected float64"),
        (np.array([1, 2, -3, 1, 1.0]), r"s\.weights\.npy: weight 2 is -3\.0, allowed are"),
        (np.array([1, 2, 3, np.nan, 1]), r"s\.weights\.npy: weight 3 is nan, allowed are"),
        (np.array([np.inf, 2, 3, 1, 1]), r"s\.weights\.npy: weight 0 is inf, allowed are"),
    ],
)
def test_damaged_weights_are_refused(store, array, message):
    np.save(store.with_name("s.weights.npy"), array)
    with pytest.raises(FastMIError, match=message):
        PackedSequences.open(store)


@pytest.mark.parametrize("change", [-1, 1])
def test_weights_of_another_size_are_refused(store, change):
    path = store.with_name("s.weights.npy")
    content = path.read_bytes()
    path.write_bytes(content[:change] if change < 0 else content + b"\0")
    with pytest.raises(FastMIError, match="is cut off or has bytes behind its end"):
        PackedSequences.open(store)


def test_a_store_without_its_weights_is_refused(store):
    store.with_name("s.weights.npy").unlink()
    with pytest.raises(FastMIError, match=r"cannot read .*s\.weights\.npy: .*No such file"):
        PackedSequences.open(store)


def test_a_description_of_format_2_says_whether_there_are_weights(store, plain):
    side = store.with_name("s.npy.json")
    side.write_text(json.dumps({k: v for k, v in about(store).items() if k != "weights"}))
    with pytest.raises(FastMIError, match=r"s\.npy\.json is damaged \('weights'\)"):
        PackedSequences.open(store)
    side.write_text(json.dumps(about(store) | {"weights": False}))
    assert PackedSequences.open(store) == plain


def test_weights_that_are_not_aligned_in_the_file_are_read(store, weighted):
    """A header may have any length; the C core wants doubles where doubles go."""
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (5,), }\n"
    start = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    assert len(start) % 8
    array = np.array(WEIGHTS).astype("<f8").tobytes()
    store.with_name("s.weights.npy").write_bytes(start + array)
    again = PackedSequences.open(store)
    assert again == weighted
    assert again.weights.flags.aligned
