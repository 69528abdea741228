"""The same operations in plain NumPy: the oracle of the tests, and documentation that runs.

Slow on purpose.  Sequences are arrays of codes, shape (N, L), 255 where a letter is missing;
names and meanings are those of ``_core``.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import fsum, log2, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.uint8]


def encode_rows(codes: Codes, n_letters: int) -> tuple[Codes, Codes | None]:
    """Packed rows and, for four letters, the mask of missing ones (``np.packbits``)."""
    missing = codes >= n_letters
    if n_letters != 4:
        return np.where(missing, 255, codes).astype(np.uint8), None
    known = np.where(missing, 0, codes)
    bits = np.stack([known >> 1 & 1, known & 1], axis=-1).reshape(
        len(codes), 2 * codes.shape[1]
    )
    return np.packbits(bits, axis=1), np.packbits(missing, axis=1)


def kmer_column(codes: Codes, n_letters: int, k: int, i: int) -> npt.NDArray[np.int64]:
    """Code of the k-mer at position i of every row; -1 where a letter is missing."""
    window = codes[:, i : i + k].astype(np.int64)
    weights = n_letters ** np.arange(k - 1, -1, -1, dtype=np.int64)
    return np.where((window < n_letters).all(axis=1), window @ weights, -1)


def pairs(length: int, k: int) -> Iterator[tuple[int, int]]:
    """All (i, j) with j - i >= k, i-major."""
    for i in range(length - 2 * k + 1):
        for j in range(i + k, length - k + 1):
            yield i, j


def count_cells(
    cells: npt.NDArray[np.int64], n: int, weights: npt.NDArray[Any] | None = None
) -> npt.NDArray[Any]:
    """How often each number below n occurs, or what its rows weigh.

    Exact: ``np.bincount`` would sum weights as floats.
    """
    if weights is None:
        return np.bincount(cells, minlength=n)
    sums = np.zeros(n, np.uint64)
    np.add.at(sums, cells, weights.astype(np.uint64))
    return sums


def count_pair(
    codes: Codes,
    n_letters: int,
    k: int,
    i: int,
    j: int,
    weights: npt.NDArray[Any] | None = None,
) -> npt.NDArray[Any]:
    """Joint counts of the k-mers at i and j, shape (M, M), or sums of whole-number weights."""
    m = n_letters**k
    a, b = kmer_column(codes, n_letters, k, i), kmer_column(codes, n_letters, k, j)
    known = (a >= 0) & (b >= 0)
    weights = None if weights is None else weights[known]
    return count_cells(a[known] * m + b[known], m * m, weights).reshape(m, m)


def count_kmers(
    codes: Codes, n_letters: int, k: int, weights: npt.NDArray[Any] | None = None
) -> npt.NDArray[Any]:
    """Positional k-mer counts, shape (P, M), or sums of whole-number weights."""
    m = n_letters**k
    counts = []
    for i in range(codes.shape[1] - k + 1):
        column = kmer_column(codes, n_letters, k, i)
        known = column >= 0
        some = None if weights is None else weights[known]
        counts.append(count_cells(column[known], m, some))
    return np.array(counts)


def mi_table(table: npt.NDArray[Any], pseudocount: float) -> float:
    """MI in bits of one table, eq. 1-3 of the PlotMI paper word for word, summed exactly."""
    n, m = int(table.sum()), len(table)
    if n == 0:
        return float("nan")
    g = pseudocount * n
    joint = (table + g / m**2) / (n + g)
    rows = (table.sum(axis=1) + g / m) / (n + g)
    columns = (table.sum(axis=0) + g / m) / (n + g)
    return fsum(
        float(p) * log2(float(p) / (float(rows[a]) * float(columns[b])))
        for (a, b), p in np.ndenumerate(joint)
        if p > 0
    )


def pairwise_mi(codes: Codes, n_letters: int, k: int, pseudocount: float) -> list[float]:
    """MI of every pair in the order of :func:`pairs`."""
    return [
        mi_table(count_pair(codes, n_letters, k, i, j), pseudocount)
        for i, j in pairs(codes.shape[1], k)
    ]


def x2_table(table: npt.NDArray[Any], scale: float = 1.0, damping: float = 1.0) -> float:
    """X^2 of one table with rare k-mers damped, by its definition (``fmi_pairwise_x2``)."""
    counts = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0] * scale
    n = float(counts.sum())
    if n == 0:
        return float("nan")
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    s, t = (sqrt(damping * n / (sqrt(2) * max(len(m) - 1, 1))) for m in (rows, columns))
    expected = np.outer(rows, columns) / n
    return n * float(((counts - expected) ** 2 / np.outer(rows + s, columns + t)).sum())


def count_neighbours(codes: Codes, n_letters: int, identity: float, gaps: str) -> list[int]:
    """Rows whose identity with each row, itself included, is at least ``identity``."""
    letters = np.where(codes < n_letters, codes, 255)
    found = []
    for n, row in enumerate(letters):
        columns = np.arange(len(row)) if gaps == "match" else np.flatnonzero(row != 255)
        matches = (letters[:, columns] == row[columns]).sum(axis=1)
        alike = matches / max(len(columns), 1) >= identity
        alike[n] = True  # even without any letter
        found.append(int(alike.sum()))
    return found


def draw_below(words: Iterator[int], bound: int) -> int:
    """A whole number below bound: the words that would make some likelier are passed over."""
    while True:
        product = next(words) * bound
        if product % 2**32 >= 2**32 % bound:
            return product >> 32


def shuffle_run(letters: list[int], k: int, words: Iterator[int]) -> list[int]:
    """An arrangement of letters with the same k-mers, each equally likely; k > 1.

    Edges lead from the first to the last k - 1 letters of each k-mer. All edges out of each
    vertex are brought into any order, a tree of last edges is grown by loop-erased random
    walks and put behind the others, and the walk takes them as they come.
    """
    if len(letters) <= k:
        return letters
    way = [tuple(letters[p : p + k - 1]) for p in range(len(letters) - k + 2)]
    edges: dict[tuple[int, ...], list[tuple[int, ...]]] = {vertex: [] for vertex in way}
    for tail, head in pairwise(way):
        out = edges[tail]
        out.append(head)
        swap(out, draw_below(words, len(out)), -1)
    last: dict[tuple[int, ...], int] = {}
    tree = {way[-1]}
    for start in edges:  # in the order of their first occurrence
        vertex = start
        while vertex not in tree:
            last[vertex] = draw_below(words, len(edges[vertex]))
            vertex = edges[vertex][last[vertex]]
        vertex = start
        while vertex not in tree:
            tree.add(vertex)
            swap(edges[vertex], last[vertex], -1)
            vertex = edges[vertex][-1]
    shuffled, vertex = letters[: k - 1], way[0]
    for _ in range(len(way) - 1):
        vertex = edges[vertex].pop(0)
        shuffled.append(vertex[-1])
    return shuffled


def swap(items: list[Any], a: int, b: int) -> None:
    """Let two items of a list change places."""
    items[a], items[b] = items[b], items[a]


def shuffle_row(
    codes: Codes,
    n_letters: int,
    k: int,
    words: Iterator[int],
    window: int = 0,
    keep: npt.NDArray[Any] | None = None,
) -> Codes:
    """One row shuffled by these random words; what :func:`fastmi.simulate.shuffle` says."""
    row = [int(code) for code in codes]
    free = [row[i] < n_letters and (keep is None or not keep[i]) for i in range(len(row))]
    step = window or len(row)
    for start in range(0, len(row), step):
        places = [i for i in range(start, min(start + step, len(row))) if free[i]]
        if k == 1:
            for n in range(len(places), 1, -1):
                swap(row, places[n - 1], places[draw_below(words, n)])
            continue
        while places:  # the runs
            n = next((n for n, i in enumerate(places) if i != places[0] + n), len(places))
            run = slice(places[0], places[0] + n)
            row[run] = shuffle_run(row[run], k, words)
            places = places[n:]
    return np.array(row, np.uint8)
