"""Whether p are what they say: ``benchmarks/calibration.py --json FILE --figure FILE``.

Many independent data sets without dependence under each null go through
``fastmi.significance`` as a user's would. Of their p, the share at most 0.05, 0.01 and 0.001
must be just that. Pairs of one data set depend on each other, so errors are those of means over
data sets. Then mixed sets, in which some pairs depend: how many of those called are false.
Last, how often a dependence of some strength is found, at the same true rate of false alarms,
by X^2 here, by chi-square on MI, and by the share of random maps beyond, as the original
program counts it. A run that was stopped goes on from what is in its file.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import machine
import numpy as np
from scipy import stats

from fastmi import FastMIWarning, PackedSequences, pairwise_mi, significance

LEVELS = (0.05, 0.01, 0.001)
QUANTILES = np.logspace(-4, 0, 60)
Codes = np.ndarray
Ways = dict[str, tuple[float, float]]


# ---------------------------------------------------------------------------------- data


def frequencies(kind: str, size: int, length: int, rng: np.random.Generator) -> np.ndarray:
    """Of letters at each position, which are independent of each other."""
    if kind == "uniform":
        return np.full((length, size), 1 / size)
    if kind == "skewed":
        return rng.dirichlet(np.full(size, 0.7), length)
    if kind == "near-constant":
        rows = np.full((length, size), 0.003 / (size - 1))
        rows[:, 0] = 0.997
        return rows
    assert kind == "wild type"
    return np.c_[np.full(length, 0.9), 0.1 * rng.dirichlet(np.ones(size - 1), length)]


def drawn(rows: np.ndarray, n: int, rng: np.random.Generator) -> Codes:
    below = np.cumsum(rows, axis=1)
    below[:, -1] = 2
    u = rng.random((n, len(rows)))
    return np.stack(
        [np.searchsorted(below[i], u[:, i], side="right") for i in range(len(rows))], axis=1
    ).astype(np.uint8)


def packed(codes: Codes, size: int, **more: Any) -> PackedSequences:
    return PackedSequences.from_codes(codes, alphabet="dna" if size == 4 else "protein", **more)


def independent(
    rng: np.random.Generator, kind: str, size: int, n: int, length: int, weights: str = ""
) -> dict[str, Any]:
    codes = drawn(frequencies(kind, size, length, rng), n, rng)
    if weights == "clusters":  # each sequence in several copies, which weigh as one together
        times = rng.geometric(0.3, n)
        both = packed(np.repeat(codes, times, axis=0), size)
        return {"data": both.with_weights(np.repeat(1 / times, times))}
    if weights == "fractions":
        return {"data": packed(codes, size).with_weights(rng.random(n))}
    if weights == "gaps":
        codes[rng.random(codes.shape) < 0.15] = 255
        return {"data": packed(codes, size, unknown="skip")}
    return {"data": packed(codes, size)}


LINKS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "linear": lambda y: y,
    "sigmoid": lambda y: 1 / (1 + np.exp(-3 * y)),
    "exponential": np.exp,
}


def additive(
    rng: np.random.Generator,
    link: str,
    noise: float,
    size: int = 4,
    length: int = 10,
    interaction: float = 0.0,
    shared: bool = False,
) -> dict[str, Any]:
    """The best 5 % by an additive model's scores, behind a rising function and noise.

    An interaction is what the first and the last letter add if they are the same; pairs are
    then those with one of both, or with neither.
    """
    n = 20_000
    codes = drawn(frequencies("uniform", size, length, rng), n, rng)
    sums = rng.normal(size=(length, size))[np.arange(length), codes].sum(axis=1)
    sums += interaction * (codes[:, 0] == codes[:, -1])
    scores = LINKS[link]((sums - sums.mean()) / sums.std()) + noise * rng.normal(size=n)
    pool = packed(codes, size)
    best = np.sort(np.argsort(-scores)[: n // 20])
    made = {"data": pool[best], "pool": pool, "scores": scores}
    if interaction:
        ends = np.zeros(length, bool)
        ends[[0, -1]] = True
        made["only"] = ends[:, None] != ends if shared else ~(ends[:, None] | ends)
    return made


def library(rng: np.random.Generator) -> dict[str, Any]:
    """Random ones of all double mutants: positions depend on each other by design."""
    n, length = 20_000, 10
    codes = np.zeros((n, length), np.uint8)
    places = np.argsort(rng.random((n, length)), axis=1)[:, :2]
    codes[np.arange(n)[:, None], places] = rng.integers(1, 20, (n, 2))
    pool = packed(codes, 20)
    return {"data": pool[np.sort(rng.choice(n, 1500, replace=False))], "pool": pool}


def chain(rng: np.random.Generator) -> dict[str, Any]:
    """A Markov chain, the same at every place."""
    n, length = 3000, 24
    steps = np.cumsum(rng.dirichlet(np.full(4, 2.0), 4), axis=1)
    codes = np.zeros((n, length + 20), np.uint8)
    for i in range(1, length + 20):
        u = rng.random(n)
        codes[:, i] = np.minimum((u[:, None] > steps[codes[:, i - 1]]).sum(axis=1), 3)
    return {"data": packed(codes[:, 20:], 4)}


def given(rng: np.random.Generator) -> dict[str, Any]:
    sets = [packed(drawn(frequencies("uniform", 4, 12, rng), 1000, rng), 4) for _ in range(31)]
    return {"data": sets[0], "samples": sets[1:]}


# --------------------------------------------------------------------------------- cases


def cases(quick: bool) -> list[dict[str, Any]]:
    """What is tried: a name, a null, k, how data are made, and how many sets.

    If quick, of each null, two sets.
    """
    found: list[dict[str, Any]] = []

    def add(null: str, name: str, k: int, make: Callable[..., Any], n: int, **how: Any) -> None:
        times = 2 if quick else n
        found.append({"null": null, "name": name, "k": k, "make": make, "n": times, "how": how})

    kinds = ("uniform", "skewed", "near-constant", "wild type")
    for kind in kinds:
        for size, k in ((4, 1), (4, 2), (4, 3), (20, 1)):
            what = f"{'DNA' if size == 4 else 'protein'}, k = {k}, {kind}"
            for n in (500, 5000):
                make = partial(independent, kind=kind, size=size, n=n, length=14)
                add("independence", f"{what}, N = {n:,}", k, make, 100, n_sets=40)
        make = partial(independent, kind=kind, size=4, n=500_000, length=10)
        add("independence", f"DNA, k = 3, {kind}, N = 500,000", 3, make, 16, n_sets=10)
    for weights in ("clusters", "fractions", "gaps"):
        for kind in ("uniform", "skewed", "wild type"):
            for size, k in ((4, 1), (4, 3), (20, 1)):
                what = f"{'DNA' if size == 4 else 'protein'}, k = {k}, {kind}, {weights}"
                make = partial(
                    independent, kind=kind, size=size, n=2000, length=14, weights=weights
                )
                add("independence", what, k, make, 60, n_sets=40)
    for link in LINKS:
        for noise in (0.0, 0.3, 1.0):
            make = partial(additive, link=link, noise=noise)
            add("additive", f"DNA, {link}, noise {noise:g}", 1, make, 120)
    for shared in (True, False):
        make = partial(additive, link="linear", noise=0.3, interaction=2.0, shared=shared)
        which = "pairs with one of the two" if shared else "other pairs"
        add("additive", f"DNA, linear, two positions interact: {which}", 1, make, 120)
    make = partial(additive, link="linear", noise=0.5)
    add("additive", "DNA, k = 2, linear, noise 0.5", 2, make, 60)
    make = partial(additive, link="sigmoid", noise=0.5, size=20, length=8)
    add("additive", "protein, sigmoid, noise 0.5", 1, make, 30)
    add("pool", "protein, double mutants", 1, library, 60)
    add("distance", "DNA, a Markov chain", 1, chain, 60)
    add("samples", "DNA, k = 2, uniform, 30 sets", 2, given, 100)
    return [found[0], *found[-14::4], *found[-3:]] if quick else found


def p_of(case: dict[str, Any], number: int) -> tuple[np.ndarray, bool]:
    """P of all pairs of one data set, and whether its own check failed."""
    rng = np.random.default_rng((8, number))
    made = case["make"](rng)
    only = made.pop("only", True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FastMIWarning)
        found = significance(
            made.pop("data"),
            case["k"],
            null=case["null"],
            rng=number,
            n_threads=1,
            **made,
            **case["how"],
        )
    p = np.where(only, found.p, np.nan)[found.result.pairs()]
    return p[~np.isnan(p)], bool(found.check.failed)


def calibrated(case: dict[str, Any], pool: ProcessPoolExecutor) -> dict[str, Any]:
    """Shares at the levels with errors by data set, and quantiles."""
    started = time.perf_counter()
    results = list(pool.map(partial(p_of, case), range(case["n"])))
    rows = [p for p, _ in results]
    together = np.concatenate(rows)
    out: dict[str, Any] = {key: case[key] for key in ("null", "name", "k", "n")}
    for level in LEVELS:
        shares = np.array([(p <= level).mean() for p in rows])
        out[f"share_{level}"] = float(shares.mean())
        out[f"error_{level}"] = float(shares.std(ddof=1) / np.sqrt(len(shares)))
    out["n_p"] = len(together)
    out["failed"] = sum(failed for _, failed in results)
    seen = 3 / len(together) <= QUANTILES
    out["quantiles"] = [
        [float(q), float(p)]
        for q, p in zip(QUANTILES[seen], np.quantile(together, QUANTILES[seen]), strict=True)
    ]
    out["seconds"] = time.perf_counter() - started
    return out


# ---------------------------------------------------------------- false discoveries, power


def mixed(number: int, share: float, n: int = 4000) -> dict[str, Any]:
    """A set in which 15 of 435 pairs depend, by letters copied in a share of the sequences."""
    rng = np.random.default_rng((9, number))
    codes = drawn(frequencies("skewed", 4, 30, rng), n, rng)
    places = rng.permutation(30).reshape(15, 2)
    for i, j in places:
        some = rng.random(n) < share
        codes[some, j] = codes[some, i]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FastMIWarning)
        found = significance(packed(codes, 4), 1, rng=number, n_threads=1)
    true = np.zeros(found.p.shape, bool)
    true[places[:, 0], places[:, 1]] = true[places[:, 1], places[:, 0]] = True
    at = found.result.pairs()
    out = {}
    for correction in ("bh", "by", "holm"):
        called = found.adjusted(correction)[at] <= 0.05
        false = int((called & ~true[at]).sum())
        out[correction] = {
            "false_share": false / max(int(called.sum()), 1),
            "any_false": float(false > 0),
            "found": float((called & true[at]).sum() / true[at].sum()),
        }
    return out


def discoveries(pool: ProcessPoolExecutor, n: int) -> list[dict[str, Any]]:
    rows = []
    for share in (0.05, 0.1, 0.2):
        results = list(pool.map(partial(mixed, share=share), range(n)))
        for correction in ("bh", "by", "holm"):
            row: dict[str, Any] = {"copied": share, "correction": correction, "n": n}
            for name in ("false_share", "any_false", "found"):
                values = np.array([result[correction][name] for result in results])
                row[name] = float(values.mean())
                row[f"{name}_error"] = float(values.std(ddof=1) / np.sqrt(n))
            rows.append(row)
    return rows


def three_ways(number: int, kind: str, share: float, n: int) -> Ways:
    """P of one pair by X^2 here, by chi-square on MI, and among 100 random maps.

    And what each ranks data by: of chi-square its own number, as its p is 1 too often.
    """
    rng = np.random.default_rng((10, number))
    rows = frequencies(kind, 4, 6, rng)
    codes = drawn(rows, n, rng)
    some = rng.random(n) < share
    codes[some, 3:] = codes[some, :3]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FastMIWarning)
        found = significance(
            packed(codes, 4), 3, pseudocount=0, rng=number, n_sets=200, n_threads=1
        )
        mi = float(found.result.matrix[0, 3])
        randoms = [
            float(pairwise_mi(packed(drawn(rows, n, rng), 4), 3, pseudocount=0).matrix[0, 3])
            for _ in range(100)
        ]
    g = 2 * n * np.log(2) * mi
    p, share = float(found.p[0, 3]), float(np.mean(np.array(randoms) > mi))
    return {
        "x2": (p, p),
        "chi-square on MI": (float(stats.chi2(63 * 63).sf(g)), -g),
        "share of random maps": (share, share),
    }


def found_at(without: np.ndarray, with_it: np.ndarray, rate: float) -> float:
    """The share of ``with_it`` below a threshold that ``rate`` of ``without`` are below.

    Of values equal to the threshold, as many as make up the rate, by chance.
    """
    edge = np.sort(without)[int(rate * len(without))]
    below, equal = (without < edge).mean(), (without == edge).mean()
    return float((with_it < edge).mean() + (rate - below) / equal * (with_it == edge).mean())


# Sequences, and the shares of them in which a 3-mer is copied
STRENGTHS = {2000: (0.02, 0.03, 0.05), 20_000: (0.005, 0.01, 0.02)}


def power(
    pool: ProcessPoolExecutor, n: int, strengths: dict[int, tuple[float, ...]]
) -> list[dict[str, Any]]:
    """Of each way its own rate of false alarms at 0.05, and what it finds at a true 0.05.

    n sets without dependence, and half as many of each strength.
    """
    rows = []
    for kind in ("uniform", "skewed"):
        for size, shares in strengths.items():
            null = list(pool.map(partial(three_ways, kind=kind, share=0.0, n=size), range(n)))
            for share in shares:
                some = partial(three_ways, kind=kind, share=share, n=size)
                results = list(pool.map(some, range(n, n + n // 2)))
                for way in null[0]:
                    p, without = np.array([row[way] for row in null]).T
                    with_it = np.array([row[way][1] for row in results])
                    rows.append(
                        {
                            "kind": kind,
                            "n_sequences": size,
                            "copied": share,
                            "way": way,
                            "n": n,
                            "n_with": n // 2,
                            "false_at_0.05": float((p <= 0.05).mean()),
                            "found_at_true_0.05": found_at(without, with_it, 0.05),
                        }
                    )
    return rows


# ---------------------------------------------------------------------------------- main


def draw(found: dict[str, Any], path: Path) -> None:
    """Quantiles of p against those of a uniform one, null by null."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    panels = [
        ("independence: one letter", lambda r: r["null"] == "independence" and r["k"] == 1),
        ("independence: 2-mers, 3-mers", lambda r: r["null"] == "independence" and r["k"] > 1),
        ("additive", lambda r: r["null"] == "additive"),
        ("pool, distance, samples", lambda r: r["null"] in ("pool", "distance", "samples")),
    ]
    kinds = {  # by the first word that a name has
        "fractions": ("weights are fractions", "#CC79A7"),
        "30 sets": ("samples: random sets", "#009E73"),
        "mutants": ("pool: double mutants", "#0072B2"),
        "chain": ("distance: a Markov chain", "#E69F00"),
        "one of the two": ("one of two that interact", "#CC79A7"),
        "interact": ("neither of the two", "#999999"),
        "near-constant": ("near-constant", "#999999"),
        "wild type": ("wild type", "#009E73"),
        "uniform": ("uniform", "#0072B2"),
        "skewed": ("skewed", "#E69F00"),
        "linear": ("linear", "#0072B2"),
        "sigmoid": ("sigmoid", "#E69F00"),
        "exponential": ("exponential", "#009E73"),
    }
    figure, axes = plt.subplots(1, 4, figsize=(13, 3.6), sharex=True, sharey=True)
    for ax, (title, wanted) in zip(axes, panels, strict=True):
        ax.plot([0, 4], [0, 4], color="black", linewidth=0.8, zorder=3)
        for factor in (0.5, 2.0):
            ax.plot([0, 4], np.array([0, 4]) - np.log10(factor), color="black",
                    linewidth=0.6, linestyle=":")  # fmt: skip
        seen = []
        for row in found["calibration"]:
            if not wanted(row):
                continue
            label, colour = next(kinds[word] for word in kinds if word in row["name"])
            q, p = np.array(row["quantiles"]).T
            once = None if label in seen else label
            ax.plot(-np.log10(q), -np.log10(np.maximum(p, 1e-12)), color=colour,
                    linewidth=1.0, alpha=0.8, label=once)  # fmt: skip
            seen.append(label)
        ax.set_title(title, fontsize=10)
        ax.set_xlabel(r"expected $-\log_{10} p$")
        if seen:
            where = "lower right" if title == "additive" else "upper left"  # out of the way
            ax.legend(fontsize=7.5, frameon=False, loc=where, handlelength=1.4)
        ax.set_xlim(0, 4)
        ax.set_ylim(0, 4.6)
        ax.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel(r"observed $-\log_{10} p$")
    figure.tight_layout()
    figure.savefig(path, dpi=150, metadata={"Software": None})


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="where the numbers go")
    parser.add_argument("--figure", type=Path, help="where the picture goes")
    parser.add_argument("--quick", action="store_true", help="few sets: to see that it runs")
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args(argv)
    found: dict[str, Any] = {
        "what": "calibration",
        "machine": machine.machine(),
        "commits": {},
        "calibration": [],
    }
    if args.json and args.json.exists():  # go on
        found |= json.loads(args.json.read_text())

    def keep(part: str, rows: list[dict[str, Any]]) -> None:
        found[part] = rows
        found["commits"][part] = machine.commit()
        if args.json:
            args.json.write_text(json.dumps(found, indent=1) + "\n")

    with ProcessPoolExecutor(args.processes, get_context("spawn")) as pool:
        known = {(row["null"], row["name"]) for row in found["calibration"]}
        for case in cases(args.quick):
            if (case["null"], case["name"]) in known:
                continue
            row = calibrated(case, pool)
            keep("calibration", [*found["calibration"], row])
            shares = "  ".join(
                f"{row[f'share_{level}']:.4f} +- {row[f'error_{level}']:.4f}"
                for level in LEVELS
            )
            print(
                f"{row['null']:13} {row['name']:45} {shares}  {row['seconds']:.0f} s",
                flush=True,
            )
        if "discoveries" not in found:
            keep("discoveries", discoveries(pool, 2 if args.quick else 100))
        if "power" not in found:
            some = {500: (0.05,)} if args.quick else STRENGTHS
            keep("power", power(pool, 4 if args.quick else 200, some))
    if args.figure:
        draw(found, args.figure)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
