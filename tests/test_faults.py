"""What goes wrong on a cluster: kills, full disks, damaged files, two at once, no locks.

Each fault is made to happen, and shown to have happened; then what is left is right: the same
bits as an undisturbed run, or one sentence that names the file. Long ones run in full size as
``slow``, in a short form always.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import fcntl
import gzip
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
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
    ScoreBins,
    _checkpoint,
    _counting,
    _files,
    _inputs,
    _parts,
)
from fastmi._score_cuts import Bins

ROOT = str(Path(fastmi.__file__).resolve().parents[1])
LENGTH = 9
N = 2000

PRELUDE = """
import fcntl, os, resource, sys, time
import fastmi
from fastmi import _checkpoint, _counting, _inputs, _parts
_parts.BLOCK_ROWS, _inputs.TEXT_PIECE, _checkpoint._MOST_SHARE = 64, 8000, 0
"""


def numbers(counts: JointCounts) -> dict[str, Any]:
    """All that counts hold, but how they came to be."""
    return {
        "tables": counts._tables.tobytes(),
        "kmers": counts._positional().tobytes(),
        "n": (counts.n_sequences, counts.n_dropped, counts.n_unknown, counts.n_effective),
        "what": (counts.length, counts.k, counts.alphabet, counts.weighted),
        "complete": counts.origin is None or counts.origin.complete,
    }


def fasta(path: Path, n: int = N, seed: int = 1) -> Path:
    rows = np.array(list("ACGT?"))[np.random.default_rng(seed).integers(0, 5, (n, LENGTH))]
    path.write_text("".join(f">{i}\n{''.join(row)}\n" for i, row in enumerate(rows)))
    return path


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Text, a compressed file and a store: what is entered in the middle, and what is not."""
    paths = [fasta(tmp_path / "a"), tmp_path / "b.gz", tmp_path / "c.npy"]
    paths[1].write_bytes(gzip.compress(fasta(tmp_path / "b", seed=2).read_bytes()))
    (tmp_path / "b").unlink()
    letters = fasta(tmp_path / "c", seed=3).read_text().splitlines()[1::2]
    PackedSequences.from_strings(letters, unknown="skip").save(paths[2])
    (tmp_path / "c").unlink()
    return paths


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the children."""
    monkeypatch.setattr(_parts, "BLOCK_ROWS", 64)
    monkeypatch.setattr(_inputs, "TEXT_PIECE", 8000)
    monkeypatch.setattr(_checkpoint, "_MOST_SHARE", 0)  # a save after every block


def undisturbed(files: Any, **options: Any) -> dict[str, Any]:
    return numbers(fastmi.count(files, 1, unknown="skip", **options))


def start(script: str, *args: object, **options: Any) -> subprocess.Popen[str]:
    """A child that runs a script behind the prelude."""
    return subprocess.Popen(
        [sys.executable, "-c", PRELUDE + script, *map(str, args)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": ROOT, "OPENBLAS_NUM_THREADS": "1"},
        **options,
    )


def ended(child: subprocess.Popen[str], timeout: float = 120) -> tuple[int, str, str]:
    said, complained = child.communicate(timeout=timeout)
    return child.returncode, said, complained


def ran(script: str, *args: object, **options: Any) -> str:
    code, said, complained = ended(start(script, *args, **options))
    assert code == 0, complained
    return said


# ---------------------------------------------------------------------------- killed

COUNT = """
out, folder, *files = sys.argv[1:]
slow = _counting.Counting._add
def add(self, counts, block, file):
    slow(self, counts, block, file)
    print(counts.n_sequences, flush=True)
    time.sleep(0.004)
_counting.Counting._add = add
counts = fastmi.count(files, 1, checkpoint=folder, checkpoint_every=0, unknown="skip")
counts.save(out)
print("done", flush=True)
"""


def killed_again_and_again(files: list[Path], folder: Path, n_kills: int) -> int:
    """Killed after random numbers of blocks, until it was killed so often; then let alone.

    Gives how often a kill came while a save was written.
    """
    rng = random.Random(n_kills)
    whole = undisturbed(files)
    out, checkpoint = folder / "out.npz", folder / "saves"
    behind = []  # what each run had when it was killed
    rounds = n_half_written = 0
    while len(behind) < n_kills:
        assert rounds < 3 * n_kills
        rounds += 1
        child = start(COUNT, out, checkpoint, *files)
        assert child.stdout is not None
        last = ""
        for _ in range(rng.randint(1, max(2, 200 // n_kills))):
            last = child.stdout.readline().strip()
            if last in ("done", ""):
                break
        time.sleep(rng.random() * 0.02)  # in the middle of whatever it does now
        child.send_signal(signal.SIGKILL)
        code, rest, _ = ended(child)
        if code == -signal.SIGKILL and "done" not in (last, *rest.split()):
            behind.append(int(last))
            n_half_written += bool(list(checkpoint.glob(".*.part")))
        else:  # it was done before the kill came: from the beginning
            assert numbers(JointCounts.load(out)) == whole
            for path in checkpoint.iterdir():
                path.unlink()
    assert any(0 < n < 3 * N for n in behind)
    assert len(set(behind)) > n_kills // 2  # they went on, not from the same place each time
    begun = ran(COUNT, out, checkpoint, *files).split()
    assert begun[-1] == "done"
    assert numbers(JointCounts.load(out)) == whole
    assert not list(checkpoint.glob(".*.part"))
    assert len(list(checkpoint.glob("*.npz"))) == 2
    return n_half_written


def test_killed_five_times(files: list[Path], tmp_path: Path):
    killed_again_and_again(files, tmp_path, 5)


@pytest.mark.slow
def test_killed_fifty_times(files: list[Path], tmp_path: Path):
    """In short: ``test_killed_five_times``."""
    assert killed_again_and_again(files, tmp_path, 50) > 0


class Stopped(BaseException):
    """Stands for a kill, inside this process."""


def stop_after(monkeypatch: pytest.MonkeyPatch, n: int) -> None:
    """Make counting end with ``Stopped`` after so many blocks."""
    add, left = _counting.Counting._add, [n]

    def limited(self: Any, *args: Any) -> None:
        if not left[0]:
            raise Stopped
        left[0] -= 1
        add(self, *args)

    monkeypatch.setattr(_counting.Counting, "_add", limited)


def stopped(files: Any, folder: Path, n: int, **options: Any) -> None:
    """A run with a save after every block, that ends after so many."""
    options = {"unknown": "skip", "checkpoint": folder, "checkpoint_every": 0, **options}
    with pytest.MonkeyPatch.context() as patch:
        stop_after(patch, n)
        with pytest.raises(Stopped):
            fastmi.count(files, 1, **options)


def resumed(files: Any, folder: Path, **options: Any) -> dict[str, Any]:
    return numbers(fastmi.count(files, 1, unknown="skip", checkpoint=folder, **options))


@pytest.mark.parametrize(
    ("shard", "stops"), [(None, (1, 2, 20, 31, 32, 33, 34, 47, 65, 90)), ("2/3", (1, 5, 9, 14))]
)
def test_stopped_after_some_blocks(
    shard: Any, stops: tuple[int, ...], files: list[Path], tmp_path: Path
):
    whole = undisturbed(files, shard=shard)
    for n_blocks in stops:
        folder = tmp_path / f"after {n_blocks}"
        stopped(files, folder, n_blocks, shard=shard)
        assert len(list(folder.glob("*.npz"))) == min(n_blocks, 2)
        assert resumed(files, folder, shard=shard) == whole, n_blocks
        assert resumed(files, folder, shard=shard) == whole, n_blocks


def test_stopped_again_and_again(files: list[Path], tmp_path: Path):
    for _ in range(7):
        stopped(files, tmp_path / "saves", 11)
    assert resumed(files, tmp_path / "saves") == undisturbed(files)


def test_what_was_counted_is_not_read_again(
    files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    stopped(files, tmp_path / "saves", 20)
    seen = []
    add = _counting.Counting._add
    monkeypatch.setattr(
        _counting.Counting, "_add", lambda *args: (seen.append(len(args[2])), add(*args))[1]
    )
    resumed(files, tmp_path / "saves")
    assert 0 < sum(seen) < 3 * N - 10 * 64
    seen.clear()
    resumed(files, tmp_path / "saves")
    assert seen == []


def test_a_restart_says_that_it_goes_on(
    files: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    stopped(files, tmp_path / "saves", 2)
    assert "going on" not in capsys.readouterr().err
    resumed(files, tmp_path / "saves", progress=True)
    assert "going on from the checkpoint, 128 sequences done\n" in capsys.readouterr().err
    resumed(files, tmp_path / "saves")
    assert capsys.readouterr().err == ""


def test_shards_share_a_folder(files: list[Path], tmp_path: Path):
    folder = tmp_path / "saves"
    for i in (1, 2, 3):
        stopped(files, folder, 3, shard=(i, 3))
    total = fastmi.count(files, 1, unknown="skip", checkpoint=folder, shard="1/3")
    for i in (3, 2):
        total.merge(fastmi.count(files, 1, unknown="skip", checkpoint=folder, shard=(i, 3)))
    assert numbers(total) == undisturbed(files)


def test_other_settings_do_not_go_on_from_there(files: list[Path], tmp_path: Path):
    folder = tmp_path / "saves"
    stopped(files, folder, 20)
    for options in ({"k": 2}, {"unknown": "drop"}, {"weighted": True}, {"shard": "1/2"}):
        options = {"k": 1, "unknown": "skip", **options}
        found = fastmi.count(files, checkpoint=folder, **options)
        assert numbers(found) == numbers(fastmi.count(files, **options))
    fasta(files[0], seed=77)
    assert resumed(files, folder) == undisturbed(files)


@pytest.mark.parametrize("name", ["_parts.BLOCK_ROWS", "_inputs.TEXT_PIECE"])
def test_blocks_of_another_size_do_not_go_on_from_there(
    name: str, files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """As another version of fastmi may have: so many blocks are other sequences then."""
    stopped(files, tmp_path / "saves", 20)
    whole = undisturbed(files)
    monkeypatch.setattr(f"fastmi.{name}", 50 if "BLOCK" in name else 3000)
    assert resumed(files, tmp_path / "saves") == whole


# ---------------------------------------------------------------------------- full disks

FULL = """
folder, limit, *files = sys.argv[1:]
add, blocks = _counting.Counting._add, []
def limited(self, counts, block, file):
    add(self, counts, block, file)
    blocks.append(len(block))
    if len(blocks) == 10:
        if limit == "quota":
            resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))
        else:
            with open(os.path.join(limit, "filler"), "wb", buffering=0) as filler:
                try:
                    while filler.write(bytes(4096)):
                        pass
                except OSError as error:
                    print("full:", error.strerror)
_counting.Counting._add = limited
try:
    fastmi.count(files, 1, unknown="skip", checkpoint=folder, checkpoint_every=0)
except fastmi.FastMIError as error:
    print("error:", error)
print("blocks:", len(blocks))
"""


def check_full(said: str, folder: Path, reason: str) -> None:
    error = next(line for line in said.splitlines() if line.startswith("error:"))
    assert error.startswith(f"error: cannot write {folder}/"), said
    assert error.endswith(f".10.npz: {reason}")
    assert "blocks: 10" in said
    names = sorted(p.name.split(".")[1] for p in folder.glob("*.npz"))
    assert names == ["8", "9"]
    assert not list(folder.glob(".*"))
    for path in folder.glob("*.npz"):
        assert JointCounts.load(path).n_sequences > 0


def test_a_quota_that_is_reached_while_saving(files: list[Path], tmp_path: Path):
    folder = tmp_path / "saves"
    said = ran(FULL, folder, "quota", *files)
    check_full(said, folder, "File too large")
    assert resumed(files, folder) == undisturbed(files)


IN_TMPFS = """
mkdir -p "$1" && mount -t tmpfs -o size="$2" tmpfs "$1" || exit 77
shift 2
exec "$@"
"""


def mounted(where: Path, size: str, *command: object) -> str:
    """What a command says to which a small tmpfs is mounted, that nobody else sees."""
    if sys.platform != "linux" or os.geteuid():
        pytest.skip("needs Linux and root to mount a file system")
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", IN_TMPFS, "sh", str(where), size, *map(str, command)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": ROOT, "OPENBLAS_NUM_THREADS": "1"},
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_disk_that_is_full(files: list[Path], tmp_path: Path):
    """The tmpfs ends with its processes, so the child looks at what is left itself."""
    disk = tmp_path / "disk"
    script = (
        PRELUDE
        + FULL
        + """
left = sorted(os.listdir(folder))
print("left:", *left)
os.unlink(os.path.join(limit, "filler"))
_counting.Counting._add = add
counts = fastmi.count(files, 1, unknown="skip", checkpoint=folder)
counts.save(OUT)
""".replace("OUT", repr(str(tmp_path / "out.npz")))
    )
    folder = disk / "saves"
    said = mounted(disk, "1m", sys.executable, "-c", script, folder, disk, *files)
    assert "full: No space left on device" in said
    error = next(line for line in said.splitlines() if line.startswith("error:"))
    assert error.startswith(f"error: cannot write {folder}/")
    assert error.endswith(".10.npz: No space left on device")
    (left,) = (line.split()[1:] for line in said.splitlines() if line.startswith("left:"))
    assert [name.split(".", 1)[1] for name in left] == ["8.npz", "9.npz", "lock"]
    assert numbers(JointCounts.load(tmp_path / "out.npz")) == undisturbed(files)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_a_disk_that_says_only_at_last_that_it_is_full(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Network file systems may say it when the file is flushed, and not before."""
    counts = JointCounts(LENGTH, 1)
    counts.save(tmp_path / "c.npz")
    before = (tmp_path / "c.npz").read_bytes()
    counts.add(["ACGTACGTA"])
    calls = []

    def refuse(handle: int) -> None:
        calls.append(os.fstat(handle).st_size)
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(FastMIError, match=rf"cannot write .*c\.npz: {os.strerror(number)}$"):
        counts.save(tmp_path / "c.npz")
    assert calls
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"c.npz": before}


def test_a_folder_that_cannot_be_flushed_is_no_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuse(handle: int) -> None:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    monkeypatch.setattr(os, "fsync", refuse)
    JointCounts(LENGTH, 1).save(tmp_path / "c.npz")
    assert [p.name for p in tmp_path.iterdir()] == ["c.npz"]


# ---------------------------------------------------------------------------- read-only

READ_ONLY = """
out, folder, file = sys.argv[1:]
for path in (out, folder):
    try:
        open(os.path.join(os.path.dirname(path), "probe"), "w")
    except OSError as error:
        print("probe:", error.strerror)
try:
    fastmi.count(file, 1, unknown="skip").save(out)
except fastmi.FastMIError as error:
    print("error:", error)
try:
    fastmi.count(file, 1, unknown="skip", checkpoint=folder)
except fastmi.FastMIError as error:
    print("error:", error)
"""


def check_read_only(said: str, disk: Path, reason: str) -> None:
    assert said.splitlines() == [
        f"probe: {reason}",
        f"probe: {reason}",
        f"error: cannot write {disk}/out.npz: {reason}",
        f"error: cannot write to {disk}/saves: {reason}",
    ]


def test_a_read_only_file_system(tmp_path: Path):
    file, disk = fasta(tmp_path / "a", 50), tmp_path / "disk"
    script = 'mount -o remount,ro "$1" && shift && exec "$@"'
    said = mounted(
        disk, "1m", "sh", "-c", script, "sh", disk,
        sys.executable, "-c", PRELUDE + READ_ONLY, disk / "out.npz", disk / "saves", file,
    )  # fmt: skip
    check_read_only(said, disk, "Read-only file system")


def test_a_folder_of_somebody_else():
    """Root may write everywhere: the child becomes somebody else first."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file, disk, free = fasta(folder / "a", 50), folder / "disk", folder / "free"
        disk.mkdir()
        free.mkdir()
        (free / "c.npz").touch()  # of a mode that lets nobody read what is written
        modes = ((folder, 0o755), (disk, 0o555), (free, 0o777), (free / "c.npz", 0o222))
        for each, mode in modes:
            each.chmod(mode)
        become = "if os.geteuid() == 0: os.setgroups([]); os.setegid(65534); os.seteuid(65534)"
        save = f"fastmi.JointCounts(9, 1).save({str(free / 'c.npz')!r})"  # the way is free
        ready = "import fastmi.batch"  # its files may be in a folder of root's alone
        script = f"{ready}\n{become}\n{save}\n{READ_ONLY}"
        said = ran(script, disk / "out.npz", disk / "saves", file)
        assert (free / "c.npz").stat().st_size > 0
        check_read_only(said, disk, "Permission denied")


def test_a_checkpoint_that_is_a_file(tmp_path: Path):
    file = fasta(tmp_path / "a", 50)
    with pytest.raises(FastMIError, match=rf"^cannot write to {file}: File exists$"):
        fastmi.count(file, 1, unknown="skip", checkpoint=file)


# ---------------------------------------------------------------------------- damaged parts


@pytest.fixture
def parts(files: list[Path], tmp_path: Path) -> list[Path]:
    """The files in a hundred parts."""
    paths = []
    for i in range(1, 101):
        paths.append(tmp_path / f"part {i}.npz")
        fastmi.count(files, 1, unknown="skip", shard=(i, 100)).save(paths[-1])
    return paths


def test_a_damaged_part_among_a_hundred(parts: list[Path], files: list[Path], tmp_path: Path):
    """Bytes that matter to nobody may change: then the counts are the same."""
    whole, rng = undisturbed(files), random.Random(1)
    assert numbers(fastmi.merge(parts)) == whole
    refused = 0
    for n in range(30):
        part = rng.choice(parts)
        good = part.read_bytes()
        damaged = bytearray(good)
        for _ in range(rng.choice([1, 1, 1, 20])):
            damaged[rng.randrange(len(good))] ^= 1 << rng.randrange(8)
        part.write_bytes(damaged)
        near = [part, *rng.sample([p for p in parts if p != part], 4)]
        some = parts if n < 3 else near
        said, found = "", None
        try:
            found = numbers(fastmi.merge(some, partial=True))
        except FastMIError as error:
            said = str(error)
        part.write_bytes(good)
        assert str(part) in said or found == numbers(fastmi.merge(some, partial=True))
        assert "\n" not in said
        refused += found is None
    assert refused > 20
    assert numbers(fastmi.merge(parts)) == whole


def foreign(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")


def result(path: Path) -> None:
    fastmi.pairwise_mi(["ACGTACGTA", "CCGTACGTC"], 1, pseudocount=0).save(path)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda p: p.write_bytes(p.read_bytes()[: p.stat().st_size // 2]), "it is cut off"),
        (lambda p: p.write_bytes(p.read_bytes()[:-1]), "it is cut off"),
        (lambda p: p.write_bytes(b""), "it is cut off"),
        (lambda p: p.write_bytes(bytes(p.stat().st_size)), "it is cut off"),
        (lambda p: p.write_text(">a\nACGT\n"), "is not a fastmi file"),
        (foreign, "is not a fastmi file"),
        (result, "differ in kind: 'fastmi joint counts' and 'fastmi result'"),
        (lambda p: p.unlink(), "No such file"),
        (lambda p: (p.unlink(), p.mkdir()), "is a directory"),
    ],
)
def test_a_part_that_is_none(damage: Callable[[Path], object], message: str, parts: list[Path]):
    damage(parts[57])
    with pytest.raises(FastMIError, match=rf"{parts[57]}.*{message}"):
        fastmi.merge(parts)


# ------------------------------------------------------------------- damaged checkpoints


@pytest.mark.parametrize(
    "damage", ["flipped", "cut", "empty", "foreign", "folder", "another job"]
)
def test_a_damaged_save_goes_back_to_the_one_before(
    damage: str, files: list[Path], tmp_path: Path
):
    folder = tmp_path / "saves"
    stopped(files, folder, 40)
    _, last = sorted(folder.glob("*.npz"), key=lambda p: int(p.name.split(".")[1]))
    good = last.read_bytes()
    if damage == "flipped":
        at = good.index(b"tables.npy") + 500
        last.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
    elif damage == "cut":
        last.write_bytes(good[:-30])
    elif damage == "empty":
        last.write_bytes(b"")
    elif damage == "foreign":
        foreign(last)
    elif damage == "folder":
        last.unlink()
        last.mkdir()
    else:  # well-formed counts, of other files
        other = fasta(tmp_path / "other", 20, 9)
        fastmi.count(other, 1, unknown="skip").save(last)
    with pytest.warns(FastMIWarning, match=rf"{last}.*; it is not used") as warned:
        assert resumed(files, folder) == undisturbed(files)
    assert len(warned) == 1  # the one before was


def test_counts_without_an_origin_are_no_save(files: list[Path], tmp_path: Path):
    """Somebody put counts there: everything would be added to them."""
    folder = tmp_path / "saves"
    stopped(files, folder, 2)
    counts = JointCounts(LENGTH, 1)
    counts.add(["ACGTACGTA"])
    for path in folder.glob("*.npz"):
        counts.save(path)
    with pytest.warns(FastMIWarning, match="; it is not used"):
        assert resumed(files, folder) == undisturbed(files)


def test_a_folder_of_saves_that_cannot_be_listed(
    files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def refused(folder: Path) -> Iterator[Path]:
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "iterdir", refused)
        with pytest.raises(FastMIError, match=rf"cannot read {tmp_path}: Permission denied"):
            _checkpoint.Checkpoint(tmp_path, "name")
    with _checkpoint.Checkpoint(tmp_path, "name"):  # whose lock was given back
        pass


def test_a_save_in_the_middle_of_no_piece_is_not_used(files: list[Path], tmp_path: Path):
    """What it holds of a piece that is cut otherwise now would be counted once more."""
    folder = tmp_path / "saves"
    stopped(files, folder, 3)
    for path in folder.glob("*.npz"):
        counts = fastmi.load(path)
        assert isinstance(counts, JointCounts)
        assert counts.origin is not None
        (job,) = counts.origin.jobs
        assert job.under_way is not None
        share = job.under_way.share
        other = share._replace(stop=share.start + share.size / 2)
        job = dataclasses.replace(job, under_way=job.under_way._replace(share=other))
        counts.origin = dataclasses.replace(counts.origin, jobs=(job,))
        counts.save(path)
    with pytest.warns(FastMIWarning, match="holds other counts; it is not used"):
        assert resumed(files, folder) == undisturbed(files)


def test_all_saves_damaged_begins_anew(files: list[Path], tmp_path: Path):
    folder = tmp_path / "saves"
    stopped(files, folder, 40)
    for path in folder.glob("*.npz"):
        path.write_bytes(b"junk")
    with pytest.warns(FastMIWarning, match="it is not used"):
        assert resumed(files, folder) == undisturbed(files)


def test_half_written_saves_are_swept_away(files: list[Path], tmp_path: Path):
    folder = tmp_path / "saves"
    stopped(files, folder, 10)
    last = max(folder.glob("*.npz"), key=lambda p: int(p.name.split(".")[1]))
    mine = folder / f".{last.name}.0123456789ab.part"
    mine.write_bytes(last.read_bytes()[:100])
    others = folder / ".0123456789ab-1-of-1.7.npz.0123456789ab.part"
    others.write_bytes(b"of another job, which may be running")
    (folder / "notes.txt").write_text("mine")
    assert resumed(files, folder) == undisturbed(files)
    assert not mine.exists()
    assert others.exists()
    assert (folder / "notes.txt").exists()


# ---------------------------------------------------------------------------- files that change


def grown(path: Path) -> bytes:
    """The file with a record more; of a store, bytes."""
    more = {"": b">more\nACGTACGTA\n", ".gz": gzip.compress(b">more\nACGTACGTA\n")}
    return path.read_bytes() + more.get(path.suffix, b"more")


def other(path: Path) -> bytes:
    """A file that is as good, with other letters."""
    good = path.read_bytes()
    if path.suffix == ".npy":
        return good[:-90] + bytes(90)
    text = gzip.decompress(good) if path.suffix == ".gz" else good
    text = text.replace(b"A", b"c").replace(b"C", b"A").replace(b"c", b"C")
    return gzip.compress(text) if path.suffix == ".gz" else text


@pytest.mark.parametrize("change", [grown, other, None])
@pytest.mark.parametrize("n", [0, 1, 2])
def test_a_file_that_changes_while_it_is_counted(
    change: Callable[[Path], bytes] | None,
    n: int,
    files: list[Path],
    monkeypatch: pytest.MonkeyPatch,
):
    """As one does that somebody still writes: it is replaced, or removed, in the middle."""
    add, begun = _counting.Counting._add, []

    def spoil(self: Any, *args: Any) -> None:
        add(self, *args)
        if not begun:
            if change is not None:
                files[n].with_name("fresh").write_bytes(change(files[n]))
                files[n].with_name("fresh").replace(files[n])
            else:
                files[n].unlink()
        begun.append(1)

    monkeypatch.setattr(_counting.Counting, "_add", spoil)
    with pytest.raises(FastMIError, match=rf"{files[n]}") as caught:
        fastmi.count(files, 1, unknown="skip")
    assert begun
    assert "\n" not in str(caught.value)


def test_files_that_are_alike_at_a_glance_are_unchanged(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
):
    """Those are known by all their bytes; a date is no change."""
    monkeypatch.setattr(_inputs, "_WINDOW", 4)
    monkeypatch.setattr(_inputs, "_N_WINDOWS", 2)
    other = files[0].with_name("other")
    text = files[0].read_text()
    other.write_text(text[:600] + text[600:].replace("A\n", "C\n", 1))
    add = _counting.Counting._add
    monkeypatch.setattr(
        _counting.Counting, "_add", lambda *args: (os.utime(other, (1, 1)), add(*args))[1]
    )
    assert fastmi.count([files[0], other], 1, unknown="skip").n_sequences == 2 * N


# ---------------------------------------------------------------------------- two at once

TWO = """
locks, out, folder, *files = sys.argv[1:]
if locks == "none":
    import errno
    def flock(*args):
        print("no locks", flush=True)
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))
    fcntl.flock = flock
add = _counting.Counting._add
def wait(self, *args):
    add(self, *args)
    if not wait.begun:
        print("begun", flush=True)
        sys.stdin.readline()
        wait.begun = True
    time.sleep(0.002)
wait.begun = False
_counting.Counting._add = wait
try:
    fastmi.count(
        files, 1, checkpoint=folder, checkpoint_every=0, unknown="skip"
    ).save(out)
    print("done", flush=True)
except fastmi.FastMIError as error:
    print("error:", error, flush=True)
"""


def test_two_processes_with_locks(files: list[Path], tmp_path: Path):
    """The second comes while the first is in the middle; it is refused at once."""
    out, folder = tmp_path / "out.npz", tmp_path / "saves"
    first = start(TWO, "locks", out, folder, *files, stdin=subprocess.PIPE)
    assert first.stdout is not None
    assert first.stdout.readline() == "begun\n"
    second = start(TWO, "locks", tmp_path / "2.npz", folder, *files, stdin=subprocess.PIPE)
    code, said, _ = ended(second)
    assert code == 0
    assert said == f"error: another process is counting the same with the checkpoint {folder}\n"
    other = start(TWO, "locks", tmp_path / "3.npz", folder, *files[:2], stdin=subprocess.PIPE)
    assert ended(other)[1] == "begun\ndone\n"  # another job in the same folder may run
    said = first.communicate("\n", timeout=60)[0]
    assert said == "done\n"
    assert numbers(JointCounts.load(out)) == undisturbed(files)


def test_a_lock_goes_with_its_process(files: list[Path], tmp_path: Path):
    folder = tmp_path / "saves"
    first = start(TWO, "locks", tmp_path / "1.npz", folder, *files, stdin=subprocess.PIPE)
    assert first.stdout is not None
    assert first.stdout.readline() == "begun\n"
    with pytest.raises(FastMIError, match="another process is counting the same"):
        resumed(files, folder)
    first.kill()
    ended(first)
    assert resumed(files, folder) == undisturbed(files)


def test_two_processes_without_locks(files: list[Path], tmp_path: Path):
    """Both do all the work, at the same time, and both are right."""
    folder, outs = tmp_path / "saves", [tmp_path / "1.npz", tmp_path / "2.npz"]
    both = [start(TWO, "none", out, folder, *files, stdin=subprocess.PIPE) for out in outs]
    for child in both:
        assert child.stdout is not None
        assert child.stdout.readline() == "no locks\n"
        assert child.stdout.readline() == "begun\n"
    for child in both:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    for child, out in zip(both, outs, strict=True):
        code, said, complained = ended(child)
        assert (code, said) == (0, "done\n"), complained
        assert numbers(JointCounts.load(out)) == undisturbed(files)
    assert resumed(files, folder) == undisturbed(files)


def test_stopped_without_locks(
    files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    calls = []

    def flock(*_args: object) -> None:
        calls.append(1)
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", flock)
    stopped(files, tmp_path / "saves", 30)
    assert resumed(files, tmp_path / "saves") == undisturbed(files)
    assert len(calls) == 2


@pytest.mark.parametrize("n_looks", range(1, 6))
def test_a_save_that_vanishes_while_it_is_replaced(
    n_looks: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Without locks another process may remove it between two looks."""
    path = tmp_path / "c.npz"
    JointCounts(LENGTH, 1).save(path)
    look, looks = Path.stat, []

    def gone(self: Path, **options: Any) -> os.stat_result:
        found = look(self, **options)
        if self.name == path.name:
            looks.append(1)
            if len(looks) == n_looks:
                path.unlink()
        return found

    monkeypatch.setattr(_files.Path, "stat", gone)
    JointCounts(LENGTH, 1).save(path)
    monkeypatch.undo()
    assert looks
    assert JointCounts.load(path).n_sequences == 0


# ---------------------------------------------------------------------------- threads


def together(calls: list[Callable[[], object]], timeout: float = 60) -> None:
    """All at once, from a thread each; what one raises is raised, and so is a deadlock."""
    failures: list[BaseException] = []
    begin = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> None:
        try:
            begin.wait(timeout)
            call()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(call,), daemon=True) for call in calls]
    for thread in threads:
        thread.start()
    ends = time.monotonic() + timeout
    for thread in threads:
        thread.join(max(0.0, ends - time.monotonic()))
    assert not any(thread.is_alive() for thread in threads), "they wait for each other"
    if failures:
        raise failures[0]


def test_sixteen_threads_share_counts(tmp_path: Path):
    block = PackedSequences.from_strings(["ACGTACGTA", "CCGTACGTC", "ACGTTTTTA"] * 50)
    counts, once = JointCounts(LENGTH, 2), JointCounts(LENGTH, 2)
    counts.add(block)
    once.add(block)
    rounds = 12

    def add() -> None:
        for _ in range(rounds):
            counts.add(block, n_threads=1)

    def merge() -> None:
        for _ in range(rounds):
            counts.merge(once)

    def look() -> None:
        for _ in range(rounds):
            seen = counts.table(0, 4)
            assert seen.sum() % len(block) == 0  # never in the middle of a block
            assert counts.kmer_counts()[0].sum() % len(block) == 0
            counts.distance("JS")

    def mi() -> None:
        for _ in range(rounds):
            found = counts.mi(0)
            assert found.n_sequences % len(block) == 0
            np.testing.assert_allclose(found.matrix, first.matrix, atol=1e-12)

    def save(n: int) -> Callable[[], None]:
        def go() -> None:
            for i in range(rounds // 3):
                path = tmp_path / f"{n}-{i}.npz"
                counts.save(path)
                assert JointCounts.load(path).n_sequences % len(block) == 0

        return go

    first = once.mi(0)
    kinds: list[Callable[[], None]] = [add] * 5 + [merge] * 4 + [look] * 3 + [mi] * 2
    together([*kinds, save(1), save(2)])
    times = 1 + 9 * rounds
    assert counts.n_sequences == times * len(block)
    np.testing.assert_array_equal(counts.table(0, 4), times * once.table(0, 4))
    np.testing.assert_array_equal(counts.kmer_counts(), times * once.kmer_counts())


@pytest.mark.parametrize("planted", [False, True])
def test_threads_that_share_score_bins(planted: bool, tmp_path: Path, monkeypatch):
    """A thread that comes in the middle of another's block waits; unlocked, rows are lost."""
    at_once, most = [0], [0]
    of = Bins.of

    def slowly(known: Bins, scores: np.ndarray) -> np.ndarray:
        if known is bins._known:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
            time.sleep(0.002)
            at_once[0] -= 1
        return of(known, scores)

    block = ["ACGTACGTA", "CCGTACGTA", "ACGGACGTA"] * 20
    scores = np.linspace(0, 1, len(block))
    once, bins = (ScoreBins(LENGTH, 2, edges=[0.3, 0.9]) for _ in range(2))
    once.add(block, scores=scores)
    monkeypatch.setattr(Bins, "of", slowly)
    monkeypatch.setattr("fastmi._waiting.MOST_ROWS", 100)
    if planted:
        bins._lock = contextlib.nullcontext()  # type: ignore[assignment]

    def add() -> None:
        for _ in range(10):
            bins.add(block, scores=scores, n_threads=1)

    def look() -> None:
        for i in range(10):
            assert bins.select("> 0.3").n_sequences % (len(block) - 18) == 0
            path = tmp_path / f"{i}.npz"
            bins.save(path)
            assert ScoreBins.load(path).n_sequences % len(block) == 0
            bins.merge(once)

    bins.add(block, scores=scores)
    if planted:
        with contextlib.suppress(Exception):
            together([add] * 4)
        assert most[0] > 1
        return
    together([add] * 4 + [look])
    assert most[0] == 1
    np.testing.assert_array_equal(bins.n_in_bins, 51 * once.n_in_bins)
    expected = 51 * once.select("> 0.3").counts.table(0, 4)
    np.testing.assert_array_equal(bins.select("> 0.3").counts.table(0, 4), expected)


def test_two_threads_merge_into_each_other():
    """Each holds one lock and wants the other's, unless both take them in one order."""
    for _ in range(30):
        a, b = JointCounts(LENGTH, 2), JointCounts(LENGTH, 2)
        a.add(["ACGTACGTA"] * 3)
        b.add(["ACGTACGTA"] * 5)
        together([lambda a=a, b=b: a.merge(b), lambda a=a, b=b: b.merge(a)])  # type: ignore[misc]
        assert {a.n_sequences, b.n_sequences} in ({8, 13}, {8, 11})


@pytest.mark.parametrize("planted", [False, True])
def test_two_merges_that_meet(planted: bool, monkeypatch: pytest.MonkeyPatch):
    """Both threads hold a lock before either wants its second, if each begins with its own.

    That is the planted fault; in one order for both, one waits for the other.
    """
    if planted:
        monkeypatch.setattr("fastmi._tally.sorted", lambda two, key: two, raising=False)
    a, b = JointCounts(LENGTH, 1), JointCounts(LENGTH, 1)
    meeting = threading.Barrier(2)

    class Lock:
        def __init__(self) -> None:
            self.lock = threading.RLock()

        def __enter__(self) -> None:
            if not self.lock.acquire(timeout=2):
                raise TimeoutError
            with contextlib.suppress(threading.BrokenBarrierError):
                meeting.wait(0.5)

        def __exit__(self, *exc: object) -> None:
            self.lock.release()

    a._lock, b._lock = Lock(), Lock()  # type: ignore[assignment]
    calls: list[Callable[[], object]] = [lambda: a.merge(b), lambda: b.merge(a)]
    with pytest.raises(TimeoutError) if planted else contextlib.nullcontext():
        together(calls)


# ---------------------------------------------------------------------------- memory

STREAM = """
_parts.BLOCK_ROWS, _inputs.TEXT_PIECE = int(sys.argv[1]), 1 << 28
counts = fastmi.count("-", 2)
print(counts.n_sequences, int(counts.kmer_counts()[0].sum()))
with open("/proc/self/status") as status:
    line = next(line for line in status if line.startswith("VmHWM"))
print(int(line.split()[1]) * 1024)
"""


@contextlib.contextmanager
def feeding(child: subprocess.Popen[str], n: int) -> Iterator[None]:
    """Write n sequences of 100 letters to a child, made as they are needed."""
    step = 10_000
    rows = np.full((step, 101), ord("\n"), np.uint8)
    rows[:, :100] = np.frombuffer(b"ACGT", np.uint8)[
        np.random.default_rng(1).integers(0, 4, (step, 100))
    ]
    data = rows.tobytes()
    assert child.stdin is not None
    for _ in range(n // step):
        child.stdin.buffer.write(data)  # type: ignore[attr-defined]
    child.stdin.close()
    child.stdin = None
    yield


def peak_of_stream(n: int, block_rows: int = 1 << 19) -> int:
    if not Path("/proc/self/status").is_file():
        pytest.skip("needs Linux's /proc")
    child = start(STREAM, block_rows, stdin=subprocess.PIPE)
    with feeding(child, n):
        code, said, complained = ended(child, 600)
    assert code == 0, complained
    first, peak = said.splitlines()
    assert first == f"{n} {n}"
    return int(peak)


def test_ten_times_the_sequences_from_stdin_take_no_more_memory():
    """Of 54 MB more of text, 14 MB packed, nothing stays but a few small blocks."""
    small, large = (peak_of_stream(n, 1 << 13) for n in (60_000, 600_000))
    assert small < 150e6
    assert large - small < 8e6


@pytest.mark.slow
def test_ten_million_from_stdin_in_a_gigabyte():
    """1 GB of text, in much less.

    In short: ``test_ten_times_the_sequences_from_stdin_take_no_more_memory``.
    """
    assert peak_of_stream(10_000_000) < 4e8
