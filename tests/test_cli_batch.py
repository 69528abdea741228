"""``fastmi count``, ``merge``, and ``mi`` and ``info`` of what they write.

What goes through the commands in shards is, to the byte, what one command gives; each wrong
combination says one sentence, and says it before the work.
"""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import fastmi
from fastmi import JointCounts, MIResult, PackedSequences, _parts
from fastmi.cli import main

LENGTH = 12
DATA_ERROR, USAGE = 1, 2


class Said(NamedTuple):
    """What a command left behind."""

    status: int
    out: str
    err: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command in this process; its words are split at blanks, and ~ is one."""

    def go(*argv: object) -> Said:
        capsys.readouterr()
        words = [w for a in argv for w in (a.split() if isinstance(a, str) else [str(a)])]
        status = main([word.replace("~", " ") for word in words])
        return Said(status, *capsys.readouterr())

    return go


@pytest.fixture
def good(run: Any) -> Any:
    """The same, of a command that must succeed."""

    def go(*argv: object) -> Said:
        said: Said = run(*argv)
        assert said.status == 0, said.err
        return said

    return go


def strings(n: int, seed: int, missing: float = 0.0, length: int = LENGTH) -> list[str]:
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (n, length), dtype=np.uint8)
    codes[: n // 2, -1] = codes[: n // 2, 0]
    codes[rng.random((n, length)) < missing] = 255
    return PackedSequences.from_codes(codes, unknown="skip").to_strings()


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with text, FASTA with missing letters, and a table with weights and scores."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(_parts, "BLOCK_ROWS", 100)
    Path("a.txt").write_text("\n".join(strings(500, 1)) + "\n")
    Path("b.fa").write_text("".join(f">r\n{s}\n" for s in strings(300, 2, 0.02)))
    rows = enumerate(strings(400, 3))
    Path("t.csv").write_text(
        "name,seq,reads,share,score\n"
        + "".join(f"{n},{s},{n % 3},{n % 3 / 3},{n % 100 / 100}\n" for n, s in rows)
    )
    Path("long.txt").write_text("\n".join(strings(50, 4, length=LENGTH + 1)))
    return tmp_path


def sentence(said: Said, status: int) -> str:
    """The only line that does not tell of progress."""
    assert said.status == status, said.err
    assert said.out == ""
    known = ("fastmi: counting:", "fastmi: memory:", "fastmi: shard", "fastmi: merging:")
    lines = [line for line in said.err.splitlines() if not line.startswith(known)]
    lines = [line for line in lines if not line.endswith(" MB")]
    assert len(lines) == 1, said.err
    assert not re.search(r"[a-z]=", lines[0]), "a parameter of the library"
    return lines[0]


def mapped(name: str) -> tuple[bytes, bytes]:
    """The table of pairs, and the bits of the map."""
    result = MIResult.load(f"{name}.npz")
    return Path(f"{name}.pairs.tsv").read_bytes(), result.matrix.tobytes()


# ---------------------------------------------------------------- shards are everything

TABLE = "t.csv --column seq"
JOBS = {
    "text": "a.txt -k 2",
    "two files": "a.txt b.fa -k 1 --unknown skip",
    "dropped": "b.fa a.txt -k 1 --unknown drop",
    "reads": f"{TABLE} --weights reads -k 1",
    "fractions": f"{TABLE} --weights share -k 1",
}


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
@pytest.mark.parametrize("n", [1, 3])
def test_shards_merged_are_mi_of_everything(good: Any, job: str, n: int) -> None:
    for i in range(n, 0, -1):
        good("count", job, f"--shard {i}/{n} -o s{i} -q")
    good("merge -o m -q", *(f"s{i}.npz" for i in range(1, n + 1)))
    good("mi m.npz -o merged --figure none -q")
    good("mi", job, "-o direct --figure none -q")
    assert mapped("merged") == mapped("direct")
    good("count", job, "-o whole -q")
    good("mi whole.npz -o whole_map --figure none -q")
    assert mapped("whole_map") == mapped("direct")
    found, wanted = MIResult.load("merged.npz"), MIResult.load("direct.npz")
    for what in ("n_sequences", "n_dropped", "n_unknown", "n_effective"):
        assert getattr(found, what) == getattr(wanted, what)
    assert found.provenance["run"]["runs"] == n


def test_any_way_of_holding_them_gives_the_same_bytes(
    good: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("c.txt").write_text("\n".join(strings(2000, 5)))
    good("mi a.txt b.fa c.txt -k 1 --unknown skip -o whole --figure none -q")
    monkeypatch.setattr("fastmi._streams._OVERHEAD", 0)
    for least, word in ((10_000, "tables of all pairs"), (1_000, "temporary file")):
        monkeypatch.setattr("fastmi._streams._LEAST", least)
        said = good(
            "mi c.txt b.fa a.txt -k 1 --unknown skip -o x --figure none --memory-limit 10"
        )
        assert word in said.err
        assert word in json.loads(Path("x.json").read_text())["provenance"]["held"]
        assert mapped("x") == mapped("whole")


def test_mi_of_a_shard(good: Any) -> None:
    n = 0
    for i in (1, 2, 3):
        good(f"mi a.txt -k 1 --shard {i}/3 -o s{i} --figure none -q")
        good(f"count a.txt -k 1 --shard {i}/3 -o c{i} -q")
        found, counts = MIResult.load(f"s{i}.npz"), JointCounts.load(f"c{i}.npz")
        n += found.n_sequences
        assert found.n_sequences == counts.n_sequences
        (job,) = found.provenance["origin"]["jobs"]
        assert job["n_shards"] == 3
        assert counts.origin is not None
        assert job["covered"] == counts.origin.jobs[0].covered.to_json()
    assert n == 500


def test_stdin(good: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def stdin() -> None:
        text = io.BytesIO(Path("a.txt").read_bytes())
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(text))

    good("mi a.txt -k 1 -o file --figure none -q")
    stdin()
    good("count - -k 1 -o c -q")
    good("mi c.npz -o piped --figure none -q")
    assert mapped("piped") == mapped("file")
    for i in (1, 2):
        stdin()
        good(f"count - -k 1 -o s{i} --shard {i}/2 -q")
    good("merge s1.npz s2.npz -o m -q")
    good("mi m.npz -o merged --figure none -q")
    assert mapped("merged") == mapped("file")
    stdin()
    good("mi - -k 1 -o direct --figure none -q")
    assert mapped("direct") == mapped("file")


def test_weighted_tables_of_whole_numbers(good: Any) -> None:
    good("count", TABLE, "--weights reads -k 1 -o plain -q")
    good("count", TABLE, "--weights reads -k 1 -o wide --weighted -q")
    plain, wide = JointCounts.load("plain.npz"), JointCounts.load("wide.npz")
    assert (plain.weighted, wide.weighted) == (False, True)
    assert np.array_equal(plain.table(0, 5), wide.table(0, 5))


# ---------------------------------------------------------------------------- by score

BINS = f"count {TABLE} --scores score -k 1"


@pytest.mark.parametrize("edges", ["", "--edges 0.25,0.5,0.9"])
def test_selections_of_merged_bins(good: Any, edges: str) -> None:
    for i in (1, 2):
        good(BINS, edges, f"--shard {i}/2 -o s{i} -q")
    good("merge s2.npz s1.npz -o m -q")
    good(BINS, edges, "-o whole -q")
    for n, rule in enumerate((">~0.9", "bottom~25%")):
        for name in ("m", "whole"):
            good(f"mi {name}.npz -o {name}{n} --figure none -q --select {rule}")
        assert mapped(f"m{n}") == mapped(f"whole{n}")
    found = MIResult.load("m0.npz")
    seqs = [s for n, s in enumerate(strings(400, 3)) if n % 100 / 100 > 0.9]
    wanted = fastmi.pairwise_mi(seqs, 1)
    if edges:
        assert np.array_equal(found.matrix, wanted.matrix, equal_nan=True)
        (job,) = found.provenance["origin"]["jobs"]
        assert job["columns"]["selected"] == "> 0.9"
    good("mi whole.npz -o all --figure none -q")
    good("mi", TABLE, "-k 1 -o direct --figure none -q")
    assert mapped("all") == mapped("direct")


def test_a_selection_is_said_in_words(good: Any) -> None:
    good(BINS, "--edges 0.5,0.89 -o bins -q")
    said = good("mi bins.npz -o x --figure none --select top~10%")
    assert "fastmi: top 10%: scores > 0.89, 40 of 400 sequences (10.0000%)" in said.err
    assert "warning" not in said.err
    said = good("mi bins.npz -o x --figure none --select top~20%")
    assert (
        "fastmi: top 20%: scores > 0.89, 40 of 400 sequences (10.0000%); other --edges would"
        in said.err
    )
    said = good("mi bins.npz -o y --figure none")
    assert "fastmi: top 100%: all scores, 400 of 400 sequences (100.0000%)" in said.err


def test_bins_with_other_edges(run: Any, good: Any) -> None:
    good(BINS, "--edges 0.25,0.5 -o x -q")
    table = Path("t.csv").read_text().replace("A", "C")
    Path("t.csv").write_text(table)
    good(BINS, "--edges 0.25,0.75 -o y -q")
    said = sentence(run("merge x.npz y.npz -o m"), DATA_ERROR)
    assert "x.npz and y.npz differ in the edges between bins" in said
    assert not Path("m.npz").exists()


# -------------------------------------------------------------------------- checkpoints


def test_a_checkpoint_is_gone_on_from(good: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fastmi._checkpoint._MOST_SHARE", 0)
    command = "count a.txt b.fa -k 1 --unknown skip --checkpoint saves --checkpoint-every 0"
    good("count a.txt b.fa -k 1 --unknown skip -o wanted -q")
    add, n = JointCounts.add, [0]

    def stopped(self: JointCounts, *args: Any, **options: Any) -> None:
        n[0] += 1
        if n[0] == 5:
            raise KeyboardInterrupt
        add(self, *args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(JointCounts, "add", stopped)
        assert main(f"{command} -o x -q".split()) == 130
    assert not Path("x.npz").exists()
    said = good(command, "-o x")
    assert n[0] == 5
    assert (
        JointCounts.load("x.npz")._tables.tobytes()
        == JointCounts.load("wanted.npz")._tables.tobytes()
    )
    assert "wrote x.npz: 800 sequences" in said.err
    said = good(command, "-o y")  # nothing is left to be counted
    assert "going on from the checkpoint, 800 sequences done" in said.err
    assert JointCounts.load("y.npz").n_sequences == 800


# ------------------------------------------------------------------------ what they say


def test_count_says_what_it_does_on_stderr_only(good: Any) -> None:
    said = good("count a.txt b.fa --unknown drop -k 1 -o x --shard 1/2")
    assert said.out == ""
    assert "fastmi: shard 1/2 of 2 files, 0.0 MB" in said.err
    assert "sequences; shard 1/2 of a.txt and 1 more file" in said.err
    last = said.err.splitlines()[-1]
    assert last.startswith("fastmi 0.")
    assert ", count: " in last
    assert good("count a.txt -k 1 -o y -q") == (0, "", "")
    assert good("merge x.npz -o z --partial -q") == (0, "", "")


def test_pairs_of_counts_go_to_stdout(good: Any) -> None:
    good("count a.txt -k 1 -o x -q")
    assert good("mi x.npz -q").out == good("mi a.txt -k 1 -q").out
    assert (
        good("mi x.npz -k 1 --measure HE -q").out == good("mi a.txt -k 1 --measure HE -q").out
    )


def test_mi_of_some_shards_warns(good: Any) -> None:
    good("count a.txt -k 1 --shard 1/2 -o s1 -q")
    said = good("mi s1.npz -o x --figure none")
    missing = "missing: shard 2/2 of a.txt"
    assert f"fastmi: warning: these counts are not complete; {missing}" in said.err
    assert good("mi s1.npz -o x --figure none -q") == (0, "", "")


def test_later_parts_can_be_added(run: Any, good: Any) -> None:
    for i in (1, 2, 3):
        good(f"count a.txt -k 1 --shard {i}/3 -o s{i} -q")
    assert "shard 2/3" in sentence(run("merge s1.npz s3.npz -o m"), DATA_ERROR)
    assert not Path("m.npz").exists()
    good("merge s3.npz s1.npz -o m --partial -q")
    good("merge m.npz s2.npz -o all -q")
    good("count a.txt -k 1 -o direct -q")
    found, wanted = JointCounts.load("all.npz"), JointCounts.load("direct.npz")
    assert found._tables.tobytes() == wanted._tables.tobytes()
    assert found.run["runs"] == 3


def test_info(good: Any, run: Any) -> None:
    good("count a.txt -k 1 --shard 2/3 -o c -q")
    about = json.loads(good("info c.npz -q").out)
    assert (about["kind"], about["format"], about["k"]) == ("fastmi joint counts", 3, 1)
    made = about["provenance"]
    assert made["origin"]["jobs"][0]["inputs"][0]["file"] == "a.txt"
    assert made["origin"]["jobs"][0]["inputs"][0]["bytes"] == Path("a.txt").stat().st_size
    assert {"wall_s", "cpu_s", "peak_memory_bytes", "threads", "isa", "runs"} == set(
        made["run"]
    )
    good(BINS, "--edges 0.5 -o bins -q")
    about = json.loads(good("info bins.npz -q").out)
    assert (about["kind"], len(about["bins"])) == ("fastmi score bins", 2)
    assert sum(each["n_sequences"] for each in about["bins"]) == about["n_sequences"] == 400
    assert about["provenance"]["origin"]["jobs"][0]["columns"]["scores"] == "score"
    good("mi c.npz -o r --figure none -q")
    about = json.loads(good("info r.npz -q").out)
    assert about["provenance"]["command"][:3] == ["fastmi", "mi", "c.npz"]
    assert about["provenance"]["origin"] == made["origin"]
    n = [json.loads(good(f"info a.txt --shard {i}/3 -q").out)["n_sequences"] for i in (1, 2, 3)]
    assert (sum(n), n[1]) == (500, JointCounts.load("c.npz").n_sequences)


# ---------------------------------------------------------------------- what is refused

WRONG = {
    # the library's errors about data
    "count a.txt a.txt -o x": (DATA_ERROR, "the same input twice: a.txt"),
    "count a.txt ./a.txt -o x": (DATA_ERROR, "./a.txt and a.txt are one file"),
    "count a.txt long.txt -k 1 -o x": (DATA_ERROR, "its sequences have length 1"),
    "count nope.txt -o x": (DATA_ERROR, "cannot read nope.txt: No such file"),
    "count b.fa -o x": (DATA_ERROR, "say --unknown drop"),
    "count c.npz -o x": (DATA_ERROR, "c.npz holds results or counts of fastmi"),
    "count c.npz a.txt -o x": (DATA_ERROR, "c.npz holds results or counts of fastmi"),
    "count a.txt -o no/x": (DATA_ERROR, "the folder no does not exist"),
    "count a.txt -o folder": (DATA_ERROR, "cannot write folder.npz: it is a directory"),
    "count a.txt -o x --edges 0.5": (
        DATA_ERROR,
        "which column of a table holds them: --scores",
    ),
    "count a.txt -o x --weights 2": (DATA_ERROR, "--weights says which column"),
    "count a.txt -o x --checkpoint a.txt": (DATA_ERROR, "cannot write to a.txt: File exists"),
    "count - -o x --checkpoint saves": (DATA_ERROR, "- cannot be read again"),
    "count - a.txt -o x --shard 1/2": (DATA_ERROR, "- has none: it is a pipe"),
    f"count {TABLE} -o x --scores name -k 1 --weights nope": (DATA_ERROR, "'nope'"),
    "merge nope.npz -o x": (DATA_ERROR, "cannot read nope.npz: No such file"),
    "merge a.txt -o x": (DATA_ERROR, "a.txt is not a fastmi file"),
    "merge c.npz c.npz -o x": (DATA_ERROR, "c.npz and c.npz: .* counted twice"),
    "merge c.npz d.npz -o x": (DATA_ERROR, "c.npz and d.npz differ in k: 1 and 2"),
    "merge c.npz bins.npz -o x": (DATA_ERROR, "c.npz and bins.npz differ in kind"),
    "merge c.npz -o no/x": (DATA_ERROR, "the folder no does not exist"),
    "merge r.npz -o x": (DATA_ERROR, "r.npz holds 'fastmi result'"),
    "mi c.npz a.txt": (DATA_ERROR, "c.npz is a file of fastmi's, which is mapped alone"),
    "mi a.txt c.npz": (DATA_ERROR, "c.npz is a file of fastmi's, which is mapped alone"),
    "mi c.npz --select top~1%": (DATA_ERROR, "c.npz holds no scores to select by"),
    "mi bins.npz --select >~7": (DATA_ERROR, "no sequence"),
    "mi r.npz": (DATA_ERROR, "r.npz holds 'fastmi result'"),
    "mi a.txt long.txt -k 1": (DATA_ERROR, "its sequences have length 1"),
    "mi c.npz -o no/x": (DATA_ERROR, "the folder no does not exist"),
    "plot c.npz": (DATA_ERROR, "c.npz holds counts; 'fastmi mi' makes a map of them"),
    # parameters
    "count a.txt": (USAGE, "required: -o/--out"),
    "count -o x": (USAGE, "required: FILE"),
    "count a.txt -o x -k 7": (USAGE, "k must be between 1 and 6"),
    "count a.txt -o x --alphabet A": (USAGE, "alphabet"),
    "count t.csv -o x --column seq --weights seq": (USAGE, "are the same column, 'seq'"),
    "count a.txt -o x --shard 0/2": (USAGE, "--shard: a shard is written i/n"),
    "count a.txt -o x --memory-limit 10": (USAGE, "more than --memory-limit 10"),
    "count a.txt -o x --memory-limit much": (USAGE, "--memory-limit: a size is"),
    "count a.txt -o x --checkpoint-every -1": (USAGE, "--checkpoint-every: must be a number"),
    "count a.txt -o x --edges a,b": (USAGE, "--edges: must be numbers separated by commas"),
    f"{BINS} -o x --edges 2,1": (USAGE, "edges must ascend"),
    f"{BINS} -o x --edges 1,nan": (USAGE, "edge"),
    "merge -o x": (USAGE, "required: PART.npz"),
    "merge c.npz -o x --memory-limit 10": (USAGE, "more than --memory-limit 10"),
    "mi a.txt --select top~1%": (USAGE, "--select is for counts by score"),
    "mi bins.npz --select best": (USAGE, "--select: a selection is one of"),
    "mi c.npz -k 2": (USAGE, "c.npz holds counts of 1-mers, not of 2-mers"),
    "mi c.npz --weights 1": (USAGE, "--weights is for sequences, and c.npz holds counts"),
    "mi c.npz --column 1": (USAGE, "--column is for sequences"),
    "mi c.npz --shard 1/2": (USAGE, "--shard is for sequences"),
    "mi c.npz --alphabet rna": (USAGE, "--alphabet is for sequences"),
    "mi c.npz --reweight 0.8": (USAGE, "--reweight is for sequences"),
    "mi c.npz --memory-limit 10": (USAGE, "more than --memory-limit 10"),
    "mi c.npz --reference ACGT": (USAGE, "the reference has 4 letters"),
    "info c.npz --shard 1/2": (USAGE, "--shard is for sequences"),
}


@pytest.mark.parametrize("command", WRONG)
def test_each_wrong_command_says_one_sentence(run: Any, here: Path, command: str) -> None:
    fastmi.count("a.txt", 1).save("c.npz")
    fastmi.count("a.txt", 2).save("d.npz")
    fastmi.count_by_score("t.csv", 1, column="seq", scores="score", edges=[0.5]).save(
        "bins.npz"
    )
    fastmi.pairwise_mi("a.txt", 1).save("r.npz")
    Path("folder.npz").mkdir()
    before = {path.name for path in here.iterdir()}
    status, words = WRONG[command]
    said = sentence(run(command), status)
    assert re.search(words, said), said
    assert {path.name for path in here.iterdir()} == before


@pytest.mark.parametrize(
    "command",
    [
        "count a.txt -o no/x",
        "count a.txt -o folder",
        f"{BINS} -o no/x",
        "merge c.npz -o no/x",
        "mi c.npz -o no/x",
        "mi a.txt b.fa -o no/x",
    ],
)
def test_outputs_that_cannot_be_written_are_seen_before_the_work(
    run: Any, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    fastmi.count("a.txt", 1).save("c.npz")
    Path("folder.npz").mkdir()

    def work(*_: object, **__: object) -> None:
        raise AssertionError("the work has begun")

    for begin in (
        "fastmi._counting.inputs_of",
        "fastmi._streams.inputs_of",
        "fastmi.merging._check",
        "fastmi.score_bins.load_counts",
    ):
        monkeypatch.setattr(begin, work)
    assert "cannot write" in sentence(run(command), DATA_ERROR)
    with pytest.raises(AssertionError, match="the work has begun"):
        run(command.replace("no/x", "x").replace("folder", "x"))
