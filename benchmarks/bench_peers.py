"""The benchmark scripts themselves: they run, their answers are right, a wrong one is found."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import compare
import machine
import numpy as np
import peers
import pytest

import fastmi

PAIRINGS = [(case, name) for case in peers.QUICK for name in (*peers.OURS, *case.peers)]


@pytest.fixture(scope="module")
def work_of() -> Callable[[peers.Case], peers.Work]:
    return cache(peers.Work)


@pytest.mark.parametrize(
    ("case", "name"), PAIRINGS, ids=[f"{name}, {case.title}" for case, name in PAIRINGS]
)
def bench_peer_agrees_with_fastmi(work_of: Any, case: peers.Case, name: str) -> None:
    entry, work = peers.PEERS[name], work_of(case)
    if reason := peers.why_not(entry, work):
        pytest.skip(reason)
    for one in peers.ready(entry, work, all_threads=2):
        assert one.checked == "counts equal" or one.checked.startswith("MI within")
        assert set(one.job.pairs) <= set(work.pairs)


def bench_every_peer_is_tried() -> None:
    assert {name for _, name in PAIRINGS} == set(peers.PEERS)
    assert {name for case in peers.CASES for name in (*peers.OURS, *case.peers)} == set(
        peers.PEERS
    )


def bench_updates_are_sequences_times_pairs() -> None:
    work = peers.Work(peers.Case("dna", 2, 10, 7, "uniform", ()))
    assert work.pairs == [
        (0, 2),
        (0, 3),
        (0, 4),
        (0, 5),
        (1, 3),
        (1, 4),
        (1, 5),
        (2, 4),
        (2, 5),
        (3, 5),
    ]
    assert peers.sample(work.pairs, 4) == [(0, 2), (0, 5), (1, 5), (3, 5)]
    entry = peers.PEERS["fastmi counts"]
    job = peers.Job(lambda: None, np.asarray, work.pairs[:5])
    row = peers.Timed(entry, 1, True, job, "", [2.0, 1.0, 4.0]).row(work)
    assert (row["best_s"], row["median_s"], row["runs"]) == (1.0, 2.0, 3)
    assert (row["pairs_measured"], row["pairs"], row["all_pairs_best_s"]) == (5, 10, 2.0)
    assert row["updates_per_s"] == 50


def bench_wrong_counts_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(work: peers.Work, threads: int) -> peers.Job:
        job = peers.numpy_bincount(work, threads)
        return job._replace(answer=lambda found: np.roll(found, 1, axis=1))

    monkeypatch.setitem(peers.PEERS, "np.bincount", peers.Peer("np.bincount", "counts", wrong))
    with pytest.raises(peers.WrongAnswerError, match=r"np\.bincount: .* counts differ"):
        peers.run_case(peers.QUICK[0], 1, 1)


@pytest.mark.parametrize("value", [1e-6, float("nan")])
def bench_wrong_mi_is_found(value: float) -> None:
    with pytest.raises(peers.WrongAnswerError, match="MI differs"):
        peers.check_mi("x", np.array([0.5 + value]), np.array([0.5]))


def bench_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(work: peers.Work, threads: int) -> peers.Job:
        raise RuntimeError("no int8 here")

    for name, entry in {
        "np.bincount": peers.Peer("np.bincount", "counts", broken, needs=("json",)),
        "numba loop": peers.Peer("numba loop", "counts", broken, needs=("no_such_module",)),
    }.items():
        monkeypatch.setitem(peers.PEERS, name, entry)
    case = peers.Case("dna", 1, 100, 5, "uniform", ("np.bincount", "numba loop"))
    found = peers.run_case(case, 1, 1)
    assert found["skipped"]["np.bincount"] == "does not run here (RuntimeError: no int8 here)"
    assert "cannot import no_such_module" in found["skipped"]["numba loop"]
    assert "skipped: numba loop: cannot import" in peers.table(case, found)


def bench_peers_writes_what_it_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        peers, "QUICK", (peers.Case("dna", 1, 500, 6, "uniform", peers.EVERYTHING),)
    )
    assert peers.main(["--quick", "--repeats", "2", "-o", str(tmp_path / "x.json")]) == 0
    found = json.loads((tmp_path / "x.json").read_text())
    assert {"processor", "instruction_sets", "commit", "numba", "blas"} <= set(found["machine"])
    (case,) = found["cases"]
    rows = {row["peer"]: row for row in case["rows"]}
    assert set(rows) | set(case["skipped"]) == set(peers.PEERS)
    assert {"fastmi counts", "fastmi MI", "np.bincount", "NumPy float32 product"} <= set(rows)
    assert all(
        row["runs"] == 2 and row["best_s"] > 0 and row["checked"] for row in rows.values()
    )
    assert rows["fastmi counts"]["times_fastmi"] == 1
    assert "plain Python" in capsys.readouterr().out


# --------------------------------------------------------------------------------- compare


def bench_two_children_of_the_same_tree() -> None:
    here = Path(fastmi.__file__).parents[1]
    with compare.Child(here, 200) as other, compare.Child(here, 200) as this:
        assert other.machine["processor"] == machine.machine()["processor"]
        assert other.path == this.path
        assert "KeyError" in this.run("no such case")["error"]
        for row in compare.compare(other, this, list(compare.CASES), 1):
            assert row["ratio"] > 0
            assert row["flag"] in ("", "SLOWER"), row  # so the answers are the same


def bench_what_is_flagged() -> None:
    def judge(a: float, b: float, answer: float = 2.0) -> str:
        other = [{"seconds": 9.0, "answer": 2.0}, {"seconds": a, "answer": 2.0}]
        this = [{"seconds": b, "answer": answer}, {"seconds": 9.0, "answer": answer}]
        return compare.judge("case", other, this)["flag"]

    assert judge(1.0, 1.04) == ""
    assert judge(1.0, 1.06) == "SLOWER"
    assert judge(1.0, 0.5, answer=2.1) == "ANSWERS DIFFER: 2.0 and 2.1"
    assert judge(1.0, 1.0, answer=float("nan")).startswith("ANSWERS DIFFER")
    row = compare.judge(
        "case", [{"error": "AttributeError: x"}], [{"seconds": 1.0, "answer": 1}]
    )
    assert row == {"case": "case", "flag": "other: AttributeError: x"}
    assert compare.sentence(row).endswith("AttributeError: x")


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not here")
def bench_which_revision_and_what_is_exported(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()

    def git(*arguments: str) -> None:
        who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run(
            ["git", "-C", str(tree), *who, *arguments], check=True, capture_output=True
        )

    git("init")
    for text in ("1", "2"):
        (tree / "file").write_text(text)
        git("add", "file")
        git("commit", "-m", text)
    assert compare.default_revision(tree) == "HEAD~1"
    git("tag", "v1", "HEAD~1")
    assert compare.default_revision(tree) == "v1"
    (tree / "file").write_text("3")
    (tree / "new").write_text("4")
    assert compare.export("v1", tmp_path / "other", tree).startswith("v1 (")
    assert compare.export(None, tmp_path / "this", tree).endswith("+changes)")
    assert (tmp_path / "other" / "file").read_text() == "1"
    assert {p.name: p.read_text() for p in (tmp_path / "this").iterdir()} == {
        "file": "3",
        "new": "4",
    }
    with pytest.raises(SystemExit, match="git rev-parse"):
        compare.export("v9", tmp_path / "none", tree)


def bench_a_child_that_cannot_start(tmp_path: Path) -> None:
    (tmp_path / "fastmi.py").write_text("raise SystemExit(7)\n")
    with pytest.raises(SystemExit, match="a child ended with status 7"):
        compare.Child(tmp_path)
