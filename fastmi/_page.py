"""A page of HTML that needs nothing else: its template, and data laid safely into it.

What comes from data, from names of files or from a caller is text to a browser, never markup:
words are escaped, and numbers and labels are JSON without any ``<``.  The page's own policy
lets this script run and no other, by its digest, and lets nothing be fetched.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

_FOLDER = Path(__file__).with_name("page")
_SCRIPTS = ("data", "colours", "state", "map", "charts", "logo", "pair", "table", "page")
_POLICY = (
    "default-src 'none'; script-src {script}; style-src {style}; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)
_HOLE = re.compile(r"\{\{(\w+)\}\}")


@cache
def _part(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


@cache
def script() -> str:
    """The page's script: its files one after the other, in a scope of their own."""
    parts = "\n".join(_part(f"{name}.js") for name in _SCRIPTS)
    return f'"use strict";\n(() => {{\n{parts}}})();\n'


def page(words: Mapping[str, str], markup: Mapping[str, str], data: Mapping[str, Any]) -> str:
    """The page.

    Parameters
    ----------
    words : mapping of str
        Text for the holes of the template; it is escaped here.
    markup : mapping of str
        HTML for others, made by :func:`definitions` and its like.
    data : mapping
        What the script reads, ready for JSON; NaN has no place in it.

    Returns
    -------
    str
    """
    style, code = _part("page.css"), script()
    fill = {
        **{name: html.escape(text) for name, text in words.items()},
        **markup,
        "policy": _POLICY.format(script=digest(code), style=digest(style)),
        "style": style,
        "script": code,
        "data": as_json(data),
    }
    # in one go, so that what is filled in is not looked at again
    return _HOLE.sub(lambda hole: fill[hole[1]], _part("page.html"))


def digest(text: str) -> str:
    """How a Content-Security-Policy names a script or a style that may be used."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def as_json(data: object) -> str:
    """JSON that no HTML parser can take for the end of a script."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def as_array(values: npt.ArrayLike, kind: str) -> dict[str, str]:
    """Numbers as the script decodes them: little-endian, base64.

    Parameters
    ----------
    values : array_like
        Numbers, NaN and infinity among them.
    kind : {"f4", "f8"}
        Of 4 or 8 bytes.
    """
    raw = np.ascontiguousarray(values, f"<{kind}").tobytes()
    return {"type": kind, "base64": base64.b64encode(raw).decode()}


def definitions(rows: Iterable[tuple[str, str]]) -> str:
    """Terms and what they mean, as HTML."""
    return "\n".join(
        f"<dt>{html.escape(term)}</dt><dd>{html.escape(text)}</dd>" for term, text in rows
    )
