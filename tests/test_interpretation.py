"""Interpretations as files: what is saved is loaded, and nothing in a file is trusted."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_files import Trap, describe, members_of, npy, peak_of, refused, rewrite
from test_interpret import Function, Spaced, TwoHeads, background, run, same

import fastmi
from fastmi import FastMIError, Interpretation, MIResult, PackedSequences


def with_holes() -> Interpretation:
    """Weights, missing letters, two heads, a wild type, positions and labels."""
    codes = background(60).pack().to_codes()
    codes[::7, 3] = 255
    data = PackedSequences.from_codes(codes, "rna", unknown="skip")
    found = run(
        TwoHeads(),
        data.with_weights(np.arange(60) / 8),
        select=["top 50%", "all", "> wt"],
        wild_type="C" * 12,
    )
    return found.with_positions(-3, "acguacguacgu")


def protein() -> Interpretation:
    data = fastmi.simulate.random(50, 12, "protein", rng=1)
    return run(Function(lambda s: s.to_codes()[:, 0] - 0.5), data, select="top 40%")


MAKE = {
    "plain": lambda: run(data=background(50), select="top 40%"),
    "holes": with_holes,
    "protein": protein,
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "saved.npz"


@pytest.fixture
def saved(path: Path) -> Path:
    with_holes().save(path)
    return path


@pytest.mark.parametrize("name", MAKE)
def test_it_comes_back(name: str, path: Path, tmp_path: Path) -> None:
    made = MAKE[name]()
    made.save(path)
    for found in (fastmi.load(path), Interpretation.load(str(path))):
        assert isinstance(found, Interpretation)
        same(found, made)
        assert found.provenance == made.provenance
        assert repr(found) == repr(made)
        for one, other in zip(found.selected, made.selected, strict=True):
            assert one.map.about() == other.map.about()
            assert one.map.n_effective == other.map.n_effective
            assert np.array_equal(one.map.n_pair, other.map.n_pair) or one.map.n_pair is None
            # the k-mers behind a pair are counted again, of the sequences in the file
            mine, theirs = one.map.top_kmers(0, 5), other.map.top_kmers(0, 5)
            assert mine.tolist() == theirs.tolist()
    found.save(tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == path.read_bytes()


def test_other_programs_read_it(saved: Path) -> None:
    made = with_holes()
    with np.load(saved) as archive:
        np.testing.assert_array_equal(archive["matrix_0"], made.selected[0].map.matrix)
        np.testing.assert_array_equal(archive["records_5"], made.selected[5].records)
        np.testing.assert_array_equal(archive["histogram_1"], made.histograms[1].counts)


def test_it_is_not_another_kind(saved: Path, tmp_path: Path) -> None:
    refused(lambda: MIResult.load(saved), "holds 'fastmi interpretation', not 'fastmi result'$")
    fastmi.pairwise_mi(["AC", "CA"], 1).save(tmp_path / "map.npz")
    refused(lambda: Interpretation.load(tmp_path / "map.npz"), "holds 'fastmi result', not")


# -------------------------------------------------------------------------------- damage


def loaded(path: Path) -> Any:
    """What a file holds; None where it is refused, in one line."""
    try:
        return fastmi.load(path)
    except FastMIError as error:
        refused_in = str(error)
    assert "\n" not in refused_in
    return None


def test_a_cut_file(saved: Path) -> None:
    whole = saved.read_bytes()
    for size in (0, 1, 100, len(whole) // 2, len(whole) - 1):
        saved.write_bytes(whole[:size])
        refused(lambda: fastmi.load(saved))


def test_a_flipped_byte_anywhere(path: Path) -> None:
    """Not every byte matters, but none may give anything but a refusal."""
    made = MAKE["plain"]()
    made.save(path)
    whole = path.read_bytes()
    for at in range(0, len(whole), 29):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        found = loaded(path)
        if found is not None:
            same(found, made)


def test_one_changed_number_of_each_array(saved: Path) -> None:
    whole, members = saved.read_bytes(), members_of(saved)
    assert len(members) == 1 + 2 + 6 * 7  # histograms; matrix, n_pair, ... of each selection
    for name, array in members.items():
        if name != "about":
            changed = array.copy()
            changed.reshape(-1).view(np.uint8)[-1] ^= 1
            rewrite(saved, {f"{name}.npy": npy(changed)})
            refused(lambda: fastmi.load(saved), f"the array '{name}' was changed$")
            saved.write_bytes(whole)


ODD = [None, "x", True, -1, 0, 7, 0.5, 10**400, 1e999, -1e999, math.nan, [], [1], {}, {"n": 1}]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """All fields of a description, what a run took and provenance aside."""
    if path:
        yield path
    if isinstance(value, dict) and path[-1:] != ("provenance",):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for n, inner in enumerate(value[:2]):
            yield from places(inner, (*path, n))


def test_every_damaged_field(path: Path) -> None:
    """What anybody may write into a description is an error in a sentence, or harmless."""
    run(TwoHeads(), background(50), select="top 40%", wild_type="A" * 12).save(path)
    whole = path.read_bytes()
    about = json.loads(members_of(path)["about"].tobytes())
    del about["sha256"]
    n = n_refused = 0
    for place in list(places(about)):
        for odd in (*ODD[n % 3 :: 3], ...):
            changed = json.loads(json.dumps(about))
            inner = changed
            for key in place[:-1]:
                inner = inner[key]
            if odd is ...:
                del inner[place[-1]]
            else:
                inner[place[-1]] = odd
            missing = {key: ... for key in about if key not in changed}
            describe(path, **missing, **changed)
            n += 1
            found = loaded(path)
            n_refused += found is None
            if isinstance(found, Interpretation):
                repr(found)
                assert all(np.isfinite(h.edges).all() for h in found.histograms)
                found.save(path)
            path.write_bytes(whole)
    assert n > 300
    assert n_refused > 0.8 * n


def first(about: dict[str, Any]) -> dict[str, Any]:
    return about["selected"][0]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a.update(format=3), "has file format 3, this fastmi reads up to 2$"),
        (lambda a: a.update(n_scored=61), "damaged .histograms are of other scores"),
        (lambda a: a.update(n_scored=3), "damaged .histograms are of other scores"),
        (lambda a: a.update(heads=["near"]), "damaged .heads and their numbers do not fit"),
        (lambda a: a.update(heads=["near", "near"]), "damaged .heads and their numbers do"),
        (lambda a: a.update(heads=["x"] * 1001), "damaged .heads is no list of 1 to 1,000"),
        (lambda a: a.update(heads="ab"), "damaged .heads is no list of 1 to 1,000"),
        (lambda a: a.update(wild_type=[1.0]), "damaged .heads and their numbers do not fit"),
        (lambda a: a.update(wild_type=[1.0, math.nan]), "its description is damaged$"),
        (lambda a: a.update(wild_type=[1.0, "2"]), "damaged .1 is '2'"),
        (lambda a: a.update(selected=[]), "damaged .selected is no list"),
        (lambda a: first(a).update(head="middle"), "damaged .selections are of other heads"),
        (lambda a: first(a).update(n=29), "damaged .a map is of other sequences"),
        (lambda a: first(a).update(map=3), "damaged .a map is none"),
        (lambda a: first(a)["map"].update(format=9), "has file format 9, this fastmi reads"),
        (lambda a: first(a)["map"].update(k=2), r"'matrix_0' is float64 \(12, 12\), expected"),
        (lambda a: first(a)["map"].update(length=10**7), "damaged .impossible parameters"),
        (lambda a: a["histograms"][0].update(exponent=-1074), "damaged .the histogram"),
        (lambda a: a["histograms"][0].update(low=10**400), "damaged .low is 1000"),
    ],
)
def test_descriptions_of_something_else(change: Any, message: str, saved: Path) -> None:
    about = json.loads(members_of(saved)["about"].tobytes())
    del about["sha256"]
    change(about)
    describe(saved, **about)
    refused(lambda: fastmi.load(saved), message)


@pytest.mark.parametrize(
    ("member", "change", "message"),
    [
        ("records_0", lambda a: a[::-1], "records do not ascend"),
        ("records_0", lambda a: a - 1000, "records do not ascend"),
        ("records_0", lambda a: a + 1000, "records do not ascend"),
        ("records_0", lambda a: a[:-1], r"'records_0' is int64 \(29,\), expected <i8 \(30,\)"),
        ("records_0", lambda a: a.astype(float), "'records_0' is float64"),
        (
            "scores_0",
            lambda a: a * np.nan,
            "damaged .score 0 is nan, allowed are finite numbers",
        ),
        ("weights_0", lambda a: a - 100, "damaged .weight 0 is -100.0, allowed are finite"),
        ("rows_0", lambda a: a[:, :2], "'rows_0' is uint8"),
        ("histogram_0", lambda a: a * 2, "the histogram of scores is not one"),
        ("histogram_0", lambda a: a - 1, "the histogram of scores is not one"),
    ],
)
def test_arrays_of_something_else(member: str, change: Any, message: str, saved: Path) -> None:
    array = change(members_of(saved)[member])
    rewrite(saved, {f"{member}.npy": npy(np.ascontiguousarray(array))})
    describe(saved)
    refused(lambda: fastmi.load(saved), message)


@pytest.mark.parametrize("member", ["about", "records_0", "histogram_0", "matrix_1"])
def test_a_pickle_does_not_run(member: str, saved: Path, tmp_path: Path) -> None:
    out = io.BytesIO()
    trap = np.array([Trap(tmp_path / "sprung")] * 3, dtype=object)
    np.save(out, trap, allow_pickle=True)
    rewrite(saved, {f"{member}.npy": out.getvalue()})
    refused(lambda: fastmi.load(saved), f"'{member}' is .*(Python objects|object)")
    assert not (tmp_path / "sprung").exists()


def test_a_description_that_claims_gigabytes_allocates_nothing(saved: Path) -> None:
    about = json.loads(members_of(saved)["about"].tobytes())
    del about["sha256"]
    about["n_scored"] = about["histograms"][0]["n"] = 10**10
    first(about).update(n=10**10)
    first(about)["map"].update(n_sequences=10**10)
    describe(saved, **about)
    assert peak_of(lambda: refused(lambda: fastmi.load(saved))) < 5e6


def test_writing_is_whole_or_not_at_all(tmp_path: Path) -> None:
    made = MAKE["plain"]()
    refused(lambda: made.save(tmp_path), "it is a directory$")
    refused(lambda: made.save(tmp_path / "no" / "such.npz"), "^cannot write .*No such file")
    assert list(tmp_path.iterdir()) == []


def test_a_model_with_much_to_say(path: Path) -> None:
    model = Spaced()
    model.about = lambda: {"weights": "x" * (20 << 20)}  # type: ignore[method-assign]
    refused(
        lambda: run(model, background(50), select="all").save(path), "its description needs"
    )
    assert not path.exists()
