"""How often tests of differences reject what is true, and find what is planted.

    python benchmarks/levels.py -o benchmarks/results/levels-NAME.json [--sets 200]

Two sets of each kind, as intervals.py makes them; the pairs tested are those within blocks.
"""

from __future__ import annotations

import argparse
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from intervals import BLOCKS, LETTERS, coupled, draw, shares_of
from machine import machine

from fastmi import stats

Array = Any
ALPHAS = (0.05, 0.01, 0.001)


def shifted(joint: Array) -> Array:
    """The same MI, but each k-mer goes together with another one."""
    return np.roll(joint, 1, axis=1)


def situations(m: int) -> dict[str, tuple[Array, Array, bool]]:
    """Both sets' joint distributions by what they are, and whether their MI is the same."""
    equal, skewed = shares_of("uniform", m), shares_of("skewed", m)
    some = coupled(equal, 0.1)
    return {
        "one pool, independent": (coupled(equal, 0.0), coupled(equal, 0.0), True),
        "one pool, 0.01 bits": (coupled(equal, 0.01), coupled(equal, 0.01), True),
        "one pool, 0.1 bits": (some, some, True),
        "margins differ, independent": (coupled(equal, 0.0), coupled(skewed, 0.0), True),
        "margins differ, 0.1 bits in both": (some, coupled(skewed, 0.1), True),
        "other partners, 0.1 bits in both": (some, shifted(some), True),
        "0.02 bits against none": (coupled(equal, 0.02), coupled(equal, 0.0), False),
        "0.12 bits against 0.08": (coupled(equal, 0.12), coupled(equal, 0.08), False),
    }


def levels(alphabet: str, k: int, n: int, sets: int, replicates: int) -> list[dict[str, Any]]:
    """The share of planted pairs with p at most alpha, by situation and null."""
    letters, rows = LETTERS[alphabet], []
    for name, (a, b, same) in situations(letters**k).items():
        rng = np.random.default_rng([n, k])
        found: dict[str, list[Array]] = {}
        at = np.arange(BLOCKS) * 2 * k
        for number in range(sets):
            two = [draw(rng, joint, n, letters, k) for joint in (a, b)]
            for null in ("equal_mi", "same_distribution"):
                tested = stats.difference(*two, k=k, n=replicates, null=null, rng=number)
                found.setdefault(null, []).append(tested.p[at, at + k])
                if tested.p_own is not None:
                    found.setdefault("own", []).append(tested.p_own[at, at + k])
        for null, p in found.items():
            shares = {
                f"p <= {alpha:g}": float((np.array(p) <= alpha).mean()) for alpha in ALPHAS
            }
            rows.append(
                {
                    "case": "levels",
                    "alphabet": alphabet,
                    "k": k,
                    "n": n,
                    "situation": name,
                    "same_mi": same,
                    "null": null,
                    "tests": int(np.size(p)),
                    **shares,
                }
            )
            print(
                alphabet, k, n, name, null, *(f"{x:.4f}" for x in shares.values()), flush=True
            )
    return rows


def main() -> None:
    """Simulate, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--out")
    parser.add_argument("--sets", type=int, default=200)
    parser.add_argument("--replicates", type=int, default=100)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    rows = []
    for alphabet, k, n, share in (("dna", 1, 2_000, 1), ("dna", 3, 5_000, 4)):
        rows += levels(alphabet, k, n, max(args.sets // share, 1), args.replicates)
    if args.out:
        found = {"machine": machine(), "cases": rows}
        Path(args.out).write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
