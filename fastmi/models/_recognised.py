"""Which adapter a model needs: told by the names of its classes, so that nothing is imported.

Whoever hands over a network of a framework has imported that framework already; all others
should not have to wait for it.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .base import Model

_KERAS = ("keras", "tf_keras")  # beside tensorflow.python.keras
_KERAS_FILES = (".keras", ".h5", ".hdf5")
_PICKLES = (".pt", ".pth", ".pkl", ".joblib")
_ALLOWED = (
    "allowed are an object with predict(sequences), a torch.nn.Module, a Keras model, a "
    "scikit-learn estimator, an ONNX model or session, the path of an .onnx, .keras or .h5 "
    "file or of a SavedModel folder, a mapping of names to these, and functions with takes="
)


def adapted(model: Any, options: Mapping[str, Any]) -> Model:
    """The model as one of ours, with the options that are given."""
    what, adapter = _adapter(model, options)
    if adapter is None:
        if options:
            raise TypeError(
                f"{what} is a model already and takes no {_named(options)}; a function that "
                "calls it does"
            )
        return model  # type: ignore[no-any-return]
    allowed = [name for name in inspect.signature(adapter).parameters if name != "model"]
    others = [name for name in options if name not in allowed]
    if others and allowed == ["models"]:
        raise TypeError(f"{what} take no {_named(others)}; wrap each of them with its own")
    if others:
        raise TypeError(f"{what} takes no {_named(others)}, allowed are {', '.join(allowed)}")
    return adapter(model, **options)


def _named(options: Any) -> str:
    return ", ".join(f"{name}=" for name in options)


def _adapter(model: Any, options: Mapping[str, Any]) -> tuple[str, Callable[..., Model] | None]:
    """What a model is, in words, and what makes one of ours of it; None if it is one."""
    kinds = [(kind.__module__, kind.__name__) for kind in type(model).__mro__]
    name = f"a {type(model).__name__}"
    if any(module.startswith("fastmi.models.") for module, _ in kinds):
        return name, None
    if isinstance(model, Mapping):
        from .stacked import Stacked

        return "several models", Stacked
    if any(
        kind in ("Model", "Layer")
        and (module.split(".")[0] in _KERAS or module.startswith("tensorflow.python.keras"))
        for module, kind in kinds
    ):  # before torch: with its backend, Keras models are modules, too
        from .keras import KerasModel

        return "a Keras model", KerasModel
    if ("torch.nn.modules.module", "Module") in kinds:
        from .torch import TorchModel

        return "a torch module", TorchModel
    if ("sklearn.base", "BaseEstimator") in kinds:
        from .sklearn import SklearnModel

        return "a scikit-learn estimator", SklearnModel
    if isinstance(model, bytes) or any(
        kind in ("InferenceSession", "ModelProto") and module.startswith("onnx")
        for module, kind in kinds
    ):
        from .onnx import OnnxModel

        return "an ONNX model", OnnxModel
    if hasattr(model, "signatures") and any(m.startswith("tensorflow.") for m, _ in kinds):
        from .keras import SavedModel

        return "a SavedModel", SavedModel
    if isinstance(model, str | os.PathLike):
        return _of_path(Path(model))
    predict = getattr(model, "predict", None)
    if callable(predict) and "takes" not in options and not isinstance(model, type):
        return name, None
    if not callable(predict) and not callable(model):
        raise TypeError(f"{name} is no model: {_ALLOWED}")
    if "takes" not in options:
        raise TypeError(
            "takes= must say what the function takes: 'strings', 'codes' or 'one_hot'; "
            "fastmi.models.wrap has it"
        )
    from .callable import CallableModel

    return "a function", CallableModel


def _of_path(path: Path) -> tuple[str, Callable[..., Model]]:
    suffix = path.suffix.lower()
    if suffix == ".onnx":
        from .onnx import OnnxModel

        return "an ONNX model", OnnxModel
    if suffix in _KERAS_FILES:
        from .keras import KerasModel

        return "a Keras model", KerasModel
    if (path / "saved_model.pb").is_file():
        from .keras import SavedModel

        return "a SavedModel", SavedModel
    if suffix in _PICKLES:
        raise TypeError(
            f"{path} may run code when it is loaded: load it yourself if you trust it, and "
            "give the model"
        )
    raise TypeError(
        f"{path} is no model: allowed are .onnx, .keras and .h5 files and SavedModel folders "
        "(with a saved_model.pb); Command runs programs"
    )
