"""Files and iterators given to ``pairwise_mi``: three ways to hold them, the same bits.

In memory, counted as they came, and in a temporary file: each is forced by limits made small,
and held against everything given at once. Then what cannot be used, and that nothing is left
of it: no file, no thread. Real sizes are measured in processes of their own.
"""

from __future__ import annotations

import gzip
import io
import os
import random
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastmi
from fastmi import (
    FastMIError,
    JointCounts,
    MIResult,
    PackedSequences,
    _gather,
    _parts,
    _streams,
)

ROOT = str(Path(fastmi.__file__).resolve().parents[1])
LENGTH = 10
MEMORY, TABLES, DISK = _streams.IN_MEMORY, _streams.ONE_PASS, _streams.ON_DISK
WAYS = {MEMORY: 1 << 30, TABLES: 8_000, DISK: 2_000}  # half for tables; at k = 1 2,880 bytes


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files, in which nothing may be left; no thread, either."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    threads = set(threading.enumerate())
    yield folder
    assert list(folder.iterdir()) == []
    assert set(threading.enumerate()) <= threads


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How the sequences will be held."""
    take(request.param, monkeypatch)
    return str(request.param)


def take(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_streams, "_OVERHEAD", 1 << 60)
    monkeypatch.setattr(_streams, "_LEAST", WAYS[way])
    monkeypatch.setattr(_parts, "BLOCK_ROWS", 300)


def some(
    n: int, seed: int = 1, missing: float = 0.0, alphabet: str = "dna", length: int = LENGTH
) -> PackedSequences:
    """Sequences with correlated ends."""
    rng = np.random.default_rng(seed)
    size = {"dna": 4, "protein": 20}[alphabet]
    codes = rng.integers(0, size, (n, length), dtype=np.uint8)
    codes[: n // 2, -1] = codes[: n // 2, 0]
    codes[rng.random((n, length)) < missing] = 255
    return PackedSequences.from_codes(codes, alphabet, unknown="skip")


def whole_of(blocks: list[PackedSequences]) -> PackedSequences:
    """All blocks as one set, by way of their letters."""
    codes = np.concatenate([block.to_codes() for block in blocks])
    whole = PackedSequences.from_codes(codes, blocks[0].alphabet, unknown="skip")
    if blocks[0].weights is None:
        return whole
    return whole.with_weights(np.concatenate([block.weights for block in blocks]))


def same(found: MIResult, wanted: MIResult) -> None:
    """The same bits, numbers and k-mers."""
    assert np.array_equal(found.matrix, wanted.matrix, equal_nan=True)
    assert (found.n_pair is None) == (wanted.n_pair is None)
    if wanted.n_pair is not None:
        assert np.array_equal(found.n_pair, wanted.n_pair)
    for what in ("n_sequences", "n_unknown", "n_effective", "k", "length", "alphabet"):
        assert getattr(found, what) == getattr(wanted, what), what
    last = found.n_positions - 1
    assert found.top_kmers(0, last).tolist() == wanted.top_kmers(0, last).tolist()


def thirds(sequences: PackedSequences) -> PackedSequences:
    return sequences.with_weights(np.arange(len(sequences)) % 5 / 3)


def integers(sequences: PackedSequences) -> PackedSequences:
    return sequences.with_weights(np.arange(len(sequences)) % 5)


# each letter of the name is a block: with missing letters, or with none
MASKS = {"none": "....", "all": "mmmm", "first": "m...", "last": "...m", "middle": ".m.m"}


@pytest.mark.parametrize("masks", MASKS.values(), ids=MASKS)
def test_blocks_some_with_missing_letters(way: str, masks: str) -> None:
    blocks = [some(1500, n, 0.1 if m == "m" else 0) for n, m in enumerate(masks)]
    found = fastmi.pairwise_mi(iter(blocks), 1)
    assert found.provenance["held"] == way
    same(found, fastmi.pairwise_mi(whole_of(blocks), 1))


@pytest.mark.parametrize("weigh", [integers, thirds])
def test_weights_are_never_counted_with_tables(
    way: str, weigh: Callable[[PackedSequences], PackedSequences]
) -> None:
    blocks = [weigh(some(1500, n, 0.02 * n)) for n in range(4)]
    found = fastmi.pairwise_mi(iter(blocks), 1)
    assert found.provenance["held"] == (MEMORY if way == MEMORY else DISK)
    same(found, fastmi.pairwise_mi(whole_of(blocks), 1))


def test_scores_of_some_blocks_do_not_matter(way: str) -> None:
    blocks = [some(1500, n) for n in range(4)]
    wanted = fastmi.pairwise_mi(whole_of(blocks), 1)
    for n in (0, 2):
        mixed = [*blocks]
        mixed[n] = mixed[n].with_scores(np.arange(1500))
        found = fastmi.pairwise_mi(iter(mixed), 1)
        assert found.provenance["held"] == way
        same(found, wanted)


@pytest.mark.parametrize(("k", "limit"), [(1, 200_000), (2, 6_000)])
def test_proteins(monkeypatch: pytest.MonkeyPatch, k: int, limit: int) -> None:
    """Tables of 400 cells a pair fit, or those of 160,000 do not."""
    monkeypatch.setattr(_streams, "_OVERHEAD", 1 << 60)
    monkeypatch.setattr(_streams, "_LEAST", limit)
    blocks = [some(4000, n, 0.01, "protein") for n in range(4)]
    found = fastmi.pairwise_mi(iter(blocks), k, alphabet="protein")
    assert found.provenance["held"] == (TABLES if k == 1 else DISK)
    same(found, fastmi.pairwise_mi(whole_of(blocks), k))


def test_blocks_of_anything(way: str) -> None:
    parts = [some(1500, n) for n in range(4)]
    blocks = [
        parts[0],
        parts[1].to_strings(),
        parts[2].to_codes(),
        np.eye(4)[parts[3].to_codes()],
    ]
    found = fastmi.pairwise_mi(iter(blocks), 1)
    assert found.provenance["held"] == way
    assert "origin" not in found.provenance
    same(found, fastmi.pairwise_mi(whole_of(parts), 1))


def test_empty_blocks_change_nothing(way: str) -> None:
    full = some(4000)
    blocks = [full[:0], full[:2000], full[:0], full[2000:], full[:0]]
    same(fastmi.pairwise_mi(iter(blocks), 1), fastmi.pairwise_mi(full, 1))


@pytest.mark.parametrize("measure", ["JS", "HE"])
def test_distances(monkeypatch: pytest.MonkeyPatch, measure: str, tmp_path: Path) -> None:
    blocks = [some(1500, n, 0.05 * (n == 2)) for n in range(4)]
    wanted = fastmi.pairwise_distance(whole_of(blocks), 1, measure=measure)
    for n, block in enumerate(blocks):
        block.save(tmp_path / f"{n}.npy")
    paths = sorted(tmp_path.glob("?.npy"))
    monkeypatch.setattr("fastmi.mi._MOST_HELD", 1)
    for way in WAYS:
        take(way, monkeypatch)
        found = fastmi.pairwise_distance(paths, 1, measure=measure, unknown="skip")
        assert np.array_equal(found.matrix, wanted.matrix, equal_nan=True)
        assert found.provenance["held"] == way
        assert len(found.provenance["origin"]["jobs"][0]["inputs"]) == 4
        assert found.provenance["run"]["runs"] == 1


# ----------------------------------------------------------------------------- files


def written(folder: Path, unknown: float = 0.02) -> tuple[list[Path], list[str]]:
    """Text, gzip and a store, and all their sequences."""
    seqs = [some(1500, n, unknown).to_strings() for n in range(3)]
    paths = [folder / "a.txt", folder / "b.fa.gz", folder / "c.npy"]
    paths[0].write_text("\n".join(seqs[0]) + "\n")
    paths[1].write_bytes(gzip.compress("".join(f">\n{s}\n" for s in seqs[1]).encode()))
    PackedSequences.from_strings(seqs[2], unknown="skip").save(paths[2])
    return paths, [s for part in seqs for s in part]


@pytest.mark.parametrize("unknown", ["drop", "skip"])
def test_files_are_their_sequences(way: str, unknown: Any, tmp_path: Path) -> None:
    paths, seqs = written(tmp_path)
    found = fastmi.pairwise_mi(paths, 1, unknown=unknown, memory_limit=1)
    wanted = fastmi.pairwise_mi(seqs, 1, unknown=unknown)
    assert found.n_dropped == wanted.n_dropped
    assert (found.n_dropped > 0) == (unknown == "drop")
    assert found.provenance["held"] == way
    same(found, wanted)
    same(fastmi.pairwise_mi(tuple(reversed(paths)), 1, unknown=unknown), wanted)


def test_a_table_with_weights(way: str, tmp_path: Path) -> None:
    seqs = thirds(some(4000))
    assert seqs.weights is not None
    rows = (f"{s}\t{w!r}\n" for s, w in zip(seqs, seqs.weights.tolist(), strict=True))
    (tmp_path / "t.tsv").write_text("seq\tw\n" + "".join(rows))
    found = fastmi.pairwise_mi(tmp_path / "t.tsv", 1, column="seq", weights="w")
    assert found.provenance["held"] == (MEMORY if way == MEMORY else DISK)
    assert found.provenance["origin"]["jobs"][0]["columns"]["weights"] == "w"
    same(found, fastmi.pairwise_mi(seqs, 1))


def test_stdin(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seqs = some(4000)
    text = ("\n".join(seqs) + "\n").encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    found = fastmi.pairwise_mi("-", 1)
    assert found.provenance["held"] == way
    (job,) = found.provenance["origin"]["jobs"]
    assert job["inputs"][0]["file"] == "-"
    assert len(job["inputs"][0]["fingerprint"]) == 64  # known, now that it has ended
    same(found, fastmi.pairwise_mi(seqs, 1))


def test_a_store_stays_where_it_is(way: str, tmp_path: Path) -> None:
    seqs = some(4000, missing=0.01)
    seqs.save(tmp_path / "s.npy")
    found = fastmi.pairwise_mi(tmp_path / "s.npy", 1, unknown="skip")
    assert found.provenance["held"] == _streams.MAPPED
    same(found, fastmi.pairwise_mi(seqs, 1))
    dropped = fastmi.pairwise_mi(tmp_path / "s.npy", 1, unknown="drop")
    assert dropped.provenance["held"] == way  # what is left of it is another set
    wanted = fastmi.pairwise_mi(seqs, 1, unknown="drop")
    assert dropped.n_dropped == wanted.n_dropped > 0
    same(dropped, wanted)


@pytest.mark.parametrize("seed", range(3))
def test_random_streams(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(seed)
    for _ in range(10):
        blocks = [
            some(rng.randint(1, 900), rng.randint(0, 99), rng.choice([0, 0, 0.1]))
            for _ in range(rng.randint(1, 9))
        ]
        weigh = rng.choice([lambda b: b, lambda b: b, integers, thirds])
        blocks = [weigh(block) for block in blocks]
        if whole_of(blocks).n_effective == 0:
            continue
        k = rng.choice([1, 1, 2])
        monkeypatch.setattr(_streams, "_OVERHEAD", 1 << 60)
        monkeypatch.setattr(_streams, "_LEAST", rng.choice([10, 3000, 20_000, 10**6]))
        same(fastmi.pairwise_mi(iter(blocks), k), fastmi.pairwise_mi(whole_of(blocks), k))


# ------------------------------------------------------------------ what cannot be used


def test_files_with_and_without_weights(way: str, tmp_path: Path) -> None:
    some(1500, 1).save(tmp_path / "a.npy")
    integers(some(1500, 2)).save(tmp_path / "b.npy")
    with pytest.raises(FastMIError, match=r"[ab]\.npy has (no )?weights, and .*[ab]\.npy has"):
        fastmi.pairwise_mi([tmp_path / "a.npy", tmp_path / "b.npy"], 1)


OTHER: dict[str, tuple[Any, str]] = {
    "length": (some(5, length=11), "block 3 has sequences of length 11, .* length 10"),
    "alphabet": (some(5, alphabet="protein"), "block 3 is over 'protein'"),
    "weights": (integers(some(5)), "block 3 has weights, and the first one has no weights"),
    "letters": (["ACGTNACGTA"], "block 3: sequence 0, position 4: letter 'N'"),
    "nothing": ([], "block 3: there are no sequences"),
    "a string": ("ACGTACGTAC", "item 3 is one str"),
    "no array": ([[1, 2], [3]], "cannot be made an array"),
}


@pytest.mark.parametrize("what", OTHER)
def test_a_block_that_does_not_fit(way: str, what: str) -> None:
    block, sentence = OTHER[what]
    blocks = [*(some(1500, n) for n in range(3)), block]
    with pytest.raises((FastMIError, TypeError, ValueError), match=sentence):
        fastmi.pairwise_mi(iter(blocks), 1)


def test_an_iterator_that_raises(way: str) -> None:
    def blocks() -> Iterator[PackedSequences]:
        yield from (some(1500, n) for n in range(3))
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        fastmi.pairwise_mi(blocks(), 1)


def test_empty_iterators(way: str) -> None:
    for nothing in (iter([]), iter([some(5)[:0]]), iter([some(5)[:0], some(5)[:0]])):
        with pytest.raises(FastMIError, match="there are no sequences"):
            fastmi.pairwise_mi(nothing, 1)


def test_all_dropped(way: str) -> None:
    blocks = [some(200, n, 0.9) for n in range(3)]
    with pytest.raises(FastMIError, match="no sequences: all 600 have letters outside"):
        fastmi.pairwise_mi(iter(blocks), 1, unknown="drop")


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_bad_record_at_the_end(way: str, ending: str, tmp_path: Path) -> None:
    text = ("\n".join(some(4000)) + "\nACGT\n").encode()
    path = tmp_path / f"bad{ending}"
    path.write_bytes(gzip.compress(text) if ending else text)
    with pytest.raises(FastMIError, match="line 4001, record 4001 has length 4"):
        fastmi.pairwise_mi(path, 1)


def test_a_file_of_another_length(way: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("\n".join(some(4000)))
    (tmp_path / "b").write_text("\n".join(some(4000, length=12)))
    with pytest.raises(FastMIError, match=r"its sequences have length 1[02], those of"):
        fastmi.pairwise_mi([tmp_path / "a", tmp_path / "b"], 1)


def test_a_file_that_changes(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the result would name what it was not made from."""
    path = tmp_path / "a"
    path.write_text("\n".join(some(4000)))
    blocks = _streams.piece_blocks

    def changed(*args: Any) -> Iterator[PackedSequences]:
        yield from blocks(*args)
        path.write_text("\n".join(some(4000, 2)))

    monkeypatch.setattr(_streams, "piece_blocks", changed)
    with pytest.raises(FastMIError, match="changed while it was counted"):
        fastmi.pairwise_mi(path, 1)


@pytest.mark.parametrize("k", [0, 6, 7, 99, "x"])
def test_a_k_that_cannot_be_is_refused_at_once(k: Any, tmp_path: Path) -> None:
    taken = []

    def blocks() -> Iterator[PackedSequences]:
        for n in range(5):
            taken.append(n)
            yield some(100, n)

    with pytest.raises((ValueError, TypeError), match="k must be"):
        fastmi.pairwise_mi(blocks(), k)
    assert taken == [0]
    (tmp_path / "a").write_text("\n".join(some(4000)))
    with pytest.raises((ValueError, TypeError), match="k must be"):
        fastmi.pairwise_mi(tmp_path / "a", k)


def test_a_temporary_folder_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    take(DISK, monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "tempdir", "/not/there")
        with pytest.raises(FastMIError, match="temporary folder /not/there: No such file"):
            fastmi.pairwise_mi(iter([some(4000), some(4000)]), 1)
        patch.setattr(tempfile, "tempdir", None)  # as where every folder is full
        patch.setattr(tempfile, "_candidate_tempdir_list", lambda: ["/not/there"])
        with pytest.raises(
            FastMIError, match="cannot write to any temporary folder: No usable"
        ):
            fastmi.pairwise_mi(iter([some(4000), some(4000)]), 1)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's /dev/full")
def test_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    take(DISK, monkeypatch)
    monkeypatch.setattr(_gather, "_nameless", lambda: io.FileIO("/dev/full", "r+b"))
    with pytest.raises(FastMIError, match=r"temporary folder .*: No space left .* set TMPDIR"):
        fastmi.pairwise_mi(iter([some(4000), some(4000)]), 1)


def test_writes_that_take_a_part_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """As one of more than 2 GB does, and one to a disk that is nearly full."""
    take(DISK, monkeypatch)
    nameless = _gather._nameless

    class Part(io.FileIO):
        def write(self, data: Any) -> int:
            return super().write(data[:777])

    def in_parts() -> Part:
        with nameless() as file:
            return Part(os.dup(file.fileno()), "r+b")

    monkeypatch.setattr(_gather, "_nameless", in_parts)
    blocks = [some(1500, n, 0.1 * (n == 2)) for n in range(4)]
    same(fastmi.pairwise_mi(iter(blocks), 1), fastmi.pairwise_mi(whole_of(blocks), 1))


# ---------------------------------------------------------------------- JointCounts.add


def test_counts_add_an_iterator() -> None:
    blocks = [some(700, n, 0.05 * (n == 1)) for n in range(3)]
    counts = JointCounts(LENGTH, 1)
    counts.add(iter(blocks), n_threads=2)
    same(counts.mi(), fastmi.pairwise_mi(whole_of(blocks), 1))
    for bad, sentence in (
        (iter([]), "there are no sequences"),
        (iter([some(5, length=11)]), "length 11"),
        (iter([some(5), some(5, alphabet="protein")]), "over 'protein'"),
        (iter(["ACGTACGTAC"]), "item 0 is one str"),
    ):
        with pytest.raises((FastMIError, TypeError, ValueError), match=sentence):
            counts.add(bad)
    assert counts.n_sequences == 2105  # the good block before a bad one is in


# ------------------------------------------------------------------------- real memory

REAL = """
import sys, threading, os
import numpy as np
import fastmi
k, limit, n_blocks = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])

def blocks():
    rng = np.random.default_rng(1)
    for _ in range(n_blocks):
        rows = rng.integers(0, 256, (100_000, 50), dtype=np.uint8)
        yield fastmi.PackedSequences(rows, 200, fastmi.get_alphabet("dna"))

def status(name):
    with open("/proc/self/status") as stream:
        return int(next(line for line in stream if line.startswith(name)).split()[1]) * 1024

most = [0]
stop = threading.Event()
def watch():  # what cannot be taken away; pages of files can
    while not stop.wait(0.02):
        most[0] = max(most[0], status("RssAnon"))
watcher = threading.Thread(target=watch)
watcher.start()
try:
    result = fastmi.pairwise_mi(blocks(), k, memory_limit=limit, pseudocount=0)
finally:
    stop.set()
    watcher.join()
print(result.provenance["held"], most[0], status("VmHWM"), sep="|")
"""


def peak(k: int, limit: str, n_blocks: int) -> tuple[str, int, int]:
    """How the sequences were held, and the most memory of its own and in all."""
    done = subprocess.run(
        [sys.executable, "-c", REAL, str(k), limit, str(n_blocks)],
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, "PYTHONPATH": ROOT, "OPENBLAS_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    held, own, resident = done.stdout.strip().split("|")
    return held, int(own), int(resident)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="needs Linux's /proc")
@pytest.mark.parametrize(
    ("k", "limit", "held"),
    [(1, "2GB", MEMORY), (2, "500MB", TABLES), (3, "500MB", DISK), (1, "400MB", TABLES)],
)
def test_three_million_sequences_stay_below_the_limit(k: int, limit: str, held: str) -> None:
    found, own, _ = peak(k, limit, 30)
    assert found == held
    assert own < fastmi._checks.parse_bytes(limit)
