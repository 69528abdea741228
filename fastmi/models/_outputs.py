"""What models give, as scores: one float64 array with a row for each sequence, or an error.

Frameworks have arrays of their own, models several outputs, and functions mistakes.  Whatever
is wrong is said in one sentence that numbers the sequences as the caller does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .._numbers import Doubles
from ..errors import FastMIError
from ..sequences import PackedSequences

Output: TypeAlias = int | str | Sequence[int] | Sequence[str]

_SHOWN = 60  # letters of a sequence in a message
_NAMES_SHOWN = 8


class ModelError(FastMIError):
    """A model failed or gave no scores.

    Parameters
    ----------
    parts : str or int
        The sentence; its whole numbers are those of sequences, from 0.
    """

    def __init__(self, *parts: str | int) -> None:
        super().__init__(*parts)
        self.parts = parts

    def __str__(self) -> str:
        return "".join(part if isinstance(part, str) else f"{part:,}" for part in self.parts)

    def moved(self, by: int) -> ModelError:
        """The same of sequences that many further on."""
        return ModelError(*(p if isinstance(p, str) else p + by for p in self.parts))


def as_array(values: Any) -> npt.NDArray[Any]:
    """An array of any framework, or numbers in lists, as NumPy's."""
    if hasattr(values, "detach"):  # torch; bfloat16 is nothing that NumPy knows
        values = values.detach().cpu()
        values = values.float() if str(values.dtype) == "torch.bfloat16" else values
    if not isinstance(values, np.ndarray) and hasattr(values, "numpy"):
        values = values.numpy()
    try:
        return np.asarray(values)
    except ValueError as error:  # rows of several lengths
        raise ModelError(f"what the model gives cannot be made an array: {error}") from None


def selected(raw: Any, output: Output | None, n: int) -> Any:
    """The outputs, or columns of the only one, that are asked for.

    Parameters
    ----------
    raw : array, list or tuple of arrays, or mapping
        What the model gave.
    output : int, str, list of them, or None
        Which output where there are several, by number or name, else which column. A list
        gives a column for each, one output after the other. None: the only output, whole.
    n : int
        Number of sequences.

    Returns
    -------
    array
    """
    if isinstance(raw, Mapping):
        return _chosen(dict(raw), output, n)
    if isinstance(raw, list | tuple) and _are_outputs(raw, n):
        return _chosen(dict(enumerate(raw)), output, n)
    if output is None:
        return raw
    array = as_array(raw)
    columns: list[Any] = [output] if isinstance(output, int | str) else list(output)
    width = array.shape[1] if array.ndim == 2 else 1
    if any(not isinstance(c, int) or not -width <= c < width for c in columns):
        raise ModelError(
            f"output={output!r} is not there: the model has one output of {width} "
            f"column{'s' * (width > 1)}, 0 to {width - 1}"
        )
    if array.ndim != 2:
        return array
    return array[:, columns]


def _are_outputs(items: Sequence[Any], n: int) -> bool:
    """Whether a list is one of outputs, not one of a row for each sequence."""
    shapes = [getattr(item, "shape", None) for item in items]
    if not items or any(shape is None or len(shape) == 0 for shape in shapes):
        return False
    return len(items) != n or any(shape is not None and shape[0] == n for shape in shapes)


def _chosen(outputs: dict[Any, Any], output: Output | None, n: int) -> Any:
    """Of several outputs those that are asked for, side by side."""
    names = list(outputs)
    if output is None:
        if len(names) == 1:
            return outputs[names[0]]
        shown = ", ".join(map(repr, names[:_NAMES_SHOWN])) + ", ..." * (
            len(names) > _NAMES_SHOWN
        )
        raise ModelError(f"the model has {len(names)} outputs: output= says which of {shown}")
    wanted = [output] if isinstance(output, int | str) else list(output)
    found = []
    for name in wanted:
        if name not in outputs and isinstance(name, int) and -len(names) <= name < len(names):
            name = names[name]
        if name not in outputs:
            shown = ", ".join(map(repr, names[:_NAMES_SHOWN]))
            raise ModelError(f"output={name!r} is not there: the model has {shown}")
        found.append(as_array(outputs[name]))
    if len(found) == 1:
        return found[0]
    return np.concatenate([rows_of(array, n).reshape(n, -1) for array in found], axis=1)


def rows_of(values: Any, n: int) -> Doubles:
    """Scores of n sequences, shape (n,) or (n, heads), a copy.

    Raises
    ------
    ModelError
        They are not numbers, or not in one row for each sequence.
    """
    if isinstance(values, Mapping) or (
        isinstance(values, list | tuple) and _are_outputs(values, n)
    ):
        values = selected(values, None, n)
    array = as_array(values)
    if array.dtype.kind not in "iufb":
        if array.dtype.kind != "V" or array.dtype.names is not None:
            raise ModelError(
                f"the model gives an array of {array.dtype}, allowed are real numbers"
            )
        try:
            array = array.astype(np.float64)  # bfloat16 and its like, of ml_dtypes
        except (TypeError, ValueError):
            raise ModelError(
                f"the model gives an array of {array.dtype}, allowed are real numbers"
            ) from None
    if array.ndim == 0 and n == 1:  # squeezed
        array = array.reshape(1)
    if array.ndim not in (1, 2):
        raise ModelError(
            f"the model gives an array of shape {array.shape} for sequences ",
            0, " to ", n - 1, f", allowed are ({n},) and ({n}, heads)",
        )  # fmt: skip
    if len(array) != n:
        raise ModelError(
            f"the model gives {len(array):,} scores for {n:,} sequences, ", 0, " to ", n - 1
        )
    if array.ndim == 2 and array.shape[1] == 0:
        raise ModelError("the model gives no score at all: its output has no column")
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    return np.array(array, np.float64, order="C")


def refuse_values(scores: Doubles, sequences: PackedSequences) -> None:
    """Raise unless all scores are finite; the message shows the first sequence without."""
    if np.isfinite(scores).all():
        return
    bad = np.argwhere(~np.isfinite(scores))[0]
    head = f" in column {bad[1]}" if len(bad) > 1 else ""
    raise ModelError(
        f"the model gives {scores[tuple(bad)]}{head} for sequence ",
        int(bad[0]),
        f" ({shown(sequences[int(bad[0])])}), allowed are finite numbers",
    )


def shown(sequence: str) -> str:
    """A sequence as a message shows it."""
    return sequence if len(sequence) <= _SHOWN else sequence[:_SHOWN] + "..."


def failed(error: BaseException, start: int, stop: int) -> ModelError:
    """What is said where a model raised an error at sequences start to stop - 1."""
    if isinstance(error, ModelError):
        return error.moved(start)
    text = " ".join(str(error).split()) or "no message"
    return ModelError(
        "the model failed at sequences ", start, " to ", stop - 1,
        f": {type(error).__name__}: {text}",
    )  # fmt: skip
