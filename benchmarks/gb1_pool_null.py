"""The null of fastmi's example: what maps of random GB1 variants look like.

    python benchmarks/gb1_pool_null.py VARIANTS.npz [-o fastmi/data/gb1_pool_null.npz]

The 26,804 fittest variants of ``fastmi.example()`` come from 536,084 that were measured (Olson
et al. 2014), each with one or two mutations, so that no two positions are independent among
them. VARIANTS.npz has them all: ``X``, codes of shape (536084, 56), into the letters ``chars``.
Maps of 1,000 random subsets of as many (k = 1, no pseudocount) leave a mean and a standard
deviation for each pair, which is what the example needs. A minute on two cores.
"""

from __future__ import annotations

import argparse

import numpy as np

import fastmi

N_SETS = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("variants", metavar="VARIANTS.npz")
    parser.add_argument("-o", "--out", default="fastmi/data/gb1_pool_null.npz")
    args = parser.parse_args()
    with np.load(args.variants) as archive:
        letters = "".join(archive["chars"])
        codes = archive["X"]
    kind = fastmi.get_alphabet("protein")
    place = np.array([kind.letters.find(letter) for letter in letters])
    if (place[codes] < 0).any():
        raise SystemExit(f"{args.variants} has letters other than {kind.letters}")
    pool = fastmi.PackedSequences.from_codes(place[codes].astype(np.uint8), "protein")
    best = fastmi.read(fastmi.example("gb1_top5"), "protein")
    null = fastmi.stats.summarise_pool(
        pool, len(best), k=1, pseudocount=0, n_sets=N_SETS, progress=True
    )
    null.save(args.out)
    found = null.significance(fastmi.pairwise_mi(best, k=1, pseudocount=0))
    print(null)
    print(found.check)
    print(f"the fittest: {found.n_significant():,} of {found.n_tests:,} pairs stand out")


if __name__ == "__main__":
    main()
