"""Where counts come from, read from files that may say anything.

Every field of an origin, replaced and taken out: a part is refused with its name, or the
counts are as good as before. Many files, whose names must fit into a description.
"""

from __future__ import annotations

import copy
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastmi
from fastmi import FastMIError, JointCounts, _archive, _files, _inputs, merging

VALUES: list[Any] = [
    ..., None, True, -1, 0, 1, 10**30, 1.5, "", "1", "x" * 50, [], [[]], {}, {"a": 1},
    [["0", "1"]], [["0", "1/3"]], [["1/2", "1/3"]],
]  # fmt: skip


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    """Three shards of a file."""
    path = tmp_path / "file"
    path.write_text("ACGTACGTA\nCCGTACGTA\n" * 50)
    paths = [tmp_path / f"{i}.npz" for i in (1, 2, 3)]
    for i, part in enumerate(paths, 1):
        fastmi.count(path, 1, shard=(i, 3)).save(part)
    return paths


def content(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    with np.load(path) as archive:
        members = {name: archive[name] for name in archive.files}
    return json.loads(members.pop("about").tobytes()), members


def forge(path: Path, about: dict[str, Any], members: dict[str, np.ndarray]) -> None:
    """The file with another description, whose digests nobody checks."""
    about = {name: it for name, it in about.items() if name != "sha256"}
    np.savez(path, about=np.frombuffer(json.dumps(about).encode(), np.uint8), **members)


def places(found: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything in a description."""
    if at:
        yield at
    if isinstance(found, dict | list):
        for name in found if isinstance(found, dict) else range(len(found)):
            yield from places(found[name], (*at, name))


def outcome(paths: list[Path], whole: JointCounts) -> str:
    """Why the parts are refused; nothing where the counts are of use."""
    try:
        found = fastmi.merge(paths, partial=True)
    except FastMIError as error:
        return str(error)
    if len(paths) == 3:
        np.testing.assert_array_equal(found.table(0, 1), whole.table(0, 1))
    repr(found)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that shards are missing
        found.mi(0)
    found.save(paths[0].with_name("again.npz"))
    JointCounts.load(paths[0].with_name("again.npz"))
    return ""


def test_any_description(parts: list[Path]):
    about, members = content(parts[1])
    whole, n_refused = fastmi.merge(parts), 0
    for way in list(places(about)):
        for value in VALUES:
            forged = copy.deepcopy(about)
            at = forged
            for name in way[:-1]:
                at = at[name]
            if value is ...:
                del at[way[-1]]
            else:
                at[way[-1]] = value
            forge(parts[1], forged, members)
            for paths in (parts, parts[::-1], [parts[1]]):
                said = outcome(paths, whole)
                assert str(parts[1]) in said or not said, (way, value, said)
                assert "\n" not in said
                n_refused += bool(said)
    assert n_refused > 500


def test_a_save_of_a_run_that_has_not_ended_is_no_part(parts: list[Path]):
    about, members = content(parts[1])
    (job,) = about["provenance"]["origin"]["jobs"]
    job["under_way"] = {"share": [["1/3", "2/3"]], "n_blocks": 1}
    job["covered"] = []
    forge(parts[1], about, members)
    if not JointCounts.load(parts[1]).origin.jobs[0].under_way:  # type: ignore[union-attr]
        pytest.fail("nothing is under way")
    message = r"(1|3)\.npz and .*2\.npz: one part is a checkpoint of a run that has not ended$"
    with pytest.raises(FastMIError, match=message):
        fastmi.merge([parts[0], parts[1], parts[2]])
    with pytest.raises(FastMIError, match=r"one part is a checkpoint"):
        fastmi.merge(parts[1:], partial=True)


def test_too_many_sequences_in_all(parts: list[Path]):
    about, members = content(parts[1])
    # a letter is missing, or the k-mer counts would give it away
    many = {"n_sequences": 2**32 - 40, "total": 2**32 - 40, "n_unknown": 1}
    forge(parts[1], about | many, members)
    with pytest.raises(FastMIError, match=rf"{parts[2]}: .*more than one table can count"):
        fastmi.merge(parts)
    forge(parts[1], about | {name: 2**40 for name in many}, members)
    with pytest.raises(FastMIError, match=rf"{parts[1]}: .*more than one table can count"):
        fastmi.merge(parts)


def test_more_files_than_a_description_can_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """They are refused before anything is counted, not when the counts are saved."""
    paths = [tmp_path / f"file {n}" for n in range(40)]
    for n, path in enumerate(paths):
        path.write_text("ACGT"[n % 4] + f"CGTACGTA\n#{n}\n")
    monkeypatch.setattr(_inputs, "_MOST_NAMED", 20 * (len(json.dumps(str(paths[0]))) + 200))
    with pytest.raises(FastMIError, match=r"^40 input files are too many to be named in a res"):
        fastmi.count(paths, 1)
    counts = fastmi.count(paths[:19], 1)
    counts.save(tmp_path / "a.npz")
    monkeypatch.setattr(_files, "MAX_ABOUT_BYTES", 2000)
    with pytest.raises(FastMIError, match=r"cannot write .*b\.npz: its description needs \d"):
        counts.save(tmp_path / "b.npz")
    assert not (tmp_path / "b.npz").exists()


def test_a_job_of_as_many_files_as_may_be_can_be_loaded(tmp_path: Path):
    """What a file's entry takes is less than what is reckoned for it."""
    path = tmp_path / "file"
    path.write_text("ACGTACGTA\n")
    job = fastmi.count(path, 1).origin.to_json()["jobs"][0]  # type: ignore[union-attr]
    one = {"jobs": [{**job, "inputs": job["inputs"] * 2}]}
    two = {"jobs": [{**job, "inputs": job["inputs"] * 3}]}
    sizes = [len(json.dumps({"a": {"b": it}}, indent=1)) for it in (one, two)]
    assert sizes[1] - sizes[0] < _inputs._NAMED + len(str(path)) + 12  # digits of its size
    assert _inputs._MOST_NAMED < _files.MAX_ABOUT_BYTES


# ------------------------------------------------------------- what else files may say


@pytest.mark.parametrize("said", ["-1", "1e400", "1" + "0" * 400, "true", "[]"])
def test_any_number_in_what_a_run_took(said: str, parts: list[Path], tmp_path: Path):
    about, members = content(parts[0])
    about = {name: it for name, it in about.items() if name != "sha256"}
    about["provenance"]["run"] = {"wall_s": "HERE", "threads": 2}
    text = json.dumps(about).replace('"HERE"', said)
    np.savez(parts[0], about=np.frombuffer(text.encode(), np.uint8), **members)
    counts = fastmi.merge(parts)
    assert np.isfinite(counts.run["wall_s"])
    assert counts.run["wall_s"] >= 0
    counts.save(tmp_path / "sum.npz")
    assert fastmi.load(tmp_path / "sum.npz").mi(0).provenance["run"]["threads"] >= 2  # type: ignore[union-attr]


@pytest.mark.parametrize("said", ["NaN", "Infinity", "-Infinity"])
def test_what_json_has_no_word_for_is_damaged(said: str, parts: list[Path]):
    about, members = content(parts[0])
    about = {name: it for name, it in about.items() if name != "sha256"}
    about["provenance"]["run"] = {"wall_s": "HERE", "threads": 2}
    text = json.dumps(about).replace('"HERE"', said)
    np.savez(parts[0], about=np.frombuffer(text.encode(), np.uint8), **members)
    with pytest.raises(FastMIError, match=r"its description is damaged$"):
        fastmi.merge(parts)


def test_a_description_that_can_just_be_read(parts: list[Path]):
    """What is nested so deeply that it can be read and not written is damaged."""
    about, members = content(parts[0])
    outcomes = set()
    for depth in range(800, 1100):
        text = json.dumps({**about, "deep": "HERE"}).replace(
            '"HERE"', "[" * depth + "]" * depth
        )
        np.savez(parts[0], about=np.frombuffer(text.encode(), np.uint8), **members)
        with pytest.raises(FastMIError, match="its description") as error:
            JointCounts.load(parts[0])
        outcomes.add(str(error.value).split()[-1])
    assert outcomes == {"changed", "damaged"}


def bins_of(path: Path, edges: list[float]) -> Path:
    bins = fastmi.ScoreBins(4, 1, edges=edges)
    bins.add(["ACGT", "TTGA", "CCGA"], scores=[0.1, 0.5, 0.9])
    bins.save(path)
    return path


def test_bins_that_are_there_twice(tmp_path: Path):
    """Nothing is known of where they come from, so their arrays tell."""
    first, other = (bins_of(tmp_path / f"{i}.npz", [0.5]) for i in (1, 2))
    with pytest.raises(FastMIError, match=rf"{first} and {other} are the same counts"):
        fastmi.merge([first, other])


def test_edges_are_compared_before_tables_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    first, other = bins_of(tmp_path / "1.npz", [0.5]), bins_of(tmp_path / "2.npz", [0.6])
    monkeypatch.setattr(merging, "load_counts", None)
    with pytest.raises(FastMIError, match=rf"{first} and {other} differ in the edges"):
        fastmi.merge([first, other])


def test_a_part_is_opened_twice(parts: list[Path], monkeypatch: pytest.MonkeyPatch):
    """Once for what it says, once for its tables; and no part's files are kept meanwhile."""
    opened: list[str] = []
    begin = _archive.Archive.__init__

    def noted(self: _archive.Archive, path: Any, kind: str = "") -> None:
        opened.append(str(path))
        begin(self, path, kind)

    monkeypatch.setattr(_archive.Archive, "__init__", noted)
    fastmi.merge(parts)
    assert sorted(opened) == sorted(2 * [str(part) for part in parts])


def test_what_many_jobs_miss_is_a_sentence(tmp_path: Path):
    parts = []
    for i in range(25):
        path = tmp_path / f"file-{i}"
        path.write_text(f"ACGTACGTA\n{'CCGTACGTA'[i % 9 :]}{'CCGTACGTA'[: i % 9]}\n" * (i + 2))
        parts.append(tmp_path / f"{i}.npz")
        fastmi.count(path, 1, shard=(1, 2)).save(parts[-1])
    with pytest.raises(FastMIError, match="; and of 15 more jobs; say partial=True") as error:
        fastmi.merge(parts)
    assert str(error.value).count("shard 2/2 of file-") == 10
    found = fastmi.merge(parts, partial=True)
    assert found.in_words().endswith("; and of 15 more jobs")
