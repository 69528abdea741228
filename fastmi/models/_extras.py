"""Frameworks, imported where a model needs one, or one sentence that says how to get it."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def imported(module: str, what: str, how: str) -> Any:
    """A module that is not part of what fastmi needs.

    Parameters
    ----------
    module : str
        Its name.
    what : str
        What needs it.
    how : str
        What pip installs.

    Raises
    ------
    ImportError
        It is not there, or itself lacks something.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(
            f'{what} needs {module}, which could not be imported ({error}): pip install "{how}"'
        ) from error
