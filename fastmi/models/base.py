"""Models: what gives each sequence a score, whatever it is made of.

All that the rest of fastmi knows of a model is ``predict``: packed sequences in, one row of
numbers for each out.  :func:`wrap` makes one of a network of any framework, of a function or
of a program; :func:`scores_of` runs one and believes nothing that it gives unseen.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, runtime_checkable

import numpy.typing as npt

from .._numbers import Doubles
from ..alphabet import Alphabet
from ..sequences import PackedSequences
from ._outputs import ModelError as ModelError
from ._outputs import Output, failed, refuse_values, rows_of

BLOCK = 1 << 14  # sequences that a model is given at a time, unless it says how many


@runtime_checkable
class Model(Protocol):
    """What a model has.

    It may have ``about() -> dict``, too: what it is, ready for JSON, for the files of what was
    made with it; ``heads``, the names of its scores, and ``learn_heads(names)``, where it knows
    them only once it has scored something; and ``block_rows``, how many sequences it had best
    be given at a time.
    """

    def predict(self, sequences: PackedSequences) -> npt.NDArray[Any]:
        """Scores of sequences.

        Parameters
        ----------
        sequences : PackedSequences
            Not to be changed.

        Returns
        -------
        ndarray of numbers, shape (n,) or (n, heads)
        """


def scores_of(model: Model, sequences: PackedSequences, start: int = 0) -> Doubles:
    """Scores that a model gives to sequences, checked.

    Parameters
    ----------
    model : Model
        What :func:`wrap` gives, or anything with such a ``predict``.
    sequences : PackedSequences
        Handed over read-only.
    start : int
        The number of the first one where they are a block of more, for messages.

    Returns
    -------
    ndarray of float64, shape (n,) or (n, heads)
        A single head is shape (n,).

    Raises
    ------
    FastMIError
        The model failed, or gave anything but finite numbers, one row a sequence. The message
        numbers sequences from 0.

    Examples
    --------
    >>> from fastmi import PackedSequences
    >>> from fastmi.models import scores_of, wrap
    >>> model = wrap(lambda strings: [s.count("G") for s in strings], takes="strings")
    >>> scores_of(model, PackedSequences.from_strings(["ACGT", "GGTA"])).tolist()
    [1.0, 2.0]
    """
    n = len(sequences)
    try:
        scores = rows_of(model.predict(_read_only(sequences)), n)
        refuse_values(scores, sequences)
    except (Exception, SystemExit) as error:  # a model is not to end the program
        cause = error.__cause__ if isinstance(error, ModelError) else error
        raise failed(error, start, start + n) from cause
    return scores


def block_rows_of(model: Model) -> int:
    """How many sequences a model had best be given at a time."""
    return getattr(model, "block_rows", None) or BLOCK


def _read_only(sequences: PackedSequences) -> PackedSequences:
    """The same sequences, whose arrays cannot be written to."""
    rows = sequences.rows.view()
    rows.flags.writeable = False
    mask = None if sequences.mask is None else sequences.mask.view()
    if mask is not None:
        mask.flags.writeable = False
    return PackedSequences(
        rows,
        sequences.length,
        sequences.alphabet,
        mask,
        sequences.n_dropped,
        sequences.weights,
        sequences.scores,
    )


def about_model(model: Model) -> dict[str, Any]:
    """What a model is, ready for JSON.

    Parameters
    ----------
    model : Model
        Any.

    Returns
    -------
    dict
        What its ``about`` says, or the name of its class where it has none.
    """
    kind, about = type(model), getattr(model, "about", None)
    if callable(about):
        said = about()
        try:
            json.dumps(said, sort_keys=True, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise TypeError(
                f"about() of a {kind.__name__} must give what JSON can hold: {error}"
            ) from None
        if not isinstance(said, dict):
            raise TypeError(f"about() of a {kind.__name__} must give a dict, got {said!r}")
        return said
    return {"what": f"{kind.__module__}.{kind.__qualname__}"}


def given_heads(heads: Sequence[str] | None, model: Model) -> tuple[str, ...] | None:
    """What a model's scores are called, as far as it is known before there are any.

    Parameters
    ----------
    heads : sequence of str, optional
        What the caller says; by default what the model does.
    model : Model
        Any.

    Returns
    -------
    tuple of str or None
        None where neither says anything.
    """
    given = getattr(model, "heads", None) if heads is None else heads
    if given is None:
        return None
    if not isinstance(given, Iterable):
        raise TypeError(f"heads are names of scores, got {given!r}")
    return (given,) if isinstance(given, str) else tuple(str(name) for name in given)


def tell_heads(model: Model, heads: Any) -> None:
    """Tell a model what a copy of it in a worker has learnt of the names of its scores."""
    learn = getattr(model, "learn_heads", None)
    if learn is not None and heads is not None:
        learn(heads)


def head_names(heads: Sequence[str] | None, model: Model, n: int) -> tuple[str, ...]:
    """What the n scores are called that a model gives each sequence.

    Parameters
    ----------
    heads, model
        As for :func:`given_heads`.
    n : int
        How many scores there are.

    Returns
    -------
    tuple of str
        Where nobody says anything, their numbers, or "" for an only one.

    Raises
    ------
    ValueError
        Other than n different names are given.
    """
    names = given_heads(heads, model)
    if names is None:
        return ("",) if n == 1 else tuple(str(h) for h in range(n))
    if len(names) != n or len(set(names)) != n:
        raise ValueError(
            f"the model gives {n} scores a sequence, and heads names {list(names)}: give as "
            "many different names"
        )
    return names


@contextmanager
def stdout_to_stderr() -> Iterator[None]:
    """Send to stderr what is written to stdout meanwhile, also by C code and child processes.

    For programs whose own output on stdout must not be mixed with what a model prints. It
    is the whole process that is redirected, so this is not for libraries.
    """
    sys.stdout.flush()
    before = os.dup(1)
    stdout = sys.stdout
    try:
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        yield
    finally:
        sys.stdout.flush()
        sys.stdout = stdout
        os.dup2(before, 1)
        os.close(before)


def wrap(
    model: Any,
    *,
    takes: str | None = None,
    layout: str | None = None,
    alphabet: str | Alphabet | None = None,
    dtype: npt.DTypeLike | None = None,
    unknown_value: float | None = None,
    batch_size: int | str | None = None,
    output: Output | None = None,
    device: Any = None,
    method: str | None = None,
    n_threads: int | None = None,
) -> Model:
    """Make a model of what is given.

    Parameters
    ----------
    model : object
        One with ``predict(sequences)`` as in :class:`Model`, given back as it is; a
        ``torch.nn.Module``; a Keras model; a scikit-learn estimator; an ``InferenceSession``
        of ONNX Runtime, an ONNX model or its bytes; the path of an ``.onnx``, ``.keras`` or
        ``.h5`` file or of a SavedModel folder (open those of people you trust only); any
        other function, with ``takes``; a mapping of names to any of these, as
        :class:`~fastmi.models.Stacked`. :class:`~fastmi.models.Command` is one already.
    takes : {"strings", "codes", "one_hot"}, optional
        What the model takes: a list of str, an array (n, L) of letter codes (255 where a
        letter is missing), or a one-hot array. Functions must say it; all others take
        ``"one_hot"`` unless their input says otherwise. Arrays are used again for the next
        batch: a function that keeps one copies it.
    layout : str, optional
        Axes of the one-hot array: "NLA" (sequences, letters, alphabet), "NAL", or one of
        these with axes of size 1 behind the N, such as "N1LA" or "NA1L". By default what the
        model's input shape says, else "NAL" for torch and "NLA" for all others.
    alphabet : str or Alphabet, optional
        The order of the letters that the model was trained with, such as "AGCT"; by default
        that of the sequences.
    dtype : dtype, optional
        Of the array; by default what the model wants, else float32 or, for codes, uint8.
    unknown_value : float, optional
        What a missing letter is in all channels of a one-hot array, 0 by default; 0.25 is
        usual, too.
    batch_size : int or "auto", optional
        Sequences in a call of the model. "auto", the default, tries larger ones as long as
        they make it faster. Either is halved where memory runs out. Frameworks may round
        differently in batches of different sizes.
    output : int, str or list, optional
        Which output where the model has several, by number or name, else which columns of
        the only one; a list for several. By default all columns of the only output.
    device : str or device, optional
        torch and ONNX: where to run it, as "cpu" or "cuda". By default where the module is;
        for ONNX, a GPU where there is one for it.
    method : {"predict_proba", "decision_function", "predict"}, optional
        scikit-learn: what to call; by default the first of these that a classifier has, and
        ``predict`` for all others.
    n_threads : int, optional
        ONNX: threads, as for :func:`fastmi.pairwise_mi`.

    Returns
    -------
    Model

    Raises
    ------
    TypeError
        It is nothing of the above, or takes no such option.
    ImportError
        Its framework is not installed; the message says how to.
    FastMIError
        A file cannot be used.

    Examples
    --------
    >>> import fastmi
    >>> from fastmi.models import scores_of, wrap
    >>> sequences = fastmi.PackedSequences.from_strings(["ACGT", "AANG"], unknown="skip")
    >>> purines = wrap(lambda x: x[:, :, [0, 2]].sum((1, 2)), takes="one_hot")
    >>> scores_of(purines, sequences).tolist()
    [2.0, 3.0]
    """
    from ._recognised import adapted

    given = {
        "takes": takes,
        "layout": layout,
        "alphabet": alphabet,
        "dtype": dtype,
        "unknown_value": unknown_value,
        "batch_size": batch_size,
        "output": output,
        "device": device,
        "method": method,
        "n_threads": n_threads,
    }
    options = {name: value for name, value in given.items() if value is not None}
    return adapted(model, options)
