"""Counts as files: how large a part is, and what loading, adding and saving one takes.

A part's cells take one, two or four bytes, as its largest count needs; the same tables are
measured as each.  Parts also say which files they come from: what that takes is measured with
tables of next to nothing and thousands of files.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from yardstick import Row, random_codes, timed

import fastmi
from fastmi import _inputs
from fastmi._files import MAX_ABOUT_BYTES
from fastmi._inputs import inputs_of
from fastmi._origin import Job, Origin
from fastmi._shares import Covered, parse_shard

WIDTHS = (1, 2, 4)
N_FILES = 2_000  # named by parts of next to nothing
N_PARTS = 4  # which say so


def as_wide(
    counts: fastmi.JointCounts, few: fastmi.PackedSequences, width: int, path: Path
) -> fastmi.JointCounts:
    """Counts whose cells take so many bytes in a file; doubled until they do."""
    wide = fastmi.JointCounts(counts.length, counts.k)
    wide.add(few)
    if width > 1:
        wide.merge(counts)
    while _save(wide, path) < width:
        wide.merge(fastmi.JointCounts.load(path))
    return wide


def _save(counts: fastmi.JointCounts, path: Path) -> int:
    """Bytes a cell."""
    counts.save(path)
    return np.dtype(counts._description()["cells"]).itemsize


def merging(
    counts: fastmi.JointCounts,
    few: fastmi.PackedSequences,
    folder: Path,
    n_parts: int,
    repeats: int,
) -> list[Row]:
    """One part of each width; and many at once."""
    rows: list[Row] = []
    path = folder / "part.npz"
    for width in WIDTHS:
        part = as_wide(counts, few, width, path)
        total = fastmi.JointCounts.load(path)
        jobs: dict[str, Callable[[], object]] = {
            "load": partial(fastmi.JointCounts.load, path),
            "add": partial(total.merge, part),
            "save": partial(part.save, path),
        }
        found = timed(jobs, repeats)
        row: Row = {
            "case": "part",
            "cell_bytes": width,
            "cells": counts.n_pairs * counts.n_kmers**2,
            "n_kmers": counts.n_kmers,
            "file_bytes": path.stat().st_size,
            **{f"{name}_s": times["best_s"] for name, times in found.items()},
            **{f"{name}_median_s": times["median_s"] for name, times in found.items()},
            "runs": repeats,
        }
        rows.append(row)
        print(
            f"  part of {width} bytes a cell: {row['file_bytes'] / 1e6:.1f} MB, load "
            f"{row['load_s']:.4f} s, add {row['add_s']:.4f} s, save {row['save_s']:.4f} s",
            flush=True,
        )
    return [*rows, many(counts, few, folder, n_parts, repeats)]


def many(
    counts: fastmi.JointCounts,
    few: fastmi.PackedSequences,
    folder: Path,
    n_parts: int,
    repeats: int,
) -> Row:
    """``fastmi.merge`` of parts that differ a little."""
    paths = [folder / f"part-{i}.npz" for i in range(n_parts)]
    for path in paths:
        counts.add(few)  # or they would be refused as the same
        counts.save(path)
    expected = sum(fastmi.JointCounts.load(path).n_sequences for path in paths)
    assert fastmi.merge(paths).n_sequences == expected
    best = timed({"merge": lambda: fastmi.merge(paths)}, repeats)["merge"]
    size = sum(path.stat().st_size for path in paths)
    for path in paths:
        path.unlink()
    print(
        f"  merge of {n_parts} parts, {size / 1e9:.2f} GB: {best['best_s']:.2f} s", flush=True
    )
    return {"case": "merge", "parts": n_parts, "bytes": size, **best}


def lists_of_files(packed: list[Path], folder: Path, repeats: int) -> list[Row]:
    """What each input file costs: to know it, and to be named by each part."""
    look = timed({"look": partial(inputs_of, packed)}, repeats)["look"]
    (one,) = inputs_of(packed[:1])
    paths = [folder / f"named-{i}.npz" for i in range(N_PARTS)]
    taken = {}
    for n_files in (1, N_FILES):
        named = tuple(
            replace(one, path=f"{one.path}.{i}", fingerprint=f"{i:064x}")
            for i in range(n_files)
        )
        for i, path in enumerate(paths):
            share = parse_shard((i + 1, N_PARTS))
            columns = {"column": None, "weights": None, "scores": None}
            part = fastmi.JointCounts(6, 3)
            part.add(fastmi.PackedSequences.from_codes(random_codes(10, 6, seed=i)))
            part.origin = Origin("error", (Job(named, columns, Covered([share]), N_PARTS),))
            part.save(path)
        merge = timed({"merge": partial(fastmi.merge, paths)}, repeats)["merge"]
        taken[n_files] = (merge["best_s"] / N_PARTS, paths[0].stat().st_size)
    (one_s, one_bytes), (all_s, all_bytes) = taken.values()
    row: Row = {
        "case": "files",
        "look_s": look["best_s"] / len(packed),
        "look_bytes": _inputs._N_WINDOWS * _inputs._WINDOW,
        "named_s": (all_s - one_s) / (N_FILES - 1),
        "named_bytes": (all_bytes - one_bytes) / (N_FILES - 1),
        "most_bytes": MAX_ABOUT_BYTES,
        "runs": repeats,
    }
    print(
        f"  an input file: {1e6 * row['look_s']:.0f} us to know it, {row['named_bytes']:.0f} "
        f"bytes and {1e6 * row['named_s']:.1f} us for each part that names it",
        flush=True,
    )
    return [row]
