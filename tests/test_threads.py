"""Proves that threads, processes, forks and Ctrl-C do no harm, and how threads are chosen.

What could hang or die runs in a subprocess with a timeout.  Nothing here asserts a time: that
Ctrl-C stops the work is seen from the work left undone.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import fastmi
from conftest import random_codes
from fastmi import FastMIError, JointCounts, PackedSequences, _core, _run

HANG_S = 120  # on a busy machine, many times what any of these needs
ROOT = str(Path(fastmi.__file__).resolve().parents[1])


def packed_sequences(n: int = 4000) -> PackedSequences:
    return PackedSequences.from_codes(random_codes(np.random.default_rng(3), n, 30, 4))


def matrix_of(packed: PackedSequences) -> np.ndarray:
    """The map, by two threads; at module level so that a spawned process finds it."""
    return fastmi.pairwise_mi(packed, 2, n_threads=2).matrix


def run_script(script: str, *args: str) -> str:
    """The stdout of a Python process that must end well and soon."""
    done = subprocess.run(
        [sys.executable, "-c", script, *args],
        capture_output=True,
        text=True,
        timeout=HANG_S,
        env={**os.environ, "PYTHONPATH": ROOT},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# ------------------------------------------------------------------- threads and processes


def test_one_set_counted_by_eight_threads_at_once() -> None:
    packed = packed_sequences()
    wanted = matrix_of(packed)
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(matrix_of, [packed] * 16):
            assert_array_equal(found, wanted)


def test_one_joint_counts_evaluated_by_eight_threads_at_once() -> None:
    counts = JointCounts(30, 2)
    counts.add(packed_sequences())
    values = [0.0, 0.5, 1.0, 5.0] * 4
    wanted = [counts.mi(p).matrix for p in values]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda p: counts.mi(p).matrix, values))
    assert_array_equal(found, wanted)


def test_spawn_pool() -> None:
    packed = packed_sequences()
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        found = pool.map_async(matrix_of, [packed, packed[:100]]).get(HANG_S)
    assert_array_equal(found[0], matrix_of(packed))
    assert_array_equal(found[1], matrix_of(packed[:100]))


def test_result_crosses_processes_whole() -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found = pool.apply_async(fastmi.pairwise_mi, (packed_sequences(), 2)).get(HANG_S)
    here = fastmi.pairwise_mi(packed_sequences(), 2)
    assert_array_equal(found.matrix, here.matrix)
    assert found.alphabet == here.alphabet
    assert_array_equal(found.top_kmers(0, 5), here.top_kmers(0, 5))


FORK = """
import multiprocessing, sys
import numpy as np
import fastmi

codes = np.random.default_rng(3).integers(0, 4, (4000, 30), dtype=np.uint8)
packed = fastmi.PackedSequences.from_codes(codes)

def matrix_of(_):
    return fastmi.pairwise_mi(packed, 2, n_threads=2).matrix

if __name__ == "__main__":
    wanted = matrix_of(0)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        found = pool.map(matrix_of, range(4))
    assert all(np.array_equal(f, wanted, equal_nan=True) for f in found)
    assert np.array_equal(matrix_of(0), wanted, equal_nan=True)
    print("same")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_fork_pool_after_counting() -> None:
    assert run_script(FORK) == "same\n"


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux's /proc")
def test_no_thread_is_left_behind() -> None:
    script = """
import os, time
import numpy as np
import fastmi

codes = np.random.default_rng(3).integers(0, 4, (4000, 30), dtype=np.uint8)
before = len(os.listdir("/proc/self/task"))
fastmi.pairwise_mi(codes, 2, n_threads=4)
for _ in range(1000):  # the system takes a moment to clear ended threads away
    left = len(os.listdir("/proc/self/task")) - before
    if left == 0:
        break
    time.sleep(0.01)
print(left)
"""
    assert run_script(script) == "0\n"


# -------------------------------------------------------------------------------- Ctrl-C

INTERRUPTED = """
import json, signal, sys
import numpy as np
import fastmi
from fastmi import _core, _run

signal.signal(signal.SIGINT, signal.default_int_handler)  # a parent may have it ignored
kept = []

class Watched(_run.Progress):
    def update(self, done):  # says that the count is under way
        if done > 0 and controls and not kept:
            kept.append(done)
            print("counting", flush=True)

_run.Progress = Watched
name = sys.argv[1]
real, controls = getattr(_core, name), []  # of the count itself

def watched(*args, **options):
    controls.extend(a for a in args if isinstance(a, np.ndarray) and a.shape == (2,))
    real(*args, **options)

setattr(_core, name, watched)
rows = np.random.default_rng(1).integers(0, 256, (2_000_000, 60), dtype=np.uint8)
packed = fastmi.PackedSequences(rows, 240)
counts = fastmi.JointCounts(240, 2)
about = {"outcome": "finished"}
try:
    if name == "pairwise_mi":
        fastmi.pairwise_mi(packed, 3, pseudocount=0, n_threads=2)
    else:
        counts.add(packed, n_threads=2)
except KeyboardInterrupt:
    about["outcome"] = "interrupted"
k = 3 if name == "pairwise_mi" else 2
about["done"] = int(controls[0][0])
about["total"] = len(rows) * _core.n_pairs(240, k)
try:
    counts.add(packed[:10])
except fastmi.FastMIError as error:
    about["counts"] = str(error)
about["works"] = fastmi.pairwise_mi(packed[:1000], 2).n_sequences
print(json.dumps(about), flush=True)
"""


def interrupt(name: str) -> dict[str, Any]:
    """Start a count of some 5 * 10^10 updates, send SIGINT in the middle, see what comes."""
    child = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, name],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": ROOT},
    )
    with child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "counting\n"
            child.send_signal(signal.SIGINT)
            out, err = child.communicate(timeout=HANG_S)
        finally:
            child.kill()
    assert child.returncode == 0, err
    about: dict[str, Any] = json.loads(out)
    return about


def test_sigint_stops_pairwise_mi() -> None:
    about = interrupt("pairwise_mi")
    assert about["outcome"] == "interrupted"
    assert 0 < about["done"] < about["total"] / 2
    assert about["works"] == 1000


def test_sigint_stops_an_add_and_spoils_the_counts() -> None:
    about = interrupt("count_pairs")
    assert about["outcome"] == "interrupted"
    assert 0 < about["done"] < about["total"] / 2
    assert about["counts"].startswith("an interrupted add() or merge() left")
    assert about["works"] == 1000


@pytest.fixture
def spoilt(monkeypatch: pytest.MonkeyPatch) -> JointCounts:
    """Counts whose second add was interrupted."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    counts = JointCounts(30, 2)
    counts.add(packed_sequences(100))
    with monkeypatch.context() as patch:
        patch.setattr(_core, "count_pairs", interrupted)
        with pytest.raises(KeyboardInterrupt):
            counts.add(packed_sequences(100))
    return counts


@pytest.mark.parametrize(
    "use",
    [
        lambda c, _: c.add(packed_sequences(10)),
        lambda c, _: c.merge(JointCounts(30, 2)),
        lambda c, _: JointCounts(30, 2).merge(c),
        lambda c, _: c.mi(),
        lambda c, _: c.distance(),
        lambda c, _: c.table(0, 2),
        lambda c, _: c.kmer_counts(),
        lambda c, path: c.save(path / "counts.npz"),
    ],
    ids=["add", "merge", "merged", "mi", "distance", "table", "kmer_counts", "save"],
)
def test_interrupted_counts_refuse_to_be_used(
    spoilt: JointCounts, use: Any, tmp_path: Path
) -> None:
    with pytest.raises(FastMIError, match=r"interrupted add\(\) or merge\(\) left these"):
        use(spoilt, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_failing_job_raises_in_the_callers_thread() -> None:
    def fail(_: _run.Control) -> None:
        raise MemoryError("planted")

    with pytest.raises(MemoryError, match="planted"):
        _run.run_job(fail, 1, "failing")


def test_interrupt_tells_the_job_to_stop_and_waits_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = []

    def until_cancelled(control: _run.Control) -> None:
        while control[1] == 0:
            pass
        seen.append("stopped")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(_run.Progress, "update", interrupt)
    with pytest.raises(KeyboardInterrupt):
        _run.run_job(until_cancelled, 1, "waiting")
    assert seen == ["stopped"]


# ---------------------------------------------------------------------- number of threads

VARIABLES = ("FASTMI_NUM_THREADS", "OMP_NUM_THREADS", "SLURM_CPUS_PER_TASK")
openmp = pytest.mark.skipif(not _core.HAS_OPENMP, reason="built without OpenMP: always 1")


@pytest.fixture
def sixteen_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of 16 allowed cores without a quota, and no variable set."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)), raising=False)
    monkeypatch.setattr(_run, "_cgroup_cores", lambda: None)


@openmp
@pytest.mark.usefixtures("sixteen_cores")
@pytest.mark.parametrize(
    ("explicit", "variables", "threads"),
    [
        (None, {}, 16),
        (None, {"SLURM_CPUS_PER_TASK": "4"}, 4),
        (None, {"SLURM_CPUS_PER_TASK": "64"}, 16),
        (None, {"OMP_NUM_THREADS": "6", "SLURM_CPUS_PER_TASK": "4"}, 6),
        (None, {"OMP_NUM_THREADS": "6,2"}, 6),
        (None, {"OMP_NUM_THREADS": ""}, 16),
        (None, {"FASTMI_NUM_THREADS": "8", "OMP_NUM_THREADS": "6"}, 8),
        (None, {"FASTMI_NUM_THREADS": " 8 "}, 8),
        (None, {"FASTMI_NUM_THREADS": "24"}, 24),
        (3, {"FASTMI_NUM_THREADS": "8"}, 3),
        (np.int64(3), {}, 3),
        (32, {}, 32),
    ],
)
def test_order_of_what_sets_the_threads(
    monkeypatch: pytest.MonkeyPatch,
    explicit: int | None,
    variables: dict[str, str],
    threads: int,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert _run.resolve_threads(explicit) == threads


@openmp
@pytest.mark.usefixtures("sixteen_cores")
@pytest.mark.parametrize(("quota", "threads"), [(2, 2), (64, 16), (None, 16)])
def test_cpu_quota_limits_the_threads(
    monkeypatch: pytest.MonkeyPatch, quota: int | None, threads: int
) -> None:
    monkeypatch.setattr(_run, "_cgroup_cores", lambda: quota)
    assert _run.resolve_threads() == threads


@openmp
@pytest.mark.usefixtures("sixteen_cores")
def test_without_affinity_all_cores_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    assert _run.resolve_threads() == 5


@pytest.mark.usefixtures("sixteen_cores")
def test_without_openmp_there_is_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_core, "HAS_OPENMP", False)
    assert _run.resolve_threads() == _run.resolve_threads(8) == 1


@pytest.mark.usefixtures("sixteen_cores")
@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5", "1025", "\u00b2"])
def test_bad_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    message = (
        f"the environment variable {name} must be a whole number between 1 and 1024, got "
        f"'{value}'"
    )
    with pytest.raises(ValueError, match=message):
        _run.resolve_threads()


@pytest.mark.parametrize("n_threads", [0, -1, 1025, 10**30])
def test_bad_number_of_threads(n_threads: int) -> None:
    with pytest.raises(ValueError, match=f"n_threads must be between 1 and .*{n_threads}"):
        fastmi.pairwise_mi(["ACGT"], 1, n_threads=n_threads)


@pytest.mark.parametrize("n_threads", [1.0, "2", True])
def test_number_of_threads_is_a_whole_number(n_threads: object) -> None:
    with pytest.raises(TypeError, match="n_threads must be a whole number, got"):
        fastmi.pairwise_mi(["ACGT"], 1, n_threads=n_threads)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "cores"),
    [("150000 100000", 2), ("max 100000", None), ("400000 100000", 4), ("1000 100000", 1)],
)
def test_quota_of_a_container(
    monkeypatch: pytest.MonkeyPatch, text: str, cores: int | None
) -> None:
    def read_text(path: Path) -> str:
        if str(path) == "/sys/fs/cgroup/cpu.max":
            return text
        raise FileNotFoundError(path)

    monkeypatch.setattr(Path, "read_text", read_text)
    assert _run._cgroup_cores() == cores


@pytest.mark.parametrize(("quota", "cores"), [("150000", 2), ("-1", None)])
def test_quota_of_an_older_container(
    monkeypatch: pytest.MonkeyPatch, quota: str, cores: int | None
) -> None:
    files = {
        "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": quota + "\n",
        "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    }

    def read_text(path: Path) -> str:
        if str(path) not in files:
            raise FileNotFoundError(path)
        return files[str(path)]

    monkeypatch.setattr(Path, "read_text", read_text)
    assert _run._cgroup_cores() == cores


@pytest.mark.parametrize(
    ("n_pairs", "n_rows", "n_kmers", "threads"),
    [
        (190, 1000, 4, 1),  # 1,000 x 20 at k = 1
        (120, 1000, 64, 8),  # the same at k = 3: tables take longer than rows
        (190, 10_000, 4, 8),
        (1, 1, 4096, 8),
        (1, 2**32, 4, 8),
        (10, 39_744, 4, 1),  # just at the limit
        (10, 39_745, 4, 8),
    ],
)
def test_little_work_takes_one_thread(
    n_pairs: int, n_rows: int, n_kmers: int, threads: int
) -> None:
    assert _run.useful_threads(8, n_pairs, n_rows, n_kmers) == threads
    assert _run.useful_threads(1, n_pairs, n_rows, n_kmers) == 1


@openmp
def test_result_says_how_many_threads_ran() -> None:
    packed = packed_sequences(1000)
    few = fastmi.pairwise_mi(packed[:10], 1, pseudocount=0, n_threads=2)
    assert few.provenance["threads"] == 1
    many = fastmi.pairwise_mi(packed, 3, pseudocount=0, n_threads=2)
    assert many.provenance["threads"] == 2


@openmp
def test_threads_that_are_asked_for_reach_the_core(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    for name, at in (("pairwise_mi", 3), ("count_pairs", 2), ("mi_tables", 2)):
        real = getattr(_core, name)

        def watched(*args: Any, real: Any = real, at: int = at, **options: Any) -> None:
            seen.append(args[at])
            real(*args, **options)

        monkeypatch.setattr(_core, name, watched)
    counts = JointCounts(30, 2)
    for n_threads in (3, 1):
        fastmi.pairwise_mi(packed_sequences(), 2, n_threads=n_threads)
        counts.add(packed_sequences(), n_threads=n_threads)
        counts.mi(n_threads=n_threads)
    assert seen == [3, 3, 3, 1, 1, 1]
