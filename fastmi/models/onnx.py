"""ONNX models, run by ONNX Runtime."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import numpy.typing as npt

from .._run import resolve_threads
from ..alphabet import Alphabet
from ..errors import FastMIError
from ._batches import BatchSize
from ._encoding import Encoding
from ._extras import imported
from ._outputs import Output
from ._shaped import ShapedInput

_TYPES = {
    "tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(float16)": np.float16,
    "tensor(uint8)": np.uint8, "tensor(int8)": np.int8, "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
}  # fmt: skip
_CPU, _CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
_DEVICES = {"cpu": [_CPU], "cuda": [_CUDA, _CPU]}


class OnnxModel(ShapedInput):
    """An ONNX model.

    Parameters
    ----------
    model : path-like, bytes, onnx.ModelProto or onnxruntime.InferenceSession
        A session is used as it is.
    takes, layout, alphabet, unknown_value, batch_size, output
        As for :func:`fastmi.models.wrap`.
    device : {"cpu", "cuda"}, optional
        By default "cuda" where ONNX Runtime has it.
    n_threads : int, optional
        Threads of an operation, as for :func:`fastmi.pairwise_mi`.
    """

    def __init__(
        self,
        model: Any,
        *,
        takes: str = "one_hot",
        layout: str | None = None,
        alphabet: str | Alphabet | None = None,
        unknown_value: float = 0.0,
        batch_size: BatchSize = "auto",
        output: Output | None = None,
        device: str | None = None,
        n_threads: int | None = None,
    ) -> None:
        super().__init__(
            Encoding(takes, layout, alphabet, None, unknown_value), batch_size, output
        )
        is_path = isinstance(model, str | os.PathLike)
        self._path = os.fspath(model) if is_path else None
        if hasattr(model, "get_inputs"):
            if device is not None or n_threads is not None:
                raise ValueError("a session has its device and threads: leave out device= and "
                                 "n_threads=")  # fmt: skip
            self._session = model
        else:
            self._session = _session(model, self._path, device, n_threads)
        inputs = self._session.get_inputs()
        if len(inputs) != 1:
            raise FastMIError(
                f"the ONNX model takes {', '.join(i.name for i in inputs)}, allowed is one "
                "input of sequences"
            )
        if inputs[0].type not in _TYPES:
            raise FastMIError(
                f"the ONNX model takes {inputs[0].type}, allowed are {', '.join(_TYPES)}"
            )
        self._input = inputs[0].name
        shape = [d if isinstance(d, int) and d > 0 else None for d in inputs[0].shape]
        self.take_input(shape or None, _TYPES[inputs[0].type])
        self._outputs = [o.name for o in self._session.get_outputs()]

    def run(self, batch: npt.NDArray[Any]) -> Any:
        """What the model gives for a batch: arrays by name."""
        found = self._session.run(None, {self._input: batch})
        return dict(zip(self._outputs, found, strict=True)) if len(found) > 1 else found[0]

    def about(self) -> dict[str, Any]:
        """The file of the model and what it takes, ready for JSON."""
        path = {} if self._path is None else {"path": self._path}
        return {"what": "ONNX model", **path, **self.encoding.about()}


def _session(model: Any, path: str | None, device: str | None, n_threads: int | None) -> Any:
    if device is not None and device not in _DEVICES:
        raise ValueError(f"device must be 'cpu' or 'cuda' for ONNX models, got {device!r}")
    if path is not None and not os.path.isfile(path):
        raise FastMIError(f"{path} is no file")
    runtime = imported("onnxruntime", "an ONNX model", "fastmi[onnx]")
    there = runtime.get_available_providers()
    if device == "cuda" and _CUDA not in there:
        raise ValueError(f"this onnxruntime has no CUDA, it has {', '.join(there)}")
    providers = _DEVICES[device or ("cuda" if _CUDA in there else "cpu")]
    options = runtime.SessionOptions()
    options.intra_op_num_threads = resolve_threads(n_threads)
    source: Any = path
    if path is None:
        source = model if isinstance(model, bytes) else model.SerializeToString()
    try:
        return runtime.InferenceSession(source, options, providers=providers)
    except Exception as error:
        text = " ".join(str(error).split())
        raise FastMIError(f"ONNX Runtime cannot open {path or 'the model'}: {text}") from error
