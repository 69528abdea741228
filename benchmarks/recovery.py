"""Does a map find two motifs that belong together?  How often, by how many sequences have them.

    python benchmarks/recovery.py [-o benchmarks/results/NAME.json]
    python benchmarks/recovery.py --write benchmarks/results/NAME.json   # only the page
    python benchmarks/recovery.py --quick         # seconds, only to see that it runs

MAX and ELF5 (JASPAR, drawn by their frequencies) are planted into random DNA.  Each seed draws
the letters between them, 15 to 60, the background, and a place:

``anywhere``   in random order and at a random place in each sequence.  Found, if the distance
               with the largest mean is the one that enumeration says (``exact``), or the next
``fixed``      at one place, in one order, in all.  Found, if the strongest pair has a k-mer
               wholly in each motif

Only pairs count that are not of one motif: as far apart as the longer one is wide, or more.  A
share of the sequences has both motifs, the others have none.  Where all have them in one place
there is nothing to find, as the letters of one do not depend on those of the other; so that is
the control, without a pseudocount, and with the default one, whose own MI of conserved
positions is then all there is.  Fewer sequences are the first ones of more.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
from machine import ROOT, load, machine
from peers import pinned
from tables import about, markdown
from yardstick import Row

import fastmi
from fastmi import simulate

DATA = ROOT / "examples" / "papers" / "data"
FILES = ("MA0058.3_MAX.jaspar", "MA0136.2_ELF5.jaspar")
PAGE, FIGURE = Path("docs/recovery.md"), Path("docs/figures/recovery.png")
K = 3
FEW_PAIRS = 10  # a mean over fewer pairs says little
ANYWHERE, FIXED = "anywhere", "fixed"


@dataclass(frozen=True)
class Setting:
    """Where the motifs are, how many sequences have them, and how these are mapped."""

    places: str
    share: float
    pseudocount: float


EVERYWHERE = [Setting(ANYWHERE, share, 5.0) for share in (1.0, 0.3, 0.1)]
AT_ONE_PLACE = [Setting(FIXED, share, 0.0) for share in (0.3, 0.1, 0.03, 0.01)]
CONTROL, BY_PSEUDOCOUNT = Setting(FIXED, 1.0, 0.0), Setting(FIXED, 1.0, 5.0)
SETTINGS = [*EVERYWHERE, *AT_ONE_PLACE, CONTROL, BY_PSEUDOCOUNT]


@dataclass(frozen=True)
class Size:
    """What is measured."""

    seeds: int = 50
    length: int = 200
    ns: tuple[int, ...] = (1_000, 3_000, 10_000, 30_000, 50_000)
    gaps: tuple[int, int] = (15, 60)  # the least and the most


QUICK = Size(2, 60, (500, 4_000), (15, 25))


@cache
def motifs() -> list[fastmi.Motif]:
    """MAX and ELF5."""
    return [fastmi.read_motifs(DATA / name)[0] for name in FILES]


def beyond() -> int:
    """Letters so far apart are not of one motif."""
    return max(map(len, motifs()))


# ------------------------------------------------------------------------ what is planted


@dataclass(frozen=True)
class Planted:
    """A pair of motifs in random sequences, and where."""

    size: Size
    seed: int

    @cached_property
    def drawn(self) -> tuple[int, list[int]]:
        """Letters between the motifs, and the starts of MAX and ELF5 where these are fixed."""
        rng = np.random.default_rng(self.seed)
        gap = int(rng.integers(*self.size.gaps, endpoint=True))
        order = rng.permutation(2).tolist()
        widths = [len(motifs()[m]) for m in order]
        start = int(rng.integers(self.size.length - sum(widths) - gap, endpoint=True))
        starts = dict(zip(order, (start, start + widths[0] + gap), strict=True))
        return gap, [starts[0], starts[1]]

    def sequences(self, places: str, share: float) -> fastmi.PackedSequences:
        """As many as there are at most, a share of them with the motifs."""
        gap, starts = self.drawn
        where: dict[str, Any] = {"starts": starts}
        if places == ANYWHERE:
            where = {"gap": gap, "order": "random"}
        background = simulate.random(self.size.ns[-1], self.size.length, rng=self.seed)
        made = simulate.embed(background, motifs(), **where, share=share, rng=self.seed)
        return made.block(0, len(made))


@cache
def enumerated(length: int, gap: int, setting: Setting) -> int:
    """The strongest distance were there infinitely many sequences, motifs anywhere."""
    share, pseudocount = setting.share, setting.pseudocount
    places = simulate.arrangements(motifs(), length, gap=gap, order="random", share=share)
    with pinned(1):  # more threads of BLAS take longer
        matrix = simulate.expected_mi(places, length, K, pseudocount=pseudocount)
    some = fastmi.pairwise_mi(simulate.random(99, length, rng=0), K, pseudocount=0)
    return strongest_distance(replace(some, matrix=matrix))


def strongest_distance(result: fastmi.MIResult) -> int:
    """The one with the largest mean, beyond a motif."""
    table = result.by_distance()
    table = table[(table["distance"] >= beyond()) & (table["n_pairs"] >= FEW_PAIRS)]
    return int(table["distance"][table["mean"].argmax()])


def strongest_pair(result: fastmi.MIResult) -> tuple[int, int]:
    """Where the k-mers of the strongest pair start, beyond a motif."""
    far = np.triu(result.matrix, beyond())
    i, j = np.unravel_index(np.argmax(far), far.shape)
    return int(i), int(j)


def in_both(pair: tuple[int, int], starts: Sequence[int]) -> bool:
    """Whether one k-mer is wholly in each motif."""
    spans = sorted(zip(starts, map(len, motifs()), strict=True))
    return all(
        start <= at <= start + width - K for at, (start, width) in zip(pair, spans, strict=True)
    )


# ------------------------------------------------------------------------------ measuring


def looked_for(planted: Planted, setting: Setting) -> list[Row]:
    """What is found in the first sequences, in more of them, and in all."""
    gap, starts = planted.drawn
    sequences = planted.sequences(setting.places, setting.share)
    rows = []
    for n in planted.size.ns:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", fastmi.FastMIWarning)  # of conserved positions
            result = fastmi.pairwise_mi(sequences[:n], K, pseudocount=setting.pseudocount)
        row: Row = {**vars(setting), "n": n, "seed": planted.seed, "gap": gap}
        if setting.places == ANYWHERE:
            told = enumerated(planted.size.length, gap, setting)
            found = strongest_distance(result)
            row |= {"told": told, "strongest": found, "found": abs(found - told) <= 1}
        else:
            pair = strongest_pair(result)
            row |= {"starts": starts, "strongest": pair, "found": in_both(pair, starts)}
        rows.append(row)
    return rows


def of_setting(rows: list[Row], setting: Setting) -> list[Row]:
    """The rows of a setting."""
    return [row for row in rows if all(row[name] == x for name, x in vars(setting).items())]


def summed_up(rows: list[Row], size: Size) -> list[Row]:
    """Of the seeds, how many were found."""
    cases = []
    for setting in SETTINGS:
        for n in size.ns:
            here = [row for row in of_setting(rows, setting) if row["n"] == n]
            case: Row = {"case": "recovery", **vars(setting), "n": n, "seeds": len(here)}
            case["found"] = sum(row["found"] for row in here)
            case["missed"] = [row["seed"] for row in here if not row["found"]]
            if setting.places == ANYWHERE:
                case["exact"] = sum(row["strongest"] == row["told"] for row in here)
                case["off_by"] = [row["strongest"] - row["told"] for row in here]
            cases.append(case)
    return cases


def measure(size: Size) -> list[Row]:
    """How many are found, of all seeds."""
    rows: list[Row] = []
    for seed in range(1, size.seeds + 1):
        planted = Planted(size, seed)
        for setting in SETTINGS:
            rows += looked_for(planted, setting)
    return summed_up(rows, size)


# ------------------------------------------------------------------------------- the page


def page(found: Row, source: str) -> list[str]:
    """docs/recovery.md."""
    size, cases = found["size"], found["cases"]

    def table(settings: Sequence[Setting], what: str = "found") -> list[str]:
        rows = []
        for setting in settings:
            numbers = [str(row[what]) for row in of_setting(cases, setting)]
            rows.append([f"{100 * setting.share:g} %", *numbers])
        return markdown("have both | " + " | ".join(f"{n:,}" for n in size["ns"]), rows)

    def of_all(setting: Setting) -> str:
        here = of_setting(cases, setting)
        return f"{sum(r['found'] for r in here)} of {sum(r['seeds'] for r in here)}"

    return [
        "# Does a map find what is there?",
        "",
        f"Two motifs, MAX and ELF5 of JASPAR, in random DNA of {size['length']} letters, with "
        f"{size['gaps'][0]} to {size['gaps'][1]} letters between them: each of {size['seeds']} "
        f"seeds draws them anew. Does a map at k = {K} tell how far apart they are, or where "
        "they stand? That depends on the number of sequences, and on how many of them have "
        f"both motifs; the others have none. K-mers less than {beyond()} letters apart may be "
        "of one motif, and do not count.",
        "",
        f"![How often the pair is found]({FIGURE.relative_to(PAGE.parent)})",
        "",
        "## Anywhere, in any order",
        "",
        f"Of {size['seeds']} seeds, how often the distance with the largest mean MI "
        "(`by_distance()`, pseudocount 5) is, give or take 1, the one that enumeration says "
        "(`simulate.expected_mi`); by the number of sequences:",
        "",
        *table(EVERYWHERE),
        "",
        "The very distance. The two orders put the letters that matter at distances that "
        "are neighbours, and their means differ by 1 %: chance often turns them round, unless "
        "there are many more sequences.",
        "",
        *table(EVERYWHERE, "exact"),
        "",
        "## At one place, in one order",
        "",
        "How often the strongest pair has one k-mer wholly in each motif, without a "
        "pseudocount:",
        "",
        *table(AT_ONE_PLACE),
        "",
        "Where all sequences have both motifs at their places there is nothing to find. The "
        "letters of one do not depend on those of the other, and the MI between them is 0: "
        f"{of_all(CONTROL)} maps had their strongest pair there. With the default pseudocount "
        f"it is {of_all(BY_PSEUDOCOUNT)}, but that is the pseudocount's own MI of conserved "
        "positions, of which a warning tells ([pseudocount.md](pseudocount.md)). What a map "
        "shows is that sequences with the one motif have the other, too.",
        "",
        f"{about(found)}. Written by `benchmarks/recovery.py` from `{source}`.",
    ]


STYLES = {  # told apart in grey, too; smaller ones lie on larger ones
    1.0: ("#0072B2", "o", 9.0),
    0.3: ("#D55E00", "s", 7.5),
    0.1: ("#009E73", "^", 6.5),
    0.03: ("#CC79A7", "D", 5.0),
    0.01: ("#000000", "v", 5.0),
}
PANELS = {
    "anywhere: the distance, give or take 1": EVERYWHERE,
    "at one place: a k-mer in each motif": AT_ONE_PLACE,
}


def draw(found: Row, path: Path) -> None:
    """Found of all seeds against the number of sequences."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.6, 3.6), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    lines: dict[str, Any] = {}
    for ax, (title, settings) in zip(axes, PANELS.items(), strict=True):
        for setting in settings:
            rows = of_setting(found["cases"], setting)
            ns = [row["n"] for row in rows]
            rates = [100 * row["found"] / row["seeds"] for row in rows]
            colour, marker, wide = STYLES[setting.share]
            (line,) = ax.plot(
                ns, rates, color=colour, marker=marker, markersize=wide, clip_on=False
            )
            lines.setdefault(f"{100 * setting.share:g} %", line)
        ax.set(xscale="log", xlabel="sequences", ylim=(0, 100))
        ax.set_title(title, fontsize="medium", pad=12)
        ax.set_xticks(ns, [f"{n:,}" for n in ns], fontsize="x-small")
        ax.tick_params(axis="x", which="minor", bottom=False)
        ax.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel(f"found, % of {found['size']['seeds']} seeds")
    figure.legend(
        lines.values(), lines, loc="outside right center", frameon=False, title="have both"
    )
    figure.savefig(path, dpi=130)


def write(source: Path) -> None:
    """The page and its figure, of what was measured."""
    found = json.loads(source.read_text())
    FIGURE.parent.mkdir(parents=True, exist_ok=True)
    draw(found, FIGURE)
    PAGE.write_text("\n".join(page(found, source.as_posix())) + "\n")
    print(f"wrote {PAGE} and {FIGURE}")


# ------------------------------------------------------------------------------ the program


def main(argv: list[str] | None = None) -> int:
    """Measure, print and, if asked, write the JSON; or write the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-o", "--out", help="file for the numbers")
    parser.add_argument("--write", metavar="FILE", help="only write the page, of this file")
    parser.add_argument("--quick", action="store_true", help="two seeds, few sequences")
    args = parser.parse_args(argv)
    if args.write:
        write(Path(args.write))
        return 0
    here: dict[str, Any] = machine()
    size = QUICK if args.quick else Size()
    start = time.perf_counter()
    cases = measure(size)
    for row in cases:
        exact = f", {row['exact']} exactly" if "exact" in row else ""
        print(
            f"  {row['places']:<9}{row['share']:>5.0%} of {row['n']:>6,}, pseudocount "
            f"{row['pseudocount']:g}: {row['found']} of {row['seeds']} found{exact}"
        )
    if args.out:
        result = {
            "machine": {**here, "load_after": load()},
            "seconds": time.perf_counter() - start,
            "size": vars(size),
            "cases": cases,
        }
        Path(args.out).write_text(json.dumps(result) + "\n")
        print(f"wrote {args.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
