"""Models without frameworks: what functions are given, batches, what is believed of scores."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastmi
from conftest import random_codes
from fastmi import FastMIError, PackedSequences
from fastmi.models import Model, about_model, scores_of, stdout_to_stderr, wrap
from fastmi.models._batches import Sizes

LENGTH = 13
WEIGHTS = np.random.default_rng(5).normal(size=(LENGTH, 4)).astype(np.float32)


@pytest.fixture
def sequences(rng: np.random.Generator) -> PackedSequences:
    """Some DNA without missing letters."""
    return PackedSequences.from_codes(random_codes(rng, 1000, LENGTH, 4))


def linear(x: np.ndarray) -> np.ndarray:
    """A score that any layout "NLA" batch gives, exact to rounding."""
    return (x * WEIGHTS).sum((1, 2))


def expected(sequences: PackedSequences) -> np.ndarray:
    """The same from the codes."""
    return WEIGHTS[np.arange(LENGTH), sequences.to_codes()].sum(1)


# ------------------------------------------------------------------------- what a model takes


def one_hot_of(codes: np.ndarray, size: int, unknown: float) -> np.ndarray:
    table = np.full((256, size), unknown)
    table[:size] = np.eye(size)
    return table[codes]


@pytest.mark.parametrize("size", [2, 4, 5, 20])
@pytest.mark.parametrize(
    "layout", ["NLA", "NAL", "N1LA", "NL1A", "NLA1", "N1AL", "NA1L", "NAL1"]
)
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "u1", "i8"])
def test_one_hot(size: int, layout: str, dtype: str, rng: np.random.Generator) -> None:
    codes = random_codes(rng, 70, 9, size, missing=0.1)
    letters = "ACDEFGHIKLMNPQRSTVWY"[:size] if size != 4 else "ACGT"
    sequences = PackedSequences.from_codes(codes, letters, unknown="skip")
    unknown = 0.25 if dtype[0] == "f" else 3
    seen = []

    def model(x: np.ndarray) -> np.ndarray:
        seen.append(x.copy())
        return np.zeros(len(x))

    wrapped = wrap(model, takes="one_hot", layout=layout, dtype=dtype, unknown_value=unknown)
    scores_of(wrapped, sequences)
    wanted = one_hot_of(codes, size, unknown)
    if layout.index("A") < layout.index("L"):
        wanted = wanted.transpose(0, 2, 1)
    assert seen[0].dtype == dtype
    assert seen[0].flags.c_contiguous
    ones = tuple(axis for axis, name in enumerate(layout) if name == "1")
    np.testing.assert_array_equal(seen[0], np.expand_dims(wanted, ones))


@pytest.mark.parametrize("size", [4, 20])
@pytest.mark.parametrize("layout", ["NLA", "NAL"])
@pytest.mark.parametrize("dtype", ["f4", "f8", "u1", "?", "g", ">f4"])
def test_one_hot_of_packed_sequences(
    size: int, layout: Any, dtype: str, rng: np.random.Generator
) -> None:
    for length in (1, 3, 4, 7, 8, 9, 33):
        codes = random_codes(rng, 40, length, size, missing=0.1)
        alphabet = "dna" if size == 4 else "protein"
        sequences = PackedSequences.from_codes(codes, alphabet, unknown="skip")
        wanted = one_hot_of(codes, size, 0)
        found = sequences.to_one_hot(layout, dtype)
        assert found.dtype == np.dtype(dtype)
        np.testing.assert_array_equal(
            found, wanted if layout == "NLA" else wanted.transpose(0, 2, 1)
        )


def test_no_sequences_are_no_array() -> None:
    none = PackedSequences.from_strings(["ACGTA"])[:0]
    assert none.to_one_hot().shape == (0, 5, 4)
    assert scores_of(wrap(lambda x: 1 / 0, takes="one_hot"), none).shape == (0,)


def test_letters_in_another_order() -> None:
    sequences = PackedSequences.from_strings(["ACGTN"], unknown="skip")
    seen: list[Any] = []

    def model(x: Any) -> list[int]:
        seen.append(x.tolist() if isinstance(x, np.ndarray) else x)
        return [0]

    scores_of(wrap(model, takes="codes", alphabet="AGCT"), sequences)
    scores_of(wrap(model, takes="codes", alphabet="AGCT", dtype="i8"), sequences)
    scores_of(wrap(model, takes="strings", alphabet="rna"), sequences)
    scores_of(wrap(model, takes="one_hot", alphabet="AGCT"), sequences)
    scores_of(wrap(model, takes="one_hot", alphabet="TGCA-"), sequences)  # a column for gaps
    assert seen[0] == seen[1] == [[0, 2, 1, 3, 255]]
    assert seen[2] == ["ACGUN"]
    assert np.argmax(seen[3][0], 1).tolist() == [0, 2, 1, 3, 0]
    assert np.sum(seen[3]) == 4
    assert np.argmax(seen[4][0], 1).tolist() == [3, 2, 1, 0, 0]
    assert np.shape(seen[4]) == (1, 5, 5)


def test_an_alphabet_without_a_letter() -> None:
    protein = PackedSequences.from_strings(["ACDEF"], "protein")
    with pytest.raises(FastMIError, match=r"alphabet 'ACGT' has no 'D', which .* \(protein\)"):
        scores_of(wrap(len, takes="strings", alphabet="dna"), protein)


def test_strings_and_codes(sequences: PackedSequences) -> None:
    strings = wrap(lambda s: [x.count("G") for x in s], takes="strings", batch_size=7)
    codes = wrap(lambda c: (c == 2).sum(1), takes="codes", batch_size=300)
    wanted = (sequences.to_codes() == 2).sum(1)
    np.testing.assert_array_equal(scores_of(strings, sequences), wanted)
    np.testing.assert_array_equal(scores_of(codes, sequences), wanted)


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({}, TypeError, "takes= must say what the function takes: 'strings', 'codes' or 'one_"),
        ({"takes": "text"}, ValueError, "takes must be one of strings, codes, one_hot, got 't"),
        (
            {"takes": "codes", "layout": "NLA"},
            ValueError,
            "layout is for takes='one_hot', not ",
        ),
        (
            {"takes": "one_hot", "layout": "LNA"},
            ValueError,
            "layout must be 'NLA' or 'NAL', or",
        ),
        ({"takes": "one_hot", "layout": "N"}, ValueError, "layout must be 'NLA' or 'NAL', or"),
        ({"takes": "one_hot", "dtype": "S4"}, ValueError, "dtype must be one of whole or real"),
        (
            {"takes": "one_hot", "unknown_value": np.nan},
            ValueError,
            "unknown_value must be a f",
        ),
        (
            {"takes": "one_hot", "batch_size": 0},
            ValueError,
            "batch_size must be 1 or more, got",
        ),
        (
            {"takes": "one_hot", "batch_size": "all"},
            TypeError,
            "batch_size must be a whole num",
        ),
        (
            {"takes": "one_hot", "batch_size": True},
            TypeError,
            "batch_size must be a whole numb",
        ),
        (
            {"takes": "one_hot", "device": "cpu"},
            TypeError,
            "a function takes no device=, allow",
        ),
    ],
)
def test_wrong_options(options: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        wrap(linear, **options)


# ------------------------------------------------------------------------------ recognising


class Ours:
    """A model of the caller's own."""

    def predict(self, sequences: PackedSequences) -> np.ndarray:
        return expected(sequences)


def test_a_model_is_given_back() -> None:
    model = Ours()
    assert wrap(model) is model
    assert isinstance(model, Model)
    wrapped = wrap(linear, takes="one_hot")
    assert wrap(wrapped) is wrapped
    with pytest.raises(TypeError, match="a Ours is a model already and takes no batch_size="):
        wrap(model, batch_size=3)


def test_an_object_that_takes_arrays(sequences: PackedSequences) -> None:
    class Theirs:
        def predict(self, x: np.ndarray) -> np.ndarray:
            return linear(x)

    model = wrap(Theirs(), takes="one_hot")
    np.testing.assert_allclose(scores_of(model, sequences), expected(sequences), atol=1e-5)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (3, "a int is no model: allowed are an object with predict"),
        ("model.bin", "model.bin is no model: allowed are .onnx, .keras and .h5 files and Sav"),
        ("model.pt", "model.pt may run code when it is loaded: load it yourself if you trust"),
        (Path("nothing"), "nothing is no model: allowed are"),
    ],
)
def test_what_is_no_model(model: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        wrap(model)


def test_no_framework_is_loaded() -> None:
    code = (
        "import sys, fastmi.models; m = fastmi.models.wrap(len, takes='strings'); "
        "print([x for x in ('torch', 'keras', 'tensorflow', 'onnxruntime', 'sklearn', 'scipy',"
        "'matplotlib') if x in sys.modules])"
    )
    home = str(Path(fastmi.__file__).resolve().parents[1])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": home},
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    assert done.stdout.strip() == "[]"


def test_a_missing_framework_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"none")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(
        ImportError, match=r'an ONNX model needs .*pip install "fastmi\[onnx\]"'
    ):
        wrap(path)
    monkeypatch.setitem(sys.modules, "keras", None)
    path = path.with_suffix(".keras")
    path.write_bytes(b"none")
    with pytest.raises(ImportError, match=r'pip install "fastmi\[keras\]"'):
        wrap(path)


def test_what_models_say_of_themselves() -> None:
    assert about_model(Ours()) == {"what": "test_models.Ours"}
    about = about_model(wrap(linear, takes="one_hot", layout="NLA"))
    assert about["name"] == "test_models.linear"
    assert about["layout"] == "NLA"


# ---------------------------------------------------------------------------------- batches


@pytest.mark.parametrize("batch_size", [1, 7, 999, 1000, 5000, "auto"])
def test_batches_give_the_same(batch_size: Any, sequences: PackedSequences) -> None:
    sizes = []

    def model(x: np.ndarray) -> np.ndarray:
        sizes.append(len(x))
        return linear(x)

    wrapped = wrap(model, takes="one_hot", batch_size=batch_size)
    scores = scores_of(wrapped, sequences)
    assert scores.dtype == np.float64
    np.testing.assert_allclose(scores, expected(sequences), atol=1e-5)
    assert sum(sizes) == 1000
    if batch_size != "auto":
        assert max(sizes) == min(batch_size, 1000)


def test_a_view_of_the_batch_is_copied(sequences: PackedSequences) -> None:
    model = wrap(lambda x: x[:, 3, 1], takes="one_hot", batch_size=10)
    wanted = sequences.to_codes()[:, 3] == 1
    np.testing.assert_array_equal(scores_of(model, sequences), wanted)


def test_a_model_that_changes_its_input(sequences: PackedSequences) -> None:
    before = sequences.rows.copy()

    def spoil(x: np.ndarray) -> np.ndarray:
        scores = linear(x)
        x[:] = 7
        return scores

    scores = scores_of(wrap(spoil, takes="one_hot", batch_size=10), sequences)
    np.testing.assert_allclose(scores, expected(sequences), atol=1e-5)

    class Spoiler:
        def predict(self, sequences: PackedSequences) -> np.ndarray:
            sequences.rows[:] = 0
            return np.zeros(len(sequences))

    with pytest.raises(FastMIError, match="ValueError: assignment destination is read-only"):
        scores_of(Spoiler(), sequences)
    np.testing.assert_array_equal(sequences.rows, before)
    assert sequences.rows.flags.writeable


def test_sequences_with_weights_and_missing_letters_are_read_only_too() -> None:
    sequences = PackedSequences.from_strings(["ACGN"], unknown="skip").with_weights([2])

    class Looking:
        def predict(self, given: PackedSequences) -> list[float]:
            assert given == sequences
            assert given.mask is not None
            assert not given.mask.flags.writeable
            return [1]

    assert scores_of(Looking(), sequences).tolist() == [1]


class OutOfMemoryError(RuntimeError):
    """As torch.cuda's is called."""


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OutOfMemoryError("CUDA"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
        RuntimeError("Failed to allocate memory for requested buffer of size 17"),
        RuntimeError("RESOURCE_EXHAUSTED: Out of memory while trying to allocate"),
    ],
)
@pytest.mark.parametrize("batch_size", [600, "auto"])
def test_batches_are_halved_where_memory_runs_out(
    error: Exception, batch_size: Any, sequences: PackedSequences
) -> None:
    sizes = []

    def model(x: np.ndarray) -> np.ndarray:
        if len(x) > 100:
            raise error
        sizes.append(len(x))
        return linear(x)

    wrapped = wrap(model, takes="one_hot", batch_size=batch_size)
    np.testing.assert_allclose(scores_of(wrapped, sequences), expected(sequences), atol=1e-5)
    assert sum(sizes) == 1000  # none twice, none left out
    assert max(sizes) == (75 if batch_size == 600 else 64)
    scores_of(wrapped, sequences)
    assert max(sizes) <= 75  # not tried again


def test_memory_that_runs_out_in_the_middle(sequences: PackedSequences) -> None:
    seen = []

    def model(x: np.ndarray) -> np.ndarray:
        seen.append(len(x))
        if len(seen) == 3:
            raise MemoryError
        return linear(x)

    scores = scores_of(wrap(model, takes="one_hot", batch_size=100), sequences)
    np.testing.assert_allclose(scores, expected(sequences), atol=1e-5)
    assert seen == [100] * 3 + [50] * 16


def test_a_sequence_that_does_not_fit(sequences: PackedSequences) -> None:
    def model(x: np.ndarray) -> np.ndarray:
        raise MemoryError("no room for a thing")

    message = "memory ran out in a batch that cannot be smaller, at sequence 5,000: no room for"
    with pytest.raises(FastMIError, match=message):
        scores_of(wrap(model, takes="one_hot"), sequences, 5000)


def test_sizes_grow_while_that_makes_it_faster() -> None:
    sizes = Sizes("auto")
    seen = []
    for _ in range(40):
        n = sizes.now(100)
        seen.append(n)
        sizes.took(n, 1.0 if n <= 4096 else n / 4096)
    assert sorted(set(seen)) == [256, 512, 1024, 2048, 4096, 8192]
    assert seen[-1] == 8192  # neither faster nor slower
    slow = Sizes("auto")
    for _ in range(40):
        n = slow.now(100)
        slow.took(n, 1.0 if n <= 512 else 100.0)
    assert slow.now(100) == 512


def test_sizes_are_bounded_by_memory() -> None:
    sizes = Sizes("auto")
    assert sizes.now(1 << 30) == 1
    assert sizes.now(1 << 24) == 16
    assert Sizes(3000).now(1 << 24) == 3000  # as asked for


def test_no_thread_is_left(sequences: PackedSequences) -> None:
    before = threading.active_count()
    for batch_size in (1, 10, 1000):
        scores_of(wrap(linear, takes="one_hot", batch_size=batch_size), sequences)
    with pytest.raises(FastMIError):
        scores_of(wrap(lambda x: 1 / 0, takes="one_hot", batch_size=3), sequences)
    assert threading.active_count() == before


# ----------------------------------------------------------------- what is believed of scores


@pytest.mark.parametrize(
    "convert",
    [
        lambda s: s,
        lambda s: s.astype(np.float16),
        lambda s: (s * 10).astype(int),
        lambda s: s > 0,
        lambda s: s[:, None],
        lambda s: s.tolist(),
        lambda s: s[:, None].tolist(),
        lambda s: list(s),
        lambda s: [s],
        lambda s: {"only": s},
        lambda s: np.asfortranarray(np.stack([s, 2 * s], 1)),
    ],
)
def test_good_scores(convert: Any, sequences: PackedSequences) -> None:
    wanted = convert(expected(sequences))
    wanted = wanted["only"] if isinstance(wanted, dict) else wanted
    wanted = wanted[0] if isinstance(wanted, list) and len(wanted) == 1 else wanted
    scores = scores_of(wrap(lambda x: convert(expected(sequences)), takes="strings",
                            batch_size=1000), sequences)  # fmt: skip
    assert scores.dtype == np.float64
    np.testing.assert_array_equal(scores, np.squeeze(np.asarray(wanted, np.float64)))


def test_one_score_that_was_squeezed() -> None:
    one = PackedSequences.from_strings(["ACGT"])
    assert scores_of(wrap(lambda s: np.float32(3), takes="strings"), one).tolist() == [3]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (lambda s: s[1:], "the model gives 9 scores for 10 sequences, 1,000 to 1,009$"),
        (lambda s: np.append(s, 1), "the model gives 11 scores for 10 sequences, 1,000 to 1,0"),
        (lambda s: s.reshape(10, 1, 1), r"of shape \(10, 1, 1\) for sequences 1,000 to 1,009, "
                                        r"allowed are \(10,\) and \(10, heads\)"),
        (lambda s: s[0], r"an array of shape \(\) for sequences 1,000"),
        (lambda s: np.zeros((10, 0)), "no score at all: its output has no column"),
        (lambda s: None, "the model gives an array of object, allowed are real numbers"),
        (lambda s: s.astype(str), "the model gives an array of <U.*, allowed are real numbers"),
        (lambda s: s + 1j, "the model gives an array of complex64, allowed are real numbers"),
        (lambda s: [[1, 2], [3]] * 5, "what the model gives cannot be made an array: "),
        (lambda s: [s, s], "the model has 2 outputs: output= says which of 0, 1$"),
        (lambda s: {"a": s, "b": s}, "the model has 2 outputs: output= says which of 'a', 'b'"),
        (lambda s: np.where(np.arange(10) == 7, np.nan, s), r"gives nan for sequence 1,007 "
                                           r"\([ACGT]{13}\), allowed are finite numbers"),
        (lambda s: np.where(np.arange(10) > 7, -np.inf, s), "gives -inf for sequence 1,008"),
        (lambda s: np.eye(10, 3) / [1, 1, 0], "gives nan in column 2 for sequence 1,000"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")
def test_bad_scores(bad: Any, message: str, sequences: PackedSequences) -> None:
    class Bad:
        def predict(self, given: PackedSequences) -> Any:
            return bad(expected(given))

    some = sequences[:10]
    with pytest.raises(FastMIError, match=message):
        scores_of(Bad(), some, 1000)
    with pytest.raises(FastMIError, match=message):
        scores_of(wrap(lambda c: bad(expected(some)), takes="codes"), some, 1000)


def test_the_message_names_the_sequence() -> None:
    sequences = PackedSequences.from_strings(["ACGT", "TTTT", "GACA" * 1])
    model = wrap(lambda s: [np.nan if x == "TTTT" else 1 for x in s], takes="strings")
    with pytest.raises(FastMIError, match=r"^the model gives nan for sequence 1 \(TTTT\), all"):
        scores_of(model, sequences)
    long = PackedSequences.from_strings(["A" * 1000])
    with pytest.raises(FastMIError, match=r"sequence 0 \(A{60}\.\.\.\), allowed"):
        scores_of(wrap(lambda s: [np.inf], takes="strings"), long)


def test_a_model_that_raises_in_a_late_batch(sequences: PackedSequences) -> None:
    calls = []

    def model(x: np.ndarray) -> np.ndarray:
        calls.append(len(x))
        if len(calls) == 73:
            raise KeyError("layer {9}\n of the model")
        return linear(x)

    message = r"the model failed at sequences 2,720 to 2,729: KeyError: 'layer \{9\}\\n of"
    with pytest.raises(FastMIError, match=message) as caught:
        scores_of(wrap(model, takes="one_hot", batch_size=10), sequences, 2000)
    assert isinstance(caught.value.__cause__, KeyError)
    assert len(calls) == 73


def test_a_model_that_is_interrupted(sequences: PackedSequences) -> None:
    def model(x: np.ndarray) -> np.ndarray:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scores_of(wrap(model, takes="one_hot", batch_size=10), sequences)


def test_heads_that_change_from_batch_to_batch(sequences: PackedSequences) -> None:
    def model(x: np.ndarray) -> np.ndarray:
        return np.zeros((len(x), 2 if len(x) == 300 else 3))

    message = "gives 3 scores a sequence at sequences 900 to 999, 2 scores before"
    with pytest.raises(FastMIError, match=message):
        scores_of(wrap(model, takes="one_hot", batch_size=300), sequences)


# ---------------------------------------------------------------------------------- outputs


@pytest.mark.parametrize(
    ("output", "columns"),
    [(0, [0]), (2, [2]), (-1, [2]), ([2, 0], [2, 0]), ([1], [1]), (None, [0, 1, 2])],
)
def test_columns(output: Any, columns: list[int], sequences: PackedSequences) -> None:
    model = wrap(lambda c: c[:, :3], takes="codes", output=output, batch_size=99)
    wanted = np.squeeze(sequences.to_codes()[:, columns])
    np.testing.assert_array_equal(scores_of(model, sequences), wanted)


@pytest.mark.parametrize(
    ("output", "columns"),
    [("b", [1, 2]), (0, [0]), (-1, [1, 2]), (["b", "a"], [1, 2, 0]), ([0, 1], [0, 1, 2])],
)
def test_outputs(output: Any, columns: list[int], sequences: PackedSequences) -> None:
    model = wrap(lambda c: {"a": c[:, 0], "b": c[:, 1:3]}, takes="codes", output=output)
    wanted = np.squeeze(sequences.to_codes()[:, columns])
    np.testing.assert_array_equal(scores_of(model, sequences), wanted)
    if "a" not in np.atleast_1d(output) and output != "b":
        model = wrap(lambda c: (c[:, 0], c[:, 1:3]), takes="codes", output=output)
        np.testing.assert_array_equal(scores_of(model, sequences), wanted)


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (3, r"output=3 is not there: the model has one output of 3 columns, 0 to 2"),
        ("a", r"output='a' is not there: the model has one output of 3 columns, 0 to 2"),
    ],
)
def test_columns_that_are_not_there(
    output: Any, message: str, sequences: PackedSequences
) -> None:
    with pytest.raises(FastMIError, match=message):
        scores_of(wrap(lambda c: c[:, :3], takes="codes", output=output), sequences)


def test_an_output_that_is_not_there(sequences: PackedSequences) -> None:
    model = wrap(lambda c: {"a": c[:, 0], "b": c[:, 1]}, takes="codes", output="c")
    with pytest.raises(FastMIError, match="output='c' is not there: the model has 'a', 'b'"):
        scores_of(model, sequences)


# ----------------------------------------------------------------------------------- stdout


def test_what_a_model_prints_goes_to_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    print("before")
    with stdout_to_stderr():
        print("from Python")
        os.write(1, b"from C\n")
        subprocess.run(["echo", "from a child"], check=True)
    print("after")
    found = capfd.readouterr()
    assert found.out == "before\nafter\n"
    for words in ("from Python", "from C", "from a child"):
        assert words in found.err


def test_stdout_is_back_after_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError), stdout_to_stderr():
        _ = 1 / 0
    print("after")
    assert capfd.readouterr().out == "after\n"
