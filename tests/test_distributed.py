"""fastmi.distributed: the same bits as one process, through real executors, whatever dies.

Workers are killed with SIGKILL, parts are cut off, changed and swapped, and every time the
oracle is ``fastmi.count`` in this process.  Folders that nobody asked for are gone afterwards.
"""

from __future__ import annotations

import errno
import gzip
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastmi
from fastmi import FastMIError, FastMIWarning, JointCounts, distributed
from fastmi._inputs import Input
from fastmi._plan import Node, task
from fastmi.distributed import _n_shards

K = 2
LENGTH = 14
SPAWN = multiprocessing.get_context("spawn")


def write_lines(path: Path, rng: np.random.Generator, n: int, length: int = LENGTH) -> Path:
    letters = np.frombuffer(b"ACGT\n", np.uint8)
    codes = rng.integers(0, 4, (n, length + 1))
    codes[:, -1] = 4
    path.write_bytes(letters[codes].tobytes())
    return path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty current folder, which must be empty again afterwards."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    yield folder
    assert list(folder.iterdir()) == []


@pytest.fixture
def files(tmp_path: Path, rng: np.random.Generator) -> list[Path]:
    """Lines, and lines in a compressed file."""
    plain = write_lines(tmp_path / "plain.txt", rng, 9_000)
    packed = write_lines(tmp_path / "packed.txt", rng, 3_000)
    with gzip.open(tmp_path / "packed.txt.gz", "wb") as stream:
        stream.write(packed.read_bytes())
    packed.unlink()
    return [plain, tmp_path / "packed.txt.gz"]


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def assert_same(found: JointCounts, expected: JointCounts) -> None:
    assert found.n_sequences == expected.n_sequences
    assert found.n_dropped == expected.n_dropped
    assert found.n_effective == expected.n_effective
    assert np.array_equal(found.kmer_counts(), expected.kmer_counts())
    assert found._tables.dtype == expected._tables.dtype
    assert np.array_equal(found._tables, expected._tables)
    assert found.origin is not None
    assert found.origin.complete


class Through:
    """An executor that has each call made by a function, and counts them."""

    def __init__(self, pool: Any, by: Callable[..., Any], *given: Any) -> None:
        self.pool, self.by, self.given = pool, by, given
        self.futures: list[Future[Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:
        self.futures.append(self.pool.submit(self.by, *self.given, fn, *args))
        return self.futures[-1]

    def shutdown(self, **options: Any) -> None:
        self.pool.shutdown(**options)


def dies_once(marker: str, at: int, fn: Callable[..., Any], *args: Any) -> Any:
    """Do the task; the first worker that has shard ``at`` is killed before."""
    if args[1:3] == (at, at + 1):
        try:
            os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            pass
        else:
            os.kill(os.getpid(), signal.SIGKILL)
    return fn(*args)


def dies(fn: Callable[..., Any], *args: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


# ------------------------------------------------------------------------------ executors


def test_threads(here: Path, files: list[Path], threads: ThreadPoolExecutor) -> None:
    found = distributed.count(files, K, executor=threads, n_shards=5)
    assert_same(found, fastmi.count(files, K))


def test_spawned_processes(here: Path, files: list[Path]) -> None:
    with ProcessPoolExecutor(2, SPAWN) as pool:
        found = distributed.count(files, K, executor=pool, n_shards=5)
    assert_same(found, fastmi.count(files, K))


def test_own_processes(here: Path, files: list[Path]) -> None:
    found = distributed.count(files, K, n_workers=2, n_shards=5)
    assert_same(found, fastmi.count(files, K))
    assert found.run["threads"] >= 1
    assert multiprocessing.active_children() == []


def test_a_function_makes_the_executor(here: Path, files: list[Path]) -> None:
    made: list[ThreadPoolExecutor] = []

    def make() -> ThreadPoolExecutor:
        made.append(ThreadPoolExecutor(2))
        return made[-1]

    found = distributed.count(files[0], K, executor=make, n_shards=3)
    assert_same(found, fastmi.count(files[0], K))
    assert len(made) == 1
    with pytest.raises(RuntimeError, match="shutdown"):
        made[0].submit(print)


def test_mi(here: Path, files: list[Path], threads: ThreadPoolExecutor) -> None:
    found = distributed.pairwise_mi(files, K, pseudocount=0, executor=threads, n_shards=4)
    expected = fastmi.count(files, K).mi(0)
    assert np.array_equal(found.matrix, expected.matrix, equal_nan=True)


def test_all_options_arrive(here: Path, tmp_path: Path, threads: ThreadPoolExecutor) -> None:
    table = tmp_path / "table.tsv"
    rows = [f"{'acdn'[i % 4] * 3}cd\t{i % 7 / 8}\n" for i in range(4_000)]
    table.write_text("seq\thow often\n" + "".join(rows))
    options: Any = {
        "alphabet": "acd", "unknown": "drop", "column": "seq", "weights": "how often",
    }  # fmt: skip
    found = distributed.count(table, 1, executor=threads, n_shards=7, **options)
    assert_same(found, fastmi.count(table, 1, **options))
    assert (found.weighted, found.n_dropped) == (True, 1_000)
    assert found.alphabet.letters == "acd"
    number = np.int64(1)
    lines = write_lines(tmp_path / "lines", np.random.default_rng(1), 100)
    found = distributed.count(lines, number, column=number, executor=threads)  # type: ignore[arg-type]
    assert_same(found, fastmi.count(lines, 1))


@pytest.mark.parametrize("n_shards", [1, 8, 9, 20])
def test_merged_as_a_tree(
    here: Path, tmp_path: Path, files: list[Path], threads: ThreadPoolExecutor, n_shards: int
) -> None:
    folder = tmp_path / "parts"
    executor = Through(threads, lambda fn, *args: fn(*args))
    found = distributed.count(files, K, executor=executor, n_shards=n_shards, directory=folder)
    assert_same(found, fastmi.count(files, K))
    assert len(executor.futures) == Node(0, n_shards).n_tasks()
    left = len(list(folder.glob("*.npz")))
    assert left == n_shards + (n_shards > 1)  # the shards and the whole


def test_trees() -> None:
    for n in (1, 2, 7, 8, 9, 20, 64, 65, 513):
        leaves, nodes = [], [Node(0, n)]
        while nodes:
            node = nodes.pop()
            assert len(node.children) <= 8
            assert len(node.children) != 1
            nodes += node.children
            leaves += [node] if not node.children else []
        assert sorted(leaves) == [(i, i + 1) for i in range(n)]


def test_more_shards_than_sequences(
    here: Path, tmp_path: Path, rng: np.random.Generator, threads: ThreadPoolExecutor
) -> None:
    few = write_lines(tmp_path / "few", rng, 5)
    found = distributed.count(few, K, executor=threads, n_shards=30)
    assert_same(found, fastmi.count(few, K))


def test_default_shards() -> None:
    def file(size: int, entry: str = "text") -> Input:
        return Input("x", entry, size, "x")

    gb = 1 << 30
    assert _n_shards([file(1_000)], 8, 1_000) == 1  # too small to share
    assert _n_shards([file(gb)], 8, 1_000) == 32  # four a worker
    assert _n_shards([file(gb)], 8, gb // 4) == 4  # not smaller than the tables
    assert _n_shards([file(1_000 * gb)], 8, 1_000) == 250  # 4 GB are lost at most
    assert _n_shards([file(gb, "stream")], 8, 1_000) == 8  # each reads the whole
    assert _n_shards([file(gb, "stream")] * 20, 8, 1_000) == 20
    assert _n_shards([file(gb, "stream")] * 100, 8, 1_000) == 32


# ------------------------------------------------------------------------- what goes wrong


def test_a_killed_process_is_replaced(here: Path, tmp_path: Path, files: list[Path]) -> None:
    made: list[Through] = []

    def make() -> Through:
        pool = ProcessPoolExecutor(2, SPAWN)
        made.append(Through(pool, dies_once, str(tmp_path / "died"), 3))
        return made[-1]

    found = distributed.count(files, K, executor=make, n_shards=12)
    assert_same(found, fastmi.count(files, K))
    assert len(made) == 2
    assert (tmp_path / "died").exists()


def test_a_broken_executor_that_was_given(
    here: Path, tmp_path: Path, files: list[Path], threads: ThreadPoolExecutor
) -> None:
    marker, folder = str(tmp_path / "died"), tmp_path / "parts"
    with (
        ProcessPoolExecutor(1, SPAWN) as pool,
        pytest.raises(FastMIError, match=r"executor broke, as a worker died .*; nothing is"),
    ):
        distributed.count(files, K, executor=Through(pool, dies_once, marker, 0), n_shards=4)
    os.unlink(marker)
    with (
        ProcessPoolExecutor(1, SPAWN) as pool,
        pytest.raises(FastMIError, match="same call goes on; a function that makes") as told,
    ):
        distributed.count(
            files,
            K,
            executor=Through(pool, dies_once, marker, 2),
            n_shards=4,
            directory=folder,
        )
    assert str(folder) in str(told.value)
    before = {path: path.stat().st_mtime_ns for path in folder.glob("*-of-4.npz")}
    assert len(before) == 2
    executor = Through(threads, lambda fn, *args: fn(*args))
    found = distributed.count(files, K, executor=executor, directory=folder)
    assert_same(found, fastmi.count(files, K))
    assert len(executor.futures) == 3  # of four shards two, and merging
    assert before.items() <= {p: p.stat().st_mtime_ns for p in folder.iterdir()}.items()


def test_workers_that_always_die(here: Path, files: list[Path]) -> None:
    made: list[Through] = []

    def make() -> Through:
        made.append(Through(ProcessPoolExecutor(1, SPAWN), dies))
        return made[-1]

    with pytest.raises(FastMIError, match="the workers died in 2 tries without anything"):
        distributed.count(files, K, executor=make, n_shards=3, retries=1)
    assert len(made) == 2


def kill_one_meanwhile(
    folder: Path, n_shards: int, pids: Callable[[], list[int]]
) -> tuple[threading.Thread, list[int]]:
    """When the first part is there, kill a process; the list says how many parts there were."""
    parts_then: list[int] = []

    def watch() -> None:
        while not (n := len(list(folder.glob(f"*-of-{n_shards}.npz")))):
            time.sleep(0.002)
        os.kill(pids()[0], signal.SIGKILL)
        parts_then.append(n)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread, parts_then


def test_own_process_killed_from_outside(
    here: Path, tmp_path: Path, rng: np.random.Generator
) -> None:
    big = write_lines(tmp_path / "big", rng, 200_000, 40)
    folder, n = tmp_path / "parts", 60
    thread, parts_then = kill_one_meanwhile(
        folder, n, lambda: [p.pid or 0 for p in multiprocessing.active_children()]
    )
    found = distributed.count(big, K, n_workers=2, n_shards=n, directory=folder)
    thread.join(60)
    assert parts_then[0] < n
    assert_same(found, fastmi.count(big, K))
    assert list(folder.glob(".*")) == []  # nothing half-written is left


def test_a_killed_caller(
    tmp_path: Path, rng: np.random.Generator, threads: ThreadPoolExecutor
) -> None:
    """Its processes end with it, and the same call goes on from what they did."""
    big, folder, n = write_lines(tmp_path / "big", rng, 200_000, 40), tmp_path / "parts", 100
    script = tmp_path / "script.py"
    script.write_text(
        "from fastmi import distributed\n"
        "if __name__ == '__main__':\n"
        f"    distributed.count({str(big)!r}, {K}, n_workers=2, n_shards={n},\n"
        f"                      directory={str(folder)!r})\n"
    )
    process = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    while not list(folder.glob("*.npz")):
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.communicate(timeout=60)  # the end of the output, which the workers share
    assert process.returncode == -signal.SIGKILL
    done = {p: p.stat().st_mtime_ns for p in folder.glob(f"*[0-9]-of-{n}.npz")}
    assert 1 <= len(done) < n
    found = distributed.count(big, K, executor=threads, directory=folder)
    assert_same(found, fastmi.count(big, K))
    shards = {p for p in done if "-to-" not in p.name}
    assert all(p.stat().st_mtime_ns == done[p] for p in shards)
    assert not list(folder.glob(".*"))


def test_ctrl_c_ends_own_processes(tmp_path: Path, rng: np.random.Generator) -> None:
    big = write_lines(tmp_path / "big", rng, 200_000, 40)
    script = tmp_path / "script.py"
    script.write_text(
        "from fastmi import distributed\n"
        "if __name__ == '__main__':\n"
        f"    distributed.count({str(big)!r}, 3, n_workers=2, n_shards=400)\n"
    )
    process = subprocess.Popen(
        [sys.executable, str(script)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not list(tmp_path.glob("fastmi-*/*.npz")):
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    assert said.count("Traceback") == 1  # the caller's own
    assert not list(tmp_path.glob("fastmi-*"))


def test_a_script_without_its_guard_is_told(tmp_path: Path, files: list[Path]) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from fastmi import distributed\n"
        f"distributed.count({str(files[0])!r}, 1, n_workers=2, n_shards=2)\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert "FastMIError: the worker processes end before they begin: in a script" in done.stderr
    assert not list(tmp_path.glob("fastmi-*"))


def test_an_oserror_is_tried_again(
    here: Path, files: list[Path], threads: ThreadPoolExecutor
) -> None:
    failed: list[int] = []

    def fails_once(fn: Callable[..., Any], *args: Any) -> Any:
        if args[1] not in failed:
            failed.append(args[1])
            raise OSError(5, "Input/output error")
        return fn(*args)

    executor = Through(threads, fails_once)
    found = distributed.count(files, K, executor=executor, n_shards=2)
    assert_same(found, fastmi.count(files, K))
    assert sorted(failed) == [0, 1]
    failed.clear()
    with pytest.raises(FastMIError, match=r"shard \d of 2 failed in 1 try, at last with OSErr"):
        distributed.count(files, K, executor=executor, n_shards=2, retries=0)


@pytest.mark.parametrize(("number", "n_calls"), [(errno.ENOSPC, 2), (errno.EACCES, 1)])
def test_a_full_disk_is_tried_again(
    here: Path,
    files: list[Path],
    threads: ThreadPoolExecutor,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    n_calls: int,
) -> None:
    """What the system refused and fastmi put into words; but not what will stay refused."""

    def flush(path: Path) -> None:
        if path.suffix == ".part" and ".npz." in path.name:
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fastmi._files._flush", flush)
    executor = Through(threads, lambda fn, *args: fn(*args))
    with pytest.raises(FastMIError, match=f"cannot write .*{os.strerror(number)}"):
        distributed.count(files, K, executor=executor, n_shards=1, retries=1)
    assert len(executor.futures) == n_calls


def test_bad_data_ends_it_at_once(
    here: Path, tmp_path: Path, files: list[Path], threads: ThreadPoolExecutor
) -> None:
    bad = tmp_path / "bad.txt"
    bad.write_bytes(files[0].read_bytes() + b"ACGTACGTACGTAX\n")
    executor = Through(threads, lambda fn, *args: fn(*args))
    with pytest.raises(FastMIError, match="line 9001, record 9001, position 13: letter 'X'"):
        distributed.count(bad, K, executor=executor, n_shards=3)
    assert len(executor.futures) == 3  # none was tried again
    with pytest.raises(FastMIError, match="line 9001"):  # and of our own processes
        distributed.count(bad, K, n_workers=2, n_shards=3)


def test_ctrl_c_cancels(here: Path, files: list[Path], threads: ThreadPoolExecutor) -> None:
    go_on = threading.Event()

    def waits(fn: Callable[..., Any], *args: Any) -> Any:
        go_on.wait(60)

    class Interrupted(Through):
        def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:
            if len(self.futures) == 8:
                raise KeyboardInterrupt
            return super().submit(fn, *args)

    executor = Interrupted(threads, waits)
    with pytest.raises(KeyboardInterrupt):
        distributed.count(files, K, executor=executor, n_shards=20)
    assert sum(future.cancelled() for future in executor.futures) == 6  # two had begun
    go_on.set()


# ------------------------------------------------------------------------ going on again


def test_damaged_and_foreign_parts_are_made_anew(
    here: Path, tmp_path: Path, files: list[Path], threads: ThreadPoolExecutor
) -> None:
    folder = tmp_path / "parts"
    expected = distributed.count(files, K, executor=threads, n_shards=10, directory=folder)
    (total,) = folder.glob("*-1-to-10-of-10.npz")
    total.unlink()
    key = total.name.split("-")[0]

    def part(i: int) -> Path:
        return folder / f"{key}-{i}-of-10.npz"

    whole = part(2).read_bytes()
    part(2).write_bytes(whole[: len(whole) // 2])  # cut off
    shutil.copy(part(4), part(3))  # another shard
    fastmi.count(files[0], K, shard=(5, 10)).save(part(5))  # another job
    data = bytearray(part(6).read_bytes())
    at = data.index(b"tables.npy") + 2_000
    data[at] ^= 1  # one bit, where only reading it all shows it
    part(6).write_bytes(bytes(data))
    part(7).unlink()
    part(8).with_name(f".{part(8).name}.abc.part").write_bytes(b"half")
    kept = {p: p.stat().st_mtime_ns for p in map(part, (1, 4, 8, 9, 10))}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = distributed.count(files, K, executor=threads, directory=folder)
    assert_same(found, expected)
    said = sorted(str(w.message) for w in caught)
    assert all(w.category is FastMIWarning for w in caught)
    assert len(said) == 4
    for i, text in zip(
        (2, 3, 5, 6), ("cut off", "other counts", "other counts", "damaged"), strict=True
    ):
        assert any(part(i).name in s and text in s and "made anew" in s for s in said)
    assert kept == {p: p.stat().st_mtime_ns for p in kept}
    assert not list(folder.glob(".*"))


def test_a_finished_call_needs_no_worker(
    here: Path, tmp_path: Path, files: list[Path], threads: ThreadPoolExecutor
) -> None:
    folder = tmp_path / "parts"
    expected = distributed.count(files, K, executor=threads, n_shards=3, directory=folder)
    executor = Through(threads, lambda fn, *args: fn(*args))
    options: Any = {"executor": executor, "directory": folder}
    assert_same(distributed.count(files[::-1], K, **options), expected)
    assert executor.futures == []
    (total,) = folder.glob("*-1-to-3-of-3.npz")
    data = bytearray(total.read_bytes())
    data[data.index(b"tables.npy") + 2_000] ^= 1
    total.write_bytes(bytes(data))
    with pytest.warns(FastMIWarning, match="made anew"):
        assert_same(distributed.count(files, K, **options), expected)
    assert len(executor.futures) == 1
    assert_same(distributed.count(files, 1, **options), fastmi.count(files, 1))  # another job


# ---------------------------------------------------------- workers that see other things


def meddling(threads: ThreadPoolExecutor, act: Callable[[Path], None]) -> Through:
    """An executor that does something to the plan's folder before the first task."""
    done: list[Path] = []
    lock = threading.Lock()

    def by(fn: Callable[..., Any], *args: Any) -> Any:
        with lock:
            if not done:
                done.append(Path(args[0]))
                act(done[0])
        return fn(*args)

    return Through(threads, by)


def test_a_worker_without_the_folder(tmp_path: Path) -> None:
    file = str(tmp_path / "elsewhere" / "plan.json")
    with pytest.raises(FastMIError, match=r"does not see .*plan\.json: directory= must be a"):
        task(file, 0, 1, 0, "")


def test_a_worker_without_the_input(
    here: Path, files: list[Path], threads: ThreadPoolExecutor
) -> None:
    executor = meddling(threads, lambda _: files[1].unlink())
    with pytest.raises(FastMIError, match=r"does not see .*packed\.txt\.gz: input files must"):
        distributed.count(files, K, executor=executor, n_shards=3)


@pytest.mark.parametrize("content", [b"ACGTACGTACGTAC\n" * 9_000, b"<html>not found</html>"])
def test_a_worker_that_sees_other_contents(
    here: Path, files: list[Path], threads: ThreadPoolExecutor, content: bytes
) -> None:
    executor = meddling(threads, lambda _: files[0].write_bytes(content) and None)
    with pytest.raises(FastMIError, match=r"sees .*plain\.txt with other contents \("):
        distributed.count(files, K, executor=executor, n_shards=1)


def test_a_worker_of_another_version(
    here: Path, files: list[Path], threads: ThreadPoolExecutor
) -> None:
    def rewrite(plan: Path) -> None:
        about = json.loads(plan.read_text())
        plan.write_text(json.dumps({**about, "fastmi": "9.9"}))

    with pytest.raises(FastMIError, match=r"runs fastmi .*, the process that asked 9\.9"):
        distributed.count(files, K, executor=meddling(threads, rewrite), n_shards=3)


def test_a_worker_without_this_fastmi(
    here: Path, files: list[Path], threads: ThreadPoolExecutor
) -> None:
    def cannot(fn: Callable[..., Any], *args: Any) -> Any:
        raise ModuleNotFoundError("No module named 'fastmi'")

    with pytest.raises(FastMIError, match="a worker cannot load this version of fastmi"):
        distributed.count(files, K, executor=Through(threads, cannot))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"n_shards": 0}, ValueError, "n_shards must be between 1 and"),
        ({"n_workers": 0}, ValueError, "n_workers must be between 1 and"),
        ({"retries": -1}, ValueError, "retries must be between 0 and"),
        ({"retries": None}, TypeError, "retries must be a whole number"),
        ({"n_shards": "3"}, TypeError, "n_shards must be a whole number"),
        ({"executor": 3}, TypeError, r"executor must have submit\(\)"),
        ({"executor": dict}, TypeError, r"executor\(\) must give what has submit\(\)"),
        ({"memory_limit": 100}, ValueError, "more than memory_limit=100"),
        ({"unknown": "guess"}, ValueError, "unknown"),
        ({"k": 99}, ValueError, "k must be between"),
    ],
)
def test_wrong_parameters(
    here: Path, files: list[Path], options: dict[str, Any], error: type, message: str
) -> None:
    with pytest.raises(error, match=message):
        distributed.count(files, **options)


def test_pipes_are_refused(here: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for pipe in ("-", tmp_path / "pipe"):
        with pytest.raises(FastMIError, match="is a pipe, which workers cannot read"):
            distributed.count(pipe)


# ---------------------------------------------------------------------------- schedulers


@pytest.mark.slow
@pytest.mark.parametrize("allowed", [3, 0], ids=["dask tries again", "we try again"])
def test_dask_with_a_killed_worker(
    here: Path, tmp_path: Path, rng: np.random.Generator, allowed: int
) -> None:
    dask = pytest.importorskip("distributed")
    config = pytest.importorskip("dask.config")
    big = write_lines(tmp_path / "big", rng, 200_000, 40)
    expected, folder, n = fastmi.count(big, K), tmp_path / "parts", 60
    with (
        config.set({"distributed.scheduler.allowed-failures": allowed}),
        dask.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            local_directory=str(tmp_path),
            silence_logs=50,
        ) as cluster,
        dask.Client(cluster) as client,
    ):
        assert_same(distributed.count(big, K, executor=client, n_shards=9), expected)
        pids = list(client.run(os.getpid).values())
        assert len(set(pids)) == 2
        thread, parts_then = kill_one_meanwhile(folder, n, lambda: pids)
        found = distributed.count(
            big, K, executor=client.get_executor(), n_shards=n, directory=folder
        )
        thread.join(60)
        assert parts_then[0] < n
        assert_same(found, expected)
        assert pids[0] not in client.run(os.getpid).values()


@pytest.mark.slow
def test_mpi(tmp_path: Path, files: list[Path]) -> None:
    pytest.importorskip("mpi4py")
    mpiexec = shutil.which(
        "mpiexec", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    )
    if mpiexec is None:
        pytest.skip("there is no mpiexec")
    script = tmp_path / "script.py"
    script.write_text(
        "from fastmi import distributed\n"
        "from mpi4py.futures import MPIPoolExecutor\n"
        "if __name__ == '__main__':\n"
        "    with MPIPoolExecutor() as pool:\n"
        "        assert pool.num_workers == 2\n"
        f"        counts = distributed.count({[str(f) for f in files]!r}, {K},\n"
        "                                   executor=pool, n_shards=20)\n"
        "        counts.save('counts.npz')\n"
    )
    allowed = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
               "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe"}  # fmt: skip
    subprocess.run(
        [mpiexec, "-n", "3", sys.executable, "-m", "mpi4py.futures", str(script)],
        cwd=tmp_path, env={**os.environ, **allowed}, check=True, timeout=120,
    )  # fmt: skip
    assert_same(JointCounts.load(tmp_path / "counts.npz"), fastmi.count(files, K))
    assert not list(tmp_path.glob("fastmi-*"))
