"""Real frameworks, each with a small model of known weights: the scores are NumPy's.

Every model here is a motif scan, as deep ones begin: a convolution, its maximum over the
positions, two heads.  Frameworks that are not installed are skipped.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conftest import random_codes
from fastmi import FastMIError, PackedSequences
from fastmi.models import about_model, scores_of, wrap

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_USE_LEGACY_KERAS", "0")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

LENGTH, WIDTH = 21, 5
RNG = np.random.default_rng(11)
KERNEL = RNG.normal(size=(2, 4, WIDTH)).astype(np.float32)  # heads, letters, positions
BIAS = np.array([0.5, -2], np.float32)
SIZES = (1, 7, 1000, "auto")


@pytest.fixture
def sequences(rng: np.random.Generator) -> PackedSequences:
    """Some DNA, with missing letters."""
    codes = random_codes(rng, 300, LENGTH, 4, missing=0.02)
    return PackedSequences.from_codes(codes, unknown="skip")


def expected(sequences: PackedSequences) -> np.ndarray:
    """The scan in NumPy, in double precision."""
    x = sequences.to_one_hot("NAL", np.float64)
    windows = np.lib.stride_tricks.sliding_window_view(x, WIDTH, axis=2)
    return np.einsum("nalw,haw->nhl", windows, KERNEL.astype(np.float64)).max(2) + BIAS


def assert_scores(model: Any, sequences: PackedSequences, wanted: np.ndarray) -> None:
    np.testing.assert_allclose(scores_of(model, sequences), wanted, atol=1e-5)


# ------------------------------------------------------------------------------------ torch


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch")


def torch_scan(torch: Any, **options: Any) -> Any:
    """The scan, with a dropout that shows where it is not in evaluation mode."""

    class Scan(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = torch.nn.Conv1d(4, 2, WIDTH)
            self.drop = torch.nn.Dropout(0.5)
            self.norm = torch.nn.BatchNorm1d(2, eps=0)

        def forward(self, x: Any) -> Any:
            return self.drop(self.norm(self.conv(x)).amax(2))

    model = Scan()
    with torch.no_grad():
        model.conv.weight.copy_(torch.from_numpy(KERNEL))
        model.conv.bias.copy_(torch.from_numpy(BIAS))
    return model


@pytest.mark.parametrize("batch_size", SIZES)
def test_torch(torch: Any, batch_size: Any, sequences: PackedSequences) -> None:
    model = wrap(torch_scan(torch), batch_size=batch_size)
    assert_scores(model, sequences, expected(sequences))
    assert about_model(model)["what"] == "torch module"


def test_a_module_is_left_as_it_was(torch: Any, sequences: PackedSequences) -> None:
    module = torch_scan(torch)
    module.train()
    module.norm.eval()  # frozen, as in fine-tuning
    module.conv.bias.requires_grad_(False)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    modes = [part.training for part in module.modules()]
    kept = [p.requires_grad for p in module.parameters()]
    same = [id(p) for p in module.parameters()]
    assert_scores(wrap(module), sequences, expected(sequences))
    assert [part.training for part in module.modules()] == modes == [True, True, True, False]
    assert [p.requires_grad for p in module.parameters()] == kept
    assert [id(p) for p in module.parameters()] == same
    assert all(p.grad is None for p in module.parameters())
    assert torch.is_grad_enabled()
    for name, value in module.state_dict().items():
        assert torch.equal(value, before[name])


def test_a_module_that_fails_is_left_as_it_was(torch: Any, sequences: PackedSequences) -> None:
    module = torch_scan(torch)
    module.conv = torch.nn.Conv1d(5, 2, 3)
    with pytest.raises(FastMIError, match="failed at sequences 0 to 255: RuntimeError: Given"):
        scores_of(wrap(module), sequences)
    assert all(part.training for part in module.modules())
    assert torch.is_grad_enabled()


@pytest.mark.parametrize(
    ("name", "within"), [("float64", 1e-9), ("float16", 0.02), ("bfloat16", 0.2)]
)
def test_other_numbers(torch: Any, name: str, within: float, sequences: Any) -> None:
    kind = getattr(torch, name)
    module = torch_scan(torch).to(kind)
    found = scores_of(wrap(module), sequences)
    np.testing.assert_allclose(found, expected(sequences), atol=within)
    assert module.conv.weight.dtype == kind


def test_a_module_moves_and_comes_back(torch: Any, sequences: PackedSequences) -> None:
    module, moves = torch_scan(torch), []
    module.to = lambda device: moves.append(str(device))  # there is no other device here
    assert_scores(wrap(module, device="meta"), sequences, expected(sequences))
    assert moves == ["meta", "cpu"]
    assert_scores(wrap(module, device="cpu"), sequences, expected(sequences))
    assert moves == ["meta", "cpu"]


def test_a_gpu(torch: Any, sequences: PackedSequences) -> None:
    if not torch.cuda.is_available():
        pytest.skip("this machine has no GPU for torch")
    module = torch_scan(torch)
    assert_scores(wrap(module, device="cuda"), sequences, expected(sequences))
    assert module.conv.weight.device.type == "cpu"


@pytest.mark.parametrize("layout", ["NLA", "NA1L"])
def test_torch_layouts(torch: Any, layout: str, sequences: PackedSequences) -> None:
    scan = torch_scan(torch)

    class Other(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scan = scan

        def forward(self, x: Any) -> Any:
            return self.scan(x.transpose(1, 2) if layout == "NLA" else x[:, :, 0])

    assert_scores(wrap(Other(), layout=layout), sequences, expected(sequences))


def test_torch_codes(torch: Any, rng: np.random.Generator) -> None:
    table = torch.nn.EmbeddingBag(4, 2, mode="sum")
    sequences = PackedSequences.from_codes(random_codes(rng, 50, 9, 4))
    wanted = table.weight.detach().numpy()[sequences.to_codes()].sum(1)
    assert_scores(wrap(table, takes="codes"), sequences, wanted)
    with pytest.raises(ValueError, match="a torch module takes 'one_hot' or 'codes'"):
        wrap(table, takes="strings")


def test_torch_outputs(torch: Any, sequences: PackedSequences) -> None:
    scan = torch_scan(torch)

    class Several(torch.nn.Module):
        def __init__(self, named: bool) -> None:
            super().__init__()
            self.scan, self.named = scan, named

        def forward(self, x: Any) -> Any:
            y = self.scan(x)
            return {"both": y, "first": y[:, :1]} if self.named else (y, y[:, 0])

    wanted = expected(sequences)
    with pytest.raises(FastMIError, match="has 2 outputs: output= says which of 'both', 'fir"):
        scores_of(wrap(Several(True)), sequences)
    with pytest.raises(FastMIError, match="has 2 outputs: output= says which of 0"):
        scores_of(wrap(Several(False)), sequences)
    assert_scores(wrap(Several(True), output="first"), sequences, wanted[:, 0])
    assert_scores(wrap(Several(False), output=0), sequences, wanted)
    both = wrap(Several(True), output=["first", "both"])
    assert_scores(both, sequences, wanted[:, [0, 0, 1]])
    assert_scores(wrap(scan, output=1), sequences, wanted[:, 1])


def test_torchscript(torch: Any, sequences: PackedSequences) -> None:
    module = torch.jit.trace(torch_scan(torch).eval(), torch.zeros(2, 4, LENGTH))
    assert_scores(wrap(module), sequences, expected(sequences))


def test_tensors_of_a_function(torch: Any, sequences: PackedSequences) -> None:
    scan = torch_scan(torch).eval()

    def function(x: np.ndarray) -> Any:
        return scan(torch.from_numpy(x))  # with its gradients

    model = wrap(function, takes="one_hot", layout="NAL", batch_size=10)
    assert_scores(model, sequences, expected(sequences))
    model = wrap(lambda x: function(x).to(torch.bfloat16), takes="one_hot", layout="NAL")
    np.testing.assert_allclose(scores_of(model, sequences), expected(sequences), atol=0.1)


def test_torch_memory(torch: Any, sequences: PackedSequences) -> None:
    scan, sizes = torch_scan(torch), []

    class Small(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scan = scan

        def forward(self, x: Any) -> Any:
            if len(x) > 20:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
            sizes.append(len(x))
            return self.scan(x)

    module = Small()
    assert_scores(wrap(module), sequences, expected(sequences))
    assert max(sizes) == 16
    assert sum(sizes) == 300


# ------------------------------------------------------------------------------------ Keras


@pytest.fixture(params=["keras", "tf_keras"])
def keras(request: pytest.FixtureRequest) -> Any:
    """Keras 3 with whatever backend is configured, and Keras 2."""
    if request.param == "tf_keras":
        pytest.importorskip("tensorflow")
    return pytest.importorskip(request.param)


def keras_scan(keras: Any, shape: Any = (LENGTH, 4), dtype: str = "float32") -> Any:
    inputs = keras.Input(shape, dtype=dtype)
    x = keras.layers.Conv1D(2, WIDTH, name="scan")(inputs)
    x = keras.layers.GlobalMaxPooling1D()(x)
    outputs = keras.layers.Dropout(0.5)(x)
    model = keras.Model(inputs, outputs)
    model.get_layer("scan").set_weights([KERNEL.transpose(2, 1, 0), BIAS])
    return model


@pytest.mark.parametrize("batch_size", SIZES)
def test_keras(keras: Any, batch_size: Any, sequences: PackedSequences) -> None:
    model = wrap(keras_scan(keras), batch_size=batch_size)
    assert_scores(model, sequences, expected(sequences))
    assert about_model(model)["what"] == "Keras model"


@pytest.mark.parametrize("shape", [(None, 4), (LENGTH, None)])
def test_keras_inputs_of_any_length(keras: Any, shape: Any, sequences: Any) -> None:
    if shape[1] is None:  # a convolution wants to know its letters
        inputs = keras.Input(shape)
        model = keras.Model(inputs, keras.layers.GlobalAveragePooling1D()(inputs))
        wanted = sequences.to_one_hot().mean(1)
        assert_scores(wrap(model), sequences, wanted)
    else:
        assert_scores(wrap(keras_scan(keras, shape)), sequences, expected(sequences))


@pytest.mark.parametrize("shape", [(4, LENGTH), (LENGTH, 4, 1), (4, LENGTH, 1), (1, LENGTH, 4)])
def test_keras_layouts(keras: Any, shape: Any, sequences: PackedSequences) -> None:
    inputs = keras.Input(shape)
    x = keras.layers.Reshape([n for n in shape if n != 1])(inputs)
    if shape.index(4) < shape.index(LENGTH):
        x = keras.layers.Permute((2, 1))(x)
    scan = keras_scan(keras)
    assert_scores(wrap(keras.Model(inputs, scan(x))), sequences, expected(sequences))


def test_keras_of_another_shape(keras: Any, sequences: PackedSequences) -> None:
    model = wrap(keras_scan(keras, (20, 4)))
    message = r"arrays of shape \(n, 20, 4\), which sequences of 21 letters out of 4 do not ha"
    with pytest.raises(FastMIError, match=message):
        scores_of(model, sequences)
    with pytest.raises(FastMIError, match=r"out of 4 do not have as one_hot in layout NAL"):
        scores_of(wrap(keras_scan(keras), layout="NAL"), sequences)


@pytest.mark.parametrize("layout", [None, "NAL"])
def test_keras_of_flat_arrays(keras: Any, layout: Any, sequences: PackedSequences) -> None:
    dense = keras.Sequential([keras.Input((LENGTH * 4,)), keras.layers.Dense(3)])
    x = sequences.to_one_hot(layout or "NLA").reshape(300, -1)
    wanted = x @ dense.get_weights()[0]
    assert_scores(wrap(dense, layout=layout), sequences, wanted)
    with pytest.raises(
        FastMIError, match=r"\(n, 84\), .* 20 letters .* do not have as one_hot, "
    ):
        scores_of(wrap(dense), PackedSequences.from_strings(["A" * 20]))


def test_keras_codes(keras: Any, rng: np.random.Generator) -> None:
    inputs = keras.Input((9,), dtype="int32")
    x = keras.layers.Embedding(4, 2)(inputs)
    model = keras.Model(inputs, keras.layers.GlobalAveragePooling1D()(x))
    sequences = PackedSequences.from_codes(random_codes(rng, 50, 9, 4))
    wanted = model.get_weights()[0][sequences.to_codes()].mean(1)
    assert_scores(wrap(model, takes="codes"), sequences, wanted)
    with pytest.raises(FastMIError, match=r"\(n, 9\), .* of 9 letters .* have as one_hot, "):
        scores_of(wrap(model), sequences)


def test_keras_outputs(keras: Any, sequences: PackedSequences) -> None:
    scan = keras_scan(keras)
    x = keras.layers.Flatten(name="both")(scan.output)
    model = keras.Model(scan.input, [x, keras.layers.Dense(1, name="one")(x)])
    with pytest.raises(FastMIError, match="the model has 2 outputs: output= says which of 0"):
        scores_of(wrap(model), sequences)
    assert_scores(wrap(model, output=0), sequences, expected(sequences))
    assert scores_of(wrap(model, output=1), sequences).shape == (300,)
    assert scores_of(wrap(model, output=[1, 0]), sequences).shape == (300, 3)


def test_keras_with_two_inputs(keras: Any) -> None:
    inputs = [keras.Input((5,)), keras.Input((5,))]
    model = keras.Model(inputs, keras.layers.Add()(inputs))
    with pytest.raises(TypeError, match="the Keras model has 2 inputs, allowed is one of seq"):
        wrap(model)


def test_keras_without_a_known_input(sequences: PackedSequences) -> None:
    keras = pytest.importorskip("keras")

    class Counting(keras.Model):
        def call(self, x: Any) -> Any:
            return x[:, 0, :2]

    wanted = sequences.to_one_hot()[:, 0, :2]
    assert_scores(wrap(Counting()), sequences, wanted)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_keras_files(suffix: str, tmp_path: Path, sequences: PackedSequences) -> None:
    keras = pytest.importorskip("keras")
    path = tmp_path / f"model{suffix}"
    keras_scan(keras).save(path)
    model = wrap(path)
    assert_scores(model, sequences, expected(sequences))
    assert about_model(model)["path"] == str(path)
    path.write_bytes(b"no model")
    with pytest.raises(FastMIError, match=f"Keras cannot open .*model{suffix}: "):
        wrap(path)
    path.unlink()
    with pytest.raises(FastMIError, match=f"model{suffix} is no file"):
        wrap(path)


def test_a_keras_file_that_runs_code(tmp_path: Path) -> None:
    keras = pytest.importorskip("keras")
    inputs = keras.Input((LENGTH, 4))
    layer = keras.layers.Lambda(lambda x: x[:, 0], output_shape=(4,))
    path = tmp_path / "model.keras"
    keras.Model(inputs, layer(inputs)).save(path)
    with pytest.raises(FastMIError, match=r"Keras cannot open .*safe_mode"):
        wrap(path)


@pytest.mark.parametrize("version", ["keras", "tf_keras"])
def test_saved_models(version: str, tmp_path: Path, sequences: PackedSequences) -> None:
    pytest.importorskip("tensorflow")
    keras = pytest.importorskip(version)
    if version == "keras" and keras.backend.backend() != "tensorflow":
        pytest.skip("only its TensorFlow backend exports SavedModels")
    model, path = keras_scan(keras), tmp_path / "saved"
    if version == "keras":
        model.export(path, verbose=False)
    else:
        model.save(path, save_format="tf")
    for batch_size in (7, "auto"):
        assert_scores(wrap(path, batch_size=batch_size), sequences, expected(sequences))
    (path / "saved_model.pb").write_bytes(b"no model")
    with pytest.raises(FastMIError, match=r"TensorFlow cannot open .*saved: "):
        wrap(path)


# ------------------------------------------------------------------------------------- ONNX


def onnx_scan(dims: list[Any], kind: str = "FLOAT", outputs: int = 1) -> bytes:
    """The scan of (n, A, L) input as an ONNX model, made by hand."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    helper, of = onnx.helper, onnx.TensorProto
    constants = [
        onnx.numpy_helper.from_array(KERNEL, "kernel"),
        onnx.numpy_helper.from_array(BIAS, "bias"),
        onnx.numpy_helper.from_array(np.array([2]), "axes"),
    ]
    by_letter = dims[1:] == [LENGTH, 4]
    nodes = [
        helper.make_node("Cast", ["x"], ["f"], to=of.FLOAT),
        helper.make_node("Transpose", ["f"], ["t"], perm=[0, 2, 1] if by_letter else [0, 1, 2]),
        helper.make_node("Conv", ["t", "kernel", "bias"], ["c"]),
        helper.make_node("ReduceMax", ["c", "axes"], ["y"], keepdims=0),
        helper.make_node("Neg", ["y"], ["minus"]),
    ]
    given = [helper.make_tensor_value_info("x", getattr(of, kind), dims)]
    found = [
        helper.make_tensor_value_info(name, of.FLOAT, [None, 2])
        for name in ("y", "minus")[:outputs]
    ]
    graph = helper.make_graph(nodes, "scan", given, found, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    return bytes(model.SerializeToString())


@pytest.mark.parametrize("batch_size", SIZES)
def test_onnx(batch_size: Any, sequences: PackedSequences) -> None:
    model = wrap(onnx_scan(["n", 4, LENGTH]), batch_size=batch_size, n_threads=1)
    assert_scores(model, sequences, expected(sequences))


@pytest.mark.parametrize(
    ("dims", "kind"),
    [
        (["n", 4, "l"], "FLOAT"),
        (["n", LENGTH, 4], "FLOAT"),
        (["n", 4, LENGTH], "DOUBLE"),
        (["n", 4, LENGTH], "FLOAT16"),
        (["n", 4, LENGTH], "UINT8"),
        ([1, 4, LENGTH], "FLOAT"),
        ([32, 4, LENGTH], "FLOAT"),
        ([1000, LENGTH, 4], "FLOAT"),
    ],
)
def test_onnx_inputs(dims: list[Any], kind: str, sequences: PackedSequences) -> None:
    assert_scores(wrap(onnx_scan(dims, kind)), sequences, expected(sequences))


def test_onnx_input_of_no_shape(sequences: PackedSequences) -> None:
    data = onnx_scan(["n", "a", "l"])
    assert_scores(wrap(data, layout="NAL"), sequences, expected(sequences))


def test_onnx_from_wherever(tmp_path: Path, sequences: PackedSequences) -> None:
    data = onnx_scan(["n", 4, LENGTH])
    path = tmp_path / "model.onnx"
    path.write_bytes(data)
    import onnx
    import onnxruntime

    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    for given in (path, str(path), onnx.load_from_string(data), session):
        assert_scores(wrap(given), sequences, expected(sequences))
    assert about_model(wrap(path))["path"] == str(path)
    with pytest.raises(ValueError, match="a session has its device and threads"):
        wrap(session, n_threads=2)


def test_onnx_outputs(sequences: PackedSequences) -> None:
    data = onnx_scan(["n", 4, LENGTH], outputs=2)
    with pytest.raises(FastMIError, match="output= says which of 'y', 'minus'"):
        scores_of(wrap(data), sequences)
    assert_scores(wrap(data, output="minus"), sequences, -expected(sequences))
    assert_scores(wrap(data, output=1), sequences, -expected(sequences))


def test_onnx_failures(tmp_path: Path, sequences: PackedSequences) -> None:
    data = onnx_scan(["n", 4, 20])
    with pytest.raises(FastMIError, match=r"of shape \(n, 4, 20\), which sequences of 21 lett"):
        scores_of(wrap(data), sequences)
    with pytest.raises(FastMIError, match="ONNX Runtime cannot open the model: "):
        wrap(b"no model")
    with pytest.raises(FastMIError, match=r"missing\.onnx is no file"):
        wrap(tmp_path / "missing.onnx")
    with pytest.raises(ValueError, match="device must be 'cpu' or 'cuda' for ONNX models, got"):
        wrap(data, device="tpu")
    with pytest.raises(TypeError, match="an ONNX model takes no method=, allowed are takes, "):
        wrap(data, method="predict")


# ------------------------------------------------------------------------------ scikit-learn


@pytest.fixture
def linear_model() -> Any:
    return pytest.importorskip("sklearn.linear_model")


@pytest.mark.parametrize("batch_size", SIZES)
@pytest.mark.parametrize("layout", [None, "NLA", "NAL"])
def test_ridge(
    linear_model: Any, batch_size: Any, layout: Any, sequences: PackedSequences
) -> None:
    x = sequences.to_one_hot(layout or "NLA", np.float64).reshape(300, -1)
    y = expected(sequences)
    fitted = linear_model.Ridge().fit(x, y[:, 0])
    wanted = x @ fitted.coef_ + fitted.intercept_
    assert_scores(wrap(fitted, batch_size=batch_size, layout=layout), sequences, wanted)
    both = linear_model.Ridge().fit(x, y)
    assert_scores(wrap(both, layout=layout), sequences, both.predict(x))
    assert_scores(wrap(both, layout=layout, output=1), sequences, both.predict(x)[:, 1])


def test_classifiers(linear_model: Any, sequences: PackedSequences) -> None:
    x = sequences.to_one_hot("NLA", np.float64).reshape(300, -1)
    y = expected(sequences)
    fitted = linear_model.LogisticRegression().fit(x, y[:, 0] > y[:, 0].mean())
    decision = x @ fitted.coef_[0] + fitted.intercept_[0]
    chance = 1 / (1 + np.exp(-decision))
    assert_scores(wrap(fitted), sequences, chance)
    assert_scores(wrap(fitted, output=0), sequences, 1 - chance)
    assert_scores(wrap(fitted, method="decision_function"), sequences, decision)
    assert_scores(wrap(fitted, method="predict"), sequences, decision > 0)
    three = np.digitize(y[:, 0], [y[:, 0].min() + 1, y[:, 0].min() + 2])
    fitted = linear_model.LogisticRegression().fit(x, np.array(["a", "b", "c"])[three])
    assert scores_of(wrap(fitted), sequences).shape == (300, 3)
    with pytest.raises(FastMIError, match="gives an array of <U1, allowed are real numbers"):
        scores_of(wrap(fitted, method="predict"), sequences)


def test_codes_for_a_tree(rng: np.random.Generator) -> None:
    tree = pytest.importorskip("sklearn.tree")
    sequences = PackedSequences.from_codes(random_codes(rng, 100, 9, 4))
    codes = sequences.to_codes()
    fitted = tree.DecisionTreeRegressor(random_state=0).fit(codes, codes[:, 2] * 3)
    assert_scores(wrap(fitted, takes="codes"), sequences, codes[:, 2] * 3)
    message = "fitted to 9 features, sequences of 9 letters out of 4 have 36 as one_hot"
    with pytest.raises(FastMIError, match=message):
        scores_of(wrap(fitted), sequences)


def test_estimators_that_cannot_be_used(linear_model: Any, sequences: PackedSequences) -> None:
    with pytest.raises(ValueError, match=r"method must be one that a Ridge has \(predict\), g"):
        wrap(linear_model.Ridge(), method="predict_proba")
    with pytest.raises(FastMIError, match="failed at sequences 0 to 255: NotFittedError: "):
        scores_of(wrap(linear_model.Ridge()), sequences)
    scaler = pytest.importorskip("sklearn.preprocessing").StandardScaler()
    with pytest.raises(TypeError, match="a StandardScaler has none of predict_proba, decision"):
        wrap(scaler)
