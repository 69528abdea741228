"""Files that earlier versions wrote are read, and say the same as when they were written.

``data/formats`` holds one file of each kind and format, KIND-FORMAT[-WHAT], written by the
version that introduced the format from the sequences below.  A file there is never written
anew: where a format changes, one of the new format comes beside it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastmi

FOLDER = Path(__file__).parent / "data" / "formats"
WHOLE = np.arange(40) % 4
FRACTIONS = WHOLE / 2.0
SCORES = WHOLE / 8 - 0.25


def sequences(missing: bool = False) -> fastmi.PackedSequences:
    """40 RNA sequences of 6 letters; half of them have letter 0 again at 4."""
    codes = np.random.default_rng(5).integers(0, 4, (40, 6), dtype=np.uint8)
    codes[:20, 4] = codes[:20, 0]
    if missing:
        codes[3, 2] = 255
    return fastmi.PackedSequences.from_codes(codes, alphabet="rna", unknown="skip")


def counts(missing: bool = False, weights: Any = None) -> fastmi.JointCounts:
    weighted = weights is FRACTIONS
    made = fastmi.JointCounts(6, 1, alphabet="rna", weighted=weighted)
    made.add(sequences(missing), weights=weights)
    return made


COUNTS = {
    "counts-1": (False, None),
    "counts-1-missing": (True, None),
    "counts-2": (False, WHOLE),
    "counts-2-weighted": (False, FRACTIONS),
    "counts-3": (False, None),
    "counts-3-job": (True, WHOLE),
}
SHARD = "counts-3-shard"  # 2 of 3 of the file of counts-3-job
BINS = {
    "bins-1": (True, WHOLE),
    "bins-1-weighted": (False, FRACTIONS),
    "bins-1-job": (True, WHOLE),
}
RESULTS = {
    "result-1": (False, None),
    "result-1-missing": (True, None),
    "result-2": (True, FRACTIONS),
    "result-2-job": (True, WHOLE),
}
INTERPRETATIONS = ("interpretation-1",)
STORES = {
    "store-1": (False, None),
    "store-1-missing": (True, None),
    "store-2": (False, FRACTIONS),
    "store-3": (True, FRACTIONS),  # and SCORES
}


@pytest.mark.parametrize("name", COUNTS)
def test_joint_counts(name: str) -> None:
    found, wanted = fastmi.JointCounts.load(FOLDER / f"{name}.npz"), counts(*COUNTS[name])
    for i, j in zip(*np.triu_indices(6, 1), strict=True):
        assert np.array_equal(found.table(i, j), wanted.table(i, j))
    assert np.array_equal(found.kmer_counts(), wanted.kmer_counts())
    assert found.n_effective == wanted.n_effective
    assert (found.n_sequences, found.n_unknown) == (40, wanted.n_unknown)
    found.merge(wanted)  # and it goes on living
    assert found.n_sequences == 80


def job_of(origin: Any) -> Any:
    """The job of what was counted from a file, which says the same in each."""
    (job,) = origin.jobs
    (file,) = job.inputs
    text = job_text()
    assert (file.path, file.n_bytes) == ("job.csv", len(text))
    assert file.fingerprint == hashlib.sha256(b"%d:" % len(text) + text).hexdigest()
    assert (origin.unknown, job.columns["column"], job.columns["weights"]) == ("skip", 1, 2)
    return job


def job_text() -> bytes:
    """The file that the frozen jobs counted: letters, weights, scores."""
    rows = zip(sequences(missing=True), WHOLE.tolist(), SCORES.tolist(), strict=True)
    return "".join(f"{s},{weight},{score}\n" for s, weight, score in rows).encode()


def test_counts_of_a_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = fastmi.JointCounts.load(FOLDER / "counts-3-job.npz")
    assert job_of(found.origin).covered.complete
    assert found.run["runs"] == 1
    shard = fastmi.JointCounts.load(FOLDER / f"{SHARD}.npz")
    assert job_of(shard.origin).n_shards == 3
    assert shard.origin is not None
    assert shard.origin.missing() == "shards 1/3, 3/3 of job.csv"
    with pytest.raises(
        fastmi.FastMIError, match=r"shard 2/3 of job\.csv would be counted twice"
    ):
        found.merge(shard)
    # a job goes on with a later version: the same file, the same shares, the same key
    monkeypatch.chdir(tmp_path)
    Path("job.csv").write_bytes(job_text())
    for i in (1, 3):
        rest = fastmi.count(
            "job.csv", 1, shard=(i, 3), alphabet="rna", unknown="skip", column=1, weights=2
        )
        shard.merge(rest)
    assert shard.origin.complete
    assert np.array_equal(shard._tables, found._tables)


def test_bins_and_results_of_a_job() -> None:
    found = fastmi.ScoreBins.load(FOLDER / "bins-1-job.npz")
    assert job_of(found.origin).columns["scores"] == 3
    chosen = found.select("> 0").counts
    assert job_of(chosen.origin).columns["selected"] == "> 0.0"
    result = fastmi.MIResult.load(FOLDER / "result-2-job.npz")
    (job,) = result.provenance["origin"]["jobs"]
    assert job["inputs"][0]["file"] == "job.csv"
    assert result.provenance["held"] == "in memory"
    assert set(result.provenance["run"]) > {"wall_s", "cpu_s", "peak_memory_bytes", "isa"}


def bins(missing: bool, weights: Any) -> fastmi.ScoreBins:
    edges, weighted = [-0.125, 0.0, 1.0], weights is FRACTIONS  # nothing is above 1
    made = fastmi.ScoreBins(6, 1, edges=edges, alphabet="rna", weighted=weighted)
    made.add(sequences(missing), scores=SCORES, weights=weights)
    return made


@pytest.mark.parametrize("name", BINS)
def test_score_bins(name: str) -> None:
    found, wanted = fastmi.load(FOLDER / f"{name}.npz"), bins(*BINS[name])
    assert isinstance(found, fastmi.ScoreBins)
    assert found.edges.tolist() == wanted.edges.tolist()
    assert found.n_in_bins.tolist() == [20, 10, 10, 0]
    for rule in ("> 0", "<= -0.125", ">= 0"):
        mine, theirs = found.select(rule), wanted.select(rule)
        assert mine.exact
        assert np.array_equal(mine.counts.table(0, 4), theirs.counts.table(0, 4))
        assert mine.counts.n_effective == theirs.counts.n_effective
    found.merge(wanted)
    assert found.n_sequences == 80


@pytest.mark.parametrize("name", RESULTS)
def test_results(name: str) -> None:
    missing, weights = RESULTS[name]
    found = fastmi.load(FOLDER / f"{name}.npz")
    wanted = fastmi.pairwise_mi(sequences(missing), 1, pseudocount=0, weights=weights)
    assert isinstance(found, fastmi.MIResult)
    assert np.array_equal(found.matrix, wanted.matrix, equal_nan=True)
    assert found.n_effective == wanted.n_effective
    assert (found.n_pair is None) == (wanted.n_pair is None)
    if wanted.n_pair is not None:
        assert np.array_equal(found.n_pair, wanted.n_pair)
    assert found.provenance["fastmi"] == "0.1.0"


DERIVED = {
    "result-4": lambda r: fastmi.stats.apc(r),
    "result-4-weighted": lambda r: fastmi.stats.normalised(r, "joint"),
}


@pytest.mark.parametrize("name", DERIVED)
def test_results_made_of_mutual_information(name: str) -> None:
    weights = FRACTIONS if name.endswith("weighted") else None
    plain = fastmi.pairwise_mi(sequences(missing=True), 1, pseudocount=0, weights=weights)
    found, wanted = fastmi.load(FOLDER / f"{name}.npz"), DERIVED[name](plain)
    assert isinstance(found, fastmi.MIResult)
    np.testing.assert_allclose(found.matrix, wanted.matrix, atol=1e-14)
    assert (found.measure, found.n_effective) == (wanted.measure, wanted.n_effective)
    assert found.n_pair is not None
    assert np.array_equal(found.n_pair, wanted.n_pair)


class Codes:
    """The model of the frozen interpretation: codes of two letters, halved."""

    heads = ("first", "last")

    def predict(self, sequences: fastmi.PackedSequences) -> Any:
        return np.minimum(sequences.to_codes()[:, [0, 5]], 4) / 2 - 0.5

    def about(self) -> dict[str, Any]:
        return {"what": "codes"}


def interpretation() -> fastmi.Interpretation:
    """Of weighted sequences with a letter missing; positions and labels are changed."""
    data = sequences(missing=True).with_weights(FRACTIONS)
    options: dict[str, Any] = {
        "select": ["top 50%", "> wt"],
        "wild_type": "CAAAAG",
        "null": None,
    }
    made = fastmi.interpret(Codes(), data, k=1, pseudocount=0, **options)
    return made.with_positions(-2, "acguac")


@pytest.mark.parametrize("name", INTERPRETATIONS)
def test_interpretations(name: str) -> None:
    found, wanted = fastmi.load(FOLDER / f"{name}.npz"), interpretation()
    assert isinstance(found, fastmi.Interpretation)
    assert (found.heads, found.wild_type, found.n_scored) == (("first", "last"), (0.0, 0.5), 40)
    assert [h.counts.tolist() for h in found.histograms] == (
        [h.counts.tolist() for h in wanted.histograms]
    )
    assert [(one.selection, one.head) for one in found.selected] == [
        ("top 50%", "first"),
        ("> wt", "first"),
        ("top 50%", "last"),
        ("> wt", "last"),
    ]
    for mine, theirs in zip(found.selected, wanted.selected, strict=True):
        assert mine.records.tolist() == theirs.records.tolist()
        assert mine.sequences == theirs.sequences
        assert np.array_equal(mine.map.matrix, theirs.map.matrix, equal_nan=True)
        assert mine.map.n_effective == theirs.map.n_effective
        assert mine.map.label(0) == theirs.map.label(0)
        assert mine.map.provenance["head"] == mine.head
        assert len(mine.map.top_kmers(0, 4)) > 0
    assert sum(one.sequences.n_unknown for one in found.selected) > 0
    assert found.provenance["model"] == {"what": "codes"}
    assert found.provenance["background"]["sha256"] == wanted.provenance["background"]["sha256"]


@pytest.mark.parametrize("name", STORES)
def test_stores(name: str) -> None:
    missing, weights = STORES[name]
    found, wanted = fastmi.PackedSequences.open(FOLDER / f"{name}.npy"), sequences(missing)
    assert found.to_strings() == wanted.to_strings()
    assert (found.weights is None) == (weights is None)
    if weights is not None:
        assert np.array_equal(found.weights, weights)
    assert (found.scores is None) == (name != "store-3")
    if found.scores is not None:
        assert np.array_equal(found.scores, SCORES)


def test_every_file_there_is_read_by_a_test() -> None:
    names = {path.name.split(".")[0] for path in FOLDER.iterdir()}
    assert names == {*COUNTS, SHARD, *BINS, *RESULTS, *DERIVED, *INTERPRETATIONS, *STORES}
