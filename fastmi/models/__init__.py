"""Models: whatever gives sequences scores, behind one method, ``predict``.

:func:`wrap` makes a model of a torch, Keras, ONNX or scikit-learn one or of a function,
:class:`Command` of a program, and :func:`scores_of` runs it.  No framework is imported before
a model of it is there.
"""

from .base import Model as Model
from .base import ModelError as ModelError
from .base import about_model as about_model
from .base import scores_of as scores_of
from .base import stdout_to_stderr as stdout_to_stderr
from .base import wrap as wrap
from .command import Command as Command

__all__ = [
    "Command", "Model", "ModelError", "about_model", "scores_of", "stdout_to_stderr", "wrap",
]  # fmt: skip
