"""Files counted in shares and merged are the files counted at once, bit for bit.

Every kind of file, number of shards, order of files and policy, against ``JointCounts.add`` of
everything. What would count twice is refused with the names; so are files that changed, are
not there, or hold nothing.
"""

from __future__ import annotations

import bz2
import gzip
import itertools
import lzma
import os
import random
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastmi
from fastmi import (
    FastMIError,
    FastMIWarning,
    JointCounts,
    PackedSequences,
    _core,
    _inputs,
    _parts,
    _tally,
)

LENGTH = 9
N = 700
ROOT = str(Path(fastmi.__file__).resolve().parents[1])


def letters(seed: int, n: int = N, alphabet: str = "ACGT", missing: float = 0.0) -> list[str]:
    """Random sequences with correlated ends, some letters of which are missing."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, len(alphabet), (n, LENGTH))
    codes[:, -1] = np.where(rng.random(n) < 0.5, codes[:, 0], codes[:, -1])
    found = np.array(list(alphabet + "?"))[codes]
    found[rng.random((n, LENGTH)) < missing] = "?"
    return ["".join(row) for row in found]


def fasta(path: Path, seqs: list[str]) -> None:
    path.write_text("".join(f">r{n}\n{s[:5]}\n{s[5:]}\n" for n, s in enumerate(seqs)))


def fastq(path: Path, seqs: list[str]) -> None:
    path.write_text("".join(f"@r{n}\n{s}\n+\n@{'+I>@' * 2}\n" for n, s in enumerate(seqs)))


def lines(path: Path, seqs: list[str]) -> None:
    path.write_text("# of lines\n\n" + "\n".join(seqs))


def table(path: Path, seqs: list[str], weights: Callable[[int], object] = int) -> None:
    rows = [f"r{n},{s},{weights(n % 5)}\n" for n, s in enumerate(seqs)]
    path.write_text("# of rows\nname,seq,count\n" + "".join(rows))


def npy(path: Path, seqs: list[str]) -> None:
    with path.open("wb") as stream:
        np.save(stream, np.array(seqs, "S"))


def npz(path: Path, seqs: list[str]) -> None:
    with path.open("wb") as stream:
        np.savez(stream, s=np.array(seqs, "S"), w=np.arange(len(seqs)) % 4)


def compressed(write: Callable[[Path, list[str]], None], opener: Any) -> Any:
    def go(path: Path, seqs: list[str]) -> None:
        write(path, seqs)
        data = path.read_bytes()
        with opener(path, "wb") as stream:
            stream.write(data)

    return go


WRITE: dict[str, Any] = {
    "FASTA": fasta,
    "FASTQ": fastq,
    "lines": lines,
    "table": table,
    "npy": npy,
    "npz": npz,
    "FASTA.gz": compressed(fasta, gzip.open),
    "FASTQ.bz2": compressed(fastq, bz2.open),
    "table.xz": compressed(table, lzma.open),
    "npy.gz": compressed(npy, gzip.open),
}
NAMED = {"column": "seq", "weights": "count"}
COLUMNS: dict[str, dict[str, Any]] = {
    "table": NAMED,
    "table.xz": NAMED,
    "npz": {"column": "s", "weights": "w"},
}


def store(path: Path, seqs: list[str], unknown: str = "skip", **more: Any) -> None:
    PackedSequences.from_strings(seqs, unknown=unknown, **more).save(path)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks, groups and pieces so small that each file has many of them."""
    monkeypatch.setattr(_parts, "BLOCK_ROWS", 64)
    monkeypatch.setattr(_parts, "GROUP_ROWS", 5)
    monkeypatch.setattr(_inputs, "TEXT_PIECE", 1000)


def everything(paths: Iterable[Path], k: int = 1, **options: Any) -> JointCounts:
    """The files read into memory and added one by one."""
    weighted = options.pop("weighted", False)
    counts = JointCounts(LENGTH, k, alphabet=options.pop("alphabet", "dna"), weighted=weighted)
    for path in paths:
        counts.add(path, **options)
    return counts


def numbers(counts: JointCounts) -> dict[str, Any]:
    """All that counts hold, but how they came to be."""
    return {
        "tables": counts._tables.tobytes(),
        "kmers": counts._positional().tobytes(),
        "n": (counts.n_sequences, counts.n_dropped, counts.n_unknown, counts.n_effective),
        "what": (counts.length, counts.k, counts.alphabet, counts.weighted),
    }


def in_shards(paths: Any, n: int, k: int = 1, **options: Any) -> JointCounts:
    """Counted in shards, merged in another order."""
    parts = [fastmi.count(paths, k, shard=(i, n), **options) for i in range(1, n + 1)]
    random.Random(n).shuffle(parts)
    total = parts[0]
    for part in parts[1:]:
        total.merge(part)
    assert total.origin is not None
    assert total.origin.complete
    return total


# ---------------------------------------------------------------------- the same, bit for bit


@pytest.mark.parametrize("n", [1, 2, 7, 40])
@pytest.mark.parametrize("kind", WRITE)
def test_shards_of_one_file(kind: str, n: int, tmp_path: Path):
    path = tmp_path / "file"
    WRITE[kind](path, letters(1))
    options = COLUMNS.get(kind, {})
    whole = everything([path], **options)
    assert whole.n_sequences == N
    found = in_shards(path, n, **options)
    assert numbers(found) == numbers(whole)
    assert found.mi(0).matrix.tobytes() == whole.mi(0).matrix.tobytes()


@pytest.mark.parametrize("unknown", ["drop", "skip"])
@pytest.mark.parametrize("kind", WRITE)
def test_missing_letters(kind: str, unknown: Any, tmp_path: Path):
    path = tmp_path / "file"
    WRITE[kind](path, letters(2, missing=0.03))
    options = {**COLUMNS.get(kind, {}), "unknown": unknown}
    whole = everything([path], **options)
    assert (whole.n_dropped > 50) == (unknown == "drop")
    assert (whole.n_unknown > 50) == (unknown == "skip")
    for n in (1, 3, 16):
        assert numbers(in_shards(path, n, **options)) == numbers(whole)
    with pytest.raises(FastMIError, match=r"file.*letter '\?' is not in alphabet"):
        in_shards(path, 3, **COLUMNS.get(kind, {}))


@pytest.mark.parametrize("n", [1, 3, 16, 300])
@pytest.mark.parametrize("unknown", ["drop", "skip"])
@pytest.mark.parametrize("left_out", [False, True])
def test_a_store(left_out: bool, unknown: Any, n: int, tmp_path: Path):
    path = tmp_path / "s.npy"
    store(path, letters(3, missing=0.03), "drop" if left_out else "skip")
    whole = everything([path], unknown=unknown)
    assert whole.n_dropped > 50 or not (left_out or unknown == "drop")
    assert numbers(in_shards(path, n, unknown=unknown)) == numbers(whole)


def test_a_store_with_weights_and_one_with_missing_letters(tmp_path: Path):
    weighted = PackedSequences.from_strings(letters(3)).with_weights(np.arange(N) % 3)
    weighted.save(tmp_path / "w.npy")
    store(tmp_path / "m.npy", letters(4, missing=0.01))
    paths = [tmp_path / "m.npy", tmp_path / "w.npy"]
    for n in (1, 2, 9):
        found = in_shards(paths, n, unknown="skip")
        assert numbers(found) == numbers(everything(paths, unknown="skip"))
        assert found.n_effective == N + sum(i % 3 for i in range(N))


def test_a_store_of_nothing_but_dropped_sequences(tmp_path: Path):
    store(tmp_path / "s.npy", ["?CGTACGTA"] * 3, "drop")
    fasta(tmp_path / "f", letters(1))
    paths = [tmp_path / "s.npy", tmp_path / "f"]
    for n in (1, 2, 50):
        found = in_shards(paths, n)
        assert (found.n_sequences, found.n_dropped) == (N, 3)


@pytest.mark.parametrize("n", [1, 2, 5, 33])
def test_files_of_all_kinds_in_any_order(n: int, tmp_path: Path):
    kinds = [kind for kind in WRITE if kind not in COLUMNS]
    paths = [tmp_path / kind for kind in kinds]
    for seed, path in enumerate(paths):
        WRITE[path.name](path, letters(seed, 90 + 7 * seed, missing=0.01))
    store(tmp_path / "s.npy", letters(99, 60, missing=0.02))
    paths.append(tmp_path / "s.npy")
    whole = numbers(everything(paths, unknown="skip"))
    for seed in range(3):
        random.Random(seed).shuffle(paths)
        assert numbers(in_shards(paths, n, unknown="skip")) == whole
    parts = []
    for i in range(1, n + 1):  # another order for each shard
        random.Random(i).shuffle(paths)
        parts.append(fastmi.count(paths, 1, shard=(i, n), unknown="skip"))
    total = JointCounts(LENGTH, 1)
    for part in parts:
        total.merge(part)
    assert numbers(total) == whole


@pytest.mark.parametrize("k", [1, 2, 3, 4])
@pytest.mark.parametrize("alphabet", ["dna", "protein", "AB"])
def test_alphabets_and_k(alphabet: str, k: int, tmp_path: Path):
    if alphabet == "protein" and k > 2:
        pytest.skip("tables of gigabytes")
    of = {"dna": "ACGT", "protein": "ACDEFGHIKLMNPQRSTVWY", "AB": "AB"}[alphabet]
    paths = [tmp_path / "a", tmp_path / "b"]
    fasta(paths[0], letters(1, 150, of))
    lines(paths[1], letters(2, 250, of, 0.02))
    options: dict[str, Any] = {"alphabet": alphabet, "unknown": "skip"}
    whole = everything(paths, k, **options)
    assert numbers(in_shards(paths, 4, k, **options)) == numbers(whole)


@pytest.mark.parametrize("weights", [int, lambda n: n / 3, lambda n: 0])
@pytest.mark.parametrize("kind", ["table", "table.xz"])
def test_weights(kind: str, weights: Any, tmp_path: Path):
    path = tmp_path / "file"
    table(path, letters(5, 200), weights)
    if kind == "table.xz":
        path.write_bytes(lzma.compress(path.read_bytes()))
    fractions = weights(1) == 1 / 3
    whole = everything([path], weighted=fractions, **NAMED)
    assert whole.n_effective is not None
    for n in (1, 2, 150):  # of so many shards some are empty
        found = in_shards(path, n, **NAMED)
        assert numbers(found) == numbers(whole)
    assert numbers(in_shards(path, 3, weighted=True, **NAMED)) == numbers(
        everything([path], weighted=True, **NAMED)
    )


def test_fractions_behind_whole_numbers_are_refused_with_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("fastmi._counting.HEAD_ROWS", 10)
    path = tmp_path / "file"
    table(path, letters(5, 200))
    path.write_text(path.read_text() + "r200,ACGTACGTA,0.5\n")
    with pytest.raises(FastMIError, match=rf"^{path} has weights .*weighted=True$"):
        fastmi.count(path, 1, **NAMED)  # the number in a block would say nothing
    assert fastmi.count(path, 1, weighted=True, **NAMED).n_sequences == 201


def test_more_shards_than_bytes(tmp_path: Path):
    for kind in ("FASTA", "FASTA.gz", "npy"):
        path = tmp_path / kind
        WRITE[kind](path, letters(1, 4))
        n = path.stat().st_size + 3
        assert numbers(in_shards(path, n)) == numbers(everything([path]))


@pytest.mark.parametrize("kind", ["FASTA", "FASTA.gz", "npy"])
def test_shards_are_alike_in_size(kind: str, tmp_path: Path):
    path = tmp_path / "file"
    WRITE[kind](path, letters(1))
    for n in (2, 7, 20):
        sizes = [fastmi.count(path, 1, shard=(i, n)).n_sequences for i in range(1, n + 1)]
        assert sum(sizes) == N
        assert max(sizes) - min(sizes) <= 3 * _parts.GROUP_ROWS


def test_numbers_of_numpy_are_numbers(tmp_path: Path):
    path = tmp_path / "file"
    table(path, letters(1, 50))
    options: Any = {"column": np.int64(2), "weights": np.int32(3)}
    path.write_text("".join(path.read_text().splitlines(True)[2:]))
    found = fastmi.count(path, np.int64(1), checkpoint=tmp_path / "c", **options)  # type: ignore[arg-type]
    assert numbers(found) == numbers(everything([path], column=2, weights=3))
    found.save(tmp_path / "a.npz")
    fastmi.count(path, 1, shard=(np.int64(1), np.int64(2)), column=2, weights=3).save(
        tmp_path / "b.npz"
    )
    with pytest.raises(FastMIError, match=r"a\.npz and .*b\.npz: .* counted twice"):
        fastmi.merge([tmp_path / "a.npz", tmp_path / "b.npz"])


# ------------------------------------------------------------------------- pipes


CHILD = """
import sys, fastmi
from fastmi import _parts
_parts.BLOCK_ROWS, _parts.GROUP_ROWS = 64, 5
shard, path, kind = sys.argv[1:4]
options = {"column": "seq", "weights": "count"} if kind == "table" else {}
counts = fastmi.count(path, 1, shard=shard, unknown="skip", **options)
counts.save(sys.argv[4])
"""


def child(*args: object, **options: Any) -> None:
    subprocess.run(
        [sys.executable, "-c", CHILD, *map(str, args)],
        check=True,
        timeout=100,
        env={**os.environ, "PYTHONPATH": ROOT},
        **options,
    )


@pytest.mark.parametrize("kind", ["FASTA", "FASTA.gz", "table", "npy"])
def test_stdin_in_shards(kind: str, tmp_path: Path):
    path = tmp_path / "file"
    WRITE[kind](path, letters(6, missing=0.01))
    parts = [tmp_path / f"{i}.npz" for i in (1, 2, 3)]
    for i, part in enumerate(parts, 1):
        child(f"{i}/3", "-", kind, part, input=path.read_bytes())
    whole = everything([path], unknown="skip", **COLUMNS.get(kind, {}))
    assert numbers(fastmi.merge(parts[::-1])) == numbers(whole)
    with pytest.raises(FastMIError, match=r"2/3 of - would be counted twice"):
        fastmi.merge([*parts, parts[1]])


def fed(pipe: Path, data: bytes) -> threading.Thread:
    thread = threading.Thread(target=pipe.write_bytes, args=(data,), daemon=True)
    thread.start()
    return thread


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


@pytest.mark.parametrize("kind", WRITE)
@pytest.mark.parametrize("n", [1, 3])
def test_a_named_pipe(kind: str, n: int, tmp_path: Path, pipe: Path):
    path = tmp_path / "file"
    WRITE[kind](path, letters(6))
    options = COLUMNS.get(kind, {})
    total = JointCounts(LENGTH, 1)
    for i in range(1, n + 1):
        thread = fed(pipe, path.read_bytes())
        total.merge(fastmi.count(pipe, 1, shard=(i, n), **options))
        thread.join(20)
    assert numbers(total) == numbers(everything([path], **options))


def test_fractions_in_one_part_of_a_pipe_only(tmp_path: Path, pipe: Path):
    """Whether weights are fractions is for the pipe to say, not for a shard of it."""
    path = tmp_path / "file"
    table(path, letters(5, 60), lambda n: n)
    path.write_text(path.read_text().replace(",1\n", ",0.5\n", 1))
    total = JointCounts(LENGTH, 1, weighted=True)
    for i in (1, 2, 3, 4):
        thread = fed(pipe, path.read_bytes())
        total.merge(fastmi.count(pipe, 1, shard=(i, 4), **NAMED))
        thread.join(20)
    assert numbers(total) == numbers(everything([path], weighted=True, **NAMED))


def test_a_pipe_beside_files(tmp_path: Path, pipe: Path):
    fasta(tmp_path / "a", letters(1))
    lines(tmp_path / "b", letters(2))
    thread = fed(pipe, (tmp_path / "b").read_bytes())
    found = fastmi.count([pipe, tmp_path / "a"], 1)
    thread.join(20)
    assert numbers(found) == numbers(everything([tmp_path / "a", tmp_path / "b"]))
    with pytest.raises(FastMIError, match="a shard of several inputs needs their sizes, and "):
        fastmi.count([pipe, tmp_path / "a"], 1, shard="1/2")
    with pytest.raises(FastMIError, match="pipe cannot be read again after a stop"):
        fastmi.count(pipe, 1, checkpoint=tmp_path / "c")


def test_another_stream_in_another_shard_is_refused(tmp_path: Path, pipe: Path):
    parts = []
    for i in (1, 2):
        fasta(tmp_path / "file", letters(i))
        thread = fed(pipe, (tmp_path / "file").read_bytes())
        parts.append(fastmi.count(pipe, 1, shard=(i, 2)))
        thread.join(20)
    parts[0].merge(parts[1])  # they are different data: halves of two jobs
    assert parts[0].origin is not None
    assert not parts[0].origin.complete


# ------------------------------------------------------------------------- the same twice


def saved(path: Path, *args: Any, **options: Any) -> Path:
    fastmi.count(*args, **options).save(path)
    return path


@pytest.mark.parametrize("kind", ["FASTA", "FASTA.gz", "npy"])
@pytest.mark.parametrize("how", ["same path", "symlink", "hard link", "copy", "other spelling"])
def test_the_same_file_twice_in_a_job(kind: str, how: str, tmp_path: Path):
    path, other = tmp_path / "real", tmp_path / "other"
    WRITE[kind](path, letters(1))
    if how == "same path":
        other = path
    elif how == "symlink":
        other.symlink_to(path)
    elif how == "hard link":
        other.hardlink_to(path)
    elif how == "copy":
        shutil.copy(path, other)
    else:
        other = tmp_path / ".." / tmp_path.name / "real"
    fasta(tmp_path / "third", letters(2))
    for order in itertools.permutations([path, other, tmp_path / "third"]):
        with pytest.raises(FastMIError, match=r"^the same input twice: ") as caught:
            fastmi.count(order, 1)
        assert "third" not in str(caught.value)
        for name in {str(path), str(other)}:
            assert name in str(caught.value)


def test_two_copies_of_a_store_in_a_job(tmp_path: Path):
    store(tmp_path / "a.npy", letters(1))
    store(tmp_path / "b.npy", letters(1))
    with pytest.raises(FastMIError, match=r"twice: .*a\.npy and .*b\.npy are equal$"):
        fastmi.count([tmp_path / "a.npy", tmp_path / "b.npy"], 1)


def test_files_that_differ_where_no_fingerprint_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(_inputs, "_WINDOW", 4)
    monkeypatch.setattr(_inputs, "_N_WINDOWS", 2)
    a, b = letters(1), letters(1)
    b[N // 2] = "AAAAAAAAA" if a[N // 2] != "AAAAAAAAA" else "CCCCCCCCC"
    fasta(tmp_path / "a", a)
    fasta(tmp_path / "b", b)
    paths = [tmp_path / "a", tmp_path / "b"]
    one, two = (_inputs.inputs_of(path)[0].fingerprint for path in paths)
    assert one == two
    assert numbers(in_shards(paths, 3)) == numbers(everything(paths))
    shutil.copy(paths[0], tmp_path / "c")
    with pytest.raises(FastMIError, match=r"twice: .*a and .*c are equal$"):
        fastmi.count([*paths, tmp_path / "c"], 1)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ("1/2", "1/2", r"shard 1/2 of file would be counted twice"),
        ("1/2", "1/4", r"shard 1/4 of file would be counted twice"),
        ("2/3", "2/2", r"shard 4/6 of file would be counted twice"),
        ("1/1", "7/9", r"shard 7/9 of file would be counted twice"),
    ],
)
def test_shards_that_overlap(first: str, second: str, message: str, tmp_path: Path):
    path = tmp_path / "file"
    fasta(path, letters(1))
    one = saved(tmp_path / "one.npz", path, 1, shard=first)
    two = saved(tmp_path / "two.npz", path, 1, shard=second)
    with pytest.raises(FastMIError, match=rf"one\.npz and {two}: {message}$"):
        fastmi.merge([one, two], partial=True)
    counts = JointCounts.load(one)
    before = numbers(counts)
    with pytest.raises(FastMIError, match=message):
        counts.merge(JointCounts.load(two))
    assert numbers(counts) == before


def test_a_file_in_two_jobs(tmp_path: Path):
    for n, name in enumerate("abc"):
        fasta(tmp_path / name, letters(n))
    a, b, c = (tmp_path / name for name in "abc")
    (tmp_path / "link").symlink_to(b)
    one = saved(tmp_path / "1.npz", [a, b], 1)
    two = saved(tmp_path / "2.npz", [tmp_path / "link", c], 1)
    message = r"1\.npz and .*2\.npz: .*link is in both parts \(there .*b\), of jobs that differ"
    with pytest.raises(FastMIError, match=message):
        fastmi.merge([one, two])
    three = saved(tmp_path / "3.npz", c, 1)
    assert numbers(fastmi.merge([one, three])) == numbers(everything([a, b, c]))


def test_two_columns_of_a_file_in_two_jobs(tmp_path: Path):
    path = tmp_path / "pairs"
    seqs = letters(1)
    path.write_text("a,b\n" + "".join(f"{s},{s[::-1]}\n" for s in seqs))
    one = saved(tmp_path / "1.npz", path, 1, column="a")
    two = saved(tmp_path / "2.npz", path, 1, column="b")
    message = r"1\.npz and .*2\.npz: .*pairs is in both parts, of jobs that differ in their "
    with pytest.raises(FastMIError, match=message + "files or columns"):
        fastmi.merge([one, two])


def test_two_pipes_that_give_the_same(tmp_path: Path, pipe: Path):
    fasta(tmp_path / "file", letters(1))
    os.mkfifo(tmp_path / "other")
    threads = [fed(p, (tmp_path / "file").read_bytes()) for p in (pipe, tmp_path / "other")]
    with pytest.raises(FastMIError, match=r"the same input twice: .*(pipe|other) and .*equal$"):
        fastmi.count([pipe, tmp_path / "other"], 1)
    for thread in threads:
        thread.join(20)
    with pytest.raises(FastMIError, match=r"the same input twice: .*pipe$"):
        fastmi.count([pipe, pipe], 1)
    with pytest.raises(FastMIError, match=r"the same input twice: -$"):
        fastmi.count(["-", "-"], 1)


# --------------------------------------------------------------- files that move and change


def test_names_dates_and_order_are_no_matter(tmp_path: Path):
    fasta(tmp_path / "a", letters(1))
    lines(tmp_path / "b", letters(2))
    paths = [tmp_path / "a", tmp_path / "b"]
    whole = numbers(everything(paths))
    one = saved(tmp_path / "1.npz", paths, 1, shard="1/3")
    os.utime(paths[0], (1, 1))
    two = saved(tmp_path / "2.npz", paths[::-1], 1, shard="2/3")
    (tmp_path / "sub").mkdir()
    moved = [paths[0].rename(tmp_path / "z"), paths[1].rename(tmp_path / "sub" / "a")]
    three = saved(tmp_path / "3.npz", moved, 1, shard="3/3")
    assert numbers(fastmi.merge([three, one, two])) == whole


@pytest.mark.parametrize("change", ["letter", "longer", "shorter"])
def test_a_file_that_changed_between_shards(change: str, tmp_path: Path):
    path = tmp_path / "file"
    fasta(path, letters(1))
    one = saved(tmp_path / "1.npz", path, 1, shard="1/2")
    text = path.read_text()
    path.write_text(
        {"letter": text[:-2] + ("A" if text[-2] != "A" else "C") + "\n",
         "longer": text + ">more\nACGTACGTA\n", "shorter": text[: text.rindex(">")]}[change]
    )  # fmt: skip
    two = saved(tmp_path / "2.npz", path, 1, shard="2/2")
    message = r"missing: shard ./2 of file; shard ./2 of file \(.*file is not the same file"
    with pytest.raises(FastMIError, match=message):
        fastmi.merge([one, two])


def test_a_file_that_changed_is_named_where_another_did_not(tmp_path: Path):
    paths = [tmp_path / "a", tmp_path / "b"]
    for n, path in enumerate(paths):
        fasta(path, letters(n))
    one = saved(tmp_path / "1.npz", paths, 1, shard="1/2")
    fasta(paths[1], letters(7))
    two = saved(tmp_path / "2.npz", paths, 1, shard="2/2")
    message = r"a is in both parts, of jobs .* \(.*b is not the same file in both\): it would"
    with pytest.raises(FastMIError, match=message):
        fastmi.merge([one, two])


def test_parts_say_which_shards_they_are(tmp_path: Path):
    fasta(tmp_path / "f", letters(1))
    parts = [fastmi.count(tmp_path / "f", 1, shard=(i, 4)) for i in (1, 2, 3, 4)]
    assert parts[1].in_words().endswith("sequences; shard 2/4 of f")
    parts[1].merge(parts[3])
    assert parts[1].in_words().endswith("sequences; shards 2/4, 4/4 of f")
    parts[1].merge(parts[0])
    assert parts[1].in_words().endswith("sequences; shard 3/4 of f not counted")
    parts[1].merge(parts[2])
    assert parts[1].in_words() == f"{N:,} sequences"


def test_what_is_missing_is_named(tmp_path: Path):
    for n in range(3):
        fasta(tmp_path / f"f{n}", letters(n))
    paths = [tmp_path / f"f{n}" for n in range(3)]
    parts = [saved(tmp_path / f"{i}.npz", paths, 1, shard=(i, 8)) for i in (1, 2, 4, 5, 6, 8)]
    with pytest.raises(FastMIError, match=r"missing: shards 3/8, 7/8 of f\d and 2 more files"):
        fastmi.merge(parts)
    some = fastmi.merge(parts, partial=True)
    with pytest.warns(
        FastMIWarning, match="these counts are not complete; missing: shards 3/8, 7/8"
    ):
        some.mi(0)
    some.save(tmp_path / "some.npz")
    rest = [saved(tmp_path / f"{i}.npz", paths, 1, shard=(i, 8)) for i in (7, 3)]
    assert numbers(fastmi.merge([rest[0], tmp_path / "some.npz", rest[1]])) == numbers(
        everything(paths)
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": 2}, r"differ in k: 1 and 2$"),
        ({"alphabet": "rna"}, r"differ in alphabet: 'dna' and 'rna'$"),
        ({"unknown": "skip"}, r"the parts differ in unknown: 'error' and 'skip'$"),
    ],
)
def test_parts_made_otherwise_are_refused(options: Any, message: str, tmp_path: Path):
    path = tmp_path / "file"
    fasta(path, letters(1, alphabet="ACG"))
    one = saved(tmp_path / "1.npz", path, shard="1/2", **{"k": 1})
    two = saved(tmp_path / "2.npz", path, shard="2/2", **{"k": 1, **options})
    with pytest.raises(FastMIError, match=rf"{one} and {two}.*{message}"):
        fastmi.merge([one, two])


def test_an_empty_shard_of_a_weighted_table_merges_from_its_file(tmp_path: Path):
    path = tmp_path / "file"
    table(path, letters(1, 3))
    parts = [saved(tmp_path / f"{i}.npz", path, 1, shard=(i, 8), **NAMED)
             for i in range(1, 9)]  # fmt: skip
    assert any(JointCounts.load(part).n_sequences == 0 for part in parts)
    assert numbers(fastmi.merge(parts)) == numbers(everything([path], **NAMED))


# ------------------------------------------------------------------------- bad input


def test_files_that_cannot_be_counted(tmp_path: Path):
    good = tmp_path / "good"
    fasta(good, letters(1))
    (tmp_path / "empty").touch()
    (tmp_path / "blank").write_text("\n\n")
    (tmp_path / "comments").write_text("# a\n# b\n")
    (tmp_path / "empty.gz").write_bytes(gzip.compress(b""))
    for name, message in [
        ("empty", r"empty is empty$"),
        ("blank", r"blank is empty$"),
        ("comments", r"comments holds no sequences$"),
        ("empty.gz", r"empty\.gz is empty$"),
        ("missing", r"cannot read .*missing: No such file or directory$"),
        (".", r"is a directory, not a file$"),
        ("nul\0", r"cannot read .*null (byte|character)"),
        ("\ud800", r"cannot read .*surrogates not allowed"),
    ]:
        for files in ([tmp_path / name], [good, tmp_path / name]):
            with pytest.raises(FastMIError, match=message) as caught:
                fastmi.count(files, 1)
            assert "\n" not in str(caught.value)
    with pytest.raises(FastMIError, match="there are no input files"):
        fastmi.count([], 1)
    with pytest.raises(FastMIError, match="there are no parts to merge"):
        fastmi.merge([])


@pytest.mark.parametrize("kind", ["FASTA", "FASTA.gz", "npy"])
def test_files_of_other_lengths(kind: str, tmp_path: Path):
    WRITE[kind](tmp_path / "a", letters(1))
    WRITE[kind](tmp_path / "b", ["ACG", "ACG"])
    with pytest.raises(FastMIError, match=r"(a|b): its sequences have length (3|9), those of "):
        fastmi.count([tmp_path / "a", tmp_path / "b"], 1)


@pytest.mark.parametrize("kind", ["FASTA", "FASTA.gz", "FASTQ.bz2", "table.xz"])
def test_a_compressed_file_that_is_cut_off(kind: str, tmp_path: Path):
    path = tmp_path / "file"
    WRITE[kind](path, letters(1))
    path.write_bytes(path.read_bytes()[:-20])
    if kind == "FASTA":
        path.write_bytes(path.read_bytes()[:-5])
    for n in (1, 3):
        with pytest.raises(
            FastMIError, match=r"file( is damaged or cut off|, line \d+, record)"
        ):
            in_shards(path, n, **COLUMNS.get(kind, {}))


def test_an_error_in_the_middle_says_the_file_and_the_line(tmp_path: Path):
    fasta(tmp_path / "a", letters(1))
    seqs = letters(2)
    seqs[600] = seqs[600][:4] + "x" + seqs[600][5:]
    fasta(tmp_path / "b", seqs)
    message = r"b, line 1801, record 601 \(r600\), position 4: letter 'x'"
    with pytest.raises(FastMIError, match=message):
        in_shards([tmp_path / "a", tmp_path / "b"], 9)


@pytest.mark.skipif(sys.platform == "darwin", reason="names are UTF-8 there")
def test_a_name_that_is_no_text(tmp_path: Path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    fasta(path, letters(1))
    parts = [saved(tmp_path / f"{i}.npz", path, 1, shard=(i, 2)) for i in (1, 2)]
    assert numbers(fastmi.merge(parts)) == numbers(everything([path]))


def test_letters_that_look_like_the_beginning_of_a_zip(tmp_path: Path):
    path = tmp_path / "file"
    seqs = ["PKLVACDEF", *letters(1, 400, "ACDEFGHIK")]
    path.write_text("\n".join(seqs))
    found = in_shards(path, 7, alphabet="protein")
    assert numbers(found) == numbers(everything([path], alphabet="protein"))


@pytest.mark.parametrize(("start", "entry"), [("PKLVACDEF", "text"), ("PK\3\4", "stream")])
def test_only_a_zip_is_read_from_its_beginning(start: str, entry: str, tmp_path: Path):
    (tmp_path / "file").write_text(start + "\n")
    assert _inputs.inputs_of(tmp_path / "file")[0].entry == entry


def test_the_memory_of_threads_is_announced(
    tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
):
    scratch = lambda _kind, _rows, n_threads: n_threads * (30 << 20)  # noqa: E731
    monkeypatch.setattr(_tally.TableKind, "scratch_bytes", scratch)
    path = tmp_path / "file"
    path.write_text("ACGTACGTAC" * 10 + "\n")
    said = []
    for n_threads in (1, 16):
        fastmi.count(path, 4, n_threads=n_threads, progress=True)
        found = re.search(r"memory: \S+ MB for tables, about (\d+) MB", capsys.readouterr().err)
        assert found
        said.append(int(found[1]))
    assert said[1] > said[0] + 300 or not _core.HAS_OPENMP


def test_progress(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    fasta(tmp_path / "a", letters(1))
    parts = [saved(tmp_path / f"{i}.npz", tmp_path / "a", 1, shard=(i, 2), progress=True)
             for i in (1, 2)]  # fmt: skip
    fastmi.merge(parts, progress=True)
    said = capsys.readouterr().err.splitlines()
    shown = [int(line.split()[-2]) for line in said if "counting" in line]
    half = shown.index(100) + 1
    assert shown[:half] == sorted(set(shown[:half]))
    assert len(shown[:half]) > 3
    assert shown[half:] == sorted(set(shown[half:]))
    assert shown[-1] == 100
    assert said[-1] == "fastmi: merging: 100 %"


# ------------------------------------------------------------------------- many


def thousand(folder: Path, n: int) -> None:
    paths = [folder / "a", folder / "b.gz", folder / "s.npy"]
    fasta(paths[0], letters(1, 900, missing=0.01))
    WRITE["FASTA.gz"](paths[1], letters(2, 100))
    store(paths[2], letters(3, 500, missing=0.01))
    parts = [
        saved(folder / f"{i}.npz", paths, 1, shard=(i, n), unknown="skip")
        for i in range(1, n + 1)
    ]
    random.Random(1).shuffle(parts)
    found = fastmi.merge(parts)
    assert numbers(found) == numbers(everything(paths, unknown="skip"))
    assert found.run["runs"] == n


def test_forty_shards_merged(tmp_path: Path):
    thousand(tmp_path, 40)


@pytest.mark.slow
def test_a_thousand_shards_merged(tmp_path: Path):
    """In short: ``test_forty_shards_merged``."""
    thousand(tmp_path, 1000)
