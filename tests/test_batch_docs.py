"""docs/batch.md and examples/ do what they say: run as written, and the maps are one map.

The page's blocks run in their order, in one folder, as a reader would paste them. Where there
is no scheduler, a plain loop over the tasks takes its place. What a block says that fastmi
answers is compared with what it does answer.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest

import fastmi

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "batch.md"
EXAMPLES = ROOT / "examples"
HOME = str(Path(fastmi.__file__).resolve().parents[1])

if not PAGE.is_file() or not EXAMPLES.is_dir():
    pytest.skip("the tests run outside the source folder", allow_module_level=True)

FASTMI = "import sys\nfrom fastmi.cli import main\nsys.exit(main())\n"

SBATCH = """#!/bin/bash
# a plain loop over the tasks, in place of the scheduler
set -euo pipefail
for word in "$@"; do
    case $word in --*) shift ;; *) break ;; esac
done
tasks=$(sed -n 's/^#SBATCH --array=1-//p' "$1")
for i in $(seq "${tasks:-1}"); do
    SLURM_ARRAY_TASK_ID=$i SLURM_CPUS_PER_TASK=1 bash "$@" > "log-$i" 2>&1
done
echo "17;cluster"
"""


def programs(folder: Path, fastmi_script: str = FASTMI) -> dict[str, str]:
    """The environment in which ``fastmi``, ``python`` and ``sbatch`` are these."""
    folder.mkdir()
    for name, text in {
        "fastmi": f"#!{sys.executable}\n{fastmi_script}",
        "sbatch": SBATCH,
    }.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    paths = (str(folder), str(Path(sys.executable).parent), os.environ["PATH"])
    allowed = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
               "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe"}  # fmt: skip
    return {**os.environ, **allowed, "PATH": os.pathsep.join(paths), "PYTHONPATH": HOME}


def shell(command: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        text=True,
        capture_output=True,
        timeout=300,
        **options,
    )


def bits(path: Path) -> bytes:
    result = fastmi.load(path)
    assert isinstance(result, fastmi.MIResult)
    return result.matrix.tobytes()


# -------------------------------------------------------------------------------- the page


class Block(NamedTuple):
    """A block of the page, and the comment above it: ``file: NAME`` or ``needs: NAME``."""

    comment: str
    value: str
    language: str
    text: str

    @property
    def lacks(self) -> str:
        """What it needs that is not here."""
        there = {
            "dask": find_spec("distributed") is not None,
            "mpi4py": find_spec("mpi4py") is not None,
            "snakemake": shutil.which("snakemake") is not None,
        }
        return self.value if self.comment == "needs" and not there[self.value] else ""


FENCED = re.compile(
    r"^(?:<!-- (file|needs): (\S+) -->\n)?```(python|bash|console|diff)\n(.*?)^```$",
    re.M | re.S,
)
BLOCKS = [Block(*found) for found in FENCED.findall(PAGE.read_text(encoding="utf-8"))]


class Reader:
    """Somebody who pastes the page into an empty folder."""

    def __init__(self, folder: Path) -> None:
        self.env = programs(folder / "bin")
        self.folder = folder / "page"
        self.folder.mkdir()
        self._done = 0

    def up_to(self, n: int) -> None:
        """Run the blocks to number n that have not been run."""
        while self._done <= n:
            block = BLOCKS[self._done]
            self._done += 1
            if block.language != "diff" and not block.lacks:
                self._run(block)

    def _run(self, block: Block) -> None:
        if block.comment == "file":
            path = self.folder / block.value
            path.parent.mkdir(exist_ok=True)
            path.write_text(block.text)
        elif block.language == "python":
            self._here(f"python - <<'end of block'\n{block.text}end of block\n")
        elif block.language == "bash":
            self._here(block.text)
        else:
            for asked in re.findall(r"^\$ (.*\n(?:(?!\$ ).*\n)*)", block.text, re.M):
                command, _, answer = asked.partition("\n")
                self._ask(command, answer.splitlines())

    def _here(self, command: str) -> None:
        done = shell(command, cwd=self.folder, env=self.env)
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        assert not re.search("fastmi: (warning|error)", done.stderr), done.stderr

    def _ask(self, command: str, answer: list[str]) -> None:
        done = shell(command, cwd=self.folder, env=self.env)
        said = [x for x in done.stderr.splitlines() if re.match("fastmi: (warning|error)", x)]
        assert said == answer
        assert (done.returncode != 0) == any("error" in line for line in answer)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    return Reader(tmp_path_factory.mktemp("reader"))


def test_the_page_has_blocks_of_all_kinds() -> None:
    fences = re.findall(r"^```\w", PAGE.read_text(encoding="utf-8"), re.M)
    assert len(fences) == len(BLOCKS) > 30
    assert {block.language for block in BLOCKS} == {"python", "bash", "console", "diff"}


@pytest.mark.parametrize("n", range(len(BLOCKS)))
def test_the_page_runs_as_written(n: int, reader: Reader) -> None:
    reader.up_to(n)
    if BLOCKS[n].lacks:
        pytest.skip(f"{BLOCKS[n].lacks} is not here")


def test_all_maps_of_the_page_are_one(reader: Reader) -> None:
    reader.up_to(len(BLOCKS) - 1)
    lanes = sorted(reader.folder.glob("lane-*.fa"))
    expected = fastmi.pairwise_mi(lanes, k=3, pseudocount=0).matrix.tobytes()
    (block,) = (block for block in BLOCKS if "\nnames = [" in block.text)
    names = re.findall(r'"([\w/-]+)"', "".join(re.findall(r"^names.*$", block.text, re.M)))
    assert len(names) == 14
    maps = {"dask": "dask", "mpi4py": "mpi", "snakemake": "snakemake/map"}
    lacking = {maps[block.lacks] for block in BLOCKS if block.lacks}
    for name in set(names) - lacking:
        assert bits(reader.folder / f"{name}.npz") == expected, name


def test_threads_come_from_the_scheduler(reader: Reader) -> None:
    reader.up_to(len(BLOCKS) - 1)
    parts = list((reader.folder / "slurm" / "parts").iterdir())
    assert len(parts) == 16
    assert {fastmi.JointCounts.load(part).run["threads"] for part in parts} == {1}


SHOWN = [block for block in BLOCKS if block.comment == "file" and "/" in block.value]


@pytest.mark.parametrize("block", SHOWN, ids=[block.value for block in SHOWN])
def test_the_page_shows_the_examples_as_they_are(block: Block) -> None:
    assert block.text == (EXAMPLES / block.value).read_text(encoding="utf-8")


def test_all_examples_are_on_the_page_and_in_their_readme() -> None:
    paths = [p for p in EXAMPLES.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    papers = EXAMPLES / "papers"  # docs/papers.md shows what these make
    names = {str(path.relative_to(EXAMPLES)) for path in paths if papers not in path.parents}
    assert {block.value for block in SHOWN} == names - {"README.md"}
    readme = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert all(f"`{folder.name}/" in readme for folder in EXAMPLES.iterdir() if folder.is_dir())


# ---------------------------------------------------------------------------- job arrays


@pytest.fixture
def lanes(tmp_path: Path) -> list[Path]:
    """Three small files."""
    rng = np.random.default_rng(1)
    paths = [tmp_path / f"lane-{n}.fa" for n in range(3)]
    for path in paths:
        reads = np.array(list("ACGT"))[rng.integers(0, 4, (3000, 12))]
        path.write_text("".join(f">x\n{''.join(read)}\n" for read in reads))
    return paths


# small blocks, a save after each, and a kill of the whole task after some
KILLED = """
import os, signal, sys
from fastmi import _checkpoint, _counting, _parts
from fastmi.cli import main
_parts.BLOCK_ROWS = 64
_checkpoint.Checkpoint.due = lambda self: True
left, add = [int(os.environ.get("KILLED_AFTER", -1))], _counting.Counting._add
def limited(self, counts, block, file):
    if not left[0]:
        os.killpg(0, signal.SIGKILL)
    left[0] -= 1
    add(self, counts, block, file)
_counting.Counting._add = limited
sys.exit(main())
"""


@pytest.mark.slow
def test_a_killed_task_of_the_array_is_sent_again(lanes: list[Path], tmp_path: Path) -> None:
    env = programs(tmp_path / "bin", KILLED)
    folder = shutil.copytree(EXAMPLES / "slurm", tmp_path / "slurm")

    def task(script: str, number: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", script, *(map(str, lanes) if number else ())],
            cwd=folder,
            env={**env, "SLURM_ARRAY_TASK_ID": str(number), **more},
            start_new_session=True,
            capture_output=True,
            text=True,
            timeout=100,
        )

    for number in range(1, 17):
        more = {"KILLED_AFTER": "4"} if number == 5 else {}
        assert task("count.sh", number, **more).returncode == -9 * (number == 5)
    assert len(list((folder / "saves").glob("*-5-of-16.*.npz"))) == 2
    assert not (folder / "parts" / "part-5.npz").exists()
    early = task("map.sh")
    assert early.returncode == 1
    assert "missing: shard 5/16 of lane-" in early.stderr
    assert not (folder / "counts.npz").exists()

    again = task("count.sh", 5)
    assert again.returncode == 0
    assert "going on from the checkpoint, 256 sequences done" in again.stderr
    assert task("map.sh").returncode == 0
    expected = fastmi.pairwise_mi(lanes, k=3, pseudocount=0)
    assert bits(folder / "map.npz") == expected.matrix.tobytes()


def test_a_job_without_its_counts_is_not_submitted(tmp_path: Path) -> None:
    """The second job waits for the first by its number alone, without the cluster's name."""
    env = programs(tmp_path / "bin")
    (tmp_path / "bin" / "sbatch").write_text('#!/bin/bash\necho "$@" >> said\necho "17;here"\n')
    done = shell(f"bash {EXAMPLES / 'slurm' / 'submit.sh'} a b", cwd=tmp_path, env=env)
    assert done.returncode == 0
    first, second = (tmp_path / "said").read_text().splitlines()
    assert first == "--parsable count.sh a b"
    assert second == "--dependency=afterok:17 --kill-on-invalid-dep=yes map.sh"


# ------------------------------------------------------------------------------ snakemake


class Rule(NamedTuple):
    """What a rule of the Snakefile says."""

    inputs: list[str]
    outputs: list[str]
    shell: str


def rules_of(snakefile: Path) -> tuple[dict[str, Rule], dict[str, Any]]:
    """The rules, and the names that are defined above them."""
    head, *rest = re.split(r"^rule (\w+):\n", snakefile.read_text(encoding="utf-8"), flags=re.M)
    names: dict[str, Any] = {}
    exec(head, names)
    rules = {}
    for name, body in zip(rest[::2], rest[1::2], strict=True):
        parts = re.split(r"^    (\w+):", body, flags=re.M)
        pairs = zip(parts[1::2], parts[2::2], strict=True)
        said = {key: eval(text.strip(), names) for key, text in pairs}
        inputs, outputs = (_flat(said.get(key, ())) for key in ("input", "output"))
        rules[name] = Rule(inputs, outputs, said.get("shell", ""))
    return rules, names


def _flat(found: Any) -> list[str]:
    if isinstance(found, str):
        return [found]
    return [text for item in found for text in _flat(item)]


def test_the_rules_of_the_snakefile_by_a_plain_loop(
    lanes: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = programs(tmp_path / "bin")
    monkeypatch.chdir(tmp_path)
    rules, names = rules_of(EXAMPLES / "snakemake" / "Snakefile")
    assert rules["all"].inputs == ["map.npz"]
    pattern = re.escape(rules["count"].outputs[0]).replace(r"\{i\}", r"(\d+)")
    numbers = [re.fullmatch(pattern, part)[1] for part in rules["merge"].inputs]  # type: ignore[index]
    assert len(numbers) == names["N"]
    Path("parts").mkdir()  # which snakemake makes

    def run(name: str, number: str = "") -> None:
        rule = rules[name]
        command = rule.shell.format(
            input=" ".join(rule.inputs),
            output=" ".join(rule.outputs).format(i=number),
            wildcards=SimpleNamespace(i=number),
            threads=1,
            **{key: value for key, value in names.items() if key.isupper()},
        )
        done = shell(command, env=env)
        assert done.returncode == 0, done.stderr

    for number in numbers:
        run("count", number)
    run("merge")
    run("map")
    assert bits(Path("map.npz")) == fastmi.pairwise_mi(lanes, 3, pseudocount=0).matrix.tobytes()
