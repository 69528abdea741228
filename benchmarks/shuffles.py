"""fastmi's shuffles against those of other packages, in turn, on one core and on all.

    python -m pip install seqpro dinuc-shuf       # the peers; what is missing is skipped
    python benchmarks/shuffles.py [--json benchmarks/results/NAME.json]
    python benchmarks/shuffles.py --quick         # a second, only to see that it runs

Random DNA, in each one's favourite form: packed rows for fastmi, an array of letters for
SeqPro, one-hot for dinuc_shuf; times are those of whole sets in memory, best and median.
Before that each answer is CHECKED: every sequence must keep its words of k letters.
``reached`` says how many of the 27 sequences with the dinucleotides of ACCCACGATGATG, and of
the 72 with those of ACCCACGATGATA, come in 1,000 shuffles for each: a uniform shuffle reaches
all.  Threads are those of a process, set before its first one starts, so each number of them
has a process of its own.  ``--cpu`` measures seconds of one core instead, for machines where
others work, too.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from machine import load, machine
from yardstick import Row, timed

import fastmi

Array = np.ndarray[Any, Any]
Case = tuple[int, int, int]  # sequences, letters in each, k
ARRANGEMENTS = {"ACCCACGATGATG": 27, "ACCCACGATGATA": 72}
CASES = [(100_000, 200, k) for k in (1, 2, 3, 4)] + [(20_000, 1000, k) for k in (2, 3)]
QUICK = [(2_000, 50, k) for k in (1, 2, 3)]
VARIABLES = ("RAYON_NUM_THREADS", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS")


@dataclass(frozen=True)
class Peer:
    """A way to shuffle: the sequences in its form, a shuffle of that, and the way back."""

    module: str
    form: Callable[[fastmi.PackedSequences], Any]
    shuffle: Callable[[Any, int, int], Any]  # of the form, k and threads
    codes: Callable[[Any], Array]
    ks: range = range(1, 100)


def by_fastmi(packed: Any, k: int, threads: int) -> Any:
    """Ours, through the public function."""
    return fastmi.simulate.shuffle(packed, k, rng=1, n_threads=threads)


def by_seqpro(letters: Array, k: int, _: int) -> Array:
    """SeqPro's, in Rust."""
    seqpro = importlib.import_module("seqpro")
    made: Array = seqpro.k_shuffle(letters, k, seqpro.DNA, length_axis=-1, seed=1)
    return made


def by_dinuc_shuf(one_hot: Array, _: int, __: int) -> Array:
    """That of dinuc_shuf, in Rust, without its check of what goes in."""
    generator = np.random.default_rng(1)
    dinuc_shuf = importlib.import_module("dinuc_shuf")
    made: Array = dinuc_shuf.shuffle(one_hot, generator, verify=False)
    return made


def as_letters(packed: fastmi.PackedSequences) -> Array:
    """One letter a cell."""
    return packed.alphabet.letter_bytes[packed.to_codes()].view("S1")


PEERS = {
    "fastmi": Peer("fastmi", lambda packed: packed, by_fastmi, lambda made: made.to_codes()),
    "SeqPro k_shuffle": Peer(
        "seqpro",
        as_letters,
        by_seqpro,
        lambda made: fastmi.pack(made).to_codes(),
    ),
    "dinuc_shuf shuffle": Peer(
        "dinuc_shuf",
        lambda packed: packed.to_one_hot(dtype=np.uint8),
        by_dinuc_shuf,
        lambda made: made.argmax(axis=2).astype(np.uint8),
        range(2, 3),
    ),
}


def missing() -> dict[str, str]:
    """Peers that are not here, and why."""
    found = {}
    for name, peer in PEERS.items():
        try:
            importlib.import_module(peer.module)
        except Exception as error:  # a broken package must not end the others
            found[name] = f"cannot import {peer.module} ({type(error).__name__}: {error})"
    return found


# ----------------------------------------------------------------------------------- checks


def word_counts(codes: Array, k: int) -> Array:
    """How often each word of k letters occurs in each row."""
    n_words = codes.shape[1] - k + 1
    numbers = np.zeros((len(codes), n_words), np.int64)
    for i in range(k):
        numbers = 4 * numbers + codes[:, i : i + n_words]
    numbers += 4**k * np.arange(len(codes))[:, None]
    return np.bincount(numbers.ravel(), minlength=4**k * len(codes)).reshape(-1, 4**k)


def check_words(name: str, before: Array, after: Array, k: int) -> None:
    """Raise unless every row has kept its words, and most rows are others than before."""
    if not (word_counts(before, k) == word_counts(after, k)).all():
        raise AssertionError(f"{name} does not keep the words of {k} letters")
    if (before == after).all(axis=1).mean() > 0.5:
        raise AssertionError(f"{name} leaves sequences as they are")


def reached(peer: Peer) -> list[int]:
    """How many arrangements of the dinucleotides of each example come at all."""
    found = []
    for sequence, n in ARRANGEMENTS.items():
        given = fastmi.PackedSequences.from_strings([sequence] * (1000 * n))
        made = peer.codes(peer.shuffle(peer.form(given), 2, 1))
        found.append(len(Counter(row.tobytes() for row in made)))
    return found


# ------------------------------------------------------------------------------- the program


def measure(
    cases: list[tuple[int, int, int]], threads: int, repeats: int, cpu: bool
) -> list[Row]:
    """All peers on all cases, in this process."""
    clock = time.process_time if cpu else time.perf_counter
    rows = []
    here = {name: peer for name, peer in PEERS.items() if name not in missing()}
    arrangements = {name: reached(peer) for name, peer in here.items()}
    for n, length, k in cases:
        packed = fastmi.simulate.random(n, length, rng=1).pack()
        jobs = {}
        for name, peer in here.items():
            if k in peer.ks:
                form = peer.form(packed)
                some = packed[:2000]
                after = peer.codes(peer.shuffle(peer.form(some), k, threads))
                check_words(name, some.to_codes(), after, k)
                jobs[name] = partial(peer.shuffle, form, k, threads)
        found = timed(jobs, repeats, lambda _: clock)
        for name, times in found.items():
            row: Row = {
                "case": "shuffle",
                "peer": name,
                "n": n,
                "length": length,
                "k": k,
                "threads": threads,
                "clock": "CPU" if cpu else "wall",
                "reached": arrangements[name],
                **times,
                "sequences_per_s": n / times["best_s"],
                "times_fastmi": times["best_s"] / found["fastmi"]["best_s"],
            }
            rows.append(row)
    return rows


def in_a_process(cases: list[Case], threads: int, repeats: int, cpu: bool) -> list[Row]:
    """The same in a process that has this number of threads from its beginning."""
    call = f"shuffles.measure({cases!r}, {threads}, {repeats}, {cpu})"
    done = subprocess.run(
        [sys.executable, "-c", f"import json, shuffles; print(json.dumps({call}))"],
        env={**os.environ, **dict.fromkeys(VARIABLES, str(threads))},
        cwd=os.path.dirname(os.path.abspath(__file__)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    rows: list[Row] = json.loads(done.stdout.splitlines()[-1])
    return rows


def main(argv: list[str] | None = None) -> int:
    """Measure, print and, if asked, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", help="file for the numbers")
    parser.add_argument("--repeats", type=int, help="runs of each (default 7)")
    parser.add_argument("--cpu", action="store_true", help="seconds of one core")
    parser.add_argument("--quick", action="store_true", help="tiny cases, two runs")
    parser.add_argument("--note", default="", help="kept in the file: what disturbed the run")
    args = parser.parse_args(argv)
    about = machine(("seqpro", "dinuc_shuf"))
    print(f"{about['processor']}, {about['threads']} cores, load {about['load_before']}")
    print(f"fastmi {about['fastmi']} at {about['commit']}; seqpro {about['seqpro']}")
    for name, reason in missing().items():
        print(f"  skipped: {name}: {reason}")
    rows = []
    repeats = args.repeats or (2 if args.quick else 7)
    for threads in [1] if args.cpu else sorted({1, int(about["threads"])}):
        rows += in_a_process(QUICK if args.quick else CASES, threads, repeats, args.cpu)
    for row in rows:
        print(
            f"  {row['n']:>7,} x {row['length']:<5} k = {row['k']}  {row['threads']} threads  "
            f"{row['peer']:<20}{row['best_s']:8.4f} s  {row['sequences_per_s']:>11,.0f}/s  "
            f"reaches {row['reached']}  {row['times_fastmi']:5.2f}x"
        )
    if args.json:
        result = {
            "note": args.note,
            "machine": {**about, "load_after": load()},
            "skipped": missing(),
            "cases": rows,
        }
        with open(args.json, "w") as out:
            out.write(json.dumps(result, indent=1) + "\n")
        print(f"wrote {args.json}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
