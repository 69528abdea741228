"""Proves ``sequence_weights``: by hand, against ``_reference``, at exact thresholds."""

from __future__ import annotations

import threading
import time
from fractions import Fraction
from math import ceil
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import fastmi
from conftest import AWKWARD, random_codes
from fastmi import FastMIError, PackedSequences, _core, _reference, sequence_weights

GAPS = tuple(_core.GAPS)
MASKED = [(4, 0.0), (4, 0.2)]
KINDS = [*MASKED, (2, 0.0), (3, 0.2), (20, 0.0), (20, 0.2), (254, 0.1), (255, 0.0), (255, 0.1)]


def seqs_of(codes: np.ndarray, size: int) -> _core.Seqs:
    """The core's view of reference-packed rows, masked only where letters are missing."""
    rows, mask = _reference.encode_rows(np.ascontiguousarray(codes), size)
    if mask is not None and not mask.any():
        mask = None
    return _core.Seqs(rows, mask, codes.shape[1], size)


def counted(
    codes: np.ndarray,
    size: int,
    identity: float,
    gaps: str = "match",
    isa: str = "",
    threads: int = 1,
) -> np.ndarray:
    """The core's numbers of neighbours; all pairs of rows are reported as compared."""
    n = len(codes)
    neighbours = np.zeros(n, np.uint32)
    control = np.zeros(2, np.int64)
    view = seqs_of(codes, size)
    _core.count_neighbours(
        view, identity, _core.GAPS[gaps], threads, control, neighbours, isa=isa
    )
    assert control[0] == n * (n - 1) // 2
    return neighbours


def family(
    rng: np.random.Generator, n: int, length: int, size: int, missing: float
) -> np.ndarray:
    """Rows that are copies of earlier ones, some changed at a share of the letters."""
    codes = random_codes(rng, n, length, size, missing)
    for row in range(1, n):
        keep = rng.random(length) >= rng.choice([0.0, 0.1, 0.3])
        codes[row, keep] = codes[rng.integers(row), keep]
    return codes


# ---------------------------------------------------------------------------- by hand


def test_two_alike_and_one_apart() -> None:
    weights = sequence_weights(["ACGTA", "ACGTC", "TTTTT"])
    assert weights.dtype == np.float64
    assert weights.tolist() == [0.5, 0.5, 1.0]


def test_neighbours_need_not_be_each_others() -> None:
    # a chain: 1-2 and 2-3 share 4 of 5, 1-3 only 3
    assert sequence_weights(["AAAAA", "AAAAC", "AAACC"]).tolist() == [1 / 2, 1 / 3, 1 / 2]


def test_equal_sequences_share_one_weight() -> None:
    weights = sequence_weights(["ACGT"] * 7 + ["TGCA"] * 3)
    assert weights.tolist() == [1 / 7] * 7 + [1 / 3] * 3
    assert weights.sum() == pytest.approx(2, abs=1e-12)


def test_one_sequence() -> None:
    assert sequence_weights(["ACGT"]).tolist() == [1.0]


# -: at 0.8, "match" pairs 1 with 2 (8 of 10) and 3 with 4 (9 of 10). With "ignore" the two
# letters of 3 are in 1 and 2, and the only letter of 4 is in all others.
GAPPED = ["ACGTACGTAC", "ACGTACGTTT", "AC--------", "A---------"]


@pytest.mark.parametrize("alphabet", ["dna", "protein", "ACGTX"])
@pytest.mark.parametrize(("gaps", "neighbours"), [("match", [2] * 4), ("ignore", [2, 2, 3, 4])])
def test_gaps(gaps: Any, neighbours: list[int], alphabet: str) -> None:
    weights = sequence_weights(GAPPED, alphabet=alphabet, unknown="skip", gaps=gaps)
    assert weights.tolist() == [1 / n for n in neighbours]


def test_fragment_is_a_neighbour_of_none_but_has_some() -> None:
    rows = ["ACDMMMA", "ACDMMMY", "ACCMMMA", "ACD----"]  # 2 or 3 of 7; 2 or 3 of 3
    ignored = sequence_weights(rows, 0.6, alphabet="protein", unknown="skip", gaps="ignore")
    assert ignored.tolist() == [1 / 3, 1 / 3, 1 / 3, 1 / 4]
    matched = sequence_weights(rows, 0.6, alphabet="protein", unknown="skip")
    assert matched.tolist() == [1 / 3, 1 / 3, 1 / 3, 1]


@pytest.mark.parametrize("alphabet", ["dna", "protein"])
def test_rows_without_letters(alphabet: str) -> None:
    rows = ["----", "----", "ACGT"]
    both = [
        sequence_weights(rows, 0.01, alphabet=alphabet, unknown="skip", gaps=gaps).tolist()
        for gaps in ("match", "ignore")
    ]
    assert both == [[1 / 2, 1 / 2, 1], [1, 1, 1]]


@pytest.mark.parametrize("size", [4, 20])
def test_no_rows(size: int) -> None:
    view = _core.Seqs(np.empty((0, _core.row_bytes(9, size)), np.uint8), None, 9, size)
    control = np.zeros(2, np.int64)
    _core.count_neighbours(view, 0.8, 0, 2, control, np.empty(0, np.uint32))
    assert control[0] == 0


def test_other_unknown_letters_are_gaps_too() -> None:
    assert sequence_weights(["AN", "A-"], 1, unknown="skip").tolist() == [1 / 2, 1 / 2]


def test_dropped_sequences_have_no_weight() -> None:
    assert sequence_weights(["ACGT", "AC-T", "ACGT"], unknown="drop").tolist() == [0.5, 0.5]


# ------------------------------------------------------------------------- thresholds


@pytest.mark.parametrize("length", [1, 2, 3, 5, 6, 10, 35, 63, 64, 65, 107, 350])
@pytest.mark.parametrize("gaps", GAPS)
def test_threshold_is_exact(length: int, gaps: str) -> None:
    """A pair with m matches of L is one at identity m / L, and none just above."""
    for m in range(1, length + 1):
        codes = np.zeros((2, length), np.uint8)
        codes[1, m:] = 1
        assert counted(codes, 4, m / length, gaps).tolist() == [2, 2], m
        above = (m + 0.001) / length
        assert above > 1 or counted(codes, 4, above, gaps).tolist() == [1, 1], m


@pytest.mark.parametrize("identity", [0.1, 0.3, 0.62, 0.7, 0.8, 0.9, 0.95, 0.99])
def test_decimal_thresholds_mean_what_they_say(identity: float) -> None:
    """0.8 of 5, 10, 15 ... columns is a whole number; in floats 0.7 * 10 is not 7."""
    for length in range(1, 201):
        least = ceil(Fraction(str(identity)) * length)
        codes = np.zeros((2, length), np.uint8)
        for m, neighbours in ((least, 2), (least - 1, 1)):
            codes[1] = np.arange(length) >= m
            found = counted(codes, 4, identity)
            assert found.tolist() == [neighbours] * 2, (length, m)


def test_threshold_in_other_types() -> None:
    rows = ["AAAAA", "AAAAC"]
    for identity in (0.8, np.float64(0.8), np.float32(0.8), np.float16(0.8)):
        assert sequence_weights(rows, identity).tolist() == [0.5, 0.5]
    for identity in (1, 1.0, np.int8(1)):
        assert sequence_weights(rows, identity).tolist() == [1, 1]


def test_gapped_thresholds_go_by_a_rows_own_letters() -> None:
    codes = np.zeros((2, 70), np.uint8)
    codes[0, 10:] = 255  # 10 letters, of which 8 are in the other
    codes[1, :2] = 1
    assert counted(codes, 20, 0.8, "ignore").tolist() == [2, 1]
    assert counted(codes, 20, 0.81, "ignore").tolist() == [1, 1]


# ------------------------------------------------------------------ against the reference


@pytest.mark.parametrize("gaps", GAPS)
@pytest.mark.parametrize(("size", "missing"), KINDS)
def test_awkward_shapes(size: int, missing: float, gaps: str, isa: str) -> None:
    rng = np.random.default_rng((size, int(missing * 10)))
    thresholds = (0.01, 0.5, 0.8, 0.95, 1.0)
    lengths = [*AWKWARD, 127, 128, 129, 200]
    for at, n in enumerate(AWKWARD):
        for length in (lengths[at % len(lengths)], lengths[-1 - at % len(lengths)]):
            codes = family(rng, n, length, size, missing)
            identity = thresholds[at % len(thresholds)]
            expected = _reference.count_neighbours(codes, size, identity, gaps)
            assert_array_equal(
                counted(codes, size, identity, gaps, isa), expected, f"{n} {length}"
            )


@pytest.mark.parametrize("gaps", GAPS)
@pytest.mark.parametrize(("size", "missing"), [*MASKED, (20, 0.0), (20, 0.1)])
def test_threads_and_tiles(
    size: int, missing: float, gaps: str, isa: str, n_threads: int
) -> None:
    """Enough distinct rows for several tiles, the last of them not full."""
    rng = np.random.default_rng(size)
    codes = family(rng, 1237, 70, size, missing)
    expected = _reference.count_neighbours(codes, size, 0.8, gaps)
    assert 1 < max(expected) < len(codes)
    assert_array_equal(counted(codes, size, 0.8, gaps, isa, n_threads), expected)


def test_long_rows(isa: str) -> None:
    rng = np.random.default_rng(5)
    codes = family(rng, 20, 30_000, 20, 0.1)
    for gaps in GAPS:
        expected = _reference.count_neighbours(codes, 20, 0.9, gaps)
        assert_array_equal(counted(codes, 20, 0.9, gaps, isa, 2), expected)


@settings(deadline=None)
@given(
    st.integers(1, 12),
    st.integers(1, 140),
    st.sampled_from([2, 4, 5, 20, 255]),
    st.floats(1e-6, 1),
    st.sampled_from(GAPS),
    st.integers(0, 2**32),
)
def test_any_alignment(
    n: int, length: int, size: int, identity: float, gaps: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    codes = family(rng, n, length, size, float(rng.choice([0, 0.2, 0.9])))
    expected = _reference.count_neighbours(codes, size, identity, gaps)
    for name in _core.ISAS:
        assert_array_equal(counted(codes, size, identity, gaps, name), expected)


def test_order_of_rows_and_columns_is_of_no_account(rng: np.random.Generator) -> None:
    codes = family(rng, 200, 90, 4, 0.1)
    rows, columns = rng.permutation(200), rng.permutation(90)
    for gaps in GAPS:
        shuffled = counted(codes[rows][:, columns], 4, 0.8, gaps)
        assert_array_equal(shuffled, counted(codes, 4, 0.8, gaps)[rows])


def test_rf00162(shared: Any) -> None:
    packed = fastmi.read(shared / "rf00162" / "RF00162.fasta", "rna", unknown="skip")
    codes = packed.to_codes()
    for gaps in GAPS:
        expected = 1 / np.array(_reference.count_neighbours(codes, 4, 0.8, gaps))
        for threads in (1, 2, 5):
            weights = sequence_weights(packed, gaps=gaps, n_threads=threads)
            assert_array_equal(weights, expected)
    distinct = len(np.unique(codes, axis=0))
    assert sequence_weights(packed, 1).sum() == pytest.approx(distinct, abs=1e-9)


# ---------------------------------------------------------------------- what goes in


def test_inputs(tmp_path: Any) -> None:
    strings = ["ACGUA", "ACGUC", "UUUUU"]
    path = tmp_path / "x.fa"
    path.write_text("".join(f">{n}\n{s}\n" for n, s in enumerate(strings)))
    table = tmp_path / "x.tsv"
    table.write_text("".join(f"{n}\t{s}\n" for n, s in enumerate(strings)))
    packed = PackedSequences.from_strings(strings, "rna")
    before = packed.rows.copy()
    for data, options in (
        (strings, {"alphabet": "rna"}),
        (packed, {}),
        (packed.to_codes(), {}),
        (packed.to_one_hot(), {}),
        (path, {}),
        (table, {"column": 2}),
    ):
        assert sequence_weights(data, **options).tolist() == [0.5, 0.5, 1]
    assert_array_equal(packed.rows, before)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"identity": 0}, ValueError, "identity must be above 0 and at most 1, got 0"),
        ({"identity": 80}, ValueError, "identity must be above 0 and at most 1, got 80"),
        ({"identity": float("nan")}, ValueError, "at most 1, got nan"),
        ({"identity": "0.8"}, TypeError, "identity must be a number, got '0.8'"),
        ({"identity": True}, TypeError, "identity must be a number, got True"),
        ({"gaps": "skip"}, ValueError, "gaps must be one of match, ignore, got 'skip'"),
        ({"n_threads": 0}, ValueError, "n_threads must be between 1 and"),
        ({"unknown": "gap"}, ValueError, "unknown must be one of"),
    ],
)
def test_bad_parameters(options: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        sequence_weights(["ACGT"], **options)


def test_bad_data() -> None:
    with pytest.raises(FastMIError, match="there are no sequences: all 1 have letters"):
        sequence_weights(["AC-T"], unknown="drop")
    with pytest.raises(FastMIError, match="letter '-'"):
        sequence_weights(["AC-T"])


def test_the_core_refuses_what_would_break_it() -> None:
    view = seqs_of(np.zeros((3, 5), np.uint8), 4)
    three, control = np.zeros(3, np.uint32), np.zeros(2, np.int64)
    with pytest.raises(ValueError, match="neighbours has 2 elements, expected 3"):
        _core.count_neighbours(view, 0.8, 0, 1, control, three[:2])
    for bad in ((0.0, 0, 1), (0.8, 2, 1), (0.8, 0, 0)):
        with pytest.raises(ValueError, match="FMI_ERR_BAD_PARAM"):
            _core.count_neighbours(view, *bad, control, three)


# ------------------------------------------------------------------------- being stopped


def test_cancelled_before_it_starts() -> None:
    view = seqs_of(np.zeros((3, 5), np.uint8), 4)
    with pytest.raises(_core.Cancelled):
        _core.count_neighbours(
            view, 0.8, 0, 1, np.array([0, 1], np.int64), np.zeros(3, np.uint32)
        )


def test_cancelled_in_the_middle() -> None:
    """Some 5 * 10^10 pairs, minutes of work, stop when told to."""
    n = 300_000
    rows = np.random.default_rng(1).integers(0, 256, (n, 60), dtype=np.uint8)
    view = _core.Seqs(rows, None, 240, 4)
    control = np.zeros(2, np.int64)
    outcome: list[str] = []

    def work() -> None:
        try:
            _core.count_neighbours(view, 0.5, 0, 2, control, np.zeros(n, np.uint32))
            outcome.append("finished")
        except _core.Cancelled:
            outcome.append("cancelled")

    worker = threading.Thread(target=work)
    worker.start()
    while control[0] == 0 and worker.is_alive():
        time.sleep(0.001)
    control[1] = 1
    worker.join(60)
    assert outcome == ["cancelled"]
    assert 0 < control[0] < n * (n - 1) // 2
