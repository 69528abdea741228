"""Holds which sequences are duplicates, and what a map of the distinct ones is.

Against Python's sets, with missing letters, read counts and weights; however sequences are
held, and where they cannot be compared.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import fastmi
from conftest import random_codes
from fastmi import FastMIError, JointCounts, PackedSequences, _streams, stats
from fastmi._distinct import distinct

SETTINGS = settings(deadline=None, derandomize=True, database=None, max_examples=60)
ALPHABETS = {4: "dna", 20: "protein"}


def repeated(seed: int, n: int, size: int = 4, missing: float = 0.0) -> PackedSequences:
    rng, half = np.random.default_rng(seed), max(n // 2, 1)
    codes = random_codes(rng, half, 5, size, missing)[rng.integers(0, half, n)]
    return PackedSequences.from_codes(codes, ALPHABETS[size], unknown="skip")


def mi(data: Any, **options: Any) -> fastmi.MIResult:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fastmi.FastMIWarning)
        return fastmi.pairwise_mi(data, 1, **options)


@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 60),
    size=st.sampled_from([4, 20]),
    missing=st.sampled_from([0.0, 0.2]),
)
@SETTINGS
def test_each_distinct_sequence_counts_once(
    seed: int, n: int, size: int, missing: float
) -> None:
    data = repeated(seed, n, size, missing)
    once = list(dict.fromkeys(data.to_strings()))
    found = stats.duplicates(data)
    assert (found.n, found.n_distinct) == (n, len(once))
    assert found.share == pytest.approx(1 - len(once) / n)
    r = mi(data, unique=True)
    assert_array_equal(r.matrix, mi(once, alphabet=data.alphabet, unknown="skip").matrix)
    assert (r.n_sequences, r.n_effective) == (len(once), None)
    said = {"n": n, "n_distinct": len(once), "share": found.share}
    assert r.provenance["duplicates"] == said
    assert "duplicates" not in mi(data).provenance


@given(seed=st.integers(0, 10**6), n=st.integers(2, 60))
@SETTINGS
def test_read_counts_say_which_are_there(seed: int, n: int) -> None:
    """They become 1; what was read 0 times was not there."""
    data, reads = repeated(seed, n), np.random.default_rng(seed).integers(0, 4, n)
    reads[0] = 2
    seen = [s for s, times in zip(data, reads, strict=True) if times]
    weighted = data.with_weights(reads)
    assert stats.duplicates(weighted) == (reads.sum(), len(set(seen)))
    r = mi(weighted, unique=True)
    assert_array_equal(r.matrix, mi(seen, unique=True).matrix)
    assert (r.n_sequences, r.n_effective) == (len(set(seen)), None)


def test_a_missing_letter_is_a_letter_of_its_own() -> None:
    data = PackedSequences.from_strings(["ACN", "ACA", "ACN", "ACA"], unknown="skip")
    once, found = distinct(data)
    assert once.to_strings() == ["ACN", "ACA"]
    assert found.n_distinct == 2
    assert found.in_words() == "2 of 4 sequences are duplicates (50.0%)"
    assert stats.duplicates(["AC", "GT"]).in_words() == "no duplicates"


def test_fractions_are_no_reads() -> None:
    data = repeated(1, 10).with_weights(np.linspace(1, 2, 10))
    with pytest.raises(FastMIError, match=r"sequence 1 has the weight 1\.11111, which is no"):
        mi(data, unique=True)
    assert stats.duplicates(data) == stats.duplicates(data.with_weights(None))


def test_nothing_is_left() -> None:
    none = repeated(1, 10).with_weights(np.zeros(10))
    with pytest.raises(FastMIError, match="there are no sequences"):
        mi(none, unique=True)
    assert np.isnan(stats.duplicates(none).share)


def test_what_was_dropped_stays_said() -> None:
    r = mi(["ACGT", "ANGT", "ACGT", "TTGA"], unique=True, unknown="drop")
    assert (r.n_sequences, r.n_dropped) == (2, 1)


def test_scores_are_those_of_the_first() -> None:
    data = PackedSequences.from_strings(["AC", "GT", "AC"]).with_scores([1, 2, 3])
    once, _ = distinct(data)
    assert once.scores is not None
    assert once.scores.tolist() == [1, 2]


def test_distinct_sequences_on_both_strands() -> None:
    data = repeated(3, 50)
    r = mi(data, unique=True, both_strands=True)
    once = list(dict.fromkeys(data))
    assert_array_equal(r.matrix, mi(once, both_strands=True).matrix)
    assert (r.n_sequences, r.n_effective) == (len(once), 2.0 * len(once))


def test_however_sequences_are_held(tmp_path: Path) -> None:
    data = repeated(4, 3000)
    expected = mi(data, unique=True)
    data.save(tmp_path / "s.npy")
    (tmp_path / "s.txt").write_text("\n".join(data))
    for same in (tmp_path / "s.npy", tmp_path / "s.txt", iter([data[:99], data[99:]])):
        found = mi(same, unique=True)
        assert_array_equal(found.matrix, expected.matrix)
        assert found.provenance["duplicates"] == expected.provenance["duplicates"]
    for name in ("s.npy", "s.txt"):
        with pytest.raises(FastMIError, match=r"compared in memory, which takes .* raise it"):
            mi(tmp_path / name, unique=True, memory_limit="100KB")


def test_counts_do_not_know_which_sequences_are_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = JointCounts(5, 1)
    counts.add(repeated(4, 30))
    held = _streams.Held(counts)
    with pytest.raises(FastMIError, match=r"these were counted; .* begin with the sequences"):
        mi(held, unique=True)
    assert held.with_duplicates("4GB").duplicates is None
    monkeypatch.setattr(_streams, "_LEAST", 1 << 12)
    blocks = iter([repeated(4, 3000), repeated(5, 3000)])
    with pytest.raises(FastMIError, match=r"these were counted; .* raise memory_limit"):
        mi(blocks, unique=True, memory_limit="300MB")
