"""Weighted sequences: read counts and fractions, against the plain loop with a weight a row.

The C call is timed from packed rows and weights to the finished map, the loop counts only.
``speed_of_unweighted`` says what the weights cost: the C call's time on the same sequences
without them, divided by that with them.
"""

from __future__ import annotations

import time
from functools import partial

import numpy as np
from yardstick import LETTERS_95, Array, Loops, Row, Shape, Yardstick, letters_of, timed

import fastmi
from fastmi import _core, _reference

READS, FRACTIONS = KINDS = ("read counts", "fractions")
SHAPES = (
    Shape("dna", 1, 300_000, 100),
    Shape("dna", 2, 300_000, 100),
    Shape("dna", 3, 300_000, 100),
    Shape("dna", 3, 30_000, 100),
    Shape("dna", 5, 100_000, 40),
    Shape("protein", 1, 30_000, 100),
    Shape("protein", 1, 30_000, 100, LETTERS_95),
    Shape("protein", 2, 30_000, 40),
)
QUICK = (Shape("dna", 2, 2_000, 20), Shape("protein", 1, 1_000, 12))
PSEUDOCOUNT = 5.0


def weights_of(kind: str, n: int) -> Array:
    """Most reads are seen once or twice, a few hundreds of times; fractions are in units."""
    rng = np.random.default_rng(4)
    if kind == READS:
        return np.minimum(rng.zipf(2.5, n), 1_000).astype(np.uint64)
    return np.rint(2.0**36 / rng.integers(1, 1_000, n)).astype(np.uint64)


class WeightedYardstick(Yardstick):
    """The loop with columns and weights."""

    def __init__(self, loops: Loops, shape: Shape, codes: Array, weights: Array) -> None:
        super().__init__(loops.plain, shape, codes)
        self.weighted, self.weights = loops.weighted, weights
        self.table = np.ones((shape.n_kmers, shape.n_kmers), np.uint64)

    def weigh(self, at: Array) -> None:
        """Let it run; the table of the last pair stays."""
        self.weighted(
            *(self.columns.ctypes.data, self.shape.n, self.shape.n_kmers),
            *(self.weights.ctypes.data, at.ctypes.data, len(at), self.table.ctypes.data),
        )


class WeightedCall:
    """The C call, into arrays that are there."""

    def __init__(self, packed: fastmi.PackedSequences, k: int, weights: Array | None) -> None:
        n_pairs = _core.n_pairs(packed.length, k)
        self.mi, n_ij = np.zeros(n_pairs), np.zeros(n_pairs, np.uint64)
        self.view = _core.Seqs(
            packed.rows, packed.mask, packed.length, len(packed.alphabet), weights
        )
        self.given = (self.view, k, PSEUDOCOUNT, 1, np.zeros(2, np.int64), self.mi, n_ij)

    def __call__(self) -> None:
        """Count and evaluate."""
        _core.pairwise_mi(*self.given)


def check(stick: WeightedYardstick, call: WeightedCall) -> None:
    """One table of the loop, evaluated, against the map, bit for bit."""
    stick.weigh(stick.at[-1:])
    mi, n_ij = np.empty(1), np.empty(1, np.uint64)
    control = np.zeros(2, np.int64)
    _core.mi_tables(stick.table[None], PSEUDOCOUNT, 1, control, mi, n_ij)
    call()
    assert call.mi[stick.shape.pairs.index(stick.pairs[-1])] == mi[0], stick.shape


def check_without_a_loop(
    call: WeightedCall, shape: Shape, codes: Array, weights: Array
) -> None:
    """The same where there is no compiler, by the reference."""
    i, j = shape.pairs[-1]
    m = shape.n_kmers
    column = partial(_reference.kmer_column, codes, shape.letters, shape.k)
    table = np.zeros(m * m, np.uint64)
    np.add.at(table, column(i) * m + column(j), weights)
    mi, n_ij = np.empty(1), np.empty(1, np.uint64)
    control = np.zeros(2, np.int64)
    _core.mi_tables(table.reshape(1, m, m), PSEUDOCOUNT, 1, control, mi, n_ij)
    call()
    assert call.mi[-1] == mi[0], shape


def weighted(loops: Loops | None, repeats: int, quick: bool, processor: bool) -> list[Row]:
    """All shapes with both kinds of weights, one thread, in turn with the loop."""
    clock = time.process_time if processor else time.perf_counter
    rows = []
    for shape in QUICK if quick else SHAPES:
        codes = letters_of(shape)
        packed = fastmi.PackedSequences.from_codes(codes, shape.alphabet)
        for kind in KINDS:
            weights = weights_of(kind, shape.n)
            call = WeightedCall(packed, shape.k, weights)
            jobs = {"with": call, "without": WeightedCall(packed, shape.k, None)}
            if loops is None:
                check_without_a_loop(call, shape, codes, weights)
            else:
                stick = WeightedYardstick(loops, shape, codes, weights)
                check(stick, call)
                jobs["loop"] = partial(stick.weigh, stick.at)
            found = timed(jobs, repeats, lambda name: clock)
            row: Row = {
                "case": "weights",
                "n": shape.n,
                "length": shape.length,
                "alphabet": shape.alphabet,
                "k": shape.k,
                "kind": shape.kind,
                "weights": kind,
                "pairs": len(shape.pairs),
                "threads": 1,
                "kernel": _core.kernel_name(call.view, shape.k),
                "total": int(weights.sum()),
                **found["with"],
                "updates_per_s": shape.n * len(shape.pairs) / found["with"]["best_s"],
                "speed_of_unweighted": found["without"]["best_s"] / found["with"]["best_s"],
            }
            if loops is not None:
                scale = len(shape.pairs) / len(stick.pairs)
                row["loop_pairs_measured"] = len(stick.pairs)
                row["loop_all_pairs_best_s"] = found["loop"]["best_s"] * scale
                row["ratio_counting"] = row["loop_all_pairs_best_s"] / row["best_s"]
            rows.append(row)
            print(
                f"  {shape.title}, {kind}".ljust(68)
                + f"{row['kernel']:<15}{row['best_s']:8.4f} s  "
                f"x {row.get('ratio_counting', float('nan')):6.2f}  "
                f"{row['speed_of_unweighted']:.2f} of unweighted",
                flush=True,
            )
    return rows
