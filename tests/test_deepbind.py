"""DeepBind: published scores, the oracle, the same bits however asked, files that are none."""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import fastmi
from fastmi import FastMIError, PackedSequences, _core, _deepbind, simulate
from fastmi.models import _deepbind_reference, deepbind

ALL = (
    *("D00114.002", "D00120.001", "D00123.001", "D00123.002", "D00162.002"),
    *("D00179.001", "D00198.001", "D00210.001", "D00328.003", "D00410.003"),
)
PUBLISHED = [  # of D00210.001, D00120.001, D00410.003, D00328.003
    ("AGGUAAUAAUUUGCAUGAAAUAACUUGGAGAGGAUAGC", (7.451420, -0.166146, -0.408751, -0.026180)),
    ("AGACAGAGCUUCCAUCAGCGCUAGCAGCAGAGACCAUU", (-0.155398, 4.113817, 0.516956, -0.248167)),
    ("GAGGTTACGCGGCAAGATAA", (-0.140683, 0.181295, 5.885349, -0.026180)),
    ("TACCACTAGGGGGCGCCACC", (-0.174985, -0.152521, -0.379695, 17.682623)),
]
# by the oracle, so that any machine can hold the models that come along against them
SOME = [
    *("AUAUAGAUAUAGAUAUAG", "GGCCGGCCGGCC", "U"),
    "GUAGUNAGUUUAGUAGGGCAUUAGUAGUAGCUUAGUUAGUACCGAU",
]
FROZEN = {
    "D00123.001": (3.035008, -0.292589, -0.216640, 4.749257),
    "D00123.002": (4.036007, -0.321888, -0.188585, 6.482897),
    "D00198.001": (0.273523, 0.064933, -0.089932, 0.744963),
}
FLOAT32 = 1e-5  # absolute; the largest difference seen in float32 is 4e-6, of D00410.003


def random_strings(
    rng: np.random.Generator, lengths: Any, letters: str = "ACGU", missing: float = 0.05
) -> list[str]:
    shares = [(1 - missing) / 4] * 4 + [missing]
    return ["".join(rng.choice(list(letters + "N"), n, p=shares)) for n in lengths]


def reverse_complement(sequence: str) -> str:
    return sequence[::-1].translate(str.maketrans("ACGTU", "TGCAA"))


@pytest.fixture(scope="module")
def rbms1() -> deepbind.DeepBind:
    return deepbind.load("RBMS1")


# ---------------------------------------------------------------------------------- scores


@pytest.mark.parametrize("column", range(4))
def test_published_scores(shared: Path, column: int) -> None:
    name = ("D00210.001", "D00120.001", "D00410.003", "D00328.003")[column]
    model = deepbind.load(shared / "deepbind" / f"{name}.txt")
    sequences, scores = zip(*PUBLISHED, strict=True)
    assert_allclose(model.predict(sequences), [s[column] for s in scores], rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", ALL)
def test_every_model_agrees_with_the_oracle(
    shared: Path, name: str, rng: np.random.Generator
) -> None:
    model = deepbind.load(str(shared / "deepbind" / f"{name}.txt"))
    sequences = random_strings(rng, range(1, 101))
    expected = _deepbind_reference.scores(model.parameters, sequences)
    assert_allclose(model.predict(sequences), expected, rtol=0, atol=FLOAT32)
    assert len(set(expected.round(4))) > 25  # they tell sequences apart
    assert model.name == name


@pytest.mark.parametrize("name", FROZEN)
def test_models_that_come_along(name: str) -> None:
    model = deepbind.load(name)
    assert_allclose(model.predict(SOME), FROZEN[name], rtol=0, atol=FLOAT32)
    assert_allclose(
        _deepbind_reference.scores(model.parameters, SOME), FROZEN[name], rtol=0, atol=1e-6
    )


@pytest.mark.parametrize("name", ["D00328.003", "D00410.003"])
def test_both_strands(shared: Path, name: str, rng: np.random.Generator) -> None:
    model = deepbind.load(shared / "deepbind" / f"{name}.txt")
    assert model.both_strands
    sequences = random_strings(rng, [1, 7, 20, 30, 31, 64, 101], "ACGT")
    others = [reverse_complement(s) for s in sequences]
    assert_array_equal(model.predict(sequences), model.predict(others))


def test_one_strand_is_not_the_other() -> None:
    model = deepbind.load("MSI1")
    assert not model.both_strands
    there, other = model.predict(["GUAGUGUUAGUUGUAGU", reverse_complement("GUAGUGUUAGUUGUAGU")])
    assert there > other + 1


def test_a_long_sequence_has_the_score_of_its_best_window(
    rbms1: deepbind.DeepBind, rng: np.random.Generator
) -> None:
    assert rbms1.window_length == 24
    (sequence,) = random_strings(rng, [70])
    windows = [sequence[at : at + 24] for at in range(70 - 24 + 1)]
    assert rbms1.predict([sequence])[0] == rbms1.predict(windows).max()


def test_sequences_of_several_pieces(
    rbms1: deepbind.DeepBind, rng: np.random.Generator
) -> None:
    sequences = random_strings(rng, [87, 88, 151, 152, 400])
    expected = _deepbind_reference.scores(rbms1.parameters, sequences)
    assert_allclose(rbms1.predict(sequences), expected, rtol=0, atol=FLOAT32)


def test_letters(rbms1: deepbind.DeepBind) -> None:
    rna = ["AUAUAGAUNUAGAUAUAG", "UUUUUUUUUUUUUUUUUUUUUUUUUUUUUU"]
    expected = rbms1.predict(rna)
    assert_array_equal(rbms1.predict([s.replace("U", "T") for s in rna]), expected)
    assert_array_equal(rbms1.predict([s.lower() for s in rna]), expected)
    assert_array_equal(rbms1.predict([s.encode() for s in rna]), expected)
    assert_array_equal(rbms1.predict([s.replace("N", "-") for s in rna]), expected)
    assert rbms1.predict(["AUAUAGAUAUAGAUAUAG"])[0] != expected[0]


def test_padding_is_n(rbms1: deepbind.DeepBind) -> None:
    assert_allclose(
        rbms1.predict(["N", "NNNNNNNN", "N" * 50]),
        _deepbind_reference.scores(rbms1.parameters, ["N", "NNNNNNNN", "N" * 50]),
        rtol=0,
        atol=FLOAT32,
    )


# --------------------------------------------------------------------- however it is asked


@pytest.fixture(scope="module")
def packed() -> PackedSequences:
    rng = np.random.default_rng(8)
    return PackedSequences.from_strings(random_strings(rng, [40] * 501), "rna", unknown="skip")


def test_the_same_bits_for_any_threads(
    rbms1: deepbind.DeepBind, packed: PackedSequences, n_threads: int
) -> None:
    assert_array_equal(
        rbms1.predict(packed, n_threads=n_threads), rbms1.predict(packed, n_threads=1)
    )


@pytest.mark.usefixtures("forced_isa")
@pytest.mark.parametrize("length", [3, 16, 24, 25, 40, 130])
def test_the_same_bits_for_any_instructions(
    rbms1: deepbind.DeepBind, rng: np.random.Generator, length: int
) -> None:
    packed = PackedSequences.from_strings(random_strings(rng, [length] * 99), unknown="skip")
    plain = np.empty(99, np.float32)
    control = np.zeros(2, np.int64)
    _deepbind.scores(rbms1._model, packed.view, 1, control, plain, isa="scalar")
    assert control[0] == 99
    assert_array_equal(rbms1.predict(packed), plain)


def test_the_same_bits_for_any_blocks(
    rbms1: deepbind.DeepBind, packed: PackedSequences
) -> None:
    whole = rbms1.predict(packed)
    assert whole.dtype == np.float64
    assert whole.shape == (501,)
    for step in (1, 7, 64, 500):
        parts = [rbms1.predict(packed[at : at + step]) for at in range(0, 501, step)]
        assert_array_equal(np.concatenate(parts), whole)
    backwards = packed[np.arange(500, -1, -1)]
    assert_array_equal(rbms1.predict(backwards)[::-1], whole)


def test_every_way_in(
    rbms1: deepbind.DeepBind, packed: PackedSequences, tmp_path: Path
) -> None:
    expected = rbms1.predict(packed)
    strings = packed.to_strings()
    path = tmp_path / "x.txt"
    path.write_text("\n".join(strings) + "\n")
    packed.save(tmp_path / "x.npy")
    given = [strings, tuple(strings), np.array(strings), path, str(path), tmp_path / "x.npy"]
    for sequences in (*given, packed.to_codes(), packed.to_one_hot()):
        assert_array_equal(rbms1.predict(sequences), expected)


def test_a_source_is_scored_as_it_is_made(
    rbms1: deepbind.DeepBind, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = simulate.random(1000, 40, alphabet="rna", rng=5)
    expected = rbms1.predict(source.pack())
    monkeypatch.setattr("fastmi.sources._BLOCK_LETTERS", 40 * 300)
    assert_array_equal(rbms1.predict(source), expected)


def test_mixed_lengths_keep_their_places(
    rbms1: deepbind.DeepBind, rng: np.random.Generator
) -> None:
    sequences = random_strings(rng, rng.integers(1, 60, 200))
    one_by_one = [rbms1.predict([s])[0] for s in sequences]
    assert_array_equal(rbms1.predict(sequences), one_by_one)


def test_no_sequences(rbms1: deepbind.DeepBind, packed: PackedSequences) -> None:
    for none in ([], (), packed[:0], np.array([], "U4")):
        found = rbms1.predict(none)
        assert found.shape == (0,)
        assert found.dtype == np.float64


def test_two_threads_use_one_model(rbms1: deepbind.DeepBind, packed: PackedSequences) -> None:
    expected = rbms1.predict(packed)
    found: list[Any] = [None, None]

    def work(n: int) -> None:
        found[n] = rbms1.predict(packed, n_threads=1)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert_array_equal(found[0], expected)
    assert_array_equal(found[1], expected)


def test_a_stop_is_heard(rbms1: deepbind.DeepBind, packed: PackedSequences) -> None:
    with pytest.raises(_core.Cancelled):
        _deepbind.scores(
            rbms1._model, packed.view, 1, np.array([0, 1]), np.empty(501, np.float32)
        )


def test_what_cannot_be_scored(rbms1: deepbind.DeepBind) -> None:
    proteins = PackedSequences.from_strings(["ACDEF"], "protein")
    with pytest.raises(ValueError, match=r"DNA and RNA \(ACGT or ACGU\).* over 'protein'"):
        rbms1.predict(proteins)
    other = PackedSequences.from_strings(["CATG"], "TGCA")
    with pytest.raises(ValueError, match="over 'TGCA'"):
        rbms1.predict(other)
    with pytest.raises(FastMIError, match="sequence 1 has no letters"):
        rbms1.predict(["ACGU", ""])
    with pytest.raises(TypeError, match="sequence 1 is int"):
        rbms1.predict(["ACGU", 5])
    with pytest.raises(FastMIError, match="sequences themselves go in a list"):
        rbms1.predict("ACGUACGU")
    with pytest.raises(ValueError, match="n_threads must be between"):
        rbms1.predict(["ACGU"], n_threads=0)


# ----------------------------------------------------------------------------------- files


def test_names_and_what_a_model_says(tmp_path: Path) -> None:
    assert deepbind.names()[:2] == ["MSI1", "RBMS1"]
    for name in deepbind.names():
        assert deepbind.load(name).name == name
    model = deepbind.load("RBMS1")
    about = model.about()
    text = Path(deepbind.__file__).parents[1] / "data" / "deepbind" / "D00198.001.txt"
    assert about["sha256"] == hashlib.sha256(text.read_bytes()).hexdigest()
    assert (about["name"], about["n_detectors"], about["detector_length"]) == ("RBMS1", 16, 16)
    assert json.loads(json.dumps(about)) == about
    assert repr(model) == "<DeepBind: RBMS1, 16 detectors of 16 letters>"
    copy = tmp_path / "RBMS1"  # a name comes before a path
    copy.write_text(good().replace("num_detectors = 1", "num_detectors = 2"))
    assert deepbind.load("RBMS1").n_detectors == 16
    assert (
        deepbind.load("MSI1").about()["sha256"] == deepbind.load("D00123.001").about()["sha256"]
    )


def test_their_notices_come_along() -> None:
    notice = Path(deepbind.__file__).parents[1] / "data" / "deepbind" / "NOTICE"
    text = notice.read_text(encoding="utf-8")
    assert "Copyright (c) 2014, Andrew Delong." in text
    assert "Copyright (c) 2018 Kundaje Lab" in text


def test_another_name() -> None:
    with pytest.raises(
        FastMIError, match=r"no model 'HuR': it is none of MSI1, RBMS1.*parameter file"
    ):
        deepbind.load("HuR")


def good(mean: int = 1, hidden: int = 2) -> str:
    inputs = 1 + mean
    return (
        "# deepbind 0.1\n"
        "reverse_complement = 0\n"
        "num_detectors = 1\n"
        "detector_len = 2\n"
        f"has_avg_pooling = {mean}\n"
        f"num_hidden = {hidden}\n"
        "detectors = 1,2,3,4,5,6,7,8\n"
        "thresholds = -1.5e-1\n"
        f"weights1 = {','.join(['0.5'] * inputs * max(hidden, 1))}\n"
        f"biases1 = {','.join(['0.25'] * max(hidden, 1))}\n"
        f"weights2 = {','.join(['1'] * hidden)}\n"
        f"biases2 = {'0' if hidden else ''}\n"
    )


@pytest.mark.parametrize("mean", [0, 1])
@pytest.mark.parametrize("hidden", [0, 2])
def test_a_file_by_hand(tmp_path: Path, mean: int, hidden: int) -> None:
    path = tmp_path / "mine.txt"
    path.write_text(good(mean, hidden).replace("\n", "\r\n"))
    # of "T" padded to "NTN": 2.5 + 8 and 4 + 6.5, less 0.15
    inputs = 10.35 * (1 + mean)
    expected = 0.5 * inputs + 0.25
    model = deepbind.load(path)
    assert_allclose(model.predict(["T"]), [expected * max(hidden, 1)], rtol=1e-6)
    assert model.name == "mine"


WRONG = {
    "detectors = 1,2,3,4,5,6,7,8": {
        "detectors = 1,2,3": "line 7: detectors has 3 values, expected 2 x 4 x 1",
        "detectors =": "line 7: detectors has 0 values, expected 2 x 4 x 1",
        "detectors = 1,2,3,4,5,6,7,x": "line 7: value 8 of detectors is 'x', expected a number",
        "detectors = 1,2,3,4,5,6,7,": "line 7: value 8 of detectors is ''",
        "detectors = 1,2,3,nan,5,6,7,8": "line 7: value 4 of detectors is 'nan'",
        "detectors = 1,2,3,4,5,6,7,inf": "line 7: value 8 of detectors is 'inf'",
        "detectors = 1,2,3,4,5,6,7,1e7": "'1e7', expected a number between -1e6 and 1e6",
        "detectors = 1,2,3,4,5,6,7,1_0": "value 8 of detectors is '1_0'",
        "detectors 1,2,3": "line 7: expected 'key = values'",
        "": "detectors is missing",
        "detectors = 1\ndetectors = 1": "line 8: detectors stands in line 7, too",
        "motifs = 5": r"line 7: the key 'motifs' is not one of DeepBind v0.11 \(reverse_comp",
    },
    "num_detectors = 1": {
        "num_detectors = 0": "line 3: num_detectors is '0', expected a whole number from 1 ",
        "num_detectors = 1.0": "line 3: num_detectors is '1.0'",
        "num_detectors = 99999999999999999999": "line 3: num_detectors is '9999",
        "num_detectors = 2": "detectors has 8 values, expected 2 x 4 x 2",
        "num_detectors =": "num_detectors is ''",
    },
    "detector_len = 2": {"detector_len = 65": "line 4: detector_len is '65'.*from 1 to 64"},
    "has_avg_pooling = 1": {
        "has_avg_pooling = 2": "has_avg_pooling is '2'.*from 0 to 1",
        "has_avg_pooling = 0": "weights1 has 4 values, expected 1 x 2",
    },
    "num_hidden = 2": {
        "num_hidden = -1": "num_hidden is '-1'",
        "num_hidden = 0": "weights1 has 4 values, expected 2 x 1",
    },
    "weights2 = 1,1": {"weights2 =": "line 11: weights2 has 0 values, expected 2"},
    "biases2 = 0": {
        "biases2 = 0,0": "biases2 has 2 values, expected 1",
        "biases2 = é": "line 12: not a text of numbers",
    },
    good(): {"": "detectors, thresholds, weights1, biases1, weights2, biases2 are missing"},
}


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [(b, a, message) for b, changes in WRONG.items() for a, message in changes.items()],
)
def test_a_file_that_is_none(tmp_path: Path, before: str, after: str, message: str) -> None:
    path = tmp_path / "bad.txt"
    text = good()
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(FastMIError, match=message) as raised:
        deepbind.load(path)
    assert str(path) in str(raised.value)


def test_no_hidden_units_want_no_second_layer(tmp_path: Path) -> None:
    path = tmp_path / "bad.txt"
    path.write_text(good(hidden=0).replace("biases2 = ", "biases2 = 1"))
    with pytest.raises(FastMIError, match="biases2 has 1 values, expected none"):
        deepbind.load(path)


def test_a_file_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large.txt"
    with path.open("wb") as stream:
        stream.truncate((64 << 20) + 1)
    with pytest.raises(FastMIError, match="more than 64 MiB"):
        deepbind.load(path)


def test_damaged_files(tmp_path: Path, rng: np.random.Generator) -> None:
    """A file cut before its last line is refused; a changed byte is, or is a number."""
    whole = (Path(deepbind.__file__).parents[1] / "data/deepbind/D00198.001.txt").read_bytes()
    path = tmp_path / "damaged.txt"
    for end in rng.integers(0, whole.index(b"biases2"), 50):
        path.write_bytes(whole[:end])
        with pytest.raises(FastMIError, match=r"damaged\.txt"):
            deepbind.load(path)
    for at in rng.integers(0, len(whole), 50):
        changed = bytearray(whole)
        changed[at] ^= 1 << int(rng.integers(0, 8))
        path.write_bytes(changed)
        try:
            model = deepbind.load(path)
        except FastMIError:
            continue
        assert np.isfinite(model.predict(["ACGU" * 12])).all()


def test_arrays_that_do_not_fit_are_refused_before_they_reach_c() -> None:
    p = deepbind.load("RBMS1").parameters
    arrays = {
        "detectors": p.detectors.ravel(),
        "thresholds": p.thresholds,
        "weights1": p.weights1.ravel(),
        "biases1": p.biases1,
        "weights2": p.weights2,
        "biases2": p.biases2,
    }
    sizes = (16, 16, 32, True, False)
    model = _deepbind.Model(*sizes, **arrays)
    for name, array in arrays.items():
        with pytest.raises(ValueError, match=f"{name} has .* elements, expected"):
            _deepbind.Model(*sizes, **{**arrays, name: array[:-1]})
    for wrong in ((0, 16, 32), (65, 16, 32), (16, 0, 32), (16, 1025, 32), (16, 16, 1025)):
        with pytest.raises(ValueError, match="no model of"):
            _deepbind.Model(*wrong, True, False, **arrays)
    view = fastmi.PackedSequences.from_strings(["ACGT"]).view
    control = np.zeros(2, np.int64)
    with pytest.raises(ValueError, match="scores has 2 elements, expected 1"):
        _deepbind.scores(model, view, 1, control, np.empty(2, np.float32))
    protein = fastmi.PackedSequences.from_strings(["ACGT"], "protein").view
    with pytest.raises(ValueError, match="FMI_ERR_BAD_PARAM"):
        _deepbind.scores(model, protein, 1, control, np.empty(1, np.float32))
