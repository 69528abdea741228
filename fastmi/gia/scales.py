"""Scales on which effects are taken: the model's own scores, or a function of them.

Whether two patterns interact depends on the scale: what adds up before a sigmoid does not
behind it.  So a transform is applied to the scores themselves, before anything is subtracted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from .._numbers import Doubles
from ..errors import FastMIError

Transform: TypeAlias = "str | Callable[[Doubles], Doubles]"

SCORE = "score"  # the name of the model's own scale


def _logit(scores: Doubles) -> Doubles:
    return np.asarray(np.log(scores) - np.log1p(-scores))


_KNOWN: dict[str, tuple[Callable[[Doubles], Doubles], str]] = {
    "logit": (_logit, "above 0 and below 1"),
    "log": (np.log, "above 0"),
}


def scale_name(transform: Transform | None) -> str | None:
    """What a transform is called in tables; None where there is none.

    Raises
    ------
    ValueError, TypeError
        It is none that is known, and no function.
    """
    if transform is None or (isinstance(transform, str) and transform in _KNOWN):
        return transform
    if isinstance(transform, str):
        raise ValueError(
            f"transform must be {' or '.join(map(repr, _KNOWN))}, or a function of scores, got "
            f"{transform!r}"
        )
    if not callable(transform):
        raise TypeError(f"transform must be a name or a function, got {transform!r}")
    name = str(getattr(transform, "__name__", "transformed"))
    return "transformed" if name in (SCORE, *_KNOWN) or name == "<lambda>" else name


def transformed(scores: Doubles, transform: Transform) -> Doubles:
    """Scores on another scale.

    Parameters
    ----------
    scores : ndarray of float64
        Of any shape.
    transform : str or callable
        As of :func:`scale_name`.

    Returns
    -------
    ndarray of float64
        Of the same shape.

    Raises
    ------
    FastMIError
        The transform has no finite value for some score.
    """
    allowed = "what it has a finite value for"
    if isinstance(transform, str):
        function, allowed = _KNOWN[transform]
    else:
        function = transform
    name = scale_name(transform)
    try:
        with np.errstate(all="ignore"):
            result = np.asarray(function(scores.copy()))
    except Exception as error:
        raise FastMIError(
            f"transform {name} failed: {type(error).__name__}: {' '.join(str(error).split())}"
        ) from error
    if result.dtype.kind not in "iufb":
        raise FastMIError(
            f"transform {name} gives an array of {result.dtype}, allowed are real numbers"
        )
    result = result.astype(np.float64)
    if result.shape != scores.shape:
        raise FastMIError(
            f"transform {name} makes scores of shape {scores.shape} ones of {result.shape}; it "
            "must keep their shape"
        )
    bad = np.flatnonzero(~np.isfinite(result.ravel()))
    if bad.size:
        raise FastMIError(
            f"transform {name} is for scores {allowed}, and one is "
            f"{scores.ravel()[bad[0]]:.9g}: take the model's output before its last "
            "activation, or another transform"
        )
    return result
