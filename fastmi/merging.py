"""merge: the counts of parts, which other processes made, as one.

What the files say of themselves is compared before any table is read, so that a hundred
parts which do not fit together fail in a second.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import closing
from typing import Any

from ._archive import Archive, description_of
from ._origin import Origin
from ._run import Progress
from .errors import FastMIError
from .score_bins import Saved, load_counts

_SAME = (
    "kind",
    "k",
    "length",
    "alphabet",
    "letters",
    "aliases",
    "placeholder",
    "weighted",
    "n_edges",
)


def merge(
    parts: Iterable[str | os.PathLike[str]],
    *,
    partial: bool = False,
    memory_limit: str | int = "4GB",
    progress: bool = False,
) -> Saved:
    """Add the counts of several files, in any order.

    Parameters
    ----------
    parts : iterable of path-like
        What :meth:`JointCounts.save` or ``fastmi count`` wrote.
    partial : bool
        Whether shards may be missing; such counts can be merged with the others later.
    memory_limit : str or int
        Most memory for the tables; two files' are held.
    progress : bool
        Whether to show progress on stderr.

    Returns
    -------
    JointCounts or ScoreBins
        The same, bit for bit, as from counting everything at once.

    Raises
    ------
    FastMIError
        The parts do not fit together, something would be counted twice, or a shard is
        missing; the message names the files.

    Examples
    --------
    >>> import fastmi
    >>> for i in (1, 2):
    ...     part = fastmi.count(fastmi.example("gb1_top5"), 1, alphabet="protein", shard=(i, 2))
    ...     part.save(f"part-{i}.npz")
    >>> fastmi.merge(["part-2.npz", "part-1.npz"]).n_sequences
    26804
    """
    if isinstance(parts, str | os.PathLike):
        raise TypeError("merge takes a list of files, got one path")
    paths = [os.fspath(part) for part in parts]
    if not paths:
        raise FastMIError("there are no parts to merge")
    _check(paths, partial)
    with closing(Progress(len(paths), "merging", progress)) as bar:
        total = load_counts(paths[0], memory_limit=memory_limit)
        for n, path in enumerate(paths[1:], 2):
            part = load_counts(path, memory_limit=memory_limit)
            try:
                total.merge(part)  # type: ignore[arg-type]
            except (FastMIError, ValueError) as error:
                raise FastMIError(f"{paths[0]} and {path}: {error}") from None
            del part  # or two would be held while the next one is read
            bar.update(n)
    return total


def _check(paths: list[str], partial: bool) -> None:
    """Raise unless the parts can be added, from what they say of themselves."""
    first: dict[str, Any] = {}
    unknown: dict[str, str] = {}
    total: Origin | None = None
    for n, path in enumerate(paths):
        about = _about(path)
        first = first or about
        for name in _SAME:
            if about.get(name) != first.get(name):
                raise FastMIError(
                    f"{paths[0]} and {path} differ in {name}: {first.get(name)!r} and "
                    f"{about.get(name)!r}"
                )
        digests = _digests(about)
        if digests.get("edges") != _digests(first).get("edges"):
            raise FastMIError(f"{paths[0]} and {path} differ in the edges between bins")
        origin = origin_of(path, about)
        if origin is None:
            same = json.dumps(digests, sort_keys=True) if digests else os.path.realpath(path)
            if same in unknown:
                raise FastMIError(f"{unknown[same]} and {path} are the same counts")
            unknown[same] = path
            continue
        try:
            total = origin if total is None else total.merged(origin)
        except FastMIError as error:
            _blame(paths[:n], path, origin)
            raise FastMIError(f"{path}: {error}") from None
    if total is not None and not total.complete and not partial:
        raise FastMIError(
            f"the parts are not complete; missing: {total.missing()}; say partial=True to "
            "merge what is there"
        )


def _about(path: str) -> dict[str, Any]:
    with Archive(path) as archive:
        return {"weighted": False, **archive.about}


def _digests(about: dict[str, Any]) -> dict[str, Any]:
    """Those of the arrays, which tell counts of unknown origin apart."""
    return {name: it for name, it in about.get("sha256", {}).items() if name != "about"}


def origin_of(path: str, about: dict[str, Any]) -> Origin | None:
    """Where the counts of a file come from, as it says."""
    with description_of(path):
        found = about["provenance"].get("origin")
        return None if found is None else Origin.from_json(found)


def _blame(others: list[str], path: str, origin: Origin) -> None:
    """Raise for the first of the parts that does not fit this one.

    They are read once more: origins of many parts with many files are too large to be kept.
    """
    for other in others:
        theirs = origin_of(other, _about(other))
        try:
            if theirs is not None:
                theirs.merged(origin)
        except FastMIError as error:
            raise FastMIError(f"{other} and {path}: {error}") from None
