"""Keras models, of version 2 or 3 and any backend, and SavedModel folders of TensorFlow."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy.typing as npt

from ..alphabet import Alphabet
from ..errors import FastMIError
from ._batches import BatchSize
from ._encoding import Encoding
from ._extras import imported
from ._outputs import Output
from ._shaped import ShapedInput

_HOW = "fastmi[keras]"
_TENSORFLOW = "tensorflow"  # no extra: its builds for CPU and GPU have several names


class KerasModel(ShapedInput):
    """A Keras model, or the path of a file of one.

    Parameters
    ----------
    model : keras.Model or path-like
        A ``.keras`` or ``.h5`` file is opened by ``keras.models.load_model`` without what it
        was compiled with.
    takes, layout, alphabet, dtype, unknown_value, batch_size, output
        As for :func:`fastmi.models.wrap`.
    """

    def __init__(
        self,
        model: Any,
        *,
        takes: str = "one_hot",
        layout: str | None = None,
        alphabet: str | Alphabet | None = None,
        dtype: npt.DTypeLike | None = None,
        unknown_value: float = 0.0,
        batch_size: BatchSize = "auto",
        output: Output | None = None,
    ) -> None:
        encoding = Encoding(takes, layout, alphabet, dtype, unknown_value)
        super().__init__(encoding, batch_size, output)
        self._path = os.fspath(model) if isinstance(model, str | os.PathLike) else None
        self._model = model if self._path is None else _loaded(self._path)
        inputs = getattr(self._model, "inputs", None) or []
        if len(inputs) > 1:
            raise TypeError(
                f"the Keras model has {len(inputs)} inputs, allowed is one of sequences: wrap "
                "a function that calls it, with takes="
            )
        default = "float32" if takes == "one_hot" else "uint8"
        shape = tuple(inputs[0].shape) if inputs else None
        self.take_input(shape, getattr(inputs[0].dtype, "name", inputs[0].dtype)
                         if inputs else default)  # fmt: skip

    def running(self) -> AbstractContextManager[object]:
        """With the torch backend a model is a module, whose modes are kept."""
        if hasattr(self._model, "modules"):
            from .torch import modes_kept

            return modes_kept(self._model)
        return nullcontext()

    def run(self, batch: npt.NDArray[Any]) -> Any:
        """What the model gives for a batch, as a function that the backend compiles."""
        return self._model.predict_on_batch(batch)

    def about(self) -> dict[str, Any]:
        """The name of the model, its file, and what it takes, ready for JSON."""
        return {
            "what": "Keras model",
            "name": str(self._model.name),
            **({} if self._path is None else {"path": self._path}),
            **self.encoding.about(),
        }


def _loaded(path: str) -> Any:
    if not Path(path).is_file():
        raise FastMIError(f"{path} is no file")
    keras = imported("keras", f"the model {path}", _HOW)
    try:
        return keras.models.load_model(path, compile=False)
    except Exception as error:
        text = " ".join(str(error).split())
        raise FastMIError(
            f"Keras cannot open {path}: {type(error).__name__}: {text}"
        ) from error


class SavedModel(ShapedInput):
    """A SavedModel of TensorFlow, called by its signature "serving_default".

    Parameters
    ----------
    model : path-like, or what ``tensorflow.saved_model.load`` gives
        A folder with ``saved_model.pb``, as Keras 2 and ``model.export`` write it. Its
        operations can read and write files: open those of people you trust.
    takes, layout, alphabet, dtype, unknown_value, batch_size, output
        As for :func:`fastmi.models.wrap`.
    """

    def __init__(
        self,
        model: Any,
        *,
        takes: str = "one_hot",
        layout: str | None = None,
        alphabet: str | Alphabet | None = None,
        dtype: npt.DTypeLike | None = None,
        unknown_value: float = 0.0,
        batch_size: BatchSize = "auto",
        output: Output | None = None,
    ) -> None:
        encoding = Encoding(takes, layout, alphabet, dtype, unknown_value)
        super().__init__(encoding, batch_size, output)
        self._tensorflow = imported("tensorflow", "a SavedModel", _TENSORFLOW)
        self._path = os.fspath(model) if isinstance(model, str | os.PathLike) else None
        self._loaded = model if self._path is None else self._open(self._path)
        name = "serving_default"
        signatures = self._loaded.signatures
        if name not in signatures:
            raise FastMIError(f"the SavedModel has no signature {name!r}: {list(signatures)}")
        self._function = signatures[name]
        inputs = self._function.structured_input_signature[1]
        if len(inputs) != 1:
            raise FastMIError(
                f"the SavedModel takes {', '.join(inputs)}, allowed is one input of sequences"
            )
        ((self._input, spec),) = inputs.items()
        self._spec = spec
        self.take_input(spec.shape.as_list() if spec.shape.rank else None, spec.dtype.name)

    def _open(self, path: str) -> Any:
        try:
            return self._tensorflow.saved_model.load(path)
        except Exception as error:
            text = " ".join(str(error).split())
            raise FastMIError(
                f"TensorFlow cannot open {path}: {type(error).__name__}: {text}"
            ) from error

    def run(self, batch: npt.NDArray[Any]) -> Any:
        """What the signature gives for a batch: arrays by name."""
        tensor = self._tensorflow.cast(batch, self._spec.dtype)
        return self._function(**{self._input: tensor})

    def about(self) -> dict[str, Any]:
        """The folder and what the model takes, ready for JSON."""
        path = {} if self._path is None else {"path": self._path}
        return {"what": "SavedModel", **path, **self.encoding.about()}
