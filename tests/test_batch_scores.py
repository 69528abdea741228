"""Files counted by score: in shards, from pipes, with a stop, merged, and selected from.

Each way gives the bins that adding everything at once gives, bit for bit, with the same edges,
whether they are given or taken from the first sequences.
"""

from __future__ import annotations

import gzip
import io
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastmi
from fastmi import FastMIError, PackedSequences, ScoreBins, _counting, _inputs, _parts
from fastmi.io import as_sequences

ROOT = str(Path(fastmi.__file__).resolve().parents[1])
LENGTH = 9
N = 1200
EDGES = [0.1, 0.5, 0.9]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks and pieces so small that a file has many, and a head that is not all of it."""
    monkeypatch.setattr(_parts, "BLOCK_ROWS", 250)
    monkeypatch.setattr(_parts, "GROUP_ROWS", 5)
    monkeypatch.setattr(_inputs, "TEXT_PIECE", 5000)
    monkeypatch.setattr(_inputs, "HEAD_ROWS", 200)
    monkeypatch.setattr(_counting, "HEAD_ROWS", 200)


def scored(seed: int = 1, n: int = N, missing: float = 0.01) -> PackedSequences:
    """Random sequences whose later scores are higher, so that the head is not typical."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (n, LENGTH), dtype=np.uint8)
    codes[: n // 2, -1] = codes[: n // 2, 0]
    codes[rng.random((n, LENGTH)) < missing] = 255
    scores = np.round(rng.random(n) * np.linspace(0.5, 1, n), 2)
    return PackedSequences.from_codes(codes, unknown="skip").with_scores(scores)


def table(path: Path, seqs: PackedSequences) -> Path:
    assert seqs.scores is not None
    rows = (f"{s},{score!r}\n" for s, score in zip(seqs, seqs.scores.tolist(), strict=True))
    path.write_text("".join(rows))
    return path


def gz(path: Path, seqs: PackedSequences) -> Path:
    path.write_bytes(gzip.compress(table(path, seqs).read_bytes()))
    return path


def npz(path: Path, seqs: PackedSequences) -> Path:
    with path.open("wb") as stream:
        np.savez(stream, s=np.array(seqs.to_strings(), "S"), v=seqs.scores)
    return path


def store(path: Path, seqs: PackedSequences) -> Path:
    seqs.save(path)
    return path


NUMBERED: dict[str, Any] = {"column": 1, "scores": 2}
KINDS: dict[str, Any] = {
    "table": (table, "t", NUMBERED),
    "gzip": (gz, "t.gz", NUMBERED),
    "npz": (npz, "t.npz", {"column": "s", "scores": "v"}),
    "store": (store, "t.npy", {}),
}


def content(bins: ScoreBins) -> dict[str, Any]:
    """All that bins hold, but how they came to be."""
    bins._flush()
    return {
        "edges": bins.edges.tolist(),
        "tables": [None if b is None else b._tables.tobytes() for b in bins._bins],
        "kmers": [None if b is None else b._positional().tobytes() for b in bins._bins],
        "n": (bins.n_in_bins.tolist(), bins.n_dropped, bins.n_effective),
        "ends": (bins._known.lows.tolist(), bins._known.highs.tolist()),
    }


def everything(seqs: PackedSequences, edges: Any, unknown: Any = "skip") -> dict[str, Any]:
    """The bins of all sequences added at once."""
    bins = ScoreBins(LENGTH, 1, edges=edges)
    bins.add(seqs, unknown=unknown)
    return content(bins)


@pytest.mark.parametrize("edges", [None, EDGES], ids=["from the head", "given"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("unknown", ["skip", "drop"])
def test_shards(tmp_path: Path, kind: str, edges: Any, unknown: Any) -> None:
    write, name, columns = KINDS[kind]
    seqs = scored()
    path = write(tmp_path / name, seqs)
    options = {**columns, "edges": edges, "unknown": unknown}
    if kind == "store":  # of which so many rows are looked at, and some of these dropped
        head = as_sequences(seqs[:200], unknown=unknown)
    else:
        head = as_sequences(seqs, unknown=unknown)[:200]
    assert head.scores is not None
    known = EDGES if edges else ScoreBins.edges_from(head.scores)
    wanted = everything(seqs, known, unknown)
    assert content(fastmi.count_by_score(path, 1, **options)) == wanted
    parts = [fastmi.count_by_score(path, 1, shard=(i, 4), **options) for i in (3, 1, 4, 2)]
    assert sum(part.n_sequences > 0 for part in parts) == 4
    for i, part in enumerate(parts):
        assert part.edges.tolist() == wanted["edges"]
        part.save(tmp_path / f"p{i}.npz")
    merged = fastmi.merge([tmp_path / f"p{i}.npz" for i in range(4)])
    assert isinstance(merged, ScoreBins)
    assert content(merged) == wanted
    assert merged.origin is not None
    assert merged.origin.complete
    assert merged.run["runs"] == 4


@pytest.mark.parametrize("shard", [None, (2, 3)])
def test_pipes_have_the_edges_of_files(
    tmp_path: Path, shard: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = table(tmp_path / "t", scored(missing=0)).read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    piped = fastmi.count_by_score("-", 1, shard=shard, **NUMBERED)
    same = fastmi.count_by_score(
        gz(tmp_path / "g", scored(missing=0)), 1, shard=shard, **NUMBERED
    )
    assert piped.edges.tolist() == same.edges.tolist()
    if shard is None:
        assert content(piped) == content(same)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    rest = [fastmi.count_by_score("-", 1, shard=(1, 3), **NUMBERED)] if shard else []
    for part in rest:
        piped.merge(part)
        assert piped.origin is not None
        assert piped.origin.missing() == "shard 3/3 of -"


def test_the_head_of_a_real_size_is_the_same_for_text_gzip_and_pipes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    seqs = scored(n=80_000, missing=0)
    path = table(tmp_path / "t", seqs)
    (tmp_path / "t.gz").write_bytes(gzip.compress(path.read_bytes(), 1))
    assert seqs.scores is not None
    wanted = ScoreBins.edges_from(seqs.scores[: 1 << 16]).tolist()
    assert wanted != ScoreBins.edges_from(seqs.scores).tolist()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    for file in (path, tmp_path / "t.gz", "-"):
        assert fastmi.count_by_score(file, 1, **NUMBERED).edges.tolist() == wanted


def test_several_files_have_the_edges_of_one(tmp_path: Path) -> None:
    seqs = [scored(seed, n=600) for seed in range(3)]
    paths = [table(tmp_path / str(n), s) for n, s in enumerate(seqs)]
    options = {**NUMBERED, "unknown": "skip"}
    forth = fastmi.count_by_score(paths, 1, **options)
    back = fastmi.count_by_score(paths[::-1], 1, shard=(2, 2), **options)
    assert forth.edges.tolist() == back.edges.tolist()
    back.merge(fastmi.count_by_score(paths, 1, shard=(1, 2), **options))
    assert content(back) == content(forth)


# ---------------------------------------------------------------------------- stopped

KILLED = """
import os, signal, sys
import fastmi
from fastmi import _checkpoint, _counting, _inputs, _parts
_parts.BLOCK_ROWS, _inputs.TEXT_PIECE, _checkpoint._MOST_SHARE = 50, 5000, 0
add, n = _counting.Counting._add, [0]
def stopping(self, *args):
    n[0] += 1
    if n[0] == int(sys.argv[4]):
        os.kill(os.getpid(), signal.SIGKILL)
    add(self, *args)
_counting.Counting._add = stopping
bins = fastmi.count_by_score(
    sys.argv[1], 1, column=1, scores=2, checkpoint=sys.argv[2], checkpoint_every=0,
    unknown="skip",
)
bins.save(sys.argv[3])
"""


@pytest.mark.parametrize("kind", ["table", "gzip"])
def test_killed_and_started_again(tmp_path: Path, kind: str) -> None:
    write, name, _ = KINDS[kind]
    path = write(tmp_path / name, scored())
    out = tmp_path / "out.npz"
    codes = []
    for _ in range(9):
        done = subprocess.run(
            [sys.executable, "-c", KILLED, path, tmp_path / "saves", out, "7"],
            env={**os.environ, "PYTHONPATH": ROOT, "OPENBLAS_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            timeout=120,
        )
        codes.append(done.returncode)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
    assert codes[-1] == 0
    assert len(codes) > 2  # and each run came further
    found = ScoreBins.load(out)
    wanted = fastmi.count_by_score(path, 1, unknown="skip", edges=found.edges, **NUMBERED)
    assert content(found) == content(wanted)
    assert found.run["runs"] == 1


# ----------------------------------------------------------------------------- merging


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return table(tmp_path / "t", scored(missing=0))


def halves(path: Path, **options: Any) -> list[ScoreBins]:
    more = {**NUMBERED, "edges": EDGES, **options}
    return [fastmi.count_by_score(path, 1, shard=(i, 2), **more) for i in (1, 2)]


def test_what_would_count_twice(path: Path, tmp_path: Path) -> None:
    one, two = halves(path)
    one.save(tmp_path / "one.npz")
    again = ScoreBins.load(tmp_path / "one.npz")
    before = content(one)
    with pytest.raises(FastMIError, match="shard 1/2 of t would be counted twice"):
        one.merge(again)
    assert content(one) == before
    one.merge(two)
    with pytest.raises(FastMIError, match="counted twice"):
        one.merge(two)


def test_other_edges_are_refused_by_name(path: Path, tmp_path: Path) -> None:
    one, _ = halves(path)
    _, two = halves(path, edges=[0.1, 0.5, 0.8])
    with pytest.raises(ValueError, match=r"edges: 3 edges \(0.1, 0.5, 0.9\) and 3 edges \(0"):
        one.merge(two)
    one.save(tmp_path / "one.npz")
    two.save(tmp_path / "two.npz")
    with pytest.raises(FastMIError, match=r"one\.npz and .*two\.npz differ in the edges"):
        fastmi.merge([tmp_path / "one.npz", tmp_path / "two.npz"])
    _, fewer = halves(path, edges=[0.1])
    fewer.save(tmp_path / "few.npz")
    with pytest.raises(
        FastMIError, match=r"one\.npz and .*few\.npz differ in n_edges: 3 and 1"
    ):
        fastmi.merge([tmp_path / "one.npz", tmp_path / "few.npz"])


def test_missing_shards(path: Path, tmp_path: Path) -> None:
    one, _ = halves(path)
    one.save(tmp_path / "one.npz")
    with pytest.raises(FastMIError, match="missing: shard 2/2 of t"):
        fastmi.merge([tmp_path / "one.npz"])
    assert content(fastmi.merge([tmp_path / "one.npz"], partial=True)) == content(one)  # type: ignore[arg-type]


def test_counts_of_a_selection_are_not_those_of_everything(path: Path, tmp_path: Path) -> None:
    bins = fastmi.count_by_score(path, 1, edges=EDGES, **NUMBERED)
    high, low = bins.select("> 0.5").counts, bins.select("<= 0.5").counts
    whole = fastmi.count(path, 1, column=1)
    for other in (whole, low, bins.select("> 0.5").counts):
        with pytest.raises(FastMIError, match=r"is in both parts|counted twice"):
            high.merge(other)
    high.save(tmp_path / "high.npz")
    whole.save(tmp_path / "whole.npz")
    with pytest.raises(FastMIError, match=r"high\.npz and .*whole\.npz: .* in both parts"):
        fastmi.merge([tmp_path / "high.npz", tmp_path / "whole.npz"])


def test_the_same_selection_of_two_shards_adds_up(path: Path) -> None:
    one, two = (bins.select("> 0.5").counts for bins in halves(path))
    one.merge(two)
    whole = fastmi.count_by_score(path, 1, edges=EDGES, **NUMBERED).select("> 0.5").counts
    assert np.array_equal(one._tables, whole._tables)
    assert one.origin is not None
    assert whole.origin is not None
    assert one.origin.complete
    assert one.origin.jobs[0].key == whole.origin.jobs[0].key


def test_a_selection_says_where_it_comes_from(path: Path, tmp_path: Path) -> None:
    one, _ = halves(path)
    chosen = one.select("> 0.5")
    with pytest.warns(fastmi.FastMIWarning, match="not complete; missing: shard 2/2 of t"):
        result = chosen.counts.mi(0)
    made = result.provenance
    (job,) = made["origin"]["jobs"]
    assert job["columns"] == {"column": 1, "weights": None, "scores": 2, "selected": "> 0.5"}
    assert job["inputs"][0]["bytes"] == path.stat().st_size
    assert made["run"]["runs"] == 1
    assert made["run"]["wall_s"] >= one.run["wall_s"]
    result.save(tmp_path / "r.npz")
    assert fastmi.load(tmp_path / "r.npz").provenance == made  # type: ignore[union-attr]
    assert result.n_sequences == chosen.n_sequences == one.n_in_bins[2:].sum()


def test_a_file_without_scores_is_named(path: Path, tmp_path: Path) -> None:
    with pytest.raises(FastMIError, match=r"t has no scores; say which column"):
        fastmi.count_by_score(path, 1, column=1)
    seqs = scored(5, missing=0)
    seqs.save(tmp_path / "a.npy")
    seqs.with_scores(None)[::-1].save(tmp_path / "b.npy")
    with pytest.raises(FastMIError, match=r"[ab]\.npy.*scores"):
        fastmi.count_by_score([tmp_path / "a.npy", tmp_path / "b.npy"], 1, edges=EDGES)
