"""Our own files: what is saved is loaded, and nothing in a file is trusted.

Round trips; the same content gives the same bytes; then cut, flipped, swapped, swollen and
foreign files: each is refused with one sentence, executes nothing and allocates nothing.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import os
import pickle
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import fastmi
from fastmi import FastMIError, JointCounts, MIResult, PackedSequences
from fastmi.cli import main

STRINGS = ["ACGTACGT", "TTGACATG", "GATCGATC", "CCATGGTA", "ACGGACTT"]
HOLES = [*STRINGS, "ACNTACGT"]


def make_result(holes: bool = False) -> MIResult:
    result = fastmi.pairwise_mi(HOLES if holes else STRINGS, 2, unknown="skip", n_threads=1)
    return result.with_positions(-33, "acgtacgt")


def make_counts(holes: bool = False) -> JointCounts:
    counts = JointCounts(8, 1)
    counts.add(HOLES if holes else STRINGS, unknown="skip")
    return counts


MAKE: dict[str, Callable[[], MIResult | JointCounts]] = {
    "result": make_result,
    "result with n_pair": lambda: make_result(True),
    "distance": lambda: fastmi.pairwise_distance(STRINGS, 2, measure="HE"),
    "counts": make_counts,
    "counts with holes": lambda: make_counts(True),
}
MEMBERS = {
    "result with n_pair": ["about", "matrix", "n_pair"],
    "counts with holes": ["about", "tables", "kmers"],
}


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "saved.npz"


def refused(call: Callable[[], object], message: str | None = None) -> None:
    with pytest.raises(FastMIError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


# ------------------------------------------------------------------------- round trips


@pytest.mark.parametrize("name", [n for n in MAKE if "counts" not in n])
def test_results_come_back(name, path):
    saved = MAKE[name]()
    saved.save(path)
    for loaded in (fastmi.load(path), MIResult.load(path), MIResult.load(str(path))):
        np.testing.assert_array_equal(loaded.matrix, saved.matrix)
        assert loaded.about() == saved.about()
        assert loaded.alphabet == saved.alphabet
        if saved.n_pair is None:
            assert loaded.n_pair is None
        else:
            np.testing.assert_array_equal(loaded.n_pair, saved.n_pair)


def test_what_is_loaded_with_n_pair_has_it_in_its_tables(path):
    saved = make_result(True)
    saved.save(path)
    np.testing.assert_array_equal(fastmi.load(path).top_pairs(), saved.top_pairs())
    assert set(saved.top_pairs(None)["n"]) == {5, 6}


@pytest.mark.parametrize("name", ["counts", "counts with holes"])
def test_counts_come_back(name, path):
    saved = MAKE[name]()
    saved.save(path)
    for loaded in (fastmi.load(path), JointCounts.load(path)):
        np.testing.assert_array_equal(loaded.table(1, 5), saved.table(1, 5))
        np.testing.assert_array_equal(loaded.kmer_counts(), saved.kmer_counts())
        np.testing.assert_array_equal(loaded.mi(0).matrix, saved.mi(0).matrix)
        for field in ("n_sequences", "n_unknown", "n_dropped", "k", "length", "alphabet"):
            assert getattr(loaded, field) == getattr(saved, field)


def test_loaded_counts_go_on_counting(path):
    whole, part = make_counts(), make_counts()
    part.save(path)
    loaded = JointCounts.load(path)
    loaded.add(STRINGS[:2])
    whole.add(STRINGS[:2])
    np.testing.assert_array_equal(loaded.table(0, 7), whole.table(0, 7))


def test_a_loaded_result_can_be_asked_for_kmers_with_its_counts(path):
    fastmi.pairwise_mi(STRINGS, 1).save(path)
    loaded = fastmi.load(path)
    with pytest.raises(ValueError, match="the counts behind this result are not here; give so"):
        loaded.top_kmers(0, 1)
    table = loaded.top_kmers(0, 1, None, source=make_counts())
    np.testing.assert_allclose(table["contribution"].sum(), loaded.matrix[0, 1], atol=1e-12)


@pytest.mark.parametrize("alphabet", ["protein", "AaB", "".join(map(chr, range(1, 256)))])
def test_alphabets_come_back(alphabet, path):
    codes = np.array([[0, 1, 2, 0], [1, 2, 0, 1]])
    fastmi.pairwise_mi(codes, 1, alphabet=alphabet, pseudocount=0).save(path)
    assert fastmi.load(path).alphabet == fastmi.get_alphabet(alphabet)


@pytest.mark.parametrize("name", MAKE)
def test_the_same_content_gives_the_same_bytes(name, tmp_path):
    """Made twice, all but what the run took is the same."""
    for file in ("a.npz", "b.npz"):
        saved = MAKE[name]()
        if isinstance(saved, MIResult):
            saved = replace(saved, provenance={**saved.provenance, "run": {}})
        saved.save(tmp_path / file)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


@pytest.mark.parametrize("name", MAKE)
def test_saving_what_was_loaded_gives_the_same_bytes(name, tmp_path):
    MAKE[name]().save(tmp_path / "a.npz")
    fastmi.load(tmp_path / "a.npz").save(tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


@pytest.mark.parametrize("name", MEMBERS)
def test_numpy_opens_them(name, path):
    saved = MAKE[name]()
    saved.save(path)
    with np.load(path) as archive:
        assert archive.files == MEMBERS[name]
        about = json.loads(archive["about"].tobytes())
        assert about["n_sequences"] == 6
        if "matrix" in archive:
            np.testing.assert_array_equal(archive["matrix"], saved.matrix)


@pytest.mark.parametrize(
    ("save", "load", "message"),
    [
        (make_counts, MIResult.load, "holds 'fastmi joint counts', not 'fastmi result'$"),
        (make_result, JointCounts.load, "holds 'fastmi result', not 'fastmi joint counts'$"),
    ],
)
def test_a_file_of_the_other_kind(save, load, message, path):
    save().save(path)
    refused(lambda: load(path), message)


def test_counts_larger_than_the_memory_limit(path):
    make_counts().save(path)
    with pytest.raises(ValueError, match="need 1,792 bytes, more than memory_limit=1,000"):
        JointCounts.load(path, memory_limit=1000)


# ------------------------------------------------------------------- damaged by accident


@pytest.mark.parametrize("name", MEMBERS)
def test_a_file_cut_anywhere(name, path):
    MAKE[name]().save(path)
    whole = path.read_bytes()
    for size in sorted({*range(0, len(whole), 13), *range(len(whole) - 25, len(whole))}):
        path.write_bytes(whole[:size])
        refused(lambda: fastmi.load(path))


@pytest.mark.parametrize("name", MEMBERS)
def test_a_flipped_byte_in_each_member(name, path):
    MAKE[name]().save(path)
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        ends = [*(i.header_offset for i in archive.infolist()), archive.start_dir]
    for begin, end, member in zip(ends[:-1], ends[1:], MEMBERS[name], strict=True):
        at = begin + 2 * (end - begin) // 3  # in the packed data
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        refused(
            lambda: fastmi.load(path), rf"saved\.npz: the array '{member}' is (damaged|cut)"
        )


def test_a_flipped_byte_that_unpacks_is_found_by_its_checksum(path):
    """Stored, not deflated: nothing but the checksum can tell."""
    make_result().save(path)
    rewrite(path, compression=zipfile.ZIP_STORED)
    whole = bytearray(path.read_bytes())
    matrix = make_result().matrix.tobytes()
    whole[whole.index(matrix) + 9] ^= 1
    path.write_bytes(whole)
    refused(lambda: fastmi.load(path), "the array 'matrix' is damaged ")


def test_a_flipped_byte_anywhere(path):
    """Not every byte matters, but none may give anything but a refusal."""
    make_result(True).save(path)
    whole = path.read_bytes()
    wrong = []
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        try:
            fastmi.load(path)
        except FastMIError:
            pass
        except Exception as error:
            wrong.append((at, repr(error)))
    assert wrong == []


# ------------------------------------------------------------------- changed with intent


def npy(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.lib.format.write_array(out, array)
    return out.getvalue()


def rewrite(
    path: Path,
    changes: dict[str, bytes | None] | None = None,
    compression: int = zipfile.ZIP_DEFLATED,
) -> None:
    """The same archive with members replaced, added or (None) left out."""
    with zipfile.ZipFile(path) as archive:
        members = {n: archive.read(n) for n in archive.namelist()}
    members |= changes or {}
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members.items():
            if data is not None:
                archive.writestr(name, data)


def describe(path: Path, **changes: object) -> None:
    """Change fields of the description, as a forger would; ``...`` takes one out."""
    with np.load(path) as archive:
        about = json.loads(archive["about"].tobytes()) | {"sha256": ...} | changes
    text = json.dumps({k: v for k, v in about.items() if v is not ...}).encode()
    rewrite(path, {"about.npy": npy(np.frombuffer(text, np.uint8))})


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("name", MAKE)
def test_an_archive_written_by_others_loads(name, compression, path):
    MAKE[name]().save(path)
    rewrite(path, {"more.npy": npy(np.arange(3))}, compression)
    assert type(fastmi.load(path)) is type(MAKE[name]())


@pytest.mark.parametrize(
    ("name", "member"), [(n, m) for n, members in MEMBERS.items() for m in members]
)
def test_a_missing_member(name, member, path):
    MAKE[name]().save(path)
    rewrite(path, {f"{member}.npy": None})
    message = "is not a fastmi file$" if member == "about" else f"array '{member}' is missing$"
    refused(lambda: fastmi.load(path), message)


WRONG = {
    "shape": lambda a: a[:-1],
    "rank": lambda a: a.reshape(-1),
    "dtype": lambda a: a.astype(np.float32 if a.dtype.kind == "f" else np.uint16),
    "byte order": lambda a: a.astype(">u2" if a.itemsize == 1 else a.dtype.newbyteorder()),
    "text": lambda a: a.astype("U8"),
    "order": np.asfortranarray,
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize(
    ("name", "member"),
    [(n, m) for n, members in MEMBERS.items() for m in members if m != "about"],
)
def test_a_member_of_another_form(name, member, wrong, path):
    MAKE[name]().save(path)
    with np.load(path) as archive:
        array = archive[member]
    rewrite(path, {f"{member}.npy": npy(WRONG[wrong](array))})
    message = "Fortran order" if wrong == "order" else "expected"
    refused(lambda: fastmi.load(path), rf"saved\.npz: the array '{member}' is .*{message}")


def test_a_member_with_more_behind_it(path):
    make_result().save(path)
    rewrite(path, {"matrix.npy": npy(make_result().matrix) + b"\0"})
    refused(lambda: fastmi.load(path), "the array 'matrix' is cut off|damaged")


@pytest.mark.parametrize("member", ["matrix", "about"])
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x93NUMPY",
        b"junk" * 50,
        b"\x93NUMPY\x09\x00" + bytes(200),
        *(
            b"\x93NUMPY\x01\x00" + len(h).to_bytes(2, "little") + h
            for h in (b"(" * 4000, b"-" * 9000 + b"1", b"{[]: 1}")
        ),
    ],
)
def test_a_member_that_is_no_array(member, data, path):
    make_result().save(path)
    rewrite(path, {f"{member}.npy": data})
    refused(lambda: fastmi.load(path), f"the array '{member}' is damaged")


@pytest.mark.parametrize("shape", [(-1, -9), (-3, 3), (3, -3)])
def test_a_description_of_negative_size(shape, path):
    make_result().save(path)
    head = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}}}".ljust(117).encode()
    data = b"\x93NUMPY\x01\x00" + (len(head) + 1).to_bytes(2, "little") + head + b"\n"
    rewrite(path, {"about.npy": data + b"{} {} {} "})
    refused(lambda: fastmi.load(path), "'about' is (damaged|cut off)")


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"\xff\xfe", b"[]", b"null", b"3", b'"fastmi result"', b"{} {}", b"{'a': 1}"],
)
def test_a_description_that_is_no_json_object(text, path):
    make_result().save(path)
    rewrite(path, {"about.npy": npy(np.frombuffer(text, np.uint8))})
    refused(lambda: fastmi.load(path), "its description is damaged$|'about' is damaged")


def test_a_description_nested_deeply(path):
    make_result().save(path)
    rewrite(path, {"about.npy": npy(np.frombuffer(b"[" * 200_000, np.uint8))})
    refused(lambda: fastmi.load(path), "its description is damaged$")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "something"}, "saved.npz is not a fastmi file$"),
        ({"kind": ...}, "saved.npz is not a fastmi file$"),
        ({"kind": 3}, "saved.npz is not a fastmi file$"),
        ({"kind": "fastmi other"}, "holds 'fastmi other', not 'fastmi result'$"),
        ({"format": 5}, "saved.npz has file format 5, this fastmi reads up to 4$"),
        ({"format": 3}, r"its description is damaged \(impossible parameters"),
        ({"format": 2}, r"its description is damaged \('n_effective'\)$"),
        ({"format": 2, "n_effective": -1.0}, "its description is damaged"),
        ({"format": 2, "n_effective": "many"}, "its description is damaged"),
        ({"format": 2, "n_effective": 10**400}, "its description is damaged"),
        ({"format": 0}, "has file format 0"),
        ({"format": "1"}, "has file format '1'"),
        ({"format": ...}, "has file format None"),
        ({"k": ...}, r"its description is damaged \('k'\)$"),
        ({"k": 0}, r"its description is damaged"),
        ({"k": -3}, "its description is damaged"),
        ({"k": 8}, "its description is damaged|expected <f8"),
        ({"k": "two"}, "its description is damaged"),
        ({"k": None}, "its description is damaged"),
        ({"k": 3}, r"the array 'matrix' is float64 \(7, 7\), expected <f8 \(6, 6\)$"),
        ({"length": 10**9}, "its description is damaged"),
        ({"length": 9, "reference": None}, r"expected <f8 \(8, 8\)$"),
        ({"reference": 3}, "its description is damaged"),
        ({"reference": "ACG"}, "its description is damaged"),
        ({"measure": "magic"}, "its description is damaged"),
        ({"measure": ["MI"]}, "its description is damaged"),
        ({"letters": "AACG"}, "its description is damaged"),
        ({"letters": ...}, "its description is damaged"),
        ({"n_sequences": "many"}, "its description is damaged"),
        ({"pseudocount": None}, "its description is damaged"),
        ({"provenance": 3}, "its description is damaged"),
        ({"provenance": ...}, "its description is damaged"),
        ({"n_pair": True}, "the array 'n_pair' is missing$"),
        *(
            (c, "its description is damaged")
            for c, r in [
                ({"n_sequences": float("inf")}, "MIResult.load: OverflowError"),
                ({"n_sequences": -4}, "MIResult.load takes a negative number of sequences"),
                ({"pseudocount": float("nan")}, "MIResult.load takes any pseudocount"),
            ]
        ),
    ],
    ids=repr,
)
def test_a_description_of_something_else(changes, message, path):
    make_result().save(path)
    describe(path, **changes)
    refused(lambda: fastmi.load(path), message)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 4}, "has file format 4, this fastmi reads up to 3$"),
        ({"cells": "<u8"}, r"its description is damaged \(cells are '<u8'\)$"),
        ({"cells": ...}, r"its description is damaged \('cells'\)$"),
        ({"format": 2}, "the array 'tables' is uint8 .*, expected <u4"),
        ({"weighted": ...}, r"its description is damaged \('weighted'\)$"),
        ({"provenance": {"origin": {}}}, r"its description is damaged \('jobs'\)$"),
        ({"k": ...}, r"its description is damaged \('k'\)$"),
        ({"k": 2}, "the array 'tables' is uint8 .*expected .u1"),
        ({"length": 9}, "the array 'tables' is uint8"),
        ({"n_sequences": 4}, r"its description is damaged \(total is 5\)$"),
        ({"n_sequences": 4, "total": 4}, "its tables do not fit"),
        ({"n_sequences": 6, "total": 6}, "its tables do not fit"),
        ({"n_sequences": None}, "its description is damaged"),
        *(
            (c, "its description is damaged")
            for c, r in [
                ({"k": 0}, "JointCounts.load: plain ValueError without the path"),
                ({"k": "two"}, "JointCounts.load: plain ValueError without the path"),
                ({"length": -5}, "JointCounts.load: plain ValueError without the path"),
                ({"letters": "AACG"}, "JointCounts.load: plain ValueError without the path"),
                ({"n_sequences": float("inf")}, "JointCounts.load: OverflowError"),
                ({"n_unknown": -1}, "JointCounts.load takes negative numbers"),
            ]
        ),
    ],
    ids=repr,
)
def test_a_description_of_other_counts(changes, message, path):
    make_counts().save(path)
    describe(path, **changes)
    refused(lambda: fastmi.load(path), message)


# ------------------------------------------------------------------------------- digests


def members_of(path: Path) -> dict[str, np.ndarray]:
    with np.load(path) as archive:
        return {name: archive[name] for name in archive.files}


@pytest.mark.parametrize(
    ("name", "member"),
    [(n, m) for n, members in MEMBERS.items() for m in members if m != "about"],
)
def test_one_changed_number_of_an_array(name, member, path):
    """The zip's own checksum is right again; the member is as long as it was."""
    MAKE[name]().save(path)
    array = members_of(path)[member].copy()
    array[0, ..., -1] += 1
    rewrite(path, {f"{member}.npy": npy(array)})
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
    refused(lambda: fastmi.load(path), f"saved.npz: the array '{member}' was changed$")


@pytest.mark.parametrize("name", MAKE)
@pytest.mark.parametrize("field", ["n_sequences", "provenance"])
def test_one_changed_field_of_the_description(name, field, path):
    MAKE[name]().save(path)
    about = json.loads(members_of(path)["about"].tobytes())
    if field == "provenance":
        about["provenance"]["numpy"] += "0"
    else:
        about["n_sequences"] += 1
    text = np.frombuffer(json.dumps(about).encode(), np.uint8)
    rewrite(path, {"about.npy": npy(text)})
    refused(lambda: fastmi.load(path), "saved.npz: its description was changed$")


@pytest.mark.parametrize("digests", [None, [], "", {}, {"about": None}, {"about": "0" * 64}])
def test_digests_that_are_none(digests, path):
    make_counts().save(path)
    describe(path, sha256=digests)
    refused(lambda: fastmi.load(path), "saved.npz: its description was changed$")


@pytest.mark.parametrize("member", ["tables", "kmers"])
def test_a_digest_that_is_missing_for_one_array(member, path):
    make_counts().save(path)
    about = json.loads(members_of(path)["about"].tobytes())
    del about["sha256"][member]
    describe(path, sha256=about["sha256"])
    refused(lambda: fastmi.load(path), f"saved.npz: the array '{member}' was changed$")


@pytest.mark.parametrize("name", MAKE)
def test_a_file_without_digests_is_one_of_an_older_version(name, path):
    saved = MAKE[name]()
    saved.save(path)
    describe(path)
    assert "sha256" not in json.loads(members_of(path)["about"].tobytes())
    assert fastmi.load(path).about() == saved.about()


# ---------------------------------------------------------------- nothing runs, nothing swells


class Trap:
    """Unpickling this makes a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)

    def __reduce__(self):
        return os.mkdir, (self.folder,)


def test_the_trap_works(tmp_path):
    pickle.loads(pickle.dumps(Trap(tmp_path / "sprung")))
    assert (tmp_path / "sprung").is_dir()


@pytest.mark.parametrize("member", ["matrix", "about", "n_pair"])
def test_a_pickle_is_refused_and_does_not_run(member, path, tmp_path):
    make_result(True).save(path)
    out = io.BytesIO()
    np.save(out, np.array([Trap(tmp_path / "sprung")] * 3, dtype=object), allow_pickle=True)
    rewrite(path, {f"{member}.npy": out.getvalue()})
    refused(lambda: fastmi.load(path), f"'{member}' is .*(Python objects|object)")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("wrap", [False, True], ids=["npy", "npz"])
def test_a_pickle_among_sequences_does_not_run(wrap, tmp_path):
    array = np.array([[Trap(tmp_path / "sprung")]], dtype=object)
    file = tmp_path / ("f.npz" if wrap else "f.npy")
    if wrap:
        np.savez(file, a=array)
    else:
        np.save(file, array, allow_pickle=True)
    refused(lambda: fastmi.read(file), "Python objects, which are never loaded")
    assert not (tmp_path / "sprung").exists()


def test_a_bare_pickle_does_not_run(path, tmp_path):
    path.write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    refused(lambda: fastmi.load(path), "is not a fastmi file")
    refused(lambda: fastmi.read(path))
    assert not (tmp_path / "sprung").exists()


def peak_of(call: Callable[[], object]) -> int:
    """Bytes that Python and NumPy had allocated at most during the call."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def claim(path: Path, member: str, n_bytes: int) -> None:
    """Let the archive's directory and local header claim this size of a member."""
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(member)
    size = info.file_size.to_bytes(4, "little")
    directory = data.index(b"PK\x01\x02")
    while data[directory + 46 : directory + 46 + len(member)] != member.encode():
        directory = data.index(b"PK\x01\x02", directory + 1)
    for at in (info.header_offset + 22, directory + 24):
        assert data[at : at + 4] == size
        data[at : at + 4] = n_bytes.to_bytes(4, "little")
    path.write_bytes(data)


def array_header(dtype: str, shape: tuple[int, ...]) -> bytes:
    out = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        out, {"descr": dtype, "fortran_order": False, "shape": shape}
    )
    return out.getvalue()


_GB = 3_000_000_000


def test_a_description_that_claims_gigabytes_allocates_nothing(path):
    make_result().save(path)
    rewrite(path, {"about.npy": array_header("|u1", (_GB,))})
    claim(path, "about.npy", _GB + 128)
    assert peak_of(lambda: refused(lambda: fastmi.load(path), "claims 3,000,000,128")) < 2e6


def test_a_description_of_the_largest_size_allocates_little(path):
    make_result().save(path)
    rewrite(path, {"about.npy": array_header("|u1", (16_000_000,))})
    claim(path, "about.npy", 16_000_128)
    assert peak_of(lambda: refused(lambda: fastmi.load(path), "'about' is cut off")) < 2e6


def test_a_matrix_that_claims_gigabytes_allocates_nothing(path):
    make_result().save(path)
    n = 16_000  # 2.0 GB, which the description agrees with
    describe(path, length=n + 1, reference=None)
    rewrite(path, {"matrix.npy": array_header("<f8", (n, n))})
    claim(path, "matrix.npy", 8 * n * n + len(array_header("<f8", (n, n))))
    assert peak_of(lambda: refused(lambda: fastmi.load(path), "'matrix' is cut off")) < 2e6


def test_counts_that_claim_gigabytes_allocate_nothing(path):
    make_counts().save(path)
    describe(path, length=200, k=3)
    assert peak_of(lambda: refused(lambda: fastmi.load(path), "'tables'")) < 50e6


def test_sequences_that_claim_gigabytes_allocate_nothing(path):
    """In a child with little memory: a bytearray of 3 GB is written to, not only reserved."""
    np.savez_compressed(path, a=np.zeros((2, 2), np.uint8))
    head = array_header("|u1", (_GB // 100, 100))
    rewrite(path, {"a.npy": head})
    claim(path, "a.npy", _GB + len(head))
    code = (
        "import resource, sys, fastmi\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))\n"
        "try: fastmi.read(sys.argv[1])\n"
        "except fastmi.FastMIError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    )
    assert "is damaged or cut off" in done.stdout, done.stderr[-200:]


def test_an_array_file_that_claims_gigabytes_allocates_nothing(tmp_path):
    path = tmp_path / "f.npy"
    path.write_bytes(array_header("|u1", (_GB // 100, 100)) + b"\0" * 100)
    message = "its header promises 3,000,000,000 bytes, 100 follow"
    assert peak_of(lambda: refused(lambda: fastmi.read(path), message)) < 2e6


# ----------------------------------------------------------------------- foreign files


def foreign(folder: Path) -> dict[str, Path]:
    contents = {
        "empty": b"",
        "text": b">a\nACGT\n",
        "binary": bytes(range(256)) * 9,
        "json": b'{"kind": "fastmi result"}',
        "gzip": gzip.compress(b"ACGT\n"),
        "bzip2": bz2.compress(b"ACGT\n"),
        "zip start": b"PK\x03\x04" + bytes(60),
        "zip end": bytes(60) + b"PK\x05\x06" + bytes(18),
        "zip end that points far": b"PK\x05\x06" + b"\xff" * 16 + b"\0\0",
        "npy": npy(np.arange(3)),
    }
    files = {}
    for name, data in contents.items():
        files[name] = folder / name
        files[name].write_bytes(data)
    for name in ("npz", "zip", "plotmi", "png", "store"):
        files[name] = folder / f"{name}.npy"
    with files["npz"].open("wb") as stream:
        np.savez(stream, matrix=np.eye(3))
    with zipfile.ZipFile(files["zip"], "w") as archive:
        archive.writestr("reads.fa", ">a\nACGT\n")
    make_result().to_plotmi(files["plotmi"])
    files["png"].write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99))
    PackedSequences.from_strings(STRINGS).save(files["store"])
    files["directory"] = folder
    files["missing"] = folder / "missing"
    return files


FOREIGN = (
    *("empty", "text", "binary", "json", "gzip", "bzip2", "zip start", "zip end"),
    *("zip end that points far", "npy", "npz", "zip", "plotmi", "png", "store"),
    *("directory", "missing"),
)


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize("load", [fastmi.load, MIResult.load, JointCounts.load])
def test_foreign_files(load, kind, tmp_path):
    path = foreign(tmp_path)[kind]
    message = {
        "directory": "is a directory, not a fastmi file$",
        "missing": "^cannot read .*/missing: No such file or directory$",
    }.get(kind, "is not a fastmi file(, or it is cut off)?$")
    refused(lambda: load(path), message)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file(path):
    make_result().save(path)
    path.chmod(0)
    refused(lambda: fastmi.load(path), "^cannot read .*saved.npz: Permission denied$")


@pytest.mark.parametrize("data", [None, 3, [], b"bytes\xff"])
def test_something_that_is_no_path(data):
    with pytest.raises((TypeError, FastMIError)):
        fastmi.load(data)


def test_a_result_beside_a_store_leaves_it_whole(tmp_path, monkeypatch):
    """A store and a map may share a prefix: their files have other names."""
    monkeypatch.chdir(tmp_path)
    fastmi.PackedSequences.from_strings(["ACGT", "TTGA"]).save("run.npy")
    assert main(["mi", "run.npy", "-k", "1", "-o", "run", "--figure", "none", "-q"]) == 0
    assert fastmi.read("run.npy").to_strings() == ["ACGT", "TTGA"]


def test_a_replaced_file_keeps_its_permissions(path):
    make_result().save(path)
    path.chmod(0o600)
    make_result().save(path)
    assert path.stat().st_mode & 0o777 == 0o600
