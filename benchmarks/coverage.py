"""How often intervals hold the truth, and tests of differences reject what is true.

    python benchmarks/coverage.py -o benchmarks/results/coverage-NAME.json [--sets 60] [--quick]
    python benchmarks/coverage.py --report benchmarks/results/coverage-NAME.json

Sequences are independent blocks of 2 k letters; in each, two k-mers depend on each other as the
setting says, so that the truth of every pair at distance k is known: that of the pair in a
block, and that of those which lie across two.  Each block is a trial of its own.
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from machine import machine

import fastmi
from fastmi.stats._intervals import INTERVALS, ends, without_excess
from fastmi.stats.bootstrapping import Drawn, Sample

Array = Any
BLOCKS = 4
LEVEL = 0.95
LETTERS = {"dna": 4, "protein": 20}


@dataclass(frozen=True)
class Setting:
    """One kind of data."""

    alphabet: str
    k: int
    margins: str
    n: int
    mi: float
    pseudocount: float


def settings() -> Iterator[Setting]:
    """All of them, the cheap ones first; fewer where there are many sequences."""
    for n in (500, 5_000, 50_000):
        for alphabet, k in (("dna", 1), ("protein", 1), ("dna", 2), ("dna", 3)):
            for margins in ("uniform", "skewed"):
                for pseudocount in (0.0, 5.0):
                    for mi in (0.0, 0.01, 0.1, 0.5):
                        if n < 50_000 or ((alphabet, k) != ("dna", 2) and mi in (0.0, 0.1)):
                            yield Setting(alphabet, k, margins, n, mi, pseudocount)


# ---------------------------------------------------------------------------- what is true


def mi_of(joint: Array, pseudocount: float) -> float:
    """MI in bits of a joint distribution, smoothed, less that of its margins' product."""

    def plain(p: Array) -> float:
        p = (p + pseudocount / p.size) / (1 + pseudocount)
        terms = [
            np.where(x > 0, x * np.log2(np.where(x > 0, x, 1)), 0).sum()
            for x in (p, p.sum(axis=0), p.sum(axis=1))
        ]
        return float(terms[0] - terms[1] - terms[2])

    return plain(joint) - plain(np.outer(joint.sum(axis=1), joint.sum(axis=0)))


def shares_of(margins: str, m: int) -> Array:
    """How frequent each k-mer is: equally, or as 1, 1/2, 1/3 ..."""
    p = np.ones(m) if margins == "uniform" else 1 / np.arange(1, m + 1)
    return p / p.sum()


def coupled(p: Array, mi: float) -> Array:
    """Two k-mers that are the same with some chance, else independent: just so much MI."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        joint = (1 - middle) * np.outer(p, p) + middle * np.diag(p)
        low, high = (middle, high) if mi_of(joint, 0.0) < mi else (low, middle)
    return (1 - low) * np.outer(p, p) + low * np.diag(p)


def truths_at_k(joint: Array, letters: int, k: int, pseudocount: float) -> list[float]:
    """MI of the pairs (o, o + k), o letters into a block; the rest lies in the next block."""
    block = joint.reshape([letters] * (2 * k))
    found = []
    for o in range(2 * k):
        behind = block.sum(axis=tuple(range(o)))
        before = block.sum(axis=tuple(range(o, 2 * k)))
        both = np.multiply.outer(behind, before)
        found.append(mi_of(both.reshape(letters**k, letters**k), pseudocount))
    return found


def draw(rng: Any, joint: Array, n: int, letters: int, k: int) -> fastmi.PackedSequences:
    """So many sequences of such blocks."""
    m = letters**k
    cells = rng.choice(m * m, (n, BLOCKS), p=joint.ravel() / joint.sum())
    powers = letters ** np.arange(2 * k - 1, -1, -1)
    codes = (cells[..., None] // powers % letters).reshape(n, -1).astype(np.uint8)
    return fastmi.PackedSequences.from_codes(codes, "dna" if letters == 4 else "protein")


# --------------------------------------------------------------------------- what is found


@dataclass
class Resampled:
    """What all kinds of intervals are made of, from the same replicates."""

    values: Array
    se: Array
    less: Array
    off: Array
    means: Array
    mean_se: Array
    mean_raw: Array
    mean_off: Array


def resampled(
    sequences: fastmi.PackedSequences, setting: Setting, replicates: int, seed: int
) -> Resampled:
    """As fastmi.stats.bootstrap does it."""
    result = fastmi.pairwise_mi(
        sequences, setting.k, pseudocount=setting.pseudocount, n_threads=1
    )
    sample = Sample.of(sequences, result, 1)
    drawn = Drawn(sample, replicates, keep=True)
    drawn.make(seed, 0, np.zeros(2, np.int64))
    values = sample.values - sample.bias
    return Resampled(
        values,
        np.maximum(drawn.se, np.sqrt(sample.variance)),
        without_excess(drawn.se, sample.variance, sample.full),
        drawn.errors(),
        sample.by_distance(values),
        without_excess(drawn.mean_se, sample.mean_variance, sample.full),
        np.maximum(drawn.mean_se, np.sqrt(sample.mean_variance)),
        drawn.mean_errors(),
    )


def cover(setting: Setting, sets: int, replicates: int) -> dict[str, Any]:
    """How often each interval holds the truth."""
    letters, k = LETTERS[setting.alphabet], setting.k
    p = shares_of(setting.margins, letters**k)
    joint = coupled(p, setting.mi)
    truths = truths_at_k(joint, letters, k, setting.pseudocount)
    n_positions = 2 * k * BLOCKS - k + 1
    mean = np.mean([truths[i % (2 * k)] for i in range(n_positions - k)])
    rng = np.random.default_rng([setting.n, k, letters, int(1000 * setting.mi)])
    held: dict[str, list[bool]] = {}
    estimates, errors = [], []
    pairs = np.zeros((n_positions, n_positions), bool)
    pairs[at := np.arange(BLOCKS) * 2 * k, at + k] = True
    some = pairs[np.triu_indices(n_positions, k)]

    def note(what: str, low: Array, high: Array, truth: float) -> None:
        held.setdefault(what, []).extend(np.atleast_1d((low <= truth) & (truth <= high)))

    for number in range(sets):
        two = [
            resampled(draw(rng, joint, setting.n, letters, k), setting, replicates, seed)
            for seed in (2 * number, 2 * number + 1)
        ]
        first, second = two
        for kind in INTERVALS:
            low, high = ends(first.values, first.se, first.off, LEVEL, kind, replicates)
            note(f"pair, {kind}", low[some], high[some], truths[0])
            given = (first.means[:1], first.mean_se[:1], first.mean_off[:, :1])
            note(f"mean, {kind}", *ends(*given, LEVEL, kind, replicates), mean)
        given = (first.means[:1], first.mean_raw[:1], None)
        note("mean, normal, excess left", *ends(*given, LEVEL, "normal", replicates), mean)
        low, high = ends(first.values, first.less, None, LEVEL, "normal", replicates)
        note("pair, normal, excess taken off", low[some], high[some], truths[0])
        off = first.values - second.values
        low, high = ends(
            off, np.hypot(first.less, second.less), None, LEVEL, "normal", replicates
        )
        note("difference, normal", low[some], high[some], 0.0)
        low, high = ends(off, np.hypot(first.se, second.se), None, LEVEL, "normal", replicates)
        note("difference, normal, excess left", low[some], high[some], 0.0)
        estimates.append(first.values[some])
        errors.append(first.se[some])
    return {
        "case": "coverage",
        **asdict(setting),
        "sets": sets,
        "replicates": replicates,
        "truth": truths[0],
        "off": float(np.mean(estimates) - truths[0]),
        "deviation": float(np.std(estimates)),
        "standard_error": float(np.sqrt(np.mean(np.square(errors)))),
        **{name: float(np.mean(each)) for name, each in held.items()},
    }


def job(given: tuple[Setting, int, int]) -> dict[str, Any]:
    """For a worker."""
    warnings.simplefilter("ignore")
    return cover(*given)


def main() -> None:
    """Simulate, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--out")
    parser.add_argument("--sets", type=int, default=60)
    parser.add_argument("--replicates", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--most", type=int, default=10**9, help="sequences of a set, at most")
    args = parser.parse_args()
    todo = [
        (s, max(args.sets // (1 + 2 * (s.n > 5_000)), 1), args.replicates)
        for s in settings()
        if s.n <= args.most
    ]
    rows = []
    with ProcessPoolExecutor(args.workers) as pool:
        for row in pool.map(job, todo):
            rows.append(row)
            words = "  ".join(f"{name} {row[name]:.3f}" for name in row if ", " in name)
            print(
                *[row[x] for x in asdict(todo[0][0])],
                f"se/sd {row['standard_error'] / row['deviation']:.2f}",
                words,
                flush=True,
            )
            if args.out:
                found = {"machine": machine(), "cases": rows}
                Path(args.out).write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
