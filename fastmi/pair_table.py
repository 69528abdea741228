"""Tables about pairs: the k-mers behind one, some with what is known of them, and as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from .results import MIResult

PLACES = ("i", "j", "distance", "label_i", "label_j")  # columns that say which pair it is


def pair_rows(
    result: MIResult,
    i: npt.NDArray[Any],
    j: npt.NDArray[Any],
    columns: Mapping[str, npt.NDArray[Any]],
) -> npt.NDArray[Any]:
    """Some pairs of a map as a table.

    Parameters
    ----------
    result : MIResult
        The map, which names positions.
    i, j : ndarray of int64, shape (n,)
        0-based starts.
    columns : mapping of ndarray, shape (n,)
        What is known of the pairs.

    Returns
    -------
    ndarray, structured
        ``i``, ``j``, ``distance``, the columns, ``label_i``, ``label_j``.
    """
    labels = np.array([result.label(p) for p in range(result.n_positions)])
    whole = {"i": i, "j": j, "distance": j - i, **columns}
    whole |= {"label_i": labels[i], "label_j": labels[j]}
    table = np.empty(len(i), [(name, values.dtype) for name, values in whole.items()])
    for name, values in whole.items():
        table[name] = values
    return table


def kmer_contributions(
    table: npt.NDArray[Any], kmers: list[str], pseudocount: float, n: int | None = None
) -> npt.NDArray[Any]:
    """The terms of the MI of one table; see :meth:`MIResult.top_kmers`.

    Asked for some, it looks at the observed pairs only, of which there are few in the large
    tables of long k-mers.
    """
    m = len(kmers)
    total = table.sum().item()
    g = pseudocount * total
    mass = max(total + g, 1e-300)
    counts_i, counts_j = table.sum(axis=1), table.sum(axis=0)
    a, b = (
        np.nonzero(table) if n is not None or g == 0 else np.indices(table.shape).reshape(2, -1)
    )
    joint = (table[a, b] + g / m**2) / mass
    independent = (counts_i[a] + g / m) / mass * ((counts_j[b] + g / m) / mass)
    terms = joint * np.log2(joint / independent)
    order = np.argsort(-terms, kind="stable")[:n]
    a, b = a[order], b[order]
    names = np.array(kmers)
    result = np.empty(
        len(order),
        [
            ("kmer_i", names.dtype),
            ("kmer_j", names.dtype),
            ("count", np.int64 if table.dtype.kind in "iu" else np.float64),
            ("expected", np.float64),
            ("contribution", np.float64),
        ],
    )
    result["kmer_i"], result["kmer_j"] = names[a], names[b]
    result["count"] = table[a, b]
    result["expected"] = counts_i[a] * (counts_j[b] / max(total, 1e-300))
    result["contribution"] = terms[order]
    return result


def number(x: float) -> str:
    """Ten digits, or all those of a whole number."""
    whole = float(x).is_integer() and abs(x) < 2**63
    return str(int(x)) if whole else f"{x:.10g}"


def pair_lines(
    pairs: npt.NDArray[Any],
    value_name: str,
    top_kmers: Callable[[int, int], npt.NDArray[Any]] | None,
    n_with_kmers: int,
    n_threads: int = 1,
) -> Iterator[str]:
    """The pairs of :meth:`MIResult.top_pairs` as tab-separated lines, after a header.

    Parameters
    ----------
    pairs : ndarray, structured
        The rows.
    value_name : str
        Header of the column of values.
    top_kmers : callable, optional
        Contributions of the pair (i, j); without it there is no such column.
    n_with_kmers : int
        Rows that get theirs.
    n_threads : int
        Pairs whose k-mers are looked for at a time.
    """
    if top_kmers is not None:
        chosen = [pair for pair in pairs[:n_with_kmers] if not np.isnan(pair["value"])]
        found = _ahead_of_all(top_kmers, chosen, n_threads)
    names = [value_name if name == "value" else name for name in pairs.dtype.names or ()]
    yield "\t".join([*names, *(["top_kmers"] if top_kmers else [])]) + "\n"
    for row, pair in enumerate(pairs):
        cells = [number(x) if isinstance(x, float) else str(x) for x in pair.tolist()]
        if top_kmers:
            some = row < n_with_kmers and not np.isnan(pair["value"])
            cells.append(_in_words(next(found)) if some else ".")
        yield "\t".join(cells) + "\n"


def _ahead_of_all(
    top_kmers: Callable[[int, int], npt.NDArray[Any]], pairs: list[Any], n_threads: int
) -> Iterator[npt.NDArray[Any]]:
    """What the pairs are made of, in their order; counting lets other threads go on."""
    pool = ThreadPoolExecutor(n_threads)
    try:
        yield from pool.map(lambda pair: top_kmers(int(pair["i"]), int(pair["j"])), pairs)
    finally:
        pool.shutdown(cancel_futures=True)


def _in_words(kmers: npt.NDArray[Any]) -> str:
    """The k-mer pairs that contribute: ``ACG~TTA:count:bits`` each."""
    return (
        ";".join(
            f"{row['kmer_i']}~{row['kmer_j']}:{number(row['count'])}:{row['contribution']:.3g}"
            for row in kmers
            if row["contribution"] > 0
        )
        or "."
    )
