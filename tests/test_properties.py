"""Proves what mutual information must do on any input, found by hypothesis.

Bounds, symmetries and invariances that hold whatever the sequences are, and packing round
trips for any alphabet and length.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

import fastmi
from fastmi import FastMIWarning, MIResult, PackedSequences

modest = settings(deadline=None, max_examples=40, database=None)

SETS = [("ACGT", 1), ("ACGT", 2), ("01", 1), ("01", 2), ("ABCDEFG", 1)]
EXACT = 1e-12


@st.composite
def codes_and_kind(
    draw: st.DrawFn, missing: bool = False, kinds: tuple[tuple[str, int], ...] = tuple(SETS)
) -> tuple[np.ndarray, str, int]:
    """A few sequences as codes, their alphabet, and k."""
    letters, k = draw(st.sampled_from(kinds))
    n, length = draw(st.integers(1, 24)), draw(st.integers(2 * k, 9))
    code = st.integers(0, len(letters) - 1)
    element = code | st.just(255) if missing else code
    return draw(arrays(np.uint8, (n, length), elements=element)), letters, k


def mi(codes: np.ndarray, letters: str, k: int, pseudocount: float = 0.0) -> MIResult:
    """The map, quiet about the conserved positions that small samples are full of."""
    packed = PackedSequences.from_codes(codes, letters, unknown="skip")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FastMIWarning)
        return fastmi.pairwise_mi(packed, k, pseudocount=pseudocount, n_threads=1)


def distance(codes: np.ndarray, letters: str, k: int, measure: str, p: float) -> np.ndarray:
    packed = PackedSequences.from_codes(codes, letters, unknown="skip")
    return fastmi.pairwise_distance(packed, k, measure=measure, pseudocount=p).matrix


def entropies(codes: np.ndarray, size: int, k: int) -> np.ndarray:
    """Entropy in bits of the k-mers at each position."""
    found = []
    for i in range(codes.shape[1] - k + 1):
        _, times = np.unique(codes[:, i : i + k], axis=0, return_counts=True)
        share = times / times.sum()
        found.append(-(share * np.log2(share)).sum())
    return np.array(found)


pseudocounts = st.sampled_from([0.0, 0.5, 5.0])


@modest
@given(codes_and_kind(missing=True), pseudocounts)
def test_matrix_is_symmetric(data: tuple[np.ndarray, str, int], p: float) -> None:
    matrix = mi(*data, p).matrix
    assert_array_equal(matrix, matrix.T)


@modest
@given(codes_and_kind(), pseudocounts)
def test_overlapping_pairs_are_nan_and_no_others(
    data: tuple[np.ndarray, str, int], p: float
) -> None:
    matrix = mi(*data, p).matrix
    i, j = np.indices(matrix.shape)
    assert_array_equal(np.isnan(matrix), abs(i - j) < data[2])


@modest
@given(codes_and_kind(missing=True))
def test_pairs_without_sequences_are_nan_and_no_others(
    data: tuple[np.ndarray, str, int],
) -> None:
    codes, letters, k = data
    result = mi(*data)
    whole = np.array(
        [(codes[:, i : i + k] < len(letters)).all(axis=1) for i in range(result.n_positions)]
    ).astype(int)
    n_pair = whole @ whole.T
    i, j = result.pairs()
    assert_array_equal(np.isnan(result.matrix[i, j]), n_pair[i, j] == 0)
    if result.n_pair is not None:
        assert_array_equal(result.n_pair[i, j], n_pair[i, j])
    else:
        assert (n_pair[i, j] == len(codes)).all()


@modest
@given(codes_and_kind())
def test_mi_is_between_zero_and_the_smaller_entropy(
    data: tuple[np.ndarray, str, int],
) -> None:
    codes, letters, k = data
    result = mi(*data)
    i, j = result.pairs()
    h = entropies(codes, len(letters), k)
    assert (result.matrix[i, j] >= 0).all()
    assert (result.matrix[i, j] <= np.minimum(h[i], h[j]) + EXACT).all()


@modest
@given(codes_and_kind(missing=True), pseudocounts)
def test_mi_is_never_negative(data: tuple[np.ndarray, str, int], p: float) -> None:
    result = mi(*data, p)
    values = result.matrix[result.pairs()]
    assert (values[~np.isnan(values)] >= 0).all()


@modest
@given(codes_and_kind(missing=True), pseudocounts, st.randoms(use_true_random=False))
def test_relabelling_letters_leaves_mi(
    data: tuple[np.ndarray, str, int], p: float, random: object
) -> None:
    codes, letters, k = data
    order = list(letters)
    random.shuffle(order)  # type: ignore[attr-defined]
    strings = PackedSequences.from_codes(codes, letters, unknown="skip").to_strings()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FastMIWarning)
        other = fastmi.pairwise_mi(
            strings, k, alphabet="".join(order), unknown="skip", pseudocount=p
        )
    assert_allclose(other.matrix, mi(*data, p).matrix, rtol=0, atol=EXACT)


@modest
@given(codes_and_kind(missing=True), pseudocounts, st.randoms(use_true_random=False))
def test_relabelling_one_column_leaves_mi(
    data: tuple[np.ndarray, str, int], p: float, random: object
) -> None:
    codes, letters, k = data
    renamed = np.full(256, 255, np.uint8)
    names = list(range(len(letters)))
    random.shuffle(names)  # type: ignore[attr-defined]
    renamed[: len(letters)] = names
    other = codes.copy()
    other[:, 0] = renamed[codes[:, 0]]
    assert_allclose(mi(other, letters, k, p).matrix, mi(*data, p).matrix, rtol=0, atol=EXACT)


@modest
@given(codes_and_kind(missing=True), pseudocounts, st.integers(2, 5))
def test_repeating_every_sequence_leaves_mi(
    data: tuple[np.ndarray, str, int], p: float, times: int
) -> None:
    codes, letters, k = data
    repeated = mi(np.repeat(codes, times, axis=0), letters, k, p)
    assert_allclose(repeated.matrix, mi(*data, p).matrix, rtol=0, atol=EXACT)


@modest
@given(codes_and_kind(kinds=(("ACGT", 1), ("01", 1))), st.data())
def test_constant_column_has_no_mi(
    data: tuple[np.ndarray, str, int], more: st.DataObject
) -> None:
    codes, letters, k = data
    column = more.draw(st.integers(0, codes.shape[1] - 1))
    codes[:, column] = 1
    row = np.delete(mi(codes, letters, k).matrix[column], column)
    assert_allclose(row, 0.0, rtol=0, atol=EXACT)


@modest
@given(codes_and_kind())
def test_copied_kmer_has_its_entropy_as_mi(data: tuple[np.ndarray, str, int]) -> None:
    codes, letters, k = data
    codes[:, -k:] = codes[:, :k]
    h = entropies(codes, len(letters), k)
    assert_allclose(mi(codes, letters, k).matrix[0, -1], h[0], rtol=0, atol=EXACT)


@modest
@given(codes_and_kind(missing=True), pseudocounts)
def test_reversed_sequences_mirror_the_map(data: tuple[np.ndarray, str, int], p: float) -> None:
    codes, letters, k = data
    backwards = mi(codes[:, ::-1], letters, k, p).matrix
    assert_allclose(backwards[::-1, ::-1], mi(*data, p).matrix, rtol=0, atol=EXACT)


@modest
@given(codes_and_kind(missing=True))
def test_contributions_sum_to_the_cell(data: tuple[np.ndarray, str, int]) -> None:
    codes, letters, k = data
    assume((codes < len(letters)).all(axis=1).any())
    for p in (0.0, 5.0):
        result = mi(codes, letters, k, p)
        last = result.n_positions - 1
        terms = result.top_kmers(0, last, None)["contribution"]
        assert_allclose(terms.sum(), result.matrix[0, last], rtol=0, atol=EXACT)


# ------------------------------------------------------------------------------ distances

RANGES = {
    "JS": (0, 1),
    "HE": (0, 1),
    "BC": (0, np.inf),
    "JS_inv": (0, 1),
    "BC_inv": (0, np.inf),
}
EQUAL = {"JS": 0.0, "HE": 0.0, "BC": 0.0, "JS_inv": 1.0, "BC_inv": np.inf}
measures = st.sampled_from(sorted(RANGES))


@modest
@given(codes_and_kind(missing=True), measures, pseudocounts)
def test_distance_is_symmetric(
    data: tuple[np.ndarray, str, int], measure: str, p: float
) -> None:
    matrix = distance(*data, measure, p)
    assert_array_equal(matrix, matrix.T)


@modest
@given(codes_and_kind(), measures, pseudocounts)
def test_distance_is_in_range(
    data: tuple[np.ndarray, str, int], measure: str, p: float
) -> None:
    matrix = distance(*data, measure, p)
    values = matrix[np.triu_indices(len(matrix), data[2])]
    low, high = RANGES[measure]
    assert ((values >= low) & (values <= high)).all()


@modest
@given(codes_and_kind(), measures, pseudocounts)
def test_equal_distributions_have_no_distance(
    data: tuple[np.ndarray, str, int], measure: str, p: float
) -> None:
    codes, letters, k = data
    codes[:, -k:] = codes[:, :k]
    assert distance(codes, letters, k, measure, p)[0, -1] == EQUAL[measure]


@modest
@given(codes_and_kind(), pseudocounts)
def test_distances_agree_with_one_another(data: tuple[np.ndarray, str, int], p: float) -> None:
    he, bc, bc_inv = (distance(*data, name, p) for name in ("HE", "BC", "BC_inv"))
    assert_allclose(np.exp(-bc), 1 - he**2, rtol=0, atol=EXACT)
    assert_allclose(np.exp(-bc_inv), he**2, rtol=0, atol=EXACT)
    assert_array_equal(distance(*data, "JS_inv", p), 1 - distance(*data, "JS", p))


@pytest.mark.parametrize("measure", sorted(RANGES))
def test_disjoint_distributions_are_farthest(measure: str) -> None:
    farthest = {"JS": 1.0, "HE": 1.0, "BC": np.inf, "JS_inv": 0.0, "BC_inv": 0.0}
    codes = np.array([[0, 1], [2, 3]], np.uint8)
    found = distance(codes, "ACGT", 1, measure, 0.0)[0, 1]
    assert found == pytest.approx(farthest[measure], abs=1e-15)


# --------------------------------------------------------------------------------- packing

latin = st.characters(min_codepoint=33, max_codepoint=255, exclude_characters="?.-*_~")


@st.composite
def any_packed(draw: st.DrawFn) -> tuple[np.ndarray, str, PackedSequences]:
    """Codes with missing letters over any alphabet, and the same packed."""
    letters = "".join(draw(st.lists(latin, min_size=2, max_size=40, unique=True)))
    n, length = draw(st.integers(1, 12)), draw(st.integers(1, 70))
    element = st.integers(0, len(letters) - 1) | st.just(255)
    codes = draw(arrays(np.uint8, (n, length), elements=element, fill=st.nothing()))
    return codes, letters, PackedSequences.from_codes(codes, letters, unknown="skip")


@modest
@given(any_packed())
def test_codes_round_trip(data: tuple[np.ndarray, str, PackedSequences]) -> None:
    codes, _, packed = data
    assert_array_equal(packed.to_codes(), codes)
    assert packed.n_unknown == (codes == 255).sum()


@modest
@given(any_packed())
def test_strings_round_trip(data: tuple[np.ndarray, str, PackedSequences]) -> None:
    codes, letters, packed = data
    strings = packed.to_strings()
    again = PackedSequences.from_strings(strings, letters, unknown="skip")
    assert_array_equal(again.to_codes(), codes)


@modest
@given(any_packed(), st.sampled_from(["NLA", "NAL"]))
def test_one_hot_round_trip(data: tuple[np.ndarray, str, PackedSequences], layout: str) -> None:
    codes, letters, packed = data
    one_hot = packed.to_one_hot(layout)  # type: ignore[arg-type]
    again = PackedSequences.from_one_hot(
        one_hot,
        letters,
        layout=layout,  # type: ignore[arg-type]
        unknown="skip",
    )
    assert_array_equal(again.to_codes(), codes)


@modest
@given(any_packed(), st.data())
def test_slice_round_trip(
    data: tuple[np.ndarray, str, PackedSequences], more: st.DataObject
) -> None:
    codes, _, packed = data
    cut = more.draw(st.slices(len(codes)))
    assert_array_equal(packed[cut].to_codes(), codes[cut])


@modest
@given(any_packed())
def test_drop_leaves_whole_sequences(data: tuple[np.ndarray, str, PackedSequences]) -> None:
    codes, letters, _ = data
    whole = (codes != 255).all(axis=1)
    packed = PackedSequences.from_codes(codes, letters, unknown="drop")
    assert_array_equal(packed.to_codes(), codes[whole])
    assert packed.n_dropped == (~whole).sum()


@modest
@given(st.text("ACGTUacgtu", min_size=1, max_size=70))
def test_dna_reads_either_case_and_u_as_t(string: str) -> None:
    packed = PackedSequences.from_strings([string])
    assert packed.to_strings() == [string.upper().replace("U", "T")]
