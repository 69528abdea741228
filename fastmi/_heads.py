"""Which of a model's scores is meant, by its name or number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def head_number(names: Sequence[str], head: str | int | None) -> int:
    """Number of one of a model's scores; None is the only one.

    Raises
    ------
    KeyError
        There is no such score, or it has to be said which.
    """
    if head is None:
        if len(names) > 1:
            raise KeyError(f"the model has {len(names)} scores; say which: head=, {names}")
        return 0
    if isinstance(head, str) and head in names:
        return names.index(head)
    if not isinstance(head, str | int | np.integer) or isinstance(head, bool):
        raise TypeError(f"head is the name or the number of a score, got {head!r}")
    if isinstance(head, str) or not 0 <= head < len(names):
        raise KeyError(f"the model has no score {head!r}: its scores are {names}")
    return int(head)
