"""Models: whatever gives sequences scores, behind one method, ``predict``.

:func:`wrap` makes a model of a torch, Keras, ONNX or scikit-learn one or of a function,
:class:`Command` of a program, and :func:`scores_of` runs it.  No framework is imported before
a model of it is there.  ``deepbind`` loads published models, :class:`MotifPair` is one whose
rule is known, :class:`Stacked` several that score in one pass, :class:`Windowed` one over the
windows of longer sequences, and :class:`Distinct` one that scores what is equal once.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .base import Model as Model
from .base import ModelError as ModelError
from .base import about_model as about_model
from .base import scores_of as scores_of
from .base import stdout_to_stderr as stdout_to_stderr
from .base import wrap as wrap
from .command import Command as Command

_HOMES = {
    "Distinct": "distinct",
    "MotifPair": "motif_pair",
    "Stacked": "stacked",
    "Windowed": "windowed",
}
_MODELS = ("deepbind",)
__all__ = [
    "Command", "Model", "ModelError", "about_model", "scores_of", "stdout_to_stderr", "wrap",
    *_HOMES, *_MODELS,
]  # fmt: skip

if TYPE_CHECKING:
    from . import deepbind as deepbind
    from .distinct import Distinct as Distinct
    from .motif_pair import MotifPair as MotifPair
    from .stacked import Stacked as Stacked
    from .windowed import Windowed as Windowed


def __getattr__(name: str) -> Any:
    if name in _MODELS:
        return importlib.import_module(f".{name}", __name__)
    if name in _HOMES:
        return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
