"""From nothing to a map, as fastmi does it and as it is done without; and its parts alone.

    python benchmarks/pipeline.py [-o benchmarks/results/NAME.json]
    python benchmarks/pipeline.py --quick         # seconds, only to see that it runs

Random RNA of 40 letters is made, scored by DeepBind RBMS1, and the top 1 % are mapped at k = 3:

``fastmi``    ``fastmi.interpret`` of ten million; its stages are timed in the same run
``without``   the same steps in plain Python and NumPy: text by ``random.choices``, all windows
              of some sequences at once through the network as products of matrices, a sort,
              and PlotMI's dictionaries of pairs of k-mers

The second way does a sample of each step on one core, scaled linearly (``of``: how much was
measured): some sequences for making and scoring, all for the sort, and some pairs of positions,
with all selected sequences, for the map.  First both are held against each other, from the
same letters: scores, selection, every MI.  Then the parts of fastmi: what it makes, writes and
scores in a second.  On a machine that others use, ``--processor-time`` takes the processor's
time, not the clock's, wherever one thread works.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from deepbind import check as check_scores
from deepbind import one_hot_windows, with_numpy
from machine import ROOT, load, machine
from peers import pinned, plain_mi, sample
from run import peak_of
from yardstick import PAUSE_S, Array, Clock, Row, timed

import fastmi
from fastmi import _features, _reference, simulate
from fastmi.models import deepbind
from fastmi.models._deepbind_parameters import Parameters
from fastmi.sources import Simulated

HERE = Path(__file__).parent
MODEL, LETTERS, LENGTH, K, PERCENT = "RBMS1", "ACGU", 40, 3, 1
SELECT = f"top {PERCENT}%"
BLOCK = 50  # sequences scored at once without fastmi: the fastest of 50, 100, 250 and 1,000
STAGES = ("making", "scoring", "choosing", "MI")
MOST_DIFFERENCE = 1e-9  # bits
MOTIFS = ("MA0058.3_MAX.jaspar", "MA0136.2_ELF5.jaspar")
CLOCKS: dict[Clock, str] = {time.perf_counter: "wall", time.process_time: "processor"}
GOALS = {"letters": 100e6, "DeepBind": 200_000, "ratio": 50}  # DeepBind: on two cores


@dataclass(frozen=True)
class Size:
    """How much is done."""

    n: int = 10_000_000
    repeats: int = 3
    n_without: int = 10_000  # sequences made and scored without fastmi
    n_pairs: int = 20  # pairs of positions mapped without it
    n_checked: int = 1_000
    n_parts: int = 250_000  # sequences that the parts make
    n_text: int = 300_000  # sequences as text, for their memory


QUICK = Size(20_000, 2, 200, 4, 300, 2_000, 10_000)


# --------------------------------------------------------------------------------- fastmi


class Watch:
    """Seconds by stage."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.seconds = clock, dict.fromkeys(STAGES, 0.0)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """What is done inside is this stage."""
        start = self.clock()
        yield
        self.seconds[name] += self.clock() - start


class WatchedSource(Simulated):
    """A source whose making is timed."""

    def __init__(self, source: Simulated, watch: Watch) -> None:
        super().__init__(len(source), source.length, source.alphabet)
        self.source, self.watch = source, watch

    def block(self, start: int, stop: int) -> fastmi.PackedSequences:
        """Its block."""
        with self.watch.stage("making"):
            return self.source.block(start, stop)

    def about(self) -> dict[str, Any]:
        """What it says of itself."""
        return self.source.about()


@dataclass
class WatchedModel:
    """A model whose scoring is timed."""

    model: deepbind.DeepBind
    watch: Watch
    block_rows = deepbind.DeepBind.block_rows

    def predict(self, sequences: fastmi.PackedSequences) -> Array:
        """Its scores."""
        with self.watch.stage("scoring"):
            return self.model.predict(sequences)


def interpreted(n: int, threads: int, watch: Watch) -> fastmi.Interpretation:
    """The whole way by fastmi; what is neither making, scoring nor MI is choosing."""
    start = watch.clock()
    model = WatchedModel(deepbind.load(MODEL, n_threads=threads), watch)
    made = simulate.random(n, LENGTH, "rna", rng=1, n_threads=threads)
    source = WatchedSource(made, watch)
    found = fastmi.interpret(model, source, select=SELECT, k=K, null=None, n_threads=threads)
    took = watch.clock() - start
    run = found.map.provenance["run"]
    watch.seconds["MI"] = run["cpu_s" if watch.clock is time.process_time else "wall_s"]
    watch.seconds["choosing"] = took - sum(watch.seconds[s] for s in STAGES if s != "choosing")
    return found


# ------------------------------------------------------------------------- without fastmi


def made_without(n: int) -> list[str]:
    """Sequences as text."""
    draw = random.Random(1).choices
    return ["".join(draw(LETTERS, k=LENGTH)) for _ in range(n)]


def scored_without(p: Parameters, strings: list[str]) -> Array:
    """Scores of text, some sequences at a time."""
    letters = np.frombuffer(LETTERS.encode(), np.uint8)
    n_windows = LENGTH - 3 * p.detector_length // 2 + 1
    scores = []
    for at in range(0, len(strings), BLOCK):
        some = strings[at : at + BLOCK]
        text = np.frombuffer("".join(some).encode(), np.uint8).reshape(len(some), -1)
        one_hot = (text[:, :, None] == letters).astype(np.float32)
        scores.append(with_numpy(p, [one_hot_windows(p, one_hot)], n_windows))
    return np.concatenate(scores)


def chosen_without(scores: Array, percent: float) -> Array:
    """Records of the highest scores."""
    best = np.argsort(-scores, kind="stable")[: int(len(scores) * percent / 100)]
    return np.sort(best)


def mapped_without(strings: list[str], pairs: list[tuple[int, int]]) -> list[float]:
    """MI of the pairs."""
    kmers = fastmi.get_alphabet("rna").kmers(K)
    return [plain_mi(strings, kmers, i, j) for i, j in pairs]


def without(
    size: Size, selected: list[str], expected: fastmi.MIResult, watch: Watch
) -> dict[str, str]:
    """A sample of each stage on one core, scaled; and what was measured of it, in words."""
    n, few = size.n, size.n_without
    every = list(_reference.pairs(LENGTH, K))
    pairs = sample(every, size.n_pairs)
    parameters = deepbind.load(MODEL).parameters
    scores = np.random.default_rng(1).random(n)
    with pinned(1):
        with watch.stage("making"):
            strings = made_without(few)
        with watch.stage("scoring"):
            scored_without(parameters, strings)
        with watch.stage("choosing"):
            chosen_without(scores, PERCENT)
        with watch.stage("MI"):
            found = mapped_without(selected, pairs)
    check_map(found, [expected.matrix[pair] for pair in pairs])
    for stage in ("making", "scoring"):
        watch.seconds[stage] *= n / few
    watch.seconds["MI"] *= len(every) / len(pairs)
    some = f"{few:,} of {n:,} sequences"
    return {
        "making": some,
        "scoring": some,
        "choosing": "all",
        "MI": f"{len(pairs)} of {len(every)} pairs of positions",
    }


# --------------------------------------------------------------------------------- checks


def check_map(found: list[float], expected: list[float]) -> float:
    """The greatest difference of MI; raise if it is too large."""
    worst = float(np.abs(np.array(found) - np.array(expected)).max())
    assert worst < MOST_DIFFERENCE, f"MI differs by {worst} bits"
    return worst


def check_selection(found: Array, expected: Array) -> None:
    """Raise unless the same records were taken."""
    assert np.array_equal(found, expected), "the selections differ"


def check(n: int) -> Row:
    """Both ways from the same letters: the same answer."""
    percent = 10
    source = simulate.random(n, LENGTH, "rna", rng=7)
    model = deepbind.load(MODEL)
    theirs = fastmi.interpret(model, source, select=f"top {percent}%", k=K, null=None)
    (selected,) = theirs.selected
    strings = source.pack().to_strings()
    scores, expected = scored_without(model.parameters, strings), fastmi.score(model, source)
    check_scores("without fastmi", scores, expected)
    records = chosen_without(scores, percent)
    check_selection(records, selected.records)
    pairs = list(_reference.pairs(LENGTH, K))
    found = mapped_without([strings[r] for r in records], pairs)
    return {
        "case": "check",
        "n": n,
        "selected": len(records),
        "pairs": len(pairs),
        "scores_differ": float(np.abs(scores - expected).max()),
        "mi_differs": check_map(found, [theirs.map.matrix[pair] for pair in pairs]),
    }


# ----------------------------------------------------------------------------- whole ways


def pipelines(size: Size, threads: list[int], clock_of: Callable[[int], Clock]) -> list[Row]:
    """Both ways on each number of threads, fastmi's runs in turn."""
    runs: dict[int, list[dict[str, float]]] = {t: [] for t in threads}
    for _ in range(size.repeats):
        for t in threads:
            time.sleep(PAUSE_S)
            watch = Watch(clock_of(t))
            found = interpreted(size.n, t, watch)
            runs[t].append(watch.seconds)
    rows = []
    for t in threads:
        totals = [sum(stages.values()) for stages in runs[t]]
        row = _row("fastmi", size, t, min(runs[t], key=lambda stages: sum(stages.values())))
        rows.append({**row, "runs": size.repeats, "median_s": float(np.median(totals))})
    watch = Watch(clock_of(1))
    selected = found.selected[0].sequences.to_strings()
    of = without(size, selected, found.map, watch)
    rows.append({**_row("without", size, 1, watch.seconds), "runs": 1, "of": of})
    for row in rows:
        row["clock"] = CLOCKS[clock_of(row["threads"])]
        row["ratio"] = rows[-1]["best_s"] / row["best_s"]
        stages = ", ".join(f"{name} {row['stages'][name]:.3f}" for name in STAGES)
        print(
            f"  {row['way']:<8}{row['threads']} thr {row['best_s']:10.2f} s ({stages}), "
            f"{row['ratio']:.0f} times as fast",
            flush=True,
        )
    return rows


def _row(way: str, size: Size, threads: int, stages: dict[str, float]) -> Row:
    row: Row = {"case": "pipeline", "way": way, "threads": threads, "n": size.n}
    row |= {"length": LENGTH, "k": K, "model": MODEL, "select": SELECT}
    return row | {"best_s": sum(stages.values()), "stages": stages}


def memories(size: Size, threads: int) -> list[Row]:
    """Peak memory of fresh processes: fastmi, all of it; without, a sample and the text."""
    job = (
        f"model = fastmi.models.deepbind.load({MODEL!r}, n_threads={threads})\n"
        f"made = fastmi.simulate.random({size.n}, {LENGTH}, 'rna', rng=1)\n"
        f"found = fastmi.interpret(model, made, select={SELECT!r}, null=None, "
        f"n_threads={threads})\n"
        "s = found.selected[0].sequences"
    )
    ours: Row = {"case": "memory", "way": "fastmi", "threads": threads, **peak_of(job)}
    ours |= {"n": size.n, "all_bytes": ours["peak_bytes"]}
    start = f"import sys; sys.path.insert(0, {str(HERE)!r}); import pipeline as p\n"
    end = "\ns = fastmi.PackedSequences.from_strings(t[:2], 'rna')"
    job = f"{start}t = p.made_without({size.n_without})\n"
    job += f"x = p.scored_without(p.deepbind.load({MODEL!r}).parameters, t)"
    theirs: Row = {"case": "memory", "way": "without", "threads": threads, **peak_of(job + end)}
    few, many = (
        peak_of(f"{start}t = p.made_without({n})" + end)["peak_bytes"]
        for n in (size.n_text // 3, size.n_text)
    )
    text = (many - few) / (size.n_text - size.n_text // 3)
    theirs |= {"n": size.n_without, "text_bytes": text}
    theirs["all_bytes"] = theirs["peak_bytes"] + text * (size.n - size.n_without)
    for row in (ours, theirs):
        print(f"  {row['way']:<8}{row['all_bytes'] / 1e6:,.0f} MB", flush=True)
    return [ours, theirs]


# ---------------------------------------------------------------------------------- parts


@dataclass(frozen=True)
class Part:
    """Something that fastmi does, how much of it, and how much was hoped for."""

    name: str
    amount: float
    unit: str
    job: Callable[[], object]
    threads: int = 1
    goal: float | None = None


def random_parts(n: int) -> Iterator[Part]:
    """Sequences by each kind of frequencies, uniform first."""
    rng = np.random.default_rng(1)
    few = simulate.random(2_000, LENGTH, "rna", rng=1).pack()
    kinds: dict[str, tuple[str, Any]] = {
        "random RNA, letters equally likely": ("rna", None),
        "random RNA, by frequencies": ("rna", [0.1, 0.2, 0.3, 0.4]),
        "random RNA, by a profile": ("rna", rng.dirichlet([1] * 4, LENGTH)),
        "random RNA, Markov chain of order 2": ("rna", simulate.markov(few, 2)),
        "random proteins": ("protein", None),
    }
    for name, (alphabet, frequencies) in kinds.items():
        made = simulate.random(n, LENGTH, alphabet, frequencies=frequencies, rng=1, n_threads=1)
        yield Part(name, n * LENGTH, "letters", made.pack, goal=GOALS["letters"])


def other_parts(n: int, threads: list[int]) -> Iterator[Part]:
    """Embedding, shuffling, writing one-hot, scoring."""
    folder = ROOT / "examples" / "papers" / "data"
    motifs = [fastmi.read_motifs(folder / name)[0] for name in MOTIFS]
    background = simulate.random(n // 5, 200, rng=1, n_threads=1).pack()
    pair = partial(simulate.embed, background, motifs, gap=50, order="random", rng=1)
    yield Part("embedding MAX and ELF5 in 200 letters", len(background), "sequences", pair)
    packed = simulate.random(n // 2, 100, rng=1).pack()
    shuffle = partial(simulate.shuffle, packed, 2, rng=1, n_threads=1)
    yield Part("shuffling 100 letters, k = 2", packed.length * len(packed), "letters", shuffle)
    one_hot = np.zeros((len(packed), packed.length, 4), np.float32)
    columns = np.arange(4, dtype=np.uint8)
    write = partial(_features.write_one_hot, packed.view, one_hot, True, columns)
    yield Part("writing one-hot float32", one_hot.nbytes, "bytes", write)
    rna = simulate.random(n, LENGTH, "rna", rng=1).pack()
    for t in threads:
        score = partial(deepbind.load(MODEL).predict, rna, n_threads=t)
        goal = GOALS["DeepBind"] if t == 2 else None
        yield Part(f"DeepBind {MODEL}, {LENGTH} letters", n, "sequences", score, t, goal)


def parts(size: Size, threads: list[int], clock_of: Callable[[int], Clock]) -> list[Row]:
    """What each part does in a second; best of runs in turn."""
    every = [*random_parts(size.n_parts), *other_parts(size.n_parts, threads)]
    named = dict(enumerate(every))
    for part in every:
        part.job()
    found = timed(
        {name: part.job for name, part in named.items()},
        2 * size.repeats + 1,
        lambda name: clock_of(named[name].threads),
    )
    rows = []
    for name, part in named.items():
        row: Row = {"case": "part", "part": part.name, "threads": part.threads}
        row |= {"amount": part.amount, "unit": part.unit, **found[name]}
        row |= {"per_s": part.amount / found[name]["best_s"], "goal": part.goal}
        rows.append(row)
        print(f"  {part.name:<42}{part.threads} thr {row['per_s']:16,.0f} {part.unit}/s")
    return rows


# ------------------------------------------------------------------------------ the program


def main(argv: list[str] | None = None) -> int:
    """Measure, print and, if asked, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-o", "--out", help="file for the numbers")
    parser.add_argument("--quick", action="store_true", help="few sequences, two runs")
    parser.add_argument("--processor-time", action="store_true", help="of one thread")
    parser.add_argument("--note", default="", help="kept in the file: what disturbed the run")
    args = parser.parse_args(argv)
    size = QUICK if args.quick else Size()
    about: dict[str, Any] = machine(("threadpoolctl",))
    print(f"{about['processor']}, {about['threads']} cores, load {about['load_before']}")
    print(f"fastmi {about['fastmi']} at {about['commit']}")

    def clock_of(threads: int) -> Clock:
        one = args.processor_time and threads == 1
        return time.process_time if one else time.perf_counter

    with pinned(1) as obeys:
        about["blas_threads_are_limited"] = obeys
    threads = sorted({1, int(about["threads"])})
    rows = [check(size.n_checked)]
    rows += pipelines(size, threads, clock_of)
    rows += memories(size, threads[-1])
    rows += parts(size, threads, clock_of)
    if args.out:
        result = {
            "note": args.note,
            "machine": {**about, "load_after": load()},
            "goals": GOALS,
            "cases": rows,
        }
        Path(args.out).write_text(json.dumps(result, indent=1) + "\n")
        print(f"wrote {args.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
