"""Programs as models: small real ones, and every way in which they fail."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastmi
from conftest import random_codes
from fastmi import FastMIError, PackedSequences
from fastmi.models import Command, about_model, scores_of, wrap
from fastmi.models._process import Process

GOOD = """
import sys
for line in sys.stdin:
    print(line.count("G"), flush=True)
"""


@pytest.fixture
def sequences(rng: np.random.Generator) -> PackedSequences:
    """Some DNA."""
    return PackedSequences.from_codes(random_codes(rng, 1000, 12, 4))


@pytest.fixture
def program(tmp_path: Path) -> Any:
    """Makes a command of the text of a Python program, which runs in a folder of its own."""

    def made(text: str, **options: Any) -> Command:
        path = tmp_path / "model.py"
        path.write_text(text)
        return Command([sys.executable, str(path)], cwd=tmp_path, **options)

    return made


def n_g(sequences: PackedSequences) -> np.ndarray:
    return (sequences.to_codes() == 2).sum(1)


@pytest.fixture(params=[True, False], ids=["started for each batch", "kept running"])
def per_batch(request: pytest.FixtureRequest) -> bool:
    """Both ways of running a program."""
    return bool(request.param)


@pytest.mark.parametrize("batch_size", [None, 1000, 333])
def test_scores(
    program: Any, per_batch: bool, batch_size: Any, sequences: PackedSequences
) -> None:
    model = program(GOOD, per_batch=per_batch, batch_size=batch_size)
    for _ in range(2):
        np.testing.assert_array_equal(scores_of(model, sequences), n_g(sequences))
    model.close()


def test_how_often_it_is_started(program: Any, tmp_path: Path, per_batch: bool) -> None:
    text = "open('started', 'a').write('x')\n" + GOOD
    model = program(text, per_batch=per_batch, batch_size=2)
    some = PackedSequences.from_strings(["GGGG", "ACGT"] * 3)
    assert scores_of(model, some).tolist() == [4, 1] * 3
    model.close()
    assert (tmp_path / "started").read_text() == ("xxx" if per_batch else "x")


def test_heads(program: Any, per_batch: bool, sequences: PackedSequences) -> None:
    text = GOOD.replace('line.count("G")', '*map(line.count, "GCA"), sep="\\t"')
    codes = sequences.to_codes()
    wanted = np.stack([(codes == c).sum(1) for c in (2, 1, 0)], 1)
    scores = scores_of(program(text, per_batch=per_batch), sequences)
    np.testing.assert_array_equal(scores, wanted)
    scores = scores_of(program(text, per_batch=per_batch, output=[2, 0]), sequences)
    np.testing.assert_array_equal(scores, wanted[:, [2, 0]])
    with pytest.raises(FastMIError, match="output=3 is not there: the model has one output of"):
        scores_of(program(text, per_batch=per_batch, output=3), sequences)


def test_fasta_and_letters(program: Any, tmp_path: Path) -> None:
    text = (
        "import sys; t = sys.stdin.read(); open('seen', 'a').write(t)\n"
        "[print(1) for line in t.splitlines() if line[0] == '>']"
    )
    model = program(text, format="fasta", alphabet="rna", batch_size=2)
    some = PackedSequences.from_strings(["ACGT", "TTTN", "CCCC"], unknown="skip")
    assert scores_of(model, some).tolist() == [1, 1, 1]
    assert (tmp_path / "seen").read_text() == ">0\nACGU\n>1\nUUUN\n>2\nCCCC\n"


def test_a_string_is_split_and_no_shell_runs() -> None:
    some = PackedSequences.from_strings(["ACGT"])
    code = "import sys; print(len(sys.argv[1]))"
    model = Command(f"'{sys.executable}' -c '{code}' '$HOME; ls'")
    assert scores_of(model, some).tolist() == [9]
    assert about_model(model)["command"] == model.words
    assert wrap(model) is model


def test_lines_as_on_windows(program: Any, sequences: PackedSequences) -> None:
    text = GOOD.replace("flush", "end='\\r\\n', flush")
    np.testing.assert_array_equal(scores_of(program(text), sequences), n_g(sequences))


def test_a_last_line_without_its_end(program: Any) -> None:
    model = program("import sys; sys.stdin.read(); print(7, end='')")
    assert scores_of(model, PackedSequences.from_strings(["ACGT"])).tolist() == [7]


def test_pipes_do_not_fill_up(program: Any, per_batch: bool) -> None:
    # a megabyte into each pipe before anything is read
    text = (
        "import sys\nfor line in iter(sys.stdin.readline, ''):\n"
        "    sys.stderr.write('e' * 1000000)\n"
        "    print(len(line) - 1, '\\t'.join(['1'] * 20000), sep='\\t', flush=True)\n"
    )
    some = PackedSequences.from_codes(np.zeros((20, 100_000), np.uint8))
    scores = scores_of(program(text, per_batch=per_batch, output=0), some)
    assert scores.tolist() == [100_000] * 20


# --------------------------------------------------------------------------------- failures


def test_one_that_dies_once(
    program: Any, per_batch: bool, tmp_path: Path, sequences: PackedSequences
) -> None:
    text = """
import os, sys
for n, line in enumerate(sys.stdin):
    if n == 50 and not os.path.exists("died"):
        open("died", "w").close()
        os.kill(os.getpid(), 9)
    print(line.count("G"), flush=True)
"""
    model = program(text, per_batch=per_batch, batch_size=100)
    np.testing.assert_array_equal(scores_of(model, sequences), n_g(sequences))
    assert (tmp_path / "died").exists()
    (tmp_path / "died").unlink()
    with pytest.raises(FastMIError, match=r"sequences 0 to 99: it was ended by SIGKILL$"):
        scores_of(program(text, per_batch=per_batch, batch_size=100, retries=0), sequences)


def test_one_that_always_dies(
    program: Any, per_batch: bool, sequences: PackedSequences
) -> None:
    text = "import sys\n" + "sys.exit('no such\\nweights')"
    message = (
        "the command failed at sequences 5,000 to 5,999: it ended with status 1, 3 times in a "
        "row; its last words: no such weights"
    )
    with pytest.raises(FastMIError, match=message):
        scores_of(program(text, per_batch=per_batch, retries=2), sequences, 5000)


def test_one_that_ends_early_without_an_error(program: Any) -> None:
    some = PackedSequences.from_strings(["ACGT"] * 3)
    text = "print(input().count('G'), flush=True)"
    message = "sequences 0 to 2: it wrote 1 line for 3 sequences"
    with pytest.raises(FastMIError, match=message):
        scores_of(program(text), some)
    message = "it ended before all was answered, 2 times in a row"
    with pytest.raises(FastMIError, match=message):
        scores_of(program(text, per_batch=False), some)


def test_an_error_behind_all_answers(program: Any, sequences: PackedSequences) -> None:
    with pytest.raises(FastMIError, match=r"it ended with status 3, 2 times in a row$"):
        scores_of(program(GOOD + "sys.exit(3)"), sequences)


@pytest.mark.parametrize("what", ["import time; time.sleep(100)", "while True: pass"])
def test_one_that_hangs(
    program: Any, per_batch: bool, what: str, sequences: PackedSequences
) -> None:
    model = program(what, per_batch=per_batch, timeout=0.5)
    with pytest.raises(FastMIError, match=r"to 999: it did not answer within 0\.5 s") as caught:
        scores_of(model, sequences)
    assert ("must flush its output" in str(caught.value)) is not per_batch


def test_one_that_answers_before_it_is_asked(
    program: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answered(*given: Any) -> Process:
        process = Process(*given)
        while not process.has_more(0.01):
            pass
        return process

    monkeypatch.setattr("fastmi.models.command.Process", answered)
    model = program("import sys; print(1, flush=True); sys.stdin.read()")
    assert scores_of(model, PackedSequences.from_strings(["ACGT"])).tolist() == [1]


def test_one_that_closes_stdout_and_hangs(program: Any) -> None:
    text = "import os, time; print(1, flush=True); os.close(1); time.sleep(100)"
    with pytest.raises(FastMIError, match=r"did not answer within 0\.5 s"):
        scores_of(program(text, timeout=0.5), PackedSequences.from_strings(["ACGT"]))


def test_one_that_never_stops_writing(
    program: Any, per_batch: bool, sequences: PackedSequences
) -> None:
    for text in ("while True: print(1)", "print(*range(1001), sep='\\n', flush=True); input()"):
        with pytest.raises(FastMIError, match="to 999: it wrote more than one line a sequence"):
            scores_of(program(text, per_batch=per_batch), sequences)
    text = "import sys\nwhile True: sys.stdout.write('1' * 1000)"
    with pytest.raises(FastMIError, match="to 999: it wrote 1 line for 1,000 sequences"):
        scores_of(program(text, per_batch=per_batch), sequences)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("'loading model'", "writes 'loading model' for sequence 7, allowed are numbers sepa"),
        ("''", "writes '' for sequence 7, allowed are numbers"),
        ("'1_0'", "writes '1_0' for sequence 7, allowed are numbers"),
        ("'1,5'", "writes '1,5' for sequence 7, allowed are numbers"),
        ("'x' * 1000", r"writes 'x{80}' for sequence 7, allowed are numbers"),
        ("'1\\t2'", "writes 2 numbers for sequence 7 and 1 for the first"),
        ("'nan'", r"the model gives nan for sequence 7 \([ACGT]{12}\), allowed are finite nu"),
        ("'1\\n2'", "it wrote more than one line a sequence"),
    ],
)
def test_bad_lines(
    program: Any, per_batch: bool, bad: str, message: str, sequences: PackedSequences
) -> None:
    text = f"""
import sys
for n, line in enumerate(sys.stdin):
    print({bad} if n == 7 else 1, flush=True)
"""
    with pytest.raises(FastMIError, match=message):
        scores_of(program(text, per_batch=per_batch), sequences)


def test_a_line_too_many_for_the_batch_before(program: Any, tmp_path: Path) -> None:
    text = """
import sys, time
for n, line in enumerate(sys.stdin):
    print(1, flush=True)
    if n == 1:
        time.sleep(0.2)
        print(9, flush=True)
        open("written", "w").close()
"""
    model = program(text, per_batch=False)
    some = PackedSequences.from_strings(["ACGT"] * 2)
    assert scores_of(model, some).tolist() == [1, 1]
    while not (tmp_path / "written").exists():
        time.sleep(0.01)
    time.sleep(0.2)
    with pytest.raises(FastMIError, match="it wrote more than one line a sequence"):
        scores_of(model, some)
    assert scores_of(model, some).tolist() == [1, 1]  # a new process


def test_another_number_of_scores_in_a_later_batch(program: Any) -> None:
    text = "import sys\nfor line in sys.stdin: print(1, *['\\t2'] * (line[0] == 'T'), sep='')"
    some = PackedSequences.from_strings(["AC", "AC", "TC"])
    with pytest.raises(
        FastMIError, match=r"writes another number .* than before, for sequence 2"
    ):
        scores_of(program(text, batch_size=2), some)


@pytest.mark.parametrize(
    ("command", "options", "kind", "message"),
    [
        ([], {}, TypeError, "command must be a program and its arguments"),
        (["python", 3], {}, TypeError, "command must be a program and its arguments"),
        ("no-such-program -x", {}, ValueError, "there is no program 'no-such-program'"),
        (
            "cat",
            {"format": "json"},
            ValueError,
            "format must be 'lines' or 'fasta', got 'json'",
        ),
        ("cat", {"timeout": 0}, ValueError, "timeout must be above 0 seconds, or None, got 0"),
        ("cat", {"batch_size": 0}, ValueError, "batch_size must be 1 or more, got 0"),
        ("cat", {"batch_size": 1.5}, TypeError, "batch_size must be a whole number, got 1.5"),
        ("cat", {"retries": -1}, ValueError, "retries must be 0 or more, got -1"),
    ],
)
def test_wrong_parameters(
    command: Any, options: dict[str, Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        Command(command, **options)


# ---------------------------------------------------------------------------- what is left


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and ") Z " in state.read_text())


def wait_until_gone(pid: int) -> bool:
    until = time.monotonic() + 20
    while is_alive(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return not is_alive(pid)


CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
open("pid", "w").write(str(child.pid))
"""


def test_what_it_started_ends_with_it(program: Any, tmp_path: Path) -> None:
    some = PackedSequences.from_strings(["ACGT"])
    with pytest.raises(FastMIError, match="did not answer within 2 s"):
        scores_of(program(CHILD + "time.sleep(1000)", timeout=2), some)
    assert wait_until_gone(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize("how", ["close", "forgotten"])
def test_one_that_is_kept_running_ends(program: Any, tmp_path: Path, how: str) -> None:
    text = "import os; open('pid', 'w').write(str(os.getpid()))\n" + GOOD
    model = program(text, per_batch=False)
    scores_of(model, PackedSequences.from_strings(["ACGT"]))
    pid = int((tmp_path / "pid").read_text())
    assert is_alive(pid)
    if how == "close":
        model.close()
    del model
    gc.collect()
    assert wait_until_gone(pid)


def test_ctrl_c_ends_it(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(CHILD + "time.sleep(1000)")
    text = f"""
from fastmi import PackedSequences
from fastmi.models import Command
Command([{sys.executable!r}, "model.py"]).predict(PackedSequences.from_strings(["ACGT"]))
"""
    home = str(Path(fastmi.__file__).resolve().parents[1])
    running = subprocess.Popen(
        [sys.executable, "-c", text],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": home},
        stderr=subprocess.PIPE,
        text=True,
    )
    pid = tmp_path / "pid"
    while not (pid.exists() and pid.read_text()):
        assert running.poll() is None
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    assert "KeyboardInterrupt" in running.communicate(timeout=30)[1]
    assert wait_until_gone(int(pid.read_text()))


def test_no_thread_or_pipe_is_left(program: Any, sequences: PackedSequences) -> None:
    model = program(GOOD, batch_size=300)
    scores_of(model, sequences)
    threads, pipes = threading.active_count(), len(os.listdir("/proc/self/fd"))
    scores_of(model, sequences)
    assert threading.active_count() == threads
    assert len(os.listdir("/proc/self/fd")) == pipes
